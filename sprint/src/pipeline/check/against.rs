//! The checked work against each of the others: who meets it, and what of that rests on commits alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::checks;
use crate::interaction::{Judge, Shared};
use crate::model::{
    CheckQuestion, ConflictPath, Drift, Facts, Judgements, MergeOutcome, Overlap, Pair, PairJudgement,
    PlaceId, RepoPath, Tip, Verdict, Work,
};
use crate::pipeline::asking::ask_all;
use crate::pipeline::judge::{judge_parts, merged_with, pairs_with_parts, with_unreadable};
use crate::pipeline::own_work::{DeclaredFiles, own_views};
use crate::pipeline::unseen::{not_checked_out, overwritten, overwritten_at_target};
use crate::pipeline::{Workspace, commit_tip};

use super::near::{Apart, share_commits};
use super::own::Own;

/// Two tips with nothing but their own work as their changes: the checked one's, and the other's.
pub(super) type Views = BTreeMap<PlaceId, [Tip; 2]>;

/// What the checked work meets.
#[derive(Default)]
pub(super) struct Against {
    /// The pairs of the checked place and `terminal` alone, and its drift.
    pub judgements: Judgements,
    /// The conflicts that the terminal has had before the commit that is about to be made, by the other's
    /// place.
    pub standing: BTreeMap<PlaceId, Vec<ConflictPath>>,
    /// The paths of the conflicts that are there only because of the commit that is about to be made.
    pub caused: BTreeSet<RepoPath>,
    /// The places whose commits conflict with what is about to be committed or pushed, though they have uncommitted
    /// work that takes that back; without those with whose commits what is committed conflicts already.
    pub hidden: BTreeSet<PlaceId>,
    /// What counts of both where they share commits.
    pub views: Views,
}

impl Against {
    /// The places that the own work at a place meets, or whose merge overwrites files there; with that place if there are any,
    /// or it meets the target.
    pub fn met(&self, own: PlaceId) -> Vec<PlaceId> {
        let meets = |judgement: &PairJudgement| judgement.verdict != Verdict::Disjoint;
        let pairs = self.judgements.places.iter().filter(|(_, judgement)| meets(judgement));
        let overwriting = self.judgements.overwritten_at_target.keys().copied();
        let others = pairs.flat_map(|(pair, _)| [*pair.a(), *pair.b()]).chain(overwriting);
        let others: BTreeSet<PlaceId> = others.filter(|place| *place != own).collect();
        let drifts = self
            .judgements
            .drift
            .values()
            .any(|drift| !drift.work.known().is_some_and(MergeOutcome::is_clean));
        let met = if others.is_empty() && !drifts { None } else { Some(own) };
        others.into_iter().chain(met).collect()
    }
}

/// Judges the own work, that of the `terminal`, against the target and each of the others.
///
/// Who has no work, or is known to be `apart`, need not be judged. Where commits are shared, no work may
/// be work as well: what takes back a common change.
pub(super) fn against(
    workspace: &Workspace,
    facts: &Facts,
    terminal: usize,
    own: &Own,
    question: &CheckQuestion,
    apart: &Apart,
    shared: &Arc<Shared>,
) -> Against {
    let merged = merged_tips(workspace, own);
    let others = (0..facts.tips.len()).filter(|place| *place != own.place);
    let others = others.filter_map(|place| Some((place, facts.tip_at(place)?)));
    let store = workspace.repository.store();
    let others = others.filter(|(place, tip)| {
        let empty = tip.changes.is_empty() && tip.committed.is_empty();
        !empty || !apart.contains(place) && share_commits(workspace, &store, &own.judged, tip.work_head)
    });
    let others: Vec<_> = others.collect();
    drop(store);
    let declared = DeclaredFiles::of(&facts.terminals);
    let asked = |path: &RepoPath| {
        let is_named = question.paths.iter().any(|asked| path.meets(asked));
        is_named || own.only.as_ref().is_some_and(|only| only.contains(path))
    };
    let judged = ask_all(workspace, &others, shared, |judge, store, (place, other)| {
        workspace.kept.save_so_far();
        let met = pair_judged(judge, own, &merged, other);
        let tips = [(own.place, &own.judged), (*place, *other)];
        let judgement = declared.told(met.judgement, judge, store, tips);
        let tips = [&own.judged, *other];
        let views = own_views(judge, store, &workspace.options, tips, &judgement, &asked);
        (*place, MetOther { judgement, ..met }, views)
    });
    let mut found = Against::default();
    let pairs = &mut found.judgements.places;
    for (place, met, views) in judged {
        found.standing.insert(place, met.standing);
        found.caused.extend(met.caused);
        found.hidden.extend(met.is_hidden.then_some(place));
        found.views.extend(views.map(|views| (place, views)));
        if let Some(pair) = Pair::new(own.place, place) {
            let in_order = *pair.a() == own.place;
            pairs.insert(pair, if in_order { met.judgement } else { swapped(met.judgement) });
        }
    }
    let drift = ask_all(workspace, &[()], shared, |judge, _, ()| {
        let drift = judge.against_target(&own.judged);
        let caused = caused(own, conflicts_of(&drift), |before| conflicts_of(&judge.against_target(before)));
        (drift, caused)
    });
    for (drift, caused) in drift {
        found.judgements.drift.insert(own.place, drift);
        found.caused.extend(caused);
    }
    let at = |id: PlaceId| (&facts.places[id], (id == own.place).then_some(&own.standing));
    found.judgements.overwritten = overwritten(workspace, &found.judgements.drift, at);
    // who works where the target is checked out is told of all that is merged there
    let is_told_of_all = question.work == Work::All && facts.is_at_target(own.place);
    let others = (0..facts.tips.len()).filter(|place| is_told_of_all && *place != own.place);
    let others = others.filter_map(|place| Some((place, facts.tip_at(place)?)));
    let merged_into_it = others.chain([(own.place, &own.standing)]);
    found.judgements.overwritten_at_target = overwritten_at_target(workspace, facts, merged_into_it);
    found.judgements.not_checked_out = not_checked_out(workspace, &found.judgements.drift, at);
    let is_checked = |at: usize| at == terminal;
    let part = facts.part(&facts.terminals[terminal]).filter(|_| question.work == Work::All);
    if let Some(part) = part {
        let drift = ask_all(workspace, &[()], shared, |judge, _, ()| judge.against_target(part)).pop();
        found.judgements.part_drift.extend(drift.map(|drift| (terminal, drift)));
    }
    // what is checked is judged as it is asked about
    let tip_of = |at: usize| match is_checked(at) {
        true => part.or(Some(&own.judged)),
        false => merged_with(facts, &facts.terminals[at]),
    };
    // of those who followed each other there, each may have conflicts of its own
    let is_asked = |at: usize| {
        is_checked(at) || question.work == Work::All && facts.terminals[at].place() == Some(own.place)
    };
    let pairs = pairs_with_parts(facts, &found.judgements.places);
    let pairs = pairs.filter(|pair| pair.iter().any(|at| is_asked(*at)));
    let pairs: Vec<[usize; 2]> = pairs.collect();
    found.judgements.parts = judge_parts(workspace, facts, (&pairs, &tip_of), shared);
    let Judgements { places, parts, .. } = &found.judgements;
    found.judgements.pairs = checks::pairs_of(facts, places, parts, terminal);
    found
}

