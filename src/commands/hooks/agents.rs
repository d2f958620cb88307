//! The hooks of coding agents: `hooks install --agent`, `hooks uninstall --agent`.

use std::path::{Path, PathBuf};

use crate::cli::{HooksInstall, HooksUninstall};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::git::Repository;
use crate::hooks::agents::{self, Agent, AgentFiles, SettingsChange, Trouble};
use crate::render::output::AgentsChanged;

use super::obstacles::{Obstacle, is_ignored, obstacles, skipped};
use super::words::indented;
use super::{chosen, shown};

/// What was done to one file.
struct Done {
    agent: Agent,
    file: String,
    change: SettingsChange,
}

pub(super) fn install(
    args: &HooksInstall,
    repository: &Repository,
    context: &Context,
) -> Result<AgentsChanged, Failure> {
    let top = worktree(repository)?;
    let mut text = String::new();
    let mut notes = String::new();
    let mut to_commit = false;
    let mut all = Vec::new();
    for agent in chosen(&args.agents) {
        let settings = AgentFiles { agent, top: &top, main: repository.main_worktree() };
        let path = file_of(&settings, args.local)?;
        let file = shown(&path, &top);
        let change =
            agents::install(&path, agent, args.stop).map_err(|trouble| left_alone(&file, trouble))?;
        text.push_str(&match change {
            SettingsChange::Made => format!("Created {file} with the track-work hooks.\n"),
            SettingsChange::Edited => format!("Added the track-work hooks to {file}.\n"),
            SettingsChange::Renewed => format!("Updated the track-work hooks in {file}.\n"),
            SettingsChange::Removed | SettingsChange::Nothing => {
                format!("{file} already has the track-work hooks.\n")
            }
        });
        to_commit |= !args.local && change != SettingsChange::Nothing && !is_ignored(&settings, &path);
        if agent == Agent::Codex {
            notes.push_str(
                "Codex reads the hooks of the main checkout for every worktree, and asks you to approve them \
                 once: enter /hooks in Codex.\n",
            );
        }
        if args.local {
            notes.push_str(
                "Claude Code (2.1.211 or later) reads it in every worktree of this repository. Do not commit it.\n",
            );
        }
        let places = repository.worktrees().into_iter().filter_map(|place| place.worktree);
        let others = places.filter(|other| *other != top && other.is_dir());
        let elsewhere = others.filter_map(|top| skipped(&AgentFiles { top: &top, ..settings }));
        for Obstacle { what, fix } in obstacles(&settings, &path, context).into_iter().chain(elsewhere) {
            notes.push_str(&format!("Note: {what}.\n{}", indented(&fix)));
        }
        all.push(Done { agent, file, change });
    }
    if to_commit {
        text.push_str("Commit it, so that the other worktrees get it too.\n");
    }
    Ok(reported(all, text + &notes))
}

pub(super) fn uninstall(args: &HooksUninstall, repository: &Repository) -> Result<AgentsChanged, Failure> {
    let top = worktree(repository)?;
    let mut all = Vec::new();
    for agent in chosen(&args.agents) {
        let settings = AgentFiles { agent, top: &top, main: repository.main_worktree() };
        let first = file_of(&settings, args.local)?;
        let others = settings.all().into_iter().filter(|path| !args.local && *path != first);
        for path in [first.clone()].into_iter().chain(others) {
            let file = shown(&path, &top);
            let change = agents::uninstall(&path, agent).map_err(|trouble| left_alone(&file, trouble))?;
            if path == first || change != SettingsChange::Nothing {
                all.push(Done { agent, file, change });
            }
        }
    }
    // that the first of several files has none is of no interest where another one had them
    let changed: Vec<Agent> =
        all.iter().filter(|done| done.change != SettingsChange::Nothing).map(|done| done.agent).collect();
    all.retain(|done| done.change != SettingsChange::Nothing || !changed.contains(&done.agent));
    let line = |Done { file, change, .. }: &Done| match change {
        SettingsChange::Removed => format!("Removed {file}, which contained nothing else.\n"),
        SettingsChange::Edited | SettingsChange::Made | SettingsChange::Renewed => {
            format!("Removed the track-work hooks from {file}.\n")
        }
        SettingsChange::Nothing => format!("{file} has no track-work hooks.\n"),
    };
    let text = all.iter().map(line).collect();
    Ok(reported(all, text))
}

/// The file that the hooks go into.
fn file_of(settings: &AgentFiles, local: bool) -> Result<PathBuf, Failure> {
    if local && settings.agent != Agent::Claude {
        return Err(Failure::new(format!("--local is for Claude Code, not for {}", settings.agent.name()))
            .help("use it with --agent claude alone"));
    }
    let file = if local { settings.local() } else { settings.shared() };
    file.ok_or_else(|| {
        Failure::new("these hooks are stored in the main checkout, and this repository has none")
            .help("a bare repository has only linked worktrees")
    })
}

fn worktree(repository: &Repository) -> Result<PathBuf, Failure> {
    let top = repository.current_worktree().map(Path::to_path_buf);
    top.ok_or_else(|| {
        Failure::new("agent settings are stored in a worktree, and this is not a worktree")
            .help("run it in a worktree, or choose one with -C PATH")
    })
}

fn left_alone(file: &str, trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Broken(broken) => {
            let line = broken.line.map_or(String::new(), |line| format!(", line {line}"));
            Failure::new(format!("{file}{line}: {}; the file was not changed", broken.what))
                .help("fix the file by hand, then rerun")
        }
        Trouble::ChangedMeanwhile => {
            Failure::new(format!("{file} was just changed by another program; it was not written"))
                .help("rerun the command")
        }
        Trouble::File(error) => error.into(),
    }
}

fn reported(all: Vec<Done>, text: String) -> AgentsChanged {
    let word = |change| match change {
        SettingsChange::Made => "created",
        SettingsChange::Edited => "edited",
        SettingsChange::Renewed => "renewed",
        SettingsChange::Removed => "removed",
        SettingsChange::Nothing => "unchanged",
    };
    let agents = all.into_iter().map(|Done { agent, file, change }| (agent.name(), file, word(change)));
    AgentsChanged { agents: agents.collect(), text }
}
