//! Histories whose best order is known, each a story of its own.

use serde_json::Value;

use super::sets::{Price, cost};
use crate::cli::program::{DIR, text};
use crate::support::{Repo, Sandbox};

/// Forty lines, some of them replaced.
fn lines(replaced: &[usize], by: &str) -> String {
    let line = |number: usize| match replaced.contains(&number) {
        true => format!("{by} {number}\n"),
        false => format!("line {number}\n"),
    };
    (1..=40).map(line).collect()
}

/// A branch from main: these files written, these removed.
fn branch(repo: &Repo, name: &str, written: &[(&str, &str)], removed: &[&str]) {
    repo.git(&["checkout", "-q", "-b", name, "main"]);
    for path in removed {
        repo.remove(path);
    }
    repo.commit(name, written);
    repo.git(&["checkout", "-q", "main"]);
}

#[track_caller]
fn order(repo: &Repo, args: &[&str]) -> Value {
    let said = repo.tw(&[&["merge-order", "--verify", "--format", "json"], args].concat());
    assert!(matches!(said.status, Some(0 | 1)), "{said}");
    let answer = said.json();
    assert_eq!(answer["verified"], true, "{answer:#}");
    answer
}

/// `a clean, b conflict`.
fn steps(answer: &Value) -> String {
    let step = |step: &Value| format!("{} {}", text(&step["terminal"]), text(&step["prediction"]));
    answer["steps"].as_array().unwrap().iter().map(step).collect::<Vec<_>>().join(", ")
}

fn baseline(answer: &Value, name: &str) -> Price {
    let baselines = answer["baselines"].as_array().unwrap();
    cost(&baselines.iter().find(|one| one["name"] == name).unwrap()["cost"])
}

#[test]
fn three_branches_that_conflict_only_together() {
    let sandbox = Sandbox::new();
    let (one, two) = (lines(&[], ""), lines(&[1, 2, 3, 4], "other"));
    let repo = sandbox.repo("repo", &[("old/one", &one), ("old/two", &two), ("readme", "x\n")]);
    branch(&repo, "a", &[("new/one", &one)], &["old/one"]);
    branch(&repo, "b", &[("new/two", &two)], &["old/two"]);
    branch(&repo, "c", &[("old/three", "mine\n")], &[]);
    let answer = order(&repo, &[]);
    assert_eq!(cost(&answer["cost"]), (0, 0, 0), "{answer:#}");
    assert_eq!(baseline(&answer, "registration"), (1, 1, 0));
    assert_eq!(answer["optimal"], true);
    let forced = order(&repo, &["--after", "c=a", "--after", "c=b"]);
    assert_eq!(steps(&forced), "a clean, b clean, c conflict");
    let conflict = &forced["steps"][2]["conflicts"][0];
    assert_eq!(
        (&conflict["together"], &conflict["with"]),
        (&Value::Bool(true), &serde_json::json!(["a", "b"]))
    );
}

