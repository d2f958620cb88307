//! Explains a terminal's position, and what its other positions would cost.

use crate::model::{Cost, Explanation};

use super::cost::cost_of;
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
            meets: Vec::new(),
        };
        return nothing;
    };
    let others: Vec<usize> = order.iter().copied().filter(|other| *other != unit).collect();
    let mut costs: Vec<Option<Cost>> = Vec::new();
    for at in 0..order.len() {
        let mut moved = others.clone();
        moved.insert(at, unit);
        let is_allowed = candidates.allows(&moved);
        costs.push(if is_allowed { cost_of(&moved, groups, simulator, effort) } else { None });
    }
    let elsewhere = costs.iter().enumerate().filter_map(|(at, cost)| Some((at + 1, (*cost)?))).collect();
    let name = |unit: &usize| candidates.units[*unit].name.clone();
    // to pass one of the others is to go from its position to the next one
    let met = others.iter().zip(costs.windows(2)).filter(|(_, costs)| match costs {
        [Some(before), Some(behind)] => before != behind,
        _ => false,
    });
    let meets = met.map(|(other, _)| name(other)).collect();
    Explanation {
        terminal: terminal.to_string(),
        position: Some(position + 1),
        after: candidates.after(unit).map(|(earlier, why)| format!("{}: {why}", name(&earlier))).collect(),
        elsewhere,
        meets,
    }
}
