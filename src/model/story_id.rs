//! The ids of stories.

use std::fmt;

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
}
