//! What the place of a call asks of its result where a function may give something that one has to wait for: a member, an element,
//! an operand are of what it gives itself.

use tree_sitter::Node;

use crate::symbols::facts::AtOnce;
use crate::symbols::nodes::children;
use crate::symbols::reader::Reader;

/// Members of what functions of Python give that one waits for.
const OF_COROUTINES: [&str; 10] =
    ["aclose", "add_done_callback", "asend", "athrow", "cancel", "close", "done", "result", "send", "throw"];

/// Functions of Python that take a value apart.
const TAKING_APART: [&str; 18] = [
    "all",
    "any",
    "bytes",
    "dict",
    "enumerate",
    "float",
    "frozenset",
    "int",
    "iter",
    "len",
    "list",
    "max",
    "min",
    "reversed",
    "set",
    "sorted",
    "sum",
    "tuple",
];

/// Members of promises, or of any object.
const OF_PROMISES: [&str; 8] =
    ["catch", "constructor", "finally", "hasOwnProperty", "isFulfilled", "then", "toString", "valueOf"];

/// Members of tasks of .NET, or of any object.
const OF_TASKS: [&str; 20] = [
    "AsTask",
    "AsyncState",
    "ConfigureAwait",
    "ContinueWith",
    "CreationOptions",
    "Dispose",
    "Equals",
    "Exception",
    "Forget",
    "GetAwaiter",
    "GetHashCode",
    "GetType",
    "Id",
    "Result",
    "RunSynchronously",
    "Start",
    "Status",
    "ToString",
    "Wait",
    "WaitAsync",
];

/// Methods that extensions give what one waits for in Rust.
const OF_FUTURES: [&str; 28] = [
    "and_then",
    "as_ref",
    "block_on",
    "boxed",
    "boxed_local",
    "catch_unwind",
    "clone",
    "flatten",
    "flatten_stream",
    "fuse",
    "inspect",
    "inspect_err",
    "inspect_ok",
    "instrument",
    "into_future",
    "into_stream",
    "map",
    "map_err",
    "map_ok",
    "now_or_never",
    "or_else",
    "poll",
    "shared",
    "then",
    "timeout",
    "unit_error",
    "unwrap_or_else",
    "with_context",
];

/// A value and what is around it, apart from parentheses.
fn placed<'n>(value: Node<'n>) -> Option<(Node<'n>, Node<'n>)> {
    let mut value = value;
    loop {
        let around = value.parent()?;
        if around.kind() != "parenthesized_expression" {
            return Some((value, around));
        }
        // of a condition, they belong to the statement
        value = around;
    }
}

/// Whether a value stands in this part of what is around it.
fn is_in(value: Node<'_>, place: Node<'_>, field: &str) -> bool {
    place.child_by_field_name(field).is_some_and(|part| part.id() == value.id())
}

fn has_sign(node: Node<'_>, signs: &[&str]) -> bool {
    (0..node.child_count()).filter_map(|at| node.child(at)).any(|child| signs.contains(&child.kind()))
}

fn tell(reader: &mut Reader<'_>, call: Node<'_>, at_once: AtOnce, awaited: bool) {
    if let Some(function) = call.child_by_field_name("function").filter(|_| awaited || at_once != AtOnce::No)
    {
        reader.tell_of_call(function, |arguments| {
            arguments.at_once = at_once;
            arguments.awaited |= awaited;
        });
    }
}

