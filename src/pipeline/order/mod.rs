//! The merge order of what was observed.

mod confirmed;
mod numbers;
mod simulation;

use crate::error::Error;
use crate::merge::Missing;
use crate::model::{Facts, MergeOrder, PlaceId, Reason};
use crate::planning::order::{Candidates, Effort, OrderOptions, OrderQuestion, Unit, merge_order};

use super::Workspace;
use simulation::Simulation;

/// The order in which to merge what was observed.
///
/// # Errors
/// When the target's commit cannot be read.
pub fn order(
    workspace: &Workspace,
    facts: &Facts,
    options: &OrderOptions,
    effort: &Effort,
) -> Result<MergeOrder, Error> {
    let store = workspace.repository.store();
    let failed = |missing| Error::UnreadableTarget { target: facts.target.name.clone(), missing };
    let is_ambiguous = |branch: &str| workspace.repository.is_ambiguous(branch);
    let mut unreadable = Vec::new();
    let mut unrelated = Vec::new();
    loop {
        let question = OrderQuestion {
            facts,
            options,
            unreadable: &unreadable,
            unrelated: &unrelated,
            is_ambiguous: &is_ambiguous,
        };
        let candidates = Candidates::new(&question);
        let simulation = Simulation::new(&store, &store, facts, &candidates.units, &workspace.options);
        let missing = match simulation.map_err(failed)? {
            Err(missing) => missing,
            Ok(mut simulation) => {
                // only now is it known that their histories can be read
                let found = unplanned(facts, options, &candidates);
                if !found.is_empty() {
                    unrelated.extend(found);
                    continue;
                }
                let mut order = merge_order(&question, &candidates, &mut simulation, effort);
                if options.verify {
                    order.verified = Some(confirmed::is_confirmed(workspace, &order, &candidates));
                }
                return Ok(order);
            }
        };
        let told = |(unit, missing): &(usize, Missing)| {
            (candidates.units[*unit].place, Reason::from(missing.clone()))
        };
        unreadable.extend(missing.iter().map(told));
    }
}

/// The places of units that have no commit in common with the target, and that nobody named.
fn unplanned(facts: &Facts, options: &OrderOptions, candidates: &Candidates) -> Vec<PlaceId> {
    let is_unplanned = |unit: &&Unit| {
        let tip = facts.tips[unit.place].known();
        let is_named = options.only.iter().any(|id| *id == unit.name || unit.also.contains(id));
        tip.is_some_and(|tip| tip.is_unrelated_to(&facts.target)) && !is_named
    };
    candidates.units.iter().filter(is_unplanned).map(|unit| unit.place).collect()
}
