//! Words in free text and in names.

/// The words of a text: lower case, without punctuation.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase())
        .collect()
}

/// Words that say nothing about which work is meant.
const FILLERS: [&str; 32] = [
    "a",
    "an",
    "and",
    "all",
    "are",
    "be",
    "can",
    "complete",
    "completed",
    "create",
    "done",
    "for",
    "from",
    "has",
    "implement",
    "in",
    "integrate",
    "into",
    "is",
    "merge",
    "merged",
    "of",
    "on",
    "ready",
    "run",
    "story",
    "the",
    "then",
    "to",
    "when",
    "with",
    "write",
];

/// The words that name work: no fillers, plural and singular alike.
pub(super) fn telling_words(text: &str) -> Vec<String> {
    let telling = words(text).into_iter().filter(|word| !FILLERS.contains(&word.as_str()));
    telling.map(|word| stem(&word)).collect()
}

/// `tests` and `test` are one word.
fn stem(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(singular) if singular.len() > 2 && !singular.ends_with('s') => singular.to_string(),
        _ => word.to_string(),
    }
}

/// Whether `text` contains `name` as a whole word: not inside a longer word or number, and not as a
/// part of a longer dashed number (`1-2` is not in `2-1-2` nor in `1-2-3`).
pub(super) fn carries(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    if name.is_empty() {
        return false;
    }
    text.match_indices(&name).any(|(at, _)| {
        let before: Vec<char> = text[..at].chars().rev().take(2).collect();
        let after: Vec<char> = text[at + name.len()..].chars().take(2).collect();
        let starts_number = name.starts_with(|c: char| c.is_ascii_digit());
        let ends_number = name.ends_with(|c: char| c.is_ascii_digit());
        stands_alone(&before, starts_number) && stands_alone(&after, ends_number)
    })
}

/// Whether the characters beside a name, nearest first, delimit it.
fn stands_alone(beside: &[char], number: bool) -> bool {
    match beside {
        [] => true,
        [next, ..] if next.is_alphanumeric() => false,
        ['-' | '.', digit, ..] if number && digit.is_ascii_digit() => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_carried_only_as_a_name_of_its_own() {
        for (text, name, expected) in [
            ("terminal-1", "terminal-1", true),
            ("agent/Terminal-1-work", "terminal-1", true),
            ("terminal-10", "terminal-1", false),
            ("my-terminal-1", "terminal-1", true),
            ("feature/1-2-user-authentication", "1-2", true),
            ("story-1-2", "1-2", true),
            ("story-11-2", "1-2", false),
            ("story-2-1-2", "1-2", false),
            ("story-1-2-3", "1-2", false),
            ("story-1-20", "1-2", false),
            ("x", "", false),
        ] {
            assert_eq!(carries(text, name), expected, "{name} in {text}");
        }
    }
}
