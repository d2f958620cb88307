//! Which definitions a use can mean, and whether it fits one of them.

mod always;
mod contracts;
mod homes;
mod imports;
mod inherited;
mod interfaces;
mod kotlin;
mod made;
mod namespaces;
mod overrides;
mod paths;
mod php;
mod python;
mod qualified;
mod ruby;

use crate::model::RepoPath;

use always::{is_built_in, is_of_any_type, is_without_members};

use crate::symbols::facts::{
    Definition, DefinitionKind, Form, Import, Mention, Qualifier, Shape, SourceFacts, Word,
};
use crate::symbols::language::{Family, Language};
use crate::symbols::languages::ecma::OBJECT;
use crate::symbols::languages::rust::TRAIT;
use crate::symbols::modules::{files_of, import_of};
use crate::symbols::trees::Sources;

/// A name is followed through so many modules that pass it on.
const MOST_STEPS: usize = 4;

/// How a use stands in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fitness {
    /// Nobody can say.
    Unknown,
    /// It fits a definition.
    Fits,
    /// There are definitions, and it fits none.
    Misfits,
    /// There is no definition.
    Gone,
}

/// How well it is known which definitions a use can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// By name alone: the value before it may be of any type.
    Loose,
    /// By its scope, module or type.
    Exact,
}

/// The definitions that a use can mean.
struct Reach<'s> {
    found: Vec<(&'s RepoPath, &'s Definition)>,
    certainty: Certainty,
    /// Whether the name may be defined where nobody sees it.
    open: bool,
    /// Whether the module itself is meant and is there.
    module: bool,
}

/// How a use of a file stands in a tree.
pub(super) fn standing(
    sources: &Sources,
    family: Family,
    path: &RepoPath,
    mention: &Mention,
) -> (Fitness, Certainty) {
    let unknown = (Fitness::Unknown, Certainty::Loose);
    let Some((language, facts)) = sources.files.get(path) else { return unknown };
    let search = Search { sources, family, path, facts, language: *language, steps: MOST_STEPS };
    search.made_as_another(mention).unwrap_or_else(|| search.stands(mention))
}

/// The definitions that a use of a file fits.
pub(super) fn fitting<'s>(
    sources: &'s Sources,
    family: Family,
    path: &'s RepoPath,
    mention: &Mention,
) -> Vec<(&'s RepoPath, &'s Definition)> {
    let Some((language, facts)) = sources.files.get(path) else { return Vec::new() };
    let search = Search { sources, family, path, facts, language: *language, steps: MOST_STEPS };
    let mut found = search.reach(mention).map_or(Vec::new(), |reach| reach.found);
    found.retain(|(_, one)| search.fits(one, mention));
    found
}

/// Whether the type whose member a use means has a supertype that nobody sees, which may have what it has no longer itself.
pub(super) fn may_inherit(sources: &Sources, family: Family, path: &RepoPath, mention: &Mention) -> bool {
    let (Some((language, facts)), Some(of)) = (sources.files.get(path), mention.qualifier.last()) else {
        return false;
    };
    let search = Search { sources, family, path, facts, language: *language, steps: MOST_STEPS };
    let import = import_of(facts, of);
    let of = import.and_then(|import| import.original.as_deref()).unwrap_or(of);
    !search.known_ancestry(of).1
}

/// Where a use is looked for.
struct Search<'s> {
    sources: &'s Sources,
    family: Family,
    path: &'s RepoPath,
    facts: &'s SourceFacts,
    language: Language,
    /// Through so many modules that pass it on a name is still followed.
    steps: usize,
}

impl<'s> Search<'s> {
    /// How a use stands whose name is that of what it means.
    fn stands(&self, mention: &Mention) -> (Fitness, Certainty) {
        let Some(mut reach) = self.reach(mention) else { return (Fitness::Unknown, Certainty::Loose) };
        // a field of Rust is not called without parentheses around it
        let is_call = matches!(mention.form, Form::Call(_)) && mention.qualifier != Qualifier::Value;
        reach.found.retain(|(_, one)| {
            !(self.family == Family::Rust && is_call && one.kind == DefinitionKind::Field)
        });
        // nor does one derive from what makes a value of a class
        let is_type = |one: &Definition| one.kind == DefinitionKind::Type;
        if matches!(mention.form, Form::Implementation(_)) && reach.found.iter().any(|(_, one)| is_type(one))
        {
            reach.found.retain(|(_, one)| is_type(one));
        }
        if let Form::Satisfies(of) = &mention.form {
            return (self.satisfies(&reach.found, of), reach.certainty);
        }
        let standing = if reach.module
            || reach
                .found
                .iter()
                .any(|(path, found)| self.sees(path, found, mention) && self.fits(found, mention))
        {
            match &mention.form {
                Form::Implementation(own) if self.lacks_inherited(&reach.found, own) => Fitness::Misfits,
                _ => Fitness::Fits,
            }
        } else if reach.found.is_empty() && reach.open {
            Fitness::Unknown
        } else if reach.found.is_empty() {
            Fitness::Gone
        } else {
            Fitness::Misfits
        };
        (standing, reach.certainty)
    }

