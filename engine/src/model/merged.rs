//! Work that is in the target already, and how it came there.

use serde::{Deserialize, Serialize};

use super::Oid;
use super::named::named;

named! {
    /// How work came into the target.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub enum MergedAs {
        /// Its commits are in the target's history.
        Ancestor = "ancestor",
        /// The target has all of its changes, as one commit or otherwise.
        Squash = "squash",
        /// The target has a commit with the patch of each of its commits.
        Rebase = "rebase",
    }
}

impl MergedAs {
    const ALL: [MergedAs; 3] = [MergedAs::Ancestor, MergedAs::Squash, MergedAs::Rebase];

    /// What such a word means.
    pub fn read(word: &str) -> Option<MergedAs> {
        MergedAs::ALL.into_iter().find(|how| how.name() == word)
    }
}

/// The part of a terminal's commits that is in the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedWork {
    /// How it came there.
    pub how: MergedAs,
    /// The last commit of that part; what was committed later is new work.
    pub head: Oid,
    /// A commit of the target that has it. A target without that commit may lack the work.
    pub into: Oid,
}

/// A commit of the target that takes another one back (`git revert`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revert {
    /// What is taken back: a commit, or the merge that brought some.
    pub of: Oid,
    /// What takes it back.
    pub by: Oid,
}
