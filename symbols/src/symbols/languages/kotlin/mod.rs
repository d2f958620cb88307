//! Kotlin: with Java, one family. Its grammar names few fields, so what a node is follows from its place.

mod members;
mod uses;

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, SeenFrom, Shape};
use crate::symbols::nodes::{CodeScope, Next, children, line};
use crate::symbols::reader::{Grammar, Reader, unguarded, untold};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["identifier"],
    opaque: &[
        "line_comment",
        "block_comment",
        "shebang",
        "string_content",
        "escape_sequence",
        "character_literal",
        "package_header",
        "annotation",
        "file_annotation",
        "modifiers",
        "label",
    ],
    binders: &[],
    members: &[],
    calls: &[],
    spreads: &[],
    wrappers: &[
        ("parenthesized_expression", ""),
        ("nullable_type", ""),
        ("constructor_invocation", ""),
        ("explicit_delegation", ""),
        ("user_type", ""),
    ],
    own: &[],
    held: untold,
    special,
    guards: unguarded,
};

/// The scope of what is called as a member of a type, and stands outside of it.
pub(in crate::symbols) const EXTENSION: &str = "(extension)";

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    match node.kind() {
        "source_file" => {
            let header = children(node).find(|child| child.kind() == "package_header");
            let package = header.and_then(|header| header.named_child(0)).map(|name| reader.text(name));
            let package = package.map(|package| reader.intern(&without_spaces(package)));
            reader.facts.package = package;
        }
        "import" => {
            import(reader, node, place);
            return Next::Done;
        }
        "class_declaration" | "object_declaration" => {
            if let Some(inside) = members::type_declaration(reader, node, place) {
                return Next::Within(inside);
            }
        }
        "companion_object" => {
            node.child_by_field_name("name").into_iter().for_each(|name| reader.dealt_with(name));
            return Next::Within(CodeScope { local: false, ..place.clone() });
        }
        "object_literal" => {
            members::nameless(reader, node);
            let owner = Some(reader.intern("?"));
            return Next::Within(CodeScope { owner, local: false, ..place.clone() });
        }
        "enum_entry" => {
            if let Some(name) = first_name(node) {
                reader.define(name, DefinitionKind::Variant, place, Shape::Any);
                uses::constant_made(reader, node, place);
            }
        }
        "type_alias" => {
            if let Some(name) = node.child_by_field_name("type") {
                let seen = seen(reader, node);
                reader.define(name, DefinitionKind::Type, place, Shape::Any).seen = seen;
            }
        }
        "function_declaration" => {
            members::function(reader, node, place);
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "secondary_constructor" => {
            members::secondary_constructor(reader, node, place);
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "property_declaration" => {
            members::property(reader, node, place);
            if !place.local {
                return Next::Within(CodeScope { local: true, ..place.clone() });
            }
        }
        "anonymous_initializer" | "getter" | "setter" => {
            first_name(node).into_iter().for_each(|name| reader.bind(name));
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "parameter" | "variable_declaration" | "catch_block" => {
            if let Some(name) = first_name(node) {
                let of = members::type_of(reader, node);
                reader.declare(name, of);
                reader.bind(name);
            }
        }
        "class_parameter" | "type_parameter" => {
            first_name(node).into_iter().for_each(|name| reader.bind(name));
        }
        _ => uses::special(reader, node, place),
    }
    Next::Same
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The first child that is a name.
fn first_name(node: Node<'_>) -> Option<Node<'_>> {
    children(node).find(|child| child.kind() == "identifier")
}

/// Whether a sign or keyword stands in a node.
fn has_sign(node: Node<'_>, sign: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| !child.is_named() && child.kind() == sign)
}

fn has_modifier(reader: &Reader<'_>, node: Node<'_>, word: &str) -> bool {
    let all = children(node).find(|child| child.kind() == "modifiers");
    let mut each = all.into_iter().flat_map(children);
    each.any(|modifier| modifier.kind() != "annotation" && reader.text(modifier) == word)
}

/// From where it is seen: what is private, from the class or file around it alone.
fn seen(reader: &Reader<'_>, node: Node<'_>) -> SeenFrom {
    match has_modifier(reader, node, "private") {
        true => SeenFrom::Inside,
        false => SeenFrom::Everywhere,
    }
}

fn import(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(path) = node.named_child(0) else { return };
    let path = without_spaces(reader.text(path));
    if has_sign(node, "*") {
        let star = reader.intern(&path);
        reader.facts.stars.push(star);
        return;
    }
    let (from, name) = path.rsplit_once('.').unwrap_or(("", &path));
    let alias = node.named_child(1).filter(|alias| alias.kind() == "identifier");
    let alias = alias.map_or(name, |alias| reader.text(alias));
    let from = from.strip_suffix(".Companion").unwrap_or(from);
    reader.import(alias, from, Some(name), false, place, line(node));
}
