//! What an agent says when it asks: a file is about to be written, a turn is over.

use std::path::PathBuf;

use serde_json::Value;

use super::change::{Change, Replacement};
use super::patch;

/// Tools that write files; the names of all agents.
const WRITERS: [&str; 8] =
    ["Write", "Edit", "MultiEdit", "NotebookEdit", "StrReplace", "search_replace", "Delete", "apply_patch"];

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where the agent works; it decides whose work is meant.
    pub folder: Option<PathBuf>,
    /// What happens.
    pub kind: EventKind,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Files are about to be written.
    BeforeWrite(Vec<Written>),
    /// Files have been written.
    AfterWrite(Vec<Written>),
    /// The agent has ended its turn.
    TurnEnd {
        /// The session's id.
        session: String,
        /// Whether the turn went on only because a hook wished it.
        again: bool,
    },
    /// Anything else: it gets no answer.
    Other,
}

/// A file and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file as the agent names it, absolute or from its folder.
    pub path: PathBuf,
    /// What becomes of it.
    pub change: Change,
}

/// Reads an event.
///
/// # Errors
/// When it is no JSON object.
pub fn event(text: &str) -> Result<Event, String> {
    let event: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("the agent's event is not JSON: {error}"))?;
    if !event.is_object() {
        return Err("the agent's event is not a JSON object".to_string());
    }
    let folder = event["cwd"].as_str().or(event["workspace_roots"][0].as_str());
    let kind = match event["hook_event_name"].as_str().unwrap_or_default() {
        "PreToolUse" | "preToolUse" => EventKind::BeforeWrite(written(&event)),
        "PostToolUse" | "postToolUse" => EventKind::AfterWrite(as_it_is(written(&event))),
        "Stop" | "stop" => EventKind::TurnEnd {
            session: ["session_id", "conversation_id"]
                .into_iter()
                .find_map(|name| event[name].as_str())
                .unwrap_or_default()
                .to_string(),
            again: event["stop_hook_active"] == true || event["loop_count"].as_u64().unwrap_or(0) > 0,
        },
        _ => EventKind::Other,
    };
    Ok(Event { folder: folder.filter(|folder| !folder.is_empty()).map(PathBuf::from), kind })
}

/// The files that a tool writes.
fn written(event: &Value) -> Vec<Written> {
    let tool = event["tool_name"].as_str().unwrap_or_default();
    if !WRITERS.contains(&tool) {
        return Vec::new();
    }
    let input = &event["tool_input"];
    if tool == "apply_patch" {
        return patch_text(input).map(patch::files).unwrap_or_default();
    }
    let names = ["file_path", "notebook_path", "path", "target_file"];
    let Some(path) = names.into_iter().find_map(|name| input[name].as_str()) else { return Vec::new() };
    vec![Written { path: PathBuf::from(path), change: change(tool, input) }]
}

fn change(tool: &str, input: &Value) -> Change {
    let replacement = |edit: &Value| {
        Some(Replacement {
            old: edit["old_string"].as_str()?.to_string(),
            new: edit["new_string"].as_str()?.to_string(),
            all: edit["replace_all"] == true,
        })
    };
    if tool == "Delete" {
        return Change::Delete;
    }
    if let Some(edits) = input["edits"].as_array() {
        return match edits.iter().map(replacement).collect() {
            Some(edits) => Change::Replace(edits),
            None => Change::Unclear,
        };
    }
    if let Some(only) = replacement(input) {
        return Change::Replace(vec![only]);
    }
    match input["content"].as_str().or(input["contents"].as_str()) {
        Some(content) => Change::Whole(content.to_string()),
        None => Change::Unclear,
    }
}

/// The text of a patch: the command itself, or one of its words.
fn patch_text(input: &Value) -> Option<&str> {
    let given = [&input["command"], &input["input"], &input["patch"]].into_iter();
    let words = given.flat_map(|value| value.as_array().map_or(vec![value], |words| words.iter().collect()));
    words.filter_map(Value::as_str).find(|text| text.contains(patch::BEGIN))
}

/// The same files, whose new content is on the disk already.
fn as_it_is(files: Vec<Written>) -> Vec<Written> {
    let mut files: Vec<Written> =
        files.into_iter().map(|file| Written { change: Change::Unclear, ..file }).collect();
    files.dedup();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(text: &str) -> Vec<Written> {
        match event(text).expect("an event").kind {
            EventKind::BeforeWrite(files) => files,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_tool_is_understood() {
        let input = |tool: &str, input: &str| {
            before(&format!(
                "{{\"hook_event_name\":\"PreToolUse\",\"tool_name\":{tool:?},\"tool_input\":{input}}}"
            ))
        };
        let file = |path: &str, change| vec![Written { path: PathBuf::from(path), change }];
        let replace = |old: &str, new: &str, all| Replacement { old: old.into(), new: new.into(), all };
        assert_eq!(
            input("Write", r#"{"file_path":"/a","content":"x"}"#),
            file("/a", Change::Whole("x".to_string()))
        );
        assert_eq!(
            input("Edit", r#"{"file_path":"a","old_string":"x","new_string":"y","replace_all":true}"#),
            file("a", Change::Replace(vec![replace("x", "y", true)]))
        );
        assert_eq!(
            input("MultiEdit", r#"{"file_path":"a","edits":[{"old_string":"x","new_string":"y"}]}"#),
            file("a", Change::Replace(vec![replace("x", "y", false)]))
        );
        assert_eq!(
            input("NotebookEdit", r#"{"notebook_path":"a.ipynb","new_source":"x"}"#),
            file("a.ipynb", Change::Unclear)
        );
        let patch = "*** Begin Patch\\n*** Delete File: a\\n*** End Patch";
        for command in [format!("{patch:?}").replace("\\\\", "\\"), format!("[\"apply_patch\", \"{patch}\"]")]
        {
            assert_eq!(
                input("apply_patch", &format!("{{\"command\":{command}}}")),
                file("a", Change::Delete),
                "{command}"
            );
        }
        assert_eq!(input("Read", r#"{"file_path":"a"}"#), []);
        assert_eq!(input("Bash", r#"{"command":"*** Begin Patch"}"#), []);
        assert_eq!(input("Write", r#"{"content":"x"}"#), []);
    }

    #[test]
    fn what_is_no_event_of_ours_is_nothing() {
        for text in ["{}", r#"{"hook_event_name":"SessionStart"}"#, r#"{"hook_event_name":"afterFileEdit"}"#]
        {
            assert_eq!(event(text).expect("an event").kind, EventKind::Other);
        }
        assert!(event("").is_err() && event("[]").is_err() && event("{").is_err());
        let stop = event(r#"{"hook_event_name":"Stop","session_id":"s","stop_hook_active":true,"cwd":"/x"}"#);
        let stop = stop.expect("an event");
        assert_eq!(stop.folder, Some(PathBuf::from("/x")));
        assert_eq!(stop.kind, EventKind::TurnEnd { session: "s".to_string(), again: true });
    }
}
