//! Where the attributes of a checkout are looked up: in a tree that a setting names, or in the files of the
//! checkout, each added when a path below it is asked for.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::files;
use crate::git::error;
use crate::git::scan::attributes::{ATTRIBUTES_FILE, FileAttributes};
use crate::git::store::Store;
use crate::merge::{Missing, Objects, TreeEntry, TreeLister};
use crate::model::{EntryKind, Oid, RepoPath};

/// Where attributes are looked up.
pub(super) enum Opened {
    /// In a tree that a setting names.
    Named(FileAttributes),
    /// In the files of a checkout that were added.
    Added(FileAttributes, Box<AddedFiles>),
}

/// Adds the attributes files of a tree.
pub(super) fn tell_below(tree: Oid, store: &Store, attributes: &FileAttributes) -> Result<(), Missing> {
    let lister = TreeLister::new(store, tree);
    let mut folders = vec![(RepoPath::default(), tree, 0)];
    while let Some((folder, tree, level)) = folders.pop() {
        for TreeEntry { name, entry } in lister.tree(tree, level)?.iter() {
            let path = folder.join(name);
            match entry.kind {
                EntryKind::Tree => folders.push((path, entry.oid, level + 1)),
                EntryKind::File | EntryKind::Executable if &name[..] == ATTRIBUTES_FILE.as_bytes() => {
                    let told = attributes.tell(&path, &store.blob(entry.oid)?);
                    told.map_err(|error| Missing::object(entry.oid, error::plain(&error)))?;
                }
                EntryKind::File | EntryKind::Executable | EntryKind::Symlink | EntryKind::Submodule => {}
            }
        }
    }
    Ok(())
}

impl Opened {
    /// The attributes, with all that counts for this path.
    pub(super) fn for_path(&self, path: &RepoPath) -> Option<&FileAttributes> {
        match self {
            Opened::Named(attributes) => Some(attributes),
            Opened::Added(attributes, added) => added.add_above(path, attributes).map(|()| attributes),
        }
    }
}

/// The attributes files of a checkout, which are added when a path below them is asked for. A link is
/// none: git does not follow it.
pub(super) struct AddedFiles {
    /// The worktree, where there is one.
    pub top: Option<PathBuf>,
    pub store: Store,
    /// Those of the index, where it counts.
    pub index: HashMap<RepoPath, Oid>,
    /// Whether the index comes before the worktree.
    pub index_first: bool,
    /// Those by which the checkout differs from the worktree as it is.
    pub replaced: HashMap<RepoPath, Option<Oid>>,
    /// The folders whose file was added.
    pub folders: RefCell<HashSet<RepoPath>>,
}

impl AddedFiles {
    /// Adds the files of all folders between a path and the top.
    fn add_above(&self, path: &RepoPath, attributes: &FileAttributes) -> Option<()> {
        let mut folder = Some(path.parent().unwrap_or_default());
        while let Some(at) = folder.take_if(|at| !self.folders.borrow().contains(at)) {
            let file = at.join(ATTRIBUTES_FILE.as_bytes());
            if let Some(content) = self.content(&file)? {
                attributes.tell(&file, &content).ok()?;
            }
            folder = (!at.as_bytes().is_empty()).then(|| at.parent().unwrap_or_default());
            self.folders.borrow_mut().insert(at);
        }
        Some(())
    }

    /// What is in an attributes file, if there is one; the outer `None` where that cannot be told.
    fn content(&self, file: &RepoPath) -> Option<Option<Vec<u8>>> {
        let blob = |id: Oid| Some(self.store.blob(id).ok()?.to_vec());
        if let Some(replaced) = self.replaced.get(file) {
            return replaced.map_or(Some(None), |id| blob(id).map(Some));
        }
        let indexed = self.index.get(file).copied();
        let on_disk = match (&self.top, self.index_first && indexed.is_some()) {
            (Some(top), false) => read_file(&top.join(OsStr::from_bytes(file.as_bytes())))?,
            (Some(_), true) | (None, _) => None,
        };
        match (on_disk, indexed) {
            (None, Some(id)) => blob(id).map(Some),
            (found, _) => Some(found),
        }
    }
}

/// What is in a file of a worktree, if there is one; the outer `None` where that cannot be told: at
/// anything but a file, a link or a folder, git would wait.
fn read_file(path: &Path) -> Option<Option<Vec<u8>>> {
    match path.symlink_metadata() {
        Ok(data) if data.is_file() => Some(files::read(path, files::MOST_OF_GIT).ok()),
        Ok(data) if data.is_symlink() || data.is_dir() => Some(None),
        Ok(_) => None,
        Err(_) => Some(None),
    }
}
