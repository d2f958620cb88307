//! What can be seen of a merge where it was begun.

use crate::git::MergeLook;
use crate::model::{Oid, PinnedMerge, RepoPath};

/// What a merge left to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trace {
    /// Nothing.
    Nothing,
    /// The merge, committed.
    Merge,
    /// The merge of another commit, which the branch was at by then.
    OtherMerge,
    /// A merge with conflicts.
    Conflict(Vec<RepoPath>),
    /// A merge that is not committed, without conflicts.
    Staged,
    /// Something else.
    Other,
}

/// What can be seen of a merge onto `at`.
pub(super) fn trace(look: &MergeLook, at: Oid, merge: &PinnedMerge) -> Trace {
    let paths = || look.unmerged.iter().map(|(path, _)| path.clone()).collect();
    match (look.head == at, look.merging, &look.parents[..]) {
        (true, None, _) if look.unmerged.is_empty() => Trace::Nothing,
        (true, Some(head), _) if head == merge.head => match look.unmerged.is_empty() {
            true => Trace::Staged,
            false => Trace::Conflict(paths()),
        },
        (true, _, _) => Trace::Other,
        (false, None, [first, second]) if *first == at && *second == merge.head => Trace::Merge,
        (false, None, [first, _]) if *first == at => Trace::OtherMerge,
        (false, _, _) => Trace::Other,
    }
}
