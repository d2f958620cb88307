//! Explains a terminal's position, and what its other positions would cost.

use std::collections::BTreeMap;

use crate::model::{Cost, Explanation};

use super::cost::{cost_of, costs_in_group};
use super::effort::Effort;
use super::groups::Group;
use super::{Candidates, Simulator};

pub(super) fn explain(
    terminal: &str,
    candidates: &Candidates,
    order: &[usize],
    groups: &[Group],
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> Explanation {
    let unit = candidates.units.iter().position(|unit| unit.is_called(terminal));
    let position = unit.and_then(|unit| order.iter().position(|other| *other == unit));
    let (Some(unit), Some(position)) = (unit, position) else {
        let nothing = Explanation {
            terminal: terminal.to_string(),
            position: None,
            after: Vec::new(),
            elsewhere: Vec::new(),
            meets: Some(Vec::new()),
        };
        return nothing;
    };
    let others: Vec<usize> = order.iter().copied().filter(|other| *other != unit).collect();
    let group = groups.iter().find(|group| group.members.contains(&unit));
    let (mut elsewhere, mut is_cut) = (Vec::new(), false);
    let mut costs: Vec<Option<BTreeMap<usize, Cost>>> = Vec::new();
    for at in 0..order.len() {
        let mut moved = others.clone();
        moved.insert(at, unit);
        let allowed = group.filter(|_| candidates.allows(&moved));
        costs.push(allowed.and_then(|group| costs_in_group(&group.ordered_as(&moved), simulator, effort)));
        if allowed.is_some() {
            is_cut |= costs.last().is_some_and(Option::is_none);
            elsewhere.extend(cost_of(&moved, groups, simulator, effort).map(|cost| (at + 1, cost)));
        }
    }
    let name = |unit: &usize| candidates.units[*unit].name.clone();
    // to pass one of the others is to go from its position to the next one
    let met = others.iter().zip(costs.windows(2)).filter(|(_, costs)| match costs {
        [Some(before), Some(behind)] => before != behind,
        _ => false,
    });
    let meets: Vec<String> = met.map(|(other, _)| name(other)).collect();
    Explanation {
        terminal: terminal.to_string(),
        position: Some(position + 1),
        after: candidates.after(unit).map(|(earlier, why)| format!("{}: {why}", name(&earlier))).collect(),
        elsewhere,
        meets: Some(meets).filter(|meets| !is_cut || !meets.is_empty()),
    }
}
