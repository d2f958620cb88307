//! Rust.

mod guards;
mod imports;
mod macros;
mod types;
mod wanted;

use tree_sitter::Node;

use super::waiting;
use crate::symbols::facts::{
    Arguments, DefinitionKind, Form, Held, Method, Parameter, Qualifier, SeenFrom, Shape,
};
use crate::symbols::nodes::{CodeScope, Next, callable, children, line};
use crate::symbols::reader::{Grammar, Reader};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &[
        "identifier",
        "type_identifier",
        "field_identifier",
        "shorthand_field_identifier",
        "self",
        "super",
        "crate",
    ],
    opaque: &[
        "line_comment",
        "block_comment",
        "string_literal",
        "raw_string_literal",
        "char_literal",
        "attribute_item",
        "inner_attribute_item",
        "lifetime",
        "visibility_modifier",
        "primitive_type",
    ],
    binders: &[
        ("parameter", "pattern"),
        ("let_declaration", "pattern"),
        ("let_condition", "pattern"),
        ("for_expression", "pattern"),
        ("match_arm", "pattern"),
        ("closure_parameters", ""),
        ("type_parameter", "name"),
        ("const_parameter", "name"),
        ("label", ""),
    ],
    members: &[
        ("field_expression", "field", "value", false),
        ("scoped_identifier", "name", "path", true),
        ("scoped_type_identifier", "name", "path", true),
    ],
    calls: &[("call_expression", "function", "arguments")],
    spreads: &[],
    wrappers: &[
        ("generic_function", "function"),
        ("generic_type", "type"),
        ("generic_type_with_turbofish", "type"),
        ("reference_type", "type"),
    ],
    own: &["self", "Self"],
    held: types::held,
    special,
    guards: guards::note,
};

