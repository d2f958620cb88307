//! The cheapest order of one group.
//!
//! A stage is what the target has become; how it came to be does not matter for what follows. So
//! the search goes over pairs of (what is merged, stage), always on from the cheapest one that was
//! reached (Dijkstra's algorithm, 1959): the first that has all merged is the optimum, and when it
//! is given up before, the cheapest open one is a bound that no order goes below. Among the
//! cheapest orders, the one that follows the ranks most closely is taken. Larger groups are searched
//! with a lower bound of what is left (A*, 1968): see [`LowerBound`].

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::model::{Cost, FileVersions};

use super::contested::Contested;
use super::cost::cost_in_group;
use super::effort::Effort;
use super::groups::Group;
use super::improved::{greedy, improved};
use super::lower_bound::{LowerBound, Members};
use super::{Candidates, NEVER, Simulator, StageId};

/// Up to this many terminals in all the optimum is searched for as long as there is time.
pub const ALWAYS_PROVEN: usize = 16;

/// Groups of at most this many are searched without a lower bound: working it out takes longer than merging.
pub(super) const SMALL: usize = 3;

/// How many others a part may have for the first lower bound, which is made before the search.
const FIRST_MET: usize = 5;

/// After this many merges a tighter lower bound is worth its time.
const TIGHTER_AFTER: usize = 3_000;

/// How many others a part may have for the tighter one.
const TIGHTER_MET: usize = 12;

/// Larger sets are searched exactly for this many merges, so that the same input gives the same
/// answer wherever time allows that many.
const EXACT_MERGES: usize = 50_000;

/// An order of a group.
pub(super) struct GroupOrder {
    pub order: Vec<usize>,
    pub cost: Cost,
    /// No allowed order costs less.
    pub bound: Cost,
}

pub(super) fn search(
    group: &Group,
    (candidates, files): (&Candidates, &[FileVersions]),
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> GroupOrder {
    let by_rank = candidates.nearest_allowed(&group.members);
    let known = cost_in_group(&by_rank, simulator, effort);
    let bounded = if group.members.len() > SMALL { &group.members[..] } else { &[] };
    let contested = Contested::new(bounded, files);
    let least = contested.in_all();
    if known == Some(least) {
        return GroupOrder { order: by_rank, cost: least, bound: least };
    }
    if bounded.len() > ALWAYS_PROVEN
        && let Some(order) = greedy(group, candidates, simulator, effort)
        && cost_in_group(&order, simulator, effort) == Some(least)
    {
        return GroupOrder { order, cost: least, bound: least };
    }
    let space = Space::new(group, candidates);
    let small = candidates.units.len() <= ALWAYS_PROVEN;
    let mut lower_bound = LowerBound::new((bounded, &contested), FIRST_MET, simulator, effort);
    let in_all = least;
    let least = if space.is_some() { lower_bound.left(0).max(in_all) } else { in_all };
    let exact_effort = match known {
        Some(known) if known.steps <= least.steps => &effort.for_hunks(simulator),
        _ => effort,
    };
    let exact = match &space {
        None => Exact::GivenUp(least),
        Some(space) => {
            let mut too_wide = |merges, simulator: &dyn Simulator| {
                exact_effort.is_over(simulator) || (!bounded.is_empty() && merges >= TIGHTER_AFTER)
            };
            let at_most = known.unwrap_or(NEVER);
            match space.cheapest((&lower_bound, at_most), simulator, &mut too_wide) {
                Exact::GivenUp(known) => {
                    lower_bound =
                        LowerBound::new((bounded, &contested), TIGHTER_MET, simulator, exact_effort);
                    let mut give_up = |merges, simulator: &dyn Simulator| {
                        exact_effort.is_over(simulator) || (!small && merges >= EXACT_MERGES)
                    };
                    match space.cheapest((&lower_bound, at_most), simulator, &mut give_up) {
                        Exact::GivenUp(bound) => Exact::GivenUp(bound.max(known)),
                        optimum @ Exact::Optimum(..) => optimum,
                    }
                }
                optimum @ Exact::Optimum(..) => optimum,
            }
        }
    };
    match (exact, space) {
        (Exact::Optimum(order, cost), Some(space)) => {
            let order = space.by_rank(cost, &lower_bound, simulator, exact_effort).unwrap_or(order);
            GroupOrder { order, cost, bound: cost }
        }
        (Exact::Optimum(_, bound) | Exact::GivenUp(bound), _) => {
            let effort = effort.improving(simulator);
            let by_rank = (by_rank, known.unwrap_or(NEVER));
            let (order, cost) = improved(by_rank, (group, candidates), simulator, &effort);
            GroupOrder { order, cost, bound: bound.max(in_all).min(cost) }
        }
    }
}

/// What became of the exact search.
enum Exact {
    Optimum(Vec<usize>, Cost),
    /// No order costs less than this.
    GivenUp(Cost),
}

/// The stages of one group of at most 64.
struct Space<'g> {
    members: &'g [usize],
    /// For each member, those that must be merged before.
    before: Vec<Members>,
}

