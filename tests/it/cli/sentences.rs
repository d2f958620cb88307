//! Sentences that must be true of what git shows, and that must be the same in all outputs.

use super::program::{DIR, Said, findings, flat, lines, text};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let files = [("a.txt", lines(&[])), ("b.txt", lines(&[(1, "b")])), ("d/x", "1\n2\n3\n".to_string())];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let repo = sandbox.repo("shop", &files);
    repo.commit("ignored", &[(".gitignore", ".system\n")]);
    repo
}

#[test]
fn a_conflict_that_comes_with_an_earlier_step_is_not_the_targets() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    repo.git(&["mv", "a.txt", "c.txt"]);
    repo.commit("renamed", &[]);
    one.git(&["rm", "-q", "a.txt"]);
    one.commit("deleted", &[]);
    two.git(&["merge", "-q", "main"]);
    two.commit("changed", &[("c.txt", &lines(&[(5, "two")]))]);
    let order = repo.tw(&["merge-order", "--after", "one=two", "--format", "json"]).exits(1).json();
    let said: Vec<(&str, &serde_json::Value)> = order["steps"][1]["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["kind"]), &one["with"]))
        .collect();
    let (by_two, by_target) = (serde_json::json!(["two"]), serde_json::json!([]));
    assert_eq!(said, [("modify/delete", &by_two), ("rename/delete", &by_target)], "{order:#}");
    // git has one of them without the other terminal, and both with it
    let kinds = |ours: &str| {
        let merged = repo.try_git(&["merge-tree", "--write-tree", ours, "one"]);
        String::from_utf8(merged.stdout).unwrap().matches("CONFLICT (modify/delete)").count()
    };
    assert_eq!([kinds("main"), kinds("two")], [0, 1]);
}

#[test]
fn what_was_renamed_has_no_changed_lines() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.git(&["mv", "a.txt", "c.txt"]);
    one.commit("renamed", &[]);
    two.commit("changed", &[("a.txt", &lines(&[(5, "two")]))]);
    repo.tw(&["status", "-v"]).exits(0).says("c.txt: one and two line 5: merges cleanly");
    // one renamed it and the other deleted it: no part of it was changed by both
    two.git(&["reset", "-q", "--hard", "HEAD~1"]);
    two.git(&["rm", "-q", "a.txt"]);
    two.commit("deleted", &[]);
    let said = repo.tw(&["merge-order", "-v"]).exits(1).says_not("changed the same parts");
    said.says("two and one conflict in c.txt (confidence 60 %)");
}

#[test]
fn a_folder_that_another_renamed_is_said_to_be_renamed() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.git(&["mv", "d", "e"]);
    one.commit("renamed", &[]);
    two.commit("added", &[("d/new", "1\n")]);
    let said = two.tw(&["check"]).exits(1).says("✗ e/new directory rename; certain").says("you added it");
    said.says("one renamed its folder").says("Avoid this file until").says_not("works on it");
    let said = one.tw(&["check"]).exits(1).says("you renamed its folder").says("two added it, committed");
    said.says_not("works on it");
    // a target that renamed the folder has not changed the file
    repo.git(&["merge", "-q", "--no-edit", "one"]);
    let said = two.tw(&["check"]).exits(1).says("directory rename with main");
    said.says("main has changes that conflict with it since you branched off").says_not("also changed this");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    // a file where the other has a folder
    let (three, four) = (repo.worktree("three"), repo.worktree("four"));
    three.commit("file", &[("place", "1\n")]);
    four.commit("folder", &[("place/in", "1\n")]);
    for [here, there] in [[&three, &four], [&four, &three]] {
        let said = here.tw(&["check"]).exits(1).says_not("works on it");
        let name = there.top.file_name().unwrap().to_str().unwrap();
        let who = if name == "three" { "you have" } else { &format!("{name} has") };
        said.says(&format!("{who} a folder there"));
    }
}

#[test]
fn files_that_conflict_in_two_ways_count_once_everywhere() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.git(&["mv", "a.txt", "c.txt"]);
    one.commit("renamed", &[("c.txt", &lines(&[(5, "one")]))]);
    two.git(&["rm", "-q", "a.txt"]);
    two.commit("deleted", &[]);
    repo.tw(&["status"]).exits(1).says("1 conflict ");
    two.tw(&["check"]).exits(1).says("✗ 1 conflict: ");
    // with the target alone
    repo.git(&["merge", "-q", "--no-edit", "two"]);
    repo.tw(&["status"]).exits(1).says("1 conflict ").says("one conflicts with main").says_not("1 terminals");
    repo.tw(&["sync"]).exits(1).says("Conflicts: 1").says_not("1 terminals");
    one.tw(&["check"]).exits(1).says("✗ 1 conflict: ");
}

