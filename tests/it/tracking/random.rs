//! Random edits of random files: the value is what was meant, and the lines that have nothing to
//! do with the edit are the same bytes.

use proptest::prelude::*;
use serde_yaml::Value as Yaml;
use track_work::model::{Edit, EditCare, Operation, Step, Value};

use super::edits::edited;

/// A value and how it is written.
#[derive(Clone, Debug)]
enum Tree {
    Scalar(String),
    List(bool, Vec<Tree>),
    Map(bool, Vec<(String, Tree)>),
}

const SCALARS: [&str; 22] = [
    "plain",
    "\"double\"",
    "'single'",
    "12",
    "true",
    "~",
    "",
    "two words",
    "a#b",
    "\"# no comment\"",
    "'it''s'",
    "src/a.rs",
    "2025-11-15T10:00:00Z",
    "\"esc \\\" \\\\ \\n\"",
    "ünï → 😀",
    "1.50",
    "-x",
    "\"[x]\"",
    "'{'",
    "x: y",
    "|",
    ">-",
];

const KEYS: [&str; 9] = ["a", "b", "key", "terminal-1", "\"quoted\"", "'q t'", "1", "Größe", "x.y"];

const COMMENTS: [&str; 4] = ["# note", "#", "# a: b", "# \"quote\" 'n 😀"];

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (0..SCALARS.len()).prop_map(|index| Tree::Scalar(SCALARS[index].to_string()));
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (any::<bool>(), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(flow, items)| Tree::List(flow, items)),
            (any::<bool>(), prop::collection::btree_map(0..KEYS.len(), inner, 0..4)).prop_map(
                |(flow, entries)| {
                    Tree::Map(
                        flow,
                        entries.into_iter().map(|(key, value)| (KEYS[key].to_string(), value)).collect(),
                    )
                }
            ),
        ]
    })
}

/// How a file is written, besides its values.
#[derive(Clone, Debug)]
struct Look {
    indent: usize,
    dash: bool,
    crlf: bool,
    mark: bool,
    last_newline: bool,
    /// Decides, step by step, on comments and blank lines.
    whims: Vec<u8>,
}

fn look() -> impl Strategy<Value = Look> {
    let whims = prop::collection::vec(any::<u8>(), 1..40);
    (1..5usize, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), whims).prop_map(
        |(indent, dash, crlf, mark, last_newline, whims)| Look {
            indent,
            dash,
            crlf,
            mark,
            last_newline,
            whims,
        },
    )
}

struct Writer<'l> {
    look: &'l Look,
    at: usize,
    out: String,
}

impl Writer<'_> {
    fn whim(&mut self, odds: u8) -> Option<u8> {
        let whim = self.look.whims[self.at % self.look.whims.len()];
        self.at += 1;
        whim.is_multiple_of(odds).then_some(whim)
    }

    fn end_line(&mut self) {
        if let Some(whim) = self.whim(5) {
            self.out += if whim % 2 == 0 { " " } else { "   " };
            self.out += COMMENTS[usize::from(whim) / 7 % COMMENTS.len()];
        } else if self.whim(9).is_some() {
            self.out += " ";
        }
        self.out += "\n";
    }

    fn between(&mut self, column: usize) {
        if self.whim(6).is_some() {
            self.out += "\n";
        }
        if let Some(whim) = self.whim(6) {
            self.out += &" ".repeat(column);
            self.out += COMMENTS[usize::from(whim) / 7 % COMMENTS.len()];
            self.out += "\n";
        }
    }

    /// Behind `key:` or `-`, up to and with the line end.
    fn value(&mut self, tree: &Tree, column: usize, in_list: bool) {
        match tree {
            Tree::Scalar(text) => self.scalar(text, column),
            Tree::List(false, items) if !items.is_empty() => {
                self.end_line();
                let column = column + if self.look.dash || in_list { self.look.indent } else { 0 };
                for item in items {
                    self.between(column);
                    self.out += &format!("{}-", " ".repeat(column));
                    match item {
                        Tree::Map(false, entries) if !entries.is_empty() && self.whim(3).is_none() => {
                            self.out += " ";
                            self.entries(entries, column + 2, true);
                        }
                        other => self.value(other, column, true),
                    }
                }
            }
            Tree::Map(false, entries) if !entries.is_empty() => {
                self.end_line();
                self.entries(entries, column + self.look.indent, false);
            }
            flow => {
                let text = flow_text(flow);
                self.out += &format!(" {text}");
                self.end_line();
            }
        }
    }

    fn scalar(&mut self, text: &str, column: usize) {
        match text {
            "" => self.end_line(),
            "|" | ">-" => {
                let pad = " ".repeat(column + self.look.indent);
                self.out += &format!(" {text}\n{pad}text # no comment\n\n{pad}more: text\n");
            }
            "x: y" => {
                self.out += " \"x: y\"";
                self.end_line();
            }
            text => {
                self.out += &format!(" {text}");
                self.end_line();
            }
        }
    }

    fn entries(&mut self, entries: &[(String, Tree)], column: usize, mut inline: bool) {
        for (key, value) in entries {
            if !inline {
                self.between(column);
                self.out += &" ".repeat(column);
            }
            inline = false;
            self.out += &format!("{key}:");
            self.value(value, column, false);
        }
    }
}

