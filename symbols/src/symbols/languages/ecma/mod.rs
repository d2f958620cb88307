//! JavaScript and TypeScript.

mod exports;
mod guards;
mod literals;
mod types;
mod values;

use tree_sitter::Node;

use super::waiting;
use crate::symbols::facts::{DefinitionKind, Form, Parameters, Qualifier, SeenFrom, Shape, Word};
use crate::symbols::language::Language;
use crate::symbols::nodes::{CodeScope, Next, callable, children, line};
use crate::symbols::reader::{Grammar, Reader, untold};

pub(in crate::symbols) use literals::OBJECT;

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &[
        "identifier",
        "type_identifier",
        "property_identifier",
        "private_property_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
    ],
    opaque: &[
        "comment",
        "string",
        "string_fragment",
        "regex",
        "statement_identifier",
        "jsx_text",
        "predefined_type",
    ],
    binders: &[
        ("variable_declarator", "name"),
        ("required_parameter", "pattern"),
        ("optional_parameter", "pattern"),
        ("formal_parameters", ""),
        ("arrow_function", "parameter"),
        ("catch_clause", "parameter"),
        ("for_in_statement", "left"),
        ("type_parameter", "name"),
        ("mapped_type_clause", "name"),
        ("function_expression", "name"),
        ("generator_function", "name"),
        ("class", "name"),
        ("infer_type", ""),
        ("index_signature", "name"),
    ],
    members: &[
        ("member_expression", "property", "object", true),
        ("nested_type_identifier", "name", "module", true),
        ("nested_identifier", "property", "object", true),
    ],
    calls: &[("call_expression", "function", "arguments"), ("new_expression", "constructor", "arguments")],
    spreads: &["spread_element"],
    wrappers: &[
        ("parenthesized_expression", ""),
        ("non_null_expression", ""),
        ("instantiation_expression", "function"),
        ("generic_type", "name"),
    ],
    own: &["this"],
    held: untold,
    special,
    guards: guards::note,
};

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    let name = reader.name_of(node);
    match node.kind() {
        "function_declaration" | "generator_function_declaration" | "function_signature" => {
            let Some(name) = name else { return Next::Same };
            let shape = function(reader, node);
            let repeatable = node.kind() == "function_signature" || reader.language == Language::JavaScript;
            bind_or_define(reader, name, DefinitionKind::Function, place, shape, repeatable);
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "arrow_function" => {
            literals::arrow(reader, node);
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "function_expression"
        | "generator_function"
        | "method_definition"
        | "abstract_method_signature"
        | "method_signature" => {
            if let (Some(name), true) = (name, node.kind().contains("method")) {
                let shape = function(reader, node);
                let accessor =
                    node.child(0).is_some_and(|first| matches!(reader.text(first), "get" | "set" | "static"));
                let repeatable = accessor || node.kind() != "method_definition";
                let shape = if accessor { Shape::Any } else { shape };
                let seen = seen(reader, node);
                let defined = reader.define(name, DefinitionKind::Function, place, shape);
                (defined.repeatable, defined.seen) = (repeatable, seen);
                values::overrides(reader, node, name, place);
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "class_declaration"
        | "abstract_class_declaration"
        | "interface_declaration"
        | "enum_declaration"
        | "type_alias_declaration" => {
            let Some(name) = name else { return Next::Same };
            let shape = match node.kind() {
                "class_declaration" | "abstract_class_declaration" => {
                    types::implementation(reader, node);
                    class(reader, node)
                }
                "enum_declaration" => Shape::Any,
                "type_alias_declaration" => match literals::texts(reader, node) {
                    Some(texts) => texts,
                    None => types::record(reader, node),
                },
                _ => types::record(reader, node),
            };
            // interfaces and enums of one name are one
            let repeatable = matches!(node.kind(), "interface_declaration" | "enum_declaration");
            bind_or_define(reader, name, DefinitionKind::Type, place, shape, repeatable);
            let bases = supertypes(reader, node);
            let made_as = values::made_as(reader, node).map(|of| reader.intern(of));
            if let (false, Some(defined)) = (place.local, reader.facts.definitions.last_mut()) {
                defined.bases = bases;
                defined.returns = made_as.unwrap_or_else(|| "".into());
            }
            return Next::Within(reader.members(name, place));
        }
        "internal_module" | "module" => {
            if let Some(name) = name.filter(|name| name.kind() == "identifier") {
                reader.define(name, DefinitionKind::Module, place, Shape::Any).repeatable = true;
            }
            // what stands in one that is declared for another module is not here
            reader.facts.open |= node.kind() == "module";
        }
        "public_field_definition" | "property_signature" => {
            if let Some(name) = name {
                let seen = seen(reader, node);
                let defined = reader.define(name, DefinitionKind::Field, place, Shape::Any);
                (defined.repeatable, defined.seen) = (true, seen);
                values::field(reader, node, name, place);
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "enum_body" => {
            let mut cursor = node.walk();
            let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
            names.into_iter().for_each(|name| {
                reader.define(name, DefinitionKind::Variant, place, Shape::Any);
            });
        }
        "enum_assignment" => {
            if let Some(name) = name {
                reader.define(name, DefinitionKind::Variant, place, Shape::Any);
            }
        }
        "pair" | "pair_pattern" => {
            if let Some(key) = node.child_by_field_name("key") {
                // a member that some object has
                if key.kind() == "property_identifier" {
                    reader.unclear(key);
                }
                reader.dealt_with(key);
            }
        }
        "assignment_expression" => {
            if exports::assigned(reader, node, place) {
                return Next::Same;
            }
            let left = node.child_by_field_name("left").filter(|left| left.kind() == "member_expression");
            if let Some((left, name)) =
                left.and_then(|left| Some((left, left.child_by_field_name("property")?)))
            {
                // a member that is set from outside may be new
                reader.unclear(name);
                values::assigned(reader, node, left, place);
            }
        }
        "required_parameter" => {
            if let Some(name) = node.child_by_field_name("pattern") {
                let of = node.child_by_field_name("type").and_then(|of| types::type_name(reader, of));
                reader.declare(name, of);
                values::parameter(reader, node, name, place);
                literals::given(reader, node);
            }
        }
        "variable_declarator" => {
            if exports::required(reader, node, place) {
                return Next::Done;
            }
            if let Some(name) = name {
                let made = node.child_by_field_name("value").filter(|value| value.kind() == "new_expression");
                let made = made.and_then(|made| made.child_by_field_name("constructor"));
                let of = match node.child_by_field_name("type") {
                    Some(of) => types::type_name(reader, of),
                    None => made.filter(|of| of.kind() == "identifier").map(|of| reader.text(of)),
                };
                reader.declare(name, of);
                types::literal(reader, node);
                literals::given(reader, node);
            }
            if let Some(name) = name.filter(|name| name.kind() == "identifier" && !place.local) {
                let shape = match node.child_by_field_name("value") {
                    Some(value) if matches!(value.kind(), "arrow_function" | "function_expression") => {
                        function(reader, value)
                    }
                    _ => Shape::Any,
                };
                let repeatable = node.parent().is_some_and(|parent| parent.kind() == "variable_declaration");
                reader.define(name, DefinitionKind::Value, place, shape).repeatable = repeatable;
                literals::members(reader, node, name, place);
            }
        }
        "member_expression" => {
            exports::member_of_required(reader, node);
            values::member(reader, node, place);
        }
        "call_expression" => {
            waiting::ecma(reader, node, reader.language != Language::JavaScript);
            exports::requires(reader, node, place);
            values::super_call(reader, node);
        }
        "return_statement" => literals::returned(reader, node),
        "new_expression" => values::own_made(reader, node, place),
        "statement_block" | "if_statement" | "for_statement" => {
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "import_statement" => {
            import(reader, node, place);
            return Next::Done;
        }
        "export_statement" => {
            if let Some(source) = node.child_by_field_name("source") {
                export_from(reader, node, source, place);
                return Next::Done;
            }
            exports::listed(reader, node, place);
            exports::in_namespace(reader, node, place);
            let named = children(node).find(|child| child.kind() == "export_clause");
            for specifier in named.into_iter().flat_map(children) {
                if let (Some(name), Some(alias)) =
                    (specifier.child_by_field_name("name"), specifier.child_by_field_name("alias"))
                {
                    reader.define(alias, DefinitionKind::Value, place, Shape::Any).repeatable = true;
                    let name = reader.text(name);
                    reader.mention(name, Qualifier::None, Form::Plain, line(specifier));
                    reader.dealt_with(specifier);
                }
            }
            let default = (0..node.child_count())
                .filter_map(|at| node.child(at))
                .any(|child| child.kind() == "default");
            if default {
                let word = reader.intern("default");
                reader.define_word(word, line(node), DefinitionKind::Value, place, Shape::Any);
            }
        }
        _ => {}
    }
    Next::Same
}

/// The types from which a type has members; `?` for what is no name.
fn supertypes(reader: &mut Reader<'_>, node: Node<'_>) -> Vec<Word> {
    let mut bases = Vec::new();
    for child in children(node) {
        match child.kind() {
            "extends_type_clause" => bases.extend(reader.types(Some(child))),
            // of JavaScript, it is what is extended; of TypeScript, it has clauses
            "class_heritage" => match children(child).find(|clause| clause.kind() == "extends_clause") {
                Some(clause) => bases.extend(reader.types(Some(clause)).into_iter().take(1)),
                None if reader.language == Language::JavaScript => bases.extend(reader.types(Some(child))),
                None => {}
            },
            "intersection_type" | "generic_type" | "union_type" | "type_identifier"
                if node.kind() == "type_alias_declaration"
                    && node.child_by_field_name("value").is_some_and(|value| value.id() == child.id()) =>
            {
                bases.push("?".into());
            }
            _ => {}
        }
    }
    bases
}

fn bind_or_define(
    reader: &mut Reader<'_>,
    name: Node<'_>,
    kind: DefinitionKind,
    place: &CodeScope,
    shape: Shape,
    repeatable: bool,
) {
    match place.local {
        true => reader.bind(name),
        false => {
            reader.define(name, kind, &CodeScope { owner: None, ..place.clone() }, shape).repeatable =
                repeatable
        }
    }
}

/// What a function takes. Without types nobody counts.
fn function(reader: &mut Reader<'_>, node: Node<'_>) -> Shape {
    let Some(list) = node.child_by_field_name("parameters") else { return Shape::Any };
    let mut shape: Parameters = callable(Vec::new());
    let has = |sign| (0..node.child_count()).filter_map(|at| node.child(at)).any(|one| one.kind() == sign);
    let of = node.child_by_field_name("return_type");
    let is_promise =
        of.is_some_and(|of| reader.text(of).trim_start_matches([':', ' ']).starts_with("Promise<"));
    shape.waits = (has("async") || is_promise) && !has("*");
    if reader.language == Language::JavaScript {
        shape = Parameters { variadic: true, any_keyword: true, ..shape };
        return if shape.waits { Shape::Callable(shape) } else { Shape::Any };
    }
    shape.settled = !shape.waits && of.is_some_and(waiting::is_settled_in_typescript);
    for child in children(list) {
        let pattern = child.child_by_field_name("pattern");
        match (child.kind(), pattern.map(|pattern| pattern.kind())) {
            (_, Some("rest_pattern")) => shape.variadic = true,
            (_, Some("this")) => {}
            ("required_parameter", Some(_)) => {
                let required = child.child_by_field_name("value").is_none();
                shape.named.push(reader.parameter("_", required));
            }
            ("optional_parameter", _) => shape.named.push(reader.parameter("_", false)),
            (kind, _) if kind.contains("comment") => {}
            _ => return Shape::Any,
        }
    }
    // an optional one before a required one is as good as required
    if let Some(last) = shape.named.iter().rposition(|parameter| parameter.required) {
        shape.named[..last].iter_mut().for_each(|parameter| parameter.required = true);
    }
    Shape::Callable(shape)
}

/// What a class's constructor takes, where it has one, and what who derives from an abstract one has to have.
fn class(reader: &mut Reader<'_>, node: Node<'_>) -> Shape {
    let Some(body) = node.child_by_field_name("body") else { return Shape::Any };
    let is_constructor = |member: &Node<'_>| {
        member.kind().contains("method")
            && member.child_by_field_name("name").is_some_and(|name| reader.text(name) == "constructor")
    };
    let constructors: Vec<Node<'_>> = children(body).filter(is_constructor).collect();
    let made = match constructors[..] {
        [only] => function(reader, only),
        _ => Shape::Any,
    };
    if node.kind() != "abstract_class_declaration" {
        return made;
    }
    let lacks = types::lacks(reader, body);
    match made {
        Shape::Callable(makes) => {
            Shape::Callable(Parameters { lacks: lacks.into_iter().map(|one| one.name).collect(), ..makes })
        }
        _ if constructors.is_empty() => Shape::contract(lacks),
        made => made,
    }
}

pub(super) fn unquoted<'t>(reader: &Reader<'t>, node: Node<'_>) -> &'t str {
    reader.text(node).trim_matches(['"', '\'', '`'])
}

fn import(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(source) = node.child_by_field_name("source") else { return };
    let from = unquoted(reader, source);
    let Some(clause) = children(node).find(|child| child.kind() == "import_clause") else {
        reader.import("", from, None, false, place, line(node));
        return;
    };
    for child in children(clause) {
        match child.kind() {
            "identifier" => {
                reader.import(reader.text(child), from, Some("default"), false, place, line(child))
            }
            "namespace_import" => {
                if let Some(name) = child.named_child(0) {
                    reader.import(reader.text(name), from, None, false, place, line(child));
                }
            }
            "named_imports" => specifiers(reader, child, from, false, place),
            _ => {}
        }
    }
}

/// From where a member of a class is seen: what is private, from the class alone, and so from its file.
fn seen(reader: &Reader<'_>, node: Node<'_>) -> SeenFrom {
    let said = children(node).find(|child| child.kind() == "accessibility_modifier");
    match said.is_some_and(|said| reader.text(said) == "private") {
        true => SeenFrom::Inside,
        false => SeenFrom::Everywhere,
    }
}

fn specifiers(reader: &mut Reader<'_>, list: Node<'_>, from: &str, public: bool, place: &CodeScope) {
    for specifier in children(list) {
        if let Some(name) = specifier.child_by_field_name("name") {
            let alias = specifier.child_by_field_name("alias").unwrap_or(name);
            reader.import(
                unquoted(reader, alias),
                from,
                Some(unquoted(reader, name)),
                public,
                place,
                line(specifier),
            );
        }
    }
}

fn export_from(reader: &mut Reader<'_>, node: Node<'_>, source: Node<'_>, place: &CodeScope) {
    let from = unquoted(reader, source);
    match children(node).find(|child| child.kind() != "string" && !child.kind().contains("comment")) {
        Some(clause) if clause.kind() == "export_clause" => specifiers(reader, clause, from, true, place),
        Some(space) if space.kind() == "namespace_export" => {
            if let Some(name) = space.named_child(0) {
                reader.import(reader.text(name), from, None, true, place, line(node));
            }
        }
        _ => {
            let star = reader.intern(from);
            reader.facts.stars.push(star);
            reader.import("", from, None, true, place, line(node));
        }
    }
}

/// Whether an import names a file from the folder of its own on.
pub(in crate::symbols) fn is_relative(from: &str) -> bool {
    from.starts_with('.')
}
