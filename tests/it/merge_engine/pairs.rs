//! Pairs of terminals: the judge's verdict is what happens when both are merged into the target,
//! one after the other, by git.

use std::collections::BTreeSet;

use track_work::interaction::Judge;
use track_work::merge::{Commits, Options, changes};
use track_work::model::{Oid, PairJudgement, RepoPath, Tip, Uncommitted, Verdict};

use super::git_objects::{GitObjects, from_git, to_git};
use super::oracle::{Answer, Laboratory};
use super::random::{Dice, edited, first_state};
use super::scenario::{Commit, Scenario, State};
use super::ties;
use crate::support::seeds;

const SETS: u64 = 120;

/// A base, a target that went on or not, and a few branches from either. Some branches
/// go on from others. Sometimes the target and branches have merged each other's older work, so that
/// they have two merge bases. The target is
/// the commit at the second value, and the branches follow it.
fn branches(seed: u64) -> (Scenario, usize) {
    let mut dice = Dice::new(seed);
    // every third set is of equal files that move
    let equal = seed.is_multiple_of(3);
    let first: fn(&mut Dice) -> State = if equal { ties::first_state } else { first_state };
    let next: fn(&mut Dice, &State) -> State = if equal { ties::moved } else { edited };
    let base = first(&mut dice);
    let mut scenario = Scenario::default();
    let mut commit = |parents: &[usize], files| {
        let name = format!("c{}", scenario.commits.len());
        scenario.commits.push(Commit { name, parents: parents.to_vec(), files });
        scenario.commits.len() - 1
    };
    let root = commit(&[], base.clone());
    let mut target_files = if dice.chance(70) { next(&mut dice, &base) } else { base.clone() };
    let mut crossing = None;
    let mut target = root + 1;
    if dice.chance(30) {
        let other_files = next(&mut dice, &base);
        let heads = [commit(&[root], target_files.clone()), commit(&[root], other_files.clone())];
        crossing = Some((heads, other_files));
        target_files = next(&mut dice, &target_files);
        target = commit(&heads, target_files.clone());
    } else {
        commit(&[root], target_files.clone());
    }
    let mut stacked: Vec<(usize, State)> = Vec::new();
    for _ in 0..3 + dice.below(3) {
        match &crossing {
            Some(([one, other], files)) if dice.chance(60) => {
                let files = next(&mut dice, files);
                commit(&[*other, *one], files);
            }
            _ => {
                let below = dice.below(stacked.len().max(1));
                let (fork, files) = match stacked.get(below) {
                    Some((branch, files)) if dice.chance(40) => (*branch, files),
                    _ if dice.chance(50) => (target, &target_files),
                    _ => (root, &base),
                };
                // what was done may be taken back again
                let files = if dice.chance(15) { base.clone() } else { next(&mut dice, files) };
                let branch = commit(&[fork], files.clone());
                stacked.push((branch, files));
            }
        }
    }
    (scenario, target)
}

fn tip(objects: &GitObjects, head: Oid, target: Oid, options: &Options) -> Tip {
    let tree = |id| objects.commit(id).expect("readable").tree;
    let base = objects.merge_bases(head, &[target]).expect("readable").first().copied();
    let changes = changes(objects, tree(base.expect("readable")), tree(head), options).expect("readable");
    Tip {
        head: Some(head),
        work_head: Some(head),
        base,
        ahead: 1,
        behind: 0,
        contained: false,
        merged: None,
        idle: false,
        untouched: false,
        tree: tree(head),
        work_tree: tree(head),
        committed: changes.clone(),
        changes,
        uncommitted: Uncommitted::default(),
        inside: Vec::new(),
        under_way: None,
        unmerged: Vec::new(),
        was_at: None,
        notes: Vec::new(),
    }
}

/// The commit that merging makes.
fn merge_commit(repository: &git2::Repository, tree: Oid, parents: [Oid; 2]) -> Oid {
    let who = git2::Signature::new("a", "a", &git2::Time::new(1_700_001_000, 0)).expect("readable");
    let parents = parents.map(|id| repository.find_commit(to_git(id)).expect("readable"));
    let tree = repository.find_tree(to_git(tree)).expect("readable");
    from_git(repository.commit(None, &who, &who, "", &tree, &[&parents[0], &parents[1]]).expect("readable"))
}

/// Unmerged paths that come up only with the other one merged before; `None` where git fails, or
/// the first cannot be merged by itself.
fn because(
    first: &Option<Answer>,
    after: &Option<Answer>,
    alone: &Option<Answer>,
) -> Option<(bool, BTreeSet<RepoPath>)> {
    let (first, after, alone) = (first.as_ref()?, after.as_ref()?, alone.as_ref()?);
    if !first.clean || !alone.clean {
        return None;
    }
    Some((!after.clean, after.unmerged.iter().map(|one| one.path.clone()).collect()))
}

