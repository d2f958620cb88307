//! Random histories of branches that are built on each other, merged with each other and with the
//! target, against git: an overlap is reported for exactly those paths that both changed since the
//! merge base of each with the other one and the target. `TRACK_WORK_CASES=200` tries more,
//! `TRACK_WORK_SEED=17` one again.

use std::collections::BTreeSet;

use crate::cli::program::text;
use crate::possible_pairs::left_out_pairs_are_disjoint;
use crate::support::{Repo, Sandbox, seeds};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

const FILES: [&str; 6] = ["a", "b", "c/a", "c/b", "d/a", "e"];

/// Thirty lines that no other file has.
fn content(file: &str) -> String {
    (0..30).map(|line| format!("{file} {line}\n")).collect()
}

/// One commit on the branch that is checked out: an edit, a rename, a deletion, a new file, or a part
/// of it taken back.
fn commit(repo: &Repo<'_>, dice: &mut Dice, number: usize) {
    let there = repo.git(&["ls-files"]);
    let there: Vec<&str> = there.lines().collect();
    let file = there[dice.roll(there.len())];
    match dice.roll(12) {
        0 => _ = repo.git(&["mv", file, &format!("moved-{number}")]),
        1 if there.len() > 3 => _ = repo.git(&["rm", "-q", file]),
        2 => repo.write(format!("new-{number}"), content(&format!("new {number}"))),
        3 if repo.try_git(&["rev-parse", "-q", "--verify", "HEAD^"]).status.success() => {
            // what the branch did last, taken back
            if repo.try_git(&["revert", "--no-edit", "HEAD"]).status.success() {
                return;
            }
            _ = repo.try_git(&["revert", "--abort"]);
            repo.git(&["reset", "-q", "--hard"]);
        }
        _ => {
            let text = std::fs::read_to_string(repo.path(file)).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
            let at = dice.roll(lines.len());
            lines[at] = format!("{} of {number}", lines[at]);
            repo.write(file, lines.join("\n") + "\n");
        }
    }
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "work"]);
}

/// A tree that stands for several merge bases; `None` where git's merge of them stops.
fn joined(repo: &Repo<'_>, bases: &[&str]) -> Option<String> {
    match bases {
        [one] => Some((*one).to_string()),
        [one, two] => {
            let merged = repo.try_git(&["merge-tree", "--write-tree", one, two]);
            let tree = String::from_utf8(merged.stdout).unwrap();
            merged.status.success().then(|| tree.trim().to_string())
        }
        _ => None,
    }
}

/// The names of each file that a branch changed of its own beside another one.
fn own(repo: &Repo<'_>, branch: &str, other: &str) -> Option<Vec<BTreeSet<String>>> {
    let bases = repo.git(&["merge-base", "--all", branch, other, "main"]);
    let base = joined(repo, &bases.lines().collect::<Vec<_>>())?;
    let args = ["diff", "--no-ext-diff", "-M", "-l0", "--name-status", &base, branch];
    let listed = repo.git(&args);
    let names = |line: &str| line.split('\t').skip(1).map(str::to_string).collect();
    Some(listed.lines().map(names).collect())
}

#[derive(Default)]
struct Tally {
    sharing: usize,
    overlaps: usize,
    disjoint: usize,
    several: usize,
    skipped: usize,
}

