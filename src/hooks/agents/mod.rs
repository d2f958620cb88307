//! The hooks of coding agents: their settings files, the events they send, the answers they get.
//!
//! Where their forms are documented, as read in November 2026: Gemini CLI, `docs/hooks/reference.md` of its repository;
//! Copilot, docs.github.com/copilot/reference/hooks-reference, and VS Code, which reads the same files,
//! code.visualstudio.com/docs/copilot/customization/hooks; OpenCode 1, opencode.ai/v1/docs/plugins, and 2,
//! opencode.ai/v2/docs/build/plugins/migrate-v1.

pub mod answer;
mod change;
mod event;
mod json;
mod patch;
mod servers;
mod settings;
mod turns;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use change::{FileChange, FileWrite, LinesReplaced, Replacement, TooLarge};
pub use event::{Client, Event, EventKind, event};
pub use json::InvalidSettings;
pub use servers::{NamedServer, ServerForm, server_files, with_server, without_server};
pub use settings::{Ours, Uninstalled, install as with_ours, uninstall as without_ours};
pub use turns::{Told, ToldOnce};

use crate::files::{self, FileError, Pending};
use crate::model::named;

use settings::strict;

named! {
    /// A coding agent that runs hooks.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Agent {
        /// Claude Code.
        Claude = "claude",
        /// Codex.
        Codex = "codex",
        /// Cursor.
        Cursor = "cursor",
        /// Gemini CLI.
        Gemini = "gemini",
        /// Copilot: the CLI, the cloud agent, and VS Code.
        Copilot = "copilot",
        /// OpenCode.
        OpenCode = "opencode",
    }
}

impl Agent {
    /// All of them.
    pub const ALL: [Agent; 6] =
        [Agent::Claude, Agent::Codex, Agent::Cursor, Agent::Gemini, Agent::Copilot, Agent::OpenCode];

    /// The project's settings that are committed, from the top of a worktree.
    pub fn file(self) -> &'static str {
        match self {
            Agent::Claude => ".claude/settings.json",
            Agent::Codex => ".codex/hooks.json",
            Agent::Cursor => ".cursor/hooks.json",
            Agent::Gemini => ".gemini/settings.json",
            Agent::Copilot => ".github/hooks/track-work.json",
            Agent::OpenCode => ".opencode/plugins/track-work.js",
        }
    }

    /// The settings to write if there are none, with the hook at the end of a turn.
    pub fn body(self) -> &'static str {
        match self {
            Agent::Claude => include_str!("../../../hooks/claude-settings.json"),
            Agent::Codex => include_str!("../../../hooks/codex-hooks.json"),
            Agent::Cursor => include_str!("../../../hooks/cursor-hooks.json"),
            Agent::Gemini => include_str!("../../../hooks/gemini-settings.json"),
            Agent::Copilot => include_str!("../../../hooks/copilot-hooks.json"),
            Agent::OpenCode => include_str!("../../../hooks/opencode-plugin.js"),
        }
    }

    /// How the client calls itself.
    pub fn title(self) -> &'static str {
        match self {
            Agent::Claude => "Claude Code",
            Agent::Codex => "Codex",
            Agent::Cursor => "Cursor",
            Agent::Gemini => "Gemini CLI",
            Agent::Copilot => "Copilot",
            Agent::OpenCode => "OpenCode",
        }
    }

    /// Files and folders at the top of a repository that only this client has a use for.
    pub fn traces(self) -> &'static [&'static str] {
        match self {
            Agent::Claude => &[".claude", "CLAUDE.md", ".mcp.json"],
            Agent::Codex => &[".codex"],
            Agent::Cursor => &[".cursor", ".cursorrules"],
            Agent::Gemini => &[".gemini", "GEMINI.md"],
            Agent::Copilot => &[
                ".github/copilot-instructions.md",
                ".github/copilot",
                ".github/hooks",
                ".github/instructions",
                ".github/prompts",
                ".vscode/mcp.json",
            ],
            Agent::OpenCode => &[".opencode", "opencode.json", "opencode.jsonc"],
        }
    }
}

