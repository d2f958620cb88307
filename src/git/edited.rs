//! Looks at a commit that would be made of some edited files.

use std::collections::BTreeMap;
use std::path::Path;

use crate::merge::{edit_tree, entry_at};
use crate::model::{Entry, EntryKind, Known, Oid, Place, RepoPath, Target};

use super::discover::Repository;
use super::error::ObserveError;
use super::observe::Seen;
use super::scan;

impl Repository {
    /// What a place has committed, and the commit that would be made of it with these files and nothing
    /// else; `None` deletes one. It is kept in memory. A file whose content only a command of the
    /// configuration knows how to store stays as the head has it.
    pub fn observe_edited(
        &self,
        place: &Place,
        files: &[(RepoPath, Option<&[u8]>)],
        target: &Target,
    ) -> Known<(Seen, Oid)> {
        self.edited(place, files, target).into()
    }

    fn edited(
        &self,
        place: &Place,
        files: &[(RepoPath, Option<&[u8]>)],
        target: &Target,
    ) -> Result<(Seen, Oid), ObserveError> {
        let store = self.store();
        let seen = self.head_of(&store, place, target)?;
        let top = place.worktree.as_deref().unwrap_or(Path::new(""));
        let git_dir = self.git_dir_of(place, top)?;
        let worktree =
            scan::Worktree { repository: self, store: &store, top, git_dir: &git_dir, ignore: &[] };
        let mut changes: BTreeMap<RepoPath, Option<Entry>> = BTreeMap::new();
        // what is written during a merge or a rebase holds work of others
        let judged = files.iter().filter(|_| seen.under_way.is_none());
        for (path, content) in judged {
            let old = entry_at(&store, seen.tree, path)?;
            let Some(content) = content else {
                changes.insert(path.clone(), None);
                continue;
            };
            let kind = match old.map(|entry| entry.kind) {
                Some(EntryKind::Executable) => EntryKind::Executable,
                Some(EntryKind::File) | None => EntryKind::File,
                Some(EntryKind::Symlink | EntryKind::Submodule | EntryKind::Tree) => continue,
            };
            if let Some(oid) = worktree.stored(path, content, old.map(|entry| entry.oid))? {
                changes.insert(path.clone(), Some(Entry { kind, oid }));
            }
        }
        let tree = edit_tree(&store, seen.tree, &changes)?;
        let parents: Vec<Oid> = seen.head.into_iter().collect();
        let commit = store.put_commit(tree, &parents)?;
        Ok((seen, commit))
    }
}
