//! Tracking files as people write them: the short form of dependencies, values of another kind, anchors, comments.

use super::program::{messages, text};
use crate::support::{Repo, Sandbox};

const ACTIVE: &str = "active-sessions.yaml";
const STORY: &str = "story-1-2-sessions.yaml";

/// Two stories, each with a session and a worktree, and these dependencies in the file of all sessions.
fn stories<'a>(sandbox: &'a Sandbox, dependencies: &str) -> Repo<'a> {
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    for story in ["1-1-a", "1-2-b"] {
        repo.worktree(story).commit(story, &[(story, "x\n")]);
        repo.tw(&["register", "--mode", "inter", "--story", story]).exits(0);
    }
    let file = repo.tracked(ACTIVE);
    assert!(file.contains("\ndependencies: {}\n"), "{file}");
    repo.track(ACTIVE, file.replace("dependencies: {}\n", dependencies));
    repo
}

#[test]
fn the_short_form_of_dependencies_is_written_to() {
    let long = "  1-2-b:   # asked for\n    depends_on: [\"1-1-a\"]\n    status: \"blocked\"\n";
    for (short, expected) in [
        ("  1-2-b: [1-1-a]   # asked for\n", long),
        ("  1-2-b: 1-1-a   # asked for\n", long),
        ("  1-2-b:   # asked for\n    - 1-1-a\n", long),
        // what would be lost stays
        ("  1-2-b:\n    - 1-1-a # asked for\n", "  1-2-b:\n    - 1-1-a # asked for\n"),
        ("  1-2-b: [1-1-a, # asked for\n    1-1-a]\n", "  1-2-b: [1-1-a, # asked for\n    1-1-a]\n"),
        ("  1-2-b: &x [1-1-a]\n  1-9-z: *x\n", "  1-2-b: &x [1-1-a]\n"),
    ] {
        let sandbox = Sandbox::new();
        let repo = stories(&sandbox, &format!("dependencies:\n{short}# the end\n"));
        let said = repo.tw(&["sync"]);
        let file = repo.tracked(ACTIVE);
        assert!(matches!(said.status, Some(0 | 1)) && file.contains(expected), "{short}{said}\n{file}");
        assert!(file.ends_with("# the end\n"), "{file}");
        assert_eq!(repo.yaml(ACTIVE)["sessions"]["terminal-2"]["status"].as_str(), Some("blocked"), "{file}");
        repo.tw(&["sync"]);
        assert_eq!(repo.tracked(ACTIVE), file);
        assert!(!repo.tw(&["doctor"]).stdout.contains("cannot be edited"));
        repo.tw(&["update", "terminal-1", "--task", "x"]).exits(0);
        repo.tw(&["complete", "terminal-1"]).exits(0);
        let file = repo.tracked(ACTIVE);
        assert_eq!(
            repo.yaml(ACTIVE)["sessions"]["terminal-2"]["status"].as_str(),
            Some("in_progress"),
            "{file}"
        );
        repo.tw(&["unregister", "terminal-2"]).exits(0);
        assert!(repo.tracked(ACTIVE).contains("asked for") || short.contains('&'), "{short}");
    }
}

/// A file of a story with two sessions; the first one has `own` besides, and `end` comes last.
fn story(repo: &Repo, own: &str, end: &str) {
    let text = format!(
        "story_id: 1-2-login\nsessions:\n  terminal-1:\n    focus: be\n    status: in_progress\n{own}  terminal-2:\n    focus: fe\n    status: pending\n{end}"
    );
    repo.track(STORY, text);
}

fn conflicting(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", "1\n2\n3\n")]);
    for id in ["terminal-1", "terminal-2"] {
        repo.worktree(id).commit(id, &[("a.txt", &format!("1\n{id}\n3\n"))]);
    }
    repo
}

#[test]
fn what_is_read_is_written_to() {
    for (own, end) in [
        ("    tasks: A\n", ""),
        ("    tasks: \"\"\n", ""),
        ("    observed: []\n", "coordination: []\n"),
        ("", "coordination:\n  conflicts: {}\n"),
    ] {
        let sandbox = Sandbox::new();
        let repo = conflicting(&sandbox);
        for args in [&["sync"][..], &["update", "terminal-1", "--task", "B"], &["complete", "terminal-1"]] {
            story(&repo, own, end);
            let said = repo.tw(args);
            assert!(matches!(said.status, Some(0 | 1)), "{own}{end}{args:?}: {said}");
            if args[0] == "update" {
                let tasks = repo.yaml(STORY)["sessions"]["terminal-1"]["tasks"].clone();
                let expected = if own.contains(" A") { "- A\n- B\n" } else { "- B\n" };
                assert_eq!(serde_yaml::to_string(&tasks).unwrap(), expected);
            }
        }
    }
}

