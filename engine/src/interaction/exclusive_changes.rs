//! The exclusive changes of two tips that share commits which the target lacks: what each changed since
//! their fork points.
//!
//! Only trees are compared, so the answer does not depend on how much of either tip was looked at. Only
//! the paths that both changed are worked out in full: the cost follows what differs.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::fork_points::ForkPoints;
use super::hunk_cache::HunkCache;
use crate::merge::MergeDependency;
use crate::merge::Missing;
use crate::merge::changes::from_raw;
use crate::merge::dependency::Dependencies;
use crate::merge::diff::{RawChange, TreeDiff};
use crate::merge::recursive::Merger;
use crate::model::{Change, ChangeSet, Entry, Oid, RepoPath};

/// The exclusive changes of two tips.
#[derive(Default)]
pub(super) struct ExclusiveChanges {
    /// The changes of each tip at paths that both changed.
    pub changes: [ChangeSet; 2],
    /// What the trees of the fork points depend on besides contents and settings.
    pub dependencies: Vec<MergeDependency>,
}

/// A tip whose exclusive changes are asked for.
pub(super) struct TipContent<'t> {
    /// Its tree.
    pub tree: Oid,
    /// Its changes that could not be read: they may be exclusive as well.
    pub unread: Vec<&'t Change>,
}

/// One path that differs, with a borrowed name.
#[derive(Clone, Copy)]
struct Differing<'d> {
    path: &'d RepoPath,
    old: Option<Entry>,
    new: Option<Entry>,
}

/// Compares tips with their fork points.
pub(super) struct ForkComparer<'a> {
    pub merger: &'a Merger<'a>,
    pub lines: &'a HunkCache,
}

impl ForkComparer<'_> {
    /// The changes of each since the fork points, at the paths that both changed; `None` where the trees
    /// of the fork points cannot be decided.
    ///
    /// `near` is a tree close to both: tips and fork points are compared by how each differs from it, so
    /// that few trees are read for many pairs.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn exclusive_changes(
        &self,
        forks: &ForkPoints,
        near: Oid,
        asked: [TipContent<'_>; 2],
    ) -> Result<Option<ExclusiveChanges>, Missing> {
        let mut dependencies = Dependencies::new();
        let made = self.changes_of_both(forks, near, &asked, &mut dependencies)?;
        let dependencies = dependencies.into_iter().collect();
        Ok(made.map(|changes| ExclusiveChanges { changes, dependencies }))
    }

    fn changes_of_both(
        &self,
        forks: &ForkPoints,
        near: Oid,
        asked: &[TipContent<'_>; 2],
        dependencies: &mut Dependencies,
    ) -> Result<Option<[ChangeSet; 2]>, Missing> {
        // the fork point of a tip that the other contains is its own head: usually that is all
        let first = usize::from(forks.bases[0].len() > forks.bases[1].len());
        let Some(tree) = self.tree_of(&forks.bases[first], dependencies)? else { return Ok(None) };
        if tree == asked[first].tree && asked[first].unread.is_empty() {
            return Ok(Some(Default::default()));
        }
        let Some(other) = self.tree_of(&forks.bases[1 - first], dependencies)? else { return Ok(None) };
        if other == asked[1 - first].tree && asked[1 - first].unread.is_empty() {
            return Ok(Some(Default::default()));
        }
        let forks = if first == 0 { [tree, other] } else { [other, tree] };
        let diff = |tree: Oid| self.merger.diff(near, tree);
        let diffs = [diff(forks[0])?, diff(asked[0].tree)?, diff(forks[1])?, diff(asked[1].tree)?];
        let own = [differing(&diffs[0], &diffs[1]), differing(&diffs[2], &diffs[3])];
        let both = in_both(&own, asked);
        let mut changes = |side: usize| self.changes(&own[side], &asked[side].unread, &both, dependencies);
        Ok(Some([changes(0)?, changes(1)?]))
    }

    /// The tree of some fork points: of several, the merge base that git would make of them. `None` where
    /// a part of it could not be decided.
    pub fn tree_of(&self, bases: &[Oid], dependencies: &mut Dependencies) -> Result<Option<Oid>, Missing> {
        match bases {
            [one] => Ok(Some(self.merger.commits.commit(*one)?.tree)),
            several => self.merger.decided_base(several.to_vec(), dependencies),
        }
    }

    /// One side's changes at the paths of `both`, by either name, with their lines.
    fn changes(
        &self,
        own: &[Differing<'_>],
        unread: &[&Change],
        both: &BTreeSet<&RepoPath>,
        dependencies: &mut Dependencies,
    ) -> Result<ChangeSet, Missing> {
        let meets = |path: &RepoPath| both.contains(path);
        let is_edit = |one: &Differing<'_>| one.old.is_some() && one.new.is_some();
        // what was added or deleted may be one half of a rename, and only that
        let edits_alone = own.iter().filter(|one| meets(one.path)).all(is_edit);
        let raw = own.iter().filter(|one| !edits_alone || meets(one.path));
        let raw: Vec<RawChange> =
            raw.map(|one| RawChange { path: one.path.clone(), old: one.old, new: one.new }).collect();
        let (objects, options) = (self.merger.objects(), self.merger.options());
        let lines = |old, new| self.lines.of(objects, old, new, options);
        let found = from_raw(&self.merger.engine.renames, &raw, !edits_alone, &meets, &lines)?;
        dependencies.extend(found.dependencies);
        let mut changes = found.changes;
        changes.retain(|change| change.paths().any(meets));
        for one in unread.iter().filter(|one| one.paths().any(meets)) {
            match changes.iter_mut().find(|change| change.path == one.path) {
                Some(change) => change.hunks = one.hunks.clone(),
                None => changes.push((*one).clone()),
            }
        }
        Ok(ChangeSet::new(changes))
    }
}

/// What differs between two trees that are both known by how they differ from a third, by path.
fn differing<'d>(old: &'d TreeDiff, new: &'d TreeDiff) -> Vec<Differing<'d>> {
    let (mut left, mut right) = (old.changes.iter().peekable(), new.changes.iter().peekable());
    let mut found = Vec::new();
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.path.cmp(&new.path),
        };
        let old = if order.is_le() { left.next() } else { None };
        let new = if order.is_ge() { right.next() } else { None };
        let Some(either) = old.or(new) else { return found };
        // where only one has changed it, the other has what the third has
        let entry = |change: Option<&RawChange>| change.map_or(either.old, |change| change.new);
        let one = Differing { path: &either.path, old: entry(old), new: entry(new) };
        if one.old != one.new {
            found.push(one);
        }
    }
}

