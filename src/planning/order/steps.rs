//! The description of each step.

use std::rc::Rc;

use crate::model::{ConflictPath, MergeStep, Prediction, StepConflict, TargetCheckout};

use super::commands::arguments;
use super::effort::Effort;
use super::groups::Group;
use super::reasons::{self, Pricing};
use super::refusals::refusals;
use super::{Candidates, OrderQuestion, SimulatedMerge, Simulator, Unit};

/// What is needed to describe one step.
pub(super) struct StepContext<'a> {
    pub question: &'a OrderQuestion<'a>,
    pub checkout: &'a TargetCheckout,
    pub candidates: &'a Candidates,
    pub groups: &'a [Group],
    pub order: &'a [usize],
    pub at: usize,
    pub batch: usize,
}

impl StepContext<'_> {
    fn unit(&self) -> &Unit {
        &self.candidates.units[self.order[self.at]]
    }

    fn name(&self, unit: usize) -> String {
        self.candidates.units[unit].name.clone()
    }

    pub fn step(
        &self,
        outcomes: &[Rc<SimulatedMerge>],
        simulator: &mut dyn Simulator,
        effort: &Effort,
    ) -> MergeStep {
        let unit = self.unit();
        let outcome = &outcomes[self.at];
        let conflicts: Vec<StepConflict> =
            outcome.conflicts.iter().map(|conflict| self.conflict(conflict, simulator, effort)).collect();
        let unknown = outcome.failure.clone().or_else(|| {
            let (path, reason) = outcome.undecided.first()?;
            Some(reason.at(path))
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
            let pricing = &mut Pricing { simulator, effort };
            reasons::recommendation(self.candidates, self.order, self.at, &conflicts, outcome, pricing)
        });
        let pricing = &mut Pricing { simulator, effort };
        let reasons = reasons::reason(self.candidates, self.groups, self.order, self.at, pricing);
        let refusals = refusals(self.question.facts, self.checkout, &outcome.touched);
        MergeStep {
            terminal: unit.name.clone(),
            also: unit.also.clone(),
            story: unit.story.clone(),
            agent: unit.agent.clone(),
            branch: unit.branch.clone(),
            cost: outcome.cost,
            reason: reasons.whole,
            brief: reasons.brief,
            needs: self.candidates.after(self.order[self.at]).map(|(needed, _)| self.name(needed)).collect(),
            arguments: arguments(self.question, self.checkout, unit),
            head: unit.head,
            overwrites: refusals.in_the_way,
            batch: self.batch,
            ready: unit.ready,
            refusals: refusals.told,
            warnings: unit.warnings.clone(),
            prediction,
            tree: outcome.tree,
            conflicts,
            assumes,
            recommendation,
        }
    }

    /// Against whom: the target, when it happens alone; else each one merged before with which it
    /// happens; else all of those that touch the path, together. Not determined when the time is up.
    fn conflict(
        &self,
        conflict: &ConflictPath,
        simulator: &mut dyn Simulator,
        effort: &Effort,
    ) -> StepConflict {
        let unit = self.order[self.at];
        let has = |outcome: &SimulatedMerge| {
            let mut same_kind = outcome.conflicts.iter().filter(|known| known.kind == conflict.kind);
            same_kind.any(|known| known.paths().any(|path| conflict.paths().any(|other| other == path)))
        };
        let start = simulator.start();
        let alone = has(&simulator.merge(start, unit));
        let met: Vec<usize> =
            self.order[..self.at].iter().copied().filter(|earlier| simulator.meets(*earlier, unit)).collect();
        let mut with: Option<Vec<usize>> = Some(Vec::new());
        for earlier in met.iter().filter(|_| !alone) {
            if effort.is_over(simulator) {
                with = None;
                break;
            }
            let stage = simulator.merge(start, *earlier).after;
            if has(&simulator.merge(stage, unit)) {
                with.iter_mut().for_each(|with| with.push(*earlier));
            }
        }
        let together = !alone && with.as_ref().is_some_and(Vec::is_empty);
        let with = if together { Some(met) } else { with };
        StepConflict {
            path: conflict.path.clone(),
            kind: conflict.kind,
            also: conflict.other_paths().cloned().collect(),
            target_lines: conflict.ours.clone(),
            own_lines: conflict.theirs.clone(),
            with: with.map(|with| with.into_iter().map(|unit| self.name(unit)).collect()),
            together,
        }
    }
}
