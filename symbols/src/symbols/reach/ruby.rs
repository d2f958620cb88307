//! What names of Ruby mean: constants are found by their name, methods in a type and all that it takes them from.

use crate::model::RepoPath;

use super::{Certainty, Reach, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Form, Mention, Qualifier};
use crate::symbols::languages::ruby::{MODULE, is_of_any_object};

impl<'s> Search<'s> {
    /// What a use means.
    pub(super) fn ruby(&self, mention: &Mention) -> Option<Reach<'s>> {
        let is_constant = |name: &str| name.starts_with(char::is_uppercase);
        let is_alone = matches!(mention.qualifier, Qualifier::None | Qualifier::Own(_));
        if is_alone && !is_constant(&mention.name) && self.facts.bound.contains(&mention.name) {
            return None;
        }
        match &mention.qualifier {
            Qualifier::Imported(from) => self.imported(mention, from),
            Qualifier::None => self.ruby_plain(mention),
            Qualifier::Name(module) if is_constant(&mention.name) => {
                self.ruby_constant(mention, Some(module))
            }
            Qualifier::Name(of) if !is_constant(of) => Some(self.member(mention)),
            Qualifier::Own(of) | Qualifier::Name(of) | Qualifier::Typed(of) => self.ruby_member(mention, of),
            Qualifier::Value => Some(self.member(mention)),
        }
    }

    /// A constant, or a method with nothing before it outside of types.
    pub(super) fn ruby_plain(&self, mention: &Mention) -> Option<Reach<'s>> {
        if mention.name.starts_with(char::is_uppercase) {
            return self.ruby_constant(mention, None);
        }
        let (here, elsewhere): (Vec<_>, Vec<_>) = self.all(mention).partition(|(path, _)| *path == self.path);
        let free: Vec<_> = here.iter().copied().filter(|(_, one)| one.owner.is_none()).collect();
        match free.is_empty() {
            false => Some(Search::exactly(free)),
            // by a module that something takes in
            true if !here.is_empty()
                || elsewhere.iter().any(|(_, one)| one.owner.is_some() || one.conditional) =>
            {
                None
            }
            true => Some(Search::exactly(elsewhere)),
        }
    }

    /// A constant, in a module where that is named.
    pub(super) fn ruby_constant(&self, mention: &Mention, module: Option<&str>) -> Option<Reach<'s>> {
        let is_inside = |one: &Definition| match module {
            Some(module) => one.scope.rsplit("::").next() == Some(module),
            None => true,
        };
        let found: Vec<_> = self
            .all(mention)
            .filter(|(_, one)| one.owner.is_none() && one.kind != DefinitionKind::PassedOn && is_inside(one))
            .collect();
        if !matches!(mention.form, Form::Call(_)) {
            return Some(Search::exactly(found));
        }
        let (types, makers): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(_, one)| one.kind != DefinitionKind::Function);
        // without a constructor it is made as its supertype is
        let is_made =
            |(_, of): &(&RepoPath, &Definition)| makers.iter().any(|(_, maker)| maker.scope == of.scope);
        let module = !types.iter().all(is_made);
        Some(Reach { module, ..Search::exactly(makers) })
    }

    /// Whether a call of a method with nothing before it may mean one of these, which other types have: one that derives from
    /// the class around it, or that something takes in.
    fn may_be_anothers(
        &self,
        mention: &Mention,
        owner: &str,
        others: &[(&'s RepoPath, &'s Definition)],
    ) -> bool {
        let types = |name: &str| {
            let name = name.to_string();
            self.sources.named(&name).filter(|(_, one)| one.kind == DefinitionKind::Type).collect::<Vec<_>>()
        };
        let is_class = |name: &str| {
            let found = types(name);
            !found.is_empty() && found.iter().all(|(_, one)| &*one.types != MODULE)
        };
        let is_known = self.known_ancestry(owner).1 && is_class(owner);
        let is_apart = |one: &Definition| {
            one.owner.as_deref().is_some_and(|of| {
                let (above, is_all) = self.known_ancestry(of);
                is_class(of) && is_all && !above.contains(&owner)
            })
        };
        let is_free = self.facts.in_blocks.contains(mention.name.trim_end_matches(['?', '!']))
            || self.all(mention).any(|(_, one)| one.owner.is_none());
        !(others.is_empty() || is_known && !is_free && others.iter().all(|(_, one)| is_apart(one)))
    }

    /// A member of a type. Where something of the type is out of sight, it may have any.
    pub(super) fn ruby_member(&self, mention: &Mention, owner: &str) -> Option<Reach<'s>> {
        let (types, _) = self.known_ancestry(owner);
        let is_type = |name: &str| self.sources.named(name).any(|(_, one)| one.kind == DefinitionKind::Type);
        if !is_type(owner) {
            return None;
        }
        let members: Vec<_> = self.all(mention).filter(|(_, one)| one.owner.is_some()).collect();
        let is_of = |one: &Definition| one.owner.as_deref().is_some_and(|of| types.contains(&of));
        let (own, others): (Vec<_>, Vec<_>) = members.into_iter().partition(|(_, one)| is_of(one));
        if !own.is_empty() {
            return Some(Search::exactly(own));
        }
        let is_own = matches!(mention.qualifier, Qualifier::Own(_));
        // what takes in the type, or is taken in elsewhere, may have it
        let is_given = |one: &Definition| one.conditional || one.owner.as_deref() == Some("ClassMethods");
        if others.iter().any(|(_, one)| is_given(one))
            || is_of_any_object(&mention.name)
            || types.contains(&"?")
            || is_own && self.may_be_anothers(mention, owner, &others)
        {
            return None;
        }
        let certainty = match types.iter().all(|name| is_type(name)) {
            true => Certainty::Exact,
            false => Certainty::Loose,
        };
        Some(Reach { certainty, ..Search::exactly(own) })
    }
}