/// What the merged commits bring by themselves.
fn merged_tips(workspace: &Workspace, own: &Own) -> Vec<Tip> {
    own.merged.iter().filter_map(|commit| commit_tip(workspace, *commit).known().cloned()).collect()
}

/// The own work against one other's.
struct MetOther {
    judgement: PairJudgement,
    standing: Vec<ConflictPath>,
    caused: BTreeSet<RepoPath>,
    /// Whether their commits alone conflict, and did not before.
    is_hidden: bool,
}

/// The own work against one other's, and the conflicts that the commits before the judged one have already.
///
/// What a commit that the target merges already has against the other is not the target's own, and neither is
/// a file that it takes over as it is.
fn pair_judged(judge: &Judge, own: &Own, merged: &[Tip], other: &Tip) -> MetOther {
    let mut judgement = with_unreadable(judge.pair(&own.judged, other), &own.judged, other);
    for parent in merged {
        let before = judge.pair(parent, other).conflicts;
        let is_new = |conflict: &ConflictPath| !before.iter().any(|known| known.path == conflict.path);
        judgement.conflicts.retain(is_new);
        judgement.overlaps.retain(|overlap| {
            let taken = |tip: &Tip| tip.changes.at(&overlap.path).map(|change| change.new);
            taken(parent).is_none() || taken(parent) != taken(&own.judged)
        });
    }
    if judgement.verdict == Verdict::Conflict && judgement.conflicts.is_empty() {
        judgement.verdict = match judgement.undecided.first() {
            Some((path, reason)) => Verdict::Unknown(reason.at(path)),
            None => Verdict::Overlap,
        };
    }
    if judgement.verdict == Verdict::Overlap && judgement.overlaps.is_empty() {
        judgement.verdict = Verdict::Disjoint;
    }
    let is_next = own.only.is_some() && judgement.conflicts.iter().any(|conflict| conflict.certain);
    let standing = match is_next {
        true => judge.pair(&own.standing.commits_alone(), &other.commits_alone()).conflicts,
        false => Vec::new(),
    };
    let caused = caused(own, judgement.conflicts.clone(), |before| judge.pair(before, other).conflicts);
    let is_clean = matches!(judgement.verdict, Verdict::Disjoint | Verdict::Overlap);
    let is_hidden = is_clean && merged.is_empty() && judgement.committed == Verdict::Conflict && {
        let before =
            own.before.as_ref().map(|before| judge.pair(&before.commits_alone(), &other.commits_alone()));
        before.is_none_or(|before| before.verdict != Verdict::Conflict)
    };
    MetOther { judgement, standing, caused, is_hidden }
}

/// The paths of those conflicts that are elsewhere than what is about to be made, and are not there without it.
fn caused(
    own: &Own,
    mut conflicts: Vec<ConflictPath>,
    without: impl Fn(&Tip) -> Vec<ConflictPath>,
) -> BTreeSet<RepoPath> {
    let (Some(only), Some(before)) = (&own.only, &own.before) else { return BTreeSet::new() };
    conflicts.retain(|conflict| !conflict.paths().any(|path| only.contains(path)));
    if !conflicts.is_empty() {
        let known = without(before);
        let is_known =
            |one: &ConflictPath| known.iter().any(|known| (&known.path, known.kind) == (&one.path, one.kind));
        conflicts.retain(|conflict| !is_known(conflict));
    }
    conflicts.iter().flat_map(ConflictPath::paths).cloned().collect()
}

fn conflicts_of(drift: &Drift) -> Vec<ConflictPath> {
    drift.work.known().map(|outcome| outcome.conflicts.clone()).unwrap_or_default()
}

/// The same judgement with the two sides exchanged.
fn swapped(judgement: PairJudgement) -> PairJudgement {
    let [a, b] = judgement.own_declared;
    PairJudgement {
        own_declared: [b, a],
        conflicts: judgement.conflicts.into_iter().map(ConflictPath::swapped).collect(),
        overlaps: judgement.overlaps.into_iter().map(Overlap::swapped).collect(),
        ..judgement
    }
}