/// A stage that was reached, and the merge that led there.
#[derive(Clone, Copy)]
struct Reached {
    merged: Members,
    stage: StageId,
    cost: Cost,
    came: Option<(usize, usize)>,
}

impl<'g> Space<'g> {
    fn new(group: &'g Group, candidates: &Candidates) -> Option<Space<'g>> {
        let members = &group.members[..];
        if members.len() > Members::BITS as usize {
            return None;
        }
        let bits = |unit: usize| -> Members {
            let must = candidates.must_precede(unit);
            members.iter().enumerate().filter(|(_, unit)| must.contains(unit)).map(|(at, _)| 1 << at).sum()
        };
        let before = members.iter().map(|unit| bits(*unit)).collect();
        Some(Space { members, before })
    }

    fn all(&self) -> Members {
        match self.members.len() {
            64 => Members::MAX,
            count => (1 << count) - 1,
        }
    }

    /// The members to merge next, by rank: all that may be merged now, or only one if it influences
    /// none of the others left, since its position no longer matters.
    fn next(&self, merged: Members, simulator: &dyn Simulator) -> Vec<usize> {
        let left: Vec<usize> = (0..self.members.len()).filter(|at| merged & (1 << at) == 0).collect();
        let meets = |a: usize, b: usize| a != b && simulator.meets(self.members[a], self.members[b]);
        let is_free = |at: &usize| self.before[*at] & !merged == 0;
        let is_done_with = |at: &usize| !left.iter().any(|other| meets(*at, *other));
        match left.iter().copied().find(|at| is_free(at) && is_done_with(at)) {
            Some(any) => vec![any],
            None => left.into_iter().filter(is_free).collect(),
        }
    }

    /// Among the orders that cost no more than `at_most`, as at least one does.
    fn cheapest(
        &self,
        (lower_bound, at_most): (&LowerBound, Cost),
        simulator: &mut dyn Simulator,
        give_up: &mut dyn FnMut(usize, &dyn Simulator) -> bool,
    ) -> Exact {
        let mut reached =
            vec![Reached { merged: 0, stage: simulator.start(), cost: Cost::default(), came: None }];
        let mut known: HashMap<(Members, StageId), Cost> = HashMap::new();
        // the cheapest in all first; of equal ones the one with more merged, then the one found first
        let mut open = BinaryHeap::from([Reverse((lower_bound.left(0), Reverse(0), 0))]);
        let mut merges = 0;
        while let Some(Reverse((in_all, _, at))) = open.pop() {
            let Reached { merged, stage, cost, .. } = reached[at];
            if merged == self.all() {
                return Exact::Optimum(self.path(&reached, at), cost);
            }
            if known.get(&(merged, stage)).is_some_and(|least| *least < cost) {
                continue;
            }
            if give_up(merges, simulator) {
                return Exact::GivenUp(in_all);
            }
            for member in self.next(merged, simulator) {
                let outcome = simulator.merge(stage, self.members[member]);
                merges += 1;
                let (merged, cost) = (merged | 1 << member, cost + outcome.cost);
                let least = known.entry((merged, outcome.after)).or_insert(NEVER);
                if cost < *least {
                    *least = cost;
                    let in_all = cost + lower_bound.left(merged);
                    if in_all > at_most {
                        continue;
                    }
                    open.push(Reverse((in_all, Reverse(merged.count_ones()), reached.len())));
                    reached.push(Reached { merged, stage: outcome.after, cost, came: Some((at, member)) });
                }
            }
        }
        Exact::GivenUp(Cost::default()) // nothing may go first: candidates leave cycles out
    }

    fn path(&self, reached: &[Reached], mut at: usize) -> Vec<usize> {
        let mut order = Vec::new();
        while let Some((from, member)) = reached[at].came {
            order.push(self.members[member]);
            at = from;
        }
        order.reverse();
        order
    }

    /// The first order by rank that costs no more than the optimum; none when looking for it would
    /// take much longer than finding the optimum did.
    fn by_rank(
        &self,
        optimum: Cost,
        lower_bound: &LowerBound,
        simulator: &mut dyn Simulator,
        effort: &Effort,
    ) -> Option<Vec<usize>> {
        let start = (0, simulator.start(), Cost::default());
        let mut dead: HashMap<(Members, StageId), Cost> = HashMap::new();
        let mut stack = vec![(start, self.next(0, simulator).into_iter())];
        let mut order: Vec<usize> = Vec::new();
        let mut merges = 0;
        while let Some(((merged, stage, cost), left)) = stack.last_mut() {
            if *merged == self.all() {
                return Some(order.into_iter().map(|member| self.members[member]).collect());
            }
            let Some(member) = left.next() else {
                dead.insert((*merged, *stage), *cost);
                stack.pop();
                order.pop();
                continue;
            };
            merges += 1;
            if merges > EXACT_MERGES || effort.is_over(simulator) {
                return None;
            }
            let outcome = simulator.merge(*stage, self.members[member]);
            let next = (*merged | 1 << member, outcome.after, *cost + outcome.cost);
            let hopeless = dead.get(&(next.0, next.1)).is_some_and(|cost| *cost <= next.2);
            if !hopeless && next.2 + lower_bound.left(next.0) <= optimum {
                order.push(member);
                stack.push((next, self.next(next.0, simulator).into_iter()));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::{ConflictPath, Lines, RepoPath};
    use crate::planning::order::{PricedMerge, SimulatedMerge};

    /// Units of which each stops, in files that a rule resolves, once for itself and for each later one that is merged already.
    /// A stage is the set of what is merged. Every merge takes so long.
    struct SlowMerges {
        each: usize,
        spent: usize,
        tried: usize,
    }

    impl Simulator for SlowMerges {
        fn start(&self) -> StageId {
            0
        }

        fn merge(&mut self, stage: StageId, unit: usize) -> PricedMerge {
            self.spent += self.each;
            self.tried += 1;
            let cost = Cost { mechanical: 1 + (stage >> unit).count_ones(), ..Cost::default() };
            PricedMerge { cost, after: stage | 1 << unit }
        }

        fn conflicts(&mut self, _: StageId, _: usize) -> Vec<ConflictPath> {
            unreachable!("no step is described")
        }

        fn meets(&self, _: usize, _: usize) -> bool {
            true
        }

        fn changes(&self, _: usize, _: &RepoPath) -> Option<Vec<Lines>> {
            None
        }

        fn paths(&self, _: usize) -> &BTreeSet<RepoPath> {
            unreachable!("no step is described")
        }

        fn touches(&self, _: usize, _: usize) -> bool {
            true
        }

        fn file_versions(&mut self, _: &[usize]) -> Vec<FileVersions> {
            Vec::new()
        }

        fn replay(&mut self, _: &[usize], _: &Effort) -> Vec<SimulatedMerge> {
            unreachable!("nothing is replayed")
        }

        fn widen(&mut self, _: &[usize]) -> bool {
            false
        }

        fn least(&self, _: usize) -> usize {
            0
        }

        fn is_unknown(&self, _: usize) -> bool {
            false
        }

        fn spent(&self) -> usize {
            self.spent
        }

        fn tried(&self) -> usize {
            self.tried
        }

        fn is_full(&self) -> bool {
            false
        }

        fn age_and_size(&self, unit: usize) -> (i64, usize) {
            (unit as i64, 1)
        }
    }

    fn searched(members: Vec<usize>, each: usize) -> (GroupOrder, usize) {
        let candidates = Candidates::of_places(members.len());
        let mut simulator = SlowMerges { each, spent: 0, tried: 0 };
        let group = Group { members };
        let found = search(&group, (&candidates, &[]), &mut simulator, &Effort::new(&|_| false));
        (found, simulator.tried)
    }

    #[test]
    fn a_search_that_is_given_up_knows_what_its_order_costs() {
        let (found, tried) = searched((0..8).collect(), 3_000_000);
        let cost = cost_in_group(
            &found.order,
            &mut SlowMerges { each: 0, spent: 0, tried: 0 },
            &Effort::new(&|_| false),
        );
        assert_eq!(Some(found.cost), cost);
        assert!(found.bound <= found.cost && tried < 40, "{tried} merges, {:?}", found.bound);
    }

    #[test]
    fn an_order_that_is_not_proven_is_made_better() {
        let (found, _) = searched((0..8).rev().collect(), 200_000);
        let backwards = (1..=8).sum();
        assert!(found.cost.mechanical < backwards, "{:?}", found.order);
    }
}
