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
    let conflict = |one: &LoggedConflict| json!({"type": one.kind, "file": one.file, "terminals": one.terminals, "resolution": one.resolution});
    json!({
        "at": entry.at,
        "command": entry.command,
        "target": entry.target,
        "terminals": entry.terminals,
        "changes": entry.changes,
        "conflicts": {
            "appeared": entry.conflicts.appeared.iter().map(conflict).collect::<Vec<_>>(),
            "gone": entry.conflicts.gone.iter().map(conflict).collect::<Vec<_>>(),
            "kept": entry.conflicts.kept,
        },
        "statuses": entry.statuses.iter().map(|one| json!({
            "terminal": one.terminal, "file": one.file, "from": one.from, "to": one.to, "reason": one.reason,
        })).collect::<Vec<_>>(),
        "dependencies": entry.dependencies.iter().map(|one| json!({
            "story": one.story, "from": one.from, "to": one.to,
        })).collect::<Vec<_>>(),
        "plan": entry.plan,
        "files": entry.files,
    })
}
