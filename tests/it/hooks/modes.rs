//! Off, warn and block; and that two terminals never block each other.

use track_work::model::{CheckQuestion, Encounter, Work};
use track_work::pipeline::{CheckOptions, check};

use super::near::workspace;
use crate::cli::program::{Said, lines, said};
use crate::support::{Repo, Sandbox};

/// Commits all, if the hook lets it.
fn commit(repo: &Repo, mode: Option<&str>) -> Said {
    repo.git(&["add", "-A"]);
    let mut hook = repo.program(&["hooks", "run", "pre-commit"]);
    if let Some(mode) = mode {
        hook.env("TRACK_WORK_HOOK", mode);
    }
    let said = said(&mut hook);
    if said.status == Some(0) {
        repo.git(&["commit", "-q", "--no-verify", "-m", "work"]);
    }
    said
}

#[test]
fn the_mode_comes_from_the_call_then_from_the_repository_then_it_is_warn() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let (left, right) = (repo.worktree("left"), repo.worktree("right"));
    left.commit("left", &[("a.txt", &lines(&[(5, "left")]))]);
    right.write("a.txt", lines(&[(5, "right")]));
    right.git(&["add", "-A"]);
    let run = |mode: &str| said(right.program(&["hooks", "run", "pre-commit"]).env("TRACK_WORK_HOOK", mode));
    run("warn").exits(0).complains("the commit continues");
    run("block").exits(1).complains("git commit --no-verify");
    assert_eq!(run("off").exits(0).stderr, "");
    run("loud").exits(0).complains("TRACK_WORK_HOOK=loud must be off, warn or block");
    repo.track("config.yaml", "hook: block\n");
    right.tw(&["hooks", "run", "pre-commit"]).exits(1);
    run("warn").exits(0);
    repo.track("config.yaml", "hook: off\n");
    assert_eq!(right.tw(&["hooks", "run", "pre-commit"]).exits(0).stderr, "");
    run("block").exits(1);
}

#[test]
fn only_what_is_certain_is_stopped() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let (left, right) = (repo.worktree("left"), repo.worktree("right"));
    // the other has not committed: it may disappear
    left.write("a.txt", lines(&[(5, "left")]));
    right.write("a.txt", lines(&[(5, "right")]));
    commit(&right, Some("block")).exits(0).complains("depends on uncommitted work of left");
    // an overlap that merges cleanly is no reason, and neither is drift
    left.git(&["checkout", "-q", "a.txt"]);
    left.write("a.txt", lines(&[(30, "left")]));
    commit(&left, Some("block")).exits(0);
    repo.commit("main goes on", &[("a.txt", &lines(&[(30, "main")]))]);
    left.write("a.txt", lines(&[(30, "left again")]));
    commit(&left, Some("block")).exits(0).complains("content with main");
}

#[test]
fn a_commit_is_not_stopped_for_what_was_committed_before_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let (left, right) = (repo.worktree("left"), repo.worktree("right"));
    left.commit("left", &[("a.txt", &lines(&[(5, "left")]))]);
    right.commit("right", &[("a.txt", &lines(&[(5, "right")])), ("b.txt", "b\n")]);
    right.write("a.txt", lines(&[(5, "right"), (6, "and more")]));
    commit(&right, Some("block")).exits(0).complains("already in earlier commits");
    // and what a commit does not touch is not told of it
    right.write("c.txt", "c\n");
    assert_eq!(commit(&right, Some("block")).exits(0).stderr, "");
}

#[test]
fn what_is_declared_says_who_waits() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let (one, two) = (repo.worktree("terminal-1"), repo.worktree("terminal-2"));
    let session =
        |id: &str, more: &str| format!("  {id}:\n    focus: \"{id}\"\n    status: \"in_progress\"\n{more}");
    let file = |first: &str, second: &str| {
        format!(
            "story_id: \"1-2-shop\"\nsessions:\n{}{}",
            session("terminal-1", first),
            session("terminal-2", second)
        )
    };
    repo.track("story-1-2-sessions.yaml", file("    blocked_by: [\"terminal-2\"]\n", ""));
    one.commit("one", &[("a.txt", &lines(&[(5, "one")]))]);
    two.write("a.txt", lines(&[(5, "two")]));
    // commits alone would speak for the first; but it waits for the second
    commit(&two, Some("block")).exits(0).complains("You go first: Terminal-1 waits for you");
    one.write("a.txt", lines(&[(5, "one"), (6, "again")]));
    one.git(&["reset", "-q", "--soft", "HEAD~"]);
    commit(&one, Some("block")).exits(1).complains("Terminal-2 goes first").complains("story 1-2");
}

