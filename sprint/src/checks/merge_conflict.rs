//! `merge_conflict`: merging the second of two terminals into the target would stop because of the
//! first; or, for drift, merging one terminal would stop because of the target.

use crate::model::{
    Action, Change, Check, ConflictKind, ConflictPath, Evidence, FileRule, Finding, Known, Lines, PlaceId,
    Recommendation, Severity, Terminal, TerminalPair, Unmerged, Verdict, few, told_once,
};

use crate::planning::{Precedence, precedence};

use super::pairwise::{earlier, owns, share};
use super::{CheckInput, names_at};

pub(super) static CHECK: Check = Check {
    code: "merge_conflict",
    summary: "`git merge` of two terminals, or of a terminal and the target, would stop (warning if uncommitted changes take back what conflicts)",
    severities: &[Severity::Warning, Severity::Conflict],
    blocks_merge: Some(Severity::Conflict),
    recorded: Some(Severity::Conflict),
    by_declaration: false,
};

pub(super) fn run(input: &CheckInput) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pair in input.judgements.pairs.iter().filter(|pair| pair.verdict == Verdict::Conflict) {
        findings
            .extend(told_once(&pair.conflicts).into_iter().map(|conflict| between(input, pair, conflict)));
    }
    for (&place, drift) in &input.judgements.drift {
        let Known::Known(outcome) = &drift.work else { continue };
        for conflict in told_once(&outcome.conflicts) {
            let stages = outcome.unmerged_among(conflict);
            findings.extend(drifted(input, place, &conflict.clone().swapped(), stages));
        }
    }
    findings
}

