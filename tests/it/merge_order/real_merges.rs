//! Every step does what was predicted, when git makes the merges for real: up to the first conflict
//! as they are, and beyond it with the resolution that the plan states.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use track_work::model::RepoPath;

use super::sets::{Set, seeds};
use crate::cli::program::lines;
use crate::merge_engine::oracle::git;
use crate::support::Sandbox;

/// Runs git in a clone.
pub fn run(clone: &Path, args: &[&str]) -> Output {
    let mut command = git(clone);
    command.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "merge.verbosity=0"]);
    command.env("GIT_COMMITTER_DATE", "1800000000 +0000").env("GIT_AUTHOR_DATE", "1800000000 +0000");
    command.args(args).output().unwrap()
}

pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_string()
}

/// Unmerged paths with their stages.
fn unmerged(clone: &Path) -> Vec<(char, String)> {
    let listed = text(&run(clone, &["ls-files", "-u", "-z"]));
    let entries = listed.split('\0').filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let (facts, path) = entry.split_once('\t').unwrap();
            (facts.chars().last().unwrap(), path.to_string())
        })
        .collect()
}

/// Settles what stopped in favour of the branch that is merged; whether git could: it may itself end in the middle.
pub fn settle(clone: &Path, branch: &str) -> bool {
    // then its lock is left behind
    let lock = clone.join(".git/index.lock");
    if lock.exists() {
        std::fs::remove_file(lock).unwrap();
    }
    // git does not always manage to abort
    let reset = run(clone, &["reset", "-q", "--hard"]);
    assert!(reset.status.success(), "{reset:?}");
    assert!(run(clone, &["clean", "-q", "-f", "-d", "-x"]).status.success());
    let again = run(
        clone,
        &["merge", "--no-ff", "-q", "-m", "x", "-X", "theirs", "--allow-unrelated-histories", branch],
    );
    if again.status.success() {
        return true;
    }
    if again.status.code().is_none() || String::from_utf8_lossy(&again.stderr).starts_with("BUG: ") {
        return false;
    }
    let unmerged = unmerged(clone);
    let paths: BTreeSet<&String> = unmerged.iter().map(|(_, path)| path).collect();
    for path in paths {
        let theirs = unmerged.contains(&('3', path.clone()));
        let done = match theirs {
            true => {
                run(clone, &["checkout", "-q", "--theirs", "--", path]);
                run(clone, &["add", "-f", "--", path])
            }
            false => run(clone, &["rm", "-q", "-f", "--cached", "--", path]),
        };
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let tree = text(&run(clone, &["write-tree"]));
    let commit = text(&run(clone, &["commit-tree", "-p", "HEAD", "-p", branch, "-m", "x", &tree]));
    run(clone, &["reset", "-q", "--hard", &commit]);
    run(clone, &["clean", "-q", "-f", "-d", "-x"]);
    true
}

/// A clone of a set, with the target checked out.
pub fn clone_of(set: &Set, folder: &Path) -> PathBuf {
    let clone = folder.join("clone");
    let cloned = git(folder).args(["clone", "-q"]).arg(set.laboratory.path()).arg(&clone).output().unwrap();
    assert!(cloned.status.success());
    clone
}

/// A folder of one is where the other has moved a file that both edit, at other lines or at the same one.
#[test]
fn what_is_moved_aside_is_settled_with_the_content_that_it_was_merged_to() {
    for line in [15, 5] {
        for names in [["one", "two"], ["two", "one"]] {
            let sandbox = Sandbox::new();
            let repo = sandbox.repo("main", &[("a/b", &lines(&[])), ("c", "c\n")]);
            let [one, two] = ["one", "two"].map(|name| repo.worktree(name));
            one.commit("work", &[("a/b", &lines(&[(5, "one")])), ("b/x", "x\n")]);
            two.git(&["mv", "a/b", "b"]);
            two.commit("work", &[("b", &lines(&[(line, "two")]))]);
            let after = format!("{}={}", names[1], names[0]);
            let order = repo.tw(&["merge-order", "--format", "json", "--after", &after]).json();
            let clone = sandbox.path("clone");
            repo.git(&["clone", "-q", ".", clone.to_str().unwrap()]);
            for (name, step) in names.iter().zip(order["steps"].as_array().unwrap()) {
                assert_eq!(step["branch"], *name, "{order:#}");
                run(&clone, &["branch", "-q", name, &repo.git(&["rev-parse", name])]);
                if !run(&clone, &["merge", "--no-ff", "-q", "-m", "x", name]).status.success() {
                    assert!(settle(&clone, name));
                }
                let tree = text(&run(&clone, &["rev-parse", "HEAD^{tree}"]));
                assert_eq!(step["tree"], tree, "{line} {name}: {step:#}");
            }
        }
    }
}

#[test]
fn git_does_at_every_step_what_was_predicted() {
    let (mut steps, mut stopped, mut wrong) = (0, 0, Vec::new());
    for seed in seeds(20) {
        let set = Set::new(seed, 6);
        let said = set.order(&["--verify"]);
        assert_eq!(said["verified"], true, "seed {seed}");
        let folder = tempfile::tempdir().unwrap();
        let clone = clone_of(&set, folder.path());
        for (at, step) in said["steps"].as_array().unwrap().iter().enumerate() {
            let name = step["terminal"].as_str().unwrap();
            let branch = set.branches[set.branch(name)].to_string();
            // git calls by it what it moves aside
            run(&clone, &["branch", "-q", name, &branch]);
            let merged =
                run(&clone, &["merge", "--no-ff", "-q", "-m", "x", "--allow-unrelated-histories", name]);
            if String::from_utf8_lossy(&merged.stderr).starts_with("BUG: ") {
                break; // git itself ends in the middle
            }
            let clean = merged.status.success();
            let stopping: BTreeSet<RepoPath> =
                unmerged(&clone).into_iter().map(|(_, path)| RepoPath::from(path.as_str())).collect();
            if !clean {
                if !settle(&clone, name) {
                    break;
                }
                stopped += 1;
            }
            steps += 1;
            let tree = text(&run(&clone, &["rev-parse", "HEAD^{tree}"]));
            let conflicts = step["conflicts"].as_array().unwrap();
            // what is wrong with the rename of a folder may leave no unmerged path of its own
            let path = |one: &serde_json::Value| RepoPath::from_text(one["path"].as_str().unwrap());
            let of_folder =
                |one: &serde_json::Value| one["kind"].as_str().unwrap().starts_with("directory rename");
            let named = conflicts.iter().filter(|one| !of_folder(one) || stopping.contains(&path(one)));
            let told: BTreeSet<RepoPath> = named.map(path).collect();
            let expected = if clean { "clean" } else { "conflict" };
            let all_told = told == stopping;
            if step["prediction"] != expected || step["tree"] != tree || !all_told {
                wrong.push(format!(
                    "seed {seed} step {}: {name} is {} with {told:?}, git: {expected} {stopping:?} {}; tree {} and {tree}\n{}",
                    at + 1, step["prediction"], String::from_utf8_lossy(&merged.stderr), step["tree"], set.scenario
                ));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
    assert!(stopped > 0 && steps > stopped, "{stopped} of {steps}");
}
