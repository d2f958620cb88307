//! What names of PHP mean: by the namespace and the imports of the file.

use crate::model::RepoPath;

use super::{Reach, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Form, Mention, Qualifier, SourceFacts};
use crate::symbols::languages::php::ANY_USER;
use crate::symbols::modules::import_of;

/// So many supertypes are followed.
const MOST_SUPERTYPES: usize = 20;

/// The namespace and the name that a file means by what it writes.
fn full_name(facts: &SourceFacts, written: &str) -> (String, String) {
    let package = facts.package.as_deref().unwrap_or("");
    let joined = |parts: [&str; 2]| {
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\\")
    };
    if let Some(absolute) = written.strip_prefix('\\') {
        let (from, name) = absolute.rsplit_once('\\').unwrap_or(("", absolute));
        return (from.to_string(), name.to_string());
    }
    let (first, rest) = written.split_once('\\').unwrap_or((written, ""));
    let import = import_of(facts, first);
    let start = match import {
        Some(import) => joined([&import.from, import.original.as_deref().unwrap_or(first)]),
        None => joined([package, first]),
    };
    let all = joined([&start, rest]);
    let (from, name) = all.rsplit_once('\\').unwrap_or(("", &all));
    (from.to_string(), name.to_string())
}

impl<'s> Search<'s> {
    fn is_in(&self, path: &RepoPath, namespace: &str) -> bool {
        let facts = self.sources.facts(path);
        facts.is_some_and(|facts| facts.package.as_deref().unwrap_or("") == namespace)
    }

    /// The types of this name in a namespace.
    fn types_in<'f>(
        &'f self,
        namespace: &'f str,
        name: &'f str,
    ) -> impl Iterator<Item = (&'s RepoPath, &'s Definition)> + use<'f, 's> {
        let types = self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type);
        types.filter(|(path, _)| self.is_in(path, namespace))
    }

    /// The file of the type that a file means by a name; `None` where that is not sure.
    pub(super) fn php_home(&self, facts: &SourceFacts, written: &str) -> Option<RepoPath> {
        let (namespace, name) = full_name(facts, written);
        let mut types = self.types_in(&namespace, &name);
        match (types.next(), types.next()) {
            (Some((path, _)), None) => Some(path.clone()),
            _ => None,
        }
    }

    /// A function, constant or type that belongs to no type, as the file writes it.
    pub(super) fn php_free(&self, mention: &Mention, written: &str) -> Option<Reach<'s>> {
        let (namespace, name) = full_name(self.facts, written);
        // what is called otherwise here is not asked for
        if *name != *mention.name {
            return None;
        }
        let is_path = written.contains('\\');
        let free = self.all(mention).filter(|(_, one)| one.owner.is_none());
        let (here, global): (Vec<_>, Vec<_>) = free
            .filter(|(path, _)| self.is_in(path, &namespace) || self.is_in(path, ""))
            .partition(|(path, _)| self.is_in(path, &namespace));
        let is_type = |one: &Definition| one.kind == DefinitionKind::Type;
        let constructs =
            matches!(mention.form, Form::Call(_)) && mention.name.starts_with(char::is_uppercase);
        let open = self.facts.open;
        if constructs {
            let has_type = here.iter().any(|(_, one)| is_type(one));
            let found: Vec<_> = here.into_iter().filter(|(_, one)| !is_type(one)).collect();
            // without a constructor it is made as its supertype is
            let module = found.is_empty() && has_type;
            return Some(Reach { open, module, ..Search::exactly(found) });
        }
        let falls_back = |one: &Definition| {
            !is_path && !is_type(one) && !mention.name.starts_with(char::is_uppercase)
                || one.kind == DefinitionKind::Value && !is_path
        };
        let global = global.into_iter().filter(|(_, one)| falls_back(one));
        Some(Reach { open, ..Search::exactly(here.into_iter().chain(global).collect()) })
    }

    /// A member of what stands before `::`, or what a path leads to.
    pub(super) fn php_qualified(&self, mention: &Mention, name: &str) -> Option<Reach<'s>> {
        if name.ends_with('\\') {
            return self.php_free(mention, &format!("{name}{}", mention.name));
        }
        if name.starts_with('$') {
            return Some(self.member(mention));
        }
        self.php_member(mention, name)
    }

    /// A member of a type, as the file names that.
    pub(super) fn php_member(&self, mention: &Mention, of: &str) -> Option<Reach<'s>> {
        let (namespace, name) = full_name(self.facts, of);
        let has_type = self.types_in(&namespace, &name).next().is_some();
        has_type.then(|| self.member_of_type(mention, &name, || self.php_home(self.facts, of)))
    }

    /// Whether a type, of which this is the ancestry, may have a member that it does not tell: one that is made when it is asked
    /// for, one of those that use it where it is a trait, or a property of a supertype that nobody sees.
    pub(super) fn php_may_have(&self, mention: &Mention, ancestry: &[&str]) -> bool {
        let is_property =
            !matches!(mention.form, Form::Call(_)) && !matches!(mention.qualifier, Qualifier::Name(_));
        let is_unknown =
            |name: &str| !self.sources.named(name).any(|(_, one)| one.kind == DefinitionKind::Type);
        let is_trait = |name: &&str| {
            let mut types = self.sources.named(name);
            types.any(|(_, one)| one.bases.iter().any(|base| &**base == ANY_USER))
        };
        ancestry.len() > MOST_SUPERTYPES
            || ancestry.first().is_some_and(is_trait)
            || ancestry
                .iter()
                .filter(|name| **name != ANY_USER)
                .any(|name| *name == "?" || is_property && is_unknown(name))
    }
}
