//! Attributes and settings are those of the checkout that a merge begins in: of our side, of the worktree
//! that was named, and of what earlier steps made of the target. `git merge` in such a checkout is the
//! oracle. `TRACK_WORK_CASES=200` tries more random histories, `TRACK_WORK_SEED=17` one again.

use std::fs;

use serde_json::Value;

use crate::cli::program::{findings, lines, pairs, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// Whether git merges a branch in a worktree, which is left as it was; `None` where it refuses to begin.
fn merges(place: &Repo<'_>, theirs: &str) -> Option<bool> {
    let before = place.git(&["rev-parse", "HEAD"]);
    let status = place.try_git(&["merge", "-q", "--no-ff", "--no-edit", theirs]).status.code();
    let begun = status == Some(0) || !place.try_git(&["ls-files", "--unmerged"]).stdout.is_empty();
    if begun {
        place.git(&["reset", "-q", "--hard", &before]);
    }
    begun.then_some(status == Some(0))
}

/// The same in a checkout of a commit or branch that nobody else sees.
fn merges_into(repo: &Repo<'_>, ours: &str, theirs: &str) -> Option<bool> {
    let place = hidden(repo, ours);
    let merged = merges(&place, theirs);
    remove(repo, &place);
    merged
}

/// A worktree for a while.
fn hidden<'s>(repo: &Repo<'s>, commit: &str) -> Repo<'s> {
    let top = repo.sandbox.path("hidden");
    repo.git(&["worktree", "add", "-q", "--detach", top.to_str().unwrap(), commit]);
    Repo { sandbox: repo.sandbox, top }
}

fn remove(repo: &Repo<'_>, place: &Repo<'_>) {
    repo.git(&["worktree", "remove", "--force", place.top.to_str().unwrap()]);
}

fn compared(place: &Repo<'_>, ours: &str, theirs: &str) -> Value {
    place.tw(&["compare", ours, theirs, "--format", "json"]).json()
}

/// A branch on `main` with these files, without a worktree.
fn branch(repo: &Repo<'_>, name: &str, files: &[(&str, &str)]) {
    repo.git(&["checkout", "-q", "-b", name, "main"]);
    repo.commit(name, files);
    repo.git(&["checkout", "-q", "main"]);
}

/// `compare` says what git says, both ways round.
#[track_caller]
fn agreed(repo: &Repo<'_>, expected: [bool; 2]) {
    for ([ours, theirs], expected) in [["a", "b"], ["b", "a"]].into_iter().zip(expected) {
        assert_eq!(merges_into(repo, ours, theirs), Some(expected), "git merge {theirs} in {ours}");
        assert_eq!(compared(repo, ours, theirs)["clean"], expected, "compare {ours} {theirs}");
    }
}

