//! The third stage: how every two tips meet, and each with the target, asked on all threads; and who goes
//! first where they conflict.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks;
use crate::model::{
    Drift, Facts, Hunks, Judgements, Pair, PairJudgement, PlaceId, SemanticClashes, Tip, Turns, Verdict,
};

use super::Workspace;
use super::asking::ask_all;
use super::migrations::migration_clashes;
use super::order::turns;
use super::own_work::DeclaredFiles;
use super::semantic::{SemanticScope, semantic_clashes};
use super::trials::{kept_failures, known_failures};
use super::unseen::{not_checked_out, overwritten};

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
    let not_checked_out = not_checked_out(workspace, &drift, |id| (&facts.places[id], facts.tip_at(id)));
    let (pairs, disjoint) = checks::terminal_pairs(facts, &places);
    Judgements {
        drift,
        overwritten,
        not_checked_out,
        pairs,
        disjoint,
        turns: Turns::default(),
        failures: Vec::new(),
        migrations: Vec::new(),
        semantic: SemanticClashes::default(),
        places,
    }
}

/// A file that one could not read and the other touched makes the pair unknown; where it conflicts elsewhere, that
/// file.
pub(super) fn with_unreadable(mut judgement: PairJudgement, a: &Tip, b: &Tip) -> PairJudgement {
    if judgement.shared_commits > 0 {
        return judgement; // the judge knows what each did of its own
    }
    for (one, other) in [(a, b), (b, a)].into_iter().filter(|(_, other)| !other.brings_nothing()) {
        for change in &one.changes {
            let Hunks::Unknown(reason) = &change.hunks else { continue };
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
