//! The order in which git traverses the changes of both sides. It decides among renames that are
//! equally good, such as several files of the same content. (It is not
//! documented; it was found by experiments with git.)
//!
//! git walks the three trees side by side. Of the next entries it takes the first by name, without
//! regard to folders sorting as if they ended in a slash; so `a` comes before `a-b` only where a
//! tree has nothing like `a-b`. Folders that one side left alone are deferred, and traversed at the
//! end in the order of a table of their paths.

use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::merge::diff::TreeDiff;
use crate::merge::memo::Memo;
use crate::merge::objects::{Missing, Objects, TreeEntry};
use crate::merge::renames::name_table::NameTable;
use crate::merge::renames::relevance::{FolderRelevance, Relevance};
use crate::model::{Entry, EntryKind, Oid, RepoPath, Side, Sides, Stages};

/// Listings are forgotten when they hold more names than this.
const NAMES_BUDGET: usize = 50_000;

/// The changes of one side in git's order.
#[derive(Debug, Default)]
pub(crate) struct TraversalOrder {
    /// Their indices.
    pub changes: Vec<usize>,
    /// The folders that were deferred, each with its chain in git's table.
    pub deferred: HashMap<RepoPath, usize>,
}

/// How git traverses three trees.
#[derive(Debug, Default)]
pub(crate) struct Traversed {
    /// The changes of both sides in git's order.
    pub orders: Sides<TraversalOrder>,
    /// The folders that are looked into, the whole tree among them.
    pub opened: Vec<RepoPath>,
    /// What each side alone changed below, and that is taken without a look into it: folders, mostly.
    pub taken: Sides<Vec<(RepoPath, Option<Entry>)>>,
}

/// The names in which three folders differ, in git's order.
type Listing = Vec<(Vec<u8>, Stages<Option<Entry>>)>;

/// Lists the names in which folders differ, each three of them once.
pub(crate) struct Listings<'a> {
    objects: &'a dyn Objects,
    known: Memo<Stages<Option<Oid>>, Rc<Listing>>,
}

impl<'a> Listings<'a> {
    /// Without any listing yet.
    pub fn new(objects: &'a dyn Objects) -> Listings<'a> {
        Listings { objects, known: Memo::new(NAMES_BUDGET) }
    }

    fn of(&self, folders: Stages<Option<Oid>>) -> Result<Rc<Listing>, Missing> {
        let read = |folder: Option<Oid>| folder.map_or_else(|| Ok(Arc::from([])), |id| self.objects.tree(id));
        let weigh = |listing: &Rc<Listing>| listing.len() + 1;
        self.known.find_or_make(folders, weigh, || Ok(Rc::new(side_by_side(&folders.try_map(read)?))))
    }
}

/// A folder of the three trees and what is left to traverse in it.
struct OpenFolder {
    path: RepoPath,
    /// Whether relevant folder renames make git look into everything below at once.
    at_once: bool,
    names: Rc<Listing>,
    /// How many of them were visited.
    visited: usize,
}

/// A traversal under way.
struct Traversal<'w> {
    listings: &'w Listings<'w>,
    sides: &'w Sides<Rc<TreeDiff>>,
    relevance: &'w Sides<Relevance>,
    /// Folders deferred for each side.
    deferred: Sides<NameTable>,
    trees: HashMap<RepoPath, Stages<Option<Entry>>>,
    traversed: Traversed,
}

/// Traverses the three trees of a merge.
pub(crate) fn traverse(
    listings: &Listings<'_>,
    trees: Stages<Oid>,
    sides: &Sides<Rc<TreeDiff>>,
    relevance: &Sides<Relevance>,
) -> Result<Traversed, Missing> {
    let mut traversal = Traversal {
        listings,
        sides,
        relevance,
        deferred: Sides::of(|_| NameTable::new()),
        trees: HashMap::default(),
        traversed: Traversed::default(),
    };
    let root = trees.map(|oid| Some(Entry { kind: EntryKind::Tree, oid }));
    traversal.visit(RepoPath::default(), root, true)?;
    for side in Side::BOTH {
        let deferred = std::mem::replace(&mut traversal.deferred[side], NameTable::new());
        for (chain, path) in deferred.into_chains() {
            let entries = traversal.trees.get(&path).copied().unwrap_or_default();
            if relevance[side].sources.is_empty() {
                traversal.traversed.taken[side].push((path, entries[side]));
                continue;
            }
            traversal.traversed.orders[side].deferred.insert(path.clone(), chain);
            traversal.visit(path, entries, false)?;
        }
    }
    Ok(traversal.traversed)
}

impl Traversal<'_> {
    /// Visits everything below a path that is a folder in some of the trees.
    fn visit(
        &mut self,
        path: RepoPath,
        entries: Stages<Option<Entry>>,
        may_defer: bool,
    ) -> Result<(), Missing> {
        let mut open = vec![self.open(path, entries, false)?];
        while let Some(folder) = open.last_mut() {
            let Some((name, entries)) = folder.names.get(folder.visited) else {
                open.pop();
                continue;
            };
            folder.visited += 1;
            let (path, entries, at_once) = (folder.path.join(name), *entries, folder.at_once);
            self.note_files(&path);
            if !entries.iter().flatten().any(|entry| entry.kind == EntryKind::Tree) {
                continue;
            }
            let left_alone = Side::BOTH.into_iter().find(|side| entries[side.other()] == entries.base);
            match left_alone {
                Some(side) if may_defer && !at_once => {
                    self.deferred[side].insert(path.clone());
                    self.trees.insert(path, entries);
                }
                _ => open.push(self.open(path, entries, at_once)?),
            }
        }
        Ok(())
    }

    fn note_files(&mut self, path: &RepoPath) {
        for side in Side::BOTH {
            let changes = &self.sides[side].changes;
            if let Ok(index) = changes.binary_search_by(|change| change.path.cmp(path)) {
                self.traversed.orders[side].changes.push(index);
            }
        }
    }

    fn open(
        &mut self,
        path: RepoPath,
        entries: Stages<Option<Entry>>,
        at_once: bool,
    ) -> Result<OpenFolder, Missing> {
        let folder = |entry: Entry| (entry.kind == EntryKind::Tree).then_some(entry.oid);
        let names = self.listings.of(entries.map(|entry| entry.and_then(folder)))?;
        let is_relevant = |relevance: &Relevance| relevance.of_folder(&path) != FolderRelevance::Irrelevant;
        let at_once = at_once || self.relevance.iter().any(is_relevant);
        self.traversed.opened.push(path.clone());
        Ok(OpenFolder { path, at_once, names, visited: 0 })
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
