//! What a run does to the target, and that it does nothing else: wherever the target is checked out, and whatever
//! the person has there.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::{is_tidy, resolve, shop, workbench};
use crate::cli::program::{flat, lines, said};
use crate::cli::pty::Terminal;
use crate::support::{Repo, Sandbox, picture};

/// All that is a person's: the checkouts, and what is in `.git` but objects, what git remembers of resolutions, and notes.
fn own(sandbox: &Sandbox) -> BTreeMap<PathBuf, Vec<u8>> {
    let top = sandbox.path("");
    let all = picture(&top)
        .into_iter()
        .map(|(path, (bytes, ..))| (path.strip_prefix(&top).unwrap().to_path_buf(), bytes));
    let is_own = |path: &PathBuf| {
        let text = path.to_string_lossy();
        !["objects", "rr-cache", "track-work"].iter().any(|name| text.contains(&format!(".git/{name}")))
            && !text.starts_with("home")
    };
    all.filter(|(path, _)| is_own(path)).collect()
}

/// A person's uncommitted work that no merge touches, of every kind.
fn busy(repo: &Repo) {
    repo.write("stashed.txt", "stashed\n");
    repo.git(&["stash", "-q", "-u"]);
    repo.write("staged.txt", "staged\n");
    repo.git(&["add", "staged.txt"]);
    repo.write("staged.txt", "and changed\n");
    repo.write("untracked.txt", "untracked\n");
}

#[test]
fn a_persons_work_stays_as_it_is_after_every_outcome_but_the_finished_one() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    busy(&repo);
    let before = own(&sandbox);
    for (args, status) in [
        (&["--dry-run"][..], 1),
        (&[], 2),
        (&["--yes", "nobody"], 2),
        (&["--yes"], 1),
        (&["--status"], 0),
        (&["--continue"], 1),
        (&["--abort"], 0),
        (&["--yes", "three", "one"], 1),
        (&["--abort"], 0),
        (&["--undo"], 2),
    ] {
        repo.merge(args).exits(status);
        let mut now = own(&sandbox);
        now.retain(|path, _| !path.to_string_lossy().contains("worktrees/shop-"));
        assert_eq!(now, before, "{args:?}");
    }
    assert_eq!(own(&sandbox), before);
    is_tidy(&repo, 3);
}

#[test]
fn what_is_not_in_the_way_stays_when_the_target_moves_and_comes_back() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    busy(&repo);
    let status = repo.git(&["status", "--porcelain"]);
    let old = repo.git(&["rev-parse", "main"]);
    // whoever types the commands has to commit it first
    let [typed, planned] =
        [&["merge-order"][..], &["merge", "--dry-run"]].map(|args| repo.tw(args).exits(1).stdout);
    assert!(typed.contains("git refuses to merge") && !planned.contains("refuses"), "{typed}{planned}");
    repo.merge(&["--yes", "one", "two"]).exits(0);
    assert_eq!(repo.git(&["status", "--porcelain"]), status);
    assert_eq!(fs::read_to_string(repo.path("a.txt")).unwrap(), lines(&[(5, "one")]));
    // to take it back would unstage what is staged
    let said = repo.merge(&["--undo"]).exits(2);
    assert!(said.stderr.contains("staged: staged.txt"), "{said}");
    repo.git(&["rm", "-q", "-f", "staged.txt"]);
    repo.write("a.txt", lines(&[(5, "one"), (20, "changed")]));
    let said = repo.merge(&["--undo"]).exits(2);
    assert!(said.stderr.contains("uncommitted work") && said.stderr.contains("a.txt"), "{said}");
    repo.git(&["checkout", "-q", "a.txt"]);
    repo.write("c.txt", "untracked\n");
    repo.merge(&["--undo"]).exits(0);
    assert_eq!(repo.git(&["rev-parse", "main"]), old);
    assert_eq!(repo.git(&["status", "--porcelain"]), "?? c.txt\n?? untracked.txt");
    assert!(repo.git(&["reflog", "-1", "--format=%gs", "main"]).starts_with("track-work merge --undo"));
    is_tidy(&repo, 3);
}

