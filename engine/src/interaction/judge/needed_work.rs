//! Whose uncommitted work the conflicts of two tips need: what is left of them without it.

use super::{Judge, committed, with_work};
use crate::interaction::fork_points::ForkPoints;
use crate::model::{ConflictPath, NeededWork, Tip};

impl Judge<'_> {
    /// Notes without whose uncommitted work each conflict is gone that commits alone do not have.
    pub(super) fn note_needed_work(
        &self,
        tips: [&Tip; 2],
        forks: Option<&ForkPoints>,
        conflicts: &mut [ConflictPath],
    ) {
        if conflicts.iter().all(|conflict| conflict.certain) {
            return;
        }
        let [without_ours, without_theirs] = [0, 1].map(|side| self.without_work_of(side, tips, forks));
        for conflict in conflicts.iter_mut().filter(|conflict| !conflict.certain) {
            let is_gone =
                |left: &Option<Vec<ConflictPath>>| left.as_ref().is_some_and(|left| !conflict.is_among(left));
            conflict.needed = NeededWork { ours: is_gone(&without_ours), theirs: is_gone(&without_theirs) };
        }
    }

    /// The conflicts of two tips without the uncommitted work of one of them, but for those that commits alone have;
    /// `None` where that one has none. What cannot be judged has no conflict that is known.
    fn without_work_of(
        &self,
        side: usize,
        tips: [&Tip; 2],
        forks: Option<&ForkPoints>,
    ) -> Option<Vec<ConflictPath>> {
        let [without, with] = [tips[side], tips[1 - side]];
        if without.is_as_committed() {
            return None;
        }
        if with.is_as_committed() || without.is_merged() {
            return Some(Vec::new());
        }
        let sides = [0, 1].map(|at| match at == side {
            true => (committed(tips[at]), &tips[at].committed, tips[at].tree),
            false => (with_work(tips[at]), &tips[at].changes, tips[at].work_tree),
        });
        let trees = [(tips[0], sides[0].2), (tips[1], sides[1].2)];
        let own = self.exclusive_changes(forks, trees, |_| Vec::new());
        let judged = self.judge((&sides[0].0, sides[0].1), (&sides[1].0, sides[1].1), own.as_ref());
        Some(judged.map_or_else(|_| Vec::new(), |judged| judged.conflicts))
    }
}
