//! The merge order: the cheapest sequence of merges, with proof.
//!
//! ```text
//!  terminals ─> candidates ─> groups ─> search in each ─> one sequence ─> replay ─> steps
//! ```
//!
//! The cost of a merge depends on what was merged before it. Terminals that cannot influence each
//! other are put into different groups. In each group the search visits the states that merging can
//! lead to, the cheapest first, until everything is merged: no order costs less. The orders of the
//! groups are joined and merged once more from first to last, with the parents that git will see. If
//! that costs something else than the search found, the groups were too narrow, and the search is
//! repeated with wider ones.

mod baselines;
mod candidates;
mod commands;
mod cost;
mod effort;
mod explained;
mod groups;
mod improved;
mod lower_bound;
mod reasons;
mod refusals;
mod search;
mod steps;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::{
    ConflictPath, Cost, Facts, MergeOrder, Oid, PlaceId, Reason, RepoPath, TargetCheckout, Terminal,
    TurnStep, Waiter,
};

use commands::place;
use cost::cost_in_group;
use explained::explain;
use steps::StepContext;

pub use candidates::{Candidates, Unit};
pub use effort::{Effort, SearchProgress};
pub use search::ALWAYS_PROVEN;

/// What a merge order is asked for.
#[derive(Clone, Debug, Default)]
pub struct OrderOptions {
    /// Only these terminals, where any are named.
    pub only: Vec<String>,
    /// Without these terminals.
    pub exclude: Vec<String>,
    /// The first of two goes after the second.
    pub after: Vec<(String, String)>,
    /// Terminals whose work the target has, though nobody completed it: nothing waits for them.
    pub merged: Vec<String>,
    /// A terminal whose position is to be explained.
    pub explain: Option<String>,
    /// Merge the steps once more, from nothing, and compare.
    pub verify: bool,
}

/// What the order is made from.
pub struct OrderQuestion<'a> {
    /// What was observed.
    pub facts: &'a Facts,
    /// What is asked for.
    pub options: &'a OrderOptions,
    /// Places whose commits turned out to be unreadable.
    pub unreadable: &'a [(PlaceId, Reason)],
    /// Places that have no commit in common with the target, and that nobody named.
    pub unrelated: &'a [PlaceId],
    /// Whether git takes the short name of a branch for something else, such as a tag.
    pub is_ambiguous: &'a dyn Fn(&str) -> bool,
}

/// More than any order costs.
const NEVER: Cost = Cost { steps: u32::MAX / 4, hunks: u32::MAX / 4 };

impl OrderQuestion<'_> {
    /// Whether a terminal is among `only`, where any are, and not among `exclude`.
    fn is_asked_for(&self, terminal: &Terminal) -> bool {
        let OrderOptions { only, exclude, .. } = self.options;
        (only.is_empty() || only.contains(&terminal.id)) && !exclude.contains(&terminal.id)
    }
}

/// Which stage of a [`Simulator`].
pub type StageId = u32;

/// One merge, as it was simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedMerge {
    /// What a person has to resolve.
    pub cost: Cost,
    /// The stage after it.
    pub after: StageId,
    /// The target's tree after it, where that was made.
    pub tree: Option<Oid>,
    /// Where it stops.
    pub conflicts: Vec<ConflictPath>,
    /// Paths whose result is unknown, with the reason.
    pub undecided: Vec<(RepoPath, Reason)>,
    /// Why the merge could not be simulated at all; then the stage stays as it was.
    pub failure: Option<Reason>,
    /// The paths that git writes or removes in the target's worktree; only of a replayed merge.
    pub touched: Vec<RepoPath>,
}

/// Merges the candidates' work into the target, in memory.
pub trait Simulator {
    /// The target before any merge.
    fn start(&self) -> StageId;
    /// Merges one more unit.
    fn merge(&mut self, stage: StageId, unit: usize) -> Rc<SimulatedMerge>;
    /// Whether the order of two units may matter to what merging them does.
    fn meets(&self, a: usize, b: usize) -> bool;
    /// Whether two units touch a path in common.
    fn touches(&self, a: usize, b: usize) -> bool;
    /// Merges all of them in this order, with the parents that git will see; unknown from where the time is
    /// up.
    fn replay(&mut self, order: &[usize], effort: &Effort) -> Vec<Rc<SimulatedMerge>>;
    /// Sees more units as mattering to each other; false when all do already.
    fn widen(&mut self) -> bool;
    /// How much work was done so far, about as many microseconds; the same for the same questions.
    fn spent(&self) -> usize;
    /// How many merges were tried.
    fn tried(&self) -> usize;
    /// Whether it keeps as much as it may.
    fn is_full(&self) -> bool;
    /// The committer time of a unit's head, and how many lines its commits change.
    fn age_and_size(&self, unit: usize) -> (i64, usize);
}

