//! Opens handles of libgit2 on a repository that has been discovered.

use crate::model::shown_path;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::ErrorCode;

use super::admin;
use super::configuration::SettingsFile;
use super::error::{self, Feature, GitError};
use super::lifetime::Scratch;
use super::owners;
use super::references::References;
use super::setting_files;
use super::surroundings::Surroundings;

/// Opens handles of a repository that has been discovered.
#[derive(Clone)]
pub(super) struct Opener {
    pub(super) common_dir: PathBuf,
    pub(super) stand_in: Option<Arc<Scratch>>,
    /// `GIT_WORK_TREE`, where that is not where the repository has its own.
    pub(super) named_top: Option<PathBuf>,
    pub(super) around: Surroundings,
    /// All settings, where libgit2 does not find all.
    pub(super) elsewhere: Option<Arc<SettingsFile>>,
    /// Where refs are read.
    pub(super) references: References,
}

impl Opener {
    /// A handle of the common git folder.
    pub(super) fn common(&self) -> Result<git2::Repository, GitError> {
        let handle = match &self.stand_in {
            Some(folder) => git2::Repository::open_bare(folder.path())
                .map_err(|error| cannot_open(&self.common_dir, error))?,
            None => open_common(&self.common_dir)?,
        };
        self.configured(&handle).map_err(|error| cannot_open(&self.common_dir, error))?;
        Ok(handle)
    }

    /// A handle of one worktree.
    pub(super) fn worktree(&self, top: &Path) -> Result<git2::Repository, GitError> {
        refuse_no_file(top)?;
        // the main worktree that `core.worktree` names has no `.git`
        let is_found_there = || std::fs::symlink_metadata(top.join(".git")).is_ok();
        if self.stand_in.is_none() && self.named_top.as_deref() != Some(top) && is_found_there() {
            let opened = git2::Repository::open(top);
            // as git judges whose it is
            let is_trusted = || owners::refuse_others(top, &self.around).is_ok();
            match opened {
                Err(error) if error.code() == ErrorCode::Owner && is_trusted() => {}
                opened => {
                    return opened
                        .and_then(|handle| self.configured(&handle).map(|()| handle))
                        .map_err(|error| cannot_open(top, error));
                }
            }
        }
        let handle = self.common()?;
        handle.set_workdir(top, false).map_err(|error| cannot_open(top, error))?;
        Ok(handle)
    }

    /// A handle keeps its configuration, so what is put into it holds for all that libgit2 does with it.
    fn configured(&self, handle: &git2::Repository) -> Result<(), git2::Error> {
        let mut config = handle.config()?;
        self.around.replace_files(&mut config)?;
        self.elsewhere.as_ref().map_or(Ok(()), |file| file.put_before(&mut config))
    }
}

/// Refuses a git folder with a pipe or a folder in the place of a file.
pub(super) fn refuse_no_file(start: &Path) -> Result<(), GitError> {
    let Some(git_dir) = admin::git_dir_above(start) else { return Ok(()) };
    if let Some(path) = admin::no_file(&git_dir) {
        let why = "is not a file, or too large";
        let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, why);
        return Err(GitError::File { doing: "read", path, source });
    }
    setting_files::refuse_odd(vec![git_dir.join("config.worktree")])
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
        ErrorCode::NotFound if path.is_relative() && Path::new(".").canonicalize().is_err() => {
            GitError::NoFolder
        }
        ErrorCode::NotFound => GitError::NoRepository { start: path.to_path_buf() },
        _ => GitError::Broken {
            doing: format!("open the repository at {}", shown_path(path)),
            reason: message,
        },
    }
}
