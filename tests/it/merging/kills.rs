//! A run that is killed at any moment is continued or aborted: the target is where it was or where it is to be, and
//! nothing of the run is left. `TRACK_WORK_CASES=300` tries more, `TRACK_WORK_SEED=17` one again.

use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::{is_tidy, resolve, shop, workbench};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// Kills a program, alone or with all that it started, after this long.
pub(super) fn killed(child: &mut Child, after: Duration, alone: bool) {
    let begun = Instant::now();
    while begun.elapsed() < after && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_micros(200));
    }
    let pid = Pid::from_child(child);
    _ = if alone { kill_process(pid, Signal::KILL) } else { kill_process_group(pid, Signal::KILL) };
    child.wait().unwrap();
}

pub(super) fn started(repo: &Repo, args: &[&str]) -> Child {
    let mut command = repo.merging(args);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap()
}

/// Continues until nothing is left to do; conflicts are resolved.
fn continued(repo: &Repo) {
    for _ in 0..10 {
        let said = repo.merge(&["--continue"]);
        match said.status {
            Some(0) => return,
            Some(1) => {
                resolve(&Repo { sandbox: repo.sandbox, top: workbench(repo.sandbox).expect("it stopped") })
            }
            _ if said.stderr.contains("no run is in progress") => return,
            _ => panic!("{said}"),
        }
    }
    panic!("it never ends");
}

#[test]
fn after_a_kill_the_target_is_old_or_finished_and_nothing_is_left() {
    let sandbox = Sandbox::new();
    let (finished, whole) = {
        let other = Sandbox::new();
        let repo = shop(&other);
        let begun = Instant::now();
        repo.merge(&["--yes"]).exits(1);
        resolve(&Repo { sandbox: &other, top: workbench(&other).unwrap() });
        repo.merge(&["--continue"]).exits(0);
        (repo.git(&["rev-parse", "main"]), begun.elapsed())
    };
    let repo = shop(&sandbox);
    let old = repo.git(&["rev-parse", "main"]);
    repo.write("a.txt.orig", "not tracked\n");
    repo.write("stashed.txt", "stashed\n");
    repo.git(&["add", "stashed.txt"]);
    repo.git(&["stash", "-q"]);
    let own = |repo: &Repo| {
        let refs = repo.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        let refs: Vec<&str> = refs.lines().filter(|line| !line.starts_with("refs/heads/main ")).collect();
        (
            refs.join("\n"),
            std::fs::read(repo.path(".git/config")).unwrap(),
            repo.git(&["status", "--porcelain"]),
        )
    };
    let before = own(&repo);
    let (mut at_old, mut at_finished) = (0, 0);
    for seed in seeds(16) {
        let mut dice = Dice::new(seed);
        let mut args = vec!["--yes"];
        for _ in 0..=dice.below(3) {
            let after = whole.mul_f64(dice.below(1000) as f64 / 1000.0);
            let mut child = started(&repo, &args);
            killed(&mut child, after, dice.chance(50));
            if dice.chance(50) && workbench(&sandbox).is_some() {
                args = vec!["--continue"];
            }
        }
        match dice.chance(50) {
            true => continued(&repo),
            false => {
                let said = repo.merge(&["--abort"]);
                let is_over = said.status == Some(2) && said.stderr.contains("no run is in progress");
                assert!(said.status == Some(0) || is_over, "seed {seed}: {said}");
            }
        }
        let now = repo.git(&["rev-parse", "main"]);
        assert!(now == old || now == finished, "seed {seed}: {now} is neither {old} nor {finished}");
        is_tidy(&repo, 3);
        assert_eq!(own(&repo), before, "seed {seed}");
        if now == finished {
            at_finished += 1;
            repo.merge(&["--undo"]).exits(0);
            assert_eq!(repo.git(&["rev-parse", "main"]), old, "seed {seed}");
            assert_eq!(own(&repo), before, "seed {seed}");
        } else {
            at_old += 1;
        }
        // so that the next conflict has to be resolved, too
        if dice.chance(50) {
            _ = std::fs::remove_dir_all(repo.path(".git/rr-cache"));
        }
    }
    assert!(at_old > 0 && at_finished > 0, "{at_old} and {at_finished}");
}
