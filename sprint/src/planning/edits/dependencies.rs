//! What is written of a file's dependencies.

use std::collections::BTreeSet;

use crate::model::{
    Dependency, DependencyState, DependencyStatus, Edit, Step, StoryBook, StoryId, TrackingFile, Value,
};

use super::{StatusChange, SyncPlan, is_generated};

pub(super) fn dependencies(book: &StoryBook, file: &TrackingFile, plan: &mut SyncPlan) {
    for state in &book.dependencies {
        let story = &state.dependency.story;
        let written = file.dependencies.iter().find(|dependency| book.index.same(&dependency.story, story));
        let at = |key: &str| -> Vec<Step> {
            let id = written.map_or(story, |written| &written.story);
            vec!["dependencies".into(), id.as_str().into(), key.into()]
        };
        let has_session = || {
            let stories = file.sessions.iter().filter_map(|session| session.story.as_ref());
            stories.into_iter().any(|id| book.index.same(id, story))
        };
        let before = written.and_then(|story| story.status.clone());
        if state.status == DependencyStatus::Unknown || written.is_none() && !has_session() {
            continue;
        }
        if written.is_none() {
            let at: Vec<Step> = vec!["dependencies".into(), story.as_str().into()];
            plan.edits.push(Edit::set(&file.name, &at, new_dependency(state)));
        } else {
            plan.edits.push(Edit::set(&file.name, &at("status"), state.status.name()));
            let own_reason = written.and_then(|written| written.reason.as_deref()).is_none_or(is_generated);
            match generated_reason(state) {
                Some(reason) if own_reason => plan.edits.push(Edit::set(&file.name, &at("reason"), reason)),
                None if own_reason => plan.edits.push(Edit::remove(&file.name, &at("reason"))),
                _ => {}
            }
        }
        if before.as_deref() != Some(state.status.name()) {
            plan.dependencies.push(StatusChange {
                of: story.to_string(),
                file: file.name.clone(),
                from: before.unwrap_or_default(),
                to: state.status.name().to_string(),
                reason: generated_reason(state),
            });
        }
    }
}

/// Whether an entry says nothing but what would be written anew, by what is known without it.
pub fn is_reproducible(book: &StoryBook, entry: &Dependency) -> bool {
    let Some(state) = book.dependency(&entry.story) else { return false };
    let needs =
        |ids: &[StoryId]| -> BTreeSet<StoryId> { ids.iter().map(|id| book.index.resolve(id)).collect() };
    let declared = &state.dependency;
    let is_known = |reason: &String| {
        is_generated(reason) || declared.reason.as_ref().is_some_and(|known| known == reason)
    };
    needs(&declared.depends_on) == needs(&entry.depends_on) && entry.reason.iter().all(is_known)
}

fn new_dependency(state: &DependencyState) -> Value {
    let mut entry = vec![
        ("depends_on".to_string(), Value::texts(&state.dependency.depends_on)),
        ("status".to_string(), state.status.name().into()),
    ];
    let declared = state.dependency.reason.clone().filter(|_| state.status == DependencyStatus::Blocked);
    if let Some(reason) = declared.or_else(|| generated_reason(state)) {
        entry.push(("reason".to_string(), reason.into()));
    }
    Value::Map(entry)
}

fn generated_reason(state: &DependencyState) -> Option<String> {
    let blocked = state.status == DependencyStatus::Blocked;
    let waiting: Vec<String> =
        state.waiting_for.iter().map(|story| format!("story {}", story.short())).collect();
    blocked.then(|| format!("Waiting for {}", waiting.join(", ")))
}
