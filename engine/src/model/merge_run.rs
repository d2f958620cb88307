//! A run of `merge`: the merges that are planned, made and left, and where it stands.

use std::path::PathBuf;

use super::named::named;
use super::{FailedCommand, FailedTogether, Known, Oid, Prediction, RepoPath};

/// A conflict that was foretold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForetoldConflict {
    /// The path, as it is shown.
    pub path: String,
    /// The name of its kind.
    pub kind: String,
    /// Whether it conflicts with the target by itself.
    pub target: bool,
    /// The terminals merged before that it conflicts with; empty when it is the target alone.
    pub with: Vec<String>,
}

/// A merge that is planned, with what it was planned for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedMerge {
    /// The terminal.
    pub terminal: String,
    /// Other terminals whose work comes along.
    pub also: Vec<String>,
    /// Terminals that it waits for.
    pub needs: Vec<String>,
    /// What `git merge` is given.
    pub arguments: Vec<String>,
    /// The commit that it merges.
    pub head: Oid,
    /// What it will do.
    pub prediction: Prediction,
    /// The tree that it makes; conflicts settled in the terminal's favour.
    pub tree: Option<Oid>,
    /// The commit of the target that it was planned onto with others; `None` where that was not noted.
    pub onto: Option<Oid>,
    /// Where it stops.
    pub conflicts: Vec<ForetoldConflict>,
}

named! {
    /// How a merge was made.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum MadeHow {
        /// git made it, as foretold or without a prediction.
        Merged = "merged",
        /// Its conflicts were resolved by a person.
        Resolved = "resolved",
        /// Its conflicts were resolved as they were before.
        Remembered = "remembered",
        /// It came out otherwise than foretold, and a person took it as it is.
        Accepted = "accepted",
        /// The target had all of it already.
        Contained = "contained",
    }
}

/// A merge that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeMerge {
    /// The terminal.
    pub terminal: String,
    /// Other terminals whose work came along.
    pub also: Vec<String>,
    /// Terminals that it waited for.
    pub needs: Vec<String>,
    /// The commit that was merged.
    pub head: Oid,
    /// The merge commit; `None` where none was needed.
    pub commit: Option<Oid>,
    /// How.
    pub how: MadeHow,
    /// Paths that a person changed beside the conflicts.
    pub by_hand: Vec<RepoPath>,
}

/// A merge that was taken out of a run, because a command failed on what it made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedMerge {
    /// The terminal.
    pub terminal: String,
    /// Other terminals whose work came along.
    pub also: Vec<String>,
    /// The commit that was merged.
    pub head: Oid,
    /// Who fails together, and what failed.
    pub found: FailedTogether,
    /// Terminals that were left out because they need it.
    pub without: Vec<String>,
}

impl FailedMerge {
    /// All terminals that were left out because of it.
    pub fn names(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::once(&self.terminal).chain(&self.also).chain(&self.without).cloned()
    }
}

/// Why a run waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunStop {
    /// A merge stopped at conflicts in these paths.
    Conflict(Vec<RepoPath>),
    /// A merge was made and differs from its prediction in these paths.
    Differs(Vec<RepoPath>),
    /// A merge was made again, after the target moved, without what a person had changed in these paths.
    Lacks(Vec<RepoPath>),
    /// git or a hook did not make the merge, and said this.
    Failed(Vec<String>),
    /// The target could not be moved, and why.
    Refused(Vec<String>),
}

impl RunStop {
    /// The word used in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            RunStop::Conflict(_) => "conflict",
            RunStop::Differs(_) => "differs",
            RunStop::Lacks(_) => "lacks",
            RunStop::Failed(_) => "failed",
            RunStop::Refused(_) => "refused",
        }
    }
}

/// How far a run is. It is noted before each act, so that it is known what may have been done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunPhase {
    /// The worktree is made, or the next merge, or its commit is noted.
    Merging,
    /// It waits for a person.
    Stopped(RunStop),
    /// The target is moved, and what the run needed is removed.
    Finishing,
}

/// A run of `merge` that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeRun {
    /// When it was begun.
    pub started: String,
    /// The target branch, by its short name.
    pub target: String,
    /// Where the target was.
    pub from: Oid,
    /// The last merge commit; where the target was until there is one.
    pub at: Oid,
    /// Where the merges are made.
    pub worktree: PathBuf,
    /// What was merged.
    pub made: Vec<MadeMerge>,
    /// Merges in which a person changed more than the conflicts, made before the target moved.
    pub before: Vec<MadeMerge>,
    /// Terminals that were left out since.
    pub skipped: Vec<String>,
    /// What was left out because a command failed on it.
    pub failed: Vec<FailedMerge>,
    /// What failed on the target itself, which ends the run.
    pub broken: Option<FailedCommand>,
    /// What is run in each merged tree.
    pub commands: Vec<String>,
    /// How many seconds each of them may take.
    pub timeout: Option<u64>,
    /// Of the content of files that results of commands depend on.
    pub fingerprint: String,
    /// The commit on which all of them passed last.
    pub green: Option<Oid>,
    /// What is to be merged, the next one first.
    pub left: Vec<PinnedMerge>,
    /// The commit that the first of them was planned onto; `None` once they are to be planned anew.
    pub planned: Option<Oid>,
    /// The first of two goes after the second, as was asked for.
    pub after: Vec<(String, String)>,
    /// Whether git remembered resolutions of conflicts before it began.
    pub remembers: bool,
    /// How far it is.
    pub phase: RunPhase,
}

