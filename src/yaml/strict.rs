use std::cell::Cell;
use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_yaml::value::{Tag, TaggedValue};
use serde_yaml::{Mapping, Value};

use super::MAX_BYTES;

/// Why a text is not the YAML it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1, where known.
    pub line: Option<usize>,
    /// The column in characters, from 1, where known.
    pub column: Option<usize>,
    /// That line's text, where known.
    pub text: Option<String>,
    /// What is wrong, without the place.
    pub reason: String,
}

impl Problem {
    /// A problem without a place.
    pub fn new(reason: impl Into<String>) -> Problem {
        Problem { line: None, column: None, text: None, reason: reason.into() }
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

/// The text of a line, shortened where it is very long.
fn line_text(text: &str, line: usize) -> Option<String> {
    let line = text.lines().nth(line.checked_sub(1)?)?;
    let line = line.trim_start_matches('\u{feff}');
    Some(match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_string(),
    })
}

/// The text of a file's bytes. A byte order mark stays part of it.
///
/// # Errors
/// Bytes that are not UTF-8, or more than [`MAX_BYTES`] of them.
pub fn decode(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.len() > MAX_BYTES {
        let reason = format!("the file has {} bytes; more than {MAX_BYTES} are not read", bytes.len());
        return Err(Problem::new(reason));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        let mut problem = Problem::at(valid, valid.len(), format!("the byte {byte:#04x} is not UTF-8"));
        problem.text = problem.text.or_else(|| Some(String::new()));
        problem
    })
}

/// The value of a text with one YAML document; an empty one is null. Merge keys (`<<`) stay as written.
///
/// # Errors
/// Whatever makes the text something else than one document without duplicate keys, and aliases
/// that expand to far more than the text holds.
pub fn parse(text: &str) -> Result<Value, Problem> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    parse_within(body, &Cell::new(most_nodes(body)))
}

/// Every node costs at least a byte, unless it comes from an alias.
fn most_nodes(body: &str) -> usize {
    body.len() + 100_000
}

/// Builds at most so many nodes, and takes those that it built from the budget.
fn parse_within(body: &str, budget: &Cell<usize>) -> Result<Value, Problem> {
    Seed { budget }.deserialize(serde_yaml::Deserializer::from_str(body)).map_err(|error| {
        let reason = reason_of(&error);
        let problem = match error.location() {
            // libyaml counts a problem at the end of the text one line too far.
            Some(place) if place.line() <= body.lines().count().max(1) => Problem {
                line: Some(place.line()),
                column: Some(place.column()),
                text: line_text(body, place.line()),
                reason,
            },
            Some(_) => Problem::at(body, body.trim_end().len(), reason),
            None => Problem::new(reason),
        };
        by_a_tab(problem)
    })
}

/// libyaml does not say that it is a tab that it stumbled over.
fn by_a_tab(problem: Problem) -> Problem {
    let begins_with_tab =
        problem.text.as_deref().is_some_and(|line| line.trim_start_matches(' ').starts_with('\t'));
    match begins_with_tab && problem.reason.starts_with("found character that cannot start any token") {
        true => Problem { reason: "a tab; YAML is indented with spaces".to_string(), ..problem },
        false => problem,
    }
}

/// The library's message without its place.
fn reason_of(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    let cut = [" at line ", " at position "].iter().filter_map(|mark| message.find(mark)).min();
    let message = cut.map_or(message.as_str(), |cut| &message[..cut]);
    match message {
        "deserializing from YAML containing more than one document is not supported" => {
            "more than one YAML document in the file".to_string()
        }
        "repetition limit exceeded" => BOMB.to_string(),
        "recursion limit exceeded" => "lists and mappings are nested too deep".to_string(),
        // The path that the library puts before a message is told by the line.
        _ => match message.rsplit_once(": ") {
            Some((_, reason)) if reason.starts_with("duplicate key") || reason == BOMB => reason.to_string(),
            _ => message.to_string(),
        },
    }
}

const BOMB: &str = "aliases expand to far more than the file holds";

/// Builds a [`Value`] as serde_yaml does, within a budget of nodes.
#[derive(Clone, Copy)]
struct Seed<'b> {
    budget: &'b Cell<usize>,
}

impl Seed<'_> {
    fn spend<E: de::Error>(&self) -> Result<(), E> {
        let left = self.budget.get().checked_sub(1).ok_or_else(|| E::custom(BOMB))?;
        self.budget.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Sequence(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut mapping = Mapping::new();
        while let Some(key) = entries.next_key_seed(KeySeed { seed: self, seen: &mapping })? {
            let value = entries.next_value_seed(self)?;
            mapping.insert(key, value);
        }
        Ok(Value::Mapping(mapping))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (tag, contents) = data.variant::<String>()?;
        let value = contents.newtype_variant_seed(self)?;
        Ok(Value::Tagged(Box::new(TaggedValue { tag: Tag::new(tag), value })))
    }
}

