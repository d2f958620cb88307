//! What is built on unfinished work brings that along, so it is not ready before it.

use serde_json::{Value, json};

use super::on;
use crate::cli::program::{lines, text};
use crate::merge_engine::random::Dice;
use crate::sharing;
use crate::support::{Repo, Sandbox, seeds};

/// `lower` (in progress, story 1-1) and `upper` (story 1-2), which is built on it.
fn stacked(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("main", &[("f", &lines(&[])), ("g", "g\n")]);
    repo.tw(&["init"]).exits(0);
    repo.worktree("lower").commit("lower", &[("f", &lines(&[(3, "lower")]))]);
    on(&repo, "upper", "lower").commit("upper", &[("g", "upper\n")]);
    for (story, name) in [("1-1-lower", "lower"), ("1-2-upper", "upper")] {
        repo.tw(&["register", "--mode", "inter", "--story", story, "--branch", name, "--terminal", name])
            .exits(0);
    }
    repo
}

/// The terminals that `merge` would merge, and those that `status` calls ready.
fn ready(repo: &Repo) -> [Vec<String>; 2] {
    let plan = repo.tw(&["merge-order", "--format", "json", "--fail-on", "never"]).exits(0).json();
    let is_ready = |step: &&Value| step["ready"] == json!(true);
    let steps = plan["steps"].as_array().unwrap().iter().filter(is_ready);
    let steps = steps.map(|step| text(&step["terminal"]).to_string()).collect();
    let status = repo.status();
    let stories = status["ready_to_merge"].as_array().unwrap().iter();
    let mut named: Vec<String> = stories
        .flat_map(|one| one["terminals"].as_array().unwrap().iter().map(|id| text(id).to_string()))
        .collect();
    named.sort();
    [steps, named]
}

#[test]
fn a_branch_on_top_of_one_in_progress_waits_for_it() {
    let sandbox = Sandbox::new();
    let repo = stacked(&sandbox);
    let none: [Vec<String>; 2] = Default::default();
    repo.tw(&["complete", "upper"])
        .exits(0)
        .says("Not ready to merge: it contains the commits of lower, and lower is not ready");
    assert_eq!(ready(&repo), none);
    // what waits is planned behind what it contains
    let plan = repo.tw(&["merge-order", "--format", "json", "--fail-on", "never"]).exits(0).json();
    assert_eq!(
        (&plan["steps"][0]["terminal"], &plan["steps"][1]["terminal"]),
        (&json!("lower"), &json!("upper"))
    );
    let said = repo.tw(&["merge", "--dry-run"]);
    assert!(!said.stdout.contains("git merge --no-ff upper"), "{said}");
    repo.tw(&["complete", "lower"]).exits(0);
    assert_eq!(ready(&repo), [["lower", "upper"]; 2].map(|names| names.map(str::to_string).to_vec()));
}

#[test]
fn uncommitted_work_below_holds_what_is_on_top() {
    let sandbox = Sandbox::new();
    let repo = stacked(&sandbox);
    for name in ["lower", "upper"] {
        repo.tw(&["complete", name]).exits(0);
    }
    let lower = Repo { sandbox: &sandbox, top: sandbox.path("lower") };
    lower.write("f", lines(&[(3, "lower"), (4, "more")]));
    assert_eq!(ready(&repo), <[Vec<String>; 2]>::default());
    lower.commit("more", &[("f", &lines(&[(3, "lower"), (4, "more")]))]);
    // what was added below since then is not in it
    assert_eq!(ready(&repo), [["lower", "upper"]; 2].map(|names| names.map(str::to_string).to_vec()));
}

#[test]
fn named_work_is_merged_with_what_it_contains_where_that_is_named_too() {
    let sandbox = Sandbox::new();
    let repo = stacked(&sandbox);
    repo.tw(&["complete", "upper"]).exits(0);
    let brought = "brings the commits of lower (its status is in progress) along";
    repo.tw(&["merge", "--dry-run", "upper"]).exits(0).says(brought);
    repo.tw(&["merge-order", "--only", "upper"]).exits(0).says(brought);
    let order = repo.tw(&["merge-order", "--only", "upper", "--format", "json"]).json();
    let expected = json!([{"terminal": "lower", "not_ready": "its status is in progress"}]);
    assert_eq!(order["steps"][0]["brings"], expected, "{order:#}");
    let before = repo.git(&["rev-parse", "main"]);
    repo.tw(&["merge", "--yes", "upper"])
        .fails()
        .complains(
            "upper contains the commits of lower (its status is in progress), which would be merged with it",
        )
        .complains("track-work merge lower upper");
    // whoever leaves the one out leaves out the other
    let said = repo.tw(&["merge", "--yes", "--all", "--exclude", "lower"]).exits(0);
    said.says("upper: it contains the commits of lower, which is left out");
    assert_eq!(repo.git(&["rev-parse", "main"]), before);
    repo.tw(&["merge", "--yes", "lower", "upper"]).exits(0).says_not("brings");
    assert_eq!(repo.git(&["show", "main:f"]), lines(&[(3, "lower")]).trim_end());
}

