//! Flags that every command takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::Severity;

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Run as if started in the directory PATH
    #[arg(short = 'C', value_name = "PATH", global = true)]
    pub directory: Option<PathBuf>,
    /// Directory of the tracking files [default: .system/parallel-work in the main worktree;
    /// env: TRACK_WORK_DIR]
    #[arg(long, value_name = "DIR", global = true)]
    pub tracking_dir: Option<PathBuf>,
    /// Branch that everything will be merged into [default: the main worktree's branch]
    #[arg(long, value_name = "REV", global = true)]
    pub target: Option<String>,
    /// Show branches of remotes too, as the last fetch brought them, if they have commits that no local
    /// branch has: all, or those of the remote or of the names that GLOB matches, for example
    /// origin/team/* [default: remotes in config.yaml]; nothing is fetched
    #[arg(long, value_name = "GLOB", global = true, num_args = 0..=1, require_equals = true,
        default_missing_value = "*", value_parser = remote_branches)]
    pub remotes: Option<String>,
    /// Run the repository's custom merge drivers (merge.NAME.driver) on copies in a temporary
    /// folder; without this option, the result for paths with such a driver is unknown
    #[arg(long, global = true)]
    pub run_merge_drivers: bool,
    /// Do not look at sources for what merges without a conflict and breaks
    #[arg(long, global = true)]
    pub no_symbols: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Human, global = true)]
    pub format: Format,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    pub color: Color,
    /// Do not show answers that are longer than the screen in a pager (core.pager, GIT_PAGER, PAGER)
    #[arg(long, global = true)]
    pub no_pager: bool,
    /// Use plain ASCII symbols
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Lowest severity that causes exit status 1
    #[arg(long, value_enum, default_value_t = FailOn::Conflict, value_name = "LEVEL", global = true)]
    pub fail_on: FailOn,
    /// Do not read or write the cache
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// Show less: the result, and only conflicts, warnings and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Show more: overlaps that merge cleanly, and notes, for example if the cache is not used
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// The branches of remotes that a glob chooses.
///
/// # Errors
/// Why it is no glob.
pub fn remote_branches(text: &str) -> Result<String, String> {
    globset::Glob::new(text).map(|_| text.to_string()).map_err(|error| error.kind().to_string())
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people.
    Human,
    /// JSON for programs.
    Json,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// If the output goes to a screen (a TTY), not to a file or pipe.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Lowest severity that causes exit status 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Any finding.
    Info,
    /// Warnings, conflicts and errors.
    Warning,
    /// Conflicts and errors.
    Conflict,
    /// Errors only: something could not be determined, and a conflict may be hidden.
    Error,
    /// Never exit with status 1.
    Never,
}

impl FailOn {
    /// Whether a finding of this severity causes exit status 1.
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
