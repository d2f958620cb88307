//! What is in progress in a worktree is a fact of its own, and its work is judged as what it will become.

use super::program::{changes, findings, flat, lines, messages, pairs, terminal, text};
use crate::support::{Repo, Sandbox};

fn with_lines(sandbox: &Sandbox) -> Repo<'_> {
    sandbox.repo("shop", &[("a.txt", &lines(&[])), ("b.txt", "1\n")])
}

/// A worktree in which a merge of `main` stops in `a.txt`.
fn merging<'s>(repo: &'s Repo<'s>) -> Repo<'s> {
    let work = repo.worktree("work");
    work.commit("work", &[("a.txt", &lines(&[(3, "work")])), ("own.txt", "1\n")]);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")])), ("b.txt", "2\n"), ("new.txt", &lines(&[]))]);
    assert!(!work.try_git(&["merge", "main"]).status.success());
    work
}

#[test]
fn a_resolved_merge_holds_the_own_work_alone() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let work = merging(&repo);
    let other = repo.worktree("other");
    other.commit("other", &[("new.txt", &lines(&[(3, "other")])), ("b.txt", "3\n")]);
    work.write("a.txt", lines(&[(3, "main")]).replace("main\n", "both\n"));
    work.git(&["add", "a.txt"]);
    let answer = repo.status();
    assert_eq!(changes(&answer, "work"), ["modified a.txt", "added own.txt"]);
    assert!(findings(&answer, "merge_conflict").is_empty(), "{}", messages(&answer));
    assert_eq!(terminal(&answer, "work")["behind"], 0);
    let under_way = &terminal(&answer, "work")["under_way"];
    let main = repo.git(&["rev-parse", "main"]);
    assert_eq!(under_way["kind"], "merge");
    assert_eq!(under_way["branch"], "work");
    assert_eq!(under_way["merging"], serde_json::json!([main]));
    assert_eq!(under_way["unresolved"], serde_json::json!([]));
    let abort = format!("git -C {} merge --abort", work.top.display());
    repo.tw(&["status"]).says("work: a merge is in progress").says(&abort);
    work.tw(&["check"]).exits(0).says("a merge is in progress");
    // as git sees it once it is concluded
    let before = (changes(&answer, "work"), pairs(&answer));
    work.git(&["commit", "-qm", "merged"]);
    let after = repo.status();
    assert_eq!((changes(&after, "work"), pairs(&after)), before);
}

#[test]
fn a_patch_that_does_not_apply_is_to_be_applied_first() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let work = repo.worktree("work");
    work.commit("work", &[("a.txt", &lines(&[(3, "work")]))]);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    let patch = repo.git(&["format-patch", "-1", "-o", sandbox.path("patches").to_str().unwrap()]);
    assert!(!work.try_git(&["am", &patch]).status.success());
    // git has nothing to continue with
    assert!(!work.try_git(&["am", "--continue"]).status.success());
    let top = work.top.display();
    let finish = format!(
        "Apply the patch and add it, then finish it (git -C {top} am --continue), or leave it out (git -C {top} am --skip)"
    );
    let said = repo.tw(&["status"]);
    assert!(flat(&said.stdout).contains(&finish), "{said}");
    work.write("a.txt", lines(&[(3, "both")]));
    work.git(&["add", "a.txt"]);
    work.git(&["am", "--continue"]);
}

#[test]
fn a_resolved_merge_is_planned_as_what_it_makes_and_merged_once_it_is_there() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let work = merging(&repo);
    work.write("a.txt", lines(&[(3, "both")]));
    work.git(&["add", "a.txt"]);
    let before = repo.git(&["rev-parse", "main"]);
    let finish = format!(
        "a merge is in progress; this step merges its result. Finish it (git -C {} merge --continue)",
        work.top.display()
    );
    let order = repo.tw(&["merge-order"]).exits(0);
    assert!(flat(&order.stdout).contains(&finish), "{order}");
    order.says_not("not committed");
    for merge in [&["merge", "--yes", "work"][..], &["merge", "--yes", "--all"], &["merge", "--yes"]] {
        let said = repo.tw(merge).says_not("any more").says_not("Made");
        said.says("work: a merge is in progress");
        assert_eq!(repo.git(&["rev-parse", "main"]), before);
    }
    work.git(&["commit", "-qm", "merged"]);
    let planned = repo.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(planned["steps"][0]["prediction"], "clean");
    repo.tw(&["merge", "--yes", "work"]).exits(0).says("Made 1 merge");
}

