//! Whether a worktree stood still while it was read: where its head is, its index, and the files that were
//! read. One that did not is read again.

use std::fs::{self, Metadata};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::model::Reason;

use super::error::ObserveError;
use super::stamps::{Stamp, stamp};

/// How long a worktree is left alone before it is read again, in milliseconds.
const PAUSES: [u64; 4] = [5, 20, 60, 120];

/// Locks that git holds while it works in a worktree.
const LOCKS: [&str; 2] = ["index.lock", "HEAD.lock"];

/// An index that is younger than this was just written.
const JUST_WRITTEN: Duration = Duration::from_millis(20);

/// What git changes in a worktree's own folder as it goes to another commit, or notes what is staged.
const NOTED: [&str; 3] = ["HEAD", "logs/HEAD", "index"];

/// These of a worktree, as they were.
#[derive(PartialEq, Eq)]
pub(super) struct Noted([Stamp; 3]);

impl Noted {
    /// As they are now.
    pub fn now(git_dir: &Path) -> Noted {
        Noted(NOTED.map(|name| stamp(&git_dir.join(name))))
    }

    /// Whether git is probably at work, as [`is_busy`], where these are as they are now.
    pub fn is_busy(&self, git_dir: &Path) -> bool {
        let written = self.index().and_then(|[_, _, seconds, nanoseconds, ..]| {
            let age = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
            SystemTime::UNIX_EPOCH.checked_add(age)?.elapsed().ok()
        });
        written.is_some_and(|age| age < JUST_WRITTEN) || is_locked(git_dir)
    }

    /// The index.
    pub fn index(&self) -> Stamp {
        self.0[2]
    }
}

/// What was read of a worktree.
pub(super) trait ReadAtRest: PartialEq {
    /// Whether files changed while they were read.
    fn is_changing(&self) -> bool;
    /// The same, where these files are not determined.
    fn without_changing(self) -> Self;
}

/// Whether git is probably at work: it holds a lock, as that of the index all through a checkout, or has just
/// written the index and may be about to write the head.
pub(super) fn is_busy(git_dir: &Path) -> bool {
    let is_new = |data: Metadata| data.modified().ok()?.elapsed().ok();
    let index = fs::metadata(git_dir.join("index")).ok().and_then(is_new);
    index.is_some_and(|age| age < JUST_WRITTEN) || is_locked(git_dir)
}

fn is_locked(git_dir: &Path) -> bool {
    LOCKS.iter().any(|name| git_dir.join(name).exists())
}

/// Reads a worktree until it stood still meanwhile. While git is at work there, two readings have to agree. A file
/// that goes on changing is not determined, and nothing is where the head or the index go on changing.
pub(super) fn read_at_rest<R: ReadAtRest>(
    git_dir: &Path,
    read: impl Fn() -> Result<R, ObserveError>,
) -> Result<R, ObserveError> {
    let mut before: Option<R> = None;
    for pause in PAUSES.into_iter().map(Some).chain([None]) {
        let was_busy = is_busy(git_dir);
        let noted = Noted::now(git_dir);
        let seen = read();
        let is_same = noted == Noted::now(git_dir);
        let is_busy = was_busy || is_busy(git_dir);
        let is_at_rest = match &seen {
            Ok(seen) if is_busy => !seen.is_changing() && before.as_ref() == Some(seen),
            Ok(seen) => !seen.is_changing(),
            Err(_) => true,
        };
        match (is_same && is_at_rest, pause) {
            (true, _) => return seen,
            (false, Some(pause)) => sleep(Duration::from_millis(pause)),
            (false, None) if is_same && !is_busy => return seen.map(R::without_changing),
            (false, None) => break,
        }
        before = seen.ok();
    }
    Err(ObserveError::Unknown(Reason::Changing))
}
