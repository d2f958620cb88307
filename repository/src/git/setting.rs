//! What the `git` program is asked about its environment: version, configuration, the hooks folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::merge::OWN_DRIVER;
use crate::model::{RepoPath, shown_path};

use super::GitError;
use super::merge_driver::OWN_COMMAND;
use super::program::Program;

/// How long an answer may take: git reads settings and rules, and waits where these are in a pipe.
const LIMIT: Duration = Duration::from_secs(2);

/// One entry of the configuration as git reads it in one worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// `system`, `global`, `local`, `worktree`, `command`.
    pub scope: String,
    /// `file:…`, as git says it.
    pub origin: String,
    /// The name, section and last part in small letters: `core.hookspath`.
    pub key: String,
    /// The value; empty where none is written.
    pub value: String,
}

/// The numbers of `git version`: 2.47.3 is `(2, 47, 3)`.
///
/// # Errors
/// When git does not start, or says something else.
pub fn git_version() -> Result<(u32, u32, u32), GitError> {
    let doing = "read git's version";
    // it reads the user's settings, which can be a pipe
    let said =
        Program::new(Path::new("."), doing).within(Duration::from_secs(5)).args(["version"]).run(&[])?;
    let said = String::from_utf8_lossy(&said);
    let unclear = || GitError::Program { doing: doing.to_string(), reason: format!("said: {}", said.trim()) };
    let text = said.split_whitespace().nth(2).ok_or_else(unclear)?;
    let mut numbers = text.split('.').map(|part| part.parse().ok());
    let mut next = || numbers.next().flatten();
    let (major, minor) = (next().ok_or_else(unclear)?, next().ok_or_else(unclear)?);
    Ok((major, minor, next().unwrap_or(0)))
}

/// The whole configuration that holds in a folder, the last entry of a name being the one that counts.
///
/// # Errors
/// When git does not start or refuses.
pub fn configuration(folder: &Path) -> Result<Vec<ConfigEntry>, GitError> {
    configuration_with(folder, None)
}

/// The same; `git_dir`: the git folder, where git does not find it from there.
///
/// # Errors
/// As [`configuration`].
pub fn configuration_with(folder: &Path, git_dir: Option<&Path>) -> Result<Vec<ConfigEntry>, GitError> {
    let doing = format!("read the configuration of {}", shown_path(folder));
    let args = ["config", "--null", "--show-scope", "--show-origin", "--list"];
    let program = Program::as_configured(folder, doing).of(git_dir);
    let said = program.within(LIMIT).args(args).run(&[])?;
    let said = String::from_utf8_lossy(&said);
    let mut fields = said.split('\0');
    let mut entries = Vec::new();
    while let (Some(scope), Some(origin), Some(pair)) = (fields.next(), fields.next(), fields.next()) {
        let (key, value) = pair.split_once('\n').unwrap_or((pair, ""));
        let [scope, origin, key, value] = [scope, origin, key, value].map(str::to_string);
        entries.push(ConfigEntry { scope, origin, key, value });
    }
    Ok(entries)
}

/// The folder in which git looks for the hooks of the worktree with this top, or of a bare repository. `git_dir`: the git
/// folder, where git does not find it from there.
///
/// # Errors
/// When git does not start or refuses.
pub fn hooks_folder(top: &Path, git_dir: Option<&Path>) -> Result<PathBuf, GitError> {
    use std::os::unix::ffi::OsStrExt;
    let doing = format!("find the hooks of {}", shown_path(top));
    let args = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"];
    let said = Program::as_configured(top, doing).of(git_dir).within(LIMIT).args(args).run(&[])?;
    let path = said.strip_suffix(b"\n").unwrap_or(&said);
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(path)))
}

/// Writes into the repository's configuration that our driver merges what has it as its attribute.
///
/// # Errors
/// When git does not start or refuses.
pub fn set_own_driver(top: &Path) -> Result<(), GitError> {
    let settings = [("name", "track-work: tracking files by what they say"), ("driver", OWN_COMMAND)];
    for (key, value) in settings {
        let key = format!("merge.{OWN_DRIVER}.{key}");
        let program = Program::as_configured(top, "configure the merge driver").within(LIMIT);
        program.args(["config", "--local", "--replace-all", &key, value]).run(&[])?;
    }
    Ok(())
}

/// Takes it out again; whether there was one.
///
/// # Errors
/// When git does not start or refuses.
pub fn remove_own_driver(top: &Path) -> Result<bool, GitError> {
    let section = format!("merge.{OWN_DRIVER}");
    let begins = format!("{section}.");
    if !configuration(top)?.iter().any(|entry| entry.scope == "local" && entry.key.starts_with(&begins)) {
        return Ok(false);
    }
    let program = Program::as_configured(top, "remove the merge driver").within(LIMIT);
    program.args(["config", "--local", "--remove-section", &section]).run(&[]).map(|_| true)
}

/// Whether the attributes of files that git tracks in a folder name our driver.
pub fn names_own_driver(folder: &Path) -> bool {
    let program = Program::new(folder, "look for files that our merge driver merges").within(LIMIT);
    let named = format!(":(attr:merge={OWN_DRIVER})");
    program.args(["ls-files", "-z", "--", &named]).run(&[]).is_ok_and(|said| !said.is_empty())
}

/// Those of the paths that git ignores in the worktree with this top. What it tracks it does not ignore.
pub fn ignored(top: &Path, paths: &[RepoPath]) -> Vec<RepoPath> {
    let doing = format!("list the ignored files of {}", shown_path(top));
    let input: Vec<u8> = paths.iter().flat_map(|path| [path.as_bytes(), b"\0"].concat()).collect();
    // it fails when it ignores none of them; it waits for rules that are in a pipe
    let said = Program::new(top, doing)
        .within(Duration::from_secs(2))
        .args(["check-ignore", "-z", "--stdin"])
        .run(&input);
    let said = said.unwrap_or_default();
    let names = said.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.map(|name| RepoPath::new(name.to_vec())).collect()
}
