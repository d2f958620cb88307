//! Repositories of another user: what git refuses is refused, and what `safe.directory` lets git accept is accepted, whatever
//! says it and whichever path it names. Only root can give files away.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::program::{program, said};
use crate::support::{Repo, Sandbox};

const STRANGER: &str = "12345";

/// A repository `r` and a linked worktree `a`, in a folder.
fn shop(sandbox: &Sandbox) -> Repo<'_> {
    fs::create_dir(sandbox.path("all")).unwrap();
    let repo = sandbox.repo("all/r", &[("f", "1\n")]);
    repo.worktree_at(&sandbox.path("all/a"), &["-b", "a"]);
    repo
}

fn give(path: &Path, options: &[&str]) -> bool {
    let owner = format!("{STRANGER}:{STRANGER}");
    Command::new("chown").args(options).arg(owner).arg(path).output().unwrap().status.success()
}

/// Whether git answers in this folder, and whether the program does.
fn answers(sandbox: &Sandbox, folder: &Path, variables: &[(&str, String)]) -> (bool, bool) {
    let around = |command: &mut Command| {
        command.env("GIT_CONFIG_GLOBAL", "/dev/null");
        for (name, value) in variables {
            command.env(name, value);
        }
    };
    let mut git = sandbox.command(folder);
    around(git.args(["status", "--short"]));
    let git = git.output().unwrap().status.success();
    let mut own = program(sandbox, folder);
    around(own.args(["status", "--quiet"]));
    let own = said(&mut own);
    if own.status == Some(2) {
        own.fails().complains("it belongs to another user").complains("--add safe.directory");
        return (git, false);
    }
    // a worktree of another user that git refuses is not determined
    assert!(matches!(own.status, Some(0 | 1)), "{own}");
    (git, true)
}

/// The ways to say that a path is safe.
fn ways(sandbox: &Sandbox, value: &str) -> Vec<Vec<(&'static str, String)>> {
    let file = sandbox.path("settings");
    let text = format!("[safe]\n\tdirectory = \"{value}\"\n");
    fs::write(&file, &text).unwrap();
    let outer = sandbox.path("outer");
    fs::write(&outer, format!("[include]\n\tpath = {}\n", file.display())).unwrap();
    let one = |name, value: String| vec![(name, value)];
    let count = [("COUNT", "1"), ("KEY_0", "safe.directory"), ("VALUE_0", value)];
    let names = ["GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0"];
    vec![
        one("GIT_CONFIG_GLOBAL", file.to_str().unwrap().to_string()),
        one("GIT_CONFIG_GLOBAL", outer.to_str().unwrap().to_string()),
        one("GIT_CONFIG_PARAMETERS", format!("'safe.directory={value}'")),
        names.into_iter().zip(count).map(|(name, (_, value))| (name, value.to_string())).collect(),
    ]
}

#[test]
fn what_git_takes_for_safe_is_safe_and_nothing_else() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    if !give(&sandbox.path("all"), &["-R"]) {
        return;
    }
    let all = sandbox.path("all").to_str().unwrap().to_string();
    let values = [
        "*".to_string(),
        format!("{all}/r"),
        format!("{all}/r/"),
        format!("{all}/r/.git"),
        format!("{all}/a"),
        format!("{all}/*"),
        format!("{all}/r/*"),
        format!("{all}/nothing"),
        "./".to_string(),
        ".".to_string(),
        "r".to_string(),
        String::new(),
    ];
    let mut accepted = 0;
    for value in &values {
        for variables in ways(&sandbox, value) {
            for folder in ["all/r", "all/a"] {
                let (git, own) = answers(&sandbox, &sandbox.path(folder), &variables);
                assert_eq!(own, git, "{value} by {variables:?} in {folder}");
                accepted += usize::from(own);
            }
        }
    }
    assert!((20..64).contains(&accepted), "{accepted}");
    // an empty value takes back those before
    let file = sandbox.path("settings");
    fs::write(&file, "[safe]\n\tdirectory = *\n\tdirectory = \"\"\n").unwrap();
    let variables = [("GIT_CONFIG_GLOBAL", file.to_str().unwrap().to_string())];
    assert_eq!(answers(&sandbox, &repo.top, &variables), (false, false));
    // the repository does not trust itself
    let config = repo.path(".git/config");
    fs::write(&config, fs::read_to_string(&config).unwrap() + "[safe]\n\tdirectory = *\n").unwrap();
    assert_eq!(answers(&sandbox, &repo.top, &[]), (false, false));
}

#[test]
fn each_part_of_a_repository_has_its_owner() {
    for given in ["all/r", "all/r/.git", "all/r/.git/worktrees/a", "all/a", "all/a/.git", "all/r/f"] {
        let sandbox = Sandbox::new();
        shop(&sandbox);
        if !give(&sandbox.path(given), &[]) {
            return;
        }
        for folder in ["all/r", "all/a"] {
            let (git, own) = answers(&sandbox, &sandbox.path(folder), &[]);
            assert_eq!(own, git, "{given} given, in {folder}");
            let variables = [("SUDO_UID", STRANGER.to_string())];
            let (git, own) = answers(&sandbox, &sandbox.path(folder), &variables);
            assert_eq!(own, git, "{given} given, in {folder}, by sudo");
        }
    }
}
