//! A run that goes on after a stop, an interruption or a kill: what was done, and what a person made of it.

use crate::model::{MadeHow, Oid, PinnedMerge, Prediction, RepoPath, RunEnd, RunPhase, RunStop};

use super::conflicts::left_marker;
use super::error::MergingError;
use super::run::{Going, Runner};
use super::trace::{Trace, trace};

impl Runner<'_> {
    /// Goes on after a stop, an interruption or a kill.
    ///
    /// # Errors
    /// As [`Runner::begin`].
    pub fn resume(&mut self) -> Result<RunEnd, MergingError> {
        self.worktree.unlock();
        if self.run.is_unchecked() && self.run.phase == RunPhase::Merging {
            // a command may have been killed, or fewer merges were tried
            self.worktree.clear(self.run.at)?;
            return self.go();
        }
        let going = match (self.run.phase.clone(), self.run.left.first().cloned()) {
            (RunPhase::Finishing | RunPhase::Stopped(RunStop::Refused(_)), _) | (_, None) => Going::On,
            (RunPhase::Merging, Some(merge)) => self.recovered(&merge)?,
            (RunPhase::Stopped(stop), Some(merge)) => self.settled(&stop, &merge)?,
        };
        match going {
            Going::On => self.go(),
            Going::Stops(stop) => self.stop(stop),
            Going::Interrupted => Ok(RunEnd::Interrupted),
            Going::TargetFails => self.target_fails(),
        }
    }

    /// What was done before this program was killed. A merge that cannot be told is begun anew.
    fn recovered(&mut self, merge: &PinnedMerge) -> Result<Going, MergingError> {
        let seen = self.worktree.look()?;
        let seen = seen.map(|look| (trace(&look, self.run.at, merge), look));
        let is_resolved = |tree: Option<Oid>| merge.prediction != Prediction::Clean || tree != merge.tree;
        match seen {
            Some((Trace::Merge, look)) => {
                let how = match merge.prediction {
                    Prediction::Conflict => MadeHow::Resolved,
                    Prediction::Clean | Prediction::Unknown(_) => MadeHow::Merged,
                };
                self.made(merge, Some(&look), how)
            }
            Some((Trace::Conflict(paths), look)) => self.conflict(merge, &look, paths),
            // somebody resolved it
            Some((Trace::Staged, _)) if is_resolved(self.worktree.staged_tree()?) => {
                if self.would_lose(&Trace::Staged)? {
                    return Ok(Going::Stops(RunStop::Conflict(Vec::new())));
                }
                self.resolved(merge, &[], MadeHow::Resolved)
            }
            Some((Trace::Staged | Trace::Nothing | Trace::OtherMerge | Trace::Other, _)) | None => {
                self.worktree.open(self.run.at)?;
                Ok(Going::On)
            }
        }
    }

    /// What a person made of a stop.
    fn settled(&mut self, stop: &RunStop, merge: &PinnedMerge) -> Result<Going, MergingError> {
        let Some(look) = self.worktree.look()? else {
            self.worktree.open(self.run.at)?;
            return Ok(Going::On);
        };
        let paths: &[RepoPath] = match stop {
            RunStop::Conflict(paths) => paths,
            RunStop::Differs(_) | RunStop::Lacks(_) | RunStop::Failed(_) | RunStop::Refused(_) => &[],
        };
        let is_conflict = matches!(stop, RunStop::Conflict(_));
        let how = if is_conflict { MadeHow::Resolved } else { MadeHow::Accepted };
        let trace = trace(&look, self.run.at, merge);
        if self.would_lose(&trace)? {
            return Ok(Going::Stops(stop.clone()));
        }
        match trace {
            Trace::Merge => self.made(merge, Some(&look), how),
            Trace::Staged => {
                let is_foretold = merge.prediction == Prediction::Clean;
                if is_foretold && !is_conflict && self.worktree.staged_tree()? == merge.tree {
                    // hooks and signatures are tried again
                    self.worktree.reset(self.run.at)?;
                    return Ok(Going::On);
                }
                self.resolved(merge, paths, how)
            }
            Trace::Conflict(left) if is_conflict => {
                let names: Vec<String> = left.iter().map(RepoPath::to_string).collect();
                let names = names.join(", ");
                self.watcher.tells(format!("still in conflict: {names}; git add marks a file as resolved"));
                Ok(Going::Stops(stop.clone()))
            }
            Trace::Conflict(paths) => self.conflict(merge, &look, paths),
            Trace::Nothing => Ok(Going::On),
            Trace::OtherMerge | Trace::Other => Err(MergingError::unfit(
                format!("the worktree is not where the merge of {} left it", merge.terminal),
                "leave this terminal out with --skip, or give up with --abort",
            )),
        }
    }

    /// Commits what a person resolved, if it is complete.
    fn resolved(
        &mut self,
        merge: &PinnedMerge,
        paths: &[RepoPath],
        how: MadeHow,
    ) -> Result<Going, MergingError> {
        let mut marked = Vec::new();
        for path in paths {
            let versions = self.worktree.resolved_versions(path)?;
            marked.extend(left_marker(self.worktree.top(), path, &versions));
        }
        if !marked.is_empty() {
            self.watcher.tells(format!(
                "conflict markers are left: {}; if they belong to the file, commit the merge there (git commit --no-edit)",
                marked.join("; ")
            ));
            return Ok(Going::Stops(RunStop::Conflict(paths.to_vec())));
        }
        self.conclude(merge, how)
    }

    /// Whether something that a person left in the worktree would not be in the merge, and go with the worktree. Tells it.
    fn would_lose(&self, trace: &Trace) -> Result<bool, MergingError> {
        let is_committed = match trace {
            Trace::Merge | Trace::Nothing => true,
            Trace::Staged => false,
            Trace::Conflict(_) | Trace::OtherMerge | Trace::Other => return Ok(false),
        };
        let left = self.worktree.left_over(is_committed)?;
        if left.is_empty() {
            return Ok(false);
        }
        let names = left.iter().map(RepoPath::to_string).collect::<Vec<_>>().join(", ");
        let why = if is_committed { "not committed" } else { "not staged" };
        let take = if is_committed { "commit" } else { "`git add`" };
        self.watcher.tells(format!("{why}: {names}; {take} what belongs to the merge, and remove the rest"));
        Ok(true)
    }
}
