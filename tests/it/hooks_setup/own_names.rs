//! A hook that was there sees after installing what it saw before: its own name, the files beside it and
//! the way to the worktree. Each is run by the real git.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use track_work::hooks::{self, GitHook, HookState};

use super::git_files::{hooks_of, moved, put, shape};
use super::running::{notes, stand_in, with_path};
use crate::support::{Repo, Sandbox};

/// Notes what a hook can see of itself, and stops git.
const SHELL: &str = r#". "$(dirname "$0")/common.sh"
cat "$(dirname "$0")/../../tracked" >>"$NOTES"
note "${0##*/} $*"
cat >>"$NOTES"
[ ! -d "$0.d" ] || "$0.d/check"
exit 7
"#;
const COMMON: &str = "note() { echo \"$1\" >>\"$NOTES\"; }\n";
const PYTHON: &str = r#"
import os, sys
sys.dont_write_bytecode = True
from common import note
note(open(os.path.join(os.path.dirname(sys.argv[0]), "../../tracked")).read().strip())
note(" ".join([os.path.basename(sys.argv[0])] + sys.argv[1:]) + " ")
note(sys.stdin.read().strip())
sys.exit(7)
"#;
const COMMON_PYTHON: &str = "import os\ndef note(text): print(text, file=open(os.environ['NOTES'], 'a'))\n";

/// A repository with a hook `name` that a function makes in the hooks folder.
fn shop<'a>(sandbox: &'a Sandbox, make: impl Fn(&Path)) -> (Repo<'a>, PathBuf) {
    let repo = sandbox.repo("shop", &[("tracked", "tracked\n")]);
    let folder = hooks_of(&repo);
    put(&folder.join("common.sh"), COMMON.as_bytes(), 0o644);
    put(&folder.join("common.py"), COMMON_PYTHON.as_bytes(), 0o644);
    make(&folder);
    sandbox.init_with("there.git", &["--bare"]);
    (repo, folder)
}

fn script(first: &str, body: &str) -> Vec<u8> {
    format!("{first}\n{body}").into_bytes()
}

/// What the hooks of a commit and of a push note, and whether git stops; ours says nothing.
fn seen(sandbox: &Sandbox, repo: &Repo) -> (String, [Option<i32>; 2]) {
    let bin = stand_in(sandbox, "");
    put(&bin.join("track-work"), b"#!/bin/sh\ncat >/dev/null\n", 0o755);
    let there = sandbox.path("there.git");
    let run = |args: &[&str]| {
        let mut command = sandbox.command(&repo.top);
        command.args(args).env("NOTES", sandbox.path("notes"));
        with_path(command, &bin).status.code()
    };
    let codes = [
        run(&["commit", "-q", "--allow-empty", "-m", "x"]),
        run(&["push", "-qf", there.to_str().unwrap(), "HEAD:refs/heads/x"]),
    ];
    (notes(sandbox), codes)
}

#[track_caller]
fn sees_the_same(kind: &str, make: impl Fn(&Path)) {
    let sandbox = Sandbox::new();
    let (repo, folder) = shop(&sandbox, make);
    let before = shape(&folder);
    let expected = seen(&sandbox, &repo);
    assert_eq!(expected.1[0], Some(1), "{kind}: the hook does not run at all: {expected:?}");
    repo.tw(&["hooks", "install"]).exits(0);
    assert_eq!(seen(&sandbox, &repo), expected, "{kind}");
    repo.tw(&["hooks", "install"]).exits(0).says("already installed");
    assert_eq!(seen(&sandbox, &repo), expected, "{kind}, the second time");
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&folder), before, "{kind}");
    assert!(!moved(&folder).exists(), "{kind}");
    assert_eq!(seen(&sandbox, &repo), expected, "{kind}, without");
}

