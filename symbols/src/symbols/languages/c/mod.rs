//! C and C++.

mod classes;
mod guards;
mod made;
mod marks;

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Form, Parameters, Qualifier, SeenFrom, Shape, Word};
use crate::symbols::language::Language;
use crate::symbols::nodes::{CodeScope, Next, callable, children, line, words};
use crate::symbols::reader::{Grammar, Reader, untold};

/// With what a line begins in C++ alone, where what does not parse as C is looked at.
const CPP_LINES: [&str; 8] =
    ["class ", "namespace ", "template", "public:", "protected:", "private:", "virtual ", "using "];

pub(super) use marks::without_marks;

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
    held: untold,
    special,
    guards: guards::note,
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
        "assignment_expression" => {
            if let (Some(left), Some(right)) =
                (node.child_by_field_name("left"), node.child_by_field_name("right"))
                && left.kind() == "field_expression"
                && let Some(field) = left.child_by_field_name("field")
            {
                assigned(reader, field, right);
            }
        }
        "initializer_pair" => {
            let mut cursor = node.walk();
            let designators: Vec<Node<'_>> = node.children_by_field_name("designator", &mut cursor).collect();
            if let ([only], Some(value)) = (&designators[..], node.child_by_field_name("value"))
                && let Some(field) = only.named_child(0).filter(|_| only.kind() == "field_designator")
            {
                reader.belongs_to_a_value(field, None);
                assigned(reader, field, value);
            }
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
            if let Some(declarator) = node.child_by_field_name("declarator")
                && let Some(name) = innermost(declarator)
            {
                declare(reader, name, declarator, node);
                reader.bind(name);
            }
        }
        "init_declarator" => {
            made::declared(reader, node);
            // in a condition or a loop
            let declared = node.child_by_field_name("declarator").filter(|name| reader_names(*name));
            if let (Some(_), Some(list)) = (declared, node.child_by_field_name("value")) {
                members(reader, node, list);
            }
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
                let bases = classes::bases(reader, node);
                let body = node.child_by_field_name("body").filter(|_| node.kind() != "enum_specifier");
                let shape = body.map_or(Shape::Any, |body| classes::contract(reader, body));
                if let Some(body) = body {
                    classes::implementation(reader, node, body);
                }
                reader.define(name, DefinitionKind::Type, place, shape).bases = bases;
            }
            let around = place.owner.clone().filter(|_| is_anonymous_member(node));
            let owner = name.map(|name| reader.word(name)).or(around).or_else(|| Some("".into()));
            return Next::Within(CodeScope { owner, local: false, ..place.clone() });
        }
        "enumerator" => {
            if let Some(name) = node.child_by_field_name("name") {
                let list = node.parent().and_then(|list| list.parent());
                let is_scoped = list.is_some_and(|list| {
                    list.child(1).is_some_and(|word| matches!(word.kind(), "class" | "struct"))
                });
                // others are reached without the type's name
                let owner = place.owner.clone().filter(|_| is_scoped);
                let place = CodeScope { owner, ..place.clone() };
                reader.define(name, DefinitionKind::Variant, &place, Shape::Any);
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
        "field_initializer" => made::first(reader, node),
        "new_expression" => made::anew(reader, node),
        "call_expression" => {
            made::called(reader, node);
            inherited(reader, node, place);
        }
        "using_declaration" => reader.facts.open = true,
        _ => {}
    }
    Next::Same
}

/// Whether a struct or union has neither a name nor a member of its type: its members are those of what is around it.
fn is_anonymous_member(node: Node<'_>) -> bool {
    let declaration = node.parent().filter(|around| around.kind() == "field_declaration");
    node.child_by_field_name("name").is_none()
        && declaration.is_some_and(|one| one.child_by_field_name("declarator").is_none())
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
        declare(reader, name, declarator, node);
        reader.bind(name);
        return;
    }
    let at = CodeScope { owner, ..place.clone() };
    match function {
        Some(function) => {
            let list = function.child_by_field_name("parameters");
            let shape = list.map_or(Shape::Any, |list| parameters(reader, list));
            let types: Word = list.map_or("", |list| reader.text(list)).into();
            let head = node.child_by_field_name("body").map_or(node.end_byte(), |body| body.start_byte());
            let head = reader.text(node).get(..head - node.start_byte()).unwrap_or("");
            let has = |asked: &str| words(head).any(|word| word == asked);
            let seen = if has("static") || has("inline") { SeenFrom::Inside } else { SeenFrom::Everywhere };
            // another one of its name takes its place
            let repeatable = repeatable || head.contains("weak");
            overrides(reader, function, name, &shape, place);
            let defined = reader.define(name, DefinitionKind::Function, &at, shape);
            (defined.repeatable, defined.types, defined.seen) = (repeatable, types, seen);
        }
        None if node.kind() == "field_declaration" => {
            let list = pointed_function(declarator);
            let shape = list.map_or(Shape::Any, |list| parameters(reader, list));
            reader.define(name, DefinitionKind::Field, &at, shape).repeatable = true;
        }
        None => reader.define(name, DefinitionKind::Value, &at, Shape::Any).repeatable = true,
    }
}

