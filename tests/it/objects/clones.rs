//! Clones that do not have everything: what cannot be read is unknown, never clean and never a conflict, and what needs
//! no look at it is as in a clone that has all.

use serde_json::Value;

use crate::cli::program::{flat, lines, messages, pair, text};
use crate::support::{Repo, Sandbox};

/// A clone without the contents of files but those of `main`, with these branches.
fn without_contents<'s>(full: &Repo<'s>, branches: &[&str]) -> Repo<'s> {
    full.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", full.top.display());
    let clone = Repo { sandbox: full.sandbox, top: full.sandbox.path("partial") };
    full.git(&["clone", "-q", "--filter=blob:none", &url, clone.top.to_str().unwrap()]);
    branches.iter().for_each(|name| drop(clone.git(&["branch", "-q", name, &format!("origin/{name}")])));
    clone
}

/// Two that conflict, and one that renames what both changed.
fn moved_away(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("full", &[("a", &lines(&[])), ("d/1", &lines(&[])), ("d/2", "2\n")]);
    for (name, line) in [("feat", 5), ("fix", 20)] {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        repo.commit(name, &[("a", &lines(&[(3, name)])), ("d/1", &lines(&[(line, name)]))]);
    }
    repo.git(&["checkout", "-q", "-b", "ren", "main"]);
    repo.git(&["mv", "d", "e"]);
    repo.git(&["commit", "-qm", "ren"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("d/2", "2\nnew\n")]);
    repo
}

#[test]
fn an_order_says_what_is_unknown_and_is_not_proven_then() {
    let sandbox = Sandbox::new();
    let full = moved_away(&sandbox);
    let clone = without_contents(&full, &["feat", "fix", "ren"]);
    let said = clone.tw(&["merge-order", "--explain", "ren"]).exits(1);
    for claim in ["proven", "would conflict", "would stop", "conflict (", "is cheaper", "hunk"] {
        assert!(!flat(&said.stdout).contains(claim), "{claim}: {said}");
    }
    assert!(
        flat(&said.stdout).contains("1 of 3 merges unknown, the best order as far as is known."),
        "{said}"
    );
    let order = clone.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(order["optimal"], false, "{order:#}");
    for cost in [&order["cost"], &order["baselines"][0]["cost"]] {
        assert_eq!([&cost["conflicts"], &cost["hunks"], &cost["unknown"]], [0, 0, 1], "{order:#}");
    }
    let report = clone.tw(&["report"]).exits(1).stdout;
    assert!(report.contains("3 merges, 1 merge unknown. As far as is known"), "{report}");
    let in_full = full.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!([&in_full["optimal"], &in_full["cost"]["hunks"]], [&Value::from(true), &Value::from(1)]);
    assert!(in_full["cost"]["unknown"].is_null(), "{in_full:#}");
}

#[test]
fn two_are_unknown_only_where_the_merge_of_both_is() {
    let sandbox = Sandbox::new();
    let clone = without_contents(&moved_away(&sandbox), &["feat", "fix", "ren"]);
    let status = clone.status();
    let verdict = |a: &str, b: &str| text(&pair(&status, a, b)["verdict"]).to_string();
    assert_eq!(verdict("feat", "fix"), "unknown", "{status:#}");
    assert_eq!([verdict("feat", "ren"), verdict("fix", "ren")], ["overlap"; 2], "{status:#}");
    assert!(!messages(&status).contains("whether feat and ren"), "{status:#}");
    let said = clone.tw(&["status"]).exits(1).stdout;
    let rows: Vec<&str> = said.lines().filter(|line| line.contains("(no session)")).collect();
    assert_eq!(rows.len(), 3, "{said}");
    assert!(rows.iter().all(|row| row.ends_with('-')), "nothing is uncommitted where no worktree is: {said}");
    clone.git(&["worktree", "add", "-q", "../own", "ren"]);
    let own = Repo { sandbox: &sandbox, top: sandbox.path("own") };
    let check = own.tw(&["check", "--format", "json"]).json();
    let unknown = |who: &str| {
        let mut met = check["encounters"].as_array().unwrap().iter();
        met.any(|one| one["terminal"]["id"] == who && one["meeting"] == "unknown")
    };
    assert!(!unknown("feat") && check["undecided"].as_array().is_none_or(Vec::is_empty), "{check:#}");
}