#[test]
fn every_kind_of_hook_sees_what_it_saw() {
    let both = ["pre-commit", "pre-push"];
    for first in ["#!/bin/sh", "#!/usr/bin/env bash", "# no first line"] {
        sees_the_same(first, |folder| {
            for name in both {
                put(&folder.join(name), &script(first, SHELL), 0o755);
            }
        });
    }
    sees_the_same("python", |folder| {
        for name in both {
            put(&folder.join(name), &script("#!/usr/bin/env python3", PYTHON), 0o755);
        }
    });
    sees_the_same("a program", |folder| {
        for name in both {
            let program = ["/bin/false", "/usr/bin/false"].into_iter().find(|path| Path::new(path).exists());
            fs::copy(program.unwrap(), folder.join(name)).unwrap();
        }
    });
    sees_the_same("a link to a tracked script", |folder| {
        put(&folder.join("../../dispatch"), &script("#!/bin/sh", SHELL), 0o755);
        for name in both {
            symlink("../../dispatch", folder.join(name)).unwrap();
        }
    });
    sees_the_same("a link to a tracked script of Python", |folder| {
        put(&folder.join("../../dispatch"), &script("#!/usr/bin/env python3", PYTHON), 0o755);
        put(&folder.join("../../common.py"), COMMON_PYTHON.as_bytes(), 0o644);
        for name in both {
            symlink("../../dispatch", folder.join(name)).unwrap();
        }
    });
    sees_the_same("links to a neighbor", |folder| {
        put(&folder.join("_dispatch"), &script("#!/bin/sh", SHELL), 0o755);
        for name in both {
            symlink("_dispatch", folder.join(name)).unwrap();
        }
    });
    sees_the_same("links into a folder", |folder| {
        fs::create_dir(folder.join("lib")).unwrap();
        put(&folder.join("lib/dispatch"), &script("#!/bin/sh", SHELL), 0o755);
        for name in both {
            symlink("lib/dispatch", folder.join(name)).unwrap();
        }
    });
    sees_the_same("an absolute link", |folder| {
        put(&folder.join("_dispatch"), &script("#!/bin/sh", SHELL), 0o755);
        for name in both {
            symlink(folder.join("_dispatch"), folder.join(name)).unwrap();
        }
    });
    sees_the_same("a chain of links", |folder| {
        put(&folder.join("../../dispatch"), &script("#!/bin/sh", SHELL), 0o755);
        symlink("../../dispatch", folder.join("pre-commit")).unwrap();
        symlink("pre-commit", folder.join("pre-push")).unwrap();
    });
    sees_the_same("a link to a hook that is a script", |folder| {
        put(&folder.join("pre-commit"), &script("#!/bin/sh", SHELL), 0o755);
        symlink("pre-commit", folder.join("pre-push")).unwrap();
    });
    sees_the_same("one file with two names", |folder| {
        put(&folder.join("pre-commit"), &script("#!/bin/sh", SHELL), 0o755);
        fs::hard_link(folder.join("pre-commit"), folder.join("pre-push")).unwrap();
    });
}

#[test]
fn one_file_with_two_names_stays_one() {
    use std::os::unix::fs::MetadataExt;
    let sandbox = Sandbox::new();
    let (repo, folder) = shop(&sandbox, |folder| {
        put(&folder.join("pre-commit"), &script("#!/bin/sh", SHELL), 0o755);
        fs::hard_link(folder.join("pre-commit"), folder.join("commit-msg")).unwrap();
    });
    repo.tw(&["hooks", "install"]).exits(0);
    repo.tw(&["hooks", "uninstall"]).exits(0);
    let inode = |name: &str| fs::metadata(folder.join(name)).unwrap().ino();
    assert_eq!(inode("pre-commit"), inode("commit-msg"));
}

