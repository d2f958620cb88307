//! What values of Python may be beside what is written of them.

use super::{Reach, Search};
use crate::symbols::facts::Mention;
use crate::symbols::languages::python::ANY_MEMBER;

impl<'s> Search<'s> {
    /// Adds what derived classes have: a value of a class may be one of theirs. One of a protocol may be of any class.
    pub(super) fn with_subtypes(&self, mention: &Mention, of: &str, reach: &mut Reach<'s>) {
        let (own, _) = self.known_ancestry(of);
        let is_protocol =
            self.sources.named(of).any(|(_, one)| one.bases.iter().any(|base| &**base == "Protocol"));
        let may_be = |owner: &str| {
            !own.contains(&owner) && (is_protocol || self.known_ancestry(owner).0.contains(&of))
        };
        let of_others = self.all(mention).filter(|(_, one)| one.owner.as_deref().is_some_and(&may_be));
        let of_others: Vec<_> = of_others.collect();
        reach.found.extend(of_others);
    }

    /// Whether a type makes members when they are asked for.
    pub(super) fn makes_members(&self, of: &str) -> bool {
        self.known_ancestry(of).0.contains(&ANY_MEMBER)
    }
}
