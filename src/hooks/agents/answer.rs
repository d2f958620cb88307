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
        Client::Claude | Client::Cursor | Client::VsCode | Client::Gemini | Client::OpenCode => {
            |text| for_agent(text).encode_utf16().count()
        }
        Client::Codex | Client::Copilot => |text| for_agent(text).len(),
    }
}

/// Something to know; `None` where the client has no way to tell it.
pub fn context(client: Client, when: When, text: &str) -> Option<Value> {
    let event = match (client, when) {
        (Client::Gemini, _) => "AfterTool",
        (_, When::Before) => "PreToolUse",
        (_, When::After) => "PostToolUse",
    };
    let text = for_agent(text);
    let specific = json!({"hookEventName": event, "additionalContext": text});
    match (client, when) {
        (Client::Claude | Client::Codex | Client::VsCode, _) | (Client::Gemini, When::After) => {
            Some(json!({"hookSpecificOutput": specific}))
        }
        (Client::Cursor, When::After) => Some(json!({"additional_context": text})),
        (Client::Copilot, When::After) => {
            Some(json!({"additionalContext": text, "hookSpecificOutput": specific}))
        }
        (Client::OpenCode, When::After) => Some(json!({"context": text})),
        (Client::Cursor | Client::Copilot | Client::Gemini | Client::OpenCode, When::Before) => None,
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
        Client::Claude | Client::Codex | Client::VsCode => json!({"hookSpecificOutput": specific}),
        // versions differ in which of the two the model sees
        Client::Cursor => json!({"permission": "deny", "user_message": reason, "agent_message": reason}),
        Client::Copilot => json!({
            "permissionDecision": "deny",
            "permissionDecisionReason": reason,
            "hookSpecificOutput": specific,
        }),
        Client::Gemini => json!({"decision": "deny", "reason": reason}),
        Client::OpenCode => json!({"deny": reason}),
    }
}

/// Continues the turn with this message; `None` where the client has no way to.
pub fn go_on(client: Client, reason: &str) -> Option<Value> {
    let reason = for_agent(reason);
    match client {
        Client::Claude | Client::Codex => Some(json!({"decision": "block", "reason": reason})),
        Client::Cursor => Some(json!({"followup_message": reason})),
        // VS Code looks for it in one place at the end of a turn, in the other at the end of a subagent's
        Client::VsCode | Client::Copilot => Some(json!({
            "decision": "block",
            "reason": reason,
            "hookSpecificOutput": {"hookEventName": "Stop", "decision": "block", "reason": reason},
        })),
        Client::Gemini => Some(json!({"decision": "deny", "reason": reason})),
        Client::OpenCode => None,
    }
}
