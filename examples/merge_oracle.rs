//! Answers merge questions, one JSON line for each line `REPOSITORY OURS THEIRS` on standard input:
//! `{"clean": …, "conflicts": […], "tree": …}`, or `{"error": …}`.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use git_objects::GitObjects;
use serde_json::json;
use track_work::merge::{DirectoryRenames, Driver, Options, merge_commits};
use track_work::model::{MergeOutcome, Oid, RepoPath};

#[path = "../tests/it/merge_engine/git_objects.rs"]
#[allow(dead_code)]
mod git_objects;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut open: Option<(String, GitObjects, Options)> = None;
    let mut answers = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.rsplitn(3, ' ');
        let (Some(theirs), Some(ours), Some(path)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        answers += 1;
        if answers % 200 == 0 || open.as_ref().is_none_or(|(known, ..)| known != path) {
            let objects = GitObjects::open(Path::new(path))?;
            open = Some((path.to_string(), objects, options(Path::new(path))?));
        }
        let Some((_, objects, options)) = &open else { continue };
        let answer = match (ours.parse::<Oid>(), theirs.parse::<Oid>()) {
            (Ok(ours), Ok(theirs)) => match merge_commits(objects, objects, ours, theirs, options) {
                Ok(outcome) => told(&outcome),
                Err(missing) => json!({"error": missing.to_string()}),
            },
            _ => json!({"error": "not an id"}),
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn told(outcome: &MergeOutcome) -> serde_json::Value {
    if let Some((path, reason)) = outcome.undecided.first() {
        return json!({"error": format!("{path}: {reason}")});
    }
    let paths: Vec<String> =
        outcome.unmerged.iter().map(|path| String::from_utf8_lossy(path.as_bytes()).into_owned()).collect();
    let kinds: Vec<&str> = outcome.conflicts.iter().map(|conflict| conflict.kind.name()).collect();
    json!({"clean": outcome.is_clean(), "conflicts": paths, "kinds": kinds, "tree": outcome.tree.to_string()})
}

/// The settings of a repository, and the attributes in its `info/attributes`.
fn options(path: &Path) -> Result<Options, git2::Error> {
    let repository = git2::Repository::open(path)?;
    let config = repository.config()?.snapshot()?;
    let mut options = Options::default();
    for key in ["diff.renamelimit", "merge.renamelimit"] {
        if let Ok(limit) = config.get_i64(key)
            && limit > 0
        {
            options.rename_limit = limit as usize;
        }
    }
    for key in ["diff.renames", "merge.renames"] {
        if let Ok(renames) = config.get_bool(key) {
            options.renames = renames;
        }
    }
    options.directory_renames = match config.get_str("merge.directoryrenames") {
        Ok("conflict") | Err(_) => DirectoryRenames::Conflict,
        Ok(_) if config.get_bool("merge.directoryrenames") == Ok(true) => DirectoryRenames::Apply,
        Ok(_) => DirectoryRenames::Off,
    };
    let drivers = Drivers { path: path.to_path_buf(), known: Default::default() };
    options.attributes = Some(std::sync::Arc::new(move |path| drivers.of(path)));
    Ok(options)
}

struct Drivers {
    path: PathBuf,
    known: std::sync::Mutex<HashMap<RepoPath, Driver>>,
}

impl Drivers {
    fn of(&self, path: &RepoPath) -> Driver {
        let Ok(mut known) = self.known.lock() else { return Driver::Text };
        if let Some(driver) = known.get(path) {
            return driver.clone();
        }
        let driver = self.read(path).unwrap_or_default();
        known.insert(path.clone(), driver.clone());
        driver
    }

    fn read(&self, path: &RepoPath) -> Option<Driver> {
        let repository = git2::Repository::open(&self.path).ok()?;
        let name = Path::new(std::str::from_utf8(path.as_bytes()).ok()?);
        let flags = git2::AttrCheckFlags::INDEX_ONLY;
        let value = repository.get_attr_bytes(name, "merge", flags).ok()?;
        Some(match git2::AttrValue::always_bytes(value) {
            git2::AttrValue::False => Driver::Binary,
            git2::AttrValue::Bytes(b"binary") => Driver::Binary,
            git2::AttrValue::Bytes(b"union") => Driver::Union,
            git2::AttrValue::Bytes(b"text") => Driver::Text,
            git2::AttrValue::Bytes(name) => {
                let name = String::from_utf8_lossy(name).into_owned();
                let command = format!("merge.{name}.driver");
                let config = repository.config().ok()?;
                if config.get_entry(&command).is_ok() { Driver::Custom(name) } else { Driver::Text }
            }
            git2::AttrValue::True | git2::AttrValue::Unspecified | git2::AttrValue::String(_) => Driver::Text,
        })
    }
}
