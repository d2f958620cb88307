//! What is seen of a place: its commits, and its uncommitted work on top of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::merge::{
    Commits, LARGEST_BLOB, Missing, Objects, Options, changes_with_lines, conflict_marker, edit_tree,
    entry_at,
};
use crate::model::{
    Change, Entry, Layers, Oid, Reason, RepoPath, Target, Uncommitted, UnderWay, UnderWayKind,
};

use super::at_rest::ReadAtRest;
use super::error::ObserveError;
use super::graph::Relation;
use super::scan::UncommittedScan;
use super::store::Store;

/// What one place holds: its commits against the target, and its uncommitted work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The head commit; `None` on an unborn branch.
    pub head: Option<Oid>,
    /// The commit that all the work belongs to: the head, or the one that will conclude a merge.
    pub work_head: Option<Oid>,
    /// The best merge base of that commit with the target; `None` when they share no history.
    pub base: Option<Oid>,
    /// The tree of the base; the empty tree where there is none.
    pub base_tree: Oid,
    /// The same of the head.
    pub head_base_tree: Oid,
    /// Commits of the head that the target lacks.
    pub ahead: usize,
    /// Commits of the target that the head lacks.
    pub behind: usize,
    /// Whether the target contains the head.
    pub contained: bool,
    /// Whether the branch had commits of its own that are in the target now.
    pub merged: bool,
    /// Whether the branch's reflog is kept and knows of no such commit: no work was done yet.
    pub untouched: bool,
    /// The tree of the head; the empty tree on an unborn branch.
    pub tree: Oid,
    /// That tree with the uncommitted work on top, as `git add --all` would make it.
    pub work_tree: Oid,
    /// Every path with uncommitted work: staged, unstaged, untracked.
    pub layers: BTreeMap<RepoPath, Layers>,
    /// Submodules in which something is not committed.
    pub inside: Vec<RepoPath>,
    /// The counts of both.
    pub uncommitted: Uncommitted,
    /// What is in progress in the worktree.
    pub under_way: Option<UnderWay>,
    /// The paths of which the index has several versions, sorted; while something is in progress, those with the markers of
    /// a conflict as well.
    pub unmerged: Vec<RepoPath>,
    /// On an unborn branch, the commit that was last checked out in the worktree.
    pub was_at: Option<Oid>,
    /// Facts worth reporting that are no failure.
    pub notes: Vec<String>,
    /// Paths whose content could not be determined; the tree holds their last known entry.
    pub undetermined: Vec<(RepoPath, Reason)>,
    /// Paths that changed while they were read.
    pub changing: Vec<RepoPath>,
}

impl Seen {
    /// Whether all the work is committed, and no merge is in progress.
    pub fn is_as_committed(&self) -> bool {
        self.work_tree == self.tree && self.work_head == self.head
    }
}

impl ReadAtRest for Seen {
    fn is_changing(&self) -> bool {
        !self.changing.is_empty()
    }

    fn without_changing(mut self) -> Seen {
        for path in std::mem::take(&mut self.changing) {
            self.undetermined.retain(|(known, _)| *known != path);
            self.undetermined.push((path, Reason::Changing));
        }
        self
    }
}

/// The committed part of what is seen.
pub(super) fn commits_of(store: &Store, head: Option<Oid>, target: &Target) -> Result<Seen, ObserveError> {
    let relation = head.map(|head| related(store, head, target)).transpose()?.unwrap_or_default();
    let base = relation.bases.first().copied();
    let tree_of = |commit: Option<Oid>| -> Result<Oid, Missing> {
        commit.map_or(Ok(Oid::EMPTY_TREE), |id| Ok(store.lasting_commit(id)?.tree))
    };
    let (tree, base_tree) = (tree_of(head)?, tree_of(base)?);
    Ok(Seen {
        head,
        work_head: head,
        base,
        base_tree,
        head_base_tree: base_tree,
        ahead: relation.ahead,
        behind: relation.behind,
        contained: relation.contained,
        merged: relation.contained && !relation.first_parent,
        untouched: false,
        tree,
        work_tree: tree,
        layers: BTreeMap::new(),
        inside: Vec::new(),
        uncommitted: Uncommitted::default(),
        under_way: None,
        unmerged: Vec::new(),
        was_at: None,
        notes: Vec::new(),
        undetermined: Vec::new(),
        changing: Vec::new(),
    })
}

