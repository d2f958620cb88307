//! What is left out of a merge leaves out what needs it: what waits for it, and what its commits would come along with.

use std::collections::BTreeSet;

use serde_json::Value;

use super::checked::names;
use super::{is_tidy, resolve, workbench};
use crate::cli::program::{flat, lines};
use crate::support::{Repo, Sandbox};

/// The branches `a` and `b` conflict; `b2` is stacked on `b`, `c` is blocked by `b`, `d` by `c`, and `z` needs nobody.
fn crowd(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("f", &lines(&[]))]);
    for name in ["a", "b"] {
        repo.worktree(name).commit(name, &[("f", &lines(&[(5, name)]))]);
    }
    let stacked = repo.worktree("b2");
    stacked.git(&["reset", "-q", "--hard", "b"]);
    stacked.commit("b2", &[("n", "n\n")]);
    for name in ["c", "d", "z"] {
        repo.worktree(name).commit(name, &[(name, "new\n")]);
    }
    repo.tw(&["init"]).exits(0);
    for (name, needed) in [("a", ""), ("b", ""), ("b2", ""), ("c", "b"), ("d", "c"), ("z", "")] {
        let mut args = vec!["register", "--terminal", name, "--mode", "intra", "--story", "1-1-x"];
        if !needed.is_empty() {
            args.extend(["--blocked-by", needed]);
        }
        repo.tw(&args).exits(0);
    }
    for name in ["a", "b", "b2", "c", "d", "z"] {
        repo.tw(&["complete", name]).exits(0);
    }
    repo
}

/// Which of all are in main.
fn merged(repo: &Repo) -> Vec<&'static str> {
    let all = ["a", "b", "b2", "c", "d", "z"];
    let is_in = |name: &&str| repo.try_git(&["merge-base", "--is-ancestor", name, "main"]).status.success();
    all.into_iter().filter(is_in).collect()
}

#[test]
fn who_needs_a_skipped_one_is_left_out_with_it() {
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox);
    let answer = repo.merge_json(&["--yes"]);
    assert_eq!((&answer["end"], &answer["run"]["left"][0]["terminal"]), (&"stopped".into(), &"b".into()));
    let said = repo.merge(&["--skip"]).exits(0);
    let told = flat(&said.stderr);
    for (name, needed) in [("b2", "b"), ("c", "b"), ("d", "c")] {
        let line = format!("{name}: it needs {needed}, which is left out: left out");
        assert!(told.contains(&line), "no {line:?}: {said}");
    }
    assert!(flat(&said.stdout).contains("Left out: b, "), "{said}");
    assert_eq!(merged(&repo), ["a", "z"]);
    is_tidy(&repo, 6);
}

#[test]
fn who_needs_an_excluded_one_is_left_out_with_it() {
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox);
    for command in [&["merge", "--dry-run"][..], &["merge-order"]] {
        let plan = repo.tw(&[command, &["--exclude", "b", "--format", "json"]].concat()).json();
        let steps: BTreeSet<&str> =
            plan["steps"].as_array().unwrap().iter().filter_map(|step| step["terminal"].as_str()).collect();
        assert_eq!(steps, BTreeSet::from(["a", "z"]), "{command:?}: {plan:#}");
        let reason = |name: &str| {
            let waiting = plan["waiting"].as_array().unwrap();
            waiting
                .iter()
                .find(|one| one["terminal"] == name)
                .map_or(Value::Null, |one| one["reason"].clone())
        };
        assert_eq!(reason("b2"), "it contains the commits of b, which is left out");
        assert_eq!(reason("c"), "it is blocked by b, which is left out");
        assert_eq!(reason("d"), "it is blocked by c, and c is waiting too");
    }
    repo.merge(&["--yes", "--exclude", "b"]).exits(0);
    assert_eq!(merged(&repo), ["a", "z"]);
    // what the target has by then keeps nobody out
    repo.git(&["merge", "-q", "-X", "theirs", "b"]);
    repo.merge(&["--yes", "--exclude", "b"]).exits(0);
    assert_eq!(merged(&repo), ["a", "b", "b2", "c", "d", "z"]);
}

