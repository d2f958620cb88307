//! Uncommitted work of every kind: git is the oracle.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;

use track_work::model::{EntryKind, Known, Layers, RepoPath, UnderWayKind};

use super::{agree, observe, observe_without, settle_times};
use crate::support::{Repo, Sandbox, spoil_index};

const FILES: [(&str, &str); 6] = [
    ("a", "1\n2\n3\n"),
    ("dir/b", "b\n"),
    ("dir/c", "c\n"),
    ("dir/deep/d", "d\n"),
    ("dir.x", "x\n"),
    ("run.sh", "#!/bin/sh\n"),
];

/// A repository with some files, changed by `change`: what is seen must be what git says.
#[track_caller]
fn case(change: impl FnOnce(&Repo)) {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &FILES);
    settle_times(&repo);
    change(&repo);
    agree(&repo, "main");
}

#[test]
fn a_clean_worktree_is_clean() {
    case(|_| {});
}

#[test]
fn edits_additions_and_deletions_in_every_layer() {
    case(|repo| {
        repo.write("a", "1\n2\nthree\n"); // unstaged
        repo.write("dir/b", "staged\n");
        repo.git(&["add", "dir/b"]);
        repo.write("dir/c", "staged\n");
        repo.git(&["add", "dir/c"]);
        repo.write("dir/c", "and again\n"); // both
        repo.git(&["rm", "-q", "dir.x"]); // staged deletion
        repo.remove("dir/deep/d"); // unstaged deletion
        repo.write("new/folder/file", "untracked\n");
        repo.write("added", "added\n");
        repo.git(&["add", "added"]);
        repo.remove("added"); // added, then gone
    });
}

#[test]
fn edits_that_keep_size_and_time() {
    case(|repo| {
        let path = repo.path("a");
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        repo.write("a", "1\n2\n4\n");
        super::set_time(&path, time);
    });
}

#[test]
fn staged_then_put_back_in_the_worktree() {
    case(|repo| {
        repo.write("a", "staged\n");
        repo.git(&["add", "a"]);
        repo.write("a", "1\n2\n3\n");
    });
}

#[test]
fn removed_from_the_index_but_still_there() {
    case(|repo| {
        repo.git(&["rm", "-q", "--cached", "a", "dir/b"]);
    });
}

#[test]
fn renames() {
    case(|repo| {
        repo.git(&["mv", "a", "moved"]);
        fs::rename(repo.path("dir"), repo.path("folder")).unwrap();
    });
}

#[test]
fn modes_and_types() {
    case(|repo| {
        repo.set_executable("run.sh", true);
        repo.set_executable("a", true);
        repo.git(&["add", "a"]);
        repo.remove("dir/b");
        repo.link("dir/b", "c"); // a file becomes a link
        repo.remove("dir.x");
        repo.write("dir.x/inside", "a file becomes a folder\n");
        fs::remove_dir_all(repo.path("dir/deep")).unwrap();
        repo.write("dir/deep", "a folder becomes a file\n");
    });
}

#[test]
fn links() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    fs::create_dir(repo.path("folder")).unwrap();
    repo.link("to-file", "a");
    repo.link("to-folder", "folder");
    repo.link("dangling", "nowhere");
    repo.link("becomes-file", "a");
    repo.commit("links", &[("a", "a\n"), ("folder/x", "x\n"), ("turned/x", "x\n")]);
    settle_times(&repo);
    agree(&repo, "main");
    for (link, target) in [("to-file", "folder/x"), ("new", "a"), ("new-to-folder", "folder")] {
        let _ = fs::remove_file(repo.path(link));
        repo.link(link, target);
    }
    repo.remove("becomes-file");
    repo.write("becomes-file", "a");
    fs::remove_dir_all(repo.path("turned")).unwrap();
    repo.link("turned", "folder"); // what was below it is gone, though a path leads there
    agree(&repo, "main");
}

#[test]
fn announced_files_are_additions() {
    case(|repo| {
        repo.write("soon", "content\n");
        repo.git(&["add", "--intent-to-add", "soon"]);
        repo.git(&["rm", "-q", "--cached", "a"]);
        repo.git(&["add", "--intent-to-add", "a"]);
    });
}

