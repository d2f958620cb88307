//! PHP.

mod guards;
mod types;

use tree_sitter::Node;

use crate::symbols::facts::{
    Arguments, DefinitionKind, Form, Parameter, Parameters, Qualifier, SeenFrom, Shape, Word,
};
use crate::symbols::nodes::{CodeScope, Next, callable, children, line};
use crate::symbols::reader::{Grammar, Reader, untold};

pub(in crate::symbols) use types::ANY_USER;

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["name", "variable_name"],
    opaque: &[
        "comment",
        "string",
        "string_content",
        "escape_sequence",
        "nowdoc",
        "text",
        "text_interpolation",
        "primitive_type",
        "namespace_name",
    ],
    binders: &[
        ("simple_parameter", "name"),
        ("variadic_parameter", "name"),
        ("property_promotion_parameter", "name"),
        ("catch_clause", "name"),
        ("global_declaration", ""),
        ("static_variable_declaration", "name"),
    ],
    members: &[
        ("member_call_expression", "name", "object", false),
        ("nullsafe_member_call_expression", "name", "object", false),
        ("member_access_expression", "name", "object", false),
        ("nullsafe_member_access_expression", "name", "object", false),
        ("scoped_call_expression", "name", "scope", true),
        ("scoped_property_access_expression", "name", "scope", true),
    ],
    calls: &[
        ("member_call_expression", "name", "arguments"),
        ("nullsafe_member_call_expression", "name", "arguments"),
        ("scoped_call_expression", "name", "arguments"),
        ("function_call_expression", "function", "arguments"),
    ],
    spreads: &["variadic_placeholder"],
    wrappers: &[("parenthesized_expression", ""), ("named_type", ""), ("optional_type", "")],
    own: &["$this", "self", "static"],
    held: untold,
    special,
    guards: guards::note,
};

