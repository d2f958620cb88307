//! Types of Java that are named after the type around them, and what a switch has to list.

use tree_sitter::Node;

use crate::symbols::facts::{Form, Qualifier, Word};
use crate::symbols::nodes::{children, line};
use crate::symbols::reader::Reader;

/// The name of a type, and what stands before it, where that is a type.
pub(super) fn type_path(reader: &mut Reader<'_>, of: Node<'_>) -> Option<(Word, Qualifier)> {
    let of = reader.unwrapped(of);
    match of.kind() {
        "type_identifier" => Some((reader.word(of), Qualifier::None)),
        "scoped_type_identifier" => {
            let parts: Vec<Node<'_>> = children(of).collect();
            let (Some(outer), Some(name)) = (parts.first(), parts.last()) else { return None };
            let outer = reader.unwrapped(*outer);
            let outer = match outer.kind() {
                "scoped_type_identifier" => children(outer).last()?,
                _ => outer,
            };
            let before = match reader.text(outer).starts_with(char::is_uppercase) {
                true => Qualifier::Name(reader.word(outer)),
                false => Qualifier::None,
            };
            (name.kind() == "type_identifier").then(|| (reader.word(*name), before))
        }
        _ => None,
    }
}

/// What a name is declared as around a node: a parameter, a local or a field.
fn declared<'n>(reader: &Reader<'_>, node: Node<'n>, name: &str) -> Option<Node<'n>> {
    let is_it = |one: &Node<'_>| one.child_by_field_name("name").is_some_and(|own| reader.text(own) == name);
    let mut around = node.parent();
    while let Some(outer) = around {
        let declarations: Vec<Node<'n>> = match outer.kind() {
            "method_declaration" | "constructor_declaration" | "lambda_expression" => {
                outer.child_by_field_name("parameters").into_iter().flat_map(children).collect()
            }
            "enhanced_for_statement" => vec![outer],
            "block" | "class_body" | "record_declaration" | "constructor_body" => children(outer).collect(),
            _ => Vec::new(),
        };
        for declaration in declarations {
            if is_it(&declaration) && declaration.kind() != "method_declaration"
                || children(declaration).any(|one| one.kind() == "variable_declarator" && is_it(&one))
            {
                return declaration.child_by_field_name("type");
            }
        }
        around = outer.parent();
    }
    None
}

/// A switch without another way out that gives a value, over a value of an enumeration that is declared here.
pub(super) fn cases(reader: &mut Reader<'_>, node: Node<'_>) {
    const ASKING: [&str; 8] = [
        "variable_declarator",
        "return_statement",
        "argument_list",
        "assignment_expression",
        "yield_statement",
        "lambda_expression",
        "binary_expression",
        "parenthesized_expression",
    ];
    let gives = node.parent().is_some_and(|parent| ASKING.contains(&parent.kind()));
    let subject = node.child_by_field_name("condition").map(|subject| reader.unwrapped(subject));
    let subject = subject.filter(|subject| gives && subject.kind() == "identifier");
    let (Some(subject), Some(body)) = (subject, node.child_by_field_name("body")) else { return };
    let mut found = Vec::new();
    for part in children(body).filter(|part| !part.kind().contains("comment")) {
        for label in children(part).filter(|one| one.kind() == "switch_label") {
            let names: Vec<Node<'_>> =
                children(label).filter(|one| !one.kind().contains("comment")).collect();
            // `default`, or what is no constant
            if names.is_empty() || names.iter().any(|name| name.kind() != "identifier") {
                return;
            }
            found.extend(names.into_iter().map(|name| reader.word(name)));
        }
    }
    let of = declared(reader, node, reader.text(subject));
    if let Some((name, before)) = of.and_then(|of| type_path(reader, of)) {
        reader.mention(&name, before, Form::Cases(found), line(node));
    }
}
