//! Migrations that two terminals add, or a terminal and the target, and that git merges though they exclude each other.
//!
//! It rests on the files of the folders alone, so a merge that stops elsewhere hides nothing. Nothing is read where fewer
//! than two sides add files to one folder.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::merge::{Commits, Missing};
use crate::model::{
    Change, Facts, Known, MigrationClash, Oid, PlaceId, Reason, RepoPath, SemanticBreak, Tip,
};
use crate::symbols::{MigrationFolder, MigrationReader, migration_folder};

use super::Workspace;

/// Those of all places; with `of`, only those in which this place has a part. A folder that cannot be read is unknown.
pub(super) fn migration_clashes(
    workspace: &Workspace,
    facts: &Facts,
    of: Option<PlaceId>,
) -> Vec<Known<MigrationClash>> {
    let mut adding: BTreeMap<RepoPath, BTreeSet<PlaceId>> = BTreeMap::new();
    for place in 0..facts.tips.len() {
        let tip = facts.tip_at(place).filter(|tip| !tip.brings_nothing());
        for change in tip.iter().flat_map(|tip| tip.changes.iter()) {
            if let Some(folder) = added_to(change) {
                adding.entry(folder).or_default().insert(place);
            }
        }
    }
    adding.retain(|_, places| of.is_none_or(|of| places.contains(&of)));
    let Some(target) = workspace.target.tree.filter(|_| !adding.is_empty()) else { return Vec::new() };
    let store = workspace.repository.store();
    let reader = MigrationReader::new(&store);
    let mut found = Vec::new();
    for (folder, places) in &adding {
        let sides = FolderSides { facts, commits: &store, reader: &reader, folder, target };
        match sides.clashes(places, of) {
            Ok(clashes) => found.extend(clashes.into_iter().map(Known::Known)),
            Err(missing) => found.push(Known::Unknown(Reason::from(missing).at(folder))),
        }
    }
    found
}

/// Whether a tip adds a file that may be a migration.
pub(super) fn adds_migrations(tip: &Tip) -> bool {
    tip.changes.iter().any(|change| added_to(change).is_some())
}

/// The folder of migrations to which a change may add one.
fn added_to(change: &Change) -> Option<RepoPath> {
    let is_new = change.new.is_some() && (change.old.is_none() || change.from.is_some());
    is_new.then(|| migration_folder(&change.path))?
}

/// What all sides have in one folder.
struct FolderSides<'a> {
    facts: &'a Facts,
    commits: &'a dyn Commits,
    reader: &'a MigrationReader<'a>,
    folder: &'a RepoPath,
    target: Oid,
}

impl FolderSides<'_> {
    fn clashes(
        &self,
        places: &BTreeSet<PlaceId>,
        of: Option<PlaceId>,
    ) -> Result<Vec<MigrationClash>, Missing> {
        let mut adding = Vec::new();
        for place in places {
            let Some(tip) = self.facts.tip_at(*place) else { continue };
            if self.adds(tip)? {
                adding.push((*place, tip));
            }
        }
        if of.is_some_and(|of| adding.iter().all(|(place, _)| *place != of)) {
            return Ok(Vec::new());
        }
        let is_asked = |places: &[PlaceId]| of.is_none_or(|of| places.contains(&of));
        let target = self.reader.folder(self.target, self.folder)?;
        let mut found = Vec::new();
        let mut merged: Vec<(PlaceId, MigrationFolder)> = Vec::new();
        for (place, tip) in adding {
            let base = self.base(tip)?;
            let own = self.reader.folder(tip.work_tree, self.folder)?;
            let sides: [&MigrationFolder; 3] = [&base, &target, &own];
            let Some(both) = MigrationFolder::merged(sides) else { continue };
            if is_asked(&[place]) {
                found.extend(both.broken(sides).into_iter().map(|broken| self.clash(None, place, broken)));
            }
            merged.push((place, both));
        }
        for (at, (a, ours)) in merged.iter().enumerate() {
            for (b, theirs) in merged[at + 1..].iter().filter(|(b, _)| is_asked(&[*a, *b])) {
                let sides: [&MigrationFolder; 3] = [&target, ours, theirs];
                let both = MigrationFolder::merged(sides);
                let broken = both.iter().flat_map(|both| both.broken(sides));
                found.extend(broken.map(|broken| self.clash(Some(*a), *b, broken)));
            }
        }
        Ok(found)
    }

    /// Whether one of the files that a tip adds to the folder is a migration.
    fn adds(&self, tip: &Tip) -> Result<bool, Missing> {
        let mut added = tip.changes.iter().filter(|change| added_to(change).as_ref() == Some(self.folder));
        added.try_fold(false, |found, change| match change.new {
            Some(entry) => Ok(found || self.reader.is_migration(&change.path, entry)?),
            None => Ok(found),
        })
    }

    /// The folder where the tip left the target.
    fn base(&self, tip: &Tip) -> Result<Rc<MigrationFolder>, Missing> {
        let tree = match tip.base {
            Some(base) => self.commits.commit(base)?.tree,
            None => Oid::EMPTY_TREE,
        };
        self.reader.folder(tree, self.folder)
    }

    /// One place, or the target, and another one.
    fn clash(&self, one: Option<PlaceId>, other: PlaceId, broken: SemanticBreak) -> MigrationClash {
        let SemanticBreak { symbol, definition, uses, .. } = broken;
        let terminals = match one {
            Some(one) => self.facts.touching(one, &definition.path),
            None => Vec::new(),
        };
        let others = self.facts.touching(other, &uses.path);
        let uncommitted = [one.map(|one| (one, &definition.path)), Some((other, &uses.path))];
        let uncommitted =
            uncommitted.into_iter().flatten().any(|(place, path)| self.facts.is_uncommitted(place, path));
        MigrationClash {
            sides: [(terminals, definition.path), (others, uses.path)],
            names: symbol,
            uncommitted,
        }
    }
}
