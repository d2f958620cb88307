//! What an interface or an abstract class of C# asks of those that derive from it, and what a class has.

use tree_sitter::Node;

use super::{calls, has_modifier};
use crate::symbols::facts::{Form, Method, Shape, Word};
use crate::symbols::nodes::children;
use crate::symbols::reader::Reader;

/// What has parts elsewhere asks for nothing.
pub(super) fn contract(reader: &mut Reader<'_>, node: Node<'_>, body: Node<'_>) -> Shape {
    let is_interface = node.kind() == "interface_declaration";
    let is_split = children(body).any(|child| child.kind().starts_with("preproc_if"));
    if has_modifier(reader, node, "partial")
        || is_split
        || !is_interface && !has_modifier(reader, node, "abstract")
    {
        return Shape::Any;
    }
    let methods = methods(reader, body, |reader, member| match is_interface {
        true => !has_body(reader, member) && !has_modifier(reader, member, "static"),
        false => has_modifier(reader, member, "abstract"),
    });
    match methods.iter().any(|method| method.required) {
        true => Shape::contract(methods),
        // it may ask for something later
        false => Shape::contract(Vec::new()),
    }
}

/// Whether a member of an interface is more than asked for.
fn has_body(reader: &Reader<'_>, member: Node<'_>) -> bool {
    let is_code = |node: &Node<'_>| matches!(node.kind(), "block" | "arrow_expression_clause");
    member.child_by_field_name("body").is_some()
        || member.child_by_field_name("value").is_some()
        || has_modifier(reader, member, "sealed")
        || member
            .child_by_field_name("accessors")
            .is_some_and(|list| children(list).any(|accessor| children(accessor).any(|part| is_code(&part))))
}

fn methods(
    reader: &mut Reader<'_>,
    body: Node<'_>,
    is_required: impl Fn(&Reader<'_>, Node<'_>) -> bool,
) -> Vec<Method> {
    let mut found = Vec::new();
    let members: Vec<Node<'_>> = children(body)
        .filter(|child| matches!(child.kind(), "method_declaration" | "property_declaration"))
        .collect();
    for member in members {
        let Some(name) = member.child_by_field_name("name") else { continue };
        let list = member.child_by_field_name("parameters");
        let mut takes: Vec<Word> = Vec::new();
        for parameter in list.into_iter().flat_map(children).filter(|child| child.kind() == "parameter") {
            let of = parameter.child_by_field_name("type").filter(|of| of.kind() == "predefined_type");
            let text = of.map_or("", |of| reader.text(of));
            takes.push(reader.intern(text));
        }
        // `params`
        if list.is_some_and(|list| list.child_by_field_name("type").is_some()) {
            takes.push(reader.intern(""));
        }
        let required = is_required(reader, member);
        found.push(Method { name: reader.word(name), required, takes });
    }
    found.sort();
    found
}

/// A class must have the members of its abstract class itself, and, where it has none, those of its interfaces.
pub(super) fn implementation(reader: &mut Reader<'_>, node: Node<'_>, body: Node<'_>) {
    if has_modifier(reader, node, "abstract")
        || has_modifier(reader, node, "partial")
        || children(node).any(|child| child.kind() == "attribute_list")
        || children(body).any(|child| child.kind().starts_with("preproc_if"))
    {
        return;
    }
    let Some(list) = calls::base_list(node) else { return };
    let bases: Vec<Node<'_>> = children(list).filter(|child| child.kind() != "comment").collect();
    let is_interface = |base: &Node<'_>| {
        let name = reader.text(*base).strip_prefix('I');
        name.is_some_and(|rest| rest.starts_with(char::is_uppercase))
    };
    // of a class and interfaces, it must have what the class asks for: the others' may be the class's
    let of_class = bases.len() > 1 && !bases.iter().all(is_interface);
    if of_class && (bases.first().is_some_and(is_interface) || !bases[1..].iter().all(is_interface)) {
        return;
    }
    let asking = if of_class { 1 } else { bases.len() };
    let mut own = methods(reader, body, |_, _| false);
    // what a record has of each of its parts
    if node.kind() == "record_declaration" {
        let list = children(node).find(|child| child.kind() == "parameter_list");
        let parts = list.into_iter().flat_map(children).filter_map(|part| part.child_by_field_name("name"));
        for name in parts.collect::<Vec<_>>() {
            own.push(Method { name: reader.word(name), required: false, takes: Vec::new() });
        }
        own.sort();
    }
    for base in bases.into_iter().take(asking) {
        // of a type inside of another one, that is named; what a namespace is, nobody can say
        let outer = base.child_by_field_name("qualifier").filter(|_| base.kind() == "qualified_name");
        if outer.is_some_and(|outer| outer.kind() != "identifier") {
            continue;
        }
        if let Some(leaf) = reader.named_leaf(base) {
            reader.used(leaf, Form::Implementation(own.clone()));
        }
    }
}
