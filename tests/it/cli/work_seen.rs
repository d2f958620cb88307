//! What git shows of each terminal, and what is concluded from it.

use super::program::{changes, findings, flat, lines, messages, pairs, terminal, text};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo(
        "shop",
        &[("a.txt", &lines(&[])), ("b.txt", &lines(&[(1, "b")])), ("c.txt", &lines(&[(1, "c")]))],
    )
}

#[test]
fn committed_staged_unstaged_untracked_deleted_and_renamed_work_is_seen() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let work = repo.worktree("work");
    work.commit("committed", &[("committed.txt", "1\n")]);
    work.write("staged.txt", "1\n");
    work.git(&["add", "staged.txt"]);
    work.write("a.txt", lines(&[(5, "unstaged")]));
    work.write("untracked.txt", "1\n");
    work.remove("b.txt");
    work.git(&["mv", "c.txt", "renamed.txt"]);
    let answer = repo.status();
    let expected = [
        "modified a.txt",
        "deleted b.txt",
        "added committed.txt",
        "renamed renamed.txt",
        "added staged.txt",
        "added untracked.txt",
    ];
    assert_eq!(changes(&answer, "work"), expected);
    let layers: Vec<&str> = terminal(&answer, "work")["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(&one["layers"][0]))
        .collect();
    assert_eq!(layers, ["unstaged", "unstaged", "committed", "staged", "staged", "untracked"]);
}

#[test]
fn work_that_was_undone_is_no_work() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let work = repo.worktree("work");
    work.write("a.txt", lines(&[(5, "x")]));
    work.git(&["add", "a.txt"]);
    work.write("a.txt", lines(&[]));
    work.commit("there", &[("b.txt", &lines(&[(1, "other")]))]);
    work.commit("and back", &[("b.txt", &lines(&[(1, "b")]))]);
    assert_eq!(changes(&repo.status(), "work"), [""; 0]);
}

#[test]
fn a_conflict_of_commits_and_one_of_uncommitted_work_are_told_apart() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    two.write("a.txt", lines(&[(3, "two")]));
    let conflict = |answer: &serde_json::Value| findings(answer, "merge_conflict")[0].clone();
    let answer = repo.status();
    assert_eq!(
        (&answer["pairs"][0]["verdict"], &answer["pairs"][0]["committed"]),
        (&"conflict".into(), &"disjoint".into())
    );
    assert_eq!(conflict(&answer)["evidence"]["committed"], false);
    assert!(text(&conflict(&answer)["message"]).contains("involves uncommitted work and may disappear"));
    repo.tw(&["status"]).exits(1).says("a.txt content, uncommitted");
    two.commit("two", &[]);
    let answer = repo.status();
    assert_eq!(answer["pairs"][0]["committed"], "conflict");
    assert_eq!(conflict(&answer)["evidence"]["committed"], true);
    assert!(text(&conflict(&answer)["message"]).contains("both committed"));
    repo.tw(&["status"]).exits(1).says("a.txt content, committed");
}

#[test]
fn an_overlap_that_merges_cleanly_is_information() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("one").write("a.txt", lines(&[(3, "one")]));
    repo.worktree("two").write("a.txt", lines(&[(30, "two")]));
    let answer = repo.status();
    let overlaps = findings(&answer, "file_overlap");
    assert_eq!((overlaps.len(), &overlaps[0]["severity"]), (1, &"info".into()));
    assert!(text(&overlaps[0]["message"]).contains("merges cleanly"), "{}", messages(&answer));
    repo.tw(&["status"]).exits(0).says("no conflicts").says("Overlaps that merge cleanly: 1 file (use -v)");
    repo.tw(&["status", "-v"]).exits(0).says("a.txt: one line 3 and two line 30");
    repo.tw(&["sync"]).exits(0).says("Conflicts: None");
}

