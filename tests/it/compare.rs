//! `compare`: plain `git merge` of two revisions or worktrees, one question or many.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::{Value, json};
use track_work::model::RepoPath;

use crate::cli::program::{lines, text};
use crate::support::{Repo, Sandbox};

/// `one` and `two` conflict in `f`; `three` touches `g` alone.
fn three_branches(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", "g\n")]);
    repo.worktree("one").commit("one", &[("f", &lines(&[(20, "one")]))]);
    repo.worktree("two").commit("two", &[("f", &lines(&[(20, "two")]))]);
    repo.worktree("three").commit("three", &[("g", "three\n")]);
    repo
}

/// What git itself says: the merged tree, or the conflicted paths.
fn merge_tree(repo: &Repo, ours: &str, theirs: &str) -> Result<String, Vec<String>> {
    let output = repo.try_git(&["merge-tree", "--write-tree", "--name-only", "--no-messages", ours, theirs]);
    let said = String::from_utf8(output.stdout).unwrap();
    let mut said = said.lines().map(str::to_string);
    let tree = said.next().unwrap();
    if output.status.success() { Ok(tree) } else { Err(said.collect()) }
}

#[test]
fn a_clean_merge_and_a_conflict_are_as_git_says() {
    let sandbox = Sandbox::new();
    let repo = three_branches(&sandbox);
    let clean = repo.tw(&["compare", "one", "three", "--format", "json"]).exits(0).json();
    assert_eq!(clean["clean"], true);
    assert_eq!(Ok(text(&clean["tree"]).to_string()), merge_tree(&repo, "one", "three"));
    let stops = repo.tw(&["compare", "one", "two", "--format", "json"]).exits(1).json();
    assert_eq!((&stops["clean"], &stops["tree"]), (&json!(false), &Value::Null));
    assert_eq!(merge_tree(&repo, "one", "two"), Err(vec!["f".to_string()]));
    assert_eq!(stops["conflicts"], json!(["f"]));
    assert_eq!(stops["paths"][0]["ranges_a"], json!([[20, 20]]));
}

/// The stages that git itself lists, as the program's JSON has them.
fn listed_by_git(repo: &Repo, ours: &str, theirs: &str) -> Vec<Value> {
    let output = repo.try_git(&["merge-tree", "--write-tree", "--no-messages", "-z", ours, theirs]);
    let entry = |entry: &[u8]| {
        let tab = entry.iter().position(|byte| *byte == b'\t').unwrap();
        let facts = std::str::from_utf8(&entry[..tab]).unwrap().split(' ').collect::<Vec<_>>();
        let path = RepoPath::new(&entry[tab + 1..]).to_string();
        json!({"path": path, "stage": facts[2].parse::<u8>().unwrap(), "mode": facts[0], "oid": facts[1]})
    };
    let entries = output.stdout.split(|byte| *byte == 0).skip(1).filter(|entry| !entry.is_empty());
    entries.map(entry).collect()
}

