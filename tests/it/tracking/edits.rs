//! What an edit does to a text: exactly the lines it must.

use std::time::Duration;

use track_work::model::{Edit, Mode, Step, Value};
use track_work::tracking::{Changes, Lock, NewFile, Tracking};

/// A way to a node: `sessions.terminal-1.tasks.0`.
pub fn way(text: &str) -> Vec<Step> {
    text.split('.').map(|part| part.parse::<usize>().map_or_else(|_| Step::from(part), Step::from)).collect()
}

pub fn set(at: &str, value: impl Into<Value>) -> Edit {
    Edit::set("active-sessions.yaml", &way(at), value)
}

pub fn append(at: &str, value: impl Into<Value>) -> Edit {
    Edit::append("active-sessions.yaml", &way(at), value)
}

pub fn remove(at: &str) -> Edit {
    Edit::remove("active-sessions.yaml", &way(at))
}

/// The text after the edits; `Err` with the message when they are refused.
pub fn edited(text: &str, edits: &[Edit]) -> Result<String, String> {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("active-sessions.yaml"), text).expect("written");
    let tracking = Tracking::load(dir.path(), &[]);
    let changes = Changes::of(edits.to_vec());
    let changed = tracking.preview(&changes).map_err(|error| error.to_string())?;
    let lock = Lock::take(dir.path(), Duration::from_secs(10)).expect("a lock");
    let names = tracking.apply(&lock, &changes).expect("as previewed").files;
    assert_eq!(names.len(), changed.len());
    let now = std::fs::read_to_string(dir.path().join("active-sessions.yaml")).expect("read");
    assert_eq!(changed.first().map_or(text, |change| change.new.as_str()), now);
    Ok(now)
}

#[track_caller]
pub fn check(text: &str, edits: &[Edit], expected: &str) {
    match edited(text, edits) {
        Ok(now) => assert_eq!(now, expected, "\n--- got\n{now}\n--- wanted\n{expected}"),
        Err(error) => panic!("refused: {error}"),
    }
}

/// A line diff: only what changed, with its sign.
fn diff(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes.map(|change| format!("{}{}", change.tag(), change.value())).collect()
}

const STORY: &str = include_str!("../../../fixtures/tracking/spec/story-1-2-sessions.yaml");
const ACTIVE: &str = include_str!("../../../fixtures/tracking/spec/active-sessions.yaml");

#[test]
fn the_specifications_story_file_is_updated_by_lines() {
    let conflict = Value::Map(vec![
        ("type".into(), "file_overlap".into()),
        ("file".into(), "src/a.ts".into()),
        ("terminals".into(), Value::texts(["terminal-1", "terminal-2"])),
        ("resolution".into(), "".into()),
    ]);
    let new = edited(
        STORY,
        &[
            set("sessions.terminal-1.status", "completed"),
            set("sessions.terminal-1.completed", "2025-11-15T11:00:00Z"),
            set("sessions.terminal-1.last_update", "2025-11-15T11:00:00Z"),
            append("sessions.terminal-2.tasks", "Polish"),
            set("sessions.terminal-2.completed_tasks", Value::texts(["Add form validation"])),
            set("sessions.terminal-3.blocked_by", Value::List(vec![])),
            append("coordination.conflicts", conflict),
            set("coordination.ready_to_merge", true),
        ],
    )
    .expect("applied");
    let expected = r#"-    status: "in_progress"
+    status: "completed"
-    last_update: "2025-11-15T10:30:00Z"
+    last_update: "2025-11-15T11:00:00Z"
+    completed: "2025-11-15T11:00:00Z"
+      - "Polish"
+    completed_tasks: ["Add form validation"]
-    blocked_by: ["terminal-1"]
+    blocked_by: []
-  conflicts: []
-  ready_to_merge: false
+  conflicts:
+    - type: "file_overlap"
+      file: "src/a.ts"
+      terminals: ["terminal-1", "terminal-2"]
+      resolution: ""
+  ready_to_merge: true
"#;
    assert_eq!(diff(STORY, &new), expected);
}

