//! The versions that git's index holds of a file whose merge is not concluded.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::model::{RepoPath, Stages};

use super::GitError;
use super::program::Program;

/// The mode of a submodule in git's index.
const SUBMODULE: &str = "160000";

/// The versions of a file, as far as the sides have it.
pub type FileStages = Stages<Option<Vec<u8>>>;

/// The versions of the file of this name in a folder of a worktree; `None` where the index holds one alone, or the
/// folder is in no worktree. A side that removed the file has none.
///
/// # Errors
/// When git cannot read them.
pub fn unmerged_versions(folder: &Path, name: &str) -> Result<Option<FileStages>, GitError> {
    versions(folder, OsStr::new(name), "--unmerged")
}

/// The versions that a path of a worktree had before its conflict was resolved, as git notes them for `git checkout
/// --merge`; `None` where it has noted none.
///
/// # Errors
/// When git cannot read them.
pub(super) fn resolved_versions(top: &Path, path: &RepoPath) -> Result<Option<FileStages>, GitError> {
    versions(top, OsStr::from_bytes(path.as_bytes()), "--resolve-undo")
}

fn versions(folder: &Path, name: &OsStr, which: &str) -> Result<Option<FileStages>, GitError> {
    let ask = || Program::new(folder, format!("read the versions of {}", name.to_string_lossy()));
    let listed = ["--literal-pathspecs", "ls-files", which, "-z", "--"].map(OsStr::new);
    let listed = listed.into_iter().chain([name]);
    let Ok(listed) = ask().args(listed).run(&[]) else { return Ok(None) };
    let mut found = FileStages::default();
    for entry in listed.split(|byte| *byte == 0) {
        // mode, id, stage, and after a tab the path
        let about = String::from_utf8_lossy(entry.split(|byte| *byte == b'\t').next().unwrap_or_default());
        let mut fields = about.split(' ');
        // a submodule has no text
        let mode = fields.next().filter(|mode| *mode != SUBMODULE);
        let (Some(_), Some(id), Some(stage)) = (mode, fields.next(), fields.next()) else { continue };
        let version = Some(ask().args(["cat-file", "blob", id]).run(&[])?);
        match stage {
            "1" => found.base = version,
            "2" => found.ours = version,
            _ => found.theirs = version,
        }
    }
    let is_any = found.iter().any(Option::is_some);
    Ok(is_any.then_some(found))
}