#[test]
fn a_wide_refactoring_goes_after_the_small_edits_it_meets() {
    let sandbox = Sandbox::new();
    let plain = lines(&[], "");
    let repo = sandbox.repo("repo", &[("f", &plain), ("g", &plain), ("h", &plain)]);
    let wide = lines(&[10, 20, 30], "refactored");
    branch(&repo, "a-wide", &[("f", &wide), ("g", &wide), ("h", &wide)], &[]);
    branch(&repo, "small-f", &[("f", &lines(&[10], "small"))], &[]);
    branch(&repo, "small-g", &[("g", &lines(&[20], "small"))], &[]);
    branch(&repo, "small-h", &[("h", &lines(&[30], "small"))], &[]);
    let answer = order(&repo, &[]);
    assert_eq!(steps(&answer), "small-f clean, small-g clean, small-h clean, a-wide conflict");
    assert_eq!(cost(&answer["cost"]), (1, 3, 0));
    assert_eq!(baseline(&answer, "registration"), (3, 3, 0));
    assert_eq!(answer["optimal"], true);
    let batches: Vec<&Value> =
        answer["steps"].as_array().unwrap().iter().map(|step| &step["batch"]).collect();
    assert_eq!(batches, [1, 1, 1, 2]);
    assert_eq!(text(&answer["steps"][3]["command"]), "git merge --no-ff a-wide");
    let conflicts = answer["steps"][3]["conflicts"].as_array().unwrap();
    let told: Vec<String> =
        conflicts.iter().map(|one| format!("{} {} {}", one["path"], one["with"], one["lines"])).collect();
    assert_eq!(told[0], r#""f" ["small-f"] [[10,10]]"#, "{answer:#}");
    assert_eq!(told.len(), 3);
    let decision = &answer["steps"][3]["recommendation"];
    assert_eq!(text(&decision["recommendation"]), "manual");
    assert!(decision["alternatives"].as_array().unwrap().len() >= 3, "{decision:#}");
}

/// The whole file is rewritten by one, and the other two edit different lines of it: which of them goes first matters only by
/// how the conflict of the first of them is resolved.
#[test]
fn what_commutes_by_no_more_than_a_resolution_is_no_batch() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    branch(&repo, "a-crlf", &[("f", &lines(&[], "").replace('\n', "\r\n"))], &[]);
    branch(&repo, "b-edit", &[("f", &lines(&[3], "edit")), ("b", "b\n")], &[]);
    branch(&repo, "c-late", &[("f", &lines(&[25], "late"))], &[]);
    let answer = order(&repo, &["--after", "b-edit=a-crlf", "--after", "c-late=a-crlf"]);
    assert_eq!(steps(&answer), "a-crlf clean, b-edit conflict, c-late clean", "{answer:#}");
    let all = answer["steps"].as_array().unwrap();
    let batches: Vec<&Value> = all.iter().map(|step| &step["batch"]).collect();
    assert_eq!(batches, [1, 2, 3], "{answer:#}");
    assert_eq!(all[2]["assumes"], serde_json::json!(["b-edit"]), "{answer:#}");
    // git agrees that the order matters
    repo.git(&["checkout", "-q", "-b", "try", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "m", "a-crlf"]);
    assert!(!repo.try_git(&["merge", "-q", "--no-ff", "-m", "m", "c-late"]).status.success());
}

#[test]
fn a_chain_of_dependencies_holds_against_the_cheaper_order() {
    let sandbox = Sandbox::new();
    let plain = lines(&[], "");
    let repo = sandbox.repo("repo", &[("f", &plain), ("g", &plain)]);
    let wide = lines(&[10, 20], "refactored");
    branch(&repo, "terminal-1", &[("f", &wide), ("g", &wide)], &[]);
    branch(&repo, "terminal-2", &[("f", &lines(&[10], "small"))], &[]);
    branch(&repo, "terminal-3", &[("g", &lines(&[20], "small"))], &[]);
    let session = |id: usize, blocked: &str| {
        format!(
            "  terminal-{id}:\n    branch: terminal-{id}\n    status: completed\n    blocked_by: [{blocked}]\n"
        )
    };
    let text = format!(
        "story_id: \"1-2-auth\"\nparallel_mode: \"intra_story\"\nsessions:\n{}{}{}",
        session(1, ""),
        session(2, "terminal-1"),
        session(3, "terminal-2")
    );
    repo.track("story-1-2-sessions.yaml", text);
    let answer = order(&repo, &[]);
    assert_eq!(steps(&answer), "terminal-1 clean, terminal-2 conflict, terminal-3 conflict");
    assert_eq!((cost(&answer["cost"]), &answer["optimal"]), ((2, 2, 0), &Value::Bool(true)));
    assert!(self::text(&answer["steps"][1]["reason"]).contains("blocked by terminal-1"), "{answer:#}");
    assert_eq!(answer["steps"][2]["ready"], true);
}

