//! Judges tips: one against the target, two against each other, and a plain merge of two revisions.

mod fork;
mod merged_tip;
mod merged_work;
mod needed_work;
mod pair;
mod possible_pairs;
mod rewritten;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;

use crate::interaction::answer_cache::{AnswerCache, TargetMerge};
use crate::merge::commit_graph::Ancestry;
use crate::merge::commits::Commits;
use crate::merge::dependency::MergeDependency;
use crate::merge::patch::KnownSums;
use crate::merge::recursive::{KnownBases, Merger, Node};
use crate::merge::{Missing, Objects, Options, entry_at};
use crate::model::{
    Change, ChangeSet, ConflictPath, Drift, Hunks, Known, MergeOutcome, Oid, Overlap, PairJudgement, Tip,
    Verdict,
};
pub use fork::ForkTrees;
use fork::LastForkPoints;
use merged_tip::MergedTip;
pub use merged_work::Brought;
use merged_work::StepsOfTarget;
use pair::JudgedPair;

/// What the judges of one target, one per thread, have worked out for single tips and use for all their
/// pairs.
#[derive(Default)]
pub struct Shared {
    cache: Arc<AnswerCache>,
    tips: Mutex<HashMap<Node, Arc<MergedTip>>>,
    steps: StepsOfTarget,
    known_sums: KnownSums,
    bases: Arc<KnownBases>,
}

impl Shared {
    /// Uses this cache and adds to it.
    pub fn with(cache: Arc<AnswerCache>) -> Shared {
        Shared { cache, ..Shared::default() }
    }

    /// Whether git could merge each tip that was merged into the target so far, or would stop at conflicts:
    /// nothing is left undecided.
    pub fn all_decided(&self) -> bool {
        self.tips().values().all(|tip| tip.alone.outcome.undecided.is_empty())
    }

    fn tips(&self) -> MutexGuard<'_, HashMap<Node, Arc<MergedTip>>> {
        self.tips.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers questions about tips that share one target. What it works out for one tip is used for all its
/// pairs, so ask one judge (per thread) as much as possible.
pub struct Judge<'a> {
    pub(super) merger: Merger<'a>,
    commits: &'a dyn Commits,
    target: Option<Oid>,
    shared: Arc<Shared>,
    ancestries: RefCell<HashMap<Vec<Oid>, Arc<Ancestry>>>,
    last_fork_points: RefCell<Option<LastForkPoints>>,
    firm_bases: RefCell<HashMap<Vec<Oid>, bool>>,
}

