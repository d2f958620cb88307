//! Python.

mod abstracts;
mod doubles;
mod given;
mod guards;
mod listed;
mod told;
mod values;

use tree_sitter::Node;

pub(super) use told::entry_points;

use super::waiting;
use crate::symbols::facts::{Arguments, DefinitionKind, Form, Parameter, Parameters, Qualifier, Shape, Word};
use crate::symbols::nodes::{CodeScope, Next, callable, children, line};
use crate::symbols::reader::{Grammar, Reader, untold};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["identifier"],
    opaque: &["comment", "string_content", "string_start", "string_end", "escape_sequence"],
    binders: &[
        ("assignment", "left"),
        ("augmented_assignment", "left"),
        ("for_statement", "left"),
        ("for_in_clause", "left"),
        ("named_expression", "name"),
        ("parameters", ""),
        ("lambda_parameters", ""),
        ("default_parameter", "name"),
        ("typed_default_parameter", "name"),
        ("typed_parameter", ""),
        ("as_pattern", "alias"),
        ("except_clause", "alias"),
        ("case_pattern", ""),
        ("global_statement", ""),
        ("nonlocal_statement", ""),
        ("delete_statement", ""),
    ],
    members: &[("attribute", "attribute", "object", true)],
    calls: &[("call", "function", "arguments")],
    spreads: &["list_splat", "dictionary_splat", "parenthesized_list_splat"],
    wrappers: &[("parenthesized_expression", "")],
    own: &["self", "cls"],
    held: untold,
    special,
    guards: guards::note,
};

/// What a class derives from that makes members when they are asked for.
pub(in crate::symbols) const ANY_MEMBER: &str = "__getattr__";

fn makes_members(reader: &Reader<'_>, class: Node<'_>) -> bool {
    let body = class.child_by_field_name("body");
    let mut names = body.into_iter().flat_map(children).filter_map(|one| one.child_by_field_name("name"));
    names.any(|name| matches!(reader.text(name), ANY_MEMBER | "__getattribute__"))
}

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    let name = reader.name_of(node);
    if matches!(node.kind(), "class_definition" | "function_definition" | "with_statement") {
        doubles::note(reader, node);
    }
    match node.kind() {
        "class_definition" => {
            let Some(name) = name else { return Next::Same };
            let shape = match abstracts::lacks(reader, node) {
                Some(lacks) => Shape::Abstract(lacks),
                None => class(reader, node),
            };
            abstracts::implementation(reader, node);
            let mut bases = reader.types(node.child_by_field_name("superclasses"));
            if makes_members(reader, node) {
                bases.push(reader.intern(ANY_MEMBER));
            }
            let repeatable = may_repeat(reader, name, &decorators(reader, node));
            let made_as = values::made_as(reader, node).map(|of| reader.intern(of));
            let defined = reader.define(name, DefinitionKind::Type, place, shape);
            (defined.repeatable, defined.bases) = (repeatable, bases);
            defined.returns = made_as.unwrap_or_else(|| "".into());
            return Next::Within(reader.members(name, place));
        }
        "function_definition" => {
            let Some(name) = name else { return Next::Same };
            let is_method = place.owner.is_some() && !place.local;
            let decorators = decorators(reader, node);
            let mut shape = function(reader, node, is_method && !decorators.contains(&"staticmethod"));
            let known = |name: &&str| {
                matches!(
                    *name,
                    "staticmethod" | "classmethod" | "abstractmethod" | "abc.abstractmethod" | "override"
                )
            };
            if !decorators.iter().all(known) {
                shape = Shape::Any;
            }
            if reader.text(name) == given::ASKED && place.owner.is_none() && !place.local {
                given::given(reader, node, place);
            }
            let owner = place.owner.clone().filter(|_| is_method);
            let at = CodeScope { owner, conditional: place.conditional || place.local, ..place.clone() };
            let repeatable = may_repeat(reader, name, &decorators);
            reader.define(name, DefinitionKind::Function, &at, shape).repeatable = repeatable;
            if place.local {
                let word = reader.word(name);
                reader.facts.bound.insert(word);
            }
            return Next::Within(CodeScope { local: true, conditional: true, ..place.clone() });
        }
        // one of several takes place
        "if_statement" | "try_statement" | "with_statement" | "for_statement" | "while_statement"
        | "match_statement" => return Next::Within(CodeScope { conditional: true, ..place.clone() }),
        "assignment" | "augmented_assignment" => {
            if let Some(left) = node.child_by_field_name("left") {
                target(reader, left, place);
                listed::assigned(reader, node, left, place);
                values::assigned(reader, node, left, place);
            }
        }
        "keyword_argument" => {
            if let Some(name) = name {
                reader.dealt_with(name);
            }
        }
        "import_statement" => {
            for child in children(node) {
                let (path, alias) = match child.kind() {
                    "aliased_import" => {
                        (child.child_by_field_name("name"), child.child_by_field_name("alias"))
                    }
                    _ => (Some(child), None),
                };
                let Some(path) = path.map(|path| reader.text(path)) else { continue };
                let alias = alias.map_or(path.split('.').next().unwrap_or(path), |alias| reader.text(alias));
                reader.import(alias, path, None, true, place, line(child));
            }
            return Next::Done;
        }
        "import_from_statement" => {
            let Some(module) = node.child_by_field_name("module_name") else { return Next::Done };
            for child in children(node).filter(|child| child.id() != module.id()) {
                let (path, alias) = match child.kind() {
                    "wildcard_import" => {
                        let from = reader.intern(reader.text(module));
                        reader.mention(&from, Qualifier::Imported(from.clone()), Form::Plain, line(child));
                        reader.facts.stars.push(from);
                        continue;
                    }
                    "aliased_import" => {
                        (child.child_by_field_name("name"), child.child_by_field_name("alias"))
                    }
                    "dotted_name" => (Some(child), None),
                    _ => continue,
                };
                let Some(path) = path.map(|path| reader.text(path)) else { continue };
                let alias = alias.map_or(path, |alias| reader.text(alias));
                reader.import(alias, reader.text(module), Some(path), true, place, line(child));
            }
            return Next::Done;
        }
        "call" => {
            waiting::python(reader, node);
            told::call(reader, node);
            values::own_made(reader, node, place);
            listed::changed(reader, node, place);
            values::asked(reader, node);
        }
        "attribute" => values::member(reader, node, place),
        "typed_parameter" | "typed_default_parameter" => values::declared(reader, node),
        // it is called with what it stands before
        "decorator" => {
            let leaf = node.named_child(0).filter(|one| matches!(one.kind(), "identifier" | "attribute"));
            if let Some(leaf) = leaf.and_then(|leaf| reader.named_leaf(leaf)) {
                reader.used(leaf, Form::Call(Arguments { count: 1, ..Arguments::default() }));
            }
        }
        "string" => told::text(reader, node),
        "future_import_statement" => return Next::Done,
        _ => {}
    }
    Next::Same
}