#[test]
fn later_edits_follow_a_rename() {
    let sandbox = Sandbox::new();
    let plain = lines(&[], "");
    let repo = sandbox.repo("repo", &[("src/old.rs", &plain)]);
    branch(&repo, "edit", &[("src/old.rs", &lines(&[30], "edited"))], &[]);
    branch(&repo, "rename", &[("src/new.rs", &plain)], &["src/old.rs"]);
    let answer = order(&repo, &[]);
    assert_eq!(cost(&answer["cost"]), (0, 0, 0));
    repo.git(&["checkout", "-q", "-b", "trial"]);
    for step in answer["steps"].as_array().unwrap() {
        let command: Vec<&str> = text(&step["command"]).split(' ').skip(1).collect();
        repo.git(&[&command[..], &["-q", "-m", "x"]].concat());
        assert_eq!(repo.git(&["rev-parse", "HEAD^{tree}"]), text(&step["tree"]));
    }
    assert_eq!(repo.git(&["show", "HEAD:src/new.rs"]), lines(&[30], "edited").trim_end());
}

#[test]
fn what_is_merged_gone_or_empty_is_left_out_and_the_rest_is_ordered() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    branch(&repo, "good", &[("g", "1\n")], &[]);
    branch(&repo, "merged", &[("h", "1\n")], &[]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "x", "merged"]);
    let fresh = repo.worktree("fresh");
    fresh.write("new", "1\n");
    let broken = repo.worktree("broken");
    broken.commit("work", &[("b", "1\n")]);
    repo.git(&["worktree", "lock", "../broken"]);
    std::fs::remove_dir_all(&broken.top).unwrap();
    let sessions = "sessions:\n  terminal-1:\n    branch: merged\n    status: completed\n  terminal-2:\n    branch: no-such-branch\n    status: in_progress\n  good:\n    status: completed\n";
    repo.track(
        "story-1-1-sessions.yaml",
        format!("story_id: \"1-1-a\"\nparallel_mode: intra_story\n{sessions}"),
    );
    let said = repo.tw(&["merge-order", "--format", "json"]).exits(1);
    let answer = said.json();
    // of one whose disk is away, what is committed is known
    assert_eq!(steps(&answer), "good clean, broken clean");
    assert_eq!(answer["steps"][0]["ready"], true, "{answer:#}");
    assert_eq!(answer["steps"][1]["ready"], false, "{answer:#}");
    let left: Vec<String> = answer["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", text(&one["terminal"]), one["undetermined"], text(&one["reason"])))
        .collect();
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left[0].starts_with("fresh false nothing committed yet (1 file uncommitted)"), "{left:?}");
    assert!(left[1].starts_with("terminal-1 false already merged into main"), "{left:?}");
    assert!(left[2].starts_with("terminal-2 true") && left[2].contains("does not exist"), "{left:?}");
}

#[test]
fn a_branch_that_conflicts_with_the_target_alone_does_so_wherever_it_stands() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], "")), ("g", "1\n")]);
    branch(&repo, "drifted", &[("f", &lines(&[10], "mine"))], &[]);
    branch(&repo, "other", &[("g", "2\n")], &[]);
    repo.commit("main goes on", &[("f", &lines(&[10], "theirs"))]);
    let answer = order(&repo, &[]);
    assert_eq!((cost(&answer["cost"]), &answer["optimal"]), ((1, 1, 0), &Value::Bool(true)));
    let step = answer["steps"].as_array().unwrap().iter().find(|step| step["terminal"] == "drifted").unwrap();
    assert_eq!(step["conflicts"][0]["with"], serde_json::json!([]));
    assert_eq!(text(&step["recommendation"]["action"]), "update_from_target");
    repo.tw(&["merge-order"]).exits(1).says("f content, line 10, with the target");
}

