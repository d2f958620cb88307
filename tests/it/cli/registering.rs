//! The life of a session: registered, updated, completed, archived.

use super::program::{DIR, NOW, messages, terminal, text};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-2-sessions.yaml";
const ACTIVE: &str = "active-sessions.yaml";
const LATER: &str = "2025-11-15T12:30:00Z";

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("a.txt", "1\n")])
}

/// Registers on the story 1-2 with further flags.
fn register<'a>(repo: &Repo, flags: &[&'a str]) -> super::program::Said {
    let args: [&'a str; 5] = ["register", "--mode", "intra", "--story", "1-2-user-authentication"];
    repo.tw(&[&args[..], flags].concat())
}

#[test]
fn example_1_creates_the_file_as_the_specification_shows_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let tasks = ["--task", "Implement auth service", "--task", "Create JWT tokens"];
    let said = register(&repo, &[&["--focus", "backend"][..], &tasks].concat()).exits(0);
    said.says("Created .system/parallel-work/story-1-2-sessions.yaml")
        .says("Terminal-1 registered for backend work on story 1-2");
    let expected = format!(
        r#"story_id: "1-2-user-authentication"
parallel_mode: "intra_story"
created: "{NOW}"

sessions:
  terminal-1:
    focus: "backend"
    tasks:
      - "Implement auth service"
      - "Create JWT tokens"
    status: "in_progress"
    last_update: "{NOW}"

coordination:
  merge_points: []
  conflicts: []
  ready_to_merge: false
"#
    );
    assert_eq!(repo.tracked(STORY), expected);
}

#[test]
fn an_inter_story_session_has_the_keys_of_the_specification() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let args = [
        "register",
        "--mode",
        "inter",
        "--story",
        "1-2-user-authentication",
        "--phase",
        "first-pass",
        "--agent",
        "dev",
    ];
    repo.tw(&args).exits(0).says("Created .system/parallel-work/active-sessions.yaml");
    let expected = format!(
        r#"parallel_mode: "inter_story"
created: "{NOW}"

sessions:
  terminal-1:
    story_id: "1-2-user-authentication"
    phase: "first-pass"
    status: "in_progress"
    agent: "dev"
    started: "{NOW}"
    last_update: "{NOW}"
"#
    );
    let text = repo.tracked(ACTIVE);
    assert!(text.starts_with(&expected), "{text}");
}

#[test]
fn the_next_free_terminal_is_taken() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &[]).exits(0).says("Terminal-1 registered");
    register(&repo, &["--terminal", "terminal-3"]).exits(0);
    register(&repo, &[]).exits(0).says("Terminal-2 registered");
    // Also across the files: one id is one terminal.
    repo.tw(&["register", "--mode", "inter", "--story", "1-3"]).exits(0).says("Terminal-4 registered");
}

#[test]
fn a_terminal_is_not_registered_twice_for_the_same() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &["--terminal", "terminal-1"]).exits(0);
    let before = repo.tracking_picture();
    let said = register(&repo, &["--terminal", "terminal-1", "--focus", "other"]).fails();
    said.complains("terminal-1 is already registered in story-1-2-sessions.yaml")
        .complains("track-work update terminal-1");
    assert_eq!(repo.tracking_picture(), before);
}

#[test]
fn one_blocked_by_another_begins_pending_and_goes_on_when_that_is_complete() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &[]).exits(0);
    register(&repo, &["--focus", "tests", "--blocked-by", "terminal-1"]).exits(0);
    let session = |key: &str| repo.yaml(STORY)["sessions"]["terminal-2"][key].clone();
    assert_eq!(session("status").as_str(), Some("pending"));
    assert_eq!(session("blocked_by").as_sequence().unwrap(), &["terminal-1"]);
    // Work that begins all the same is blocked.
    repo.tw(&["update", "terminal-2", "--status", "in_progress"])
        .exits(0)
        .says("in_progress → blocked (waiting for terminal-1)");
    assert_eq!(session("status").as_str(), Some("blocked"));
    let said = repo.tw(&["complete", "terminal-1"]).exits(0);
    said.says("Terminal-1 completed (story 1-2).")
        .says("Terminal-2: blocked → in_progress")
        .says("Terminal-2 is no longer waiting for anything.");
    assert_eq!(session("status").as_str(), Some("in_progress"));
    assert!(!repo.tracked(STORY).contains("status_before"), "{}", repo.tracked(STORY));
}

