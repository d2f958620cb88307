//! Lets the merge order try out merges: the planner asks, the engine answers.
//!
//! A stage of the planner is the paths that merging changed in the target. What merging a terminal
//! does depends on the versions that its own paths have there, and on nothing else, unless files
//! come, go or move: so the answer is kept for those versions, and most questions are answered
//! without any merge.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use crate::interaction::{Chain, ChainStep, Interaction, MergeEffect};
use crate::merge::{Commits, Edits, Missing, Objects, Options};
use crate::model::{ConflictPath, Cost, Entry, Facts, Hunks, Oid, RepoPath};
use crate::planning::order::{SimulatedMerge, Simulator, StageId, Unit};

use super::numbers::{Number, Numbers};

/// How many units are taken to matter to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    /// Those whose changes come close.
    Close,
    /// All whose work has anything in common.
    Touching,
    /// All.
    Everyone,
}

/// Merges of the units of one plan.
pub(super) struct Simulation<'a> {
    chain: Chain<'a>,
    heads: Vec<Oid>,
    effects: Vec<MergeEffect>,
    interactions: Vec<Vec<Interaction>>,
    facts: Vec<(i64, usize)>,
    width: Width,
    paths: Numbers<RepoPath>,
    entries: Numbers<Option<Entry>>,
    /// The paths whose versions matter to each unit; those of no unit matter to all.
    matters: Vec<HashSet<Number>>,
    stages: Numbers<MergedSoFar>,
    answers: HashMap<(StageId, usize), Rc<SimulatedMerge>>,
    kept: HashMap<(usize, MergedSoFar), Rc<KnownMerge>>,
}

/// What merging changed so far, and whose commits it brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct MergedSoFar {
    /// Paths that differ from the target, with their entries, by the number of the path.
    edits: Vec<(Number, Number)>,
    /// Only of units with commits in common with others: they decide the merge bases.
    merged: Vec<usize>,
}

/// What merging does to some versions.
struct KnownMerge {
    outcome: SimulatedMerge,
    edits: Vec<(Number, Number)>,
}

impl<'a> Simulation<'a> {
    /// Merges each unit alone first. Units that cannot be read are told with the reason, by their
    /// number; then there is nothing to simulate with.
    ///
    /// # Errors
    /// The target cannot be read.
    pub fn new(
        objects: &'a dyn Objects,
        commits: &'a dyn Commits,
        observed: &Facts,
        units: &[Unit],
        options: &'a Options,
    ) -> Result<Result<Simulation<'a>, Vec<(usize, Missing)>>, Missing> {
        let chain = Chain::new(objects, commits, observed.target.head, options)?;
        let heads: Vec<Oid> = units.iter().map(|unit| unit.head).collect();
        let mut effects = Vec::new();
        let mut unreadable = Vec::new();
        let mut facts = Vec::new();
        for (at, head) in heads.iter().enumerate() {
            match chain.effect(*head) {
                Ok(effect) => effects.push(effect),
                Err(missing) => unreadable.push((at, missing)),
            }
            let time = commits.commit(*head).map_or(0, |commit| commit.time);
            facts.push((time, size(observed, &units[at])));
        }
        if !unreadable.is_empty() {
            return Ok(Err(unreadable));
        }
        let interactions = chain.interactions(&effects.iter().collect::<Vec<_>>());
        let mut stages = Numbers::new();
        stages.of(&MergedSoFar::default());
        let mut simulation = Simulation {
            chain,
            heads,
            effects,
            interactions,
            facts,
            width: Width::Close,
            paths: Numbers::new(),
            entries: Numbers::new(),
            matters: Vec::new(),
            stages,
            answers: HashMap::new(),
            kept: HashMap::new(),
        };
        simulation.draw_limits();
        Ok(Ok(simulation))
    }

    fn interaction(&self, a: usize, b: usize) -> Interaction {
        if a == b { Interaction::None } else { self.interactions[a.max(b)][a.min(b)] }
    }

    /// A unit whose merge is a matter of lines depends on the versions of its own paths; any other
    /// on those of the units that it meets as well.
    fn draw_limits(&mut self) {
        let units = 0..self.heads.len();
        let own: Vec<HashSet<Number>> = units
            .clone()
            .map(|unit| self.effects[unit].paths.iter().map(|path| self.paths.of(path)).collect())
            .collect();
        let only_lines = |unit: usize| {
            self.width == Width::Close
                && units.clone().all(|one| self.interaction(one, unit) != Interaction::Structural)
        };
        let matters = units.clone().map(|unit| {
            let others =
                units.clone().filter(|one| *one != unit && !only_lines(unit) && self.meets(*one, unit));
            others.chain([unit]).flat_map(|one| own[one].iter().copied()).collect()
        });
        self.matters = matters.collect();
    }

    /// The part of a stage that matters to a unit.
    fn seen_by(&self, unit: usize, stage: &MergedSoFar) -> MergedSoFar {
        let matters = |path: &Number| {
            self.matters[unit].contains(path) || !self.matters.iter().any(|paths| paths.contains(path))
        };
        let edits = stage.edits.iter().copied().filter(|(path, _)| matters(path)).collect();
        MergedSoFar { edits, merged: stage.merged.clone() }
    }

    fn merge_at(&mut self, stage: &MergedSoFar, unit: usize) -> KnownMerge {
        let edits =
            stage.edits.iter().map(|(path, entry)| (self.paths.at(*path).clone(), *self.entries.at(*entry)));
        let edits: Edits = edits.collect();
        let merged: Vec<Oid> = stage.merged.iter().map(|one| self.heads[*one]).collect();
        let made = if edits.is_empty() && merged.is_empty() {
            Ok(self.effects[unit].alone.clone())
        } else {
            self.chain.stage(&edits, &merged).and_then(|stage| self.chain.merge(&stage, self.heads[unit]))
        };
        match made {
            Ok(merged) => {
                let number = |(path, entry)| (self.paths.of(path), self.entries.of(entry));
                KnownMerge { outcome: outcome(&merged), edits: merged.edits.iter().map(number).collect() }
            }
            Err(missing) => KnownMerge { outcome: failed(&missing), edits: Vec::new() },
        }
    }

    /// The stage with these paths changed, and this unit's commits in its history.
    fn moved_on(&mut self, stage: &MergedSoFar, unit: usize, edits: &[(Number, Number)]) -> StageId {
        let mut all: BTreeMap<Number, Number> = stage.edits.iter().copied().collect();
        all.extend(edits.iter().copied());
        let mut merged = stage.merged.clone();
        if self.shares_history(unit) && !merged.contains(&unit) {
            merged.push(unit);
            merged.sort_unstable();
        }
        self.stages.of(&MergedSoFar { edits: all.into_iter().collect(), merged })
    }

    fn shares_history(&self, unit: usize) -> bool {
        (0..self.heads.len()).any(|one| one != unit && self.effects[one].shares_history(&self.effects[unit]))
    }
}

