//! The hooks of coding agents: their settings files, what they ask, what they are answered.

pub mod answer;
mod change;
mod event;
mod json;
mod patch;
mod settings;
mod turns;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use change::{Change as FileChange, LinesReplaced, Replacement};
pub use event::{Event, EventKind, Written, event};
pub use settings::{After, Broken, has_ours, install as with_ours, uninstall as without_ours};

pub use turns::Told;

use crate::files::{FileError, Pending};

/// A coding agent that runs hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agent {
    /// Claude Code.
    Claude,
    /// Codex.
    Codex,
    /// Cursor.
    Cursor,
}

impl Agent {
    /// All of them.
    pub const ALL: [Agent; 3] = [Agent::Claude, Agent::Codex, Agent::Cursor];

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Agent::Claude => "claude",
            Agent::Codex => "codex",
            Agent::Cursor => "cursor",
        }
    }

    /// The project's settings, from the top of a worktree. Of Claude Code's two files it is the one
    /// that is committed, because the other is in no worktree that is made later.
    pub fn file(self) -> &'static str {
        match self {
            Agent::Claude => ".claude/settings.json",
            Agent::Codex => ".codex/hooks.json",
            Agent::Cursor => ".cursor/hooks.json",
        }
    }

    /// The settings where there are no others, with the hook at the end of a turn.
    pub fn body(self) -> &'static str {
        match self {
            Agent::Claude => include_str!("../../../hooks/claude-settings.json"),
            Agent::Codex => include_str!("../../../hooks/codex-hooks.json"),
            Agent::Cursor => include_str!("../../../hooks/cursor-hooks.json"),
        }
    }

    /// The event at the end of a turn.
    fn stop_event(self) -> &'static str {
        match self {
            Agent::Claude | Agent::Codex => "Stop",
            Agent::Cursor => "stop",
        }
    }
}

/// What was done to an agent's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The file was made.
    Made,
    /// Our hooks were put into it, or taken out.
    Edited,
    /// The file was removed: there was nothing else in it.
    Removed,
    /// Nothing: it was so already.
    Nothing,
}

/// Why an agent's settings are left as they are.
#[derive(Debug)]
pub enum Trouble {
    /// They are not what they should be.
    Broken(Broken),
    /// Somebody else changed them just now.
    ChangedMeanwhile,
    /// What the system said.
    File(FileError),
}

impl From<FileError> for Trouble {
    fn from(error: FileError) -> Trouble {
        Trouble::File(error)
    }
}

/// Puts our hooks into the agent's settings below the top of a worktree; `stop` is the one at the
/// end of a turn.
///
/// # Errors
/// Settings that are broken, and what the system says; then they are as they were.
pub fn install(top: &Path, agent: Agent, stop: bool) -> Result<Change, Trouble> {
    let path = top.join(agent.file());
    let old = read(&path)?;
    let new = match &old {
        None => Some(settings::whole_file(agent, stop)),
        Some(old) => with_ours(text(old)?, agent, stop).map_err(Trouble::Broken)?,
    };
    let Some(new) = new else { return Ok(Change::Nothing) };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(FileError::of("create", folder))?;
    }
    put(&path, old.as_deref(), &new)?;
    Ok(if old.is_some() { Change::Edited } else { Change::Made })
}

/// Takes our hooks out of the agent's settings. A file and a folder with nothing else in them go.
///
/// # Errors
/// Settings that are broken, and what the system says; then they are as they were.
pub fn uninstall(top: &Path, agent: Agent) -> Result<Change, Trouble> {
    let path = top.join(agent.file());
    let Some(old) = read(&path)? else { return Ok(Change::Nothing) };
    match without_ours(text(&old)?, agent).map_err(Trouble::Broken)? {
        After::Same => Ok(Change::Nothing),
        After::Text(new) => put(&path, Some(&old), &new).map(|()| Change::Edited),
        After::NoFile => {
            fs::remove_file(&path).map_err(FileError::of("remove", &path))?;
            // it may hold other files, and then it stays
            path.parent().map(fs::remove_dir);
            Ok(Change::Removed)
        }
    }
}

/// Whether our hooks are in the agent's settings; `None` where there is no file.
///
/// # Errors
/// Settings that are broken, and what the system says.
pub fn installed(top: &Path, agent: Agent) -> Result<Option<bool>, Trouble> {
    let Some(bytes) = read(&top.join(agent.file()))? else { return Ok(None) };
    has_ours(text(&bytes)?, agent).map(Some).map_err(Trouble::Broken)
}

fn read(path: &PathBuf) -> Result<Option<Vec<u8>>, FileError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(FileError::of("read", path)(error)),
    }
}

fn text(bytes: &[u8]) -> Result<&str, Trouble> {
    std::str::from_utf8(bytes)
        .map_err(|_| Trouble::Broken(Broken { line: None, what: "it is not UTF-8".to_string() }))
}

fn put(path: &Path, old: Option<&[u8]>, new: &str) -> Result<(), Trouble> {
    match Pending::write(path, old, new.as_bytes())?.put()? {
        true => Ok(()),
        false => Err(Trouble::ChangedMeanwhile),
    }
}
