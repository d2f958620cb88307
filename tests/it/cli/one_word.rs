//! One thing has one name in all answers, and what is said of merge points, globs and settings is true.

use super::program::{findings, messages, terminal, text};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("a.txt", "1\n"), (".gitignore", ".system/\n")])
}

#[test]
fn a_status_has_one_name_in_every_answer() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("terminal-3").commit("half", &[("b.txt", "1\n")]);
    for (written, shown) in [
        ("", "in progress"),
        ("    status: pending\n", "in progress"),
        ("    status: ready-for-dev\n", "in progress"),
        ("    status: in_progress\n", "in progress"),
        ("    status: blocked\n", "blocked"),
        ("    status: deferred\n", "deferred"),
        ("    status: review\n", "review"),
    ] {
        repo.track(
            "active-sessions.yaml",
            format!("sessions:\n  terminal-3:\n    story_id: 1-3-y\n{written}"),
        );
        let by_status = text(&terminal(&repo.status(), "terminal-3")["status"]).replace('_', " ");
        assert_eq!(by_status, shown, "{written}");
        for command in ["merge-order", "status"] {
            repo.tw(&[command]).says(shown);
        }
        repo.tw(&["merge-order"]).says(&format!("its status is {shown}"));
        repo.tw(&["merge", "--dry-run"]).says(&format!("its status is {shown}"));
    }
}

#[test]
fn whoever_goes_on_is_said_to_be_what_status_shows_next() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (id, story) in [("one", "1-1-a"), ("two", "1-2-b")] {
        repo.worktree(id);
        repo.tw(&["register", "--mode", "inter", "--story", story, "--terminal", id]).exits(0);
    }
    repo.track("dependencies-template.yaml", "1-2-b: [1-1-a]\n");
    repo.tw(&["update", "two", "--status", "pending"]).exits(0);
    repo.tw(&["sync"]);
    assert_eq!(terminal(&repo.status(), "two")["status"], "blocked");
    let two = Repo { sandbox: &sandbox, top: sandbox.path("two") };
    two.commit("begun", &[("b.txt", "1\n")]);
    repo.tw(&["complete", "one"]).exits(0).says_not("pending");
    let shown = terminal(&repo.status(), "two")["status"].clone();
    assert_eq!(shown, "in_progress");
    assert_eq!(repo.yaml("active-sessions.yaml")["sessions"]["two"]["status"].as_str(), shown.as_str());
}

#[test]
fn a_merge_point_has_nothing_left_only_if_that_is_so() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (id, focus) in [("one", "backend"), ("two", "frontend")] {
        repo.worktree(id);
        let waits: &[&str] = if id == "two" { &["--blocked-by", "one"] } else { &[] };
        let args = ["register", "--mode", "intra", "--story", "3-1-x", "--terminal", id, "--focus", focus];
        repo.tw(&[&args[..], waits].concat()).exits(0);
    }
    let [one, two] = ["one", "two"].map(|id| Repo { sandbox: &sandbox, top: sandbox.path(id) });
    one.commit("api", &[("api.txt", "1\n")]);
    two.commit("ui", &[("ui.txt", "1\n")]);
    repo.tw(&["complete", "one"]).exits(0);
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"]);
    let nothing = "(nothing is left to merge)";
    repo.tw(&["status"])
        .says("Merge point: one backend → two frontend")
        .says("one is merged, two is not")
        .says_not(nothing);
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "two"]);
    repo.tw(&["status"]).says(nothing);
    two.write("ui.txt", "2\n");
    repo.tw(&["status"]).says_not(nothing);
}

#[test]
fn a_scope_that_is_no_glob_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("one");
    for (scope, wrong) in [
        ("\"[\"", true),
        ("[\"docs/**\", \"{a\"]", true),
        ("[\"a[z-a]\"]", true),
        ("[\"docs/**\", \"*.rs\"]", false),
        ("src", false),
        ("[]", false),
    ] {
        repo.track(
            "active-sessions.yaml",
            format!("sessions:\n  one:\n    story_id: 1-3-y\n    scope: {scope}\n"),
        );
        let answer = repo.status();
        let told = findings(&answer, "tracking");
        assert_eq!(!told.is_empty(), wrong, "{scope}: {}", messages(&answer));
        if wrong {
            assert_eq!(
                (&told[0]["severity"], &told[0]["evidence"]["line"]),
                (&"warning".into(), &4.into()),
                "{scope}"
            );
            repo.tw(&["status"]).says("is no valid glob").says("scope");
        }
    }
}

#[test]
fn broken_settings_are_told_in_plain_words_by_all_who_read() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("one").commit("one", &[("b.txt", "1\n")]);
    for (text, words) in [
        ("- a\n", "expected keys with values, found a list"),
        ("hook: blok\n", "hook: \"blok\" is none of warn, block, off"),
        ("targt: main\n", "unknown key \"targt\""),
        ("target: [main]\n", "target: expected a string, found a list"),
        ("target: {a: b}\n", "target: expected a string, found a mapping"),
        ("remotes_days: soon\n", "remotes_days: expected a whole number, found the text \"soon\""),
        ("remotes_days: -3\n", "remotes_days: expected a whole number, found integer \"-3\""),
        ("symbols: 3\n", "symbols: expected true or false, found integer \"3\""),
        ("complete_statuses: shipped\n", "complete_statuses: expected a list, found the text \"shipped\""),
        ("kinds: [{kind: lock}]\n", "\"paths\" is missing"),
        ("<<<<<<< HEAD\ntarget: main\n", "has the conflict markers of a merge that is not resolved"),
    ] {
        repo.track("config.yaml", text);
        let commands: [&[&str]; 7] = [
            &["status"],
            &["merge-order"],
            &["merge", "--dry-run"],
            &["check"],
            &["sync", "--dry-run"],
            &["doctor"],
            &["log"],
        ];
        for command in commands {
            let said = repo.tw(command);
            let all =
                format!("{}{}", said.stdout, said.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(all.contains("config.yaml") && all.contains(words), "{command:?} {text:?}: {said}");
            for word in ["invalid type", "variant", "struct", "`"] {
                assert!(!all.contains(word), "{command:?} {text:?} says {word}: {said}");
            }
        }
        let planned = repo.tw(&["merge", "--dry-run"]);
        assert!(planned.stderr.contains("refuse to run"), "{planned}");
        repo.tw(&["merge", "--yes"]).exits(2);
    }
}