#[test]
fn the_stages_of_unmerged_paths_are_those_that_git_lists() {
    let sandbox = Sandbox::new();
    let odd = OsStr::from_bytes(b"caf\xe9");
    let repo = sandbox.repo("main", &[("gone", "1\n"), ("moved", &lines(&[])), ("run", "1\n")]);
    fs::write(repo.top.join(odd), "1\n").unwrap();
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qm", "odd"]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    for (side, name) in [(&one, "one"), (&two, "two")] {
        fs::write(side.top.join(odd), name).unwrap();
        // renamed on both sides: what stands in the index is in no repository
        side.git(&["mv", "moved", &format!("moved-by-{name}")]);
        side.write(format!("moved-by-{name}"), lines(&[(if name == "one" { 2 } else { 30 }, name)]));
        side.write("added", name);
        side.write("run", format!("{name}\n"));
    }
    one.git(&["rm", "-q", "gone"]);
    two.write("gone", "2\n");
    fs::set_permissions(two.path("run"), fs::Permissions::from_mode(0o755)).unwrap();
    for side in [&one, &two] {
        side.git(&["add", "-A"]);
        side.git(&["commit", "-qm", "work"]);
    }
    let listed = listed_by_git(&repo, "one", "two");
    assert_eq!(listed.len(), 13, "{listed:#?}");
    let said = repo.tw(&["compare", "one", "two", "--format", "json"]).exits(1).json();
    assert_eq!(said["stages"], json!(listed));
    let mut paths: Vec<&str> = listed.iter().map(|one| text(&one["path"])).collect();
    paths.dedup();
    assert_eq!(said["conflicts"], json!(paths), "what is unmerged has stages");
    let merged = listed.iter().find(|one| one["path"] == "moved-by-one" && one["stage"] == 2).unwrap();
    let shown = repo.tw(&["compare", "one", "two", "-v"]).exits(1);
    shown.says(&format!("  moved-by-one  in the index\n    ours    100644 {}\n", text(&merged["oid"])));
    let clean = repo.tw(&["compare", "main", "two", "--format", "json"]).exits(0).json();
    assert_eq!(clean["stages"], json!([]));
}

#[test]
fn a_drift_has_the_stages_that_git_lists_and_a_pair_has_none() {
    let sandbox = Sandbox::new();
    let repo = three_branches(&sandbox);
    repo.commit("main", &[("g", "main\n")]);
    let status = repo.status();
    let findings = status["findings"].as_array().unwrap();
    let evidence = |drift: bool| {
        let found = findings.iter().find(|one| one["evidence"]["drift"] == drift);
        &found.unwrap_or_else(|| panic!("no such conflict in {findings:#?}"))["evidence"]
    };
    assert_eq!(evidence(true)["stages"], json!(listed_by_git(&repo, "main", "three")));
    assert!(evidence(false).get("stages").is_none());
}

#[test]
fn a_path_means_the_worktree_with_its_uncommitted_work() {
    let sandbox = Sandbox::new();
    let repo = three_branches(&sandbox);
    std::fs::write(sandbox.path("three/f"), lines(&[(20, "three")])).unwrap();
    repo.tw(&["compare", "one", "three"]).exits(0).says("is clean");
    repo.tw(&["compare", "one", "../three"]).exits(1).says("1 conflict");
}

#[test]
fn uncommitted_work_that_cannot_be_read_is_unknown_where_the_other_side_has_another_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", "f\n"), ("g", "g\n")]);
    repo.git(&["config", "core.symlinks", "false"]);
    let place = repo.worktree("work");
    repo.git(&["checkout", "-q", "-b", "other"]);
    repo.commit("other", &[("g", "other\n")]);
    for (file, clean) in [("f", Value::Bool(true)), ("g", Value::Null)] {
        // git takes a link for a file of its text there, and reads what it leads to
        place.remove(file);
        std::os::unix::fs::symlink("nowhere", place.path(file)).unwrap();
        for [ours, theirs] in [["../work", "other"], ["other", "../work"]] {
            let answer = repo.tw(&["compare", ours, theirs, "--format", "json"]).json();
            assert_eq!(answer["clean"], clean, "{file}: {answer:#}");
        }
        place.git(&["checkout", "-q", "--", file]);
    }
}

#[test]
fn a_name_that_means_nothing_is_told() {
    let sandbox = Sandbox::new();
    let repo = three_branches(&sandbox);
    repo.tw(&["compare", "one", "nowhere"]).fails().complains("cannot find the revision \"nowhere\"");
}

