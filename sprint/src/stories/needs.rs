//! What a story needs, in every way in which it is written.

use serde_yaml::{Mapping, Value};

use crate::model::{NeedPlace, Severity, Step, StoryId};
use crate::yaml::report::Reporter;
use crate::yaml::{kind_of, scalar_text};

/// Keys of a story's id.
pub(super) const IDS: [&str; 4] = ["id", "story_id", "story", "key"];

/// Keys of a story's list of needed ones, in lower case and without separators.
const NEEDS: [&str; 8] = [
    "dependson",
    "dependencies",
    "dependency",
    "requires",
    "needs",
    "blockedby",
    "prerequisites",
    "waitsfor",
];

/// What is written for none.
const NONE: [&str; 6] = ["", "none", "nothing", "n/a", "-", "null"];

/// What to write.
pub(super) const HOW: &str = "list for each story the stories it depends on";

/// A story that another one needs, and where that stands.
pub(super) struct Prerequisite {
    pub id: StoryId,
    pub at: Vec<Step>,
}

impl Prerequisite {
    /// The same in a file.
    pub fn into_place(self, file: &str) -> NeedPlace {
        NeedPlace { needed: self.id, file: file.to_string(), at: self.at }
    }
}

/// What a story's fields say that it needs.
pub(super) fn of_fields(fields: &Mapping, at: &[Step], report: &mut Reporter<'_>) -> Vec<Prerequisite> {
    let mut found = Vec::new();
    for (key, value) in fields {
        let Some(key) = scalar_text(key) else { continue };
        let plain: String = key.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        if NEEDS.contains(&plain.as_str()) {
            found.extend(of_value(value, &[at, &[Step::from(key.as_str())]].concat(), report));
        }
    }
    found
}

/// The stories of a text, of several with commas between them, or of a list of texts or of mappings
/// with an id.
pub(super) fn of_value(value: &Value, at: &[Step], report: &mut Reporter<'_>) -> Vec<Prerequisite> {
    let items = match value {
        Value::Sequence(items) => items.iter().enumerate().map(|(index, item)| (Some(index), item)).collect(),
        single => vec![(None, single)],
    };
    let mut found = Vec::new();
    for (index, item) in items {
        let at: Vec<Step> = at.iter().cloned().chain(index.map(Step::from)).collect();
        let text = match item {
            Value::Null => continue,
            Value::Mapping(fields) => IDS.iter().find_map(|key| scalar_text(fields.get(key)?)),
            other => scalar_text(other),
        };
        let Some(text) = text else {
            let what = format!("a dependency must be a story id, found {}", kind_of(item));
            report.add(Severity::Warning, &at, &what, HOW);
            continue;
        };
        let ids = text.split(',').map(str::trim);
        let ids = ids.filter(|id| !NONE.contains(&id.to_lowercase().as_str()));
        found.extend(ids.map(|id| Prerequisite { id: StoryId::from(id), at: at.clone() }));
    }
    found
}
