//! Arguments of `hooks`.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

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
#[derive(Clone, Debug, Default, Args)]
#[command(group = ArgGroup::new("clients").args(["agents", "all"]))]
pub struct HooksInstall {
    /// Coding agent to install the hooks for (repeatable)
    #[arg(long = "agent", value_enum, value_name = "AGENT")]
    pub agents: Vec<AgentArg>,
    /// Install them for every coding agent that this repository has files of
    #[arg(long)]
    pub all: bool,
    /// Also register the MCP server `track-work mcp` with the agent (requires --agent or --all)
    #[arg(long, requires = "clients")]
    pub mcp: bool,
    /// Also report new conflicts at the end of the agent's turn (requires --agent or --all)
    #[arg(long, requires = "clients")]
    pub stop: bool,
    /// Use .claude/settings.local.json of the main worktree, which applies to all worktrees (claude only)
    #[arg(long, requires = "agents")]
    pub local: bool,
    /// Only set this repository's configuration so that git merges tracking files by what they say;
    /// .gitattributes, which `init` writes beside them, says which files those are
    #[arg(long, conflicts_with_all = ["clients", "mcp", "stop", "local"])]
    pub merge_driver: bool,
    /// Install even if another program manages the hooks, if other repositories share the hooks
    /// folder, or if someone edited the track-work lines in a hook (they are replaced)
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `hooks uninstall`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("clients").args(["agents", "all"]))]
pub struct HooksUninstall {
    /// Coding agent whose hooks to remove (repeatable)
    #[arg(long = "agent", value_enum, value_name = "AGENT")]
    pub agents: Vec<AgentArg>,
    /// Remove those of every coding agent
    #[arg(long)]
    pub all: bool,
    /// Also remove the MCP server from the files of the agent (requires --agent or --all)
    #[arg(long, requires = "clients")]
    pub mcp: bool,
    /// Remove the hooks only from .claude/settings.local.json of the main worktree (claude only)
    #[arg(long, requires = "agents")]
    pub local: bool,
    /// Only take what `hooks install --merge-driver` wrote out of the configuration
    #[arg(long, conflicts_with_all = ["clients", "mcp", "local"])]
    pub merge_driver: bool,
    /// Uninstall even if someone edited the track-work lines in a hook, or if the hooks folder is
    /// outside this repository
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
    /// Gemini CLI
    Gemini,
    /// Copilot, in the CLI, in VS Code and on GitHub
    Copilot,
    /// OpenCode
    #[value(name = "opencode")]
    OpenCode,
}

impl From<AgentArg> for Agent {
    fn from(agent: AgentArg) -> Agent {
        match agent {
            AgentArg::Claude => Agent::Claude,
            AgentArg::Codex => Agent::Codex,
            AgentArg::Cursor => Agent::Cursor,
            AgentArg::Gemini => Agent::Gemini,
            AgentArg::Copilot => Agent::Copilot,
            AgentArg::OpenCode => Agent::OpenCode,
        }
    }
}
