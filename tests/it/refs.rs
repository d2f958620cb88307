//! Branches of every legal name: each is seen, and the printed command merges it and no other ref.
//! `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one again.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use crate::cli::program::{findings, lines, scrubbed, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

const PARTS: &[&str] = &[
    "x",
    "y",
    "refs",
    "heads",
    "tags",
    "remotes",
    "origin",
    "HEAD",
    "@",
    "-",
    "-x",
    "FETCH_HEAD",
    "main",
    "ORIG_HEAD",
    "a;b",
    "$x",
    "`id`",
    "'",
    "\"",
    "&",
    "|",
    "!",
    "#",
    "%",
    "(",
    "{0}",
    "é",
    "\u{9b}",
    "\u{202e}",
    "v1.0",
];

fn name(dice: &mut Dice) -> String {
    let mut name = String::new();
    for _ in 0..1 + dice.below(4) {
        if !name.is_empty() && dice.chance(50) {
            name.push('/');
        }
        let part: &&str = dice.pick(PARTS);
        name.push_str(part);
    }
    name
}

/// The id of each branch, as git lists them.
fn branches(repo: &Repo) -> BTreeMap<String, String> {
    let listed = repo.git(&["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/"]);
    let one =
        |line: &str| line.split_once(" refs/heads/").map(|(id, name)| (name.to_string(), id.to_string()));
    listed.lines().filter_map(one).collect()
}

/// Branches with a commit and a file each, some packed, and tags and remote branches of the same names.
fn made(repo: &Repo, dice: &mut Dice) {
    repo.git(&["checkout", "-q", "--detach"]);
    let base = repo.git(&["rev-parse", "HEAD"]);
    let commit = repo.commit("one", &[("f0.txt", "x\n")]);
    for number in 0..10 {
        let name = name(dice);
        repo.git(&["checkout", "-q", "--detach", &base]);
        let id = match number {
            0 => commit.clone(),
            _ => repo.commit(&number.to_string(), &[(&format!("f{number}.txt"), "x\n")]),
        };
        let name = if dice.chance(5) { id.clone() } else { name };
        let full = format!("refs/heads/{name}");
        if name != "main" && repo.try_git(&["update-ref", &full, &id]).status.success() {
            for other in ["refs/tags/", "refs/remotes/", "refs/"].iter().filter(|_| dice.chance(30)) {
                repo.try_git(&["update-ref", &format!("{other}{name}"), &base]);
            }
        }
        if dice.chance(20) {
            repo.git(&["pack-refs", "--all"]);
        }
    }
    repo.git(&["checkout", "-q", "main"]);
}

#[test]
fn branches_of_every_name_are_seen_and_merged_by_the_printed_commands() {
    for seed in seeds(6) {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
        made(&repo, &mut Dice::new(seed));
        let about = |what: &str| format!("TRACK_WORK_SEED={seed} {what}");
        let listed = branches(&repo);
        let answer = repo.status();
        let terminals = answer["terminals"].as_array().unwrap();
        let seen: BTreeMap<String, String> =
            terminals.iter().map(|one| (text(&one["branch"]).into(), text(&one["head"]).into())).collect();
        let mut expected = listed.clone();
        expected.remove("main");
        // a name as heads/( is also that of a branch, to which a ref below refs/ was given
        let base = repo.git(&["rev-parse", "main"]);
        expected.retain(|_, head| *head != base);
        assert_eq!(seen, expected, "{}", about("seen"));
        let order = repo.tw(&["merge-order", "--format", "json"]).exits(0).json();
        let steps = order["steps"].as_array().unwrap();
        assert_eq!(steps.len(), expected.len(), "{}", about("steps"));
        for step in steps {
            let command = text(&step["command"]);
            let mut shell = scrubbed(&sandbox.path("home"), &repo.top, Command::new("sh"));
            let output = shell.args(["-c", command]).env("GIT_EDITOR", "true").output().unwrap();
            assert!(output.status.success(), "{}: {output:?}", about(command));
            let merged = repo.git(&["rev-parse", "HEAD^2"]);
            assert_eq!(merged, listed[text(&step["branch"])], "{}", about(command));
        }
    }
}

#[test]
fn a_branch_named_like_a_ref_is_one_of_its_own() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo.commit("x", &[("b.txt", "x\n")]);
    repo.git(&["checkout", "-q", "-b", "refs/heads/x", "main"]);
    repo.commit("z", &[("a.txt", &lines(&[(1, "Z")]))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("y", &[("a.txt", &lines(&[(1, "Y")]))]);
    let answer = repo.status();
    assert_eq!(answer["terminals"].as_array().unwrap().len(), 2, "{answer:#}");
    assert_eq!(findings(&answer, "merge_conflict").len(), 1, "{answer:#}");
}

#[test]
fn a_name_that_is_not_utf_8_hides_no_other_and_is_unknown() {
    for packed in [false, true] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
        repo.git(&["checkout", "-q", "-b", "ok"]);
        repo.commit("x", &[("a.txt", &lines(&[(1, "x")]))]);
        let mut update = sandbox.command(&repo.top);
        let bad = OsStr::from_bytes(b"refs/heads/team/bad\xff");
        assert!(update.arg("update-ref").arg(bad).arg("HEAD").status().unwrap().success());
        repo.git(&["checkout", "-q", "main"]);
        repo.commit("y", &[("a.txt", &lines(&[(1, "Y")]))]);
        if packed {
            repo.git(&["pack-refs", "--all"]);
        }
        let answer = repo.status();
        assert_eq!(findings(&answer, "merge_conflict").len(), 1, "{answer:#}");
        let told = findings(&answer, "not_determined");
        assert!(told.iter().any(|one| text(&one["message"]).contains("not UTF-8")), "{answer:#}");
    }
}

#[test]
fn the_target_is_named_so_that_git_finds_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let one = repo.worktree("one");
    one.commit("x", &[("a.txt", &lines(&[(1, "x")]))]);
    repo.git(&["tag", "main"]);
    repo.commit("y", &[("a.txt", &lines(&[(1, "y")]))]);
    let answer = repo.status();
    assert!(answer.to_string().contains(" merge refs/heads/main"), "{answer:#}");
    one.tw(&["check"]).exits(1).says(" merge refs/heads/main");
}
