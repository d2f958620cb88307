//! What people do beside the usual: several stories in one worktree, conflicts left in the index, folders and branches
//! that are moved, copied, renamed and deleted by hand, filters that are not there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::program::{DIR, numbered};
use crate::support::Repo;

use super::world::World;

/// The file that conflicts are left in, where it is there.
const FILE: &str = "f2";

impl<'s> World<'s> {
    fn at_folder(&self, top: &Path) -> Repo<'s> {
        Repo { sandbox: self.repo.sandbox, top: top.to_path_buf() }
    }

    fn register(&mut self, args: &[&str]) -> bool {
        let said = self.repo.tw(&[&["register"], args].concat());
        assert!(matches!(said.status, Some(0 | 2)), "register {args:?}: {said}\n{}", self.story);
        let is_done = said.status == Some(0);
        self.tell(&format!("register {}{}", args.join(" "), if is_done { "" } else { ", which is refused" }));
        is_done
    }

    /// More stories in the worktree of a branch: at the same time, or one after the other.
    pub fn share_worktree(&mut self, at: usize) {
        let name = self.branches[at].clone();
        let folder = format!("../{name}");
        for more in 0..1 + self.dice.below(2) {
            let goes_on = self.dice.chance(30);
            if self.dice.chance(40) {
                self.repo.tw(&["complete", &name]);
                self.tell(&format!("{name} is completed"));
            }
            let id = if goes_on { name.clone() } else { format!("{name}-{}", ["b", "c"][more]) };
            let story = format!("2-{}-y", 10 * at + more);
            let mode = *self.dice.pick(&["inter", "inter", "intra"]);
            let focus = format!("part {more}");
            let mut args = vec!["--mode", mode, "--story", &story, "--terminal", &id, "--worktree", &folder];
            args.extend(["--focus", &focus]);
            if !goes_on && self.dice.chance(25) {
                args.extend(["--blocked-by", &name]);
            }
            if self.register(&args) {
                self.sessions.push(id);
            }
            if self.dice.chance(50) {
                let top = self.worktrees[at].top.clone();
                self.commit(&top, &name);
            }
        }
    }

    /// A story that needs another one.
    pub fn need_a_story(&mut self) {
        let mut story = || {
            let number = self.dice.below(3);
            self.dice.pick(&[format!("1-{}-x", 1 + number), format!("2-{}-y", 10 * number)]).clone()
        };
        let (needs, needed) = (story(), story());
        if needs == needed {
            return;
        }
        self.repo
            .track("dependencies-template.yaml", format!("dependencies:\n  \"{needs}\": [\"{needed}\"]\n"));
        self.tell(&format!("story {needs} needs {needed}"));
    }

    /// Several versions of a file in the index of a worktree, though nothing is in progress there.
    pub fn leave_a_conflict(&mut self, at: usize) {
        let work = self.at_folder(&self.worktrees[at].top.clone());
        let name = self.branches[at].clone();
        let is_usual = work.path(".git").exists()
            && work.path(FILE).is_file()
            && work.try_git(&["diff", "--quiet", "HEAD"]).status.success()
            && work.try_git(&["symbolic-ref", "-q", "HEAD"]).status.success();
        if !is_usual {
            return;
        }
        let (one, other) = (numbered(30, &[(20, "put aside")]), numbered(30, &[(20, "in between")]));
        work.write(FILE, &one);
        work.git(&["commit", "-qam", "put aside"]);
        let aside = work.git(&["rev-parse", "HEAD"]);
        let patch = work.git(&["diff", "HEAD~", "HEAD"]) + "\n";
        work.git(&["reset", "-q", "--hard", "HEAD~"]);
        let way = *self.dice.pick(&["stash pop", "cherry-pick", "merge", "checkout -m", "apply -3"]);
        if matches!(way, "stash pop" | "checkout -m") {
            work.write(FILE, &one);
        }
        if way == "stash pop" {
            work.git(&["stash", "-q"]);
        }
        if way != "checkout -m" {
            work.write(FILE, &other);
            work.git(&["commit", "-qam", "in between", "--allow-empty"]);
        }
        let stopped = match way {
            "stash pop" => work.try_git(&["stash", "pop", "-q"]),
            "cherry-pick" => work.try_git(&["cherry-pick", "--no-commit", &aside]),
            "merge" => work.try_git(&["merge", "-q", "--squash", &aside]),
            "checkout -m" => {
                let branch = work.git(&["symbolic-ref", "--short", "HEAD"]);
                work.write(FILE, &other);
                let made = work.try_git(&["checkout", "-q", "-m", "--detach", &aside]);
                work.git(&["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")]);
                made
            }
            _ => {
                let file = self.repo.sandbox.path("patch");
                fs::write(&file, patch).unwrap();
                work.try_git(&["apply", "-3", file.to_str().unwrap()])
            }
        };
        let is_open = !work.git(&["ls-files", "-u"]).is_empty();
        self.tell(&format!("{name}: {way} leaves {FILE} unmerged: {is_open} ({:?})", stopped.status.code()));
        if is_open && self.dice.chance(40) {
            work.git(&["add", FILE]);
            self.tell(&format!("{name} stages {FILE} with its markers"));
            if self.dice.chance(40) {
                work.git(&["commit", "-qm", "with markers"]);
                self.tell(&format!("{name} commits it"));
            }
        }
    }

    /// Moves, copies, renames or deletes what a terminal works in, by hand.
    pub fn misplace(&mut self, at: usize) {
        let (name, top) = (self.branches[at].clone(), self.worktrees[at].top.clone());
        let branch = format!("refs/heads/{name}");
        if !top.join(".git").exists()
            || !self.repo.try_git(&["rev-parse", "-q", "--verify", &branch]).status.success()
        {
            return;
        }
        let beside = |ending: &str| -> PathBuf { self.repo.sandbox.path(&format!("{name}-{ending}")) };
        let (moved, copy, again) = (beside("moved"), beside("copy"), beside("again"));
        let way = self.dice.below(9);
        let what = match way {
            0..3 => {
                fs::rename(&top, &moved).unwrap();
                self.worktrees[at].top = moved.clone();
                match way {
                    0 => "is moved by mv",
                    1 => {
                        self.repo.git(&["worktree", "repair", moved.to_str().unwrap()]);
                        "is moved by mv, and repaired"
                    }
                    _ => {
                        self.repo.git(&["worktree", "prune"]);
                        "is moved by mv, and pruned"
                    }
                }
            }
            3 | 4 => {
                let status =
                    std::process::Command::new("cp").arg("-a").arg(&top).arg(&copy).status().unwrap();
                assert!(status.success());
                if way == 4 {
                    fs::remove_dir_all(&top).unwrap();
                    self.worktrees[at].top = copy.clone();
                }
                if way == 3 { "is copied by cp" } else { "is copied by cp, and deleted" }
            }
            5 => {
                let new = format!("{name}-renamed");
                // not while it is being bisected
                if self.repo.try_git(&["branch", "-m", &name, &new]).status.success() {
                    self.branches[at] = new;
                }
                "has its branch renamed"
            }
            6 if self.repo.git(&["rev-list", "--count", &format!("main..{name}")]) == "0" => "stays",
            6 => {
                self.repo.git(&["update-ref", "-d", &branch]);
                "has its branch deleted"
            }
            7 => {
                self.repo.git(&["worktree", "add", "-q", "--force", again.to_str().unwrap(), &name]);
                self.again.push(again.clone());
                "is checked out again elsewhere"
            }
            _ => {
                fs::remove_dir_all(&top).unwrap();
                self.repo.git(&["worktree", "prune"]);
                "is deleted by hand, and pruned"
            }
        };
        self.tell(&format!("{name} {what}"));
        if way == 7 && self.is_tracked() && self.dice.chance(50) {
            let (id, story) = (format!("{name}-again"), format!("1-{}-x", 1 + at / 2));
            let folder = format!("../{id}");
            let args = ["--mode", "intra", "--story", &story, "--terminal", &id, "--worktree", &folder];
            if self.register(&[&args[..], &["--focus", "again"]].concat()) {
                self.sessions.push(id);
            }
        }
        if way == 7 && self.dice.chance(40) {
            self.commit(&again, &name);
        }
    }

    /// The main worktree is moved by `mv`.
    pub fn move_main(&mut self) {
        let there = self.repo.sandbox.path("shop moved");
        fs::rename(&self.repo.top, &there).unwrap();
        self.repo.top = there;
        let repaired = self.dice.chance(60);
        if repaired {
            let tops: Vec<String> =
                self.worktrees.iter().map(|work| work.top.to_string_lossy().into_owned()).collect();
            let args: Vec<&str> =
                ["worktree", "repair"].into_iter().chain(tops.iter().map(|top| &**top)).collect();
            self.repo.try_git(&args);
        }
        self.tell(&format!(
            "the main worktree is moved by mv{}",
            if repaired { ", and repaired" } else { "" }
        ));
    }

    /// A filter that is not there, for files of all or of one worktree alone.
    pub fn name_a_filter(&mut self) {
        let file = format!("f{}", self.dice.below(3));
        let everywhere = self.dice.chance(50);
        let line = format!("{file} filter=lost\n");
        if everywhere {
            let path =
                self.repo.git(&["rev-parse", "--path-format=absolute", "--git-path", "info/attributes"]);
            fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
            fs::write(path, &line).unwrap();
        } else {
            let at = self.dice.below(self.worktrees.len());
            let top = self.worktrees[at].top.clone();
            if !top.is_dir() {
                return;
            }
            fs::write(top.join(".gitattributes"), &line).unwrap();
        }
        self.repo.git(&["config", "filter.lost.clean", "nosuch-filter"]);
        let required = self.dice.chance(60);
        if required {
            self.repo.git(&["config", "filter.lost.required", "true"]);
        }
        self.tell(&format!(
            "{file} has a filter that is not there, everywhere: {everywhere}, required: {required}"
        ));
    }

    /// Whether sessions are tracked.
    pub fn is_tracked(&self) -> bool {
        self.repo.path(DIR).is_dir()
    }
}
