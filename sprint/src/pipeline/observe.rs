//! The second stage: what each place would bring to a merge. What git shows of it, with its changes
//! since the base.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::cache::Ageing;
use crate::git::{Seen, Store};
use crate::interaction;
use crate::merge::{Commits, Missing, merge_trees};
use crate::model::{
    Change, ChangeKind, ChangeSet, Declared, Facts, Hunks, Known, Layers, MergedAs, MergedWork, Oid, Place,
    PlaceId, RepoPath, Revert, Session, Terminal, Tip, Uncommitted,
};
use crate::planning;

use super::Workspace;
use super::holds::{contained, unmergeable, unmergeable_parts};
use super::lost::mark_lost;
use super::merged::mark_merged;
use super::successive::mark_own;

/// Looks at every place. What cannot be read there is unknown, and the rest goes on.
pub fn observe(workspace: &Workspace, mut declared: Declared) -> Facts {
    workspace.kept.recall(&workspace.repository, Ageing::Full);
    let mut tips = tips(workspace, &declared.places);
    let known = tips.iter_mut().map(Known::known_mut).enumerate();
    mark_merged(workspace, &declared.terminals, known.filter_map(|(place, tip)| Some((place, tip?))));
    mark_gone(workspace, &mut declared.terminals);
    mark_stories(workspace, &mut declared, &tips);
    mark_lost(workspace, &mut declared, &tips, &|head| marked_commit(workspace, head));
    let facts = with_tips(declared, tips);
    Facts {
        contained: contained(workspace, &facts),
        unmergeable: unmergeable(workspace, &facts),
        unmergeable_parts: unmergeable_parts(workspace, &facts),
        reverted: reverted(workspace, &facts, 0..facts.tips.len()),
        stashes: workspace.repository.stashes(),
        ..facts
    }
}

/// What one place would bring to a merge; nothing where that is unknown. Nobody else's work is looked at.
pub fn observe_one(workspace: &Workspace, declared: &Declared, place: PlaceId) -> Option<Tip> {
    workspace.kept.recall(&workspace.repository, Ageing::Little);
    let mut tip = tips(workspace, &declared.places[place..=place]).pop()?;
    mark_merged(workspace, &declared.terminals, tip.known_mut().map(|tip| (place, tip)).into_iter());
    workspace.kept.save_little();
    tip.known().cloned()
}

/// What the target took back of the work in these places, and does not have again.
pub(super) fn reverted(
    workspace: &Workspace,
    facts: &Facts,
    places: Range<PlaceId>,
) -> BTreeMap<PlaceId, Vec<Revert>> {
    let known: Vec<(PlaceId, &Tip)> =
        places.filter_map(|place| Some((place, facts.tip_at(place)?))).collect();
    let tips: Vec<&Tip> = known.iter().map(|(_, tip)| *tip).collect();
    let found = reverted_of(workspace, &tips);
    let of = known.into_iter().map(|(place, _)| place).zip(found);
    of.filter(|(_, reverts)| !reverts.is_empty()).collect()
}

/// What the target took back of the work on each of these tips, and does not have again.
pub(super) fn reverted_of(workspace: &Workspace, tips: &[&Tip]) -> Vec<Vec<Revert>> {
    let store = workspace.repository.store();
    let mut found = workspace.repository.reverted(&workspace.target, tips);
    for reverts in &mut found {
        reverts.retain(|revert| is_missing(workspace, &store, revert).unwrap_or(true));
    }
    found
}

/// Whether the target lacks what a commit of it took back: reverting that commit would change something there.
fn is_missing(workspace: &Workspace, store: &Store, revert: &Revert) -> Result<bool, Missing> {
    let by = store.commit(revert.by)?;
    let ([before], Some(now)) = (&by.parents[..], workspace.target.tree) else { return Ok(true) };
    let before = store.commit(*before)?.tree;
    let outcome = merge_trees(store, by.tree, now, before, &workspace.options)?;
    Ok(!outcome.conflicts.is_empty() || outcome.tree != now)
}

