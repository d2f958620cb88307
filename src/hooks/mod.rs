//! Git hooks and the hooks of coding agents: puts them in, takes them out, says how they stand.
//!
//! Decide first, then do: what a file becomes is a function of what it is ([`part`] for git's hook
//! files, [`agents`] for the agents' settings), and a plan is a list of steps. What is there stays
//! and runs first; what was put in comes out to the byte.
//!
//! A hook that runs ([`run`]) only reads, and no fault of its own ever stops anybody: it costs one
//! line, and git and the agent go on.

pub mod agents;
pub mod managers;
pub mod part;
mod place;
mod plan;
pub mod run;

pub use place::{HooksPlace, Where};
pub use plan::{HookState, Outcome, Plan, Refusal, install, state, uninstall};

/// A hook of git's that we have something to say in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GitHook {
    /// Before a commit.
    PreCommit,
    /// Before the commit of a merge that went through without a conflict; a merge does not run
    /// `pre-commit`.
    PreMergeCommit,
    /// Before a push.
    PrePush,
}

impl GitHook {
    /// All of them.
    pub const ALL: [GitHook; 3] = [GitHook::PreCommit, GitHook::PreMergeCommit, GitHook::PrePush];

    /// Git's name of it.
    pub fn name(self) -> &'static str {
        match self {
            GitHook::PreCommit => "pre-commit",
            GitHook::PreMergeCommit => "pre-merge-commit",
            GitHook::PrePush => "pre-push",
        }
    }

    /// The hook with git's name for it.
    pub fn named(name: &str) -> Option<GitHook> {
        GitHook::ALL.into_iter().find(|hook| hook.name() == name)
    }

    /// The command that goes on without asking the hook.
    pub fn way_round(self) -> &'static str {
        match self {
            GitHook::PreCommit => "git commit --no-verify",
            GitHook::PreMergeCommit => "git merge --no-verify",
            GitHook::PrePush => "git push --no-verify",
        }
    }

    /// The file where there is no other hook.
    pub fn body(self) -> &'static str {
        match self {
            GitHook::PreCommit => include_str!("../../hooks/pre-commit"),
            GitHook::PreMergeCommit => include_str!("../../hooks/pre-merge-commit"),
            GitHook::PrePush => include_str!("../../hooks/pre-push"),
        }
    }
}
