//! What a tracking file says, and what is told of one that is not as it should be.

use std::fs;
use std::path::Path;
use std::time::Duration;

use track_work::model::{
    Dependency, Edit, Evidence, MergePoint, Mode, NeedPlace, RecordedConflict, Session, SessionRef, Severity,
    Status, StatusKind, Step, Task, TrackingFile, Value,
};
use track_work::tracking::{Changes, Lock, Tracking};

const STORY: &str = include_str!("../../../fixtures/tracking/spec/story-1-2-sessions.yaml");
const ACTIVE: &str = include_str!("../../../fixtures/tracking/spec/active-sessions.yaml");
const ODD: &str = include_str!("../../../fixtures/tracking/odd-sessions.yaml");
const WRONG: &str = include_str!("../../../fixtures/tracking/wrong-sessions.yaml");

fn load(files: &[(&str, &[u8])]) -> Tracking {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).expect("written");
    }
    Tracking::load(dir.path(), &[])
}

/// The findings of one file, as `severity message [terminals]`.
fn told(name: &str, text: &str) -> Vec<String> {
    lines(&load(&[(name, text.as_bytes())]))
}

fn lines(tracking: &Tracking) -> Vec<String> {
    let line = |finding: &track_work::model::Finding| {
        format!("{} {} {:?}", finding.severity.name(), finding.message, finding.terminals)
    };
    tracking.findings.iter().map(line).collect()
}

fn session(file: &str, terminal: &str, mode: Mode) -> Session {
    Session {
        at: SessionRef { file: file.into(), terminal: terminal.into() },
        mode,
        story: None,
        focus: None,
        phase: None,
        agent: None,
        tasks: vec![],
        status: Status::of(StatusKind::Pending),
        current_file: None,
        blocked_by: vec![],
        waiting_for: vec![],
        status_before: None,
        reason: None,
        started: None,
        completed: None,
        last_update: None,
        branch: None,
        worktree: None,
        scope: vec![],
        seen_branch: None,
        seen_head: None,
        seen_commits: false,
        seen_uncommitted: false,
        seen_merged: None,
        lost_merge: None,
        lost_commit: None,
        head_is_here: None,
        seen_worktree: None,
        begins_after: None,
        priority: None,
    }
}

fn tasks(texts: [&str; 2]) -> Vec<Task> {
    texts.map(|text| Task { text: text.into(), done: false }).to_vec()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_string())
}

#[test]
fn the_specifications_story_file_is_read() {
    let name = "story-1-2-sessions.yaml";
    let tracking = load(&[(name, STORY.as_bytes())]);
    let story = Some("1-2-user-authentication".into());
    let in_progress = Status::read("in_progress", &[]);
    let base = |terminal| Session { story: story.clone(), ..session(name, terminal, Mode::Intra) };
    let expected = TrackingFile {
        name: name.into(),
        mode: Mode::Intra,
        owner: "orchestrator-exe".into(),
        story: story.clone(),
        sessions: vec![
            Session {
                focus: some("backend"),
                tasks: tasks(["Implement authentication service", "Create JWT token generation"]),
                status: in_progress.clone(),
                current_file: Some("src/services/auth.service.ts".into()),
                last_update: some("2025-11-15T10:30:00Z"),
                ..base("terminal-1")
            },
            Session {
                focus: some("frontend"),
                tasks: tasks(["Build login form component", "Add form validation"]),
                status: in_progress,
                current_file: Some("src/components/LoginForm.tsx".into()),
                last_update: some("2025-11-15T10:35:00Z"),
                ..base("terminal-2")
            },
            Session {
                focus: some("tests"),
                tasks: tasks(["Write unit tests for auth service", "Add integration tests for login flow"]),
                status: Status::read("pending", &[]),
                blocked_by: vec!["terminal-1".into()],
                last_update: some("2025-11-15T10:00:00Z"),
                ..base("terminal-3")
            },
        ],
        dependencies: vec![],
        merge_points: vec![
            MergePoint::Text("Backend auth service complete → Frontend can integrate".into()),
            MergePoint::Text("Frontend login complete → Tests can run e2e".into()),
        ],
        conflicts: vec![],
        has_coordination: true,
        ready_to_merge: Some(false),
    };
    assert_eq!((tracking.files, tracking.findings), (vec![expected], vec![]));
}

