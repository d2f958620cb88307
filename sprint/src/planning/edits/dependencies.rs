//! What is written of a file's dependencies.

use std::collections::BTreeSet;

use crate::model::{
    Dependency, DependencyState, DependencyStatus, Edit, EditCare, Step, StoryBook, StoryId, TrackingFile,
    Value,
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
        } else if let Some(written) = written.filter(|written| written.is_short) {
            // in the long form, if that loses nothing; in the short one, there is nothing to keep up to date
            let at: Vec<Step> = vec!["dependencies".into(), written.story.as_str().into()];
            let edit = Edit::set(&file.name, &at, long_form(state, written));
            plan.edits.push(Edit { care: EditCare::OrNothing, ..edit });
            continue;
        } else if let Some(written) = written.filter(|written| is_over(book, state, written)) {
            let at: Vec<Step> = vec!["dependencies".into(), written.story.as_str().into()];
            plan.edits.push(Edit::remove(&file.name, &at));
        } else {
            plan.edits.push(Edit::set(&file.name, &at("status"), state.status.name()));
            for (key, value) in written.map(|written| following(book, state, written)).unwrap_or_default() {
                plan.edits.push(match value {
                    Some(value) => Edit::set(&file.name, &at(key), value),
                    None => Edit::remove(&file.name, &at(key)),
                });
            }
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

/// What of an entry a person wrote.
fn by_hand<'a>(book: &StoryBook, entry: &'a Dependency) -> Vec<&'a StoryId> {
    let is_copy = |needed: &StoryId| entry.copied.iter().any(|copy| book.index.same(copy, needed));
    entry.depends_on.iter().filter(|needed| !is_copy(needed)).collect()
}

/// Whether an entry is nothing but the copy of what no file says any more.
fn is_over(book: &StoryBook, state: &DependencyState, entry: &Dependency) -> bool {
    let is_copy = !entry.copied.is_empty() && by_hand(book, entry).is_empty();
    is_copy && !entry.has_more && state.dependency.depends_on.is_empty()
}

/// What an entry with copies has to say of them: they follow the files that they were made of.
fn following(
    book: &StoryBook,
    state: &DependencyState,
    entry: &Dependency,
) -> Vec<(&'static str, Option<Value>)> {
    if book.unread_needs().is_some() {
        return Vec::new();
    }
    if entry.copied.is_empty() {
        let copies = is_unmarked_copy(book, state, entry).then(|| Value::texts(&entry.depends_on));
        return copies.map(|copies| ("copied", Some(copies))).into_iter().collect();
    }
    let same = |one: &StoryId, other: &StoryId| book.index.same(one, other);
    let own = by_hand(book, entry);
    let declared = &state.dependency.copied;
    let is_declared = |needed: &&StoryId| declared.iter().any(|one| same(one, needed));
    let is_own = |needed: &&StoryId| own.iter().any(|one| same(one, needed));
    let kept = |ids: &[StoryId], stays: &dyn Fn(&&StoryId) -> bool| -> Vec<StoryId> {
        ids.iter().filter(stays).cloned().collect()
    };
    let mut depends_on = kept(&entry.depends_on, &|needed| is_own(needed) || is_declared(needed));
    let mut copied = kept(&entry.copied, &is_declared);
    for needed in declared {
        let is_new = |list: &[StoryId]| !list.iter().any(|known| same(known, needed));
        if is_new(&depends_on) {
            depends_on.push(needed.clone());
        }
        if is_new(&copied) && !is_own(&needed) {
            copied.push(needed.clone());
        }
    }
    let copied = (!copied.is_empty()).then(|| Value::texts(&copied));
    vec![("depends_on", Some(Value::texts(&depends_on))), ("copied", copied)]
}

/// Whether an entry has just what the other files say, as it was copied before copies were marked: nothing of it is a person's.
fn is_unmarked_copy(book: &StoryBook, state: &DependencyState, entry: &Dependency) -> bool {
    let all =
        |ids: &[StoryId]| -> BTreeSet<StoryId> { ids.iter().map(|id| book.index.resolve(id)).collect() };
    let declared = &state.dependency.copied;
    let is_own = entry.has_comment || entry.has_more || entry.is_short;
    !is_own && !declared.is_empty() && all(declared) == all(&entry.depends_on)
}

/// Whether an entry says nothing but what would be written anew, by what is known without it.
pub fn is_reproducible(book: &StoryBook, entry: &Dependency) -> bool {
    let Some(state) = book.dependency(&entry.story) else {
        let is_copy = !entry.copied.is_empty() && by_hand(book, entry).is_empty() && !entry.has_more;
        return is_copy
            && book.unread_needs().is_none()
            && entry.reason.iter().all(|text| is_generated(text));
    };
    let needs =
        |ids: &[StoryId]| -> BTreeSet<StoryId> { ids.iter().map(|id| book.index.resolve(id)).collect() };
    let declared = &state.dependency;
    let is_known = |reason: &String| {
        is_generated(reason) || declared.reason.as_ref().is_some_and(|known| known == reason)
    };
    let (own, anew) = (by_hand(book, entry), needs(&declared.depends_on));
    let is_said = match entry.copied.is_empty() {
        true => anew == needs(&entry.depends_on),
        false => own.into_iter().all(|needed| anew.contains(&book.index.resolve(needed))),
    };
    is_said && !entry.has_more && entry.reason.iter().all(is_known)
}

/// A person's entry in the short form, in the long one.
fn long_form(state: &DependencyState, entry: &Dependency) -> Value {
    let mut long = vec![
        ("depends_on".to_string(), Value::texts(&entry.depends_on)),
        ("status".to_string(), state.status.name().into()),
    ];
    long.extend(generated_reason(state).map(|reason| ("reason".to_string(), reason.into())));
    Value::Map(long)
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
    if !state.dependency.copied.is_empty() {
        entry.push(("copied".to_string(), Value::texts(&state.dependency.copied)));
    }
    Value::Map(entry)
}

fn generated_reason(state: &DependencyState) -> Option<String> {
    let blocked = state.status == DependencyStatus::Blocked;
    let waiting: Vec<String> =
        state.waiting_for.iter().map(|story| format!("story {}", story.short())).collect();
    blocked.then(|| format!("Waiting for {}", waiting.join(", ")))
}
