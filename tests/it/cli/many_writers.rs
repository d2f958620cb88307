//! Many at once, killed ones, full disks and hands in between: nothing that was acknowledged is lost.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::program::{DIR, program, program_in, said};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-2-sessions.yaml";
const ACTIVE: &str = "active-sessions.yaml";

/// Every tracking file, each of which must parse.
#[track_caller]
fn whole_files(repo: &Repo) -> Vec<(String, serde_yaml::Value)> {
    let texts = repo.tracking_files().into_iter().filter(|(name, _)| name.ends_with(".yaml"));
    let parsed = texts.map(|(name, text)| match serde_yaml::from_str(&text) {
        Ok(value) => (name, value),
        Err(error) => panic!("{name}: {error}\n{text}"),
    });
    parsed.collect()
}

/// The tasks of a session, as a set.
fn tasks(file: &serde_yaml::Value, terminal: &str) -> BTreeSet<String> {
    let tasks = file["sessions"][terminal]["tasks"].as_sequence();
    tasks.into_iter().flatten().map(|task| task.as_str().unwrap().to_string()).collect()
}

#[test]
fn thirty_two_at_once_lose_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    for name in ["left", "right"] {
        repo.worktree(name).write("a.txt", format!("{name}\n"));
    }
    let (home, top) = (sandbox.path("home"), repo.top.clone());
    let run = |args: &[&str]| said(program_in(&home, &top).args(args));
    std::thread::scope(|scope| {
        for number in 0..32 {
            let run = &run;
            scope.spawn(move || {
                // Half of them on one story, half on stories of their own; each then updates and syncs.
                let story =
                    if number % 2 == 0 { "1-2-login".to_string() } else { format!("2-{number}-other") };
                let mode = if number % 2 == 0 { "intra" } else { "inter" };
                let focus = format!("focus {number}");
                let register =
                    ["register", "--mode", mode, "--story", &story, "--focus", &focus, "--format", "json"];
                let id = run(&register).exits(0).json()["terminal"].as_str().unwrap().to_string();
                run(&["update", &id, "--task", &format!("task of {number}")]).exits(0);
                let said = run(&["sync"]);
                assert!(matches!(said.status, Some(0 | 1)), "{said}");
                run(&["update", &id, "--done", &format!("task of {number}")]).exits(0);
            });
        }
    });
    whole_files(&repo);
    let (story, active) = (repo.yaml(STORY), repo.yaml(ACTIVE));
    let sessions = [&story, &active].map(|file| file["sessions"].as_mapping().unwrap().len());
    assert_eq!(sessions, [16, 16]);
    let mut seen = BTreeSet::new();
    for file in [&story, &active] {
        for (id, session) in file["sessions"].as_mapping().unwrap() {
            let number = session["focus"].as_str().unwrap().strip_prefix("focus ").unwrap();
            let task = format!("task of {number}");
            assert_eq!(tasks(file, id.as_str().unwrap()), BTreeSet::from([task.clone()]));
            assert_eq!(session["completed_tasks"].as_sequence().unwrap(), &[task.as_str()]);
            assert!(seen.insert(number.to_string()), "{number} is there twice");
            assert!(id.as_str().unwrap().starts_with("terminal-"));
        }
    }
    assert_eq!(seen.len(), 32);
    let syncs = repo.history();
    assert_eq!(syncs.iter().filter(|entry| entry["command"].as_str() == Some("sync")).count(), 32);
    assert_eq!(leftovers(&repo.path(DIR)), [""; 0]);
}

/// What is in the tracking directory besides its files.
fn leftovers(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.ends_with(".yaml") && name != "archive").collect()
}

