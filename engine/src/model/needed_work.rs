//! Whose uncommitted work a conflict needs.

/// Without whose uncommitted work a conflict is gone. Of a conflict that commits alone do not have, neither means that
/// the uncommitted work of one of the two is enough, whoever that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededWork {
    /// That of our side.
    pub ours: bool,
    /// That of their side.
    pub theirs: bool,
}

impl NeededWork {
    /// The same seen from the other side.
    pub fn swapped(self) -> NeededWork {
        NeededWork { ours: self.theirs, theirs: self.ours }
    }
}
