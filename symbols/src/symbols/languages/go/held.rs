//! Values of Go that are written out where a type is named for them: held as an interface, or members without names.

use tree_sitter::Node;

use crate::symbols::facts::{Form, Qualifier};
use crate::symbols::nodes::{children, line};
use crate::symbols::reader::Reader;

use super::type_name;

/// The type of a value that is made where it stands: `T{}`, `&T{}`, `new(T)`, `(*T)(nil)`.
fn made<'t>(reader: &Reader<'t>, value: Node<'_>) -> Option<&'t str> {
    match value.kind() {
        "composite_literal" => type_name(reader, value.child_by_field_name("type")?),
        "unary_expression" if reader.text(value).starts_with('&') => {
            made(reader, value.child_by_field_name("operand")?).filter(|_| {
                value.child_by_field_name("operand").is_some_and(|inner| inner.kind() == "composite_literal")
            })
        }
        "literal_element" | "expression_list" if value.named_child_count() == 1 => {
            made(reader, value.named_child(0)?)
        }
        "call_expression" | "type_conversion_expression" => {
            let text = reader.text(value);
            let inner = text.strip_prefix("new(").and_then(|rest| rest.strip_suffix(')'));
            let inner =
                inner.or_else(|| text.strip_prefix("(*").and_then(|rest| rest.strip_suffix(")(nil)")));
            inner.filter(|name| name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')))
        }
        _ => None,
    }
}

/// A use of a type beside those that its leaves are.
fn mention(reader: &mut Reader<'_>, of: &str, form: Form, line: u32) {
    let (package, name) = of.rsplit_once('.').map_or((None, of), |(package, name)| (Some(package), name));
    let qualifier = package.map_or(Qualifier::None, |package| Qualifier::Name(package.into()));
    reader.mention(name, qualifier, form, line);
}

/// A value is held as one of the type `of`.
pub(super) fn hold(reader: &mut Reader<'_>, of: &str, value: Node<'_>) {
    if let Some(own) = made(reader, value).filter(|own| *own != of) {
        let own = reader.intern(own);
        mention(reader, of, Form::Satisfies(own), line(value));
    }
}

/// What the function around a node says that it gives.
pub(super) fn result_around(node: Node<'_>) -> Option<Node<'_>> {
    let is_function =
        |one: &Node<'_>| matches!(one.kind(), "function_declaration" | "method_declaration" | "func_literal");
    std::iter::successors(node.parent(), Node::parent).find(is_function)?.child_by_field_name("result")
}

/// What a function gives is held as what it says that it gives.
pub(super) fn returned(reader: &mut Reader<'_>, node: Node<'_>) {
    let Some(result) = result_around(node) else { return };
    let types: Vec<Node<'_>> = match result.kind() {
        "parameter_list" => children(result)
            .filter(|one| one.kind() == "parameter_declaration")
            .flat_map(|one| {
                let mut cursor = one.walk();
                let count = one.children_by_field_name("name", &mut cursor).count().max(1);
                one.child_by_field_name("type").into_iter().flat_map(move |of| std::iter::repeat_n(of, count))
            })
            .collect(),
        _ => vec![result],
    };
    let Some(list) = node.named_child(0).filter(|list| list.named_child_count() == types.len()) else {
        return;
    };
    for (of, value) in types.into_iter().zip(children(list)) {
        if let Some(of) = type_name(reader, of).filter(|_| !matches!(of.kind(), "pointer_type")) {
            hold(reader, of, value);
        }
    }
}

/// How many members a literal lists that names none of them.
pub(super) fn listed(body: Node<'_>) -> Option<u8> {
    let parts = || children(body).filter(|part| part.kind() != "comment");
    let count = parts().count();
    (count > 0 && parts().all(|part| part.kind() == "literal_element")).then(|| count.min(255) as u8)
}

/// The elements of a list or a map, whose type is named once for all of them.
pub(super) fn elements(reader: &mut Reader<'_>, literal: Node<'_>) {
    let (Some(of), Some(body)) = (literal.child_by_field_name("type"), literal.child_by_field_name("body"))
    else {
        return;
    };
    let of = of.child_by_field_name("element").or_else(|| of.child_by_field_name("value"));
    let Some(of) = of else { return };
    let is_pointer = of.kind() == "pointer_type";
    let Some(of) = type_name(reader, of) else { return };
    for part in children(body) {
        let part =
            if part.kind() == "keyed_element" { part.child_by_field_name("value") } else { Some(part) };
        let Some(value) =
            part.filter(|part| part.kind() == "literal_element").and_then(|one| one.named_child(0))
        else {
            continue;
        };
        match (value.kind(), listed(value)) {
            ("literal_value", Some(count)) => mention(reader, of, Form::Listed(count), line(value)),
            ("literal_value", None) => {}
            _ if is_pointer => {}
            _ => hold(reader, of, value),
        }
    }
}
