//! What git has to read to carry out a merge whose outcome is known (found by experiments with git): the
//! contents that it writes into the worktree, and those that they replace, for its summary of what changed.
//! Where it does not just move on to the other commit, it writes trees, and each file that these hold in the
//! folders that changed has to be there.

use std::collections::BTreeSet;

use crate::merge::diff::{RawChange, diff_trees, entry_at};
use crate::merge::objects::{Missing, Objects};
use crate::model::{EntryKind, Oid, Reason, RepoPath};

/// The paths at which git could not carry out a merge into a tree, with the reason. `fast_forward`: it moves
/// on to the other commit.
///
/// # Errors
/// A tree that cannot be read.
pub fn unreadable(
    objects: &dyn Objects,
    [ours, merged]: [Oid; 2],
    fast_forward: bool,
) -> Result<Vec<(RepoPath, Reason)>, Missing> {
    let changes = diff_trees(objects, ours, merged)?.changes;
    let mut found = unsound(objects, &contents(objects, &changes), false);
    if !fast_forward {
        found.extend(absent_beside(objects, ours, changes.iter().map(|change| &change.path))?);
    }
    Ok(found)
}

/// The contents that git reads from the repository when it makes these changes in a worktree.
pub(crate) fn contents(objects: &dyn Objects, changes: &[RawChange]) -> Vec<(RepoPath, Oid)> {
    let mut needed = Vec::new();
    for RawChange { path, old, new } in changes {
        for entry in [old, new].into_iter().flatten() {
            let is_content = !matches!(entry.kind, EntryKind::Tree | EntryKind::Submodule);
            if is_content && !objects.is_in_memory(entry.oid) {
                needed.push((path.clone(), entry.oid));
            }
        }
    }
    needed
}

/// The trees of the repository that two trees have at the folders above these paths.
///
/// # Errors
/// A tree that cannot be read.
pub(crate) fn folders_above<'p>(
    objects: &dyn Objects,
    trees: [Oid; 2],
    paths: impl Iterator<Item = &'p RepoPath>,
) -> Result<Vec<(RepoPath, Oid)>, Missing> {
    let mut found = Vec::new();
    for folder in &all_folders(paths) {
        for tree in trees {
            let entry = entry_at(objects, tree, folder)?.filter(|entry| entry.kind == EntryKind::Tree);
            let entry = entry.filter(|entry| {
                entry.oid != Oid::EMPTY_TREE && !objects.is_in_memory(entry.oid) // no run has to find these
            });
            found.extend(entry.map(|entry| (folder.clone(), entry.oid)));
        }
    }
    found.dedup();
    Ok(found)
}

/// All folders in which these paths lie, the top among them.
fn all_folders<'p>(paths: impl Iterator<Item = &'p RepoPath>) -> BTreeSet<RepoPath> {
    let mut folders: BTreeSet<RepoPath> = BTreeSet::new();
    for path in paths {
        let mut folder = Some(path.parent().unwrap_or_default());
        while let Some(at) = folder.take_if(|at| !folders.contains(at)) {
            folder = (!at.as_bytes().is_empty()).then(|| at.parent().unwrap_or_default());
            folders.insert(at);
        }
    }
    folders
}

/// Those of the contents that cannot be read. `known`: in an earlier run, all could.
pub(crate) fn unsound(
    objects: &dyn Objects,
    contents: &[(RepoPath, Oid)],
    known: bool,
) -> Vec<(RepoPath, Reason)> {
    let trouble = |(path, id): &(RepoPath, Oid)| {
        Some((path.clone(), Reason::from(objects.find_sound(*id, known).err()?)))
    };
    contents.iter().filter_map(trouble).collect()
}

/// The files that are nowhere, of all that lie in the same folders of a tree as these paths.
pub(crate) fn absent_beside<'p>(
    objects: &dyn Objects,
    tree: Oid,
    paths: impl Iterator<Item = &'p RepoPath>,
) -> Result<Vec<(RepoPath, Reason)>, Missing> {
    let paths: BTreeSet<&RepoPath> = paths.collect();
    let mut found = Vec::new();
    for folder in &all_folders(paths.iter().copied()) {
        let entry = entry_at(objects, tree, folder)?;
        let Some(tree) = entry.filter(|entry| entry.kind == EntryKind::Tree) else { continue };
        for (name, missing) in objects.absent_in(tree.oid)? {
            let path = folder.join(&name);
            // what a merge replaces is not written any more
            if !paths.contains(&path) {
                found.push((path, Reason::from(missing)));
            }
        }
    }
    Ok(found)
}
