//! One tip merged into the target, once for all its pairs.

use std::sync::{Arc, Mutex, PoisonError};

use super::Judge;
use crate::interaction::answer_cache::TargetMerge;
use crate::interaction::looked_for::LookedFor;
use crate::interaction::touched_paths::TouchedPaths;
use crate::merge::MergeDependency;
use crate::merge::Missing;
use crate::merge::commits::{Ancestry, Grown, ancestry, grown};
use crate::merge::dependency::Dependencies;
use crate::merge::mode::{Favor, MergeMode};
use crate::merge::recursive::{CommitMerge, Node};
use crate::model::Oid;

/// One tip merged into the target, with what only those pairs need that meet.
pub(super) struct MergedTip {
    pub(super) alone: Arc<TargetMerge>,
    pub(super) after: Mutex<Option<Arc<TargetWithTip>>>,
}

/// The target with a tip merged, conflicts merged_tip for the tip.
pub(super) struct TargetWithTip {
    pub(super) node: Node,
    pub(super) ancestry: Arc<Ancestry>,
    /// What making it rests on.
    pub(super) assumed: Vec<MergeDependency>,
}

impl Judge<'_> {
    /// Merges a tip into the target, once.
    pub(super) fn merged_tip(&self, tip: &Node) -> Result<Arc<MergedTip>, Missing> {
        if let Some(known) = self.shared.tips().get(tip) {
            return Ok(known.clone());
        }
        let key = (self.target, tip.clone());
        let remembered = self.memory().and_then(|memory| memory.tips.find(&key));
        let remembered = remembered.filter(|alone| self.all_hold(&alone.assumed));
        let made = match remembered {
            Some(alone) => MergedTip { alone, after: Mutex::default() },
            None => self.merge_tip(tip)?,
        };
        if let Some(memory) = self.memory().filter(|_| is_lasting(&made.alone)) {
            memory.tips.keep_new(key, &made.alone);
        }
        let made = Arc::new(made);
        self.shared.tips().insert(tip.clone(), made.clone());
        Ok(made)
    }

    fn merge_tip(&self, tip: &Node) -> Result<MergedTip, Missing> {
        let (target, ancestry) = (self.target_node()?, self.ancestry(tip)?);
        let mut dependencies = Dependencies::new();
        let base = self.merger.base_tree(&ancestry.bases, &mut dependencies)?;
        let merged = self.merge_into_target(tip, &ancestry, Favor::Neither)?;
        dependencies.extend(merged.dependencies);
        let outcome = merged.outcome;
        let tree = match outcome.conflicts.is_empty() {
            true => outcome.tree,
            false => {
                let favored = self.merge_into_target(tip, &ancestry, Favor::Theirs)?;
                dependencies.extend(favored.dependencies);
                favored.outcome.tree
            }
        };
        let effect = self.merger.diff(target.tree, tree)?;
        let touched = match base {
            None => TouchedPaths::new(None, &effect),
            Some(base) => {
                let looked_for = merged.searches.as_ref().map(LookedFor::by).unwrap_or_default();
                TouchedPaths::of(&self.merger, [base, target.tree, tip.tree], &effect, looked_for)?
            }
        };
        let assumed: Vec<MergeDependency> = dependencies.into_iter().collect();
        let known = Some(ancestry.clone());
        let after =
            TargetWithTip { node: self.joined(target, tip, tree), ancestry, assumed: assumed.clone() };
        let alone = Arc::new(TargetMerge { outcome, touched, ancestry: known, assumed });
        Ok(MergedTip { alone, after: Mutex::new(Some(Arc::new(after))) })
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

    fn joined(&self, target: Node, tip: &Node, tree: Oid) -> Node {
        let mut commits = target.commits;
        commits.extend(tip.commits.iter().copied());
        commits.dedup();
        Node { tree, commits }
    }

    /// The target with this tip merged; made anew where only the outcome was remembered, for its
    /// trees exist in memory alone.
    pub(super) fn after(&self, merged_tip: &MergedTip, tip: &Node) -> Result<Arc<TargetWithTip>, Missing> {
        let mut after = merged_tip.after.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*after {
            return Ok(known.clone());
        }
        let ancestry = self.ancestry_of(&merged_tip.alone, tip)?;
        let clean = merged_tip.alone.outcome.conflicts.is_empty();
        let favor = if clean { Favor::Neither } else { Favor::Theirs };
        let CommitMerge { outcome, dependencies, .. } = self.merge_into_target(tip, &ancestry, favor)?;
        let node = self.joined(self.target_node()?, tip, outcome.tree);
        let assumed = dependencies.into_iter().collect();
        let made = Arc::new(TargetWithTip { node, ancestry, assumed });
        *after = Some(made.clone());
        Ok(made)
    }

    /// The same, where that may be known.
    pub(super) fn ancestry_of(&self, alone: &TargetMerge, tip: &Node) -> Result<Arc<Ancestry>, Missing> {
        alone.ancestry.clone().map_or_else(|| self.ancestry(tip), Ok)
    }

    /// Where a tip stands beside the target.
    pub(super) fn ancestry(&self, tip: &Node) -> Result<Arc<Ancestry>, Missing> {
        let (Some(target), [head, ..]) = (self.target, &tip.commits[..]) else { return Ok(Arc::default()) };
        if let Some(known) = self.ancestries.borrow().get(&tip.commits) {
            return Ok(known.clone());
        }
        let made = match self.grown(*head)? {
            Some(grown) => grown,
            None => ancestry(&|id| self.commits.commit(id), *head, &[target])?,
        };
        let made = Arc::new(made);
        self.ancestries.borrow_mut().insert(tip.commits.clone(), made.clone());
        Ok(made)
    }

    /// Where a head stands that grew, commit by commit, from a tip that is remembered and that the
    /// target lacks: where that one does.
    fn grown(&self, head: Oid) -> Result<Option<Ancestry>, Missing> {
        let Some(memory) = self.memory().filter(|memory| !memory.tips.is_empty()) else { return Ok(None) };
        let known = |commit: Oid| {
            let node = Node::of_commit(self.commits, commit)?;
            let alone = memory.tips.find(&(self.target, node));
            Ok(alone.and_then(|alone| alone.ancestry.clone()))
        };
        let grown = grown(self.commits, head, known)?;
        Ok(grown.filter(|grown| grown.known.own.contains(&grown.from)).map(
            |Grown { since, known, .. }| Ancestry {
                bases: known.bases.clone(),
                own: known.own.iter().copied().chain(since).collect(),
            },
        ))
    }

    /// The tree on which a tip is merged into the target; the empty one where they share nothing.
    pub(super) fn base_of(
        &self,
        alone: &TargetMerge,
        node: &Node,
        dependencies: &mut Dependencies,
    ) -> Result<Oid, Missing> {
        let ancestry_of = self.ancestry_of(alone, node)?;
        Ok(self.merger.base_tree(&ancestry_of.bases, dependencies)?.unwrap_or(Oid::EMPTY_TREE))
    }
}

/// Whether it will be the same as long as what it rests on is.
pub(super) fn is_lasting(alone: &TargetMerge) -> bool {
    alone.outcome.undecided.is_empty() && alone.assumed.iter().all(MergeDependency::lasts)
}
