//! Sessions in one worktree, of which one has ended before the other began: what belongs to whom.

use serde_json::{Value, json};

use super::program::{findings, flat, lines, messages, pair, terminal, text};
use crate::support::{Repo, Sandbox, Whims, seeds};

/// Registers a terminal for a story in a worktree.
fn registered(repo: &Repo, id: &str, story: &str, folder: &str) {
    let all = ["register", "--mode", "inter", "--story", story, "--terminal", id, "--worktree", folder];
    repo.tw(&all).exits(0);
}

/// `first` has completed `a.txt`, and `second` goes on in the same worktree; `other` works elsewhere.
fn followed(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>, Repo<'_>) {
    let repo = sandbox.repo("shop", &[("a.txt", "a\n"), ("list.txt", &lines(&[]))]);
    let at = |name: &str| Repo { sandbox, top: repo.worktree(name).top };
    let (work, other) = (at("work"), at("other"));
    let register = |id: &str, story: &str, more: &[&str]| {
        let all =
            ["register", "--mode", "inter", "--story", story, "--terminal", id, "--worktree", "../work"];
        repo.tw(&[&all, more].concat()).exits(0);
    };
    register("first", "2-2-a", &[]);
    work.commit("first", &[("a.txt", "b\n")]);
    repo.tw(&["complete", "first"]).exits(0);
    register("second", "2-3-b", &["--agent", "claude"]);
    (repo, work, other)
}

fn drifting(answer: &Value) -> Vec<Value> {
    let found = findings(answer, "merge_conflict").into_iter();
    found
        .filter(|one| one["severity"] == "conflict" && text(&one["message"]).contains("main"))
        .map(|one| one["terminals"].clone())
        .collect()
}

#[test]
fn a_conflict_with_the_target_is_of_whoever_has_it() {
    for is_committed in [false, true] {
        let sandbox = Sandbox::new();
        let (repo, work, _) = followed(&sandbox);
        repo.commit("main", &[("list.txt", &lines(&[(5, "main")]))]);
        work.write("list.txt", lines(&[(5, "second")]));
        if is_committed {
            work.git(&["commit", "-qam", "second"]);
        }
        let answer = repo.status();
        assert_eq!(drifting(&answer), [json!(["second"])], "{}", messages(&answer));
        // who is done can be merged, in every output
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        assert_eq!(
            (&order["steps"][0]["terminal"], &order["steps"][0]["prediction"]),
            (&json!("first"), &json!("clean"))
        );
        let next = text(&terminal(&answer, "first")["next"]["what"]).to_string();
        assert!(next.starts_with("merge it into main"), "{next}");
        repo.tw(&["check", "--terminal", "first"])
            .exits(0)
            .says("no conflict: 1 changed file of first")
            .says_not("works on it too");
        work.tw(&["statusline"]).says("second: conflicts with main");
        repo.tw(&["check", "--terminal", "second"]).exits(1).says("list.txt").says_not("a.txt");
        repo.tw(&["sync"]);
        let recorded = repo.yaml("active-sessions.yaml");
        let recorded = &recorded["coordination"]["conflicts"][0]["terminals"];
        assert_eq!(recorded, &serde_yaml::from_str::<serde_yaml::Value>("[second]").unwrap());
    }
}

