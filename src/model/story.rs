use std::collections::BTreeMap;
use std::fmt;

use super::{Dependency, Status};

/// The id of a story, as written: `1-2-user-authentication`, `1-2`, `12a-3-import`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoryId(pub String);

impl StoryId {
    /// Its number: the first two parts, when both begin with a digit (`1-2`, `12a-3`; `1.2` is `1-2`).
    pub fn number(&self) -> Option<String> {
        self.split().map(|(number, _)| number)
    }

    /// Whether it is a number alone.
    pub fn is_bare(&self) -> bool {
        self.split().is_some_and(|(_, slug)| slug.is_empty())
    }

    /// The first part of the number: the epic's.
    pub fn epic(&self) -> Option<String> {
        let number = self.number()?;
        number.split('-').next().map(str::to_string)
    }

    /// The number where there is one, else the whole id.
    pub fn short(&self) -> String {
        self.number().unwrap_or_else(|| self.0.clone())
    }

    /// Number and slug.
    fn split(&self) -> Option<(String, String)> {
        let parts: Vec<&str> = self.0.splitn(2, ['-', '.']).collect();
        let [epic, rest] = parts[..] else { return None };
        let (story, slug) = rest.split_once(['-', '.', '_', ' ']).unwrap_or((rest, ""));
        let counts = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_digit())
                && part
                    .trim_start_matches(|c: char| c.is_ascii_digit())
                    .chars()
                    .all(|c| c.is_ascii_lowercase())
                && part.trim_start_matches(|c: char| c.is_ascii_digit()).len() <= 1
        };
        (counts(epic) && counts(story)).then(|| (format!("{epic}-{story}"), slug.to_string()))
    }
}

impl fmt::Display for StoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for StoryId {
    fn from(text: &str) -> StoryId {
        StoryId(text.to_string())
    }
}

/// What `sprint-status.yaml` and `dependencies-template.yaml` say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stories {
    /// Story statuses in the order of the file; epics and retrospectives are not among them.
    pub statuses: Vec<(StoryId, Status)>,
    /// The template's dependencies, in its order.
    pub dependencies: Vec<Dependency>,
    /// The files that were read, relative to the main worktree.
    pub sources: Vec<String>,
}

/// Knows which written ids mean the same story.
///
/// Ids are equal, or one is a bare number and the other is the only known id with that number.
#[derive(Clone, Debug, Default)]
pub struct StoryIndex {
    full: BTreeMap<String, Vec<StoryId>>,
}

impl StoryIndex {
    /// An index of all ids that are known from any file.
    pub fn new<'a>(ids: impl IntoIterator<Item = &'a StoryId>) -> StoryIndex {
        let mut full: BTreeMap<String, Vec<StoryId>> = BTreeMap::new();
        for id in ids {
            if let (Some(number), false) = (id.number(), id.is_bare()) {
                let same = full.entry(number).or_default();
                if !same.contains(id) {
                    same.push(id.clone());
                }
            }
        }
        StoryIndex { full }
    }

    /// The fullest known id of the same story; the id itself where none is known or several fit.
    pub fn resolve(&self, id: &StoryId) -> StoryId {
        match self.candidates(id) {
            [only] if id.is_bare() => only.clone(),
            _ => id.clone(),
        }
    }

    /// The full ids a bare number could mean.
    pub fn candidates(&self, id: &StoryId) -> &[StoryId] {
        id.number().and_then(|number| self.full.get(&number)).map_or(&[], Vec::as_slice)
    }

    /// Whether two written ids mean the same story.
    pub fn same(&self, a: &StoryId, b: &StoryId) -> bool {
        self.resolve(a) == self.resolve(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_the_first_two_parts() {
        for (id, number) in [
            ("1-2-user-authentication", Some("1-2")),
            ("1-2", Some("1-2")),
            ("1.2", Some("1-2")),
            ("12a-3-import", Some("12a-3")),
            ("1-2b-x", Some("1-2b")),
            ("epic-1", None),
            ("login", None),
            ("1-user", None),
        ] {
            assert_eq!(StoryId::from(id).number().as_deref(), number, "{id}");
        }
    }

    #[test]
    fn a_bare_number_is_the_story_with_that_number_unless_two_share_it() {
        let ids = ["1-2-user-authentication", "1-3-a", "1-3-b"].map(StoryId::from);
        let index = StoryIndex::new(&ids);
        assert!(index.same(&"1-2".into(), &"1-2-user-authentication".into()));
        assert!(index.same(&"1.2".into(), &"1-2-user-authentication".into()));
        assert!(!index.same(&"1-3".into(), &"1-3-a".into()));
        assert_eq!(index.candidates(&"1-3".into()).len(), 2);
        assert!(!index.same(&"1-2-other".into(), &"1-2-user-authentication".into()));
    }
}
