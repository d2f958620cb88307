//! What stories wait for: completeness, dependency states, cycles, unknown ids.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Dependency, DependencyState, DependencyStatus, Session, StatusKind, Stories, StoryBook, StoryId,
    StoryIndex, TrackingFile,
};

use super::cycles::cycles;

/// Joins the tracking files, the sprint's statuses and the template.
///
/// A story is complete when `sprint-status.yaml` says so, or when it has sessions and all of
/// them are complete.
pub fn story_book(files: &[TrackingFile], stories: &Stories) -> StoryBook {
    let sessions: Vec<&Session> = files.iter().flat_map(|file| &file.sessions).collect();
    let known = known_ids(files, stories);
    let index = StoryIndex::new(&known);
    let complete = complete_stories(&sessions, stories, &index);
    let declared = declared(files, stories, &index);
    let known: BTreeSet<StoryId> = known.iter().map(|id| index.resolve(id)).collect();
    let ids = || {
        let declared = declared.iter();
        declared.flat_map(|(declared, _)| {
            declared.depends_on.iter().map(move |needed| (needed.clone(), declared.story.clone()))
        })
    };
    let ambiguous: BTreeMap<StoryId, Vec<StoryId>> = ids()
        .flat_map(|(needed, story)| [needed, story])
        .filter(|id| id.is_bare() && index.candidates(id).len() > 1)
        .map(|id| (id.clone(), index.candidates(&id).to_vec()))
        .collect();
    let unknown =
        ids().filter(|(needed, _)| !known.contains(needed) && !ambiguous.contains_key(needed)).collect();
    let needs = declared.iter().map(|(declared, _)| (declared.story.clone(), declared.depends_on.clone()));
    let cycles = cycles(&needs.collect::<Vec<_>>());
    let dependencies =
        declared.into_iter().map(|(dependency, recorded)| state(dependency, recorded, &complete)).collect();
    StoryBook { index, dependencies, cycles, unknown, ambiguous: ambiguous.into_iter().collect(), complete }
}

/// Ids that some file knows as a story, and not only as what another story needs.
fn known_ids(files: &[TrackingFile], stories: &Stories) -> Vec<StoryId> {
    let of_files = files.iter().filter_map(|file| file.story.clone());
    let of_sessions =
        files.iter().flat_map(|file| &file.sessions).filter_map(|session| session.story.clone());
    let of_dependencies = files
        .iter()
        .flat_map(|file| &file.dependencies)
        .chain(&stories.dependencies)
        .map(|file| file.story.clone());
    let of_sprint = stories.statuses.iter().map(|(id, _)| id.clone());
    of_files.chain(of_sessions).chain(of_dependencies).chain(of_sprint).collect()
}

fn complete_stories(sessions: &[&Session], stories: &Stories, index: &StoryIndex) -> BTreeSet<StoryId> {
    let mut by_story: BTreeMap<StoryId, bool> = BTreeMap::new();
    for session in sessions {
        if let Some(story) = &session.story {
            *by_story.entry(index.resolve(story)).or_insert(true) &= session.status.is_complete();
        }
    }
    let by_sessions = by_story.into_iter().filter(|(_, complete)| *complete).map(|(story, _)| story);
    let by_sprint = stories.statuses.iter().filter(|(_, status)| status.kind() == StatusKind::Completed);
    by_sessions.chain(by_sprint.map(|(story, _)| index.resolve(story))).collect()
}

/// The union of what the active file and the template declare, ids resolved, and whether the active
/// file has an entry for it.
fn declared(files: &[TrackingFile], stories: &Stories, index: &StoryIndex) -> Vec<(Dependency, bool)> {
    let mut all: BTreeMap<StoryId, (Dependency, bool)> = BTreeMap::new();
    let recorded = files.iter().flat_map(|file| &file.dependencies).map(|file| (file, true));
    for (dependency, recorded) in
        recorded.chain(stories.dependencies.iter().map(|dependency| (dependency, false)))
    {
        let story = index.resolve(&dependency.story);
        let empty = Dependency { story: story.clone(), depends_on: Vec::new(), status: None, reason: None };
        let (joined, is_recorded) = all.entry(story).or_insert((empty, false));
        *is_recorded |= recorded;
        for needed in dependency.depends_on.iter().map(|needed| index.resolve(needed)) {
            if !joined.depends_on.contains(&needed) {
                joined.depends_on.push(needed);
            }
        }
        joined.status = joined.status.take().or_else(|| dependency.status.clone().filter(|_| recorded));
        joined.reason = joined.reason.take().or_else(|| dependency.reason.clone());
    }
    let mut all: Vec<(Dependency, bool)> = all.into_values().collect();
    all.sort_by(|(a, _), (b, _)| crate::model::natural_order(&a.story.0, &b.story.0));
    all
}

fn state(dependency: Dependency, recorded: bool, complete: &BTreeSet<StoryId>) -> DependencyState {
    let waiting_for: Vec<StoryId> =
        dependency.depends_on.iter().filter(|needed| !complete.contains(needed)).cloned().collect();
    let status = if complete.contains(&dependency.story) {
        DependencyStatus::Completed
    } else if waiting_for.is_empty() {
        DependencyStatus::Ready
    } else {
        DependencyStatus::Blocked
    };
    DependencyState { dependency, waiting_for, status, recorded }
}
