//! What an agent says when it asks: a file is about to be read or written, a turn is over. The clients
//! differ in the names of events, tools and fields; here they become one.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::change::{FileChange, FileWrite, Replacement};
use super::{Agent, patch};

/// Tools that show a file to the agent.
const READERS: [&str; 5] = ["Read", "NotebookRead", "read_file", "view", "read"];

/// Tools that write files, but for patches.
const WRITERS: [&str; 21] = [
    "Write",
    "Edit",
    "MultiEdit",
    "NotebookEdit",
    // Cursor
    "StrReplace",
    "search_replace",
    "EditNotebook",
    "Delete",
    // VS Code
    "create_file",
    "replace_string_in_file",
    "multi_replace_string_in_file",
    "insert_edit_into_file",
    "edit_notebook_file",
    // Copilot
    "create",
    "edit",
    "str_replace",
    "str_replace_editor",
    // Gemini CLI
    "write_file",
    "replace",
    // OpenCode
    "write",
    "multiedit",
];

/// Tools that VS Code alone has.
const VS_CODE: [&str; 6] = [
    "read_file",
    "create_file",
    "replace_string_in_file",
    "multi_replace_string_in_file",
    "insert_edit_into_file",
    "edit_notebook_file",
];

/// Tools whose input is a patch of several files.
const PATCHERS: [&str; 3] = ["apply_patch", "ApplyPatch", "patch"];

/// The program that runs the hook. Several read the settings of Claude Code; VS Code also reads those of Copilot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Claude Code.
    Claude,
    /// Codex.
    Codex,
    /// Cursor.
    Cursor,
    /// Copilot CLI and the cloud agent.
    Copilot,
    /// VS Code.
    VsCode,
    /// Gemini CLI.
    Gemini,
    /// OpenCode, through the plugin that is installed there.
    OpenCode,
}