#[test]
fn a_story_that_depends_on_another_is_blocked_until_that_is_complete() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let needs = "dependencies:\n  \"1-3-account\":\n    depends_on: [\"1-2-user-authentication\"]\n    reason: \"Needs auth service from story 1-2\"\n";
    repo.track("dependencies-template.yaml", needs);
    let inter = |story: &str| repo.tw(&["register", "--mode", "inter", "--story", story]).exits(0);
    inter("1-2-user-authentication");
    inter("1-3-account");
    let status = |id: &str| repo.yaml(ACTIVE)["sessions"][id]["status"].as_str().unwrap().to_string();
    assert_eq!((status("terminal-1"), status("terminal-2")), ("in_progress".into(), "blocked".into()));
    let dependency = |key: &str| repo.yaml(ACTIVE)["dependencies"]["1-3-account"][key].clone();
    assert_eq!(dependency("status").as_str(), Some("blocked"));
    let said = repo.tw(&["sync"]).exits(0);
    said.says("Terminal-2: Story 1-3 (blocked - waiting for story 1-2 auth service)");
    let said = repo.tw_at(LATER, &["complete", "terminal-1"]).exits(0);
    said.says("Story 1-3: blocked → ready").says("Terminal-2 is no longer waiting for anything.");
    assert_eq!(dependency("status").as_str(), Some("ready"));
    assert_ne!(status("terminal-2"), "blocked");
    assert_eq!(repo.yaml(ACTIVE)["sessions"]["terminal-1"]["completed"].as_str(), Some(LATER));
}

#[test]
fn sprint_status_completes_a_story_too() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("dependencies-template.yaml", "dependencies:\n  \"1-3-account\": [\"1-2\"]\n");
    let sprint = "docs/sprint-artifacts/sprint-status.yaml";
    repo.write(
        sprint,
        "development_status:\n  epic-1: in-progress\n  1-2-user-authentication: review # soon\n",
    );
    repo.tw(&["register", "--mode", "inter", "--story", "1-3-account"]).exits(0);
    let status = || repo.yaml(ACTIVE)["sessions"]["terminal-1"]["status"].as_str().unwrap().to_string();
    assert_eq!(status(), "blocked");
    repo.write(
        sprint,
        "development_status:\n  epic-1: in-progress\n  1-2-user-authentication: Done # at last\n",
    );
    repo.tw(&["sync"]).exits(0);
    assert_ne!(status(), "blocked");
}

#[test]
fn terminals_on_one_story_are_never_blocked_by_its_dependencies() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("dependencies-template.yaml", "dependencies:\n  \"1-2-user-authentication\": [\"1-1\"]\n");
    register(&repo, &[]).exits(0);
    repo.tw(&["sync"]);
    assert_eq!(repo.yaml(STORY)["sessions"]["terminal-1"]["status"].as_str(), Some("in_progress"));
}

