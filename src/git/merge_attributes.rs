//! The attributes of merged paths, as `gitattributes` defines them.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use git2::{AttrCheckFlags, AttrValue};

use crate::files;
use crate::merge::{Comparison, Driver, Missing, Objects, TreeEntry};
use crate::model::{EntryKind, Oid, RepoPath};

use super::discover::Repository;
use super::error::{self, GitError};
use super::merge_config::MergeSettings;
use super::opener::Opener;
use super::scan::attributes::{ATTRIBUTES_FILE, FileAttributes, text_of};
use super::settings::AutoCrlf;
use super::store::{SharedState, Store};

/// The attributes of merged paths, looked up on demand.
///
/// Git reads them from the worktree that it merges in; in a bare repository, from `info/attributes`
/// and the user's file alone; and where `attr.tree` names a tree, from there instead.
pub(super) struct MergeAttributes {
    opener: Opener,
    shared: Arc<SharedState>,
    /// The worktree that is merged in.
    top: Option<PathBuf>,
    settings: MergeSettings,
    autocrlf: AutoCrlf,
    /// The content that replaces the top-level `.gitattributes`, if any.
    at_the_top: Option<Vec<u8>>,
    looked_up: Mutex<LookedUp>,
}

/// What has been looked up, behind a lock because a handle must not be shared between threads.
#[derive(Default)]
struct LookedUp {
    /// Nothing in it where the repository can no longer be opened.
    attributes: OnceCell<Option<Opened>>,
    drivers: HashMap<RepoPath, Driver>,
    /// The attributes by which contents are compared; nothing where they cannot be read.
    compared: OnceCell<Option<Opened>>,
    comparisons: HashMap<RepoPath, Comparison>,
}

/// Where attributes are looked up.
enum Opened {
    /// In files or in a tree, by libgit2 itself.
    Found(FileAttributes),
    /// In the files of a worktree that were added.
    Added(FileAttributes, Box<AddedFiles>),
}

impl MergeAttributes {
    /// Those of the main worktree.
    pub(super) fn of(repository: &Repository) -> MergeAttributes {
        MergeAttributes {
            opener: repository.opener.clone(),
            shared: repository.shared.clone(),
            top: repository.main_worktree().map(PathBuf::from),
            settings: repository.merge_settings.clone(),
            autocrlf: repository.settings_of(repository.common_dir()).autocrlf,
            at_the_top: None,
            looked_up: Mutex::default(),
        }
    }

    /// The same, with this content in the place of the `.gitattributes` at the top of the worktree.
    pub(super) fn with_top(&self, content: &[u8]) -> MergeAttributes {
        MergeAttributes {
            opener: self.opener.clone(),
            shared: self.shared.clone(),
            top: self.top.clone(),
            settings: self.settings.clone(),
            autocrlf: self.autocrlf,
            at_the_top: Some(content.to_vec()),
            looked_up: Mutex::default(),
        }
    }

    /// How this path's content is merged.
    pub(super) fn driver(&self, path: &RepoPath) -> Driver {
        let mut looked_up = self.looked_up();
        if let Some(known) = looked_up.drivers.get(path) {
            return known.clone();
        }
        let attributes = self.attributes(&looked_up, path);
        let driver = match attributes.map(|attributes| attributes.merge(path)) {
            None | Some(Err(_)) => Driver::Unknown("its attributes cannot be read".to_string()),
            Some(Ok(AttrValue::Unspecified)) => self.default_driver(),
            Some(Ok(value)) => match self.linked_attributes(path) {
                Some(link) => {
                    Driver::Unknown(format!("{link} is a symbolic link, which git does not follow"))
                }
                None => self.said(value),
            },
        };
        looked_up.drivers.insert(path.clone(), driver.clone());
        driver
    }

    /// What a value of the attribute means.
    fn said(&self, value: AttrValue<'_>) -> Driver {
        match value {
            AttrValue::True => Driver::Text,
            AttrValue::False => Driver::Binary,
            named => text_of(named).map_or_else(|| self.default_driver(), |name| self.named(name)),
        }
    }

    /// The driver of paths without the attribute: `merge.default`.
    fn default_driver(&self) -> Driver {
        self.settings.default_driver.clone().map_or(Driver::Text, |name| self.named(name))
    }

