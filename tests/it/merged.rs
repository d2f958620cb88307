//! Work that is in the target already, by ancestry, by tree or by patch, is nobody's conflict and no step, in
//! every output; and a terminal that has done nothing is not merged.

mod long_history;
mod moved;
mod next_story;
mod random;
mod reverted;
mod rewritten;
mod went_on;

use serde_json::{Value, json};

use crate::cli::program::{lines, terminal, text};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-1-sessions.yaml";

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[]))]);
    repo.tw(&["init"]).exits(0);
    repo
}

/// A registered terminal `one` that changes lines 10 and 20 of `a.txt` in two commits.
fn one<'a>(repo: &'a Repo) -> Repo<'a> {
    let one = repo.worktree("one");
    repo.tw(&["register", "--mode", "intra", "--story", "1-1-login", "--terminal", "one"]).exits(0);
    one.commit("first", &[("a.txt", &lines(&[(10, "one")]))]);
    one.commit("second", &[("a.txt", &lines(&[(10, "one"), (20, "one")]))]);
    one
}

fn squash(repo: &Repo, branch: &str) {
    repo.git(&["merge", "-q", "--squash", branch]);
    repo.git(&["commit", "-q", "-m", &format!("squash of {branch}")]);
}

fn registered(repo: &Repo) -> Value {
    terminal(&repo.status(), "one").clone()
}

/// What all outputs say of `one`: merged, or still to be merged.
#[track_caller]
fn is_merged(repo: &Repo) -> bool {
    let status = repo.status();
    let of_one = |list: &Value| -> usize {
        list.as_array().unwrap().iter().filter(|entry| entry.to_string().contains("\"one\"")).count()
    };
    let conflicts = status["findings"].as_array().unwrap().iter().filter(|one| one["severity"] == "conflict");
    let conflicts: Value = conflicts.cloned().collect();
    let merged = terminal(&status, "one")["merged"] == true;
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let stepped = of_one(&order["steps"]) > 0;
    assert_ne!(merged, stepped, "{status:#}\n{order:#}");
    let check = repo.tw(&["check", "--terminal", "one", "--format", "json"]);
    if merged {
        assert_eq!(of_one(&conflicts), 0, "{conflicts:#}");
        assert_eq!(check.status, Some(0), "{check}");
        assert!(!status["ready_to_merge"].to_string().contains("one"), "{status:#}");
        assert_eq!(terminal(&status, "one")["changes"], json!([]));
    }
    merged
}

#[test]
fn a_squashed_branch_stays_merged_while_the_target_goes_on() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    one(&repo);
    repo.worktree("two").commit("other", &[("a.txt", &lines(&[(10, "two")]))]);
    assert!(!is_merged(&repo));
    squash(&repo, "one");
    repo.commit("over it", &[("a.txt", &lines(&[(9, "later"), (10, "later"), (20, "one")]))]);
    assert!(is_merged(&repo), "by the patch of the squash");
    let answer = registered(&repo);
    assert_eq!((text(&answer["merged_as"]), &answer["ahead"]), ("squash", &json!(2)));
    repo.tw(&["complete", "one"]).says_not("Ready to merge");
    repo.tw(&["sync"]);
    let observed = repo.yaml(STORY)["sessions"]["one"]["observed"].clone();
    assert_eq!((observed["merged"].as_bool(), observed["merged_as"].as_str()), (Some(true), Some("squash")));
    repo.tw(&["archive", "1-1"]).exits(0);
}

#[test]
fn what_only_the_tree_showed_is_remembered_as_long_as_the_target_has_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = one(&repo);
    let before = repo.commit("near it", &[("a.txt", &lines(&[(8, "main")]))]);
    squash(&repo, "one");
    assert!(is_merged(&repo), "merging would change nothing");
    repo.tw(&["sync"]);
    let file = repo.tracked(STORY);
    repo.commit("over it", &[("a.txt", &lines(&[(8, "main"), (10, "later"), (20, "one")]))]);
    assert!(is_merged(&repo), "remembered");
    repo.tw(&["sync"]);
    let observed = |key: &str| repo.yaml(STORY)["sessions"]["one"]["observed"][key].clone();
    assert_eq!(observed("merged").as_bool(), Some(true));
    assert!(file.contains(observed("merged_into").as_str().unwrap()), "{file}");
    // another target, and a target that was moved back, lack it
    repo.git(&["branch", "release", &before]);
    let there = repo.tw(&["--target", "release", "status", "--format", "json"]).json();
    assert_eq!(terminal(&there, "one")["merged"], false);
    repo.git(&["reset", "-q", "--hard", &before]);
    assert!(!is_merged(&repo), "the target was moved back");
    repo.git(&["reset", "-q", "--hard", "ORIG_HEAD"]);
    assert!(is_merged(&repo));
    // new commits are new work, and nothing else is
    one.commit("more", &[("b.txt", &lines(&[(5, "one")]))]);
    assert!(!is_merged(&repo));
    let answer = registered(&repo);
    assert_eq!(answer["changes"].as_array().unwrap().len(), 1, "{answer:#}");
    repo.tw(&["sync"]);
    assert_eq!(observed("merged").as_bool(), Some(false));
    assert_eq!(observed("touched_files").as_sequence().unwrap().len(), 1);
    one.git(&["reset", "-q", "--hard", "HEAD^"]);
    assert!(is_merged(&repo), "as it was remembered");
}