fn flow_text(tree: &Tree) -> String {
    match tree {
        Tree::Scalar(text) => match text.as_str() {
            "" | "|" | ">-" | "x: y" | "a#b" => "\"s\"".to_string(),
            other => other.to_string(),
        },
        Tree::List(_, items) => format!("[{}]", items.iter().map(flow_text).collect::<Vec<_>>().join(", ")),
        Tree::Map(_, entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key}: {}", flow_text(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn written(entries: &[(String, Tree)], look: &Look) -> String {
    let mut writer = Writer { look, at: 0, out: String::new() };
    writer.between(0);
    writer.entries(entries, 0, false);
    let mut text = writer.out;
    // A text that ends in a block scalar without a line end cannot grow: the scalar would get one.
    if !look.last_newline && !text.ends_with("more: text\n") {
        text.truncate(text.trim_end().len());
    }
    if look.crlf {
        text = text.replace('\n', "\r\n");
    }
    if look.mark { format!("\u{feff}{text}") } else { text }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        "[ -~\n\té→😀]{0,12}".prop_map(Value::Text),
        (0..KEYS.len()).prop_map(|index| Value::Text(KEYS[index].to_string())),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            prop::collection::btree_map("[a-z0-9 :#-]{1,8}", inner, 0..3)
                .prop_map(|map| Value::Map(map.into_iter().collect())),
        ]
    })
}

/// An edit whose way is chosen when the file is known.
#[derive(Clone, Debug)]
struct Wish {
    turns: Vec<u8>,
    operation: u8,
    value: Value,
}

fn wish() -> impl Strategy<Value = Wish> {
    (prop::collection::vec(any::<u8>(), 1..5), any::<u8>(), value())
        .prop_map(|(turns, operation, value)| Wish { turns, operation, value })
}

fn text_of(key: &Yaml) -> String {
    match key {
        Yaml::String(text) => text.clone(),
        Yaml::Number(number) => number.to_string(),
        other => panic!("no such key: {other:?}"),
    }
}

