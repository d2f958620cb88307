//! The three questions: a terminal against the target, two terminals, and a plain merge.

use std::collections::BTreeSet;

use crate::model::{
    Change, ChangeSet, ConflictPath, Drift, Hunk, Known, MergeOutcome, Nearness, Oid, Overlap, PairJudgement,
    RepoPath, Tip, Verdict,
};

use super::commits::base_tree;
use super::content::{Content, merge_text};
use super::nearness::nearness;
use super::{Commits, Missing, Objects, Options, merge_trees};

/// Answers for the tips of one repository and one target.
pub struct Judge<'a> {
    objects: &'a dyn Objects,
    commits: &'a dyn Commits,
    target: Option<Oid>,
    options: &'a Options,
}

/// Which of a tip's two trees is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Committed,
    Work,
}

impl Layer {
    fn tree(self, tip: &Tip) -> Oid {
        match self {
            Layer::Committed => tip.tree,
            Layer::Work => tip.work_tree,
        }
    }

    fn changes(self, tip: &Tip) -> &ChangeSet {
        match self {
            Layer::Committed => &tip.committed,
            Layer::Work => &tip.changes,
        }
    }
}

/// What one direction of a pair finds, for one layer.
type Conflicts = Vec<ConflictPath>;

impl<'a> Judge<'a> {
    /// A judge for merges into this target; `None` where it has no commit yet.
    pub fn new(
        objects: &'a dyn Objects,
        commits: &'a dyn Commits,
        target: Option<Oid>,
        options: &'a Options,
    ) -> Judge<'a> {
        Judge { objects, commits, target, options }
    }

    /// Would merging this tip into the target stop?
    pub fn against_target(&self, tip: &Tip) -> Drift {
        let committed: Known<MergeOutcome> = self.into_target(tip, Layer::Committed).into();
        let work = match tip.work_tree == tip.tree {
            true => committed.clone(),
            false => self.into_target(tip, Layer::Work).into(),
        };
        Drift { committed, work }
    }

    /// Would merging one stop because of the other, that one being merged into the target before?
    /// Asked in both directions, for the commits alone and with the uncommitted work.
    pub fn pair(&self, a: &Tip, b: &Tip) -> PairJudgement {
        let committed = self.layer(a, b, Layer::Committed);
        let work = match a.is_dirty() || b.is_dirty() {
            true => self.layer(a, b, Layer::Work),
            false => committed.clone(),
        };
        let conflicts = work.clone().unwrap_or_default();
        let overlaps = self.overlaps(a, b, &conflicts);
        let verdict = |found: &Result<Conflicts, Missing>, overlapping: bool| match found {
            Err(missing) => Verdict::Unknown(missing.to_string().into()),
            Ok(conflicts) if !conflicts.is_empty() => Verdict::Conflict,
            Ok(_) if overlapping => Verdict::Overlap,
            Ok(_) => Verdict::Disjoint,
        };
        let meet = meeting(&a.committed, &b.committed);
        PairJudgement {
            verdict: verdict(&work, !overlaps.is_empty()),
            committed: verdict(&committed, meet),
            conflicts,
            overlaps,
            assumes: None,
        }
    }

    /// What plain `git merge` of two tips would do, with their uncommitted work.
    pub fn plain(&self, ours: &Tip, theirs: &Tip) -> Known<MergeOutcome> {
        let merged = || {
            let base = match (ours.head, theirs.head) {
                (Some(ours), Some(theirs)) => base_tree(self.commits, theirs, &[ours])?,
                _ => Oid::EMPTY_TREE,
            };
            merge_trees(self.objects, base, ours.work_tree, theirs.work_tree, self.options)
        };
        merged().into()
    }

    fn target_tree(&self) -> Result<Oid, Missing> {
        self.target.map_or(Ok(Oid::EMPTY_TREE), |target| self.commits.tree(target))
    }

    /// The base of a tip with what was merged before.
    fn base(&self, tip: &Tip, merged: &[Oid]) -> Result<Oid, Missing> {
        match tip.head {
            Some(head) if !merged.is_empty() => base_tree(self.commits, head, merged),
            _ => Ok(Oid::EMPTY_TREE),
        }
    }

    fn into_target(&self, tip: &Tip, layer: Layer) -> Result<MergeOutcome, Missing> {
        let merged: Vec<Oid> = self.target.into_iter().collect();
        let base = self.base(tip, &merged)?;
        merge_trees(self.objects, base, self.target_tree()?, layer.tree(tip), self.options)
    }

    /// The conflicts of a pair in one layer, found in either direction.
    fn layer(&self, a: &Tip, b: &Tip, layer: Layer) -> Result<Conflicts, Missing> {
        if !meeting(layer.changes(a), layer.changes(b)) {
            return Ok(Vec::new());
        }
        let mut found = self.second_after_first(a, b, layer)?;
        for conflict in self.second_after_first(b, a, layer)? {
            if !found.iter().any(|known| known.path == conflict.path) {
                found.push(conflict.swapped());
            }
        }
        for conflict in &mut found {
            self.own_lines(conflict, layer.changes(a), layer.changes(b))?;
        }
        found.sort();
        Ok(found)
    }

    /// What stops the second tip because of the first: conflicts on paths where it alone against the
    /// target has none. Where the first conflicts with the target itself, its version stands.
    fn second_after_first(&self, first: &Tip, second: &Tip, layer: Layer) -> Result<Conflicts, Missing> {
        let after_first = self.into_target(first, layer)?;
        let alone = self.into_target(second, layer)?;
        let merged: Vec<Oid> = self.target.into_iter().chain(first.head).collect();
        let base = self.base(second, &merged)?;
        let both = merge_trees(self.objects, base, after_first.tree, layer.tree(second), self.options)?;
        let drift: BTreeSet<&RepoPath> = alone.conflicts.iter().flat_map(ConflictPath::paths).collect();
        let mut conflicts = both.conflicts;
        conflicts.retain(|conflict| !conflict.paths().any(|path| drift.contains(path)));
        Ok(conflicts)
    }

    /// Lines as they are in each terminal's own version, which the merged target's are not.
    fn own_lines(&self, conflict: &mut ConflictPath, a: &ChangeSet, b: &ChangeSet) -> Result<(), Missing> {
        let of = |changes: &ChangeSet| conflict.paths().find_map(|path| touching(changes, path).cloned());
        let (Some(a), Some(b)) = (of(a), of(b)) else { return Ok(()) };
        if conflict.ours.is_empty() && conflict.theirs.is_empty() {
            return Ok(());
        }
        (conflict.ours, conflict.theirs) = (a.hunks.ranges(), b.hunks.ranges());
        let same_base = a.old.map(|old| old.oid) == b.old.map(|old| old.oid);
        if let (true, Some(ours), Some(theirs)) = (same_base, a.new, b.new) {
            let base = a.old.map_or(Ok(std::sync::Arc::from([])), |old| self.objects.blob(old.oid))?;
            let (ours, theirs) = (self.objects.blob(ours.oid)?, self.objects.blob(theirs.oid)?);
            if let Content::Conflict(ours, theirs) = merge_text(&base, &ours, &theirs) {
                (conflict.ours, conflict.theirs) = (ours, theirs);
            }
        }
        Ok(())
    }

    /// Paths that both changed and that do not conflict.
    fn overlaps(&self, a: &Tip, b: &Tip, conflicts: &[ConflictPath]) -> Vec<Overlap> {
        let mut overlaps = Vec::new();
        for change in &a.changes {
            let Some(other) = change.paths().find_map(|path| touching(&b.changes, path)) else { continue };
            let known = |conflict: &ConflictPath| {
                conflict.paths().any(|path| change.paths().chain(other.paths()).any(|own| own == path))
            };
            if conflicts.iter().any(known) {
                continue;
            }
            overlaps.push(Overlap {
                path: change.path.clone(),
                other_path: (other.path != change.path).then(|| other.path.clone()),
                lines_a: change.hunks.ranges(),
                lines_b: other.hunks.ranges(),
                nearness: near(change, other),
            });
        }
        overlaps
    }
}

