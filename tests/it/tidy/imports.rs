//! Which source file uses which: every path in the code that starts at a module of the crate, followed through
//! re-exports to the file that defines the item.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::{Source, name_length, unprefixed};

type Path = Vec<String>;

/// A file as a module.
#[derive(Default)]
struct Module {
    file: String,
    /// The items that the file defines.
    items: BTreeSet<String>,
    /// The names that its `use` lines bring in, and what they stand for.
    uses: BTreeMap<String, Path>,
}

/// Every file with the files that it uses.
pub fn uses(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let mut crate_modules = Modules::default();
    for source in sources {
        crate_modules.0.insert(path_of(&source.file), Module::read(source));
    }
    let used = |source: &Source| -> BTreeSet<String> {
        let own = path_of(&source.file);
        let module = &crate_modules.0[&own];
        let paths = module.uses.values().cloned().chain(inline_paths(&source.code));
        let files = paths.filter_map(|path| crate_modules.definition(&own, &path));
        files.filter(|file| *file != source.file).collect()
    };
    sources.iter().map(|source| (source.file.clone(), used(source))).collect()
}

/// Whether the one is the `mod.rs` of a folder that holds the other.
pub fn is_own_folder(module: &str, file: &str) -> bool {
    let folder = module.strip_suffix("mod.rs").map(str::to_string);
    let folder = folder.unwrap_or_else(|| module.trim_end_matches(".rs").to_string() + "/");
    file.starts_with(&folder)
}

/// The path of the module that a file holds.
fn path_of(file: &str) -> Path {
    let path = file.trim_end_matches(".rs").trim_end_matches("mod").trim_end_matches('/');
    path.split('/').filter(|name| !name.is_empty() && *name != "lib").map(str::to_string).collect()
}

#[derive(Default)]
struct Modules(BTreeMap<Path, Module>);

impl Modules {
    /// The file that defines what a path names, seen from the module `from`; nothing where the path leaves the crate.
    fn definition(&self, from: &[String], path: &[String]) -> Option<String> {
        let mut at = from.to_vec();
        let mut file = None;
        for (position, name) in path.iter().enumerate() {
            match name.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => drop(at.pop()),
                name => {
                    let module = &self.0[&at];
                    let mut child = at.clone();
                    child.push(name.to_string());
                    if self.0.contains_key(&child) {
                        at = child;
                    } else if let Some(target) = module.uses.get(name).filter(|target| target[0] != name) {
                        let whole: Path = target.iter().chain(&path[position + 1..]).cloned().collect();
                        return self.definition(&at, &whole);
                    } else {
                        // An item, or what a macro made; a first name that nothing explains is another crate.
                        return (position > 0 || module.items.contains(name)).then(|| module.file.clone());
                    }
                }
            }
            file = self.0.get(&at).map(|module| module.file.clone());
        }
        file
    }
}

impl Module {
    fn read(source: &Source) -> Module {
        let mut module = Module { file: source.file.clone(), ..Module::default() };
        for line in source.code.lines() {
            let mut words = unprefixed(line).split_whitespace();
            while let Some(word) = words.next() {
                match word {
                    "const" | "async" | "unsafe" => {}
                    "struct" | "enum" | "trait" | "type" | "fn" | "static" | "macro_rules!" => {
                        let name = words.next().unwrap_or_default();
                        module.items.insert(name[..name_length(name)].to_string());
                    }
                    _ => break,
                }
            }
        }
        for (start, _) in source.code.match_indices("use ") {
            let line = source.code[..start].rfind('\n').map_or(0, |at| at + 1);
            if unprefixed(source.code[line..].trim_start()).starts_with("use ") {
                let tree = source.code[start + 4..].split(';').next().unwrap_or_default();
                add_tree(&mut module.uses, &[], tree);
            }
        }
        module
    }
}

/// Adds every leaf of a tree of imports: `super::{a, b::{self, c as d}}`.
fn add_tree(uses: &mut BTreeMap<String, Path>, before: &[String], tree: &str) {
    let tree = tree.trim();
    let Some((start, branches)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut path: Path =
            before.iter().cloned().chain(path.split("::").map(|name| name.trim().to_string())).collect();
        path.retain(|name| name != "*" && !name.is_empty());
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = Some(name.trim().to_string()).filter(|name| !name.is_empty() && name != "_");
        if let Some(name) = name.or_else(|| path.last().cloned()) {
            uses.insert(name, path);
        }
        return;
    };
    let mut path = before.to_vec();
    path.extend(start.split("::").map(|name| name.trim().to_string()).filter(|name| !name.is_empty()));
    let branches = branches.rsplit_once('}').map_or(branches, |(inner, _)| inner);
    let (mut depth, mut from) = (0, 0);
    for (at, letter) in branches.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                add_tree(uses, &path, &branches[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    if !branches[from..].trim().is_empty() {
        add_tree(uses, &path, &branches[from..]);
    }
}

/// The paths that are written out in the code: `crate::model::few`, `walk::Entry`.
fn inline_paths(code: &str) -> Vec<Path> {
    let mut paths = Vec::new();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = code;
    while let Some(start) = rest.find(is_name) {
        rest = &rest[start..];
        let mut path = Vec::new();
        loop {
            let length = name_length(rest);
            path.push(rest[..length].to_string());
            rest = &rest[length..];
            match rest.strip_prefix("::") {
                Some(after) if after.starts_with(is_name) => rest = after,
                _ => break,
            }
        }
        if path.len() > 1 {
            paths.push(path);
        }
    }
    paths
}
