//! Where git looks for hooks, and who else manages them.

use std::fs;

use super::git_files::{hooks_of, put, shape};
use crate::support::{Repo, Sandbox};

#[test]
fn all_worktrees_share_the_folder_of_the_repository() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    let side = repo.worktree("side");
    fs::create_dir(side.path("deep")).unwrap();
    let deep = Repo { sandbox: &sandbox, top: side.path("deep") };
    deep.tw(&["hooks", "install"]).exits(0).says("for all worktrees");
    assert_eq!(shape(&folder).len(), 3);
    assert_eq!(side.git(&["status", "--short"]), "");
    repo.tw(&["hooks", "install"]).exits(0).says("already installed");
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert!(shape(&folder).is_empty());
}

#[test]
fn a_bare_repository_has_hooks_too() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init_with("shop.git", &["--bare"]);
    let before = shape(&repo.path("hooks"));
    repo.tw(&["hooks", "install"]).exits(0);
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&repo.path("hooks")), before);
}

#[test]
fn a_folder_of_the_worktree_is_respected() {
    let sandbox = Sandbox::new();
    let repo =
        sandbox.repo("shop", &[(".githooks/pre-commit", "#!/bin/sh\necho theirs\n"), ("deep/a", "1\n")]);
    repo.set_executable(".githooks/pre-commit", true);
    repo.commit("mode", &[]);
    let own = hooks_of(&repo);
    repo.git(&["config", "core.hooksPath", ".githooks"]);
    let before = shape(&repo.path(".githooks"));
    let deep = Repo { sandbox: &sandbox, top: repo.path("deep") };
    let side = repo.worktree("side");
    deep.tw(&["hooks", "install"]).exits(0).says("in .githooks, for this worktree").says("Commit them");
    assert_eq!(shape(&repo.path(".githooks")).len(), 3);
    assert!(shape(&own).is_empty());
    assert_eq!(shape(&side.path(".githooks")), before, "the other worktree has files of its own");
    side.tw(&["hooks", "status"]).exits(0).says("pre-commit foreign");
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&repo.path(".githooks")), before);
    assert_eq!(repo.git(&["status", "--short"]), "");
}

#[test]
fn hooks_that_stayed_behind_when_the_path_was_changed_are_taken_out() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let own = hooks_of(&repo);
    repo.tw(&["hooks", "install"]).exits(0);
    fs::create_dir(repo.path("elsewhere")).unwrap();
    repo.git(&["config", "core.hooksPath", "elsewhere"]);
    repo.tw(&["hooks", "status"]).exits(0).says("pre-commit absent");
    repo.tw(&["hooks", "uninstall"]).exits(0).says(".git/hooks").says("removed");
    assert!(shape(&own).is_empty());
}

#[test]
fn a_folder_outside_of_the_repository_is_not_touched_unless_forced() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    hooks_of(&repo);
    let global = sandbox.path("global-hooks");
    fs::create_dir(&global).unwrap();
    put(&global.join("pre-commit"), b"#!/bin/sh\nexit 0\n", 0o755);
    repo.git(&["config", "core.hooksPath", global.to_str().unwrap()]);
    let before = shape(&global);
    repo.tw(&["hooks", "install"]).fails().complains("outside this repository").complains("config)");
    assert_eq!(shape(&global), before);
    repo.tw(&["hooks", "install", "--force"]).exits(0);
    repo.tw(&["hooks", "uninstall"]).fails().complains("outside this repository");
    repo.tw(&["hooks", "uninstall", "--force"]).exits(0);
    assert_eq!(shape(&global), before);
    // the way out that the message tells
    repo.git(&["config", "core.hooksPath", repo.path(".git/hooks").to_str().unwrap()]);
    repo.tw(&["hooks", "install"]).exits(0).says("for all worktrees");
}

#[test]
fn hooks_that_are_switched_off_are_said_to_be() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    hooks_of(&repo);
    repo.git(&["config", "core.hooksPath", "/dev/null"]);
    repo.tw(&["hooks", "install"]).fails().complains("/dev/null, which is not a folder").complains("--unset");
    repo.tw(&["hooks", "uninstall"]).exits(0);
    repo.tw(&["hooks", "status"]).exits(0).says("absent");
}