#[test]
fn what_a_story_conflicts_with_is_not_told_of_the_one_before() {
    let sandbox = Sandbox::new();
    let (repo, work, other) = followed(&sandbox);
    work.commit("second", &[("list.txt", &lines(&[(8, "second")]))]);
    other.commit("other", &[("list.txt", &lines(&[(8, "other")]))]);
    let answer = repo.status();
    assert!(
        findings(&answer, "merge_conflict").iter().all(|one| one["severity"] == "conflict"),
        "{}",
        messages(&answer)
    );
    assert_eq!(pair(&answer, "other", "second")["verdict"], "conflict");
    repo.tw(&["status"]).says_not("take that back");
    // nor once it is merged
    let first = work.git(&["rev-parse", "HEAD~1"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", &first]);
    repo.tw(&["status"]).says_not("take that back");
}

#[test]
fn both_in_one_file_have_their_own_lines_and_turn() {
    let sandbox = Sandbox::new();
    let (repo, work, other) = followed(&sandbox);
    work.commit("second", &[("list.txt", &lines(&[(8, "second")]))]);
    repo.tw(&["complete", "second"]).exits(0);
    let third = ["--mode", "inter", "--story", "2-4-c", "--terminal", "third", "--worktree", "../work"];
    repo.tw(&[&["register"], &third[..]].concat()).exits(0);
    work.commit("third", &[("list.txt", &lines(&[(8, "second"), (9, "third")]))]);
    other.commit("other", &[("list.txt", &lines(&[(8, "other"), (9, "other")]))]);
    let answer = repo.status();
    let found = findings(&answer, "merge_conflict");
    let said: Vec<&str> = found.iter().map(|one| text(&one["message"])).collect();
    assert!(said.iter().any(|one| one.contains("second line 8 conflict")), "{said:?}");
    assert!(findings(&answer, "file_overlap").is_empty(), "{}", messages(&answer));
    // the order has a step for what is done and for the other, and the third waits
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let steps = order["steps"].as_array().unwrap().iter();
    let steps: Vec<&str> = steps.map(|step| text(&step["terminal"])).collect();
    assert_eq!(steps, ["first", "other"], "{order}");
    let suggested: Vec<&str> = found.iter().map(|one| text(&one["suggestion"])).collect();
    assert!(suggested.iter().any(|one| one.starts_with("other first: ")), "{suggested:?}");
    assert!(!suggested.iter().any(|one| one.starts_with("third first")), "{suggested:?}");
    other.tw(&["check"]).says("second goes first").says_not("third goes first");
}

#[test]
fn a_check_of_the_worktree_speaks_for_who_goes_on() {
    let sandbox = Sandbox::new();
    let (repo, work, other) = followed(&sandbox);
    work.commit("second", &[("list.txt", &lines(&[(8, "second")]))]);
    other.commit("other", &[("list.txt", &lines(&[(8, "other")])), ("a.txt", "c\n")]);
    let answer = work.tw(&["check", "--format", "json"]).exits(1).json();
    assert_eq!(
        (&answer["terminal"]["id"], &answer["terminal"]["story"], &answer["terminal"]["agent"]),
        (&json!("second"), &json!("2-3-b"), &json!("claude"))
    );
    let met: Vec<&str> =
        answer["encounters"].as_array().unwrap().iter().map(|one| text(&one["path"])).collect();
    assert_eq!(met, ["a.txt", "list.txt"], "what is in the branch is told");
    let line = work.tw(&["statusline"]).says("second: conflicts with other");
    assert!(!flat(&line.stdout).contains("first:"), "{line}");
    // where both go on, it is of neither alone
    repo.tw(&["update", "first", "--status", "in_progress"]).exits(0);
    let answer = work.tw(&["check", "--format", "json"]).exits(1).json();
    assert_eq!(answer["terminal"]["id"], "first, second");
    assert!(answer["terminal"].get("story").is_none_or(Value::is_null), "{}", answer["terminal"]);
    assert!(answer["terminal"].get("agent").is_none_or(Value::is_null), "{}", answer["terminal"]);
}

#[test]
fn what_nobody_claims_is_not_said_to_be_of_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n")]);
    let work = repo.worktree("work");
    for (id, story) in [("first", "2-2-a"), ("second", "2-3-b")] {
        let all =
            ["register", "--mode", "inter", "--story", story, "--terminal", id, "--worktree", "../work"];
        repo.tw(&all).exits(0);
    }
    work.commit("both", &[("b.txt", "b\n")]);
    work.write("a.txt", "b\n");
    repo.tw(&["complete", "first"]);
    repo.tw(&["complete", "second"]);
    repo.tw(&["status"])
        .says("commit the uncommitted file, which nobody who shares its worktree claims")
        .says_not("nothing of those who share");
}

/// The part of a branch that is completed, though it conflicts with the target by itself.
#[test]
fn a_completed_story_that_conflicts_with_the_target_is_ready_in_no_answer() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", "b\n")]);
    let work = repo.worktree("work");
    let register = |id: &str, story: &str| registered(&repo, id, story, "../work");
    register("first", "2-2-a");
    work.commit("first", &[("a.txt", &lines(&[(3, "first")]))]);
    repo.tw(&["complete", "first"]).exits(0);
    register("second", "2-3-b");
    work.commit("second", &[("b.txt", "c\n")]);
    let ready = || {
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        order["steps"][0]["ready"] == true
    };
    assert!(ready());
    repo.tw(&["status"]).says("1 ready to merge");
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    assert!(!ready());
    repo.tw(&["merge-order"]).says("first: it conflicts with main");
    repo.tw(&["status"]).says_not("1 ready to merge");
    repo.tw(&["merge", "--yes"]).says_not("Merged");
}