/// The scope of what a trait defines begins so.
pub(in crate::symbols) const TRAIT: &str = "trait ";

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    let name = reader.name_of(node);
    let conditional = || place.conditional || is_conditional(reader, node);
    match node.kind() {
        "mod_item" => {
            let (Some(name), conditional) = (name, conditional()) else { return Next::Same };
            let word = reader.word(name);
            reader.facts.modules.insert(word);
            let seen = seen(reader, node, place);
            let defined = reader.define(name, DefinitionKind::Module, place, Shape::Any);
            (defined.repeatable, defined.seen) = (true, seen);
            let scope = format!("{}::{}", place.scope, reader.text(name)).into();
            return Next::Within(CodeScope { scope, conditional, ..place.clone() });
        }
        "function_item" | "function_signature_item" => {
            let (Some(name), conditional) = (name, conditional()) else { return Next::Same };
            let (shape, seen) = (function(reader, node), seen(reader, node, place));
            let at = CodeScope { conditional, ..place.clone() };
            reader.define(name, DefinitionKind::Function, &at, shape).seen = seen;
            return Next::Within(CodeScope { local: true, ..at });
        }
        "struct_item" | "union_item" => {
            let (Some(name), conditional) = (name, conditional()) else { return Next::Same };
            let shape = node.child_by_field_name("body").map_or(Shape::Any, |body| record(reader, body));
            let (at, seen) = (CodeScope { conditional, ..place.clone() }, seen(reader, node, place));
            reader.define(name, DefinitionKind::Type, &at, shape).seen = seen;
            return Next::Within(CodeScope { owner: Some(reader.word(name)), ..at });
        }
        "field_declaration" => {
            if let Some(name) = name {
                let at = CodeScope { conditional: conditional(), ..place.clone() };
                let seen = seen(reader, node, place);
                reader.define(name, DefinitionKind::Field, &at, Shape::Any).seen = seen;
            }
        }
        "enum_item" => {
            let (Some(name), Some(body)) = (name, node.child_by_field_name("body")) else {
                return Next::Same;
            };
            let at = CodeScope { conditional: conditional(), ..place.clone() };
            let variants: Vec<Node<'_>> =
                children(body).filter(|child| child.kind() == "enum_variant").collect();
            let mut choice: Vec<_> = variants
                .iter()
                .filter_map(|variant| Some(reader.word(variant.child_by_field_name("name")?)))
                .collect();
            choice.sort();
            let is_open = variants.iter().any(|variant| is_conditional(reader, *variant));
            let shape = if is_open { Shape::Any } else { Shape::Choice(choice) };
            let seen = seen(reader, node, place);
            reader.define(name, DefinitionKind::Type, &at, shape).seen = seen;
            return Next::Within(CodeScope { owner: Some(reader.word(name)), shown: true, ..at });
        }
        "enum_variant" => {
            if let Some(name) = name {
                let at = CodeScope { conditional: conditional(), ..place.clone() };
                let shape = node.child_by_field_name("body").map_or(Shape::Any, |body| record(reader, body));
                reader.define(name, DefinitionKind::Variant, &at, shape);
                return Next::Within(CodeScope { owner: None, ..at });
            }
        }
        "trait_item" => {
            let (Some(name), conditional) = (name, conditional()) else { return Next::Same };
            let shape = node.child_by_field_name("body").map_or(Shape::Any, |body| contract(reader, body));
            let (at, seen) = (CodeScope { conditional, ..place.clone() }, seen(reader, node, place));
            reader.define(name, DefinitionKind::Type, &at, shape).seen = seen;
            let scope = format!("{TRAIT}{} {}", place.scope, reader.text(name)).into();
            return Next::Within(CodeScope { owner: Some(reader.word(name)), scope, shown: true, ..at });
        }
        "impl_item" => {
            let Some(of) = node.child_by_field_name("type") else { return Next::Same };
            let conditional = conditional();
            let owner = reader.named_leaf(of).map(|leaf| reader.word(leaf));
            let mut scope = place.scope.clone();
            if let Some(implemented) = node.child_by_field_name("trait") {
                scope = format!("{scope} {}", reader.text(implemented)).into();
                if let (Some(leaf), Some(body)) =
                    (reader.named_leaf(implemented), node.child_by_field_name("body"))
                    && !conditional
                    && !children(body).any(|child| child.kind() == "macro_invocation")
                {
                    let own = methods(reader, body);
                    reader.used(leaf, Form::Implementation(own));
                }
            } else {
                scope = format!("{scope} {}", reader.text(of)).into();
            }
            return Next::Within(CodeScope {
                owner: owner.or_else(|| Some("?".into())),
                scope,
                conditional,
                shown: node.child_by_field_name("trait").is_some(),
                ..place.clone()
            });
        }
        "const_item" | "static_item" | "type_item" | "associated_type" => {
            // `type X = other::X` is the same X
            let of = node.child_by_field_name("type").and_then(|of| reader.named_leaf(of));
            if of.is_some_and(|of| name.is_some_and(|name| reader.text(of) == reader.text(name))) {
                return Next::Same;
            }
            if let Some(name) = name {
                let at = CodeScope { conditional: conditional(), ..place.clone() };
                let kind = match node.kind() {
                    "const_item" | "static_item" => DefinitionKind::Value,
                    _ => DefinitionKind::Type,
                };
                let seen = seen(reader, node, place);
                let repeatable = reader.text(name) == "_";
                let defined = reader.define(name, kind, &at, Shape::Any);
                (defined.repeatable, defined.seen) = (repeatable, seen);
            }
        }
        "macro_definition" => {
            if let Some(name) = name {
                reader.define(name, DefinitionKind::Macro, place, Shape::Any).repeatable = true;
            }
            reader.unclear(node);
            return Next::Done;
        }
        "macro_invocation" => {
            reader.facts.gives_any |= reader.text(node).starts_with("include!");
            macros::invocation(reader, node, place);
            return Next::Done;
        }
        "use_declaration" => {
            let public = children(node).any(|child| child.kind() == "visibility_modifier");
            if let Some(argument) = node.child_by_field_name("argument") {
                imports::import(reader, argument, "", public, place);
            }
            return Next::Done;
        }
        "struct_expression" => {
            let (Some(leaf), Some(body)) =
                (name.and_then(|name| reader.named_leaf(name)), node.child_by_field_name("body"))
            else {
                return Next::Same;
            };
            literal(reader, leaf, body);
        }
        "struct_pattern" => {
            if let Some(leaf) = node.child_by_field_name("type").and_then(|name| reader.named_leaf(name)) {
                literal(reader, leaf, node);
            }
        }
        "tuple_struct_pattern" => {
            if let Some(of) = node.child_by_field_name("type")
                && let Some(leaf) = reader.named_leaf(of)
            {
                let inner = children(node).filter(|child| child.id() != of.id());
                let mut arguments = Arguments::default();
                for child in inner {
                    match child.kind() {
                        "remaining_field_pattern" => arguments.open = true,
                        kind if kind.contains("comment") => {}
                        _ => arguments.count = arguments.count.saturating_add(1),
                    }
                }
                reader.used(leaf, Form::Call(arguments));
            }
        }
        "try_expression" => opened(reader, node.named_child(0)),
        "call_expression" => {
            if let Some(function) = node.child_by_field_name("function")
                && let Some(field) = function.child_by_field_name("field")
                && types::opens(reader.text(field))
            {
                opened(reader, function.child_by_field_name("value"));
            }
            waiting::rust(reader, node);
        }
        "match_expression" => cases(reader, node),
        "binary_expression" | "unary_expression" | "if_expression" | "while_expression"
        | "index_expression" | "field_expression" => wanted::itself(reader, node),
        "parameter" | "let_declaration" => {
            let of = match (node.child_by_field_name("type"), node.child_by_field_name("value")) {
                (Some(of), _) => types::type_name(reader, of),
                (None, Some(value)) => types::made(reader, value),
                (None, None) => None,
            };
            wanted::of_declared(reader, node);
            if let Some(name) = node.child_by_field_name("pattern") {
                reader.declare(name, if of == Some("Self") { place.owner.as_deref() } else { of });
            }
        }
        _ => {}
    }
    Next::Same
}

