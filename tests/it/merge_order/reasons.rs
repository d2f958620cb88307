//! What is said of a position: those that are named matter to the cost, and the others do not.

use serde_json::Value;

use super::sets::{Price, Set, cost, seeds};
use crate::cli::program::numbered;
use crate::support::Sandbox;

/// Names that follow a word in a reason: of `before t1 and t2: after them, ...`, with `before`, `t1` and `t2`.
fn named<'r>(reason: &'r str, word: &str, other: &str) -> Vec<&'r str> {
    let mut named = Vec::new();
    for part in reason.split("; ") {
        let names = part.strip_prefix(word).and_then(|rest| rest.split_once(": "));
        let Some((names, price)) = names.filter(|(_, price)| price.starts_with(other)) else { continue };
        assert!(price.contains(" more "), "{reason}");
        named.extend(names.trim().split(" and "));
    }
    named
}

/// The cost of the whole order at each position that is allowed.
fn positions(explanation: &Value) -> Vec<(u64, Price)> {
    let all = explanation["positions"].as_array().unwrap().iter();
    all.map(|one| (one["position"].as_u64().unwrap(), cost(&one["cost"]))).collect()
}

#[test]
fn who_is_named_matters_to_the_cost() {
    let (mut told, mut silent) = (0, 0);
    for seed in seeds(3) {
        for set in [Set::new(seed, 6), Set::at_one_list_that_moved(seed)] {
            let order = set.order(&[]);
            let steps = order["steps"].as_array().unwrap();
            let names: Vec<&str> = steps.iter().map(|step| step["terminal"].as_str().unwrap()).collect();
            for (at, step) in steps.iter().enumerate() {
                let said = set.order(&["--explain", names[at]]);
                let explanation = &said["explanation"];
                let others: Vec<&str> = names.iter().filter(|name| **name != names[at]).copied().collect();
                let costs = positions(explanation);
                let differs = |place: usize| {
                    let at = |position: usize| {
                        costs.iter().find(|(known, _)| *known == position as u64).map(|(_, cost)| *cost)
                    };
                    at(place + 1).zip(at(place + 2)).is_some_and(|(before, behind)| before != behind)
                };
                let matter: Vec<&str> = others
                    .iter()
                    .enumerate()
                    .filter(|(place, _)| differs(*place))
                    .map(|(_, name)| *name)
                    .collect();
                // of others, the whole may cost the same where another merge stops instead
                let meets: Vec<&str> = explanation["meets"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|name| name.as_str().unwrap())
                    .collect();
                for name in &matter {
                    assert!(meets.contains(name), "seed {seed}: {name}: {explanation:#}");
                }
                let reason = step["reason"].as_str().unwrap();
                let who = [named(reason, "before", "after"), named(reason, "after", "before")].concat();
                for name in &who {
                    assert!(meets.contains(name), "seed {seed}: {}: {reason}\n{explanation:#}", names[at]);
                }
                told += who.len();
                silent += usize::from(meets.is_empty());
            }
        }
    }
    assert!(told > 0 && silent > 0, "{told} named, {silent} without any");
}

#[test]
fn who_can_be_passed_for_nothing_is_not_named() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &numbered(60, &[]))]);
    let branch = |name: &str, lines: &[(usize, &str)]| {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        repo.commit(name, &[("f", &numbered(60, lines))]);
        repo.git(&["checkout", "-q", "main"]);
    };
    // b and c add the same line as a; d conflicts with two of the others together
    branch("a", &[(5, "same"), (30, "a")]);
    branch("b", &[(5, "same")]);
    branch("c", &[(30, "c")]);
    let said = repo.tw(&["merge-order", "--explain", "b"]).exits(1);
    said.says("Its position does not change what any merge costs.").says_not("depends on its position");
}

#[test]
fn a_reason_claims_no_more_than_was_found() {
    let (mut unproven, mut by_name) = (0, 0);
    for seed in seeds(4) {
        for (set, args) in [
            (Set::new(seed, 20), &["--time", "0.001"][..]),
            (Set::at_one_list_that_moved(seed), &[][..]),
            (Set::new(seed, 7), &[][..]),
        ] {
            let order = set.order(args);
            let steps = order["steps"].as_array().unwrap();
            let names: Vec<&str> = steps.iter().map(|step| step["terminal"].as_str().unwrap()).collect();
            for (at, step) in steps.iter().enumerate() {
                let reason = step["reason"].as_str().unwrap();
                let claim = match order["optimal"].as_bool().unwrap() {
                    true => "no cheaper position was found",
                    false => "no other position is cheaper",
                };
                assert!(!reason.contains(claim), "seed {seed}: {}: {reason}", names[at]);
                unproven += usize::from(reason.contains("no cheaper position was found"));
                if !reason.contains("ordered by name") || !args.is_empty() {
                    continue;
                }
                by_name += 1;
                let said = set.order(&["--explain", names[at]]);
                for other in said["explanation"]["meets"].as_array().unwrap() {
                    let place = names.iter().position(|name| other == *name).unwrap();
                    let number =
                        |at: usize| names[at].trim_start_matches(|c: char| !c.is_numeric()).parse::<u32>();
                    let is_before = number(place).unwrap() < number(at).unwrap();
                    assert_eq!(is_before, place < at, "seed {seed}: {}: {reason}", names[at]);
                }
            }
        }
    }
    assert!(unproven > 0 && by_name > 0, "{unproven} unproven, {by_name} by name");
}
