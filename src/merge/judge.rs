//! The three questions: a terminal against the target, two terminals against each other, and two
//! revisions plainly.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::commits::{Ancestry, Commits, ancestry};
use super::engine::Engine;
use super::footprint::Footprint;
use super::nearness::overlaps;
use super::own_lines::in_own_lines;
use super::reach::Reach;
use super::recursive::Node;
use super::{Missing, Objects, Options};
use crate::model::{
    ChangeSet, ConflictPath, Drift, Known, MergeOutcome, Oid, Overlap, PairJudgement, Reason, RepoPath, Tip,
    Verdict,
};

/// What the judges of one target, one a thread, have worked out for single tips. It serves all
/// their pairs.
#[derive(Default)]
pub struct Shared {
    alone: Mutex<HashMap<Node, Arc<Alone>>>,
}

impl Shared {
    fn alone(&self) -> MutexGuard<'_, HashMap<Node, Arc<Alone>>> {
        self.alone.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers questions about tips that share one target. What it works out for one tip serves all
/// its pairs, so ask one judge (a thread) as much as possible.
pub struct Judge<'a> {
    engine: Engine<'a>,
    commits: &'a dyn Commits,
    target: Option<Oid>,
    shared: Arc<Shared>,
    ancestries: RefCell<HashMap<Vec<Oid>, Arc<Ancestry>>>,
}

/// One tip merged into the target.
struct Alone {
    outcome: MergeOutcome,
    /// The target with it merged, conflicts settled for the tip.
    after: Node,
    footprint: Arc<Footprint>,
    ancestry: Arc<Ancestry>,
}