#[test]
fn picked_commits_are_merged_once_all_are_there() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    one(&repo);
    repo.commit("elsewhere", &[("b.txt", &lines(&[(3, "main")]))]);
    repo.git(&["cherry-pick", "one~1"]);
    assert!(!is_merged(&repo), "one of two");
    repo.git(&["cherry-pick", "one"]);
    assert!(is_merged(&repo));
    assert_eq!(text(&registered(&repo)["merged_as"]), "rebase");
    repo.commit("over it", &[("a.txt", &lines(&[(10, "later"), (20, "later")]))]);
    assert!(is_merged(&repo));
    repo.commit("taken back", &[("a.txt", &lines(&[]))]);
    assert!(is_merged(&repo), "taken back afterwards, as git cherry judges");
}

#[test]
fn nothing_done_is_not_merged() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    repo.worktree("none");
    let (empty, back) = (repo.worktree("empty"), repo.worktree("back"));
    empty.git(&["commit", "-q", "--allow-empty", "-m", "start"]);
    back.commit("there", &[("a.txt", &lines(&[(10, "back")]))]);
    back.git(&["revert", "--no-edit", "HEAD"]);
    repo.commit("on", &[("a.txt", &lines(&[(10, "main")]))]);
    let status = repo.status();
    for id in ["none", "empty", "back"] {
        let answer = terminal(&status, id);
        assert_eq!((&answer["merged"], &answer["merged_as"]), (&json!(false), &Value::Null), "{id}");
    }
    let order = repo.tw(&["merge-order"]).says("none: no work yet: ");
    order.says("empty: nothing to merge: ").says("back: nothing to merge: ").says_not("already merged");
}

#[test]
fn a_merge_that_adds_something_is_more_than_its_commits() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = one(&repo);
    repo.commit("elsewhere", &[("b.txt", &lines(&[(3, "main")]))]);
    one.git(&["merge", "-q", "--no-commit", "--no-ff", "main"]);
    one.write("extra.txt", "only here\n");
    one.git(&["add", "-A"]);
    one.git(&["commit", "-q", "-m", "merge with more"]);
    repo.git(&["cherry-pick", "one~1~1", "one~1"]);
    assert!(!is_merged(&repo), "extra.txt is in no other commit");
}

#[test]
fn what_is_merged_is_nobodys_conflict_in_check_and_hooks() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = one(&repo);
    let two = repo.worktree("two");
    squash(&repo, "one");
    repo.commit("over it", &[("a.txt", &lines(&[(10, "later"), (20, "one")]))]);
    two.git(&["merge", "-q", "main"]);
    two.write("a.txt", lines(&[(10, "two"), (20, "one")]));
    two.tw(&["check"]).exits(0);
    two.git(&["add", "-A"]);
    two.tw(&["check", "--staged"]).exits(0);
    one.tw(&["check"]).exits(0);
}

#[test]
fn what_is_gone_is_archived_only_if_it_is_known_to_be_merged() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let gone = |top: &Repo| {
        repo.git(&["worktree", "remove", "--force", top.path("").to_str().unwrap()]);
        repo.git(&["branch", "-q", "-D", "one"]);
    };
    let top = one(&repo);
    repo.tw(&["complete", "one"]).exits(0);
    repo.tw(&["sync"]);
    gone(&top);
    repo.tw(&["sync"]);
    repo.tw(&["archive", "1-1"]).fails().complains("one is not merged into main");
    assert!(!repo.status()["ready_to_merge"].to_string().contains("one"));
    // the same commits are there, but the last synchronization did not see the merge
    repo.git(&["branch", "one", repo.yaml(STORY)["sessions"]["one"]["observed"]["head"].as_str().unwrap()]);
    squash(&repo, "one");
    repo.git(&["branch", "-q", "-D", "one"]);
    assert_eq!(registered(&repo)["merged"], true);
    repo.tw(&["sync"]);
    let observed = repo.yaml(STORY)["sessions"]["one"]["observed"].clone();
    assert_eq!((observed["merged"].as_bool(), observed["merged_as"].as_str()), (Some(true), Some("squash")));
    let file = repo.tracked(STORY);
    repo.tw(&["sync"]);
    assert_eq!(repo.tracked(STORY), file);
    repo.tw(&["archive", "1-1"]).exits(0);
}

#[test]
fn a_branch_without_commits_is_where_its_terminal_works() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["branch", "one"]);
    repo.tw(&["register", "--mode", "intra", "--story", "1-1-login", "--terminal", "one"]).exits(0);
    repo.commit("on", &[("b.txt", &lines(&[(3, "main")]))]);
    let answer = registered(&repo);
    assert_eq!(
        (&answer["linked"], &answer["merged"], text(&answer["branch"])),
        (&json!(true), &json!(false), "one")
    );
}

#[test]
fn ready_to_merge_follows_every_edit_at_once() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    one(&repo);
    let ready = || repo.yaml(STORY)["coordination"]["ready_to_merge"].as_bool();
    repo.tw(&["complete", "one"]).exits(0);
    assert_eq!(ready(), Some(true));
    repo.tw(&["register", "--mode", "intra", "--story", "1-1-login", "--terminal", "two"]).exits(0);
    assert_eq!(ready(), Some(false));
    repo.tw(&["unregister", "two"]).exits(0);
    assert_eq!(ready(), Some(true));
    repo.tw(&["update", "one", "--status", "in_progress"]).exits(0);
    assert_eq!(ready(), Some(false));
    repo.tw(&["update", "one", "--status", "completed"]).exits(0);
    assert_eq!(ready(), Some(true));
}
