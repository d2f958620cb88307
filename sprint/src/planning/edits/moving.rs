//! Taking sessions out of a file: to another file, or for good.

use crate::model::{Edit, EditCare, Session, Step, StoryId, TrackingFile, Value};

use super::is_reproducible;
use crate::model::StoryBook;

/// Takes a session out of its file.
pub fn removing(session: &Session) -> Edit {
    Edit::remove(&session.at.file, &[Step::from("sessions"), Step::from(session.at.terminal.as_str())])
}

/// Takes the entry of a story out of `dependencies`, if no session of the file has that story any more, and
/// the entry can be written anew. `after` and `book` are the file and what is known of stories without the
/// session and without the entry.
pub fn removing_dependency(
    file: &TrackingFile,
    after: &TrackingFile,
    book: &StoryBook,
    story: &StoryId,
) -> Option<Edit> {
    let has_it = |session: &Session| session.story.as_ref().is_some_and(|own| book.index.same(own, story));
    let entry = file.dependencies.iter().find(|entry| book.index.same(&entry.story, story))?;
    (!after.sessions.iter().any(has_it) && is_reproducible(book, entry))
        .then(|| dependency_removal(file, entry))
}

/// Takes an entry out of `dependencies`.
fn dependency_removal(file: &TrackingFile, entry: &crate::model::Dependency) -> Edit {
    Edit::remove(&file.name, &[Step::from("dependencies"), Step::from(entry.story.as_str())])
}

/// The edits that leave in a copy of the file of all stories, named `name`, only these sessions of one story.
/// `branch` is where the work of a session is.
pub fn keeping(
    name: &str,
    file: &TrackingFile,
    story: &StoryId,
    sessions: &[&Session],
    branch: impl Fn(&Session) -> Option<String>,
) -> Vec<Edit> {
    let is_kept = |session: &&Session| sessions.iter().any(|kept| kept.at == session.at);
    let others = file.sessions.iter().filter(|session| !is_kept(session));
    let mut edits: Vec<Edit> =
        others.map(|other| Edit { file: name.to_string(), ..removing(other) }).collect();
    edits.extend(["dependencies", "coordination"].map(|key| Edit::remove(name, &[Step::from(key)])));
    edits.push(Edit::set(name, &[Step::from("parallel_mode")], "intra_story"));
    edits.push(Edit::set(name, &[Step::from("story_id")], story.as_str()));
    for session in sessions {
        let at =
            |key: &str| -> [Step; 3] { ["sessions".into(), session.at.terminal.as_str().into(), key.into()] };
        let take_out = |key: &str| Edit { care: EditCare::KeepsComments, ..Edit::remove(name, &at(key)) };
        edits.push(take_out("story_id"));
        // the worktree may go on to other work, the branch does not
        if let Some(branch) = branch(session) {
            edits.push(take_out("worktree"));
            edits.push(Edit::set(name, &at("branch"), branch));
        }
    }
    edits
}

/// Takes a terminal out of what a session waits for.
pub fn no_longer_waiting(session: &Session, terminal: &str) -> Edit {
    let at: [Step; 3] = ["sessions".into(), session.at.terminal.as_str().into(), "blocked_by".into()];
    let others: Vec<&String> = session.blocked_by.iter().filter(|id| *id != terminal).collect();
    match others.is_empty() {
        true => Edit::remove(&session.at.file, &at),
        false => Edit::set(&session.at.file, &at, Value::texts(others)),
    }
}