/// Tells of every session whose place is gone whether the target has what was seen there last.
fn mark_gone(workspace: &Workspace, terminals: &mut [Terminal]) {
    for terminal in terminals.iter_mut().filter(|terminal| terminal.place().is_none()) {
        let had_commits = |session: &Session| session.seen_commits || session.lost_merge.is_some();
        let is_open = |session: &&mut Session| session.seen_merged.is_none() && had_commits(session);
        for session in terminal.sessions.iter_mut().filter(is_open) {
            let Some(head) = session.seen_head else { continue };
            let tip = marked_commit(workspace, head);
            session.head_is_here = Some(tip.is_some());
            let Some(tip) = tip else { continue };
            let contained = MergedWork { how: MergedAs::Ancestor, head, into: head };
            session.seen_merged = if tip.contained { Some(contained) } else { tip.merged };
        }
    }
}

/// Tells every terminal in a place that went on from story to story what of its tip is its own.
pub(super) fn mark_stories(workspace: &Workspace, declared: &mut Declared, tips: &[Known<Tip>]) {
    mark_own(workspace, declared, tips, &|head| marked_commit(workspace, head));
}

/// What a commit would bring, with what of it is merged.
fn marked_commit(workspace: &Workspace, head: Oid) -> Option<Tip> {
    let mut tip = commit_tip(workspace, head).known()?.clone();
    mark_merged(workspace, &[], [(PlaceId::MAX, &mut tip)].into_iter());
    Some(tip)
}

/// What is declared, with what the places were seen to bring.
pub(super) fn with_tips(declared: Declared, tips: Vec<Known<Tip>>) -> Facts {
    let terminals = planning::seen(&declared, &tips);
    let twins = twins(&declared.places, &terminals);
    let Declared { target, places, files, book, findings, kinds, repeated, .. } = declared;
    Facts {
        target,
        places,
        tips,
        terminals,
        files,
        book,
        findings,
        kinds,
        repeated,
        upstreams: BTreeMap::new(),
        of_upstream: BTreeMap::new(),
        contained: BTreeMap::new(),
        unmergeable: BTreeMap::new(),
        unmergeable_parts: BTreeMap::new(),
        twins,
        reverted: BTreeMap::new(),
        stashes: Vec::new(),
    }
}

/// For worktrees that have the branch of an earlier one checked out, that one, where somebody is registered in both.
fn twins(places: &[Place], terminals: &[Terminal]) -> BTreeMap<PlaceId, PlaceId> {
    let with_session = terminals.iter().filter(|terminal| !terminal.sessions.is_empty());
    let registered: BTreeSet<PlaceId> = with_session.filter_map(Terminal::place).collect();
    let (mut first, mut twins) = (BTreeMap::new(), BTreeMap::new());
    for place in registered {
        let Place { branch: Some(branch), elsewhere: None, .. } = &places[place] else { continue };
        let first = *first.entry(branch).or_insert(place);
        if first != place {
            twins.insert(place, first);
        }
    }
    twins
}

/// What each of these places would bring to a merge, with its uncommitted work.
pub fn tips(workspace: &Workspace, places: &[Place]) -> Vec<Known<Tip>> {
    let repository = &workspace.repository;
    let ignored: Vec<PathBuf> = workspace.tracking_dir.clone().into_iter().collect();
    let seen = repository.observe(places, &workspace.target, &ignored);
    let tip = |store: &mut Store, seen: Known<Seen>| seen.and_then(|seen| tip(workspace, store, seen).into());
    seen.into_par_iter().map_init(|| repository.store(), tip).collect()
}

/// What a place has committed.
pub(super) fn committed_tip(workspace: &Workspace, place: &Place) -> Known<Tip> {
    let store = workspace.repository.store();
    let head = workspace.repository.observe_head(&store, place, &workspace.target);
    head.and_then(|seen| tip(workspace, &store, seen).into())
}

/// What a commit would bring to a merge.
pub fn commit_tip(workspace: &Workspace, commit: Oid) -> Known<Tip> {
    let seen = workspace.repository.observe_commit(commit, &workspace.target);
    seen.and_then(|seen| tip(workspace, &workspace.repository.store(), seen).into())
}

/// The same with the changed lines of the paths that are `wanted` alone.
pub(super) fn commit_tip_with_lines(
    workspace: &Workspace,
    commit: Oid,
    wanted: &dyn Fn(&RepoPath) -> bool,
) -> Known<Tip> {
    let seen = workspace.repository.observe_commit(commit, &workspace.target);
    seen.and_then(|seen| tip_with_lines(workspace, &workspace.repository.store(), seen, wanted).into())
}

