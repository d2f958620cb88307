//! The lock on a tracking directory: one writer at a time.

use crate::model::shown_path;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::TrackingError;
use super::names::ARCHIVE;
use crate::files;

/// The right to write in a tracking directory, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    dir: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the lock on the directory itself, which leaves no file behind; where the platform
    /// cannot lock a directory, on a file `.lock` in it. Waits at most `wait` for another holder.
    /// Removes the temporary files of killed writers.
    ///
    /// # Errors
    /// No such directory; still held after `wait`; I/O errors.
    pub fn take(dir: &Path, wait: Duration) -> Result<Lock, TrackingError> {
        Lock::take_telling(dir, wait, |_| {})
    }

    /// The same; `tell` is given a line for people once it has waited for a second.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn take_telling(dir: &Path, wait: Duration, tell: impl Fn(&str)) -> Result<Lock, TrackingError> {
        if !dir.is_dir() {
            return Err(TrackingError::NoDirectory { dir: dir.to_path_buf() });
        }
        let told = || {
            let limit = wait.as_secs();
            tell(&format!("another track-work is writing in {}; waiting up to {limit} s", shown_path(dir)));
        };
        let file = match File::open(dir).map(|file| (files::lock(&file, wait, told), file)) {
            Ok((Ok(true), file)) => file,
            Ok((Ok(false), _)) => return Err(TrackingError::Locked { dir: dir.to_path_buf(), waited: wait }),
            Ok((Err(_), _)) | Err(_) => lock_file(dir, wait, told)?,
        };
        files::clear_stale(dir);
        files::clear_stale(&dir.join(ARCHIVE));
        Ok(Lock { dir: dir.to_path_buf(), _file: file })
    }

    /// The locked directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

fn lock_file(dir: &Path, wait: Duration, told: impl Fn()) -> Result<File, TrackingError> {
    let path = dir.join(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(TrackingError::io("open", &path))?;
    if files::lock(&file, wait, told).map_err(TrackingError::io("lock", &path))? {
        Ok(file)
    } else {
        Err(TrackingError::Locked { dir: dir.to_path_buf(), waited: wait })
    }
}
