//! Worktrees that were deleted or moved by hand: their commits count, once, in every command; and what is said to
//! be run puts it right.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::program::{findings, flat, lines, messages, pair, pairs, said, scrubbed, terminal, text};
use crate::support::{Repo, Sandbox};

/// Two worktrees whose commits conflict; there is uncommitted work in `other` too.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    for name in ["good", "other"] {
        repo.worktree(name).commit(name, &[("a.txt", &lines(&[(3, name)]))]);
    }
    Repo { sandbox, top: sandbox.path("other") }.write("b.txt", "lost\n");
    repo
}

fn delete(sandbox: &Sandbox, name: &str) {
    fs::remove_dir_all(sandbox.path(name)).unwrap();
}

/// Runs a printed command as a person would who pastes it.
#[track_caller]
fn run(repo: &Repo, command: &str) {
    let folder = Path::new(env!("CARGO_BIN_EXE_track-work")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut shell = scrubbed(&repo.sandbox.path("home"), &repo.top, Command::new("sh"));
    let said = said(shell.args(["-c", command]).env("PATH", path));
    assert_eq!(said.status, Some(0), "{command}: {said}");
}

/// What is said of folders that do not exist.
fn told(answer: &Value) -> Vec<String> {
    let found = findings(answer, "not_determined").into_iter();
    let found = found.filter(|finding| text(&finding["message"]).contains("does not exist"));
    found.map(|finding| format!("{} {}", text(&finding["severity"]), text(&finding["message"]))).collect()
}

#[test]
fn a_worktree_that_was_deleted_is_judged_by_its_commits() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    delete(&sandbox, "other");
    let said =
        repo.tw(&["status", "-v"]).exits(1).says_not("not determined").says("branch other, no worktree");
    said.says("other does not exist; only its commits count").says("git worktree prune");
    let answer = repo.status();
    assert_eq!(pairs(&answer), ["good other conflict"]);
    let other = terminal(&answer, "other");
    assert_eq!((other["ahead"].as_u64(), other["uncommitted"]["paths"].as_u64()), (Some(1), Some(0)));
    assert_eq!((text(&other["branch"]), other.get("worktree")), ("other", None));
    let [warned] = &told(&answer)[..] else { panic!("{}", messages(&answer)) };
    assert!(warned.starts_with("warning other: its folder "), "{warned}");
    repo.tw(&["check", "--terminal", "good"]).exits(1).says("other");
    repo.tw(&["compare", "good", "other"]).exits(1);
    repo.tw(&["merge-order"]).says("git merge --no-ff other");
    repo.git(&["worktree", "prune"]);
    let pruned = repo.status();
    assert_eq!((pairs(&pruned), told(&pruned).len()), (pairs(&answer), 0));
}

#[test]
fn a_session_keeps_its_worktree_that_was_deleted() {
    for link in [&["--worktree", "../other"][..], &["--worktree", "other"], &["--branch", "other"], &[]] {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        let id = if link.is_empty() { "other" } else { "mine" };
        let register = ["register", "--mode", "intra", "--story", "1-2-login", "--terminal", id];
        repo.tw(&["init"]).exits(0);
        repo.tw(&[&register, link].concat()).exits(0);
        delete(&sandbox, "other");
        for _ in 0..2 {
            let answer = repo.status();
            let ids: Vec<&str> =
                answer["terminals"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
            assert_eq!(ids, ["good", id], "{link:?}");
            assert_eq!(terminal(&answer, id)["ahead"], 1, "{link:?}");
            repo.tw(&["sync"]).exits(1);
        }
        repo.git(&["worktree", "prune"]);
        assert_eq!(terminal(&repo.status(), id)["ahead"], 1, "{link:?}");
    }
}

#[test]
fn a_detached_or_rebased_worktree_that_was_deleted() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let good = Repo { sandbox: &sandbox, top: sandbox.path("good") };
    let other = Repo { sandbox: &sandbox, top: sandbox.path("other") };
    other.git(&["switch", "-q", "--detach"]);
    let head = other.commit("detached", &[("a.txt", &lines(&[(3, "more")]))]);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    good.try_git(&["rebase", "main"]);
    for name in ["good", "other"] {
        delete(&sandbox, name);
    }
    let answer = repo.status();
    assert_eq!(text(&terminal(&answer, "good")["head"]), repo.git(&["rev-parse", "good"]));
    assert_eq!(terminal(&answer, "good").get("under_way"), None);
    assert_eq!(text(&terminal(&answer, "other")["head"]), head);
    assert_eq!(terminal(&answer, "other")["ahead"], 2);
    assert_eq!(told(&answer).len(), 2);
}

