//! One tip merged into the target, once for all of its pairs.

use std::sync::{Arc, Mutex, PoisonError};

use super::Judge;
use crate::interaction::answer_cache::{AnswerCache, TargetMerge};
use crate::interaction::looked_for::LookedFor;
use crate::interaction::touched_paths::TouchedPaths;
use crate::merge::carried_out::{absent_beside, contents, folders_above, unsound};
use crate::merge::commit_graph::Ancestry;
use crate::merge::commits::{LinearAncestor, linear_ancestor};
use crate::merge::dependency::{Dependencies, MergeDependency};
use crate::merge::mode::{Favor, MergeMode};
use crate::merge::objects::Missing;
use crate::merge::recursive::{CommitMerge, Node};
use crate::model::{Oid, Reason, RepoPath};

/// One tip merged into the target, and the resulting tree once a pair needs it.
pub(in crate::interaction) struct MergedTip {
    pub(super) tip: Node,
    pub(in crate::interaction) alone: Arc<TargetMerge>,
    pub(super) target_with: Mutex<Option<Arc<TargetWithTip>>>,
}

/// The target with a tip merged into it, conflicts resolved in the tip's favor.
pub(super) struct TargetWithTip {
    pub(super) node: Node,
    pub(super) ancestry: Arc<Ancestry>,
    /// What it depends on besides contents and settings.
    pub(super) dependencies: Vec<MergeDependency>,
}

