//! The values of keys, as the text that was written, whatever type YAML gives them.

use serde_yaml::{Mapping, Value};

use super::TrackingReader;
use crate::model::{Severity, Step};
use crate::yaml::{is_alike, kind_of, scalar_text};

pub(super) const SHAPE: &str = "see track-work help files; nothing was changed";

/// The value of a key; absent and null are the same.
fn field<'v>(mapping: &'v Mapping, key: &str) -> Option<&'v Value> {
    mapping.get(key).filter(|value| !value.is_null())
}

/// The path of a key below.
pub(super) fn below(at: &[Step], key: &str) -> Vec<Step> {
    [at, &[Step::from(key)]].concat()
}

/// Other words for a key, in lower case and without separators.
const OTHER_WORDS: [(&str, &[&str]); 6] = [
    ("sessions", &["terminals", "agents", "workers"]),
    ("story_id", &["story", "id"]),
    ("current_file", &["file"]),
    ("status", &["state"]),
    ("tasks", &["todo", "todos"]),
    ("blocked_by", &["waitson"]),
];

/// Keys that nothing but a session has.
const OF_A_SESSION: [&str; 7] =
    ["story_id", "current_file", "focus", "agent", "phase", "blocked_by", "last_update"];

/// Whether a value has the keys of a session.
pub(super) fn is_session(value: &Value) -> bool {
    value.as_mapping().is_some_and(|fields| OF_A_SESSION.iter().any(|key| fields.contains_key(*key)))
}

/// Whether a mapping says which story it is about.
fn names_story(fields: &Mapping) -> bool {
    ["story_id", "story", "id"].iter().any(|key| fields.contains_key(*key))
}

impl TrackingReader<'_> {
    /// Tells of sessions that stand where none is read, as when one was added at the end of the file. A key that begins
    /// with `x-`, and a mapping that others take their keys from by its anchor, is none.
    pub(super) fn misplaced(&mut self, mapping: &Mapping, at: &[Step]) {
        for (key, value) in mapping.iter().filter(|(_, value)| is_session(value)) {
            let Some(key) = scalar_text(key).filter(|key| !key.starts_with("x-")) else { continue };
            if !value.as_mapping().is_some_and(names_story) && self.report.is_used_elsewhere(&below(at, &key))
            {
                continue;
            }
            let below_what = match at.last() {
                Some(Step::Key(key)) => format!("below {key:?}"),
                Some(Step::Item(_)) | None => "at the top".to_string(),
            };
            let what = format!("the session {key:?} stands {below_what}, so it is not read");
            self.report.add(Severity::Error, &below(at, &key), &what, "move it below sessions:");
        }
    }

    /// Tells of keys that are not read, where one that is was probably meant and is not there.
    pub(super) fn nearly(&mut self, mapping: &Mapping, at: &[Step], read: &[&str]) {
        let keys = mapping.keys().filter_map(scalar_text).filter(|key| !read.contains(&key.as_str()));
        for key in keys {
            let plain: String = key.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
            let others = |meant: &str| {
                OTHER_WORDS.iter().any(|(own, others)| *own == meant && others.contains(&plain.as_str()))
            };
            let missing = read.iter().filter(|meant| !mapping.contains_key(**meant));
            let meant = missing.copied().find(|meant| others(meant) || is_alike(&key, meant));
            if let Some(meant) = meant {
                let what = format!("{key:?} is not read; was {meant:?} meant?");
                let suggestion = match meant {
                    "sessions" => "write sessions: with one key per terminal, as in the specification",
                    _ => "rename the key",
                };
                self.report.add(Severity::Warning, &below(at, &key), &what, suggestion);
            }
        }
    }

    /// The mapping of a key.
    pub(super) fn mapping<'v>(
        &mut self,
        mapping: &'v Mapping,
        at: &[Step],
        key: &str,
        severity: Severity,
    ) -> Option<&'v Mapping> {
        match field(mapping, key)? {
            Value::Mapping(found) => Some(found),
            other => {
                let what = format!("\"{key}\" must be a mapping, found {}", kind_of(other));
                let suggestion = match key {
                    "sessions" => "use one key per terminal; nothing was changed",
                    _ => SHAPE,
                };
                self.report.add(severity, &below(at, key), &what, suggestion);
                None
            }
        }
    }

    /// The value of a key as text, whatever type YAML gives it.
    pub(super) fn text(&mut self, mapping: &Mapping, at: &[Step], key: &str) -> Option<String> {
        let value = field(mapping, key)?;
        let at = below(at, key);
        let text = scalar_text(value);
        if text.is_none() {
            let what = format!("\"{key}\" must be a string, found {}", kind_of(value));
            self.report.add(Severity::Warning, &at, &what, SHAPE);
        }
        text
    }

    /// The items of the list of a key; `at` is its path. A single value counts as a list of one if
    /// it is a text.
    pub(super) fn items<'v>(&mut self, mapping: &'v Mapping, at: &[Step], key: &str) -> Vec<&'v Value> {
        match field(mapping, key) {
            None => vec![],
            Some(Value::Sequence(items)) => items.iter().collect(),
            Some(single @ Value::String(text)) if !text.trim().is_empty() => vec![single],
            Some(Value::String(_)) => vec![],
            Some(other) => {
                let what = format!("\"{key}\" must be a list, found {}", kind_of(other));
                self.report.add(Severity::Warning, at, &what, SHAPE);
                vec![]
            }
        }
    }

    /// The list of texts of a key, or its single text.
    pub(super) fn texts(&mut self, mapping: &Mapping, at: &[Step], key: &str) -> Vec<String> {
        let at = below(at, key);
        field(mapping, key).map_or(vec![], |value| self.texts_of(value, &at, key))
    }

    pub(super) fn texts_of(&mut self, value: &Value, at: &[Step], key: &str) -> Vec<String> {
        let Value::Sequence(items) = value else {
            let text = scalar_text(value);
            if text.is_none() {
                let what = format!("\"{key}\" must be a list, found {}", kind_of(value));
                self.report.add(Severity::Warning, at, &what, SHAPE);
            }
            return text.into_iter().filter(|text| !text.trim().is_empty()).collect();
        };
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
            let at = [at, &[Step::from(index)]].concat();
            match scalar_text(item) {
                Some(text) => texts.push(text),
                None => {
                    let what = format!("\"{key}\" must contain only strings, found {}", kind_of(item));
                    self.report.add(Severity::Warning, &at, &what, SHAPE);
                }
            }
        }
        texts
    }

    pub(super) fn truth(&mut self, mapping: &Mapping, at: &[Step], key: &str) -> Option<bool> {
        match field(mapping, key)? {
            Value::Bool(truth) => Some(*truth),
            Value::String(text) if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("yes") => {
                Some(true)
            }
            Value::String(text) if text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("no") => {
                Some(false)
            }
            other => {
                let what = format!("\"{key}\" must be true or false, found {}", kind_of(other));
                self.report.add(Severity::Warning, &below(at, key), &what, SHAPE);
                None
            }
        }
    }

    pub(super) fn number(&mut self, mapping: &Mapping, at: &[Step], key: &str) -> Option<i64> {
        let value = field(mapping, key)?;
        let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
        if number.is_none() {
            let what = format!("\"{key}\" must be a whole number, found {}", kind_of(value));
            self.report.add(Severity::Warning, &below(at, key), &what, SHAPE);
        }
        number
    }
}
