//! Tracking files that several clones write are merged by git with our driver, and predicted to be.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};

use serde_yaml::Value as Yaml;

use crate::cli::program::{DIR, PROGRAM, Said, said};
use crate::support::{Repo, Sandbox, Whims, seeds};

/// `PATH` with the program first.
fn path() -> OsString {
    let program = Path::new(&*PROGRAM).parent().unwrap().as_os_str();
    [program, std::env::var_os("PATH").unwrap().as_os_str()].join(":".as_ref())
}

trait WithDriver {
    fn git_with(&self, args: &[&str]) -> Output;
    fn tw_with(&self, minute: usize, args: &[&str]) -> Said;
}

impl WithDriver for Repo<'_> {
    /// Git, which finds the program.
    fn git_with(&self, args: &[&str]) -> Output {
        self.sandbox.command(&self.top).env("PATH", path()).args(args).output().unwrap()
    }

    fn tw_with(&self, minute: usize, args: &[&str]) -> Said {
        let now = format!("2025-11-15T{:02}:{:02}:00Z", 10 + minute / 60, minute % 60);
        let mut command: Command = self.program(args);
        said(command.env("PATH", path()).env("TRACK_WORK_NOW", now))
    }
}

/// Two clones of one repository with a sprint of four stories, with the driver or without.
fn team<'a>(sandbox: &'a Sandbox, driver: bool) -> [Repo<'a>; 2] {
    let desk = sandbox.repo("desk", &[("a.txt", "a\n")]);
    desk.tw_with(0, &["init"]).exits(0);
    for story in 1..5 {
        let (id, terminal) = (format!("{story}-1-s{story}"), format!("t{story}"));
        desk.tw_with(0, &["register", "--mode", "inter", "--story", &id, "--terminal", &terminal]).exits(0);
    }
    desk.commit("sprint", &[]);
    let top = sandbox.path("laptop");
    sandbox.repo("hub", &[]).git(&["clone", "-q", desk.top.to_str().unwrap(), top.to_str().unwrap()]);
    let laptop = Repo { sandbox, top };
    for (name, other) in [("desk", &laptop), ("laptop", &desk)] {
        let from = sandbox.path(name);
        _ = other.try_git(&["remote", "remove", "origin"]);
        other.git(&["remote", "add", "other", from.to_str().unwrap()]);
    }
    if driver {
        for clone in [&desk, &laptop] {
            clone.tw_with(0, &["hooks", "install", "--merge-driver"]).exits(0).says("merge.track-work");
        }
    }
    [desk, laptop]
}

fn has_markers(clone: &Repo) -> bool {
    clone.tracking_files().values().any(|text| text.lines().any(|line| line.starts_with("<<<<<<<")))
}

/// What the files say, without what a synchronization works out anew.
fn sessions(clone: &Repo) -> Yaml {
    let mut value = clone.yaml("active-sessions.yaml");
    for (_, session) in value["sessions"].as_mapping_mut().unwrap().iter_mut() {
        for key in ["observed", "status_before", "waiting_for", "reason"] {
            session.as_mapping_mut().unwrap().remove(key);
        }
    }
    value["sessions"].clone()
}

