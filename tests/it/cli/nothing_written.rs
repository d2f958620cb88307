//! No command writes to the user's repository or work: every byte and time under `.git` and in the
//! worktrees is the same before and after, but for the tracking files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::program::lines;
use crate::support::{Repo, Sandbox, picture};

type Picture = BTreeMap<PathBuf, (Vec<u8>, i64, i64, u32)>;

/// A repository with everything that tempts a program to write: stale index times, packed and
/// loose objects, conflicts, renames, an unfinished merge, stashes, a sparse and a locked worktree.
fn busy(sandbox: &Sandbox) -> Repo<'_> {
    let files =
        [("a.txt", &*lines(&[])), ("b.txt", &*lines(&[(1, "b")])), ("deep/er/c.txt", "c\n"), ("d.sh", "d\n")];
    let repo = sandbox.repo("shop", &files);
    {
        let names = ["one", "two", "three", "four"];
        let [one, two, three, four] = names.map(|name| repo.worktree(name));
        one.commit("one", &[("a.txt", &lines(&[(3, "one")])), ("new.txt", "one\n")]);
        one.git(&["mv", "b.txt", "moved.txt"]);
        two.write("a.txt", lines(&[(3, "two")]));
        two.write("new.txt", "two\n");
        two.git(&["add", "a.txt"]);
        two.write("a.txt", lines(&[(3, "two"), (20, "unstaged")]));
        two.remove("deep/er/c.txt");
        repo.commit("main goes on", &[("a.txt", &lines(&[(3, "main")]))]);
        three.write("b.txt", "stashed\n");
        three.git(&["stash", "-q"]);
        three.git(&["merge", "-q", "--no-commit", "--no-ff", "main"]);
        four.set_executable("d.sh", true);
        repo.git(&["gc", "-q"]);
        three.write("loose.txt", "loose\n");
        three.git(&["add", "loose.txt"]);
        repo.git(&["worktree", "lock", "../four"]);
    }
    repo.track("story-1-2-sessions.yaml", "story_id: \"1-2-login\"\nsessions:\n  one:\n    status: in_progress\n  two:\n    status: in_progress\n");
    repo
}

/// Everything but the user's cache, which lies outside of every repository.
fn everything(sandbox: &Sandbox) -> Picture {
    let mut all = picture(&sandbox.path(""));
    let home = sandbox.path("home");
    // the home folder gets a new time when the first folder of caches appears in it
    all.retain(|path, _| !path.starts_with(home.join(".cache")) && *path != home);
    all
}

/// Everything but the tracking directory.
fn all_but_tracking(sandbox: &Sandbox) -> Picture {
    let mut all = everything(sandbox);
    let top = sandbox.path("shop");
    // The folder itself gets a new time when the tracking directory appears in it.
    all.retain(|path, _| !path.starts_with(top.join(".system")) && *path != top);
    all
}

#[track_caller]
fn same(before: &Picture, after: &Picture, what: &str) {
    let changed: Vec<_> =
        before.iter().filter(|(path, data)| after.get(*path) != Some(data)).map(|(path, _)| path).collect();
    let new: Vec<_> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    assert!(changed.is_empty() && new.is_empty(), "{what} changed {changed:#?} and made {new:#?}");
}

