//! What it costs to judge every pair of branches, next to one batch `git merge-tree` over the same pairs.
//!
//! `cargo bench --bench pairs -- REPOSITORY`; see README.md beside this file.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use support::{Cost, best, best_of, git, merge_trees, move_on, track_work_status};
use tempfile::TempDir;

/// How many branches are moved on, one after the other; the dearest counts.
const MOVES: usize = 5;

/// How many runs with a cache are measured as one.
const RUNS: u32 = 5;

fn main() {
    let Some(repository) = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).map(PathBuf::from)
    else {
        println!("pairs: pass a repository with branches: cargo bench --bench pairs -- REPOSITORY");
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
    let merge_tree = best(|| merge_trees(&repository, &questions));
    println!("git merge-tree --stdin  {merge_tree}");
    let most = Cell::new(0);
    let run = |folder: &Path, caches: Option<&Path>| {
        let (answer, memory) = track_work_status(folder, caches);
        most.set(most.get().max(memory));
        answer
    };
    let ratio = |what: &str, cost: &Cost, to: &Cost, of: &str| {
        println!("{what} {cost}  {:.3} of {of}", cost.cpu / to.cpu);
    };
    let first = best(|| drop(run(&repository, None)));
    ratio("first run (--no-cache) ", &first, &merge_tree, "git merge-tree");
    let (copy, caches) = (scratch.path().join("copy"), scratch.path().join("caches"));
    copy_branches(&repository, &copy);
    run(&copy, Some(&caches));
    let again = best_of(RUNS, || drop(run(&copy, Some(&caches))));
    ratio("second run             ", &again, &first, "the first");
    let mut dearest = Cost { cpu: 0.0, wall: 0.0 };
    for nth in 1..=MOVES {
        move_on(&copy, &branches[branches.len() * nth / (MOVES + 1)]);
        let (kept, mut answer) = (files(&caches), String::new());
        let moved = best_of(RUNS, || {
            kept.iter().for_each(|(path, content)| fs::write(path, content).unwrap());
            answer = run(&copy, Some(&caches));
        });
        assert_eq!(answer, run(&copy, None), "the cache changed the answer");
        if moved.cpu > dearest.cpu {
            dearest = moved;
        }
    }
    ratio("second run, a tip moved", &dearest, &first, "the first");
    println!("peak memory             {} MiB", most.get() / 1024);
}

/// The files of a folder, and what is in them.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// A repository of the same branches that borrows all objects.
fn copy_branches(repository: &Path, copy: &Path) {
    let (from, to) = (repository.to_str().unwrap(), copy.to_str().unwrap());
    git(repository, &["clone", "-q", "--shared", "--no-checkout", from, to]);
    git(copy, &["fetch", "-q", "--update-head-ok", "origin", "+refs/heads/*:refs/heads/*"]);
}

/// The branches that hold commits which the head lacks.
fn unmerged_branches(repository: &Path) -> Vec<String> {
    let listed = git(repository, &["for-each-ref", "--no-merged=HEAD", "--format=%(refname)", "refs/heads"]);
    listed.lines().map(str::to_string).collect()
}
