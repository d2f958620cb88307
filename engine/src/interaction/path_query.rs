//! Path queries: which paths of another branch must be looked at to tell whether it can influence a
//! tip's merge, and what they say.

use std::collections::BTreeSet;

use foldhash::HashSet;
use serde::{Deserialize, Serialize};

use super::kind::Interaction;
use super::touched_paths::TouchedPaths;
use crate::merge::diff::{RawChange, TreeDiff, diff_trees};
use crate::merge::objects::{Missing, Objects};
use crate::model::{Entry, Oid, PathQuery, RepoPath};

/// What the target removed since a base, and where it added something: work on that may end up
/// elsewhere when it is merged.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TargetChanges {
    /// The paths it removed.
    pub removed: HashSet<RepoPath>,
    /// The folders it removed.
    pub removed_folders: Vec<RepoPath>,
    /// The folders that directly hold a path it added.
    pub added_to: HashSet<RepoPath>,
}

impl TargetChanges {
    /// What the target changed, from the tree of a base to its own.
    ///
    /// # Errors
    /// A tree that cannot be read.
    pub fn between(objects: &dyn Objects, base: Oid, target: Oid) -> Result<TargetChanges, Missing> {
        let TreeDiff { changes, removed: removed_folders } = diff_trees(objects, base, target)?;
        let is_new = |change: &&RawChange| change.old.is_none();
        let added_to = changes.iter().filter(is_new).filter_map(|change| change.path.parent()).collect();
        let removed = changes.into_iter().filter(|change| change.new.is_none());
        Ok(TargetChanges { removed: removed.map(|change| change.path).collect(), removed_folders, added_to })
    }
}

impl TouchedPaths {
    /// What to ask about a branch from whose base the target differs by these changes. With `only`,
    /// files other than these are not asked about.
    pub fn query(&self, only: Option<&BTreeSet<RepoPath>>, target: &TargetChanges) -> PathQuery {
        let counts = |path: &&RepoPath| only.is_none_or(|only| only.contains(*path));
        PathQuery {
            paths: self.paths.iter().filter(counts).chain(&target.removed).cloned().collect(),
            emptied: self.removed.iter().chain(&target.removed_folders).cloned().collect(),
            added_to: self.added_to.iter().chain(&target.added_to).cloned().collect(),
        }
    }
}

impl PathQuery {
    /// Asks about what differs between these trees as well. With `only`, files other than these are not
    /// asked about.
    ///
    /// # Errors
    /// A tree that cannot be read.
    pub fn widen(
        &mut self,
        objects: &dyn Objects,
        only: Option<&BTreeSet<RepoPath>>,
        base: Oid,
        tip: Oid,
    ) -> Result<(), Missing> {
        let TreeDiff { changes, removed } = diff_trees(objects, base, tip)?;
        self.emptied.extend(removed);
        for change in changes {
            if change.old.is_none() {
                self.added_to.extend(change.path.parent());
            }
            if only.is_none_or(|only| only.contains(&change.path)) {
                self.paths.insert(change.path);
            }
        }
        Ok(())
    }

    /// How the commits of another tip interact with the work that is asked for, by what differs between the tree
    /// of its base and its own.
    pub fn interaction(&self, diff: &TreeDiff) -> Interaction {
        if diff.changes.is_empty() {
            return Interaction::None;
        }
        if self.emptied.iter().any(|folder| diff.touches(folder)) {
            return Interaction::Structural;
        }
        // from the point of view of its base, what it lacks is added to the folders above it
        let mut folders: BTreeSet<RepoPath> = self.added_to.clone();
        let mut interaction = Interaction::None;
        let is_file = |entry: Option<Entry>| entry.is_some_and(|entry| entry.kind.is_file());
        for path in &self.paths {
            match diff.at(path) {
                None if diff.below(path).next().is_some() => return Interaction::Structural,
                None => folders.extend(path.parent()),
                Some(change) if is_file(change.old) && is_file(change.new) => {
                    interaction = Interaction::Edits(());
                }
                Some(_) => return Interaction::Structural,
            }
        }
        // they may be made, and what is in them may change
        let removed: HashSet<&RepoPath> = diff.removed.iter().collect();
        let mut known: BTreeSet<RepoPath> = BTreeSet::new();
        for folder in folders {
            for at in std::iter::successors(Some(folder), RepoPath::parent) {
                if diff.at(&at).is_some() || removed.contains(&at) {
                    return Interaction::Structural;
                }
                if !known.insert(at) {
                    break;
                }
            }
        }
        interaction
    }
}