#[test]
fn a_circle_is_named_in_full_and_the_rest_is_ordered() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    for name in ["terminal-1", "terminal-2", "terminal-3", "terminal-4", "terminal-5"] {
        branch(&repo, name, &[(name, "1\n")], &[]);
    }
    let session = |id: usize, needed: &str| {
        format!(
            "  terminal-{id}:\n    branch: terminal-{id}\n    status: completed\n    blocked_by: [{needed}]\n"
        )
    };
    let all = [
        session(1, "terminal-3"),
        session(2, "terminal-1"),
        session(3, "terminal-2"),
        session(4, "terminal-1"),
    ];
    let file = format!("story_id: \"1-2-auth\"\nparallel_mode: \"intra_story\"\nsessions:\n{}", all.concat());
    repo.track("story-1-2-sessions.yaml", file);
    let answer = order(&repo, &[]);
    assert_eq!(
        answer["circles"],
        serde_json::json!([["terminal-1", "terminal-3", "terminal-2", "terminal-1"]])
    );
    assert_eq!(steps(&answer), "terminal-5 clean");
    let waiting = answer["waiting"].as_array().unwrap().iter().filter(|one| one["planned"] == false);
    let waiting: Vec<&str> = waiting.map(|one| text(&one["terminal"])).collect();
    assert_eq!(waiting, ["terminal-1", "terminal-2", "terminal-3", "terminal-4"]);
    repo.tw(&["merge-order"]).says("Cycle: terminal-1 → terminal-3 → terminal-2 → terminal-1");
}

#[test]
fn of_equal_orders_it_is_always_the_one_by_registration() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    for name in ["alpha", "beta", "gamma"] {
        branch(&repo, name, &[("f", &lines(&[10], name))], &[]);
    }
    let first = repo.tw(&["merge-order", "--format", "json"]).exits(1);
    assert_eq!(steps(&first.json()), "alpha clean, beta conflict, gamma conflict");
    for _ in 0..3 {
        assert_eq!(repo.tw(&["merge-order", "--format", "json"]).stdout, first.stdout);
    }
    let sessions = "sessions:\n  t-1:\n    branch: gamma\n    status: completed\n  t-2:\n    branch: beta\n    status: completed\n  t-3:\n    branch: alpha\n    status: completed\n    priority: 5\n";
    repo.track(
        "story-1-1-sessions.yaml",
        format!("story_id: \"1-1-a\"\nparallel_mode: intra_story\n{sessions}"),
    );
    assert_eq!(steps(&order(&repo, &[])), "t-3 clean, t-1 conflict, t-2 conflict");
}

#[test]
fn a_pair_that_nobody_can_judge_is_unknown_and_never_clean() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f.x", &lines(&[], "")), (".gitattributes", "*.x merge=own\n")]);
    repo.git(&["config", "merge.own.driver", "true"]);
    branch(&repo, "one", &[("f.x", &lines(&[10], "one"))], &[]);
    branch(&repo, "two", &[("f.x", &lines(&[11], "two"))], &[]);
    branch(&repo, "three", &[("g", "1\n")], &[]);
    let said = repo.tw(&["merge-order", "--format", "json", "--fail-on", "error"]).exits(1);
    let answer = said.json();
    assert_eq!(steps(&answer), "one clean, three clean, two unknown");
    // what is unknown is neither a conflict nor clean
    assert_eq!((cost(&answer["cost"]), &answer["cost"]["unknown"]), ((0, 0, 0), &Value::from(1)));
    assert!(text(&answer["steps"][2]["unknown"]).contains("custom merge driver"), "{answer:#}");
}

