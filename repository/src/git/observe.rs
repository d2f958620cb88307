//! Looks at places: what each has committed against the target, and its uncommitted work.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::merge::Commits;
use crate::model::{Known, Oid, PathQuery, Place, Reason, Stash, Target, UnderWay, shown_path};

use super::admin::{self, Head};
use super::at_rest::{Noted, read_at_rest};
use super::discover::Repository;
use super::error::{GitError, ObserveError};
use super::listed::{FolderNames, Listed};
use super::program::Program;
use super::references::References;
use super::scan;
use super::scan::near::{Contents, HeadFiles};
use super::seen::{Seen, add_uncommitted, commits_of, conclude_merge, shared};
use super::store::Store;
use super::under_way::{self, merge_heads};

/// What looks at several places have in common; for one thread.
pub struct Around {
    ignore: Vec<PathBuf>,
    contents: Contents,
    /// The places as they were listed before.
    listed: Arc<Listed>,
}

impl Around {
    /// Files below the folders `ignore` (absolute) never count as uncommitted work.
    pub fn new(repository: &Repository, ignore: &[PathBuf]) -> Around {
        Around {
            listed: repository.shared.listed(),
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
        seen.under_way = self.under_way(&store, &git_dir, None);
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

    /// Whether the target's history contains a commit; nothing where that cannot be read.
    pub fn is_in_target(&self, commit: Oid, target: &Target) -> Option<bool> {
        self.store().relation(commit, target.head).ok().map(|relation| relation.contained)
    }

    /// Whether a ref leads to a commit, or to one that came after it; nothing where that cannot be told.
    pub fn is_held(&self, commit: Oid) -> Option<bool> {
        let args = ["for-each-ref", "--count=1", "--format=%(refname)", "--contains", &commit.to_string()];
        let said = Program::new(self.common_dir(), "look for who has a commit").args(args).run(&[]);
        said.ok().map(|said| !said.trim_ascii().is_empty())
    }

    /// Where a branch was moved to, and by what, the oldest first; nothing where no log of it is kept.
    pub fn moves_of_branch(&self, branch: &str) -> Vec<(Oid, String)> {
        self.references().moves_of_branch(self.common_dir(), branch)
    }

    /// What was put aside with `git stash` on a branch, the newest first.
    pub fn stashes(&self) -> Vec<Stash> {
        let entries = self.references().moves_of(self.common_dir(), "refs/stash");
        let read = |(number, (_, what)): (usize, (Oid, String))| Stash::read(number, &what);
        entries.into_iter().rev().enumerate().filter_map(read).collect()
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
        self.head_of(store, place, target, None).into()
    }

    /// The same as it was when the places were listed. Whether it still is in a worktree, [`Repository::observe_near`]
    /// finds out.
    pub fn observe_listed_head(
        &self,
        store: &Store,
        place: &Place,
        target: &Target,
        around: &Around,
    ) -> Known<Seen> {
        self.head_of(store, place, target, Some(&around.listed)).into()
    }

    pub(super) fn head_of(
        &self,
        store: &Store,
        place: &Place,
        target: &Target,
        listed: Option<&Listed>,
    ) -> Result<Seen, ObserveError> {
        if let Some(reason) = &place.broken {
            return Err(ObserveError::Unknown(reason.clone()));
        }
        let Some(folder) = place.folder() else {
            let local = || format!("refs/heads/{}", place.branch.as_deref().unwrap_or_default());
            let name = place.elsewhere.as_ref().map_or_else(local, |known| known.reference.clone());
            let head = self.commit_of(store, &name, listed)?;
            let gone = || ObserveError::Unknown(format!("the branch {name} does not exist").into());
            if place.elsewhere.as_ref().is_some_and(|known| known.shared.is_some()) {
                return shared(store, head.ok_or_else(gone)?, target);
            }
            return commits_of(store, Some(head.ok_or_else(gone)?), target);
        };
        let git_dir = self.git_dir_of(place, folder)?;
        let in_git = listed.and_then(|listed| listed.folders.get(&git_dir));
        let head = match in_git.map(|in_git| &in_git.head) {
            Some(Ok(Head::Reference(name))) => self.commit_of(store, name, listed)?,
            Some(Ok(Head::Detached(_)) | Err(_)) | None => head_commit(store, self.references(), &git_dir)?,
        };
        if place.worktree.is_none() {
            // what was in progress there is gone with the folder
            let what = || format!("its folder {} and its branch do not exist", shown_path(folder));
            let gone =
                || ObserveError::Unknown(Reason::Fixable { what: what(), fix: "run git worktree prune" });
            return commits_of(store, Some(head.ok_or_else(gone)?), target);
        }
        let mut seen = commits_of(store, head, target)?;
        if head.is_none() {
            let last = self.references().moves_of_head(&git_dir).pop().map(|last| last.to);
            seen.was_at = last.filter(|last| store.commit(*last).is_ok());
        }
        seen.under_way = self.under_way(store, &git_dir, in_git.map(|in_git| &in_git.names));
        Ok(seen)
    }

    /// The commit that a ref leads to, from what was listed, where it is known.
    fn commit_of(&self, store: &Store, name: &str, listed: Option<&Listed>) -> Result<Option<Oid>, GitError> {
        let known = listed.and_then(|listed| store.peeled(*listed.branches.get(name)?).ok());
        known.map_or_else(|| self.references().commit(store, name), |commit| Ok(Some(commit)))
    }

    /// What is in progress in a worktree, without the paths that are not resolved. `names`: what is in its git folder, where
    /// that was listed.
    fn under_way(&self, store: &Store, git_dir: &Path, names: Option<&FolderNames>) -> Option<UnderWay> {
        let references = self.references();
        under_way::under_way(references, git_dir, names, &|start| {
            let now = checked_out(store, references, git_dir).ok()??;
            Some(store.relation(now, Some(start)).ok()?.ahead)
        })
    }

    /// What [`Repository::observe`] would see of a place at some paths, where only that was looked
    /// at; `None` where everything has to be looked at, as while others are at work there. `head` is what it has committed, with
    /// the files of its tree where they are known.
    pub fn observe_near(
        &self,
        store: &Store,
        place: &Place,
        (head, files): (Seen, Option<HeadFiles<'_>>),
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
        let listed = around.listed.folders.get(&git_dir);
        let now = listed.is_none().then(|| Noted::now(&git_dir));
        let noted = listed.map(|listed| &listed.noted).or(now.as_ref());
        let index = noted.and_then(Noted::index);
        let scan = worktree.scan_near((head.tree, files), near, index, &around.contents)?;
        let after = Noted::now(&git_dir);
        if !scan.changing.is_empty() || noted != Some(&after) || after.is_busy(&git_dir) {
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
        let mut seen = self.head_of(store, place, target, None)?;
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
    if let Head::Detached(id) = head {
        if let Some(name) = admin::branch_under_way(git_dir)
            && let Some(commit) = references.commit(store, &name)?
        {
            return Ok(Some(commit));
        }
        let begun = admin::commit_under_way(git_dir).filter(|id| store.commit(*id).is_ok());
        return Ok(Some(begun.unwrap_or(id)));
    }
    commit_of(store, references, head)
}

/// The commit that is checked out in a worktree; `None` on an unborn branch.
pub(super) fn checked_out(
    store: &Store,
    references: &References,
    git_dir: &Path,
) -> Result<Option<Oid>, ObserveError> {
    let head = references.head(git_dir).map_err(|reason| ObserveError::Unknown(reason.into()))?;
    commit_of(store, references, head)
}

fn commit_of(store: &Store, references: &References, head: Head) -> Result<Option<Oid>, ObserveError> {
    match head {
        Head::Detached(id) => Ok(Some(id)),
        Head::Reference(name) => Ok(references.commit(store, &name)?),
    }
}
