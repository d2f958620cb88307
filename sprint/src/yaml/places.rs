//! The outline of a YAML text: the position of every node and comment.

use std::ops::Range;
use std::str::FromStr;

use yaml_edit::{YamlFile, YamlNode};

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Without quotes.
    Plain,
    /// `"…"`.
    Double,
    /// `'…'`.
    Single,
    /// `|` or `>` and lines below.
    Block,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// No text at all: a null.
    Empty,
    /// A scalar and its text without quotes.
    Scalar(Quote, String),
    /// A list.
    List {
        /// Whether in brackets.
        flow: bool,
        /// Its items.
        items: Vec<OutlineNode>,
    },
    /// A mapping.
    Map {
        /// Whether in braces.
        flow: bool,
        /// Its entries.
        entries: Vec<MapEntry>,
    },
    /// `*name`.
    Alias(String),
    /// `!tag …`.
    Tagged,
}

/// A value and its position, in bytes of the whole text.
#[derive(Clone, Debug)]
pub struct OutlineNode {
    /// From its first byte to the end of its content, before the line break and comments that follow.
    /// Anchors are not part of it.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
    /// The position after the `:` or `-` that leads to it, if there is one.
    pub after_mark: usize,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct MapEntry {
    /// The key without its quotes.
    pub key: String,
    /// The range of the key, with its quotes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: OutlineNode,
}

impl MapEntry {
    /// The end of its content.
    pub fn end(&self) -> usize {
        self.value.span.end.max(self.value.after_mark)
    }
}

/// The positions of all nodes and comments of a text.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The root node; `None` in an empty text.
    pub root: Option<OutlineNode>,
    /// The ranges of all comments, in order.
    pub comments: Vec<Range<usize>>,
}

impl Outline {
    /// The outline of a text that parses strictly. `None` if the outlining library reads it
    /// differently: then positions are unknown, and nothing can be edited.
    pub fn of(text: &str) -> Option<Outline> {
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let body = &text[mark..];
        // The library is young; a panic in it must not end a run that only wanted a line number.
        let read = std::panic::catch_unwind(|| {
            let file = YamlFile::from_str(body).ok()?;
            let mut comments: Vec<Range<usize>> = file
                .comments()
                .map(|comment| {
                    let range = comment.text_range();
                    mark + usize::from(range.start())..mark + usize::from(range.end())
                })
                .collect();
            comments.sort_by_key(|range| range.start);
            let root = match file.document() {
                Some(document) => {
                    let scan = OutlineScan { text, mark };
                    let node = document
                        .as_mapping()
                        .map(YamlNode::Mapping)
                        .or_else(|| document.as_sequence().map(YamlNode::Sequence));
                    match node {
                        Some(node) => Some(scan.node(&node, mark)?),
                        None => None,
                    }
                }
                None => None,
            };
            Some(Outline { root, comments })
        });
        read.ok().flatten()
    }

    /// The node at these steps; `None` if there is none, or an alias is on the path.
    pub fn at(&self, steps: &[crate::model::Step]) -> Option<&OutlineNode> {
        use crate::model::Step;
        steps.iter().try_fold(self.root.as_ref()?, |node, step| match (step, &node.kind) {
            (Step::Key(key), Kind::Map { .. }) => node.entry(key).map(|entry| &entry.value),
            (Step::Item(index), Kind::List { items, .. }) => items.get(*index),
            _ => None,
        })
    }
}

