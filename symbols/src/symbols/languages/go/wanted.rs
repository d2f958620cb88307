//! What the place of a call of Go asks of its result: a condition, something that may be `nil`.

use tree_sitter::Node;

use super::held::result_around;
use super::{counted, expect_value};
use crate::symbols::facts::Held;
use crate::symbols::nodes::children;
use crate::symbols::reader::Reader;

/// What a value of the only type that a function gives is.
pub(super) fn given(reader: &Reader<'_>, result: Node<'_>) -> Held {
    let of = match result.kind() {
        "parameter_list" => {
            let mut parts = children(result).filter(|part| part.kind() == "parameter_declaration");
            match (parts.next(), counted(result).0) {
                (Some(only), 1) => only.child_by_field_name("type"),
                _ => None,
            }
        }
        _ => Some(result),
    };
    let Some(of) = of else { return Held::Unknown };
    match of.kind() {
        "type_identifier" => match reader.text(of) {
            "bool" => Held::Truth,
            "error" | "any" => Held::Perhaps,
            "string" | "byte" | "rune" | "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8"
            | "uint16" | "uint32" | "uint64" | "uintptr" | "float32" | "float64" => Held::Itself,
            _ => Held::Unknown,
        },
        "pointer_type" | "slice_type" | "map_type" | "channel_type" | "function_type" | "interface_type" => {
            Held::Perhaps
        }
        "array_type" | "struct_type" => Held::Itself,
        _ => Held::Unknown,
    }
}

fn without_parentheses(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    while let Some(inner) = node.named_child(0).filter(|_| node.kind() == "parenthesized_expression") {
        node = inner;
    }
    node
}

/// A value has to be this, if it is what a call gives.
fn want(reader: &mut Reader<'_>, value: Node<'_>, wants: Held) {
    let value = without_parentheses(value);
    if value.kind() == "call_expression" {
        expect_value(reader, value, 1, wants);
    }
}

/// What decides whether something is done is true or false.
pub(super) fn condition(reader: &mut Reader<'_>, node: Node<'_>) {
    let plain = || node.named_child(0).filter(|first| first.kind() == "call_expression");
    let condition = match node.kind() {
        "for_statement" => plain(),
        _ => node.child_by_field_name("condition"),
    };
    if let Some(condition) = condition {
        want(reader, condition, Held::Truth);
    }
}

fn sign<'t>(reader: &Reader<'t>, node: Node<'_>) -> &'t str {
    node.child_by_field_name("operator").map_or("", |sign| reader.text(sign))
}

/// The operands of `!`, `&&` and `||`, and what is compared with `nil`.
pub(super) fn operands(reader: &mut Reader<'_>, node: Node<'_>) {
    let parts = ["operand", "left", "right"].map(|field| node.child_by_field_name(field));
    match (sign(reader, node), parts) {
        ("!", [Some(operand), ..]) => want(reader, operand, Held::Truth),
        ("&&" | "||", [_, Some(left), Some(right)]) => {
            want(reader, left, Held::Truth);
            want(reader, right, Held::Truth);
        }
        ("==" | "!=", [_, Some(left), Some(right)]) if right.kind() == "nil" => {
            want(reader, left, Held::Perhaps);
        }
        _ => {}
    }
}

/// What a condition asks of the value of a name.
fn asked(reader: &Reader<'_>, condition: Node<'_>, name: &str) -> Held {
    let condition = without_parentheses(condition);
    let is_it = |node: Option<Node<'_>>| node.is_some_and(|node| reader.text(node) == name);
    match condition.kind() {
        "identifier" if is_it(Some(condition)) => Held::Truth,
        "unary_expression"
            if sign(reader, condition) == "!" && is_it(condition.child_by_field_name("operand")) =>
        {
            Held::Truth
        }
        "binary_expression" => {
            let [left, right] = ["left", "right"].map(|field| condition.child_by_field_name(field));
            match sign(reader, condition) {
                "==" | "!=" if is_it(left) && right.is_some_and(|right| right.kind() == "nil") => {
                    Held::Perhaps
                }
                "&&" | "||" => {
                    let both = [left, right]
                        .map(|part| part.map_or(Held::Unknown, |part| asked(reader, part, name)));
                    if both[0] == Held::Unknown { both[1] } else { both[0] }
                }
                _ => Held::Unknown,
            }
        }
        _ => Held::Unknown,
    }
}

/// A new name for the result of a call, which a condition asks about that follows at once.
pub(super) fn of_assigned(reader: &mut Reader<'_>, node: Node<'_>, left: Node<'_>, right: Node<'_>) {
    let (Some(name), Some(call)) = (left.named_child(0), right.named_child(0)) else { return };
    let is_one = left.named_child_count() == 1 && right.named_child_count() == 1;
    if !is_one || node.kind() != "short_var_declaration" || name.kind() != "identifier" {
        return;
    }
    let outer = node.parent().filter(|outer| outer.kind() == "if_statement");
    let follows = outer.or_else(|| node.next_named_sibling().filter(|next| next.kind() == "if_statement"));
    // what another statement before the condition says is of that
    let is_meant = outer.is_some()
        || follows.is_some_and(|follows| follows.child_by_field_name("initializer").is_none());
    let condition = follows.filter(|_| is_meant).and_then(|follows| follows.child_by_field_name("condition"));
    let wants = condition.map_or(Held::Unknown, |condition| asked(reader, condition, reader.text(name)));
    if wants != Held::Unknown {
        want(reader, call, wants);
    }
}

/// What a function gives is what it says that it gives.
pub(super) fn returned(reader: &mut Reader<'_>, node: Node<'_>) {
    let Some(result) = result_around(node) else { return };
    let count = if result.kind() == "parameter_list" { counted(result).0 } else { 1 };
    let call = node.named_child(0).filter(|list| list.named_child_count() == 1);
    let call = call.and_then(|list| list.named_child(0)).filter(|call| call.kind() == "call_expression");
    if let Some(call) = call {
        let wants = match given(reader, result) {
            // whether a value may be held as an interface, its type tells alone
            Held::Truth if count == 1 => Held::Truth,
            Held::Perhaps if count == 1 && reader.text(result).trim_matches(['(', ')']) == "error" => {
                Held::Perhaps
            }
            _ => Held::Unknown,
        };
        expect_value(reader, call, count, wants);
    }
}
