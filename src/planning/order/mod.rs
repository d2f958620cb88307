//! The merge order: the sequence of merges that costs people least, and the proof of it.
//!
//! ```text
//!  terminals ─> candidates ─> groups ─> search in each ─> one sequence ─> replay ─> steps
//! ```
//!
//! The cost of a merge depends on what was merged before it. Terminals whose work never comes close
//! do not matter to each other, so they fall into groups; in each group the search goes over the
//! stages that merging can lead to, the cheapest first, until one has all merged: nothing costs
//! less. What is put together from the groups is merged once more from first to last, with the
//! parents that git will see; if that costs something else than was found, the groups were drawn
//! too narrowly, and all is done again with wider ones.

mod baselines;
mod candidates;
mod groups;
mod outlook;
mod reasons;
mod search;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::model::{
    ConflictPath, Cost, Explanation, MergeOrder, MergePlace, MergeStep, Oid, Place, PlaceId, Prediction,
    Reason, RepoPath, Snapshot, StepConflict, Terminal, TrackingFile,
};

use super::StoryBook;

pub use candidates::{Candidates, Unit};
pub use search::Effort;

/// What the order is asked for.
pub struct Question<'a> {
    /// What was observed.
    pub snapshot: &'a Snapshot,
    /// What is known of stories.
    pub book: &'a StoryBook,
    /// The tracking files, in whose order sessions were registered.
    pub files: &'a [TrackingFile],
    /// Only these terminals, where any are named.
    pub only: &'a [String],
    /// Without these terminals.
    pub exclude: &'a [String],
    /// The first of two goes after the second.
    pub after: &'a [(String, String)],
    /// Places whose commits turned out to be unreadable.
    pub unreadable: &'a [(PlaceId, Reason)],
    /// Places whose merge would change nothing, and that nobody's history builds on.
    pub idle: &'a [PlaceId],
    /// A terminal whose position is to be explained.
    pub explain: Option<&'a str>,
}

/// More than any order costs.
const NEVER: Cost = Cost { steps: u32::MAX / 4, hunks: u32::MAX / 4 };

impl Question<'_> {
    /// Whether a terminal is among `only`, where any are, and not among `exclude`.
    fn is_asked_for(&self, terminal: &Terminal) -> bool {
        (self.only.is_empty() || self.only.contains(&terminal.id)) && !self.exclude.contains(&terminal.id)
    }
}

/// Which stage of a [`Simulator`].
pub type StageId = u32;

/// One merge, as it was simulated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What a person has to resolve.
    pub cost: Cost,
    /// The stage after it.
    pub after: StageId,
    /// The target's tree after it, where that was made.
    pub tree: Option<Oid>,
    /// Where it stops.
    pub conflicts: Vec<ConflictPath>,
    /// Paths of which nobody can say, with the reason.
    pub undecided: Vec<(RepoPath, Reason)>,
    /// Why the merge could not be simulated at all; then the stage stays as it was.
    pub failure: Option<Reason>,
}

/// Merges the candidates' work into the target, in memory.
pub trait Simulator {
    /// The target before any merge.
    fn start(&self) -> StageId;
    /// Merges one more unit.
    fn merge(&mut self, stage: StageId, unit: usize) -> Rc<Outcome>;
    /// Whether the order of two units may matter to what merging them does.
    fn meets(&self, a: usize, b: usize) -> bool;
    /// Merges all of them in this order, with the parents that git will see.
    fn replay(&mut self, order: &[usize]) -> Vec<Rc<Outcome>>;
    /// Sees more units as mattering to each other; false when all do already.
    fn widen(&mut self) -> bool;
    /// The committer time of a unit's head, and how many lines its commits change.
    fn age_and_size(&self, unit: usize) -> (i64, usize);
}

/// A sequence, and what is proven of it.
struct Found {
    /// Units, each with its batch.
    order: Vec<(usize, usize)>,
    outcomes: Vec<Rc<Outcome>>,
    cost: Cost,
    bound: Cost,
}

