//! Arguments of `merge` and `verify`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args};

use super::questions::{Chosen, ShowOnly, at_least_one};
use super::writing::Writing;

/// Commands that are run in merged trees.
#[derive(Clone, Debug, Args)]
pub struct CommandArgs {
    /// Run this in each merged tree (repeatable) [default: verify in config.yaml]
    #[arg(long, value_name = "CMD", value_parser = NonEmptyStringValueParser::new())]
    pub run: Vec<String>,
    /// Time limit in seconds for each of these commands
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// The result depends on this file too, besides the tree (repeatable)
    #[arg(long, value_name = "FILE")]
    pub fingerprint: Vec<PathBuf>,
    /// Run the commands again where the result is known from an earlier run
    #[arg(long)]
    pub again: bool,
}

/// Arguments of `verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// Terminals to merge; every two of them are tried [default: all; every two that overlap are tried]
    #[arg(id = "merged", value_name = "TERMINAL")]
    pub terminals: Vec<String>,
    /// Which terminals.
    #[command(flatten)]
    pub chosen: Chosen,
    /// What to run in each merged tree.
    #[command(flatten)]
    pub commands: CommandArgs,
    /// Merge uncommitted work too
    #[arg(long)]
    pub uncommitted: bool,
    /// How many trees to try at once
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = at_least_one())]
    pub jobs: usize,
    /// What is shown.
    #[command(flatten)]
    pub only: ShowOnly,
}

/// Arguments of `merge`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("begun").args(["go_on", "skip", "abort", "undo", "status"]))]
pub struct MergeArgs {
    /// Terminals to merge, completed or not [default: all that are ready]
    #[arg(value_name = "TERMINAL")]
    pub terminals: Vec<String>,
    /// Which terminals.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Also merge what is not completed or has no session; only what is committed is merged
    #[arg(long)]
    pub all: bool,
    /// What to run in each merged tree; what fails is left out.
    #[command(flatten)]
    pub commands: CommandArgs,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Show the plan and merge nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Continue a run: after its conflicts are resolved, after an interruption, or after it was killed
    #[arg(long = "continue")]
    pub go_on: bool,
    /// Leave out the terminal at which the run stopped, and continue
    #[arg(long)]
    pub skip: bool,
    /// Give up the run; the target stays as it is
    #[arg(long)]
    pub abort: bool,
    /// Move the target back to where it was before the last run
    #[arg(long)]
    pub undo: bool,
    /// Show where the run stands
    #[arg(long)]
    pub status: bool,
    /// Who merges.
    #[command(flatten)]
    pub writing: Writing,
}

impl MergeArgs {
    /// The flag that speaks of a run that has begun, and what was given with it that only begins a new one.
    pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let MergeArgs { chosen, commands, .. } = self;
        let begun = [
            ("--continue", self.go_on),
            ("--skip", self.skip),
            ("--abort", self.abort),
            ("--undo", self.undo),
            ("--status", self.status),
        ];
        let new = [
            ("the names of terminals", !self.terminals.is_empty()),
            ("--only", !chosen.only.is_empty()),
            ("--exclude", !chosen.exclude.is_empty()),
            ("--after", !chosen.after.is_empty()),
            ("--time", chosen.time.is_some()),
            ("--all", self.all),
            ("--run", !commands.run.is_empty()),
            ("--timeout", commands.timeout.is_some()),
            ("--fingerprint", !commands.fingerprint.is_empty()),
            ("--again", commands.again),
            ("--dry-run", self.dry_run),
        ];
        let first = |all: &[(&'static str, bool)]| Some(all.iter().find(|(_, is_given)| *is_given)?.0);
        first(&begun).zip(first(&new))
    }
}
