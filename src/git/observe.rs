//! Looks at places: what each has committed against the target, and its uncommitted work.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::merge::{Commits, Missing, Options, changes_with_lines, edit_tree, entry_at};
use crate::model::{
    Change, Entry, Known, Layers, Oid, PathQuery, Place, Reason, RepoPath, Target, Uncommitted, UnderWay,
    UnderWayKind, shown_path,
};

use super::admin::{self, Head};
use super::at_rest::{Noted, ReadAtRest, is_busy, read_at_rest};
use super::discover::Repository;
use super::error::{GitError, ObserveError};
use super::references::References;
use super::scan::near::Contents;
use super::scan::{self, UncommittedScan};
use super::store::Store;
use super::under_way::{self, merge_heads};

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
    /// Their counts.
    pub uncommitted: Uncommitted,
    /// What is in progress in the worktree.
    pub under_way: Option<UnderWay>,
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

/// What looks at several places have in common; for one thread.
pub struct Around {
    ignore: Vec<PathBuf>,
    contents: Contents,
}

impl Around {
    /// Files below the folders `ignore` (absolute) never count as uncommitted work.
    pub fn new(ignore: &[PathBuf]) -> Around {
        Around {
            ignore: ignore.iter().map(|path| admin::settle(path)).collect(),
            contents: Contents::default(),
        }
    }
}

impl Repository {
    /// Looks at all places, side by side; each can fail alone. Files below the folders `ignore`
    /// (absolute) never count as uncommitted work.
    pub fn observe(&self, places: &[Place], target: &Target, ignore: &[PathBuf]) -> Vec<Known<Seen>> {
        let ignore: Vec<PathBuf> = ignore.iter().map(|path| admin::settle(path)).collect();
        let idle: Mutex<Vec<Store>> = Mutex::default(); // as many as threads work at once
        let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
        let observe = |place: &Place| {
            let found = idle().pop();
            let store = found.unwrap_or_else(|| self.store());
            let seen = self.observe_place(&store, place, target, &ignore);
            idle().push(store);
            seen.into()
        };
        places.par_iter().map(observe).collect()
    }

    /// Looks at what is about to be committed in a worktree, and at nothing else: the index on top
    /// of the head. `index` is another index file than the worktree's own, as git's hooks get it
    /// in `GIT_INDEX_FILE`.
    pub fn observe_staged(&self, place: &Place, index: Option<&Path>, target: &Target) -> Known<Seen> {
        self.staged_in(place, index, target).into()
    }

    /// The same, and the commit that would be made of it, which is kept in memory: its parents are the
    /// head, what is being merged by the worktree's own account, and `merging`.
    pub fn observe_next_commit(
        &self,
        place: &Place,
        index: Option<&Path>,
        merging: &[Oid],
        target: &Target,
    ) -> Known<(Seen, Oid)> {
        let observe = || -> Result<(Seen, Oid), ObserveError> {
            let seen = self.staged_in(place, index, target)?;
            let top = place.worktree.as_deref().unwrap_or(Path::new(""));
            let mut parents: Vec<Oid> = seen.head.into_iter().collect();
            for parent in merge_heads(&self.git_dir_of(place, top)?).iter().chain(merging) {
                if !parents.contains(parent) {
                    parents.push(*parent);
                }
            }
            let commit = self.store().put_commit(seen.work_tree, &parents)?;
            Ok((seen, commit))
        };
        observe().into()
    }

    fn staged_in(&self, place: &Place, index: Option<&Path>, target: &Target) -> Result<Seen, ObserveError> {
        let store = self.store();
        let top = place.worktree.as_deref();
        let top =
            top.ok_or_else(|| ObserveError::Unknown(format!("{} has no worktree", place.name).into()))?;
        let git_dir = self.git_dir_of(place, top)?;
        let mut seen = commits_of(&store, checked_out(&store, self.references(), &git_dir)?, target)?;
        let worktree =
            scan::Worktree { repository: self, store: &store, top, git_dir: &git_dir, ignore: &[] };
        let scan = worktree.scan_index(index.unwrap_or(&git_dir.join("index")), seen.tree)?;
        add_uncommitted(&mut seen, &store, scan)?;
        // all that is staged belongs to the next commit, also during a rebase
        seen.under_way = self.under_way(&store, &git_dir);
        Ok(seen)
    }

    pub(super) fn git_dir_of(&self, place: &Place, top: &Path) -> Result<PathBuf, GitError> {
        if place.main {
            return Ok(self.common_dir().to_path_buf());
        }
        if let Some(known) = self.shared.git_dir(top) {
            return Ok(known);
        }
        let found = admin::git_dir(top).map_err(|source| GitError::File {
            doing: "read",
            path: top.join(".git"),
            source,
        })?;
        self.shared.know_git_dir(top, &found);
        Ok(found)
    }