#[test]
fn an_unborn_branch_has_work_on_top_of_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write("staged", "1\n");
    repo.git(&["add", "staged"]);
    repo.write("untracked", "2\n");
    let all = agree(&repo, "main");
    assert_eq!((all.of("main").head, all.target.head, all.of("main").ahead), (None, None, 0));
}

#[test]
fn ignore_rules() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo(
        "repo",
        &[
            (".gitignore", "*.log\n!keep.log\n/top\nbuild/\nfoo/**/bar\n\\#hash\n\\!bang\ntrail   \nesc\\ \n[ab]x\n{c,d}\n**/any\nno/slash\n"),
            ("sub/.gitignore", "!deep.log\n*.tmp\n/only-here\n"),
            ("build/tracked", "tracked though ignored\n"),
            ("tracked.log", "tracked though ignored\n"),
        ],
    );
    repo.git(&["add", "-f", "build/tracked", "tracked.log"]);
    repo.git(&["commit", "-qm", "tracked"]);
    fs::create_dir_all(repo.path(".git/info")).unwrap();
    fs::write(repo.path(".git/info/exclude"), "excluded\n").unwrap();
    for path in [
        "x.log",
        "keep.log",
        "sub/x.log",
        "sub/deep.log",
        "sub/y.tmp",
        "z.tmp",
        "top",
        "sub/top",
        "build/new",
        "sub/build/new",
        "sub/build2",
        "foo/bar",
        "foo/a/b/bar",
        "#hash",
        "!bang",
        "trail",
        "trail   ",
        "esc ",
        "ax",
        "cx",
        "c",
        "{c,d}",
        "any",
        "p/q/any",
        "no/slash",
        "p/no/slash",
        "excluded",
        "p/excluded",
        "sub/only-here",
        "sub/p/only-here",
        "ignored.log/file",
        "build/deeper/new",
    ] {
        repo.write(path, "x\n");
    }
    repo.write("build/tracked", "edited\n");
    repo.write("tracked.log", "edited\n");
    agree(&repo, "main");
}

#[test]
fn names_that_are_no_utf8_or_look_odd() {
    case(|repo| {
        for name in [
            &b"caf\xe9"[..],
            b"tab\there",
            b"new\nline",
            b"quote\"",
            b"back\\slash",
            b" lead",
            b"trail ",
            b"-dash",
            b":colon",
            b"*star",
        ] {
            repo.write(OsStr::from_bytes(name), "x\n");
        }
        repo.write(OsStr::from_bytes(b"\xff\xfe/deep"), "x\n");
        repo.git(&["add", "--all"]);
        repo.git(&["commit", "-qm", "odd"]);
        repo.write(OsStr::from_bytes(b"caf\xe9"), "edited\n");
        repo.write(OsStr::from_bytes(b"caf\xe8"), "untracked\n");
    });
}

#[test]
fn sockets_and_pipes_are_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &FILES);
    let _socket = UnixListener::bind(repo.path("socket")).unwrap();
    agree(&repo, "main");
    repo.remove("a");
    let _another = UnixListener::bind(repo.path("a")).unwrap();
    let all = observe(&repo);
    assert!(!all.files(all.of("main").work_tree).contains_key("a"));
}

#[test]
fn assumed_unchanged_and_left_out_files() {
    case(|repo| {
        repo.git(&["update-index", "--assume-unchanged", "a", "dir.x"]);
        repo.git(&["update-index", "--skip-worktree", "dir/b", "dir/c"]);
        repo.write("a", "edited\n");
        repo.remove("dir.x");
        repo.write("dir/b", "edited\n");
        repo.remove("dir/c");
    });
}

#[test]
fn an_unresolved_merge() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n"), ("gone", "1\n"), ("same", "1\n")]);
    repo.git(&["checkout", "-qb", "side"]);
    repo.git(&["rm", "-q", "gone"]);
    repo.commit("side", &[("a", "side\n"), ("both", "side\n")]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("main", &[("a", "main\n"), ("gone", "main\n"), ("both", "main\n")]);
    repo.try_git(&["merge", "side"]);
    let all = observe(&repo);
    let under_way = all.of("main").under_way.clone().unwrap();
    assert_eq!(under_way.kind, UnderWayKind::Merge);
    assert_eq!(under_way.unresolved, ["a", "both", "gone"].map(RepoPath::from));
    let files = all.files(all.of("main").work_tree);
    let merged = all.files(repo.git(&["rev-parse", "side^{tree}"]).parse().unwrap());
    for path in under_way.unresolved {
        let path = path.to_string();
        assert_eq!(files.get(&path), merged.get(&path), "{path}: what the merge brings stands for it");
    }
    assert_eq!(all.of("main").layers[&"a".into()], Layers { unstaged: true, ..Layers::default() });
}

