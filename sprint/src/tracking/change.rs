//! Changes of several files at once: what they make of the files, saving all of them or none, and taking
//! them back.

use std::fs;
use std::path::PathBuf;

use super::archive::archived_name;
use super::edit::{self, EditRefusal};
use super::names::ARCHIVE;
use super::{Lock, NewFile, Tracking, TrackingError};
use crate::files::{self, FileError, Pending};
use crate::model::Edit;
use crate::yaml::{self, Problem};

/// What is to become of the files.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Files that are made, before they are edited.
    pub new_files: Vec<NewFile>,
    /// In the order in which they are made.
    pub edits: Vec<Edit>,
    /// The file that goes to the archive after its edits.
    pub archived: Option<String>,
}

impl Changes {
    /// Only edits.
    pub fn of(edits: Vec<Edit>) -> Changes {
        Changes { edits, ..Changes::default() }
    }
}

/// What a file was and what it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The file's name.
    pub name: String,
    /// Its text; `None` when it is new.
    pub old: Option<String>,
    /// Its new text.
    pub new: String,
}

/// Files that were saved. Until this is dropped, they can be had back as they were.
#[derive(Debug, Default)]
pub struct Saved {
    /// The names of the files that changed, sorted.
    pub files: Vec<String>,
    /// Where the archived file is.
    pub archived: Option<PathBuf>,
    /// What was done, in this order, each with the name of its file.
    done: Vec<(String, Pending)>,
    /// The folder of the archive, if it was made.
    new_folder: Option<PathBuf>,
}

impl Saved {
    /// Brings back what was there. Returns the files for which that is not possible: somebody else has
    /// edited them since, or the disk fails.
    pub fn undo(self) -> Vec<String> {
        let undone = self.done.into_iter().rev().map(|(name, pending)| (name, pending.undo()));
        let mut left: Vec<String> =
            undone.filter(|(_, undone)| !matches!(undone, Ok(true))).map(|(name, _)| name).collect();
        if let Some(folder) = self.new_folder {
            let _ = fs::remove_dir(folder);
        }
        left.sort();
        left.dedup();
        left
    }
}

impl Tracking {
    /// What the changes would make of the files, for each that would change, by name. Writes nothing.
    ///
    /// # Errors
    /// An edit names a file that does not exist or does not parse, a new file exists already, or
    /// an edit cannot be made without touching more than it should.
    pub fn preview(&self, changes: &Changes) -> Result<Vec<FileEdit>, TrackingError> {
        let Changes { new_files, edits, archived: _ } = changes;
        let mut texts: Vec<(String, Option<String>, String)> = Vec::new();
        for new in new_files {
            if self.loaded.contains_key(&new.name) || texts.iter().any(|(name, ..)| *name == new.name) {
                return Err(TrackingError::Exists { path: self.dir.join(&new.name) });
            }
            let text = match &new.copy_of {
                Some(name) => self.text(name)?.to_string(),
                None => new.text(),
            };
            texts.push((new.name.clone(), None, text));
        }
        for edit in edits {
            if texts.iter().any(|(name, ..)| *name == edit.file) {
                continue;
            }
            let text = self.text(&edit.file)?;
            texts.push((edit.file.clone(), Some(text.to_string()), text.to_string()));
        }
        let mut changed = Vec::new();
        for (name, old, text) in texts {
            let edits: Vec<&Edit> = edits.iter().filter(|edit| edit.file == name).collect();
            let new = edit::apply(&text, &edits).map_err(|refusal| match refusal {
                EditRefusal::Broken(problem) => TrackingError::Broken { file: name.clone(), problem },
                EditRefusal::Edit(problem) => TrackingError::Refused { file: name.clone(), problem },
            })?;
            if old.as_deref() != Some(new.as_str()) {
                changed.push(FileEdit { name, old, new });
            }
        }
        changed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(changed)
    }

    /// The text of a file that was read.
    pub(super) fn text(&self, name: &str) -> Result<&str, TrackingError> {
        let loaded = self.loaded.get(name).ok_or_else(|| TrackingError::NoFile { file: name.to_string() })?;
        let text = loaded.as_ref().map_err(Problem::clone).and_then(|bytes| yaml::decode(bytes));
        text.map_err(|problem| TrackingError::Broken { file: name.to_string(), problem })
    }

    /// Makes the changes: all files are prepared before the first is saved, and where one of them cannot be
    /// saved, all are as before. Immediately before a file is replaced it is compared with what was loaded.
    ///
    /// What is new is saved before what is taken away, so that after a kill in between nothing is lost, and
    /// making the changes again completes them.
    ///
    /// # Errors
    /// As [`Tracking::preview`], and: [`TrackingError::ChangedMeanwhile`] when somebody else changed
    /// a file (load, decide and apply again); I/O errors.
    pub fn apply(&self, _lock: &Lock, changes: &Changes) -> Result<Saved, TrackingError> {
        let mut saved = Saved::default();
        match self.prepared(changes, &mut saved).and_then(|pending| put_all(pending, &mut saved)) {
            Ok(()) => Ok(saved),
            Err(error) => {
                saved.undo();
                Err(error)
            }
        }
    }

    /// All changes, prepared on the disk, in the order in which they are made.
    fn prepared(
        &self,
        changes: &Changes,
        saved: &mut Saved,
    ) -> Result<Vec<(String, Pending)>, TrackingError> {
        let mut edited = self.preview(changes)?;
        edited.sort_by_key(|change| change.old.is_some());
        let mut pending = Vec::new();
        if let Some(name) = &changes.archived {
            let at = edited.iter().position(|change| change.name == *name);
            let new = match at {
                Some(at) => edited.remove(at).new,
                None => self.text(name)?.to_string(),
            };
            let folder = self.dir.join(ARCHIVE);
            if !folder.is_dir() {
                fs::create_dir_all(&folder).map_err(TrackingError::io("create", &folder))?;
                saved.new_folder = Some(folder.clone());
            }
            let (path, is_there) = archived_name(&folder, name, &new)?;
            if !is_there {
                pending.push((name.clone(), Pending::write(&path, None, new.as_bytes())?));
            }
            saved.archived = Some(path);
            saved.files.push(name.clone());
        }
        for change in edited {
            let path = self.dir.join(&change.name);
            let old = change.old.as_ref().and_then(|_| self.bytes(&change.name));
            if files::read(&path, u64::MAX).ok().as_deref() != old {
                return Err(TrackingError::ChangedMeanwhile { file: change.name });
            }
            saved.files.push(change.name.clone());
            pending.push((change.name, Pending::write(&path, old, change.new.as_bytes())?));
        }
        if let Some((name, old)) = changes.archived.as_ref().and_then(|name| Some((name, self.bytes(name)?)))
        {
            pending.push((name.clone(), Pending::removal(&self.dir.join(name), old)?));
        }
        saved.files.sort();
        Ok(pending)
    }

    /// The bytes of a file that was read.
    fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.loaded.get(name)?.as_deref().ok()
    }
}

fn put_all(pending: Vec<(String, Pending)>, saved: &mut Saved) -> Result<(), TrackingError> {
    for (name, mut pending) in pending {
        let is_put = pending.put().map_err(|error: FileError| TrackingError::from(error))?;
        if !is_put {
            return Err(TrackingError::ChangedMeanwhile { file: name });
        }
        saved.done.push((name, pending));
    }
    Ok(())
}
