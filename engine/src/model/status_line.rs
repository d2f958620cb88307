//! What one terminal has to know at a glance.

use serde::{Deserialize, Serialize};

/// What one terminal has to know at a glance, or how all are doing where nobody in particular asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusLine {
    /// Who asks; `None` in a worktree that has no terminal, or outside of all.
    pub terminal: Option<String>,
    /// What everything will be merged into.
    pub target: String,
    /// The terminals with which it conflicts; where nobody asks, all that conflict with another or the target.
    pub conflicts: Vec<String>,
    /// Whether it conflicts with the target; where nobody asks, whether any terminal does.
    pub with_target: bool,
    /// Those of `conflicts` that go first.
    pub first: Vec<String>,
    /// Whether it goes before all of them; false where the order is not known.
    pub goes_first: bool,
    /// For how many of the others, and the target, it is not known; where nobody asks, how much is not determined.
    pub unknown: usize,
    /// How much of it git merges, and it breaks, as `status` counts it; where nobody asks, of all. `None` where that takes
    /// too long.
    pub breaks: Option<usize>,
    /// How many commits of the target it lacks.
    pub behind: usize,
    /// What is in progress in its worktree: `rebasing 3 of 7`.
    pub in_progress: Option<String>,
    /// How many terminals there are.
    pub terminals: usize,
    /// How much can be merged now, as `status` counts it; `None` where that takes too long.
    pub ready: Option<usize>,
    /// When this was so, in seconds since 1970.
    pub as_of: i64,
    /// How many seconds ago that was, where a new one would take too long.
    #[serde(skip)]
    pub age: Option<i64>,
}
