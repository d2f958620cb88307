//! What is ready to merge is one decision: `complete`, `status`, `sync`, the files, `merge-order` and `archive`.

use serde_json::{Value, json};

use super::program::{flat, lines, text};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-2-sessions.yaml";

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", "b\n")])
}

fn register(repo: &Repo, terminal: &str) {
    repo.tw(&["register", "--mode", "intra", "--story", "1-2-login", "--terminal", terminal]).exits(0);
}

/// Whether every output calls the story of `one` ready.
#[track_caller]
fn is_ready(repo: &Repo) -> bool {
    repo.tw(&["sync"]);
    let ready = repo.yaml(STORY)["coordination"]["ready_to_merge"].as_bool().unwrap();
    let status =
        repo.status()["ready_to_merge"].as_array().unwrap().iter().any(|one| one["story"] == "1-2-login");
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let steps = order["steps"].as_array().unwrap();
    let step = steps.iter().any(|step| step["story"] == "1-2-login" && step["ready"] == true);
    assert_eq!((ready, status, step), (ready, ready, ready), "file, status, merge-order");
    ready
}

#[test]
fn completed_work_is_ready_once_it_is_committed_until_it_is_merged() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    register(&repo, "one");
    one.commit("some", &[("a.txt", &lines(&[(1, "one")]))]);
    assert!(!is_ready(&repo), "not completed");
    one.write("new.txt", "1\n");
    one.write("a.txt", lines(&[(1, "one"), (9, "one")]));
    repo.tw(&["complete", "one"])
        .exits(0)
        .says("Not ready to merge: it has 2 files uncommitted.")
        .says("Uncommitted, and lost if its worktree is removed: a.txt and new.txt")
        .says_not("Ready to merge");
    let answer = repo.tw(&["complete", "one", "--format", "json"]).json();
    assert_eq!(answer["uncommitted"], json!(["a.txt", "new.txt"]));
    assert_eq!(
        (&answer["not_ready"], &answer["ready_to_merge"]),
        (&json!("it has 2 files uncommitted"), &json!([]))
    );
    assert!(!is_ready(&repo), "uncommitted");
    repo.tw(&["archive", "1-2"]).fails().complains("one has uncommitted work (a.txt and new.txt)");
    one.commit("rest", &[]);
    repo.tw(&["complete", "one"]).exits(0).says("Ready to merge: Story 1-2 (one)").says_not("ncommitted");
    assert_eq!(repo.yaml(STORY)["coordination"]["ready_to_merge"].as_bool(), Some(true));
    assert!(is_ready(&repo));
    repo.tw(&["archive", "1-2"]).fails().complains("story 1-2 is not merged: one is not merged into main");
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "one"]);
    assert!(!is_ready(&repo), "merged");
    let answer = repo.tw(&["complete", "one", "--format", "json"]).json();
    assert_eq!(
        (&answer["ready_to_merge"], &answer["uncommitted"], &answer["not_ready"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    one.write("a.txt", "once more\n");
    assert!(!is_ready(&repo), "uncommitted after the merge");
    repo.tw(&["archive", "1-2"]).fails().complains("uncommitted");
    one.git(&["checkout", "-q", "a.txt"]);
    repo.tw(&["archive", "1-2"]).exits(0);
}

#[test]
fn uncommitted_work_alone_is_not_ready_and_forgotten_by_nobody() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    register(&repo, "one");
    one.write("a.txt", lines(&[(1, "one")]));
    repo.tw(&["complete", "one"])
        .exits(0)
        .says("Not ready to merge: nothing committed yet (1 file uncommitted).")
        .says("a.txt");
    assert!(!is_ready(&repo));
    repo.tw(&["merge-order"]).says("Left out: one: nothing committed yet (1 file uncommitted)\n");
    repo.tw(&["archive", "1-2"]).fails().complains("uncommitted");
    repo.tw(&["archive", "1-2", "--force"]).exits(0);
}

#[test]
fn a_story_is_not_ready_while_one_of_its_terminals_has_uncommitted_work() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [one, two] = ["one", "two"].map(|name| repo.worktree(name));
    for name in ["one", "two"] {
        register(&repo, name);
    }
    one.commit("one", &[("a.txt", &lines(&[(1, "one")]))]);
    two.write("b.txt", "two\n");
    for name in ["one", "two"] {
        repo.tw(&["complete", name]).exits(0).says_not("Ready to merge: Story");
    }
    repo.tw(&["sync"]).exits(0).says("Ready to merge: one (part of story 1-2)");
    assert_eq!(repo.yaml(STORY)["coordination"]["ready_to_merge"].as_bool(), Some(false));
}

