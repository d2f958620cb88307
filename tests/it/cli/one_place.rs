//! Two terminals in one worktree: what is uncommitted belongs to one of them, and what is merged to both.

use std::process::Command;

use super::program::{lines, terminal, text};
use crate::support::{Repo, Sandbox};

const STORY: &str = "3-1-pay";

/// terminal-1 has committed its part of the worktree, terminal-2 works on its own.
fn shop(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let text = lines(&[]);
    let repo = sandbox.repo("shop", &[("api/a", &text), ("ui/u", &text), ("ui/* x", "1\n")]);
    let repo_top = Repo { sandbox, top: repo.top.clone() };
    repo_top.git(&["worktree", "add", "-q", "../story-3-1", "-b", "feat/3-1"]);
    let there = Repo { sandbox, top: sandbox.path("story-3-1") };
    for (id, focus) in [("terminal-1", "api"), ("terminal-2", "ui")] {
        let scope = format!("{focus}/**");
        let own = ["--terminal", id, "--focus", focus, "--scope", &scope, "--worktree", "../story-3-1"];
        let waits = if id == "terminal-2" { &["--blocked-by", "terminal-1"][..] } else { &[] };
        repo_top.tw(&[&["register", "--mode", "intra", "--story", STORY][..], &own, waits].concat()).exits(0);
    }
    there.commit("api", &[("api/a", &lines(&[(3, "api")]))]);
    there.write("ui/u", lines(&[(4, "ui")]));
    (repo_top, there)
}

#[test]
fn what_is_uncommitted_belongs_to_whom_the_scopes_say() {
    let sandbox = Sandbox::new();
    let (repo, there) = shop(&sandbox);
    let said = repo.tw(&["complete", "terminal-1"]).exits(0).says_not("ncommitted");
    said.says("Not ready to merge: the status of terminal-2 is pending.");
    let answer = repo.status();
    let paths = |id: &str| terminal(&answer, id)["uncommitted"]["paths"].as_u64();
    assert_eq!((paths("terminal-1"), paths("terminal-2")), (Some(0), Some(1)));
    assert_eq!(
        text(&terminal(&answer, "terminal-1")["next"]["what"]),
        "cannot be merged yet: the status of terminal-2 is pending"
    );
    repo.tw(&["check", "--terminal", "terminal-1"]).says("1 changed file of terminal-1");
    repo.tw(&["check", "--terminal", "terminal-2"]).says("1 changed file of terminal-2");
    there.tw(&["check"]).says("2 changed files");
    let observed = || {
        repo.tw(&["sync"]);
        let sessions = repo.yaml("story-3-1-sessions.yaml")["sessions"].clone();
        ["terminal-1", "terminal-2"].map(|id| sessions[id]["observed"]["uncommitted"].as_u64().unwrap())
    };
    assert_eq!(observed(), [0, 1]);
    // what nobody claims counts for both
    there.write("both", "1\n");
    assert_eq!(observed(), [1, 2]);
}

#[test]
fn the_printed_command_commits_the_own_files_alone() {
    let sandbox = Sandbox::new();
    let (repo, there) = shop(&sandbox);
    repo.tw(&["complete", "terminal-2"]).exits(0);
    there.write("api/a", lines(&[(3, "api"), (9, "half")]));
    there.write("api/new", "1\n");
    there.git(&["add", "api/new"]);
    there.write("ui/new: [x]", "1\n");
    there.write("ui/* x", "2\n");
    let next = terminal(&repo.status(), "terminal-2")["next"].clone();
    let what = "commit its 3 uncommitted files, and nothing of those who share its worktree";
    assert_eq!(text(&next["what"]), what);
    let command = text(&next["command"]).replace(" commit --", " commit -q -m ui --");
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).current_dir(sandbox.path("")).env("HOME", sandbox.path("home"));
    shell.env("GIT_CONFIG_NOSYSTEM", "1");
    assert!(shell.status().unwrap().success(), "{command}");
    assert_eq!(
        there.git(&["-c", "core.quotePath=false", "show", "--name-only", "--format="]),
        "ui/* x\nui/new: [x]\nui/u"
    );
    assert_eq!(there.git(&["status", "--short"]), " M api/a\nA  api/new");
    let answer = repo.status();
    assert_eq!(terminal(&answer, "terminal-2")["uncommitted"]["paths"], 0);
    assert_eq!(terminal(&answer, "terminal-1")["uncommitted"]["paths"], 2);
}

