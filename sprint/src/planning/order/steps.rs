//! The description of each step.

use std::collections::HashMap;

use crate::model::{
    BroughtWork, ConflictKind, ConflictPath, ConflictRegion, Lines, MergeStep, Prediction, StepConflict,
    TargetCheckout, told_once,
};

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
    /// Whether no order costs less.
    pub is_proven: bool,
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

    /// Whose work comes along that is not merged before.
    fn brings(&self) -> Vec<BroughtWork> {
        let is_before = |brought: &&BroughtWork| {
            let mut before = self.order[..self.at].iter().map(|unit| &self.candidates.units[*unit]);
            before.any(|unit| unit.name == brought.terminal || unit.also.contains(&brought.terminal))
        };
        self.unit().brings.iter().filter(|brought| !is_before(brought)).cloned().collect()
    }

    pub fn step(
        &self,
        outcomes: &[SimulatedMerge],
        simulator: &mut dyn Simulator,
        effort: &Effort,
    ) -> MergeStep {
        let unit = self.unit();
        let outcome = &outcomes[self.at];
        let told = told_once(&outcome.conflicts);
        let mut conflicts = Vec::new();
        let mut elsewhere = ElsewhereInOrder::new(self.order, self.at);
        for conflict in &outcome.conflicts {
            let is_part = !told.iter().any(|told| std::ptr::eq(*told, conflict));
            conflicts
                .push(StepConflict { is_part, ..self.conflict(conflict, &mut elsewhere, simulator, effort) });
        }
        let unknown = outcome.failure.clone().or_else(|| {
            let (path, reason) = outcome.undecided.first()?;
            Some(reason.at(path))
        });
        let prediction = match (conflicts.is_empty(), unknown) {
            (false, _) => Prediction::Conflict,
            (true, Some(reason)) => Prediction::Unknown(reason),
            (true, None) => Prediction::Clean,
        };
        let own = self.order[self.at];
        let group = self.groups.iter().find(|group| group.members.contains(&own));
        let is_in_group = |other: usize| group.is_some_and(|group| group.members.contains(&other));
        let assumed = self.order[..self.at].iter().zip(outcomes).filter(|(earlier, outcome)| {
            // how a conflict is resolved may also matter to what meets others in the same file
            let mut resolved = outcome.conflicts.iter().flat_map(ConflictPath::paths);
            outcome.cost.stops()
                && (simulator.meets(**earlier, own)
                    || is_in_group(**earlier) && resolved.any(|path| simulator.paths(own).contains(path)))
        });
        let assumes = assumed.map(|(earlier, _)| self.name(*earlier)).collect();
        let recommendation = (!conflicts.is_empty()).then(|| {
            let pricing = &mut Pricing { simulator, effort };
            reasons::recommendation(self.candidates, self.order, self.at, &conflicts, outcome, pricing)
        });
        let pricing = &mut Pricing { simulator, effort };
        let reasons =
            reasons::reason(self.candidates, self.groups, (self.order, self.is_proven), self.at, pricing);
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
            touched: outcome.touched.clone(),
            overwrites: refusals.in_the_way,
            not_compared: refusals.not_compared,
            submodules: Vec::new(),
            batch: self.batch,
            ready: unit.ready,
            refusals: refusals.told,
            brings: self.brings(),
            warnings: unit.warnings.clone(),
            prediction,
            tree: outcome.tree,
            conflicts,
            undecided: outcome.undecided.clone(),
            assumes,
            recommendation,
        }
    }

    /// Against whom: the target, where it happens alone; and unless that is all of it, each one merged before
    /// with which it happens at that path, or more of it; else all of those that touch the path, together. With whom the
    /// same file conflicts under another name counts where nobody is found at the path itself, and where the conflict is
    /// gone without that one. Not determined when the time is up.
    fn conflict(
        &self,
        conflict: &ConflictPath,
        merges: &mut ElsewhereInOrder,
        simulator: &mut dyn Simulator,
        effort: &Effort,
    ) -> StepConflict {
        let unit = self.order[self.at];
        let alone = same_in(merges.alone(simulator), conflict).cloned();
        let alone = alone.as_ref();
        let more = more_than(alone, conflict);
        let adds = |known: &ConflictPath, alone: &ConflictPath| {
            let mut added = more_than(Some(alone), known).into_iter();
            added.any(|region| more.iter().any(|other| is_at_same(other, region)))
        };
        let met: Vec<usize> =
            self.order[..self.at].iter().copied().filter(|earlier| simulator.meets(*earlier, unit)).collect();
        let is_all_alone = alone.is_some() && more.is_empty();
        let mut with: Option<Vec<usize>> = Some(Vec::new());
        let mut elsewhere: Vec<usize> = Vec::new();
        for earlier in &met {
            // an earlier step may have changed what is in conflict with the target already
            let changed = alone.map(|alone| changed_by(*earlier, alone, simulator));
            if is_all_alone && changed.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            if effort.is_over(simulator) {
                with = None;
                break;
            }
            let found = merges.after(*earlier, simulator);
            let here = found.iter().find(|known| is_same_here(known, conflict));
            let is_here = here.is_some();
            let is_with = here.or(same_in(found, conflict)).is_some_and(|known| match (alone, &changed) {
                (Some(alone), Some(changed)) => {
                    let stays =
                        |one: &&ConflictRegion| known.regions.iter().any(|region| is_at_same(region, one));
                    adds(known, alone) || changed.iter().any(stays)
                }
                (None, _) | (_, None) => true,
            });
            match is_here {
                true => with.iter_mut().filter(|_| is_with).for_each(|with| with.push(*earlier)),
                false => elsewhere.extend(Some(*earlier).filter(|_| is_with)),
            }
        }
        if !elsewhere.is_empty() && effort.is_over(simulator) {
            with = None;
        }
        if let Some(with) = with.as_mut().filter(|_| !elsewhere.is_empty()) {
            let mut is_cure = |one: &usize| {
                let found = merges.without(*one, simulator);
                !found.iter().any(|known| known.is_of_same_file(conflict))
            };
            let cures: Vec<usize> = elsewhere.iter().copied().filter(|one| is_cure(one)).collect();
            let named = if with.is_empty() && cures.is_empty() { elsewhere } else { cures };
            with.extend(named);
            with.sort_by_key(|one| self.order.iter().position(|earlier| earlier == one));
        }
        let together = !is_all_alone && with.as_ref().is_some_and(Vec::is_empty);
        let with = if together { Some(met) } else { with };
        let OrderQuestion { facts, .. } = self.question;
        let (target, regions) = (&facts.target.name, &conflict.regions);
        let rule = facts.kinds.of(&conflict.path);
        let lost = facts.kinds.loses(&conflict.path, simulator.paths(unit)).then(|| self.name(unit));
        StepConflict {
            mend: rule.and_then(|rule| {
                rule.in_conflict(&conflict.path, regions, (target, target), lost.as_deref())
            }),
            mechanical: facts.kinds.is_mechanical(&conflict.path, conflict.kind, regions, lost.is_some()),
            path: conflict.path.clone(),
            kind: conflict.kind,
            also: conflict.other_paths().cloned().collect(),
            is_part: false,
            target_lines: conflict.ours.clone(),
            own_lines: conflict.theirs.clone(),
            target: alone.is_some(),
            with: with.map(|with| with.into_iter().map(|unit| self.name(unit)).collect()),
            together,
        }
    }
}

