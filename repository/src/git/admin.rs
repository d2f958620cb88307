//! Git's small files, read without libgit2: `HEAD`, `.git` files, the folders of linked worktrees.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::files;
use crate::model::{Oid, shown_path};

/// Where a worktree's `HEAD` points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// To this ref by its full name, which may not exist yet.
    Reference(String),
    /// To a commit.
    Detached(Oid),
}

/// Reads the `HEAD` in this git folder.
pub(super) fn head(git_dir: &Path) -> Result<Head, String> {
    let path = git_dir.join("HEAD");
    match fs::read_link(&path) {
        // as git once wrote it: a link to the ref
        Ok(link) if link.starts_with("refs") => {
            head_of(&path, [b"ref: ", link.as_os_str().as_bytes()].concat())
        }
        _ => head_in_file(git_dir, files::read),
    }
}

/// The same where that is no link.
pub(super) fn head_in_file(
    git_dir: &Path,
    read: fn(&Path, u64) -> io::Result<Vec<u8>>,
) -> Result<Head, String> {
    let path = git_dir.join("HEAD");
    let bytes = read(&path, files::MOST_OF_GIT);
    head_of(&path, bytes.map_err(|error| format!("{}: {error}", shown_path(&path)))?)
}

fn head_of(path: &Path, bytes: Vec<u8>) -> Result<Head, String> {
    let garbage = || format!("{} is damaged", shown_path(path));
    let text = std::str::from_utf8(&bytes).map_err(|_| format!("{} is not UTF-8", shown_path(path)))?;
    let text = text.trim_end();
    match text.strip_prefix("ref:").map(str::trim_start) {
        Some(name) if git2::Reference::is_valid_name(name) => Ok(Head::Reference(name.to_string())),
        Some(_) => Err(garbage()),
        None => text.parse().map(Head::Detached).map_err(|_| garbage()),
    }
}

/// Whether git takes this file for a `HEAD`: it begins with the name of a ref, of whatever form, or with an id.
pub(super) fn is_head(path: &Path) -> bool {
    if let Ok(link) = fs::read_link(path) {
        return link.as_os_str().as_bytes().starts_with(b"refs/");
    }
    let Ok(bytes) = files::read(path, files::MOST_OF_GIT) else { return true }; // why not is told where it is needed
    match bytes.strip_prefix(b"ref:") {
        Some(name) => name.trim_ascii_start().starts_with(b"refs/"),
        None => bytes.len() >= 40 && bytes[..40].iter().all(u8::is_ascii_hexdigit),
    }
}

/// A path that git wrote into a file, relative to the folder `from`; without the final newline.
pub(super) fn path_in(file: &Path, from: &Path) -> io::Result<PathBuf> {
    written_path(file, from).map(|path| settle(&path))
}

/// The same as it is written.
pub(super) fn written_path(file: &Path, from: &Path) -> io::Result<PathBuf> {
    let bytes = files::read(file, files::MOST_OF_GIT)?;
    let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    if end == 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is empty"));
    }
    Ok(from.join(OsStr::from_bytes(&bytes[..end])))
}

/// The git folder of the worktree at `top`: its `.git`, or where its `.git` file points.
pub(super) fn git_dir(top: &Path) -> io::Result<PathBuf> {
    let dot_git = top.join(".git");
    if fs::metadata(&dot_git)?.is_dir() {
        return Ok(dot_git);
    }
    written_git_dir(top).map(|path| settle(&path))
}

/// Where the `.git` file of the worktree at `top` points, as it is written.
pub(super) fn written_git_dir(top: &Path) -> io::Result<PathBuf> {
    let bytes = files::read(&top.join(".git"), files::MOST_OF_GIT)?;
    let target = bytes
        .strip_prefix(b"gitdir: ")
        .map(|rest| rest.trim_ascii_end())
        .filter(|rest| !rest.is_empty())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a .git file"))?;
    Ok(top.join(OsStr::from_bytes(target)))
}

/// Files that libgit2 opens in a git folder: it waits at a pipe, and takes a folder for nothing.
const OPENED: [&str; 7] =
    ["config", "config.worktree", "commondir", "gitdir", "shallow", "info/attributes", "info/grafts"];

/// The git folder that this folder is or belongs to.
pub(super) fn git_dir_above(start: &Path) -> Option<PathBuf> {
    let is_own = |folder: &Path| {
        fs::symlink_metadata(folder.join("HEAD")).is_ok()
            && (folder.join("objects").is_dir() || folder.join("gitdir").exists())
    };
    let own = |folder: &Path| git_dir(folder).ok().or_else(|| is_own(folder).then(|| folder.to_path_buf()));
    start.ancestors().find_map(own)
}