#[test]
fn update_changes_every_field_and_nothing_else() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("elsewhere");
    let text = "# ours\nstory_id: \"1-2-user-authentication\"\nsessions:\n  terminal-1: # the first\n    tasks: ['one', 'two']\n    mood: good\n";
    repo.track(STORY, text);
    let flags: [&[&str]; 14] = [
        &["--status", "review"],
        &["--current-file", "src/auth.ts"],
        &["--focus", "backend"],
        &["--task", "three"],
        &["--add-task", "four"],
        &["--done", "one"],
        &["--task-done", "2"],
        &["--phase", "second-pass"],
        &["--agent", "dev"],
        &["--blocked-by", "terminal-2"],
        &["--scope", "src/**"],
        &["--branch", "auth"],
        &["--worktree", "../elsewhere"],
        &["--priority", "-3"],
    ];
    repo.tw_at(LATER, &[&["update", "terminal-1"], flags.concat().as_slice()].concat()).exits(0);
    let session = repo.yaml(STORY)["sessions"]["terminal-1"].clone();
    let list = |key: &str| -> Vec<String> {
        session[key].as_sequence().unwrap().iter().map(|one| one.as_str().unwrap().to_string()).collect()
    };
    assert_eq!(list("tasks"), ["one", "two", "three", "four"]);
    assert_eq!(list("completed_tasks"), ["one", "two"]);
    assert_eq!((list("blocked_by"), list("scope")), (vec!["terminal-2".into()], vec!["src/**".into()]));
    let texts = [
        ("current_file", "src/auth.ts"),
        ("focus", "backend"),
        ("phase", "second-pass"),
        ("agent", "dev"),
        ("branch", "auth"),
        ("worktree", "../elsewhere"),
        ("last_update", LATER),
        ("mood", "good"),
    ];
    for (key, value) in texts {
        assert_eq!(session[key].as_str(), Some(value), "{key}");
    }
    assert_eq!(session["priority"].as_i64(), Some(-3));
    assert!(
        repo.tracked(STORY).starts_with("# ours\n")
            && repo.tracked(STORY).contains("  terminal-1: # the first\n")
    );
    // An empty value takes the field out.
    let empty = [
        "--current-file",
        "",
        "--blocked-by",
        "",
        "--scope",
        "",
        "--branch",
        "",
        "--worktree",
        "",
        "--focus",
        "",
    ];
    repo.tw(&[&["update", "terminal-1"][..], &empty].concat()).exits(0);
    let session = repo.yaml(STORY)["sessions"]["terminal-1"].clone();
    for key in ["current_file", "blocked_by", "scope", "branch", "worktree", "focus"] {
        assert!(session.get(key).is_none(), "{key}: {session:?}");
    }
}

#[test]
fn an_update_that_changes_nothing_writes_nothing() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &["--task", "one"]).exits(0);
    let before = repo.tracking_picture();
    repo.tw_at(LATER, &["update", "terminal-1"]).exits(0).says("Terminal-1: no changes.");
    repo.tw_at(LATER, &["update", "terminal-1", "--task", "one"]).exits(0);
    assert_eq!(repo.tracking_picture(), before);
}

#[test]
fn a_task_is_named_by_its_text_a_part_or_its_number() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &["--task", "Write login form", "--task", "Write logout form", "--task", "Test"])
        .exits(0);
    repo.tw(&["update", "terminal-1", "--done", "nothing of that"])
        .fails()
        .complains("terminal-1 has no task \"nothing of that\"")
        .complains("2 Write logout form");
    repo.tw(&["update", "terminal-1", "--done", "Write"])
        .fails()
        .complains("several tasks of terminal-1 contain \"Write\"");
    repo.tw(&["update", "terminal-1", "--done", "login", "--done", "3"]).exits(0);
    let done = repo.yaml(STORY)["sessions"]["terminal-1"]["completed_tasks"].clone();
    assert_eq!(done.as_sequence().unwrap(), &["Write login form", "Test"]);
    repo.tw(&["status"]).exits(0).says("1-2-user-authentication: 2 of 3 tasks (66%)");
}

