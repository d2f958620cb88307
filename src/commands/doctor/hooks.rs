//! Hooks: installed, and reached by git from every worktree.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::git::{ConfigEntry, Repository, configuration, git_version};
use crate::hooks::agents::{Agent, Trouble, installed};
use crate::hooks::managers::managers;
use crate::hooks::{self, GitHook, HookState, HooksPlace};
use crate::model::{Diagnosis, Place, Severity};

use super::super::hooks::{place_of, top};

/// Git runs hooks that the configuration names from this version on.
const CONFIGURED_HOOKS: (u32, u32, u32) = (2, 54, 0);

/// Where git looks for the hooks of a worktree, and which of ours it finds there.
struct WorktreeHooks {
    name: String,
    top: PathBuf,
    place: HooksPlace,
    states: Vec<(GitHook, HookState)>,
}

impl WorktreeHooks {
    fn in_place(&self) -> usize {
        let ours = |state: &HookState| !matches!(state, HookState::Absent | HookState::Foreign);
        self.states.iter().filter(|(_, state)| ours(state)).count()
    }
}

/// Git's hooks, from every worktree. Says whether any is installed.
pub(super) fn git(repository: &Repository, found: &mut Vec<Diagnosis>) -> bool {
    let mut seen = Vec::new();
    let places = match repository.worktrees() {
        places if places.is_empty() => vec![bare(repository)],
        places => places,
    };
    for place in places.iter().filter(|place| place.broken.is_none()) {
        let Some(top) = &place.worktree else { continue };
        match look(repository, &place.name, top) {
            Ok(one) => seen.push(one),
            Err(reason) => found.push(Diagnosis::of("hooks", Severity::Error, reason)),
        }
    }
    let own = repository.common_dir().join("hooks");
    let left = |hook| matches!(hooks::state(&own, hook), Ok(state) if !matches!(state, HookState::Absent | HookState::Foreign));
    let installed = GitHook::ALL.into_iter().any(left) || seen.iter().any(|one| one.in_place() > 0);
    let by_configuration = configured(&top(repository), found);
    let all_there = seen.iter().all(|one| one.in_place() == GitHook::ALL.len());
    let other = managed(repository, &seen, found);
    if installed {
        for fault in seen.iter().flat_map(|one| faults(one, &own)) {
            // worktrees that share a folder share its faults
            if !found.iter().any(|known| known.message == fault.message) {
                found.push(fault);
            }
        }
        if all_there && !seen.is_empty() {
            let folder = seen[0].place.folder.display();
            found.push(match seen.iter().all(|one| one.place.folder == seen[0].place.folder) {
                true => {
                    Diagnosis::well("hooks", format!("installed in {folder}, reached from every worktree"))
                }
                false => Diagnosis::well("hooks", "installed, reached from every worktree"),
            });
        }
    } else if !by_configuration && !other {
        found.push(
            Diagnosis::of("hooks", Severity::Info, "not installed, so nobody is warned before a commit")
                .mend("track-work hooks install"),
        );
    }
    installed || by_configuration || other
}

/// A bare repository without worktrees has hooks too.
fn bare(repository: &Repository) -> Place {
    Place {
        name: "the repository".to_string(),
        worktree: Some(repository.common_dir().to_path_buf()),
        branch: None,
        main: true,
        locked: None,
        broken: None,
    }
}

fn look(repository: &Repository, name: &str, top: &Path) -> Result<WorktreeHooks, String> {
    let cannot = |reason: &dyn std::fmt::Display| format!("cannot inspect the hooks of {name}: {reason}");
    let place = place_of(repository, top).map_err(|failure| cannot(&failure.message()))?;
    let mut states = Vec::new();
    for hook in GitHook::ALL {
        let state = hooks::state(&place.folder, hook);
        let state = state.map_err(|error| cannot(&format!("{}: {}", error.path.display(), error.source)))?;
        states.push((hook, state));
    }
    Ok(WorktreeHooks { name: name.to_string(), top: top.to_path_buf(), place, states })
}

/// What keeps git from running ours in a worktree, where they are installed somewhere.
fn faults(seen: &WorktreeHooks, own: &Path) -> Vec<Diagnosis> {
    let install = format!("track-work -C {} hooks install", seen.top.display());
    let say = |severity, message: String| Diagnosis::of("hooks", severity, message).mend(install.clone());
    let folder = seen.place.folder.display();
    if seen.in_place() == 0 && seen.place.folder != own {
        let by = seen.place.configured.as_ref();
        let by = by.map_or(String::new(), |(value, file)| format!(" (core.hooksPath = {value} in {file})"));
        let what = match seen.place.folder.is_dir() {
            true => "but the hooks of track-work are not there",
            false => "which is not a folder, so git runs no hooks",
        };
        let message = format!("in {}, git looks for hooks in {folder}{by}, {what}", seen.name);
        return vec![say(Severity::Error, message)];
    }
    let mut found = Vec::new();
    for (hook, state) in &seen.states {
        let name = format!("{folder}/{}", hook.name());
        match state {
            HookState::Installed => {}
            HookState::Absent => found.push(say(Severity::Warning, format!("{name} is missing"))),
            HookState::Foreign => {
                found.push(say(Severity::Warning, format!("{name} does not call track-work")))
            }
            HookState::NotExecutable => {
                found.push(say(Severity::Error, format!("{name} is not executable, so git does not run it")))
            }
            HookState::OtherVersion => {
                found.push(say(
                    Severity::Warning,
                    format!("{name} was written by another version of track-work of track-work"),
                ));
            }
            HookState::Edited => found.push(
                Diagnosis::of(
                    "hooks",
                    Severity::Warning,
                    format!("the track-work section of {name} was edited"),
                )
                .mend("track-work hooks install --force   # rewrites that section"),
            ),
        }
    }
    found
}

