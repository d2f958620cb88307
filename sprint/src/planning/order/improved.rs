//! A good order of one group, for when the best one cannot be found in time.

use crate::model::Cost;

use super::cost::cost_in_group;
use super::effort::Effort;
use super::groups::Group;
use super::{Candidates, Simulator, StageId, baselines};

/// The best of this order, the usual ones and the greedy one, made better by moving single units as long as
/// that helps and there is time.
pub(super) fn improved(
    known: (Vec<usize>, Cost),
    (group, candidates): (&Group, &Candidates),
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> (Vec<usize>, Cost) {
    let usual = baselines::orders(candidates, simulator);
    let mut starts: Vec<Vec<usize>> = usual.iter().map(|(_, order)| group.ordered_as(order)).collect();
    starts.extend(greedy(group, candidates, simulator, effort));
    let (mut order, mut cost) = known;
    for start in starts {
        match cost_in_group(&start, simulator, effort) {
            Some(now) if now < cost => (order, cost) = (start, now),
            Some(_) | None => {}
        }
    }
    'again: loop {
        for from in 0..order.len() {
            for to in 0..order.len() {
                if effort.is_over(simulator) {
                    return (order, cost);
                }
                let mut moved = order.clone();
                let unit = moved.remove(from);
                moved.insert(to, unit);
                if from == to || !candidates.allows(&moved) {
                    continue;
                }
                let Some(now) = cost_in_group(&moved, simulator, effort) else { return (order, cost) };
                if now < cost {
                    (order, cost) = (moved, now);
                    continue 'again;
                }
            }
        }
        return (order, cost);
    }
}

/// Always the unit whose merge costs least now, by rank where several do.
/// None when the time was up before.
pub(super) fn greedy(
    group: &Group,
    candidates: &Candidates,
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> Option<Vec<usize>> {
    let mut left = group.members.clone();
    let mut order: Vec<usize> = Vec::new();
    let mut stage = simulator.start();
    while !left.is_empty() {
        let free = |unit: &usize| !candidates.must_precede(*unit).iter().any(|needed| left.contains(needed));
        let mut best: Option<(Cost, usize, StageId)> = None;
        for unit in left.iter().copied().filter(free) {
            if effort.is_over(simulator) {
                return None;
            }
            let outcome = simulator.merge(stage, unit);
            if best.is_none_or(|(cost, ..)| outcome.cost < cost) {
                best = Some((outcome.cost, unit, outcome.after));
            }
        }
        let Some((_, unit, after)) = best else { break };
        stage = after;
        order.push(unit);
        left.retain(|other| *other != unit);
    }
    Some(order)
}