/// Follows the turns down into the value, and sometimes beside it.
fn edit(root: &Yaml, wish: &Wish) -> Edit {
    let mut at = Vec::new();
    let mut node = root;
    for turn in &wish.turns {
        let turn = usize::from(*turn);
        match node {
            Yaml::Mapping(map) if !map.is_empty() && turn % 5 > 0 => {
                let (key, value) = map.iter().nth(turn % map.len()).expect("in range");
                at.push(Step::from(text_of(key).as_str()));
                node = value;
            }
            Yaml::Sequence(items) if !items.is_empty() => {
                at.push(Step::from(turn % items.len()));
                node = &items[turn % items.len()];
            }
            Yaml::Mapping(_) | Yaml::Null => {
                let key = ["new", "scope", "a b", "sessions"][turn % 4];
                at.push(Step::from(key));
                node = node.get(key).unwrap_or(&Yaml::Null);
            }
            _ => break,
        }
    }
    let operation = match wish.operation % 4 {
        0 if !at.is_empty() => Operation::Remove,
        1 if matches!(node, Yaml::Sequence(_) | Yaml::Null) => Operation::Append(wish.value.clone()),
        _ => Operation::Set(wish.value.clone()),
    };
    Edit { file: "active-sessions.yaml".to_string(), at, operation, care: EditCare::Usual }
}

fn yaml(value: &Value) -> Yaml {
    match value {
        Value::Null => Yaml::Null,
        Value::Bool(truth) => Yaml::from(*truth),
        Value::Int(number) => Yaml::from(*number),
        Value::Text(text) => Yaml::from(text.as_str()),
        Value::List(items) => Yaml::Sequence(items.iter().map(yaml).collect()),
        Value::Map(entries) => Yaml::Mapping(
            entries.iter().map(|(key, value)| (Yaml::from(key.as_str()), yaml(value))).collect(),
        ),
    }
}

/// The edit on the value alone.
fn expected(node: &mut Yaml, at: &[Step], operation: &Operation) {
    let Some((step, rest)) = at.split_first() else {
        match operation {
            Operation::Set(value) => *node = yaml(value),
            Operation::Append(value) => match node {
                Yaml::Sequence(items) => items.push(yaml(value)),
                other => *other = Yaml::Sequence(vec![yaml(value)]),
            },
            Operation::Remove => {}
        }
        return;
    };
    if node.is_null() {
        if *operation == Operation::Remove {
            return;
        }
        *node = Yaml::Mapping(Default::default());
    }
    match (node, step) {
        (Yaml::Sequence(items), Step::Item(index)) if rest.is_empty() && *operation == Operation::Remove => {
            items.remove(*index);
        }
        (Yaml::Sequence(items), Step::Item(index)) => expected(&mut items[*index], rest, operation),
        (Yaml::Mapping(map), Step::Key(key)) => {
            let there = map.keys().find(|other| text_of(other) == *key).cloned();
            if rest.is_empty() && *operation == Operation::Remove {
                there.and_then(|key| map.shift_remove(&key));
            } else if there.is_some() || *operation != Operation::Remove {
                let entry = map.entry(there.unwrap_or_else(|| Yaml::from(key.as_str())));
                expected(entry.or_insert(Yaml::Null), rest, operation);
            }
        }
        (node, step) => panic!("{step:?} in {node:?}"),
    }
}

fn at<'v>(root: &'v Yaml, steps: &[Step]) -> Option<&'v Yaml> {
    steps.iter().try_fold(root, |node, step| match (node, step) {
        (Yaml::Sequence(items), Step::Item(index)) => items.get(*index),
        (Yaml::Mapping(map), Step::Key(key)) => {
            map.iter().find(|(other, _)| text_of(other) == *key).map(|(_, value)| value)
        }
        _ => None,
    })
}

/// Lines that went and lines that came.
fn lines(old: &str, new: &str) -> (usize, usize) {
    let ended = |text: &str| format!("{}\n", text.trim_end_matches(['\r', '\n'])).replace('\r', "");
    let (old, new) = (ended(old), ended(new));
    let diff = similar::TextDiff::from_lines(&old, &new);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    (count(similar::ChangeTag::Delete), count(similar::ChangeTag::Insert))
}

fn is_scalar(value: &Yaml) -> bool {
    !matches!(value, Yaml::Sequence(_) | Yaml::Mapping(_))
}

