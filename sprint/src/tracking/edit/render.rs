//! New text, in the style of the specification's examples.

use super::style::WritingStyle;
use crate::model::{Value, is_hidden, is_joiner};
use crate::yaml::Quote;

/// Lists that stand on their key's line, when they fit there.
const INLINE: [&str; 7] =
    ["blocked_by", "depends_on", "copied", "terminals", "waiting_for", "scope", "completed_tasks"];

/// Mappings whose entries are blocks with a blank line between.
pub(super) const SPACED: [&str; 2] = ["sessions", "dependencies"];

/// Columns that a list on its key's line may fill.
const WIDTH: usize = 100;

/// A text in double quotes, with the escapes it needs.
pub(in crate::tracking) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => out.push_str(&format!("\\x{:02X}", c as u32)),
            c if is_escaped(c) && c > '\u{ffff}' => out.push_str(&format!("\\U{:08X}", c as u32)),
            c if is_escaped(c) => out.push_str(&format!("\\u{:04X}", c as u32)),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What YAML does not allow as it is, and what is hidden from a reader.
fn is_escaped(c: char) -> bool {
    is_hidden(c) && !is_joiner(c)
}

/// A scalar, in the quotes of the one it replaces where they can hold it. Lists and mappings come
/// out on one line.
pub(super) fn inline(value: &Value, like: Option<(Quote, &str)>) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => match like {
            Some((Quote::Plain, old)) if is_text(old) && is_plain(text) || is_time(old) && is_time(text) => {
                text.clone()
            }
            Some((Quote::Single, _)) if !text.contains(is_escaped) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            _ => quoted(text),
        },
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(item, None)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{}: {}", key(name, false), inline(value, None)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// A key: plain where every reader takes it for a text, or quoted.
pub(super) fn key(name: &str, quote: bool) -> String {
    let word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && !is_word(name);
    if word && !quote { name.to_string() } else { quoted(name) }
}

/// Words that some YAML reader takes for a truth or nothing.
fn is_word(text: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    words.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether a scalar without quotes was meant as a text.
fn is_text(plain: &str) -> bool {
    !is_word(plain) && plain != "~" && plain.parse::<f64>().is_err()
}

/// Whether every YAML reader takes it for this text without quotes, in any place.
fn is_plain(text: &str) -> bool {
    let first = |c: char| c.is_alphabetic() || c == '_' || c == '/';
    let inner = |c: char| c.is_alphanumeric() || "_-./+@ ".contains(c);
    let numberlike = |c: char| c.is_ascii_hexdigit() || "xXoO_.+-:eE".contains(c);
    text.starts_with(|c: char| first(c) || c.is_ascii_digit() || c == '.')
        && text.chars().all(inner)
        && !text.ends_with(' ')
        && !text.contains("---")
        && !is_word(text)
        && (text.starts_with(first)
            || !text.chars().all(numberlike)
                && !is_time(text)
                && !text.starts_with(".n")
                && !text.starts_with(".i"))
}

/// Whether it begins as a date does.
fn is_time(text: &str) -> bool {
    let shape = b"0000-00-00";
    text.len() >= shape.len()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-:.+".contains(c))
        && shape.iter().zip(text.bytes()).all(|(shape, byte)| match shape {
            b'0' => byte.is_ascii_digit(),
            _ => byte == *shape,
        })
}

impl WritingStyle {
    /// Whether the value takes lines of its own under this key.
    pub(super) fn is_block(&self, name: &str, value: &Value, column: usize) -> bool {
        match value {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Text(_) => false,
            Value::Map(entries) => !entries.is_empty(),
            Value::List(items) if items.is_empty() => false,
            Value::List(items) => {
                let scalars = !items.iter().any(|item| matches!(item, Value::List(_) | Value::Map(_)));
                let width = column + name.chars().count() + 2 + inline(value, None).chars().count();
                !(INLINE.contains(&name) && scalars && width <= WIDTH)
            }
        }
    }

    /// What stands behind `name:`, with the space or line end before it.
    pub(super) fn behind(&self, name: &str, value: &Value, column: usize) -> String {
        match value {
            _ if !self.is_block(name, value, column) => format!(" {}", inline(value, None)),
            Value::List(items) => self.items(items, column + self.dash),
            Value::Map(entries) => {
                let mut text = String::new();
                let column = column + self.indent;
                for (index, (key_name, value)) in entries.iter().enumerate() {
                    if index > 0 && SPACED.contains(&name) {
                        text += self.newline;
                    }
                    text += &self.line(column);
                    text += &key(key_name, name == "dependencies");
                    text += ":";
                    text += &self.behind(key_name, value, column);
                }
                text
            }
            scalar => format!(" {}", inline(scalar, None)),
        }
    }

    /// Items on lines of their own, each with the line end before it.
    pub(super) fn items(&self, items: &[Value], column: usize) -> String {
        items.iter().map(|item| format!("{}- {}", self.line(column), self.item(item, column + 2))).collect()
    }

    /// An item without its dash; it begins at this column.
    pub(super) fn item(&self, item: &Value, column: usize) -> String {
        match item {
            Value::Map(entries) if !entries.is_empty() => {
                let lines = entries.iter().map(|(name, value)| {
                    format!("{}:{}", key(name, false), self.behind(name, value, column))
                });
                lines.collect::<Vec<String>>().join(&self.line(column))
            }
            _ => inline(item, None),
        }
    }

    /// A line end and spaces up to the column.
    pub(super) fn line(&self, column: usize) -> String {
        format!("{}{}", self.newline, " ".repeat(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_reads_back_as_it_was() {
        let all: String =
            ('\u{0}'..='\u{ff}').chain("\u{2028}\u{2029}\u{feff}\u{fffd}😀é\"\\'".chars()).collect();
        for text in [all.as_str(), "", "a: b # c", "- x", "{", "\u{fffe}\u{ffff}"] {
            for written in [quoted(text), inline(&text.into(), Some((Quote::Single, "x")))] {
                let read: String = serde_yaml::from_str(&written).expect(&written);
                assert_eq!(read, text);
            }
        }
    }

    #[test]
    fn a_text_goes_without_quotes_only_where_every_reader_takes_it_for_one() {
        for text in ["in_progress", "src/a.rs", "1-2-user", "a b", ".github/x", "8f3ca2z"] {
            assert!(is_plain(text), "{text}");
            assert_eq!(serde_yaml::from_str::<serde_yaml::Value>(text).expect(text), text);
        }
        for text in [
            "",
            "yes",
            "Null",
            "1",
            "1.5",
            "0x1f",
            "1e5",
            "12:30",
            "2025-11-15",
            "a: b",
            "a #b",
            "- a",
            "~",
            "@a",
            "*a",
            "a ",
            ".nan",
            "1_000",
            "8f3ca2e",
            "1-2",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
