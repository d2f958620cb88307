//! Random work in random repositories: git is the oracle. `TRACK_WORK_CASES=2000` tries more,
//! `TRACK_WORK_SEED=17` one of them again.

use std::collections::BTreeSet;
use std::fs;

use track_work::git::{Repository, Store};
use track_work::merge::{CommitFacts, Commits, Missing};
use track_work::model::{Known, Oid};

use super::{agree, settle_times};
use crate::support::{Repo, Sandbox, seeds};

#[test]
fn random_work_is_seen_as_git_sees_it() {
    for seed in seeds(40) {
        println!("TRACK_WORK_SEED={seed}");
        one(seed, false);
    }
}

#[test]
fn random_work_with_all_that_repositories_have_is_seen_as_git_sees_it() {
    for seed in seeds(20) {
        println!("TRACK_WORK_SEED={seed}");
        one(seed, true);
    }
}

#[test]
fn random_histories_relate_as_git_says() {
    for seed in 0..8 {
        relates(seed, |dice, mark| {
            let skew = if dice.roll(6) == 0 { dice.roll(900) } else { 0 };
            1_600_000_000 + mark * 60 - skew
        });
    }
}

#[test]
fn histories_with_wrong_clocks_relate_as_git_says() {
    for seed in 8..12 {
        relates(seed, |dice, _| 1_600_000_000 + dice.roll(3600)); // dates say nothing
        relates(seed + 4, |dice, mark| 1_600_000_000 + mark / 10 + dice.roll(2)); // many at once
    }
}

/// The walk that every source of commits can use.
struct Plain<'a>(&'a Store);

impl Commits for Plain<'_> {
    fn commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
        self.0.commit(id)
    }
}

/// Compares merge bases, in git's order, and the numbers of commits in a random history with git's.
fn relates(seed: u64, time: impl Fn(&mut Dice, usize) -> usize) {
    let sandbox = Sandbox::new();
    let mut dice = Dice(seed * 77 + 5);
    let repo = sandbox.init("history");
    let mut script = String::new();
    for mark in 1..=60 {
        let time = time(&mut dice, mark);
        script +=
            &format!("commit refs/heads/c{mark}\nmark :{mark}\ncommitter A <a@b> {time} +0000\ndata 0\n");
        if mark > 1 && dice.roll(15) > 0 {
            script += &format!("from :{}\n", mark - 1 - dice.roll(mark.min(6) - 1));
            if mark > 4 && dice.roll(3) == 0 {
                script += &format!("merge :{}\n", 1 + dice.roll(mark - 1));
            }
        }
    }
    let file = sandbox.path("script");
    fs::write(&file, script).unwrap();
    let input = fs::File::open(&file).unwrap();
    let import = sandbox.command(&repo.top).args(["fast-import", "--quiet"]).stdin(input).status().unwrap();
    assert!(import.success());
    let found = Repository::discover(&repo.top).unwrap();
    let store = found.store();
    for _ in 0..25 {
        let names = [(); 3].map(|()| format!("c{}", 1 + dice.roll(60)));
        let ids = names.each_ref().map(|name| repo.git(&["rev-parse", name]).parse::<Oid>().unwrap());
        let by_git = |command: &[&str], names: &[String]| -> Vec<Oid> {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let output = repo.try_git(&[command, &names].concat()).stdout;
            String::from_utf8(output).unwrap().lines().map(|line| line.parse().unwrap()).collect()
        };
        // what git takes for the difference of two histories can be too large where clocks are wrong
        let history = |names: &[String]| by_git(&["rev-list"], names).into_iter().collect::<BTreeSet<_>>();
        let own = history(&names[..1]);
        let target = found.target(Some(&names[1])).unwrap();
        let Known::Known(seen) = found.observe_commit(ids[0], &target) else { panic!("{names:?}") };
        let other = history(&names[1..2]);
        assert_eq!(seen.ahead, own.difference(&other).count(), "{seed}: {names:?}");
        assert_eq!(seen.behind, other.difference(&own).count(), "{seed}: {names:?}");
        assert_eq!(seen.contained, other.contains(&ids[0]), "{seed}: {names:?}");
        for others in [&names[1..2], &names[1..]] {
            let case = format!("{seed}: {} {others:?}", names[0]);
            let bases = by_git(&["merge-base", "--all"], &names[..=others.len()]);
            let exclusive: BTreeSet<Oid> = own.difference(&history(others)).copied().collect();
            let others = &ids[1..=others.len()];
            assert_eq!(store.merge_bases(ids[0], others).unwrap(), bases, "{case}");
            for found in [store.ancestry(ids[0], others), Plain(&store).ancestry(ids[0], others)] {
                let found = found.unwrap();
                assert_eq!(found.bases, bases, "{case}");
                assert_eq!(found.own.into_iter().collect::<BTreeSet<_>>(), exclusive, "{case}");
            }
        }
    }
}

