//! What is staged: the index against the tree of the head.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use gix_index::extension::Tree as CachedTree;

use crate::files;
use crate::git::Store;
use crate::merge::{Missing, Objects, TreeEntry, TreeLister, diff_trees_once, tree_order};
use crate::model::{Entry, EntryKind, Oid, RepoPath};

use super::cached::{CachedFolder, CachedFolders};
use super::index::{self, Child, ChildKind, Index};
use super::part::{self, Passed};

/// Paths with what the index holds there.
type Staged = Vec<(RepoPath, Option<Entry>)>;

/// Where the index differs from the head's tree, with what the index holds. Unresolved paths are
/// left to the worktree. Folders whose tree the index already knows are compared by its id.
pub(super) fn changes(store: &Store, head_tree: Oid, index: &Index) -> Result<Staged, Missing> {
    compare(store, head_tree, index, &[])
}

/// The same for an index file, of which only those entries are read whose folders' trees are not known to
/// be the head's. `None` where it has to be read in full.
pub(super) fn changes_in(store: &Store, head_tree: Oid, index: &Path) -> Option<Result<Staged, Missing>> {
    let file = files::open(index).ok()?;
    let cached = CachedFolders::read(&file, Vec::new())?;
    let mut passed = Vec::new();
    as_head(store, &cached, &cached.top()?, (head_tree, Vec::new()), &mut passed)?;
    let index = part::entries_but(&file, &passed, &mut cached.into_bytes())?;
    Some(compare(store, head_tree, &index, &passed))
}

/// The folders for which the index would write the tree that the head has, in the order of paths.
fn as_head(
    store: &Store,
    cached: &CachedFolders,
    folder: &CachedFolder,
    (tree, path): (Oid, Vec<u8>),
    found: &mut Vec<Passed>,
) -> Option<()> {
    if folder.id == Some(tree) {
        if folder.entries > 0 {
            found.push(Passed { folder: path, entries: folder.entries });
        }
        return Some(());
    }
    for entry in store.tree(tree).ok()?.iter().filter(|entry| entry.entry.kind == EntryKind::Tree) {
        if let Some(below) = cached.folder_in(folder, &entry.name) {
            let path = [&path, &entry.name[..], b"/"].concat();
            as_head(store, cached, &below, (entry.entry.oid, path), found)?;
        }
    }
    Some(())
}

fn compare(store: &Store, head_tree: Oid, index: &Index, passed: &[Passed]) -> Result<Staged, Missing> {
    let passed: HashSet<&[u8]> = passed.iter().map(|passed| &passed.folder[..]).collect();
    let lister = TreeLister::new(store, head_tree);
    let mut comparison =
        IndexComparison { store, lister, index, passed, path: Vec::new(), found: Vec::new() };
    if !comparison.is_passed() {
        comparison.folder(Some(head_tree), index.all(), index.cached_trees())?;
    }
    Ok(comparison.found)
}

struct IndexComparison<'a> {
    store: &'a Store,
    /// Reads the head's trees.
    lister: TreeLister<'a>,
    index: &'a Index,
    /// Folders that are the same as the head's, whose entries were not read.
    passed: HashSet<&'a [u8]>,
    /// The folder that is being compared, with its final slash.
    path: Vec<u8>,
    found: Staged,
}

impl IndexComparison<'_> {
    fn folder(
        &mut self,
        tree: Option<Oid>,
        entries: Range<usize>,
        cached: Option<&CachedTree>,
    ) -> Result<(), Missing> {
        if let (Some(cached), Some(tree)) = (cached, tree)
            && cached.num_entries.is_some_and(|count| count as usize == entries.len())
            && index::id_of(&cached.id) == tree
        {
            return Ok(());
        }
        let level = self.path.iter().filter(|byte| **byte == b'/').count();
        let old = self.lister.tree(tree.unwrap_or(Oid::EMPTY_TREE), level)?;
        let mut old = old.iter().peekable();
        let index = self.index;
        let mut new = index.children(entries, self.path.len()).peekable();
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => tree_order((&old.name, old.entry.kind), (new.name, kind(new))),
            };
            let old = (order != Ordering::Greater).then(|| old.next()).flatten();
            let new = (order != Ordering::Less).then(|| new.next()).flatten();
            self.name(old, new, cached)?;
        }
    }

    /// One name, in the head, in the index, or in both (then both are folders, or neither is).
    fn name(
        &mut self,
        old: Option<&TreeEntry>,
        new: Option<Child<'_>>,
        cached: Option<&CachedTree>,
    ) -> Result<(), Missing> {
        let name = old.map_or_else(|| new.as_ref().map_or(&[][..], |new| new.name), |old| &old.name);
        let above = self.path.len();
        self.path.extend_from_slice(name);
        let old = old.map(|old| old.entry);
        let tree = old.filter(|old| old.kind == EntryKind::Tree).map(|old| old.oid);
        match new.map(|new| new.kind) {
            Some(ChildKind::Folder(entries)) => {
                let below =
                    cached.and_then(|cached| cached.children.iter().find(|child| child.name[..] == *name));
                self.path.push(b'/');
                self.folder(tree, entries, below)?;
            }
            Some(ChildKind::Sparse(at)) => {
                let new = index::id_of(&self.index.entry(at).id);
                self.trees(tree, new)?;
            }
            Some(ChildKind::Entry(entries)) => self.entry(old, entries),
            None => match tree {
                // all its entries may be gone, or passed over, here or further below
                Some(_) => {
                    self.path.push(b'/');
                    if !self.is_passed() {
                        self.folder(tree, 0..0, None)?;
                    }
                }
                None => self.found.push((RepoPath::new(self.path.clone()), None)),
            },
        }
        self.path.truncate(above);
        Ok(())
    }

    /// Whether the current path, with its final slash, is a folder that is skipped.
    fn is_passed(&self) -> bool {
        self.passed.contains(&self.path[..])
    }

    fn entry(&mut self, old: Option<Entry>, entries: Range<usize>) {
        let entry = self.index.entry(entries.start);
        if index::is_unmerged(entry) {
            return;
        }
        let new = (!index::is_announced(entry)).then(|| index::entry_of(entry));
        if old != new {
            self.found.push((RepoPath::new(self.path.clone()), new));
        }
    }

    /// Everything that differs between two trees at the current path.
    fn trees(&mut self, old: Option<Oid>, new: Oid) -> Result<(), Missing> {
        let folder = RepoPath::new(self.path.clone());
        let differing = diff_trees_once(self.store, old.unwrap_or(Oid::EMPTY_TREE), new)?.changes;
        self.found
            .extend(differing.into_iter().map(|change| (folder.join(change.path.as_bytes()), change.new)));
        Ok(())
    }
}

fn kind(child: &Child<'_>) -> EntryKind {
    match child.kind {
        ChildKind::Entry(_) => EntryKind::File,
        ChildKind::Folder(_) | ChildKind::Sparse(_) => EntryKind::Tree,
    }
}