/// From where an item is seen, by what stands before it.
fn seen(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> SeenFrom {
    if place.shown || place.local {
        return SeenFrom::Everywhere;
    }
    let said = children(node).find(|child| child.kind() == "visibility_modifier");
    let said: String = said.map_or("", |said| reader.text(said)).split_whitespace().collect();
    match &*said {
        "" | "pub(self)" | "pub(inself)" => SeenFrom::Inside,
        "pub(super)" | "pub(insuper)" => SeenFrom::Around,
        "pub(crate)" | "pub(incrate)" | "crate" => SeenFrom::Crate,
        _ => SeenFrom::Everywhere,
    }
}

/// Whether an attribute says when it is compiled, or makes something else of it.
fn is_conditional(reader: &Reader<'_>, node: Node<'_>) -> bool {
    // which siblings are before a node takes long to find
    if !reader.may_follow_attribute(node) {
        return false;
    }
    let mut before = node.prev_named_sibling();
    while let Some(sibling) = before {
        match sibling.kind() {
            "attribute_item" if reader.text(sibling).contains("cfg") => {
                if reader.text(sibling) != "#[cfg(test)]" {
                    return true;
                }
            }
            "attribute_item" | "line_comment" | "block_comment" => {}
            _ => break,
        }
        before = sibling.prev_named_sibling();
    }
    false
}

/// The result of a call is taken out of what holds it.
fn opened(reader: &mut Reader<'_>, value: Option<Node<'_>>) {
    let awaited = value.filter(|value| value.kind() == "await_expression");
    let call = awaited.map_or(value, |awaited| awaited.named_child(0));
    if let Some(call) = call.filter(|call| call.kind() == "call_expression")
        && let (Some(function), Some(list)) =
            (call.child_by_field_name("function"), call.child_by_field_name("arguments"))
        && let Some(leaf) = reader.named_leaf(function)
    {
        let arguments = Arguments { opened: true, awaited: awaited.is_some(), ..reader.arguments(list) };
        reader.used(leaf, Form::Call(arguments));
    }
}

/// The names that stand for any type in a function.
fn type_parameters<'t>(reader: &Reader<'t>, node: Node<'_>) -> Vec<&'t str> {
    let list = node.child_by_field_name("type_parameters");
    list.map_or("", |list| reader.text(list)).split(|c: char| !c.is_alphanumeric() && c != '_').collect()
}

fn function(reader: &mut Reader<'_>, node: Node<'_>) -> Shape {
    let Some(list) = node.child_by_field_name("parameters") else { return Shape::Any };
    let mut shape = callable(Vec::new());
    let unknown = type_parameters(reader, node);
    let modifiers = children(node).find(|child| child.kind() == "function_modifiers");
    shape.waits = modifiers.is_some_and(|words| reader.text(words).contains("async"));
    shape.settled =
        !shape.waits && waiting::is_settled_in_rust(reader, node.child_by_field_name("return_type"));
    shape.gives = match node.child_by_field_name("return_type") {
        Some(of) => types::held_by_type(reader, of, &unknown),
        None => Held::Itself,
    };
    for child in children(list) {
        match child.kind() {
            "self_parameter" => shape.receiver = true,
            "parameter" | "_" => {
                let name = child.child_by_field_name("pattern").map_or("_", |pattern| reader.text(pattern));
                if name == "self" {
                    shape.receiver = true;
                } else {
                    let of = child.child_by_field_name("type");
                    let holds = of.map_or(Held::Unknown, |of| types::held_by_type(reader, of, &unknown));
                    shape.named.push(Parameter { holds, ..reader.parameter(name, true) });
                }
            }
            "variadic_parameter" => shape.variadic = true,
            "attribute_item" if reader.text(child).contains("cfg") => return Shape::Any,
            "attribute_item" | "line_comment" | "block_comment" => {}
            // a type alone, in the traits of 2015
            _ => shape.named.push(reader.parameter("_", true)),
        }
    }
    Shape::Callable(shape)
}

fn record(reader: &mut Reader<'_>, body: Node<'_>) -> Shape {
    if children(body).any(|child| child.kind() == "attribute_item" && reader.text(child).contains("cfg")) {
        return Shape::Any;
    }
    if body.kind() == "ordered_field_declaration_list" {
        let count = children(body)
            .filter(|child| {
                !matches!(
                    child.kind(),
                    "visibility_modifier" | "attribute_item" | "line_comment" | "block_comment"
                )
            })
            .count();
        return Shape::Callable(callable((0..count).map(|_| reader.parameter("_", true)).collect()));
    }
    let names = children(body).filter_map(|field| field.child_by_field_name("name"));
    Shape::Record(names.map(|name| (reader.word(name), true)).collect())
}

/// The functions of a body; those without a body of their own are required.
fn methods(reader: &mut Reader<'_>, body: Node<'_>) -> Vec<Method> {
    let mut found = Vec::new();
    for child in children(body) {
        if !matches!(child.kind(), "function_item" | "function_signature_item") {
            continue;
        }
        let (Some(name), Some(list), Shape::Callable(_)) = (
            child.child_by_field_name("name"),
            child.child_by_field_name("parameters"),
            function(reader, child),
        ) else {
            continue;
        };
        let is_parameter = |one: &Node<'_>| {
            !matches!(one.kind(), "attribute_item" | "line_comment" | "block_comment" | "variadic_parameter")
        };
        let text = |one: Node<'_>| {
            one.child_by_field_name("type").map_or(String::new(), |of| types::plain_type(reader, of))
        };
        let takes: Vec<String> = children(list).filter(is_parameter).map(text).collect();
        let takes = takes.iter().map(|text| reader.intern(text)).collect();
        let required = child.kind() == "function_signature_item" && !is_conditional(reader, child);
        found.push(Method { name: reader.word(name), required, takes });
    }
    found.sort();
    found
}

