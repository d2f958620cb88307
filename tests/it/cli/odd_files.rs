//! Whatever has the name of a file that is read: a pipe, a socket, a device, a folder, a file without
//! an end, YAML that nests for ever. No command waits for it, and what cannot be read is told.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::program::{DIR, PROGRAM, Said, said_within, scrubbed};
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

/// Files that settings name or that git looks for, each with the setting that names it; `~` is the home,
/// `@` the git folder, and a plain name is in a linked worktree.
const READ_BY_GIT: [(&str, &str); 36] = [
    ("~/included", "include.path"),
    ("~/if included", "includeIf.gitdir:**.path"),
    ("~/on branch", "includeIf.onbranch:one.path"),
    ("~/.gitconfig", ""),
    ("~/.config/git/config", ""),
    ("~/.config/git/ignore", ""),
    ("~/.config/git/attributes", ""),
    ("~/attributes", "core.attributesFile"),
    ("~/excludes", "core.excludesFile"),
    ("~/names", "mailmap.file"),
    ("~/template", "commit.template"),
    ("~/signers", "gpg.ssh.allowedSignersFile"),
    ("~/order", "diff.orderFile"),
    ("~/blame", "blame.ignoreRevsFile"),
    ("@/config", ""),
    ("@/config.worktree", "extensions.worktreeConfig"),
    ("@/worktrees/one/config.worktree", "extensions.worktreeConfig"),
    ("@/info/attributes", ""),
    ("@/info/sparse-checkout", "core.sparseCheckout"),
    ("@/info/grafts", ""),
    ("@/shallow", ""),
    ("@/packed-refs", ""),
    ("@/objects/info/alternates", ""),
    ("@/objects/info/commit-graph", ""),
    ("@/objects/info/commit-graphs/commit-graph-chain", ""),
    ("@/objects/pack/multi-pack-index", ""),
    ("@/sharedindex", ""),
    ("@/index", ""),
    ("@/worktrees/one/index", ""),
    ("@/worktrees/one/HEAD", ""),
    ("@/worktrees/one/rebase-merge/head-name", ""),
    ("@/MERGE_HEAD", ""),
    ("@/BISECT_START", ""),
    ("@/logs/refs/heads/one", ""),
    (".gitmodules", ""),
    (".mailmap", ""),
];

const EVENT: &str = r#"{"hook_event_name": "PreToolUse", "cwd": ".", "tool_name": "Edit", "tool_input": {"file_path": "a.txt", "old_string": "c", "new_string": "d"}}"#;

/// Every command ends while this is so, and the conflict is never clean.
fn all_end(path: &str, setting: &str, kind: &str) {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a.txt", "a\n")]);
    let one = repo.worktree("one");
    one.commit("one", &[("a.txt", "b\n")]);
    one.write("new.txt", "new\n");
    repo.commit("main", &[("a.txt", "c\n")]);
    repo.git(&["pack-refs", "--all"]);
    repo.git(&["update-index", "--split-index"]);
    let home = sandbox.path("home");
    let place = match (path.strip_prefix("~/"), path.strip_prefix("@/")) {
        (Some(rest), _) => home.join(rest),
        (_, Some("sharedindex")) => {
            let names = fs::read_dir(repo.path(".git")).unwrap().map(|entry| entry.unwrap().path());
            names.into_iter().find(|path| path.to_string_lossy().contains("/sharedindex.")).unwrap()
        }
        (_, Some(rest)) => repo.path(".git").join(rest),
        (None, None) => one.path(path),
    };
    match setting {
        "" => {}
        "extensions.worktreeConfig" | "core.sparseCheckout" => _ = repo.git(&["config", setting, "true"]),
        _ => _ = repo.git(&["config", setting, place.to_str().unwrap()]),
    }
    _ = fs::remove_file(&place);
    make(kind, &place);
    let commands: [&[&str]; 7] = [
        &["status"],
        &["check", "a.txt"],
        &["compare", "main", "one"],
        &["merge-order"],
        &["doctor"],
        &["hooks", "run", "pre-commit"],
        &["hooks", "run", "--agent", "claude"],
    ];
    for args in commands {
        let mut shell = scrubbed(&home, &repo.top, Command::new("sh"));
        shell.args(["-c", "echo \"$EVENT\" | exec timeout -k 1 12 \"$TW\" \"$@\"", "sh"]).args(args);
        shell.env("EVENT", EVENT).env("TW", &*PROGRAM).env_remove("GIT_CONFIG_GLOBAL");
        let said = said_within(Duration::from_secs(15), &mut shell);
        let about = format!("{path} {kind} {args:?}: {said}");
        assert!(!said.stderr.contains("panicked") && said.status != Some(124), "{about}");
        assert!(args[0] != "compare" || said.status != Some(0), "{about}");
    }
}

/// Without `TRACK_WORK_CASES`, each of the files is odd in one way only.
#[test]
fn nothing_waits_for_a_file_that_a_setting_names_or_git_looks_for() {
    let kinds = ["pipe", "device", "link to a pipe", "folder", "socket", "link to nothing", "link to itself"];
    let count = if std::env::var("TRACK_WORK_CASES").is_ok() { kinds.len() } else { 1 };
    for (at, (path, setting)) in READ_BY_GIT.into_iter().enumerate() {
        for kind in kinds.iter().cycle().skip(at % 3).take(count) {
            all_end(path, setting, kind);
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
