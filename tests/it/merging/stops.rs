//! Where a run stops, and how it goes on.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;

use super::{is_tidy, resolve, shop, workbench};
use crate::cli::program::{Said, flat, lines, said};
use crate::support::{Repo, Sandbox};

/// The worktree of the run.
fn bench(sandbox: &Sandbox) -> Repo<'_> {
    Repo { sandbox, top: workbench(sandbox).expect("a run") }
}

fn hook(repo: &Repo, name: &str, body: &str) {
    put_hook(&repo.path(".git/hooks"), name, body);
}

fn put_hook(folder: &Path, name: &str, body: &str) {
    fs::create_dir_all(folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_conflict_is_shown_with_both_sides_and_continued_once_it_is_resolved() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let old = repo.git(&["rev-parse", "main"]);
    let said = repo.merge(&["--yes"]).exits(1);
    let text = flat(&said.stdout);
    for part in [
        "Stopped at 3 of 3, two: conflicts",
        "as predicted",
        "a.txt content, with one",
        "main (one): | one",
        "three: | three",
        "git add FILE",
        "track-work merge --continue",
        "--skip leaves three out",
        "--abort leaves main as it is",
    ] {
        let part = part.replace("two: conflicts", "three: conflicts");
        assert!(text.contains(&part), "no {part:?}: {said}");
    }
    assert_eq!(repo.git(&["rev-parse", "main"]), old);
    // whoever asks now is told the same
    assert_eq!(repo.merge(&["--status"]).exits(0).stdout, said.stdout);
    let again = repo.merge(&["--yes"]).exits(2);
    assert!(again.stderr.contains("stopped at three") && again.stderr.contains("--continue"), "{again}");
    // unresolved, then with markers, then with changes that are not staged
    let bench = bench(&sandbox);
    assert!(repo.merge(&["--continue"]).exits(1).stderr.contains("still in conflict: a.txt"));
    bench.git(&["add", "a.txt"]);
    let marked = repo.merge(&["--continue"]).exits(1);
    assert!(marked.stderr.contains("conflict markers are left: a.txt, line 5"), "{marked}");
    bench.write("a.txt", lines(&[(5, "both")]));
    assert!(repo.merge(&["--continue"]).exits(1).stderr.contains("not staged: a.txt"));
    bench.git(&["add", "a.txt"]);
    let done = repo.merge(&["--continue"]).exits(0);
    assert!(done.stdout.contains("Made 3 merges into main"), "{done}");
    assert_eq!(fs::read_to_string(repo.path("a.txt")).unwrap(), lines(&[(5, "both")]));
    assert_eq!(
        repo.git(&["log", "-3", "--first-parent", "--format=%s"]),
        "Merge branch 'three'\nMerge branch 'two'\nMerge branch 'one'"
    );
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    is_tidy(&repo, 3);
}

#[test]
fn of_many_places_one_more_is_one_and_lines_keep_their_indentation() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let text = |who: &str| -> String {
        (0..40).map(|at| if at % 10 == 5 { format!("\t{who} {at}\n") } else { format!("{at}\n") }).collect()
    };
    repo.commit("long", &[("long.txt", &text("main"))]);
    for name in ["five", "six"] {
        let work = Repo { sandbox: &sandbox, top: repo.worktree(name).top };
        work.commit(name, &[("long.txt", &text(name))]);
    }
    let said = repo.merge(&["--yes", "five", "six"]).exits(1);
    for part in ["    |     five 5\n", "    |     six 5\n", "  … 1 more place\n"] {
        assert!(said.stdout.contains(part), "no {part:?}: {said}");
    }
}

#[test]
fn a_conflict_that_was_resolved_once_is_resolved_again() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.merge(&["--yes"]).exits(1);
    resolve(&bench(&sandbox));
    repo.merge(&["--continue"]).exits(0);
    let merged = repo.git(&["rev-parse", "main"]);
    repo.merge(&["--undo"]).exits(0);
    let answer = repo.merge_json(&["--yes"]);
    assert_eq!(
        (&answer["end"], &answer["run"]["made"][2]["how"]),
        (&"finished".into(), &"remembered".into())
    );
    assert_eq!(repo.git(&["rev-parse", "main"]), merged);
    assert_eq!(repo.try_git(&["config", "--get-regexp", "rerere"]).stdout, b"");
}