#[test]
fn an_unresolved_merge_is_unknown_and_told_as_resolving() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let work = merging(&repo);
    let other = repo.worktree("other");
    other.commit("other", &[("a.txt", &lines(&[(3, "main"), (8, "other")]))]);
    let answer = repo.status();
    assert!(findings(&answer, "merge_conflict").is_empty(), "{}", messages(&answer));
    assert_eq!(terminal(&answer, "work")["under_way"]["unresolved"], serde_json::json!(["a.txt"]));
    assert_eq!(changes(&answer, "work"), ["modified a.txt", "added own.txt"]);
    assert_eq!(answer["pairs"][0]["verdict"], "unknown");
    repo.tw(&["status"])
        .says("work: a merge is in progress, resolving a.txt")
        .says("merging, resolving a.txt")
        .says("2 not determined")
        .says_not("is resolving a conflict in it");
    let check = work.tw(&["check", "--format", "json"]).json();
    assert_eq!(check["under_way"]["kind"], "merge");
    assert!(text(&check["undecided"][0]["reason"]).contains("a.txt"), "{check}");
    let compared = repo.tw(&["compare", "main", "../work", "--format", "json"]).json();
    assert!(compared["clean"].is_null(), "{compared}");
    let order = repo.tw(&["merge-order", "--format", "json"]).json();
    assert_eq!(order["left_out"][0]["terminal"], "work");
    assert_eq!(order["left_out"][0]["undetermined"], true);
}

#[test]
fn a_merge_of_another_terminal_shares_its_commits() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    two.commit("two", &[("a.txt", &lines(&[(3, "two")]))]);
    two.try_git(&["merge", "one"]);
    two.write("a.txt", lines(&[(3, "both")]));
    two.git(&["add", "a.txt"]);
    let answer = repo.status();
    assert!(findings(&answer, "merge_conflict").is_empty(), "{}", messages(&answer));
    two.git(&["commit", "-qm", "merged"]);
    let after = repo.status();
    assert_eq!(pairs(&answer), pairs(&after));
}

#[test]
fn a_rebase_and_a_bisection_are_judged_as_their_branch() {
    for doing in ["rebase", "bisect", "detached rebase", "apply"] {
        let sandbox = Sandbox::new();
        let repo = with_lines(&sandbox);
        let (work, other) = (repo.worktree("work"), repo.worktree("other"));
        work.commit("first", &[("b.txt", "2\n")]);
        work.commit("second", &[("c.txt", "2\n")]);
        work.commit("third", &[("a.txt", &lines(&[(3, "work")]))]);
        other.commit("other", &[("a.txt", &lines(&[(3, "other")]))]);
        let before = repo.status();
        match doing {
            "bisect" => drop(work.git(&["bisect", "start", "work", "main"])),
            _ => {
                repo.git(&["checkout", "-q", "-b", "elsewhere"]);
                repo.commit("elsewhere", &[("b.txt", "3\n")]);
                repo.git(&["checkout", "-q", "main"]);
                repo.git(&["tag", "onto", "elsewhere"]);
                repo.git(&["branch", "-qD", "elsewhere"]);
                if doing == "detached rebase" {
                    work.git(&["checkout", "-q", "--detach"]);
                    work.git(&["branch", "-qD", "work"]);
                }
                let backend = if doing == "apply" { "--apply" } else { "--merge" };
                assert!(!work.try_git(&["rebase", backend, "onto"]).status.success());
            }
        }
        work.write("untracked.txt", "1\n");
        let answer = repo.status();
        let now = terminal(&answer, "work");
        for key in ["head", "base", "ahead", "behind"] {
            assert_eq!(now[key], terminal(&before, "work")[key], "{doing}: {key}");
        }
        let expected = ["modified a.txt", "modified b.txt", "added c.txt", "added untracked.txt"];
        assert_eq!(changes(&answer, "work"), expected, "{doing}");
        let conflicting = |pair: &&serde_json::Value| pair["verdict"] == "conflict";
        assert_eq!(answer["pairs"].as_array().unwrap().iter().filter(conflicting).count(), 1, "{doing}");
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        assert_eq!(order["cost"]["conflicts"], 1, "{doing}");
        let status = repo.tw(&["status"]);
        match doing {
            "bisect" => drop(status.says("bisecting")),
            "detached rebase" => {
                assert!(now["under_way"]["branch"].is_null());
                status.says("rebasing 1 of 3");
            }
            _ => {
                let under_way = &now["under_way"];
                assert_eq!((&under_way["kind"], &under_way["branch"]), (&"rebase".into(), &"work".into()));
                assert_eq!((&under_way["step"], &under_way["of"]), (&1.into(), &3.into()));
                let abort = format!("git -C {} rebase --abort", work.top.display());
                status.says("rebasing 1 of 3, resolving b.txt").says(&abort);
            }
        }
    }
}

