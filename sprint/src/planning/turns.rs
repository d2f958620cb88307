//! Who goes first of terminals whose work conflicts.
//!
//! The merge order says it of the work that has a step there. Work that has none has its position too:
//! what is not committed yet goes where it costs least, and what cannot be merged at all for now goes last.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Cost, Facts, FirstFor, HeldBack, Oid, Pair, PairJudgement, PlaceId, StatusKind, StoryId, Terminal, Tip,
    TurnOrder, TurnQuestion, TurnUnit, Turns, Verdict, Waiter, natural_order,
};

use super::blocking::is_terminal_complete;
use super::registration::Registration;
use super::story_cycles::StoryCycles;

/// Which of two terminals goes first, and why.
pub struct Precedence<'a> {
    /// The one that goes first.
    pub first: &'a Terminal,
    /// The other one.
    pub second: &'a Terminal,
    /// Why.
    pub reason: FirstFor,
}

impl Precedence<'_> {
    /// `Terminal-1 first: Terminal-3 waits for it. Then update Terminal-2 from main.`
    pub fn advice(&self, facts: &Facts) -> String {
        format!(
            "{} first: {}. Then update {} from {}.",
            facts.shown_apart(self.first),
            self.reason.of_it(),
            facts.shown_apart(self.second),
            facts.target.later_name()
        )
    }
}

/// Which of two terminals in different places goes first; `None` where the order is not known.
pub fn precedence<'a>(
    a: &'a Terminal,
    b: &'a Terminal,
    facts: &'a Facts,
    turns: &Turns,
) -> Option<Precedence<'a>> {
    let places = [a.place()?, b.place()?];
    let choose = |a_first: bool, reason| {
        let (first, second) = if a_first { (a, b) } else { (b, a) };
        Precedence { first, second, reason }
    };
    let is_at_target = places.map(|place| facts.is_at_target(place));
    if is_at_target[0] != is_at_target[1] {
        return Some(choose(is_at_target[0], FirstFor::Target));
    }
    let later = [a, b].map(|one| is_later(one, facts));
    if later[0] != later[1] {
        let (late, other) = if later[0] { (a, b) } else { (b, a) };
        let place = if later[0] { places[1] } else { places[0] };
        let step = turns.position(place).and_then(|at| turns.line[at].step);
        let (late_first, reason) = if waits_for(other, late, facts) {
            (true, FirstFor::Awaited(vec![facts.shown_apart(other)]))
        } else if other.is_complete() {
            (false, FirstFor::Completed)
        } else if step.is_some_and(|step| step.ready) && !other.sessions.is_empty() {
            (false, FirstFor::Ready)
        } else if step.is_some() && other.sessions.is_empty() {
            // nobody says that it is done, so that the other one is not ready either says nothing
            (false, FirstFor::MergeOrder)
        } else {
            (false, FirstFor::OtherHeld(facts.shown_apart(late)))
        };
        return Some(choose(later[0] == late_first, reason));
    }
    let [at_a, at_b] = places.map(|place| turns.position(place));
    let a_first = at_a? < at_b?;
    let [first, second] = if a_first { places } else { [places[1], places[0]] };
    Some(choose(a_first, Contender::new(facts, first).reason_before(&Contender::new(facts, second), turns)))
}

/// Whether what its place can merge now is the work of others, which were completed there before: then it has no step yet.
fn is_later(terminal: &Terminal, facts: &Facts) -> bool {
    let Some(place) = terminal.place() else { return false };
    let number = |one: &Terminal| one.own.as_ref().map_or(0, |own| own.number);
    let open = facts.open_at(place);
    let unfinished = open.iter().filter(|one| !one.is_complete()).map(|one| number(one)).min();
    let Some(first) = unfinished.filter(|first| number(terminal) >= *first) else { return false };
    let before = open.iter().filter(|one| number(one) < first).max_by_key(|one| number(one));
    before.and_then(|last| last.own.as_ref()).is_some_and(|own| own.stands_alone)
}

