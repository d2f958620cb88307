//! A lower bound of what merging the rest of a group costs.
//!
//! What a member's merge costs depends on which of the members that influence it are merged before.
//! These fall into parts that have nothing to do with each other: each part conflicts with the member in
//! files of its own, so what they cost adds up. All choices of a part are tried once; the cheapest one that
//! is still possible is a lower bound, and so is what conflicts in files that no other member touches. Two members that conflict in either order are bounded together,
//! because one of them has to pay.

use std::collections::BTreeSet;

use petgraph::unionfind::UnionFind;

use crate::model::Cost;

use super::contested::Contested;
use super::effort::Effort;
use super::weight::Weight;
use super::{Simulator, StageId};

/// Which members of a group are meant, a bit each.
pub(super) type Members = u64;

/// A choice of members that leads to more states than this is not tried.
const MOST_STAGES: usize = 64;

/// More than any merge has.
const NEVER: Weight = Weight { hunks: i64::MAX / 4, mechanical: 0 };

/// The least costs of what is left of one group; without members, always nothing.
pub(super) struct LowerBound<'c> {
    contested: &'c Contested,
    rows: Vec<Row>,
    /// Members that meet, the first before the second.
    pairs: Vec<(usize, usize)>,
}

/// One member.
struct Row {
    /// What it costs alone.
    alone: Weight,
    /// The members that influence it; `None` where there are too many to try.
    parts: Option<Vec<MetPart>>,
    /// What it costs whatever goes before.
    always: Weight,
}

/// Members that influence another one, and have to do with each other.
struct MetPart {
    members: Vec<usize>,
    /// The least change when these went before, and maybe others; a bit each in their order.
    least: Vec<Weight>,
    /// The same when one of them, by its number, does not go before.
    without: Vec<Vec<Weight>>,
}

impl<'c> LowerBound<'c> {
    /// A member that is met by a part of more than `most` members is taken to cost nothing: trying all
    /// choices takes two to that power of merges. Where the time is up, the rest is taken to cost nothing
    /// as well.
    pub fn new(
        (members, contested): (&[usize], &'c Contested),
        most: usize,
        simulator: &mut dyn Simulator,
        effort: &Effort,
    ) -> LowerBound<'c> {
        let places = 0..members.len();
        let mut rows = Vec::new();
        let mut pairs = Vec::new();
        for member in places.clone() {
            let meets = |other: &usize| *other != member && simulator.meets(members[member], members[*other]);
            let met: Vec<usize> = places.clone().filter(meets).collect();
            pairs.extend(met.iter().filter(|other| **other < member).map(|other| (*other, member)));
            let parts = parts(&met, members, simulator);
            let is_small = parts.iter().all(|part| part.len() <= most);
            let parts = match is_small {
                true => parts
                    .into_iter()
                    .map(|part| MetPart::new(member, part, members, simulator, effort))
                    .collect(),
                false => None,
            };
            let start = simulator.start();
            let alone = match parts {
                Some(_) => Weight::of(simulator.merge(start, members[member]).cost),
                None => Weight::default(),
            };
            rows.push(Row { alone, parts, always: contested.always(member) });
        }
        LowerBound { contested, rows, pairs }
    }

    /// What all members that are not merged cost at the least.
    pub fn left(&self, merged: Members) -> Cost {
        self.by_choices(merged).max(self.contested.left(&|member| merged & (1 << member) != 0))
    }

    fn by_choices(&self, merged: Members) -> Cost {
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

/// The members that are met, those in one part that meet each other or touch a path in common.
fn parts(met: &[usize], members: &[usize], simulator: &dyn Simulator) -> Vec<Vec<usize>> {
    let mut joined: UnionFind<usize> = UnionFind::new(met.len());
    for a in 0..met.len() {
        for b in 0..a {
            let [one, other] = [a, b].map(|at| members[met[at]]);
            if simulator.meets(one, other) || simulator.touches(one, other) {
                joined.union(a, b);
            }
        }
    }
    let is_first = |at: &usize| joined.find(*at) == *at;
    let part = |root| (0..met.len()).filter(|at| joined.equiv(root, *at)).map(|at| met[at]).collect();
    (0..met.len()).filter(is_first).map(part).collect()
}

impl Row {
    /// The least cost with the merged ones before, and with `later` not before. A merge stops exactly where a person has to
    /// resolve hunks of it.
    fn least(&self, merged: Members, later: Option<usize>) -> Cost {
        let parts = self.parts.iter().flatten();
        let weight = self.alone + parts.map(|part| part.least(merged, later)).sum();
        let weight = weight.max(self.always);
        weight.cost(u32::from(weight.stops()))
    }
}

impl MetPart {
    /// `None` when the time is up.
    fn new(
        member: usize,
        part: Vec<usize>,
        members: &[usize],
        simulator: &mut dyn Simulator,
        effort: &Effort,
    ) -> Option<MetPart> {
        let units: Vec<usize> = part.iter().map(|other| members[*other]).collect();
        let costs = tried(members[member], &units, simulator, effort)?;
        let least = |never: usize| -> Vec<Weight> {
            let allowed = |(choice, cost): (usize, &Weight)| {
                if choice & never == 0 { *cost - costs[0] } else { NEVER }
            };
            let mut least: Vec<Weight> = costs.iter().enumerate().map(allowed).collect();
            for bit in (0..part.len()).map(|at| 1 << at) {
                for choice in (0..least.len()).filter(|choice| choice & bit == 0) {
                    least[choice] = least[choice].min(least[choice | bit]);
                }
            }
            least
        };
        let without = (0..part.len()).map(|at| least(1 << at)).collect();
        Some(MetPart { least: least(0), without, members: part })
    }

    fn least(&self, merged: Members, later: Option<usize>) -> Weight {
        let before = |(at, member): (usize, &usize)| usize::from(merged & (1 << member) != 0) << at;
        let choice: usize = self.members.iter().enumerate().map(before).sum();
        match later.and_then(|later| self.members.iter().position(|other| *other == later)) {
            Some(later) => self.without[later][choice],
            None => self.least[choice],
        }
    }
}

/// The least of a unit after each choice of others, in whichever order these went: conflicts are
/// settled for the one that is merged last. `None` when that are too many states, or the time is up.
fn tried(
    unit: usize,
    others: &[usize],
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> Option<Vec<Weight>> {
    let mut stages: Vec<BTreeSet<StageId>> = vec![BTreeSet::from([simulator.start()])];
    let mut costs = Vec::new();
    for choice in 0..1usize << others.len() {
        if choice > 0 {
            let mut reached = BTreeSet::new();
            for last in (0..others.len()).filter(|at| choice & (1 << at) != 0) {
                for before in &stages[choice & !(1 << last)] {
                    reached.insert(simulator.merge(*before, others[last]).after);
                }
            }
            stages.push(reached);
        }
        if stages[choice].len() > MOST_STAGES || effort.is_over(simulator) {
            return None;
        }
        let reached = stages[choice].iter();
        costs.push(reached.map(|stage| Weight::of(simulator.merge(*stage, unit).cost)).min()?);
    }
    Some(costs)
}
