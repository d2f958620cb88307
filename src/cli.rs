//! Arguments, and which command they mean.

use std::path::PathBuf;

use clap::builder::styling::AnsiColor;
use clap::builder::{RangedU64ValueParser, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::hooks::agents::Agent;
use crate::model::{Mode, Severity};

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

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Run as if started in PATH
    #[arg(short = 'C', value_name = "PATH", global = true)]
    pub directory: Option<PathBuf>,
    /// Where the tracking files are [default: .system/parallel-work of the main worktree;
    /// env: TRACK_WORK_DIR]
    #[arg(long, value_name = "DIR", global = true)]
    pub tracking_dir: Option<PathBuf>,
    /// The branch that everything will be merged into [default: the main worktree's branch]
    #[arg(long, value_name = "REV", global = true)]
    pub target: Option<String>,
    /// Run the repository's own merge drivers (merge.NAME.driver) on copies, in a folder of their
    /// own; without it, paths that need one are unknown
    #[arg(long, global = true)]
    pub run_merge_drivers: bool,
    /// How to answer
    #[arg(long, value_enum, default_value_t = Format::Human, global = true)]
    pub format: Format,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    pub color: Color,
    /// Plain ASCII signs
    #[arg(long, global = true)]
    pub ascii: bool,
    /// The least finding that makes the exit status 1
    #[arg(long, value_enum, default_value_t = FailOn::Conflict, value_name = "LEVEL", global = true)]
    pub fail_on: FailOn,
    /// Neither use nor keep what earlier runs worked out
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// Say only what needs attention
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more: clean overlaps, notes, where answers come from
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// How to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The least finding that makes the exit status 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Every finding.
    Info,
    /// Warnings, conflicts, and what could not be determined.
    Warning,
    /// Conflicts, and what could not be determined.
    Conflict,
    /// Only what could not be determined.
    Error,
    /// Nothing.
    Never,
}

impl FailOn {
    /// Whether a finding of this severity makes the exit status 1.
    pub fn includes(self, severity: Severity) -> bool {
        match self {
            FailOn::Info => true,
            FailOn::Warning => severity >= Severity::Warning,
            FailOn::Conflict => severity >= Severity::Conflict,
            FailOn::Error => severity >= Severity::Error,
            FailOn::Never => false,
        }
    }
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

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct Check {
    /// Only these files and folders; also says what others did there where you did nothing yet
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Judge exactly what is about to be committed
    #[arg(long)]
    pub staged: bool,
    /// Whose work [default: the terminal one stands in]
    #[arg(long, value_name = "ID")]
    pub terminal: Option<String>,
}

/// Arguments of `compare`.
#[derive(Clone, Debug, Args)]
pub struct Compare {
    /// A revision, a worktree's name or its path
    #[arg(required_unless_present = "stdin")]
    pub ours: Option<String>,
    /// Another one, to be merged into it
    #[arg(required_unless_present = "stdin")]
    pub theirs: Option<String>,
    /// Answer each line `[REPOSITORY] OURS THEIRS` of standard input by one line of JSON
    #[arg(long, conflicts_with_all = ["ours", "theirs"])]
    pub stdin: bool,
}

/// Arguments of `merge-order`.
#[derive(Clone, Debug, Args)]
pub struct MergeOrder {
    /// Order only these terminals
    #[arg(long, value_name = "TERMINAL", num_args = 1.., value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave these terminals out
    #[arg(long, value_name = "TERMINAL", num_args = 1.., value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Merge T after U (repeat for more)
    #[arg(long, value_name = "T=U", value_parser = two_terminals)]
    pub after: Vec<(String, String)>,
    /// Say why a terminal stands where it stands, and what its other places would cost
    #[arg(long, value_name = "TERMINAL")]
    pub explain: Option<String>,
    /// How many seconds to search where no proof is promised (over 16 terminals)
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds)]
    pub time: f64,
    /// Merge the steps once more in memory, one after the other, and compare
    #[arg(long)]
    pub verify: bool,
}

fn two_terminals(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((later, earlier)) if !later.is_empty() && !earlier.is_empty() && later != earlier => {
            Ok((later.to_string(), earlier.to_string()))
        }
        _ => Err("expected two terminals, as in terminal-2=terminal-1".to_string()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds, from 0 to 86400".to_string()),
    }
}

/// Arguments of `log`.
#[derive(Clone, Debug, Args)]
pub struct Log {
    /// How many entries, the newest last
    #[arg(short = 'n', long, default_value_t = 10, value_name = "N", value_parser = at_least_one())]
    pub last: usize,
}

fn at_least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
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

/// Arguments of `hooks`.
#[derive(Clone, Debug, Args)]
pub struct Hooks {
    /// What to do with the hooks.
    #[command(subcommand)]
    pub command: HooksCommand,
}

/// What to do with the hooks.
#[derive(Clone, Debug, Subcommand)]
pub enum HooksCommand {
    /// Install git's hooks, or with --agent those of a coding agent; what is there stays and runs first
    Install(HooksInstall),
    /// Take them out again, to the byte
    Uninstall(HooksUninstall),
    /// Show which are installed and whether git runs them
    Status,
    /// Answer a hook (pre-commit, pre-merge-commit, pre-push) or an agent; this is what hooks call
    Run(HooksRun),
}

/// Arguments of `hooks install`.
#[derive(Clone, Debug, Args)]
pub struct HooksInstall {
    /// The agent whose project settings get hooks (repeat for more)
    #[arg(long = "agent", value_enum, value_name = "AGENT")]
    pub agents: Vec<AgentArg>,
    /// Tell an agent at the end of its turn which conflicts are new
    #[arg(long, requires = "agents")]
    pub stop: bool,
    /// Install although another program manages the hooks here, or they are those of other
    /// repositories too
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `hooks uninstall`.
#[derive(Clone, Debug, Args)]
pub struct HooksUninstall {
    /// The agent whose project settings lose our hooks (repeat for more)
    #[arg(long = "agent", value_enum, value_name = "AGENT")]
    pub agents: Vec<AgentArg>,
    /// Take out what was edited, too
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `hooks run`.
#[derive(Clone, Debug, Args)]
pub struct HooksRun {
    /// Answer the event that this agent writes to standard input
    #[arg(long, value_enum, value_name = "AGENT")]
    pub agent: Option<AgentArg>,
    /// The hook's name, as git calls it
    #[arg(required_unless_present = "agent")]
    pub name: Option<String>,
    /// What it was called with
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}

/// `--agent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AgentArg {
    /// Claude Code
    Claude,
    /// Codex
    Codex,
    /// Cursor
    Cursor,
}

impl From<AgentArg> for Agent {
    fn from(agent: AgentArg) -> Agent {
        match agent {
            AgentArg::Claude => Agent::Claude,
            AgentArg::Codex => Agent::Codex,
            AgentArg::Cursor => Agent::Cursor,
        }
    }
}

/// Arguments of `demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Leave the repository in DIR for playing
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}
