//! Somebody with several worktrees and no tracking files asks for the first time.

use super::program::{changes, lines, messages, pairs, program, said, terminal};
use crate::support::{Repo, Sandbox};

/// Four linked worktrees beside `main`, each with work of another kind.
fn four_worktrees(sandbox: &Sandbox) -> Repo<'_> {
    let files = [
        ("a.txt", &*lines(&[])),
        ("b.txt", &*lines(&[(1, "b")])),
        ("src/x.rs", "fn x() {}\n"),
        (".gitignore", "*.log\n"),
    ];
    let repo = sandbox.repo("shop", &files);
    {
        let [alpha, beta, gamma, delta] = ["alpha", "beta", "gamma", "delta"].map(|name| repo.worktree(name));
        alpha.commit("third line", &[("a.txt", &lines(&[(3, "alpha")]))]);
        beta.write("a.txt", lines(&[(3, "beta")]));
        beta.write("b.txt", lines(&[(1, "b"), (30, "beta")]));
        beta.git(&["add", "b.txt"]);
        gamma.commit("thirtieth line", &[("a.txt", &lines(&[(30, "gamma")]))]);
        gamma.write("new.txt", "gamma\n");
        gamma.write("deep/er/file.txt", "gamma\n");
        gamma.write("debug.log", "ignored\n");
        delta.git(&["mv", "b.txt", "moved.txt"]);
        delta.remove("src/x.rs");
        delta.write("new.txt", "delta\n");
    }
    repo
}

#[test]
fn status_without_tracking_files_shows_every_worktree_with_what_it_touched() {
    let sandbox = Sandbox::new();
    let repo = four_worktrees(&sandbox);
    let answer = repo.status();
    let ids: Vec<&str> =
        answer["terminals"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["alpha", "beta", "delta", "gamma"]);
    assert_eq!(changes(&answer, "alpha"), ["modified a.txt"]);
    assert_eq!(changes(&answer, "beta"), ["modified a.txt", "modified b.txt"]);
    assert_eq!(changes(&answer, "gamma"), ["modified a.txt", "added deep/er/file.txt", "added new.txt"]);
    assert_eq!(changes(&answer, "delta"), ["renamed moved.txt", "added new.txt", "deleted src/x.rs"]);
    let moved = &terminal(&answer, "delta")["changes"][0];
    assert_eq!(moved["from"], "b.txt");
    let alpha = terminal(&answer, "alpha");
    assert_eq!((&alpha["ahead"], &alpha["branch"]), (&1.into(), &"alpha".into()));
    assert_eq!(alpha["changes"][0]["ranges"], serde_json::json!([[3, 3]]));
}

#[test]
fn status_without_tracking_files_tells_every_colliding_pair() {
    let sandbox = Sandbox::new();
    let repo = four_worktrees(&sandbox);
    let answer = repo.status();
    assert_eq!(
        pairs(&answer),
        [
            "alpha beta conflict",
            "alpha delta disjoint",
            "alpha gamma overlap",
            "beta delta overlap", // one edits what the other renames: git merges that
            "beta gamma overlap",
            "delta gamma conflict",
        ],
        "{}",
        messages(&answer)
    );
    let human = repo.tw(&["status"]).exits(1);
    let human =
        human.says("2 conflicts").says("conflict alpha + beta a.txt").says("conflict delta + gamma new.txt");
    human.says("alpha line 3 beta line 3").says_not("alpha + gamma");
}

#[test]
fn status_for_people_names_the_touched_files() {
    let sandbox = Sandbox::new();
    let repo = four_worktrees(&sandbox);
    let human = repo.tw(&["status"]).exits(1);
    let human = human.says("alpha a.txt").says("beta a.txt, b.txt");
    let human = human.says("gamma a.txt, deep/er/file.txt (new), new.txt (new)");
    let human = human.says("delta moved.txt (was b.txt), new.txt (new), src/x.rs (deleted)");
    human.says_not("debug.log");
}