#[test]
fn what_comes_to_stand_beside_it_later_is_found_too() {
    for link in [true, false] {
        let sandbox = Sandbox::new();
        let (repo, folder) = shop(&sandbox, |folder| {
            let text = script("#!/bin/sh", "[ -d \"$0.d\" ] || exit 0\n\"$0.d/check\"\n");
            put(&folder.join(if link { "_dispatch" } else { "pre-commit" }), &text, 0o755);
            if link {
                symlink("_dispatch", folder.join("pre-commit")).unwrap();
            }
        });
        repo.tw(&["hooks", "install"]).exits(0);
        assert_eq!(seen(&sandbox, &repo).1[0], Some(0));
        fs::create_dir(folder.join("pre-commit.d")).unwrap();
        put(&folder.join("pre-commit.d/check"), b"#!/bin/sh\nexit 1\n", 0o755);
        assert_eq!(seen(&sandbox, &repo).1[0], Some(1), "the new check does not run");
        repo.tw(&["hooks", "uninstall"]).exits(0);
        assert_eq!(seen(&sandbox, &repo).1[0], Some(1));
        assert!(!moved(&folder).exists());
    }
}

#[test]
fn what_a_hook_writes_beside_itself_stays_when_uninstalled() {
    let sandbox = Sandbox::new();
    let (repo, folder) = shop(&sandbox, |folder| {
        put(&folder.join("_dispatch"), b"#!/bin/sh\ndate >\"$(dirname \"$0\")/last-run\"\n", 0o755);
        symlink("_dispatch", folder.join("pre-commit")).unwrap();
    });
    repo.tw(&["hooks", "install"]).exits(0);
    assert_eq!(seen(&sandbox, &repo).1[0], Some(0));
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert!(folder.join("last-run").exists() && !moved(&folder).exists());
}

#[test]
fn another_hook_that_is_a_link_to_ours_is_itself() {
    let sandbox = Sandbox::new();
    let (repo, folder) = shop(&sandbox, |folder| {
        let text = script("#!/bin/sh", "echo \"theirs ${0##*/}\" >>\"$NOTES\"\n");
        put(&folder.join("pre-commit"), &text, 0o755);
        symlink("pre-commit", folder.join("commit-msg")).unwrap();
    });
    repo.tw(&["hooks", "install"]).exits(0);
    let bin = stand_in(&sandbox, "");
    let mut command = sandbox.command(&repo.top);
    command.args(["commit", "-q", "--allow-empty", "-m", "x"]).env("NOTES", sandbox.path("notes"));
    assert!(with_path(command, &bin).status.success());
    assert_eq!(notes(&sandbox), "theirs pre-commit\nours hooks run pre-commit\ntheirs commit-msg\n");
    // a program that keeps ours under another name still runs it
    fs::rename(folder.join("pre-commit"), folder.join("pre-commit.legacy")).unwrap();
    fs::remove_file(folder.join("commit-msg")).unwrap();
    put(&folder.join("pre-commit"), b"#!/bin/sh\n\"$0.legacy\" \"$@\"\n", 0o755);
    let mut command = sandbox.command(&repo.top);
    command.args(["commit", "-q", "--allow-empty", "-m", "x"]).env("NOTES", sandbox.path("notes"));
    assert!(with_path(command, &bin).status.success());
    assert_eq!(notes(&sandbox), "theirs pre-commit.legacy\nours hooks run pre-commit\n");
}

#[test]
fn in_every_worktree_and_wherever_the_folder_is() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop", &[("tracked", "tracked\n")]);
    hooks_of(&repo);
    // a committed folder, in which a link leads to a script
    repo.write("dispatch", script("#!/bin/sh", SHELL));
    repo.set_executable("dispatch", true);
    fs::create_dir_all(repo.path("tools/hooks")).unwrap();
    repo.link("tools/hooks/pre-commit", "../../dispatch");
    repo.write("tools/hooks/common.sh", COMMON);
    repo.git(&["config", "core.hooksPath", "tools/hooks"]);
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qnm", "hooks"]);
    sandbox.init_with("there.git", &["--bare"]);
    let expected = seen(&sandbox, &repo);
    assert_eq!(expected.1[0], Some(1));
    repo.tw(&["hooks", "install"]).exits(0).says("tools/hooks-before-track-work/pre-commit");
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-qnm", "installed"]);
    let side = Repo { sandbox: &sandbox, top: repo.worktree("side").top };
    for here in [&repo, &side] {
        assert_eq!(seen(&sandbox, here), expected);
        assert_eq!(here.git(&["status", "--short"]), "", "nothing new beside the committed hooks");
    }
    // the folder of the repository is a link itself
    repo.git(&["config", "--unset", "core.hooksPath"]);
    repo.git(&["reset", "-q", "--hard", "HEAD~"]);
    fs::remove_dir_all(repo.path(".git/hooks")).unwrap();
    symlink("../tools/hooks", repo.path(".git/hooks")).unwrap();
    assert_eq!(seen(&sandbox, &repo), expected);
    repo.tw(&["hooks", "install"]).exits(0);
    assert_eq!(seen(&sandbox, &repo), expected);
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(repo.git(&["status", "--short"]), "");
}

