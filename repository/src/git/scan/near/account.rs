//! Which folders an index holds as the head has them, by its cached trees.

use crate::files;
use crate::merge::Objects;
use crate::model::{EntryKind, RepoPath};

use super::super::cached::CachedFolders;
use super::NearScan;

/// The trees that an index records.
pub(super) enum Account {
    /// None that are valid.
    None,
    /// The whole index is the head's tree.
    Head,
    /// These.
    Folders(CachedFolders),
}

impl NearScan<'_> {
    /// The trees that the index records. Where it is like the previous one, a few bytes are enough.
    fn account(&self) -> Account {
        let Ok(index) = files::open(&self.worktree.git_dir.join("index")) else { return Account::None };
        let like_before = self.contents.before_end.get();
        if like_before.is_some_and(|at| CachedFolders::top_at(&index, at) == Some(self.head_tree)) {
            return Account::Head;
        }
        let Some(folders) = CachedFolders::read(&index, self.contents.end.take()) else {
            return Account::None;
        };
        if folders.top().is_some_and(|top| top.id == Some(self.head_tree)) {
            self.contents.before_end.set(Some(folders.before_end()));
        }
        Account::Folders(folders)
    }

    /// Whether the index certainly holds the head's tree for a folder, by its cached trees.
    pub(super) fn is_as_head(&self, folder: &RepoPath) -> bool {
        let cached = match self.cached.get_or_init(|| self.account()) {
            Account::None => return false,
            Account::Head => return true,
            Account::Folders(cached) => cached,
        };
        let Some(mut known) = cached.top() else { return false };
        let mut tree = self.head_tree;
        let mut parts = folder.as_bytes().split(|byte| *byte == b'/').filter(|part| !part.is_empty());
        loop {
            if known.id == Some(tree) {
                return true;
            }
            let Some(part) = parts.next() else { return false };
            let Ok(entries) = self.worktree.store.tree(tree) else { return false };
            let below = cached.folder_in(&known, part);
            let entry = entries.iter().find(|entry| entry.name[..] == *part);
            match (below, entry) {
                (Some(below), Some(entry)) if entry.entry.kind == EntryKind::Tree => {
                    (known, tree) = (below, entry.entry.oid);
                }
                _ => return false,
            }
        }
    }
}
