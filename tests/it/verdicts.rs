//! What `status` says of pairs and of drift, in lines of each terminal's own version.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cli::program::{findings, lines, pair};
use crate::support::{Sandbox, Whims, seeds};

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

/// 40 lines without these.
fn without(gone: std::ops::RangeInclusive<usize>) -> String {
    let kept = (1..=40).filter(|number| !gone.contains(number));
    kept.map(|number| format!("line {number}\n")).collect()
}

fn forty(changed: &[usize], text: &str) -> String {
    let line = |number| match changed.contains(&number) {
        true => format!("{text}\n"),
        false => format!("line {number}\n"),
    };
    (1..=40).map(line).collect()
}

#[test]
fn lines_are_those_that_were_changed_and_the_region_has_its_own_key() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &forty(&[], ""))]);
    let (a, b) = (repo.worktree("a"), repo.worktree("b"));
    a.commit("work", &[("f", &forty(&[11, 30], "A"))]);
    b.commit("work", &[("f", &forty(&[10], "B"))]);
    let met = a.tw(&["check", "--format", "json"]).json()["encounters"][0].clone();
    assert_eq!((&met["ranges_own"], &met["ranges_other"]), (&json!([[11, 11]]), &json!([[10, 10]])));
    assert_eq!(met["regions"], json!([{"own": [10, 11], "other": [10, 11], "certain": true}]));
    let said = a.tw(&["check", "-v"]).stdout;
    assert!(said.contains("changed line 10,") && said.contains("region: you 10-11, b 10-11"), "{said}");
    let found = findings(&repo.status(), "merge_conflict")[0].clone();
    assert_eq!(
        (&found["evidence"]["ranges_a"], &found["evidence"]["ranges_b"]),
        (&json!([[11, 11]]), &json!([[10, 10]]))
    );
    let compared = repo.tw(&["compare", "b", "a", "--format", "json"]).json();
    assert_eq!(compared["paths"][0]["ranges_b"], json!([[11, 11]]));
    assert_eq!(compared["paths"][0]["regions"], json!([{"a": [10, 11], "b": [10, 11]}]));
}

#[test]
fn who_only_deleted_has_no_lines_and_a_place() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &forty(&[], ""))]);
    let (a, b) = (repo.worktree("a"), repo.worktree("b"));
    a.commit("work", &[("f", &without(20..=21))]);
    b.commit("work", &[("f", &forty(&[20], "B"))]);
    let found = repo.tw(&["compare", "a", "b", "--format", "json"]).json()["paths"][0].clone();
    assert_eq!((&found["ranges_a"], &found["ranges_b"]), (&json!([[20, 19]]), &json!([[20, 20]])));
    for command in [&["compare", "a", "b"][..], &["status"], &["check", "--terminal", "b"]] {
        let said = repo.tw(command).stdout;
        assert!(said.contains("deleted after line 19"), "{command:?}: {said}");
    }
    // the first lines, an overlap that merges, and drift
    a.commit("top", &[("f", &without(1..=3))]);
    b.commit("top", &[("f", &forty(&[2, 30], "B"))]);
    repo.commit("more", &[("f", &without(30..=31))]);
    let status = repo.status();
    let pair = pair(&status, "a", "b");
    assert_eq!(
        (&pair["paths"][0]["ranges_a"], &pair["paths"][0]["ranges_b"]),
        (&json!([[1, 0]]), &json!([[2, 2]]))
    );
    let drift = findings(&status, "merge_conflict");
    let drift = drift.iter().find(|found| found["evidence"]["drift"] == true).unwrap();
    assert_eq!(drift["evidence"]["ranges_b"], json!([[30, 29]]), "{drift:#}");
    assert!(repo.tw(&["status"]).stdout.contains("deleted before line 1"));
}

