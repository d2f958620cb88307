//! Which files an import means.

use std::collections::BTreeSet;

use crate::model::RepoPath;

use super::crates::library_named;
use super::facts::{Import, Mention, Qualifier, SourceFacts, Word};
use super::language::Family;
use super::languages::{ecma, python};
use super::packages::joined;
use super::roots::PathAliases;
use super::trees::SourceTree;

/// The endings that an import of JavaScript or TypeScript leaves out.
const ECMA_ENDINGS: [&str; 20] = [
    "",
    ".ts",
    ".tsx",
    ".d.ts",
    ".js",
    ".jsx",
    ".mts",
    ".cts",
    ".d.mts",
    ".d.cts",
    ".mjs",
    ".cjs",
    "/index.ts",
    "/index.tsx",
    "/index.js",
    "/index.jsx",
    "/index.mts",
    "/index.cts",
    "/index.mjs",
    "/index.cjs",
];

/// The files in the repository that an import means; empty where it leads nowhere, or out of it.
pub(super) fn files_of(tree: &SourceTree, family: Family, path: &RepoPath, import: &Import) -> Vec<RepoPath> {
    match family {
        Family::Python => python_files(tree, path, import),
        Family::Ecma => ecma_files(tree, path, &import.from),
        Family::Go => go_files(tree, &import.from),
        Family::Java => java_files(tree, &import.from, import.original.as_deref().unwrap_or("")),
        Family::C => c_files(tree, path, &import.from),
        Family::Ruby => ruby_files(tree, path, &import.from),
        // by what their files say (C#, PHP)
        Family::Rust | Family::CSharp | Family::Php => Vec::new(),
    }
}

fn text(path: &RepoPath) -> &str {
    std::str::from_utf8(path.as_bytes()).unwrap_or("")
}

/// The files whose path is this, or ends with it after a slash.
fn ending<'t>(tree: &'t SourceTree, end: &'t str) -> impl Iterator<Item = &'t RepoPath> {
    let name = end.rsplit('/').next().unwrap_or(end);
    tree.named(name.as_bytes()).iter().filter(move |path| {
        let rest = text(path).strip_suffix(end);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    })
}

fn python_files(tree: &SourceTree, path: &RepoPath, import: &Import) -> Vec<RepoPath> {
    let (dots, parts) = python::module_parts(&import.from);
    let joined = |parts: &[Word]| parts.join("/");
    let candidates = |start: &str| {
        let start =
            if start.is_empty() || start.ends_with('/') { start.to_string() } else { format!("{start}/") };
        // `from a import b` may mean the module a.b
        let deeper = import.original.as_deref().map(|name| match parts.is_empty() {
            true => format!("{start}{name}"),
            false => format!("{start}{}/{name}", joined(&parts)),
        });
        let own = (!parts.is_empty())
            .then(|| format!("{start}{}", joined(&parts)))
            .or_else(|| (dots > 0).then(|| start.trim_end_matches('/').to_string()));
        let files =
            |stem: String| [format!("{stem}.py"), format!("{stem}/__init__.py"), format!("{stem}.pyi")];
        [deeper.map(files), own.map(files)]
    };
    if dots > 0 {
        let mut folder = path.parent().unwrap_or_default();
        for _ in 1..dots {
            folder = folder.parent().unwrap_or_default();
        }
        let found =
            candidates(text(&folder)).into_iter().flatten().flatten().map(|file| RepoPath::from(&*file));
        return found.filter(|file| tree.files.contains_key(file)).collect();
    }
    for group in candidates("").into_iter().flatten() {
        let mut found: Vec<RepoPath> = group.iter().flat_map(|file| ending(tree, file)).cloned().collect();
        // several packages of one name: that with most of its path in common with the importing file
        let shared = |file: &RepoPath| {
            let (one, other) =
                (file.as_bytes().split(|byte| *byte == b'/'), path.as_bytes().split(|byte| *byte == b'/'));
            one.zip(other).take_while(|(one, other)| one == other).count()
        };
        if let Some(most) = found.iter().map(shared).max() {
            found.retain(|file| shared(file) == most);
            return found;
        }
    }
    Vec::new()
}

