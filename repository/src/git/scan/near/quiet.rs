//! Where nothing was found: what that rests on is kept, so that the next look has only to find it as it was.
//!
//! It rests on the head's tree and the question, which are named; on the index; and on what was seen at paths: the stamps of
//! files, which folders are there, and what is not. A stamp counts only if its file was changed last well before it was
//! looked at: otherwise it can be written again without another stamp (git calls that racy).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FileType, Stat, statat};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::git::settings::Settings;
use crate::git::stamps::Stamp;
use crate::model::{Oid, PathQuery, RepoPath};
use crate::table::Table;

/// The times of files are at least as fine as this: FAT has every other second.
const TICK: Duration = Duration::from_secs(2);

/// A look at some paths of a worktree.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QuietQuestion {
    /// The top folder.
    top: PathBuf,
    /// A hash of the head's tree, the paths, and the settings by which it is looked.
    asked: u128,
}

/// What it rests on that nothing was found.
#[derive(Debug, Serialize, Deserialize)]
pub struct QuietLook {
    index: Option<[i64; 6]>,
    seen: Vec<(RepoPath, PathSight)>,
}

/// What was seen at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum PathSight {
    /// Nothing.
    Absent,
    /// A folder, with whatever is in it.
    Folder,
    /// Something with this stamp.
    As([i64; 6]),
}

/// Notes down what is seen during a look.
pub(super) struct Sights {
    begun: SystemTime,
    seen: RefCell<BTreeMap<RepoPath, PathSight>>,
    is_all: Cell<bool>,
}

impl Sights {
    pub(super) fn new() -> Sights {
        Sights { begun: SystemTime::now(), seen: RefCell::default(), is_all: Cell::new(true) }
    }

    /// Notes what is at a path.
    pub(super) fn note(&self, path: RepoPath, sight: PathSight) {
        let mut seen = self.seen.borrow_mut();
        let known = seen.entry(path).or_insert(sight);
        if sight != PathSight::Folder {
            *known = sight;
        }
    }

    /// Notes that these are folders: all above a path.
    pub(super) fn note_folders_above(&self, path: &RepoPath) {
        let mut at = path.parent();
        while let Some(folder) = at.filter(|folder| *folder != RepoPath::default()) {
            at = folder.parent();
            self.note(folder, PathSight::Folder);
        }
    }

    /// Something else was looked at as well.
    pub(super) fn note_more(&self) {
        self.is_all.set(false);
    }

    /// What was seen, where it tells later whether all is as it was.
    fn lasting(self, index: Stamp) -> Option<QuietLook> {
        let is_old = |stamp: &[i64; 6]| {
            let changed = Duration::new(u64::try_from(stamp[4]).ok()?, u32::try_from(stamp[5]).ok()?);
            Some(SystemTime::UNIX_EPOCH.checked_add(changed)? + TICK < self.begun)
        };
        let seen = self.seen.into_inner();
        let stamps = seen.values().filter_map(|sight| match sight {
            PathSight::As(stamp) => Some(stamp),
            PathSight::Absent | PathSight::Folder => None,
        });
        let are_old = stamps.chain(&index).all(|stamp| is_old(stamp) == Some(true));
        (are_old && self.is_all.get()).then(|| QuietLook { index, seen: seen.into_iter().collect() })
    }
}

/// One look, and where looks that found nothing are kept.
pub(super) struct Quiet<'a> {
    pub(super) kept: &'a Table<QuietQuestion, QuietLook>,
    pub(super) question: QuietQuestion,
    /// The stamp of the index, which does not change meanwhile.
    pub(super) index: Stamp,
}

impl Quiet<'_> {
    /// Whether nothing was found the last time, and all is as it was then.
    pub(super) fn is_as_before(&self) -> bool {
        let Some(known) = self.kept.find(&self.question) else { return false };
        known.index == self.index
            && File::open(&self.question.top)
                .is_ok_and(|top| known.seen.iter().all(|(path, sight)| is_at(&top, path, *sight)))
    }

    /// Keeps that nothing was found.
    pub(super) fn keep(self, seen: Sights) {
        if let Some(look) = seen.lasting(self.index) {
            self.kept.keep(self.question, Arc::new(look));
        }
    }
}

