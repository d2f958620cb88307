//! Tracking files that several clones write are merged by git with our driver, and predicted to be.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
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

/// Both clones register a terminal of their own, and the second one changes `t1`; what a merge without the driver then
/// leaves in the first one, where somebody writes a comment.
fn left_by_lines(desk: &Repo, laptop: &Repo) {
    for (clone, story, terminal) in [(desk, "8-1-y", "t8"), (laptop, "9-1-x", "t9")] {
        let args = ["register", "--mode", "inter", "--story", story, "--terminal", terminal];
        clone.tw_with(5, &args).exits(0);
    }
    laptop.tw_with(6, &["update", "t1", "--status", "pending"]).exits(0);
    laptop.commit("work", &[]);
    desk.commit("work", &[]);
    desk.git(&["fetch", "-q", "other"]);
    assert!(!desk.git_with(&["merge", "-q", "--no-edit", "other/main"]).status.success());
    assert!(has_markers(desk));
    let text = desk.tracked("active-sessions.yaml");
    desk.track("active-sessions.yaml", format!("# by hand\n{text}"));
}

/// What `sync --resolve` says of files whose merge was not concluded.
fn resolved(clone: &Repo, minute: usize) -> Value {
    clone.tw_with(minute, &["sync", "--resolve", "--format", "json"]).json()["sync"]["resolved"].take()
}

#[test]
fn what_git_left_with_markers_is_merged_by_what_it_says() {
    let sandbox = Sandbox::new();
    let [desk, laptop] = team(&sandbox, false);
    left_by_lines(&desk, &laptop);
    for command in ["status", "sync", "doctor"] {
        desk.tw_with(7, &[command]).says("track-work sync --resolve");
    }
    let known = [desk.git(&["show", "HEAD:./.system/parallel-work/session-sync-log.yaml"])];
    let settled = |file: &str| json!({ "file": file, "settled": true, "left": [] });
    let said = resolved(&desk, 8);
    assert_eq!(said, json!([settled("active-sessions.yaml"), settled("session-sync-log.yaml")]));
    assert!(!has_markers(&desk));
    assert!(desk.tracked("active-sessions.yaml").starts_with("# by hand\n"));
    let merged = sessions(&desk);
    assert_eq!(merged["t1"]["status"], "pending");
    assert_eq!([merged["t8"].is_mapping(), merged["t9"].is_mapping()], [true, true]);
    let entries = |text: &str| text.matches("command:").count();
    assert!(entries(&desk.tracked("session-sync-log.yaml")) > entries(&known[0]) + 1);
    // git still waits for them, and there is nothing left to resolve
    assert_eq!(resolved(&desk, 9), Value::Null);
    desk.git(&["add", DIR]);
    desk.git(&["commit", "-q", "--no-edit"]);
    assert_eq!(resolved(&desk, 10), Value::Null);
}

#[test]
fn what_both_sides_changed_stays_between_markers_and_is_told() {
    for style in ["merge", "diff3", "zdiff3"] {
        let sandbox = Sandbox::new();
        let [desk, laptop] = team(&sandbox, false);
        desk.git(&["config", "merge.conflictStyle", style]);
        desk.tw_with(5, &["complete", "t1"]).exits(0);
        left_by_lines(&desk, &laptop);
        let values = json!({ "at": "sessions.t1.status", "ours": "\"completed\"", "theirs": "\"pending\"" });
        let said = resolved(&desk, 8);
        assert_eq!(said[0]["left"], json!([values]), "{style}: {said:#}");
        let text = desk.tracked("active-sessions.yaml");
        let markers = |text: &str| text.lines().filter(|line| line.starts_with("<<<<<<< HEAD")).count();
        assert_eq!(markers(&text), 1, "{style}: {text}");
        assert!(text.starts_with("# by hand\n") && text.contains("t8:") && text.contains("t9:"), "{text}");
        // again, nothing changes
        let said = desk.tw_with(9, &["sync", "--resolve"]).exits(1);
        said.says("To decide in active-sessions.yaml: sessions.t1.status");
        assert_eq!(desk.tracked("active-sessions.yaml"), text, "{style}");
        let sides: String = {
            let mut keeps = true;
            let lines = text.split_inclusive('\n').filter(|line| {
                let is_marker =
                    ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].iter().any(|one| line.starts_with(one));
                keeps = if is_marker {
                    line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>")
                } else {
                    keeps
                };
                keeps && !is_marker
            });
            lines.collect()
        };
        desk.track("active-sessions.yaml", &sides);
        assert_eq!(resolved(&desk, 10), Value::Null);
        assert_eq!(sessions(&desk)["t1"]["status"], "completed", "{style}");
    }
}

