//! What is said and advised in small states of real life.

use std::fs;

use serde_json::{Value, json};

use crate::cli::program::{Said, conflicts, flat, numbered, said_with, scrubbed, terminal};
use crate::support::{Repo, Sandbox};

/// `story-1-1-sessions.yaml` and the like.
fn sessions(story: &str) -> String {
    format!("story-{story}-sessions.yaml")
}

fn register(repo: &Repo, terminal: &str, story: &str, more: &[&str]) -> Said {
    let args = ["register", "--mode", "intra", "--story", story, "--terminal", terminal, "--focus", "some"];
    repo.tw(&[&args, more].concat()).exits(0)
}

fn register_story(repo: &Repo, terminal: &str, story: &str) -> Said {
    repo.tw(&["register", "--mode", "inter", "--story", story, "--terminal", terminal]).exits(0)
}

/// All that a command prints, as one line.
fn told(repo: &Repo, args: &[&str]) -> String {
    let said = repo.tw(args);
    flat(&format!("{}{}", said.stdout, said.stderr))
}

fn order(repo: &Repo) -> Value {
    repo.tw(&["merge-order", "--format", "json"]).json()
}

/// How two terminals would merge.
fn verdict(status: &Value, a: &str, b: &str) -> String {
    let pairs = status["pairs"].as_array().unwrap().iter();
    let mut found =
        pairs.filter(|pair| [(a, b), (b, a)].iter().any(|(a, b)| pair["a"] == *a && pair["b"] == *b));
    found.next().map_or("disjoint", |pair| pair["verdict"].as_str().unwrap()).to_string()
}

#[test]
fn a_resolved_merge_in_progress_is_no_conflict_and_not_the_terminals_own_work() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(100, &[])), ("k", "a\n")]);
    let a = repo.worktree("a");
    a.commit("a", &[("f", &numbered(100, &[(10, "A")]))]);
    repo.commit("m", &[("f", &numbered(100, &[(10, "M")])), ("k", "b\n"), ("new", &numbered(20, &[]))]);
    let b = repo.worktree("b");
    b.commit("b", &[("new", &numbered(20, &[(5, "B")]))]);
    a.try_git(&["merge", "-q", "main"]);
    a.git(&["checkout", "-q", "--ours", "f"]);
    a.git(&["add", "f"]);
    let status = repo.status();
    assert!(conflicts(&status).is_empty(), "{status:#}");
    let changed = terminal(&status, "a")["changes"].as_array().unwrap();
    assert!(changed.iter().all(|change| change["path"] == "f"), "{changed:#?}");
}

#[test]
fn nobody_is_told_to_update_a_target_that_is_amid_a_merge_from_itself() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(30, &[]))]);
    let (a, b, c) = (repo.worktree("a"), repo.worktree("b"), repo.worktree("c"));
    a.commit("a", &[("f", &numbered(30, &[(5, "A")]))]);
    b.commit("b", &[("f", &numbered(30, &[(5, "B")]))]);
    c.commit("c", &[("g", "c\n")]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "a", "a"]);
    repo.try_git(&["merge", "-q", "b"]);
    for command in ["status", "sync"] {
        assert!(!told(&repo, &[command]).contains("main from main"));
    }
    assert!(told(&repo, &["merge-order"]).contains("in progress"));
}

#[test]
fn a_merge_that_git_refuses_is_advised_after_a_commit() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(30, &[])), ("g", "g\n")]);
    let (edited, added, done) = (repo.worktree("edited"), repo.worktree("added"), repo.worktree("done"));
    register(&repo, "edited", "1-1-a", &[]);
    done.commit("done", &[("g", "done\n")]);
    edited.write("f", numbered(30, &[(5, "E")]));
    added.write("new", "added\n");
    repo.commit("m", &[("f", &numbered(30, &[(5, "M")])), ("new", "main\n"), ("g", "m\n")]);
    let all = [told(&repo, &["status"]), told(&repo, &["sync"])];
    for (name, work) in [("edited", &edited), ("added", &added)] {
        let commit = format!("Commit the uncommitted work, then update {name} from main (git ");
        assert!(all.iter().all(|told| told.contains(&commit)), "{all:#?}");
        assert!(told(work, &["check"]).contains(&(commit + "merge main)")));
        assert!(!work.try_git(&["merge", "main"]).status.success());
    }
    // to commit is the one next step
    assert!(!all[1].split("Next:").nth(1).unwrap().contains("merge main"), "{}", all[1]);
    for said in [&all[0], &told(&done, &["check"])] {
        assert!(
            said.contains("Update done from main (git ") && said.contains("merge main) and resolve"),
            "{said}"
        );
    }
    edited.git(&["commit", "-qam", "e"]);
    assert!(told(&repo, &["sync"]).contains("edited merge main"));
    // of many at once
    done.write("new", "done\n");
    for command in ["status", "sync"] {
        let said = told(&repo, &[command]);
        assert!(said.contains("In each of them, commit what is not committed, then update"), "{said}");
    }
}

