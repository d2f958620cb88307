//! What Kotlin defines: types, their members, what is called as a member of a type, and what stands in a file alone.

use tree_sitter::Node;

use super::{EXTENSION, first_name, has_modifier, has_sign, seen};
use crate::symbols::facts::{DefinitionKind, Form, Method, Parameters, Qualifier, SeenFrom, Shape, Word};
use crate::symbols::nodes::{CodeScope, callable, children, line};
use crate::symbols::reader::Reader;

fn child<'n>(node: Node<'n>, kinds: &[&str]) -> Option<Node<'n>> {
    children(node).find(|child| kinds.contains(&child.kind()))
}

/// The name of a type that stands alone.
pub(super) fn type_name<'t>(reader: &Reader<'t>, of: Node<'_>) -> Option<&'t str> {
    let of = match of.kind() {
        "nullable_type" => of.named_child(0)?,
        _ => of,
    };
    let mut names = children(of).filter(|part| part.kind() == "identifier");
    let name = names.next().filter(|_| of.kind() == "user_type")?;
    names.next().is_none().then(|| reader.text(name))
}

/// The type that is written beside a name.
pub(super) fn type_of<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<&'t str> {
    child(node, &["user_type", "nullable_type"]).and_then(|of| type_name(reader, of))
}

pub(super) fn type_declaration(
    reader: &mut Reader<'_>,
    node: Node<'_>,
    place: &CodeScope,
) -> Option<CodeScope> {
    let name = node.child_by_field_name("name")?;
    let body = child(node, &["class_body"]);
    let is_class = node.kind() == "class_declaration" && !has_sign(node, "interface");
    let bases: Vec<&str> = children(node)
        .filter(|child| child.kind() == "delegation_specifiers")
        .flat_map(children)
        .map(|one| base(one).and_then(|of| type_name(reader, of)).unwrap_or("?"))
        .collect();
    let bases: Vec<Word> = bases.into_iter().map(|name| reader.intern(name)).collect();
    let shape = match choice(reader, node, name) {
        Some(choice) => choice,
        None => contract(reader, node, body),
    };
    let visible = seen(reader, node);
    let of_type = CodeScope { local: false, ..place.clone() };
    let defined = reader.define(name, DefinitionKind::Type, &of_type, shape);
    (defined.bases, defined.seen) = (bases, visible);
    let is_split = has_modifier(reader, node, "expect") || has_modifier(reader, node, "actual");
    defined_twice(reader, is_split);
    let inside = reader.members(name, &of_type);
    let primary = child(node, &["primary_constructor"]).and_then(|one| child(one, &["class_parameters"]));
    if let Some(list) = primary {
        let shape = parameters(reader, list, is_split);
        constructor(reader, name, shape, list, &inside);
        let all: Vec<Node<'_>> = children(list).filter(|one| one.kind() == "class_parameter").collect();
        for one in all.into_iter().filter(|one| has_sign(*one, "val") || has_sign(*one, "var")) {
            if let Some(name) = first_name(one) {
                let of = type_of(reader, one);
                overrides(reader, one, name, None, &inside);
                reader.declare_member(name, of);
                field(reader, one, name, &inside);
            }
        }
    } else if is_class
        && !is_split
        && !["enum", "annotation"].iter().any(|word| has_modifier(reader, node, word))
    {
        let has_own = body.is_some_and(|body| child(body, &["secondary_constructor"]).is_some());
        if !has_own {
            // the one that nobody wrote
            constructor(reader, name, callable(Vec::new()), name, &inside);
        }
    }
    implementation(reader, node, body);
    Some(inside)
}

fn defined_twice(reader: &mut Reader<'_>, is_split: bool) {
    if let Some(last) = reader.facts.definitions.last_mut() {
        last.repeatable |= is_split;
    }
}

