//! Classes of C++: what they derive from, what one asks of those that derive from it, and what a class has.

use tree_sitter::Node;

use super::{function_declarator, innermost, parameters};
use crate::symbols::facts::{Form, Method, Shape, Word};
use crate::symbols::nodes::children;
use crate::symbols::reader::Reader;

/// The name at the end of a path of namespaces, where it is that of a class.
fn last_name(path: Node<'_>) -> Option<Node<'_>> {
    let mut leaf = path;
    while let Some(inner) = leaf.child_by_field_name("name").filter(|_| leaf.kind() == "qualified_identifier")
    {
        leaf = inner;
    }
    (leaf.kind() == "type_identifier").then_some(leaf)
}

/// The types that a class names as its bases.
fn listed(class: Node<'_>) -> Vec<Node<'_>> {
    let list = children(class).find(|child| child.kind() == "base_class_clause");
    let is_type = |node: &Node<'_>| !matches!(node.kind(), "comment" | "access_specifier" | "virtual");
    list.into_iter().flat_map(children).filter(is_type).collect()
}

/// The same by name; `?` for what is no name, or one of the standard library.
pub(super) fn bases(reader: &mut Reader<'_>, class: Node<'_>) -> Vec<Word> {
    let name = |base: Node<'_>| match last_name(base) {
        Some(leaf) if !reader.text(base).starts_with("std::") => reader.text(leaf),
        _ => "?",
    };
    let names: Vec<&str> = listed(class).into_iter().map(name).collect();
    names.into_iter().map(|name| reader.intern(name)).collect()
}

/// What a member of a class declares, where that is a method: its name and what it takes.
fn method(reader: &mut Reader<'_>, member: Node<'_>) -> Option<Method> {
    let function = function_declarator(member.child_by_field_name("declarator")?)?;
    let name = innermost(function.child_by_field_name("declarator")?)?;
    let Shape::Callable(takes) = parameters(reader, function.child_by_field_name("parameters")?) else {
        return None;
    };
    let takes = vec![reader.intern(""); takes.named.len() + usize::from(takes.variadic)];
    let is_pure = member.kind() == "field_declaration"
        && member.child_by_field_name("default_value").is_some_and(|value| reader.text(value) == "0");
    Some(Method { name: reader.word(name), required: is_pure, takes })
}

fn methods(reader: &mut Reader<'_>, body: Node<'_>) -> Vec<Method> {
    let members: Vec<Node<'_>> = children(body).collect();
    let mut found: Vec<Method> = members.into_iter().filter_map(|member| method(reader, member)).collect();
    found.sort();
    found
}

/// The methods without a body that a class has for those that derive from it.
pub(super) fn contract(reader: &mut Reader<'_>, body: Node<'_>) -> Shape {
    let mut methods = methods(reader, body);
    methods.retain(|method| method.required);
    if methods.is_empty() || children(body).any(|member| member.kind().starts_with("preproc")) {
        return Shape::Any;
    }
    Shape::contract(methods)
}

/// A class that derives from one other alone, and leaves none of its methods without a body, has those of that class.
pub(super) fn implementation(reader: &mut Reader<'_>, class: Node<'_>, body: Node<'_>) {
    let [only] = listed(class)[..] else { return };
    let own = methods(reader, body);
    let is_open = own.iter().any(|method| method.required)
        || children(body).any(|member| member.kind().starts_with("preproc"))
        || class.parent().is_some_and(|outer| outer.kind() == "template_declaration");
    if let Some(leaf) = last_name(only).filter(|_| !is_open) {
        reader.used(leaf, Form::Implementation(own));
    }
}
