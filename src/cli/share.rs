//! Arguments of `share`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

/// Arguments of `share`.
#[derive(Clone, Debug, Args)]
pub struct ShareArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ShareCommand,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum ShareCommand {
    /// Share this clone's terminals: shows what would be sent, asks, and pushes it to refs of its own at the remote
    Push(SharePush),
    /// Fetch what other clones share; every command then knows it as terminals named MACHINE/TERMINAL
    Pull,
    /// Show what is shared, as of the last push and pull
    List,
    /// Remove what is over: refs of this clone whose terminals are gone, and what other clones have not shared for
    /// a long time
    Prune(SharePrune),
    /// Stop sharing: remove the refs of this clone at the remote and all shared refs here
    Off(ShareOff),
}

/// Arguments of `share push`.
#[derive(Clone, Debug, Args)]
pub struct SharePush {
    /// Terminals to share [default: all that have work]
    #[arg(value_name = "TERMINAL")]
    pub terminals: Vec<String>,
    /// Share uncommitted work of tracked files too
    #[arg(long)]
    pub uncommitted: bool,
    /// Share untracked files too, except ignored ones
    #[arg(long, requires = "uncommitted")]
    pub untracked: bool,
    /// Largest file that is shared, in kilobytes
    #[arg(long, value_name = "KB", default_value_t = 1024)]
    pub max_size: u64,
    /// Name of this machine [default: the one that it was shared under, or the host name]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub machine: Option<String>,
    /// Remote [default: the one that was used before, or origin, or the only one]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub remote: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would be shared and send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `share prune`.
#[derive(Clone, Debug, Args)]
pub struct SharePrune {
    /// Remove everything that is shared under this name of a machine, for example of one that does not exist any more
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub machine: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would be removed and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `share off`.
#[derive(Clone, Debug, Args)]
pub struct ShareOff {
    /// Remove only what is here, for example if the remote cannot be reached; others see the refs of this clone until
    /// these expire
    #[arg(long)]
    pub local: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}