impl Judge<'_> {
    /// Merges a tip into the target, once.
    pub(in crate::interaction) fn merged_tip(&self, tip: &Node) -> Result<Arc<MergedTip>, Missing> {
        if let Some(known) = self.shared.tips().get(tip) {
            return Ok(known.clone());
        }
        let key = (self.target, tip.clone());
        let cached = self.cache().and_then(|cache| cache.tips.find(&key));
        let known = cached.filter(|alone| self.all_hold(&alone.dependencies));
        let is_known = known.is_some();
        let mut made = match known {
            Some(alone) => MergedTip { tip: tip.clone(), alone, target_with: Mutex::default() },
            None => self.merge_tip(tip)?,
        };
        let unreadable = self.unreadable(&made.alone, is_known)?;
        if !unreadable.is_empty() {
            Arc::make_mut(&mut made.alone).outcome.undecided.extend(unreadable);
        }
        let lasts = |cache: &&AnswerCache| made.alone.is_lasting() && cache.lasts(&[tip.tree]);
        if let Some(cache) = self.cache().filter(lasts) {
            cache.tips.keep_new(key, &made.alone);
        }
        let made = Arc::new(made);
        self.shared.tips().insert(tip.clone(), made.clone());
        Ok(made)
    }

    /// The paths at which git could not carry out a clean merge into the target.
    fn unreadable(&self, alone: &TargetMerge, known: bool) -> Result<Vec<(RepoPath, Reason)>, Missing> {
        let TouchedPaths { added, changed, deleted, .. } = &alone.touched;
        let objects = self.merger.objects();
        if !alone.outcome.is_clean() || (known && objects.are_as_known()) {
            return Ok(Vec::new());
        }
        let mut found = unsound(objects, &alone.contents, known);
        if known {
            let is_broken = |(_, tree): &&(RepoPath, Oid)| !objects.is_whole(*tree);
            let broken: Vec<(RepoPath, Oid)> = alone.folders.iter().filter(is_broken).cloned().collect();
            found.extend(unsound(objects, &broken, known));
        }
        let paths = added.iter().chain(changed).map(|(path, _)| path).chain(deleted);
        found.extend(absent_beside(objects, self.target_node()?.tree, paths)?);
        Ok(found)
    }

    fn merge_tip(&self, tip: &Node) -> Result<MergedTip, Missing> {
        let (target, ancestry) = (self.target_node()?, self.ancestry(tip)?);
        let mut dependencies = Dependencies::new();
        let base = self.merger.base_tree(&ancestry.bases, &mut dependencies)?;
        let merged = self.merge_into_target(tip, &ancestry, Favor::Neither)?;
        dependencies.extend(merged.dependencies);
        let outcome = merged.outcome;
        let tree = if outcome.conflicts.is_empty() {
            outcome.tree
        } else {
            let favored = self.merge_into_target(tip, &ancestry, Favor::Theirs)?;
            dependencies.extend(favored.dependencies);
            favored.outcome.tree
        };
        let effect = self.merger.diff(target.tree, tree)?;
        let touched = match base {
            None => TouchedPaths::new(None, &effect),
            Some(base) => {
                let looked_for = merged.searches.as_ref().map(LookedFor::by).unwrap_or_default();
                TouchedPaths::of(&self.merger, [base, target.tree, tip.tree], &effect, looked_for)?
            }
        };
        let dependencies: Vec<MergeDependency> = dependencies.into_iter().collect();
        let paths = effect.changes.iter().map(|change| &change.path);
        let folders = folders_above(self.merger.objects(), [target.tree, tip.tree], paths)?;
        let known = Some(ancestry.clone());
        let node = joined(target, tip, tree);
        let target_with = Arc::new(TargetWithTip { node, ancestry, dependencies: dependencies.clone() });
        let contents = contents(self.merger.objects(), &effect.changes);
        let alone =
            Arc::new(TargetMerge { outcome, touched, ancestry: known, contents, folders, dependencies });
        Ok(MergedTip { tip: tip.clone(), alone, target_with: Mutex::new(Some(target_with)) })
    }

    fn merge_into_target(
        &self,
        tip: &Node,
        ancestry: &Ancestry,
        favor: Favor,
    ) -> Result<CommitMerge, Missing> {
        let (target, bases) = (self.target_node()?, ancestry.bases.clone());
        self.merger.merge_on(bases, &target, tip, self.labels(), MergeMode::Write(favor))
    }

    /// The target with this tip merged. It is merged again where only the outcome was cached: its trees
    /// exist in memory alone.
    pub(super) fn target_with(&self, merged: &MergedTip) -> Result<Arc<TargetWithTip>, Missing> {
        let tip = &merged.tip;
        let mut target_with = merged.target_with.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*target_with {
            return Ok(known.clone());
        }
        let ancestry = self.ancestry_of(merged)?;
        let clean = merged.alone.outcome.conflicts.is_empty();
        let favor = if clean { Favor::Neither } else { Favor::Theirs };
        let CommitMerge { outcome, dependencies, .. } = self.merge_into_target(tip, &ancestry, favor)?;
        let node = joined(self.target_node()?, tip, outcome.tree);
        let dependencies = dependencies.into_iter().collect();
        let made = Arc::new(TargetWithTip { node, ancestry, dependencies });
        *target_with = Some(made.clone());
        Ok(made)
    }

    /// How a merged tip relates to the target.
    pub(in crate::interaction) fn ancestry_of(&self, merged: &MergedTip) -> Result<Arc<Ancestry>, Missing> {
        merged.alone.ancestry.clone().map_or_else(|| self.ancestry(&merged.tip), Ok)
    }

    /// How a tip relates to the target.
    pub(in crate::interaction) fn ancestry(&self, tip: &Node) -> Result<Arc<Ancestry>, Missing> {
        let (Some(target), [head, ..]) = (self.target, &tip.commits[..]) else { return Ok(Arc::default()) };
        if let Some(known) = self.ancestries.borrow().get(&tip.commits) {
            return Ok(known.clone());
        }
        let made = match self.inherited_ancestry(*head)? {
            Some(inherited) => inherited,
            None => self.commits.ancestry(*head, &[target])?,
        };
        let made = Arc::new(made);
        self.ancestries.borrow_mut().insert(tip.commits.clone(), made.clone());
        Ok(made)
    }

    /// The ancestry of a head that descends linearly from a cached tip that the target lacks: the same
    /// merge bases.
    fn inherited_ancestry(&self, head: Oid) -> Result<Option<Ancestry>, Missing> {
        let Some(cache) = self.cache().filter(|cache| !cache.tips.is_empty()) else { return Ok(None) };
        let known = |commit: Oid| {
            let node = Node::of_commit(self.commits, commit)?;
            let alone = cache.tips.find(&(self.target, node));
            Ok(alone.and_then(|alone| alone.ancestry.clone()))
        };
        let ancestor = linear_ancestor(self.commits, head, known)?;
        Ok(ancestor.filter(|ancestor| ancestor.known.own.contains(&ancestor.id)).map(
            |LinearAncestor { since, known, .. }| Ancestry {
                bases: known.bases.clone(),
                own: known.own.iter().copied().chain(since).collect(),
            },
        ))
    }

    /// The tree on which a tip is merged into the target; the empty one where they share no history.
    pub(super) fn base_of(
        &self,
        merged: &MergedTip,
        dependencies: &mut Dependencies,
    ) -> Result<Oid, Missing> {
        let ancestry = self.ancestry_of(merged)?;
        Ok(self.merger.base_tree(&ancestry.bases, dependencies)?.unwrap_or(Oid::EMPTY_TREE))
    }
}

/// The target with this tip's commits and this tree.
fn joined(target: Node, tip: &Node, tree: Oid) -> Node {
    let mut commits = target.commits;
    commits.extend(tip.commits.iter().copied());
    commits.dedup();
    Node { tree, commits }
}