#[test]
fn a_pair_conflicts_when_merging_both_one_after_the_other_stops() {
    let sets: u64 = std::env::var("TRACK_WORK_CASES").ok().and_then(|sets| sets.parse().ok()).unwrap_or(SETS);
    let first_seed: u64 =
        std::env::var("TRACK_WORK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let laboratory = Laboratory::new();
    let (scenarios, targets): (Vec<Scenario>, Vec<usize>) =
        (first_seed..first_seed + sets).map(branches).unzip();
    let ids = laboratory.import(&scenarios);
    let repository = git2::Repository::open(laboratory.path()).expect("readable");

    // all first merges in one go, then all second ones
    let firsts: Vec<(Oid, Oid)> = ids
        .iter()
        .zip(&targets)
        .flat_map(|(ids, &target)| ids[target + 1..].iter().map(move |&branch| (ids[target], branch)))
        .collect();
    let alone = laboratory.ask(&[], &[], &firsts);
    let mut seconds = Vec::new();
    let mut pairs = Vec::new();
    let mut begin = 0;
    for (set, ids) in ids.iter().enumerate() {
        let (target, branches) = (ids[targets[set]], &ids[targets[set] + 1..]);
        let merged: Vec<Option<Oid>> = branches
            .iter()
            .zip(&alone[begin..])
            .map(|(&branch, answer)| {
                let answer = answer.as_ref().filter(|answer| answer.clean)?;
                Some(merge_commit(&repository, answer.tree, [target, branch]))
            })
            .collect();
        for a in 0..branches.len() {
            for b in a + 1..branches.len() {
                if let (Some(after_a), Some(after_b)) = (merged[a], merged[b]) {
                    pairs.push((set, begin, a, b));
                    seconds.extend([(after_a, branches[b]), (after_b, branches[a])]);
                }
            }
        }
        begin += branches.len();
    }
    let after = laboratory.ask(&[], &[], &seconds);

    let options = Options::default();
    let objects = GitObjects::open(&laboratory.path()).expect("readable");
    let (mut conflicts, mut disjoint, mut wrong) = (0, 0, Vec::new());
    for ((set, begin, a, b), after) in pairs.iter().copied().zip(after.chunks(2)) {
        let (target, branches) = (ids[set][targets[set]], &ids[set][targets[set] + 1..]);
        let judge = Judge::new(&objects, &objects, Some(target), &options);
        let tips = [a, b].map(|at| tip(&objects, branches[at], target, &options));
        let said = judge.pair(&tips[0], &tips[1]);
        let (one, other) = (&alone[begin + a], &alone[begin + b]);
        let (Some(second), Some(first)) = (because(one, &after[0], other), because(other, &after[1], one))
        else {
            continue;
        };
        let stops = second.0 || first.0;
        conflicts += usize::from(stops);
        disjoint += usize::from(said.verdict == Verdict::Disjoint);
        let paths: BTreeSet<RepoPath> = said.conflicts.iter().map(|conflict| conflict.path.clone()).collect();
        let told = |path: &RepoPath| path.as_bytes().contains(&b'~') || paths.contains(path);
        let all_told = second.1.iter().chain(&first.1).all(told);
        if (said.verdict == Verdict::Conflict) != stops || (stops && !all_told) {
            let seed = first_seed + set as u64;
            wrong.push(format!(
                "seed {seed} c{} c{}: says {:?} {paths:?}, git {second:?} {first:?}\n{}",
                targets[set] + 1 + a,
                targets[set] + 1 + b,
                said.verdict,
                scenarios[set],
            ));
        }
    }
    assert!(conflicts > 0 && disjoint > 0);
    assert!(
        wrong.is_empty(),
        "{} of {} pairs: {:#?}",
        wrong.len(),
        pairs.len(),
        &wrong[..wrong.len().min(10)]
    );
}

#[test]
fn a_pair_that_is_not_possible_is_disjoint() {
    let laboratory = Laboratory::new();
    let (scenarios, targets): (Vec<Scenario>, Vec<usize>) = seeds(SETS).map(branches).unzip();
    let ids = laboratory.import(&scenarios);
    let options = Options::default();
    let objects = GitObjects::open(&laboratory.path()).expect("readable");
    let (mut left_out, mut possible) = (0, 0);
    for (set, ids) in ids.iter().enumerate() {
        let (target, branches) = (ids[targets[set]], &ids[targets[set] + 1..]);
        let judge = Judge::new(&objects, &objects, Some(target), &options);
        let tips: Vec<Tip> = branches.iter().map(|id| tip(&objects, *id, target, &options)).collect();
        let pairs = judge.possible_pairs(&tips.iter().collect::<Vec<_>>());
        assert!(pairs.is_sorted_by(|one, next| one < next), "{pairs:?}");
        possible += pairs.len();
        for a in 0..tips.len() {
            for b in (a + 1..tips.len()).filter(|b| !pairs.contains(&[a, *b])) {
                left_out += 1;
                let judged = judge.pair(&tips[a], &tips[b]);
                assert_eq!(judged, PairJudgement::disjoint(), "{a} and {b} of\n{}", scenarios[set]);
            }
        }
    }
    println!("{possible} possible, {left_out} not");
    assert!(possible > 0 && left_out > 0);
}
