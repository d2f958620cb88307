//! What a rename means for the paths it touches: which versions meet, and where.

use super::Missing;
use super::file_merge::{FileMerge, Place, same_type};
use super::slot::{BASE, Note, OURS, Stages, THEIRS};
use super::three_way::{Rename, ThreeWay};
use crate::model::{ConflictKind, Entry, RepoPath};

impl ThreeWay<'_> {
    /// Applies renames that are sorted by the path they come from.
    pub(super) fn apply_renames(&mut self, renames: &[Rename]) -> Result<(), Missing> {
        let mut rest = renames;
        while let [rename, after @ ..] = rest {
            rest = after;
            if self.slot(&rename.from).carried_away {
                continue;
            }
            match after {
                [second, after @ ..] if second.from == rename.from => {
                    rest = after;
                    self.both_renamed(&rename.from, &rename.to, &second.to)?;
                }
                _ => self.one_renamed(rename)?,
            }
        }
        Ok(())
    }

    /// Both sides renamed the same file.
    fn both_renamed(&mut self, from: &RepoPath, ours: &RepoPath, theirs: &RepoPath) -> Result<(), Missing> {
        let base = self.slot(from).stages[BASE];
        if ours == theirs {
            let slot = self.slot(ours);
            slot.stages[BASE] = base;
            // markers do not name the old path here, as both sides agree on the new one
            slot.notes.push(Note { kind: ConflictKind::Content, also: vec![from.clone()] });
            self.slot(from).carried_away = true;
            return Ok(());
        }
        let stages = [base, self.slot(ours).stages[OURS], self.slot(theirs).stages[THEIRS]];
        if let [_, Some(our_entry), Some(their_entry)] = stages {
            let merged = self.merge_renamed(from, [from, ours, theirs], &stages, our_entry, their_entry)?;
            // content that cannot be merged, such as a binary file, stays with each side
            let kept = merged.conflict.is_some() && merged.entry == Some(our_entry);
            self.slot(ours).stages[OURS] = merged.entry;
            self.slot(theirs).stages[THEIRS] = if kept { Some(their_entry) } else { merged.entry };
        }
        let kind = ConflictKind::RenameRename;
        self.slot(ours).question(kind, vec![from.clone(), theirs.clone()]);
        self.slot(theirs).question(kind, vec![from.clone(), ours.clone()]);
        self.slot(from).question(kind, vec![ours.clone(), theirs.clone()]);
        Ok(())
    }

    fn one_renamed(&mut self, rename: &Rename) -> Result<(), Missing> {
        let (side, other) = (rename.side, 3 - rename.side);
        let old = self.slot(&rename.from).clone();
        let new = self.slot(&rename.to).clone();
        let deleted = !old.has(OURS) && !old.has(THEIRS);
        let retyped = match (old.stages[other], new.stages[side]) {
            (Some(old), Some(new)) => old.kind.is_file() != new.kind.is_file(),
            _ => false,
        };
        let collides = new.has(other) && !retyped;
        if collides && !deleted {
            self.collide(rename, old.stages)?;
        } else if collides {
            self.slot(&rename.to).question(ConflictKind::RenameDelete, vec![rename.from.clone()]);
        } else {
            let slot = self.slot(&rename.to);
            slot.stages[BASE] = old.stages[BASE];
            slot.origins[BASE] = Some(rename.from.clone());
            if deleted {
                slot.question(ConflictKind::RenameDelete, vec![rename.from.clone()]);
            } else if !retyped {
                slot.stages[other] = old.stages[other];
                slot.origins[other] = Some(rename.from.clone());
            }
        }
        let slot = self.slot(&rename.from);
        if retyped && !collides {
            slot.stages[BASE] = None;
        } else {
            slot.carried_away = true;
        }
        Ok(())
    }

    /// The new name is taken on the other side: the rename is merged first, and then meets it.
    fn collide(&mut self, rename: &Rename, old: Stages) -> Result<(), Missing> {
        let side = rename.side;
        let renamed = self.slot(&rename.to).stages[side];
        let mut stages = old;
        stages[side] = renamed;
        let mut paths = [&rename.from; 3];
        paths[side] = &rename.to;
        if let (Some(ours), Some(theirs)) = (stages[OURS], stages[THEIRS]) {
            let merged = self.merge_renamed(&rename.from, paths, &stages, ours, theirs)?;
            self.slot(&rename.to).stages[side] = merged.entry;
        }
        let two_renames = self.slot(&rename.to).notes.iter().any(|note| note.kind == ConflictKind::RenameAdd);
        let kind = if two_renames { ConflictKind::RenameRename } else { ConflictKind::RenameAdd };
        self.slot(&rename.to).notes.push(Note { kind, also: vec![rename.from.clone()] });
        Ok(())
    }

    fn merge_renamed(
        &mut self,
        path: &RepoPath,
        paths: [&RepoPath; 3],
        stages: &Stages,
        ours: Entry,
        theirs: Entry,
    ) -> Result<FileMerge, Missing> {
        if !same_type(ours.kind, theirs.kind) {
            return Ok(FileMerge { entry: Some(ours), conflict: None, undecided: None });
        }
        let names = self.marker_names(paths);
        let usual = self.place(path, &names);
        let unwritten = false; // it goes into further merges
        let place = Place { longer: usual.longer + 1, unwritten, ..usual };
        let merged = self.engine.merge_files(&place, stages, ours, theirs)?;
        if let Some(reason) = &merged.undecided {
            self.undecided.push((path.clone(), reason.clone()));
        }
        Ok(merged)
    }

    /// How a path is merged here, the sides having these names.
    pub(super) fn place<'p>(&'p self, path: &'p RepoPath, names: &'p [Vec<u8>; 3]) -> Place<'p> {
        let depth = self.question.depth;
        Place {
            path,
            names: names.each_ref().map(Vec::as_slice),
            rules: self.rules.as_ref(),
            longer: 2 * depth,
            is_virtual: depth > 0,
            favour_theirs: self.question.favour_theirs,
            unwritten: self.question.unwritten,
        }
    }

    /// The names that stand beside conflict markers: with the path, where the paths differ.
    pub(super) fn marker_names(&self, paths: [&RepoPath; 3]) -> [Vec<u8>; 3] {
        let (ours, theirs) = &self.question.labels;
        let labels = [&self.question.base_label, ours, theirs];
        let differ = paths[BASE] != paths[OURS] || paths[OURS] != paths[THEIRS];
        [BASE, OURS, THEIRS].map(|side| match differ {
            true => [labels[side].as_bytes(), b":", paths[side].as_bytes()].concat(),
            false => labels[side].clone().into_bytes(),
        })
    }
}