#[test]
fn nobody_is_told_to_merge_amid_a_rebase_or_while_the_target_merges_the_terminal() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(30, &[]))]);
    let work = repo.worktree("work");
    work.commit("w", &[("f", &numbered(30, &[(5, "W")]))]);
    repo.commit("m", &[("f", &numbered(30, &[(5, "M")]))]);
    work.try_git(&["rebase", "main"]);
    for said in [told(&work, &["check"]), told(&repo, &["status"])] {
        assert!(said.contains("rebase --abort") && !said.contains("merge main"), "{said}");
    }
    work.git(&["rebase", "--abort"]);
    repo.try_git(&["merge", "work"]);
    for said in [told(&work, &["check"]), told(&repo, &["status"])] {
        assert!(said.contains("It is being merged into main now. Resolve f and add it"), "{said}");
        assert!(!said.contains("merge main)"), "{said}");
    }
}

#[test]
fn two_that_both_conflict_with_the_target_in_a_file_are_not_said_to_merge_cleanly_in_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(30, &[])), ("g", &numbered(60, &[]))]);
    let (one, two, three) = (repo.worktree("one"), repo.worktree("two"), repo.worktree("three"));
    one.commit("one", &[("f", &numbered(30, &[(5, "A")]))]);
    two.git(&["merge", "-q", "one"]);
    two.commit("two", &[("f", &numbered(30, &[(5, "A"), (6, "B")])), ("g", &numbered(60, &[(5, "2")]))]);
    three.commit("three", &[("f", &numbered(30, &[(5, "C")])), ("g", &numbered(60, &[(50, "3")]))]);
    repo.git(&["merge", "-q", "--squash", "one"]);
    repo.git(&["commit", "-qm", "squash"]);
    assert!(!two.try_git(&["merge-tree", "--write-tree", "two", "three"]).status.success());
    let status = told(&repo, &["status", "-v"]);
    assert!(
        status.contains("f: three and two both changed it, and both conflict with main there"),
        "{status}"
    );
    let clean = status.split("Overlaps that merge cleanly").nth(1).unwrap();
    assert!(clean.contains("g: three line 50 and two line 5") && !clean.contains("f: three"), "{clean}");
    let check = told(&three, &["check"]);
    assert!(check.contains("f: two works on it too; whether your changes merge is not known"), "{check}");
    let check = three.tw(&["check", "--format", "json"]).json();
    let met = check["encounters"].as_array().unwrap();
    let said = |path: &str| met.iter().find(|met| met["path"] == path).unwrap()["meeting"].clone();
    assert_eq!((said("f"), said("g")), (json!("claim"), json!("overlap")), "{check:#}");
}

#[test]
fn a_bisect_is_judged_as_its_branch() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &numbered(9, &[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    for name in ["n0", "n1", "n2", "n3"] {
        one.commit(name, &[(name, "x\n")]);
    }
    one.commit("x", &[("a", &numbered(9, &[(1, "x")]))]);
    two.commit("y", &[("a", &numbered(9, &[(1, "y")]))]);
    one.git(&["bisect", "start", "one", "main"]);
    assert_eq!(verdict(&repo.status(), "one", "two"), "conflict");
    assert_eq!(order(&repo)["cost"]["conflicts"], 1);
}

#[test]
fn work_that_was_squashed_is_merged_and_stays_so() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(100, &[]))]);
    repo.tw(&["init"]).exits(0);
    let work = repo.worktree_at(&sandbox.path("terminal-1"), &["-b", "s1"]);
    register_story(&repo, "terminal-1", "1-1-a");
    work.commit("one", &[("f", &numbered(100, &[(10, "one")]))]);
    work.commit("two", &[("f", &numbered(100, &[(10, "one"), (20, "one")]))]);
    repo.tw(&["sync"]);
    repo.git(&["merge", "-q", "--squash", "s1"]);
    repo.git(&["commit", "-q", "-m", "squash"]);
    repo.tw(&["sync"]);
    assert_eq!(terminal(&repo.status(), "terminal-1")["merged"], true);
    repo.commit("on", &[("f", &numbered(100, &[(10, "later"), (20, "one")]))]);
    let status = repo.status();
    assert_eq!(terminal(&status, "terminal-1")["merged"], true, "forgotten once main went on");
    assert!(conflicts(&status).is_empty(), "{status:#}");
    assert_eq!(order(&repo)["steps"], json!([]));
}

