//! A commit that takes back what its own branch has by now: from an index that is older than the head.

use std::fs;

use crate::cli::program::{lines, text};
use crate::support::{Repo, Sandbox};

/// What would be taken back, as JSON has it.
#[track_caller]
fn taken_back(place: &Repo<'_>, args: &[&str]) -> Vec<String> {
    let report = place.tw(&[&["check", "--format", "json"], args].concat()).json();
    let paths = report["takes_back"]["paths"].as_array().cloned().unwrap_or_default();
    paths.iter().map(text).map(str::to_string).collect()
}

/// A branch that two worktrees have, in one of which somebody commits twice.
fn moved_elsewhere(sandbox: &Sandbox) -> [Repo<'_>; 2] {
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[])), ("c.txt", "c\n")]);
    repo.git(&["worktree", "add", "-q", "--force", "../other", "main"]);
    let other = Repo { sandbox, top: sandbox.path("other") };
    other.commit("one", &[("a.txt", &lines(&[(5, "five")])), ("new.txt", "new\n")]);
    other.commit("two", &[("b.txt", &lines(&[(9, "nine")]))]);
    [repo, other]
}

#[test]
fn what_another_worktree_committed_to_the_branch_is_not_taken_back_without_a_word() {
    let sandbox = Sandbox::new();
    let [repo, other] = moved_elsewhere(&sandbox);
    let before = repo.git(&["rev-parse", "--short", "HEAD~2"]);
    // a change of its own in a file that the other one changed too, and one in another file
    repo.write("b.txt", lines(&[(2, "two")]));
    repo.write("c.txt", "own\n");
    repo.git(&["add", "b.txt", "c.txt"]);
    assert_eq!(taken_back(&repo, &["--staged"]), ["a.txt", "b.txt", "new.txt"]);
    assert_eq!(taken_back(&repo, &[]), ["a.txt", "b.txt", "new.txt"]);
    let told = repo.tw(&["check", "--staged"]).exits(0);
    told.says("this commit takes back 2 commits that main has, in a.txt, b.txt and new.txt").says(&format!(
        "the files here are from {before}, and main, which other has checked out too, was moved"
    ));
    let hook = repo.tw(&["hooks", "run", "pre-commit"]).exits(0);
    hook.complains("this commit takes back 2 commits");
    // only some files
    repo.tw(&["check", "--fail-on", "warning"]).exits(1).says("to commit all of this takes back 2 commits");
    // where the other one works it is not so
    other.write("a.txt", lines(&[(5, "five"), (7, "seven")]));
    assert_eq!(taken_back(&other, &[]), [""; 0]);
    // what is advised loses nothing
    let report = repo.tw(&["check", "--staged", "--format", "json"]).json();
    let advice = text(&report["takes_back"]["advice"]).to_string();
    let command = &advice[..advice.find(" changes no file").unwrap()];
    assert!(repo.sh(command), "{command}");
    assert_eq!(taken_back(&repo, &["--staged"]), [""; 0]);
    repo.git(&["commit", "-qm", "own"]);
    repo.git(&["merge", "-q", "--no-edit", "main"]);
    assert_eq!(fs::read_to_string(repo.path("b.txt")).unwrap(), lines(&[(2, "two"), (9, "nine")]));
    assert_eq!(fs::read_to_string(repo.path("a.txt")).unwrap(), lines(&[(5, "five")]));
    assert_eq!(fs::read_to_string(repo.path("c.txt")).unwrap(), "own\n");
}

#[test]
fn an_index_that_was_brought_up_to_date_takes_nothing_back() {
    let sandbox = Sandbox::new();
    let [repo, _] = moved_elsewhere(&sandbox);
    // file by file, which git notes nowhere
    repo.git(&["checkout", "HEAD", "--", "."]);
    repo.write("a.txt", lines(&[(2, "two"), (5, "five")]));
    repo.git(&["add", "a.txt"]);
    assert_eq!(taken_back(&repo, &["--staged"]), [""; 0]);
    let hook = repo.tw(&["hooks", "run", "pre-commit"]).exits(0);
    assert_eq!((&hook.stdout[..], &hook.stderr[..]), ("", ""));
}

