//! Whose turn it is, by the merge order of what is committed.

use std::time::Duration;

use crate::context::Context;
use crate::model::{Declared, Encounter, Facts, FirstFor, MergeOrder};
use crate::pipeline::observe::with_tips;
use crate::pipeline::{Depth, Workspace, commit_tip, observe, order};
use crate::planning::order::{Effort, OrderOptions};

use super::own::Own;

/// How long the order may be searched for where no proof is promised: a commit waits for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who says whose turn it is where a conflict is met.
#[derive(Clone, Copy, Default)]
pub enum Turns<'a> {
    /// The two terminals alone: dependencies, completeness, priority.
    #[default]
    Precedence,
    /// The merge order, wherever a conflict is certain and new. It rests on what is declared and on what
    /// all have committed, and not on what any of them stages or edits: whoever asks, it is the same
    /// order, so that two terminals can never both be told to wait. Only a terminal that has committed
    /// nothing yet is taken with the commit that it is about to make: nobody can be waiting for it. Of
    /// those that have no step, the precedence holds.
    MergeOrder(&'a Context),
}

impl Turns<'_> {
    /// The encounters with whose turn it is.
    pub(super) fn settle(
        self,
        workspace: &Workspace,
        declared: &Declared,
        own: &Own,
        own_id: &str,
        encounters: Vec<Encounter>,
    ) -> Vec<Encounter> {
        let Turns::MergeOrder(context) = self else { return encounters };
        if !encounters.iter().any(is_new) {
            return encounters;
        }
        let Some(order) = committed_order(workspace, declared, own, own_id, context) else {
            return encounters;
        };
        let Some(at) = position(&order, own_id) else { return encounters };
        encounters.into_iter().map(|encounter| in_order(encounter, &order, at)).collect()
    }
}

/// Whether a conflict is certain, and not one that was there before.
fn is_new(encounter: &Encounter) -> bool {
    encounter.certain && !encounter.pre_existing && encounter.turn.is_some()
}

/// The encounter with whose turn it is by the order, in which the own step stands at `own`.
fn in_order(mut encounter: Encounter, order: &MergeOrder, own: usize) -> Encounter {
    let other = position(order, &encounter.other.id).filter(|other| *other != own && is_new(&encounter));
    if let (Some(other), Some(turn)) = (other, &mut encounter.turn)
        && turn.own_first != (own < other)
    {
        turn.own_first = own < other;
        turn.reason = FirstFor::MergeOrder;
    }
    encounter
}

/// The merge order of what all have committed; with the commit that is about to be made where the own
/// terminal has no step otherwise.
fn committed_order(
    workspace: &Workspace,
    declared: &Declared,
    own: &Own,
    own_id: &str,
    context: &Context,
) -> Option<MergeOrder> {
    let over = context.timer(PATIENCE);
    let facts = observe(workspace, declared.clone(), Depth::Commits);
    workspace.kept.save();
    let order_of =
        |facts: &Facts| order(workspace, facts, &OrderOptions::default(), &Effort::new(&over)).ok();
    let found = order_of(&facts)?;
    match own.next.filter(|_| position(&found, own_id).is_none()) {
        None => Some(found),
        Some(next) => {
            let mut tips = facts.tips;
            tips[own.place] = commit_tip(workspace, next);
            order_of(&with_tips(declared.clone(), tips)).or(Some(found))
        }
    }
}

/// Where a terminal's step stands.
fn position(order: &MergeOrder, terminal: &str) -> Option<usize> {
    let is_its = |also: &[String], name: &str| name == terminal || also.iter().any(|id| id == terminal);
    order.steps.iter().position(|step| is_its(&step.also, &step.terminal))
}
