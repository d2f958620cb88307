//! Lets the merge order try out merges: the planner asks, the engine answers.
//!
//! A stage of the planner is the paths that merging changed in the target. What merging a terminal
//! does depends on the versions that its own paths have there, and on nothing else, unless files
//! come, go or move: so the answer is kept for those versions, and most questions are answered
//! without any merge.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::interaction::{
    Chain, ChainStep, Interaction, MergeEffect, Shared, sharers, whose_attributes_concern,
};
use crate::merge::{Commits, MergeDependency, Missing, Objects, Options};
use crate::model::{
    ConflictPath, Cost, Entry, Facts, FileKinds, FileVersions, Hunks, Lines, MergeOutcome, Oid, Reason,
    RepoPath,
};
use crate::planning::order::{Effort, PricedMerge, SimulatedMerge, Simulator, StageId, Unit};

use super::numbers::{Number, Numbers};

/// About how many microseconds a merge takes, and more for each path that it looks at.
const PER_MERGE: usize = 200;
const PER_PATH: usize = 20;

/// The same of a merge of one file alone.
const PER_FILE: usize = 20;

/// As many edits are kept in all stages together: with what each unit sees of them, some hundred megabytes.
const MOST_HELD: usize = 4_000_000;

/// As many bytes of merged files and folders are kept.
const MOST_BYTES: usize = 96 << 20;

/// How many units of one part are taken to matter to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    /// Those whose changes come close.
    Close,
    /// All whose work has anything in common.
    Touching,
    /// All.
    Everyone,
}

/// Merges of the units of one plan.
pub(super) struct Simulation<'k, 'a> {
    chain: &'k Chain<'a>,
    kinds: FileKinds,
    heads: Vec<Oid>,
    effects: Vec<Rc<MergeEffect>>,
    interactions: Vec<Vec<Interaction>>,
    facts: Vec<(i64, usize)>,
    /// Of each unit, with a unit of its part.
    widths: Vec<(Width, usize)>,
    paths: Numbers<RepoPath>,
    entries: Numbers<Option<Entry>>,
    /// The paths of each unit.
    own: Vec<HashSet<Number>>,
    /// The paths whose versions matter to each unit; those of no unit matter to all.
    matters: Vec<HashSet<Number>>,
    /// The paths of any unit.
    owned: HashSet<Number>,
    /// Whether each unit has commits in common with another one.
    shares_history: Vec<bool>,
    stages: Numbers<MergedSoFar>,
    answers: HashMap<(StageId, usize), PricedMerge>,
    kept: HashMap<(usize, MergedSoFar), Rc<KnownMerge>>,
    spent: usize,
    tried: usize,
    /// How many edits all stages have together.
    held: usize,
    /// How many bytes were made before the first merge was tried.
    made_before: usize,
    /// The units of which the outcome of a merge was unknown.
    unknown: HashSet<usize>,
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
    cost: Cost,
    /// Nothing where it could not be simulated.
    edits: Option<Vec<(Number, Number)>>,
}

/// What is known of the heads, whichever of them make units.
pub(super) struct KnownHeads<'a> {
    chain: Chain<'a>,
    commits: &'a dyn Commits,
    effects: HashMap<Oid, Result<Rc<MergeEffect>, Missing>>,
}

impl<'a> KnownHeads<'a> {
    /// Of a target, with what judges of the same target have worked out.
    ///
    /// # Errors
    /// The target cannot be read.
    pub fn new(
        objects: &'a dyn Objects,
        commits: &'a dyn Commits,
        target: Option<Oid>,
        options: &'a Options,
        shared: Arc<Shared>,
    ) -> Result<KnownHeads<'a>, Missing> {
        let chain = Chain::new(objects, commits, target, options)?.sharing(shared);
        Ok(KnownHeads { chain, commits, effects: HashMap::new() })
    }

    /// What merging a head alone does.
    fn effect(&mut self, head: Oid) -> Result<Rc<MergeEffect>, Missing> {
        let made = || self.chain.effect(head).map(Rc::new);
        self.effects.entry(head).or_insert_with(made).clone()
    }
}