#[test]
fn what_two_clones_wrote_side_by_side_merges_without_markers() {
    let sandbox = Sandbox::new();
    let [desk, laptop] = team(&sandbox, true);
    desk.tw_with(5, &["update", "t1", "--status", "pending", "--task", "write"]).exits(0);
    desk.tw_with(6, &["complete", "t2"]).exits(0);
    laptop.tw_with(5, &["update", "t3", "--status", "pending"]).exits(0);
    laptop.tw_with(7, &["register", "--mode", "inter", "--story", "9-1-x", "--terminal", "t9"]).exits(0);
    laptop.commit("work", &[]);
    desk.commit("work", &[]);
    desk.git(&["fetch", "-q", "other"]);
    let predicted = desk.tw_with(8, &["compare", "--format", "json", "main", "other/main"]).json();
    assert_eq!(predicted["clean"], true, "{predicted:#}");
    let merged = desk.git_with(&["merge", "-q", "--no-edit", "other/main"]);
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stdout));
    let merged = sessions(&desk);
    let status = |terminal: &str| merged[terminal]["status"].as_str().map(str::to_string);
    assert_eq!(status("t1").as_deref(), Some("pending"));
    assert_eq!(status("t2").as_deref(), Some("completed"));
    assert_eq!(status("t3").as_deref(), Some("pending"));
    assert_eq!(status("t9").as_deref(), Some("in_progress"));
    let commands: Vec<String> =
        desk.history().iter().map(|entry| entry["command"].as_str().unwrap().to_string()).collect();
    assert_eq!(commands[4..], ["update", "update", "complete", "register"]);
    // a synchronization keeps it
    desk.tw_with(9, &["sync"]);
    assert_eq!(sessions(&desk), merged);
}

#[test]
fn one_session_changed_by_both_is_told_with_both_values() {
    for argument in ["merge", "rebase", "cherry-pick"] {
        let sandbox = Sandbox::new();
        let [desk, laptop] = team(&sandbox, true);
        desk.tw_with(5, &["complete", "t1"]).exits(0);
        laptop.tw_with(5, &["update", "t1", "--status", "pending"]).exits(0);
        laptop.commit("work", &[]);
        desk.commit("work", &[]);
        desk.git(&["fetch", "-q", "other"]);
        let predicted = desk.tw_with(8, &["compare", "--format", "json", "main", "other/main"]).json();
        assert_eq!(predicted["clean"], false, "{predicted:#}");
        let merged = desk.git_with(&[argument, "other/main"]);
        assert!(!merged.status.success());
        let told = String::from_utf8_lossy(&merged.stderr);
        let (here, there) =
            if argument == "rebase" { ("pending", "completed") } else { ("completed", "pending") };
        let line =
            format!("{DIR}/active-sessions.yaml: sessions.t1.status: \"{here}\" here, \"{there}\" there\n");
        assert!(told.contains(&line), "{argument}: {told}");
        let text = desk.tracked("active-sessions.yaml");
        let markers = text.lines().filter(|line| line.starts_with("<<<<<<<")).count();
        assert_eq!(markers, 1, "{text}");
        // the log has both, all the same
        assert!(!desk.tracked("session-sync-log.yaml").contains("<<<<<<<"));
    }
}

#[test]
fn a_clone_without_the_driver_or_the_program_merges_by_lines() {
    for configured in [false, true] {
        let sandbox = Sandbox::new();
        let [desk, laptop] = team(&sandbox, configured);
        desk.tw_with(5, &["update", "t1", "--status", "in_progress"]).exits(0);
        laptop.tw_with(6, &["update", "t4", "--status", "in_progress"]).exits(0);
        laptop.commit("work", &[]);
        desk.commit("work", &[]);
        desk.git(&["fetch", "-q", "other"]);
        // the program is not on the path
        let tree = |said: Output| String::from_utf8_lossy(&said.stdout).lines().next().unwrap().to_string();
        let ours = tree(desk.try_git(&["merge-tree", "--write-tree", "main", "other/main"]));
        desk.git(&["config", "merge.track-work.driver", ""]);
        desk.git(&["config", "--remove-section", "merge.track-work"]);
        let plain = tree(desk.try_git(&["merge-tree", "--write-tree", "main", "other/main"]));
        assert_eq!(ours, plain);
        let said = desk.tw_with(8, &["compare", "--format", "json", "main", "other/main"]).json();
        assert_eq!(said["clean"], false);
    }
}

