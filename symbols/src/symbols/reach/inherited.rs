//! Calls with nothing before them, of methods that the class around them has itself or takes from its supertypes.

use super::{Reach, Search};
use crate::symbols::facts::{DefinitionKind, Mention, Qualifier};
use crate::symbols::languages::kotlin::EXTENSION;
use crate::symbols::modules::import_of;

impl<'s> Search<'s> {
    /// Of Java. Where a static import may bring the name, any member of the name may be meant.
    pub(super) fn own_of_java(&self, mention: &Mention, owner: &str) -> Option<Reach<'s>> {
        let is_brought = import_of(self.facts, &mention.name).is_some() || !self.facts.stars.is_empty();
        match is_brought {
            true => self.plain(&unqualified(mention)),
            false => Some(self.member_of(mention, owner)),
        }
    }

    /// Of Kotlin, where functions of the package and extensions may have the name, too.
    pub(super) fn own_of_kotlin(&self, mention: &Mention, owner: &str) -> Option<Reach<'s>> {
        let is_elsewhere = self.sources.named(&mention.name).any(|(_, one)| {
            one.owner.is_none() && one.kind != DefinitionKind::Type || &*one.scope == EXTENSION
        });
        let is_brought = import_of(self.facts, &mention.name).is_some()
            || !self.facts.stars.is_empty()
            || self.facts.bound.contains(&mention.name);
        match is_elsewhere || is_brought || !self.is_surely_known(owner) {
            true => self.plain_of_kotlin(&unqualified(mention)),
            false => Some(self.member_of(mention, owner)),
        }
    }

    /// Of C++, where any function or macro may have the name, and one of a library that nobody sees.
    pub(super) fn own_of_cpp(&self, mention: &Mention, owner: &str) -> Option<Reach<'s>> {
        let is_elsewhere = self.sources.named(&mention.name).any(|(_, one)| one.owner.is_none());
        let may_be_another =
            is_elsewhere || self.facts.bound.contains(&mention.name) || is_of_library(&mention.name);
        match may_be_another || !self.is_surely_known(owner) {
            true => self.plain(&unqualified(mention)),
            false => Some(self.member_of(mention, owner)),
        }
    }

    /// Whether a class and all its supertypes are in the repository, each the only one of its name.
    fn is_surely_known(&self, owner: &str) -> bool {
        let (types, is_all) = self.known_ancestry(owner);
        let is_one = |name: &&str| {
            let mut named = self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type);
            named.next().is_some() && named.next().is_none()
        };
        is_all && types.iter().all(is_one)
    }
}

/// Functions that headers of C and C++ declare, of names that methods have, too.
const OF_LIBRARIES: &str = "abort accept access alarm begin bind clear close connect copy count data distance dup empty end exit fill find \
    fork free get index kill link listen log max min move next open pause pipe prev raise random read remove rename send signal size \
    sleep sort stat swap system time transform unlink wait write";

fn is_of_library(name: &str) -> bool {
    OF_LIBRARIES.split_whitespace().any(|one| one == name)
}

/// The same use as one of a name alone.
fn unqualified(mention: &Mention) -> Mention {
    Mention { qualifier: Qualifier::None, ..mention.clone() }
}
