//! The original specification, in its own words: every capability, example, block and rule.

use serde_json::{Value, json};

use crate::support::{Repo, Sandbox};

const INTRA: &str = include_str!("../../fixtures/tracking/spec/story-1-2-sessions.yaml");
const INTER: &str = include_str!("../../fixtures/tracking/spec/active-sessions.yaml");

/// Runs track-work, which finds nothing to say no to.
#[track_caller]
fn ok(repo: &Repo, args: &[&str]) -> String {
    let said = repo.tw(args).exits(0);
    assert_eq!(said.stderr, "", "{said}");
    said.stdout
}

#[track_caller]
fn json(repo: &Repo, args: &[&str]) -> Value {
    repo.tw(&[args, &["--format", "json"]].concat()).json()
}

// ---- Capabilities, 1: session registration

#[test]
fn intra_story_multiple_terminals_on_one_story() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    for focus in ["backend", "frontend", "tests"] {
        ok(&repo, &["register", "--mode", "intra", "--story", "1-2-user-authentication", "--focus", focus]);
    }
    let file = repo.tracked("story-1-2-sessions.yaml");
    assert_eq!(
        file,
        "story_id: \"1-2-user-authentication\"
parallel_mode: \"intra_story\"
created: \"2025-11-15T10:00:00Z\"

sessions:
  terminal-1:
    focus: \"backend\"
    status: \"in_progress\"
    last_update: \"2025-11-15T10:00:00Z\"

  terminal-2:
    focus: \"frontend\"
    status: \"in_progress\"
    last_update: \"2025-11-15T10:00:00Z\"

  terminal-3:
    focus: \"tests\"
    status: \"in_progress\"
    last_update: \"2025-11-15T10:00:00Z\"

coordination:
  merge_points: []
  conflicts: []
  ready_to_merge: false
"
    );
}

#[test]
fn inter_story_multiple_terminals_on_different_stories() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    for story in ["1-2-user-authentication", "1-3-account-management"] {
        ok(
            &repo,
            &["register", "--mode", "inter", "--story", story, "--phase", "first-pass", "--agent", "dev"],
        );
    }
    assert_eq!(
        repo.tracked("active-sessions.yaml"),
        "parallel_mode: \"inter_story\"
created: \"2025-11-15T10:00:00Z\"

sessions:
  terminal-1:
    story_id: \"1-2-user-authentication\"
    phase: \"first-pass\"
    status: \"in_progress\"
    agent: \"dev\"
    started: \"2025-11-15T10:00:00Z\"
    last_update: \"2025-11-15T10:00:00Z\"

  terminal-2:
    story_id: \"1-3-account-management\"
    phase: \"first-pass\"
    status: \"in_progress\"
    agent: \"dev\"
    started: \"2025-11-15T10:00:00Z\"
    last_update: \"2025-11-15T10:00:00Z\"

dependencies: {}
"
    );
}

// ---- Usage examples

#[test]
fn example_1_register_intra_story_session() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    let said = ok(
        &repo,
        &[
            "register",
            "--mode",
            "intra",
            "--story",
            "1-2-user-authentication",
            "--focus",
            "backend",
            "--task",
            "Implement auth service",
            "--task",
            "Create JWT tokens",
        ],
    );
    assert_eq!(
        said,
        "Created .system/parallel-work/story-1-2-sessions.yaml\n\
         Terminal-1 registered for backend work on story 1-2\n"
    );
    let file = repo.tracked("story-1-2-sessions.yaml");
    assert!(
        file.contains("    tasks:\n      - \"Implement auth service\"\n      - \"Create JWT tokens\"\n"),
        "{file}"
    );
}

