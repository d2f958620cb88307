//! What of a file of Rust is compiled only sometimes.

use tree_sitter::Node;

use crate::symbols::facts::Lack;
use crate::symbols::nodes::{line, lines};
use crate::symbols::reader::Reader;

/// Conditions that hold in tests, or in all but tests.
const USUAL: [&str; 5] = ["test)", "not(test))", "any(test,", "debug_assertions)", "not(debug_assertions))"];

pub(super) fn note(reader: &mut Reader<'_>, node: Node<'_>) {
    // a module that is elsewhere
    if node.kind() == "attribute_item" {
        reader.facts.gives_any |= reader.text(node).contains("path");
    }
    let text = match node.kind() {
        "attribute_item" | "inner_attribute_item" => reader.text(node),
        "macro_invocation" if reader.text(node).starts_with("cfg_if") => {
            return reader.guard(lines(node), Lack::Everything);
        }
        _ => return,
    };
    let condition = text.trim_start_matches(['#', '!', '[', ' ']).strip_prefix("cfg(");
    if condition.is_none_or(|condition| USUAL.iter().any(|usual| condition.starts_with(usual))) {
        return;
    }
    let around = node.parent();
    let is_inside = around.is_some_and(|around| {
        matches!(around.kind(), "match_arm" | "field_initializer" | "parameter" | "closure_expression")
    });
    let mut of = node.next_named_sibling();
    if is_inside || node.kind() == "inner_attribute_item" {
        of = around;
    }
    while let Some(next) =
        of.filter(|next| next.kind() == "attribute_item" || next.kind().contains("comment"))
    {
        of = next.next_named_sibling();
    }
    if let Some(of) = of {
        reader.guard(line(node)..=*lines(of).end(), Lack::Everything);
    }
}
