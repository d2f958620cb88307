//! The log: it grows by one write, and whatever happened to it before, nothing is lost.

use std::fs;
use std::path::Path;
use std::time::Duration;

use track_work::model::Severity;
use track_work::model::{
    ConflictChanges, LogEntry, LoggedConflict, LoggedDependency, LoggedStatus, LoggedUpstream,
};
use track_work::tracking::Lock;
use track_work::tracking::log::{FILE, Limits, append, append_within, read};

fn entry(number: usize) -> LogEntry {
    LogEntry { at: format!("2025-11-15T10:{number:02}:00Z"), command: "sync".into(), ..LogEntry::default() }
}

fn full() -> LogEntry {
    let conflict = |kind: &str, resolution: Option<&str>| LoggedConflict {
        kind: kind.into(),
        file: Some("src/a \"b\".rs".into()),
        terminals: vec!["terminal-1".into(), "terminal-2".into()],
        with: resolution.map(|_| "main".to_string()),
        resolution: resolution.map(str::to_string),
    };
    LogEntry {
        at: "2025-11-15T10:40:00Z".into(),
        command: "sync".into(),
        terminal: Some("terminal-1".into()),
        story: Some("1-2".into()),
        tasks_done: vec!["one: two".into()],
        added_keys: vec!["dependencies".into()],
        target: Some("main".into()),
        terminals: Some(3),
        changes: Some(17),
        of_upstream: vec![LoggedUpstream { terminal: "terminal-2".into(), commits: 3 }],
        conflicts: ConflictChanges {
            appeared: vec![conflict("merge_conflict", None)],
            gone: vec![conflict("file_overlap", Some("took ours"))],
            kept: 2,
        },
        statuses: vec![LoggedStatus {
            terminal: "terminal-3".into(),
            file: Some("active-sessions.yaml".into()),
            from: "in_progress".into(),
            to: "blocked".into(),
            reason: Some("waits for 1-2-user-authentication".into()),
        }],
        dependencies: vec![LoggedDependency {
            story: "1-3-account-management".into(),
            from: Some("blocked".into()),
            to: Some("ready".into()),
            reason: None,
        }],
        plan: vec!["terminal-1: nothing stands against it".into()],
        merged: vec!["terminal-1 (resolved, 1a2b3c4)".into()],
        files: vec!["active-sessions.yaml".into(), "story-1-2-sessions.yaml".into()],
    }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn append(&self, entry: &LogEntry) {
        let lock = Lock::take(self.path(), Duration::from_secs(10)).expect("a lock");
        append(&lock, self.path(), entry).expect("appended");
    }

    fn write(&self, text: &str) {
        fs::write(self.path().join(FILE), text).expect("written");
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path().join(FILE)).expect("read")
    }

    /// The entries' times, when there is no finding.
    fn times(&self) -> Vec<String> {
        let (entries, findings) = read(self.path(), None);
        assert_eq!(findings, []);
        entries.into_iter().map(|entry| entry.at).collect()
    }
}

#[test]
fn an_entry_is_readable_by_people_and_by_us() {
    let place = Place::new();
    place.append(&full());
    place.append(&entry(41));
    let expected = r#"history:
  - at: "2025-11-15T10:40:00Z"
    command: "sync"
    terminal: "terminal-1"
    story: "1-2"
    tasks_done:
      - "one: two"
    added_keys:
      - "dependencies"
    target: "main"
    terminals: 3
    changes: 17
    of_upstream:
      - terminal: "terminal-2"
        commits: 3
    conflicts:
      appeared:
        - type: "merge_conflict"
          file: "src/a \"b\".rs"
          terminals: ["terminal-1", "terminal-2"]
      gone:
        - type: "file_overlap"
          file: "src/a \"b\".rs"
          terminals: ["terminal-1", "terminal-2"]
          target: "main"
          resolution: "took ours"
      kept: 2
    statuses:
      - terminal: "terminal-3"
        file: "active-sessions.yaml"
        from: "in_progress"
        to: "blocked"
        reason: "waits for 1-2-user-authentication"
    dependencies:
      - story: "1-3-account-management"
        from: "blocked"
        to: "ready"
    plan:
      - "terminal-1: nothing stands against it"
    merged:
      - "terminal-1 (resolved, 1a2b3c4)"
    files: ["active-sessions.yaml", "story-1-2-sessions.yaml"]
  - at: "2025-11-15T10:41:00Z"
    command: "sync"
    files: []
"#;
    assert_eq!(place.text(), expected);
    assert_eq!(read(place.path(), None), (vec![full(), entry(41)], vec![]));
    assert_eq!(read(place.path(), Some(1)).0, [entry(41)]);
    assert_eq!(read(&place.path().join("none"), None), (vec![], vec![]));
}

#[test]
fn a_tail_cut_off_at_any_byte_is_told_and_then_mended() {
    let place = Place::new();
    let mut long = full();
    long.plan.push("ends in a wide letter: é".into());
    place.append(&entry(1));
    let whole = place.text();
    place.append(&long);
    let both = fs::read(place.path().join(FILE)).expect("read");
    for cut in whole.len() + 1..both.len() {
        fs::write(place.path().join(FILE), &both[..cut]).expect("cut off");
        let (entries, findings) = read(place.path(), None);
        assert_eq!(entries[0], entry(1), "{cut}");
        assert!(findings.iter().all(|finding| finding.severity < Severity::Error), "{cut}: {findings:?}");
        place.append(&entry(2));
        let text = place.text();
        assert!(text.starts_with(&whole), "{cut}");
        assert!(
            text.ends_with("  - at: \"2025-11-15T10:02:00Z\"\n    command: \"sync\"\n    files: []\n"),
            "{cut}:\n{text}"
        );
        let times = place.times();
        assert_eq!((times.first(), times.last()), (Some(&entry(1).at), Some(&entry(2).at)), "{cut}");
        // The cut-off bytes are still there.
        let kept = text.replace("  # cut off: ", "");
        let torn = String::from_utf8_lossy(&both[whole.len()..cut]).into_owned();
        assert!(kept.contains(torn.trim_end().trim_end_matches('\u{fffd}')), "{cut}:\n{text}");
    }
}

