//! `dependencies-template.yaml`. The specification defines no shape, so every sensible one is
//! read: a mapping of stories, under a key or at the top, or a list of mappings.

use serde_yaml::{Mapping, Value};

use crate::model::{Dependency, Severity, Step, StoryId};
use crate::yaml::report::Reporter;
use crate::yaml::{kind_of, scalar_text};

/// Keys that hold the stories, at the top of the file.
const SECTIONS: [&str; 4] = ["dependencies", "story_dependencies", "stories", "story-dependencies"];

/// Keys of a story's list of dependencies.
const NEEDS: [&str; 6] = ["depends_on", "dependencies", "requires", "depends-on", "needs", "blocked_by"];

const IDS: [&str; 3] = ["story", "id", "story_id"];

/// Keys at the top of the file that are not stories.
const ABOUT: [&str; 9] =
    ["version", "project", "description", "name", "generated", "created", "updated", "owner", "notes"];

/// The dependencies of a file, in its order.
pub(super) fn read(report: &mut Reporter<'_>, value: &Value) -> Vec<Dependency> {
    let mut reader = TemplateReader { report, found: Vec::new() };
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
}

const HOW: &str = "list for each story the stories it depends on";

impl TemplateReader<'_, '_> {
    fn stories(&mut self, value: &Value, at: &[Step], top: bool) {
        match value {
            Value::Null => {}
            Value::Mapping(entries) => {
                for (index, (key, value)) in entries.iter().enumerate() {
                    let id = self.report.key(key, at, index);
                    let at = [at, &[Step::from(id.as_str())]].concat();
                    let is_story = StoryId(id.clone()).number().is_some();
                    if top
                        && ABOUT.contains(&id.as_str())
                        && !matches!(value, Value::Mapping(_) | Value::Sequence(_))
                    {
                        continue;
                    }
                    if !is_story {
                        let what = format!("{id:?} does not look like a story ID; it is used anyway");
                        self.report.add(
                            Severity::Info,
                            &at,
                            &what,
                            "story ids look like 1-2-user-authentication",
                        );
                    }
                    self.story(id, value, &at);
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

    fn item(&mut self, item: &Value, at: &[Step]) {
        let Value::Mapping(fields) = item else {
            if let Some(id) = self.report.scalar(item, at).filter(|id| !id.trim().is_empty()) {
                self.story(id, &Value::Null, at);
            } else if !item.is_null() {
                let what = format!("a story in a list must be a mapping, found {}", kind_of(item));
                self.report.add(Severity::Warning, at, &what, HOW);
            }
            return;
        };
        match IDS.iter().find_map(|key| self.text(fields, at, key)) {
            Some(id) => self.story(id, item, at),
            // `- 1-3-b: [1-2-a]`
            None if fields.len() == 1 => self.stories(item, at, false),
            None => {
                self.report.add(Severity::Warning, at, "a story in the list has no \"story\" or \"id\"", HOW)
            }
        }
    }

    fn story(&mut self, id: String, value: &Value, at: &[Step]) {
        let (mut depends_on, mut status, mut reason) = (Vec::new(), None, None);
        match value {
            Value::Mapping(fields) => {
                for key in NEEDS {
                    if let Some(needs) = fields.get(key) {
                        depends_on.extend(self.needs(needs, &[at, &[Step::from(key)]].concat()));
                    }
                }
                status = self.text(fields, at, "status");
                reason = self.text(fields, at, "reason");
            }
            other => depends_on = self.needs(other, at),
        }
        let story = StoryId(id);
        match self.found.iter_mut().find(|known| known.story == story) {
            Some(known) => {
                depends_on.retain(|need| !known.depends_on.contains(need));
                known.depends_on.append(&mut depends_on);
            }
            None => self.found.push(Dependency { story, depends_on, status, reason }),
        }
    }

    /// The stories that a story depends on: a text, a list of texts or of mappings with an id.
    fn needs(&mut self, value: &Value, at: &[Step]) -> Vec<StoryId> {
        let Value::Sequence(items) = value else {
            return self.need(value, at).into_iter().collect();
        };
        let each = items.iter().enumerate();
        each.filter_map(|(index, item)| self.need(item, &[at, &[Step::from(index)]].concat())).collect()
    }

    fn need(&mut self, value: &Value, at: &[Step]) -> Option<StoryId> {
        let id = match value {
            Value::Null => return None,
            Value::Mapping(fields) => IDS.iter().find_map(|key| self.text(fields, at, key)),
            other => self.report.scalar(other, at),
        };
        if id.is_none() {
            let what = format!("a dependency must be a story id, found {}", kind_of(value));
            self.report.add(Severity::Warning, at, &what, HOW);
        }
        id.filter(|id| !id.trim().is_empty() && id != "none").map(StoryId)
    }

    fn text(&mut self, fields: &Mapping, at: &[Step], key: &str) -> Option<String> {
        let value = fields.get(key)?;
        scalar_text(value)?;
        self.report.scalar(value, &[at, &[Step::from(key)]].concat())
    }
}