/// Claude Code's file that is not committed. It is read at the root of the main checkout, for every worktree.
const LOCAL: &str = ".claude/settings.local.json";

/// The files that hold our hooks for an agent that works in a worktree. `top`: its top; `main`: that of the
/// main checkout, where there is one.
#[derive(Clone, Copy, Debug)]
pub struct AgentFiles<'a> {
    /// Whose settings.
    pub agent: Agent,
    /// The top of the worktree.
    pub top: &'a Path,
    /// The top of the main checkout.
    pub main: Option<&'a Path>,
}

impl AgentFiles<'_> {
    /// The file that others have when it is committed. Codex reads only that of the main checkout.
    pub fn shared(&self) -> Option<PathBuf> {
        let top = if self.agent == Agent::Codex { self.main? } else { self.top };
        Some(top.join(self.agent.file()))
    }

    /// The file that is the user's alone; only Claude Code has one.
    pub fn local(&self) -> Option<PathBuf> {
        Some(self.main.filter(|_| self.agent == Agent::Claude)?.join(LOCAL))
    }

    /// The files that the agent reads.
    fn read(&self) -> impl Iterator<Item = PathBuf> {
        self.shared().into_iter().chain(self.local())
    }

    /// Every file that our hooks may be in: an older version put those of Codex into each worktree.
    pub fn all(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> = self.read().chain([self.top.join(self.agent.file())]).collect();
        let mut known = BTreeSet::new();
        all.retain(|path| known.insert(path.clone()));
        all
    }

    /// The file that our hooks are in, of those that the agent reads; otherwise the one that they would be
    /// in. The error says that the agent does not read it, or what the system says.
    pub fn find(&self) -> (PathBuf, Result<Option<Ours>, Trouble>) {
        let files = self.read().map(|path| (find(&path, self.agent), path));
        let mut first = None;
        for (found, path) in files {
            match found {
                Ok(Some(Ours::Installed | Ours::Older)) => return (path, found),
                Ok(Some(Ours::Absent) | None) | Err(_) => first = first.or(Some((path, found))),
            }
        }
        first.unwrap_or_else(|| (self.top.join(self.agent.file()), Ok(None)))
    }

    /// A file of the worktree with our hooks that the agent does not read.
    pub fn unread(&self) -> Option<PathBuf> {
        let own = self.top.join(self.agent.file());
        let has_ours =
            |path: &PathBuf| matches!(find(path, self.agent), Ok(Some(Ours::Installed | Ours::Older)));
        Some(own).filter(|own| Some(own) != self.shared().as_ref()).filter(has_ours)
    }

    /// Whether Codex skips the worktree: it has no folder of its settings.
    pub fn is_skipped(&self) -> bool {
        self.agent == Agent::Codex && !self.top.join(".codex").is_dir()
    }

    /// An event in a file of Claude Code that it may not know.
    pub fn unknown_event(&self, path: &Path) -> Option<String> {
        let text = fs::read_to_string(path).ok().filter(|_| self.agent == Agent::Claude)?;
        settings::unknown_event(&text)
    }

    /// The setting that switches all hooks of an agent off, and its file. `user`: the folder of the user's settings of
    /// Claude Code.
    pub fn switched_off(&self, user: Option<&Path>) -> Option<(&'static str, PathBuf)> {
        let (setting, off, files) = match self.agent {
            Agent::Claude => {
                let managed = ["/etc/claude-code", "/Library/Application Support/ClaudeCode"];
                let managed = managed.map(|folder| Some(Path::new(folder).join("managed-settings.json")));
                let own = [self.local(), self.shared(), user.map(|folder| folder.join("settings.json"))];
                ("disableAllHooks", true, managed.into_iter().chain(own).flatten().collect())
            }
            Agent::Copilot => {
                let names = [
                    ".github/copilot/settings.local.json",
                    ".github/copilot/settings.json",
                    self.agent.file(),
                ];
                ("disableAllHooks", true, names.map(|name| self.top.join(name)).to_vec())
            }
            Agent::Gemini => ("hooksConfig.enabled", false, vec![self.top.join(self.agent.file())]),
            Agent::Codex | Agent::Cursor | Agent::OpenCode => return None,
        };
        // the first one that says anything counts
        let said = files.into_iter().find_map(|path: PathBuf| {
            let settings: serde_json::Value =
                serde_json::from_slice(&files::read(&path, files::MOST_OF_GIT).ok()?).ok()?;
            Some((settings.pointer(&format!("/{}", setting.replace('.', "/")))?.as_bool()?, path))
        });
        said.and_then(|(value, path)| (value == off).then_some((setting, path)))
    }
}

