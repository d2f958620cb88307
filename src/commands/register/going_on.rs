//! A terminal goes on to its next story: what becomes of the completed session that it leaves.

use crate::commands::archive::archived;
use crate::commands::failure::Failure;
use crate::commands::moving::{Move, moved};
use crate::commands::writing::Writer;
use crate::model::{Edit, Session, StoryId};
use crate::pipeline;
use crate::planning;
use crate::render::output::PreviousSession;
use crate::tracking::{NewFile, Tracking};

/// A completed session that moves to the file of its own story.
pub(super) struct Left {
    pub file: NewFile,
    pub moved: Vec<Edit>,
    /// Its story.
    story: StoryId,
    /// Whether nothing of that is left to merge.
    is_over: bool,
}

/// Moves the completed session to the file of its own story, so that it is not lost.
pub(super) fn leaving(writer: &Writer, tracking: &Tracking, session: &Session) -> Result<Left, Failure> {
    let file = tracking.files.iter().find(|file| file.name == session.at.file);
    let (Some(file), Some(story)) = (file, &session.story) else {
        return Err(Failure::new(format!("{} has no story to leave", session.at.terminal)));
    };
    let report = pipeline::report(&writer.workspace, tracking);
    let is_over = planning::is_over(&report, &report.facts.book.index.resolve(story));
    let Move { file, edits } = moved(writer, tracking, file, story, &[session])?;
    Ok(Left { file, moved: edits, story: story.clone(), is_over })
}

/// Archives the session that was left, if nothing of its story is left to merge.
pub(super) fn archived_if_over(writer: &Writer, left: &Left, now: &str) -> Result<PreviousSession, Failure> {
    let tracking = writer.workspace.tracking();
    let file = tracking.files.iter().find(|file| file.name == left.file.name).filter(|_| left.is_over);
    let (file, is_archived) = match file {
        Some(file) => (archived(writer, file, now)?, true),
        None => (writer.shown(&left.file.name), false),
    };
    Ok(PreviousSession { story: left.story.clone(), file, is_archived })
}

/// Whoever waited for the terminal's completed work does not wait for its next story.
pub(super) fn waits_that_are_over(before: &Tracking, after: &Tracking, terminal: &str) -> Vec<Edit> {
    let complete = |tracking: &Tracking, session: &Session| {
        let sessions = tracking.files.iter().flat_map(|file| &file.sessions);
        planning::is_terminal_complete(terminal, &session.at.file, sessions)
    };
    let sessions = before.files.iter().flat_map(|file| &file.sessions);
    let waiting = sessions.filter(|session| {
        let names_it = session.at.terminal != terminal && session.blocked_by.iter().any(|id| id == terminal);
        names_it && complete(before, session) && !complete(after, session)
    });
    waiting.map(|session| planning::no_longer_waiting(session, terminal)).collect()
}