#[test]
fn a_branch_of_several_worktrees_is_one_terminal() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["init"]).exits(0);
    let register = ["register", "--mode", "intra", "--story", "1-2-login", "--terminal", "mine"];
    repo.tw(&[&register[..], &["--worktree", "../other"]].concat()).exits(0);
    let only = |id: &str, number: usize| {
        let answer = repo.status();
        let terminals = answer["terminals"].as_array().unwrap();
        assert_eq!(terminals.len(), 2, "{answer:#}");
        assert_eq!((terminal(&answer, id)["ahead"].as_u64(), told(&answer).len()), (Some(1), number));
        answer
    };
    delete(&sandbox, "other");
    repo.git(&["worktree", "add", "-q", "-f", "../again", "other"]);
    let answer = only("mine", 1);
    assert_eq!(text(&terminal(&answer, "mine")["worktree"]), sandbox.path("again").to_str().unwrap());
    delete(&sandbox, "again");
    only("mine", 2);
    // The main worktree may have it too.
    repo.git(&["switch", "-q", "--ignore-other-worktrees", "other"]);
    let answer = repo.tw(&["status", "--target", "main", "--format", "json"]).json();
    assert_eq!(answer["terminals"].as_array().unwrap().len(), 2, "{answer:#}");
}

#[test]
fn a_worktree_that_was_moved_by_hand_is_seen_from_inside() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    fs::rename(sandbox.path("other"), sandbox.path("moved")).unwrap();
    let moved = Repo { sandbox: &sandbox, top: sandbox.path("moved") };
    let inside = moved.status();
    let other = inside["terminals"].as_array().unwrap().iter().find(|one| one["branch"] == "other").unwrap();
    assert_eq!(other["uncommitted"]["paths"], 1, "{other:#}");
    moved.tw(&["check"]).exits(1).says("a.txt");
    assert_eq!(told(&repo.status()).len(), 1);
    repo.git(&["worktree", "repair", "../moved"]);
    assert_eq!(told(&repo.status()).len(), 0);
    assert_eq!(terminal(&repo.status(), "moved")["uncommitted"]["paths"], 1);
}

#[test]
fn a_target_whose_worktree_was_deleted_is_checked_out_anew() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["worktree", "add", "-q", "-b", "dev", "../dev"]);
    delete(&sandbox, "dev");
    let answer = repo.tw(&["merge-order", "--target", "dev", "--format", "json"]).json();
    run(&repo, text(&answer["before"]));
    assert_eq!(repo.git(&["branch", "--show-current"]), "dev", "{answer:#}");
}

#[test]
fn the_command_for_a_broken_link_mends_it() {
    for link in ["worktree: ../vanished", "worktree: vanished", "branch: vanished", "focus: api"] {
        for free in [Some("other"), Some("a branch"), None] {
            let sandbox = Sandbox::new();
            let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
            repo.track(
                "story-1-2-sessions.yaml",
                format!("story_id: \"1-2-login\"\nsessions:\n  mine:\n    status: in_progress\n    {link}\n"),
            );
            match free {
                Some("other") => {
                    _ = repo.worktree("other").commit("w", &[("a.txt", &lines(&[(3, "other")]))])
                }
                Some(_) => {
                    repo.worktree("other").commit("w", &[("a.txt", &lines(&[(3, "other")]))]);
                    repo.git(&["worktree", "remove", "--force", "../other"]);
                }
                None => {}
            }
            let before = repo.status();
            assert_eq!(terminal(&before, "mine")["linked"], false, "{link} {free:?}");
            let command = text(&terminal(&before, "mine")["next"]["command"]).to_string();
            let suggestions =
                before["findings"].as_array().unwrap().iter().map(|one| text(&one["suggestion"]));
            assert!(suggestions.clone().any(|said| said.ends_with(&command)), "{command}\n{before:#}");
            let doctor = repo.tw(&["doctor", "--format", "json"]).json().to_string();
            assert!(doctor.contains(&command), "{command}\n{doctor}");
            repo.tw(&["check", "--terminal", "mine"]).fails().complains(&command);
            run(&repo, &command);
            let after = repo.status();
            let mine = terminal(&after, "mine");
            assert_eq!(mine["linked"], true, "{link} {free:?}: {command}\n{after:#}");
            assert_eq!(mine["ahead"].as_u64(), Some(u64::from(free.is_some())), "{link}: {command}");
            assert_eq!(findings(&after, "not_determined").len(), 0, "{link}: {command}\n{after:#}");
            let said = repo.tw(&["sync"]).exits(0);
            said.says_not("is registered with branch").says_not("does not exist");
        }
    }
}

