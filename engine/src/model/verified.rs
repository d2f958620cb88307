//! What running commands on merged trees found: `verify`.

use super::named::named;
use super::{FailedCommand, FailedTogether, Selection, Severity};

named! {
    /// Why a tree was tried.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum TriedFor {
        /// It is the target's.
        Target = "target",
        /// One terminal is merged.
        Alone = "alone",
        /// Two that overlap, or were named, are merged.
        Pair = "pair",
        /// All steps of the merge order so far are made.
        Step = "step",
    }
}

/// What came of trying a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriedResult {
    /// All commands passed.
    Passed,
    /// One failed.
    Failed,
    /// It was not tried, why, and how much that matters.
    Untried(String, Severity),
}

/// A tree that was tried, or was to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedMerge {
    /// Why.
    pub tried_for: TriedFor,
    /// The terminals that are merged in it, in order.
    pub terminals: Vec<String>,
    /// What came of it.
    pub result: TriedResult,
}

named! {
    /// How `verify` ended.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum VerifyEnd {
        /// Everything was tried.
        Finished = "finished",
        /// A command fails on the target itself, so nothing else was tried.
        TargetFails = "target_fails",
        /// It was interrupted; what is known by then is kept.
        Interrupted = "interrupted",
    }
}

/// What `verify` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How it ended.
    pub end: VerifyEnd,
    /// The target.
    pub target: String,
    /// What was run.
    pub commands: Vec<String>,
    /// Whether work that is not committed was merged too.
    pub uncommitted: bool,
    /// What failed on the target itself.
    pub target_failure: Option<FailedCommand>,
    /// The trees.
    pub tried: Vec<TriedMerge>,
    /// Who fails together.
    pub failed: Vec<FailedTogether>,
    /// On how many trees the commands were run.
    pub runs: usize,
    /// On how many more it was known from before what they say.
    pub known: usize,
    /// What of all this is shown.
    pub selection: Selection,
}

impl Verified {
    /// The trees that are shown. A step is of the terminal that it merges, not of those before it.
    pub fn shown_tried(&self) -> impl Iterator<Item = &TriedMerge> {
        let stops = |result: &TriedResult| match result {
            TriedResult::Passed => false,
            TriedResult::Failed => true,
            TriedResult::Untried(_, severity) => *severity >= Severity::Conflict,
        };
        self.tried.iter().filter(move |one| {
            let whose = match one.tried_for {
                TriedFor::Step => &one.terminals[one.terminals.len().saturating_sub(1)..],
                TriedFor::Target | TriedFor::Alone | TriedFor::Pair => &one.terminals[..],
            };
            self.selection.has_any(whose) && (!self.selection.filter().conflicts || stops(&one.result))
        })
    }

    /// Who fails together, as far as it is shown.
    pub fn shown_failed(&self) -> impl Iterator<Item = &FailedTogether> {
        self.failed.iter().filter(|failed| self.selection.has_any(&failed.together))
    }

    /// The severities of everything in it.
    pub fn severities(&self) -> impl Iterator<Item = Severity> {
        let untried = self.tried.iter().filter_map(|one| match &one.result {
            TriedResult::Untried(_, severity) => Some(*severity),
            TriedResult::Passed | TriedResult::Failed => None,
        });
        let of_target = self.target_failure.iter().map(|_| Severity::Conflict);
        let failed = self.failed.iter().map(|_| Severity::Conflict);
        let cut = (self.end == VerifyEnd::Interrupted).then_some(Severity::Error);
        untried.chain(of_target).chain(failed).chain(cut)
    }
}