/// What was done to an agent's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsChange {
    /// The file was created.
    Made,
    /// Our hooks were added or removed.
    Edited,
    /// Our hooks were brought up to date.
    Renewed,
    /// The file was removed: it held nothing else.
    Removed,
    /// Nothing was to be done.
    Nothing,
}

/// Why an agent's settings were not changed.
#[derive(Debug)]
pub enum Trouble {
    /// They are invalid.
    Broken(InvalidSettings),
    /// Somebody else changed them just now.
    ChangedMeanwhile,
    /// The error of the operating system.
    File(FileError),
}

impl From<FileError> for Trouble {
    fn from(error: FileError) -> Trouble {
        Trouble::File(error)
    }
}

/// What is put into a file of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentPart {
    /// The hooks.
    Hooks {
        /// Those at the end of a turn, too.
        stop: bool,
    },
    /// The MCP server.
    Server(ServerForm),
}

/// The text with a part; `None` where it is in it already. `text`: `None` if there is no file.
fn with(text: Option<&str>, agent: Agent, part: AgentPart) -> Result<Option<String>, InvalidSettings> {
    let new = match (part, text) {
        (AgentPart::Server(form), _) => with_server(text, form)?,
        (AgentPart::Hooks { .. }, None) if agent == Agent::OpenCode => Some(agent.body().to_string()),
        (AgentPart::Hooks { .. }, Some(text)) if agent == Agent::OpenCode => plugin(text).map(|()| None)?,
        (AgentPart::Hooks { stop }, None) => Some(settings::whole_file(agent, stop)),
        (AgentPart::Hooks { stop }, Some(text)) => with_ours(text, agent, stop)?,
    };
    match text.filter(|_| is_json(agent, part)) {
        Some(text) => strict(text, agent).map(|()| new),
        None => Ok(new),
    }
}

fn without(text: &str, agent: Agent, part: AgentPart) -> Result<Uninstalled, InvalidSettings> {
    match part {
        AgentPart::Server(form) => without_server(text, form),
        AgentPart::Hooks { .. } if agent == Agent::OpenCode => plugin(text).map(|()| Uninstalled::NoFile),
        AgentPart::Hooks { .. } => without_ours(text, agent),
    }
}

fn is_json(agent: Agent, part: AgentPart) -> bool {
    match part {
        AgentPart::Server(form) => form != ServerForm::Codex,
        AgentPart::Hooks { .. } => agent != Agent::OpenCode,
    }
}

/// That the file of OpenCode is our plugin: it is ours as a whole, or not at all.
fn plugin(text: &str) -> Result<(), InvalidSettings> {
    if text == Agent::OpenCode.body() {
        return Ok(());
    }
    let what = "it is not the plugin that this version of track-work writes; remove it or rename it";
    Err(InvalidSettings { line: None, what: what.to_string() })
}

/// Whether a part can be put into a file of an agent, or is in it.
///
/// # Errors
/// Files that are broken or that the agent does not read, and what the system says.
pub fn check(path: &Path, agent: Agent, part: AgentPart) -> Result<(), Trouble> {
    let old = read(path)?;
    with(old.as_deref().map(text).transpose()?, agent, part).map_err(Trouble::Broken)?;
    Ok(())
}

