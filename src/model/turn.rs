//! Which of two terminals goes first, and why.

use super::few;

/// Which of two terminals goes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// Whether the checked terminal is the one that goes first; otherwise it yields.
    pub own_first: bool,
    /// Why.
    pub reason: FirstFor,
    /// From 0 to 100.
    pub confidence: u8,
}

/// Why one of two terminals goes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirstFor {
    /// It is where the target is checked out, so that the other is merged into it.
    Target,
    /// These wait for it, as people are shown them.
    Awaited(Vec<String>),
    /// It is completed, and the other is not.
    Completed,
    /// The greater `priority`.
    Priority,
    /// It has commits, and the other has none.
    Committed,
    /// Its commits touch fewer files.
    Fewer,
    /// There is no other reason.
    Name,
    /// It comes before the other in the merge order.
    MergeOrder,
}

impl FirstFor {
    /// Said of the one that goes first.
    pub fn of_it(&self) -> String {
        self.said("it", "its", "s", "has")
    }

    /// Said to the one that goes first.
    pub fn of_you(&self) -> String {
        self.said("you", "your", "", "have")
    }

    fn said(&self, it: &str, its: &str, s: &str, has: &str) -> String {
        match self {
            FirstFor::Target => format!("{its} worktree has the target checked out"),
            FirstFor::Awaited(names) => {
                let wait = if names.len() == 1 { "waits" } else { "wait" };
                format!("{} {wait} for {it}", few(names))
            }
            FirstFor::Completed => format!("{its} work is completed"),
            FirstFor::Priority => format!("{it} {has} the higher priority"),
            FirstFor::Committed => format!("{its} work is committed"),
            FirstFor::Fewer => format!("{its} commits touch fewer files"),
            FirstFor::Name => "no other reason to prefer either; alphabetical".to_string(),
            FirstFor::MergeOrder => format!("{it} come{s} first in the merge order"),
        }
    }
}
