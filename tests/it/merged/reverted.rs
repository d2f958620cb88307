//! A target that merges work and takes it back by `git revert`: whoever goes on there is told that merging does not
//! bring it back, where that is so. At random; `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one again.

use super::shop;
use crate::cli::program::flat;
use crate::support::{Repo, Sandbox, Whims, seeds};

/// Whether merging `one` leaves a file of it out.
fn leaves_out(repo: &Repo) -> bool {
    let merged = repo.try_git(&["merge-tree", "--write-tree", "main", "one"]);
    assert!(merged.status.success());
    let tree = String::from_utf8(merged.stdout).unwrap();
    let names = |tree: &str| repo.git(&["ls-tree", "-r", "--name-only", tree]);
    let after = names(tree.trim());
    names("one").lines().any(|name| !after.lines().any(|known| known == name))
}

fn random(seed: u64) -> [bool; 2] {
    let mut whims = Whims(seed);
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    let files = 1 + whims.below(3);
    for file in 0..files {
        one.commit(&format!("work {file}"), &[(&format!("own{file}"), "1\n")]);
    }
    repo.commit("main", &[("c.txt", "1\n")]);
    let again = || drop(repo.git(&["revert", "--no-edit", "HEAD"]));
    if whims.below(5) > 0 {
        repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"]);
        match whims.below(4) {
            0 | 1 => drop(repo.git(&["revert", "--no-edit", "-m", "1", "HEAD"])),
            2 => drop(repo.git(&["revert", "--no-edit", "HEAD^2"])),
            _ => repo.write("c.txt", "2\n"),
        }
        if !repo.git(&["status", "--porcelain"]).is_empty() {
            repo.commit("only of main", &[]);
            again();
        }
        for _ in 0..whims.below(3) {
            again();
        }
    }
    repo.commit("later", &[("d.txt", "1\n")]);
    if whims.below(4) == 0 {
        one.git(&["merge", "-q", "-m", "up to date", "main"]);
    }
    one.commit("more", &[("more", "1\n")]);
    let is_left_out = leaves_out(&repo);
    let told =
        [repo.tw(&["status"]), one.tw(&["check"])].map(|said| flat(&said.stdout).contains(" reverted "));
    assert_eq!(told, [is_left_out; 2], "TRACK_WORK_SEED={seed}\n{}", repo.tw(&["status"]));
    if is_left_out {
        // as advised
        let said = flat(&repo.tw(&["status"]).stdout);
        let command =
            said.split("git revert ").nth(1).unwrap().split_whitespace().next().unwrap().to_string();
        repo.git(&["revert", "--no-edit", &command]);
        assert!(!leaves_out(&repo), "TRACK_WORK_SEED={seed}");
    }
    [is_left_out, !is_left_out]
}

#[test]
fn work_that_the_target_took_back_is_told_where_merging_does_not_bring_it_again() {
    let found: Vec<[bool; 2]> = seeds(8).map(random).collect();
    if found.len() >= 8 {
        assert!((0..2).all(|kind| found.iter().any(|one| one[kind])), "{found:?}");
    }
}