/// The type that is derived from.
fn base(specifier: Node<'_>) -> Option<Node<'_>> {
    let inner = specifier.named_child(0)?;
    match inner.kind() {
        "user_type" => Some(inner),
        _ => child(inner, &["user_type"]),
    }
}

/// A constructor is called by the name of its type, so it belongs to no type.
fn constructor(
    reader: &mut Reader<'_>,
    name: Node<'_>,
    shape: Parameters,
    list: Node<'_>,
    place: &CodeScope,
) {
    let text = types(reader, list);
    let word = reader.word(name);
    let place = CodeScope { owner: None, ..place.clone() };
    let defined =
        reader.define_word(word, line(name), DefinitionKind::Function, &place, Shape::Callable(shape));
    (defined.types, defined.repeatable) = (text, true);
}

pub(super) fn secondary_constructor(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let list = child(node, &["function_value_parameters"]);
    if let (Some(list), Some(owner)) = (list, place.owner.clone()) {
        let shape = Shape::Callable(parameters(reader, list, false));
        let text = types(reader, list);
        let outside = CodeScope { owner: None, ..place.clone() };
        let defined = reader.define_word(owner, line(node), DefinitionKind::Function, &outside, shape);
        (defined.types, defined.repeatable) = (text, true);
    }
}

/// The type whose member this is called as, though it stands outside of it.
fn receiver<'n>(node: Node<'n>, name: Node<'_>) -> Option<Node<'n>> {
    let is_type = |child: &Node<'_>| !matches!(child.kind(), "modifiers" | "type_parameters" | "annotation");
    children(node).take_while(|child| child.start_byte() < name.start_byte()).find(is_type)
}

/// Whether a function or property is one of values of another type.
pub(super) fn extends_another(node: Node<'_>) -> bool {
    let name = node.child_by_field_name("name").or_else(|| child(node, &["variable_declaration"]));
    name.is_some_and(|name| receiver(node, name).is_some())
}

/// The place of a member of a type that stands outside of it.
fn outside(reader: &mut Reader<'_>, of: Node<'_>, place: &CodeScope) -> CodeScope {
    let inner = if of.kind() == "nullable_type" { of.named_child(0).unwrap_or(of) } else { of };
    let name = first_name(inner).filter(|_| inner.kind() == "user_type");
    let owner = Some(match name {
        Some(name) => reader.word(name),
        None => reader.intern("?"),
    });
    CodeScope { owner, scope: EXTENSION.into(), ..place.clone() }
}

pub(super) fn function(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(name) = node.child_by_field_name("name") else { return };
    let Some(list) = child(node, &["function_value_parameters"]) else { return };
    if place.local {
        reader.bind(name);
        return;
    }
    // what it overrides says what may be left out
    let says_elsewhere = ["override", "actual", "expect"].iter().any(|word| has_modifier(reader, node, word));
    let mut shape = parameters(reader, list, says_elsewhere);
    shape.waits = has_modifier(reader, node, "suspend");
    let of = receiver(node, name);
    if of.is_none() {
        let takes = shape.named.len() + usize::from(shape.variadic);
        overrides(reader, node, name, u8::try_from(takes).ok(), place);
    }
    let text = match of {
        Some(of) => format!("{}.{}", reader.text(of), types(reader, list)).into(),
        None => types(reader, list),
    };
    let at = match of {
        Some(of) => outside(reader, of, place),
        None => place.clone(),
    };
    let visible = seen(reader, node);
    let is_split = has_modifier(reader, node, "actual") || has_modifier(reader, node, "expect");
    let shape = Shape::Callable(shape);
    let is_invoke = reader.text(name) == "invoke" && place.owner.is_some();
    let defined = reader.define(name, DefinitionKind::Function, &at, shape.clone());
    (defined.types, defined.seen, defined.repeatable) = (text, visible, is_split);
    // a companion that is called as its class is
    if let (true, Some(owner)) = (is_invoke, place.owner.clone()) {
        let free = CodeScope { owner: None, ..place.clone() };
        let defined = reader.define_word(owner, line(name), DefinitionKind::Function, &free, shape);
        (defined.types, defined.repeatable) = ("(invoke)".into(), true);
    }
}

/// The only type from which the class around a node derives.
pub(super) fn supertype<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<&'t str> {
    only_base(reader, holder(node)?)
}