/// A key: refused where it stands when the mapping has it already.
struct KeySeed<'b, 'm> {
    seed: Seed<'b>,
    seen: &'m Mapping,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.seed.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl KeySeed<'_, '_> {
    fn new_key<E: de::Error>(&self, key: Value) -> Result<Value, E> {
        if self.seen.contains_key(&key) {
            let name = super::scalar_text(&key).unwrap_or_else(|| super::kind_of(&key).to_string());
            return Err(E::custom(format!("duplicate key \"{name}\"")));
        }
        Ok(key)
    }
}

impl<'de> Visitor<'de> for KeySeed<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Value, E> {
        self.new_key(Value::Bool(truth))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        self.new_key(Value::Number(number.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        self.new_key(Value::Number(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        self.new_key(Value::Number(number.into()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        self.new_key(Value::String(text.to_string()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        self.new_key(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        self.new_key(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Value, A::Error> {
        let key = self.seed.visit_seq(items)?;
        self.new_key(key)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Value, A::Error> {
        let key = self.seed.visit_map(entries)?;
        self.new_key(key)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let key = self.seed.visit_enum(data)?;
        self.new_key(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many nodes reading a text builds, and what comes of it.
    fn work(text: &str) -> (usize, Result<Value, Problem>) {
        let most = most_nodes(text);
        let budget = Cell::new(most);
        let read = parse_within(text, &budget);
        (most - budget.get(), read)
    }

    #[test]
    fn the_work_is_bounded_by_the_length_of_the_text_whatever_it_expands_to() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
        for level in 1..40 {
            bomb += &format!("a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(9));
        }
        let (built, read) = work(&bomb);
        assert!(built <= most_nodes(&bomb));
        assert_eq!(read.unwrap_err().reason, BOMB);
        let (built, read) = work(&"[".repeat(1 << 20));
        assert!(built < 1000, "{built}");
        assert!(read.unwrap_err().reason.contains("nested too deep"));
        let merges = |count: usize| {
            let lines: String = (0..count).map(|n| format!("k{n}: {{<<: *a}}\n")).collect();
            work(&format!("a: &a {{x: 1}}\n{lines}"))
        };
        let ((few, _), (many, read)) = (merges(1000), merges(20_000));
        assert!(read.is_ok() && many <= 20 * few, "{few} for 1000, {many} for 20000");
    }

    fn problem(text: &str) -> Problem {
        parse(text).expect_err(text)
    }

    #[test]
    fn a_problem_names_its_line() {
        let duplicate = problem("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n");
        assert_eq!((duplicate.line, duplicate.column), (Some(5), Some(3)));
        assert_eq!(duplicate.reason, "duplicate key \"c\"");
        assert_eq!(duplicate.text.as_deref(), Some("  c: 3"));
        assert_eq!(problem("a:\n\t- b\n").line, Some(2));
        assert_eq!(problem("a: 1\n---\nb: 2\n").reason, "more than one YAML document in the file");
        assert_eq!(problem("a: [1, 2\n\n\n").line, Some(1));
        assert_eq!(problem("a: *b\n").line, Some(1));
    }

    #[test]
    fn bytes_that_are_no_text_are_named_by_their_place() {
        let problem = decode(b"a: 1\nb: caf\xe9\n").expect_err("not UTF-8");
        assert_eq!((problem.line, problem.column), (Some(2), Some(7)));
        assert_eq!(problem.reason, "the byte 0xe9 is not UTF-8");
        assert!(decode(&vec![b'#'; MAX_BYTES + 1]).is_err());
    }

    #[test]
    fn what_expands_without_end_is_refused_at_once() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
        for level in 1..30 {
            let before = format!("*a{}, ", level - 1).repeat(9);
            bomb += &format!("a{level}: &a{level} [{before}]\n");
        }
        assert_eq!(problem(&bomb).reason, BOMB);
        let wide = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(9_000), "*a, ".repeat(9_000));
        assert_eq!(problem(&wide).reason, BOMB);
        assert!(problem(&"[".repeat(100_000)).reason.contains("nested too deep"));
        assert!(problem(&"{a: ".repeat(150)).line.is_some());
    }

    #[test]
    fn the_value_is_what_serde_yaml_reads() {
        for text in ["", "# only\n", "a: 1\nb: [x, ~, 1.5, true]\nc: !t {d: e}\n<<: {f: g}\n", "- 1\n", "x"] {
            assert_eq!(parse(text).expect(text), serde_yaml::from_str::<Value>(text).expect(text));
        }
        assert_eq!(parse("\u{feff}a: 1\n").expect("a mark"), parse("a: 1\n").expect("none"));
    }
}