/// Hooks that git's configuration names: whether one of them is ours, and git knows of them.
fn configured(top: &Path, found: &mut Vec<Diagnosis>) -> bool {
    let entries: Vec<ConfigEntry> = configuration(top).unwrap_or_default();
    let value = |name: &str, key: &str| {
        entries
            .iter()
            .rfind(|entry| entry.key == format!("hook.{name}.{key}"))
            .map(|entry| entry.value.as_str())
    };
    let ours: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry.key.strip_prefix("hook.")?.strip_suffix(".command"))
        .filter(|name| value(name, "command").is_some_and(|command| command.contains("track-work")))
        .collect();
    let Some(name) = ours.first() else { return false };
    if value(name, "enabled") == Some("false") {
        found.push(
            Diagnosis::of(
                "hooks",
                Severity::Warning,
                format!("hook.{name} is disabled in the git configuration"),
            )
            .mend(format!("git config hook.{name}.enabled true")),
        );
        return false;
    }
    match git_version() {
        Ok(version) if version >= CONFIGURED_HOOKS => {
            found.push(Diagnosis::well(
                "hooks",
                format!("hook.{name} in the git configuration calls track-work"),
            ));
            true
        }
        _ => {
            let message = format!("hook.{name} in the git configuration does not run: this needs git 2.54");
            found.push(Diagnosis::of("hooks", Severity::Warning, message).mend("track-work hooks install"));
            false
        }
    }
}

/// Other programs that manage hooks. Says whether one of them calls us.
fn managed(repository: &Repository, seen: &[WorktreeHooks], found: &mut Vec<Diagnosis>) -> bool {
    let here = top(repository);
    let Some(one) = seen.iter().find(|one| one.top == here).or(seen.first()) else { return false };
    let mut calls = false;
    for other in managers(&one.top, &one.place).iter().filter(|other| other.in_charge) {
        let name = other.manager.name();
        if other.calls_us {
            calls = true;
            found.push(Diagnosis::well("hooks", format!("{name} calls track-work ({})", other.file)));
        } else if one.in_place() == 0 {
            let message = format!("{name} manages the hooks here and does not call track-work");
            found.push(
                Diagnosis::of("hooks", Severity::Info, message)
                    .mend(format!("track-work hooks install   # shows the lines to add to {}", other.file)),
            );
            calls = true;
        } else {
            let message = format!("{name} manages the hooks here and may overwrite those of track-work");
            found.push(
                Diagnosis::of("hooks", Severity::Info, message)
                    .mend(format!("track-work hooks uninstall   # then call track-work from {}", other.file)),
            );
        }
    }
    calls
}

/// Whether hooks find the program.
pub(super) fn program(context: &Context, installed: bool) -> Diagnosis {
    let real = |path: &PathBuf| path.canonicalize().ok();
    let own = context.program.as_ref().and_then(real);
    match context.on_path() {
        Some(found) if own.is_none() || real(&found) == own => {
            Diagnosis::well("hooks", format!("track-work is on PATH: {}", found.display()))
        }
        Some(found) => Diagnosis::of(
            "hooks",
            Severity::Info,
            format!("hooks run a different track-work: {}", found.display()),
        ),
        None => {
            let severity = if installed { Severity::Error } else { Severity::Info };
            let folder = own.as_deref().and_then(Path::parent).map(|folder| folder.display().to_string());
            let mend = folder.map_or("add its folder to PATH".to_string(), |folder| {
                format!("export PATH=\"{folder}:$PATH\"")
            });
            Diagnosis::of("hooks", severity, "track-work is not on PATH, so hooks cannot start it").mend(mend)
        }
    }
}

/// The settings of agents, in every worktree.
pub(super) fn agents(repository: &Repository) -> Vec<Diagnosis> {
    let places: Vec<Place> =
        repository.worktrees().into_iter().filter(|place| place.broken.is_none()).collect();
    let mut found = Vec::new();
    for agent in Agent::ALL {
        let mut with = Vec::new();
        let mut without = Vec::new();
        for place in &places {
            let Some(top) = &place.worktree else { continue };
            match installed(top, agent) {
                Ok(Some(true)) => with.push(place),
                Ok(Some(false) | None) => without.push(place),
                Err(Trouble::Broken(broken)) => {
                    let line = broken.line.map_or(String::new(), |line| format!(", line {line}"));
                    let file = top.join(agent.file());
                    found.push(
                        Diagnosis::of(
                            "agents",
                            Severity::Warning,
                            format!("{}{line}: {}", file.display(), broken.what),
                        )
                        .mend("fix the file by hand; the agent cannot read it either"),
                    );
                }
                Err(Trouble::ChangedMeanwhile | Trouble::File(_)) => without.push(place),
            }
        }
        let names =
            |places: &[&Place]| places.iter().map(|place| place.name.clone()).collect::<Vec<_>>().join(", ");
        match (with.is_empty(), without.is_empty()) {
            (true, _) => {}
            (false, true) => {
                found.push(Diagnosis::well(
                    "agents",
                    format!("{}: hooks installed in every worktree", agent.name()),
                ));
            }
            (false, false) => found.push(
                Diagnosis::of(
                    "agents",
                    Severity::Info,
                    format!(
                        "{}: hooks installed in {}, not in {}",
                        agent.name(),
                        names(&with),
                        names(&without)
                    ),
                )
                .mend(format!(
                    "git add {} && git commit, then merge it into the other branches",
                    agent.file()
                )),
            ),
        }
    }
    found
}
