//! The merge order of what was observed.

mod breaks;
mod confirmed;
mod ignored;
mod numbers;
mod reverted;
mod simulation;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checks;
use crate::error::Error;
use crate::git::BranchPlace;
use crate::interaction::KnownTurns;
use crate::merge::Missing;
use crate::model::{Facts, Known, MergeOrder, Pair, PairJudgement, PlaceId, Reason, Turns};
use crate::planning;
use crate::planning::order::{
    Candidates, Effort, OrderOptions, OrderQuestion, Unit, merge_order, turn_order,
};

use super::{Workspace, commit_tip};
use simulation::{KnownHeads, Simulation};

/// The order in which to merge what was observed.
///
/// # Errors
/// When the target's commit cannot be read.
pub fn order(
    workspace: &Workspace,
    facts: &Facts,
    options: &OrderOptions,
    effort: &Effort,
) -> Result<MergeOrder, Error> {
    let places = || (0..facts.places.len()).zip(&facts.places);
    let own = places().find(|(at, _)| facts.is_at_target(*at));
    let place = own.or_else(|| places().find(|(_, place)| place.main)).map(|(_, place)| place);
    let checkout = workspace.repository.target_checkout(&facts.target, place);
    let found = simulated(workspace, facts, options, effort, |question, candidates, simulation| {
        let mut order = merge_order(question, &checkout, candidates, simulation, effort);
        if options.verify {
            order.verified = Some(confirmed::is_confirmed(workspace, &order, candidates));
        }
        order
    });
    let found = found.map(|mut order| {
        breaks::add_breaks(workspace, facts, effort.is_late(), &mut order);
        ignored::add_ignored(workspace, facts, place, &mut order);
        reverted::add_reverted(workspace, facts, &mut order);
        add_marked(workspace, facts, &mut order);
        let several = facts.target.branch().map(|branch| workspace.repository.checked_out(branch));
        if let (Some(BranchPlace::Several(reason)), Some(first)) = (several, order.steps.first_mut()) {
            first.warnings.push(format!("before merging into {}: {reason}", facts.target.name));
        }
        let upstream = facts.target.branch().and_then(|branch| workspace.upstreams(facts).remove(branch));
        order.behind =
            upstream.and_then(|known| Some((known.behind().filter(|behind| *behind > 0)?, known.name)));
        order
    });
    workspace.kept.save();
    found.map_err(|missing| Error::UnreadableTarget { target: facts.target.name.clone(), missing })
}

/// Tells each step in which files of its work the markers of a conflict are committed.
fn add_marked(workspace: &Workspace, facts: &Facts, order: &mut MergeOrder) {
    for step in &mut order.steps {
        let tips = facts.tips.iter().filter_map(Known::known);
        // a step may merge only the first of several stories of a place
        let part;
        let tip = match tips.filter(|tip| tip.ahead > 0).find(|tip| tip.head == Some(step.head)) {
            Some(tip) => Some(tip),
            None => {
                part = commit_tip(workspace, step.head);
                part.known()
            }
        };
        let marked = tip.map(|tip| checks::marked_in(tip, &step.terminal));
        step.warnings.extend(marked.into_iter().flatten());
    }
}

/// Who goes first where the work of two places conflicts, or `also` of these places, as the merge order has
/// it; nothing where that would take long to find out, and the merge order alone can say it.
pub(super) fn turns(
    workspace: &Workspace,
    facts: &Facts,
    pairs: &BTreeMap<Pair<PlaceId>, PairJudgement>,
    also: &BTreeSet<PlaceId>,
) -> Turns {
    let options = OrderOptions::default();
    let is_ambiguous = |branch: &str| workspace.repository.is_ambiguous(branch);
    let (unreadable, unrelated) = (&[][..], &[][..]);
    let question =
        OrderQuestion { facts, options: &options, unreadable, unrelated, is_ambiguous: &is_ambiguous };
    let question = planning::turn_question(facts, pairs, also, Candidates::new(&question).turn_units());
    let (kept, store) = (&workspace.kept.merges().turns, workspace.repository.store());
    let all_decided = workspace.kept.shared().all_decided();
    let known = kept.find(&question).filter(|known| all_decided && known.holds(&workspace.options, &store));
    let order = match known {
        Some(known) => known.order.clone(),
        None => {
            let effort = Effort::everyday();
            let found = simulated(workspace, facts, &options, &effort, |asked, candidates, simulation| {
                let order = turn_order(&question, candidates, simulation);
                (order, simulation.dependencies().filter(|_| asked.unreadable.is_empty()))
            });
            let (order, dependencies) = found.unwrap_or_default();
            let known = dependencies.map(|dependencies| KnownTurns { order: order.clone(), dependencies });
            if let Some(known) = known.filter(|known| all_decided && known.is_lasting(&workspace.options)) {
                kept.keep(question, Arc::new(known));
            }
            order
        }
    };
    order.map_or_else(Turns::default, |order| planning::turns(facts, pairs, order))
}

/// What is made of the terminals that can be merged, and of a simulation of that.
///
/// # Errors
/// The target's commit cannot be read.
fn simulated<T>(
    workspace: &Workspace,
    facts: &Facts,
    options: &OrderOptions,
    effort: &Effort,
    make: impl FnOnce(&OrderQuestion, &Candidates, &mut Simulation) -> T,
) -> Result<T, Missing> {
    let store = workspace.repository.store();
    let shared = workspace.kept.shared();
    let mut known = KnownHeads::new(&store, &store, facts.target.head, &workspace.options, shared)?;
    let is_ambiguous = |branch: &str| workspace.repository.is_ambiguous(branch);
    let mut unreadable = Vec::new();
    let mut unrelated = Vec::new();
    loop {
        let question = OrderQuestion {
            facts,
            options,
            unreadable: &unreadable,
            unrelated: &unrelated,
            is_ambiguous: &is_ambiguous,
        };
        let candidates = Candidates::new(&question);
        match Simulation::new(&mut known, facts, &candidates.units, effort) {
            Err(left_out) => {
                let told = |(unit, reason): (usize, Reason)| (candidates.units[unit].place, reason);
                unreadable.extend(left_out.into_iter().map(told));
            }
            Ok(mut simulation) => {
                // only now is it known that their histories can be read
                let found = unplanned(facts, options, &candidates);
                if !found.is_empty() {
                    unrelated.extend(found);
                    continue;
                }
                return Ok(make(&question, &candidates, &mut simulation));
            }
        }
    }
}

/// The places of units that have no commit in common with the target, and that nobody named.
fn unplanned(facts: &Facts, options: &OrderOptions, candidates: &Candidates) -> Vec<PlaceId> {
    let is_unplanned = |unit: &&Unit| {
        let tip = facts.tips[unit.place].known();
        let is_named = options.only.iter().any(|id| *id == unit.name || unit.also.contains(id));
        tip.is_some_and(|tip| tip.is_unrelated_to(&facts.target)) && !is_named
    };
    candidates.units.iter().filter(is_unplanned).map(|unit| unit.place).collect()
}
