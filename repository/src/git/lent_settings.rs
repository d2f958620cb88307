//! The settings that hold where a branch is checked out and not in the worktree in which merges into it are made: those of
//! `includeIf` with a condition on the branch or the git folder, and those of a worktree alone.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use crate::model::shown_path;

use super::GitError;
use super::program::Program;

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

/// All settings in a folder.
fn settings(folder: &Path) -> Result<SettingValues, GitError> {
    let doing = format!("read the settings of {}", shown_path(folder));
    let said =
        Program::as_configured(folder, doing).args(["config", "--null", "--list", "--includes"]).run(&[])?;
    let mut values = SettingValues::new();
    for entry in said.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        let mut parts = entry.splitn(2, |byte| *byte == b'\n');
        let key = parts.next().unwrap_or_default().to_vec();
        values.entry(key).or_default().push(parts.next().map(<[u8]>::to_vec));
    }
    values.retain(|key, _| !is_own(key));
    Ok(values)
}

/// The variables that give git in `top` the settings that it has in `beside`.
///
/// # Errors
/// They cannot be read; one that matters holds in `top` alone, and no variable takes it back.
pub(super) fn lent(beside: &Path, top: &Path) -> Result<Vec<(String, OsString)>, GitError> {
    let (there, here) = (settings(beside)?, settings(top)?);
    if let Some(key) = here.keys().find(|key| matters(key) && !there.contains_key(*key)) {
        return Err(GitError::OnlyHere {
            setting: String::from_utf8_lossy(key).into_owned(),
            here: top.to_path_buf(),
            there: beside.to_path_buf(),
        });
    }
    let differing = there.into_iter().filter(|(key, values)| here.get(key) != Some(values));
    let pairs: Vec<(Vec<u8>, Vec<u8>)> = differing
        .flat_map(|(key, values)| {
            // one without a value is true
            values.into_iter().map(move |value| (key.clone(), value.unwrap_or_else(|| b"true".to_vec())))
        })
        .collect();
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    // after those of the person
    let first = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.trim().parse().ok());
    let first: usize = first.unwrap_or(0);
    let mut variables = vec![("GIT_CONFIG_COUNT".to_string(), (first + pairs.len()).to_string().into())];
    for (at, (key, value)) in pairs.into_iter().enumerate() {
        let at = first + at;
        variables.push((format!("GIT_CONFIG_KEY_{at}"), OsString::from_vec(key)));
        variables.push((format!("GIT_CONFIG_VALUE_{at}"), OsString::from_vec(value)));
    }
    Ok(variables)
}