/// How a commit stands to the target.
///
/// # Errors
/// A commit cannot be read; in a shallow clone, the history ends before a merge base.
fn related(store: &Store, commit: Oid, target: &Target) -> Result<Arc<Relation>, Missing> {
    let relation = store.relation(commit, target.head)?;
    match relation.bases.is_empty() && target.head.is_some() && store.is_shallow() {
        true => Err(Missing::History { tip: commit }),
        false => Ok(relation),
    }
}

/// What a commit that another clone has shared stands for: its parent, and the uncommitted work in its tree; of a merge in
/// progress, the commit that will conclude it.
pub(super) fn shared(store: &Store, commit: Oid, target: &Target) -> Result<Seen, ObserveError> {
    let made = store.commit(commit)?;
    let mut seen = commits_of(store, made.parents.first().copied(), target)?;
    let changes = changes_with_lines(store, seen.tree, made.tree, &Options::default(), &|_| false)?;
    let layers = Layers { unstaged: true, ..Layers::default() };
    seen.layers = changes.iter().flat_map(Change::paths).map(|path| (path.clone(), layers)).collect();
    let paths = seen.layers.len();
    seen.uncommitted = Uncommitted { unstaged: paths, paths, ..Uncommitted::default() };
    seen.work_tree = made.tree;
    if made.parents.len() > 1 {
        belong_to(&mut seen, store, commit, target)?;
    }
    Ok(seen)
}

/// Puts the index on top of the head, the worktree on top of the index.
///
/// Of a path whose conflict is not resolved, the content is not determined: the tree has what a merge
/// brings there, otherwise what the head has. During a rebase, what is not committed is part of the commits
/// that are made anew, and only untracked files are added to the branch as it was.
pub(super) fn add_uncommitted(
    seen: &mut Seen,
    store: &Store,
    mut scan: UncommittedScan,
) -> Result<(), Missing> {
    let marked = marked(seen, store, &scan)?;
    scan.unresolved.extend(marked);
    let mut changes: BTreeMap<RepoPath, Option<Entry>> = BTreeMap::new();
    let kind = seen.under_way.as_ref().map(|under_way| under_way.kind);
    let layers = &mut seen.layers;
    let mut put = |path: RepoPath, entry, mark: fn(&mut Layers)| {
        let layers = layers.entry(path.clone()).or_default();
        mark(layers);
        if kind != Some(UnderWayKind::Rebase) || layers.untracked {
            changes.insert(path, entry);
        }
    };
    for (path, entry) in scan.staged {
        put(path, entry, |layers| layers.staged = true);
    }
    for (path, entry) in scan.unstaged {
        put(path, entry, |layers| layers.unstaged = true);
    }
    for (path, entry) in scan.untracked {
        put(path, Some(entry), |layers| layers.untracked = true);
    }
    for path in scan.unread {
        layers.entry(path).or_default().untracked = true;
    }
    let count = |of: fn(&Layers) -> bool| layers.values().filter(|layers| of(layers)).count();
    let inside = |fits: fn(&Layers) -> bool| {
        let counts = |path: &&RepoPath| !layers.get(*path).is_some_and(fits);
        scan.inside.iter().filter(counts).count()
    };
    seen.uncommitted = Uncommitted {
        staged: count(|layers| layers.staged),
        unstaged: count(|layers| layers.unstaged) + inside(|layers| layers.unstaged),
        untracked: count(|layers| layers.untracked),
        paths: layers.len() + inside(|_| true),
    };
    seen.inside = scan.inside;
    seen.notes = scan.notes;
    seen.undetermined = scan.undetermined;
    seen.changing = scan.changing;
    if kind != Some(UnderWayKind::Rebase) {
        let merged = seen.under_way.as_ref().and_then(|under_way| under_way.merging.first());
        let merged = merged.map(|commit| Ok::<Oid, Missing>(store.commit(*commit)?.tree)).transpose()?;
        for path in &scan.unresolved {
            changes.remove(path);
            if let Some(tree) = merged {
                changes.insert(path.clone(), entry_at(store, tree, path)?);
            }
            seen.undetermined.retain(|(known, _)| known != path);
            seen.undetermined.push((path.clone(), Reason::Resolving));
        }
    }
    seen.unmerged = scan.unresolved.into_iter().chain(scan.unresolved_aside).collect();
    seen.unmerged.sort();
    if let Some(under_way) = &mut seen.under_way {
        under_way.unresolved = seen.unmerged.clone();
    }
    // where nothing is to be put, the tree need not be read
    seen.work_tree = if changes.is_empty() { seen.tree } else { edit_tree(store, seen.tree, &changes)? };
    Ok(())
}