impl MergeRun {
    /// Whether the commands are still to be run on what was merged last.
    pub fn is_unchecked(&self) -> bool {
        !self.commands.is_empty() && self.green != Some(self.at)
    }

    /// How far it is, to those who only hear of it: `stopped at login`.
    pub fn standing(&self) -> String {
        match (&self.phase, self.next()) {
            (RunPhase::Stopped(_), Some(terminal)) => format!("stopped at {terminal}"),
            (RunPhase::Stopped(_), None) => format!("could not move {}", self.target),
            (RunPhase::Merging | RunPhase::Finishing, _) => "was interrupted".to_string(),
        }
    }

    /// The terminal that is next: merged, or made sure of.
    pub fn next(&self) -> Option<&str> {
        let made = self.made.last().filter(|_| self.is_unchecked()).map(|made| &made.terminal);
        made.or(self.left.first().map(|merge| &merge.terminal)).map(String::as_str)
    }

    /// The terminals that are merged, those that came along too.
    pub fn merged(&self) -> Vec<String> {
        self.made.iter().flat_map(|made| std::iter::once(&made.terminal).chain(&made.also)).cloned().collect()
    }

    /// The terminals that are left out: by a person, because a command failed, or because they need one of these.
    pub fn left_out(&self) -> Vec<String> {
        let failed = self.failed.iter().flat_map(FailedMerge::names);
        self.skipped.iter().cloned().chain(failed).collect()
    }

    /// The terminals that are to be merged.
    pub fn waiting(&self) -> Vec<String> {
        self.left
            .iter()
            .flat_map(|merge| std::iter::once(&merge.terminal).chain(&merge.also))
            .cloned()
            .collect()
    }
}

/// A run that is over, and can be taken back as long as the target stays where it left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// The target branch, by its short name.
    pub target: String,
    /// Where the target was before.
    pub from: Oid,
    /// Where it was then.
    pub to: Oid,
    /// The terminals that were merged.
    pub terminals: Vec<String>,
}

/// A path that waits to be resolved in the worktree of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenConflict {
    /// The path.
    pub path: RepoPath,
    /// The name of its kind.
    pub kind: String,
    /// Whether it was foretold.
    pub foretold: bool,
    /// Whether it conflicts with the target by itself, as was foretold.
    pub target: bool,
    /// The terminals merged before that it conflicts with; empty when it is the target alone, or not known.
    pub with: Vec<String>,
    /// Whether a side has a submodule there.
    pub is_submodule: bool,
    /// The lines of both sides, the target's first, where git put them between markers; of a submodule, its commits.
    pub regions: Vec<[Vec<String>; 2]>,
}

named! {
    /// What became of a merge at which a run stopped.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum StoppedMerge {
        /// Something is in conflict.
        Conflict = "conflict",
        /// Nothing is in conflict any more, and it is not committed.
        Resolved = "resolved",
        /// It is committed.
        Committed = "committed",
        /// Nothing of it is there: it was given up.
        GivenUp = "given_up",
        /// The worktree is not there.
        Gone = "gone",
        /// Something else is there.
        Other = "other",
    }
}

named! {
    /// How a call of `merge` ended.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum RunEnd {
        /// The target has all of it.
        Finished = "finished",
        /// There was nothing to merge.
        Nothing = "nothing",
        /// A command fails on the target itself, so nothing was merged.
        TargetFails = "target_fails",
        /// It waits for a person.
        Stopped = "stopped",
        /// It was interrupted, and goes on when told to.
        Interrupted = "interrupted",
        /// Everything is as before.
        Aborted = "aborted",
        /// The last run was taken back.
        Undone = "undone",
        /// It was asked for alone.
        Status = "status",
    }
}

/// What a call of `merge` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeAnswer {
    /// How it ended.
    pub end: RunEnd,
    /// The run, as it is now or was at the end.
    pub run: Option<MergeRun>,
    /// The paths that wait to be resolved.
    pub conflicts: Vec<OpenConflict>,
    /// What became of the merge at which the run stopped.
    pub found: Option<StoppedMerge>,
    /// What happened meanwhile: heads that moved, terminals that dropped out.
    pub told: Vec<String>,
    /// Who carries the run on now, where somebody does.
    pub running: Option<String>,
    /// The run that can be taken back, or was.
    pub last: Option<LastRun>,
    /// Where the target is after a run that was given up; `None` where it does not exist any more.
    pub target_now: Known<Option<Oid>>,
    /// The tracking files that were brought up to date.
    pub files: Vec<String>,
    /// Why they were not.
    pub unrecorded: Option<String>,
}
