//! Types that are made by the constructor of a supertype, as they have none themselves.

use crate::model::RepoPath;

use super::{Certainty, Fitness, MOST_STEPS, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Form, Mention, Qualifier};
use crate::symbols::language::Family;

impl<'s> Search<'s> {
    /// How a call of the only type of its name stands that is made as its supertype is; `None` where it is none, or nobody can say
    /// how that is made.
    pub(super) fn made_as_another(&self, mention: &Mention) -> Option<(Fitness, Certainty)> {
        let is_after_module = self.family == Family::Ruby && matches!(mention.qualifier, Qualifier::Name(_));
        if !matches!(mention.form, Form::Call(_)) || mention.qualifier != Qualifier::None && !is_after_module
        {
            return None;
        }
        let mut made = self.derived(&mention.name)?;
        for _ in 0..MOST_STEPS {
            let (path, (module, name)) = (made.0, made.1.maker());
            match self.derived(name).filter(|_| module.is_none()) {
                Some(further) => made = further,
                None => {
                    let (language, facts) = self.sources.files.get(path)?;
                    let there = Search { path, facts, language: *language, ..*self };
                    let module = module.or_else(|| self.module_of_both(made.1, name));
                    let qualifier = module.map_or(Qualifier::None, |module| Qualifier::Name(module.into()));
                    let asked = Mention { name: name.into(), qualifier, ..mention.clone() };
                    let found = there.stands(&asked);
                    return matches!(found.0, Fitness::Fits | Fitness::Misfits).then_some(found);
                }
            }
        }
        None
    }

    /// The module of a type of Ruby, where it has a type of this name, too, which is meant in it before others are.
    fn module_of_both<'d>(&self, made: &'d Definition, name: &str) -> Option<&'d str> {
        let is_beside = |one: &Definition| {
            one.kind == DefinitionKind::Type && one.scope == made.scope && one.owner.is_none()
        };
        let is_there = self.sources.named(name).any(|(_, one)| is_beside(one));
        let module = made.scope.rsplit("::").next().filter(|module| !module.is_empty());
        module.filter(|_| self.family == Family::Ruby && is_there)
    }

    /// The only type of a name, where it is made as another one is.
    fn derived(&self, name: &str) -> Option<(&'s RepoPath, &'s Definition)> {
        let mut named = self.sources.named(name).filter(|(_, one)| one.kind != DefinitionKind::PassedOn);
        match (named.next(), named.next()) {
            (Some(only), None) => Some(only).filter(|(_, one)| one.is_made_as_another()),
            _ => None,
        }
    }
}