/// The state that the second example shows: both terminals of 1-2 in progress, the backend's tasks
/// done, 1-3 waiting.
fn second_example(repo: &Repo) {
    let marked = INTRA
        .replace("    current_file: \"src/services", "    completed_tasks: [\"Implement authentication service\", \"Create JWT token generation\"]\n    current_file: \"src/services")
        .replace("  terminal-3:\n    focus: \"tests\"\n    tasks:\n      - \"Write unit tests for auth service\"\n      - \"Add integration tests for login flow\"\n    status: \"pending\"\n    blocked_by: [\"terminal-1\"]\n    last_update: \"2025-11-15T10:00:00Z\"\n\n", "");
    repo.track("story-1-2-sessions.yaml", &marked);
    let inter = "parallel_mode: \"inter_story\"
created: \"2025-11-15T09:00:00Z\"

sessions:
  terminal-3:
    story_id: \"1-3-account-management\"
    phase: \"first-pass\"
    status: \"pending\"
    agent: \"dev\"

dependencies:
  \"1-3-account-management\":
    depends_on: [\"1-2-user-authentication\"]
    status: \"blocked\"
    reason: \"Needs auth service from story 1-2\"
";
    repo.track("active-sessions.yaml", inter);
}

#[test]
fn example_2_sync_sessions() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    second_example(&repo);
    let said = ok(&repo, &["sync"]);
    let shown = "\
Terminal-1: Story 1-2 backend (in progress)
Terminal-2: Story 1-2 frontend (in progress)
Terminal-3: Story 1-3 (blocked - waiting for story 1-2 auth service)

Conflicts: None
Ready to merge: Terminal-1 backend → Terminal-2 frontend integration
";
    assert!(said.starts_with(shown), "{said}");
}

// ---- Session tracking structure: the two YAML examples are read and updated

#[test]
fn the_yaml_examples_are_updated_without_a_byte_changed_that_need_not() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    repo.track("story-1-2-sessions.yaml", INTRA);
    repo.track("active-sessions.yaml", INTER);
    ok(&repo, &["sync"]);
    assert_eq!(repo.tracked("story-1-2-sessions.yaml"), INTRA);
    let blocked = INTER.replacen(
        "    story_id: \"1-3-account-management\"
    phase: \"first-pass\"
    status: \"in_progress\"
    agent: \"dev\"
    started: \"2025-11-15T09:30:00Z\"
    last_update: \"2025-11-15T10:40:00Z\"
",
        "    story_id: \"1-3-account-management\"
    phase: \"first-pass\"
    status: \"blocked\"
    agent: \"dev\"
    started: \"2025-11-15T09:30:00Z\"
    last_update: \"2025-11-15T10:40:00Z\"
    status_before: \"in_progress\"
    waiting_for: [\"1-2-user-authentication\"]
    reason: \"Waiting for story 1-2 auth service\"
",
        1,
    );
    assert_ne!(blocked, INTER);
    assert_eq!(repo.tracked("active-sessions.yaml"), blocked);
}

// ---- Session synchronization

#[test]
fn status_sync_and_progress_rollup() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    second_example(&repo);
    let picture = json(&repo, &["status"]);
    let of: Vec<&str> =
        picture["progress"].as_array().unwrap().iter().map(|one| one["of"].as_str().unwrap()).collect();
    assert_eq!(of, ["1-2-user-authentication", "epic 1"]);
    assert_eq!(picture["progress"][0]["done"], 2);
    assert_eq!(picture["progress"][0]["total"], 4);
}

#[test]
fn completion_detection_recognizes_when_all_parallel_work_is_complete() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    repo.track("story-1-2-sessions.yaml", INTRA);
    for terminal in ["terminal-1", "terminal-2", "terminal-3"] {
        assert!(repo.tracked("story-1-2-sessions.yaml").contains("ready_to_merge: false"));
        ok(&repo, &["complete", terminal]);
        ok(&repo, &["sync"]);
    }
    assert!(repo.tracked("story-1-2-sessions.yaml").contains("ready_to_merge: true"));
    let picture = json(&repo, &["status"]);
    assert_eq!(
        picture["ready_to_merge"].as_array().unwrap().last().unwrap()["story"],
        "1-2-user-authentication"
    );
}

