//! Where Rust takes the result of a call for the value itself, which is in no `Option` or `Result`.

use tree_sitter::Node;

use crate::symbols::facts::{Arguments, Form, Held};
use crate::symbols::reader::Reader;

/// Signs between numbers and the like.
const ARITHMETIC: [&str; 12] = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "&&", "||"];

/// A call gives the value itself, after one waited for it or without.
fn want(reader: &mut Reader<'_>, value: Node<'_>) {
    let value = reader.unwrapped(value);
    let awaited = value.kind() == "await_expression";
    let call = if awaited { value.named_child(0) } else { Some(value) };
    if let Some(call) = call.filter(|call| call.kind() == "call_expression")
        && let (Some(function), Some(list)) =
            (call.child_by_field_name("function"), call.child_by_field_name("arguments"))
        && let Some(leaf) = reader.named_leaf(function)
    {
        let arguments = Arguments { wants: Held::Itself, awaited, ..reader.arguments(list) };
        reader.used(leaf, Form::Call(arguments));
    }
}

/// Whether a value is that of a call, after one waited for it or without.
fn is_call(reader: &Reader<'_>, value: Node<'_>) -> bool {
    matches!(reader.unwrapped(value).kind(), "call_expression" | "await_expression")
}

/// Operands, conditions, and that of which a member is used.
pub(super) fn itself(reader: &mut Reader<'_>, node: Node<'_>) {
    let field = |name| node.child_by_field_name(name);
    match node.kind() {
        "binary_expression" => {
            let sign = field("operator").map_or("", |sign| reader.text(sign));
            let (Some(left), Some(right)) = (field("left"), field("right")) else { return };
            let compares = matches!(sign, "==" | "!=" | "<" | ">" | "<=" | ">=");
            if ARITHMETIC.contains(&sign) {
                want(reader, left);
                want(reader, right);
            } else if compares && right.kind().ends_with("_literal") {
                want(reader, left);
            }
        }
        "unary_expression" if reader.text(node).starts_with(['!', '-']) => {
            if let Some(operand) = node.named_child(0) {
                want(reader, operand);
            }
        }
        "if_expression" | "while_expression" => {
            if let Some(condition) = field("condition") {
                want(reader, condition);
            }
        }
        "index_expression" => {
            if let Some(value) = node.named_child(0) {
                want(reader, value);
            }
        }
        // a method is one of what holds it
        "field_expression" => {
            let Some(value) = field("value").filter(|value| is_call(reader, *value)) else { return };
            let is_called = node.parent().is_some_and(|outer| {
                let function = outer.child_by_field_name("function");
                let function = function.map(|function| match function.kind() {
                    "generic_function" => function.child_by_field_name("function").unwrap_or(function),
                    _ => function,
                });
                outer.kind() == "generic_function"
                    || function.is_some_and(|function| function.id() == node.id())
            });
            if !is_called {
                want(reader, value);
            }
        }
        _ => {}
    }
}

/// `let a: u8 = f()`.
pub(super) fn of_declared(reader: &mut Reader<'_>, node: Node<'_>) {
    let of = node.child_by_field_name("type").filter(|of| of.kind() == "primitive_type");
    if let Some(value) = node.child_by_field_name("value").filter(|_| of.is_some()) {
        want(reader, value);
    }
}
