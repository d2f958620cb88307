//! Hooks as git runs them: what is judged is what gets committed, and nothing else is touched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::cli::program::{NOW, PROGRAM, lines};
use crate::support::{Repo, Sandbox, picture};

/// A repository with `shared.txt` of forty lines, whose hooks are ours. Terminal `left` has committed
/// another line 20; terminal `right` has done nothing yet.
struct Shop<'a> {
    repo: Repo<'a>,
    left: PathBuf,
    right: PathBuf,
}

impl<'a> Shop<'a> {
    fn new(sandbox: &'a Sandbox) -> Shop<'a> {
        let repo = sandbox.repo("main", &[("shared.txt", &lines(&[])), ("src/deep/other.txt", "other\n")]);
        let left = repo.worktree("left");
        left.commit("left", &[("shared.txt", &lines(&[(20, "of the left")]))]);
        let (left, right) = (left.top, repo.worktree("right").top);
        install(&repo.path(".git/hooks"));
        Shop { repo, left, right }
    }

    fn left(&self) -> Repo<'_> {
        Repo { sandbox: self.repo.sandbox, top: self.left.clone() }
    }

    fn right(&self) -> Repo<'_> {
        Repo { sandbox: self.repo.sandbox, top: self.right.clone() }
    }
}

/// Bodies that call the program and note the variables that git sets.
fn install(hooks: &Path) {
    fs::create_dir_all(hooks).unwrap();
    for name in ["pre-commit", "pre-merge-commit", "pre-push"] {
        let body =
            format!("#!/bin/sh\nexport TRACK_WORK_NOW={NOW}\nexec {} hooks run {name} \"$@\"\n", *PROGRAM);
        fs::write(hooks.join(name), body).unwrap();
        fs::set_permissions(hooks.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What git said, and whether it went through.
struct Ran {
    success: bool,
    said: String,
}

fn run(command: &mut Command) -> Ran {
    let Output { status, stderr, .. } = command.output().unwrap();
    Ran { success: status.success(), said: String::from_utf8(stderr).unwrap() }
}

fn git(repo: &Repo, args: &[&str]) -> Ran {
    run(repo.sandbox.command(&repo.top).args(args))
}

/// The same in block mode.
fn blocking(repo: &Repo, args: &[&str]) -> Ran {
    run(repo.sandbox.command(&repo.top).env("TRACK_WORK_HOOK", "block").args(args))
}

impl Ran {
    #[track_caller]
    fn goes_on(self) -> Ran {
        assert!(self.success, "{}", self.said);
        self
    }

    #[track_caller]
    fn stops(self) -> Ran {
        assert!(!self.success, "it was not stopped: {}", self.said);
        self
    }

    #[track_caller]
    fn tells(self, text: &str) -> Ran {
        assert!(self.said.contains(text), "lacks {text:?}:\n{}", self.said);
        self
    }

    #[track_caller]
    fn says_nothing(self) -> Ran {
        assert_eq!(self.said, "");
        self
    }
}

const CONFLICT: &str = "shared.txt  content; certain";

/// Line 20 as the right one has it: in conflict with the left one's.
fn conflicting() -> String {
    lines(&[(20, "of the right")])
}

/// Line 3: in nobody's way.
fn harmless() -> String {
    lines(&[(3, "of the right")])
}

#[test]
fn a_commit_that_conflicts_is_told_and_goes_on() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.write("shared.txt", conflicting());
    right.git(&["add", "-A"]);
    let ran = git(&right, &["commit", "-qm", "right"]).goes_on().tells(CONFLICT);
    let ran = ran.tells("you   changed line 20").tells("left  changed line 20, committed");
    let ran = ran.tells("20 | of the left").tells("left goes first").tells("git merge");
    assert!(ran.said.lines().count() <= 24, "{}", ran.said);
    assert!(ran.said.lines().all(|line| line.chars().count() <= 80), "{}", ran.said);
}

#[test]
fn a_harmless_commit_hears_nothing() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.write("shared.txt", harmless());
    right.git(&["add", "-A"]);
    git(&right, &["commit", "-qm", "right"]).goes_on().says_nothing();
}

#[test]
fn the_index_is_judged_and_not_the_worktree() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.write("shared.txt", conflicting());
    right.git(&["add", "-A"]);
    right.write("shared.txt", harmless());
    git(&right, &["commit", "-qm", "staged conflicts"]).goes_on().tells(CONFLICT);
    right.git(&["reset", "-q", "--soft", "HEAD~"]);
    right.git(&["add", "-A"]);
    right.write("shared.txt", conflicting());
    git(&right, &["commit", "-qm", "staged does not"]).goes_on().says_nothing();
}

