//! Where git looks for the hooks of a worktree, and who shares that folder.

use std::path::{Path, PathBuf};

/// Which worktrees use a hooks folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// The repository's own folder, or another one that all its worktrees use.
    Repository,
    /// A folder inside a worktree, for that worktree; others get it once it is committed, if it can be.
    Worktree(PathBuf),
    /// Elsewhere, perhaps shared by many repositories.
    Outside,
}

/// Where git looks for the hooks of a worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HooksPlace {
    /// The folder, absolute.
    pub folder: PathBuf,
    /// The value of `core.hooksPath` and the file that sets it, if it is set.
    pub configured: Option<(String, String)>,
    /// Which worktrees use it.
    pub of: Where,
}

impl HooksPlace {
    /// The folder that git names, compared with the repository's git folder and the tops of its
    /// worktrees.
    pub fn new(
        folder: PathBuf,
        configured: Option<(String, String)>,
        common_dir: &Path,
        worktrees: &[PathBuf],
    ) -> HooksPlace {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let holds = |top: &&PathBuf| [&real, &folder].iter().any(|path| path.starts_with(top));
        // git looks for a relative path in each worktree, and for any other one where it is
        let is_of_each = configured.as_ref().is_some_and(|(value, file)| {
            !value.starts_with(['/', '~', '%']) || file.ends_with("config.worktree")
        });
        let is_in_git = [&real, &folder].iter().any(|path| path.starts_with(common_dir));
        let of = match worktrees.iter().filter(holds).max_by_key(|top| top.as_os_str().len()) {
            Some(top) if is_of_each => Where::Worktree(top.clone()),
            Some(_) => Where::Repository,
            None if is_in_git => Where::Repository,
            None => Where::Outside,
        };
        HooksPlace { folder, configured, of }
    }

    /// The folder from the top of the worktree that alone uses it, where it can be committed.
    pub fn in_worktree(&self) -> Option<&Path> {
        let Where::Worktree(top) = &self.of else { return None };
        let path = self.folder.strip_prefix(top).ok()?;
        (!path.starts_with(".git")).then_some(path)
    }
}
