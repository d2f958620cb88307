//! Who yields, by the merge order of what is committed.

use crate::context::Context;
use crate::model::{CheckQuestion, CheckReport, Encounter, FirstFor, Known, MergeOrder, Oid, Work};
use crate::planning::order::Effort;
use crate::tracking::Tracking;

use crate::pipeline::{Asked, Workspace};

/// How long the order may be searched for where no proof is promised: a commit waits for it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);

impl Workspace {
    /// Lets the merge order say who goes first, wherever a conflict is certain and new. It rests on
    /// what is declared and on what all have committed, and not on what any of them stages or edits:
    /// whoever asks, it is the same order, so that two terminals can never both be told to wait. Only
    /// a terminal that has committed nothing yet is taken with the commit that it is about to make:
    /// nobody can be waiting for it. Of those that have no step, what was said before holds.
    pub fn turns_by_merge_order(
        &self,
        tracking: &Tracking,
        question: &CheckQuestion,
        report: &mut CheckReport,
        context: &Context,
    ) {
        let is_new = |one: &Encounter| one.certain && !one.standing && one.turn.is_some();
        if !report.conflicts().any(is_new) {
            return;
        }
        let over = context.timer(PATIENCE);
        let order_of = |next: Option<Oid>| {
            let (committed, book) = self.concluded(tracking, |places| {
                let own = self.own_place(places, &[], question).ok().map(|(place, _)| place);
                let tip = |(at, place)| match next.filter(|_| own == Some(at)) {
                    Some(commit) => self.commit_tip(commit),
                    None => self.committed_tip(place),
                };
                (places.iter().enumerate().map(tip).collect(), None)
            });
            self.merge_order(&committed, &book, &tracking.files, &Asked::default(), &Effort::new(&over)).ok()
        };
        let Some(mut order) = order_of(None) else { return };
        if position(&order, &report.own.id).is_none()
            && let Some(next) = self.next_commit(question)
        {
            order = order_of(Some(next)).unwrap_or(order);
        }
        let Some(own) = position(&order, &report.own.id) else { return };
        for encounter in report.encounters.iter_mut().filter(|one| is_new(one)) {
            let other = position(&order, &encounter.other.id).filter(|other| *other != own);
            if let (Some(other), Some(turn)) = (other, &mut encounter.turn)
                && turn.own_first != (own < other)
            {
                turn.own_first = own < other;
                turn.reason = FirstFor::MergeOrder;
            }
        }
    }

    /// The commit that is about to be made where the run started.
    fn next_commit(&self, question: &CheckQuestion) -> Option<Oid> {
        let Work::Staged { index, merging } = &question.work else { return None };
        let places = self.repository.places(&self.target, &[]);
        let (own, _) = self.own_place(&places, &[], question).ok()?;
        match self.repository.observe_next_commit(&places[own], index.as_deref(), merging, &self.target) {
            Known::Known((_, commit)) => Some(commit),
            Known::Unknown(_) => None,
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
