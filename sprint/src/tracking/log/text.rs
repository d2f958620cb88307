//! An entry as text.

use crate::model::{LogEntry, LoggedConflict, LoggedDependency, LoggedStatus, LoggedUpstream, Value};
use crate::tracking::edit;

/// An entry as it is written in the file.
pub(super) fn text_of(entry: &LogEntry) -> String {
    let style = edit::SPECIFICATION;
    let mut text = edit::list_item(&value_of(entry), &style);
    text = text.trim_start_matches('\n').to_string();
    let files: Vec<String> = entry.files.iter().map(|file| edit::quoted(file)).collect();
    text + &format!("\n    files: [{}]\n", files.join(", "))
}

/// An entry without its files.
pub(super) fn value_of(entry: &LogEntry) -> Value {
    let mut map: Vec<(String, Value)> = Vec::new();
    let mut put = |key: &str, value: Option<Value>| map.extend(value.map(|value| (key.to_string(), value)));
    put("at", Some(entry.at.as_str().into()));
    put("command", Some(entry.command.as_str().into()));
    put("terminal", entry.terminal.as_deref().map(Value::from));
    put("story", entry.story.as_deref().map(Value::from));
    put("tasks_done", (!entry.tasks_done.is_empty()).then(|| Value::texts(&entry.tasks_done)));
    put("added_keys", (!entry.added_keys.is_empty()).then(|| Value::texts(&entry.added_keys)));
    put("target", entry.target.as_deref().map(Value::from));
    put("terminals", entry.terminals.map(number));
    put("changes", entry.changes.map(number));
    let brought: Vec<Value> = entry.of_upstream.iter().map(upstream).collect();
    put("of_upstream", (!brought.is_empty()).then_some(Value::List(brought)));
    let mut conflicts = Vec::new();
    let listed = [("appeared", &entry.conflicts.appeared), ("gone", &entry.conflicts.gone)];
    for (key, list) in listed.into_iter().filter(|(_, list)| !list.is_empty()) {
        conflicts.push((key.to_string(), Value::List(list.iter().map(conflict).collect())));
    }
    if entry.conflicts.kept > 0 {
        conflicts.push(("kept".to_string(), number(entry.conflicts.kept)));
    }
    put("conflicts", (!conflicts.is_empty()).then_some(Value::Map(conflicts)));
    let statuses: Vec<Value> = entry.statuses.iter().map(status).collect();
    put("statuses", (!statuses.is_empty()).then_some(Value::List(statuses)));
    let dependencies: Vec<Value> = entry.dependencies.iter().map(dependency).collect();
    put("dependencies", (!dependencies.is_empty()).then_some(Value::List(dependencies)));
    put("plan", (!entry.plan.is_empty()).then(|| Value::texts(&entry.plan)));
    put("merged", (!entry.merged.is_empty()).then(|| Value::texts(&entry.merged)));
    Value::Map(map)
}

/// A mapping of the fields that have a value.
fn map(fields: Vec<(&str, Option<Value>)>) -> Value {
    Value::Map(fields.into_iter().filter_map(|(key, value)| Some((key.to_string(), value?))).collect())
}

fn number(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

fn upstream(upstream: &LoggedUpstream) -> Value {
    map(vec![
        ("terminal", Some(upstream.terminal.as_str().into())),
        ("commits", Some(number(upstream.commits))),
    ])
}

fn conflict(conflict: &LoggedConflict) -> Value {
    map(vec![
        ("type", Some(conflict.kind.as_str().into())),
        ("file", conflict.file.as_deref().map(Value::from)),
        ("terminals", Some(Value::texts(&conflict.terminals))),
        ("target", conflict.with.as_deref().map(Value::from)),
        ("resolution", conflict.resolution.as_deref().map(Value::from)),
    ])
}

fn status(change: &LoggedStatus) -> Value {
    map(vec![
        ("terminal", Some(change.terminal.as_str().into())),
        ("file", change.file.as_deref().map(Value::from)),
        ("from", Some(change.from.as_str().into())),
        ("to", Some(change.to.as_str().into())),
        ("reason", change.reason.as_deref().map(Value::from)),
    ])
}

fn dependency(change: &LoggedDependency) -> Value {
    map(vec![
        ("story", Some(change.story.as_str().into())),
        ("from", change.from.as_deref().map(Value::from)),
        ("to", change.to.as_deref().map(Value::from)),
        ("reason", change.reason.as_deref().map(Value::from)),
    ])
}