/// Numbers that look random and are the same every time.
pub(super) struct Dice(u64);

impl Dice {
    /// Those of a seed.
    pub(super) fn new(seed: u64) -> Dice {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
        dice.roll(2);
        dice
    }

    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }

    fn path(&mut self) -> String {
        const PARTS: [&str; 12] =
            ["a", "b", "a.b", "a-b", "x.log", "y.txt", "build", "é", "A", "z.auto", "sub", "tmp"];
        let depth = 1 + self.roll(3);
        (0..depth).map(|_| self.pick(&PARTS)).collect::<Vec<_>>().join("/")
    }

    fn content(&mut self) -> String {
        const LINES: [&str; 8] =
            ["one\n", "two\n", "crlf\r\n", "$Id: x $\n", "lone\r", "\0\n", "tail", "\x01\x02"];
        let length = self.roll(4);
        (0..length).map(|_| self.pick(&LINES)).collect()
    }

    fn lines(&mut self, from: &[&str]) -> String {
        let length = self.roll(5);
        (0..length).map(|_| self.pick(from).to_string() + "\n").collect()
    }

    fn ignore_file(&mut self) -> String {
        self.lines(&[
            "*.log",
            "!x.log",
            "/build",
            "build/",
            "sub/",
            "!sub/",
            "a*",
            "[ab]",
            "**/tmp",
            "sub/**",
            "a/**/b",
            "!a.b",
            "/a",
            "?",
            "tmp/*",
            "!tmp/a",
            "# no",
            "\\a",
            "[[:upper:]]",
            "[!a-y]*",
            "b ",
            "*/b",
            "**",
            "!**/",
            "a/b/",
        ])
    }

    fn attributes_file(&mut self) -> String {
        self.lines(&[
            "* text=auto",
            "*.txt text",
            "*.auto text=auto eol=crlf",
            "*.log -text",
            "b eol=lf",
            "a ident",
            "sub/* ident",
            "build/** -text",
            "*.b crlf",
            "[attr]mine text ident",
            "A mine",
            "a -ident",
            "z.auto !text",
        ])
    }
}

/// `eventful`: also with submodules, sparse worktrees, hidden edits, merges that stopped and settings.
fn one(seed: u64, eventful: bool) {
    let sandbox = Sandbox::new();
    let mut dice = Dice::new(seed);
    let repo = sandbox.init("repo");
    for _ in 0..dice.roll(25) {
        put(&repo, &mut dice);
    }
    if dice.roll(2) == 0 {
        repo.write(".gitattributes", dice.attributes_file());
    }
    if dice.roll(2) == 0 {
        repo.write(".gitignore", dice.ignore_file());
    }
    repo.git(&["add", "--all", if dice.roll(3) == 0 { "--force" } else { "--verbose" }]);
    repo.git(&["commit", "-qm", "first", "--allow-empty"]);
    match dice.roll(8) {
        0 => _ = repo.git(&["config", "core.autocrlf", "true"]),
        1 => _ = repo.git(&["config", "core.autocrlf", "input"]),
        2 => _ = repo.git(&["update-index", "--split-index"]),
        3 => _ = repo.git(&["update-index", "--index-version", "4"]),
        _ => {}
    }
    if dice.roll(2) == 0 {
        settle_times(&repo);
    }
    for _ in 0..dice.roll(12) {
        act(&repo, &mut dice);
        if eventful && dice.roll(3) == 0 {
            let what = happen(&repo, &mut dice);
            println!("- {what}");
        }
    }
    // a clone that lies there and is no submodule any more is in no commit, unless somebody adds it
    for place in ["module0", "module1"] {
        if repo.git(&["ls-files", "--", place]).is_empty() && repo.path(place).join(".git").exists() {
            fs::remove_dir_all(repo.path(place)).unwrap();
        }
    }
    agree(&repo, "main");
}

