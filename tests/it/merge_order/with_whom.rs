//! Whom a step is said to conflict with: the target by itself, others that were merged before, or both, as
//! git finds it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::real_merges::{clone_of, run, settle, text};
use super::sets::{Set, seeds};
use crate::cli::program::numbered;
use crate::support::Sandbox;

/// What stands between the markers of each unmerged file, when a branch is merged into a commit.
fn regions(clone: &Path, into: &str, branch: &str) -> BTreeMap<String, BTreeSet<String>> {
    let merged = ["-c", "core.quotePath=false", "merge-tree", "--write-tree", into, branch];
    let merged = text(&run(clone, &merged));
    let mut lines = merged.lines();
    let tree = lines.next().unwrap_or_default();
    let mut found = BTreeMap::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        let path = line.split_once('\t').unwrap().1;
        let file = text(&run(clone, &["cat-file", "blob", &format!("{tree}:{path}")]));
        let marked = file.split("<<<<<<< ").skip(1);
        let between = |part: &str| {
            let end = part.find(">>>>>>> ").unwrap_or(part.len());
            part[..end].split_once('\n').map_or(String::new(), |(_, lines)| lines.to_string())
        };
        found.insert(path.to_string(), marked.map(between).collect());
    }
    found
}

fn names<'v>(conflict: &'v Value, key: &str) -> Vec<&'v str> {
    conflict[key].as_array().into_iter().flatten().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn a_conflict_with_the_target_to_which_an_earlier_step_adds_is_with_both() {
    let sandbox = Sandbox::new();
    let plain = numbered(40, &[]);
    let repo = sandbox.repo("repo", &[("f", &plain), ("g", &plain)]);
    let branch = |name: &str, f: &str, g: &str| {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        repo.commit(name, &[("f", f), ("g", g)]);
        repo.git(&["checkout", "-q", "main"]);
    };
    branch("a", &numbered(40, &[(5, "a"), (30, "a")]), &numbered(40, &[(20, "a")]));
    branch("b", &numbered(40, &[(30, "b")]), &numbered(40, &[(20, "b")]));
    repo.commit("main goes on", &[("f", &numbered(40, &[(5, "main")]))]);
    let said = repo.tw(&["merge-order", "--format", "json", "--after", "a=b", "--verify"]).exits(1).json();
    let step = &said["steps"][1];
    let told = |at: usize| {
        let conflict = &step["conflicts"][at];
        format!("{} {} {} {}", conflict["path"], conflict["lines"], conflict["target"], conflict["with"])
    };
    assert_eq!(step["cost"]["hunks"], 3, "{said:#}");
    assert_eq!(told(0), r#""f" [[5,5],[30,30]] true ["b"]"#, "{said:#}");
    assert_eq!(told(1), r#""g" [[20,20]] false ["b"]"#, "{said:#}");
    let said = repo.tw(&["merge-order", "-v", "--after", "a=b"]).exits(1);
    said.says("f content, lines 5, 30, with the target and b").says("g content, line 20, with b");
    let first = repo.tw(&["merge-order", "-v", "--after", "b=a"]).exits(1);
    first.says("f content, line 5, with the target").says("a conflicts with the target by itself");
}

#[test]
fn git_meets_whom_each_conflict_is_said_to_be_with() {
    let (mut both, mut others, mut wrong) = (0, 0, Vec::new());
    for seed in seeds(12) {
        let set = Set::at_one_list_that_moved(seed);
        let said = set.order(&["--verify"]);
        assert_eq!(said["verified"], true, "seed {seed}");
        let folder = tempfile::tempdir().unwrap();
        let clone = clone_of(&set, folder.path());
        let id = |name: &str| set.branches[set.branch(name)].to_string();
        let target = set.target.to_string();
        let after = |name: &str| {
            run(&clone, &["reset", "-q", "--hard", &target]);
            settle(&clone, &id(name));
            text(&run(&clone, &["rev-parse", "HEAD"]))
        };
        let steps = said["steps"].as_array().unwrap();
        let mut now = target.clone();
        for (at, step) in steps.iter().enumerate() {
            let branch = id(step["terminal"].as_str().unwrap());
            let (alone, here) = (regions(&clone, &target, &branch), regions(&clone, &now, &branch));
            for conflict in step["conflicts"].as_array().unwrap() {
                // what is moved aside is called by the branch, and here git is given the commit
                let path = conflict["path"].as_str().unwrap();
                let aside = format!("~{}", step["branch"].as_str().unwrap_or_default());
                let path = &*path.replace(&aside, &format!("~{branch}"));
                let is_quoted = path.contains('"');
                if conflict["kind"] != "content" || conflict["with"].is_null() || is_quoted {
                    continue;
                }
                let mut faults = Vec::new();
                // with others, the same file may be in conflict under another of its names
                let paths: Vec<&str> = names(conflict, "also").into_iter().chain([path]).collect();
                let of = |found: &BTreeMap<String, BTreeSet<String>>| -> BTreeSet<String> {
                    paths.iter().filter_map(|path| found.get(*path)).flatten().cloned().collect()
                };
                let by_target = paths.iter().any(|path| alone.contains_key(*path));
                if by_target != (conflict["target"] == true) && of(&alone) == of(&here) {
                    faults.push(format!("the target: {by_target}"));
                }
                let with = names(conflict, "with");
                if with.is_empty() && !of(&here).is_subset(&of(&alone)) {
                    faults.push("not the target alone".to_string());
                }
                for earlier in steps[..at].iter().filter(|_| conflict["together"] == false) {
                    let name = earlier["terminal"].as_str().unwrap();
                    let there = of(&regions(&clone, &after(name), &branch));
                    let adds = !there.is_subset(&of(&alone));
                    if with.contains(&name) && !adds || !by_target && adds && !with.contains(&name) {
                        faults.push(format!("{name}: {adds}"));
                    }
                }
                both += usize::from(conflict["target"] == true && !with.is_empty());
                others += usize::from(conflict["target"] == false);
                if !faults.is_empty() {
                    wrong.push(format!(
                        "seed {seed} step {}: {faults:?} of {conflict}\n{}",
                        at + 1,
                        set.scenario
                    ));
                }
            }
            run(&clone, &["reset", "-q", "--hard", &now]);
            settle(&clone, &branch);
            now = text(&run(&clone, &["rev-parse", "HEAD"]));
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
    assert!(both > 0 && others > 0, "{both} with the target and others, {others} with others alone");
}