#[test]
fn sparse_checkouts() {
    for (cone, sparse_index) in [("--no-cone", false), ("--cone", false), ("--cone", true)] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo(
            "repo",
            &[
                ("top", "1\n"),
                ("in/a", "a\n"),
                ("out/b", "b\n"),
                ("out/deep/c", "c\n"),
                ("out/.gitignore", "*.o\n"),
            ],
        );
        let flag = if sparse_index { "--sparse-index" } else { "--no-sparse-index" };
        repo.git(&["sparse-checkout", "set", cone, flag, "in"]);
        agree(&repo, "main");
        repo.write("in/a", "edited\n");
        repo.write("in/new", "new\n");
        agree(&repo, "main");
        repo.write("out/b", "back, and edited\n");
        let all = observe(&repo);
        let b = all.files(all.of("main").work_tree)["out/b"];
        assert_ne!(b, all.files(all.of("main").tree)["out/b"], "{cone} {sparse_index}");
        assert_eq!(all.of("main").uncommitted.paths, 3, "{:?}", all.of("main").layers);
    }
}

#[test]
fn indexes_of_every_format() {
    let changed = |repo: &Repo| {
        repo.write("a", "edited\n");
        repo.write("dir/b", "staged\n");
        repo.git(&["add", "dir/b"]);
        repo.write("new", "new\n");
    };
    for version in ["2", "3", "4"] {
        case(|repo| {
            repo.git(&["update-index", "--index-version", version]);
            changed(repo);
        });
    }
    case(|repo| {
        repo.git(&["update-index", "--split-index"]);
        agree(repo, "main");
        changed(repo);
        repo.git(&["rm", "-q", "dir/c"]);
    });
    case(|repo| {
        repo.git(&["config", "feature.manyFiles", "true"]);
        repo.git(&["config", "index.threads", "2"]);
        repo.git(&["update-index", "--force-write-index", "--untracked-cache"]);
        changed(repo);
    });
}

#[test]
fn an_index_that_is_not_understood_is_asked_of_git() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &FILES);
    repo.write("a", "edited\n");
    repo.write("dir/b", "staged\n");
    repo.git(&["add", "dir/b"]);
    repo.write("dir/b", "and again\n");
    repo.git(&["rm", "-q", "--cached", "run.sh"]);
    repo.remove("dir/c");
    repo.write("new/file", "new\n");
    repo.write("soon", "soon\n");
    repo.git(&["add", "--intent-to-add", "soon"]);
    spoil_index(&repo.path(".git/index"));
    let all = agree(&repo, "main");
    assert!(all.of("main").notes[0].ends_with("git status was used instead"), "{:?}", all.of("main").notes);
}

#[test]
fn what_is_staged_can_be_seen_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &FILES);
    repo.write("a", "staged\n");
    repo.git(&["add", "a"]);
    repo.write("a", "unstaged\n");
    repo.write("untracked", "new\n");
    let other = sandbox.path("other-index");
    fs::copy(repo.path(".git/index"), &other).unwrap();
    let by_git = repo.git(&["write-tree"]).parse().unwrap();
    repo.git(&["rm", "-q", "--cached", "dir/b"]);
    let all = observe(&repo);
    let staged = |index| match all.repository.observe_staged(all.place("main"), index, &all.target) {
        Known::Known(seen) => (seen.work_tree, seen.uncommitted.paths),
        Known::Unknown(reason) => panic!("{reason}"),
    };
    assert_eq!(staged(Some(other.as_path())), (by_git, 1));
    assert_eq!(staged(None), (repo.git(&["write-tree"]).parse().unwrap(), 2));
}

#[test]
fn damaged_indexes_are_told_and_never_fatal() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &FILES);
    repo.git(&["update-index", "--index-version", "4"]);
    let whole = fs::read(repo.path(".git/index")).unwrap();
    let found = track_work::git::Repository::discover(&repo.top).unwrap();
    let target = found.target(None).unwrap();
    let places = found.places(&target, &[]);
    for at in (0..whole.len()).step_by(3) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        damaged.truncate(if at % 5 == 0 { at } else { whole.len() });
        fs::write(repo.path(".git/index"), &damaged).unwrap();
        found.observe_staged(&places[0], None, &target);
    }
}

