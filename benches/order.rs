//! What it costs to prove a merge order, and what the usual orders would have cost instead.
//!
//! `cargo bench --bench order -- REPOSITORY…`; see README.md beside this file.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::best;

fn main() {
    let repositories: Vec<PathBuf> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).map(PathBuf::from).collect();
    if repositories.is_empty() {
        println!("order: pass repositories with branches: cargo bench --bench order -- REPOSITORY...");
    }
    let mut sums: Vec<(String, u64, u64)> = Vec::new();
    for repository in &repositories {
        let order = merge_order(repository, &["--verify"]);
        let cost = best(|| drop(merge_order(repository, &[])));
        let steps = order["steps"].as_array().unwrap().len();
        let proven = if order["optimal"] == true { "proven" } else { "not proven" };
        println!("{}: {steps} merges, {}, {proven}, {cost}", repository.display(), priced(&order["cost"]));
        assert_eq!(order["verified"], true);
        add(&mut sums, "found", &order["cost"]);
        for baseline in order["baselines"].as_array().unwrap() {
            let real = forced(repository, baseline);
            assert!(numbers(&real) >= numbers(&order["cost"]), "{baseline} is cheaper");
            assert_eq!(real, baseline["cost"], "{baseline} costs something else");
            add(&mut sums, baseline["name"].as_str().unwrap(), &real);
        }
    }
    println!("total conflicting merges and hunks:");
    for (name, conflicts, hunks) in sums {
        println!("  {name:12}  {conflicts:4}  {hunks:4}");
    }
}

fn merge_order(repository: &Path, args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_track-work"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["merge-order", "--format", "json", "--fail-on", "never"])
        .args(args)
        .current_dir(repository)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What this order costs when it is the only one that is allowed, each step merged.
fn forced(repository: &Path, baseline: &Value) -> Value {
    let order: Vec<&str> =
        baseline["order"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    let waits: Vec<String> = order.windows(2).map(|two| format!("--after={}={}", two[1], two[0])).collect();
    let waits: Vec<&str> = waits.iter().map(String::as_str).collect();
    merge_order(repository, &waits)["cost"].take()
}

fn numbers(cost: &Value) -> (u64, u64) {
    (cost["conflicts"].as_u64().unwrap(), cost["hunks"].as_u64().unwrap())
}

fn priced(cost: &Value) -> String {
    let (conflicts, hunks) = numbers(cost);
    format!("{conflicts} conflicts ({hunks} hunks)")
}

fn add(sums: &mut Vec<(String, u64, u64)>, name: &str, cost: &Value) {
    let (conflicts, hunks) = numbers(cost);
    match sums.iter_mut().find(|(known, ..)| known == name) {
        Some(sum) => (sum.1, sum.2) = (sum.1 + conflicts, sum.2 + hunks),
        None => sums.push((name.to_string(), conflicts, hunks)),
    }
}
