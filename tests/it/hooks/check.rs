//! `check` as a terminal uses it.

use serde_json::json;

use crate::cli::program::{lines, text};
use crate::support::Sandbox;

#[test]
fn paths_are_those_of_the_folder_one_stands_in() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("src/a.txt", &lines(&[])), ("src/b.txt", &lines(&[]))]);
    let (left, right) = (repo.worktree("left"), repo.worktree("right"));
    left.commit("left", &[("src/a.txt", &lines(&[(5, "left")])), ("src/new/c.txt", "c\n")]);
    let inside =
        |args: &[&str]| crate::cli::program::said(right.program(args).current_dir(right.path("src")));
    inside(&["check", "a.txt"]).exits(0).says("src/a.txt: left changed line 5, committed; you have not");
    inside(&["check", "b.txt"]).exits(0).says_not("left changed");
    // a folder, and a file, that are not there yet
    inside(&["check", "new"]).exits(0).says("src/new/c.txt: left added it");
    inside(&["check", "new/c.txt"]).exits(0).says("left added it");
    inside(&["check", ".."]).exits(0).says("src/a.txt").says("src/new/c.txt");
    let absolute = right.path("src/a.txt");
    inside(&["check", absolute.to_str().unwrap()]).exits(0).says("5 | left");
    inside(&["check", "../../elsewhere"]).fails().complains("is not in a worktree");
    // and only they count
    right.write("src/a.txt", lines(&[(5, "right")]));
    inside(&["check"]).exits(1).says("src/a.txt content");
    inside(&["check", "b.txt"]).exits(0);
    inside(&["check", "--fail-on", "never"]).exits(0);
}

#[test]
fn a_terminal_is_found_by_its_session_its_folder_or_its_branch() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let (left, right) = (repo.worktree("left"), repo.worktree("right"));
    repo.track(
        "story-1-2-sessions.yaml",
        "story_id: \"1-2-shop\"\nsessions:\n  terminal-1:\n    worktree: \"../left\"\n    focus: \"backend\"\n    agent: \"dev\"\n  terminal-7:\n    status: \"pending\"\n",
    );
    left.write("a.txt", lines(&[(5, "left")]));
    right.write("a.txt", lines(&[(5, "right")]));
    for name in ["terminal-1", "left"] {
        repo.tw(&["check", "--terminal", name]).exits(1).says("right changed line 5, uncommitted");
    }
    let told = right.tw(&["check"]).exits(1);
    told.says("Terminal-1: story 1-2-shop, backend, agent dev, branch left")
        .says("depends on uncommitted work of terminal-1")
        .says("terminal-7 is not linked to git");
    repo.tw(&["check", "--terminal", "terminal-7"]).fails().complains("not linked to git");
    repo.tw(&["check", "--terminal", "nobody"]).fails().complains("unknown terminal: nobody");
}

