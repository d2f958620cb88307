//! What `git merge` finds where the target is checked out, besides what is not committed there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::{Place, Target, TargetCheckout};

use super::discover::Repository;
use super::listed::FolderNames;
use super::{admin, scan};

/// Lock files in the git folder of a worktree without which git cannot merge there.
const LOCKS: [&str; 4] = ["index.lock", "HEAD.lock", "ORIG_HEAD.lock", "AUTO_MERGE.lock"];

/// For so many questions about its names, a folder is listed.
const MANY: usize = 32;

impl Repository {
    /// What `git merge` finds in the worktree of this place: the one of the target or, where that is checked
    /// out nowhere, the one where it would be.
    pub fn target_checkout(&self, target: &Target, place: Option<&Place>) -> TargetCheckout {
        let settings = self.settings_there(&self.merge_site(target.branch())).unwrap_or_default();
        let arguments = target.branch().and_then(|branch| settings.arguments.get(branch)).cloned();
        let arguments = arguments.unwrap_or_default();
        let mut found = TargetCheckout {
            stashes: arguments.stashes.unwrap_or(settings.stashes),
            overrides: arguments.overrides(),
            free_folder: self.free_folder(&target.name),
            ..TargetCheckout::default()
        };
        let lock = |path: PathBuf| fs::symlink_metadata(&path).is_ok().then_some(path);
        let reference = target.reference.as_ref().map(|name| self.common_dir().join(format!("{name}.lock")));
        found.locks.extend(reference.and_then(lock));
        let top = place.and_then(|place| place.worktree.as_deref());
        let Some((top, git_dir)) = top.and_then(|top| Some((top, admin::git_dir(top).ok()?))) else {
            return found;
        };
        found.locks.extend(LOCKS.iter().filter_map(|name| lock(git_dir.join(name))));
        let store = self.store();
        let worktree =
            scan::Worktree { repository: self, store: &store, top, git_dir: &git_dir, ignore: &[] };
        if let Ok(unseen) = worktree.unseen() {
            (found.hidden, found.announced) = unseen;
        }
        found
    }

    /// The same, called by the branch where that is free: then the work in it is called as the branch was. `beside`: what is
    /// in the folder of the repository.
    pub(super) fn folder_for(&self, branch: &str, beside: &FolderNames) -> PathBuf {
        let name = branch.replace(['/', '\\'], "-");
        let is_free = !beside.has(&name) && !branch.starts_with('.');
        if is_free { beside.folder().join(name) } else { self.free_folder(branch) }
    }

    /// What is in the folder of the repository: it is listed for so many questions.
    pub(super) fn names_beside(&self, questions: usize) -> FolderNames {
        let home = self.main_worktree().unwrap_or(self.common_dir());
        let folder = home.parent().unwrap_or(Path::new("/"));
        if questions < MANY { FolderNames::unlisted(folder) } else { FolderNames::of(folder) }
    }

    /// A folder beside the repository that does not exist yet, for a worktree of a branch.
    pub(super) fn free_folder(&self, branch: &str) -> PathBuf {
        let home = self.main_worktree().unwrap_or(self.common_dir());
        let name = home.file_name().unwrap_or_default().to_string_lossy();
        let name = name.trim_start_matches('.').trim_end_matches(".git");
        let beside = home.parent().unwrap_or(Path::new("/"));
        let folder = format!("{name}-{}", branch.replace(['/', '\\'], "-"));
        let numbered = (2..).map(|number| format!("{folder}-{number}"));
        let mut folders = std::iter::once(folder.clone()).chain(numbered).map(|name| beside.join(name));
        folders.find(|path| fs::symlink_metadata(path).is_err()).unwrap_or_default()
    }
}
