//! `dependencies-template.yaml`. The specification gives it no shape, so every sensible one is
//! read: a mapping of stories, under a key or at the top, or a list of mappings.

use std::collections::BTreeMap;

use serde_yaml::{Mapping, Value};

use super::needs::{self, HOW, IDS};
use crate::model::{Dependency, NeedPlace, Severity, Step, StoryId};
use crate::yaml::report::Reporter;
use crate::yaml::{kind_of, scalar_text};

/// What `init` writes: what the file is for, and an example in comments.
pub const TEXT: &str = include_str!("dependencies-template.yaml");

/// Keys that hold the stories, at the top of the file.
const SECTIONS: [&str; 4] = ["dependencies", "story_dependencies", "stories", "story-dependencies"];

/// Keys that stories do not have, at the top of the file.
const ABOUT: [&str; 9] =
    ["version", "project", "description", "name", "generated", "created", "updated", "owner", "notes"];

/// The dependencies of a file, in its order.
pub(super) fn read(report: &mut Reporter<'_>, value: &Value) -> Vec<Dependency> {
    let mut reader = TemplateReader { report, found: Vec::new(), places: BTreeMap::new() };
    match value {
        Value::Null => {}
        Value::Mapping(top) if SECTIONS.iter().any(|section| top.contains_key(*section)) => {
            for section in SECTIONS {
                if let Some(value) = top.get(section) {
                    reader.stories(value, &[Step::from(section)], false);
                }
            }
        }
        _ => reader.stories(value, &[], true),
    }
    reader.found
}

struct TemplateReader<'a, 'r> {
    report: &'a mut Reporter<'r>,
    found: Vec<Dependency>,
    /// The place of each story among them.
    places: BTreeMap<StoryId, usize>,
}

impl TemplateReader<'_, '_> {
    fn stories(&mut self, value: &Value, at: &[Step], top: bool) {
        match value {
            Value::Null => {}
            Value::Mapping(entries) => {
                for (key, value) in entries {
                    let id = scalar_text(key).unwrap_or_default();
                    let at = [at, &[Step::from(id.as_str())]].concat();
                    let is_list = matches!(value, Value::Mapping(_) | Value::Sequence(_));
                    if !top || is_list || !ABOUT.contains(&id.as_str()) {
                        self.named(id, value, &at);
                    }
                }
            }
            Value::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.item(item, &[at, &[Step::from(index)]].concat());
                }
            }
            other => {
                let what = format!("dependencies must be a mapping or a list, found {}", kind_of(other));
                self.report.add(Severity::Error, at, &what, HOW);
            }
        }
    }

    /// A story that is a key.
    fn named(&mut self, id: String, value: &Value, at: &[Step]) {
        let story = StoryId::from(id);
        if story.number().is_none() && !story.is_epic() {
            let what = format!("\"{story}\" does not look like a story ID; it is used anyway");
            self.report.add(Severity::Info, at, &what, "story ids look like 1-2-user-authentication");
        }
        self.story(story, value, at);
    }

    fn item(&mut self, item: &Value, at: &[Step]) {
        let Value::Mapping(fields) = item else {
            if let Some(id) = scalar_text(item).filter(|id| !id.trim().is_empty()) {
                self.story(StoryId::from(id), &Value::Null, at);
            } else if !item.is_null() {
                let what = format!("a story in a list must be a mapping, found {}", kind_of(item));
                self.report.add(Severity::Warning, at, &what, HOW);
            }
            return;
        };
        match IDS.iter().find_map(|key| text(fields, key)) {
            Some(id) => self.story(StoryId::from(id), item, at),
            // `- 1-3-b: [1-2-a]`
            None if fields.len() == 1 => self.stories(item, at, false),
            None => {
                self.report.add(Severity::Warning, at, "a story in the list has no \"story\" or \"id\"", HOW)
            }
        }
    }

    fn story(&mut self, story: StoryId, value: &Value, at: &[Step]) {
        let (needs, status, reason) = match value {
            Value::Mapping(fields) => {
                (needs::of_fields(fields, at, self.report), text(fields, "status"), text(fields, "reason"))
            }
            other => (needs::of_value(other, at, self.report), None, None),
        };
        let mut places: Vec<NeedPlace> =
            needs.into_iter().map(|need| need.into_place(self.report.name())).collect();
        let mut depends_on: Vec<StoryId> = places.iter().map(|place| place.needed.clone()).collect();
        let next = self.found.len();
        match self.places.entry(story.clone()).or_insert(next) {
            known if *known < next => {
                self.found[*known].depends_on.append(&mut depends_on);
                self.found[*known].places.append(&mut places);
            }
            _ => self.found.push(Dependency { status, reason, places, ..Dependency::of(story, depends_on) }),
        }
    }
}

fn text(fields: &Mapping, key: &str) -> Option<String> {
    scalar_text(fields.get(key)?)
}
