//! The third stage: how every two tips meet, and each with the target, asked on all threads; and who goes
//! first where they conflict.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checks;
use crate::interaction::Shared;
use crate::model::{
    Drift, Facts, Hunks, Judgements, Pair, PairJudgement, PlaceId, SemanticClashes, Terminal, Tip, Turns,
    Verdict,
};

use super::Workspace;
use super::asking::ask_all;
use super::migrations::migration_clashes;
use super::order::turns;
use super::own_work::DeclaredFiles;
use super::semantic::{SemanticScope, semantic_clashes};
use super::trials::{kept_failures, known_failures};
use super::unseen::{not_checked_out, overwritten, overwritten_at_target};

/// Each place against the target, every two places against each other, who goes first if any conflict, and what `verify`
/// found of work that is still the same; and migrations that exclude each other.
pub fn judge(workspace: &Workspace, facts: &Facts) -> Judgements {
    judge_in_steps(workspace, facts, &|_| true).unwrap_or_default()
}

/// The same; `so_far` is told how all meet as soon as that is known, then with who goes first, before it is looked for what
/// merges without a conflict and breaks. It says whether to go on; where not, there is no more.
pub(super) fn judge_in_steps(
    workspace: &Workspace,
    facts: &Facts,
    so_far: &dyn Fn(&Judgements) -> bool,
) -> Option<Judgements> {
    let mut judged = judge_pairs(workspace, facts);
    if !so_far(&judged) {
        return None;
    }
    let is_conflict = |(pair, met): (&Pair<PlaceId>, &PairJudgement)| {
        let at_target = facts.is_at_target(*pair.a()) || facts.is_at_target(*pair.b());
        met.verdict == Verdict::Conflict && !at_target
    };
    if judged.places.iter().any(is_conflict) {
        judged.turns = turns(workspace, facts, &judged.places, &BTreeSet::new());
    }
    if !so_far(&judged) {
        return None;
    }
    let failures = known_failures(workspace, facts, kept_failures(workspace));
    let migrations = migration_clashes(workspace, facts, None);
    let semantic = semantic_clashes(workspace, facts, &SemanticScope::default());
    Some(Judgements { failures, migrations, semantic, ..judged })
}

/// Each place against the target, then every two places against each other.
pub(super) fn judge_pairs(workspace: &Workspace, facts: &Facts) -> Judgements {
    let known: Vec<(PlaceId, &Tip)> =
        (0..facts.tips.len()).filter_map(|place| Some((place, facts.tip_at(place)?))).collect();
    let declared = DeclaredFiles::of(&facts.terminals);
    let shared = workspace.kept.shared();
    let drift = ask_all(workspace, &known, &shared, |judge, _, (id, tip)| (*id, judge.against_target(tip)));
    let tips: Vec<&Tip> = known.iter().map(|(_, tip)| *tip).collect();
    let possible = ask_all(workspace, &[()], &shared, |judge, _, ()| judge.possible_pairs(&tips));
    let possible = possible.into_iter().flatten().map(|pair| pair.map(|at| known[at]));
    let pairs: Vec<(Pair<PlaceId>, &Tip, &Tip)> =
        possible.filter_map(|[(a, tip_a), (b, tip_b)]| Some((Pair::new(a, b)?, tip_a, tip_b))).collect();
    let places = ask_all(workspace, &pairs, &shared, |judge, store, (pair, a, b)| {
        let judgement = with_unreadable(judge.pair(a, b), a, b);
        (*pair, declared.told(judgement, judge, store, [(*pair.a(), a), (*pair.b(), b)]))
    });
    let places = places.into_iter().filter(|(_, met)| *met != PairJudgement::disjoint()).collect();
    let drift: BTreeMap<PlaceId, Drift> = drift.into_iter().collect();
    let overwritten = overwritten(workspace, &drift, |id| (&facts.places[id], facts.tip_at(id)));
    let overwritten_at_target = overwritten_at_target(workspace, facts, known.iter().copied());
    let not_checked_out = not_checked_out(workspace, &drift, |id| (&facts.places[id], facts.tip_at(id)));
    let tips = |at: usize| merged_with(facts, &facts.terminals[at]);
    let all: Vec<[usize; 2]> = pairs_with_parts(facts, &places).collect();
    let parts = judge_parts(workspace, facts, (&all, &tips), &shared);
    let part_drift = (0..facts.terminals.len())
        .filter_map(|at| Some((at, facts.part(&facts.terminals[at])?)))
        .collect::<Vec<_>>();
    let part_drift =
        ask_all(workspace, &part_drift, &shared, |judge, _, (at, part)| (*at, judge.against_target(part)));
    let (pairs, disjoint) = checks::terminal_pairs(facts, &places, &parts);
    Judgements {
        drift,
        overwritten,
        overwritten_at_target,
        not_checked_out,
        part_drift: part_drift.into_iter().collect(),
        parts,
        pairs,
        disjoint,
        turns: Turns::default(),
        failures: Vec::new(),
        migrations: Vec::new(),
        semantic: SemanticClashes::default(),
        places,
    }
}

