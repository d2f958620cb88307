//! C#.

mod calls;
mod contracts;
mod usings;

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Form, Lack, Parameters, Qualifier, SeenFrom, Shape, Word};
use crate::symbols::nodes::{CodeScope, Next, callable, children, line, lines};
use crate::symbols::reader::{Grammar, Reader, untold};
pub(in crate::symbols) use usings::{STATIC, is_around, is_taken};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["identifier"],
    opaque: &[
        "comment",
        "string_literal",
        "verbatim_string_literal",
        "raw_string_literal",
        "character_literal",
        "string_content",
        "attribute_list",
        "global_attribute",
        "preproc_region",
        "preproc_endregion",
        "preproc_pragma",
        "preproc_nullable",
        "preproc_define",
        "preproc_undef",
        "preproc_line",
        "preproc_error",
        "preproc_warning",
        "explicit_interface_specifier",
        "modifier",
        "extern_alias_directive",
    ],
    binders: &[
        ("parameter", "name"),
        ("parameter_list", "name"),
        ("catch_declaration", "name"),
        ("declaration_expression", "name"),
        ("declaration_pattern", "name"),
        ("recursive_pattern", "name"),
        ("var_pattern", "name"),
        ("list_pattern", "name"),
        ("from_clause", "name"),
        ("foreach_statement", "left"),
        ("tuple_pattern", "name"),
        ("type_parameter", "name"),
        ("local_function_statement", "name"),
        ("parenthesized_variable_designation", "name"),
    ],
    members: &[
        ("member_access_expression", "name", "expression", true),
        ("qualified_name", "name", "qualifier", true),
        ("alias_qualified_name", "name", "alias", true),
    ],
    calls: &[
        ("invocation_expression", "function", "arguments"),
        ("object_creation_expression", "type", "arguments"),
    ],
    spreads: &[],
    wrappers: &[
        ("parenthesized_expression", ""),
        ("generic_name", ""),
        ("nullable_type", "type"),
        ("primary_constructor_base_type", "type"),
    ],
    own: &["this", "base"],
    held: untold,
    special,
    guards: note,
};

/// The scope of a method that is called as one of the type of its first parameter.
pub(in crate::symbols) const EXTENSION: &str = "(extension)";

