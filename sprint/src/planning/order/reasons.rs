//! Why a step has its position, and the recommendation for one that stops.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Action, ConflictKind, Cost, Recommendation, StepConflict, few};

use super::candidates::Unit;
use super::cost::{cost_in_group, costs_in_group};
use super::effort::Effort;
use super::groups::Group;
use super::{Candidates, SimulatedMerge, Simulator};

/// Said of a step that has nothing to do with any other.
pub const AT_ANY_POINT: &str = "can be merged at any point";

/// If a unit influences more than this many others, its other positions are not tried to find the
/// reason: each takes as many merges as its group has steps.
const MOST_TRIED: usize = 16;

/// If a unit comes after more units than this, people see only some of the reasons.
const MOST_REASONS: usize = 4;

/// Why a unit has its position: with all names, and shortened for people.
#[derive(Default)]
pub(super) struct Reasons {
    pub whole: String,
    pub brief: String,
}

impl Reasons {
    fn of(text: &str) -> Reasons {
        Reasons { whole: text.to_string(), brief: text.to_string() }
    }

    fn add(&mut self, whole: &str, brief: &str) {
        for (text, more) in [(&mut self.whole, whole), (&mut self.brief, brief)] {
            if !text.is_empty() && !more.is_empty() {
                text.push_str("; ");
            }
            text.push_str(more);
        }
    }

    /// A reason that lists some names after `before`.
    fn add_names(&mut self, before: &str, names: &[&str], after: &str) {
        let told = |names: &str| format!("{before} {names}{after}");
        self.add(&told(&names.join(" and ")), &told(&few(names)));
    }
}

/// What merging costs, as long as there is time to find out.
pub(super) struct Pricing<'s> {
    pub simulator: &'s mut dyn Simulator,
    pub effort: &'s Effort<'s>,
}

impl Pricing<'_> {
    fn cost(&mut self, order: &[usize]) -> Option<Cost> {
        cost_in_group(order, self.simulator, self.effort)
    }

    fn costs(&mut self, order: &[usize]) -> Option<BTreeMap<usize, Cost>> {
        costs_in_group(order, self.simulator, self.effort)
    }
}