#[test]
fn work_whose_branch_is_gone_is_not_ready() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["branch", "login"]);
    repo.tw(&["register", "--mode", "intra", "--story", "1-2-login", "--branch", "login"]).exits(0);
    repo.git(&["branch", "-D", "login"]);
    repo.tw(&["complete", "terminal-1"])
        .exits(0)
        .says("Not ready to merge: branch login does not exist.")
        .says_not("Ready to merge");
    assert!(!is_ready(&repo));
}

#[test]
fn what_is_merged_is_not_offered_again_when_another_terminal_completes() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [one, two, _] = ["terminal-1", "terminal-2", "terminal-3"].map(|name| repo.worktree(name));
    register(&repo, "terminal-1");
    register(&repo, "terminal-2");
    let waits = ["register", "--mode", "intra", "--story", "1-2-login", "--blocked-by", "terminal-1"];
    repo.tw(&waits).exits(0);
    one.commit("one", &[("a.txt", &lines(&[(1, "one")]))]);
    two.commit("two", &[("a.txt", &lines(&[(30, "two")]))]);
    repo.tw(&["complete", "terminal-1"]).exits(0).says("Ready to merge: Terminal-1");
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", "terminal-1"]);
    repo.tw(&["complete", "terminal-2"]).exits(0).says_not("Ready to merge: Terminal-1");
}

#[test]
fn complete_names_stories_that_can_begin_though_nobody_registered_for_them() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let needs = "dependencies:\n  \"1-3-account\": [\"1-2-login\"]\n  \"1-4-mail\": [\"1-3-account\"]\n";
    repo.track("dependencies-template.yaml", needs);
    register(&repo, "one");
    let said = repo.tw(&["complete", "one"]).exits(0);
    said.says("Story 1-3 can begin.").says_not("Story 1-4");
    repo.tw(&["update", "one", "--status", "in_progress"]).exits(0);
    let answer = repo.tw(&["complete", "one", "--format", "json"]).exits(0).json();
    assert_eq!(answer["ready"], json!(["1-3-account"]));
}

#[test]
fn complete_names_the_dependency_that_holds_the_work() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("dependencies-template.yaml", "dependencies:\n  \"1-2-login\": [\"1-1-setup\"]\n");
    let one = repo.worktree("one");
    register(&repo, "one");
    one.commit("one", &[("a.txt", &lines(&[(1, "one")]))]);
    repo.tw(&["complete", "one"])
        .exits(0)
        .says("Not ready to merge: story 1-2 needs 1-1, which is not complete.")
        .says_not("Ready to merge");
    assert!(!is_ready(&repo));
}

#[test]
fn sync_names_what_is_ready_while_its_story_is_not() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [one, two] = ["one", "two"].map(|name| repo.worktree(name));
    for name in ["one", "two"] {
        register(&repo, name);
    }
    one.commit("one", &[("a.txt", &lines(&[(5, "one")]))]);
    two.commit("two", &[("a.txt", &lines(&[(5, "two")]))]);
    repo.tw(&["complete", "one"]).exits(0);
    repo.tw(&["sync"])
        .says("Ready to merge: one (part of story 1-2)\n")
        .says("Next: one: merge it into main");
    one.write("a.txt", "more\n");
    repo.tw(&["sync"]).says("Ready to merge: None\n").says_not("merge it into main");
}

#[test]
fn completed_work_goes_before_what_is_not_ready_whatever_its_priority() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (name, priority) in [("one", "0"), ("two", "5"), ("three", "7")] {
        let story = format!("1-1-{name}");
        let place = repo.worktree(name);
        repo.tw(&[
            "register",
            "--mode",
            "inter",
            "--story",
            &story,
            "--terminal",
            name,
            "--priority",
            priority,
        ])
        .exits(0);
        place.commit(name, &[("a.txt", &lines(&[(5, name)]))]);
    }
    repo.tw(&["complete", "one"]).exits(0);
    let reason = || {
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        order["steps"][0]["reason"].as_str().unwrap().to_string()
    };
    assert_eq!(reason(), "before three and two, which are not ready");
    repo.tw(&["complete", "two"]).exits(0);
    assert_eq!(reason(), "no other position is cheaper; ordered by priority");
}