#[test]
fn the_specifications_active_file_is_read() {
    let name = "active-sessions.yaml";
    let tracking = load(&[(name, ACTIVE.as_bytes())]);
    let base = |terminal, story: &str, phase, status| Session {
        story: Some(story.into()),
        phase: some(phase),
        status: Status::read(status, &[]),
        agent: some("dev"),
        ..session(name, terminal, Mode::Inter)
    };
    let expected = TrackingFile {
        name: name.into(),
        mode: Mode::Inter,
        owner: "orchestrator-exe".into(),
        story: None,
        sessions: vec![
            Session {
                started: some("2025-11-15T10:00:00Z"),
                last_update: some("2025-11-15T10:35:00Z"),
                ..base("terminal-1", "1-2-user-authentication", "first-pass", "in_progress")
            },
            Session {
                started: some("2025-11-15T09:30:00Z"),
                last_update: some("2025-11-15T10:40:00Z"),
                ..base("terminal-2", "1-3-account-management", "first-pass", "in_progress")
            },
            Session {
                started: some("2025-11-15T08:00:00Z"),
                completed: some("2025-11-15T09:15:00Z"),
                ..base("terminal-3", "1-1-plant-data-model", "second-pass", "completed")
            },
        ],
        dependencies: vec![
            Dependency {
                status: some("blocked"),
                reason: some("Needs auth service from story 1-2"),
                places: vec![NeedPlace {
                    needed: "1-2-user-authentication".into(),
                    file: "active-sessions.yaml".to_string(),
                    at: vec![
                        "dependencies".into(),
                        "1-3-account-management".into(),
                        "depends_on".into(),
                        Step::Item(0),
                    ],
                }],
                ..Dependency::of("1-3-account-management".into(), vec!["1-2-user-authentication".into()])
            },
            Dependency { status: some("ready"), ..Dependency::of("1-2-user-authentication".into(), vec![]) },
        ],
        merge_points: vec![],
        conflicts: vec![],
        has_coordination: false,
        ready_to_merge: None,
    };
    assert_eq!((tracking.files, tracking.findings), (vec![expected], vec![]));
}

