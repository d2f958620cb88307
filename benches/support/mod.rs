//! What the benchmarks share: running the program, and what a run costs. Linux only.
#![allow(clippy::unwrap_used, dead_code)] // every benchmark uses its part

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const ROUNDS: usize = 5;

/// Runs `track-work status` in a folder, with this folder of caches or without any: its JSON, and how
/// much memory it had at most, in KiB.
pub fn track_work_status(folder: &Path, caches: Option<&Path>) -> (String, u64) {
    let no_cache = caches.is_none().then_some("--no-cache");
    let mut child = Command::new(env!("CARGO_BIN_EXE_track-work"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("TRACK_WORK_CACHE", caches.unwrap_or(Path::new("/nowhere")))
        .args(["status", "--format", "json", "--fail-on", "never"])
        .args(no_cache)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut answer = String::new();
        out.read_to_string(&mut answer).unwrap();
        answer
    });
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(high_water(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(10));
    }
    (reader.join().unwrap(), most)
}

/// The most memory that a process had so far, in KiB.
fn high_water(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Runs a command and tells how much memory it had at most, in KiB.
pub fn high_water_of(command: &mut Command) -> u64 {
    let mut child = command.spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(high_water(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_micros(200));
    }
    most
}

/// What a run costs.
pub struct Cost {
    /// Seconds of processor time.
    pub cpu: f64,
    /// Seconds on the clock.
    pub wall: f64,
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:6.2} s CPU  {:6.2} s", self.cpu, self.wall)
    }
}

/// The cheapest of some rounds.
pub fn best(mut run: impl FnMut()) -> Cost {
    let mut best = Cost { cpu: f64::MAX, wall: f64::MAX };
    for _ in 0..ROUNDS {
        let cost = cost(&mut run);
        best.cpu = best.cpu.min(cost.cpu);
        best.wall = best.wall.min(cost.wall);
    }
    best
}

/// Processor time of this process and its children, and time on the clock.
pub fn cost(run: impl FnOnce()) -> Cost {
    let (start, before) = (Instant::now(), cpu());
    run();
    Cost { cpu: cpu() - before, wall: start.elapsed().as_secs_f64() }
}

/// The same for what is too quick to be measured alone: each round is so many runs, and the answer is
/// one run's share.
pub fn best_of(runs: u32, mut run: impl FnMut()) -> Cost {
    let round = best(|| (0..runs).for_each(|_| run()));
    Cost { cpu: round.cpu / f64::from(runs), wall: round.wall / f64::from(runs) }
}

/// Seconds of user and system time, from `/proc`, in steps of a hundredth.
fn cpu() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = text.rsplit_once(") ").unwrap();
    let ticks: f64 = fields.split(' ').skip(11).take(4).map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// Merges the pairs that a file lists with one `git merge-tree`, into a throw-away object folder.
pub fn merge_trees(repository: &Path, questions: &Path) {
    let objects = git(repository, &["rev-parse", "--path-format=absolute", "--git-path", "objects"]);
    let throw_away = TempDir::new().unwrap();
    let status = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["merge-tree", "--write-tree", "--stdin"])
        .env("GIT_OBJECT_DIRECTORY", throw_away.path())
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects)
        .stdin(File::open(questions).unwrap())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

/// Commits one more line in a file that the branch has changed.
pub fn move_on(repository: &Path, branch: &str) {
    let scratch = TempDir::new().unwrap();
    let changed = git(repository, &["diff", "--name-only", "--diff-filter=AM", &format!("HEAD...{branch}")]);
    let path = changed.lines().next().expect("a branch that changed something");
    let index = scratch.path().join("index");
    let run = |args: &[&str], input: &[u8]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(repository).args(args).env("GIT_INDEX_FILE", &index);
        for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
            command.env(name, "bench");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {args:?}");
        output.stdout
    };
    let text = |said: Vec<u8>| String::from_utf8(said).unwrap().trim_end().to_string();
    let mut content = run(&["cat-file", "blob", &format!("{branch}:{path}")], b"");
    content.extend(b"one more line\n");
    let blob = text(run(&["hash-object", "-w", "--stdin"], &content));
    run(&["read-tree", branch], b"");
    run(&["update-index", "--cacheinfo", &format!("100644,{blob},{path}")], b"");
    let tree = text(run(&["write-tree"], b""));
    let commit = text(run(&["commit-tree", &tree, "-p", branch, "-m", "one more line"], b""));
    run(&["update-ref", branch, &commit], b"");
}

/// What git says.
pub fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_string()
}
