//! What `register` writes of a session.

use std::path::Path;

use crate::cli;
use crate::commands::values::distinct;
use crate::commands::writing::Writer;
use crate::context::Context;
use crate::model::{DependencyStatus, Mode, Status, StatusKind, StoryId, Value};
use crate::pipeline;
use crate::planning;
use crate::tracking::Tracking;

/// The session's mapping, with its keys in the order of the specification's examples.
pub(super) fn session(
    args: &cli::Register,
    tracking: &Tracking,
    file: &str,
    mode: Mode,
    writer: &Writer,
    context: &Context,
) -> Value {
    let now = context.timestamp();
    let mut keys: Vec<(String, Value)> = Vec::new();
    let mut put = |key: &str, value: Option<Value>| keys.extend(value.map(|value| (key.to_string(), value)));
    let text = |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(Value::from);
    let list = |list: &[String]| Some(distinct(list)).filter(|list| !list.is_empty()).map(Value::texts);
    if mode == Mode::Inter {
        put("story_id", text(&args.story));
    }
    put("focus", text(&args.focus));
    put("phase", text(&args.phase));
    put("tasks", list(&args.tasks));
    put("status", Some(first_status(args, tracking, file, mode, writer).written().into()));
    put("agent", text(&args.agent));
    put("current_file", text(&args.current_file));
    put("blocked_by", list(&args.blocked_by));
    put("branch", text(&args.branch));
    let root = writer.workspace.repository.main_worktree();
    put("worktree", args.worktree.as_deref().map(|path| worktree_text(path, root, context).into()));
    put("scope", list(&args.scope));
    put("priority", args.priority.map(Value::Int));
    if mode == Mode::Inter {
        put("started", Some(now.as_str().into()));
    }
    put("last_update", Some(now.as_str().into()));
    Value::Map(keys)
}

/// In progress, unless something has to be completed first: then pending, and settling the files
/// blocks it where a story is in the way.
fn first_status(
    args: &cli::Register,
    tracking: &Tracking,
    file: &str,
    mode: Mode,
    writer: &Writer,
) -> Status {
    let sessions = tracking.files.iter().flat_map(|file| &file.sessions);
    let book = pipeline::story_book(&writer.workspace, tracking);
    let complete = |id: &String| planning::is_terminal_complete(id, file, sessions.clone(), &book);
    let waits_for_terminal = !args.blocked_by.iter().all(complete);
    let waits_for_story = mode == Mode::Inter && {
        let story = args.story.as_deref().map(StoryId::from);
        let state = story.as_ref().and_then(|story| book.dependency(story));
        state.is_some_and(|state| state.status == DependencyStatus::Blocked)
    };
    Status::of(if waits_for_terminal || waits_for_story {
        StatusKind::Pending
    } else {
        StatusKind::InProgress
    })
}

/// A worktree's path as it is kept: as written where that is relative to the main worktree,
/// otherwise absolute.
pub(in crate::commands) fn worktree_text(written: &str, root: Option<&Path>, context: &Context) -> String {
    let here = context.working_dir.join(written);
    let from_root = root.map(|root| root.join(written));
    if written.is_empty() || from_root.as_deref() == Some(&here) || !here.is_dir() {
        return written.to_string();
    }
    here.canonicalize().unwrap_or(here).to_string_lossy().into_owned()
}
