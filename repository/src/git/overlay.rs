//! Objects that exist in memory alone.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{self, AtomicUsize};
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::HashMap;
use git2::ObjectType;

use crate::files;
use crate::merge::{TreeEntry, tree_order};
use crate::model::{EntryKind, Oid, shown_path};

use super::ids;

/// The number of locks: many, so that threads seldom wait for each other.
const SHARDS: usize = 16;

/// Files above this size are not kept: they are read again when asked for.
const LARGE: u64 = 1 << 20;

/// Once this many bytes of files are kept, no more are.
const BUDGET: usize = 48 << 20;

/// Blobs and trees in front of the object database, shared by all stores of one repository.
/// Nothing of it is ever written into the repository.
#[derive(Default)]
pub(super) struct Overlay {
    shards: [RwLock<HashMap<Oid, HeldObject>>; SHARDS],
    kept: AtomicUsize,
    /// About how many bytes the blobs and trees that were made have.
    made: AtomicUsize,
}

/// How an object is held.
#[derive(Clone)]
enum HeldObject {
    Blob(Arc<[u8]>),
    /// The unconverted content of this file, of this size.
    File(Arc<PathBuf>, u64),
    Tree(Arc<[TreeEntry]>),
    /// A file of this size, which is larger than what is read.
    Unread(u64),
}

impl Overlay {
    fn shard(&self, id: Oid) -> &RwLock<HashMap<Oid, HeldObject>> {
        &self.shards[usize::from(id.as_bytes()[0]) % SHARDS]
    }

    fn find(&self, id: Oid) -> Option<HeldObject> {
        self.shard(id).read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn keep(&self, id: Oid, held: HeldObject) {
        self.shard(id).write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(held);
    }

    /// Keeps a blob and returns its id.
    pub(super) fn put_blob(&self, content: &[u8]) -> Oid {
        let id = ids::hash(ObjectType::Blob, content);
        if self.find(id).is_none() {
            self.keep(id, HeldObject::Blob(content.into()));
            self.made.fetch_add(content.len(), atomic::Ordering::Relaxed);
        }
        id
    }

    /// About how many bytes of blobs and trees were made.
    pub(super) fn made(&self) -> usize {
        self.made.load(atomic::Ordering::Relaxed)
    }

    /// Keeps the content of a file, or where to find it when there is much of it already.
    pub(super) fn put_file(&self, path: &Path, content: &[u8]) -> Oid {
        let id = ids::hash(ObjectType::Blob, content);
        if self.find(id).is_some() {
            return id;
        }
        let relaxed = atomic::Ordering::Relaxed;
        let within = |kept: usize| (kept <= BUDGET).then_some(kept + content.len());
        let size = content.len() as u64;
        self.keep(
            id,
            if !is_large(size) && self.kept.fetch_update(relaxed, relaxed, within).is_ok() {
                HeldObject::Blob(content.into())
            } else {
                HeldObject::File(Arc::new(path.to_path_buf()), size)
            },
        );
        id
    }

    /// Keeps only where to find a large file whose id is known.
    pub(super) fn put_large(&self, path: &Path, id: Oid, size: u64) {
        self.keep(id, HeldObject::File(Arc::new(path.to_path_buf()), size));
    }

    /// Keeps a file that is larger than what is read, and returns an id that it has as long as it is the
    /// same file, unchanged.
    pub(super) fn put_unread(&self, path: &Path, data: &Metadata) -> Oid {
        let (device, inode) = (data.dev(), data.ino());
        let changed = (data.mtime(), data.mtime_nsec(), data.ctime(), data.ctime_nsec());
        let identity = format!("unread {device} {inode} {changed:?} {path:?}");
        let id = ids::hash(ObjectType::Blob, identity.as_bytes());
        self.keep(id, HeldObject::Unread(data.len()));
        id
    }

    /// Keeps a tree and returns its id.
    pub(super) fn put_tree(&self, entries: &[TreeEntry]) -> Oid {
        let mut entries: Vec<&TreeEntry> = entries.iter().collect();
        entries.sort_by(|a, b| tree_order((&a.name, a.entry.kind), (&b.name, b.entry.kind)));
        let id = ids::hash(ObjectType::Tree, &encode(&entries));
        if id != Oid::EMPTY_TREE && self.find(id).is_none() {
            self.made.fetch_add(entries.len() * size_of::<TreeEntry>(), atomic::Ordering::Relaxed);
            self.keep(id, HeldObject::Tree(entries.into_iter().cloned().collect()));
        }
        id
    }

    /// A blob kept here, or nothing.
    pub(super) fn blob(&self, id: Oid) -> Option<Result<Arc<[u8]>, String>> {
        match self.find(id)? {
            HeldObject::Blob(content) => Some(Ok(content)),
            HeldObject::File(path, _) => Some(read_again(&path, id)),
            HeldObject::Unread(size) => {
                Some(Err(format!("it has {size} bytes, which is too much to be read")))
            }
            HeldObject::Tree(_) => Some(Err("it is a tree, not a blob".to_string())),
        }
    }

    /// The size of a blob kept here, or nothing.
    pub(super) fn blob_size(&self, id: Oid) -> Option<u64> {
        match self.find(id)? {
            HeldObject::Blob(content) => Some(content.len() as u64),
            HeldObject::File(_, size) | HeldObject::Unread(size) => Some(size),
            HeldObject::Tree(_) => None,
        }
    }

    /// A tree kept here, or nothing.
    pub(super) fn tree(&self, id: Oid) -> Option<Arc<[TreeEntry]>> {
        match self.find(id)? {
            HeldObject::Tree(entries) => Some(entries),
            HeldObject::Blob(_) | HeldObject::File(..) | HeldObject::Unread(_) => None,
        }
    }
}

/// Whether files of this size are hashed from disk without being held.
pub(super) fn is_large(size: u64) -> bool {
    size > LARGE
}

fn read_again(path: &Path, id: Oid) -> Result<Arc<[u8]>, String> {
    let content = files::read(path, u64::MAX).map_err(|error| format!("{}: {error}", shown_path(path)))?;
    if ids::hash(ObjectType::Blob, &content) != id {
        return Err(format!("{} changed in the meantime", shown_path(path)));
    }
    Ok(content.into())
}

/// A tree as git writes it.
pub(super) fn encode(entries: &[&TreeEntry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.iter().map(|entry| entry.name.len() + 28).sum());
    for TreeEntry { name, entry } in entries {
        bytes.extend_from_slice(match entry.kind {
            EntryKind::File => b"100644 ",
            EntryKind::Executable => b"100755 ",
            EntryKind::Symlink => b"120000 ",
            EntryKind::Submodule => b"160000 ",
            EntryKind::Tree => b"40000 ",
        });
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(entry.oid.as_bytes());
    }
    bytes
}