#[test]
fn what_would_be_overwritten_is_refused_before_anything_is_merged() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    sandbox_new_file(&repo);
    for (file, text) in [("a.txt", lines(&[(20, "changed")])), ("new.txt", "mine\n".to_string())] {
        repo.write(file, text);
        let said = repo.merge(&["--yes", "one", "two"]).exits(2);
        assert!(said.stderr.contains(&format!("not committed in main: {file}")), "{said}");
        repo.merge(&["--dry-run", "one", "two"]).says(&format!("not committed in main: {file}"));
        assert_eq!(workbench(&sandbox), None);
        repo.git(&["add", file]);
        assert!(repo.merge(&["--yes", "one", "two"]).exits(2).stderr.contains(file));
        repo.git(&["reset", "-q"]);
        if file == "a.txt" {
            repo.git(&["checkout", "-q", file])
        } else {
            repo.git(&["clean", "-qf"])
        };
    }
    repo.git(&["merge", "-q", "--no-commit", "--no-ff", "one"]);
    assert!(repo.merge(&["--yes", "two"]).exits(2).stderr.contains("a merge is in progress"));
}

#[test]
fn ignored_files_are_not_overwritten() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.commit("ignored", &[(".gitignore", "*.local\nbuild/\n.system\n")]);
    let two = Repo { sandbox: &sandbox, top: sandbox.path("two") };
    two.write("x.local", "theirs\n");
    two.write("build/out", "theirs\n");
    two.git(&["add", "-f", "x.local", "build/out"]);
    two.git(&["commit", "-qm", "ignored elsewhere"]);
    for file in ["x.local", "build/out"] {
        repo.write(file, "mine\n");
        let advice =
            format!("git overwrites an ignored file in main without asking: move or copy {file} first");
        repo.tw(&["merge-order", "-v"]).says(&advice);
        assert!(repo.merge(&["--yes", "two"]).exits(2).stderr.contains(file));
        repo.remove(file);
    }
    repo.merge(&["--yes", "two"]).exits(0);
    assert_eq!(std::fs::read_to_string(repo.path("x.local")).unwrap(), "theirs\n");
}

fn sandbox_new_file(repo: &Repo) {
    let two = Repo { sandbox: repo.sandbox, top: repo.sandbox.path("two") };
    two.commit("new", &[("new.txt", "new\n")]);
}

#[test]
fn what_gets_in_the_way_meanwhile_keeps_the_target_where_it_is() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let old = repo.git(&["rev-parse", "main"]);
    repo.merge(&["--yes"]).exits(1);
    resolve(&Repo { sandbox: &sandbox, top: workbench(&sandbox).unwrap() });
    repo.write("b.txt", lines(&[(20, "changed")]));
    let said = repo.merge(&["--continue"]).exits(1);
    assert!(said.stdout.contains("main could not be moved") && said.stdout.contains("b.txt"), "{said}");
    assert_eq!(repo.git(&["rev-parse", "main"]), old);
    assert_eq!(fs::read_to_string(repo.path("b.txt")).unwrap(), lines(&[(20, "changed")]));
    assert!(repo.merge(&["--skip"]).exits(2).stderr.contains("all merges are made"));
    repo.git(&["stash", "-q"]);
    repo.merge(&["--continue"]).exits(0);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    is_tidy(&repo, 3);
}

#[test]
fn a_run_of_one_merge_that_cannot_move_the_target_says_so_in_the_singular() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.commit("main", &[("a.txt", &lines(&[(5, "main")]))]);
    repo.merge(&["--yes", "one"]).exits(1);
    resolve(&Repo { sandbox: &sandbox, top: workbench(&sandbox).unwrap() });
    repo.write("a.txt", lines(&[(20, "changed")]));
    let said = repo.merge(&["--continue"]).exits(1);
    said.says("The only merge is made, but main could not be moved").says_not("All 1");
}

