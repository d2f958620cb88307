//! Where two terminals conflict: the same lines as when their branches are merged with each other, whatever they have
//! in common. `TRACK_WORK_CASES=2000` tries more random histories, `TRACK_WORK_SEED=17` one again.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use track_work::git::Surroundings;
use track_work::interaction::Judge;
use track_work::merge::Commits;
use track_work::model::{ConflictPath, Lines};
use track_work::pipeline::{OpenOptions, Workspace, declare, observe};

use crate::cli::program::{lines, pair};
use crate::merge_engine::oracle::{Laboratory, git};
use crate::merge_engine::random::Dice;
use crate::merge_engine::scenario::{Commit, Node, Scenario, State};
use crate::support::{Sandbox, seeds};

#[test]
fn who_began_at_different_commits_of_the_target_is_told_the_lines() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let early = repo.worktree("early");
    repo.commit("main goes on", &[("f", &lines(&[(30, "main")]))]);
    let late = repo.worktree("late");
    early.commit("work", &[("f", &lines(&[(3, "early"), (12, "early")]))]);
    late.commit("work", &[("f", &lines(&[(3, "late"), (30, "main"), (20, "late")]))]);
    let seen = pair(&repo.status(), "early", "late")["paths"][0].clone();
    assert_eq!(seen["regions"], json!([{"a": [3, 3], "b": [3, 3], "certain": true}]), "{seen:#}");
    assert_eq!((&seen["ranges_a"], &seen["ranges_b"]), (&json!([[3, 3]]), &json!([[3, 3]])));
    let checked = early.tw(&["check", "--format", "json"]).json()["encounters"][0].clone();
    assert_eq!(checked["regions"], json!([{"own": [3, 3], "other": [3, 3], "certain": true}]));
    // what is not committed, too
    early.write("f", lines(&[(3, "early"), (12, "early"), (20, "early")]));
    let seen = pair(&repo.status(), "early", "late")["paths"][0].clone();
    let both = json!([{"a": [3, 3], "b": [3, 3], "certain": true}, {"a": [20, 20], "b": [20, 20], "certain": false}]);
    assert_eq!(seen["regions"], both, "{seen:#}");
}

#[test]
fn several_merge_bases_are_no_reason_not_to_tell_the_lines() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("one", &[("f", &lines(&[(3, "one")]))]);
    two.commit("two", &[("f", &lines(&[(30, "two")]))]);
    let [tip_one, tip_two] = ["one", "two"].map(|name| repo.git(&["rev-parse", name]));
    one.git(&["merge", "-q", "--no-edit", &tip_two]);
    two.git(&["merge", "-q", "--no-edit", &tip_one]);
    one.commit("more", &[("f", &lines(&[(3, "one"), (15, "one"), (30, "two")]))]);
    two.commit("more", &[("f", &lines(&[(3, "one"), (15, "two"), (30, "two")]))]);
    assert_eq!(repo.git(&["merge-base", "--all", "one", "two"]).lines().count(), 2);
    let placed = |path: &Value| path["regions"][0].get("a").cloned();
    let seen = pair(&repo.status(), "one", "two")["paths"][0].clone();
    let compared = repo.tw(&["compare", "one", "two", "--format", "json"]).json()["paths"][0].clone();
    assert_eq!((placed(&seen), placed(&compared)), (Some(json!([15, 15])), Some(json!([15, 15]))));
}

