//! Random repositories in random states: uncommitted, in progress, merged in several ways, detached, stacked, gone.
//! All outputs agree, and the printed plan, run as printed, does what was predicted. `TRACK_WORK_CASES=2000` tries
//! more, `TRACK_WORK_SEED=17` one again.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::agreement::agree;
use crate::cli::program::{Said, numbered, said, scrubbed, text};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox, seeds};

/// A repository that is brought into a random state, with an account of how.
struct World<'s> {
    repo: Repo<'s>,
    dice: Dice,
    story: String,
    branches: Vec<String>,
    worktrees: Vec<Repo<'s>>,
    /// Where the commands of the plan are run, once that is another folder than the main worktree.
    at: Option<PathBuf>,
}

impl<'s> World<'s> {
    fn new(sandbox: &'s Sandbox, seed: u64) -> World<'s> {
        let repo = sandbox.init("shop");
        for file in 0..6 {
            repo.write(format!("f{file}"), numbered(30, &[]));
        }
        repo.write("sub/g", numbered(30, &[]));
        repo.commit("first", &[(".gitignore", ".system/\n")]);
        let dice = Dice::new(seed * 31 + 7);
        World { repo, dice, story: String::new(), branches: Vec::new(), worktrees: Vec::new(), at: None }
    }

    fn tell(&mut self, what: &str) {
        writeln!(self.story, "- {what}").unwrap();
    }

    /// Changes something in a worktree; returns what.
    fn edit(&mut self, top: &std::path::Path) -> String {
        let work = Repo { sandbox: self.repo.sandbox, top: top.to_path_buf() };
        let file = match self.dice.below(8) {
            7 => "sub/g".to_string(),
            number => format!("f{}", number.min(5)),
        };
        let word = format!("word {}", self.dice.below(4));
        match (self.dice.below(10), work.path(&file).is_file()) {
            (0, _) => {
                let name = format!("new{}", self.dice.below(3));
                work.write(&name, format!("{word}\n"));
                format!("writes {name}")
            }
            (1, true) => {
                work.remove(&file);
                format!("deletes {file}")
            }
            (2, true) => {
                let name = format!("moved{}", self.dice.below(3));
                fs::rename(work.path(&file), work.path(&name)).unwrap();
                format!("moves {file} to {name}")
            }
            (_, true) => {
                let content = fs::read_to_string(work.path(&file)).unwrap();
                let mut lines: Vec<&str> = content.lines().collect();
                if lines.is_empty() {
                    return format!("leaves {file} empty");
                }
                let at = self.dice.below(lines.len());
                lines[at] = &word;
                work.write(&file, lines.join("\n") + "\n");
                format!("writes {word:?} in line {} of {file}", at + 1)
            }
            (_, false) => {
                work.write(&file, numbered(30, &[(3, &word)]));
                format!("writes {file} anew")
            }
        }
    }

    fn commit(&mut self, top: &std::path::Path, who: &str) {
        let what = self.edit(top);
        let work = Repo { sandbox: self.repo.sandbox, top: top.to_path_buf() };
        work.commit(&format!("{who} {what}"), &[]);
        self.tell(&format!("{who} {what} and commits"));
    }

    fn target_goes_on(&mut self) {
        let top = self.repo.top.clone();
        self.commit(&top, "main");
    }

    /// A branch with some commits, in a worktree of its own or not.
    fn branch(&mut self, number: usize) {
        let name = format!("t{number}");
        let from = match self.branches.last() {
            Some(last) if self.dice.chance(20) => last.clone(),
            _ => "main".to_string(),
        };
        let path = self.repo.sandbox.path(&name);
        let work = self.repo.worktree_at(&path, &["-b", &name]);
        work.git(&["reset", "-q", "--hard", &from]);
        let work = Repo { sandbox: self.repo.sandbox, top: work.top };
        self.tell(&format!("{name} begins at {from}"));
        for _ in 0..self.dice.below(4) {
            self.commit(&path, &name);
        }
        self.branches.push(name);
        self.worktrees.push(work);
    }

    /// The target takes a branch in, in one of several ways, where git can.
    fn take_in(&mut self, name: &str) {
        let ways: [(&str, Vec<String>); 4] = [
            ("a merge", vec![format!("git merge -q --no-ff -m merge {name}")]),
            ("a fast-forward", vec![format!("git merge -q --ff-only {name}")]),
            ("a squash", vec![format!("git merge -q --squash {name} && git commit -q -m squash")]),
            ("picks", vec![format!("git cherry-pick main..{name}")]),
        ];
        let (way, commands) = self.dice.pick(&ways).clone();
        let before = self.repo.git(&["rev-parse", "HEAD"]);
        let went = commands.iter().all(|command| self.shell(command).status == Some(0));
        if !went {
            for abort in [&["merge", "--abort"][..], &["cherry-pick", "--abort"]] {
                self.repo.try_git(abort);
            }
            self.repo.git(&["reset", "-q", "--hard", &before]);
            self.repo.git(&["clean", "-qfd"]);
        }
        self.tell(&format!("main takes {name} in by {way}{}", if went { "" } else { ", which fails" }));
    }

    /// What is not committed in a worktree, or in progress there.
    fn disturb(&mut self, at: usize) {
        let top = self.worktrees[at].top.clone();
        let name = self.branches[at].clone();
        let work = Repo { sandbox: self.repo.sandbox, top: top.clone() };
        let (what, done) = match self.dice.below(10) {
            0 | 1 => (self.edit(&top), true),
            2 => {
                let what = self.edit(&top);
                work.git(&["add", "--all"]);
                (format!("{what} and stages it"), true)
            }
            3 => ("merges main".to_string(), work.try_git(&["merge", "-q", "main"]).status.success()),
            4 => ("rebases onto main".to_string(), work.try_git(&["rebase", "-q", "main"]).status.success()),
            5 => {
                let other = self.dice.pick(&self.branches).clone();
                (format!("picks {other}"), work.try_git(&["cherry-pick", &other]).status.success())
            }
            6 => {
                let begun = work.try_git(&["bisect", "start", "HEAD", "main~0"]).status.success();
                ("bisects".to_string(), begun)
            }
            7 => ("detaches".to_string(), work.try_git(&["checkout", "-q", "--detach"]).status.success()),
            8 => {
                fs::remove_dir_all(&top).unwrap();
                ("is deleted by hand".to_string(), true)
            }
            _ => {
                self.repo.git(&["worktree", "remove", "--force", top.to_str().unwrap()]);
                ("is removed".to_string(), true)
            }
        };
        self.tell(&format!("{name} {what}{}", if done { "" } else { ", which stops" }));
    }

    /// What is not committed where the target is checked out, or in progress there.
    fn disturb_target(&mut self) {
        let top = self.repo.top.clone();
        match self.dice.below(11) {
            6 => {
                let flag = *self.dice.pick(&["--assume-unchanged", "--skip-worktree"]);
                let path = format!("f{}", self.dice.below(6));
                if self.repo.try_git(&["update-index", flag, "--", &path]).status.success() {
                    self.repo.write(&path, numbered(30, &[(9, "a hidden edit")]));
                    self.tell(&format!("main hides an edit of {path} by {flag}"));
                }
            }
            7 => {
                self.repo.write("announced", "soon\n");
                self.repo.git(&["add", "--intent-to-add", "announced"]);
                self.tell("main announces a file");
            }
            8 => {
                let locks = ["index.lock", "HEAD.lock", "ORIG_HEAD.lock", "refs/heads/main.lock"];
                let lock = *self.dice.pick(&locks);
                self.repo.write(format!(".git/{lock}"), "");
                self.tell(&format!("{lock} was left behind"));
            }
            9 => {
                self.repo.git(&["config", "merge.autoStash", "true"]);
                let what = self.edit(&top);
                self.tell(&format!("main stashes by itself and {what}"));
            }
            10 => {
                self.repo.git(&["checkout", "-q", "--detach"]);
                let what = self.edit(&top);
                self.tell(&format!("the main worktree is detached and {what}"));
            }
            0 => {
                let what = self.edit(&top);
                self.tell(&format!("main {what}"));
            }
            1 => {
                let what = self.edit(&top);
                self.repo.git(&["add", "--all"]);
                self.tell(&format!("main {what} and stages it"));
            }
            2 => {
                let name = format!("new{}", self.dice.below(3));
                self.repo.write(&name, "mine\n");
                self.tell(&format!("main has {name} untracked or changed"));
            }
            3 => {
                let other = self.dice.pick(&self.branches).clone();
                let stopped =
                    !self.repo.try_git(&["merge", "-q", "--no-ff", "--no-commit", &other]).status.success();
                self.tell(&format!("main is merging {other}{}", if stopped { ", which stops" } else { "" }));
            }
            4 => {
                self.repo.git(&["checkout", "-q", "--detach"]);
                self.tell("the main worktree is detached");
            }
            _ => {}
        }
    }

    /// Settings of merges into the target.
    fn set(&mut self) {
        let options = [
            "--squash",
            "--no-commit",
            "--squash --no-commit",
            "--ff-only",
            "--autostash",
            "--no-ff --signoff",
            "-X theirs",
            "-X ours",
            "-Xno-renames",
            "-s ours",
            "--squash --no-squash",
            "--verify-signatures",
        ];
        let (key, value) = match self.dice.below(10) {
            0..6 => ("branch.main.mergeOptions", *self.dice.pick(&options)),
            6 => ("merge.verifySignatures", "true"),
            7 => ("merge.ff", *self.dice.pick(&["only", "false", "bogus"])),
            8 => ("merge.renameLimit", *self.dice.pick(&["bogus", "1", "0"])),
            _ => ("merge.stat", *self.dice.pick(&["bogus", "false"])),
        };
        self.repo.git(&["config", key, value]);
        self.tell(&format!("{key} is {value}"));
    }

    /// Makes what git refused to begin with as it takes it.
    fn tidy(&self, head: &str) {
        for lock in ["index.lock", "HEAD.lock", "ORIG_HEAD.lock", "refs/heads/main.lock"] {
            _ = fs::remove_file(self.repo.path(format!(".git/{lock}")));
        }
        if self.repo.try_git(&["rev-parse", "-q", "--verify", "MERGE_HEAD"]).status.success() {
            self.repo.git(&["reset", "-q", "--hard", head]);
        }
        let listed = self.repo.git(&["ls-files", "-v"]);
        for line in listed.lines().filter(|line| !line.starts_with('H')) {
            let path = &line[2..];
            for flag in ["--no-assume-unchanged", "--no-skip-worktree"] {
                self.repo.git(&["update-index", flag, "--", path]);
            }
        }
        self.repo.try_git(&["rm", "-q", "--cached", "announced"]);
        self.repo.git(&["stash", "-q", "--include-untracked"]);
    }

    /// A shell line where the plan is carried out.
    fn shell(&self, command: &str) -> Said {
        let top = self.at.as_ref().unwrap_or(&self.repo.top);
        let mut shell = Command::new("sh");
        shell.args(["-c", command]);
        let mut shell = scrubbed(&self.repo.sandbox.path("home"), top, shell);
        let git = self.repo.sandbox.command(top);
        shell.envs(git.get_envs().filter_map(|(name, value)| Some((name, value?))));
        said(&mut shell)
    }

    fn unmerged(&self) -> BTreeSet<String> {
        let listed = self.repo.git(&["diff", "--name-only", "--diff-filter=U", "-z"]);
        listed.split('\0').filter(|path| !path.is_empty()).map(str::to_string).collect()
    }

    /// Settles what stopped in favour of what is merged, as the plan assumes; whether nothing uncommitted is left.
    fn settle(&self) -> bool {
        let theirs = self.repo.git(&["rev-parse", "MERGE_HEAD"]);
        self.repo.git(&["merge", "--abort"]);
        // whatever the settings say
        let merge = ["merge", "--no-ff", "--no-squash", "--commit", "-q", "-m", "x", "-X", "theirs", &theirs];
        if self.repo.try_git(&merge).status.success() {
            return false;
        }
        for path in self.unmerged() {
            if self.repo.try_git(&["checkout", "-q", "--theirs", "--", &path]).status.success() {
                self.repo.git(&["add", "-f", "--", &path]);
            } else {
                self.repo.git(&["rm", "-q", "-f", "--cached", "--", &path]);
            }
        }
        let tree = self.repo.git(&["write-tree"]);
        let commit = self.repo.git(&["commit-tree", "-p", "HEAD", "-p", &theirs, "-m", "x", &tree]);
        self.repo.git(&["reset", "-q", "--hard", &commit]);
        self.repo.git(&["clean", "-qfd"]);
        self.tidy("HEAD");
        true
    }

    /// Runs the plan as printed; what went otherwise than predicted.
    fn carry_out(&mut self, order: &Value) -> Result<usize, String> {
        let steps = order["steps"].as_array().unwrap();
        if order["under_way"].is_object() {
            let ready = steps.iter().filter(|step| step["ready"] == true).count();
            return if ready == 0 { Ok(0) } else { Err("ready while something is in progress".to_string()) };
        }
        if let Some(before) = order["before"].as_str() {
            let ran = self.shell(before);
            if ran.status != Some(0) {
                return Err(format!("{before}: {ran}"));
            }
        }
        if let Some(top) = order["run_in"].as_str() {
            assert!(order["before"].is_string(), "only the main worktree has main");
            self.at = Some(PathBuf::from(top));
            self.repo = Repo { sandbox: self.repo.sandbox, top: PathBuf::from(top) };
        }
        let mut tidy = false;
        for (at, step) in steps.iter().enumerate() {
            let command = text(&step["command"]);
            let warned =
                |of: &str| step["warnings"].as_array().unwrap().iter().any(|one| text(one).contains(of));
            // a lock may be met in the middle
            let locked = warned("git cannot merge while");
            let refused = locked || warned("git refuses");
            let before = self.repo.git(&["rev-parse", "HEAD"]);
            let mut ran = self.shell(command);
            if refused && !tidy {
                let began =
                    self.repo.try_git(&["rev-parse", "-q", "--verify", "MERGE_HEAD"]).status.success();
                if ran.status == Some(0)
                    || began && !locked
                    || self.repo.git(&["rev-parse", "HEAD"]) != before
                {
                    return Err(format!("step {at}: {command}: git did not refuse: {ran}"));
                }
                self.tidy(&before);
                tidy = true;
                ran = self.shell(command);
            }
            let told: BTreeSet<String> = step["conflicts"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|one| one["kind"] != "directory rename split")
                .map(|one| text(&one["path"]).to_string())
                .collect();
            match (text(&step["prediction"]), ran.status) {
                ("clean", Some(0)) => {}
                ("conflict", Some(1)) if self.unmerged() == told => {
                    tidy |= self.settle();
                }
                ("unknown", _) => return Ok(at),
                (prediction, _) => {
                    return Err(format!(
                        "step {at}: {command}: {prediction} {told:?}, but {:?}\n{ran}",
                        self.unmerged()
                    ));
                }
            }
            if warned("git stashes") && !tidy {
                // what it applied again may conflict, as was said; untracked files were never stashed
                self.repo.git(&["reset", "-q", "--hard"]);
                tidy = self.repo.git(&["status", "--porcelain"]).is_empty();
            }
            let tree = self.repo.git(&["rev-parse", "HEAD^{tree}"]);
            if step["tree"] != *tree {
                return Err(format!("step {at}: {command}: the tree is {tree}, predicted {}", step["tree"]));
            }
        }
        Ok(steps.len())
    }

    /// What is left out as merged is merged, as git says.
    fn left_out_is_true(&self, order: &Value) -> Result<(), String> {
        for one in order["left_out"].as_array().unwrap() {
            let (name, reason) = (text(&one["terminal"]), text(&one["reason"]));
            if !reason.contains("already") || !self.branches.iter().any(|branch| branch == name) {
                continue;
            }
            let ahead = self.repo.git(&["rev-list", "--count", &format!("main..{name}")]);
            let changes = |commit: &str| {
                !self.repo.git(&["diff", "--name-only", &format!("{commit}~"), commit]).is_empty()
            };
            let cherry = self.repo.git(&["cherry", "main", name]);
            let left = cherry.lines().filter_map(|line| line.strip_prefix("+ ")).any(changes);
            let merged = self.repo.try_git(&["merge-tree", "--write-tree", "main", name]).stdout;
            let nothing =
                String::from_utf8_lossy(&merged).trim() == self.repo.git(&["rev-parse", "main^{tree}"]);
            let squashed = self.is_squashed(name);
            if ahead != "0" && left && !nothing && !squashed {
                return Err(format!("{name} is left out: {reason}"));
            }
        }
        Ok(())
    }

    /// Whether a commit of the target makes the same changes as the whole branch.
    fn is_squashed(&self, name: &str) -> bool {
        let base = self.repo.git(&["merge-base", "main", name]);
        let id = |from: &str, to: &str| {
            self.shell(&format!("git diff {from} {to} | git patch-id --stable"))
                .stdout
                .split(' ')
                .next()
                .map(str::to_string)
        };
        let whole = id(&base, name);
        let commits = self.repo.git(&["rev-list", "--no-merges", &format!("{base}..main")]);
        commits.lines().any(|commit| id(&format!("{commit}~"), commit) == whole)
    }
}

fn one(seed: u64) -> usize {
    let sandbox = Sandbox::new();
    let mut world = World::new(&sandbox, seed);
    let count = 2 + world.dice.below(4);
    for number in 0..count {
        world.branch(number);
        if world.dice.chance(30) {
            world.target_goes_on();
        }
    }
    for at in 0..count {
        if world.dice.chance(25) {
            let name = world.branches[at].clone();
            world.take_in(&name);
            if world.dice.chance(40) {
                world.target_goes_on();
            }
            if world.dice.chance(20) {
                let top = world.worktrees[at].top.clone();
                world.commit(&top, &name);
            }
        }
    }
    let registered = world.dice.chance(50);
    if registered {
        world.repo.tw(&["init"]).exits(0);
        for at in 0..count {
            let (name, story) = (world.branches[at].clone(), format!("1-{}-x", 1 + at / 2));
            if world.dice.chance(70) {
                world
                    .repo
                    .tw(&[
                        "register",
                        "--mode",
                        "intra",
                        "--story",
                        &story,
                        "--terminal",
                        &name,
                        "--focus",
                        "some",
                    ])
                    .exits(0);
                world.tell(&format!("{name} is registered on {story}"));
            }
        }
    }
    for at in 0..count {
        if world.dice.chance(50) {
            world.disturb(at);
        }
        if registered && world.dice.chance(40) {
            let name = world.branches[at].clone();
            world.repo.tw(&["complete", &name]);
            world.tell(&format!("{name} is completed"));
        }
    }
    if world.dice.chance(60) {
        world.disturb_target();
    }
    if world.dice.chance(30) {
        world.set();
    }
    let told = |world: &World, what: String| format!("TRACK_WORK_SEED={seed}: {what}\n{}", world.story);
    let order = match registered {
        true => agree(&world.repo, &told(&world, String::new())).order,
        false => world.repo.tw(&["merge-order", "--format", "json"]).json(),
    };
    for command in ["status", "merge-order"] {
        let [kept, anew] = [&[][..], &["--no-cache"]]
            .map(|more| world.repo.tw(&[&[command, "--format", "json"], more].concat()).json());
        assert_eq!(kept, anew, "{}", told(&world, format!("{command} with a cache and without")));
    }
    if let Err(wrong) = world.left_out_is_true(&order).and_then(|()| world.carry_out(&order).map(drop)) {
        panic!("{}\n{order:#}", told(&world, wrong));
    }
    order["steps"].as_array().unwrap().len()
}

#[test]
fn the_printed_plan_does_what_was_predicted() {
    let seeds = seeds(20);
    let (mut steps, mut failed) = (0, Vec::new());
    for seed in seeds.clone() {
        match catch_unwind(|| one(seed)) {
            Ok(made) => steps += made,
            Err(_) => failed.push(seed), // its account was printed
        }
    }
    assert!(failed.is_empty(), "TRACK_WORK_SEED: {failed:?}");
    assert!(steps as u64 >= seeds.end - seeds.start || seeds.end - seeds.start < 10, "{steps} steps");
}
