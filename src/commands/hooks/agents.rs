//! The hooks of coding agents: `hooks install --agent`, `hooks uninstall --agent`.

use std::path::{Path, PathBuf};

use crate::cli::{HooksInstall, HooksUninstall};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::git::Repository;
use crate::hooks::agents::{self, Agent, AgentFiles, AgentPart, Ours, SettingsChange, Trouble};
use crate::render::output::{AgentFileChanged, AgentsChanged};

use super::obstacles::{Obstacle, is_ignored, obstacles, skipped};
use super::words::indented;
use super::{chosen, shown};

/// A part of an agent's set-up, and the file that it goes into.
struct AgentTarget {
    agent: Agent,
    part: AgentPart,
    path: PathBuf,
}

/// What was done to one file.
struct Done {
    agent: Agent,
    part: AgentPart,
    file: String,
    change: SettingsChange,
}

pub(super) fn install(
    args: &HooksInstall,
    repository: &Repository,
    context: &Context,
) -> Result<AgentsChanged, Failure> {
    let top = worktree(repository)?;
    let agents = if args.all { found(repository, &top)? } else { chosen(&args.agents) };
    let settings = |agent| AgentFiles { agent, top: &top, main: repository.main_worktree() };
    let mut targets = Vec::new();
    for agent in &agents {
        let path = file_of(&settings(*agent), args.local)?;
        targets.push(AgentTarget { agent: *agent, part: AgentPart::Hooks { stop: args.stop }, path });
        targets.extend(servers(*agent, &top).filter(|_| args.mcp));
    }
    for AgentTarget { agent, part, path } in &targets {
        agents::check(path, *agent, *part).map_err(|trouble| left_alone(&shown(path, &top), trouble))?;
    }
    let mut text = String::new();
    let mut notes = String::new();
    let mut to_commit = false;
    let mut all = Vec::new();
    for AgentTarget { agent, part, path } in targets {
        let settings = settings(agent);
        let file = shown(&path, &top);
        let change = agents::install(&path, agent, part).map_err(|trouble| left_alone(&file, trouble))?;
        let what = what(part);
        text.push_str(&match change {
            SettingsChange::Made => format!("Created {file} with {what}.\n"),
            SettingsChange::Edited => format!("Added {what} to {file}.\n"),
            SettingsChange::Renewed => format!("Updated {what} in {file}.\n"),
            SettingsChange::Removed | SettingsChange::Nothing => format!("{file} already has {what}.\n"),
        });
        to_commit |= !args.local && change != SettingsChange::Nothing && !is_ignored(&settings, &path);
        if matches!(part, AgentPart::Hooks { .. }) {
            notes.push_str(&about(&settings, args));
            let places = repository.worktrees().into_iter().filter_map(|place| place.worktree);
            let others = places.filter(|other| *other != top && other.is_dir());
            let elsewhere = others.filter_map(|top| skipped(&AgentFiles { top: &top, ..settings }));
            for Obstacle { what, fix } in obstacles(&settings, &path, context).into_iter().chain(elsewhere) {
                notes.push_str(&format!("Note: {what}.\n{}", indented(&fix)));
            }
        }
        all.push(Done { agent, part, file, change });
    }
    if to_commit {
        text.push_str("Commit it, so that the other worktrees get it too.\n");
    }
    Ok(reported(all, text + &notes))
}

/// What to know about the hooks of an agent.
fn about(settings: &AgentFiles, args: &HooksInstall) -> String {
    let claude = AgentFiles { agent: Agent::Claude, ..*settings };
    let mut notes = String::new();
    if settings.agent == Agent::Codex {
        notes.push_str(
            "Codex reads the hooks of the main checkout for every worktree, and asks you to approve them \
             once: enter /hooks in Codex.\n",
        );
    }
    if settings.agent == Agent::Copilot && matches!(claude.find().1, Ok(Some(Ours::Installed | Ours::Older)))
    {
        notes.push_str(
            "Copilot and VS Code also run the hooks of Claude Code, which are installed here; with both, they are \
             told twice.\n",
        );
    }
    if settings.agent == Agent::OpenCode && args.stop {
        notes.push_str("OpenCode has no hook at the end of a turn; --stop changes nothing there.\n");
    }
    if args.local {
        notes.push_str(
            "Claude Code (2.1.211 or later) reads it in every worktree of this repository. Do not commit it.\n",
        );
    }
    notes
}