fn one(seed: u64, tally: &mut Tally) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let sandbox = Sandbox::new();
    let repo = sandbox.init("main");
    for file in FILES {
        repo.write(file, content(file));
    }
    repo.commit("first", &[]);
    let names: Vec<String> = (0..5).map(|number| format!("side-{number}")).collect();
    for number in 0..names.len() {
        let start = if number == 0 || dice.roll(5) == 0 { "main" } else { &names[dice.roll(number)] };
        repo.git(&["branch", &names[number], start]);
        for step in 0..6 {
            let on = if dice.roll(8) == 0 { "main" } else { &names[dice.roll(number + 1)] };
            repo.git(&["checkout", "-q", on]);
            if dice.roll(6) == 0 {
                let from = if dice.roll(2) == 0 { "main" } else { &names[dice.roll(number + 1)] };
                if on != "main" && !repo.try_git(&["merge", "-q", "--no-edit", from]).status.success() {
                    repo.git(&["merge", "--abort"]);
                }
                continue;
            }
            commit(&repo, &mut dice, number * 10 + step);
        }
    }
    repo.git(&["checkout", "-q", "main"]);
    let status = repo.status();
    left_out_pairs_are_disjoint(&repo, &format!("TRACK_WORK_SEED={seed}"));
    for pair in status["pairs"].as_array().unwrap() {
        let (a, b) = (text(&pair["a"]), text(&pair["b"]));
        let context = || format!("TRACK_WORK_SEED={seed}: {a} and {b}: {pair:#}");
        let common = repo.git(&["rev-list", "--count", a, b, "--not", "main"]).parse::<usize>().unwrap();
        let count = |branch: &str| {
            repo.git(&["rev-list", "--count", branch, "--not", "main"]).parse::<usize>().unwrap()
        };
        let shared = count(a) + count(b) - common;
        assert_eq!(pair["shares_commits"].as_u64().unwrap_or(0) as usize, shared, "{}", context());
        let (Some(own_a), Some(own_b)) = (own(&repo, a, b), own(&repo, b, a)) else {
            tally.skipped += 1;
            continue;
        };
        let mut expected = BTreeSet::new();
        for one in &own_a {
            expected.extend(
                own_b
                    .iter()
                    .filter(|other| !one.is_disjoint(other))
                    .map(|other| one.union(other).cloned().collect::<BTreeSet<String>>()),
            );
        }
        let told = pair["paths"].as_array().unwrap();
        let (overlaps, conflicts): (Vec<_>, Vec<_>) = told.iter().partition(|one| one["kind"] == "overlap");
        let name = |value: &serde_json::Value| value.as_str().map(str::to_string);
        let in_conflict: BTreeSet<String> = conflicts
            .iter()
            .flat_map(|one| {
                let also = one.get("also").and_then(|also| also.as_array()).into_iter().flatten();
                also.chain([&one["path"]]).filter_map(name).collect::<Vec<_>>()
            })
            .collect();
        // every overlap is one of git's, by a name; what conflicts is told as that
        for one in &overlaps {
            let path = name(&one["path"]).unwrap();
            assert!(expected.iter().any(|names| names.contains(&path)), "{path}, {}", context());
        }
        for names in &expected {
            let is_told = overlaps.iter().any(|one| names.contains(&name(&one["path"]).unwrap()));
            assert!(is_told || !names.is_disjoint(&in_conflict), "{names:?}, {}", context());
        }
        if conflicts.is_empty() && pair["verdict"] != "unknown" {
            let verdict = if expected.is_empty() { "disjoint" } else { "overlap" };
            assert_eq!(pair["verdict"], verdict, "{}", context());
        }
        tally.sharing += usize::from(shared > 0);
        tally.overlaps += usize::from(shared > 0) * overlaps.len();
        tally.disjoint += usize::from(shared > 0 && pair["verdict"] == "disjoint");
        let bases = repo.git(&["merge-base", "--all", a, b, "main"]);
        tally.several += usize::from(bases.lines().count() > 1);
    }
}

#[test]
fn an_overlap_is_what_both_changed_since_their_fork_points() {
    let seeds = seeds(16);
    let (all, mut tally) = (seeds.end - seeds.start, Tally::default());
    for seed in seeds {
        one(seed, &mut tally);
    }
    let Tally { sharing, overlaps, disjoint, several, skipped } = tally;
    println!(
        "{sharing} sharing, {overlaps} overlaps, {disjoint} disjoint, {several} several, {skipped} skipped"
    );
    if all >= 16 {
        assert!(sharing > 40 && overlaps > 20 && disjoint > 10 && several > 0 && skipped < sharing);
    }
}
