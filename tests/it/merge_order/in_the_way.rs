//! What lies in the target's worktree and is in the way of a merge, where branches move, add and replace files
//! and folders: git refuses the steps of which that is said, and no others. `TRACK_WORK_CASES=300` tries more.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::cli::program::{Said, numbered, said, scrubbed, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

const PLACES: [&str; 14] = [
    "c/x", "c/y", "c/new0", "c/new1", "a/new0", "a/new1", "b/x2", "d", "d/e", "d/e/f", "d/other", "c", "b/z",
    "free",
];

fn shell(repo: &Repo, line: &str) -> Said {
    let mut shell = scrubbed(&repo.sandbox.path("home"), &repo.top, Command::new("sh"));
    let git = repo.sandbox.command(&repo.top);
    shell.envs(git.get_envs().filter_map(|(name, value)| Some((name, value?))));
    said(shell.args(["-c", line]))
}

/// Something that a branch does with its files.
fn work(repo: &Repo, dice: &mut Dice) -> &'static str {
    let number = dice.below(2);
    let moved = |from: &str, to: &str| {
        // where both can be
        if !repo.path(to).exists() {
            repo.try_git(&["mv", from, to]);
        }
    };
    let written = |path: &str, content: &str| {
        fs::create_dir_all(repo.path(path).parent().unwrap()).is_ok()
            && fs::write(repo.path(path), content).is_ok()
    };
    match dice.below(9) {
        0 | 1 => {
            moved("a", "c");
            "moves a to c"
        }
        2 => {
            moved("a/x", "b/x2");
            "moves a/x to b/x2"
        }
        3 | 4 => {
            written(&format!("a/new{number}"), &numbered(12, &[(2, "new")]));
            "adds to a"
        }
        5 => {
            written("a/x", &numbered(20, &[(4 + number, "edited")]));
            "edits a/x"
        }
        6 => {
            if repo.path("b").is_dir() {
                repo.git(&["rm", "-q", "-f", "-r", "b"]);
                written("b", "a file now\n");
            }
            "makes a file of b"
        }
        7 => {
            written("d/e/f", "deep\n");
            "adds d/e/f"
        }
        _ => {
            written("d", "a file\n");
            "adds d"
        }
    }
}

/// Something that lies in the target's worktree.
fn lies(repo: &Repo, dice: &mut Dice) -> Option<String> {
    let place = *dice.pick(&PLACES);
    let path = repo.path(place);
    if fs::symlink_metadata(&path).is_ok() {
        return None;
    }
    let parent = path.parent().unwrap();
    fs::create_dir_all(parent).ok()?;
    let what = match dice.below(7) {
        0 | 1 => {
            fs::write(&path, "mine\n").ok()?;
            "a file"
        }
        2 => {
            fs::create_dir(&path).ok()?;
            fs::write(path.join("inner"), "mine\n").ok()?;
            "a folder with a file"
        }
        3 => {
            fs::create_dir(&path).ok()?;
            "an empty folder"
        }
        4 => {
            symlink("nowhere", &path).ok()?;
            "a link to nowhere"
        }
        5 => {
            symlink(repo.sandbox.path("elsewhere"), &path).ok()?;
            "a link to a folder"
        }
        _ => {
            let exclude = repo.path(".git/info/exclude");
            let known = fs::read_to_string(&exclude).unwrap_or_default();
            fs::write(&exclude, format!("{known}/{place}\n")).ok()?;
            fs::write(&path, "mine\n").ok()?;
            "an ignored file"
        }
    };
    Some(format!("{what} at {place}"))
}

/// Whether anything was refused, or what went otherwise than was said.
fn tried(seed: u64) -> Result<usize, String> {
    let mut dice = Dice::new(seed * 53 + 11);
    let sandbox = Sandbox::new();
    let plain = numbered(20, &[]);
    let other = numbered(9, &[(1, "other")]);
    let repo = sandbox.repo("shop", &[("a/x", &plain), ("a/y", &other), ("b/z", "z\n"), ("top", "top\n")]);
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    let mut account = format!("TRACK_WORK_SEED={seed}\n");
    for number in 0..2 + dice.below(3) {
        let name = format!("t{number}");
        repo.git(&["checkout", "-q", "-b", &name, "main"]);
        for _ in 0..1 + dice.below(2) {
            let what = work(&repo, &mut dice);
            writeln!(account, "- {name} {what}").unwrap();
        }
        repo.commit(&name, &[(&format!("own-{name}"), "1\n")]);
    }
    repo.git(&["checkout", "-q", "main"]);
    for _ in 0..1 + dice.below(2) {
        let what = lies(&repo, &mut dice);
        writeln!(account, "- main has {what:?}").unwrap();
    }
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let mut refusals = 0;
    for step in order["steps"].as_array().unwrap() {
        let command = text(&step["command"]);
        let warnings: Vec<&str> = step["warnings"].as_array().unwrap().iter().map(text).collect();
        // what lies there is gone for the rest of the plan once something was refused
        let is_refused = refusals == 0 && warnings.iter().any(|warning| warning.contains("git refuses"));
        let before = repo.git(&["rev-parse", "HEAD"]);
        let ran = shell(&repo, command);
        let began = repo.try_git(&["rev-parse", "-q", "--verify", "MERGE_HEAD"]).status.success();
        let refused = ran.status != Some(0) && !began && repo.git(&["rev-parse", "HEAD"]) == before;
        if refused != is_refused {
            return Err(format!("{account}{command}: said {warnings:?}, git: {ran}\n{step:#}"));
        }
        if refused {
            refusals += 1;
            repo.git(&["clean", "-q", "-ffdx"]);
            let again = shell(&repo, command);
            let expected = if step["prediction"] == "clean" { Some(0) } else { Some(1) };
            if again.status != expected && step["prediction"] != "unknown" {
                return Err(format!("{account}{command} again: {again}\n{step:#}"));
            }
        }
        if step["prediction"] != "clean" {
            break;
        }
        let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
        if step["tree"] != *tree {
            return Err(format!("{account}{command}: the tree is {tree}\n{step:#}"));
        }
    }
    Ok(refusals)
}

#[test]
fn git_refuses_the_steps_of_which_it_is_said() {
    let (mut refusals, mut wrong) = (0, Vec::new());
    let seeds = seeds(25);
    let few = seeds.end - seeds.start < 25;
    for seed in seeds {
        match tried(seed) {
            Ok(found) => refusals += found,
            Err(what) => wrong.push(what),
        }
    }
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
    assert!(few || refusals > 3, "{refusals}");
}