/// Decides in which order to merge.
pub fn merge_order(
    question: &Question,
    candidates: &Candidates,
    simulator: &mut dyn Simulator,
    effort: &Effort,
) -> MergeOrder {
    let found = find(candidates, simulator, effort);
    let order: Vec<usize> = found.order.iter().map(|(unit, _)| *unit).collect();
    let mut steps = Vec::new();
    for (at, (_, batch)) in found.order.iter().enumerate() {
        let told = Told { question, candidates, order: &order, at, batch: *batch };
        steps.push(told.step(&found.outcomes, simulator));
    }
    MergeOrder {
        target: question.snapshot.target.name.clone(),
        place: place(question.snapshot),
        cost: found.cost,
        optimal: found.bound >= found.cost,
        bound: found.bound.min(found.cost),
        baselines: baselines::baselines(candidates, simulator),
        waiting: candidates.waiting.clone(),
        left_out: candidates.left_out.clone(),
        circles: candidates.circles.clone(),
        explanation: question.explain.map(|terminal| explain(terminal, candidates, &order, simulator)),
        verified: None,
        steps,
    }
}

/// Searches, and replays what was found until both agree.
fn find(candidates: &Candidates, simulator: &mut dyn Simulator, effort: &Effort) -> Found {
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
        let outcomes = simulator.replay(&sequence);
        let cost: Cost = outcomes.iter().map(|outcome| outcome.cost).sum();
        if cost == expected {
            return Found { order, outcomes, cost, bound };
        }
        if effort.is_over() || !simulator.widen() {
            return Found { order, outcomes, cost, bound: Cost::default() };
        }
    }
}

/// What merging in this order costs, group by group.
fn cost_of(order: &[usize], candidates: &Candidates, simulator: &mut dyn Simulator) -> Cost {
    let groups = groups::groups(candidates, simulator);
    groups.iter().map(|group| search::cost_of(&group.ordered_as(order), simulator)).sum()
}

/// Everything that one step's telling draws on.
struct Told<'a> {
    question: &'a Question<'a>,
    candidates: &'a Candidates,
    order: &'a [usize],
    at: usize,
    batch: usize,
}

impl Told<'_> {
    fn unit(&self) -> &Unit {
        &self.candidates.units[self.order[self.at]]
    }

    fn name(&self, unit: usize) -> String {
        self.candidates.units[unit].name.clone()
    }

    fn step(&self, outcomes: &[Rc<Outcome>], simulator: &mut dyn Simulator) -> MergeStep {
        let unit = self.unit();
        let outcome = &outcomes[self.at];
        let conflicts: Vec<StepConflict> =
            outcome.conflicts.iter().map(|conflict| self.conflict(conflict, simulator)).collect();
        let unknown = outcome.failure.clone().or_else(|| {
            let (path, reason) = outcome.undecided.first()?;
            Some(Reason(format!("{path}: {reason}")))
        });
        let prediction = match (conflicts.is_empty(), unknown) {
            (false, _) => Prediction::Conflict,
            (true, Some(reason)) => Prediction::Unknown(reason),
            (true, None) => Prediction::Clean,
        };
        let assumed = self.order[..self.at].iter().zip(outcomes).filter(|(earlier, outcome)| {
            outcome.cost.steps > 0 && simulator.meets(**earlier, self.order[self.at])
        });
        let assumes = assumed.map(|(earlier, _)| self.name(*earlier)).collect();
        let recommendation = (!conflicts.is_empty()).then(|| {
            reasons::recommendation(self.candidates, self.order, self.at, &conflicts, outcome, simulator)
        });
        let reasons = reasons::reason(self.candidates, self.order, self.at, simulator);
        MergeStep {
            terminal: unit.name.clone(),
            also: unit.also.clone(),
            story: unit.story.clone(),
            agent: unit.agent.clone(),
            branch: unit.branch.clone(),
            cost: outcome.cost,
            reason: reasons.whole,
            brief: reasons.brief,
            command: command(self.question.snapshot, unit),
            batch: self.batch,
            ready: unit.ready,
            warnings: unit.warnings.clone(),
            prediction,
            tree: outcome.tree,
            conflicts,
            assumes,
            recommendation,
        }
    }

    /// Against whom: the target, when it happens alone; else each one merged before with which it
    /// happens; else all of those that touch the path, together.
    fn conflict(&self, conflict: &ConflictPath, simulator: &mut dyn Simulator) -> StepConflict {
        let unit = self.order[self.at];
        let has = |outcome: &Outcome| {
            let mut known = outcome.conflicts.iter().flat_map(ConflictPath::paths);
            known.any(|path| conflict.paths().any(|other| other == path))
        };
        let start = simulator.start();
        let alone = has(&simulator.merge(start, unit));
        let met: Vec<usize> =
            self.order[..self.at].iter().copied().filter(|one| simulator.meets(*one, unit)).collect();
        let mut with: Vec<usize> = Vec::new();
        if !alone {
            for earlier in &met {
                let stage = simulator.merge(start, *earlier).after;
                if has(&simulator.merge(stage, unit)) {
                    with.push(*earlier);
                }
            }
        }
        let together = !alone && with.is_empty();
        let with = if together { met } else { with };
        StepConflict {
            path: conflict.path.clone(),
            kind: conflict.kind,
            also: conflict.also.clone(),
            target_lines: conflict.ours.clone(),
            own_lines: conflict.theirs.clone(),
            with: with.into_iter().map(|one| self.name(one)).collect(),
            together,
        }
    }
}

