//! What a class has to have because the type that it names derives from others.

use super::Search;
use crate::model::RepoPath;
use crate::symbols::facts::{Definition, DefinitionKind, Method};

impl<'s> Search<'s> {
    /// Whether a class with these methods lacks what a supertype of the type that it names asks for. Of what was not asked
    /// about, nothing is said, nor of a supertype whose name several types have.
    pub(super) fn lacks_inherited(&self, found: &[(&'s RepoPath, &'s Definition)], own: &[Method]) -> bool {
        let mut types = found.iter().filter(|(_, one)| one.kind == DefinitionKind::Type);
        let (Some((_, named)), None) = (types.next(), types.next()) else { return false };
        let (ancestry, _) = self.known_ancestry(&named.name);
        ancestry.iter().filter(|name| ***name != *named.name).any(|name| {
            let mut types = self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type);
            let (Some((_, one)), None) = (types.next(), types.next()) else { return false };
            let is_given = |owner: &str| owner != *name && ancestry.contains(&owner);
            one.shape.required().into_iter().any(|method| {
                let gives = |(_, one): (&RepoPath, &Definition)| one.owner.as_deref().is_some_and(is_given);
                self.sources.is_asked(method)
                    && !own.iter().any(|own| own.name == *method)
                    && !self.sources.named(method).any(gives)
            })
        })
    }
}
