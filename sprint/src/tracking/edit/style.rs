//! Line endings and indentation of a file, so that added lines look like the rest.

use crate::yaml::{Kind, Outline, OutlineNode};

/// How a file is written, so that additions look like the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tracking) struct WritingStyle {
    /// Its line end.
    pub(super) newline: &'static str,
    /// Columns from a key to the keys below it.
    pub(super) indent: usize,
    /// Columns from a key to the dashes of its list; 0 in files that do not indent lists.
    pub(super) dash: usize,
}

/// The style of the specification's examples.
pub(in crate::tracking) const SPECIFICATION: WritingStyle =
    WritingStyle { newline: "\n", indent: 2, dash: 2 };

impl WritingStyle {
    /// The style of a text; the specification's where the text does not show it.
    pub(super) fn of(text: &str, outline: &Outline) -> WritingStyle {
        let newline = match text.find('\n') {
            Some(end) if text[..end].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let (mut indent, mut dash) = (None, None);
        if let Some(root) = &outline.root {
            look(text, root, &mut indent, &mut dash);
        }
        let indent = indent.unwrap_or(2);
        WritingStyle { newline, indent, dash: dash.unwrap_or(indent) }
    }
}

/// The first mapping in a mapping shows the indent, the first list in one the dash's.
fn look(text: &str, node: &OutlineNode, indent: &mut Option<usize>, dash: &mut Option<usize>) {
    match &node.kind {
        Kind::Map { flow: false, entries } => {
            for entry in entries {
                if indent.is_some() && dash.is_some() {
                    return;
                }
                let below =
                    |start: usize| column(text, start).checked_sub(column(text, entry.key_span.start));
                match &entry.value.kind {
                    Kind::Map { flow: false, entries } => {
                        let step = entries.first().and_then(|first| below(first.key_span.start));
                        *indent = indent.or(step.filter(|step| (1..=8).contains(step)));
                    }
                    Kind::List { flow: false, items } => {
                        let step = items.first().and_then(|first| below(first.after_mark - 1));
                        *dash = dash.or(step.filter(|step| *step <= 8));
                    }
                    _ => {}
                }
                look(text, &entry.value, indent, dash);
            }
        }
        Kind::List { flow: false, items } => items.iter().for_each(|item| look(text, item, indent, dash)),
        _ => {}
    }
}

/// Bytes from the start of the line, without a byte order mark.
pub(super) fn column(text: &str, at: usize) -> usize {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[start..at].trim_start_matches('\u{feff}').len()
}