/// The syntax of a file or of a part of one: a page begins outside of the code, or goes on there.
#[cfg(feature = "grammars")]
pub(super) fn syntax(content: &[u8]) -> tree_sitter::Language {
    let has = |sign: &[u8]| memchr::memmem::find(content, sign).is_some();
    let is_page = has(b"?>") || has(b"<?") && !content.starts_with(b"<?php");
    match is_page {
        true => tree_sitter_php::LANGUAGE_PHP.into(),
        false => tree_sitter_php::LANGUAGE_PHP_ONLY.into(),
    }
}

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    let name = reader.name_of(node);
    match node.kind() {
        "program" => package(reader, node),
        "namespace_use_declaration" => {
            imports(reader, node, place);
            return Next::Done;
        }
        "class_declaration" | "interface_declaration" | "trait_declaration" | "enum_declaration" => {
            let (Some(name), Some(body)) = (name, node.child_by_field_name("body")) else {
                return Next::Same;
            };
            return Next::Within(types::define(reader, node, [name, body], place));
        }
        "anonymous_class" => {
            types::nameless(reader, node);
            let (owner, scope) = (Some("class@anonymous".into()), "class@anonymous".into());
            let inside =
                CodeScope { owner, scope, local: false, conditional: true, shown: true, ..place.clone() };
            return Next::Within(inside);
        }
        "use_declaration" => {
            // which of the members of a trait are called otherwise
            for list in children(node).filter(|child| child.kind() == "use_list") {
                types::aliases(reader, list, place);
                reader.unclear(list);
                reader.dealt_with(list);
            }
        }
        "method_declaration" => {
            if let (Some(name), Some(list)) = (name, node.child_by_field_name("parameters")) {
                let (shape, seen) = (Shape::Callable(parameters(reader, list)), seen(node, place));
                reader.define(name, DefinitionKind::Function, place, shape).seen = seen;
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "function_definition" => {
            let conditional = place.conditional || place.local;
            if let (Some(name), Some(list)) = (name, node.child_by_field_name("parameters")) {
                let shape = Shape::Callable(parameters(reader, list));
                let at = CodeScope { owner: None, conditional, ..place.clone() };
                reader.define(name, DefinitionKind::Function, &at, shape);
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "anonymous_function" | "arrow_function" => {
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        // one of several takes place
        "if_statement" | "switch_statement" | "try_statement" | "for_statement" | "foreach_statement"
        | "while_statement" => {
            if node.kind() == "foreach_statement" {
                children(node).skip(1).for_each(|child| bind_all(reader, child));
            }
            return Next::Within(CodeScope { conditional: true, ..place.clone() });
        }
        "simple_parameter" | "variadic_parameter" | "property_promotion_parameter" => {
            parameter(reader, node, place);
        }
        "property_declaration" => property(reader, node, place),
        "const_declaration" => {
            let kind = if place.owner.is_some() { DefinitionKind::Field } else { DefinitionKind::Value };
            for element in children(node).filter(|child| child.kind() == "const_element") {
                if let Some(name) = element.named_child(0) {
                    let (types, seen) = (reader.intern("const"), seen(node, place));
                    let defined = reader.define(name, kind, place, Shape::Any);
                    (defined.types, defined.seen) = (types, seen);
                }
            }
        }
        "enum_case" => {
            if let Some(name) = name {
                reader.define(name, DefinitionKind::Variant, place, Shape::Any);
            }
        }
        "assignment_expression" | "reference_assignment_expression" => assignment(reader, node, place),
        "argument" => {
            if let Some(name) = name {
                reader.dealt_with(name);
            }
        }
        "object_creation_expression" => {
            let list = children(node).find(|child| child.kind() == "arguments");
            let arguments = list.map_or_else(Arguments::default, |list| reader.arguments(list));
            let made = node.named_child(0).filter(|made| matches!(made.kind(), "name" | "qualified_name"));
            if let Some(made) = made
                && let Some(of) = types::made_by_own_name(reader, made, place)
            {
                reader.dealt_with(made);
                reader.mention(&of, Qualifier::None, Form::Call(arguments), line(node));
                return Next::Same;
            }
            if let Some(leaf) = made.and_then(path_leaf) {
                reader.used(leaf, Form::Call(arguments));
            }
        }
        "class_constant_access_expression" => {
            let parts: Vec<Node<'_>> = children(node).collect();
            if let [scope, name] = parts[..] {
                scoped(reader, scope, name, place);
            }
        }
        "scoped_call_expression" | "scoped_property_access_expression" => {
            if let (Some(scope), Some(name)) = (node.child_by_field_name("scope"), name) {
                scoped(reader, scope, name, place);
            }
        }
        "member_call_expression" | "member_access_expression" | "nullsafe_member_call_expression" => {
            if let (Some(object), Some(name)) = (node.child_by_field_name("object"), name) {
                after_own_member(reader, object, name);
                after_made(reader, object, name);
            }
        }
        "function_call_expression" => {
            let (function, list) =
                (node.child_by_field_name("function"), node.child_by_field_name("arguments"));
            if let Some(leaf) = function.filter(|one| one.kind() == "qualified_name").and_then(path_leaf) {
                let arguments = list.map_or_else(Arguments::default, |list| reader.arguments(list));
                reader.used(leaf, Form::Call(arguments));
            }
            guards::called(reader, node, place);
        }
        "qualified_name" => {
            if let Some(leaf) = path_leaf(node) {
                let path = reader.text(node);
                let path = reader.intern(path.strip_suffix(reader.text(leaf)).unwrap_or(path));
                reader.qualify(leaf, Qualifier::Name(path));
            }
        }
        "relative_name" => return Next::Done,
        "match_expression" => types::cases(reader, node, place),
        _ => {}
    }
    Next::Same
}

/// The namespace of a file; where it has several, nobody can say of what it speaks.
fn package(reader: &mut Reader<'_>, node: Node<'_>) {
    let mut all = children(node).filter(|child| child.kind() == "namespace_definition");
    let first = all.next().and_then(|first| first.child_by_field_name("name"));
    reader.facts.package = first.map(|name| reader.word(name));
    reader.facts.open |= all.next().is_some();
}

/// What `use` brings at the top of a file. By itself it asks for nothing: what it names is looked for where it is used.
fn imports(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let prefix = children(node).find(|child| child.kind() == "namespace_name");
    let prefix = prefix.map_or("", |prefix| reader.text(prefix));
    let group = node.child_by_field_name("body").unwrap_or(node);
    for clause in children(group).filter(|child| child.kind() == "namespace_use_clause") {
        let alias = clause.child_by_field_name("alias");
        let path = children(clause).find(|child| matches!(child.kind(), "name" | "qualified_name"));
        let Some(path) = path.map(|path| reader.text(path).trim_start_matches('\\')) else { continue };
        let (inner, original) = path.rsplit_once('\\').unwrap_or(("", path));
        let from = match (prefix.trim_matches('\\'), inner) {
            ("", inner) => inner.to_string(),
            (prefix, "") => prefix.to_string(),
            (prefix, inner) => format!("{prefix}\\{inner}"),
        };
        let name = alias.map_or(original, |alias| reader.text(alias));
        reader.brought(name, &from, original, place, line(clause));
    }
}

/// From where a member is seen: what is private, from the class around it alone.
fn seen(node: Node<'_>, place: &CodeScope) -> SeenFrom {
    let is_private = children(node).any(|child| {
        child.kind() == "visibility_modifier" && child.end_byte() - child.start_byte() == "private".len()
    });
    if is_private && !place.shown { SeenFrom::Inside } else { SeenFrom::Everywhere }
}

/// More arguments than a function names are no error.
fn parameters(reader: &mut Reader<'_>, list: Node<'_>) -> Parameters {
    let mut shape = Parameters { variadic: true, ..callable(Vec::new()) };
    for child in children(list) {
        let required = child.child_by_field_name("default_value").is_none();
        match (child.kind(), child.child_by_field_name("name")) {
            ("simple_parameter" | "property_promotion_parameter", Some(name)) => {
                let parameter: Parameter =
                    reader.parameter(reader.text(name).trim_start_matches(['&', '$']), required);
                shape.named.push(parameter);
            }
            ("variadic_parameter", _) => shape.any_keyword = true,
            _ => {}
        }
    }
    shape
}

/// The name of a type that stands alone.
fn type_name<'t>(reader: &Reader<'t>, of: Node<'_>) -> Option<&'t str> {
    let of = reader.unwrapped(of);
    let text = reader.text(of);
    (of.kind() == "name" && !matches!(text, "self" | "static" | "parent")).then_some(text)
}

/// The name of a member that a variable declares.
fn member_name<'t>(reader: &Reader<'t>, variable: Node<'_>) -> &'t str {
    reader.text(variable).trim_start_matches(['&', '$'])
}

fn parameter(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(name) = node.child_by_field_name("name").filter(|name| name.kind() == "variable_name") else {
        return;
    };
    let of = node.child_by_field_name("type").and_then(|of| type_name(reader, of));
    if node.kind() != "variadic_parameter" {
        reader.declare(name, of);
    }
    if node.kind() == "property_promotion_parameter" {
        let (word, seen) = (reader.intern(member_name(reader, name)), seen(node, place));
        reader.define_word(word.clone(), line(name), DefinitionKind::Field, place, Shape::Any).seen = seen;
        reader.declare_own_member(&word, of);
    }
}

fn property(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let of = node.child_by_field_name("type").and_then(|of| type_name(reader, of));
    let is_static = children(node).any(|child| child.kind() == "static_modifier");
    for element in children(node).filter(|child| child.kind() == "property_element") {
        let Some(name) = element.child_by_field_name("name") else { continue };
        let text = if is_static { reader.text(name) } else { member_name(reader, name) };
        let (word, seen) = (reader.intern(text), seen(node, place));
        reader.define_word(word.clone(), line(name), DefinitionKind::Field, place, Shape::Any).seen = seen;
        reader.declare_own_member(&word, of);
        reader.dealt_with(name);
    }
}

/// What an assignment binds: a variable, of the type that is made, or a member of the own type.
fn assignment(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
    else {
        return;
    };
    match left.kind() {
        "variable_name" => {
            let made = Some(right).filter(|right| right.kind() == "object_creation_expression");
            let made = made.and_then(|made| type_name(reader, made.named_child(0)?));
            reader.declare(left, made);
            reader.bind(left);
        }
        "list_literal" | "array_creation_expression" => bind_all(reader, left),
        "member_access_expression" => {
            let (object, name) = (left.child_by_field_name("object"), left.child_by_field_name("name"));
            let is_own = object.is_some_and(|object| reader.text(object) == "$this");
            if let Some(name) = name.filter(|name| is_own && name.kind() == "name") {
                let (word, types) = (reader.word(name), reader.intern("="));
                let defined = reader.define_word(word, line(name), DefinitionKind::Field, place, Shape::Any);
                (defined.types, defined.repeatable) = (types, true);
            }
        }
        _ => {}
    }
}

/// Binds the variables of a pattern.
fn bind_all(reader: &mut Reader<'_>, node: Node<'_>) {
    match node.kind() {
        "variable_name" => reader.bind(node),
        "pair" | "by_ref" | "list_literal" | "array_creation_expression" | "array_element_initializer" => {
            children(node).for_each(|child| bind_all(reader, child));
        }
        _ => {}
    }
}

/// What stands before `::`. Of the supertype it is known where that has a name; of a path, nothing is said.
fn scoped(reader: &mut Reader<'_>, scope: Node<'_>, name: Node<'_>, place: &CodeScope) {
    if scope.kind() == "qualified_name" || reader.text(name) == "class" {
        reader.dealt_with(name);
        return;
    }
    if reader.text(scope) != "parent" {
        let qualifier = reader.qualifier(scope, place);
        reader.qualify(name, qualifier);
        return;
    }
    match types::parent(reader, scope) {
        Some(parent) => reader.qualify(name, Qualifier::Name(parent)),
        None => reader.dealt_with(name),
    }
}

/// `$this->store->open()`: the type of the member before a member.
fn after_own_member(reader: &mut Reader<'_>, object: Node<'_>, name: Node<'_>) {
    if object.kind() != "member_access_expression" {
        return;
    }
    let of = |field| object.child_by_field_name(field).map_or("", |part| reader.text(part));
    let (owner, member): (&str, &str) = (of("object"), of("name"));
    if owner == "$this" {
        reader.stands_after_own_member(name, member);
    }
}

/// `(new Store())->open()`: a member of what is made there.
fn after_made(reader: &mut Reader<'_>, object: Node<'_>, name: Node<'_>) {
    let object = reader.unwrapped(object);
    let made = object.named_child(0).filter(|_| object.kind() == "object_creation_expression");
    if let Some(of) = made.and_then(|made| type_name(reader, made)) {
        let of = reader.intern(of);
        reader.qualify(name, Qualifier::Typed(of));
    }
}

/// The name at the end of a path.
fn path_leaf(path: Node<'_>) -> Option<Node<'_>> {
    match path.kind() {
        "name" => Some(path),
        _ => children(path).last().filter(|leaf| leaf.kind() == "name"),
    }
}

/// The name that a list of types or the head of one has; nothing where it is a path.
fn plain_name(reader: &mut Reader<'_>, node: Node<'_>) -> Option<Word> {
    (node.kind() == "name").then(|| reader.word(node))
}