/// Why here, in one sentence: what it waits for, what another order would cost, who waits for it. `is_proven`: whether no
/// order costs less.
pub(super) fn reason(
    candidates: &Candidates,
    groups: &[Group],
    (order, is_proven): (&[usize], bool),
    at: usize,
    pricing: &mut Pricing,
) -> Reasons {
    let unit = order[at];
    let name = |unit: usize| candidates.units[unit].name.as_str();
    let mut reasons = Reasons::default();
    let needed = candidates.after(unit).count();
    for (number, (earlier, why)) in candidates.after(unit).enumerate() {
        let text = format!("after {}: {why}", name(earlier));
        match number < MOST_REASONS {
            true => reasons.add(&text, &text),
            false => reasons.add(&text, ""),
        }
    }
    if needed > MOST_REASONS {
        reasons.add("", &format!("and after {} others", needed - MOST_REASONS));
    }
    let group = groups.iter().find(|group| group.members.contains(&unit));
    let group = group.map_or_else(Vec::new, |group| group.ordered_as(order));
    let own_at = group.iter().position(|other| *other == unit).unwrap_or(0);
    let meets: Vec<usize> = (0..group.len())
        .filter(|other| *other != own_at && pricing.simulator.meets(group[*other], unit))
        .collect();
    // two that change a file may matter to each other through a third one
    let near: Vec<usize> = (0..group.len())
        .filter(|other| *other != own_at)
        .filter(|other| meets.contains(other) || pricing.simulator.touches(group[*other], unit))
        .collect();
    let tried =
        [&near, &meets].into_iter().find(|some| some.len() <= MOST_TRIED).map_or(&[][..], Vec::as_slice);
    let now = if tried.is_empty() { None } else { pricing.cost(&group) };
    let (earlier, later) =
        (tried.iter().find(|other| **other < own_at), tried.iter().rfind(|other| **other > own_at));
    for (other, here, there) in [(earlier, "after", "before"), (later, "before", "after")] {
        let (Some(other), Some(now)) = (other, now) else { continue };
        let mut beside: Vec<usize> =
            tried.iter().copied().filter(|other| (*other < own_at) == (here == "after")).collect();
        if here == "after" {
            beside.reverse();
        }
        let Some((dearer, more)) = dearer(candidates, &group, own_at, (*other, &beside), now, pricing) else {
            continue;
        };
        let dearer: Vec<&str> = dearer.into_iter().map(|other| name(group[other])).collect();
        let them = if dearer.len() == 1 { "it" } else { "them" };
        reasons.add_names(here, &dearer, &format!(": {there} {them}, {}", more.phrase()));
    }
    let waiting =
        order[at + 1..].iter().filter(|later| candidates.after(**later).any(|(earlier, _)| earlier == unit));
    let waiting: Vec<&str> = waiting.map(|later| name(*later)).collect();
    match waiting.len() {
        0 => {}
        1 => reasons.add_names("before", &waiting, ", which waits for it"),
        _ => reasons.add_names("before", &waiting, ", which wait for it"),
    }
    if !reasons.whole.is_empty() {
        return reasons;
    }
    let own = &candidates.units[unit];
    if !own.ready && order[..at].iter().any(|earlier| candidates.units[*earlier].ready) {
        return Reasons::of("after all work that is ready");
    }
    if meets.is_empty() {
        return Reasons::of(AT_ANY_POINT);
    }
    let (equals, unready): (Vec<&Unit>, Vec<&Unit>) = meets
        .iter()
        .map(|other| &candidates.units[group[*other]])
        .partition(|other| other.ready == own.ready);
    if equals.is_empty() {
        let unready: Vec<&str> = unready.iter().map(|other| other.name.as_str()).collect();
        let verb = if unready.len() == 1 { "is" } else { "are" };
        reasons.add_names("before", &unready, &format!(", which {verb} not ready"));
        return reasons;
    }
    let cost = if is_proven { "no other position is cheaper" } else { "no cheaper position was found" };
    let rank = |unit: usize| {
        let unit = &candidates.units[unit];
        (!unit.ready, Reverse(unit.priority), unit.registered)
    };
    if !meets.iter().all(|other| (rank(group[*other]) < rank(unit)) == (*other < own_at)) {
        return Reasons::of(cost);
    }
    let mut equals = equals.into_iter();
    let rule = if equals.clone().any(|other| other.priority != own.priority) {
        "priority"
    } else if own.is_registered || equals.any(|other| other.is_registered) {
        "registration"
    } else {
        "name"
    };
    Reasons::of(&format!("{cost}; ordered by {rule}"))
}

/// Those of these that a unit meets on one side, the nearest first, that it cannot pass without a change of what any
/// merge costs; and how much dearer it is beyond all of them. `None` where it is not dearer there, or not allowed.
fn dearer(
    candidates: &Candidates,
    group: &[usize],
    own: usize,
    (furthest, beside): (usize, &[usize]),
    now: Cost,
    pricing: &mut Pricing,
) -> Option<(Vec<usize>, Cost)> {
    let moved = |to: usize| {
        let mut moved = group.to_vec();
        let unit = moved.remove(own);
        moved.insert(to, unit);
        moved
    };
    let at_last = moved(furthest);
    let swapped = pricing.cost(&at_last)?;
    if swapped <= now || !candidates.allows(&at_last) {
        return None;
    }
    let mut before = pricing.costs(group)?;
    let mut passed = Vec::new();
    for other in beside {
        let here = pricing.costs(&moved(*other))?;
        if here != before {
            passed.push(*other);
        }
        before = here;
    }
    passed.sort_unstable();
    Some((passed, swapped.more_than(now)))
}

