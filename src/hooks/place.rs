//! Where git looks for the hooks of a worktree, and who shares that folder.

use std::path::{Path, PathBuf};

/// Which worktrees use a hooks folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// The repository's own folder, for all its worktrees.
    Repository,
    /// A folder inside a worktree, for that worktree; others get it once it is committed.
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
        let of = match worktrees.iter().filter(holds).max_by_key(|top| top.as_os_str().len()) {
            _ if [&real, &folder].iter().any(|path| path.starts_with(common_dir)) => Where::Repository,
            Some(top) => Where::Worktree(top.clone()),
            None => Where::Outside,
        };
        HooksPlace { folder, configured, of }
    }
}
