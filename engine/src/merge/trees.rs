//! Writing trees: a tree with some paths set and others removed (`git mktree`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::merge::objects::{Missing, Name, Objects, TreeEntry};
use crate::model::{Entry, EntryKind, Oid, RepoPath};

/// The new entry of each path, or `None` to remove it, which does nothing to a folder. What is set below a
/// folder that is set itself is set in the new one.
pub type Edits = BTreeMap<RepoPath, Option<Entry>>;

/// The tree with these edits made, in one pass, so that no tree is read that was written. Folders that
/// become empty go away. The depth of the tree is bounded by memory alone.
///
/// # Errors
/// A folder on the way that cannot be read.
pub fn edit_tree(objects: &dyn Objects, tree: Oid, edits: &Edits) -> Result<Oid, Missing> {
    let mut open: Vec<Open> = vec![Open::read(objects, b"", Some(tree))?];
    for (path, entry) in edits {
        let mut folders: Vec<&[u8]> = path.as_bytes().split(|byte| *byte == b'/').collect();
        let name = folders.pop().unwrap_or_default();
        let shared =
            open[1..].iter().zip(&folders).take_while(|(open, folder)| open.name[..] == ***folder).count();
        close_to(objects, &mut open, shared + 1);
        for folder in &folders[shared..] {
            let Some(last) = open.last() else { break };
            let tree = last.find(folder).filter(|entry| entry.kind == EntryKind::Tree);
            open.push(Open::read(objects, folder, tree.map(|entry| entry.oid))?);
        }
        let Some(folder) = open.last_mut() else { continue };
        let is_folder = folder.find(name).is_some_and(|entry| entry.kind == EntryKind::Tree);
        if entry.is_some() || !is_folder {
            folder.set(name, *entry);
        }
    }
    close_to(objects, &mut open, 1);
    Ok(open.pop().and_then(|root| root.close(objects)).unwrap_or(Oid::EMPTY_TREE))
}

/// A folder that is being edited.
struct Open {
    name: Name,
    before: Option<Oid>,
    entries: Arc<[TreeEntry]>,
    /// What becomes of entries.
    edits: BTreeMap<Name, Option<Entry>>,
}

impl Open {
    fn read(objects: &dyn Objects, name: &[u8], tree: Option<Oid>) -> Result<Open, Missing> {
        let entries = tree.map_or_else(|| Ok(Arc::from([])), |tree| objects.tree(tree))?;
        Ok(Open { name: Name::from_slice(name), before: tree, entries, edits: BTreeMap::new() })
    }

    fn close(self, objects: &dyn Objects) -> Option<Oid> {
        if self.edits.is_empty() {
            return self.before;
        }
        let stays = |entry: &&TreeEntry| !self.edits.contains_key(&entry.name);
        let mut entries: Vec<TreeEntry> = self.entries.iter().filter(stays).cloned().collect();
        let set =
            |(name, entry): (&Name, &Option<Entry>)| Some(TreeEntry { name: name.clone(), entry: (*entry)? });
        entries.extend(self.edits.iter().filter_map(set));
        (!entries.is_empty()).then(|| objects.put_tree(&entries))
    }

    fn find(&self, name: &[u8]) -> Option<Entry> {
        let before = || Some(self.entries.iter().find(|entry| entry.name[..] == *name)?.entry);
        self.edits.get(name).copied().unwrap_or_else(before)
    }

    fn set(&mut self, name: &[u8], entry: Option<Entry>) {
        if self.find(name) != entry {
            self.edits.insert(Name::from_slice(name), entry);
        }
    }
}

/// Writes the innermost folders until this many are open.
fn close_to(objects: &dyn Objects, open: &mut Vec<Open>, depth: usize) {
    while open.len() > depth {
        let Some(folder) = open.pop() else { return };
        let name = folder.name.clone();
        let unchanged = folder.edits.is_empty();
        let oid = folder.close(objects);
        if unchanged {
            continue;
        }
        if let Some(parent) = open.last_mut() {
            parent.set(&name, oid.map(|oid| Entry { kind: EntryKind::Tree, oid }));
        }
    }
}
