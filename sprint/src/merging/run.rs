//! The steps of a run, from wherever it stands.

use std::cell::RefCell;

use crate::files::lock::RunLock;
use crate::git::{BranchPlace, MergeLook, MergeWorktree, Repository};
use crate::model::{
    FailedMerge, LastRun, MadeHow, MadeMerge, MergeRun, Oid, PinnedMerge, Prediction, RepoPath, RunEnd,
    RunPhase, RunStop,
};
use crate::trials::Watcher;
use crate::trials::results::Results;

use super::Planner;
use super::error::MergingError;
use super::state::Notes;
use super::trace::{Trace, trace};

/// Whether a run goes on.
pub(super) enum Going {
    On,
    Stops(RunStop),
    Interrupted,
    TargetFails,
}

/// A run that somebody carries on, under its lock.
pub struct Runner<'a> {
    /// The run.
    pub run: MergeRun,
    pub(super) repository: &'a Repository,
    pub(super) notes: &'a Notes,
    pub(super) lock: &'a RunLock,
    planner: &'a dyn Planner,
    pub(super) watcher: &'a dyn Watcher,
    pub(super) worktree: MergeWorktree,
    /// What commands said of trees.
    pub(super) results: RefCell<Results>,
}

impl<'a> Runner<'a> {
    /// Carries a run on.
    ///
    /// # Errors
    /// git's settings cannot be read.
    pub fn new(
        run: MergeRun,
        repository: &'a Repository,
        notes: &'a Notes,
        lock: &'a RunLock,
        planner: &'a dyn Planner,
        watcher: &'a dyn Watcher,
        results: Results,
    ) -> Result<Runner<'a>, MergingError> {
        let worktree = repository.merge_worktree(&run.worktree, &run.target, lock.file())?;
        let results = RefCell::new(results);
        Ok(Runner { run, repository, notes, lock, planner, watcher, worktree, results })
    }

    /// Begins.
    ///
    /// # Errors
    /// See [`MergingError`]; the run can be continued or aborted.
    pub fn begin(&mut self) -> Result<RunEnd, MergingError> {
        self.notes.note(&self.run)?;
        self.watcher.begins(0, self.run.left.len(), &format!("checking out {}", self.run.target));
        if let Err(error) = self.worktree.open(self.run.at) {
            _ = self.worktree.close();
            self.notes.close()?;
            return Err(error.into());
        }
        self.go()
    }

    /// Leaves the next terminal out, and goes on.
    ///
    /// # Errors
    /// As [`Runner::begin`]; nothing is being merged.
    pub fn skip(&mut self) -> Result<RunEnd, MergingError> {
        if self.run.is_unchecked()
            && let Some((merge, without)) = self.take_back()?
        {
            self.run.skipped.extend(std::iter::once(merge.terminal).chain(merge.also));
            self.run.skipped.extend(without);
            return self.skipped();
        }
        let is_refused =
            matches!(self.run.phase, RunPhase::Stopped(RunStop::Refused(_)) | RunPhase::Finishing);
        if self.run.left.is_empty() || is_refused {
            return Err(MergingError::unfit(
                format!("all merges are made; only {} has to be moved", self.run.target),
                "go on with --continue, or give up with --abort",
            ));
        }
        let PinnedMerge { terminal, also, head, .. } = self.run.left.remove(0);
        let without = self.leave_out(&terminal, &also, head)?;
        self.run.skipped.extend(std::iter::once(terminal).chain(also).chain(without));
        self.skipped()
    }

    fn skipped(&mut self) -> Result<RunEnd, MergingError> {
        self.run.phase = RunPhase::Merging;
        self.run.planned = None;
        self.notes.note(&self.run)?;
        self.worktree.open(self.run.at)?;
        self.go()
    }

    /// Gives up: the target stays where it is.
    ///
    /// # Errors
    /// What the run made cannot be removed.
    pub fn abort(&mut self) -> Result<RunEnd, MergingError> {
        let run = &self.run;
        let is_moved = run.at != run.from && self.repository.commit_now(&self.reference())? == Some(run.at);
        if is_moved && run.phase == RunPhase::Finishing {
            self.watcher.tells(format!("{} was moved before; --undo takes it back", run.target));
            return self.close_finished();
        }
        self.give_up()?;
        Ok(RunEnd::Aborted)
    }

    fn reference(&self) -> String {
        format!("refs/heads/{}", self.run.target)
    }

    /// Merges until nothing is left, or something stops it.
    pub(super) fn go(&mut self) -> Result<RunEnd, MergingError> {
        loop {
            if self.watcher.is_interrupted() {
                return Ok(RunEnd::Interrupted);
            }
            let is_finishing = self.run.left.is_empty();
            let now = self.repository.commit_now(&self.reference())?.ok_or_else(|| {
                MergingError::unfit(
                    format!("the branch {} does not exist any more", self.run.target),
                    "make it again, or give up with --abort",
                )
            })?;
            let was_moved_here = is_finishing && now == self.run.at;
            let going = match self.run.left.first().cloned() {
                _ if now != self.run.from && !was_moved_here => self.start_over(now)?,
                _ if self.run.is_unchecked() => self.check()?,
                Some(_) if self.run.planned != Some(self.run.at) => self.plan_anew()?,
                Some(merge) => self.step(&merge)?,
                None if self.run.at == self.run.from => {
                    self.give_up()?;
                    return Ok(RunEnd::Nothing);
                }
                None => match self.move_target(now)? {
                    None => return self.close_finished(),
                    Some(going) => going,
                },
            };
            match going {
                Going::On => {}
                Going::Stops(stop) => return self.stop(stop),
                Going::Interrupted => return Ok(RunEnd::Interrupted),
                Going::TargetFails => return self.target_fails(),
            }
        }
    }

    pub(super) fn target_fails(&mut self) -> Result<RunEnd, MergingError> {
        self.give_up()?;
        Ok(RunEnd::TargetFails)
    }

    /// Removes all that the run made: the target is as it was.
    pub(super) fn give_up(&self) -> Result<(), MergingError> {
        self.worktree.forget(self.run.remembers);
        self.close()
    }

    /// Removes all that the run needed.
    pub(super) fn close(&self) -> Result<(), MergingError> {
        self.worktree.close()?;
        self.notes.close()
    }

    pub(super) fn stop(&mut self, stop: RunStop) -> Result<RunEnd, MergingError> {
        self.run.phase = RunPhase::Stopped(stop);
        self.notes.note(&self.run)?;
        Ok(RunEnd::Stopped)
    }

    /// Makes the next merge.
    fn step(&mut self, merge: &PinnedMerge) -> Result<Going, MergingError> {
        let made = self.run.made.len();
        self.watcher.begins(made, made + self.run.left.len(), &format!("merging {}", merge.terminal));
        let word = merge.arguments.last().map(String::as_str).unwrap_or_default();
        if self.repository.commit_now(word)? != Some(merge.head) {
            return self.head_moved(merge);
        }
        if self.run.phase != RunPhase::Merging {
            self.run.phase = RunPhase::Merging;
            self.notes.note(&self.run)?;
        }
        self.worktree.settle(self.run.at, merge.head)?;
        let attempt = self.worktree.merge(&merge.arguments)?;
        let Some(look) = self.worktree.look()? else {
            return Ok(Going::Stops(RunStop::Failed(attempt.said)));
        };
        match trace(&look, self.run.at, merge) {
            Trace::Nothing if attempt.succeeded => self.made(merge, None, MadeHow::Contained),
            Trace::Merge => self.made(merge, Some(&look), MadeHow::Merged),
            Trace::Conflict(paths) => self.conflict(merge, &look, paths),
            _ if self.watcher.is_interrupted() => Ok(Going::Interrupted),
            Trace::OtherMerge => {
                self.worktree.reset(self.run.at)?;
                self.head_moved(merge)
            }
            // a folder that was split is a conflict in no path
            Trace::Staged if merge.prediction == Prediction::Conflict => {
                Ok(Going::Stops(RunStop::Conflict(Vec::new())))
            }
            Trace::Nothing | Trace::Staged | Trace::Other => Ok(Going::Stops(RunStop::Failed(attempt.said))),
        }
    }

    /// Resolves conflicts as they were resolved before, if that are all.
    pub(super) fn conflict(
        &mut self,
        merge: &PinnedMerge,
        look: &MergeLook,
        paths: Vec<RepoPath>,
    ) -> Result<Going, MergingError> {
        if !self.worktree.take_remembered(&look.unmerged)? {
            let conflicts = self.planner.with_whom(&self.run, merge);
            self.run.left.iter_mut().take(1).for_each(|next| next.conflicts = conflicts.clone());
            return Ok(Going::Stops(RunStop::Conflict(paths)));
        }
        let names: Vec<String> = paths.iter().map(RepoPath::to_string).collect();
        self.watcher.tells(format!("{}: resolved as before: {}", merge.terminal, names.join(", ")));
        self.conclude(merge, MadeHow::Remembered)
    }

    /// Commits a merge that has no conflicts any more.
    pub(super) fn conclude(&mut self, merge: &PinnedMerge, how: MadeHow) -> Result<Going, MergingError> {
        let attempt = self.worktree.conclude()?;
        match self.worktree.look()? {
            Some(look) if trace(&look, self.run.at, merge) == Trace::Merge => {
                self.made(merge, Some(&look), how)
            }
            Some(_) | None if self.watcher.is_interrupted() => Ok(Going::Interrupted),
            Some(_) | None => Ok(Going::Stops(RunStop::Failed(attempt.said))),
        }
    }

    /// Notes a merge. One that differs from what was foretold stops the run, and otherwise the rest is planned anew
    /// where it was planned for something else.
    pub(super) fn made(
        &mut self,
        merge: &PinnedMerge,
        look: Option<&MergeLook>,
        how: MadeHow,
    ) -> Result<Going, MergingError> {
        let is_foretold = merge.tree.is_some() && look.map(|look| look.tree) == merge.tree;
        if let (Some(look), MadeHow::Merged, Prediction::Clean, false) =
            (look, how, &merge.prediction, is_foretold)
        {
            let differing = self.planner.differing(self.run.at, merge.head, look.tree);
            return Ok(Going::Stops(RunStop::Differs(differing)));
        }
        if let (Some(look), true) = (look, how != MadeHow::Accepted) {
            let lacking = self.lacking(merge, look)?;
            if !lacking.is_empty() {
                return Ok(Going::Stops(RunStop::Lacks(lacking)));
            }
        }
        let by_hand = match (look, how) {
            (Some(look), MadeHow::Resolved | MadeHow::Accepted) => {
                self.planner.differing(self.run.at, merge.head, look.tree)
            }
            _ => Vec::new(),
        };
        self.run.before.retain(|before| before.terminal != merge.terminal);
        self.run.left.remove(0);
        self.run.at = look.map_or(self.run.at, |look| look.head);
        self.run.planned = Some(self.run.at).filter(|_| is_foretold);
        self.run.phase = RunPhase::Merging;
        self.run.made.push(MadeMerge {
            terminal: merge.terminal.clone(),
            also: merge.also.clone(),
            needs: merge.needs.clone(),
            head: merge.head,
            commit: look.map(|look| look.head),
            how,
            by_hand,
        });
        self.notes.note(&self.run)?;
        Ok(Going::On)
    }

    /// What a person changed in this merge before the target moved, as far as it is not there now.
    fn lacking(&self, merge: &PinnedMerge, look: &MergeLook) -> Result<Vec<RepoPath>, MergingError> {
        let before = self.run.before.iter().find(|before| before.terminal == merge.terminal);
        let Some((before, commit)) = before.and_then(|before| Some((before, before.commit?))) else {
            return Ok(Vec::new());
        };
        Ok(self.repository.paths_differing(commit, look.head, &before.by_hand)?)
    }

    /// A terminal has other commits than were planned for.
    fn head_moved(&mut self, merge: &PinnedMerge) -> Result<Going, MergingError> {
        self.watcher.tells(format!(
            "{} is not at {} any more: planning anew",
            merge.terminal,
            merge.head.short()
        ));
        self.run.planned = None;
        Ok(Going::On)
    }

    /// Plans what is left, onto what is merged by now.
    fn plan_anew(&mut self) -> Result<Going, MergingError> {
        self.plan(&self.run.waiting())?;
        self.notes.note(&self.run)?;
        Ok(Going::On)
    }

    fn plan(&mut self, terminals: &[String]) -> Result<(), MergingError> {
        let planned = self.planner.plan(&self.run, terminals);
        let (mut left, told) = planned.map_err(MergingError::Plan)?;
        // what is merged by now is still needed
        for before in self.run.left.drain(..) {
            let same = left.iter_mut().filter(|merge| merge.terminal == before.terminal);
            same.for_each(|merge| {
                merge.needs.extend(before.needs.iter().cloned());
                merge.needs.sort();
                merge.needs.dedup();
            });
        }
        self.run.left = left;
        self.run.planned = Some(self.run.at);
        let planned = self.run.waiting();
        self.run.skipped.extend(terminals.iter().filter(|name| !planned.contains(name)).cloned());
        told.into_iter().for_each(|line| self.watcher.tells(line));
        Ok(())
    }

    /// The target moved: everything is merged onto what it is now.
    fn start_over(&mut self, now: Oid) -> Result<Going, MergingError> {
        let MergeRun { target, from, .. } = &self.run;
        self.watcher.tells(format!(
            "{target} moved from {} to {}: planning all merges anew",
            from.short(),
            now.short()
        ));
        let failed = std::mem::take(&mut self.run.failed);
        let failed: Vec<String> = failed.iter().flat_map(FailedMerge::names).collect();
        let terminals = [self.run.merged(), self.run.waiting(), failed].concat();
        (self.run.from, self.run.at) = (now, now);
        let by_hand = self.run.made.drain(..).filter(|made| !made.by_hand.is_empty());
        self.run.before.extend(by_hand);
        self.run.phase = RunPhase::Merging;
        self.plan(&terminals)?;
        self.notes.note(&self.run)?;
        self.worktree.reset(now)?;
        Ok(Going::On)
    }

    /// Moves the target, unless it is moved already; `None` once it is.
    fn move_target(&mut self, now: Oid) -> Result<Option<Going>, MergingError> {
        self.run.phase = RunPhase::Finishing;
        self.notes.note(&self.run)?;
        let MergeRun { target, from, at, .. } = &self.run;
        if now == *at {
            return Ok(None);
        }
        let attempt = match self.repository.checked_out(target) {
            BranchPlace::Nowhere => self.repository.swap_branch(target, *at, *from, self.lock.file())?,
            BranchPlace::At(top) => self.repository.advance_branch(&top, target, *at, self.lock.file())?,
            BranchPlace::Held(reason) | BranchPlace::Several(reason) => {
                return Ok(Some(Going::Stops(RunStop::Refused(vec![reason]))));
            }
        };
        match self.repository.commit_now(&self.reference())? {
            // it may have gone on from there
            Some(now) if now == *at || attempt.succeeded => Ok(None),
            Some(now) if now == *from => Ok(Some(Going::Stops(RunStop::Refused(attempt.said)))),
            // it was moved meanwhile
            Some(_) | None => Ok(Some(Going::On)),
        }
    }

    fn close_finished(&mut self) -> Result<RunEnd, MergingError> {
        self.notes.note_last(Some(&LastRun {
            target: self.run.target.clone(),
            from: self.run.from,
            to: self.run.at,
            terminals: self.run.merged(),
        }))?;
        self.close()?;
        Ok(RunEnd::Finished)
    }
}