/// What the merge order is asked about who goes first of those whose work conflicts, and `also` of these
/// places. `units`: the work that can be merged.
pub fn turn_question(
    facts: &Facts,
    pairs: &BTreeMap<Pair<PlaceId>, PairJudgement>,
    also: &BTreeSet<PlaceId>,
    units: Vec<TurnUnit>,
) -> TurnQuestion {
    let conflicts = pairs.iter().filter(|(_, met)| met.verdict == Verdict::Conflict);
    let places: BTreeSet<PlaceId> = conflicts.flat_map(|(pair, _)| [*pair.a(), *pair.b()]).collect();
    // one step stands for all worktrees of a branch
    let asked = places.iter().chain(also).flat_map(|place| [*place, facts.merged_at(*place)]);
    let asked: BTreeSet<PlaceId> = asked.collect();
    let all: Vec<Contender> = (0..facts.places.len()).map(|place| Contender::new(facts, place)).collect();
    let may_wait: Vec<bool> = all.iter().map(Contender::may_wait).collect();
    let waiting = |at: usize, other: usize| {
        (may_wait[at] && all[at].waits_for(&all[other]))
            || (may_wait[other] && all[other].waits_for(&all[at]))
    };
    let waits = (0..all.len()).flat_map(|at| {
        let others = (0..at).filter({
            let waiting = &waiting;
            move |other| waiting(at, *other)
        });
        others.map(move |other| [other, at])
    });
    TurnQuestion {
        target: facts.target.head,
        units,
        places: asked,
        waits: waits.collect(),
        kinds: facts.kinds.own().to_vec(),
    }
}

/// The line of the places that the order is about.
pub fn turns(facts: &Facts, pairs: &BTreeMap<Pair<PlaceId>, PairJudgement>, order: TurnOrder) -> Turns {
    let asked = order.places;
    // the step of a commit stands for all places that are at it and have none of their own
    let with_step: BTreeSet<PlaceId> = order.steps.iter().map(|waiter| waiter.place).collect();
    let mut open: BTreeSet<PlaceId> =
        (0..facts.places.len()).filter(|place| !with_step.contains(place)).collect();
    let head = |place: PlaceId| facts.tip_at(place).filter(|tip| !tip.is_settled()).and_then(|tip| tip.head);
    let mut at_head: BTreeMap<Oid, Vec<PlaceId>> = BTreeMap::new();
    open.iter().filter_map(|at| Some((head(*at)?, *at))).for_each(|(head, at)| {
        at_head.entry(head).or_default().push(at);
    });
    let mut line = Vec::new();
    for waiter in order.steps {
        let same = head(waiter.place).and_then(|head| at_head.get(&head)).into_iter().flatten();
        let twins = facts.twins.iter().filter(|(_, first)| **first == waiter.place).map(|(at, _)| at);
        let there: BTreeSet<PlaceId> = same.chain(twins).copied().collect();
        let twins: Vec<PlaceId> = there.into_iter().filter(|at| open.remove(at)).collect();
        let step = waiter.step;
        line.push(waiter);
        line.extend(twins.into_iter().map(|place| Waiter { place, step }));
    }
    let mut turns = Turns { line, dearer: order.dearer, held: BTreeMap::new() };
    let places: Vec<Contender> = (0..facts.places.len()).map(|place| Contender::new(facts, place)).collect();
    let conflicts = |a: PlaceId, b: PlaceId| {
        Pair::new(a, b).and_then(|pair| pairs.get(&pair)).is_some_and(|met| met.verdict == Verdict::Conflict)
    };
    let without_step =
        places.iter().filter(|place| asked.contains(&place.id) && turns.position(place.id).is_none());
    let mut without_step: Vec<&Contender> = without_step.collect();
    without_step.sort_by(|a, b| b.rank().cmp(&a.rank()).then_with(|| a.by_name(b)));
    let held = held(&places, &turns);
    let (mut waiting, uncommitted): (Vec<&Contender>, Vec<&Contender>) =
        without_step.into_iter().partition(|place| held.contains_key(&place.id));
    waiting.sort_by_key(|place| (held.get(&place.id), !place.has_commits()));
    let mut stopping = BTreeSet::new();
    for (at, waiter) in turns.line.iter().enumerate() {
        let meets_earlier = || turns.line[..at].iter().any(|other| conflicts(waiter.place, other.place));
        if waiter.step.map_or_else(meets_earlier, |step| step.stops) {
            stopping.insert(waiter.place);
        }
    }
    for place in uncommitted {
        place.stand_in((&mut turns, &mut stopping), &places, &conflicts);
    }
    for place in waiting {
        let [from, to] = place.bounds(&turns, &places);
        turns.line.insert(from.max(to), Waiter { place: place.id, step: None });
    }
    turns.held = held;
    turns
}

