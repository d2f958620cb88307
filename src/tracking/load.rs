//! Reads all files of a tracking directory, and applies edits to them.

use std::fs;
use std::path::Path;

use super::edit::{self, EditRefusal};
use super::{Lock, NewFile, Tracking, TrackingError, names, read};
use crate::files::{self, Pending};
use crate::model::{Edit, Finding, Severity, TrackingFile, shown_path};
use crate::yaml::{self, Problem, report};

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

impl Tracking {
    /// Reads `story-*-sessions.yaml` and `active-sessions.yaml` of a directory, by name. A directory
    /// that is not there holds no files. `complete_words` are further statuses that mean complete.
    ///
    /// A file that cannot be read becomes a finding; the others are still read.
    pub fn load(dir: &Path, complete_words: &[String]) -> Tracking {
        let mut tracking = Tracking { dir: dir.to_path_buf(), ..Tracking::default() };
        for name in tracking.names() {
            let Some(mode) = names::mode_of(&name) else { continue };
            match yaml::read_bytes(&dir.join(&name)) {
                Ok(bytes) => {
                    let (file, findings) = read::file(&name, mode, &bytes, complete_words);
                    tracking.findings.extend(findings);
                    tracking.unread.extend(file.is_none().then(|| name.clone()));
                    tracking.files.extend(file);
                    tracking.loaded.insert(name, bytes);
                }
                Err(problem) => {
                    tracking.findings.push(report::broken(&name, &problem));
                    tracking.unread.push(name);
                }
            }
        }
        let shared = same_story(&tracking.files);
        tracking.findings.extend(shared);
        tracking
    }

    /// The names of all tracking files, sorted. Names that look like misspelled ones become findings.
    fn names(&mut self) -> Vec<String> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return vec![],
            Err(error) => {
                let problem = Problem::new(format!("cannot be read: {}", yaml::plain(&error)));
                self.findings.push(report::broken(&shown_path(&self.dir), &problem));
                self.unread.push(shown_path(&self.dir));
                return vec![];
            }
        };
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if names::mode_of(&name).is_some() {
                found.push(name);
            } else if let Some(meant) = names::meant(&name) {
                let problem = Problem::new(format!("is not read: its name should be {meant}"));
                let suggestion = if self.dir.join(&meant).exists() {
                    "move what is in it there; that file exists too"
                } else {
                    "rename it"
                };
                self.findings.push(report::finding(&name, Severity::Warning, vec![], &problem, suggestion));
            }
        }
        found.sort();
        self.findings.sort_by(|a, b| a.message.cmp(&b.message));
        found
    }

    /// What the edits would make of the files, for each that would change, by name. Writes nothing.
    ///
    /// # Errors
    /// An edit names a file that does not exist or does not parse, a new file exists already, or
    /// an edit cannot be made without touching more than it should.
    pub fn preview(&self, new_files: &[NewFile], edits: &[Edit]) -> Result<Vec<FileEdit>, TrackingError> {
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
    fn text(&self, name: &str) -> Result<&str, TrackingError> {
        let bytes = self.loaded.get(name).ok_or_else(|| TrackingError::NoFile { file: name.to_string() })?;
        yaml::decode(bytes).map_err(|problem| TrackingError::Broken { file: name.to_string(), problem })
    }

    /// Whether a file has this key at its top.
    pub fn has_key(&self, file: &str, key: &str) -> bool {
        let top = self.text(file).ok().and_then(|text| yaml::parse(text).ok());
        top.is_some_and(|top| top.get(key).is_some())
    }

    /// The files as they will be read after these edits.
    ///
    /// # Errors
    /// As [`Tracking::preview`].
    pub fn edited(
        &self,
        new_files: &[NewFile],
        edits: &[Edit],
        complete_words: &[String],
    ) -> Result<Tracking, TrackingError> {
        let mut after = self.clone();
        for change in self.preview(new_files, edits)? {
            let Some(mode) = names::mode_of(&change.name) else { continue };
            let (file, _) = read::file(&change.name, mode, change.new.as_bytes(), complete_words);
            after.files.retain(|known| known.name != change.name);
            after.files.extend(file);
        }
        after.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(after)
    }

    /// Applies the edits and saves every changed file, each completely or not at all. Immediately before
    /// a file is replaced it is compared with what was loaded. Returns the names of the changed files.
    ///
    /// # Errors
    /// As [`Tracking::preview`], and: [`TrackingError::ChangedMeanwhile`] when somebody else changed
    /// a file (load, decide and apply again); I/O errors. Files before the one that failed
    /// may have been saved; all are prepared before the first is saved, so that a full disk or a
    /// refused edit changes none.
    pub fn apply(
        &self,
        _lock: &Lock,
        new_files: &[NewFile],
        edits: &[Edit],
    ) -> Result<Vec<String>, TrackingError> {
        let changes = self.preview(new_files, edits)?;
        let mut pending = Vec::new();
        for change in &changes {
            let path = self.dir.join(&change.name);
            let old = self.loaded.get(&change.name).map(Vec::as_slice);
            let now = files::read(&path, u64::MAX).ok();
            if now.as_deref() != old {
                return Err(TrackingError::ChangedMeanwhile { file: change.name.clone() });
            }
            pending.push((change.name.clone(), Pending::write(&path, old, change.new.as_bytes())?));
        }
        let mut written = Vec::new();
        for (name, pending) in pending {
            if !pending.put()? {
                return Err(TrackingError::ChangedMeanwhile { file: name });
            }
            written.push(name);
        }
        Ok(written)
    }
}

/// Findings about two files of one story: their sessions would count as work on two stories.
fn same_story(files: &[TrackingFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let Some(story) = &file.story else { continue };
        let twin = files[..index].iter().find(|other| {
            other.story.as_ref().is_some_and(|same| same == story || same.short() == story.short())
        });
        if let Some(twin) = twin {
            let what = format!("is for the story {story}, and so is {}", twin.name);
            let suggestion = "move all sessions of the story into one file, or correct a story_id";
            findings.push(report::finding(
                &file.name,
                Severity::Warning,
                vec![],
                &Problem::new(what),
                suggestion,
            ));
        }
    }
    findings
}
