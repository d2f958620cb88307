//! From a change of the value to cuts in the text.

use std::ops::Range;

use super::primitive::Primitive;
use super::render::inline;
use super::style::{WritingStyle, column};
use crate::model::{Step, Value};
use crate::yaml::{Kind, MapEntry, Outline, OutlineNode, Quote};

/// A range of the text and its replacement.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub(super) range: Range<usize>,
    pub(super) new: String,
}

impl Cut {
    pub(super) fn insert(at: usize, new: String) -> Cut {
        Cut { range: at..at, new }
    }

    pub(super) fn remove(range: Range<usize>) -> Cut {
        Cut { range, new: String::new() }
    }

    /// Whether they share text.
    pub(super) fn overlaps(&self, other: &Cut) -> bool {
        self.range.start < other.range.end && other.range.start < self.range.end
    }
}

/// A text with the positions of everything in it.
pub(super) struct Sheet<'t> {
    pub(super) text: &'t str,
    pub(super) outline: &'t Outline,
    pub(super) style: &'t WritingStyle,
}

/// A node with what surrounds it.
pub(super) struct FoundNode<'t> {
    pub(super) node: &'t OutlineNode,
    /// The entry whose value it is.
    pub(super) entry: Option<&'t MapEntry>,
    /// Whether it stands inside brackets or braces.
    pub(super) in_flow: bool,
}

pub(super) type Cuts = Result<Vec<Cut>, String>;

impl<'t> Sheet<'t> {
    pub(super) fn cuts(&self, primitive: &Primitive) -> Cuts {
        if self.outline.root.is_none() {
            return match primitive {
                Primitive::AddKey { key, value, .. } => Ok(vec![self.first_key(key, value)]),
                _ => Err("the file is empty".to_string()),
            };
        }
        match primitive {
            Primitive::Replace { at, value } => self.replace(&self.find(at)?, value),
            Primitive::AddKey { at, key, value } => self.add_key(at, &self.find(at)?, key, value),
            Primitive::RemoveKey { at, key, keeps_comments } => {
                let found = self.find(at)?;
                match keeps_comments.then(|| self.beside_comments(&found, key)).flatten() {
                    Some(cut) => Ok(vec![cut]),
                    None => self.remove_key(&found, key),
                }
            }
            Primitive::InsertItems { at, index, values } => {
                self.insert_items(&self.find(at)?, *index, values)
            }
            Primitive::RemoveItems { at, from, to } => self.remove_items(&self.find(at)?, *from..*to),
        }
    }

    /// The text of the removed nodes, with the comments after them on their last line only.
    pub(super) fn going(&self, primitive: &Primitive) -> Vec<Range<usize>> {
        let (Primitive::Replace { at, .. }
        | Primitive::RemoveKey { at, .. }
        | Primitive::RemoveItems { at, .. }) = primitive
        else {
            return vec![];
        };
        let Ok(found) = self.find(at) else { return vec![] };
        let whole = |start: usize, end: usize| start..self.last_line_end(end.max(start));
        match (primitive, &found.node.kind) {
            (Primitive::RemoveKey { key, .. }, _) => {
                let entry = found.node.entry(key);
                entry.map(|entry| whole(entry.key_span.start, entry.end())).into_iter().collect()
            }
            (Primitive::RemoveItems { from, to, .. }, Kind::List { items, .. }) => {
                let items = items.get(*from..*to).unwrap_or_default();
                items.iter().map(|item| whole(item.after_mark - 1, item.span.end)).collect()
            }
            _ => vec![whole(found.node.span.start, found.node.span.end)],
        }
    }