/// What merging the second comes to because of the first.
#[derive(Default)]
struct Because {
    conflicts: Vec<ConflictPath>,
    undecided: Option<Reason>,
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
            engine: Engine::new(objects, options),
            commits,
            target,
            shared: Arc::default(),
            ancestries: RefCell::default(),
        }
    }

    /// The same judge, using what others of the same target and options have worked out, whose
    /// objects see each other's.
    pub fn sharing(self, shared: Arc<Shared>) -> Judge<'a> {
        Judge { shared, ..self }
    }

    /// Question 1: would merging this tip into the target stop?
    pub fn against_target(&self, tip: &Tip) -> Drift {
        let outcome = |node: Node| match self.alone(&node).map(|alone| alone.outcome.clone()) {
            Ok(MergeOutcome { conflicts, undecided, .. })
                if conflicts.is_empty() && !undecided.is_empty() =>
            {
                let (path, reason) = &undecided[0];
                Known::unknown(format!("{path}: {reason}"))
            }
            found => Known::from(found),
        };
        let committed = outcome(committed(tip));
        let work = if tip.work_tree == tip.tree { committed.clone() } else { outcome(with_work(tip)) };
        Drift { committed, work }
    }

    /// Question 2: would merging one stop because of the other, both merged into the target?
    ///
    /// In either order, on paths where the second alone would not stop. Where the first alone
    /// already conflicts with the target, its side is taken there, and the answer says so.
    pub fn pair(&self, a: &Tip, b: &Tip) -> PairJudgement {
        let overlaps_of_commits = overlaps(&a.committed, &b.committed);
        let (committed_verdict, commits_judged) =
            self.pair_of(&committed(a), &committed(b), &overlaps_of_commits);
        let clean = a.work_tree == a.tree && b.work_tree == b.tree;
        if clean {
            let judged = self.in_own_lines(commits_judged, &a.committed, &b.committed);
            return judgement(committed_verdict.clone(), committed_verdict, judged, overlaps_of_commits);
        }
        let overlaps = overlaps(&a.changes, &b.changes);
        let (verdict, judged) = self.pair_of(&with_work(a), &with_work(b), &overlaps);
        judgement(verdict, committed_verdict, self.in_own_lines(judged, &a.changes, &b.changes), overlaps)
    }

    fn in_own_lines(&self, mut judged: Judged, a: &ChangeSet, b: &ChangeSet) -> Judged {
        let style = self.engine.options.conflict_style;
        let own = |conflict| in_own_lines(self.engine.objects, conflict, a, b, style);
        judged.conflicts = judged.conflicts.into_iter().map(own).collect();
        judged
    }

    /// Question 3: the plain `git merge` of two tips, with their uncommitted work.
    pub fn plain(&self, ours: &Tip, theirs: &Tip) -> Known<MergeOutcome> {
        let (ours, theirs) = (with_work(ours), with_work(theirs));
        let name = |node: &Node| node.commits.first().map_or_else(|| node.tree.to_string(), Oid::to_string);
        let labels = self.engine.options.labels.clone().unwrap_or_else(|| (name(&ours), name(&theirs)));
        self.engine.merge_nodes(self.commits, &ours, &theirs, labels, false).into()
    }

    /// How far a tip's work reaches, with what is not committed.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn reach(&self, tip: &Tip) -> Result<Reach, Missing> {
        Ok(Reach::new(self.alone(&with_work(tip))?.footprint.clone()))
    }

    fn target_node(&self) -> Result<Node, Missing> {
        match self.target {
            None => Ok(Node { tree: Oid::EMPTY_TREE, commits: Vec::new() }),
            Some(id) => Ok(Node { tree: self.commits.commit(id)?.tree, commits: vec![id] }),
        }
    }

    fn labels(&self) -> (String, String) {
        self.engine.options.labels.clone().unwrap_or_else(|| ("target".into(), "terminal".into()))
    }

    /// Merges a tip into the target, once.
    fn alone(&self, tip: &Node) -> Result<Arc<Alone>, Missing> {
        if let Some(known) = self.shared.alone().get(tip) {
            return Ok(known.clone());
        }
        let target = self.target_node()?;
        let ancestry = self.ancestry(tip)?;
        let bases = || ancestry.bases.clone();
        let merge = |favour| self.engine.merge_on(self.commits, bases(), &target, tip, self.labels(), favour);
        let outcome = merge(false)?;
        let tree = if outcome.conflicts.is_empty() { outcome.tree } else { merge(true)?.tree };
        let mut commits = target.commits;
        commits.extend(tip.commits.iter().copied());
        commits.dedup();
        let effect = self.engine.diff(target.tree, tree)?;
        let footprint = match ancestry.bases.first() {
            None => Footprint::new(&[&effect]),
            Some(base) => {
                let base = self.commits.commit(*base)?.tree;
                let own = self.engine.diff(base, tip.tree)?;
                Footprint::new(&[&own, &effect]).beside(&own, &*self.engine.diff(base, target.tree)?)
            }
        };
        let after = Node { tree, commits };
        let made = Arc::new(Alone { outcome, after, footprint: Arc::new(footprint), ancestry });
        self.shared.alone().insert(tip.clone(), made.clone());
        Ok(made)
    }

    /// Where a tip stands beside the target.
    fn ancestry(&self, tip: &Node) -> Result<Arc<Ancestry>, Missing> {
        let (Some(target), [head, ..]) = (self.target, &tip.commits[..]) else { return Ok(Arc::default()) };
        if let Some(known) = self.ancestries.borrow().get(&tip.commits) {
            return Ok(known.clone());
        }
        let made = Arc::new(ancestry(&|id| self.commits.commit(id), *head, &[target])?);
        self.ancestries.borrow_mut().insert(tip.commits.clone(), made.clone());
        Ok(made)
    }

    fn pair_of(&self, a: &Node, b: &Node, overlaps: &[Overlap]) -> (Verdict, Judged) {
        match self.judge(a, b) {
            Err(missing) => (Verdict::Unknown(Reason(missing.to_string())), Judged::default()),
            Ok(judged) => {
                let verdict = match (&judged.undecided, judged.conflicts.is_empty()) {
                    (_, false) => Verdict::Conflict,
                    (Some(reason), true) => Verdict::Unknown(reason.clone()),
                    (None, true) if overlaps.is_empty() => Verdict::Disjoint,
                    (None, true) => Verdict::Overlap,
                };
                (verdict, judged)
            }
        }
    }

    fn judge(&self, a: &Node, b: &Node) -> Result<Judged, Missing> {
        let (alone_a, alone_b) = (self.alone(a)?, self.alone(b)?);
        if !alone_a.footprint.meets(&alone_b.footprint) {
            return Ok(Judged::default());
        }
        let after_a = self.because(&alone_a, b, &alone_b)?;
        let after_b = self.because(&alone_b, a, &alone_a)?;
        let mut judged = Judged { conflicts: after_a.conflicts, ..Judged::default() };
        let known: BTreeSet<_> =
            judged.conflicts.iter().map(|conflict| (conflict.path.clone(), conflict.kind)).collect();
        for mut conflict in after_b.conflicts {
            std::mem::swap(&mut conflict.ours, &mut conflict.theirs);
            if !known.contains(&(conflict.path.clone(), conflict.kind)) {
                judged.conflicts.push(conflict);
            }
        }
        judged.conflicts.sort();
        judged.undecided = after_a.undecided.or(after_b.undecided);
        let drifts = |alone: &Alone| !alone.outcome.conflicts.is_empty();
        judged.assumes = match (drifts(&alone_a), drifts(&alone_b)) {
            (false, false) => None,
            (true, false) => {
                Some("the first conflicts with the target itself; its side is taken there".into())
            }
            (false, true) => {
                Some("the second conflicts with the target itself; its side is taken there".into())
            }
            (true, true) => {
                Some("both conflict with the target themselves; their sides are taken there".into())
            }
        };
        Ok(judged)
    }

    /// Merges the second after the first, and leaves out what stops the second alone.
    fn because(&self, first: &Alone, second: &Node, alone: &Alone) -> Result<Because, Missing> {
        let target = self.target_node()?;
        if first.after.tree == target.tree && first.outcome.undecided.is_empty() {
            return Ok(Because::default());
        }
        // commits of the first alone can only be a base where both tips have them
        let shared = !first.ancestry.own.is_disjoint(&alone.ancestry.own);
        let bases = match second.commits.first() {
            Some(head) if shared => self.commits.merge_bases(*head, &first.after.commits)?,
            Some(_) | None => alone.ancestry.bases.clone(),
        };
        let labels = self.labels();
        let outcome = self.engine.merge_on(self.commits, bases, &first.after, second, labels, false)?;
        let known: BTreeSet<_> = alone.outcome.conflicts.iter().map(|conflict| &conflict.path).collect();
        let conflicts =
            outcome.conflicts.into_iter().filter(|conflict| !known.contains(&conflict.path)).collect();
        let touched = self.engine.diff(target.tree, first.after.tree)?;
        let has_a_hand_in = |path: &RepoPath| {
            touched.at(path).is_some() || first.outcome.undecided.iter().any(|(other, _)| other == path)
        };
        let mut undecided = outcome.undecided.into_iter();
        let undecided = undecided.find(|one| has_a_hand_in(&one.0) || !alone.outcome.undecided.contains(one));
        Ok(Because {
            conflicts,
            undecided: undecided.map(|(path, reason)| Reason(format!("{path}: {reason}"))),
        })
    }
}

/// A pair, judged in both orders.
#[derive(Default)]
struct Judged {
    conflicts: Vec<ConflictPath>,
    undecided: Option<Reason>,
    assumes: Option<String>,
}

/// A tip's commits.
fn committed(tip: &Tip) -> Node {
    Node { tree: tip.tree, commits: tip.head.into_iter().collect() }
}

/// A tip with its uncommitted work.
fn with_work(tip: &Tip) -> Node {
    Node { tree: tip.work_tree, commits: tip.head.into_iter().collect() }
}

fn judgement(verdict: Verdict, committed: Verdict, judged: Judged, overlaps: Vec<Overlap>) -> PairJudgement {
    let in_conflict: BTreeSet<_> = judged
        .conflicts
        .iter()
        .flat_map(|conflict| std::iter::once(&conflict.path).chain(&conflict.also))
        .collect();
    let overlaps = overlaps
        .into_iter()
        .filter(|overlap| {
            let mut paths = std::iter::once(&overlap.path).chain(&overlap.other_path);
            !paths.any(|path| in_conflict.contains(path))
        })
        .collect();
    PairJudgement { verdict, committed, overlaps, assumes: judged.assumes, conflicts: judged.conflicts }
}
