//! Hooks: installed, and reached by git from every worktree.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::context::{Context, on_path};
use crate::git::{ConfigEntry, Repository, configuration_with, git_version};
use crate::hooks::agents::{Agent, AgentFiles, Ours, Trouble};
use crate::hooks::managers::{Managed, Manager, managers};
use crate::hooks::{self, GitHook, HookState, HooksPlace};
use crate::model::{Diagnosis, Place, Severity, shell_folder, shown_path};

use super::super::hooks::obstacles::{Obstacle, obstacles};
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
            Ok(hooks) => seen.push(hooks),
            Err(reason) => found.push(Diagnosis::of("hooks", Severity::Error, reason)),
        }
    }
    let own = repository.common_dir().join("hooks");
    let left = |hook| matches!(hooks::state(&own, hook), Ok(state) if !matches!(state, HookState::Absent | HookState::Foreign));
    let installed = GitHook::ALL.into_iter().any(left) || seen.iter().any(|seen| seen.in_place() > 0);
    let by_configuration = configured(repository, found);
    let all_there = seen.iter().all(|seen| seen.in_place() == GitHook::ALL.len());
    let other = managed(&seen, found);
    if installed {
        // what a manager of hooks lacks is told already, with what to do there
        let unmanaged = |seen: &&WorktreeHooks| seen.in_place() > 0 || !is_managed(seen);
        add_new(found, seen.iter().filter(unmanaged).flat_map(|seen| faults(seen, &own)));
        if all_there && !seen.is_empty() {
            let folder = shown_path(&seen[0].place.folder);
            found.push(if seen.iter().all(|hooks| hooks.place.folder == seen[0].place.folder) {
                Diagnosis::well("hooks", format!("installed in {folder}, reached from every worktree"))
            } else {
                Diagnosis::well("hooks", "installed, reached from every worktree")
            });
        }
    } else if !by_configuration && !other {
        found.push(
            Diagnosis::of("hooks", Severity::Info, "not installed, so nobody is warned before a commit")
                .fix("track-work hooks install"),
        );
    }
    installed || by_configuration || other
}

/// Adds the faults that are not listed yet: worktrees that share a file or folder share its faults.
fn add_new(found: &mut Vec<Diagnosis>, faults: impl IntoIterator<Item = Diagnosis>) {
    for fault in faults {
        if !found.iter().any(|known| known.message == fault.message) {
            found.push(fault);
        }
    }
}

/// A bare repository without worktrees has hooks too.
fn bare(repository: &Repository) -> Place {
    Place {
        name: "the repository".to_string(),
        worktree: Some(repository.common_dir().to_path_buf()),
        main: true,
        ..Place::default()
    }
}

fn look(repository: &Repository, name: &str, top: &Path) -> Result<WorktreeHooks, String> {
    let cannot = |reason: &dyn std::fmt::Display| format!("cannot inspect the hooks of {name}: {reason}");
    let place = place_of(repository, top).map_err(|failure| cannot(&failure.message()))?;
    let mut states = Vec::new();
    for hook in GitHook::ALL {
        let state = match hooks::state(&place.folder, hook) {
            // a file stands where the folder would be: `.git` of a linked worktree
            Err(error) if error.source.kind() == ErrorKind::NotADirectory => HookState::Absent,
            Err(error) => return Err(cannot(&format!("{}: {}", shown_path(&error.path), error.source))),
            Ok(state) => state,
        };
        states.push((hook, state));
    }
    Ok(WorktreeHooks { name: name.to_string(), top: top.to_path_buf(), place, states })
}