#[test]
fn merge_points_identify_when_parallel_work_streams_should_integrate() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    repo.track("story-1-2-sessions.yaml", INTRA);
    let points = |repo: &Repo| json(repo, &["status"])["merge_points"].as_array().unwrap().clone();
    let before = points(&repo);
    assert_eq!(before[0]["text"], "Backend auth service complete → Frontend can integrate");
    assert_eq!((&before[0]["from"][0], &before[0]["to"][0]), (&"terminal-1".into(), &"terminal-2".into()));
    assert_eq!(before[0]["status"], "waiting");
    assert_eq!(before[0]["waiting_for"][0], "terminal-1");
    assert_eq!((&before[1]["from"][0], &before[1]["to"][0]), (&"terminal-2".into(), &"terminal-3".into()));
    ok(&repo, &["complete", "terminal-1"]);
    let after = points(&repo);
    assert_eq!(after[0]["status"], "reached");
    assert_eq!(after[1]["status"], "waiting");
    let derived = after.iter().find(|point| point["derived"] == true).unwrap();
    assert_eq!(derived["text"], "Terminal-1 backend → Terminal-3 tests integration");
}

// ---- Conflict checks

#[test]
fn file_overlap_multiple_sessions_editing_same_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    let same = INTRA.replace("src/components/LoginForm.tsx", "src/services/auth.service.ts");
    repo.track("story-1-2-sessions.yaml", &same);
    let findings = json(&repo, &["sync"])["findings"].as_array().unwrap().clone();
    let overlap = findings.iter().find(|finding| finding["check"] == "file_overlap").unwrap();
    assert_eq!(overlap["terminals"], json!(["terminal-1", "terminal-2"]));
    assert_eq!(overlap["path"], "src/services/auth.service.ts");
    assert!(overlap["suggestion"].as_str().unwrap().starts_with("Coordinate"), "{overlap}");
    let recorded = repo.tracked("story-1-2-sessions.yaml");
    assert!(recorded.contains("type: \"file_overlap\""), "{recorded}");
    assert!(recorded.contains("action: \"coordinate\""), "{recorded}");
}

#[test]
fn dependency_violation_story_b_started_before_dependency_story_a_complete() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    repo.track("active-sessions.yaml", INTER);
    let findings = json(&repo, &["sync"])["findings"].as_array().unwrap().clone();
    let violation = findings.iter().find(|finding| finding["check"] == "dependency_violation").unwrap();
    assert_eq!(violation["terminals"], json!(["terminal-2"]));
    assert_eq!(violation["recommendation"]["action"], "sequence");
    assert_eq!(
        violation["suggestion"],
        "Complete 1-2-user-authentication first, then continue with 1-3-account-management."
    );
    let terminals = json(&repo, &["status"])["terminals"].as_array().unwrap().clone();
    assert_eq!(terminals[1]["status"], "blocked", "mark blocked");
}

#[test]
fn merge_conflict_parallel_changes_to_overlapping_code() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("code", "1\n2\n3\n4\n5\n6\n")]);
    for (terminal, text) in [("terminal-1", "1\n2\none\n4\n5\n6\n"), ("terminal-2", "1\n2\ntwo\ntwo\n5\n6\n")]
    {
        repo.worktree(terminal).commit("work", &[("code", text)]);
    }
    let picture = repo.tw(&["status", "--format", "json"]).exits(1).json();
    let findings = picture["findings"].as_array().unwrap();
    let conflict = findings.iter().find(|finding| finding["check"] == "merge_conflict").unwrap();
    assert_eq!(conflict["path"], "code");
    assert_eq!(conflict["evidence"]["ranges_a"], json!([[3, 3]]));
    assert_eq!(conflict["evidence"]["ranges_b"], json!([[3, 4]]));
    assert_eq!(conflict["evidence"]["regions"], json!([{"a": [3, 4], "b": [3, 4], "certain": true}]));
    assert_eq!(conflict["recommendation"]["action"], "manual_merge");
    assert!(conflict["suggestion"].as_str().unwrap().starts_with("Terminal-1 first"), "{conflict}");
}

// ---- Dependency rules