/// The places that cannot be merged for now, whatever else is, and those that wait for one of them.
fn held(places: &[Contender], turns: &Turns) -> BTreeMap<PlaceId, HeldBack> {
    let Some(any) = places.first() else { return BTreeMap::new() };
    let cycles = StoryCycles::of(any.facts);
    let without_step: Vec<&Contender> =
        places.iter().filter(|place| turns.position(place.id).is_none()).collect();
    let those = |is_one: &dyn Fn(&Contender) -> bool| -> Vec<PlaceId> {
        without_step.iter().filter(|place| is_one(place)).map(|place| place.id).collect()
    };
    let in_vain = those(&|place| place.waits_in_vain(&cycles));
    let committed = those(&|place| place.has_commits());
    let may_wait: Vec<&Contender> = without_step.iter().copied().filter(|place| place.may_wait()).collect();
    let mut held = BTreeMap::new();
    for (level, mut found) in [(HeldBack::InVain, in_vain), (HeldBack::ForNow, committed)] {
        while let Some(next) = found.pop() {
            if held.contains_key(&next) {
                continue;
            }
            held.insert(next, level);
            let waiting = may_wait.iter().filter(|place| place.waits_for(&places[next]));
            found.extend(waiting.map(|place| place.id));
        }
    }
    held
}

/// A place with those who work there.
struct Contender<'a> {
    facts: &'a Facts,
    id: PlaceId,
    /// In natural order.
    terminals: Vec<&'a Terminal>,
}

impl<'a> Contender<'a> {
    fn new(facts: &'a Facts, id: PlaceId) -> Contender<'a> {
        Contender { facts, id, terminals: facts.open_at(id) }
    }

    /// What makes it go before others where nothing else tells: completeness, how many wait for it,
    /// priority.
    fn rank(&self) -> (bool, usize, i64) {
        (self.is_complete(), self.waiting().len(), self.priority())
    }

    /// Its name, as people are shown it.
    fn shown(&self) -> String {
        let named = self.terminals.first().map(|terminal| self.facts.shown_apart(terminal));
        named.unwrap_or_else(|| self.facts.places[self.id].name.clone())
    }

    fn by_name(&self, other: &Contender) -> std::cmp::Ordering {
        let name =
            |place: &Contender| place.terminals.first().map_or("", |terminal| &terminal.id).to_string();
        natural_order(&name(self), &name(other))
    }

    fn is_registered(&self) -> bool {
        self.terminals.iter().any(|terminal| !terminal.sessions.is_empty())
    }

    fn is_complete(&self) -> bool {
        !self.terminals.is_empty() && self.terminals.iter().all(|terminal| terminal.is_complete())
    }

    fn priority(&self) -> i64 {
        let declared = |terminal: &&Terminal| terminal.says(|session| session.priority);
        self.terminals.iter().filter_map(declared).max().unwrap_or(0)
    }

    fn has_commits(&self) -> bool {
        self.facts.tip_at(self.id).is_some_and(|tip| tip.ahead > 0 && !tip.is_settled())
    }

    /// Whether it is set aside, or waits for a story or terminal that is not complete and of which there is no work.
    fn waits_in_vain(&self, cycles: &StoryCycles) -> bool {
        let book = &self.facts.book;
        let is_there = |is_needed: &dyn Fn(&Terminal) -> bool| {
            let mut others = self.facts.terminals.iter().filter(|other| is_needed(other));
            others.any(|other| self.facts.own_tip(other).is_some_and(Tip::has_begun))
        };
        let lacks_story = |terminal: &Terminal| {
            let story = terminal.story.as_ref();
            let state = story.and_then(|story| book.dependency(story));
            let mut needed = state.iter().flat_map(|state| &state.waiting_for);
            story.is_some_and(|story| cycles.stops(book, story))
                || needed.any(|needed| {
                    let is_of_it = |story: &StoryId| book.index.same(story, needed);
                    !is_there(&|other| other.story.as_ref().is_some_and(is_of_it))
                })
        };
        let lacks_terminal = |terminal: &Terminal| {
            terminal.sessions.iter().any(|session| {
                let all = || self.facts.terminals.iter().flat_map(|terminal| &terminal.sessions);
                let mut open = session.blocked_by.iter();
                open.any(|id| {
                    !is_terminal_complete(id, &session.at.file, all(), book)
                        && !is_there(&|other| other.id == *id)
                })
            })
        };
        let is_set_aside = !self.terminals.is_empty()
            && self.terminals.iter().all(|terminal| {
                let mut kinds = terminal.sessions.iter().map(|session| session.status.kind()).peekable();
                kinds.peek().is_some() && kinds.all(|kind| kind == StatusKind::Inactive)
            });
        is_set_aside
            || self.terminals.iter().any(|terminal| lacks_story(terminal) || lacks_terminal(terminal))
    }

    /// Who waits for it, elsewhere.
    fn waiting(&self) -> Vec<&'a Terminal> {
        let others = self.facts.terminals.iter().filter(|other| other.place() != Some(self.id));
        others.filter(|other| self.terminals.iter().any(|own| waits_for(other, own, self.facts))).collect()
    }

