//! What tells one version of a file from another without reading it.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::surroundings::Surroundings;

/// Size, inode and times of a file; nothing where there is none.
pub(super) type Stamp = Option<[i64; 6]>;

/// The stamp of a file as it is now.
pub(super) fn stamp(path: &Path) -> Stamp {
    Some(stamp_of(&fs::metadata(path).ok()?))
}

/// The stamp of what is at a path, be it a link.
pub(super) fn own_stamp(path: &Path) -> Stamp {
    Some(stamp_of(&fs::symlink_metadata(path).ok()?))
}

/// The same of a file whose metadata is known.
pub(super) fn stamp_of(data: &Metadata) -> [i64; 6] {
    let (size, inode) = (data.size().cast_signed(), data.ino().cast_signed());
    [size, inode, data.mtime(), data.mtime_nsec(), data.ctime(), data.ctime_nsec()]
}

/// Files in a git folder that say how the rest is read.
const IN_GIT: [&str; 9] = [
    "config",
    "config.worktree",
    "info/attributes",
    "info/grafts",
    "objects/info/alternates",
    "packed-refs",
    "refs/replace",
    "shallow",
    "HEAD",
];

/// The files that say how a repository is read and merged, as they were.
#[derive(Debug)]
pub(super) struct Stamps(Vec<(PathBuf, Stamp)>);

impl Stamps {
    /// Those of a repository, its main worktree, the user and the system.
    pub fn of(common_dir: &Path, top: Option<&Path>, around: &Surroundings) -> Stamps {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let user = [".gitconfig", ".config/git/config", ".config/git/attributes"];
        let user = home.iter().flat_map(|home| user.map(|name| home.join(name)));
        let files = IN_GIT.map(|name| common_dir.join(name)).into_iter();
        let files = files.chain(top.map(|top| top.join(".gitattributes"))).chain(user);
        let files = files.chain([&around.global, &around.system].into_iter().flatten().cloned());
        Stamps(files.map(|path| (path.clone(), stamp(&path))).collect())
    }

    /// Whether the files are as they were.
    pub fn hold(&self) -> bool {
        self.0.iter().all(|(path, seen)| stamp(path) == *seen)
    }
}
