//! Work of other clones: as it was when git last heard of it.

/// Where a place is that is neither a worktree nor a branch of this clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The full name of the ref that git has noted for it: `refs/remotes/origin/login`.
    pub reference: String,
    /// When it was so, in seconds since 1970; `None` where nothing says so.
    pub as_of: Option<i64>,
}

impl Elsewhere {
    /// What it is.
    pub fn kind(&self) -> &'static str {
        "remote branch"
    }
}

/// The branch that another one follows, as git last heard of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its short name: `origin/main`.
    pub name: String,
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
