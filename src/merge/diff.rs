//! What differs between two trees. Equal subtrees are not read.

use std::cmp::Ordering;

use crate::model::{Entry, EntryKind, Oid, RepoPath};

use super::{Missing, Objects, TreeEntry};

/// One path that differs: gone, new, or another entry. Never a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub path: RepoPath,
    pub old: Option<Entry>,
    pub new: Option<Entry>,
}

/// All differing paths, sorted.
pub(super) fn diff(objects: &dyn Objects, old: Oid, new: Oid) -> Result<Vec<Difference>, Missing> {
    let mut found = Vec::new();
    // A stack of its own: trees can be deeper than a thread's stack.
    let mut folders = vec![(RepoPath::default(), Some(old), Some(new))];
    while let Some((path, old, new)) = folders.pop() {
        if old == new {
            continue;
        }
        let read = |tree: Option<Oid>| tree.map_or(Ok(std::sync::Arc::from([])), |tree| objects.tree(tree));
        let (old, new) = (read(old)?, read(new)?);
        for (old, new) in joined(&old, &new) {
            let Some(name) = old.or(new).map(|entry| &entry.name) else { continue };
            let (old, new) = (old.map(|old| old.entry), new.map(|new| new.entry));
            if old == new {
                continue;
            }
            let path = path.join(name);
            let [old_tree, new_tree] =
                [old, new].map(|entry| entry.filter(|one| one.kind == EntryKind::Tree));
            let [old_file, new_file] =
                [old, new].map(|entry| entry.filter(|one| one.kind != EntryKind::Tree));
            if old_tree.is_some() || new_tree.is_some() {
                folders.push((path.clone(), old_tree.map(|one| one.oid), new_tree.map(|one| one.oid)));
            }
            if old_file.is_some() || new_file.is_some() {
                found.push(Difference { path, old: old_file, new: new_file });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

type Joined<'a> = (Option<&'a TreeEntry>, Option<&'a TreeEntry>);

/// The entries of two trees side by side, both in git's order. A file and a folder of the same name
/// stand at two places of that order and come one after the other.
fn joined<'a>(old: &'a [TreeEntry], new: &'a [TreeEntry]) -> Vec<Joined<'a>> {
    let mut rows: Vec<Joined> = Vec::new();
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return rows,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => git_order(old, new),
        };
        rows.push(match order {
            Ordering::Less => (old.next(), None),
            Ordering::Equal => (old.next(), new.next()),
            Ordering::Greater => (None, new.next()),
        });
    }
}

/// Folders are ordered as if their name ended in a slash.
pub(super) fn git_order(a: &TreeEntry, b: &TreeEntry) -> Ordering {
    let key = |entry: &TreeEntry, at: usize| match entry.name.get(at) {
        Some(byte) => Some(*byte),
        None if at == entry.name.len() && entry.entry.kind == EntryKind::Tree => Some(b'/'),
        None => None,
    };
    let common = a.name.iter().zip(&b.name).take_while(|(a, b)| a == b).count();
    key(a, common).cmp(&key(b, common))
}