#[test]
fn work_that_was_picked_commit_by_commit_is_merged() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(100, &[])), ("g", &numbered(100, &[]))]);
    let work = repo.worktree("t");
    work.commit("one", &[("f", &numbered(100, &[(10, "one")]))]);
    work.commit("two", &[("f", &numbered(100, &[(10, "one"), (50, "one")]))]);
    repo.commit("m", &[("g", &numbered(100, &[(9, "m")]))]);
    repo.git(&["cherry-pick", "t~1", "t"]);
    repo.commit("on", &[("f", &numbered(100, &[(10, "later"), (50, "one")]))]);
    let status = repo.status();
    assert_eq!(terminal(&status, "t")["merged"], true);
    assert!(conflicts(&status).is_empty(), "{status:#}");
}

#[test]
fn a_terminal_that_did_nothing_yet_is_not_merged() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", "x\n")]);
    repo.tw(&["init"]).exits(0);
    repo.worktree("terminal-1");
    register(&repo, "terminal-1", "1-1-a", &[]);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    repo.tw(&["sync"]);
    assert_ne!(terminal(&repo.status(), "terminal-1")["merged"], true);
    let said = repo.tw(&["status"]).stdout;
    let row = said.lines().find(|line| line.starts_with("terminal-1")).unwrap_or_else(|| panic!("{said}"));
    assert!(!row.contains("merged"), "{row}");
    assert!(!told(&repo, &["merge-order"]).contains("contains"));
}

#[test]
fn uncommitted_work_is_not_ready() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &numbered(9, &[]))]);
    repo.tw(&["init"]).exits(0);
    let one = repo.worktree("one");
    register(&repo, "one", "1-2-x", &[]);
    one.write("a", numbered(9, &[(1, "x")]));
    let said = told(&repo, &["complete", "one"]);
    assert!(said.contains("uncommitted"), "{said}");
    repo.tw(&["sync"]);
    assert_eq!(repo.status()["ready_to_merge"], json!([]));
    assert!(!repo.tracked(&sessions("1-2")).contains("ready_to_merge: true"));
}

#[test]
fn a_story_that_is_not_merged_is_not_archived() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &numbered(9, &[]))]);
    repo.tw(&["init"]).exits(0);
    let one = repo.worktree("one");
    register(&repo, "one", "1-2-x", &[]);
    one.commit("x", &[("a", &numbered(9, &[(1, "x")]))]);
    repo.tw(&["complete", "one"]).exits(0);
    repo.tw(&["sync"]);
    repo.tw(&["archive", "1-2"]).exits(2);
    repo.tracked(&sessions("1-2"));
}

#[test]
fn what_was_merged_is_not_ready_again() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(99, &[]))]);
    repo.tw(&["init"]).exits(0);
    let [one, two, _] = ["terminal-1", "terminal-2", "terminal-3"].map(|name| repo.worktree(name));
    register(&repo, "terminal-1", "1-1-a", &[]);
    register(&repo, "terminal-2", "1-1-a", &[]);
    register(&repo, "terminal-3", "1-1-a", &["--blocked-by", "terminal-1"]);
    one.commit("1", &[("f", &numbered(99, &[(9, "1")]))]);
    two.commit("2", &[("f", &numbered(99, &[(60, "2")]))]);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    repo.git(&["merge", "-q", "--no-ff", "-m", "m", "terminal-1"]);
    repo.tw(&["sync"]);
    let said = told(&repo, &["complete", "terminal-2"]);
    assert!(!said.split_once("Ready").is_some_and(|(_, ready)| ready.contains("erminal-1")), "{said}");
}

