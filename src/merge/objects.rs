//! The port through which a merge reads and writes objects. It names no repository.

use std::sync::Arc;

use smallvec::SmallVec;
use thiserror::Error;

use crate::model::{Entry, Oid};

/// A single path part. Most are short, and trees have many.
pub type Name = SmallVec<[u8; 24]>;

/// One entry of a tree, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub entry: Entry,
}

/// An object that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("object {id} cannot be read: {reason}")]
pub struct Missing {
    /// Its id.
    pub id: Oid,
    /// Why, in words for people.
    pub reason: String,
}

/// Where trees and blobs come from and where merged ones go. Reads see earlier writes; nothing
/// that is put here ever reaches a repository's object database.
pub trait Objects {
    /// The entries of a tree in git's order. [`Oid::EMPTY_TREE`] is always known.
    fn tree(&self, id: Oid) -> Result<Arc<[TreeEntry]>, Missing>;

    /// The content of a blob.
    fn blob(&self, id: Oid) -> Result<Arc<[u8]>, Missing>;

    /// The size of a blob in bytes, without reading it where that can be avoided.
    fn blob_size(&self, id: Oid) -> Result<u64, Missing>;

    /// Keeps a blob in memory and tells its id.
    fn put_blob(&self, content: &[u8]) -> Oid;

    /// Keeps a tree in memory and tells its id. The entries may come in any order.
    fn put_tree(&self, entries: &[TreeEntry]) -> Oid;
}