/// The files that were added with the markers of a conflict while a merge or the like is in progress: what git goes on
/// with would commit them. What comes from the merged commit as it is there is not looked at, nor what had markers before.
fn marked(seen: &Seen, store: &Store, scan: &UncommittedScan) -> Result<Vec<RepoPath>, Missing> {
    let Some(under_way) = seen.under_way.as_ref().filter(|begun| begun.kind != UnderWayKind::Bisect) else {
        return Ok(Vec::new());
    };
    let trees = under_way.merging.iter().map(|commit| Ok(store.commit(*commit)?.tree));
    let trees = std::iter::once(Ok(seen.tree)).chain(trees).collect::<Result<Vec<Oid>, Missing>>()?;
    let mut entries: BTreeMap<&RepoPath, Option<Entry>> = BTreeMap::new();
    entries.extend(scan.staged.iter().chain(&scan.unstaged).map(|(path, entry)| (path, *entry)));
    let has_marker = |entry: Entry| {
        let is_small = store.blob_size(entry.oid).is_ok_and(|size| size <= LARGEST_BLOB);
        let content = (entry.kind.is_file() && is_small).then(|| store.blob(entry.oid).ok()).flatten();
        content.is_some_and(|content| conflict_marker(&content).is_some())
    };
    let mut marked = Vec::new();
    for (path, entry) in entries {
        let Some(entry) = entry.filter(|_| !scan.unresolved.contains(path)) else { continue };
        let before = trees.iter().map(|tree| entry_at(store, *tree, path));
        let before: Vec<Entry> = before.collect::<Result<Vec<_>, Missing>>()?.into_iter().flatten().collect();
        if !before.contains(&entry) && has_marker(entry) && !before.into_iter().any(has_marker) {
            marked.push(path.clone());
        }
    }
    Ok(marked)
}

/// While a merge is in progress, the work belongs to the commit that will conclude it: what the merged
/// commits have done is none of it.
pub(super) fn conclude_merge(seen: &mut Seen, store: &Store, target: &Target) -> Result<(), Missing> {
    let (Some(head), Some(under_way)) = (seen.head, &seen.under_way) else { return Ok(()) };
    if under_way.merging.is_empty() {
        return Ok(());
    }
    let parents: Vec<Oid> = std::iter::once(head).chain(under_way.merging.iter().copied()).collect();
    let commit = store.put_commit(seen.work_tree, &parents)?;
    belong_to(seen, store, commit, target)
}

/// Makes all the work belong to the commit of a merge.
fn belong_to(seen: &mut Seen, store: &Store, commit: Oid, target: &Target) -> Result<(), Missing> {
    let relation = related(store, commit, target)?;
    seen.work_head = Some(commit);
    seen.base = relation.bases.first().copied();
    seen.behind = relation.behind;
    seen.base_tree = match seen.base {
        Some(base) => store.lasting_commit(base)?.tree,
        None => Oid::EMPTY_TREE,
    };
    Ok(())
}
