//! The packages of JavaScript that a repository is made of: what they are called, and from which file others have what they
//! import by that name.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::merge::{Missing, Objects};
use crate::model::{Oid, RepoPath};

/// A package of the repository.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct OwnPackage {
    folder: RepoPath,
    /// The files that it names as what others import, which may be built from its sources.
    entries: Vec<String>,
}

/// Folders that are built from the one with the sources.
const BUILT: [&str; 8] = ["lib", "dist", "build", "out", "es", "esm", "cjs", "types"];

/// Whether a file of this name says which packages there are.
pub(super) fn tells(name: &[u8]) -> bool {
    matches!(name, b"package.json" | b"pnpm-workspace.yaml")
}

/// The packages that the root of the repository lists, by name. What several are called is none.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn own(
    objects: &dyn Objects,
    files: &BTreeMap<RepoPath, Oid>,
) -> Result<BTreeMap<String, OwnPackage>, Missing> {
    let read = |path: &RepoPath| files.get(path).map(|content| objects.blob(*content)).transpose();
    let mut patterns = Vec::new();
    if let Some(text) = read(&RepoPath::from("package.json"))?
        && let Ok(root) = serde_json::from_slice::<Value>(&text)
    {
        let list = root["workspaces"].as_array().or_else(|| root["workspaces"]["packages"].as_array());
        patterns.extend(list.into_iter().flatten().filter_map(Value::as_str).map(String::from));
    }
    if let Some(text) = read(&RepoPath::from("pnpm-workspace.yaml"))? {
        let text = String::from_utf8_lossy(&text).into_owned();
        let items = text.lines().skip_while(|line| !line.starts_with("packages:")).skip(1);
        let items =
            items.take_while(|line| line.trim().is_empty() || line.trim_start().starts_with(['-', '#']));
        let items = items.filter_map(|line| line.trim().strip_prefix('-'));
        patterns.extend(items.map(|item| item.trim().trim_matches(['"', '\'']).to_string()));
    }
    let (mut found, mut twice) = (BTreeMap::new(), Vec::new());
    for (path, content) in files.iter().filter(|(path, _)| path.file_name() == b"package.json") {
        let folder = path.parent().unwrap_or_default();
        let text = folder.to_string();
        let is_listed =
            |pattern: &String| matches(pattern.trim_start_matches("./").trim_end_matches('/'), &text);
        if !patterns.iter().any(is_listed) {
            continue;
        }
        let Ok(said) = serde_json::from_slice::<Value>(&objects.blob(*content)?) else { continue };
        if let Some(name) = said["name"].as_str() {
            let package = OwnPackage { folder, entries: entries(&said) };
            if found.insert(name.to_string(), package).is_some() {
                twice.push(name.to_string());
            }
        }
    }
    twice.iter().for_each(|name| _ = found.remove(name));
    Ok(found)
}

/// Whether a pattern stands for a folder: `*` for one part of its path, `**` for any number.
fn matches(pattern: &str, folder: &str) -> bool {
    let (first, rest) = pattern.split_once('/').unwrap_or((pattern, ""));
    let (part, inner) = folder.split_once('/').unwrap_or((folder, ""));
    match first {
        "**" => matches(rest, folder) || !folder.is_empty() && matches(pattern, inner),
        "" => folder.is_empty(),
        _ if folder.is_empty() => false,
        _ => is_part(first, part) && matches(rest, inner),
    }
}

fn is_part(pattern: &str, part: &str) -> bool {
    match pattern.split_once('*') {
        Some((before, after)) => {
            let inner = part.strip_prefix(before);
            inner.is_some_and(|inner| inner.ends_with(after) && !inner.is_empty())
        }
        None => pattern == part,
    }
}

fn entries(said: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |value: &Value| found.extend(value.as_str().map(String::from));
    ["source", "types", "typings", "module", "main"].iter().for_each(|key| add(&said[key]));
    let root = if said["exports"]["."].is_null() { &said["exports"] } else { &said["exports"]["."] };
    add(root);
    for key in ["source", "types", "import", "default", "require"] {
        add(&root[key]);
        add(&root[key]["default"]);
    }
    found
}

/// A path from a folder on, without what leads back.
pub(super) fn joined(folder: &RepoPath, path: &str) -> RepoPath {
    let mut at = folder.clone();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        at = match part {
            ".." => at.parent().unwrap_or_default(),
            part => at.join(part.as_bytes()),
        };
    }
    at
}

impl OwnPackage {
    /// Where what is imported by a name of this package may be: its sources, before what is built from them.
    pub fn paths(&self, own: &str, name: &str) -> Option<Vec<RepoPath>> {
        let rest = name.strip_prefix(own)?;
        let named: Vec<&str> = match rest.strip_prefix('/') {
            Some(inner) => vec![inner],
            None if rest.is_empty() => self.entries.iter().map(String::as_str).collect(),
            None => return None,
        };
        let mut found = Vec::new();
        for path in &named {
            let path = path.trim_start_matches("./");
            let stem = path.strip_suffix(".d.ts").unwrap_or(path);
            let (first, inner) = stem.split_once('/').unwrap_or(("", stem));
            if BUILT.contains(&first) {
                found.push(joined(&self.folder, &format!("src/{inner}")));
            }
            if !rest.is_empty() {
                found.push(joined(&self.folder, &format!("src/{stem}")));
            }
            found.push(joined(&self.folder, stem));
        }
        if rest.is_empty() {
            found.extend(["src/index", "index"].map(|path| joined(&self.folder, path)));
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_folders() {
        for (pattern, folder, is_meant) in [
            ("packages/*", "packages/a", true),
            ("packages/*", "packages/a/b", false),
            ("packages/**", "packages/a/b", true),
            ("packages/**", "packages", true),
            ("@app/kit-*", "@app/kit-a", true),
            ("apps", "apps", true),
            ("apps", "apps/a", false),
            ("*", "", false),
        ] {
            assert_eq!(matches(pattern, folder), is_meant, "{pattern} {folder}");
        }
    }

    #[test]
    fn what_is_built_is_looked_for_in_the_sources() {
        let package =
            OwnPackage { folder: RepoPath::from("packages/a"), entries: vec!["lib/index.d.ts".into()] };
        let paths =
            |name| package.paths("@app/a", name).map(|all| all.iter().map(RepoPath::to_string).collect());
        let all =
            |paths: &[&str]| Some(paths.iter().map(|path| (*path).to_string()).collect::<Vec<String>>());
        assert_eq!(
            paths("@app/a"),
            all(&[
                "packages/a/src/index",
                "packages/a/lib/index",
                "packages/a/src/index",
                "packages/a/index"
            ])
        );
        assert_eq!(paths("@app/a/b"), all(&["packages/a/src/b", "packages/a/b"]));
        assert_eq!(paths("@app/ab"), None);
    }
}
