//! Asks many questions about merges, on all threads.

use std::sync::Arc;

use rayon::prelude::*;

use crate::git::Store;
use crate::interaction::{Judge, Shared};

use super::Workspace;

/// As many questions are a few.
const FEW: usize = 8;

/// Asks about every item, on all threads: a judge a thread, each with an equal share.
pub(super) fn ask_all<Q: Sync, A: Send>(
    workspace: &Workspace,
    questions: &[Q],
    shared: &Arc<Shared>,
    ask: impl Fn(&Judge, &Store, &Q) -> A + Sync,
) -> Vec<A> {
    // a few questions are answered before other threads would have begun
    let threads = if questions.len() <= FEW { 1 } else { rayon::current_num_threads() };
    let answer_share = |share: usize| -> Vec<A> {
        let store = workspace.repository.store();
        let judge = Judge::new(&store, &store, workspace.target.head, &workspace.options);
        let judge = judge.sharing(shared.clone());
        let questions = questions.iter().skip(share).step_by(threads);
        questions.map(|question| ask(&judge, &store, question)).collect()
    };
    match threads {
        1 => answer_share(0),
        _ => (0..threads).into_par_iter().flat_map_iter(answer_share).collect(),
    }
}