impl OutlineNode {
    /// The entry with this key.
    pub fn entry(&self, key: &str) -> Option<&MapEntry> {
        match &self.kind {
            Kind::Map { entries, .. } => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// Whether this anchor is meant in it.
    pub fn has_alias(&self, anchor: &str) -> bool {
        match &self.kind {
            Kind::Alias(name) => name == anchor,
            Kind::List { items, .. } => items.iter().any(|item| item.has_alias(anchor)),
            Kind::Map { entries, .. } => entries.iter().any(|entry| entry.value.has_alias(anchor)),
            Kind::Empty | Kind::Scalar(..) | Kind::Tagged => false,
        }
    }

    /// Whether it is a list or mapping in block style.
    pub fn is_block(&self) -> bool {
        matches!(&self.kind, Kind::List { flow: false, .. } | Kind::Map { flow: false, .. })
    }
}

struct OutlineScan<'t> {
    text: &'t str,
    mark: usize,
}

impl OutlineScan<'_> {
    fn node(&self, node: &YamlNode, after_mark: usize) -> Option<OutlineNode> {
        let range = node.byte_range();
        let span = range.start as usize + self.mark..range.end as usize + self.mark;
        let written = self.text.get(span.clone())?;
        let done = |end: usize, kind: Kind| Some(OutlineNode { span: span.start..end, kind, after_mark });
        match node {
            YamlNode::Scalar(_) if written.is_empty() => {
                Some(OutlineNode { span: after_mark..after_mark, kind: Kind::Empty, after_mark })
            }
            YamlNode::Scalar(scalar) => {
                let quote = match written.as_bytes()[0] {
                    b'"' => Quote::Double,
                    b'\'' => Quote::Single,
                    b'|' | b'>' => Quote::Block,
                    _ => Quote::Plain,
                };
                let end = match quote {
                    // Line breaks that a block scalar keeps belong to it; those it drops do not.
                    Quote::Block if written.lines().next()?.contains('+') => span.end,
                    _ => span.start + written.trim_end().len(),
                };
                done(end, Kind::Scalar(quote, scalar.as_string()))
            }
            YamlNode::Mapping(mapping) => {
                let flow = mapping.is_flow_style();
                let mut entries = Vec::new();
                for entry in mapping.entries() {
                    entries.push(self.entry(&entry)?);
                }
                let end = entries.last().map_or(span.end, MapEntry::end);
                done(if flow { span.end } else { end }, Kind::Map { flow, entries })
            }
            YamlNode::Sequence(list) => {
                let flow = list.is_flow_style();
                let mut items: Vec<OutlineNode> = Vec::new();
                let mut from = span.start;
                for item in list.values() {
                    let after =
                        if flow { item.byte_range().start as usize + self.mark } else { self.dash(from)? };
                    let item = self.node(&item, after)?;
                    from = item.span.end.max(after);
                    items.push(item);
                }
                done(if flow { span.end } else { from }, Kind::List { flow, items })
            }
            YamlNode::Alias(alias) => done(span.end, Kind::Alias(alias.name())),
            YamlNode::TaggedNode(_) => done(span.start + written.trim_end().len(), Kind::Tagged),
        }
    }

    fn entry(&self, entry: &yaml_edit::MappingEntry) -> Option<MapEntry> {
        let key = entry.key_node()?;
        let range = key.byte_range();
        let key_span = range.start as usize + self.mark..range.end as usize + self.mark;
        let name = match &key {
            YamlNode::Scalar(scalar) => scalar.as_string(),
            _ => return None,
        };
        let rest = self.text.get(key_span.end..)?;
        let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        // `{a, b}` has keys without a colon.
        let after_mark = if rest[gap..].starts_with(':') { key_span.end + gap + 1 } else { key_span.end };
        let value = match entry.value_node() {
            Some(value) => self.node(&value, after_mark)?,
            None => OutlineNode { span: after_mark..after_mark, kind: Kind::Empty, after_mark },
        };
        Some(MapEntry { key: name, key_span, value })
    }

    /// The position after the next `-`; only white space and comments may come before it.
    fn dash(&self, mut at: usize) -> Option<usize> {
        loop {
            let rest = self.text.get(at..)?;
            match rest.chars().next()? {
                '-' => return Some(at + 1),
                '#' => at += rest.find('\n')?,
                space if space.is_whitespace() => at += space.len_utf8(),
                _ => return None,
            }
        }
    }
}
