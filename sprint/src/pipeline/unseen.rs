//! Files of a worktree of which git tells nothing: it ignores them, and overwrites them without a word.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::git::Store;
use crate::interaction::cached_diff;
use crate::merge::{Commits, entry_at};
use crate::model::{Drift, MergeOutcome, Place, PlaceId, RepoPath, Tip};

use super::Workspace;

/// Whether a file is there that neither the tip nor its uncommitted work has.
pub(super) fn is_unseen_file(store: &Store, tip: &Tip, top: &Path, path: &RepoPath) -> bool {
    let found = fs::symlink_metadata(top.join(OsStr::from_bytes(path.as_bytes())));
    found.is_ok_and(|found| !found.is_dir())
        && tip.changes.at(path).is_none()
        && matches!(entry_at(store, tip.tree, path), Ok(None))
}

/// Where the advice is to update work from the target, because the two conflict: the files of its worktree that this
/// would overwrite, though nobody is told that they are there.
pub(super) fn overwritten<'a>(
    workspace: &Workspace,
    drift: &BTreeMap<PlaceId, Drift>,
    at: impl Fn(PlaceId) -> (&'a Place, Option<&'a Tip>),
) -> BTreeMap<PlaceId, Vec<RepoPath>> {
    let is_conflict = |outcome: &MergeOutcome| !outcome.conflicts.is_empty();
    let places = drift.iter().filter(|(_, drift)| drift.work.known().is_some_and(is_conflict));
    let found = places.filter_map(|(id, _)| {
        let (place, tip) = at(*id);
        let files = overwritten_at(workspace, place, tip?)?;
        (!files.is_empty()).then_some((*id, files))
    });
    found.collect()
}

/// Nothing where that cannot be told.
fn overwritten_at(workspace: &Workspace, place: &Place, tip: &Tip) -> Option<Vec<RepoPath>> {
    let (top, target) = (place.worktree.as_deref()?, workspace.target.tree?);
    let store = workspace.repository.store();
    let base = store.commit(tip.base?).ok()?.tree;
    let since = cached_diff(workspace.kept.merges(), &store, base, target).ok()?;
    let new = since.changes.iter().filter(|change| change.old.is_none()).map(|change| &change.path);
    Some(new.filter(|path| is_unseen_file(&store, tip, top, path)).cloned().collect())
}
