//! One object that merges may need is gone or cut short: where `git merge` cannot be carried out, no answer is
//! clean. `TRACK_WORK_CASES=200` tries more, `TRACK_WORK_SEED=17` one of them again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::cli::program::{lines, messages, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// `main` and three branches that touch files of several folders; all objects are loose.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo(
        "repo",
        &[("f", &lines(&[])), ("g", "1\n"), ("d/e", &lines(&[])), ("d/x", "x\n"), ("h/i/y", &lines(&[]))],
    );
    let branch = |name: &str, files: &[(&str, &str)]| {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        repo.commit(name, files);
    };
    branch("a", &[("f", &lines(&[(5, "a")]))]);
    branch("b", &[("f", &lines(&[(35, "b")])), ("new", "n\n"), ("h/new/n", "nn\n")]);
    branch("c", &[("d/e", &lines(&[(3, "c")]))]);
    repo.git(&["rm", "-q", "d/x"]);
    repo.git(&["mv", "h/i/y", "h/i/z"]);
    repo.commit("c again", &[("h/i/z", &lines(&[(1, "z")]))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("d/e", &lines(&[(20, "main")])), ("h/i/y", &lines(&[(30, "main")]))]);
    repo
}

fn file_of(repo: &Repo<'_>, id: &str) -> PathBuf {
    repo.path(format!(".git/objects/{}/{}", &id[..2], &id[2..]))
}

/// Takes an object away, or a part of it.
fn damage(file: &Path, dice: &mut Dice) -> &'static str {
    let content = fs::read(file).unwrap();
    fs::remove_file(file).unwrap();
    let (kind, left) = match dice.below(4) {
        0 => ("cut", dice.below(content.len())),
        1 => ("empty", 0),
        _ => return "gone",
    };
    fs::write(file, &content[..left]).unwrap();
    kind
}

/// The status with which these merges end in a copy, one after the other.
fn ends(repo: &Repo<'_>, merged: &[&str]) -> i32 {
    let copy = Repo { sandbox: repo.sandbox, top: repo.sandbox.path("copy") };
    let mut command = Command::new("cp");
    assert!(command.arg("-a").arg(&repo.top).arg(&copy.top).status().unwrap().success());
    let merge = |name: &&str| copy.try_git(&["merge", "--no-ff", "--no-edit", name]).status.code();
    let worst = merged.iter().map(|name| merge(name).unwrap_or(255)).find(|status| *status != 0);
    fs::remove_dir_all(&copy.top).unwrap();
    worst.unwrap_or(0)
}

/// All that is clean although git cannot carry it out; and how often git can what is unknown here.
fn wrong(repo: &Repo<'_>, needless: &mut usize) -> Vec<String> {
    let mut wrong = Vec::new();
    let asked = |args: &[&str]| {
        let said = repo.tw(&[args, &["--format", "json"]].concat());
        serde_json::from_str::<Value>(&said.stdout).unwrap_or_default()
    };
    let told = messages_of(&asked(&["status", "--fail-on", "never"]));
    let order = asked(&["merge-order"]);
    let mut plan = Vec::new();
    for name in ["a", "b", "c"] {
        let status = ends(repo, &[name]);
        let compared = asked(&["compare", "main", name])["clean"].clone();
        let steps = order["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        let step = steps.iter().find(|step| step["terminal"] == name);
        let is_told =
            ["conflicts with main", "is unknown", "could not be"].iter().all(|_| told.contains(name));
        let predicted = step.map(|step| text(&step["prediction"]).to_string());
        match status {
            0 => *needless += usize::from(compared != true),
            1 => {}
            _ => {
                if compared == true || predicted.as_deref() == Some("clean") || !is_told {
                    wrong.push(format!("{name}: git {status}, {compared} {predicted:?} {told}"));
                }
            }
        }
    }
    for step in order["steps"].as_array().into_iter().flatten() {
        plan.push(text(&step["terminal"]));
        match text(&step["prediction"]) {
            "clean" if !matches!(ends(repo, &plan), 0) => wrong.push(format!("{plan:?}: {step}")),
            "clean" => {}
            _ => break,
        }
    }
    wrong
}

fn messages_of(status: &Value) -> String {
    if status["findings"].is_array() { messages(status) } else { "a b c: nothing could be told".to_string() }
}

#[test]
fn no_answer_is_clean_where_git_cannot_read_what_it_needs() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.status(); // answers are kept
    let listed =
        repo.git(&["rev-list", "--objects", "--all", "--no-object-names", "--filter=object:type=blob"]);
    let trees =
        repo.git(&["rev-list", "--objects", "--all", "--no-object-names", "--filter=object:type=tree"]);
    let all: Vec<&str> = listed.lines().chain(listed.lines()).chain(trees.lines()).collect();
    let (mut found, mut needless, mut count) = (Vec::new(), 0, 0);
    for seed in seeds(6) {
        let mut dice = Dice::new(seed);
        let id: &&str = dice.pick(&all);
        let file = file_of(&repo, id);
        let content = fs::read(&file).unwrap();
        let kind = damage(&file, &mut dice);
        let about = format!("TRACK_WORK_SEED={seed} {kind} {id} ");
        found.extend(wrong(&repo, &mut needless).into_iter().map(|one| about.clone() + &one));
        _ = fs::remove_file(&file);
        fs::write(&file, content).unwrap();
        count += 3;
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(needless * 5 <= count, "unknown though git can: {needless} of {count}");
}

#[test]
fn what_was_known_does_not_count_once_an_object_is_gone() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let clean = || {
        let step = repo.tw(&["merge-order", "--only", "b", "--format", "json"]).json()["steps"][0].clone();
        let told = messages(&repo.status());
        (text(&step["prediction"]) == "clean", !told.contains("whether b conflicts with main is unknown"))
    };
    // what is as old as the cache is looked into again
    std::thread::sleep(std::time::Duration::from_millis(1200));
    assert_eq!((clean(), clean()), ((true, true), (true, true)));
    for (object, needed) in [("b:new", true), ("b:h/new/n", true), ("main:g", true), ("main:d/x", false)] {
        let file = file_of(&repo, &repo.git(&["rev-parse", object]));
        let content = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(ends(&repo, &["b"]) > 1, needed, "{object}");
        assert_eq!(clean(), (!needed, !needed), "{object}");
        fs::write(&file, &content).unwrap();
        assert_eq!(clean(), (true, true), "{object}");
        if object.starts_with("b:") {
            fs::write(&file, &content[..content.len() / 2]).unwrap();
            assert!(ends(&repo, &["b"]) > 1, "{object} cut");
            assert_eq!(clean(), (false, false), "{object} cut");
            fs::write(&file, &content).unwrap();
        }
    }
}

