//! A command that ends with 2 has changed no byte, whatever is odd in the files that it would write: in
//! those of the session, in those that follow from it, in the log and in the archive.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::program::DIR;
use crate::support::{Repo, Sandbox, Whims, seeds};

const ACTIVE: &str = "active-sessions.yaml";
const STORY: &str = "story-1-2-sessions.yaml";

/// Anchors, aliases and other forms that YAML can be read in, but not everywhere edited.
fn session(whims: &mut Whims, name: &str, story: Option<&str>) -> String {
    let status = whims.pick(&["in_progress", "completed", "pending", "blocked", "completed"]);
    let status = whims.pick(&["", "", "&s ", "!!str "]).to_string() + status;
    let story = story.map_or(String::new(), |story| format!("    story_id: {story}\n"));
    let more = whims.pick(&[
        "",
        "",
        "    blocked_by: [two]\n",
        "    blocked_by: &w [two]\n    scope: *w # kept\n",
        "    tasks: &t [a, b]\n    completed_tasks: *t # kept\n",
        "    \"status_before\": in_progress\n    waiting_for: [two]\n",
        "    ? observed\n    : {head: null}\n",
        "    last_update: &l x\n    completed: *l # kept\n",
    ]);
    match whims.below(6) {
        0 => format!("  {name}: {{status: {status}{}}}\n", story.replace("    ", ", ").trim_end()),
        1 => format!("  {name}: &a{name}\n{story}    status: {status}\n{more}  # of {name}\n"),
        _ => format!("  {name}:\n{story}    status: {status}\n{more}"),
    }
}

fn end(whims: &mut Whims, inter: bool) -> &'static str {
    match inter {
        true => whims.pick(&[
            "",
            "dependencies: {}\n",
            "dependencies: &d\n  1-3-b: {depends_on: [1-1-a], status: blocked}\ncopy: *d # kept\n",
            "dependencies:\n  1-3-b: &e\n    depends_on: [1-1-a]\n    status: blocked\n  1-4-c: *e # kept\n",
        ]),
        false => whims.pick(&[
            "",
            "coordination:\n  ready_to_merge: false\n",
            "coordination: &c\n  ready_to_merge: false\ncopy: *c # kept\n",
            "coordination:\n  ready_to_merge: &r true\ncopy: [*r] # kept\n",
            "coordination: [a, b]\n",
            "summary: 3\n",
        ]),
    }
}

fn files(repo: &Repo, whims: &mut Whims) {
    let mut active = "sessions:\n".to_string();
    active += &session(whims, "one", Some("1-1-a"));
    active += &session(whims, "two", Some("1-3-b"));
    active += end(whims, true);
    repo.track(ACTIVE, active);
    let mut story = "story_id: 1-2-c\nsessions:\n".to_string();
    story += &session(whims, "two", None);
    story += &session(whims, "three", None);
    story += end(whims, false);
    if whims.below(4) == 0 {
        story = story.replace('\n', "\r\n");
    }
    repo.track(STORY, story);
    if whims.below(3) == 0 {
        let other = format!("story_id: 1-1-a\nsessions:\n{}", session(whims, "four", None));
        repo.track("story-1-1-sessions.yaml", other);
    }
    let place = repo.path(DIR).join("session-sync-log.yaml");
    match whims.below(8) {
        0 => assert!(Command::new("mkfifo").arg(place).status().unwrap().success()),
        1 => fs::create_dir(place).unwrap(),
        2 => repo.track("session-sync-log.yaml", "history: 3\n"),
        3 => repo.track("session-sync-log.yaml", "history: &h []\nmore: *h # kept\n"),
        _ => {}
    }
    match whims.below(6) {
        0 => repo.track("archive", "a file\n"),
        1 => repo.track(&format!("archive/{STORY}"), "story_id: 1-2-c\nsessions: {}\n"),
        _ => {}
    }
}