/// The worktree that the second one names is gone; its commits are on the branch, and are not finished.
#[test]
fn what_goes_on_is_not_merged_with_what_was_before_once_the_worktree_is_gone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n"), ("b.txt", "b\n")]);
    let work = repo.worktree("work");
    let args = ["register", "--mode", "intra", "--terminal", "work"];
    repo.tw(&[&args[..], &["--story", "2-2-a"]].concat()).exits(0);
    work.commit("first", &[("a.txt", "b\n")]);
    let first = work.git(&["rev-parse", "HEAD"]);
    repo.tw(&["complete", "work"]).exits(0);
    repo.tw(&[&args[..], &["--story", "2-3-b", "--worktree", "../work", "--focus", "more"]].concat())
        .exits(0);
    work.commit("half", &[("b.txt", "c\n")]);
    repo.git(&["worktree", "remove", work.top.to_str().unwrap()]);
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let steps = order["steps"].as_array().unwrap();
    let ready: Vec<&Value> = steps.iter().filter(|step| step["ready"] == true).collect();
    assert_eq!(ready.len(), 1, "{order:#}");
    assert_eq!(ready[0]["head"], first, "{order:#}");
    let told = messages(&repo.status());
    assert!(!told.contains("does not exist, so its work cannot be read"), "{told}");
}

/// What is being resolved there is not of the story that ended before, in any output.
#[test]
fn who_is_done_is_not_held_by_what_others_resolve_there() {
    let sandbox = Sandbox::new();
    let (repo, work, _) = followed(&sandbox);
    work.commit("aside", &[("list.txt", &lines(&[(5, "aside")]))]);
    let aside = work.git(&["rev-parse", "HEAD"]);
    work.git(&["reset", "-q", "--hard", "HEAD~"]);
    work.commit("second", &[("list.txt", &lines(&[(5, "second")]))]);
    assert!(!work.try_git(&["cherry-pick", "--no-commit", &aside]).status.success());
    let answer = repo.status();
    let ready = answer["ready_to_merge"].as_array().unwrap().iter();
    let ready: Vec<&Value> = ready.flat_map(|one| one["terminals"].as_array().unwrap()).collect();
    assert_eq!(ready, [&json!("first")], "{answer:#}");
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let step = &order["steps"][0];
    assert_eq!((&step["terminal"], &step["ready"]), (&json!("first"), &json!(true)), "{order:#}");
    let said = messages(&answer);
    assert!(said.contains("second is resolving a conflict in it"), "{said}");
    assert!(!said.contains("first is resolving"), "{said}");
}

/// One name on two stories is told with the story that is meant.
#[test]
fn a_name_of_two_stories_is_told_with_its_story() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n"), ("list.txt", &lines(&[]))]);
    let [work, other] =
        ["work", "other"].map(|name| Repo { sandbox: &sandbox, top: repo.worktree(name).top });
    registered(&repo, "one", "2-2-a", "../work");
    work.commit("first", &[("a.txt", "b\n")]);
    repo.tw(&["complete", "one"]).exits(0);
    registered(&repo, "one", "2-3-b", "../work");
    work.commit("second", &[("list.txt", &lines(&[(5, "second")]))]);
    registered(&repo, "two", "2-4-c", "../other");
    other.commit("other", &[("list.txt", &lines(&[(5, "other")]))]);
    let answer = repo.status();
    let found = findings(&answer, "merge_conflict");
    assert_eq!(found.len(), 1, "{}", messages(&answer));
    let advice = text(&found[0]["suggestion"]);
    assert!(
        advice.contains("one (story 2-3)") && advice.contains("two") && !advice.contains("two ("),
        "{advice}"
    );
}

