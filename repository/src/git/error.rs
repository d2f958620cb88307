//! Why a repository, or a part of it, cannot be read.

use std::path::PathBuf;

use thiserror::Error;

use crate::merge::Missing;
use crate::model::{Oid, Reason, shown_path};

/// Why a repository, or a part of it, cannot be read.
#[derive(Debug, Error)]
pub enum GitError {
    /// No repository at the starting folder or above it.
    #[error("cannot find a git repository in {start} or any folder above it", start = shown_path(.start))]
    NoRepository {
        /// Where the search began.
        start: PathBuf,
    },
    /// The folder in which the program was started does not exist any more.
    #[error("the current folder was deleted")]
    NoFolder,
    /// The repository belongs to another user.
    #[error("cannot read the repository at {path}: it belongs to another user", path = shown_path(.path))]
    OtherOwner {
        /// The folder to declare safe.
        path: PathBuf,
    },
    /// A setting that holds where merges are made alone, which nothing takes back.
    #[error("the setting {setting} holds in {here}, where merges are made, and not in {there}, where the target is checked out", here = shown_path(.here), there = shown_path(.there))]
    OnlyHere {
        /// Its name.
        setting: String,
        /// The worktree in which merges are made.
        here: PathBuf,
        /// The worktree of the target.
        there: PathBuf,
    },
    /// The repository needs something that this version cannot read.
    #[error("cannot read the repository at {path}: it uses {feature}, which this version cannot read", path = shown_path(.path))]
    Unsupported {
        /// The repository.
        path: PathBuf,
        /// What it uses.
        feature: Feature,
    },
    /// No commit has the name that was asked for.
    #[error("cannot find the revision \"{asked}\"{known}", known = known_names(.known))]
    UnknownRevision {
        /// What was asked for.
        asked: String,
        /// Names that would have been understood.
        known: Vec<String>,
    },
    /// A file or folder of the repository cannot be read.
    #[error("cannot {doing} {path}: {source}", path = shown_path(.path))]
    File {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Git data that is broken or missing.
    #[error("cannot {doing}: {reason}")]
    Broken {
        /// What was being done, to what.
        doing: String,
        /// What libgit2 or the parser said.
        reason: String,
    },
    /// The `git` program did not give the answer.
    #[error("cannot {doing}: git {reason}")]
    Program {
        /// What was being done, to what.
        doing: String,
        /// What it said, or why it did not start.
        reason: String,
    },
}

/// Why one place could not be observed.
#[derive(Debug, Error)]
pub(super) enum ObserveError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error("{0}")]
    Unknown(Reason),
}

impl From<ObserveError> for Reason {
    fn from(error: ObserveError) -> Reason {
        match error {
            ObserveError::Git(error) => Reason::Said(error.to_string()),
            ObserveError::Missing(missing) => missing.into(),
            ObserveError::Unknown(reason) => reason,
        }
    }
}

/// What a repository can use that this version cannot read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Feature {
    /// An extension, by its name.
    #[error("the extension extensions.{0}")]
    Extension(String),
    /// Another hash.
    #[error("the object format {0}")]
    ObjectFormat(String),
    /// Another store of refs.
    #[error("refs in the format {0} (extensions.refStorage)")]
    RefFormat(String),
    /// A newer version of the whole repository.
    #[error("a newer repository format")]
    Version,
}

impl GitError {
    pub(super) fn broken(doing: impl Into<String>, error: git2::Error) -> GitError {
        GitError::Broken { doing: doing.into(), reason: plain(&error) }
    }

    pub(super) fn commit(id: Oid, missing: Missing) -> GitError {
        let reason = match missing {
            Missing::Object { why, .. } => why,
            Missing::Unfetched { .. }
            | Missing::History { .. }
            | Missing::Setting { .. }
            | Missing::OutOfTime => missing.to_string(),
        };
        GitError::Broken { doing: format!("read the commit {}", id.short()), reason }
    }
}

/// What libgit2 said, without its final full stop.
pub(super) fn plain(error: &git2::Error) -> String {
    error.message().trim_end_matches('.').to_string()
}

fn known_names(known: &[String]) -> String {
    match known {
        [] => String::new(),
        _ => format!("; known branches: {}", known.join(", ")),
    }
}