#[test]
fn what_is_said_twice_is_written_once() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(
        &repo,
        &["--task", "one", "--task", "one", "--task", " ", "--blocked-by", "a", "--blocked-by", "a"],
    );
    repo.tw(&["update", "terminal-1", "--task", "one", "--done", "one", "--done", "1"]).exits(0);
    let session = repo.yaml(STORY)["sessions"]["terminal-1"].clone();
    for (key, value) in [("tasks", "one"), ("blocked_by", "a"), ("completed_tasks", "one")] {
        assert_eq!(session[key].as_sequence().unwrap(), &[value], "{key}");
    }
}

#[test]
fn progress_is_not_guessed() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &["--task", "one", "--task", "two"]).exits(0);
    repo.tw(&["status"]).exits(0).says_not("%");
}

#[test]
fn unregistering_takes_out_what_registering_put_in() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &["--focus", "api"]).exits(0);
    repo.track(STORY, format!("# by hand\n{}mood: \"good\" # ours\n", repo.tracked(STORY)));
    let before = repo.tracked(STORY);
    register(&repo, &["--focus", "ui", "--task", "one"]).exits(0);
    let said = repo.tw(&["unregister", "terminal-2"]).exits(0);
    said.says("Terminal-2 unregistered: removed from story-1-2-sessions.yaml.");
    assert_eq!(repo.tracked(STORY), before);
    // who waits for it is told
    register(&repo, &["--focus", "ui"]).exits(0);
    register(&repo, &["--focus", "tests", "--blocked-by", "terminal-2"]).exits(0);
    let answer = repo.tw(&["unregister", "terminal-2", "--format", "json"]).exits(0).json();
    assert_eq!(answer["waiting"], serde_json::json!(["terminal-3"]));
    repo.tw(&["unregister", "terminal-2"]).fails().complains("registered terminals: terminal-1, terminal-3");
}

#[test]
fn the_last_session_is_unregistered_and_the_terminal_goes_on_to_its_next_story() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &[]).exits(0);
    repo.tw(&["register", "--mode", "inter", "--story", "1-3-account", "--terminal", "terminal-1"]).exits(0);
    repo.tw(&["unregister", "terminal-1"]).fails().complains("terminal-1 has sessions in several stories");
    repo.tw(&["unregister", "terminal-1", "--story", "1-2"]).exits(0);
    assert!(!repo.tracked(STORY).contains("terminal-1"), "{}", repo.tracked(STORY));
    assert_eq!(terminal(&repo.status(), "terminal-1")["story"], "1-3-account");
    register(&repo, &["--terminal", "terminal-1"]).exits(0);
    assert!(repo.tracked(STORY).contains("terminal-1"));
}

#[test]
fn completing_twice_keeps_the_first_time() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &[]).exits(0);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    let before = repo.tracked(STORY);
    repo.tw_at(LATER, &["complete", "terminal-1"]).exits(0).says("Terminal-1 was already completed");
    assert_eq!(repo.tracked(STORY), before);
    // Taken up again, it is no longer complete.
    repo.tw_at(LATER, &["update", "terminal-1", "--status", "in_progress"]).exits(0);
    assert!(!repo.tracked(STORY).contains("completed:"));
}

#[test]
fn a_story_is_ready_to_merge_when_all_its_sessions_are_complete() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for name in ["terminal-1", "terminal-2"] {
        repo.worktree(name).commit(name, &[(name, "new\n")]);
        register(&repo, &["--terminal", name]).exits(0);
    }
    repo.tw(&["complete", "terminal-1"]).exits(0);
    repo.tw(&["sync"]).exits(0).says("Ready to merge: Terminal-1 (part of story 1-2)");
    assert_eq!(repo.yaml(STORY)["coordination"]["ready_to_merge"].as_bool(), Some(false));
    repo.tw(&["complete", "terminal-2"]).exits(0);
    repo.tw(&["sync"]).exits(0).says("Ready to merge: Story 1-2 (terminal-1, terminal-2)");
    assert_eq!(repo.yaml(STORY)["coordination"]["ready_to_merge"].as_bool(), Some(true));
}

