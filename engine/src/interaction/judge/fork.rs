//! Tips that share commits which the target lacks: their fork points and exclusive changes.

use std::sync::Arc;

use super::merged_tip::TargetWithTip;
use super::{Judge, committed, with_work};
use crate::interaction::exclusive_changes::{ExclusiveChanges, ForkComparer, TipContent};
use crate::interaction::fork_points::{ForkPoints, fork_points};
use crate::merge::Missing;
use crate::merge::commit_graph::Ancestry;
use crate::merge::dependency::Dependencies;
use crate::merge::recursive::Node;
use crate::model::{Change, Oid, Tip};

/// Two heads with their fork points.
pub(super) type LastForkPoints = ([Oid; 2], Option<Arc<ForkPoints>>);

/// The trees of the fork points of two tips that share commits which the target lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForkTrees(pub [Oid; 2]);

impl Judge<'_> {
    /// The trees since which each of two tips has exclusive changes; `None` where they share no commit that
    /// the target lacks, or that cannot be decided.
    pub fn fork_trees(&self, a: &Tip, b: &Tip) -> Option<ForkTrees> {
        let forks = self.fork_points(a, b).ok()??;
        let tree =
            |side: usize| self.comparer().tree_of(&forks.bases[side], &mut Dependencies::new()).ok()?;
        Some(ForkTrees([tree(0)?, tree(1)?]))
    }

    /// The merge bases of a head with the target after a tip that has commits in common with it.
    pub(super) fn shared_bases(
        &self,
        head: Oid,
        known_ancestry: &Ancestry,
        after: &TargetWithTip,
    ) -> Result<Vec<Oid>, Missing> {
        if let [.., first] = after.node.commits[..]
            && let Some(forks) = self.fork_points_of([first, head], [&*after.ancestry, known_ancestry])?
            && self.is_firm(&forks.bases[1])?
        {
            return Ok(forks.bases[1].clone());
        }
        self.commits.merge_bases(head, &after.node.commits)
    }

    /// Whether these are merge bases in the order that git would give: no two have the same time, and none
    /// contains another, which happens where clocks are wrong. Many pairs have the same ones.
    fn is_firm(&self, bases: &[Oid]) -> Result<bool, Missing> {
        if bases.len() < 2 {
            return Ok(true);
        }
        if let Some(known) = self.firm_bases.borrow().get(bases) {
            return Ok(*known);
        }
        let mut firm = true;
        for (at, one) in bases.iter().enumerate() {
            let others: Vec<Oid> = bases.iter().filter(|other| *other != one).copied().collect();
            let time = |commit: Oid| Ok::<i64, Missing>(self.commits.commit(commit)?.time);
            firm = firm
                && (at == 0 || time(bases[at - 1])? > time(*one)?)
                && !self.commits.merge_bases(*one, &others)?.contains(one);
        }
        self.firm_bases.borrow_mut().insert(bases.to_vec(), firm);
        Ok(firm)
    }

    pub(super) fn comparer(&self) -> ForkComparer<'_> {
        ForkComparer { merger: &self.merger, lines: &self.shared.cache.lines }
    }

    /// The fork points of two tips.
    pub(super) fn fork_points(&self, a: &Tip, b: &Tip) -> Result<Option<Arc<ForkPoints>>, Missing> {
        let (Some(head_a), Some(head_b)) = (a.work_head, b.work_head) else { return Ok(None) };
        let has_none = |tip: &Tip| tip.ahead == 0 && !tip.is_merging();
        if has_none(a) || has_none(b) {
            return Ok(None);
        }
        let node = |tip: &Tip| if tip.is_merging() { with_work(tip) } else { committed(tip) };
        let ancestries = [self.known_ancestry(&node(a))?, self.known_ancestry(&node(b))?];
        self.fork_points_of([head_a, head_b], [&*ancestries[0], &*ancestries[1]])
    }

    /// The same for heads; the last answer is kept, since it is usually asked for again.
    fn fork_points_of(
        &self,
        heads: [Oid; 2],
        ancestries: [&Ancestry; 2],
    ) -> Result<Option<Arc<ForkPoints>>, Missing> {
        let swapped = [heads[1], heads[0]];
        match &*self.last_fork_points.borrow() {
            Some((known, forks)) if *known == heads => return Ok(forks.clone()),
            Some((known, forks)) if *known == swapped => {
                return Ok(forks.as_ref().map(|forks| Arc::new(forks.swapped())));
            }
            Some(_) | None => {}
        }
        let made = fork_points(self.commits, heads, ancestries)?.map(Arc::new);
        self.last_fork_points.replace(Some((heads, made.clone())));
        Ok(made)
    }

    /// How a tip relates to the target, from a merge that was made or cached where there is one.
    pub(super) fn known_ancestry(&self, tip: &Node) -> Result<Arc<Ancestry>, Missing> {
        if let Some(known) = self.ancestries.borrow().get(&tip.commits) {
            return Ok(known.clone());
        }
        let merged_tip = self.shared.tips().get(tip).cloned();
        let known = merged_tip.and_then(|merged_tip| merged_tip.alone.ancestry.clone());
        let cached = || self.cache()?.tips.find(&(self.target, tip.clone()))?.ancestry.clone();
        match known.or_else(cached) {
            Some(known) => {
                self.ancestries.borrow_mut().insert(tip.commits.clone(), known.clone());
                Ok(known)
            }
            None => self.ancestry(tip),
        }
    }

    /// The exclusive changes of each since the fork points, where there are any. `unread`: the changes of a
    /// side that could not be read.
    pub(super) fn exclusive_changes<'t>(
        &self,
        forks: Option<&ForkPoints>,
        [a, b]: [(&'t Tip, Oid); 2],
        unread: impl Fn(usize) -> Vec<&'t Change>,
    ) -> Option<ExclusiveChanges> {
        let forks = forks?;
        let near = match a.0.base {
            Some(base) => self.commits.commit(base).ok()?.tree,
            None => Oid::EMPTY_TREE,
        };
        let asked =
            [TipContent { tree: a.1, unread: unread(0) }, TipContent { tree: b.1, unread: unread(1) }];
        self.comparer().exclusive_changes(forks, near, asked).ok()?
    }
}
