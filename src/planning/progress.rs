//! Progress from marked tasks. Where nothing is marked, nothing is guessed.

use std::collections::BTreeMap;

use crate::model::{Progress, ProgressLine, Session, StoryId, StoryIndex, TrackingFile, natural_order};

/// Done tasks of a session; `None` where none is marked done (a complete session counts as all done).
pub fn session_progress(session: &Session) -> Option<Progress> {
    let total = session.tasks.len();
    let done = if session.status.is_complete() {
        total
    } else {
        session.tasks.iter().filter(|task| task.done).count()
    };
    (total > 0 && done > 0).then_some(Progress { done, total })
}

/// Progress of each story, then of each epic, with at least one task marked done.
pub fn progress(files: &[TrackingFile], index: &StoryIndex) -> Vec<ProgressLine> {
    let mut stories: BTreeMap<StoryId, Progress> = BTreeMap::new();
    let mut epics: BTreeMap<String, Progress> = BTreeMap::new();
    for session in files.iter().flat_map(|file| &file.sessions) {
        let Some(story) = session.story.as_ref().map(|story| index.resolve(story)) else { continue };
        let done = session_progress(session).map_or(0, |progress| progress.done);
        let epic = story.epic().map(|epic| epics.entry(epic).or_default());
        for sum in epic.into_iter().chain([stories.entry(story.clone()).or_default()]) {
            sum.done += done;
            sum.total += session.tasks.len();
        }
    }
    let stories = stories.into_iter().map(|(story, progress)| ProgressLine { of: story.0, progress });
    let epics =
        epics.into_iter().map(|(epic, progress)| ProgressLine { of: format!("epic {epic}"), progress });
    let mut stories: Vec<ProgressLine> = stories.filter(|line| line.progress.done > 0).collect();
    let mut epics: Vec<ProgressLine> = epics.filter(|line| line.progress.done > 0).collect();
    stories.sort_by(|a, b| natural_order(&a.of, &b.of));
    epics.sort_by(|a, b| natural_order(&a.of, &b.of));
    stories.extend(epics);
    stories
}
