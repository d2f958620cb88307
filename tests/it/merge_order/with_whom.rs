//! Whom a step is said to conflict with: the target by itself, others that were merged before, or both, as
//! git finds it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::real_merges::{clone_of, run, settle, text};
use super::sets::{Set, seeds};
use crate::cli::program::numbered;
use crate::happenings;
use crate::support::Sandbox;

/// What stands between the markers of each unmerged file, when a branch is merged into a commit.
fn regions(clone: &Path, into: &str, branch: &str) -> BTreeMap<String, BTreeSet<String>> {
    // the attributes are those of where it is merged
    let attributes = format!("--attr-source={into}");
    let merged = [&attributes, "-c", "core.quotePath=false", "merge-tree", "--write-tree", into, branch];
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
    git_meets(Set::at_one_list_that_moved);
}

#[test]
fn git_meets_whom_each_conflict_is_said_to_be_with_where_branches_take_others_in() {
    git_meets(Set::at_one_list_with_merges);
}

#[test]
fn git_meets_whom_each_conflict_is_said_to_be_with_whatever_happened() {
    git_meets(|seed| Set::at_one_list_that_moved(seed).whatever_happens());
}

fn git_meets(made: fn(u64) -> Set) {
    let (mut both, mut others, mut wrong) = (0, 0, Vec::new());
    for seed in seeds(12) {
        let set = made(seed);
        let said = set.order(&["--verify"]);
        assert_eq!(said["verified"], true, "seed {seed}");
        let folder = tempfile::tempdir().unwrap();
        let clone = clone_of(&set, folder.path());
        let id = |name: &str| set.branches[set.branch(name)].to_string();
        let target = set.target.to_string();
        let is_sound = std::cell::Cell::new(true);
        let after = |names: &[&str]| {
            run(&clone, &["reset", "-q", "--hard", &target]);
            for name in names {
                is_sound.set(is_sound.get() && settle(&clone, &id(name)));
            }
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
                    let there = of(&regions(&clone, &after(&[name]), &branch));
                    let adds = !there.is_subset(&of(&alone));
                    if by_target && !with.contains(&name) || adds == with.contains(&name) {
                        continue;
                    }
                    // whoever adds nothing alone has a part where less conflicts without it; whoever adds something to the
                    // file under another name is named where the conflict is gone without it, and need not be otherwise
                    let others: Vec<&str> =
                        steps[..at].iter().map(|one| one["terminal"].as_str().unwrap()).collect();
                    let without = after(&others.into_iter().filter(|one| *one != name).collect::<Vec<_>>());
                    let has_part = !of(&here).is_subset(&of(&regions(&clone, &without, &branch)));
                    let at_path = |found: &BTreeMap<String, BTreeSet<String>>| {
                        found.get(path).cloned().unwrap_or_default()
                    };
                    let adds_here =
                        !at_path(&regions(&clone, &after(&[name]), &branch)).is_subset(&at_path(&alone));
                    let is_named = with.contains(&name);
                    if is_named && !has_part || !is_named && adds_here {
                        faults.push(format!("{name}: {adds}, has a part: {has_part}"));
                    }
                }
                both += usize::from(conflict["target"] == true && !with.is_empty());
                others += usize::from(conflict["target"] == false);
                if !faults.is_empty() && is_sound.get() {
                    wrong.push(format!(
                        "seed {seed} step {}: {faults:?} of {conflict}\n{}\n{:#?}",
                        at + 1,
                        set.scenario,
                        set.account
                    ));
                }
            }
            // git itself may end in the middle, and then says nothing
            if !is_sound.get() {
                break;
            }
            run(&clone, &["reset", "-q", "--hard", &now]);
            if !settle(&clone, &branch) {
                break;
            }
            now = text(&run(&clone, &["rev-parse", "HEAD"]));
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
    let few = seeds(12).count() < 12;
    assert!(few || both > 0 && others > 0, "{both} with the target and others, {others} with others alone");
}