#[test]
fn what_cannot_be_resolved_stays_as_it_is() {
    let sandbox = Sandbox::new();
    let [desk, laptop] = team(&sandbox, false);
    left_by_lines(&desk, &laptop);
    let text = desk.tracked("active-sessions.yaml");
    let why = |text: &str, why: &str| {
        desk.track("active-sessions.yaml", text);
        let said = resolved(&desk, 8);
        let own = said.as_array().unwrap().iter().find(|one| one["file"] == "active-sessions.yaml").unwrap();
        assert!(own["why"].as_str().is_some_and(|said| said.contains(why)), "{own:#}");
        assert_eq!(own["settled"], false);
        assert_eq!(desk.tracked("active-sessions.yaml"), text);
    };
    why(&text.replacen(">>>>>>>", ">>>>>> ", 1), "belongs to no conflict");
    why(&text.replacen("=======\n", "=======\n}{\n", 1), "no YAML");
    // the index has but one version, and the markers do not show the base
    desk.track("active-sessions.yaml", &text);
    desk.git(&["add", DIR]);
    why(&text, "what was there before");
}

#[test]
fn files_that_git_does_not_merge_are_resolved_from_the_index() {
    let sandbox = Sandbox::new();
    let [desk, laptop] = team(&sandbox, false);
    for clone in [&desk, &laptop] {
        clone.track(".gitattributes", "*.yaml -merge\n");
    }
    desk.tw_with(5, &["update", "t2", "--status", "pending"]).exits(0);
    laptop.tw_with(6, &["update", "t1", "--status", "pending"]).exits(0);
    laptop.commit("work", &[]);
    desk.commit("work", &[]);
    desk.git(&["fetch", "-q", "other"]);
    assert!(!desk.git_with(&["merge", "-q", "--no-edit", "other/main"]).status.success());
    assert!(!has_markers(&desk));
    assert_eq!(resolved(&desk, 8)[0]["settled"], true);
    let merged = sessions(&desk);
    assert_eq!([&merged["t1"]["status"], &merged["t2"]["status"]], ["pending", "pending"]);
    // what somebody has made of it since is theirs
    let edited = desk.tracked("active-sessions.yaml") + "# mine\n";
    desk.track("active-sessions.yaml", &edited);
    assert_eq!(resolved(&desk, 9), Value::Null);
    assert_eq!(desk.tracked("active-sessions.yaml"), edited);
}

#[test]
fn the_driver_works_in_linked_worktrees() {
    let sandbox = Sandbox::new();
    let [desk, _] = team(&sandbox, true);
    let side = desk.worktree("side");
    let there = ["--tracking-dir", DIR, "update", "t1", "--status", "pending", "--as", "orchestrator-exe"];
    side.tw_with(5, &there).exits(0);
    side.commit("work", &[]);
    desk.tw_with(6, &["update", "t2", "--status", "pending"]).exits(0);
    desk.commit("work", &[]);
    let merged = side.git_with(&["merge", "-q", "--no-edit", "main"]);
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stdout));
    let merged = sessions(&side);
    assert_eq!([&merged["t1"]["status"], &merged["t2"]["status"]], ["pending", "pending"]);
}

