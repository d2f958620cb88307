//! Work of other clones: as it was when git last heard of it.

use super::{Oid, SharedWork};

/// Where a place is that is neither a worktree nor a branch of this clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The full name of the ref that git has noted for it: `refs/remotes/origin/login`.
    pub reference: String,
    /// When it was so, in seconds since 1970; `None` where nothing says so.
    pub as_of: Option<i64>,
    /// What another clone says of it, where that shared it. Its commit has the head as its parent, and the uncommitted
    /// work in its tree.
    pub shared: Option<SharedWork>,
    /// Why it is not finished there, where another clone says so: `its status is pending`.
    pub unfinished: Option<String>,
}

impl Elsewhere {
    /// What it is: `remote branch`, `shared by laptop: backend, in_progress`.
    pub fn about(&self) -> String {
        let Some(work) = &self.shared else { return "remote branch".to_string() };
        let said = [&work.story, &work.focus, &work.status].into_iter().flatten();
        let said: Vec<&str> = said.map(String::as_str).collect();
        let colon = if said.is_empty() { "" } else { ": " };
        format!("shared by {}{colon}{}", work.machine, said.join(", "))
    }
}

/// The branch that another one follows, as git last heard of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its short name: `origin/main`.
    pub name: String,
    /// Its commit, where that can be read.
    pub head: Option<Oid>,
    /// What the branch has and its upstream has not, and the other way round.
    pub distance: UpstreamDistance,
    /// When that was so, in seconds since 1970; `None` where nothing says so, or it is a branch of this clone.
    pub as_of: Option<i64>,
}

/// How far a branch and its upstream are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamDistance {
    /// In commits.
    Commits {
        /// Those that the upstream lacks.
        ahead: usize,
        /// Those that the branch lacks.
        behind: usize,
    },
    /// The upstream does not exist any more, or was never fetched.
    Gone,
    /// Its commit or history cannot be read.
    Unknown,
}

impl Upstream {
    /// How many of its commits the branch lacks, where that is known.
    pub fn behind(&self) -> Option<usize> {
        match self.distance {
            UpstreamDistance::Commits { behind, .. } => Some(behind),
            UpstreamDistance::Gone | UpstreamDistance::Unknown => None,
        }
    }
}
