//! Where a tip's work could meet another's: enough to tell that two of them cannot, without
//! looking at a tree.

use std::collections::HashSet;

use super::diff::TreeDiff;
use crate::model::RepoPath;

/// The paths that a tip touches, in its own work and in what it does to the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// All of them.
    pub paths: HashSet<RepoPath>,
    /// Paths it puts something at.
    pub placed: HashSet<RepoPath>,
    /// All folders above those.
    pub above: HashSet<RepoPath>,
    /// Folders that directly hold a path it adds.
    pub added_to: HashSet<RepoPath>,
    /// Folders it removes.
    pub removed: HashSet<RepoPath>,
    /// Whether it touches something that the target moved or removed: then its work may turn up
    /// under any name, and anything added may be taken for the moved file.
    pub anywhere: bool,
}

impl Footprint {
    pub(super) fn new(diffs: &[&TreeDiff]) -> Footprint {
        let mut print = Footprint::default();
        for diff in diffs {
            print.removed.extend(diff.removed.iter().cloned());
            for change in &diff.changes {
                print.paths.insert(change.path.clone());
                if change.new.is_none() {
                    continue;
                }
                print.placed.insert(change.path.clone());
                let mut above = change.path.parent();
                if let (Some(folder), None) = (&above, change.old) {
                    print.added_to.insert(folder.clone());
                }
                while let Some(folder) = above.take_if(|folder| !print.above.contains(folder)) {
                    above = folder.parent();
                    print.above.insert(folder);
                }
            }
        }
        print
    }

    /// The same, knowing what the target did since the tip's own work began.
    pub(super) fn beside(mut self, own: &TreeDiff, target: &TreeDiff) -> Footprint {
        let gone = |path: &RepoPath| target.at(path).is_some_and(|change| change.new.is_none());
        self.anywhere = own.changes.iter().any(|change| change.old.is_some() && gone(&change.path));
        self
    }

    /// Whether the two could have anything to do with each other: a path in common, a file of one
    /// where the other has a folder, or a folder that one removed and the other added to.
    pub(super) fn meets(&self, other: &Footprint) -> bool {
        if self.anywhere || other.anywhere {
            return !self.paths.is_empty() && !other.paths.is_empty();
        }
        !disjoint(&self.paths, &other.paths)
            || !disjoint(&self.placed, &other.above)
            || !disjoint(&self.above, &other.placed)
            || !disjoint(&self.removed, &other.added_to)
            || !disjoint(&self.added_to, &other.removed)
    }
}

fn disjoint(one: &HashSet<RepoPath>, other: &HashSet<RepoPath>) -> bool {
    let (small, large) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    small.iter().all(|path| !large.contains(path))
}