#[test]
fn what_is_odd_is_read_all_the_same() {
    let name = "story-1-2-sessions.yaml";
    let tracking = load(&[(name, ODD.as_bytes())]);
    let done = |text: &str| Task { text: text.into(), done: true };
    let open = |text: &str| Task { text: text.into(), done: false };
    let base = |terminal| Session { story: Some("1-2".into()), ..session(name, terminal, Mode::Intra) };
    let file = &tracking.files[0];
    assert_eq!(
        file.sessions,
        [
            Session {
                focus: some("backend"),
                status: Status::read("In Progress", &[]),
                tasks: vec![
                    done("Marked in the text"),
                    open("Not yet"),
                    done("As a mapping"),
                    done("With a status"),
                    open("Neither"),
                    done("Plain"),
                    open("1.20"),
                    done("Only listed as done"),
                ],
                blocked_by: vec!["terminal-2".into()],
                scope: vec!["src/**".into()],
                current_file: Some("src/a.rs".into()),
                last_update: some("2025-11-15 10:30:00"),
                branch: some("12345678"),
                priority: Some(3),
                ..base("terminal-1")
            },
            Session {
                status: Status::read("Awaiting Moon", &[]),
                waiting_for: vec!["1-1-base".into(), "3".into()],
                worktree: some("../t2"),
                started: some("2025-11-15"),
                branch: some("1e3"),
                ..base("2")
            },
            base("terminal-3"),
        ]
    );
    assert_eq!((file.owner.as_str(), file.ready_to_merge), ("orchestrator-2", Some(false)));
    let mapping = MergePoint::Mapping {
        name: "API".into(),
        terminals: vec!["terminal-1".into()],
        trigger: "terminal-1 completed".into(),
    };
    assert_eq!(file.merge_points, [MergePoint::Text("Backend → Frontend".into()), mapping]);
    let note = RecordedConflict {
        index: 1,
        kind: None,
        file: None,
        terminals: vec![],
        target: None,
        resolution: None,
        detected: None,
    };
    let ours = RecordedConflict {
        index: 0,
        kind: some("file_overlap"),
        file: some("src/a.rs"),
        terminals: vec!["terminal-1".into(), "terminal-2".into()],
        target: None,
        resolution: some(""),
        detected: some("2025-11-15T10:00:00Z"),
    };
    assert_eq!(file.conflicts, [ours, note]);
    assert_eq!(
        lines(&tracking),
        [
            r#"warning story-1-2-sessions.yaml, line 30: the status "Awaiting Moon" is unknown; it is kept and treated as incomplete ["2"]"#
        ]
    );
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_rest_is_read() {
    let tracking = load(&[("story-3-1-sessions.yaml", WRONG.as_bytes())]);
    let expected = [
        r#"warning story-3-1-sessions.yaml, line 2: "parallel_mode" is "inter_story", but the file name means "intra_story" []"#,
        r#"warning story-3-1-sessions.yaml, line 15: "coordination" must be a mapping, found a list []"#,
        r#"error story-3-1-sessions.yaml, line 5: the session "terminal-1" must be a mapping, found a string ["terminal-1"]"#,
        r#"warning story-3-1-sessions.yaml, line 8: "focus" must be a string, found a list ["terminal-2"]"#,
        r#"warning story-3-1-sessions.yaml, line 7: "tasks" must be a list, found a mapping ["terminal-2"]"#,
        r#"warning story-3-1-sessions.yaml, line 10: "priority" must be a whole number, found a string ["terminal-2"]"#,
        r#"warning story-3-1-sessions.yaml, line 13: "blocked_by" must contain only strings, found a list ["terminal-3"]"#,
    ];
    assert_eq!(lines(&tracking), expected);
    let terminals: Vec<_> =
        tracking.files[0].sessions.iter().map(|session| session.at.terminal.as_str()).collect();
    assert_eq!(terminals, ["terminal-2", "terminal-3"]);
    assert_eq!(tracking.files[0].sessions[1].blocked_by, ["terminal-2"]);
}

#[test]
fn a_file_that_does_not_parse_is_named_and_the_others_are_read() {
    let tracking = load(&[
        ("active-sessions.yaml", ACTIVE.as_bytes()),
        ("story-1-sessions.yaml", b"story_id: x\n\nsessions: [terminal-1]\n"),
        ("story-2-sessions.yaml", b"sessions:\n\tt1: {}\n"),
        ("story-3-sessions.yaml", b"sessions:\n  t1:\n    status: a\n  t1:\n    status: b\n"),
        ("story-4-sessions.yaml", b"- a\n- b\n"),
        ("story-5-sessions.yaml", b"a: caf\xe9\n"),
        ("story-6-sessions.yaml", b"a: 1\n---\nb: 2\n"),
        ("story-7-sessions.yaml", b"a: {b: [c\n"),
        ("story-8-sessions.yaml", b"sessions: {t1: *nothing}\n"),
        ("story-9-sessions.yaml", b"\xff\xfes\0e\0"),
    ]);
    insta_lines(
        &tracking,
        r#"
warning story-1-sessions.yaml, line 1: "story_id" is x, whose file would be story-x-sessions.yaml []
error story-1-sessions.yaml, line 3: "sessions" must be a mapping, found a list []
error story-2-sessions.yaml, line 2: a tab; YAML is indented with spaces []
error story-3-sessions.yaml, line 4: duplicate key "t1" []
error story-4-sessions.yaml: the file must be a mapping, found a list []
error story-5-sessions.yaml, line 1: the byte 0xe9 is not UTF-8 []
error story-6-sessions.yaml: more than one YAML document in the file []
error story-7-sessions.yaml, line 1: did not find expected ',' or ']' []
error story-8-sessions.yaml, line 1: unknown anchor []
error story-9-sessions.yaml, line 1: the byte 0xff is not UTF-8 []
"#,
    );
    let names: Vec<_> = tracking.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["active-sessions.yaml", "story-1-sessions.yaml"]);
    let finding = &tracking.findings[1];
    let evidence = Evidence::File {
        name: "story-1-sessions.yaml".into(),
        line: Some(3),
        column: Some(11),
        text: some("sessions: [terminal-1]"),
    };
    assert_eq!((&finding.evidence, finding.severity), (&evidence, Severity::Error));
    assert_eq!(finding.suggestion, "use one key per terminal; nothing was changed");
}

fn insta_lines(tracking: &Tracking, expected: &str) {
    assert_eq!(lines(tracking).join("\n"), expected.trim());
}

#[test]
fn empty_files_and_folders_are_empty() {
    for text in ["# only a comment\n", "---\n", "sessions:\n", "sessions: {}\ndependencies:\ncoordination:\n"]
    {
        let tracking = load(&[("active-sessions.yaml", text.as_bytes())]);
        assert_eq!((tracking.findings.len(), tracking.files[0].sessions.len()), (0, 0), "{text:?}");
    }
    let tracking = Tracking::load(Path::new("/nowhere/at/all"), &[]);
    assert_eq!((tracking.files.len(), tracking.findings.len()), (0, 0));
}

