//! What is lost or moved with its folder is told in every output, with the way back.

use std::fs;

use super::program::{findings, flat, lines, messages, pairs, terminal, text};
use crate::support::{Repo, Sandbox};

#[test]
fn merged_work_that_the_target_loses_again_is_told_with_the_way_back() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let before = repo.git(&["rev-parse", "HEAD"]);
    let one = repo.worktree("one");
    let register = ["register", "--mode", "inter", "--story", "1-1-a", "--terminal", "terminal-1"];
    repo.tw(&[&register[..], &["--worktree", "../one"]].concat()).exits(0);
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    let lost = one.git(&["rev-parse", "HEAD"]);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    repo.git(&["merge", "-q", "--squash", "one"]);
    repo.git(&["commit", "-qm", "squash"]);
    repo.tw(&["sync"]);
    repo.git(&["worktree", "remove", "../one"]);
    repo.git(&["branch", "-qD", "one"]);
    repo.tw(&["sync"]);
    repo.tw(&["status"]).says_not("lost").says_not("bring them back");
    repo.git(&["reset", "-q", "--hard", &before]);
    repo.tw(&["sync"]);
    let back = format!("git branch one {lost}");
    for asked in [&["status"][..], &["sync"], &["merge-order"], &["doctor"]] {
        let said = repo.tw(asked);
        assert!(flat(&said.stdout).contains(&back), "{asked:?}: {said}");
    }
    let answer = repo.status();
    let found = findings(&answer, "tracking");
    assert!(found.iter().any(|one| text(&one["suggestion"]).contains(&back)), "{}", messages(&answer));
    assert_eq!(answer["next"]["command"], back, "{}", answer["next"]);
    repo.git(&["branch", "one", &lost]);
    repo.tw(&["status"]).says_not("bring them back");
}

/// A repository and two worktrees in a folder, with a conflict that rests on what one has not committed.
fn moved(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("real/shop", &[("a.txt", &lines(&[]))]);
    let at = |name: &str| repo.worktree_at(&sandbox.path(&format!("real/{name}")), &["-b", name]);
    let [one, two] = ["one", "two"].map(at);
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    two.write("a.txt", lines(&[(3, "two")]));
    for (id, folder) in [("terminal-1", "../one"), ("terminal-2", "../two")] {
        let story = format!("1-{}-a", &id[9..]);
        repo.tw(&["register", "--mode", "inter", "--story", &story, "--terminal", id, "--worktree", folder])
            .exits(0);
    }
    assert_eq!(pairs(&repo.status()), ["terminal-1 terminal-2 conflict"]);
    fs::rename(sandbox.path("real"), sandbox.path("new")).unwrap();
    Repo { sandbox, top: sandbox.path("new/shop") }
}

#[test]
fn a_folder_that_was_moved_with_the_repository_is_found_again() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("real")).unwrap();
    let repo = moved(&sandbox);
    let answer = repo.status();
    // nothing is said to be clean that was not looked at
    assert_eq!(pairs(&answer), ["terminal-1 terminal-2 unknown"], "{}", messages(&answer));
    let repair =
        |name: &str| format!("git worktree repair {}", sandbox.path(&format!("new/{name}")).display());
    for (id, name) in [("terminal-1", "one"), ("terminal-2", "two")] {
        assert_eq!(terminal(&answer, id)["next"]["command"], repair(name));
    }
    let said = repo.tw(&["status"]).exits(1).says_not("prune").says_not("track-work update");
    assert!(said.stdout.contains("was moved to"), "{said}");
    repo.tw(&["doctor"]).says(&repair("two")).says_not("prune");
    for name in ["one", "two"] {
        repo.git(&["worktree", "repair", sandbox.path(&format!("new/{name}")).to_str().unwrap()]);
    }
    assert_eq!(pairs(&repo.status()), ["terminal-1 terminal-2 conflict"]);
}

#[test]
fn a_folder_of_another_repository_is_not_taken_for_a_moved_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let one = repo.worktree("one");
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    fs::create_dir(sandbox.path("else")).unwrap();
    let other = sandbox.repo("else/shop", &[("a.txt", &lines(&[]))]);
    fs::remove_dir_all(&one.top).unwrap();
    other.git(&["worktree", "add", "-q", one.top.to_str().unwrap(), "-b", "one"]);
    repo.tw(&["status"]).says_not("was moved to");
}

#[test]
fn worktrees_of_a_repository_that_moved_are_found_by_what_doctor_prints() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let tops = ["one", "two"].map(|name| repo.worktree(name).top);
    fs::rename(&repo.top, sandbox.path("moved")).unwrap();
    let repo = Repo { sandbox: &sandbox, top: sandbox.path("moved") };
    repo.tw(&["status"]).exits(1).says("git worktree repair");
    let told = repo.tw(&["doctor"]).exits(1).says_not("prune");
    for top in tops {
        let repair = format!("git worktree repair {}", top.display());
        assert!(flat(&told.stdout).contains(&repair), "{told}");
        assert!(repo.sh(&repair));
    }
    repo.tw(&["status"]).exits(0);
    repo.tw(&["doctor"]).says("3 worktrees readable");
}

/// Two stories of one name that have lost their worktree are told apart.
#[test]
fn stories_of_one_name_that_have_no_place_are_told_apart() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let one = repo.worktree("one");
    for story in ["1-1-a", "1-2-b"] {
        let of = ["--story", story, "--terminal", "t", "--worktree", "../one"];
        repo.tw(&[&["register", "--mode", "intra"], &of[..]].concat()).exits(0);
    }
    repo.git(&["worktree", "remove", one.top.to_str().unwrap()]);
    repo.git(&["branch", "-D", "one"]);
    // no two findings are the same
    let told = messages(&repo.status());
    assert!(told.contains("t (story 1-1): worktree") && told.contains("t (story 1-2): worktree"), "{told}");
    let first = findings(&repo.status(), "not_determined")[0]["suggestion"].to_string();
    let command = first.split(" if it is merged").next().unwrap().trim_start_matches('"').to_string();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    repo.tw(&words).exits(0);
}
