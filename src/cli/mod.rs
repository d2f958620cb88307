//! Arguments, and which command they mean.

mod global;
mod hooks;
mod merging;
mod questions;
mod share;
mod topics;
mod writing;

use std::path::PathBuf;

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use global::{Color, FailOn, Format, Global, remote_branches};
pub use hooks::{AgentArg, Hooks, HooksCommand, HooksInstall, HooksRun, HooksUninstall};
pub use merging::{CommandArgs, MergeArgs, VerifyArgs};
pub use questions::{
    CheckArgs, Chosen, Compare, Log, MergeOrderArgs, ReportArgs, ShowOnly, StatusArgs, StatusLineArgs,
};
pub use share::{ShareArgs, ShareCommand, ShareOff, SharePrune, SharePush};
pub use topics::{TOPICS, Topic, topic};
pub use writing::{
    Archive, Complete, MergeDriverArgs, ModeArg, Register, SyncArgs, Unregister, Update, Which, Writing,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Predict what `git merge` will do between worktrees and branches that are still being worked on.
/// Optionally, track who works on which story.
#[derive(Debug, Parser)]
#[command(name = "track-work", version, styles = STYLES, max_term_width = 100)]
#[command(after_help = topics::after_help(), disable_help_subcommand = true)]
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
    /// Create the directory of the tracking files, with config.yaml and dependencies-template.yaml
    Init(Writing),
    /// Register a terminal's session in the tracking files
    Register(Register),
    /// Change a session: its status, tasks, current file, branch or other fields
    Update(Update),
    /// Remove a terminal's session from the tracking files
    Unregister(Unregister),
    /// Mark a session completed and show what becomes ready
    Complete(Complete),
    /// Like status, but also updates the tracking files
    Sync(SyncArgs),
    /// Show what every terminal changed and which pairs conflict
    Status(StatusArgs),
    /// Print one line for a shell prompt, tmux or an agent's status line
    Statusline(StatusLineArgs),
    /// Show where one terminal's work conflicts or overlaps with other terminals and the target
    Check(CheckArgs),
    /// Predict `git merge` of two revisions or worktrees
    Compare(Compare),
    /// Find the order of merges with the fewest conflicts, and predict each merge
    MergeOrder(MergeOrderArgs),
    /// Run commands on merged trees without merging, and name the terminals that fail only together
    Verify(VerifyArgs),
    /// Carry out the merge order in a worktree of its own; the target moves once, at the end
    Merge(MergeArgs),
    /// Share terminals with other clones through the remote that they have in common
    Share(ShareArgs),
    /// Make one HTML page: terminals, conflicts side by side, stories, merge order, history
    Report(ReportArgs),
    /// Show the history: what earlier commands found and changed
    Log(Log),
    /// Move a finished story's file to archive/ and add a summary to it
    Archive(Archive),
    /// Merge the versions of a tracking file; git runs it after `hooks install --merge-driver`
    #[command(hide = true)]
    MergeDriver(MergeDriverArgs),
    /// Install, remove or show the hooks for git and coding agents
    Hooks(Hooks),
    /// Answer coding agents over MCP, on stdin and stdout
    Mcp,
    /// Check git, hooks, agents and tracking files, and suggest a fix for each problem
    Doctor,
    /// Run the main commands on a throw-away repository
    Demo(Demo),
    /// Print the script that completes commands, terminals, stories and branches in a shell
    Completions(Completions),
    /// Print the manual page of a command or topic, or write all pages to a folder
    Man(ManArgs),
    /// Print the JSON Schema of what a command answers, or of a tracking file
    Schema(SchemaArgs),
    /// Show the help of a command, or a reference page
    Help(Help),
}

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Show merges instead: clean ones, a conflict, and two that do not build together
    #[arg(long)]
    pub merge: bool,
    /// Keep the repository in DIR
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// Arguments of `help`.
#[derive(Clone, Debug, Args)]
pub struct Help {
    /// A command or a topic [default: the list of commands]
    #[arg(value_name = "COMMAND|TOPIC")]
    pub words: Vec<String>,
}

/// Arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct Completions {
    /// Shell: put `source <(track-work completions SHELL)` into its start file; for fish,
    /// `track-work completions fish | source`
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Shells that can ask for completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash
    Bash,
    /// Fish
    Fish,
    /// Zsh
    Zsh,
}

/// Arguments of `schema`.
#[derive(Clone, Debug, Args)]
pub struct SchemaArgs {
    /// Name of the schema [default: list the names]
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// Arguments of `man`.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// Command or topic whose page to print [default: the page of track-work]
    #[arg(value_name = "COMMAND|TOPIC")]
    pub command: Vec<String>,
    /// Write the page of every command and topic to this existing folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}
