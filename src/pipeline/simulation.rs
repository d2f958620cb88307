//! Lets the merge order try out merges: the planner asks, the engine answers.
//!
//! A stage of the planner is the paths that merging changed in the target. What merging a terminal
//! does depends on the versions that its own paths have there, and on nothing else, unless files
//! come, go or move: so the answer is kept for those versions, and most questions are answered
//! without any merge.

use std::collections::HashMap;
use std::rc::Rc;

use crate::merge::{Chain, Commits, Edits, Meeting, Merged, Missing, Objects, Options, Reach};
use crate::model::{ConflictPath, Cost, Entry, Hunks, Oid, Reason, RepoPath, Snapshot};
use crate::planning::order::{Outcome, Simulator, StageId, Unit};

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
    reaches: Vec<Reach>,
    meetings: Vec<Vec<Meeting>>,
    facts: Vec<(i64, usize)>,
    width: Width,
    stages: Vec<StageFacts>,
    known_stages: HashMap<StageFacts, StageId>,
    answers: HashMap<(StageId, usize), Rc<Outcome>>,
    kept: HashMap<Versions, Rc<Kept>>,
}

/// What merging changed so far, and whose commits it brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct StageFacts {
    edits: Edits,
    /// Only of units with commits in common with others: they decide the merge bases.
    merged: Vec<usize>,
}

/// One unit, and the versions that the paths which matter to it have.
#[derive(PartialEq, Eq, Hash)]
struct Versions {
    unit: usize,
    paths: Vec<(RepoPath, Option<Entry>)>,
    merged: Vec<usize>,
}

/// What merging does to those versions.
struct Kept {
    outcome: Outcome,
    edits: Edits,
}

impl<'a> Simulation<'a> {
    /// Merges each unit alone first. A unit that cannot even be read is given back with the reason,
    /// by its number.
    ///
    /// # Errors
    /// The target cannot be read.
    pub fn new(
        objects: &'a dyn Objects,
        commits: &'a dyn Commits,
        snapshot: &Snapshot,
        units: &[Unit],
        options: &'a Options,
    ) -> Result<(Simulation<'a>, Vec<(usize, Missing)>), Missing> {
        let chain = Chain::new(objects, commits, snapshot.target.head, options)?;
        let heads: Vec<Oid> = units.iter().map(|unit| unit.head).collect();
        let mut reaches = Vec::new();
        let mut unreadable = Vec::new();
        let mut facts = Vec::new();
        for (at, head) in heads.iter().enumerate() {
            match chain.reach(*head) {
                Ok(reach) => reaches.push(reach),
                Err(missing) => unreadable.push((at, missing)),
            }
            let time = commits.commit(*head).map_or(0, |commit| commit.time);
            facts.push((time, size(snapshot, &units[at])));
        }
        let meetings = match unreadable.is_empty() {
            true => chain.meetings(&reaches.iter().collect::<Vec<_>>()),
            false => Vec::new(),
        };
        let stages = vec![StageFacts::default()];
        let known_stages = HashMap::from([(StageFacts::default(), 0)]);
        let simulation = Simulation {
            chain,
            heads,
            reaches,
            meetings,
            facts,
            width: Width::Close,
            stages,
            known_stages,
            answers: HashMap::new(),
            kept: HashMap::new(),
        };
        Ok((simulation, unreadable))
    }

    fn meeting(&self, a: usize, b: usize) -> Meeting {
        if a == b { Meeting::Apart } else { self.meetings[a.max(b)][a.min(b)] }
    }

    /// Whether the versions of its own paths are all that a unit's merge depends on.
    fn is_plain(&self, unit: usize) -> bool {
        self.width == Width::Close
            && (0..self.heads.len()).all(|one| self.meeting(one, unit) != Meeting::Whole)
    }

    fn versions(&self, facts: &StageFacts, unit: usize) -> Versions {
        let own = &self.reaches[unit].paths;
        let plain = self.is_plain(unit);
        let matters = |path: &RepoPath| !plain || own.contains(path);
        let paths = facts.edits.iter().filter(|(path, _)| matters(path));
        Versions {
            unit,
            paths: paths.map(|(path, entry)| (path.clone(), *entry)).collect(),
            merged: facts.merged.clone(),
        }
    }

    fn merge_at(&self, facts: &StageFacts, unit: usize) -> Kept {
        let merged: Vec<Oid> = facts.merged.iter().map(|one| self.heads[*one]).collect();
        let made = match facts.edits.is_empty() && merged.is_empty() {
            true => Ok(self.reaches[unit].alone.clone()),
            false => self
                .chain
                .stage(&facts.edits, &merged)
                .and_then(|stage| self.chain.merge(&stage, self.heads[unit])),
        };
        match made {
            Ok(merged) => Kept { outcome: outcome(&merged), edits: merged.edits },
            Err(missing) => Kept { outcome: failed(&missing), edits: Edits::new() },
        }
    }

