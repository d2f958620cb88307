//! A fault of ours never stops a commit: one line on stderr, exit status 0.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, test_kill_process};

use crate::cli::program::{DIR, Said, lines, said};
use crate::support::{Repo, Sandbox, picture};

#[track_caller]
fn one_line(said: Said, text: &str) {
    let said = said.exits(0).complains(text);
    assert_eq!(said.stderr.lines().count(), 1, "{said}");
    assert!(said.stdout.is_empty(), "{said}");
}

fn hook(repo: &Repo) -> Said {
    said(repo.program(&["hooks", "run", "pre-commit"]).env("TRACK_WORK_HOOK", "block"))
}

fn fifo(path: &std::path::Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_bits_truncate(0o600), 0).unwrap();
}

/// Two terminals that do not conflict.
fn harmless(sandbox: &Sandbox) -> (Repo<'_>, std::path::PathBuf) {
    let repo = sandbox.repo("main", &[("a.txt", &lines(&[])), ("b.txt", "b\n")]);
    let left = repo.worktree("left").top;
    let right = repo.worktree("right");
    right.write("a.txt", lines(&[(5, "right")]));
    right.git(&["add", "-A"]);
    (Repo { sandbox, top: right.top }, left)
}

#[test]
fn settings_and_tracking_files_that_are_broken() {
    let sandbox = Sandbox::new();
    let (right, _) = harmless(&sandbox);
    let main = Repo { sandbox: &sandbox, top: sandbox.path("main") };
    main.track("config.yaml", "hook: sometimes\n");
    one_line(hook(&right), "config.yaml");
    main.track("config.yaml", "");
    main.track("story-1-2-sessions.yaml", "sessions: [\n");
    one_line(hook(&right), "story-1-2-sessions.yaml");
    main.track("story-1-2-sessions.yaml", b"\xff\xfe\x00");
    one_line(hook(&right), "story-1-2-sessions.yaml");
}

#[test]
fn what_never_answers_is_left_after_five_seconds() {
    let sandbox = Sandbox::new();
    let (right, left) = harmless(&sandbox);
    // the edit has to be filtered before it can be compared
    fs::write(left.join("a.txt"), "other\n").unwrap();
    let started = sandbox.path("started");
    right.git(&["config", "filter.slow.clean", &format!("echo $$ > {}; sleep 20", started.display())]);
    fs::create_dir_all(sandbox.path("main/.git/info")).unwrap();
    fs::write(sandbox.path("main/.git/info/attributes"), "a.txt filter=slow\n").unwrap();
    let scratch = sandbox.path("scratch");
    fs::create_dir(&scratch).unwrap();
    let mut command = right.program(&["hooks", "run", "pre-commit"]);
    one_line(said(command.env("TRACK_WORK_HOOK", "block").env("TMPDIR", &scratch)), "no answer within 5 s");
    // nothing of it is left: no process, no folder
    let id: i32 = fs::read_to_string(&started).unwrap().trim().parse().unwrap();
    let id = Pid::from_raw(id).unwrap();
    let runs = || test_kill_process(id).is_ok() && !is_dead(id);
    (0..200).take_while(|_| runs()).for_each(|_| std::thread::sleep(Duration::from_millis(10)));
    assert!(!runs());
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0);
}

#[test]
fn a_conflict_is_told_although_who_goes_first_takes_too_long() {
    let sandbox = Sandbox::new();
    let (right, left) = harmless(&sandbox);
    let main = Repo { sandbox: &sandbox, top: sandbox.path("main") };
    let third = main.worktree("third");
    third.commit("third", &[("a.txt", &lines(&[(5, "third")]))]);
    // nobody needs to know what this is who asks for a.txt
    fs::write(left.join("b.txt"), "other\n").unwrap();
    hook(&right).complains("third");
    right.git(&["config", "filter.slow.clean", "sleep 20"]);
    fs::create_dir_all(sandbox.path("main/.git/info")).unwrap();
    fs::write(sandbox.path("main/.git/info/attributes"), "b.txt filter=slow\n").unwrap();
    let said = hook(&right).exits(0).complains("third").complains("a.txt");
    said.complains("no answer within 5 s about who goes first");
}

