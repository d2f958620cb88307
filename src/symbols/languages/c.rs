//! C and C++.

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Parameters, Shape, Word};
use crate::symbols::language::Language;
use crate::symbols::reader::{CodeScope, Grammar, Next, Reader, callable, children, line, words};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["identifier", "type_identifier", "field_identifier", "namespace_identifier"],
    opaque: &[
        "comment",
        "string_literal",
        "raw_string_literal",
        "char_literal",
        "system_lib_string",
        "primitive_type",
        "statement_identifier",
        "gnu_asm_expression",
    ],
    binders: &[
        ("lambda_capture_specifier", ""),
        ("structured_binding_declarator", ""),
        ("type_parameter_declaration", ""),
    ],
    members: &[
        ("field_expression", "field", "argument", false),
        ("qualified_identifier", "name", "scope", true),
    ],
    calls: &[("call_expression", "function", "arguments")],
    spreads: &["parameter_pack_expansion"],
    wrappers: &[
        ("parenthesized_expression", ""),
        ("template_function", "name"),
        ("template_type", "name"),
        ("template_method", "name"),
    ],
    own: &["this"],
    special,
};

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    match node.kind() {
        "preproc_include" => {
            if let Some(path) =
                node.child_by_field_name("path").filter(|path| path.kind() == "string_literal")
            {
                let path = reader.text(path).trim_matches('"');
                reader.import("", path, None, true, place, line(node));
            }
            return Next::Done;
        }
        "preproc_def" => {
            if let Some(name) = node.child_by_field_name("name") {
                reader.define(name, DefinitionKind::Macro, place, Shape::Any).repeatable = true;
            }
            reader.unclear(node);
            return Next::Done;
        }
        "preproc_function_def" => {
            if let (Some(name), Some(list)) =
                (node.child_by_field_name("name"), node.child_by_field_name("parameters"))
            {
                let mut shape: Parameters = callable(Vec::new());
                let text = reader.text(list);
                shape.variadic = text.contains("...");
                for name in words(text) {
                    shape.named.push(reader.parameter(name, true));
                }
                reader.define(name, DefinitionKind::Macro, place, Shape::Callable(shape)).repeatable = true;
            }
            if let Some(value) = node.child_by_field_name("value") {
                reader.unclear(value);
            }
            return Next::Done;
        }
        "preproc_call" | "preproc_arg" => {
            reader.unclear(node);
            return Next::Done;
        }
        "preproc_if" | "preproc_ifdef" | "preproc_else" | "preproc_elif" | "preproc_elifdef" => {
            // the guard of a header is no condition
            let guards = node.kind() == "preproc_ifdef"
                && node.parent().is_some_and(|parent| parent.kind() == "translation_unit")
                && children(node).nth(1).is_some_and(|first| first.kind() == "preproc_def");
            return Next::Within(CodeScope { conditional: place.conditional || !guards, ..place.clone() });
        }
        "function_definition" => {
            let Some(declarator) = node.child_by_field_name("declarator") else { return Next::Same };
            declared(reader, declarator, node, place, false);
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "declaration" | "field_declaration" | "type_definition" => {
            let mut cursor = node.walk();
            let declarators: Vec<Node<'_>> = node.children_by_field_name("declarator", &mut cursor).collect();
            for declarator in declarators {
                declared(reader, declarator, node, place, true);
            }
        }
        "parameter_declaration"
        | "optional_parameter_declaration"
        | "variadic_parameter_declaration"
        | "for_range_loop" => {
            if let Some(name) = node.child_by_field_name("declarator").and_then(innermost) {
                reader.bind(name);
            }
        }
        "init_declarator" => {
            // in a condition or a loop
            if let Some(name) = node.child_by_field_name("declarator").and_then(innermost)
                && place.local
            {
                reader.bind(name);
            }
        }
        "struct_specifier" | "union_specifier" | "class_specifier" | "enum_specifier" => {
            let name = node.child_by_field_name("name");
            if node.child_by_field_name("body").is_none() {
                return Next::Same;
            }
            if let Some(name) = name.filter(|name| reader_names(*name)) {
                let bases = reader.types(children(node).find(|child| child.kind() == "base_class_clause"));
                reader.define(name, DefinitionKind::Type, place, Shape::Any).bases = bases;
            }
            let owner = name.map(|name| reader.word(name)).or_else(|| Some("".into()));
            return Next::Within(CodeScope { owner, local: false, ..place.clone() });
        }
        "enumerator" => {
            if let Some(name) = node.child_by_field_name("name") {
                // reached without the type's name
                reader.define(
                    name,
                    DefinitionKind::Variant,
                    &CodeScope { owner: None, ..place.clone() },
                    Shape::Any,
                );
            }
        }
        "namespace_definition" => {
            let name = node.child_by_field_name("name").map_or("", |name| reader.text(name));
            if let Some(name) = node.child_by_field_name("name") {
                reader.dealt_with(name);
            }
            return Next::Within(CodeScope {
                scope: format!("{}::{name}", place.scope).into(),
                ..place.clone()
            });
        }
        "alias_declaration" => {
            if let Some(name) = node.child_by_field_name("name") {
                reader.define(name, DefinitionKind::Type, place, Shape::Any);
            }
        }
        "using_declaration" => reader.facts.open = true,
        _ => {}
    }
    Next::Same
}

