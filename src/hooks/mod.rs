//! Git hooks and the hooks of coding agents: puts them in, takes them out, says how they stand.
//!
//! Decide first, then do: what a file becomes is a function of what it is ([`part`] for git's hook
//! files, [`agents`] for the agents' settings), and a plan is a list of steps. What is there stays
//! and runs first; what was put in comes out to the byte. Knows nothing of terminals: what a hook
//! says when it runs is for whoever runs it.

pub mod agents;
pub mod managers;
pub mod part;
mod place;
mod plan;

pub use place::{HooksPlace, Where};
pub use plan::{HookState, Outcome, Plan, Refusal, install, state, uninstall};

/// A git hook that we have something to say in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookName {
    /// Before a commit.
    PreCommit,
    /// Before the commit of a merge; a merge does not run `pre-commit`.
    PreMergeCommit,
    /// Before a push.
    PrePush,
}

impl HookName {
    /// All of them.
    pub const ALL: [HookName; 3] = [HookName::PreCommit, HookName::PreMergeCommit, HookName::PrePush];

    /// Git's name of it.
    pub fn name(self) -> &'static str {
        match self {
            HookName::PreCommit => "pre-commit",
            HookName::PreMergeCommit => "pre-merge-commit",
            HookName::PrePush => "pre-push",
        }
    }

    /// The file where there is no other hook.
    pub fn body(self) -> &'static str {
        match self {
            HookName::PreCommit => include_str!("../../hooks/pre-commit"),
            HookName::PreMergeCommit => include_str!("../../hooks/pre-merge-commit"),
            HookName::PrePush => include_str!("../../hooks/pre-push"),
        }
    }
}
