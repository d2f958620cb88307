//! What a name of C# means: by the namespaces that a file is in and takes, and by the types that members belong to.

use crate::model::RepoPath;

use super::{Certainty, Reach, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Form, Mention, Word};
use crate::symbols::languages::csharp::{EXTENSION, STATIC, is_around, is_taken};
use crate::symbols::modules::import_of;

/// Whether a file sees a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    Sure,
    /// What all files take may bring it.
    Perhaps,
    Never,
}

/// Namespaces of libraries begin so.
const FOREIGN: [&str; 5] = ["System", "Microsoft", "Windows", "Newtonsoft", "NUnit"];

/// Definitions, with their files.
type SeenDefinitions<'s> = Vec<(&'s RepoPath, &'s Definition)>;

impl<'s> Search<'s> {
    /// Whether this file sees what is defined in another one by its name alone.
    fn sight(&self, path: &RepoPath, name: &str) -> Sight {
        if path == self.path {
            return Sight::Sure;
        }
        let Some(there) = self.sources.facts(path) else { return Sight::Perhaps };
        let package = there.package.as_deref().unwrap_or("");
        let is_seen =
            |own: Option<&Word>, stars: &[Word]| is_around(package, own) || is_taken(stars, package);
        if !there.gives_any && is_seen(self.facts.package.as_ref(), &self.facts.stars) {
            return Sight::Sure;
        }
        if there.gives_any || self.facts.gives_any || self.facts.open {
            return Sight::Perhaps;
        }
        // where another file has to take the namespace, no file takes it for all
        let has_to = self.sources.uses(name).any(|(at, _)| {
            let other = self.sources.facts(at);
            at != path
                && other.is_some_and(|other| {
                    !is_around(package, other.package.as_ref()) && is_taken(&other.stars, package)
                })
        });
        if has_to { Sight::Never } else { Sight::Perhaps }
    }

