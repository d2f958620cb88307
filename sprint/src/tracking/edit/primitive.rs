//! The elementary changes that an edit is made of, and which of them depend on each other.

use crate::model::{Step, Value};

/// A change at one place.
#[derive(Clone, Debug)]
pub(super) enum Primitive {
    /// The node becomes this value.
    Replace { at: Vec<Step>, value: Value },
    /// The mapping gets a key it does not have.
    AddKey { at: Vec<Step>, key: String, value: Value },
    /// The mapping loses a key, with its comments or without.
    RemoveKey { at: Vec<Step>, key: String, keeps_comments: bool },
    /// The list gets items before this index.
    InsertItems { at: Vec<Step>, index: usize, values: Vec<Value> },
    /// The list loses items.
    RemoveItems { at: Vec<Step>, from: usize, to: usize },
}

impl Primitive {
    /// The node that changes; for keys and items, the collection that holds them.
    pub(super) fn at(&self) -> &[Step] {
        match self {
            Primitive::Replace { at, .. }
            | Primitive::AddKey { at, .. }
            | Primitive::RemoveKey { at, .. }
            | Primitive::InsertItems { at, .. }
            | Primitive::RemoveItems { at, .. } => at,
        }
    }

    /// Whether this change must be in the text before the next one can be placed.
    pub(super) fn disturbs(&self, next: &Primitive) -> bool {
        let within = |way: &[Step]| next.at().starts_with(way);
        let key_of =
            |way: &[Step], at: usize, key: &str| matches!(way.get(at), Some(Step::Key(own)) if own == key);
        // Changes inside a node must be in the text before the node is removed.
        let goes = match next {
            Primitive::Replace { at, .. } | Primitive::RemoveItems { at, .. } => self.at().starts_with(at),
            Primitive::RemoveKey { at, key, .. } => {
                self.at().starts_with(at) && key_of(self.at(), at.len(), key)
            }
            Primitive::AddKey { .. } | Primitive::InsertItems { .. } => false,
        };
        if goes {
            return true;
        }
        match self {
            Primitive::Replace { at, .. }
            | Primitive::InsertItems { at, .. }
            | Primitive::RemoveItems { at, .. } => within(at),
            Primitive::AddKey { at, key, .. } | Primitive::RemoveKey { at, key, .. } => {
                let same = next.at() == at && !matches!(next, Primitive::Replace { .. });
                same && !self.stacks(next) || within(at) && key_of(next.at(), at.len(), key)
            }
        }
    }

    /// Whether both add a key to the same mapping, so that the second one follows the first.
    /// At the top of a file, the blank lines in between depend on what came before.
    pub(super) fn stacks(&self, next: &Primitive) -> bool {
        match (self, next) {
            (Primitive::AddKey { at, .. }, Primitive::AddKey { at: next, .. }) => {
                at == next && !at.is_empty()
            }
            _ => false,
        }
    }
}
