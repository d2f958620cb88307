//! Ruby.

mod calls;
mod guards;
mod own;

pub(in crate::symbols) use calls::is_of_any_object;

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Parameter, Parameters, Qualifier, Shape, Word};
use crate::symbols::nodes::{CodeScope, Next, callable, children, line};
use crate::symbols::reader::{Grammar, Reader, untold};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["identifier", "constant"],
    opaque: &[
        "comment",
        "string_content",
        "escape_sequence",
        "simple_symbol",
        "hash_key_symbol",
        "uninterpreted",
    ],
    binders: &[
        ("method_parameters", ""),
        ("block_parameters", ""),
        ("lambda_parameters", ""),
        ("destructured_parameter", ""),
        ("optional_parameter", "name"),
        ("keyword_parameter", "name"),
        ("splat_parameter", "name"),
        ("hash_splat_parameter", "name"),
        ("block_parameter", "name"),
        ("exception_variable", ""),
        ("for", "pattern"),
        ("in_clause", "pattern"),
    ],
    members: &[("call", "method", "receiver", true), ("scope_resolution", "name", "scope", true)],
    // a call is more than that here
    calls: &[],
    spreads: &["splat_argument", "hash_splat_argument", "forward_argument"],
    wrappers: &[("parenthesized_statements", "")],
    own: &["self"],
    held: untold,
    special,
    guards: guards::note,
};

/// What is said of a type into which no values are made, but whose methods others take in.
pub(in crate::symbols) const MODULE: &str = "module";

/// Methods by which a type has others that it does not define.
const MAGIC: [&str; 2] = ["method_missing", "respond_to_missing?"];

fn special(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) -> Next {
    let name = reader.name_of(node);
    match node.kind() {
        "class" | "module" => {
            let Some(name) = name else { return Next::Same };
            return define_type(reader, node, name, place);
        }
        "singleton_class" => {
            let scope = format!("{}.self", place.scope).into();
            return Next::Within(CodeScope { scope, local: false, ..place.clone() });
        }
        "method" | "singleton_method" => {
            define_method(reader, node, place);
            return Next::Within(CodeScope { local: true, conditional: true, ..place.clone() });
        }
        // whose members these are, what takes the block decides; what stands in a condition may not be run
        "if" | "unless" | "case" | "begin" | "if_modifier" | "unless_modifier" => {
            return Next::Within(CodeScope { conditional: true, ..place.clone() });
        }
        "block" | "do_block" | "lambda" => {
            calls::block(reader, node);
            return Next::Within(CodeScope { conditional: true, ..place.clone() });
        }
        "alias" => {
            if let Some(name) = name {
                reader.define(name, DefinitionKind::Field, place, Shape::Any).repeatable = true;
            }
        }
        "assignment" | "operator_assignment" => assignment(reader, node, place),
        "call" => return calls::called(reader, node, place),
        "super" => calls::bare_super(reader, node, place),
        "scope_resolution" => {
            if let (Some(scope), Some(name)) = (node.child_by_field_name("scope"), name) {
                let qualifier = match scope.kind() {
                    "constant" | "scope_resolution" => Qualifier::Name(last_name(reader, scope)),
                    _ => Qualifier::Value,
                };
                reader.qualify(name, qualifier);
            }
        }
        _ => {}
    }
    Next::Same
}

/// The last name of a path.
fn last_name(reader: &mut Reader<'_>, path: Node<'_>) -> Word {
    let last = path.child_by_field_name("name").unwrap_or(path);
    reader.word(last)
}

