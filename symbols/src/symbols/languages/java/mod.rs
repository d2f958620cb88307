//! Java.

mod nested;
mod values;

use tree_sitter::Node;

use crate::symbols::facts::{
    Arguments, DefinitionKind, Form, Method, Parameters, Qualifier, SeenFrom, Shape, Word,
};
use crate::symbols::nodes::{CodeScope, Next, callable, children, line};
use crate::symbols::reader::{Grammar, Reader, unguarded, untold};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["identifier", "type_identifier"],
    opaque: &[
        "line_comment",
        "block_comment",
        "string_literal",
        "character_literal",
        "package_declaration",
        "marker_annotation",
        "annotation",
    ],
    binders: &[
        ("formal_parameter", "name"),
        ("spread_parameter", ""),
        ("catch_formal_parameter", "name"),
        ("enhanced_for_statement", "name"),
        ("resource", "name"),
        ("lambda_expression", "parameters"),
        ("inferred_parameters", ""),
        ("instanceof_expression", "name"),
        ("type_pattern", ""),
        ("record_pattern_component", ""),
        ("type_parameter", ""),
        ("labeled_statement", ""),
    ],
    members: &[
        ("method_invocation", "name", "object", true),
        ("field_access", "field", "object", true),
        ("scoped_type_identifier", "name", "scope", true),
    ],
    calls: &[("method_invocation", "name", "arguments"), ("object_creation_expression", "type", "arguments")],
    spreads: &[],
    wrappers: &[("parenthesized_expression", ""), ("generic_type", "")],
    own: &["this"],
    held: untold,
    special,
    guards: unguarded,
};

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    let name = reader.name_of(node);
    match node.kind() {
        "program" => {
            let package = children(node).find(|child| child.kind() == "package_declaration");
            let package =
                package.and_then(|package| package.named_child(package.named_child_count().checked_sub(1)?));
            reader.facts.package = package.map(|package| reader.word(package));
        }
        "class_declaration"
        | "interface_declaration"
        | "enum_declaration"
        | "record_declaration"
        | "annotation_type_declaration" => {
            let (Some(name), Some(body)) = (name, node.child_by_field_name("body")) else {
                return Next::Same;
            };
            let own = match node.kind() {
                "interface_declaration" => Shape::contract(methods(reader, body)),
                "class_declaration"
                    if modifiers(reader, node).split_whitespace().any(|word| word == "abstract") =>
                {
                    let mut asked = methods(reader, body);
                    asked.retain(|method| method.required);
                    Shape::contract(asked)
                }
                "enum_declaration" => {
                    let constants = children(body).filter(|one| one.kind() == "enum_constant");
                    let names = constants.filter_map(|one| one.child_by_field_name("name"));
                    Shape::Choice(names.map(|name| reader.word(name)).collect())
                }
                _ => Shape::Any,
            };
            let plain = CodeScope { owner: place.owner.clone(), ..place.clone() };
            let supertypes = ["superclass", "interfaces"].map(|field| node.child_by_field_name(field));
            let extended = children(node).find(|child| child.kind() == "extends_interfaces");
            let lists = supertypes.into_iter().flatten().chain(extended);
            let lists = lists
                .map(|list| list.named_child(0).filter(|list| list.kind() == "type_list").unwrap_or(list));
            let bases: Vec<Word> = lists.flat_map(|list| reader.types(Some(list))).collect();
            reader.define(name, DefinitionKind::Type, &plain, own).bases = bases;
            let inside = reader.members(name, place);
            if matches!(node.kind(), "class_declaration" | "enum_declaration" | "record_declaration") {
                implementation(reader, node, body);
                values::unwritten_super_call(reader, node, body);
                if values::makes_constructors(reader, node) {
                    let outside = CodeScope { owner: None, ..place.clone() };
                    let word = reader.word(name);
                    let kind = DefinitionKind::Function;
                    let defined = reader.define_word(word, line(name), kind, &outside, Shape::Any);
                    (defined.types, defined.repeatable) = ("@".into(), true);
                }
            }
            if let ("record_declaration", Some(list)) = (node.kind(), node.child_by_field_name("parameters"))
            {
                for component in children(list).filter_map(|child| child.child_by_field_name("name")) {
                    reader.define(component, DefinitionKind::Field, &inside, Shape::Any).repeatable = true;
                }
                constructor(reader, name, list, &inside);
            }
            return Next::Within(inside);
        }
        "constructor_declaration" => {
            if let (Some(name), Some(list)) = (name, node.child_by_field_name("parameters")) {
                constructor(reader, name, list, place);
                reader.dealt_with(name);
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "method_declaration" => {
            if let (Some(name), Some(list)) = (name, node.child_by_field_name("parameters")) {
                let shape = parameters(reader, list);
                let types = types(reader, list);
                let seen = seen(reader, node);
                let defined = reader.define(name, DefinitionKind::Function, place, shape);
                (defined.types, defined.seen) = (types, seen);
                values::overrides(reader, node, name, place);
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "annotation_type_element_declaration" => {
            if let Some(name) = name {
                reader.define(name, DefinitionKind::Function, place, Shape::Any);
            }
        }
        "enum_constant" => {
            if let Some(name) = name {
                reader.define(name, DefinitionKind::Variant, place, Shape::Any);
                values::constant_made(reader, node, place);
            }
        }
        "field_declaration" | "constant_declaration" => {
            let mut cursor = node.walk();
            let declarators: Vec<Node<'_>> = node.children_by_field_name("declarator", &mut cursor).collect();
            declarators.iter().for_each(|declarator| stands_for(reader, *declarator));
            let of = node.child_by_field_name("type").and_then(|of| type_name(reader, of));
            for name in declarators.into_iter().filter_map(|one| one.child_by_field_name("name")) {
                reader.declare_member(name, of);
                values::field(reader, name, of, place);
                let seen = seen(reader, node);
                reader.define(name, DefinitionKind::Field, place, Shape::Any).seen = seen;
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "formal_parameter" | "enhanced_for_statement" | "resource" => {
            if let (Some(name), Some(of)) = (name, node.child_by_field_name("type")) {
                reader.declare(name, type_name(reader, of));
            }
        }
        "local_variable_declaration" => {
            let of = node.child_by_field_name("type").and_then(|of| type_name(reader, of));
            let mut cursor = node.walk();
            let declarators: Vec<Node<'_>> = node.children_by_field_name("declarator", &mut cursor).collect();
            for declarator in declarators.iter().filter(|one| one.child_by_field_name("dimensions").is_none())
            {
                let made = declarator.child_by_field_name("value");
                let made = made.filter(|made| made.kind() == "object_creation_expression");
                let made = made.and_then(|made| type_name(reader, made.child_by_field_name("type")?));
                stands_for(reader, *declarator);
                if let Some(name) = declarator.child_by_field_name("name") {
                    reader.declare(name, if of == Some("var") { made } else { of });
                }
            }
        }
        "variable_declarator" => {
            if let Some(name) = name.filter(|_| place.local)
                && node.parent().is_none_or(|parent| parent.kind() != "field_declaration")
            {
                reader.bind(name);
            }
        }
        "method_invocation" => values::member(reader, node, place),
        "explicit_constructor_invocation" => values::constructor_call(reader, node),
        "switch_expression" => nested::cases(reader, node),
        "method_reference" => reference(reader, node, place),
        "return_statement" | "cast_expression" => stands_for(reader, node),
        "lambda_expression" => {
            if let Some(only) =
                node.child_by_field_name("parameters").filter(|only| only.kind() == "identifier")
            {
                reader.bind(only);
            }
        }
        "class_body" => return Next::Within(CodeScope { local: false, ..place.clone() }),
        "object_creation_expression" => {
            // a class without a name: whose members these are, nobody can say
            if let Some(body) = children(node).find(|child| child.kind() == "class_body") {
                let methods = children(body).filter_map(|child| child.child_by_field_name("name"));
                methods.for_each(|name| reader.unclear(name));
                unnamed(reader, node, body);
            }
        }
        "import_declaration" => {
            if children(node).any(|child| child.kind() == "asterisk") {
                reader.facts.open = true;
                // methods, too
                if let Some(path) = node.named_child(0).filter(|_| is_static(node)) {
                    let star = reader.word(path);
                    reader.facts.stars.push(star);
                }
            } else if let Some(path) = node.named_child(0) {
                let path = reader.text(path);
                let (from, name) = path.rsplit_once('.').unwrap_or(("", path));
                reader.import(name, from, Some(name), false, place, line(node));
            }
            return Next::Done;
        }
        _ => {}
    }
    Next::Same
}

fn is_static(import: Node<'_>) -> bool {
    (0..import.child_count()).filter_map(|at| import.child(at)).any(|child| child.kind() == "static")
}

/// What stands before a declaration.
fn modifiers<'t>(reader: &Reader<'t>, node: Node<'_>) -> &'t str {
    children(node).find(|child| child.kind() == "modifiers").map_or("", |found| reader.text(found))
}

/// From where a member is seen: what is private, from the class around it alone, and so from its file.
fn seen(reader: &Reader<'_>, node: Node<'_>) -> SeenFrom {
    match modifiers(reader, node).split_whitespace().any(|word| word == "private") {
        true => SeenFrom::Inside,
        false => SeenFrom::Everywhere,
    }
}

fn parameters(reader: &mut Reader<'_>, list: Node<'_>) -> Shape {
    let mut shape: Parameters = callable(Vec::new());
    for child in children(list) {
        match child.kind() {
            "formal_parameter" => shape.named.push(reader.parameter("_", true)),
            "spread_parameter" => shape.variadic = true,
            _ => {}
        }
    }
    Shape::Callable(shape)
}

/// The name of a type that stands alone.
fn type_name<'t>(reader: &Reader<'t>, of: Node<'_>) -> Option<&'t str> {
    let of = reader.unwrapped(of);
    (of.kind() == "type_identifier").then(|| reader.text(of))
}

fn types(reader: &Reader<'_>, list: Node<'_>) -> Word {
    let of = |child: Node<'_>| match child.child_by_field_name("type") {
        Some(of) => reader.text(of).to_string(),
        None => reader.text(child).to_string(),
    };
    let dimensions =
        |child: Node<'_>| child.child_by_field_name("dimensions").map_or("", |text| reader.text(text));
    children(list).map(|child| format!("{}{},", of(child), dimensions(child))).collect::<String>().into()
}

/// A constructor is called by the name of its type, so it belongs to no type.
fn constructor(reader: &mut Reader<'_>, name: Node<'_>, list: Node<'_>, place: &CodeScope) {
    let shape = parameters(reader, list);
    let types = types(reader, list);
    let word = reader.word(name);
    let place = CodeScope { owner: None, ..place.clone() };
    let defined = reader.define_word(word, line(name), DefinitionKind::Function, &place, shape);
    defined.types = types;
}

fn takes_count(list: Node<'_>) -> usize {
    children(list).filter(|child| child.kind().ends_with("parameter")).count()
}

fn methods(reader: &mut Reader<'_>, body: Node<'_>) -> Vec<Method> {
    let mut found = Vec::new();
    for child in children(body).filter(|child| child.kind() == "method_declaration") {
        if let (Some(name), Some(list)) =
            (child.child_by_field_name("name"), child.child_by_field_name("parameters"))
        {
            let parameters = children(list).filter(|child| child.kind().ends_with("parameter"));
            let takes = parameters.map(|parameter| {
                let of = parameter.child_by_field_name("type");
                let is_plain = |of: &Node<'_>| {
                    matches!(of.kind(), "integral_type" | "floating_point_type" | "boolean_type")
                        && parameter.child_by_field_name("dimensions").is_none()
                };
                of.filter(is_plain).map_or("", |of| reader.text(of))
            });
            let takes: Vec<&str> = takes.collect();
            let takes = takes.into_iter().map(|text| reader.intern(text)).collect();
            let of_any = matches!(
                (reader.text(name), takes_count(list)),
                ("equals", 1) | ("hashCode" | "toString", 0)
            );
            let is_native = || modifiers(reader, child).split_whitespace().any(|word| word == "native");
            let required = child.child_by_field_name("body").is_none() && !of_any && !is_native();
            found.push(Method { name: reader.word(name), required, takes });
        }
    }
    found.sort();
    found
}

/// A class that has no superclass must have the methods of its interfaces itself, and any class those of its abstract superclass.
/// Where a constant of an enumeration has a body, each has what the enumeration lacks.
fn implementation(reader: &mut Reader<'_>, node: Node<'_>, body: Node<'_>) {
    let modifiers = modifiers(reader, node);
    let extended = node.child_by_field_name("superclass");
    let list = node.child_by_field_name("interfaces").filter(|_| extended.is_none());
    let list = list.and_then(|interfaces| interfaces.named_child(0));
    let is_spread = children(body)
        .any(|member| member.kind() == "enum_constant" && member.child_by_field_name("body").is_some());
    if is_spread
        || extended.is_none() && list.is_none()
        || modifiers.contains("abstract")
        || modifiers.contains('@')
    {
        return;
    }
    let mut own = methods(reader, body);
    for part in children(body).filter(|part| part.kind() == "enum_body_declarations") {
        own.extend(methods(reader, part));
    }
    // what a record has of each of its parts
    let parts = node.child_by_field_name("parameters").into_iter().flat_map(children);
    for name in parts.filter_map(|part| part.child_by_field_name("name")).collect::<Vec<_>>() {
        own.push(Method { name: reader.word(name), required: false, takes: Vec::new() });
    }
    own.sort();
    for of in list.into_iter().flat_map(children) {
        match reader.named_leaf(of) {
            Some(leaf) => reader.used(leaf, Form::Implementation(own.clone())),
            None => implemented(reader, of, &own, line(of)),
        }
    }
    if let Some(of) = extended.and_then(|of| of.named_child(0)) {
        implemented(reader, of, &own, line(node));
    }
}

/// A type of this path is implemented by what has these methods.
fn implemented(reader: &mut Reader<'_>, of: Node<'_>, own: &[Method], line: u32) {
    if let Some((name, before)) = nested::type_path(reader, of) {
        reader.mention(&name, before, Form::Implementation(own.to_vec()), line);
    }
}

/// A class without a name has the methods of its interface itself; one that is made with arguments extends a class.
fn unnamed(reader: &mut Reader<'_>, node: Node<'_>, body: Node<'_>) {
    let is_plain = node.child_by_field_name("arguments").is_some_and(|list| list.named_child_count() == 0);
    let Some(of) = node.child_by_field_name("type").filter(|_| is_plain) else { return };
    let own = methods(reader, body);
    implemented(reader, of, &own, line(node));
}

/// What a method is named by: `Type::method`, `value::method`.
fn reference(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let parts: Vec<Node<'_>> = children(node).collect();
    let (Some(object), Some(name)) = (parts.first(), parts.last().filter(|name| name.kind() == "identifier"))
    else {
        return;
    };
    if parts.len() < 2 {
        return;
    }
    let text = reader.text(reader.unwrapped(*object));
    let is_name = matches!(reader.unwrapped(*object).kind(), "identifier" | "type_identifier");
    let is_value = is_name && !text.starts_with(char::is_uppercase);
    let qualifier = match object.kind() {
        "this" => place.owner.clone().map_or(Qualifier::Value, Qualifier::Own),
        _ if is_name && !is_value => Qualifier::Name(text.into()),
        _ => Qualifier::Value,
    };
    let form = Form::Call(Arguments { open: true, ..Arguments::default() });
    let (word, at) = (reader.text(*name), line(*name));
    reader.mention(word, qualifier, form, at);
    if is_value {
        reader.used_after(text);
    }
    reader.dealt_with(*name);
}

/// A function without a name stands for the interface that a declaration, a return or a cast names.
fn stands_for(reader: &mut Reader<'_>, node: Node<'_>) {
    let value = match node.kind() {
        "return_statement" => node.named_child(0),
        _ => node.child_by_field_name("value"),
    };
    let Some(value) = value.map(|value| reader.unwrapped(value)) else { return };
    let count = match value.kind() {
        "lambda_expression" => {
            let Some(list) = value.child_by_field_name("parameters") else { return };
            Some(if list.kind() == "identifier" {
                1
            } else {
                children(list).filter(|one| !one.kind().contains("comment")).count().min(255) as u8
            })
        }
        "method_reference" => None,
        _ => return,
    };
    let of = match node.kind() {
        "variable_declarator" => {
            node.parent().and_then(|declaration| declaration.child_by_field_name("type"))
        }
        "return_statement" => {
            let mut around = node.parent();
            while let Some(inner) =
                around.filter(|one| !matches!(one.kind(), "method_declaration" | "lambda_expression"))
            {
                around = inner.parent();
            }
            around.and_then(|method| method.child_by_field_name("type"))
        }
        _ => node.child_by_field_name("type"),
    };
    if let Some((of, before)) = of.and_then(|of| nested::type_path(reader, of)) {
        reader.mention(&of, before, Form::Lambda(count), line(value));
    }
}
