use crate::model::{MergeOutcome, Oid};

use super::{Missing, Objects, Options, merge_trees};

/// What a merge asks of the history.
pub trait Commits {
    /// The tree of a commit.
    fn tree(&self, commit: Oid) -> Result<Oid, Missing>;

    /// The best common ancestors of one commit and a (hypothetical) merge of the others, the one that
    /// git names first in front.
    fn merge_bases(&self, one: Oid, others: &[Oid]) -> Result<Vec<Oid>, Missing>;
}

/// What `git merge` would do with two commits. Without a common ancestor the base is the empty tree.
///
/// # Errors
/// When an object that is needed cannot be read.
pub fn merge_commits(
    objects: &dyn Objects,
    commits: &dyn Commits,
    ours: Oid,
    theirs: Oid,
    options: &Options,
) -> Result<MergeOutcome, Missing> {
    let base = base_tree(commits, theirs, &[ours])?;
    merge_trees(objects, base, commits.tree(ours)?, commits.tree(theirs)?, options)
}

/// The tree of the first merge base; the empty tree where there is none.
pub(super) fn base_tree(commits: &dyn Commits, one: Oid, others: &[Oid]) -> Result<Oid, Missing> {
    match commits.merge_bases(one, others)?.first() {
        Some(base) => commits.tree(*base),
        None => Ok(Oid::EMPTY_TREE),
    }
}
