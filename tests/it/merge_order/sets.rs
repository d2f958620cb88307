//! Random sets of branches with random waits.

use std::process::Output;

use serde_json::Value;
use track_work::model::Oid;

use crate::cli::program::{Said, program_in};
use crate::happenings::{self, Desk};
use crate::merge_engine::oracle::{Laboratory, git};
use crate::merge_engine::random::{Dice, blended, edited, first_state};
use crate::merge_engine::scenario::{Commit, Node, Scenario, State, put};
use crate::support::{Repo, Sandbox};

/// One repository with a target and some branches.
pub struct Set {
    pub seed: u64,
    pub laboratory: Laboratory,
    pub scenario: Scenario,
    pub target: Oid,
    /// `t0`, `t1`, …
    pub branches: Vec<Oid>,
    /// The first of two waits for the second.
    pub waits: Vec<(usize, usize)>,
    /// What happened beside what the scenario has.
    pub account: Vec<String>,
}

/// A few branches that start at the target, before it, or on one another, `alone` of a hundred not on one another.
fn branches(dice: &mut Dice, most: usize, alone: usize) -> Scenario {
    let base = without_submodules(first_state(dice));
    let mut scenario = Scenario::default();
    let mut commit = |parents: &[usize], files: State| {
        let name = format!("c{}", scenario.commits.len());
        let files = without_submodules(files);
        scenario.commits.push(Commit { name, parents: parents.to_vec(), files: files.clone() });
        (scenario.commits.len() - 1, files)
    };
    let root = commit(&[], base);
    let moved = if dice.chance(40) { edited(dice, &root.1) } else { root.1.clone() };
    let target = commit(&[root.0], moved);
    let mut forks = vec![target, root];
    for _ in 0..most.min(3 + dice.below(most - 2)) {
        let fork = if dice.chance(alone) { &forks[dice.below(2)] } else { &forks[dice.below(forks.len())] };
        let files = edited(dice, &fork.1);
        let made = commit(&[fork.0], files);
        forks.push(made);
    }
    scenario
}

/// Puts a list into every commit, `first` the first that edits it, at a few places.
fn put_list(dice: &mut Dice, scenario: &mut Scenario, path: &str, alone: usize, first: usize) {
    let lines: Vec<String> = (0..30).map(|line| format!("line {line}\n")).collect();
    let places = [3 + dice.below(4), 12 + dice.below(4), 24];
    let mut lists: Vec<Vec<String>> = Vec::new();
    for (at, commit) in scenario.commits.iter_mut().enumerate() {
        // a list that was changed before may have too few lines for the places
        let below = commit.parents.first().map(|parent| &lists[*parent]);
        let below = below.filter(|list| list.len() > 26 && alone < 80 && dice.chance(70));
        let mut list = below.cloned().unwrap_or_else(|| lines.clone());
        if at >= first {
            for place in &places[..1 + dice.below(2)] {
                let place = place + dice.below(2);
                match dice.below(4) {
                    0 => list[place] = format!("entry of {at}\n"),
                    1 => list[place].clear(),
                    _ => list.insert(place, format!("entry of {at}\n")),
                }
            }
        }
        put(&mut commit.files, path, Node::File(list.concat().into_bytes()));
        lists.push(list);
    }
}

/// Puts merges of another branch or of the target, and then an edit, on some branches. They are still the last commits.
fn add_merges(dice: &mut Dice, scenario: &mut Scenario) {
    let tips: Vec<usize> = (2..scenario.commits.len()).collect();
    let mut made = Vec::new();
    for tip in tips {
        if dice.chance(40) {
            let other = if dice.chance(40) { 1 } else { 2 + dice.below(scenario.commits.len() - 2) };
            let (ours, theirs) = (scenario.commits[tip].files.clone(), scenario.commits[other].files.clone());
            if other != tip {
                let files = without_submodules(blended(dice, &ours, &theirs));
                let files = edited(dice, &files);
                made.push(Commit {
                    name: format!("m{}", made.len()),
                    parents: vec![tip, other],
                    files: without_submodules(files),
                });
            }
        }
    }
    scenario.commits.extend(made);
}

/// Nobody is there to look into them.
fn without_submodules(mut files: State) -> State {
    files.retain(|_, node| !matches!(node, Node::Submodule(_)));
    files
}

impl Set {
    pub fn new(seed: u64, most: usize) -> Set {
        let mut dice = Dice::new(seed);
        let scenario = branches(&mut dice, most, 80);
        Set::of(seed, dice, scenario)
    }

    /// Branches that edit a few places of one list, and some of other files.
    pub fn at_one_list(seed: u64) -> Set {
        Set::with_list(seed, 80, 2)
    }

    /// Branches that edit a few places of a list, of a file that is made anew, and of one to which everybody adds.
    pub fn at_files_of_kinds(seed: u64) -> Set {
        let mut dice = Dice::new(seed);
        let mut scenario = branches(&mut dice, 6, 80);
        for path in ["list", "go.sum", "CHANGES"] {
            put_list(&mut dice, &mut scenario, path, 80, 2);
        }
        Set::of(seed, dice, scenario)
    }

    /// The same, most of them on one another.
    pub fn at_one_list_with_common_commits(seed: u64) -> Set {
        Set::with_list(seed, 35, 2)
    }

