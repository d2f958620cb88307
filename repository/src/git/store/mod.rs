//! The objects of a repository, behind those that exist in memory alone.

mod commits;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use foldhash::{HashMap, HashSet};
use git2::ObjectType;

use crate::merge::{CommitFacts, Missing, Name, Objects, TreeEntry, entries_between};
use crate::model::{Entry, EntryKind, Oid, shown_path};

use super::commit_cache::CommitCache;
use super::graph::History;
use super::listed::Listed;
use super::objects::{Database, FoundIn, ReadError};
use super::overlay::Overlay;
use super::substitutes::Substitutes;
use super::tree_entries;

/// One store keeps this many tree entries before it drops them all.
const CACHED_ENTRIES: usize = 100_000;

/// One store keeps this many bytes of blobs before it drops them all, and none that is larger than the
/// second: pairs ask for the same few files again and again.
const CACHED_BYTES: usize = 12 << 20;
const LARGE_BLOB: usize = 1 << 20;

/// A cache that was written before objects were is written anew once it is older than this.
const REFRESHED: Duration = Duration::from_secs(10);

/// What the stores of one repository share.
pub(super) struct SharedState {
    pub overlay: Arc<Overlay>,
    pub history: Mutex<History>,
    /// What earlier runs found out about heads and targets.
    pub cache: OnceLock<Arc<CommitCache>>,
    /// Commits that were read.
    pub commits: Mutex<HashMap<Oid, CommitFacts>>,
    /// What stores that are no longer used have read.
    idle: Mutex<Vec<Trees>>,
    /// The git folders of worktrees, by their tops.
    git_dirs: Mutex<HashMap<PathBuf, PathBuf>>,
    /// The worktrees and branches as they were listed last.
    listed: Mutex<Arc<Listed>>,
    /// Commits that exist in memory alone.
    made: Mutex<HashMap<Oid, CommitFacts>>,
    /// The objects in files.
    pub objects: Database,
    /// Whether git fetches objects that are not there (a partial clone).
    fetches: bool,
    /// Blobs and trees that were found: those that can be read, those that are there, and the trees of whose
    /// files all are.
    found: Mutex<FoundObjects>,
    /// Whether all that answers of earlier runs rest on is as it was.
    as_known: OnceLock<bool>,
    /// What is read in their place.
    pub substitutes: Substitutes,
}

impl SharedState {
    pub(super) fn new(objects: Database, substitutes: Substitutes, fetches: bool) -> SharedState {
        SharedState {
            objects,
            fetches,
            found: Mutex::default(),
            as_known: OnceLock::new(),
            substitutes,
            overlay: Arc::default(),
            history: Mutex::default(),
            cache: OnceLock::new(),
            commits: Mutex::default(),
            idle: Mutex::default(),
            git_dirs: Mutex::default(),
            listed: Mutex::default(),
            made: Mutex::default(),
        }
    }

    /// Why an object is missing, in words for people.
    fn missing(&self, id: Oid, error: ReadError) -> Missing {
        match error {
            ReadError::Absent if self.fetches => Missing::Unfetched { id },
            ReadError::Absent => Missing::object(
                id,
                match self.objects.lost_lender() {
                    Some(lender) => format!(
                        "it is not in this repository, which borrows objects from {}, and that folder does not exist: bring it back, or name its new place in objects/info/alternates",
                        shown_path(lender)
                    ),
                    None => "it is not in this repository (a shallow clone?)".to_string(),
                },
            ),
            ReadError::Unreadable(why) => Missing::object(id, why),
        }
    }

    /// The git folder of a worktree, where that was found out.
    pub(super) fn git_dir(&self, top: &Path) -> Option<PathBuf> {
        self.git_dirs.lock().unwrap_or_else(PoisonError::into_inner).get(top).cloned()
    }

    pub(super) fn know_git_dir(&self, top: &Path, git_dir: &Path) {
        let mut known = self.git_dirs.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(top.to_path_buf(), git_dir.to_path_buf());
    }

    /// The worktrees and branches as they were listed last.
    pub(super) fn listed(&self) -> Arc<Listed> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn know_listed(&self, listed: Listed) {
        *self.listed.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(listed);
    }

    /// What a store has given back.
    fn idle(&self) -> Option<Trees> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// A commit that exists in memory alone.
    fn made(&self, id: Oid) -> Option<CommitFacts> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn found(&self) -> MutexGuard<'_, FoundObjects> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes of looking for an object: git fetches it where that is usual.
    fn looked_for(&self, id: Oid, found: Result<FoundIn, ReadError>) -> Result<(), Missing> {
        match found {
            Ok(FoundIn::Loose) => {
                if let Some(cache) = self.cache.get().filter(|cache| cache.loose.find(&id).is_none()) {
                    cache.loose.keep(id, Arc::new(()));
                }
                Ok(())
            }
            Ok(FoundIn::Pack) => Ok(()),
            Err(ReadError::Absent) if self.fetches => Ok(()),
            Err(error) => Err(self.missing(id, error)),
        }
    }

