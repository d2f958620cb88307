//! The JSON of `status` and `sync`: its keys, and that the same input gives the same bytes.

use serde_json::{Value, json};

use super::program::{lines, terminal};
use crate::support::{Repo, Sandbox};

/// Worktrees with a conflict, a clean overlap, a rename, a binary file, a gone branch, a dependency.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[(1, "b")]))]);
    let story = "story_id: \"1-2-login\"\nsessions:\n  terminal-1:\n    focus: backend\n    tasks: [\"a\", \"b\"]\n    completed_tasks: [\"a\"]\n    status: in_progress\n  terminal-2:\n    status: pending\n    blocked_by: [terminal-1]\ncoordination:\n  merge_points: [\"Backend complete → Frontend can integrate\"]\n";
    repo.track("story-1-2-sessions.yaml", story);
    let active = "sessions:\n  terminal-10:\n    story_id: \"1-3-account\"\n    status: in_progress\n    branch: gone\ndependencies:\n  \"1-3-account\":\n    depends_on: [\"1-2-login\"]\n";
    repo.track("active-sessions.yaml", active);
    {
        let [one, two, free] = ["terminal-1", "terminal-2", "free"].map(|name| repo.worktree(name));
        one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
        one.git(&["mv", "b.txt", "c.txt"]);
        two.write("a.txt", lines(&[(3, "two")]));
        std::fs::write(two.path("picture.bin"), [0u8, 159, 146, 150]).unwrap();
        free.write("a.txt", lines(&[(30, "free")]));
    }
    repo
}

#[track_caller]
fn has_keys(value: &Value, keys: &[&str]) {
    let object = value.as_object().unwrap();
    for key in keys {
        assert!(object.contains_key(*key), "no {key} in {value:#}");
    }
}

#[track_caller]
fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

#[test]
fn the_top_has_the_documented_keys() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let keys = [
        "schema",
        "target",
        "terminals",
        "pairs",
        "pairs_disjoint",
        "findings",
        "dependencies",
        "merge_points",
        "ready_to_merge",
    ];
    for command in ["status", "sync"] {
        let answer = repo.tw(&[command, "--format", "json"]).exits(1).json();
        has_keys(&answer, &keys);
        let order: Vec<&String> = answer.as_object().unwrap().keys().take(keys.len()).collect();
        assert_eq!(order, keys);
        assert_eq!(answer["schema"], 1);
        assert_eq!(
            (&answer["target"]["name"], &answer["target"]["ref"]),
            (&json!("main"), &json!("refs/heads/main"))
        );
    }
}

#[test]
fn a_terminal_has_the_documented_keys() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let answer = repo.status();
    let one = terminal(&answer, "terminal-1");
    has_keys(
        one,
        &[
            "id", "story", "file", "status", "branch", "worktree", "head", "ahead", "behind", "merged",
            "changes",
        ],
    );
    assert_eq!((&one["story"], &one["file"]), (&json!("1-2-login"), &json!("story-1-2-sessions.yaml")));
    assert_eq!((&one["status"], &one["branch"]), (&json!("in_progress"), &json!("terminal-1")));
    assert_eq!(one["worktree"], json!(sandbox.path("terminal-1")));
    assert_eq!((&one["ahead"], &one["behind"], &one["merged"]), (&json!(1), &json!(0), &json!(false)));
    assert_eq!(one["head"], json!(repo.git(&["rev-parse", "terminal-1"])));
    let changes = &one["changes"];
    let keys = |at: usize| {
        (&changes[at]["path"], &changes[at]["kind"], &changes[at]["from"], &changes[at]["ranges"])
    };
    assert_eq!(keys(0), (&json!("a.txt"), &json!("modified"), &Value::Null, &json!([[3, 3]])));
    assert_eq!(keys(1), (&json!("c.txt"), &json!("renamed"), &json!("b.txt"), &json!([])));
}

#[test]
fn what_does_not_apply_is_absent_and_what_is_not_determined_is_null() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let answer = repo.status();
    let free = terminal(&answer, "free").as_object().unwrap();
    for key in ["story", "file", "status"] {
        assert!(!free.contains_key(key), "{key}");
    }
    let gone = terminal(&answer, "terminal-10").as_object().unwrap();
    for key in ["head", "ahead", "behind", "merged", "changes"] {
        assert_eq!(gone.get(key), Some(&Value::Null), "{key}");
    }
    assert!(!list(&terminal(&answer, "terminal-1")["changes"])[0].as_object().unwrap().contains_key("from"));
    let picture = &terminal(&answer, "terminal-2")["changes"][1];
    assert_eq!((&picture["path"], &picture["binary"]), (&json!("picture.bin"), &json!(true)));
    assert_eq!(picture["ranges"], json!([]), "a binary file has no lines");
}