#[test]
fn what_git_cannot_remember_is_asked_each_time() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (name, content) in [("one", b"\0one"), ("two", b"\0two")] {
        let other = Repo { sandbox: &sandbox, top: sandbox.path(name) };
        other.write("picture", content);
        other.commit(name, &[("words.txt", &format!("{name}\n"))]);
    }
    // the second time, git remembers the text, and of the picture nothing is left to be seen
    for _ in 0..2 {
        let answer = repo.merge_json(&["--yes", "one", "two"]);
        assert_eq!(
            (&answer["end"], &answer["run"]["stop"]),
            (&"stopped".into(), &"conflict".into()),
            "{answer:#}"
        );
        assert_eq!(repo.merge_json(&["--continue"])["end"], "stopped");
        let bench = bench(&sandbox);
        resolve(&bench);
        bench.git(&["checkout", "-q", "two", "--", "picture"]);
        repo.merge(&["--continue"]).exits(0);
        assert_eq!(fs::read(repo.path("picture")).unwrap(), b"\0two");
        repo.merge(&["--undo"]).exits(0);
    }
}

#[test]
fn a_terminal_is_skipped_and_a_run_is_given_up() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let old = repo.git(&["rev-parse", "main"]);
    repo.merge(&["--yes"]).exits(1);
    repo.merge(&["--abort"]).exits(0);
    assert_eq!(repo.git(&["rev-parse", "main"]), old);
    is_tidy(&repo, 3);
    assert!(!repo.path(".git/track-work").exists());
    // git does not begin to remember resolutions because of it
    assert!(!repo.path(".git/rr-cache").exists());
    for act in ["--abort", "--continue", "--skip"] {
        assert!(repo.merge(&[act]).exits(2).stderr.contains("no run is in progress"));
    }
    assert!(repo.merge(&["--undo"]).exits(2).stderr.contains("no run can be taken back"));
    repo.merge(&["--yes"]).exits(1);
    let answer = repo.merge_json(&["--skip"]);
    assert_eq!((&answer["end"], &answer["run"]["skipped"][0]), (&"finished".into(), &"three".into()));
    assert_eq!(repo.git(&["rev-list", "--count", "--first-parent", &format!("{old}..main")]), "2");
    is_tidy(&repo, 3);
}

#[test]
fn a_person_may_commit_or_give_up_the_merge_by_hand() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.merge(&["--yes"]).exits(1);
    resolve(&bench(&sandbox));
    bench(&sandbox).git(&["commit", "-q", "-m", "by hand"]);
    repo.merge(&["--continue"]).exits(0);
    assert_eq!(repo.git(&["log", "-1", "--format=%s"]), "by hand");
    repo.merge(&["--undo"]).exits(0);
    fs::remove_dir_all(repo.path(".git/rr-cache")).unwrap();
    repo.merge(&["--yes"]).exits(1);
    bench(&sandbox).git(&["merge", "--abort"]);
    repo.merge(&["--continue"]).exits(1);
    bench(&sandbox).git(&["merge", "--abort"]);
    bench(&sandbox).commit("something else", &[("c.txt", "c\n")]);
    let said = repo.merge(&["--continue"]).exits(2);
    assert!(said.stderr.contains("not where the merge of three left it"), "{said}");
    // a folder that is gone is made again
    fs::remove_dir_all(workbench(&sandbox).unwrap()).unwrap();
    repo.merge(&["--continue"]).exits(1);
    repo.merge(&["--abort"]).exits(0);
    is_tidy(&repo, 3);
}

