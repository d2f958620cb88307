//! Log entries as they are written in the file.

use serde_yaml::Value;

use crate::model::{
    ConflictChanges, LogEntry, LoggedConflict, LoggedDependency, LoggedStatus, LoggedUpstream,
};
use crate::yaml;

/// Why an entry cannot be read: the problem and its key.
type Wrong = String;

/// An entry of the list. Missing keys are empty; unknown keys are ignored.
pub(super) fn entry(value: &Value) -> Result<LogEntry, Wrong> {
    if !value.is_mapping() {
        return Err("it must be a mapping".to_string());
    }
    let empty = Value::Null;
    let conflicts = value.get("conflicts").unwrap_or(&empty);
    Ok(LogEntry {
        at: text(value, "at")?.unwrap_or_default(),
        command: text(value, "command")?.unwrap_or_default(),
        terminal: text(value, "terminal")?,
        story: text(value, "story")?,
        tasks_done: list(value, "tasks_done", word)?,
        added_keys: list(value, "added_keys", word)?,
        target: text(value, "target")?,
        terminals: number(value, "terminals")?,
        changes: number(value, "changes")?,
        of_upstream: list(value, "of_upstream", upstream)?,
        conflicts: ConflictChanges {
            appeared: list(conflicts, "appeared", conflict)?,
            gone: list(conflicts, "gone", conflict)?,
            kept: number(conflicts, "kept")?.unwrap_or_default(),
        },
        statuses: list(value, "statuses", status)?,
        dependencies: list(value, "dependencies", dependency)?,
        plan: list(value, "plan", word)?,
        merged: list(value, "merged", word)?,
        files: list(value, "files", word)?,
    })
}

fn upstream(value: &Value) -> Result<LoggedUpstream, Wrong> {
    Ok(LoggedUpstream {
        terminal: text(value, "terminal")?.unwrap_or_default(),
        commits: number(value, "commits")?.unwrap_or_default(),
    })
}

fn conflict(value: &Value) -> Result<LoggedConflict, Wrong> {
    Ok(LoggedConflict {
        kind: text(value, "type")?.unwrap_or_default(),
        file: text(value, "file")?,
        terminals: list(value, "terminals", word)?,
        with: text(value, "target")?,
        resolution: text(value, "resolution")?,
    })
}

fn status(value: &Value) -> Result<LoggedStatus, Wrong> {
    Ok(LoggedStatus {
        terminal: text(value, "terminal")?.unwrap_or_default(),
        file: text(value, "file")?,
        from: text(value, "from")?.unwrap_or_default(),
        to: text(value, "to")?.unwrap_or_default(),
        reason: text(value, "reason")?,
    })
}

fn dependency(value: &Value) -> Result<LoggedDependency, Wrong> {
    Ok(LoggedDependency {
        story: text(value, "story")?.unwrap_or_default(),
        from: text(value, "from")?,
        to: text(value, "to")?,
        reason: text(value, "reason")?,
    })
}

fn word(value: &Value) -> Result<String, Wrong> {
    yaml::scalar_text(value).ok_or_else(|| "a list contains something that is not text".to_string())
}

fn text(value: &Value, key: &str) -> Result<Option<String>, Wrong> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            yaml::scalar_text(value).map(Some).ok_or_else(|| format!("\"{key}\" must be a string"))
        }
    }
}

fn number(value: &Value, key: &str) -> Result<Option<u64>, Wrong> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| format!("\"{key}\" must be a number")),
    }
}

fn list<T>(value: &Value, key: &str, item: fn(&Value) -> Result<T, Wrong>) -> Result<Vec<T>, Wrong> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Sequence(items)) => items.iter().map(item).collect(),
        Some(_) => Err(format!("\"{key}\" must be a list")),
    }
}