/// One name has both stories: neither what it resolves nor what it conflicts with the target in is of the
/// story that ended.
#[test]
fn a_story_that_ended_is_ready_whatever_its_terminal_does_next() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n"), ("list.txt", &lines(&[]))]);
    let work = repo.worktree("work");
    let register = |story: &str| registered(&repo, "one", story, "../work");
    register("2-2-a");
    work.commit("first", &[("a.txt", "b\n")]);
    repo.tw(&["complete", "one"]).exits(0);
    register("2-3-b");
    work.commit("aside", &[("list.txt", &lines(&[(5, "aside")]))]);
    let aside = work.git(&["rev-parse", "HEAD"]);
    work.git(&["reset", "-q", "--hard", "HEAD~"]);
    work.commit("second", &[("list.txt", &lines(&[(5, "second")]))]);
    let ready = |when: &str| {
        let answer = repo.status();
        let told = answer["ready_to_merge"].as_array().unwrap();
        let stories: Vec<&Value> = told.iter().map(|one| &one["story"]).collect();
        assert_eq!(stories, [&json!("2-2-a")], "{when}: {answer:#}");
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        let step = &order["steps"][0];
        assert_eq!((&step["story"], &step["ready"]), (&json!("2-2-a"), &json!(true)), "{when}: {order:#}");
        let first =
            answer["terminals"].as_array().unwrap().iter().find(|one| one["story"] == "2-2-a").unwrap();
        let next = text(&first["next"]["what"]);
        assert!(next.starts_with("merge it into main"), "{when}: {next}");
        repo.tw(&["sync"]).says("Story 2-2");
    };
    ready("both are clean");
    repo.commit("main", &[("list.txt", &lines(&[(5, "main")]))]);
    ready("the second one conflicts with main");
    assert!(!work.try_git(&["cherry-pick", "--no-commit", &aside]).status.success());
    ready("it is resolving");
}

/// The same before its next story has a commit: what is left in the index is of that one.
#[test]
fn a_story_that_ended_is_ready_while_its_terminal_resolves_something_before_its_next_commit() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n"), ("list.txt", &lines(&[]))]);
    let work = repo.worktree("work");
    let register = |story: &str| registered(&repo, "one", story, "../work");
    work.commit("aside", &[("list.txt", &lines(&[(5, "aside")]))]);
    let aside = work.git(&["rev-parse", "HEAD"]);
    work.git(&["reset", "-q", "--hard", "HEAD~"]);
    register("2-2-a");
    work.commit("first", &[("a.txt", "b\n"), ("list.txt", &lines(&[(5, "first")]))]);
    repo.tw(&["complete", "one"]).exits(0);
    register("2-3-b");
    assert!(!work.try_git(&["cherry-pick", "--no-commit", &aside]).status.success());
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    let step = &order["steps"][0];
    assert_eq!((&step["story"], &step["ready"]), (&json!("2-2-a"), &json!(true)), "{order:#}");
    repo.tw(&["status"]).says("1 ready to merge");
}

/// What a story that ended conflicts with is in the branch of whoever goes on there: every output there tells it.
#[test]
fn what_ended_there_is_told_to_who_goes_on_by_all() {
    let sandbox = Sandbox::new();
    let (repo, work, other) = followed(&sandbox);
    other.commit("other", &[("a.txt", "c\n")]);
    assert_eq!(pair(&repo.status(), "first", "other")["verdict"], "conflict");
    let answer = work.tw(&["check", "--format", "json"]).exits(1).json();
    assert_eq!(
        (&answer["terminal"]["id"], &answer["encounters"][0]["terminal"]["id"]),
        (&json!("second"), &json!("other"))
    );
    let line = work.tw(&["statusline", "--max-age", "0"]).says("second: conflicts with other");
    let first = text(&answer["encounters"][0]["first"]["who"]);
    assert_eq!(line.stdout.contains("other goes first"), first == "other", "{line}\n{answer:#}");
    // once it is merged, it is nobody's
    other.git(&["reset", "-q", "--hard", "HEAD~"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "merge", &work.git(&["rev-parse", "HEAD"])]);
    other.commit("other", &[("list.txt", &lines(&[(5, "other")]))]);
    work.tw(&["statusline", "--max-age", "0"]).says("second: no conflicts");
    work.tw(&["check"]).exits(0);
}