#[test]
fn in_a_partial_clone_git_fetches_what_is_not_there() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", repo.top.display());
    let top = sandbox.path("partial");
    repo.git(&["clone", "-q", "--filter=blob:none", "--no-checkout", &url, top.to_str().unwrap()]);
    let partial = Repo { sandbox: &sandbox, top };
    partial.git(&["checkout", "-q", "main"]);
    let answer = partial.tw(&["compare", "main", "origin/b", "--format", "json"]).json();
    assert_eq!(answer["clean"], true, "{answer:#}");
}

#[test]
fn a_store_that_objects_are_borrowed_from_is_named_where_it_is_gone() {
    let sandbox = Sandbox::new();
    let lender = sandbox.repo("lender", &[("a.txt", "a\n")]);
    let top = sandbox.path("main");
    lender.git(&["clone", "-q", "--shared", lender.top.to_str().unwrap(), top.to_str().unwrap()]);
    let repo = Repo { sandbox: &sandbox, top };
    repo.tw(&["status"]).exits(0);
    std::fs::rename(&lender.top, sandbox.path("elsewhere")).unwrap();
    let folder = lender.path(".git/objects");
    let told = format!("borrows objects from {}, and that folder does not exist", folder.display());
    for command in ["status", "check", "merge-order"] {
        repo.tw(&[command]).exits(2).complains(&told).complains("objects/info/alternates");
    }
    std::fs::rename(sandbox.path("elsewhere"), &lender.top).unwrap();
    repo.tw(&["status"]).exits(0);
}

/// The target is not compared with itself, nor is what has all of it; nothing is advised that git has nothing to do for.
#[test]
fn what_has_all_of_the_target_is_not_said_to_conflict_with_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    one.commit("one", &[("own", "1\n")]);
    let blob = repo.git(&["rev-parse", "HEAD:h/i/y"]);
    [&repo, &one].iter().for_each(|place| fs::remove_file(place.path("h/i/y")).unwrap());
    fs::remove_file(file_of(&repo, blob.trim())).unwrap();
    let status = repo.status();
    let said = messages(&status);
    assert!(
        !said.contains("main conflicts with main") && !said.contains("one conflicts with main"),
        "{said}"
    );
    for unread in ["main could not be read", "one could not be read"] {
        assert!(said.contains(unread), "{said}");
    }
    assert!(!said.contains("not committed in main can be read"), "told of the file already: {said}");
    for finding in status["findings"].as_array().unwrap() {
        let who = finding["terminals"][0].as_str().unwrap_or_default();
        let advice = text(&finding["suggestion"]);
        assert!(!["main", "one"].contains(&who) || !advice.contains("merge --no-commit"), "{finding:#}");
    }
    assert!(said.contains("whether c conflicts with main is unknown"), "{said}");
}
