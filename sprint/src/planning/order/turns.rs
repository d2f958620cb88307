//! Who goes first, as the merge order has it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{PlaceId, TurnOrder, TurnQuestion, TurnStep, Waiter};

use super::cost::cost_in_group;
use super::effort::Effort;
use super::groups::{self, Group};
use super::{Candidates, Simulator, find, shares};

/// Who goes first; `None` where every search would give up before that is known.
pub fn turn_order(
    question: &TurnQuestion,
    candidates: &Candidates,
    simulator: &mut dyn Simulator,
) -> Option<TurnOrder> {
    let effort = Effort::everyday();
    let place = |unit: usize| candidates.units[unit].place;
    let parts = groups::parts(candidates, simulator);
    let places_of = |part: &Group| part.members.iter().map(|unit| place(*unit)).collect();
    let places = together(question, &parts.iter().map(places_of).collect::<Vec<_>>());
    let is_wanted = |part: &Group| places.contains(&place(part.members[0]));
    // merging each of its members once is the beginning of every search
    let gives_up = |part: &Group| {
        let least = part.members.iter().map(|unit| simulator.least(*unit)).sum();
        effort.is_less_than(least, shares(&parts))
    };
    if parts.iter().any(|part| is_wanted(part) && gives_up(part)) {
        return None;
    }
    let found = find(candidates, parts, simulator, &effort, &is_wanted);
    if found.is_cut || found.bound < found.cost {
        return None;
    }
    let effort = effort.share(simulator, 1);
    let units = found.order.iter().map(|(unit, _)| &candidates.units[*unit]);
    let steps = units.zip(&found.outcomes).map(|(unit, outcome)| {
        let step = TurnStep { ready: unit.ready, stops: outcome.cost.stops() };
        Waiter { place: unit.place, step: Some(step) }
    });
    let steps = steps.collect();
    let order: Vec<usize> = found.order.iter().map(|(unit, _)| *unit).collect();
    let mut dearer = BTreeMap::new();
    for group in groups::groups(candidates, simulator) {
        let order = group.ordered_as(&order);
        let pairs = order.iter().enumerate().flat_map(|(at, _)| (0..at).map(move |first| (first, at)));
        let now = cost_in_group(&order, simulator, &effort);
        for (first, second) in pairs {
            if !simulator.meets(order[first], order[second]) {
                continue;
            }
            let mut turned = order.clone();
            turned[first..=second].rotate_right(1);
            let turned = cost_in_group(&turned, simulator, &effort);
            if let (Some(turned), Some(now)) = (turned, now)
                && turned > now
            {
                let places = [order[first], order[second]].map(|unit| candidates.units[unit].place);
                dearer.insert(places, turned.more_than(now));
            }
        }
    }
    Some(TurnOrder { places, steps, dearer })
}

/// The places that are asked for, and those that belong together with any of them, in one of the parts or
/// because one waits for the other.
fn together(question: &TurnQuestion, parts: &[Vec<PlaceId>]) -> BTreeSet<PlaceId> {
    let mut found = question.places.clone();
    let mut open: Vec<PlaceId> = found.iter().copied().collect();
    while let Some(place) = open.pop() {
        let sets = parts.iter().map(|part| &part[..]).chain(question.waits.iter().map(|two| &two[..]));
        let more: Vec<PlaceId> = sets.filter(|set| set.contains(&place)).flatten().copied().collect();
        open.extend(more.into_iter().filter(|other| found.insert(*other)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ConflictPath, FileVersions, Lines, RepoPath};
    use crate::planning::order::{PricedMerge, SimulatedMerge, StageId};

    /// So many units that touch one path, and what each takes; nothing is to be merged.
    struct AllTouching(usize);

    impl Simulator for AllTouching {
        fn start(&self) -> StageId {
            0
        }

        fn merge(&mut self, _: StageId, _: usize) -> PricedMerge {
            unreachable!("it is known before that the search gives up")
        }

        fn conflicts(&mut self, _: StageId, _: usize) -> Vec<ConflictPath> {
            unreachable!("it is known before that the search gives up")
        }

        fn meets(&self, _: usize, _: usize) -> bool {
            false
        }

        fn changes(&self, _: usize, _: &RepoPath) -> Option<Vec<Lines>> {
            None
        }

        fn paths(&self, _: usize) -> &BTreeSet<RepoPath> {
            unreachable!("it is known before that the search gives up")
        }

        fn touches(&self, _: usize, _: usize) -> bool {
            true
        }

        fn file_versions(&mut self, _: &[usize]) -> Vec<FileVersions> {
            unreachable!("it is known before that the search gives up")
        }

        fn replay(&mut self, _: &[usize], _: &Effort) -> Vec<SimulatedMerge> {
            unreachable!("it is known before that the search gives up")
        }

        fn widen(&mut self, _: &[usize]) -> bool {
            false
        }

        fn least(&self, _: usize) -> usize {
            self.0
        }

        fn is_unknown(&self, _: usize) -> bool {
            false
        }

        fn spent(&self) -> usize {
            0
        }

        fn tried(&self) -> usize {
            0
        }

        fn is_full(&self) -> bool {
            false
        }

        fn age_and_size(&self, _: usize) -> (i64, usize) {
            (0, 0)
        }
    }

    #[test]
    fn what_no_search_can_find_is_not_searched_for() {
        let count = 300;
        let candidates = Candidates::of_places(count);
        let question = TurnQuestion {
            target: None,
            units: candidates.turn_units(),
            places: BTreeSet::from([0, 1]),
            waits: Vec::new(),
            kinds: Vec::new(),
        };
        assert_eq!(turn_order(&question, &candidates, &mut AllTouching(220)), None);
    }
}
