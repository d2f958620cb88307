//! What a member overrides that says that it does.

use super::always::is_of_any_type;
use super::{Reach, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Mention, Qualifier};
use crate::symbols::language::{Family, Language};
use crate::symbols::modules::{files_of, import_of};

impl<'s> Search<'s> {
    /// The members of the supertypes of a type that one of its own may override. Where one of them is not known, those alone
    /// that it fits: the others may be there for another one.
    pub(super) fn overridden(&self, mention: &Mention) -> Option<Reach<'s>> {
        let (owner, is_own) = match &mention.qualifier {
            Qualifier::Own(owner) => (&**owner, true),
            Qualifier::Typed(of) => (&**of, false),
            Qualifier::None | Qualifier::Name(_) | Qualifier::Imported(_) | Qualifier::Value => return None,
        };
        let (types, is_all) = self.known_ancestry(owner);
        // nor does what overrides in C# stand for what an interface asks for
        let is_type = |name: &str| self.sources.named(name).any(|(_, one)| one.kind == DefinitionKind::Type);
        let is_interface =
            |name: &str| name.strip_prefix('I').is_some_and(|rest| rest.starts_with(char::is_uppercase));
        let is_all = is_all
            || self.family == Family::CSharp && types.iter().all(|name| is_type(name) || is_interface(name));
        let is_of_super = |one: &Definition| {
            one.owner.as_deref().is_some_and(|of| types.contains(&of) && !(is_own && of == owner))
        };
        let found: Vec<_> = self.all(mention).filter(|(_, one)| is_of_super(one)).collect();
        let mut here = self
            .sources
            .named(owner)
            .filter(|(path, one)| *path == self.path && one.kind == DefinitionKind::Type);
        let is_meant = match is_own {
            true => here.all(|(_, one)| {
                let classes =
                    one.bases.iter().filter(|base| self.family != Family::CSharp || !is_interface(base));
                classes.into_iter().all(|base| self.means(base))
            }),
            false => self.means(owner),
        };
        let mut reach = Search::exactly(found);
        if !is_all || !is_meant {
            reach.found.retain(|(_, one)| one.shape.fits(mention));
            reach.open = true;
        }
        reach.open |= is_of_any_type(self.family, &mention.name);
        Some(reach)
    }

    /// Whether the file surely means a type of the repository by a name.
    fn means(&self, name: &str) -> bool {
        match (self.family, self.language) {
            (Family::CSharp, _) => self.types_of_csharp(name).is_some_and(|types| !types.is_empty()),
            (_, Language::Kotlin) => self.seen_type(name).is_some(),
            (Family::Java | Family::Ecma, _) => match import_of(self.facts, name) {
                Some(import) => !files_of(&self.sources.tree, self.family, self.path, import).is_empty(),
                None => self.home(self.path, name).is_some(),
            },
            // includes are not followed
            (Family::C, _) => {
                let mut types = self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type);
                types.next().is_some() && types.next().is_none()
            }
            (Family::Rust | Family::Go | Family::Python | Family::Php | Family::Ruby, _) => false,
        }
    }
}
