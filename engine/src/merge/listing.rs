//! Listing all that is below a tree: trees that hold one another, or that nest without end, have a bound.

use std::cell::Cell;
use std::sync::Arc;

use crate::model::Oid;

use super::objects::{Missing, Objects, TreeEntry};

/// As many entries are listed: some times those of the largest repositories.
const MOST_ENTRIES: usize = 2_000_000;

/// As many folders git enters one in the other (`core.maxTreeDepth`, where that is not set).
pub const MOST_LEVELS: usize = 2048;

/// Reads the trees of one listing, as many and as deep as a repository can have.
pub struct TreeLister<'a> {
    objects: &'a dyn Objects,
    top: Oid,
    left: Cell<usize>,
}

impl<'a> TreeLister<'a> {
    /// For all that is below this tree.
    pub fn new(objects: &'a dyn Objects, top: Oid) -> TreeLister<'a> {
        TreeLister { objects, top, left: Cell::new(MOST_ENTRIES) }
    }

    /// The entries of a tree that is so many folders below the top.
    ///
    /// # Errors
    /// The tree cannot be read; it is too deep; too many were listed before it.
    pub fn tree(&self, id: Oid, level: usize) -> Result<Arc<[TreeEntry]>, Missing> {
        if level > MOST_LEVELS {
            return Err(too_deep(self.top));
        }
        let entries = self.objects.tree(id)?;
        match self.left.get().checked_sub(entries.len()) {
            Some(left) => self.left.set(left),
            None => return Err(Missing::object(self.top, "it has more files than can be listed")),
        }
        Ok(entries)
    }
}

/// A tree in which folders nest deeper than git follows them.
pub(crate) fn too_deep(top: Oid) -> Missing {
    Missing::object(top, format!("its folders nest more than {MOST_LEVELS} deep, which git refuses"))
}
