//! What is shown of an answer: the flags `--terminal`, `--story`, `--path` and `--conflicts`.

use std::path::{Component, Path};

use crate::cli::ShowOnly;
use crate::commands::failure::Failure;
use crate::error::Error;
use crate::model::{Facts, LogEntry, Selection, ShownFilter, UnfitGlob, few};
use crate::pipeline::{self, Workspace};

/// What the flags say in this folder.
///
/// # Errors
/// A text is no glob.
pub(super) fn selection(only: &ShowOnly, folder: &Path) -> Result<Selection, Failure> {
    let ShowOnly { terminals, stories, paths, conflicts } = only.clone();
    let paths = paths.into_iter().map(|path| from_top(&path, folder).unwrap_or(path)).collect();
    Ok(Selection::new(ShownFilter { stories, terminals, paths, conflicts })?)
}

/// What a path or glob means that is absolute, begins with `./` or `../`, or is there in this folder, from the top of the
/// worktree on; `None` for any other one, which is a glob of paths from the top.
fn from_top(text: &str, folder: &Path) -> Option<String> {
    let top = folder.ancestors().find(|folder| folder.join(".git").exists())?;
    let is_there = folder.join(text).exists();
    let begins_here =
        matches!(Path::new(text).components().next()?, Component::CurDir | Component::ParentDir);
    if !is_there && !begins_here && !Path::new(text).is_absolute() {
        return None;
    }
    let mut parts = Vec::new();
    for part in folder.join(text).strip_prefix(top).ok()?.components() {
        match part {
            Component::ParentDir => _ = parts.pop()?,
            Component::Normal(name) if is_there => parts.push(globset::escape(name.to_str()?)),
            Component::Normal(name) => parts.push(name.to_str()?.to_string()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(if parts.is_empty() { "**".to_string() } else { parts.join("/") })
}

/// What they mean among the terminals that there are.
///
/// # Errors
/// Nothing matches a glob.
pub(super) fn among(
    selection: Selection,
    facts: &Facts,
    workspace: &Workspace,
) -> Result<Selection, Failure> {
    selection.among(facts).map_err(|unfit| unfit_glob(unfit, workspace))
}

/// A glob that chooses nobody; of a branch that has nothing to merge, that is said.
pub(super) fn unfit_glob(unfit: UnfitGlob, workspace: &Workspace) -> Failure {
    let is_name = unfit.why.is_none() && ["--terminal", "--with"].contains(&unfit.flag);
    let merged = if is_name { without_work(&unfit.glob, workspace) } else { None };
    merged.unwrap_or_else(|| unfit.into())
}

/// Why nobody is called so; of a branch that has nothing to merge, that.
pub(super) fn unknown_name(error: Error, name: &str, workspace: &Workspace) -> Failure {
    let merged = match &error {
        Error::NoTerminal { .. } => without_work(name, workspace),
        _ => None,
    };
    merged.unwrap_or_else(|| error.into())
}

/// What is to be said of a branch without work, which is no terminal.
fn without_work(name: &str, workspace: &Workspace) -> Option<Failure> {
    let target = &workspace.target;
    let reference = format!("refs/heads/{}", name.strip_prefix("refs/heads/").unwrap_or(name));
    let (commit, _) = workspace.repository.revision(&reference).ok()?;
    if target.reference.as_deref() == Some(&reference) {
        let text = format!("{name} is the target, which the others are merged into");
        return Some(Failure::new(text).help("track-work status shows the others"));
    }
    let is_merged = pipeline::commit_tip(workspace, commit).known().is_some_and(|tip| tip.contained);
    is_merged.then(|| {
        let text =
            format!("{name} is already merged into {}: there is nothing left of it to merge", target.name);
        Failure::new(text).help("track-work status shows who has work")
    })
}

/// What they mean among these terminals and those of the history.
///
/// # Errors
/// Nothing matches a glob.
pub(super) fn in_history(
    selection: Selection,
    facts: &Facts,
    history: &[LogEntry],
) -> Result<Selection, Failure> {
    Ok(selection.in_history(facts, history)?)
}

impl From<UnfitGlob> for Failure {
    fn from(unfit: UnfitGlob) -> Failure {
        let UnfitGlob { flag, glob, why, mut known } = unfit;
        match why {
            Some(why) => Failure::new(format!("{flag} {glob}: {why}"))
                .help("use a glob such as login-*; quote it for the shell"),
            None => {
                let what = match flag {
                    "--path" => "no terminal touched a path that matches",
                    "--story" => "no story matches",
                    _ => "no terminal matches",
                };
                let distance = |name: &String| strsim::osa_distance(name, &glob);
                known.sort_by_cached_key(distance);
                let known = if known.is_empty() { "there are none".to_string() } else { few(&known) };
                Failure::new(format!("{flag} {glob}: {what}")).help(format!("the nearest: {known}"))
            }
        }
    }
}