#[test]
fn steps_of_cherry_picks_reverts_and_patches_are_told() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let base = repo.git(&["rev-parse", "HEAD"]);
    let source = repo.worktree("source");
    source.commit("one", &[("c.txt", "1\n")]);
    source.commit("two", &[("b.txt", "2\n")]);
    source.commit("three", &[("d.txt", "1\n")]);
    let range = format!("{base}..source");
    let stopped = |name: &str, args: &[&str]| {
        let work = repo.worktree(name);
        work.commit("own", &[("b.txt", "own\n")]);
        assert!(!work.try_git(args).status.success(), "{name}");
    };
    stopped("picking", &["cherry-pick", &range]);
    let patches = source.git(&["format-patch", "-o", sandbox.path("patches").to_str().unwrap(), &range]);
    let patches: Vec<&str> = patches.lines().collect();
    stopped("patching", &[&["am", "--3way"], &patches[..]].concat());
    let undoing = repo.worktree("undoing");
    undoing.commit("x", &[("b.txt", "2\n")]);
    undoing.commit("y", &[("b.txt", "3\n")]);
    undoing.commit("z", &[("e.txt", "3\n")]);
    assert!(!undoing.try_git(&["revert", "--no-edit", "HEAD", "HEAD~2"]).status.success());
    let answer = repo.status();
    for (id, kind, step, of) in
        [("picking", "cherry-pick", 2, 3), ("patching", "am", 2, 3), ("undoing", "revert", 2, 2)]
    {
        let known = &terminal(&answer, id)["under_way"];
        assert_eq!(
            (&known["kind"], &known["step"], &known["of"]),
            (&kind.into(), &step.into(), &of.into()),
            "{id}"
        );
        assert_eq!(known["unresolved"], serde_json::json!(["b.txt"]), "{id}");
        assert_eq!(terminal(&answer, id)["operation"], kind);
    }
    let abort = format!("git -C {} am --abort", sandbox.path("patching").display());
    repo.tw(&["status"]).says("cherry-picking 2 of 3, resolving b.txt").says(&abort);
    // a pick that was committed by hand is not the end
    let picking = sandbox.path("picking");
    let picking = Repo { sandbox: &sandbox, top: picking };
    picking.write("b.txt", "picked\n");
    picking.git(&["commit", "-qam", "by hand"]);
    let answer = repo.status();
    assert_eq!(terminal(&answer, "picking")["under_way"]["kind"], "cherry-pick");
}

#[test]
fn a_conflict_that_a_stash_left_is_unknown() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let (work, other) = (repo.worktree("work"), repo.worktree("other"));
    other.commit("other", &[("a.txt", &lines(&[(8, "other")]))]);
    work.write("a.txt", lines(&[(3, "stashed")]));
    work.git(&["stash"]);
    work.commit("work", &[("a.txt", &lines(&[(3, "work")]))]);
    assert!(!work.try_git(&["stash", "pop"]).status.success());
    let answer = repo.status();
    assert!(findings(&answer, "merge_conflict").is_empty(), "{}", messages(&answer));
    assert_eq!(answer["pairs"][0]["verdict"], "unknown");
    assert!(messages(&answer).contains("a.txt: work is resolving a conflict in it"));
}