impl QuietQuestion {
    /// Whether something is found at these paths, with this tree as the head's; nothing in these folders counts.
    pub(super) fn new(
        top: &Path,
        head: Oid,
        near: &PathQuery,
        settings: &Settings,
        ignore: &[PathBuf],
    ) -> QuietQuestion {
        let mut asked = head.as_bytes().to_vec();
        for paths in [&near.paths, &near.emptied, &near.added_to] {
            for path in paths {
                asked.extend(path.as_bytes());
                asked.push(0);
            }
            asked.push(0);
        }
        asked.extend(format!("{settings:?} {ignore:?}").into_bytes());
        QuietQuestion { top: top.to_path_buf(), asked: xxh3_128(&asked) }
    }
}

/// Whether that is at a path. Of those above it, it was asked before.
fn is_at(top: &File, path: &RepoPath, sight: PathSight) -> bool {
    match (statat(top, path.as_bytes(), AtFlags::SYMLINK_NOFOLLOW), sight) {
        (Err(error), PathSight::Absent) => std::io::Error::from(error).kind() == ErrorKind::NotFound,
        (Ok(data), PathSight::Folder) => FileType::from_raw_mode(data.st_mode) == FileType::Directory,
        (Ok(data), PathSight::As(stamp)) => stamp_of_stat(&data) == stamp,
        (Ok(_), PathSight::Absent) | (Err(_), PathSight::Folder | PathSight::As(_)) => false,
    }
}

/// Size, inode and times, as [`crate::git::stamps::stamp_of`].
#[allow(clippy::unnecessary_cast)] // the types differ from system to system
pub(in crate::git::scan) fn stamp_of_stat(data: &Stat) -> [i64; 6] {
    [
        data.st_size as i64,
        data.st_ino as i64,
        data.st_mtime as i64,
        data.st_mtime_nsec as i64,
        data.st_ctime as i64,
        data.st_ctime_nsec as i64,
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::git::stamps::{own_stamp, stamp};

    /// A folder `a` with a file `f`, as seen later than they were written by so many seconds.
    fn seen(top: &Path, later: u64) -> Sights {
        let path = RepoPath::from("a/f");
        let sights = Sights { begun: SystemTime::now() + Duration::from_secs(later), ..Sights::new() };
        sights.note_folders_above(&path);
        sights.note(path, PathSight::As(own_stamp(&top.join("a/f")).unwrap()));
        sights.note(RepoPath::from("b"), PathSight::Absent);
        sights
    }

    #[test]
    fn nothing_is_found_again_only_where_all_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        let table = Table::default();
        let write = || {
            for name in ["a", "b", "real"] {
                _ = fs::remove_dir_all(top.join(name));
                _ = fs::remove_file(top.join(name));
            }
            fs::create_dir(top.join("a")).unwrap();
            fs::write(top.join("a/f"), "one\n").unwrap();
            fs::write(top.join("index"), "index\n").unwrap();
        };
        let quiet = || Quiet {
            kept: &table,
            question: QuietQuestion { top: top.to_path_buf(), asked: 7 },
            index: stamp(&top.join("index")),
        };
        let changes: [&dyn Fn(); 7] = [
            &|| {
                let time = fs::metadata(top.join("a/f")).unwrap().modified().unwrap();
                fs::write(top.join("a/f"), "two\n").unwrap();
                fs::File::options().write(true).open(top.join("a/f")).unwrap().set_modified(time).unwrap();
            },
            &|| fs::remove_file(top.join("a/f")).unwrap(),
            &|| {
                fs::rename(top.join("a"), top.join("real")).unwrap();
                symlink("real", top.join("a")).unwrap();
            },
            &|| fs::write(top.join("b"), "").unwrap(),
            &|| fs::write(top.join("index"), "another\n").unwrap(),
            &|| fs::remove_file(top.join("index")).unwrap(),
            &|| {
                fs::remove_file(top.join("a/f")).unwrap();
                fs::create_dir(top.join("a/f")).unwrap();
            },
        ];
        for change in changes {
            write();
            quiet().keep(seen(top, 5));
            assert!(quiet().is_as_before());
            std::thread::sleep(Duration::from_millis(20)); // times of files are no finer than some milliseconds
            change();
            assert!(!quiet().is_as_before());
        }
    }

    #[test]
    fn what_was_just_written_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/f"), "one\n").unwrap();
        assert!(seen(folder.path(), 0).lasting(None).is_none());
        assert!(seen(folder.path(), 5).lasting(None).is_some());
        let more = seen(folder.path(), 5);
        more.note_more();
        assert!(more.lasting(None).is_none());
    }
}