/// What is compiled only sometimes.
fn note(reader: &mut Reader<'_>, node: Node<'_>) {
    if node.kind() == "preproc_if" {
        reader.guard(lines(node), Lack::Everything);
    }
}

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    let name = reader.name_of(node);
    match node.kind() {
        "preproc_if" => return Next::Within(CodeScope { conditional: true, ..place.clone() }),
        "namespace_declaration" | "file_scoped_namespace_declaration" => {
            if let Some(name) = name {
                usings::namespace(reader, name, place);
            }
        }
        "using_directive" => {
            usings::using(reader, node, place);
            return Next::Done;
        }
        "class_declaration"
        | "struct_declaration"
        | "record_declaration"
        | "interface_declaration"
        | "enum_declaration" => {
            if let Some(name) = name {
                return Next::Within(type_declaration(reader, node, name, place));
            }
        }
        "delegate_declaration" => {
            if let Some(name) = name {
                let outer = CodeScope { owner: place.owner.clone(), ..place.clone() };
                reader.define(name, DefinitionKind::Type, &outer, Shape::Any).types = arity(node);
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "enum_member_declaration" => {
            if let Some(name) = name {
                reader.define(name, DefinitionKind::Variant, place, Shape::Any);
            }
        }
        "constructor_declaration" => {
            if let (Some(name), Some(list)) = (name, node.child_by_field_name("parameters")) {
                if !has_modifier(reader, node, "static") {
                    constructor(reader, name, Some(list), place);
                }
                reader.dealt_with(name);
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "destructor_declaration" | "operator_declaration" | "conversion_operator_declaration" => {
            name.into_iter().for_each(|name| reader.dealt_with(name));
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "method_declaration" => {
            method(reader, node, place);
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "property_declaration" | "event_declaration" => {
            if let Some(name) = name {
                let of = node.child_by_field_name("type").and_then(|of| type_name(reader, of));
                declare_field(reader, name, of, place);
                member(reader, node, name, place);
                calls::made_of_declared(reader, of, node.child_by_field_name("value"));
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "indexer_declaration" | "accessor_declaration" => {
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "field_declaration" | "event_field_declaration" => {
            let declaration = children(node).find(|child| child.kind() == "variable_declaration");
            let of = declaration
                .and_then(|found| found.child_by_field_name("type"))
                .and_then(|of| type_name(reader, of));
            let declarators: Vec<Node<'_>> = declaration
                .into_iter()
                .flat_map(children)
                .filter(|child| child.kind() == "variable_declarator")
                .collect();
            for declarator in declarators {
                if let Some(name) = declarator.child_by_field_name("name") {
                    declare_field(reader, name, of, place);
                    member(reader, node, name, place);
                }
                calls::made_of_declared(reader, of, children(declarator).last());
            }
            return Next::Within(CodeScope { local: true, ..place.clone() });
        }
        "variable_declaration" => variables(reader, node),
        "parameter"
        | "declaration_pattern"
        | "recursive_pattern"
        | "declaration_expression"
        | "catch_declaration" => {
            if let (Some(name), Some(of)) = (name, node.child_by_field_name("type")) {
                reader.declare(name, type_name(reader, of));
            }
        }
        "foreach_statement" => {
            if let (Some(left), Some(of)) =
                (node.child_by_field_name("left"), node.child_by_field_name("type"))
                && left.kind() == "identifier"
            {
                reader.declare(left, type_name(reader, of));
            }
        }
        "implicit_parameter" => reader.bind(node),
        "tuple_element" => name.into_iter().for_each(|name| reader.dealt_with(name)),
        "let_clause" | "join_clause" | "join_into_clause" | "group_clause" | "query_continuation" => {
            if let Some(first) = node.named_child(0).filter(|first| first.kind() == "identifier") {
                reader.bind(first);
            }
        }
        "labeled_statement" | "goto_statement" => {
            if let Some(first) = node.named_child(0).filter(|first| first.kind() == "identifier") {
                reader.dealt_with(first);
            }
        }
        _ => calls::special(reader, node, place),
    }
    Next::Same
}

fn has_modifier(reader: &Reader<'_>, node: Node<'_>, word: &str) -> bool {
    children(node).any(|child| child.kind() == "modifier" && reader.text(child) == word)
}

/// How many types a generic one takes: others of its name take another number.
fn arity(node: Node<'_>) -> Word {
    let list = node
        .child_by_field_name("type_parameters")
        .or_else(|| children(node).find(|child| child.kind() == "type_parameter_list"));
    let count =
        list.map_or(0, |list| children(list).filter(|child| child.kind() == "type_parameter").count());
    format!("`{count}").into()
}

fn type_declaration(reader: &mut Reader<'_>, node: Node<'_>, name: Node<'_>, place: &CodeScope) -> CodeScope {
    let kind = node.kind();
    let body = node.child_by_field_name("body");
    let shape = match (kind, body) {
        ("interface_declaration" | "class_declaration" | "record_declaration", Some(body)) => {
            contracts::contract(reader, node, body)
        }
        _ => Shape::Any,
    };
    let bases = match kind {
        "enum_declaration" => Vec::new(),
        _ => calls::bases(reader, node),
    };
    let is_partial = has_modifier(reader, node, "partial");
    let defined = reader.define(name, DefinitionKind::Type, place, shape);
    (defined.bases, defined.repeatable, defined.types) = (bases, is_partial, arity(node));
    let inside = reader.members(name, place);
    let list = children(node).find(|child| child.kind() == "parameter_list");
    if kind == "struct_declaration" {
        // a value of zeros
        constructor(reader, name, None, &inside);
    }
    if let Some(list) = list {
        constructor(reader, name, Some(list), &inside);
        let components: Vec<Node<'_>> =
            children(list).filter_map(|child| child.child_by_field_name("name")).collect();
        for component in components.into_iter().filter(|_| kind == "record_declaration") {
            reader.define(component, DefinitionKind::Field, &inside, Shape::Any).repeatable = true;
        }
    } else if let ("class_declaration", Some(body), false) = (kind, body, is_partial) {
        let has_own = children(body).any(|child| {
            child.kind() == "constructor_declaration" && !has_modifier(reader, child, "static")
                || child.kind().starts_with("preproc_if")
        });
        // the one that nobody wrote
        if !has_own && !has_modifier(reader, node, "static") {
            constructor(reader, name, None, &inside);
        }
    }
    let may_lack = matches!(kind, "class_declaration" | "struct_declaration" | "record_declaration");
    if let Some(body) = body.filter(|_| may_lack) {
        contracts::implementation(reader, node, body);
    }
    calls::base_call(reader, node);
    if let ("class_declaration", Some(body)) = (kind, body) {
        calls::unwritten_base_call(reader, node, body);
    }
    inside
}

/// A constructor is called by the name of its type, so it belongs to no type.
fn constructor(reader: &mut Reader<'_>, name: Node<'_>, list: Option<Node<'_>>, place: &CodeScope) {
    let shape = match list {
        Some(list) => Shape::Callable(parameters(reader, list)),
        None => Shape::Callable(Parameters::default()),
    };
    let types = list.map_or("".into(), |list| types(reader, list));
    let word = reader.word(name);
    let place = CodeScope { owner: None, ..place.clone() };
    reader.define_word(word, line(name), DefinitionKind::Function, &place, shape).types = types;
}

fn method(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let (Some(name), Some(list)) = (node.child_by_field_name("name"), node.child_by_field_name("parameters"))
    else {
        return;
    };
    // it is called by the interface alone
    if children(node).any(|child| child.kind() == "explicit_interface_specifier") {
        reader.dealt_with(name);
        return;
    }
    let mut own = parameters(reader, list);
    let gives = node.child_by_field_name("returns");
    let waits_for = |of: &str| of.starts_with("Task") || of.starts_with("ValueTask");
    own.waits = gives.is_some_and(|of| waits_for(reader.text(of).split('<').next().unwrap_or("")));
    own.settled = gives.is_some_and(|of| of.kind() == "predefined_type");
    let text = format!("{}{}", types(reader, list), arity(node));
    let seen = seen(reader, node);
    let is_partial = has_modifier(reader, node, "partial");
    let first = children(list).find(|child| child.kind() == "parameter");
    let extended = first.filter(|first| has_modifier(reader, *first, "this"));
    let takes = own.named.len() + usize::from(own.variadic);
    overrides(reader, node, name, u8::try_from(takes).ok(), place);
    let defined = reader.define(name, DefinitionKind::Function, place, Shape::Callable(own.clone()));
    (defined.types, defined.seen, defined.repeatable) = (text.as_str().into(), seen, is_partial);
    if let Some(first) = extended {
        let of = first.child_by_field_name("type").and_then(|of| type_name(reader, of)).unwrap_or("?");
        let owner = Some(reader.intern(of));
        let inside = CodeScope { owner, scope: EXTENSION.into(), ..place.clone() };
        let mut shape = own;
        shape.named.remove(0);
        let word = reader.word(name);
        let shape = Shape::Callable(shape);
        let defined = reader.define_word(word, line(name), DefinitionKind::Function, &inside, shape);
        (defined.types, defined.seen, defined.repeatable) = (text.into(), seen, true);
    }
}

/// A member holds a value of a type, with `this.` before it or without.
fn declare_field(reader: &mut Reader<'_>, name: Node<'_>, of: Option<&str>, place: &CodeScope) {
    reader.declare_member(name, of);
    if let Some(owner) = &place.owner {
        let member = format!("{owner}.{}", reader.text(name));
        reader.declare_own_member(&member, of);
    }
}

/// A member that says that it overrides one.
fn overrides(reader: &mut Reader<'_>, node: Node<'_>, name: Node<'_>, takes: Option<u8>, place: &CodeScope) {
    if let (Some(owner), true) = (&place.owner, has_modifier(reader, node, "override")) {
        let qualifier = Qualifier::Own(owner.clone());
        reader.mention(reader.text(name), qualifier, Form::Overrides(takes), line(name));
    }
}

/// A property, a field or an event.
fn member(reader: &mut Reader<'_>, node: Node<'_>, name: Node<'_>, place: &CodeScope) {
    if children(node).any(|child| child.kind() == "explicit_interface_specifier") {
        reader.dealt_with(name);
        return;
    }
    let seen = seen(reader, node);
    let is_partial = has_modifier(reader, node, "partial");
    overrides(reader, node, name, None, place);
    let defined = reader.define(name, DefinitionKind::Field, place, Shape::Any);
    (defined.seen, defined.repeatable) = (seen, is_partial);
}

/// From where a member is seen: what is private, or says nothing in a class, from the class around it alone.
fn seen(reader: &Reader<'_>, node: Node<'_>) -> SeenFrom {
    let holder = node.parent().and_then(|body| body.parent());
    let is_shown = holder.is_none_or(|holder| {
        !matches!(holder.kind(), "class_declaration" | "struct_declaration" | "record_declaration")
    });
    let says = |words: &[&str]| words.iter().any(|word| has_modifier(reader, node, word));
    match is_shown || says(&["public", "internal", "protected", "partial"]) {
        true => SeenFrom::Everywhere,
        false => SeenFrom::Inside,
    }
}

fn parameters(reader: &mut Reader<'_>, list: Node<'_>) -> Parameters {
    let mut shape = callable(Vec::new());
    // `params` stands in the list itself
    shape.variadic = list.child_by_field_name("type").is_some();
    for child in children(list).filter(|child| child.kind() == "parameter") {
        if has_modifier(reader, child, "params") {
            shape.variadic = true;
            continue;
        }
        let mut cursor = child.walk();
        let is_optional = child.children(&mut cursor).any(|part| part.kind() == "=");
        let name = child.child_by_field_name("name").map_or("", |name| reader.text(name));
        shape.named.push(reader.parameter(name, !is_optional));
    }
    shape
}

/// The text of the types of parameters.
fn types(reader: &Reader<'_>, list: Node<'_>) -> Word {
    let of = |child: Node<'_>| {
        let modifiers = children(child).filter(|part| part.kind() == "modifier");
        let is_passed =
            modifiers.map(|part| reader.text(part)).any(|word| matches!(word, "ref" | "out" | "in"));
        let of = child.child_by_field_name("type").map_or("", |of| reader.text(of));
        format!("{}{of},", if is_passed { "ref " } else { "" })
    };
    let plain = children(list).filter(|child| child.kind() == "parameter").map(of).collect::<String>();
    let rest = list.child_by_field_name("type").map_or("", |of| reader.text(of));
    format!("{plain}{rest}").into()
}

/// The name of a type that stands alone.
fn type_name<'t>(reader: &Reader<'t>, of: Node<'_>) -> Option<&'t str> {
    let of = reader.unwrapped(of);
    (of.kind() == "identifier").then(|| reader.text(of)).filter(|of| *of != "var")
}

/// The locals of a declaration, each with the type of its value where that is told.
fn variables(reader: &mut Reader<'_>, node: Node<'_>) {
    if node.parent().is_some_and(|parent| parent.kind().ends_with("field_declaration")) {
        return;
    }
    let of = node.child_by_field_name("type").and_then(|of| type_name(reader, of));
    let declarators: Vec<Node<'_>> =
        children(node).filter(|child| child.kind() == "variable_declarator").collect();
    for declarator in declarators {
        let value = children(declarator).last();
        let made = value.filter(|value| value.kind() == "object_creation_expression");
        let made =
            made.and_then(|made| made.child_by_field_name("type")).and_then(|made| type_name(reader, made));
        calls::made_of_declared(reader, of, value);
        if let Some(name) = declarator.child_by_field_name("name") {
            reader.declare(name, of.or(made));
            reader.bind(name);
        }
    }
}