#[test]
fn commit_all_is_judged_by_what_it_adds() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.write("shared.txt", conflicting());
    git(&right, &["commit", "-qam", "all"]).goes_on().tells(CONFLICT);
    // the other way round: the index conflicts, what -a makes of it does not
    right.git(&["reset", "-q", "--soft", "HEAD~"]);
    right.write("shared.txt", harmless());
    git(&right, &["commit", "-qam", "all"]).goes_on().says_nothing();
}

#[test]
fn commit_of_a_path_is_judged_by_that_path() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.write("shared.txt", conflicting());
    right.git(&["add", "-A"]);
    right.write("src/deep/other.txt", "mine\n");
    git(&right, &["commit", "-qm", "other", "src/deep/other.txt"]).goes_on().says_nothing();
    git(&right, &["commit", "-qm", "shared", "shared.txt"]).goes_on().tells(CONFLICT);
}

#[test]
fn amending_is_judged_by_the_amended_tree() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.write("shared.txt", harmless());
    git(&right, &["commit", "-qam", "harmless"]).goes_on().says_nothing();
    right.write("shared.txt", conflicting());
    git(&right, &["commit", "-qa", "--amend", "-m", "conflicting"]).goes_on().tells(CONFLICT);
    right.write("shared.txt", harmless());
    git(&right, &["commit", "-qa", "--amend", "-m", "harmless again"]).goes_on().says_nothing();
}

#[test]
fn the_main_worktree_and_subfolders_are_places_like_others() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    shop.repo.write("shared.txt", conflicting());
    let below = Repo { sandbox: &sandbox, top: shop.repo.path("src/deep") };
    git(&below, &["commit", "-qam", "from below"]).goes_on().tells(CONFLICT);
    let right = shop.right();
    right.write("shared.txt", lines(&[(20, "otherwise")]));
    let below = Repo { sandbox: &sandbox, top: right.path("src/deep") };
    git(&below, &["commit", "-qam", "from below"]).goes_on().tells("shared.txt");
}

#[test]
fn an_index_that_the_user_names_is_the_one_that_is_judged() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    let other = sandbox.path("other-index");
    let with_index =
        |args: &[&str]| run(sandbox.command(&right.top).env("GIT_INDEX_FILE", &other).args(args));
    with_index(&["read-tree", "HEAD"]).goes_on();
    right.write("shared.txt", conflicting());
    with_index(&["add", "shared.txt"]).goes_on();
    with_index(&["commit", "-qm", "by another index"]).goes_on().tells(CONFLICT);
    // and the worktree's own index is not
    right.git(&["reset", "-q", "--hard", "HEAD~"]);
    right.write("shared.txt", conflicting());
    right.git(&["add", "-A"]);
    with_index(&["read-tree", "HEAD"]).goes_on();
    with_index(&["commit", "-q", "--allow-empty", "-m", "nothing"]).goes_on().says_nothing();
}

#[test]
fn a_detached_head_is_judged_too() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.git(&["checkout", "-q", "--detach"]);
    right.write("shared.txt", conflicting());
    git(&right, &["commit", "-qam", "detached"]).goes_on().tells(CONFLICT);
}

#[test]
fn the_first_commit_of_an_unborn_branch_is_judged() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.git(&["checkout", "-q", "--orphan", "fresh"]);
    right.write("shared.txt", conflicting());
    right.git(&["add", "-A"]);
    // it shares no history, so all of it is added, beside what the target has
    git(&right, &["commit", "-qm", "fresh"]).goes_on().tells("shared.txt").tells("add/add");
    let empty = sandbox.init("empty");
    install(&empty.path(".git/hooks"));
    empty.write("a.txt", "a\n");
    empty.git(&["add", "-A"]);
    git(&empty, &["commit", "-qm", "the very first"]).goes_on().says_nothing();
}