/// What an assignment defines: a module's or a class's value, or a member by `self.`.
fn target(reader: &mut Reader<'_>, left: Node<'_>, place: &CodeScope) {
    match left.kind() {
        "identifier" if !place.local => {
            reader.facts.gives_any |= reader.text(left) == given::ASKED && place.owner.is_none();
            reader.define(left, DefinitionKind::Value, place, Shape::Any).repeatable = true;
        }
        "attribute" => {
            if let (Some(object), Some(name)) =
                (left.child_by_field_name("object"), left.child_by_field_name("attribute"))
            {
                if matches!(reader.text(object), "self" | "cls") {
                    reader.define(name, DefinitionKind::Field, place, Shape::Any).repeatable = true;
                } else {
                    // a member that is set from outside may be new
                    reader.unclear(name);
                }
            }
        }
        "pattern_list" | "tuple_pattern" | "list_pattern" => {
            children(left).for_each(|child| target(reader, child, place));
        }
        _ => {}
    }
}

/// Decorators that leave the name to one definition: the later one wins.
const NEUTRAL: [&str; 19] = [
    "abstractmethod",
    "asynccontextmanager",
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "dataclass",
    "final",
    "fixture",
    "lru_cache",
    "override",
    "patch",
    "property",
    "runtime_checkable",
    "staticmethod",
    "total_ordering",
    "unique",
    "usefixtures",
    "wraps",
];

/// Marks of pytest by which one of several tests of a name is the one that runs.
const SELECTING: [&str; 4] = ["parametrize", "skip", "skipif", "xfail"];

/// Whether a definition may stand beside another one of its name, as overloads and the parts of a property do. What a
/// decorator that nobody knows makes of it may be kept elsewhere.
fn may_repeat(reader: &Reader<'_>, name: Node<'_>, decorators: &[&str]) -> bool {
    reader.text(name).bytes().all(|byte| byte == b'_') || !decorators.iter().all(leaves_alone)
}

/// Whether a decorator makes nothing else of what it stands before.
fn leaves_alone(decorator: &&str) -> bool {
    let called = decorator.split('(').next().unwrap_or(decorator).trim();
    let (before, last) = called.rsplit_once('.').unwrap_or(("", called));
    match before {
        "pytest.mark" => !SELECTING.contains(&last),
        "mock.patch" | "patch" => true,
        _ => NEUTRAL.contains(&last),
    }
}

fn decorators<'t>(reader: &Reader<'t>, node: Node<'_>) -> Vec<&'t str> {
    let Some(around) = node.parent().filter(|parent| parent.kind() == "decorated_definition") else {
        return Vec::new();
    };
    let found = children(around).filter(|child| child.kind() == "decorator");
    found.map(|decorator| reader.text(decorator).trim_start_matches('@').trim()).collect()
}