#[test]
fn an_unfinished_story_is_not_archived() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &[]).exits(0);
    register(&repo, &[]).exits(0);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    let before = repo.tracking_picture();
    let said = repo.tw(&["archive", "1-2"]).fails();
    said.complains("story 1-2 has sessions that are not completed: terminal-2").complains("--force");
    assert_eq!(repo.tracking_picture(), before);
}

#[test]
fn an_archived_story_keeps_every_line_and_gets_a_summary() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &["--task", "one", "--task", "two"]).exits(0);
    repo.track(STORY, format!("# by hand\n{}mood: \"good\" # ours\n", repo.tracked(STORY)));
    repo.tw(&["complete", "terminal-1"]).exits(0);
    let before = repo.tracked(STORY);
    let said = repo.tw_at(LATER, &["archive", "1-2"]).exits(0);
    said.says("Archived story-1-2-sessions.yaml as .system/parallel-work/archive/story-1-2-sessions.yaml");
    assert!(!repo.path(format!("{DIR}/{STORY}")).exists());
    let archived = repo.tracked("archive/story-1-2-sessions.yaml");
    assert!(archived.starts_with(&before), "{archived}");
    let summary = repo.yaml("archive/story-1-2-sessions.yaml")["summary"].clone();
    assert_eq!(summary["archived"].as_str(), Some(LATER));
    assert_eq!((summary["tasks"].as_u64(), summary["tasks_done"].as_u64()), (Some(2), Some(2)));
    assert_eq!(summary["terminals"].as_sequence().unwrap(), &["terminal-1"]);
    // The story can begin anew, and be archived again beside the first.
    register(&repo, &[]).exits(0);
    repo.tw(&["archive", "1-2", "--force"]).exits(0).says("archive/story-1-2-sessions-2.yaml");
    assert_eq!(repo.tracked("archive/story-1-2-sessions.yaml"), archived);
}

#[test]
fn what_depends_on_an_archived_story_goes_on() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(
        "dependencies-template.yaml",
        "dependencies:\n  \"1-3-account\": [\"1-2-user-authentication\"]\n",
    );
    register(&repo, &[]).exits(0);
    repo.tw(&["register", "--mode", "inter", "--story", "1-3-account"]).exits(0);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    repo.tw(&["sync"]).exits(0);
    repo.tw(&["archive", "1-2"]).exits(0);
    let said = repo.tw(&["sync"]).exits(0);
    let answer = repo.status();
    assert_eq!(answer["dependencies"][0]["status"], "ready", "{said}\n{}", messages(&answer));
    assert_ne!(terminal(&answer, "terminal-2")["status"], "blocked");
}

#[test]
fn init_can_be_repeated() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["init"])
        .exits(0)
        .says("Created .system/parallel-work/ with config.yaml")
        .says("Next: track-work register");
    let before = repo.tracking_picture();
    repo.tw(&["init"]).exits(0).says(".system/parallel-work/ already exists; nothing was changed.");
    assert_eq!(repo.tracking_picture(), before);
    repo.tw(&["status"]).exits(0);
}