/// `git status` of every worktree, asked without refreshing an index.
fn git_statuses(repo: &Repo) -> Vec<String> {
    let ask = |folder: &str| {
        let status =
            ["--no-optional-locks", "-C", folder, "status", "--porcelain=v2", "--branch", "--ignored"];
        repo.git(&status)
            .lines()
            .filter(|line| !line.contains(".system/"))
            .map(str::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    [".", "../one", "../two", "../three", "../four"].map(ask).to_vec()
}

#[test]
fn read_commands_change_nothing_at_all() {
    let sandbox = Sandbox::new();
    busy(&sandbox);
    let before = everything(&sandbox);
    let commands: [&[&str]; 29] = [
        &["share", "list"],
        &["status"],
        &["status", "--remotes"],
        &["merge-order", "--remotes=origin/*"],
        &["statusline"],
        &["status", "--terminal", "t*", "--path", "a.txt", "--conflicts"],
        &["merge-order", "--terminal", "t*", "--format", "json"],
        &["statusline", "--format", "json"],
        &["report"],
        &["man"],
        &["completions", "bash"],
        &["verify", "--run", "true", "--uncommitted"],
        &["hooks", "status"],
        &["hooks", "uninstall"],
        &["hooks", "uninstall", "--agent", "claude"],
        &["doctor"],
        &["status", "-v", "--format", "json"],
        &["status", "--target", "one"],
        &["check"],
        &["check", "--terminal", "three", "--staged"],
        &["check", "--terminal", "two", "deep", "a.txt"],
        &["hooks", "run", "pre-commit"],
        &["sync", "--dry-run"],
        &["log"],
        &["compare", "one", "two"],
        &["compare", "main", "three"],
        &["compare", "../one", "../two"],
        &["compare", "main~1", "one", "--format", "json"],
        &["--help"],
    ];
    for args in commands {
        for folder in ["shop", "one", "two", "three"] {
            let here = Repo { sandbox: &sandbox, top: sandbox.path(folder) };
            let path = |arg: &&str| {
                arg.replace("../", &format!("{}/", sandbox.path("").display()).replace("//", "/"))
            };
            let args: Vec<String> = args.iter().map(path).collect();
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let said = here.tw(&args);
            assert!(matches!(said.status, Some(0 | 1)), "{args:?}: {said}");
            same(&before, &everything(&sandbox), &format!("{args:?} in {folder}"));
        }
    }
}

#[test]
fn writing_commands_change_nothing_but_the_tracking_files() {
    let sandbox = Sandbox::new();
    let repo = busy(&sandbox);
    let statuses = git_statuses(&repo);
    let before = all_but_tracking(&sandbox);
    let commands: [&[&str]; 9] = [
        &["init"],
        &["register", "--mode", "inter", "--story", "1-3", "--terminal", "three", "--worktree", "../three"],
        &["register", "--mode", "intra", "--story", "1-2", "--terminal", "four", "--blocked-by", "one"],
        &["sync"],
        &["update", "one", "--task", "a", "--done", "a", "--current-file", "a.txt"],
        &["complete", "one"],
        &["sync"],
        &["archive", "1-2", "--force"],
        &["sync"],
    ];
    for args in commands {
        let said = repo.tw(args);
        assert!(matches!(said.status, Some(0 | 1)), "{args:?}: {said}");
        same(&before, &all_but_tracking(&sandbox), &format!("{args:?}"));
    }
    assert!(repo.path(".system/parallel-work/archive/story-1-2-sessions.yaml").exists());
    assert_eq!(git_statuses(&repo), statuses);
}

#[test]
fn failing_commands_change_nothing() {
    let sandbox = Sandbox::new();
    let repo = busy(&sandbox);
    let before = picture(&sandbox.path(""));
    let commands: [&[&str]; 7] = [
        &["register", "--mode", "intra", "--story", "../x"],
        &["register", "--mode", "intra", "--story", "1-2", "--terminal", "one"],
        &["update", "nobody", "--focus", "x"],
        &["complete", "nobody"],
        &["archive", "1-2"],
        &["sync", "--target", "nowhere"],
        &["compare", "one", "nowhere"],
    ];
    for args in commands {
        repo.tw(args).fails();
        same(&before, &picture(&sandbox.path("")), &format!("{args:?}"));
    }
}

#[test]
fn a_submodule_a_filter_and_line_ends_give_no_false_change_and_are_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.repo("library", &[("lib.c", "int x;\n")]);
    let attributes = "*.txt text=auto eol=crlf\n*.up filter=upper\n";
    let repo =
        sandbox.repo("shop", &[("deep/a.txt", "1\n2\n"), ("b.up", "B\n"), (".gitattributes", attributes)]);
    repo.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
    repo.git(&["config", "filter.upper.smudge", "tr A-Z a-z"]);
    repo.git(&["submodule", "--quiet", "add", "../library", "library"]);
    repo.commit("with a submodule", &[]);
    {
        let side = repo.worktree("side");
        side.git(&["sparse-checkout", "set", "--no-cone", "/b.up"]);
        let full = repo.worktree("full");
        full.git(&["submodule", "--quiet", "update", "--init"]);
    }
    // Nothing was done, so nothing may be seen, with fresh and with stale times.
    for _ in 0..2 {
        let answer = repo.status();
        for id in ["side", "full"] {
            assert_eq!(super::program::changes(&answer, id), [""; 0]);
        }
        let text = std::fs::read(sandbox.path("full/deep/a.txt")).unwrap();
        std::fs::write(sandbox.path("full/deep/a.txt"), text).unwrap();
    }
    let before = picture(&sandbox.path(""));
    repo.tw(&["status"]).exits(0);
    same(&before, &picture(&sandbox.path("")), "status");
}