#[test]
fn one_answer_says_who_goes_first() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(40, &[])), ("g", &numbered(40, &[]))]);
    repo.tw(&["init"]).exits(0);
    let [one, two, three] = ["terminal-1", "terminal-2", "terminal-3"].map(|name| repo.worktree(name));
    register(&repo, "terminal-1", "1-1-a", &[]);
    register(&repo, "terminal-2", "1-1-a", &[]);
    register_story(&repo, "terminal-3", "1-2-b");
    one.commit("1", &[("f", &numbered(40, &[(10, "1")])), ("g", &numbered(40, &[(3, "1")]))]);
    two.commit("2", &[("f", &numbered(40, &[(10, "2")]))]);
    three.commit("3", &[("f", &numbered(40, &[(10, "3")])), ("h", "3\n"), ("i", "3\n")]);
    let order = order(&repo);
    let place = |terminal: &str| {
        order["steps"].as_array().unwrap().iter().position(|step| step["terminal"] == terminal)
    };
    let status = repo.status();
    assert!(!conflicts(&status).is_empty());
    for finding in conflicts(&status) {
        let suggestion = finding["suggestion"].as_str().unwrap();
        let first = suggestion.split_once(" first").map(|(first, _)| first.to_lowercase());
        let first = first.unwrap_or_else(|| panic!("names nobody: {suggestion}"));
        for other in finding["terminals"].as_array().unwrap().iter().filter(|other| **other != first) {
            assert!(place(&first) < place(other.as_str().unwrap()), "{suggestion}, but {order:#}");
        }
    }
}

#[test]
fn what_is_certain_stays_certain_beside_other_edits() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(100, &[]))]);
    let (a, b) = (repo.worktree("a"), repo.worktree("b"));
    a.commit("a", &[("f", &numbered(100, &[(10, "A")]))]);
    b.commit("b", &[("f", &numbered(100, &[(10, "B")]))]);
    a.write("f", numbered(100, &[(10, "A"), (50, "A")]));
    assert_eq!(conflicts(&repo.status())[0]["evidence"]["committed"], true);
}

#[test]
fn the_plan_says_what_git_would_refuse() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &numbered(9, &[]))]);
    let one = repo.worktree("one");
    one.commit("x", &[("a", &numbered(9, &[(1, "x")]))]);
    repo.write("a", numbered(9, &[(9, "z")]));
    let order = order(&repo);
    let warnings = order["steps"][0]["warnings"].as_array().unwrap();
    assert!(!warnings.is_empty(), "{order:#}");
    assert!(!repo.try_git(&["merge", "--no-ff", "one"]).status.success());
}

#[test]
fn unrelated_histories_are_neither_clean_nor_planned() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    repo.git(&["checkout", "-q", "--orphan", "pages"]);
    repo.git(&["rm", "-rfq", "."]);
    repo.commit("p", &[("i", "h\n")]);
    repo.git(&["checkout", "-q", "main"]);
    assert_ne!(repo.tw(&["compare", "main", "pages", "--format", "json"]).json()["clean"], true);
    assert_eq!(order(&repo)["steps"], json!([]));
}

#[test]
fn the_merge_options_of_the_target_count() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &numbered(9, &[]))]);
    let one = repo.worktree("one");
    one.commit("x", &[("a", &numbered(9, &[(1, "x")]))]);
    repo.commit("y", &[("a", &numbered(9, &[(1, "y")]))]);
    repo.git(&["config", "branch.main.mergeOptions", "-X ours"]);
    assert!(conflicts(&repo.status()).is_empty());
}

#[test]
fn a_registration_prefers_the_storys_own_branch() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    repo.tw(&["init"]).exits(0);
    repo.worktree_at(&sandbox.path("terminal-1"), &["-b", "story/20-2-old"]);
    repo.worktree_at(&sandbox.path("reload"), &["-b", "story/22-2-config-validate"]);
    let said =
        told(&repo, &["register", "--mode", "inter", "--story", "22-2-config-validate", "--agent", "dev"]);
    assert!(said.contains("reload") && !said.contains("20-2-old"), "{said}");
}

#[test]
fn a_link_survives_the_move_and_the_removal_of_a_worktree() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &numbered(9, &[]))]);
    repo.tw(&["init"]).exits(0);
    let one = repo.worktree_at(&sandbox.path("terminal-1"), &["-b", "s1"]);
    register(&repo, "terminal-1", "1-2-x", &[]);
    one.commit("x", &[("a", &numbered(9, &[(1, "x")]))]);
    repo.tw(&["sync"]);
    let elsewhere = sandbox.path("elsewhere");
    let elsewhere = elsewhere.to_str().unwrap();
    let steps: [&[&str]; 2] = [&["move", one.top.to_str().unwrap(), elsewhere], &["remove", elsewhere]];
    for step in steps {
        repo.git(&[&["worktree"], step].concat());
        repo.tw(&["sync"]);
        let status = repo.status();
        let terminals = status["terminals"].as_array().unwrap();
        assert!(terminals.len() == 1 && terminals[0]["head"].is_string(), "{step:?}: {terminals:#?}");
    }
}

