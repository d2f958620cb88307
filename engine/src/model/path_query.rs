//! What has to be known about another branch to tell whether it can influence one's own work.

use std::collections::BTreeSet;

use super::RepoPath;

/// The paths and folders of a branch that matter to some other work.
#[derive(Clone, Debug, Default)]
pub struct PathQuery {
    /// Any change of these paths matters.
    pub paths: BTreeSet<RepoPath>,
    /// Anything added to these folders, which the work or the target removed, matters.
    pub emptied: BTreeSet<RepoPath>,
    /// It matters whether these folders, to which something was added, were moved or removed.
    pub added_to: BTreeSet<RepoPath>,
}
