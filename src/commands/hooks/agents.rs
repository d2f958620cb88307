//! The hooks of coding agents: `hooks install --agent`, `hooks uninstall --agent`.

use crate::cli::{HooksInstall, HooksUninstall};
use crate::error::Failure;
use crate::git::Repository;
use crate::hooks::agents::{self, Agent, Change, Trouble};
use crate::render::output::AgentsChanged;

use super::chosen;

pub(super) fn install(args: &HooksInstall, repository: &Repository) -> Result<AgentsChanged, Failure> {
    let top = worktree(repository)?;
    let mut changes = Vec::new();
    for agent in chosen(&args.agents) {
        let change = agents::install(&top, agent, args.stop).map_err(|trouble| left_alone(agent, trouble))?;
        changes.push((agent, change));
    }
    let mut text = String::new();
    for (agent, change) in &changes {
        text.push_str(&match change {
            Change::Made => format!("Created {} with the track-work hooks.\n", agent.file()),
            Change::Edited => format!("Added the track-work hooks to {}.\n", agent.file()),
            Change::Removed | Change::Nothing => {
                format!("{} already has the track-work hooks.\n", agent.file())
            }
        });
    }
    if changes.iter().any(|(_, change)| *change != Change::Nothing) {
        text.push_str("Commit it, so that the other worktrees get it too.\n");
    }
    Ok(changed(&changes, text))
}

pub(super) fn uninstall(args: &HooksUninstall, repository: &Repository) -> Result<AgentsChanged, Failure> {
    let top = worktree(repository)?;
    let mut changes = Vec::new();
    for agent in chosen(&args.agents) {
        let change = agents::uninstall(&top, agent).map_err(|trouble| left_alone(agent, trouble))?;
        changes.push((agent, change));
    }
    let line = |(agent, change): &(Agent, Change)| match change {
        Change::Removed => format!("Removed {}, which contained nothing else.\n", agent.file()),
        Change::Edited | Change::Made => format!("Removed the track-work hooks from {}.\n", agent.file()),
        Change::Nothing => format!("{} has no track-work hooks.\n", agent.file()),
    };
    let text = changes.iter().map(line).collect();
    Ok(changed(&changes, text))
}

fn worktree(repository: &Repository) -> Result<std::path::PathBuf, Failure> {
    let top = repository.current_worktree().map(std::path::Path::to_path_buf);
    top.ok_or_else(|| {
        Failure::new("agent settings are stored in a worktree, and this is not a worktree")
            .help("run it in a worktree, or choose one with -C PATH")
    })
}

fn left_alone(agent: Agent, trouble: Trouble) -> Failure {
    let file = agent.file();
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

fn changed(changes: &[(Agent, Change)], text: String) -> AgentsChanged {
    let word = |change| match change {
        Change::Made => "created",
        Change::Edited => "edited",
        Change::Removed => "removed",
        Change::Nothing => "unchanged",
    };
    let agents = changes.iter().map(|(agent, change)| (agent.name(), agent.file(), word(*change)));
    AgentsChanged { agents: agents.collect(), text }
}
