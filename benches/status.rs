//! What `track-work status` costs over 16 worktrees of 50,000 files, next to `git status --porcelain`
//! in each.
//!
//! `cargo bench --bench status [FOLDER]`; see README.md beside this file.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{best, track_work_status};

const FILES: usize = 50_000;
const WORKTREES: usize = 16;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let folder = folder.map_or_else(|| std::env::temp_dir().join("track-work-bench-status"), PathBuf::from);
    let main = folder.join("main");
    if !folder.join("ready").exists() {
        if main.exists() {
            println!(
                "status: {} was not made to its end; remove it, or name another folder",
                folder.display()
            );
            return;
        }
        println!("creating {WORKTREES} worktrees of {FILES} files in {}", folder.display());
        make(&folder, &main);
    }
    let worktrees: Vec<PathBuf> =
        (1..WORKTREES).map(|n| folder.join(format!("side-{n}"))).chain([main.clone()]).collect();
    for worktree in &worktrees {
        git(worktree, &["update-index", "-q", "--refresh"]); // warm, and nothing racy
    }
    let git_status = best(|| {
        for worktree in &worktrees {
            git(worktree, &["status", "--porcelain"]);
        }
    });
    println!("git status in each   {git_status}");
    let most = Cell::new(0);
    let observe = best(|| {
        let (answer, memory) = track_work_status(&main, None);
        assert_eq!(answer.matches("\"paths\": 6,").count(), WORKTREES, "{answer}");
        most.set(most.get().max(memory));
    });
    println!("track-work status    {observe}");
    println!("CPU ratio            {:.2}", observe.cpu / git_status.cpu);
    println!("peak memory          {} MiB", most.get() / 1024);
}

fn make(folder: &Path, main: &Path) {
    fs::create_dir_all(main).unwrap();
    git(main, &["init", "-q", "-b", "main"]);
    for number in 0..FILES {
        let path = main.join(format!(
            "crate-{:02}/src/module_{:02}/file_{:02}.rs",
            number / 1000,
            number / 20 % 50,
            number % 20
        ));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("pub fn number() -> usize {{\n    {number}\n}}\n")).unwrap();
    }
    fs::write(main.join(".gitignore"), "target/\n*.log\n").unwrap();
    git(main, &["add", "--all"]);
    git(main, &["commit", "-qm", "all"]);
    for number in 1..WORKTREES {
        let name = format!("side-{number}");
        git(main, &["worktree", "add", "-q", "-b", &name, &format!("../{name}")]);
        work(&folder.join(&name), number);
    }
    work(main, 0);
    fs::write(folder.join("ready"), "").unwrap();
}

/// Six paths with uncommitted work.
fn work(worktree: &Path, number: usize) {
    let module = worktree.join(format!("crate-{number:02}/src/module_07"));
    for file in ["file_01.rs", "file_02.rs", "file_03.rs"] {
        fs::write(module.join(file), "pub fn edited() {}\n").unwrap();
    }
    git(worktree, &["add", "--all"]);
    for file in ["file_04.rs", "new_1.rs", "new_2.rs"] {
        fs::write(module.join(file), format!("pub fn new_{number}() {{}}\n")).unwrap();
    }
    fs::write(module.join("some.log"), "ignored\n").unwrap();
}

fn git(folder: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    let who = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"];
    let output = command.arg("-C").arg(folder).args(who).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}
