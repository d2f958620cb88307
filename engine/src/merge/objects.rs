//! The port through which a merge reads and writes objects. It names no repository.

use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::model::{Entry, Oid, Reason};

/// One component of a path. Most are short, and trees have many.
pub type Name = SmallVec<[u8; 24]>;

/// One entry of a tree, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub entry: Entry,
}

/// What a merge needs and could not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// An object could not be read.
    Object {
        /// Its id.
        id: Oid,
        /// Why, in words for people.
        why: String,
    },
    /// An object is not there, and git would fetch it (a partial clone).
    Unfetched {
        /// Its id.
        id: Oid,
    },
    /// A setting of the merge decides otherwise than is followed here.
    Setting {
        /// Which, and what is the matter with it, in words for people.
        why: String,
    },
    /// In a shallow clone, the history of a commit ends before the merge base.
    History {
        /// The commit.
        tip: Oid,
    },
    /// Whoever asked waits no longer.
    OutOfTime,
}

impl Missing {
    /// An object that could not be read.
    pub fn object(id: Oid, why: impl Into<String>) -> Missing {
        Missing::Object { id, why: why.into() }
    }
}

impl From<Missing> for Reason {
    fn from(missing: Missing) -> Reason {
        match missing {
            Missing::Object { id, why } => Reason::Object { id, why },
            Missing::Unfetched { id } => Reason::Unfetched { id },
            Missing::History { tip } => Reason::Shallow { tip },
            Missing::Setting { why } => Reason::Said(why),
            Missing::OutOfTime => Reason::OutOfTime,
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Reason::from(self.clone()).fmt(f)
    }
}

impl std::error::Error for Missing {}

/// Where trees and blobs come from and where merged ones go. Reads see earlier writes; nothing
/// that is put here ever reaches a repository's object database.
pub trait Objects {
    /// The entries of a tree in git's order. [`Oid::EMPTY_TREE`] is always known.
    fn tree(&self, id: Oid) -> Result<Arc<[TreeEntry]>, Missing>;

    /// Entries of two trees that are not asked for again, among them all that differ.
    fn between(&self, old: Oid, new: Oid) -> Result<[Arc<[TreeEntry]>; 2], Missing> {
        Ok(entries_between(&self.tree(old)?, &self.tree(new)?))
    }

    /// The object that is read in the place of this one, where that is another (`git-replace`).
    fn replacement(&self, _id: Oid) -> Option<Oid> {
        None
    }

    /// Whether there are such objects.
    fn has_replacements(&self) -> bool {
        false
    }

    /// The content of a blob.
    fn blob(&self, id: Oid) -> Result<Arc<[u8]>, Missing>;

    /// The size of a blob in bytes, without reading it where that can be avoided.
    fn blob_size(&self, id: Oid) -> Result<u64, Missing>;

    /// Whether a blob or tree is in memory, so that a later run cannot ask for it.
    fn is_in_memory(&self, id: Oid) -> bool;

    /// Whether a blob or tree that was read in an earlier run can still be read.
    fn is_whole(&self, id: Oid) -> bool;

    /// Whether all that was found in earlier runs is still there, unchanged.
    fn are_as_known(&self) -> bool;

    /// Finds a blob as git needs it for checking it out: it is in memory, or can be read. With `known`, it
    /// could be read in an earlier run.
    fn find_sound(&self, id: Oid, known: bool) -> Result<(), Missing>;

    /// The files directly in a tree whose blobs are nowhere: git writes no tree with them.
    fn absent_in(&self, tree: Oid) -> Result<Vec<(Name, Missing)>, Missing>;

    /// Keeps a blob in memory and tells its id.
    fn put_blob(&self, content: &[u8]) -> Oid;

    /// Keeps a tree in memory and tells its id. The entries may come in any order.
    fn put_tree(&self, entries: &[TreeEntry]) -> Oid;

    /// About how many bytes the blobs and trees have that are kept in memory; nothing where that is not counted.
    fn bytes_made(&self) -> usize {
        0
    }
}

/// The entries of two trees from the first that differs to the last.
pub fn entries_between(old: &[TreeEntry], new: &[TreeEntry]) -> [Arc<[TreeEntry]>; 2] {
    let alike = |(one, other): &(&TreeEntry, &TreeEntry)| one == other;
    let start = old.iter().zip(new).take_while(alike).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(alike).count();
    [old, new].map(|entries| entries[..entries.len() - end].into())
}
