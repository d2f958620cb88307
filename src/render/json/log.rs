//! What `log` answers.

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{Finding, LogEntry, LoggedConflict};

use super::SCHEMA;

pub(super) fn log(history: &[LogEntry], findings: &[Finding]) -> impl Serialize {
    json!({
        "schema": SCHEMA,
        "history": history.iter().map(entry).collect::<Vec<_>>(),
        "findings": findings.iter().map(|finding| &finding.message).collect::<Vec<_>>(),
    })
}

fn entry(entry: &LogEntry) -> Value {
    let conflict = |conflict: &LoggedConflict| json!({"type": conflict.kind, "file": conflict.file, "terminals": conflict.terminals, "resolution": conflict.resolution});
    json!({
        "at": entry.at,
        "command": entry.command,
        "terminal": entry.terminal,
        "story": entry.story,
        "tasks_done": entry.tasks_done,
        "added_keys": entry.added_keys,
        "target": entry.target,
        "terminals": entry.terminals,
        "changes": entry.changes,
        "conflicts": {
            "appeared": entry.conflicts.appeared.iter().map(conflict).collect::<Vec<_>>(),
            "gone": entry.conflicts.gone.iter().map(conflict).collect::<Vec<_>>(),
            "kept": entry.conflicts.kept,
        },
        "statuses": entry.statuses.iter().map(|change| json!({
            "terminal": change.terminal, "file": change.file, "from": change.from, "to": change.to, "reason": change.reason,
        })).collect::<Vec<_>>(),
        "dependencies": entry.dependencies.iter().map(|change| json!({
            "story": change.story, "from": change.from, "to": change.to,
        })).collect::<Vec<_>>(),
        "plan": entry.plan,
        "files": entry.files,
    })
}
