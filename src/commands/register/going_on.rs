//! A terminal goes on to its next story: what becomes of the completed session that it leaves.

use crate::commands::archive::{archive, shown_archive};
use crate::commands::failure::Failure;
use crate::commands::moving::moved;
use crate::commands::writing::Writer;
use crate::model::{Declared, Edit, Session, SessionRef, Step, StoryBook, StoryId, Terminal};
use crate::pipeline;
use crate::planning;
use crate::render::output::PreviousSession;
use crate::tracking::{Changes, Saved, Tracking};

/// A completed session that moved to the file of its own story.
pub(super) struct Left {
    /// That file.
    pub file: String,
    /// Its story.
    pub story: StoryId,
}

/// Moves the completed session to the file of its own story, so that it is not lost, and to the archive, if
/// nothing of its story is left to merge.
pub(super) fn leaving(
    writer: &Writer,
    tracking: &Tracking,
    session: &Session,
    now: &str,
) -> Result<(Left, Changes), Failure> {
    let file = tracking.files.iter().find(|file| file.name == session.at.file);
    let (Some(file), Some(story)) = (file, &session.story) else {
        return Err(Failure::new(format!("{} has no story to leave", session.at.terminal)));
    };
    let report = pipeline::report(&writer.workspace, tracking);
    let (name, mut changes) = moved(writer, tracking, file, story, &[session])?;
    if planning::is_over(&report, &report.facts.book.index.resolve(story)) {
        archive(writer, tracking, &name, now, &mut changes)?;
    }
    Ok((Left { file: name, story: story.clone() }, changes))
}

/// Where the session that was left is now.
pub(super) fn previous(writer: &Writer, left: &Left, saved: &Saved) -> PreviousSession {
    let is_archived = saved.archived.is_some();
    let file = if is_archived { shown_archive(writer, saved) } else { writer.shown(&left.file) };
    PreviousSession { story: left.story.clone(), file, is_archived }
}

/// Notes where the new session's work begins, if its place goes on to it: all others who worked there have
/// completed, or all that was committed there is merged. Who joins them begins where they did.
pub(super) fn begin(writer: &Writer, declared: Declared, new: &SessionRef) -> Option<Edit> {
    let is_new = |session: &Session| session.at == *new;
    let sessions = |terminal: &Terminal| terminal.sessions.clone();
    let place = declared.terminals.iter().find(|terminal| terminal.sessions.iter().any(is_new))?.place()?;
    let there = declared.terminals.iter().filter(|terminal| terminal.place() == Some(place));
    let mut others: Vec<Session> = there.flat_map(sessions).collect();
    others.retain(|session| !is_new(session));
    let after = if let Some(open) = others.iter().find(|session| !session.status.is_complete()) {
        open.begins_after
    } else {
        let tip = pipeline::observe_one(&writer.workspace, &declared, place)?;
        let goes_on = !others.is_empty() || tip.merged.is_some() && tip.is_settled();
        tip.head.filter(|_| goes_on)
    };
    let at: [Step; 3] = ["sessions".into(), new.terminal.as_str().into(), "begins_after".into()];
    Some(Edit::set(&new.file, &at, after?.to_string()))
}

/// Whoever waited for the terminal's completed work does not wait for its next story.
pub(super) fn waits_that_are_over(
    before: &Tracking,
    after: &Tracking,
    terminal: &str,
    book: &StoryBook,
) -> Vec<Edit> {
    let complete = |tracking: &Tracking, session: &Session| {
        let sessions = tracking.files.iter().flat_map(|file| &file.sessions);
        planning::is_terminal_complete(terminal, &session.at.file, sessions, book)
    };
    let sessions = before.files.iter().flat_map(|file| &file.sessions);
    let waiting = sessions.filter(|session| {
        let names_it = session.at.terminal != terminal && session.blocked_by.iter().any(|id| id == terminal);
        names_it && complete(before, session) && !complete(after, session)
    });
    waiting.map(|session| planning::no_longer_waiting(session, terminal)).collect()
}
