//! Go.

mod held;
mod wanted;

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Form, Held, Method, Parameters, Shape, Word};
use crate::symbols::nodes::{CodeScope, Next, callable, children, line};
use crate::symbols::reader::{Grammar, Reader, unguarded, untold};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["identifier", "type_identifier", "field_identifier", "package_identifier"],
    opaque: &[
        "comment",
        "interpreted_string_literal",
        "raw_string_literal",
        "rune_literal",
        "package_clause",
        "label_name",
        "blank_identifier",
    ],
    binders: &[
        ("parameter_declaration", "name"),
        ("variadic_parameter_declaration", "name"),
        ("type_parameter_declaration", "name"),
        ("short_var_declaration", "left"),
        ("range_clause", "left"),
        ("receive_statement", "left"),
        ("type_switch_statement", "alias"),
    ],
    members: &[
        ("selector_expression", "field", "operand", true),
        ("qualified_type", "name", "package", true),
    ],
    calls: &[("call_expression", "function", "arguments")],
    spreads: &[],
    wrappers: &[
        ("parenthesized_expression", ""),
        ("pointer_type", ""),
        ("generic_type", "type"),
        ("type_instantiation_expression", "type"),
        ("unary_expression", "operand"),
    ],
    own: &[],
    held: untold,
    special,
    guards: unguarded,
};

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    let name = reader.name_of(node);
    match node.kind() {
        "source_file" => {
            for child in children(node) {
                match child.kind() {
                    "package_clause" => {
                        let package = child.named_child(0).map(|name| reader.word(name));
                        reader.facts.package = package;
                        break;
                    }
                    "comment" => {
                        let text = reader.text(child);
                        reader.facts.conditional |=
                            text.starts_with("//go:build") || text.starts_with("// +build");
                    }
                    _ => break,
                }
            }
        }
        "import_spec" => {
            if let Some(path) = node.child_by_field_name("path") {
                let path = reader.text(path).trim_matches(['"', '`']);
                match name.map(|name| reader.text(name)) {
                    Some(".") => {
                        reader.facts.open = true;
                        let star = reader.intern(path);
                        reader.facts.stars.push(star);
                    }
                    Some("_") => {}
                    Some(alias) => reader.import(alias, path, None, false, place, line(node)),
                    None => reader.import(last_part(path), path, None, false, place, line(node)),
                }
            }
            return Next::Done;
        }
        "function_declaration" | "method_declaration" => {
            let Some(name) = name else { return Next::Same };
            let shape = function(reader, node);
            let owner = node.child_by_field_name("receiver").and_then(|list| {
                let parameter = list.named_child(0)?;
                reader.named_leaf(parameter.child_by_field_name("type")?).map(|leaf| reader.word(leaf))
            });
            let repeats = matches!(reader.text(name), "init" | "_") && owner.is_none();
            let at = CodeScope { owner, ..place.clone() };
            let returns = node.child_by_field_name("result").and_then(|result| first_type(reader, result));
            let returns = reader.intern(returns.unwrap_or(""));
            let defined = reader.define(name, DefinitionKind::Function, &at, shape);
            (defined.repeatable, defined.returns) = (repeats, returns);
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "type_spec" | "type_alias" => {
            let Some(name) = name else { return Next::Same };
            if place.local {
                reader.bind(name);
                return Next::Same;
            }
            let shape = node.child_by_field_name("type").map_or(Shape::Any, |of| fields(reader, of));
            let mut bases = node.child_by_field_name("type").map_or(Vec::new(), |of| embedded(reader, of));
            if node.kind() == "type_alias" {
                bases.push("?".into());
            }
            reader.define(name, DefinitionKind::Type, place, shape).bases = bases;
            return Next::Within(CodeScope { owner: Some(reader.word(name)), ..place.clone() });
        }
        "parameter_declaration" => {
            let of = node.child_by_field_name("type").and_then(|of| type_name(reader, of));
            let mut cursor = node.walk();
            let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
            names.into_iter().for_each(|name| reader.declare(name, of));
        }
        "field_declaration" => {
            let mut cursor = node.walk();
            let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
            for name in names {
                reader.define(name, DefinitionKind::Field, place, Shape::Any);
            }
            return Next::Within(CodeScope { owner: None, ..place.clone() });
        }
        "method_elem" => {
            if let Some(name) = name {
                let shape = function(reader, node);
                reader.define(name, DefinitionKind::Function, place, shape);
            }
        }
        "const_spec" | "var_spec" => {
            let mut cursor = node.walk();
            let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
            let of = node.child_by_field_name("type").and_then(|of| type_name(reader, of));
            for name in names {
                reader.declare(name, of);
                match place.local {
                    true => reader.bind(name),
                    false => {
                        let repeats = reader.text(name) == "_";
                        reader.define(name, DefinitionKind::Value, place, Shape::Any).repeatable = repeats;
                    }
                }
            }
            if let (Some(values), Some(of)) = (node.child_by_field_name("value"), of) {
                children(values).for_each(|value| held::hold(reader, of, value));
            }
            if let (Some(values), Some(_)) = (node.child_by_field_name("value"), name) {
                let mut cursor = node.walk();
                let names =
                    node.children_by_field_name("name", &mut cursor).filter(|name| name.is_named()).count();
                expect(reader, values, names);
            }
        }
        "short_var_declaration" | "assignment_statement" => {
            if let (Some(left), Some(right)) =
                (node.child_by_field_name("left"), node.child_by_field_name("right"))
            {
                expect(reader, right, left.named_child_count());
                wanted::of_assigned(reader, node, left, right);
                declare_made(reader, left, right);
            }
        }
        "argument_list" if node.named_child_count() > 1 => each_gives_one(reader, node),
        "expression_list" if node.named_child_count() > 1 => each_gives_one(reader, node),
        "if_statement" | "for_statement" | "for_clause" => wanted::condition(reader, node),
        "binary_expression" | "unary_expression" => {
            each_gives_one(reader, node);
            wanted::operands(reader, node);
        }
        "literal_element" | "selector_expression" | "index_expression" => {
            each_gives_one(reader, node);
        }
        "keyed_element" => {
            // a field's name, or a constant: nobody can say here
            if let Some(key) = node.child_by_field_name("key").and_then(|key| key.named_child(0))
                && key.kind() == "identifier"
            {
                reader.dealt_with(key);
            }
        }
        "return_statement" => {
            held::returned(reader, node);
            wanted::returned(reader, node);
        }
        "composite_literal" => {
            held::elements(reader, node);
            if let (Some(of), Some(body)) =
                (node.child_by_field_name("type"), node.child_by_field_name("body"))
                && let Some(leaf) = reader.named_leaf(of)
            {
                let keys = children(body).filter(|child| child.kind() == "keyed_element");
                let keys = keys.filter_map(|element| element.child_by_field_name("key")?.named_child(0));
                let mut fields: Vec<_> =
                    keys.filter(|key| key.kind() == "identifier").map(|key| reader.word(key)).collect();
                fields.sort();
                let form = match held::listed(body) {
                    Some(count) => Form::Listed(count),
                    None => Form::Literal { fields, rest: true },
                };
                reader.used(leaf, form);
            }
        }
        _ => {}
    }
    Next::Same
}

