//! What differs between two trees, path by path (`git diff-tree`): a walk of both that skips equal
//! subtrees and, on request, those that a third tree did not change.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::merge::listing::{MOST_LEVELS, too_deep};
use crate::merge::memo::Memo;
use crate::merge::objects::{Missing, Name, Objects, TreeEntry};
use crate::model::{Entry, EntryKind, Oid, RepoPath};

/// Comparisons are forgotten when they hold more changes than this.
const CHANGES_BUDGET: usize = 100_000;

/// A comparison holds as much: some million paths. A tree that is replaced by one that holds it has no end.
const MOST_BYTES: usize = 512 << 20;

/// Compares trees, each two of them once.
pub(crate) struct Diffs<'a> {
    objects: &'a dyn Objects,
    known: Memo<(Oid, Oid), Rc<TreeDiff>>,
}

impl<'a> Diffs<'a> {
    /// Without any comparison yet.
    pub fn new(objects: &'a dyn Objects) -> Diffs<'a> {
        Diffs { objects, known: Memo::new(CHANGES_BUDGET) }
    }

    /// What differs between two trees.
    pub fn between(&self, old: Oid, new: Oid) -> Result<Rc<TreeDiff>, Missing> {
        let weigh = |diff: &Rc<TreeDiff>| diff.changes.len();
        self.known.find_or_make((old, new), weigh, || Ok(Rc::new(diff_trees(self.objects, old, new)?)))
    }
}

/// One path whose entry differs between two trees. Folders never appear, only what is in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawChange {
    /// Where.
    pub path: RepoPath,
    /// What the old tree has there.
    pub old: Option<Entry>,
    /// What the new tree has there.
    pub new: Option<Entry>,
}

/// The two sides of one folder, and how far they were read.
struct Frame {
    folder: RepoPath,
    old: Arc<[TreeEntry]>,
    new: Arc<[TreeEntry]>,
    old_at: usize,
    new_at: usize,
    bound: Bound,
}

/// Which folders a walk enters.
enum Bound {
    /// All that differ.
    None,
    /// All that differ, and no tree is asked for again.
    Once,
    /// Those whose entry in this folder of the third tree is not that of the old tree.
    Beside(Arc<[TreeEntry]>),
}

/// What differs between two trees.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TreeDiff {
    /// The differing paths in byte order, which is the order of git's trees.
    pub changes: Vec<RawChange>,
    /// Folders of the old tree that the new one lacks, in byte order.
    pub removed: Vec<RepoPath>,
}

impl TreeDiff {
    /// The change of exactly this path.
    pub fn at(&self, path: &RepoPath) -> Option<&RawChange> {
        let index = self.changes.binary_search_by(|change| change.path.cmp(path)).ok()?;
        Some(&self.changes[index])
    }

    /// Whether anything differs at a path or below it.
    pub fn touches(&self, path: &RepoPath) -> bool {
        self.at(path).is_some() || self.below(path).next().is_some()
    }

    /// The changes below a folder.
    pub fn below(&self, folder: &RepoPath) -> impl Iterator<Item = &RawChange> {
        let folder = folder.as_bytes();
        let is_before = |change: &RawChange| {
            let path = change.path.as_bytes();
            match path.strip_prefix(folder) {
                Some(rest) => rest.first().is_none_or(|byte| *byte < b'/'),
                None => path < folder,
            }
        };
        let is_below = |change: &&RawChange| {
            let rest = change.path.as_bytes().strip_prefix(folder);
            rest.is_some_and(|rest| rest.first() == Some(&b'/'))
        };
        let start = self.changes.partition_point(is_before);
        self.changes[start..].iter().take_while(is_below)
    }
}

/// Compares two trees.
///
/// # Errors
/// A tree that cannot be read.
pub fn diff_trees(objects: &dyn Objects, old: Oid, new: Oid) -> Result<TreeDiff, Missing> {
    walk(objects, old, new, &|| Ok(Bound::None))
}

/// Compares two trees that are not asked for again.
pub fn diff_trees_once(objects: &dyn Objects, old: Oid, new: Oid) -> Result<TreeDiff, Missing> {
    walk(objects, old, new, &|| Ok(Bound::Once))
}

/// The names in the top folder whose entries differ between two trees that are not asked for again.
pub(crate) fn names_that_differ(
    objects: &dyn Objects,
    old: Oid,
    new: Oid,
) -> Result<BTreeSet<Name>, Missing> {
    let mut top = Frame::open(objects, RepoPath::default(), Some(old), Some(new), Bound::Once)?;
    let names = std::iter::from_fn(|| top.step().map(|(path, ..)| Name::from_slice(path.as_bytes())));
    Ok(names.collect())
}

/// Compares two trees, but skips the folders that a third tree has exactly as the old one does. The
/// result includes all changes at, above and below the paths that the third tree changed.
pub(crate) fn diff_trees_beside(
    objects: &dyn Objects,
    old: Oid,
    new: Oid,
    beside: Oid,
) -> Result<TreeDiff, Missing> {
    match beside == old {
        true => Ok(TreeDiff::default()),
        false => walk(objects, old, new, &|| Ok(Bound::Beside(objects.tree(beside)?))),
    }
}

