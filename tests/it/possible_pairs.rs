//! Pairs that have nothing in common are neither judged nor listed: every pair that is left out is judged by
//! itself here.

use serde_json::Value;

use track_work::git::Surroundings;
use track_work::interaction::Judge;
use track_work::model::{Pair, PairJudgement};
use track_work::pipeline::{OpenOptions, Workspace, declare, judge, observe};

use crate::cli::program::text;
use crate::support::{Repo, Sandbox};

/// That each pair of places which is left out is disjoint; how many are left out.
pub fn left_out_pairs_are_disjoint(repo: &Repo, context: &str) -> usize {
    let none = Some("/dev/null".into());
    let surroundings = Surroundings { global: none.clone(), system: none, ..Surroundings::default() };
    let options = OpenOptions { surroundings, ..OpenOptions::at(&repo.top) };
    let workspace = Workspace::open(&options).unwrap();
    let facts = observe(&workspace, declare(&workspace, &workspace.tracking()));
    let judged = judge(&workspace, &facts);
    let store = workspace.repository.store();
    let judge = Judge::new(&store, &store, workspace.target.head, &workspace.options);
    let tips = (0..facts.places.len()).filter_map(|place| Some((place, facts.tip_at(place)?)));
    let tips: Vec<_> = tips.collect();
    let mut left_out = 0;
    for (at, (a, tip_a)) in tips.iter().enumerate() {
        for (b, tip_b) in &tips[at + 1..] {
            let Some(pair) = Pair::new(*a, *b).filter(|pair| !judged.places.contains_key(pair)) else {
                continue;
            };
            left_out += 1;
            let names = [a, b].map(|place| &facts.places[*place].name);
            assert_eq!(judge.pair(tip_a, tip_b), PairJudgement::disjoint(), "{context}: {pair:?} {names:?}");
        }
    }
    left_out
}

/// The answers of `status` with and without `--all-pairs` say the same.
#[track_caller]
fn listed_and_counted(repo: &Repo) -> Value {
    let said = repo.tw(&["status", "--format", "json"]).json();
    let (all, listed) =
        (repo.status()["pairs"].as_array().unwrap().clone(), said["pairs"].as_array().unwrap());
    let is_listed = |pair: &&Value| listed.contains(pair);
    let (kept, left): (Vec<&Value>, Vec<&Value>) = all.iter().partition(is_listed);
    assert_eq!(kept, listed.iter().collect::<Vec<_>>());
    assert_eq!(said["pairs_disjoint"], left.len());
    for pair in left {
        let keys: Vec<&String> = pair.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["a", "b", "verdict", "committed", "paths"], "{pair}");
        assert_eq!([text(&pair["verdict"]), text(&pair["committed"])], ["disjoint"; 2]);
    }
    let terminals = said["terminals"].as_array().unwrap();
    let ids = |a: usize| terminals[a + 1..].iter().filter(move |b| b["id"] != terminals[a]["id"]).count();
    assert_eq!(all.len(), (0..terminals.len()).map(ids).sum::<usize>());
    said
}

fn lines(word: &str) -> String {
    (0..20).map(|line| format!("{word} {line}\n")).collect()
}

#[test]
fn what_has_nothing_in_common_is_counted() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &lines("a")), ("b", &lines("b")), ("c/d", &lines("d"))]);
    for (branch, path) in [("one", "a"), ("two", "a"), ("three", "b"), ("four", "c/d"), ("five", "c")] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        if path == "c" {
            repo.git(&["rm", "-q", "-r", "c"]);
        }
        repo.commit(branch, &[(path, branch)]);
    }
    repo.git(&["checkout", "-q", "main"]);
    let said = listed_and_counted(&repo);
    let pairs = said["pairs"].as_array().unwrap().iter();
    let pairs: Vec<[&str; 3]> =
        pairs.map(|pair| [text(&pair["a"]), text(&pair["b"]), text(&pair["verdict"])]).collect();
    assert_eq!(pairs, [["five", "four", "conflict"], ["one", "two", "conflict"]]);
    assert_eq!(said["pairs_disjoint"], 8);
    // with those of the target's own worktree
    assert_eq!(left_out_pairs_are_disjoint(&repo, "five branches"), 13);
}

#[test]
fn what_is_not_known_or_said_of_a_disjoint_pair_is_listed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", &lines("a")), ("b", &lines("b"))]);
    repo.tw(&["init"]).exits(0);
    for branch in ["one", "two", "three"] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.commit(branch, &[(branch, branch)]);
    }
    repo.git(&["branch", "begun", "main"]);
    // shares a commit with another one, and nothing else
    repo.git(&["checkout", "-q", "-b", "stacked", "two"]);
    repo.commit("more", &[("more", "more")]);
    repo.git(&["checkout", "-q", "main"]);
    let register = |terminal: &str, story: &str, more: &[&str]| {
        let register = ["register", "--mode", "intra", "--story", story, "--terminal", terminal];
        repo.tw(&[&register, more].concat()).exits(0);
    };
    // in one place, without a place, and declaring a file of another
    register("terminal-1", "1-1-first", &["--branch", "begun", "--focus", "the first half"]);
    register("terminal-2", "1-1-first", &["--branch", "begun", "--focus", "the second half"]);
    register("terminal-3", "1-1-first", &[]);
    register("terminal-4", "1-1-first", &["--branch", "three", "--current-file", "two"]);
    let said = listed_and_counted(&repo);
    let listed = |a: &str, b: &str| {
        let mut pairs = said["pairs"].as_array().unwrap().iter();
        pairs.find(|pair| [&pair["a"], &pair["b"]].iter().all(|id| [a, b].contains(&text(id)))).cloned()
    };
    let verdict = |a: &str, b: &str| Some(text(&listed(a, b)?["verdict"]).to_string());
    assert_eq!(verdict("terminal-1", "terminal-2").as_deref(), Some("disjoint"));
    assert_eq!(verdict("stacked", "two").as_deref(), Some("disjoint"));
    assert_eq!(verdict("terminal-3", "two").as_deref(), Some("unknown"));
    assert_eq!(verdict("terminal-4", "two").as_deref(), Some("overlap"));
    assert_eq!(verdict("terminal-1", "terminal-4"), None);
}
