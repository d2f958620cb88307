//! Paths that were asked for and are not there.

use crate::merge::{Objects, entry_at};
use crate::model::{CheckQuestion, DriftPath, Encounter, Known, Oid, Place, RepoPath};
use crate::pipeline::Workspace;

use super::own::Own;

/// The paths of the question that neither the place nor the target has, and that nobody is known to have
/// changed. What cannot be read may be there.
pub(super) fn missing(
    workspace: &Workspace,
    place: &Place,
    own: &Own,
    question: &CheckQuestion,
    (encounters, drift): (&[Encounter], &Known<Vec<DriftPath>>),
) -> Vec<RepoPath> {
    let store = workspace.repository.store();
    let trees: Vec<Oid> = [Some(own.judged.tree), Some(own.judged.work_tree), workspace.target.tree]
        .into_iter()
        .flatten()
        .collect();
    let is_within = |path: &RepoPath, asked: &RepoPath| path.is_within(asked);
    let is_there = |asked: &&RepoPath| {
        let changed = own.judged.changes.iter().flat_map(|change| change.paths());
        let met = encounters.iter().flat_map(|met| std::iter::once(&met.path).chain(&met.also));
        let drifted = drift.known().into_iter().flatten();
        let drifted = drifted.flat_map(|drift| std::iter::once(&drift.path).chain(&drift.also));
        asked.as_bytes().is_empty()
            || on_disk(place, asked)
            || changed.chain(met).chain(drifted).any(|path| is_within(path, asked))
            || trees.iter().any(|tree| is_in(&store, *tree, asked))
    };
    question.paths.iter().filter(|asked| !is_there(asked)).cloned().collect()
}

/// Whether a tree has the path, or cannot be read.
fn is_in(objects: &dyn Objects, tree: Oid, path: &RepoPath) -> bool {
    !matches!(entry_at(objects, tree, path), Ok(None))
}

/// Whether the worktree has a file or folder there, ignored ones included.
fn on_disk(place: &Place, path: &RepoPath) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let at = |top: &std::path::PathBuf| top.join(std::ffi::OsStr::from_bytes(path.as_bytes()));
    place.worktree.as_ref().is_some_and(|top| at(top).symlink_metadata().is_ok())
}