/// Calls that stand where one value does.
fn each_gives_one(reader: &mut Reader<'_>, node: Node<'_>) {
    let calls = children(node).filter(|child| child.kind() == "call_expression");
    calls.for_each(|call| expect_of(reader, call, 1));
}

/// The name of a type, with that of its package where it has one.
fn type_name<'t>(reader: &Reader<'t>, of: Node<'_>) -> Option<&'t str> {
    let of = reader.unwrapped(of);
    matches!(of.kind(), "type_identifier" | "qualified_type").then(|| reader.text(of))
}

/// The type of the first of the values that a function gives.
fn first_type<'t>(reader: &Reader<'t>, result: Node<'_>) -> Option<&'t str> {
    let first = match result.kind() {
        "parameter_list" => result.named_child(0)?.child_by_field_name("type")?,
        _ => result,
    };
    type_name(reader, first)
}

/// What a value is made of tells its type: a literal, or a function.
fn declare_made(reader: &mut Reader<'_>, left: Node<'_>, right: Node<'_>) {
    let values: Vec<Node<'_>> = children(right).collect();
    let is_one_call = values.len() == 1 && values[0].kind() == "call_expression";
    for (name, value) in children(left).zip(values) {
        let value = reader.unwrapped(value);
        let made;
        let of = match value.kind() {
            "composite_literal" => value.child_by_field_name("type").and_then(|of| type_name(reader, of)),
            "call_expression" if is_one_call => {
                let called = value.child_by_field_name("function").map_or("", |called| reader.text(called));
                let (package, function) = called.rsplit_once('.').unwrap_or(("", called));
                let of = function.strip_prefix("New").or_else(|| function.strip_prefix("new"));
                made = match (of.filter(|of| of.starts_with(char::is_uppercase)), package) {
                    (Some(of), "") => of.to_string(),
                    (Some(of), package) => format!("{package}.{of}"),
                    (None, _) => format!("{called}()"),
                };
                Some(&*made).filter(|_| called.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')))
            }
            _ => None,
        };
        reader.declare(name, of);
    }
}

/// The types that a type embeds.
fn embedded(reader: &mut Reader<'_>, of: Node<'_>) -> Vec<Word> {
    let list = match of.kind() {
        "struct_type" => children(of).find(|child| child.kind() == "field_declaration_list"),
        "interface_type" => Some(of),
        _ => None,
    };
    let mut found = Vec::new();
    for part in list.into_iter().flat_map(children) {
        let embeds = match part.kind() {
            "field_declaration" if part.child_by_field_name("name").is_none() => {
                part.child_by_field_name("type")
            }
            "type_elem" => part.named_child(0),
            _ => None,
        };
        let leaf = embeds.and_then(|of| reader.named_leaf(of));
        found.extend(leaf.map(|leaf| reader.word(leaf)));
    }
    found
}

/// A single call on the right gives as many values as there are on the left.
fn expect(reader: &mut Reader<'_>, right: Node<'_>, count: usize) {
    if let Some(call) = right.named_child(0).filter(|call| call.kind() == "call_expression")
        && right.named_child_count() == 1
    {
        expect_of(reader, call, count);
    }
}

fn expect_of(reader: &mut Reader<'_>, call: Node<'_>, count: usize) {
    expect_value(reader, call, count, Held::Unknown);
}

/// A call gives so many values, the only one of which is this.
fn expect_value(reader: &mut Reader<'_>, call: Node<'_>, count: usize, wants: Held) {
    if let (Some(function), Some(list)) =
        (call.child_by_field_name("function"), call.child_by_field_name("arguments"))
        && let Some(leaf) = reader.named_leaf(function)
    {
        let mut arguments = reader.arguments(list);
        arguments.results = Some(count.min(255) as u8);
        arguments.wants = wants;
        // a call as the only argument may give several
        arguments.open |= list.named_child_count() == 1
            && list.named_child(0).is_some_and(|only| only.kind() == "call_expression");
        reader.used(leaf, Form::Call(arguments));
    }
}

fn function(reader: &mut Reader<'_>, node: Node<'_>) -> Shape {
    let Some(list) = node.child_by_field_name("parameters") else { return Shape::Any };
    let (count, variadic) = counted(list);
    let results = match node.child_by_field_name("result") {
        None => 0,
        Some(list) if list.kind() == "parameter_list" => counted(list).0,
        Some(_) => 1,
    };
    let named = (0..count).map(|_| reader.parameter("_", true)).collect();
    let gives = node.child_by_field_name("result").map_or(Held::Unknown, |of| wanted::given(reader, of));
    let results = Some(results.min(255) as u8);
    Shape::Callable(Parameters { variadic, results, gives, ..callable(named) })
}

/// How many parameters a list has, and whether it ends with any number of them.
fn counted(list: Node<'_>) -> (usize, bool) {
    let (mut count, mut variadic) = (0, false);
    for child in children(list) {
        match child.kind() {
            "parameter_declaration" => {
                let mut cursor = child.walk();
                count += child.children_by_field_name("name", &mut cursor).count().max(1);
            }
            "variadic_parameter_declaration" => variadic = true,
            _ => {}
        }
    }
    (count, variadic)
}

/// How many values a function takes and gives, as a text that can be compared; `None` where that is not known.
pub(in crate::symbols) fn signature(shape: &Shape) -> Option<String> {
    let Shape::Callable(own) = shape else { return None };
    let rest = if own.variadic { "..." } else { "" };
    Some(format!("{}{rest} {}", own.named.len(), own.results.unwrap_or(0)))
}

/// The methods that an interface asks for; those of interfaces that it embeds are asked for by them.
fn contract(reader: &mut Reader<'_>, of: Node<'_>) -> Shape {
    let mut methods = Vec::new();
    for part in children(of) {
        match (part.kind(), part.child_by_field_name("name")) {
            ("method_elem", Some(name)) => {
                let takes = signature(&function(reader, part)).map(|text| reader.intern(&text));
                methods.push(Method {
                    name: reader.word(name),
                    required: true,
                    takes: takes.into_iter().collect(),
                });
            }
            ("type_elem", _) if part.named_child_count() == 1 => {}
            ("comment", _) => {}
            _ => return Shape::Any,
        }
    }
    methods.sort();
    Shape::Contract { methods, closed: false }
}

/// The members that a literal of a type can name; none is needed.
fn fields(reader: &mut Reader<'_>, of: Node<'_>) -> Shape {
    if of.kind() == "interface_type" {
        return contract(reader, of);
    }
    let list = children(of).find(|child| child.kind() == "field_declaration_list");
    let Some(list) = list.filter(|_| of.kind() == "struct_type") else { return Shape::Any };
    let mut found = Vec::new();
    for field in children(list) {
        let mut cursor = field.walk();
        let names: Vec<Node<'_>> = field.children_by_field_name("name", &mut cursor).collect();
        let embedded = field.child_by_field_name("type").filter(|_| names.is_empty());
        let embedded = embedded.and_then(|of| reader.named_leaf(of));
        found.extend(names.into_iter().chain(embedded).map(|name| (reader.word(name), false)));
    }
    Shape::Record(found)
}

/// The name that an import has when none is given: the last part of its path without a version.
fn last_part(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let is_version =
        last.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let last = if is_version { parts.next().unwrap_or(last) } else { last };
    last.split_once(".v").map_or(last, |(name, _)| name)
}