    fn are_as_known(&self) -> bool {
        let Some((cache, written)) = self.cache.get().and_then(|cache| Some((cache, cache.written?))) else {
            return false;
        };
        let loose = cache.loose.all().into_iter().map(|(id, ..)| id).filter(|id| *id != Oid::EMPTY_TREE);
        // each counts as used
        let loose: Vec<Oid> = loose.inspect(|id| drop(cache.loose.find(id))).collect();
        let as_known = self.objects.are_as_at(written, loose.iter().copied());
        let now = SystemTime::now();
        let pays = || now > written + REFRESHED && self.objects.are_as_at(now, loose.iter().copied());
        if !as_known && pays() {
            // then the cache is written anew, and the next run need not look
            cache.loose.keep(Oid::EMPTY_TREE, Arc::new(()));
        }
        as_known
    }

    fn commits(&self) -> MutexGuard<'_, HashMap<Oid, CommitFacts>> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Objects that were found.
#[derive(Default)]
struct FoundObjects {
    sound: HashSet<Oid>,
    whole: HashSet<Oid>,
    present: HashSet<Oid>,
    whole_trees: HashSet<Oid>,
}

/// Trees that were read.
#[derive(Default)]
struct Trees {
    known: HashMap<Oid, Arc<[TreeEntry]>>,
    entries: usize,
}

/// Blobs that were read.
#[derive(Default)]
struct Blobs {
    known: HashMap<Oid, Arc<[u8]>>,
    bytes: usize,
}

/// The objects of a repository and, in front of them, those that exist in memory alone.
///
/// One per thread; all stores of one [`super::Repository`] share what is put into any of them.
pub struct Store {
    pub(super) overlay: Arc<Overlay>,
    shared: Arc<SharedState>,
    trees: RefCell<Trees>,
    blobs: RefCell<Blobs>,
}

impl Store {
    pub(super) fn new(shared: Arc<SharedState>) -> Store {
        let trees = RefCell::new(shared.idle().unwrap_or_default());
        Store { overlay: shared.overlay.clone(), shared, trees, blobs: RefCell::default() }
    }

    /// The bytes of an object of the repository, of the kind that is expected.
    pub(super) fn read(&self, id: Oid, kind: ObjectType) -> Result<Arc<Vec<u8>>, Missing> {
        let stored = self.stored(id)?;
        let object = self.shared.objects.read(stored).map_err(|error| self.shared.missing(id, error))?;
        match object.kind == kind {
            true => Ok(object.content),
            false => Err(wrong_kind(id, object.kind, kind)),
        }
    }

    /// A tree that is in memory.
    fn known_tree(&self, id: Oid) -> Option<Arc<[TreeEntry]>> {
        match id {
            Oid::EMPTY_TREE => Some(Arc::new([])),
            _ => {
                let known = self.trees.borrow().known.get(&id).cloned();
                known.or_else(|| self.in_memory(id).and_then(|overlay| overlay.tree(id)))
            }
        }
    }

    /// Where to look for an object that may exist in memory alone. What git reads in another's place is there
    /// for one that a merge writes, too.
    fn in_memory(&self, id: Oid) -> Option<&Overlay> {
        (!self.shared.substitutes.replaces(id)).then_some(&*self.overlay)
    }

    /// The object that is read in the place of one.
    fn stored(&self, id: Oid) -> Result<Oid, Missing> {
        self.shared.substitutes.object(id).map_err(|why| Missing::object(id, why))
    }

    /// Whether an object is in the repository, in whatever state.
    pub(super) fn has(&self, id: Oid) -> bool {
        self.shared.objects.has(id)
    }

    fn stored_blob(&self, id: Oid) -> Result<Arc<[u8]>, Missing> {
        if let Some(known) = self.blobs.borrow().known.get(&id) {
            return Ok(known.clone());
        }
        let content: Arc<[u8]> = self.read(id, ObjectType::Blob)?[..].into();
        if content.len() <= LARGE_BLOB {
            let mut blobs = self.blobs.borrow_mut();
            if blobs.bytes + content.len() > CACHED_BYTES {
                *blobs = Blobs::default();
            }
            blobs.bytes += content.len();
            blobs.known.insert(id, content.clone());
        }
        Ok(content)
    }

    fn remember(&self, id: Oid, entries: &Arc<[TreeEntry]>) {
        let mut trees = self.trees.borrow_mut();
        if trees.entries + entries.len() > CACHED_ENTRIES {
            *trees = Trees::default();
        }
        trees.entries += entries.len();
        trees.known.insert(id, entries.clone());
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let trees = self.trees.take();
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(trees);
    }
}

impl Objects for Store {
    fn tree(&self, id: Oid) -> Result<Arc<[TreeEntry]>, Missing> {
        if let Some(known) = self.known_tree(id) {
            return Ok(known);
        }
        let entries =
            tree_entries::parse(&self.read(id, ObjectType::Tree)?).ok_or_else(|| damaged(id))?.into();
        self.remember(id, &entries);
        Ok(entries)
    }

