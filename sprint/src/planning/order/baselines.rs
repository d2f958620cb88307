//! The orders that people use without looking: what they would cost.

use std::cmp::Reverse;

use crate::model::Baseline;

use super::cost::cost_of;
use super::effort::Effort;
use super::groups::Group;
use super::{Candidates, Simulator};

/// As registered, the oldest first, the smallest first, the largest first; each moved only where a
/// dependency, or work that is not completed, demands it. Without those for which there is no time.
pub(super) fn baselines(
    candidates: &Candidates,
    groups: &[Group],
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> Vec<Baseline> {
    let mut priced = Vec::new();
    for (name, order) in orders(candidates, simulator) {
        if let Some(cost) = cost_of(&order, groups, simulator, effort) {
            let order = order.iter().map(|unit| candidates.units[*unit].name.clone()).collect();
            priced.push(Baseline { name, order, cost });
        }
    }
    priced
}

/// The sequences themselves.
pub(super) fn orders(candidates: &Candidates, simulator: &dyn Simulator) -> Vec<(&'static str, Vec<usize>)> {
    let units = || 0..candidates.units.len();
    let facts: Vec<(i64, usize)> = units().map(|unit| simulator.age_and_size(unit)).collect();
    let sorted = |key: &dyn Fn(usize) -> (Reverse<i64>, i64)| {
        let mut wanted: Vec<usize> = units().collect();
        wanted.sort_by_key(|unit| (key(*unit), candidates.units[*unit].registered));
        candidates.nearest_allowed(&wanted)
    };
    let size = |unit: usize| i64::try_from(facts[unit].1).unwrap_or(i64::MAX);
    vec![
        ("registration", sorted(&|_| (Reverse(0), 0))),
        ("oldest", sorted(&|unit| (Reverse(0), facts[unit].0))),
        ("smallest", sorted(&|unit| (Reverse(0), size(unit)))),
        ("largest", sorted(&|unit| (Reverse(size(unit)), 0))),
    ]
}
