//! Files of a worktree whose content has to be read to tell whether they changed.

use std::io;
use std::path::PathBuf;

use crate::git::error::GitError;
use crate::git::settings::Settings;
use crate::model::{Entry, EntryKind, Oid, Reason, RepoPath};

/// A file whose content has to be looked at.
#[derive(Debug)]
pub(super) struct FileToRead {
    pub path: RepoPath,
    /// Where it is.
    pub file: PathBuf,
    pub kind: EntryKind,
    pub size: u64,
    /// What tells whether it changed since it was found.
    pub stamp: [i64; 6],
    pub known: IndexState,
}

/// What the index has for a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum IndexState {
    /// Nothing: it is untracked.
    Nothing,
    /// That it will be added.
    Announced(EntryKind),
    /// Its entry.
    Indexed(Entry),
    /// Several entries, of an unresolved merge; this is our side.
    Unmerged(Option<Oid>),
}

impl IndexState {
    /// The kind of a regular file. Where the worktree cannot hold executable bits or links, it is the
    /// kind in the index.
    pub(super) fn kind_of_file(self, mode: u32, settings: &Settings) -> EntryKind {
        let indexed = match self {
            IndexState::Indexed(entry) => Some(entry.kind),
            IndexState::Announced(kind) => Some(kind),
            IndexState::Nothing | IndexState::Unmerged(_) => None,
        };
        match indexed {
            Some(EntryKind::Symlink) if !settings.symlinks => EntryKind::Symlink,
            Some(EntryKind::Executable) if !settings.file_mode => EntryKind::Executable,
            _ if settings.file_mode && mode & 0o100 != 0 => EntryKind::Executable,
            _ => EntryKind::File,
        }
    }

    /// The blob that the index holds.
    pub(super) fn blob(self) -> Option<Oid> {
        match self {
            IndexState::Indexed(entry) => Some(entry.oid),
            IndexState::Unmerged(ours) => ours,
            IndexState::Nothing | IndexState::Announced(_) => None,
        }
    }
}

/// Why the content of a file is unknown.
#[derive(Debug, thiserror::Error)]
pub(super) enum ContentError {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{0}")]
    Library(String),
    /// Filters that did not end in so many seconds.
    #[error("filters did not end within {0} s")]
    SlowFilter(u64),
    /// A filter that cannot be run, or failed.
    #[error("the filter {name} does not run: {said}")]
    FailedFilter { name: String, said: String },
}

impl ContentError {
    /// Why the file is not determined.
    pub(super) fn reason(&self) -> Reason {
        match self {
            ContentError::SlowFilter(seconds) => Reason::SlowFilter(*seconds),
            ContentError::FailedFilter { name, said } => {
                Reason::FailedFilter { name: name.clone(), said: said.clone() }
            }
            ContentError::File(_) | ContentError::Git(_) | ContentError::Library(_) => {
                Reason::Said(self.to_string())
            }
        }
    }

    /// Whether it vanished while it was looked at.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self, ContentError::File(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
    }
}
