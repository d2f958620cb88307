//! The effect of merging one tip into the target: the paths and lines by which it can interact with
//! other tips.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;

use super::{Chain, ChainStep};
use crate::interaction::answer_cache::{KnownLines, TargetMerge};
use crate::interaction::line_maps::map_lines;
use crate::interaction::touched_paths::TouchedPaths;
use crate::merge::commit_graph::Ancestry;
use crate::merge::dependency::Dependencies;
use crate::merge::diff::{diff_trees_beside, entry_at};
use crate::merge::hunks::{bounded_blob, is_binary, line_hunks};
use crate::merge::objects::Missing;
use crate::merge::recursive::Node;
use crate::merge::trees::Edits;
use crate::model::{Entry, Hunk, Lines, MergeOutcome, Oid, RepoPath};

/// The lines that a tip touches in one file, where that is known in lines.
pub(super) type TouchedLines = Option<Arc<[Range<u32>]>>;

/// The effect of merging one tip.
#[derive(Debug)]
pub struct MergeEffect {
    /// The outcome of merging it into the target alone.
    pub outcome: MergeOutcome,
    /// The paths that this changes in the target, with conflicts resolved in the tip's favor.
    pub edits: Edits,
    /// Every path it touches, in its own commits or in the target.
    pub paths: BTreeSet<RepoPath>,
    merge: Arc<TargetMerge>,
    /// Where there is no base: all that is in it is its own work.
    touched: Option<TouchedPaths>,
    /// The files that it adds to the target.
    pub(super) added: Vec<(RepoPath, Entry)>,
    /// The files that it touches although the target moved or removed them: git may take anything added
    /// for one of them.
    pub(super) moved: Vec<Entry>,
    ancestry: Arc<Ancestry>,
    tip: Node,
}

impl MergeEffect {
    /// Whether both histories have a commit that the target lacks.
    pub fn shares_history(&self, other: &MergeEffect) -> bool {
        !self.ancestry.own.is_disjoint(&other.ancestry.own)
    }

    /// Whether it sets attributes that may have a part in the merge of the other.
    pub(super) fn attributes_concern(&self, other: &MergeEffect) -> bool {
        self.touched().attributes_concern(other.touched(), other.ancestry.bases.len())
    }

    /// Whether it merges cleanly, and only at the paths that its own commits name.
    pub(super) fn is_plain(&self) -> bool {
        self.outcome.is_clean() && !self.touched().is_anywhere()
    }

    /// The tree of the tip.
    pub(super) fn tree(&self) -> Oid {
        self.tip.tree
    }

    /// The commit of the tip.
    pub(super) fn head(&self) -> Option<Oid> {
        self.tip.commits.first().copied()
    }

    /// How it relates to the target.
    pub(super) fn ancestry(&self) -> &Ancestry {
        &self.ancestry
    }

    pub(super) fn touched(&self) -> &TouchedPaths {
        self.touched.as_ref().unwrap_or(&self.merge.touched)
    }
}

/// Those of these, by position, that set attributes which may have a part in the merge of another one.
pub fn whose_attributes_concern(effects: &[&MergeEffect]) -> Vec<usize> {
    let concerns = |at: &usize| {
        let others = effects.iter().enumerate().filter(|(other, _)| other != at);
        let setter = effects[*at];
        !setter.touched().attributes.is_empty()
            && others.map(|(_, other)| other).any(|other| setter.attributes_concern(other))
    };
    (0..effects.len()).filter(concerns).collect()
}

/// Of each tip, the others that have commits in common with it which the target lacks, in ascending order.
pub fn sharers(effects: &[&MergeEffect]) -> Vec<Vec<usize>> {
    let mut having: HashMap<Oid, Vec<usize>> = HashMap::default();
    for (tip, effect) in effects.iter().enumerate() {
        effect.ancestry.own.iter().for_each(|commit| having.entry(*commit).or_default().push(tip));
    }
    let mut sharers = vec![BTreeSet::new(); effects.len()];
    let groups: BTreeSet<Vec<usize>> = having.into_values().filter(|tips| tips.len() > 1).collect();
    for tips in &groups {
        for tip in tips {
            sharers[*tip].extend(tips.iter().copied().filter(|other| other != tip));
        }
    }
    sharers.into_iter().map(Vec::from_iter).collect()
}

