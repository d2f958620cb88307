//! How far merging one tip reaches: the paths, the lines of the target, and what it could have to do
//! with others.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::{Chain, ChainStep};
use crate::interaction::looked_for::LookedFor;
use crate::interaction::touched_paths::TouchedPaths;
use crate::merge::Missing;
use crate::merge::commits::{Ancestry, ancestry};
use crate::merge::dependency::Dependencies;
use crate::merge::diff::{TreeDiff, diff_trees_beside, entry_at};
use crate::merge::hunks::{bounded_blob, is_binary, line_hunks};
use crate::model::{Entry, Hunk, Oid, RepoPath};

/// Lines that a tip touches, where it is a matter of lines. Tips that are built on each other have
/// the same in most files.
pub(super) type TouchedLines = Option<Arc<[Range<u32>]>>;

/// What one tip could have to do with others.
#[derive(Debug)]
pub struct MergeEffect {
    /// Merging it into the target alone.
    pub alone: ChainStep,
    /// Every path it touches, in its own commits or in the target.
    pub paths: BTreeSet<RepoPath>,
    pub(super) touched: TouchedPaths,
    /// The files that it touches although the target moved or removed them: anything added may be
    /// taken for one of them.
    pub(super) moved: Vec<Entry>,
    ancestry: Ancestry,
    pub(super) by_path: BTreeMap<RepoPath, PathEffect>,
}

/// What a tip does to one path of the target.
#[derive(Debug)]
pub(super) struct PathEffect {
    pub old: Option<Entry>,
    pub new: Option<Entry>,
    /// The lines of the target's version that the tip changes, or changed in the same way as the
    /// target did; `None` where it is not a matter of lines.
    pub lines: TouchedLines,
}

impl MergeEffect {
    /// Whether its history has commits, unknown to the target, that the other's has as well.
    pub fn shares_history(&self, other: &MergeEffect) -> bool {
        !self.ancestry.own.is_disjoint(&other.ancestry.own)
    }

    /// Whether all it does to the target happens under the names that its own commits use, and
    /// merging it alone goes through.
    pub(super) fn is_plain(&self) -> bool {
        self.alone.outcome.is_clean() && !self.touched.is_anywhere()
    }
}

impl Chain<'_> {
    /// What a tip could have to do with others.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn effect(&self, tip: Oid) -> Result<MergeEffect, Missing> {
        let (alone, searches) = self.merge_and_trace(&self.start(), tip)?;
        let looked_for = searches.as_ref().map(LookedFor::by).unwrap_or_default();
        let ancestry = match &self.start.commits[..] {
            [] => Ancestry::default(),
            target => ancestry(&|id| self.commits.commit(id), tip, target)?,
        };
        let tree = self.commits.commit(tip)?.tree;
        let base =
            self.merger.base_tree(&ancestry.bases, &mut Dependencies::new())?.unwrap_or(Oid::EMPTY_TREE);
        let own = self.merger.diff(base, tree)?;
        let effect = self.merger.diff(self.start.tree, alone.after.tree())?;
        let beside = diff_trees_beside(self.merger.objects(), base, self.start.tree, tree)?;
        let trees = [base, self.start.tree, tree];
        let touched = TouchedPaths::of(&self.merger, trees, &effect, looked_for)?;
        let gone = |path: &RepoPath| beside.at(path).is_some_and(|change| change.new.is_none());
        let moved = own.changes.iter().filter(|change| gone(&change.path));
        let moved = moved.filter_map(|change| change.old).collect();
        let mut paths: BTreeSet<RepoPath> =
            own.changes.iter().chain(&effect.changes).map(|change| change.path.clone()).collect();
        for conflict in &alone.outcome.conflicts {
            paths.extend(conflict.paths().cloned());
        }
        let mut by_path = BTreeMap::new();
        for path in &paths {
            let at = |diff: &TreeDiff, tree| match diff.at(path) {
                Some(change) => Ok((change.old, change.new)),
                None => entry_at(self.merger.objects(), tree, path).map(|entry| (entry, entry)),
            };
            let (old, new) = at(&effect, self.start.tree)?;
            let (base, own) = at(&own, base)?;
            let lines = self.touched_lines([base, own, old, new]);
            by_path.insert(path.clone(), PathEffect { old, new, lines });
        }
        Ok(MergeEffect { alone, paths, touched, moved, ancestry, by_path })
    }

    /// The lines of the target's version that a tip's own change stands for, and those that it
    /// changes there; `None` where there is more to it than lines.
    fn touched_lines(&self, [base, own, target, after]: [Option<Entry>; 4]) -> TouchedLines {
        let entries = [base?, own?, target?, after?];
        if entries.iter().any(|entry| entry.kind != entries[0].kind || !entry.kind.is_file()) {
            return None;
        }
        if let Some(known) = self.touched.borrow().get(&entries) {
            return known.clone();
        }
        let made = self.compared(entries);
        self.touched.borrow_mut().insert(entries, made.clone());
        made
    }

    fn compared(&self, entries: [Entry; 4]) -> TouchedLines {
        let read = |entry| bounded_blob(self.merger.objects(), entry, self.merger.options()).ok();
        let texts: Option<Vec<_>> = entries.into_iter().map(read).collect();
        let texts = texts?;
        let [base, own, target, after] = &texts[..] else { return None };
        if texts.iter().any(|text| is_binary(text)) {
            return None;
        }
        let drift = line_hunks(base, target);
        let stands = line_hunks(base, own).into_iter().map(|hunk| carried(&hunk.base, &drift));
        Some(stands.chain(line_hunks(target, after).into_iter().map(|hunk| hunk.base)).collect())
    }
}

/// Lines of the old version as lines of the new one; what changed between them counts as a whole.
fn carried(lines: &Range<u32>, changes: &[Hunk]) -> Range<u32> {
    let (mut start, mut end) = (i64::from(lines.start), i64::from(lines.end));
    let (mut first, mut last) = (None, None);
    for hunk in changes {
        let grown = i64::from(hunk.own.end) - i64::from(hunk.base.end);
        if hunk.base.end < lines.start {
            start = i64::from(lines.start) + grown;
            end = i64::from(lines.end) + grown;
        } else if hunk.base.start <= lines.end {
            first = first.or(Some(hunk.own.start));
            last = Some(hunk.own.end);
            end = i64::from(lines.end) + grown;
        }
    }
    let start = first.map_or(start, |first| start.min(i64::from(first)));
    let end = last.map_or(end, |last| end.max(i64::from(last)));
    let line = |number: i64| u32::try_from(number).unwrap_or_default();
    line(start)..line(end.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_carried_over_what_changed_before_them() {
        let hunk = |base: Range<u32>, own: Range<u32>| Hunk { base, own };
        assert_eq!(carried(&(5..6), &[]), 5..6);
        assert_eq!(carried(&(5..6), &[hunk(1..2, 1..4)]), 7..8);
        assert_eq!(carried(&(5..6), &[hunk(9..10, 9..20)]), 5..6);
        assert_eq!(carried(&(5..6), &[hunk(5..6, 5..15)]), 5..15);
        assert_eq!(carried(&(5..9), &[hunk(1..1, 1..3), hunk(6..7, 8..8)]), 7..10);
    }
}