#[test]
fn only_completed_work_is_proposed_for_now() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    for name in ["terminal-1", "terminal-2", "terminal-3"] {
        branch(&repo, name, &[(name, "1\n")], &[]);
    }
    let done = sandbox.path("done");
    repo.git(&["worktree", "add", "-q", done.to_str().unwrap(), "terminal-3"]);
    let sessions = "sessions:\n  terminal-1:\n    branch: terminal-1\n    status: in_progress\n  terminal-2:\n    branch: terminal-2\n    status: completed\n    blocked_by: [terminal-1]\n  terminal-3:\n    branch: terminal-3\n    status: completed\n    agent: dev\n";
    repo.track(
        "story-1-1-sessions.yaml",
        format!("story_id: \"1-1-a\"\nparallel_mode: intra_story\n{sessions}"),
    );
    let answer = order(&repo, &[]);
    assert_eq!(steps(&answer), "terminal-3 clean, terminal-1 clean, terminal-2 clean");
    let ready: Vec<&Value> = answer["steps"].as_array().unwrap().iter().map(|step| &step["ready"]).collect();
    assert_eq!(ready, [true, false, false]);
    let step = &answer["steps"][0];
    assert_eq!(
        (text(&step["agent"]), text(&step["branch"]), text(&step["story"])),
        ("dev", "terminal-3", "1-1-a")
    );
    let waiting: Vec<String> = answer["waiting"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{}: {}", text(&one["terminal"]), text(&one["reason"])))
        .collect();
    assert_eq!(waiting[0], "terminal-1: its status is in progress");
    assert!(waiting[1].starts_with("terminal-2: it is blocked by terminal-1"), "{waiting:?}");
    repo.tw(&["sync"]).exits(0);
    let log = repo.tracked("session-sync-log.yaml");
    assert!(
        log.contains("1 terminal-3 clean") && log.contains("2 terminal-1 clean (not ready yet)"),
        "{log}"
    );
    // what is not committed would be left behind
    std::fs::write(done.join("left-behind"), "1\n").unwrap();
    let answer = order(&repo, &[]);
    let step =
        answer["steps"].as_array().unwrap().iter().find(|step| step["terminal"] == "terminal-3").unwrap();
    assert_eq!(step["ready"], false);
    assert_eq!(text(&step["warnings"][0]), "1 file is not committed and will not be merged");
    let waiting = answer["waiting"].as_array().unwrap();
    let reasons =
        waiting.iter().filter(|one| one["terminal"] == "terminal-3").map(|one| text(&one["reason"]));
    assert_eq!(reasons.collect::<Vec<_>>(), ["it has 1 file uncommitted"]);
}

#[test]
fn stories_go_after_the_stories_they_depend_on() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    for name in ["terminal-1", "terminal-2", "terminal-3"] {
        branch(&repo, name, &[(name, "1\n")], &[]);
    }
    let session = |id: usize, story: &str| {
        format!(
            "  terminal-{id}:\n    story_id: \"{story}\"\n    branch: terminal-{id}\n    status: completed\n"
        )
    };
    let file = format!(
        "parallel_mode: \"inter_story\"\nsessions:\n{}{}{}dependencies:\n  1-1-a:\n    depends_on: [\"1-3-c\"]\n  1-2-b:\n    depends_on: [\"1-9-z\"]\n",
        session(1, "1-1-a"),
        session(2, "1-2-b"),
        session(3, "1-3-c")
    );
    repo.write(format!("{DIR}/active-sessions.yaml"), file);
    let answer = order(&repo, &[]);
    assert_eq!(steps(&answer), "terminal-3 clean, terminal-1 clean");
    assert!(text(&answer["steps"][0]["reason"]).contains("before terminal-1"), "{answer:#}");
    assert_eq!(text(&answer["waiting"][0]["terminal"]), "terminal-2");
    assert_eq!(answer["waiting"][0]["waits_for"], serde_json::json!(["1-9-z"]));
}

#[test]
fn a_part_can_be_ordered_and_a_place_explained() {
    let sandbox = Sandbox::new();
    let plain = lines(&[], "");
    let repo = sandbox.repo("repo", &[("f", &plain), ("g", &plain)]);
    let wide = lines(&[10, 20], "refactored");
    branch(&repo, "a-wide", &[("f", &wide), ("g", &wide)], &[]);
    branch(&repo, "small-f", &[("f", &lines(&[10], "small"))], &[]);
    branch(&repo, "small-g", &[("g", &lines(&[20], "small"))], &[]);
    assert_eq!(steps(&order(&repo, &["--only", "a-wide,small-f"])), "a-wide clean, small-f conflict");
    assert_eq!(steps(&order(&repo, &["--exclude", "a-wide"])), "small-f clean, small-g clean");
    let answer = order(&repo, &["--explain", "a-wide"]);
    let explanation = &answer["explanation"];
    assert_eq!(
        (&explanation["position"], &explanation["meets"]),
        (&3.into(), &serde_json::json!(["small-f", "small-g"]))
    );
    let costs: Vec<Price> =
        explanation["positions"].as_array().unwrap().iter().map(|one| cost(&one["cost"])).collect();
    assert_eq!(costs, [(2, 2, 0), (2, 2, 0), (1, 2, 0)]);
    repo.tw(&["merge-order", "--explain", "a-wide"]).says("at position 1: 2 conflicts (2 hunks)");
    repo.tw(&["merge-order", "--only", "nobody"]).fails().complains("unknown terminal: nobody");
    repo.tw(&["merge-order", "--after", "a-wide"]).exits(2);
}

