//! Rounds of work, pushes and pulls by two clones, killed at any moment: nothing is lost, nobody's work is shown as the
//! other's, and what was not asked to be shared is nowhere at the remote. `TRACK_WORK_CASES=50` tries more,
//! `TRACK_WORK_SEED=17` one again.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::{objects, place, push, team};
use crate::cli::program::text;
use crate::support::{Repo, Sandbox, Whims, seeds};

/// Runs a command and kills it before it has ended, or not.
fn killed(clone: &Repo, args: &[&str], whims: &mut Whims) {
    let mut child =
        clone.program(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(whims.below(120) as u64));
    _ = child.kill();
    child.wait().unwrap();
}

fn work(machine: &str, at: &Repo, whims: &mut Whims) {
    let number = whims.below(1_000_000);
    match whims.below(4) {
        0 => {
            at.write("a.txt", format!("committed by {machine}, {number}\n"));
            // what is not tracked stays private
            at.git(&["commit", "-q", "--all", "--allow-empty", "-m", "work"]);
        }
        1 => at.write("notes.txt", format!("private of {machine}, {number}\n")),
        _ => at.write("b.txt", format!("uncommitted by {machine}, {number}\n")),
    }
}

/// The terminals of one clone arrive at the other as they are.
fn arrives(machine: &str, places: &[Repo; 2], other: &Repo, seed: u64) {
    for (name, at) in ["one", "two"].iter().zip(places) {
        let full = format!("refs/track-work-pulled/{machine}/{name}");
        let shown = other.try_git(&["rev-parse", "--verify", "-q", &full]).status.success();
        let has_work = !at.git(&["status", "--porcelain", "-uno"]).is_empty()
            || at.git(&["rev-parse", "HEAD"]) != at.git(&["rev-parse", "main"]);
        assert_eq!(shown, has_work, "seed {seed}: {full}");
        if !shown {
            continue;
        }
        for file in ["a.txt", "b.txt"] {
            let there = other.git(&["show", &format!("{full}:{file}")]);
            let here = std::fs::read_to_string(at.path(file)).unwrap();
            assert_eq!(there.trim_end(), here.trim_end(), "seed {seed}: {full} {file}");
        }
        assert_eq!(
            other.git(&["rev-parse", &format!("{full}^")]),
            at.git(&["rev-parse", "HEAD"]),
            "seed {seed}: {full}"
        );
        let message = other.git(&["show", "-s", "--format=%B", &full]);
        let said: Value = serde_json::from_str(message.trim().lines().last().unwrap()).unwrap();
        assert_eq!((text(&said["machine"]), text(&said["terminal"])), (machine, *name), "seed {seed}");
    }
}

#[test]
fn no_work_is_lost_or_shown_as_the_others_whoever_is_killed() {
    for seed in seeds(2) {
        let sandbox = Sandbox::new();
        let [hub, desk, laptop] = team(&sandbox);
        let mut whims = Whims(seed);
        let places = [&desk, &laptop].map(|clone| ["one", "two"].map(|name| place(clone, name)));
        let machines = [("desk", &desk), ("laptop", &laptop)];
        for (machine, clone) in machines {
            assert!(matches!(push(clone, machine, &[]).status, Some(0)));
        }
        for _ in 0..12 {
            let who = whims.below(2);
            let (machine, clone) = machines[who];
            match whims.below(6) {
                0 => killed(
                    clone,
                    &["share", "push", "--yes", "--machine", machine, "--uncommitted"],
                    &mut whims,
                ),
                1 => killed(clone, &["share", "pull"], &mut whims),
                2 => killed(clone, &["share", "prune", "--yes"], &mut whims),
                3 => drop(push(clone, machine, &[])),
                _ => work(machine, &places[who][whims.below(2)], &mut whims),
            }
        }
        for (machine, clone) in machines {
            let said = push(clone, machine, &["--uncommitted"]);
            assert_eq!(said.status, Some(0), "seed {seed}: {said}");
        }
        for (_, clone) in machines {
            let said = clone.tw(&["share", "pull"]);
            assert_eq!(said.status, Some(0), "seed {seed}: {said}");
        }
        arrives("desk", &places[0], &laptop, seed);
        arrives("laptop", &places[1], &desk, seed);
        for repo in [&hub, &desk, &laptop] {
            assert_eq!(repo.git(&["fsck", "--full", "--strict", "--no-dangling"]), "", "seed {seed}");
        }
        assert!(!objects(&hub).contains("private"), "seed {seed}");
    }
}