impl Chain<'_> {
    /// The effect of merging a tip into the target.
    ///
    /// # Errors
    /// An object that cannot be read.
    pub fn effect(&self, tip: Oid) -> Result<MergeEffect, Missing> {
        let node = Node::of_commit(self.commits, tip)?;
        let merged = self.judge.merged_tip(&node)?;
        let merge = merged.alone.clone();
        self.depends_on(merge.dependencies.iter().cloned());
        let ancestry = self.judge.ancestry_of(&merged)?;
        let tree = node.tree;
        let merger = self.merger();
        let has_base = !ancestry.bases.is_empty();
        let (mut touched, mut added, mut moved) = (None, Vec::new(), Vec::new());
        let (outcome, edits): (MergeOutcome, Edits) = if has_base && merge.is_of_any_name() {
            added.extend(merge.touched.added.iter().cloned());
            (merge.outcome.clone(), merge.touched.made().collect())
        } else {
            let ChainStep { outcome, after, edits } = self.merge(&self.start(), tip)?;
            let effect = merger.diff(self.start.tree, after.tree())?;
            let new = effect.changes.iter().filter(|change| change.old.is_none());
            added.extend(new.filter_map(|change| Some((change.path.clone(), change.new?))));
            if !has_base {
                touched = Some(TouchedPaths::new(Some(&*merger.diff(Oid::EMPTY_TREE, tree)?), &effect));
            }
            (outcome, edits)
        };
        let paths = touched.as_ref().unwrap_or(&merge.touched).paths.iter().chain(edits.keys());
        let mut paths: BTreeSet<RepoPath> = paths.cloned().collect();
        for conflict in &outcome.conflicts {
            paths.extend(conflict.paths().cloned());
        }
        if merge.touched.is_anywhere() {
            let base = self.base_of(&ancestry)?;
            let beside = diff_trees_beside(merger.objects(), base, self.start.tree, tree)?;
            let gone = |path: &RepoPath| beside.at(path).is_some_and(|change| change.new.is_none());
            let own = merger.diff(base, tree)?;
            let changes = own.changes.iter().filter(|change| gone(&change.path));
            moved.extend(changes.filter_map(|change| change.old));
        }
        Ok(MergeEffect { outcome, edits, paths, merge, touched, added, moved, ancestry, tip: node })
    }

    /// Recreates the files that merging a tip made, where they existed only in the memory of an earlier run.
    pub fn bring(&self, effect: &MergeEffect) {
        if let Ok(merged) = self.judge.merged_tip(&effect.tip) {
            effect.edits.values().for_each(|made| self.judge.bring_merged(*made, &merged));
        }
    }

    /// The tree on which a tip is merged into the target; made only when it is needed, since several merge
    /// bases have to be merged for it.
    pub(super) fn base_of(&self, ancestry: &Ancestry) -> Result<Oid, Missing> {
        self.base_on(&ancestry.bases)
    }

    /// The tree that these merge bases make.
    pub(super) fn base_on(&self, bases: &[Oid]) -> Result<Oid, Missing> {
        let base = self.merger().base_tree(bases, &mut Dependencies::new())?;
        Ok(base.unwrap_or(Oid::EMPTY_TREE))
    }

    /// The target's entry at a path.
    pub(super) fn in_target(&self, path: &RepoPath) -> Result<Option<Entry>, Missing> {
        entry_at(self.merger().objects(), self.start.tree, path)
    }

    /// The lines of the target's version that a tip's own change maps to, and those that merging it
    /// changes, sorted; `None` where more than lines differs, or that cannot be read.
    pub(super) fn touched_lines(&self, effect: &MergeEffect, path: &RepoPath) -> TouchedLines {
        let Some(cache) = self.judge.cache().filter(|_| effect.merge.is_lasting()) else {
            return self.compared(effect, path);
        };
        let key = ((self.start.commits.first().copied(), effect.tip.clone()), path.clone());
        let dependencies = &effect.merge.dependencies;
        let known = cache.touched_lines.find(&key).filter(|known| known.dependencies == *dependencies);
        if let Some(known) = known {
            return Some(known.lines.as_slice().into());
        }
        let lines = self.compared(effect, path)?;
        let known = KnownLines { lines: lines.to_vec(), dependencies: dependencies.clone() };
        cache.touched_lines.keep(key, Arc::new(known));
        Some(lines)
    }

    /// The lines of the target's version that merging a tip alone changes; `None` where more than lines
    /// differs, or that cannot be read.
    pub fn changed_lines(&self, effect: &MergeEffect, path: &RepoPath) -> Option<Vec<Lines>> {
        let Some(after) = effect.edits.get(path) else { return Some(Vec::new()) };
        let target = self.in_target(path).ok()??;
        self.bring(effect);
        let texts = [target, (*after)?].map(|entry| {
            let is_file = entry.kind.is_file() && entry.kind == target.kind;
            let read = || bounded_blob(self.merger().objects(), entry, self.merger().options()).ok();
            if is_file { read().filter(|text| !is_binary(text)) } else { None }
        });
        let [Some(target), Some(after)] = texts else { return None };
        Some(line_hunks(&target, &after).iter().map(|hunk| Lines::of(&hunk.base)).collect())
    }

    fn compared(&self, effect: &MergeEffect, path: &RepoPath) -> TouchedLines {
        let at = |tree| entry_at(self.merger().objects(), tree, path).ok().flatten();
        let base = at(self.base_of(&effect.ancestry).ok()?);
        let (own, target) = (at(effect.tip.tree), at(self.start.tree));
        let after = effect.edits.get(path).copied().unwrap_or(target);
        if let Ok(merged) = self.judge.merged_tip(&effect.tip) {
            self.judge.bring_merged(after, &merged);
        }
        let entries = [base?, own?, target?, after?];
        if entries.iter().any(|entry| entry.kind != entries[0].kind || !entry.kind.is_file()) {
            return None;
        }
        if let Some(known) = self.touched.borrow().get(&entries) {
            return known.clone();
        }
        let made = self.lines_of(entries);
        self.touched.borrow_mut().insert(entries, made.clone());
        made
    }

    fn lines_of(&self, [base, own, target, after]: [Entry; 4]) -> TouchedLines {
        let files = &self.merger().engine.files;
        let (drift, own) = (files.between(base, target)?, files.between(base, own)?);
        let changed = files.between(target, after)?;
        let own = own.iter().map(|hunk| map_lines(&hunk.base, &drift, Hunk::clone));
        let mut touched: Vec<_> = own.chain(changed.iter().map(|hunk| hunk.base.clone())).collect();
        touched.sort_unstable_by_key(|lines| (lines.start, lines.end));
        Some(touched.into())
    }
}