#[test]
fn husky_is_told_what_to_run_and_not_fought() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[(".husky/pre-commit", "npm test\n"), (".husky/_/h", "#!/bin/sh\n")]);
    put(&repo.path(".husky/_/pre-commit"), b"#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"", 0o755);
    repo.git(&["config", "core.hooksPath", ".husky/_"]);
    let before = shape(&repo.path(".husky/_"));
    repo.tw(&["hooks", "install"])
        .fails()
        .complains("husky manages the hooks here")
        .complains("add this to .husky/pre-commit")
        .complains("track-work hooks run pre-commit");
    assert_eq!(shape(&repo.path(".husky/_")), before);
    repo.tw(&["hooks", "status"]).exits(0).says("husky manages the hooks here and does not call track-work");
    repo.write(".husky/pre-commit", "npm test\ntrack-work hooks run pre-commit\n");
    repo.tw(&["hooks", "install"]).exits(0).says("already calls track-work");
    assert_eq!(shape(&repo.path(".husky/_")), before);
    // who wants both gets both
    repo.tw(&["hooks", "install", "--force"]).exits(0);
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&repo.path(".husky/_")), before);
}

#[test]
fn lefthook_and_pre_commit_are_recognized_by_the_hooks_they_wrote() {
    let cases: [(&str, &str, &str, &str); 2] = [
        (
            "lefthook",
            "lefthook.yml",
            "#!/bin/sh\ncall_lefthook run \"pre-commit\" \"$@\"\n",
            "use_stdin: true",
        ),
        (
            "pre-commit",
            ".pre-commit-config.yaml",
            "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n",
            "pass_filenames: false",
        ),
    ];
    for (name, file, hook, line) in cases {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("shop", &[(file, "repos: []\n")]);
        let folder = hooks_of(&repo);
        // its configuration alone stops nothing, but is mentioned
        repo.tw(&["hooks", "install"]).exits(0).says(&format!("Note: {file} exists"));
        repo.tw(&["hooks", "uninstall"]).exits(0);
        put(&folder.join("pre-commit"), hook.as_bytes(), 0o755);
        let before = shape(&folder);
        let said = repo.tw(&["hooks", "install"]).fails();
        let said = said.complains(&format!("{name} manages the hooks here; nothing was written"));
        said.complains(&format!("add this to {file}")).complains(line);
        assert_eq!(shape(&folder), before);
        // a comment is no call
        repo.write(file, "# track-work hooks run pre-commit\nx: 1 # track-work hooks run pre-push\n");
        repo.tw(&["hooks", "install"]).fails().complains("nothing was written");
        repo.write(file, "    run: track-work hooks run pre-commit\n");
        repo.tw(&["hooks", "install"])
            .exits(0)
            .says(&format!("{name} manages the hooks here and already calls"));
        assert_eq!(shape(&folder), before);
        repo.tw(&["hooks", "install", "--force"]).exits(0);
        repo.tw(&["hooks", "uninstall"]).exits(0);
        assert_eq!(shape(&folder), before);
    }
}

#[test]
fn the_answers_for_programs() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    hooks_of(&repo);
    let said = repo.tw(&["hooks", "install", "--format", "json"]).exits(0).json();
    assert_eq!(said["folder"], ".git/hooks");
    assert_eq!(said["hooks"][0], serde_json::json!({"name": "pre-commit", "outcome": "installed"}));
    let said = repo.tw(&["hooks", "status", "--format", "json"]).exits(0).json();
    assert_eq!(said["hooks"][2], serde_json::json!({"name": "pre-push", "state": "installed"}));
    assert_eq!(said["agents"][0]["state"], "absent");
}

/// The keys that pre-commit and prek know of a hook.
const KEYS: [&str; 20] = [
    "id",
    "name",
    "description",
    "entry",
    "language",
    "files",
    "exclude",
    "types",
    "types_or",
    "exclude_types",
    "always_run",
    "fail_fast",
    "verbose",
    "pass_filenames",
    "require_serial",
    "language_version",
    "minimum_pre_commit_version",
    "args",
    "stages",
    "additional_dependencies",
];

#[track_caller]
fn hooks_for_pre_commit(hooks: &serde_yaml::Value) {
    let hooks = hooks.as_sequence().unwrap();
    let stages: Vec<&str> = hooks
        .iter()
        .flat_map(|hook| hook["stages"].as_sequence().unwrap())
        .map(|stage| stage.as_str().unwrap())
        .collect();
    assert_eq!(stages, ["pre-commit", "pre-merge-commit", "pre-push"]);
    for hook in hooks {
        assert!(
            hook.as_mapping().unwrap().keys().all(|key| KEYS.contains(&key.as_str().unwrap())),
            "{hook:?}"
        );
        let flags =
            ["always_run", "pass_filenames", "require_serial"].map(|key| hook[key].as_bool().unwrap());
        assert_eq!(flags, [true, false, true]);
        assert!(hook["entry"].as_str().unwrap().starts_with("track-work hooks run pre-"));
    }
}

