//! How one hook stands in its folder.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::files::FileError;
use crate::hooks::GitHook;
use crate::hooks::part::{self, Part};

/// What a hook that our part cannot go into is called while ours is in its place.
const ASIDE: &str = "before-track-work";

/// How a hook stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookState {
    /// There is no hook.
    Absent,
    /// There is one of somebody else.
    Foreign,
    /// Ours is in, and git runs it.
    Installed,
    /// Ours is in, and git does not run it: the file cannot be executed.
    NotExecutable,
    /// Ours is in, as another version wrote it.
    OtherVersion,
    /// Ours is in, and somebody changed it.
    Edited,
}

/// What has the name of the hook.
pub(super) enum There {
    Nothing,
    Script {
        text: Vec<u8>,
        executable: bool,
    },
    /// A file that our part cannot go into: another language, a link, not executable.
    Other,
    Folder,
}

/// What has the name that hooks are moved aside to.
#[derive(PartialEq)]
pub(super) enum Aside {
    Nothing,
    /// The same file: an installation was interrupted.
    Same,
    Other,
}

/// What is there now.
pub(super) struct Seen {
    pub hook: GitHook,
    pub folder: PathBuf,
    pub path: PathBuf,
    pub aside_path: PathBuf,
    pub there: There,
    pub aside: Aside,
}

/// How a hook stands in a folder.
///
/// # Errors
/// What the system says.
pub fn state(folder: &Path, hook: GitHook) -> Result<HookState, FileError> {
    Ok(match look(folder, hook)?.there {
        There::Nothing => HookState::Absent,
        There::Other | There::Folder => HookState::Foreign,
        There::Script { text, executable } => match part::find(&text, hook) {
            Part::Absent => HookState::Foreign,
            _ if !executable => HookState::NotExecutable,
            Part::Present(_) => HookState::Installed,
            Part::OtherVersion(_) => HookState::OtherVersion,
            Part::Edited => HookState::Edited,
        },
    })
}

pub(super) fn look(folder: &Path, hook: GitHook) -> Result<Seen, FileError> {
    let path = folder.join(hook.name());
    let aside_path = folder.join(format!("{}.{ASIDE}", hook.name()));
    let data = |path: &Path| match fs::symlink_metadata(path) {
        Ok(data) => Ok(Some(data)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(FileError::of("look at", path)(error)),
    };
    let own = data(&path)?;
    let aside = match (&own, data(&aside_path)?) {
        (_, None) => Aside::Nothing,
        (Some(own), Some(other)) if (own.dev(), own.ino()) == (other.dev(), other.ino()) => Aside::Same,
        _ => Aside::Other,
    };
    let there = match own {
        None => There::Nothing,
        Some(data) if data.is_dir() => There::Folder,
        Some(data) if data.is_file() => {
            let text = fs::read(&path).map_err(FileError::of("read", &path))?;
            let executable = data.mode() & 0o111 != 0;
            let ours = part::find(&text, hook) != Part::Absent;
            match ours || executable && part::is_shell_script(&text) {
                true => There::Script { text, executable },
                false => There::Other,
            }
        }
        Some(_) => There::Other,
    };
    Ok(Seen { hook, folder: folder.to_path_buf(), path, aside_path, there, aside })
}