#[test]
fn the_json_has_the_documented_keys() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[]))]);
    let (left, right) = (repo.worktree("left"), repo.worktree("right"));
    left.commit("left", &[("a.txt", &lines(&[(5, "left")])), ("b.txt", &lines(&[(5, "left")]))]);
    right.commit("right", &[("a.txt", &lines(&[(5, "right")])), ("b.txt", &lines(&[(9, "right")]))]);
    repo.commit("main", &[("b.txt", &lines(&[(9, "main")]))]);
    let answer = right.tw(&["check", "--format", "json"]).exits(1).json();
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["terminal"]["id"], "right");
    let met = answer["encounters"].as_array().unwrap();
    let one = &met[0];
    assert_eq!(
        (text(&one["path"]), text(&one["meeting"]), text(&one["kind"])),
        ("a.txt", "conflict", "content")
    );
    assert_eq!(one["ranges_own"], json!([[5, 5]]));
    assert_eq!(one["ranges_other"], json!([[5, 5]]));
    assert_eq!(one["layers"], json!(["committed"]));
    assert_eq!(one["certain"], true);
    assert_eq!(one["first"]["who"], "other");
    assert_eq!(one["excerpts"], json!([{"range": [5, 5], "text": ["left"]}]));
    assert_eq!(one["own_change"], "modified");
    let two = &met[1];
    assert_eq!((text(&two["path"]), text(&two["meeting"])), ("b.txt", "overlap"));
    assert_eq!((text(&two["nearness"]), &two["gap"]), ("near", &json!(3)));
    assert!(two.get("kind").is_none() && two.get("first").is_none(), "{two}");
    let drift = &answer["drift"][0];
    assert_eq!((text(&drift["path"]), text(&drift["kind"])), ("b.txt", "content"));
    assert_eq!(drift["certain"], true);
    // every key is documented
    let page = include_str!("../../../src/cli/topics/json.md");
    let mut values = vec![&answer];
    while let Some(value) = values.pop() {
        for (key, value) in value.as_object().into_iter().flatten() {
            assert!(page.contains(key.as_str()), "json.md lacks {key}");
            values.push(value);
        }
        values.extend(value.as_array().into_iter().flatten());
    }
}

#[test]
fn what_cannot_be_seen_is_no_all_clear() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let (left, right) = (repo.worktree("left"), repo.worktree("right"));
    right.write("a.txt", lines(&[(5, "right")]));
    // it may be on a disk that is not there
    repo.git(&["worktree", "lock", "../left"]);
    std::fs::remove_dir_all(&left.top).unwrap();
    let said = right.tw(&["check"]).exits(1);
    said.says("some results could not be determined").says("unknown left").says_not("no conflict");
    repo.git(&["worktree", "unlock", "../left"]);
    repo.git(&["worktree", "prune"]);
    repo.git(&["branch", "-q", "-D", "left"]);
    right.tw(&["check"]).exits(0).says("no conflict");
}

#[test]
fn many_conflicts_fit_a_screen_and_all_are_told_with_v() {
    let sandbox = Sandbox::new();
    let names: Vec<String> = (0..30).map(|number| format!("file-{number:02}.txt")).collect();
    let base = lines(&[]);
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), base.as_str())).collect();
    let repo = sandbox.repo("main", &files);
    let (left, right) = (repo.worktree("left"), repo.worktree("right"));
    for (terminal, word) in [(&left, "left"), (&right, "right")] {
        for name in &names {
            terminal.write(name, lines(&[(5, word)]));
        }
        terminal.git(&["commit", "-qam", word]);
    }
    let short = right.tw(&["check"]).exits(1);
    assert!(short.stdout.lines().count() <= 24, "{short}");
    assert!(short.stdout.lines().all(|line| line.chars().count() <= 80), "{short}");
    let short = short.says("30 conflicts").says("more: run track-work check -v");
    assert!(!short.stdout.contains("file-29"));
    let long = right.tw(&["check", "-v"]).exits(1);
    assert!(names.iter().all(|name| long.stdout.contains(name)), "{long}");
}

#[test]
fn a_path_that_nobody_has_is_told() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n"), ("dir/b", "x\n")]);
    let one = repo.worktree("one");
    one.commit("work", &[("own", "1\n")]);
    let said = repo.tw(&["check", "nosuch.py"]);
    assert!(
        said.stdout.contains("nothing at nosuch.py") && !said.stdout.contains("no conflict"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("it is not in main, and"), "{}", said.stdout);
    let json = repo.tw(&["check", "nosuch.py", "dir", "a", "own", "--format", "json"]).json();
    assert_eq!(json["missing"], serde_json::json!(["nosuch.py"]));
    let said = one.tw(&["check", "own", "nosuch.py"]).stdout;
    assert!(said.contains("no conflict") && said.contains("nothing at nosuch.py"), "{said}");
    assert!(repo.tw(&["check", "dir", "--format", "json"]).json().get("missing").is_none());
}