    fn reach(&self, mention: &Mention) -> Option<Reach<'s>> {
        if matches!(mention.form, Form::Overrides(_)) {
            return self.overridden(mention);
        }
        if self.language == Language::Kotlin {
            return self.reach_of_kotlin(mention);
        }
        if self.family == Family::Ruby {
            return self.ruby(mention);
        }
        match &mention.qualifier {
            Qualifier::Imported(from) => self.imported(mention, from),
            Qualifier::None => self.plain(mention),
            Qualifier::Own(owner) if self.family == Family::CSharp => self.own_of_csharp(mention, owner),
            Qualifier::Own(owner) if self.family == Family::Java => self.own_of_java(mention, owner),
            Qualifier::Own(owner) if self.facts.is_cpp => self.own_of_cpp(mention, owner),
            Qualifier::Own(owner) => Some(self.member_of(mention, owner)),
            Qualifier::Name(name) => self.qualified(mention, name),
            Qualifier::Typed(of) => self.typed(mention, of),
            // what libraries have under the same name is as likely
            Qualifier::Value
                if self.family == Family::CSharp && is_of_any_type(self.family, &mention.name) =>
            {
                None
            }
            Qualifier::Value => Some(self.member(mention)),
        }
    }

    fn all(&self, mention: &Mention) -> impl Iterator<Item = (&'s RepoPath, &'s Definition)> {
        let sources = self.sources;
        // the uses of a name outlive this search only by its text
        sources.named(&mention.name).filter(|(_, found)| !found.is_listed())
    }

    fn exactly(found: Vec<(&'s RepoPath, &'s Definition)>) -> Reach<'s> {
        Reach { found, certainty: Certainty::Exact, open: false, module: false }
    }

    /// Whether a use fits a definition. A method is no value of its own where it is named after a value.
    fn fits(&self, definition: &Definition, mention: &Mention) -> bool {
        let is_method = definition.kind == DefinitionKind::Function;
        // nor does it have members that a value has
        if is_method && definition.owner.is_some() && mention.form == Form::Opened {
            let is_untyped = self.language == Language::JavaScript;
            return is_untyped || matches!(definition.shape, Shape::Any);
        }
        let names_no_method = matches!(self.family, Family::Rust | Family::Java | Family::Php)
            && matches!(mention.qualifier, Qualifier::Value | Qualifier::Typed(_))
            && matches!(mention.form, Form::Plain | Form::Opened);
        if let (Form::Assigned(function), Shape::Callable(asked)) = (&mention.form, &definition.shape) {
            let own = self.sources.named(function).filter(|(path, _)| *path == self.path);
            let differs = |one: &Definition| matches!(&one.shape, Shape::Callable(own) if own.named.len() != asked.named.len());
            return !own.map(|(_, one)| one).any(differs);
        }
        definition.shape.fits(mention) && !(is_method && names_no_method)
    }

    /// What belongs to no type, or can be named without it.
    fn is_free(&self, definition: &Definition) -> bool {
        match self.family {
            Family::Rust => definition.owner.is_none() || definition.kind == DefinitionKind::Variant,
            Family::C
            | Family::Go
            | Family::Python
            | Family::Ecma
            | Family::Java
            | Family::CSharp
            | Family::Php
            | Family::Ruby => definition.owner.is_none(),
        }
    }

    fn plain(&self, mention: &Mention) -> Option<Reach<'s>> {
        if self.facts.bound.contains(&mention.name) {
            return None;
        }
        let free: Vec<_> = self.all(mention).filter(|(_, found)| self.is_free(found)).collect();
        let here = || free.iter().copied().filter(|(path, _)| *path == self.path).collect::<Vec<_>>();
        match self.family {
            Family::Go => {
                let folder = self.path.parent();
                let beside = |path: &RepoPath| {
                    let package = self.sources.facts(path).and_then(|facts| facts.package.as_ref());
                    path.parent() == folder && package == self.facts.package.as_ref()
                };
                // what it has of packages that it takes all of
                let of_star = |star: &Word| {
                    let import = Import::of(star, star, None);
                    files_of(&self.sources.tree, self.family, self.path, &import)
                };
                let taken: Vec<Vec<RepoPath>> = self.facts.stars.iter().map(of_star).collect();
                let is_taken = |path: &RepoPath| {
                    mention.name.starts_with(char::is_uppercase)
                        && taken.iter().any(|files| files.contains(path))
                };
                let is_known = !taken.is_empty() && taken.iter().all(|files| !files.is_empty());
                let found = free.into_iter().filter(|(path, _)| beside(path) || is_taken(path)).collect();
                Some(Reach { open: self.facts.open && !is_known, ..Search::exactly(found) })
            }
            Family::Python | Family::Ecma => {
                let (mut here, import) = (here(), import_of(self.facts, &mention.name));
                // that others can import it says nothing of what it is
                let is_own = |(_, one): &(&RepoPath, &Definition)| one.kind != DefinitionKind::PassedOn;
                if here.iter().any(is_own) {
                    here.retain(is_own);
                }
                // what stands in for an import that fails
                let stands_in = |(_, one): &(&RepoPath, &Definition)| self.facts.is_conditional(one.line);
                if !here.is_empty() && (import.is_none() || !here.iter().all(stands_in)) {
                    return Some(Search::exactly(here));
                }
                if let Some(import) = import {
                    return self.imported_as(mention, import);
                }
                // removed here: whoever else has it, this file does not see it, unless it takes all that others have
                let taken = match self.family {
                    Family::Python => self.taken(mention, self.path, self.facts, MOST_STEPS),
                    _ => Search::exactly(Vec::new()),
                };
                let is_built_in = self.family == Family::Python && is_built_in(&mention.name);
                let is_known = !taken.found.is_empty() || !is_built_in;
                is_known.then_some(Reach { open: taken.open || self.facts.open, ..taken })
            }
            Family::Java => {
                let import = import_of(self.facts, &mention.name);
                let files = import.map(|import| files_of(&self.sources.tree, self.family, self.path, import));
                // another repository's
                if files.as_ref().is_some_and(Vec::is_empty) {
                    return None;
                }
                let is_meant = |path: &RepoPath| files.as_ref().is_none_or(|files| files.contains(path));
                // a type inside of another one, where the file names it so
                let is_inside = |(path, one): &(&RepoPath, &Definition)| {
                    let of_import = import.and_then(|import| import.from.rsplit('.').next());
                    one.kind == DefinitionKind::Type
                        && one.owner.is_some()
                        && (*path == self.path || one.owner.as_deref() == of_import)
                };
                let inside: Vec<_> = self.all(mention).filter(is_inside).collect();
                let free: Vec<_> =
                    free.into_iter().chain(inside).filter(|(path, _)| is_meant(path)).collect();
                let constructs =
                    matches!(mention.form, Form::Call(_)) && mention.name.starts_with(char::is_uppercase);
                if constructs {
                    // without an import it is of the same package
                    let is_seen = |path: &RepoPath| {
                        let there = || self.sources.facts(path).and_then(|facts| facts.package.as_ref());
                        import.is_some() || self.facts.open || there() == self.facts.package.as_ref()
                    };
                    let found: Vec<_> = free
                        .into_iter()
                        .filter(|(path, one)| one.kind == DefinitionKind::Function && is_seen(path))
                        .collect();
                    // without a constructor there is the one that nobody wrote
                    return (!found.is_empty()).then(|| Search::exactly(found));
                }
                if mention.name.starts_with(char::is_uppercase) {
                    return Some(Reach { open: self.facts.open, ..Search::exactly(free) });
                }
                let members: Vec<_> = self.all(mention).filter(|(_, one)| one.owner.is_some()).collect();
                Some(Reach {
                    found: members,
                    certainty: Certainty::Loose,
                    open: self.facts.open,
                    module: false,
                })
            }
            Family::Rust => {
                let here = here();
                if !here.is_empty() {
                    return Some(Search::exactly(here));
                }
                if let Some(import) = import_of(self.facts, &mention.name) {
                    return self.imported_as(mention, import);
                }
                // another crate's alias of that name is out of reach
                let is_here = |path: &RepoPath| crate_of(path) == crate_of(self.path);
                let is_alias = |one: &Definition| one.kind == DefinitionKind::Type && one.shape == Shape::Any;
                let has_own = free.iter().any(|(path, one)| is_here(path) && !is_alias(one));
                let is_meant =
                    |(path, one): &(&RepoPath, &Definition)| !has_own || is_here(path) || !is_alias(one);
                Some(Search::exactly(free.into_iter().filter(is_meant).collect()))
            }
            Family::CSharp => self.plain_of_csharp(mention),
            // which of several classes is derived from, includes tell
            Family::C if matches!(mention.form, Form::Implementation(_)) => self.only_type(mention),
            Family::C => {
                let here = here();
                if !here.is_empty() && !self.facts.is_cpp {
                    return Some(Search::exactly(here));
                }
                if self.facts.is_cpp {
                    let found = self.all(mention).collect();
                    return Some(Reach { certainty: Certainty::Loose, ..Search::exactly(found) });
                }
                Some(Search::exactly(free))
            }
            Family::Php => self.php_free(mention, &mention.name),
            Family::Ruby => self.ruby_plain(mention),
        }
    }

    /// A member of a type that is known by name.
    fn member_of(&self, mention: &Mention, owner: &str) -> Reach<'s> {
        self.member_of_type(mention, owner, || self.home(self.path, owner))
    }

    /// The same of the type in the file that `home` gives.
    fn member_of_type(
        &self,
        mention: &Mention,
        owner: &str,
        home: impl FnOnce() -> Option<RepoPath>,
    ) -> Reach<'s> {
        let members: Vec<_> = self.all(mention).filter(|(_, found)| found.owner.is_some()).collect();
        let members = self.of_this_type(members, owner, home);
        let is_of =
            |types: &[&str], found: &Definition| found.owner.as_deref().is_some_and(|of| types.contains(&of));
        let (types, elsewhere) = match self.family {
            // what a trait gives
            Family::Rust => (vec![owner], members.iter().any(|(_, found)| found.scope.starts_with(TRAIT))),
            // what nobody sees of it is not in the repository
            Family::Php | Family::Ruby => (self.known_ancestry(owner).0, false),
            // what is not known of its supertypes leaves what is known
            _ if matches!(self.language, Language::CSharp | Language::Kotlin) => {
                let (types, is_all) = self.known_ancestry(owner);
                let elsewhere = !is_all && members.iter().any(|(_, found)| !is_of(&types, found));
                (types, elsewhere)
            }
            Family::Go | Family::Python | Family::Ecma | Family::Java | Family::C | Family::CSharp => {
                match self.ancestry(owner) {
                    Some(types) => (types, false),
                    None => (vec![owner], members.iter().any(|(_, found)| !is_of(&[owner], found))),
                }
            }
        };
        let own: Vec<_> = members.into_iter().filter(|(_, found)| is_of(&types, found)).collect();
        let is_of_any = own.is_empty()
            && (is_of_any_type(self.family, &mention.name)
                || self.family == Family::Python && self.makes_members(owner)
                || self.family == Family::Ecma && !self.lists_members(owner)
                || self.family == Family::Php && self.php_may_have(mention, &types));
        Reach { open: own.is_empty() && elsewhere || is_of_any, ..Search::exactly(own) }
    }

    /// The only type of a name.
    fn only_type(&self, mention: &Mention) -> Option<Reach<'s>> {
        let mut named = self.all(mention).filter(|(_, one)| one.kind == DefinitionKind::Type);
        match (named.next(), named.next()) {
            (Some(only), None) => Some(Search::exactly(vec![only])),
            _ => None,
        }
    }

    /// Whether a name of TypeScript is that of a type or namespace, or of an object that is written out.
    fn lists_members(&self, owner: &str) -> bool {
        let lists = |one: &Definition| {
            matches!(one.kind, DefinitionKind::Type | DefinitionKind::Module) || &*one.returns == OBJECT
        };
        self.sources.named(owner).any(|(_, one)| lists(one))
    }

    /// A type with all its supertypes; `None` where one of them is not known.
    fn ancestry<'n>(&'n self, owner: &'n str) -> Option<Vec<&'n str>> {
        let (types, is_all) = self.known_ancestry(owner);
        is_all.then_some(types)
    }

    /// The same as far as it is known, and whether that is all.
    fn known_ancestry<'n>(&'n self, owner: &'n str) -> (Vec<&'n str>, bool) {
        let (mut open, mut seen, mut is_all) = (vec![owner], Vec::new(), true);
        while let Some(name) = open.pop() {
            if seen.contains(&name) || matches!(name, "object" | "Object" | "ABC" | "Protocol") {
                continue;
            }
            seen.push(name);
            let mut types =
                self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type).peekable();
            if types.peek().is_none() && is_without_members(self.family, name) {
                continue;
            }
            if types.peek().is_none() || seen.len() > 20 {
                is_all = false;
                continue;
            }
            open.extend(types.flat_map(|(_, one)| one.bases.iter().map(|base| &**base)));
        }
        (seen, is_all)
    }

    /// A member of a value of any type.
    fn member(&self, mention: &Mention) -> Reach<'s> {
        // what only a name reaches, no other value has
        let found = self.all(mention).filter(|(_, found)| found.owner.is_some() && &*found.scope != OBJECT);
        Reach { certainty: Certainty::Loose, ..Search::exactly(found.collect()) }
    }
}

/// The folder of the crate that a file of Rust is in.
pub(super) fn crate_of(path: &RepoPath) -> &[u8] {
    let path = path.as_bytes();
    memchr::memmem::find(path, b"src/").map_or(&path[..0], |end| &path[..end])
}
