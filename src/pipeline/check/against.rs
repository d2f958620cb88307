//! The checked work against each of the others: who meets it, and what of that rests on commits alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::interaction::{Judge, Shared};
use crate::model::{ConflictPath, Known, Overlap, Pair, PairJudgement, PlaceId, Tip, Verdict, Verdicts};
use crate::pipeline::Workspace;
use crate::pipeline::verdicts::with_unreadable;

use super::own::Own;

/// The places whose work is known not to meet the checked one.
pub(super) type Apart = BTreeSet<PlaceId>;

/// The conflicts that rest on commits alone, by the other's place.
#[derive(Default)]
pub(super) struct Certain {
    /// With the judged work as if it were committed.
    pub certain: BTreeMap<PlaceId, Vec<ConflictPath>>,
    /// Those that the terminal has had before the commit that is about to be made.
    pub standing: BTreeMap<PlaceId, Vec<ConflictPath>>,
}

impl Workspace {
    /// Judges the own work against the target and each of the others; with the conflicts among
    /// commits alone, by place.
    ///
    /// Who has no work, or is known to be `apart`, need not be judged. Where commits are shared, no
    /// work may be work as well: what takes back a common change.
    pub(super) fn against(&self, own: &Own, tips: &[Known<Tip>], apart: &Apart) -> (Verdicts, Certain) {
        let merged = self.merged_tips(own);
        let others: Vec<(PlaceId, &Tip)> = tips
            .iter()
            .enumerate()
            .filter(|(id, _)| *id != own.place)
            .filter_map(|(id, tip)| Some((id, tip.known()?)))
            .collect();
        let store = self.repository.store();
        let (idle, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|(id, tip)| {
            let empty = tip.changes.is_empty() && tip.committed.is_empty();
            empty && (apart.contains(id) || !self.share_commits(&store, &own.judged, tip.head))
        });
        drop(store);
        let shared = Arc::new(Shared::default());
        let judged = self.shared_out(&others, &shared, |judge, (id, other)| {
            (*id, pair_judged(judge, own, &merged, other))
        });
        let mut verdicts = Verdicts::default();
        let mut among_commits = Certain::default();
        for (id, _) in idle {
            verdicts.pairs.extend(Pair::new(own.place, id).map(|pair| (pair, disjoint())));
        }
        for (id, (judgement, certain, standing)) in judged {
            among_commits.certain.insert(id, certain);
            among_commits.standing.insert(id, standing);
            if let Some(pair) = Pair::new(own.place, id) {
                let in_order = *pair.a() == own.place;
                verdicts.pairs.insert(pair, if in_order { judgement } else { swapped(judgement) });
            }
        }
        let drift = self.shared_out(&[()], &shared, |judge, ()| judge.against_target(&own.judged));
        verdicts.drift.extend(drift.into_iter().map(|drift| (own.place, drift)));
        (verdicts, among_commits)
    }

    /// What the merged commits bring by themselves.
    fn merged_tips(&self, own: &Own) -> Vec<Tip> {
        own.merged.iter().filter_map(|commit| self.commit_tip(*commit).known().cloned()).collect()
    }
}

/// The own work against one other's; the conflicts that rest on commits alone; and those of them that
/// the commits before the judged one have already.
///
/// What a merged commit already has against the other is not the merging terminal's own, and neither
/// is a file that it takes over as it is.
fn pair_judged(
    judge: &Judge,
    own: &Own,
    merged: &[Tip],
    other: &Tip,
) -> (PairJudgement, Vec<ConflictPath>, Vec<ConflictPath>) {
    let mut judgement = with_unreadable(judge.pair(&own.judged, other), &own.judged, other);
    let mut certain = match judgement.verdict {
        Verdict::Conflict => judge.pair(&commits_alone(&own.judged), &commits_alone(other)).conflicts,
        Verdict::Disjoint | Verdict::Overlap | Verdict::Unknown(_) => Vec::new(),
    };
    for parent in merged {
        let before = judge.pair(parent, other).conflicts;
        let is_new = |conflict: &ConflictPath| !before.iter().any(|known| known.path == conflict.path);
        judgement.conflicts.retain(is_new);
        certain.retain(is_new);
        judgement.overlaps.retain(|overlap| {
            let taken = |tip: &Tip| tip.changes.at(&overlap.path).map(|change| change.new);
            taken(parent).is_none() || taken(parent) != taken(&own.judged)
        });
    }
    if judgement.verdict == Verdict::Conflict && judgement.conflicts.is_empty() {
        judgement.verdict = Verdict::Overlap;
    }
    if judgement.verdict == Verdict::Overlap && judgement.overlaps.is_empty() {
        judgement.verdict = Verdict::Disjoint;
    }
    let is_next = own.only.is_some() && !certain.is_empty();
    let standing = match is_next {
        true => judge.pair(&commits_alone(&own.standing), &commits_alone(other)).conflicts,
        false => Vec::new(),
    };
    (judgement, certain, standing)
}

fn commits_alone(tip: &Tip) -> Tip {
    Tip { work_tree: tip.tree, changes: tip.committed.clone(), ..tip.clone() }
}

fn disjoint() -> PairJudgement {
    PairJudgement {
        verdict: Verdict::Disjoint,
        committed: Verdict::Disjoint,
        conflicts: Vec::new(),
        overlaps: Vec::new(),
        assumes: None,
        shared_commits: 0,
        own_declared: Default::default(),
    }
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