#[test]
fn a_merge_is_not_charged_with_what_it_merges() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let (left, right) = (shop.left(), shop.right());
    right.write("shared.txt", conflicting());
    git(&right, &["commit", "-qam", "right", "--no-verify"]).goes_on();
    // main takes the left one's work over: the right one conflicts with that, but main has no part in it
    blocking(&shop.repo, &["merge", "-q", "--no-ff", "-m", "merged", "left"]).goes_on().says_nothing();
    // the left one takes main over: nothing new
    left.commit("more", &[("more.txt", "more\n")]);
    blocking(&left, &["merge", "-q", "--no-edit", "--no-ff", "main"]).goes_on();
}

#[test]
fn a_merge_brings_the_conflicts_of_what_it_merges() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    let third = shop.repo.worktree("third");
    third.write("shared.txt", conflicting());
    git(&third, &["commit", "-qam", "third", "--no-verify"]).goes_on();
    right.git(&["merge", "-q", "--no-ff", "--no-commit", "third"]);
    let said = right.tw(&["check", "--staged"]);
    said.exits(1).says("shared.txt  content; certain").says_not("merges cleanly");
    right.git(&["merge", "--abort"]);
    blocking(&right, &["merge", "-q", "--no-ff", "--no-edit", "third"]).stops().tells(CONFLICT);
}

#[test]
fn a_commit_that_moves_a_folder_is_told_who_adds_to_it() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let (left, right) = (shop.left(), shop.right());
    left.commit("more", &[("src/deep/new.txt", "new\n")]);
    right.git(&["mv", "src/deep", "src/flat"]);
    blocking(&right, &["commit", "-qm", "moved"])
        .stops()
        .tells("src/flat/new.txt  directory rename; certain");
    right.commit("mine", &[("mine.txt", "mine\n")]);
    // once it is there, it is not the next commit's
    right.write("mine.txt", "mine again\n");
    blocking(&right, &["commit", "-qam", "again"]).goes_on().says_nothing();
}

#[test]
fn deleting_what_was_renamed_is_deleting_what_others_change() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.git(&["mv", "shared.txt", "ours.txt"]);
    git(&right, &["commit", "-qm", "renamed"]).goes_on().says_nothing();
    right.git(&["rm", "-q", "ours.txt"]);
    right.tw(&["check", "--staged"]).exits(1).says("1 file").says_not("0 files");
    blocking(&right, &["commit", "-qm", "deleted"]).stops().tells("shared.txt  modify/delete; certain");
}

#[test]
fn a_merge_is_charged_with_its_own_resolution() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    shop.repo.commit("main goes on", &[("src/deep/other.txt", "changed on main\n")]);
    right.write("src/deep/other.txt", "changed on the right\n");
    git(&right, &["commit", "-qam", "right", "--no-verify"]).goes_on();
    assert!(!git(&right, &["merge", "main"]).success);
    right.write("src/deep/other.txt", "both\n");
    right.write("shared.txt", conflicting());
    right.git(&["add", "-A"]);
    git(&right, &["commit", "-qm", "resolved, and more"]).goes_on().tells(CONFLICT);
    // after the merge, main's own change is no conflict of the right one's
    let said = right.tw(&["check"]);
    said.exits(1).says_not("other.txt");
}

#[test]
fn a_step_of_an_interactive_rebase_is_judged() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.commit("one", &[("one.txt", "one\n")]);
    right.commit("two", &[("two.txt", "two\n")]);
    let edit = "sed -i -e '1s/pick/edit/'";
    let mut rebase = sandbox.command(&right.top);
    let rebase = rebase.env("GIT_SEQUENCE_EDITOR", edit).args(["rebase", "-q", "-i", "HEAD~2"]);
    run(rebase).goes_on();
    right.write("shared.txt", conflicting());
    git(&right, &["commit", "-qam", "in between"]).goes_on().tells(CONFLICT);
    git(&right, &["rebase", "--continue"]).goes_on();
}