#[test]
fn a_conflict_of_commits_stays_certain_beside_other_uncommitted_edits() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &forty(&[], ""))]);
    let (a, b) = (repo.worktree("a"), repo.worktree("b"));
    a.commit("work", &[("f", &forty(&[10], "A"))]);
    b.commit("work", &[("f", &forty(&[10, 30], "B"))]);
    a.write("f", forty(&[10, 20], "A"));
    let evidence = || findings(&repo.status(), "merge_conflict")[0]["evidence"].clone();
    let met = || a.tw(&["check", "--format", "json"]).json()["encounters"][0].clone();
    assert_eq!((&evidence()["committed"], &met()["certain"]), (&json!(true), &json!(true)));
    // a second region is uncertain, and the first remains what it is
    a.write("f", forty(&[10, 30], "A"));
    let regions: Vec<Value> =
        evidence()["regions"].as_array().unwrap().iter().map(|region| region["certain"].clone()).collect();
    assert_eq!(regions, [json!(true), json!(false)]);
    assert_eq!((&evidence()["committed"], &met()["certain"]), (&json!(true), &json!(true)));
    assert!(
        repo.tw(&["status", "--format", "json"])
            .stdout
            .contains("both committed, and more that involves uncommitted work")
    );
    // the committed one is undone, not committed: only the second remains, and it may go away
    a.write("f", forty(&[30], "A"));
    assert_eq!((&evidence()["committed"], &met()["certain"]), (&json!(false), &json!(false)));
}

#[test]
fn a_commit_that_adds_a_region_to_a_standing_conflict_brings_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &forty(&[], ""))]);
    let (a, b) = (repo.worktree("a"), repo.worktree("b"));
    a.commit("work", &[("f", &forty(&[10], "A"))]);
    b.commit("work", &[("f", &forty(&[10, 30], "B"))]);
    let standing = |text: &str| {
        a.write("f", text);
        a.git(&["add", "f"]);
        a.tw(&["check", "--staged", "--format", "json"]).json()["encounters"][0]["standing"].clone()
    };
    assert_eq!(standing(&forty(&[10, 20], "A")), json!(true));
    assert_eq!(standing(&forty(&[10, 30], "A")), Value::Null);
}

/// A file of a folder with these lines changed.
fn with(changed: &BTreeSet<usize>, text: &str) -> String {
    let changed: Vec<(usize, &str)> = changed.iter().map(|line| (*line, text)).collect();
    lines(&changed)
}

#[test]
fn who_only_renamed_what_another_has_to_resolve_with_the_target_is_in_no_conflict() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("x.txt", &lines(&[]))]);
    let (two, three) = (repo.worktree("two"), repo.worktree("three"));
    two.commit("two", &[("x.txt", &lines(&[(3, "two")]))]);
    three.git(&["mv", "x.txt", "y.txt"]);
    three.git(&["commit", "-qm", "renamed"]);
    repo.commit("main", &[("x.txt", &lines(&[(3, "main")]))]);
    let status = repo.status();
    assert_eq!(pair(&status, "three", "two")["verdict"], "overlap", "{status:#}");
    assert_eq!(findings(&status, "merge_conflict").len(), 1, "{status:#}");
    three.tw(&["check"]).exits(0).says("no conflict");
    two.tw(&["check"]).exits(1).says("✗ 1 conflict: ").says("content with main");
    // with the lines of two, main has nothing to say in it
    two.try_git(&["merge", "main"]);
    two.git(&["checkout", "-q", "--ours", "x.txt"]);
    two.commit("resolved", &[]);
    assert!(findings(&repo.status(), "merge_conflict").is_empty());
}

