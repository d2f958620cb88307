//! The single steps, and how each is done.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::refusal::{Refusal, both_there, in_the_way};
use crate::files::{FileError, Pending, put_program};

/// One thing to do.
pub(super) enum Step {
    /// The file gets a new text; it must still have the old one.
    Write { path: PathBuf, old: Vec<u8>, new: Vec<u8> },
    /// A new file that can be run takes this name, whatever has it.
    Put { path: PathBuf, text: Vec<u8> },
    /// The file gets a second name.
    SecondName { path: PathBuf, second: PathBuf },
    /// The file takes this name, whatever has it.
    Rename { from: PathBuf, to: PathBuf },
    /// The file goes.
    Remove { path: PathBuf },
    /// The folder goes, if nothing is in it.
    RemoveFolder { path: PathBuf },
    /// Everybody who may read the file may run it.
    MakeExecutable { path: PathBuf },
}

pub(super) fn carry_out(step: Step) -> Result<(), Refusal> {
    let io = |doing, path: &Path| FileError::of(doing, path);
    match step {
        Step::Write { path, old, new } => match Pending::write(&path, Some(&old), &new)?.put()? {
            true => Ok(()),
            false => Err(in_the_way(
                &path,
                "was changed meanwhile by somebody else; it was left alone",
                "run this again",
            )),
        },
        Step::Put { path, text } => Ok(put_program(&path, &text)?),
        Step::SecondName { path, second } => match fs::hard_link(&path, &second) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(both_there(&path, &second)),
            // a file system without hard links
            Err(_) => Ok(fs::rename(&path, &second).map_err(io("rename", &path))?),
        },
        Step::Rename { from, to } => Ok(fs::rename(&from, &to).map_err(io("rename", &from))?),
        Step::Remove { path } => Ok(fs::remove_file(&path).map_err(io("remove", &path))?),
        Step::RemoveFolder { path } => match fs::remove_dir(&path) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
            done => Ok(done.map_err(io("remove", &path))?),
        },
        Step::MakeExecutable { path } => {
            let mode = fs::metadata(&path).map_err(io("look at", &path))?.mode();
            let mode = mode | (mode & 0o444) >> 2;
            let permissions = fs::Permissions::from_mode(mode);
            Ok(fs::set_permissions(&path, permissions).map_err(io("change", &path))?)
        }
    }
}
