//! A target that merges work and takes it back by `git revert`: whoever goes on there, and whoever merges it, is told that
//! merging does not bring it back, where that is so, and after the merge too. At random; `TRACK_WORK_CASES=200` tries more,
//! `TRACK_WORK_SEED=17` one again.

use std::fs;

use super::shop;
use crate::cli::program::{flat, lines};
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

/// Runs the command that is said to bring it back.
fn bring_back(repo: &Repo, said: &str) {
    let command = said.split("revert the revert where main is checked out: ").nth(1).unwrap();
    let (git, by) = command.split_once(" revert ").unwrap();
    let is_id = |word: &&str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let by: Vec<&str> = by.split_whitespace().take_while(is_id).collect();
    assert!(!by.is_empty(), "{said}");
    let elsewhere = Repo { sandbox: repo.sandbox, top: repo.sandbox.path("") };
    assert!(elsewhere.sh(&format!("{git} revert --no-edit {}", by.join(" "))), "{said}");
}

/// Whether the plans of merges warn of it: all of them, or none.
fn plans_warn(repo: &Repo) -> bool {
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let warnings = order["steps"][0]["warnings"].as_array().unwrap();
    let plans = [&["merge-order"][..], &["merge", "--all", "--dry-run"]];
    let mut told: Vec<bool> =
        plans.iter().map(|args| flat(&repo.tw(args).stdout).contains(" reverted ")).collect();
    told.push(warnings.iter().any(|text| text.as_str().unwrap().contains(" reverted ")));
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
    told[0]
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
        let merge = repo.git(&["rev-parse", "HEAD"]);
        match whims.below(5) {
            0 | 1 => drop(repo.git(&["revert", "--no-edit", "-m", "1", "HEAD"])),
            2 => drop(repo.git(&["revert", "--no-edit", "HEAD^2"])),
            3 => {
                let all = (0..files).map(|file| format!("{}^2~{file}", merge.trim()));
                all.for_each(|one| drop(repo.git(&["revert", "--no-edit", &one])));
            }
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
    assert_eq!(plans_warn(&repo), is_left_out, "TRACK_WORK_SEED={seed}");
    let status = || flat(&repo.tw(&["status"]).stdout);
    if whims.below(2) == 0 {
        let said = repo.tw(&["merge", "--all", "--yes"]).exits(0);
        assert_eq!(flat(&said.stderr).contains("one: main reverted "), is_left_out, "{said}");
        let still = [repo.tw(&["status"]), one.tw(&["check"])];
        let still = still.map(|said| flat(&said.stdout).contains(" reverted "));
        assert_eq!(still, [is_left_out; 2], "TRACK_WORK_SEED={seed}\n{}", status());
    }
    if is_left_out {
        bring_back(&repo, &status());
        assert!(!leaves_out(&repo), "TRACK_WORK_SEED={seed}");
    }
    assert!(!status().contains(" reverted "), "TRACK_WORK_SEED={seed}\n{}", status());
    [is_left_out, !is_left_out]
}

#[test]
fn work_that_the_target_took_back_is_told_where_merging_does_not_bring_it_again() {
    let found: Vec<[bool; 2]> = seeds(8).map(random).collect();
    if found.len() >= 8 {
        assert!((0..2).all(|kind| found.iter().any(|one| one[kind])), "{found:?}");
    }
}

#[test]
fn work_that_was_merged_and_taken_back_is_told_until_the_target_has_it_again() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    one.commit("work", &[("a.txt", &lines(&[(10, "one")])), ("new", "1\n")]);
    let work = one.git(&["rev-parse", "HEAD"]);
    // who has done nothing yet, and who has taken in what was taken back
    repo.worktree("two");
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"]);
    let three = repo.worktree("three");
    three.commit("three", &[("three", "1\n")]);
    repo.tw(&["status", "-v"]).says_not(" reverted ");
    repo.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    let said = repo.tw(&["status"]).exits(0).says("which is work of one: all commits of one are in main");
    said.says_not("work of two").says_not("work of three");
    one.tw(&["check"]).says("merging one again does not bring that back");
    // brought back in another way
    repo.git(&["cherry-pick", work.trim()]);
    repo.tw(&["status", "-v"]).says_not(" reverted ");
    // a part of it
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.commit("new", &[("new", "1\n")]);
    bring_back(&repo, &flat(&repo.tw(&["status"]).says(" reverted ").stdout));
    repo.tw(&["status", "-v"]).says_not(" reverted ");
    assert!(repo.git(&["show", "HEAD:a.txt"]).contains("one"));
}

/// A commit that could not be read when it was asked is no answer that is kept: once it can be read, it is told again.
#[test]
fn what_is_reverted_is_told_again_once_a_damaged_commit_is_restored() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    one.commit("work", &[("new", "1\n")]);
    repo.commit("main", &[("c.txt", "1\n")]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"]);
    one.commit("more", &[("more", "1\n")]);
    repo.git(&["revert", "--no-edit", "-m", "1", "HEAD"]);
    repo.commit("later", &[("d.txt", "1\n")]);
    let cache = sandbox.path("home").join(".cache/track-work");
    let is_told = || flat(&repo.tw(&["status"]).stdout).contains(" reverted ");
    assert!(is_told());
    assert!(cache.exists());
    for commit in repo.git(&["rev-list", "--all"]).lines() {
        let path = repo.path(format!(".git/objects/{}/{}", &commit[..2], &commit[2..]));
        let whole = fs::read(&path).unwrap();
        for damaged in [&b"damaged"[..], b""] {
            fs::remove_dir_all(&cache).unwrap();
            fs::remove_file(&path).unwrap();
            fs::write(&path, damaged).unwrap();
            repo.tw(&["status"]);
            one.tw(&["check"]);
            fs::remove_file(&path).unwrap();
            fs::write(&path, &whole).unwrap();
            let subject = repo.git(&["show", "-s", "--format=%s", commit]);
            assert!(is_told(), "{subject} was {damaged:?}");
        }
    }
}