    fn intern(&mut self, facts: StageFacts) -> StageId {
        if let Some(known) = self.known_stages.get(&facts) {
            return *known;
        }
        let id = StageId::try_from(self.stages.len()).unwrap_or(StageId::MAX);
        self.stages.push(facts.clone());
        self.known_stages.insert(facts, id);
        id
    }

    fn shares_history(&self, unit: usize) -> bool {
        (0..self.heads.len()).any(|one| one != unit && self.reaches[one].shares_history(&self.reaches[unit]))
    }
}

impl Simulator for Simulation<'_> {
    fn start(&self) -> StageId {
        0
    }

    fn merge(&mut self, stage: StageId, unit: usize) -> Rc<Outcome> {
        if let Some(known) = self.answers.get(&(stage, unit)) {
            return known.clone();
        }
        let mut facts = self.stages[stage as usize].clone();
        let versions = self.versions(&facts, unit);
        let kept = match self.kept.get(&versions) {
            Some(kept) => kept.clone(),
            None => {
                let made = Rc::new(self.merge_at(&facts, unit));
                self.kept.insert(versions, made.clone());
                made
            }
        };
        let mut outcome = kept.outcome.clone();
        outcome.after = match outcome.failure {
            Some(_) => stage,
            None => {
                facts.edits.extend(kept.edits.iter().map(|(path, entry)| (path.clone(), *entry)));
                if self.shares_history(unit) && !facts.merged.contains(&unit) {
                    facts.merged.push(unit);
                    facts.merged.sort_unstable();
                }
                self.intern(facts)
            }
        };
        let outcome = Rc::new(outcome);
        self.answers.insert((stage, unit), outcome.clone());
        outcome
    }

    fn meets(&self, a: usize, b: usize) -> bool {
        match self.width {
            Width::Close => self.meeting(a, b) != Meeting::Apart,
            Width::Touching => {
                self.meeting(a, b) != Meeting::Apart
                    || !self.reaches[a].paths.is_disjoint(&self.reaches[b].paths)
            }
            Width::Everyone => true,
        }
    }

    fn replay(&mut self, order: &[usize]) -> Vec<Rc<Outcome>> {
        let mut stage = self.chain.start();
        let mut outcomes = Vec::new();
        for unit in order {
            let outcome = match self.chain.merge(&stage, self.heads[*unit]) {
                Ok(merged) => {
                    stage = merged.after.clone();
                    Outcome { tree: Some(stage.tree()), ..outcome(&merged) }
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
        true
    }

    fn age_and_size(&self, unit: usize) -> (i64, usize) {
        self.facts[unit]
    }
}

fn outcome(merged: &Merged) -> Outcome {
    let conflicts = &merged.outcome.conflicts;
    let undecided = &merged.outcome.undecided;
    let hunks: usize = conflicts.iter().map(hunks_of).sum::<usize>() + undecided.len();
    Outcome {
        cost: Cost {
            steps: u32::from(!merged.outcome.is_clean()),
            hunks: u32::try_from(hunks).unwrap_or(u32::MAX),
        },
        after: 0,
        tree: None,
        conflicts: conflicts.clone(),
        undecided: undecided.clone(),
        failure: None,
    }
}

/// A merge that cannot be simulated takes a person, like one that stops.
fn failed(missing: &Missing) -> Outcome {
    Outcome {
        cost: Cost { steps: 1, hunks: 1 },
        after: 0,
        tree: None,
        conflicts: Vec::new(),
        undecided: Vec::new(),
        failure: Some(Reason(missing.to_string())),
    }
}

/// Places in it that a person must resolve.
fn hunks_of(conflict: &ConflictPath) -> usize {
    conflict.ours.len().max(conflict.theirs.len()).max(1)
}

/// How many lines a unit's commits change; a file without lines counts as one.
fn size(snapshot: &Snapshot, unit: &Unit) -> usize {
    let Some(tip) = snapshot.tips[unit.place].known() else { return 0 };
    let lines = |hunks: &Hunks| match hunks {
        Hunks::Lines(hunks) => {
            hunks.iter().map(|hunk| hunk.base.len() + hunk.own.len()).sum::<usize>().max(1)
        }
        Hunks::None | Hunks::Binary | Hunks::Unknown(_) => 1,
    };
    tip.committed.iter().map(|change| lines(&change.hunks)).sum()
}
