//! What an order costs.

use std::collections::BTreeMap;

use crate::model::Cost;

use super::Simulator;
use super::effort::Effort;
use super::groups::Group;

/// What merging in this order costs, group by group; `None` when the time is up before that is known.
pub(super) fn cost_of(
    order: &[usize],
    groups: &[Group],
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> Option<Cost> {
    groups.iter().map(|group| cost_in_group(&group.ordered_as(order), simulator, effort)).sum()
}

/// What merging the units of one group in this order costs; `None` when the time is up before that is
/// known.
pub(super) fn cost_in_group(order: &[usize], simulator: &mut dyn Simulator, effort: &Effort) -> Option<Cost> {
    Some(costs_in_group(order, simulator, effort)?.into_values().sum())
}

/// The same of each of the units.
pub(super) fn costs_in_group(
    order: &[usize],
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> Option<BTreeMap<usize, Cost>> {
    let mut stage = simulator.start();
    let mut costs = BTreeMap::new();
    for unit in order {
        if effort.is_over(simulator) {
            return None;
        }
        let outcome = simulator.merge(stage, *unit);
        stage = outcome.after;
        costs.insert(*unit, outcome.cost);
    }
    Some(costs)
}