#[test]
fn who_shares_a_place_is_told_whose_status_and_whose_wait_holds_the_work() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let shared = repo.worktree("shared");
    for name in ["api", "ui"] {
        let place = ["--terminal", name, "--focus", name, "--worktree", "../shared"];
        repo.tw(&[&["register", "--mode", "intra", "--story", "1-2-login"][..], &place].concat()).exits(0);
    }
    shared.commit("work", &[("a.txt", &lines(&[(5, "work")]))]);
    repo.tw(&["complete", "api"]).exits(0).says("Not ready to merge: the status of ui is in progress.");
    repo.tw(&["status"]).says("the status of ui is in progress").says_not("its status");
    repo.tw(&["merge-order"]).says("Waiting: api: the status of ui is in progress").says_not("its status");
    let other = repo.worktree("other");
    register(&repo, "other");
    other.commit("other", &[("b.txt", "other\n")]);
    repo.tw(&["update", "ui", "--blocked-by", "other"]).exits(0);
    repo.tw(&["merge-order"]).says("ui is blocked by other").says_not("it is blocked by");
}

#[test]
fn nothing_to_merge_is_not_said_to_be_commits_that_the_target_has() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    register(&repo, "one");
    one.commit("one", &[("a.txt", &lines(&[(5, "one")]))]);
    one.git(&["revert", "--no-edit", "HEAD"]);
    repo.tw(&["complete", "one"])
        .exits(0)
        .says("Nothing to merge: it has no committed changes that main lacks.")
        .says_not("has all commits");
}

#[test]
fn sync_counts_no_commits_of_work_that_is_squash_merged() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    register(&repo, "one");
    for line in [5, 9] {
        one.commit("one", &[("a.txt", &lines(&[(line, "one")]))]);
    }
    repo.tw(&["sync"]).says("2 commits");
    repo.git(&["merge", "-q", "--squash", "one"]);
    repo.git(&["commit", "-q", "-m", "all of it"]);
    repo.tw(&["sync"]).says("one: Story 1-2").says_not("2 commits");
    repo.tw(&["status"]).says("merged");
}

#[test]
fn completed_work_that_conflicts_with_the_target_is_ready_nowhere() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("one").commit("one", &[("a.txt", &lines(&[(1, "one")]))]);
    register(&repo, "one");
    repo.tw(&["complete", "one"]).exits(0).says("Ready to merge: Story 1-2 (one)");
    assert!(is_ready(&repo));
    repo.commit("main", &[("a.txt", &lines(&[(1, "main")]))]);
    assert!(!is_ready(&repo), "it conflicts");
    repo.tw(&["status", "--fail-on", "never"]).says("update it from main");
    repo.tw(&["merge", "--dry-run"]).says("it conflicts with main");
    // what it waits for is said once it is asked for by name, and by the order
    repo.tw(&["merge-order", "--fail-on", "never"]).says("it conflicts with main");
    repo.tw(&["merge", "--yes", "one"]).exits(1).says("Stopped at 1 of 1");
    repo.tw(&["status", "--fail-on", "never"]).says("stopped at one: track-work merge --status");
    repo.tw(&["merge", "--abort"]).exits(0);
    repo.tw(&["status", "--fail-on", "never"]).says_not("merge --status");
    // and once it is resolved there
    let one = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    assert!(!one.try_git(&["merge", "main"]).status.success());
    one.write("a.txt", lines(&[(1, "both")]));
    one.git(&["commit", "-qam", "resolved"]);
    assert!(is_ready(&repo));
}

#[test]
fn stories_that_wait_in_a_circle_are_named_and_no_order_is_promised() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let needs = "dependencies:\n  1-1-st: [2-1]\n  2-1-st: [1-1]\n";
    repo.track("dependencies-template.yaml", needs);
    for (id, story) in [("one", "1-1-st"), ("two", "2-1-st")] {
        repo.worktree(id).commit(id, &[(id, "1\n")]);
        repo.tw(&["register", "--mode", "inter", "--story", story, "--terminal", id]).exits(0);
        repo.tw(&["complete", id]).exits(0);
    }
    let cycle = "the dependencies form a cycle: 1-1-st → 2-1-st → 1-1-st";
    repo.tw(&["sync"]).says(cycle).says_not("see the best order to merge in");
    repo.tw(&["doctor"]).says(cycle);
    repo.tw(&["merge-order"]).says("Nothing can be merged into main now.").says("Cycle: ");
}