    /// The same, where the target edits the list as well.
    pub fn at_one_list_that_moved(seed: u64) -> Set {
        Set::with_list(seed, 60, 1)
    }

    /// The same, where some branches take others or the target in.
    pub fn at_one_list_with_merges(seed: u64) -> Set {
        let mut dice = Dice::new(seed);
        let mut scenario = branches(&mut dice, 4, 60);
        put_list(&mut dice, &mut scenario, "list", 60, 1);
        add_merges(&mut dice, &mut scenario);
        Set::of(seed, dice, scenario)
    }

    /// `first`: the first commit that edits the list; the target's is 1.
    fn with_list(seed: u64, alone: usize, first: usize) -> Set {
        let mut dice = Dice::new(seed);
        let mut scenario = branches(&mut dice, 6, alone);
        put_list(&mut dice, &mut scenario, "list", alone, first);
        Set::of(seed, dice, scenario)
    }

    fn of(seed: u64, mut dice: Dice, scenario: Scenario) -> Set {
        let laboratory = Laboratory::new();
        let ids = laboratory.import(std::slice::from_ref(&scenario)).remove(0);
        let (target, branches) = (ids[1], ids[2..].to_vec());
        let mut refs = vec![("main".to_string(), target)];
        refs.extend(branches.iter().enumerate().map(|(at, id)| (format!("t{at}"), *id)));
        for (name, id) in refs {
            run(&laboratory, &["update-ref", &format!("refs/heads/{name}"), &id.to_string()]);
        }
        run(&laboratory, &["symbolic-ref", "HEAD", "refs/heads/main"]);
        let mut waits = Vec::new();
        for later in 1..branches.len() {
            if dice.chance(25) {
                waits.push((later, dice.below(later)));
            }
        }
        if dice.chance(50) {
            waits.iter_mut().for_each(|(later, earlier)| std::mem::swap(later, earlier));
        }
        Set { seed, laboratory, scenario, target, branches, waits, account: Vec::new() }
    }

    /// The same once more has happened to its branches and the target than edits.
    pub fn whatever_happens(mut self) -> Set {
        let mut dice = Dice::new(self.seed + 1);
        let sandbox = Sandbox::new();
        let path = self.laboratory.path();
        let repo = sandbox.init("happens");
        repo.git(&["fetch", "-q", "--update-head-ok", path.to_str().unwrap(), "+refs/heads/*:refs/heads/*"]);
        repo.git(&["checkout", "-q", "-f", "main"]);
        let names: Vec<String> = (0..self.branches.len()).map(|at| format!("t{at}")).collect();
        let tops: Vec<Repo> =
            names.iter().map(|name| repo.worktree_at(&sandbox.path(name), &["-f"])).collect();
        let desks: Vec<Desk> =
            names.iter().zip(&tops).map(|(name, repo)| Desk { name: name.clone(), repo }).collect();
        let listed = repo.git(&["-c", "core.quotePath=true", "ls-files"]);
        let files: Vec<&str> = listed.lines().filter(|path| !path.starts_with('"')).collect();
        for _ in 0..1 + dice.below(2 * desks.len()) {
            let at = dice.below(desks.len());
            let what = happenings::of_branch(&repo, &desks, at, &files, &mut |sides| dice.below(sides));
            self.account.push(what);
        }
        let id = |name: &str| repo.git(&["rev-parse", &format!("refs/heads/{name}")]).parse().unwrap();
        self.target = id("main");
        self.branches = names.iter().map(|name| id(name)).collect();
        // nobody waits for what is merged
        self.waits.clear();
        let happened = repo.path(".git");
        let fetch =
            ["fetch", "-q", "--update-head-ok", happened.to_str().unwrap(), "+refs/heads/*:refs/heads/*"];
        run(&self.laboratory, &fetch);
        self
    }

    /// What the program says of it.
    pub fn order(&self, more: &[&str]) -> Value {
        let home = tempfile::tempdir().unwrap();
        let mut command = program_in(home.path(), &self.laboratory.path());
        command.args(["merge-order", "--format", "json"]).args(more);
        for (later, earlier) in &self.waits {
            command.arg("--after").arg(format!("t{later}=t{earlier}"));
        }
        let said = Said::of(command.output().unwrap());
        assert!(matches!(said.status, Some(0 | 1)), "seed {}: {said}", self.seed);
        said.json()
    }

    /// The branch with this name.
    pub fn branch(&self, name: &str) -> usize {
        name.strip_prefix('t').and_then(|number| number.parse().ok()).unwrap()
    }
}

/// Runs git in the set's repository.
pub fn run(laboratory: &Laboratory, args: &[&str]) -> Output {
    let output = git(&laboratory.path()).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Merges that stop, hunks to judge, mechanical conflicts.
pub type Price = (u64, u64, u64);

/// A cost as the program writes it.
pub fn cost(value: &Value) -> Price {
    let mechanical = value.get("mechanical").map_or(0, |count| count.as_u64().unwrap());
    (value["conflicts"].as_u64().unwrap(), value["hunks"].as_u64().unwrap(), mechanical)
}

/// The seeds to try: `TRACK_WORK_CASES` many, from `TRACK_WORK_SEED` on.
pub fn seeds(usual: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("TRACK_WORK_SEED").unwrap_or(1);
    first..first + number("TRACK_WORK_CASES").unwrap_or(usual)
}
