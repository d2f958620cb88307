//! What of a terminal is shared: decided before anything is written or sent.

use std::collections::BTreeMap;

use crate::git::{AttributeState, GitError, Repository, Seen};
use crate::merge::{Edits, Objects, edit_tree, entry_at};
use crate::model::{
    EntryKind, Layers, LeftOutFor, Oid, Place, RepoPath, SharedTerminal, SharedWork, is_secret_like,
};

use super::error::SharingError;
use super::names::reference;

/// The attribute of paths that are never shared (`-track-work-share`), or whatever they are called and how large they
/// are (`track-work-share`).
const ATTRIBUTE: &str = "track-work-share";

/// What was asked to be shared.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Uncommitted work of tracked files.
    pub uncommitted: bool,
    /// Untracked files.
    pub untracked: bool,
    /// No file is larger, in bytes.
    pub largest: u64,
}

/// What is shared of a terminal.
pub struct SharePlan {
    /// What people are shown.
    pub shown: SharedTerminal,
    /// Its tree, which may be in memory alone.
    pub tree: Oid,
    /// Its parents: the head, and what is being merged there.
    pub parents: Vec<Oid>,
    /// What the message says.
    pub work: SharedWork,
}

/// What is shared of a place where this was seen.
///
/// # Errors
/// git fails.
pub fn plan(
    repository: &Repository,
    place: &Place,
    seen: &Seen,
    wanted: Wanted,
    work: SharedWork,
) -> Result<SharePlan, SharingError> {
    let store = repository.store();
    let failed = |missing: crate::merge::Missing| {
        SharingError::from(GitError::Broken {
            doing: format!("share {}", work.terminal),
            reason: missing.to_string(),
        })
    };
    let paths: Vec<&RepoPath> = seen.layers.keys().collect();
    let top = place.worktree.as_deref();
    let states = match wanted.uncommitted || wanted.untracked {
        true => repository.attribute(ATTRIBUTE, top, seen.head, &paths)?,
        false => vec![AttributeState::Other; paths.len()],
    };
    let (mut uncommitted, mut left_out, mut edits) = (Vec::new(), Vec::new(), Edits::new());
    for ((path, layers), state) in seen.layers.iter().zip(states) {
        let entry = entry_at(&store, seen.work_tree, path).map_err(failed)?;
        let size = match entry {
            // the commit of a submodule is named, and nothing of it is sent
            Some(entry) if entry.kind.is_file() || entry.kind == EntryKind::Symlink => {
                store.blob(entry.oid).ok().map(|blob| blob.len() as u64)
            }
            Some(_) | None => Some(0),
        };
        let is_unreadable = size.is_none() || seen.undetermined.iter().any(|(other, _)| other == path);
        let size = size.unwrap_or_default();
        match obstacle(path, *layers, state, size, is_unreadable, wanted) {
            None => uncommitted.push(path.clone()),
            Some(why) => {
                edits.insert(path.clone(), entry_at(&store, seen.tree, path).map_err(failed)?);
                left_out.push((path.clone(), why));
            }
        }
    }
    let tree = edit_tree(&store, seen.work_tree, &edits).map_err(failed)?;
    let merging = seen.under_way.as_ref().map_or(&[][..], |under_way| &under_way.merging);
    let parents =
        seen.head.into_iter().chain(merging.iter().copied().filter(|_| tree != seen.tree)).collect();
    let shown = SharedTerminal {
        terminal: work.terminal.clone(),
        reference: reference(&work.machine, &work.terminal),
        commit: None,
        head: seen.head,
        commits: seen.ahead,
        uncommitted,
        left_out,
        withheld: None,
        earlier: None,
    };
    let work = SharedWork { uncommitted: tree != seen.tree, ..work };
    Ok(SharePlan { shown, tree, parents, work })
}

/// Why a path with uncommitted work is left out.
fn obstacle(
    path: &RepoPath,
    layers: Layers,
    state: AttributeState,
    size: u64,
    is_unreadable: bool,
    wanted: Wanted,
) -> Option<LeftOutFor> {
    let is_new = layers.untracked && !layers.staged;
    if is_new && !wanted.untracked {
        return Some(LeftOutFor::Untracked);
    }
    if !is_new && !wanted.uncommitted {
        return Some(LeftOutFor::Uncommitted);
    }
    if is_unreadable {
        return Some(LeftOutFor::Unreadable);
    }
    match state {
        AttributeState::Unset => Some(LeftOutFor::Attribute),
        AttributeState::Set => None,
        AttributeState::Other if is_secret_like(path) => Some(LeftOutFor::Name),
        AttributeState::Other if size > wanted.largest => Some(LeftOutFor::Size),
        AttributeState::Other => None,
    }
}

/// Withholds a terminal whose commits would bring a file to the remote that must not be shared: commits are sent whole.
/// `known` are commits that the remote has.
///
/// # Errors
/// git fails.
pub fn withhold(
    repository: &Repository,
    place: &Place,
    plan: &mut SharePlan,
    known: &[Oid],
    wanted: Wanted,
) -> Result<(), SharingError> {
    let mut files: BTreeMap<RepoPath, u64> = BTreeMap::new();
    for file in repository.new_files(&plan.parents, known)? {
        let size = files.entry(file.path).or_default();
        *size = file.size.max(*size);
    }
    if files.is_empty() {
        return Ok(());
    }
    let paths: Vec<&RepoPath> = files.keys().collect();
    let states = match repository.attribute(ATTRIBUTE, place.worktree.as_deref(), plan.shown.head, &paths) {
        Ok(states) => states,
        Err(error) => {
            plan.shown.withheld = Some(error.to_string());
            return Ok(());
        }
    };
    let committed = Layers { committed: true, ..Layers::default() };
    let everything = Wanted { uncommitted: true, untracked: true, ..wanted };
    let found = files.iter().zip(states).find_map(|((path, size), state)| {
        Some((path, obstacle(path, committed, state, *size, false, everything)?))
    });
    plan.shown.withheld = found.map(|(path, why)| format!("its commits have {path} ({})", why.reason()));
    Ok(())
}
