//! The objects of a repository, behind those that exist in memory alone.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use foldhash::{HashMap, HashSet};
use git2::ObjectType;
use memchr::memchr;

use crate::merge::{Ancestry, CommitFacts, Commits, Missing, Name, Objects, TreeEntry, linear_ancestor};
use crate::model::{Entry, EntryKind, Oid};
use crate::table::Table;

use super::commit_cache::CommitCache;
use super::graph::{History, Relation};
use super::overlay::Overlay;
use super::{error, ids};

/// One store keeps this many tree entries before it drops them all.
const CACHED_ENTRIES: usize = 100_000;

/// One store keeps this many bytes of blobs before it drops them all, and none that is larger than the
/// second: pairs ask for the same few files again and again.
const CACHED_BYTES: usize = 12 << 20;
const LARGE_BLOB: usize = 1 << 20;

/// This many commits are kept before all are dropped.
const CACHED_COMMITS: usize = 100_000;

/// What the stores of one repository share.
#[derive(Default)]
pub(super) struct SharedState {
    pub overlay: Arc<Overlay>,
    pub history: Mutex<History>,
    /// What earlier runs found out about heads and targets.
    pub cache: OnceLock<Arc<CommitCache>>,
    /// Commits that were read.
    pub commits: Mutex<HashMap<Oid, CommitFacts>>,
    /// Handles that no store uses now: opening one costs more than most questions.
    idle: Mutex<Vec<Idle>>,
    /// The git folders of worktrees, by their tops.
    git_dirs: Mutex<HashMap<PathBuf, PathBuf>>,
    /// Commits that exist in memory alone.
    made: Mutex<HashMap<Oid, CommitFacts>>,
    /// Where a shallow clone ends.
    pub shallow: HashSet<Oid>,
}

impl SharedState {
    pub(super) fn new(shallow: HashSet<Oid>) -> SharedState {
        SharedState { shallow, ..SharedState::default() }
    }

    /// The git folder of a worktree, where that was found out.
    pub(super) fn git_dir(&self, top: &Path) -> Option<PathBuf> {
        self.git_dirs.lock().unwrap_or_else(PoisonError::into_inner).get(top).cloned()
    }

    pub(super) fn know_git_dir(&self, top: &Path, git_dir: &Path) {
        let mut known = self.git_dirs.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(top.to_path_buf(), git_dir.to_path_buf());
    }

    /// What a store has given back.
    pub(super) fn idle(&self) -> Option<Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// A commit that exists in memory alone.
    fn made(&self, id: Oid) -> Option<CommitFacts> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn commits(&self) -> MutexGuard<'_, HashMap<Oid, CommitFacts>> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a dropped store leaves for the next one.
pub(super) struct Idle {
    repo: git2::Repository,
    trees: Trees,
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
    repo: Result<git2::Repository, String>,
    pub(super) overlay: Arc<Overlay>,
    shared: Arc<SharedState>,
    trees: RefCell<Trees>,
    blobs: RefCell<Blobs>,
}

impl Store {
    pub(super) fn new(repo: Result<git2::Repository, String>, shared: Arc<SharedState>) -> Store {
        let overlay = shared.overlay.clone();
        Store { repo, overlay, shared, trees: RefCell::default(), blobs: RefCell::default() }
    }

    /// A store with what another has left.
    pub(super) fn resumed(Idle { repo, trees }: Idle, shared: Arc<SharedState>) -> Store {
        let store = Store::new(Ok(repo), shared);
        store.trees.replace(trees);
        store
    }

    /// The handle, to ask for this object.
    pub(super) fn repo(&self, id: Oid) -> Result<&git2::Repository, Missing> {
        self.repo.as_ref().map_err(|reason| Missing::object(id, reason.clone()))
    }

    /// Whether two heads have commits in common that the target lacks.
    pub fn share_commits(&self, heads: [Oid; 2], target: Oid) -> Result<bool, Missing> {
        self.history().share_own(heads, target, &|id| Commits::commit(self, id))
    }

    /// Compares a head to the target's commit.
    pub(super) fn relation(&self, head: Oid, target: Option<Oid>) -> Result<Arc<Relation>, Missing> {
        let load = |id| Commits::commit(self, id);
        let Some(target) = target else { return Ok(Arc::new(self.history().alone(head, &load)?)) };
        let cached = self.shared.cache.get().map(|cache| &cache.relations);
        if let Some(known) = cached.and_then(|relations| relations.find(&(head, target))) {
            return Ok(known);
        }
        let found = match cached.and_then(|relations| self.inherited_relation(head, target, relations)) {
            Some(inherited) => Arc::new(inherited),
            None => self.history().relation(head, target, &load)?,
        };
        if let Some(relations) = cached {
            relations.keep((head, target), found.clone());
        }
        Ok(found)
    }

