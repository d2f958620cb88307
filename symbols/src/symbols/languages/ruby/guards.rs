//! Where a file of Ruby does without what it names.

use tree_sitter::Node;

use crate::symbols::facts::Lack;
use crate::symbols::nodes::{children, lines};
use crate::symbols::reader::Reader;

/// What a condition says that asks whether something is there, or on what it runs.
const ASKING: [&str; 7] = [
    "defined?",
    "respond_to?",
    "method_defined?",
    "const_defined?",
    "RUBY_VERSION",
    "RUBY_ENGINE",
    "RUBY_PLATFORM",
];

/// Errors that say that something is missing.
const FAILURES: [&str; 3] = ["NameError", "NoMethodError", "LoadError"];

pub(super) fn note(reader: &mut Reader<'_>, node: Node<'_>) {
    match node.kind() {
        "if" | "unless" | "if_modifier" | "unless_modifier" | "conditional" => {
            if let Some(condition) = node.child_by_field_name("condition") {
                let condition = reader.text(condition);
                if ASKING.iter().any(|word| condition.contains(word)) {
                    reader.guard(lines(node), Lack::Everything);
                }
            }
        }
        "begin" | "body_statement" | "do_block" => {
            for rescue in children(node).filter(|child| child.kind() == "rescue") {
                let names = rescue.child_by_field_name("exceptions").map_or("", |names| reader.text(names));
                if FAILURES.iter().any(|name| names.contains(name)) {
                    reader.guard(lines(node), Lack::Everything);
                }
            }
        }
        _ => {}
    }
}
