//! Steps that can be merged in any order: two units that do not meet may still matter to each other through a third one,
//! where its conflict is resolved on the way. What cannot be proven to commute is told to go in sequence.

use std::collections::HashMap;

use petgraph::unionfind::UnionFind;

use super::{Cost, Simulator, StageId};

/// Of more units, not every order is tried.
const MOST: usize = 5;

/// The sequence of all units, each with its batch, in which units of a batch that may matter to each other and do not
/// commute have batches of their own. `orders` are those of the groups.
pub(super) fn proven(
    sequence: &[(usize, usize)],
    orders: &[Vec<usize>],
    simulator: &mut dyn Simulator,
) -> Vec<(usize, usize)> {
    let group = |unit: usize| orders.iter().position(|order| order.contains(&unit));
    let mut stages: HashMap<Option<usize>, StageId> = HashMap::new();
    let mut stopped: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    let mut batch = 0;
    let mut found = Vec::new();
    for members in sequence.chunk_by(|one, other| one.1 == other.1) {
        let units: Vec<usize> = members.iter().map(|(unit, _)| *unit).collect();
        // the number of each among those that it does not commute with
        let mut ranks = vec![0; units.len()];
        for bound in bound(&units, &group, simulator) {
            let of = group(units[bound[0]]);
            let stage = *stages.entry(of).or_insert(simulator.start());
            let all: Vec<usize> = bound.iter().map(|at| units[*at]).collect();
            let is_free = !stopped.contains_key(&of)
                && all.iter().all(|unit| !simulator.merge(stage, *unit).cost.stops());
            if !is_free && !commute(stage, &all, simulator) {
                bound.iter().enumerate().for_each(|(rank, at)| ranks[*at] = rank);
            }
        }
        for rank in 0..=ranks.iter().copied().max().unwrap_or(0) {
            batch += 1;
            let here = units.iter().zip(&ranks).filter(|(_, own)| **own == rank);
            found.extend(here.map(|(unit, _)| (*unit, batch)));
        }
        for unit in units {
            let of = group(unit);
            let stage = stages.entry(of).or_insert(simulator.start());
            let merged = simulator.merge(*stage, unit);
            *stage = merged.after;
            if merged.cost.stops() {
                stopped.entry(of).or_default().push(unit);
            }
        }
    }
    found
}

/// Those of these units that change a path in common with others of their group, together with these.
fn bound(
    units: &[usize],
    group: &dyn Fn(usize) -> Option<usize>,
    simulator: &dyn Simulator,
) -> Vec<Vec<usize>> {
    let mut joined: UnionFind<usize> = UnionFind::new(units.len());
    for later in 0..units.len() {
        for earlier in 0..later {
            let [a, b] = [units[earlier], units[later]];
            if group(a) == group(b) && simulator.touches(a, b) {
                joined.union(earlier, later);
            }
        }
    }
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for at in 0..units.len() {
        match sets.iter_mut().find(|set| joined.equiv(set[0], at)) {
            Some(set) => set.push(at),
            None => sets.push(vec![at]),
        }
    }
    sets.retain(|set| set.len() > 1);
    sets
}

/// Whether each of these units costs the same at this stage, whichever of the others are merged before, and all orders lead to
/// the same.
fn commute(stage: StageId, units: &[usize], simulator: &mut dyn Simulator) -> bool {
    if units.len() > MOST {
        return false;
    }
    let costs: Vec<Cost> = units.iter().map(|unit| simulator.merge(stage, *unit).cost).collect();
    let mut stages: HashMap<usize, StageId> = HashMap::from([(0, stage)]);
    for merged in 0..1_usize << units.len() {
        let Some(stage) = stages.get(&merged).copied() else { return false };
        for (at, unit) in units.iter().enumerate().filter(|(at, _)| merged & (1 << at) == 0) {
            let found = simulator.merge(stage, *unit);
            let known = *stages.entry(merged | 1 << at).or_insert(found.after);
            if found.cost != costs[at] || found.after != known {
                return false;
            }
        }
    }
    true
}
