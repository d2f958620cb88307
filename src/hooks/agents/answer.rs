//! What agents are answered, in just the fields that each of them knows.

use serde_json::{Value, json};

use super::Agent;

/// As much as an agent reads.
pub const MOST: usize = 10_000;

/// Something to know before a file is written. Cursor can only be told after.
pub fn before_write(agent: Agent, context: &str) -> Option<Value> {
    match agent {
        Agent::Claude | Agent::Codex => Some(json!({"hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "additionalContext": context,
        }})),
        Agent::Cursor => None,
    }
}

/// Something to know after a file was written.
pub fn after_write(agent: Agent, context: &str) -> Option<Value> {
    match agent {
        Agent::Claude | Agent::Codex => Some(json!({"hookSpecificOutput": {
            "hookEventName": "PostToolUse",
            "additionalContext": context,
        }})),
        Agent::Cursor => Some(json!({"additional_context": context})),
    }
}

/// The file is not to be written.
pub fn deny(agent: Agent, reason: &str) -> Value {
    match agent {
        Agent::Claude | Agent::Codex => json!({"hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": reason,
        }}),
        Agent::Cursor => json!({
            "permission": "deny",
            "user_message": reason.lines().next().unwrap_or(reason),
            "agent_message": reason,
        }),
    }
}

/// The turn goes on with this.
pub fn go_on(agent: Agent, reason: &str) -> Value {
    match agent {
        Agent::Claude | Agent::Codex => json!({"decision": "block", "reason": reason}),
        Agent::Cursor => json!({"followup_message": reason}),
    }
}
