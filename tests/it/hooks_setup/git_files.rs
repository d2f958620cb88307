//! Hook files: what is there stays, twice is once, and uninstalling gives back every byte.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use track_work::hooks::{self, GitHook, HookState};

use crate::support::{Repo, Sandbox};

/// What a name in a folder stands for: bytes or where a link leads, and the mode bits.
type Shape = BTreeMap<String, (Vec<u8>, u32)>;

pub fn shape(folder: &Path) -> Shape {
    let Ok(entries) = fs::read_dir(folder) else { return Shape::new() };
    let one = |path: PathBuf| {
        let data = fs::symlink_metadata(&path).unwrap();
        let content = match data.file_type() {
            kind if kind.is_symlink() => fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes(),
            kind if kind.is_file() => {
                // it may be one that its owner cannot read either
                let mode = data.permissions();
                fs::read(&path).unwrap_or_else(|_| panic!("{mode:?}"))
            }
            _ => b"a folder".to_vec(),
        };
        (path.file_name().unwrap().to_string_lossy().into_owned(), (content, data.permissions().mode()))
    };
    entries.map(|entry| one(entry.unwrap().path())).collect()
}

/// The hooks folder of a repository, without git's samples.
pub fn hooks_of(repo: &Repo) -> PathBuf {
    let folder = repo.path(".git/hooks");
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Where hooks that our part cannot go into are moved to.
pub fn moved(folder: &Path) -> PathBuf {
    folder.with_file_name(format!("{}-before-track-work", folder.file_name().unwrap().to_str().unwrap()))
}

pub fn put(path: &Path, content: &[u8], mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Installs, looks that twice is once and that all three are in, and uninstalls again.
#[track_caller]
fn there_and_back(repo: &Repo, folder: &Path) {
    let before = shape(folder);
    repo.tw(&["hooks", "install"]).exits(0);
    let with = shape(folder);
    for hook in GitHook::ALL {
        assert_eq!(hooks::state(folder, hook).unwrap(), HookState::Installed, "{}", hook.name());
    }
    repo.tw(&["hooks", "install"]).exits(0).says("already installed");
    assert_eq!(shape(folder), with, "the second time changed something");
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(folder), before);
    repo.tw(&["hooks", "uninstall"]).exits(0).says("not installed");
    assert_eq!(shape(folder), before);
    assert!(!moved(folder).exists(), "{:?}", shape(&moved(folder)));
}

#[test]
fn nothing_there() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    there_and_back(&repo, &hooks_of(&repo));
}

#[test]
fn a_folder_that_was_made_goes_too_and_an_empty_one_stays() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    fs::remove_dir(&folder).unwrap();
    there_and_back(&repo, &folder);
    assert!(!folder.exists());
    fs::create_dir(&folder).unwrap();
    there_and_back(&repo, &folder);
    assert!(folder.exists());
    // somebody else puts a hook into the folder that was made
    fs::remove_dir(&folder).unwrap();
    repo.tw(&["hooks", "install"]).exits(0);
    put(&folder.join("commit-msg"), b"#!/bin/sh\n", 0o755);
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&folder).into_keys().collect::<Vec<_>>(), ["commit-msg"]);
}

#[test]
fn every_kind_of_hook_is_given_back() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    let elf = [b"\x7fELF\x02\x01\x01\0".as_slice(), &[0, 255, 10, 13, 10]].concat();
    let kinds: [(&[u8], u32); 14] = [
        (b"#!/bin/sh\nmake lint\n", 0o755),
        (b"#!/bin/sh\nmake lint", 0o755),
        (b"#!/bin/sh", 0o700),
        (b"#!/bin/sh\n", 0o755),
        (b"#!/bin/bash -e\r\nmake lint\r\n", 0o775),
        (b"#!/bin/sh\n# caf\xe9 \xff\xfe\nexit 0\n", 0o555),
        (b"#!/bin/sh\nexit 0\n", 0o644),
        (b"#!/usr/bin/env python3\nprint(1)\n", 0o755),
        (b"#!/usr/bin/fish\r\n", 0o711),
        (&elf, 0o755),
        (b"", 0o755),
        (b"", 0o644),
        (b"exit 1\n", 0o755),
        (b"\xef\xbb\xbf#!/bin/sh\n", 0o755),
    ];
    for (content, mode) in kinds {
        for hook in GitHook::ALL {
            put(&folder.join(hook.name()), content, mode);
        }
        there_and_back(&repo, &folder);
        hooks_of(&repo);
    }
}

#[test]
fn a_link_is_given_back_and_what_it_leads_to_is_left_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("scripts/check.sh", "#!/bin/sh\necho linked\n")]);
    repo.set_executable("scripts/check.sh", true);
    let folder = hooks_of(&repo);
    let scripts = shape(&repo.path("scripts"));
    symlink("../../scripts/check.sh", folder.join("pre-commit")).unwrap();
    symlink("nowhere", folder.join("pre-push")).unwrap();
    there_and_back(&repo, &folder);
    repo.tw(&["hooks", "install"]).exits(0).says("moved to .git/hooks-before-track-work/pre-commit");
    let said = repo.try_git(&["commit", "--allow-empty", "-m", "x"]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("linked") && said.status.success(), "{said:?}");
    assert_eq!(shape(&repo.path("scripts")), scripts);
}