fn ecma_files(tree: &SourceTree, path: &RepoPath, from: &str) -> Vec<RepoPath> {
    if ecma::is_relative(from) {
        return ecma_file(tree, &joined(&path.parent().unwrap_or_default(), from)).into_iter().collect();
    }
    let by_alias = |said: &PathAliases| {
        let paths = said.paths(from).unwrap_or_default();
        let mut paths = paths.iter().map(|path| RepoPath::from(&**path));
        let by_base = || ecma_file(tree, &joined(said.base.as_ref()?, from));
        paths.find_map(|path| ecma_file(tree, &path)).or_else(by_base)
    };
    let of_package = || {
        let paths = tree.roots.packages.iter().find_map(|(name, package)| package.paths(name, from));
        paths.into_iter().flatten().find_map(|path| ecma_file(tree, &path))
    };
    tree.roots.aliases_for(path).into_iter().find_map(by_alias).or_else(of_package).into_iter().collect()
}

/// Whether an import of JavaScript or TypeScript names something in the repository, whether it is there or not.
pub(super) fn names_own_file(tree: &SourceTree, path: &RepoPath, from: &str) -> bool {
    let is_own = |said: &&PathAliases| {
        let first = from.split('/').next().unwrap_or(from);
        let is_beside = |base: &RepoPath| {
            let folder = format!("{}/", text(&joined(base, first)));
            let next = tree.files.range(RepoPath::from(&*folder)..).next();
            next.is_some_and(|(path, _)| text(path).starts_with(&folder))
        };
        said.names(from) || said.base.as_ref().is_some_and(is_beside)
    };
    ecma::is_relative(from) || tree.roots.aliases_for(path).iter().any(is_own)
}

fn ecma_file(tree: &SourceTree, at: &RepoPath) -> Option<RepoPath> {
    let stem = text(at);
    let bare = [".js", ".jsx", ".mjs", ".cjs"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem);
    let names =
        [stem, bare].into_iter().flat_map(|stem| ECMA_ENDINGS.iter().map(move |end| format!("{stem}{end}")));
    names.map(|name| RepoPath::from(&*name)).find(|file| tree.files.contains_key(file))
}

/// The files of the package of a module that is here, or of one that is kept in `vendor`.
fn go_module_files(tree: &SourceTree, from: &str) -> Vec<RepoPath> {
    let inside = |(folder, module): &(RepoPath, String)| {
        let rest = from.strip_prefix(&**module)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| (module.len(), joined(folder, rest)))
    };
    let own = tree.roots.modules.iter().filter_map(inside).max_by_key(|(length, _)| *length);
    let folder = own.map_or_else(|| joined(&RepoPath::from("vendor"), from), |(_, folder)| folder);
    let below = tree.files.range(folder.clone()..).map(|(path, _)| path);
    let below = below.take_while(|path| path.as_bytes().starts_with(folder.as_bytes()));
    let is_inside = |path: &&RepoPath| path.parent().unwrap_or_default() == folder;
    below.filter(is_inside).filter(|path| !path.file_name().ends_with(b"_test.go")).cloned().collect()
}

/// The files of the folder that is the longest end of the import's path.
fn go_files(tree: &SourceTree, from: &str) -> Vec<RepoPath> {
    if !tree.roots.modules.is_empty() {
        return go_module_files(tree, from);
    }
    let mut end = from;
    loop {
        let folder = RepoPath::from(end);
        let inside = |path: &&RepoPath| path.parent().is_some_and(|parent| parent == folder);
        let is_test = |path: &&RepoPath| path.file_name().ends_with(b"_test.go");
        let below = tree.files.range(folder.clone()..).map(|(path, _)| path);
        let below = below.take_while(|path| path.as_bytes().starts_with(folder.as_bytes()));
        let found: Vec<RepoPath> = below.filter(inside).filter(|path| !is_test(path)).cloned().collect();
        if !found.is_empty()
            && (end.contains('/') || end.len() < from.len() && from.matches('/').count() <= 3)
        {
            return found;
        }
        match end.split_once('/') {
            Some((_, rest)) => end = rest,
            None => break,
        }
    }
    // below a folder that holds the module
    let mut end = from;
    while let Some((_, rest)) = end.split_once('/') {
        end = rest;
        if !end.contains('/') {
            break;
        }
        let inside = |path: &&RepoPath| {
            path.parent()
                .is_some_and(|parent| text(&parent).strip_suffix(end).is_some_and(|rest| rest.ends_with('/')))
        };
        let is_test = |path: &&RepoPath| path.file_name().ends_with(b"_test.go");
        let found: Vec<RepoPath> =
            tree.files.keys().filter(inside).filter(|path| !is_test(path)).cloned().collect();
        let folders: BTreeSet<_> = found.iter().map(RepoPath::parent).collect();
        if folders.len() == 1 {
            return found;
        }
        if folders.len() > 1 {
            return Vec::new();
        }
    }
    Vec::new()
}

