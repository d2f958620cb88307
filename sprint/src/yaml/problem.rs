//! What is wrong with a text, and where.

use std::fmt;

/// What is wrong with a text that a merge left behind.
pub(super) const UNMERGED: &str = "has the conflict markers of a merge that is not resolved";

/// Why a text is not the YAML it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1, if known.
    pub line: Option<usize>,
    /// The column in characters, from 1, if known.
    pub column: Option<usize>,
    /// That line's text, if known.
    pub text: Option<String>,
    /// The problem, without its position.
    pub reason: String,
}

impl Problem {
    /// A problem without a position.
    pub fn new(reason: impl Into<String>) -> Problem {
        Problem { line: None, column: None, text: None, reason: reason.into() }
    }

    /// Whether a merge has left it behind.
    pub fn is_unmerged(&self) -> bool {
        self.reason == UNMERGED
    }

    /// A problem at this byte of the text.
    pub fn at(text: &str, offset: usize, reason: impl Into<String>) -> Problem {
        let (line, column) = place_of(text, offset);
        Problem { line: Some(line), column: Some(column), text: line_text(text, line), reason: reason.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// Line and column (in characters), both from 1, of a byte of the text.
pub fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].trim_start_matches('\u{feff}').chars().count() + 1)
}

/// The text of a line, shortened if it is very long.
pub(super) fn line_text(text: &str, line: usize) -> Option<String> {
    let line = text.lines().nth(line.checked_sub(1)?)?;
    let line = line.trim_start_matches('\u{feff}');
    Some(match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_string(),
    })
}
