//! What stories need, as `active-sessions.yaml` has it from the template: it follows that, and what a person wrote there
//! stays.

use super::program::{findings, text};
use crate::support::{Repo, Sandbox};

const ACTIVE: &str = "active-sessions.yaml";
const TEMPLATE: &str = "dependencies-template.yaml";

/// Stories with a worktree each, all registered while the template says this.
fn registered<'a>(sandbox: &'a Sandbox, stories: &[&str], template: &str) -> Repo<'a> {
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    repo.track(TEMPLATE, template);
    for story in stories {
        let place = repo.worktree(story);
        place.commit(story, &[(story, "x\n")]);
        repo.tw(&["register", "--mode", "inter", "--story", story]).exits(0);
    }
    repo
}

/// The entry of a story in the file.
fn entry(repo: &Repo, story: &str) -> serde_json::Value {
    serde_json::to_value(&repo.yaml(ACTIVE)["dependencies"][story]).expect("plain values")
}

fn blocked(repo: &Repo, terminal: &str) -> bool {
    repo.yaml(ACTIVE)["sessions"][terminal]["status"].as_str() == Some("blocked")
}

/// The messages about cycles.
fn cycles(repo: &Repo) -> Vec<String> {
    let answer = repo.status();
    let all =
        findings(&answer, "dependency_violation").into_iter().map(|one| text(&one["message"]).to_string());
    all.filter(|message| message.contains("cycle")).collect()
}

#[test]
fn what_the_template_says_no_more_holds_up_nobody() {
    let sandbox = Sandbox::new();
    let repo = registered(&sandbox, &["1-1-a", "1-2-b"], "dependencies:\n  1-2-b: [1-1-a]\n");
    repo.tw(&["sync"]);
    assert!(blocked(&repo, "terminal-2"), "{}", repo.tracked(ACTIVE));
    repo.track(TEMPLATE, "dependencies: {}\n");
    repo.tw(&["status"]).says_not("1-2-b needs").says_not("waiting for");
    let said = repo.tw(&["sync"]);
    let said = said.says("Terminal-2: blocked → in_progress").says("Story 1-2");
    let file = repo.tracked(ACTIVE);
    assert!(!blocked(&repo, "terminal-2") && file.ends_with("\ndependencies: {}\n"), "{said}\n{file}");
    repo.tw(&["sync"]);
    assert_eq!(repo.tracked(ACTIVE), file);
}

#[test]
fn what_the_template_says_otherwise_is_copied_anew() {
    let sandbox = Sandbox::new();
    let stories = ["1-1-a", "1-2-b", "1-3-c"];
    let repo = registered(&sandbox, &stories, "dependencies:\n  1-3-c: [1-1-a]\n");
    repo.track(TEMPLATE, "dependencies:\n  1-3-c: [1-2-b]\n");
    repo.tw(&["sync"]);
    let entry = entry(&repo, "1-3-c");
    assert_eq!(entry["depends_on"], serde_json::json!(["1-2-b"]), "{entry}");
    assert_eq!(entry["copied"], entry["depends_on"]);
    assert_eq!(entry["reason"], "Waiting for story 1-2");
    // by any command that writes
    repo.track(TEMPLATE, "dependencies:\n  1-3-c: [1-2-b, 1-1]\n");
    repo.tw(&["update", "terminal-1", "--task", "x"]).exits(0);
    assert!(repo.tracked(ACTIVE).contains("depends_on: [\"1-2-b\", \"1-1-a\"]"), "{}", repo.tracked(ACTIVE));
}

#[test]
fn what_a_person_wrote_there_stays() {
    let sandbox = Sandbox::new();
    let stories = ["1-1-a", "1-2-b", "1-3-c"];
    let repo = registered(&sandbox, &stories, "dependencies:\n  1-3-c: [1-1-a]\n");
    let by_hand = |old: &str, new: &str| {
        let file = repo.tracked(ACTIVE);
        assert!(file.contains(old), "{file}");
        repo.track(ACTIVE, file.replacen(old, new, 1));
    };
    by_hand("depends_on: [\"1-1-a\"]", "depends_on: [\"1-1-a\", \"1-2-b\"] # asked for");
    repo.track(TEMPLATE, "dependencies: {}\n");
    repo.tw(&["sync"]);
    let file = repo.tracked(ACTIVE);
    assert!(blocked(&repo, "terminal-3") && file.contains("depends_on: [\"1-2-b\"] # asked for"), "{file}");
    assert!(!file.contains("copied"), "{file}");
    // an entry without copies is a person's
    repo.track(TEMPLATE, "dependencies:\n  1-3-c: [1-2-b]\n");
    repo.tw(&["sync"]);
    repo.track(TEMPLATE, "dependencies: {}\n");
    repo.tw(&["sync"]);
    assert_eq!(repo.tracked(ACTIVE), file);
    // so is what stands beside them
    repo.track(TEMPLATE, "dependencies:\n  1-2-b: [1-1-a]\n");
    repo.tw(&["sync"]);
    by_hand("copied: [\"1-1-a\"]", "copied: [\"1-1-a\"]\n    note: mine");
    repo.track(TEMPLATE, "dependencies: {}\n");
    repo.tw(&["sync"]);
    assert_eq!(
        entry(&repo, "1-2-b"),
        serde_json::json!({"depends_on": [], "status": "ready", "note": "mine"})
    );
}

