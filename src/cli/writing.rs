//! Arguments of the commands that write tracking files.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::Mode;

/// Who writes.
#[derive(Clone, Debug, Args)]
pub struct Writing {
    /// Name under `owner` in the tracking file [default: orchestrator-exe]; without this option, the
    /// command is rejected in the worktree of a registered terminal
    #[arg(long = "as", value_name = "OWNER")]
    pub owner: Option<String>,
}

/// `--mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// Several terminals on one story
    #[value(alias = "intra_story", alias = "intra-story", alias = "1")]
    Intra,
    /// Several stories in parallel
    #[value(alias = "inter_story", alias = "inter-story", alias = "2")]
    Inter,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Mode {
        match mode {
            ModeArg::Intra => Mode::Intra,
            ModeArg::Inter => Mode::Inter,
        }
    }
}

/// Arguments of `register`.
#[derive(Clone, Debug, Args)]
pub struct Register {
    /// Whether several terminals work on this story (intra), or each on a story of its own (inter);
    /// required in scripts; if you leave it out when working interactively, you are asked
    #[arg(long, value_enum)]
    pub mode: Option<ModeArg>,
    /// Story ID, for example 1-2-user-authentication; required in scripts, otherwise asked for
    #[arg(long, value_name = "ID")]
    pub story: Option<String>,
    /// Terminal ID [default: the next free terminal-N]
    #[arg(long, value_name = "ID")]
    pub terminal: Option<String>,
    /// Part of the story that the terminal works on, for example backend
    #[arg(long)]
    pub focus: Option<String>,
    /// Task to do (repeatable)
    #[arg(long = "task", value_name = "TASK")]
    pub tasks: Vec<String>,
    /// Agent that does the work
    #[arg(long)]
    pub agent: Option<String>,
    /// Phase of the work, for example first-pass
    #[arg(long)]
    pub phase: Option<String>,
    /// Branch of the terminal [default: the one whose name contains the terminal's or story's ID]
    #[arg(long)]
    pub branch: Option<String>,
    /// Worktree of the terminal [default: the one whose name contains the terminal's or story's ID]
    #[arg(long, value_name = "PATH")]
    pub worktree: Option<String>,
    /// Terminal that must be completed first (repeatable)
    #[arg(long, value_name = "TERMINAL")]
    pub blocked_by: Vec<String>,
    /// Files that the terminal claims (repeatable)
    #[arg(long, value_name = "GLOB")]
    pub scope: Vec<String>,
    /// Priority: higher goes first [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub priority: Option<i64>,
    /// File that is being worked on first
    #[arg(long, value_name = "PATH")]
    pub current_file: Option<String>,
    /// Who writes.
    #[command(flatten)]
    pub writing: Writing,
}

/// Which session is meant.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// Terminal ID, or the name or path of its worktree, or its branch
    pub terminal: String,
    /// Story ID; required if the terminal has several stories
    #[arg(long, value_name = "ID")]
    pub story: Option<String>,
    /// Who writes.
    #[command(flatten)]
    pub writing: Writing,
}

/// Arguments of `update`.
#[derive(Clone, Debug, Args)]
pub struct Update {
    /// Which session.
    #[command(flatten)]
    pub which: Which,
    /// Status: pending, in_progress, blocked or completed
    #[arg(long)]
    pub status: Option<String>,
    /// File that the terminal works on now ("" clears it)
    #[arg(long, value_name = "PATH")]
    pub current_file: Option<String>,
    /// Part of the story that the terminal works on, for example backend
    #[arg(long)]
    pub focus: Option<String>,
    /// Task to add (repeatable)
    #[arg(long = "task", value_name = "TASK", visible_alias = "add-task")]
    pub tasks: Vec<String>,
    /// Task to mark as done (repeatable)
    #[arg(long = "done", value_name = "TASK", visible_alias = "task-done")]
    pub done: Vec<String>,
    /// Phase of the work, for example first-pass
    #[arg(long)]
    pub phase: Option<String>,
    /// Agent that does the work
    #[arg(long)]
    pub agent: Option<String>,
    /// Terminal that must be completed first (repeatable); replaces the list ("" clears it)
    #[arg(long, value_name = "TERMINAL")]
    pub blocked_by: Vec<String>,
    /// Files that the terminal claims (repeatable); replaces the list ("" clears it)
    #[arg(long, value_name = "GLOB")]
    pub scope: Vec<String>,
    /// Branch of the terminal ("" clears it)
    #[arg(long)]
    pub branch: Option<String>,
    /// Worktree of the terminal ("" clears it)
    #[arg(long, value_name = "PATH")]
    pub worktree: Option<String>,
    /// Priority: higher goes first
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub priority: Option<i64>,
}

/// Arguments of `complete`.
#[derive(Clone, Debug, Args)]
pub struct Complete {
    /// Which session.
    #[command(flatten)]
    pub which: Which,
}

/// Arguments of `unregister`.
#[derive(Clone, Debug, Args)]
pub struct Unregister {
    /// Which session.
    #[command(flatten)]
    pub which: Which,
}

/// Arguments of `sync`.
#[derive(Clone, Debug, Args)]
pub struct SyncArgs {
    /// Show the edits and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// First merge tracking files that git left with conflict markers by what they say; ask in a terminal, or else
    /// tell, what both sides changed to different values
    #[arg(long, conflicts_with = "dry_run")]
    pub resolve: bool,
    /// Who writes.
    #[command(flatten)]
    pub writing: Writing,
}

/// Arguments of `merge-driver`, as git gives them.
#[derive(Clone, Debug, Args)]
pub struct MergeDriverArgs {
    /// File with the version of the merge base (%O)
    pub base: PathBuf,
    /// File with our version, which gets the result (%A)
    pub ours: PathBuf,
    /// File with their version (%B)
    pub theirs: PathBuf,
    /// Length of conflict markers (%L)
    pub marker_size: usize,
    /// Path of the result (%P)
    pub path: OsString,
    /// Names of the versions beside conflict markers (%S %X %Y)
    #[arg(num_args = 0..=3)]
    pub labels: Vec<OsString>,
}

/// Arguments of `archive`.
#[derive(Clone, Debug, Args)]
pub struct Archive {
    /// Story ID
    pub story: String,
    /// Archive the story even if sessions are not completed or their work is not merged
    #[arg(long)]
    pub force: bool,
    /// Who writes.
    #[command(flatten)]
    pub writing: Writing,
}
