//! What was found out of worktrees and branches when the places were listed, for whoever looks at them right after that.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::Oid;

use super::admin::{self, Head};
use super::at_rest::Noted;

/// The worktrees and branches of a repository, as they were listed.
#[derive(Default)]
pub(super) struct Listed {
    /// The git folders of the worktrees.
    pub folders: HashMap<PathBuf, Arc<ListedFolder>>,
    /// The objects of the branches, by their full names.
    pub branches: BTreeMap<String, Oid>,
}

/// The git folder of a worktree.
pub(super) struct ListedFolder {
    /// What git changes in it, before the rest was read.
    pub noted: Noted,
    /// What is in it.
    pub names: FolderNames,
    /// Where its worktree is.
    pub head: Result<Head, String>,
}

impl ListedFolder {
    /// The branch that a rebase or a bisection in it will return to, by its full name.
    pub fn branch_under_way(&self, git_dir: &Path) -> Option<String> {
        let begun = ["rebase-merge", "rebase-apply", "BISECT_START"].iter().any(|name| self.names.has(name));
        begun.then(|| admin::branch_under_way(git_dir)).flatten()
    }
}

/// The names in a folder; nothing where it cannot be listed.
pub(super) struct FolderNames {
    folder: PathBuf,
    known: Option<KnownNames>,
}

/// All of them, and those of regular files.
struct KnownNames {
    all: HashSet<OsString>,
    files: HashSet<OsString>,
}

impl FolderNames {
    /// Those of a folder as it is now.
    pub fn of(folder: &Path) -> FolderNames {
        let list = || -> std::io::Result<KnownNames> {
            let mut known = KnownNames { all: HashSet::new(), files: HashSet::new() };
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                    known.files.insert(entry.file_name());
                }
                known.all.insert(entry.file_name());
            }
            Ok(known)
        };
        FolderNames { folder: folder.to_path_buf(), known: list().ok() }
    }

    /// Those of a folder that is asked each time.
    pub fn unlisted(folder: &Path) -> FolderNames {
        FolderNames { folder: folder.to_path_buf(), known: None }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is something of this name, directly in the folder.
    pub fn has(&self, name: &str) -> bool {
        match &self.known {
            Some(known) => known.all.contains(OsStr::new(name)),
            None => fs::symlink_metadata(self.folder.join(name)).is_ok(),
        }
    }

    /// Whether it is known that this is a regular file.
    pub fn is_file(&self, name: &str) -> bool {
        self.known.as_ref().is_some_and(|known| known.files.contains(OsStr::new(name)))
    }
}

/// Finds out real paths, of each folder on the way once.
#[derive(Default)]
pub(super) struct RealPaths(RefCell<HashMap<PathBuf, Option<PathBuf>>>);

impl RealPaths {
    /// The real path where it exists, else the path without `.` and `..`, as [`admin::settle`].
    pub fn settle(&self, path: &Path) -> PathBuf {
        self.real(path).unwrap_or_else(|| admin::settle(path))
    }

    /// The real path of what is in a folder and no link; otherwise it is not told.
    fn real(&self, path: &Path) -> Option<PathBuf> {
        let (above, name) = (path.parent()?, path.file_name()?);
        let real = self.real_folder(above)?.join(name);
        // what is there and no link cannot be read as one
        fs::read_link(&real).is_err_and(|error| error.kind() == ErrorKind::InvalidInput).then_some(real)
    }

    fn real_folder(&self, folder: &Path) -> Option<PathBuf> {
        if let Some(known) = self.0.borrow().get(folder) {
            return known.clone();
        }
        let real = self.real(folder).or_else(|| fs::canonicalize(folder).ok());
        self.0.borrow_mut().insert(folder.to_path_buf(), real.clone());
        real
    }
}
