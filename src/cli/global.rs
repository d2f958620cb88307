//! Flags that every command takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::Severity;

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
