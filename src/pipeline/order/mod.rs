//! The merge order of what was observed.

mod confirmed;
mod numbers;
mod simulation;

use crate::error::Error;
use crate::merge::Missing;
use crate::model::{Facts, MergeOrder, Reason};
use crate::planning::order::{Candidates, Effort, OrderOptions, OrderQuestion, merge_order};

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
    let mut unreadable = Vec::new();
    let mut idle = Vec::new();
    loop {
        let question = OrderQuestion { facts, options, unreadable: &unreadable, idle: &idle };
        let candidates = Candidates::new(&question);
        let simulation = Simulation::new(&store, &store, facts, &candidates.units, &workspace.options);
        let missing = match simulation.map_err(failed)? {
            Err(missing) => missing,
            Ok(mut simulation) => {
                let found = simulation.idle();
                if !found.is_empty() {
                    idle.extend(found.into_iter().map(|unit| candidates.units[unit].place));
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