#[test]
fn questions_are_answered_one_by_one_as_they_come() {
    let sandbox = Sandbox::new();
    let repo = three_branches(&sandbox);
    let mut child = repo
        .program(&["compare", "--stdin"])
        .current_dir(sandbox.path("home")) // no repository here
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |question: &str| -> Value {
        writeln!(questions, "{question}").unwrap();
        serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap()
    };
    let main = repo.top.display();
    let id = |name: &str| repo.git(&["rev-parse", name]);
    let clean = ask(&format!("{main} {} {}", id("one"), id("three")));
    assert_eq!(Ok(text(&clean["tree"]).to_string()), merge_tree(&repo, "one", "three"));
    assert_eq!(ask(&format!("{main} one two"))["conflicts"], json!(["f"]));
    for (question, reason) in [
        ("one", "expected: [REPOSITORY] OURS THEIRS"),
        ("one two", "cannot find a git repository"),
        (&format!("{main} one nowhere"), "cannot find the revision"),
        (&format!("{main} {} {}", id("one"), "0".repeat(40)), "cannot be read"),
    ] {
        let answer = ask(question);
        assert_eq!(answer["clean"], Value::Null, "{question}: {answer}");
        assert!(text(&answer["reason"]).contains(reason), "{question}: {answer}");
    }
    assert_eq!(ask(&format!("{main} one three"))["clean"], true, "it goes on");
    drop(questions);
    assert!(child.wait().unwrap().success());
}

#[test]
fn thousands_of_questions_are_answered_in_one_process() {
    let sandbox = Sandbox::new();
    let repo = three_branches(&sandbox);
    let mut child =
        repo.program(&["compare", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut questions = child.stdin.take().unwrap();
    let asking = std::thread::spawn(move || {
        for number in 0..2500 {
            writeln!(questions, "one {}", if number % 2 == 0 { "two" } else { "three" }).unwrap();
        }
    });
    let answers: Vec<String> =
        BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).collect();
    asking.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(answers.len(), 2500);
    assert_eq!(answers.iter().filter(|answer| answer.contains("\"clean\":true")).count(), 1250);
}

#[test]
fn unrelated_histories_are_refused_as_git_does() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    repo.git(&["checkout", "-q", "--orphan", "pages"]);
    repo.git(&["rm", "-rfq", "."]);
    repo.commit("page", &[("i", "h\n")]);
    repo.git(&["checkout", "-q", "main"]);
    assert!(!repo.try_git(&["merge", "pages"]).status.success());
    let said = repo.tw(&["compare", "main", "pages", "--format", "json"]).exits(1).json();
    assert_eq!((&said["clean"], &said["tree"]), (&json!(false), &Value::Null));
    let text = repo.tw(&["compare", "main", "pages"]).exits(1).stdout;
    assert!(text.contains("git refuses: unrelated histories"), "{text}");
    let flag = "--allow-unrelated-histories";
    let merged = repo.tw(&["compare", flag, "main", "pages", "--format", "json"]).exits(0).json();
    let tree = repo.git(&["merge-tree", "--write-tree", flag, "main", "pages"]);
    assert_eq!(merged["tree"], json!(tree.trim()));
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(order["steps"], json!([]));
    let asked = repo.tw(&["merge-order", "--only", "pages", "--format", "json"]).json();
    assert!(crate::cli::program::text(&asked["steps"][0]["command"]).contains(flag), "{asked:#}");
}

/// Whether git merges a revision into `main`, which stays as it was.
fn git_merges(repo: &Repo<'_>, theirs: &str) -> bool {
    let before = repo.git(&["rev-parse", "HEAD"]);
    let merged = repo.try_git(&["merge", "-q", "--no-ff", "--no-edit", theirs]).status.success();
    repo.git(&["reset", "-q", "--hard", &before]);
    merged
}