fn near(a: &Change, b: &Change) -> Nearness {
    let same_base = a.old.map(|old| old.oid) == b.old.map(|old| old.oid);
    let hunks: (&[Hunk], &[Hunk]) = (a.hunks.lines(), b.hunks.lines());
    if same_base { nearness(hunks.0, hunks.1) } else { Nearness::Apart }
}

/// The change of a file that has or had this path.
fn touching<'c>(changes: &'c ChangeSet, path: &RepoPath) -> Option<&'c Change> {
    changes.at(path).or_else(|| changes.iter().find(|change| change.from.as_ref() == Some(path)))
}

/// Whether two change sets can meet at all: a path in common, or a path of one inside a path of the
/// other.
fn meeting(a: &ChangeSet, b: &ChangeSet) -> bool {
    let paths: BTreeSet<&RepoPath> = a.iter().flat_map(Change::paths).collect();
    let others: BTreeSet<&RepoPath> = b.iter().flat_map(Change::paths).collect();
    let meets = |path: &RepoPath, others: &BTreeSet<&RepoPath>| {
        let mut at = Some(path.clone());
        while let Some(here) = at {
            if others.contains(&here) {
                return true;
            }
            at = here.parent();
        }
        false
    };
    paths.iter().any(|path| meets(path, &others)) || others.iter().any(|path| meets(path, &paths))
}