    /// Whether someone here may wait for anyone.
    fn may_wait(&self) -> bool {
        self.terminals.iter().any(|own| own.story.is_some() || own.blocked_by().next().is_some())
    }

    /// Whether someone here waits for someone there, by `blocked_by` or by the story.
    fn waits_for(&self, other: &Contender) -> bool {
        let waits = |own: &&Terminal| other.terminals.iter().any(|other| waits_for(own, other, self.facts));
        self.terminals.iter().any(waits)
    }

    /// The positions in the line that it can have: behind what it waits for, before what waits for it.
    fn bounds(&self, turns: &Turns, places: &[Contender]) -> [usize; 2] {
        let mut others = turns.line.iter().map(|other| &places[other.place]);
        let before = others.position(|other| other.waits_for(self)).unwrap_or(turns.line.len());
        let needed = turns.line.iter().rposition(|other| self.waits_for(&places[other.place]));
        [needed.map_or(0, |at| at + 1), before]
    }

    /// Puts it where the fewest merges would stop that would not stop otherwise, of equal positions where
    /// it goes behind what outranks it. `stopping`: those in the line whose merges stop as it is.
    fn stand_in(
        &self,
        (turns, stopping): (&mut Turns, &mut BTreeSet<PlaceId>),
        places: &[Contender],
        conflicts: &dyn Fn(PlaceId, PlaceId) -> bool,
    ) {
        let [from, to] = self.bounds(turns, places);
        let met: Vec<bool> = turns.line.iter().map(|other| conflicts(self.id, other.place)).collect();
        let outranked: Vec<bool> =
            turns.line.iter().map(|other| self.rank() > places[other.place].rank()).collect();
        let stops = |at: &usize| stopping.contains(&turns.line[*at].place);
        let cost = |at: usize| {
            let own = u32::from(met[..at].contains(&true));
            let later = (at..met.len()).filter(|other| met[*other] && !stops(other));
            own + u32::try_from(later.count()).unwrap_or(u32::MAX - 1)
        };
        let against_rank = |at: usize| {
            let wrong = |other: &usize| met[*other] && outranked[*other] == (*other < at);
            (0..met.len()).filter(wrong).count()
        };
        let last = from.max(to);
        let possible = if met.contains(&true) { from..=last } else { last..=last };
        let best = possible.min_by_key(|at| (cost(*at), against_rank(*at), last - at)).unwrap_or(last);
        for (at, other) in turns.line.iter().enumerate().filter(|(at, _)| met[*at]) {
            let turned = if at < best { cost(at) } else { cost(at + 1) };
            if turned > cost(best) {
                let more = Cost { steps: turned - cost(best), ..Cost::default() };
                let pair = if at < best { [other.place, self.id] } else { [self.id, other.place] };
                turns.dearer.insert(pair, more);
            }
        }
        let stops_now = (best..met.len()).filter(|at| met[*at]).map(|at| turns.line[at].place);
        stopping.extend(stops_now.chain(met[..best].contains(&true).then_some(self.id)));
        turns.line.insert(best, Waiter { place: self.id, step: None });
    }

