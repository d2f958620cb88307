//! Ignored files where the target is checked out: git overwrites them without a word.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::merge::entry_at;
use crate::model::{Facts, MergeOrder, Place, RepoPath, few};
use crate::pipeline::Workspace;

/// Adds to each step the ignored files that it would overwrite.
pub(super) fn add_ignored(
    workspace: &Workspace,
    facts: &Facts,
    place: Option<&Place>,
    order: &mut MergeOrder,
) {
    let at = (0..facts.places.len()).find(|at| facts.is_at_target(*at));
    let tip = at.and_then(|at| facts.tip_at(at));
    let (Some(tip), Some(top)) = (tip, place.and_then(|place| place.worktree.as_deref())) else { return };
    let store = workspace.repository.store();
    let tree = tip.tree;
    // neither git nor an earlier step knows of it, and yet it is there
    let is_ignored = |path: &RepoPath| {
        is_file(top, path)
            && tip.changes.at(path).is_none()
            && matches!(entry_at(&store, tree, path), Ok(None))
    };
    for step in &mut order.steps {
        let found: Vec<RepoPath> = step.touched.iter().filter(|path| is_ignored(path)).cloned().collect();
        if found.is_empty() {
            continue;
        }
        let names: Vec<String> = found.iter().map(ToString::to_string).collect();
        let files = if found.len() == 1 { "an ignored file" } else { "ignored files" };
        step.warnings.push(format!(
            "git overwrites {files} in {} without asking: move or copy {} first",
            facts.target.name,
            few(&names)
        ));
        step.overwrites.extend(found);
    }
}

fn is_file(top: &Path, path: &RepoPath) -> bool {
    let found = fs::symlink_metadata(top.join(OsStr::from_bytes(path.as_bytes())));
    found.is_ok_and(|found| !found.is_dir())
}