impl Client {
    /// Who sent an event to the hook in an agent's settings.
    fn of(agent: Agent, event: &Value) -> Client {
        let tool = text(event, &TOOL).unwrap_or_default();
        let its_name = |name: &str| name.starts_with(|first: char| first.is_ascii_lowercase());
        let cursor = ["cursor_version", "conversation_id"].iter().any(|name| event[name].is_string())
            || event["hook_event_name"].as_str().is_some_and(its_name);
        let vs_code = event["hookEventName"].is_string() || VS_CODE.contains(&tool);
        // Claude Code gives no time, and always the transcript
        let timed = !event["timestamp"].is_null() && event["transcript_path"].is_null();
        let copilot = timed || event["toolName"].is_string() || ["create", "edit", "view"].contains(&tool);
        match agent {
            Agent::Codex => Client::Codex,
            Agent::Cursor => Client::Cursor,
            Agent::Gemini => Client::Gemini,
            Agent::OpenCode => Client::OpenCode,
            Agent::Claude if cursor => Client::Cursor,
            Agent::Claude | Agent::Copilot if vs_code => Client::VsCode,
            Agent::Claude if copilot => Client::Copilot,
            Agent::Claude => Client::Claude,
            Agent::Copilot => Client::Copilot,
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Who asks, and how it wants to be answered.
    pub client: Client,
    /// The agent's working folder, which identifies the terminal.
    pub folder: Option<PathBuf>,
    /// Who reads the answer: the session, and the subagent in it.
    pub reader: Option<String>,
    /// What happens.
    pub kind: EventKind,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A file is about to be shown to the agent.
    BeforeRead(PathBuf),
    /// A file was shown to the agent.
    AfterRead(PathBuf),
    /// Files are about to be written.
    BeforeWrite(Vec<FileWrite>),
    /// Files have been written.
    AfterWrite(Vec<FileWrite>),
    /// The agent, or a subagent, has ended its turn.
    TurnEnd {
        /// Whether the turn continued only because a hook asked for it.
        again: bool,
    },
    /// A session or a turn begins. It gets no answer.
    TurnBegin,
    /// Anything else: it gets no answer.
    Other,
}

const TOOL: [&str; 2] = ["tool_name", "toolName"];
const PATH: [&str; 8] = [
    "file_path",
    "filePath",
    "notebook_path",
    "target_notebook",
    "path",
    "target_file",
    "filename",
    "absolute_path",
];

/// Reads an event that came to the hook in an agent's settings.
///
/// # Errors
/// The text is not a JSON object.
pub fn event(agent: Agent, text: &str) -> Result<Event, String> {
    let event: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("the agent's event is not JSON: {error}"))?;
    if !event.is_object() {
        return Err("the agent's event is not a JSON object".to_string());
    }
    let kind = kind(&event);
    Ok(Event {
        client: Client::of(agent, &event),
        folder: folder(&event, &kind),
        reader: reader(&event),
        kind,
    })
}

fn kind(event: &Value) -> EventKind {
    let name = text(event, &["hook_event_name", "hookEventName"]);
    let name = name.unwrap_or(match (event["toolName"].is_string(), event["toolResult"].is_null()) {
        (true, true) => "preToolUse",
        (true, false) => "postToolUse",
        (false, _) => "",
    });
    match (name.to_ascii_lowercase().as_str(), read(event)) {
        ("pretooluse" | "beforetool", Some(path)) => EventKind::BeforeRead(path),
        ("posttooluse" | "aftertool", Some(path)) => EventKind::AfterRead(path),
        ("pretooluse" | "beforetool", None) => EventKind::BeforeWrite(written(event)),
        ("posttooluse" | "aftertool", None) => EventKind::AfterWrite(as_it_is(written(event))),
        ("stop" | "agentstop" | "subagentstop" | "afteragent", _) => EventKind::TurnEnd {
            again: event["stop_hook_active"] == true || event["loop_count"].as_u64().unwrap_or(0) > 0,
        },
        (
            "sessionstart"
            | "userpromptsubmit"
            | "userpromptsubmitted"
            | "beforesubmitprompt"
            | "beforeagent",
            _,
        ) => EventKind::TurnBegin,
        _ => EventKind::Other,
    }
}

/// The agent's folder, or the root of its workspace that the files lie in. Cursor leaves the folder empty.
fn folder(event: &Value, kind: &EventKind) -> Option<PathBuf> {
    let roots = event["workspace_roots"].as_array().into_iter().flatten();
    let given = [&event["cwd"]].into_iter().chain(roots).filter_map(Value::as_str);
    let mut folders = given.filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let file = match kind {
        EventKind::BeforeRead(path) | EventKind::AfterRead(path) => Some(path),
        EventKind::BeforeWrite(files) | EventKind::AfterWrite(files) => files.first().map(|file| &file.path),
        EventKind::TurnEnd { .. } | EventKind::TurnBegin | EventKind::Other => None,
    };
    let first = folders.next()?;
    match file
        .filter(|file| !file.starts_with(&first))
        .and_then(|file| folders.find(|root| file.starts_with(root)))
    {
        Some(root) => Some(root),
        None => Some(first),
    }
}

fn reader(event: &Value) -> Option<String> {
    let session = text(event, &["session_id", "sessionId", "conversation_id"])?;
    Some(match text(event, &["agent_id"]) {
        Some(agent) => format!("{session}-{agent}"),
        None => session.to_string(),
    })
}

/// The file that a tool shows.
fn read(event: &Value) -> Option<PathBuf> {
    let tool = text(event, &TOOL)?;
    let input = input(event);
    let views = tool == "str_replace_editor" && input["command"] == "view";
    let path = text(&input, &PATH).filter(|_| views || READERS.contains(&tool))?;
    Some(PathBuf::from(path))
}

/// The files that a tool writes.
fn written(event: &Value) -> Vec<FileWrite> {
    let tool = text(event, &TOOL).unwrap_or_default();
    let input = input(event);
    if PATCHERS.contains(&tool) {
        return patch_text(&input).map(patch::files).unwrap_or_default();
    }
    if !WRITERS.contains(&tool) {
        return Vec::new();
    }
    if let Some(replacements) = input["replacements"].as_array() {
        return replaced_in_files(replacements);
    }
    let Some(path) = text(&input, &PATH) else { return Vec::new() };
    vec![FileWrite { path: PathBuf::from(path), change: change(tool, &input) }]
}

/// What a tool is called with: an object, or the text of one.
fn input(event: &Value) -> Value {
    let given =
        ["tool_input", "toolArgs"].into_iter().map(|name| &event[name]).find(|value| !value.is_null());
    let parsed = |text: &str| serde_json::from_str::<Map<String, Value>>(text).ok().map(Value::Object);
    let given = given.cloned().unwrap_or_default();
    given.as_str().and_then(parsed).unwrap_or(given)
}

/// The first of the fields that holds a text that is not empty.
fn text<'a>(of: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().filter_map(|name| of[*name].as_str()).find(|text| !text.is_empty())
}

