//! What stands in the way of a merge where the target is checked out, and where that is nowhere: what is
//! printed says so, and is what git does.

use std::process::Command;

use serde_json::Value;

use crate::cli::program::{Said, numbered, said, scrubbed, text};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("f", &numbered(20, &[])), ("g", &numbered(20, &[]))]);
    repo.git(&["checkout", "-q", "-b", "one"]);
    repo.commit("one", &[("f", &numbered(20, &[(3, "one")]))]);
    repo.git(&["checkout", "-q", "main"]);
    repo
}

fn order(repo: &Repo) -> Value {
    repo.tw(&["merge-order", "--format", "json"]).json()
}

fn shell(repo: &Repo, line: &str) -> Said {
    let mut shell = scrubbed(&repo.sandbox.path("home"), &repo.top, Command::new("sh"));
    let git = repo.sandbox.command(&repo.top);
    shell.envs(git.get_envs().filter_map(|(name, value)| Some((name, value?))));
    said(shell.args(["-c", line]))
}

/// Runs the first step as printed; its warnings.
#[track_caller]
fn first_step(repo: &Repo, goes_on: bool) -> String {
    let order = order(repo);
    let step = &order["steps"][0];
    let ran = shell(repo, text(&step["command"]));
    assert_eq!(ran.status == Some(0), goes_on, "{ran}\n{order:#}");
    if goes_on {
        assert_eq!(step["tree"], *repo.git(&["rev-parse", "HEAD^{tree}"]), "{ran}\n{order:#}");
        assert_eq!(repo.git(&["rev-list", "--count", "--merges", "main"]), "1", "{ran}\n{order:#}");
    }
    step["warnings"].as_array().unwrap().iter().map(|warning| text(warning).to_string() + "\n").collect()
}

#[test]
fn files_that_git_was_told_not_to_compare_are_in_the_way_where_they_are_merged() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        for (path, goes_on) in [("f", false), ("g", true)] {
            let sandbox = Sandbox::new();
            let repo = shop(&sandbox);
            repo.git(&["update-index", flag, path]);
            repo.write(path, numbered(20, &[(9, "hidden, of another length")]));
            let warnings = first_step(&repo, goes_on);
            assert_eq!(
                warnings.contains("told not to compare") && warnings.contains(path),
                !goes_on,
                "{warnings}"
            );
            if !goes_on {
                // git itself put the file back when it refused
                repo.write(path, numbered(20, &[(9, "hidden, of another length")]));
                let said = repo.tw(&["merge", "--yes", "--all"]).exits(2);
                let undo = said.stderr.split(['(', ')']).nth(1).expect("a command");
                assert!(undo.contains(" update-index --no-assume-unchanged f && "), "{said}");
                shell(&repo, undo).exits(0);
                repo.git(&["commit", "-q", "-a", "-m", "not hidden any more"]);
                repo.tw(&["merge", "--yes", "--all"]).says("merged");
            }
        }
    }
}

#[test]
fn a_file_that_is_only_announced_is_in_the_way_of_every_merge() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.write("new", "new\n");
    repo.git(&["add", "--intent-to-add", "new"]);
    assert!(first_step(&repo, false).contains("only announced in main"));
}

#[test]
fn a_lock_that_was_left_behind_is_named() {
    for lock in ["index.lock", "HEAD.lock", "ORIG_HEAD.lock", "refs/heads/main.lock"] {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        repo.write(format!(".git/{lock}"), "");
        let warnings = first_step(&repo, false);
        assert!(warnings.contains("git cannot merge while") && warnings.contains(lock), "{warnings}");
    }
}

#[test]
fn a_merge_that_stashes_is_refused_for_nothing_tracked() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["config", "merge.autoStash", "true"]);
    repo.write("f", numbered(20, &[(15, "mine")]));
    let warnings = first_step(&repo, true);
    assert!(warnings.contains("git stashes") && !warnings.contains("refuses"), "{warnings}");
}

#[test]
fn of_a_file_that_was_moved_git_stashes_the_old_path_alone() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["config", "merge.autoStash", "true"]);
    std::fs::rename(repo.path("f"), repo.path("moved")).unwrap();
    let warnings = first_step(&repo, true);
    assert!(warnings.contains("git stashes what is not committed in main (f)"), "{warnings}");
}

