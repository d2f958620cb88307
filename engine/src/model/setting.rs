//! What `doctor` and `hooks status` find out about the setup.

use super::Severity;

/// What was found out about the setting: git, the repository, hooks, tracking files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What was looked at: `git`, `repository`, `hooks`, `agents`, `tracking`, `sessions`.
    pub subject: &'static str,
    /// How much it matters; `None` where all is well.
    pub severity: Option<Severity>,
    /// What was found.
    pub message: String,
    /// A command or an edit that fixes it.
    pub fix: Option<String>,
}

impl Diagnosis {
    /// All is well.
    pub fn well(subject: &'static str, message: impl Into<String>) -> Diagnosis {
        Diagnosis { subject, severity: None, message: message.into(), fix: None }
    }

    /// Something to know or to fix.
    pub fn of(subject: &'static str, severity: Severity, message: impl Into<String>) -> Diagnosis {
        Diagnosis { subject, severity: Some(severity), message: message.into(), fix: None }
    }

    /// The same with its fix.
    pub fn fix(mut self, fix: impl Into<String>) -> Diagnosis {
        self.fix = Some(fix.into());
        self
    }
}

/// The state of the hooks of one worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HooksReport {
    /// The folder in which git looks for them.
    pub folder: String,
    /// For whom it is, in words.
    pub of: &'static str,
    /// Git's hooks: name, state, remark.
    pub hooks: Vec<HookLine>,
    /// Programs that manage hooks here, with what they do.
    pub managers: Vec<ManagerLine>,
    /// Agents with a settings file: name, state, remark.
    pub agents: Vec<HookLine>,
    /// The files in which agents look for MCP servers: the agent, the state of ours, the file.
    pub servers: Vec<HookLine>,
    /// What keeps an agent from running its hooks, here or in other worktrees.
    pub obstacles: Vec<String>,
}

/// The state of one hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookLine {
    /// Git's name of the hook, or the agent's.
    pub name: &'static str,
    /// One word: `installed`, `absent`, `foreign`, …
    pub state: &'static str,
    /// What that means, where it needs saying; for an agent and its server, the file.
    pub remark: String,
}

/// A program that manages hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerLine {
    /// Its name.
    pub name: &'static str,
    /// Whether its hooks are installed.
    pub in_charge: bool,
    /// Whether it is configured to call us.
    pub calls_us: bool,
    /// The file that configures what it runs.
    pub file: String,
}
