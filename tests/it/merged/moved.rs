//! Whatever happens to a terminal's worktree and branch, its session is judged by its branch's commits as long as
//! there is one, and is archived without one only if it is known to be merged. `TRACK_WORK_CASES=200` tries more,
//! `TRACK_WORK_SEED=17` one again.

use std::fs;
use std::path::PathBuf;

use super::random::Dice;
use crate::cli::program::{lines, terminal, text};
use crate::support::{Repo, Sandbox, seeds};

/// Where the work is now.
struct Work {
    top: PathBuf,
    branch: String,
    has_worktree: bool,
}

fn change(repo: &Repo, dice: &mut Dice, work: &mut Work, number: usize) -> String {
    let path = work.top.to_str().unwrap().to_string();
    match dice.roll(7) {
        0 if work.has_worktree => {
            let next = work.top.with_file_name(format!("moved-{number}"));
            repo.git(&["worktree", "move", &path, next.to_str().unwrap()]);
            work.top = next;
            "move".to_string()
        }
        1 if work.has_worktree => {
            repo.git(&["worktree", "remove", "--force", &path]);
            work.has_worktree = false;
            "remove".to_string()
        }
        2 if work.has_worktree => {
            fs::remove_dir_all(&work.top).unwrap();
            work.has_worktree = false;
            "delete by hand".to_string()
        }
        3 if work.has_worktree => {
            let next = work.top.with_file_name(format!("carried-{number}"));
            fs::rename(&work.top, &next).unwrap();
            repo.git(&["worktree", "repair", next.to_str().unwrap()]);
            work.top = next;
            "move by hand, repair".to_string()
        }
        4 => {
            repo.git(&["worktree", "prune"]);
            "prune".to_string()
        }
        5 => {
            let next = format!("renamed-{number}");
            repo.git(&["branch", "-m", &work.branch, &next]);
            work.branch = next;
            "rename".to_string()
        }
        _ if !work.has_worktree => {
            work.top = work.top.with_file_name(format!("again-{number}"));
            repo.git(&["worktree", "add", "-q", "-f", work.top.to_str().unwrap(), &work.branch]);
            work.has_worktree = true;
            "add".to_string()
        }
        _ => "nothing".to_string(),
    }
}

fn one(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &lines(&[]))]);
    repo.tw(&["init"]).exits(0);
    let place = repo.worktree("terminal-1");
    let link: &[&str] =
        [&[][..], &["--branch", "terminal-1"], &["--worktree", "../terminal-1"]][dice.roll(3)];
    let mut work = Work { top: place.path(""), branch: "terminal-1".to_string(), has_worktree: true };
    let register = ["register", "--mode", "intra", "--story", "1-1-login", "--terminal", "terminal-1"];
    repo.tw(&[&register, link].concat()).exits(0);
    place.commit("work", &[("a", &lines(&[(3, "one")]))]);
    repo.tw(&["sync"]);
    let head = repo.git(&["rev-parse", "terminal-1"]);
    let mut done = Vec::new();
    for number in 0..8 {
        done.push(change(&repo, &mut dice, &mut work, number));
        if dice.roll(3) > 0 {
            repo.tw(&["sync"]);
            done.push("sync".to_string());
        }
        let status = repo.status();
        let answer = terminal(&status, "terminal-1");
        let context = || format!("TRACK_WORK_SEED={seed}: {link:?} {done:?} {}\n{status:#}", work.branch);
        assert_eq!(status["terminals"].as_array().unwrap().len(), 1, "{}", context());
        assert_eq!(answer["head"].as_str(), Some(&head[..]), "{}", context());
        assert_eq!(
            (answer["ahead"].as_u64(), text(&answer["branch"])),
            (Some(1), &work.branch[..]),
            "{}",
            context()
        );
    }
}

#[test]
fn a_session_follows_its_branch() {
    seeds(4).for_each(one);
}