#[test]
fn attributes_that_our_side_adds_or_removes_count() {
    let far = [&[(3, "A")][..], &[(15, "B")]];
    let near = [&[(3, "A")][..], &[(3, "B")]];
    // of main, of ours, and the lines that both change; a clean merge with ours first, and the other way
    type Case<'c> = (Option<&'c str>, Option<&'c str>, [&'c [(usize, &'c str)]; 2], [bool; 2]);
    let cases: [Case; 8] = [
        (None, Some("f -merge\n"), far, [false, true]),
        (None, Some("f merge=union\n"), near, [true, false]),
        (None, Some("[attr]own merge=union\nf own\n"), near, [true, false]),
        (Some("f merge=union\n"), None, near, [false, true]),
        (Some("f -merge\n"), Some("# nothing\n"), far, [true, false]),
        (Some("f -merge\n"), None, far, [true, false]),
        (Some("[attr]own merge=union\nf own\n"), Some("f own\n"), near, [false, true]),
        (Some("[attr]own -merge\nf own\n"), Some("[attr]own merge=union\nf own\n"), near, [true, false]),
    ];
    for (of_main, of_ours, [ours, theirs], expected) in cases {
        for folder in ["", "d/e/"] {
            let sandbox = Sandbox::new();
            let (file, rules) = (format!("{folder}f"), format!("{folder}.gitattributes"));
            let macros = |text: &Option<&str>| text.is_some_and(|text| text.contains("[attr]"));
            if (macros(&of_main) || macros(&of_ours)) && !folder.is_empty() {
                continue; // git takes them at the top alone
            }
            let repo = sandbox.repo("main", &[(&file, &lines(&[]))]);
            if let Some(text) = of_main {
                repo.commit("attributes", &[(&rules, text)]);
            }
            branch(&repo, "b", &[(&file, &lines(theirs))]);
            repo.git(&["checkout", "-q", "-b", "a"]);
            match of_ours {
                Some(text) => repo.write(&rules, text),
                None => repo.remove(&rules),
            }
            repo.commit("a", &[(&file, &lines(ours))]);
            repo.git(&["checkout", "-q", "main"]);
            agreed(&repo, expected);
            repo.git(&["worktree", "add", "-q", "../wa", "a"]);
            let place = Repo { sandbox: &sandbox, top: sandbox.path("wa") };
            assert_eq!(compared(&repo, "../wa", "b")["clean"], expected[0], "by its worktree");
            assert_eq!(compared(&place, ".", "b")["clean"], expected[0], "from inside");
        }
    }
}

#[test]
fn a_driver_that_only_our_side_names_is_not_known_without_being_run() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    repo.git(&["config", "merge.own.driver", "true"]);
    branch(&repo, "a", &[("f", &lines(&[(3, "A")])), (".gitattributes", "f merge=own\n")]);
    branch(&repo, "b", &[("f", &lines(&[(3, "B")]))]);
    let answer = compared(&repo, "a", "b");
    assert!(answer["clean"].is_null(), "{answer:#}");
    assert!(text(&answer["reason"]).contains("custom merge driver own is not run"), "{answer:#}");
    assert_eq!(compared(&repo, "b", "a")["clean"], false);
    let run = ["--run-merge-drivers", "compare", "a", "b", "--format", "json"];
    assert_eq!(repo.tw(&run).json()["clean"], true);
    assert_eq!(merges_into(&repo, "a", "b"), Some(true));
}

#[test]
fn the_second_merge_goes_by_the_attributes_that_the_first_brought() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
    branch(&repo, "a", &[("f", &lines(&[(3, "A")])), (".gitattributes", "f -merge\n")]);
    branch(&repo, "c", &[("f", &lines(&[(15, "C")]))]);
    let status = repo.status();
    assert_eq!(pairs(&status), ["a c conflict"], "{status:#}");
    let conflict = findings(&status, "merge_conflict")[0];
    assert!(conflict.to_string().contains("binary"), "{conflict:#}");
    let order = repo.tw(&["merge-order", "--verify", "--format", "json"]).json();
    assert_eq!(order["verified"], true, "{order:#}");
    let steps: Vec<_> =
        order["steps"].as_array().unwrap().iter().map(|step| text(&step["terminal"])).collect();
    // the attributes come last: then nothing stops
    assert_eq!(steps, ["c", "a"], "{order:#}");
    for step in order["steps"].as_array().unwrap() {
        assert_eq!(step["prediction"], "clean");
        assert!(repo.try_git(&["merge", "-q", "--no-ff", text(&step["terminal"])]).status.success());
    }
}

/// Attributes of one, by a name that another gives a file, which two more edit.
#[test]
fn attributes_count_where_another_one_moves_the_file_to() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("log", &lines(&[]))]);
    branch(&repo, "one", &[("log", &lines(&[(3, "one")]))]);
    branch(&repo, "two", &[("log", &lines(&[(3, "two")]))]);
    branch(&repo, "zero", &[("docs/.gitattributes", "log merge=union\n")]);
    repo.git(&["checkout", "-q", "-b", "moves", "main"]);
    fs::create_dir_all(repo.path("docs")).unwrap();
    repo.git(&["mv", "log", "docs/log"]);
    repo.commit("moves", &[]);
    repo.git(&["checkout", "-q", "main"]);
    let order = repo.tw(&["merge-order", "--verify", "--format", "json"]).exits(0).json();
    assert_eq!(order["cost"]["conflicts"], 0, "{order:#}");
    for step in order["steps"].as_array().unwrap() {
        assert_eq!(step["prediction"], "clean", "{order:#}");
        let name = text(&step["terminal"]);
        assert!(repo.try_git(&["merge", "-q", "--no-ff", "--no-edit", name]).status.success(), "{name}");
    }
}

