//! Uncommitted work is judged like the same work committed: random work of every kind is asked
//! about, committed with `git add --all`, and asked about again. `TRACK_WORK_CASES=2000` tries
//! more, `TRACK_WORK_SEED=17` one of them again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::random::Dice;
use crate::cli::program::{findings, messages, text};
use crate::possible_pairs::left_out_pairs_are_disjoint;
use crate::support::{Repo, Sandbox, seeds};

const TERMINALS: [&str; 3] = ["one", "three", "two"];
const FILES: [&str; 9] = [
    "a.txt",
    "b.txt",
    "dir/c.txt",
    "dir/d.sh",
    "dir/deep/e.txt",
    "f.crlf",
    "lib/g.bin",
    "lib/h.txt",
    "lib/i",
];
const NEW: [&str; 6] = ["new.txt", "dir/new.sh", "lib/new", "x.log", "dir/y.log", "fresh/z.txt"];

#[test]
fn uncommitted_work_is_judged_as_the_same_work_committed() {
    let mut verdicts = BTreeMap::new();
    let mut drifts = 0;
    let seeds = seeds(20);
    let few = seeds.end - seeds.start < 20;
    for seed in seeds {
        println!("TRACK_WORK_SEED={seed}");
        let judged = one(seed);
        for pair in &judged.pairs {
            *verdicts.entry(text(&pair["verdict"]).to_string()).or_insert(0) += 1;
        }
        drifts += judged.drift.len();
    }
    println!("{verdicts:?}, {drifts} drifts");
    let met = |verdict: &str| verdicts.contains_key(verdict);
    assert!(few || (met("conflict") && met("overlap") && met("disjoint") && drifts > 0), "{verdicts:?}");
}

/// What `status` says of the pairs and of drift, and of what each terminal changed.
#[derive(Debug, PartialEq)]
struct Judged {
    pairs: Vec<Value>,
    drift: Vec<Value>,
    changes: Vec<Value>,
    /// Whether the target has all that a terminal has committed.
    merged: bool,
}

fn without(one: &Value, keys: &[&str]) -> Value {
    let mut one = one.clone();
    keys.iter().for_each(|key| _ = one.as_object_mut().unwrap().remove(*key));
    one
}

fn judged(repo: &Repo) -> Judged {
    let answer = repo.status();
    left_out_pairs_are_disjoint(repo, "uncommitted or committed");
    for terminal in answer["terminals"].as_array().unwrap() {
        assert!(terminal.get("unknown").is_none(), "{}", messages(&answer));
    }
    let pairs = answer["pairs"].as_array().unwrap();
    let drifts = findings(&answer, "merge_conflict");
    let drifts = drifts.iter().filter(|one| one["evidence"]["drift"] == true);
    let of_terminal = |one: &Value| {
        let changes: Vec<Value> =
            one["changes"].as_array().unwrap().iter().map(|change| without(change, &["layers"])).collect();
        json!([one["id"], changes])
    };
    Judged {
        pairs: pairs.iter().map(|pair| uncertain(without(pair, &["committed"]))).collect(),
        drift: drifts.map(|one| json!([one["terminals"], one["path"], one["evidence"]["kind"]])).collect(),
        changes: answer["terminals"].as_array().unwrap().iter().map(of_terminal).collect(),
        merged: answer["terminals"].as_array().unwrap().iter().any(|one| one["merged"] == true),
    }
}

fn one(seed: u64) -> Judged {
    let sandbox = Sandbox::new();
    let mut dice = Dice::new(seed);
    let repo = sandbox.init("repo");
    for file in FILES {
        let end = if file.ends_with(".crlf") { "\r\n" } else { "\n" };
        let lines: String = (1..=12).map(|line| format!("{file} {line}{end}")).collect();
        repo.write(file, if file.ends_with(".bin") { lines + "\0" } else { lines });
    }
    repo.write(".gitignore", "*.log\n/build/\n");
    let rules = [
        "*.txt text=auto",
        "*.txt text eol=crlf",
        "*.crlf -text",
        "* text=auto",
        "*.sh eol=lf",
        "lib/* ident",
    ];
    let rules: Vec<&str> = rules.into_iter().filter(|_| dice.roll(3) == 0).collect();
    if !rules.is_empty() {
        repo.write(".gitattributes", rules.join("\n") + "\n");
    }
    repo.git(&["config", "core.safecrlf", "false"]);
    repo.commit("first", &[]);
    repo.git(&["config", "core.autocrlf", dice.pick(&["true", "input", "false"])]);
    let worktrees = TERMINALS.map(|name| repo.worktree(name));
    for worktree in &worktrees {
        for _ in 0..dice.roll(3) {
            act(worktree, &mut dice);
        }
        save(worktree);
        for _ in 0..1 + dice.roll(6) {
            act(worktree, &mut dice);
        }
    }
    for _ in 0..dice.roll(3) {
        act(&repo, &mut dice);
    }
    save(&repo);
    let uncommitted = judged(&repo);
    worktrees.iter().for_each(save);
    let committed = judged(&repo);
    for worktree in &worktrees {
        assert_eq!(worktree.git(&["status", "--porcelain"]), "", "all is committed");
    }
    if uncommitted.merged {
        // commits that the target has too count again once there is another one
        let stops = |judged: &Judged| -> Vec<Value> {
            let pairs = judged.pairs.iter().filter(|pair| pair["verdict"] == "conflict");
            pairs.map(|pair| without(pair, &["paths"])).collect()
        };
        assert_eq!((stops(&uncommitted), &uncommitted.drift), (stops(&committed), &committed.drift));
    } else {
        assert_eq!(Judged { merged: committed.merged, ..uncommitted }, committed);
    }
    committed
}

