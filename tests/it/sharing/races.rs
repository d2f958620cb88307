//! `share` where the remote changes between the look at it and the push, and where it does not answer.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::cli::program::lines;
use crate::support::{Repo, Sandbox};

use super::{place, push, refs, team};

/// The ref that races are about.
const SHARED: &str = "refs/track-work/desk/one";

/// Runs this each time before the remote (`$1`) receives a push of the clone. Returns the file with a line a run.
fn before_each_push(clone: &Repo, script: &str) -> std::path::PathBuf {
    let top = clone.sandbox.path("wrapper");
    _ = fs::create_dir(&top);
    let wrapper = Repo { sandbox: clone.sandbox, top };
    let runs = wrapper.path("runs");
    let text =
        format!("#!/bin/sh\necho run >> '{}'\n{script}\nexec git receive-pack \"$@\"\n", runs.display());
    wrapper.write("receive", text);
    wrapper.set_executable("receive", true);
    clone.git(&["config", "remote.origin.receivepack", wrapper.path("receive").to_str().unwrap()]);
    runs
}

fn runs(file: &std::path::Path) -> usize {
    fs::read_to_string(file).unwrap().lines().count()
}

/// A terminal that has been shared, with another commit since.
fn shared_once<'a>(desk: &Repo<'a>) -> Repo<'a> {
    let one = place(desk, "one");
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    push(desk, "desk", &[]).exits(0);
    one.commit("more", &[("a.txt", &lines(&[(3, "more")]))]);
    one
}

#[test]
fn a_push_that_lost_a_race_is_begun_anew() {
    let sandbox = Sandbox::new();
    let [hub, desk, _] = team(&sandbox);
    let one = shared_once(&desk);
    let others = format!(
        "if mkdir \"$(dirname \"$0\")/once\" 2> /dev/null; then git --git-dir=\"$1\" update-ref -d {SHARED}; fi"
    );
    let file = before_each_push(&desk, &others);
    push(&desk, "desk", &[]).exits(0).says("Shared 1 terminal as desk at origin:");
    assert_eq!(runs(&file), 2);
    assert_eq!(hub.git(&["rev-parse", &format!("{SHARED}^")]), one.git(&["rev-parse", "HEAD"]));
}

#[test]
fn a_race_that_never_ends_is_told_and_loses_nothing() {
    let sandbox = Sandbox::new();
    let [hub, desk, _] = team(&sandbox);
    let one = shared_once(&desk);
    let old = hub.git(&["rev-parse", SHARED]);
    let others = format!(
        "if git --git-dir=\"$1\" rev-parse -q --verify {SHARED} > /dev/null; \
         then git --git-dir=\"$1\" update-ref -d {SHARED}; \
         else git --git-dir=\"$1\" update-ref {SHARED} {old}; fi"
    );
    let file = before_each_push(&desk, &others);
    push(&desk, "desk", &[])
        .fails()
        .complains("others keep moving the same refs at origin; nothing was changed");
    assert_eq!(runs(&file), 5);
    desk.git(&["config", "--unset", "remote.origin.receivepack"]);
    push(&desk, "desk", &[]).exits(0);
    assert_eq!(refs(&hub, "refs/track-work"), [SHARED]);
    assert_eq!(hub.git(&["rev-parse", &format!("{SHARED}^")]), one.git(&["rev-parse", "HEAD"]));
}

#[test]
fn a_remote_that_does_not_answer_is_left_after_the_limit() {
    let sandbox = Sandbox::new();
    let [hub, desk, _] = team(&sandbox);
    let one = shared_once(&desk);
    let old = hub.git(&["rev-parse", SHARED]);
    desk.track("config.yaml", "share_seconds: 3\n");
    before_each_push(&desk, "sleep 30");
    let start = Instant::now();
    push(&desk, "desk", &[]).fails().complains("push to origin").complains("did not end within 3 s");
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(hub.git(&["rev-parse", SHARED]), old);
    // nothing of it is in the way of the next one
    desk.git(&["config", "--unset", "remote.origin.receivepack"]);
    push(&desk, "desk", &[]).exits(0);
    assert_eq!(hub.git(&["rev-parse", &format!("{SHARED}^")]), one.git(&["rev-parse", "HEAD"]));
}

#[test]
fn who_interrupts_while_the_remote_does_not_answer_leaves_nothing_running() {
    let sandbox = Sandbox::new();
    let [_, desk, _] = team(&sandbox);
    shared_once(&desk);
    let began = sandbox.path("began");
    before_each_push(&desk, &format!("echo $$ > {}; sleep 300", began.display()));
    for signal in [rustix::process::Signal::INT, rustix::process::Signal::KILL] {
        _ = fs::remove_file(&began);
        let mut program = desk.program(&["share", "push", "--yes", "--machine", "desk"]);
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = program.process_group(0).spawn().unwrap();
        let start = Instant::now();
        while fs::read_to_string(&began).is_ok_and(|said| said.is_empty()) || !began.exists() {
            assert!(start.elapsed() < Duration::from_secs(30) && child.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(10));
        }
        let group = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process_group(group, signal).unwrap();
        child.wait().unwrap();
        // the remote's program ends too
        let pid: i32 = fs::read_to_string(&began).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        let start = Instant::now();
        while rustix::process::test_kill_process(pid).is_ok() {
            assert!(start.elapsed() < Duration::from_secs(20), "process {pid:?} goes on");
            std::thread::sleep(Duration::from_millis(20));
        }
        desk.git(&["config", "--unset", "remote.origin.receivepack"]);
        desk.tw(&["share", "pull"]).exits(0);
        before_each_push(&desk, &format!("echo $$ > {}; sleep 300", began.display()));
    }
}
