//! What a name of Kotlin means: by the package that a file is in, by its imports, and by the types that members belong to.

use crate::model::RepoPath;

use super::{Certainty, Reach, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Form, Mention, Qualifier};
use crate::symbols::language::Language;
use crate::symbols::languages::kotlin::EXTENSION;
use crate::symbols::modules::import_of;

/// Members that values of all types have, or of many that are no one's own.
const OF_MANY: &str = "add addAll also any apply associate asSequence by clear close collect compareTo component1 component2 component3 \
    component4 component5 contains containsKey copy count emit endsWith entries equals filter find first firstOrNull flatMap fold \
    forEach format get getOrDefault getOrNull getOrPut groupBy hashCode indexOf indices invoke isEmpty isNotEmpty isNullOrEmpty iterator \
    joinToString key keys last lastOrNull launch let map mapNotNull message minus name next none ordinal plus println put read remove \
    replace reversed run set single size sort sorted split start startsWith stop substring sum take takeIf takeUnless to toByteArray toInt \
    toList toLong toMap toMutableList toSet toString trim update use value valueOf values with write zip";

type DefinedAt<'s> = (&'s RepoPath, &'s Definition);

fn is_of_many(name: &str) -> bool {
    OF_MANY.split(' ').any(|one| one == name)
}

