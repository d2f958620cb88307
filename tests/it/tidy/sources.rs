//! The source files, their code without tests and comments, and the types that they define.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of a crate.
pub struct Source {
    /// Relative to its crate's `src`, with slashes; no room stands in two crates.
    pub file: String,
    /// All of it.
    pub text: String,
    /// Without tests and comments.
    pub code: String,
}

impl Source {
    /// The first part of the path: `git` of `git/scan/walk.rs`, `config` of `config.rs`.
    pub fn room(&self) -> &str {
        self.file.split(['/', '.']).next().unwrap()
    }

    /// The names of the structs, enums, traits and aliases that the file defines, private ones too.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.code.lines().filter_map(|line| {
            let item = unprefixed(line.trim_start());
            let (word, rest) = item.split_once(' ')?;
            let is_type = match word {
                "struct" | "enum" | "trait" | "union" => true,
                "type" => !line.starts_with(' '), // deeper down, an alias belongs to a trait
                _ => false,
            };
            is_type.then(|| &rest[..name_length(rest)]).filter(|name| !name.is_empty()) // of a macro's parameter
        })
    }
}

/// The folders of the crates.
pub const CRATES: [&str; 6] = ["", "render", "sprint", "repository", "symbols", "engine"];

/// Every source file, by name.
pub fn sources() -> Vec<Source> {
    let crates = CRATES.map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("src"));
    let mut found: Vec<Source> = crates.iter().flat_map(|src| below(src)).collect();
    assert!(found.len() > 50, "the sources were not found");
    found.sort_by(|a, b| a.file.cmp(&b.file));
    found
}

fn below(src: &Path) -> Vec<Source> {
    let mut folders: Vec<PathBuf> = vec![src.to_path_buf()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|kind| kind.to_str()) {
                None if path.is_dir() => folders.push(path),
                Some("rs") => {
                    let file = path.strip_prefix(src).unwrap().to_str().unwrap().replace('\\', "/");
                    let text = fs::read_to_string(&path).unwrap();
                    let code = code(&text);
                    found.push(Source { file, text, code });
                }
                _ => {}
            }
        }
    }
    found
}

fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// An item without `pub`, `pub(...)`, `const`, `async` or `unsafe` before its keyword.
pub fn unprefixed(item: &str) -> &str {
    let Some(rest) = item.strip_prefix("pub") else { return item };
    let rest = match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(')').map_or(scope, |(_, rest)| rest),
        None => rest,
    };
    rest.trim_start()
}

/// The length of the identifier at the start of the text.
pub fn name_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}
