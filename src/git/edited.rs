use std::collections::BTreeMap;
use std::path::Path;

use crate::merge::{Objects, edit_tree};
use crate::model::{Entry, EntryKind, Known, Oid, Place, RepoPath, Target};

use super::observe::{Seen, Trouble};
use super::{Repository, Store, admin, scan};

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
    ) -> Result<(Seen, Oid), Trouble> {
        let store = self.store();
        let seen = self.head_of(&store, place, target)?;
        let top = place.worktree.as_deref().unwrap_or(Path::new(""));
        let git_dir = self.git_dir_of(place, top)?;
        let worktree =
            scan::Worktree { repository: self, store: &store, top, git_dir: &git_dir, ignore: &[] };
        let mut changes: BTreeMap<RepoPath, Option<Entry>> = BTreeMap::new();
        // what is written during a merge or a rebase holds work of others
        let judged = files.iter().filter(|_| admin::operation(&git_dir).is_none());
        for (path, content) in judged {
            let old = entry_at(&store, seen.tree, path);
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

fn entry_at(store: &Store, tree: Oid, path: &RepoPath) -> Option<Entry> {
    let mut found = Entry { kind: EntryKind::Tree, oid: tree };
    for part in path.as_bytes().split(|byte| *byte == b'/') {
        let entries = store.tree(found.oid).ok()?;
        found = entries.iter().find(|entry| entry.name == part)?.entry;
    }
    Some(found)
}