impl<'s> Search<'s> {
    pub(super) fn reach_of_kotlin(&self, mention: &Mention) -> Option<Reach<'s>> {
        match &mention.qualifier {
            Qualifier::Imported(from) => Some(self.in_package(mention, from)),
            Qualifier::None => self.plain_of_kotlin(mention),
            Qualifier::Name(name) => self.qualified_of_kotlin(mention, name),
            Qualifier::Typed(of) => {
                let of = self.seen_type(of)?;
                Some(self.member_of_kotlin(mention, &of))
            }
            Qualifier::Own(owner) => self.own_of_kotlin(mention, owner),
            Qualifier::Value => self.any_member(mention),
        }
    }

    fn package(&self, path: &RepoPath) -> &str {
        self.sources.facts(path).and_then(|facts| facts.package.as_deref()).unwrap_or("")
    }

    /// Whether a file sees what stands in another one outside of types, without an import of it alone.
    fn is_seen_at(&self, path: &RepoPath) -> bool {
        let package = self.package(path);
        path == self.path
            || package == self.facts.package.as_deref().unwrap_or("")
            || self.facts.stars.iter().any(|star| **star == *package)
    }

    /// What an import brings: of a package, or of a type.
    fn in_package(&self, mention: &Mention, from: &str) -> Reach<'s> {
        let last = from.rsplit('.').next().unwrap_or(from);
        let is_meant = |(path, one): &DefinedAt<'s>| match &one.owner {
            Some(owner) if &*one.scope == EXTENSION => self.package(path) == from || **owner == *last,
            Some(owner) => **owner == *last,
            None => self.package(path) == from,
        };
        let mut found: Vec<_> = self.all(mention).filter(is_meant).collect();
        // what is called is no type
        let makes = |(_, one): &DefinedAt<'s>| one.kind != DefinitionKind::Type;
        if matches!(mention.form, Form::Call(_)) && found.iter().any(makes) {
            found.retain(makes);
        }
        Search::exactly(found)
    }

    /// Whether a file of Kotlin has in this package, or in this type, what a file of Java imports from there.
    pub(super) fn is_of_kotlin(&self, mention: &Mention, from: &str) -> bool {
        let there = self.in_package(mention, from).found;
        there.iter().any(|(path, _)| Language::of(path) == Some(Language::Kotlin))
    }

    pub(super) fn plain_of_kotlin(&self, mention: &Mention) -> Option<Reach<'s>> {
        if self.facts.bound.contains(&mention.name) {
            return None;
        }
        if let Some(import) = import_of(self.facts, &mention.name) {
            let asked = Mention { name: import.original.clone()?, ..mention.clone() };
            let mut reach = self.in_package(&asked, &import.from);
            let calls = matches!(mention.form, Form::Call(_));
            let is_type = |(_, one): &DefinedAt<'s>| one.kind == DefinitionKind::Type;
            if matches!(mention.form, Form::Implementation(_) | Form::Cases(_)) {
                reach.found.retain(is_type);
                return Some(reach);
            }
            // what makes it is not written
            if calls && !reach.found.is_empty() && reach.found.iter().all(is_type) {
                return None;
            }
            // a member of that name is as likely, where a value has it without saying so
            let hides = |(_, one): &DefinedAt<'s>| one.owner.is_some() && one.kind != DefinitionKind::Type;
            let members: Vec<_> = self.all(mention).filter(hides).collect();
            if !members.is_empty() && !reach.found.is_empty() {
                reach.found.extend(members);
                reach.certainty = Certainty::Loose;
            }
            return Some(reach);
        }
        let open = !self.facts.stars.is_empty();
        let is_type_name = mention.name.starts_with(char::is_uppercase);
        let free: Vec<_> =
            self.all(mention).filter(|(path, one)| one.owner.is_none() && self.is_seen_at(path)).collect();
        if matches!(mention.form, Form::Implementation(_) | Form::Cases(_)) {
            let types = free.into_iter().filter(|(_, one)| one.kind == DefinitionKind::Type).collect();
            return Some(Reach { open, ..Search::exactly(types) });
        }
        let members: Vec<_> = self.all(mention).filter(|(_, one)| one.owner.is_some()).collect();
        if is_type_name && members.is_empty() {
            let (types, made): (Vec<_>, Vec<_>) =
                free.into_iter().partition(|(_, one)| one.kind == DefinitionKind::Type);
            return match (&mention.form, types.is_empty(), made.is_empty()) {
                (Form::Call(_), false, true) => None,
                (Form::Call(_), ..) => Some(Reach { open, ..Search::exactly(made) }),
                _ => Some(Reach { open, ..Search::exactly(types.into_iter().chain(made).collect()) }),
            };
        }
        if members.is_empty() {
            return Some(Reach { open, ..Search::exactly(free) });
        }
        if is_of_many(&mention.name) {
            return None;
        }
        let found = free.into_iter().chain(members).collect();
        Some(Reach { found, certainty: Certainty::Loose, open, module: false })
    }

    /// The name of the type that a file surely means by this name.
    pub(super) fn seen_type(&self, name: &str) -> Option<String> {
        if self.facts.bound.contains(name) {
            return None;
        }
        let mut types = self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type);
        if let Some(import) = import_of(self.facts, name) {
            let original = import.original.as_deref()?;
            let asked = Mention {
                name: original.into(),
                qualifier: Qualifier::Imported(import.from.clone()),
                form: Form::Plain,
                line: 0,
            };
            let is_type = |(_, one): &DefinedAt<'s>| one.kind == DefinitionKind::Type;
            let is_there = self.in_package(&asked, &import.from).found.iter().any(is_type);
            return is_there.then(|| original.to_string());
        }
        let is_meant = |(path, one): (&RepoPath, &Definition)| {
            if one.owner.is_some() { path == self.path } else { self.is_seen_at(path) }
        };
        types.any(is_meant).then(|| name.to_string())
    }

    /// A member of a type, and what is called as one.
    fn member_of_kotlin(&self, mention: &Mention, of: &str) -> Reach<'s> {
        let mut reach = self.member_of(mention, of);
        reach.open |= reach.found.is_empty() && is_of_many(&mention.name);
        reach.found.extend(self.all(mention).filter(|(_, one)| &*one.scope == EXTENSION));
        reach
    }

    fn any_member(&self, mention: &Mention) -> Option<Reach<'s>> {
        (!is_of_many(&mention.name)).then(|| self.member(mention))
    }

    fn qualified_of_kotlin(&self, mention: &Mention, name: &str) -> Option<Reach<'s>> {
        let is_value = |one: &Definition| {
            matches!(one.kind, DefinitionKind::Field | DefinitionKind::Value | DefinitionKind::Variant)
        };
        if self.facts.bound.contains(name)
            || !name.starts_with(char::is_uppercase)
            || self.sources.named(name).any(|(_, one)| is_value(one))
        {
            return self.any_member(mention);
        }
        let of = self.seen_type(name)?;
        let mut reach = self.member_of_kotlin(mention, &of);
        // a type inside of it
        let is_inner = |(_, one): &DefinedAt<'s>| one.kind == DefinitionKind::Type || one.owner.is_none();
        if reach.found.is_empty() && self.all(mention).any(|one| is_inner(&one)) {
            reach.open = true;
        }
        Some(reach)
    }
}