fn change(tool: &str, input: &Value) -> FileChange {
    if tool == "Delete" {
        return FileChange::Delete;
    }
    if let Some(edits) = input["edits"].as_array() {
        return match edits.iter().map(replacement).collect() {
            Some(edits) => FileChange::Replace(edits),
            None => FileChange::Unclear,
        };
    }
    if let Some(only) = replacement(input) {
        return FileChange::Replace(vec![only]);
    }
    match ["content", "contents", "file_text"].into_iter().find_map(|name| input[name].as_str()) {
        Some(content) => FileChange::Whole(content.to_string()),
        None => FileChange::Unclear,
    }
}

fn replacement(edit: &Value) -> Option<Replacement> {
    let either = |names: [&str; 3]| names.into_iter().find_map(|name| edit[name].as_str());
    Some(Replacement {
        old: either(["old_string", "oldString", "old_str"])?.to_string(),
        new: either(["new_string", "newString", "new_str"])?.to_string(),
        all: ["replace_all", "replaceAll", "allow_multiple"].into_iter().any(|name| edit[name] == true)
            || edit["expected_replacements"].as_u64().is_some_and(|number| number > 1),
    })
}

/// Replacements that each name their file; those of one file follow each other.
fn replaced_in_files(replacements: &[Value]) -> Vec<FileWrite> {
    let mut files: Vec<FileWrite> = Vec::new();
    for one in replacements {
        let Some(path) = text(one, &PATH).map(PathBuf::from) else { continue };
        let at = files.iter().position(|file| file.path == path).unwrap_or(files.len());
        if at == files.len() {
            files.push(FileWrite { path, change: FileChange::Replace(Vec::new()) });
        }
        match (replacement(one), &mut files[at].change) {
            (Some(edit), FileChange::Replace(edits)) => edits.push(edit),
            (_, change) => *change = FileChange::Unclear,
        }
    }
    files
}

/// The text of a patch: the input itself, one of its fields, or a word of one.
fn patch_text(input: &Value) -> Option<&str> {
    let given = [input, &input["command"], &input["input"], &input["patch"], &input["patchText"]].into_iter();
    let words = given.flat_map(|value| value.as_array().map_or(vec![value], |words| words.iter().collect()));
    words.filter_map(Value::as_str).find(|text| text.contains(patch::BEGIN))
}

