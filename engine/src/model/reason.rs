//! Why something is unknown, and the words for it.

use std::fmt;
use std::path::PathBuf;

use super::{Oid, RepoPath, shown_path};

/// Why a fact could not be determined. Its text, for people and for JSON, is what it displays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The question needs no look at it.
    NotLookedAt,
    /// The time was up before its turn came.
    OutOfTime,
    /// The place that a terminal's session names does not exist.
    Gone {
        /// The terminal.
        terminal: String,
        /// The branch or worktree.
        what: String,
    },
    /// A terminal has no place in git.
    NotLinked {
        /// The terminal.
        terminal: String,
    },
    /// The work of one terminal is unknown.
    Terminal {
        /// The terminal.
        id: String,
        /// Why.
        reason: Box<Reason>,
    },
    /// One path is unknown.
    Path {
        /// The path.
        path: RepoPath,
        /// Why.
        reason: Box<Reason>,
    },
    /// A git object cannot be read.
    Object {
        /// Its id.
        id: Oid,
        /// Why.
        why: String,
    },
    /// A git object is not there, and git would fetch it (a partial clone).
    Unfetched {
        /// Its id.
        id: Oid,
    },
    /// In a shallow clone, the history ends before the merge base.
    Shallow {
        /// The commit whose history was followed.
        tip: Oid,
    },
    /// A file is larger than what is read.
    LargeBlob {
        /// The blob.
        id: Oid,
        /// Its bytes.
        size: u64,
        /// As many are read.
        most: u64,
    },
    /// A file is too large for the search for renames.
    TooLargeForRenames,
    /// The search for renames needs an attribute of the file that cannot be read.
    DiffAttribute,
    /// The path needs a merge driver of the repository, and these are not run.
    DriverNotRun {
        /// Its name.
        name: String,
    },
    /// A folder rename brings a file into this folder, which git settled before, and git loses what is in
    /// it (seen with git 2.47).
    FolderLost,
    /// `merge.renormalize` depends on attributes that cannot be read.
    Renormalize,
    /// The two have no commit in common: git refuses to merge them without a flag.
    UnrelatedHistories,
    /// The index of a worktree cannot be read.
    Index {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// A worktree or branch cannot be read, and there is a known fix.
    Fixable {
        /// What is wrong.
        what: String,
        /// What fixes it.
        fix: &'static str,
    },
    /// The conflict of an unfinished merge, cherry-pick and the like is being resolved there.
    Resolving,
    /// It goes on changing while it is read.
    Changing,
    /// A filter of the configuration did not end in this many seconds.
    SlowFilter(u64),
    /// A filter of the configuration cannot be run, or failed.
    FailedFilter {
        /// Its name.
        name: String,
        /// What git and the filter said.
        said: String,
    },
    /// What git, the system or another program said.
    Said(String),
}

impl Reason {
    /// The path that it is about.
    pub fn path(&self) -> Option<&RepoPath> {
        match self {
            Reason::Path { path, .. } => Some(path),
            Reason::Terminal { reason, .. } => reason.path(),
            _ => None,
        }
    }

    /// Whether it is that a conflict is being resolved.
    pub fn is_of_resolving(&self) -> bool {
        match self {
            Reason::Resolving => true,
            Reason::Path { reason, .. } | Reason::Terminal { reason, .. } => reason.is_of_resolving(),
            _ => false,
        }
    }

    /// The reason without what fixes it, which is said apart.
    pub fn without_fix(&self) -> String {
        match self {
            Reason::Fixable { what, .. } => what.clone(),
            reason => reason.to_string(),
        }
    }

    /// Whether its text says what fixes it.
    pub fn has_fix(&self) -> bool {
        match self {
            Reason::Fixable { .. } => true,
            Reason::Path { reason, .. } | Reason::Terminal { reason, .. } => reason.has_fix(),
            _ => false,
        }
    }