/// What `check` of a worktree tells of conflicts: path, other one, whose work it is where that ended, own lines, who goes first.
fn told_by_check(work: &Repo) -> Vec<[String; 5]> {
    let answer = work.tw(&["check", "--format", "json"]).json();
    let met = answer["encounters"].as_array().unwrap().iter().filter(|met| met["meeting"] == "conflict");
    met.map(|met| {
        let (own, other) = (&met["of"]["id"], &met["terminal"]["id"]);
        let own = own.as_str().unwrap_or("you");
        let first = if met["first"]["who"] == "own" { own } else { text(other) };
        [text(&met["path"]), text(other), own, &met["ranges_own"].to_string(), first].map(str::to_string)
    })
    .collect()
}

/// Who goes first of two, as `status` says of a path.
fn told_by_status(repo: &Repo, path: &str, pair: [&str; 2]) -> String {
    let answer = repo.status();
    let found = findings(&answer, "merge_conflict").into_iter().find(|one| {
        one["path"] == path && pair.iter().all(|id| one["terminals"].as_array().unwrap().contains(&json!(id)))
    });
    let found = found.unwrap_or_else(|| panic!("{path} {pair:?}: {}", messages(&answer)));
    text(&found["suggestion"]).split(' ').next().unwrap().to_string()
}

#[test]
fn conflicts_of_who_ended_there_are_not_told_as_of_who_goes_on() {
    let sandbox = Sandbox::new();
    let (repo, work, other) = followed(&sandbox);
    work.commit("second", &[("list.txt", &lines(&[(8, "second")]))]);
    other.commit("other", &[("a.txt", "c\n"), ("list.txt", &lines(&[(8, "other")]))]);
    let told = told_by_check(&work);
    let of = |path: &str| told.iter().filter(|one| one[0] == path).collect::<Vec<_>>();
    assert_eq!((of("a.txt").len(), of("list.txt").len()), (1, 1), "{told:?}");
    assert_eq!(of("a.txt")[0][2], "first", "{told:?}");
    assert_eq!(of("list.txt")[0][2], "you", "{told:?}");
    assert_eq!(of("a.txt")[0][4], told_by_status(&repo, "a.txt", ["first", "other"]), "{told:?}");
    let first = told_by_status(&repo, "list.txt", ["other", "second"]);
    assert_eq!(of("list.txt")[0][4], if first == "second" { "you" } else { "other" }, "{told:?}");
    let said = work.tw(&["check"]).exits(1);
    said.says("first goes first: it is ready to be merged")
        .says("first  changed line 1")
        .says_not("You go first");
}

#[test]
fn lines_of_who_ended_there_are_not_told_as_of_who_goes_on_in_the_same_file() {
    let sandbox = Sandbox::new();
    let (repo, work, other) = followed(&sandbox);
    work.commit("second", &[("list.txt", &lines(&[(5, "second")]))]);
    repo.tw(&["complete", "second"]).exits(0);
    let third = ["--mode", "inter", "--story", "2-4-c", "--terminal", "third", "--worktree", "../work"];
    repo.tw(&[&["register"], &third[..]].concat()).exits(0);
    work.commit("third", &[("list.txt", &lines(&[(5, "second"), (20, "third")]))]);
    // where the third one did nothing
    other.commit("other", &[("list.txt", &lines(&[(5, "other")]))]);
    let messages_of = |id: &str| -> Vec<String> {
        let answer = repo.status();
        let found = findings(&answer, "merge_conflict").into_iter();
        let found = found.filter(|one| one["terminals"].as_array().unwrap().contains(&json!(id)));
        found.map(|one| text(&one["message"]).to_string()).collect()
    };
    assert_eq!(messages_of("third"), Vec::<String>::new());
    assert!(messages_of("second")[0].contains("second line 5 conflict"), "{:?}", messages_of("second"));
    let told = told_by_check(&work);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&*told[0][2], &*told[0][3]), ("second", "[[5,5]]"), "{told:?}");
    // where both did something
    other.commit("other", &[("list.txt", &lines(&[(5, "other"), (20, "other")]))]);
    assert!(messages_of("third")[0].contains("third line 20 conflict"), "{:?}", messages_of("third"));
    let told = told_by_check(&work);
    let mut own: Vec<[&str; 2]> = told.iter().map(|one| [&*one[2], &*one[3]]).collect();
    own.sort_unstable();
    assert_eq!(own, [["second", "[[5,5]]"], ["you", "[[20,20]]"]], "{told:?}");
    for [_, _, own, _, first] in &told {
        let id = if own == "you" { "third" } else { own };
        let first = if first == "you" { "third" } else { first };
        assert_eq!(first, told_by_status(&repo, "list.txt", [id, "other"]), "{told:?}");
    }
    // what the third one did to the other one's lines is its own, too
    work.commit("third", &[("list.txt", &lines(&[(5, "third"), (20, "third")]))]);
    assert!(messages_of("third")[0].contains("third lines 5, 20 conflict"), "{:?}", messages_of("third"));
}

