//! Clones that do not have everything: what cannot be read is unknown, never clean and never a conflict, and what needs
//! no look at it is as in a clone that has all.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::cli::program::{flat, lines, messages, pair, terminal, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// A clone without the contents of files but those of `main`, with these branches.
fn without_contents<'s>(full: &Repo<'s>, branches: &[&str]) -> Repo<'s> {
    full.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", full.top.display());
    let clone = Repo { sandbox: full.sandbox, top: full.sandbox.path("partial") };
    full.git(&["clone", "-q", "--filter=blob:none", &url, clone.top.to_str().unwrap()]);
    branches.iter().for_each(|name| drop(clone.git(&["branch", "-q", name, &format!("origin/{name}")])));
    clone
}

/// Two that conflict, and one that renames what both changed.
fn moved_away(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("full", &[("a", &lines(&[])), ("d/1", &lines(&[])), ("d/2", "2\n")]);
    for (name, line) in [("feat", 5), ("fix", 20)] {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        repo.commit(name, &[("a", &lines(&[(3, name)])), ("d/1", &lines(&[(line, name)]))]);
    }
    repo.git(&["checkout", "-q", "-b", "ren", "main"]);
    repo.git(&["mv", "d", "e"]);
    repo.git(&["commit", "-qm", "ren"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("d/2", "2\nnew\n")]);
    repo
}

#[test]
fn an_order_says_what_is_unknown_and_is_not_proven_then() {
    let sandbox = Sandbox::new();
    let full = moved_away(&sandbox);
    let clone = without_contents(&full, &["feat", "fix", "ren"]);
    let said = clone.tw(&["merge-order", "--explain", "ren"]).exits(1);
    for claim in ["proven", "would conflict", "would stop", "conflict (", "is cheaper", "hunk"] {
        assert!(!flat(&said.stdout).contains(claim), "{claim}: {said}");
    }
    assert!(
        flat(&said.stdout).contains("1 of 3 merges unknown, the best order as far as is known."),
        "{said}"
    );
    let order = clone.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(order["optimal"], false, "{order:#}");
    for cost in [&order["cost"], &order["baselines"][0]["cost"]] {
        assert_eq!([&cost["conflicts"], &cost["hunks"], &cost["unknown"]], [0, 0, 1], "{order:#}");
    }
    let report = clone.tw(&["report"]).exits(1).stdout;
    assert!(report.contains("3 merges, 1 merge unknown. As far as is known"), "{report}");
    let in_full = full.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!([&in_full["optimal"], &in_full["cost"]["hunks"]], [&Value::from(true), &Value::from(1)]);
    assert!(in_full["cost"]["unknown"].is_null(), "{in_full:#}");
}

#[test]
fn two_are_unknown_only_where_the_merge_of_both_is() {
    let sandbox = Sandbox::new();
    let clone = without_contents(&moved_away(&sandbox), &["feat", "fix", "ren"]);
    let status = clone.status();
    let verdict = |a: &str, b: &str| text(&pair(&status, a, b)["verdict"]).to_string();
    assert_eq!(verdict("feat", "fix"), "unknown", "{status:#}");
    assert_eq!([verdict("feat", "ren"), verdict("fix", "ren")], ["overlap"; 2], "{status:#}");
    assert!(!messages(&status).contains("whether feat and ren"), "{status:#}");
    let said = clone.tw(&["status"]).exits(1).stdout;
    let rows: Vec<&str> = said.lines().filter(|line| line.contains("(no session)")).collect();
    assert_eq!(rows.len(), 3, "{said}");
    assert!(rows.iter().all(|row| row.ends_with('-')), "nothing is uncommitted where no worktree is: {said}");
    clone.git(&["worktree", "add", "-q", "../own", "ren"]);
    let own = Repo { sandbox: &sandbox, top: sandbox.path("own") };
    let check = own.tw(&["check", "--format", "json"]).json();
    let unknown = |who: &str| {
        let mut met = check["encounters"].as_array().unwrap().iter();
        met.any(|one| one["terminal"]["id"] == who && one["meeting"] == "unknown")
    };
    assert!(!unknown("feat") && check["undecided"].as_array().is_none_or(Vec::is_empty), "{check:#}");
}