/// Every order of commits of two terminals in conflict: at each step at least one of them can commit,
/// whatever they have done before and stage now.
#[test]
fn two_terminals_never_block_each_other() {
    let declarations: [Option<(&str, &str)>; 4] = [
        None,
        Some(("blocked_by: [\"beta\"]", "priority: 3")),
        Some(("priority: 3", "status: \"completed\"")),
        Some(("blocked_by: [\"beta\"]", "blocked_by: [\"alpha\"]")),
    ];
    for (number, declared) in declarations.into_iter().enumerate() {
        for order in 0..3u32 {
            let sandbox = Sandbox::new();
            let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
            if let Some((alpha, beta)) = declared {
                let text =
                    format!("story_id: \"1-2\"\nsessions:\n  alpha:\n    {alpha}\n  beta:\n    {beta}\n");
                repo.track("story-1-2-sessions.yaml", text);
            }
            let both = [repo.worktree("alpha"), repo.worktree("beta")];
            for step in 0..2usize {
                for (who, terminal) in both.iter().enumerate() {
                    let text = format!("step {step} of {who}");
                    terminal.write("a.txt", lines(&[(5 + step * 8, &text)]));
                    terminal.write(format!("own-{who}-{}.txt", step * (who + order as usize)), "own\n");
                    terminal.git(&["add", "-A"]);
                }
                let first = (order >> step & 1) as usize;
                let asked = [first, 1 - first].map(|who| {
                    let mut hook = both[who].program(&["hooks", "run", "pre-commit"]);
                    said(hook.env("TRACK_WORK_HOOK", "block")).status == Some(0)
                });
                let case = format!("declaration {number}, order {order:02b}, step {step}");
                assert!(asked.iter().any(|free| *free), "both are stopped: {case}");
                // the first one commits when it may, the other one then when it may
                let mut went = 0;
                for who in [first, 1 - first] {
                    went += usize::from(commit(&both[who], Some("block")).status == Some(0));
                }
                assert!(went > 0, "nobody could commit: {case}");
            }
        }
    }
}

/// Each is about to commit while the other has committed all that it has.
#[test]
fn two_that_commit_in_turn_are_told_the_same() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[])), ("b.txt", &lines(&[]))]);
    let (one, two) = (repo.worktree("one"), repo.worktree("two"));
    one.commit("one", &[("a.txt", &lines(&[(3, "one")]))]);
    two.commit("two", &[("b.txt", &lines(&[(3, "two")]))]);
    let hook = |terminal: &Repo, index: Option<&str>| {
        let mut hook = terminal.program(&["hooks", "run", "pre-commit"]);
        hook.env("TRACK_WORK_HOOK", "block");
        index.map(|index| hook.env("GIT_INDEX_FILE", index));
        said(&mut hook)
    };
    for all in [false, true] {
        for (terminal, file, status) in [(&one, "b.txt", 0), (&two, "a.txt", 1)] {
            terminal.write(file, lines(&[(3, "more")]));
            if all {
                // as `git commit --all` does
                let index = sandbox.path(&format!("{file}.index"));
                let index = index.to_str().unwrap();
                let mut add = sandbox.command(&terminal.top);
                std::fs::copy(terminal.git(&["rev-parse", "--git-path", "index"]).trim_end(), index).unwrap();
                assert!(add.args(["add", "-u"]).env("GIT_INDEX_FILE", index).status().unwrap().success());
                hook(terminal, Some(index)).exits(status);
            } else {
                terminal.git(&["add", "-u"]);
                hook(terminal, None).exits(status);
            }
            terminal.git(&["reset", "-q", "--hard"]);
        }
    }
    // what stays uncommitted keeps the first from being ready
    one.write("b.txt", lines(&[(3, "more")]));
    one.git(&["add", "-u"]);
    one.write("c.txt", "not added\n");
    hook(&one, None).exits(1).complains("two goes first: it is ready to be merged");
    one.remove("c.txt");
    hook(&one, None).exits(0).complains("two goes first as long as this is not committed: it is ready to be");
}

#[test]
fn a_first_commit_is_stopped_only_where_the_other_goes_first_once_it_is_made() {
    for (committed, commits, status) in [("b", "a", 0), ("a", "b", 1)] {
        for merged_before in [false, true] {
            let sandbox = Sandbox::new();
            let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
            let (other, own) = (repo.worktree(committed), repo.worktree(commits));
            if merged_before {
                own.commit("merged", &[("b.txt", "1\n")]);
                repo.git(&["merge", "-q", "--no-ff", "--no-edit", commits]);
                other.git(&["merge", "-q", "main"]);
            }
            other.commit("other", &[("a.txt", &lines(&[(3, "other")]))]);
            own.write("a.txt", lines(&[(3, "own")]));
            own.git(&["add", "-A"]);
            let hook = || {
                let mut hook = own.program(&["hooks", "run", "pre-commit"]);
                said(hook.env("TRACK_WORK_HOOK", "block"))
            };
            hook().exits(status);
            own.git(&["commit", "-q", "--no-verify", "-m", "own"]);
            let first = if status == 0 { "You go first" } else { "a goes first" };
            own.tw(&["check"]).exits(1).says(first);
        }
    }
}