/// The same files; their new content is already on disk.
fn as_it_is(files: Vec<FileWrite>) -> Vec<FileWrite> {
    let mut files: Vec<FileWrite> =
        files.into_iter().map(|file| FileWrite { change: FileChange::Unclear, ..file }).collect();
    files.dedup();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::shown_path;

    fn before(text: &str) -> Vec<FileWrite> {
        match event(Agent::Claude, text).expect("an event").kind {
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
        let file = |path: &str, change| vec![FileWrite { path: PathBuf::from(path), change }];
        let replace = |old: &str, new: &str, all| Replacement { old: old.into(), new: new.into(), all };
        assert_eq!(
            input("Write", r#"{"file_path":"/a","content":"x"}"#),
            file("/a", FileChange::Whole("x".to_string()))
        );
        assert_eq!(
            input("Edit", r#"{"file_path":"a","old_string":"x","new_string":"y","replace_all":true}"#),
            file("a", FileChange::Replace(vec![replace("x", "y", true)]))
        );
        assert_eq!(
            input("MultiEdit", r#"{"file_path":"a","edits":[{"old_string":"x","new_string":"y"}]}"#),
            file("a", FileChange::Replace(vec![replace("x", "y", false)]))
        );
        assert_eq!(
            input("NotebookEdit", r#"{"notebook_path":"a.ipynb","new_source":"x"}"#),
            file("a.ipynb", FileChange::Unclear)
        );
        let patch = "*** Begin Patch\\n*** Delete File: a\\n*** End Patch";
        for command in [format!("{patch:?}").replace("\\\\", "\\"), format!("[\"apply_patch\", \"{patch}\"]")]
        {
            assert_eq!(
                input("apply_patch", &format!("{{\"command\":{command}}}")),
                file("a", FileChange::Delete),
                "{command}"
            );
        }
        assert_eq!(input("Bash", r#"{"command":"*** Begin Patch"}"#), []);
        assert_eq!(input("Write", r#"{"content":"x"}"#), []);
    }

    #[test]
    fn what_is_no_event_of_ours_is_nothing() {
        for text in ["{}", r#"{"hook_event_name":"PreCompact"}"#, r#"{"hook_event_name":"afterFileEdit"}"#] {
            assert_eq!(event(Agent::Claude, text).expect("an event").kind, EventKind::Other);
        }
        for name in ["SessionStart", "UserPromptSubmit"] {
            let begin = event(Agent::Claude, &format!("{{\"hook_event_name\":\"{name}\"}}"));
            assert_eq!(begin.expect("an event").kind, EventKind::TurnBegin, "{name}");
        }
        assert!(["", "[]", "{"].into_iter().all(|text| event(Agent::Claude, text).is_err()));
        let stop = event(
            Agent::Claude,
            r#"{"hook_event_name":"Stop","session_id":"s","stop_hook_active":true,"cwd":"/x"}"#,
        );
        let stop = stop.expect("an event");
        assert_eq!(stop.folder, Some(PathBuf::from("/x")));
        assert_eq!(stop.reader.as_deref(), Some("s"));
        assert_eq!(stop.kind, EventKind::TurnEnd { again: true });
    }

    #[test]
    fn the_folder_is_the_one_that_the_file_lies_in() {
        let folder = |cwd: &str, roots: &str, file: &str| {
            let text = format!(
                "{{\"hook_event_name\":\"preToolUse\",\"tool_name\":\"Write\",\"cwd\":{cwd},\
                 \"workspace_roots\":{roots},\"tool_input\":{{\"path\":{file:?}}}}}"
            );
            let folder = event(Agent::Cursor, &text).expect("an event").folder;
            folder.map(|folder| shown_path(&folder)).unwrap_or_default()
        };
        assert_eq!(folder("\"\"", r#"["/a","/b"]"#, "/b/x"), "/b");
        assert_eq!(folder("\"\"", r#"["/a","/b"]"#, "/c/x"), "/a");
        assert_eq!(folder("\"/a\"", r#"["/b","/a"]"#, "/b/x"), "/b");
        assert_eq!(folder("\"/a/sub\"", r#"["/a"]"#, "/a/sub/x"), "/a/sub");
        assert_eq!(folder("\"/a/sub\"", r#"["/a"]"#, "x"), "/a/sub");
        assert_eq!(folder("null", "[]", "/a/x"), "");
    }
}
