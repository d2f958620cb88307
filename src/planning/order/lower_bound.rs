//! A lower bound of what merging the rest of a group costs.
//!
//! What a member's merge costs depends on which of the members that influence it are merged before.
//! All these choices are tried once; the cheapest one that is still possible is a lower bound. Two
//! members that conflict in either order are bounded together, because one of them has to pay.

use crate::model::Cost;

use super::{NEVER, Simulator};

/// Which members of a group are meant, a bit each.
pub(super) type Members = u64;

/// The least costs of what is left of one group; without members, always nothing.
pub(super) struct LowerBound {
    rows: Vec<Row>,
    /// Members that meet, the first before the second.
    pairs: Vec<(usize, usize)>,
}

/// One member.
struct Row {
    /// The members that influence it.
    met: Vec<usize>,
    /// The least it can cost when these went before, and maybe others; a bit each in their order.
    /// Empty where there are too many.
    least: Vec<Cost>,
    /// The same when one of them, by its number, does not go before.
    without: Vec<Vec<Cost>>,
}

impl LowerBound {
    /// Members that meet more than `most_met` others are taken to cost nothing: trying all choices
    /// takes two to that power of merges for each.
    /// Where the time is up, the rest is taken to cost nothing as well.
    pub fn new(
        members: &[usize],
        most_met: usize,
        simulator: &mut dyn Simulator,
        in_time: &dyn Fn() -> bool,
    ) -> LowerBound {
        let places = 0..members.len();
        let mut rows = Vec::new();
        let mut pairs = Vec::new();
        for member in places.clone() {
            let meets = |other: &usize| *other != member && simulator.meets(members[member], members[*other]);
            let met: Vec<usize> = places.clone().filter(meets).collect();
            pairs.extend(met.iter().filter(|other| **other < member).map(|other| (*other, member)));
            let units: Vec<usize> = met.iter().map(|other| members[*other]).collect();
            let costs = match met.len() > most_met || !in_time() {
                true => Vec::new(),
                false => tried(members[member], &units, simulator),
            };
            rows.push(Row::new(met, &costs));
        }
        LowerBound { rows, pairs }
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
        together.sort_by(|a, b| b.cmp(a));
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
    /// `costs` are those after each choice of the met ones.
    fn new(met: Vec<usize>, costs: &[Cost]) -> Row {
        let least = |never: usize| -> Vec<Cost> {
            let allowed = |(choice, cost): (usize, &Cost)| if choice & never == 0 { *cost } else { NEVER };
            let mut least: Vec<Cost> = costs.iter().enumerate().map(allowed).collect();
            for bit in (0..met.len()).map(|at| 1 << at) {
                for choice in (0..least.len()).filter(|choice| choice & bit == 0) {
                    least[choice] = least[choice].min(least[choice | bit]);
                }
            }
            least
        };
        let without = (0..met.len()).filter(|_| !costs.is_empty()).map(|at| least(1 << at)).collect();
        Row { least: least(0), without, met }
    }

    /// The least cost with the merged ones before, and with `later` not before.
    fn least(&self, merged: Members, later: Option<usize>) -> Cost {
        if self.least.is_empty() {
            return Cost::default();
        }
        let before = |(at, member): (usize, &usize)| usize::from(merged & (1 << member) != 0) << at;
        let choice: usize = self.met.iter().enumerate().map(before).sum();
        match later.and_then(|later| self.met.iter().position(|other| *other == later)) {
            Some(later) => self.without[later][choice],
            None => self.least[choice],
        }
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
