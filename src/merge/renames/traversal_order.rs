//! The order in which git comes upon the changes of both sides. It decides among renames that are
//! equally good, such as several files of the same content.
//!
//! git walks the three trees side by side. Of the next entries it takes the first by name, without
//! regard to folders sorting as if they ended in a slash; so `a` comes before `a-b` only where a
//! tree has nothing like `a-b`. Folders that one side left alone are put off, and visited at the
//! end in the order of a table of their paths.

use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::merge::diff::TreeDiff;
use crate::merge::engine::Engine;
use crate::merge::objects::{Missing, TreeEntry};
use crate::merge::renames::name_table::NameTable;
use crate::merge::renames::relevance::{Relevance, Want};
use crate::model::{Entry, EntryKind, Oid, RepoPath, Side, Sides, Stages};

/// The changes of one side in git's order.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// Their indices.
    pub changes: Vec<usize>,
    /// The folders that were put off, each with its chain in git's table.
    put_off: HashMap<RepoPath, usize>,
}

/// How much the order counted in which a merge came upon files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// It did not: no two fitted equally.
    #[default]
    None,
    /// It did, and it stays the same as long as our side changes no more than new names that come
    /// before no folder, files in place, and the number of folders that are put off on our side,
    /// now so many, by less than makes their table grow.
    Firm(usize),
    /// Any change could bring another order.
    Loose,
}

impl Order {
    /// Whether any folder was put off.
    pub fn puts_off(&self) -> bool {
        !self.put_off.is_empty()
    }

    /// How firm the order of these paths is. Folders of one chain may change places, but not in a
    /// table that never grew.
    pub fn tie(&self, paths: &[&RepoPath]) -> Tie {
        let mut chains: HashMap<usize, RepoPath> = HashMap::default();
        for path in paths {
            let mut above = std::iter::successors(path.parent(), RepoPath::parent);
            let put_off = above.find_map(|folder| Some((*self.put_off.get(&folder)?, folder)));
            let Some((chain, folder)) = put_off else { continue };
            let beside = chains.insert(chain, folder.clone()).is_some_and(|other| other != folder);
            if beside && NameTable::width(self.put_off.len()) != NameTable::width(0) {
                return Tie::Loose;
            }
        }
        if paths.is_empty() { Tie::None } else { Tie::Firm(self.put_off.len()) }
    }
}

/// A folder of the three trees and what is left to visit in it.
struct Folder {
    path: RepoPath,
    /// Whether folder renames make git look into everything below at once.
    led: bool,
    names: Rc<Listing>,
    /// How many of them were visited.
    visited: usize,
}

/// The names in which three folders differ, in git's order.
pub(crate) type Listing = Vec<(Vec<u8>, Stages<Option<Entry>>)>;

struct Walk<'w> {
    engine: &'w Engine<'w>,
    sides: &'w Sides<Rc<TreeDiff>>,
    relevances: &'w Sides<Relevance>,
    /// Folders put off for each side.
    put_off: Sides<NameTable>,
    trees: HashMap<RepoPath, Stages<Option<Entry>>>,
    orders: Sides<Order>,
}