    /// A `.gitattributes` at or above the path's folder that is a symbolic link. libgit2 follows it,
    /// git does not, so its attributes may not apply.
    fn linked_attributes(&self, path: &RepoPath) -> Option<RepoPath> {
        let followed = self.settings.attribute_tree.is_none() && self.at_the_top.is_none();
        let top = self.top.as_ref().filter(|_| followed)?;
        let folders = std::iter::successors(Some(path.parent().unwrap_or_default()), |folder| {
            (!folder.as_bytes().is_empty()).then(|| folder.parent().unwrap_or_default())
        });
        let is_link = |file: &RepoPath| {
            top.join(OsStr::from_bytes(file.as_bytes()))
                .symlink_metadata()
                .is_ok_and(|data| data.is_symlink())
        };
        folders.map(|folder| folder.join(ATTRIBUTES_FILE.as_bytes())).find(is_link)
    }

    /// The driver of this name. One of the configuration comes before git's own of the same name.
    fn named(&self, name: String) -> Driver {
        match name.as_str() {
            _ if self.settings.drivers.contains_key(&name) => self.custom(name),
            "union" => Driver::Union,
            "binary" => Driver::Binary,
            _ => Driver::Text,
        }
    }

    /// A driver of the configuration.
    fn custom(&self, name: String) -> Driver {
        let settings = self.settings.drivers.get(&name).cloned().unwrap_or_default();
        if settings.command.is_none() {
            return Driver::Unknown(format!("merge driver {name} has no command, so git merge fails"));
        }
        let in_bases = settings.recursive.map(|other| match self.settings.drivers.contains_key(&other) {
            // another driver's own word for bases does not count
            true => Driver::Custom { name: other, in_bases: None },
            false => self.named(other),
        });
        Driver::Custom { name, in_bases: in_bases.map(Box::new) }
    }

    /// How this path's content is compared in the search for renames.
    pub(super) fn comparison(&self, path: &RepoPath) -> Comparison {
        let mut looked_up = self.looked_up();
        if let Some(known) = looked_up.comparisons.get(path) {
            return *known;
        }
        let opened = looked_up.compared.get_or_init(|| self.open_compared()).as_ref();
        let value = opened.and_then(|opened| opened.for_path(path)?.diff(path).ok());
        let comparison = value.map_or(Comparison::Unknown, |value| self.compared_by(value));
        looked_up.comparisons.insert(path.clone(), comparison);
        comparison
    }

    /// What a value of the attribute `diff` means.
    fn compared_by(&self, value: AttrValue<'_>) -> Comparison {
        let name = match value {
            AttrValue::True => return Comparison::Text,
            AttrValue::False => return Comparison::Binary,
            AttrValue::Unspecified => None,
            named => text_of(named),
        };
        match self.settings.binary.get(name.as_deref().unwrap_or("default")) {
            Some(true) => Comparison::Binary,
            Some(false) => Comparison::Text,
            None => Comparison::ByContent,
        }
    }

    /// How long the conflict markers of this path are, where an attribute sets it.
    pub(super) fn marker_size(&self, path: &RepoPath) -> Option<usize> {
        let looked_up = self.looked_up();
        let value = self.attributes(&looked_up, path)?.marker_size(path).ok()?;
        text_of(value)?.parse().ok().filter(|size| *size > 0)
    }

    /// The content as it would be stored today, where that differs.
    ///
    /// # Errors
    /// The reason, in words, why that is unknown.
    pub(super) fn renormalized(&self, path: &RepoPath, content: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let looked_up = self.looked_up();
        let attributes = self.attributes(&looked_up, path);
        attributes.ok_or("its attributes cannot be read")?.renormalized(path, content)
    }