#[test]
fn the_same_commits_under_another_name_are_as_ready_as_their_terminal() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    repo.tw(&["register", "--mode", "intra", "--story", "1-2-login", "--terminal", "one", "--branch", "one"])
        .exits(0);
    one.commit("half", &[("a.txt", &lines(&[(1, "one")]))]);
    repo.git(&["branch", "same", "one"]);
    let steps = |args: &[&str]| {
        let order = repo.tw(&[&["merge-order", "--format", "json"], args].concat()).json();
        let steps = order["steps"].as_array().unwrap().clone();
        steps.iter().map(|step| (step["terminal"].to_string(), step["ready"] == true)).collect::<Vec<_>>()
    };
    let detached =
        |is: bool| one.git(if is { &["checkout", "-q", "--detach"] } else { &["checkout", "-q", "one"] });
    for is_detached in [false, true] {
        detached(is_detached);
        assert!(steps(&[]).iter().all(|(_, ready)| !ready), "{is_detached}: {:?}", steps(&[]));
        assert_eq!(steps(&[]).len(), 1, "{is_detached}: one merge brings it");
        assert!(steps(&["--only", "same"]).iter().all(|(_, ready)| !ready), "{is_detached}: asked for alone");
        repo.tw(&["merge", "--yes"]).says_not("Merged");
        assert!(!repo.git(&["log", "--format=%s", "main"]).contains("half"));
    }
    detached(false);
    repo.tw(&["complete", "one"]).exits(0);
    assert_eq!(steps(&[]), [("\"one\"".to_string(), true)]);
    repo.tw(&["merge-order"]).says("same: the same commits as one");
}

#[test]
fn while_a_tracking_file_cannot_be_read_nothing_unregistered_is_ready() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    register(&repo, "one");
    one.commit("half", &[("a.txt", &lines(&[(1, "one")]))]);
    repo.tw(&["sync"]);
    let whole = repo.tracked(STORY);
    let spoiled =
        [format!("{whole}\n\tbroken: [\n"), "null".into(), "- a\n".into(), format!("{whole}\n---\na: 1\n")];
    for spoiled in spoiled {
        repo.track(STORY, &spoiled);
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        let ready = order["steps"].as_array().unwrap().iter().filter(|step| step["ready"] == true).count();
        assert_eq!(ready, 0, "{spoiled}: {order:#}");
        repo.tw(&["merge-order"])
            .says("story-1-2-sessions.yaml cannot be read, so nobody knows whose work it is");
        repo.tw(&["merge", "--yes"]);
        assert!(!repo.git(&["log", "--format=%s", "main"]).contains("half"), "{spoiled}");
    }
    // an answer that is not about sessions changes nothing
    repo.track(STORY, &whole);
    repo.tw(&["complete", "one"]).exits(0);
    repo.track("dependencies-template.yaml", "\t[");
    repo.git(&["branch", "free", "main"]);
    let free = repo.worktree_at(&repo.path("../loose"), &["-b", "loose"]);
    free.commit("loose", &[("b.txt", "c\n")]);
    // where somebody is registered, it is for whoever names it to say that it is done
    let order = repo.tw(&["merge-order", "--format", "json", "--only", "loose"]).json();
    let is_free = |step: &&Value| step["terminal"] == "loose" && step["ready"] == true;
    assert_eq!(order["steps"].as_array().unwrap().iter().filter(is_free).count(), 1, "{order:#}");
}

