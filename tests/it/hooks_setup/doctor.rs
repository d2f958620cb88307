//! `doctor`: each thing that can be the matter, with what mends it; and that its mends mend.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::git_files::{hooks_of, put};
use crate::cli::program::{PROGRAM, Said, said};
use crate::support::{Repo, Sandbox};

/// A repository with two worktrees whose hooks are installed.
fn well(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    hooks_of(&repo);
    repo.tw(&["init"]).exits(0);
    repo.tw(&["hooks", "install"]).exits(0);
    let side = Repo { sandbox, top: repo.worktree("side").top };
    (repo, side)
}

/// Runs it with the program on the PATH.
fn doctor(repo: &Repo, args: &[&str]) -> Said {
    let bin = Path::new(&*PROGRAM).parent().unwrap().display().to_string();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap());
    said(repo.program(&[&["doctor"], args].concat()).env("PATH", path))
}

/// `severity subject: message` of everything that is not well.
fn found(repo: &Repo) -> Vec<String> {
    let answer = doctor(repo, &["--format", "json"]).json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let all = answer["diagnoses"].as_array().unwrap();
    let bad = all.iter().filter(|one| one["severity"] != "ok");
    bad.map(|one| format!("{} {}: {}", text(&one["severity"]), text(&one["subject"]), text(&one["message"])))
        .collect()
}

/// Carries out the mend of the first thing that has one.
fn mend(repo: &Repo) {
    let answer = doctor(repo, &["--format", "json"]).json();
    let all = answer["diagnoses"].as_array().unwrap();
    let severe = all.iter().filter(|one| one["severity"] != "ok" && one["severity"] != "info");
    let mend = severe.filter_map(|one| one["mend"].as_str()).next().expect("a mend").to_string();
    let bin = Path::new(&*PROGRAM).parent().unwrap().display().to_string();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-c", &mend]);
    let home = repo.sandbox.path("home");
    let mut command = crate::cli::program::scrubbed(&home, &repo.top, command);
    let output = command.env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{mend}: {output:?}");
}

#[test]
fn all_is_well() {
    let sandbox = Sandbox::new();
    let (repo, side) = well(&sandbox);
    for here in [&repo, &side] {
        assert_eq!(found(here), [""; 0]);
        doctor(here, &[]).exits(0).says("reached from every worktree").says("No problems found.");
        assert_eq!(doctor(here, &["-q"]).exits(0).stdout, "No problems found.\n");
    }
}

#[test]
fn without_hooks_it_says_how_to_have_them() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    hooks_of(&repo);
    doctor(&repo, &[])
        .exits(0)
        .says("not installed, so nobody is warned before a commit track-work hooks install");
}

#[test]
fn hooks_that_git_no_longer_reaches_from_a_worktree_are_an_error_with_a_mend() {
    let sandbox = Sandbox::new();
    let (repo, side) = well(&sandbox);
    fs::create_dir(side.path("none")).unwrap();
    // as tools do that make worktrees: for one worktree alone
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    side.git(&["config", "--worktree", "core.hooksPath", "none"]);
    for here in [&repo, &side] {
        let [one] = &found(here)[..] else { panic!("{:?}", found(here)) };
        assert!(one.starts_with("error hooks: in side, git looks for hooks in"), "{one}");
        assert!(one.contains("core.hooksPath = none in") && one.contains("config.worktree"), "{one}");
        doctor(here, &[]).exits(1);
    }
    mend(&repo);
    assert_eq!(found(&repo), [""; 0]);
    // for all of them, into a folder that is not there
    repo.git(&["config", "core.hooksPath", "gone"]);
    let [one] = &found(&repo)[..] else { panic!("{:?}", found(&repo)) };
    assert!(one.contains("in main, git looks") && one.contains("runs no hooks"), "{one}");
    mend(&repo);
    assert_eq!(found(&repo), [""; 0]);
}

