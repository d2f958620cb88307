//! Finding the session that an argument means.

use crate::checks;
use crate::cli::Which;
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{Facts, Finding, Session, StoryId, Terminal, shown};
use crate::pipeline::{self, Workspace};
use crate::tracking::{self, Tracking};

use super::named;
use super::writing::broken_file;

/// The sessions of a terminal: all that agree on the story. With `--story`, those of that story.
///
/// # Errors
/// When there is none, or they are of several stories.
pub(super) fn sessions_of<'a>(
    workspace: &Workspace,
    tracking: &'a Tracking,
    which: &Which,
    context: &Context,
) -> Result<Vec<&'a Session>, Failure> {
    let all: Vec<&Session> = tracking.files.iter().flat_map(|file| &file.sessions).collect();
    let terminal = match id_of(workspace, tracking, &which.terminal, context)? {
        Some(id) => id,
        None => return Err(not_found(tracking, which, &all)),
    };
    let index = pipeline::story_book(workspace, tracking).index;
    let asked = which.story.as_deref().map(StoryId::from);
    let fits = |session: &&&Session| {
        let story = || session.story.as_ref().zip(asked.as_ref());
        session.at.terminal == terminal
            && (asked.is_none() || story().is_some_and(|(story, asked)| index.same(story, asked)))
    };
    let mut found: Vec<&Session> = all.iter().filter(fits).copied().collect();
    if let (true, Some(asked)) = (found.is_empty(), asked.as_ref().filter(|asked| asked.is_bare())) {
        // of several stories with this number, only its own can be meant
        let has_number = |story: &StoryId| story.number() == asked.number();
        let is_own = |session: &&&Session| {
            session.at.terminal == terminal && session.story.as_ref().is_some_and(has_number)
        };
        found = all.iter().filter(is_own).copied().collect();
    }
    let mut stories: Vec<String> = found
        .iter()
        .filter_map(|session| session.story.as_ref())
        .map(|story| index.resolve(story).to_string())
        .collect();
    stories.sort();
    stories.dedup();
    match (found.is_empty(), stories.len()) {
        (true, _) => Err(not_found(tracking, which, &all)),
        (false, 0 | 1) => Ok(found),
        (false, _) => Err(Failure::new(format!("{terminal} has sessions in several stories"))
            .help(format!("choose one with --story {}", stories.join(" or --story ")))),
    }
}

/// The id of the registered terminal that a name means; `None` if it means none.
///
/// # Errors
/// When it means several, or a place where several work.
pub(super) fn id_of(
    workspace: &Workspace,
    tracking: &Tracking,
    name: &str,
    context: &Context,
) -> Result<Option<String>, Failure> {
    let sessions = || tracking.files.iter().flat_map(|file| &file.sessions);
    if sessions().any(|session| session.at.terminal == name) {
        return Ok(Some(name.to_string()));
    }
    let declared = pipeline::declare(workspace, tracking);
    let mut ids = pipeline::ids_called(&named(name, context), &declared.terminals, &declared.places)?;
    ids.retain(|id| sessions().any(|session| session.at.terminal == *id));
    match ids.len() {
        0 | 1 => Ok(ids.pop()),
        _ => Err(Failure::new(format!("several terminals work in {name}: {}", ids.join(", ")))
            .help("choose one of these")),
    }
}

/// The ids of terminals to wait for. An id that does not exist yet is taken as written. An empty name
/// is kept: it means none.
///
/// # Errors
/// When a name means several terminals or the `own` one, or cannot be one.
pub(super) fn blockers(
    workspace: &Workspace,
    tracking: &Tracking,
    names: &[String],
    own: Option<&str>,
    context: &Context,
) -> Result<Vec<String>, Failure> {
    let id = |name: &String| {
        let known = if name.trim().is_empty() { None } else { id_of(workspace, tracking, name, context)? };
        let id = match (known, name.trim().is_empty()) {
            (Some(id), _) => id,
            (None, true) => return Ok(name.clone()),
            (None, false) => {
                tracking::check_id("terminal", name)?;
                name.clone()
            }
        };
        if own == Some(id.as_str()) {
            Err(Failure::new(format!("{id} cannot wait for itself"))
                .help("choose another terminal with --blocked-by"))
        } else {
            Ok(id)
        }
    };
    names.iter().map(id).collect()
}

fn not_found(tracking: &Tracking, which: &Which, all: &[&Session]) -> Failure {
    let of_story = which.story.as_ref().map_or(String::new(), |story| format!(" in story {story}"));
    let message = format!("no session for {}{of_story}", which.terminal);
    if let Some(broken) = broken_file(tracking, None) {
        return Failure::new(format!("{message} in the readable files")).because(broken);
    }
    let mut known: Vec<_> = all.iter().map(|session| shown(&session.at.terminal)).collect();
    known.sort_by(|a, b| crate::model::natural_order(a, b));
    known.dedup();
    if known.is_empty() {
        Failure::new(message).help("register it first: track-work register")
    } else {
        Failure::new(message).help(format!("registered terminals: {}", known.join(", ")))
    }
}

/// What was put aside on the branches of these sessions, where they end.
pub(super) fn left_in_stash(facts: &Facts, sessions: &[Session]) -> Vec<Finding> {
    let is_one = |terminal: &&Terminal| sessions.iter().any(|session| terminal.holds(&session.at));
    let mut left: Vec<Finding> = Vec::new();
    for terminal in facts.terminals.iter().filter(is_one) {
        let found =
            terminal.place().and_then(|place| checks::left_in_stash(facts, place, vec![terminal.id.clone()]));
        left.extend(found.filter(|found| left.iter().all(|known| known.message != found.message)));
    }
    left
}
