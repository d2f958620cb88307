//! Directory renames (`technical/directory-rename-detection`): when one side renamed a folder, what the
//! other side put into it follows.

use std::collections::BTreeMap;

use crate::merge::diff::{RawChange, entry_at};
use crate::merge::objects::Missing;
use crate::merge::options::DirectoryRenames;
use crate::merge::renames::folder_counts::Moved;
use crate::merge::renames::relevance::FolderRelevance;
use crate::merge::renames::trace::RenameSearch;
use crate::merge::three_way::path_entry::PathConflict;
use crate::merge::three_way::state::ThreeWay;
use crate::model::{
    ConflictKind, ConflictPath, EntryKind, OtherPath, PathRole, Reason, RepoPath, Side, Sides,
};

/// Where one side's removed folders went, or the files in them.
pub(crate) type FolderRenames = BTreeMap<RepoPath, RepoPath>;

/// What is at the path to which a file would follow a folder.
#[derive(Debug, PartialEq, Eq)]
enum NewPlace {
    Free,
    Taken,
    /// It lies in a folder that git settled as a whole; git may lose what is in it.
    Within(RepoPath),
}

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
        found: &Sides<RenameSearch>,
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
                    let place = self.place(side, to, found)?;
                    if place == NewPlace::Taken || paths.len() > 1 {
                        let source = OtherPath { path: path.clone(), role: PathRole::Source };
                        let kind = ConflictKind::DirectoryRename;
                        self.folder_conflicts.push(ConflictPath::new(to.clone(), kind, vec![source]));
                        continue;
                    }
                    if let NewPlace::Within(folder) = place {
                        self.undecided.push((folder, Reason::FolderLost));
                    }
                    moved[side].insert(path.clone(), to.clone());
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

    /// What is at the new path of a side's file. git settles a folder that a side left alone as a whole,
    /// before it follows renames: such a folder is in the way of a file that would take its place, and of
    /// what is in it git knows nothing.
    fn place(&self, side: Side, path: &RepoPath, found: &Sides<RenameSearch>) -> Result<NewPlace, Missing> {
        let entries = |path: &RepoPath| {
            self.input.trees.try_map(|tree| entry_at(self.engine.context.objects, tree, path))
        };
        let slashes = path.as_bytes().iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let mut may_defer = true;
        for end in slashes.map(|(at, _)| at).chain([path.as_bytes().len()]) {
            let folder = RepoPath::new(&path.as_bytes()[..end]);
            let versions = entries(&folder)?;
            if !versions.iter().flatten().any(|entry| entry.kind == EntryKind::Tree) {
                break;
            }
            if let Some(changed) = Side::BOTH.into_iter().find(|side| versions[side.other()] == versions.base)
            {
                let untouched = versions[changed] == versions.base;
                if untouched || (may_defer && found[changed].relevance.sources.is_empty()) {
                    return Ok(match versions[changed] {
                        _ if folder == *path => NewPlace::Taken,
                        Some(_) => NewPlace::Within(folder),
                        None => NewPlace::Free,
                    });
                }
                may_defer = false;
            }
            let is_relevant =
                |search: &RenameSearch| search.relevance.of_folder(&folder) != FolderRelevance::Irrelevant;
            may_defer &= !found.iter().any(is_relevant);
        }
        Ok(if entries(path)?[side].is_some() { NewPlace::Taken } else { NewPlace::Free })
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