fn any_hook() -> impl Strategy<Value = Option<(Vec<u8>, u32)>> {
    let first = prop::sample::select(vec![
        "#!/bin/sh",
        "#! /usr/bin/env bash",
        "#!/usr/bin/perl",
        "# >>> ",
        "",
        "#!/bin/dash -eu",
    ]);
    let line = prop::sample::select(vec![
        &b"exit 0"[..],
        b"# >>> other",
        b"\xff\0",
        b"",
        b"# <<< not track-work",
        b"fi",
    ]);
    let end = prop::sample::select(vec!["\n", "\r\n", ""]);
    let mode = prop::sample::select(vec![0o755u32, 0o644, 0o700, 0o555, 0o775]);
    let hook = (first, prop::collection::vec(line, 0..5), end, any::<bool>(), mode);
    prop::option::of(hook.prop_map(|(first, lines, end, last, mode)| {
        let mut text = first.as_bytes().to_vec();
        for line in lines {
            text.extend(end.as_bytes());
            text.extend(line);
        }
        if last {
            text.extend(end.as_bytes());
        }
        (text, mode)
    }))
}

#[test]
fn random_hooks_are_given_back() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("hooks");
    fs::create_dir(&folder).unwrap();
    let mut runner = TestRunner::new(Config { cases: 300, ..Config::default() });
    let three = [any_hook(), any_hook(), any_hook()];
    let done = runner.run(&three, |found| {
        for (hook, found) in GitHook::ALL.into_iter().zip(found) {
            let path = folder.join(hook.name());
            let _ = fs::remove_file(&path);
            if let Some((text, mode)) = found {
                put(&path, &text, mode);
            }
        }
        let before = shape(&folder);
        for times in 1..=2 {
            for hook in GitHook::ALL {
                let done = hooks::install(&folder, hook, false, false).map(|plan| plan.carry_out());
                assert!(matches!(done, Ok(Ok(_))), "{done:?} {times}");
            }
            for hook in GitHook::ALL {
                prop_assert_eq!(hooks::state(&folder, hook).unwrap(), HookState::Installed);
            }
        }
        for hook in GitHook::ALL {
            hooks::uninstall(&folder, hook, false).unwrap().carry_out().unwrap();
        }
        prop_assert_eq!(shape(&folder), before);
        Ok(())
    });
    done.unwrap();
}

#[test]
fn lines_that_were_added_after_installing_stay() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    put(&folder.join("pre-push"), b"#!/bin/sh\necho one\n", 0o755);
    repo.tw(&["hooks", "install"]).exits(0);
    for hook in ["pre-commit", "pre-push"] {
        let text = fs::read_to_string(folder.join(hook)).unwrap();
        fs::write(folder.join(hook), text + "echo two\n").unwrap();
    }
    repo.tw(&["hooks", "uninstall"]).exits(0);
    let text = |hook: &str| fs::read_to_string(folder.join(hook)).unwrap();
    assert_eq!(text("pre-commit"), "#!/bin/sh\necho two\n");
    assert_eq!(text("pre-push"), "#!/bin/sh\necho one\necho two\n");
    assert!(!folder.join("pre-merge-commit").exists());
}

#[test]
fn an_edited_part_is_left_alone_unless_forced() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    put(&folder.join("pre-commit"), b"#!/bin/sh\nmake lint\n", 0o755);
    repo.tw(&["hooks", "install"]).exits(0);
    let text = fs::read_to_string(folder.join("pre-commit")).unwrap();
    fs::write(folder.join("pre-commit"), text.replace("exit 1", "exit 3")).unwrap();
    let edited = shape(&folder);
    for command in ["install", "uninstall"] {
        repo.tw(&["hooks", command]).fails().complains("has an edited track-work section");
        assert_eq!(shape(&folder), edited, "nothing may be written when one hook is in the way");
    }
    repo.tw(&["hooks", "status"]).exits(0).says("pre-commit edited");
    repo.tw(&["hooks", "uninstall", "--force"]).exits(0);
    assert_eq!(fs::read(folder.join("pre-commit")).unwrap(), b"#!/bin/sh\nmake lint\n");
    assert_eq!(shape(&folder).len(), 1);
}

#[test]
fn a_part_without_an_end_is_never_guessed_at() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    repo.tw(&["hooks", "install"]).exits(0);
    let text = fs::read_to_string(folder.join("pre-push")).unwrap();
    fs::write(folder.join("pre-push"), text.replace("# <<< track-work", "")).unwrap();
    let before = shape(&folder);
    for command in ["install", "uninstall"] {
        repo.tw(&["hooks", command]).fails();
        repo.tw(&["hooks", command, "--force"]).fails().complains("has no clear start and end");
    }
    assert_eq!(shape(&folder), before);
}

