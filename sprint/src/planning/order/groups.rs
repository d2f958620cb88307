//! Groups of units that matter to each other, and one sequence out of their orders.

use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graphmap::DiGraphMap;
use petgraph::unionfind::UnionFind;

use super::{Candidates, Simulator};

/// Units whose order is searched together, by rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub members: Vec<usize>,
}

impl Group {
    /// Its members in the order of a sequence of all units.
    pub fn ordered_as(&self, order: &[usize]) -> Vec<usize> {
        order.iter().copied().filter(|unit| self.members.contains(unit)).collect()
    }
}

/// Units that influence each other are in one group. Groups that wait for each other in both
/// directions are joined too, since their orders could not be combined otherwise.
pub(super) fn groups(candidates: &Candidates, simulator: &dyn Simulator) -> Vec<Group> {
    joined(candidates, &|a, b| simulator.meets(a, b))
}

/// Parts that are searched each by itself: groups, and those that change a path in common with them.
pub(super) fn parts(candidates: &Candidates, simulator: &dyn Simulator) -> Vec<Group> {
    joined(candidates, &|a, b| simulator.meets(a, b) || simulator.touches(a, b))
}

fn joined(candidates: &Candidates, belong: &dyn Fn(usize, usize) -> bool) -> Vec<Group> {
    let count = candidates.units.len();
    let mut joined: UnionFind<usize> = UnionFind::new(count);
    for a in 0..count {
        for b in 0..a {
            if !joined.equiv(a, b) && belong(a, b) {
                joined.union(a, b);
            }
        }
    }
    // what is ready goes before the rest anyway, so only waits among equals tie groups together
    let mut waits: DiGraphMap<usize, ()> = DiGraphMap::new();
    for unit in 0..count {
        for (needed, _) in candidates.after(unit) {
            if candidates.units[unit].ready == candidates.units[needed].ready {
                waits.add_edge(joined.find(needed), joined.find(unit), ());
            }
        }
    }
    for cycle in tarjan_scc(&waits) {
        for other in &cycle {
            joined.union(cycle[0], *other);
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for unit in 0..count {
        let known = groups.iter_mut().find(|group| joined.equiv(group.members[0], unit));
        match known {
            Some(group) => group.members.push(unit),
            None => groups.push(Group { members: vec![unit] }),
        }
    }
    groups
}

/// One sequence of the units in these orders, each with its batch: two that meet stay as their group has them, everyone goes
/// after what it waits for, and within that everyone goes as early as it can. Two units of one
/// batch neither meet nor wait for each other.
pub(super) fn in_one(
    orders: &[Vec<usize>],
    candidates: &Candidates,
    simulator: &dyn Simulator,
) -> Vec<(usize, usize)> {
    let mut before: DiGraphMap<usize, ()> = DiGraphMap::new();
    for order in orders {
        for (at, later) in order.iter().enumerate() {
            before.add_node(*later);
            for earlier in order[..at].iter().filter(|earlier| simulator.meets(**earlier, *later)) {
                before.add_edge(*earlier, *later, ());
            }
        }
    }
    for unit in 0..candidates.units.len() {
        for (needed, _) in candidates.after(unit) {
            before.add_edge(needed, unit, ());
        }
    }
    let ready = |unit: usize| candidates.units[unit].ready;
    let mut levels = vec![0; candidates.units.len()];
    // groups were joined so that there is no cycle; were there one, each order alone still holds
    let sequence = toposort(&before, None).unwrap_or_else(|_| orders.concat());
    for later in sequence {
        let earlier = before
            .neighbors_directed(later, petgraph::Direction::Incoming)
            .filter(|unit| ready(*unit) == ready(later));
        levels[later] = earlier.map(|earlier| levels[earlier] + 1).max().unwrap_or(0);
    }
    let mut sequence: Vec<usize> = orders.concat();
    sequence.sort_by_key(|unit| (!ready(*unit), levels[*unit], *unit));
    let mut batch = 0;
    let mut last = None;
    sequence
        .into_iter()
        .map(|unit| {
            let place = (ready(unit), levels[unit]);
            if last.replace(place) != Some(place) {
                batch += 1;
            }
            (unit, batch)
        })
        .collect()
}
