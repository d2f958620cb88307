//! Replace refs, grafts and shallow boundaries: `git merge-tree` is the oracle. `TRACK_WORK_CASES=300` tries
//! more, `TRACK_WORK_SEED=17` one of them again.

use std::fs;

use serde_json::Value;

use crate::cli::program::{lines, said};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// What git's merge of two commits ends with: whether it is clean, and the tree.
fn merged(repo: &Repo<'_>, variables: &[(&str, &str)], pair: [&str; 2]) -> (Option<i32>, String) {
    let mut command = repo.sandbox.command(&repo.top);
    command.envs(variables.iter().copied());
    let output = command.args(["merge-tree", "--write-tree", "--no-messages"]).args(pair).output().unwrap();
    let tree = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_string();
    (output.status.code(), tree)
}

/// What `compare` says of it.
fn compared(repo: &Repo<'_>, variables: &[(&str, &str)], pair: [&str; 2]) -> Value {
    let mut command = repo.program(&["compare", pair[0], pair[1], "--format", "json"]);
    let said = said(command.envs(variables.iter().copied()));
    serde_json::from_str(&said.stdout).unwrap_or_default()
}

#[track_caller]
fn agree(repo: &Repo<'_>, variables: &[(&str, &str)], pair: [&str; 2]) -> bool {
    let (status, tree) = merged(repo, variables, pair);
    let answer = compared(repo, variables, pair);
    match status {
        // the target is replaced by itself
        Some(0) if answer.is_null() && !repo.try_git(&["log", "-1", "main"]).status.success() => {}
        // git merges, but cannot check the outcome out, or sum it up
        Some(0) if answer["clean"].is_null() && carried_out(repo, pair) != Some(true) => {}
        Some(0) => {
            assert_eq!(answer["clean"], true, "{variables:?} {pair:?}: {answer:#}");
            assert_eq!(answer["tree"], *tree, "{variables:?} {pair:?}: {answer:#}");
        }
        // it finds a conflict, but cannot even check one of them out
        Some(1) if answer["clean"].is_null() && carried_out(repo, pair).is_none() => {}
        Some(1) => assert_eq!(answer["clean"], false, "{variables:?} {pair:?}: {answer:#}"),
        _ => assert!(answer["clean"] != true, "{variables:?} {pair:?}: {answer:#}"),
    }
    status == Some(0)
}

/// Whether git merges one into a checkout of the other; `None` where it cannot check that out.
fn carried_out(repo: &Repo<'_>, [ours, theirs]: [&str; 2]) -> Option<bool> {
    let place = Repo { sandbox: repo.sandbox, top: repo.sandbox.path("carried-out") };
    let top = place.top.to_str().unwrap();
    let added = repo.try_git(&["worktree", "add", "-q", "--detach", top, ours]).status.success();
    let merged = added.then(|| place.try_git(&["merge", "--no-edit", theirs]).status.success());
    _ = fs::remove_dir_all(&place.top);
    repo.git(&["worktree", "prune"]);
    merged
}

/// main, and three branches of it: `a` and `b` change line 5, `c` line 15.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("repo", &[("f", &lines(&[]))]);
    for (branch, line) in [("a", 5), ("b", 5), ("c", 15)] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.commit(branch, &[("f", &lines(&[(line, branch)]))]);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo
}

#[test]
fn a_folder_that_holds_itself_ends() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[])), ("x/g", "1\n")]);
    repo.git(&["checkout", "-q", "-b", "a"]);
    repo.commit("a", &[("f", &lines(&[(5, "a")])), ("x/h", "1\n"), ("x/a.rs", "fn a() {}\n")]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("f", &lines(&[(15, "main")])), ("b.rs", "fn b() {}\n")]);
    repo.git(&["replace", "HEAD:x", "HEAD^{tree}"]);
    for pair in [["main", "a"], ["a", "main"]] {
        let (_, tree) = merged(&repo, &[], pair);
        let answer = compared(&repo, &[], pair);
        assert!(answer["clean"].is_null() || answer["tree"] == *tree, "{pair:?}: {answer:#}");
    }
    let status = repo.tw(&["status", "--format", "json"]).json();
    assert!(status["terminals"].is_array(), "{status:#}");
}

