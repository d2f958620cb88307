//! Nodes of syntax trees: where they are, and what is asked of them.

use std::ops::RangeInclusive;

use tree_sitter::Node;

use super::facts::{Parameter, Parameters, Word};

/// How the walk goes on below a node.
pub(super) enum Next {
    /// As before.
    Same,
    /// In another place.
    Within(CodeScope),
    /// Not at all.
    Done,
}

/// Where the walk is.
#[derive(Clone, Debug)]
pub(super) struct CodeScope {
    /// The type whose members are read.
    pub owner: Option<Word>,
    /// The module inside the file.
    pub scope: Word,
    /// Whether this is inside a function.
    pub local: bool,
    /// Whether it is compiled only sometimes.
    pub conditional: bool,
    /// Whether what is defined here is seen as its type is, whatever it says.
    pub shown: bool,
    /// Whether names are bound here.
    pub binding: bool,
}

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).filter(|word| !word.is_empty())
}

/// The named children of a node.
pub(super) fn children(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let child = cursor.node();
            more = cursor.goto_next_sibling();
            if child.is_named() {
                return Some(child);
            }
        }
        None
    })
}

/// The line on which a node begins, from 1.
pub(super) fn line(node: Node<'_>) -> u32 {
    node.start_position().row as u32 + 1
}

/// The lines of a node, from 1.
pub(super) fn lines(node: Node<'_>) -> RangeInclusive<u32> {
    line(node)..=node.end_position().row as u32 + 1
}

/// A function's shape.
pub(super) fn callable(named: Vec<Parameter>) -> Parameters {
    Parameters { named, ..Parameters::default() }
}