/// The git folder that all worktrees share, by the one of any.
pub(super) fn common_dir(git_dir: &Path) -> PathBuf {
    path_in(&git_dir.join("commondir"), git_dir).unwrap_or_else(|_| git_dir.to_path_buf())
}

/// The first of these files that is none, or has no end, in a git folder and in the one that it belongs to.
pub(super) fn no_file(git_dir: &Path) -> Option<PathBuf> {
    let is_file = |data: fs::Metadata| data.is_file() && data.len() <= files::MOST_OF_GIT;
    let is_none = |path: &PathBuf| fs::metadata(path).is_ok_and(|data| !is_file(data));
    let in_folder = |folder: &Path| OPENED.map(|name| folder.join(name)).into_iter().find(is_none);
    in_folder(git_dir).or_else(|| in_folder(&common_dir(git_dir)))
}

/// Whether this folder holds a repository or a linked worktree.
pub(super) fn is_git_dir(folder: &Path) -> bool {
    let common = common_dir(folder);
    fs::symlink_metadata(folder.join("HEAD")).is_ok()
        && common.join("objects").is_dir()
        && common.join("refs").is_dir()
}

/// The branch that a rebase or a bisection in this worktree will return to, by its full name.
pub(super) fn branch_under_way(git_dir: &Path) -> Option<String> {
    let rebased = ["rebase-merge/head-name", "rebase-apply/head-name"]
        .iter()
        .filter_map(|file| files::read_text(&git_dir.join(file), files::MOST_OF_GIT).ok())
        .find(|name| name.starts_with("refs/heads/"));
    let bisected = || {
        let start = files::read_text(&git_dir.join("BISECT_START"), files::MOST_OF_GIT).ok()?;
        Some(format!("refs/heads/{}", start.trim_end()))
    };
    let name = rebased.or_else(bisected)?;
    Some(name.trim_end().to_string()).filter(|name| git2::Reference::is_valid_name(name))
}

/// The commit that a rebase or a bisection in this worktree began at.
pub(super) fn commit_under_way(git_dir: &Path) -> Option<Oid> {
    let files = ["rebase-merge/orig-head", "rebase-apply/orig-head", "BISECT_START"];
    files.iter().find_map(|file| {
        files::read_text(&git_dir.join(file), files::MOST_OF_GIT).ok()?.trim_end().parse().ok()
    })
}

/// Where a ref was moved to, and by what, from its reflog, the oldest first; nothing where none is kept.
pub(super) fn moves_of(common_dir: &Path, name: &str) -> Vec<(Oid, String)> {
    let log = files::read(&common_dir.join("logs").join(name), files::MOST_OF_GIT).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let one = |line: &str| {
        let (ids, what) = line.split_once('\t')?;
        Some((ids.split(' ').nth(1)?.parse().ok()?, what.to_string()))
    };
    log.lines().filter_map(one).collect()
}

/// A move of a head.
pub(super) struct HeadMove {
    /// From where; `None` where it was nowhere.
    pub from: Option<Oid>,
    /// To where.
    pub to: Oid,
    /// By what.
    pub what: String,
}

impl HeadMove {
    /// The command that did it.
    pub fn action(&self) -> &str {
        self.what.split([' ', ':', '(']).next().unwrap_or_default()
    }
}

/// The moves of the head of the worktree with this git folder, the oldest first; nothing where none are noted.
pub(super) fn moves_of_head(git_dir: &Path) -> Vec<HeadMove> {
    let log = files::read(&git_dir.join("logs/HEAD"), files::MOST_OF_GIT).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let one = |line: &str| {
        let (ids, what) = line.split_once('\t').unwrap_or((line, ""));
        let mut ids = ids.split(' ');
        let from: Oid = ids.next()?.parse().ok()?;
        let to = ids.next()?.parse().ok()?;
        Some(HeadMove { from: Some(from).filter(|id| *id != Oid::new([0; 20])), to, what: what.to_string() })
    };
    log.lines().filter_map(one).collect()
}

/// The real path where it exists, else the path without `.` and `..`.
pub(super) fn settle(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let mut plain = PathBuf::new();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    plain.pop();
                }
                part => plain.push(part),
            }
            plain = fs::canonicalize(&plain).unwrap_or(plain);
        }
        plain
    })
}
