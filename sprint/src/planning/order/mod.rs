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
//! a part of them, those that change paths in common, costs something else there than the search found, its
//! groups were too narrow, and its search is repeated with wider ones. Who goes first is asked only of the
//! parts that matter to the question; each is searched as it is for the whole order.

mod arborescence;
mod baselines;
mod batches;
mod candidates;
mod commands;
mod contested;
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
mod turns;
mod weight;

use std::collections::BTreeSet;

use crate::model::{
    ConflictPath, Cost, Facts, FileVersions, Lines, MergeOrder, Oid, PlaceId, Reason, RepoPath, Selection,
    TargetCheckout, Terminal,
};

use commands::place;
use contested::Contested;
use explained::explain;
use groups::Group;
use steps::StepContext;

pub use candidates::{Candidates, Unit};
pub use effort::{Effort, IsLate, SearchProgress};
pub use reasons::AT_ANY_POINT;
pub use search::ALWAYS_PROVEN;
pub use turns::turn_order;

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
    /// Without those where a merge is in progress: the commit that they will have is not there yet.
    pub only_committed: bool,
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
const NEVER: Cost =
    Cost { steps: u32::MAX / 4, hunks: u32::MAX / 4, mechanical: 0, breaks: 0, unknown_steps: 0, unknown: 0 };

impl OrderQuestion<'_> {
    /// Whether a terminal is among `only`, where any are, and not among `exclude`.
    fn is_asked_for(&self, terminal: &Terminal) -> bool {
        let OrderOptions { only, exclude, .. } = self.options;
        (only.is_empty() || only.contains(&terminal.id)) && !exclude.contains(&terminal.id)
    }
}

/// Which stage of a [`Simulator`].
pub type StageId = u32;

/// One merge, as it was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricedMerge {
    /// What a person has to resolve.
    pub cost: Cost,
    /// The stage after it; that before it where it could not be simulated.
    pub after: StageId,
}

/// One merge of the order found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedMerge {
    /// What a person has to resolve.
    pub cost: Cost,
    /// The target's tree after it, where that was made.
    pub tree: Option<Oid>,
    /// Where it stops.
    pub conflicts: Vec<ConflictPath>,
    /// Paths whose result is unknown, with the reason.
    pub undecided: Vec<(RepoPath, Reason)>,
    /// Why the merge could not be simulated at all.
    pub failure: Option<Reason>,
    /// The paths that git writes or removes in the target's worktree.
    pub touched: Vec<RepoPath>,
}

/// Merges the candidates' work into the target, in memory.
pub trait Simulator {
    /// The target before any merge.
    fn start(&self) -> StageId;
    /// Merges one more unit.
    fn merge(&mut self, stage: StageId, unit: usize) -> PricedMerge;
    /// Where that merge stops. It is made again for this.
    fn conflicts(&mut self, stage: StageId, unit: usize) -> Vec<ConflictPath>;
    /// Whether the order of two units may matter to what merging them does.
    fn meets(&self, a: usize, b: usize) -> bool;
    /// The lines of the target's version of a file that merging a unit alone changes; `None` where more than
    /// lines differs.
    fn changes(&self, unit: usize, path: &RepoPath) -> Option<Vec<Lines>>;
    /// Every path that a unit touches.
    fn paths(&self, unit: usize) -> &BTreeSet<RepoPath>;
    /// Whether two units touch a path in common.
    fn touches(&self, a: usize, b: usize) -> bool;
    /// What merging these units makes of the files in which they can conflict and which nobody renames.
    fn file_versions(&mut self, units: &[usize]) -> Vec<FileVersions>;
    /// Merges all of them in this order, with the parents that git will see; unknown from where the time is
    /// up.
    fn replay(&mut self, order: &[usize], effort: &Effort) -> Vec<SimulatedMerge>;
    /// Sees more of these units as mattering to each other; false when all do already.
    fn widen(&mut self, units: &[usize]) -> bool;
    /// What merging a unit for the first time adds to what was spent, at the least.
    fn least(&self, unit: usize) -> usize;
    /// How much work was done so far, about as many microseconds; the same for the same questions.
    fn spent(&self) -> usize;
    /// How many merges were tried.
    fn tried(&self) -> usize;
    /// Whether the outcome of any merge of a unit was unknown.
    fn is_unknown(&self, unit: usize) -> bool;
    /// Whether it keeps as much as it may.
    fn is_full(&self) -> bool;
    /// The committer time of a unit's head, and how many lines its commits change.
    fn age_and_size(&self, unit: usize) -> (i64, usize);
}

/// A sequence, and what is proven of it.
struct FoundOrder {
    /// Units, each with its batch.
    order: Vec<(usize, usize)>,
    outcomes: Vec<SimulatedMerge>,
    cost: Cost,
    /// No order costs less, where whatever is unknown stops.
    bound: Cost,
    /// No order costs less, whatever becomes of what is unknown.
    sure_bound: Cost,
    /// Whether anything of it, or of another order, is unknown.
    is_open: bool,
    /// Whether a share was spent before its search was complete.
    is_cut: bool,
}