#[test]
fn a_replaced_commit_tree_or_blob_is_read_in_the_others_place() {
    for what in ["", "^{tree}", ":f"] {
        let sandbox = Sandbox::new();
        let repo = shop(&sandbox);
        assert!(agree(&repo, &[], ["a", "c"]));
        let [from, to] = ["c", "b"].map(|branch| repo.git(&["rev-parse", &format!("{branch}{what}")]));
        repo.git(&["replace", &from, &to]);
        assert!(!agree(&repo, &[], ["a", "c"]), "{what}");
        repo.git(&["pack-refs", "--all"]);
        assert!(!agree(&repo, &[], ["a", "c"]), "{what}");
        assert!(agree(&repo, &[("GIT_NO_REPLACE_OBJECTS", "1")], ["a", "c"]), "{what}");
        assert!(agree(&repo, &[("GIT_REPLACE_REF_BASE", "refs/other/")], ["a", "c"]), "{what}");
        repo.git(&["config", "core.useReplaceRefs", "false"]);
        assert!(agree(&repo, &[], ["a", "c"]), "{what}");
        repo.git(&["config", "--unset", "core.useReplaceRefs"]);
        repo.git(&["replace", "-d", &from]);
        assert!(agree(&repo, &[], ["a", "c"]), "{what}");
        repo.git(&["update-ref", &format!("refs/other/{from}"), &to]);
        assert!(!agree(&repo, &[("GIT_REPLACE_REF_BASE", "refs/other/")], ["a", "c"]), "{what}");
    }
}

#[test]
fn a_cache_knows_when_replacements_and_grafts_change() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let cache = sandbox.path("cache");
    let conflicts = || {
        let mut command = repo.program(&["status", "--format", "json"]);
        let answer = said(command.env("TRACK_WORK_CACHE", &cache)).json();
        let pairs = answer["pairs"].as_array().unwrap().clone();
        pairs.iter().filter(|pair| pair["verdict"] == "conflict").count()
    };
    assert_eq!((conflicts(), conflicts()), (1, 1));
    repo.git(&["replace", "c", "b"]);
    assert_eq!((conflicts(), conflicts()), (2, 2));
    repo.git(&["replace", "-d", "c"]);
    assert_eq!(conflicts(), 1);
}

#[test]
fn grafts_are_parents() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [a, b] = ["a", "b"].map(|branch| repo.git(&["rev-parse", branch]));
    assert!(!agree(&repo, &[], ["a", "b"]));
    // as if b had been made on top of a
    fs::create_dir_all(repo.path(".git/info")).unwrap();
    repo.write(".git/info/grafts", format!("# a note\n\nnonsense\n{b} {a}\n"));
    assert!(agree(&repo, &[], ["a", "b"]));
    let elsewhere = sandbox.path("no-grafts");
    assert!(!agree(&repo, &[("GIT_GRAFT_FILE", elsewhere.to_str().unwrap())], ["a", "b"]));
    repo.write(".git/info/grafts", format!("{b}\n"));
    assert!(!agree(&repo, &[], ["a", "b"]));
}

#[test]
fn a_shallow_boundary_that_is_damaged_leaves_nothing_known() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.write(".git/shallow", "nonsense\n");
    assert!(!agree(&repo, &[], ["a", "c"]));
    assert!(!agree(&repo, &[], ["a", "b"]));
}