    /// Looks at a commit as if it were a branch without a worktree.
    pub fn observe_commit(&self, commit: Oid, target: &Target) -> Known<Seen> {
        commits_of(&self.store(), Some(commit), target).into()
    }

    /// Whether the target's history is known to contain a commit.
    pub fn is_in_target(&self, commit: Oid, target: &Target) -> bool {
        self.store().relation(commit, target.head).is_ok_and(|relation| relation.contained)
    }

    /// Whether the log of a branch is kept and knows of no commit that was made on it, after one commit was its
    /// head and until another one was, and that is in the target.
    pub fn is_untouched(&self, branch: &str, after: Option<Oid>, until: Oid, target: &Target) -> bool {
        let mut moves = self.references().moves_of_branch(self.common_dir(), branch);
        let is_kept = !moves.is_empty();
        let at = |moves: &[(Oid, String)], head| moves.iter().rposition(|(id, _)| *id == head);
        moves.truncate(at(&moves, until).map_or(moves.len(), |at| at + 1));
        moves.drain(..after.and_then(|after| at(&moves, after)).map_or(0, |at| at + 1));
        is_kept && !has_merged_commits(&self.store(), moves, target)
    }

    /// Looks at what a place has committed, and at nothing else.
    pub fn observe_head(&self, store: &Store, place: &Place, target: &Target) -> Known<Seen> {
        self.head_of(store, place, target).into()
    }

    pub(super) fn head_of(
        &self,
        store: &Store,
        place: &Place,
        target: &Target,
    ) -> Result<Seen, ObserveError> {
        if let Some(reason) = &place.broken {
            return Err(ObserveError::Unknown(reason.clone()));
        }
        let Some(folder) = place.folder() else {
            let local = || format!("refs/heads/{}", place.branch.as_deref().unwrap_or_default());
            let name = place.elsewhere.as_ref().map_or_else(local, |known| known.reference.clone());
            let head = self.references().commit(store, &name)?;
            let gone = || ObserveError::Unknown(format!("the branch {name} does not exist").into());
            if place.elsewhere.as_ref().is_some_and(|known| known.shared.is_some()) {
                return shared(store, head.ok_or_else(gone)?, target);
            }
            return commits_of(store, Some(head.ok_or_else(gone)?), target);
        };
        let git_dir = self.git_dir_of(place, folder)?;
        let head = head_commit(store, self.references(), &git_dir)?;
        if place.worktree.is_none() {
            // what was in progress there is gone with the folder
            let what = || format!("its folder {} and its branch do not exist", shown_path(folder));
            let gone =
                || ObserveError::Unknown(Reason::Fixable { what: what(), fix: "run git worktree prune" });
            return commits_of(store, Some(head.ok_or_else(gone)?), target);
        }
        let mut seen = commits_of(store, head, target)?;
        seen.under_way = self.under_way(store, &git_dir);
        Ok(seen)
    }

    /// What is in progress in a worktree, without the paths that are not resolved.
    fn under_way(&self, store: &Store, git_dir: &Path) -> Option<UnderWay> {
        let references = self.references();
        under_way::under_way(references, git_dir, &|start| {
            let now = checked_out(store, references, git_dir).ok()??;
            Some(store.relation(now, Some(start)).ok()?.ahead)
        })
    }

    /// What [`Repository::observe`] would see of a place at some paths, where only that was looked
    /// at; `None` where everything has to be looked at, as while others are at work there. `head` is what it has committed.
    pub fn observe_near(
        &self,
        store: &Store,
        place: &Place,
        head: Seen,
        near: &PathQuery,
        around: &Around,
    ) -> Option<Seen> {
        let Some(top) = &place.worktree else { return Some(head) };
        if head.under_way.is_some() {
            return None;
        }
        let git_dir = self.git_dir_of(place, top).ok()?;
        let worktree =
            scan::Worktree { repository: self, store, top, git_dir: &git_dir, ignore: &around.ignore };
        let noted = Noted::now(&git_dir);
        let scan = worktree.scan_near(head.tree, near, &around.contents)?;
        if !scan.changing.is_empty() || is_busy(&git_dir) || noted != Noted::now(&git_dir) {
            return None;
        }
        let mut seen = head;
        add_uncommitted(&mut seen, store, scan).ok()?;
        Some(seen)
    }

    pub(super) fn observe_place(
        &self,
        store: &Store,
        place: &Place,
        target: &Target,
        ignore: &[PathBuf],
    ) -> Result<Seen, ObserveError> {
        let folder = place.worktree.as_deref().filter(|_| place.broken.is_none());
        match folder.map(|top| self.git_dir_of(place, top)).transpose()? {
            Some(git_dir) => read_at_rest(&git_dir, || self.read_place(store, place, target, ignore)),
            None => self.read_place(store, place, target, ignore),
        }
    }

