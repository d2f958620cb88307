//! Functions for which a test puts another one: that takes whatever it is called with.

use tree_sitter::Node;

use crate::symbols::facts::Form;
use crate::symbols::nodes::children;
use crate::symbols::reader::Reader;

use super::told::content;

/// The name for which a call puts a double that takes anything.
fn doubled<'t>(reader: &Reader<'t>, call: Node<'_>) -> Option<&'t str> {
    let function = reader.text(call.child_by_field_name("function")?);
    let list = call.child_by_field_name("arguments")?;
    // what takes as much as the original takes
    let is_strict = |one: &Node<'_>| {
        let name = one.child_by_field_name("name").filter(|_| one.kind() == "keyword_argument");
        name.is_some_and(|name| reader.text(name) == "autospec")
    };
    if children(list).any(|one| is_strict(&one)) {
        return None;
    }
    let text = |at: usize| content(reader, children(list).nth(at)?);
    let last = |path: &'t str| path.rsplit('.').next();
    let mut parts = function.rsplit('.');
    match (parts.next()?, parts.next()) {
        ("patch", _) => last(text(0)?),
        ("object", Some("patch")) => text(1),
        ("setattr", Some("monkeypatch" | "mp")) => text(0).map_or_else(|| text(1), last),
        _ => None,
    }
}

/// The calls in a node, in those of whose children `goes_on` says so.
fn calls<'n>(node: Node<'n>, goes_on: &dyn Fn(&Node<'n>) -> bool) -> Vec<Node<'n>> {
    let (mut found, mut open) = (Vec::new(), vec![node]);
    while let Some(inner) = open.pop() {
        if inner.kind() == "call" {
            found.push(inner);
        }
        open.extend(children(inner).filter(goes_on));
    }
    found
}

/// Calls of what is doubled fit, whatever they pass: in the body of a `with`, and in all of a function or class otherwise.
pub(super) fn note(reader: &mut Reader<'_>, node: Node<'_>) {
    let outer = node.parent().filter(|outer| outer.kind() == "decorated_definition").unwrap_or(node);
    let text = reader.text(outer);
    let Some(body) = node.child_by_field_name("body") else { return };
    if !text.contains("patch") {
        return;
    }
    let heads: Vec<Node<'_>> = match node.kind() {
        "with_statement" => children(node).filter(|one| one.kind() == "with_clause").collect(),
        // its methods are looked at one by one
        "class_definition" => children(outer).filter(|one| one.kind() == "decorator").collect(),
        _ => vec![outer],
    };
    let is_around = |one: &Node<'_>| node.kind() == "with_statement" || one.kind() != "with_clause";
    let doubles: Vec<&str> = heads
        .into_iter()
        .flat_map(|head| calls(head, &is_around))
        .filter_map(|call| doubled(reader, call))
        .collect();
    if doubles.is_empty() {
        return;
    }
    for call in calls(body, &|_| true) {
        let leaf = call.child_by_field_name("function").and_then(|function| reader.named_leaf(function));
        if let Some(leaf) = leaf.filter(|leaf| doubles.contains(&reader.text(*leaf))) {
            reader.used(leaf, Form::Plain);
        }
    }
}
