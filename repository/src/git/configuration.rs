//! Settings from where libgit2 does not look: the variables `GIT_CONFIG_COUNT` and `GIT_CONFIG_PARAMETERS`,
//! `includeIf.hasconfig`, and what files include that variables name. Where there are any, git is asked for all settings, and libgit2 gets what git
//! said in a file that comes before all others.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel};
use memchr::memchr;

use crate::files;

use super::GitError;
use super::lifetime::Scratch;
use super::program::Program;
use super::surroundings::Surroundings;

/// A file with settings as git said them, until this is dropped.
pub(super) struct SettingsFile {
    path: PathBuf,
    _folder: Scratch,
}

impl SettingsFile {
    /// The settings of this file alone.
    pub fn open(&self) -> Result<Config, git2::Error> {
        Config::open(&self.path)
    }

    /// Puts these settings before all others.
    pub fn put_before(&self, config: &mut Config) -> Result<(), git2::Error> {
        config.add_file(&self.path, ConfigLevel::App, true)
    }
}

/// All settings that hold in the repository with this common git folder; `None` where libgit2 finds them
/// itself.
pub(super) fn from_elsewhere(
    common_dir: &Path,
    config: &Config,
    around: &Surroundings,
) -> Result<Option<SettingsFile>, GitError> {
    let named = [&around.global, &around.system];
    let includes =
        || named.into_iter().flatten().any(|file| has_includes(file)) || includes_by_config(config);
    if around.settings.is_empty() && !includes() {
        return Ok(None);
    }
    as_git_says(common_dir, around).map(Some)
}

/// All settings that hold in the worktree with this git folder.
pub(super) fn as_git_says(git_dir: &Path, around: &Surroundings) -> Result<SettingsFile, GitError> {
    let program = around.put_into(Program::new(git_dir, "read the configuration of the repository"));
    let args = ["config", "--list", "--null", "--includes"];
    let said = program.args([std::ffi::OsStr::new("--git-dir"), git_dir.as_os_str()]).args(args).run(&[])?;
    let entries = said.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    let written = |entry: &[u8]| match memchr(b'\n', entry) {
        Some(end) => line(&entry[..end], Some(&entry[end + 1..])),
        None => line(entry, None),
    };
    let text: Vec<u8> = entries.flat_map(written).collect();
    let failed = |source| GitError::File { doing: "write", path: std::env::temp_dir(), source };
    let folder = Scratch::new().map_err(failed)?;
    let path = folder.path().join("config");
    fs::write(&path, &text).map_err(failed)?;
    Ok(SettingsFile { path, _folder: folder })
}

/// Whether a file that a variable names includes others: libgit2 knows of no repository then.
fn has_includes(file: &Path) -> bool {
    let text = files::read(file, files::MOST_OF_GIT).unwrap_or_default().to_ascii_lowercase();
    memchr::memmem::find(&text, b"[include").is_some()
}

/// Whether files are included where a remote has some URL.
fn includes_by_config(config: &Config) -> bool {
    let Ok(mut entries) = config.entries(Some("^includeif\\.hasconfig:")) else { return false };
    entries.next().is_some()
}

/// One setting as a section of its own. Its name is `section.key` or `section.any thing.key`.
pub(super) fn line(name: &[u8], value: Option<&[u8]>) -> Vec<u8> {
    let dots = || name.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at);
    let (first, last) = (dots().next().unwrap_or(0), dots().next_back().unwrap_or(0));
    let mut line = [b"[", &name[..first]].concat();
    if first < last {
        line.extend([b" \"", &escaped(&name[first + 1..last])[..], b"\""].concat());
    }
    line.extend([b"]\n\t", &name[last + 1..]].concat());
    if let Some(value) = value {
        line.extend([b" = \"", &escaped(value)[..], b"\""].concat());
    }
    line.push(b'\n');
    line
}

fn escaped(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::new();
    for byte in text {
        match byte {
            b'"' | b'\\' => escaped.extend([b'\\', *byte]),
            b'\n' => escaped.extend(b"\\n"),
            _ => escaped.push(*byte),
        }
    }
    escaped
}