fn command(whims: &mut Whims) -> Vec<&'static str> {
    let terminal = whims.pick(&["one", "two", "three", "four"]);
    let mut args = match whims.below(7) {
        0 => vec!["unregister", terminal],
        1 => vec!["complete", terminal],
        2 => {
            vec!["update", terminal, "--status", whims.pick(&["completed", "in_progress"]), "--task", "more"]
        }
        3 => vec!["update", terminal, "--blocked-by", "one", "--scope", "src"],
        4 => return vec!["archive", whims.pick(&["1-1-a", "1-2-c", "1-3-b"]), "--force"],
        5 => return vec!["sync"],
        _ => {
            let mut args = vec!["register", "--mode", whims.pick(&["inter", "intra"]), "--story"];
            args.push(whims.pick(&["1-2-c", "1-4-d", "1-3-b"]));
            if whims.below(2) == 0 {
                args.extend(["--terminal", terminal]);
            }
            return args;
        }
    };
    if whims.below(2) == 0 {
        args.extend(["--story", whims.pick(&["1-2", "1-3", "1-1"])]);
    }
    args
}

/// Whether the command failed; then nothing is changed.
fn fails_whole(repo: &Repo, args: &[&str], about: &str) -> bool {
    let before: BTreeMap<String, String> = repo.tracking_files();
    let said = repo.tw(args);
    if said.status == Some(2) {
        assert_eq!(repo.tracking_files(), before, "{about}: {args:?}\n{said}");
    }
    said.status == Some(2)
}

#[test]
fn what_fails_has_changed_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    for (name, text) in [("one", "2\n"), ("two", "3\n"), ("three", "1\n4\n")] {
        repo.worktree(name).commit(name, &[("a.txt", text)]);
    }
    let (mut failed, seeds) = (0, seeds(60));
    let all = seeds.clone().count();
    for seed in seeds {
        let mut whims = Whims(seed + 1);
        _ = fs::remove_dir_all(repo.path(DIR));
        files(&repo, &mut whims);
        let about = format!("seed {seed}");
        for _ in 0..3 {
            let args = command(&mut whims);
            failed += usize::from(fails_whole(&repo, &args, &about));
        }
    }
    assert!(all < 50 || failed > all / 4, "too few of them fail: {failed} of {all}");
}

#[test]
fn a_session_is_taken_out_with_what_follows_or_not_at_all() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let coordination = "coordination: &c\n  ready_to_merge: true\ncopy: *c # kept\n";
    let sessions = "sessions:\n  one:\n    status: completed\n  two:\n    status: in_progress\n";
    repo.worktree("one").commit("one", &[("a.txt", "2\n")]);
    repo.worktree("two").commit("two", &[("b.txt", "2\n")]);
    repo.track(STORY, format!("story_id: 1-2-c\n{sessions}{coordination}"));
    assert!(fails_whole(&repo, &["update", "two", "--task", "x"], "the alias"));
    assert!(fails_whole(&repo, &["unregister", "one"], "the alias"));
}

#[test]
fn a_log_that_cannot_be_written_brings_all_files_back() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let one = "  one:\n    story_id: 1-1-a\n    status: completed\n";
    let two = "  two:\n    story_id: 1-3-b\n    status: blocked\n    blocked_by: [one]\n";
    for args in [
        &["archive", "1-1-a"][..],
        &["complete", "two"],
        &["unregister", "one"],
        &["sync"],
        &["register", "--mode", "inter", "--story", "1-5-e", "--terminal", "one"],
    ] {
        _ = fs::remove_dir_all(repo.path(DIR));
        repo.track(ACTIVE, format!("sessions:\n{one}{two}"));
        fs::create_dir(repo.path(DIR).join("session-sync-log.yaml")).unwrap();
        assert!(fails_whole(&repo, args, "no log"), "{args:?}");
        assert!(!repo.path(DIR).join("archive").exists(), "{args:?}");
        fs::remove_dir(repo.path(DIR).join("session-sync-log.yaml")).unwrap();
        let said = repo.tw(args);
        assert_ne!(said.status, Some(2), "{args:?} {said}");
    }
}