#[test]
fn settings_that_would_change_the_last_step_do_not() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (key, value) in [
        ("merge.ff", "false"),
        ("merge.autoStash", "true"),
        ("branch.main.mergeOptions", "--log --no-ff"),
        ("pull.rebase", "true"),
    ] {
        repo.git(&["config", key, value]);
    }
    repo.write("untracked.txt", "untracked\n");
    repo.merge(&["--yes", "one", "two"]).exits(0);
    // --log counts in the merges, not in the move
    let subjects = repo.git(&["log", "-2", "--first-parent", "--format=%B"]);
    assert_eq!(subjects, "Merge branch 'two'\n\n* two:\n  two\n\nMerge branch 'one'\n\n* one:\n  one");
    assert_eq!(repo.git(&["stash", "list"]), "");
}

#[test]
fn a_target_that_is_checked_out_elsewhere_moves_there() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["switch", "-q", "-c", "aside"]);
    let main = Repo { sandbox: &sandbox, top: sandbox.path("main-worktree") };
    repo.git(&["worktree", "add", "-q", "../main-worktree", "main"]);
    repo.merge(&["--yes", "--target", "main", "one", "two"]).exits(0);
    assert_eq!(main.git(&["status", "--porcelain"]), "");
    assert_eq!(fs::read_to_string(main.path("a.txt")).unwrap(), lines(&[(5, "one")]));
    assert_eq!(repo.git(&["log", "-1", "--format=%s", "main"]), "Merge branch 'two'");
    main.git(&["switch", "-q", "--detach"]);
    repo.merge(&["--undo"]).exits(0);
    assert_eq!(repo.git(&["log", "-1", "--format=%s", "main"]), "first");
    is_tidy(&repo, 4);
}

#[test]
fn a_target_that_is_checked_out_nowhere_moves() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["branch", "release/1.0=x"]);
    repo.merge(&["--yes", "--target", "release/1.0=x", "one", "two"]).exits(0);
    assert_eq!(
        repo.git(&["log", "-1", "--format=%s", "release/1.0=x"]),
        "Merge branch 'two' into release/1.0=x"
    );
    assert_eq!(repo.git(&["reflog", "-1", "--format=%gs", "release/1.0=x"]), "track-work merge");
    assert_eq!(repo.git(&["log", "-1", "--format=%s", "main"]), "first");
    // what moved on is not taken back
    repo.git(&["update-ref", "refs/heads/release/1.0=x", "one"]);
    let said = repo.merge(&["--undo"]).exits(2);
    assert!(said.stderr.contains("is not where the run left it"), "{said}");
    is_tidy(&repo, 3);
}

#[test]
fn a_branch_with_a_sign_in_its_name_moves_where_it_is_checked_out() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["branch", "-q", "-m", "main", "x=y.z"]);
    repo.git(&["config", "branch.x=y.z.mergeOptions", "--log"]);
    repo.merge(&["--yes", "one"]).exits(0);
    assert_eq!(repo.git(&["log", "-1", "--format=%B"]), "Merge branch 'one' into x=y.z\n\n* one:\n  one");
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_bare_repository_has_a_target_too() {
    let sandbox = Sandbox::new();
    let source = shop(&sandbox);
    source.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = Repo { sandbox: &sandbox, top: sandbox.path("bare.git") };
    bare.git(&["config", "user.name", "Ada"]);
    bare.git(&["config", "user.email", "ada@example.org"]);
    bare.merge(&["--yes", "one", "two"]).exits(0);
    assert_eq!(bare.git(&["log", "-1", "--format=%s"]), "Merge branch 'two'");
    is_tidy(&bare, 0);
    bare.merge(&["--undo"]).exits(0);
    assert_eq!(bare.git(&["log", "-1", "--format=%s"]), "first");
}

