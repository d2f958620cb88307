//! What `track-work hooks run pre-commit` costs with ten staged files in a real history, next to
//! `git diff-index --cached HEAD` there: with 24 worktrees and 36 branches, and with 300 and 1,000.
//!
//! `cargo bench --bench hook -- CLONE [FOLDER]`; see README.md beside this file.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{Cost, best_of, cost, high_water_of};

/// Worktrees and branches of each scene.
const SCENES: [(usize, usize); 2] = [(24, 36), (300, 1000)];
/// The only folder that is checked out: with all files, the worktrees would fill a disk.
const CHECKED_OUT: &str = "builtin";
/// Work begins at one of so many of the target's last commits.
const BACK: usize = 60;
const STAGED: usize = 10;
/// Processor time is told in hundredths of a second, so several runs are one round.
const RUNS: u32 = 10;
/// So often another terminal moves on.
const MOVED: usize = 5;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let Some(clone) = args.next() else {
        println!("hook: name a clone of git.git: cargo bench --bench hook -- CLONE [FOLDER]");
        return;
    };
    let folder =
        args.next().map_or_else(|| std::env::temp_dir().join("track-work-bench-hook"), PathBuf::from);
    for (worktrees, branches) in SCENES {
        let scene = Scene { top: folder.join(format!("{worktrees}-{branches}")), worktrees, branches };
        if !scene.top.join("ready").exists() {
            if scene.top.exists() {
                println!("hook: {} is incomplete; remove it, or choose another folder", scene.top.display());
                return;
            }
            println!("creating {worktrees} worktrees and {branches} branches in {}", scene.top.display());
            scene.make(Path::new(&clone));
        }
        measure(&scene);
    }
}