#[test]
fn who_only_claims_a_file_has_no_conflict_in_any_output() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (_one, two) = (repo.worktree("one"), repo.worktree("two"));
    let args =
        ["register", "--mode", "intra", "--story", "1-1-a", "--terminal", "one", "--current-file", "b.txt"];
    repo.tw(&args).exits(0);
    two.write("b.txt", lines(&[(4, "two")]));
    let sentence = "Warning: b.txt: one declares it as its current file, and two has changed it";
    repo.tw(&["status"]).exits(0).says("no conflicts").says(sentence);
    repo.tw(&["sync"]).exits(0).says("Conflicts: None").says(sentence);
    repo.tw(&["log"]).says("+ overlap b.txt (one, two)").says_not("conflict");
    assert_eq!(findings(&repo.status(), "file_overlap").len(), 1);
    two.write("b.txt", lines(&[(1, "b")]));
    repo.tw(&["sync"]).exits(0);
    repo.tw(&["log"]).says("- overlap b.txt (one, two)");
}

#[test]
fn nothing_is_up_to_date_of_a_file_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("one");
    repo.tw(&["register", "--mode", "inter", "--story", "1-1-a", "--terminal", "one"]).exits(0);
    repo.tw(&["sync"]).exits(0);
    repo.tw(&["sync"]).exits(0).says("Tracking files are up to date.");
    repo.track("active-sessions.yaml", "<<<<<<< HEAD\n");
    let said = repo.tw(&["sync"]).exits(1).says("has the conflict markers of a merge");
    said.says("No tracking file that can be read needed changes.").says_not("up to date");
}

#[test]
fn the_target_is_left_out_as_what_it_is() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    one.commit("work", &[("w.txt", "1\n")]);
    repo.write("b.txt", lines(&[(4, "main")]));
    let said = repo.tw(&["merge-order"]).exits(0);
    said.says("Left out: main: main is checked out there (1 file uncommitted)")
        .says_not("since it was merged");
}

#[test]
fn where_nothing_is_ready_no_step_is_after_ready_work() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for name in ["one", "two"] {
        let desk = repo.worktree(name);
        repo.tw(&["register", "--mode", "inter", "--story", &format!("1-{name}"), "--terminal", name])
            .exits(0);
        desk.commit("work", &[(&format!("{name}.txt"), "1\n")]);
    }
    let said =
        repo.tw(&["merge-order"]).exits(0).says("Not ready yet").says_not("after all work that is ready");
    said.says("can be merged at any point");
    repo.tw(&["complete", "two"]).exits(0);
    repo.tw(&["merge-order"]).exits(0).says("after all work that is ready");
}

#[test]
fn archive_says_what_can_be_done() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for name in ["one", "two"] {
        let desk = repo.worktree(name);
        let story = format!("1-{}-{name}", if name == "one" { 1 } else { 2 });
        repo.tw(&["register", "--mode", "inter", "--story", &story, "--terminal", name]).exits(0);
        desk.commit("work", &[(&format!("{name}.txt"), "1\n")]);
        repo.tw(&["complete", name]).exits(0);
    }
    repo.git(&["merge", "-q", "--no-edit", "one"]);
    repo.tw(&["archive", "1-1"]).exits(0);
    repo.tw(&["archive", "1-1"]).fails().complains("no session of story 1-1: it is archived already");
    repo.tw(&["sync"]).exits(0);
    let head = repo.git(&["rev-parse", "two"]);
    repo.git(&["worktree", "remove", "../two"]);
    repo.git(&["branch", "-D", "two"]);
    let said = repo.tw(&["archive", "1-2"]).fails();
    let command = format!("git branch two {head}");
    assert!(
        flat(&said.stderr).contains(&format!("make its branch again where it was last seen ({command})")),
        "{said}"
    );
    // what is printed works
    repo.git(&command.split(' ').skip(1).collect::<Vec<_>>());
    repo.git(&["merge", "-q", "--no-edit", "two"]);
    repo.tw(&["archive", "1-2"]).exits(0);
    assert!(repo.path(format!("{DIR}/archive")).exists());
}

#[test]
fn the_commit_that_concludes_a_merge_is_not_told_to_finish_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("work", &[("w.txt", "1\n")]);
    two.commit("other", &[("x.txt", "1\n")]);
    two.git(&["merge", "-q", "--no-commit", "one"]);
    two.tw(&["check", "--staged"]).exits(0).says("a merge is in progress, and this commit concludes it");
    two.tw(&["check"]).exits(0).says("a merge is in progress. Finish it (git merge --continue)");
}

