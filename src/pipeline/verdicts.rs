//! How every two tips meet, and each with the target: asked on all threads.

use std::sync::Arc;

use rayon::prelude::*;

use crate::interaction::{Judge, Shared};
use crate::model::{Hunks, Known, Pair, PairJudgement, PlaceId, Tip, Verdict, Verdicts};

use super::Workspace;

/// As many questions are a few.
const FEW: usize = 8;

impl Workspace {
    /// Each place against the target, then every two places against each other; a judge a thread,
    /// each with an equal share.
    pub(super) fn verdicts(&self, tips: &[Known<Tip>]) -> Verdicts {
        let known: Vec<(PlaceId, &Tip)> =
            tips.iter().enumerate().filter_map(|(id, tip)| Some((id, tip.known()?))).collect();
        let pairs: Vec<(Pair<PlaceId>, &Tip, &Tip)> = known
            .iter()
            .enumerate()
            .flat_map(|(at, (a, tip_a))| {
                known[at + 1..].iter().map(move |(b, tip_b)| (*a, *b, *tip_a, *tip_b))
            })
            .filter_map(|(a, b, tip_a, tip_b)| Some((Pair::new(a, b)?, tip_a, tip_b)))
            .collect();
        let shared = Arc::new(Shared::with(self.memory().clone()));
        let drift = self.shared_out(&known, &shared, |judge, (id, tip)| (*id, judge.against_target(tip)));
        let judged = self.shared_out(&pairs, &shared, |judge, (pair, a, b)| {
            (*pair, with_unreadable(judge.pair(a, b), a, b))
        });
        Verdicts { drift: drift.into_iter().collect(), pairs: judged.into_iter().collect() }
    }

    /// Asks about every item, on all threads.
    pub(super) fn shared_out<Q: Sync, A: Send>(
        &self,
        questions: &[Q],
        shared: &Arc<Shared>,
        ask: impl Fn(&Judge, &Q) -> A + Sync,
    ) -> Vec<A> {
        // a few questions are answered before other threads would have begun
        let threads = if questions.len() <= FEW { 1 } else { rayon::current_num_threads() };
        let answer_share = |share: usize| -> Vec<A> {
            let store = self.repository.store();
            let judge = Judge::new(&store, &store, self.target.head, &self.options).sharing(shared.clone());
            questions.iter().skip(share).step_by(threads).map(|question| ask(&judge, question)).collect()
        };
        match threads {
            1 => answer_share(0),
            _ => (0..threads).into_par_iter().flat_map_iter(answer_share).collect(),
        }
    }
}

/// A file that one could not read and the other touched makes the pair unknown, unless it conflicts
/// elsewhere anyway.
pub(super) fn with_unreadable(mut judgement: PairJudgement, a: &Tip, b: &Tip) -> PairJudgement {
    if judgement.shared_commits > 0 {
        return judgement; // the judge knows what each did of its own
    }
    for (one, other) in [(a, b), (b, a)] {
        for change in &one.changes {
            let Hunks::Unknown(reason) = &change.hunks else { continue };
            let touched = other
                .changes
                .iter()
                .any(|known| known.paths().any(|path| change.paths().any(|own| own == path)));
            if touched && judgement.verdict != Verdict::Conflict {
                judgement.verdict = Verdict::Unknown(format!("{}: {reason}", change.path).into());
            }
        }
    }
    judgement
}