#[test]
fn whoever_undoes_work_where_it_was_committed_is_not_warned() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let place = repo.worktree("own");
    let silent = |place: &Repo<'_>, what: &str| {
        place.git(&["add", "-A"]);
        assert_eq!(taken_back(place, &["--staged"]), [""; 0], "{what}");
        let hook = place.tw(&["hooks", "run", "pre-commit"]).exits(0);
        assert_eq!((&hook.stdout[..], &hook.stderr[..]), ("", ""), "{what}");
        place.git(&["commit", "-q", "--allow-empty", "-m", what]);
    };
    place.commit("one", &[("a.txt", &lines(&[(10, "B")]))]);
    place.write("a.txt", lines(&[]));
    silent(&place, "by hand");
    place.commit("two", &[("a.txt", &lines(&[(20, "B")])), ("new.txt", "new\n")]);
    place.commit("three", &[("new.txt", "newer\n")]);
    place.git(&["checkout", "-q", "HEAD~2", "--", "a.txt"]);
    place.git(&["rm", "-q", "-f", "new.txt"]);
    silent(&place, "two commits");
    place.commit("four", &[("a.txt", &lines(&[(5, "B")]))]);
    place.git(&["commit", "-q", "--amend", "-m", "four, amended"]);
    place.write("a.txt", lines(&[]));
    silent(&place, "an amended commit");
    place.commit("five", &[("a.txt", &lines(&[(6, "B")]))]);
    place.commit("six", &[("a.txt", &lines(&[(7, "B")]))]);
    place.git(&["reset", "-q", "--soft", "HEAD~2"]);
    place.git(&["commit", "-qm", "both"]);
    place.write("a.txt", lines(&[]));
    silent(&place, "after a reset to an older commit");
    // what came from elsewhere is there with its files
    repo.commit("main", &[("a.txt", &lines(&[(15, "M")]))]);
    place.git(&["merge", "-q", "--no-edit", "main"]);
    place.write("a.txt", lines(&[]));
    silent(&place, "what was merged");
    // nobody notes anything, and no other worktree has the branch
    place.commit("seven", &[("a.txt", &lines(&[(8, "B")]))]);
    fs::remove_file(repo.path(".git/worktrees/own/logs/HEAD")).unwrap();
    place.write("a.txt", lines(&[(15, "M")]));
    place.git(&["add", "-A"]);
    place.write("a.txt", lines(&[]));
    silent(&place, "without a log");
}

#[test]
fn files_of_an_older_commit_are_told_where_git_notes_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[]))]);
    repo.commit("two", &[("a.txt", &lines(&[(5, "five")])), ("b.txt", &lines(&[(5, "five")]))]);
    let newest = repo.commit("three", &[("a.txt", &lines(&[(5, "five"), (8, "eight")]))]);
    // one of the files of a commit, or other lines of it: that is work like any other
    repo.git(&["checkout", "-q", "HEAD~2", "--", "b.txt"]);
    assert_eq!(taken_back(&repo, &["--staged"]), [""; 0]);
    repo.git(&["reset", "-q", "--hard"]);
    repo.write("a.txt", lines(&[(5, "five"), (9, "nine")]));
    repo.git(&["add", "a.txt"]);
    assert_eq!(taken_back(&repo, &["--staged"]), [""; 0]);
    // all of them
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    repo.git(&["reset", "-q", "--soft", &newest]);
    assert_eq!(taken_back(&repo, &["--staged"]), ["a.txt", "b.txt"]);
    let told = repo.tw(&["check", "--staged"]).exits(0);
    told.says("takes back 2 commits that main has, in a.txt and b.txt: these files are as they were before")
        .says("If that is meant, go on.");
    // what is reverted is meant
    repo.git(&["reset", "-q", "--hard", &newest]);
    repo.git(&["revert", "--no-commit", "HEAD"]);
    assert_eq!(taken_back(&repo, &["--staged"]), [""; 0]);
}