impl<'a> Judge<'a> {
    /// A judge over these objects and commits. Without a target commit, every first merge is clean.
    pub fn new(
        objects: &'a dyn Objects,
        commits: &'a dyn Commits,
        target: Option<Oid>,
        options: &'a Options,
    ) -> Judge<'a> {
        Judge {
            merger: Merger::new(objects, commits, options),
            commits,
            target,
            shared: Arc::default(),
            ancestries: RefCell::default(),
            last_fork_points: RefCell::default(),
            firm_bases: RefCell::default(),
        }
    }

    /// The same judge, sharing what others of the same target and options have worked out. The objects of
    /// all must see each other's.
    pub fn sharing(self, shared: Arc<Shared>) -> Judge<'a> {
        let merger = self.merger.sharing(shared.bases.clone(), shared.cache.compared.clone());
        Judge { merger, shared, ..self }
    }

    /// Would merging this tip into the target conflict?
    pub fn against_target(&self, tip: &Tip) -> Drift {
        let outcome = |node: Node| match self.merged_tip(&node).map(|tip| tip.alone.outcome.clone()) {
            Ok(MergeOutcome { conflicts, undecided, .. })
                if conflicts.is_empty() && !undecided.is_empty() =>
            {
                let (path, reason) = &undecided[0];
                Known::Unknown(reason.at(path))
            }
            found => Known::from(found),
        };
        if tip.is_merged() && tip.is_as_committed() {
            let unchanged =
                Known::from(self.target_node().map(|target| MergeOutcome::unchanged(target.tree)));
            return Drift { committed: unchanged.clone(), work: unchanged };
        }
        let committed = outcome(committed(tip)).map(|mut outcome| {
            all_certain(&mut outcome.conflicts);
            outcome
        });
        if tip.is_as_committed() {
            return Drift { work: committed.clone(), committed };
        }
        let certain = committed.known().map_or(&[][..], |outcome| &outcome.conflicts[..]);
        let work = outcome(with_work(tip)).map(|mut outcome| {
            outcome.conflicts.iter_mut().for_each(|conflict| conflict.compare_with_committed(certain));
            outcome
        });
        Drift { work, committed }
    }

    /// Would merging one conflict because of the other, when both are merged into the target?
    ///
    /// In either order, at paths where the second alone would not conflict. Where the first alone already
    /// conflicts with the target, its side is taken there, and the answer says so.
    ///
    /// Commits that both have and the target lacks are no overlap: only the exclusive changes of each
    /// count, as its trees show them. Where these commits cannot be read, or the merge of several fork
    /// points cannot be decided, all changes since the target count: better one overlap too many.
    pub fn pair(&self, a: &Tip, b: &Tip) -> PairJudgement {
        if a.brings_nothing() || b.brings_nothing() {
            return PairJudgement::disjoint();
        }
        let work_forks = self.fork_points(a, b).unwrap_or_default();
        let commit_forks = match a.is_merging() || b.is_merging() {
            true => self.fork_points(&without_merge(a), &without_merge(b)).unwrap_or_default(),
            false => work_forks.clone(),
        };
        let (forks, commit_forks) = (work_forks.as_deref(), commit_forks.as_deref());
        let alone = [(&committed(a), &a.committed), (&committed(b), &b.committed)];
        let own = self.exclusive_changes(commit_forks, [(a, a.tree), (b, b.tree)], |_| Vec::new());
        let (commits_verdict, mut commits_judged, commits_overlaps) = match a.is_merged() || b.is_merged() {
            true => (Verdict::Disjoint, JudgedPair::default(), Vec::new()),
            false => self.pair_of(alone, own.as_ref()),
        };
        all_certain(&mut commits_judged.conflicts);
        let unread = [unread_work(a), unread_work(b)];
        let all_read = forks.is_none() || unread.iter().all(Vec::is_empty);
        let mut shared_commits = own.as_ref().and(commit_forks).map_or(0, |forks| forks.commits);
        let judged = match a.is_as_committed() && b.is_as_committed() && all_read {
            true => judgement(commits_verdict.clone(), commits_verdict, commits_judged, commits_overlaps),
            false => {
                let trees = [(a, a.work_tree), (b, b.work_tree)];
                let own = self.exclusive_changes(forks, trees, |side| unread[side].clone());
                if a.is_merging() || b.is_merging() {
                    shared_commits = own.as_ref().and(forks).map_or(0, |forks| forks.commits);
                }
                let sides = [(&with_work(a), &a.changes), (&with_work(b), &b.changes)];
                let (verdict, mut judged, overlaps) = self.pair_of(sides, own.as_ref());
                let certain = commits_judged.conflicts;
                judged.conflicts.iter_mut().for_each(|conflict| conflict.compare_with_committed(&certain));
                self.note_needed_work([a, b], forks, &mut judged.conflicts);
                judgement(verdict, commits_verdict, judged, overlaps)
            }
        };
        PairJudgement { shared_commits, ..judged }
    }

    /// The plain `git merge` of two tips, with their uncommitted work. A file of it that cannot be read, and that the two do not
    /// have alike, is undecided.
    pub fn plain(&self, ours: &Tip, theirs: &Tip) -> Known<MergeOutcome> {
        let nodes = (with_work(ours), with_work(theirs));
        let name = |node: &Node| node.commits.first().map_or_else(|| node.tree.to_string(), Oid::to_string);
        let labels = self.merger.options().labels.clone().unwrap_or_else(|| (name(&nodes.0), name(&nodes.1)));
        let merged = self.merger.merge(&nodes.0, &nodes.1, labels).and_then(|mut outcome| {
            for change in unread_work(ours).into_iter().chain(unread_work(theirs)) {
                let at = |node: &Node| entry_at(self.merger.objects(), node.tree, &change.path);
                let is_new = !outcome.conflicts.iter().any(|conflict| conflict.path == change.path)
                    && !outcome.undecided.iter().any(|(path, _)| *path == change.path);
                if let (Hunks::Unknown(reason), true) = (&change.hunks, is_new)
                    && at(&nodes.0)? != at(&nodes.1)?
                {
                    outcome.undecided.push((change.path.clone(), reason.clone()));
                }
            }
            Ok(outcome)
        });
        merged.into()
    }

    /// A tip merged into the target, with what is not committed.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn merged(&self, tip: &Tip) -> Result<Arc<TargetMerge>, Missing> {
        Ok(self.merged_tip(&with_work(tip))?.alone.clone())
    }

    fn target_node(&self) -> Result<Node, Missing> {
        Node::of_target(self.commits, self.target)
    }

    /// What stands in the new name of a file that a folder displaces. One name for both sides: in one order of the
    /// merges the file is on this side, in the other on that one.
    fn labels(&self) -> (String, String) {
        self.merger.options().labels.clone().unwrap_or_else(|| (HEAD.into(), HEAD.into()))
    }

    /// The cache, where it may be used: `merge.renormalize` depends on more than can be recorded.
    pub(super) fn cache(&self) -> Option<&AnswerCache> {
        (!self.merger.options().renormalizes()).then_some(&*self.shared.cache)
    }

    fn all_hold(&self, dependencies: &[MergeDependency]) -> bool {
        dependencies.iter().all(|one| one.holds(self.merger.options(), self.merger.objects()))
    }
}