/// What keeps git from running ours in a worktree, where they are installed somewhere.
fn faults(seen: &WorktreeHooks, own: &Path) -> Vec<Diagnosis> {
    let install = format!("track-work -C {} hooks install", shell_folder(&seen.top));
    let say = |severity, message: String| Diagnosis::of("hooks", severity, message).fix(install.clone());
    let folder = shown_path(&seen.place.folder);
    if seen.in_place() == 0 && seen.place.folder != own {
        let by = seen.place.configured.as_ref();
        let by = by.map_or(String::new(), |(value, file)| format!(" (core.hooksPath = {value} in {file})"));
        let what = if seen.place.folder.is_dir() {
            "but the hooks of track-work are not there"
        } else {
            "which is not a folder, so git runs no hooks"
        };
        let message = format!("in {}, git looks for hooks in {folder}{by}, {what}", seen.name);
        let said = say(Severity::Error, message);
        // in a linked worktree `.git` is a file
        let is_default = seen.place.configured.as_ref().is_some_and(|(value, _)| value == ".git/hooks");
        let unset = "git config --unset-all core.hooksPath   # git then uses .git/hooks in every worktree";
        return vec![if is_default { said.fix(unset) } else { said }];
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
                    format!("{name} was written by another version of track-work"),
                ));
            }
            HookState::Edited => found.push(
                Diagnosis::of(
                    "hooks",
                    Severity::Warning,
                    format!("the track-work section of {name} was edited"),
                )
                .fix("track-work hooks install --force   # rewrites that section"),
            ),
        }
    }
    found
}

/// Hooks that git's configuration names: whether one of them is ours, and git knows of them.
fn configured(repository: &Repository, found: &mut Vec<Diagnosis>) -> bool {
    let top = top(repository);
    let entries = configuration_with(&top, repository.git_dir_unless_found(&top));
    let entries: Vec<ConfigEntry> = entries.unwrap_or_default();
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
            .fix(format!("git config hook.{name}.enabled true")),
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
            found.push(Diagnosis::of("hooks", Severity::Warning, message).fix("track-work hooks install"));
            false
        }
    }
}

/// Whether another program is in charge of the hooks of a worktree.
fn is_managed(seen: &WorktreeHooks) -> bool {
    managers(&seen.top, &seen.place).iter().any(|other| other.in_charge)
}

/// Other programs that manage hooks, in every worktree. Says whether one of them is in charge. What they
/// would do is not tried: only what git finds, and what their files say.
fn managed(seen: &[WorktreeHooks], found: &mut Vec<Diagnosis>) -> bool {
    let all: Vec<(&WorktreeHooks, Managed)> = seen
        .iter()
        .flat_map(|seen| managers(&seen.top, &seen.place).into_iter().map(move |other| (seen, other)))
        .filter(|(_, other)| other.in_charge)
        .collect();
    for manager in Manager::ALL {
        let its: Vec<_> = all.iter().filter(|(_, other)| other.manager == manager).collect();
        let Some((_, first)) = its.first() else { continue };
        let name = manager.name();
        let file = &first.file;
        if its.iter().any(|(hooks, _)| hooks.in_place() > 0) {
            let message = format!("{name} manages the hooks here and may overwrite those of track-work");
            found.push(
                Diagnosis::of("hooks", Severity::Info, message)
                    .fix(format!("track-work hooks uninstall   # then call track-work from {file}")),
            );
        } else if its.iter().all(|(_, other)| !other.calls_us()) {
            let message = format!("{name} manages the hooks here and does not call track-work");
            found.push(
                Diagnosis::of("hooks", Severity::Info, message)
                    .fix(format!("track-work hooks install   # shows the lines to add to {file}")),
            );
        } else if its.iter().all(|(_, other)| other.lacks().is_empty()) && its.len() == seen.len() {
            let where_ = if seen.len() == 1 { String::new() } else { " in every worktree".to_string() };
            let message =
                format!("git finds the hooks of {name}{where_}, and {file} calls track-work in each");
            found.push(Diagnosis::well("hooks", message));
        } else {
            found.extend(its.iter().flat_map(|(hooks, manager)| lacking(hooks, manager)));
        }
    }
    !all.is_empty()
}

/// The hooks in which a manager does not call us in a worktree.
fn lacking(seen: &WorktreeHooks, other: &Managed) -> Vec<Diagnosis> {
    let name = other.manager.name();
    let names = |hooks: Vec<GitHook>| hooks.iter().map(|hook| hook.name()).collect::<Vec<_>>().join(", ");
    let [unset, unfound] = [&other.calls, &other.runs].map(|known| {
        let missing = GitHook::ALL.into_iter().filter(|hook| !known.contains(hook));
        names(missing.collect())
    });
    let mut found = Vec::new();
    if !unfound.is_empty() {
        let message = format!(
            "in {} git finds no {unfound} of {name} in {}, so track-work is not called there",
            seen.name,
            shown_path(&seen.place.folder)
        );
        found.push(Diagnosis::of("hooks", Severity::Warning, message).fix(format!(
            "install {name} in {} again{}",
            shown_path(&seen.top),
            other.also().map_or(String::new(), |also| format!("; {also}"))
        )));
    }
    if !unset.is_empty() {
        let message = format!("in {} {name} does not call track-work in {unset} ({})", seen.name, other.file);
        found.push(Diagnosis::of("hooks", Severity::Info, message).fix(format!(
            "track-work -C {} hooks install   # shows the lines to add",
            shell_folder(&seen.top)
        )));
    }
    found
}