/// Decides in which order to merge.
pub fn merge_order(
    question: &OrderQuestion,
    checkout: &TargetCheckout,
    candidates: &Candidates,
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> MergeOrder {
    let parts = groups::parts(candidates, simulator);
    let found = find(candidates, parts, simulator, effort, &|_| true);
    let order: Vec<usize> = found.order.iter().map(|(unit, _)| *unit).collect();
    let groups = groups::groups(candidates, simulator);
    let mut steps = Vec::new();
    for (at, (_, batch)) in found.order.iter().enumerate() {
        let (groups, order, batch) = (&groups, &order, *batch);
        let is_proven = found.sure_bound >= found.cost;
        let context = StepContext { question, checkout, candidates, groups, order, is_proven, at, batch };
        steps.push(context.step(&found.outcomes, simulator, &effort.describing()));
    }
    MergeOrder {
        target: question.facts.target.name.clone(),
        place: place(question.facts, checkout),
        git: question.facts.git_at_target(),
        repeated: question.facts.repeated.clone(),
        behind: None,
        under_way: question.facts.under_way_at_target().cloned(),
        cost: found.cost,
        optimal: found.sure_bound >= found.cost,
        bound: found.sure_bound.min(found.cost),
        is_open: found.is_open,
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
        not_looked_at: None,
        selection: Selection::default(),
        steps,
    }
}

/// Among how many parts the effort is shared.
fn shares(parts: &[Group]) -> usize {
    parts.iter().filter(|part| part.members.len() > search::SMALL).count()
}

/// Searches each of these parts that is wanted, and replays what was found until both agree.
fn find(
    candidates: &Candidates,
    all: Vec<Group>,
    simulator: &mut dyn Simulator,
    effort: &Effort,
    is_wanted: &dyn Fn(&Group) -> bool,
) -> FoundOrder {
    let shares = shares(&all);
    let wanted = all.into_iter().filter(is_wanted);
    let mut parts: Vec<FoundPart> = wanted.map(FoundPart::new).collect();
    let units: Vec<usize> = parts.iter().flat_map(|part| part.units.members.iter().copied()).collect();
    let files = simulator.file_versions(&units);
    loop {
        let groups = groups::groups(candidates, simulator);
        for part in parts.iter_mut().filter(|part| !part.is_settled) {
            let effort = effort.share(simulator, shares);
            part.search(&groups, (candidates, &files), simulator, &effort);
        }
        let orders: Vec<Vec<usize>> = parts.iter().flat_map(|part| part.orders.iter().cloned()).collect();
        let order = groups::in_one(&orders, candidates, simulator);
        let order = batches::proven(&order, &orders, simulator);
        let sequence: Vec<usize> = order.iter().map(|(unit, _)| *unit).collect();
        let outcomes = simulator.replay(&sequence, &effort.share(simulator, 1));
        let is_cut = outcomes.iter().any(|outcome| outcome.failure == Some(Reason::OutOfTime));
        for part in parts.iter_mut().filter(|part| !part.is_settled) {
            let members =
                sequence.iter().zip(&outcomes).filter(|(unit, _)| part.units.members.contains(unit));
            let cost: Cost = members.map(|(_, outcome)| outcome.cost).sum();
            let is_right = cost == part.expected;
            part.is_settled = is_right || is_cut || part.is_cut || !simulator.widen(&part.units.members);
            if !is_right {
                part.bound = Contested::new(&part.units.members, &files).in_all();
            }
        }
        if parts.iter().all(|part| part.is_settled) {
            let is_known =
                |part: &&FoundPart| !part.units.members.iter().any(|unit| simulator.is_unknown(*unit));
            return FoundOrder {
                order,
                cost: outcomes.iter().map(|outcome| outcome.cost).sum(),
                outcomes,
                bound: parts.iter().map(|part| part.bound).sum(),
                is_open: !parts.iter().all(|part| is_known(&part)),
                sure_bound: parts.iter().filter(is_known).map(|part| part.bound).sum(),
                is_cut: parts.iter().any(|part| part.is_cut),
            };
        }
    }
}

/// What is known of one part.
struct FoundPart {
    units: Group,
    /// Of each group.
    orders: Vec<Vec<usize>>,
    expected: Cost,
    bound: Cost,
    /// Whether its share was spent before the search was complete.
    is_cut: bool,
    is_settled: bool,
}

impl FoundPart {
    fn new(units: Group) -> FoundPart {
        FoundPart {
            units,
            orders: Vec::new(),
            expected: Cost::default(),
            bound: Cost::default(),
            is_cut: false,
            is_settled: false,
        }
    }

    fn search(
        &mut self,
        groups: &[Group],
        (candidates, files): (&Candidates, &[FileVersions]),
        simulator: &mut dyn Simulator,
        effort: &Effort,
    ) {
        (self.expected, self.bound) = (Cost::default(), Cost::default());
        self.orders.clear();
        for group in groups.iter().filter(|group| self.units.members.contains(&group.members[0])) {
            let found = search::search(group, (candidates, files), simulator, effort);
            self.expected += found.cost;
            self.bound += found.bound;
            self.orders.push(found.order);
        }
        self.is_cut = effort.is_over(simulator);
    }
}
