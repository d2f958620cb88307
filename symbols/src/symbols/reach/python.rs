//! What values of Python may be beside what is written of them.

use super::{Reach, Search};
use crate::symbols::facts::{Import, Mention};
use crate::symbols::languages::python::ANY_MEMBER;
use crate::symbols::modules::{files_of, named_module};

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

    /// What stands after the path of a module, or after one of a value.
    pub(super) fn after_path(&self, mention: &Mention, path: &str) -> Option<Reach<'s>> {
        let leads =
            |module: &Import| !files_of(&self.sources.tree, self.family, self.path, module).is_empty();
        match named_module(self.facts, path).filter(leads) {
            Some(module) => self.imported(mention, &module.from),
            None => Some(self.member(mention)),
        }
    }

    /// Whether a type makes members when they are asked for.
    pub(super) fn makes_members(&self, of: &str) -> bool {
        self.known_ancestry(of).0.contains(&ANY_MEMBER)
    }
}
