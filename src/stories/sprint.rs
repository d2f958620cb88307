//! `sprint-status.yaml`: `development_status:` as a mapping, or `epics:`/`stories:` as lists or
//! mappings, also with stories inside the epics.

use serde_yaml::{Mapping, Value};

use crate::model::{Severity, Status, StatusKind, Step, StoryId};
use crate::yaml::report::Reporter;
use crate::yaml::{kind_of, scalar_text};

/// Keys that hold statuses, at the top of the file.
const SECTIONS: [&str; 4] = ["development_status", "stories", "epics", "story_statuses"];

const IDS: [&str; 4] = ["id", "story_id", "story", "key"];
const STATUSES: [&str; 2] = ["status", "state"];

/// The stories of a file and their statuses, in its order.
pub(super) fn read(value: &Value, complete: &[String], report: &mut Reporter<'_>) -> Vec<(StoryId, Status)> {
    let mut reader = SprintReader { complete, report, found: Vec::new() };
    let top = match value {
        Value::Mapping(top) => top,
        Value::Null => return vec![],
        other => {
            let what = format!("the file must be a mapping, found {}", kind_of(other));
            reader.warn(&[], &what, "give every story its status under development_status:");
            return vec![];
        }
    };
    let mut sections = 0;
    for section in SECTIONS {
        let Some(value) = top.get(section) else { continue };
        sections += 1;
        reader.stories(value, &[Step::from(section)], None, section == "epics");
    }
    if sections == 0 {
        let what = "it contains no \"development_status\", \"stories\" or \"epics\"";
        reader.warn(&[], what, "give every story its status under development_status:");
    }
    reader.found
}

struct SprintReader<'a, 'r> {
    complete: &'a [String],
    report: &'a mut Reporter<'r>,
    found: Vec<(StoryId, Status)>,
}

impl SprintReader<'_, '_> {
    fn warn(&mut self, at: &[Step], what: &str, suggestion: &str) {
        self.report.add(Severity::Warning, at, what, suggestion);
    }

    /// A list or mapping of stories, or of epics that may hold some.
    fn stories(&mut self, value: &Value, at: &[Step], epic: Option<&str>, epics: bool) {
        match value {
            Value::Null => {}
            Value::Mapping(entries) => {
                for (index, (key, value)) in entries.iter().enumerate() {
                    let id = self.report.key(key, at, index);
                    let at = [at, &[Step::from(id.as_str())]].concat();
                    self.story(&id, value, &at, epic, epics);
                }
            }
            Value::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    let at = [at, &[Step::from(index)]].concat();
                    self.item(item, &at, epic, epics);
                }
            }
            other => {
                let what = format!("stories must be a mapping or a list, found {}", kind_of(other));
                self.warn(at, &what, "give every story its status under development_status:");
            }
        }
    }

    fn item(&mut self, item: &Value, at: &[Step], epic: Option<&str>, epics: bool) {
        let Value::Mapping(fields) = item else {
            if !item.is_null() {
                self.warn(
                    at,
                    "a story in a list must be a mapping with \"id\" and \"status\"",
                    "write its id and status",
                );
            }
            return;
        };
        let id = IDS.iter().find_map(|key| self.text(fields, at, key));
        match id {
            Some(id) => self.story(&id, item, at, epic, epics),
            // `- 1-2-login: done`
            None if fields.len() == 1 => self.stories(item, at, epic, epics),
            None if epics => self.inner(fields, at, None),
            None => self.warn(at, "a story in a list has no \"id\"", "write its id"),
        }
    }

    fn story(&mut self, written: &str, value: &Value, at: &[Step], epic: Option<&str>, epics: bool) {
        let id = story_id(written, epic);
        if let Value::Mapping(fields) = value {
            self.inner(fields, at, Some(&id));
        }
        if epics && id.number().is_none() || is_no_story(written) {
            return;
        }
        let status = match value {
            Value::Mapping(fields) => STATUSES.iter().find_map(|key| self.text(fields, at, key)),
            Value::Null => Some(String::new()),
            other => self.report.scalar(other, at),
        };
        let Some(written) = status else {
            self.warn(
                at,
                &format!("{written:?} has no status, so it is not counted as a story"),
                "write its status",
            );
            return;
        };
        let status = Status::read(&written, self.complete);
        if status.kind() == StatusKind::Unknown {
            let what = format!("the status {written:?} is unknown; it is kept and counts as not complete");
            let suggestion = "if it means complete, add it to complete_statuses in config.yaml";
            self.report.add(Severity::Info, at, &what, suggestion);
        }
        self.found.push((id, status));
    }

    /// Stories inside an epic.
    fn inner(&mut self, fields: &Mapping, at: &[Step], epic: Option<&StoryId>) {
        let Some(stories) = fields.get("stories") else { return };
        let number = epic
            .map(|epic| epic.0.trim_start_matches("epic").trim_start_matches(['-', '_', ' ']).to_string());
        let number =
            number.filter(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_alphanumeric()));
        let at = [at, &[Step::from("stories")]].concat();
        self.stories(stories, &at, number.as_deref(), false);
    }

    fn text(&mut self, fields: &Mapping, at: &[Step], key: &str) -> Option<String> {
        let value = fields.get(key)?;
        let at = [at, &[Step::from(key)]].concat();
        self.report.scalar(value, &at).filter(|text| scalar_text(value).is_some() && !text.is_empty())
    }
}

/// The id without a leading `story-`; a number inside an epic is prefixed with the epic's number.
fn story_id(written: &str, epic: Option<&str>) -> StoryId {
    let written = written.trim();
    let bare =
        ["story-", "story_", "story ", "Story "].iter().find_map(|prefix| written.strip_prefix(prefix));
    let id = match bare {
        Some(id) if id.starts_with(|c: char| c.is_ascii_digit()) => id,
        _ => written,
    };
    match epic {
        Some(epic) if !id.is_empty() && id.chars().all(|c| c.is_ascii_digit()) => {
            StoryId(format!("{epic}-{id}"))
        }
        _ => StoryId(id.to_string()),
    }
}

/// `epic-1`, `epic-1-retrospective` and the like.
fn is_no_story(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let epic = key.strip_prefix("epic").is_some_and(|rest| {
        let rest = rest.trim_start_matches(['-', '_', ' ']);
        rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit())
    });
    epic || key.ends_with("retrospective") || key.ends_with("-retro")
}
