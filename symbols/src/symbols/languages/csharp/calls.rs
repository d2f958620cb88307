//! What C# calls, and what stands before it: constructors, members without anything before them, and those of values that may
//! be nothing.

use tree_sitter::Node;

use super::super::waiting;
use super::type_name;
use crate::symbols::facts::{Arguments, Form, Qualifier, Word};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

pub(super) fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    match node.kind() {
        "invocation_expression" => {
            waiting::csharp(reader, node);
            invocation(reader, node, place);
        }
        "member_access_expression" => member(reader, node, place),
        "conditional_access_expression" => {
            let condition = node.child_by_field_name("condition");
            if let (Some(condition), Some(name)) = (condition, bound_member(reader, node)) {
                reader.member_of(name, condition, place);
            }
        }
        "object_creation_expression" => {
            let of = node.child_by_field_name("type").and_then(|of| type_name(reader, of));
            let of = of.map(|of| reader.intern(of));
            // `new A { B = 1 }` has no list of arguments
            if let (Some(of), None, Some(_)) = (
                node.child_by_field_name("type"),
                node.child_by_field_name("arguments"),
                node.child_by_field_name("initializer"),
            ) && let Some(leaf) = reader.named_leaf(of)
            {
                reader.used(leaf, Form::Call(Arguments::default()));
            }
            if let Some(list) = node.child_by_field_name("initializer") {
                initialized(reader, list, of);
            }
        }
        "implicit_object_creation_expression" => {
            if let Some(list) = children(node).find(|child| child.kind() == "initializer_expression") {
                initialized(reader, list, None);
            }
        }
        "assignment_expression" => {
            // the members of a member
            let inner =
                node.child_by_field_name("right").filter(|list| list.kind() == "initializer_expression");
            if let Some(list) = inner {
                initialized(reader, list, None);
            }
        }
        "anonymous_object_creation_expression" => named_values(reader, node),
        "with_initializer" | "subpattern" => {
            if let Some(first) = node.named_child(0).filter(|first| first.kind() == "identifier") {
                reader.belongs_to_a_value(first, None);
            }
        }
        "constructor_initializer" => {
            let is_base = reader.text(node).trim_start_matches(':').trim_start().starts_with("base");
            let list = children(node).find(|child| child.kind() == "argument_list");
            let mut around = node.parent();
            while let Some(outer) = around.filter(|one| {
                !one.kind().ends_with("_declaration") || one.kind() == "constructor_declaration"
            }) {
                around = outer.parent();
            }
            let (Some(list), Some(of)) = (list, around) else { return };
            let name = match is_base {
                true => base_list(of)
                    .and_then(|list| list.named_child(0))
                    .and_then(|base| type_name(reader, base)),
                false => of.child_by_field_name("name").map(|name| reader.text(name)),
            };
            if let Some(name) = name {
                let form = Form::Call(reader.arguments(list));
                reader.mention(name, Qualifier::None, form, line(node));
            }
        }
        _ => {}
    }
}

/// `new A().B`, `base.B`, `this.a.B`: of which type the value is.
fn member(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let (Some(object), Some(name)) =
        (node.child_by_field_name("expression"), node.child_by_field_name("name"))
    else {
        return;
    };
    let (object, name) = (reader.unwrapped(object), reader.unwrapped(name));
    let of = match object.kind() {
        "object_creation_expression" => {
            object.child_by_field_name("type").and_then(|of| type_name(reader, of))
        }
        "member_access_expression" => {
            let parts = ["expression", "name"].map(|field| object.child_by_field_name(field));
            if let ([Some(own), Some(member)], Some(owner)) = (parts, &place.owner)
                && reader.text(own) == "this"
            {
                let member = format!("{owner}.{}", reader.text(member));
                reader.stands_after_own_member(name, &member);
            }
            None
        }
        _ if reader.text(object) == "base" => supertype(reader, node),
        _ => None,
    };
    if let Some(of) = of {
        let of = reader.intern(of);
        reader.qualify(name, Qualifier::Typed(of));
    }
}

/// The class from which the one around a node derives. What looks like an interface is none.
fn supertype<'t>(reader: &Reader<'t>, node: Node<'_>) -> Option<&'t str> {
    let mut around = node.parent();
    while let Some(inner) =
        around.filter(|one| !matches!(one.kind(), "class_declaration" | "record_declaration"))
    {
        around = inner.parent();
    }
    let of = type_name(reader, base_list(around?)?.named_child(0)?)?;
    let is_interface = of.strip_prefix('I').is_some_and(|rest| rest.starts_with(char::is_uppercase));
    (!is_interface).then_some(of)
}

