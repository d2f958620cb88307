//! Looks at a commit that would be made of some edited files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::merge::{Commits, edit_tree, entry_at};
use crate::model::{Entry, EntryKind, Known, Place, Reason, RepoPath, Target, UnderWay};

use super::discover::Repository;
use super::error::ObserveError;
use super::scan;
use super::seen::{Seen, commits_of};

impl Repository {
    /// What a place has committed, and the commit that would be made of it with these files and nothing
    /// else; `None` deletes one. While a merge is in progress, all that is to be merged comes along. It is
    /// kept in memory. A file whose content only a command of the configuration knows how to store stays as
    /// the head has it. Files below the folders `ignore` are nobody's work.
    pub fn observe_edited(
        &self,
        place: &Place,
        files: &[(RepoPath, Option<&[u8]>)],
        target: &Target,
        ignore: &[PathBuf],
    ) -> Known<[Seen; 2]> {
        self.edited(place, files, target, ignore).into()
    }

    fn edited(
        &self,
        place: &Place,
        files: &[(RepoPath, Option<&[u8]>)],
        target: &Target,
        ignore: &[PathBuf],
    ) -> Result<[Seen; 2], ObserveError> {
        let store = self.store();
        let mut seen = self.head_of(&store, place, target, None)?;
        if seen.under_way.as_ref().is_some_and(|under_way| !under_way.merging.is_empty()) {
            seen = self.observe_place(&store, place, target, ignore)?;
        }
        let top = place.worktree.as_deref().unwrap_or(Path::new(""));
        let git_dir = self.git_dir_of(place, top)?;
        let worktree =
            scan::Worktree { repository: self, store: &store, top, git_dir: &git_dir, ignore: &[] };
        let mut changes: BTreeMap<RepoPath, Option<Entry>> = BTreeMap::new();
        let mut undetermined = seen.undetermined.clone();
        // what is written while other commits are checked out is no change of the branch
        let judged = files.iter().filter(|_| !seen.under_way.as_ref().is_some_and(UnderWay::is_away));
        for (path, content) in judged {
            undetermined.retain(|(known, _)| known != path);
            let old = entry_at(&store, seen.work_tree, path)?;
            let Some(content) = content else {
                changes.insert(path.clone(), None);
                continue;
            };
            if seen.under_way.is_some() && has_conflict_markers(content) {
                undetermined.push((path.clone(), Reason::Resolving));
                continue;
            }
            let kind = match old.map(|entry| entry.kind) {
                Some(EntryKind::Executable) => EntryKind::Executable,
                Some(EntryKind::File) | None => EntryKind::File,
                Some(EntryKind::Symlink | EntryKind::Submodule | EntryKind::Tree) => continue,
            };
            if let Some(oid) = worktree.stored(path, content, old.map(|entry| entry.oid))? {
                changes.insert(path.clone(), Some(Entry { kind, oid }));
            }
        }
        let tree = edit_tree(&store, seen.work_tree, &changes)?;
        let parents = match seen.work_head.filter(|work_head| Some(*work_head) != seen.head) {
            Some(concluding) => store.commit(concluding)?.parents,
            None => seen.head.into_iter().collect(),
        };
        let commit = store.put_commit(tree, &parents)?;
        let judged = commits_of(&store, Some(commit), target)?;
        Ok([seen, Seen { undetermined, ..judged }])
    }
}

/// Whether a text has lines that git leaves around the sides of a conflict.
fn has_conflict_markers(content: &[u8]) -> bool {
    let mut lines = content.split(|byte| *byte == b'\n');
    lines.any(|line| line.starts_with(b"<<<<<<< ") || line.starts_with(b">>>>>>> "))
}
