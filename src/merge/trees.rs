use std::collections::BTreeMap;

use super::{Missing, Objects, TreeEntry};
use crate::model::{Entry, EntryKind, Oid, RepoPath};

/// Changes below one folder.
#[derive(Default)]
struct Folder<'a> {
    /// What the name itself becomes: an entry, or nothing.
    here: Option<Option<Entry>>,
    /// Changes further down.
    below: BTreeMap<&'a [u8], Folder<'a>>,
}

/// The tree that results when paths of a tree are replaced by entries, or removed (`None`). Only
/// folders with changes are read and built; folders without entries vanish, as in git.
pub fn changed_tree(
    store: &dyn Objects,
    tree: Oid,
    changes: &BTreeMap<RepoPath, Option<Entry>>,
) -> Result<Oid, Missing> {
    let mut top = Folder::default();
    for (path, entry) in changes {
        let mut folder = &mut top;
        for part in path.as_bytes().split(|byte| *byte == b'/') {
            folder = folder.below.entry(part).or_default();
        }
        folder.here = Some(*entry);
    }
    match top.below.is_empty() {
        true => Ok(tree),
        false => Ok(build(store, Some(tree), &top)?.unwrap_or(Oid::EMPTY_TREE)),
    }
}

/// The changed folder, or `None` when nothing is left in it.
fn build(store: &dyn Objects, tree: Option<Oid>, folder: &Folder<'_>) -> Result<Option<Oid>, Missing> {
    let old = store.tree(tree.unwrap_or(Oid::EMPTY_TREE))?;
    let mut entries: BTreeMap<&[u8], Entry> =
        old.iter().map(|old| (old.name.as_slice(), old.entry)).collect();
    for (name, change) in &folder.below {
        match changed_entry(store, entries.get(name).copied(), change)? {
            Some(entry) => entries.insert(name, entry),
            None => entries.remove(name),
        };
    }
    if entries.is_empty() {
        return Ok(None);
    }
    let entries: Vec<TreeEntry> =
        entries.into_iter().map(|(name, entry)| TreeEntry { name: name.to_vec(), entry }).collect();
    Ok(Some(store.put_tree(&entries)))
}

/// A name can turn from a file into a folder, or back: the removals of what was there and the
/// additions of what is there now come together here.
fn changed_entry(
    store: &dyn Objects,
    old: Option<Entry>,
    change: &Folder<'_>,
) -> Result<Option<Entry>, Missing> {
    if let Some(Some(entry)) = change.here {
        return Ok(Some(entry));
    }
    if change.below.is_empty() {
        return Ok(None);
    }
    let folder = old.filter(|entry| entry.kind == EntryKind::Tree);
    let built = build(store, folder.map(|entry| entry.oid), change)?;
    match (built, change.here) {
        (Some(oid), _) => Ok(Some(Entry { kind: EntryKind::Tree, oid })),
        (None, Some(_)) => Ok(None),
        // only removals below a name that is no folder: nothing to remove
        (None, None) => Ok(old.filter(|entry| entry.kind != EntryKind::Tree)),
    }
}