#[test]
fn of_a_file_that_was_emptied_nothing_is_known() {
    for name in ["active-sessions.yaml", "story-1-2-sessions.yaml"] {
        for text in ["", "\u{feff}", " \n\n"] {
            let tracking = load(&[(name, text.as_bytes())]);
            assert_eq!(
                (tracking.files.len(), &tracking.unread[..]),
                (0, &[name.to_string()][..]),
                "{text:?}"
            );
            assert_eq!(tracking.findings[0].severity, Severity::Error);
            assert!(tracking.findings[0].message.contains("the file is empty"), "{text:?}");
        }
    }
}

#[test]
fn a_session_in_the_wrong_place_is_told() {
    let session = "terminal-4:\n    story_id: 9-9-x\n    status: in_progress\n";
    let start = "sessions:\n  terminal-1:\n    story_id: 1-1-x\n    status: pending\n";
    let own = |text: &str| load(&[("active-sessions.yaml", format!("{start}{text}").as_bytes())]);
    for (text, told) in [
        (format!("dependencies:\n  1-2: [1-1]\n\n  {session}"), "below \"dependencies\""),
        (format!("coordination:\n  conflicts: []\n  {session}"), "below \"coordination\""),
        (session.replace("    ", "  "), "at the top"),
        (format!("    {}", session.replace("    ", "      ")), "below \"terminal-1\""),
    ] {
        let tracking = own(&text);
        let [finding] = &tracking.findings[..] else { panic!("{text}{:?}", tracking.findings) };
        assert!(
            finding.message.contains(&format!("the session \"terminal-4\" stands {told}")),
            "{finding:?}"
        );
        assert_eq!(finding.severity, Severity::Error);
        assert!(tracking.files[0].dependencies.iter().all(|entry| entry.story.as_str() == "1-2"));
    }
    let right = "dependencies:\n  1-2:\n    depends_on: [1-1]\n    status: blocked\n    reason: \"x\"\n";
    assert_eq!(own(right).findings, []);
}

#[test]
fn a_mark_and_windows_line_ends_do_not_matter() {
    let text = format!("\u{feff}{}", ACTIVE.replace('\n', "\r\n"));
    let tracking = load(&[("active-sessions.yaml", text.as_bytes())]);
    assert_eq!(tracking.files, load(&[("active-sessions.yaml", ACTIVE.as_bytes())]).files);
    assert_eq!(tracking.findings, []);
}

#[test]
fn merged_keys_and_aliases_are_read() {
    let text = "x: &base\n  status: in_progress\n  tasks: &tasks [a, b]\nsessions:\n  t1:\n    <<: *base\n    focus: api\n  t2:\n    tasks: *tasks\n";
    let tracking = load(&[("active-sessions.yaml", text.as_bytes())]);
    assert_eq!(tracking.findings, []);
    let [one, two] = &tracking.files[0].sessions[..] else { panic!("two") };
    assert_eq!((one.status.kind(), one.tasks.len(), two.tasks.len()), (StatusKind::InProgress, 2, 2));
}

#[test]
fn two_files_of_one_story_are_told() {
    let tracking = load(&[
        ("story-1-2-sessions.yaml", b"story_id: 1-2-login\n"),
        ("story-extra-sessions.yaml", b"story_id: 1-2-login\n"),
        ("story-1-3-sessions.yml", b""),
        ("story-x-sessions.yaml.bak", b"["),
        ("session-sync-log.yaml", b"["),
        ("dependencies-template.yaml", b"["),
        ("notes.yaml", b"["),
    ]);
    insta_lines(
        &tracking,
        r#"
warning story-1-3-sessions.yml: is not read: its name should be story-1-3-sessions.yaml []
warning story-extra-sessions.yaml, line 1: "story_id" is 1-2-login, whose file would be story-1-2-sessions.yaml []
warning story-extra-sessions.yaml: is for the story 1-2-login, and so is story-1-2-sessions.yaml []
"#,
    );
}

