//! A tracking file cut into the lines of its keys and items, so that each can be taken as it is written.

use serde_yaml::Value as Yaml;

use super::values::item_names;
use crate::yaml::{Kind, Outline, OutlineNode};

/// A whole text: every byte of it is in one part, or in the lines after the last.
pub(super) struct Parted<'t> {
    pub(super) parts: Vec<WrittenPart<'t>>,
    /// The lines after the last part.
    pub(super) rest: &'t str,
}

/// The lines of one key of a mapping, or of one item of a list.
#[derive(Clone)]
pub(super) struct WrittenPart<'t> {
    /// The key, or the item's identity; with how many before it have the same one.
    pub(super) name: (String, usize),
    /// Comments and empty lines above it.
    pub(super) above: &'t str,
    /// The line of its key, where parts are below; otherwise all its lines.
    pub(super) own: &'t str,
    /// Where its value ends in `own`: a comment can follow.
    pub(super) value_end: usize,
    /// The keys or items below.
    pub(super) below: Vec<WrittenPart<'t>>,
    /// Comments below it that are indented like what it holds.
    pub(super) after: &'t str,
}

impl WrittenPart<'_> {
    /// All its lines.
    pub(super) fn text(&self) -> String {
        let below: String = self.below.iter().map(WrittenPart::text).collect();
        [self.above, self.own, &below, self.after].concat()
    }
}

/// Cuts a text of whole lines. `None` where it is written in a form that cannot be cut into lines.
pub(super) fn parted<'t>(text: &'t str, value: &Yaml) -> Option<Parted<'t>> {
    let outline = Outline::of(text)?;
    let mut cutting = Cutting { text, at: 0 };
    let parts = match &outline.root {
        Some(root) => cutting.below(root, value, &mut Vec::new())?,
        None => Vec::new(),
    };
    Some(Parted { parts, rest: &text[cutting.at..] })
}

struct Cutting<'t> {
    text: &'t str,
    /// Everything before is in a part.
    at: usize,
}

impl<'t> Cutting<'t> {
    /// The parts of a collection in block style, each on lines of its own. `None` for anything else.
    fn below(
        &mut self,
        node: &OutlineNode,
        value: &Yaml,
        at: &mut Vec<String>,
    ) -> Option<Vec<WrittenPart<'t>>> {
        let mut parts = Vec::new();
        match (&node.kind, value) {
            (Kind::Map { flow: false, entries }, Yaml::Mapping(fields)) if entries.len() == fields.len() => {
                for entry in entries {
                    let value = fields.get(entry.key.as_str())?;
                    at.push(entry.key.clone());
                    let part = self.part(
                        (entry.key.clone(), 0),
                        entry.key_span.start,
                        (&entry.value, entry.end()),
                        value,
                        at,
                    );
                    at.pop();
                    parts.push(part?);
                }
            }
            (Kind::List { flow: false, items }, Yaml::Sequence(values)) if items.len() == values.len() => {
                let names = item_names(at, values);
                for ((item, name), value) in items.iter().zip(names).zip(values) {
                    let whole = OutlineNode { kind: Kind::Tagged, ..item.clone() };
                    let end = item.span.end.max(item.after_mark);
                    parts.push(self.part(name, item.after_mark - 1, (&whole, end), value, at)?);
                }
            }
            _ => return None,
        }
        (!parts.is_empty()).then_some(parts)
    }

    fn part(
        &mut self,
        name: (String, usize),
        start: usize,
        (node, end): (&OutlineNode, usize),
        value: &Yaml,
        at: &mut Vec<String>,
    ) -> Option<WrittenPart<'t>> {
        let text = self.text;
        let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let column = start - line;
        if line < self.at || !text[line..start].bytes().all(|byte| byte == b' ') {
            return None;
        }
        let above = &text[self.at..line];
        let first_line = self.line_after(node.after_mark);
        let is_bare = text[node.after_mark..first_line].trim_start().starts_with(['#', '\n'])
            || text[node.after_mark..first_line].trim().is_empty();
        self.at = first_line;
        let below = if is_bare && node.is_block() { self.below(node, value, at) } else { None };
        let (own, value_end, below) = match below {
            Some(below) => (&text[line..first_line], node.after_mark - line, below),
            None => {
                self.at = if text[..end].ends_with('\n') { end } else { self.line_after(end) };
                (&text[line..self.at], end - line, Vec::new())
            }
        };
        let after = self.comments_below(column);
        Some(WrittenPart { name, above, own, value_end, below, after })
    }

    /// The comments that follow at once and are indented further than this.
    fn comments_below(&mut self, column: usize) -> &'t str {
        let from = self.at;
        while self.at < self.text.len() {
            let end = self.line_after(self.at);
            let line = &self.text[self.at..end];
            let indent = line.len() - line.trim_start_matches(' ').len();
            if !line[indent..].starts_with('#') || indent <= column {
                break;
            }
            self.at = end;
        }
        &self.text[from..self.at]
    }

    fn line_after(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }
}