/// What git calls the side that is merged into.
const HEAD: &str = "HEAD";

/// A tip with what it changed.
pub(super) type TipChanges<'t> = (&'t Node, &'t ChangeSet);

/// The uncommitted changes of a tip that could not be read: its trees do not show them.
fn unread_work(tip: &Tip) -> Vec<&Change> {
    tip.changes.iter().filter(|change| change.layers.unread).collect()
}

/// Conflicts of commits alone.
fn all_certain(conflicts: &mut [ConflictPath]) {
    for conflict in conflicts {
        conflict.certain = true;
        conflict.regions.iter_mut().for_each(|region| region.certain = true);
    }
}

/// A tip's commits.
fn committed(tip: &Tip) -> Node {
    Node { tree: tip.tree, commits: tip.head.into_iter().collect() }
}

/// A tip as it is before the merge that is in progress there.
fn without_merge(tip: &Tip) -> Tip {
    Tip { work_head: tip.head, ..tip.clone() }
}

/// A tip with its uncommitted work.
fn with_work(tip: &Tip) -> Node {
    Node { tree: tip.work_tree, commits: tip.work_head.into_iter().collect() }
}

fn judgement(
    verdict: Verdict,
    committed: Verdict,
    judged: JudgedPair,
    overlaps: Vec<Overlap>,
) -> PairJudgement {
    let in_conflict: BTreeSet<_> = judged.conflicts.iter().flat_map(|conflict| conflict.paths()).collect();
    let overlaps = overlaps
        .into_iter()
        .filter(|overlap| {
            let mut paths = std::iter::once(&overlap.path).chain(&overlap.other_path);
            !paths.any(|path| in_conflict.contains(path))
        })
        .collect();
    PairJudgement {
        verdict,
        committed,
        overlaps,
        assumes: judged.assumes,
        conflicts: judged.conflicts,
        undecided: judged.undecided,
        shared_commits: 0,
        own_declared: Default::default(),
    }
}
