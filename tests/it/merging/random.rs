//! Random sets of branches: the commits that `merge` makes are those that typing the printed commands makes, with
//! the same trees, parents and messages. What conflicts is resolved in every second set, and left out in the others.
//! `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one again.

use std::process::Command;

use serde_json::Value;

use super::{DATES, resolve, workbench};
use crate::cli::program::{said, scrubbed};
use crate::merge_engine::oracle::git;
use crate::merge_order::sets::{Set, seeds};
use crate::support::{Repo, Sandbox};

const IDENTITY: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "Ada"),
    ("GIT_AUTHOR_EMAIL", "ada@example.org"),
    ("GIT_COMMITTER_NAME", "Ada"),
    ("GIT_COMMITTER_EMAIL", "ada@example.org"),
];

/// A clone with the branches of a set.
fn clone<'a>(sandbox: &'a Sandbox, set: &Set, name: &str) -> Repo<'a> {
    let top = sandbox.path(name);
    let cloned =
        git(&sandbox.path("")).args(["clone", "-q"]).arg(set.laboratory.path()).arg(&top).output().unwrap();
    assert!(cloned.status.success(), "{cloned:?}");
    let repo = Repo { sandbox, top };
    repo.git(&["fetch", "-q", "origin", "refs/heads/t*:refs/heads/t*"]);
    repo.git(&["remote", "remove", "origin"]);
    repo.git(&["config", "rerere.enabled", "true"]);
    repo
}

/// What the program says, as JSON.
fn json(repo: &Repo, args: &[&str]) -> Value {
    let said = said(repo.program(args).args(["--format", "json"]).envs(IDENTITY).envs(DATES));
    assert!(matches!(said.status, Some(0 | 1)), "{args:?}: {said}");
    said.json()
}

/// What git says where it ends by a bug of its own: the second where it made no object for a file that is moved
/// aside.
const GITS_OWN_BUGS: [&str; 2] = ["BUG: merge-ort.c", "cache entry has null sha1"];

/// Merges with the program; returns how many merges stopped, or nothing where git met a bug of its own.
fn carried_out(repo: &Repo, after: &[String], resolves: bool) -> Option<usize> {
    let mut stops = 0;
    let first: Vec<&str> =
        [&["merge", "--yes"], &after.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat();
    let mut answer = json(repo, &first);
    while answer["end"] == "stopped" {
        let said = answer["run"]["said"].to_string();
        if answer["run"]["stop"] == "failed" && GITS_OWN_BUGS.iter().any(|bug| said.contains(bug)) {
            json(repo, &["merge", "--abort"]);
            super::is_tidy(repo, 0);
            return None;
        }
        assert_eq!(answer["run"]["stop"], "conflict", "{answer:#}");
        stops += 1;
        assert!(stops < 30, "{answer:#}");
        if resolves {
            resolve(&Repo { sandbox: repo.sandbox, top: workbench(repo.sandbox).unwrap() });
        }
        answer = json(repo, &["merge", if resolves { "--continue" } else { "--skip" }]);
    }
    assert!(
        answer["end"] == "finished" || answer["end"] == "nothing" || !answer["steps"].is_null(),
        "{answer:#}"
    );
    Some(stops)
}

/// The terminal of a step.
fn name(step: &Value) -> String {
    step["terminal"].as_str().unwrap().to_string()
}

/// Whether a terminal waits for one of these that are left out, or has commits of it that main lacks.
fn needs_any(repo: &Repo, after: &[String], name: &str, out: &[String]) -> bool {
    out.iter().any(|gone| {
        let is_in =
            |whole: &str| repo.try_git(&["merge-base", "--is-ancestor", gone, whole]).status.success();
        after.contains(&format!("{name}={gone}")) || is_in(name) && !is_in("main")
    })
}

/// Types what `merge-order` prints, and asks again once something was resolved or left out.
fn typed(repo: &Repo, after: &[String], resolves: bool) {
    let ask = |only: &[String]| {
        let mut args = vec!["merge-order"];
        args.extend(only.iter().flat_map(|name| ["--only", name]));
        // what was merged or left out is no terminal any more
        let is_known = |pair: &&str| {
            only.is_empty() || pair.split('=').all(|name| only.iter().any(|known| known == name))
        };
        let after = after.iter().map(String::as_str).filter(|word| word.contains('=')).filter(is_known);
        args.extend(after.flat_map(|pair| ["--after", pair]));
        json(repo, &args)["steps"].as_array().unwrap().clone()
    };
    let mut steps = ask(&[]);
    // what is left out leaves out what waits for it, and what its commits would come along with
    let mut out: Vec<String> = Vec::new();
    while !steps.is_empty() {
        let step = steps.remove(0);
        let mut shell = scrubbed(&repo.sandbox.path("home"), &repo.top, Command::new("sh"));
        shell.args(["-c", step["command"].as_str().unwrap()]).envs(IDENTITY).envs(DATES);
        let is_clean = shell.output().unwrap().status.success();
        assert_eq!(is_clean, step["prediction"] == "clean", "{step:#}");
        if !is_clean && resolves {
            resolve(repo);
            let mut git = scrubbed(&repo.sandbox.path("home"), &repo.top, Command::new("git"));
            git.args(["merge", "--continue"]).env("GIT_EDITOR", "true").envs(IDENTITY).envs(DATES);
            assert!(git.output().unwrap().status.success());
        } else if !is_clean {
            repo.git(&["reset", "-q", "--hard"]);
            out.push(name(&step));
            while let Some(at) = steps.iter().position(|step| needs_any(repo, after, &name(step), &out)) {
                out.push(name(&steps.remove(at)));
            }
        }
        if repo.git(&["rev-parse", "HEAD^{tree}"]) != step["tree"].as_str().unwrap_or_default()
            && !steps.is_empty()
        {
            let left: Vec<String> = steps.iter().map(name).collect();
            // what came along with another is no terminal any more
            let is_open = |name: &String| {
                !repo.try_git(&["merge-base", "--is-ancestor", name, "main"]).status.success()
            };
            let left: Vec<String> = left.into_iter().filter(is_open).collect();
            steps = if left.is_empty() { Vec::new() } else { ask(&left) };
        }
    }
}

#[test]
fn the_commits_are_those_of_the_printed_commands() {
    let mut stops = 0;
    for seed in seeds(6).chain([119]) {
        let set = Set::new(seed, 5);
        let after: Vec<String> = set
            .waits
            .iter()
            .flat_map(|(later, earlier)| ["--after".to_string(), format!("t{later}=t{earlier}")])
            .collect();
        let resolves = seed % 2 == 0;
        let sandbox = Sandbox::new();
        let [ours, theirs] = ["ours", "theirs"].map(|name| clone(&sandbox, &set, name));
        let Some(stopped) = carried_out(&ours, &after, resolves) else { continue };
        stops += stopped;
        typed(&theirs, &after, resolves);
        let log = |repo: &Repo| repo.git(&["log", "--topo-order", "--format=%H %T %P %an %cn %B", "main"]);
        assert_eq!(log(&ours), log(&theirs), "seed {seed}");
        super::is_tidy(&ours, 0);
        assert_eq!(ours.git(&["status", "--porcelain"]), "", "seed {seed}");
    }
    assert!(stops > 0);
}