#[test]
fn an_installation_of_version_1_is_upgraded_and_uninstalled() {
    let older = |hook: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hooks/version-1");
        fs::read(root.join(hook)).unwrap()
    };
    // as version 1 left them: a link and a program moved beside it, a script with a part
    let install = |folder: &Path| {
        symlink("../../dispatch", folder.join("pre-commit.before-track-work")).unwrap();
        put(&folder.join("pre-commit"), &older("pre-commit"), 0o755);
        let text = String::from_utf8(older("pre-push")).unwrap().replace(" (made this file)", "");
        put(&folder.join("pre-push"), format!("{text}{SHELL}").as_bytes(), 0o755);
        put(&folder.join("pre-merge-commit"), &older("pre-merge-commit"), 0o755);
    };
    let sandbox = Sandbox::new();
    let (repo, folder) = shop(&sandbox, |folder| {
        put(&folder.join("../../dispatch"), &script("#!/bin/sh", SHELL), 0o755);
        symlink("../../dispatch", folder.join("pre-commit")).unwrap();
        put(&folder.join("pre-push"), &script("#!/bin/sh", SHELL), 0o755);
    });
    let before = shape(&folder);
    let expected = seen(&sandbox, &repo);
    let reset = || {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap().to_string();
            if name.starts_with("pre-") {
                fs::remove_file(&path).unwrap();
            }
        }
        install(&folder);
    };
    reset();
    repo.tw(&["hooks", "status"]).exits(0).says("pre-commit old");
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&folder), before);
    reset();
    repo.tw(&["hooks", "install"]).exits(0).says("pre-commit updated");
    for hook in GitHook::ALL {
        assert_eq!(hooks::state(&folder, hook).unwrap(), HookState::Installed);
    }
    assert!(!folder.join("pre-commit.before-track-work").exists());
    assert_eq!(seen(&sandbox, &repo), expected);
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&folder), before);
    assert!(!moved(&folder).exists());
    // interrupted when the hook was moved, and when ours was in its place
    for second in [true, false] {
        reset();
        fs::create_dir(moved(&folder)).unwrap();
        fs::hard_link(folder.join("pre-commit.before-track-work"), moved(&folder).join("pre-commit"))
            .unwrap();
        if second {
            put(&folder.join("pre-commit"), GitHook::PreCommit.body().as_bytes(), 0o755);
        }
        repo.tw(&["hooks", "uninstall"]).exits(0);
        assert_eq!(shape(&folder), before);
        assert!(!moved(&folder).exists());
    }
    // interrupted by version 1 itself, before ours was in its place
    fs::hard_link(folder.join("pre-commit"), folder.join("pre-commit.before-track-work")).unwrap();
    repo.tw(&["hooks", "install"]).exits(0);
    assert!(!folder.join("pre-commit.before-track-work").exists());
    assert_eq!(seen(&sandbox, &repo), expected);
    repo.tw(&["hooks", "uninstall"]).exits(0);
    assert_eq!(shape(&folder), before);
    // two different hooks: nobody can say which one was there
    reset();
    fs::create_dir(moved(&folder)).unwrap();
    put(&moved(&folder).join("pre-commit"), b"#!/bin/sh\n", 0o755);
    let both = shape(&folder);
    for command in ["install", "uninstall"] {
        repo.tw(&["hooks", command]).fails().complains("neither was changed");
        assert_eq!(shape(&folder), both);
    }
}