/// Whether hooks find the program.
pub(super) fn program(context: &Context, installed: bool) -> Diagnosis {
    let real = |path: &PathBuf| path.canonicalize().ok();
    let own = context.program.as_ref().and_then(real);
    match on_path() {
        Some(found) if own.is_none() || real(&found) == own => {
            Diagnosis::well("hooks", format!("track-work is on PATH: {}", shown_path(&found)))
        }
        Some(found) => Diagnosis::of(
            "hooks",
            Severity::Info,
            format!("hooks run a different track-work: {}", shown_path(&found)),
        ),
        None => {
            let severity = if installed { Severity::Error } else { Severity::Info };
            let folder = own.as_deref().and_then(Path::parent).map(shell_folder);
            let fix = folder.map_or("add its folder to PATH".to_string(), |folder| {
                format!("export PATH={folder}:\"$PATH\"")
            });
            Diagnosis::of("hooks", severity, "track-work is not on PATH, so hooks cannot start it").fix(fix)
        }
    }
}

/// The settings of agents, in every worktree.
pub(super) fn agents(repository: &Repository, context: &Context) -> Vec<Diagnosis> {
    let places: Vec<Place> =
        repository.worktrees().into_iter().filter(|place| place.broken.is_none()).collect();
    let mut found: Vec<Diagnosis> = Vec::new();
    for agent in Agent::ALL {
        let mut with = Vec::new();
        let mut without = Vec::new();
        let mut faults: Vec<Diagnosis> = Vec::new();
        let say = |message: String, fix: String| Diagnosis::of("agents", Severity::Warning, message).fix(fix);
        for place in &places {
            let Some(top) = &place.worktree else { continue };
            let settings = AgentFiles { agent, top, main: repository.main_worktree() };
            let (path, state) = settings.find();
            let file = shown_path(&path);
            match state {
                Ok(Some(ours @ (Ours::Installed | Ours::Older))) => {
                    with.push(place.name.as_str());
                    let obstacles = obstacles(&settings, &path, context).into_iter();
                    faults.extend(obstacles.map(|Obstacle { what, fix }| say(what, fix)));
                    if ours == Ours::Older {
                        let fix = format!(
                            "track-work -C {} hooks install --agent {}",
                            shell_folder(top),
                            agent.name()
                        );
                        faults.push(say(format!("{file} was written by another version"), fix));
                    }
                }
                Ok(Some(Ours::Absent) | None) => without.push(place.name.as_str()),
                Err(Trouble::Broken(broken)) => {
                    let line = broken.line.map_or(String::new(), |line| format!(", line {line}"));
                    let fix = "fix the file by hand; the agent cannot read it either";
                    faults.push(say(format!("{file}{line}: {}", broken.what), fix.to_string()));
                }
                Err(Trouble::ChangedMeanwhile | Trouble::File(_)) => without.push(place.name.as_str()),
            }
            faults.extend(settings.unread().map(|path| {
                let message =
                    format!("Codex does not read {}, but the file of the main checkout", shown_path(&path));
                say(message, "track-work hooks install --agent codex".to_string())
            }));
        }
        let unhindered = faults.is_empty();
        add_new(&mut found, faults);
        match (with.is_empty(), without.is_empty()) {
            (true, _) => {}
            (false, true) if unhindered => {
                found.push(Diagnosis::well(
                    "agents",
                    format!("{}: hooks installed in every worktree", agent.name()),
                ));
            }
            (false, true) => {}
            (false, false) => found.push(
                Diagnosis::of(
                    "agents",
                    Severity::Info,
                    format!(
                        "{}: hooks installed in {}, not in {}",
                        agent.name(),
                        with.join(", "),
                        without.join(", ")
                    ),
                )
                .fix(format!(
                    "git add {} && git commit, then merge it into the other branches",
                    agent.file()
                )),
            ),
        }
    }
    found
}