impl<'k, 'a> Simulation<'k, 'a> {
    /// Merges each unit alone first. Units that cannot be read, or for which there is no time, are told
    /// with the reason, by their number; then there is nothing to simulate with.
    ///
    /// # Errors
    /// Those units.
    pub fn new(
        known: &'k mut KnownHeads<'a>,
        observed: &Facts,
        units: &[Unit],
        effort: &Effort,
    ) -> Result<Simulation<'k, 'a>, Vec<(usize, Reason)>> {
        let heads: Vec<Oid> = units.iter().map(|unit| unit.head).collect();
        let mut effects = Vec::new();
        let mut left_out = Vec::new();
        let mut facts = Vec::new();
        let mut spent = 0;
        for (at, head) in heads.iter().enumerate() {
            known.chain.name(*head, &units[at].word);
            if !known.effects.contains_key(head) && effort.is_over_while_reading(at, heads.len(), spent) {
                left_out.push((at, Reason::OutOfTime));
                continue;
            }
            match known.effect(*head) {
                Ok(effect) => {
                    spent += PER_MERGE + PER_PATH * effect.paths.len();
                    effects.push(effect);
                }
                Err(missing) => left_out.push((at, Reason::from(missing))),
            }
            let time = known.commits.commit(*head).map_or(0, |commit| commit.time);
            facts.push((time, size(observed, &units[at])));
        }
        if !left_out.is_empty() {
            return Err(left_out);
        }
        let chain = &known.chain;
        let by_unit: Vec<&MergeEffect> = effects.iter().map(Rc::as_ref).collect();
        let interactions = chain.interactions(&by_unit);
        let shares_history = sharers(&by_unit).iter().map(|others| !others.is_empty()).collect();
        let mut stages = Numbers::new();
        stages.of(&MergedSoFar::default());
        let mut paths = Numbers::new();
        let own = effects.iter().map(|effect| effect.paths.iter().map(|path| paths.of(path)).collect());
        let own: Vec<HashSet<Number>> = own.collect();
        let all: Vec<usize> = (0..units.len()).collect();
        let mut simulation = Simulation {
            chain,
            kinds: observed.kinds.clone(),
            heads,
            effects,
            interactions,
            facts,
            widths: all.iter().map(|unit| (Width::Close, *unit)).collect(),
            paths,
            entries: Numbers::new(),
            matters: vec![HashSet::new(); own.len()],
            owned: own.iter().flatten().copied().collect(),
            own,
            shares_history,
            stages,
            answers: HashMap::new(),
            kept: HashMap::new(),
            spent: 0,
            tried: 0,
            held: 0,
            made_before: chain.bytes_made(),
            unknown: HashSet::new(),
        };
        simulation.draw_limits(&all);
        Ok(simulation)
    }

    /// What all merges so far depend on besides contents and settings; `None` where a unit sets attributes by which another
    /// is merged, as what depends on those is not known.
    pub fn dependencies(&self) -> Option<Vec<MergeDependency>> {
        let effects: Vec<&MergeEffect> = self.effects.iter().map(Rc::as_ref).collect();
        whose_attributes_concern(&effects).is_empty().then(|| self.chain.dependencies())
    }

    fn interaction(&self, a: usize, b: usize) -> Interaction {
        if a == b { Interaction::None } else { self.interactions[a.max(b)][a.min(b)] }
    }

    /// Says what matters to these units, which are whole parts. A unit whose merge is a matter of lines depends on the
    /// versions of its own paths; any other on those of the units that it meets as well.
    fn draw_limits(&mut self, units: &[usize]) {
        for unit in units.iter().copied() {
            let others = || (0..self.heads.len()).filter(move |one| *one != unit);
            let only_lines = self.widths[unit].0 == Width::Close
                && others().all(|one| self.interaction(one, unit) != Interaction::Structural);
            let mut matters = self.own[unit].clone();
            if !only_lines {
                let met = others().filter(|one| self.meets(*one, unit));
                matters.extend(met.flat_map(|one| &self.own[one]));
            }
            self.matters[unit] = matters;
        }
    }

    /// The part of a stage that matters to a unit.
    fn seen_by(&self, unit: usize, stage: &MergedSoFar) -> MergedSoFar {
        let matters = |path: &Number| self.matters[unit].contains(path) || !self.owned.contains(path);
        let edits = stage.edits.iter().copied().filter(|(path, _)| matters(path)).collect();
        MergedSoFar { edits, merged: stage.merged.clone() }
    }

