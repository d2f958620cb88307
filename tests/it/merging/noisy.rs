//! A git that writes to its standard error, because it traces what it does or because a wrapper warns: what it answers decides.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::{is_tidy, shop};
use crate::cli::program::said;
use crate::support::{Repo, Sandbox};

/// The variables by which git tells what it does, with where.
const TRACES: [(&str, &str); 7] = [
    ("GIT_TRACE", "1"),
    ("GIT_TRACE", "2"),
    ("GIT_TRACE_SETUP", "1"),
    ("GIT_TRACE_PERFORMANCE", "1"),
    ("GIT_TRACE2", "1"),
    ("GIT_TRACE2_PERF", "1"),
    ("GIT_TRACE2_EVENT", "1"),
];

/// A folder with a `git` that warns before it does what it is asked for.
fn warning_git(sandbox: &Sandbox) -> String {
    let folder = sandbox.path("wrapped");
    fs::create_dir(&folder).unwrap();
    let real = Command::new("sh").args(["-c", "command -v git"]).output().unwrap();
    let real = String::from_utf8(real.stdout).unwrap();
    let body = format!("#!/bin/sh\necho 'warning: of the wrapper' >&2\nexec {} \"$@\"\n", real.trim());
    fs::write(folder.join("git"), body).unwrap();
    fs::set_permissions(folder.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

/// Merges one and two, takes that back, and asks what else asks git.
#[track_caller]
fn works(repo: &Repo, name: &str, value: &str) {
    let run = |args: &[&str]| said(repo.program(args).env(name, value));
    run(&["merge", "--yes", "one", "two"]).exits(0).says("Made 2 merges into main");
    run(&["merge", "--undo", "--yes"]).exits(0);
    run(&["verify", "--run", "true"]).exits(1).says("4 merges into main pass, 1 not tried");
    run(&["compare", "main@{0}", "one"]).exits(0);
    run(&["hooks", "install"]).exits(0);
    run(&["hooks", "uninstall"]).exits(0);
    is_tidy(repo, 3);
}

#[test]
fn what_git_writes_beside_its_answers_decides_nothing() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for (name, value) in TRACES {
        works(&repo, name, value);
    }
    works(&repo, "PATH", &warning_git(&sandbox));
}

#[test]
fn what_git_complains_of_is_told_without_its_traces() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    fs::write(repo.path("a.txt"), "changed\n").unwrap();
    repo.git(&["config", "filter.bad.clean", "echo no such key >&2; exit 1"]);
    repo.git(&["config", "filter.bad.required", "true"]);
    fs::write(repo.path(".git/info/attributes"), "a.txt filter=bad\n").unwrap();
    for (name, value) in TRACES {
        let said = said(repo.program(&["status"]).env(name, value)).exits(1).says("no such key");
        said.says_not("built-in").says_not(".c:").says_not("\"event\"");
    }
}
