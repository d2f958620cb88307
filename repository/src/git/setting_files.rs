//! The files with settings, and those that they include: libgit2 and git wait at a pipe, and read a device
//! without an end.

use std::collections::HashSet;
use std::io::{Error, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::files;

use super::surroundings::Surroundings;
use super::{GitError, admin};

/// How many files are looked at: git includes at most ten deep.
const MOST: usize = 1000;

/// The files with settings and attributes of the repository that this folder belongs to, of the user and of the
/// system, as libgit2 and git find them.
pub(super) fn first_files(start: &Path, around: &Surroundings) -> Vec<PathBuf> {
    let common_dir = admin::git_dir_above(start).map(|git_dir| admin::common_dir(&git_dir));
    let own = common_dir.iter().flat_map(|dir| ["config", "config.worktree"].map(|name| dir.join(name)));
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".gitconfig"));
    let xdg = |name: &str| gix_path::env::xdg_config(name, &mut |name| std::env::var_os(name));
    let others = [home, xdg("config"), xdg("attributes"), git2::Config::find_system().ok()];
    let others = others.into_iter().chain([around.global.clone(), around.system.clone()]);
    own.chain(others.flatten()).collect()
}

/// Refuses files with settings that are none, and those that include such; a file that is not there has none.
/// Whether an include holds here is not asked.
pub(super) fn refuse_odd(first: Vec<PathBuf>) -> Result<(), GitError> {
    let (mut left, mut seen) = (first, HashSet::new());
    while let Some(path) = left.pop() {
        if seen.len() >= MOST || !seen.insert(path.clone()) {
            continue;
        }
        match files::read(&path, files::MOST_OF_GIT) {
            Ok(text) => left.extend(included(&text, &path)),
            Err(error) if is_absent(&path, &error) => {}
            Err(source) => return Err(GitError::File { doing: "read", path, source }),
        }
    }
    Ok(())
}

/// Whether git does without a file too: it is not there, or may not be read.
fn is_absent(path: &Path, error: &Error) -> bool {
    let leads_nowhere = || std::fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::NotADirectory)
        || leads_nowhere()
}

/// The paths in the sections `include` and `includeIf` of a file.
fn included(text: &[u8], file: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut includes = false;
    for line in text.split(|byte| *byte == b'\n') {
        let mut line = line.trim_ascii();
        if line.starts_with(b"[") {
            let end = memchr::memchr(b']', line).map_or(line.len(), |end| end + 1);
            includes = line.get(1..8).is_some_and(|name| name.eq_ignore_ascii_case(b"include"));
            line = line[end..].trim_ascii();
        }
        let Some((name, value)) = memchr::memchr(b'=', line).map(|at| line.split_at(at)) else { continue };
        if includes && name.trim_ascii().eq_ignore_ascii_case(b"path") {
            let value = value[1..].trim_ascii();
            let value: Vec<u8> = value.iter().copied().filter(|byte| *byte != b'"').collect();
            let value = Path::new(std::ffi::OsStr::from_bytes(&value));
            let below_home = value.strip_prefix("~").ok().zip(std::env::var_os("HOME"));
            let folder = files::folder_of(file);
            found.push(
                below_home.map_or_else(|| folder.join(value), |(rest, home)| Path::new(&home).join(rest)),
            );
        }
    }
    found
}