#[test]
fn settings_of_the_worktree_that_is_named_count() {
    for way in ["its own file", "onbranch", "gitdir"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
        let place = repo.worktree_at(&sandbox.path("wa"), &["-b", "a"]);
        place.commit("a", &[("f", &lines(&[(3, "A")]))]);
        branch(&repo, "b", &[("f", &lines(&[(3, "B"), (15, "B")]))]);
        let included = sandbox.path("included");
        fs::write(&included, "[branch \"a\"]\n\tmergeOptions = -X ours\n").unwrap();
        let included = included.to_str().unwrap();
        match way {
            "onbranch" => repo.git(&["config", "includeIf.onbranch:a.path", included]),
            "gitdir" => repo.git(&["config", "includeIf.gitdir:**/worktrees/wa.path", included]),
            _ => {
                repo.git(&["config", "extensions.worktreeConfig", "true"]);
                place.git(&["config", "--worktree", "branch.a.mergeOptions", "-X ours"])
            }
        };
        assert_eq!(merges(&place, "b"), Some(true), "{way}");
        for ours in ["../wa", "a"] {
            assert_eq!(compared(&repo, ours, "b")["clean"], true, "{way} {ours}");
        }
        let target = ["merge-order", "--target", "a", "--only", "b", "--format", "json"];
        let order = repo.tw(&target).json();
        let step = &order["steps"][0];
        assert_eq!(step["prediction"], "clean", "{way}: {order:#}");
        remove(&repo, &place);
        let unlinked = compared(&repo, "a", "b")["clean"].clone();
        match way {
            // what holds once the branch is checked out cannot be told
            "onbranch" => assert_eq!(unlinked, Value::Null),
            _ => assert_eq!(unlinked, false, "{way}"),
        }
    }
}

const RULES: [&str; 20] = [
    "# nothing\n",
    "* merge=union\n",
    "f -merge\n",
    "* binary\n",
    "f merge=own\n",
    "[attr]mine merge=union\n* mine\n",
    "[attr]mine -merge\n",
    "f mine\n",
    "d/f -merge\n",
    "g merge\n* -merge\n",
    "* conflict-marker-size=9\n",
    "* -diff\n",
    "* text=auto eol=lf\n",
    "*.x linguist-generated\nf text -merge\n",
    "h/* merge=union\n",
    "k -merge\n",
    "/d/e/* merge=union\n",
    "\"f\" -merge\n",
    "[!f] merge=union\n",
    "**/e/* -merge\nF merge=union\n",
];

const FILES: [&str; 5] = ["f", "g", "d/f", "d/e/g", "h/f"];

/// Edits the files of a checkout and commits them.
fn work(place: &Repo<'_>, dice: &mut Dice, name: &str) {
    for round in 0..1 + dice.below(2) {
        for _ in 0..1 + dice.below(3) {
            let file = *dice.pick(&FILES);
            let line = *dice.pick(&[3, 3, 4, 15, 16]);
            if let Ok(old) = fs::read_to_string(place.path(file)) {
                let wanted = format!("{line}\n");
                let ends = if dice.chance(10) { "\r\n" } else { "\n" };
                place.write(file, old.replacen(&wanted, &format!("{name} {line}{ends}"), 1));
            } else if dice.chance(50) {
                place.write(file, lines(&[(line, name)]));
            }
        }
        if dice.chance(55) {
            let file =
                *dice.pick(&[".gitattributes", ".gitattributes", "d/.gitattributes", "d/e/.gitattributes"]);
            match dice.chance(20) && place.path(file).exists() {
                true => place.remove(file),
                false if dice.chance(30) => {
                    let kept = fs::read_to_string(place.path(file)).unwrap_or_default();
                    let more: &&str = dice.pick(&RULES);
                    place.write(file, if dice.chance(50) { kept + more } else { format!("{more}{kept}") });
                }
                false => place.write(file, dice.pick(&RULES)),
            }
        }
        match dice.below(10) {
            0 if place.path("d").exists() && !place.path("h").exists() => {
                drop(place.try_git(&["mv", "d", "h"]))
            }
            1 if place.path("g").exists() && !place.path("k").exists() => {
                drop(place.try_git(&["mv", "g", "k"]))
            }
            _ => {}
        }
        place.commit(&format!("{name} {round}"), &[]);
    }
}

/// `main` and three branches, some with worktrees.
fn history<'s>(sandbox: &'s Sandbox, dice: &mut Dice) -> Repo<'s> {
    let repo = sandbox.repo(
        "main",
        &[("f", &lines(&[])), ("g", &lines(&[])), ("d/f", &lines(&[])), ("d/e/g", &lines(&[]))],
    );
    repo.git(&["config", "merge.own.driver", "true"]);
    for file in [".gitattributes", "d/.gitattributes"] {
        if dice.chance(40) {
            let rules: &&str = dice.pick(&RULES);
            repo.commit("attributes", &[(file, rules)]);
        }
    }
    for name in ["a", "b", "c"] {
        let place = repo.worktree(name);
        work(&place, dice, name);
        if dice.chance(60) {
            repo.git(&["worktree", "remove", "--force", name]);
        }
    }
    if dice.chance(40) {
        work(&repo, dice, "main");
    }
    repo
}

