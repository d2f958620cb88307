//! What the types of TypeScript ask of the values and classes that are declared to have them.

use tree_sitter::Node;

use crate::symbols::facts::{Form, Method, Qualifier, Shape, Word};
use crate::symbols::language::Language;
use crate::symbols::nodes::{children, line};
use crate::symbols::reader::Reader;

fn has(node: Node<'_>, kinds: &[&str]) -> bool {
    (0..node.child_count()).filter_map(|at| node.child(at)).any(|child| kinds.contains(&child.kind()))
}

/// The type that an annotation names.
pub(super) fn type_name<'t>(reader: &Reader<'t>, annotation: Node<'_>) -> Option<&'t str> {
    let of = reader.unwrapped(annotation.named_child(0)?);
    (of.kind() == "type_identifier").then(|| reader.text(of))
}

/// The members that an interface or a type of an object has, where it lists them all.
pub(super) fn record(reader: &mut Reader<'_>, node: Node<'_>) -> Shape {
    let body = ["body", "value"].iter().find_map(|field| node.child_by_field_name(field));
    let Some(body) = body.filter(|body| matches!(body.kind(), "interface_body" | "object_type")) else {
        return Shape::Any;
    };
    if has(node, &["extends_type_clause"]) {
        return Shape::Any;
    }
    let mut members: Vec<(Word, bool)> = Vec::new();
    for member in children(body).filter(|member| !member.kind().contains("comment")) {
        let name = member.child_by_field_name("name").filter(|name| name.kind() == "property_identifier");
        match (member.kind(), name) {
            ("property_signature" | "method_signature", Some(name)) => {
                members.push((reader.word(name), !has(member, &["?"])));
            }
            _ => return Shape::Any,
        }
    }
    members.sort();
    members.dedup();
    Shape::Record(members)
}

/// A value that is declared to have a type, and written out.
pub(super) fn literal(reader: &mut Reader<'_>, declarator: Node<'_>) {
    let (Some(of), Some(value)) =
        (declarator.child_by_field_name("type"), declarator.child_by_field_name("value"))
    else {
        return;
    };
    let of = of.named_child(0).filter(|of| of.kind() == "type_identifier");
    if let (Some(of), "object") = (of, value.kind()) {
        let form = written(reader, value);
        reader.used(of, form);
    }
}

/// A value of a type that is written out where a function gives it.
pub(super) fn given(reader: &mut Reader<'_>, of: Node<'_>, value: Node<'_>) {
    let value = reader.unwrapped(value);
    if value.kind() == "object" {
        let form = written(reader, value);
        reader.mention(reader.text(of), Qualifier::None, form, line(value));
    }
}

/// The members that an object lists.
fn written(reader: &mut Reader<'_>, value: Node<'_>) -> Form {
    let (mut fields, mut rest) = (Vec::new(), false);
    for member in children(value).filter(|member| !member.kind().contains("comment")) {
        let name = match member.kind() {
            "pair" => member.child_by_field_name("key"),
            "method_definition" => member.child_by_field_name("name"),
            "shorthand_property_identifier" => Some(member),
            _ => None,
        };
        match name.filter(|name| name.kind().contains("property_identifier")) {
            Some(name) => fields.push(reader.word(name)),
            None => rest = true,
        }
    }
    fields.sort();
    Form::Literal { fields, rest }
}

/// The members of an abstract class that it leaves to those that derive from it.
pub(super) fn lacks(reader: &mut Reader<'_>, body: Node<'_>) -> Vec<Method> {
    let is_left = |member: &Node<'_>| {
        member.kind() == "abstract_method_signature"
            || member.kind() == "public_field_definition" && has(*member, &["abstract"])
    };
    let mut found = Vec::new();
    for member in children(body).filter(is_left) {
        let name = member.child_by_field_name("name").filter(|name| name.kind() == "property_identifier");
        if let Some(name) = name.filter(|_| !has(member, &["?"])) {
            found.push(Method { name: reader.word(name), required: true, takes: Vec::new() });
        }
    }
    found.sort();
    found.dedup();
    found
}

/// A class that has no supertype must have the members of its interfaces itself, and any class those of its abstract one.
pub(super) fn implementation(reader: &mut Reader<'_>, class: Node<'_>) {
    let heritage = children(class).find(|child| child.kind() == "class_heritage");
    let Some(heritage) = heritage.filter(|_| reader.language != Language::JavaScript) else { return };
    let extended = children(heritage).find(|clause| clause.kind() == "extends_clause");
    let Some(body) = class.child_by_field_name("body") else { return };
    let mut own = Vec::new();
    for member in children(body) {
        let Some(name) = member.child_by_field_name("name") else { continue };
        own.push(Method { name: reader.word(name), required: false, takes: Vec::new() });
        if reader.text(name) == "constructor" {
            let parameters = member.child_by_field_name("parameters").into_iter().flat_map(children);
            for parameter in parameters.filter(|one| has(*one, &["accessibility_modifier", "readonly"])) {
                if let Some(name) = parameter.child_by_field_name("pattern") {
                    own.push(Method { name: reader.word(name), required: false, takes: Vec::new() });
                }
            }
        }
    }
    own.sort();
    if let Some(extended) = extended {
        let of = extended.child_by_field_name("value").filter(|of| of.kind() == "identifier");
        if let Some(of) = of.filter(|_| class.kind() == "class_declaration") {
            reader.mention(reader.text(of), Qualifier::None, Form::Implementation(own), line(of));
        }
        return;
    }
    for of in children(heritage).filter(|clause| clause.kind() == "implements_clause").flat_map(children) {
        if let Some(leaf) = reader.named_leaf(of) {
            reader.used(leaf, Form::Implementation(own.clone()));
        }
    }
}
