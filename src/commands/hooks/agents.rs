//! The hooks of coding agents: `hooks install --agent`, `hooks uninstall --agent`.

use serde_json::json;

use crate::cli::{Global, HooksInstall, HooksUninstall};
use crate::error::Failure;
use crate::git::Repository;
use crate::hooks::agents::{self, Agent, Change, Trouble};
use crate::render::json::SCHEMA;

use super::{Answer, chosen, is_json};

pub(super) fn install(
    args: &HooksInstall,
    repository: &Repository,
    global: &Global,
) -> Result<Answer, Failure> {
    let top = worktree(repository)?;
    let mut changes = Vec::new();
    for agent in chosen(&args.agents) {
        let change = agents::install(&top, agent, args.stop).map_err(|trouble| left_alone(agent, trouble))?;
        changes.push((agent, change));
    }
    let mut text = String::new();
    for (agent, change) in &changes {
        text.push_str(&match change {
            Change::Made => format!("Created {} with the hooks of track-work.\n", agent.file()),
            Change::Edited => format!("Added the hooks of track-work to {}.\n", agent.file()),
            Change::Removed | Change::Nothing => {
                format!("{} has the hooks of track-work already.\n", agent.file())
            }
        });
    }
    if changes.iter().any(|(_, change)| *change != Change::Nothing) {
        text.push_str("Commit it, so that other worktrees have it too.\n");
    }
    Ok(said(global, &changes, text))
}

pub(super) fn uninstall(
    args: &HooksUninstall,
    repository: &Repository,
    global: &Global,
) -> Result<Answer, Failure> {
    let top = worktree(repository)?;
    let mut changes = Vec::new();
    for agent in chosen(&args.agents) {
        let change = agents::uninstall(&top, agent).map_err(|trouble| left_alone(agent, trouble))?;
        changes.push((agent, change));
    }
    let line = |(agent, change): &(Agent, Change)| match change {
        Change::Removed => format!("Removed {}: nothing else was in it.\n", agent.file()),
        Change::Edited | Change::Made => format!("Took the hooks of track-work out of {}.\n", agent.file()),
        Change::Nothing => format!("{} has no hooks of track-work.\n", agent.file()),
    };
    let text = changes.iter().map(line).collect();
    Ok(said(global, &changes, text))
}

fn worktree(repository: &Repository) -> Result<std::path::PathBuf, Failure> {
    let top = repository.current_worktree().map(std::path::Path::to_path_buf);
    top.ok_or_else(|| {
        Failure::new("the settings of agents are files of a worktree, and this is none")
            .help("start it in a worktree, or name one with -C PATH")
    })
}

fn left_alone(agent: Agent, trouble: Trouble) -> Failure {
    let file = agent.file();
    match trouble {
        Trouble::Broken(broken) => {
            let line = broken.line.map_or(String::new(), |line| format!(", line {line}"));
            Failure::new(format!("{file}{line}: {}; it was left as it is", broken.what))
                .help("mend the file by hand, then run this again")
        }
        Trouble::ChangedMeanwhile => {
            Failure::new(format!("{file} was changed by somebody else just now; it was left as it is"))
                .help("run this again")
        }
        Trouble::File(error) => error.into(),
    }
}

fn said(global: &Global, changes: &[(Agent, Change)], text: String) -> Answer {
    let word = |change| match change {
        Change::Made => "created",
        Change::Edited => "edited",
        Change::Removed => "removed",
        Change::Nothing => "unchanged",
    };
    match is_json(global) {
        true => Answer::json(&json!({
            "schema": SCHEMA,
            "agents": changes.iter().map(|(agent, change)| {
                json!({"agent": agent.name(), "file": agent.file(), "outcome": word(*change)})
            }).collect::<Vec<_>>(),
        })),
        false => Answer::clean(text),
    }
}
