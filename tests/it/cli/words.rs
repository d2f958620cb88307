//! What is said where nothing, or something else, is meant: each sentence is true and names what to do.

use super::program::{Said, flat, lines, said};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    repo.worktree("one").commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    repo
}

fn complaint(said: &Said) -> String {
    flat(&said.stderr)
}

#[test]
fn a_branch_that_is_merged_is_not_called_unknown() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["checkout", "-q", "-b", "feat"]);
    repo.commit("feat", &[("b.txt", "1\n")]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", "feat"]);
    let ways: [&[&str]; 9] = [
        &["merge", "feat", "--dry-run"],
        &["merge", "one", "feat", "--dry-run"],
        &["merge-order", "--only", "feat"],
        &["merge-order", "--exclude", "feat"],
        &["merge-order", "--explain", "feat"],
        &["verify", "feat", "--run", "true"],
        &["check", "--with", "feat"],
        &["check", "--terminal", "feat"],
        &["status", "--terminal", "feat"],
    ];
    for way in ways {
        let said = repo.tw(way).fails();
        let told = "error: feat is already merged into main: there is nothing left of it to merge";
        assert!(complaint(&said).starts_with(told), "{way:?}: {said}");
        // the worktree of the target can be checked
        if way[..2] != ["check", "--terminal"] {
            let of_target: Vec<&str> =
                way.iter().map(|word| if *word == "feat" { "main" } else { word }).collect();
            let said = repo.tw(&of_target).fails();
            assert!(complaint(&said).starts_with("error: main is the target, which"), "{way:?}: {said}");
        }
        let nobody: Vec<&str> = way.iter().map(|word| if *word == "feat" { "fea" } else { word }).collect();
        let said = repo.tw(&nobody).fails();
        assert!(!complaint(&said).contains("merged into"), "{way:?}: {said}");
    }
}

#[test]
fn what_is_about_a_run_that_has_begun_goes_with_nothing_that_begins_one() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for begun in ["--continue", "--skip", "--abort", "--undo", "--status"] {
        for (new, named) in [("one", "the names of terminals"), ("--all", "--all"), ("--time=1", "--time")] {
            let said = repo.tw(&["merge", new, begun]).fails();
            let expected =
                format!("error: {begun} is about the run that has begun; it cannot be used with {named}");
            assert!(complaint(&said).starts_with(&expected), "{said}");
            assert!(said.stderr.lines().count() < 4, "{said}");
        }
    }
}

#[test]
fn without_a_remote_no_choice_of_one_is_advised() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for way in [&["share", "pull"][..], &["share", "push", "--yes"]] {
        let said = repo.tw(way).fails();
        assert!(complaint(&said).contains("git remote add origin URL"), "{said}");
        assert!(!complaint(&said).contains("choose one"), "{said}");
    }
    for name in ["here", "there"] {
        repo.git(&["remote", "add", name, "../elsewhere"]);
    }
    let said = repo.tw(&["share", "pull"]).fails();
    assert!(complaint(&said).contains("2 remotes and none is called origin"), "{said}");
}

#[test]
fn a_time_that_is_none_is_refused_and_one_to_come_is_not_now() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for command in ["status", "sync", "log", "statusline"] {
        let said = repo.tw_at("bogus", &[command]).fails();
        assert!(complaint(&said).starts_with("error: TRACK_WORK_NOW=bogus is no time"), "{said}");
    }
    // a hook goes on
    repo.tw_at("bogus", &["hooks", "run", "pre-commit"]).exits(0);
    repo.git(&["commit", "-q", "--amend", "--no-edit", "--date", "2035-01-01T00:00:00Z"]);
    let mut git = sandbox.command(&repo.top);
    git.args(["commit", "-q", "--amend", "--no-edit"]).env("GIT_COMMITTER_DATE", "2035-01-01T00:00:00Z");
    assert!(git.status().unwrap().success());
    let said = repo.tw_at("2025-01-01T00:00:00Z", &["status"]);
    assert!(said.stdout.lines().next().unwrap().ends_with(", in 3652 days"), "{said}");
}

#[test]
fn a_misspelt_folder_is_not_made() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let register = ["register", "--mode", "inter", "--story", "1-1-a", "--terminal", "one"];
    let writing: [&[&str]; 7] = [
        &["sync"],
        &["sync", "--dry-run"],
        &register,
        &["update", "one", "--task", "x"],
        &["complete", "one"],
        &["unregister", "one"],
        &["archive", "1-1-a"],
    ];
    let reading: [&[&str]; 4] = [&["status"], &["merge-order"], &["log"], &["doctor"]];
    for command in reading.into_iter().chain(writing) {
        let said = repo.tw(&[&["--tracking-dir", "misspelt/folder"], command].concat());
        assert!(!repo.path("misspelt").exists(), "{command:?}");
        let is_told = [&said.stdout, &said.stderr].iter().any(|text| flat(text).contains("does not exist"));
        assert!(is_told, "{command:?}: {said}");
        assert_eq!(said.status == Some(2), writing.contains(&command), "{command:?}: {said}");
    }
    for command in [&["sync"][..], &register] {
        let mut by_variable = repo.program(command);
        said(by_variable.env("TRACK_WORK_DIR", "misspelt/folder")).fails();
        assert!(!repo.path("misspelt").exists());
    }
    repo.tw(&["--tracking-dir", "named", "init"]).exits(0);
    repo.tw(&["--tracking-dir", "named", "sync"]).exits(0);
    repo.tw(&[&["--tracking-dir", "named"], &register[..]].concat()).exits(0);
}

#[test]
fn a_tag_that_is_meant_in_place_of_a_branch_is_named() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["tag", "one", "main"]);
    let said = repo.tw(&["compare", "main", "one"]).exits(0);
    let told = "note: one is refs/tags/one here, as git takes it; the branch is refs/heads/one";
    assert!(complaint(&said).contains(told), "{said}");
    for plain in ["refs/tags/one", "refs/heads/one", "main"] {
        let said = repo.tw(&["compare", "main", plain]);
        assert!(!said.stderr.contains("note:"), "{plain}: {said}");
    }
}

#[test]
fn what_breaks_is_not_said_to_be_mergeable_at_any_point() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("lib.py", "def parse(text):\n    return text\n"), ("doc.md", "a\n")]);
    repo.worktree("first").commit("rename", &[("lib.py", "def parse_line(text):\n    return text\n")]);
    repo.worktree("second").commit("use", &[("use.py", "from lib import parse\n\nparse(1)\n")]);
    repo.worktree("third").commit("third", &[("doc.md", "b\n")]);
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let reason = |at: usize| order["steps"][at]["reason"].as_str().unwrap();
    assert_eq!([reason(0), reason(1)], ["its position changes nothing: it breaks at any"; 2], "{order:#}");
    assert_eq!(reason(2), "can be merged at any point", "{order:#}");
}
