//! A run of a git hook: its name, what git tells it, and what guards it.

mod guard;
mod push;

pub use guard::{Fault, within};
pub use push::{Pushed, pushed};

/// A hook of git's that is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitHook {
    /// Before a commit.
    PreCommit,
    /// Before the commit of a merge that went through without a conflict.
    PreMergeCommit,
    /// Before a push.
    PrePush,
}

impl GitHook {
    /// The hook with git's name for it.
    pub fn named(name: &str) -> Option<GitHook> {
        match name {
            "pre-commit" => Some(GitHook::PreCommit),
            "pre-merge-commit" => Some(GitHook::PreMergeCommit),
            "pre-push" => Some(GitHook::PrePush),
            _ => None,
        }
    }

    /// The command that goes on without asking the hook.
    pub fn way_round(self) -> &'static str {
        match self {
            GitHook::PreCommit => "git commit --no-verify",
            GitHook::PreMergeCommit => "git merge --no-verify",
            GitHook::PrePush => "git push --no-verify",
        }
    }
}