#[test]
fn rounds_without_the_driver_are_resolved_as_with_it() {
    let mut compared = 0;
    for seed in seeds(3) {
        let sandbox = Sandbox::new();
        let clones = team(&sandbox, true);
        let whims = &mut Whims(seed);
        let mut minute = 1;
        for _ in 0..2 {
            for (own, clone) in ["d", "l"].iter().zip(&clones) {
                for _ in 0..1 + whims.below(4) {
                    minute += 1;
                    round(clone, own, minute, whims);
                }
                clone.commit("round", &[]);
            }
        }
        let [clone, _] = &clones;
        clone.git(&["fetch", "-q", "other"]);
        let with_driver = clone.git_with(&["merge", "-q", "--no-commit", "other/main"]);
        minute += 1;
        clone.tw_with(minute, &["sync"]);
        let expected = with_driver.status.success().then(|| (sessions(clone), clone.history().len()));
        clone.git(&["reset", "-q", "--hard"]);
        clone.tw_with(minute, &["hooks", "uninstall", "--merge-driver"]).exits(0);
        _ = clone.git_with(&["merge", "-q", "--no-commit", "other/main"]);
        let said = resolved(clone, minute);
        match expected {
            Some(expected) => {
                compared += 1;
                assert_eq!((sessions(clone), clone.history().len()), expected, "seed {seed}: {said:#}");
            }
            None => {
                let left = |file: &Value| !file["left"].as_array().unwrap().is_empty();
                assert!(said.as_array().unwrap().iter().any(left), "seed {seed}: {said:#}");
            }
        }
    }
    println!("{compared} rounds were compared");
}

#[test]
fn doctor_says_where_the_driver_is_missing() {
    let sandbox = Sandbox::new();
    let [desk, _] = team(&sandbox, false);
    let doctor = || desk.tw_with(5, &["doctor"]);
    doctor().says("git merges them line by line").says("track-work hooks install --merge-driver");
    desk.tw_with(5, &["hooks", "install", "--merge-driver"]).exits(0);
    doctor().says_not("git merges them line by line");
    // git merges no file that it does not know
    desk.tw_with(5, &["hooks", "uninstall", "--merge-driver"]).exits(0);
    desk.git(&["rm", "-rq", "--cached", DIR]);
    doctor().says_not("git merges them line by line");
}

#[test]
fn two_registrations_of_one_name_are_told_in_words_and_every_command_works() {
    for driver in [false, true] {
        let sandbox = Sandbox::new();
        let [desk, laptop] = team(&sandbox, driver);
        for (clone, focus) in [(&desk, "backend"), (&laptop, "frontend")] {
            let args = ["register", "--mode", "intra", "--story", "9-1-shop", "--terminal", "terminal-1"];
            clone.tw_with(5, &[&args[..], &["--focus", focus, "--task", "x: y"]].concat()).exits(0);
            clone.commit(focus, &[]);
        }
        desk.git(&["fetch", "-q", "other"]);
        assert!(!desk.git_with(&["merge", "-q", "other/main"]).status.success());
        let file = format!("{DIR}/story-9-1-sessions.yaml");
        let finish =
            format!("Resolve {file} and add it (git add :/{file}), then finish it (git merge --continue)");
        let said = desk.tw_with(6, &["sync", "--resolve"]);
        let said = said.says(
            "To decide in story-9-1-sessions.yaml: both sides registered terminal-1 for different work: focus \"backend\" here; \
             focus \"frontend\" there. Keep one of the two between the markers, and once the merge is made register the other again"
        );
        let said = said.says_not("{\"").says_not("merges both sides by what they say").says_not(" Finish it");
        let finish = finish.replace("git ", &format!("git -C {} ", desk.top.display()));
        let said = said.says(&finish);
        assert!(!said.stdout.contains("(git merge"), "{said}");
        // as it is advised
        let text = desk.tracked("story-9-1-sessions.yaml");
        let mut is_theirs = false;
        let ours = text.split_inclusive('\n').filter(|line| {
            let is_marker = line.starts_with(['<', '=', '>', '|']);
            is_theirs = if is_marker { !line.starts_with(['<', '>']) } else { is_theirs };
            !is_marker && !is_theirs
        });
        let ours: String = ours.collect();
        desk.track("story-9-1-sessions.yaml", &ours);
        let top = desk.top.display();
        assert!(desk.sh(&format!("git -C {top} add :/{file} && git -C {top} merge --continue")));
        let args = ["register", "--mode", "intra", "--story", "9-1-shop", "--terminal", "terminal-2"];
        desk.tw_with(7, &[&args[..], &["--focus", "frontend"]].concat()).exits(0);
        let sessions = desk.yaml("story-9-1-sessions.yaml")["sessions"].clone();
        let focus = |name: &str| sessions[name]["focus"].as_str().map(str::to_string);
        let both = [focus("terminal-1"), focus("terminal-2")];
        assert_eq!(both, [Some("backend".to_string()), Some("frontend".to_string())], "{text}");
    }
}