/// One renames a file or its folder, and the other conflicts with the target there: they conflict where both changed the
/// same lines, whatever the target did. `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one again.
#[test]
fn two_conflict_in_a_renamed_file_where_both_changed_it_whatever_the_target_did() {
    for seed in seeds(8) {
        let mut whims = Whims(seed);
        let mut some = |of: &[usize]| -> BTreeSet<usize> {
            of.iter().copied().filter(|_| whims.below(2) == 0).collect()
        };
        let [target, theirs] = [some(&[3, 15, 27]), some(&[3, 15, 27, 38])];
        let own: Vec<usize> = [3, 15, 27, 38].into_iter().filter(|line| !target.contains(line)).collect();
        let own = some(&own);
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("main", &[("d/x", &lines(&[])), ("d/other", "1\n")]);
        // either can be the first of the pair
        let names = if seed % 2 == 0 { ["a", "b"] } else { ["b", "a"] };
        let (one, two) = (repo.worktree(names[0]), repo.worktree(names[1]));
        let new = if seed % 4 < 2 { "d/y" } else { "e/x" };
        match new {
            "d/y" => one.git(&["mv", "d/x", "d/y"]),
            _ => one.git(&["mv", "d", "e"]),
        };
        one.commit("one", &[(new, &with(&own, "one"))]);
        two.commit("two", &[("d/x", &with(&theirs, "two")), ("d/two", "1\n")]);
        repo.commit("main", &[("d/x", &with(&target, "main")), ("main", "1\n")]);
        let status = repo.status();
        let seen = pair(&status, "a", "b");
        let files: BTreeSet<&str> = seen["conflicts"]
            .as_array()
            .or(seen["paths"].as_array())
            .into_iter()
            .flatten()
            .filter(|path| path["kind"] != "overlap")
            .filter_map(|path| path["path"].as_str())
            .collect();
        let expected = own.intersection(&theirs).next().is_some();
        assert_eq!(files.contains(new), expected, "{seed}: {own:?} {theirs:?} {target:?} {seen:#}");
    }
}

/// What a terminal did to a line: nothing, a commit, uncommitted work, or both.
#[derive(Clone, Copy, PartialEq)]
struct Did {
    committed: bool,
    uncommitted: bool,
}

/// `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one again.
#[test]
fn whose_uncommitted_work_a_conflict_needs_is_what_it_is_gone_without() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    for seed in seeds(12) {
        let mut whims = Whims(seed + 1);
        let mut did = || {
            [5, 20]
                .map(|line| (line, Did { committed: whims.below(2) == 0, uncommitted: whims.below(2) == 0 }))
        };
        let did = [did(), did()];
        for (work, lines_of) in [&one, &two].into_iter().zip(&did) {
            work.git(&["reset", "-q", "--hard", "main"]);
            let name = work.top.file_name().unwrap().to_str().unwrap();
            let [committed, more] = [format!("{name} {seed}"), format!("{name} {seed} and more")];
            let changed = |texts: &dyn Fn(Did) -> Option<String>| {
                let found = lines_of.iter().filter_map(|(line, did)| Some((*line, texts(*did)?)));
                let found: Vec<(usize, String)> = found.collect();
                lines(&found.iter().map(|(line, text)| (*line, text.as_str())).collect::<Vec<_>>())
            };
            work.write("f", changed(&|did| did.committed.then(|| committed.clone())));
            work.git(&["commit", "-q", "--allow-empty", "-am", "work"]);
            work.write(
                "f",
                changed(&|did| match did {
                    Did { uncommitted: true, .. } => Some(more.clone()),
                    Did { committed: true, .. } => Some(committed.clone()),
                    Did { .. } => None,
                }),
            );
        }
        let meets = |own: &dyn Fn(Did) -> bool, other: &dyn Fn(Did) -> bool| {
            did[1].iter().zip(&did[0]).any(|((_, mine), (_, theirs))| own(*mine) && other(*theirs))
        };
        let (all, commits) = (|did: Did| did.committed || did.uncommitted, |did: Did| did.committed);
        let said = two.tw(&["check"]);
        let expected = match (meets(&all, &all), meets(&commits, &commits)) {
            (false, _) => "no conflict",
            (true, true) => "certain: commits alone conflict",
            (true, false) => match (meets(&commits, &all), meets(&all, &commits)) {
                (true, true) => "your uncommitted work or that of one is enough to cause it",
                (true, false) => "depends on uncommitted work of one; may disappear",
                (false, true) => "depends on your uncommitted work",
                (false, false) => "depends on uncommitted work of one and you; may disappear",
            },
        };
        let said = said.says(expected);
        // that its change is uncommitted is said where the conflict needs that
        if meets(&all, &commits) {
            said.says_not("its change is uncommitted").says_not("partly uncommitted");
        }
    }
}