fn reader_names(node: Node<'_>) -> bool {
    GRAMMAR.names.contains(&node.kind())
}

/// The name that a declarator declares.
fn innermost(declarator: Node<'_>) -> Option<Node<'_>> {
    let mut at = declarator;
    for _ in 0..16 {
        if reader_names(at) {
            return Some(at);
        }
        at = match at.kind() {
            "qualified_identifier" => at.child_by_field_name("name")?,
            _ => at
                .child_by_field_name("declarator")
                .or_else(|| children(at).find(|child| child.kind() != "comment"))?,
        };
    }
    None
}

/// What a declarator declares: a function, a value, a member, a type.
fn declared(
    reader: &mut Reader<'_>,
    declarator: Node<'_>,
    node: Node<'_>,
    place: &CodeScope,
    repeatable: bool,
) {
    let Some(name) = innermost(declarator) else { return };
    if name.kind() == "type_identifier" && node.kind() == "type_definition" {
        reader.define(name, DefinitionKind::Type, place, Shape::Any).repeatable = true;
        return;
    }
    let mut owner = place.owner.clone();
    if let Some(path) = name.parent().filter(|parent| parent.kind() == "qualified_identifier")
        && let Some(scope) = path.child_by_field_name("scope")
    {
        owner = reader.named_leaf(scope).map(|leaf| reader.word(leaf)).or(Some("?".into()));
        reader.dealt_with(scope);
    }
    let function = function_declarator(declarator);
    if place.local && owner == place.owner && node.kind() == "declaration" && function.is_none() {
        reader.bind(name);
        return;
    }
    let at = CodeScope { owner, ..place.clone() };
    match function {
        Some(function) => {
            let list = function.child_by_field_name("parameters");
            let shape = list.map_or(Shape::Any, |list| parameters(reader, list));
            let types: Word = list.map_or("", |list| reader.text(list)).into();
            let defined = reader.define(name, DefinitionKind::Function, &at, shape);
            (defined.repeatable, defined.types) = (repeatable, types);
        }
        None => {
            let kind = if node.kind() == "field_declaration" {
                DefinitionKind::Field
            } else {
                DefinitionKind::Value
            };
            reader.define(name, kind, &at, Shape::Any).repeatable = true;
        }
    }
}

/// The function that a declarator declares; none where it is a pointer to one.
fn function_declarator(declarator: Node<'_>) -> Option<Node<'_>> {
    let mut at = declarator;
    for _ in 0..16 {
        match at.kind() {
            "function_declarator" => {
                let inner = at.child_by_field_name("declarator")?;
                return (inner.kind() != "parenthesized_declarator").then_some(at);
            }
            "pointer_declarator" | "reference_declarator" | "attributed_declarator" => {
                at = at.child_by_field_name("declarator").or_else(|| at.named_child(0))?;
            }
            _ => return None,
        }
    }
    None
}

fn parameters(reader: &mut Reader<'_>, list: Node<'_>) -> Shape {
    let mut shape: Parameters = callable(Vec::new());
    for child in children(list) {
        match child.kind() {
            "parameter_declaration" => {
                if reader.text(child) != "void" {
                    shape.named.push(reader.parameter("_", true));
                }
            }
            "optional_parameter_declaration" => shape.named.push(reader.parameter("_", false)),
            "variadic_parameter" | "variadic_parameter_declaration" => shape.variadic = true,
            "comment" => {}
            _ => return Shape::Any,
        }
    }
    // `()` of C says nothing
    if shape.named.is_empty()
        && !shape.variadic
        && reader.language == Language::C
        && reader.text(list) == "()"
    {
        return Shape::Any;
    }
    Shape::Callable(shape)
}
