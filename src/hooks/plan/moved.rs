//! The folder for existing hooks that our part cannot be added to: a sibling of the hooks folder, so that
//! each hook keeps its name, its relative links and its path to the worktree. Everything else in the hooks
//! folder is linked into it, because hooks look for files next to themselves.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::files::FileError;
use crate::hooks::GitHook;

/// The suffix by which version 1 renamed a hook inside the hooks folder.
pub(super) const OLDER: &str = ".before-track-work";

/// That folder for a hooks folder.
pub(super) fn folder(hooks: &Path) -> PathBuf {
    let real = hooks.canonicalize().unwrap_or_else(|_| hooks.to_path_buf());
    let mut name = real.file_name().unwrap_or_default().to_os_string();
    name.push("-before-track-work");
    real.with_file_name(name)
}

/// The target of a link to a neighbor.
fn from_beside(hooks: &Path, name: &std::ffi::OsStr) -> PathBuf {
    let real = hooks.canonicalize().unwrap_or_else(|_| hooks.to_path_buf());
    Path::new("..").join(real.file_name().unwrap_or_default()).join(name)
}

/// Whether a path in that folder is a link to its neighbor in the hooks folder.
pub(super) fn is_neighbor(hooks: &Path, path: &Path) -> bool {
    let leads_to = path.file_name().map(|name| from_beside(hooks, name));
    leads_to.is_some_and(|there| fs::read_link(path).is_ok_and(|link| link == there))
}

/// Links everything in the hooks folder, and the hooks that are about to be installed; the installed hooks
/// link what is added later.
pub(super) fn link_neighbors(hooks: &Path) -> Result<(), FileError> {
    let moved = folder(hooks);
    let there = fs::read_dir(hooks).map_err(FileError::of("look into", hooks))?.flatten();
    let ours = GitHook::ALL.into_iter().map(|hook| hook.name().into());
    for name in there.map(|entry| entry.file_name()).chain(ours) {
        let link = moved.join(&name);
        match symlink(from_beside(hooks, &name), &link) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(FileError::of("link", &link)(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Removes that folder unless a hook is still in it. Files that hooks wrote next to themselves move to the
/// hooks folder, unless a file there has the same name.
pub(super) fn clear(hooks: &Path) -> Result<(), FileError> {
    let moved = folder(hooks);
    let is_moved = |hook: GitHook| {
        let path = moved.join(hook.name());
        fs::symlink_metadata(&path).is_ok() && !is_neighbor(hooks, &path)
    };
    if GitHook::ALL.into_iter().any(is_moved) {
        return Ok(());
    }
    let Ok(entries) = fs::read_dir(&moved) else { return Ok(()) };
    for path in entries.flatten().map(|entry| entry.path()) {
        let back = hooks.join(path.file_name().unwrap_or_default());
        if is_neighbor(hooks, &path) {
            fs::remove_file(&path).map_err(FileError::of("remove", &path))?;
        } else if fs::symlink_metadata(&back).is_err() {
            fs::rename(&path, &back).map_err(FileError::of("rename", &path))?;
        }
    }
    match fs::remove_dir(&moved) {
        Err(error) if error.kind() != ErrorKind::DirectoryNotEmpty => {
            Err(FileError::of("remove", &moved)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