/// What a person made of a stop is what the status tells, and `--continue` does what it says.
#[test]
fn the_status_of_a_stop_is_what_is_there() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let status = |found: &str, says: &str, says_not: &str| {
        let text = flat(&repo.merge(&["--status"]).exits(0).stdout);
        assert!(text.contains(says) && !text.contains(says_not), "{text}");
        assert_eq!(repo.merge_json(&["--status"])["found"], found);
    };
    repo.merge(&["--yes"]).exits(1);
    status("conflict", "git add FILE Then: track-work merge --continue", "is gone");
    bench(&sandbox).git(&["merge", "--abort"]);
    status("given_up", "To make it again: track-work merge --continue", "git add FILE");
    repo.merge(&["--continue"]).exits(1).says("conflicts in 1 file");
    fs::remove_dir_all(workbench(&sandbox).unwrap()).unwrap();
    status("gone", "does not exist any more. To make the merge again: track-work merge --continue", "cd ");
    repo.merge(&["--continue"]).exits(1).says("conflicts in 1 file");
    bench(&sandbox).git(&["merge", "--abort"]);
    bench(&sandbox).commit("something else", &[("c.txt", "c\n")]);
    status("other", "cannot be continued", "--continue");
    repo.merge(&["--continue"]).exits(2);
    fs::remove_dir_all(workbench(&sandbox).unwrap()).unwrap();
    repo.merge(&["--continue"]).exits(1);
    resolve(&bench(&sandbox));
    status("resolved", "To commit the merge and go on: track-work merge --continue", "git add FILE");
    bench(&sandbox).git(&["commit", "-q", "-m", "by hand"]);
    status("committed", "To take that over and go on: track-work merge --continue", "git add FILE");
    repo.merge(&["--continue"]).exits(0);
    assert_eq!(repo.git(&["log", "-1", "--format=%s"]), "by hand");
    assert_eq!(repo.merge_json(&["--status"])["found"], serde_json::Value::Null);
}

#[test]
fn a_hook_that_fails_stops_the_run_and_is_tried_again() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (name, body) in
        [("pre-merge-commit", "echo no merges today; exit 1"), ("commit-msg", "echo no; exit 1")]
    {
        hook(&repo, name, body);
        let said = repo.merge(&["--yes", "one", "two"]).exits(1);
        assert!(said.stdout.contains("git made no merge commit") && said.stdout.contains("| no"), "{said}");
        let again = repo.merge(&["--continue"]).exits(1);
        assert!(again.stdout.contains("git made no merge commit"), "{again}");
        hook(&repo, name, "exit 0");
        assert_eq!(repo.merge_json(&["--continue"])["run"]["made"][0]["how"], "merged");
        is_tidy(&repo, 3);
        repo.merge(&["--undo"]).exits(0);
    }
}

#[test]
fn what_a_hook_stages_stops_the_next_merge_as_it_would_when_typed() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    hook(&repo, "pre-merge-commit", "echo made >made.txt; git add made.txt");
    let said = repo.merge(&["--yes", "one", "two"]).exits(1);
    assert!(said.stdout.contains("Stopped at 2 of 2") && said.stdout.contains("|   made.txt"), "{said}");
    repo.merge(&["--abort"]).exits(0);
    is_tidy(&repo, 3);
}

#[test]
fn a_hook_that_changes_the_content_is_what_differs() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let body = "git symbolic-ref -q HEAD && exit; echo made >made.txt; git add made.txt
        git update-ref HEAD $(git commit-tree -p HEAD^1 -p HEAD^2 -m made $(git write-tree))";
    hook(&repo, "post-merge", body);
    let said = repo.merge(&["--yes", "one", "two"]).exits(1);
    assert!(
        said.stdout.contains("differs from its prediction") && said.stdout.contains("  made.txt\n"),
        "{said}"
    );
    assert_eq!(repo.merge(&["--status"]).exits(0).stdout, said.stdout);
    let answer = repo.merge_json(&["--continue"]);
    // the next one has the file already
    assert_eq!((&answer["end"], &answer["run"]["made"][0]["how"]), (&"finished".into(), &"accepted".into()));
    assert_eq!(fs::read_to_string(repo.path("made.txt")).unwrap(), "made\n");
    is_tidy(&repo, 3);
}

#[test]
fn a_signature_that_cannot_be_made_stops_the_run() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["config", "commit.gpgSign", "true"]);
    repo.git(&["config", "gpg.program", "false"]);
    let answer = repo.merge_json(&["--yes", "one"]);
    assert_eq!((&answer["end"], &answer["run"]["stop"]), (&"stopped".into(), &"failed".into()), "{answer:#}");
    repo.git(&["config", "commit.gpgSign", "false"]);
    repo.merge(&["--continue"]).exits(0);
    is_tidy(&repo, 3);
}