#[test]
fn drift_is_told_once_on_the_terminal_that_drifted() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for name in ["one", "two", "three"] {
        repo.worktree(name);
    }
    let one = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    let two = Repo { sandbox: &sandbox, top: sandbox.path("two") };
    two.commit("two", &[("b.txt", &lines(&[(1, "two")]))]);
    repo.commit("main goes on", &[("a.txt", &lines(&[(3, "main")]))]);
    let answer = repo.status();
    let conflicts = findings(&answer, "merge_conflict");
    assert_eq!(conflicts.len(), 1, "{}", messages(&answer));
    assert_eq!(
        (&conflicts[0]["terminals"], &conflicts[0]["evidence"]["drift"]),
        (&serde_json::json!(["one"]), &true.into())
    );
    let said = repo.tw(&["status"]).exits(1).says("1 conflict").says("one conflicts with main");
    assert_eq!(said.stdout.matches("conflicts with main").count(), 1, "{said}");
    assert!(pairs(&answer).iter().all(|pair| !pair.ends_with("conflict")), "{:?}", pairs(&answer));
}

/// terminal-1 and terminal-2 of one story both work in the worktree `both`.
fn one_worktree_for_two<'a>(sandbox: &'a Sandbox, scopes: [&str; 2]) -> Repo<'a> {
    let repo = shop(sandbox);
    repo.worktree("both").write("a.txt", lines(&[(3, "x")]));
    let session = |id: usize, scope: &str| {
        format!("  terminal-{id}:\n    status: in_progress\n    worktree: ../both\n    scope: [{scope}]\n")
    };
    let text =
        format!("story_id: \"1-2-login\"\nsessions:\n{}{}", session(1, scopes[0]), session(2, scopes[1]));
    repo.track("story-1-2-sessions.yaml", text);
    repo
}

#[test]
fn two_terminals_in_one_worktree_have_no_merge_conflict() {
    let sandbox = Sandbox::new();
    let repo = one_worktree_for_two(&sandbox, ["", ""]);
    let answer = repo.status();
    assert!(findings(&answer, "merge_conflict").is_empty());
    let overlaps = findings(&answer, "file_overlap");
    assert_eq!(overlaps.len(), 1, "{}", messages(&answer));
    assert_eq!(overlaps[0]["terminals"], serde_json::json!(["terminal-1", "terminal-2"]));
    assert!(text(&overlaps[0]["message"]).contains("git does not know by which of them"));
    for id in ["terminal-1", "terminal-2"] {
        assert_eq!(terminal(&answer, id)["changes"][0]["shared"], true);
    }
    repo.tw(&["sync"]).exits(0);
}

#[test]
fn a_scope_says_whose_file_it_is() {
    let sandbox = Sandbox::new();
    let repo = one_worktree_for_two(&sandbox, ["\"a.*\"", "\"b.*\""]);
    let answer = repo.status();
    assert_eq!(changes(&answer, "terminal-1"), ["modified a.txt"]);
    assert_eq!(changes(&answer, "terminal-2"), [""; 0]);
    assert!(findings(&answer, "file_overlap").is_empty(), "{}", messages(&answer));
    // The current file says it too.
    repo.tw(&["update", "terminal-1", "--scope", "", "--current-file", "a.txt"]).exits(0);
    assert_eq!(changes(&repo.status(), "terminal-2"), [""; 0]);
}

#[test]
fn a_file_that_both_scopes_claim_is_a_warning() {
    let sandbox = Sandbox::new();
    let repo = one_worktree_for_two(&sandbox, ["\"a.*\"", "\"*.txt\""]);
    let answer = repo.status();
    let overlaps = findings(&answer, "file_overlap");
    assert_eq!(overlaps[0]["severity"], "warning", "{}", messages(&answer));
    repo.tw(&["sync"])
        .exits(0)
        .says("Conflicts: None")
        .says("Warning: a.txt: terminal-1 and terminal-2 work on it in the same worktree");
    let recorded = &repo.yaml("story-1-2-sessions.yaml")["coordination"]["conflicts"][0];
    assert_eq!((recorded["type"].as_str(), recorded["file"].as_str()), (Some("file_overlap"), Some("a.txt")));
    repo.tw(&["status", "--fail-on", "warning"]).exits(1);
}

#[test]
fn declared_files_alone_count_where_git_shows_nothing() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let session =
        |id: usize| format!("  terminal-{id}:\n    status: in_progress\n    current_file: src/shared.ts\n");
    repo.track(
        "story-1-2-sessions.yaml",
        format!("story_id: \"1-2-login\"\nsessions:\n{}{}", session(1), session(2)),
    );
    let answer = repo.status();
    assert_eq!(pairs(&answer), ["terminal-1 terminal-2 unknown"]);
    let overlaps = findings(&answer, "file_overlap");
    assert!(
        text(&overlaps[0]["message"]).contains("both declare it as their current file"),
        "{}",
        messages(&answer)
    );
    let said = repo.tw(&["sync"]).exits(0).says("Conflicts: None");
    said.says("Warning: src/shared.ts: terminal-1 and terminal-2 both declare it")
        .says("Not linked to git, so only declared files are checked: Terminal-1, Terminal-2.");
}