#[test]
fn line_ends() {
    for autocrlf in ["true", "input", "false"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo(
            "repo",
            &[
                (".gitattributes", "*.txt text\n*.auto text=auto\n*.bin -text\n*.lf eol=lf\n*.crlf text eol=crlf\n*.old crlf=input\n*.nocrlf -crlf\n"),
                ("a.txt", "1\n2\n"), ("a.auto", "1\n2\n"), ("a.lf", "1\n2\n"), ("a.crlf", "1\n2\n"),
                ("a.old", "1\n2\n"), ("plain", "1\n2\n"), ("a.nocrlf", "1\r\n2\r\n"), ("a.bin", "1\r\n\0"),
            ],
        );
        // content with CRLF in the repository, as old commits have it
        repo.git(&["-c", "core.autocrlf=false", "add", "--all"]);
        repo.write("old-crlf", "1\r\n2\r\n");
        repo.write("old.auto", "1\r\n2\r\n");
        let old = repo.git(&["-c", "core.autocrlf=false", "hash-object", "-w", "--no-filters", "old-crlf"]);
        for path in ["old-crlf", "old.auto"] {
            repo.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{old},{path}")]);
        }
        repo.git(&["commit", "-qm", "crlf inside"]);
        repo.git(&["config", "core.autocrlf", autocrlf]);
        agree(&repo, "main");
        for path in [
            "a.txt", "a.auto", "a.lf", "a.crlf", "a.old", "plain", "a.nocrlf", "a.bin", "old-crlf",
            "old.auto",
        ] {
            repo.write(path, "1\r\n2\r\n");
        }
        agree(&repo, "main"); // the same content with other line ends is no change
        for path in
            ["a.txt", "a.auto", "plain", "old-crlf", "old.auto", "new", "new.txt", "new.bin", "new.auto"]
        {
            repo.write(path, "1\r\n2\r\n3\r\n");
        }
        repo.write("mixed.auto", "1\r\n2\n3\r");
        repo.write("mixed.txt", "1\r\n2\n3\r");
        repo.write("binary.auto", "1\r\n\0");
        repo.write("odd.auto", "1\r\n\x01\x02\x03");
        repo.write("end.auto", "1\r\n2\r\n\x1a");
        agree(&repo, "main");
    }
}

#[test]
fn attributes_from_every_place() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo(
        "repo",
        &[
            (".gitattributes", "[attr]win text eol=crlf\n*.w win\n*.c text\n"),
            ("sub/.gitattributes", "*.c -text\n*.i ident\n"),
            ("a.w", "1\n"),
            ("a.c", "1\n"),
            ("sub/a.c", "1\n"),
            ("sub/a.i", "$Id$\n"),
            ("info.x", "1\n"),
        ],
    );
    fs::write(repo.path(".git/info/attributes"), "*.x text\n").unwrap();
    for path in ["a.w", "a.c", "sub/a.c", "info.x"] {
        repo.write(path, "1\r\n");
    }
    repo.write("sub/a.i", "$Id: 0123 $\n");
    agree(&repo, "main");
    repo.remove("sub/.gitattributes");
    agree(&repo, "main");
}

#[test]
fn filters_that_are_commands() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
    repo.git(&["config", "filter.upper.smudge", "tr A-Z a-z"]);
    repo.commit(
        "first",
        &[
            (".gitattributes", "*.up filter=upper\n*.none filter=unknown\n"),
            ("a.up", "abc\n"),
            ("b.none", "b\n"),
        ],
    );
    assert_eq!(repo.git(&["show", ":a.up"]), "ABC");
    settle_times(&repo);
    agree(&repo, "main");
    repo.write("a.up", "abc\n"); // touched, yet the same
    agree(&repo, "main");
    repo.write("a.up", "edited\n");
    repo.write("b.none", "edited\n");
    repo.write("new file.up", "new\n");
    repo.write("quoted\"\n.up", "new\n");
    let all = agree(&repo, "main");
    assert!(all.files(all.of("main").work_tree).contains_key("new file.up"));
}

