//! Opens handles of libgit2 on a repository that has been discovered.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::ErrorCode;
use tempfile::TempDir;

use super::error::{self, Feature, GitError};
use super::references::References;
use super::surroundings::Surroundings;

/// Opens handles of a repository that has been discovered.
#[derive(Clone)]
pub(super) struct Opener {
    pub(super) common_dir: PathBuf,
    pub(super) stand_in: Option<Arc<TempDir>>,
    /// `GIT_WORK_TREE`, where that is not where the repository has its own.
    pub(super) named_top: Option<PathBuf>,
    pub(super) around: Surroundings,
    /// Where refs are read.
    pub(super) references: References,
}

impl Opener {
    /// Whether libgit2 is shown another folder than the repository's own.
    pub(super) fn is_stand_in(&self) -> bool {
        self.stand_in.is_some()
    }

    /// A handle of the common git folder.
    pub(super) fn common(&self) -> Result<git2::Repository, GitError> {
        let handle = match &self.stand_in {
            Some(folder) => git2::Repository::open_bare(folder.path())
                .map_err(|error| cannot_open(&self.common_dir, error))?,
            None => open_common(&self.common_dir)?,
        };
        with_files(&handle, &self.around).map_err(|error| cannot_open(&self.common_dir, error))?;
        Ok(handle)
    }

    /// A handle of one worktree.
    pub(super) fn worktree(&self, top: &Path) -> Result<git2::Repository, GitError> {
        if self.stand_in.is_none() && self.named_top.as_deref() != Some(top) {
            let opened = git2::Repository::open(top);
            return opened
                .and_then(|handle| with_files(&handle, &self.around).map(|()| handle))
                .map_err(|error| cannot_open(top, error));
        }
        let handle = self.common()?;
        handle.set_workdir(top, false).map_err(|error| cannot_open(top, error))?;
        Ok(handle)
    }
}

/// A handle keeps its configuration, so what is put into it holds for all that libgit2 does with it.
pub(super) fn with_files(handle: &git2::Repository, around: &Surroundings) -> Result<(), git2::Error> {
    around.replace_files(&mut handle.config()?)
}

pub(super) fn open_common(common_dir: &Path) -> Result<git2::Repository, GitError> {
    git2::Repository::open(common_dir).map_err(|error| cannot_open(common_dir, error))
}

pub(super) fn cannot_open(path: &Path, error: git2::Error) -> GitError {
    let message = error::plain(&error);
    let unsupported = |feature| GitError::Unsupported { path: path.to_path_buf(), feature };
    if error.code() == ErrorCode::Owner {
        let named = message.split('\'').nth(1).map(|text| Path::new(text.trim_end_matches('/')));
        return GitError::OtherOwner { path: named.unwrap_or(path).to_path_buf() };
    }
    if let Some((_, extension)) = message.split_once("unsupported extension name extensions.") {
        return unsupported(Feature::Extension(extension.to_string()));
    }
    if let Some((_, format)) = message.split_once("unknown object format ") {
        return unsupported(Feature::ObjectFormat(format.trim_matches('\'').to_string()));
    }
    if message.contains("unsupported repository version") {
        return unsupported(Feature::Version);
    }
    match error.code() {
        ErrorCode::NotFound => GitError::NoRepository { start: path.to_path_buf() },
        _ => {
            GitError::Broken { doing: format!("open the repository at {}", path.display()), reason: message }
        }
    }
}
