//! The one answer to "can these two influence each other?".

/// How the work of two branches interacts; `P` is what is known of the files that both edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interaction<P = ()> {
    /// Neither can change the outcome of merging the other.
    None,
    /// Both edit files that stay where they are, and nothing else is involved.
    Edits(P),
    /// Added, deleted or renamed files are involved, or folders, or commits that both have.
    Structural,
}
