//! Classes, interfaces, traits and enumerations of PHP, and what uses of them have to name.

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Form, Method, Qualifier, Shape, Word};
use crate::symbols::nodes::{CodeScope, children, line};
use crate::symbols::reader::Reader;

use super::{parameters, plain_name, seen};

/// Methods by which a class has members that it does not define.
const MAGIC: [&str; 3] = ["__call", "__callStatic", "__get"];

/// What a trait derives from: whoever uses it, whose members it has as well.
pub(in crate::symbols) const ANY_USER: &str = "$this";

/// The names by which a class has members of a trait.
pub(super) fn aliases(reader: &mut Reader<'_>, list: Node<'_>, place: &CodeScope) {
    for clause in children(list).filter(|clause| clause.kind() == "use_as_clause") {
        let alias = children(clause).skip(1).last().filter(|alias| alias.kind() == "name");
        if let Some(alias) = alias {
            let (word, line) = (reader.word(alias), line(alias));
            let defined = reader.define_word(word, line, DefinitionKind::Function, place, Shape::Any);
            defined.repeatable = true;
        }
    }
}

/// Defines a type. Gives the place of its members.
pub(super) fn define(
    reader: &mut Reader<'_>,
    node: Node<'_>,
    [name, body]: [Node<'_>; 2],
    place: &CodeScope,
) -> CodeScope {
    let place = CodeScope { owner: None, conditional: place.conditional || place.local, ..place.clone() };
    let (heads, is_abstract) = (heads(node), is_abstract(node));
    let shape = match node.kind() {
        "interface_declaration" => contract(reader, body, true),
        "class_declaration" if is_abstract => contract(reader, body, false),
        "enum_declaration" => Shape::Choice(variants(reader, body)),
        _ => Shape::Any,
    };
    let uses: Vec<Node<'_>> = children(body).filter(|child| child.kind() == "use_declaration").collect();
    let traits = uses.iter().flat_map(|uses| children(*uses)).filter(|child| child.kind() != "use_list");
    let mut bases: Vec<Word> = Vec::new();
    for base in heads.iter().copied().chain(traits) {
        let word = plain_name(reader, base).unwrap_or_else(|| reader.intern("\\"));
        bases.push(word);
    }
    if methods_in(body).any(|(name, _)| MAGIC.contains(&reader.text(name))) {
        bases.push(reader.intern("?"));
    }
    if node.kind() == "trait_declaration" {
        bases.push(reader.intern(ANY_USER));
    }
    let made_as = made_as(reader, node, body).filter(|_| uses.is_empty());
    let defined = reader.define(name, DefinitionKind::Type, &place, shape);
    (defined.bases, defined.returns) = (bases, made_as.unwrap_or_else(|| "".into()));
    if node.kind() != "interface_declaration" && !is_abstract && uses.is_empty() {
        implementation(reader, &heads, body);
    }
    if node.kind() == "class_declaration" {
        constructor(reader, name, body, &place);
    }
    let shown = matches!(node.kind(), "trait_declaration" | "interface_declaration");
    CodeScope { shown, ..reader.members(name, &place) }
}

/// What a type extends and implements.
fn heads(node: Node<'_>) -> Vec<Node<'_>> {
    let clauses =
        children(node).filter(|child| matches!(child.kind(), "base_clause" | "class_interface_clause"));
    clauses.flat_map(children).filter(|child| child.kind() != "comment").collect()
}

fn is_abstract(node: Node<'_>) -> bool {
    children(node).any(|child| child.kind() == "abstract_modifier")
}

/// The methods in a body: each with its name.
fn methods_in<'n>(body: Node<'n>) -> impl Iterator<Item = (Node<'n>, Node<'n>)> {
    let methods = children(body).filter(|child| child.kind() == "method_declaration");
    methods.filter_map(|method| Some((method.child_by_field_name("name")?, method)))
}

/// The supertype by whose constructor a class is made that has none itself.
fn made_as(reader: &mut Reader<'_>, class: Node<'_>, body: Node<'_>) -> Option<Word> {
    let makes = methods_in(body).any(|(name, _)| reader.text(name) == "__construct");
    let base = children(class).find(|child| child.kind() == "base_clause")?.named_child(0)?;
    let is_class = class.kind() == "class_declaration" && !makes;
    if is_class { plain_name(reader, base) } else { None }
}

/// A constructor is called by the name of its type, so it belongs to no type.
fn constructor(reader: &mut Reader<'_>, name: Node<'_>, body: Node<'_>, place: &CodeScope) {
    let made = methods_in(body).find(|(name, _)| reader.text(*name) == "__construct");
    if let Some((_, made)) = made
        && let Some(list) = made.child_by_field_name("parameters")
    {
        let (shape, word) = (Shape::Callable(parameters(reader, list)), reader.word(name));
        let seen = seen(made, place);
        let defined = reader.define_word(word, line(made), DefinitionKind::Function, place, shape);
        (defined.seen, defined.repeatable) = (seen, true);
    }
}

fn methods(reader: &mut Reader<'_>, body: Node<'_>, is_required: impl Fn(Node<'_>) -> bool) -> Vec<Method> {
    let mut found = Vec::new();
    for (name, method) in methods_in(body) {
        let list = method.child_by_field_name("parameters");
        let count =
            list.map_or(0, |list| children(list).filter(|one| one.kind().ends_with("parameter")).count());
        let takes = vec![reader.intern(""); count];
        found.push(Method { name: reader.word(name), required: is_required(method), takes });
    }
    found.sort();
    found
}

/// The methods that whoever implements or extends a type has to have. Of one that takes any number, nothing is said.
fn contract(reader: &mut Reader<'_>, body: Node<'_>, is_interface: bool) -> Shape {
    let mut methods = methods(reader, body, |method| is_interface || is_abstract(method));
    let variadic: Vec<&str> = methods_in(body)
        .filter(|(_, method)| {
            let list = method.child_by_field_name("parameters");
            list.is_some_and(|list| children(list).any(|one| one.kind() == "variadic_parameter"))
        })
        .map(|(name, _)| reader.text(name))
        .collect();
    methods.retain(|method| method.required && !variadic.contains(&&*method.name));
    Shape::Contract { methods, closed: false }
}

/// A class that names one supertype alone, or interfaces alone, must have their methods itself.
fn implementation(reader: &mut Reader<'_>, heads: &[Node<'_>], body: Node<'_>) {
    let extends = |head: &Node<'_>| head.parent().is_some_and(|clause| clause.kind() == "base_clause");
    if heads.len() > 1 && heads.iter().any(extends) {
        return;
    }
    let own = methods(reader, body, |_| false);
    for head in heads.iter().filter(|head| head.kind() == "name") {
        reader.used(*head, Form::Implementation(own.clone()));
    }
}

/// The same of a class without a name.
pub(super) fn nameless(reader: &mut Reader<'_>, class: Node<'_>) {
    let Some(body) = class.child_by_field_name("body") else { return };
    if !children(body).any(|child| child.kind() == "use_declaration") {
        implementation(reader, &heads(class), body);
    }
}

fn variants(reader: &mut Reader<'_>, body: Node<'_>) -> Vec<Word> {
    let cases = children(body).filter(|child| child.kind() == "enum_case");
    let names: Vec<Node<'_>> = cases.filter_map(|case| case.child_by_field_name("name")).collect();
    names.into_iter().map(|name| reader.word(name)).collect()
}

/// A match that lists the cases of an enumeration, and has no other way out.
pub(super) fn cases(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(body) = node.child_by_field_name("body") else { return };
    let (mut of, mut cases) = (None, Vec::new());
    for arm in children(body).filter(|arm| arm.kind() != "comment") {
        let Some(list) = arm.child_by_field_name("conditional_expressions") else { return };
        for one in children(list).filter(|one| one.kind() != "comment") {
            let parts: Vec<Node<'_>> = children(one).collect();
            let ([scope, name], "class_constant_access_expression") = (&parts[..], one.kind()) else {
                return;
            };
            let scope = match reader.qualifier(*scope, place) {
                Qualifier::Name(name) | Qualifier::Own(name) => name,
                _ => return,
            };
            if of.get_or_insert_with(|| scope.clone()) != &scope {
                return;
            }
            cases.push(reader.word(*name));
        }
    }
    if let Some(of) = of {
        reader.mention(&of, Qualifier::None, Form::Cases(cases), line(node));
    }
}

/// The class of which `new self`, `new static` and `new parent` make a value. One that is abstract is made as one of those that
/// derive from it.
pub(super) fn made_by_own_name(reader: &mut Reader<'_>, made: Node<'_>, place: &CodeScope) -> Option<Word> {
    match reader.text(made) {
        "self" | "static" => {
            let class = class_around(made)?;
            place.owner.clone().filter(|_| class.kind() == "class_declaration" && !is_abstract(class))
        }
        "parent" => parent(reader, made),
        _ => None,
    }
}

/// The class around a node.
fn class_around(node: Node<'_>) -> Option<Node<'_>> {
    let mut around = node.parent();
    while let Some(inner) = around.filter(|one| {
        !matches!(
            one.kind(),
            "class_declaration" | "anonymous_class" | "trait_declaration" | "enum_declaration"
        )
    }) {
        around = inner.parent();
    }
    around
}

/// The supertype of the class around a node.
pub(super) fn parent(reader: &mut Reader<'_>, node: Node<'_>) -> Option<Word> {
    let around =
        class_around(node).filter(|one| matches!(one.kind(), "class_declaration" | "anonymous_class"));
    let base = children(around?).find(|child| child.kind() == "base_clause")?.named_child(0)?;
    plain_name(reader, base)
}