fn define_type(reader: &mut Reader<'_>, node: Node<'_>, name: Node<'_>, place: &CodeScope) -> Next {
    let leaf = name.child_by_field_name("name").unwrap_or(name);
    let outer = name.child_by_field_name("scope").map(|scope| reader.text(scope).to_string());
    let inner = |scope: &str, name: &str| {
        [scope, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
    };
    let around = inner(&place.scope, outer.as_deref().unwrap_or(""));
    let mut bases: Vec<Word> = Vec::new();
    if let Some(base) = node.child_by_field_name("superclass").and_then(|base| base.named_child(0)) {
        let base = match base.kind() {
            "constant" | "scope_resolution" => last_name(reader, base),
            _ => reader.intern("?"),
        };
        bases.push(base);
    }
    let body = node.child_by_field_name("body");
    for child in body.into_iter().flat_map(children) {
        let field = |field| child.child_by_field_name(field);
        match child.kind() {
            "call"
                if matches!(
                    field("method").map_or("", |one| reader.text(one)),
                    "include" | "extend" | "prepend"
                ) =>
            {
                for module in field("arguments").into_iter().flat_map(children) {
                    let module = match module.kind() {
                        "constant" | "scope_resolution" => last_name(reader, module),
                        _ => reader.intern("?"),
                    };
                    bases.push(module);
                }
            }
            "method" | "singleton_method"
                if field("name").is_some_and(|name| MAGIC.contains(&reader.text(name))) =>
            {
                bases.push(reader.intern("?"));
            }
            _ => {}
        }
    }
    let scope: Word = around.as_str().into();
    let at = CodeScope { owner: None, scope, conditional: place.conditional, ..place.clone() };
    let made_as = own::made_as(reader, node);
    let defined = reader.define(leaf, DefinitionKind::Type, &at, Shape::Any);
    // it may be opened again
    (defined.bases, defined.repeatable) = (bases, true);
    defined.types = if node.kind() == "module" { MODULE.into() } else { "".into() };
    defined.returns = made_as.unwrap_or_else(|| "".into());
    if node.kind() == "class" {
        constructor(reader, leaf, body, &at);
    }
    let (owner, scope) = (Some(reader.word(leaf)), inner(&around, reader.text(leaf)).into());
    Next::Within(CodeScope { owner, scope, local: false, ..place.clone() })
}

/// `new` is called on its type and takes what `initialize` does.
fn constructor(reader: &mut Reader<'_>, name: Node<'_>, body: Option<Node<'_>>, place: &CodeScope) {
    let is_it = |child: &Node<'_>| {
        child.kind() == "method"
            && child.child_by_field_name("name").is_some_and(|name| reader.text(name) == "initialize")
    };
    if let Some(made) = body.and_then(|body| children(body).find(is_it)) {
        let (shape, word) = (parameters(reader, made), reader.word(name));
        reader.define_word(word, line(made), DefinitionKind::Function, place, shape).repeatable = true;
    }
}

fn define_method(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(name) = node.child_by_field_name("name") else { return };
    let shape = parameters(reader, node);
    let text = reader.text(name);
    // what is defined in a method is another one's
    let conditional = place.conditional || place.local;
    let is_own = node.child_by_field_name("object").is_none_or(|object| reader.text(object) == "self");
    if !is_own {
        reader.unclear(name);
        reader.dealt_with(name);
        return;
    }
    let (word, of) = (reader.intern(text), if node.kind() == "singleton_method" { "self" } else { "" });
    let types = reader.intern(of);
    let at = CodeScope { conditional, ..place.clone() };
    let defined = reader.define_word(word, line(name), DefinitionKind::Function, &at, shape);
    defined.types = types;
    reader.dealt_with(name);
}

/// What a method takes. The optional ones are filled after all others.
fn parameters(reader: &mut Reader<'_>, method: Node<'_>) -> Shape {
    let mut shape: Parameters = callable(Vec::new());
    let mut optional = Vec::new();
    let mut keywords = Vec::new();
    for child in method.child_by_field_name("parameters").into_iter().flat_map(children) {
        let name = child.child_by_field_name("name").unwrap_or(child);
        let text = reader.text(name);
        match child.kind() {
            "identifier" => shape.named.push(reader.parameter(text, true)),
            "destructured_parameter" => shape.named.push(reader.parameter("", true)),
            "optional_parameter" => optional.push(reader.parameter(text, false)),
            "splat_parameter" => shape.variadic = true,
            "keyword_parameter" => {
                let required = child.child_by_field_name("value").is_none();
                let parameter = reader.parameter(&format!("{text}:"), required);
                keywords.push(Parameter { keyword_only: true, ..parameter });
            }
            "hash_splat_parameter" => shape.any_keyword = true,
            "block_parameter" | "comment" => {}
            _ => return Shape::Any,
        }
    }
    shape.named.extend(optional);
    shape.named.extend(keywords);
    Shape::Callable(shape)
}

/// What an assignment binds or defines.
fn assignment(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let Some(left) = node.child_by_field_name("left") else { return };
    let made = node.child_by_field_name("right").and_then(|right| calls::made(reader, right));
    match left.kind() {
        "identifier" => {
            reader.declare(left, made.as_deref());
            reader.bind(left);
        }
        "instance_variable" => reader.declare_own_member(reader.text(left), made.as_deref()),
        "left_assignment_list" => bind_all(reader, left),
        "constant" if !place.local => {
            let at = CodeScope { owner: None, ..place.clone() };
            reader.define(left, DefinitionKind::Value, &at, Shape::Any).repeatable = true;
        }
        "scope_resolution" => {
            if let Some(name) = left.child_by_field_name("name") {
                reader.unclear(name);
            }
        }
        // a member that is set
        "call" => {
            if let Some(name) = left.child_by_field_name("method") {
                reader.dealt_with(name);
            }
        }
        _ => {}
    }
}

/// Binds the variables of a pattern.
fn bind_all(reader: &mut Reader<'_>, node: Node<'_>) {
    for child in children(node) {
        match child.kind() {
            "identifier" => reader.bind(child),
            "destructured_left_assignment" | "rest_assignment" => bind_all(reader, child),
            "call" => {
                if let Some(name) = child.child_by_field_name("method") {
                    reader.dealt_with(name);
                }
            }
            _ => {}
        }
    }
}
