//! Why tracking files could not be read or written, with a hint for each case.

use crate::model::shown_path;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files::FileError;
use crate::yaml::{Problem, plain};

/// Why tracking files could not be read or written. Nothing was changed, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum TrackingError {
    /// The tracking directory is not there.
    #[error("the tracking directory {} does not exist", shown_path(.dir))]
    NoDirectory {
        /// Where it should be.
        dir: PathBuf,
    },
    /// The system refused.
    #[error("cannot {doing} {}: {}", shown_path(.path), plain(.source))]
    Io {
        /// What was being done: `write`, `lock`.
        doing: &'static str,
        /// The path.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Another process holds the lock.
    #[error("another track-work is writing in {} (waited {} s)", shown_path(.dir), .waited.as_secs_f32())]
    Locked {
        /// The tracking directory.
        dir: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Somebody edited the file since it was read.
    #[error("{file} was changed by another program in the meantime; it was not written")]
    ChangedMeanwhile {
        /// The file's name.
        file: String,
    },
    /// A file that should be new is already there.
    #[error("{} already exists; it was not changed", shown_path(.path))]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// An edit names a file that is not there.
    #[error("the tracking file {file} does not exist")]
    NoFile {
        /// The file's name.
        file: String,
    },
    /// The file does not parse, so it is not edited.
    #[error("{file}, {problem}; the file was not changed")]
    Broken {
        /// The file's name.
        file: String,
        /// What is wrong with it, and where.
        problem: Problem,
    },
    /// The edit cannot be made without touching more than it should.
    #[error("{file}, {problem}; the file was not changed")]
    Refused {
        /// The file's name.
        file: String,
        /// Why, and where.
        problem: Problem,
    },
    /// An id that cannot be a file name or a key.
    #[error("{kind} id {id:?} {reason}")]
    BadId {
        /// `story` or `terminal`.
        kind: String,
        /// The id.
        id: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl TrackingError {
    /// The line the error is about, where it is about one.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            TrackingError::Broken { problem, .. } | TrackingError::Refused { problem, .. } => Some(problem),
            _ => None,
        }
    }

    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> TrackingError {
        let path = path.to_path_buf();
        move |source| TrackingError::Io { doing, path, source }
    }
}

impl From<FileError> for TrackingError {
    fn from(error: FileError) -> TrackingError {
        let FileError { doing, path, source } = error;
        TrackingError::Io { doing, path, source }
    }
}
