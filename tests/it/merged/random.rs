//! Random histories whose branches reach the target by merges, squashes and picks, whole or in part, while
//! both go on: what is called merged against `git cherry`, `git patch-id`, ancestry and `git merge-tree`.
//! `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cli::program::{lines, terminal};
use crate::happenings::{self, Desk};
use crate::possible_pairs::left_out_pairs_are_disjoint;
use crate::support::{Repo, Sandbox, seeds};

pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

const BRANCHES: [&str; 3] = ["terminal-1", "terminal-2", "terminal-3"];

/// A branch as git cannot take it for a tag.
fn branch(name: &str) -> String {
    format!("refs/heads/{name}")
}

/// One commit where the branch is checked out: some lines of one or two files.
fn work(repo: &Repo, dice: &mut Dice, number: usize) {
    for _ in 0..=dice.roll(2) {
        let file = ["a", "b", "c/d"][dice.roll(3)];
        // it may have been moved
        let text = std::fs::read_to_string(repo.path(file)).unwrap_or_default();
        let mut all: Vec<String> = text.lines().map(str::to_string).collect();
        let at = dice.roll(all.len().max(1));
        match all.get_mut(at) {
            Some(line) => *line = format!("{line} {number}"),
            None => all.push(number.to_string()),
        }
        repo.write(file, all.join("\n") + "\n");
    }
    if dice.roll(6) == 0 {
        repo.write(format!("new-{number}"), format!("{number}\n"));
    }
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", &format!("work {number}")]);
}

/// Brings some of a branch into the target, as people do; what stops is given up.
fn bring(repo: &Repo, dice: &mut Dice, branch: &str) {
    let own = repo.git(&["rev-list", "--reverse", "--no-merges", branch, "--not", "main"]);
    let own: Vec<&str> = own.lines().collect();
    if own.is_empty() {
        return;
    }
    match dice.roll(8) {
        0 => {
            if !repo.try_git(&["merge", "-q", "--no-ff", "-m", "merge", branch]).status.success() {
                repo.git(&["merge", "--abort"]);
            }
        }
        1..=3 => {
            let merged = repo.try_git(&["merge", "-q", "--squash", branch]).status.success();
            if !merged || !repo.try_git(&["commit", "-q", "-m", "squash"]).status.success() {
                repo.git(&["reset", "-q", "--hard"]);
            }
        }
        kind => {
            let some = if kind < 7 { own.len() } else { 1 + dice.roll(own.len()) };
            for commit in &own[..some] {
                if !repo.try_git(&["cherry-pick", commit]).status.success() {
                    repo.try_git(&["cherry-pick", "--abort"]);
                    repo.git(&["reset", "-q", "--hard"]);
                    break;
                }
                if dice.roll(4) == 0 {
                    indent_what_changed(repo);
                }
            }
        }
    }
}

/// The lines that the last commit changed get white space, which no patch id counts.
fn indent_what_changed(repo: &Repo) {
    for file in repo.git(&["diff", "--name-only", "--diff-filter=M", "HEAD~", "HEAD"]).lines() {
        let before = repo.git(&["show", &format!("HEAD~:{file}")]);
        let text = std::fs::read_to_string(repo.path(file)).unwrap();
        let mut before = before.lines();
        let indented = text.lines().map(|line| match before.next() == Some(line) {
            true => line.to_string(),
            false => format!("  {line}"),
        });
        repo.write(file, indented.collect::<Vec<_>>().join("\n") + "\n");
    }
    repo.git(&["commit", "-q", "--amend", "--all", "--no-edit", "--allow-empty"]);
}