#[test]
fn work_of_another_clone_that_is_not_completed_there_is_not_ready_here() {
    let sandbox = Sandbox::new();
    let [_, desk, laptop] = sharing::team(&sandbox);
    desk.tw(&["init"]).exits(0);
    for (name, story, line) in [("one", "1-1-one", 3), ("two", "1-2-two", 9)] {
        sharing::place(&desk, name).commit(name, &[("a.txt", &lines(&[(line, name)]))]);
        desk.tw(&["register", "--mode", "inter", "--story", story, "--branch", name, "--terminal", name])
            .exits(0);
    }
    desk.tw(&["complete", "one"]).exits(0);
    sharing::push(&desk, "desk", &[]).exits(0);
    laptop.tw(&["share", "pull"]).exits(0);
    let [steps, _] = ready(&laptop);
    assert_eq!(steps, ["desk/one"]);
    let plan = laptop.tw(&["merge-order", "--format", "json", "--fail-on", "never"]).exits(0).json();
    let waits = plan["waiting"].as_array().unwrap().iter().find(|one| one["terminal"] == "desk/two");
    assert_eq!(text(&waits.unwrap()["reason"]), "its status is in progress", "{plan:#}");
    // and once it is
    desk.tw(&["complete", "two"]).exits(0);
    sharing::push(&desk, "desk", &[]).exits(0);
    laptop.tw(&["share", "pull"]).exits(0);
    assert_eq!(ready(&laptop)[0].len(), 2);
}

/// Stacks at random, in random states, of which some are named: what comes into the target was named, or was told.
#[test]
fn nothing_unfinished_is_merged_that_nobody_named() {
    let (mut merged, mut refused) = (0, 0);
    for seed in seeds(6) {
        let mut dice = Dice::new(seed);
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("main", &[("f", &lines(&[]))]);
        repo.tw(&["init"]).exits(0);
        let names: Vec<String> = (0..3 + dice.below(2)).map(|at| format!("t{at}")).collect();
        let mut open: Vec<&String> = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let below = if at == 0 || dice.chance(25) { "main" } else { &names[dice.below(at)] };
            let place = on(&repo, name, below);
            place.commit(name, &[(name, "work\n")]);
            let registered = dice.chance(70);
            if registered {
                let story = format!("1-{at}-{name}");
                let of = ["--story", &story, "--branch", name, "--terminal", name];
                repo.tw(&[&["register", "--mode", "inter"][..], &of].concat()).exits(0);
            }
            match (registered, dice.chance(50)) {
                (true, true) => drop(repo.tw(&["complete", name]).exits(0)),
                (true, false) => open.push(name),
                (false, true) => {
                    place.write(name, "more\n");
                    open.push(name);
                }
                (false, false) => {}
            }
        }
        let named: Vec<&str> = names.iter().filter(|_| dice.chance(40)).map(String::as_str).collect();
        if named.is_empty() {
            continue;
        }
        let plan = repo.tw(&[&["merge", "--dry-run"][..], &named].concat()).exits(0);
        let said = repo.tw(&[&["merge", "--yes"][..], &named].concat());
        let is_in =
            |name: &&&String| repo.try_git(&["merge-base", "--is-ancestor", name, "main"]).status.success();
        let unasked: Vec<&&String> =
            open.iter().filter(|name| !named.contains(&name.as_str())).filter(is_in).collect();
        assert!(unasked.is_empty(), "seed {seed}: {unasked:?} with {named:?}\n{plan}\n{said}");
        match said.status {
            Some(0) => merged += 1,
            _ => {
                refused += 1;
                let told = open.iter().any(|name| said.stderr.contains(&format!("the commits of {name} (")));
                assert!(told || said.stderr.contains(" ("), "seed {seed}: {said}");
            }
        }
    }
    assert!(merged > 0 && refused > 0, "{merged} merged, {refused} refused");
}

/// What nobody registered holds no registered work that is built on it; that it comes along is said.
#[test]
fn work_that_nobody_registered_is_said_to_come_along() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), (".gitignore", ".system/\n")]);
    repo.worktree("lower").commit("lower", &[("b", "1\n")]);
    let upper = repo.worktree("upper");
    upper.git(&["reset", "-q", "--hard", "lower"]);
    upper.commit("upper", &[("c", "1\n")]);
    let register = ["register", "--mode", "inter", "--story", "1-1-a", "--terminal", "upper"];
    repo.tw(&register).exits(0);
    repo.tw(&["complete", "upper"]).exits(0);
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let step = &order["steps"][0];
    assert_eq!((&step["terminal"], &step["ready"]), (&"upper".into(), &true.into()), "{order:#}");
    assert_eq!(step["brings"][0]["terminal"], "lower", "{order:#}");
    repo.tw(&["merge-order"]).says("brings the commits of lower along");
    repo.tw(&["merge", "--dry-run"]).says("brings the commits of lower along");
    // nor is it said where that goes first anyway
    repo.tw(&["update", "upper", "--status", "in_progress"]).exits(0);
    repo.tw(&["merge-order"]).says_not("brings the commits");
}