#[test]
fn the_worktree_of_the_target_comes_first() {
    for doing in ["merge", "bisect", "cherry-pick"] {
        let sandbox = Sandbox::new();
        let repo = with_lines(&sandbox);
        let (one, two) = (repo.worktree("one"), repo.worktree("two"));
        one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
        two.commit("two", &[("b.txt", "2\n")]);
        repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
        let args = match doing {
            "bisect" => vec!["bisect", "start", "main", "main~1"],
            doing => vec![doing, "one"],
        };
        repo.try_git(&args);
        let answer = repo.status();
        assert_eq!(answer["target"]["name"], "main", "{doing}");
        let said = flat(&format!("{} {}", repo.tw(&["status"]).stdout, repo.tw(&["sync"]).stdout));
        assert!(!said.contains("main from main"), "{said}");
        let order = repo.tw(&["merge-order", "--format", "json"]).json();
        assert_eq!(order["under_way"]["kind"], doing);
        assert!(order["steps"].as_array().unwrap().iter().all(|step| step["ready"] == false), "{doing}");
        repo.tw(&["merge-order"])
            .says("Before the first merge, in the worktree of main")
            .says("is in progress");
    }
}

#[test]
fn uncommitted_work_in_the_worktree_of_the_target_is_never_updated_from_it() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let one = repo.worktree("one");
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    repo.write("a.txt", lines(&[(3, "main")]));
    let said = repo.tw(&["status"]).says_not("main from main");
    drop(said.says("Then update one from main"));
}

#[test]
fn what_shares_no_history_with_the_target_is_told_how_git_merges_it() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let one = repo.worktree("one");
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    let pages = repo.worktree_at(&sandbox.path("pages"), &["--orphan", "-b", "pages"]);
    pages.commit("pages", &[("a.txt", "pages\n")]);
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    let update = format!("git -C {} merge --allow-unrelated-histories main", pages.top.display());
    for command in [&["status"][..], &["sync", "--dry-run"]] {
        let said = repo.tw(command).exits(1);
        assert!(flat(&said.stdout).contains(&update), "{said}");
        said.says_not("In each of them");
    }
    let refused = pages.try_git(&["merge", "main"]);
    assert_eq!(refused.status.code(), Some(128), "{refused:?}");
    let merged = pages.try_git(&["merge", "--allow-unrelated-histories", "main"]);
    assert_eq!(merged.status.code(), Some(1), "{merged:?}");
}

#[test]
fn terminals_that_conflict_with_the_target_end_first_what_is_in_progress_there() {
    let sandbox = Sandbox::new();
    let repo = with_lines(&sandbox);
    let names = ["pick", "plain", "rebase", "revert"];
    let works = names.map(|name| repo.worktree(name));
    for (work, name) in works.iter().zip(names) {
        work.commit(name, &[("a.txt", &lines(&[(3, name)]))]);
    }
    repo.commit("main", &[("a.txt", &lines(&[(3, "main")]))]);
    let [pick, plain, rebase, revert] = &works;
    assert!(!pick.try_git(&["cherry-pick", "main"]).status.success());
    assert!(!rebase.try_git(&["rebase", "main"]).status.success());
    let ending = |work: &Repo, what: &str| format!("git -C {} {what} --continue", work.top.display());
    for command in [&["status"][..], &["sync", "--dry-run"]] {
        let said = repo.tw(command).exits(1);
        let told = flat(&said.stdout);
        for ending in [ending(pick, "cherry-pick"), ending(rebase, "rebase")] {
            assert!(told.contains(&ending), "{ending}: {said}");
        }
        assert!(told.contains("In each of the others, update from main and resolve the conflict."), "{said}");
        said.says_not("In each of them");
    }
    // one that is left is told its own way
    revert.commit("more", &[("b.txt", "2\n")]);
    revert.commit("and more", &[("b.txt", "3\n")]);
    assert!(!revert.try_git(&["revert", "HEAD~"]).status.success());
    let told = flat(&repo.tw(&["status"]).exits(1).stdout);
    assert!(told.contains(&ending(revert, "revert")), "{told}");
    assert!(
        told.contains(&format!("Update plain from main (git -C {} merge main)", plain.top.display())),
        "{told}"
    );
    assert!(!told.contains("In each of"), "{told}");
}
