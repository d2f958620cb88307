//! Of which types the values are whose members JavaScript uses, where no local holds them: what is made there, the own type
//! without what it adds, and a member of the own type.

use tree_sitter::Node;

use super::types;
use crate::symbols::facts::{Form, Qualifier};
use crate::symbols::language::Language;
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

/// `new A().b`, `super.b`, `this.a.b`.
pub(super) fn member(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let (Some(object), Some(name)) =
        (node.child_by_field_name("object"), node.child_by_field_name("property"))
    else {
        return;
    };
    let object = reader.unwrapped(object);
    let of = match object.kind() {
        "super" => supertype(reader, node),
        "new_expression" => made(reader, object),
        "member_expression" => {
            let parts = ["object", "property"].map(|field| object.child_by_field_name(field));
            if let ([Some(own), Some(member)], Some(owner)) = (parts, &place.owner)
                && reader.text(own) == "this"
                && class_around(node).is_some()
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

/// The type of which a value is made.
pub(super) fn made<'t>(reader: &Reader<'t>, value: Node<'_>) -> Option<&'t str> {
    let of = value.child_by_field_name("constructor").filter(|_| value.kind() == "new_expression")?;
    (of.kind() == "identifier").then(|| reader.text(of))
}

/// The class whose value `this` is.
fn class_around(node: Node<'_>) -> Option<Node<'_>> {
    let mut around = node.parent();
    while let Some(inner) = around.filter(|one| one.kind() != "class_body") {
        // what has another one
        if matches!(inner.kind(), "object" | "function_expression" | "function_declaration") {
            return None;
        }
        around = inner.parent();
    }
    around?.parent()
}

/// The supertype by whose constructor a class is made that has none itself.
pub(super) fn made_as<'t>(reader: &Reader<'t>, class: Node<'_>) -> Option<&'t str> {
    let body = class.child_by_field_name("body").filter(|_| class.kind() == "class_declaration")?;
    let makes = |member: Node<'_>| {
        member.child_by_field_name("name").is_some_and(|name| reader.text(name) == "constructor")
    };
    if children(body).any(makes) { None } else { supertype_of(reader, class) }
}

/// The supertype of the class around a node, where it has a name.
fn supertype<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<&'t str> {
    supertype_of(reader, class_around(node)?)
}

fn supertype_of<'t>(reader: &Reader<'t>, class: Node<'_>) -> Option<&'t str> {
    let heritage = children(class).find(|child| child.kind() == "class_heritage")?;
    let clause = children(heritage).find(|child| child.kind() == "extends_clause").unwrap_or(heritage);
    let of = reader.unwrapped(clause.named_child(0)?);
    (of.kind() == "identifier").then(|| reader.text(of))
}

/// `new this(…)` in a static method makes a value of the class around it.
pub(super) fn own_made(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let is_own = node.child_by_field_name("constructor").is_some_and(|of| of.kind() == "this");
    let mut method = node.parent().filter(|_| is_own);
    while let Some(inner) = method.filter(|one| !matches!(one.kind(), "method_definition" | "class_body")) {
        method = inner.parent();
    }
    let is_static = method.is_some_and(|method| {
        (0..method.child_count()).filter_map(|at| method.child(at)).any(|child| child.kind() == "static")
    });
    let class = class_around(node).filter(|class| is_static && class.kind() == "class_declaration");
    if let (Some(_), Some(owner), Some(list)) = (class, &place.owner, node.child_by_field_name("arguments")) {
        let form = Form::Call(reader.arguments(list));
        reader.mention(owner, Qualifier::None, form, line(node));
    }
}

/// `super(…)` calls the constructor of the supertype.
pub(super) fn super_call(reader: &mut Reader<'_>, node: Node<'_>) {
    let function = node.child_by_field_name("function").filter(|function| function.kind() == "super");
    let list = node.child_by_field_name("arguments").filter(|_| function.is_some());
    if let (Some(list), Some(of)) = (list, supertype(reader, node)) {
        let form = Form::Call(reader.arguments(list));
        reader.mention(of, Qualifier::None, form, line(node));
    }
}

/// A member of a class that holds a value of one type. In TypeScript, what declares it says so; else all that is assigned.
pub(super) fn field(reader: &mut Reader<'_>, node: Node<'_>, name: Node<'_>, place: &CodeScope) {
    let Some(owner) = &place.owner else { return };
    let name = format!("{owner}.{}", reader.text(name));
    let value = node.child_by_field_name("value");
    let of = match node.child_by_field_name("type") {
        Some(of) => types::type_name(reader, of),
        None => value.and_then(|value| made(reader, value)),
    };
    // what only is named may be assigned later
    if of.is_some() || value.is_some() || reader.language != Language::JavaScript {
        reader.declare_own_member(&name, of);
    }
}

/// A parameter of a constructor that is a member, too.
pub(super) fn parameter(reader: &mut Reader<'_>, node: Node<'_>, name: Node<'_>, place: &CodeScope) {
    let is_member = children(node).any(|child| child.kind() == "accessibility_modifier")
        || (0..node.child_count()).filter_map(|at| node.child(at)).any(|child| child.kind() == "readonly");
    if let (true, Some(owner)) = (is_member, &place.owner) {
        let member = format!("{owner}.{}", reader.text(name));
        let of = node.child_by_field_name("type").and_then(|of| types::type_name(reader, of));
        reader.declare_own_member(&member, of);
    }
}

/// `this.a = new B()` in JavaScript, where nothing declares the member.
pub(super) fn assigned(reader: &mut Reader<'_>, node: Node<'_>, left: Node<'_>, place: &CodeScope) {
    let own = left.child_by_field_name("object").filter(|own| reader.text(*own) == "this");
    let name = left.child_by_field_name("property").filter(|_| own.is_some());
    if let (Some(name), Some(owner), Language::JavaScript) = (name, &place.owner, reader.language) {
        let member = format!("{owner}.{}", reader.text(name));
        let of = node.child_by_field_name("right").and_then(|right| made(reader, right));
        reader.declare_own_member(&member, of);
    }
}

/// A method that says that it overrides one.
pub(super) fn overrides(reader: &mut Reader<'_>, method: Node<'_>, name: Node<'_>, place: &CodeScope) {
    let says_so = children(method).any(|child| child.kind() == "override_modifier");
    if let (Some(owner), true) = (&place.owner, says_so) {
        let qualifier = Qualifier::Own(owner.clone());
        reader.mention(reader.text(name), qualifier, Form::Overrides(None), line(name));
    }
}
