//! Where a tip's work could meet another's: enough to tell that two of them cannot, without
//! looking at a tree.

use std::collections::HashSet;

use super::diff::TreeDiff;
use crate::model::{Entry, RepoPath};

/// The paths that a tip touches, in its own work and in what it does to the target.
#[derive(Debug, Default)]
pub(super) struct Footprint {
    pub(super) paths: HashSet<RepoPath>,
    /// Paths it puts something at.
    placed: HashSet<RepoPath>,
    /// All folders above those.
    above: HashSet<RepoPath>,
    /// Folders that directly hold a path it adds.
    pub(super) added_to: HashSet<RepoPath>,
    /// Folders it removes.
    pub(super) removed: HashSet<RepoPath>,
    /// What it touches although the target moved or removed it: its work may turn up under any
    /// name, and anything added may be taken for the moved file.
    moved: Vec<Entry>,
}

impl Footprint {
    pub fn new(diffs: &[&TreeDiff]) -> Footprint {
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
    pub fn beside(mut self, own: &TreeDiff, target: &TreeDiff) -> Footprint {
        let gone = |path: &RepoPath| target.at(path).is_some_and(|change| change.new.is_none());
        let touched = own.changes.iter().filter(|change| gone(&change.path));
        self.moved = touched.filter_map(|change| change.old).collect();
        self
    }

    /// The files that it touches although the target moved or removed them.
    pub fn moved(&self) -> &[Entry] {
        &self.moved
    }

    /// Whether its work may turn up under any name.
    pub fn is_anywhere(&self) -> bool {
        !self.moved.is_empty()
    }

    /// Whether the two could have anything to do with each other.
    pub fn meets(&self, other: &Footprint) -> bool {
        if self.is_anywhere() || other.is_anywhere() {
            return !self.paths.is_empty() && !other.paths.is_empty();
        }
        self.shares_a_place(other)
    }

    /// Whether they have a path in common, or more than that.
    pub fn shares_a_place(&self, other: &Footprint) -> bool {
        !disjoint(&self.paths, &other.paths) || self.folders_meet(other)
    }

    /// Whether they have more in common than files: a file of one where the other has a folder, or a
    /// folder that one removed and the other added to.
    pub fn folders_meet(&self, other: &Footprint) -> bool {
        !disjoint(&self.placed, &other.above)
            || !disjoint(&self.above, &other.placed)
            || !disjoint(&self.removed, &other.added_to)
            || !disjoint(&self.added_to, &other.removed)
    }
}

fn disjoint(one: &HashSet<RepoPath>, other: &HashSet<RepoPath>) -> bool {
    let (small, large) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    small.iter().all(|path| !large.contains(path))
}
