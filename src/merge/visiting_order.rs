//! The order in which git comes upon the changes of both sides. It decides among renames that are
//! equally good, such as several files of the same content.
//!
//! git walks the three trees side by side. Of the next entries it takes the first by name, without
//! regard to folders sorting as if they ended in a slash; so `a` comes before `a-b` only where a
//! tree has nothing like `a-b`. Folders that one side left alone are put off, and visited at the
//! end in the order of a table of their paths.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::diff::TreeDiff;
use super::name_table::NameTable;
use super::relevance::{Relevance, Want};
use super::slot::{BASE, OURS, THEIRS};
use super::{Missing, Objects, TreeEntry};
use crate::model::{Entry, EntryKind, Oid, RepoPath};

/// A folder of the three trees and what is left to visit in it.
struct Folder {
    path: RepoPath,
    /// Whether folder renames make git look into everything below at once.
    led: bool,
    rest: VecDeque<(Vec<u8>, [Option<Entry>; 3])>,
}

struct Walk<'w> {
    objects: &'w dyn Objects,
    sides: [&'w TreeDiff; 2],
    relevances: &'w [Relevance; 2],
    /// Folders put off for each side.
    put_off: [NameTable; 2],
    trees: HashMap<RepoPath, [Option<Entry>; 3]>,
    orders: [Vec<usize>; 2],
}

/// The changes of both sides in git's order.
pub(super) fn visiting_orders(
    objects: &dyn Objects,
    trees: [Oid; 3],
    sides: [&TreeDiff; 2],
    relevances: &[Relevance; 2],
) -> Result<[Vec<usize>; 2], Missing> {
    let mut walk = Walk {
        objects,
        sides,
        relevances,
        put_off: [NameTable::new(), NameTable::new()],
        trees: HashMap::new(),
        orders: Default::default(),
    };
    let root = trees.map(|oid| Some(Entry { kind: EntryKind::Tree, oid }));
    walk.visit(RepoPath::default(), root, true)?;
    for side in [OURS, THEIRS] {
        if relevances[side - 1].sources.is_empty() {
            continue;
        }
        let put_off = std::mem::replace(&mut walk.put_off[side - 1], NameTable::new());
        for path in put_off.into_paths() {
            let entries = walk.trees.get(&path).copied().unwrap_or_default();
            walk.visit(path, entries, false)?;
        }
    }
    Ok(walk.orders)
}

impl Walk<'_> {
    /// Visits everything below a path that is a folder in some of the trees.
    fn visit(
        &mut self,
        path: RepoPath,
        entries: [Option<Entry>; 3],
        may_put_off: bool,
    ) -> Result<(), Missing> {
        let mut open = vec![self.open(path, entries, false)?];
        while let Some(folder) = open.last_mut() {
            let Some((name, entries)) = folder.rest.pop_front() else {
                open.pop();
                continue;
            };
            let (path, led) = (folder.path.join(&name), folder.led);
            self.note_files(&path);
            if !entries.iter().flatten().any(|entry| entry.kind == EntryKind::Tree) {
                continue;
            }
            let left_alone = [OURS, THEIRS].into_iter().find(|&side| entries[3 - side] == entries[BASE]);
            match left_alone {
                Some(side) if may_put_off && !led => {
                    self.put_off[side - 1].insert(path.clone());
                    self.trees.insert(path, entries);
                }
                _ => open.push(self.open(path, entries, led)?),
            }
        }
        Ok(())
    }

    fn note_files(&mut self, path: &RepoPath) {
        for (diff, order) in self.sides.iter().zip(&mut self.orders) {
            if let Ok(index) = diff.changes.binary_search_by(|change| change.path.cmp(path)) {
                order.push(index);
            }
        }
    }

    fn open(&self, path: RepoPath, entries: [Option<Entry>; 3], led: bool) -> Result<Folder, Missing> {
        let mut trees: [Arc<[TreeEntry]>; 3] = [Arc::from([]), Arc::from([]), Arc::from([])];
        for (tree, entry) in trees.iter_mut().zip(entries) {
            if let Some(entry) = entry.filter(|entry| entry.kind == EntryKind::Tree) {
                *tree = self.objects.tree(entry.oid)?;
            }
        }
        let led = led || self.relevances.iter().any(|relevance| relevance.want(&path) != Want::Nothing);
        Ok(Folder { path, led, rest: side_by_side(&trees) })
    }
}

/// The differing names of three folders, in git's order.
fn side_by_side(trees: &[Arc<[TreeEntry]>; 3]) -> VecDeque<(Vec<u8>, [Option<Entry>; 3])> {
    let by_name: [HashMap<&[u8], Entry>; 3] =
        [0, 1, 2].map(|tree: usize| trees[tree].iter().map(|entry| (&entry.name[..], entry.entry)).collect());
    let mut at = [0; 3];
    let mut taken: HashSet<&[u8]> = HashSet::new();
    let mut names = VecDeque::new();
    loop {
        let mut first: Option<&[u8]> = None;
        for (tree, at) in trees.iter().zip(&mut at) {
            while tree.get(*at).is_some_and(|entry| taken.contains(&entry.name[..])) {
                *at += 1;
            }
            if let Some(entry) = tree.get(*at) {
                first = Some(first.map_or(&entry.name[..], |first| first.min(&entry.name)));
            }
        }
        let Some(name) = first else { return names };
        taken.insert(name);
        let entries = [0, 1, 2].map(|tree: usize| by_name[tree].get(name).copied());
        if entries[BASE] != entries[OURS] || entries[BASE] != entries[THEIRS] {
            names.push_back((name.to_vec(), entries));
        }
    }
}