fn measure(scene: &Scene) {
    let own = scene.top.join("side-1");
    println!("{} worktrees, {} branches", scene.worktrees, scene.branches);
    let diff_index = best_of(RUNS, || {
        git(&own, &["diff-index", "--cached", "--quiet", "HEAD"], &[0, 1]);
    });
    println!("  git diff-index --cached HEAD       {:6.1} ms CPU", diff_index.cpu * 1000.0);
    let caches = scene.top.join("cache");
    _ = fs::remove_dir_all(&caches);
    let run = |folder: &Path, args: &[&str]| {
        let mut command = run(folder, args);
        command.env("TRACK_WORK_CACHE", &caches);
        command
    };
    let hook = || {
        let said = run(&own, &["hooks", "run", "pre-commit"]).output().unwrap();
        assert!(said.status.success());
        String::from_utf8_lossy(&said.stderr).contains("no answer within")
    };
    let told = |what: &str, cost: &Cost| {
        println!("  {what:35}{:6.1} ms CPU, {:.1} ms", cost.cpu * 1000.0, cost.wall * 1000.0);
    };
    let mut late = 0;
    let first = cost(|| {
        while late < 100 && hook() {
            late += 1;
        }
    });
    told("track-work hooks run, the first time", &first);
    println!("  of these, runs that met their limit {late:5}");
    told("track-work hooks run pre-commit", &best_of(RUNS, || _ = hook()));
    let moved = (0..MOVED).map(|at| {
        let date = format!("--date=2026-01-01T00:00:0{at}");
        git(&scene.top.join("side-2"), &["commit", "-q", "--amend", "--no-edit", &date], &[0]);
        cost(|| _ = hook())
    });
    let moved = moved.min_by(|a, b| a.cpu.total_cmp(&b.cpu)).unwrap();
    told("the same after one terminal moved on", &moved);
    println!("  limit: three times git plus 20 ms  {:6.1} ms CPU", diff_index.cpu * 3000.0 + 20.0);
    let memory = high_water_of(run(&own, &["hooks", "run", "pre-commit"]).stderr(Stdio::null()));
    println!("  peak memory                        {:6.1} MiB", memory as f64 / 1024.0);
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

/// Worktrees and branches on the history of another clone, whose objects are used where they are.
struct Scene {
    top: PathBuf,
    worktrees: usize,
    branches: usize,
}

impl Scene {
    fn make(&self, clone: &Path) {
        let main = self.top.join("main");
        fs::create_dir_all(&main).unwrap();
        git(&main, &["init", "-q", "-b", "main"], &[0]);
        let objects = git(clone, &["rev-parse", "--path-format=absolute", "--git-path", "objects"], &[0]);
        fs::write(main.join(".git/objects/info/alternates"), objects + "\n").unwrap();
        let tip = git(clone, &["rev-parse", "HEAD"], &[0]);
        git(&main, &["update-ref", "refs/heads/main", &tip], &[0]);
        git(&main, &["config", "core.sparseCheckout", "true"], &[0]);
        check_out(&main);
        let back = format!("-n{BACK}");
        let said = git(&main, &["rev-list", "--first-parent", &back, "main"], &[0]);
        let bases: Vec<&str> = said.lines().collect();
        let said = git(&main, &["ls-tree", "-r", "--name-only", "main", "--", CHECKED_OUT], &[0]);
        let files: Vec<&str> = said.lines().collect();
        for number in 1..=self.worktrees {
            let (name, base) = (format!("side-{number}"), bases[number * 37 % bases.len()]);
            let top = self.top.join(&name);
            let path = top.to_str().unwrap();
            git(&main, &["worktree", "add", "-q", "--no-checkout", "-b", &name, path, base], &[0]);
            check_out(&top);
            for commit in 0..3 {
                for file in 0..3 {
                    edit(&top.join(files[(number * 7 + commit * 3 + file) % files.len()]), 5 + commit);
                }
                git(&top, &["commit", "-qam", &format!("work {commit}")], &[0]);
            }
            if number % 2 == 0 {
                edit(&top.join(files[number * 11 % files.len()]), 9);
                fs::write(top.join("notes.txt"), "untracked\n").unwrap();
            }
        }
        let index = self.top.join("index");
        for number in 0..self.branches {
            let (name, base) = (format!("topic-{number}"), bases[number * 13 % bases.len()]);
            let blob = format!(":{}", files[number * 17 % files.len()]);
            let edited = self.top.join("edited");
            fs::write(
                &edited,
                format!("/* {name} */\n{}", git(&main, &["show", &format!("{base}{blob}")], &[0, 128])),
            )
            .unwrap();
            let blob_id = git(&main, &["hash-object", "-w", edited.to_str().unwrap()], &[0]);
            let in_index = |args: &[&str]| git_with(&main, Some(&index), args, &[0]);
            in_index(&["read-tree", base]);
            in_index(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob_id},{}", &blob[1..])]);
            let tree = in_index(&["write-tree"]);
            let commit = git(&main, &["commit-tree", "-p", base, "-m", &name, &tree], &[0]);
            git(&main, &["update-ref", &format!("refs/heads/{name}"), &commit], &[0]);
        }
        let own = self.top.join("side-1");
        for file in 0..STAGED {
            edit(&own.join(files[file * 9]), 20);
        }
        git(&own, &["add", "--update"], &[0]);
        fs::write(self.top.join("ready"), "").unwrap();
    }
}

/// Checks out the one folder, with an index of all files.
fn check_out(top: &Path) {
    let file = git(top, &["rev-parse", "--path-format=absolute", "--git-path", "info/sparse-checkout"], &[0]);
    fs::create_dir_all(Path::new(&file).parent().unwrap()).unwrap();
    fs::write(file, format!("/{CHECKED_OUT}/\n")).unwrap();
    git(top, &["read-tree", "-mu", "HEAD"], &[0]);
}

/// Changes a line of a file, if that is there.
fn edit(path: &Path, line: usize) {
    let Ok(text) = fs::read_to_string(path) else { return };
    let lines = text.lines().enumerate();
    let changed = |(at, old): (usize, &str)| match at == line {
        true => format!("/* {} */ {old}\n", path.display()),
        false => format!("{old}\n"),
    };
    fs::write(path, lines.map(changed).collect::<String>()).unwrap();
}

fn git(folder: &Path, args: &[&str], expected: &[i32]) -> String {
    git_with(folder, None, args, expected)
}

/// Runs git, with another index where one is named; what it says, without the last line's end.
fn git_with(folder: &Path, index: Option<&Path>, args: &[&str], expected: &[i32]) -> String {
    let mut command = Command::new("git");
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs(index.map(|index| ("GIT_INDEX_FILE", index)));
    let who = ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0"];
    let output = command.arg("-C").arg(folder).args(who).args(args).output().unwrap();
    let status = output.status.code().unwrap();
    assert!(expected.contains(&status), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_string()
}