/// What `decision-support` is given for a step that stops.
///
/// Nobody but a person can resolve hunks that contradict each other, so that is manual; what can be
/// done without one is to bring a terminal up to date that conflicts with the target alone, and to
/// exchange two steps.
pub(super) fn recommendation(
    candidates: &Candidates,
    order: &[usize],
    at: usize,
    conflicts: &[StepConflict],
    outcome: &SimulatedMerge,
    pricing: &mut Pricing,
) -> Recommendation {
    let unit = order[at];
    let name = candidates.units[unit].name.as_str();
    let is_determined = conflicts.iter().all(|conflict| conflict.with.is_some());
    let with: BTreeSet<&str> =
        conflicts.iter().flat_map(|conflict| conflict.with.iter().flatten().map(String::as_str)).collect();
    let with: Vec<&str> = with.into_iter().collect();
    let paths: Vec<String> = conflicts.iter().map(|conflict| conflict.path.to_string()).collect();
    let mut alternatives = Vec::new();
    let branch = candidates.units[unit].branch.as_deref().unwrap_or(name);
    if outcome.cost.steps == 0 {
        let mends: Vec<&str> = conflicts.iter().filter_map(|conflict| conflict.mend.as_deref()).collect();
        return Recommendation {
            action: Action::ManualMerge,
            autonomous: true,
            confidence: 90,
            rationale: format!("nobody has to judge what conflicts: {}", mends.join(" ")),
            alternatives,
        };
    }
    if !is_determined {
        return Recommendation {
            action: Action::ManualMerge,
            autonomous: false,
            confidence: 50,
            rationale: format!("{name} conflicts in {}; with whom is not known", few(&paths)),
            alternatives,
        };
    }
    if with.is_empty() {
        alternatives
            .push(format!("rebase {branch} instead of merging: the same conflicts, commit by commit"));
        alternatives.push(format!("resolve while merging, and have {name} review it"));
        return Recommendation {
            action: Action::UpdateFromTarget,
            autonomous: false,
            confidence: 90,
            rationale: format!(
                "{name} conflicts with the target by itself; its owner knows {} best",
                few(&paths)
            ),
            alternatives,
        };
    }
    for other in
        order[..at].iter().copied().filter(|earlier| with.contains(&candidates.units[*earlier].name.as_str()))
    {
        let (Some(now), Some(swapped)) = (pricing.cost(&[other, unit]), pricing.cost(&[unit, other])) else {
            continue;
        };
        let other_name = &candidates.units[other].name;
        let allowed = candidates.allows(&[unit, other]);
        let price = match (allowed, swapped.cmp(&now)) {
            (false, _) => continue,
            (true, Ordering::Equal) => "same cost for these two".to_string(),
            (true, Ordering::Less) => "cheaper for these two alone".to_string(),
            (true, Ordering::Greater) => swapped.more_than(now).phrase(),
        };
        alternatives.push(format!("merge {name} before {other_name} ({price})"));
    }
    alternatives.push(format!(
        "after {} {} merged, rebase {branch} on the target: then {name} resolves the conflict",
        few(&with),
        if with.len() == 1 { "is" } else { "are" }
    ));
    if candidates.units[unit].paths > paths.len() {
        alternatives.push(format!("split {branch}: merge everything but {} first", few(&paths)));
    }
    let is_with_them = |conflict: &&StepConflict| conflict.with.iter().flatten().next().is_some();
    let of = |some: &dyn Fn(&&StepConflict) -> bool| -> Vec<String> {
        conflicts.iter().filter(some).map(|conflict| conflict.path.to_string()).collect()
    };
    let met = few(&of(&is_with_them));
    let drift = of(&|conflict| !is_with_them(conflict));
    let beside = match &drift[..] {
        [] => String::new(),
        paths => format!("; and it conflicts with the target by itself in {}", few(paths)),
    };
    let textual = conflicts.iter().all(|conflict| conflict.kind == ConflictKind::Content);
    let several = conflicts.iter().any(|conflict| conflict.together);
    let confidence = match (textual, several, outcome.cost.hunks) {
        (true, false, 1) => 80,
        (true, false, _) => 70,
        (true, true, _) | (false, _, _) => 60,
    };
    Recommendation {
        action: Action::ManualMerge,
        autonomous: false,
        confidence,
        rationale: match textual {
            true => format!("{name} and {} changed the same parts of {met}{beside}", few(&with)),
            false => format!("{name} and {} conflict in {met}{beside}", few(&with)),
        },
        alternatives,
    }
}