    /// From what is known of a linear ancestor that the target does not contain: the same, except that the
    /// target lacks as many commits more as were made since.
    fn inherited_relation(
        &self,
        head: Oid,
        target: Oid,
        known: &Table<(Oid, Oid), Relation>,
    ) -> Option<Relation> {
        if known.is_empty() {
            return None;
        }
        let ancestor = linear_ancestor(self, head, |commit| Ok(known.find(&(commit, target)))).ok()??;
        let (before, more) = (ancestor.known, ancestor.since.len());
        (!before.contained).then(|| Relation { ahead: before.ahead + more, ..(*before).clone() })
    }

    /// A commit that later runs will ask for again, as they do for heads and merge bases.
    pub(super) fn lasting_commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
        let facts = Commits::commit(self, id)?;
        if let Some(cache) = self.shared.cache.get()
            && self.shared.made(id).is_none()
            && cache.commits.find(&id).is_none()
        {
            cache.commits.keep(id, Arc::new(facts.clone()));
        }
        Ok(facts)
    }

    /// Keeps a commit in memory, as if it had just been made of this tree on these parents, and
    /// returns its id, by which all stores of the repository know it.
    pub fn put_commit(&self, tree: Oid, parents: &[Oid]) -> Result<Oid, Missing> {
        let times: Result<Vec<i64>, Missing> =
            parents.iter().map(|parent| Ok(Commits::commit(self, *parent)?.time)).collect();
        let time = times?.into_iter().max().map_or(0, |newest| newest.saturating_add(1));
        let text: String = std::iter::once(format!("tree {tree}\n"))
            .chain(parents.iter().map(|parent| format!("parent {parent}\n")))
            .collect();
        // no commit of git's lacks its author, so none has this id
        let id = ids::hash(ObjectType::Commit, text.as_bytes());
        let made = CommitFacts { tree, parents: parents.to_vec(), time };
        self.shared.made.lock().unwrap_or_else(PoisonError::into_inner).insert(id, made);
        Ok(id)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.shared.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes of an object of the repository, of the kind that is expected.
    fn read<T>(&self, id: Oid, kind: ObjectType, take: impl FnOnce(&[u8]) -> T) -> Result<T, Missing> {
        let odb = self.repo(id)?.odb().map_err(|error| missing(id, &error))?;
        let object = odb.read(ids::to_git2(id)).map_err(|error| missing(id, &error))?;
        if object.kind() != kind {
            let why = format!("it is a {}, not a {}", object.kind().str(), kind.str());
            return Err(Missing::object(id, why));
        }
        Ok(take(object.data()))
    }

    fn stored_blob(&self, id: Oid) -> Result<Arc<[u8]>, Missing> {
        if let Some(known) = self.blobs.borrow().known.get(&id) {
            return Ok(known.clone());
        }
        let content: Arc<[u8]> = self.read(id, ObjectType::Blob, |content| content.into())?;
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
        if let Ok(repo) = std::mem::replace(&mut self.repo, Err(String::new())) {
            let idle = Idle { repo, trees: self.trees.take() };
            self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
        }
    }
}

impl Objects for Store {
    fn tree(&self, id: Oid) -> Result<Arc<[TreeEntry]>, Missing> {
        if id == Oid::EMPTY_TREE {
            return Ok(Arc::new([]));
        }
        if let Some(entries) = self.trees.borrow().known.get(&id) {
            return Ok(entries.clone());
        }
        if let Some(entries) = self.overlay.tree(id) {
            return Ok(entries);
        }
        let entries: Arc<[TreeEntry]> = self
            .read(id, ObjectType::Tree, parse)?
            .ok_or_else(|| Missing::object(id, "the tree is damaged"))?
            .into();
        self.remember(id, &entries);
        Ok(entries)
    }

    fn blob(&self, id: Oid) -> Result<Arc<[u8]>, Missing> {
        match self.overlay.blob(id) {
            Some(content) => content.map_err(|why| Missing::object(id, why)),
            None => self.stored_blob(id),
        }
    }

