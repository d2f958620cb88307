//! Types that are made by the constructor of a supertype, as they have none themselves.

use crate::model::RepoPath;

use super::{Certainty, Fitness, MOST_STEPS, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Form, Mention, Qualifier};

impl<'s> Search<'s> {
    /// How a call of the only type of its name stands that is made as its supertype is; `None` where it is none, or nobody can say
    /// how that is made.
    pub(super) fn made_as_another(&self, mention: &Mention) -> Option<(Fitness, Certainty)> {
        if !matches!((&mention.form, &mention.qualifier), (Form::Call(_), Qualifier::None)) {
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
                    let qualifier = module.map_or(Qualifier::None, |module| Qualifier::Name(module.into()));
                    let asked = Mention { name: name.into(), qualifier, ..mention.clone() };
                    let found = there.stands(&asked);
                    return matches!(found.0, Fitness::Fits | Fitness::Misfits).then_some(found);
                }
            }
        }
        None
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
