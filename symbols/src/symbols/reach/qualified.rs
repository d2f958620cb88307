//! What a use means by what stands before it: a value whose type is known, or a name.

use crate::model::RepoPath;

use super::{Reach, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Form, Import, Mention, SourceFacts};
use crate::symbols::language::Family;
use crate::symbols::modules::{files_of, import_of, is_foreign};
use crate::symbols::trees::Sources;

impl<'s> Search<'s> {
    /// A member of a value of a type, as the file names it.
    pub(super) fn typed(&self, mention: &Mention, of: &str) -> Option<Reach<'s>> {
        let import = import_of(self.facts, of);
        let name = import.and_then(|import| import.original.as_deref()).unwrap_or(of);
        match self.family {
            Family::Rust => {
                let is_foreign =
                    import.is_some_and(|import| is_foreign(&self.sources.tree, self.path, &import.from));
                (!is_foreign).then(|| self.member_of(mention, name))
            }
            Family::Go => {
                let (folder, name) = match of.strip_suffix("()") {
                    Some(function) => match package_of(self.sources, self.path, self.facts, function) {
                        Some(function) => match self.given(function)? {
                            Some(given) => given,
                            None => return Some(self.member(mention)),
                        },
                        None => return Some(self.member(mention)),
                    },
                    None => package_of(self.sources, self.path, self.facts, of)?,
                };
                let own: Vec<_> = self
                    .all(mention)
                    .filter(|(path, found)| {
                        found.owner.as_deref() == Some(name) && path.parent().as_ref() == Some(&folder)
                    })
                    .collect();
                let home = || self.type_in(name, &folder);
                Some(if own.is_empty() {
                    self.member_of_type(mention, name, home)
                } else {
                    Search::exactly(own)
                })
            }
            Family::Python | Family::Ecma => {
                let is_here = self.sources.named(of).any(|(path, _)| path == self.path);
                let leads = |import| !files_of(&self.sources.tree, self.family, self.path, import).is_empty();
                let is_there = is_here || name != "default" && import.is_some_and(leads);
                let mut reach = is_there.then(|| self.member_of(mention, name))?;
                if self.family == Family::Python {
                    self.with_subtypes(mention, name, &mut reach);
                }
                Some(reach)
            }
            Family::Java => {
                let leads = |import| !files_of(&self.sources.tree, self.family, self.path, import).is_empty();
                import.is_none_or(leads).then(|| self.member_of(mention, name))
            }
            Family::C => {
                let (space, name) = match name.rsplit_once("::") {
                    Some((space, name)) => (space.rsplit("::").next(), name),
                    None => (None, name),
                };
                let mut reach = self.member_of(mention, name);
                let is_inside =
                    |one: &Definition| space.is_none_or(|space| one.scope.rsplit("::").next() == Some(space));
                reach.found.retain(|(_, one)| is_inside(one));
                // without a constructor there is the one that nobody wrote
                reach.open |= reach.found.is_empty() && *mention.name == *name;
                Some(reach)
            }
            Family::CSharp => self.typed_of_csharp(mention, of),
            Family::Php => self.php_member(mention, of),
            Family::Ruby => self.ruby_member(mention, of),
        }
    }

    /// The type of what a function of Go gives, with the folder of its package; nothing inside where it has no name, and
    /// nothing at all where the function was not looked at.
    fn given(&self, (folder, name): (RepoPath, &str)) -> Option<Option<(RepoPath, &'s str)>> {
        let is_meant = |(path, one): &(&RepoPath, &Definition)| {
            one.kind == DefinitionKind::Function
                && one.owner.is_none()
                && path.parent().as_ref() == Some(&folder)
        };
        let (path, function) = self.sources.named(name).find(is_meant)?;
        if function.returns.is_empty() {
            return Some(None);
        }
        package_of(self.sources, path, self.sources.facts(path)?, &function.returns).map(Some)
    }

    /// What a name stands before.
    pub(super) fn qualified(&self, mention: &Mention, name: &str) -> Option<Reach<'s>> {
        let import = import_of(self.facts, name);
        let is_type = name.starts_with(char::is_uppercase);
        match self.family {
            Family::Rust => {
                let path = name.rsplit_once("::");
                if let Some((path, _)) = path
                    && is_foreign(&self.sources.tree, self.path, &self.full(path))
                {
                    return None;
                }
                if self.leads_nowhere(name) {
                    return Some(Search::exactly(Vec::new()));
                }
                let last = path.map_or(name, |(_, last)| last);
                if self.leads_by_another_name(name) {
                    return Some(self.anywhere(mention));
                }
                if last.starts_with(char::is_uppercase) {
                    if import.is_some_and(|import| is_foreign(&self.sources.tree, self.path, &import.from)) {
                        return None;
                    }
                    let owner = import.and_then(|import| import.original.as_deref()).unwrap_or(last);
                    return Some(self.member_of(mention, owner));
                }
                let name = last;
                if path.is_none()
                    && import.is_none()
                    && let Some(reach) = self.in_library(mention, name)
                {
                    return Some(reach);
                }
                let module = import.and_then(|import| import.original.as_deref()).unwrap_or(name);
                self.in_module(mention, module)
            }
            Family::Go => {
                if self.facts.bound.contains(name) || import.is_none() {
                    return Some(self.member(mention));
                }
                self.imported(mention, &import?.from)
            }
            Family::Python | Family::Ecma => {
                let first = name.split('.').next().unwrap_or(name);
                if self.facts.bound.contains(first) {
                    return Some(self.member(mention));
                }
                if first != name {
                    return self.after_path(mention, name);
                }
                let Some(import) = import else {
                    let own = |found: &(&RepoPath, &Definition)| {
                        found.0 == self.path && found.1.kind == DefinitionKind::Type
                    };
                    let is_class = self.sources.named(name).any(|found| own(&found));
                    return Some(if is_class || is_type {
                        self.member_of(mention, name)
                    } else {
                        self.member(mention)
                    });
                };
                match &import.original {
                    // `import a.b` reaches what is in `a.b` by all of its path, `import a.b as c` by `c`
                    None if self.family == Family::Python
                        && import
                            .from
                            .strip_prefix(&*import.name)
                            .is_some_and(|rest| rest.starts_with('.')) =>
                    {
                        self.imported(mention, name)
                    }
                    None => self.imported(mention, &import.from),
                    Some(original) => {
                        // a module, or else a class
                        let module = Import { original: Some(original.clone()), ..import.clone() };
                        let files = files_of(&self.sources.tree, self.family, self.path, &module);
                        let is_module = |file: &RepoPath| {
                            let stem = format!("{original}.py");
                            file.file_name() == stem.as_bytes()
                                || file
                                    .parent()
                                    .is_some_and(|parent| parent.file_name() == original.as_bytes())
                                    && file.file_name() == b"__init__.py"
                        };
                        if self.family == Family::Python && files.iter().any(is_module) {
                            let files: Vec<RepoPath> = files.into_iter().filter(is_module).collect();
                            return self.in_files(mention, &files);
                        }
                        (!files.is_empty()).then(|| self.member_of(mention, original))
                    }
                }
            }
            Family::Java => {
                if self.facts.bound.contains(name) || !is_type {
                    return Some(self.member(mention));
                }
                if let Some(import) = import
                    && files_of(&self.sources.tree, self.family, self.path, import).is_empty()
                {
                    return None;
                }
                Some(self.member_of(mention, name))
            }
            Family::CSharp => self.qualified_of_csharp(mention, name),
            Family::Php => self.php_qualified(mention, name),
            Family::Ruby => self.ruby_member(mention, name),
            Family::C if matches!(mention.form, Form::Implementation(_)) => self.only_type(mention),
            Family::C => {
                let (types, is_all) = self.known_ancestry(name);
                let inside = |found: &Definition| {
                    found.owner.as_deref().is_some_and(|owner| types.contains(&owner))
                        || found.scope.rsplit("::").next() == Some(name)
                };
                let found: Vec<_> = self.all(mention).filter(|(_, found)| inside(found)).collect();
                let mut named = self.sources.named(name);
                let is_only_type = is_all
                    && named.next().is_some_and(|(_, one)| one.kind == DefinitionKind::Type)
                    && named.next().is_none();
                let elsewhere = found.is_empty() && !is_only_type && self.all(mention).next().is_some();
                Some(Reach { open: elsewhere, ..Search::exactly(found) })
            }
        }
    }
}

/// The folder of the package in which a file of Go finds a name, and the name without the package.
pub(super) fn package_of<'n>(
    sources: &Sources,
    path: &RepoPath,
    facts: &SourceFacts,
    name: &'n str,
) -> Option<(RepoPath, &'n str)> {
    let Some((package, name)) = name.split_once('.') else { return Some((path.parent()?, name)) };
    let import = Import::of(&package.into(), &import_of(facts, package)?.from, None);
    Some((files_of(&sources.tree, Family::Go, path, &import).first()?.parent()?, name))
}