    fn merge_at(&mut self, stage: &MergedSoFar, unit: usize) -> KnownMerge {
        let (cost, edits) = if stage.edits.is_empty() && stage.merged.is_empty() {
            self.chain.bring(&self.effects[unit]);
            (self.cost(unit, &self.effects[unit].outcome), self.effects[unit].edits.clone())
        } else {
            match self.step(stage, unit) {
                Ok(step) => (self.cost(unit, &step.outcome), step.edits),
                Err(_) => return KnownMerge { cost: UNKNOWN, edits: None },
            }
        };
        let number = |(path, entry)| (self.paths.of(path), self.entries.of(entry));
        KnownMerge { cost, edits: Some(edits.iter().map(number).collect()) }
    }

    /// One more merge at this stage.
    fn step(&self, stage: &MergedSoFar, unit: usize) -> Result<ChainStep, Missing> {
        let edits =
            stage.edits.iter().map(|(path, entry)| (self.paths.at(*path).clone(), *self.entries.at(*entry)));
        let merged: Vec<Oid> = stage.merged.iter().map(|one| self.heads[*one]).collect();
        let stage = self.chain.stage(&edits.collect(), &merged)?;
        self.chain.settled(&stage, self.heads[unit])
    }

    /// The stage with these paths changed, and this unit's commits in its history.
    fn moved_on(&mut self, stage: &MergedSoFar, unit: usize, edits: &[(Number, Number)]) -> StageId {
        let mut all: BTreeMap<Number, Number> = stage.edits.iter().copied().collect();
        all.extend(edits.iter().copied());
        let mut merged = stage.merged.clone();
        if self.shares_history[unit] && !merged.contains(&unit) {
            merged.push(unit);
            merged.sort_unstable();
        }
        self.held += all.len();
        self.stages.of(&MergedSoFar { edits: all.into_iter().collect(), merged })
    }

    fn cost(&self, unit: usize, merged: &MergeOutcome) -> Cost {
        let MergeOutcome { conflicts, undecided, .. } = merged;
        let is_mechanical = |one: &&ConflictPath| {
            let is_lost = self.kinds.loses(&one.path, &self.effects[unit].paths);
            self.kinds.is_mechanical(&one.path, one.kind, &one.regions, is_lost)
        };
        let (mechanical, judged): (Vec<_>, Vec<_>) = conflicts.iter().partition(is_mechanical);
        let hunks = judged.into_iter().map(hunks_of).sum::<usize>() + undecided.len();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Cost {
            steps: u32::from(hunks > 0),
            hunks: count(hunks),
            mechanical: count(mechanical.len()),
            breaks: 0,
            unknown_steps: u32::from(hunks > 0 && hunks == undecided.len()),
            unknown: count(undecided.len()),
        }
    }
}

impl Simulator for Simulation<'_, '_> {
    fn start(&self) -> StageId {
        0
    }

    fn merge(&mut self, stage: StageId, unit: usize) -> PricedMerge {
        self.spent += 1;
        if let Some(known) = self.answers.get(&(stage, unit)) {
            return *known;
        }
        let before = self.stages.at(stage).clone();
        let seen = self.seen_by(unit, &before);
        self.spent += before.edits.len();
        let kept = match self.kept.get(&(unit, seen.clone())) {
            Some(kept) => kept.clone(),
            None => {
                self.tried += 1;
                self.spent += self.least(unit) + PER_PATH * before.edits.len();
                let made = Rc::new(self.merge_at(&before, unit));
                if made.cost.unknown > 0 {
                    self.unknown.insert(unit);
                }
                self.kept.insert((unit, seen), made.clone());
                made
            }
        };
        let after = match &kept.edits {
            None => stage,
            Some(edits) => self.moved_on(&before, unit, edits),
        };
        let tried = PricedMerge { cost: kept.cost, after };
        self.answers.insert((stage, unit), tried);
        tried
    }

    fn conflicts(&mut self, stage: StageId, unit: usize) -> Vec<ConflictPath> {
        let stage = self.stages.at(stage).clone();
        if stage.edits.is_empty() && stage.merged.is_empty() {
            return self.effects[unit].outcome.conflicts.clone();
        }
        self.tried += 1;
        self.spent += self.least(unit) + PER_PATH * stage.edits.len();
        self.step(&stage, unit).map_or_else(|_| Vec::new(), |step| step.outcome.conflicts)
    }

