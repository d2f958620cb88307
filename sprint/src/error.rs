//! Why the pipeline could not answer, as data. What to try is worded by the commands.

use std::path::PathBuf;

use thiserror::Error;

use crate::config::BrokenConfig;
use crate::git::GitError;
use crate::merge::Missing;
use crate::model::{Reason, shown_path};

/// Why the pipeline could not answer.
#[derive(Debug, Error)]
pub enum Error {
    /// The repository, or a revision in it, cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// `config.yaml` is broken, and its settings matter.
    #[error(transparent)]
    Config(#[from] BrokenConfig),
    /// The target that `config.yaml` names does not exist.
    #[error("target in config.yaml: {0}")]
    ConfiguredTarget(GitError),
    /// A glob that no branch of a remote matches.
    #[error("--remotes={glob}: no branch of a remote matches")]
    NoRemoteBranch {
        /// The glob.
        glob: String,
        /// The branches that there are.
        known: Vec<String>,
    },
    /// The target's commit cannot be read.
    #[error("the target {target} cannot be read: {missing}")]
    UnreadableTarget {
        /// Its name.
        target: String,
        /// What is missing.
        missing: Missing,
    },
    /// A bare repository, and no tracking directory was named.
    #[error("a bare repository has no main worktree for the tracking files")]
    NoTrackingDir,
    /// No tracking directory was named, and where the main worktree is is not known.
    #[error("the tracking files are in the main worktree, and nothing in {} says where that is", shown_path(.0))]
    HiddenMainWorktree(PathBuf),
    /// A path that belongs to no worktree.
    #[error("{} is not in a worktree of this repository", shown_path(.0))]
    OutsideWorktrees(PathBuf),
    /// The starting folder belongs to no worktree, and no terminal was named.
    #[error("this folder is not in a worktree, so the terminal to check is unknown")]
    NoWorktreeHere,
    /// A name that can mean several terminals.
    #[error("{name} is ambiguous; it could be {}", .candidates.join(", "))]
    SeveralTerminals {
        /// The name.
        name: String,
        /// What it can mean.
        candidates: Vec<String>,
    },
    /// A name that means no terminal.
    #[error("unknown terminal: {name}")]
    NoTerminal {
        /// The name.
        name: String,
        /// The terminals that there are.
        known: Vec<String>,
    },
    /// A terminal that has no place in git.
    #[error("{terminal} is not linked to git: {why}")]
    NotLinked {
        /// Its id.
        terminal: String,
        /// Why.
        why: String,
        /// What links it.
        fix: String,
    },
    /// The work that is to be checked cannot be read.
    #[error("the work of {place} cannot be read: {reason}")]
    UnreadableWork {
        /// Its place.
        place: String,
        /// Why.
        reason: Reason,
    },
}