/// What is to be done is the command that helps, not to resolve an error that names it.
#[test]
fn where_the_history_is_cut_off_the_advice_is_to_fetch_it() {
    let sandbox = Sandbox::new();
    let full = sandbox.repo("full", &[("a", "1\n")]);
    full.git(&["checkout", "-q", "-b", "side"]);
    (0..3).for_each(|at| drop(full.commit("side", &[("b", &format!("{at}\n"))])));
    full.git(&["checkout", "-q", "main"]);
    (0..3).for_each(|at| drop(full.commit("main", &[("c", &format!("{at}\n"))])));
    let clone = Repo { sandbox: &sandbox, top: sandbox.path("clone") };
    let url = format!("file://{}", full.top.display());
    full.git(&["clone", "-q", "--depth=1", "--no-single-branch", &url, clone.top.to_str().unwrap()]);
    clone.git(&["branch", "-q", "side", "origin/side"]);
    let status = clone.status();
    let about =
        status["findings"].as_array().unwrap().iter().find(|one| one["terminals"][0] == "side").unwrap();
    let advice = text(&about["suggestion"]);
    assert!(advice.starts_with("Fetch the rest of the history (git fetch --unshallow)"), "{about:#}");
    assert!(!advice.contains("error above"), "{about:#}");
    clone.git(&["fetch", "-q", "--unshallow"]);
    assert!(messages(&clone.status()).is_empty());
}

/// Ways of cloning, each with whether it has all that a merge may need.
const WAYS: [(&[&str], bool); 7] = [
    (&["--filter=blob:none"], false),
    (&["--filter=blob:limit=200"], false),
    (&["--depth=2", "--no-single-branch"], false),
    (&["--filter=blob:none", "--depth=3", "--no-single-branch"], false),
    (&["--sparse"], true),
    (&["--bare"], true),
    (&["--shared"], true),
];

/// `main`, and branches that edit, move and delete files, some on top of others.
fn any_branches<'s>(sandbox: &'s Sandbox, dice: &mut Dice) -> (Repo<'s>, Vec<String>) {
    let files = ["f0", "d/f1", "d/f2", "d/e/f3"];
    let start: Vec<(&str, String)> = files.iter().map(|path| (*path, lines(&[]))).collect();
    let start: Vec<(&str, &str)> = start.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let repo = sandbox.repo("full", &start);
    let mut names: Vec<String> = Vec::new();
    let change = |dice: &mut Dice, who: &str| {
        let listed = repo.git(&["ls-files"]);
        let all: Vec<&str> = listed.lines().collect();
        let path = *dice.pick(&all);
        match dice.below(6) {
            0 => drop(repo.try_git(&["mv", path, &format!("moved-{}", dice.below(3))])),
            1 if all.len() > 2 => drop(repo.git(&["rm", "-q", path])),
            2 => repo.write(format!("new-{}", dice.below(2)), who),
            _ => repo.write(path, lines(&[(1 + 4 * dice.below(3), who)])),
        }
        repo.git(&["add", "--all"]);
        repo.git(&["commit", "-q", "--allow-empty", "-m", who]);
    };
    for number in 0..3 + dice.below(2) {
        let name = format!("b{number}");
        let on =
            if dice.chance(25) && number > 0 { names[dice.below(number)].clone() } else { "main".into() };
        repo.git(&["checkout", "-q", "-b", &name, &on]);
        (0..1 + dice.below(2)).for_each(|_| change(dice, &name));
        repo.git(&["checkout", "-q", "main"]);
        names.push(name);
        if dice.chance(40) {
            change(dice, "main");
        }
    }
    (repo, names)
}

/// How merges of these branches into `main` end, one after the other, as git says it in a copy: with 0, with 1 at a
/// conflict, or with more where it cannot make one.
fn ends(clone: &Repo<'_>, merged: &[&str]) -> i32 {
    let copy = Repo { sandbox: clone.sandbox, top: clone.sandbox.path("copy") };
    let mut command = Command::new("cp");
    assert!(command.arg("-a").arg(&clone.top).arg(&copy.top).status().unwrap().success());
    let mut at = copy.git(&["rev-parse", "main"]);
    let mut end = 0;
    for name in merged {
        let said = copy.try_git(&["merge-tree", "--write-tree", &at, name]);
        end = said.status.code().unwrap_or(255);
        if end != 0 {
            break;
        }
        let tree = String::from_utf8(said.stdout).unwrap();
        at = copy.git(&["commit-tree", "-p", &at, "-p", name, "-m", "merged", tree.trim()]);
    }
    fs::remove_dir_all(&copy.top).unwrap();
    end
}

