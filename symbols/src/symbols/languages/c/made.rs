//! Values of classes of C++ that are made by a constructor: `Point p(3)`, `Point p{3}`, `new Point(3)`, and what a constructor
//! makes before its body.

use tree_sitter::Node;

use crate::symbols::facts::{Arguments, Form, Qualifier, Word};
use crate::symbols::language::Language;
use crate::symbols::nodes::{children, line};
use crate::symbols::reader::Reader;

/// A name is declared with the values for a constructor.
pub(super) fn declared(reader: &mut Reader<'_>, declarator: Node<'_>) {
    let list = declarator.child_by_field_name("value");
    let list = list.filter(|list| matches!(list.kind(), "argument_list" | "initializer_list"));
    let is_plain =
        declarator.child_by_field_name("declarator").is_some_and(|name| name.kind() == "identifier");
    let is_assigned = children_of(declarator).any(|sign| sign.kind() == "=");
    let of = declarator.parent().and_then(|declaration| declaration.child_by_field_name("type"));
    if let (Some(of), Some(list), true, false) = (of, list, is_plain, is_assigned) {
        made(reader, of, list);
    }
}

/// `new Point(3)`.
pub(super) fn anew(reader: &mut Reader<'_>, node: Node<'_>) {
    if let (Some(of), Some(list)) = (node.child_by_field_name("type"), node.child_by_field_name("arguments"))
        && node.child_by_field_name("placement").is_none()
    {
        made(reader, of, list);
    }
}

/// `Point(3)`, where the name is written as that of a class, and `make_unique<Point>(3)`.
pub(super) fn called(reader: &mut Reader<'_>, node: Node<'_>) {
    let (Some(function), Some(list)) =
        (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return;
    };
    let mut leaf = function;
    while let Some(inner) = leaf.child_by_field_name("name").filter(|_| leaf.kind() == "qualified_identifier")
    {
        leaf = inner;
    }
    match leaf.kind() {
        "identifier" if reader.text(leaf).starts_with(char::is_uppercase) => made(reader, function, list),
        "template_function" => {
            let name = leaf.child_by_field_name("name").map_or("", |name| reader.text(name));
            let types = leaf.child_by_field_name("arguments").filter(|types| types.named_child_count() == 1);
            let of = types.and_then(|types| types.named_child(0)?.child_by_field_name("type"));
            if let Some(of) = of.filter(|_| matches!(name, "make_unique" | "make_shared")) {
                made(reader, of, list);
            }
        }
        _ => {}
    }
}

/// A constructor makes a member, what it derives from, or all by another constructor.
pub(super) fn first(reader: &mut Reader<'_>, node: Node<'_>) {
    let parts: Vec<Node<'_>> = children(node).filter(|part| part.kind() != "comment").collect();
    let [name, list] = parts[..] else { return };
    match name.kind() {
        "field_identifier" | "type_identifier" => {
            let of = reader.word(name);
            let arguments = arguments(reader, &of, list);
            reader.qualify(name, Qualifier::Typed(of));
            reader.used(name, Form::Call(arguments));
        }
        "qualified_identifier" => made(reader, name, list),
        _ => {}
    }
}

fn children_of<'n>(node: Node<'n>) -> impl Iterator<Item = Node<'n>> {
    (0..node.child_count()).filter_map(move |at| node.child(at))
}

/// A value of a class is made, whose name stands alone or after those of namespaces.
fn made(reader: &mut Reader<'_>, of: Node<'_>, list: Node<'_>) {
    let text: Word = reader.text(of).into();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'));
    let name: Word = text.rsplit("::").next().unwrap_or_default().into();
    if reader.language == Language::Cpp && is_plain && !text.starts_with("std::") {
        let arguments = arguments(reader, &name, list);
        reader.mention(&name, Qualifier::Typed(text), Form::Call(arguments), line(list));
    }
}

/// What is passed. One value may be one of the class itself, which is copied, or a list.
fn arguments(reader: &Reader<'_>, of: &str, list: Node<'_>) -> Arguments {
    let mut found = reader.arguments(list);
    let only = children(list).find(|one| one.kind() != "comment");
    if found.count == 1 && !only.is_some_and(|only| is_of_another(reader, of, only)) {
        found.open = true;
    }
    found
}

/// Whether a value is surely none of a class.
fn is_of_another(reader: &Reader<'_>, class: &str, value: Node<'_>) -> bool {
    match value.kind() {
        "number_literal"
        | "string_literal"
        | "concatenated_string"
        | "char_literal"
        | "true"
        | "false"
        | "null"
        | "raw_string_literal" => true,
        "identifier" => {
            let name = reader.text(value);
            parameter(reader, value, name).is_some_and(|of| match of.kind() {
                "primitive_type" | "sized_type_specifier" => true,
                "type_identifier" => false,
                "qualified_identifier" => {
                    let of = reader.text(of);
                    of.starts_with("std::") && of.rsplit("::").next() != Some(class)
                }
                _ => false,
            })
        }
        _ => false,
    }
}

/// The type of the parameter of this name of the function around a node.
fn parameter<'n>(reader: &Reader<'_>, node: Node<'n>, name: &str) -> Option<Node<'n>> {
    let mut around = node.parent();
    while let Some(inner) = around.filter(|one| one.kind() != "function_definition") {
        if inner.kind() == "lambda_expression" {
            return None;
        }
        around = inner.parent();
    }
    let list = around?.child_by_field_name("declarator")?.child_by_field_name("parameters")?;
    children(list).find_map(|one| {
        let declarator = one.child_by_field_name("declarator")?;
        let declared = super::innermost(declarator)?;
        (reader.text(declared) == name).then(|| one.child_by_field_name("type")).flatten()
    })
}