/// The same with every key as a text: a key that is there stays as it is written.
fn with_texts(value: &Yaml) -> Yaml {
    match value {
        Yaml::Mapping(entries) => {
            let text = |key: &Yaml| key.as_i64().map_or_else(|| key.clone(), |key| key.to_string().into());
            Yaml::Mapping(entries.iter().map(|(key, value)| (text(key), with_texts(value))).collect())
        }
        Yaml::Sequence(items) => Yaml::Sequence(items.iter().map(with_texts).collect()),
        other => other.clone(),
    }
}

fn check(text: &str, wishes: &[Wish]) -> Result<(), TestCaseError> {
    let first = text;
    let mut text = text.to_string();
    let mut made = Vec::new();
    for wish in wishes {
        let old: Yaml = serde_yaml::from_str(text.trim_start_matches('\u{feff}')).expect(&text);
        let edit = edit(&old, wish);
        if edit.at.is_empty() || !matches!(old, Yaml::Mapping(_)) {
            continue;
        }
        let mut meant = old.clone();
        expected(&mut meant, &edit.at, &edit.operation);
        let new = match edited(&text, std::slice::from_ref(&edit)) {
            Ok(new) => new,
            // A file cannot lose its very last key.
            Err(error) if error.contains("last key of a file") => continue,
            Err(error) => return Err(TestCaseError::fail(format!("refused: {error}\n{edit:?}\n{text}"))),
        };
        let said: Yaml = serde_yaml::from_str(new.trim_start_matches('\u{feff}')).expect(&new);
        prop_assert_eq!(
            &with_texts(&said),
            &with_texts(&meant),
            "{:?}\n--- old\n{}\n--- new\n{}",
            edit,
            text,
            new
        );
        prop_assert_eq!(new.starts_with('\u{feff}'), text.starts_with('\u{feff}'));
        if text.trim_start_matches('\u{feff}').contains('\n') {
            let scalar = text.contains("more: text");
            let about = format!("{edit:?}\n--- old\n{text}\n--- new\n{new}");
            prop_assert!(new.ends_with('\n') == text.ends_with('\n') || scalar, "{}", about);
            prop_assert!(text.contains("\r\n") || !new.contains("\r\n"));
            prop_assert!(!text.contains("\r\n") || !new.replace("\r\n", "").contains('\n'));
        }
        let (gone, come) = lines(&text, &new);
        let about = format!("{edit:?}\n--- old\n{text}\n--- new\n{new}");
        let there = at(&old, &edit.at);
        match (&edit.operation, there) {
            _ if said == old => prop_assert_eq!((gone, come), (0, 0), "{}", about),
            (Operation::Remove, _) => prop_assert!(come <= 1, "{}", about),
            (Operation::Set(new), Some(old)) if is_scalar(old) && is_scalar(&yaml(new)) => {
                let was_block = text.contains("text # no comment");
                prop_assert!(come == 1 && (gone == 1 || was_block && gone <= 4), "{}", about);
            }
            // What comes anew changes at most the line it hangs on, and one without a line end.
            (Operation::Set(_), None) | (Operation::Append(_), _) => prop_assert!(gone <= 2, "{}", about),
            (Operation::Set(_), Some(_)) => {}
        }
        text = new;
        made.push(edit);
    }
    // All at once comes to the same.
    let value = |text: &str| serde_yaml::from_str::<Yaml>(text.trim_start_matches('\u{feff}')).expect(text);
    let together =
        edited(first, &made).map_err(|error| TestCaseError::fail(format!("{error}\n{made:?}\n{first}")))?;
    prop_assert_eq!(value(&together), value(&text), "{:?}\n{}", made, first);
    Ok(())
}

/// Few enough for every run; `PROPTEST_CASES=10000` for a night.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(100)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_says_what_was_meant_and_keeps_the_other_lines(
        entries in prop::collection::btree_map(0..KEYS.len(), tree(), 1..5),
        look in look(),
        wishes in prop::collection::vec(wish(), 1..5),
    ) {
        let entries: Vec<(String, Tree)> = entries.into_iter().map(|(key, tree)| (KEYS[key].to_string(), tree)).collect();
        check(&written(&entries, &look), &wishes)?;
    }
}
