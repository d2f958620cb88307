//! The hooks of coding agents: their settings files, the events they send, the answers they get.

pub mod answer;
mod change;
mod event;
mod json;
mod patch;
mod settings;
mod turns;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use change::{FileChange, FileWrite, LinesReplaced, Replacement, TooLarge};
pub use event::{Client, Event, EventKind, event};
pub use json::InvalidSettings;
pub use settings::{Ours, Uninstalled, install as with_ours, strict, uninstall as without_ours};
pub use turns::{Told, ToldOnce};

use crate::files::{self, FileError, Pending};
use crate::model::named;

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
    }
}

impl Agent {
    /// All of them.
    pub const ALL: [Agent; 3] = [Agent::Claude, Agent::Codex, Agent::Cursor];

    /// The project's settings that are committed, from the top of a worktree.
    pub fn file(self) -> &'static str {
        match self {
            Agent::Claude => ".claude/settings.json",
            Agent::Codex => ".codex/hooks.json",
            Agent::Cursor => ".cursor/hooks.json",
        }
    }

    /// The settings to write if there are none, with the hook at the end of a turn.
    pub fn body(self) -> &'static str {
        match self {
            Agent::Claude => include_str!("../../../hooks/claude-settings.json"),
            Agent::Codex => include_str!("../../../hooks/codex-hooks.json"),
            Agent::Cursor => include_str!("../../../hooks/cursor-hooks.json"),
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

    /// The file that switches all hooks of Claude Code off. `user`: the folder of the user's settings.
    pub fn switched_off(&self, user: Option<&Path>) -> Option<PathBuf> {
        if self.agent != Agent::Claude {
            return None;
        }
        let managed = ["/etc/claude-code", "/Library/Application Support/ClaudeCode"];
        let managed = managed.map(|folder| Path::new(folder).join("managed-settings.json"));
        let own = [self.local(), self.shared(), user.map(|folder| folder.join("settings.json"))];
        // the first one that says anything counts
        managed
            .into_iter()
            .chain(own.into_iter().flatten())
            .find_map(|path| {
                let settings: serde_json::Value =
                    serde_json::from_slice(&files::read(&path, files::MOST_OF_GIT).ok()?).ok()?;
                Some((settings["disableAllHooks"].as_bool()?, path))
            })
            .and_then(|(off, path)| off.then_some(path))
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

/// Puts our hooks into an agent's settings; `stop` are those at the end of a turn.
///
/// # Errors
/// AgentFiles that are broken or that the agent does not read, and what the system says; then they are as they
/// were.
pub fn install(path: &Path, agent: Agent, stop: bool) -> Result<SettingsChange, Trouble> {
    let old = read(path)?;
    let new = match &old {
        None => Some(settings::whole_file(agent, stop)),
        Some(old) => {
            let old = text(old)?;
            let new = with_ours(old, agent, stop).map_err(Trouble::Broken)?;
            strict(old, agent).map_err(Trouble::Broken)?;
            new
        }
    };
    let Some(new) = new else { return Ok(SettingsChange::Nothing) };
    let renewed = match &old {
        None => false,
        Some(old) => settings::find(text(old)?, agent).map_err(Trouble::Broken)? != Ours::Absent,
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

/// Takes our hooks out of an agent's settings. A file and a folder with nothing else in them go.
///
/// # Errors
/// AgentFiles that are broken, and what the system says; then they are as they were.
pub fn uninstall(path: &Path, agent: Agent) -> Result<SettingsChange, Trouble> {
    let Some(old) = read(path)? else { return Ok(SettingsChange::Nothing) };
    match without_ours(text(&old)?, agent).map_err(Trouble::Broken)? {
        Uninstalled::Same => Ok(SettingsChange::Nothing),
        Uninstalled::Text(new) => put(path, Some(&old), &new).map(|()| SettingsChange::Edited),
        Uninstalled::NoFile => {
            fs::remove_file(path).map_err(FileError::of("remove", path))?;
            // it may hold other files, and then it stays
            path.parent().map(fs::remove_dir);
            Ok(SettingsChange::Removed)
        }
    }
}

/// Whether our hooks are in an agent's settings; `None` where there is no file.
fn find(path: &Path, agent: Agent) -> Result<Option<Ours>, Trouble> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    let text = text(&bytes)?;
    let found = settings::find(text, agent).map_err(Trouble::Broken)?;
    strict(text, agent).map_err(Trouble::Broken)?;
    Ok(Some(found))
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