#[test]
fn what_is_ready_is_counted_once_and_named_by_all() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [one, two, three, four] = ["one", "two", "three", "four"].map(|name| repo.worktree(name));
    let intra = ["register", "--mode", "intra", "--story", "1-1-auth"];
    repo.tw(&[&intra[..], &["--terminal", "one", "--focus", "backend"]].concat()).exits(0);
    repo.tw(&[&intra[..], &["--terminal", "two", "--focus", "frontend", "--blocked-by", "one"]].concat())
        .exits(0);
    for (name, story) in [("three", "1-2-router"), ("four", "1-3-logs")] {
        repo.tw(&["register", "--mode", "inter", "--story", story, "--terminal", name]).exits(0);
    }
    repo.tw(&["update", "four", "--blocked-by", "three"]).exits(0);
    for (at, place) in [&one, &two, &three, &four].into_iter().enumerate() {
        place.commit("work", &[(format!("new{at}").as_str(), "1\n")]);
    }
    repo.tw(&["complete", "three"])
        .exits(0)
        .says("Ready to merge: Story 1-2 (three); four (story 1-3) waits for it");
    // what is ready is named once, and nothing that is not ready stands first
    for command in [&["status"][..], &["sync", "--dry-run"]] {
        let said = flat(&repo.tw(command).stdout);
        let ready = said.split("Ready to merge: ").nth(1).unwrap();
        assert!(ready.starts_with("Story 1-2 (three); four (story 1-3) waits for it"), "{said}");
        assert_eq!(said.matches("four story 1-3 integration").count(), said.matches("Merge point: ").count());
    }
    repo.tw(&["status"]).says("1 ready to merge");
    // of a story that is not complete as a whole, and awaited
    let said = repo.tw(&["complete", "one"]).exits(0);
    said.says("Ready to merge: one backend → two frontend integration");
    repo.tw(&["status"]).says("2 ready to merge");
    repo.tw(&["update", "two", "--blocked-by", ""]).exits(0);
    repo.tw(&["complete", "one"]).exits(0).says("Ready to merge: one (part of story 1-1)");
    repo.tw(&["status"]).says("2 ready to merge").says("Ready to merge: one (part of story 1-1)");
    repo.tw(&["merge", "--dry-run"]).exits(0).says("2 merges");
}

#[test]
fn a_plan_of_what_is_ready_names_what_waits_beside_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), (".gitignore", ".system/\n")]);
    for (name, story, line) in [("one", "1-1-a", 3), ("two", "1-2-b", 20)] {
        let place = repo.worktree(name);
        place.commit(name, &[("a.txt", &lines(&[(line, name)]))]);
        let args = ["register", "--mode", "inter", "--story", story, "--terminal", name, "--branch", name];
        repo.tw(&args).exits(0);
    }
    repo.tw(&["complete", "one"]).exits(0);
    let said = repo.tw(&["merge", "--dry-run"]).exits(0);
    said.says("1 merge, no conflicts").says("Waiting: two: its status is in progress");
    let plan = repo.tw(&["merge", "--dry-run", "--format", "json"]).json();
    assert_eq!(plan["waiting"].as_array().map(Vec::len), Some(1), "{plan:#}");
    // of one that is named, nothing else is said
    repo.tw(&["merge", "--dry-run", "one"]).exits(0).says_not("Waiting");
}

#[test]
fn an_emptied_sprint_status_is_not_determined_where_work_waits_for_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), (".gitignore", ".system/\ndocs/\n")]);
    repo.write("docs/sprint-status.yaml", "");
    // nobody works on a story
    repo.tw(&["status"]).exits(0).says("no conflicts").says("names no story");
    repo.worktree("one").commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    let args = ["register", "--mode", "inter", "--story", "1-1-a", "--terminal", "one", "--branch", "one"];
    repo.tw(&args);
    let said = repo.tw(&["status"]).exits(1);
    said.says("1 not determined").says("names no story").says_not("no conflicts");
    repo.write("docs/sprint-status.yaml", "development_status:\n  1-1-a: in-progress\n");
    repo.tw(&["status"]).exits(0).says("no conflicts");
}