#[test]
fn each_hook_that_does_not_run() {
    let sandbox = Sandbox::new();
    let (repo, _side) = well(&sandbox);
    let folder = repo.path(".git/hooks");
    let set_mode = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let renumber = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, text.replace("track-work 2", "track-work 0")).unwrap();
    };
    type Spoil<'a> = &'a dyn Fn(&Path);
    let cases: [(&str, Spoil); 4] = [
        ("is not executable", &set_mode),
        ("is missing", &|path| fs::remove_file(path).unwrap()),
        ("does not call track-work", &|path| put(path, b"#!/bin/sh\n", 0o755)),
        ("was written by another version", &renumber),
    ];
    for (message, spoil) in cases {
        spoil(&folder.join("pre-push"));
        let found_now = found(&repo);
        assert!(!found_now.is_empty() && found_now.iter().all(|one| one.contains(message)), "{found_now:?}");
        mend(&repo);
        assert_eq!(found(&repo), [""; 0], "{message}");
    }
    let text = fs::read_to_string(folder.join("pre-push")).unwrap();
    fs::write(folder.join("pre-push"), text.replace("exit 1", "exit 5")).unwrap();
    assert!(found(&repo)[0].contains("the track-work section"));
    mend(&repo);
    assert_eq!(found(&repo), [""; 0]);
}

#[test]
fn a_program_that_hooks_do_not_find() {
    let sandbox = Sandbox::new();
    let (repo, _side) = well(&sandbox);
    repo.tw(&["doctor"])
        .exits(1)
        .says("track-work is not on PATH, so hooks cannot start it")
        .says("export PATH=");
    let bin = sandbox.path("bin");
    fs::create_dir(&bin).unwrap();
    put(&bin.join("track-work"), b"#!/bin/sh\n", 0o755);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    said(repo.program(&["doctor"]).env("PATH", path)).exits(0).says("hooks run a different track-work");
}

#[test]
fn worktrees_that_are_gone_or_locked() {
    let sandbox = Sandbox::new();
    let (repo, side) = well(&sandbox);
    repo.git(&["worktree", "lock", "--reason", "on a stick", "../side"]);
    assert_eq!(found(&repo), ["info worktrees: side is locked (on a stick)"]);
    fs::remove_dir_all(&side.top).unwrap();
    let [one] = &found(&repo)[..] else { panic!("{:?}", found(&repo)) };
    let told = one.starts_with("warning worktrees: side: its folder ");
    assert!(told && one.ends_with("does not exist; it is locked (on a stick)"), "{one}");
    repo.git(&["worktree", "unlock", "../side"]);
    let [one] = &found(&repo)[..] else { panic!("{:?}", found(&repo)) };
    assert!(one.starts_with("error worktrees: side: its folder"), "{one}");
    doctor(&repo, &[]).exits(1).says("git worktree prune").says("git worktree repair");
    repo.git(&["worktree", "prune"]);
    assert_eq!(found(&repo), [""; 0]);
}

#[test]
fn kinds_of_repositories() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n"), ("b/c", "1\n")]);
    repo.commit("more", &[("a", "2\n")]);
    let url = format!("file://{}", repo.top.display());
    let clone = |name: &str, options: &[&str]| {
        let top = sandbox.path(name);
        repo.git(&[&["clone", "-q"], options, &[&url, top.to_str().unwrap()]].concat());
        Repo { sandbox: &sandbox, top }
    };
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let has = |repo: &Repo, message: &str| {
        let all = found(repo);
        assert!(all.iter().any(|one| one.contains(message)), "{message}: {all:?}");
    };
    has(&clone("shallow", &["--depth", "1"]), "info repository: it is shallow");
    has(&clone("partial", &["--filter=blob:none"]), "info repository: it is a partial clone");
    has(&clone("sparse", &["--sparse"]), "info repository: it uses sparse checkout");
    has(&clone("bare", &["--bare"]), "info repository: it is bare");
    let sha256 = sandbox.path("sha256");
    repo.git(&["init", "-q", "--object-format=sha256", sha256.to_str().unwrap()]);
    let odd = Repo { sandbox: &sandbox, top: sha256 };
    let all = found(&odd);
    assert!(all.iter().any(|one| one.starts_with("error repository: cannot read")), "{all:?}");
    doctor(&odd, &[]).exits(1);
    let reftable = sandbox.init_with("reftable", &["--ref-format=reftable"]);
    reftable.commit("first", &[("a", "1\n")]);
    doctor(&reftable, &[]).exits(0);
    let nowhere = Repo { sandbox: &sandbox, top: sandbox.path("home") };
    nowhere.tw(&["doctor"]).fails().complains("cannot find a git repository");
}

