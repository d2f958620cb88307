//! Carries out a merge order: the real `git merge`, step by step, in a worktree that nobody else works in.
//!
//! ```text
//!  plan ─> [worktree ─> merge, look, compare, note] for each step ─> target moves once ─> worktree removed
//!                            │
//!                            └─> stops for a person: --continue, --skip, --abort
//! ```
//!
//! - **Where.** A linked worktree with a detached head, in the folder where this program keeps its state. Its
//!   path says whose it is, so `git` observes it as no terminal. What is merged is reachable from its head only.
//! - **Pinned.** Each step has the head that it merges and, where it was foretold to be clean, the tree. A head or a
//!   target that moved meanwhile is planned anew; a tree that differs stops the run.
//! - **Noted.** `.git/track-work/merge.json` has the run ([`state`]), written before each act that may be killed. What
//!   was done since is read off the worktree and the target: a head whose parents are those of the step is its
//!   merge; a target at the last merge was moved. A merge of which nothing is left to see is made again in a new
//!   worktree. So an act is done once, however often it is begun.
//! - **Checked.** Commands are run on the target first, and then on each merge before the next one (`checked`). A merge
//!   on which one fails is taken out, and which terminals fail together is found by merging fewer of them
//!   ([`crate::trials`]). What they said of a tree is kept, so that nothing is run twice.
//! - **One at a time.** `.git/track-work/merge.lock` is locked ([`crate::files::lock`]). It is the standard input of every git that
//!   is started here, so the lock is held until the last of them has ended, also when this program was killed.
//! - **The end.** The target moves by one `update-ref` that names the old commit or, where it is checked out, by
//!   `git merge --ff-only` there, out of reach of signals for this program. `.git/track-work/merged.json` says what
//!   `--undo` takes back.
//!
//! [`run`] goes on as far as it can; what it needs to know of plans and people comes through the ports [`Planner`]
//! and [`crate::trials::Watcher`].

mod checked;
pub mod conflicts;
pub mod error;
mod resume;
pub mod run;
pub mod state;
mod trace;
pub mod undo;

pub use trace::stopped_merge;

use crate::model::{ForetoldConflict, MergeRun, Oid, PinnedMerge, RepoPath};

/// Makes plans.
pub trait Planner {
    /// The merges of these terminals onto where a run is, and a line about each that has none.
    ///
    /// # Errors
    /// Nothing can be planned, and why.
    fn plan(&self, run: &MergeRun, terminals: &[String]) -> Result<(Vec<PinnedMerge>, Vec<String>), String>;

    /// The conflicts of the next merge of a run, with those of what the run has merged that it conflicts with.
    fn with_whom(&self, run: &MergeRun, merge: &PinnedMerge) -> Vec<ForetoldConflict>;

    /// The paths in which a tree differs from what merging a head onto a commit was foretold to make.
    fn differing(&self, onto: Oid, head: Oid, made: Oid) -> Vec<RepoPath>;
}