#[test]
fn the_hooks_that_run_are_those_of_the_checkout_and_ours_keep_quiet() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // not tracked: only the checkout has it
    repo.git(&["config", "core.hooksPath", "own/hooks"]);
    let seen = sandbox.path("seen");
    let body = format!("echo \"$TRACK_WORK_HOOK\" >>{}", seen.display());
    put_hook(&repo.path("own/hooks"), "pre-merge-commit", &body);
    repo.merge(&["--yes", "one", "two"]).exits(0);
    assert_eq!(fs::read_to_string(&seen).unwrap(), "off\noff\n");
}

#[test]
fn a_head_that_moved_is_planned_anew() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // between the plan and the second merge
    let two = sandbox.path("two");
    let body = format!(
        "test -e {0}/moved && exit 0; touch {0}/moved; unset $(git rev-parse --local-env-vars); cd {0} && echo more >>b.txt && git commit -qam more",
        two.display()
    );
    hook(&repo, "post-merge", &body);
    let answer = repo.merge_json(&["--yes", "one", "two"]);
    assert_eq!(answer["end"], "finished", "{answer:#}");
    assert!(answer["notes"][0].as_str().unwrap().contains("two is not at"), "{answer:#}");
    assert_eq!(answer["run"]["made"][1]["head"], repo.git(&["rev-parse", "two"]));
    assert!(fs::read_to_string(repo.path("b.txt")).unwrap().ends_with("more\n"));
}

#[test]
fn a_branch_that_is_gone_is_left_out() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.merge(&["--yes"]).exits(1);
    repo.git(&["worktree", "remove", "--force", "../three"]);
    repo.git(&["branch", "-q", "-D", "three"]);
    bench(&sandbox).git(&["merge", "--abort"]);
    let answer = repo.merge_json(&["--continue"]);
    assert_eq!(
        (&answer["end"], &answer["run"]["skipped"][0]),
        (&"finished".into(), &"three".into()),
        "{answer:#}"
    );
    is_tidy(&repo, 2);
}

#[test]
fn a_target_that_moved_is_merged_into_as_it_is_now() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.merge(&["--yes"]).exits(1);
    let moved = repo.commit("main goes on", &[("c.txt", "c\n")]);
    resolve(&bench(&sandbox));
    let answer = repo.merge_json(&["--continue"]);
    // what was resolved is resolved again
    assert_eq!(answer["end"], "finished", "{answer:#}");
    let notes = answer["notes"].to_string();
    assert!(
        notes.contains("main moved from") && notes.contains("three: resolved as before: a.txt"),
        "{notes}"
    );
    assert_eq!(answer["run"]["from"], moved);
    assert_eq!(repo.git(&["rev-list", "--count", "--first-parent", &format!("{moved}..main")]), "3");
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    is_tidy(&repo, 3);
}