#[test]
fn other_managers_and_hooks_of_the_configuration() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[(".husky/pre-commit", "npm test\n"), (".husky/_/h", "")]);
    hooks_of(&repo);
    repo.git(&["config", "core.hooksPath", ".husky/_"]);
    assert!(
        found(&repo)
            .contains(&"info hooks: husky manages the hooks here and does not call track-work".to_string())
    );
    repo.write(".husky/pre-commit", "# track-work hooks run pre-commit\n");
    doctor(&repo, &[]).exits(0).says("husky manages the hooks here and does not call track-work");
    // what a file says is told as that, and what git does not find too
    repo.write(".husky/pre-commit", "track-work hooks run pre-commit\n");
    let said = doctor(&repo, &[]).exits(0);
    let said = said.says("in main git finds no pre-commit, pre-merge-commit, pre-push of husky in");
    said.says("in main husky does not call track-work in pre-merge-commit, pre-push (.husky/pre-commit)");
    for name in ["pre-commit", "pre-merge-commit", "pre-push"] {
        put(&repo.path(format!(".husky/_/{name}")), b"#!/bin/sh\n. \"$(dirname \"$0\")/h\"\n", 0o755);
        repo.write(format!(".husky/{name}"), format!("track-work hooks run {name} \"$@\"\n"));
    }
    let said = doctor(&repo, &[]).exits(0);
    said.says("git finds the hooks of husky, and .husky/pre-commit calls track-work in each");
    // husky's own folder is ignored, so a new worktree has none
    repo.write(".husky/_/.gitignore", "*\n");
    repo.git(&["rm", "-q", "--cached", "-r", ".husky/_"]);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qnm", "husky"]);
    let side = repo.worktree("side");
    let said = doctor(&repo, &[]).exits(0).says_not("calls track-work in each");
    let said = said.says("in side git finds no pre-commit, pre-merge-commit, pre-push of husky in");
    let said = said.says("so track-work is not called there").says("side again");
    // what the committed files have already is not to be added
    said.says_not("add the same line");
    side.remove(".husky/pre-push");
    let said = doctor(&repo, &[]).exits(0);
    said.says("add the same line, with the hook's name, to .husky/pre-push")
        .says_not("to .husky/pre-merge-commit");
    repo.git(&["worktree", "remove", "--force", side.top.to_str().unwrap()]);
    repo.git(&["config", "--unset", "core.hooksPath"]);
    repo.git(&["config", "hook.ours.command", "track-work hooks run pre-commit"]);
    repo.git(&["config", "hook.ours.event", "pre-commit"]);
    let said = doctor(&repo, &[]).exits(0);
    // which of the two depends on the git that runs the test
    assert!(
        said.stdout.contains("calls track-work") || said.stdout.contains("this needs git 2.54"),
        "{said}"
    );
    repo.git(&["config", "hook.ours.enabled", "false"]);
    doctor(&repo, &[]).exits(0).says("hook.ours is disabled in the git configuration");
}

#[test]
fn tracking_files_sessions_and_agents() {
    let sandbox = Sandbox::new();
    let (repo, side) = well(&sandbox);
    repo.track("story-1-2-sessions.yaml", "story_id: \"1-2-login\"\nsessions:\n  side:\n    status: in_progress\n  terminal-7:\n    status: in_progress\n  terminal-8:\n    status: in_progress\n    worktree: ../nowhere\n");
    repo.track("story-1-3-sessions.yaml", "sessions: [\n");
    side.write(".claude/settings.json", "{");
    repo.tw(&["hooks", "install", "--agent", "codex"]).exits(0);
    let all = found(&repo).join("\n");
    for part in [
        "error tracking: story-1-3-sessions.yaml, line",
        "info sessions: terminal-7 is not linked to git",
        "warning sessions: terminal-8: ",
        "warning agents: ",
        "side has no folder .codex, so Codex runs no hooks there",
    ] {
        assert!(all.contains(part), "{part}\n{all}");
    }
    assert!(!all.contains("sessions: side"), "{all}");
    repo.track("config.yaml", "hooks: block\n");
    assert!(found(&repo).join("\n").contains("error tracking: "), "{:?}", found(&repo));
}