#[test]
fn whoever_has_no_part_in_a_conflict_is_not_named() {
    let sandbox = Sandbox::new();
    let all: Vec<String> = (0..60).map(|at| format!("line number {at} of the file\n")).collect();
    let text = |from: usize, to: usize| all[from..to].concat();
    let repo = sandbox.repo("repo", &[("big", &text(0, 60))]);
    let branch = |name: &str, gone: bool, files: &[(&str, String)]| {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        if gone {
            repo.remove("big");
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        repo.commit(name, &files);
        repo.git(&["checkout", "-q", "main"]);
    };
    branch("s1", true, &[("renamed", text(0, 60).replace("number 9 ", "number nine "))]);
    branch("s2", true, &[("p1", text(0, 30)), ("p2", text(30, 60))]);
    branch("s3", false, &[("p1", text(0, 40)), ("big", text(40, 60))]);
    for (after, order) in [("s3=s1", "s2=s3"), ("s1=s3", "s2=s1")] {
        let args = ["merge-order", "--format", "json", "--after", after, "--after", order];
        let said = repo.tw(&args).exits(1).json();
        let conflicts = said["steps"][2]["conflicts"].as_array().unwrap();
        let p1 = conflicts.iter().find(|one| one["path"] == "p1").unwrap();
        assert_eq!(names(p1, "with"), ["s3"], "{said:#}");
    }
}

/// The unmerged paths of merging a branch into a commit.
fn unmerged(clone: &Path, into: &str, branch: &str) -> BTreeSet<String> {
    let attributes = format!("--attr-source={into}");
    let args = [
        &attributes,
        "-c",
        "core.quotePath=false",
        "merge-tree",
        "--write-tree",
        "--name-only",
        "--no-messages",
        into,
        branch,
    ];
    text(&run(clone, &args)).lines().skip(1).map(str::to_string).collect()
}

#[test]
fn whoever_is_named_has_a_part_in_it_where_files_are_split_and_moved() {
    use crate::support::Whims;
    let mut seen = 0;
    for seed in seeds(20) {
        let mut whims = Whims(seed);
        let sandbox = Sandbox::new();
        let all: Vec<String> = (0..60).map(|at| format!("line number {at} of the file\n")).collect();
        let repo = sandbox.repo("repo", &[("big", &all.concat()), ("other", "other\n")]);
        for name in ["s1", "s2", "s3", "s4"] {
            repo.git(&["checkout", "-q", "-b", name, "main"]);
            let mut own = all.clone();
            own[whims.below(3) * 20] = format!("of {name}\n");
            let cut = 20 + 10 * whims.below(3);
            match whims.below(5) {
                0 => repo.write("big", own.concat()),
                1 => {
                    repo.remove("big");
                    repo.write(whims.pick(&["moved", "renamed", "p1"]), own.concat());
                }
                2 => {
                    repo.remove("big");
                    repo.write("p1", own[..cut].concat());
                    repo.write("p2", own[cut..].concat());
                }
                3 => {
                    repo.write("p1", own[..cut].concat());
                    repo.write("big", own[cut..].concat());
                }
                _ => repo.write(whims.pick(&["p1", "p2", "other"]), format!("{name}\n")),
            }
            repo.git(&["add", "--all"]);
            repo.git(&["commit", "-q", "-m", name]);
            repo.git(&["checkout", "-q", "main"]);
        }
        let mut account = Vec::new();
        if seed % 2 == 1 {
            let all = ["s1", "s2", "s3", "s4"].map(str::to_string);
            let (times, files) = (1 + whims.below(5), ["big", "other", "p1"]);
            account = happenings::of_branches(&repo, &all, &files, times, &mut |sides| whims.below(sides));
        }
        let said = repo.tw(&["merge-order", "--format", "json"]).json();
        let steps = said["steps"].as_array().unwrap();
        let main = repo.git(&["rev-parse", "main"]);
        for (at, step) in steps.iter().enumerate() {
            let own = step["terminal"].as_str().unwrap();
            let earlier: Vec<&str> =
                steps[..at].iter().map(|one| one["terminal"].as_str().unwrap()).collect();
            for conflict in step["conflicts"].as_array().unwrap() {
                let path = conflict["path"].as_str().unwrap();
                let named = names(conflict, "with");
                if conflict["together"] == true || conflict["target"] == true || named.is_empty() {
                    continue;
                }
                let alone = |one: &&&str| {
                    let merged = repo.try_git(&["merge-tree", "--write-tree", &main, one]);
                    // what stops by itself is settled by somebody before the next one
                    if !merged.status.success() {
                        return false;
                    }
                    let merged = String::from_utf8(merged.stdout).unwrap();
                    let commit =
                        repo.git(&["commit-tree", "-p", &main, "-p", one, "-m", "merged", merged.trim()]);
                    // of lines, whoever deleted the file has no part in it
                    match conflict["kind"] == "content" {
                        true => regions(&repo.top, commit.trim(), own)
                            .get(path)
                            .is_some_and(|found| !found.is_empty()),
                        false => unmerged(&repo.top, commit.trim(), own).contains(path),
                    }
                };
                let has_part: Vec<&str> = earlier.iter().filter(alone).copied().collect();
                seen += 1;
                if has_part.is_empty() {
                    continue;
                }
                let missing = has_part.iter().find(|one| !named.contains(one));
                assert_eq!(
                    missing, None,
                    "seed {seed} {own} {path} {has_part:?}: {conflict:#}\n{account:#?}"
                );
            }
        }
    }
    assert!(seen > 0);
}
