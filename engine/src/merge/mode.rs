//! What a merge is made for.

/// What a merge is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeMode {
    /// To have its result, with the conflicts settled like this.
    Write(Favor),
    /// To know where it stops: a dry run, in which no merged content and no tree is written.
    DryRun,
}

/// How conflicts are settled (`git merge -X`). They count as conflicts all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Favor {
    /// Not at all.
    Neither,
    /// As `git merge -X theirs` does; and where that still stops, each unmerged path becomes their
    /// version, or is removed where they have none.
    Theirs,
}

impl MergeMode {
    /// Whether merged content is written.
    pub fn writes(self) -> bool {
        self != MergeMode::DryRun
    }

    /// Whether their side wins where the sides conflict.
    pub fn favors_theirs(self) -> bool {
        self == MergeMode::Write(Favor::Theirs)
    }
}
