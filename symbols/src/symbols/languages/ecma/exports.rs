//! What a module of JavaScript exports, and what CommonJS requires.

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Form, Qualifier, Shape};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

use super::unquoted;

fn export(reader: &mut Reader<'_>, name: Node<'_>, place: &CodeScope) {
    let word = reader.intern(unquoted(reader, name));
    let place = CodeScope { owner: None, ..place.clone() };
    let kind = DefinitionKind::PassedOn;
    reader.define_word(word, line(name), kind, &place, Shape::Any).repeatable = true;
    reader.facts.lists_exports = true;
}

/// What an `export` of a file's own names lists.
pub(super) fn listed(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    reader.facts.lists_exports = true;
    let has =
        |word: &str| (0..node.child_count()).filter_map(|at| node.child(at)).any(|one| one.kind() == word);
    if has("default") {
        let word = reader.intern("default");
        let kind = DefinitionKind::PassedOn;
        reader.define_word(word, line(node), kind, place, Shape::Any).repeatable = true;
        return;
    }
    let mut names = Vec::new();
    for child in children(node) {
        match child.kind() {
            "export_clause" => names.extend(children(child).filter_map(|one| {
                one.child_by_field_name("alias").or_else(|| one.child_by_field_name("name"))
            })),
            "lexical_declaration" | "variable_declaration" => {
                let declared = children(child).filter_map(|one| one.child_by_field_name("name"));
                declared.for_each(|name| bound(name, &mut names));
            }
            "comment" | "decorator" => {}
            _ => match child.child_by_field_name("name") {
                Some(name) => names.push(name),
                None => reader.facts.open = true,
            },
        }
    }
    names.into_iter().for_each(|name| export(reader, name, place));
}

/// What a namespace exports is its member, too.
pub(super) fn in_namespace(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let namespace = node.parent().and_then(|block| block.parent());
    let name = namespace
        .filter(|one| one.kind() == "internal_module")
        .and_then(|one| one.child_by_field_name("name"));
    let Some(name) = name.filter(|name| name.kind() == "identifier") else { return };
    let inside = reader.members(name, place);
    for child in children(node) {
        let (kind, names) = match child.kind() {
            "function_declaration" | "function_signature" => {
                (DefinitionKind::Function, child.child_by_field_name("name").into_iter().collect())
            }
            "lexical_declaration" => {
                let mut names = Vec::new();
                let declared = children(child).filter_map(|one| one.child_by_field_name("name"));
                declared.for_each(|name| bound(name, &mut names));
                (DefinitionKind::Value, names)
            }
            "class_declaration"
            | "abstract_class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "type_alias_declaration" => {
                (DefinitionKind::Type, child.child_by_field_name("name").into_iter().collect::<Vec<_>>())
            }
            _ => continue,
        };
        let shape = match child.kind() {
            "interface_declaration" => super::types::record(reader, child),
            _ if kind == DefinitionKind::Function => super::function(reader, child),
            _ => Shape::Any,
        };
        for name in names {
            let word = reader.word(name);
            reader.define_word(word, line(name), kind, &inside, shape.clone()).repeatable = true;
        }
    }
}

/// The names that a pattern binds.
fn bound<'n>(pattern: Node<'n>, names: &mut Vec<Node<'n>>) {
    match pattern.kind() {
        "identifier" | "shorthand_property_identifier_pattern" => names.push(pattern),
        "pair_pattern" => {
            if let Some(value) = pattern.child_by_field_name("value") {
                bound(value, names);
            }
        }
        "object_assignment_pattern" | "assignment_pattern" => {
            if let Some(left) = pattern.child_by_field_name("left") {
                bound(left, names);
            }
        }
        _ => children(pattern).for_each(|inner| bound(inner, names)),
    }
}

/// Whether an assignment is one to what CommonJS exports, whose names it lists then.
pub(super) fn assigned(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> bool {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return false;
    };
    if is_all(reader.text(left)) {
        all(reader, right, place);
        return true;
    }
    let object = left.child_by_field_name("object").map_or("", |object| reader.text(object));
    if !is_all(object) {
        return false;
    }
    default_of_all(reader, left, place);
    match left.child_by_field_name("property") {
        Some(name) if !place.local => export(reader, name, place),
        _ => reader.facts.open = true,
    }
    true
}

/// Where what CommonJS exports is given to others, they may add names.
pub(super) fn given_away(reader: &mut Reader<'_>, node: Node<'_>) {
    let Some(parent) = node.parent() else { return };
    let is = |field| parent.child_by_field_name(field).is_some_and(|one| one.id() == node.id());
    let is_given = match parent.kind() {
        "arguments" | "spread_element" => true,
        "variable_declarator" => is("value"),
        "assignment_expression" => is("right"),
        "subscript_expression" => is("object"),
        _ => false,
    };
    if is_given && is_all(reader.text(node)) {
        reader.facts.open = true;
    }
}

fn is_all(text: &str) -> bool {
    matches!(text, "exports" | "module.exports")
}

/// What others may import as the default of a module of CommonJS: all that it exports.
fn default_of_all(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let word = reader.intern("default");
    if reader.facts.definitions.iter().any(|one| one.name == word) {
        return;
    }
    let place = CodeScope { owner: None, ..place.clone() };
    reader.define_word(word, line(node), DefinitionKind::PassedOn, &place, Shape::Any).repeatable = true;
}