/// Whether a part can be taken out of a file of an agent.
///
/// # Errors
/// Files that are broken, and what the system says.
pub fn check_out(path: &Path, agent: Agent, part: AgentPart) -> Result<(), Trouble> {
    let Some(old) = read(path)? else { return Ok(()) };
    without(text(&old)?, agent, part).map(drop).map_err(Trouble::Broken)
}

/// Puts a part into a file of an agent.
///
/// # Errors
/// Files that are broken or that the agent does not read, and what the system says; then they are as they were.
pub fn install(path: &Path, agent: Agent, part: AgentPart) -> Result<SettingsChange, Trouble> {
    let old = read(path)?;
    let before = old.as_deref().map(text).transpose()?;
    let Some(new) = with(before, agent, part).map_err(Trouble::Broken)? else {
        return Ok(SettingsChange::Nothing);
    };
    let renewed = match (before, part) {
        (Some(before), AgentPart::Hooks { .. }) => {
            settings::find(before, agent).map_err(Trouble::Broken)? != Ours::Absent
        }
        (_, AgentPart::Server(_)) | (None, AgentPart::Hooks { .. }) => false,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(FileError::of("create", folder))?;
    }
    put(path, old.as_deref(), &new)?;
    Ok(match (old, renewed) {
        (None, _) => SettingsChange::Made,
        (Some(_), false) => SettingsChange::Edited,
        (Some(_), true) => SettingsChange::Renewed,
    })
}

/// Takes a part out of a file of an agent. A file with nothing else in it goes, and so do the folders above it that
/// are empty then, up to the one that the client has at `top`.
///
/// # Errors
/// Files that are broken, and what the system says; then they are as they were.
pub fn uninstall(path: &Path, agent: Agent, part: AgentPart, top: &Path) -> Result<SettingsChange, Trouble> {
    let Some(old) = read(path)? else { return Ok(SettingsChange::Nothing) };
    match without(text(&old)?, agent, part).map_err(Trouble::Broken)? {
        Uninstalled::Same => Ok(SettingsChange::Nothing),
        Uninstalled::Text(new) => put(path, Some(&old), &new).map(|()| SettingsChange::Edited),
        Uninstalled::NoFile => {
            fs::remove_file(path).map_err(FileError::of("remove", path))?;
            let above =
                path.ancestors().skip(1).take_while(|folder| *folder != top && folder.starts_with(top));
            // one that holds other files stays, and so do those above it
            above.map(fs::remove_dir).take_while(Result::is_ok).for_each(drop);
            Ok(SettingsChange::Removed)
        }
    }
}

/// Whether our hooks are in an agent's settings; `None` where there is no file.
fn find(path: &Path, agent: Agent) -> Result<Option<Ours>, Trouble> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    let text = text(&bytes)?;
    if agent == Agent::OpenCode {
        return plugin(text).map(|()| Some(Ours::Installed)).map_err(Trouble::Broken);
    }
    let found = settings::find(text, agent).map_err(Trouble::Broken)?;
    strict(text, agent).map_err(Trouble::Broken)?;
    Ok(Some(found))
}

/// The server of our name in a file of an agent.
///
/// # Errors
/// The file cannot be read, or is none that such a server can be in.
pub fn server_in(path: &Path, form: ServerForm) -> Result<Option<NamedServer>, Trouble> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    servers::named_server(text(&bytes)?, form).map_err(Trouble::Broken)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match files::read(path, files::MOST_OF_GIT) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(FileError::of("read", path)(error)),
    }
}

fn text(bytes: &[u8]) -> Result<&str, Trouble> {
    std::str::from_utf8(bytes)
        .map_err(|_| Trouble::Broken(InvalidSettings { line: None, what: "it is not UTF-8".to_string() }))
}

fn put(path: &Path, old: Option<&[u8]>, new: &str) -> Result<(), Trouble> {
    if Pending::write(path, old, new.as_bytes())?.put()? { Ok(()) } else { Err(Trouble::ChangedMeanwhile) }
}