    fn find(&self, at: &[Step]) -> Result<FoundNode<'t>, String> {
        let root = self.outline.root.as_ref().ok_or("the file is empty")?;
        let mut found = FoundNode { node: root, entry: None, in_flow: false };
        for step in at {
            if let Kind::Alias(name) = &found.node.kind {
                return Err(format!("it is behind the alias *{name}"));
            }
            let (entry, node, flow) = match (&found.node.kind, step) {
                (Kind::Map { flow, .. }, Step::Key(key)) => {
                    let entry = found.node.entry(key).ok_or("its key is written in an unusual form")?;
                    (Some(entry), &entry.value, *flow)
                }
                (Kind::List { flow, items }, Step::Item(index)) => {
                    (None, items.get(*index).ok_or("the list is written in an unusual form")?, *flow)
                }
                _ => return Err("it is written in an unusual form (a tag, or a merged key)".to_string()),
            };
            found = FoundNode { node, entry, in_flow: found.in_flow || flow };
        }
        Ok(found)
    }

    pub(super) fn replace(&self, found: &FoundNode<'_>, value: &Value) -> Cuts {
        let node = found.node;
        if found.in_flow {
            return match node.kind {
                Kind::Empty if self.text[..node.after_mark].ends_with(':') => {
                    Ok(vec![Cut::insert(node.after_mark, format!(" {}", inline(value, None)))])
                }
                Kind::Empty => Err("its key has no colon".to_string()),
                _ => Ok(vec![Cut { range: node.span.clone(), new: self.like(node, value) }]),
            };
        }
        match found.entry {
            Some(entry) => self.replace_value(entry, value),
            None => self.replace_item(node, value),
        }
    }

    /// A value on one line, in the style of the scalar it replaces.
    fn like(&self, node: &OutlineNode, value: &Value) -> String {
        match &node.kind {
            Kind::Scalar(quote, text) => inline(value, Some((*quote, text))),
            _ => inline(value, None),
        }
    }

    fn replace_value(&self, entry: &MapEntry, value: &Value) -> Cuts {
        let node = &entry.value;
        let column = column(self.text, entry.key_span.start);
        let stays_inline = matches!((&node.kind, value), (Kind::List { flow: true, items }, Value::List(new))
            if !items.is_empty() && !new.iter().any(|item| matches!(item, Value::Map(_) | Value::List(_))));
        let block = self.style.is_block(&entry.key, value, column) && !stays_inline;
        let own_lines = node.is_block() && self.is_own_lines(node);
        if own_lines {
            self.is_bare(node)?;
        }
        let new = if block { self.style.behind(&entry.key, value, column) } else { self.like(node, value) };
        let cuts = match (own_lines, block) {
            (false, false) if matches!(node.kind, Kind::Empty) => {
                vec![Cut::insert(node.after_mark, format!(" {new}"))]
            }
            (false, false) => vec![Cut { range: self.without_line_end(node), new }],
            (false, true) => {
                self.is_bare(node)?;
                let end = self.last_line_end(entry.end());
                vec![Cut::remove(node.after_mark..entry.end().min(end)), Cut::insert(end, new)]
            }
            (true, _) => {
                let at = if block { self.line_end(node.after_mark) } else { node.after_mark };
                let new = if block { new } else { format!(" {new}") };
                let from = self.line_start(node.span.start);
                let from = from
                    - (self.text[..from].len()
                        - self.text[..from].trim_end_matches('\n').trim_end_matches('\r').len())
                    .min(2);
                vec![Cut::insert(at, new), Cut::remove(from..self.last_line_end(node.span.end))]
            }
        };
        Ok(self.joined(cuts))
    }

    pub(super) fn is_own_lines(&self, node: &OutlineNode) -> bool {
        self.text[node.after_mark..node.span.start].contains('\n')
    }

    fn replace_item(&self, node: &OutlineNode, value: &Value) -> Cuts {
        if let Kind::Empty = node.kind {
            let item = self.style.item(value, column(self.text, node.after_mark) + 1);
            return Ok(vec![Cut::insert(node.after_mark, format!(" {item}"))]);
        }
        let new = match value {
            Value::Map(entries) if !entries.is_empty() => {
                self.style.item(value, column(self.text, node.span.start))
            }
            _ => self.like(node, value),
        };
        Ok(vec![Cut { range: self.without_line_end(node), new }])
    }

    /// Its range, without the line break that a block scalar can include.
    fn without_line_end(&self, node: &OutlineNode) -> Range<usize> {
        if self.text[node.span.clone()].ends_with('\n') {
            node.span.start..self.last_line_end(node.span.end)
        } else {
            node.span.clone()
        }
    }

    /// The cuts in order; adjacent ones are joined.
    pub(super) fn joined(&self, cuts: Vec<Cut>) -> Vec<Cut> {
        let mut cuts = join(cuts);
        // If a file does not end with a line break and loses its last line, the new last line gets none either.
        if let Some(last) = cuts.last_mut()
            && last.range.end == self.text.len()
            && last.new.is_empty()
            && !self.text.ends_with('\n')
        {
            let end = self.text[..last.range.start].trim_end_matches(['\r', '\n']).len();
            // The line break at the end of a block scalar is part of its text.
            if !self
                .outline
                .root
                .as_ref()
                .is_some_and(|root| ends_block_scalar(root, &(end..last.range.start)))
            {
                last.range.start = end;
            }
            return join(cuts);
        }
        cuts
    }
}

fn join(mut cuts: Vec<Cut>) -> Vec<Cut> {
    cuts.sort_by_key(|cut| (cut.range.start, cut.range.end));
    let mut out: Vec<Cut> = Vec::new();
    for cut in cuts {
        match out.last_mut() {
            Some(last) if cut.range.start <= last.range.end => {
                last.new += &cut.new;
                last.range.end = last.range.end.max(cut.range.end);
            }
            _ => out.push(cut),
        }
    }
    out
}

/// Whether a block scalar ends in this range.
fn ends_block_scalar(node: &OutlineNode, range: &Range<usize>) -> bool {
    match &node.kind {
        Kind::Scalar(Quote::Block, _) => range.start <= node.span.end && node.span.end <= range.end,
        Kind::List { items, .. } => items.iter().any(|item| ends_block_scalar(item, range)),
        Kind::Map { entries, .. } => entries.iter().any(|entry| ends_block_scalar(&entry.value, range)),
        Kind::Scalar(..) | Kind::Empty | Kind::Alias(_) | Kind::Tagged => false,
    }
}