#[test]
fn trees_that_are_looked_into_are_written_again_and_others_keep_their_ids() {
    let sandbox = Sandbox::new();
    let text = lines(&[]);
    let repo = sandbox.repo("repo", &[("d/f", &text), ("e/g", &text)]);
    for (branch, path) in [("a", "d/f"), ("b", "d/f"), ("c", "e/g")] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.commit(branch, &[(path, &lines(&[(if branch == "a" { 5 } else { 20 }, branch)]))]);
    }
    repo.git(&["checkout", "-q", "main"]);
    let pairs = [["a", "a"], ["main", "a"], ["a", "b"], ["c", "a"]];
    let replaced = ["a^{tree}", "a:d", "main:d"];
    for [from, to] in replaced.iter().flat_map(|from| ["main^{tree}", "main:e"].map(|to| [*from, to])) {
        let [from, to] = [from, to].map(|name| repo.git(&["rev-parse", name]));
        repo.git(&["replace", "-f", &from, &to]);
        for pair in pairs {
            agree(&repo, &[], pair);
        }
        repo.git(&["replace", "-d", &from]);
    }
}

#[test]
fn random_replacements_and_grafts_count_as_for_git() {
    for seed in seeds(6) {
        println!("TRACK_WORK_SEED={seed}");
        random(seed);
    }
}

fn random(seed: u64) {
    let sandbox = Sandbox::new();
    let mut dice = Dice::new(seed);
    let files = ["f", "g", "d/h", "d/k/i", "n/o"].map(|path| (path, lines(&[])));
    let repo = sandbox.repo("repo", &files.each_ref().map(|(path, text)| (*path, text.as_str())));
    let mut commits = vec![repo.git(&["rev-parse", "main"])];
    for number in 0..8 {
        let start = dice.pick(&commits).clone();
        repo.git(&["checkout", "-q", "--detach", &start]);
        if dice.chance(20) {
            let other = dice.pick(&commits).clone();
            if repo.try_git(&["merge", "-q", "--no-edit", &other]).status.success() {
                commits.push(repo.git(&["rev-parse", "HEAD"]));
                continue;
            }
            repo.git(&["reset", "-q", "--hard"]);
        }
        if dice.chance(15) {
            let [from, to] = *dice.pick(&[["d", "e"], ["d/k", "k"], ["n", "d/n"], ["f", "n/f"]]);
            if repo.try_git(&["mv", "-k", from, to]).status.success() {
                repo.git(&["commit", "-q", "--allow-empty", "-m", "moved"]);
            }
        }
        let listed = repo.git(&["ls-files"]);
        let file = *dice.pick(&listed.lines().collect::<Vec<&str>>());
        let old = fs::read_to_string(repo.path(file)).unwrap();
        let at = dice.below(40);
        let new: String = old
            .lines()
            .enumerate()
            .map(|(line, text)| if line == at { format!("by {number}\n") } else { format!("{text}\n") })
            .collect();
        commits.push(repo.commit("work", &[(file, &new)]));
    }
    let named = |what: &str, commit: &str| {
        let mut command = sandbox.command(&repo.top);
        command.args(["--no-replace-objects", "rev-parse", &format!("{commit}{what}")]);
        String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_string()
    };
    for _ in 0..3 {
        let [from, to] = [(); 2].map(|()| dice.pick(&commits).clone());
        let what = *dice.pick(&["", "^{tree}", "^{tree}", ":f", ":d", ":d/h", ":d/k", ":n", ":e"]);
        let [from, to] = [named(what, &from), named(what, &to)];
        repo.try_git(&["replace", "-f", &from, &to]); // some by themselves
    }
    if dice.chance(50) {
        let ids: Vec<String> = (0..1 + dice.below(3)).map(|_| dice.pick(&commits).clone()).collect();
        fs::create_dir_all(repo.path(".git/info")).unwrap();
        repo.write(".git/info/grafts", ids.join(" ") + "\n");
    }
    for _ in 0..6 {
        let [one, other] = [(); 2].map(|()| dice.pick(&commits).clone());
        agree(&repo, &[], [&one, &other]);
    }
}