fn contract(reader: &mut Reader<'_>, body: Node<'_>) -> Shape {
    Shape::Contract {
        methods: methods(reader, body),
        closed: !children(body).any(|child| child.kind() == "macro_invocation"),
    }
}

fn literal(reader: &mut Reader<'_>, leaf: Node<'_>, body: Node<'_>) {
    let (mut fields, mut rest) = (Vec::new(), false);
    for child in children(body) {
        let field = match child.kind() {
            "field_initializer" => child.child_by_field_name("field"),
            "shorthand_field_initializer" => child.named_child(0),
            "field_pattern" => child.child_by_field_name("name"),
            "base_field_initializer" | "remaining_field_pattern" | "attribute_item" => {
                rest = true;
                None
            }
            _ => None,
        };
        rest |= child.is_error();
        if let Some(field) = field {
            fields.push(reader.word(field));
            match child.kind() {
                "field_initializer" => reader.dealt_with(field),
                "field_pattern" if child.child_by_field_name("pattern").is_none() => reader.bind(field),
                "field_pattern" => reader.dealt_with(field),
                _ => {}
            }
        }
    }
    fields.sort();
    reader.used(leaf, Form::Literal { fields, rest });
}

/// A match whose every arm names a variant of one type.
fn cases(reader: &mut Reader<'_>, node: Node<'_>) {
    let Some(body) = node.child_by_field_name("body") else { return };
    let (mut of, mut named) = (None, Vec::new());
    for arm in children(body).filter(|child| child.kind() == "match_arm") {
        let Some(pattern) = arm.child_by_field_name("pattern") else { return };
        let guarded = pattern.child_by_field_name("condition").is_some();
        let Some(pattern) = pattern.named_child(0) else { return };
        let mut alternatives = vec![pattern];
        while let Some(pattern) = alternatives.pop() {
            let path = match pattern.kind() {
                "or_pattern" => {
                    alternatives.extend(children(pattern));
                    continue;
                }
                "tuple_struct_pattern" | "struct_pattern" => pattern.child_by_field_name("type"),
                "scoped_identifier" => Some(pattern),
                _ => None,
            };
            let Some(path) = path else { return };
            let (Some(owner), Some(name)) =
                (path.child_by_field_name("path"), path.child_by_field_name("name"))
            else {
                return;
            };
            let owner = owner.child_by_field_name("name").unwrap_or(owner);
            let owner = reader.text(owner);
            if of.is_some_and(|of| of != owner) {
                return;
            }
            of = Some(owner);
            if !guarded {
                named.push(reader.word(name));
            }
        }
    }
    named.sort();
    named.dedup();
    if let Some(of) = of
        && of != "Self"
        && of.starts_with(char::is_uppercase)
    {
        reader.mention(of, Qualifier::None, Form::Cases(named), line(node));
    }
}