#[test]
fn two_at_once_are_refused_with_who_merges() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let (began, ends) = (sandbox.path("began"), sandbox.path("ends"));
    let body = format!("touch {}; while ! test -e {}; do sleep 0.05; done", began.display(), ends.display());
    hook(&repo, "pre-merge-commit", &body);
    let mut first =
        repo.merging(&["--yes", "one"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !began.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let by = format!("process {}, since 2025-11-15T10:00:00Z", first.id());
    let held = format!("another track-work merge is running: {by}");
    for args in [&["--yes", "two"], &["--abort"][..], &["--continue"]] {
        let said = repo.merge(args).exits(2);
        assert!(said.stderr.contains(&held), "{said}");
    }
    assert!(repo.merge(&["--status"]).exits(0).stdout.contains(&by));
    // a git that outlives the program has the lock, too, and is what can be ended
    first.kill().unwrap();
    first.wait().unwrap();
    let said = repo.merge(&["--abort"]).exits(2);
    let ended = format!("started by process {}, which has ended", first.id());
    assert!(said.stderr.contains(&ended), "{said}");
    assert!(repo.merge(&["--status"]).exits(0).stdout.contains("process"), "{said}");
    #[cfg(target_os = "linux")]
    {
        let named = flat(&said.stderr);
        let named = named.split("running: process ").nth(1).and_then(|rest| rest.split(' ').next());
        let named: i32 = named.and_then(|number| number.parse().ok()).expect("who has the lock");
        let comm = fs::read_to_string(format!("/proc/{named}/comm")).unwrap();
        assert_eq!(comm.trim(), "git", "{said}");
    }
    fs::write(&ends, "").unwrap();
    repo.merge(&["--continue"]).exits(0);
    assert_eq!(repo.git(&["log", "-1", "--format=%s"]), "Merge branch 'one'");
    is_tidy(&repo, 3);
}

#[test]
fn ctrl_c_stops_a_run_where_it_can_be_continued() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let old = repo.git(&["rev-parse", "main"]);
    let (began, ends) = (sandbox.path("began"), sandbox.path("ends"));
    let body = format!("touch {}; while ! test -e {}; do sleep 0.05; done", began.display(), ends.display());
    hook(&repo, "pre-merge-commit", &body);
    let mut command = repo.merging(&["--yes", "one", "two"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.process_group(0).spawn().unwrap();
    while !began.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let group = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process_group(group, rustix::process::Signal::INT).unwrap();
    fs::write(&ends, "").unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    let text = "Interrupted before 2 of 2, two was merged";
    assert!(said.status == Some(1) && said.stdout.contains(text), "{said}");
    assert!(said.stdout.contains("track-work merge --continue"), "{said}");
    assert_eq!(repo.git(&["rev-parse", "main"]), old);
    repo.merge(&["--continue"]).exits(0);
    is_tidy(&repo, 3);
}

#[test]
fn a_run_is_continued_from_its_own_worktree_where_our_hooks_keep_quiet() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["hooks", "install"]).exits(0);
    repo.track("active-sessions.yaml", "sessions:\n  one:\n    status: completed\n    story_id: \"1-1\"\n");
    repo.merge(&["--yes", "one", "three"]).exits(1);
    let bench = bench(&sandbox);
    resolve(&bench);
    assert!(
        said(bench.program(&["hooks", "run", "pre-commit"]).stdin(Stdio::null())).exits(0).stderr.is_empty()
    );
    let answer = bench.merge_json(&["--continue"]);
    assert_eq!(
        (&answer["end"], &answer["files"][0]),
        (&"finished".into(), &"active-sessions.yaml".into()),
        "{answer:#}"
    );
    is_tidy(&repo, 3);
}

#[test]
fn a_submodule_that_both_moved_is_merged_as_in_the_checkout() {
    let sandbox = Sandbox::new();
    let library = sandbox.repo("library", &[("l", "1\n")]);
    let repo = shop(&sandbox);
    let source = library.top.to_str().unwrap();
    repo.git(&["submodule", "--quiet", "add", source, "library"]);
    repo.commit("library", &[]);
    let moved = |name: &str, commit: &str| {
        let other = Repo { sandbox: &sandbox, top: sandbox.path(name) };
        other.git(&["reset", "-q", "--hard", "main"]);
        other.git(&["update-index", "--cacheinfo", &format!("160000,{commit},library")]);
        other.git(&["commit", "-q", "-m", name]);
    };
    let [second, third] = ["2\n", "3\n"].map(|text| library.commit("on", &[("l", text)]));
    repo.git(&["-C", "library", "fetch", "-q"]);
    moved("one", &second);
    moved("two", &third);
    repo.merge(&["--yes", "one", "two"]).exits(0);
    assert_eq!(repo.git(&["rev-parse", "main:library"]), third);
    is_tidy(&repo, 3);
}

