//! Git hooks and the hooks of coding agents: installing, uninstalling and running them, and their state.
//!
//! Decide first, then do: what a file becomes is a function of what it is ([`part`] for git's hook
//! files, [`agents`] for the agents' settings), and a plan is a list of steps. Existing hooks stay
//! and run first; uninstalling restores every file byte for byte.
//!
//! A running hook ([`run`]) only reads. If it fails, it prints one line, and git or the agent
//! continues.

pub mod agents;
pub mod managers;
pub mod part;
mod place;
mod plan;
pub mod run;

pub use place::{HooksPlace, Where};
pub use plan::{HookChange, HookState, Plan, Refusal, install, state, uninstall};

use crate::model::named;

named! {
    /// A git hook that track-work installs.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum GitHook {
        /// Before a commit.
        PreCommit = "pre-commit",
        /// Before the commit of a merge without conflicts; a merge does not run
        /// `pre-commit`.
        PreMergeCommit = "pre-merge-commit",
        /// Before a push.
        PrePush = "pre-push",
    }
}

impl GitHook {
    /// All of them.
    pub const ALL: [GitHook; 3] = [GitHook::PreCommit, GitHook::PreMergeCommit, GitHook::PrePush];

    /// The hook with this name in git.
    pub fn named(name: &str) -> Option<GitHook> {
        GitHook::ALL.into_iter().find(|hook| hook.name() == name)
    }

    /// The command that skips the hook.
    pub fn way_round(self) -> &'static str {
        match self {
            GitHook::PreCommit => "git commit --no-verify",
            GitHook::PreMergeCommit => "git merge --no-verify",
            GitHook::PrePush => "git push --no-verify",
        }
    }

    /// The file to write if there is no other hook.
    pub fn body(self) -> &'static str {
        match self {
            GitHook::PreCommit => include_str!("../../hooks/pre-commit"),
            GitHook::PreMergeCommit => include_str!("../../hooks/pre-merge-commit"),
            GitHook::PrePush => include_str!("../../hooks/pre-push"),
        }
    }
}