#[test]
fn what_cannot_be_written_to_is_told_by_doctor_with_its_line_on_the_disk() {
    for (own, end, line) in [
        ("    tasks: {a: 1}\n", "", 6),
        ("    observed: text\n", "", 6),
        ("", "coordination:\n  conflicts:\n    a: 1\n", 11),
        ("", "coordination: text\n", 9),
    ] {
        let sandbox = Sandbox::new();
        let repo = conflicting(&sandbox);
        story(&repo, own, end);
        let doctor = repo.tw(&["doctor", "--format", "json"]).json().to_string();
        let place = format!("{STORY}, line {line}: ");
        assert!(doctor.contains(&place) && doctor.contains("cannot be edited"), "{own}{end}{doctor}");
        let args: &[&str] =
            if own.contains("tasks") { &["update", "terminal-1", "--task", "B"] } else { &["sync"] };
        let said = repo.tw(args);
        assert!(said.status == Some(2) && said.stderr.contains(&place), "{own}{end}{said}");
    }
}

#[test]
fn a_key_that_only_holds_an_anchor_is_no_session() {
    let anchor = |key: &str, more: &str| {
        format!(
            "story_id: 1-2-login\n{key}: &def\n  agent: claude\n  blocked_by: []\n{more}sessions:\n  terminal-1:\n    <<: *def\n    status: in_progress\n"
        )
    };
    let unused = "x-defaults:\n  agent: claude\nstory_id: 1-2-login\nsessions: {}\n".to_string();
    for (text, is_told) in [
        (anchor("x-defaults", ""), false),
        (anchor("defaults", ""), false),
        (unused, false),
        (anchor("terminal-2", "  story_id: 1-2\n"), true),
        (anchor("terminal-2", "").replace("    <<: *def\n", ""), true),
    ] {
        let sandbox = Sandbox::new();
        let repo = conflicting(&sandbox);
        repo.track(STORY, &text);
        let told = messages(&repo.status());
        assert_eq!(told.contains("so it is not read"), is_told, "{text}\n{told}");
        let said =
            repo.tw(&["register", "--mode", "intra", "--story", "1-2-login", "--terminal", "terminal-2"]);
        assert_eq!(said.status == Some(2), is_told, "{text}\n{said}");
        if !is_told {
            assert!(repo.tracked(STORY).contains("agent: claude\n"));
        }
    }
}

#[test]
fn comments_go_with_the_lines_of_a_session_that_moves() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    for story in ["1-1-a", "1-2-b"] {
        repo.worktree(story).commit(story, &[(story, "x\n")]);
        let place = format!("../{story}");
        repo.tw(&["register", "--mode", "inter", "--story", story, "--worktree", &place]).exits(0);
    }
    let mut number = 0;
    let file: String = repo
        .tracked(ACTIVE)
        .lines()
        .map(|line| {
            number += 1;
            let bare = line.is_empty() || line.ends_with(':') || line.contains("sessions");
            let above =
                if line.starts_with("    ") { format!("    # above {number}\n") } else { String::new() };
            let beside = if bare { String::new() } else { format!(" # beside {number}") };
            format!("{above}{line}{beside}\n")
        })
        .collect();
    repo.track(ACTIVE, &file);
    repo.tw(&["complete", "terminal-1"]).exits(0);
    let before = repo.tracked(ACTIVE);
    let next = [
        "register",
        "--mode",
        "inter",
        "--story",
        "1-9-z",
        "--terminal",
        "terminal-1",
        "--worktree",
        "../1-1-a",
    ];
    repo.tw(&next).exits(0);
    let moved = repo.tracked("story-1-1-sessions.yaml");
    let own = before
        .split("  terminal-1:")
        .nth(1)
        .expect("the session")
        .split("  terminal-2:")
        .next()
        .expect("its end");
    let comments: Vec<&str> = own.lines().filter_map(|line| Some(line.split_once('#')?.1)).collect();
    assert!(comments.len() > 6, "{before}");
    for comment in comments {
        assert!(
            moved.contains(&format!("#{comment}\n")),
            "{comment}\n--- before\n{before}\n--- moved\n{moved}"
        );
    }
    assert_eq!(
        text(&serde_json::to_value(&repo.yaml("story-1-1-sessions.yaml")["story_id"]).unwrap()),
        "1-1-a"
    );
}