/// Submodules whose commits do not follow each other: git cannot merge them, and `git add` takes no folder that has no
/// commit checked out.
#[test]
fn a_submodule_in_conflict_is_resolved_as_it_says() {
    let sandbox = Sandbox::new();
    let library = sandbox.repo("library", &[("l", "1\n")]);
    let first = library.git(&["rev-parse", "HEAD"]);
    let repo = shop(&sandbox);
    repo.git(&["submodule", "--quiet", "add", library.top.to_str().unwrap(), "the library"]);
    repo.commit("library", &[]);
    let commits = ["2\n", "3\n"].map(|text| {
        library.git(&["reset", "-q", "--hard", &first]);
        library.commit("on", &[("l", text)])
    });
    for (name, commit) in ["one", "two"].into_iter().zip(&commits) {
        let other = Repo { sandbox: &sandbox, top: sandbox.path(name) };
        other.git(&["reset", "-q", "--hard", "main"]);
        other.git(&["update-index", "--cacheinfo", &format!("160000,{commit},the library")]);
        other.git(&["commit", "-q", "-m", name]);
    }
    let said = repo.merge(&["--yes", "one", "two"]).exits(1);
    for commit in &commits {
        assert!(said.stdout.contains(&format!("Subproject commit {commit}")), "{said}");
    }
    let printed = said.stdout.lines().find(|line| line.contains("update-index")).expect("a command").trim();
    let typed = printed.replace("COMMIT", &commits[1]);
    assert_eq!(typed, format!("git update-index --cacheinfo 160000,{},'the library'", commits[1]));
    bench(&sandbox).git(&["update-index", "--cacheinfo", &format!("160000,{},the library", commits[1])]);
    repo.merge(&["--continue"]).exits(0);
    assert_eq!(repo.git(&["rev-parse", "main:the library"]), commits[1]);
    is_tidy(&repo, 3);
}

/// A merge moves the target in one worktree; in another one that has it checked out, what is there would look as if it
/// took the merges back.
#[test]
fn a_target_that_two_worktrees_have_is_not_moved() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let again = sandbox.path("again");
    repo.git(&["worktree", "add", "-q", "--force", again.to_str().unwrap(), "main"]);
    let old = repo.git(&["rev-parse", "main"]);
    repo.merge(&["--dry-run", "one"]).exits(0);
    let typed = flat(&repo.tw(&["merge-order"]).stdout);
    assert!(typed.contains("before merging into main: it is checked out in several worktrees"), "{typed}");
    let said = repo.merge(&["--yes", "one"]).exits(2);
    assert!(flat(&said.stderr).contains("it is checked out in several worktrees"), "{said}");
    assert_eq!(repo.git(&["rev-parse", "main"]), old);
    let doctor = repo.tw(&["doctor"]).exits(0).says("main is checked out in");
    assert!(doctor.stdout.contains("switch --detach"), "{doctor}");
    Repo { sandbox: &sandbox, top: again }.git(&["switch", "-q", "--detach"]);
    repo.merge(&["--yes", "one"]).exits(0);
    assert_eq!(repo.git(&["status", "--short", "--untracked-files=no"]), "");
}

#[test]
fn what_git_remembered_before_stays_when_a_run_is_given_up() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.merge(&["--yes"]).exits(1);
    resolve(&bench(&sandbox));
    repo.merge(&["--continue"]).exits(0);
    repo.merge(&["--undo"]).exits(0);
    let kept = |repo: &Repo| crate::support::picture(&repo.path(".git/rr-cache"));
    let before = kept(&repo);
    assert!(!before.is_empty());
    // another conflict, which nobody resolves
    let three = Repo { sandbox: &sandbox, top: sandbox.path("three") };
    three.commit("otherwise", &[("a.txt", &lines(&[(5, "otherwise")]))]);
    repo.merge(&["--yes"]).exits(1);
    repo.merge(&["--abort"]).exits(0);
    assert_eq!(kept(&repo), before);
    // by its own setting git remembers from the first conflict on
    fs::remove_dir_all(repo.path(".git/rr-cache")).unwrap();
    repo.git(&["config", "rerere.enabled", "true"]);
    repo.merge(&["--yes"]).exits(1);
    repo.merge(&["--abort"]).exits(0);
    assert!(repo.path(".git/rr-cache").exists());
}