#[test]
fn options_of_the_branch_leave_no_merge_without_its_commit() {
    let options = ["--squash", "--no-commit", "--squash --no-commit", "--ff-only", "--no-squash --commit"];
    for option in options {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        repo.git(&["config", "branch.main.mergeOptions", option]);
        assert_eq!(first_step(&repo, true), "", "{option}");
    }
}

/// Makes the target's worktree and merges as printed.
#[track_caller]
fn merges_elsewhere(repo: &Repo) {
    let order = order(repo);
    let (before, top) = (text(&order["before"]), text(&order["run_in"]));
    let said = repo.tw(&["merge-order"]);
    let said = said.says("main is not checked out anywhere. Before the first merge, run: git worktree add");
    said.says(&format!("Run the merges in {top}"));
    shell(repo, before).exits(0);
    let step = &order["steps"][0];
    shell(&Repo { sandbox: repo.sandbox, top: top.into() }, text(&step["command"])).exits(0);
    assert_eq!(step["tree"], *repo.git(&["rev-parse", "main^{tree}"]));
}

#[test]
fn a_bare_repository_merges_in_a_worktree_that_is_made_for_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    // the name is taken
    std::fs::create_dir(sandbox.path("bare-main")).unwrap();
    let bare = Repo { sandbox: &sandbox, top: sandbox.path("bare.git") };
    merges_elsewhere(&bare);
    assert!(sandbox.path("bare-main-2").join("f").exists());
}

#[test]
fn nobody_has_to_switch_away_from_uncommitted_work() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["checkout", "-q", "--detach"]);
    assert_eq!(order(&repo)["before"], "git switch main");
    repo.write("f", numbered(20, &[(15, "mine")]));
    merges_elsewhere(&repo);
    assert_eq!(repo.git(&["diff", "--name-only"]), "f");
}

/// A submodule `lib` with a file `x`, in whose place `one` has another file: `lib` itself, or one below it.
fn with_submodule<'s>(sandbox: &'s Sandbox, becomes: &str) -> Repo<'s> {
    let inner = sandbox.repo("inner", &[("x", "1\n")]);
    let repo = sandbox.repo("shop", &[("f", "1\n")]);
    repo.git(&["submodule", "--quiet", "add", inner.top.to_str().unwrap(), "lib"]);
    repo.commit("with lib", &[]);
    let one = repo.worktree("one");
    one.git(&["rm", "-q", "lib"]);
    one.commit("own", &[(becomes, "2\n")]);
    Repo { sandbox, top: repo.top.clone() }
}

#[test]
fn what_takes_the_place_of_a_submodule_is_foretold() {
    let (refuses, removes) = (
        "git refuses to overwrite the files of the submodule lib",
        "git removes the folder of the submodule lib",
    );
    let cases = [
        ("lib/x", true, false, refuses),
        ("lib/y", true, true, ""),
        ("lib", true, true, removes),
        ("lib/x", false, true, ""),
        ("lib", false, true, ""),
    ];
    for (becomes, is_checked_out, goes_on, expected) in cases {
        for is_edited in [false, is_checked_out] {
            let sandbox = Sandbox::new();
            let repo = with_submodule(&sandbox, becomes);
            match is_checked_out {
                true if is_edited => repo.write("lib/x", "edited\n"),
                true => {}
                false => drop(repo.git(&["submodule", "--quiet", "deinit", "--force", "lib"])),
            }
            let what = format!("{becomes} {is_checked_out} {is_edited}");
            if !goes_on || (is_edited && !expected.is_empty()) {
                // nobody loses what is in there
                let said = repo.tw(&["merge", "--yes", "--all"]).exits(2);
                assert!(said.stderr.contains("submodule deinit --force lib, then rerun"), "{what}: {said}");
            }
            if is_edited && !expected.is_empty() {
                assert_eq!(repo.git(&["-C", "lib", "diff", "--name-only"]), "x", "{what}");
            }
            let warnings = first_step(&repo, goes_on);
            let told = warnings.lines().find(|line| line.contains("submodule")).unwrap_or_default();
            assert!(
                told.starts_with(expected) && told.is_empty() == expected.is_empty(),
                "{what}: {warnings}"
            );
            assert!(!warnings.contains("ignored"), "{what}: {warnings}");
            if !goes_on {
                let command = told.split("then run ").nth(1).expect("a command");
                shell(&repo, command).exits(0);
                first_step(&repo, true);
            }
        }
    }
}
