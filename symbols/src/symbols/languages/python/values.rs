//! Of which types the values are whose members Python uses: what is made, what is declared, the own type without what it adds,
//! and a member of the own type.

use tree_sitter::Node;

use crate::symbols::facts::{Form, Qualifier};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

/// The class that a call makes a value of, as far as its name tells.
pub(super) fn made<'t>(reader: &Reader<'t>, value: Node<'_>) -> Option<&'t str> {
    let class = value.child_by_field_name("function").filter(|_| value.kind() == "call")?;
    let name = reader.text(class);
    let is_class = name.trim_start_matches('_').starts_with(char::is_uppercase);
    (class.kind() == "identifier" && is_class).then_some(name)
}

/// The class that an annotation names, alone or beside `None`.
pub(super) fn type_name<'t>(reader: &Reader<'t>, annotation: Node<'_>) -> Option<&'t str> {
    let text = reader.text(annotation).trim_matches(['"', '\'']);
    let text = text.strip_prefix("Optional[").and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    let text = text.strip_suffix("| None").unwrap_or(text).trim();
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && text.trim_start_matches('_').starts_with(char::is_uppercase)).then_some(text)
}

/// `A().b`, `super().b`, `self.a.b`.
pub(super) fn member(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let (Some(object), Some(name)) =
        (node.child_by_field_name("object"), node.child_by_field_name("attribute"))
    else {
        return;
    };
    let object = reader.unwrapped(object);
    match object.kind() {
        "call" if is_super(reader, object) => {
            if let Some(of) = supertype(reader, node) {
                let of = reader.intern(of);
                reader.qualify(name, Qualifier::Name(of));
            }
        }
        "call" => {
            if let Some(of) = made(reader, object) {
                let of = reader.intern(of);
                reader.qualify(name, Qualifier::Typed(of));
            }
        }
        "attribute" => {
            if let Some(member) = own_member(reader, object, place) {
                reader.stands_after_own_member(name, &member);
            } else if is_path(reader, object) {
                let path = reader.word(object);
                reader.qualify(name, Qualifier::Name(path));
            }
        }
        _ => {}
    }
}

/// Whether an expression may be the path of a module: names with dots between them.
fn is_path(reader: &Reader<'_>, object: Node<'_>) -> bool {
    let text = reader.text(object);
    let mut parts = text.split('.');
    let is_name = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    !matches!(parts.next(), Some("self" | "cls") | None) && text.split('.').all(is_name)
}

/// `cls(…)`, `type(self)(…)` and `self.__class__(…)` make a value of the class around them. What a class of classes calls is
/// another one, and so is what another function takes under such a name.
pub(super) fn own_made(reader: &mut Reader<'_>, call: Node<'_>, place: &CodeScope) {
    let (Some(function), Some(list)) =
        (call.child_by_field_name("function"), call.child_by_field_name("arguments"))
    else {
        return;
    };
    let text = reader.text(function);
    let is_written = match function.kind() {
        "identifier" if matches!(text, "cls" | "self") => {
            reader.dealt_with(function);
            text == "cls"
        }
        "call" => text == "type(self)",
        "attribute" => text == "self.__class__",
        _ => false,
    };
    let Some(owner) = place.owner.as_ref().filter(|_| is_written && takes_itself(reader, call)) else {
        return;
    };
    let form = Form::Call(reader.arguments(list));
    reader.mention(owner, Qualifier::None, form, line(call));
}

/// Whether `cls` and `self` in a node are those of a method of the class around it, which makes values and no classes.
fn takes_itself(reader: &Reader<'_>, node: Node<'_>) -> bool {
    let mut around = node.parent();
    while let Some(inner) = around {
        if inner.kind() == "function_definition" {
            let first = inner.child_by_field_name("parameters").and_then(|list| list.named_child(0));
            if first.is_some_and(|first| matches!(reader.text(first), "cls" | "self")) {
                let outer = inner.parent().filter(|outer| outer.kind() != "decorated_definition");
                let outer = outer.or_else(|| inner.parent()?.parent()).and_then(|body| body.parent());
                let class = outer.filter(|outer| outer.kind() == "class_definition");
                return class.is_some_and(|class| {
                    let bases = class.child_by_field_name("superclasses");
                    !bases.into_iter().flat_map(children).any(|base| {
                        let base = reader.text(base);
                        base == "type" || base.ends_with("Meta") || base.ends_with("Type")
                    })
                });
            }
        }
        around = inner.parent();
    }
    false
}

