//! The steps of a plan, and how each is carried out.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::moved;
use super::refusal::{Refusal, both_there, in_the_way};
use crate::files::{FileError, Pending, folder_of, put_program};

/// One step.
pub(super) enum FileStep {
    /// Replaces the file's text; it must still have the old one.
    Write { path: PathBuf, old: Vec<u8>, new: Vec<u8> },
    /// Writes an executable file, replacing whatever has this name.
    Put { path: PathBuf, text: Vec<u8> },
    /// The file gets a second name, in a folder that is made where there is none.
    SecondName { path: PathBuf, second: PathBuf },
    /// What is in the hooks folder is linked into the folder of moved hooks.
    LinkNeighbors { hooks: PathBuf },
    /// The folder of moved hooks goes, if no hook is in it.
    ClearMoved { hooks: PathBuf },
    /// Renames the file, replacing whatever has the new name.
    Rename { from: PathBuf, to: PathBuf },
    /// The file goes, if it is there.
    Remove { path: PathBuf },
    /// Removes the folder if it is empty.
    RemoveFolder { path: PathBuf },
    /// Makes the file executable for everybody who can read it.
    MakeExecutable { path: PathBuf },
}

pub(super) fn carry_out(step: FileStep) -> Result<(), Refusal> {
    let io = |doing, path: &Path| FileError::of(doing, path);
    match step {
        FileStep::Write { path, old, new } => {
            if Pending::write(&path, Some(&old), &new)?.put()? {
                Ok(())
            } else {
                Err(in_the_way(
                    &path,
                    "was changed by another program in the meantime; it was not written",
                    "rerun the command",
                ))
            }
        }
        FileStep::Put { path, text } => Ok(put_program(&path, &text)?),
        FileStep::SecondName { path, second } => second_name(&path, &second),
        FileStep::LinkNeighbors { hooks } => Ok(moved::link_neighbors(&hooks)?),
        FileStep::ClearMoved { hooks } => Ok(moved::clear(&hooks)?),
        FileStep::Rename { from, to } => Ok(fs::rename(&from, &to).map_err(io("rename", &from))?),
        FileStep::Remove { path } => match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => Ok(done.map_err(io("remove", &path))?),
        },
        FileStep::RemoveFolder { path } => match fs::remove_dir(&path) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
            done => Ok(done.map_err(io("remove", &path))?),
        },
        FileStep::MakeExecutable { path } => {
            let mode = fs::metadata(&path).map_err(io("look at", &path))?.mode();
            let mode = mode | (mode & 0o444) >> 2;
            let permissions = fs::Permissions::from_mode(mode);
            Ok(fs::set_permissions(&path, permissions).map_err(io("change", &path))?)
        }
    }
}

fn second_name(path: &Path, second: &Path) -> Result<(), Refusal> {
    let folder = folder_of(second);
    fs::create_dir_all(folder).map_err(FileError::of("create", folder))?;
    if moved::is_neighbor(folder_of(path), second) {
        fs::remove_file(second).map_err(FileError::of("remove", second))?;
    }
    let id = |path: &Path| fs::symlink_metadata(path).map(|data| (data.dev(), data.ino())).ok();
    match fs::hard_link(path, second) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if id(path) == id(second) {
                Ok(())
            } else {
                Err(both_there(path, second))
            }
        }
        // a file system without hard links
        Err(_) => Ok(fs::rename(path, second).map_err(FileError::of("rename", path))?),
    }
}
