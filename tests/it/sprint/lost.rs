//! Commits that a session was seen with: whatever becomes of its branch, they are told as lost if nothing holds them
//! any more and the target does not have them, by all commands alike, and the command that is told brings them back.

use std::process::Command;

use crate::cli::program::{findings, said, scrubbed, terminal, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// What is done to a branch with commits `head`, and whether they are lost by that.
fn disturb(repo: &Repo, one: &Repo, dice: &mut Dice) -> (&'static str, bool) {
    let squash = |repo: &Repo| {
        repo.git(&["merge", "-q", "--squash", "one"]);
        repo.git(&["commit", "-q", "-m", "squash"]);
    };
    let reset = || one.git(&["reset", "-q", "--hard", "main"]);
    match dice.below(15) {
        0 => {
            reset();
            ("is reset", true)
        }
        1 => {
            one.git(&["checkout", "-q", "--detach"]);
            repo.git(&["branch", "-f", "one", "main"]);
            one.git(&["checkout", "-q", "one"]);
            ("is moved by force", true)
        }
        2 => {
            one.git(&["commit", "-q", "--amend", "-m", "amended"]);
            reset();
            ("is amended, then reset", true)
        }
        3 => {
            one.commit("one more", &[("more", "1\n")]);
            reset();
            ("goes on, then is reset", true)
        }
        4 => {
            repo.git(&["worktree", "remove", "--force", one.top.to_str().unwrap()]);
            repo.git(&["branch", "-f", "one", "main"]);
            ("loses its worktree and is moved", true)
        }
        5 => {
            one.git(&["tag", "kept"]);
            reset();
            ("is reset, and a tag keeps it", false)
        }
        6 => {
            one.git(&["checkout", "-q", "-b", "renamed"]);
            repo.git(&["branch", "-f", "one", "main"]);
            ("goes on under another name", false)
        }
        7 => {
            squash(repo);
            reset();
            ("is squash-merged, then reset", false)
        }
        8 => {
            repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"]);
            reset();
            ("is merged, then reset", false)
        }
        9 => {
            repo.git(&["cherry-pick", "main..one"]);
            reset();
            ("is picked, then reset", false)
        }
        10 => {
            one.git(&["commit", "-q", "--amend", "-m", "amended"]);
            ("is amended", false)
        }
        11 => {
            one.write("new", "another text\n");
            one.git(&["commit", "-qa", "--amend", "-m", "amended"]);
            repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"]);
            ("is amended, then merged", false)
        }
        12 => {
            repo.commit("main goes on", &[("main", "1\n")]);
            one.git(&["rebase", "-q", "main"]);
            repo.git(&["merge", "-q", "--ff-only", "one"]);
            ("is rebased, then merged", false)
        }
        13 => {
            one.git(&["reset", "-q", "--soft", "main"]);
            one.git(&["commit", "-q", "-m", "as one"]);
            ("is made one commit", false)
        }
        _ => {
            one.git(&["reset", "-q", "--soft", "main"]);
            ("is taken back into the index", false)
        }
    }
}

fn one(seed: u64) -> bool {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), (".gitignore", ".system/\n")]);
    let mut dice = Dice::new(seed * 43 + 1);
    let one = repo.worktree("one");
    repo.tw(&["register", "--mode", "intra", "--story", "1-2-x", "--terminal", "one", "--focus", "api"])
        .exits(0);
    for number in 0..1 + dice.below(2) {
        one.commit("work", &[("new", &format!("{number}\n"))]);
    }
    if dice.chance(40) {
        repo.commit("main goes on", &[("other", "1\n")]);
    }
    repo.tw(&["sync"]).exits(0);
    let seen = one.git(&["rev-parse", "HEAD"]);
    let is_complete = dice.chance(50);
    let (what, is_lost) = disturb(&repo, &one, &mut dice);
    if is_complete {
        let said = repo.tw(&["complete", "one"]).exits(0);
        assert_eq!(
            said.stdout.contains("to bring them back"),
            is_lost,
            "TRACK_WORK_SEED={seed}: {what}: {said}"
        );
    }
    let told = format!("TRACK_WORK_SEED={seed}: it {what}, complete: {is_complete}");
    repo.tw(&["sync"]);
    let synced = repo.tw(&["sync"]);
    let answer = repo.status();
    let found = findings(&answer, "tracking");
    let lost = found.iter().find(|finding| text(&finding["message"]).contains("nothing holds any more"));
    assert_eq!(lost.is_some(), is_lost, "{told}: {found:#?}");
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [&synced, &repo.tw(&["status"])] {
        assert_eq!(flat(&said.stdout).contains("nothing holds any more"), is_lost, "{told}: {said}");
    }
    let checked = repo.tw(&["doctor"]);
    assert_eq!(flat(&checked.stdout).contains("nothing holds the commits"), is_lost, "{told}: {checked}");
    assert_eq!(synced.stdout.contains("its work is lost"), is_lost, "{told}: {synced}");
    let Some(lost) = lost else { return false };
    let session = &repo.yaml("story-1-2-sessions.yaml")["sessions"]["one"];
    assert_eq!(session["observed"]["head"].as_str(), Some(&*seen), "{told}: what was seen is kept");
    assert_eq!(session["observed"]["merged"].as_bool(), Some(false), "{told}");
    assert!(!synced.stdout.contains("1 of 1"), "{told}: {synced}");
    if is_complete {
        repo.tw(&["archive", "1-2"]).exits(2);
    }
    repo.tw(&["complete", "one"]).exits(0);
    let refused = repo.tw(&["archive", "1-2"]).exits(2);
    let command = text(&lost["suggestion"]).split_once(": ").unwrap().1;
    assert!(flat(&refused.stderr).contains(command), "{told}: {refused}");
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    let ran = said(&mut scrubbed(&sandbox.path("home"), &repo.top, shell));
    assert_eq!(ran.status, Some(0), "{told}: {command}: {ran}");
    // at least what was seen is there again
    let shown = terminal(&repo.status(), "one").clone();
    assert!(shown["ahead"].as_u64() > Some(0), "{told}: {shown:#}");
    repo.tw(&["status"]).says_not("nothing holds any more");
    true
}