/// The walk keeps its own stack.
///
/// # Errors
/// Also trees of which more paths differ than can be held, or deeper ones than git follows.
fn walk(
    objects: &dyn Objects,
    old: Oid,
    new: Oid,
    bound: &dyn Fn() -> Result<Bound, Missing>,
) -> Result<TreeDiff, Missing> {
    let TreeDiff { mut changes, mut removed } = TreeDiff::default();
    let (mut stack, mut held) = (Vec::new(), 0);
    let top = new;
    if old != new {
        stack.push(Frame::open(objects, RepoPath::default(), Some(old), Some(new), bound()?)?);
    }
    while let Some(frame) = stack.last_mut() {
        let Some((path, old, new)) = frame.step() else {
            stack.pop();
            continue;
        };
        held += path.as_bytes().len() + size_of::<RawChange>();
        if held > MOST_BYTES {
            return Err(Missing::object(top, "more paths differ than can be compared"));
        }
        let is_tree = |entry: Option<Entry>| entry.is_some_and(|entry| entry.kind == EntryKind::Tree);
        if is_tree(old) || is_tree(new) {
            let Some(bound) = frame.bound.inside(objects, path.file_name(), old)? else { continue };
            let tree = |entry: Option<Entry>| entry.map(|entry| entry.oid);
            if new.is_none() {
                removed.push(path.clone());
            }
            if stack.len() > MOST_LEVELS {
                return Err(too_deep(top));
            }
            stack.push(Frame::open(objects, path, tree(old), tree(new), bound)?);
        } else {
            changes.push(RawChange { path, old, new });
        }
    }
    Ok(TreeDiff { changes, removed })
}

impl Bound {
    /// The bound within a folder of this one that had the `old` entry; `None` if the folder is skipped.
    /// If the third tree has no such folder any more, all of it is compared.
    fn inside(
        &self,
        objects: &dyn Objects,
        name: &[u8],
        old: Option<Entry>,
    ) -> Result<Option<Bound>, Missing> {
        let entries = match self {
            Bound::None => return Ok(Some(Bound::None)),
            Bound::Once => return Ok(Some(Bound::Once)),
            Bound::Beside(entries) => entries,
        };
        let beside = entries.iter().find(|entry| entry.name[..] == *name).map(|entry| entry.entry);
        Ok(match beside {
            _ if beside == old => None,
            Some(Entry { kind: EntryKind::Tree, oid }) => Some(Bound::Beside(objects.tree(oid)?)),
            Some(_) | None => Some(Bound::None),
        })
    }
}

impl Frame {
    fn open(
        objects: &dyn Objects,
        folder: RepoPath,
        old: Option<Oid>,
        new: Option<Oid>,
        bound: Bound,
    ) -> Result<Frame, Missing> {
        let read = |id: Option<Oid>| id.map_or_else(|| Ok(Arc::from([])), |id| objects.tree(id));
        let [old, new] = match (&bound, old, new) {
            (Bound::Once, Some(old), Some(new)) => objects.between(old, new)?,
            (Bound::None | Bound::Once | Bound::Beside(_), old, new) => [read(old)?, read(new)?],
        };
        Ok(Frame { folder, old, new, old_at: 0, new_at: 0, bound })
    }

    /// The next path whose entries differ. A file and a folder of one name come one after the other.
    fn step(&mut self) -> Option<(RepoPath, Option<Entry>, Option<Entry>)> {
        loop {
            let (old, new) = (self.old.get(self.old_at), self.new.get(self.new_at));
            let order = match (old, new) {
                (Some(old), Some(new)) if old == new => Ordering::Equal, // most are
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => {
                    tree_order((&old.name, old.entry.kind), (&new.name, new.entry.kind))
                }
            };
            self.old_at += usize::from(order.is_le());
            self.new_at += usize::from(order.is_ge());
            let old = old.filter(|_| order.is_le());
            let new = new.filter(|_| order.is_ge());
            if old.map(|old| old.entry) == new.map(|new| new.entry) {
                continue;
            }
            let at = if order.is_le() { &self.old[self.old_at - 1] } else { &self.new[self.new_at - 1] };
            let path = self.folder.join(&at.name);
            return Some((path, old.map(|old| old.entry), new.map(|new| new.entry)));
        }
    }
}

/// The order of entries in git's trees: as if the names of folders ended in a slash.
pub fn tree_order((a, a_kind): (&[u8], EntryKind), (b, b_kind): (&[u8], EntryKind)) -> Ordering {
    let slash = |kind| (kind == EntryKind::Tree).then_some(&b'/');
    let shared = a.len().min(b.len());
    a[..shared]
        .cmp(&b[..shared])
        .then_with(|| a[shared..].iter().chain(slash(a_kind)).cmp(b[shared..].iter().chain(slash(b_kind))))
}

/// The entry at a path, folders included; `None` where there is none.
///
/// # Errors
/// A tree on the way that cannot be read.
pub fn entry_at(objects: &dyn Objects, tree: Oid, path: &RepoPath) -> Result<Option<Entry>, Missing> {
    let mut at = Entry { kind: EntryKind::Tree, oid: tree };
    if path.as_bytes().is_empty() {
        return Ok(Some(at));
    }
    for name in path.as_bytes().split(|byte| *byte == b'/') {
        if at.kind != EntryKind::Tree {
            return Ok(None);
        }
        let entries = objects.tree(at.oid)?;
        match entries.iter().find(|entry| entry.name[..] == *name) {
            Some(found) => at = found.entry,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}