#[test]
fn a_hook_that_was_moved_aside_is_never_lost() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    let python = b"#!/usr/bin/env python3\nprint(1)\n";
    let (hook, aside) = (folder.join("pre-commit"), moved(&folder).join("pre-commit"));
    let second_name = || {
        fs::create_dir_all(moved(&folder)).unwrap();
        fs::hard_link(&hook, &aside).unwrap();
    };
    // killed between giving the old hook its second name and putting ours in its place
    put(&hook, python, 0o755);
    let before = shape(&folder);
    second_name();
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&folder), before);
    second_name();
    repo.tw(&["hooks", "install"]).exits(0);
    assert_eq!(fs::read(&aside).unwrap(), python);
    // ours is taken away by hand, and the old one is still aside
    fs::remove_file(&hook).unwrap();
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&folder), before);
    // another program puts its own hook over ours
    repo.tw(&["hooks", "install"]).exits(0);
    put(&hook, b"#!/bin/sh\necho other\n", 0o755);
    let both = shape(&folder);
    repo.tw(&["hooks", "uninstall"]).fails().complains("neither was changed");
    repo.tw(&["hooks", "install"]).fails().complains("neither was changed");
    assert_eq!(shape(&folder), both);
    // somebody adds lines to ours
    fs::remove_file(&hook).unwrap();
    repo.tw(&["hooks", "install"]).exits(0);
    let text = fs::read_to_string(&hook).unwrap();
    fs::write(&hook, text + "echo more\n").unwrap();
    repo.tw(&["hooks", "uninstall"]).fails().complains("neither was changed");
    assert_eq!(fs::read(&aside).unwrap(), python);
}

#[test]
fn a_folder_in_the_place_of_a_hook_is_left_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    fs::create_dir(folder.join("pre-push")).unwrap();
    let before = shape(&folder);
    repo.tw(&["hooks", "install"]).fails().complains("is a folder");
    assert_eq!(shape(&folder), before);
}

#[test]
fn a_hook_that_was_switched_off_is_switched_on_again() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    repo.tw(&["hooks", "install"]).exits(0);
    let path = folder.join("pre-commit");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    repo.tw(&["hooks", "status"]).exits(0).says("pre-commit off");
    repo.tw(&["hooks", "install"]).exits(0).says("pre-commit updated");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn killed_at_any_moment_the_old_hooks_are_whole_and_run() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    let python = b"#!/usr/bin/env python3\nprint(1)\n".as_slice();
    let shell = b"#!/bin/sh\nmake lint\n".as_slice();
    put(&folder.join("pre-commit"), python, 0o755);
    put(&folder.join("pre-push"), shell, 0o755);
    let before = shape(&folder);
    for round in 0..80u64 {
        let command = if round % 2 == 0 { "install" } else { "uninstall" };
        let mut child =
            repo.program(&["hooks", command]).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(round * 300));
        let _ = child.kill();
        child.wait().unwrap();
        let read = |name: &str| fs::read(folder.join(name)).unwrap_or_default();
        let own = read("pre-commit");
        let aside = read("../hooks-before-track-work/pre-commit");
        assert!(own == python || own == GitHook::PreCommit.body().as_bytes() && aside == python, "{round}");
        let push = read("pre-push");
        assert!(push == shell || push.len() > shell.len() && push.ends_with(b"make lint\n"), "{round}");
    }
    // whatever was left half done is finished, and undone
    repo.tw(&["hooks", "install"]).exits(0);
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&folder), before);
}

#[test]
fn two_installations_at_once_are_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    let folder = hooks_of(&repo);
    put(&folder.join("pre-commit"), b"#!/usr/bin/env python3\nprint(1)\n", 0o755);
    put(&folder.join("pre-push"), b"#!/bin/sh\nmake lint\n", 0o755);
    let before = shape(&folder);
    for command in ["install", "uninstall"] {
        let children: Vec<_> = (0..6)
            .map(|_| repo.program(&["hooks", command]).stdout(std::process::Stdio::null()).spawn().unwrap())
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        if command == "install" {
            assert_eq!((shape(&folder).len(), shape(&moved(&folder)).len()), (3, 3));
        }
    }
    assert_eq!(shape(&folder), before);
}

#[test]
fn a_hook_that_never_ran_is_not_said_to_run() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("a", "1\n")]);
    repo.write(".git/hooks/pre-commit", "#!/bin/sh\ntouch ran\n");
    repo.set_executable(".git/hooks/pre-commit", false);
    let said = repo.tw(&["hooks", "install"]).exits(0).says("so git never ran it; it still does not run");
    said.says(".git/hooks-before-track-work/pre-commit").says_not("runs first");
    repo.commit("one more", &[("b", "1\n")]);
    assert!(!repo.path("ran").exists());
    // one that can be executed, in a language of its own, is said to run
    repo.tw(&["hooks", "uninstall"]).exits(0);
    repo.write(".git/hooks/pre-commit", "#!/usr/bin/env awk\nBEGIN { exit 0 }\n");
    repo.set_executable(".git/hooks/pre-commit", true);
    repo.tw(&["hooks", "install"]).exits(0).says("the existing hook runs first").says_not("never ran");
}