#[test]
fn commits_that_nothing_holds_any_more_are_told_until_they_are_back() {
    let seeds = seeds(30);
    let lost = seeds.clone().filter(|seed| one(*seed)).count();
    assert!(lost > 0 || seeds.end - seeds.start < 10);
}

#[test]
fn an_archive_of_lost_work_is_made_by_force_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), (".gitignore", ".system/\n")]);
    let one = repo.worktree("one");
    repo.tw(&["register", "--mode", "inter", "--story", "1-2-x", "--terminal", "one"]).exits(0);
    one.commit("work", &[("new", "1\n")]);
    repo.tw(&["sync"]).exits(0);
    one.git(&["reset", "-q", "--hard", "main"]);
    repo.tw(&["complete", "one"]).exits(0).says("Not ready to merge").says_not("Nothing to merge");
    repo.tw(&["sync"]).says("completed, its work is lost").says_not("archive story");
    repo.tw(&["archive", "1-2"]).exits(2);
    repo.tw(&["archive", "1-2", "--force"]).exits(0);
}

#[test]
fn work_in_the_stash_is_told_where_it_would_be_forgotten() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n2\n3\n"), (".gitignore", ".system/\n")]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    let register = |name: &str, story: &str| {
        let args = ["register", "--mode", "intra", "--story", story, "--terminal", name];
        repo.tw(&[&args[..], &["--branch", name]].concat()).exits(0);
    };
    register("one", "1-1-a");
    register("two", "1-2-b");
    one.commit("work", &[("a", "one\n2\n3\n")]);
    two.commit("work", &[("b", "two\n")]);
    one.write("a", "one\n2\nthree\n");
    one.git(&["stash", "-q"]);
    let left = "one left work in the stash, which no merge takes along: stash@{0}: WIP on one:";
    // who still works there knows
    repo.tw(&["status"]).says_not("stash");
    two.tw(&["check"]).says_not("stash");
    repo.tw(&["complete", "one"]).exits(0).complains(left);
    repo.tw(&["status"]).says(left);
    repo.tw(&["complete", "two"]).exits(0);
    let status = repo.tw(&["status"]);
    let pop = format!("git -C {} stash pop 'stash@{{0}}'", one.top.display());
    let status = status.says(&format!("To have it: {pop}")).says_not("two left");
    assert_eq!(status.stdout.matches("in the stash").count(), 1, "{status}");
    repo.git(&["merge", "-q", "--no-ff", "-m", "one", "one"]);
    repo.tw(&["archive", "1-1-a"]).exits(0).complains(left);
    repo.git(&["merge", "-q", "--no-ff", "-m", "two", "two"]);
    let said = repo.tw(&["archive", "1-2-b"]).exits(0);
    assert!(!said.stderr.contains("stash"), "{said}");
    // where it is unregistered before
    register("one", "1-3-c");
    repo.tw(&["unregister", "one"]).exits(0).complains(left);
    // as it is advised
    assert!(repo.sh(&pop));
    assert_eq!(std::fs::read_to_string(one.path("a")).unwrap(), "one\n2\nthree\n");
    repo.tw(&["status"]).says_not("stash");
}
