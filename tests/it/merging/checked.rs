//! `merge --run`: what fails is left out, whoever fails together is named, and the rest is merged. `TRACK_WORK_CASES=50`
//! tries more random sets, `TRACK_WORK_SEED=17` one again.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::kills::{killed, started};
use super::{is_tidy, resolve, shop, workbench};
use crate::cli::program::{Said, flat};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// A repository with linked worktrees `t0`, `t1`..., each with a file of its name.
pub fn fleet(sandbox: &Sandbox, count: usize) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", "a\n"), (".gitignore", "built\n")]);
    for one in 0..count {
        let name = format!("t{one}");
        repo.worktree(&name).commit(&name, &[(&format!("{name}.txt"), "new\n")]);
    }
    repo
}

/// A command that fails where all of these files are, and counts how often it was run.
pub fn fails_with(sandbox: &Sandbox, files: &[String]) -> String {
    let there: Vec<String> = files.iter().map(|name| format!("test -e {name}.txt")).collect();
    format!("echo run >> {}; ! ({})", sandbox.path("runs").display(), there.join(" && "))
}

/// Some of so many terminals, at most three.
pub fn some_of(count: usize, dice: &mut Dice) -> Vec<String> {
    let mut some = BTreeSet::new();
    while some.len() < 1 + dice.below(3.min(count)) {
        some.insert(format!("t{}", dice.below(count)));
    }
    some.into_iter().collect()
}

pub fn runs(sandbox: &Sandbox) -> usize {
    fs::read_to_string(sandbox.path("runs")).unwrap_or_default().lines().count()
}

pub fn names(list: &Value) -> Vec<String> {
    list.as_array()
        .map_or(&[][..], |list| list)
        .iter()
        .map(|name| name.as_str().unwrap().to_string())
        .collect()
}

fn merged(answer: &Value) -> BTreeSet<String> {
    let made = answer["run"]["made"].as_array().unwrap();
    made.iter().map(|made| made["terminal"].as_str().unwrap().to_string()).collect()
}

#[test]
fn those_that_fail_together_are_named_and_all_others_are_merged() {
    for seed in seeds(5) {
        let mut dice = Dice::new(seed);
        let count = 2 + dice.below(6);
        let guilty = some_of(count, &mut dice);
        let sandbox = Sandbox::new();
        let repo = fleet(&sandbox, count);
        let command = fails_with(&sandbox, &guilty);
        let said = repo.merge(&["--yes", "--all", "--format", "json", "--run", &command]).exits(1);
        let answer = said.json();
        let failed = &answer["run"]["failed"][0];
        assert_eq!(names(&failed["together"]), guilty, "seed {seed}: {answer:#}");
        assert!(
            failed["untried"].is_null() && answer["run"]["failed"][1].is_null(),
            "seed {seed}: {answer:#}"
        );
        let left_out = failed["terminal"].as_str().unwrap().to_string();
        assert!(guilty.contains(&left_out));
        let all: BTreeSet<String> = (0..count).map(|one| format!("t{one}")).collect();
        assert_eq!(merged(&answer), &all - &BTreeSet::from([left_out]), "seed {seed}: {answer:#}");
        // one run for the target and each merge, and what blame::tests has as its bound
        let (n, k) = (count as f64, guilty.len() as f64);
        let bound = n + 1.0 + n.log2().ceil() + 2.0 * k * ((n / k).log2() + 1.0) + k + 1.0;
        assert!(runs(&sandbox) as f64 <= bound, "seed {seed}: {} runs, {bound}", runs(&sandbox));
        is_tidy(&repo, count);
        assert_eq!(repo.git(&["status", "--porcelain"]), "", "seed {seed}");
    }
}

#[test]
fn who_was_left_out_is_told_by_status_until_it_changes() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let command = fails_with(&sandbox, &["t0".to_string(), "t2".to_string()]);
    let answer = repo.merge_json(&["--yes", "--run", &command, "t0", "t1", "t2"]);
    let failed = &answer["run"]["failed"][0];
    assert_eq!(names(&failed["together"]), ["t0", "t2"], "{answer:#}");
    let left = failed["terminal"].as_str().unwrap().to_string();
    let findings = || -> Vec<Value> {
        let status = repo.status();
        let all = status["findings"].as_array().unwrap().iter().cloned();
        all.filter(|one| one["check"] == "build_conflict").collect()
    };
    // the other one is a part of main by now
    let found = findings();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(names(&found[0]["terminals"]), [left.as_str()]);
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("{left} fails on main")), "{message}");
    Repo { sandbox: &sandbox, top: sandbox.path(&left) }.commit("mended", &[("more.txt", "m\n")]);
    assert!(findings().is_empty());
}

