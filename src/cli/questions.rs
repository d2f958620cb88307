//! Arguments of the commands that only answer.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Check only these files and folders; also show others' changes to those you have not changed
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Check exactly what is about to be committed
    #[arg(long)]
    pub staged: bool,
    /// Terminal whose work to check [default: the current worktree's terminal]
    #[arg(long, value_name = "ID")]
    pub terminal: Option<String>,
}

/// Arguments of `compare`.
#[derive(Clone, Debug, Args)]
pub struct Compare {
    /// Side to merge into: a revision, or a worktree's name or path
    #[arg(required_unless_present = "stdin")]
    pub ours: Option<String>,
    /// Revision or worktree to merge into OURS
    #[arg(required_unless_present = "stdin")]
    pub theirs: Option<String>,
    /// Read questions, one `[REPOSITORY] OURS THEIRS` per line; print one line of JSON each
    #[arg(long, conflicts_with_all = ["ours", "theirs"])]
    pub stdin: bool,
    /// Merge sides without a common commit, which git refuses otherwise
    #[arg(long)]
    pub allow_unrelated_histories: bool,
}

/// Arguments of `merge-order`.
#[derive(Clone, Debug, Args)]
pub struct MergeOrderArgs {
    /// Order only these terminals
    #[arg(long, value_name = "TERMINAL", num_args = 1.., value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave out these terminals
    #[arg(long, value_name = "TERMINAL", num_args = 1.., value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Merge T after U (repeatable)
    #[arg(long, value_name = "T=U", value_parser = two_terminals)]
    pub after: Vec<(String, String)>,
    /// Explain a terminal's position, and what other positions would cost
    #[arg(long, value_name = "TERMINAL")]
    pub explain: Option<String>,
    /// Time limit in seconds [default: 60; with more than 16 terminals 5]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time: Option<f64>,
    /// Repeat all merges of the result and check that they give what was predicted
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
    /// Show the last N entries, newest last
    #[arg(short = 'n', long, default_value_t = 10, value_name = "N", value_parser = at_least_one())]
    pub last: usize,
}

fn at_least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}