#[test]
fn stacked_branches_come_out_as_git_will_see_them() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    branch(&repo, "below", &[("f", &lines(&[10], "below"))], &[]);
    repo.git(&["checkout", "-q", "-b", "on-top", "below"]);
    repo.commit("more", &[("f", &lines(&[10, 11], "on top"))]);
    repo.git(&["checkout", "-q", "main"]);
    let answer = order(&repo, &[]);
    assert_eq!(steps(&answer), "below clean, on-top clean");
    let turned = order(&repo, &["--after", "below=on-top"]);
    assert_eq!(steps(&turned), "on-top clean, below clean");
    assert_eq!(turned["steps"][0]["tree"], turned["steps"][1]["tree"]);
}

#[test]
fn commands_name_what_was_judged() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    branch(&repo, "plain", &[("g", "1\n")], &[]);
    branch(&repo, "it's", &[("h", "1\n")], &[]);
    branch(&repo, "dashed", &[("i", "1\n")], &[]);
    repo.git(&["update-ref", "refs/heads/-dash", "dashed"]);
    repo.git(&["branch", "-q", "-D", "dashed"]);
    let answer = order(&repo, &[]);
    let commands: Vec<&str> =
        answer["steps"].as_array().unwrap().iter().map(|step| text(&step["command"])).collect();
    assert_eq!(
        commands,
        ["git merge --no-ff refs/heads/-dash", r"git merge --no-ff 'it'\''s'", "git merge --no-ff plain"]
    );
    // what a rebase is about to replace is judged as it is, and not to be merged yet
    repo.git(&["checkout", "-q", "-b", "moving", "main"]);
    repo.commit("one", &[("f", &lines(&[10], "moving"))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("f", &lines(&[10], "main"))]);
    let moving = sandbox.path("moving");
    repo.git(&["worktree", "add", "-q", moving.to_str().unwrap(), "moving"]);
    let moving = Repo { sandbox: &sandbox, top: moving };
    assert!(!moving.try_git(&["rebase", "main"]).status.success());
    let answer = order(&repo, &["--only", "moving"]);
    assert_eq!(steps(&answer), "moving conflict");
    assert_eq!(answer["steps"][0]["ready"], false);
    assert!(text(&answer["waiting"][0]["reason"]).contains("a rebase is in progress"), "{answer:#}");
}

#[test]
fn a_history_that_is_cut_off_is_unknown() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], "")), ("gone", "1\n")]);
    branch(&repo, "side", &[("g", "1\n")], &["gone"]);
    repo.commit("on", &[("f", &lines(&[10], "on"))]);
    let shallow = sandbox.path("shallow");
    let url = format!("file://{}", repo.top.display());
    repo.git(&["clone", "-q", "--depth", "1", "--no-single-branch", &url, shallow.to_str().unwrap()]);
    let shallow = Repo { sandbox: &sandbox, top: shallow };
    shallow.git(&["branch", "side", "origin/side"]);
    let said = shallow.tw(&["merge-order"]).exits(1).says_not("git merge");
    said.says("side").says("git fetch --unshallow");
    shallow.tw(&["compare", "main", "side"]).exits(1).says("unknown").says("git fetch --unshallow");
    shallow.git(&["fetch", "-q", "--unshallow"]);
    shallow.tw(&["merge-order"]).exits(0).says("git merge --no-ff side");
}