#[test]
fn the_driver_is_configured_and_taken_out_again() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "a\n")]);
    let config = || std::fs::read_to_string(repo.path(".git/config")).unwrap();
    let before = config();
    repo.tw(&["init"]).exits(0).says("hooks install --merge-driver");
    repo.tw(&["hooks", "uninstall", "--merge-driver"]).exits(0).says("nothing was changed");
    assert_eq!(config(), before);
    repo.tw(&["hooks", "install", "--merge-driver"]).exits(0);
    let said = repo.tw(&["hooks", "install", "--merge-driver", "--format", "json"]).exits(0).json();
    assert_eq!(said["hooks"][0]["outcome"], "already");
    repo.tw(&["init"]).exits(0).says_not("--merge-driver");
    repo.tw(&["hooks", "uninstall", "--merge-driver"]).exits(0);
    assert_eq!(config(), before);
    assert!(!repo.path(".git/hooks/pre-commit").exists());
}

/// A change of the tracking files by one clone.
fn round(clone: &Repo, own: &str, minute: usize, whims: &mut Whims) {
    let terminal = format!("t{}", 1 + whims.below(4));
    let new = format!("{own}{}", whims.below(3));
    let story = format!("{}-2-{own}", 5 + whims.below(40));
    let file = format!("src/{own}{}.rs", whims.below(9));
    let status = whims.pick(&["pending", "in_progress", "completed"]).to_string();
    let args: Vec<&str> = match whims.below(7) {
        0 => vec!["sync"],
        1 => vec!["register", "--mode", "inter", "--story", &story, "--terminal", &new],
        2 => vec!["complete", &terminal],
        3 => vec!["update", &terminal, "--task", &file],
        4 => vec!["update", &new, "--current-file", &file],
        5 => vec!["unregister", &new],
        _ => vec!["update", &terminal, "--status", &status],
    };
    clone.tw_with(minute, &args);
}

#[test]
fn rounds_of_two_clones_lose_nothing_and_are_predicted() {
    let mut told = 0;
    for seed in seeds(4) {
        let sandbox = Sandbox::new();
        let clones = team(&sandbox, true);
        let whims = &mut Whims(seed);
        let mut minute = 1;
        for _ in 0..4 {
            for (own, clone) in ["d", "l"].iter().zip(&clones) {
                for _ in 0..1 + whims.below(3) {
                    minute += 1;
                    round(clone, own, minute, whims);
                }
                clone.commit("round", &[]);
            }
            let who = whims.below(2);
            let (clone, other) = (&clones[who], &clones[1 - who]);
            let entries = [clone.history(), other.history()];
            clone.git(&["fetch", "-q", "other"]);
            let said = clone.tw_with(minute, &["compare", "--format", "json", "main", "other/main"]).json();
            let merged = clone.git_with(&["merge", "-q", "--no-edit", "other/main"]);
            assert_eq!(said["clean"], merged.status.success(), "seed {seed}: {said:#}");
            let words = String::from_utf8_lossy(&merged.stderr);
            if merged.status.success() {
                assert!(!has_markers(clone), "seed {seed}");
                let merged = sessions(clone);
                minute += 1;
                clone.tw_with(minute, &["sync"]);
                // it keeps what was merged, but for statuses that follow from others
                let names =
                    |sessions: &Yaml| sessions.as_mapping().unwrap().keys().cloned().collect::<Vec<_>>();
                assert_eq!(names(&sessions(clone)), names(&merged), "seed {seed}");
            } else {
                told += 1;
                assert!(words.contains(" here, ") && words.contains(" there"), "seed {seed}: {words}");
                clone.git(&["checkout", "-q", "--theirs", DIR]);
                clone.git(&["checkout", "-q", "MERGE_HEAD", "--", DIR]);
                clone.git(&["commit", "-q", "--no-edit", "--allow-empty"]);
            }
            if merged.status.success() {
                let all = clone.history();
                for entry in entries.iter().flatten() {
                    assert!(all.contains(entry), "seed {seed}: {entry:?}");
                }
            }
            clone.commit("merged", &[]);
            other.git(&["fetch", "-q", "other"]);
            let merged = other.git_with(&["merge", "-q", "--ff-only", "other/main"]);
            assert!(merged.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&merged.stderr));
        }
    }
    println!("{told} rounds were told");
}
