//! What Kotlin calls, and what stands before it.

use tree_sitter::Node;

use super::super::waiting;
use super::{has_sign, members};
use crate::symbols::facts::{Arguments, Form, Qualifier};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

pub(super) fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    match node.kind() {
        "navigation_expression" => {
            let (Some(object), Some(name)) = (node.named_child(0), last(node)) else { return };
            if name.kind() != "identifier" || name.id() == object.id() {
                return;
            }
            if reader.text(name) == "class" {
                reader.dealt_with(name);
                return;
            }
            reader.member_of(name, object, place);
            if let Some(of) = type_of(reader, object) {
                let of = reader.intern(of);
                reader.qualify(name, Qualifier::Typed(of));
            }
            if has_sign(node, "::") {
                reader.used(name, Form::Call(Arguments { open: true, ..Arguments::default() }));
            }
        }
        "callable_reference" => {
            let names: Vec<Node<'_>> = children(node).filter(|one| one.kind() == "identifier").collect();
            if let Some(name) = names.last() {
                reader.used(*name, Form::Call(Arguments { open: true, ..Arguments::default() }));
                if children(node).count() > 1 {
                    reader.belongs_to(*name, Qualifier::Value);
                }
            }
        }
        "call_expression" => {
            call(reader, node);
            inherited(reader, node, place);
        }
        "infix_expression" => {
            if let Some(name) = node.named_child(1).filter(|name| name.kind() == "identifier") {
                reader.belongs_to(name, Qualifier::Value);
                reader.used(name, Form::Call(Arguments { count: 1, ..Arguments::default() }));
            }
        }
        "constructor_invocation" => {
            let of = children(node).find(|one| one.kind() == "user_type");
            let list = children(node).find(|one| one.kind() == "value_arguments");
            if let (Some(of), Some(list)) = (of, list)
                && let Some(leaf) = children(of).filter(|one| one.kind() == "identifier").last()
            {
                let form = Form::Call(arguments(reader, list));
                reader.used(leaf, form);
            }
            qualified(reader, of);
        }
        "when_expression" => cases(reader, node),
        "constructor_delegation_call" => delegation(reader, node, place),
        "user_type" => qualified(reader, Some(node)),
        "value_argument" if has_sign(node, "=") => {
            node.named_child(0).into_iter().for_each(|name| reader.dealt_with(name));
        }
        _ => {}
    }
}

/// The type of what is made where its member is used, or of the own value without what its class adds.
fn type_of<'t>(reader: &Reader<'t>, object: Node<'_>) -> Option<&'t str> {
    match object.kind() {
        "call_expression" => {
            let made = object.named_child(0).filter(|made| made.kind() == "identifier")?;
            let name = reader.text(made);
            let is_plain = children(object).all(|one| one.kind() != "annotated_lambda");
            (is_plain && name.starts_with(char::is_uppercase)).then_some(name)
        }
        "super_expression" => members::supertype(reader, object),
        _ => None,
    }
}

/// A `when` without another way out that gives a value, where each of its cases is one of the same type: `A.B`, `is A.B`.
fn cases(reader: &mut Reader<'_>, node: Node<'_>) {
    const ASKING: [&str; 7] = [
        "function_body",
        "property_declaration",
        "return_expression",
        "value_argument",
        "assignment",
        "binary_expression",
        "navigation_expression",
    ];
    let gives = node.parent().is_some_and(|parent| ASKING.contains(&parent.kind()));
    if !gives || !children(node).any(|one| one.kind() == "when_subject") {
        return;
    }
    let (mut of, mut found) = (None, Vec::new());
    for entry in children(node).filter(|one| one.kind() == "when_entry") {
        let mut cursor = entry.walk();
        let conditions: Vec<Node<'_>> = entry.children_by_field_name("condition", &mut cursor).collect();
        let conditions: Vec<Node<'_>> = conditions.into_iter().filter(|one| one.is_named()).collect();
        if conditions.is_empty() {
            return;
        }
        for condition in conditions {
            if reader.text(condition) == "null" {
                continue;
            }
            let named = match condition.kind() {
                "type_test" if !has_sign(condition, "!is") => condition.named_child(0),
                "navigation_expression" => Some(condition),
                _ => None,
            };
            let parts: Vec<Node<'_>> = named.into_iter().flat_map(children).collect();
            let [outer, inner] = parts[..] else { return };
            let is_name = |part: &Node<'_>| part.kind() == "identifier";
            let is_path = |part: &Node<'_>| {
                part.kind() == "navigation_expression" && children(*part).all(|one| is_name(&one))
            };
            if !is_name(&inner)
                || !is_name(&outer) && !is_path(&outer)
                || of.get_or_insert_with(|| reader.text(outer)) != &reader.text(outer)
            {
                return;
            }
            found.push(reader.word(inner));
        }
    }
    match of.map(|of| of.rsplit_once('.').unwrap_or(("", of))) {
        Some(("", of)) => reader.mention(of, Qualifier::None, Form::Cases(found), line(node)),
        Some((before, of)) => {
            let before = Qualifier::Name(before.into());
            reader.mention(of, before, Form::Cases(found), line(node));
        }
        None => {}
    }
}