#[test]
fn a_file_without_a_story_takes_it_from_its_name() {
    assert_eq!(
        told("story-1-2-sessions.yaml", "sessions: {}\n"),
        [r#"warning story-1-2-sessions.yaml: "story_id" is missing; 1-2 from the file name is used []"#]
    );
}

#[test]
fn what_expands_without_end_is_told() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
    for level in 1..40 {
        bomb += &format!("a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(9));
    }
    assert_eq!(
        told("active-sessions.yaml", &bomb),
        ["error active-sessions.yaml, line 1: aliases expand to far more than the file contains []"]
    );
    let deep = "[".repeat(1 << 20);
    assert!(told("active-sessions.yaml", &deep)[0].contains("nested too deep"));
    let lines = "a: &a {x: 1}\n".to_string()
        + &(0..20_000).map(|n| format!("k{n}: {{<<: *a}}\n")).collect::<String>();
    assert_eq!(told("active-sessions.yaml", &lines), [""; 0]);
}

#[test]
fn a_huge_file_is_told() {
    let huge = vec![b'#'; 9 << 20];
    assert_eq!(
        lines(&load(&[("active-sessions.yaml", &huge)])),
        ["error active-sessions.yaml: the file has 9437184 bytes; more than 2097152 are not read []"]
    );
}

#[cfg(unix)]
#[test]
fn other_things_than_files_are_told() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("story-1-sessions.yaml")).expect("a folder");
    symlink("story-2-sessions.yaml", dir.path().join("story-2-sessions.yaml")).expect("a loop");
    symlink("nowhere", dir.path().join("story-3-sessions.yaml")).expect("a dead link");
    let fifo = std::process::Command::new("mkfifo").arg(dir.path().join("story-4-sessions.yaml")).status();
    assert!(fifo.expect("mkfifo").success());
    fs::write(dir.path().join("real"), ACTIVE).expect("written");
    symlink("real", dir.path().join("active-sessions.yaml")).expect("a link");
    let tracking = Tracking::load(dir.path(), &[]);
    insta_lines(
        &tracking,
        r#"
error story-1-sessions.yaml: is not a file []
error story-2-sessions.yaml: cannot be read: too many levels of symbolic links []
error story-3-sessions.yaml: is a link to something that is not there []
error story-4-sessions.yaml: is not a file []
"#,
    );
    assert_eq!(tracking.files[0].sessions.len(), 3);
    let file = dir.path().join("real");
    let tracking = Tracking::load(&file, &[]);
    assert!(
        tracking.findings[0].message.contains("cannot be read: not a directory"),
        "{:?}",
        tracking.findings
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("active-sessions.yaml");
    fs::write(&path, ACTIVE).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("a mode");
    if fs::read(&path).is_ok() {
        return; // the superuser reads everything
    }
    insta_lines(
        &Tracking::load(dir.path(), &[]),
        "error active-sessions.yaml: cannot be read: permission denied []",
    );
}

#[test]
fn further_words_mean_complete() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("active-sessions.yaml"), "sessions:\n  t1:\n    status: Shipped\n")
        .expect("written");
    let tracking = Tracking::load(dir.path(), &["shipped".to_string()]);
    assert!(tracking.files[0].sessions[0].status.is_complete() && tracking.findings.is_empty());
}

#[test]
fn an_archived_file_is_whole_and_numbered() {
    let dir = tempfile::tempdir().expect("a folder");
    let name = "story-1-2-sessions.yaml";
    let lock = Lock::take(dir.path(), Duration::from_secs(10)).expect("a lock");
    let summary = [
        ("archived", Value::from("2025-11-16T09:00:00Z")),
        ("sessions", Value::Int(3)),
        ("agents", Value::texts(["dev"])),
    ];
    let set =
        |(key, value): &(&str, Value)| Edit::set(name, &["summary".into(), (*key).into()], value.clone());
    let edits = summary.iter().map(set).collect();
    let changes = Changes { edits, archived: Some(name.to_string()), ..Changes::default() };
    let put = || Tracking::load(dir.path(), &[]).apply(&lock, &changes).map(|saved| saved.archived.unwrap());
    fs::write(dir.path().join(name), STORY).expect("written");
    let first = put().expect("archived");
    assert_eq!(first, dir.path().join("archive").join(name));
    let text = "\nsummary:\n  archived: \"2025-11-16T09:00:00Z\"\n  sessions: 3\n  agents:\n    - \"dev\"\n";
    assert_eq!(fs::read_to_string(&first).expect("read"), format!("{STORY}{text}"));
    assert!(!dir.path().join(name).exists());
    // A second file of the same name.
    fs::write(dir.path().join(name), "sessions: {}\n").expect("written");
    assert_eq!(put().expect("archived"), dir.path().join("archive/story-1-2-sessions-2.yaml"));
    assert_eq!(fs::read_to_string(&first).expect("read"), format!("{STORY}{text}"));
    // A move that was interrupted before the old file went is finished, not doubled.
    fs::write(dir.path().join(name), STORY).expect("written");
    assert_eq!(put().expect("archived"), first);
    assert_eq!(fs::read_dir(dir.path().join("archive")).expect("listed").count(), 2);
    assert_eq!(put().expect_err("gone").to_string(), format!("the tracking file {name} does not exist"));
    fs::write(dir.path().join(name), "a: [\n").expect("written");
    assert!(put().expect_err("broken").to_string().starts_with("story-1-2-sessions.yaml, line 1: "));
    assert!(dir.path().join(name).exists());
}