#[test]
fn a_rename_and_an_edit_of_the_old_name_are_one_file() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    one.git(&["mv", "b.txt", "better.txt"]);
    one.commit("rename", &[("better.txt", &lines(&[(1, "b"), (20, "one")]))]);
    repo.worktree("two").commit("edit", &[("b.txt", &lines(&[(1, "b"), (20, "two")]))]);
    let answer = repo.status();
    assert_eq!(pairs(&answer), ["one two conflict"], "{}", messages(&answer));
}

#[test]
fn a_merged_branch_counts_as_merged() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let work = repo.worktree("terminal-1");
    repo.tw(&["register", "--mode", "inter", "--story", "1-2-login"]).exits(0);
    work.commit("work", &[("new.txt", "1\n")]);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    repo.tw(&["sync"]).exits(0).says("Ready to merge: Story 1-2 (terminal-1)");
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "terminal-1"]);
    repo.tw(&["sync"]).exits(0).says("Ready to merge: None");
    let observed = repo.yaml("active-sessions.yaml")["sessions"]["terminal-1"]["observed"].clone();
    assert_eq!((observed["merged"].as_bool(), observed["ahead"].as_u64()), (Some(true), Some(0)));
}

#[test]
fn a_branch_that_has_no_commit_of_its_own_yet_is_not_merged() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let work = repo.worktree("terminal-1");
    repo.tw(&["register", "--mode", "inter", "--story", "1-2-login"]).exits(0);
    let merged = || {
        repo.tw(&["sync"]).exits(0);
        let observed = repo.yaml("active-sessions.yaml")["sessions"]["terminal-1"]["observed"].clone();
        let shown = terminal(&repo.status(), "terminal-1")["merged"].clone();
        assert_eq!(shown, observed["merged"].as_bool().unwrap());
        observed["merged"].as_bool().unwrap()
    };
    assert!(!merged(), "work has not begun");
    repo.commit("main goes on", &[("other.txt", "1\n")]);
    assert!(!merged(), "nor has it when main goes on");
    work.commit("work", &[("new.txt", "1\n")]);
    assert!(!merged());
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "terminal-1"]);
    assert!(merged());
    work.git(&["merge", "-q", "--ff-only", "main"]);
    assert!(merged(), "it stays so when the branch is brought up to date");
    work.git(&["reset", "-q", "--hard", "main~2"]);
    assert!(merged());
}

#[test]
fn a_branch_that_was_fast_forwarded_to_is_merged_and_one_whose_work_was_thrown_away_is_not() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [one, two, three] = ["terminal-1", "terminal-2", "terminal-3"].map(|name| repo.worktree(name));
    for _ in 0..3 {
        repo.tw(&["register", "--mode", "intra", "--story", "1-2-login"]).exits(0);
    }
    one.commit("work", &[("new.txt", "1\n")]);
    repo.git(&["merge", "-q", "--ff-only", "terminal-1"]);
    two.commit("thrown away", &[("other.txt", "1\n")]);
    two.git(&["reset", "-q", "--hard", "main"]);
    three.commit("rebased", &[("three.txt", "1\n")]);
    three.git(&["rebase", "-q", "main"]);
    repo.git(&["merge", "-q", "--ff-only", "terminal-3"]);
    repo.tw(&["sync"]).exits(0);
    let sessions = repo.yaml("story-1-2-sessions.yaml")["sessions"].clone();
    let merged = |id: &str| sessions[id]["observed"]["merged"].as_bool().unwrap();
    assert_eq!(["terminal-1", "terminal-2", "terminal-3"].map(merged), [true, false, true]);
    // without the log, a contained branch is merged once its work is complete
    std::fs::remove_file(repo.path(".git/logs/refs/heads/terminal-1")).unwrap();
    // nor what the last synchronization saw
    repo.track(
        "story-1-2-sessions.yaml",
        repo.tracked("story-1-2-sessions.yaml").replace("merged: true", "merged: false"),
    );
    assert_eq!(terminal(&repo.status(), "terminal-1")["merged"], false);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    assert_eq!(terminal(&repo.status(), "terminal-1")["merged"], true);
}