#[test]
fn the_merge_order_says_who_yields() {
    let sandbox = Sandbox::new();
    let files = ["a.txt", "b.txt", "c.txt"];
    let repo =
        sandbox.repo("main", &files.map(|file| (file, lines(&[]))).each_ref().map(|(f, t)| (*f, t.as_str())));
    let [first, second, wide] = ["small-1", "small-2", "a-wide"].map(|name| repo.worktree(name));
    first.commit("first", &[("a.txt", &lines(&[(10, "first")])), ("b.txt", &lines(&[(5, "first")]))]);
    second.commit("second", &[("a.txt", &lines(&[(20, "second")])), ("c.txt", &lines(&[(5, "second")]))]);
    // fewer files than both, but it would cost two conflicts to merge it first
    wide.commit("wide", &[("a.txt", &lines(&[(10, "wide"), (20, "wide")]))]);
    let order = repo.tw(&["merge-order", "-q"]).exits(1);
    let order = order.says("1 small-1 clean").says("2 small-2 clean").says("3 a-wide conflict");
    assert!(!order.stdout.contains("4 "), "{order}");
    wide.write("b.txt", lines(&[(5, "wide")]));
    let said = commit(&wide, Some("block")).exits(1);
    said.complains("small-1 goes first: it comes first in the merge order");
    // the other one is free to go on at the same lines
    first.write("b.txt", lines(&[(5, "first once more")]));
    commit(&first, Some("block")).exits(0);
}

#[test]
fn a_first_commit_has_its_place_in_the_merge_order_too() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let [first, second, wide] = ["first", "second", "wide"].map(|name| repo.worktree(name));
    wide.commit("wide", &[("a.txt", &lines(&[(10, "wide"), (20, "wide")]))]);
    second.commit("second", &[("a.txt", &lines(&[(20, "second")])), ("b.txt", "b\n")]);
    // it has nothing yet; with this commit it goes before the one that meets both
    first.write("a.txt", lines(&[(10, "first")]));
    first.write("c.txt", "c\n");
    commit(&first, Some("block")).exits(0).complains("You go first: otherwise 1 more merge would stop");
    repo.tw(&["merge-order"]).exits(1).says("first clean").says("wide conflict");
}

#[test]
fn several_sessions_in_one_worktree_yield_as_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let (team, alone) = (repo.worktree("team"), repo.worktree("alone"));
    repo.track(
        "story-1-2-sessions.yaml",
        "story_id: \"1-2\"\nsessions:\n  t1:\n    worktree: \"../team\"\n    priority: 1\n  t2:\n    worktree: \"../team\"\n    priority: 9\n  alone:\n    priority: 5\n",
    );
    team.write("a.txt", lines(&[(5, "team")]));
    commit(&team, Some("block")).exits(0);
    alone.write("a.txt", lines(&[(5, "alone")]));
    alone.git(&["add", "-A"]);
    commit(&alone, Some("block")).exits(1).complains("higher priority");
    alone.git(&["commit", "-q", "--no-verify", "-m", "all the same"]);
    team.write("a.txt", lines(&[(5, "team again")]));
    commit(&team, Some("block")).exits(0).complains("You go first: you have the higher priority");
}

#[test]
fn the_target_waits_for_nobody() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let left = repo.worktree("left");
    left.commit("left", &[("a.txt", &lines(&[(5, "left")]))]);
    repo.write("a.txt", lines(&[(5, "main")]));
    commit(&repo, Some("block")).exits(0);
}

#[test]
fn among_too_many_places_it_is_said_that_nobody_knows_who_goes_first() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[]))]);
    let (left, right) = (repo.worktree("left"), repo.worktree("right"));
    left.commit("left", &[("a.txt", &lines(&[(5, "left")]))]);
    right.write("a.txt", lines(&[(5, "right")]));
    right.git(&["add", "-A"]);
    let report = |most| {
        let workspace = workspace(&right.top);
        let work = Work::Staged { index: None, merging: Vec::new() };
        let question = CheckQuestion { work, ..CheckQuestion::default() };
        let options = CheckOptions { turns_among: Some(most), ..CheckOptions::default() };
        check(&workspace, &workspace.tracking(), &question, options).unwrap()
    };
    let turns = |met: &Encounter| met.turn.is_some();
    let (known, unknown) = (report(3), report(2));
    assert!(known.conflicts().all(turns) && known.must_yield().next().is_some());
    assert_eq!(known.conflicts().count(), unknown.conflicts().count());
    assert!(!unknown.conflicts().any(turns) && unknown.must_yield().next().is_none());
    let is_told = |note: &&String| note.starts_with("who goes first is not told here: of 3 worktrees");
    assert_eq!((known.notes.iter().find(is_told), unknown.notes.iter().filter(is_told).count()), (None, 1));
}
