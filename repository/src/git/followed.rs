//! The folders in which something changes when what is observed of a repository does.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::shown_path;

use super::admin;
use super::program::Program;
use super::{GitError, Repository};

/// The list of a worktree's files takes no longer than this.
const LIMIT: Duration = Duration::from_secs(30);

/// Folders of a git folder with what decides what is observed: refs and their locks, what is in progress, excludes and
/// attributes.
const OWN: [&str; 6] = ["refs", "reftable", "rebase-merge", "rebase-apply", "sequencer", "info"];

impl Repository {
    /// The git folders: the common one, and those of the worktrees. Objects and logs are not among them.
    pub fn followed_git_folders(&self) -> BTreeSet<PathBuf> {
        let mut folders = BTreeSet::new();
        let admin = self.common_dir().join("worktrees");
        let linked = std::fs::read_dir(&admin).into_iter().flatten().flatten().map(|entry| entry.path());
        let main = self.main_worktree().and_then(|top| admin::git_dir(top).ok());
        for own in linked.chain([self.common_dir().to_path_buf()]).chain(main) {
            OWN.iter().for_each(|name| add_all(&own.join(name), &mut folders));
            if own.is_dir() {
                folders.insert(own);
            }
        }
        if admin.is_dir() {
            folders.insert(admin);
        }
        folders
    }
}

/// The folders of a worktree that hold files that git does not ignore.
///
/// # Errors
/// git cannot list them.
pub fn followed_work_folders(top: &Path) -> Result<BTreeSet<PathBuf>, GitError> {
    let doing = format!("list the files of {}", shown_path(top));
    let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let said = Program::new(top, doing).within(LIMIT).args(args).run(&[])?;
    let mut folders = BTreeSet::from([top.to_path_buf()]);
    let mut last: &[u8] = b"";
    for file in said.split(|byte| *byte == 0) {
        let end = file.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let mut folder = &file[..end];
        if folder == last {
            continue;
        }
        last = folder;
        while !folder.is_empty() && folders.insert(top.join(OsStr::from_bytes(folder))) {
            folder = &folder[..folder.iter().rposition(|byte| *byte == b'/').unwrap_or(0)];
        }
    }
    Ok(folders)
}

/// A folder with all below it; links are not followed.
fn add_all(folder: &Path, folders: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    folders.insert(folder.to_path_buf());
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        add_all(&entry.path(), folders);
    }
}
