//! What the installed files do when git runs them, with a stand-in for the program that notes how it
//! was called.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::git_files::{hooks_of, put};
use crate::support::{Repo, Sandbox};

/// A stand-in for the program that notes its arguments and its input, and ends with this status.
pub fn stand_in(sandbox: &Sandbox, status: &str) -> PathBuf {
    let folder = sandbox.path("bin");
    fs::create_dir_all(&folder).unwrap();
    let notes = sandbox.path("notes");
    let text = format!("#!/bin/sh\necho \"ours $*\" >>{0}\ncat >>{0}\n{status}\n", notes.display());
    put(&folder.join("track-work"), text.as_bytes(), 0o755);
    folder
}

pub fn with_path(mut command: Command, first: &Path) -> Output {
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", first.display())).output().unwrap()
}

fn git(repo: &Repo, bin: &Path, args: &[&str]) -> Output {
    let mut command = repo.sandbox.command(&repo.top);
    command.args(args);
    with_path(command, bin)
}

pub fn notes(sandbox: &Sandbox) -> String {
    let text = fs::read_to_string(sandbox.path("notes")).unwrap_or_default();
    let _ = fs::remove_file(sandbox.path("notes"));
    text
}

/// A hook that notes how it was called, in the language of its first line.
fn noting(sandbox: &Sandbox, first: &str, status: &str) -> Vec<u8> {
    let notes = sandbox.path("notes");
    let body = format!("echo \"theirs ${{0##*/}} $*\" >>{0}\ncat >>{0}\nexit {status}\n", notes.display());
    match first.contains("sh") {
        true => format!("{first}\n{body}").into_bytes(),
        // another language, which leaves the rest to a shell
        false => format!("{first}\n{}", body.replace("exit", "exit ")).into_bytes(),
    }
}

#[test]
fn what_was_there_runs_first_and_its_failure_stops_the_commit() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let bin = stand_in(&sandbox, "");
    let folder = hooks_of(&repo);
    // without a first line, a shell runs it all the same, and ours goes in its place
    for first in ["#!/bin/sh", "#!/usr/bin/env bash", "#!/bin/sh -eu", "# none"] {
        for (status, done) in [("0", true), ("7", false)] {
            put(&folder.join("pre-commit"), &noting(&sandbox, first, status), 0o755);
            repo.tw(&["hooks", "install"]).exits(0);
            let output = git(&repo, &bin, &["commit", "--allow-empty", "-m", "x"]);
            assert_eq!(output.status.success(), done, "{first} {output:?}");
            let ours = if done { "ours hooks run pre-commit\n" } else { "" };
            assert_eq!(notes(&sandbox), format!("theirs pre-commit \n{ours}"));
            repo.tw(&["hooks", "uninstall"]).exits(0);
        }
    }
}

#[test]
fn both_hooks_are_given_what_git_writes_to_pre_push() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    sandbox.init_with("there.git", &["--bare"]);
    let bin = stand_in(&sandbox, "");
    let folder = hooks_of(&repo);
    let there = sandbox.path("there.git");
    let there = there.to_str().unwrap();
    let head = repo.git(&["rev-parse", "HEAD"]);
    for (number, first) in
        ["#!/bin/sh", "#!/usr/bin/env -S bash -eo pipefail", "# none"].into_iter().enumerate()
    {
        put(&folder.join("pre-push"), &noting(&sandbox, first, "0"), 0o755);
        repo.tw(&["hooks", "install"]).exits(0);
        let branch = format!("main:refs/heads/b{number}");
        let output = git(&repo, &bin, &["push", "-q", there, &branch]);
        assert!(output.status.success(), "{output:?}");
        let zero = "0".repeat(40);
        let refs = format!("refs/heads/main {head} refs/heads/b{number} {zero}\n");
        let both =
            format!("theirs pre-push {there} {there}\n{refs}ours hooks run pre-push {there} {there}\n{refs}");
        assert_eq!(notes(&sandbox), both, "{first}");
        repo.tw(&["hooks", "uninstall"]).exits(0);
    }
    // a hook that reads nothing, under the strictest shell, and a push of nothing
    put(&folder.join("pre-push"), b"#!/bin/bash -eu\nset -o pipefail\nexit 0\n", 0o755);
    repo.tw(&["hooks", "install"]).exits(0);
    assert!(git(&repo, &bin, &["push", "-q", there, "main:refs/heads/b1"]).status.success());
    assert_eq!(notes(&sandbox), format!("ours hooks run pre-push {there} {there}\n"));
}

#[test]
fn only_a_finding_of_ours_stops_a_commit() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    hooks_of(&repo);
    repo.tw(&["hooks", "install"]).exits(0);
    let faults = ["exit 0", "exit 2", "exit 101", "kill -SEGV $$", "kill -KILL $$", "exit 127"];
    for status in faults {
        let output = git(&repo, &stand_in(&sandbox, status), &["commit", "--allow-empty", "-m", "x"]);
        assert!(output.status.success(), "{status}: {output:?}");
    }
    let stopped = git(&repo, &stand_in(&sandbox, "exit 1"), &["commit", "--allow-empty", "-m", "x"]);
    assert!(!stopped.status.success());
    assert!(
        git(&repo, &sandbox.path("bin"), &["commit", "--no-verify", "--allow-empty", "-m", "x"])
            .status
            .success()
    );
}

#[test]
fn without_the_program_it_is_one_line_and_everything_passes() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    sandbox.init_with("there.git", &["--bare"]);
    hooks_of(&repo);
    repo.tw(&["hooks", "install"]).exits(0);
    let there = sandbox.path("there.git");
    for args in
        [&["commit", "-q", "--allow-empty", "-m", "x"][..], &["push", "-q", there.to_str().unwrap(), "main"]]
    {
        // only the test's own build puts the program on the PATH, so it is not there
        let output = repo.try_git(args);
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, "track-work: not on PATH, so nothing was checked\n");
    }
}

#[test]
fn a_merge_runs_its_own_hook_and_a_commit_elsewhere_inside_a_hook_runs_too() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let bin = stand_in(&sandbox, "");
    let folder = hooks_of(&repo);
    // A hook that commits in another repository, which has our hook too: it must not take itself for
    // the one that is running.
    let other = sandbox.repo("other", &[("b", "1\n")]);
    hooks_of(&other);
    other.tw(&["hooks", "install"]).exits(0);
    let nested = format!(
        "#!/bin/sh\nunset $(git rev-parse --local-env-vars)\ngit -C {} commit -q --allow-empty -m nested\n",
        other.top.display()
    );
    put(&folder.join("pre-merge-commit"), nested.as_bytes(), 0o755);
    repo.tw(&["hooks", "install"]).exits(0);
    repo.git(&["branch", "side"]);
    repo.commit("on", &[("c", "1\n")]);
    repo.git(&["switch", "-q", "side"]);
    repo.commit("on", &[("d", "1\n")]);
    notes(&sandbox);
    let output = git(&repo, &bin, &["merge", "-q", "--no-edit", "main"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(notes(&sandbox), "ours hooks run pre-commit\nours hooks run pre-merge-commit\n");
}
