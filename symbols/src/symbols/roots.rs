//! What a repository says of how its imports lead to its files: the modules of Go, the packages of Rust, and the
//! aliases of TypeScript.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::merge::{Missing, Objects};
use crate::model::{Oid, RepoPath};

use super::crates::{self, CargoManifest};
use super::language::Family;
use super::packages::{self, OwnPackage, joined};

/// So many files are followed from which one takes what it does not say itself.
const MOST_EXTENDED: usize = 8;

/// What the files that say so say, by family.
#[derive(Clone, Default)]
pub(super) struct ImportRoots {
    files: BTreeMap<RepoPath, Oid>,
    /// The modules of Go, with their folders.
    pub modules: Vec<(RepoPath, String)>,
    /// Where names lead to that are not relative (TypeScript), by the folder for which it is said.
    pub aliases: BTreeMap<RepoPath, Vec<PathAliases>>,
    /// The packages of the repository that others import by their names (JavaScript).
    pub packages: BTreeMap<String, OwnPackage>,
    /// What the packages of Rust say, by their folders.
    pub manifests: BTreeMap<RepoPath, CargoManifest>,
}

/// What one file says of names that are not relative.
#[derive(Clone, Default)]
pub(super) struct PathAliases {
    /// The folder in which they are looked for.
    pub base: Option<RepoPath>,
    /// Patterns with at most one `*`, and the paths that they stand for, from the root of the repository.
    pub patterns: Vec<(String, Vec<String>)>,
}

/// Whether a file says where imports lead to.
pub(super) fn is_root_file(family: Family, path: &RepoPath) -> bool {
    let name = path.file_name();
    let is_config = || name.starts_with(b"tsconfig") || name.starts_with(b"jsconfig");
    match family {
        Family::Go => name == b"go.mod",
        Family::Ecma => is_config() && name.ends_with(b".json") || packages::tells(name),
        Family::Rust => crates::tells(name),
        Family::Python | Family::Java | Family::C | Family::CSharp | Family::Php | Family::Ruby => false,
    }
}

impl ImportRoots {
    /// What these files say.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of(
        objects: &dyn Objects,
        family: Family,
        files: BTreeMap<RepoPath, Oid>,
    ) -> Result<ImportRoots, Missing> {
        let mut roots = ImportRoots { files, ..ImportRoots::default() };
        let mut configs = BTreeMap::new();
        if family == Family::Ecma {
            roots.packages = packages::own(objects, &roots.files)?;
        }
        for (path, content) in &roots.files {
            if packages::tells(path.file_name()) {
                continue;
            }
            let text = objects.blob(*content)?;
            let Ok(text) = std::str::from_utf8(&text) else { continue };
            if family == Family::Rust {
                let folder = path.parent().unwrap_or_default();
                roots.manifests.insert(folder, CargoManifest::read(text));
            } else if family == Family::Go {
                let named = text.lines().find_map(|line| line.trim().strip_prefix("module "));
                let name = named.map(|name| name.split("//").next().unwrap_or(name).trim().trim_matches('"'));
                roots.modules.extend(name.map(|name| (path.parent().unwrap_or_default(), name.to_string())));
            } else if let Ok(config) = serde_json::from_str::<Value>(&without_comments(text)) {
                configs.insert(path.clone(), config);
            }
        }
        for path in configs.keys() {
            let said = aliases(&configs, path, 0);
            if said.base.is_some() || !said.patterns.is_empty() {
                roots.aliases.entry(path.parent().unwrap_or_default()).or_default().push(said);
            }
        }
        Ok(roots)
    }

    /// The same with other contents; `None` where they are the same.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn after(
        &self,
        objects: &dyn Objects,
        family: Family,
        changed: &[(RepoPath, Option<Oid>)],
    ) -> Result<Option<ImportRoots>, Missing> {
        if changed.is_empty() {
            return Ok(None);
        }
        let mut files = self.files.clone();
        for (path, content) in changed {
            match content {
                Some(content) => _ = files.insert(path.clone(), *content),
                None => _ = files.remove(path),
            }
        }
        ImportRoots::of(objects, family, files).map(Some)
    }

    /// What is said for a file, the nearest first.
    pub fn aliases_for(&self, path: &RepoPath) -> Vec<&PathAliases> {
        let mut found = Vec::new();
        let mut at = path.clone();
        while !self.aliases.is_empty() && at != RepoPath::default() {
            at = at.parent().unwrap_or_default();
            found.extend(self.aliases.get(&at).into_iter().flatten());
        }
        found
    }
}

