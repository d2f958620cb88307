//! Arguments of `hooks`.

use clap::{Args, Subcommand, ValueEnum};

use crate::hooks::agents::Agent;

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
