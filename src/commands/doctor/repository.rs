//! Git and the repository.

use std::collections::BTreeMap;
use std::path::Path;

use crate::git::{ConfigEntry, Repository, configuration_with, git_version};
use crate::model::{Diagnosis, Place, Reason, Severity, few, shell_folder, shell_word, shown, shown_path};
use crate::pipeline::{self, Workspace};

use super::super::hooks::top;

/// The git that is needed: older ones do not say where hooks are as an absolute path.
const NEEDED: (u32, u32, u32) = (2, 31, 0);

/// Git itself.
pub(super) fn git() -> Diagnosis {
    match git_version() {
        Ok(version) if version >= NEEDED => Diagnosis::well("git", format!("git {}", version_text(version))),
        Ok(version) => Diagnosis::of(
            "git",
            Severity::Error,
            format!(
                "git {} is too old: hooks and filters need {}",
                version_text(version),
                version_text(NEEDED)
            ),
        )
        .fix("install a newer git"),
        Err(error) => Diagnosis::of("git", Severity::Error, format!("{error}; hooks and filters need git"))
            .fix("install git, or add it to PATH"),
    }
}

fn version_text((major, minor, patch): (u32, u32, u32)) -> String {
    format!("{major}.{minor}.{patch}")
}

/// What kind of repository it is, and its worktrees.
pub(super) fn kind(repository: &Repository) -> Vec<Diagnosis> {
    let said = |severity, message: &str| Diagnosis::of("repository", severity, message);
    let common = repository.common_dir();
    let mut found = vec![Diagnosis::well("repository", format!("{} is readable", shown_path(common)))];
    let top = top(repository);
    let entries = configuration_with(&top, repository.git_dir_unless_found(&top)).unwrap_or_default();
    if let Some(stray) = stray_bare(repository, &entries) {
        found.push(stray);
    } else if repository.is_bare() {
        let message = "it is bare, so there is no main worktree for the tracking files";
        found.push(said(Severity::Info, message).fix("export TRACK_WORK_DIR=DIR"));
    } else if let Some(message) = repository.hidden_main() {
        let fix = "git config core.worktree \"$(git rev-parse --show-toplevel)\"   # in the main worktree";
        found.push(said(Severity::Warning, &message).fix(fix));
    }
    if common.join("shallow").is_file() {
        let message =
            "it is shallow; the merge of two branches is unknown where their common history is missing";
        found.push(said(Severity::Info, message).fix("git fetch --unshallow"));
    }
    let is_set = |key: &str, value: &str| {
        entries.iter().rfind(|entry| entry.key == key).is_some_and(|entry| entry.value == value)
    };
    let filter = |key: &str| key.starts_with("remote.") && key.ends_with(".partialclonefilter");
    if let Some(filter) = entries.iter().rfind(|entry| filter(&entry.key)) {
        let message =
            "it is a partial clone; missing objects are not fetched, and merges that need them are unknown";
        let unset = shell_word(&filter.key);
        found.push(said(Severity::Info, message).fix(format!(
            "git fetch --refetch --no-filter --tags\ngit config --unset-all {unset}   # so that later fetches bring everything"
        )));
    }
    if is_set("core.sparsecheckout", "true") {
        found.push(said(Severity::Info, "it uses sparse checkout; files outside it count as unchanged"));
    }
    found.extend(worktrees(repository));
    found
}

/// `core.bare` in a repository that has been checked out: tools set it, and git then refuses to work in the
/// main worktree.
fn stray_bare(repository: &Repository, entries: &[ConfigEntry]) -> Option<Diagnosis> {
    let common = repository.common_dir();
    if !repository.is_bare() || !common.ends_with(".git") || !common.join("index").is_file() {
        return None;
    }
    let set = entries.iter().rfind(|entry| entry.key == "core.bare")?;
    let main = shown_path(common.parent()?);
    let said = Diagnosis::of(
        "repository",
        Severity::Error,
        format!("core.bare is set though {main} is a worktree, so git refuses to work there"),
    );
    let file = set.origin.strip_prefix("file:").map(|file| shell_word(top(repository).join(file)));
    Some(said.fix(match file {
        Some(file) => format!("git config --file {file} core.bare false"),
        None => format!("do not set core.bare; it comes from {}", set.origin),
    }))
}

/// What to run for a worktree that is not where git looks for it.
const MISPLACED: &str = "git worktree prune           # removes the entry\ngit worktree repair [PATH]   # if the folder was moved, to PATH";

fn is_readable(place: &Place) -> bool {
    place.worktree.is_some() && place.broken.is_none()
}

