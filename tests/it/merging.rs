//! `merge` carries the merge order out, as if its commands were typed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::cli::program::{Said, said};
use crate::support::{Repo, Sandbox};

mod by_hand;
pub mod checked;
mod included;
mod kills;
mod left_out;
mod noisy;
mod outcomes;
mod random;
mod stops;

/// Dates that make the same commits the same, whoever makes them.
pub const DATES: [(&str, &str); 2] =
    [("GIT_AUTHOR_DATE", "1800000000 +0000"), ("GIT_COMMITTER_DATE", "1800000000 +0000")];

impl Repo<'_> {
    /// `merge` with these arguments, as a program that makes the same commits each time.
    pub fn merging(&self, args: &[&str]) -> Command {
        let mut command = self.program(&[&["merge"], args].concat());
        command.envs(DATES);
        command
    }

    pub fn merge(&self, args: &[&str]) -> Said {
        said(&mut self.merging(args))
    }

    #[track_caller]
    pub fn merge_json(&self, args: &[&str]) -> Value {
        self.merge(&[args, &["--format", "json"]].concat()).json()
    }
}

/// The worktree of the run, where there is one.
pub fn workbench(sandbox: &Sandbox) -> Option<PathBuf> {
    let folder = sandbox.path("home/.local/state/track-work/merge");
    fs::read_dir(folder).ok()?.next().map(|entry| entry.unwrap().path())
}

/// The repository `shop` with linked worktrees `one` (line 5 of a.txt), `two` (b.txt) and `three` (line 5 of a.txt too).
pub fn shop(sandbox: &Sandbox) -> Repo<'_> {
    use crate::cli::program::lines;
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[]))]);
    for (name, file, line) in [("one", "a.txt", 5), ("two", "b.txt", 5), ("three", "a.txt", 5)] {
        repo.worktree(name).commit(name, &[(file, &lines(&[(line, name)]))]);
    }
    repo
}

/// Takes both sides of all conflicts, and stages everything.
pub fn resolve(top: &Repo) {
    let unmerged = top.git(&["diff", "--name-only", "--diff-filter=U", "-z"]);
    for path in unmerged.split('\0').filter(|path| !path.is_empty()) {
        if let Ok(text) = fs::read_to_string(top.path(path)) {
            let is_marker = |line: &&str| {
                ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark))
            };
            let kept: Vec<&str> = text.split_inclusive('\n').filter(|line| !is_marker(line)).collect();
            let is_link = top.path(path).is_symlink();
            if !is_link {
                top.write(path, kept.concat());
            }
        }
    }
    top.git(&["add", "--all"]);
}

/// That nothing of a run is left, and the repository is sound.
#[track_caller]
pub fn is_tidy(repo: &Repo, linked: usize) {
    assert_eq!(workbench(repo.sandbox), None);
    let listed = repo.git(&["worktree", "list", "--porcelain"]);
    assert_eq!(listed.matches("worktree ").count(), linked + 1, "{listed}");
    let git_dir = PathBuf::from(repo.git(&["rev-parse", "--path-format=absolute", "--git-common-dir"]));
    let mut left: Vec<PathBuf> = crate::support::picture(&git_dir).into_keys().collect();
    left.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".lock") || name.ends_with(".tmp") || name == "merge.json"
    });
    assert!(left.is_empty(), "{left:?}");
    let fsck = repo.try_git(&["fsck", "--no-dangling", "--no-progress"]);
    assert!(fsck.status.success() && fsck.stdout.is_empty(), "{fsck:?}");
}
