//! What TypeScript knows of values that are written out: the members of constant objects, and the texts that a type allows.

use tree_sitter::Node;

use super::{function, types};
use crate::symbols::facts::{DefinitionKind, Form, Qualifier, Shape, Word};
use crate::symbols::language::Language;
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

/// The scope of the members of a constant object, which only its name reaches; and what such an object gives.
pub(in crate::symbols) const OBJECT: &str = "(object)";

/// A text as the name of a member.
fn quoted(reader: &mut Reader<'_>, text: Node<'_>) -> Option<Word> {
    let inner = reader.text(text).trim_matches(['"', '\'', '`']);
    let is_plain = text.kind() == "string" && !inner.contains('\\');
    is_plain.then(|| reader.intern(&format!("'{inner}'")))
}

/// The texts that a type consists of, where it is nothing else.
pub(super) fn texts(reader: &mut Reader<'_>, alias: Node<'_>) -> Option<Shape> {
    let (mut open, mut found) = (vec![alias.child_by_field_name("value")?], Vec::new());
    while let Some(part) = open.pop() {
        match part.kind() {
            "union_type" => open.extend(children(part)),
            "literal_type" => found.push((quoted(reader, part.named_child(0)?)?, false)),
            "comment" => {}
            _ => return None,
        }
    }
    found.sort();
    found.dedup();
    Some(Shape::Record(found))
}

/// A text stands where a value of a type is asked for.
fn asked(reader: &mut Reader<'_>, annotation: Option<Node<'_>>, value: Option<Node<'_>>) {
    let of = annotation.and_then(|of| of.named_child(0)).filter(|of| of.kind() == "type_identifier");
    if let (Some(of), Some(value)) = (of, value)
        && let Some(text) = quoted(reader, value)
    {
        let (name, at) = (reader.text(of), line(value));
        let form = Form::Literal { fields: vec![text], rest: true };
        reader.mention(name, Qualifier::None, form, at);
    }
}

/// What is declared with a type, and given a value.
pub(super) fn given(reader: &mut Reader<'_>, node: Node<'_>) {
    asked(reader, node.child_by_field_name("type"), node.child_by_field_name("value"));
}

/// What a function gives that says of which type that is.
pub(super) fn returned(reader: &mut Reader<'_>, node: Node<'_>) {
    let mut around = node.parent();
    while let Some(inner) = around.filter(|one| {
        !one.kind().contains("function") && !one.kind().contains("method") && one.kind() != "class_body"
    }) {
        around = inner.parent();
    }
    let is_async = |function: &Node<'_>| {
        (0..function.child_count()).filter_map(|at| function.child(at)).any(|child| child.kind() == "async")
    };
    let Some(function) = around.filter(|function| !function.kind().contains("generator")) else { return };
    let said = function.child_by_field_name("return_type");
    if let (Some(value), Some(of)) = (node.named_child(0), said.and_then(|said| said.named_child(0))) {
        gives(reader, of, is_async(&function), value);
    }
    if !is_async(&function) {
        asked(reader, said, node.named_child(0));
    }
}

/// The same of one that consists of what it gives.
pub(super) fn arrow(reader: &mut Reader<'_>, function: Node<'_>) {
    let fields = ["return_type", "body"].map(|field| function.child_by_field_name(field));
    if let [Some(said), Some(value)] = fields
        && let Some(of) = said.named_child(0)
    {
        let is_async = function.child(0).is_some_and(|first| first.kind() == "async");
        gives(reader, of, is_async, value);
    }
}

/// A value that a function gives, which is of the type that it says: of one that is waited for, of the type inside of `Promise<>`.
fn gives(reader: &mut Reader<'_>, said: Node<'_>, is_async: bool, value: Node<'_>) {
    let name = said.child_by_field_name("name").map(|name| reader.text(name));
    let list = said.child_by_field_name("type_arguments").filter(|_| name == Some("Promise"));
    let of = if is_async { list.and_then(|list| list.named_child(0)) } else { Some(said) };
    if let Some(of) = of.filter(|of| of.kind() == "type_identifier") {
        types::given(reader, of, value);
    }
}

/// The name of a member of an object that is written out; none where it is made, or spread into it.
fn key<'n>(member: Node<'n>) -> Option<Node<'n>> {
    let key = match member.kind() {
        "pair" => member.child_by_field_name("key"),
        "method_definition" => {
            let name = member.child_by_field_name("name");
            name.filter(|_| !matches!(member.child(0).map(|first| first.kind()), Some("get" | "set")))
        }
        "shorthand_property_identifier" => return Some(member),
        _ => None,
    };
    key.filter(|key| key.kind() == "property_identifier")
}

/// The members of a constant object that is written out, where nothing says that it may have others.
pub(super) fn members(reader: &mut Reader<'_>, declarator: Node<'_>, name: Node<'_>, place: &CodeScope) {
    let is_constant = declarator
        .parent()
        .is_some_and(|declaration| declaration.child(0).is_some_and(|first| first.kind() == "const"));
    let is_typed = declarator.child_by_field_name("type").is_some();
    let Some(mut value) = declarator.child_by_field_name("value") else { return };
    if reader.language == Language::JavaScript || !is_constant || is_typed || place.owner.is_some() {
        return;
    }
    if value.kind() == "as_expression" && reader.text(value).ends_with("as const") {
        let Some(inner) = value.named_child(0) else { return };
        value = inner;
    }
    let members: Vec<Node<'_>> =
        children(value).filter(|member| !member.kind().contains("comment")).collect();
    if value.kind() != "object" || members.is_empty() || !members.iter().all(|member| key(*member).is_some())
    {
        return;
    }
    if let Some(defined) = reader.facts.definitions.last_mut() {
        defined.returns = OBJECT.into();
    }
    let owner = Some(reader.word(name));
    let inside = CodeScope { owner, scope: OBJECT.into(), ..place.clone() };
    for member in members {
        let Some(key) = key(member) else { continue };
        let made = member.child_by_field_name("value").unwrap_or(member);
        let shape = match made.kind() {
            "arrow_function" | "function_expression" | "method_definition" => function(reader, made),
            _ => Shape::Any,
        };
        let (word, at) = (reader.word(key), line(key));
        reader.define_word(word, at, DefinitionKind::Field, &inside, shape).repeatable = true;
    }
}