#[test]
fn a_broken_index_of_a_linked_worktree_is_told_with_its_mend() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let side = Repo { sandbox: &sandbox, top: repo.worktree("side").top };
    let index = repo.path(".git/worktrees/side/index");
    fs::write(&index, "garbage").unwrap();
    let said = repo.tw(&["doctor"]).exits(1);
    let said = said.says("1 worktree readable").says("side: the index").says("cannot be read");
    let mend = format!("mv {0} {0}.broken git -C {1} reset", index.display(), side.top.display());
    let said = said.says(&mend).says_not("No problems");
    assert!(said.stdout.trim_end().ends_with("1 problem found."), "{said}");
    // the mend mends it
    fs::rename(&index, index.with_extension("broken")).unwrap();
    side.git(&["reset", "-q"]);
    let said = repo.tw(&["doctor"]).exits(0).says("2 worktrees readable");
    // what could be better is not nothing
    said.says("track-work hooks install").says("No problems found;").says_not("No problems found.");
}

#[test]
fn a_stray_core_bare_is_told_with_what_mends_it() {
    let sandbox = Sandbox::new();
    let (repo, side) = well(&sandbox);
    repo.git(&["config", "core.bare", "true"]);
    assert!(!repo.try_git(&["status"]).status.success());
    for here in [&repo, &side] {
        let said = doctor(here, &[]).exits(1).says_not("it is bare");
        said.says(&format!("core.bare is set though {} is a worktree", repo.top.display()));
    }
    mend(&side);
    repo.git(&["status"]);
    assert_eq!(found(&repo), [""; 0]);
    // for the main worktree alone
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    repo.git(&["config", "--worktree", "core.bare", "true"]);
    doctor(&repo, &[]).exits(1).says("core.bare is set though");
    mend(&repo);
    repo.git(&["status"]);
    // one that is bare is nothing to mend
    let bare = sandbox.init_with("bare.git", &["--bare"]);
    doctor(&bare, &[]).exits(0).says("it is bare");
    let hidden = sandbox.init_with("hidden/.git", &["--bare"]);
    doctor(&hidden, &[]).exits(0).says("it is bare");
}

#[test]
fn of_other_managers_only_what_is_there_in_every_worktree_is_told() {
    let lefthook = "pre-commit:\n  commands:\n    track-work:\n      run: track-work hooks run pre-commit\n";
    let lefthook =
        ["pre-commit", "pre-merge-commit", "pre-push"].map(|name| lefthook.replace("pre-commit", name));
    let pre_commit = "repos:\n- repo: https://example.org/track-work\n  hooks:\n  - id: track-work\n  - id: track-work-push\n";
    let cases = [
        ("lefthook", "lefthook.yml", "#!/bin/sh\ncall_lefthook run \"$0\"\n", lefthook.concat()),
        (
            "pre-commit",
            ".pre-commit-config.yaml",
            "#!/bin/sh\n# generated by pre-commit\n",
            pre_commit.to_string(),
        ),
    ];
    for (name, file, hook, config) in cases {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo("shop", &[("a", "1\n")]);
        let folder = hooks_of(&repo);
        let side = repo.worktree("side");
        for hook_name in ["pre-commit", "pre-merge-commit", "pre-push"] {
            put(&folder.join(hook_name), hook.as_bytes(), 0o755);
        }
        doctor(&repo, &[])
            .exits(0)
            .says(&format!("{name} manages the hooks here and does not call track-work"));
        // in one worktree of two
        repo.write(file, &config);
        let all = "pre-commit, pre-merge-commit, pre-push";
        let lacks = format!("in side {name} does not call track-work in {all} ({file})");
        doctor(&repo, &[]).exits(0).says(&lacks).says_not("in main").says_not("in each");
        side.write(file, &config);
        let well =
            format!("git finds the hooks of {name} in every worktree, and {file} calls track-work in each");
        doctor(&repo, &[]).exits(0).says(&well);
        // a hook that is not installed is not run, whatever the file says
        fs::remove_file(folder.join("pre-push")).unwrap();
        let said = doctor(&repo, &[]).exits(0).says(&format!("in main git finds no pre-push of {name}"));
        said.says(&format!("in side git finds no pre-push of {name}")).says_not("in each");
    }
}