/// The changes of both sides in git's order.
pub(crate) fn visiting_orders(
    engine: &Engine<'_>,
    trees: Stages<Oid>,
    sides: &Sides<Rc<TreeDiff>>,
    relevances: &Sides<Relevance>,
) -> Result<Sides<Order>, Missing> {
    let mut walk = Walk {
        engine,
        sides,
        relevances,
        put_off: Sides::of(|_| NameTable::new()),
        trees: HashMap::default(),
        orders: Sides::default(),
    };
    let root = trees.map(|oid| Some(Entry { kind: EntryKind::Tree, oid }));
    walk.visit(RepoPath::default(), root, true)?;
    for side in Side::BOTH {
        if relevances[side].sources.is_empty() {
            continue;
        }
        let put_off = std::mem::replace(&mut walk.put_off[side], NameTable::new());
        for (chain, path) in put_off.into_chains() {
            walk.orders[side].put_off.insert(path.clone(), chain);
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
        entries: Stages<Option<Entry>>,
        may_put_off: bool,
    ) -> Result<(), Missing> {
        let mut open = vec![self.open(path, entries, false)?];
        while let Some(folder) = open.last_mut() {
            let Some((name, entries)) = folder.names.get(folder.visited) else {
                open.pop();
                continue;
            };
            folder.visited += 1;
            let (path, entries, led) = (folder.path.join(name), *entries, folder.led);
            self.note_files(&path);
            if !entries.iter().flatten().any(|entry| entry.kind == EntryKind::Tree) {
                continue;
            }
            let left_alone = Side::BOTH.into_iter().find(|side| entries[side.other()] == entries.base);
            match left_alone {
                Some(side) if may_put_off && !led => {
                    self.put_off[side].insert(path.clone());
                    self.trees.insert(path, entries);
                }
                _ => open.push(self.open(path, entries, led)?),
            }
        }
        Ok(())
    }

    fn note_files(&mut self, path: &RepoPath) {
        for side in Side::BOTH {
            let changes = &self.sides[side].changes;
            if let Ok(index) = changes.binary_search_by(|change| change.path.cmp(path)) {
                self.orders[side].changes.push(index);
            }
        }
    }

    fn open(&self, path: RepoPath, entries: Stages<Option<Entry>>, led: bool) -> Result<Folder, Missing> {
        let folder = |entry: Entry| (entry.kind == EntryKind::Tree).then_some(entry.oid);
        let folders = entries.map(|entry| entry.and_then(folder));
        let names = self.engine.listing(folders, || {
            let read = |folder: Oid| self.engine.objects.tree(folder);
            Ok(side_by_side(&folders.try_map(|folder| folder.map_or_else(|| Ok(Arc::from([])), read))?))
        })?;
        let led = led || self.relevances.iter().any(|relevance| relevance.want(&path) != Want::Nothing);
        Ok(Folder { path, led, names, visited: 0 })
    }
}

/// The differing names of three folders, in git's order.
fn side_by_side(trees: &Stages<Arc<[TreeEntry]>>) -> Listing {
    let by_name = trees.each_ref().map(|tree| {
        tree.iter().map(|entry| (&entry.name[..], entry.entry)).collect::<HashMap<&[u8], Entry>>()
    });
    let mut at = [0; 3];
    let mut taken: HashSet<&[u8]> = HashSet::default();
    let mut names = Vec::new();
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
        let entries = by_name.each_ref().map(|tree| tree.get(name).copied());
        if entries.base != entries.ours || entries.base != entries.theirs {
            names.push((name.to_vec(), entries));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of how many folders put off, and two of them, the order of a file in each stands.
    #[track_caller]
    fn check(put_off: usize, chains: [usize; 2], expected: Tie) {
        let path = |text: String| RepoPath::from(text.as_str());
        let put_off = (0..put_off).map(|at| (path(format!("other/{at}")), 1000 + at)).collect();
        let mut order = Order { put_off, ..Order::default() };
        for (at, chain) in chains.into_iter().enumerate() {
            order.put_off.insert(path(format!("folder/{at}")), chain);
        }
        let files = [path("folder/0/a".into()), path("folder/1/deep/a".into()), path("inline/a".into())];
        assert_eq!(order.tie(&files.iter().collect::<Vec<_>>()), expected);
    }

    #[test]
    fn files_of_one_chain_change_places_in_a_table_that_grew() {
        check(10, [1, 2], Tie::Firm(12));
        check(10, [1, 1], Tie::Firm(12));
        check(60, [1, 2], Tie::Firm(62));
        check(60, [1, 1], Tie::Loose);
        assert_eq!(Order::default().tie(&[]), Tie::None);
    }
}
