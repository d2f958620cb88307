//! Merges as they are asked for: of trees, and of commits with any number of merge bases.

use super::commits::Commits;
use super::engine::Engine;
use super::resolve::Merged;
use super::three_way::{Question, three_way};
use super::trees::edit_tree;
use super::{Missing, Objects, Options};
use crate::model::{MergeOutcome, Oid, Reason, RepoPath};

/// The names of the sides while a virtual merge base is made; they stand in its conflict markers.
const TEMPORARY: (&str, &str) = ("Temporary merge branch 1", "Temporary merge branch 2");

/// What `git merge` would make of two trees and their base.
///
/// # Errors
/// An object that cannot be read.
pub fn merge_trees(
    objects: &dyn Objects,
    base: Oid,
    ours: Oid,
    theirs: Oid,
    options: &Options,
) -> Result<MergeOutcome, Missing> {
    let labels = options.labels.clone().unwrap_or_else(|| ("ours".into(), "theirs".into()));
    Engine::new(objects, options).merge(Question { trees: [base, ours, theirs], labels, depth: 0 })
}

/// What `git merge` would make of two commits. Several merge bases are merged with each other
/// first, the oldest ones before the others, and their conflicts are content of the base then;
/// without any, the base is the empty tree.
///
/// # Errors
/// An object that cannot be read.
pub fn merge_commits(
    objects: &dyn Objects,
    commits: &dyn Commits,
    ours: Oid,
    theirs: Oid,
    options: &Options,
) -> Result<MergeOutcome, Missing> {
    Engine::new(objects, options).merge_commits(commits, ours, theirs)
}

/// A commit, or what would be the merge of several.
#[derive(Clone, Debug)]
struct Virtual {
    tree: Oid,
    /// The real commits whose histories it joins.
    commits: Vec<Oid>,
    undecided: Vec<(RepoPath, Reason)>,
}

impl Engine<'_> {
    /// Merges three trees and writes the result.
    pub(super) fn merge(&self, question: Question) -> Result<MergeOutcome, Missing> {
        let Merged { edits, conflicts, unmerged, undecided } = three_way(self, &question)?;
        let tree = edit_tree(self.objects, question.trees[1], &edits)?;
        Ok(MergeOutcome { tree, conflicts, unmerged, undecided })
    }

    /// Merges two commits.
    pub(super) fn merge_commits(
        &self,
        commits: &dyn Commits,
        ours: Oid,
        theirs: Oid,
    ) -> Result<MergeOutcome, Missing> {
        let bases = commits.merge_bases(ours, &[theirs])?;
        let base = self.join_bases(commits, bases, 0)?;
        let trees = [base.tree, commits.commit(ours)?.tree, commits.commit(theirs)?.tree];
        let named = || (ours.to_string(), theirs.to_string());
        let labels = self.options.labels.clone().unwrap_or_else(named);
        self.merge_on(base, trees, labels)
    }

    fn merge_on(
        &self,
        base: Virtual,
        trees: [Oid; 3],
        labels: (String, String),
    ) -> Result<MergeOutcome, Missing> {
        let mut outcome = self.merge(Question { trees, labels, depth: 0 })?;
        outcome.undecided.extend(base.undecided);
        outcome.undecided.sort();
        outcome.undecided.dedup();
        Ok(outcome)
    }

    /// One base out of many: each next one is merged into what the older ones made. The bases
    /// come newest first.
    fn join_bases(&self, commits: &dyn Commits, bases: Vec<Oid>, depth: usize) -> Result<Virtual, Missing> {
        let mut bases = bases.into_iter().rev();
        let Some(first) = bases.next() else {
            return Ok(Virtual { tree: Oid::EMPTY_TREE, commits: Vec::new(), undecided: Vec::new() });
        };
        let mut joined =
            Virtual { tree: commits.commit(first)?.tree, commits: vec![first], undecided: Vec::new() };
        for next in bases {
            let below = commits.merge_bases(next, &joined.commits)?;
            let base = self.join_bases(commits, below, depth + 1)?;
            let trees = [base.tree, joined.tree, commits.commit(next)?.tree];
            let labels = (TEMPORARY.0.to_string(), TEMPORARY.1.to_string());
            let outcome = self.merge(Question { trees, labels, depth: depth + 1 })?;
            joined.tree = outcome.tree;
            joined.commits.push(next);
            joined.undecided.extend(base.undecided);
            joined.undecided.extend(outcome.undecided);
        }
        Ok(joined)
    }
}
