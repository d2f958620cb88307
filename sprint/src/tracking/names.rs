//! Names of tracking files, and which ids are valid in them.

use super::TrackingError;
use crate::model::{Mode, StoryId, is_hidden};
use crate::yaml;

/// The file of all inter-story sessions.
pub const ACTIVE: &str = "active-sessions.yaml";

/// The folder of archived files, inside the tracking directory.
pub(super) const ARCHIVE: &str = "archive";

const PREFIX: &str = "story-";
const SUFFIX: &str = "-sessions.yaml";

/// The name of the tracking file: `story-1-2-sessions.yaml` for `1-2-user-authentication`. An id
/// without a number uses the whole id.
///
/// # Errors
/// Ids that cannot be part of a file name, and an intra-story file without a story.
pub fn file_name(mode: Mode, story: Option<&StoryId>) -> Result<String, TrackingError> {
    match (mode, story) {
        (Mode::Inter, _) => Ok(ACTIVE.to_string()),
        (Mode::Intra, Some(story)) => {
            check_id("story", story.as_str())?;
            Ok(format!("{PREFIX}{}{SUFFIX}", story.short()))
        }
        (Mode::Intra, None) => Err(bad("story", "", "is missing")),
    }
}

/// Whether an id can be a key and a part of a file name. `kind` is `story` or `terminal`.
///
/// # Errors
/// Empty ids, path separators, `..`, a leading dot or dash, control characters, other characters
/// that some file system refuses, white space at an end, more than 100 bytes.
pub fn check_id(kind: &str, id: &str) -> Result<(), TrackingError> {
    let reason = match id {
        "" => "is empty",
        _ if id.len() > 100 => "is longer than 100 bytes",
        _ if id.chars().any(char::is_control) => "has a control character",
        _ if id.contains(['/', '\\']) => "has a path separator",
        _ if id.contains("..") => "has \"..\"",
        _ if id.starts_with(['.', '-']) => "begins with a dot or a dash",
        _ if id.contains(['<', '>', ':', '"', '|', '?', '*']) => "has one of < > : \" | ? *",
        _ if id.contains(is_hidden) => "has an invisible character",
        _ if id.trim() != id => "begins or ends with white space",
        _ => return Ok(()),
    };
    Err(bad(kind, id, reason))
}

fn bad(kind: &str, id: &str, reason: &'static str) -> TrackingError {
    TrackingError::BadId { kind: kind.to_string(), id: id.to_string(), reason }
}

/// Which kind of tracking file has this name, if any.
pub(super) fn mode_of(name: &str) -> Option<Mode> {
    if name == ACTIVE {
        return Some(Mode::Inter);
    }
    middle(name).map(|_| Mode::Intra)
}

/// The story part of an intra-story file's name.
pub(super) fn middle(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX).filter(|middle| !middle.is_empty())
}

/// The story that a file has the sessions of, by its name; also where it was archived, maybe with a number.
pub fn story_of_file(name: &str) -> Option<StoryId> {
    let plain = middle(name).or_else(|| {
        let (own, number) = name.strip_suffix(".yaml")?.rsplit_once('-')?;
        let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
        own.strip_prefix(PREFIX)?.strip_suffix("-sessions").filter(|_| is_number)
    });
    plain.map(StoryId::from)
}

/// The files of the tracking directory that have one name, without its `.yaml`.
const SINGLE: [&str; 4] = ["active-sessions", "config", "dependencies-template", "session-sync-log"];

/// Other names that people give them.
const OTHER_WORDS: [(&str, &str); 2] =
    [("dependency-template", "dependencies-template"), ("dependencies", "dependencies-template")];

