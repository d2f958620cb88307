//! One branch that several worktrees have checked out is merged once, and not before all who work on it have ended.

use serde_json::{Value, json};

use super::program::{lines, terminal, text};
use crate::support::{Repo, Sandbox};

/// `one` and `again` work on the branch `one`, each in a worktree of its own, `other` elsewhere.
fn twice(sandbox: &Sandbox) -> (Repo<'_>, [Repo<'_>; 3]) {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), (".gitignore", ".system/\n")]);
    let (one, other) = (repo.worktree("one"), repo.worktree("other"));
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    other.commit("other", &[("a.txt", &lines(&[(3, "other")]))]);
    let again = repo.worktree_at(&sandbox.path("again"), &["--force"]);
    again.git(&["switch", "-q", "--ignore-other-worktrees", "one"]);
    for (id, story) in [("one", "1-1-x"), ("again", "1-1-x"), ("other", "1-2-y")] {
        let folder = format!("../{id}");
        let args = ["register", "--mode", "intra", "--story", story, "--terminal", id, "--focus", id];
        repo.tw(&[&args[..], &["--worktree", &folder]].concat()).exits(0);
    }
    let [one, other, again] = [one, other, again].map(|work| Repo { sandbox, top: work.top });
    (repo, [one, again, other])
}

fn steps(order: &Value) -> Vec<(String, bool)> {
    let steps = order["steps"].as_array().unwrap().iter();
    steps.map(|step| (text(&step["command"]).to_string(), step["ready"] == true)).collect()
}

#[test]
fn a_branch_of_two_worktrees_is_merged_once_all_have_ended() {
    let sandbox = Sandbox::new();
    let (repo, [one, again, other]) = twice(&sandbox);
    let order = || repo.tw(&["merge-order", "--format", "json"]).json();
    repo.tw(&["complete", "one"]).exits(0).says("the status of again is in progress");
    let merge = "git merge --no-ff one".to_string();
    let planned = order();
    assert!(steps(&planned).contains(&(merge.clone(), false)), "{planned:#}");
    assert_eq!(steps(&planned).len(), 2, "{planned:#}");
    let step = planned["steps"].as_array().unwrap().iter().find(|step| step["branch"] == "one").unwrap();
    assert_eq!((&step["terminal"], &step["also"]), (&json!("again"), &json!(["one"])));
    repo.tw(&["status"]).says_not("ready to merge").says_not("Ready to merge");
    repo.tw(&["merge", "--yes"]).says_not("Merged");
    // both go before or after the other one
    let first = |work: &Repo| {
        let answer = work.tw(&["check", "--format", "json"]).exits(1).json();
        answer["encounters"][0]["first"]["who"].clone()
    };
    assert_eq!(first(&one), first(&again));
    assert_ne!(first(&one), first(&other));
    repo.tw(&["complete", "again"]).exits(0);
    assert!(steps(&order()).contains(&(merge, true)), "{:#}", order());
    repo.tw(&["status"]).says("1 ready to merge").says("Ready to merge: Story 1-1 (again, one)");
    // what one of them has not committed keeps both from being ready
    again.write("b.txt", "1\n");
    assert!(steps(&order()).iter().all(|(_, ready)| !ready), "{:#}", order());
    repo.tw(&["status"]).says("again has 1 file uncommitted").says_not("1 ready to merge");
    again.remove("b.txt");
    repo.tw(&["merge", "--yes"]).exits(0);
    let status = repo.status();
    for id in ["one", "again"] {
        assert_eq!(terminal(&status, id)["merged"], true, "{status:#}");
    }
    assert_eq!(steps(&order()).len(), 1);
}

#[test]
fn a_second_worktree_without_a_session_holds_nobody_up() {
    let sandbox = Sandbox::new();
    let (repo, [_, again, _]) = twice(&sandbox);
    repo.tw(&["unregister", "again"]).exits(0);
    again.write("b.txt", "1\n");
    repo.tw(&["complete", "one"]).exits(0);
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(steps(&order)[0], ("git merge --no-ff one".to_string(), true), "{order:#}");
    assert_eq!(steps(&order).len(), 2, "{order:#}");
    repo.tw(&["merge", "--dry-run", "one"]).says("1  one");
    repo.tw(&["merge", "--yes", "one"]).exits(0);
}

/// The branch of somebody whose worktree is detached at its commit is left out, as one merge brings both.
#[test]
fn what_is_left_out_as_the_same_commits_is_not_said_to_wait() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), (".gitignore", ".system/\n")]);
    let [one, other] = ["one", "other"].map(|name| Repo { sandbox: &sandbox, top: repo.worktree(name).top });
    for (name, work) in [("one", &one), ("other", &other)] {
        work.commit(name, &[("a.txt", &lines(&[(3, name)]))]);
    }
    let args =
        ["register", "--mode", "intra", "--story", "1-1-x", "--terminal", "one", "--worktree", "../one"];
    repo.tw(&args).exits(0);
    one.git(&["checkout", "-q", "--detach"]);
    repo.tw(&["merge-order"]).says("the same commits as one");
    repo.tw(&["status"]).exits(1).says_not("cannot be merged yet");
    other.tw(&["check"]).exits(1).says_not("cannot be merged yet");
}
