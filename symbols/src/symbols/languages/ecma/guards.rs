//! Where a file of JavaScript or TypeScript does without what it names.

use tree_sitter::Node;

use crate::symbols::facts::Lack;
use crate::symbols::language::Language;
use crate::symbols::nodes::{children, line, lines};
use crate::symbols::reader::Reader;

use super::exports;

pub(super) fn note(reader: &mut Reader<'_>, node: Node<'_>) {
    let kind = node.kind();
    if matches!(kind, "identifier" | "member_expression") {
        exports::given_away(reader, node);
    }
    if kind == "comment" {
        let text = reader.text(node);
        if ["@ts-ignore", "@ts-expect-error"].iter().any(|mark| text.contains(mark)) {
            let next = *lines(node).end() + 1;
            reader.guard(line(node)..=next, Lack::Everything);
        }
        return;
    }
    // types know what is missing, whoever looks for it
    if reader.language != Language::JavaScript {
        return;
    }
    let field = |name| node.child_by_field_name(name);
    match kind {
        "if_statement" | "while_statement" | "ternary_expression" => asked(reader, field("condition")),
        "binary_expression" => {
            let operator = field("operator").map_or("", |operator| reader.text(operator));
            match operator {
                "&&" | "||" | "??" => asked(reader, field("left")),
                "in" => {
                    if let Some(name) = field("left").filter(|left| left.kind() == "string") {
                        let name = reader.text(name).trim_matches(['"', '\'']);
                        reader.asks_for(name);
                    }
                }
                _ => {}
            }
        }
        // what is imported at run time may fail
        "call_expression" if fails_over(reader, node) => reader.guard(lines(node), Lack::Import),
        "unary_expression" if reader.text(node).starts_with("typeof") => asked(reader, field("argument")),
        "call_expression" | "member_expression"
            if children(node).any(|child| child.kind() == "optional_chain") =>
        {
            asked(reader, field("function").or_else(|| field("object")));
        }
        "try_statement" => {
            let handler = field("handler").and_then(|handler| handler.child_by_field_name("body"));
            let fails = |handler: Node<'_>| {
                children(handler).last().is_some_and(|last| last.kind() == "throw_statement")
            };
            if let (Some(body), true) = (field("body"), handler.is_some_and(|handler| !fails(handler))) {
                reader.guard(lines(body), Lack::Import);
            }
        }
        _ => {}
    }
}

/// Whether what is done with a module at run time goes on where that fails.
fn fails_over(reader: &Reader<'_>, call: Node<'_>) -> bool {
    let function = call.child_by_field_name("function").filter(|one| one.kind() == "member_expression");
    function.is_some_and(|function| {
        let field = |name| function.child_by_field_name(name).map_or("", |one| reader.text(one));
        field("property") == "catch" && field("object").starts_with("import(")
    })
}

/// What is asked for where only its presence decides.
fn asked(reader: &mut Reader<'_>, node: Option<Node<'_>>) {
    let Some(node) = node.map(|node| reader.unwrapped(node)) else { return };
    match node.kind() {
        "identifier" | "member_expression" => {
            if let Some(leaf) = reader.named_leaf(node) {
                let name = reader.text(leaf);
                reader.asks_for(name);
            }
        }
        "unary_expression" => asked(reader, node.child_by_field_name("argument")),
        "binary_expression" => {
            let [left, right] = ["left", "right"].map(|side| node.child_by_field_name(side));
            let is_nothing = |side: Option<Node<'_>>| {
                side.is_some_and(|side| matches!(reader.text(side), "undefined" | "null"))
            };
            let operator = node.child_by_field_name("operator").map_or("", |operator| reader.text(operator));
            if matches!(operator, "&&" | "||" | "??") || is_nothing(left) || is_nothing(right) {
                asked(reader, left);
                asked(reader, right);
            }
        }
        _ => {}
    }
}