/// Numbers that look random, the same every time.
fn next_number(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// How many rounds: 200, or what `TRACK_WORK_KILL_ROUNDS` says.
fn rounds() -> usize {
    std::env::var("TRACK_WORK_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

#[test]
fn a_kill_at_any_moment_leaves_whole_files_with_every_acknowledged_update() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let left = repo.worktree("left");
    repo.worktree("right").write("a.txt", "right\n");
    repo.tw(&["register", "--mode", "intra", "--story", "1-2-login", "--terminal", "left"]).exits(0);
    let begun = Instant::now();
    repo.tw(&["sync"]);
    let usual = begun.elapsed().max(Duration::from_millis(4));
    let mut chance = 42;
    let mut acknowledged = BTreeSet::new();
    let mut registered = BTreeSet::from(["left".to_string()]);
    let mut killed = 0;
    for round in 0..rounds() {
        let task = format!("task {round}");
        let terminal = format!("killed-{round}");
        // An edit that makes and unmakes a conflict, so that a sync has something to write.
        left.write("a.txt", if round % 4 < 2 { "left\n" } else { "1\n" });
        let args: &[&str] = match round % 3 {
            0 => &["update", "left", "--task", &task],
            1 => &["sync"],
            _ => &["register", "--mode", "inter", "--story", "1-3-account", "--terminal", &terminal],
        };
        let mut process = program(&sandbox, &repo.top)
            .args(args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(usual.mul_f64((next_number(&mut chance) % 1300) as f64 / 1000.0));
        process.kill().unwrap();
        let status = process.wait().unwrap();
        killed += usize::from(status.code().is_none());
        match (status.code(), round % 3) {
            (Some(0), 0) => _ = acknowledged.insert(task),
            (Some(0), 2) => _ = registered.insert(terminal),
            (Some(0 | 1) | None, _) => {}
            (code, _) => panic!("{args:?} ended with {code:?}"),
        }
        if round % 10 == 9 {
            check(&repo, &acknowledged, &registered);
        }
    }
    check(&repo, &acknowledged, &registered);
    assert!(killed >= rounds() / 10, "only {killed} were killed in their work");
    // The next command works, and clears away what the killed ones left.
    repo.tw(&["update", "left", "--task", "the last"]).exits(0);
    assert_eq!(leftovers(&repo.path(DIR)), [""; 0]);
    assert!(tasks(&repo.yaml(STORY), "left").contains("the last"));
    assert!(matches!(repo.tw(&["sync"]).status, Some(0 | 1)));
    repo.tw(&["log"]).exits(0);
}

#[track_caller]
fn check(repo: &Repo, acknowledged: &BTreeSet<String>, registered: &BTreeSet<String>) {
    let files = whole_files(repo);
    let there = tasks(&repo.yaml(STORY), "left");
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
    let sessions: BTreeSet<String> = files
        .iter()
        .filter_map(|(_, file)| file.get("sessions")?.as_mapping())
        .flat_map(|sessions| sessions.keys().map(|id| id.as_str().unwrap().to_string()))
        .collect();
    let lost: Vec<_> = registered.difference(&sessions).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
}

/// As many lines are added by hand; then the editor rests, for the file grows with them, and every
/// update takes longer.
const BY_HAND: usize = 300;

/// More than enough for an update to get its turns.
const ROUNDS: usize = 2_000;

/// An editor that adds a line at the end and saves with a rename, as many do; whatever the program
/// writes meanwhile, no line is lost.
#[test]
fn an_edit_by_hand_is_never_overwritten() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let left = repo.worktree("left");
    repo.worktree("right").write("a.txt", "right\n");
    repo.tw(&["register", "--mode", "intra", "--story", "1-2-login", "--terminal", "left"]).exits(0);
    let path = repo.path(format!("{DIR}/{STORY}"));
    let (done, by_hand) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut acknowledged = Vec::new();
    std::thread::scope(|scope| {
        let editor = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) && by_hand.load(Ordering::Relaxed) < BY_HAND {
                let count = by_hand.load(Ordering::Relaxed);
                // The editor's own save is as careful as it can be: it does not put a text over
                // another one than it has read.
                let text = fs::read_to_string(&path).unwrap();
                let draft = path.with_extension("draft");
                fs::write(&draft, format!("{text}# by hand {count}\n")).unwrap();
                if fs::read_to_string(&path).unwrap() == text {
                    fs::rename(&draft, &path).unwrap();
                    by_hand.store(count + 1, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(3));
            }
        });
        // until both have written often, however fast this machine is
        for round in 0..ROUNDS {
            left.write("a.txt", if round % 4 < 2 { "left\n" } else { "1\n" });
            let task = format!("task {round}");
            let args: &[&str] = if round % 2 == 0 { &["update", "left", "--task", &task] } else { &["sync"] };
            match said(program(&sandbox, &repo.top).args(args)) {
                said if said.status == Some(2) => {
                    assert!(said.stderr.contains("nothing was written"), "{said}")
                }
                _ if round % 2 == 0 => acknowledged.push(task),
                _ => {}
            }
            if acknowledged.len() > 20 && by_hand.load(Ordering::Relaxed) == BY_HAND {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
        editor.join().unwrap();
    });
    let written = by_hand.into_inner();
    let text = repo.tracked(STORY);
    let lost: Vec<usize> =
        (0..written).filter(|count| !text.contains(&format!("# by hand {count}\n"))).collect();
    assert!(lost.is_empty(), "of {written} lines by hand {lost:?} are lost");
    assert!(written == BY_HAND && acknowledged.len() > 20, "{written} lines, {} updates", acknowledged.len());
    whole_files(&repo);
}