    fn looked_up(&self) -> MutexGuard<'_, LookedUp> {
        self.looked_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The attributes, with all that counts for this path.
    fn attributes<'a>(&self, looked_up: &'a LookedUp, path: &RepoPath) -> Option<&'a FileAttributes> {
        looked_up.attributes.get_or_init(|| self.open().ok()).as_ref()?.for_path(path)
    }

    /// Contents are compared by other attributes than they are merged by (found by experiments with git):
    /// where the worktree has no attributes file, the index has; with `merge.renormalize`, the index comes
    /// first.
    fn open_compared(&self) -> Option<Opened> {
        let Some(top) = self.top.as_ref().filter(|_| self.settings.attribute_tree.is_none()) else {
            return self.open().ok();
        };
        let index = FileAttributes::listed(&self.opener.common_dir.join("index")).ok()?;
        let attributes = FileAttributes::told(self.opener.worktree(top).ok()?, self.autocrlf).ok()?;
        let index_first = self.settings.renormalize;
        let added = AddedFiles { index, index_first, ..self.added_files(top) };
        Some(Opened::Added(attributes, Box::new(added)))
    }

    /// The index plays no part in a merge, not even for files that a sparse checkout leaves out.
    fn open(&self) -> Result<Opened, GitError> {
        let repo = match &self.top {
            Some(top) => self.opener.worktree(top)?,
            None => self.opener.common()?,
        };
        let trouble = |error| GitError::broken("read the attributes of files", error);
        let store = Store::new(self.shared.clone());
        let references = &self.opener.references;
        let named = self.settings.attribute_tree.as_deref();
        let named = named.and_then(|name| references.tree(&store, &self.opener.common_dir, name));
        if let Some(tree) = named {
            let attributes = FileAttributes::told(repo, self.autocrlf).map_err(trouble)?;
            let told = tell_below(&RepoPath::default(), tree, &store, &attributes);
            told.map_err(|missing| GitError::Broken {
                doing: "read the attributes of files".to_string(),
                reason: missing.to_string(),
            })?;
            return Ok(Opened::Found(attributes));
        }
        let Some(content) = &self.at_the_top else {
            let lookup = AttrCheckFlags::FILE_THEN_INDEX;
            return FileAttributes::new(repo, lookup, self.autocrlf).map(Opened::Found).map_err(trouble);
        };
        let attributes = FileAttributes::told(repo, self.autocrlf).map_err(trouble)?;
        attributes.tell(&RepoPath::from(ATTRIBUTES_FILE), content).map_err(trouble)?;
        let added = self.added_files(self.top.as_deref().unwrap_or(&self.opener.common_dir));
        added.folders.borrow_mut().insert(RepoPath::default());
        Ok(Opened::Added(attributes, Box::new(added)))
    }

    /// The attributes files of a worktree alone.
    fn added_files(&self, top: &Path) -> AddedFiles {
        AddedFiles {
            top: top.to_path_buf(),
            store: Store::new(self.shared.clone()),
            index: HashMap::new(),
            index_first: false,
            folders: RefCell::default(),
        }
    }
}

/// Adds the attributes files of a tree.
fn tell_below(
    folder: &RepoPath,
    tree: Oid,
    store: &Store,
    attributes: &FileAttributes,
) -> Result<(), Missing> {
    for TreeEntry { name, entry } in store.tree(tree)?.iter() {
        let path = folder.join(name);
        match entry.kind {
            EntryKind::Tree => tell_below(&path, entry.oid, store, attributes)?,
            EntryKind::File | EntryKind::Executable if &name[..] == ATTRIBUTES_FILE.as_bytes() => {
                let told = attributes.tell(&path, &store.blob(entry.oid)?);
                told.map_err(|error| Missing::object(entry.oid, error::plain(&error)))?;
            }
            EntryKind::File | EntryKind::Executable | EntryKind::Symlink | EntryKind::Submodule => {}
        }
    }
    Ok(())
}

impl Opened {
    /// The attributes, with all that counts for this path.
    fn for_path(&self, path: &RepoPath) -> Option<&FileAttributes> {
        match self {
            Opened::Found(attributes) => Some(attributes),
            Opened::Added(attributes, added) => added.add_above(path, attributes).map(|()| attributes),
        }
    }
}

/// The attributes files of a worktree, which are added when a path below them is asked for. A link is
/// none: git does not follow it.
struct AddedFiles {
    top: PathBuf,
    store: Store,
    /// Those of the index, where it counts.
    index: HashMap<RepoPath, Oid>,
    /// Whether the index comes before the worktree.
    index_first: bool,
    /// The folders whose file was added.
    folders: RefCell<HashSet<RepoPath>>,
}

impl AddedFiles {
    /// Adds the files of all folders between a path and the top.
    fn add_above(&self, path: &RepoPath, attributes: &FileAttributes) -> Option<()> {
        let mut folder = Some(path.parent().unwrap_or_default());
        while let Some(at) = folder.take_if(|at| !self.folders.borrow().contains(at)) {
            let file = at.join(ATTRIBUTES_FILE.as_bytes());
            let indexed = self.index.get(&file).copied();
            let on_disk = || {
                let on_disk = self.top.join(OsStr::from_bytes(file.as_bytes()));
                let is_file = on_disk.symlink_metadata().is_ok_and(|data| data.is_file());
                is_file.then(|| files::read(&on_disk, files::MOST_OF_GIT).ok()).flatten()
            };
            let content = if self.index_first && indexed.is_some() { None } else { on_disk() };
            match (content, indexed) {
                (Some(content), _) => attributes.tell(&file, &content).ok()?,
                (None, Some(id)) => attributes.tell(&file, &self.store.blob(id).ok()?).ok()?,
                (None, None) => {}
            }
            folder = (!at.as_bytes().is_empty()).then(|| at.parent().unwrap_or_default());
            self.folders.borrow_mut().insert(at);
        }
        Some(())
    }
}
