//! Runs the commands of a run on what was merged, and takes out what fails.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::git::GitError;
use crate::model::{FailedCommand, FailedMerge, FailedTogether, MadeMerge, MergeRun, Oid, PinnedMerge};
use crate::trials::blame::{Trial, all_needs, blamed};
use crate::trials::results::{KeptFailure, RunSetup};
use crate::trials::runs::{self, Ran, RunPlace};

use super::error::MergingError;
use super::run::{Going, Runner};

/// Why nobody is blamed.
enum Halt {
    Interrupted,
    Error(MergingError),
}

impl<E: Into<MergingError>> From<E> for Halt {
    fn from(error: E) -> Halt {
        Halt::Error(error.into())
    }
}

impl Runner<'_> {
    /// Runs the commands on what was merged last.
    pub(super) fn check(&mut self) -> Result<Going, MergingError> {
        let MergeRun { target, made, from, at, .. } = &self.run;
        let (from, at) = (*from, *at);
        let on = made.last().map_or(target, |made| &made.terminal).clone();
        let Some(look) = self.worktree.look()?.filter(|look| look.head == at) else {
            self.worktree.open(at)?;
            return Ok(Going::On);
        };
        match self.ran(look.tree, &on)? {
            Ran::Passed => {
                self.worktree.clear(at)?;
                self.run.green = Some(at);
                self.notes.note(&self.run)?;
                Ok(Going::On)
            }
            Ran::Failed(failure) if at == from => {
                self.run.broken = Some(failure);
                Ok(Going::TargetFails)
            }
            Ran::Failed(failure) => self.take_out(failure, look.tree),
            Ran::NotRun(error) => {
                let continues = at != from || !self.run.failed.is_empty();
                if !continues {
                    self.give_up()?;
                }
                Err(MergingError::NotRun { error, continues })
            }
            Ran::Interrupted => Ok(Going::Interrupted),
        }
    }

    /// Takes the last merge out again, with those that need it.
    pub(super) fn take_back(&mut self) -> Result<Option<(MadeMerge, Vec<String>)>, MergingError> {
        let Some(merge) = self.run.made.pop() else { return Ok(None) };
        let without = self.leave_out(&merge.terminal, &merge.also, merge.head)?;
        let commits = self.run.made.iter().rev().find_map(|made| made.commit);
        self.run.at = commits.unwrap_or(self.run.from);
        // each was run before the next one was merged
        self.run.green = Some(self.run.at);
        self.run.planned = None;
        Ok(Some((merge, without)))
    }

    /// Leaves out what needs a terminal that is left out: what waits for it, and what its commits would come along with.
    /// Tells it, and returns who that is.
    pub(super) fn leave_out(
        &mut self,
        terminal: &str,
        also: &[String],
        head: Oid,
    ) -> Result<Vec<String>, MergingError> {
        let mut out: Vec<(String, Oid)> = std::iter::once(terminal)
            .chain(also.iter().map(String::as_str))
            .map(|name| (name.to_string(), head))
            .collect();
        let own = out.len();
        let brought: Vec<HashSet<Oid>> =
            self.run.left.iter().map(|one| self.beyond(one.head)).collect::<Result<_, _>>()?;
        let mut left: Vec<(PinnedMerge, HashSet<Oid>)> =
            std::mem::take(&mut self.run.left).into_iter().zip(brought).collect();
        // whoever needs one that was found later is found in the next round
        while let Some((at, needed)) = left.iter().enumerate().find_map(|(at, (one, brought))| {
            let needs = |(name, head): &&(String, Oid)| brought.contains(head) || one.needs.contains(name);
            Some((at, out.iter().find(needs)?.0.clone()))
        }) {
            let (one, _) = left.remove(at);
            self.watcher.tells(format!("{}: it needs {needed}, which is left out: left out", one.terminal));
            out.extend(std::iter::once(one.terminal).chain(one.also).map(|name| (name, one.head)));
        }
        self.run.left = left.into_iter().map(|(one, _)| one).collect();
        Ok(out.split_off(own).into_iter().map(|(name, _)| name).collect())
    }

    /// Takes the last merge out, on whose tree a command failed, and keeps what is known of that.
    fn take_out(&mut self, failure: FailedCommand, tree: Oid) -> Result<Going, MergingError> {
        let found = match self.blame(failure) {
            Ok(found) => found,
            Err(Halt::Interrupted) => return Ok(Going::Interrupted),
            Err(Halt::Error(error)) => return Err(error),
        };
        let Some((merge, without)) = self.take_back()? else { return Ok(Going::On) };
        let MadeMerge { terminal, also, head, .. } = merge;
        // it fails on the target too, if nothing else is merged after it
        self.results.borrow_mut().note(KeptFailure {
            found: found.clone(),
            merged: vec![terminal.clone()],
            uncommitted: false,
            tree,
            setup: self.setup(),
        })?;
        self.watcher.tells(format!("{terminal}: {} fails: left out", found.failure.command));
        self.run.failed.push(FailedMerge { terminal, also, head, found, without });
        self.worktree.clear(self.run.at)?;
        self.notes.note(&self.run)?;
        Ok(Going::On)
    }

    /// The terminals that fail together, and how they do; `whole` is how all that is merged fails.
    fn blame(&self, whole: FailedCommand) -> Result<FailedTogether, Halt> {
        let merges: Vec<&MadeMerge> = self.run.made.iter().filter(|made| made.commit.is_some()).collect();
        let needs = self.needs(&merges)?;
        let last = merges.last().map(|made| made.terminal.as_str()).unwrap_or_default();
        let mut failures: HashMap<Vec<usize>, FailedCommand> = HashMap::new();
        let blame = blamed::<Halt>(&needs, true, &mut |chosen| {
            if self.watcher.is_interrupted() {
                return Err(Halt::Interrupted);
            }
            let heads: Vec<Oid> = chosen.iter().map(|one| merges[*one].head).collect();
            let on = format!("{} of {}, to find who fails with {last}", heads.len(), merges.len());
            let Some(look) = self.worktree.try_out(self.run.from, &heads)? else { return Ok(Trial::Untried) };
            match self.ran(look.tree, &on)? {
                Ran::Passed => Ok(Trial::Green),
                Ran::Failed(failure) => {
                    failures.insert(chosen.to_vec(), failure);
                    Ok(Trial::Red)
                }
                Ran::NotRun(_) => Ok(Trial::Untried),
                Ran::Interrupted => Err(Halt::Interrupted),
            }
        })?;
        if self.watcher.is_interrupted() {
            return Err(Halt::Interrupted);
        }
        let names = |chosen: &[usize]| {
            let of = |one: &usize| std::iter::once(&merges[*one].terminal).chain(&merges[*one].also).cloned();
            chosen.iter().flat_map(of).collect::<Vec<String>>()
        };
        let [together, needed, untried] =
            [&blame.together, &blame.needed, &blame.untried].map(|set| names(set));
        let mut merged = [blame.together, blame.needed].concat();
        merged.sort_unstable();
        let failure = failures.remove(&merged).unwrap_or(whole);
        Ok(FailedTogether { together, needed, untried, failure })
    }

    /// For each of these merges, those before it that it needs, directly or not: what it waited for, and what its
    /// commits are stacked on.
    fn needs(&self, merges: &[&MadeMerge]) -> Result<Vec<BTreeSet<usize>>, MergingError> {
        let brought: Vec<HashSet<Oid>> =
            merges.iter().map(|made| self.beyond(made.head)).collect::<Result<_, _>>()?;
        // what the target had by then came along with another
        let contained: Vec<&MadeMerge> = self.run.made.iter().filter(|made| made.commit.is_none()).collect();
        let brings = |one: usize, name: &String| {
            let is_called = |made: &MadeMerge| made.terminal == *name || made.also.contains(name);
            is_called(merges[one])
                || contained.iter().any(|made| is_called(made) && brought[one].contains(&made.head))
        };
        Ok(all_needs(merges.len(), |at, one| {
            brought[at].contains(&merges[one].head) || merges[at].needs.iter().any(|name| brings(one, name))
        }))
    }

    /// The commits that are new with a head.
    fn beyond(&self, head: Oid) -> Result<HashSet<Oid>, GitError> {
        self.repository.commits_beyond(head, self.run.from)
    }

    fn setup(&self) -> RunSetup {
        RunSetup { commands: self.run.commands.clone(), fingerprint: self.run.fingerprint.clone() }
    }

    /// Runs all commands on the tree that is checked out, unless it is known what they say of it.
    fn ran(&self, tree: Oid, on: &str) -> Result<Ran, MergingError> {
        let MergeRun { made, left, commands, timeout, .. } = &self.run;
        let setup = self.setup();
        if let Some(known) = self.results.borrow().find(tree, &setup) {
            return Ok(known.clone().map_or(Ran::Passed, Ran::Failed));
        }
        let place = RunPlace {
            folder: self.worktree.top(),
            timeout: *timeout,
            guard: self.lock.file(),
            is_interrupted: &|| self.watcher.is_interrupted(),
        };
        let begins = |command: &str| {
            let what = format!("running {command} on {on}");
            self.watcher.begins(made.len(), made.len() + left.len(), &what);
        };
        let ran = runs::run(commands, on, &place, &begins)?;
        let failure = match &ran {
            Ran::Passed => None,
            Ran::Failed(failure) => Some(failure),
            Ran::NotRun(_) | Ran::Interrupted => return Ok(ran),
        };
        self.results.borrow_mut().keep(tree, &setup, failure)?;
        Ok(ran)
    }
}
