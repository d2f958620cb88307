//! Why tracking files could not be read or written, with a hint for each case.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files::FileError;
use crate::yaml::{Problem, plain};

/// Why tracking files could not be read or written. Nothing was changed, unless it says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrackingError {
    /// The tracking directory is not there.
    #[error("there is no tracking directory {}", .dir.display())]
    NoDirectory {
        /// Where it should be.
        dir: PathBuf,
    },
    /// The system refused.
    #[error("cannot {doing} {}: {}", .path.display(), plain(.source))]
    Io {
        /// What was being done: `write`, `lock`.
        doing: &'static str,
        /// The path.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Another process holds the lock.
    #[error("another track-work is writing in {} (waited {} s)", .dir.display(), .waited.as_secs_f32())]
    Locked {
        /// The tracking directory.
        dir: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Somebody edited the file since it was read.
    #[error("{file} was changed by somebody else since it was read; it was left as it is")]
    ChangedMeanwhile {
        /// The file's name.
        file: String,
    },
    /// A file that should be new is already there.
    #[error("{} is already there; it was left as it is", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// An edit names a file that is not there.
    #[error("there is no tracking file {file}")]
    NoFile {
        /// The file's name.
        file: String,
    },
    /// The file does not parse, so it is not edited.
    #[error("{file}, {problem}; it was left as it is")]
    Broken {
        /// The file's name.
        file: String,
        /// What is wrong with it, and where.
        problem: Problem,
    },
    /// The edit cannot be made without touching more than it should.
    #[error("{file}, {problem}; it was left as it is")]
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
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            TrackingError::NoDirectory { .. } => "`track-work init` creates it".to_string(),
            TrackingError::Io { source, path, .. } => io_hint(source, path),
            TrackingError::Locked { dir, .. } => {
                format!("try again; `fuser {}` names a process that still holds it", dir.display())
            }
            TrackingError::ChangedMeanwhile { .. } => {
                "run the command again: it reads the new text".to_string()
            }
            TrackingError::Exists { .. } => {
                "change it with an editor or `track-work update`, or move it away".to_string()
            }
            TrackingError::NoFile { .. } => {
                "`track-work register` creates it; `track-work status` lists what is there".to_string()
            }
            TrackingError::Broken { .. } => "mend the file by hand, then run the command again".to_string(),
            TrackingError::Refused { .. } => {
                "write this place by hand in the plain form of the specification, then run the command again"
                    .to_string()
            }
            TrackingError::BadId { kind, .. } if kind == "story" => {
                "ids look like 1-2-user-authentication".to_string()
            }
            TrackingError::BadId { .. } => "ids look like terminal-1".to_string(),
        }
    }

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

fn io_hint(error: &std::io::Error, path: &Path) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("make {} and its folder writable for you", path.display())
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room on the disk, then run the command again; nothing was lost".to_string()
        }
        ErrorKind::NotFound => "see whether the folder is there".to_string(),
        _ => "see to it, then run the command again".to_string(),
    }
}
