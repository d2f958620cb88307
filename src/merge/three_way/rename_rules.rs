//! What a rename means for the paths it touches: which versions meet, and where.

use crate::merge::file_merge::{FileMerge, Place, same_type};
use crate::merge::objects::Missing;
use crate::merge::three_way::path_entry::{Entries, Note};
use crate::merge::three_way::{Favor, MergeMode, Rename, ThreeWay};
use crate::model::{ConflictKind, Entry, RepoPath, Stages};

impl ThreeWay<'_> {
    /// Applies renames that are sorted by the path they come from.
    pub(crate) fn apply_renames(&mut self, renames: &[Rename]) -> Result<(), Missing> {
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
        let base = self.slot(from).stages.base;
        if ours == theirs {
            let slot = self.slot(ours);
            slot.stages.base = base;
            // markers do not name the old path here, as both sides agree on the new one
            slot.notes.push(Note { kind: ConflictKind::Content, also: vec![from.clone()] });
            self.slot(from).carried_away = true;
            return Ok(());
        }
        let (our_entry, their_entry) = (self.slot(ours).stages.ours, self.slot(theirs).stages.theirs);
        let stages = Stages { base, ours: our_entry, theirs: their_entry };
        if let (Some(our_entry), Some(their_entry)) = (our_entry, their_entry) {
            let paths = Stages { base: from, ours, theirs };
            let merged = self.merge_renamed(from, paths, &stages, our_entry, their_entry)?;
            // content that cannot be merged, such as a binary file, stays with each side
            let kept = merged.conflict.is_some() && merged.entry == Some(our_entry);
            self.slot(ours).stages.ours = merged.entry;
            self.slot(theirs).stages.theirs = if kept { Some(their_entry) } else { merged.entry };
        }
        let kind = ConflictKind::RenameRename;
        self.slot(ours).question(kind, vec![from.clone(), theirs.clone()]);
        self.slot(theirs).question(kind, vec![from.clone(), ours.clone()]);
        self.slot(from).question(kind, vec![ours.clone(), theirs.clone()]);
        Ok(())
    }

    fn one_renamed(&mut self, rename: &Rename) -> Result<(), Missing> {
        let (side, other) = (rename.side, rename.side.other());
        let old = self.slot(&rename.from).clone();
        let new = self.slot(&rename.to).clone();
        let deleted = old.is_deleted();
        let retyped = match (old.stages[other], new.stages[side]) {
            (Some(old), Some(new)) => old.kind.is_file() != new.kind.is_file(),
            _ => false,
        };
        let collides = new.stages[other].is_some() && !retyped;
        if collides && !deleted {
            self.collide(rename, old.stages)?;
        } else if collides {
            self.slot(&rename.to).question(ConflictKind::RenameDelete, vec![rename.from.clone()]);
        } else {
            let slot = self.slot(&rename.to);
            slot.stages.base = old.stages.base;
            slot.origins.base = Some(rename.from.clone());
            if deleted {
                slot.question(ConflictKind::RenameDelete, vec![rename.from.clone()]);
            } else if !retyped {
                slot.stages[other] = old.stages[other];
                slot.origins[other] = Some(rename.from.clone());
            }
        }
        let slot = self.slot(&rename.from);
        if retyped && !collides {
            slot.stages.base = None;
        } else {
            slot.carried_away = true;
        }
        Ok(())
    }

    /// The new name is taken on the other side: the rename is merged first, and then meets it.
    fn collide(&mut self, rename: &Rename, old: Entries) -> Result<(), Missing> {
        let side = rename.side;
        let renamed = self.slot(&rename.to).stages[side];
        let mut stages = old;
        stages[side] = renamed;
        let mut paths = Stages { base: &rename.from, ours: &rename.from, theirs: &rename.from };
        paths[side] = &rename.to;
        if let (Some(ours), Some(theirs)) = (stages.ours, stages.theirs) {
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
        paths: Stages<&RepoPath>,
        stages: &Entries,
        ours: Entry,
        theirs: Entry,
    ) -> Result<FileMerge, Missing> {
        if !same_type(ours.kind, theirs.kind) {
            return Ok(FileMerge { entry: Some(ours), conflict: None, undecided: None });
        }
        let names = self.marker_names(paths);
        let usual = self.place(path, &names);
        let mode = match usual.mode {
            MergeMode::DryRun => MergeMode::Write(Favor::Neither), // it goes into further merges
            written => written,
        };
        let place = Place { longer: usual.longer + 1, mode, ..usual };
        let merged = self.engine.merge_files(&place, stages, ours, theirs)?;
        if let Some(reason) = &merged.undecided {
            self.undecided.push((path.clone(), reason.clone()));
        }
        Ok(merged)
    }

    /// How a path is merged here, the sides having these names.
    pub(crate) fn place<'p>(&'p self, path: &'p RepoPath, names: &'p Stages<Vec<u8>>) -> Place<'p> {
        let depth = self.question.depth;
        Place {
            path,
            names: names.each_ref().map(Vec::as_slice),
            rules: self.rules.as_ref(),
            longer: 2 * depth,
            is_virtual: depth > 0,
            mode: self.question.mode,
        }
    }

    /// The names that stand beside conflict markers: with the path, where the paths differ.
    pub(crate) fn marker_names(&self, paths: Stages<&RepoPath>) -> Stages<Vec<u8>> {
        let labels = self.question.labels.each_ref();
        if paths.base == paths.ours && paths.ours == paths.theirs {
            return labels.map(|label| label.clone().into_bytes());
        }
        let name = |label: &str, path: &RepoPath| [label.as_bytes(), b":", path.as_bytes()].concat();
        Stages {
            base: name(labels.base, paths.base),
            ours: name(labels.ours, paths.ours),
            theirs: name(labels.theirs, paths.theirs),
        }
    }
}
