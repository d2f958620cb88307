//! Whatever has the name of a file that is read: a pipe, a socket, a device, a folder, a file without
//! an end, YAML that nests for ever. No command waits for it, and what cannot be read is told.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::program::{DIR, Said, said_within};
use crate::support::{Repo, Sandbox};

const GOOD: &str = "story_id: \"1-2-login\"\nsessions:\n  one:\n    status: \"in_progress\"\n";

/// What a name can be instead of a sensible file.
const KINDS: [&str; 9] = [
    "pipe",
    "link to a pipe",
    "device",
    "socket",
    "folder",
    "link to nothing",
    "link to itself",
    "huge",
    "deep",
];

fn make(kind: &str, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let beside = path.with_extension("beside");
    match kind {
        "pipe" => pipe(path),
        "link to a pipe" => {
            pipe(&beside);
            symlink(&beside, path).unwrap();
        }
        "device" => symlink("/dev/zero", path).unwrap(),
        "socket" => drop(UnixListener::bind(path).unwrap()),
        "folder" => fs::create_dir(path).unwrap(),
        "link to nothing" => symlink("nowhere", path).unwrap(),
        "link to itself" => symlink(path.file_name().unwrap(), path).unwrap(),
        "huge" => fs::File::create(path).unwrap().set_len(1 << 30).unwrap(),
        _ => fs::write(path, format!("{GOOD}x: {}\n", "[".repeat(80_000))).unwrap(),
    }
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn clear(path: &Path) {
    let _ = fs::remove_file(path.with_extension("beside"));
    if fs::remove_file(path).is_err() {
        fs::remove_dir_all(path).unwrap();
    }
}

/// What a command says, if it ends in time.
#[track_caller]
fn ends(repo: &Repo, args: &[&str]) -> Said {
    said_within(Duration::from_secs(30), &mut repo.program(args))
}

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", "a\n")]);
    repo.worktree("one").write("a.txt", "b\n");
    repo
}

/// With each kind of thing in the place of this file, it is named and the commands end.
#[track_caller]
fn is_told(path: &str, commands: &[&str]) {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("story-1-2-sessions.yaml", GOOD);
    let name = path.rsplit('/').next().unwrap();
    for kind in KINDS {
        let place = repo.path(path);
        let before = fs::read(&place).ok();
        if before.is_some() {
            fs::remove_file(&place).unwrap();
        }
        make(kind, &place);
        for command in commands {
            let said = ends(&repo, &[command]);
            assert!(!said.stderr.contains("panicked"), "{kind} {command}: {said}");
            let told = format!("{}{}", said.stdout, said.stderr);
            assert!(told.contains(name), "{kind} {command} does not name {name}: {said}");
        }
        clear(&place);
        if let Some(before) = before {
            fs::write(&place, before).unwrap();
        }
    }
}

#[test]
fn a_tracking_file_that_is_none_is_told() {
    is_told(&format!("{DIR}/story-1-2-sessions.yaml"), &["status", "doctor"]);
    is_told(&format!("{DIR}/active-sessions.yaml"), &["status", "sync"]);
}

#[test]
fn settings_that_are_no_file_are_told() {
    is_told(&format!("{DIR}/config.yaml"), &["status", "sync"]);
}

#[test]
fn a_log_that_is_no_file_is_told() {
    is_told(&format!("{DIR}/session-sync-log.yaml"), &["log"]);
}

#[test]
fn story_files_that_are_none_are_told() {
    is_told(&format!("{DIR}/dependencies-template.yaml"), &["status"]);
    is_told("docs/sprint-status.yaml", &["status"]);
}

#[test]
fn nothing_waits_for_a_file_of_git_that_is_none() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for path in
        ["nest/.git", "nest/.gitignore", ".gitignore", ".gitattributes", ".git/info/exclude", "archive.txt"]
    {
        // git hashes a large file that is not ignored, and so does this program
        for kind in KINDS.into_iter().filter(|kind| *kind != "huge" || path.starts_with(".git/")) {
            let place = repo.path(path);
            let _ = fs::remove_file(&place);
            make(kind, &place);
            for command in ["status", "doctor"] {
                let said = ends(&repo, &[command, "--no-cache"]);
                assert!(!said.stderr.contains("panicked"), "{path} {kind} {command}: {said}");
            }
            clear(&place);
        }
    }
}

#[test]
fn an_archive_that_is_none_hides_no_other() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("archive/story-1-1-sessions.yaml", "story_id: 1-1\nsessions: {t: {status: done}}\n");
    repo.track(
        "active-sessions.yaml",
        "sessions:\n  one: {story_id: 1-3, status: in_progress}\ndependencies:\n  1-3: {depends_on: [1-1]}\n",
    );
    for kind in KINDS {
        let place = repo.path(format!("{DIR}/archive/story-1-2-sessions.yaml"));
        make(kind, &place);
        ends(&repo, &["sync"]);
        assert!(!repo.tracked("active-sessions.yaml").contains("blocked"), "{kind}");
        clear(&place);
    }
}
