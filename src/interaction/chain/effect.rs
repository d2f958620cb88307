//! The effect of merging one tip into the target: the paths and lines by which it can interact with
//! other tips.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::{Chain, ChainStep};
use crate::interaction::line_maps::map_lines;
use crate::interaction::looked_for::LookedFor;
use crate::interaction::touched_paths::TouchedPaths;
use crate::merge::commit_graph::Ancestry;
use crate::merge::dependency::Dependencies;
use crate::merge::diff::{TreeDiff, diff_trees_beside, entry_at};
use crate::merge::hunks::{bounded_blob, is_binary, line_hunks};
use crate::merge::objects::Missing;
use crate::model::{Entry, Hunk, Oid, RepoPath};

/// The lines that a tip touches in one file, where that is known in lines.
pub(super) type TouchedLines = Option<Arc<[Range<u32>]>>;

/// The effect of merging one tip.
#[derive(Debug)]
pub struct MergeEffect {
    /// Merging it into the target alone.
    pub alone: ChainStep,
    /// Every path it touches, in its own commits or in the target.
    pub paths: BTreeSet<RepoPath>,
    pub(super) touched: TouchedPaths,
    /// The files that it touches although the target moved or removed them: git may take anything added
    /// for one of them.
    pub(super) moved: Vec<Entry>,
    ancestry: Ancestry,
    pub(super) by_path: BTreeMap<RepoPath, PathEffect>,
}

/// What a tip does to one path of the target.
#[derive(Debug)]
pub(super) struct PathEffect {
    pub old: Option<Entry>,
    pub new: Option<Entry>,
    /// The lines of the target's version that the tip changes, or that both changed in the same way, sorted;
    /// `None` where the effect is not limited to lines.
    pub lines: TouchedLines,
}

impl MergeEffect {
    /// Whether both histories have a commit that the target lacks.
    pub fn shares_history(&self, other: &MergeEffect) -> bool {
        !self.ancestry.own.is_disjoint(&other.ancestry.own)
    }

    /// Whether it merges cleanly, and only at the paths that its own commits name.
    pub(super) fn is_plain(&self) -> bool {
        self.alone.outcome.is_clean() && !self.touched.is_anywhere()
    }
}

impl Chain<'_> {
    /// The effect of merging a tip into the target.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn effect(&self, tip: Oid) -> Result<MergeEffect, Missing> {
        let (alone, searches) = self.merge_and_trace(&self.start(), tip)?;
        let looked_for = searches.as_ref().map(LookedFor::by).unwrap_or_default();
        let ancestry = match &self.start.commits[..] {
            [] => Ancestry::default(),
            target => self.commits.ancestry(tip, target)?,
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

    /// The lines of the target's version that a tip's own change maps to, and those that merging it
    /// changes; `None` where more than lines differs.
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
        let own_lines =
            line_hunks(base, own).into_iter().map(|hunk| map_lines(&hunk.base, &drift, Hunk::clone));
        let changed = line_hunks(target, after).into_iter().map(|hunk| hunk.base);
        let mut touched: Vec<_> = own_lines.chain(changed).collect();
        touched.sort_unstable_by_key(|lines| (lines.start, lines.end));
        Some(touched.into())
    }
}