#[test]
fn what_is_no_branch_is_no_target() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["tag", "v1"]);
    for target in ["v1", &repo.git(&["rev-parse", "main"])] {
        let said = repo.merge(&["--yes", "--target", target]).exits(2);
        assert!(said.stderr.contains("is not a branch"), "{said}");
    }
}

#[test]
fn nobody_takes_the_worktree_of_a_run_for_a_terminal() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let ids = |answer: &Value| {
        let terminals = answer["terminals"].as_array().unwrap();
        terminals.iter().map(|terminal| terminal["id"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    let before = ids(&repo.status());
    repo.merge(&["--yes"]).exits(1);
    assert_eq!(ids(&repo.status()), before);
    assert_eq!(ids(&Repo { sandbox: &sandbox, top: workbench(&sandbox).unwrap() }.status()), before);
    repo.merge(&["--abort"]).exits(0);
}

#[test]
fn what_is_ready_is_merged_or_what_is_named_or_all() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track(
        "active-sessions.yaml",
        "sessions:\n  one:\n    status: completed\n    story_id: \"1-1\"\n  two:\n    status: in_progress\n    story_id: \"1-2\"\n  three:\n    status: in_progress\n    story_id: \"1-3\"\n    blocked_by: [two]\n",
    );
    let planned = |args: &[&str]| {
        let answer = repo.merge_json(&[args, &["--dry-run"]].concat());
        let steps = answer["steps"].as_array().unwrap();
        steps.iter().map(|step| step["terminal"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(planned(&[]), ["one"]);
    assert_eq!(planned(&["two"]), ["two"]);
    assert_eq!(planned(&["--only", "two", "one"]), ["one", "two"]);
    assert_eq!(planned(&["--all"]), ["one", "two", "three"]);
    assert_eq!(planned(&["--all", "--exclude", "three"]), ["one", "two"]);
    assert_eq!(planned(&["--exclude", "one"]), Vec::<String>::new());
    let said = repo.merge(&["--yes", "--exclude", "one"]).exits(0);
    assert!(said.stdout.contains("Nothing to merge into main"), "{said}");
    // what waits for work that the run has merged goes on, though nobody completed that
    let answer = repo.merge_json(&["--yes", "--all"]);
    assert_eq!(answer["run"]["left"][0]["terminal"], "three", "{answer:#}");
    resolve(&Repo { sandbox: &sandbox, top: workbench(&sandbox).unwrap() });
    assert_eq!(repo.merge_json(&["--continue"])["end"], "finished");
    let entries = repo.history();
    let merged = entries.iter().find(|entry| entry["command"] == "merge").expect("an entry");
    let names: Vec<&str> =
        merged["merged"].as_sequence().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert!(names[0].starts_with("one (merged, ") && names[2].starts_with("three (resolved, "), "{names:?}");
    assert_eq!(entries.last().unwrap()["command"], "sync");
    assert!(repo.tracked("active-sessions.yaml").contains("merged: true"));
    repo.merge(&["--undo"]).exits(0);
    let undone = repo.history().into_iter().rfind(|entry| entry["command"] == "merge").unwrap();
    assert!(undone["merged"][0].as_str().unwrap().starts_with("taken back: main is at"), "{undone:?}");
}

#[test]
fn only_the_orchestrator_merges() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("active-sessions.yaml", "sessions:\n  one:\n    status: completed\n    story_id: \"1-1\"\n");
    let one = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    let said = one.merge(&["--yes"]).exits(2);
    assert!(said.stderr.contains("only the orchestrator"), "{said}");
    one.merge(&["--status"]).exits(0);
    one.merge(&["--yes", "--as", "orchestrator-exe", "one"]).exits(0);
}

#[test]
fn the_plan_is_shown_and_asked_about() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let old = repo.git(&["rev-parse", "main"]);
    let said = said(&mut repo.merging(&[]));
    assert!(said.status == Some(2) && flat(&said.stderr).contains("it takes --yes"), "{said}");
    let mut terminal = Terminal::start(&mut repo.merging(&["one", "two"]));
    terminal.until("git merge --no-ff one");
    terminal.until("Make 2 merges into main?");
    terminal.types("n\r");
    terminal.until("nothing was merged");
    assert_eq!(terminal.ends(), Some(2));
    assert_eq!(repo.git(&["rev-parse", "main"]), old);
    let mut terminal = Terminal::start(&mut repo.merging(&["one", "two"]));
    terminal.until("Make 2 merges into main?");
    terminal.types("y\r");
    terminal.until("Made 2 merges into main");
    assert_eq!(terminal.ends(), Some(0));
    is_tidy(&repo, 3);
}

/// What cannot be merged into is no plan.
#[test]
fn what_is_refused_is_refused_in_a_dry_run() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["tag", "v1"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    for target in ["origin/main", "v1", "main~0"] {
        for how in ["--dry-run", "--yes"] {
            let said = repo.merge(&["--all", how, "--target", target]).exits(2);
            said.complains("is not a branch, so nothing can be merged into it");
        }
        repo.tw(&["merge-order", "--target", target]).says("git merge");
    }
}

#[test]
fn once_there_is_a_session_work_without_one_has_to_be_named() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("f", &lines(&[])), (".gitignore", ".system\n")]);
    for (name, line) in [("1-2-login", 3), ("wip", 20)] {
        repo.worktree(name).commit(name, &[("f", &lines(&[(line, name)]))]);
    }
    let is_merged =
        |name: &str| repo.try_git(&["merge-base", "--is-ancestor", name, "main"]).status.success();
    // nobody says of anything whether it is done: who merges does
    let plan = repo.merge(&["--dry-run", "--format", "json"]).json();
    assert_eq!(plan["steps"].as_array().unwrap().len(), 2, "{plan:#}");
    repo.tw(&["register", "--mode", "inter", "--story", "1-2-login"]).exits(0);
    repo.merge(&["--yes"]).says("wip").says("it has no session");
    assert!(!is_merged("1-2-login") && !is_merged("wip"));
    repo.tw(&["complete", "terminal-1"]).exits(0);
    repo.merge(&["--yes"]).exits(0).says("merged");
    assert!(is_merged("1-2-login") && !is_merged("wip"));
    repo.merge(&["--yes"]).says("wip").says("it has no session");
    assert!(!is_merged("wip"));
    repo.merge(&["--yes", "wip"]).exits(0);
    assert!(is_merged("wip"));
    // what cannot be done any more is not offered
    repo.merge(&["--status"]).says("merge --undo");
    repo.commit("later", &[("later", "1\n")]);
    repo.merge(&["--status"]).says_not("--undo");
    repo.merge(&["--undo"]).exits(2);
}

#[test]
fn attributes_that_one_brings_do_not_stop_the_next_one() {
    for (rules, file) in
        [("*.txt text\n", "a.txt"), ("* text=auto eol=lf\n", "d/e.txt"), ("*.txt ident\n", "d/e.txt")]
    {
        let sandbox = Sandbox::new();
        let text = lines(&[(5, "$Id: one$")]).replace('\n', "\r\n");
        let repo = sandbox.repo("main", &[("a.txt", &text), ("d/e.txt", &text), ("b", "b\n")]);
        for (name, path, content) in
            [("one", ".gitattributes", rules), ("two", file, &text.replace("15\r", "fifteen\r")[..])]
        {
            repo.git(&["checkout", "-q", "-b", name, "main"]);
            repo.write(path, content);
            repo.git(&["add", path]); // and nothing else, whatever the attributes make of it
            repo.git(&["commit", "-q", "-m", name]);
            repo.git(&["checkout", "-q", "--force", "main"]);
        }
        repo.merge(&["--yes", "one", "two"]).exits(0);
        assert_eq!(repo.git(&["show", &format!("main:{file}")]).matches("fifteen").count(), 1, "{rules}");
        is_tidy(&repo, 0);
    }
}
