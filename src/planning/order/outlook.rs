//! What the members of a group that are left must cost at the least.
//!
//! A member's merge depends on which of the members that it meets went before. For each, all these
//! choices are tried once; the cheapest one that is still open is what it must cost. Two that
//! conflict whichever goes first are looked at together, for one of them has to pay.

use crate::model::Cost;

use super::Simulator;

/// Which members of a group are meant, a bit each.
pub(super) type Members = u64;

/// Members that meet more than this many others are taken to cost nothing: to try all choices would
/// take too long.
const MOST_MET: usize = 5;

/// The least costs of what is left of one group; without members, always nothing.
pub(super) struct Outlook {
    rows: Vec<Row>,
    /// Members that meet, the first before the second.
    pairs: Vec<(usize, usize)>,
}

/// One member.
struct Row {
    /// The members that it meets.
    met: Vec<usize>,
    /// Its cost after each choice of those, a bit each in their order; empty where there are too
    /// many.
    costs: Vec<Cost>,
}

impl Outlook {
    pub fn new(members: &[usize], simulator: &mut dyn Simulator) -> Outlook {
        let places = 0..members.len();
        let meets =
            |simulator: &dyn Simulator, a: usize, b: usize| a != b && simulator.meets(members[a], members[b]);
        let mut rows = Vec::new();
        let mut pairs = Vec::new();
        for member in places.clone() {
            let met: Vec<usize> = places.clone().filter(|other| meets(simulator, member, *other)).collect();
            pairs.extend(met.iter().filter(|other| **other < member).map(|other| (*other, member)));
            let units: Vec<usize> = met.iter().map(|other| members[*other]).collect();
            let costs =
                if met.len() > MOST_MET { Vec::new() } else { tried(members[member], &units, simulator) };
            rows.push(Row { met, costs });
        }
        Outlook { rows, pairs }
    }

    /// What all members that are not merged cost at the least.
    pub fn left(&self, merged: Members) -> Cost {
        let is_left = |member: usize| merged & (1 << member) == 0;
        let alone = |member: usize| self.rows[member].least(merged, None);
        let mut together: Vec<(Cost, usize, usize)> = Vec::new();
        for (a, b) in self.pairs.iter().copied().filter(|(a, b)| is_left(*a) && is_left(*b)) {
            let order = |first: usize, second: usize| {
                self.rows[first].least(merged, Some(second))
                    + self.rows[second].least(merged | 1 << first, None)
            };
            let least = order(a, b).min(order(b, a));
            if least > alone(a) + alone(b) {
                together.push((least, a, b));
            }
        }
        together.sort_by(|one, other| other.cmp(one));
        let mut counted: Members = merged;
        let mut sum = Cost::default();
        for (least, a, b) in together {
            if counted & (1 << a | 1 << b) == 0 {
                counted |= 1 << a | 1 << b;
                sum += least;
            }
        }
        sum + (0..self.rows.len()).filter(|member| counted & (1 << member) == 0).map(alone).sum()
    }
}

impl Row {
    /// The least cost with the merged ones before, and with `later` not before.
    fn least(&self, merged: Members, later: Option<usize>) -> Cost {
        let bits = |wanted: &dyn Fn(usize) -> bool| -> usize {
            self.met.iter().enumerate().filter(|(_, one)| wanted(**one)).map(|(at, _)| 1 << at).sum()
        };
        let before = bits(&|one| merged & (1 << one) != 0);
        let never = bits(&|one| later == Some(one));
        let open = self
            .costs
            .iter()
            .enumerate()
            .filter(|(choice, _)| choice & before == before && choice & never == 0);
        open.map(|(_, cost)| *cost).min().unwrap_or_default()
    }
}

/// The cost of a unit after each choice of others, which go in their order.
fn tried(unit: usize, others: &[usize], simulator: &mut dyn Simulator) -> Vec<Cost> {
    let mut stages = vec![simulator.start()];
    for choice in 1..1usize << others.len() {
        let last = usize::BITS - 1 - choice.leading_zeros();
        let before = stages[choice & !(1 << last)];
        stages.push(simulator.merge(before, others[last as usize]).after);
    }
    stages.into_iter().map(|stage| simulator.merge(stage, unit).cost).collect()
}