impl Simulator for Simulation<'_> {
    fn start(&self) -> StageId {
        0
    }

    fn merge(&mut self, stage: StageId, unit: usize) -> Rc<SimulatedMerge> {
        if let Some(known) = self.answers.get(&(stage, unit)) {
            return known.clone();
        }
        let before = self.stages.at(stage).clone();
        let seen = self.seen_by(unit, &before);
        let kept = match self.kept.get(&(unit, seen.clone())) {
            Some(kept) => kept.clone(),
            None => {
                let made = Rc::new(self.merge_at(&before, unit));
                self.kept.insert((unit, seen), made.clone());
                made
            }
        };
        let after = match kept.outcome.failure {
            Some(_) => stage,
            None => self.moved_on(&before, unit, &kept.edits),
        };
        let outcome = Rc::new(SimulatedMerge { after, ..kept.outcome.clone() });
        self.answers.insert((stage, unit), outcome.clone());
        outcome
    }

    fn meets(&self, a: usize, b: usize) -> bool {
        match self.width {
            Width::Close => self.interaction(a, b) != Interaction::None,
            Width::Touching => {
                self.interaction(a, b) != Interaction::None
                    || !self.effects[a].paths.is_disjoint(&self.effects[b].paths)
            }
            Width::Everyone => true,
        }
    }

    fn replay(&mut self, order: &[usize]) -> Vec<Rc<SimulatedMerge>> {
        let mut stage = self.chain.start();
        let mut outcomes = Vec::new();
        for unit in order {
            let outcome = match self.chain.merge(&stage, self.heads[*unit]) {
                Ok(merged) => {
                    stage = merged.after.clone();
                    SimulatedMerge { tree: Some(stage.tree()), touched: touched(&merged), ..outcome(&merged) }
                }
                Err(missing) => failed(&missing),
            };
            outcomes.push(Rc::new(outcome));
        }
        outcomes
    }

    fn widen(&mut self) -> bool {
        self.width = match self.width {
            Width::Close => Width::Touching,
            Width::Touching => Width::Everyone,
            Width::Everyone => return false,
        };
        self.answers.clear();
        self.kept.clear();
        self.draw_limits();
        true
    }

    fn age_and_size(&self, unit: usize) -> (i64, usize) {
        self.facts[unit]
    }
}

fn outcome(merged: &ChainStep) -> SimulatedMerge {
    let conflicts = &merged.outcome.conflicts;
    let undecided = &merged.outcome.undecided;
    let hunks: usize = conflicts.iter().map(hunks_of).sum::<usize>() + undecided.len();
    SimulatedMerge {
        cost: Cost {
            steps: u32::from(!merged.outcome.is_clean()),
            hunks: u32::try_from(hunks).unwrap_or(u32::MAX),
        },
        after: 0,
        tree: None,
        conflicts: conflicts.clone(),
        undecided: undecided.clone(),
        failure: None,
        touched: Vec::new(),
    }
}

/// The paths that `git merge` writes or removes. Where it stops, the target's version stays if the tip has none.
fn touched(merged: &ChainStep) -> Vec<RepoPath> {
    let stays = |path: &RepoPath| merged.outcome.conflicts.iter().any(|conflict| conflict.path == *path);
    let edits = merged.edits.iter().filter(|(path, entry)| entry.is_some() || !stays(path));
    edits.map(|(path, _)| path.clone()).collect()
}

/// A merge that cannot be simulated takes a person, like one that stops.
fn failed(missing: &Missing) -> SimulatedMerge {
    SimulatedMerge {
        cost: Cost { steps: 1, hunks: 1 },
        after: 0,
        tree: None,
        conflicts: Vec::new(),
        undecided: Vec::new(),
        failure: Some(missing.clone().into()),
        touched: Vec::new(),
    }
}

/// Places in it that a person must resolve.
fn hunks_of(conflict: &ConflictPath) -> usize {
    conflict.regions.len().max(1)
}

/// How many lines a unit's commits change; a file without lines counts as one.
fn size(facts: &Facts, unit: &Unit) -> usize {
    let Some(tip) = facts.tips[unit.place].known() else { return 0 };
    let lines = |hunks: &Hunks| match hunks {
        Hunks::Lines(hunks) => {
            hunks.iter().map(|hunk| hunk.base.len() + hunk.own.len()).sum::<usize>().max(1)
        }
        Hunks::None | Hunks::Binary | Hunks::Unknown(_) => 1,
    };
    tip.committed.iter().map(|change| lines(&change.hunks)).sum()
}
