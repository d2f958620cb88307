//! Where `sprint-status.yaml` is looked for.

use std::fs;
use std::path::{Path, PathBuf};

use super::bmad::{self, Named};
use crate::files;
use crate::yaml;

const NAMES: [&str; 2] = ["sprint-status.yaml", "sprint-status.yml"];

/// Below the worktree, and below each of its modules.
const FOLDERS: [&str; 5] = [
    "docs/sprint-artifacts",
    "docs",
    "_bmad-output/implementation-artifacts",
    "_bmad-output",
    "docs/implementation-artifacts",
];

/// Below each folder that BMAD's configuration names.
const BELOW: [&str; 3] = ["", "implementation-artifacts", "sprint-artifacts"];

/// What all of them lie in: most modules have neither.
const ABOVE: [&str; 2] = ["docs", "_bmad-output"];

/// Folders that are never a module of one's own.
const NEVER_MODULES: [&str; 6] = ["node_modules", "target", "vendor", "dist", "build", "docs"];

/// How many folders are looked into for modules: a status must stay quick in any tree.
const MOST_FOLDERS: usize = 2_000;

/// What there is of sprint status files.
pub(super) struct SprintFiles {
    /// The files: the worktree's own first, then those of its modules, by path.
    pub files: Vec<PathBuf>,
    /// Files in the worktree's own places whose names are nearly right.
    pub nearly: Vec<PathBuf>,
    /// What BMAD's configuration names.
    pub named: Named,
}

/// Looks for them.
pub(super) fn sprint_files(worktree: &Path) -> SprintFiles {
    let named = bmad::named(worktree);
    let mut files: Vec<PathBuf> = in_folder(worktree).collect();
    let below = |folder: &PathBuf| BELOW.map(|below| folder.join(below));
    let folders: Vec<PathBuf> = named.folders.iter().flat_map(below).collect();
    for path in named.files.iter().cloned().chain(folders.iter().flat_map(|folder| in_place(folder))) {
        let is_new = |path: &Path| !files.iter().any(|known| known.components().eq(path.components()));
        if is_new(&path) && is_there(&path) {
            files.push(path);
        }
    }
    let own = FOLDERS.iter().map(|place| worktree.join(place));
    let mut nearly: Vec<PathBuf> = own.chain(folders).flat_map(|folder| nearly_right(&folder)).collect();
    nearly.sort();
    nearly.dedup();
    let mut left = MOST_FOLDERS;
    for module in modules(worktree, &mut left) {
        files.extend(in_folder(&module));
        for inner in modules(&module, &mut left) {
            files.extend(in_folder(&inner));
        }
    }
    SprintFiles { files, nearly, named }
}

fn in_folder(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let there: Vec<&str> = ABOVE.into_iter().filter(|above| folder.join(above).is_dir()).collect();
    let places = FOLDERS.iter().filter(move |place| there.iter().any(|above| place.starts_with(above)));
    places.flat_map(move |place| in_place(&folder.join(place))).filter(|path| is_there(path))
}

fn in_place(folder: &Path) -> [PathBuf; 2] {
    NAMES.map(|name| folder.join(name))
}

/// Whether something has this name: what is no file is told when it is read.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The files in a folder that were probably meant to be the status file.
fn nearly_right(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let nearly =
        names.filter(|name| !NAMES.contains(&name.as_str()) && yaml::is_nearly(name, "sprint-status"));
    nearly.map(|name| folder.join(name)).collect()
}

/// The folders in a folder that could be modules: no hidden or foreign ones, no links, no other
/// repositories and no linked worktrees, which have copies of the same files.
fn modules(folder: &Path, left: &mut usize) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return vec![] };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        if *left == 0 {
            break;
        }
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !name.starts_with('.') && !NEVER_MODULES.contains(&name.as_ref()) {
            *left -= 1;
            if !is_other_worktree(&entry.path()) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// Whether it is a repository or a linked worktree. Submodules are modules.
fn is_other_worktree(folder: &Path) -> bool {
    let git = folder.join(".git");
    match fs::symlink_metadata(&git) {
        Ok(about) if about.is_file() => {
            !files::read_text(&git, files::MOST_OF_GIT).is_ok_and(|text| text.contains("/modules/"))
        }
        Ok(_) => true,
        Err(_) => false,
    }
}