#[test]
fn the_demo_shows_it_all_and_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let temporary = sandbox.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let home = sandbox.repo("home", &[]);
    let said = super::program::said(home.program(&["demo"]).env("TMPDIR", &temporary)).exits(0);
    let said = said.says("✗ conflict terminal-1 + terminal-2").says("Overlaps that merge cleanly: 1 file");
    let said = said
        .says("Conflicts: 1")
        .says("has started (2 files uncommitted), but")
        .says("2 commits, 1 file uncommitted");
    said.says("No longer in conflict").says("resolution: \"\"").says("track-work demo --keep DIR");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn the_demo_of_merges_shows_each_outcome() {
    let sandbox = Sandbox::new();
    let temporary = sandbox.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let home = sandbox.repo("home", &[]);
    let said = super::program::said(home.program(&["demo", "--merge"]).env("TMPDIR", &temporary)).exits(0);
    let text = super::program::flat(&said.stdout);
    for part in [
        "Made 2 merges into main",
        "Stopped at 1 of 1, sale: conflicts in 1 file, as predicted.",
        "merged, conflicts resolved",
        "main is at",
        "merged, conflicts resolved as before",
        "sh build.sh failed with exit status 1.",
        "amounts and receipts fail together on main; each passes without the other.",
        "| error: price is not exported",
        "Merge branch 'sale'",
    ] {
        assert!(text.contains(part), "no {part:?}: {said}");
    }
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn the_demo_can_be_kept_and_played_with() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let said = repo.tw(&["demo", "--keep", "../kept"]).exits(0);
    let kept = sandbox.path("kept");
    let said = said.says(&format!("cd {}/shop && track-work status", kept.display()));
    assert!(!said.stdout.contains('\u{1b}'));
    let playing = Repo { sandbox: &sandbox, top: kept.join("shop") };
    playing.tw(&["status"]).exits(0).says("terminal-1 1-2-user-authentication completed");
    repo.tw(&["demo", "--keep", "../kept"]).fails().complains("is not empty; nothing was written");
}

#[test]
fn registering_says_where_the_work_is_seen() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let desk = repo.worktree("terminal-1").top;
    let said = register(&repo, &["--focus", "api"]).exits(0);
    said.says(&format!("Work found in worktree {}, branch terminal-1.", desk.display()));
    let said = register(&repo, &["--focus", "ui"]).exits(0);
    said.says("No work found: no worktree or branch has terminal-2")
        .says("Link it with git worktree add ../terminal-2");
    repo.git(&["branch", "docs"]);
    register(&repo, &["--branch", "docs"]).exits(0).says("Work found in branch docs.");
    register(&repo, &["--branch", "nowhere"])
        .exits(0)
        .says_not("Work found")
        .says("branch nowhere does not exist");
}

#[test]
fn a_story_goes_before_a_coincidence_of_names() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["worktree", "add", "-q", "-b", "story/20-2-old", "../terminal-1"]);
    repo.git(&["worktree", "add", "-q", "-b", "story/22-2-config", "../reload"]);
    for mode in ["inter", "intra"] {
        let args = ["register", "--mode", mode, "--story", "22-2-config", "--terminal", "terminal-1"];
        repo.tw(&args).exits(0).says("branch story/22-2-config.").says_not("20-2-old");
    }
    // a name that somebody chose is meant
    let args =
        ["register", "--mode", "inter", "--story", "22-2-config", "--terminal", "reload", "--focus", "ui"];
    repo.tw(&args).exits(0).says("branch story/22-2-config.");
}

#[test]
fn a_link_survives_a_move_a_removal_and_a_new_name() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["worktree", "add", "-q", "-b", "s1", "../terminal-1"]);
    repo.git(&["worktree", "add", "-q", "-b", "s2", "../desk"]);
    repo.tw(&["register", "--mode", "intra", "--story", "1-2-user-authentication"]).exits(0);
    for (at, branch) in [("terminal-1", "s1"), ("desk", "s2")] {
        Repo { sandbox: &sandbox, top: sandbox.path(at) }.commit(branch, &[(branch, "1\n")]);
    }
    let explicit = ["register", "--mode", "inter", "--story", "1-3-a", "--terminal", "two", "--branch", "s2"];
    repo.tw(&explicit).exits(0);
    let branches = |at: &str| {
        repo.tw(&["sync"]).exits(0);
        let answer = repo.status();
        let ids: Vec<&str> =
            answer["terminals"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect();
        assert_eq!(ids, ["terminal-1", "two"], "{at}");
        ["terminal-1", "two"].map(|id| text(&terminal(&answer, id)["branch"]).to_string())
    };
    assert_eq!(branches("at first"), ["s1", "s2"]);
    repo.git(&["worktree", "move", "../terminal-1", "../elsewhere"]);
    assert_eq!(branches("moved"), ["s1", "s2"]);
    repo.git(&["branch", "-m", "s2", "renamed"]);
    assert_eq!(branches("renamed"), ["s1", "renamed"]);
    repo.git(&["worktree", "remove", "../elsewhere"]);
    repo.git(&["worktree", "remove", "../desk"]);
    assert_eq!(branches("removed"), ["s1", "renamed"]);
}

