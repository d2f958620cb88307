//! What a module of Python gives by a `__getattr__` of its own: the names that it compares with, where it raises an
//! `AttributeError` for all others.

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Shape};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

/// A module asks this function for what it does not define.
pub(super) const ASKED: &str = "__getattr__";

/// Methods and signs by which a collection gets more than it is written with.
const GROWING: [&str; 6] = [".update(", ".add(", ".append(", ".extend(", " |= ", " += "];

/// Notes what such a function of a module gives: some names, or any.
pub(super) fn given(reader: &mut Reader<'_>, function: Node<'_>, place: &CodeScope) {
    match names(reader, function) {
        Some(names) => {
            let at = CodeScope { owner: None, conditional: true, ..place.clone() };
            for name in names {
                let word = reader.intern(name);
                let line = line(function);
                reader.define_word(word, line, DefinitionKind::Value, &at, Shape::Any).repeatable = true;
            }
        }
        None => reader.facts.gives_any = true,
    }
}

/// The names that a function gives something for; `None` where nobody can say.
fn names<'t>(reader: &Reader<'t>, function: Node<'_>) -> Option<Vec<&'t str>> {
    let first = function.child_by_field_name("parameters")?.named_child(0)?;
    let asked = reader.text(if first.kind() == "identifier" { first } else { first.named_child(0)? });
    let statements: Vec<Node<'_>> = children(function.child_by_field_name("body")?)
        .filter(|statement| statement.kind() != "comment")
        .collect();
    let mut found = Vec::new();
    for statement in statements {
        match statement.kind() {
            "raise_statement" => return raises(reader, statement).then_some(found),
            "if_statement" => {
                let condition = statement.child_by_field_name("condition")?;
                // all others are refused first
                if let Some(listed) = compared(reader, condition, asked, "not in") {
                    let consequence = statement.child_by_field_name("consequence")?;
                    let last = consequence.named_child(consequence.named_child_count().checked_sub(1)?)?;
                    if statement.child_by_field_name("alternative").is_none() && raises(reader, last) {
                        found.extend(listed);
                        return Some(found);
                    }
                }
                found.extend(conditions(reader, condition, asked)?);
                for part in children(statement) {
                    match part.kind() {
                        "elif_clause" => {
                            let condition = part.child_by_field_name("condition")?;
                            found.extend(conditions(reader, condition, asked)?);
                        }
                        "else_clause" => return None,
                        _ => {}
                    }
                }
            }
            "expression_statement"
            | "import_statement"
            | "import_from_statement"
            | "global_statement"
            | "pass_statement" => {}
            _ => return None,
        }
    }
    // what ends without an error gives `None` for any name
    None
}

/// Whether a statement says that there is no such name.
fn raises(reader: &Reader<'_>, statement: Node<'_>) -> bool {
    let error = reader.text(statement).strip_prefix("raise").map(str::trim_start);
    statement.kind() == "raise_statement" && error.is_some_and(|error| error.starts_with("AttributeError"))
}

/// The names for which a condition may hold.
fn conditions<'t>(reader: &Reader<'t>, condition: Node<'_>, asked: &str) -> Option<Vec<&'t str>> {
    let condition = reader.unwrapped(condition);
    if condition.kind() == "boolean_operator" {
        let [left, right] = ["left", "right"].map(|field| {
            condition.child_by_field_name(field).and_then(|part| conditions(reader, part, asked))
        });
        let is_and = condition.child_by_field_name("operator").is_some_and(|sign| reader.text(sign) == "and");
        return match (left, right) {
            (Some(left), Some(right)) if !is_and => Some([left, right].concat()),
            (left, right) if is_and => left.or(right),
            _ => None,
        };
    }
    ["==", "in"].iter().find_map(|sign| compared(reader, condition, asked, sign))
}

/// The names that a comparison by this sign compares the asked one with.
fn compared<'t>(reader: &Reader<'t>, condition: Node<'_>, asked: &str, sign: &str) -> Option<Vec<&'t str>> {
    let condition = reader.unwrapped(condition);
    let parts: Vec<Node<'_>> = children(condition).filter(|part| part.kind() != "comment").collect();
    let ([left, right], "comparison_operator") = (&parts[..], condition.kind()) else { return None };
    let between = reader.text(condition).get(left.end_byte() - condition.start_byte()..)?;
    let between = between.get(..right.start_byte() - left.end_byte())?;
    if between.split_whitespace().collect::<Vec<_>>().join(" ") != sign {
        return None;
    }
    match (reader.text(*left) == asked, reader.text(*right) == asked) {
        (true, false) if sign == "==" => text(reader, *right).map(|name| vec![name]),
        (false, true) if sign == "==" => text(reader, *left).map(|name| vec![name]),
        (true, false) => listed(reader, *right),
        _ => None,
    }
}

/// A text without anything in it that is made.
fn text<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<&'t str> {
    let mut inner = children(node).filter(|part| part.kind() == "string_content");
    let is_plain = node.kind() == "string" && children(node).all(|part| part.kind() != "interpolation");
    inner.next().filter(|_| is_plain).map(|content| reader.text(content))
}

/// The value that a statement gives a name.
fn value_of<'n>(reader: &Reader<'_>, statement: Node<'n>, name: &str) -> Option<Node<'n>> {
    let assigned = statement.named_child(0).filter(|one| one.kind() == "assignment")?;
    let left = assigned.child_by_field_name("left").filter(|left| reader.text(*left) == name);
    left.and_then(|_| assigned.child_by_field_name("right"))
}

/// The texts of a list, or of one that the module keeps under a name.
fn listed<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<Vec<&'t str>> {
    let parts = children(node).filter(|part| part.kind() != "comment");
    match node.kind() {
        "list" | "tuple" | "set" => parts.map(|part| text(reader, part)).collect(),
        "dictionary" => parts.map(|part| text(reader, part.child_by_field_name("key")?)).collect(),
        "identifier" => {
            let name = reader.text(node);
            let mut root = node;
            while let Some(outer) = root.parent() {
                root = outer;
            }
            let all = reader.text(root);
            let grows = |sign: &&str| all.contains(&format!("{name}{sign}"));
            let mut values = children(root).filter_map(|statement| value_of(reader, statement, name));
            let only = values.next().filter(|only| only.kind() != "identifier")?;
            if values.next().is_some() || GROWING.iter().any(grows) {
                return None;
            }
            listed(reader, only)
        }
        _ => None,
    }
}