#[test]
fn completed_stories_that_wait_in_a_circle_are_ready_nowhere() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let needs = "dependencies:\n  \"1-2-login\": [\"1-3-account\"]\n  \"1-3-account\": [\"1-2-login\"]\n  \"1-4-mail\": [\"1-3-account\"]\n";
    repo.track("dependencies-template.yaml", needs);
    let active = "sessions:\n  terminal-1:\n    story_id: \"1-2-login\"\n    status: in_progress\n  terminal-2:\n    story_id: \"1-3-account\"\n    status: in_progress\n  terminal-3:\n    story_id: \"1-4-mail\"\n    status: completed\n";
    repo.track("active-sessions.yaml", active);
    for name in ["terminal-1", "terminal-2", "terminal-3"] {
        repo.worktree(name).commit(name, &[(name, "1\n")]);
    }
    for done in ["terminal-1", "terminal-2"] {
        repo.tw(&["complete", done]).exits(0).says_not("Ready to merge");
        repo.tw(&["status"]).exits(0).says_not("Ready to merge").says_not("ready to merge");
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        let waiting: Vec<&str> =
            order["waiting"].as_array().unwrap().iter().map(|one| text(&one["terminal"])).collect();
        assert_eq!(waiting, ["terminal-1", "terminal-2", "terminal-3"]);
    }
    // what is in the target waits no more, and nothing waits for it
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "terminal-1"]);
    repo.tw(&["status"]).exits(0).says("Ready to merge: Story 1-3 (terminal-2)");
    assert_eq!(repo.tw(&["merge-order", "--format", "json"]).json()["waiting"], serde_json::json!([]));
}

#[test]
fn work_on_a_story_that_waits_is_a_violation_that_names_the_sequence() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("dependencies-template.yaml", "dependencies:\n  \"1-3-account\": [\"1-2-login\"]\n");
    repo.worktree("terminal-1").commit("too early", &[("x", "1\n")]);
    let active = "sessions:\n  terminal-1:\n    story_id: \"1-3-account\"\n    status: pending\n  terminal-2:\n    story_id: \"1-2-login\"\n    status: in_progress\n";
    repo.track("active-sessions.yaml", active);
    let said = repo.tw(&["sync"]).exits(0);
    let said =
        said.says("1-3-account has started (1 commit), but 1-2-login, which it depends on, is not complete");
    let said = said.says("Complete 1-2-login first, then continue with 1-3-account.");
    assert!(flat(&said.stdout).contains("Terminal-1: Story 1-3 (blocked - waiting for story 1-2)"), "{said}");
}

#[test]
fn a_target_of_ones_own_decides_what_is_new() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("release").commit("released", &[("a.txt", &lines(&[(3, "release")]))]);
    repo.worktree("work").commit("work", &[("a.txt", &lines(&[(3, "work")]))]);
    assert!(findings(&repo.status(), "merge_conflict").len() == 1);
    let answer = repo.tw(&["status", "--target", "release", "--format", "json"]).exits(1).json();
    assert_eq!(answer["target"]["name"], "release");
    assert_eq!(terminal(&answer, "work")["behind"], 1);
    assert_eq!(findings(&answer, "merge_conflict")[0]["evidence"]["drift"], true);
}

#[test]
fn compare_says_what_git_merge_would_do() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("one", &[("a.txt", &lines(&[(3, "one")])), ("b.txt", &lines(&[(1, "b"), (9, "one")]))]);
    two.commit("two", &[("a.txt", &lines(&[(3, "two")])), ("b.txt", &lines(&[(1, "b"), (30, "two")]))]);
    let said = repo.tw(&["compare", "one", "two"]).exits(1).says("git merge of two into one would stop");
    said.says("a.txt content one line 3 two line 3").says_not("b.txt");
    let answer = repo.tw(&["compare", "one", "two", "--format", "json"]).exits(1).json();
    assert_eq!((&answer["clean"], &answer["conflicts"]), (&false.into(), &serde_json::json!(["a.txt"])));
    repo.tw(&["compare", "one", "main"]).exits(0).says("git merge of main into one is clean");
    // A worktree's path means its uncommitted work too, a branch its commits alone.
    let path = one.top.to_str().unwrap();
    one.write("c.txt", lines(&[(2, "one")]));
    two.commit("two again", &[("c.txt", &lines(&[(2, "two")]))]);
    repo.tw(&["compare", path, "two"]).exits(1).says("2 conflicts");
    repo.tw(&["compare", "one", "two"]).exits(1).says("1 conflict:");
    repo.tw(&["compare", "one", "two", "--fail-on", "never"]).exits(0);
}

