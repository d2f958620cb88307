//! Paths as people name them.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::model::RepoPath;

use super::Workspace;

/// A path as the repository knows it, whether it exists or not: relative to the worktree that it lies
/// in.
///
/// # Errors
/// When it lies in no worktree.
pub fn repo_path(workspace: &Workspace, path: &Path) -> Result<RepoPath, Error> {
    let Workspace { repository, target, .. } = workspace;
    let settled = settled(path);
    let current = repository.current_worktree().map(Path::to_path_buf);
    let places = repository.places(target, &[]);
    let tops = places.into_iter().filter_map(|place| place.worktree).chain(current);
    let inside = tops.filter_map(|top| settled.strip_prefix(&top).ok().map(Path::to_path_buf));
    match inside.min_by_key(|rest| rest.components().count()) {
        Some(rest) => Ok(RepoPath::new(rest.as_os_str().as_bytes())),
        None => Err(Error::OutsideWorktrees(path.to_path_buf())),
    }
}

/// The real path of the folder that it lies in, as far as that exists, with the rest behind it. A
/// link at its end is not followed: it is a path of its own to git.
fn settled(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    let mut above = path;
    while let (Some(name), Some(parent)) = (above.file_name(), above.parent()) {
        if !(rest.is_empty() && above.is_symlink())
            && let Ok(real) = std::fs::canonicalize(above)
        {
            return rest.iter().rev().fold(real, |path: PathBuf, name| path.join(name));
        }
        rest.push(name.to_os_string());
        above = parent;
    }
    let real = std::fs::canonicalize(above).unwrap_or_else(|_| above.to_path_buf());
    rest.iter().rev().fold(real, |path: PathBuf, name| path.join(name))
}
