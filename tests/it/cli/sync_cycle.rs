//! What a synchronization writes, keeps and takes back.

use super::program::{NOW, findings, lines, text};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-2-sessions.yaml";
const ACTIVE: &str = "active-sessions.yaml";
const LOG: &str = "session-sync-log.yaml";

const STORY_TEXT: &str = r#"# Sprint 7, story 1-2
story_id: "1-2-user-authentication"
parallel_mode: "intra_story"
created: "2025-11-15T10:00:00Z"
reviewer: 'Grace'   # nobody else reads this key

sessions:
  terminal-1:            # the backend
    focus: "backend"
    tasks:
      - "Implement authentication service"
    status: "in_progress"
    mood: good
    last_update: "2025-11-15T09:30:00Z"

  terminal-2:
    focus: frontend
    status: in_progress
    blocked_by: ["terminal-1"]
    last_update: "2025-11-15T09:35:00Z"

coordination:
  merge_points:
    - "Backend auth service complete → Frontend can integrate"
  conflicts: []   # written by sync
  ready_to_merge: false
"#;

const ACTIVE_TEXT: &str = r#"parallel_mode: "inter_story"
created: "2025-11-15T09:00:00Z"

sessions:
  terminal-3:
    story_id: "1-3-account-management"
    status: "in_progress"   # since Monday
    branch: "account"

dependencies:
  "1-3-account-management":
    depends_on: ["1-2-user-authentication"]
    status: "ready"
    note: "keep me"
"#;

/// Two terminals on one story with one conflicting line, and a third on a story that needs it.
fn sprint(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", "b\n")]);
    repo.track(STORY, STORY_TEXT);
    repo.track(ACTIVE, ACTIVE_TEXT);
    {
        let [one, two, _] = ["terminal-1", "terminal-2", "account"].map(|name| repo.worktree(name));
        one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
        two.write("a.txt", lines(&[(3, "two")]));
        two.write("new.txt", "untracked\n");
    }
    repo
}

/// Lines of `before` that `after` does not have, in their order.
fn lost<'a>(before: &'a str, after: &str) -> Vec<&'a str> {
    let mut after: Vec<&str> = after.lines().collect();
    let mut lost = Vec::new();
    for line in before.lines() {
        match after.iter().position(|other| *other == line) {
            Some(at) => _ = after.drain(..=at),
            None => lost.push(line),
        }
    }
    lost
}

#[test]
fn a_sync_writes_what_git_shows_of_each_terminal() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let sessions = &repo.yaml(STORY)["sessions"];
    let (one, two) = (&sessions["terminal-1"]["observed"], &sessions["terminal-2"]["observed"]);
    let head = repo.git(&["rev-parse", "terminal-1"]);
    assert_eq!(one["head"].as_str(), Some(head.as_str()));
    assert_eq!((one["ahead"].as_u64(), one["behind"].as_u64()), (Some(1), Some(0)));
    assert_eq!((one["uncommitted"].as_u64(), one["merged"].as_bool()), (Some(0), Some(false)));
    assert_eq!(one["touched_files"].as_sequence().unwrap(), &["a.txt"]);
    assert_eq!(two["touched_files"].as_sequence().unwrap(), &["a.txt", "new.txt"]);
    assert_eq!((two["touched_total"].as_u64(), two["uncommitted"].as_u64()), (Some(2), Some(2)));
}

#[test]
fn a_sync_writes_the_conflict_the_statuses_and_the_dependencies() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    let said = repo.tw(&["sync"]).exits(1);
    said.says("Conflicts: 1").says("a.txt: Terminal-1 line 3, Terminal-2 line 3");
    let story = repo.yaml(STORY);
    let conflicts = story["coordination"]["conflicts"].as_sequence().unwrap();
    assert_eq!(conflicts.len(), 1);
    let conflict = &conflicts[0];
    assert_eq!(conflict["type"].as_str(), Some("merge_conflict"));
    assert_eq!(conflict["file"].as_str(), Some("a.txt"));
    assert_eq!(conflict["terminals"].as_sequence().unwrap(), &["terminal-1", "terminal-2"]);
    assert_eq!(conflict["lines"]["terminal-1"].as_str(), Some("3"));
    assert_eq!(conflict["detected"].as_str(), Some(NOW));
    assert_eq!(conflict["resolution"].as_str(), Some(""));
    assert!(conflict["action"].is_string() && conflict["suggestion"].is_string());
    assert_eq!(story["sessions"]["terminal-2"]["status"].as_str(), Some("blocked"));
    let active = repo.yaml(ACTIVE);
    assert_eq!(active["sessions"]["terminal-3"]["status"].as_str(), Some("blocked"));
    let dependency = &active["dependencies"]["1-3-account-management"];
    assert_eq!(dependency["status"].as_str(), Some("blocked"));
    assert_eq!(dependency["depends_on"].as_sequence().unwrap(), &["1-2-user-authentication"]);
}

