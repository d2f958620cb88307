//! A repository that is brought into a random state: uncommitted, in progress, merged in several ways, detached,
//! stacked, gone.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::cli::program::{Said, numbered, said, scrubbed};
use crate::happenings::{self, Desk};
use crate::merge_engine::random::Dice;
use crate::support::{Repo, Sandbox};

/// The files of the first commit.
const FILES: [&str; 7] = ["f0", "f1", "f2", "f3", "f4", "f5", "sub/g"];

/// A repository that is brought into a random state, with an account of how.
pub struct World<'s> {
    pub repo: Repo<'s>,
    pub dice: Dice,
    pub story: String,
    pub branches: Vec<String>,
    pub worktrees: Vec<Repo<'s>>,
    /// Worktrees that were made of branches that others had checked out.
    pub again: Vec<PathBuf>,
    /// Sessions in worktrees of others.
    pub sessions: Vec<String>,
    /// Where the commands of the plan are run, once that is another folder than the main worktree.
    pub at: Option<PathBuf>,
}

impl<'s> World<'s> {
    pub fn new(sandbox: &'s Sandbox, seed: u64) -> World<'s> {
        let repo = sandbox.init("shop");
        for file in 0..6 {
            repo.write(format!("f{file}"), numbered(30, &[]));
        }
        repo.write("sub/g", numbered(30, &[]));
        repo.commit("first", &[(".gitignore", ".system/\n")]);
        let dice = Dice::new(seed * 31 + 7);
        let (again, sessions) = (Vec::new(), Vec::new());
        let (branches, worktrees) = (Vec::new(), Vec::new());
        World { repo, dice, story: String::new(), branches, worktrees, again, sessions, at: None }
    }

    pub fn tell(&mut self, what: &str) {
        writeln!(self.story, "- {what}").unwrap();
    }

    /// Changes something in a worktree; returns what.
    pub fn edit(&mut self, top: &std::path::Path) -> String {
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

    pub fn commit(&mut self, top: &std::path::Path, who: &str) {
        let what = self.edit(top);
        let work = Repo { sandbox: self.repo.sandbox, top: top.to_path_buf() };
        work.commit(&format!("{who} {what}"), &[]);
        self.tell(&format!("{who} {what} and commits"));
    }

    pub fn target_goes_on(&mut self) {
        let top = self.repo.top.clone();
        self.commit(&top, "main");
    }

    /// A branch with some commits, in a worktree of its own or not.
    pub fn branch(&mut self, number: usize) {
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

    fn desks(&self) -> Vec<Desk<'_, 's>> {
        let all = self.worktrees.iter().zip(&self.branches);
        all.map(|(repo, name)| Desk { name: name.clone(), repo }).collect()
    }

    /// Something more than an edit happens to a branch.
    pub fn happens(&mut self) {
        let mut dice = std::mem::replace(&mut self.dice, Dice::new(0));
        let at = dice.below(self.branches.len());
        let mut roll = |sides: usize| dice.below(sides);
        let what = happenings::of_branch(&self.repo, &self.desks(), at, &FILES, &mut roll);
        self.dice = dice;
        self.tell(&what);
    }

    /// Something in a worktree that is not committed, where that is still there.
    pub fn happens_in_worktree(&mut self, at: usize) {
        if !self.worktrees[at].path(".git").exists() {
            return;
        }
        let mut dice = std::mem::replace(&mut self.dice, Dice::new(0));
        let what = happenings::of_worktree(&self.desks(), at, &FILES, &mut |sides| dice.below(sides));
        self.dice = dice;
        self.tell(&what);
    }

    /// The target takes a branch in, in one of several ways, where git can.
    pub fn take_in(&mut self, name: &str) {
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
    pub fn disturb(&mut self, at: usize) {
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
    pub fn disturb_target(&mut self) {
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
    pub fn set(&mut self) {
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

    /// A shell line where the plan is carried out.
    pub fn shell(&self, command: &str) -> Said {
        let top = self.at.as_ref().unwrap_or(&self.repo.top);
        let mut shell = Command::new("sh");
        shell.args(["-c", command]);
        let mut shell = scrubbed(&self.repo.sandbox.path("home"), top, shell);
        let git = self.repo.sandbox.command(top);
        shell.envs(git.get_envs().filter_map(|(name, value)| Some((name, value?))));
        said(&mut shell)
    }
}
