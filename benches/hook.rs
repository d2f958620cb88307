//! What `track-work hooks run pre-commit` costs with ten staged files, in a repository of 50,000 files
//! with 64 worktrees, next to `git diff-index --cached HEAD` there.
//!
//! `cargo bench --bench hook [FOLDER]`; see README.md beside this file.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{best_of, high_water_of};

const FILES: usize = 50_000;
const WORKTREES: usize = 64;
/// As many of them have uncommitted work.
const DIRTY: usize = 24;
/// And as many of those in one of the files that are staged here.
const NEAR: usize = 4;
const STAGED: usize = 10;
/// Processor time is told in hundredths of a second, so several runs are one round.
const RUNS: u32 = 20;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let folder = folder.map_or_else(|| std::env::temp_dir().join("track-work-bench-hook"), PathBuf::from);
    let main = folder.join("main");
    if !folder.join("ready").exists() {
        if main.exists() {
            println!("hook: {} is incomplete; remove it, or choose another folder", folder.display());
            return;
        }
        println!("creating {WORKTREES} worktrees of {FILES} files in {}", folder.display());
        make(&folder, &main);
    }
    let own = folder.join("side-1");
    let diff_index = best_of(RUNS, || {
        git(&own, &["diff-index", "--cached", "--quiet", "HEAD"], &[0, 1]);
    });
    println!("git diff-index --cached HEAD       {:6.1} ms CPU", diff_index.cpu * 1000.0);
    let hook = best_of(RUNS, || {
        let said = run(&own, &["hooks", "run", "pre-commit"]).output().unwrap();
        assert!(said.status.success() && !said.stderr.is_empty(), "the hook found no conflict");
    });
    println!(
        "track-work hooks run pre-commit    {:6.1} ms CPU, {:.1} ms",
        hook.cpu * 1000.0,
        hook.wall * 1000.0
    );
    println!("limit: three times git plus 20 ms  {:6.1} ms CPU", diff_index.cpu * 3000.0 + 20.0);
    let memory = high_water_of(run(&own, &["hooks", "run", "pre-commit"]).stderr(Stdio::null()));
    println!("peak memory                        {:6.1} MiB", memory as f64 / 1024.0);
}

fn run(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_track-work"));
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(args)
        .current_dir(folder);
    command
}

fn path_of(number: usize) -> String {
    let (top, module, file) = (number / 1000, number / 20 % 50, number % 20);
    format!("crate-{top:02}/src/module_{module:02}/file_{file:02}.rs")
}

fn content(number: usize) -> String {
    (0..40)
        .map(|line| format!("pub fn line_{line}_of_{number}() -> usize {{ {} }}\n", number * line))
        .collect()
}

fn make(folder: &Path, main: &Path) {
    fs::create_dir_all(main).unwrap();
    git(main, &["init", "-q", "-b", "main"], &[0]);
    for number in 0..FILES {
        let path = main.join(path_of(number));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content(number)).unwrap();
    }
    fs::write(main.join(".gitignore"), "target/\n*.log\n").unwrap();
    git(main, &["add", "--all"], &[0]);
    git(main, &["commit", "-qm", "all"], &[0]);
    for number in 1..WORKTREES {
        let name = format!("side-{number}");
        git(main, &["worktree", "add", "-q", "-b", &name, &format!("../{name}")], &[0]);
        let top = folder.join(&name);
        for commit in 0..3 {
            for file in 0..5 {
                edit(&top, (number * 700 + commit * 131 + file * 17) % FILES, 5);
            }
            git(&top, &["commit", "-qam", &format!("work {commit}")], &[0]);
        }
        if number > 1 && number < DIRTY + 2 {
            for file in 0..4 {
                edit(&top, (number * 700 + 5000 + file * 13) % FILES, 9);
            }
            git(&top, &["add", &path_of((number * 700 + 5000) % FILES)], &[0]);
            fs::write(top.join("notes.txt"), "untracked\n").unwrap();
        }
    }
    let own = folder.join("side-1");
    for file in 0..STAGED {
        edit(&own, staged(file), 20);
    }
    git(&own, &["add", "--update"], &[0]);
    for near in 0..NEAR {
        edit(&folder.join(format!("side-{}", near + 2)), staged(near), 20 + 5 * near);
    }
    fs::write(folder.join("ready"), "").unwrap();
}

/// The files that are staged: in five folders.
fn staged(file: usize) -> usize {
    30_000 + file / 2 * 1010 + file % 2
}

fn edit(top: &Path, number: usize, line: usize) {
    let path = top.join(path_of(number));
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(at, old)| if at == line { format!("// {}: {old}", top.display()) } else { old.to_string() })
        .collect();
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

fn git(folder: &Path, args: &[&str], expected: &[i32]) {
    let mut command = Command::new("git");
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    let who = ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0"];
    let output = command.arg("-C").arg(folder).args(who).args(args).output().unwrap();
    let status = output.status.code().unwrap();
    assert!(expected.contains(&status), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}
