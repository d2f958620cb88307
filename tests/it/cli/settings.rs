//! Settings that cannot be what was meant: told, and the rest is answered all the same.

use std::path::Path;

use serde_json::Value;

use super::program::{DIR, changes, findings, program, said, terminal, text};
use crate::support::{Repo, Sandbox};

fn shop(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("shop", &[("a.txt", "1\n"), (".gitignore", ".system\n")]);
    repo.worktree("side").commit("side", &[("b.txt", "1\n")]);
    repo
}

#[test]
fn a_tracking_directory_that_cannot_be_meant_is_told() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    let empty = sandbox.path("empty").display().to_string();
    let cases = [
        ("/nonesuch", 0, "the tracking directory /nonesuch does not exist".to_string()),
        (&empty, 0, format!("the tracking directory {empty} contains no tracking files")),
        ("a.txt", 1, format!("the tracking directory {} is a file", repo.path("a.txt").display())),
    ];
    for (dir, status, message) in &cases {
        let at = ["--tracking-dir", *dir];
        repo.tw(&[&at[..], &["status"]].concat()).exits(*status).says(message).says("TRACK_WORK_DIR");
        repo.tw(&[&at[..], &["doctor"]].concat()).says(message);
        repo.tw(&[&at[..], &["merge-order"]].concat()).exits(*status).complains(message).says("side");
        repo.tw(&[&at[..], &["check"]].concat()).exits(*status).complains(message);
        let by_variable = said(repo.program(&["status"]).env("TRACK_WORK_DIR", dir));
        by_variable.exits(*status).says(message);
        // told once, and the rest is answered
        let answer = repo.tw(&[&at[..], &["status", "--format", "json"]].concat()).json();
        assert_eq!(findings(&answer, "tracking").len(), 1, "{answer:#}");
        assert_eq!(terminal(&answer, "side")["ahead"], 1);
    }
    // where none is named, none has to be there
    repo.tw(&["status"]).exits(0).says_not("tracking directory");
    // and what makes one, makes it; nothing else does
    let new = sandbox.path("new").display().to_string();
    let register = ["--tracking-dir", &new, "register", "--mode", "inter", "--story", "1-2"];
    repo.tw(&register).fails();
    repo.tw(&["--tracking-dir", &new, "init"]).exits(0);
    repo.tw(&register).exits(0);
    repo.tw(&["--tracking-dir", &new, "status"]).exits(0).says_not("tracking directory");
}

#[test]
fn a_broken_config_stops_only_those_who_write() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.track("config.yaml", "hook: warn\nhok: block\n");
    let message = "config.yaml, line 2: unknown key \"hok\"";
    repo.tw(&["status"]).exits(1).says(message).says("2 | hok: block").says("side");
    repo.tw(&["merge-order"]).exits(1).complains(message).says("git merge --no-ff side");
    repo.tw(&["check"]).exits(1).complains(message);
    repo.tw(&["log"]).exits(1).complains(message);
    repo.tw(&["doctor"]).exits(1).says(message);
    let answer = repo.tw(&["status", "--format", "json"]).exits(1).json();
    let told = findings(&answer, "tracking");
    assert_eq!((text(&told[0]["severity"]), told[0]["evidence"]["line"].as_u64()), ("error", Some(2)));
    for args in [&["sync"][..], &["register", "--mode", "inter", "--story", "1-2"], &["init"]] {
        repo.tw(args).fails().complains(message);
    }
    assert_eq!(repo.tracking_files().keys().collect::<Vec<_>>(), ["config.yaml"]);
    assert!(repo.path(DIR).exists());
}

#[test]
fn a_folder_to_start_in_that_is_not_there_is_told_as_that() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    for command in ["status", "sync", "merge-order", "doctor", "check"] {
        let said = repo.tw(&["-C", "/nonesuch", command]).fails();
        said.complains("cannot start in /nonesuch: no such folder");
    }
    repo.tw(&["-C", "a.txt", "status"]).fails().complains("cannot start in a.txt");
}

#[test]
fn a_hook_that_is_called_without_a_name_says_how_it_goes() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let said = repo.tw(&["hooks", "run"]).exits(0);
    assert_eq!(said.stderr.lines().count(), 1, "{said}");
    said.complains("required arguments were not provided: <").complains("; usage: track-work hooks run");
}

#[test]
fn an_empty_hooks_path_is_told_as_that() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.git(&["config", "core.hooksPath", ""]);
    for args in [&["hooks", "install"], &["hooks", "status"]] {
        let said = repo.tw(args).fails().complains("core.hooksPath is empty in");
        said.complains("git config --unset core.hooksPath");
    }
    repo.tw(&["doctor"]).exits(1).says("core.hooksPath is empty in");
}

#[test]
fn the_demo_has_no_json_and_says_so() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    repo.tw(&["demo", "--format", "json"]).fails().complains("has no JSON");
}

