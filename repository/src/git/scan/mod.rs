//! What is not committed in one worktree: the index against the head, the worktree against the index.

pub(super) mod attributes;
mod by_program;
mod cached;
mod candidate;
mod content;
mod convert;
mod filter;
mod ignore;
mod index;
mod inside;
pub(super) mod near;
mod part;
#[cfg(target_os = "linux")]
mod plain;
mod staged;
mod stat;
mod walk;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::merge::Objects;
use crate::model::{Entry, Oid, Reason, RepoPath};

use super::discover::Repository;
use super::error::ObserveError;
use super::store::Store;

use attributes::FileAttributes;
use index::Index;

/// Uncommitted work, path by path; `None` for a path that is gone.
#[derive(Debug, Default)]
pub(super) struct UncommittedScan {
    /// Where the index differs from the head: what the index holds.
    pub staged: Vec<(RepoPath, Option<Entry>)>,
    /// Where the worktree differs from the index: what the worktree holds.
    pub unstaged: Vec<(RepoPath, Option<Entry>)>,
    /// Files that the index does not know and no rule ignores.
    pub untracked: Vec<(RepoPath, Entry)>,
    /// Such files whose content could not be determined.
    pub unread: Vec<RepoPath>,
    /// Paths whose conflict is not resolved yet, sorted.
    pub unresolved: Vec<RepoPath>,
    /// The same in folders that do not count: git waits for them as well.
    pub unresolved_aside: Vec<RepoPath>,
    /// Submodules in which something is not committed; their commits are among the others.
    pub inside: Vec<RepoPath>,
    /// Facts worth reporting.
    pub notes: Vec<String>,
    /// Paths whose content could not be determined.
    pub undetermined: Vec<(RepoPath, Reason)>,
    /// Paths that changed while they were read.
    pub changing: Vec<RepoPath>,
}

impl UncommittedScan {
    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        let UncommittedScan {
            staged,
            unstaged,
            untracked,
            unread,
            unresolved,
            unresolved_aside,
            inside,
            notes,
            undetermined,
            changing,
        } = self;
        staged.is_empty()
            && unstaged.is_empty()
            && untracked.is_empty()
            && [unread, unresolved, unresolved_aside, inside, changing].iter().all(|paths| paths.is_empty())
            && notes.is_empty()
            && undetermined.is_empty()
    }
}

/// A worktree to look at.
pub(super) struct Worktree<'a> {
    pub repository: &'a Repository,
    pub store: &'a Store,
    /// Its top folder.
    pub top: &'a Path,
    /// Its own git folder.
    pub git_dir: &'a Path,
    /// Folders that do not count.
    pub ignore: &'a [PathBuf],
}

impl Worktree<'_> {
    /// Compares head, index and worktree.
    pub(super) fn scan(&self, head_tree: Oid) -> Result<UncommittedScan, ObserveError> {
        let settings = self.repository.settings_of(self.git_dir);
        let mut scan = UncommittedScan::default();
        let file = self.git_dir.join("index");
        let (index, by_program, candidates) = match Index::read(&file) {
            Ok(index) => {
                scan.unresolved = index.unresolved();
                let candidates = walk::WorktreeWalk::new(self, &settings, &index, &mut scan).run()?;
                (index, false, candidates)
            }
            Err(unread) if index::no_file(&file).is_some() => return Err(ObserveError::Unknown(unread)),
            Err(unread) => (Index::empty(), true, by_program::scan(self, &settings, &unread, &mut scan)?),
        };
        content::settle(self, &settings, &index, candidates, &mut scan);
        self.leave_out(&mut scan);
        if head_tree != Oid::EMPTY_TREE && self.was_never_checked_out(&scan, &file) {
            scan.notes.push("nothing is checked out here".to_string());
        } else if !by_program {
            scan.staged = staged::changes(self.store, head_tree, &index)?;
            self.leave_out(&mut scan);
        }
        Ok(scan)
    }

    /// A worktree without an index and without a file was never checked out (`git clone
    /// --no-checkout`). Git reports everything as deleted there, though nothing was deleted.
    fn was_never_checked_out(&self, scan: &UncommittedScan, index: &Path) -> bool {
        scan.untracked.is_empty() && scan.unstaged.is_empty() && !index.exists()
    }

    /// The paths that git does not compare (`assume-unchanged`, `skip-worktree`) and whose files are not as the
    /// index noted them; then those that are only announced.
    pub(super) fn unseen(&self) -> Result<(Vec<RepoPath>, Vec<RepoPath>), Reason> {
        let settings = self.repository.settings_of(self.git_dir);
        let index = Index::read(&self.git_dir.join("index"))?;
        let (mut hidden, mut announced) = (Vec::new(), Vec::new());
        for at in index.all() {
            let (entry, path) = (index.entry(at), RepoPath::new(index.path(at)));
            if index::is_announced(entry) {
                announced.push(path);
            } else if walk::is_frozen(entry, &settings)
                && let Ok(data) =
                    std::fs::symlink_metadata(self.top.join(std::ffi::OsStr::from_bytes(path.as_bytes())))
                && !stat::is_as_noted(entry, &data, &settings)
            {
                hidden.push(path);
            }
        }
        Ok((hidden, announced))
    }

    /// Compares the head and an index file, without a look at the worktree.
    pub(super) fn scan_index(&self, index: &Path, head_tree: Oid) -> Result<UncommittedScan, ObserveError> {
        let staged = match staged::changes_in(self.store, head_tree, index) {
            Some(staged) => staged?,
            None => {
                let index = Index::read(index).map_err(ObserveError::Unknown)?;
                staged::changes(self.store, head_tree, &index)?
            }
        };
        Ok(UncommittedScan { staged, ..UncommittedScan::default() })
    }

    /// The blob that a file would be with this content, as `git add` would store it; `now` is what the
    /// head has there. `None` where only the git program knows.
    pub(super) fn stored(
        &self,
        path: &RepoPath,
        content: &[u8],
        now: Option<Oid>,
    ) -> Result<Option<Oid>, ObserveError> {
        let settings = self.repository.settings_of(self.git_dir);
        let index = Index::read(&self.git_dir.join("index")).unwrap_or_else(|_| Index::empty());
        let attributes = FileAttributes::of(self, &settings, &index)?;
        if attributes.by_program(path)? {
            return Ok(None);
        }
        let conversion = attributes.conversion(path, Some(content))?;
        let converted = convert::to_repository(content, conversion, || self.store.blob(now?).ok());
        Ok(Some(self.store.overlay.put_blob(&converted)))
    }

    /// Forgets what lies in the folders that do not count.
    fn leave_out(&self, scan: &mut UncommittedScan) {
        use std::os::unix::ffi::OsStrExt;
        for folder in self.ignore.iter().filter_map(|folder| folder.strip_prefix(self.top).ok()) {
            let folder = RepoPath::new(folder.as_os_str().as_bytes());
            scan.staged.retain(|(path, _)| !path.is_within(&folder));
            scan.unstaged.retain(|(path, _)| !path.is_within(&folder));
            scan.untracked.retain(|(path, _)| !path.is_within(&folder));
            scan.undetermined.retain(|(path, _)| !path.is_within(&folder));
            scan.unread.retain(|path| !path.is_within(&folder));
            scan.unresolved_aside.extend(scan.unresolved.extract_if(.., |path| path.is_within(&folder)));
            scan.inside.retain(|path| !path.is_within(&folder));
            scan.changing.retain(|path| !path.is_within(&folder));
        }
    }
}