/// The paths that both have changed, or may have.
fn in_both<'d>(own: &[Vec<Differing<'d>>; 2], asked: &'d [TipContent<'_>; 2]) -> BTreeSet<&'d RepoPath> {
    let paths = |side: usize| {
        let seen = own[side].iter().map(|one| one.path);
        seen.chain(asked[side].unread.iter().flat_map(|one| one.paths()))
    };
    let one: BTreeSet<&RepoPath> = paths(0).collect();
    paths(1).filter(|path| one.contains(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EntryKind;

    fn diff(changes: &[(&str, Option<u8>, Option<u8>)]) -> TreeDiff {
        let entry = |id: Option<u8>| id.map(|id| Entry { kind: EntryKind::File, oid: Oid::new([id; 20]) });
        let raw = |(path, old, new): &(&str, _, _)| RawChange {
            path: RepoPath::from(*path),
            old: entry(*old),
            new: entry(*new),
        };
        TreeDiff { changes: changes.iter().map(raw).collect(), removed: Vec::new() }
    }

    #[test]
    fn two_trees_are_compared_by_what_differs_from_a_third() {
        let (one, two) = (
            diff(&[("a", Some(1), Some(2)), ("b", Some(1), None), ("d", None, Some(4))]),
            diff(&[("a", Some(1), Some(2)), ("b", Some(1), Some(3)), ("c", None, Some(5))]),
        );
        let found = differing(&one, &two);
        let number = |entry: Option<Entry>| entry.map(|entry| entry.oid.as_bytes()[0]);
        let found: Vec<_> =
            found.iter().map(|one| (one.path.to_string(), number(one.old), number(one.new))).collect();
        let expected = [("b", None, Some(3)), ("c", None, Some(5)), ("d", Some(4), None)];
        assert_eq!(found, expected.map(|(path, old, new)| (path.to_string(), old, new)));
        assert!(differing(&one, &one).is_empty());
    }
}