/// A board, and a session that depends on a story of it.
fn on_a_board(repo: &Repo, board: &str, sessions: &str) -> String {
    repo.write("docs/sprint-status.yaml", board);
    repo.track("active-sessions.yaml", sessions);
    repo.tw(&["sync"]);
    repo.tracked("active-sessions.yaml")
}

const SESSIONS: &str = "parallel_mode: \"inter_story\"\nsessions:\n  terminal-1:\n    story_id: \"2-1-cart\"\n    \
status: \"in_progress\"\ndependencies:\n  \"2-1-cart\":\n    depends_on: [\"1-1-login\"]\n";

#[test]
fn an_unreadable_board_blocks_nobody() {
    let sandbox = Sandbox::new();
    let boards = [
        "development_status:\n<<<<<<< HEAD\n  2-1-cart: backlog\n=======\n  2-1-cart: done\n>>>>>>> x\n  1-1-login: done\n",
        "",
        "development_status:\n  1-1-login: done\n  2-1-ca",
        "development_status:\n  1-1-login: done\n  x: {a\n",
    ];
    for (number, board) in boards.into_iter().enumerate() {
        let repo = sandbox.repo(&format!("main{number}"), &[("a", "x\n")]);
        assert!(!on_a_board(&repo, board, SESSIONS).contains("blocked"), "{board:?}");
    }
}

#[test]
fn a_dependency_may_be_written_with_a_prefix() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    let sessions = SESSIONS.replace("2-1-cart", "story-2-1-cart").replace("1-1-login", "story-1-1-login");
    let board = "development_status:\n  story-1-1-login: done\n  story-2-1-cart: backlog\n";
    assert!(!on_a_board(&repo, board, &sessions).contains("blocked"));
}

#[test]
fn a_board_may_list_epics_and_stories() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    let board = "sprint:\n  name: \"S\"\nepics:\n  - id: \"epic-1\"\n    stories: [\"1-1\", \"2-1\"]\nstories:\n  - id: \"1-1\"\n    \
status: \"completed\"\n  - id: \"2-1\"\n    status: pending\n";
    assert!(!on_a_board(&repo, board, SESSIONS).contains("blocked"));
    let status = repo.status();
    let warned = status["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "tracking");
    assert_eq!(warned, None);
}

#[test]
fn numbers_without_quotes_are_ids() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    let board = "development_status:\n  1.1: done\n  1.10: backlog\n";
    assert!(!on_a_board(&repo, board, &SESSIONS.replace("1-1-login", "1.1")).contains("blocked"));
}

#[test]
fn file_names_that_are_nearly_right_are_told() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    repo.track("active_sessions.yaml", "parallel_mode: inter_story\nsessions: {}\n");
    repo.track("story-1-2-session.yaml", "story_id: 1-2\nsessions: {}\n");
    for command in ["doctor", "status"] {
        let said = told(&repo, &[command]);
        assert!(said.contains("active_sessions.yaml") && said.contains("story-1-2-session.yaml"), "{said}");
    }
}

#[test]
fn a_hook_that_looks_at_its_own_name_still_runs() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    repo.write("c.d/t", "#!/bin/sh\nexit 1\n");
    repo.set_executable("c.d/t", true);
    repo.write(
        "disp",
        "#!/bin/sh\nd=$(basename \"$0\" | sed s/pre-commit/c/).d; [ -d $d ] || exit 0; $d/t\n",
    );
    repo.set_executable("disp", true);
    fs::create_dir_all(repo.path(".git/hooks")).unwrap();
    repo.link(".git/hooks/pre-commit", "../../disp");
    let commit = || repo.try_git(&["commit", "--allow-empty", "-m", "x"]).status.code();
    assert_eq!(commit(), Some(1));
    repo.tw(&["hooks", "install"]).exits(0);
    assert_eq!(commit(), Some(1), "the team's check no longer runs");
}

