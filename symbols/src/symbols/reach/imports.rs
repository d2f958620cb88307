//! What an import brings, and what a module has.

use crate::model::RepoPath;

use super::{Certainty, Reach, Search, crate_of};
use crate::symbols::facts::{Definition, DefinitionKind, Given, Import, Mention, Qualifier, SourceFacts};
use crate::symbols::language::Family;
use crate::symbols::modules::{files_of, has_part, import_of, is_foreign, library_of, names_own_file};

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
            if is_foreign(&self.sources.tree, self.path, from) {
                return None;
            }
            if self.leads_nowhere(from) {
                return Some(Search::exactly(Vec::new()));
            }
            if let Some(reach) = self.in_library(mention, from) {
                return Some(reach);
            }
            if self.leads_by_another_name(from) {
                return Some(self.anywhere(mention));
            }
            let mut parts = from.rsplit("::");
            let module = parts.next().unwrap_or("");
            if module.starts_with(char::is_uppercase) {
                return Some(self.member_of(mention, module));
            }
            return self.in_module(mention, module);
        }
        if self.family == Family::CSharp {
            return self.brought(mention, from);
        }
        let is_module = *mention.name == *from;
        let original = (!is_module && self.family != Family::Go).then_some(&mention.name);
        let import = Import::of(&mention.name, from, original);
        let files = files_of(&self.sources.tree, self.family, self.path, &import);
        if is_module {
            if self.family == Family::Ecma
                && files.is_empty()
                && !names_own_file(&self.sources.tree, self.path, from)
            {
                return None;
            }
            return Some(Reach { module: !files.is_empty(), ..Search::exactly(Vec::new()) });
        }
        if self.family == Family::Ecma
            && files.is_empty()
            && !names_own_file(&self.sources.tree, self.path, from)
        {
            return None;
        }
        match self.family {
            Family::Java => {
                let own = ["java", "kt"].map(|end| format!("{}.{end}", mention.name));
                let is_own = |file: &RepoPath| own.iter().any(|own| file.file_name() == own.as_bytes());
                let module = files.iter().any(is_own) || self.is_of_kotlin(mention, from);
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
            Family::Ecma | Family::Go | Family::C | Family::Rust | Family::CSharp => {
                self.in_files(mention, &files)
            }
            Family::Php | Family::Ruby => None,
        }
    }

    /// What a file has because it takes all that other modules give.
    pub(super) fn taken(
        &self,
        mention: &Mention,
        path: &RepoPath,
        facts: &SourceFacts,
        steps: usize,
    ) -> Reach<'s> {
        let mut reach = Search::exactly(Vec::new());
        // a member that is named by its module alone is no more than that
        let asked = Mention { qualifier: Qualifier::Value, ..mention.clone() };
        for star in &facts.stars {
            let import = Import::of(star, star, None);
            let files = files_of(&self.sources.tree, self.family, path, &import);
            let Some(steps) = steps.checked_sub(1).filter(|_| !files.is_empty()) else {
                reach.open = true;
                continue;
            };
            for file in &files {
                let Some(there) = self.sources.facts(file) else {
                    reach.open = true;
                    continue;
                };
                match &there.given {
                    _ if self.family != Family::Python => {}
                    Given::Public if !mention.name.starts_with('_') => {}
                    Given::Listed(names) if names.contains(&mention.name) => {}
                    Given::Unknown => reach.open = true,
                    Given::Public | Given::Listed(_) => continue,
                }
                if let Some(given) = self.in_files_within(&asked, std::slice::from_ref(file), steps) {
                    let is_bound = given.found.is_empty() && there.bound.contains(&mention.name);
                    reach.open |= given.open || is_bound;
                    reach.module |= given.module;
                    reach.found.extend(given.found);
                }
                let below = file.parent().unwrap_or_default();
                let deeper = Import::of(&mention.name, &format!(".{}", mention.name), None);
                reach.open |= self.family == Family::Python
                    && file.file_name() == b"__init__.py"
                    && !files_of(&self.sources.tree, self.family, &below.join(b"__init__.py"), &deeper)
                        .is_empty();
            }
        }
        reach
    }

    /// What modules of files give by a name: what they define at their top, or pass on.
    pub(super) fn in_files(&self, mention: &Mention, files: &[RepoPath]) -> Option<Reach<'s>> {
        self.in_files_within(mention, files, self.steps)
    }

    fn in_files_within(&self, mention: &Mention, files: &[RepoPath], steps: usize) -> Option<Reach<'s>> {
        let mut reach = Search::exactly(Vec::new());
        let (mut by_stars, mut passing) = (Vec::new(), Vec::new());
        for file in files {
            let Some(facts) = self.sources.facts(file) else { continue };
            reach.open |= facts.open && self.family != Family::Go;
            // no package of Go passes on what it takes
            let passes_on = self.family != Family::Go;
            if passes_on && !(self.family == Family::Ecma && &*mention.name == "default") {
                let taken = self.taken(mention, file, facts, steps);
                reach.open |= taken.open;
                reach.module |= taken.module;
                by_stars.extend(taken.found);
            }
            // of Python, what is not sure to be missing is told for information
            reach.open |= facts.gives_any && self.family != Family::Python;
            match self.passed_on(mention, file, steps) {
                Some(found) if found.is_empty() => {}
                Some(found) => {
                    passing.push(file);
                    by_stars.extend(found);
                }
                None => reach.module = true,
            }
        }
        let free = self.all(mention).filter(|(path, one)| one.owner.is_none() && files.contains(path));
        let (exported, own): (Vec<_>, Vec<_>) =
            free.partition(|(_, one)| one.kind == DefinitionKind::PassedOn);
        // what is passed on under that name is known
        let is_unknown = |(path, _): &(&RepoPath, &Definition)| !passing.contains(path);
        let is_seen = |(path, _): &(&RepoPath, &Definition)| {
            let lists = self.sources.facts(path).is_some_and(|facts| facts.lists_exports);
            !lists || exported.iter().any(|(at, _)| at == path)
        };
        reach.found = own.into_iter().filter(is_seen).collect();
        if reach.found.is_empty() {
            reach.found = exported.into_iter().filter(is_unknown).collect();
        }
        reach.found.extend(by_stars);
        if files.is_empty() {
            return (mention.qualifier != Qualifier::None).then_some(reach);
        }
        Some(reach)
    }

    /// What a file has by this name because it imports that for others; nothing at all where it is not known what that is.
    fn passed_on(
        &self,
        mention: &Mention,
        file: &RepoPath,
        steps: usize,
    ) -> Option<Vec<(&'s RepoPath, &'s Definition)>> {
        let (path, (language, facts)) = self.sources.files.get_key_value(file)?;
        let there = Search { path, facts, language: *language, steps: steps.min(self.steps), ..*self };
        let is_exported = || {
            let is_it =
                |(at, one): (&RepoPath, &Definition)| at == path && one.kind == DefinitionKind::PassedOn;
            self.family == Family::Ecma && self.all(mention).any(is_it)
        };
        let is_meant = |import: &&Import| import.name == mention.name && (import.public || is_exported());
        let mut found = Vec::new();
        for import in facts.imports.iter().filter(is_meant) {
            found.extend(there.brings(mention, import)?);
        }
        Some(found)
    }

    /// What an import of this file brings by the name of the mention; nothing at all where it is not known what that is.
    fn brings(&self, mention: &Mention, import: &Import) -> Option<Vec<(&'s RepoPath, &'s Definition)>> {
        let name = import.original.clone().filter(|name| self.sources.is_asked(name))?;
        let qualifier = Qualifier::Imported(import.from.clone());
        let asked = Mention { name, qualifier, ..mention.clone() };
        let there = Search { steps: self.steps.checked_sub(1)?, ..*self };
        let reach = there.imported(&asked, &import.from)?;
        let is_known = reach.certainty == Certainty::Exact && !reach.open && !reach.module;
        Some(reach.found).filter(|found| is_known && !found.is_empty())
    }

    fn in_files_any(&self, mention: &Mention, files: &[RepoPath]) -> Reach<'s> {
        Search::exactly(self.all(mention).filter(|(path, _)| files.contains(path)).collect())
    }

    /// What a library of Rust gives by its name alone: at its top, or by what it passes on; `None` where nobody can say.
    pub(super) fn in_library(&self, mention: &Mention, name: &str) -> Option<Reach<'s>> {
        let file = self.library(name).filter(|_| !name.contains("::"))?;
        let facts = self.sources.facts(&file)?;
        let is_top = |(path, one): &(&RepoPath, &Definition)| **path == file && one.scope.is_empty();
        let here: Vec<_> = self.all(mention).filter(|(_, one)| one.owner.is_none()).filter(is_top).collect();
        if !here.is_empty() {
            return Some(Search::exactly(here));
        }
        let passed_on = facts.imports.iter().find(|one| one.public && one.name == mention.name)?;
        let asked = Mention { name: passed_on.original.clone()?, ..mention.clone() };
        let own = crate_of(&file);
        let mut there = self.all(&asked).filter(|(path, one)| {
            one.owner.is_none()
                && crate_of(path) == own
                && passed_on.from.rsplit("::").next() == Some(stem(path))
        });
        match (there.next(), there.next()) {
            (Some(only), None) => Some(Search::exactly(vec![only])),
            _ => None,
        }
    }

    /// The file of the library that this file names so, where that is no module of its own.
    pub(super) fn library(&self, name: &str) -> Option<RepoPath> {
        let is_own = self.facts.modules.contains(name) || import_of(self.facts, name).is_some();
        library_of(&self.sources.tree, self.path, name).filter(|_| !is_own)
    }

    /// What belongs to no type, in whichever module it is.
    pub(super) fn anywhere(&self, mention: &Mention) -> Reach<'s> {
        let free = self.all(mention).filter(|(_, found)| self.is_free(found)).collect();
        Reach { certainty: Certainty::Loose, ..Search::exactly(free) }
    }

    /// What a module of Rust gives: in a file or folder of its name, or in a module inside a file.
    pub(super) fn in_module(&self, mention: &Mention, module: &str) -> Option<Reach<'s>> {
        let free: Vec<_> = self.all(mention).filter(|(_, found)| self.is_free(found)).collect();
        if matches!(module, "crate" | "self" | "super" | "") {
            let renamed = self.renamed(mention, module);
            let module = renamed.is_none();
            let found = free.into_iter().chain(renamed.into_iter().flatten()).collect();
            return Some(Reach { module, ..Search::exactly(found) });
        }
        let inside = |path: &RepoPath| has_part(path, module);
        let within = |(path, found): &(&RepoPath, &Definition)| {
            inside(path) || found.scope.split("::").any(|part| part == module)
        };
        if !self.sources.tree.files.keys().any(inside) && !free.iter().any(within) {
            // a crate whose folder has another name, or one that is not here
            return Some(self.anywhere(mention));
        }
        let mut reach = Search::exactly(free.into_iter().filter(within).collect());
        for (path, (_, facts)) in &self.sources.files {
            if inside(path) {
                reach.open |= facts.open;
                match self.passed_on(mention, path, self.steps) {
                    Some(found) => reach.found.extend(found),
                    None => reach.module = true,
                }
            }
        }
        Some(reach)
    }

    /// What has this name in a module of this crate of Rust because an import gives it that, instead of its own; nothing at all
    /// where it is not known what that is.
    fn renamed(&self, mention: &Mention, module: &str) -> Option<Vec<(&'s RepoPath, &'s Definition)>> {
        let is_there = |path: &RepoPath| match module {
            "crate" => matches!(path.file_name(), b"lib.rs" | b"main.rs") || path == self.path,
            "super" => true,
            _ => path == self.path,
        };
        let name = &mention.name;
        let mut found = Vec::new();
        for (path, (language, facts)) in &self.sources.files {
            if is_there(path) && crate_of(path) == crate_of(self.path) {
                let there = Search { path, facts, language: *language, ..*self };
                let is_it = |one: &&Import| one.name == *name && one.original.as_ref() != Some(name);
                for import in facts.imports.iter().filter(is_it) {
                    found.extend(there.brings(mention, import)?);
                }
            }
        }
        Some(found)
    }
}

/// The name of the module that a file of Rust is.
fn stem(path: &RepoPath) -> &str {
    let of = |bytes| std::str::from_utf8(bytes).unwrap_or("/");
    match path.file_name() {
        b"mod.rs" => {
            let text = path.as_bytes();
            let folder = text.strip_suffix(b"/mod.rs").unwrap_or_default();
            of(folder.rsplit(|byte| *byte == b'/').next().unwrap_or_default())
        }
        name => of(name.strip_suffix(b".rs").unwrap_or(name)),
    }
}