#[test]
fn check_story_dependencies_from_dependencies_template_yaml() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    repo.track(
        "dependencies-template.yaml",
        "dependencies:\n  \"1-3-b\":\n    depends_on: [\"1-2-a\"]\n  \"1-2-a\":\n    depends_on: []\n",
    );
    ok(&repo, &["register", "--mode", "inter", "--story", "1-3-b"]);
    let file = repo.tracked("active-sessions.yaml");
    assert!(file.contains("  \"1-3-b\":\n    depends_on: [\"1-2-a\"]\n    status: \"blocked\"\n"), "{file}");
}

#[test]
fn block_inter_story_sessions_if_dependencies_not_met() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    repo.track("dependencies-template.yaml", "1-3-b: [1-2-a]\n1-2-a: []\n");
    let said = ok(&repo, &["register", "--mode", "inter", "--story", "1-3-b"]);
    assert!(said.contains("Terminal-1: pending → blocked (waiting for story 1-2)"), "{said}");
}

#[test]
fn allow_intra_story_parallelism_regardless_of_dependencies() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    repo.track("dependencies-template.yaml", "1-3-b: [1-2-a]\n1-2-a: []\n");
    ok(&repo, &["register", "--mode", "intra", "--story", "1-3-b", "--focus", "backend"]);
    let picture = json(&repo, &["sync"]);
    assert_eq!(picture["terminals"][0]["status"], "in_progress");
    let violated =
        picture["findings"].as_array().unwrap().iter().any(|one| one["check"] == "dependency_violation");
    assert!(!violated, "{picture:#}");
}

#[test]
fn update_dependency_status_on_session_completion() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    repo.track("active-sessions.yaml", INTER);
    ok(&repo, &["sync"]);
    let said = ok(&repo, &["complete", "terminal-1"]);
    assert!(said.contains("Terminal-2: blocked → in_progress"), "{said}");
    let file = repo.tracked("active-sessions.yaml");
    let entry = "  \"1-3-account-management\":\n    depends_on: [\"1-2-user-authentication\"]\n    status: \"ready\"\n";
    assert!(file.contains(entry), "{file}");
    for gone in ["status_before", "waiting_for", "Waiting for"] {
        assert!(!file.contains(gone), "{gone}: {file}");
    }
}

// ---- Isolation rules

#[test]
fn only_the_orchestrator_writes() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    let terminal = repo.worktree("terminal-1");
    ok(&repo, &["register", "--mode", "intra", "--story", "1-2-a", "--terminal", "terminal-1"]);
    let before = repo.tracked("story-1-2-sessions.yaml");
    for args in [&["sync"][..], &["complete", "terminal-1"], &["update", "terminal-1", "--status", "blocked"]]
    {
        terminal.tw(args).fails().complains("--as orchestrator-exe").complains("main worktree");
    }
    assert_eq!(repo.tracked("story-1-2-sessions.yaml"), before);
    ok(&terminal, &["status"]);
    ok(&terminal, &["sync", "--dry-run"]);
    ok(&terminal, &["sync", "--as", "orchestrator-exe"]);
}

// ---- Integration points

#[test]
fn sync_writes_the_three_tracking_files_and_nothing_else() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo(
        "shop",
        &[(
            "docs/sprint-artifacts/sprint-status.yaml",
            "development_status:\n  1-2-user-authentication: done\n",
        )],
    );
    repo.track("story-1-2-sessions.yaml", INTRA);
    repo.track("active-sessions.yaml", INTER);
    repo.track("dependencies-template.yaml", "1-3: [1-2]\n");
    let before = crate::support::picture(&repo.top);
    ok(&repo, &["sync"]);
    let after = crate::support::picture(&repo.top);
    let changed: Vec<String> = after
        .iter()
        .filter(|(path, now)| before.get(*path).map(|then| &then.0) != Some(&now.0))
        .map(|(path, _)| path.strip_prefix(&repo.top).unwrap().display().to_string())
        .collect();
    assert_eq!(
        changed,
        [".system/parallel-work/active-sessions.yaml", ".system/parallel-work/session-sync-log.yaml"]
    );
    assert_eq!(before.keys().filter(|path| !after.contains_key(*path)).count(), 0);
    let file = repo.tracked("active-sessions.yaml");
    assert!(file.contains("status: \"ready\""), "the sprint says that 1-2 is done: {file}");
}