#[test]
fn a_merge_that_is_not_finished_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    two.commit("two", &[("a.txt", &lines(&[(3, "two")]))]);
    assert!(!two.try_git(&["merge", "one"]).status.success());
    let said = repo.tw(&["status"]);
    let git = format!("git -C {}", two.top.display());
    let ending =
        format!("Resolve a.txt and add it ({git} add :/a.txt), then finish it ({git} merge --continue)");
    said.says(&format!("? unknown two: a merge is in progress, resolving a.txt {ending}"));
    two.git(&["merge", "--abort"]);
    repo.tw(&["status"]).exits(1).says_not("in progress");
}

#[test]
fn a_worktree_that_was_never_checked_out_deleted_nothing() {
    let sandbox = Sandbox::new();
    let origin = sandbox.repo("origin", &[("a", "a\n"), ("b", "b\n")]);
    let from = origin.top.to_str().unwrap();
    origin.git(&["clone", "-q", "--no-checkout", from, sandbox.path("copy").to_str().unwrap()]);
    let copy = Repo { sandbox: &sandbox, top: sandbox.path("copy") };
    copy.git(&["branch", "work"]);
    let said = copy.status();
    assert_eq!(said["terminals"], serde_json::json!([]), "{said:#}");
}

#[test]
fn a_terminal_without_any_work_is_neither_merged_nor_in_the_target() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("terminal-1");
    let two = repo.worktree("terminal-2");
    for _ in 0..2 {
        repo.tw(&["register", "--mode", "intra", "--story", "1-2-login"]).exits(0);
    }
    two.commit("thrown away", &[("other.txt", "1\n")]);
    two.git(&["reset", "-q", "--hard", "main"]);
    for id in ["terminal-1", "terminal-2"] {
        repo.tw(&["complete", id]).exits(0);
        repo.tw(&["sync"]).exits(0);
        assert_eq!(terminal(&repo.status(), id)["merged"], false, "{id}");
        let sessions = repo.yaml("story-1-2-sessions.yaml")["sessions"].clone();
        assert_eq!(sessions[id]["observed"]["merged"].as_bool(), Some(false), "{id}");
    }
    repo.commit("main goes on", &[("main.txt", "1\n")]);
    repo.tw(&["merge-order"]).says("terminal-1: no work yet").says_not("already merged");
    repo.tw(&["status"]).says_not("merged");
    one.commit("work", &[("new.txt", "1\n")]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "one", "terminal-1"]);
    repo.tw(&["merge-order"]).says_not("terminal-1: no work yet");
}

/// Files larger than what is read, without a byte on disk.
#[test]
fn an_untracked_file_that_is_too_large_is_unknown_only_where_two_have_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    let make = |worktree: &Repo<'_>, length| {
        std::fs::File::create(worktree.path("large")).unwrap().set_len(length).unwrap();
    };
    // longer than anybody could read
    make(&one, 1 << 42);
    one.write("a.txt", lines(&[(5, "one")]));
    two.write("a.txt", lines(&[(30, "two")]));
    let answer = repo.status();
    assert_eq!(changes(&answer, "one"), ["modified a.txt", "added large"]);
    assert_eq!(pairs(&answer), ["one two overlap"]);
    assert!(findings(&answer, "not_determined").is_empty(), "{answer:#}");
    make(&two, 1 << 41);
    let answer = repo.status();
    assert_eq!(pairs(&answer), ["one two unknown"]);
    assert!(messages(&answer).contains("large"), "{answer:#}");
}

