//! Arguments, and which command they mean.

mod global;
mod hooks;
mod questions;
mod writing;

use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Args, Parser, Subcommand};

pub use global::{Color, FailOn, Format, Global};
pub use hooks::{AgentArg, Hooks, HooksCommand, HooksInstall, HooksRun, HooksUninstall};
pub use questions::{Check, Compare, Log, MergeOrder};
pub use writing::{Archive, Complete, ModeArg, Register, Sync, Update, Which, Writing};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_STATUS: &str = "\
Exit status: 0 nothing at or above --fail-on (default: conflict), 1 findings,
2 the run itself failed.";

/// See what every parallel terminal of a git repository really changed, which pairs will conflict
/// when merged, and keep the sprint's tracking files true.
#[derive(Debug, Parser)]
#[command(name = "track-work", version, styles = STYLES, after_help = EXIT_STATUS, max_term_width = 100)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create the tracking directory
    Init(Writing),
    /// Add a terminal's session to the tracking files
    Register(Register),
    /// Change a session: status, file, focus, tasks, branch, …
    Update(Update),
    /// Mark a session completed, and tell what becomes ready
    Complete(Complete),
    /// Observe git, check, bring the tracking files up to date, show the unified status
    Sync(Sync),
    /// Show the same picture and write nothing; works without tracking files
    Status,
    /// Say whom one terminal's work meets, and where: every other terminal, and the target
    Check(Check),
    /// Say what `git merge` would do with two revisions or worktrees
    Compare(Compare),
    /// Say in which order to merge, what each merge will do, and why
    MergeOrder(MergeOrder),
    /// Show the synchronization history
    Log(Log),
    /// Move a finished story's file to archive/, with a summary
    Archive(Archive),
    /// Install, remove or show the hooks of git and of coding agents
    Hooks(Hooks),
    /// Check the setting: git, the repository, hooks, tracking files; each finding with its mend
    Doctor,
    /// Show it all on a throw-away repository with real worktrees
    Demo(Demo),
}

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Leave the repository in DIR for playing
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}
