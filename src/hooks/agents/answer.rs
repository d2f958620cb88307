//! What agents are answered, in just the fields that each client knows.

use serde_json::{Value, json};

use super::Client;
use crate::model::for_agent;

/// As much as a client passes on, in the unit that it counts.
pub const LONGEST: usize = 10_000;

/// When something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before a tool runs.
    Before,
    /// After it ran.
    After,
}

/// How the client counts the length of a text that it is told.
pub fn length(client: Client) -> fn(&str) -> usize {
    match client {
        Client::Claude | Client::Cursor => |text| for_agent(text).encode_utf16().count(),
        Client::Codex | Client::Copilot => |text| for_agent(text).len(),
    }
}

/// Something to know; `None` where the client has no way to tell it.
pub fn context(client: Client, when: When, text: &str) -> Option<Value> {
    let event = match when {
        When::Before => "PreToolUse",
        When::After => "PostToolUse",
    };
    let text = for_agent(text);
    let specific = json!({"hookEventName": event, "additionalContext": text});
    match (client, when) {
        (Client::Claude | Client::Codex, _) => Some(json!({"hookSpecificOutput": specific})),
        (Client::Cursor, When::After) => Some(json!({"additional_context": text})),
        (Client::Copilot, When::After) => {
            Some(json!({"additionalContext": text, "hookSpecificOutput": specific}))
        }
        (Client::Cursor | Client::Copilot, When::Before) => None,
    }
}

/// Refuses the write.
pub fn deny(client: Client, reason: &str) -> Value {
    let reason = for_agent(reason);
    let specific = json!({
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": reason,
    });
    match client {
        Client::Claude | Client::Codex => json!({"hookSpecificOutput": specific}),
        // versions differ in which of the two the model sees
        Client::Cursor => json!({"permission": "deny", "user_message": reason, "agent_message": reason}),
        Client::Copilot => json!({
            "permissionDecision": "deny",
            "permissionDecisionReason": reason,
            "hookSpecificOutput": specific,
        }),
    }
}

/// Continues the turn with this message.
pub fn go_on(client: Client, reason: &str) -> Value {
    let reason = for_agent(reason);
    match client {
        Client::Claude | Client::Codex | Client::Copilot => json!({"decision": "block", "reason": reason}),
        Client::Cursor => json!({"followup_message": reason}),
    }
}
