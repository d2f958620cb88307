//! The attributes of merged paths, as `gitattributes` defines them.
//!
//! Git reads them from the files of the worktree that it merges in, where our side is checked out. So an
//! attributes file that our side has as the commit of that worktree is read from disk, edited or not, and
//! any other from our side's tree. Where `GIT_ATTR_SOURCE` or `attr.tree`
//! names a tree, they all come from there.

mod opened;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use git2::AttrValue;

use crate::merge::{Commits, Comparison, Driver, Missing, Objects, TreeEntry};
use crate::model::{Entry, EntryKind, Oid, RepoPath};

use crate::git::admin::{self, Head};
use crate::git::discover::Repository;
use crate::git::error::GitError;
use crate::git::merge_config::MergeSettings;
use crate::git::opener::Opener;
use crate::git::scan::attributes::{ATTRIBUTES_FILE, FileAttributes, text_of};
use crate::git::settings::Settings;
use crate::git::store::{SharedState, Store};

use opened::{AddedFiles, Opened, tell_below};

/// The attributes of the paths that are merged in one worktree, looked up on demand.
pub(super) struct MergeAttributes {
    opener: Opener,
    shared: Arc<SharedState>,
    /// The worktree that is merged in; where there is none, files of trees alone count.
    top: Option<PathBuf>,
    git_dir: PathBuf,
    settings: MergeSettings,
    of_worktree: Settings,
    looked_up: Mutex<LookedUp>,
}

/// The attributes where a tree is checked out in that worktree.
#[derive(Clone)]
pub(super) struct CheckedOut {
    worktree: Arc<MergeAttributes>,
    /// The tree; the commit's as it is where none is given.
    tree: Option<Oid>,
    /// The content in the place of the `.gitattributes` at the top, if any.
    at_the_top: Option<Oid>,
}

/// The attributes files by which a checkout differs from the worktree as it is, in the order of their
/// folders, the top first; without content where there is no such file.
type ReplacedFiles = Vec<(RepoPath, Option<Oid>)>;

/// What has been looked up, behind a lock because a handle must not be shared between threads.
struct LookedUp {
    store: Store,
    /// The tree of the worktree's commit; nothing in it where that cannot be read.
    checked_out: OnceCell<Option<Oid>>,
    sets: HashMap<ReplacedFiles, AttributeSet>,
}

/// Many checkouts have the same attributes. Beyond so many sets, all are looked up anew.
const MOST_SETS: usize = 64;

/// What has been looked up under the same files.
#[derive(Default)]
struct AttributeSet {
    /// Nothing in it where the repository can no longer be opened.
    attributes: OnceCell<Option<Opened>>,
    drivers: HashMap<RepoPath, Driver>,
    /// The attributes by which contents are compared; nothing where they cannot be read.
    compared: OnceCell<Option<Opened>>,
    comparisons: HashMap<RepoPath, Comparison>,
}

/// Why the attributes of a path are not known.
const UNREADABLE: &str = "its attributes cannot be read";

impl CheckedOut {
    /// Those of this tree, or of the commit as it is, in a worktree with these settings.
    pub(super) fn new(
        repository: &Repository,
        top: Option<&Path>,
        settings: MergeSettings,
        tree: Option<Oid>,
    ) -> CheckedOut {
        let own = top.filter(|top| Some(*top) != repository.main_worktree());
        let git_dir = own.and_then(|top| admin::git_dir(top).ok());
        let git_dir = git_dir.unwrap_or_else(|| repository.common_dir().to_path_buf());
        let store = repository.store();
        let looked_up = LookedUp { store, checked_out: OnceCell::new(), sets: HashMap::new() };
        let worktree = MergeAttributes {
            opener: repository.opener.clone(),
            shared: repository.shared.clone(),
            top: top.map(Path::to_path_buf),
            of_worktree: repository.settings_of(&git_dir),
            git_dir,
            settings,
            looked_up: Mutex::new(looked_up),
        };
        CheckedOut { worktree: Arc::new(worktree), tree, at_the_top: None }
    }

    /// Those where another tree is checked out.
    pub(super) fn of_tree(&self, tree: Oid) -> CheckedOut {
        CheckedOut { tree: Some(tree), ..self.clone() }
    }

    /// The same, with this content in the place of the `.gitattributes` at the top.
    pub(super) fn with_top(&self, content: &[u8]) -> CheckedOut {
        let top = self.worktree.looked_up().store.put_blob(content);
        CheckedOut { at_the_top: Some(top), ..self.clone() }
    }

