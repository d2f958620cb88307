//! An agent's settings as a function from text to text: adding our hooks and removing them.
//! Every other byte stays, and removing them restores the text byte for byte.

use jsonc_parser::ast::{Array, Object, ObjectProp, StringLit, Value};
use jsonc_parser::common::Range;
use serde_json::Value as Json;

use super::Agent;
use super::json::{
    Container, InvalidSettings, Layout, Removal, byte_order_mark, cut, parse, parse_as, property, root,
    without,
};

/// The settings without our hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uninstalled {
    /// Unchanged: they had none.
    Same,
    /// This text.
    Text(String),
    /// Nothing: the file was made for our hooks.
    NoFile,
}

/// What each of our commands holds, with the agent's name behind it.
const COMMAND: &str = "track-work hooks run --agent ";

/// The matcher that an older version wrote for an agent.
fn older_matcher(agent: Agent) -> Option<&'static str> {
    match agent {
        Agent::Claude => Some("Write|Edit|MultiEdit|NotebookEdit"),
        Agent::Cursor => Some("Write"),
        Agent::Codex | Agent::Gemini | Agent::Copilot | Agent::OpenCode => None,
    }
}

/// The file that is written if there is none, with all its hooks.
fn body(agent: Agent) -> Json {
    serde_json::from_str(agent.body()).unwrap_or_default()
}

/// The hooks of an agent by event, as in the file that is written if there is none.
fn wanted(agent: Agent, stop: bool) -> Vec<(String, Json)> {
    let body = body(agent);
    let events = body["hooks"].as_object().cloned().unwrap_or_default();
    events
        .into_iter()
        .filter(|(event, _)| stop || !is_turn_end(event))
        .map(|(event, list)| (event, list[0].clone()))
        .collect()
}

/// Whether an event is one at the end of a turn.
fn is_turn_end(event: &str) -> bool {
    ["Stop", "SubagentStop", "stop", "AfterAgent"].contains(&event)
}

/// The file to write if there is none.
pub fn whole_file(agent: Agent, stop: bool) -> String {
    let mut body = body(agent);
    if !stop && let Some(hooks) = body["hooks"].as_object_mut() {
        hooks.retain(|event, _| !is_turn_end(event));
    }
    format!("{body:#}\n")
}

