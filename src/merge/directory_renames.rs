//! Directory renames: when one side moved a folder, what the other side put into it follows
//! (git's `directory-rename-detection`).

use std::collections::BTreeMap;

use super::folder_counts::Moved;
use super::renames::Renames;
use super::slot::{OURS, THEIRS};
use super::three_way::ThreeWay;
use super::{DirectoryRenames, Missing};
use crate::model::{ConflictKind, ConflictPath, RepoPath};

/// Where one side's removed folders went.
pub(super) type FolderMoves = BTreeMap<RepoPath, RepoPath>;

impl ThreeWay<'_> {
    /// Where the folders of both sides went. A folder that both moved is left to its files; one
    /// that went to several places at once is a conflict.
    pub(super) fn folder_moves(&mut self, found: &[Renames; 2]) -> [FolderMoves; 2] {
        if self.question.depth > 0 || self.engine.options.directory_renames == DirectoryRenames::Off {
            return Default::default();
        }
        let mut moves = [OURS, THEIRS].map(|side| {
            let mut moves = FolderMoves::new();
            for (folder, moved) in found[side - 1].folders.moves() {
                match moved {
                    Moved::To(new) => {
                        moves.insert(folder, new);
                    }
                    Moved::Split => self.stop_at(ConflictKind::DirectoryRenameSplit, folder, Vec::new()),
                }
            }
            moves
        });
        let both: Vec<RepoPath> =
            moves[0].keys().filter(|folder| moves[1].contains_key(*folder)).cloned().collect();
        for folder in both {
            moves.iter_mut().for_each(|moves| drop(moves.remove(&folder)));
        }
        moves
    }

    /// The new paths of one side that follow a folder of the other side, and where they go to.
    pub(super) fn led_on(
        &mut self,
        side: usize,
        own: &FolderMoves,
        other: &FolderMoves,
    ) -> Result<BTreeMap<RepoPath, RepoPath>, Missing> {
        let mut arrivals: BTreeMap<RepoPath, Vec<RepoPath>> = BTreeMap::new();
        if other.is_empty() {
            return Ok(BTreeMap::new());
        }
        let changes = self.sides[side - 1].clone();
        let mut wanted = Vec::new();
        for change in changes.changes.iter().filter(|change| change.old.is_none() && change.new.is_some()) {
            let Some((old, new)) = folder_of(&change.path, other) else { continue };
            let to = relocated(&change.path, old, new);
            arrivals.entry(to.clone()).or_default().push(change.path.clone());
            // what we moved ourselves into a folder that they moved on must not be moved twice
            if !own.contains_key(new) {
                wanted.push((change.path.clone(), to));
            }
        }
        let mut led_on = BTreeMap::new();
        for (path, to) in wanted {
            if self.is_in_the_way(side, &to)? || arrivals[&to].len() > 1 {
                self.stop_at(ConflictKind::DirectoryRename, to, vec![path]);
            } else {
                led_on.insert(path, to);
            }
        }
        Ok(led_on)
    }

    /// Moves one side's new file to where the other side's folder went.
    pub(super) fn lead_on(&mut self, side: usize, from: &RepoPath, to: &RepoPath) {
        let stages = self.slot(from).stages;
        let slot = self.slot(from);
        slot.stages[side] = None;
        slot.carried_away = true;
        let conflict = self.engine.options.directory_renames == DirectoryRenames::Conflict;
        let slot = self.slot(to);
        slot.stages[side] = stages[side];
        slot.origins[side] = Some(from.clone());
        if conflict {
            slot.question(ConflictKind::DirectoryRename, vec![from.clone()]);
        }
    }

    fn is_in_the_way(&self, side: usize, path: &RepoPath) -> Result<bool, Missing> {
        let tree = self.question.trees[side];
        Ok(super::diff::entry_at(self.engine.objects, tree, path)?.is_some())
    }

    /// Notes a conflict that leaves no unmerged path.
    pub(super) fn stop_at(&mut self, kind: ConflictKind, path: RepoPath, also: Vec<RepoPath>) {
        self.loose.push(ConflictPath { path, kind, also, ours: Vec::new(), theirs: Vec::new() });
    }
}

/// The nearest folder above a path that was moved, and where to.
fn folder_of<'m>(path: &RepoPath, moves: &'m FolderMoves) -> Option<(&'m RepoPath, &'m RepoPath)> {
    let mut at = path.parent();
    while let Some(folder) = at {
        if let Some(found) = moves.get_key_value(&folder) {
            return Some(found);
        }
        at = folder.parent();
    }
    None
}

/// A path below one folder, as it is below another; the top is one as well.
fn relocated(path: &RepoPath, old: &RepoPath, new: &RepoPath) -> RepoPath {
    new.join(&path.as_bytes()[old.as_bytes().len() + 1..])
}