    fn read_place(
        &self,
        store: &Store,
        place: &Place,
        target: &Target,
        ignore: &[PathBuf],
    ) -> Result<Seen, ObserveError> {
        let mut seen = self.head_of(store, place, target)?;
        if let (true, false, Some(branch)) = (seen.contained, seen.merged, &place.branch) {
            let moves = self.references().moves_of_branch(self.common_dir(), branch);
            let is_kept = !moves.is_empty();
            seen.merged = has_merged_commits(store, moves, target);
            seen.untouched = is_kept && !seen.merged;
        }
        let Some(top) = &place.worktree else { return Ok(seen) };
        let git_dir = self.git_dir_of(place, top)?;
        let checked_out_tree = match seen.under_way.as_ref().is_some_and(UnderWay::is_away) {
            true => match checked_out(store, self.references(), &git_dir)? {
                Some(commit) => store.lasting_commit(commit)?.tree,
                None => Oid::EMPTY_TREE,
            },
            false => seen.tree,
        };
        let scan = scan::Worktree { repository: self, store, top, git_dir: &git_dir, ignore }
            .scan(checked_out_tree)?;
        add_uncommitted(&mut seen, store, scan)?;
        conclude_merge(&mut seen, store, target)?;
        Ok(seen)
    }
}

/// Whether commits were made on a branch that are in the target now. Where it was fast-forwarded to
/// them, the history does not show it; the moves of the branch do, which its reflog keeps.
fn has_merged_commits(store: &Store, moves: Vec<(Oid, String)>, target: &Target) -> bool {
    let is_merged = |commit: Oid| store.relation(commit, target.head).is_ok_and(|known| known.contained);
    let mut made = false;
    moves.into_iter().any(|(commit, what)| {
        let own = ["commit", "cherry-pick", "am:"].iter().any(|word| what.starts_with(word));
        made |= own;
        (own || made && what.starts_with("rebase")) && is_merged(commit)
    })
}

/// The commit that a worktree stands for: the one that is checked out or, during a rebase or a bisection,
/// the one that its branch is at.
fn head_commit(store: &Store, references: &References, git_dir: &Path) -> Result<Option<Oid>, ObserveError> {
    let head = references.head(git_dir).map_err(|reason| ObserveError::Unknown(reason.into()))?;
    if matches!(head, Head::Detached(_)) {
        if let Some(name) = admin::branch_under_way(git_dir)
            && let Some(commit) = references.commit(store, &name)?
        {
            return Ok(Some(commit));
        }
        if let Some(commit) = admin::commit_under_way(git_dir).filter(|id| store.commit(*id).is_ok()) {
            return Ok(Some(commit));
        }
    }
    checked_out(store, references, git_dir)
}

/// The commit that is checked out in a worktree; `None` on an unborn branch.
fn checked_out(store: &Store, references: &References, git_dir: &Path) -> Result<Option<Oid>, ObserveError> {
    match references.head(git_dir).map_err(|reason| ObserveError::Unknown(reason.into()))? {
        Head::Detached(id) => Ok(Some(id)),
        Head::Reference(name) => Ok(references.commit(store, &name)?),
    }
}

/// The committed part of what is seen.
pub(super) fn commits_of(store: &Store, head: Option<Oid>, target: &Target) -> Result<Seen, ObserveError> {
    let relation = head.map(|head| store.relation(head, target.head)).transpose()?.unwrap_or_default();
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
        uncommitted: Uncommitted::default(),
        under_way: None,
        notes: Vec::new(),
        undetermined: Vec::new(),
        changing: Vec::new(),
    })
}

/// What a commit that another clone has shared stands for: its parent, and the uncommitted work in its tree; of a merge in
/// progress, the commit that will conclude it.
fn shared(store: &Store, commit: Oid, target: &Target) -> Result<Seen, ObserveError> {
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
fn add_uncommitted(seen: &mut Seen, store: &Store, scan: UncommittedScan) -> Result<(), Missing> {
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
    let count = |of: fn(&Layers) -> bool| layers.values().filter(|layers| of(layers)).count();
    seen.uncommitted = Uncommitted {
        staged: count(|layers| layers.staged),
        unstaged: count(|layers| layers.unstaged),
        untracked: count(|layers| layers.untracked),
        paths: layers.len(),
    };
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
    if let Some(under_way) = &mut seen.under_way {
        under_way.unresolved = scan.unresolved;
    }
    seen.work_tree = edit_tree(store, seen.tree, &changes)?;
    Ok(())
}

/// While a merge is in progress, the work belongs to the commit that will conclude it: what the merged
/// commits have done is none of it.
fn conclude_merge(seen: &mut Seen, store: &Store, target: &Target) -> Result<(), Missing> {
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
    let relation = store.relation(commit, target.head)?;
    seen.work_head = Some(commit);
    seen.base = relation.bases.first().copied();
    seen.behind = relation.behind;
    seen.base_tree = match seen.base {
        Some(base) => store.lasting_commit(base)?.tree,
        None => Oid::EMPTY_TREE,
    };
    Ok(())
}
