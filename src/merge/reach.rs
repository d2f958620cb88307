//! How far one tip's work reaches: what must be known of another's to tell that the two cannot meet,
//! or that they meet in nothing but edited files.

use std::collections::HashSet;
use std::sync::Arc;

use super::diff::{RawChange, TreeDiff, diff_trees};
use super::footprint::Footprint;
use super::memory::Alone;
use super::{Missing, Objects};
use crate::model::{Oid, RepoPath};

/// The paths and folders of one tip's work, in its own work and in what it does to the target.
#[derive(Clone, Debug)]
pub struct Reach {
    alone: Arc<Alone>,
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

/// How another's commits stand to the work that a [`Reach`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// They cannot have anything to do with each other.
    Apart,
    /// Where they meet, the other edited files that stayed where they were.
    Plain,
    /// Additions, deletions, renames or folders are in it: whatever else the other did counts.
    Entangled,
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

fn folders_above(path: &RepoPath) -> impl Iterator<Item = RepoPath> {
    std::iter::successors(path.parent(), RepoPath::parent)
}

impl Reach {
    pub(super) fn new(alone: Arc<Alone>) -> Reach {
        Reach { alone }
    }

    fn print(&self) -> &Footprint {
        &self.alone.footprint
    }

    /// Whether nothing at all can be told from paths: it touches what the target moved or removed, or
    /// adds to such a folder.
    pub fn is_anywhere(&self) -> bool {
        self.print().is_anywhere()
    }

    /// All paths.
    pub fn paths(&self) -> &HashSet<RepoPath> {
        &self.print().paths
    }

    /// Folders that it removes.
    pub fn removed(&self) -> impl Iterator<Item = &RepoPath> {
        self.print().removed.iter()
    }

    /// Folders that directly hold a path it adds.
    pub fn added_to(&self) -> impl Iterator<Item = &RepoPath> {
        self.print().added_to.iter()
    }

    /// How the commits of another tip, from the tree of its base to its own, stand to this work.
    /// `also` are further paths and folders that count.
    ///
    /// # Errors
    /// A tree that cannot be read.
    pub fn stance(
        &self,
        objects: &dyn Objects,
        base: Oid,
        tip: Oid,
        shift: &Shift,
        also: &[RepoPath],
    ) -> Result<Stance, Missing> {
        let diff = diff_trees(objects, base, tip)?;
        if diff.changes.is_empty() {
            return Ok(Stance::Apart);
        }
        let other = Footprint::new(None, &diff);
        let is_shifted = |change: &RawChange| shift.gone.contains(&change.path);
        // to a terminal that moved a folder, whatever lies in it and is not of its base is added there
        let is_moved = |folder: &RepoPath| other.removed.contains(folder);
        let moved = !other.removed.is_empty()
            && (shift.added_to.iter().any(is_moved)
                || self.print().paths.iter().any(|path| folders_above(path).any(|folder| is_moved(&folder))));
        let added_to_removed = shift.removed.iter().any(|folder| other.added_to.contains(folder));
        if self.print().is_anywhere() || moved || added_to_removed || self.print().folders_meet(&other) {
            return Ok(Stance::Entangled);
        }
        let counts = |change: &&RawChange| {
            self.print().paths.contains(&change.path)
                || is_shifted(change)
                || also.iter().any(|folder| change.path.is_within(folder))
        };
        let mut stance = Stance::Apart;
        for change in diff.changes.iter().filter(counts) {
            let is_file =
                |entry: Option<crate::model::Entry>| entry.is_some_and(|entry| entry.kind.is_file());
            if !is_file(change.old) || !is_file(change.new) {
                return Ok(Stance::Entangled);
            }
            stance = Stance::Plain;
        }
        Ok(stance)
    }
}