/// The only supertype of a class, by whose constructor it is made: it has none itself, nor a decorator.
pub(super) fn made_as<'t>(reader: &Reader<'t>, class: Node<'_>) -> Option<&'t str> {
    let mut bases =
        children(class.child_by_field_name("superclasses")?).filter(|base| base.kind() != "comment");
    let only = bases.next().filter(|only| {
        let module = only.child_by_field_name("object").filter(|_| only.kind() == "attribute");
        only.kind() == "identifier" || module.is_some_and(|module| module.kind() == "identifier")
    })?;
    let is_decorated = class.parent().is_some_and(|around| around.kind() == "decorated_definition");
    let makes = |member: Node<'_>| {
        let member = member.child_by_field_name("definition").unwrap_or(member);
        match member.kind() {
            "function_definition" => {
                let name = member.child_by_field_name("name").map_or("", |name| reader.text(name));
                matches!(name, "__init__" | "__new__")
            }
            "expression_statement" | "comment" | "pass_statement" => reader.text(member).contains("__init__"),
            "class_definition" => false,
            _ => true,
        }
    };
    let makes_itself = class.child_by_field_name("body").into_iter().flat_map(children).any(makes);
    (bases.next().is_none() && !is_decorated && !makes_itself).then(|| reader.text(only))
}

fn is_super(reader: &Reader<'_>, call: Node<'_>) -> bool {
    call.child_by_field_name("function").is_some_and(|function| reader.text(function) == "super")
}

/// The only supertype of the class around a node. A class that is mixed into others has their supertypes before that.
fn supertype<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<&'t str> {
    let mut around = node.parent();
    while let Some(inner) = around.filter(|one| one.kind() != "class_definition") {
        around = inner.parent();
    }
    let class = around?;
    let is_mixed_in =
        class.child_by_field_name("name").is_none_or(|name| reader.text(name).contains("Mixin"));
    let mut bases = children(class.child_by_field_name("superclasses")?)
        .filter(|base| !matches!(base.kind(), "comment" | "keyword_argument"));
    let only = bases.next().filter(|only| only.kind() == "identifier" && !is_mixed_in)?;
    bases.next().is_none().then(|| reader.text(only))
}

/// `self.a`, with the name of the class.
fn own_member(reader: &Reader<'_>, node: Node<'_>, place: &CodeScope) -> Option<String> {
    let [object, name] = ["object", "attribute"].map(|field| node.child_by_field_name(field));
    let is_own = object.is_some_and(|object| reader.text(object) == "self");
    let owner = place.owner.as_ref().filter(|_| is_own)?;
    Some(format!("{owner}.{}", reader.text(name?)))
}

/// What an assignment tells of the value that a name holds.
pub(super) fn assigned(reader: &mut Reader<'_>, node: Node<'_>, left: Node<'_>, place: &CodeScope) {
    let right = node.child_by_field_name("right");
    let of = match node.child_by_field_name("type") {
        Some(of) => type_name(reader, of),
        None => right.and_then(|right| made(reader, right).or_else(|| of_parameter(reader, right))),
    };
    match left.kind() {
        "identifier" if place.local || place.owner.is_none() => reader.declare(left, of),
        // without a type, what is made may give values of other types
        "identifier" => {
            if let Some(owner) = &place.owner {
                let member = format!("{owner}.{}", reader.text(left));
                let of = of.filter(|_| node.child_by_field_name("type").is_some());
                reader.declare_own_member(&member, of);
            }
        }
        "attribute" => {
            if let Some(member) = own_member(reader, left, place) {
                reader.declare_own_member(&member, of);
            }
        }
        _ => {}
    }
}

/// The type of the parameter that a name is, in the function around it.
fn of_parameter<'t>(reader: &Reader<'t>, value: Node<'_>) -> Option<&'t str> {
    let mut around = value.parent().filter(|_| value.kind() == "identifier");
    while let Some(inner) = around.filter(|one| one.kind() != "function_definition") {
        around = inner.parent();
    }
    let name = reader.text(value);
    let list = around?.child_by_field_name("parameters")?;
    let of = children(list).find_map(|one| parameter(one).filter(|(own, _)| reader.text(*own) == name))?.1;
    type_name(reader, of)
}

/// A parameter with a type: its name, and the type.
fn parameter(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let name = match node.kind() {
        "typed_parameter" => node.named_child(0).filter(|name| name.kind() == "identifier"),
        "typed_default_parameter" => node.child_by_field_name("name"),
        _ => None,
    };
    Some((name?, node.child_by_field_name("type")?))
}

/// What a parameter is declared to be.
pub(super) fn declared(reader: &mut Reader<'_>, node: Node<'_>) {
    if let Some((name, of)) = parameter(node) {
        let of = type_name(reader, of);
        reader.declare(name, of);
    }
}

/// Where it is asked of which type a value is, it may be of others.
pub(super) fn asked(reader: &mut Reader<'_>, call: Node<'_>) {
    let function = call.child_by_field_name("function").map_or("", |function| reader.text(function));
    if !matches!(function, "isinstance" | "issubclass" | "type" | "hasattr" | "cast") {
        return;
    }
    let list = call.child_by_field_name("arguments");
    if let Some(first) =
        list.and_then(|list| list.named_child(0)).filter(|first| first.kind() == "identifier")
    {
        reader.doubted(first);
    }
}
