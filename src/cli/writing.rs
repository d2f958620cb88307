//! Arguments of the commands that write tracking files.

use clap::{Args, ValueEnum};

use crate::model::Mode;

/// Who writes.
#[derive(Clone, Debug, Args)]
pub struct Writing {
    /// Write as this owner of the tracking files
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
    /// Several terminals on one story, or several stories
    #[arg(long, value_enum)]
    pub mode: Option<ModeArg>,
    /// The story's id
    #[arg(long, value_name = "ID")]
    pub story: Option<String>,
    /// The terminal's id [default: the next free terminal-N]
    #[arg(long, value_name = "ID")]
    pub terminal: Option<String>,
    /// Which aspect of the story it works on
    #[arg(long)]
    pub focus: Option<String>,
    /// A task (repeat for more)
    #[arg(long = "task", value_name = "TASK")]
    pub tasks: Vec<String>,
    /// The agent that works there
    #[arg(long)]
    pub agent: Option<String>,
    /// The phase of the work
    #[arg(long)]
    pub phase: Option<String>,
    /// Its branch
    #[arg(long)]
    pub branch: Option<String>,
    /// Its worktree
    #[arg(long, value_name = "PATH")]
    pub worktree: Option<String>,
    /// A terminal that must be completed first (repeat for more)
    #[arg(long, value_name = "TERMINAL")]
    pub blocked_by: Vec<String>,
    /// Files that it claims (repeat for more)
    #[arg(long, value_name = "GLOB")]
    pub scope: Vec<String>,
    /// Greater goes first
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub priority: Option<i64>,
    /// The file it begins with
    #[arg(long, value_name = "PATH")]
    pub current_file: Option<String>,
    /// Who writes.
    #[command(flatten)]
    pub writing: Writing,
}

/// Which session is meant.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// The terminal's id
    pub terminal: String,
    /// Its story, where the terminal has several
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
    /// pending, in_progress, blocked, completed, …
    #[arg(long)]
    pub status: Option<String>,
    /// The file it works on now (empty: none)
    #[arg(long, value_name = "PATH")]
    pub current_file: Option<String>,
    /// Which aspect of the story it works on
    #[arg(long)]
    pub focus: Option<String>,
    /// Add a task (repeat for more)
    #[arg(long = "task", value_name = "TASK", visible_alias = "add-task")]
    pub tasks: Vec<String>,
    /// Mark a task done (repeat for more)
    #[arg(long = "done", value_name = "TASK", visible_alias = "task-done")]
    pub done: Vec<String>,
    /// The phase of the work
    #[arg(long)]
    pub phase: Option<String>,
    /// The agent that works there
    #[arg(long)]
    pub agent: Option<String>,
    /// The terminals that must be completed first, instead of those before (empty: none)
    #[arg(long, value_name = "TERMINAL")]
    pub blocked_by: Vec<String>,
    /// The files that it claims, instead of those before (empty: none)
    #[arg(long, value_name = "GLOB")]
    pub scope: Vec<String>,
    /// Its branch (empty: none)
    #[arg(long)]
    pub branch: Option<String>,
    /// Its worktree (empty: none)
    #[arg(long, value_name = "PATH")]
    pub worktree: Option<String>,
    /// Greater goes first
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

/// Arguments of `sync`.
#[derive(Clone, Debug, Args)]
pub struct Sync {
    /// Show the edits and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Who writes.
    #[command(flatten)]
    pub writing: Writing,
}

/// Arguments of `archive`.
#[derive(Clone, Debug, Args)]
pub struct Archive {
    /// The story's id
    pub story: String,
    /// Archive it although not all its sessions are completed
    #[arg(long)]
    pub force: bool,
    /// Who writes.
    #[command(flatten)]
    pub writing: Writing,
}