#[test]
fn what_other_managers_are_to_be_given_is_what_they_read() {
    use track_work::hooks::managers::{Managed, Manager};
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join(".pre-commit-hooks.yaml")).unwrap();
    hooks_for_pre_commit(&serde_yaml::from_str(&manifest).unwrap());
    let lines = |manager| {
        let managed = Managed { manager, in_charge: true, file: String::new(), calls: vec![], runs: vec![] };
        serde_yaml::from_str::<serde_yaml::Value>(&managed.lines()).unwrap()
    };
    hooks_for_pre_commit(&lines(Manager::PreCommit)[0]["hooks"]);
    let lefthook = lines(Manager::Lefthook);
    for hook in ["pre-commit", "pre-merge-commit", "pre-push"] {
        let run = lefthook[hook]["commands"]["track-work"]["run"].as_str().unwrap();
        assert!(run.contains(&format!("track-work hooks run {hook}")), "{run}");
    }
}

/// With the real program, where there is one; it is not needed for anything else.
#[test]
fn the_real_pre_commit_takes_the_manifest_and_runs_the_lines() {
    let is_there = std::process::Command::new("pre-commit").arg("--version").output().is_ok();
    if !is_there {
        println!("skipped: there is no pre-commit on the PATH");
        return;
    }
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), (".pre-commit-config.yaml", "repos: []\n")]);
    hooks_of(&repo);
    let bin = std::path::Path::new(&*crate::cli::program::PROGRAM).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run_in = |top: &std::path::Path, program: &str, args: &[&str]| {
        let mut command = match program {
            "git" => sandbox.command(top),
            _ => {
                crate::cli::program::scrubbed(&sandbox.path("home"), top, std::process::Command::new(program))
            }
        };
        let output = command.args(args).env("PATH", &path).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&said));
        String::from_utf8_lossy(&said).into_owned()
    };
    let run = |program: &str, args: &[&str]| run_in(&repo.top, program, args);
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    run("pre-commit", &["validate-manifest", manifest.to_str().unwrap()]);
    let three = ["install", "-t", "pre-commit", "-t", "pre-merge-commit", "-t", "pre-push"];
    run("pre-commit", &three);
    let said = repo.tw(&["hooks", "install"]).fails().stderr;
    let lines: String =
        said.lines().filter_map(|line| line.strip_prefix("  ")).map(|line| format!("{line}\n")).collect();
    repo.write(".pre-commit-config.yaml", format!("repos:\n{lines}"));
    run("git", &["commit", "-qam", "told", "--no-verify"]);
    let (other, mine) = (repo.worktree("other"), repo.worktree("mine"));
    other.write("a", "theirs\n");
    run_in(&other.top, "git", &["commit", "-qam", "theirs"]);
    mine.write("a", "mine\n");
    let said = run_in(&mine.top, "git", &["commit", "-am", "mine"]);
    assert!(said.contains("1 conflict: this commit of mine"), "{said}");
    sandbox.init_with("there.git", &["--bare"]);
    let said = run_in(&mine.top, "git", &["push", sandbox.path("there.git").to_str().unwrap(), "mine"]);
    assert!(said.contains("1 conflict: what mine pushes"), "{said}");
}

#[test]
fn a_folder_of_each_worktree_is_not_that_of_all() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n"), (".gitignore", "local/\n")]);
    let side = repo.worktree("side");
    for (folder, committed) in [(".git/hooks", false), ("local/hooks", false), ("tools/hooks", true)] {
        repo.git(&["config", "core.hooksPath", folder]);
        let said = repo.tw(&["hooks", "install"]).exits(0);
        let said = said.says(&format!("{folder}, for this worktree")).says_not("for all worktrees:");
        match committed {
            true => said.says("Commit them"),
            false => said.says_not("Commit them").says("No other worktree gets them"),
        };
    }
    // as it is advised
    repo.git(&["config", "--unset", "core.hooksPath"]);
    repo.tw(&["hooks", "install"]).exits(0).says("for all worktrees");
    side.tw(&["hooks", "status"]).exits(0).says("pre-commit        installed");
    // one that all find, though it is in a worktree
    let shared = repo.path("shared/hooks");
    repo.git(&["config", "core.hooksPath", shared.to_str().unwrap()]);
    repo.tw(&["hooks", "install"]).exits(0).says("shared/hooks, for all worktrees").says_not("Commit them");
}
