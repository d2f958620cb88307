//! What an order costs.

use crate::model::Cost;

use super::groups::groups;
use super::{Candidates, Simulator};

/// What merging in this order costs, group by group.
pub(super) fn cost_of(order: &[usize], candidates: &Candidates, simulator: &mut dyn Simulator) -> Cost {
    let groups = groups(candidates, simulator);
    groups.iter().map(|group| cost_in_group(&group.ordered_as(order), simulator)).sum()
}

/// What merging the units of one group in this order costs.
pub(super) fn cost_in_group(order: &[usize], simulator: &mut dyn Simulator) -> Cost {
    let mut stage = simulator.start();
    let mut cost = Cost::default();
    for unit in order {
        let outcome = simulator.merge(stage, *unit);
        cost += outcome.cost;
        stage = outcome.after;
    }
    cost
}