/// `TRACK_WORK_CASES=100` tries more, `TRACK_WORK_SEED=17` one of them again.
#[test]
fn whatever_a_clone_lacks_its_answers_are_gits() {
    let (mut known, mut unknown) = (0, 0);
    for seed in seeds(7) {
        let mut dice = Dice::new(seed);
        let sandbox = Sandbox::new();
        let (full, names) = any_branches(&sandbox, &mut dice);
        full.git(&["config", "uploadpack.allowFilter", "true"]);
        let (way, is_whole) = WAYS[(seed % 7) as usize];
        let url = format!("file://{}", full.top.display());
        let from = if way == ["--shared"] { full.top.to_str().unwrap() } else { &url };
        let clone = Repo { sandbox: &sandbox, top: sandbox.path("clone") };
        full.git(&[&["clone", "-q"], way, &[from, clone.top.to_str().unwrap()]].concat());
        if way != ["--bare"] {
            let branch = |name: &String| drop(clone.git(&["branch", "-q", name, &format!("origin/{name}")]));
            names.iter().for_each(branch);
        }
        let when = format!("TRACK_WORK_SEED={seed}: {way:?}");
        let status = clone.status();
        let order = clone.tw(&["merge-order", "--format", "json"]);
        assert!(matches!(order.status, Some(0 | 1)), "{when}: {order}");
        let order = order.json();
        // what main has by other commits is to be merged no more
        let is_open =
            |name: &String| terminal(&status, name)["merged"] == false && ends(&clone, &[name]) == 0;
        let is_open: Vec<bool> = names.iter().map(is_open).collect();
        for b in 0..names.len() {
            for a in (0..b).filter(|a| is_open[*a] && is_open[b]) {
                let pair = status["pairs"].as_array().unwrap().iter();
                let is_it = |one: &&Value| one["a"] == *names[a] && one["b"] == *names[b];
                let verdict =
                    pair.filter(is_it).map(|one| text(&one["verdict"])).next().unwrap_or("disjoint");
                let by_git = [[a, b], [b, a]].map(|order| ends(&clone, &order.map(|at| &*names[at])));
                let by_git = by_git.into_iter().max().unwrap();
                let is_right = match verdict {
                    "conflict" => by_git == 1,
                    "unknown" => !is_whole,
                    _ => by_git == 0,
                };
                assert!(
                    is_right,
                    "{when}: {} and {}: {verdict}, git {by_git}: {status:#}",
                    names[a], names[b]
                );
                *(if verdict == "unknown" { &mut unknown } else { &mut known }) += 1;
            }
        }
        let mut plan = Vec::new();
        for step in order["steps"].as_array().unwrap() {
            plan.push(text(&step["terminal"]));
            let (told, end) = (text(&step["prediction"]), ends(&clone, &plan));
            let is_right = match told {
                "clean" => end == 0,
                "conflict" => end == 1,
                _ => !is_whole,
            };
            assert!(is_right, "{when}: {plan:?}: {told}, git {end}: {order:#}");
            if told != "clean" {
                break;
            }
        }
        let is_open = order["steps"].as_array().unwrap().iter().any(|step| step["prediction"] == "unknown");
        let said = flat(&clone.tw(&["merge-order"]).stdout);
        assert!(!is_open || order["optimal"] == false && !said.contains("proven"), "{when}: {said}");
        if way == ["--shared"] {
            let away = sandbox.path("away");
            fs::rename(&full.top, &away).unwrap();
            for command in ["status", "merge-order", "check"] {
                clone.tw(&[command]).exits(2).complains("that folder does not exist");
            }
            fs::rename(&away, &full.top).unwrap();
            assert_eq!(clone.status(), status, "{when}");
        }
    }
    assert!(known > 0 && unknown > 0, "{known} known, {unknown} unknown");
}