#[test]
fn who_begins_to_need_a_skipped_one_later_is_left_out_too() {
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox);
    repo.merge(&["--yes", "--after", "z=b"]).exits(1);
    // a stop at each of two that are left out
    let z = Repo { sandbox: &sandbox, top: sandbox.path("z") };
    z.commit("more", &[("f", &lines(&[(5, "z")]))]);
    let answer = repo.merge_json(&["--skip"]);
    let skipped: BTreeSet<String> = names(&answer["run"]["skipped"]).into_iter().collect();
    assert_eq!(skipped, ["b", "b2", "c", "d", "z"].map(str::to_string).into(), "{answer:#}");
    assert_eq!(merged(&repo), ["a"]);
    is_tidy(&repo, 6);
}

#[test]
fn work_that_took_in_a_skipped_one_meanwhile_does_not_bring_it() {
    let sandbox = Sandbox::new();
    let repo = crowd(&sandbox);
    let x = repo.worktree("x");
    x.commit("x", &[("f", &lines(&[(5, "x")]))]);
    repo.merge(&["--yes", "a", "b", "x", "z", "--after", "z=x"]).exits(1);
    repo.merge(&["--skip"]).exits(1);
    // it stopped at x; z takes b in
    let z = Repo { sandbox: &sandbox, top: sandbox.path("z") };
    z.git(&["merge", "-q", "-m", "with b", "b"]);
    resolve(&Repo { sandbox: &sandbox, top: workbench(&sandbox).unwrap() });
    let said = repo.merge(&["--continue"]).exits(0);
    said.complains("z: it contains the commits of b, which is left out: left out");
    assert_eq!(merged(&repo), ["a"]);
}

/// Who is named as the other side at a stop.
fn with(answer: &Value) -> (bool, Vec<String>) {
    let conflict = &answer["conflicts"][0];
    (conflict["target"].as_bool().unwrap(), names(&conflict["with"]))
}

#[test]
fn a_conflict_with_what_the_run_has_merged_is_told_as_that_after_a_skip() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("f", &lines(&[])), ("g", &lines(&[]))]);
    for name in ["a", "b", "c", "d"] {
        repo.worktree(name).commit(name, &[("f", &lines(&[(5, name)]))]);
    }
    // main itself conflicts with e only, which conflicts with a too
    repo.worktree("e").commit("e", &[("f", &lines(&[(5, "e")])), ("g", &lines(&[(5, "e")]))]);
    repo.commit("main", &[("g", &lines(&[(5, "main")]))]);
    let mut answer = repo.merge_json(&["--yes", "a", "b", "c", "--after", "b=a", "--after", "c=b"]);
    assert_eq!(with(&answer), (false, vec!["a".to_string()]), "{answer:#}");
    answer = repo.merge_json(&["--skip"]);
    assert_eq!(answer["end"], "finished", "what waits for a skipped one goes with it: {answer:#}");
    repo.merge(&["--undo"]).exits(0);
    answer = repo.merge_json(&["--yes", "a", "b", "c", "d", "e"]);
    let mut stops = 0;
    while answer["end"] == "stopped" {
        stops += 1;
        let merged: Vec<&str> = answer["run"]["made"]
            .as_array()
            .unwrap()
            .iter()
            .map(|made| made["terminal"].as_str().unwrap())
            .collect();
        for conflict in answer["conflicts"].as_array().unwrap() {
            let (is_f, told) = (conflict["path"] == "f", names(&conflict["with"]));
            assert_eq!(conflict["target"], !is_f, "{answer:#}");
            assert_eq!(told, if is_f { merged.clone() } else { Vec::new() }, "{answer:#}");
        }
        answer = repo.merge_json(&["--skip"]);
    }
    assert_eq!(stops, 4, "{answer:#}");
}

#[test]
fn a_conflict_with_what_the_run_has_merged_is_told_as_that_after_a_resolution() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("f", &lines(&[]))]);
    for name in ["a", "b", "c"] {
        repo.worktree(name).commit(name, &[("f", &lines(&[(5, name)]))]);
    }
    repo.merge_json(&["--yes"]);
    resolve(&Repo { sandbox: &sandbox, top: workbench(&sandbox).unwrap() });
    let answer = repo.merge_json(&["--continue"]);
    assert_eq!(with(&answer), (false, vec!["a".to_string(), "b".to_string()]), "{answer:#}");
}