/// Which file a name was probably meant to be that is none.
pub(super) fn meant(name: &str) -> Option<String> {
    let (own, ending) = name.rsplit_once('.')?;
    let is_right = mode_of(name).is_some() || name.starts_with("session-sync-log-");
    if is_right
        || name.starts_with('.')
        || !["yaml", "yml"].iter().any(|kind| ending.eq_ignore_ascii_case(kind))
    {
        return None;
    }
    let mut stems = SINGLE.iter().map(|stem| (*stem, *stem)).chain(OTHER_WORDS);
    if let Some((_, stem)) = stems.find(|(spelled, _)| yaml::is_alike(own, spelled)) {
        return Some(format!("{stem}.yaml")).filter(|meant| meant != name);
    }
    let mut words: Vec<&str> = own.split(['-', '_', '.', ' ']).filter(|word| !word.is_empty()).collect();
    let mut take = |word: &str| {
        let at = words.iter().position(|own| yaml::is_alike(own, word));
        at.map(|at| words.remove(at)).is_some()
    };
    let (has_story, has_sessions) = (take("story"), take("sessions"));
    let story = StoryId::from(words.join("-"));
    let is_meant = match (has_story, has_sessions) {
        (true, true) => !words.is_empty(),
        (false, true) => story.number().is_some(),
        (true, false) => story.is_bare(),
        (false, false) => false,
    };
    is_meant.then(|| format!("{PREFIX}{}{SUFFIX}", story.short()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_file_is_named_by_its_number() {
        let name = |id: &str| file_name(Mode::Intra, Some(&id.into())).expect(id);
        assert_eq!(name("1-2-user-authentication"), "story-1-2-sessions.yaml");
        assert_eq!(name("1.2"), "story-1-2-sessions.yaml");
        assert_eq!(name("12a-3-import"), "story-12a-3-sessions.yaml");
        assert_eq!(name("login"), "story-login-sessions.yaml");
        assert_eq!(file_name(Mode::Inter, None).expect("inter"), "active-sessions.yaml");
        assert!(file_name(Mode::Intra, None).is_err());
    }

    #[test]
    fn names_that_are_nearly_right_are_known_with_what_was_meant() {
        for (name, file) in [
            ("active_sessions.yaml", "active-sessions.yaml"),
            ("active-session.yaml", "active-sessions.yaml"),
            ("activesessions.yml", "active-sessions.yaml"),
            ("Active-Sessions.yaml", "active-sessions.yaml"),
            ("acitve-sessions.yaml", "active-sessions.yaml"),
            ("story-1-2-session.yaml", "story-1-2-sessions.yaml"),
            ("story-1-2-sessions.yml", "story-1-2-sessions.yaml"),
            ("story_1_2_sessions.yaml", "story-1-2-sessions.yaml"),
            ("Story-1.2-Sessions.yaml", "story-1-2-sessions.yaml"),
            ("story-1-2-login-sesions.yaml", "story-1-2-sessions.yaml"),
            ("stroy-1-2-sessions.yaml", "story-1-2-sessions.yaml"),
            ("story-1-2.yaml", "story-1-2-sessions.yaml"),
            ("1-2-sessions.yaml", "story-1-2-sessions.yaml"),
            ("sessions-story-1-2.yaml", "story-1-2-sessions.yaml"),
            ("story-login-session.yaml", "story-login-sessions.yaml"),
            ("dependency-template.yaml", "dependencies-template.yaml"),
            ("dependencies_template.yml", "dependencies-template.yaml"),
            ("session_sync_log.yaml", "session-sync-log.yaml"),
            ("config.yml", "config.yaml"),
        ] {
            assert_eq!(meant(name).as_deref(), Some(file), "{name}");
        }
        for name in [
            "active-sessions.yaml",
            "story-1-2-sessions.yaml",
            "story-1.2-sessions.yaml",
            "session-sync-log.yaml",
            "session-sync-log-3.yaml",
            "dependencies-template.yaml",
            "config.yaml",
            "notes.yaml",
            "story-1-2-notes.yaml",
            "story-1-2-sessions.yaml.bak",
            ".story-1-2-session.yaml",
            "stories.yaml",
            "sessions.md",
        ] {
            assert_eq!(meant(name), None, "{name}");
        }
    }

    #[test]
    fn an_id_cannot_lead_out_of_the_folder() {
        let long = "x".repeat(101);
        for id in [
            "",
            "..",
            "a/b",
            "a\\b",
            "../x",
            ".x",
            "-x",
            "a\nb",
            "a\0",
            " a",
            "a ",
            "a:b",
            "a\u{202e}b",
            &long,
        ] {
            assert!(check_id("story", id).is_err(), "{id:?}");
        }
        for id in ["terminal-1", "1-2-user-authentication", "Größe", "日本", "a b", "v1.2"] {
            assert!(check_id("terminal", id).is_ok(), "{id:?}");
        }
        let error = check_id("terminal", "a/b").expect_err("separator");
        assert_eq!(error.to_string(), "terminal id \"a/b\" has a path separator");
    }
}
