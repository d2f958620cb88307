//! Why nothing can be said of merged trees.

use thiserror::Error;

use crate::files::FileError;
use crate::files::lock::LockError;
use crate::git::GitError;
use crate::model::shown_path;

/// A command that could not be run to its end.
#[derive(Debug, Error)]
#[error("{command} could not be run on {on}: {why}{}", lines(.said))]
pub struct NotRun {
    /// The command.
    pub command: String,
    /// What was merged.
    pub on: String,
    /// Why.
    pub why: String,
    /// The last lines that it wrote.
    pub said: Vec<String>,
}

/// Lines, each on a line of its own.
fn lines(said: &[String]) -> String {
    said.iter().map(|line| format!("\n{line}")).collect()
}

/// Why merged trees cannot be tried.
#[derive(Debug, Error)]
pub enum TrialError {
    /// git failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file cannot be read or written.
    #[error("cannot {} {}: {}", .0.doing, shown_path(&.0.path), .0.source)]
    File(FileError),
    /// Another process tries merges of the same repository.
    #[error("another track-work verify is running: {by}")]
    Held {
        /// What it says about itself.
        by: String,
    },
    /// A command could not be run to its end.
    #[error(transparent)]
    NotRun(#[from] NotRun),
}

impl From<FileError> for TrialError {
    fn from(error: FileError) -> TrialError {
        TrialError::File(error)
    }
}

impl From<LockError> for TrialError {
    fn from(error: LockError) -> TrialError {
        match error {
            LockError::Held(by) => TrialError::Held { by },
            LockError::File(error) => TrialError::File(error),
        }
    }
}