#[test]
fn an_unfinished_story_has_no_time_of_completion() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    register(&repo, &[]).exits(0);
    register(&repo, &[]).exits(0);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    repo.tw(&["archive", "1-2-user-authentication", "--force"]).exits(0);
    let archived = repo.yaml(&format!("archive/{STORY}"));
    assert!(archived["summary"]["terminals"].is_sequence());
    assert!(archived["summary"].get("completed").is_none(), "{archived:?}");
}

#[test]
fn an_unfinished_story_in_the_file_of_all_stories_is_not_archived() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["register", "--mode", "inter", "--story", "1-3-mail"]).exits(0);
    for story in ["1-3-mail", "1-3"] {
        let said = repo.tw(&["archive", story]).fails();
        said.complains("has sessions that are not completed: terminal-1");
    }
    repo.tw(&["archive", "7-7"]).fails().complains("no session of story 7-7");
}

#[test]
fn nobody_is_judged_where_what_is_written_does_not_depend_on_it() {
    let sandbox = Sandbox::new();
    let files = [(".gitattributes", "f merge=own\n"), (".gitignore", ".system/\n"), ("f", "1\n")];
    let repo = sandbox.repo("shop", &files);
    let ran = sandbox.path("ran");
    repo.git(&["config", "merge.own.driver", &format!("touch {}", ran.display())]);
    for name in ["one", "two", "three"] {
        repo.worktree(name).commit(name, &[("f", name)]);
    }
    let run = |args: &[&str]| repo.tw(&[args, &["--run-merge-drivers"]].concat()).exits(0);
    let register = |name: &str, story: &str| {
        run(&["register", "--mode", "intra", "--story", story, "--terminal", name, "--branch", name]);
    };
    register("one", "1-1-a");
    register("two", "1-2-b");
    run(&["update", "two", "--focus", "api"]);
    run(&["unregister", "two"]);
    assert!(!ran.exists(), "somebody was merged");
    // where it is recorded what is ready, it stays as a synchronization has it
    let ready = |story: &str| {
        let file = repo.yaml(&format!("story-{story}-sessions.yaml"));
        file["coordination"]["ready_to_merge"].as_bool()
    };
    repo.tw(&["complete", "one"]);
    repo.tw(&["sync"]);
    let both = |told: &str| {
        let before = ["1-1", "1-3"].map(|story| {
            repo.path(format!("{DIR}/story-{story}-sessions.yaml")).exists().then(|| ready(story))
        });
        repo.tw(&["sync"]);
        let after = ["1-1", "1-3"].map(|story| {
            repo.path(format!("{DIR}/story-{story}-sessions.yaml")).exists().then(|| ready(story))
        });
        for (before, after) in before.iter().zip(&after) {
            assert!(before == after || *before == Some(None), "{told}: {before:?} {after:?}");
        }
    };
    repo.tw(&["register", "--mode", "intra", "--story", "1-3-c", "--terminal", "three", "--branch", "three"]);
    both("another story");
    let more = [
        "register",
        "--mode",
        "intra",
        "--story",
        "1-1-a",
        "--terminal",
        "two",
        "--branch",
        "two",
        "--focus",
        "ui",
    ];
    repo.tw(&more);
    assert_eq!(ready("1-1"), Some(false));
    both("another session of the story");
    repo.tw(&["complete", "two"]);
    both("all complete");
    repo.tw(&["update", "two", "--status", "in_progress"]);
    both("in progress again");
}
