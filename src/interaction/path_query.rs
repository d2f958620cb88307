//! How far one tip's work reaches: what must be known of another's to tell that the two cannot meet,
//! or that they meet in nothing but edited files.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashSet;

use super::answer_cache::TargetMerge;
use super::kind::Interaction;
use super::touched_paths::TouchedPaths;
use crate::merge::diff::{RawChange, TreeDiff, diff_trees, entry_at};
use crate::merge::{Missing, Objects};
use crate::model::{Entry, EntryKind, Oid, RepoPath};

/// The paths and folders of one tip's work, in its own work and in what it does to the target.
#[derive(Clone, Debug)]
pub struct Reach {
    alone: Arc<TargetMerge>,
}

/// The ground on which others can meet a work.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// What happened to these paths counts.
    pub paths: BTreeSet<RepoPath>,
    /// Whatever was added to these folders counts.
    pub emptied: BTreeSet<RepoPath>,
    /// Whether these folders were moved away or removed counts.
    pub added_to: BTreeSet<RepoPath>,
}

/// What the target removed since a base, and where it added: work there may turn up elsewhere.
#[derive(Debug, Default)]
pub struct Shift {
    /// Paths.
    pub gone: HashSet<RepoPath>,
    /// Folders.
    pub removed: Vec<RepoPath>,
    /// Folders that directly hold a path it added.
    pub added_to: HashSet<RepoPath>,
}

impl Shift {
    /// What differs from a base's tree to the target's.
    ///
    /// # Errors
    /// A tree that cannot be read.
    pub fn between(objects: &dyn Objects, base: Oid, target: Oid) -> Result<Shift, Missing> {
        let TreeDiff { changes, removed } = diff_trees(objects, base, target)?;
        let is_new = |change: &&RawChange| change.old.is_none();
        let added_to = changes.iter().filter(is_new).filter_map(|change| change.path.parent()).collect();
        let gone = changes.into_iter().filter(|change| change.new.is_none());
        Ok(Shift { gone: gone.map(|change| change.path).collect(), removed, added_to })
    }
}

impl Reach {
    pub(super) fn new(alone: Arc<TargetMerge>) -> Reach {
        Reach { alone }
    }

    fn print(&self) -> &TouchedPaths {
        &self.alone.touched
    }

    /// Whether nothing at all can be told from paths: it touches what the target moved or removed, or
    /// adds to such a folder.
    pub fn is_anywhere(&self) -> bool {
        self.print().is_anywhere()
    }

    /// The ground of a terminal whose base the target has left like this. With `only`, what happens
    /// outside of these paths is not asked for.
    pub fn ground(&self, only: Option<&BTreeSet<RepoPath>>, shift: &Shift) -> Ground {
        let counts = |path: &&RepoPath| only.is_none_or(|only| only.contains(*path));
        let paths = self.print().paths.iter().filter(counts);
        Ground {
            paths: paths.chain(&shift.gone).cloned().collect(),
            emptied: self.print().removed.iter().chain(&shift.removed).cloned().collect(),
            added_to: self.print().added_to.iter().chain(&shift.added_to).cloned().collect(),
        }
    }
}

impl Ground {
    /// The same with what differs between these trees as well. With `only`, what happens outside of
    /// these paths is not asked for.
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

    /// How the commits of another tip, from the tree of its base to its own, stand on it. Only the
    /// folders above the ground are read.
    ///
    /// # Errors
    /// A tree that cannot be read.
    pub fn interaction(&self, objects: &dyn Objects, base: Oid, tip: Oid) -> Result<Interaction, Missing> {
        if base == tip {
            return Ok(Interaction::None);
        }
        let both = |path: &RepoPath| -> Result<(Option<Entry>, Option<Entry>), Missing> {
            Ok((entry_at(objects, base, path)?, entry_at(objects, tip, path)?))
        };
        for folder in &self.emptied {
            let (old, new) = both(folder)?;
            if old != new {
                return Ok(Interaction::Structural);
            }
        }
        // what is not of its base is added to the folders above it, so to speak
        let mut folders: BTreeSet<RepoPath> = self.added_to.clone();
        let mut interaction = Interaction::None;
        for path in &self.paths {
            let (old, new) = both(path)?;
            let is_file = |entry: Option<Entry>| entry.is_some_and(|entry| entry.kind.is_file());
            match old == new {
                true if old.is_none() => folders.extend(path.parent()),
                true => {}
                false if is_file(old) && is_file(new) => interaction = Interaction::Edits(()),
                false => return Ok(Interaction::Structural),
            }
        }
        let mut known: BTreeSet<RepoPath> = BTreeSet::new();
        for folder in folders {
            for at in std::iter::successors(Some(folder), RepoPath::parent) {
                if !known.insert(at.clone()) {
                    break;
                }
                let is_folder =
                    |entry: Option<Entry>| entry.is_some_and(|entry| entry.kind == EntryKind::Tree);
                let (old, new) = both(&at)?;
                let made = old.is_none() && is_folder(new);
                if old != new && !made && !(is_folder(old) && is_folder(new)) {
                    return Ok(Interaction::Structural);
                }
            }
        }
        Ok(interaction)
    }
}
