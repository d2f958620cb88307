//! The types that Rust names, or that the way a value is made tells.

use tree_sitter::Node;

use crate::symbols::facts::Held;
use crate::symbols::nodes::children;
use crate::symbols::reader::Reader;

/// What lends the members of what it holds.
const HOLDERS: [&str; 3] = ["Arc", "Box", "Rc"];

/// How the names of functions begin that make a value of their type.
const MAKERS: [&str; 5] = ["new", "default", "from", "with_", "try_new"];

/// The type whose members a value of this type has.
pub(super) fn type_name<'t>(reader: &Reader<'t>, of: Node<'_>) -> Option<&'t str> {
    let inner = |field| of.child_by_field_name(field).and_then(|of| type_name(reader, of));
    match of.kind() {
        "type_identifier" => Some(reader.text(of)).filter(|name| !reader.facts.bound.contains(*name)),
        "reference_type" => inner("type"),
        "abstract_type" | "dynamic_type" => inner("trait"),
        "generic_type" => match inner("type")? {
            name if HOLDERS.contains(&name) => {
                type_name(reader, children(of.child_by_field_name("type_arguments")?).next()?)
            }
            name => Some(name),
        },
        "scoped_type_identifier" => {
            let path = reader.text(of.child_by_field_name("path")?);
            let is_here = matches!(path.split("::").next(), Some("crate" | "self" | "super"));
            of.child_by_field_name("name").filter(|_| is_here).map(|name| reader.text(name))
        }
        _ => None,
    }
}

/// The type of a value, by how it is made.
pub(super) fn made<'t>(reader: &Reader<'t>, value: Node<'_>) -> Option<&'t str> {
    match value.kind() {
        "reference_expression" => made(reader, value.child_by_field_name("value")?),
        "try_expression" | "await_expression" => made(reader, value.named_child(0)?),
        "struct_expression" => type_name(reader, value.child_by_field_name("name")?),
        "call_expression" => {
            let function = value.child_by_field_name("function")?;
            match function.kind() {
                "scoped_identifier" => {
                    let name = reader.text(function.child_by_field_name("name")?);
                    let of = function.child_by_field_name("path")?;
                    let of = reader.unwrapped(of);
                    let is_type = matches!(of.kind(), "identifier" | "type_identifier")
                        && reader.text(of).starts_with(char::is_uppercase);
                    let makes = MAKERS.iter().any(|maker| name.starts_with(maker));
                    (is_type && makes && !HOLDERS.contains(&reader.text(of))).then(|| reader.text(of))
                }
                "field_expression" => {
                    let field = reader.text(function.child_by_field_name("field")?);
                    matches!(field, "unwrap" | "expect")
                        .then(|| made(reader, function.child_by_field_name("value")?))
                        .flatten()
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Methods of what holds something or nothing.
const OPENERS: [&str; 9] = [
    "expect",
    "expect_err",
    "is_err",
    "is_ok",
    "map_err",
    "unwrap",
    "unwrap_err",
    "unwrap_or",
    "unwrap_or_else",
];

/// Whether a method takes out what is held.
pub(super) fn opens(name: &str) -> bool {
    OPENERS.contains(&name)
}

fn held_by_name(name: &str) -> Held {
    let is_odd = ["Future", "Poll", "Flow", "Try", "Either"].iter().any(|part| name.contains(part));
    match name {
        _ if name.ends_with("Result") || name.ends_with("Option") => Held::Perhaps,
        // a parameter that stands for a type is often one letter
        _ if is_odd || name.len() < 2 => Held::Unknown,
        _ => Held::Itself,
    }
}

/// What a type holds, by its text; `unknown`: names that stand for any type.
pub(super) fn held_by_type(reader: &Reader<'_>, of: Node<'_>, unknown: &[&str]) -> Held {
    let by_name = |name: Node<'_>| match reader.text(name) {
        name if unknown.contains(&name) || reader.facts.bound.contains(name) => Held::Unknown,
        name => held_by_name(name),
    };
    match of.kind() {
        "type_identifier" => by_name(of),
        "generic_type" => match of.child_by_field_name("type") {
            Some(name) if name.kind() == "type_identifier" => by_name(name),
            Some(path) => held_by_type(reader, path, unknown),
            None => Held::Unknown,
        },
        "scoped_type_identifier" => {
            let path = of.child_by_field_name("path").map_or("", |path| reader.text(path));
            let is_module = path.rsplit("::").next().is_some_and(|last| last.starts_with(char::is_lowercase));
            of.child_by_field_name("name").filter(|_| is_module).map_or(Held::Unknown, by_name)
        }
        "reference_type" => match of.child_by_field_name("type") {
            Some(of) if held_by_type(reader, of, unknown) == Held::Itself => Held::Itself,
            _ => Held::Unknown,
        },
        "primitive_type" | "tuple_type" | "array_type" | "unit_type" | "pointer_type" | "function_type" => {
            Held::Itself
        }
        _ => Held::Unknown,
    }
}

/// What a value holds, by how it is written.
pub(super) fn held(reader: &Reader<'_>, value: Node<'_>) -> Held {
    match value.kind() {
        "identifier" if reader.text(value) == "None" => Held::Perhaps,
        "call_expression" => match value.child_by_field_name("function") {
            Some(name) if matches!(reader.text(name), "Some" | "Ok" | "Err") => Held::Perhaps,
            Some(path) if path.kind() == "scoped_identifier" => {
                let name = path.child_by_field_name("name").map_or("", |name| reader.text(name));
                let of = path.child_by_field_name("path").map_or("", |of| reader.text(of));
                let makes = matches!(name, "from" | "with_capacity");
                if makes && of.starts_with(char::is_uppercase) { held_by_name(of) } else { Held::Unknown }
            }
            _ => Held::Unknown,
        },
        "integer_literal"
        | "float_literal"
        | "string_literal"
        | "raw_string_literal"
        | "boolean_literal"
        | "char_literal"
        | "array_expression"
        | "struct_expression"
        | "closure_expression"
        | "binary_expression"
        | "type_cast_expression" => Held::Itself,
        "reference_expression" => match value.child_by_field_name("value").map(|value| held(reader, value)) {
            Some(Held::Perhaps) => Held::Unknown,
            _ => Held::Itself,
        },
        "macro_invocation" => {
            let name = value.child_by_field_name("macro").map_or("", |name| reader.text(name));
            if matches!(name, "vec" | "format") { Held::Itself } else { Held::Unknown }
        }
        _ => Held::Unknown,
    }
}

/// The text of a type that can mean only one; else nothing.
pub(super) fn plain_type(reader: &Reader<'_>, of: Node<'_>) -> String {
    let inner = |field| of.child_by_field_name(field).map_or(String::new(), |of| plain_type(reader, of));
    match of.kind() {
        "primitive_type" => reader.text(of).to_string(),
        "reference_type" => {
            let kind =
                if children(of).any(|child| child.kind() == "mutable_specifier") { "&mut " } else { "&" };
            Some(inner("type")).filter(|of| !of.is_empty()).map_or(String::new(), |of| format!("{kind}{of}"))
        }
        "type_identifier" if reader.text(of) == "String" => "String".to_string(),
        "generic_type" => {
            let name = of.child_by_field_name("type").map_or("", |name| reader.text(name));
            let list = of.child_by_field_name("type_arguments");
            let held: Vec<String> =
                list.into_iter().flat_map(children).map(|of| plain_type(reader, of)).collect();
            match &held[..] {
                [held] if matches!(name, "Option" | "Vec") && !held.is_empty() => format!("{name}<{held}>"),
                _ => String::new(),
            }
        }
        _ => String::new(),
    }
}
