//! Which of several types of one name a file means.

use crate::model::RepoPath;

use super::{MOST_STEPS, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Import};
use crate::symbols::language::Family;
use crate::symbols::modules::{files_of, has_part};

impl<'s> Search<'s> {
    /// Members without those of another type of the name that this file means, itself or by an import.
    pub(super) fn of_this_type(
        &self,
        mut members: Vec<(&'s RepoPath, &'s Definition)>,
        owner: &str,
        home: impl FnOnce() -> Option<RepoPath>,
    ) -> Vec<(&'s RepoPath, &'s Definition)> {
        let is_of_name = |one: &Definition| one.owner.as_deref() == Some(owner);
        if members.iter().any(|(path, one)| is_of_name(one) && *path != self.path)
            && let Some(home) = home()
        {
            members.retain(|(path, one)| {
                !is_of_name(one) || self.home(path, owner).is_none_or(|other| other == home)
            });
        }
        members
    }

    /// The file of a folder with the type of this name.
    pub(super) fn type_in(&self, name: &str, folder: &RepoPath) -> Option<RepoPath> {
        let mut types = self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type);
        types.find(|(path, _)| path.parent().as_ref() == Some(folder)).map(|(path, _)| path.clone())
    }

    /// The file with the type that a file means by a name, or brings by an import of that name; `None` where that is not sure.
    pub(super) fn home(&self, path: &RepoPath, name: &str) -> Option<RepoPath> {
        self.home_within(path, name, MOST_STEPS)
    }

    fn home_within(&self, path: &RepoPath, name: &str, steps: usize) -> Option<RepoPath> {
        let facts = self.sources.facts(path)?;
        let types = || {
            let named = self.sources.named(name).filter(|(_, one)| one.kind == DefinitionKind::Type);
            named.map(|(path, _)| path)
        };
        if types().any(|at| at == path) {
            return Some(path.clone());
        }
        let only = |is_meant: &dyn Fn(&RepoPath) -> bool| {
            let mut found = types().filter(|at| is_meant(at));
            let first = found.next()?;
            found.all(|other| other == first).then(|| first.clone())
        };
        let is_beside = |at: &RepoPath| at.parent() == path.parent();
        let brings = |import: &&_| is_brought(import, name);
        let import = facts.imports.iter().find(brings);
        if self.family == Family::Php {
            return self.php_home(facts, name);
        }
        match (self.family, import) {
            (Family::Python | Family::Ecma | Family::Java, Some(import)) => {
                let files = files_of(&self.sources.tree, self.family, path, import);
                let steps = steps.checked_sub(1)?;
                files.iter().find_map(|file| self.home_within(file, name, steps))
            }
            (Family::Rust, Some(import)) => {
                let module = import.from.rsplit("::").next().unwrap_or(&import.from);
                only(&|at| has_part(at, module))
            }
            (Family::Go | Family::Java, None) => only(&is_beside),
            (Family::Python | Family::Ecma | Family::Rust, None)
            | (Family::Go, Some(_))
            | (Family::C | Family::CSharp | Family::Php | Family::Ruby, _) => None,
        }
    }
}

/// Whether an import brings what has this name where it comes from.
fn is_brought(import: &Import, name: &str) -> bool {
    import.original.as_deref() == Some(name)
}