#[test]
fn the_answer_is_the_same_from_everywhere() {
    let sandbox = Sandbox::new();
    let repo = four_worktrees(&sandbox);
    std::fs::create_dir_all(sandbox.path("gamma/deep/er")).unwrap();
    for args in [&["status"][..], &["status", "--format", "json"], &["status", "-v"]] {
        let expected = repo.tw(args).exits(1).stdout;
        for folder in ["shop/src", "alpha", "alpha/src", "beta", "gamma/deep/er", "delta"] {
            let said = said(program(&sandbox, &sandbox.path(folder)).args(args)).exits(1);
            assert_eq!(said.stdout, expected, "from {folder}");
        }
        for (folder, directory) in
            [("", "shop"), ("", "alpha/src"), ("home", "../delta"), ("beta", "../shop")]
        {
            let said =
                said(program(&sandbox, &sandbox.path(folder)).args(["-C", directory]).args(args)).exits(1);
            assert_eq!(said.stdout, expected, "from {folder:?} with -C {directory}");
        }
        let absolute = sandbox.path("gamma");
        let said =
            said(program(&sandbox, &sandbox.path("home")).arg("-C").arg(&absolute).args(args)).exits(1);
        assert_eq!(said.stdout, expected, "with -C {}", absolute.display());
    }
}

#[test]
fn status_creates_nothing() {
    let sandbox = Sandbox::new();
    let repo = four_worktrees(&sandbox);
    repo.tw(&["status"]).exits(1);
    assert!(!repo.path(".system").exists());
}

#[test]
fn a_branch_without_a_worktree_is_a_terminal_too() {
    let sandbox = Sandbox::new();
    let repo = four_worktrees(&sandbox);
    repo.git(&["branch", "idle"]);
    repo.git(&["worktree", "remove", "--force", "alpha"]);
    let answer = repo.status();
    assert_eq!(changes(&answer, "alpha"), ["modified a.txt"]);
    assert_eq!(terminal(&answer, "alpha").get("worktree"), None);
    assert!(pairs(&answer).contains(&"alpha beta conflict".to_string()));
    assert!(answer["terminals"].as_array().unwrap().iter().all(|one| one["id"] != "idle"));
}

#[test]
fn work_in_the_main_worktree_counts() {
    let sandbox = Sandbox::new();
    let repo = four_worktrees(&sandbox);
    repo.write("a.txt", lines(&[(3, "main")]));
    let answer = repo.status();
    assert_eq!(changes(&answer, "main"), ["modified a.txt"]);
    assert!(pairs(&answer).contains(&"alpha main conflict".to_string()), "{:?}", pairs(&answer));
}

#[test]
fn a_repository_without_other_worktrees_says_how_to_make_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    repo.tw(&["status"]).exits(0).says("no conflicts").says("git worktree add ../NAME -b NAME");
    repo.tw(&["sync"]).exits(0).says("Conflicts: None");
}

#[test]
fn names_are_in_the_order_of_people() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    for number in [10, 9, 2, 1, 11] {
        repo.worktree(&format!("terminal-{number}"));
    }
    let answer = repo.status();
    let ids: Vec<_> = answer["terminals"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, ["terminal-1", "terminal-2", "terminal-9", "terminal-10", "terminal-11"]);
    let first_pair = &answer["pairs"][0];
    assert_eq!((&first_pair["a"], &first_pair["b"]), (&"terminal-1".into(), &"terminal-2".into()));
}

#[test]
fn the_first_sync_says_that_it_begins_a_log_and_a_dry_run_that_it_would() {
    let sandbox = Sandbox::new();
    let repo = four_worktrees(&sandbox);
    let log = ".system/parallel-work/session-sync-log.yaml";
    let dry = repo.tw(&["sync", "--dry-run"]).exits(1);
    dry.says(&format!(
        "No tracking file would change. One entry would be added to {log}, which would be created."
    ));
    assert!(!repo.path(".system").exists());
    repo.tw(&["sync"]).exits(1).says(&format!("Tracking files are up to date. Created the log {log}."));
    assert!(repo.path(log).exists());
    repo.tw(&["sync"]).exits(1).says("Tracking files are up to date.").says_not("Created the log");
}

#[test]
fn work_without_a_common_history_is_told_how_git_takes_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let foreign = repo.worktree("foreign");
    foreign.git(&["checkout", "-q", "--orphan", "unrelated"]);
    foreign.commit("from nothing", &[("a.txt", "2\n")]);
    let said = repo.tw(&["status"]).exits(1);
    said.says("Update foreign from main (git ").says("merge --allow-unrelated-histories main)");
    let said = foreign.tw(&["check"]).exits(1);
    let said = said.says("(git merge --allow-unrelated-histories main)");
    said.says_not("git merge main");
    // it is what git takes
    assert!(!String::from_utf8_lossy(&foreign.try_git(&["merge", "main"]).stderr).contains("CONFLICT"));
    let merged = foreign.try_git(&["merge", "--allow-unrelated-histories", "main"]);
    assert!(String::from_utf8_lossy(&merged.stdout).contains("CONFLICT"), "{merged:?}");
}
