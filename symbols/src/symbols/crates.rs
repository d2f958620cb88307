//! The packages of Rust that a repository is made of: by which names their files, and those of others, name their libraries.

use std::collections::BTreeMap;

use crate::model::RepoPath;

use super::packages::joined;

/// What one `Cargo.toml` says.
#[derive(Clone, Debug, Default)]
pub(super) struct CargoManifest {
    /// The name of its package, where it has one.
    package: Option<String>,
    /// What `[lib]` says that the library is called, and where it is.
    lib_name: Option<String>,
    lib_path: Option<String>,
    dependencies: Vec<CargoDependency>,
    /// What its workspace says of dependencies.
    shared: Vec<CargoDependency>,
}

/// A dependency as one table says it.
#[derive(Clone, Debug, Default)]
struct CargoDependency {
    key: String,
    /// The folder of the package, where it is near.
    path: Option<String>,
    /// Whether the key is another name than that of the package.
    is_renamed: bool,
    /// Whether the workspace says what it is.
    is_shared: bool,
}

/// Whether a file of this name says which packages there are.
pub(super) fn tells(name: &[u8]) -> bool {
    name == b"Cargo.toml"
}

fn as_crate(name: &str) -> String {
    name.replace('-', "_")
}

impl CargoManifest {
    /// What its text says, as far as one line does.
    pub fn read(text: &str) -> CargoManifest {
        let mut said = CargoManifest::default();
        let mut table = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(head) = line.strip_prefix('[') {
                let head = head.trim_start_matches('[').split(']').next().unwrap_or(head);
                table = head.trim().replace(['"', '\'', ' '], "");
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            let (key, value) = (key.trim().trim_matches(['"', '\'']), value.trim());
            let of_text = || quoted(value).map(String::from);
            match (&*table, key) {
                ("package", "name") => said.package = of_text(),
                ("lib", "name") => said.lib_name = of_text(),
                ("lib", "path") => said.lib_path = of_text(),
                _ => said.depend(&table, key, value),
            }
        }
        said
    }

    fn depend(&mut self, table: &str, key: &str, value: &str) {
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        // `[dependencies]`, `[target.….dependencies]`, `[dependencies.name]`
        let last = table.rsplit('.').next().unwrap_or(table);
        let (list, name, said): (_, &str, Vec<(&str, &str)>) = if tables.contains(&last) {
            let list = table;
            match (key.split_once('.'), value.strip_prefix('{')) {
                (Some((name, key)), _) => (list, name, vec![(key, value)]),
                (None, Some(inner)) => (list, key, inner.split(',').filter_map(pair).collect()),
                (None, None) => (list, key, Vec::new()),
            }
        } else {
            match table.rsplit_once('.') {
                Some((list, name)) if tables.contains(&list.rsplit('.').next().unwrap_or(list)) => {
                    (list, name, vec![(key, value)])
                }
                _ => return,
            }
        };
        let all = if list.starts_with("workspace.") { &mut self.shared } else { &mut self.dependencies };
        let at = all.iter().position(|one| one.key == name).unwrap_or_else(|| {
            all.push(CargoDependency { key: name.into(), ..CargoDependency::default() });
            all.len() - 1
        });
        for (key, value) in said {
            match key {
                "path" => all[at].path = quoted(value).map(String::from),
                "package" => all[at].is_renamed = true,
                "workspace" => all[at].is_shared = value.starts_with("true"),
                _ => {}
            }
        }
    }

    /// By what name others have its library.
    fn library(&self) -> Option<String> {
        self.lib_name.clone().or_else(|| self.package.as_deref().map(as_crate))
    }

    /// The file of its library.
    fn library_file(&self, folder: &RepoPath) -> RepoPath {
        joined(folder, self.lib_path.as_deref().unwrap_or("src/lib.rs"))
    }
}

/// A text in quotation marks.
fn quoted(value: &str) -> Option<&str> {
    let mark = value.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    value[1..].split(mark).next()
}

/// `key = value` of a table in one line.
fn pair(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    Some((key.trim(), value.trim()))
}

/// The file of the library that a file names by this name; `None` where that is none of the repository, or where nobody says.
pub(super) fn library_named(
    manifests: &BTreeMap<RepoPath, CargoManifest>,
    path: &RepoPath,
    name: &str,
) -> Option<RepoPath> {
    if manifests.is_empty() {
        return None;
    }
    let above = |path: &RepoPath| {
        let mut at = path.clone();
        let folders = std::iter::from_fn(move || {
            if at == RepoPath::default() {
                return None;
            }
            at = at.parent().unwrap_or_default();
            Some(at.clone())
        });
        folders.filter_map(|folder| Some((manifests.get(&folder)?, folder)))
    };
    let (own, folder) = above(path).find(|(one, _)| one.package.is_some())?;
    let library = own.library_file(&folder);
    // a library does not name itself so
    if own.library().as_deref() == Some(name) && *path != library {
        return Some(library);
    }
    own.dependencies.iter().find_map(|one| {
        let shared = || {
            let mut workspaces = above(path).filter(|(of, _)| !of.shared.is_empty());
            workspaces.find_map(|(of, at)| Some((of.shared.iter().find(|other| other.key == one.key)?, at)))
        };
        let (said, from) = if one.is_shared { shared()? } else { (one, folder.clone()) };
        let there = joined(&from, said.path.as_deref()?);
        let package = manifests.get(&there)?;
        let called = if said.is_renamed { Some(as_crate(&said.key)) } else { package.library() };
        (called.as_deref() == Some(name)).then(|| package.library_file(&there))
    })
}