/// A sequence, and what is proven of it.
struct FoundOrder {
    /// Units, each with its batch.
    order: Vec<(usize, usize)>,
    outcomes: Vec<Rc<SimulatedMerge>>,
    cost: Cost,
    bound: Cost,
}

/// Decides in which order to merge.
pub fn merge_order(
    question: &OrderQuestion,
    checkout: &TargetCheckout,
    candidates: &Candidates,
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> MergeOrder {
    let found = find(candidates, simulator, effort);
    let order: Vec<usize> = found.order.iter().map(|(unit, _)| *unit).collect();
    let groups = groups::groups(candidates, simulator);
    let mut steps = Vec::new();
    for (at, (_, batch)) in found.order.iter().enumerate() {
        let (groups, order, batch) = (&groups, &order, *batch);
        let context = StepContext { question, checkout, candidates, groups, order, at, batch };
        steps.push(context.step(&found.outcomes, simulator, effort));
    }
    MergeOrder {
        target: question.facts.target.name.clone(),
        place: place(question.facts, checkout),
        under_way: question.facts.under_way_at_target().cloned(),
        cost: found.cost,
        optimal: found.bound >= found.cost,
        bound: found.bound.min(found.cost),
        baselines: baselines::baselines(candidates, &groups, simulator, effort),
        waiting: candidates.waiting.clone(),
        left_out: candidates.left_out.clone(),
        cycles: candidates.cycles.clone(),
        explanation: question
            .options
            .explain
            .as_ref()
            .map(|terminal| explain(terminal, candidates, &order, &groups, simulator, effort)),
        verified: None,
        steps,
    }
}

/// The merge order, as far as it says who goes first.
#[derive(Debug, Default)]
pub struct TurnOrder {
    /// The places that have a step, first to last.
    pub steps: Vec<Waiter>,
    /// For two of them that matter to each other: what it would cost more if the second went just before
    /// the first.
    pub dearer: BTreeMap<[PlaceId; 2], Cost>,
}

/// Who goes first; `None` where every search would give up before that is known.
pub fn turn_order(candidates: &Candidates, simulator: &mut dyn Simulator) -> Option<TurnOrder> {
    let effort = Effort::everyday();
    let found = find(candidates, simulator, &effort);
    if effort.is_over(simulator) || found.bound < found.cost {
        return None;
    }
    let units = found.order.iter().map(|(unit, _)| &candidates.units[*unit]);
    let steps = units.zip(&found.outcomes).map(|(unit, outcome)| {
        let registered = unit.is_registered.then_some(unit.registered);
        let step = TurnStep { ready: unit.ready, stops: outcome.cost.steps > 0, registered };
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
    Some(TurnOrder { steps, dearer })
}

/// Searches, and replays what was found until both agree.
fn find(candidates: &Candidates, simulator: &mut dyn Simulator, effort: &Effort) -> FoundOrder {
    loop {
        let groups = groups::groups(candidates, simulator);
        let mut expected = Cost::default();
        let mut bound = Cost::default();
        let mut orders = Vec::new();
        for group in &groups {
            let found = search::search(group, candidates, simulator, effort);
            expected += found.cost;
            bound += found.bound;
            orders.push(found.order);
        }
        let order = groups::in_one(&orders, candidates, simulator);
        let sequence: Vec<usize> = order.iter().map(|(unit, _)| *unit).collect();
        let outcomes = simulator.replay(&sequence, effort);
        let cost: Cost = outcomes.iter().map(|outcome| outcome.cost).sum();
        if cost == expected {
            return FoundOrder { order, outcomes, cost, bound };
        }
        if effort.is_over(simulator) || !simulator.widen() {
            return FoundOrder { order, outcomes, cost, bound: Cost::default() };
        }
    }
}