    /// How this path's content is merged.
    pub(super) fn driver(&self, path: &RepoPath) -> Driver {
        let unknown = || Driver::Unknown(UNREADABLE.to_string());
        let asked = self.ask(path, |replaced, set| {
            if let Some(known) = set.drivers.get(path) {
                return known.clone();
            }
            let attributes = self.worktree.attributes(replaced, set, path);
            let driver = match attributes.map(|attributes| attributes.merge(path)) {
                None | Some(Err(_)) => unknown(),
                Some(Ok(AttrValue::Unspecified)) => self.worktree.settings.without_attribute(),
                Some(Ok(value)) => self.worktree.settings.driver(value),
            };
            set.drivers.insert(path.clone(), driver.clone());
            driver
        });
        asked.unwrap_or_else(unknown)
    }

    /// How this path's content is compared in the search for renames.
    pub(super) fn comparison(&self, path: &RepoPath) -> Comparison {
        // the file that `merge.renormalize` puts at the top does not count for this
        let checkout = CheckedOut { at_the_top: None, ..self.clone() };
        let asked = checkout.ask(path, |replaced, set| {
            if let Some(known) = set.comparisons.get(path) {
                return *known;
            }
            let opened = set.compared.get_or_init(|| self.worktree.open_compared(replaced)).as_ref();
            let value = opened.and_then(|opened| opened.for_path(path)?.diff(path).ok());
            let comparison =
                value.map_or(Comparison::Unknown, |value| self.worktree.settings.comparison(value));
            set.comparisons.insert(path.clone(), comparison);
            comparison
        });
        asked.unwrap_or(Comparison::Unknown)
    }

    /// How long the conflict markers of this path are, where an attribute sets it.
    pub(super) fn marker_size(&self, path: &RepoPath) -> Option<usize> {
        let asked = self.ask(path, |replaced, set| {
            let value = self.worktree.attributes(replaced, set, path)?.marker_size(path).ok()?;
            text_of(value)?.parse().ok().filter(|size| *size > 0)
        });
        asked.flatten()
    }

    /// Whether attributes say that a program makes this file, or that none does.
    pub(super) fn is_generated(&self, path: &RepoPath) -> Option<bool> {
        self.ask(path, |replaced, set| {
            self.worktree.attributes(replaced, set, path)?.is_generated(path).ok()?
        })?
    }

    /// The content as it would be stored today, where that differs.
    ///
    /// # Errors
    /// The reason, in words, why that is unknown.
    pub(super) fn renormalized(&self, path: &RepoPath, content: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let asked = self.ask(path, |replaced, set| {
            self.worktree.attributes(replaced, set, path).ok_or(UNREADABLE)?.renormalized(path, content)
        });
        asked.unwrap_or_else(|| Err(UNREADABLE.to_string()))
    }

    /// Asks about a path among what has been looked up under the same files; `None` where these cannot be
    /// told.
    fn ask<T>(&self, path: &RepoPath, ask: impl FnOnce(&ReplacedFiles, &mut AttributeSet) -> T) -> Option<T> {
        let mut looked_up = self.worktree.looked_up();
        let looked_up = &mut *looked_up;
        let replaced = self.replaced(path, looked_up)?;
        if looked_up.sets.len() >= MOST_SETS && !looked_up.sets.contains_key(&replaced) {
            looked_up.sets.clear();
        }
        let set = looked_up.sets.entry(replaced.clone()).or_default();
        Some(ask(&replaced, set))
    }

    /// The files above a path by which this checkout differs from the worktree; `None` where a tree cannot
    /// be read.
    fn replaced(&self, path: &RepoPath, looked_up: &LookedUp) -> Option<ReplacedFiles> {
        let mut replaced = match self.tree {
            Some(tree) if self.worktree.settings.attribute_tree.is_none() => {
                let checked_out =
                    looked_up.checked_out.get_or_init(|| self.worktree.tree_as_it_is(&looked_up.store));
                differing(&looked_up.store, [(*checked_out)?, tree], path).ok()?
            }
            Some(_) | None => ReplacedFiles::new(),
        };
        if let Some(top) = self.at_the_top {
            let file = RepoPath::from(ATTRIBUTES_FILE);
            replaced.retain(|(other, _)| *other != file);
            replaced.insert(0, (file, Some(top)));
        }
        Some(replaced)
    }
}

/// The attributes files above a path by which the second tree differs from the first.
fn differing(store: &Store, trees: [Oid; 2], path: &RepoPath) -> Result<ReplacedFiles, Missing> {
    let mut trees = trees.map(Some);
    let mut found = ReplacedFiles::new();
    let mut folder = RepoPath::default();
    let mut names = path.as_bytes().split(|byte| *byte == b'/').peekable();
    while let Some(name) = names.next()
        && trees[0] != trees[1]
    {
        let [old, new] = trees.map(|tree| tree.map(|tree| store.tree(tree)).transpose());
        let (old, new) = (old?, new?);
        let entry = |entries: &Option<Arc<[TreeEntry]>>, name: &[u8]| -> Option<Entry> {
            entries.as_ref()?.iter().find(|entry| entry.name[..] == *name).map(|entry| entry.entry)
        };
        let file = |entries| entry(entries, ATTRIBUTES_FILE.as_bytes());
        if file(&old) != file(&new) {
            // git does not follow a link
            let content = file(&new).filter(|entry| entry.kind.is_file()).map(|entry| entry.oid);
            found.push((folder.join(ATTRIBUTES_FILE.as_bytes()), content));
        }
        if names.peek().is_none() {
            break;
        }
        let below = |entries| entry(entries, name).filter(|entry| entry.kind == EntryKind::Tree);
        trees = [below(&old), below(&new)].map(|entry| entry.map(|entry| entry.oid));
        folder = folder.join(name);
    }
    Ok(found)
}