fn between(input: &CheckInput, pair: &TerminalPair, conflict: &ConflictPath) -> Finding {
    let (a, b) = (&input.facts.terminals[pair.a], &input.facts.terminals[pair.b]);
    let committed = conflict.certain;
    let order = precedence(a, b, input.facts, &input.judgements.turns);
    let target = &input.facts.target.name;
    let message = format!(
        "{}: {} and {} conflict ({}), {}",
        conflict.path,
        with_lines(&a.id, &conflict.ours),
        with_lines(&b.id, &conflict.theirs),
        kind(conflict),
        match (conflict.is_wholly_certain(), committed) {
            (true, _) => "both committed",
            (false, true) => "both committed, and more that involves uncommitted work and may disappear",
            (false, false) => "involves uncommitted work and may disappear",
        }
    );
    let rule = input.facts.kinds.of(&conflict.path);
    let first = order.as_ref().map_or(&a.id, |order| &order.first.id);
    // the version of who goes first is taken; without an order, that may be either
    let other = [a, b].into_iter().filter(|one| order.is_none() || one.id != *first);
    let lost = other.filter(|one| input.facts.loses(one, &conflict.path));
    let lost: Vec<String> = lost.map(|one| one.id.clone()).collect();
    let whose = (!lost.is_empty()).then(|| lost.join(" and "));
    let mend = rule.and_then(|rule| {
        rule.in_conflict(&conflict.path, &conflict.regions, (target, first), whose.as_deref())
    });
    let confidence = order.as_ref().map_or(0, |order| order.reason.confidence());
    let autonomous = confidence >= 80 && committed;
    Finding {
        check: &CHECK,
        severity: Severity::Conflict,
        terminals: vec![a.id.clone(), b.id.clone()],
        path: Some(conflict.path.clone()),
        evidence: evidence(conflict, rule, None, mend.clone(), lost),
        recommendation: Some(Recommendation {
            action: if autonomous { Action::PrioritizeTerminal } else { Action::ManualMerge },
            autonomous,
            confidence,
            rationale: match &order {
                Some(order) => format!("{} first: {}", order.first.id, order.reason.of_it()),
                None => "which of them goes first is not known before the merge order is".to_string(),
            },
            alternatives: alternatives(order.as_ref(), conflict, input.facts.target.later_name()),
        }),
        message,
        suggestion: match (order, mend) {
            (order, Some(mend)) => [order.map(|order| order.advice(input.facts)), Some(mend)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            (Some(order), None) => order.advice(input.facts),
            (None, None) => {
                format!("Run {}: it finds which of them goes first.", input.facts.command("merge-order"))
            }
        },
    }
}

fn alternatives(order: Option<&Precedence>, conflict: &ConflictPath, target: &str) -> Vec<String> {
    let exchanged = order.map(|order| {
        let (first, second) = (&order.first.id, &order.second.id);
        [
            format!("merge {second} first, then update {first} from {target}"),
            format!("rebase {second} onto {first} before merging"),
        ]
    });
    let apart = format!("move all work on {} to one of them", conflict.path);
    exchanged.into_iter().flatten().chain([apart]).collect()
}

/// One finding for all terminals of the place. `ours` is the terminal's side.
fn drifted(
    input: &CheckInput,
    place: PlaceId,
    conflict: &ConflictPath,
    stages: Vec<Unmerged>,
) -> Option<Finding> {
    let terminals = names_of_drift(input, place, conflict);
    let (who, certain) = (terminals.join(", "), conflict.certain);
    let target = &input.facts.target.name;
    if terminals.is_empty() {
        return None;
    }
    let message = format!(
        "{}: {} {} with {target}{} ({}){}",
        conflict.path,
        with_lines(&who, &conflict.ours),
        if terminals.len() == 1 { "conflicts" } else { "conflict" },
        if conflict.theirs.is_empty() {
            String::new()
        } else {
            format!(" {}", Lines::phrase(&conflict.theirs))
        },
        kind(conflict),
        match (conflict.is_wholly_certain(), certain) {
            (true, _) => "",
            (false, true) => ", and more that involves uncommitted work and may disappear",
            (false, false) => ", involves uncommitted work and may disappear",
        }
    );
    let tip = input.facts.tips[place].known()?;
    let update = input.facts.update_advice(&who, tip, &input.facts.places[place], false);
    let rule = input.facts.kinds.of(&conflict.path);
    let is_lost = input.facts.kinds.loses(&conflict.path, tip.changes.iter().flat_map(Change::paths));
    let whose = is_lost.then_some(&*who);
    let mend =
        rule.and_then(|rule| rule.in_conflict(&conflict.path, &conflict.regions, (target, target), whose));
    let suggestion = mend.iter().fold(update, |update, mend| format!("{update} {mend}"));
    let lost = if is_lost { terminals.clone() } else { Vec::new() };
    Some(Finding {
        check: &CHECK,
        severity: Severity::Conflict,
        terminals,
        path: Some(conflict.path.clone()),
        suggestion,
        evidence: evidence(conflict, rule, Some(stages), mend.clone(), lost),
        recommendation: Some(Recommendation {
            action: Action::UpdateFromTarget,
            autonomous: false,
            confidence: if certain { 90 } else { 60 },
            rationale: match tip.will_be_unrelated_to(&input.facts.target) {
                true => format!("{target} has also changed this, and shares no history with {who}"),
                false => format!("{target} has also changed this since {who} branched off"),
            },
            alternatives: vec![
                format!("rebase {who} onto {target}"),
                format!("merge {who} into {target} and resolve the conflict there"),
            ],
        }),
        message,
    })
}

/// Those at a place whose work conflicts with the target: of several, those who have it at the paths.
fn names_of_drift(input: &CheckInput, place: PlaceId, conflict: &ConflictPath) -> Vec<String> {
    let facts = input.facts;
    let there = facts.terminals.iter().enumerate().filter(|(_, one)| one.place() == Some(place));
    let own = there.filter(|(at, _)| drifts(input, *at, conflict));
    let mut names: Vec<String> = own.map(|(_, terminal)| terminal.id.clone()).collect();
    names.dedup();
    if names.is_empty() { names_at(input, place) } else { names }
}

/// Whether a conflict of the work in a place with the target is one of this terminal, by its index.
pub fn drifts(input: &CheckInput, at: usize, conflict: &ConflictPath) -> bool {
    let terminal = &input.facts.terminals[at];
    let paths: Vec<_> = conflict.paths().collect();
    let is_its = |outcome: &crate::model::MergeOutcome| {
        let mut own = outcome.conflicts.iter().flat_map(ConflictPath::paths);
        own.any(|path| paths.contains(&path)) || !outcome.undecided.is_empty()
    };
    let alone = input.judgements.part_drift.get(&at).map(|drift| &drift.work);
    let is_in_part = alone.is_none_or(|work| work.known().is_none_or(is_its));
    let before =
        earlier(input.facts, terminal).filter_map(|at| input.judgements.part_drift.get(&at)?.work.known());
    let before: Vec<&ConflictPath> = before.flat_map(|outcome| &outcome.conflicts).collect();
    if !before.is_empty() && share(conflict, terminal, &before).is_none() {
        return false;
    }
    // those who share their work share its conflicts
    let mut sharing = input.facts.terminals.iter();
    let is_one = |one: &Terminal| one.place() == terminal.place() && one.own == terminal.own;
    is_in_part && sharing.any(|one| is_one(one) && owns(input.facts, one, &paths))
}

/// The facts of a conflict. `stages`: of one with the target, how git leaves the paths. `lost`: whose changes of
/// a lock file are lost with the version that is taken.
fn evidence(
    conflict: &ConflictPath,
    rule: Option<&FileRule>,
    stages: Option<Vec<Unmerged>>,
    mend: Option<String>,
    lost: Vec<String>,
) -> Evidence {
    Evidence::Conflict {
        kind: conflict.kind,
        also: conflict.other_paths().cloned().collect(),
        lines_a: conflict.ours.clone(),
        lines_b: conflict.theirs.clone(),
        regions: conflict.regions.clone(),
        committed: conflict.certain,
        drift: stages.is_some(),
        stages: stages.unwrap_or_default(),
        file_kind: rule.map(|rule| rule.kind),
        command: rule.and_then(|rule| rule.command.clone()),
        mend,
        lost,
    }
}

/// The kind; of a file that each side gave another name, with these.
fn kind(conflict: &ConflictPath) -> String {
    let names: Vec<String> = conflict.other_paths().map(ToString::to_string).collect();
    match conflict.kind {
        ConflictKind::RenameRename if names.len() > 1 => {
            format!("{}: {}", conflict.kind.name(), few(&names))
        }
        kind => kind.name().to_string(),
    }
}

fn with_lines(who: &str, lines: &[Lines]) -> String {
    if lines.is_empty() { who.to_string() } else { format!("{who} {}", Lines::phrase(lines)) }
}