/// Three branches of two files that go on and merge each other.
fn history(seed: u64) -> (Scenario, [usize; 3]) {
    let mut dice = Dice::new(seed);
    let first: Vec<String> = (0..16).map(|at| format!("line {at}")).collect();
    let mut texts = vec![[first.clone(), first]];
    let mut parents: Vec<Vec<usize>> = vec![Vec::new()];
    let mut tips = [0; 3];
    for step in 0..6 + dice.below(12) {
        let own = dice.below(3);
        let mut files = texts[tips[own]].clone();
        let mut of = vec![tips[own]];
        if dice.chance(45) {
            let other = tips[(own + 1 + dice.below(2)) % 3];
            if of.contains(&other) {
                continue;
            }
            of.push(other);
            for (file, theirs) in files.iter_mut().zip(&texts[other]) {
                let most = file.len().min(theirs.len());
                for at in (0..most).filter(|_| dice.chance(60)) {
                    file[at].clone_from(&theirs[at]);
                }
            }
        }
        for _ in 0..1 + dice.below(2) {
            let file = &mut files[dice.below(2)];
            let at = dice.below(file.len());
            match dice.below(8) {
                0 => file.insert(at, format!("new {step}")),
                1 if file.len() > 4 => drop(file.remove(at)),
                _ => file[at] = format!("change {step}"),
            }
        }
        tips[own] = texts.len();
        texts.push(files);
        parents.push(of);
    }
    let commit = |(at, (files, parents)): (usize, (&[Vec<String>; 2], Vec<usize>))| {
        let text = |lines: &Vec<String>| Node::File((lines.join("\n") + "\n").into_bytes());
        let files: State =
            ["f", "g"].into_iter().zip(files).map(|(name, lines)| (name.into(), text(lines))).collect();
        Commit { name: format!("c{at}"), parents, files }
    };
    let commits = texts.iter().zip(parents).enumerate().map(commit).collect();
    (Scenario { commits, ..Scenario::default() }, tips)
}

/// The places of each conflict, by its path.
fn places(conflicts: &[ConflictPath]) -> BTreeMap<String, Vec<Option<[Lines; 2]>>> {
    let places = |one: &ConflictPath| one.regions.iter().map(|region| region.sides).collect();
    conflicts.iter().map(|one| (one.path.to_string(), places(one))).collect()
}

/// A history in which one of the two has a file that conflicts as its base with the target has it.
const ONE_AS_ITS_BASE: u64 = 1_795_924_700;

#[test]
fn random_pairs_conflict_at_the_lines_that_a_merge_of_the_two_shows() {
    let seeds = seeds(100).chain([ONE_AS_ITS_BASE]);
    let laboratory = Laboratory::with_worktree();
    let histories: Vec<_> = seeds.clone().map(history).collect();
    let scenarios: Vec<Scenario> = histories.iter().map(|(scenario, _)| scenario.clone()).collect();
    let ids = laboratory.import(&scenarios);
    let (mut compared, mut several) = (0, 0);
    for (seed, ((_, tips), ids)) in seeds.zip(histories.iter().zip(&ids)) {
        for (name, tip) in ["main", "a", "b"].into_iter().zip(tips) {
            let reference = format!("refs/heads/{name}");
            let set =
                git(&laboratory.path()).args(["update-ref", &reference, &ids[*tip].to_string()]).status();
            assert!(set.unwrap().success());
        }
        let none = Some("/dev/null".into());
        let surroundings = Surroundings { global: none.clone(), system: none, ..Surroundings::default() };
        let target = Some("main".to_string());
        let options = OpenOptions { surroundings, target, ..OpenOptions::at(laboratory.path()) };
        let workspace = Workspace::open(&options).unwrap();
        let facts = observe(&workspace, declare(&workspace, &workspace.tracking()));
        let store = workspace.repository.store();
        let judge = Judge::new(&store, &store, workspace.target.head, &workspace.options);
        let tip = |name: &str| facts.tip_at(facts.places.iter().position(|place| place.name == name)?);
        let (Some(a), Some(b)) = (tip("a"), tip("b")) else { continue };
        let Some(plain) = judge.plain(a, b).known().cloned() else { continue };
        let (seen, plain) = (places(&judge.pair(a, b).conflicts), places(&plain.conflicts));
        for (path, found) in seen {
            let Some(expected) = plain.get(&path) else {
                // only with what the target has they conflict
                assert!(found.iter().all(Option::is_none), "seed {seed}: {path} {found:?}");
                continue;
            };
            assert_eq!(found, *expected, "seed {seed}: {path}");
            compared += 1;
            several += usize::from(store.merge_bases(a.head.unwrap(), &[b.head.unwrap()]).unwrap().len() > 1);
        }
    }
    println!("{compared} places compared, {several} with several merge bases");
    assert!(histories.len() < 100 || compared > 20 && several > 0, "{compared}, {several}");
}