fn function(reader: &mut Reader<'_>, node: Node<'_>, receiver: bool) -> Shape {
    let Some(list) = node.child_by_field_name("parameters") else { return Shape::Any };
    let gives = node.child_by_field_name("return_type").map_or("", |of| reader.text(of));
    let mut shape = Parameters { receiver, ..callable(Vec::new()) };
    shape.waits = node.child(0).is_some_and(|first| first.kind() == "async");
    shape.settled = !shape.waits && waiting::is_settled_in_python(gives);
    let mut keyword_only = false;
    for child in children(list) {
        let (name, required) = match child.kind() {
            "identifier" => (Some(child), true),
            "typed_parameter" => match child.named_child(0) {
                Some(splat) if splat.kind() == "list_splat_pattern" => {
                    (shape.variadic, keyword_only) = (true, true);
                    continue;
                }
                Some(splat) if splat.kind() == "dictionary_splat_pattern" => {
                    shape.any_keyword = true;
                    continue;
                }
                name => (name, true),
            },
            "default_parameter" | "typed_default_parameter" => (child.child_by_field_name("name"), false),
            "list_splat_pattern" => {
                (shape.variadic, keyword_only) = (true, true);
                continue;
            }
            "keyword_separator" => {
                keyword_only = true;
                continue;
            }
            "dictionary_splat_pattern" => {
                shape.any_keyword = true;
                continue;
            }
            _ => continue,
        };
        let Some(name) = name else { continue };
        let parameter = reader.parameter(reader.text(name), required);
        shape.named.push(Parameter { keyword_only, ..parameter });
    }
    if receiver && !shape.named.is_empty() {
        shape.named.remove(0);
    }
    Shape::Callable(shape)
}

/// What its constructor takes, where the class alone decides that.
fn class(reader: &mut Reader<'_>, node: Node<'_>) -> Shape {
    let bases = node.child_by_field_name("superclasses");
    let has_bases = bases.is_some_and(|bases| children(bases).any(|base| reader.text(base) != "object"));
    let Some(body) = node.child_by_field_name("body") else { return Shape::Any };
    match decorators(reader, node)[..] {
        [] => {}
        [only] if !has_bases => return data_class(reader, body, only),
        _ => return Shape::Any,
    }
    // what is called by the name of an enumeration finds one of its values
    let is_made_otherwise = |base: Node<'_>| {
        let text = reader.text(base);
        base.kind() == "keyword_argument" || text.ends_with("Enum") || text.ends_with("Flag")
    };
    let mut makes_otherwise = has_bases && bases.is_some_and(|bases| children(bases).any(is_made_otherwise));
    let mut init = None;
    for child in children(body) {
        let child = child.child_by_field_name("definition").unwrap_or(child);
        match child.child_by_field_name("name").map(|name| reader.text(name)) {
            Some("__init__") if child.kind() == "function_definition" => {
                // a second one decides, or an overload
                makes_otherwise |= init.is_some() || !decorators(reader, child).is_empty();
                init = Some(child);
            }
            Some("__new__") => makes_otherwise = true,
            _ => {}
        }
    }
    match init {
        Some(init) if !makes_otherwise => match function(reader, init, true) {
            Shape::Callable(parameters) => Shape::Callable(Parameters { receiver: false, ..parameters }),
            other => other,
        },
        _ => Shape::Any,
    }
}

/// What the constructor of a data class takes, which its members tell.
fn data_class(reader: &mut Reader<'_>, body: Node<'_>, decorator: &str) -> Shape {
    let (name, options) = decorator.split_once('(').unwrap_or((decorator, ""));
    let has_own = |child: Node<'_>| {
        child
            .child_by_field_name("name")
            .is_some_and(|name| matches!(reader.text(name), "__init__" | "__new__"))
    };
    if !matches!(name, "dataclass" | "dataclasses.dataclass")
        || options.contains("init")
        || children(body).any(has_own)
    {
        return Shape::Any;
    }
    let mut shape = callable(Vec::new());
    let mut keyword_only = options.contains("kw_only");
    for child in
        children(body).filter_map(|child| child.named_child(0).filter(|one| one.kind() == "assignment"))
    {
        let (Some(name), Some(of)) = (child.child_by_field_name("left"), child.child_by_field_name("type"))
        else {
            continue;
        };
        let of = reader.text(of);
        let value = child.child_by_field_name("right");
        let made = value.filter(|value| value.kind() == "call").map_or("", |value| reader.text(value));
        if of.contains("KW_ONLY") {
            keyword_only = true;
        } else if made.contains("init") || made.contains("kw_only") || made.contains("**") {
            return Shape::Any;
        } else if !of.contains("ClassVar") {
            let is_field = made.starts_with("field(") || made.starts_with("dataclasses.field(");
            let required = value.is_none() || is_field && !made.contains("default");
            let parameter = reader.parameter(reader.text(name), required);
            shape.named.push(Parameter { keyword_only, ..parameter });
        }
    }
    Shape::Callable(shape)
}

/// The name of a module as a path's parts.
pub(in crate::symbols) fn module_parts(from: &str) -> (usize, Vec<Word>) {
    let dots = from.bytes().take_while(|byte| *byte == b'.').count();
    let rest = from[dots..].trim();
    (dots, rest.split('.').filter(|part| !part.is_empty()).map(Word::from).collect())
}
