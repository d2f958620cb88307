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
    /// Install git hooks, or with --agent the hooks of a coding agent; existing hooks stay and run first
    Install(HooksInstall),
    /// Remove the hooks and restore the original files
    Uninstall(HooksUninstall),
    /// Show which hooks are installed and whether git runs them
    Status,
    /// Run a hook (called by the installed hooks)
    Run(HooksRun),
}

/// Arguments of `hooks install`.
#[derive(Clone, Debug, Args)]
pub struct HooksInstall {
    /// Coding agent to install the hooks for (repeatable)
    #[arg(long = "agent", value_enum, value_name = "AGENT")]
    pub agents: Vec<AgentArg>,
    /// Also report new conflicts at the end of the agent's turn (requires --agent)
    #[arg(long, requires = "agents")]
    pub stop: bool,
    /// Use .claude/settings.local.json of the main checkout, which covers every worktree (claude only)
    #[arg(long, requires = "agents")]
    pub local: bool,
    /// Install even if another program manages the hooks. Install into a hooks folder that other
    /// repositories share. Replace our lines in a hook even if they were edited
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `hooks uninstall`.
#[derive(Clone, Debug, Args)]
pub struct HooksUninstall {
    /// Coding agent to remove the hooks of (repeatable)
    #[arg(long = "agent", value_enum, value_name = "AGENT")]
    pub agents: Vec<AgentArg>,
    /// Remove the hooks from .claude/settings.local.json of the main checkout only (claude only)
    #[arg(long, requires = "agents")]
    pub local: bool,
    /// Remove our lines from a hook even if they were edited. Remove hooks from a folder outside this
    /// repository
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `hooks run`.
#[derive(Clone, Debug, Args)]
pub struct HooksRun {
    /// Coding agent whose event to read from standard input
    #[arg(long, value_enum, value_name = "AGENT")]
    pub agent: Option<AgentArg>,
    /// Name of the git hook: pre-commit, pre-merge-commit or pre-push
    #[arg(required_unless_present = "agent")]
    pub name: Option<String>,
    /// Arguments that git passed to the hook
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
