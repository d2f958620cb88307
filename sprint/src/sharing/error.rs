//! Why something cannot be shared.

use std::path::PathBuf;

use thiserror::Error;

use crate::files::FileError;
use crate::files::lock::LockError;
use crate::git::GitError;
use crate::model::shown_path;

/// Why something cannot be shared.
#[derive(Debug, Error)]
pub enum SharingError {
    /// git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file of `share` cannot be read or written.
    #[error("cannot {} {}: {}", .0.doing, shown_path(&.0.path), .0.source)]
    File(FileError),
    /// Another process shares.
    #[error("another track-work share is running: {by}")]
    HeldShare {
        /// What it says about itself.
        by: String,
    },
    /// The settings of `share` are damaged.
    #[error("{} cannot be understood: {why}", shown_path(.path))]
    UnclearSettings {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It must not be done.
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
        /// What to do.
        help: String,
    },
}

impl SharingError {
    /// What must not be done, and what to do.
    pub fn refused(message: impl Into<String>, help: impl Into<String>) -> SharingError {
        SharingError::Refused { message: message.into(), help: help.into() }
    }
}

impl From<LockError> for SharingError {
    fn from(error: LockError) -> SharingError {
        match error {
            LockError::Held(by) => SharingError::HeldShare { by },
            LockError::File(error) => SharingError::File(error),
        }
    }
}

impl From<FileError> for SharingError {
    fn from(error: FileError) -> SharingError {
        SharingError::File(error)
    }
}
