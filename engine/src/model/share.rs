//! What `share` shows and did.

use super::{Oid, RepoPath};

/// What one terminal would bring to the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedTerminal {
    /// Its id.
    pub terminal: String,
    /// The full name of its ref.
    pub reference: String,
    /// The commit that is shared, once it is made.
    pub commit: Option<Oid>,
    /// What is committed.
    pub head: Option<Oid>,
    /// How many commits the target lacks.
    pub commits: usize,
    /// Paths of uncommitted work that come along.
    pub uncommitted: Vec<RepoPath>,
    /// Paths that do not, and why.
    pub left_out: Vec<(RepoPath, LeftOutFor)>,
    /// Why it is not sent as it is now.
    pub withheld: Option<String>,
    /// What is shared of it all the same, where it is not sent as it is now: what an earlier push sent, and the remote still
    /// has.
    pub earlier: Option<Oid>,
}

/// Why a path of uncommitted work is not shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOutFor {
    /// Uncommitted work was not asked for.
    Uncommitted,
    /// Untracked files were not asked for.
    Untracked,
    /// `.gitattributes` says `-track-work-share`.
    Attribute,
    /// Its name is one that files with secrets have.
    Name,
    /// It is larger than the limit.
    Size,
    /// It cannot be read, or its conflict is not resolved.
    Unreadable,
}

impl LeftOutFor {
    /// In JSON.
    pub fn name(self) -> &'static str {
        match self {
            LeftOutFor::Uncommitted => "uncommitted",
            LeftOutFor::Untracked => "untracked",
            LeftOutFor::Attribute => "attribute",
            LeftOutFor::Name => "name",
            LeftOutFor::Size => "size",
            LeftOutFor::Unreadable => "unreadable",
        }
    }

    /// For people.
    pub fn reason(self) -> &'static str {
        match self {
            LeftOutFor::Uncommitted => "not committed (--uncommitted)",
            LeftOutFor::Untracked => "untracked (--untracked)",
            LeftOutFor::Attribute => ".gitattributes: -track-work-share",
            LeftOutFor::Name => "named like a secret",
            LeftOutFor::Size => "too large",
            LeftOutFor::Unreadable => "cannot be read, or not resolved",
        }
    }
}

/// What another clone shares, as the last pull brought it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledTerminal {
    /// The full name of the ref that it is kept in.
    pub reference: String,
    /// Which machine and terminal, by the name of the ref.
    pub name: String,
    /// Its commit.
    pub commit: Option<Oid>,
    /// What its message says; `None` if it is none that `share` makes.
    pub work: Option<SharedWork>,
    /// When it was so, in seconds since 1970.
    pub as_of: Option<i64>,
    /// Whether that is too long ago.
    pub expired: bool,
}

/// What the message of a shared commit says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedWork {
    /// The id of the clone that shared it.
    pub clone: String,
    /// The name of its machine.
    pub machine: String,
    /// The terminal.
    pub terminal: String,
    /// Whether it has work that is not committed there.
    pub uncommitted: bool,
    /// The story of its session.
    pub story: Option<String>,
    /// The status of its session.
    pub status: Option<String>,
    /// The focus of its session.
    pub focus: Option<String>,
    /// The agent of its session.
    pub agent: Option<String>,
}

/// What `share` did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareAnswer {
    /// Which of its commands.
    pub act: ShareAct,
    /// The name of this machine; `None` before anything was shared.
    pub machine: Option<String>,
    /// The remote.
    pub remote: Option<String>,
    /// Whether nothing was done but shown.
    pub dry_run: bool,
    /// This clone's terminals.
    pub own: Vec<SharedTerminal>,
    /// Those of others.
    pub others: Vec<PulledTerminal>,
    /// How many refs of this clone the remote has, as far as that is known.
    pub at_remote: usize,
    /// Refs that were removed: those of this machine that are over, expired ones, all of them.
    pub removed: Vec<String>,
    /// What happened besides, in words.
    pub told: Vec<String>,
    /// The time of the run, in seconds since 1970.
    pub now: i64,
}

/// The commands of `share`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareAct {
    /// `share push`
    Push,
    /// `share pull`
    Pull,
    /// `share list`
    List,
    /// `share prune`
    Prune,
    /// `share off`
    Off,
}

impl ShareAct {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            ShareAct::Push => "push",
            ShareAct::Pull => "pull",
            ShareAct::List => "list",
            ShareAct::Prune => "prune",
            ShareAct::Off => "off",
        }
    }
}