/// A method that says that it overrides one.
fn overrides(reader: &mut Reader<'_>, function: Node<'_>, name: Node<'_>, shape: &Shape, place: &CodeScope) {
    let says_so =
        children(function).any(|one| one.kind() == "virtual_specifier" && reader.text(one) == "override");
    if let (Some(owner), Shape::Callable(parameters), true) = (&place.owner, shape, says_so) {
        let takes = u8::try_from(parameters.named.len() + usize::from(parameters.variadic)).ok();
        let qualifier = Qualifier::Own(owner.clone());
        reader.mention(reader.text(name), qualifier, Form::Overrides(takes), line(name));
    }
}

/// A call with nothing before it in a method: of one that its class may have.
fn inherited(reader: &mut Reader<'_>, call: Node<'_>, place: &CodeScope) {
    let name = call.child_by_field_name("function").filter(|name| name.kind() == "identifier");
    let Some(name) = name.filter(|_| reader.language == Language::Cpp) else { return };
    let mut around = call.parent();
    while let Some(inner) = around.filter(|one| one.kind() != "function_definition") {
        around = inner.parent();
    }
    let declarator = around.and_then(|function| function.child_by_field_name("declarator"));
    let named = declarator.and_then(innermost).and_then(|name| name.parent());
    let outside = named.filter(|path| path.kind() == "qualified_identifier");
    let owner = match outside.and_then(|path| path.child_by_field_name("scope")) {
        Some(scope) => reader.named_leaf(scope).map(|leaf| reader.word(leaf)),
        None => place.owner.clone().filter(|owner| !owner.is_empty()),
    };
    if let Some(owner) = owner {
        reader.belongs_to(name, Qualifier::Own(owner));
    }
}

/// The members that a list names are those of the type that is declared.
fn members(reader: &mut Reader<'_>, declared: Node<'_>, list: Node<'_>) {
    let of = declared.parent().and_then(|declaration| declaration.child_by_field_name("type"));
    let of = of.map(|of| of.child_by_field_name("name").unwrap_or(of));
    let Some(of) = of.filter(|of| of.kind() == "type_identifier").map(|of| reader.word(of)) else { return };
    for pair in children(list).filter(|pair| pair.kind() == "initializer_pair") {
        let designator = pair.child_by_field_name("designator");
        let field =
            designator.filter(|one| one.kind() == "field_designator").and_then(|one| one.named_child(0));
        if let Some(field) = field {
            reader.belongs_to_a_value(field, Some(of.clone()));
        }
    }
}

/// A member holds a function.
fn assigned(reader: &mut Reader<'_>, field: Node<'_>, value: Node<'_>) {
    let value = reader.unwrapped(value);
    let function = value.child_by_field_name("argument").filter(|_| reader.text(value).starts_with('&'));
    let function = function.unwrap_or(value);
    if function.kind() == "identifier" {
        let function = reader.word(function);
        reader.used(field, Form::Assigned(function));
    }
}

/// What a function takes to which a declarator declares a pointer.
fn pointed_function(declarator: Node<'_>) -> Option<Node<'_>> {
    let mut at = declarator;
    while at.kind() == "pointer_declarator" {
        at = at.child_by_field_name("declarator")?;
    }
    let inner = at.child_by_field_name("declarator").filter(|_| at.kind() == "function_declarator")?;
    let pointer = inner.named_child(0).filter(|pointer| pointer.kind() == "pointer_declarator")?;
    let name = pointer.child_by_field_name("declarator")?;
    at.child_by_field_name("parameters").filter(|_| reader_names(name))
}

/// The type of a value, or of what it points at.
fn declare(reader: &mut Reader<'_>, name: Node<'_>, declarator: Node<'_>, node: Node<'_>) {
    let mut at = declarator;
    while let "pointer_declarator" | "reference_declarator" | "init_declarator" = at.kind() {
        let Some(inner) = at.child_by_field_name("declarator").or_else(|| at.named_child(0)) else { return };
        at = inner;
    }
    let of = node.child_by_field_name("type").map(|of| of.child_by_field_name("name").unwrap_or(of));
    let of = of.filter(|of| of.kind() == "type_identifier" && at.id() == name.id());
    reader.declare(name, of.map(|of| reader.text(of)));
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

/// Whether a line of a text begins as only C++ does.
pub(super) fn is_cpp(content: &[u8]) -> bool {
    let begins =
        |line: &[u8]| CPP_LINES.iter().any(|word| line.trim_ascii_start().starts_with(word.as_bytes()));
    content.split(|byte| *byte == b'\n').any(begins)
}

fn parameters(reader: &mut Reader<'_>, list: Node<'_>) -> Shape {
    let mut shape: Parameters = callable(Vec::new());
    // a list of any number of values
    if reader.text(list).contains("initializer_list") {
        return Shape::Any;
    }
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
            // a macro that expands to an attribute
            "ERROR" if words(reader.text(child)).count() == 1 => {}
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
