//! Who can be merged, and who waits: said alike by all.

use serde_json::json;

use super::program::{findings, flat, lines, messages, text};
use crate::support::{Repo, Sandbox};

fn at<'s>(sandbox: &'s Sandbox, repo: &Repo, name: &str) -> Repo<'s> {
    Repo { sandbox, top: repo.worktree(name).top }
}

fn register(repo: &Repo, id: &str, story: &str, folder: &str) {
    let all = ["register", "--mode", "inter", "--story", story, "--terminal", id, "--worktree", folder];
    repo.tw(&all).exits(0);
}

#[test]
fn completed_terminals_that_wait_for_each_other_are_told_until_it_is_undone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let ids = ["terminal-1", "terminal-2", "terminal-3"];
    for (number, id) in (1..).zip(ids) {
        let work = at(&sandbox, &repo, &format!("w{number}"));
        register(&repo, id, &format!("1-{number}-x"), &format!("../w{number}"));
        work.commit(id, &[(&format!("{id}.txt"), "1\n")]);
    }
    for (id, needed) in [(ids[0], ids[1]), (ids[1], ids[2]), (ids[2], ids[0])] {
        repo.tw(&["update", id, "--blocked-by", needed]).exits(0);
    }
    for id in ids {
        repo.tw(&["complete", id]).exits(0).says_not("no longer waiting");
    }
    let circle = "terminal-1 → terminal-2 → terminal-3 → terminal-1";
    for asked in [&["status"][..], &["sync"], &["doctor"], &["merge-order"]] {
        let said = repo.tw(asked);
        assert!(flat(&said.stdout).contains(circle), "{asked:?}: {said}");
    }
    let answer = repo.status();
    assert_ne!(answer["next"]["command"], "track-work merge-order", "it has no step: {}", answer["next"]);
    repo.tw(&["archive", "1-1"]).fails().complains("from blocked_by");
    repo.tw(&["update", "terminal-1", "--blocked-by", ""]).exits(0);
    repo.tw(&["status"]).says_not("form a cycle");
    repo.tw(&["doctor"]).says_not("wait for each other");
}

#[test]
fn what_nobody_registered_is_not_called_ready_to_be_merged_before_who_is_at_work() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let [own, other] = ["own", "other"].map(|name| at(&sandbox, &repo, name));
    register(&repo, "mine", "1-1-a", "../own");
    own.commit("own", &[("a.txt", &lines(&[(3, "own")]))]);
    other.commit("other", &[("a.txt", &lines(&[(3, "other")]))]);
    let answer = repo.status();
    let found = findings(&answer, "merge_conflict");
    // neither can be merged yet
    let advice = text(&found[0]["suggestion"]);
    assert!(!advice.contains("merged yet") && !advice.contains("is ready"), "{}", messages(&answer));
    other.tw(&["check"]).says_not("you are ready to be merged");
    repo.tw(&["merge", "--dry-run"]).says("nobody says that it is done");
}

#[test]
fn the_branch_that_work_usually_goes_into_is_merged_elsewhere_only_if_it_is_named() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    repo.git(&["branch", "release"]);
    repo.commit("main", &[("a.txt", &lines(&[(1, "main")]))]);
    repo.git(&["worktree", "add", "-q", "-b", "work", "../work", "release"]);
    let work = Repo { sandbox: &sandbox, top: sandbox.path("work") };
    work.commit("work", &[("b.txt", "1\n")]);
    let order = |more: &[&str]| {
        repo.tw(&[&["--target", "release", "merge-order", "--format", "json"], more].concat()).json()
    };
    let names = |answer: &serde_json::Value| -> Vec<String> {
        answer["steps"].as_array().unwrap().iter().map(|step| text(&step["terminal"]).to_string()).collect()
    };
    let planned = order(&[]);
    assert_eq!(names(&planned), ["work"]);
    let left: Vec<_> =
        planned["left_out"].as_array().unwrap().iter().map(|one| one["terminal"].clone()).collect();
    assert_eq!(left, [json!("main")]);
    assert_eq!(names(&order(&["--only", "main"])), ["main"]);
    repo.tw(&["--target", "release", "merge", "--yes"]).exits(0).says("Made 1 merge");
    assert_eq!(repo.git(&["log", "--format=%s", "-1", "release^2"]), "work");
    // whoever registered a session there means it
    register(&repo, "mine", "1-1-a", ".");
    repo.commit("more", &[("c.txt", "1\n")]);
    repo.tw(&["complete", "mine"]);
    assert_eq!(names(&order(&[])), ["mine"]);
}

#[test]
fn what_is_being_resolved_is_told_once_for_all_who_changed_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let own = at(&sandbox, &repo, "own");
    own.commit("own", &[("a.txt", &lines(&[(3, "own")]))]);
    for name in ["one", "two", "three"] {
        at(&sandbox, &repo, name).commit(name, &[("a.txt", &lines(&[(8, name)]))]);
    }
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    assert!(!own.try_git(&["merge", "main"]).status.success());
    let answer = repo.status();
    let open = findings(&answer, "not_determined");
    let pairs: Vec<&str> =
        open.iter().map(|one| text(&one["message"])).filter(|one| one.starts_with("whether own")).collect();
    assert_eq!(
        pairs,
        ["whether own conflicts with one, three and two is unknown: a.txt: its conflict is not resolved yet"],
        "{}",
        messages(&answer)
    );
    let overlaps = findings(&answer, "file_overlap");
    assert!(overlaps.iter().all(|one| !text(&one["message"]).contains("own")), "{}", messages(&answer));
    // and nobody is forgotten where it is asked for
    let check = own.tw(&["check", "--format", "json"]).json();
    let met: Vec<&str> =
        check["encounters"].as_array().unwrap().iter().map(|one| text(&one["terminal"]["id"])).collect();
    assert_eq!(met, ["one", "three", "two"], "{check}");
}