fn java_files(tree: &SourceTree, from: &str, name: &str) -> Vec<RepoPath> {
    let path = from.replace('.', "/");
    let files = |stem: String| -> Vec<RepoPath> {
        let ends = ["java", "kt"].map(|end| format!("{stem}.{end}"));
        ends.iter().flat_map(|end| ending(tree, end)).cloned().collect()
    };
    let own = files(format!("{path}/{name}"));
    // a member of a type: `import static a.B.c`, `import a.B.C`
    if own.is_empty() { files(path) } else { own }
}

fn c_files(tree: &SourceTree, path: &RepoPath, from: &str) -> Vec<RepoPath> {
    let mut at = path.parent().unwrap_or_default();
    let mut rest = from;
    while let Some(inner) = rest.strip_prefix("../") {
        at = at.parent().unwrap_or_default();
        rest = inner;
    }
    let beside = at.join(rest.trim_start_matches("./").as_bytes());
    if tree.files.contains_key(&beside) {
        return vec![beside];
    }
    ending(tree, rest.trim_start_matches("./")).cloned().collect()
}

/// The file that `require_relative` names, or one that `require` may.
fn ruby_files(tree: &SourceTree, path: &RepoPath, from: &str) -> Vec<RepoPath> {
    let file = format!("{from}.rb");
    if from.starts_with('.') {
        let beside = joined(&path.parent().unwrap_or_default(), &file);
        return tree.files.contains_key(&beside).then_some(beside).into_iter().collect();
    }
    ending(tree, &file).cloned().collect()
}

/// The files from which an import brings a name, where others than those that hold the name may.
pub(super) fn imported_files(
    tree: &SourceTree,
    family: Family,
    path: &RepoPath,
    facts: &SourceFacts,
    mention: &Mention,
) -> Vec<RepoPath> {
    match family {
        Family::Rust => return parents(tree, path, facts, mention),
        Family::Go | Family::Java | Family::C | Family::CSharp | Family::Php | Family::Ruby => {
            return Vec::new();
        }
        Family::Python | Family::Ecma => {}
    }
    let import = match &mention.qualifier {
        // it may take all that others have, or name what they pass on
        Qualifier::None => {
            let stars = facts.stars.iter().filter(|_| family == Family::Python);
            let stars = stars.map(|star| Import::of(star, star, None));
            let taken = stars.flat_map(|import| files_of(tree, family, path, &import));
            let named =
                import_of(facts, &mention.name).into_iter().flat_map(|one| files_of(tree, family, path, one));
            return taken.chain(named).collect();
        }
        Qualifier::Imported(from) if *from != mention.name => {
            Some(Import::of(&mention.name, from, Some(&mention.name)))
        }
        Qualifier::Name(module) => named_module(facts, module),
        _ => None,
    };
    import.map_or(Vec::new(), |import| files_of(tree, family, path, &import))
}

/// A part of a path of Rust.
pub(super) enum ModuleStep {
    /// It is a file.
    File,
    /// There is no file of it: one of its parents has it, or nobody.
    Missing { name: Word, parents: Vec<RepoPath> },
}

/// The modules through which a path that begins with `crate`, or with the name of a library, leads, up to the first one that is no file; `None` where the
/// crate is not known.
pub(super) fn module_steps(tree: &SourceTree, path: &RepoPath, from: &str) -> Option<Vec<ModuleStep>> {
    let mut parts = from.split("::");
    let first = parts.next()?;
    let library = if first == "crate" { None } else { Some(library_of(tree, path, first)?) };
    let at = text(library.as_ref().unwrap_or(path));
    let start = at.find("src/").filter(|at_src| *at_src == 0 || at.as_bytes()[at_src - 1] == b'/')?;
    let (mut folder, inner) = (at[..start + 4].to_string(), &at[start + 4..]);
    let has = |file: String| Some(RepoPath::from(&*file)).filter(|file| tree.files.contains_key(file));
    let roots = ["lib.rs", "main.rs"].iter().filter_map(|root| has(format!("{folder}{root}")));
    let mut parents: Vec<RepoPath> = match &library {
        Some(file) => vec![file.clone()],
        None => roots.collect(),
    };
    if parents.is_empty() || inner.starts_with("bin/") || inner.contains("src/") {
        return None;
    }
    let mut steps = Vec::new();
    for part in parts.take_while(|part| part.starts_with(char::is_lowercase)) {
        let files: Vec<RepoPath> = [format!("{folder}{part}.rs"), format!("{folder}{part}/mod.rs")]
            .into_iter()
            .filter_map(has)
            .collect();
        if files.is_empty() {
            steps.push(ModuleStep::Missing { name: part.into(), parents });
            return Some(steps);
        }
        steps.push(ModuleStep::File);
        (folder, parents) = (format!("{folder}{part}/"), files);
    }
    Some(steps)
}

