//! What an import brings, and what a module has.

use crate::model::RepoPath;

use super::{Certainty, Reach, Search};
use crate::symbols::facts::{Definition, DefinitionKind, Import, Mention, Qualifier};
use crate::symbols::language::Family;
use crate::symbols::modules::{files_of, has_part, import_of, is_foreign};

impl<'s> Search<'s> {
    /// A path of Rust from where it leads to.
    pub(super) fn full(&self, path: &str) -> String {
        let (head, rest) = path.split_once("::").unwrap_or((path, ""));
        match import_of(self.facts, head) {
            Some(import) => {
                let original = import.original.as_deref().unwrap_or(head);
                let all = [&*import.from, original, rest];
                all.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
            }
            None => path.to_string(),
        }
    }

    /// What an import brings under the name of the mention.
    pub(super) fn imported_as(&self, mention: &Mention, import: &Import) -> Option<Reach<'s>> {
        let asked = Mention { name: import.original.clone()?, ..mention.clone() };
        self.imported(&asked, &import.from)
    }

    /// What an import brings.
    pub(super) fn imported(&self, mention: &Mention, from: &str) -> Option<Reach<'s>> {
        if self.family == Family::Rust {
            if is_foreign(&self.sources.tree, from) {
                return None;
            }
            let mut parts = from.rsplit("::");
            let module = parts.next().unwrap_or("");
            if module.starts_with(char::is_uppercase) {
                return Some(self.member_of(mention, module));
            }
            return self.in_module(mention, module);
        }
        let is_module = *mention.name == *from;
        let original = (!is_module && self.family != Family::Go).then_some(&mention.name);
        let import = Import::of(&mention.name, from, original);
        let files = files_of(&self.sources.tree, self.family, self.path, &import);
        if is_module {
            return Some(Reach { module: !files.is_empty(), ..Search::exactly(Vec::new()) });
        }
        match self.family {
            Family::Java => {
                let own = format!("{}.java", mention.name);
                let module = files.iter().any(|file| file.file_name() == own.as_bytes());
                let inside = self.in_files_any(mention, &files);
                Some(Reach { module, ..inside })
            }
            Family::Python => {
                let stem = format!("{}.py", mention.name);
                let is_deeper = |file: &RepoPath| {
                    file.file_name() == stem.as_bytes()
                        || file.file_name() == b"__init__.py"
                            && file
                                .parent()
                                .is_some_and(|parent| parent.file_name() == mention.name.as_bytes())
                };
                if mention.qualifier == Qualifier::Imported(from.into()) && files.iter().any(is_deeper) {
                    return Some(Reach { module: true, ..Search::exactly(Vec::new()) });
                }
                self.in_files(mention, &files)
            }
            Family::Ecma | Family::Go | Family::C | Family::Rust => self.in_files(mention, &files),
        }
    }

    /// What modules of files give by a name: what they define at their top, or pass on.
    pub(super) fn in_files(&self, mention: &Mention, files: &[RepoPath]) -> Option<Reach<'s>> {
        let mut reach = Search::exactly(Vec::new());
        for file in files {
            let Some(facts) = self.sources.facts(file) else { continue };
            reach.open |= facts.open && self.family != Family::Go;
            reach.open |= facts.gives_any;
            reach.module |= facts.imports.iter().any(|import| import.public && import.name == mention.name);
        }
        let free = self.all(mention).filter(|(path, one)| one.owner.is_none() && files.contains(path));
        let (exported, own): (Vec<_>, Vec<_>) =
            free.partition(|(_, one)| one.kind == DefinitionKind::PassedOn);
        let is_seen = |(path, _): &(&RepoPath, &Definition)| {
            let lists = self.sources.facts(path).is_some_and(|facts| facts.lists_exports);
            !lists || exported.iter().any(|(at, _)| at == path)
        };
        reach.found = own.into_iter().filter(is_seen).collect();
        if reach.found.is_empty() {
            reach.found = exported;
        }
        if files.is_empty() {
            return (mention.qualifier != Qualifier::None).then_some(reach);
        }
        Some(reach)
    }

    fn in_files_any(&self, mention: &Mention, files: &[RepoPath]) -> Reach<'s> {
        Search::exactly(self.all(mention).filter(|(path, _)| files.contains(path)).collect())
    }

    /// What a module of Rust gives: in a file or folder of its name, or in a module inside a file.
    pub(super) fn in_module(&self, mention: &Mention, module: &str) -> Option<Reach<'s>> {
        let free: Vec<_> = self.all(mention).filter(|(_, found)| self.is_free(found)).collect();
        if matches!(module, "crate" | "self" | "super" | "") {
            return Some(Search::exactly(free));
        }
        let inside = |path: &RepoPath| has_part(path, module);
        let within = |(path, found): &(&RepoPath, &Definition)| {
            inside(path) || found.scope.split("::").any(|part| part == module)
        };
        if !self.sources.tree.files.keys().any(inside) {
            // a crate whose folder has another name, or one that is not here
            return Some(Reach { certainty: Certainty::Loose, ..Search::exactly(free) });
        }
        let mut reach = Search::exactly(free.into_iter().filter(within).collect());
        for (path, (_, facts)) in &self.sources.files {
            if inside(path) {
                reach.open |= facts.open;
                reach.module |=
                    facts.imports.iter().any(|import| import.public && import.name == mention.name);
            }
        }
        Some(reach)
    }
}