/// The pairs of terminals, by their indexes, of which one has a part of what its place has committed, and whose places have
/// anything in common.
pub(super) fn pairs_with_parts<'a>(
    facts: &'a Facts,
    places: &'a BTreeMap<Pair<PlaceId>, PairJudgement>,
) -> impl Iterator<Item = [usize; 2]> + 'a {
    let terminals = &facts.terminals;
    let is_part = |at: usize| facts.part(&terminals[at]).is_some();
    let parts = (0..terminals.len()).filter(move |at| is_part(*at));
    let pairs = parts.flat_map(move |at| {
        let others =
            (0..terminals.len()).filter(move |other| *other != at && (*other > at || !is_part(*other)));
        others.map(move |other| [at.min(other), at.max(other)])
    });
    pairs.filter(move |pair| {
        let [a, b] = pair.map(|at| terminals[at].place());
        let pair = a.zip(b).and_then(|(a, b)| Pair::new(a, b));
        pair.is_some_and(|pair| places.contains_key(&pair))
    })
}

/// What a terminal's work is merged as: its own part, or where that has no commit yet, all that its uncommitted work is on.
pub(super) fn merged_with<'f>(facts: &'f Facts, terminal: &'f Terminal) -> Option<&'f Tip> {
    let own = facts.own_tip(terminal)?;
    if own.is_settled() && own.is_dirty() { facts.tip(terminal) } else { Some(own) }
}

/// These pairs by the work of each terminal alone.
pub(super) fn judge_parts<'a>(
    workspace: &Workspace,
    facts: &'a Facts,
    (pairs, tip_of): (&[[usize; 2]], &(dyn Fn(usize) -> Option<&'a Tip> + Sync)),
    shared: &Arc<Shared>,
) -> BTreeMap<[usize; 2], PairJudgement> {
    let judged = ask_all(workspace, pairs, shared, |judge, _, pair| {
        let [a, b] = pair.map(tip_of);
        let is_over =
            |at: usize| facts.terminals[at].own_work().is_some_and(|tip| tip.is_settled() && !tip.is_dirty());
        match (a, b) {
            // what the target has meets nobody
            _ if pair.iter().any(|at| is_over(*at)) => Some((*pair, PairJudgement::disjoint())),
            (Some(a), Some(b)) => Some((*pair, with_unreadable(judge.pair(a, b), a, b))),
            (None, _) | (_, None) => None,
        }
    });
    judged.into_iter().flatten().collect()
}

/// A file in its worktree that one could not read and the other touched makes the pair unknown; where it conflicts elsewhere, that
/// file.
pub(super) fn with_unreadable(mut judgement: PairJudgement, a: &Tip, b: &Tip) -> PairJudgement {
    if judgement.shared_commits > 0 {
        return judgement; // the judge knows what each did of its own
    }
    for (one, other) in [(a, b), (b, a)].into_iter().filter(|(_, other)| !other.brings_nothing()) {
        for change in &one.changes {
            let (Hunks::Unknown(reason), true) = (&change.hunks, change.layers.unread) else { continue };
            let touched = other
                .changes
                .iter()
                .any(|known| known.paths().any(|path| change.paths().any(|own| own == path)));
            if touched && judgement.verdict != Verdict::Conflict {
                judgement.verdict = Verdict::Unknown(reason.at(&change.path));
            }
            let mut known = judgement.undecided.iter().map(|(path, _)| path);
            let mut conflicts = judgement.conflicts.iter().map(|conflict| &conflict.path);
            if touched
                && !known.any(|path| *path == change.path)
                && !conflicts.any(|path| *path == change.path)
            {
                judgement.undecided.push((change.path.clone(), reason.clone()));
            }
        }
    }
    judgement.undecided.sort();
    judgement
}
