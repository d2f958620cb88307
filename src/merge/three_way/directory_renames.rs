//! Directory renames (`technical/directory-rename-detection`): when one side renamed a folder, what the
//! other side put into it follows.

use std::collections::BTreeMap;

use crate::merge::diff::{RawChange, entry_at};
use crate::merge::objects::Missing;
use crate::merge::options::DirectoryRenames;
use crate::merge::renames::folder_counts::Moved;
use crate::merge::renames::trace::RenameSearch;
use crate::merge::three_way::path_entry::PathConflict;
use crate::merge::three_way::state::ThreeWay;
use crate::model::{ConflictKind, ConflictPath, OtherPath, PathRole, RepoPath, Side, Sides};

/// Where one side's removed folders went, or the files in them.
pub(crate) type FolderRenames = BTreeMap<RepoPath, RepoPath>;

impl ThreeWay<'_> {
    /// Where the folders of both sides went. A folder that both sides renamed does not count; one that
    /// was split evenly between several places is a conflict.
    pub fn folder_renames(&mut self, found: &Sides<RenameSearch>) -> Sides<FolderRenames> {
        if self.input.depth > 0 || self.engine.context.options.directory_renames == DirectoryRenames::Off {
            return Sides::default();
        }
        let mut moves = Sides::of(|side| {
            let mut moves = FolderRenames::new();
            for (folder, moved) in found[side].renames.folders.moves() {
                match moved {
                    Moved::To(new) => {
                        moves.insert(folder, new);
                    }
                    Moved::Split => {
                        let kind = ConflictKind::DirectoryRenameSplit;
                        self.folder_conflicts.push(ConflictPath::new(folder, kind, Vec::new()));
                    }
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
    pub fn moved_by_folders(
        &mut self,
        moves: &Sides<FolderRenames>,
    ) -> Result<Sides<FolderRenames>, Missing> {
        let arrivals = Sides::of(|side| self.arrivals(side, &moves[side.other()]));
        let mut moved = Sides::<FolderRenames>::default();
        for side in Side::BOTH {
            let (own, other) = (&moves[side], &moves[side.other()]);
            for (to, paths) in &arrivals[side] {
                for path in paths {
                    let Some((_, folder)) = folder_of(path, other) else { continue };
                    // what went into a folder that was renamed itself must not be moved twice (a
                    // transitive directory rename), nor what is where a file of the other side goes
                    if own.contains_key(folder) || arrivals[side.other()].contains_key(path) {
                        continue;
                    }
                    if self.is_taken(side, to)? || paths.len() > 1 {
                        let source = OtherPath { path: path.clone(), role: PathRole::Source };
                        let kind = ConflictKind::DirectoryRename;
                        self.folder_conflicts.push(ConflictPath::new(to.clone(), kind, vec![source]));
                    } else {
                        moved[side].insert(path.clone(), to.clone());
                    }
                }
            }
        }
        Ok(moved)
    }

    /// All new paths of one side that would follow a folder of the other side, by their new path.
    fn arrivals(&self, side: Side, other: &FolderRenames) -> BTreeMap<RepoPath, Vec<RepoPath>> {
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
    pub fn move_by_folder(&mut self, side: Side, from: &RepoPath, to: &RepoPath) {
        let stages = self.entry(from).stages;
        let entry = self.entry(from);
        entry.stages[side] = None;
        entry.renamed_away = true;
        // a file at the path of a folder above becomes part of the merge
        let mut above = to.parent();
        while let Some(folder) = above {
            if self.stages(&folder).is_some() {
                self.entry(&folder);
            }
            above = folder.parent();
        }
        let conflict = self.engine.context.options.directory_renames == DirectoryRenames::Conflict;
        let entry = self.entry(to);
        entry.stages[side] = stages[side];
        entry.origins[side] = Some(from.clone());
        if conflict {
            entry.stop(PathConflict::DirectoryRename { source: from.clone() });
        }
    }

    fn is_taken(&self, side: Side, path: &RepoPath) -> Result<bool, Missing> {
        let tree = self.input.trees[side];
        Ok(entry_at(self.engine.context.objects, tree, path)?.is_some())
    }
}

/// The nearest folder above a path that was moved, and where to.
fn folder_of<'m>(path: &RepoPath, moves: &'m FolderRenames) -> Option<(&'m RepoPath, &'m RepoPath)> {
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
