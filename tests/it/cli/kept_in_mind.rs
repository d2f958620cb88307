//! Work of completed terminals is not forgotten when its branch and its worktree are gone, and is ready nowhere where it is
//! not.

use super::program::{flat, lines, terminal, text};
use crate::support::{Repo, Sandbox};

const ACTIVE: &str = "active-sessions.yaml";

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("f", &lines(&[]))]);
    repo.tw(&["init"]).exits(0);
    repo
}

/// A registered terminal in `../terminal-1`, on branch `b1`.
fn desk<'a>(repo: &'a Repo) -> Repo<'a> {
    let desk = repo.worktree_at(&repo.sandbox.path("terminal-1"), &["-b", "b1"]);
    repo.tw(&["register", "--mode", "inter", "--story", "1-1-x", "--terminal", "terminal-1"]).exits(0);
    desk
}

fn remove(repo: &Repo) {
    repo.git(&["worktree", "remove", "--force", "../terminal-1"]);
    repo.git(&["branch", "-qD", "b1"]);
}

/// Asserts that nothing calls the work ready or merged, and everything says that it is not here and how to have it again.
#[track_caller]
fn is_lost(repo: &Repo, head: &str) {
    let back = format!("git branch b1 {head}");
    let not_here = "its branch and worktree are not here";
    let lost = format!(
        "{not_here}, and main does not have the commits that it was seen with; to bring them back: {back}"
    );
    let status = repo.status();
    assert_eq!(status["ready_to_merge"], serde_json::json!([]));
    assert_eq!(text(&status["next"]["what"]), "make its branch again where it was last seen");
    assert_eq!(text(&status["next"]["command"]), back);
    repo.tw(&["sync"]).says("Ready to merge: None").says(not_here).says(&back);
    for command in [&["merge-order"][..], &["merge", "--yes"]] {
        let said = repo.tw(command);
        said.says(&format!("? unknown: terminal-1: {lost}")).says_not("Nothing to merge");
    }
    let doctor =
        repo.tw(&["doctor"]).says(&format!("terminal-1: {not_here}, and it is not known to be merged"));
    doctor.says(&back).says_not("all linked");
}

#[test]
fn complete_notes_where_the_work_is() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let work = desk(&repo);
    // a look before saw something else
    work.write("f", lines(&[(3, "half")]));
    repo.tw(&["sync"]).exits(0);
    let head = work.commit("work", &[("f", &lines(&[(3, "whole")]))]);
    repo.tw(&["complete", "terminal-1"]).exits(0).says("Ready to merge: Story 1-1 (terminal-1)");
    let observed = repo.yaml(ACTIVE)["sessions"]["terminal-1"]["observed"].clone();
    let of = |key: &str| observed[key].clone();
    assert_eq!(of("head").as_str(), Some(&head[..]));
    assert_eq!((of("branch").as_str(), of("worktree").as_str()), (Some("b1"), Some("terminal-1")));
    assert_eq!((of("ahead").as_u64(), of("uncommitted").as_u64()), (Some(1), Some(0)));
    remove(&repo);
    is_lost(&repo, &head);
    let refused = repo.tw(&["archive", "1-1"]).fails();
    let refused = refused.complains(&format!("git branch b1 {head}"));
    refused.complains("story 1-1 is not merged: terminal-1 is not merged into main");
    // made again as advised, it is what it was
    repo.git(&["branch", "b1", &head]);
    repo.tw(&["status"]).exits(0).says("Ready to merge: Story 1-1 (terminal-1)");
    repo.tw(&["archive", "1-1"]).fails().complains("terminal-1 is not merged into main");
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "b1"]);
    repo.git(&["branch", "-qd", "b1"]);
    repo.tw(&["archive", "1-1"]).exits(0);
}

#[test]
fn a_status_that_is_written_as_completed_notes_it_too() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let head = desk(&repo).commit("work", &[("new", "1\n")]);
    repo.tw(&["update", "terminal-1", "--status", "done"]).exits(0);
    assert_eq!(repo.yaml(ACTIVE)["sessions"]["terminal-1"]["observed"]["head"].as_str(), Some(&head[..]));
    remove(&repo);
    is_lost(&repo, &head);
}

