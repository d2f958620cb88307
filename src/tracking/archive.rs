//! Moves the file of a finished story to `archive/`, and reads which stories are there.

use std::fs;
use std::path::{Path, PathBuf};

use super::edit::{self, EditRefusal};
use super::names::ARCHIVE;
use super::{Lock, TrackingError};
use crate::files::{self, Pending};
use crate::model::{Edit, Status, Step, StoryId, Value, shown_path};
use crate::yaml::{self, Problem};

/// Moves a finished file to `archive/` and adds a `summary:` mapping to it, beginning with
/// `archived: now`. Earlier archives of the same name stay: the new one is numbered. Returns where
/// it went.
///
/// The archived file is complete on disk before the original is removed, so that after a crash the story is
/// in at least one complete file; archiving again then finishes the move.
///
/// # Errors
/// The file does not exist, does not parse, or was changed meanwhile; I/O errors.
pub fn archive(
    _lock: &Lock,
    dir: &Path,
    file_name: &str,
    summary: &[(String, Value)],
    now: &str,
) -> Result<PathBuf, TrackingError> {
    let path = dir.join(file_name);
    if fs::symlink_metadata(&path).is_err() {
        return Err(TrackingError::NoFile { file: file_name.to_string() });
    }
    let broken = |problem: Problem| TrackingError::Broken { file: file_name.to_string(), problem };
    let bytes = yaml::read_bytes(&path).map_err(broken)?;
    let text = yaml::decode(&bytes).map_err(broken)?;
    let new = with_summary(file_name, text, summary, now)?;
    let folder = dir.join(ARCHIVE);
    fs::create_dir_all(&folder).map_err(TrackingError::io("create", &folder))?;
    let archived = place(&folder, file_name, text, &new)?;
    if files::read(&path, u64::MAX).ok().as_deref() != Some(&bytes) {
        return Err(TrackingError::ChangedMeanwhile { file: file_name.to_string() });
    }
    fs::remove_file(&path).map_err(TrackingError::io("remove", &path))?;
    files::sync_folder(dir);
    Ok(archived)
}

/// The stories of all archived files, each with whether its work was complete; then the files that
/// cannot be read. `complete_words` are further statuses that mean complete.
pub fn archived_stories(dir: &Path, complete_words: &[String]) -> (Vec<(StoryId, bool)>, Vec<String>) {
    let entries = fs::read_dir(dir.join(ARCHIVE)).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "yaml"));
    paths.sort();
    let (mut stories, mut unread) = (Vec::new(), Vec::new());
    for path in &paths {
        match archived_story(path, complete_words) {
            Some(story) => stories.push(story),
            None => unread.push(shown_path(path)),
        }
    }
    (stories, unread)
}

fn archived_story(path: &Path, complete_words: &[String]) -> Option<(StoryId, bool)> {
    let bytes = yaml::read_bytes(path).ok()?;
    let value = yaml::parse(yaml::decode(&bytes).ok()?).ok()?;
    let story = yaml::scalar_text(value.get("story_id")?)?;
    let is_complete = |session: &serde_yaml::Value| {
        let status = session.get("status").and_then(yaml::scalar_text);
        status.is_some_and(|status| Status::read(&status, complete_words).is_complete())
    };
    let sessions = value.get("sessions").and_then(serde_yaml::Value::as_mapping);
    let complete = sessions.is_some_and(|sessions| sessions.values().all(is_complete));
    Some((StoryId::from(story), complete))
}

fn with_summary(
    name: &str,
    text: &str,
    summary: &[(String, Value)],
    now: &str,
) -> Result<String, TrackingError> {
    let at = |key: &str| [Step::from("summary"), Step::from(key)];
    let mut edits = vec![Edit::set(name, &at("archived"), now)];
    edits.extend(summary.iter().map(|(key, value)| Edit::set(name, &at(key), value.clone())));
    let edits: Vec<&Edit> = edits.iter().collect();
    edit::apply(text, &edits).map_err(|refusal| match refusal {
        EditRefusal::Broken(problem) => TrackingError::Broken { file: name.to_string(), problem },
        EditRefusal::Edit(problem) => TrackingError::Refused { file: name.to_string(), problem },
    })
}

/// Writes the archived text under the first free name. The result of an earlier, interrupted move
/// of the same text is kept.
fn place(folder: &Path, name: &str, old: &str, new: &str) -> Result<PathBuf, TrackingError> {
    let stem = name.strip_suffix(".yaml").unwrap_or(name);
    for number in 1.. {
        let path = match number {
            1 => folder.join(name),
            _ => folder.join(format!("{stem}-{number}.yaml")),
        };
        match files::read_text(&path, u64::MAX) {
            Ok(there) if is_archived(&there, old) => return Ok(path),
            Ok(_) => continue,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) if fs::symlink_metadata(&path).is_ok() => continue,
            Err(error) => return Err(TrackingError::io("read", &path)(error)),
        }
        if Pending::write(&path, None, new.as_bytes())?.put()? {
            return Ok(path);
        }
    }
    unreachable!("there is always a free number")
}

/// Whether the archived text is the old one with a summary.
fn is_archived(archived: &str, old: &str) -> bool {
    let (Ok(mut archived), Ok(old)) = (yaml::parse(archived), yaml::parse(old)) else { return false };
    if let Some(mapping) = archived.as_mapping_mut() {
        mapping.shift_remove("summary");
    }
    archived == old
}