#[test]
fn unregister_takes_out_the_copy_of_what_is_gone() {
    let sandbox = Sandbox::new();
    let repo = registered(&sandbox, &["1-1-a", "1-2-b"], "dependencies:\n  1-2-b: [1-1-a]\n");
    repo.track(TEMPLATE, "dependencies: {}\n");
    repo.tw(&["unregister", "terminal-2"]).exits(0);
    assert!(repo.tracked(ACTIVE).ends_with("\ndependencies: {}\n"), "{}", repo.tracked(ACTIVE));
}

#[test]
fn a_cycle_is_over_once_the_template_says_so() {
    let sandbox = Sandbox::new();
    let both = "dependencies:\n  1-1-a: [1-2-b]\n  1-2-b:\n    depends_on:\n      - 1-1-a\n";
    let repo = registered(&sandbox, &["1-1-a", "1-2-b"], both);
    repo.tw(&["sync"]);
    let path = ".system/parallel-work/dependencies-template.yaml";
    let expected = format!(
        "the dependencies form a cycle: 1-1-a → 1-2-b → 1-1-a (1-1-a needs 1-2-b in {path}, line 2; 1-2-b needs 1-1-a in {path}, line 5)"
    );
    assert_eq!(cycles(&repo), [expected.as_str()]);
    assert!(repo.tw(&["doctor", "--format", "json"]).json().to_string().contains(&expected));
    repo.track(TEMPLATE, "dependencies:\n  1-2-b: [1-1-a]\n");
    assert_eq!(cycles(&repo), [""; 0]);
    repo.tw(&["sync"]).says_not("cycle");
    assert!(!blocked(&repo, "terminal-1") && blocked(&repo, "terminal-2"), "{}", repo.tracked(ACTIVE));
}

#[test]
fn a_cycle_names_the_file_that_a_person_wrote_it_in() {
    let sandbox = Sandbox::new();
    let repo = registered(&sandbox, &["1-1-a", "1-2-b"], "dependencies:\n  1-2-b: [1-1-a]\n");
    repo.tw(&["sync"]);
    let file = repo.tracked(ACTIVE) + "\n  \"1-1-a\":\n    depends_on: [\"1-2-b\"]\n";
    let line = file.lines().count();
    repo.track(ACTIVE, file);
    let cycles = cycles(&repo);
    assert_eq!(cycles.len(), 1, "{cycles:?}");
    assert!(
        cycles[0].contains(&format!("1-1-a needs 1-2-b in active-sessions.yaml, line {line};")),
        "{cycles:?}"
    );
}

#[test]
fn all_cycles_are_named() {
    let sandbox = Sandbox::new();
    let all = "dependencies:\n  1-1-a: [1-2-b]\n  1-2-b: [1-1-a, 1-3-c]\n  1-3-c: [1-2-b]\n  1-4-d: [1-4-d, 1-1-a]\n";
    let repo = registered(&sandbox, &["1-1-a", "1-2-b", "1-3-c", "1-4-d"], all);
    let walks: Vec<String> = cycles(&repo)
        .iter()
        .map(|message| {
            message.split_once("cycle: ").expect("a cycle").1.split(" (").next().unwrap().to_string()
        })
        .collect();
    assert_eq!(walks, ["1-1-a → 1-2-b → 1-1-a", "1-2-b → 1-3-c → 1-2-b", "1-4-d → 1-4-d"]);
    // no story comes before itself
    let answer = repo.status();
    for finding in findings(&answer, "dependency_violation") {
        let suggestion = text(&finding["suggestion"]);
        assert!(!suggestion.contains("Complete 1-2-b, 1-4-d"), "{finding}");
        if let Some(first) = suggestion.strip_prefix("Complete ") {
            assert_eq!(first, "1-1-a first, then continue with 1-4-d.", "{finding}");
        }
    }
}

