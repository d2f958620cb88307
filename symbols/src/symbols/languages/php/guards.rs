//! Where a file of PHP does without what it names.

use tree_sitter::Node;

use crate::symbols::facts::{DefinitionKind, Lack, Shape};
use crate::symbols::nodes::{CodeScope, children, line, lines};
use crate::symbols::reader::Reader;

/// Functions that ask whether there is something of a name.
const ASKING: [&str; 8] = [
    "function_exists",
    "class_exists",
    "interface_exists",
    "trait_exists",
    "enum_exists",
    "method_exists",
    "property_exists",
    "defined",
];

/// What tells on what it runs.
const SYSTEMS: [&str; 3] = ["PHP_VERSION", "PHP_OS", "extension_loaded"];

pub(super) fn note(reader: &mut Reader<'_>, node: Node<'_>) {
    if matches!(node.kind(), "if_statement" | "conditional_expression")
        && let Some(condition) = node.child_by_field_name("condition")
    {
        let condition = reader.text(condition);
        if ASKING.iter().chain(&SYSTEMS).any(|word| condition.contains(word)) {
            reader.guard(lines(node), Lack::Everything);
        }
    }
}

/// What a call of a function says of names: that it asks for one, or defines one.
pub(super) fn called(reader: &mut Reader<'_>, node: Node<'_>, place: &CodeScope) {
    let (Some(function), Some(list)) =
        (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return;
    };
    let texts = || {
        let inner = children(list).filter_map(|argument| argument.named_child(0));
        inner.map(|inner| (inner, reader.text(inner).trim_matches(['"', '\'']))).collect::<Vec<_>>()
    };
    match reader.text(function).trim_start_matches('\\') {
        name if ASKING.contains(&name) => {
            for (_, text) in texts() {
                reader.asks_for(text.rsplit('\\').next().unwrap_or(text));
            }
        }
        "define" => {
            if let Some((at, text)) = texts().first().filter(|(at, _)| at.kind() == "string") {
                let (word, line) = (reader.intern(text), line(*at));
                let place = CodeScope { owner: None, ..place.clone() };
                reader.define_word(word, line, DefinitionKind::Value, &place, Shape::Any).repeatable = true;
            }
        }
        "class_alias" => reader.unclear(list),
        _ => {}
    }
}
