//! Stories that depend on each other in a circle: if none of them can be merged, none is ready, and that is said; if
//! one can, because what it needs is complete, it is not said that none can.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::cli::program::{findings, text};
use crate::merge_engine::random::Dice;
use crate::support::{Sandbox, seeds};

const NONE: &str = "none of these stories can";

/// The stories of a finding about a circle.
fn circle(finding: &Value) -> Option<BTreeSet<String>> {
    let walk = text(&finding["message"]).strip_prefix("the dependencies form a cycle: ")?;
    // then where it is written
    let walk = walk.split(" (").next()?;
    Some(walk.split(" → ").map(str::to_string).collect())
}

/// How often it was said that none can be merged, and how often not.
fn one(seed: u64) -> [usize; 2] {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), (".gitignore", ".system/\ndocs/\n")]);
    let mut dice = Dice::new(seed * 41 + 5);
    let count = 2 + dice.below(3);
    let mut told = String::new();
    let (mut board, mut template) = ("development_status:\n".to_string(), String::new());
    let mut active =
        "parallel_mode: inter_story\nsessions:\n  other:\n    story_id: 9-9\n    status: pending\n"
            .to_string();
    for number in 1..=count {
        let story = format!("1-{number}-x");
        let mut needs: BTreeSet<usize> = [1 + number % count].into();
        if dice.chance(20) {
            needs.insert(1 + dice.below(count));
        }
        let needed: Vec<String> =
            needs.iter().filter(|one| **one != number).map(|one| format!("1-{one}")).collect();
        writeln!(template, "{story}: [{}]", needed.join(", ")).unwrap();
        let state = dice.below(5);
        writeln!(board, "  {story}: {}", if state == 0 { "done" } else { "in-progress" }).unwrap();
        writeln!(told, "- {story} needs {needed:?}, state {state}").unwrap();
        if matches!(state, 0 | 1) && dice.chance(50) {
            continue; // nobody works on it
        }
        let name = format!("t{number}");
        let status = if state > 2 || state == 0 { "completed" } else { "in_progress" };
        let shared = number > 1 && dice.chance(15) && repo.path(format!("../t{}", number - 1)).exists();
        let at = if shared { format!("t{}", number - 1) } else { name.clone() };
        if !shared {
            repo.worktree(&name).commit("work", &[(&format!("new{number}"), "1\n")]);
            if dice.chance(25) {
                repo.git(&["merge", "-q", "--no-ff", "-m", "merge", &name]);
                writeln!(told, "- {name} is merged").unwrap();
            }
        }
        write!(active, "  {name}:\n    story_id: {story}\n    status: {status}\n    branch: {at}\n").unwrap();
        writeln!(told, "- {name} is {status} on {at}").unwrap();
    }
    repo.write("docs/sprint-status.yaml", board);
    repo.track("dependencies-template.yaml", template);
    repo.track("active-sessions.yaml", active);
    let status = repo.status();
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let steps: Vec<&Value> = order["steps"].as_array().unwrap().iter().collect();
    let told = format!("TRACK_WORK_SEED={seed}\n{told}{order:#}");
    let stuck_units: BTreeSet<&str> = order["circles"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|walk| walk.as_array().unwrap())
        .map(text)
        .collect();
    let mut counts = [0, 0];
    for finding in findings(&status, "dependency_violation") {
        let Some(stories) = circle(finding) else { continue };
        let is_none = text(&finding["suggestion"]).contains(NONE);
        counts[usize::from(!is_none)] += 1;
        if is_none {
            let ready =
                steps.iter().find(|step| step["story"].as_str().is_some_and(|story| stories.contains(story)));
            assert_eq!(ready, None, "{told}\n{finding:#}");
            for ready in status["ready_to_merge"].as_array().unwrap() {
                assert!(
                    !ready["story"].as_str().is_some_and(|story| stories.contains(story)),
                    "{told}\n{ready:#}"
                );
            }
        } else {
            let terminals = status["terminals"].as_array().unwrap();
            for terminal in terminals.iter().filter(|one| stuck_units.contains(text(&one["id"]))) {
                let story = text(&terminal["story"]);
                assert!(!stories.contains(story), "{told}\n{story} waits in a circle: {finding:#}");
            }
        }
    }
    counts
}

#[test]
fn stories_in_a_circle_have_one_answer() {
    let all: Vec<[usize; 2]> = seeds(30).map(one).collect();
    let sum = |at: usize| all.iter().map(|one| one[at]).sum::<usize>();
    assert!(all.len() < 10 || (sum(0) > 0 && sum(1) > 0), "{} stuck, {} not", sum(0), sum(1));
}

#[test]
fn a_circle_with_a_complete_story_holds_up_nobody() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), (".gitignore", ".system/\ndocs/\n")]);
    repo.write(
        "docs/sprint-status.yaml",
        "development_status:\n  1-2-b: backlog\n  1-3-c: done\n  1-4-d: backlog\n",
    );
    repo.track("dependencies-template.yaml", "1-4-d: [1-3]\n1-2-b: [1-4]\n1-3-c: [1-2]\n");
    for (id, story) in [("one", "1-2-b"), ("two", "1-4-d")] {
        repo.worktree(id).commit(id, &[(id, "1\n")]);
        repo.tw(&["register", "--mode", "inter", "--story", story, "--terminal", id]).exits(0);
        repo.tw(&["complete", id]).exits(0);
    }
    let said = repo.tw(&["status"]);
    said.says("the dependencies form a cycle")
        .says("1-3-c is complete, so nobody waits for it")
        .says_not(NONE);
    repo.tw(&["merge", "--yes"]).exits(0).says("Made 2 merges");
}