/// What holds the members among which a node is.
fn holder(node: Node<'_>) -> Option<Node<'_>> {
    const HOLDERS: [&str; 5] =
        ["class_declaration", "object_declaration", "companion_object", "object_literal", "enum_entry"];
    let mut around = node.parent();
    while let Some(inner) = around.filter(|one| !HOLDERS.contains(&one.kind())) {
        around = inner.parent();
    }
    around
}

fn only_base<'t>(reader: &Reader<'t>, of: Node<'_>) -> Option<&'t str> {
    let list = child(of, &["delegation_specifiers"])?;
    let bases: Vec<Node<'_>> = children(list).filter(|one| one.kind() == "delegation_specifier").collect();
    match bases[..] {
        [only] => base(only).and_then(|of| type_name(reader, of)),
        _ => None,
    }
}

/// A member that says that it overrides one.
fn overrides(reader: &mut Reader<'_>, node: Node<'_>, name: Node<'_>, takes: Option<u8>, place: &CodeScope) {
    if !has_modifier(reader, node, "override") {
        return;
    }
    let Some(of) = holder(node) else { return };
    let qualifier = match of.kind() {
        "class_declaration" | "object_declaration" => place.owner.clone().map(Qualifier::Own),
        "object_literal" => only_base(reader, of).map(|of| Qualifier::Typed(of.into())),
        _ => None,
    };
    if let Some(qualifier) = qualifier {
        reader.mention(reader.text(name), qualifier, Form::Overrides(takes), line(name));
    }
}

pub(super) fn property(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(variable) = child(node, &["variable_declaration"]) else { return };
    let Some(name) = first_name(variable) else { return };
    let value = children(node).filter(|child| child.kind() == "call_expression").last();
    let made = value
        .and_then(|call| call.named_child(0))
        .filter(|made| made.kind() == "identifier")
        .map(|made| reader.text(made))
        .filter(|made| made.starts_with(char::is_uppercase));
    let of = type_of(reader, variable).or(made);
    if place.local {
        reader.declare(name, of);
        reader.bind(name);
        return;
    }
    match receiver(node, variable) {
        Some(of) => {
            let visible = seen(reader, node);
            let outside = outside(reader, of, place);
            let text = format!("{}.", reader.text(of));
            let defined = reader.define(name, DefinitionKind::Field, &outside, Shape::Any);
            (defined.types, defined.seen) = (text.into(), visible);
        }
        None if place.owner.is_some() => {
            overrides(reader, node, name, None, place);
            reader.declare_member(name, of);
            field(reader, node, name, place);
        }
        None => {
            let visible = seen(reader, node);
            let is_split = has_modifier(reader, node, "actual") || has_modifier(reader, node, "expect");
            let defined = reader.define(name, DefinitionKind::Value, place, Shape::Any);
            (defined.seen, defined.repeatable) = (visible, is_split);
        }
    }
    reader.dealt_with(name);
}

/// A property of a type, with the methods by which Java has it.
fn field(reader: &mut Reader<'_>, node: Node<'_>, name: Node<'_>, place: &CodeScope) {
    let visible = seen(reader, node);
    reader.define(name, DefinitionKind::Field, place, Shape::Any).seen = visible;
    if visible != SeenFrom::Everywhere {
        return;
    }
    let text = reader.text(name);
    let getter = getter(text);
    let setter = format!("set{}", getter.trim_start_matches("get").trim_start_matches("is"));
    let one = reader.parameter("_", true);
    for (method, named) in [(getter, Vec::new()), (setter, vec![one])] {
        let word = reader.intern(&method);
        let shape = Shape::Callable(callable(named));
        let defined = reader.define_word(word, line(name), DefinitionKind::Function, place, shape);
        defined.repeatable = true;
    }
}

/// The method by which Java reads a property.
fn getter(name: &str) -> String {
    let is_question = name.strip_prefix("is").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    let mut rest = name.chars();
    match rest.next() {
        Some(first) if !is_question => format!("get{}{}", first.to_uppercase(), rest.as_str()),
        _ => name.to_string(),
    }
}

fn parameters(reader: &mut Reader<'_>, list: Node<'_>, says_elsewhere: bool) -> Parameters {
    let mut shape = callable(Vec::new());
    let mut is_variadic = false;
    let mut cursor = list.walk();
    let all: Vec<Node<'_>> = list.children(&mut cursor).collect();
    for (at, one) in all.iter().enumerate() {
        match one.kind() {
            "parameter_modifiers" => is_variadic = reader.text(*one).contains("vararg"),
            "parameter" | "class_parameter" => {
                is_variadic |= has_modifier(reader, *one, "vararg");
                if is_variadic {
                    (shape.variadic, is_variadic) = (true, false);
                    continue;
                }
                let is_optional = says_elsewhere
                    || shape.variadic
                    || has_sign(*one, "=")
                    || all.get(at + 1).is_some_and(|next| next.kind() == "=");
                let name = first_name(*one).map_or("", |name| reader.text(name));
                shape.named.push(reader.parameter(name, !is_optional));
            }
            _ => {}
        }
    }
    shape
}

fn types(reader: &Reader<'_>, list: Node<'_>) -> Word {
    let of = |one: Node<'_>| {
        let name = first_name(one).map_or(0, |name| name.end_byte());
        let of = children(one).find(|part| part.start_byte() >= name && part.kind() != "identifier");
        format!("{},", of.map_or("", |of| reader.text(of)))
    };
    let parameters = children(list).filter(|one| matches!(one.kind(), "parameter" | "class_parameter"));
    parameters.map(of).collect::<String>().into()
}