pub(super) fn uninstall(args: &HooksUninstall, repository: &Repository) -> Result<AgentsChanged, Failure> {
    let top = worktree(repository)?;
    let agents = if args.all { Agent::ALL.to_vec() } else { chosen(&args.agents) };
    let part = AgentPart::Hooks { stop: true };
    let mut targets = Vec::new();
    for agent in agents {
        let settings = AgentFiles { agent, top: &top, main: repository.main_worktree() };
        let first = match file_of(&settings, args.local) {
            Ok(first) => first,
            Err(_) if args.all => continue,
            Err(failure) => return Err(failure),
        };
        let others = settings.all().into_iter().filter(|path| !args.local && *path != first);
        let paths = [first.clone()].into_iter().chain(others);
        targets.extend(paths.map(|path| AgentTarget { agent, part, path }));
        targets.extend(servers(agent, &top).filter(|_| args.mcp));
    }
    for AgentTarget { agent, part, path } in &targets {
        agents::check_out(path, *agent, *part).map_err(|trouble| left_alone(&shown(path, &top), trouble))?;
    }
    let mut all = Vec::new();
    for AgentTarget { agent, part, path } in targets {
        let file = shown(&path, &top);
        let main = repository.main_worktree().filter(|main| path.starts_with(main)).unwrap_or(&top);
        let above = if path.starts_with(&top) { &top } else { main };
        let change =
            agents::uninstall(&path, agent, part, above).map_err(|trouble| left_alone(&file, trouble))?;
        all.push(Done { agent, part, file, change });
    }
    // that one of several files has none is of no interest where another one had them
    let mut told: Vec<(Agent, &str)> = all
        .iter()
        .filter(|done| done.change != SettingsChange::Nothing)
        .map(|done| (done.agent, name(done.part)))
        .collect();
    all.retain(|done| {
        let key = (done.agent, name(done.part));
        let first = !args.all && !told.contains(&key);
        if first {
            told.push(key);
        }
        done.change != SettingsChange::Nothing || first
    });
    let line = |Done { file, change, part, .. }: &Done| match change {
        SettingsChange::Removed => format!("Removed {file}, which contained nothing else.\n"),
        SettingsChange::Edited | SettingsChange::Made | SettingsChange::Renewed => {
            format!("Removed {} from {file}.\n", what(*part))
        }
        SettingsChange::Nothing => format!("{file} has no {}.\n", what(*part).trim_start_matches("the ")),
    };
    let mut text: String = all.iter().map(line).collect();
    if text.is_empty() {
        text = "No coding agent has track-work hooks here.\n".to_string();
    }
    Ok(reported(all, text))
}

/// The agents that the repository has files of.
fn found(repository: &Repository, top: &Path) -> Result<Vec<Agent>, Failure> {
    let tops: Vec<&Path> = [top].into_iter().chain(repository.main_worktree()).collect();
    let is_used = |agent: &Agent| {
        let mut traces = agent.traces().iter();
        traces.any(|trace| tops.iter().any(|top| top.join(trace).symlink_metadata().is_ok()))
    };
    let agents: Vec<Agent> = Agent::ALL.into_iter().filter(is_used).collect();
    if agents.is_empty() {
        let traces: Vec<&str> = Agent::ALL.iter().flat_map(|agent| agent.traces()).copied().collect();
        let names = Agent::ALL.map(Agent::name).join(", ");
        return Err(Failure::new("this repository has no files of a coding agent; nothing was written")
            .help(format!("looked for {}\nto choose one: --agent NAME, of {names}", traces.join(", "))));
    }
    Ok(agents)
}

/// Where the server of an agent goes.
fn servers(agent: Agent, top: &Path) -> impl Iterator<Item = AgentTarget> {
    let files = agents::server_files(agent, top).into_iter();
    files.map(move |(file, form)| AgentTarget { agent, part: AgentPart::Server(form), path: top.join(file) })
}

fn what(part: AgentPart) -> &'static str {
    match part {
        AgentPart::Hooks { .. } => "the track-work hooks",
        AgentPart::Server(_) => "the track-work MCP server",
    }
}

fn name(part: AgentPart) -> &'static str {
    match part {
        AgentPart::Hooks { .. } => "hooks",
        AgentPart::Server(_) => "server",
    }
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
    let changed = |Done { agent, part, file, change }| AgentFileChanged {
        agent: agent.name(),
        file,
        part: name(part),
        outcome: word(change),
    };
    AgentsChanged { agents: all.into_iter().map(changed).collect(), text }
}