#[test]
fn a_filter_that_fails_leaves_its_file_undetermined() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a.x", "1\n"), ("b.y", "1\n")]);
    repo.commit("attributes", &[(".gitattributes", "*.x filter=bad\n*.y filter=good\n")]);
    repo.git(&["config", "filter.bad.clean", "false"]);
    repo.git(&["config", "filter.bad.required", "true"]);
    repo.git(&["config", "filter.good.clean", "cat"]);
    repo.write("a.x", "2\n");
    repo.write("b.y", "2\n");
    let all = observe(&repo);
    let seen = all.of("main");
    assert_eq!(seen.undetermined.len(), 1, "{:?}", seen.undetermined);
    assert_eq!(seen.undetermined[0].0, RepoPath::from("a.x"));
    assert!(seen.layers.contains_key(&"b.y".into()));
}

#[test]
fn other_encodings() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("repo");
    repo.write(
        ".gitattributes",
        "*.u16 text working-tree-encoding=UTF-16LE\n*.u8 working-tree-encoding=utf-8\n",
    );
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    repo.write("a.u16", utf16("one\n"));
    repo.commit("first", &[("a.u8", "1\n")]);
    agree(&repo, "main");
    repo.write("a.u16", utf16("two\n"));
    repo.write("a.u8", "2\n");
    agree(&repo, "main");
}

#[test]
fn submodules() {
    let sandbox = Sandbox::new();
    let inner = sandbox.repo("inner", &[("x", "1\n")]);
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    let url = inner.top.to_str().unwrap();
    for name in ["moved", "dirty", "absent", "removed"] {
        repo.git(&["submodule", "--quiet", "add", url, name]);
    }
    repo.commit("submodules", &[]);
    agree(&repo, "main");
    let moved = Repo { sandbox: &sandbox, top: repo.path("moved") };
    let id = moved.commit("more", &[("y", "2\n")]);
    repo.write("dirty/x", "edited\n");
    repo.git(&["submodule", "--quiet", "deinit", "-f", "absent"]);
    fs::remove_dir_all(repo.path("removed")).unwrap();
    let all = agree(&repo, "main");
    assert_eq!(all.files(all.of("main").work_tree)["moved"], (EntryKind::Submodule, id.parse().unwrap()));
    assert!(!all.of("main").layers.contains_key(&"absent".into()));
}

#[test]
fn worktrees_and_repositories_inside_a_worktree_are_not_its_work() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    let inside = repo.worktree_at(&repo.path(".worktrees/side"), &["-b", "side"]);
    inside.write("b", "2\n");
    let other = sandbox.repo("repo/other", &[("x", "1\n")]);
    other.write("y", "2\n");
    repo.write("fake/.git", "not a repository");
    repo.write("fake/file", "counts\n");
    let all = observe(&repo);
    let main = all.of("main");
    assert_eq!(main.layers.keys().map(RepoPath::to_string).collect::<Vec<_>>(), ["fake/file"]);
    assert_eq!(main.notes, ["other is a separate repository and is not included"]);
    assert_eq!(all.of("side").layers.len(), 1);
}

#[test]
fn the_folders_that_do_not_count() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n"), ("sys/x", "1\n")]);
    repo.write("sys/x", "2\n");
    repo.write("sys/y", "2\n");
    repo.write("system", "2\n");
    let all = observe_without(&repo, &[repo.path("sys")]);
    assert_eq!(all.of("main").layers.keys().map(RepoPath::to_string).collect::<Vec<_>>(), ["system"]);
}

#[test]
fn a_worktree_without_executable_bits_or_links() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n"), ("run", "1\n"), ("target", "1\n")]);
    repo.set_executable("run", true);
    repo.link("link", "target");
    repo.commit("modes", &[]);
    repo.git(&["config", "core.fileMode", "false"]);
    repo.git(&["config", "core.symlinks", "false"]);
    repo.set_executable("run", false);
    repo.set_executable("a", true);
    repo.remove("link");
    repo.write("link", "target");
    repo.write("new", "1\n");
    repo.set_executable("new", true);
    agree(&repo, "main");
    repo.write("run", "2\n");
    repo.write("link", "elsewhere");
    agree(&repo, "main");
}

#[test]
fn files_above_any_limit_are_read_when_asked_for() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("repo", &[("a", "1\n")]);
    let large = vec![b'x'; 3 << 20];
    repo.write("large", &large);
    repo.write("a", &large);
    agree(&repo, "main");
}