/// At random: stories one after the other in two or three worktrees, that edit a few lines of two files. What `check` tells
/// in each worktree is what `status` tells of those there: of whom, which lines, and who goes first.
fn random(seed: u64) -> usize {
    let mut whims = Whims(seed);
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[]))]);
    let mut account = Vec::new();
    let mut works = Vec::new();
    for place in 0..2 + whims.below(2) {
        let folder = format!("../w{place}");
        let work = Repo { sandbox: &sandbox, top: repo.worktree(&format!("w{place}")).top };
        let stories = 1 + whims.below(3);
        for number in 0..stories {
            let (id, story) = (format!("t{place}{number}"), format!("{}-{}-x", 2 + place, 1 + number));
            let register =
                ["register", "--mode", "inter", "--story", &story, "--terminal", &id, "--worktree", &folder];
            repo.tw(&register).exits(0);
            for commit in 0..1 + whims.below(2) {
                let file = whims.pick(&["a.txt", "b.txt"]);
                let line = 3 + 6 * whims.below(4);
                let mut all: Vec<String> = std::fs::read_to_string(work.path(file))
                    .unwrap()
                    .lines()
                    .map(|line| format!("{line}\n"))
                    .collect();
                all[line - 1] = format!("of {id} {commit}\n");
                work.write(file, all.concat());
                let is_left = number + 1 == stories && whims.below(4) == 0;
                if !is_left {
                    work.git(&["commit", "-qam", &id]);
                }
                account.push(format!(
                    "{id} line {line} of {file}{}",
                    if is_left { ", uncommitted" } else { "" }
                ));
            }
            if number + 1 < stories || whims.below(4) == 0 {
                repo.tw(&["complete", &id]).exits(0);
                account.push(format!("{id} is completed"));
            }
        }
        works.push(work);
    }
    let answer = repo.status();
    let findings = findings(&answer, "merge_conflict");
    let mut seen = 0;
    for (place, work) in works.iter().enumerate() {
        let here = format!("t{place}");
        let check = work.tw(&["check", "--format", "json"]).json();
        let speaker = text(&check["terminal"]["id"]).to_string();
        let told = told_by_check(work);
        let context =
            || format!("TRACK_WORK_SEED={seed} w{place}\n{account:#?}\n{told:#?}\n{}", messages(&answer));
        // who are all done speak together, and with one voice
        let together: Vec<&str> = speaker.split(", ").collect();
        for [path, other, own, lines, first] in told.iter().filter(|_| together.len() == 1) {
            let own = if own == "you" { &speaker } else { own };
            let pair = [own, other].map(|id| json!(id));
            let is_it = |one: &&&Value| {
                let ids = one["terminals"].as_array().unwrap();
                one["path"] == **path && ids.len() == 2 && pair.iter().all(|id| ids.contains(id))
            };
            let found = findings.iter().find(is_it);
            let found = found.unwrap_or_else(|| panic!("{path} {pair:?}\n{}", context()));
            let side = if found["terminals"][0] == pair[0] { "ranges_a" } else { "ranges_b" };
            assert_eq!(found["evidence"][side].to_string(), *lines, "{path} {pair:?}\n{}", context());
            let first = if first == "you" { &speaker } else { first };
            let said = text(&found["suggestion"]).split(' ').next().unwrap();
            assert_eq!(said, first, "{path} {pair:?}\n{}", context());
            seen += 1;
        }
        let with_one_here = findings.iter().filter(|one| {
            let ids = one["terminals"].as_array().unwrap();
            ids.len() == 2 && ids.iter().any(|id| text(id).starts_with(&here))
        });
        let is_all = told.len() == with_one_here.count();
        assert!(is_all || together.len() > 1, "{}", context());
    }
    seen
}

#[test]
fn check_and_status_tell_the_same_of_stories_that_followed_each_other() {
    let seen: usize = seeds(12).map(random).sum();
    assert!(seen > 0 || seeds(12).count() < 12);
}