    /// What makes it known, where that is a command.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Reason::Shallow { .. } => {
                Some("Fetch the rest of the history (git fetch --unshallow), then rerun.")
            }
            Reason::Unfetched { .. } => {
                Some("Fetch what is missing (git fetch --refetch --no-filter), then rerun.")
            }
            Reason::Path { reason, .. } | Reason::Terminal { reason, .. } => reason.remedy(),
            _ => None,
        }
    }

    /// What to do about a file that cannot be read.
    pub fn advice_on_file(&self) -> &'static str {
        if let Some(remedy) = self.remedy() {
            return remedy;
        }
        if let Reason::Path { reason, .. } = self {
            return reason.advice_on_file();
        }
        if matches!(self, Reason::DriverNotRun { .. }) {
            return "Try the merge by hand, or let --run-merge-drivers run its driver on copies.";
        }
        if matches!(self, Reason::SlowFilter(_)) {
            return "Its filter takes too long (filter.NAME.clean or filter.NAME.process in git's configuration); while it does, this file cannot be checked.";
        }
        if matches!(self, Reason::FailedFilter { .. }) {
            return "Let its filter run (filter.NAME.clean or filter.NAME.process in git's configuration): install what it starts; until then, this file cannot be checked.";
        }
        "Make it readable; until then, this file cannot be checked."
    }

    /// Whether what is unknown of one path may decide about others: which file is the renamed one, or what a folder
    /// rename takes along.
    pub fn reaches_other_paths(&self) -> bool {
        matches!(self, Reason::TooLargeForRenames | Reason::DiffAttribute | Reason::FolderLost)
    }

    /// The same, of one path.
    pub fn at(&self, path: &RepoPath) -> Reason {
        Reason::Path { path: path.clone(), reason: Box::new(self.clone()) }
    }

    /// The same, with what more can be said.
    pub fn and(&self, more: impl fmt::Display) -> Reason {
        match self {
            Reason::Index { file, why } => {
                Reason::Index { file: file.clone(), why: format!("{why}; {more}") }
            }
            reason => Reason::Said(format!("{reason}; {more}")),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotLookedAt => f.write_str("not looked at"),
            Reason::OutOfTime => f.write_str("the time was up before it was merged"),
            Reason::Gone { terminal, what } => write!(f, "{terminal}: {what} does not exist"),
            Reason::NotLinked { terminal } => {
                write!(f, "{terminal} is not linked to git: only declared files are compared")
            }
            Reason::Terminal { id, reason } => write!(f, "{id}: {reason}"),
            Reason::Path { path, reason } => write!(f, "{path}: {reason}"),
            Reason::SlowFilter(seconds) => write!(f, "filters did not end within {seconds} s"),
            Reason::FailedFilter { name, said } => write!(f, "its filter {name} does not run: {said}"),
            Reason::Object { id, why } => write!(f, "object {id} cannot be read: {why}"),
            Reason::Unfetched { id } => {
                write!(f, "object {id} is not here: this is a partial clone (track-work fetches nothing)")
            }
            Reason::Shallow { tip } => write!(
                f,
                "object {tip} cannot be read: its history is cut off before the merge base (shallow clone; git fetch --unshallow fetches the rest)"
            ),
            Reason::LargeBlob { id, size, most } => {
                write!(f, "blob {id} has {size} bytes, more than the {most} that are read")
            }
            Reason::TooLargeForRenames => f.write_str("too large to be compared with other files"),
            Reason::FolderLost => f.write_str(
                "git may lose files in this folder, because a folder rename brings a file into it",
            ),
            Reason::DiffAttribute => {
                f.write_str("its attribute diff, which the search for renames needs, cannot be read")
            }
            Reason::DriverNotRun { name } => {
                write!(f, "custom merge driver {name} is not run without --run-merge-drivers")
            }
            Reason::Renormalize => {
                f.write_str("merge.renormalize uses a .gitattributes that cannot be determined")
            }
            Reason::UnrelatedHistories => f.write_str(
                "git refuses: unrelated histories (--allow-unrelated-histories merges them anyway)",
            ),
            Reason::Index { file, why } => {
                write!(f, "the index {} cannot be read: {why}", shown_path(file))
            }
            Reason::Fixable { what, fix } => write!(f, "{what} ({fix})"),
            Reason::Resolving => f.write_str("its conflict is not resolved yet"),
            Reason::Changing => f.write_str("it keeps changing while it is read"),
            Reason::Said(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Reason {
        Reason::Said(text.to_string())
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Reason {
        Reason::Said(text)
    }
}