    fn blob_size(&self, id: Oid) -> Result<u64, Missing> {
        if let Some(size) = self.overlay.blob_size(id) {
            return Ok(size);
        }
        if let Some(known) = self.blobs.borrow().known.get(&id) {
            return Ok(known.len() as u64);
        }
        let odb = self.repo(id)?.odb().map_err(|error| missing(id, &error))?;
        let (size, kind) = odb.read_header(ids::to_git2(id)).map_err(|error| missing(id, &error))?;
        match kind {
            ObjectType::Blob => Ok(size as u64),
            kind => Err(Missing::object(id, format!("it is a {}, not a blob", kind.str()))),
        }
    }

    fn put_blob(&self, content: &[u8]) -> Oid {
        self.overlay.put_blob(content)
    }

    fn put_tree(&self, entries: &[TreeEntry]) -> Oid {
        self.overlay.put_tree(entries)
    }
}

fn missing(id: Oid, error: &git2::Error) -> Missing {
    let reason = match error.code() {
        git2::ErrorCode::NotFound => "it is not in this repository (a partial or shallow clone?)".to_string(),
        _ => error::plain(error),
    };
    Missing::object(id, reason)
}

/// What a merge must know of a commit, from the head of its text.
fn parse_commit(bytes: &[u8]) -> Option<CommitFacts> {
    let id = |text: &[u8]| std::str::from_utf8(text).ok()?.parse().ok();
    let (mut tree, mut parents) = (None, Vec::new());
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Some(text) = line.strip_prefix(b"tree ") {
            tree = id(text);
        } else if let Some(text) = line.strip_prefix(b"parent ") {
            parents.push(id(text)?);
        } else if let Some(committer) = line.strip_prefix(b"committer ") {
            let end = committer.iter().rposition(|byte| *byte == b'>')?;
            let time = std::str::from_utf8(&committer[end + 1..]).ok()?;
            let time = time.split_whitespace().next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
            return Some(CommitFacts { tree: tree?, parents, time });
        }
    }
    None
}

/// The size of a typical tree entry: with a name of eight letters.
const USUAL_ENTRY: usize = 36;

/// The entries of a tree as git stores them: mode, space, name, NUL, twenty bytes of id.
fn parse(mut bytes: &[u8]) -> Option<Vec<TreeEntry>> {
    let mut entries = Vec::with_capacity(bytes.len() / USUAL_ENTRY);
    while !bytes.is_empty() {
        let mut mode = 0u32;
        let space = bytes.iter().position(|byte| *byte == b' ').filter(|digits| *digits > 0)?;
        for digit in &bytes[..space] {
            let digit = char::from(*digit).to_digit(8)?;
            mode = mode.checked_mul(8)?.checked_add(digit)?;
        }
        bytes = &bytes[space + 1..];
        let end = memchr(0, bytes)?;
        let name = Name::from_slice(&bytes[..end]);
        let oid = ids::from_slice(bytes.get(end + 1..end + 21)?)?;
        bytes = &bytes[end + 21..];
        entries.push(TreeEntry { name, entry: Entry { kind: EntryKind::from_mode(mode), oid } });
    }
    Some(entries)
}

impl Commits for Store {
    fn commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
        if let Some(known) = self.shared.commits().get(&id) {
            return Ok(known.clone());
        }
        if let Some(made) = self.shared.made(id) {
            return Ok(made);
        }
        if let Some(known) = self.shared.cache.get().and_then(|cache| cache.commits.find(&id)) {
            return Ok((*known).clone());
        }
        let damaged = || Missing::object(id, "the commit is damaged");
        let mut facts = self.read(id, ObjectType::Commit, parse_commit)?.ok_or_else(damaged)?;
        if self.shared.shallow.contains(&id) {
            facts.parents.clear();
        }
        let mut commits = self.shared.commits();
        if commits.len() >= CACHED_COMMITS {
            commits.clear();
        }
        commits.insert(id, facts.clone());
        Ok(facts)
    }

    fn is_shallow(&self) -> bool {
        !self.shared.shallow.is_empty()
    }

    fn ancestry(&self, one: Oid, others: &[Oid]) -> Result<Ancestry, Missing> {
        self.history().ancestry(one, others, &|id| self.commit(id))
    }

    fn merge_bases(&self, one: Oid, others: &[Oid]) -> Result<Vec<Oid>, Missing> {
        self.history().merge_bases(one, others, &|id| self.commit(id))
    }
}
