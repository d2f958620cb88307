//! Disks that are full or read-only, and repositories of somebody else.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use super::program::{DIR, PROGRAM, Said, lines, said, scrubbed};
use crate::support::{Repo, Sandbox};

const STORY: &str = "story-1-2-sessions.yaml";

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", &lines(&[]))]);
    repo.track(STORY, "story_id: \"1-2-login\"\nsessions:\n  left:\n    status: in_progress\n");
    for name in ["left", "right"] {
        repo.worktree(name).write("a.txt", lines(&[(3, name)]));
    }
    repo
}

/// Runs a shell script where `$TW` is the program.
fn shell(repo: &Repo, script: &str) -> Said {
    let mut command = scrubbed(&repo.sandbox.path("home"), &repo.top, Command::new("sh"));
    said(command.env("TW", &*PROGRAM).env("SHOP", &repo.top).args(["-c", script]))
}

/// The same where mounts are its own; `None` where the system does not allow that.
fn with_own_mounts(repo: &Repo, script: &str) -> Option<Said> {
    let unshared = |script: &str| {
        let mut command = scrubbed(&repo.sandbox.path("home"), &repo.top, Command::new("unshare"));
        command.env("TW", &*PROGRAM).env("SHOP", &repo.top).args(["-rm", "sh", "-c", script]);
        command.output()
    };
    let possible = unshared("mount -t tmpfs none \"$HOME\"").is_ok_and(|output| output.status.success());
    if !possible {
        eprintln!("skipped: mounts of one's own (unshare -rm) are not allowed here");
        return None;
    }
    Some(Said::of(unshared(script).unwrap()))
}

#[test]
fn a_write_that_fails_half_way_leaves_the_old_files() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["sync"]).exits(1);
    let before = repo.tracking_picture();
    let task = "x".repeat(6000);
    // At most 4 blocks of 512 or 1024 bytes; the signal that comes with it is ignored.
    let limited = |command: &str| shell(&repo, &format!("trap '' XFSZ; ulimit -f 4; exec \"$TW\" {command}"));
    let told = limited(&format!("update left --task {task}")).fails();
    told.complains("cannot write").complains("file too large").complains("free some disk space");
    let told = limited("report -o page.html").fails();
    told.complains("page.html: file too large").complains("free some disk space");
    assert!(!repo.path("page.html").exists());
    let register = format!("register --mode inter --story 1-3-account --task {task}");
    limited(&register).fails().complains("active-sessions.yaml: file too large");
    assert_eq!(repo.tracking_picture().keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_eq!(repo.tracking_picture(), before);
    repo.tw(&["update", "left", "--task", &task]).exits(0);
}

#[test]
fn a_full_disk_leaves_the_old_files_and_says_so() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // A disk of its own for the tracking files, filled to the last block.
    let script = r#"
        set -e
        cp -r .system/parallel-work "$HOME/kept"
        mount -t tmpfs -o size=64k none .system/parallel-work
        cp "$HOME/kept"/* .system/parallel-work/
        dd if=/dev/zero of=.system/parallel-work/ballast bs=1k 2>/dev/null || true
        for command in sync "update left --task more" "register --mode inter --story 1-3"; do
            status=0
            "$TW" $command || status=$?
            echo "$status: $command"
        done
        rm .system/parallel-work/ballast
        ls -A .system/parallel-work
        cmp "$HOME/kept/story-1-2-sessions.yaml" .system/parallel-work/story-1-2-sessions.yaml
        "$TW" update left --task more
    "#;
    let Some(said) = with_own_mounts(&repo, script) else { return };
    let said = said.exits(0).says("2: sync").says("2: update").says("2: register");
    let said = said.complains("no space left on device").complains("free some disk space");
    said.says("register --mode inter --story 1-3 story-1-2-sessions.yaml left updated");
}

#[test]
fn a_read_only_disk_is_read_and_not_written() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let script = r#"
        set -e
        mount --bind "$SHOP" "$SHOP"
        mount -o remount,ro,bind "$SHOP"
        cd "$SHOP"
        for command in status sync "update left --task more" "register --mode inter --story 1-3" init "complete left" doctor; do
            status=0
            "$TW" $command || status=$?
            echo "$status: $command"
        done
    "#;
    let Some(said) = with_own_mounts(&repo, script) else { return };
    let said = said.exits(0).says("conflict left + right").says("1: status");
    let said = said.says("2: sync").says("2: update").says("2: register").says("2: init").says("2: complete");
    let said =
        said.says("cannot be written to, so every command that writes fails").says_not("No problems found");
    said.complains("read-only file system").complains("writable");
}

#[test]
fn a_read_only_disk_without_tracking_files_says_what_cannot_be_made() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n")]);
    let script = r#"
        set -e
        mount --bind "$SHOP" "$SHOP"
        mount -o remount,ro,bind "$SHOP"
        cd "$SHOP"
        "$TW" status
        exec "$TW" init
    "#;
    let Some(said) = with_own_mounts(&repo, script) else { return };
    said.exits(2).complains("cannot create").complains("read-only file system").complains("help: ");
}

/// Whether this process may give files away.
fn is_root(path: &Path) -> bool {
    fs::metadata(path).unwrap().uid() == 0
}

#[test]
fn a_repository_of_another_owner_is_told_with_the_way_to_trust_it() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    if !is_root(&sandbox.path("home")) {
        eprintln!("skipped: only root can give a repository to another owner");
        return;
    }
    let before = repo.tracking_files();
    for folder in ["shop", "left", "right"] {
        let given =
            Command::new("chown").args(["-R", "12345:12345"]).arg(sandbox.path(folder)).status().unwrap();
        assert!(given.success());
    }
    for command in [&["status"][..], &["sync"], &["register", "--mode", "inter", "--story", "1-3"], &["log"]]
    {
        let said = repo.tw(command).fails();
        said.complains("it belongs to another user").complains("git config --global --add safe.directory");
    }
    assert_eq!(repo.tracking_files(), before);
    // Trusted, it is as any other.
    let config = sandbox.path("home").join(".gitconfig");
    fs::write(&config, "[safe]\n\tdirectory = *\n").unwrap();
    let trusted = said(repo.program(&["status"]).env_remove("GIT_CONFIG_GLOBAL"));
    trusted.exits(1).says("conflict left + right");
}

#[test]
fn an_unreadable_file_is_unknown_and_not_clean() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // A loose object that is gone stands for every blob that cannot be had.
    let left = Repo { sandbox: &sandbox, top: sandbox.path("left") };
    let commit = left.commit("left", &[]);
    let blob = left.git(&["rev-parse", &format!("{commit}:a.txt")]);
    fs::remove_file(repo.path(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]))).unwrap();
    let answer = repo.status();
    let pair = &answer["pairs"][0];
    assert_eq!(
        (&pair["a"], &pair["b"], &pair["verdict"]),
        (&"left".into(), &"right".into(), &"unknown".into())
    );
    repo.tw(&["sync"]).exits(1).says("Unknown:");
    assert!(repo.tracked(STORY).contains("left:") && DIR.len() > 1);
}
