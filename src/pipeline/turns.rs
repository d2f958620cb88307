//! Who yields, by the merge order of what is committed.

use crate::context::Context;
use crate::model::{CheckReport, Encounter, Known, MergeOrder, Place, Tip, Verdicts};
use crate::planning::order::Effort;
use crate::tracking::Tracking;

use super::{Asked, Workspace, tip};

/// How long the order may be searched for where no proof is promised: a commit waits for it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

impl Workspace {
    /// Lets the merge order say who goes first, wherever a conflict is certain and new. It rests on what is
    /// declared and on what all have committed, and not on what any of them stages or edits: whoever
    /// asks, it is the same order, so that two terminals can never both be told to wait. Of those that
    /// have no step in it, what was said before holds.
    pub fn turns_by_merge_order(&self, tracking: &Tracking, report: &mut CheckReport, context: &Context) {
        let is_new = |one: &Encounter| one.certain && !one.standing && one.turn.is_some();
        if !report.conflicts().any(is_new) {
            return;
        }
        let over = context.timer(PATIENCE);
        let (committed, book) = self.concluded(tracking, |places| {
            (places.iter().map(|place| self.committed_tip(place)).collect(), Verdicts::default())
        });
        let effort = Effort::new(&over);
        let order = self.merge_order(&committed, &book, &tracking.files, &Asked::default(), &effort);
        let Ok(order) = order else { return };
        let own = position(&order, &report.own.id);
        for encounter in report.encounters.iter_mut().filter(|one| is_new(one)) {
            let Some(own) = own else { continue };
            let Some(other) = position(&order, &encounter.other.id).filter(|other| *other != own) else {
                continue;
            };
            if let Some(turn) = &mut encounter.turn
                && turn.own_first != (own < other)
            {
                turn.own_first = own < other;
                turn.reason = "it comes first in the merge order".to_string();
            }
        }
    }

    /// What a place has committed.
    fn committed_tip(&self, place: &Place) -> Known<Tip> {
        let store = self.repository.store();
        match self.repository.observe_head(&store, place, &self.target) {
            Known::Known(seen) => tip(&store, seen, &self.options, self.memory()).into(),
            Known::Unknown(reason) => Known::Unknown(reason),
        }
    }
}

/// Where a terminal's step stands.
fn position(order: &MergeOrder, terminal: &str) -> Option<usize> {
    order
        .steps
        .iter()
        .position(|step| step.terminal == terminal || step.also.iter().any(|one| one == terminal))
}
