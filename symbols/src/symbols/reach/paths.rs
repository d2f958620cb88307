//! Where a path of Rust leads, and from where a definition is seen.

use crate::model::RepoPath;

use super::{Search, crate_of};
use crate::symbols::facts::{Definition, DefinitionKind, Mention, Qualifier, SeenFrom, SourceFacts};
use crate::symbols::language::Family;
use crate::symbols::modules::{ModuleStep, import_of, module_steps};
use crate::symbols::trees::Sources;

impl Search<'_> {
    /// Whether what is used is seen from the file, where it is sure that this definition is meant.
    pub(super) fn sees(&self, path: &RepoPath, definition: &Definition, mention: &Mention) -> bool {
        if self.family == Family::C && !self.facts.is_cpp && path != self.path {
            return !self.sources.is_of_its_file(path, definition);
        }
        let is_meant = match &mention.qualifier {
            Qualifier::None => import_of(self.facts, &mention.name).is_some(),
            Qualifier::Value => false,
            Qualifier::Own(_) | Qualifier::Name(_) | Qualifier::Typed(_) | Qualifier::Imported(_) => true,
        };
        if !self.family.narrows() || !is_meant || path == self.path {
            return true;
        }
        // the parts of a class of C#
        if self.family == Family::CSharp
            && let Some(owner) = &definition.owner
            && self.sources.named(owner).any(|(at, one)| at == self.path && one.kind == DefinitionKind::Type)
        {
            return true;
        }
        if self.family != Family::Rust {
            return definition.seen == SeenFrom::Everywhere;
        }
        if definition.seen != SeenFrom::Everywhere && self.is_of_another_crate(path, mention) {
            return false;
        }
        // its modules may be anywhere
        if self.sources.facts(path).is_none_or(|facts| facts.gives_any) {
            return true;
        }
        let is_below = |folder: &[u8]| self.path.as_bytes().starts_with(folder);
        match definition.seen {
            SeenFrom::Everywhere => true,
            SeenFrom::Crate => crate_of(path) == crate_of(self.path),
            SeenFrom::Inside => is_below(&inside(path)),
            SeenFrom::Around => {
                let folder = around(path);
                let file = [folder.strip_suffix(b"/").unwrap_or_default(), b".rs"].concat();
                is_below(&folder) || self.path.as_bytes() == file
            }
        }
    }

    /// Whether a use names what it means by the library that a file is of, so from another crate.
    fn is_of_another_crate(&self, path: &RepoPath, mention: &Mention) -> bool {
        let from = match &mention.qualifier {
            Qualifier::Imported(from) => from.to_string(),
            Qualifier::None => match import_of(self.facts, &mention.name) {
                Some(import) => import.from.to_string(),
                None => return false,
            },
            Qualifier::Name(name) => self.full(name),
            Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Value => return false,
        };
        let first = from.split("::").next().unwrap_or(&from);
        // a module of the library may name that so as well (`extern crate self as …`)
        let own = self.path.as_bytes().strip_prefix(crate_of(path)).unwrap_or_default();
        let may_be_inside =
            own.starts_with(b"src/") && own != b"src/main.rs" && !own.starts_with(b"src/bin/");
        if may_be_inside {
            return false;
        }
        self.library(first).is_some_and(|file| crate_of(&file) == crate_of(path))
    }

    /// Whether a path that begins with `crate` surely leads to no module.
    pub(super) fn leads_nowhere(&self, from: &str) -> bool {
        let Some(steps) = module_steps(&self.sources.tree, self.path, from) else { return false };
        steps.iter().any(|step| match step {
            ModuleStep::File => false,
            ModuleStep::Missing { name, parents } => {
                let may_have = |parent: &RepoPath| {
                    self.sources.facts(parent).is_none_or(|facts| {
                        facts.is_open()
                            || facts.gives_any
                            || facts.modules.contains(&**name)
                            || facts.unclear.contains(&**name)
                            || import_of(facts, name).is_some()
                    })
                };
                !parents.is_empty() && !parents.iter().any(may_have)
            }
        })
    }

    /// Whether a path leads through a module that an import gives another name.
    pub(super) fn leads_by_another_name(&self, from: &str) -> bool {
        let Some(steps) = module_steps(&self.sources.tree, self.path, from) else { return false };
        steps.iter().any(|step| match step {
            ModuleStep::File => false,
            ModuleStep::Missing { name, parents } => {
                let mut there = parents.iter().filter_map(|parent| self.sources.facts(parent));
                there.any(|facts| {
                    let import = import_of(facts, name);
                    import.is_some_and(|import| import.original.as_ref() != Some(name))
                })
            }
        })
    }
}

impl Sources {
    /// Whether a function of C is one that its own file alone has, which no other one includes.
    pub(in crate::symbols) fn is_of_its_file(&self, path: &RepoPath, definition: &Definition) -> bool {
        let includes = |facts: &SourceFacts| {
            facts
                .imports
                .iter()
                .any(|import| import.from.rsplit('/').next().map(str::as_bytes) == Some(path.file_name()))
        };
        definition.seen == SeenFrom::Inside
            && definition.kind == DefinitionKind::Function
            && definition.owner.is_none()
            && path.file_name().ends_with(b".c")
            && !self.files.values().any(|(_, facts)| includes(facts))
    }
}

/// Whether a file is the root of a crate, or one of which it is not known: what is beside it may be inside of it.
fn is_root(path: &RepoPath) -> bool {
    let text = path.as_bytes();
    let is_source = text.starts_with(b"src/") || memchr::memmem::find(text, b"/src/").is_some();
    let is_program = memchr::memmem::find(text, b"src/bin/").is_some();
    !is_source || is_program || matches!(path.file_name(), b"lib.rs" | b"main.rs" | b"mod.rs")
}

/// The folder of the files that are inside of the module of a file.
fn inside(path: &RepoPath) -> Vec<u8> {
    let text = path.as_bytes();
    if is_root(path) {
        return text[..text.len() - path.file_name().len()].to_vec();
    }
    [text.strip_suffix(b".rs").unwrap_or(text), b"/"].concat()
}

/// The same of the module around that.
fn around(path: &RepoPath) -> Vec<u8> {
    let text = path.as_bytes();
    let folder = &text[..text.len() - path.file_name().len()];
    match path.file_name() {
        b"mod.rs" => {
            let outer = folder
                .strip_suffix(b"/")
                .and_then(|folder| Some(&folder[..folder.iter().rposition(|byte| *byte == b'/')? + 1]));
            outer.unwrap_or_default().to_vec()
        }
        _ => folder.to_vec(),
    }
}
