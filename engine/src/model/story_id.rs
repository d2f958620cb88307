//! The ids of stories.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The id of a story or of an epic, as written. Spellings of one id are equal: `story-1-2-login`,
/// `Story 1.2: Login` and `1_2_login`; `epic-1` and `Epic 1`.
///
/// `1-2` and `1-2-login` are two ids; whether they are one story is for the [`StoryIndex`](super::StoryIndex) to say.
#[derive(Clone, Debug)]
pub struct StoryId {
    written: String,
    key: Key,
}

/// What an id means, whatever its spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    /// A story by its number, `1-2` or `12a-3`, and its slug, which may be empty.
    Story(String, String),
    /// An epic by its number or name.
    Epic(String),
    /// Anything else.
    Name(String),
}

impl Key {
    /// The one place where ids are understood.
    fn of(written: &str) -> Key {
        let text = written.split('(').next().unwrap_or_default().trim();
        let text = text.strip_suffix(".md").unwrap_or(text).to_lowercase();
        let separates = |c: char| c.is_whitespace() || "-_.:–—".contains(c);
        let mut words: Vec<&str> = text.split(separates).filter(|word| !word.is_empty()).collect();
        let is_number = |word: &&str| {
            let letter = word.trim_start_matches(|c: char| c.is_ascii_digit());
            letter.len() < word.len() && letter.len() <= 1 && letter.chars().all(|c| c.is_ascii_lowercase())
        };
        // `story-1-2`, `story1-2`, `epic-1-story-2`
        let number_after = |word: &str, prefix: &str| -> Option<bool> {
            let rest = word.strip_prefix(prefix)?;
            (rest.is_empty() || is_number(&rest)).then_some(rest.is_empty())
        };
        if let [first, rest @ ..] = &words[..]
            && let Some(apart) = number_after(first, "story")
            && (!apart || rest.first().is_some_and(is_number))
        {
            words[0] = &words[0]["story".len()..];
            words.retain(|word| !word.is_empty());
        } else if let [epic, number, story, last, ..] = words[..]
            && (epic, story) == ("epic", "story")
            && is_number(&number)
            && is_number(&last)
        {
            words.remove(2);
            words.remove(0);
        }
        let is_review = words.last().is_some_and(|last| ["retrospective", "retro"].contains(last));
        match &words[..] {
            [epic, story, slug @ ..] if is_number(epic) && is_number(story) => {
                Key::Story(format!("{epic}-{story}"), slug.join("-"))
            }
            ["epic", number, ..] if is_number(number) && !is_review => Key::Epic(number.to_string()),
            ["epic", name @ ..] if !name.is_empty() && !is_review => Key::Epic(name.join("-")),
            [epic, ..] if number_after(epic, "epic") == Some(false) && !is_review => {
                Key::Epic(epic["epic".len()..].to_string())
            }
            [] => Key::Name(text),
            _ => Key::Name(words.join("-")),
        }
    }
}

impl StoryId {
    /// The epic with this number or name, `1` or `epic-1`.
    pub fn of_epic(written: &str) -> StoryId {
        match StoryId::from(written) {
            id if id.is_epic() => id,
            id => StoryId::from(format!("epic-{}", id.written.trim())),
        }
    }

    /// The same id in small letters, digits and dashes alone: `3-1-pay` for `Story 3.1: Pay`. `None` where it has no
    /// number and is no epic.
    pub fn plain(&self) -> Option<StoryId> {
        let text = match &self.key {
            Key::Story(number, slug) => format!("{number}-{slug}"),
            Key::Epic(name) => format!("epic-{name}"),
            Key::Name(_) => return None,
        };
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        Some(StoryId::from(words.join("-")))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Its number: the first two parts, when both begin with a digit (`1-2`, `12a-3`; `1.2` is `1-2`).
    pub fn number(&self) -> Option<&str> {
        match &self.key {
            Key::Story(number, _) => Some(number),
            Key::Epic(_) | Key::Name(_) => None,
        }
    }

    /// Whether it is a number alone.
    pub fn is_bare(&self) -> bool {
        matches!(&self.key, Key::Story(_, slug) if slug.is_empty())
    }

    /// Whether it is the id of an epic.
    pub fn is_epic(&self) -> bool {
        matches!(self.key, Key::Epic(_))
    }

    /// The number or name of the epic: its own, or that of a story's number.
    pub fn epic(&self) -> Option<&str> {
        match &self.key {
            Key::Story(number, _) => number.split('-').next(),
            Key::Epic(epic) => Some(epic),
            Key::Name(_) => None,
        }
    }

    /// The number where there is one, else the whole id.
    pub fn short(&self) -> &str {
        self.number().unwrap_or(&self.written)
    }
}

impl PartialEq for StoryId {
    fn eq(&self, other: &StoryId) -> bool {
        self.key == other.key
    }
}

impl Eq for StoryId {}

impl PartialOrd for StoryId {
    fn partial_cmp(&self, other: &StoryId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StoryId {
    fn cmp(&self, other: &StoryId) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl Hash for StoryId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl fmt::Display for StoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl From<String> for StoryId {
    fn from(written: String) -> StoryId {
        StoryId { key: Key::of(&written), written }
    }
}

impl From<&str> for StoryId {
    fn from(written: &str) -> StoryId {
        StoryId::from(written.to_string())
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
            assert_eq!(StoryId::from(id).number(), number, "{id}");
        }
    }

    #[test]
    fn spellings_of_one_id_are_equal_and_other_ids_are_not() {
        for same in [
            &[
                "1-2-login",
                "story-1-2-login",
                "Story 1.2: Login",
                "1_2_Login",
                "story_1_2_login",
                "1-2-login.md",
            ][..],
            &[
                "1-2",
                "1.2",
                "Story 1.2",
                "story-1-2",
                "story1-2",
                "1_2",
                " 1.2 ",
                "1.2 (login)",
                "epic-1-story-2",
            ],
            &["12a-3", "12A.3", "story-12a-3"],
            &["epic-1", "Epic 1", "epic1", "EPIC_1", "epic-1-foundation", "Epic 1: Foundation"],
            &["epic-ses-inbound", "Epic SES inbound"],
            &["login", "Login"],
        ] {
            for (a, b) in same.iter().zip(&same[1..]) {
                assert_eq!(StoryId::from(*a), StoryId::from(*b));
            }
        }
        let others = [
            "1.1",
            "1.10",
            "1-2-login",
            "1-2-logout",
            "epic-1",
            "epic-10",
            "epic-1-retrospective",
            "story-login",
            "login",
        ];
        for (index, a) in others.iter().enumerate() {
            for b in &others[index + 1..] {
                assert_ne!(StoryId::from(*a), StoryId::from(*b));
            }
        }
        assert_eq!(StoryId::of_epic("1"), StoryId::from("epic-1"));
        assert_eq!(StoryId::of_epic("Epic 1"), StoryId::from("epic-1"));
        assert_eq!(StoryId::from("1-2-login").epic(), StoryId::from("epic-1").epic());
    }
}