/// The settings with our hooks, as this version writes them; `None` where they are there already.
///
/// # Errors
/// Text that is not JSON, and hooks that are not lists.
pub fn install(text: &str, agent: Agent, stop: bool) -> Result<Option<String>, InvalidSettings> {
    let (mark, text) = byte_order_mark(text);
    let parsed = parse(text)?;
    let root = root(&parsed)?;
    let layout = Layout::of(text, &Container::object(root));
    let mut edits: Vec<(Range, String)> = Vec::new();
    let mut append = |container: &Container, members: &[(Option<&str>, Json)]| {
        let (at, piece) = layout.append(text, container, members);
        edits.push((Range { start: at, end: at }, piece));
    };
    match hooks(root)? {
        None => {
            let events =
                wanted(agent, stop).into_iter().map(|(event, hook)| (event, Json::Array(vec![hook])));
            let value = Json::Object(events.collect());
            append(&Container::object(root), &[(Some("hooks"), value)]);
        }
        Some(hooks) => {
            let has_stop = lists(hooks).any(|(event, list)| is_turn_end(event) && ours(list).is_some());
            let mut new_events = Vec::new();
            for (event, hook) in wanted(agent, stop || has_stop) {
                match list(hooks, &event)? {
                    Some(list) if ours(list).is_some() => {}
                    Some(list) => append(&Container::list(list), &[(None, hook)]),
                    None => new_events.push((event, Json::Array(vec![hook]))),
                }
            }
            if !new_events.is_empty() {
                let members: Vec<(Option<&str>, Json)> =
                    new_events.iter().map(|(event, list)| (Some(event.as_str()), list.clone())).collect();
                append(&Container::object(hooks), &members);
            }
            edits.extend(upgrades(hooks, agent));
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut new = text.to_string();
    for (range, piece) in edits.iter().rev() {
        new.replace_range(range.start..range.end, piece);
    }
    Ok((!edits.is_empty()).then(|| format!("{mark}{new}")))
}

/// The texts of an older version among our hooks, and what stands there now. A matcher is ours where all
/// in its group is.
fn upgrades(hooks: &Object, agent: Agent) -> Vec<(Range, String)> {
    let older = format!("{COMMAND}{}", agent.name());
    let body = body(agent);
    let mut found = Vec::new();
    for (event, list) in lists(hooks) {
        let now = &body["hooks"][event][0];
        let hooks = [now, &now["hooks"][0]].into_iter();
        let command = hooks.flat_map(|hook| COMMANDS.map(|name| &hook[name])).find_map(Json::as_str);
        for group in list.elements.iter().filter_map(Value::as_object) {
            let inner =
                group.get_array("hooks").map(|inner| inner.elements.iter().filter_map(Value::as_object));
            let handlers: Vec<&Object> = inner.map_or(vec![group], Iterator::collect);
            let mut replace = |text: Option<&StringLit>, old: &str, new: Option<&str>| {
                if let (Some(text), Some(new)) = (text.filter(|text| text.value == old), new) {
                    found.push((text.range, Json::from(new).to_string()));
                }
            };
            for handler in &handlers {
                replace(command_of(handler), &older, command);
            }
            if let Some(matcher) =
                older_matcher(agent).filter(|_| handlers.iter().all(|handler| is_ours(handler)))
            {
                replace(group.get_string("matcher"), matcher, now["matcher"].as_str());
            }
        }
    }
    found
}

/// Whether the agent reads the settings. Claude Code and Codex read strict JSON, and Codex knows two keys; Gemini CLI
/// reads comments, but no trailing commas.
///
/// # Errors
/// Comments and trailing commas, and keys that the agent does not know.
pub(super) fn strict(text: &str, agent: Agent) -> Result<(), InvalidSettings> {
    let client = agent.title();
    let (mark, rest) = byte_order_mark(text);
    match agent {
        Agent::Claude | Agent::Codex => {}
        Agent::Gemini => {
            return match parse_as(rest, false) {
                Ok(_) => Ok(()),
                Err(InvalidSettings { line, what }) => {
                    Err(InvalidSettings { line, what: format!("{what}, so {client} ignores the whole file") })
                }
            };
        }
        Agent::Cursor | Agent::Copilot | Agent::OpenCode => return Ok(()),
    }
    let parsed = parse(rest)?;
    let root = root(&parsed)?;
    let line = |at: usize| rest[..at].matches('\n').count() + 1;
    let broken = |line, what: String| {
        Err(InvalidSettings { line: Some(line), what: format!("{what}, so {client} ignores the whole file") })
    };
    if agent == Agent::Codex && !mark.is_empty() {
        return broken(1, "a byte order mark".to_string());
    }
    if let Err(error) = serde_json::from_str::<Json>(rest) {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        return broken(error.line(), format!("it is not strict JSON ({reason})"));
    }
    let known = |name: &str| agent != Agent::Codex || ["hooks", "description"].contains(&name);
    match root.properties.iter().find(|property| !known(property.name.as_str())) {
        Some(property) => {
            broken(line(property.range.start), format!("unknown key {:?}", property.name.as_str()))
        }
        None => Ok(()),
    }
}

/// The settings without our hooks.
///
/// # Errors
/// Text that is not JSON, and hooks that are not lists.
pub fn uninstall(text: &str, agent: Agent) -> Result<Uninstalled, InvalidSettings> {
    let (mark, rest) = byte_order_mark(text);
    let mut now = rest.to_string();
    // One at a time, the last one first, as each was put behind what was there.
    loop {
        match without_last(&now, agent)? {
            Uninstalled::Text(next) => now = next,
            Uninstalled::Same if now == rest => return Ok(Uninstalled::Same),
            Uninstalled::Same => return Ok(Uninstalled::Text(format!("{mark}{now}"))),
            Uninstalled::NoFile => return Ok(Uninstalled::NoFile),
        }
    }
}

/// The events that Claude Code is known to have.
const EVENTS: [&str; 24] = [
    "ConfigChange",
    "CwdChanged",
    "Elicitation",
    "ElicitationResult",
    "FileChanged",
    "InstructionsLoaded",
    "Notification",
    "PermissionDenied",
    "PermissionRequest",
    "PostCompact",
    "PostToolUse",
    "PostToolUseFailure",
    "PreCompact",
    "PreToolUse",
    "SessionEnd",
    "SessionStart",
    "Setup",
    "Stop",
    "StopFailure",
    "SubagentStart",
    "SubagentStop",
    "TaskCompleted",
    "TeammateIdle",
    "UserPromptSubmit",
];

/// The first event in settings of Claude Code that it may not know; it drops the file then.
pub fn unknown_event(text: &str) -> Option<String> {
    let settings: Json = serde_json::from_str(text).ok()?;
    let known = |event: &str| EVENTS.contains(&event) || event.starts_with("Worktree");
    settings["hooks"].as_object()?.keys().find(|event| !known(event)).cloned()
}

/// Whether our hooks are in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// None is.
    Absent,
    /// They are.
    Installed,
    /// They are, as an older version wrote them.
    Older,
}

/// Whether our hooks are in the settings of an agent.
///
/// # Errors
/// Text that is not JSON, and hooks that are not lists.
pub fn find(text: &str, agent: Agent) -> Result<Ours, InvalidSettings> {
    let (_, text) = byte_order_mark(text);
    let parsed = parse(text)?;
    let root = root(&parsed)?;
    let older = hooks(root)?.is_some_and(|hooks| !upgrades(hooks, agent).is_empty());
    Ok(match last_of_ours(root)? {
        None => Ours::Absent,
        Some(_) if older => Ours::Older,
        Some(_) => Ours::Installed,
    })
}

/// The text without the last of our hooks.
fn without_last(text: &str, agent: Agent) -> Result<Uninstalled, InvalidSettings> {
    let parsed = parse(text)?;
    let root = root(&parsed)?;
    let Some(found) = last_of_ours(root)? else { return Ok(Uninstalled::Same) };
    Ok(taken_out(text, root, &found, |index| only_the_version(root, index, agent)))
}

/// The text without the first of these members; those behind it are the ones that it lies in, from the inside out.
/// They go too, as long as they were made for it. `is_nothing`: whether a member of the root is all that counts.
pub(super) fn taken_out(
    text: &str,
    root: &Object,
    way: &[(Container, usize)],
    is_nothing: impl Fn(usize) -> bool,
) -> Uninstalled {
    for (container, index) in way {
        if let Removal::Bytes(ranges) = cut(text, container, *index) {
            let is_root = container.range == root.range;
            return if is_root && is_nothing(*index) {
                Uninstalled::NoFile
            } else {
                Uninstalled::Text(without(text, &ranges))
            };
        }
    }
    let outside = [&text[..root.range.start], &text[root.range.end..]];
    if outside.iter().all(|part| part.trim().is_empty()) {
        Uninstalled::NoFile
    } else {
        Uninstalled::Text(format!("{}{{}}{}", outside[0], outside[1]))
    }
}

/// The files of Cursor and Copilot also have a version; in a file that we wrote, it follows the hooks.
fn only_the_version(root: &Object, hooks: usize, agent: Agent) -> bool {
    let names: Vec<&str> = root.properties.iter().map(|property| property.name.as_str()).collect();
    [Agent::Cursor, Agent::Copilot].contains(&agent) && hooks == 0 && names == ["hooks", "version"]
}

/// The path from the last of our hooks outwards: containers, and the index of the member in each.
fn last_of_ours(root: &Object) -> Result<Option<Vec<(Container, usize)>>, InvalidSettings> {
    let Some(hooks) = hooks(root)? else { return Ok(None) };
    let place = root.properties.iter().position(|property| property.name.as_str() == "hooks").unwrap_or(0);
    for (index, property) in hooks.properties.iter().enumerate().rev() {
        let Value::Array(list) = &property.value else { continue };
        if let Some(mut way) = ours(list) {
            way.push((Container::object(hooks), index));
            way.push((Container::object(root), place));
            return Ok(Some(way));
        }
    }
    Ok(None)
}

/// The last of our commands in an event's list: the whole group if it holds no other command, or
/// the command alone.
fn ours(list: &Array) -> Option<Vec<(Container, usize)>> {
    for (index, element) in list.elements.iter().enumerate().rev() {
        let Some(group) = element.as_object() else { continue };
        let whole = vec![(Container::list(list), index)];
        if is_ours(group) {
            return Some(whole);
        }
        let Some(inner) = group.get_array("hooks") else { continue };
        let own = |element: &Value| element.as_object().is_some_and(is_ours);
        let Some(at) = inner.elements.iter().rposition(own) else { continue };
        return if inner.elements.iter().all(own) {
            Some(whole)
        } else {
            Some(vec![(Container::list(inner), at)])
        };
    }
    None
}

/// The names of what a hook runs.
const COMMANDS: [&str; 2] = ["command", "bash"];

fn command_of<'a, 'b>(hook: &'b Object<'a>) -> Option<&'b StringLit<'a>> {
    COMMANDS.into_iter().find_map(|name| hook.get_string(name))
}

fn is_ours(hook: &Object) -> bool {
    command_of(hook).is_some_and(|command| command.value.contains(COMMAND))
}

fn hooks<'a, 'b>(root: &'b Object<'a>) -> Result<Option<&'b Object<'a>>, InvalidSettings> {
    let Some(property) = property(root, "hooks")? else { return Ok(None) };
    match property.value.as_object() {
        Some(hooks) => Ok(Some(hooks)),
        None => Err(InvalidSettings { line: None, what: "\"hooks\" is not an object".to_string() }),
    }
}

/// The events that have a list.
fn lists<'a, 'b>(hooks: &'b Object<'a>) -> impl Iterator<Item = (&'b str, &'b Array<'a>)> {
    let of = |property: &'b ObjectProp<'a>| Some((property.name.as_str(), property.value.as_array()?));
    hooks.properties.iter().filter_map(of)
}

fn list<'a, 'b>(hooks: &'b Object<'a>, event: &str) -> Result<Option<&'b Array<'a>>, InvalidSettings> {
    let Some(property) = property(hooks, event)? else { return Ok(None) };
    match property.value.as_array() {
        Some(list) => Ok(Some(list)),
        None => Err(InvalidSettings { line: None, what: format!("the hooks for {event:?} are not a list") }),
    }
}