#[test]
fn a_conflict_is_told_although_what_breaks_takes_too_long() {
    let sandbox = Sandbox::new();
    let (right, left) = harmless(&sandbox);
    let main = Repo { sandbox: &sandbox, top: sandbox.path("main") };
    let migration = ("db/migrate/20260801120000_one.rb", "class One\nend\n");
    main.worktree("third").commit("third", &[("a.txt", &lines(&[(5, "third")])), migration]);
    right.write("db/migrate/20260801120000_other.rb", "class Other\nend\n");
    right.git(&["add", "-A"]);
    // all work is looked at for migrations
    fs::write(left.join("b.txt"), "other\n").unwrap();
    right.git(&["config", "filter.slow.clean", "sleep 20"]);
    fs::create_dir_all(sandbox.path("main/.git/info")).unwrap();
    fs::write(sandbox.path("main/.git/info/attributes"), "b.txt filter=slow\n").unwrap();
    let said = hook(&right).exits(0).complains("third").complains("a.txt");
    said.complains("no answer within 5 s about who goes first; git continues");
    // where there is no conflict, too, it is told what was not looked at
    right.git(&["reset", "-q", "--", "a.txt"]);
    one_line(hook(&right), "no answer within 5 s about what merges without a conflict and breaks");
}

/// Whether a process has ended, though nobody has asked how.
fn is_dead(id: Pid) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).unwrap_or_default();
    state.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

#[test]
fn damage_in_the_repository() {
    let sandbox = Sandbox::new();
    let (right, left) = harmless(&sandbox);
    let admin = sandbox.path("main/.git/worktrees/left");
    // nobody can say what the other has: told, and never a reason to stop
    fs::write(admin.join("HEAD"), "garbage\n").unwrap();
    hook(&right).exits(0).complains("left").complains("HEAD is damaged");
    fs::write(admin.join("HEAD"), "ref: refs/heads/left\n").unwrap();
    fs::write(left.join("a.txt"), "other\n").unwrap();
    fs::write(admin.join("index"), "garbage").unwrap();
    hook(&right).exits(0).complains("left");
    fs::write(admin.join("locked"), "on a stick\n").unwrap();
    fs::remove_dir_all(&left).unwrap();
    hook(&right).exits(0).complains("left").complains("does not exist");
    // our own
    fs::write(sandbox.path("main/.git/worktrees/right/index"), "garbage").unwrap();
    one_line(hook(&right), "the index");
    one_line(
        said(right.program(&["hooks", "run", "pre-commit"]).current_dir(sandbox.path("home"))),
        "git repository",
    );
}

#[test]
fn what_is_no_file_and_what_is_endless() {
    let sandbox = Sandbox::new();
    let (right, left) = harmless(&sandbox);
    fs::remove_file(left.join("a.txt")).unwrap();
    fifo(&left.join("a.txt"));
    // to git the file is gone there
    hook(&right).exits(0).complains("a.txt  modify/delete");
    fs::remove_file(left.join("a.txt")).unwrap();
    let endless = fs::File::create(left.join("a.txt")).unwrap();
    endless.set_len(1 << 42).unwrap();
    one_line(hook(&right), "no answer within 5 s");
}

#[test]
fn unreadable_files_of_others_are_told() {
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        return; // root reads everything
    }
    let sandbox = Sandbox::new();
    let (right, left) = harmless(&sandbox);
    fs::write(left.join("a.txt"), lines(&[(5, "left")])).unwrap();
    fs::set_permissions(left.join("a.txt"), fs::Permissions::from_mode(0o000)).unwrap();
    hook(&right).exits(0).complains("could not be read");
}

#[test]
fn hooks_that_are_not_known() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("main", &[("a.txt", "a\n")]);
    one_line(repo.tw(&["hooks", "run", "pre-pare", "x", "--y"]), "unknown hook pre-pare");
}

#[test]
fn a_run_writes_nothing_but_its_cache_and_needs_no_place_to_write() {
    let sandbox = Sandbox::new();
    let (right, left) = harmless(&sandbox);
    fs::write(left.join("a.txt"), lines(&[(5, "left")])).unwrap();
    let main = Repo { sandbox: &sandbox, top: sandbox.path("main") };
    main.track("config.yaml", "hook: warn\n");
    let dir = sandbox.path("main").join(DIR);
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o555)).unwrap();
    let before = picture(&sandbox.path("main"));
    fs::write(sandbox.path("file"), "").unwrap();
    let (nowhere, absent) = (sandbox.path("file/nowhere"), sandbox.path("absent"));
    let run = |caches: &Path, more: &[&str]| {
        let mut command = right.program(&[&["hooks", "run", "pre-commit"], more].concat());
        let said = said(command.env("HOME", &absent).env("XDG_CACHE_HOME", caches).env("TMPDIR", &absent));
        said.exits(0).complains("a.txt  content; depends on uncommitted work of left");
        assert_eq!(picture(&sandbox.path("main")), before);
        assert!(!absent.exists());
    };
    run(&nowhere, &[]);
    let caches = sandbox.path("caches");
    run(&caches, &["--no-cache"]);
    assert!(!caches.exists());
    run(&caches, &[]);
    let kept: Vec<_> = fs::read_dir(caches.join("track-work")).unwrap().collect();
    assert_eq!(kept.len(), 1);
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
}