#[test]
fn a_name_is_what_git_merge_takes_it_for() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let id = |name: &str| repo.git(&["rev-parse", name]);
    for (name, line, with) in [("stops", 3, "S"), ("merges", 15, "M"), ("also-merges", 30, "A")] {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        repo.commit(&format!("made by {name}"), &[("f", &lines(&[(line, with)]))]);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("f", &lines(&[(3, "main")]))]);
    repo.git(&["tag", "stops", "merges"]);
    repo.git(&["tag", "v1.0", "merges"]);
    repo.git(&["tag", "-a", "-m", "tag", "annotated", "merges"]);
    let refs = [
        ("refs/heads/HEAD", "stops"),
        ("refs/heads/FETCH_HEAD", "stops"),
        ("refs/heads/refs/heads/merges", "refs/heads/stops"),
        ("refs/heads/annotated", "refs/heads/stops"),
        ("refs/remotes/origin/HEAD", "merges"),
        ("refs/remotes/other/one", "merges"),
        ("refs/other/one", "merges"),
        ("refs/heads/other/one", "refs/heads/stops"),
        ("AUTO_MERGE", "merges"),
        ("refs/heads/AUTO_MERGE", "refs/heads/stops"),
    ];
    for (name, target) in refs {
        repo.git(&["update-ref", name, &id(&format!("{target}^0"))]);
    }
    let short = id("merges")[..8].to_string();
    repo.git(&["update-ref", &format!("refs/heads/{short}"), &id("refs/heads/stops")]);
    repo.git(&["fetch", "-q", ".", "merges"]);
    let described = format!("v1.0-0-g{}", &id("merges")[..9]);
    let names = [
        "stops",
        "heads/stops",
        "tags/stops",
        "refs/heads/stops",
        "refs/heads/merges",
        "refs/heads/refs/heads/merges",
        "HEAD",
        "@",
        "FETCH_HEAD",
        "heads/FETCH_HEAD",
        "AUTO_MERGE",
        "annotated",
        "annotated^{}",
        "origin",
        "other/one",
        "merges~0",
        "merges^",
        &described,
        ":/made by stops",
        ":/made by merges",
        "merges^{/made by}",
        "main@{1}",
        "@{-1}",
        &short,
        &id("merges"),
    ];
    let mut seen = [0, 0];
    for name in names {
        let merges = git_merges(&repo, name);
        let answer = repo.tw(&["compare", "main", name, "--format", "json"]).json();
        assert_eq!(answer["clean"], merges, "{name}: {answer:#}");
        seen[usize::from(merges)] += 1;
    }
    assert!(seen[0] > 5 && seen[1] > 10, "{seen:?}");
    for name in
        ["HEAD:f", "main^{tree}", "main..stops", "nothing", "-x", "", "main@{upstream}", "FETCH_HEAD^2"]
    {
        assert!(!repo.try_git(&["merge", "-q", "--", name]).status.success(), "{name}");
        let said = repo.tw(&["compare", "--format", "json", "--", "main", name]);
        assert_eq!(said.status, Some(2), "{name:?}: {said}");
    }
    repo.git(&["fetch", "-q", ".", "heads/merges", "heads/also-merges"]);
    let answer = repo.tw(&["compare", "main", "FETCH_HEAD", "--format", "json"]).json();
    assert!(answer["clean"].is_null() && text(&answer["reason"]).contains("merges 2 commits"), "{answer:#}");
}

#[test]
fn what_has_no_commit_cannot_be_merged() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    assert!(!repo.try_git(&["merge", "main"]).status.success());
    let answer = repo.tw(&["compare", "main", "main", "--format", "json"]).exits(1).json();
    assert!(answer["clean"].is_null() && answer["tree"].is_null(), "{answer:#}");
    assert_eq!(answer["reason"], "main has no commit, so git merge has nothing to merge");
    repo.write("f", "x");
    repo.tw(&["compare", "main", "."]).exits(1).says("main has no commit");
    repo.commit("first", &[]);
    repo.git(&["checkout", "-q", "--orphan", "new"]);
    repo.tw(&["compare", "main", "new"]).exits(1).says("new has no commit");
    repo.git(&["rm", "-q", "-rf", "."]);
    repo.tw(&["compare", "new", "main"]).exits(0).says("is clean");
    assert!(repo.try_git(&["merge", "main"]).status.success());
}