#[test]
fn what_was_written_after_it_was_completed_is_told_where_it_is_ready() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let one = repo.worktree("one");
    register(&repo, "one");
    one.commit("some", &[("a.txt", &lines(&[(1, "one")]))]);
    // between two commits
    repo.tw_at("2023-11-14T23:59:00Z", &["complete", "one"]).exits(0).says_not("from after");
    let told = "one has 1 commit from after it was completed";
    let status = || repo.tw(&["status"]);
    status().says("Ready to merge: Story 1-2 (one)").says_not("from after");
    // neither what the target brought, nor the same work on other commits
    repo.commit("main", &[("b.txt", "main\n")]);
    one.write("late", "late\n");
    let at = |repo: &Repo, args: &[&str]| {
        let mut command = sandbox.command(&repo.top);
        let late = "2024-01-01T00:00:00Z";
        let done = command.env("GIT_AUTHOR_DATE", late).env("GIT_COMMITTER_DATE", late).args(args).status();
        assert!(done.unwrap().success(), "{args:?}");
    };
    one.remove("late");
    at(&one, &["merge", "-q", "--no-edit", "main"]);
    status().says_not("from after");
    one.git(&["reset", "-q", "--hard", "HEAD^"]);
    at(&one, &["rebase", "-q", "main"]);
    status().says_not("from after");
    one.write("late", "late\n");
    at(&one, &["add", "late"]);
    at(&one, &["commit", "-q", "-m", "not done"]);
    status().says(&format!("Ready to merge: Story 1-2 (one); {told}"));
    repo.tw(&["sync"]).says(told);
    repo.tw(&["merge-order"]).exits(0).says(told);
    repo.tw(&["merge", "--dry-run"]).exits(0).says(told);
    let ready = repo.status()["ready_to_merge"][0]["text"].to_string();
    assert!(ready.contains(told), "{ready}");
    repo.tw(&["merge", "--yes"]).exits(0).complains(told);
    status().says_not("from after");
}

#[test]
fn the_next_command_speaks_of_the_same_target_and_branches() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a", "1\n"), ("b", "1\n")]);
    repo.git(&["branch", "release/2.x"]);
    repo.worktree("one").commit("one", &[("a", "2\n")]);
    repo.worktree("two").commit("two", &[("b", "2\n")]);
    let next = |args: &[&str]| {
        let said = repo.tw(&[args, &["status"]].concat()).stdout;
        said.lines().last().unwrap().trim().to_string()
    };
    assert_eq!(next(&[]), "track-work merge-order");
    assert_eq!(next(&["--target", "release/2.x"]), "track-work merge-order --target release/2.x");
    assert_eq!(next(&["--remotes"]), "track-work merge-order --remotes");
    assert_eq!(next(&["--remotes=*/o?"]), "track-work merge-order --remotes='*/o?'");
    let json = repo.tw(&["--target", "release/2.x", "status", "--format", "json"]).json();
    assert_eq!(json["next"]["command"], "track-work merge-order --target release/2.x");
}

/// Neither is it said to be mergeable where that is why it goes first.
#[test]
fn what_has_no_session_is_not_ready_in_any_answer_unless_it_is_named() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let [one, bare] = ["one", "bare"].map(|name| Repo { sandbox: &sandbox, top: repo.worktree(name).top });
    one.commit("half", &[("a.txt", &lines(&[(1, "one")]))]);
    bare.commit("bare", &[("a.txt", &lines(&[(1, "bare")]))]);
    let ready = |args: &[&str]| {
        let order = repo.tw(&[&["merge-order", "--format", "json"], args].concat()).json();
        let steps = order["steps"].as_array().unwrap().iter();
        let ready =
            steps.filter(|step| step["ready"] == true).map(|step| text(&step["terminal"]).to_string());
        ready.collect::<Vec<_>>()
    };
    // as long as there is no session, nobody needs to say anything
    assert_eq!(ready(&[]).len(), 2);
    register(&repo, "one");
    assert_eq!(ready(&[]), [""; 0]);
    assert_eq!(ready(&["--only", "bare"]), ["bare"]);
    let reason = "bare: it has no session, so nobody says that it is done";
    for asked in [&["merge-order"][..], &["merge", "--dry-run"]] {
        repo.tw(asked).says(reason);
    }
    for asked in [&["status"][..], &["sync"]] {
        repo.tw(asked).says_not("cannot be merged yet");
    }
    for work in [&one, &bare] {
        work.tw(&["check"]).exits(1).says_not("cannot be merged yet");
    }
    repo.tw(&["complete", "one"]).exits(0);
    assert_eq!(ready(&[]), ["one"]);
    repo.tw(&["status"]).says("one first: its work is completed");
    repo.tw(&["merge", "--dry-run", "--format", "json", "bare"]).says("\"terminal\": \"bare\"");
    repo.tw(&["merge", "--yes"]).exits(0);
    assert!(!repo.git(&["log", "--format=%s", "main"]).contains("bare"));
}