#[test]
fn a_conflict_is_counted_and_named_in_one_way_everywhere() {
    let sandbox = Sandbox::new();
    let files = ["f", "x", "y", "z"].map(|name| (format!("d/{name}"), lines(&[(1, name)])));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let repo = sandbox.repo("shop", &files);
    repo.commit("g", &[("g", &lines(&[])), (".gitignore", ".system\n")]);
    let (a, c) = (repo.worktree("a"), repo.worktree("c"));
    a.git(&["mv", "d", "e"]);
    a.set_executable("g", true);
    a.git(&["add", "--all"]);
    a.git(&["commit", "-qm", "a"]);
    c.git(&["mv", "d/f", "d/h"]);
    c.git(&["rm", "-q", "g"]);
    c.commit("c", &[("g/in", "1\n")]);
    // each file once: d/f, which both renamed, e/h, whose folder was renamed, and g~HEAD
    let merged = a.try_git(&["merge", "c"]);
    let told = String::from_utf8(merged.stdout).unwrap();
    assert!(told.contains("g~HEAD"), "{told}");
    a.git(&["merge", "--abort"]);
    repo.tw(&["status"]).exits(1).says("3 conflicts ").says("g~HEAD").says_not("g~t");
    repo.tw(&["sync"]).exits(1).says("Conflicts: 3 ");
    repo.tw(&["compare", "a", "c"]).exits(1).says("3 conflicts: ").says("g~HEAD");
    for work in [&a, &c] {
        let said = work.tw(&["check", "-v"]).exits(1).says("✗ 3 conflicts: ").says_not("you has");
        for path in ["d/f", "e/h", "g~HEAD"] {
            let blocks = said.stdout.matches(&format!("✗ {path} ")).count();
            assert_eq!(blocks, 1, "{path}: {said}");
        }
    }
}

#[test]
fn what_to_do_in_files_of_a_kind_is_said_of_each() {
    let sandbox = Sandbox::new();
    let lock = lines(&[]);
    let repo = sandbox.repo("shop", &[("CHANGELOG.md", "# Changes\n\n- a\n"), ("package-lock.json", &lock)]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    for (work, name) in [(&one, "one"), (&two, "two")] {
        let log = format!("# Changes\n\n- {name}\n- a\n");
        let mut files = vec![("CHANGELOG.md".to_string(), log)];
        files.push(("package-lock.json".to_string(), lines(&[(3, name)])));
        files.push((format!("{name}/package.json"), name.to_string()));
        files.extend((0..12).map(|number| (format!("f{number:02}"), format!("{name}\n"))));
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        work.commit(name, &files);
    }
    let mends = [
        "Both only added to CHANGELOG.md: keep both parts, that of one first.",
        "In package-lock.json, take the version of main and run npm install.",
    ];
    for mend in mends {
        repo.tw(&["status"]).exits(1).says(mend);
        let said = two.tw(&["check"]).exits(1).says(mend).says("conflicts more: run track-work check -v");
        assert!(said.stdout.lines().count() < 27, "{said}");
    }
}

#[test]
fn warnings_have_room_in_check() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    for (work, name) in [(&one, "one"), (&two, "two")] {
        let files: Vec<(String, String)> =
            (0..30).map(|number| (format!("f{number:02}"), format!("{name}\n"))).collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        work.commit(name, &files);
    }
    repo.tw(&["register", "--mode", "inter", "--story", "1-1-a", "--terminal", "one"]).exits(0);
    repo.tw(&["register", "--mode", "inter", "--story", "1-2-b", "--terminal", "two"]).exits(0);
    repo.track("dependencies-template.yaml", "dependencies:\n  \"1-2-b\": [\"1-1-a\"]\n");
    for args in [&["check"][..], &["check", "-q"], &["check", "--fail-on", "warning"]] {
        two.tw(args).exits(1).says("Warning: ").says("1-1-a");
    }
}

#[test]
fn check_counts_one_conflict_for_each_file_and_other_terminal() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let works = ["one", "two", "three"].map(|name| repo.worktree(name));
    for (work, name) in works.iter().zip(["one", "two", "three"]) {
        work.commit(name, &[("a.txt", &lines(&[(5, name)])), ("log", &format!("{name}\n"))]);
    }
    let blocks = |said: &Said| said.stdout.lines().filter(|line| line.starts_with("✗ ")).count() - 1;
    let said = works[0].tw(&["check", "-v"]).exits(1).says("✗ 4 conflicts in 2 files: ");
    assert_eq!(blocks(&said), 4, "{said}");
    repo.commit("main", &[("log", "main\n")]);
    let said = works[0].tw(&["check", "-v"]).exits(1);
    let drift = said.stdout.lines().filter(|line| line.starts_with("↓ ")).count();
    let expected = format!("✗ {} conflicts in 2 files: ", blocks(&said) + drift);
    said.says(&expected);
}
