//! A target that is named by a word which means something else in each worktree, or by a commit: what is told to be typed in
//! another worktree, or later, means the same there.

use serde_json::Value;

use super::program::{flat, lines, messages};
use crate::support::{Repo, Sandbox};

/// `one` and `two` change the same line.
fn shop(sandbox: &Sandbox) -> (Repo<'_>, [Repo<'_>; 2]) {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let places = ["one", "two"].map(|name| {
        let place = Repo { sandbox, top: sandbox.path(name) };
        repo.git(&["worktree", "add", "-q", "-b", name, place.top.to_str().unwrap()]);
        place.commit(name, &[("a.txt", &lines(&[(5, name)]))]);
        place
    });
    (repo, places)
}

/// The command that stands in brackets after `Update two from`.
fn update_of(said: &str) -> String {
    let said = flat(said);
    let (_, rest) = said.split_once("Update two from").unwrap_or_else(|| panic!("{said}"));
    let (_, command) = rest.split_once('(').unwrap();
    command.split_once(')').unwrap().0.to_string()
}

#[test]
fn the_update_that_is_told_merges_what_the_target_is_here() {
    for asked in ["HEAD", "@", "one", "HEAD~0", "@{-1}", "ORIG_HEAD", "hash", "short", "tag", "bisect/here"] {
        let sandbox = Sandbox::new();
        let (_, [one, two]) = shop(&sandbox);
        let head = one.git(&["rev-parse", "HEAD"]);
        one.git(&["checkout", "-q", "--detach"]);
        one.git(&["checkout", "-q", "one"]);
        one.git(&["update-ref", "ORIG_HEAD", &head]);
        one.git(&["update-ref", "refs/bisect/here", &head]);
        one.git(&["tag", "v1"]);
        if asked == "@{-1}" {
            one.git(&["checkout", "-q", "-b", "other", "main"]);
        }
        let short = one.git(&["rev-parse", "--short", &head]);
        let asked = match asked {
            "hash" => &head,
            "short" => &short,
            "tag" => "v1",
            asked => asked,
        };
        let said = one.tw(&["status", "--target", asked]).exits(1);
        assert!(two.sh(&format!("! {} >/dev/null 2>&1", update_of(&said.stdout))), "{asked}: {said}");
        assert_eq!(two.git(&["rev-parse", "MERGE_HEAD"]), head, "{asked}: {said}");
    }
}

#[test]
fn a_word_for_a_branch_is_told_as_that_branch() {
    let sandbox = Sandbox::new();
    let (repo, [one, _]) = shop(&sandbox);
    for asked in ["HEAD", "@", "refs/heads/one", "heads/one"] {
        let answer = one.tw(&["status", "--target", asked, "--format", "json"]).exits(1).json();
        assert_eq!(answer["target"]["name"], Value::from("one"), "{asked}: {}", messages(&answer));
        let order = one.tw(&["merge-order", "--target", asked]);
        order.says("one").says_not("into HEAD").says_not("is not checked out anywhere");
    }
    // where other commands are told, they are about the same target in any folder
    repo.tw(&["status", "--target", "HEAD"]).says_not("--target HEAD");
    // a name that means the same everywhere stays as it was asked for
    let answer = one.tw(&["status", "--target", "one~1", "--format", "json"]).json();
    assert_eq!(answer["target"]["name"], Value::from("one~1"));
}

#[test]
fn a_main_worktree_without_a_branch_is_where_merges_are_made() {
    let sandbox = Sandbox::new();
    let (repo, [_, two]) = shop(&sandbox);
    repo.git(&["checkout", "-q", "--detach"]);
    repo.git(&["branch", "-q", "-D", "main"]);
    repo.tw(&["merge-order"]).exits(1).says("git merge --no-ff one").says_not("is not checked out anywhere");
    let said =
        repo.tw(&["status"]).exits(1).says("one first").says("Then update two from main-worktree/HEAD");
    assert!(!said.stdout.contains("merge main-worktree"), "{said}");
    // what is told to be done after the first merge
    assert!(repo.sh("git merge -q --no-ff --no-edit one"));
    let said = repo.tw(&["status"]).exits(1);
    let update = update_of(&said.stdout);
    assert!(two.sh(&format!("! {update} >/dev/null 2>&1")), "{said}");
    assert_eq!(two.git(&["rev-parse", "MERGE_HEAD"]), repo.git(&["rev-parse", "HEAD"]), "{said}");
    two.git(&["merge", "--abort"]);
    assert!(two.sh("! git merge main-worktree/HEAD >/dev/null 2>&1"));
    assert_eq!(two.git(&["rev-parse", "MERGE_HEAD"]), repo.git(&["rev-parse", "HEAD"]));
}

#[test]
fn a_commit_does_not_move_so_nobody_is_told_to_update_from_it_later() {
    let sandbox = Sandbox::new();
    let (repo, _) = shop(&sandbox);
    repo.git(&["tag", "v1", "main"]);
    for asked in ["main~0", "v1"] {
        let said = repo.tw(&["status", "--target", asked]).exits(1);
        said.says("Then update two from that merge.").says_not(&format!("update two from {asked}"));
    }
    repo.tw(&["status"]).exits(1).says("Then update two from main.");
}

#[test]
fn the_first_commit_of_a_branch_without_history_is_told_how_it_is_merged() {
    let sandbox = Sandbox::new();
    let (repo, _) = shop(&sandbox);
    let other = repo.worktree_at(&sandbox.path("other"), &["--orphan", "-b", "other"]);
    other.write("a.txt", "other\n");
    other.git(&["add", "a.txt"]);
    for args in [&["check"][..], &["check", "--staged"]] {
        let said = other.tw(args).exits(1).says("git merge --allow-unrelated-histories main");
        said.says("main has also changed this in a history of its own").says_not("since you branched off");
    }
    other.git(&["commit", "-q", "-m", "other"]);
    let said = other.tw(&["check"]).exits(1).says("git merge --allow-unrelated-histories main");
    said.says_not("since you branched off");
    assert!(other.sh("! git merge --allow-unrelated-histories main >/dev/null 2>&1"));
    assert_eq!(other.git(&["diff", "--name-only", "--diff-filter=U"]), "a.txt");
}