#[test]
fn a_pair_has_the_documented_keys() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let answer = repo.status();
    let pairs = list(&answer["pairs"]);
    assert_eq!(pairs.len(), 6);
    let pair = |a: &str, b: &str| pairs.iter().find(|one| one["a"] == a && one["b"] == b).unwrap();
    let conflict = pair("terminal-1", "terminal-2");
    assert_eq!(conflict["verdict"], "conflict");
    let path = &conflict["paths"][0];
    assert_eq!((&path["path"], &path["kind"]), (&json!("a.txt"), &json!("content")));
    assert_eq!((&path["ranges_a"], &path["ranges_b"]), (&json!([[3, 3]]), &json!([[3, 3]])));
    let overlap = pair("free", "terminal-1");
    assert_eq!((&overlap["verdict"], &overlap["paths"][0]["path"]), (&json!("overlap"), &json!("a.txt")));
    assert_eq!(
        (&overlap["paths"][0]["ranges_a"], &overlap["paths"][0]["ranges_b"]),
        (&json!([[30, 30]]), &json!([[3, 3]]))
    );
    let unknown = pair("terminal-1", "terminal-10");
    assert_eq!(unknown["verdict"], "unknown");
    assert!(unknown["reason"].as_str().unwrap().contains("branch gone does not exist"), "{unknown:#}");
}

#[test]
fn a_finding_has_the_documented_keys() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let answer = repo.status();
    let findings = list(&answer["findings"]);
    for finding in findings {
        has_keys(finding, &["check", "severity", "terminals", "message", "suggestion"]);
    }
    let of = |check: &str| {
        findings.iter().find(|one| one["check"] == check).unwrap_or_else(|| panic!("no {check}"))
    };
    let conflict = of("merge_conflict");
    has_keys(conflict, &["path", "recommendation"]);
    assert_eq!((&conflict["severity"], &conflict["path"]), (&json!("conflict"), &json!("a.txt")));
    assert_eq!(conflict["terminals"], json!(["terminal-1", "terminal-2"]));
    has_keys(
        &conflict["recommendation"],
        &["action", "recommendation", "confidence", "rationale", "alternatives"],
    );
    assert!(
        ["manual", "autonomous"].contains(&conflict["recommendation"]["recommendation"].as_str().unwrap())
    );
    assert_eq!(of("file_overlap")["severity"], "info");
    assert_eq!(of("not_determined")["severity"], "error");
    assert_eq!(of("dependency_violation")["severity"], "warning");
    // The worst come first.
    let worst: Vec<&str> = findings.iter().map(|one| one["severity"].as_str().unwrap()).collect();
    let rank =
        |one: &&str| ["error", "conflict", "warning", "info"].iter().position(|known| known == one).unwrap();
    assert!(worst.is_sorted_by_key(rank), "{worst:?}");
}

#[test]
fn dependencies_and_merge_points_say_what_they_wait_for() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let answer = repo.status();
    let dependency = &answer["dependencies"][0];
    assert_eq!((&dependency["story"], &dependency["status"]), (&json!("1-3-account"), &json!("blocked")));
    assert_eq!(dependency["waiting_for"], json!(["1-2-login"]));
    let point = &answer["merge_points"][0];
    assert_eq!((&point["status"], &point["waiting_for"]), (&json!("waiting"), &json!(["terminal-1"])));
    assert_eq!(answer["ready_to_merge"], json!([]));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for args in [&["status", "--format", "json"][..], &["status", "-v"], &["sync", "--dry-run"]] {
        let first = repo.tw(args).exits(1).stdout;
        for _ in 0..4 {
            assert_eq!(repo.tw(args).exits(1).stdout, first, "{args:?}");
        }
    }
}

#[test]
fn json_goes_to_stdout_alone_and_is_one_value() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let commands: [&[&str]; 8] = [
        &["status"],
        &["sync"],
        &["sync", "--dry-run"],
        &["log"],
        &["compare", "terminal-1", "terminal-2"],
        &["update", "terminal-1", "--focus", "x"],
        &["register", "--mode", "inter", "--story", "1-7"],
        &["init"],
    ];
    for args in commands {
        let said = repo.tw(&[args, &["--format", "json"]].concat());
        assert_eq!((said.json()["schema"].as_u64(), said.stderr.as_str()), (Some(1), ""), "{args:?}: {said}");
    }
}

#[test]
fn an_exit_status_tells_findings_at_or_above_the_level() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    let with = |level: &str| repo.tw(&["status", "--fail-on", level]).status;
    assert_eq!(repo.tw(&["status", "--fail-on", "info"]).status, Some(0));
    let worktrees = ["one", "two"].map(|name| repo.worktree(name));
    worktrees[0].write("a.txt", lines(&[(3, "one")]));
    worktrees[1].write("a.txt", lines(&[(30, "two")]));
    assert_eq!(["info", "warning", "conflict", "error", "never"].map(with), [1, 0, 0, 0, 0].map(Some));
    worktrees[1].write("a.txt", lines(&[(3, "two")]));
    assert_eq!(["info", "warning", "conflict", "error", "never"].map(with), [1, 1, 1, 0, 0].map(Some));
    repo.git(&["worktree", "lock", "../two"]);
    std::fs::remove_dir_all(sandbox.path("two")).unwrap();
    assert_eq!(["info", "warning", "conflict", "error", "never"].map(with), [1, 1, 1, 1, 0].map(Some));
    let compare = |args: &[&str]| repo.tw(&[&["compare"], args].concat()).status;
    assert_eq!(compare(&["main", "main"]), Some(0));
}

#[test]
fn no_character_of_a_text_is_lost() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n")]);
    repo.worktree("one").write("a.txt", "b\n");
    let reason = "\u{1b}[1mon\u{7f} a stick\u{7}\u{9b}";
    repo.git(&["worktree", "lock", "--reason", reason, "../one"]);
    assert_eq!(terminal(&repo.status(), "one")["locked"], reason);
}