#[test]
fn several_places_that_can_be_meant_are_all_named() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(
        "story-1-2-sessions.yaml",
        "story_id: \"1-2-login\"\nsessions:\n  mine:\n    branch: \"gone\"\n",
    );
    let answer = repo.status();
    let next = &terminal(&answer, "mine")["next"];
    assert_eq!(next.get("command"), None, "{next}");
    for name in ["good", "other"] {
        let command = format!("track-work update mine --worktree ../{name} --branch ''");
        assert!(text(&next["what"]).contains(&command), "{next}");
        run(&repo, &command);
        assert_eq!(text(&terminal(&repo.status(), "mine")["branch"]), name);
    }
}

/// The advice brings the last commit back, and git goes on from there; a merge into a branch without commits cannot.
#[test]
fn a_branch_that_is_deleted_while_it_is_checked_out_is_brought_back() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n"), ("b.txt", "b\n")]);
    let work = repo.worktree("work");
    repo.tw(&["init"]).exits(0);
    let register =
        ["register", "--mode", "inter", "--story", "1-1-a", "--terminal", "work", "--worktree", "../work"];
    repo.tw(&register).exits(0);
    work.commit("work", &[("a.txt", "work\n")]);
    let last = work.git(&["rev-parse", "HEAD"]);
    work.write("b.txt", "not committed\n");
    repo.git(&["update-ref", "-d", "refs/heads/work"]);
    repo.commit("main", &[("a.txt", "main\n")]);
    let top = work.top.display();
    let command = format!("git -C {top} branch work {}", &last[..7]);
    for args in [&["status"][..], &["check", "--terminal", "work"], &["sync"]] {
        let said = flat(&repo.tw(args).stdout);
        assert!(said.contains(&format!("If work was deleted, {command} brings it back")), "{args:?}: {said}");
        for vain in ["merge main", "Commit the uncommitted", "git commit", "commit -m"] {
            assert!(!said.contains(vain), "{args:?}: {vain}: {said}");
        }
    }
    let said = flat(&work.tw(&["check"]).stdout);
    assert!(said.contains("If work was deleted, git branch work"), "{said}");
    assert!(repo.sh(&command));
    assert_eq!(work.git(&["rev-parse", "HEAD"]), last);
    assert_eq!(work.git(&["status", "--porcelain"]), " M b.txt");
    assert!(!flat(&repo.tw(&["status"]).stdout).contains("was deleted"));
    // a new branch without commits has nothing to bring back
    repo.git(&["worktree", "add", "-q", "--orphan", "-b", "fresh", "../fresh"]);
    assert!(!flat(&repo.tw(&["status"]).stdout).contains("was deleted"));
}

/// Without commits, all files there are its own work: it meets whoever changed any of them, in every output, also where one of
/// its files cannot be read.
#[test]
fn who_has_no_commits_meets_all_who_changed_a_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n2\n3\n"), ("b.txt", "b\n"), ("d.txt", "d\n")]);
    repo.git(&["config", "filter.lost.clean", "nosuch-filter"]);
    repo.git(&["config", "filter.lost.required", "true"]);
    let [gone, other] = ["gone", "other"].map(|name| repo.worktree(name));
    gone.commit("gone", &[("b.txt", "gone\n")]);
    repo.commit("on", &[("c.txt", "c\n")]);
    other.write("a.txt", "1\nother\n3\n");
    gone.write(".gitattributes", "d.txt filter=lost\n");
    repo.git(&["update-ref", "-d", "refs/heads/gone"]);
    let answer = repo.status();
    assert_eq!(pair(&answer, "gone", "other")["verdict"], "conflict", "{answer:#}");
    for place in [&gone, &other] {
        place.tw(&["check"]).exits(1).says("a.txt add/add");
        place.tw(&["statusline", "--max-age", "0"]).says("conflicts with");
    }
}