    /// The types that a name means; `None` where that is not sure.
    pub(super) fn types_of_csharp(&self, name: &str) -> Option<SeenDefinitions<'s>> {
        let all: SeenDefinitions<'s> =
            self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type).collect();
        let seen = |(path, one): &(&RepoPath, &Definition)| match self.sight(path, name) {
            // a type inside of another one is named with that
            Sight::Sure | Sight::Never if one.owner.is_some() && *path != self.path => Sight::Perhaps,
            sight => sight,
        };
        let sights: Vec<Sight> = all.iter().map(seen).collect();
        let sure: SeenDefinitions<'s> = all
            .into_iter()
            .zip(&sights)
            .filter(|(_, sight)| **sight == Sight::Sure)
            .map(|(one, _)| one)
            .collect();
        (!sure.is_empty() || !sights.contains(&Sight::Perhaps)).then_some(sure)
    }

    /// A name with nothing before it.
    pub(super) fn plain_of_csharp(&self, mention: &Mention) -> Option<Reach<'s>> {
        let name = &*mention.name;
        if let Some(import) = import_of(self.facts, name) {
            return self.imported_as(mention, import);
        }
        let types = self.types_of_csharp(name);
        match &mention.form {
            Form::Call(_) => {
                if types?.is_empty() {
                    return Some(Search::exactly(Vec::new()));
                }
                let is_seen = |(path, one): &(&RepoPath, &Definition)| {
                    one.owner.is_none()
                        && one.kind == DefinitionKind::Function
                        && self.sight(path, name) == Sight::Sure
                };
                let made: SeenDefinitions<'s> = self.all(mention).filter(is_seen).collect();
                // without a constructor there is the one that nobody wrote
                (!made.is_empty()).then(|| Search::exactly(made))
            }
            Form::Implementation(_) => Some(Search::exactly(types?)),
            _ => {
                let is_member = |one: &Definition| one.owner.is_some() && one.kind != DefinitionKind::Type;
                let mut found: SeenDefinitions<'s> =
                    self.all(mention).filter(|(_, one)| is_member(one)).collect();
                if found.is_empty() {
                    return Some(Reach { open: self.facts.open, ..Search::exactly(types?) });
                }
                found.extend(types.unwrap_or_default());
                Some(Reach { found, certainty: Certainty::Loose, open: self.facts.open, module: false })
            }
        }
    }

    /// A member of the own type, or of one around it.
    pub(super) fn own_of_csharp(&self, mention: &Mention, owner: &str) -> Option<Reach<'s>> {
        // a function inside of a function
        if self.facts.bound.contains(&mention.name) {
            return None;
        }
        let mut reach = self.member_of(mention, owner);
        if reach.found.is_empty() {
            let is_here = |(path, one): &(&RepoPath, &Definition)| *path == self.path && one.owner.is_some();
            reach.found = self.all(mention).filter(is_here).collect();
            // of types all of whose members it takes
            let taken: Vec<&str> =
                self.facts.stars.iter().filter_map(|star| star.strip_prefix(STATIC)).collect();
            let is_taken = |one: &Definition| {
                one.owner
                    .as_deref()
                    .is_some_and(|of| taken.iter().any(|star| star.rsplit('.').next() == Some(of)))
            };
            if reach.found.is_empty() && !reach.open {
                reach.found = self.all(mention).filter(|(_, one)| is_taken(one)).collect();
            }
            reach.open |= self.facts.open;
        }
        Some(self.with_extensions(mention, owner, reach))
    }

    /// The same with the methods that are called as if they were of the type, and with what is made for a part of a class.
    fn with_extensions(&self, mention: &Mention, owner: &str, mut reach: Reach<'s>) -> Reach<'s> {
        let is_member = !matches!(mention.form, Form::Call(_));
        let mut types = self.sources.named(owner).filter(|(_, one)| one.kind == DefinitionKind::Type);
        reach.open |= reach.found.is_empty() && is_member && types.any(|(_, one)| one.repeatable);
        reach.found.extend(self.all(mention).filter(|(_, one)| &*one.scope == EXTENSION));
        reach
    }

    /// A member of a value of a type, as the file names it.
    pub(super) fn typed_of_csharp(&self, mention: &Mention, of: &str) -> Option<Reach<'s>> {
        let import = import_of(self.facts, of);
        let name = import.and_then(|import| import.original.as_deref()).unwrap_or(of);
        let is_there = import.is_some() || !self.types_of_csharp(name)?.is_empty();
        is_there.then(|| self.with_extensions(mention, name, self.member_of(mention, name)))
    }

    /// A member of what is named before it.
    pub(super) fn qualified_of_csharp(&self, mention: &Mention, name: &str) -> Option<Reach<'s>> {
        let is_value = |one: &Definition| {
            one.owner.is_some() && matches!(one.kind, DefinitionKind::Field | DefinitionKind::Function)
        };
        if self.facts.bound.contains(name)
            || !name.starts_with(char::is_uppercase)
            || self.sources.named(name).any(|(_, one)| is_value(one))
        {
            return Some(self.member(mention));
        }
        let import = import_of(self.facts, name);
        let name = import.and_then(|import| import.original.as_deref()).unwrap_or(name);
        let is_there = import.is_some() || !self.types_of_csharp(name)?.is_empty();
        let is_member = !matches!(mention.form, Form::Call(_));
        let mut reach = is_there.then(|| self.member_of(mention, name))?;
        let mut types = self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type);
        // what is made for a part of a class is mostly one of its values
        if reach.found.is_empty() && is_member && types.any(|(_, one)| one.repeatable) {
            reach.certainty = Certainty::Loose;
        }
        // a type inside of it
        reach.found.extend(self.all(mention).filter(|(_, one)| one.kind == DefinitionKind::Type));
        Some(reach)
    }

    /// A namespace that a file takes, or what it brings of one.
    pub(super) fn brought(&self, mention: &Mention, from: &str) -> Option<Reach<'s>> {
        if FOREIGN.contains(&from.split('.').next().unwrap_or(from)) || FOREIGN.contains(&&*mention.name) {
            return None;
        }
        let last = from.rsplit('.').next().unwrap_or(from);
        let is_meant = |(path, one): &(&RepoPath, &Definition)| match one.kind {
            DefinitionKind::Module => *one.scope == *from,
            DefinitionKind::Type | DefinitionKind::Function => match &one.owner {
                Some(owner) => one.kind == DefinitionKind::Type && **owner == *last,
                None => self
                    .sources
                    .facts(path)
                    .is_some_and(|facts| facts.gives_any || facts.package.as_deref().unwrap_or("") == from),
            },
            _ => false,
        };
        let mut found: SeenDefinitions<'s> = self.all(mention).filter(is_meant).collect();
        if matches!(mention.form, Form::Call(_)) {
            found.retain(|(_, one)| one.kind == DefinitionKind::Function);
            return (!found.is_empty()).then(|| Search::exactly(found));
        }
        Some(Search::exactly(found))
    }
}
