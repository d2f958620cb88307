//! What `status` says of pairs and of drift, in lines of each terminal's own version.

use serde_json::{Value, json};

use crate::cli::program::{findings, lines};
use crate::support::Sandbox;

fn pair<'a>(status: &'a Value, a: &str, b: &str) -> &'a Value {
    status["pairs"].as_array().unwrap().iter().find(|pair| pair["a"] == a && pair["b"] == b).unwrap()
}

#[test]
fn lines_are_those_of_each_terminals_own_version() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("work", &[("f", &lines(&[(2, "a\nb\nc"), (20, "one")]))]);
    two.commit("work", &[("f", &lines(&[(20, "two\ntwo")]))]);
    // The target moves, so that nobody's lines are the merged target's.
    repo.commit("more", &[("f", &lines(&[(8, "x\ny\nz")]))]);
    let status = repo.status();
    let pair = pair(&status, "one", "two");
    assert_eq!(pair["verdict"], "conflict");
    assert_eq!(pair["paths"][0]["ranges_a"], json!([[22, 22]]));
    assert_eq!(pair["paths"][0]["ranges_b"], json!([[20, 21]]));
}

#[test]
fn drift_is_told_once_on_its_terminal_and_not_on_its_pairs() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", "g\n")]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("work", &[("f", &lines(&[(2, "a\nb"), (20, "one")]))]);
    two.commit("work", &[("g", "two\n")]);
    repo.commit("more", &[("f", &lines(&[(20, "main")]))]);
    let status = repo.status();
    let conflicts = findings(&status, "merge_conflict");
    assert_eq!(conflicts.len(), 1, "{status:#}");
    assert_eq!(conflicts[0]["terminals"], json!(["one"]));
    assert_eq!(conflicts[0]["evidence"]["drift"], true);
    assert_eq!(conflicts[0]["evidence"]["ranges_a"], json!([[21, 21]]), "the terminal's lines");
    assert_eq!(conflicts[0]["evidence"]["ranges_b"], json!([[20, 20]]), "the target's lines");
    assert_eq!(pair(&status, "one", "two")["verdict"], "disjoint");
}

#[test]
fn a_conflict_that_needs_uncommitted_work_is_told_apart() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("work", &[("f", &lines(&[(20, "one")]))]);
    two.write("f", lines(&[(20, "two")]));
    let status = repo.status();
    let pair = pair(&status, "one", "two");
    assert_eq!((&pair["verdict"], &pair["committed"]), (&json!("conflict"), &json!("disjoint")));
    assert_eq!(findings(&status, "merge_conflict")[0]["evidence"]["committed"], false);
}

#[test]
fn an_overlap_that_merges_cleanly_is_information_and_says_how_near_it_is() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    for (name, line) in [("one", 3), ("two", 6), ("three", 29)] {
        repo.worktree(name).commit("work", &[("f", &lines(&[(line, name)]))]);
    }
    let status = repo.status();
    assert!(findings(&status, "file_overlap").iter().all(|finding| finding["severity"] == "info"));
    let near = pair(&status, "one", "two");
    assert_eq!((&near["verdict"], &near["paths"][0]["nearness"]), (&json!("overlap"), &json!("near")));
    assert_eq!(near["paths"][0]["gap"], 2);
    assert_eq!(pair(&status, "one", "three")["paths"][0]["nearness"], "apart");
}

#[test]
fn renames_are_followed_on_both_sides_of_a_pair() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("old", &lines(&[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.git(&["mv", "old", "new"]);
    one.git(&["commit", "-qm", "rename"]);
    two.commit("work", &[("old", &lines(&[(20, "two")]))]);
    let clean = repo.status();
    let seen = pair(&clean, "one", "two");
    assert_eq!(
        (&seen["verdict"], &seen["paths"][0]["kind"]),
        (&json!("overlap"), &json!("overlap")),
        "{seen:#}"
    );
    one.write("new", lines(&[(20, "one")]));
    let status = repo.status();
    let seen = pair(&status, "one", "two");
    assert_eq!(seen["verdict"], "conflict");
    assert_eq!(seen["paths"][0]["path"], "new");
}