#[test]
fn a_target_that_is_not_checked_out_in_the_main_worktree_says_where_to_merge() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    branch(&repo, "side", &[("g", "1\n")], &[]);
    repo.git(&["branch", "release", "main"]);
    repo.tw(&["merge-order"]).exits(0).says_not("checked out");
    let said = repo.tw(&["merge-order", "--target", "release"]).exits(0);
    said.says("release is not checked out anywhere. Before the first merge, run: git switch release");
    let json = order(&repo, &["--target", "release"]);
    assert_eq!((&json["before"], json.get("run_in")), (&"git switch release".into(), None));
    let top = sandbox.path("rel");
    repo.git(&["worktree", "add", "-q", top.to_str().unwrap(), "release"]);
    let said = repo.tw(&["merge-order", "--target", "release"]).exits(0);
    said.says(&format!("Run the commands in {}, where release is checked out.", top.display()));
    let json = order(&repo, &["--target", "release"]);
    assert_eq!((json["run_in"].as_str(), json.get("before")), (top.to_str(), None));
    let said = repo.tw(&["merge-order", "--target", "main~0"]).exits(0);
    said.says("Before the first merge, run: git switch --detach 'main~0'");
}

#[test]
fn many_names_are_told_by_the_first_ones_and_json_has_them_all() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    let all: Vec<usize> = (1..=12).map(|at| at * 2).collect();
    branch(&repo, "wide", &[("f", &lines(&all, "wide"))], &[]);
    let small: Vec<String> = all.iter().map(|at| format!("small-{at:02}")).collect();
    for (name, at) in small.iter().zip(&all) {
        branch(&repo, name, &[("f", &lines(&[*at], name))], &[]);
    }
    let human = repo.tw(&["merge-order", "--time", "600"]).exits(1);
    let human = human.says("and 9 others");
    human.says_not(&small.join(" and ")).says_not(&small.join(", "));
    let json = order(&repo, &["--time", "600"]);
    let last = json["steps"].as_array().unwrap().iter().find(|step| step["terminal"] == "wide").unwrap();
    assert!(small.iter().all(|name| text(&last["reason"]).contains(name)), "{last:#}");
    assert_eq!(last["conflicts"][0]["with"].as_array().unwrap().len(), small.len());
}

#[test]
fn what_the_target_has_by_other_commits_is_no_step() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    branch(&repo, "squashed", &[("f", &lines(&[10], "done"))], &[]);
    branch(&repo, "undone", &[("f", &lines(&[], ""))], &[]);
    branch(&repo, "work", &[("g", "1\n")], &[]);
    repo.git(&["merge", "-q", "--squash", "squashed"]);
    repo.commit("squashed", &[]);
    let answer = order(&repo, &[]);
    assert_eq!(steps(&answer), "work clean");
    let left: Vec<String> = answer["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", text(&one["terminal"]), text(&one["reason"])))
        .collect();
    let why = "nothing to merge: main already has the same changes";
    assert_eq!(left, ["squashed already merged into main".to_string(), format!("undone {why}")]);
    // git agrees
    let before = repo.git(&["rev-parse", "HEAD^{tree}"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "x", "squashed"]);
    assert_eq!(repo.git(&["rev-parse", "HEAD^{tree}"]), before);
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    // also what another one builds on is merged; git stops where that one changes the same lines
    repo.git(&["checkout", "-q", "-b", "on-top", "squashed"]);
    repo.commit("more", &[("f", &lines(&[10, 11], "more"))]);
    repo.git(&["checkout", "-q", "main"]);
    assert_eq!(steps(&order(&repo, &["--exclude", "squashed,work,undone"])), "on-top conflict");
    assert_eq!(steps(&order(&repo, &["--exclude", "work,undone"])), "on-top conflict");
    assert!(!repo.try_git(&["merge", "-q", "--no-ff", "-m", "x", "on-top"]).status.success());
}

#[test]
fn a_completed_story_that_was_squashed_is_ready_no_more() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("f", &lines(&[], ""))]);
    branch(&repo, "login", &[("f", &lines(&[10], "done"))], &[]);
    let active =
        "sessions:\n  terminal-1:\n    story_id: \"1-2-login\"\n    status: completed\n    branch: login\n";
    repo.track("active-sessions.yaml", active);
    repo.tw(&["status"]).exits(0).says("Ready to merge: Story 1-2 (terminal-1)");
    repo.git(&["merge", "-q", "--squash", "login"]);
    repo.commit("squashed", &[]);
    repo.tw(&["status"]).exits(0).says_not("Ready to merge");
    assert_eq!(steps(&order(&repo, &[])), "");
}
