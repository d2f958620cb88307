//! The proof of a merge order: all its steps merged once more, from nothing.

use std::collections::HashMap;

use crate::merge::{self, CommitFacts, Commits, Missing, Options};
use crate::model::{MergeOrder, MergeOutcome, MergeStep, Oid, Prediction};
use crate::pipeline::Workspace;
use crate::planning::order::Candidates;

/// Merges step by step with nothing remembered, each step a commit with its real parents, and compares
/// what each does.
pub(super) fn is_confirmed(workspace: &Workspace, order: &MergeOrder, candidates: &Candidates) -> bool {
    let store = workspace.repository.store();
    let Some(mut at) = workspace.target.head else { return true };
    let mut history = Imagined { real: &store, merges: HashMap::new() };
    for (number, step) in order.steps.iter().enumerate() {
        let unit = candidates.units.iter().find(|unit| unit.name == step.terminal);
        let Some(unit) = unit else { return false };
        let head = unit.head;
        let labels = workspace.options.labels.clone();
        let labels = labels.or_else(|| Some(("HEAD".to_string(), unit.word.clone())));
        let options = Options { labels, ..workspace.options.clone() };
        let outcome = merge::merge_commits(&store, &history, at, head, &options);
        if !agrees(&outcome, step) {
            return false;
        }
        if let (Some(tree), Ok(_)) = (step.tree, &outcome) {
            at = history.add(number, tree, [at, head]);
        }
    }
    true
}

/// Whether a merge did what the step predicts.
fn agrees(outcome: &Result<MergeOutcome, Missing>, step: &MergeStep) -> bool {
    match (outcome, &step.prediction) {
        // what is unknown can be neither confirmed nor refuted
        (_, Prediction::Unknown(_)) => true,
        (Err(_), _) => false,
        (Ok(outcome), Prediction::Clean) => outcome.is_clean() && Some(outcome.tree) == step.tree,
        (Ok(outcome), Prediction::Conflict) => {
            let paths: Vec<_> = outcome.conflicts.iter().map(|one| (&one.path, one.kind)).collect();
            let told: Vec<_> = step.conflicts.iter().map(|one| (&one.path, one.kind)).collect();
            paths == told
        }
    }
}

/// A history with merge commits that nobody made.
struct Imagined<'a> {
    real: &'a dyn Commits,
    merges: HashMap<Oid, CommitFacts>,
}

impl Imagined<'_> {
    /// A merge commit, the newest of all.
    fn add(&mut self, number: usize, tree: Oid, parents: [Oid; 2]) -> Oid {
        let mut id = [0xff; 20];
        id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let time = i64::MAX - 1_000_000 + number as i64;
        let id = Oid::new(id);
        self.merges.insert(id, CommitFacts { tree, parents: parents.to_vec(), time });
        id
    }
}

impl Commits for Imagined<'_> {
    fn commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
        match self.merges.get(&id) {
            Some(made) => Ok(made.clone()),
            None => self.real.commit(id),
        }
    }

    fn is_shallow(&self) -> bool {
        self.real.is_shallow()
    }
}