/// Where the merge of a step stops at other points of the order. Each is asked for by many conflicts, and made once.
struct ElsewhereInOrder<'o> {
    /// The units merged before.
    before: &'o [usize],
    unit: usize,
    alone: Option<Vec<ConflictPath>>,
    after: HashMap<usize, Vec<ConflictPath>>,
    without: HashMap<usize, Vec<ConflictPath>>,
}

impl<'o> ElsewhereInOrder<'o> {
    fn new(order: &'o [usize], at: usize) -> ElsewhereInOrder<'o> {
        let (alone, after, without) = Default::default();
        ElsewhereInOrder { before: &order[..at], unit: order[at], alone, after, without }
    }

    /// Before all others.
    fn alone(&mut self, simulator: &mut dyn Simulator) -> &[ConflictPath] {
        self.alone.get_or_insert_with(|| simulator.conflicts(simulator.start(), self.unit))
    }

    /// After this one alone.
    fn after(&mut self, earlier: usize, simulator: &mut dyn Simulator) -> &[ConflictPath] {
        self.after.entry(earlier).or_insert_with(|| {
            let stage = simulator.merge(simulator.start(), earlier).after;
            simulator.conflicts(stage, self.unit)
        })
    }

    /// Where it is, but without this one before.
    fn without(&mut self, earlier: usize, simulator: &mut dyn Simulator) -> &[ConflictPath] {
        self.without.entry(earlier).or_insert_with(|| {
            let others = self.before.iter().filter(|other| **other != earlier);
            let stage = others.fold(simulator.start(), |stage, other| simulator.merge(stage, *other).after);
            simulator.conflicts(stage, self.unit)
        })
    }
}

/// Whether both are conflicts of what is at one path: of one kind, of two kinds in which lines conflict, or whatever they
/// are, where the second is about more than lines.
fn is_same_here(known: &ConflictPath, conflict: &ConflictPath) -> bool {
    let has_lines = |one: &ConflictPath| !one.ours.is_empty() && !one.theirs.is_empty();
    if !matches!(conflict.kind, ConflictKind::Content | ConflictKind::AddAdd) {
        return known.paths().any(|path| *path == conflict.path);
    }
    known.path == conflict.path && (known.kind == conflict.kind || has_lines(known) && has_lines(conflict))
}

/// The same conflict in another outcome.
fn same_in<'o>(found: &'o [ConflictPath], conflict: &ConflictPath) -> Option<&'o ConflictPath> {
    let mut same_kind = found.iter().filter(|known| known.kind == conflict.kind);
    let here = same_kind.clone().find(|known| known.path == conflict.path);
    here.or_else(|| {
        same_kind.find(|known| known.paths().any(|path| conflict.paths().any(|other| other == path)))
    })
}

