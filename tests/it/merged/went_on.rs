//! A terminal that goes on from the target after its work was merged, and a target that loses what it had: every
//! way of merging, of going on and of losing, at random. `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17`
//! one again.

use super::{STORY, is_merged, one, shop, squash};
use crate::cli::program::lines;
use crate::support::{Repo, Sandbox, Whims, seeds};

/// Brings the work of `one` into the target.
fn bring(repo: &Repo, how: &str) {
    match how {
        "squash" => squash(repo, "one"),
        "pick" => drop(repo.git(&["cherry-pick", "main..one"])),
        _ => drop(repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"])),
    }
}

/// How the worktree of `one` goes on.
fn go_on(one: &Repo, how: &str) {
    match how {
        "reset" => drop(one.git(&["reset", "-q", "--hard", "main"])),
        "merge" => drop(one.git(&["merge", "-q", "-m", "up to date", "main"])),
        "rebase" => drop(one.git(&["rebase", "-q", "main"])),
        "switch" => drop(one.git(&["checkout", "-q", "-B", "one", "main"])),
        _ => {}
    }
}

fn observed(repo: &Repo, key: &str) -> Option<bool> {
    repo.yaml(STORY)["sessions"]["one"]["observed"][key].as_bool()
}

#[test]
fn merged_work_stays_merged_however_its_worktree_goes_on() {
    for seed in seeds(9) {
        let mut whims = Whims(seed);
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        let one = one(&repo);
        let brought = whims.pick(&["squash", "pick", "merge"]);
        let next = whims.pick(&["reset", "merge", "rebase", "switch"]);
        let told = format!("seed {seed}: {brought}, {next}");
        if whims.below(2) == 0 {
            repo.tw(&["complete", "one"]).exits(0);
        }
        bring(&repo, brought);
        repo.tw(&["sync"]);
        assert_eq!(observed(&repo, "merged"), Some(true), "{told}");
        if whims.below(2) == 0 {
            repo.commit("the target goes on", &[("b.txt", &lines(&[(3, "main")]))]);
        }
        go_on(&one, next);
        for _ in 0..2 {
            assert!(is_merged(&repo), "{told}");
            repo.tw(&["status"]).says_not("no work yet");
            repo.tw(&["merge-order"]).says("already merged into main").says_not("no work yet");
            repo.tw(&["sync"]);
            assert_eq!(observed(&repo, "merged"), Some(true), "{told}");
        }
        one.commit("more", &[("b.txt", &lines(&[(5, "one"), (3, "main")]))]);
        assert!(!is_merged(&repo), "{told}: new commits are new work");
    }
}

#[test]
fn a_branch_that_took_the_target_in_again_is_merged_without_a_sync_in_between() {
    for how in ["squash", "pick"] {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        let one = one(&repo);
        bring(&repo, how);
        go_on(&one, "merge");
        assert!(is_merged(&repo), "{how}");
    }
    // what cancels itself out was never merged
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = one(&repo);
    one.git(&["revert", "--no-edit", "HEAD", "HEAD~1"]);
    repo.commit("the target goes on", &[("b.txt", &lines(&[(3, "main")]))]);
    go_on(&one, "merge");
    repo.tw(&["merge-order"]).says("nothing to merge: main already has the same changes");
}

#[test]
fn work_that_the_target_lost_is_lost_until_the_target_has_it_again() {
    for seed in seeds(3) {
        let mut whims = Whims(seed);
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        one(&repo);
        let brought = ["squash", "pick", "merge"][seed as usize % 3];
        let before = repo.git(&["rev-parse", "main"]);
        repo.tw(&["complete", "one"]).exits(0);
        bring(&repo, brought);
        let after = repo.git(&["rev-parse", "main"]);
        repo.tw(&["sync"]);
        let folder = repo.path("../one");
        repo.git(&["worktree", "remove", "--force", folder.to_str().unwrap()]);
        repo.git(&["branch", "-q", "-D", "one"]);
        if whims.below(2) == 0 {
            repo.tw(&["sync"]);
        }
        repo.git(&["reset", "-q", "--hard", &before]);
        for _ in 0..2 {
            repo.tw(&["status"]).says_not("nothing of it is left").says_not("nothing was committed");
            repo.tw(&["merge-order"])
                .says("main does not have the commits")
                .says_not("nothing was committed");
            repo.tw(&["archive", "1-1"]).fails();
            repo.tw(&["sync"]);
            assert_eq!(observed(&repo, "merged"), Some(false), "seed {seed}");
        }
        repo.git(&["reset", "-q", "--hard", &after]);
        repo.tw(&["sync"]);
        assert_eq!(observed(&repo, "merged"), Some(true), "seed {seed}");
        repo.tw(&["archive", "1-1"]).exits(0);
    }
}
