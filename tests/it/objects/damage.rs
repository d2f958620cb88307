//! One file below `.git` is damaged, and all commands that read end, none of them with a merge that git would
//! not make. `TRACK_WORK_CASES=1000` tries more, `TRACK_WORK_SEED=17` one of them again.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::cli::program::{PROGRAM, Said, lines, scrubbed, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, picture, seeds};

/// Whatever runs longer hangs, in seconds.
const LIMIT: &str = "60";

/// The status of what hung.
const HUNG: Option<i32> = Some(124);

const KINDS: [&str; 9] =
    ["cut", "flip", "flip", "empty", "pipe", "folder", "unreadable", "gone", "link to nothing"];

/// Two branches that conflict, one beside them, and a worktree with uncommitted work; some objects and refs
/// packed, with all that git keeps to find them faster.
fn office(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("repo", &[("f", &lines(&[])), ("g", &lines(&[])), ("d/e", "1\n")]);
    let branch = |name: &str, file: &str, line: usize| {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        repo.commit(name, &[(file, &lines(&[(line, name)]))]);
    };
    branch("a", "f", 5);
    branch("b", "f", 5);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("f", &lines(&[(20, "main")]))]);
    repo.git(&["repack", "-q", "-a", "-d", "--depth=10"]);
    repo.git(&["pack-refs", "--all"]);
    branch("c", "f", 35);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["repack", "-q"]);
    repo.git(&["multi-pack-index", "write"]);
    repo.git(&["commit-graph", "write", "--reachable"]);
    repo.write(".git/info/exclude", "*.o\n");
    repo.write(".git/info/attributes", "*.lock merge=union\n");
    repo.git(&["worktree", "add", "-q", "-b", "w", sandbox.path("w").to_str().unwrap()]);
    let linked = Repo { sandbox, top: sandbox.path("w") };
    linked.commit("w", &[("g", &lines(&[(9, "w")]))]);
    linked.write("f", lines(&[(5, "w")]));
    branch("z", "g", 30);
    repo.git(&["checkout", "-q", "main"]);
    repo
}

/// The files below `.git`, except examples.
fn targets(repo: &Repo<'_>) -> Vec<PathBuf> {
    let all = picture(&repo.path(".git")).into_keys().filter(|path| path.is_file());
    all.filter(|path| !path.to_string_lossy().contains(".sample")).collect()
}

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else {
        _ = fs::remove_file(path);
    }
}

fn damage(path: &Path, kind: &str, dice: &mut Dice) {
    let mut content = fs::read(path).unwrap();
    remove(path);
    match kind {
        "cut" => content.truncate(dice.below(content.len())),
        "flip" if !content.is_empty() => {
            let at = dice.below(content.len());
            content[at] ^= 1 << dice.below(8);
        }
        "empty" => content.clear(),
        "pipe" => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        "folder" => fs::create_dir(path).unwrap(),
        "link to nothing" => std::os::unix::fs::symlink("nothing", path).unwrap(),
        _ => {}
    }
    if matches!(kind, "cut" | "flip" | "empty" | "unreadable") {
        fs::write(path, content).unwrap();
    }
    if kind == "unreadable" {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
}

/// A program that is stopped after a while.
fn limited(repo: &Repo<'_>, program: &str, args: &[impl AsRef<OsStr>]) -> Said {
    let home = repo.sandbox.path("home");
    let mut command = scrubbed(&home, &repo.top, Command::new("timeout"));
    command.args(["-k", "5", LIMIT, program]).args(args);
    command.stdin(std::process::Stdio::null());
    let output = command.output().unwrap();
    Said {
        status: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The tree that git makes of a merge.
fn merged(repo: &Repo<'_>, pair: [&str; 2]) -> Option<String> {
    let said = limited(repo, "git", &["merge-tree", "--write-tree", pair[0], pair[1]]);
    (said.status == Some(0)).then(|| said.stdout.trim().to_string())
}

pub(super) fn ends(repo: &Repo<'_>, args: &[&str], what: &str) -> Said {
    let said = limited(repo, &PROGRAM, args);
    assert_ne!(said.status, HUNG, "{what}: {args:?} hangs");
    assert!(matches!(said.status, Some(0..=2)), "{what}: {args:?}: {said}");
    assert!(!said.stderr.contains("panicked"), "{what}: {args:?}: {said}");
    said
}

#[test]
fn no_damage_makes_a_command_hang_or_a_merge_clean() {
    let sandbox = Sandbox::new();
    let repo = office(&sandbox);
    let linked = Repo { sandbox: &sandbox, top: sandbox.path("w") };
    let all = targets(&repo);
    for seed in seeds(12) {
        let mut dice = Dice::new(seed);
        let (path, kind) = (dice.pick(&all).clone(), *dice.pick(&KINDS));
        let what = format!("TRACK_WORK_SEED={seed}: {kind} {}", path.display());
        println!("{what}");
        let (content, rights) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().permissions());
        damage(&path, kind, &mut dice);
        for pair in [["a", "b"], ["a", "c"], ["main", "w"], ["c", "z"]] {
            let said = ends(&repo, &["compare", pair[0], pair[1], "--format", "json"], &what);
            let answer: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
            if answer["clean"] == true {
                assert_eq!(merged(&repo, pair).as_deref(), answer["tree"].as_str(), "{what}: {pair:?}");
            }
        }
        let said = ends(&repo, &["status", "--format", "json"], &what);
        if let Ok(answer) = serde_json::from_str::<Value>(&said.stdout) {
            judged(&repo, &answer, &what);
        }
        for args in [&["merge-order"][..], &["check"], &["log"], &["doctor"], &["sync", "--dry-run"]] {
            ends(&repo, args, &what);
        }
        for args in [&["check", "--staged"][..], &["hooks", "run", "pre-commit"], &["status"]] {
            ends(&linked, args, &what);
        }
        remove(&path);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, rights).unwrap();
    }
}

/// No pair of branches is clean that git would not merge.
fn judged(repo: &Repo<'_>, answer: &Value, what: &str) {
    let branch = |id: &Value| {
        let terminals = answer["terminals"].as_array().unwrap();
        // without a commit it is unborn
        let born = terminals.iter().find(|one| one["id"] == *id && one["head"].is_string());
        born.and_then(|one| one["branch"].as_str())
    };
    for pair in answer["pairs"].as_array().unwrap() {
        let sides = [&pair["a"], &pair["b"]].map(branch);
        if let ([Some(a), Some(b)], "disjoint" | "overlap") = (sides, text(&pair["verdict"])) {
            assert!([a, b] != ["a", "b"], "{what}: {pair:#}");
            assert!(merged(repo, [a, b]).is_some(), "{what}: {pair:#}");
        }
    }
}

#[test]
fn a_graph_of_commits_that_git_refuses_is_passed_over() {
    let sandbox = Sandbox::new();
    let repo = office(&sandbox);
    let graph = repo.path(".git/objects/info/commit-graph");
    let whole = fs::read(&graph).unwrap();
    for length in [0, 3, 8, 60, 500, whole.len() - 21, whole.len() - 1] {
        remove(&graph);
        fs::write(&graph, &whole[..length]).unwrap();
        assert!(merged(&repo, ["a", "c"]).is_some(), "{length}");
        let said = repo.tw(&["compare", "a", "c", "--format", "json"]).exits(0).json();
        assert_eq!(said["clean"], true, "{length}");
    }
    remove(&graph);
    fs::write(&graph, b"no graph at all, but long enough to be one".repeat(50)).unwrap();
    assert!(merged(&repo, ["a", "c"]).is_some());
    repo.tw(&["compare", "a", "c"]).exits(0);
}
