//! The histories of submodules.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use git2::Config;

use crate::model::{Oid, Place, RepoPath, shown_path};

use super::admin;
use super::discover::Repository;
use super::program::Program;
use super::scan::attributes::as_path;
use super::settings::subsections;

/// The histories of submodules, as far as they are at hand in the main worktree. That is where
/// git would look for them.
pub(super) struct Histories {
    top: Option<PathBuf>,
    common_dir: PathBuf,
    /// The git folders, where there are any.
    found: Mutex<HashMap<RepoPath, Option<PathBuf>>>,
}

impl Histories {
    /// Those of the main worktree's submodules.
    pub(super) fn of(repository: &Repository) -> Histories {
        Histories {
            top: repository.main_worktree().map(PathBuf::from),
            common_dir: repository.common_dir().to_path_buf(),
            found: Mutex::default(),
        }
    }

    /// Whether, in the submodule at this path, the second commit contains the first.
    pub(super) fn contains(&self, path: &RepoPath, older: Oid, newer: Oid) -> Option<bool> {
        let mut known = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let git_dir = known.entry(path.clone()).or_insert_with(|| self.find(path)).as_ref()?;
        contains(git_dir, older, newer)
    }

    /// The submodule that is checked out, or else the one that once was.
    fn find(&self, path: &RepoPath) -> Option<PathBuf> {
        let top = self.top.as_ref()?;
        let checked_out = admin::git_dir(&top.join(as_path(path))).ok();
        let kept = || Some(self.common_dir.join("modules").join(name_of(top, path)?));
        let git_dir = checked_out.filter(|folder| admin::is_git_dir(folder)).or_else(kept);
        git_dir.filter(|folder| admin::is_git_dir(folder))
    }
}

impl Repository {
    /// Whether git finds the history of a submodule from the worktree of a place; yes where that cannot be told.
    pub fn has_submodule(&self, place: &Place, path: &RepoPath) -> bool {
        let Some(top) = place.worktree.as_deref() else { return true };
        let Ok(git_dir) = self.git_dir_of(place, top) else { return true };
        let is_there = |folder: &PathBuf| admin::is_git_dir(folder);
        let kept = || Some(git_dir.join("modules").join(name_of(top, path)?));
        admin::git_dir(&top.join(as_path(path))).ok().filter(is_there).is_some()
            || kept().is_some_and(|folder| is_there(&folder))
    }
}

/// The name that `.gitmodules` has for the submodule at a path.
fn name_of(top: &Path, path: &RepoPath) -> Option<String> {
    let config = Config::open(&top.join(".gitmodules")).ok()?.snapshot().ok()?;
    let is_at_path = |name: &String| {
        let key = format!("submodule.{name}.path");
        config.get_bytes(&key).is_ok_and(|value| value == path.as_bytes())
    };
    let safe = |name: &String| !name.split(['/', '\\']).any(|part| part == "..");
    subsections(&config, "submodule").into_iter().filter(safe).find(is_at_path)
}

/// The older commit is contained when it adds nothing to the newer one.
fn contains(git_dir: &Path, older: Oid, newer: Oid) -> Option<bool> {
    let program = Program::new(git_dir, format!("read the history of {}", shown_path(git_dir)));
    let args = ["rev-list", "--max-count=1", &older.to_string(), "--not", &newer.to_string(), "--"];
    program.args(args).run(&[]).ok().map(|said| said.is_empty())
}