fn worktrees(repository: &Repository) -> Vec<Diagnosis> {
    let places = repository.worktrees();
    let mut found = Vec::new();
    for place in &places {
        let locked = place.locked.as_ref().map(|reason| match reason.as_str() {
            "" => "locked".to_string(),
            reason => format!("locked ({reason})"),
        });
        match (&place.broken, locked) {
            (Some(reason), Some(locked)) => {
                let message =
                    format!("{} is {locked} and cannot be read: {}", place.name, reason.without_fix());
                let said = Diagnosis::of("worktrees", Severity::Warning, message);
                let unlock = |top| format!("git worktree unlock {} && git worktree prune", shell_folder(top));
                let top = place.worktree.as_deref();
                found.push(match top {
                    Some(top) => said.fix(format!("{}   # if the folder is gone for good", unlock(top))),
                    None => said,
                });
            }
            (Some(reason), None) => {
                let message = format!("{}: {}", place.name, reason.without_fix());
                // where the folder is there, the repository was moved, or another one is there
                let there = place.worktree.as_ref().filter(|top| top.is_dir());
                let repair = there.map(|top| format!("git worktree repair {}", shell_folder(top)));
                let said = Diagnosis::of("worktrees", Severity::Error, message);
                found.push(said.fix(repair.unwrap_or_else(|| MISPLACED.to_string())));
            }
            (None, Some(_)) if !place.deleted.is_empty() => {}
            (None, Some(locked)) => {
                found.push(Diagnosis::of("worktrees", Severity::Info, format!("{} is {locked}", place.name)));
            }
            (None, None) => {}
        }
        found.extend(place.deleted.iter().map(|folder| {
            let message = format!("{}: its folder {} does not exist", place.name, shown_path(folder));
            if let Some(command) = place.repair() {
                return Diagnosis::of("worktrees", Severity::Error, format!("{message}: it was moved"))
                    .fix(command);
            }
            match &place.locked {
                None => Diagnosis::of("worktrees", Severity::Error, message).fix(MISPLACED),
                Some(why) => {
                    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
                    let unlock =
                        format!("git worktree unlock {} && git worktree prune", shell_folder(folder));
                    Diagnosis::of("worktrees", Severity::Warning, format!("{message}; it is locked{why}"))
                        .fix(format!("{unlock}   # if the folder is gone for good"))
                }
            }
        }));
    }
    let without = places.iter().filter_map(|place| Some((place, place.git_dir.as_ref()?)));
    found.extend(without.map(|(place, git_dir)| {
        let top = place.worktree.as_deref().unwrap_or(git_dir);
        let message = format!(
            "{}: git does not find the repository from {}: core.worktree leads there, and no .git leads back",
            place.name,
            shown_path(top)
        );
        let (git_dir, file) = (git_dir.to_string_lossy(), top.join(".git"));
        let line = format!("gitdir: {git_dir}");
        let fix = format!("echo {} > {}", shell_word(&line), shell_word(&file));
        Diagnosis::of("worktrees", Severity::Warning, message).fix(fix)
    }));
    found.extend(checked_out_twice(&places));
    let well = places.iter().filter(|place| is_readable(place)).count();
    let number = crate::render::count(well, "worktree");
    found.insert(0, Diagnosis::well("worktrees", format!("{number} readable")));
    found
}

/// Branches that several worktrees have checked out: a commit in one makes the others look as if they took it back.
fn checked_out_twice(places: &[Place]) -> Vec<Diagnosis> {
    let mut by_branch: BTreeMap<&str, Vec<(&Place, &Path)>> = BTreeMap::new();
    for place in places.iter().filter(|place| is_readable(place)) {
        if let (Some(branch), Some(top)) = (place.branch.as_deref(), place.worktree.as_deref()) {
            by_branch.entry(branch).or_default().push((place, top));
        }
    }
    let twice = by_branch.into_iter().filter(|(_, there)| there.len() > 1);
    let told = twice.map(|(branch, there)| {
        let names: Vec<&str> = there.iter().map(|(place, _)| place.name.as_str()).collect();
        let branch = shown(branch);
        let message = format!(
            "{branch} is checked out in {}: a commit in one of them looks as if the others took it back",
            few(&names)
        );
        let switch = |(_, top): &(&Place, &Path)| format!("git -C {} switch --detach", shell_folder(top));
        let commands: Vec<String> = there[1..].iter().map(switch).collect();
        Diagnosis::of("worktrees", Severity::Warning, message).fix(commands.join("\n"))
    });
    told.collect()
}

/// Worktrees whose work cannot be seen although their folders are there: a broken index, say.
pub(super) fn work(workspace: &Workspace, found: &mut Vec<Diagnosis>) {
    let repository = &workspace.repository;
    let places: Vec<Place> = repository.worktrees().into_iter().filter(is_readable).collect();
    let unseen: Vec<Diagnosis> = places
        .iter()
        .zip(pipeline::tips(workspace, &places))
        .filter_map(|(place, tip)| Some(cannot_be_seen(place, tip.reason()?)))
        .collect();
    let Some(at) = found.iter().rposition(|diagnosis| diagnosis.subject == "worktrees") else { return };
    if let (false, Some(first)) = (
        unseen.is_empty(),
        found.iter_mut().find(|diagnosis| diagnosis.subject == "worktrees" && diagnosis.severity.is_none()),
    ) {
        let number = crate::render::count(places.len() - unseen.len(), "worktree");
        first.message = format!("{number} readable");
    }
    found.splice(at + 1..at + 1, unseen);
}

fn cannot_be_seen(place: &Place, reason: &Reason) -> Diagnosis {
    let said = Diagnosis::of("worktrees", Severity::Error, format!("{}: {reason}", place.name));
    match (reason, &place.worktree) {
        (Reason::Index { file, .. }, Some(top)) => {
            let mut aside = file.clone().into_os_string();
            aside.push(".broken");
            let broken = shell_word(aside);
            let (index, top) = (shell_word(file), shell_folder(top));
            said.fix(format!(
                "mv {index} {broken}\ngit -C {top} reset   # rebuilds the index; nothing stays staged"
            ))
        }
        _ => said.fix("fix the error above, then rerun"),
    }
}