#[test]
fn whoever_is_named_alone_brings_the_others_in_its_place_along() {
    let sandbox = Sandbox::new();
    let (repo, there) = shop(&sandbox);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    there.commit("ui half done", &[]);
    for names in [&["terminal-1"][..], &["terminal-2"], &["terminal-1", "terminal-2"]] {
        let said = repo.tw(&[&["merge", "--dry-run"][..], names].concat()).exits(0).says("Not ready yet");
        said.says("includes terminal-2 (same worktree or branch)");
        let order = repo.tw(&["merge-order", "--format", "json", "--only", &names.join(",")]).json();
        assert_eq!(order["steps"][0]["ready"], false);
        let reason = text(&order["waiting"][0]["reason"]).to_string();
        assert_eq!(reason, "the status of terminal-2 is pending");
    }
    repo.tw(&["merge", "--yes"]).says("pending");
    assert_eq!(repo.git(&["log", "--format=%s"]), "first");
}

#[test]
fn a_merge_point_of_merged_work_is_not_offered() {
    let sandbox = Sandbox::new();
    let (repo, there) = shop(&sandbox);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    let point = "Merge point: Terminal-1 api → Terminal-2 ui integration";
    repo.tw(&["status"])
        .says(&format!("{point} (cannot be merged yet: terminal-1: the status of terminal-2 is pending)"));
    there.commit("ui", &[]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "feat/3-1"]);
    repo.tw(&["status"]).says(&format!("{point} (nothing is left to merge)")).says_not("can be merged now");
}

#[test]
fn what_two_in_one_worktree_do_about_the_target_is_said_once() {
    let sandbox = Sandbox::new();
    let (repo, there) = shop(&sandbox);
    there.git(&["add", "-A"]);
    there.git(&["commit", "-qm", "ui"]);
    repo.commit("main", &[("api/a", &lines(&[(3, "main")])), ("ui/u", &lines(&[(4, "main")]))]);
    let status = repo.tw(&["status"]).exits(1).says("terminal-1, terminal-2 conflict with main");
    status.says_not("conflicts with main");
    repo.tw(&["sync"]).says("Update terminal-1, terminal-2 from main").says_not("each of them");
    // they conflict with the target, not with each other
    let recorded = repo.yaml("story-3-1-sessions.yaml")["coordination"]["conflicts"].clone();
    let conflicts = recorded.as_sequence().unwrap();
    assert_eq!(conflicts.len(), 2, "{recorded:?}");
    for (conflict, line) in conflicts.iter().zip(["3", "4"]) {
        assert_eq!(conflict["target"].as_str(), Some("main"), "{conflict:?}");
        for side in ["terminal-1", "terminal-2", "main"] {
            assert_eq!(conflict["lines"][side].as_str(), Some(line), "{conflict:?}");
        }
    }
    let log = repo.tw(&["log"]).exits(0);
    log.says("+ conflict api/a (terminal-1, terminal-2 and main)");
    // what an earlier version recorded is the same conflict
    let without = repo.tracked("story-3-1-sessions.yaml").replace("      target: \"main\"\n", "");
    repo.track("story-3-1-sessions.yaml", without);
    let synced = repo.tw(&["sync", "--format", "json"]).json();
    assert_eq!(synced["sync"]["conflicts_kept"].as_array().map(Vec::len), Some(2), "{synced:#}");
    there.git(&["merge", "-q", "-X", "ours", "-m", "update", "main"]);
    repo.tw(&["sync"]).exits(0);
    repo.tw(&["log"]).says("- conflict api/a (terminal-1, terminal-2 and main)");
}