/// Whether two regions of conflicts of one unit are at the same lines. Those of the base are not the same where the merges have
/// different bases, as after one that the unit is stacked on.
fn is_at_same(one: &ConflictRegion, other: &ConflictRegion) -> bool {
    match (one.sides, other.sides) {
        (Some([_, own]), Some([_, other])) => own.meets(other),
        (None, _) | (_, None) => one.base.meets(other.base),
    }
}

/// The regions of the target's conflicts where a unit changes what the target has there.
fn changed_by<'c>(
    unit: usize,
    alone: &'c ConflictPath,
    simulator: &dyn Simulator,
) -> Vec<&'c ConflictRegion> {
    let changed: Vec<Lines> =
        alone.paths().filter_map(|path| simulator.changes(unit, path)).flatten().collect();
    let is_changed = |region: &&ConflictRegion| {
        region.sides.is_some_and(|[target, _]| changed.iter().any(|lines| lines.meets(target)))
    };
    alone.regions.iter().filter(is_changed).collect()
}

/// The regions of a conflict that are not the same where the target alone has it.
fn more_than<'c>(alone: Option<&ConflictPath>, conflict: &'c ConflictPath) -> Vec<&'c ConflictRegion> {
    let is_same = |region: &ConflictRegion, known: &ConflictRegion| {
        let of_side = |side: usize, same: fn(Lines, Lines) -> bool| match (region.sides, known.sides) {
            (Some(sides), Some(known)) => same(sides[side], known[side]),
            (None, _) | (_, None) => true,
        };
        let as_long = |one: Lines, other: Lines| one.end + other.start == other.end + one.start;
        let is_same_base = match (region.sides, known.sides) {
            (Some(_), Some(_)) => as_long(region.base, known.base),
            (None, _) | (_, None) => region.base == known.base,
        };
        is_same_base && of_side(1, |one, other| one == other) && of_side(0, as_long)
    };
    let is_known = |region: &ConflictRegion| {
        alone.is_some_and(|alone| alone.regions.iter().any(|known| is_same(region, known)))
    };
    conflict.regions.iter().filter(|region| !is_known(region)).collect()
}
