//! Files that were made from an older commit than the one that they would follow.

use super::{Oid, RepoPath, few, shell_word, shown};

/// What the files of a worktree would take back of its branch, if they were committed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OlderFiles {
    /// The commit that the files were made from.
    pub made_from: Oid,
    /// How many commits the branch has that this one lacks.
    pub commits: usize,
    /// Whether the checkout was left at that commit while its branch was moved from elsewhere; otherwise the files
    /// alone say so.
    pub left_behind: bool,
    /// The files of which something is taken back, sorted.
    pub paths: Vec<RepoPath>,
}

/// The same, as it is told of a worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakesBack {
    /// What.
    pub files: OlderFiles,
    /// The short name of the branch; `None` on a detached head.
    pub branch: Option<String>,
    /// Other worktrees that have the branch checked out, by name.
    pub also_in: Vec<String>,
    /// Whether it is a commit that is about to be made, and not all of the work.
    pub staged: bool,
    /// A name that no branch has.
    pub free_branch: String,
    /// What runs git in the worktree.
    pub git: String,
}

impl TakesBack {
    /// What would happen.
    pub fn message(&self) -> String {
        let OlderFiles { made_from, commits, left_behind, paths } = &self.files;
        let branch = self.branch.as_deref().map_or("HEAD".into(), shown);
        let names: Vec<String> = paths.iter().map(ToString::to_string).collect();
        let what = if self.staged { "this commit takes back" } else { "to commit all of this takes back" };
        let these = match commits {
            1 => format!("a commit that {branch} has"),
            commits => format!("{commits} commits that {branch} has"),
        };
        let why = match (left_behind, &self.also_in[..]) {
            (false, _) => "these files are as they were before".to_string(),
            (true, []) => {
                format!("the files here are from {}, and {branch} was moved since", made_from.short())
            }
            (true, also_in) => format!(
                "the files here are from {}, and {branch}, which {} has checked out too, was moved since",
                made_from.short(),
                few(also_in)
            ),
        };
        format!("{what} {these}, in {}: {why}", few(&names))
    }

    /// What to do.
    pub fn advice(&self) -> String {
        let (git, made_from) = (&self.git, self.files.made_from.short());
        let free = shell_word(&self.free_branch);
        let merge = match &self.branch {
            Some(branch) => format!(" Then commit, and merge {} or let it be merged.", shown(branch)),
            None => String::new(),
        };
        let unless = if self.files.left_behind { "" } else { "If that is meant, go on. Otherwise: " };
        format!(
            "{unless}{git} branch {free} {made_from} && {git} symbolic-ref HEAD refs/heads/{free} changes no file and gives this work a branch of its own, where it began.{merge}"
        )
    }
}