/// A call of Python.
pub(super) fn python(reader: &mut Reader<'_>, call: Node<'_>) {
    let Some((value, place)) = placed(call) else { return };
    let is_async = |node: Node<'_>| has_sign(node, &["async"]);
    let with = |item: Node<'_>| {
        let statement = item.parent().and_then(|clause| clause.parent());
        if statement.is_none_or(is_async) { AtOnce::No } else { AtOnce::Surely }
    };
    let at_once = match place.kind() {
        "attribute" if is_in(value, place, "object") => {
            let name = place.child_by_field_name("attribute").map_or("", |name| reader.text(name));
            let is_own = OF_COROUTINES.contains(&name) || name.starts_with("cr_") || name.starts_with("__");
            if is_own { AtOnce::No } else { AtOnce::Surely }
        }
        "subscript" if is_in(value, place, "value") => AtOnce::Surely,
        "for_statement" | "for_in_clause" if is_in(value, place, "right") && !is_async(place) => {
            AtOnce::Surely
        }
        "list_splat" | "dictionary_splat" => AtOnce::Surely,
        "assignment" if is_in(value, place, "right") => {
            let left = place.child_by_field_name("left").map_or("", |left| left.kind());
            let is_taken_apart = matches!(left, "pattern_list" | "tuple_pattern" | "list_pattern");
            if is_taken_apart { AtOnce::Surely } else { AtOnce::No }
        }
        // `"%s" % f()` shows whatever it is
        "binary_operator" if has_sign(place, &["%"]) && is_in(value, place, "right") => AtOnce::Perhaps,
        "binary_operator" | "unary_operator" => AtOnce::Surely,
        "comparison_operator" => {
            let is_last = place.child(place.child_count().saturating_sub(1)) == Some(value);
            let looks_inside = has_sign(place, &["in", "not in"]) && is_last;
            if has_sign(place, &["<", ">", "<=", ">="]) || looks_inside {
                AtOnce::Surely
            } else {
                AtOnce::Perhaps
            }
        }
        "if_statement" | "while_statement" | "elif_clause" if is_in(value, place, "condition") => {
            AtOnce::Perhaps
        }
        "not_operator" | "boolean_operator" | "assert_statement" | "expression_statement" => AtOnce::Perhaps,
        "with_item" => with(place),
        "as_pattern" => match place.parent().filter(|item| item.kind() == "with_item") {
            Some(item) => with(item),
            None => AtOnce::No,
        },
        "argument_list" if place.named_child(0) == Some(value) => {
            let function = place.parent().and_then(|outer| outer.child_by_field_name("function"));
            let name = function.map_or("", |function| reader.text(function));
            if TAKING_APART.contains(&name) { AtOnce::Surely } else { AtOnce::No }
        }
        _ => AtOnce::No,
    };
    tell(reader, call, at_once, place.kind() == "await");
}

/// A call of JavaScript or TypeScript; `is_typed`: what has no such member is an error.
pub(super) fn ecma(reader: &mut Reader<'_>, call: Node<'_>, is_typed: bool) {
    let Some((value, place)) = placed(call) else { return };
    let if_typed = if is_typed { AtOnce::Surely } else { AtOnce::Perhaps };
    let mut waits = false;
    let at_once = match place.kind() {
        "member_expression" if is_in(value, place, "object") => {
            let name = place.child_by_field_name("property").map_or("", |name| reader.text(name));
            waits = matches!(name, "then" | "catch" | "finally");
            let outer = place.parent().filter(|outer| outer.kind() == "call_expression");
            let is_called = outer.is_some_and(|outer| is_in(place, outer, "function"))
                && !has_sign(place, &["?.", "optional_chain"]);
            match OF_PROMISES.contains(&name) {
                true => AtOnce::No,
                false if is_called => AtOnce::Surely,
                false => if_typed,
            }
        }
        "subscript_expression" if is_in(value, place, "object") => if_typed,
        "spread_element" => match place.parent().map(|outer| outer.kind()) {
            Some("object") => AtOnce::Perhaps,
            _ => AtOnce::Surely,
        },
        "for_in_statement" if is_in(value, place, "right") && has_sign(place, &["of"]) => {
            if has_sign(place, &["await"]) { AtOnce::No } else { AtOnce::Surely }
        }
        "variable_declarator" if is_in(value, place, "value") => {
            match place.child_by_field_name("name").map_or("", |name| name.kind()) {
                "array_pattern" => AtOnce::Surely,
                "object_pattern" => if_typed,
                _ => AtOnce::No,
            }
        }
        "binary_expression" if has_sign(place, &["-", "*", "/", "%", "**"]) => if_typed,
        "binary_expression" if has_sign(place, &["??"]) => AtOnce::No,
        "binary_expression" | "unary_expression" | "expression_statement" => AtOnce::Perhaps,
        // parentheses are part of these
        "if_statement" | "while_statement" | "ternary_expression" if is_in(value, place, "condition") => {
            AtOnce::Perhaps
        }
        _ => AtOnce::No,
    };
    tell(reader, call, at_once, waits);
}

