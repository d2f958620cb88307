//! Reads all files of a tracking directory.

use std::fs;
use std::path::Path;

use super::{Changes, Tracking, TrackingError, is_united, names, read};
use crate::model::{Finding, Severity, TrackingFile, shown_path};
use crate::yaml::{self, Problem, report};

impl Tracking {
    /// Reads `story-*-sessions.yaml` and `active-sessions.yaml` of a directory, by name. A directory
    /// that is not there holds no files. `complete_words` are further statuses that mean complete.
    ///
    /// A file that cannot be read becomes a finding; the others are still read.
    pub fn load(dir: &Path, complete_words: &[String]) -> Tracking {
        let mut tracking = Tracking { dir: dir.to_path_buf(), ..Tracking::default() };
        match tracking.names() {
            Ok(names) => {
                let bytes = |name: String| (name.clone(), yaml::read_bytes(&dir.join(&name)));
                tracking.loaded.extend(names.into_iter().map(bytes));
            }
            Err(problem) => {
                tracking.loaded.insert(shown_path(dir), Err(problem));
            }
        }
        tracking.understand(complete_words);
        tracking
    }

    /// The names of the files of a directory that are merged by what they say, sorted.
    ///
    /// # Errors
    /// When the directory cannot be listed.
    pub fn merged_names(dir: &Path) -> Result<Vec<String>, TrackingError> {
        let entries = fs::read_dir(dir).map_err(TrackingError::io("list", dir))?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut found: Vec<String> = names.filter(|name| is_united(name)).collect();
        found.sort();
        Ok(found)
    }

    /// Makes the files and the findings of what was loaded.
    fn understand(&mut self, complete_words: &[String]) {
        (self.files, self.unread, self.findings) = (Vec::new(), Vec::new(), self.misnamed.clone());
        for (name, loaded) in &self.loaded {
            let (file, findings) = match (loaded, names::mode_of(name)) {
                (Ok(bytes), Some(mode)) => read::file(name, mode, bytes, complete_words),
                (Ok(_), None) => continue,
                (Err(problem), _) => (None, vec![read::broken(name, problem)]),
            };
            self.findings.extend(findings);
            self.unread.extend(file.is_none().then(|| name.clone()));
            self.files.extend(file);
        }
        let shared = same_story(&self.files);
        self.findings.extend(shared);
    }

    /// The names of all tracking files. Names that look like misspelled ones become findings.
    fn names(&mut self) -> Result<Vec<String>, Problem> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => return Err(Problem::new(format!("cannot be read: {}", yaml::plain(&error)))),
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
                self.misnamed.push(report::finding(&name, Severity::Warning, vec![], &problem, suggestion));
            }
        }
        self.misnamed.sort_by(|a, b| a.message.cmp(&b.message));
        Ok(found)
    }

    /// Whether a file has this key at its top.
    pub fn has_key(&self, file: &str, key: &str) -> bool {
        let top = self.text(file).ok().and_then(|text| yaml::parse(text).ok());
        top.is_some_and(|top| top.get(key).is_some())
    }

    /// The files as they will be read after these changes; what goes to the archive, before it goes there.
    ///
    /// # Errors
    /// As [`Tracking::preview`].
    pub fn changed(&self, changes: &Changes, complete_words: &[String]) -> Result<Tracking, TrackingError> {
        let mut after = self.clone();
        for change in self.preview(changes)? {
            after.loaded.insert(change.name, Ok(change.new.into_bytes()));
        }
        after.understand(complete_words);
        Ok(after)
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
