//! Where BMAD's own configuration says that its files are.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_yaml::{Mapping, Value};

use crate::yaml::{self, Problem, scalar_text};

/// The folders that BMAD is installed in, by its versions.
const HOMES: [&str; 3] = ["_bmad", ".bmad", "bmad"];

/// Its configurations in there.
const FILES: [&str; 7] = [
    "bmm/config.yaml",
    "config.yaml",
    "core/config.yaml",
    "custom/config.user.toml",
    "custom/config.toml",
    "config.user.toml",
    "config.toml",
];

/// Keys of a file of statuses itself.
const STATUS_FILES: [&str; 2] = ["sprint_status", "sprint_status_file"];

/// Keys of folders that it may be in.
const FOLDERS: [&str; 4] =
    ["implementation_artifacts", "sprint_artifacts", "dev_ephemeral_location", "output_folder"];

/// What the configurations of a worktree name.
#[derive(Default)]
pub(super) struct Named {
    /// Files of statuses.
    pub files: Vec<PathBuf>,
    /// Folders to look into.
    pub folders: Vec<PathBuf>,
    /// Configurations that cannot be read.
    pub broken: Vec<(PathBuf, Problem)>,
}

/// What they name below the worktree.
pub(super) fn named(worktree: &Path) -> Named {
    let mut named = Named::default();
    for home in HOMES.iter().map(|home| worktree.join(home)).filter(|home| home.is_dir()) {
        for path in FILES.iter().map(|file| home.join(file)) {
            if path.symlink_metadata().is_err() {
                continue;
            }
            let settings = match settings(&path) {
                Ok(settings) => settings,
                Err(problem) => {
                    named.broken.push((path, problem));
                    continue;
                }
            };
            let at = |key: &&str| place(&settings, key, worktree);
            named.files.extend(STATUS_FILES.iter().filter_map(at));
            named.folders.extend(FOLDERS.iter().filter_map(at));
        }
    }
    named
}

/// The texts of a configuration by their keys; those at the top before those one level below.
fn settings(path: &Path) -> Result<BTreeMap<String, String>, Problem> {
    let bytes = yaml::read_bytes(path)?;
    let text = yaml::decode(&bytes)?;
    if path.extension().is_some_and(|kind| kind == "toml") {
        return Ok(text.lines().filter_map(toml_setting).collect());
    }
    let value = yaml::parse(text)?;
    let Some(top) = value.as_mapping() else { return Ok(BTreeMap::new()) };
    let inner = top.values().filter_map(Value::as_mapping);
    let texts = |fields: &Mapping| -> Vec<(String, String)> {
        fields.iter().filter_map(|(key, value)| Some((scalar_text(key)?, scalar_text(value)?))).collect()
    };
    Ok(inner.chain([top]).flat_map(texts).collect())
}

/// `key = "text"`, which is all that such a file has of interest.
fn toml_setting(line: &str) -> Option<(String, String)> {
    let (key, value) = line.split_once('=')?;
    let value = value.trim();
    let quote = value.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
    let text = value[1..].split(quote).next()?;
    Some((key.trim().to_string(), text.to_string()))
}

/// The place that a setting names, where it is inside the worktree. `{project-root}` is the worktree,
/// `{output_folder}` and the like are other settings.
fn place(settings: &BTreeMap<String, String>, key: &str, worktree: &Path) -> Option<PathBuf> {
    let mut text = settings.get(key)?.replace("{project-root}/", "").replace("{project-root}", ".");
    for _ in 0..4 {
        let Some((before, rest)) = text.split_once('{') else { break };
        let (name, after) = rest.split_once('}')?;
        let value = settings.get(name)?.replace("{project-root}/", "").replace("{project-root}", ".");
        text = format!("{before}{value}{after}");
    }
    let mut place = worktree.to_path_buf();
    for part in Path::new(&text).components() {
        match part {
            Component::Normal(name) => place.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                place.pop();
            }
            Component::RootDir | Component::Prefix(_) => place = PathBuf::from("/"),
        }
    }
    (place.starts_with(worktree) && !text.contains('{')).then_some(place)
}