/// `this(…)` and `super(…)` call a constructor.
fn delegation(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let of = match has_sign(node, "super") {
        true => members::supertype(reader, node).map(|of| reader.intern(of)),
        false => place.owner.clone(),
    };
    if let (Some(list), Some(of)) = (children(node).find(|one| one.kind() == "value_arguments"), of) {
        let form = Form::Call(arguments(reader, list));
        reader.mention(&of, Qualifier::None, form, line(node));
    }
}

/// A constant of an enumeration is made by its constructor.
pub(super) fn constant_made(reader: &mut Reader<'_>, constant: Node<'_>, place: &CodeScope) {
    if let Some(owner) = &place.owner {
        let list = children(constant).find(|one| one.kind() == "value_arguments");
        let form = Form::Call(list.map(|list| arguments(reader, list)).unwrap_or_default());
        reader.mention(owner, Qualifier::None, form, line(constant));
    }
}

/// The parts of `A.B` as a type: which packages or types stand before, is not followed.
fn qualified(reader: &mut Reader<'_>, of: Option<Node<'_>>) {
    let names: Vec<Node<'_>> =
        of.into_iter().flat_map(children).filter(|one| one.kind() == "identifier").collect();
    for pair in names.windows(2) {
        let before = reader.word(pair[0]);
        reader.belongs_to(pair[1], Qualifier::Name(before));
    }
}

/// A call with nothing before it of a method of the class around it, where that is in no other one, and where no block may have
/// another value as its own.
fn inherited(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let name = node.named_child(0).filter(|name| name.kind() == "identifier");
    let (Some(name), Some(owner)) = (name, &place.owner) else { return };
    if reader.text(name).starts_with(char::is_uppercase) {
        return;
    }
    let mut around = node.parent();
    while let Some(inner) = around.filter(|one| one.kind() != "class_declaration") {
        // a function that extends another type is called on that
        let is_other = match inner.kind() {
            "lambda_literal" | "object_literal" | "companion_object" | "object_declaration"
            | "enum_entry" => true,
            "function_declaration" | "property_declaration" => members::extends_another(inner),
            _ => false,
        };
        if is_other {
            return;
        }
        around = inner.parent();
    }
    if around.and_then(|class| class.parent()).is_some_and(|outer| outer.kind() == "source_file") {
        reader.belongs_to(name, Qualifier::Own(owner.clone()));
    }
}

fn last(node: Node<'_>) -> Option<Node<'_>> {
    node.named_child(node.named_child_count().checked_sub(1)?)
}

fn call(reader: &mut Reader<'_>, node: Node<'_>) {
    let Some(function) = node.named_child(0) else { return };
    let leaf = match function.kind() {
        "identifier" => Some(function),
        "navigation_expression" => last(function).filter(|name| name.kind() == "identifier"),
        _ => None,
    };
    let Some(leaf) = leaf else { return };
    let list = children(node).find(|one| one.kind() == "value_arguments");
    let mut found = list.map(|list| arguments(reader, list)).unwrap_or_default();
    let takes_block = |call: Node<'_>| children(call).any(|one| one.kind() == "annotated_lambda");
    // the block after the call is one more, for the last parameter
    let outer = node.parent().filter(|outer| outer.kind() == "call_expression");
    let is_inner = outer.is_some_and(|outer| {
        outer.named_child(0).is_some_and(|first| first.id() == node.id()) && takes_block(outer)
    });
    found.open |= takes_block(node) || is_inner;
    reader.used(leaf, Form::Call(found));
    waiting::kotlin(reader, node, leaf);
}

fn arguments(reader: &Reader<'_>, list: Node<'_>) -> Arguments {
    let mut found = Arguments::default();
    for one in children(list).filter(|one| !one.kind().contains("comment")) {
        let inner = one.named_child(0);
        match inner {
            Some(name) if has_sign(one, "=") => found.add_keyword(reader.text(name).into()),
            Some(spread) if spread.kind() == "spread_expression" || has_sign(one, "*") => found.open = true,
            _ => found.count = found.count.saturating_add(1),
        }
        found.open |= one.is_error() || one.is_missing() || one.kind() != "value_argument";
    }
    found
}