/// What is exported as a whole.
fn all(reader: &mut Reader<'_>, value: Node<'_>, place: &CodeScope) {
    reader.facts.lists_exports = true;
    default_of_all(reader, value, place);
    if value.kind() != "object" || place.local {
        reader.facts.open = true;
        return;
    }
    for member in children(value) {
        let name = match member.kind() {
            "pair" => member.child_by_field_name("key"),
            "method_definition" => member.child_by_field_name("name"),
            "shorthand_property_identifier" => Some(member),
            "comment" => continue,
            _ => None,
        };
        match name.filter(|name| name.kind() != "computed_property_name") {
            Some(name) => export(reader, name, place),
            None => reader.facts.open = true,
        }
    }
}

/// What `require`, or `import` where its result is waited for, is called with, where it names a file.
fn source<'t>(reader: &Reader<'t>, value: Node<'_>) -> Option<&'t str> {
    let value = reader.unwrapped(value);
    match value.kind() {
        "await_expression" => called(reader, value.named_child(0)?, "import"),
        _ => called(reader, value, "require"),
    }
}

/// The text with which a function of this name is called.
fn called<'t>(reader: &Reader<'t>, call: Node<'_>, name: &str) -> Option<&'t str> {
    let function = call.child_by_field_name("function").filter(|_| call.kind() == "call_expression")?;
    let list = call.child_by_field_name("arguments").filter(|_| reader.text(function) == name)?;
    let path = list.named_child(0).filter(|path| path.kind() == "string" && list.named_child_count() == 1)?;
    Some(unquoted(reader, path))
}

/// Whether a declaration only names what is required.
pub(super) fn required(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> bool {
    let (Some(name), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value"))
    else {
        return false;
    };
    let member = value.child_by_field_name("property").filter(|_| value.kind() == "member_expression");
    let call = if member.is_some() { value.child_by_field_name("object") } else { Some(value) };
    let Some(from) = call.and_then(|call| source(reader, call)) else { return false };
    match (name.kind(), member) {
        ("identifier", member) => {
            let original = member.map(|member| reader.text(member));
            reader.import(reader.text(name), from, original, false, place, line(name));
            true
        }
        ("object_pattern", None) => {
            let plain = |one: &Node<'_>| match one.kind() {
                "shorthand_property_identifier_pattern" => true,
                "pair_pattern" => {
                    one.child_by_field_name("value").is_some_and(|one| one.kind() == "identifier")
                }
                _ => false,
            };
            if !children(name).all(|one| plain(&one)) {
                return false;
            }
            for one in children(name) {
                let [original, alias] =
                    ["key", "value"].map(|part| one.child_by_field_name(part).unwrap_or(one));
                let original = unquoted(reader, original);
                reader.import(reader.text(alias), from, Some(original), false, place, line(one));
            }
            true
        }
        _ => false,
    }
}

/// A member of what is required where it is used.
pub(super) fn member_of_required(reader: &mut Reader<'_>, node: Node<'_>) {
    let (Some(object), Some(name)) =
        (node.child_by_field_name("object"), node.child_by_field_name("property"))
    else {
        return;
    };
    if let Some(from) = source(reader, object) {
        let from = reader.intern(from);
        let word = reader.text(name);
        reader.mention(word, Qualifier::Imported(from), Form::Plain, line(name));
        reader.dealt_with(name);
    }
}

/// A module that is required.
pub(super) fn requires(reader: &mut Reader<'_>, node: Node<'_>, _: &CodeScope) {
    let from = called(reader, node, "require").or_else(|| called(reader, node, "import"));
    if let Some(from) = from {
        let from = reader.intern(from);
        reader.mention(&from.clone(), Qualifier::Imported(from), Form::Plain, line(node));
    }
    then(reader, node);
}

/// What is done with a module once it is there: `import("./a").then((a) => a.b)`.
fn then(reader: &mut Reader<'_>, node: Node<'_>) {
    let Some(function) = node.child_by_field_name("function").filter(|one| one.kind() == "member_expression")
    else {
        return;
    };
    let (Some(object), Some("then")) = (
        function.child_by_field_name("object"),
        function.child_by_field_name("property").map(|one| reader.text(one)),
    ) else {
        return;
    };
    let Some(from) = called(reader, object, "import").map(|from| reader.intern(from)) else { return };
    let list = node.child_by_field_name("arguments");
    let Some(callback) =
        list.and_then(|list| list.named_child(0)).filter(|one| one.kind() == "arrow_function")
    else {
        return;
    };
    let parameters = callback.child_by_field_name("parameters");
    let only = parameters.filter(|list| list.named_child_count() == 1).and_then(|list| list.named_child(0));
    let only = only.map(|only| only.child_by_field_name("pattern").unwrap_or(only));
    let Some(only) = callback.child_by_field_name("parameter").or(only) else { return };
    let mut found: Vec<Node<'_>> = Vec::new();
    match only.kind() {
        "object_pattern" => {
            let named = children(only).map(|one| one.child_by_field_name("key").unwrap_or(one));
            found.extend(named.filter(|one| one.kind().contains("property_identifier")));
        }
        "identifier" => {
            let name = reader.text(only);
            let mut open: Vec<Node<'_>> = callback.child_by_field_name("body").into_iter().collect();
            while let Some(inner) = open.pop() {
                if inner.kind() == "member_expression"
                    && inner.child_by_field_name("object").is_some_and(|object| reader.text(object) == name)
                {
                    found.extend(inner.child_by_field_name("property"));
                } else {
                    open.extend(children(inner));
                }
            }
        }
        _ => {}
    }
    for name in found {
        let (word, line) = (reader.text(name), line(name));
        reader.mention(word, Qualifier::Imported(from.clone()), Form::Plain, line);
    }
}