/// Where the target is checked out, and how to get there where it is not.
fn place(snapshot: &Snapshot) -> MergePlace {
    let target = &snapshot.target;
    let branch = target.reference.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
    let holds = |place: &&Place| branch.is_some() && place.branch.as_deref() == branch;
    let mut places = snapshot.places.iter().filter(holds);
    match (places.find_map(|place| Some((place.worktree.clone()?, place.main))), branch) {
        (Some((_, true)), _) => MergePlace::Main,
        (Some((top, false)), _) => MergePlace::Linked(top),
        (None, Some(branch)) => MergePlace::Nowhere(format!("git switch {}", shell_word(branch))),
        (None, None) => MergePlace::Nowhere(format!("git switch --detach {}", shell_word(&target.name))),
    }
}

/// What to type, where the target is checked out.
fn command(snapshot: &Snapshot, unit: &Unit) -> String {
    let what = match &unit.branch {
        Some(branch) if branch.starts_with('-') => format!("refs/heads/{branch}"),
        Some(branch) => branch.clone(),
        None => unit.head.to_string(),
    };
    let unrelated =
        snapshot.tips[unit.place].known().is_some_and(|tip| tip.is_unrelated_to(&snapshot.target));
    let flag = if unrelated { " --allow-unrelated-histories" } else { "" };
    format!("git merge --no-ff{flag} {}", shell_word(&what))
}

/// A word as a shell reads it back.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@+:,".contains(c);
    match !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        true => text.to_string(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

fn explain(
    terminal: &str,
    candidates: &Candidates,
    order: &[usize],
    simulator: &mut dyn Simulator,
) -> Explanation {
    let unit = candidates.units.iter().position(|unit| unit.is_called(terminal));
    let position = unit.and_then(|unit| order.iter().position(|one| *one == unit));
    let (Some(unit), Some(position)) = (unit, position) else {
        let nothing = Explanation {
            terminal: terminal.to_string(),
            position: None,
            after: Vec::new(),
            elsewhere: Vec::new(),
            meets: Vec::new(),
        };
        return nothing;
    };
    let others: Vec<usize> = order.iter().copied().filter(|one| *one != unit).collect();
    let mut elsewhere = Vec::new();
    for at in 0..order.len() {
        let mut moved = others.clone();
        moved.insert(at, unit);
        if candidates.allows(&moved) {
            elsewhere.push((at + 1, cost_of(&moved, candidates, simulator)));
        }
    }
    let name = |one: &usize| candidates.units[*one].name.clone();
    let met: BTreeMap<usize, String> = order
        .iter()
        .enumerate()
        .filter(|(_, one)| **one != unit && simulator.meets(**one, unit))
        .map(|(at, one)| (at, name(one)))
        .collect();
    Explanation {
        terminal: terminal.to_string(),
        position: Some(position + 1),
        after: candidates.after(unit).map(|(one, why)| format!("{}: {why}", name(&one))).collect(),
        elsewhere,
        meets: met.into_values().collect(),
    }
}