#[test]
fn an_agent_that_writes_through_a_link_writes_the_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &numbered(9, &[]))]);
    repo.link("link", "a");
    repo.commit("link", &[]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("x", &[("a", &numbered(9, &[(1, "x")]))]);
    let input = json!({"file_path": two.path("link"), "old_string": "line 1\n", "new_string": "y\n"});
    let event =
        json!({"hook_event_name": "PreToolUse", "cwd": two.top, "tool_name": "Edit", "tool_input": input});
    let mut hook = two.program(&["hooks", "run", "--agent", "claude"]);
    let said = said_with(hook.env("TRACK_WORK_HOOK", "block"), &event.to_string());
    assert!(said.stdout.contains("deny"), "{said}");
}

#[test]
fn an_agents_hook_is_harmless_where_the_program_is_missing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    repo.tw(&["hooks", "install", "--agent", "claude"]).exits(0);
    let settings: Value =
        serde_json::from_slice(&fs::read(repo.path(".claude/settings.json")).unwrap()).unwrap();
    let groups =
        settings["hooks"].as_object().unwrap().values().flat_map(|groups| groups.as_array().unwrap());
    let hooks: Vec<&Value> = groups.flat_map(|group| group["hooks"].as_array().unwrap()).collect();
    assert!(!hooks.is_empty());
    for hook in hooks {
        let mut shell = std::process::Command::new("/bin/sh");
        shell.args(["-c", hook["command"].as_str().unwrap()]);
        let mut shell = scrubbed(&sandbox.path("home"), &repo.top, shell);
        said_with(shell.env("PATH", "/usr/bin:/bin"), "{}").exits(0);
    }
}

#[test]
fn nothing_is_said_to_be_without_conflict_where_nothing_is() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    repo.worktree("one");
    repo.tw(&["check", "nosuch.py"]).says_not("no conflict").says("nosuch.py");
}

#[test]
fn changed_lines_are_those_that_were_changed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(40, &[]))]);
    let (a, b) = (repo.worktree("a"), repo.worktree("b"));
    a.commit("a", &[("f", &numbered(40, &[(11, "A")]))]);
    b.commit("b", &[("f", &numbered(40, &[(10, "B")]))]);
    let answer = a.tw(&["check", "--format", "json"]).json();
    assert_eq!(answer["encounters"][0]["ranges_other"], json!([[10, 10]]));
}

#[test]
fn a_deletion_has_no_lines() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &numbered(40, &[]))]);
    let (a, b) = (repo.worktree("a"), repo.worktree("b"));
    a.commit("a", &[("f", &numbered(40, &[]).replace("line 20\nline 21\n", ""))]);
    b.commit("b", &[("f", &numbered(40, &[(20, "B")]))]);
    let answer = repo.tw(&["compare", "a", "b", "--format", "json"]).json();
    assert_eq!(answer["paths"][0]["ranges_a"], json!([[20, 19]]));
}

#[test]
fn progress_counts_stories_too() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    let board = "development_status:\n  epic-1: in-progress\n  1-1-a: in-progress\n  1-2-b: backlog\n  1-3-c: backlog\n";
    repo.write("docs/sprint-status.yaml", board);
    repo.tw(&["init"]).exits(0);
    repo.worktree("terminal-1");
    repo.worktree("terminal-2");
    register(&repo, "terminal-1", "1-1-a", &["--task", "A"]);
    register(&repo, "terminal-2", "1-1-a", &[]);
    repo.tw(&["update", "terminal-1", "--done", "A"]).exits(0);
    repo.tw(&["sync"]);
    let said = told(&repo, &["status"]);
    assert!(!said.contains("100%") && !said.contains("100 %"), "{said}");
}

#[test]
fn names_are_whole_when_piped() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    let name = "story/1-2-fix-the-way-in-which-long-names-of-branches-are-shown-to-people";
    let work = repo.worktree_at(&sandbox.path("w"), &["-b", name]);
    work.commit("x", &[("b", "x\n")]);
    assert!(repo.tw(&["merge-order"]).stdout.contains(name));
    repo.git(&["worktree", "remove", work.top.to_str().unwrap()]);
    for command in ["merge-order", "status"] {
        assert!(repo.tw(&[command]).stdout.contains(name), "{command}");
    }
}

#[test]
fn a_registration_is_taken_back_and_the_file_is_as_before() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "x\n")]);
    repo.tw(&["init"]).exits(0);
    repo.worktree("terminal-1");
    repo.worktree("terminal-2");
    register(&repo, "terminal-1", "1-1-a", &[]);
    let before = repo.tracked(&sessions("1-1"));
    register(&repo, "terminal-2", "1-1-a", &[]);
    repo.tw(&["unregister", "terminal-2"]).exits(0);
    assert_eq!(repo.tracked(&sessions("1-1")), before);
}
