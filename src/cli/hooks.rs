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
    /// Remove them, restoring the originals exactly
    Uninstall(HooksUninstall),
    /// Show which hooks are installed and whether git runs them
    Status,
    /// Answer a git hook or a coding agent; the installed hooks call this
    Run(HooksRun),
}

/// Arguments of `hooks install`.
#[derive(Clone, Debug, Args)]
pub struct HooksInstall {
    /// Agent whose project settings get the hooks (repeatable)
    #[arg(long = "agent", value_enum, value_name = "AGENT")]
    pub agents: Vec<AgentArg>,
    /// Also report new conflicts at the end of the agent's turn
    #[arg(long, requires = "agents")]
    pub stop: bool,
    /// Use .claude/settings.local.json of the main checkout, which covers every worktree (claude only)
    #[arg(long, requires = "agents")]
    pub local: bool,
    /// Install even if another program manages the hooks, or other repositories share the hooks
    /// folder; replace edited sections
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `hooks uninstall`.
#[derive(Clone, Debug, Args)]
pub struct HooksUninstall {
    /// Agent whose project settings to remove the hooks from (repeatable)
    #[arg(long = "agent", value_enum, value_name = "AGENT")]
    pub agents: Vec<AgentArg>,
    /// Remove them from .claude/settings.local.json of the main checkout only (claude only)
    #[arg(long, requires = "agents")]
    pub local: bool,
    /// Also remove edited sections, and hooks in a folder outside this repository
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `hooks run`.
#[derive(Clone, Debug, Args)]
pub struct HooksRun {
    /// Agent whose event to read from standard input
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