/// The name of the member of a value that may be nothing: `a?.B`.
fn bound_member<'n>(reader: &Reader<'_>, node: Node<'n>) -> Option<Node<'n>> {
    let binding = children(node).find(|child| child.kind() == "member_binding_expression")?;
    binding.child_by_field_name("name").map(|name| reader.unwrapped(name))
}

fn invocation(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(function) = node.child_by_field_name("function") else { return };
    if function.kind() == "conditional_access_expression" {
        if let (Some(name), Some(list)) =
            (bound_member(reader, function), node.child_by_field_name("arguments"))
        {
            let form = Form::Call(reader.arguments(list));
            reader.used(name, form);
        }
        return;
    }
    // a method of the own type, or of one around it
    let function = reader.unwrapped(function);
    if function.kind() == "identifier" {
        let qualifier = place.owner.clone().map_or(Qualifier::Value, Qualifier::Own);
        reader.belongs_to(function, qualifier);
    }
}

/// Members that a value of this type is given when it is made.
fn initialized(reader: &mut Reader<'_>, list: Node<'_>, of: Option<Word>) {
    let set: Vec<Node<'_>> = children(list).filter(|child| child.kind() == "assignment_expression").collect();
    for name in set.into_iter().filter_map(|one| one.child_by_field_name("left")) {
        if name.kind() == "identifier" {
            reader.belongs_to_a_value(name, of.clone());
        }
    }
}

/// The names that `new { A = 1 }` gives to its values are its own.
fn named_values(reader: &mut Reader<'_>, node: Node<'_>) {
    let mut cursor = node.walk();
    let all: Vec<Node<'_>> = node.children(&mut cursor).collect();
    for pair in all.windows(2).filter(|pair| pair[1].kind() == "=") {
        reader.dealt_with(pair[0]);
    }
}

/// `Type name = new(…)`, where `value` is what is after the equal sign.
pub(super) fn made_of_declared(reader: &mut Reader<'_>, of: Option<&str>, value: Option<Node<'_>>) {
    let value = value.filter(|value| value.kind() == "implicit_object_creation_expression");
    let (Some(of), Some(value)) = (of, value) else { return };
    let list = children(value).find(|child| child.kind() == "argument_list");
    let arguments = list.map(|list| reader.arguments(list)).unwrap_or_default();
    reader.mention(of, Qualifier::None, Form::Call(arguments), line(value));
}

pub(super) fn base_list(node: Node<'_>) -> Option<Node<'_>> {
    children(node).find(|child| child.kind() == "base_list")
}

/// The types that a type has as its bases; `?` for what is no name.
pub(super) fn bases(reader: &mut Reader<'_>, node: Node<'_>) -> Vec<Word> {
    let listed: Vec<Node<'_>> = base_list(node)
        .into_iter()
        .flat_map(children)
        .filter(|child| child.kind() != "argument_list" && child.kind() != "comment")
        .collect();
    let names: Vec<&str> = listed.into_iter().map(|one| type_name(reader, one).unwrap_or("?")).collect();
    names.into_iter().map(|name| reader.intern(name)).collect()
}

/// A constructor that calls no other one calls the one of the supertype that takes nothing; so does the one that nobody wrote.
pub(super) fn unwritten_base_call(reader: &mut Reader<'_>, class: Node<'_>, body: Node<'_>) {
    let Some(of) = base_list(class).and_then(|list| list.named_child(0)).and_then(|of| type_name(reader, of))
    else {
        return;
    };
    let is_split = super::has_modifier(reader, class, "partial")
        || super::has_modifier(reader, class, "static")
        || children(body).any(|child| child.kind().starts_with("preproc_if"));
    let has_list = children(class).any(|child| child.kind() == "parameter_list");
    if is_split || has_list {
        return;
    }
    let constructors = || {
        let all = children(body).filter(|member| member.kind() == "constructor_declaration");
        all.filter(|one| !super::has_modifier(reader, *one, "static"))
    };
    let calls_none =
        |constructor: &Node<'_>| !children(*constructor).any(|one| one.kind() == "constructor_initializer");
    let at = match constructors().next() {
        None => Some(class.child_by_field_name("name").unwrap_or(class)),
        Some(_) => constructors().find(calls_none),
    };
    if let Some(at) = at.map(line) {
        reader.mention(of, Qualifier::None, Form::Call(Arguments::default()), at);
    }
}

/// `class A(int b) : B(b)` calls a constructor.
pub(super) fn base_call(reader: &mut Reader<'_>, node: Node<'_>) {
    let Some(list) = base_list(node) else { return };
    let Some(first) = list.named_child(0) else { return };
    let mut inside = children(list).chain(children(first));
    let Some(arguments) = inside.find(|child| child.kind() == "argument_list") else { return };
    if let Some(leaf) = reader.named_leaf(first) {
        let form = Form::Call(reader.arguments(arguments));
        reader.used(leaf, form);
    }
}
