//! Arguments of the commands that only answer.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;

/// What of an answer is shown. Everything is judged, counted in the first line and in the exit status.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Show only")]
pub struct ShowOnly {
    /// Show only terminals whose id, branch or worktree matches GLOB, and what is found about them (repeatable)
    #[arg(long = "terminal", value_name = "GLOB")]
    pub terminals: Vec<String>,
    /// Show only terminals whose story matches GLOB, and what is found about them (repeatable)
    #[arg(long = "story", value_name = "GLOB")]
    pub stories: Vec<String>,
    /// Show only terminals that touched a path that matches GLOB, and what is found there (repeatable); GLOB begins at the
    /// top of the worktree, but a path that is in this folder, or begins with `./`, is meant from here
    #[arg(long = "path", value_name = "GLOB")]
    pub paths: Vec<String>,
    /// Show only conflicts, what could not be determined, and the terminals of both
    #[arg(long)]
    pub conflicts: bool,
}

/// Arguments of `status`.
#[derive(Clone, Debug, Default, Args)]
pub struct StatusArgs {
    /// Keep watching: a live view, or a line of JSON for each change if the output is no terminal or JSON
    #[arg(long)]
    pub watch: bool,
    /// Begin with the changes after the one with this sequence number, from an earlier --watch
    #[arg(long, value_name = "N", requires = "watch")]
    pub since: Option<u64>,
    /// Look every SECONDS instead of being told of changes by the system
    #[arg(long, value_name = "SECONDS", value_parser = pause, requires = "watch")]
    pub poll: Option<f64>,
    /// List all pairs in the JSON, also those that have nothing in common
    #[arg(long)]
    pub all_pairs: bool,
    /// What is shown.
    #[command(flatten)]
    pub only: ShowOnly,
}

/// Arguments of `check`.
#[derive(Clone, Debug, Default, Args)]
pub struct CheckArgs {
    /// Check only these files and folders, and show what others changed in them even if you did not
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Check what git commit would commit now (the staged changes) instead of all work
    #[arg(long)]
    pub staged: bool,
    /// Terminal whose work to check [default: the current worktree's terminal]
    #[arg(long, value_name = "ID")]
    pub terminal: Option<String>,
    /// Show only what is between it and terminals whose id, branch or worktree matches GLOB, and the target (repeatable)
    #[arg(long, value_name = "GLOB", help_heading = "Show only")]
    pub with: Vec<String>,
    /// Show only what is between it and terminals whose story matches GLOB, and the target (repeatable)
    #[arg(long = "story", value_name = "GLOB", help_heading = "Show only")]
    pub stories: Vec<String>,
    /// Show only conflicts and what could not be determined
    #[arg(long, help_heading = "Show only")]
    pub conflicts: bool,
}

/// Arguments of `statusline`.
#[derive(Clone, Debug, Args)]
pub struct StatusLineArgs {
    /// Show an answer that is at most so many seconds old, unless the worktree's head or index changed since
    /// [default: 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub max_age: Option<f64>,
}

/// Arguments of `compare`.
#[derive(Clone, Debug, Args)]
pub struct Compare {
    /// What to merge into: a revision (commits only), or a worktree's path (with uncommitted work)
    #[arg(required_unless_present = "stdin")]
    pub ours: Option<String>,
    /// Revision or worktree to merge into OURS
    #[arg(required_unless_present = "stdin")]
    pub theirs: Option<String>,
    /// Read one comparison per line, as `[REPOSITORY] OURS THEIRS`, and print one line of JSON for each
    #[arg(long, conflicts_with_all = ["ours", "theirs"])]
    pub stdin: bool,
    /// Also look for what a clean merge breaks: a removed function and a new call of it, two migration heads
    #[arg(long)]
    pub symbols: bool,
    /// Merge even if the two sides have no commit in common, as git merge does with this option
    #[arg(long)]
    pub allow_unrelated_histories: bool,
}

/// Which terminals are merged, and how long an order is looked for.
#[derive(Clone, Debug, Args)]
pub struct Chosen {
    /// Order only these terminals
    #[arg(long, value_name = "TERMINAL", num_args = 1.., value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave out these terminals
    #[arg(long, value_name = "TERMINAL", num_args = 1.., value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Merge T after U (repeatable)
    #[arg(long, value_name = "T=U", value_parser = two_terminals)]
    pub after: Vec<(String, String)>,
    /// Time limit in seconds for the search [default: 60; with more than 16 terminals 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time: Option<f64>,
}

/// Arguments of `merge-order`.
#[derive(Clone, Debug, Args)]
pub struct MergeOrderArgs {
    /// Which terminals.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Show why a terminal has its position, and how many conflicts each other position would cause
    #[arg(long, value_name = "TERMINAL")]
    pub explain: Option<String>,
    /// Compute all merges of the order found once more, from scratch, and check that the results agree
    #[arg(long)]
    pub verify: bool,
    /// What is shown.
    #[command(flatten)]
    pub only: ShowOnly,
}

/// Arguments of `report`.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Write the page to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Time limit in seconds for the merge order [default: 60; with more than 16 terminals 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time: Option<f64>,
    /// What is shown.
    #[command(flatten)]
    pub only: ShowOnly,
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

fn pause(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.1..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds, from 0.1 to 3600".to_string()),
    }
}

/// Arguments of `log`.
#[derive(Clone, Debug, Args)]
pub struct Log {
    /// Show the N most recent entries, oldest first
    #[arg(short = 'n', long, default_value_t = 10, value_name = "N", value_parser = at_least_one())]
    pub last: usize,
    /// What is shown.
    #[command(flatten)]
    pub only: ShowOnly,
}

pub(super) fn at_least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}
