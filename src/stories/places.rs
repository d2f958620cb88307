//! The folders in which `sprint-status.yaml` is looked for.

use std::fs;
use std::path::{Path, PathBuf};

const NAMES: [&str; 2] = ["sprint-status.yaml", "sprint-status.yml"];

/// Where it is looked for, below the worktree and below each of its modules.
const FOLDERS: [&str; 5] = [
    "docs/sprint-artifacts",
    "docs",
    "_bmad-output/implementation-artifacts",
    "_bmad-output",
    "docs/implementation-artifacts",
];

/// The folders above them all: most modules have neither.
const ABOVE: [&str; 2] = ["docs", "_bmad-output"];

/// Folders that are never a module of the project.
const FOREIGN: [&str; 6] = ["node_modules", "target", "vendor", "dist", "build", "docs"];

/// Upper bound on the folders searched for modules, so that `status` stays fast in any tree.
const MOST: usize = 2_000;

/// Every sprint status file: the worktree's own first, then those of its modules, by path.
pub(super) fn sprint_files(worktree: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = in_folder(worktree).collect();
    let mut left = MOST;
    for module in modules(worktree, &mut left) {
        files.extend(in_folder(&module));
        for inner in modules(&module, &mut left) {
            files.extend(in_folder(&inner));
        }
    }
    files
}

fn in_folder(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let there: Vec<&str> = ABOVE.into_iter().filter(|above| folder.join(above).is_dir()).collect();
    let places = FOLDERS.iter().filter(move |place| there.iter().any(|above| place.starts_with(above)));
    places
        .flat_map(move |place| NAMES.map(|name| folder.join(place).join(name)))
        .filter(|path| path.is_file())
}

/// The subfolders that could be modules: no hidden or foreign ones, no links, no other
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
        if is_folder && !name.starts_with('.') && !FOREIGN.contains(&name.as_ref()) {
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
            !fs::read_to_string(&git).is_ok_and(|text| text.contains("/modules/"))
        }
        Ok(_) => true,
        Err(_) => false,
    }
}