/// What a person resolved is not lost with the run: the next one takes it.
#[test]
fn what_was_resolved_stays_when_a_run_is_given_up() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.worktree("four").commit("four", &[("b.txt", &lines(&[(5, "four")]))]);
    repo.merge(&["--yes"]).exits(1).says("Stopped at 3 of 4");
    resolve(&bench(&sandbox));
    repo.merge(&["--continue"]).exits(1).says("Stopped at 4 of 4");
    repo.merge(&["--abort"]).exits(0);
    repo.merge(&["--yes"]).exits(1).says("Stopped at 4 of 4");
    repo.merge(&["--abort"]).exits(0);
    is_tidy(&repo, 4);
}

/// Conflicts that git noted for a merge of the person's own are not forgotten with the run.
#[test]
fn what_git_notes_elsewhere_stays_when_a_run_is_given_up() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.merge(&["--yes"]).exits(1);
    let other = Repo { sandbox: &sandbox, top: sandbox.path("one") };
    assert!(!other.try_git(&["merge", "-q", "three"]).status.success());
    repo.merge(&["--abort"]).exits(0);
    resolve(&other);
    other.git(&["commit", "-q", "-m", "resolved"]);
    let kept = crate::support::picture(&repo.path(".git/rr-cache"));
    let is_resolved = |path: &Path| path.file_name().unwrap().as_bytes().starts_with(b"postimage");
    assert!(kept.keys().any(|path| is_resolved(path)), "{:?}", kept.keys());
}

#[test]
fn a_stop_names_whom_the_plan_names() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("f", &lines(&[])), ("g", &lines(&[]))]);
    repo.worktree("one")
        .commit("one", &[("f", &lines(&[(5, "one"), (30, "one")])), ("g", &lines(&[(20, "one")]))]);
    repo.worktree("two").commit("two", &[("f", &lines(&[(30, "two")])), ("g", &lines(&[(20, "two")]))]);
    repo.commit("main goes on", &[("f", &lines(&[(5, "main")]))]);
    let order = ["--all", "--after", "one=two"];
    let plan = repo.tw(&["merge-order", "--after", "one=two", "--format", "json"]).json();
    let answer = repo.merge_json(&[&["--yes"][..], &order].concat());
    assert_eq!(answer["end"], "stopped", "{answer:#}");
    let told = |conflicts: &serde_json::Value| -> Vec<String> {
        let all = conflicts.as_array().unwrap().iter();
        all.map(|one| format!("{} {} {}", one["path"], one["target"], one["with"])).collect()
    };
    assert_eq!(told(&answer["conflicts"]), told(&plan["steps"][1]["conflicts"]));
    assert_eq!(told(&answer["conflicts"]), [r#""f" true ["two"]"#, r#""g" false ["two"]"#]);
    let said = flat(&repo.merge(&["--status"]).exits(0).stdout);
    assert!(said.contains("f content, with the target and two main: | main one: | one"), "{said}");
    assert!(said.contains("g content, with two main (two): | two one: | one"), "{said}");
}

#[test]
fn giving_up_says_where_the_target_is() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let short = || repo.git(&["rev-parse", "--short=7", "main"]);
    let began = short();
    repo.merge(&["--yes"]).exits(1);
    repo.merge(&["--abort"]).exits(0).says(&format!("Given up. main is as it was ({began})."));
    // whoever moved it meanwhile
    repo.merge(&["--yes"]).exits(1);
    repo.commit("meanwhile", &[("new.txt", "new\n")]);
    let moved = short();
    repo.merge(&["--abort"]).exits(0).says(&format!(
        "Given up. Nothing was merged into main. Others moved it meanwhile: {began} → {moved}."
    ));
    assert_eq!(short(), moved);
    repo.merge(&["--yes"]).exits(1);
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    let answer = repo.merge_json(&["--abort"]);
    assert_eq!(answer["target_now"], repo.git(&["rev-parse", "main"]).as_str(), "{answer:#}");
    repo.merge(&["--yes"]).exits(1);
    repo.git(&["checkout", "-q", "-b", "other"]);
    repo.git(&["branch", "-q", "-D", "main"]);
    let said = repo.tw(&["merge", "--abort", "--target", "other"]).exits(0);
    said.says("Given up. Nothing was merged into main, which does not exist any more.");
}
