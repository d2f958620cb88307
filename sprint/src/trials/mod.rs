//! Runs commands on merged trees and says who fails together.
//!
//! ```text
//!  which merges ─> trees ─> results that are kept? ─> checked out and run, several at once ─> who fails together
//! ```
//!
//! - **Which trees.** [`verify`] asks for the target, each terminal merged alone, pairs, and the steps of an order. Trees
//!   come through the port [`Merges`]; a tree that several lead to is run once.
//! - **Results** ([`results`]) are kept by tree, commands and a fingerprint of files that matter besides. Only passing and
//!   failing are results: a command that could not be run to its end says nothing ([`runs`]).
//! - **Who fails together** is found by merging fewer ([`blame`]): halving, then QuickXplain.
//!
//! `merge` runs its commands on the merges that it makes in the same way.

pub mod blame;
pub mod error;
pub mod pool;
pub mod results;
pub mod runs;
pub mod unused;
pub mod verify;

use crate::git::GitError;
use crate::model::{Oid, Severity};

/// Who looks on.
pub trait Watcher {
    /// So many of all are done, and this is done now.
    fn begins(&self, done: usize, of: usize, what: &str);
    /// Something happened that was not planned.
    fn tells(&self, line: String);
    /// Whether the run is to stop as soon as it can.
    fn is_interrupted(&self) -> bool;
}

/// Why there is no tree of some merges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoTree {
    /// Why.
    pub why: String,
    /// How much that matters: what is unknown may hide a failure, and git stops at a conflict.
    pub severity: Severity,
}

/// Makes merges in memory.
pub trait Merges {
    /// The tree of the target with some of the terminals merged, in their order, by their numbers.
    ///
    /// # Errors
    /// They cannot be merged.
    fn tree(&self, chosen: &[usize]) -> Result<Oid, NoTree>;

    /// Makes that tree ready to be checked out: the commit.
    ///
    /// # Errors
    /// It cannot be written.
    fn commit(&self, chosen: &[usize], tree: Oid) -> Result<Result<Oid, NoTree>, GitError>;
}
