//! The pages of `track-work help TOPIC`, beside the help of the commands.

/// A page of reference text.
pub struct Topic {
    /// What to type after `track-work help`.
    pub name: &'static str,
    /// The text, in Markdown.
    pub text: &'static str,
}

/// All pages, by name.
pub const TOPICS: [Topic; 11] = [
    Topic { name: "agents", text: include_str!("topics/agents.md") },
    Topic { name: "environment", text: include_str!("topics/environment.md") },
    Topic { name: "exit-status", text: include_str!("topics/exit-status.md") },
    Topic { name: "files", text: include_str!("topics/files.md") },
    Topic { name: "hooks", text: include_str!("topics/hooks.md") },
    Topic { name: "json", text: include_str!("topics/json.md") },
    Topic { name: "merge", text: include_str!("topics/merge.md") },
    Topic { name: "merge-order", text: include_str!("topics/merge-order.md") },
    Topic { name: "share", text: include_str!("topics/share.md") },
    Topic { name: "verify", text: include_str!("topics/verify.md") },
    Topic { name: "words", text: include_str!("topics/words.md") },
];

/// The page with this name.
pub fn topic(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// The end of `track-work --help`.
pub(super) fn after_help() -> String {
    let names: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
    format!(
        "Start with: track-work status (nothing to set up; shows what conflicts)\n\
         A terminal is one worktree or branch with its work; see track-work help words.\n\n\
         Topics (track-work help TOPIC):\n  {}\n\n\
         Exit status:\n  0  no finding at or above --fail-on (default: conflict)\n  \
         1  at least one finding at or above --fail-on\n  \
         2  the command itself failed",
        names.join(", ")
    )
}
