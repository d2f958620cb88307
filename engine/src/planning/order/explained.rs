//! Explains a terminal's position, and what its other positions would cost.

use std::collections::BTreeMap;

use crate::model::Explanation;

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
    let mut elsewhere = Vec::new();
    for at in 0..order.len() {
        let mut moved = others.clone();
        moved.insert(at, unit);
        if candidates.allows(&moved) {
            elsewhere.extend(cost_of(&moved, groups, simulator, effort).map(|cost| (at + 1, cost)));
        }
    }
    let name = |unit: &usize| candidates.units[*unit].name.clone();
    let met: BTreeMap<usize, String> = order
        .iter()
        .enumerate()
        .filter(|(_, other)| **other != unit && simulator.meets(**other, unit))
        .map(|(at, other)| (at, name(other)))
        .collect();
    Explanation {
        terminal: terminal.to_string(),
        position: Some(position + 1),
        after: candidates.after(unit).map(|(earlier, why)| format!("{}: {why}", name(&earlier))).collect(),
        elsewhere,
        meets: met.into_values().collect(),
    }
}
