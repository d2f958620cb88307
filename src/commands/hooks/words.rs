//! Sentences about the state of git's hooks, and about what was changed.

use std::path::Path;

use crate::commands::failure::Failure;
use crate::hooks::managers::Managed;
use crate::hooks::{GitHook, HookChange, HookState, Where};

use super::shown;

pub(super) fn state_in_words(state: HookState) -> (&'static str, &'static str) {
    match state {
        HookState::Absent => ("absent", ""),
        HookState::Foreign => ("foreign", "another hook is installed"),
        HookState::Installed => ("installed", ""),
        HookState::NotExecutable => ("off", "not executable, so git does not run it; fix with hooks install"),
        HookState::OtherVersion => {
            ("old", "written by another version of track-work; update with hooks install")
        }
        HookState::Edited => ("edited", "the track-work section was edited"),
    }
}

pub(super) fn whose(of: &Where) -> &'static str {
    match of {
        Where::Repository => "for all worktrees",
        Where::Worktree(_) => "for this worktree",
        Where::Outside => "outside this repository",
    }
}

pub(super) fn managed_by(other: &Managed) -> Failure {
    let name = other.manager.name();
    let also = other.also().map_or(String::new(), |also| format!("({also})\n"));
    Failure::new(format!("{name} manages the hooks here; nothing was written")).help(format!(
        "add this to {}:\n\n{}\n{also}or install anyway with --force",
        other.file,
        indented(&other.lines()),
    ))
}

pub(super) fn lines(outcomes: &[(GitHook, HookChange)], top: &Path) -> String {
    let line = |(hook, outcome): &(GitHook, HookChange)| {
        let text = match outcome {
            HookChange::Made => "installed".to_string(),
            HookChange::Added => "installed; the existing script runs first".to_string(),
            HookChange::MovedAside(to) => {
                format!("installed; the existing hook runs first, moved to\n{:20}{}", "", shown(to, top))
            }
            HookChange::MovedAsideUnused(to) => format!(
                "installed; the existing file is not executable, so git never ran it;\n{0:20}it still does not run, and was moved to\n{0:20}{1}",
                "",
                shown(to, top)
            ),
            HookChange::Renewed => "updated".to_string(),
            HookChange::Already => "already installed".to_string(),
            HookChange::Removed => "removed; the original state is restored".to_string(),
            HookChange::NotThere => "was not installed".to_string(),
        };
        format!("  {:16}  {text}\n", hook.name())
    };
    outcomes.iter().map(line).collect()
}

pub(super) fn word(outcome: &HookChange) -> &'static str {
    match outcome {
        HookChange::Made
        | HookChange::Added
        | HookChange::MovedAside(_)
        | HookChange::MovedAsideUnused(_) => "installed",
        HookChange::Renewed => "renewed",
        HookChange::Already => "unchanged",
        HookChange::Removed => "removed",
        HookChange::NotThere => "absent",
    }
}

pub(super) fn indented(lines: &str) -> String {
    lines.lines().map(|line| format!("  {line}\n")).collect()
}