/// What a `when` has to list: the constants of an enumeration, or the types inside of a sealed one that derive from it, where that
/// asks for nothing else.
fn choice(reader: &mut Reader<'_>, node: Node<'_>, name: Node<'_>) -> Option<Shape> {
    let named = |reader: &mut Reader<'_>, all: Vec<Node<'_>>| -> Vec<Word> {
        all.into_iter().map(|name| reader.word(name)).collect()
    };
    if let Some(body) = child(node, &["enum_class_body"]) {
        let entries =
            children(body).filter(|one| one.kind() == "enum_entry").filter_map(first_name).collect();
        return Some(Shape::Choice(named(reader, entries)));
    }
    let body = child(node, &["class_body"]).filter(|_| has_modifier(reader, node, "sealed"))?;
    let asks =
        matches!(contract(reader, node, Some(body)), Shape::Contract { methods, .. } if !methods.is_empty());
    let of = reader.text(name);
    let derives = |one: &Node<'_>| {
        let bases = children(*one).filter(|list| list.kind() == "delegation_specifiers").flat_map(children);
        bases.filter_map(base).any(|base| type_name(reader, base) == Some(of))
    };
    let types: Vec<Node<'_>> = children(body)
        .filter(|one| matches!(one.kind(), "class_declaration" | "object_declaration") && derives(one))
        .filter_map(|one| one.child_by_field_name("name"))
        .collect();
    (!asks && !types.is_empty()).then(|| Shape::Choice(named(reader, types)))
}

/// What an interface, or an abstract class, asks for.
fn contract(reader: &mut Reader<'_>, node: Node<'_>, body: Option<Node<'_>>) -> Shape {
    let is_interface = has_sign(node, "interface");
    let is_abstract = has_modifier(reader, node, "abstract") || has_modifier(reader, node, "sealed");
    if !is_interface && !is_abstract {
        return Shape::Any;
    }
    let Some(body) = body else { return Shape::contract(Vec::new()) };
    let methods = methods(reader, body, |reader, member| match is_interface {
        true => {
            child(member, &["function_body", "getter"]).is_none() && !has_modifier(reader, member, "private")
        }
        false => has_modifier(reader, member, "abstract"),
    });
    match methods.iter().any(|method| method.required) {
        true => Shape::contract(methods),
        // it may ask for something later
        false => Shape::contract(Vec::new()),
    }
}

