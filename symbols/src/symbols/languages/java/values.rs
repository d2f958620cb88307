//! Of which types the values are whose methods Java calls, where no local holds them, and which methods override others.

use tree_sitter::Node;

use super::{takes_count, type_name};
use crate::symbols::facts::{Arguments, Form, Qualifier};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

/// `new A().b()`, `super.b()`, `this.a.b()`.
pub(super) fn member(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let (Some(object), Some(name)) = (node.child_by_field_name("object"), node.child_by_field_name("name"))
    else {
        // a method of the class around it, where that is in no other one
        if let (Some(name), Some(owner), true) =
            (node.child_by_field_name("name"), &place.owner, is_of_outermost(node))
        {
            reader.belongs_to(name, Qualifier::Own(owner.clone()));
        }
        return;
    };
    let object = reader.unwrapped(object);
    let of = match object.kind() {
        "super" => supertype(reader, node),
        "object_creation_expression" if !children(object).any(|one| one.kind() == "class_body") => {
            object.child_by_field_name("type").and_then(|of| type_name(reader, of))
        }
        "field_access" => {
            let parts = ["object", "field"].map(|field| object.child_by_field_name(field));
            if let ([Some(own), Some(member)], Some(owner)) = (parts, &place.owner)
                && own.kind() == "this"
            {
                let member = format!("{owner}.{}", reader.text(member));
                reader.stands_after_own_member(name, &member);
            }
            None
        }
        _ => None,
    };
    if let Some(of) = of {
        let of = reader.intern(of);
        reader.qualify(name, Qualifier::Typed(of));
    }
}

/// A field, as `this.` before it names it.
pub(super) fn field(reader: &mut Reader<'_>, name: Node<'_>, of: Option<&str>, place: &CodeScope) {
    if let Some(owner) = &place.owner {
        let member = format!("{owner}.{}", reader.text(name));
        reader.declare_own_member(&member, of);
    }
}

/// Whether only one type is around a node, a class.
fn is_of_outermost(node: Node<'_>) -> bool {
    let Some(of) = holder(node).filter(|of| of.kind() == "class_declaration") else { return false };
    of.parent().is_some_and(|outer| outer.kind() == "program")
}

/// What holds the body that a node is in.
fn holder(node: Node<'_>) -> Option<Node<'_>> {
    let mut around = node.parent();
    let is_body = |kind: &str| kind.ends_with("_body") && kind != "constructor_body";
    while let Some(inner) = around.filter(|one| !is_body(one.kind())) {
        around = inner.parent();
    }
    around?.parent()
}

/// The supertype of the class around a node, where it has a name.
fn supertype<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<&'t str> {
    let of = holder(node)?;
    match of.kind() {
        "class_declaration" => type_name(reader, of.child_by_field_name("superclass")?.named_child(0)?),
        "object_creation_expression" => type_name(reader, of.child_by_field_name("type")?),
        _ => None,
    }
}

/// `super(…)` calls the constructor of the supertype, `this(…)` one of the own type.
pub(super) fn constructor_call(reader: &mut Reader<'_>, node: Node<'_>) {
    let of = match node.child_by_field_name("constructor").map(|called| called.kind()) {
        Some("super") => supertype(reader, node),
        Some("this") => own_type(reader, node),
        _ => None,
    };
    if let (Some(list), Some(of)) = (node.child_by_field_name("arguments"), of) {
        let form = Form::Call(reader.arguments(list));
        reader.mention(of, Qualifier::None, form, line(node));
    }
}

/// A constructor that calls no other one calls the one of the supertype that takes nothing; so does the one that nobody wrote.
pub(super) fn unwritten_super_call(reader: &mut Reader<'_>, class: Node<'_>, body: Node<'_>) {
    let of = class.child_by_field_name("superclass").and_then(|list| list.named_child(0));
    let Some(of) = of.and_then(|of| type_name(reader, of)) else { return };
    let constructors = || children(body).filter(|member| member.kind() == "constructor_declaration");
    let calls_none = |constructor: &Node<'_>| {
        let body = constructor.child_by_field_name("body");
        !body.into_iter().flat_map(children).any(|one| one.kind() == "explicit_constructor_invocation")
    };
    let at = match constructors().next() {
        None if makes_constructors(reader, class) => None,
        None => Some(class.child_by_field_name("name").unwrap_or(class)),
        Some(_) => constructors().find(calls_none),
    };
    if let Some(at) = at {
        reader.mention(of, Qualifier::None, Form::Call(Arguments::default()), line(at));
    }
}

/// Whether an annotation makes constructors (`@AllArgsConstructor`, `@Data`).
pub(super) fn makes_constructors(reader: &Reader<'_>, class: Node<'_>) -> bool {
    let modifiers = children(class).find(|child| child.kind() == "modifiers");
    modifiers.into_iter().flat_map(children).any(|one| {
        let name = reader.text(one).trim_start_matches('@').split('(').next().unwrap_or_default();
        name.ends_with("ArgsConstructor") || matches!(name, "Data" | "Value" | "Builder" | "SuperBuilder")
    })
}

/// A constant of an enumeration is made by its constructor.
pub(super) fn constant_made(reader: &mut Reader<'_>, constant: Node<'_>, place: &CodeScope) {
    if let Some(owner) = &place.owner {
        let list = constant.child_by_field_name("arguments");
        let form = Form::Call(list.map_or_else(Arguments::default, |list| reader.arguments(list)));
        reader.mention(owner, Qualifier::None, form, line(constant));
    }
}

/// The type around a node, where it has a name.
fn own_type<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<&'t str> {
    let mut around = node.parent();
    while let Some(inner) =
        around.filter(|one| !one.kind().ends_with("_declaration") || one.kind() == "constructor_declaration")
    {
        around = inner.parent();
    }
    around?.child_by_field_name("name").map(|name| reader.text(name))
}

/// A method that says that it overrides one.
pub(super) fn overrides(reader: &mut Reader<'_>, method: Node<'_>, name: Node<'_>, place: &CodeScope) {
    let modifiers = children(method).find(|child| child.kind() == "modifiers");
    let says_so = modifiers.into_iter().flat_map(children).any(|one| reader.text(one) == "@Override");
    let (Some(list), Some(of), true) = (method.child_by_field_name("parameters"), holder(method), says_so)
    else {
        return;
    };
    let qualifier = match of.kind() {
        "object_creation_expression" => {
            let of = of.child_by_field_name("type").and_then(|of| type_name(reader, of));
            of.map(|of| Qualifier::Typed(of.into()))
        }
        "enum_constant" => place.owner.clone().map(Qualifier::Typed),
        _ => place.owner.clone().map(Qualifier::Own),
    };
    if let Some(qualifier) = qualifier {
        let form = Form::Overrides(u8::try_from(takes_count(list)).ok());
        reader.mention(reader.text(name), qualifier, form, line(name));
    }
}
