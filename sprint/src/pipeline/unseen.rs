//! What a worktree has or lacks beside what git tells of it: files that it ignores and overwrites without a word, and
//! submodules that are not checked out.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::git::Store;
use crate::interaction::cached_diff;
use crate::merge::{Commits, entry_at};
use crate::model::{Change, Drift, EntryKind, Facts, MergeOutcome, Place, PlaceId, RepoPath, Tip};

use super::Workspace;

/// Whether a file is there that neither the tip nor its uncommitted work has.
pub(super) fn is_unseen_file(store: &Store, tip: &Tip, top: &Path, path: &RepoPath) -> bool {
    is_file(top, path)
        && tip.changes.at(path).is_none()
        && matches!(entry_at(store, tip.tree, path), Ok(None))
}

fn is_file(top: &Path, path: &RepoPath) -> bool {
    let found = fs::symlink_metadata(top.join(OsStr::from_bytes(path.as_bytes())));
    found.is_ok_and(|found| !found.is_dir())
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

/// The files where the target is checked out that merging what these places have committed would overwrite, though nobody is
/// told that they are there.
pub(super) fn overwritten_at_target<'a>(
    workspace: &Workspace,
    facts: &Facts,
    of: impl Iterator<Item = (PlaceId, &'a Tip)>,
) -> BTreeMap<PlaceId, Vec<RepoPath>> {
    let at = (0..facts.places.len()).find(|place| facts.is_at_target(*place));
    let site = at.and_then(|at| Some((at, facts.places[at].worktree.as_deref()?)));
    let (Some((at, top)), Some(tree)) = (site, workspace.target.tree) else { return BTreeMap::new() };
    let store = workspace.repository.store();
    let is_unseen = |path: &RepoPath| match facts.tip_at(at) {
        Some(tip) => is_unseen_file(&store, tip, top, path),
        // whoever was not looked at has no uncommitted work there
        None => is_file(top, path) && matches!(entry_at(&store, tree, path), Ok(None)),
    };
    let found = of.filter(|(place, tip)| *place != at && !tip.is_merged()).filter_map(|(place, tip)| {
        let mut files = added_by(workspace, &store, tip);
        files.retain(|path| is_unseen(path));
        (!files.is_empty()).then_some((place, files))
    });
    found.collect()
}

/// The paths at which a place has committed something where its base has nothing; also where it was not looked at for more
/// than that it meets nobody. None where that cannot be told.
fn added_by(workspace: &Workspace, store: &Store, tip: &Tip) -> Vec<RepoPath> {
    let is_whole = tip.merged.is_none() && !tip.idle && tip.ahead > 0;
    if !tip.committed.is_empty() || !is_whole {
        let is_new =
            |change: &&Change| change.new.is_some() && (change.old.is_none() || change.from.is_some());
        return tip.committed.iter().filter(is_new).map(|change| change.path.clone()).collect();
    }
    let Some(Ok(base)) = tip.base.map(|base| store.commit(base)) else { return Vec::new() };
    let Ok(own) = cached_diff(workspace.kept.merges(), store, base.tree, tip.tree) else { return Vec::new() };
    let new = own.changes.iter().filter(|change| change.old.is_none());
    new.map(|change| change.path.clone()).collect()
}

/// The submodules that a place and the target both moved, each to a commit of its own, where the merge of the place into the
/// target takes one of the two, and in the worktree of the place they are not checked out: git looks there for their
/// histories, and stops where it finds none.
pub(super) fn not_checked_out<'a>(
    workspace: &Workspace,
    drift: &BTreeMap<PlaceId, Drift>,
    at: impl Fn(PlaceId) -> (&'a Place, Option<&'a Tip>),
) -> BTreeMap<PlaceId, Vec<RepoPath>> {
    let found = drift.iter().filter_map(|(id, drift)| {
        let ((place, tip), outcome) = (at(*id), drift.work.known()?);
        let paths = not_checked_out_at(workspace, place, tip?, outcome)?;
        (!paths.is_empty()).then_some((*id, paths))
    });
    found.collect()
}

/// Nothing where that cannot be told.
fn not_checked_out_at(
    workspace: &Workspace,
    place: &Place,
    tip: &Tip,
    outcome: &MergeOutcome,
) -> Option<Vec<RepoPath>> {
    let (Some(_), Some(target), false) = (&place.worktree, workspace.target.tree, tip.behind == 0) else {
        return None;
    };
    let is_submodule = |kind: EntryKind| kind == EntryKind::Submodule;
    let moved = tip.changes.iter().filter(|change| {
        let entries = [change.old, change.new];
        entries.iter().all(|entry| entry.is_some_and(|entry| is_submodule(entry.kind)))
    });
    let store = workspace.repository.store();
    let has_moved_too = |old, new, path: &RepoPath| {
        let there = entry_at(&store, target, path).ok().flatten();
        there.is_some_and(|there| is_submodule(there.kind)) && there != old && there != new
    };
    let is_told = |path: &RepoPath| outcome.conflicts.iter().any(|conflict| conflict.path == *path);
    let found = moved.filter(|change| has_moved_too(change.old, change.new, &change.path));
    let found = found.map(|change| &change.path).filter(|path| !is_told(path));
    Some(found.filter(|path| !workspace.repository.has_submodule(place, path)).cloned().collect())
}