impl PathAliases {
    /// The paths for which a name stands, by the pattern that says most of it.
    pub fn paths(&self, name: &str) -> Option<Vec<String>> {
        let part = |pattern: &str| -> Option<String> {
            match pattern.split_once('*') {
                Some((before, after)) => {
                    let inner = name.strip_prefix(before)?.strip_suffix(after)?;
                    (name.len() >= before.len() + after.len()).then(|| inner.to_string())
                }
                None => (name == pattern).then(String::new),
            }
        };
        let matching =
            self.patterns.iter().filter_map(|(pattern, paths)| Some((pattern, part(pattern)?, paths)));
        let (_, inner, paths) =
            matching.max_by_key(|(pattern, ..)| pattern.find('*').unwrap_or(usize::MAX))?;
        Some(paths.iter().map(|path| path.replacen('*', &inner, 1)).collect())
    }

    /// Whether a pattern says more than that any name may stand for something.
    pub fn names(&self, name: &str) -> bool {
        let own = PathAliases {
            base: None,
            patterns: self
                .patterns
                .iter()
                .filter(|(pattern, _)| !pattern.starts_with('*'))
                .cloned()
                .collect(),
        };
        own.paths(name).is_some()
    }
}

/// What a file says, with what it takes from others.
fn aliases(configs: &BTreeMap<RepoPath, Value>, path: &RepoPath, depth: usize) -> PathAliases {
    let Some(config) = configs.get(path).filter(|_| depth < MOST_EXTENDED) else {
        return PathAliases::default();
    };
    let folder = path.parent().unwrap_or_default();
    let mut said = PathAliases::default();
    let extended = match &config["extends"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    for other in extended.into_iter().filter(|other| other.starts_with('.')) {
        let ending = if other.ends_with(".json") { "" } else { ".json" };
        let taken = aliases(configs, &joined(&folder, &format!("{other}{ending}")), depth + 1);
        said.base = taken.base.or(said.base);
        if !taken.patterns.is_empty() {
            said.patterns = taken.patterns;
        }
    }
    let options = &config["compilerOptions"];
    if let Some(base) = options["baseUrl"].as_str() {
        said.base = Some(joined(&folder, base));
    }
    if let Some(paths) = options["paths"].as_object() {
        let from = said.base.clone().unwrap_or(folder);
        let target = |path: &Value| Some(joined(&from, path.as_str()?).to_string());
        said.patterns = paths
            .iter()
            .map(|(pattern, paths)| {
                (pattern.clone(), paths.as_array().into_iter().flatten().filter_map(target).collect())
            })
            .collect();
    }
    said
}

/// JSON without the comments and last commas that these files may have.
fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let (mut rest, mut is_text) = (text, false);
    while let Some(first) = rest.chars().next() {
        let mut end = first.len_utf8();
        if is_text {
            if first == '\\' {
                end += rest[end..].chars().next().map_or(0, char::len_utf8);
            }
            is_text = first != '"';
            plain.push_str(&rest[..end]);
        } else if rest.starts_with("//") {
            end = rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            end = rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else {
            is_text = first == '"';
            if matches!(first, '}' | ']') {
                let kept = plain.trim_end().strip_suffix(',').map(str::len);
                plain.truncate(kept.unwrap_or(plain.len()));
            }
            plain.push(first);
        }
        rest = &rest[end..];
    }
    plain
}