/// What a random history was found to differ in.
fn differences(seed: u64, counts: &mut [usize; 3]) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let sandbox = Sandbox::new();
    let repo = history(&sandbox, &mut dice);
    let mut wrong = Vec::new();
    let names = ["main", "a", "b", "c"];
    for (ours, theirs) in names.iter().flat_map(|ours| names.map(|theirs| (*ours, theirs))) {
        if ours == theirs || dice.chance(50) {
            continue;
        }
        let answer = compared(&repo, ours, theirs);
        let own_driver =
            answer["reason"].as_str().is_some_and(|reason| reason.contains("custom merge driver own"));
        match (merges_into(&repo, ours, theirs), answer["clean"].as_bool()) {
            (_, None) if own_driver => counts[2] += 1,
            (Some(truth), said) if said == Some(truth) => counts[usize::from(truth)] += 1,
            (truth, said) => wrong.push(format!("compare {ours} {theirs}: {said:?}, git {truth:?} {answer}")),
        }
    }
    wrong.extend(wrong_pairs(&repo));
    wrong.extend(wrong_steps(&repo));
    wrong
}

/// A pair is two merges into the target, one after the other, in either order.
fn wrong_pairs(repo: &Repo<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let status = repo.status();
    let verdicts = pairs(&status);
    let without =
        repo.tw(&["status", "--format", "json", "--all-pairs", "--fail-on", "never", "--no-cache"]).json();
    for kept in [&status, &repo.status()] {
        if ["pairs", "findings"].iter().any(|key| kept[key] != without[key]) {
            wrong.push(format!("with what is kept {}, without {}", kept["pairs"], without["pairs"]));
        }
    }
    let place = hidden(repo, "main");
    let alone = |name: &str| merges(&place, name) == Some(true);
    let after = |first: &str, second: &str| {
        place.git(&["merge", "-q", "--no-ff", "--no-edit", first]);
        let merged = merges(&place, second);
        place.git(&["reset", "-q", "--hard", "main"]);
        merged == Some(true)
    };
    for verdict in &verdicts {
        let [a, b, verdict] = verdict.split(' ').collect::<Vec<_>>()[..] else { continue };
        if !alone(a) || !alone(b) {
            continue;
        }
        let clean = after(a, b) && after(b, a);
        match (verdict, clean) {
            ("unknown", _) | ("conflict", false) | ("disjoint" | "overlap", true) => {}
            _ => wrong.push(format!("pair {a} {b}: {verdict}, in git clean: {clean}")),
        }
    }
    remove(repo, &place);
    wrong
}

/// All orders of three.
fn orders([a, b, c]: [&str; 3]) -> [[&str; 3]; 6] {
    [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]
}

/// The steps of the merge order up to the first one that stops. Where an optimal order stops, git has to stop in every other one.
fn wrong_steps(repo: &Repo<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let order = repo.tw(&["merge-order", "--verify", "--format", "json"]).json();
    if order["verified"] != true {
        wrong.push(format!("the order is not verified: {order}"));
    }
    let place = hidden(repo, "main");
    if order["cost"]["conflicts"] != 0 && order["optimal"] == true {
        let clean = orders(["a", "b", "c"]).into_iter().find(|names| {
            let merged =
                |name: &&str| place.try_git(&["merge", "-q", "--no-ff", "--no-edit", name]).status.success();
            let all = names.iter().all(merged);
            place.git(&["reset", "-q", "--hard", "main"]);
            all
        });
        wrong.extend(clean.map(|clean| format!("{clean:?} is clean, and the order {}", order["cost"])));
    }
    for step in order["steps"].as_array().unwrap() {
        let merged = place.try_git(&["merge", "-q", "--no-ff", "--no-edit", text(&step["terminal"])]);
        match (text(&step["prediction"]), merged.status.success()) {
            ("clean", true) => {}
            ("clean", false) | ("conflict", true) => wrong.push(format!("the step {step}: {merged:?}")),
            _ => break,
        }
    }
    place.try_git(&["merge", "--abort"]);
    remove(repo, &place);
    wrong
}

#[test]
fn random_histories_that_change_attributes_are_judged_as_git_merges_them() {
    let (mut wrong, mut counts) = (Vec::new(), [0; 3]);
    let all = seeds(6);
    for seed in all.clone() {
        let found = differences(seed, &mut counts);
        wrong.extend(found.into_iter().map(|one| format!("TRACK_WORK_SEED={seed} {one}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if all.count() > 5 {
        assert!(counts[..2].iter().all(|count| *count > 0), "conflicts, clean ones, drivers: {counts:?}");
    }
}