    /// Why it goes before another one.
    fn reason_before(&self, other: &Contender, turns: &Turns) -> FirstFor {
        let step = |place: &Contender| turns.line[turns.position(place.id)?].step;
        let (own_step, other_step) = (step(self), step(other));
        let waiting: Vec<String> = other
            .terminals
            .iter()
            .filter(|waiting| self.terminals.iter().any(|own| waits_for(waiting, own, self.facts)))
            .map(|waiting| self.facts.shown_apart(waiting))
            .collect();
        if !waiting.is_empty() {
            return FirstFor::Awaited(waiting);
        }
        if self.is_complete() && !other.is_complete() {
            return FirstFor::Completed;
        }
        let held = [self, other].map(|place| turns.held.get(&place.id));
        if held[0] < held[1] {
            // nobody says that it is done, so that the other one is not ready either says nothing
            return match own_step.is_some() && !self.is_registered() {
                true => FirstFor::MergeOrder,
                false => FirstFor::OtherHeld(other.shown()),
            };
        }
        if let Some(more) = turns.dearer.get(&[self.id, other.id]) {
            return match (own_step, other_step) {
                (Some(_), Some(_)) => FirstFor::Cheaper(*more),
                (Some(_), None) | (None, _) => FirstFor::Saves(*more),
            };
        }
        match (own_step, other_step) {
            (Some(own), Some(late)) if own.ready && !late.ready => {
                // without a session, nobody says that it is done
                return match self.is_registered() || !other.is_registered() {
                    true => FirstFor::Ready,
                    false => FirstFor::OtherHeld(other.shown()),
                };
            }
            (None, _) if self.waiting().len() > other.waiting().len() => {
                return FirstFor::Awaited(
                    self.waiting().iter().map(|it| self.facts.shown_apart(it)).collect(),
                );
            }
            (Some(_), Some(_)) | (None, None) | (Some(_), None) | (None, Some(_)) => {}
        }
        if self.priority() > other.priority() {
            return FirstFor::Priority;
        }
        if self.has_commits() && !other.has_commits() {
            return match self.facts.tip_at(self.id).is_some_and(Tip::is_dirty) {
                true => FirstFor::PartlyCommitted,
                false => FirstFor::Committed,
            };
        }
        let registered = |place: &Contender| {
            let is_there = |id: &str| place.terminals.iter().any(|terminal| terminal.id == id);
            own_step.and_then(|_| Registration::first(self.facts, is_there))
        };
        match (own_step, registered(self), registered(other)) {
            (_, Some(own), Some(other)) if own.is_before(&other) => FirstFor::Registered,
            (_, None, None) if own_step.is_some() == other_step.is_some() && self.by_name(other).is_lt() => {
                FirstFor::Name
            }
            (Some(_), ..) => FirstFor::MergeOrder,
            (None, ..) => FirstFor::Placed,
        }
    }
}

fn waits_for(waits: &Terminal, needed: &Terminal, facts: &Facts) -> bool {
    let by_story = match (&waits.story, &needed.story) {
        (Some(story), Some(needed)) => facts.book.needs(story, needed),
        _ => false,
    };
    by_story || waits.blocked_by().any(|id| *id == needed.id)
}