/// The files that have to be known to say whether a use of Rust leads nowhere, and what a library passes on.
fn parents(tree: &SourceTree, path: &RepoPath, facts: &SourceFacts, mention: &Mention) -> Vec<RepoPath> {
    let from = match &mention.qualifier {
        Qualifier::Imported(from) | Qualifier::Name(from) => from,
        Qualifier::None => match import_of(facts, &mention.name) {
            Some(import) => &import.from,
            None => return Vec::new(),
        },
        Qualifier::Own(_) | Qualifier::Typed(_) | Qualifier::Value => return Vec::new(),
    };
    if !from.contains("::") {
        return library_of(tree, path, from).into_iter().collect();
    }
    let steps = module_steps(tree, path, from).into_iter().flatten();
    let missing = steps.filter_map(|step| match step {
        ModuleStep::File => None,
        ModuleStep::Missing { parents, .. } => Some(parents),
    });
    missing.flatten().collect()
}

/// Whether a path holds a folder or file of the name of a module or crate of Rust.
pub(super) fn has_part(path: &RepoPath, module: &str) -> bool {
    path.as_bytes()
        .split(|byte| *byte == b'/')
        .any(|part| is_named(part.strip_suffix(b".rs").unwrap_or(part), module))
}

/// Whether a folder or file has the name of a module or crate, which has `_` for `-`.
fn is_named(part: &[u8], module: &str) -> bool {
    let is_same = |(one, other): (&u8, u8)| *one == other || *one == b'-' && other == b'_';
    part.len() == module.len() && part.iter().zip(module.bytes()).all(is_same)
}

/// The file of the library of Rust that a file names by this name, where its package says so.
pub(super) fn library_of(tree: &SourceTree, path: &RepoPath, name: &str) -> Option<RepoPath> {
    let file = library_named(&tree.roots.manifests, path, name)?;
    tree.files.contains_key(&file).then_some(file)
}

/// Whether a path of Rust begins with a crate that is not in the tree.
pub(super) fn is_foreign(tree: &SourceTree, path: &RepoPath, from: &str) -> bool {
    let first = from.split("::").next().unwrap_or(from);
    if matches!(first, "crate" | "self" | "super" | "Self" | "") || first.starts_with(char::is_uppercase) {
        return false;
    }
    if library_of(tree, path, first).is_some() {
        return false;
    }
    // `a_b` may be the crate in the folder `b`
    let is_crate = |path: &RepoPath| {
        let folder = text(path).strip_suffix("/src/lib.rs").and_then(|folder| folder.rsplit('/').next());
        folder.is_some_and(|folder| {
            let folder = folder.replace('-', "_");
            first.strip_suffix(&*folder).is_some_and(|before| before.ends_with('_'))
        })
    };
    !tree.files.keys().any(|path| has_part(path, first) || is_crate(path))
}

/// The import of the module that a name stands for. A path of names (Python) stands for the module to which it leads from the
/// one that its first name brings.
pub(super) fn named_module(facts: &SourceFacts, name: &str) -> Option<Import> {
    let Some((first, rest)) = name.split_once('.') else { return import_of(facts, name).cloned() };
    let import = import_of(facts, first)?;
    // `import a.b` brings `a`
    let is_whole = import.original.is_none() && import.from.split('.').next() == Some(first);
    let start = if is_whole { first } else { &*import.from };
    let parts = [Some(start), import.original.as_deref(), Some(rest)];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    // a package that dots alone name has no dot after it
    let path = parts.join(".").replacen("..", ".", usize::from(start.ends_with('.')));
    Some(Import::of(&import.name, &path, None))
}

/// The import that brings a name into a file.
pub(super) fn import_of<'f>(facts: &'f SourceFacts, name: &str) -> Option<&'f Import> {
    facts.imports.iter().find(|import| &*import.name == name)
}