#[test]
fn a_sync_writes_exactly_one_log_entry() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let history = repo.history();
    assert_eq!(history.len(), 1);
    let entry = &history[0];
    assert_eq!((entry["at"].as_str(), entry["command"].as_str()), (Some(NOW), Some("sync")));
    assert_eq!(entry["conflicts"]["appeared"][0]["file"].as_str(), Some("a.txt"));
    let statuses = entry["statuses"].as_sequence().unwrap();
    assert_eq!(statuses.len(), 2, "{statuses:?}");
    assert_eq!(entry["files"].as_sequence().unwrap(), &[ACTIVE, STORY]);
    repo.tw(&["sync"]).exits(1);
    repo.tw(&["sync"]).exits(1);
    assert_eq!(repo.history().len(), 3);
    repo.tw(&["sync", "--dry-run"]).exits(1);
    repo.tw(&["status"]).exits(1);
    assert_eq!(repo.history().len(), 3);
}

#[test]
fn a_sync_changes_only_the_lines_it_must() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let changed = lost(STORY_TEXT, &repo.tracked(STORY));
    assert_eq!(changed, ["    status: in_progress", "  conflicts: []   # written by sync"]);
    assert!(repo.tracked(STORY).contains("# written by sync"), "{}", repo.tracked(STORY));
    let changed = lost(ACTIVE_TEXT, &repo.tracked(ACTIVE));
    assert_eq!(changed, ["    status: \"in_progress\"   # since Monday", "    status: \"ready\""]);
    assert!(repo.tracked(ACTIVE).contains("    status: \"blocked\"   # since Monday\n"));
}

#[test]
fn a_sync_with_nothing_new_changes_no_file_but_the_log() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let mut before = repo.tracking_picture();
    std::thread::sleep(std::time::Duration::from_millis(15));
    let said = repo.tw_at("2025-11-16T11:00:00Z", &["sync"]).exits(1).says("Tracking files are up to date.");
    let mut after = repo.tracking_picture();
    let log = repo.path(format!("{}/{LOG}", super::program::DIR));
    assert_ne!(before.remove(&log), after.remove(&log), "{said}");
    assert_eq!(before, after);
    let entry = repo.history().pop().unwrap();
    assert_eq!(entry["at"].as_str(), Some("2025-11-16T11:00:00Z"));
    assert_eq!(entry["conflicts"]["kept"].as_u64(), Some(1));
    assert!(entry["files"].as_sequence().unwrap().is_empty());
}

#[test]
fn detected_and_the_operators_resolution_stay_while_the_conflict_lasts() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let resolved = repo.tracked(STORY).replace("resolution: \"\"", "resolution: 'Ada decides' # on Monday");
    repo.track(STORY, &resolved);
    repo.tw_at("2025-11-16T11:00:00Z", &["sync"]).exits(1);
    assert_eq!(repo.tracked(STORY), resolved);
    // The lines move, and only they are brought up to date.
    let moved = format!("before\n{}", lines(&[(3, "two")]));
    repo.write("../terminal-2/a.txt", moved);
    repo.tw_at("2025-11-17T11:00:00Z", &["sync"]).exits(1);
    let conflict = &repo.yaml(STORY)["coordination"]["conflicts"][0];
    assert_eq!(conflict["detected"].as_str(), Some(NOW));
    assert_eq!(conflict["resolution"].as_str(), Some("Ada decides"));
    assert!(conflict["lines"]["terminal-2"].as_str().unwrap().contains('4'), "{conflict:?}");
    assert!(repo.tracked(STORY).contains("resolution: 'Ada decides' # on Monday\n"));
}

#[test]
fn a_conflict_goes_when_the_edit_is_undone_and_the_log_tells_it() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let resolved = repo.tracked(STORY).replace("resolution: \"\"", "resolution: \"Ada decides\"");
    repo.track(STORY, &resolved);
    repo.write("../terminal-2/a.txt", lines(&[]));
    let said = repo.tw_at("2025-11-16T11:00:00Z", &["sync"]).exits(0);
    said.says("Conflicts: None").says("No longer in conflict: a.txt (terminal-1, terminal-2)");
    let story = repo.yaml(STORY);
    assert!(story["coordination"]["conflicts"].as_sequence().unwrap().is_empty());
    let gone = &repo.history()[1]["conflicts"]["gone"][0];
    assert_eq!((gone["file"].as_str(), gone["resolution"].as_str()), (Some("a.txt"), Some("Ada decides")));
    // Comments and keys of people are still there.
    let changed = lost(STORY_TEXT, &repo.tracked(STORY));
    assert!(changed.iter().all(|line| line.contains("status") || line.contains("conflicts")), "{changed:?}");
}