/// Whether a file that only some settings ignore counts as work; and git is of the same opinion.
#[track_caller]
fn counts(repo: &Repo, set: &dyn Fn(&mut std::process::Command)) -> bool {
    let mut command = repo.program(&["status", "--format", "json"]);
    set(&mut command);
    let seen = said(&mut command).json();
    let ours = terminal(&seen, "side")["uncommitted"]["untracked"] == 1;
    let git = std::process::Command::new("git");
    let side = repo.sandbox.path("side");
    let mut git = super::program::scrubbed(&repo.sandbox.path("home"), &side, git);
    git.args(["status", "--porcelain"]);
    set(&mut git);
    let by_git = said(&mut git).exits(0).stdout.contains("?? x.private");
    assert_eq!(ours, by_git, "{seen:#}");
    ours
}

#[test]
fn the_files_of_settings_that_variables_name_are_those_that_count() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    // what the sandbox says of its own would win
    repo.git(&["config", "--unset", "core.excludesFile"]);
    std::fs::write(sandbox.path("side/x.private"), "1\n").unwrap();
    std::fs::write(sandbox.path("rules"), "*.private\n").unwrap();
    let rules = format!("[core]\n\texcludesFile = {}\n", sandbox.path("rules").display());
    std::fs::write(sandbox.path("settings"), &rules).unwrap();
    std::fs::write(sandbox.path("home/.gitconfig"), &rules).unwrap();
    let (file, empty) = (sandbox.path("settings"), sandbox.path("none"));
    assert!(counts(&repo, &|_| {}), "GIT_CONFIG_GLOBAL=/dev/null");
    assert!(!counts(&repo, &|command| _ = command.env_remove("GIT_CONFIG_GLOBAL")));
    assert!(!counts(&repo, &|command| _ = command.env("GIT_CONFIG_GLOBAL", &file)));
    assert!(counts(&repo, &|command| _ = command.env("GIT_CONFIG_GLOBAL", &empty)));
    let system = |no_system: &'static str| {
        let file = file.clone();
        move |command: &mut std::process::Command| {
            command.env("GIT_CONFIG_SYSTEM", &file).env("GIT_CONFIG_NOSYSTEM", no_system);
        }
    };
    assert!(!counts(&repo, &system("0")));
    assert!(counts(&repo, &system("1")));
    // the repository's own settings win over all of them
    repo.git(&["config", "core.excludesFile", "/dev/null"]);
    assert!(counts(&repo, &|command| _ = command.env("GIT_CONFIG_GLOBAL", &file)));
}

#[test]
fn a_repository_that_a_variable_names_is_the_one_that_is_meant() {
    let sandbox = Sandbox::new();
    let repo = shop(&sandbox);
    let other = sandbox.repo("other", &[("o.txt", "1\n")]);
    let expected = repo.tw(&["status", "--format", "json"]).exits(0).json();
    let from = |folder: &std::path::Path, git_dir: &str| {
        let mut command = program(&sandbox, folder);
        command.args(["status", "--format", "json"]).env("GIT_DIR", git_dir);
        said(&mut command)
    };
    let git_dir = repo.path(".git").display().to_string();
    for folder in [sandbox.path("home"), other.top.clone()] {
        let answer = from(&folder, &git_dir).exits(0).json();
        assert_eq!(answer["terminals"], expected["terminals"], "from {}", folder.display());
        let told = findings(&answer, "not_determined");
        assert!(told.iter().any(|one| text(&one["message"]).contains("GIT_DIR is set to")), "{answer:#}");
    }
    // inside of it, the folder says which worktree is meant, as in a hook
    let mut command = program(&sandbox, &sandbox.path("side"));
    let linked = repo.path(".git/worktrees/side").display().to_string();
    let check = said(command.args(["check", "--format", "json"]).env("GIT_DIR", linked)).exits(0).json();
    assert_eq!(check["terminal"]["id"], "side");
    from(&repo.top, "/nonesuch").fails().complains("/nonesuch");
}

#[test]
fn a_worktree_that_a_variable_names_is_the_one_that_is_meant() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "1\n"), ("b.txt", "1\n")]);
    let desk = sandbox.path("desk");
    std::fs::create_dir(&desk).unwrap();
    std::fs::write(desk.join("a.txt"), "2\n").unwrap();
    std::fs::write(desk.join("b.txt"), "1\n").unwrap();
    std::fs::write(desk.join("new.txt"), "1\n").unwrap();
    let mut command = program(&sandbox, &sandbox.path("home"));
    command.args(["status", "--format", "json"]);
    let answer = said(command.env("GIT_DIR", repo.path(".git")).env("GIT_WORK_TREE", &desk)).exits(0).json();
    let is_of_desk = |answer: &Value| {
        assert_eq!(changes(answer, "main"), ["modified a.txt", "added new.txt"]);
        assert_eq!(terminal(answer, "main")["worktree"].as_str(), desk.to_str());
    };
    is_of_desk(&answer);
    // without that variable, the folder in which one is, where no folder has the repository as its own
    let git_dir = sandbox.path("shop.git");
    std::fs::rename(repo.path(".git"), &git_dir).unwrap();
    let from = |folder: &Path| {
        let mut command = program(&sandbox, folder);
        said(command.args(["status", "--format", "json"]).env("GIT_DIR", &git_dir)).exits(0).json()
    };
    is_of_desk(&from(&desk));
    // or the one that the settings name
    let named = Repo { sandbox: &sandbox, top: git_dir.clone() };
    named.git(&["config", "core.worktree", desk.to_str().unwrap()]);
    is_of_desk(&from(&desk));
    is_of_desk(&from(&sandbox.path("home")));
}
