//! The files of finished stories in `archive/`: their names, and which stories are there.

use std::fs;
use std::path::{Path, PathBuf};

use super::TrackingError;
use super::names::ARCHIVE;
use crate::files;
use crate::model::{Status, StoryId, shown_path};
use crate::yaml;

/// The story of an archived file.
pub struct ArchivedStory {
    /// Which one.
    pub story: StoryId,
    /// Whether its work was complete.
    pub complete: bool,
    /// Its terminals, each with whether its work was complete.
    pub terminals: Vec<(String, bool)>,
}

/// The stories of all archived files; then the files that cannot be read. `complete_words` are further statuses
/// that mean complete.
pub fn archived_stories(dir: &Path, complete_words: &[String]) -> (Vec<ArchivedStory>, Vec<String>) {
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

fn archived_story(path: &Path, complete_words: &[String]) -> Option<ArchivedStory> {
    let bytes = yaml::read_bytes(path).ok()?;
    let value = yaml::parse(yaml::decode(&bytes).ok()?).ok()?;
    let story = yaml::scalar_text(value.get("story_id")?)?;
    let is_complete = |session: &serde_yaml::Value| {
        let status = session.get("status").and_then(yaml::scalar_text);
        status.is_some_and(|status| Status::read(&status, complete_words).is_complete())
    };
    let sessions = value.get("sessions").and_then(serde_yaml::Value::as_mapping);
    let complete = sessions.is_some_and(|sessions| sessions.values().all(is_complete));
    let terminal =
        |(id, session): (&serde_yaml::Value, _)| Some((yaml::scalar_text(id)?, is_complete(session)));
    let terminals = sessions.into_iter().flatten().filter_map(terminal).collect();
    Some(ArchivedStory { story: StoryId::from(story), complete, terminals })
}

/// Under which name of the archive's folder a text goes, and whether it is there already: that is the result
/// of a move that was interrupted. Earlier archives of the same name stay: a new one is numbered.
pub(super) fn archived_name(folder: &Path, name: &str, new: &str) -> Result<(PathBuf, bool), TrackingError> {
    let stem = name.strip_suffix(".yaml").unwrap_or(name);
    for number in 1.. {
        let path = match number {
            1 => folder.join(name),
            _ => folder.join(format!("{stem}-{number}.yaml")),
        };
        match files::read_text(&path, u64::MAX) {
            Ok(there) if is_same(&there, new) => return Ok((path, true)),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((path, false)),
            Err(_) if fs::symlink_metadata(&path).is_ok() => {}
            Err(error) => return Err(TrackingError::io("read", &path)(error)),
        }
    }
    unreachable!("there is always a free number")
}

/// Whether two archived texts are the same but for their summary, which has the time.
fn is_same(one: &str, other: &str) -> bool {
    let bare = |text: &str| -> Option<serde_yaml::Value> {
        let mut value = yaml::parse(text).ok()?;
        value.as_mapping_mut()?.shift_remove("summary");
        Some(value)
    };
    bare(one).is_some_and(|one| Some(one) == bare(other))
}