/// A commit of one worktree conflicts with one of another, and what is not committed there takes it back: git merge
/// takes the commits, so nobody is told that there is no conflict.
#[test]
fn a_conflict_of_commits_is_told_though_uncommitted_work_takes_it_back() {
    for by in ["one", "two", "one two"] {
        for staged in [false, true] {
            for whole in [false, true] {
                let sandbox = Sandbox::new();
                let repo = shop(&sandbox);
                let (one, two) = (repo.worktree("one"), repo.worktree("two"));
                one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
                two.commit("two", &[("a.txt", &lines(&[(3, "two")])), ("b.txt", &lines(&[(9, "two")]))]);
                for place in [&one, &two].into_iter().filter(|place| by.contains(&*text_of_name(place))) {
                    place.write("a.txt", if whole { lines(&[]) } else { lines(&[(18, "elsewhere")]) });
                    if staged {
                        place.git(&["add", "a.txt"]);
                    }
                }
                assert!(!repo.try_git(&["merge-tree", "--write-tree", "one", "two"]).status.success());
                let status = repo.status();
                let told = findings(&status, "merge_conflict");
                let message = text(&told[0]["message"]);
                let who = by.replace(' ', " and ");
                assert_eq!(
                    message,
                    format!(
                        "one and two conflict as they are committed; uncommitted changes of {who} take that back"
                    )
                );
                repo.tw(&["status"]).says(message);
                repo.tw(&["compare", "one", "two"]).exits(1);
                for place in [&one, &two] {
                    let said = place.tw(&["check"]);
                    let told = flat(&said.stdout).contains("conflict as they are committed");
                    assert!(told, "{by} {staged} {whole}: {said}");
                }
                for place in [&one, &two] {
                    place.try_git(&["commit", "-q", "-a", "-m", "back"]);
                }
                assert!(findings(&repo.status(), "merge_conflict").is_empty());
                repo.tw(&["compare", "one", "two"]).exits(0);
            }
        }
    }
}

/// The same against the target.
#[test]
fn a_conflict_with_the_target_is_told_though_uncommitted_work_takes_it_back() {
    for (now, staged) in [("line 3", false), ("line 3", true), ("main", false), ("main", true)] {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        let work = repo.worktree("work");
        work.commit("work", &[("a.txt", &lines(&[(3, "work")]))]);
        repo.commit("main goes on", &[("a.txt", &lines(&[(3, "main")]))]);
        work.write("a.txt", lines(&[(3, now)]));
        if staged {
            work.git(&["add", "a.txt"]);
        }
        let told = "what work committed conflicts with main; uncommitted changes take that back";
        repo.tw(&["status"]).exits(0).says(told);
        work.tw(&["check"]).exits(0).says(told);
        repo.tw(&["compare", "main", "work"]).exits(1);
        // two sessions there: one sentence, with both names once
        for id in ["first", "second"] {
            let of = ["--terminal", id, "--branch", "work", "--focus", id];
            repo.tw(&[&["register", "--mode", "intra", "--story", "1-2"][..], &of].concat()).exits(0);
        }
        repo.tw(&["status"]).exits(0).says("what first and second committed conflicts with main");
        work.tw(&["check"]).exits(0).says("what first, second committed conflicts with main");
        work.git(&["commit", "-q", "-a", "-m", "back"]);
        repo.tw(&["status"]).exits(0).says_not("committed conflicts with main");
        repo.tw(&["compare", "main", "work"]).exits(0);
    }
}

fn text_of_name(place: &Repo) -> String {
    place.top.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn an_ignored_file_that_an_update_from_the_target_overwrites_is_told_before() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.commit("ignores", &[(".gitignore", ".env\n*.log\n")]);
    let work = repo.worktree("work");
    work.commit("own", &[("a.txt", &lines(&[(5, "own")]))]);
    for file in [".env", "other.log"] {
        work.write(file, "of work alone\n");
    }
    repo.write("a.txt", lines(&[(5, "main")]));
    repo.write(".env", "sample\n");
    repo.git(&["add", "--force", "a.txt", ".env"]);
    repo.git(&["commit", "-q", "-m", "a sample"]);
    for said in [repo.tw(&["status"]), work.tw(&["check"])] {
        let said = flat(&said.stdout);
        assert!(
            said.contains(
                "git merge main overwrites an ignored file in the worktree of work without asking: .env"
            ),
            "{said}"
        );
        assert!(!said.contains("other.log"), "{said}");
    }
    // it does
    work.try_git(&["merge", "main"]);
    assert_eq!(std::fs::read_to_string(work.path(".env")).unwrap(), "sample\n");
    let said = repo.tw(&["status"]);
    assert!(!said.stdout.contains("overwrites"), "{said}");
}
