//! What can be seen of a merge where it was begun.

use crate::git::MergeLook;
use crate::model::{MergeRun, Oid, PinnedMerge, RepoPath, RunPhase, RunStop, StoppedMerge};

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

/// What became of the merge at which a run stopped; `None` where it did not stop at one.
pub fn stopped_merge(look: Option<&MergeLook>, run: &MergeRun) -> Option<StoppedMerge> {
    let (RunPhase::Stopped(stop), Some(merge)) = (&run.phase, run.left.first()) else { return None };
    if matches!(stop, RunStop::Refused(_)) {
        return None;
    }
    let Some(look) = look else { return Some(StoppedMerge::Gone) };
    Some(match trace(look, run.at, merge) {
        Trace::Conflict(_) => StoppedMerge::Conflict,
        Trace::Staged => StoppedMerge::Resolved,
        Trace::Merge => StoppedMerge::Committed,
        Trace::Nothing => StoppedMerge::GivenUp,
        Trace::OtherMerge | Trace::Other => StoppedMerge::Other,
    })
}
