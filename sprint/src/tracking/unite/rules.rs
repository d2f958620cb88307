//! What the keys of tracking files mean where two sides wrote different values: which of them `sync` works
//! out anew, which are times, and by what the items of lists are known.

use serde_yaml::{Mapping, Value as Yaml};

use crate::yaml;

/// What is done where both sides changed one value to different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeRule {
    /// A person decides.
    Told,
    /// The later time is true.
    Later,
    /// The earlier time is true.
    Earlier,
    /// `sync` writes it anew, so ours stays until then.
    Regenerated,
}

/// The keys of a session that go together: `sync` writes the last three where it blocks a session.
pub(super) const STATUS: [&str; 4] = ["status", "status_before", "waiting_for", "reason"];

/// The keys by which a session is the same work.
const WORK: [&str; 4] = ["story_id", "branch", "worktree", "focus"];

/// The rule for the value at these keys.
pub(super) fn rule(at: &[String]) -> ChangeRule {
    let at: Vec<&str> = at.iter().map(String::as_str).collect();
    match at.as_slice() {
        ["sessions", _, "last_update"] => ChangeRule::Later,
        ["sessions", _, "started" | "completed"] | ["created"] => ChangeRule::Earlier,
        ["sessions", _, "observed", ..] | ["dependencies", _, "status" | "reason"] => ChangeRule::Regenerated,
        ["coordination", "ready_to_merge"] => ChangeRule::Regenerated,
        ["coordination", "conflicts", _, "detected"] => ChangeRule::Earlier,
        ["coordination", "conflicts", _, "lines" | "action" | "suggestion", ..] => ChangeRule::Regenerated,
        _ => ChangeRule::Told,
    }
}

/// Whether these keys lead to a session.
pub(super) fn is_session(at: &[String]) -> bool {
    at.len() == 2 && at[0] == "sessions"
}

/// Whether two sessions that were added under one name are about different work.
pub(super) fn is_other_work(one: &Mapping, other: &Mapping) -> bool {
    WORK.iter().any(|key| one.get(*key) != other.get(*key))
}

/// Whether a session differs from the base in more than what is written of it without anybody's decision.
pub(super) fn is_decided(base: &Mapping, side: &Mapping) -> bool {
    let is_written = |key: &str| key == "observed" || key == "last_update" || STATUS.contains(&key);
    let own = |session: &Mapping| own_status(session).cloned();
    let keys = base.keys().chain(side.keys()).filter_map(yaml::scalar_text);
    own(base) != own(side)
        || keys.filter(|key| !is_written(key)).any(|key| base.get(key.as_str()) != side.get(key.as_str()))
}

/// The status that somebody gave a session, blocked or not.
pub(super) fn own_status(session: &Mapping) -> Option<&Yaml> {
    session.get("status_before").or_else(|| session.get("status"))
}

/// Whether the reason of a session is a person's.
pub(super) fn has_own_reason(session: &Mapping) -> bool {
    let reason = session.get("reason").and_then(yaml::scalar_text);
    reason.is_some_and(|reason| !reason.is_empty() && !reason.starts_with("Waiting for "))
}

/// Whether a list is in the order of time.
pub(super) fn is_history(at: &[String]) -> bool {
    at.len() == 1 && at[0] == "history"
}

/// By what an item of the list at these keys is known again.
pub(super) fn identity(at: &[String], item: &Yaml) -> String {
    let written = |value: &Yaml| serde_yaml::to_string(value).unwrap_or_default();
    let is_tasks = at.last().is_some_and(|key| key == "tasks");
    match item {
        Yaml::Mapping(fields) if at.last().is_some_and(|key| key == "conflicts") => {
            let mut terminals: Vec<String> = match fields.get("terminals") {
                Some(Yaml::Sequence(ids)) => ids.iter().filter_map(yaml::scalar_text).collect(),
                _ => return written(item),
            };
            terminals.sort();
            let [kind, file] = ["type", "file"].map(|key| fields.get(key).and_then(yaml::scalar_text));
            match (kind, file) {
                (Some(kind), Some(file)) => format!("{kind} {file} {}", terminals.join(" ")),
                _ => written(item),
            }
        }
        Yaml::Mapping(fields) if !is_history(at) => {
            let name = ["task", "name", "text", "id"].iter().find_map(|key| fields.get(*key));
            name.and_then(yaml::scalar_text).unwrap_or_else(|| written(item))
        }
        Yaml::String(text) if is_tasks => {
            let marks = ["[x]", "[X]", "[ ]", "[]"];
            let text = text.trim_start();
            marks.iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text).trim().to_string()
        }
        _ => written(item),
    }
}