#[test]
fn what_was_merged_since_fails_with_nobody() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    let command = fails_with(&sandbox, &["t0".to_string(), "t1".to_string()]);
    repo.tw(&["verify", "--run", &command]).exits(1);
    let told = |repo: &Repo| -> Vec<Vec<String>> {
        let status = repo.status();
        let all = status["findings"].as_array().unwrap().iter();
        all.filter(|one| one["check"] == "build_conflict").map(|one| names(&one["terminals"])).collect()
    };
    assert_eq!(told(&repo), [["t0", "t1"]]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "t0", "t0"]);
    assert_eq!(told(&repo), [["t1"]]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "t1", "t1"]);
    assert!(told(&repo).is_empty());
}

#[test]
fn what_is_told_is_how_those_fail_that_are_named() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let with = |one: &str, other: &str| {
        format!("if test -e {one}.txt -a -e {other}.txt; then echo {one} with {other}; exit 1; fi")
    };
    let command = format!("{}; {}", with("t1", "t2"), with("t0", "t2"));
    let verified = repo.verify_json(&["--no-cache", "--run", &command]);
    assert!(!verified["failed"].as_array().unwrap().is_empty(), "{verified:#}");
    for found in verified["failed"].as_array().unwrap() {
        let [one, other] = &names(&found["together"])[..] else { panic!("{verified:#}") };
        assert!(found["failure"].to_string().contains(&format!("{one} with {other}")), "{verified:#}");
    }
    let answer = repo.merge(&["--yes", "--all", "--format", "json", "--run", &command]).exits(1).json();
    let failed = &answer["run"]["failed"][0];
    assert_eq!(names(&failed["together"]), ["t0", "t2"], "{answer:#}");
    assert!(failed["failure"].to_string().contains("t0 with t2"), "{answer:#}");
}

#[test]
fn what_fails_is_told_with_its_last_lines() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let command = "test ! -e t0.txt || test ! -e t2.txt || { echo 't0 and t2 do not build'; exit 3; }";
    let said = repo.merge(&["--yes", "--all", "--run", "true", "--run", command]).exits(1);
    let text = flat(&said.stdout);
    for part in [
        "Made 2 merges into main",
        "t2 was left out: ",
        "failed with exit status 3.",
        "t0 and t2 fail together on main; each passes without the other.",
        "| t0 and t2 do not build",
        "To take it back: track-work merge --undo",
    ] {
        assert!(text.contains(part), "no {part:?}: {said}");
    }
    assert!(
        said.stderr.contains("running true on t1") && said.stderr.contains("to find who fails with t2"),
        "{said}"
    );
    repo.merge(&["--undo"]).exits(0);
    let alone = repo.merge(&["--yes", "--all", "--run", "test ! -e t1.txt"]).exits(1);
    assert!(flat(&alone.stdout).contains("t1 fails on main by itself."), "{alone}");
    // nothing is left to merge, and that is no success
    repo.merge(&["--undo"]).exits(0);
    let none = repo.merge(&["--yes", "t1", "--run", "test ! -e t1.txt"]).exits(1);
    assert!(none.stdout.contains("Nothing was merged into main."), "{none}");
    assert!(flat(&none.stdout).contains("t1 was left out"), "{none}");
    is_tidy(&repo, 3);
}

#[test]
fn a_target_that_fails_is_told_before_anything_is_merged() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    let old = repo.git(&["rev-parse", "main"]);
    let command = format!("{}; echo broken; false", fails_with(&sandbox, &["a".to_string()]));
    let said = repo.merge(&["--yes", "--all", "--run", &command]).exits(1);
    let text = flat(&said.stdout);
    assert!(
        text.contains("main fails by itself, so nothing was merged: ") && text.contains("| broken"),
        "{said}"
    );
    assert_eq!((runs(&sandbox), repo.git(&["rev-parse", "main"])), (1, old));
    is_tidy(&repo, 2);
    let answer = repo.merge_json(&["--yes", "--all", "--run", "exit 7"]);
    let failure = &answer["run"]["target_failure"];
    assert_eq!((&answer["end"], &failure["status"]), (&"target_fails".into(), &7.into()), "{answer:#}");
}