impl MergeAttributes {
    fn looked_up(&self) -> MutexGuard<'_, LookedUp> {
        self.looked_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tree of the worktree's commit; the empty one where there is no worktree, or no commit yet.
    fn tree_as_it_is(&self, store: &Store) -> Option<Oid> {
        if self.top.is_none() {
            return Some(Oid::EMPTY_TREE);
        }
        let references = &self.opener.references;
        let head = match references.head(&self.git_dir).ok()? {
            Head::Detached(id) => Some(id),
            Head::Reference(name) => references.commit(store, &name).ok()?,
        };
        head.map_or(Some(Oid::EMPTY_TREE), |head| Some(store.commit(head).ok()?.tree))
    }

    /// The attributes, with all that counts for this path.
    fn attributes<'a>(
        &self,
        replaced: &ReplacedFiles,
        set: &'a AttributeSet,
        path: &RepoPath,
    ) -> Option<&'a FileAttributes> {
        set.attributes.get_or_init(|| self.open(replaced).ok()).as_ref()?.for_path(path)
    }

    /// Contents are compared by other attributes than they are merged by (found by experiments with git):
    /// where the worktree has no attributes file, the index has; with `merge.renormalize`, the index comes
    /// first.
    fn open_compared(&self, replaced: &ReplacedFiles) -> Option<Opened> {
        if self.settings.attribute_tree.is_some() {
            return self.open(replaced).ok();
        }
        let (mut index, index_first) = (HashMap::new(), self.settings.renormalize);
        if self.top.is_some() {
            let listed = FileAttributes::listed(&self.git_dir.join("index")).ok()?;
            index.extend(listed.into_iter().map(|(path, (id, _))| (path, id)));
        }
        let attributes = FileAttributes::told(self.handle().ok()?, self.of_worktree.autocrlf).ok()?;
        let added = AddedFiles { index, index_first, ..self.added_files(replaced.clone()) };
        Some(Opened::Added(attributes, Box::new(added)))
    }

    /// The index plays no part in a merge, not even for files that a sparse checkout leaves out.
    fn open(&self, replaced: &ReplacedFiles) -> Result<Opened, GitError> {
        let repo = self.handle()?;
        let trouble = |error| GitError::broken("read the attributes of files", error);
        let attributes = FileAttributes::told(repo, self.of_worktree.autocrlf).map_err(trouble)?;
        let store = Store::new(self.shared.clone());
        let references = &self.opener.references;
        let named = self.settings.attribute_tree.as_deref();
        let named = named.and_then(|name| references.tree(&store, &self.opener.common_dir, name));
        // what the variable names has no attributes where it is no tree
        let named = named.or(self.settings.has_attribute_source.then_some(Oid::EMPTY_TREE));
        if let Some(tree) = named {
            let told = tell_below(tree, &store, &attributes);
            told.map_err(|missing| GitError::Broken {
                doing: "read the attributes of files".to_string(),
                reason: missing.to_string(),
            })?;
            return Ok(Opened::Named(attributes));
        }
        let mut replaced = replaced.clone();
        if self.of_worktree.sparse && !replaced.is_empty() {
            let listed = FileAttributes::listed(&self.git_dir.join("index")).map_err(|reason| {
                let doing = "read the attributes of files".to_string();
                GitError::Broken { doing, reason: reason.to_string() }
            })?;
            let is_left_out = |file: &RepoPath| listed.get(file).is_some_and(|(_, left_out)| *left_out);
            replaced
                .iter_mut()
                .filter(|(file, _)| is_left_out(file))
                .for_each(|(_, content)| *content = None);
        }
        Ok(Opened::Added(attributes, Box::new(self.added_files(replaced))))
    }

    fn handle(&self) -> Result<git2::Repository, GitError> {
        match &self.top {
            Some(top) => self.opener.worktree(top),
            None => self.opener.common(),
        }
    }

    /// The attributes files of a checkout alone.
    fn added_files(&self, replaced: ReplacedFiles) -> AddedFiles {
        AddedFiles {
            top: self.top.clone(),
            store: Store::new(self.shared.clone()),
            index: HashMap::new(),
            index_first: false,
            replaced: replaced.into_iter().collect(),
            folders: RefCell::default(),
        }
    }
}
