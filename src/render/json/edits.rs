//! What the commands answer that write tracking files or hooks.

use serde::Serialize;
use serde_json::json;

use crate::model::DependencyStatus;
use crate::render::output::{
    AgentsChanged, Archived, Completed, HooksChanged, Initialized, Registered, Updated,
};

use super::SCHEMA;

pub(super) fn initialized(init: &Initialized) -> impl Serialize {
    json!({"schema": SCHEMA, "tracking_dir": init.dir, "created": !init.made.is_empty()})
}

pub(super) fn registered(registered: &Registered) -> impl Serialize {
    json!({
        "schema": SCHEMA,
        "terminal": registered.terminal,
        "story": registered.story.as_str(),
        "file": registered.file,
        "created": registered.created,
        "files": registered.files,
    })
}

pub(super) fn updated(updated: &Updated) -> impl Serialize {
    json!({"schema": SCHEMA, "terminal": updated.terminal, "files": updated.files})
}

pub(super) fn completed(completed: &Completed) -> impl Serialize {
    let dependencies = completed.plan.dependencies.iter();
    let ready = dependencies.filter(|change| change.to == DependencyStatus::Ready.name());
    json!({
        "schema": SCHEMA,
        "terminal": completed.terminal,
        "story": completed.story.as_ref().map(|story| story.as_str()),
        "status": "completed",
        "completed": completed.at,
        "unblocked": completed.unblocked,
        "ready": ready.map(|change| &change.of).collect::<Vec<_>>(),
        "files": completed.files,
    })
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