#[test]
fn what_could_not_be_run_is_nobodys_fault() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let old = repo.git(&["rev-parse", "main"]);
    let late = format!("while :; do date > {}; sleep 0.05; done", sandbox.path("alive").display());
    for command in ["no-such-program", "./a.txt", "exit 127", "kill -TERM $$", &late] {
        let said = repo.merge(&["--yes", "--all", "--timeout", "1", "--run", command]).exits(2);
        assert!(said.stderr.contains("could not be run on main: "), "{said}");
        assert!(said.stderr.contains("nothing was merged") && said.stdout.is_empty(), "{said}");
        is_tidy(&repo, 3);
    }
    fs::remove_file(sandbox.path("alive")).unwrap();
    thread::sleep(Duration::from_millis(200));
    assert!(!sandbox.path("alive").exists(), "it runs on");
    // and later: the run waits for that to be resolved
    let command =
        format!("test ! -e t1.txt || test -e {} || kill -KILL $$", sandbox.path("repaired").display());
    let said = repo.merge(&["--yes", "--all", "--run", &command]).exits(2);
    assert!(said.stderr.contains("could not be run on t1: it was ended by signal 9"), "{said}");
    assert_eq!(repo.git(&["rev-parse", "main"]), old);
    let status = repo.merge(&["--status"]).exits(0);
    let text = flat(&status.stdout);
    assert!(text.contains("before it was known whether t1 passes"), "{status}");
    assert!(text.contains("main is not moved yet") && text.contains("merged, not checked yet"), "{status}");
    assert!(text.contains("--skip leaves t1 out"), "{status}");
    repo.merge(&["--continue"]).exits(2);
    repo.merge(&["--skip"]).exits(0);
    assert!(!repo.path("t1.txt").exists() && repo.path("t2.txt").exists());
    repo.merge(&["--undo"]).exits(0);
    repo.merge(&["--yes", "--all", "--run", &command]).exits(2);
    fs::write(sandbox.path("repaired"), "").unwrap();
    repo.merge(&["--continue"]).exits(0);
    assert!(repo.path("t1.txt").exists());
    is_tidy(&repo, 3);
}

#[test]
fn what_needs_it_is_left_out_with_it() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 4);
    // t1 is stacked on t0, and t2 waits for t1
    let t1 = Repo { sandbox: &sandbox, top: sandbox.path("t1") };
    t1.git(&["rebase", "-q", "t0"]);
    let command = "test ! -e t0.txt";
    let answer = repo.merge_json(&["--yes", "--all", "--after", "t2=t1", "--run", command]);
    let failed = &answer["run"]["failed"];
    assert_eq!((&failed[0]["terminal"], &failed[1]), (&"t0".into(), &Value::Null), "{answer:#}");
    assert_eq!(names(&failed[0]["without"]), ["t1", "t2"], "{answer:#}");
    assert_eq!(merged(&answer), BTreeSet::from(["t3".to_string()]), "{answer:#}");
    repo.merge(&["--undo"]).exits(0);
    let answer = repo.merge_json(&[
        "--yes",
        "--all",
        "--after",
        "t2=t1",
        "--run",
        "test ! -e t2.txt || test ! -e t3.txt",
    ]);
    let failed = &answer["run"]["failed"][0];
    let expected = if failed["terminal"] == "t2" { ["t0", "t1", "t3"] } else { ["t0", "t1", "t2"] };
    let together: BTreeSet<String> = names(&failed["together"]).into_iter().collect();
    assert_eq!(together, ["t2", "t3"].map(str::to_string).into(), "{answer:#}");
    assert_eq!(names(&failed["needed"]), ["t0", "t1"], "{answer:#}");
    assert_eq!(merged(&answer), expected.map(str::to_string).into(), "{answer:#}");
    is_tidy(&repo, 4);
}

