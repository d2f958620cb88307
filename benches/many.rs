//! What it costs to judge more and more branches of a repository that has thousands of them.
//!
//! `cargo bench --bench many -- REPOSITORY`; see README.md beside this file.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{cost, git, merge_trees, move_on, track_work_status};
use tempfile::TempDir;

/// So many branches at first, and twice as many each time.
const FIRST: usize = 100;

fn main() {
    let Some(repository) = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).map(PathBuf::from)
    else {
        println!("many: pass a repository with pull requests: cargo bench --bench many -- REPOSITORY");
        return;
    };
    let scratch = TempDir::new().unwrap();
    let heads = pull_requests(&repository);
    println!("{} pull requests", heads.len());
    println!("branches  pairs with something to say  first run             memory   JSON     one moved on");
    let mut count = FIRST.min(heads.len());
    while count > 0 {
        let copy = scratch.path().join(count.to_string());
        make_branches(&repository, &copy, &heads[..count]);
        if count == FIRST {
            println!("git merge-tree of all {} pairs: {}", count * (count - 1) / 2, all_pairs(&copy, count));
        }
        measure(&copy, count, &scratch.path().join("caches"));
        count = if count == heads.len() { 0 } else { heads.len().min(2 * count) };
    }
}

/// One line of the table.
fn measure(copy: &Path, count: usize, caches: &Path) {
    let mut said = (String::new(), 0);
    let first = cost(|| said = track_work_status(copy, None));
    let (answer, memory) = said;
    let report: Value = serde_json::from_str(&answer).unwrap();
    let pairs = report["pairs"].as_array().unwrap().len();
    track_work_status(copy, Some(caches));
    move_on(copy, &format!("refs/heads/b{}", count / 2));
    let moved = cost(|| drop(track_work_status(copy, Some(caches))));
    let (memory, json) = (memory / 1024, answer.len() as f64 / f64::from(1 << 20));
    println!("{count:8}  {pairs:28}  {first}  {memory:5} MiB  {json:5.1} MiB  {moved}");
}

/// The heads of pull requests that the target lacks and that begin in its history, the newest first.
fn pull_requests(repository: &Path) -> Vec<String> {
    let refs = git(
        repository,
        &["for-each-ref", "--no-merged=HEAD", "--sort=-committerdate", "--format=%(objectname)", "refs/pull"],
    );
    let mut heads: Vec<String> = Vec::new();
    for head in refs.lines() {
        if !heads.iter().any(|known| known == head) {
            heads.push(head.to_string());
        }
    }
    heads
}

/// A repository that borrows all objects and has these branches, `b0` and so on.
fn make_branches(repository: &Path, copy: &Path, heads: &[String]) {
    let (from, to) = (repository.to_str().unwrap(), copy.to_str().unwrap());
    git(repository, &["clone", "-q", "--shared", "--bare", "--single-branch", from, to]);
    for (number, head) in heads.iter().enumerate() {
        git(copy, &["update-ref", &format!("refs/heads/b{number}"), head]);
    }
}

/// What git takes for all pairs of these branches.
fn all_pairs(copy: &Path, count: usize) -> support::Cost {
    let scratch = TempDir::new().unwrap();
    let questions = scratch.path().join("questions");
    let mut file = File::create(&questions).unwrap();
    for one in 0..count {
        for other in one + 1..count {
            writeln!(file, "refs/heads/b{one} refs/heads/b{other}").unwrap();
        }
    }
    cost(|| merge_trees(copy, &questions))
}
