//! Progress from marked tasks and complete stories. Where nothing is marked, nothing is guessed.

use std::collections::BTreeMap;

use crate::model::{Facts, Progress, ProgressLine, Session, StoryBook, StoryId, natural_order};

use super::relink::restoring;

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

/// Progress of each story with at least one task marked done; then of each epic in which such a story is,
/// or a complete one that has sessions.
pub fn progress(facts: &Facts) -> Vec<ProgressLine> {
    let (files, book) = (&facts.files, &without_lost(facts));
    let mut stories: BTreeMap<StoryId, WorkDone> = BTreeMap::new();
    for session in files.iter().flat_map(|file| &file.sessions) {
        let Some(story) = session.story.as_ref().map(|story| book.index.resolve(story)) else { continue };
        stories.entry(story).or_default().add(session);
    }
    let mut lines: Vec<ProgressLine> = stories
        .iter()
        .filter(|(_, work)| work.tasks.done > 0)
        .map(|(story, work)| of_story(story, work, book))
        .collect();
    let mut epics: BTreeMap<StoryId, WorkDone> = BTreeMap::new();
    for (story, work) in &stories {
        if let Some(epic) = story.epic() {
            epics.entry(StoryId::of_epic(epic)).or_default().join(work);
        }
    }
    let begun = epics.iter().filter(|(epic, work)| work.tasks.done > 0 || book.progress_of(epic).done > 0);
    let mut of_epics: Vec<ProgressLine> =
        begun.map(|(epic, work)| of_epic(epic, work, &stories, book)).collect();
    lines.sort_by(|a, b| natural_order(&a.of, &b.of));
    of_epics.sort_by(|a, b| natural_order(&a.of, &b.of));
    lines.extend(of_epics.into_iter().filter(says_something));
    lines
}

/// The stories as far as their work is anywhere: of a complete one whose work is lost, that is not known.
fn without_lost(facts: &Facts) -> StoryBook {
    let mut book = facts.book.clone();
    let lost = facts.terminals.iter().filter(|terminal| restoring(terminal, &facts.places).is_some());
    for story in lost.filter_map(|terminal| terminal.story.as_ref()) {
        let story = book.index.resolve(story);
        book.complete.remove(&story);
    }
    book
}

/// Whether anything is counted: of an epic without tasks, that is its stories, which a file may keep to itself.
fn says_something(line: &ProgressLine) -> bool {
    line.progress.total > 0 || line.stories.is_some() || line.sessions.is_some()
}

/// What the sessions of a story, or of an epic's stories, say.
#[derive(Default)]
struct WorkDone {
    tasks: Progress,
    sessions: Progress,
    /// Sessions without tasks that are not complete.
    untold: usize,
}

impl WorkDone {
    fn add(&mut self, session: &Session) {
        let is_complete = session.status.is_complete();
        self.join(&WorkDone {
            tasks: Progress {
                done: session_progress(session).map_or(0, |progress| progress.done),
                total: session.tasks.len(),
            },
            sessions: Progress { done: usize::from(is_complete), total: 1 },
            untold: usize::from(!is_complete && session.tasks.is_empty()),
        });
    }

    fn join(&mut self, other: &WorkDone) {
        for (sum, part) in [(&mut self.tasks, other.tasks), (&mut self.sessions, other.sessions)] {
            sum.done += part.done;
            sum.total += part.total;
        }
        self.untold += other.untold;
    }

    /// How many of how many parts of a story are done; never all of them while it is open.
    fn parts(&self, is_complete: bool) -> Progress {
        let Progress { done, total } = self.tasks;
        let total = total + self.untold;
        if is_complete {
            Progress { done: total.max(1), total: total.max(1) }
        } else {
            Progress { done, total: total.max(done + 1) }
        }
    }
}

fn of_story(story: &StoryId, work: &WorkDone, book: &StoryBook) -> ProgressLine {
    let is_complete = book.is_complete(story);
    let all_ticked = work.tasks.done == work.tasks.total;
    ProgressLine {
        of: story.to_string(),
        progress: work.tasks,
        sessions: (!is_complete && all_ticked).then_some(work.sessions),
        stories: None,
        percent: Some(work.parts(is_complete).percent()),
    }
}

/// An epic is as far as its stories are, of which each counts the same.
fn of_epic(
    epic: &StoryId,
    work: &WorkDone,
    worked_on: &BTreeMap<StoryId, WorkDone>,
    book: &StoryBook,
) -> ProgressLine {
    let counted = book.progress_of(epic);
    let stories = book.stories_of(epic);
    let thousandths = |story: &StoryId| {
        let none = WorkDone::default();
        let Progress { done, total } = worked_on.get(story).unwrap_or(&none).parts(book.is_complete(story));
        if book.set_aside.contains(story) { 0 } else { 1000 * done / total }
    };
    let done: usize = stories.iter().map(thousandths).sum();
    ProgressLine {
        of: format!("epic {}", epic.epic().unwrap_or_default()),
        progress: work.tasks,
        sessions: None,
        // which stories there are is for a file to say that cannot be read
        stories: (!book.is_incomplete).then_some(counted),
        percent: (!book.is_incomplete).then(|| Progress { done, total: 1000 * counted.total }.percent()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_never_all_done() {
        for tasks in 0..4 {
            for done in 0..=tasks {
                for untold in 0..3 {
                    let work =
                        WorkDone { tasks: Progress { done, total: tasks }, untold, ..WorkDone::default() };
                    let open = work.parts(false).percent();
                    assert!(open < 100, "{done} of {tasks}, {untold}: {open}");
                    assert_eq!(work.parts(true).percent(), 100);
                }
            }
        }
        let usual = WorkDone { tasks: Progress { done: 2, total: 5 }, ..WorkDone::default() };
        assert_eq!(usual.parts(false).percent(), 40);
    }
}