/// Something besides edits; what.
fn happen(repo: &Repo, dice: &mut Dice) -> String {
    let path = dice.path();
    let listed = repo.git(&["ls-files", "-z"]);
    let tracked: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    let known = if tracked.is_empty() { "a" } else { tracked[dice.roll(tracked.len())] };
    match dice.roll(16) {
        0 | 1 => {
            let inner = repo.sandbox.path("inner");
            if !inner.exists() {
                repo.sandbox.repo("inner", &[("x", "1\n")]);
            }
            let place = format!("module{}", dice.roll(2));
            let is_new = !repo.path(&place).exists();
            let added = repo.try_git(&["submodule", "--quiet", "add", inner.to_str().unwrap(), &place]);
            // git leaves a clone behind where it refuses to add it, which is no submodule then
            if is_new && !added.status.success() {
                _ = fs::remove_dir_all(repo.path(&place));
                _ = fs::remove_dir_all(repo.path(format!(".git/modules/{place}")));
            }
            format!("adds the submodule {place}")
        }
        2 => {
            let inner = Repo { sandbox: repo.sandbox, top: repo.path(format!("module{}", dice.roll(2))) };
            if inner.path(".git").exists() {
                inner.commit("inside", &[("x", "2\n")]);
                inner.write("untracked", "1\n");
            }
            "moves a submodule on".to_string()
        }
        3 => {
            repo.try_git(&[
                "sparse-checkout",
                "set",
                "--no-cone",
                dice.pick(&["/a", "/*\n!/sub", "*.txt", "/b/"]),
            ]);
            "is sparse".to_string()
        }
        4 => {
            repo.try_git(&["sparse-checkout", "set", "--cone", dice.pick(&["a", "sub", "tmp"])]);
            "is sparse by folders".to_string()
        }
        5 => {
            let flag = dice.pick(&["--assume-unchanged", "--skip-worktree"]).to_string();
            repo.try_git(&["update-index", &flag, "--", known]);
            if repo.path(known).is_file() && !repo.path(known).is_symlink() {
                repo.write(known, "hidden\n");
            }
            format!("hides an edit of {known} by {flag}")
        }
        6 => {
            repo.git(&["config", "core.fileMode", "false"]);
            "does not mind modes".to_string()
        }
        7 | 8 => {
            // the same path in two commits
            repo.try_git(&["stash", "-q", "--include-untracked"]);
            repo.try_git(&["branch", "-f", "aside"]);
            if repo.path(known).is_file() && !repo.path(known).is_symlink() {
                repo.write(known, "ours\n");
                repo.try_git(&["commit", "-q", "-am", "ours"]);
                if repo.try_git(&["checkout", "-q", "aside"]).status.success() {
                    match dice.roll(2) {
                        0 => repo.write(known, "theirs\n"),
                        _ => repo.remove(known),
                    }
                    repo.try_git(&["commit", "-q", "-am", "theirs"]);
                    repo.try_git(&["checkout", "-q", "main"]);
                    repo.try_git(&["merge", "-q", "aside"]);
                }
            }
            format!("is merging, in conflict about {known}")
        }
        9 => {
            repo.try_git(&["stash", "-q"]);
            "puts its work aside".to_string()
        }
        10 => {
            repo.try_git(&["mv", "-k", known, &path]);
            format!("moves {known} to {path}")
        }
        11 => {
            let folder = repo.path(&path);
            if folder.is_dir() && !folder.is_symlink() {
                fs::write(folder.join(".gitattributes"), dice.attributes_file()).unwrap();
            }
            format!("has attributes in {path}")
        }
        12 => {
            fs::write(repo.path(".git/info/exclude"), dice.ignore_file()).unwrap();
            "ignores for itself".to_string()
        }
        13 => {
            repo.try_git(&["update-index", "--untracked-cache"]);
            "remembers what is untracked".to_string()
        }
        14 => {
            repo.try_git(&["rm", "-q", "--cached", "--", known]);
            format!("has {known} no more in the index")
        }
        _ => {
            repo.try_git(&["commit", "-q", "-am", "more", "--allow-empty"]);
            "commits".to_string()
        }
    }
}

/// Writes a file, or makes a link, wherever the path allows it.
fn put(repo: &Repo, dice: &mut Dice) {
    let path = repo.path(dice.path());
    if path.is_dir() || fs::create_dir_all(path.parent().unwrap()).is_err() {
        return;
    }
    if path.is_symlink() {
        fs::remove_file(&path).unwrap();
    }
    match dice.roll(10) {
        // to nowhere: git status goes silent over a link to itself
        0 if !path.exists() => {
            std::os::unix::fs::symlink("nowhere/".to_string() + &dice.path(), &path).unwrap()
        }
        _ => fs::write(&path, dice.content()).unwrap(),
    }
}

fn act(repo: &Repo, dice: &mut Dice) {
    let path = dice.path();
    let full = repo.path(&path);
    match dice.roll(12) {
        0..4 => put(repo, dice),
        4 => _ = fs::remove_file(&full),
        5 => _ = fs::remove_dir_all(&full),
        6 => _ = fs::rename(&full, repo.path(dice.path())),
        7 if full.is_file() && !full.is_symlink() => repo.set_executable(&path, dice.roll(2) == 0),
        8 => _ = repo.try_git(&["add", "--all", &path]),
        9 => _ = repo.try_git(&["rm", "-rq", "--cached", &path]),
        10 => _ = repo.try_git(&["add", "--intent-to-add", &path]),
        11 if dice.roll(3) == 0 => {
            let folder = if dice.roll(2) == 0 { String::new() } else { dice.path() + "/" };
            if repo.path(&folder).is_dir() && !repo.path(&folder).is_symlink() {
                repo.write(folder + ".gitignore", dice.ignore_file());
            }
        }
        _ => {}
    }
}
