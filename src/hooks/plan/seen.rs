//! The state of one hook in its folder.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::moved;
use crate::files::{self, FileError};
use crate::hooks::GitHook;
use crate::hooks::part::{self, HookPart};

/// The state of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookState {
    /// There is no hook.
    Absent,
    /// There is another hook.
    Foreign,
    /// Ours is installed, and git runs it.
    Installed,
    /// Ours is installed, but git does not run it: the file is not executable.
    NotExecutable,
    /// Ours is installed, by another version.
    OtherVersion,
    /// Ours is installed, and somebody edited it.
    Edited,
}

/// The file with the hook's name.
pub(super) enum There {
    Nothing,
    Script {
        text: Vec<u8>,
        executable: bool,
    },
    /// A file that our part cannot go into: another language, a link, a file with several names,
    /// not executable.
    Other,
    Folder,
}

/// What has a name that hooks are moved to.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Aside {
    Nothing,
    /// The same file: an installation was interrupted.
    Same,
    Other,
    /// Two different files, one where this version and one where version 1 moves hooks to.
    Two,
}

/// The files of a hook as they are now.
pub(super) struct HookFiles {
    pub hook: GitHook,
    pub folder: PathBuf,
    pub path: PathBuf,
    pub there: There,
    /// Where a hook is moved to, under its own name.
    pub aside_path: PathBuf,
    pub aside: Aside,
    /// What version 1 moved, if it is still there.
    pub older: Option<PathBuf>,
}

/// The state of a hook in a folder.
///
/// # Errors
/// I/O errors.
pub fn state(folder: &Path, hook: GitHook) -> Result<HookState, FileError> {
    Ok(match look(folder, hook)?.there {
        There::Nothing => HookState::Absent,
        There::Other | There::Folder => HookState::Foreign,
        There::Script { text, executable } => match part::find(&text, hook) {
            HookPart::Absent => HookState::Foreign,
            _ if !executable => HookState::NotExecutable,
            HookPart::Present(_) => HookState::Installed,
            HookPart::OtherVersion(_) => HookState::OtherVersion,
            HookPart::Edited => HookState::Edited,
        },
    })
}

pub(super) fn look(folder: &Path, hook: GitHook) -> Result<HookFiles, FileError> {
    let path = folder.join(hook.name());
    let own = data(&path)?;
    let aside_path = moved::folder(folder).join(hook.name());
    let older_path = folder.join(format!("{}{}", hook.name(), moved::OLDER));
    let newer = data(&aside_path)?.filter(|_| !moved::is_neighbor(folder, &aside_path));
    let older = data(&older_path)?;
    let aside = match (&newer, &older) {
        (Some(newer), Some(older)) if !same(newer, older) => Aside::Two,
        (newer, older) => match (&own, newer.as_ref().or(older.as_ref())) {
            (_, None) => Aside::Nothing,
            (Some(own), Some(other)) if same(own, other) => Aside::Same,
            _ => Aside::Other,
        },
    };
    let there = match own {
        None => There::Nothing,
        Some(data) if data.is_dir() => There::Folder,
        Some(data) if data.is_file() => {
            let text = files::read(&path, files::MOST_OF_GIT).map_err(FileError::of("read", &path))?;
            let executable = data.mode() & 0o111 != 0;
            let ours = part::find(&text, hook) != HookPart::Absent;
            // a file with several names would lose the others
            if ours || executable && data.nlink() == 1 && part::is_shell_script(&text) {
                There::Script { text, executable }
            } else {
                There::Other
            }
        }
        Some(_) => There::Other,
    };
    let older = older.map(|_| older_path);
    Ok(HookFiles { hook, folder: folder.to_path_buf(), path, there, aside_path, aside, older })
}

fn same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn data(path: &Path) -> Result<Option<Metadata>, FileError> {
    match fs::symlink_metadata(path) {
        Ok(data) => Ok(Some(data)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(FileError::of("look at", path)(error)),
    }
}