#[test]
fn the_specifications_active_file_is_updated_by_lines() {
    let session = Value::Map(vec![
        ("story_id".into(), "1-4-search".into()),
        ("phase".into(), "first-pass".into()),
        ("status".into(), "in_progress".into()),
    ]);
    let dependency = Value::Map(vec![
        ("depends_on".into(), Value::texts(["1-3-account-management"])),
        ("status".into(), "blocked".into()),
    ]);
    let new = edited(
        ACTIVE,
        &[
            set("sessions.terminal-4", session),
            set("sessions.terminal-2.status", "blocked"),
            set("sessions.terminal-2.waiting_for", Value::texts(["1-2-user-authentication"])),
            set("dependencies.1-4-search", dependency),
            set("dependencies.1-2-user-authentication.status", "completed"),
            remove("dependencies.1-3-account-management.reason"),
            set("coordination.conflicts", Value::List(vec![])),
        ],
    )
    .expect("applied");
    let expected = r#"-    status: "in_progress"
+    status: "blocked"
+    waiting_for: ["1-2-user-authentication"]
+  terminal-4:
+    story_id: "1-4-search"
+    phase: "first-pass"
+    status: "in_progress"
+
-    reason: "Needs auth service from story 1-2"
-    status: "ready"
+    status: "completed"
+
+  "1-4-search":
+    depends_on: ["1-3-account-management"]
+    status: "blocked"
+
+coordination:
+  conflicts: []
"#;
    assert_eq!(diff(ACTIVE, &new), expected);
}

#[test]
fn a_new_file_looks_like_the_specifications() {
    let dir = tempfile::tempdir().expect("a folder");
    let lock = Lock::take(dir.path(), Duration::from_secs(10)).expect("a lock");
    let new = NewFile {
        name: "story-1-2-sessions.yaml".into(),
        mode: Mode::Intra,
        story: Some("1-2-user-authentication".into()),
        created: "2025-11-15T10:00:00Z".into(),
        owner: None,
        copy_of: None,
    };
    let session = |focus: &str, tasks: [&str; 2], status: &str| {
        Value::Map(vec![
            ("focus".into(), focus.into()),
            ("tasks".into(), Value::texts(tasks)),
            ("status".into(), status.into()),
        ])
    };
    let file = "story-1-2-sessions.yaml";
    let edits = vec![
        Edit::set(
            file,
            &way("sessions.terminal-1"),
            session(
                "backend",
                ["Implement authentication service", "Create JWT token generation"],
                "in_progress",
            ),
        ),
        Edit::set(file, &way("sessions.terminal-1.current_file"), "src/services/auth.service.ts"),
        Edit::set(file, &way("sessions.terminal-1.last_update"), "2025-11-15T10:30:00Z"),
        Edit::set(
            file,
            &way("sessions.terminal-2"),
            session("frontend", ["Build login form component", "Add form validation"], "in_progress"),
        ),
        Edit::set(file, &way("sessions.terminal-2.current_file"), "src/components/LoginForm.tsx"),
        Edit::set(file, &way("sessions.terminal-2.last_update"), "2025-11-15T10:35:00Z"),
        Edit::set(
            file,
            &way("sessions.terminal-3"),
            session(
                "tests",
                ["Write unit tests for auth service", "Add integration tests for login flow"],
                "pending",
            ),
        ),
        Edit::set(file, &way("sessions.terminal-3.blocked_by"), Value::texts(["terminal-1"])),
        Edit::set(file, &way("sessions.terminal-3.last_update"), "2025-11-15T10:00:00Z"),
        Edit::append(
            file,
            &way("coordination.merge_points"),
            "Backend auth service complete → Frontend can integrate",
        ),
        Edit::append(file, &way("coordination.merge_points"), "Frontend login complete → Tests can run e2e"),
    ];
    let tracking = Tracking::load(dir.path(), &[]);
    let changes = Changes { new_files: vec![new], edits, archived: None };
    assert_eq!(tracking.apply(&lock, &changes).expect("saved").files, [file]);
    assert_eq!(std::fs::read_to_string(dir.path().join(file)).expect("read"), STORY);
}
