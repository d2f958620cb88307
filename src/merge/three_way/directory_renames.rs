//! Directory renames: when one side moved a folder, what the other side put into it follows
//! (git's `directory-rename-detection`).

use std::collections::BTreeMap;

use crate::merge::diff::{RawChange, entry_at};
use crate::merge::objects::Missing;
use crate::merge::options::DirectoryRenames;
use crate::merge::renames::Renames;
use crate::merge::renames::folder_counts::Moved;
use crate::merge::three_way::ThreeWay;
use crate::model::{ConflictKind, ConflictPath, RepoPath, Side, Sides};

/// Where one side's removed folders went.
pub(crate) type FolderMoves = BTreeMap<RepoPath, RepoPath>;

impl ThreeWay<'_> {
    /// Where the folders of both sides went. A folder that both moved is left to its files; one
    /// that went to several places at once is a conflict.
    pub(crate) fn folder_moves(&mut self, found: &Sides<Renames>) -> Sides<FolderMoves> {
        if self.question.depth > 0 || self.engine.options.directory_renames == DirectoryRenames::Off {
            return Sides::default();
        }
        let mut moves = Sides::of(|side| {
            let mut moves = FolderMoves::new();
            for (folder, moved) in found[side].folders.moves() {
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
            moves.ours.keys().filter(|folder| moves.theirs.contains_key(*folder)).cloned().collect();
        for folder in both {
            moves.ours.remove(&folder);
            moves.theirs.remove(&folder);
        }
        moves
    }

    /// The new paths of each side that follow a folder of the other side, and where they go to.
    pub(crate) fn led_on(&mut self, moves: &Sides<FolderMoves>) -> Result<Sides<FolderMoves>, Missing> {
        let arrivals = Sides::of(|side| self.arrivals(side, &moves[side.other()]));
        let mut led_on = Sides::<FolderMoves>::default();
        for side in Side::BOTH {
            let (own, other) = (&moves[side], &moves[side.other()]);
            for (to, paths) in &arrivals[side] {
                for path in paths {
                    let Some((_, folder)) = folder_of(path, other) else { continue };
                    // what went into a folder that moved on itself must not be moved twice, nor what
                    // stands where a file of the other side is to go
                    if own.contains_key(folder) || arrivals[side.other()].contains_key(path) {
                        continue;
                    }
                    if self.is_in_the_way(side, to)? || paths.len() > 1 {
                        self.stop_at(ConflictKind::DirectoryRename, to.clone(), vec![path.clone()]);
                    } else {
                        led_on[side].insert(path.clone(), to.clone());
                    }
                }
            }
        }
        Ok(led_on)
    }

    /// All new paths of one side that the other side's folders would take along, by their new place.
    fn arrivals(&self, side: Side, other: &FolderMoves) -> BTreeMap<RepoPath, Vec<RepoPath>> {
        let mut arrivals: BTreeMap<RepoPath, Vec<RepoPath>> = BTreeMap::new();
        if other.is_empty() {
            return arrivals;
        }
        let new = |change: &&RawChange| change.old.is_none() && change.new.is_some();
        for change in self.sides[side].changes.iter().filter(new) {
            if let Some((old, new)) = folder_of(&change.path, other) {
                let to = relocated(&change.path, old, new);
                arrivals.entry(to).or_default().push(change.path.clone());
            }
        }
        arrivals
    }

    /// Moves one side's new file to where the other side's folder went.
    pub(crate) fn lead_on(&mut self, side: Side, from: &RepoPath, to: &RepoPath) {
        let stages = self.slot(from).stages;
        let slot = self.slot(from);
        slot.stages[side] = None;
        slot.carried_away = true;
        // a file in the place of a folder above is to be noticed
        let mut above = to.parent();
        while let Some(folder) = above {
            if self.stages(&folder).is_some() {
                self.slot(&folder);
            }
            above = folder.parent();
        }
        let conflict = self.engine.options.directory_renames == DirectoryRenames::Conflict;
        let slot = self.slot(to);
        slot.stages[side] = stages[side];
        slot.origins[side] = Some(from.clone());
        if conflict {
            slot.question(ConflictKind::DirectoryRename, vec![from.clone()]);
        }
    }

    fn is_in_the_way(&self, side: Side, path: &RepoPath) -> Result<bool, Missing> {
        let tree = self.question.trees[side];
        Ok(entry_at(self.engine.objects, tree, path)?.is_some())
    }

    /// Notes a conflict that leaves no unmerged path.
    pub(crate) fn stop_at(&mut self, kind: ConflictKind, path: RepoPath, also: Vec<RepoPath>) {
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