#[test]
fn a_head_cut_off_at_any_byte_is_mended() {
    let place = Place::new();
    let text = "history:\n  - at: \"2025-11-15T10:01:00Z\"\n    command: \"sync\"\n    files: []\n";
    for cut in 9..text.len() {
        place.write(&text[..cut]);
        place.append(&entry(2));
        assert_eq!(place.times().last(), Some(&entry(2).at), "{cut}:\n{}", place.text());
    }
}

#[test]
fn what_a_person_wrote_into_it_stays() {
    for (text, expected) in [
        ("", "history:\n  - at: X\n    command: \"sync\"\n    files: []\n"),
        ("history: []\n", "history:\n  - at: X\n    command: \"sync\"\n    files: []\n"),
        (
            "# mine\nhistory:\n  - at: \"1\"\n",
            "# mine\nhistory:\n  - at: \"1\"\n  - at: X\n    command: \"sync\"\n    files: []\n",
        ),
        (
            "history:\n- at: \"1\"\n  files: []\n",
            "history:\n- at: \"1\"\n  files: []\n- at: X\n  command: \"sync\"\n  files: []\n",
        ),
        (
            "history:\n  - at: \"1\"\n    files: []\nnotes: mine\n",
            "history:\n  - at: \"1\"\n    files: []\n  - at: X\n    command: \"sync\"\n    files: []\nnotes: mine\n",
        ),
        (
            "history:\n  - at: \"1\"\n    files: []\n    # why: mine\n",
            "history:\n  - at: \"1\"\n    files: []\n    # why: mine\n  - at: X\n    command: \"sync\"\n    files: []\n",
        ),
        (
            "history:\r\n  - at: \"1\"\r\n",
            "history:\r\n  - at: \"1\"\r\n  - at: X\r\n    command: \"sync\"\r\n    files: []\r\n",
        ),
        (
            "history:\n  - at: \"1\"\n    files: []\n    by: me\n",
            "history:\n  - at: \"1\"\n    files: []\n    by: me\n  - at: X\n    command: \"sync\"\n    files: []\n",
        ),
    ] {
        let place = Place::new();
        place.write(text);
        place.append(&entry(2));
        assert_eq!(place.text(), expected.replace('X', "\"2025-11-15T10:02:00Z\""));
        assert_eq!(place.times().last(), Some(&entry(2).at));
    }
}

#[test]
fn a_log_that_cannot_be_understood_is_left_alone() {
    for text in ["- a\n", "history: {a: b}\n", "history:\n  - [\n", "history: text\n"] {
        let place = Place::new();
        place.write(text);
        let lock = Lock::take(place.path(), Duration::from_secs(10)).expect("a lock");
        let error = append(&lock, place.path(), &entry(1)).expect_err(text);
        assert!(error.to_string().starts_with(FILE), "{error}");
        assert_eq!(place.text(), text);
        assert_eq!(read(place.path(), None).1.len(), 1, "{text}");
    }
}

#[test]
fn a_bad_entry_is_told_and_the_others_are_read() {
    let place = Place::new();
    place.write("history:\n  - at: \"1\"\n  - at: [2]\n  - at: \"3\"\n    terminals: 4\n    unknown: x\n  - just text\n");
    let (entries, findings) = read(place.path(), None);
    assert_eq!(entries.iter().map(|entry| entry.at.as_str()).collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!(findings.len(), 2);
    assert!(findings[0].message.starts_with("session-sync-log.yaml"), "{}", findings[0].message);
}

#[test]
fn a_full_log_is_put_aside() {
    let place = Place::new();
    let lock = Lock::take(place.path(), Duration::from_secs(10)).expect("a lock");
    let limits = Limits { bytes: 300, kept: 3 };
    for number in 0..30 {
        append_within(&lock, place.path(), &entry(number), limits).expect("appended");
    }
    let mut names: Vec<String> = fs::read_dir(place.path())
        .expect("listed")
        .map(|entry| entry.expect("entry").file_name().into_string().expect("name"))
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "session-sync-log-1.yaml",
            "session-sync-log-2.yaml",
            "session-sync-log-3.yaml",
            "session-sync-log.yaml"
        ]
    );
    let times = place.times();
    assert_eq!(times.last(), Some(&entry(29).at));
    assert!(times.is_sorted() && times.len() > 8, "{times:?}");
    assert!(fs::metadata(place.path().join(FILE)).expect("there").len() <= 300);
    assert_eq!(read(place.path(), Some(6)).0.len(), 6);
}

#[test]
fn its_length_does_not_matter() {
    let place = Place::new();
    let limits = Limits { bytes: u64::MAX, kept: 1 };
    let lock = Lock::take(place.path(), Duration::from_secs(10)).expect("a lock");
    let filler = "  - at: \"2025-11-15T10:00:00Z\"\n    command: \"sync\"\n    files: []\n".repeat(700_000);
    place.write(&format!("history:\n{filler}"));
    let before = fs::metadata(place.path().join(FILE)).expect("there").len();
    let begun = std::time::Instant::now();
    for number in 0..20 {
        append_within(&lock, place.path(), &entry(number), limits).expect("appended");
    }
    // 43 MB: parsing it once would take seconds.
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(before > 40 << 20 && fs::metadata(place.path().join(FILE)).expect("there").len() > before);
}