#[test]
fn a_commit_in_a_submodule_is_judged_in_its_own_repository() {
    let sandbox = Sandbox::new();
    let library = sandbox.repo("library", &[("shared.txt", &lines(&[]))]);
    let repo = sandbox.repo("main", &[("a.txt", "a\n")]);
    repo.git(&["submodule", "add", "-q", library.top.to_str().unwrap(), "lib"]);
    repo.git(&["commit", "-qm", "with a library"]);
    let inside = Repo { sandbox: &sandbox, top: repo.path("lib") };
    install(&repo.path(".git/modules/lib/hooks"));
    let side = inside.worktree("side");
    side.commit("side", &[("shared.txt", &lines(&[(20, "of the side")]))]);
    inside.write("shared.txt", conflicting());
    git(&inside, &["commit", "-qam", "inside"]).goes_on().tells(CONFLICT);
}

#[test]
fn a_push_is_judged_by_the_pushed_commits() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    sandbox.init_with("up", &["--bare"]);
    right.git(&["remote", "add", "up", sandbox.path("up").to_str().unwrap()]);
    right.write("shared.txt", conflicting());
    git(&right, &["commit", "-qam", "right", "--no-verify"]).goes_on();
    git(&right, &["push", "-q", "up", "right"]).goes_on().tells(CONFLICT).tells("this push of right");
    blocking(&right, &["push", "-q", "up", "right:again"]).stops().tells("git push --no-verify");
    blocking(&right, &["push", "-q", "up", "HEAD~:refs/heads/before"]).goes_on().says_nothing();
    blocking(&right, &["push", "-q", "up", ":right", "main"]).goes_on().says_nothing();
    git(&shop.left(), &["push", "-q", sandbox.path("up").to_str().unwrap(), "left"])
        .goes_on()
        .tells("You go first");
}

#[test]
fn nobody_elses_index_is_touched_and_no_variable_leaks() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let (left, right) = (shop.left(), shop.right());
    // uncommitted work of the other, in the same file, behind a filter that is a command
    left.write(".gitattributes", "*.txt filter=noted\n");
    let seen = sandbox.path("seen");
    let clean = format!("env | grep ^GIT_ >> {}; cat", seen.display());
    shop.repo.git(&["config", "filter.noted.clean", &clean]);
    left.write("shared.txt", lines(&[(20, "of the left"), (21, "and more")]));
    left.git(&["add", ".gitattributes"]);
    fs::write(&seen, "").unwrap();
    right.write("shared.txt", conflicting());
    right.git(&["add", "shared.txt"]);
    let admin = shop.repo.path(".git/worktrees/left");
    let before = (picture(&admin), picture(&left.top));
    git(&right, &["commit", "-qm", "right"])
        .goes_on()
        .tells("shared.txt")
        .tells("committed; the file has uncommitted changes too");
    assert_eq!((picture(&admin), picture(&left.top)), before);
    let seen = fs::read_to_string(&seen).unwrap();
    assert!(!seen.is_empty(), "the filter was not asked");
    for line in seen.lines() {
        assert!(!line.starts_with("GIT_INDEX_FILE=") && !line.contains("worktrees/right"), "{line}");
    }
    // what it committed is what was staged
    assert_eq!(right.git(&["show", "HEAD:shared.txt"]) + "\n", conflicting());
}

#[test]
fn all_variables_that_git_calls_local_are_known() {
    let sandbox = Sandbox::new();
    let repo = sandbox.init("main");
    let source = include_str!("../../../repository/src/git/program.rs");
    for name in repo.git(&["rev-parse", "--local-env-vars"]).lines() {
        let is_setting = ["GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"].contains(&name); // these count everywhere
        assert!(is_setting || source.contains(&format!("\"{name}\"")), "{name} is not cleared");
    }
}

#[test]
fn unstaged_work_that_pre_commit_put_away_is_mentioned() {
    let sandbox = Sandbox::new();
    let shop = Shop::new(&sandbox);
    let right = shop.right();
    right.write("shared.txt", conflicting());
    right.git(&["add", "-A"]);
    let mut command = right.program(&["hooks", "run", "pre-commit"]);
    let ran = run(command.env("PRE_COMMIT", "1"));
    ran.goes_on().tells("only the index was checked");
}
