//! What it costs to judge every pair of branches, next to one batch `git merge-tree` over the same pairs.
//!
//! `cargo bench --bench pairs -- REPOSITORY`; see README.md beside this file.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{best, track_work_status};
use tempfile::TempDir;

fn main() {
    let Some(repository) = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).map(PathBuf::from)
    else {
        println!("pairs: name a repository with branches: cargo bench --bench pairs -- REPOSITORY");
        return;
    };
    let scratch = TempDir::new().unwrap();
    let questions = scratch.path().join("questions");
    let branches = unmerged_branches(&repository);
    let mut file = File::create(&questions).unwrap();
    let mut pairs = 0;
    for (at, one) in branches.iter().enumerate() {
        for other in &branches[at + 1..] {
            writeln!(file, "{one} {other}").unwrap();
            pairs += 1;
        }
    }
    println!("{} branches, {pairs} pairs", branches.len());
    let objects = git(&repository, &["rev-parse", "--path-format=absolute", "--git-path", "objects"]);
    let merge_tree = best(|| {
        let throw_away = TempDir::new().unwrap();
        let status = Command::new("git")
            .arg("-C")
            .arg(&repository)
            .args(["merge-tree", "--write-tree", "--stdin"])
            .env("GIT_OBJECT_DIRECTORY", throw_away.path())
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects)
            .stdin(File::open(&questions).unwrap())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    });
    println!("git merge-tree --stdin  {merge_tree}");
    let most = Cell::new(0);
    let judged = best(|| most.set(most.get().max(track_work_status(&repository).1)));
    println!("track-work status       {judged}");
    println!("ratio of CPU            {:.3}", judged.cpu / merge_tree.cpu);
    println!("most memory             {} MiB", most.get() / 1024);
}

/// The branches that hold commits which the head lacks.
fn unmerged_branches(repository: &Path) -> Vec<String> {
    let listed = git(repository, &["for-each-ref", "--no-merged=HEAD", "--format=%(refname)", "refs/heads"]);
    listed.lines().map(str::to_string).collect()
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_string()
}
