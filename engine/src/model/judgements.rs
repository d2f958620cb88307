//! The third stage's result: what the merge engine says of the observed work.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{
    ConflictPath, Known, KnownFailure, MergeOutcome, MigrationClash, Overlap, Pair, PairJudgement, PlaceId,
    Reason, RepoPath, SemanticClashes, Terminal, Turns, Verdict,
};

/// Drift: what merging one terminal into the target would do. In its conflicts, `ours` is the target's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The commits alone.
    pub committed: Known<MergeOutcome>,
    /// With the uncommitted work.
    pub work: Known<MergeOutcome>,
}

impl Drift {
    /// Whether what is committed conflicts, and what is not committed takes that back.
    pub fn conflicts_as_committed(&self) -> bool {
        let conflicts =
            |outcome: &Known<MergeOutcome>| outcome.known().map(|found| !found.conflicts.is_empty());
        conflicts(&self.committed) == Some(true) && conflicts(&self.work) == Some(false)
    }
}

/// What merging would do, for all places and terminals.
#[derive(Clone, Debug, Default)]
pub struct Judgements {
    /// Each place against the target.
    pub drift: BTreeMap<PlaceId, Drift>,
    /// Where a place conflicts with the target: the ignored files of its worktree that `git merge` of the target overwrites.
    pub overwritten: BTreeMap<PlaceId, Vec<RepoPath>>,
    /// The ignored files where the target is checked out that a merge of the commits of a place overwrites.
    pub overwritten_at_target: BTreeMap<PlaceId, Vec<RepoPath>>,
    /// The submodules that a place and the target both moved, and that are not checked out in its worktree: `git merge` of
    /// the target stops there.
    pub not_checked_out: BTreeMap<PlaceId, Vec<RepoPath>>,
    /// Each pair of places that has anything in common. Every other pair of places whose work is known is
    /// disjoint.
    pub places: BTreeMap<Pair<PlaceId>, PairJudgement>,
    /// Those whose work is a part of what their place has committed, by their index, against the target.
    pub part_drift: BTreeMap<usize, Drift>,
    /// The pairs of terminals, by their indexes in ascending order, of which one has such work: where their places have
    /// anything in common.
    pub parts: BTreeMap<[usize; 2], PairJudgement>,
    /// Each pair of terminals with different ids of which there is more to say than that it is disjoint, in
    /// ascending order.
    pub pairs: Vec<TerminalPair>,
    /// How many other pairs of terminals with different ids there are.
    pub disjoint: usize,
    /// Who goes first where they conflict.
    pub turns: Turns,
    /// Who was found to fail together, by `verify`.
    pub failures: Vec<KnownFailure>,
    /// Migrations that exclude each other, or why that is not known of a folder.
    pub migrations: Vec<Known<MigrationClash>>,
    /// What merges without a conflict and breaks.
    pub semantic: SemanticClashes,
}

impl Judgements {
    /// Each pair of terminals with different ids, in ascending order.
    pub fn all_pairs<'a>(&'a self, terminals: &'a [Terminal]) -> impl Iterator<Item = Cow<'a, TerminalPair>> {
        let each = (0..terminals.len()).flat_map(|a| (a + 1..terminals.len()).map(move |b| [a, b]));
        let mut listed = self.pairs.iter().peekable();
        each.filter(|[a, b]| terminals[*a].id != terminals[*b].id).map(move |[a, b]| {
            match listed.next_if(|pair| [pair.a, pair.b] == [a, b]) {
                Some(pair) => Cow::Borrowed(pair),
                None => Cow::Owned(TerminalPair::disjoint(a, b)),
            }
        })
    }
}

/// What is said of two terminals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalPair {
    /// Index of the first terminal in the snapshot; it comes before `b` in natural order.
    pub a: usize,
    /// Index of the second one.
    pub b: usize,
    /// With the uncommitted work of both.
    pub verdict: Verdict,
    /// For the commits alone; `None` where there is nothing to merge between them.
    pub committed: Option<Verdict>,
    /// The conflicting paths, `ours` being `a`'s lines and `theirs` being `b`'s.
    pub conflicts: Vec<ConflictPath>,
    /// The other paths whose result is unknown, with the reason, sorted: whatever the verdict is.
    pub undecided: Vec<(RepoPath, Reason)>,
    /// Paths that both touched, each of its own, and on which no merge stops.
    pub overlaps: Vec<Overlap>,
    /// How many commits both have that the target lacks.
    pub shared_commits: usize,
    /// What the verdict rests on, where that needs saying.
    pub note: Option<String>,
}

impl TerminalPair {
    /// Whether what is committed conflicts, and what is not committed takes that back.
    pub fn conflicts_as_committed(&self) -> bool {
        let is_clean = matches!(self.verdict, Verdict::Disjoint | Verdict::Overlap);
        is_clean && self.committed == Some(Verdict::Conflict)
    }

    /// Why it is unknown whether the two conflict at the paths of a file, beside the conflicts that are known.
    pub fn unknown_at<'p>(&self, paths: impl IntoIterator<Item = &'p RepoPath>) -> Option<Reason> {
        if let Verdict::Unknown(reason) = &self.verdict {
            return Some(reason.clone()); // it is unknown which files of an unknown pair merge
        }
        let paths: Vec<&RepoPath> = paths.into_iter().collect();
        let here =
            self.undecided.iter().find(|(path, _)| paths.contains(&path)).map(|(_, reason)| reason.clone());
        let elsewhere = || self.undecided.iter().find(|(_, reason)| reason.reaches_other_paths());
        here.or_else(|| elsewhere().map(|(path, reason)| reason.at(path)))
    }

    /// Two that have nothing to do with each other.
    pub fn disjoint(a: usize, b: usize) -> TerminalPair {
        TerminalPair {
            a,
            b,
            verdict: Verdict::Disjoint,
            committed: Some(Verdict::Disjoint),
            conflicts: Vec::new(),
            undecided: Vec::new(),
            overlaps: Vec::new(),
            shared_commits: 0,
            note: None,
        }
    }
}
