//! What is not committed inside of submodules. No merge takes it along, and it is lost with the worktree.

use std::path::Path;

use crate::git::admin;
use crate::git::discover::Repository;
use crate::git::error::ObserveError;
use crate::git::program::Program;
use crate::model::{Oid, Reason, RepoPath, shown_path};

use super::Worktree;
use super::attributes::as_path;

/// Whether `git status` says that something is not committed inside of the submodule that is checked out at a path,
/// at this commit.
///
/// # Errors
/// When git cannot be asked.
pub(super) fn is_dirty(worktree: &Worktree<'_>, path: &RepoPath, head: Oid) -> Result<bool, Reason> {
    let top = worktree.top.join(as_path(path));
    match is_clean(worktree, &top, head) {
        Ok(true) => return Ok(false),
        Ok(false) if !worktree.repository.runs_filters => return Ok(true),
        Ok(false) | Err(_) => {}
    }
    // which of it counts is said by `submodule.*.ignore` and `diff.ignoreSubmodules`
    let program = Program::new(worktree.top, format!("read the state of {}", shown_path(&top)));
    let args = ["--literal-pathspecs", "status", "--porcelain=v2", "-z", "--untracked-files=normal", "--"];
    let said =
        program.args(args).arg(as_path(path)).run(&[]).map_err(|error| Reason::Said(error.to_string()))?;
    Ok(said.split(|byte| *byte == 0).any(|record| state(record).is_some_and(|state| state.inside)))
}

/// Whether nothing is there that is not committed.
fn is_clean(worktree: &Worktree<'_>, top: &Path, head: Oid) -> Result<bool, ObserveError> {
    let around = worktree.repository.opener.around.clone().without_repository();
    let found = Repository::discover_in(top, &around)?;
    let repository = if worktree.repository.runs_filters { found } else { found.without_filters() };
    let store = repository.store();
    let unread = |error: std::io::Error| ObserveError::Unknown(error.to_string().into());
    let git_dir = admin::git_dir(top).map_err(unread)?;
    let tree = store.lasting_commit(head)?.tree;
    let inner = Worktree { repository: &repository, store: &store, top, git_dir: &git_dir, ignore: &[] };
    let scan = inner.scan(tree)?;
    let is_empty = scan.staged.is_empty() && scan.unstaged.is_empty() && scan.untracked.is_empty();
    let is_known = scan.undetermined.is_empty() && scan.changing.is_empty();
    Ok(is_empty && is_known && scan.unresolved.is_empty() && scan.inside.is_empty())
}

/// What `git status` says of a submodule.
pub(super) struct SubmoduleState {
    /// Whether it is at another commit than the index has.
    pub moved: bool,
    /// Whether something inside of it is not committed.
    pub inside: bool,
}

/// The state of the submodule in a record of the second porcelain format; `None` where it is about something else.
pub(super) fn state(record: &[u8]) -> Option<SubmoduleState> {
    let field = record.splitn(4, |byte| *byte == b' ').nth(2).filter(|_| record.starts_with(b"1 "))?;
    let [b'S', moved, tracked, untracked] = field else { return None };
    Some(SubmoduleState { moved: *moved == b'C', inside: *tracked == b'M' || *untracked == b'U' })
}
