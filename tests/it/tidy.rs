//! Who may know whom, held by a test so that nobody has to remember it.

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file, relative to `src`, with its text.
fn sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![src.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|kind| kind.to_str()) {
                None if path.is_dir() => folders.push(path),
                Some("rs") => {
                    let name = path.strip_prefix(&src).unwrap().to_str().unwrap().to_string();
                    found.push((name, fs::read_to_string(&path).unwrap()));
                }
                _ => {}
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found.sort();
    found
}

/// The code of a file without its tests and comments.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The first part of a path: `git` of `git/scan/walk.rs`, `config` of `config.rs`.
fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

/// The rooms that a file names: `crate::room`.
fn known_rooms(code: &str) -> Vec<String> {
    let mut rooms: Vec<String> = code
        .match_indices("crate::")
        .map(|(at, word)| {
            code[at + word.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        })
        .collect();
    rooms.sort();
    rooms.dedup();
    rooms
}

#[test]
fn rooms_know_only_whom_they_may() {
    let allowed: &[(&str, &[&str])] = &[
        ("model", &[]),
        ("merge", &["model"]),
        ("yaml", &["model"]),
        ("interaction", &["merge", "model"]),
        ("git", &["model", "merge", "interaction"]), // it is an object source
        ("cache", &["model", "merge", "interaction"]), // it keeps what was worked out
        ("files", &[]),
        ("tracking", &["model", "yaml", "files"]),
        ("stories", &["model", "yaml"]),
        ("hooks", &["model", "files"]),
        ("planning", &["model"]),
        ("checks", &["model", "planning"]),
        ("render", &["model", "planning"]),
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some((own, allowed)) = allowed.iter().find(|(name, _)| *name == room(&file)) else { continue };
        for known in known_rooms(&code(&text)) {
            if known != *own && !allowed.contains(&known.as_str()) {
                wrong.push(format!("{file} knows {known}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Words of a trade, and the only places that may use them.
const TRADES: [(&str, &[&str]); 13] = [
    ("git2::", &["git/"]),
    ("gix_index", &["git/"]),
    ("serde_yaml", &["tracking/", "stories/", "yaml/", "yaml.rs", "config.rs"]),
    ("yaml_edit", &["tracking/", "yaml/", "yaml.rs"]),
    ("postcard::", &["cache/"]),
    ("println!", &[]),
    ("print!", &[]),
    ("io::stdout()", &["main.rs", "context.rs"]),
    ("io::stderr()", &["main.rs"]),
    ("Utc::now", &["context.rs"]),
    ("current_dir()", &["context.rs"]),
    ("Command::new", &["git/program.rs", "git/merge_driver.rs", "commands/demo/mod.rs"]),
    ("fs::write(", &["commands/demo/shop.rs", "git/stand_in.rs", "git/merge_driver.rs"]), // in folders of their own making
];

#[test]
fn each_trade_has_its_room() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (word, places) in TRADES {
            if code(&text).contains(word) && !places.iter().any(|place| file.starts_with(place)) {
                wrong.push(format!("{file} uses {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_dependency_says_why_it_is_here() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let start = manifest.find("[dependencies]").unwrap();
    let section = manifest[start..].split("\n[").next().unwrap();
    let lines: Vec<&str> = section.lines().skip(1).filter(|line| !line.is_empty()).collect();
    for (above, line) in lines.iter().zip(&lines[1..]) {
        assert!(line.contains('#') || above.starts_with('#'), "no reason: {line}");
    }
}