/// The patch ids of what a git command shows.
fn patch_ids(repo: &Repo, args: &[&str]) -> BTreeSet<String> {
    let shown = repo.try_git(args).stdout;
    let mut command = Command::new("git");
    let mut child =
        command.args(["patch-id", "--stable"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&shown).unwrap();
    let ids = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    ids.lines().filter_map(|line| line.split(' ').next()).map(str::to_string).collect()
}

/// What a branch changes of the target, as `git diff main...branch` lists it.
fn changes(repo: &Repo, branch: &str) -> bool {
    let bases = repo.git(&["merge-base", "--all", "main", branch]);
    !repo.git(&["diff", "--name-only", bases.lines().next().unwrap(), branch]).is_empty()
}

/// The branch before it took the target in, where that is all that it did since.
fn before_an_update(repo: &Repo, branch: &str) -> Option<String> {
    let own = repo.git(&["rev-list", "--first-parent", "--parents", branch, "--not", "main"]);
    let own: Vec<Vec<&str>> = own.lines().map(|line| line.split(' ').collect()).collect();
    let work = own.iter().find(|commit| commit.len() == 2)?[0];
    (work != repo.git(&["rev-parse", branch])).then(|| work.to_string())
}

/// Whether git shows that the target has all of a branch, or had all of it before that took the target in again.
fn has_all(repo: &Repo, branch: &str) -> bool {
    let own = repo.git(&["cherry", "main", branch]);
    let picked = !own.is_empty() && own.lines().all(|line| line.starts_with('-'));
    let bases = repo.git(&["merge-base", "--all", "main", branch]);
    let base = bases.lines().next().unwrap();
    let changes = changes(repo, branch);
    let before = (!changes).then(|| before_an_update(repo, branch)).flatten();
    if before.is_some_and(|before| has_all(repo, &before)) {
        return true;
    }
    let merged = repo.try_git(&["merge-tree", "--write-tree", "main", branch]);
    let tree = String::from_utf8(merged.stdout).unwrap();
    let adds_nothing = merged.status.success() && tree.trim() == repo.git(&["rev-parse", "main^{tree}"]);
    let whole = patch_ids(repo, &["diff", "--no-renames", base, branch]);
    let of_target = patch_ids(repo, &["log", "-p", "--no-renames", "--no-merges", "main", "--not", branch]);
    picked || changes && (adds_nothing || !whole.is_disjoint(&of_target))
}

#[derive(Debug, Default)]
struct Tally {
    merged: usize,
    remembered: usize,
    open: usize,
}

/// `eventful`: where more happens than merges, squashes and picks.
fn one(seed: u64, eventful: bool, tally: &mut Tally) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &lines(&[])), ("b", &lines(&[])), ("c/d", &lines(&[]))]);
    let tracked = dice.roll(2) == 0;
    if tracked {
        repo.tw(&["init"]).exits(0);
        repo.commit("ignore", &[(".gitignore", ".system\n")]);
    }
    let places: Vec<Repo> = BRANCHES.iter().map(|name| repo.worktree(name)).collect();
    for (at, name) in BRANCHES.iter().enumerate().filter(|_| tracked) {
        let story = format!("{}-1-story", at + 1);
        repo.tw(&["register", "--mode", "inter", "--story", &story, "--terminal", name]).exits(0);
    }
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let mut account = Vec::new();
    for number in 0..14 {
        let at = dice.roll(3);
        if eventful && dice.roll(3) == 0 {
            let desks: Vec<Desk> = places
                .iter()
                .zip(BRANCHES)
                .map(|(repo, name)| Desk { name: name.to_string(), repo })
                .collect();
            let files = ["a", "b", "c/d"];
            account.push(happenings::of_branch(&repo, &desks, at, &files, &mut |sides| dice.roll(sides)));
            continue;
        }
        match dice.roll(10) {
            0..=3 => work(&places[at], &mut dice, number),
            4 | 5 => work(&repo, &mut dice, number),
            6 => {
                let taken = places[at].try_git(&["merge", "-q", "--no-edit", "main"]);
                if !taken.status.success() {
                    places[at].git(&["merge", "--abort"]);
                }
            }
            _ => bring(&repo, &mut dice, &branch(BRANCHES[at])),
        }
        if tracked && dice.roll(4) == 0 {
            repo.tw(&["sync"]);
            let status = repo.status();
            left_out_pairs_are_disjoint(&repo, &format!("TRACK_WORK_SEED={seed}"));
            for name in BRANCHES.iter().filter(|name| terminal(&status, name)["merged"] == true) {
                seen.insert(name, repo.git(&["rev-parse", &branch(name)]));
            }
        }
    }
    let status = repo.status();
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    for name in BRANCHES {
        let head = branch(name);
        let answer = terminal(&status, name);
        let context = || format!("TRACK_WORK_SEED={seed}: {name} {account:#?}\n{answer:#}");
        let said = answer["merged"].as_bool().unwrap();
        let contained = answer["ahead"] == 0;
        let went_on = |before: &str| {
            repo.try_git(&["merge-base", "--is-ancestor", before, &head]).status.success()
                && !changes(&repo, &head)
        };
        // who was seen merged and is at the target now has nothing left
        let remembered = seen
            .get(name)
            .is_some_and(|known| contained || *known == repo.git(&["rev-parse", &head]) || went_on(known));
        assert_eq!(contained, repo.try_git(&["merge-base", "--is-ancestor", &head, "main"]).status.success());
        if contained {
            assert!(!said || remembered || answer["merged_as"] == "ancestor", "{}", context());
        } else {
            let shown = has_all(&repo, &head);
            assert_eq!(said, shown || remembered, "{}", context());
            tally.merged += usize::from(shown);
            tally.remembered += usize::from(remembered && !shown);
            tally.open += usize::from(!said);
        }
        if said || contained {
            let is_it = |value: &Value| value.to_string().contains(&format!("\"{name}\""));
            let findings = status["findings"].as_array().unwrap();
            let mut conflicts = findings.iter().filter(|finding| finding["severity"] == "conflict");
            assert!(!conflicts.any(is_it), "{}", context());
            assert!(!order["steps"].as_array().unwrap().iter().any(is_it), "{}", context());
            assert_eq!(answer["changes"].as_array().unwrap().len(), 0, "{}", context());
        }
    }
}

#[test]
fn what_git_shows_to_be_in_the_target_is_merged() {
    what_git_shows(false);
}

#[test]
fn what_git_shows_to_be_in_the_target_is_merged_whatever_happened() {
    what_git_shows(true);
}

fn what_git_shows(eventful: bool) {
    let mut tally = Tally::default();
    let all = seeds(8);
    let many = all.end - all.start >= 8;
    all.for_each(|seed| one(seed, eventful, &mut tally));
    assert!(!many || tally.merged > 0 && tally.open > 0, "{tally:?}");
    println!("{tally:?}");
}
