//! Why a run cannot go on, other than for a person to resolve something.

use std::path::PathBuf;

use thiserror::Error;

use crate::files::FileError;
use crate::files::lock::LockError;
use crate::git::GitError;
use crate::model::shown_path;
use crate::trials::error::NotRun;

/// Why a run cannot go on.
#[derive(Debug, Error)]
pub enum MergingError {
    /// git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file of the run cannot be read or written.
    #[error("cannot {} {}: {}", .0.doing, shown_path(&.0.path), .0.source)]
    File(FileError),
    /// Another process has the run.
    #[error("another track-work merge is running: {by}")]
    Held {
        /// What it says about itself.
        by: String,
    },
    /// The note of the run is damaged.
    #[error("{} cannot be understood: {why}", shown_path(.path))]
    Unclear {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The rest of the run cannot be planned.
    #[error("cannot plan the merges: {0}")]
    Plan(String),
    /// A command could not be run to its end.
    #[error("{error}")]
    NotRun {
        /// Which, on what, and why.
        error: NotRun,
        /// Whether the run can be continued.
        continues: bool,
    },
    /// What was asked for does not fit the state of the run.
    #[error("{message}")]
    Unfit {
        /// Why.
        message: String,
        /// What to do.
        help: String,
    },
}

impl MergingError {
    /// What does not fit, and what to do.
    pub fn unfit(message: impl Into<String>, help: impl Into<String>) -> MergingError {
        MergingError::Unfit { message: message.into(), help: help.into() }
    }
}

impl From<LockError> for MergingError {
    fn from(error: LockError) -> MergingError {
        match error {
            LockError::Held(by) => MergingError::Held { by },
            LockError::File(error) => MergingError::File(error),
        }
    }
}

impl From<FileError> for MergingError {
    fn from(error: FileError) -> MergingError {
        MergingError::File(error)
    }
}