#[test]
fn what_was_blocked_goes_on_when_all_it_waits_for_is_complete() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["sync"]).exits(1);
    for terminal in ["terminal-1", "terminal-2"] {
        let text = repo.tracked(STORY);
        let at = text.find(&format!("  {terminal}:")).unwrap();
        let (before, after) = text.split_at(at);
        let status = if terminal == "terminal-1" { "status: \"in_progress\"" } else { "status: blocked" };
        let status = if after.contains(status) { status } else { "status: \"blocked\"" };
        repo.track(STORY, format!("{before}{}", after.replacen(status, "status: done", 1)));
    }
    repo.tw(&["sync"]);
    let active = repo.yaml(ACTIVE);
    assert_eq!(active["sessions"]["terminal-3"]["status"].as_str(), Some("in_progress"));
    let dependency = &active["dependencies"]["1-3-account-management"];
    assert_eq!(dependency["status"].as_str(), Some("ready"));
    assert_eq!(dependency["note"].as_str(), Some("keep me"));
    // All that blocking wrote is gone again: the former status, the reason, what it waits for.
    let left: Vec<_> = active["sessions"]["terminal-3"].as_mapping().unwrap().keys().cloned().collect();
    assert_eq!(left, ["story_id", "status", "branch", "observed"]);
}

#[test]
fn a_conflict_that_nobody_can_see_now_stays_recorded() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let recorded = |repo: &Repo| repo.yaml(STORY)["coordination"]["conflicts"].as_sequence().unwrap().len();
    // Its folder cannot be looked at.
    repo.git(&["worktree", "lock", "../terminal-2"]);
    std::fs::rename(sandbox.path("terminal-2"), sandbox.path("elsewhere")).unwrap();
    let said = repo.tw(&["sync"]).exits(1);
    assert_eq!(recorded(&repo), 1, "{said}");
    // It is not there at all.
    repo.git(&["worktree", "unlock", "../terminal-2"]);
    repo.git(&["worktree", "prune"]);
    repo.git(&["branch", "-D", "terminal-2"]);
    let said = repo.tw(&["sync"]);
    assert_eq!(recorded(&repo), 1, "{said}");
    assert!(!said.stdout.contains("No longer in conflict"), "{said}");
}

#[test]
fn a_terminal_that_does_not_exist_in_a_recorded_conflict_is_left_alone() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    let own = "conflicts:\n    - \"Ada and Grace both want the login page\"\n    - type: \"design\"\n      note: 1\n";
    repo.track(STORY, STORY_TEXT.replace("conflicts: []   # written by sync\n", own));
    repo.tw(&["sync"]).exits(1);
    let story = repo.yaml(STORY);
    let conflicts = story["coordination"]["conflicts"].as_sequence().unwrap();
    assert_eq!(conflicts.len(), 3, "{conflicts:?}");
    assert_eq!(conflicts[0].as_str(), Some("Ada and Grace both want the login page"));
}

#[test]
fn a_dry_run_shows_the_edits_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    let before = repo.tracking_picture();
    let said = repo.tw(&["sync", "--dry-run"]).exits(1);
    assert_eq!(repo.tracking_picture(), before);
    let said = said.says("-    status: in_progress").says("+    status: blocked");
    said.says("+    - type: \"merge_conflict\"").says("Nothing was written.");
    repo.tw(&["sync"]).exits(1);
    repo.tw(&["sync", "--dry-run"]).exits(1).says(
        "No tracking file would change. One entry would be added to .system/parallel-work/session-sync-log.yaml.",
    );
}

#[test]
fn sync_and_status_tell_the_same() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let mut sync = repo.tw(&["sync", "--format", "json"]).exits(1).json();
    let sync = sync.as_object_mut().unwrap();
    assert!(sync.remove("sync").is_some());
    let status = repo.tw(&["status", "--format", "json"]).exits(1).json();
    assert_eq!(serde_json::Value::from(sync.clone()), status);
    let conflicts = findings(&status, "merge_conflict");
    assert_eq!(conflicts.len(), 1);
    assert_eq!(text(&conflicts[0]["path"]), "a.txt");
}

#[test]
fn the_log_shows_what_was_synchronized() {
    let sandbox = Sandbox::new();
    let repo = sprint(&sandbox);
    repo.tw(&["log"]).exits(0).says("No synchronization yet. Start with: track-work sync");
    repo.tw(&["sync"]).exits(1);
    repo.tw_at("2025-11-16T11:00:00Z", &["sync"]).exits(1);
    let said = repo.tw(&["log"]).exits(0);
    let said = said.says("2025-11-15T10:00:00Z sync 3 terminals against main + conflict a.txt");
    said.says("2025-11-16T11:00:00Z sync 3 terminals against main no changes, 1 conflict open");
    let last = repo.tw(&["log", "-n", "1", "--format", "json"]).exits(0).json();
    assert_eq!(last["history"].as_array().unwrap().len(), 1);
    assert_eq!(last["history"][0]["at"], "2025-11-16T11:00:00Z");
}
