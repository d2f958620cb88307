//! What the commands answer that write tracking files or hooks.

use serde::Serialize;
use serde_json::json;

use crate::model::{Standing, StoryId};
use crate::render::output::{
    AgentsChanged, Archived, Completed, HooksChanged, Initialized, PreviousSession, Registered, Unregistered,
    Updated,
};

use super::SCHEMA;
use super::sprint::ReadyJson;
use super::written::paths;

pub(super) fn initialized(init: &Initialized) -> impl Serialize {
    json!({"schema": SCHEMA, "tracking_dir": init.dir, "created": !init.made.is_empty()})
}

pub(super) fn registered(registered: &Registered) -> impl Serialize {
    let mut answer = json!({
        "schema": SCHEMA,
        "terminal": registered.terminal,
        "story": registered.story.as_str(),
        "file": registered.file,
        "created": registered.created,
        "files": registered.files,
    });
    if let Some(known) = &registered.unlisted {
        answer["known_stories"] = json!(known);
    }
    if let Some(previous) = &registered.previous {
        let PreviousSession { story, file, is_archived } = previous;
        answer["previous"] = json!({"story": story.as_str(), "file": file, "archived": is_archived});
    }
    answer
}

pub(super) fn updated(updated: &Updated) -> impl Serialize {
    json!({"schema": SCHEMA, "terminal": updated.terminal, "files": updated.files})
}

pub(super) fn unregistered(unregistered: &Unregistered) -> impl Serialize {
    json!({
        "schema": SCHEMA,
        "terminal": unregistered.terminal,
        "waiting": unregistered.waiting,
        "files": unregistered.files,
    })
}

pub(super) fn completed(completed: &Completed) -> impl Serialize {
    let held = completed.found.as_ref().and_then(|work| match &work.standing {
        Standing::Held(reason) => Some(reason),
        Standing::Ready | Standing::NothingToMerge => None,
    });
    let uncommitted = completed.found.as_ref().map(|work| &work.uncommitted[..]).unwrap_or_default();
    let mut answer = json!({
        "schema": SCHEMA,
        "terminal": completed.terminal,
        "story": completed.story.as_ref().map(|story| story.as_str()),
        "status": "completed",
        "completed": completed.at,
        "unblocked": completed.unblocked,
        "ready": completed.startable.iter().map(StoryId::as_str).collect::<Vec<_>>(),
        "ready_to_merge": completed.ready.iter().map(ReadyJson::new).collect::<Vec<_>>(),
        "uncommitted": paths(uncommitted),
        "files": completed.files,
    });
    if let Some(reason) = held {
        answer["not_ready"] = json!(reason);
    }
    answer
}

pub(super) fn archived(archived: &Archived) -> impl Serialize {
    json!({
        "schema": SCHEMA,
        "story": archived.story,
        "file": archived.file,
        "archived": archived.archived,
    })
}

pub(super) fn hooks_changed(changed: &HooksChanged) -> impl Serialize {
    let hooks = changed.hooks.iter().map(|(name, outcome)| json!({"name": name, "outcome": outcome}));
    json!({"schema": SCHEMA, "folder": changed.folder, "hooks": hooks.collect::<Vec<_>>()})
}

pub(super) fn agents_changed(changed: &AgentsChanged) -> impl Serialize {
    let agents = changed
        .agents
        .iter()
        .map(|(agent, file, outcome)| json!({"agent": agent, "file": file, "outcome": outcome}));
    json!({"schema": SCHEMA, "agents": agents.collect::<Vec<_>>()})
}
