//! The histories of submodules.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use git2::Config;

use crate::model::{Oid, RepoPath};

use super::discover::Repository;
use super::program::Program;
use super::scan::attributes::as_path;
use super::settings::subsections;
use super::{admin, ids};

/// The histories of submodules, as far as they are at hand in the main worktree. That is where
/// git would look for them.
pub(super) struct Histories {
    top: Option<PathBuf>,
    common_dir: PathBuf,
    /// A handle is not to be shared between threads, so it lies behind a lock.
    found: Mutex<HashMap<RepoPath, SubmoduleRepository>>,
}

/// The repository of a submodule.
enum SubmoduleRepository {
    Nowhere,
    Open(git2::Repository),
    /// One that only the git program can read.
    Foreign(PathBuf),
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
        match known.entry(path.clone()).or_insert_with(|| self.find(path)) {
            SubmoduleRepository::Nowhere => None,
            SubmoduleRepository::Open(repo) => in_repository(repo, older, newer),
            SubmoduleRepository::Foreign(git_dir) => by_program(git_dir, older, newer),
        }
    }

    /// The submodule that is checked out, or else the one that once was.
    fn find(&self, path: &RepoPath) -> SubmoduleRepository {
        let Some(top) = &self.top else { return SubmoduleRepository::Nowhere };
        let checked_out = admin::git_dir(&top.join(as_path(path))).ok();
        let kept = || Some(self.common_dir.join("modules").join(name_of(top, path)?));
        let git_dir = checked_out.filter(|folder| admin::is_git_dir(folder)).or_else(kept);
        match git_dir.filter(|folder| admin::is_git_dir(folder)) {
            None => SubmoduleRepository::Nowhere,
            Some(folder) => git2::Repository::open(&folder)
                .map_or_else(|_| SubmoduleRepository::Foreign(folder), SubmoduleRepository::Open),
        }
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

fn in_repository(repo: &git2::Repository, older: Oid, newer: Oid) -> Option<bool> {
    let [older, newer] = [older, newer].map(ids::to_git2);
    repo.find_commit(older).and_then(|_| repo.find_commit(newer)).ok()?;
    if older == newer {
        return Some(true);
    }
    repo.graph_descendant_of(newer, older).ok()
}

/// The older commit is contained when it adds nothing to the newer one.
fn by_program(git_dir: &Path, older: Oid, newer: Oid) -> Option<bool> {
    let program = Program::new(git_dir, format!("read the history of {}", git_dir.display()));
    let args = ["rev-list", "--max-count=1", &older.to_string(), "--not", &newer.to_string(), "--"];
    program.args(args).run(&[]).ok().map(|said| said.is_empty())
}