    fn is_unknown(&self, unit: usize) -> bool {
        self.unknown.contains(&unit)
    }

    fn meets(&self, a: usize, b: usize) -> bool {
        let ((width, part), (other_width, other_part)) = (self.widths[a], self.widths[b]);
        match width.min(other_width) {
            Width::Close => self.interaction(a, b) != Interaction::None,
            Width::Touching => self.interaction(a, b) != Interaction::None || self.touches(a, b),
            Width::Everyone => part == other_part,
        }
    }

    fn changes(&self, unit: usize, path: &RepoPath) -> Option<Vec<Lines>> {
        self.chain.changed_lines(&self.effects[unit], path)
    }

    fn paths(&self, unit: usize) -> &BTreeSet<RepoPath> {
        &self.effects[unit].paths
    }

    fn touches(&self, a: usize, b: usize) -> bool {
        !self.effects[a].paths.is_disjoint(&self.effects[b].paths)
    }

    fn file_versions(&mut self, units: &[usize]) -> Vec<FileVersions> {
        let effects: Vec<&MergeEffect> = self.effects.iter().map(Rc::as_ref).collect();
        let found = self.chain.file_versions(&effects, units, &self.kinds);
        let merges = found.iter().map(|file| file.branches.len() * file.merges.len()).sum::<usize>();
        self.spent += PER_FILE * merges;
        found
    }

    fn replay(&mut self, order: &[usize], effort: &Effort) -> Vec<SimulatedMerge> {
        let mut stage = self.chain.start();
        let mut outcomes = Vec::new();
        for (at, unit) in order.iter().enumerate() {
            if effort.is_over_while_making(at, order.len(), self.spent) {
                outcomes.push(failed(Reason::OutOfTime));
                continue;
            }
            self.tried += 1;
            self.spent += self.least(*unit);
            let merged = self.chain.merge(&stage, self.heads[*unit]);
            let merged = merged.and_then(|merged| Ok((self.chain.written(&stage, &merged)?, merged)));
            let outcome = match merged {
                Ok((touched, merged)) => {
                    stage = merged.after.clone();
                    let cost = self.cost(*unit, &merged.outcome);
                    let (tree, failure) = (Some(stage.tree()), None);
                    let MergeOutcome { conflicts, undecided, .. } = merged.outcome;
                    SimulatedMerge { cost, tree, conflicts, undecided, failure, touched }
                }
                Err(missing) => failed(missing.into()),
            };
            if outcome.cost.unknown > 0 && outcome.failure != Some(Reason::OutOfTime) {
                self.unknown.insert(*unit);
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    fn widen(&mut self, units: &[usize]) -> bool {
        let Some(first) = units.first() else { return false };
        let width = match self.widths[*first].0 {
            Width::Close => Width::Touching,
            Width::Touching => Width::Everyone,
            Width::Everyone => return false,
        };
        units.iter().for_each(|unit| self.widths[*unit] = (width, *first));
        self.answers.clear();
        self.kept.clear();
        self.draw_limits(units);
        true
    }

    fn least(&self, unit: usize) -> usize {
        PER_MERGE + PER_PATH * self.effects[unit].paths.len()
    }

    fn spent(&self) -> usize {
        self.spent
    }

    fn tried(&self) -> usize {
        self.tried
    }

    fn is_full(&self) -> bool {
        self.held > MOST_HELD || self.chain.bytes_made() - self.made_before > MOST_BYTES
    }

    fn age_and_size(&self, unit: usize) -> (i64, usize) {
        self.facts[unit]
    }
}

/// A merge that cannot be simulated takes a person, like one that stops.
const UNKNOWN: Cost = Cost { steps: 1, hunks: 1, mechanical: 0, breaks: 0, unknown_steps: 1, unknown: 1 };

/// A merge that cannot be simulated, with the reason.
fn failed(reason: Reason) -> SimulatedMerge {
    let (conflicts, undecided, touched) = Default::default();
    SimulatedMerge { cost: UNKNOWN, tree: None, conflicts, undecided, failure: Some(reason), touched }
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
