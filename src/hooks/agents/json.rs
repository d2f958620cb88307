//! JSON with comments: positions of the members of objects and lists, and edits that leave every
//! other byte unchanged.

use jsonc_parser::ast::{Array, Object, ObjectProp, Value};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// Why a settings file cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSettings {
    /// The line, from 1, if known.
    pub line: Option<usize>,
    /// The problem.
    pub what: String,
}

/// Parses JSON with comments and trailing commas, as some agents read it.
pub(super) fn parse(text: &str) -> Result<Value<'_>, InvalidSettings> {
    parse_as(text, true)
}

/// Parses JSON with comments, and trailing commas or none.
pub(super) fn parse_as(text: &str, trailing_commas: bool) -> Result<Value<'_>, InvalidSettings> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: trailing_commas,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| {
        InvalidSettings { line: Some(error.line_display()), what: error.kind().to_string() }
    })?;
    parsed.value.ok_or_else(|| InvalidSettings { line: None, what: "the file is empty".to_string() })
}

/// The object that a file of settings is.
pub(super) fn root<'a, 'b>(value: &'b Value<'a>) -> Result<&'b Object<'a>, InvalidSettings> {
    value
        .as_object()
        .ok_or_else(|| InvalidSettings { line: None, what: "it is not a JSON object".to_string() })
}

/// The byte order mark, and the text after it.
pub(super) fn byte_order_mark(text: &str) -> (&str, &str) {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    }
}

/// The positions of an object or a list and of its members.
pub(super) struct Container {
    pub range: Range,
    pub members: Vec<Range>,
}

impl Container {
    pub(super) fn object(object: &Object) -> Container {
        Container { range: object.range, members: object.properties.iter().map(ObjectProp::range).collect() }
    }

    pub(super) fn list(list: &Array) -> Container {
        Container { range: list.range, members: list.elements.iter().map(Value::range).collect() }
    }
}

/// The property with this name. More than one is an error.
pub(super) fn property<'a, 'b>(
    object: &'b Object<'a>,
    name: &str,
) -> Result<Option<&'b ObjectProp<'a>>, InvalidSettings> {
    let mut found = object.properties.iter().filter(|property| property.name.as_str() == name);
    match (found.next(), found.next()) {
        (_, Some(_)) => {
            Err(InvalidSettings { line: None, what: format!("it contains {name:?} more than once") })
        }
        (found, None) => Ok(found),
    }
}

/// How a text breaks and indents its lines.
pub(super) struct Layout {
    line_break: &'static str,
    /// One level.
    unit: String,
}

impl Layout {
    pub(super) fn of(text: &str, root: &Container) -> Layout {
        let line_break = match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let first = root.members.first().and_then(|first| indent_of_own_line(text, first.start));
        let unit = first.filter(|indent| !indent.is_empty()).unwrap_or("  ").to_string();
        Layout { line_break, unit }
    }

    /// Where and what to write so that the container gets these members at its end. An empty container
    /// gets the first one right after its bracket, without a line break, which shows
    /// later that the container existed before.
    pub(super) fn append(
        &self,
        text: &str,
        container: &Container,
        members: &[(Option<&str>, serde_json::Value)],
    ) -> (usize, String) {
        let first = container.members.first().and_then(|first| indent_of_own_line(text, first.start));
        let indent = match first {
            Some(indent) => indent.to_string(),
            None => format!("{}{}", indent_of(text, container.range.start), self.unit),
        };
        let shown = members.iter().map(|(name, value)| self.member(*name, value, &indent));
        let between = format!(",{}{indent}", self.line_break);
        let joined = shown.collect::<Vec<_>>().join(&between);
        match container.members.last() {
            Some(last) => (last.end, format!("{between}{joined}")),
            None => (container.range.start + 1, joined),
        }
    }

    fn member(&self, name: Option<&str>, value: &serde_json::Value, indent: &str) -> String {
        let mut lines = Vec::new();
        let format = serde_json::ser::PrettyFormatter::with_indent(self.unit.as_bytes());
        let mut writer = serde_json::Serializer::with_formatter(&mut lines, format);
        // writing a value into memory cannot fail
        _ = serde::Serialize::serialize(value, &mut writer);
        let shown = String::from_utf8_lossy(&lines).replace('\n', &format!("{}{indent}", self.line_break));
        name.map_or(shown.clone(), |name| format!("{name:?}: {shown}"))
    }
}

/// The indentation of the line that a position is in.
fn indent_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The same, if only white space stands before the position, and the line is not the first.
fn indent_of_own_line(text: &str, at: usize) -> Option<&str> {
    let start = text[..at].rfind('\n')? + 1;
    let before = &text[start..at];
    before.trim_matches([' ', '\t']).is_empty().then_some(before)
}

/// What to remove to take a member out of its container.
pub(super) enum Removal {
    /// These ranges, in order.
    Bytes(Vec<Range>),
    /// The container too: it holds nothing else and was made for the member.
    Container,
}

/// Removes one member with its comma. Comments stay.
pub(super) fn cut(text: &str, container: &Container, index: usize) -> Removal {
    let member = container.members[index];
    let inside = Range { start: container.range.start + 1, end: container.range.end - 1 };
    let before = Range {
        start: index.checked_sub(1).map_or(inside.start, |at| container.members[at].end),
        end: member.start,
    };
    let next = container.members.get(index + 1);
    let after = Range { start: member.end, end: next.map_or(inside.end, |next| next.start) };
    let slice = |range: Range| &text[range.start..range.end];
    let blank = |range: Range| slice(range).chars().all(|c| c.is_whitespace() || c == ',');
    let comma = |range: Range| {
        comma_in(slice(range)).map(|at| Range { start: range.start + at, end: range.start + at + 1 })
    };
    match (index, next) {
        (0, None) if blank(before) && blank(after) && slice(before).contains('\n') => Removal::Container,
        (0, None) => Removal::Bytes([Some(member), comma(after)].into_iter().flatten().collect()),
        (0, Some(next)) if blank(after) => {
            Removal::Bytes(vec![Range { start: member.start, end: next.start }])
        }
        (0, Some(_)) => Removal::Bytes([Some(member), comma(after)].into_iter().flatten().collect()),
        _ if blank(before) => Removal::Bytes(vec![Range { start: before.start, end: member.end }]),
        _ => Removal::Bytes([comma(before), Some(member)].into_iter().flatten().collect()),
    }
}

/// The first comma that is not in a comment.
fn comma_in(text: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        at += match () {
            () if rest.starts_with(',') => return Some(at),
            () if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            () if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            () => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    None
}

/// The text without these ranges.
pub(super) fn without(text: &str, ranges: &[Range]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for range in ranges {
        out.push_str(&text[at..range.start]);
        at = range.end;
    }
    out + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::comma_in;

    #[test]
    fn a_comma_in_a_comment_is_none() {
        assert_eq!(comma_in("/*/ a, */ b, c"), Some(11));
        assert_eq!(comma_in("// a,\n/* , */,"), Some(13));
        assert_eq!(comma_in("/*/,"), None);
        assert_eq!(comma_in("/*"), None);
    }
}