#[test]
fn what_a_command_leaves_behind_is_in_nobodys_way() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 3);
    let before = repo.git(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/t*"]);
    let built = sandbox.path("builds");
    let command = format!(
        "test -e built && echo again >> {0}; mkdir -p built; echo changed > a.txt; echo mine > t2.txt; echo mine > t1.txt; \
         git add a.txt; git checkout -q -b stray 2> /dev/null || git branch -q -D stray",
        built.display()
    );
    repo.merge(&["--yes", "--all", "--run", &command]).exits(0);
    assert_eq!(fs::read_to_string(repo.path("t2.txt")).unwrap(), "new\n");
    assert_eq!(fs::read_to_string(repo.path("a.txt")).unwrap(), "a\n");
    assert_eq!(repo.git(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/t*"]), before);
    // the build folder is there again in each tree but the first
    assert_eq!(fs::read_to_string(built).unwrap(), "again\n".repeat(3));
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    repo.try_git(&["branch", "-D", "stray"]);
    is_tidy(&repo, 3);
}

#[test]
fn settings_name_the_commands_unless_others_are_given() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    repo.tw(&["init"]).exits(0);
    repo.write(".system/parallel-work/config.yaml", "verify: test ! -e t1.txt\n");
    let answer = repo.merge_json(&["--yes", "--all"]);
    assert_eq!(names(&answer["run"]["commands"]), ["test ! -e t1.txt"], "{answer:#}");
    assert_eq!(answer["run"]["failed"][0]["terminal"], "t1", "{answer:#}");
    let said = repo.merge(&["--dry-run", "--all", "--run", "make \u{1b}x"]).exits(0);
    assert!(said.stderr.contains("Runs in each merged tree: make \\ex"), "{said}");
    repo.merge(&["--yes", "--all", "--run", "true"]).exits(0);
    for args in
        [&["--yes", "--run", ""][..], &["--timeout", "0", "--run", "true"], &["--continue", "--run", "true"]]
    {
        repo.merge(args).exits(2);
    }
}

#[test]
fn a_conflict_that_was_resolved_is_resolved_again_where_fewer_are_merged() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let command = "test $(grep -c -e one -e three a.txt) -lt 2";
    repo.merge(&["--yes", "--run", command]).exits(1);
    resolve(&Repo { sandbox: &sandbox, top: workbench(&sandbox).unwrap() });
    let said = repo.merge(&["--continue", "--format", "json"]).exits(1);
    let failed = &said.json()["run"]["failed"][0];
    assert_eq!(names(&failed["together"]), ["one", "three"], "{failed:#}");
    assert!(failed["untried"].is_null(), "{failed:#}");
    assert_eq!(
        repo.git(&["log", "-2", "--first-parent", "--format=%s"]),
        "Merge branch 'two'\nMerge branch 'one'"
    );
    is_tidy(&repo, 3);
}

#[test]
fn ctrl_c_ends_the_command_and_the_run_can_be_continued() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 2);
    let [began, ends, alive] = ["began", "ends", "alive"].map(|name| sandbox.path(name));
    let command = format!(
        "test ! -e t0.txt || test -e {1} || {{ touch {0}; while :; do date > {2}; sleep 0.05; done; }}",
        began.display(),
        ends.display(),
        alive.display()
    );
    let mut program = repo.merging(&["--yes", "--all", "--run", &command]);
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = program.process_group(0).spawn().unwrap();
    while !began.exists() {
        thread::sleep(Duration::from_millis(10));
    }
    let group = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process_group(group, rustix::process::Signal::INT).unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    let text = flat(&said.stdout);
    assert!(said.status == Some(1) && text.contains("before it was known whether t0 passes"), "{said}");
    assert!(said.stdout.contains("track-work merge --continue"), "{said}");
    _ = fs::remove_file(&alive);
    thread::sleep(Duration::from_millis(200));
    assert!(!alive.exists(), "it runs on");
    fs::write(&ends, "").unwrap();
    repo.merge(&["--continue"]).exits(0);
    is_tidy(&repo, 2);
}

#[test]
fn after_a_kill_the_same_is_merged_and_the_same_are_blamed() {
    let sandbox = Sandbox::new();
    let repo = fleet(&sandbox, 4);
    let old = repo.git(&["rev-parse", "main"]);
    let guilty = ["t1".to_string(), "t2".to_string()];
    let command = |round: &str| format!("sleep 0.05; : {round}; {}", fails_with(&sandbox, &guilty));
    repo.merge(&["--yes", "--all", "--run", &command("first")]).exits(1);
    let finished = repo.git(&["rev-parse", "main"]);
    repo.merge(&["--undo"]).exits(0);
    for seed in seeds(6) {
        let mut dice = Dice::new(seed);
        // what is known from one round is not known in the next
        let mut child = started(&repo, &["--yes", "--all", "--run", &command(&seed.to_string())]);
        killed(&mut child, Duration::from_millis(dice.below(2500) as u64), dice.chance(50));
        while dice.chance(30) && workbench(&sandbox).is_some() {
            let mut child = started(&repo, &["--continue"]);
            killed(&mut child, Duration::from_millis(dice.below(1000) as u64), dice.chance(50));
        }
        let goes_on = dice.chance(70);
        let said = repo.merge(&[if goes_on { "--continue" } else { "--abort" }, "--format", "json"]);
        if said.status == Some(2) {
            assert!(said.stderr.contains("no run is in progress"), "seed {seed}: {said}");
        } else if goes_on {
            let answer = said.json();
            assert_eq!(names(&answer["run"]["failed"][0]["together"]), guilty, "seed {seed}: {answer:#}");
            assert_eq!(repo.git(&["rev-parse", "main"]), finished, "seed {seed}");
        }
        let now = repo.git(&["rev-parse", "main"]);
        assert!(now == old || now == finished, "seed {seed}: {now} is neither {old} nor {finished}");
        is_tidy(&repo, 4);
        if now == finished {
            repo.merge(&["--undo"]).exits(0);
        }
    }
}