/// Commits all work of a worktree, if there is any.
fn save(repo: &Repo) {
    repo.git(&["add", "--all"]);
    if !repo.try_git(&["diff", "--cached", "--quiet"]).status.success() {
        repo.git(&["commit", "-q", "-m", "work"]);
    }
}

/// One step of work, staged or not.
fn act(repo: &Repo, dice: &mut Dice) {
    let file = dice.pick(&FILES).to_string();
    let path = repo.path(&file);
    let is_file = path.is_file() && !path.is_symlink();
    match dice.roll(18) {
        0..7 if is_file => edit(&path, dice),
        7 if is_file => {
            let content = String::from_utf8(fs::read(&path).unwrap()).unwrap();
            let unix = content.replace("\r\n", "\n");
            fs::write(&path, if content == unix { unix.replace('\n', "\r\n") } else { unix }).unwrap();
        }
        8 => _ = fs::remove_file(&path),
        9 => _ = fs::rename(&path, repo.path(dice.pick(&NEW))),
        10 => _ = repo.try_git(&["mv", &file, &format!("moved-{}", dice.roll(3))]),
        11 => _ = fs::rename(repo.path("dir"), repo.path(dice.pick(&["lib/dir", "moved"]))),
        12 if is_file => repo.set_executable(&file, dice.roll(4) > 0),
        13 if is_file => {
            fs::remove_file(&path).unwrap();
            repo.link(&file, dice.pick(&["a.txt", "nowhere"]));
        }
        14 if is_file && dice.roll(3) == 0 => {
            fs::remove_file(&path).unwrap();
            repo.write(format!("{file}/inside"), "a folder now\n");
        }
        15 => _ = repo.try_git(&["rm", "-q", "--cached", &file]),
        16 => _ = repo.try_git(&["add", "--all", "--", &file]),
        _ => {
            let new = repo.path(dice.pick(&NEW));
            if fs::create_dir_all(new.parent().unwrap()).is_ok() && !new.is_dir() {
                fs::write(&new, format!("{}\nnew {}\r\n", dice.pick(&NEW), dice.roll(3))).unwrap();
            }
            if dice.roll(4) == 0 {
                repo.try_git(&["add", "--intent-to-add", new.to_str().unwrap()]);
            }
        }
    }
    if dice.roll(3) == 0 {
        repo.try_git(&["add", "--all", dice.pick(&["dir", "lib", ".", "a.txt"])]);
    }
}

/// Replaces, adds or takes away a line, so that terminals often meet.
fn edit(path: &Path, dice: &mut Dice) {
    let content = String::from_utf8(fs::read(path).unwrap()).unwrap();
    let mut lines: Vec<String> = content.split_inclusive('\n').map(str::to_string).collect();
    if lines.is_empty() {
        return;
    }
    let at = dice.roll(lines.len());
    match dice.roll(4) {
        0 => _ = lines.remove(at),
        1 => lines.insert(at, format!("put in {}\n", dice.roll(3))),
        _ => lines[at] = format!("changed {}\n", dice.roll(3)),
    }
    fs::write(path, lines.concat()).unwrap();
}

/// A pair without what of its conflicts is certain: that is what committing changes.
fn uncertain(mut pair: Value) -> Value {
    let paths = pair["paths"].as_array_mut().into_iter().flatten();
    for region in paths.filter_map(|path| path.get_mut("regions")?.as_array_mut()).flatten() {
        _ = region.as_object_mut().unwrap().remove("certain");
    }
    pair
}
