//! What a rename means for the paths it touches: which versions meet, and where (the cases are those of
//! `technical/directory-rename-detection` and `merge-strategies`).

use crate::merge::file_merge::{FileMerge, same_type};
use crate::merge::mode::{Favor, MergeMode};
use crate::merge::objects::Missing;
use crate::merge::three_way::path_entry::{Entries, PathConflict};
use crate::merge::three_way::state::{Rename, ThreeWay};
use crate::model::{Entry, RepoPath, Stages};

impl ThreeWay<'_> {
    /// Applies renames that are sorted by the path they come from.
    pub(crate) fn apply_renames(&mut self, renames: &[Rename]) -> Result<(), Missing> {
        let mut rest = renames;
        while let [rename, after @ ..] = rest {
            rest = after;
            if self.entry(&rename.from).renamed_away {
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
        let base = self.entry(from).stages.base;
        if ours == theirs {
            let entry = self.entry(ours);
            entry.stages.base = base;
            // markers do not name the old path here, as both sides agree on the new one
            entry.conflicts.push(PathConflict::BothRenamed { source: from.clone() });
            self.entry(from).renamed_away = true;
            return Ok(());
        }
        let (our_entry, their_entry) = (self.entry(ours).stages.ours, self.entry(theirs).stages.theirs);
        if let (Some(our_entry), Some(their_entry)) = (our_entry, their_entry) {
            let paths = Stages { base: from, ours, theirs };
            let merged = self.merge_renamed(from, paths, base, (our_entry, their_entry))?;
            // content that cannot be merged, such as a binary file, stays with each side
            let kept = merged.conflict.is_some() && merged.entry == Some(our_entry);
            self.entry(ours).stages.ours = merged.entry;
            self.entry(theirs).stages.theirs = if kept { Some(their_entry) } else { merged.entry };
        }
        for path in [ours, theirs, from] {
            self.entry(path).stop(PathConflict::RenameRename {
                source: from.clone(),
                ours: ours.clone(),
                theirs: theirs.clone(),
            });
        }
        Ok(())
    }

    fn one_renamed(&mut self, rename: &Rename) -> Result<(), Missing> {
        let (side, other) = (rename.side, rename.side.other());
        let old = self.entry(&rename.from).clone();
        let new = self.entry(&rename.to).clone();
        let deleted = old.is_deleted();
        let retyped = match (old.stages[other], new.stages[side]) {
            (Some(old), Some(new)) => old.kind.is_file() != new.kind.is_file(),
            _ => false,
        };
        let collides = new.stages[other].is_some() && !retyped;
        if collides && !deleted {
            self.collide(rename, old.stages)?;
        } else if collides {
            self.entry(&rename.to).stop(PathConflict::RenameDelete { source: rename.from.clone() });
        } else {
            let entry = self.entry(&rename.to);
            entry.stages.base = old.stages.base;
            entry.origins.base = Some(rename.from.clone());
            if deleted {
                entry.stop(PathConflict::RenameDelete { source: rename.from.clone() });
            } else if !retyped {
                entry.stages[other] = old.stages[other];
                entry.origins[other] = Some(rename.from.clone());
            }
        }
        let entry = self.entry(&rename.from);
        if retyped && !collides {
            entry.stages.base = None;
        } else {
            entry.renamed_away = true;
        }
        Ok(())
    }

    /// The new name is taken on the other side: the rename is merged first, and then meets it.
    fn collide(&mut self, rename: &Rename, old: Entries) -> Result<(), Missing> {
        let side = rename.side;
        let renamed = self.entry(&rename.to).stages[side];
        let mut stages = old;
        stages[side] = renamed;
        let mut paths = Stages { base: &rename.from, ours: &rename.from, theirs: &rename.from };
        paths[side] = &rename.to;
        if let (Some(ours), Some(theirs)) = (stages.ours, stages.theirs) {
            let merged = self.merge_renamed(&rename.from, paths, stages.base, (ours, theirs))?;
            self.entry(&rename.to).stages[side] = merged.entry;
        }
        let entry = self.entry(&rename.to);
        let source = rename.from.clone();
        let is_renamed = |conflict: &PathConflict| matches!(conflict, PathConflict::RenameAdd { .. });
        entry.conflicts.push(if entry.conflicts.iter().any(is_renamed) {
            PathConflict::RenamedOnto { source }
        } else {
            PathConflict::RenameAdd { source }
        });
        Ok(())
    }

    /// Merges a renamed file. The result goes into a further merge, so it is written in a dry run too.
    fn merge_renamed(
        &mut self,
        path: &RepoPath,
        sources: Stages<&RepoPath>,
        base: Option<Entry>,
        (ours, theirs): (Entry, Entry),
    ) -> Result<FileMerge, Missing> {
        if !same_type(ours.kind, theirs.kind) {
            return Ok(FileMerge::of(Some(ours)));
        }
        let mode = match self.input.mode {
            MergeMode::DryRun => MergeMode::Write(Favor::Neither),
            written => written,
        };
        let merged = self.merge_file(path, sources, base, (ours, theirs), (mode, 1))?;
        self.is_merged_again |= merged.conflict.is_some();
        Ok(merged)
    }
}