fn methods(
    reader: &mut Reader<'_>,
    body: Node<'_>,
    is_required: impl Fn(&Reader<'_>, Node<'_>) -> bool,
) -> Vec<Method> {
    let mut found = Vec::new();
    let members: Vec<Node<'_>> = children(body).collect();
    for member in members {
        let required = is_required(reader, member);
        match member.kind() {
            "function_declaration" => {
                let Some(name) = member.child_by_field_name("name") else { continue };
                let list = child(member, &["function_value_parameters"]);
                let count =
                    list.map_or(0, |list| children(list).filter(|one| one.kind() == "parameter").count());
                let count = count + usize::from(receiver(member, name).is_some());
                let takes = vec![reader.intern(""); count];
                found.push(Method { name: reader.word(name), required, takes });
            }
            "property_declaration" => {
                let name = child(member, &["variable_declaration"]).and_then(first_name);
                if let Some(name) = name {
                    let method = getter(reader.text(name));
                    found.push(Method { name: reader.intern(&method), required, takes: Vec::new() });
                }
            }
            _ => {}
        }
    }
    found.sort();
    found
}

/// What a class has that derives from a class, or from interfaces alone.
fn implementation(reader: &mut Reader<'_>, node: Node<'_>, body: Option<Node<'_>>) {
    let Some(list) = child(node, &["delegation_specifiers"]) else { return };
    let bases: Vec<Node<'_>> = children(list).filter(|one| one.kind() == "delegation_specifier").collect();
    let is_open =
        ["abstract", "sealed", "expect", "actual"].iter().any(|word| has_modifier(reader, node, word));
    let is_of = |kind: &str| bases.iter().any(|one| one.named_child(0).is_some_and(|of| of.kind() == kind));
    let body = body.or_else(|| child(node, &["enum_class_body"]));
    // then one of them is a class
    let calls_super = body.is_some_and(|body| child(body, &["secondary_constructor"]).is_some());
    // each constant of an enumeration may have what that lacks
    let is_spread = body
        .into_iter()
        .flat_map(children)
        .any(|member| member.kind() == "enum_entry" && child(member, &["class_body"]).is_some());
    if is_open
        || is_spread
        || is_of("explicit_delegation")
        || bases.len() > 1 && calls_super
        || has_sign(node, "interface")
    {
        return;
    }
    let mut own = body.map_or(Vec::new(), |body| methods(reader, body, |_, _| false));
    let primary = child(node, &["primary_constructor"]).and_then(|one| child(one, &["class_parameters"]));
    let parameters: Vec<Node<'_>> = primary
        .into_iter()
        .flat_map(children)
        .filter(|one| has_modifier(reader, *one, "override"))
        .filter_map(first_name)
        .collect();
    for name in parameters {
        let method = getter(reader.text(name));
        own.push(Method { name: reader.intern(&method), required: false, takes: Vec::new() });
    }
    own.sort();
    // of a class and interfaces, it must have what the class asks for: the others' may be the class's
    let of_class = is_of("constructor_invocation");
    let makes = |one: &Node<'_>| one.named_child(0).is_some_and(|of| of.kind() == "constructor_invocation");
    for of in bases.into_iter().filter(|one| !of_class || makes(one)).filter_map(base) {
        if let Some(of) = type_name(reader, of) {
            reader.mention(of, Qualifier::None, Form::Implementation(own.clone()), line(node));
        } else if let Some((before, of)) = nested_name(reader, of) {
            let before = Qualifier::Name(before.into());
            reader.mention(of, before, Form::Implementation(own.clone()), line(node));
        }
    }
}

/// The name of a type inside of another one, after that of the other one.
fn nested_name<'t>(reader: &Reader<'t>, of: Node<'_>) -> Option<(&'t str, &'t str)> {
    let names: Vec<Node<'_>> = children(of).filter(|part| part.kind() == "identifier").collect();
    let [.., before, name] = names[..] else { return None };
    let [before, name] = [before, name].map(|name| reader.text(name));
    (of.kind() == "user_type" && before.starts_with(char::is_uppercase)).then_some((before, name))
}

/// A value of a class without a name.
pub(super) fn nameless(reader: &mut Reader<'_>, node: Node<'_>) {
    implementation(reader, node, child(node, &["class_body"]));
}