    fn between(&self, old: Oid, new: Oid) -> Result<[Arc<[TreeEntry]>; 2], Missing> {
        if [old, new].iter().any(|id| self.known_tree(*id).is_some()) {
            return Ok(entries_between(&self.tree(old)?, &self.tree(new)?));
        }
        let (old_tree, new_tree) = (self.read(old, ObjectType::Tree)?, self.read(new, ObjectType::Tree)?);
        let found = tree_entries::between(&old_tree, &new_tree);
        found.map(|found| found.map(Arc::from)).ok_or_else(|| damaged(new))
    }

    fn replacement(&self, id: Oid) -> Option<Oid> {
        self.shared.substitutes.object(id).ok().filter(|read| *read != id)
    }

    fn has_replacements(&self) -> bool {
        self.shared.substitutes.has_objects()
    }

    fn blob(&self, id: Oid) -> Result<Arc<[u8]>, Missing> {
        match self.in_memory(id).and_then(|overlay| overlay.blob(id)) {
            Some(content) => content.map_err(|why| Missing::object(id, why)),
            None => self.stored_blob(id),
        }
    }

    fn blob_size(&self, id: Oid) -> Result<u64, Missing> {
        if let Some(size) = self.in_memory(id).and_then(|overlay| overlay.blob_size(id)) {
            return Ok(size);
        }
        if let Some(known) = self.blobs.borrow().known.get(&id) {
            return Ok(known.len() as u64);
        }
        let stored = self.stored(id)?;
        match self.shared.objects.header(stored).map_err(|error| self.shared.missing(id, error))? {
            (ObjectType::Blob, size) => Ok(size),
            (kind, _) => Err(wrong_kind(id, kind, ObjectType::Blob)),
        }
    }

    fn is_in_memory(&self, id: Oid) -> bool {
        self.overlay.blob_size(id).is_some() || self.overlay.tree(id).is_some()
    }

    fn is_whole(&self, id: Oid) -> bool {
        let in_memory = id == Oid::EMPTY_TREE || self.is_in_memory(id);
        if in_memory || self.shared.found().whole.contains(&id) {
            return true;
        }
        let since = self.shared.cache.get().and_then(|cache| cache.written);
        let stored = self.shared.substitutes.object(id);
        let is_whole = stored.is_ok_and(|stored| self.shared.objects.is_whole(stored, since));
        if is_whole {
            self.shared.found().whole.insert(id);
        }
        is_whole
    }

    fn are_as_known(&self) -> bool {
        *self.shared.as_known.get_or_init(|| self.shared.are_as_known())
    }

    fn find_sound(&self, id: Oid, known: bool) -> Result<(), Missing> {
        if self.is_in_memory(id) || self.shared.found().sound.contains(&id) {
            return Ok(());
        }
        let until = self.shared.cache.get().and_then(|cache| cache.written).filter(|_| known);
        let stored = self.stored(id)?;
        self.shared.looked_for(id, self.shared.objects.find_sound(stored, until))?;
        self.shared.found().sound.insert(id);
        Ok(())
    }

    fn absent_in(&self, tree: Oid) -> Result<Vec<(Name, Missing)>, Missing> {
        if self.shared.found().whole_trees.contains(&tree) {
            return Ok(Vec::new());
        }
        let kept = self.shared.cache.get().map(|cache| &cache.whole_trees);
        if kept.is_some_and(|kept| kept.find(&tree).is_some()) && self.are_as_known() {
            return Ok(Vec::new());
        }
        let entries = self.tree(tree)?;
        let is_blob = |one: &&TreeEntry| !matches!(one.entry.kind, EntryKind::Tree | EntryKind::Submodule);
        let mut sought: Vec<&TreeEntry> = entries.iter().filter(is_blob).collect();
        {
            let found = self.shared.found();
            sought.retain(|one| !found.present.contains(&one.entry.oid));
        }
        let (mut absent, mut in_memory) = (Vec::new(), false);
        for TreeEntry { name, entry: Entry { oid, .. } } in sought {
            if self.is_in_memory(*oid) {
                in_memory = true;
                continue;
            }
            // what is read in its place does not count
            match self.shared.looked_for(*oid, self.shared.objects.find(*oid)) {
                Ok(()) => _ = self.shared.found().present.insert(*oid),
                Err(missing) => absent.push((name.clone(), missing)),
            }
        }
        if absent.is_empty() {
            self.shared.found().whole_trees.insert(tree);
            let lasts = !in_memory && !self.shared.fetches;
            if let Some(kept) = kept.filter(|kept| lasts && kept.find(&tree).is_none()) {
                kept.keep(tree, Arc::default());
            }
        }
        Ok(absent)
    }

    fn put_blob(&self, content: &[u8]) -> Oid {
        self.overlay.put_blob(content)
    }

    fn put_tree(&self, entries: &[TreeEntry]) -> Oid {
        self.overlay.put_tree(entries)
    }

    fn bytes_made(&self) -> usize {
        self.overlay.made()
    }
}

fn damaged(tree: Oid) -> Missing {
    Missing::object(tree, "the tree is damaged")
}

fn wrong_kind(id: Oid, kind: ObjectType, expected: ObjectType) -> Missing {
    Missing::object(id, format!("it is a {}, not a {}", kind.str(), expected.str()))
}