/// A call of C#.
pub(super) fn csharp(reader: &mut Reader<'_>, call: Node<'_>) {
    let Some((value, place)) = placed(call) else { return };
    let is_predefined = |of: Option<Node<'_>>| {
        of.is_some_and(|of| of.kind() == "predefined_type" && reader.text(of) != "object")
    };
    let at_once = match place.kind() {
        "member_access_expression" if is_in(value, place, "expression") => {
            let name = place.child_by_field_name("name").map_or("", |name| reader.text(name));
            let is_own = OF_TASKS.contains(&name) || name.starts_with("Is");
            if is_own { AtOnce::No } else { AtOnce::Surely }
        }
        "element_access_expression" if is_in(value, place, "expression") => AtOnce::Surely,
        "foreach_statement" if is_in(value, place, "right") && !has_sign(place, &["await"]) => AtOnce::Surely,
        "binary_expression" if has_sign(place, &["-", "*", "/", "%", "<", ">", "<=", ">=", "&&", "||"]) => {
            AtOnce::Surely
        }
        "prefix_unary_expression" if has_sign(place, &["!", "-"]) => AtOnce::Surely,
        "if_statement" | "while_statement" | "conditional_expression" if is_in(value, place, "condition") => {
            AtOnce::Surely
        }
        "binary_expression" if has_sign(place, &["+", "==", "!="]) => AtOnce::Perhaps,
        "expression_statement" => AtOnce::Perhaps,
        "variable_declarator" => {
            let of = place.parent().and_then(|declaration| declaration.child_by_field_name("type"));
            if is_predefined(of) { AtOnce::Surely } else { AtOnce::No }
        }
        "return_statement" | "arrow_expression_clause" => {
            let mut around = place.parent();
            while let Some(inner) = around.filter(|one| {
                !one.kind().ends_with("_declaration")
                    && !one.kind().ends_with("function_statement")
                    && !one.kind().contains("lambda")
                    && one.kind() != "anonymous_method_expression"
            }) {
                around = inner.parent();
            }
            let of = around.filter(|one| one.kind() == "method_declaration");
            let of = of.and_then(|method| method.child_by_field_name("returns"));
            if is_predefined(of) { AtOnce::Surely } else { AtOnce::No }
        }
        _ => AtOnce::No,
    };
    tell(reader, call, at_once, place.kind() == "await_expression");
}

/// A call of Rust.
pub(super) fn rust(reader: &mut Reader<'_>, call: Node<'_>) {
    let Some((value, place)) = placed(call) else { return };
    let at_once = match place.kind() {
        "field_expression" if is_in(value, place, "value") => {
            let name = place.child_by_field_name("field").map_or("", |name| reader.text(name));
            if OF_FUTURES.contains(&name) { AtOnce::No } else { AtOnce::Surely }
        }
        "try_expression" | "index_expression" | "unary_expression" | "binary_expression" => AtOnce::Surely,
        "if_expression" | "while_expression" if is_in(value, place, "condition") => AtOnce::Surely,
        "for_expression" | "let_condition" if is_in(value, place, "value") => AtOnce::Surely,
        "expression_statement" => AtOnce::Perhaps,
        _ => AtOnce::No,
    };
    tell(reader, call, at_once, place.kind() == "await_expression");
}

/// Whether the type of what a function gives is that of a value, for which nobody waits.
pub(super) fn is_settled_in_python(text: &str) -> bool {
    let first = text.split(['[', ' ', '|']).next().unwrap_or("").trim_matches(['"', '\'']);
    let is_plain = matches!(
        first,
        "None"
            | "bool"
            | "bytes"
            | "dict"
            | "Dict"
            | "float"
            | "frozenset"
            | "int"
            | "list"
            | "List"
            | "set"
            | "Set"
            | "str"
            | "tuple"
            | "Tuple"
    );
    is_plain && !["Awaitable", "Coroutine", "Future", "Task", "Any"].iter().any(|word| text.contains(word))
}

/// The same of Rust.
pub(super) fn is_settled_in_rust(reader: &Reader<'_>, of: Option<Node<'_>>) -> bool {
    of.is_none_or(|of| match of.kind() {
        "primitive_type" | "unit_type" => true,
        "reference_type" => of.child_by_field_name("type").is_some_and(|of| of.kind() == "primitive_type"),
        "type_identifier" => reader.text(of) == "String",
        "generic_type" => {
            let name = of.child_by_field_name("type").map_or("", |name| reader.text(name));
            matches!(name, "Vec" | "Option" | "HashMap" | "HashSet" | "BTreeMap" | "BTreeSet")
        }
        _ => false,
    })
}

/// The same of TypeScript, by the annotation.
pub(super) fn is_settled_in_typescript(annotation: Node<'_>) -> bool {
    let of = annotation.named_child(0);
    of.is_some_and(|of| {
        matches!(of.kind(), "array_type" | "object_type" | "tuple_type" | "literal_type" | "predefined_type")
    })
}

/// A call of Kotlin waits where it stands in a function that does not.
pub(super) fn kotlin(reader: &mut Reader<'_>, call: Node<'_>, leaf: Node<'_>) {
    let mut around = call.parent();
    while let Some(inner) = around {
        match inner.kind() {
            // what takes it may wait
            "lambda_literal" | "anonymous_function" | "object_literal" | "class_body"
            | "annotated_lambda" | "call_suffix" => return,
            "function_declaration" => break,
            _ => around = inner.parent(),
        }
    }
    let modifiers = around.into_iter().flat_map(children).find(|child| child.kind() == "modifiers");
    let waits =
        modifiers.is_some_and(|all| reader.text(all).split_whitespace().any(|word| word == "suspend"));
    if around.is_some() && !waits {
        reader.tell_of_call(leaf, |arguments| arguments.at_once = AtOnce::Surely);
    }
}