#[test]
fn nobody_is_unblocked_while_the_template_cannot_be_read() {
    let broken =
        "dependencies:\n<<<<<<< HEAD\n  1-3-c: [1-1-a]\n=======\n  1-3-c: [1-1-a, 1-2-b]\n>>>>>>> x\n";
    let commands: [&[&str]; 4] = [
        &["complete", "terminal-1"],
        &["update", "terminal-1", "--status", "completed"],
        &["unregister", "terminal-1"],
        &["register", "--mode", "inter", "--story", "1-4-d", "--terminal", "four"],
    ];
    for command in commands {
        let sandbox = Sandbox::new();
        let stories = ["1-1-a", "1-2-b", "1-3-c"];
        let repo = registered(&sandbox, &stories, "dependencies:\n  1-3-c: [1-1-a]\n");
        repo.tw(&["sync"]);
        let before = (repo.yaml(ACTIVE)["sessions"]["terminal-3"].clone(), entry(&repo, "1-3-c"));
        repo.track(TEMPLATE, broken);
        let said = repo.tw(command);
        let said = said.says_not("→").says_not("no longer waiting").says_not("can start");
        repo.tw(&["sync"]).says_not("Terminal-3: blocked →");
        let after = (repo.yaml(ACTIVE)["sessions"]["terminal-3"].clone(), entry(&repo, "1-3-c"));
        assert_eq!((&after.0["status"], &after.1), (&before.0["status"], &before.1), "{command:?}: {said}");
        assert_eq!(after.0["waiting_for"], before.0["waiting_for"], "{command:?}: {said}");
        let is_complete = command[0] == "complete" || command[0] == "update";
        let reason = if is_complete { "it to be known what story 1-3 needs" } else { "story 1-1" };
        assert_eq!(after.0["reason"].as_str(), Some(format!("Waiting for {reason}").as_str()), "{command:?}");
        // once it can be read, it counts again
        repo.track(TEMPLATE, "dependencies:\n  1-3-c: [1-1-a]\n");
        repo.tw(&["sync"]);
        assert_eq!(blocked(&repo, "terminal-3"), !is_complete, "{command:?}: {}", repo.tracked(ACTIVE));
    }
}

/// Builds that did not mark copies left such entries: one that the template has just so is its copy, one that it does not have
/// stays, and what is said of it names where it is.
#[test]
fn a_copy_that_is_not_marked_is_the_template_s_as_long_as_that_has_it() {
    let sandbox = Sandbox::new();
    let stories = ["1-1-a", "1-2-b", "1-3-c"];
    let both = "dependencies:\n  1-2-b: [1-1]\n  1-3-c: [1-1-a, 1-2-b]\n";
    let unmarked = |repo: &Repo| {
        let file = repo.tracked(ACTIVE);
        let lines = file.lines().filter(|line| !line.trim_start().starts_with("copied:"));
        repo.track(ACTIVE, lines.map(|line| format!("{line}\n")).collect::<String>());
    };
    let repo = registered(&sandbox, &stories, both);
    unmarked(&repo);
    repo.tw(&["sync"]);
    assert_eq!(entry(&repo, "1-2-b")["copied"], serde_json::json!(["1-1-a"]));
    let file = repo.tracked(ACTIVE);
    repo.tw(&["sync"]);
    assert_eq!(repo.tracked(ACTIVE), file);
    repo.track(TEMPLATE, "dependencies:\n  1-2-b: [1-1]\n");
    repo.tw(&["sync"]);
    assert!(!blocked(&repo, "terminal-3") && blocked(&repo, "terminal-2"), "{}", repo.tracked(ACTIVE));
    // the template does not have it any more by the time that it is first seen
    unmarked(&repo);
    repo.track(TEMPLATE, "dependencies:\n  1-1-a: [1-2-b]\n");
    repo.tw(&["sync"]);
    assert!(blocked(&repo, "terminal-2"), "{}", repo.tracked(ACTIVE));
    let line = repo.tracked(ACTIVE).lines().position(|line| line == "  \"1-2-b\":").unwrap() + 2;
    let place = format!("1-2-b needs 1-1-a in active-sessions.yaml, line {line}");
    let said = cycles(&repo);
    assert!(said.len() == 1 && said[0].contains(&place), "{said:?} {place}\n{}", repo.tracked(ACTIVE));
    let answer = repo.status();
    let found = findings(&answer, "dependency_violation");
    let ways = found.iter().filter_map(|one| one["recommendation"]["alternatives"].as_array()).flatten();
    let place =
        format!("remove the dependency on 1-1-a if it is not needed (active-sessions.yaml, line {line})");
    assert!(ways.into_iter().any(|way| *way == *place), "{answer:#}");
}