/// Adds to what git shows the changes since the base.
pub(super) fn tip(workspace: &Workspace, store: &Store, seen: Seen) -> Result<Tip, Missing> {
    let cache = workspace.kept.merges();
    let changes = |base, tree| interaction::cached_changes(cache, store, base, tree, &workspace.options);
    let committed = changes(seen.head_base_tree, seen.tree)?;
    let all = changes(seen.base_tree, seen.work_tree)?;
    Ok(with_changes(seen, &committed, &all))
}

/// The same with the changed lines of the paths that are `wanted` alone.
pub(super) fn tip_with_lines(
    workspace: &Workspace,
    store: &Store,
    seen: Seen,
    wanted: &dyn Fn(&RepoPath) -> bool,
) -> Result<Tip, Missing> {
    let cache = workspace.kept.merges();
    let changes =
        |base, tree| interaction::changes_near(cache, store, [base, tree], &workspace.options, wanted);
    let committed = changes(seen.head_base_tree, seen.tree)?;
    match seen.is_as_committed() {
        true => Ok(with_changes(seen, &committed, &committed)),
        false => {
            // most of it is what is committed
            cache.lines.know(&committed);
            let all = changes(seen.base_tree, seen.work_tree)?;
            Ok(with_changes(seen, &committed, &all))
        }
    }
}

/// What is seen, with the changes that are committed, and all of them.
fn with_changes(seen: Seen, committed: &ChangeSet, all: &ChangeSet) -> Tip {
    let with_layers = |change: &Change| Change { layers: layers(&seen, committed, change), ..change.clone() };
    let mut changes: Vec<Change> = all.iter().map(with_layers).collect();
    // Both names of a file that was moved without a commit are one path, as git status counts.
    let both_names =
        |change: &&Change| change.from.is_some() && change.paths().all(|path| seen.layers.contains_key(path));
    let moved = changes.iter().filter(both_names).count();
    let paths = seen.uncommitted.paths.saturating_sub(moved);
    add_undetermined(&seen, &mut changes);
    let uncommitted = Uncommitted { paths, ..seen.uncommitted };
    Tip {
        committed: committed.clone(),
        changes: ChangeSet::new(changes),
        uncommitted,
        ..without_changes(seen)
    }
}

/// Where a change lives.
fn layers(seen: &Seen, committed: &ChangeSet, change: &Change) -> Layers {
    let noted = change.paths().filter_map(|path| seen.layers.get(path));
    let uncommitted = noted.fold(change.layers, |sum, layers| Layers {
        committed: false,
        staged: sum.staged || layers.staged,
        unstaged: sum.unstaged || layers.unstaged,
        untracked: sum.untracked || layers.untracked,
        unread: false,
    });
    Layers { committed: change.paths().any(|path| committed.at(path).is_some()), ..uncommitted }
}

/// Files that could not be read are changes whose lines are not known.
fn add_undetermined(seen: &Seen, changes: &mut Vec<Change>) {
    for (path, reason) in &seen.undetermined {
        let hunks = Hunks::Unknown(reason.clone());
        match changes.iter_mut().find(|change| change.path == *path) {
            Some(change) => {
                change.hunks = hunks;
                change.layers.unread = true;
            }
            None => changes.push(Change {
                path: path.clone(),
                kind: ChangeKind::Modified,
                from: None,
                old: None,
                new: None,
                hunks,
                marker: None,
                layers: Layers { unread: true, ..seen.layers.get(path).copied().unwrap_or_default() },
            }),
        }
    }
}

/// A tip of which nothing is told but its commits' place in the history.
pub(super) fn without_changes(seen: Seen) -> Tip {
    Tip {
        head: seen.head,
        work_head: seen.work_head,
        base: seen.base,
        ahead: seen.ahead,
        behind: seen.behind,
        contained: seen.contained,
        merged: seen.head.filter(|_| seen.merged).map(|head| MergedWork {
            how: MergedAs::Ancestor,
            head,
            into: head,
        }),
        idle: false,
        untouched: seen.untouched,
        tree: seen.tree,
        work_tree: seen.work_tree,
        committed: ChangeSet::default(),
        changes: ChangeSet::default(),
        uncommitted: seen.uncommitted,
        inside: seen.inside,
        under_way: seen.under_way,
        unmerged: seen.unmerged,
        was_at: seen.was_at,
        notes: seen.notes,
    }
}
