//! What of a file of C or C++ is compiled only sometimes.

use tree_sitter::Node;

use crate::symbols::facts::Lack;
use crate::symbols::reader::Reader;

/// Notes the lines between conditions of the preprocessor, by their text: they may be anywhere, where no grammar expects them.
pub(super) fn note(reader: &mut Reader<'_>, node: Node<'_>) {
    if node.kind() != "translation_unit" {
        return;
    }
    let text = reader.text(node);
    let first = node.start_position().row as u32 + 1;
    let mut open: Vec<(u32, bool)> = Vec::new();
    let mut lines = (first..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let Some(directive) = line.trim_start().strip_prefix('#').map(str::trim_start) else { continue };
        if directive.starts_with("if") {
            while lines.peek().is_some_and(|(_, next)| next.trim().is_empty()) {
                lines.next();
            }
            // the guard of a header is no condition, nor is the language
            let asked = directive.strip_prefix("ifndef").map(str::trim);
            let is_guard = asked.is_some_and(|name| {
                let next = lines.peek().and_then(|(_, next)| next.trim_start().strip_prefix('#'));
                let defined = next.and_then(|next| next.trim_start().strip_prefix("define"));
                defined.is_some_and(|defined| defined.split_whitespace().next() == Some(name))
            });
            open.push((number, !is_guard && !directive.contains("__cplusplus")));
        } else if directive.starts_with("endif")
            && let Some((start, true)) = open.pop()
        {
            reader.guard(start..=number, Lack::Everything);
        }
    }
}
