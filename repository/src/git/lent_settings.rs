//! The settings that hold where a branch is checked out and not in the worktree in which merges into it are made: those of
//! `includeIf` with a condition on the branch or the git folder, and those of a worktree alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use crate::model::shown_path;

use super::GitError;
use super::program::Program;
use super::stand_in::with_head;

/// The values of each setting, in their order; `None` where one is named without a value.
type SettingValues = BTreeMap<Vec<u8>, Vec<Option<Vec<u8>>>>;

/// What is of one place alone, or is handed over otherwise.
fn is_own(key: &[u8]) -> bool {
    let is_include = key == b"include.path" || key.starts_with(b"includeif.");
    let is_place = [&b"core.bare"[..], b"core.worktree", b"core.sparsecheckout", b"core.sparsecheckoutcone"];
    is_include || is_place.contains(&key) || key.starts_with(b"extensions.") || key.starts_with(b"branch.")
}

/// Whether a setting can change what a merge comes to, or the commit that is made of it.
fn matters(key: &[u8]) -> bool {
    const SECTIONS: [&[u8]; 12] = [
        b"attr.",
        b"author.",
        b"commit.",
        b"committer.",
        b"core.",
        b"diff.",
        b"filter.",
        b"gpg.",
        b"i18n.",
        b"merge.",
        b"rerere.",
        b"user.",
    ];
    SECTIONS.iter().any(|section| key.starts_with(section))
}

/// The settings in a folder, without those of it alone.
fn settings(folder: &Path) -> Result<SettingValues, GitError> {
    Ok(without_own(all_settings(folder, None)?))
}

fn without_own(mut values: SettingValues) -> SettingValues {
    values.retain(|key, _| !is_own(key));
    values
}

/// All settings in a folder. `git_dir`: the git folder that is meant there, where git would take another one.
fn all_settings(folder: &Path, git_dir: Option<&Path>) -> Result<SettingValues, GitError> {
    let doing = format!("read the settings of {}", shown_path(folder));
    let program = Program::as_configured(folder, doing).of(git_dir);
    let said = program.args(["config", "--null", "--list", "--includes"]).run(&[])?;
    let mut values = SettingValues::new();
    for entry in said.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        let mut parts = entry.splitn(2, |byte| *byte == b'\n');
        let key = parts.next().unwrap_or_default().to_vec();
        values.entry(key).or_default().push(parts.next().map(<[u8]>::to_vec));
    }
    Ok(values)
}

/// A branch that is checked out in a place once another one is, or none.
pub(super) struct Switch<'b> {
    /// The one that is checked out there.
    pub from: Option<&'b str>,
    /// The one that will be.
    pub to: &'b str,
}

/// The variables that give git in `top` the settings that it has in `beside`, once that has this branch checked out.
///
/// # Errors
/// They cannot be read; one that matters holds in `top` alone, and no variable takes it back.
pub(super) fn lent(
    beside: &Path,
    switch: Option<Switch<'_>>,
    common_dir: &Path,
    top: &Path,
) -> Result<Vec<(String, OsString)>, GitError> {
    let (mut there, here) = (all_settings(beside, None)?, settings(top)?);
    if let Some(switch) = switch {
        let before = settings_with_branch(common_dir, switch.from, beside)?;
        let after = settings_with_branch(common_dir, Some(switch.to), beside)?;
        let keys: Vec<Vec<u8>> = before.keys().chain(after.keys()).cloned().collect();
        for key in keys.into_iter().filter(|key| before.get(key) != after.get(key)) {
            match after.get(&key) {
                Some(values) => there.insert(key, values.clone()),
                None => there.remove(&key),
            };
        }
    }
    let there = without_own(there);
    if let Some(key) = here.keys().find(|key| matters(key) && !there.contains_key(*key)) {
        return Err(GitError::OnlyHere {
            setting: String::from_utf8_lossy(key).into_owned(),
            here: top.to_path_buf(),
            there: beside.to_path_buf(),
        });
    }
    let differing = there.into_iter().filter(|(key, values)| here.get(key) != Some(values));
    let pairs = differing.flat_map(|(key, values)| {
        // one without a value is true
        values.into_iter().map(move |value| (key.clone(), value.unwrap_or_else(|| b"true".to_vec())))
    });
    Ok(variables(pairs.collect()))
}

/// Whether a merge comes to something else with the settings that hold where one branch is checked out than with those of the
/// other one; `None`: none is.
///
/// # Errors
/// They cannot be read.
pub(super) fn changes_merges(common_dir: &Path, branches: [Option<&str>; 2]) -> Result<bool, GitError> {
    let [one, other] = branches.map(|branch| settings_with_branch(common_dir, branch, common_dir));
    let (one, other) = (one?, other?);
    let mut keys = one.keys().chain(other.keys()).filter(|key| one.get(*key) != other.get(*key));
    Ok(keys.any(|key| !is_harmless(key)))
}

/// Whether a setting changes no merge, but at most who makes it, its message and what is shown.
fn is_harmless(key: &[u8]) -> bool {
    const SECTIONS: [&[u8]; 11] = [
        b"advice.",
        b"alias.",
        b"author.",
        b"color.",
        b"commit.",
        b"committer.",
        b"credential.",
        b"gpg.",
        b"pager.",
        b"push.",
        b"user.",
    ];
    let is_include = key == b"include.path" || key.starts_with(b"includeif.");
    is_include
        || [&b"merge.log"[..], b"merge.branchdesc"].contains(&key)
        || SECTIONS.iter().any(|section| key.starts_with(section))
}

/// All settings in a folder while this branch is checked out there, or none.
fn settings_with_branch(
    common_dir: &Path,
    branch: Option<&str>,
    folder: &Path,
) -> Result<SettingValues, GitError> {
    let scratch = with_head(common_dir, branch)?;
    all_settings(folder, Some(scratch.path()))
}

/// The variables that add these settings to those of the person.
pub(super) fn variables(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<(String, OsString)> {
    if pairs.is_empty() {
        return Vec::new();
    }
    let first = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.trim().parse().ok());
    let first: usize = first.unwrap_or(0);
    let mut variables = vec![("GIT_CONFIG_COUNT".to_string(), (first + pairs.len()).to_string().into())];
    for (at, (key, value)) in pairs.into_iter().enumerate() {
        let at = first + at;
        variables.push((format!("GIT_CONFIG_KEY_{at}"), OsString::from_vec(key)));
        variables.push((format!("GIT_CONFIG_VALUE_{at}"), OsString::from_vec(value)));
    }
    variables
}