#[test]
fn who_completes_again_what_has_new_commits_notes_these() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let work = desk(&repo);
    repo.tw(&["complete", "terminal-1"]).exits(0).says("Nothing to merge");
    let head = work.commit("more", &[("new", "1\n")]);
    repo.tw(&["complete", "terminal-1"]).exits(0).says("was already completed");
    assert_eq!(repo.yaml(ACTIVE)["sessions"]["terminal-1"]["observed"]["head"].as_str(), Some(&head[..]));
    remove(&repo);
    is_lost(&repo, &head);
}

#[test]
fn what_was_completed_without_a_commit_is_ready_nowhere() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    desk(&repo);
    repo.tw(&["complete", "terminal-1"]).exits(0).says("Nothing to merge: it has no committed changes");
    remove(&repo);
    repo.tw(&["sync"]).exits(0).says("Ready to merge: None").says("track-work archive 1-1-x");
    let order = repo.tw(&["merge-order"]).exits(0).says("Nothing to merge into main.");
    order.says("Left out: terminal-1: nothing was committed when it was last seen");
    repo.tw(&["archive", "1-1"]).exits(0);
}

#[test]
fn what_is_in_another_clone_is_not_ready_here() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let story = ["register", "--mode", "intra", "--story", "1-2-y", "--terminal", "terminal-1"];
    let work = repo.worktree_at(&sandbox.path("terminal-1"), &["-b", "b1"]);
    repo.tw(&story).exits(0);
    let head = work.commit("work", &[("new", "1\n")]);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    assert_eq!(repo.yaml("story-1-2-sessions.yaml")["coordination"]["ready_to_merge"].as_bool(), Some(true));
    repo.git(&["add", "--force", ".system"]);
    repo.git(&["commit", "-qm", "tracking"]);
    sandbox.command(&sandbox.path("")).args(["clone", "-q", "shop", "second"]).output().unwrap();
    let second = Repo { sandbox: &sandbox, top: sandbox.path("second") };
    is_lost(&second, &head);
    // where its commits are not here either, nothing can bring them back
    let only = ["clone", "-q", "--single-branch", "--no-local", "shop", "third"];
    sandbox.command(&sandbox.path("")).args(only).output().unwrap();
    let third = Repo { sandbox: &sandbox, top: sandbox.path("third") };
    third.tw(&["status"]).says_not("git branch b1");
    third.tw(&["sync"]).says("Ready to merge: None").says("it is not known to be merged");
    third.tw(&["doctor"]).says("completed and not in git here: terminal-1");
    let written = second.yaml("story-1-2-sessions.yaml")["coordination"]["ready_to_merge"].as_bool();
    assert_eq!(written, Some(false));
}

#[test]
fn who_has_no_place_is_not_ready_where_others_have_one() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("other").commit("work", &[("new", "1\n")]);
    repo.tw(&["register", "--mode", "inter", "--story", "1-1-x", "--terminal", "nowhere"]).exits(0);
    let why = "not linked to git: no worktree or branch has nowhere or story 1-1 in its name";
    repo.tw(&["complete", "nowhere"]).exits(0).says(&format!("Not ready to merge: {why}."));
    repo.tw(&["sync"]).exits(0).says("Ready to merge: None");
    let next = "say where its work is: track-work update nowhere --worktree ../other";
    repo.tw(&["status"]).exits(0).says(next).says_not("Ready to merge");
    repo.tw(&["merge-order"]).exits(0).says(&format!("Left out: nowhere: {why}"));
}

#[test]
fn who_lost_work_is_shown_how_to_make_its_branch_again_and_not_anothers_place() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let head = desk(&repo).commit("work", &[("new", "1\n")]);
    repo.tw(&["sync"]).exits(0);
    repo.worktree("free").commit("free", &[("free", "1\n")]);
    remove(&repo);
    let command = format!("git branch b1 {head}");
    for args in [&["status"][..], &["sync"], &["doctor"]] {
        let said = repo.tw(args).says_not("--worktree");
        assert!(flat(&said.stdout).contains(&command), "{said}");
    }
    repo.git(&["branch", "b1", &head]);
    assert_eq!(terminal(&repo.status(), "terminal-1")["head"].as_str(), Some(&head[..]));
    repo.tw(&["status"]).says_not(&command);
}
