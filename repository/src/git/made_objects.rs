//! Writes objects that are in memory alone to where somebody keeps them.

use git2::ObjectType;

use crate::model::{EntryKind, Oid};

use super::GitError;
use super::overlay::encode;
use super::store::Store;

/// Writes one object, and returns its id.
pub(super) type PutObject<'a> = dyn FnMut(ObjectType, &[u8]) -> Result<Oid, GitError> + 'a;

/// Writes what of a tree is in memory alone, what it holds first.
///
/// # Errors
/// `put` fails; in words, what is not known.
pub(super) fn put_tree(
    store: &Store,
    tree: Oid,
    put: &mut PutObject<'_>,
) -> Result<Result<(), String>, GitError> {
    if store.has(tree) || tree == Oid::EMPTY_TREE {
        return Ok(Ok(()));
    }
    let Some(entries) = store.overlay.tree(tree) else {
        return Ok(Err(format!("the tree {tree} is missing")));
    };
    for one in entries.iter() {
        let id = one.entry.oid;
        match one.entry.kind {
            EntryKind::Submodule => {}
            EntryKind::Tree => {
                if let Err(why) = put_tree(store, id, put)? {
                    return Ok(Err(why));
                }
            }
            EntryKind::File | EntryKind::Executable | EntryKind::Symlink => match store.overlay.blob(id) {
                Some(_) | None if store.has(id) => {}
                Some(Ok(content)) => _ = put(ObjectType::Blob, &content)?,
                Some(Err(why)) => return Ok(Err(why)),
                None => return Ok(Err(format!("the file {id} is missing"))),
            },
        }
    }
    let entries: Vec<_> = entries.iter().collect();
    put(ObjectType::Tree, &encode(&entries)).map(|_| Ok(()))
}
