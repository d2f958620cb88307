//! `hooks`: installs hooks, uninstalls them, shows their state, and runs them.

mod agent_run;
mod agents;
mod driver;
mod git;
pub(super) mod obstacles;
mod run;
mod words;

use crate::model::shown_path;
use std::path::{Path, PathBuf};

use crate::cli::{self, Global, HooksCommand};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::git::{Repository, configuration_with, hooks_folder};
use crate::hooks::HooksPlace;
use crate::hooks::agents::Agent;
use crate::render::Output;

use super::Reply;

pub(super) use git::install;
pub(super) use run::{no_longer_than, while_in_time};

pub(super) fn run(args: &cli::Hooks, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let repository = || Repository::discover_in(&context.working_dir, &context.surroundings());
    let output = match &args.command {
        HooksCommand::Install(args) if args.merge_driver => {
            Output::HooksChanged(driver::install(&repository()?)?)
        }
        HooksCommand::Install(args) if args.agents.is_empty() && !args.all => {
            Output::HooksChanged(install(args, &repository()?)?)
        }
        HooksCommand::Install(args) => Output::AgentsChanged(agents::install(args, &repository()?, context)?),
        HooksCommand::Uninstall(args) if args.merge_driver => {
            Output::HooksChanged(driver::uninstall(&repository()?)?)
        }
        HooksCommand::Uninstall(args) if args.agents.is_empty() && !args.all => {
            Output::HooksChanged(git::uninstall(args, &repository()?)?)
        }
        HooksCommand::Uninstall(args) => Output::AgentsChanged(agents::uninstall(args, &repository()?)?),
        HooksCommand::Status => Output::HooksStatus(git::report(&repository()?, context)?),
        HooksCommand::Run(args) => match (args.agent, &args.name) {
            (Some(agent), _) => agent_run::run(agent.into(), global, context),
            (None, name) => Output::HookRun(run::git(name.as_deref().unwrap_or_default(), global, context)),
        },
    };
    Ok(output.into())
}

/// The top of the current worktree; in a bare repository, the git folder.
pub(super) fn top(repository: &Repository) -> PathBuf {
    let top = repository.current_worktree().or(repository.main_worktree());
    top.unwrap_or(repository.common_dir()).to_path_buf()
}

/// Where git looks for the hooks of a worktree.
///
/// # Errors
/// When git does not say.
pub(super) fn place_of(repository: &Repository, top: &Path) -> Result<HooksPlace, Failure> {
    let git_dir = repository.git_dir_unless_found(top);
    let entries = configuration_with(top, git_dir)?;
    let configured = entries.into_iter().rfind(|entry| entry.key == "core.hookspath");
    if let Some(empty) = configured.as_ref().filter(|entry| entry.value.is_empty()) {
        let file = empty.origin.strip_prefix("file:").unwrap_or(&empty.origin);
        return Err(Failure::new(format!("core.hooksPath is empty in {file}, so git finds no hooks"))
            .help("git config --unset core.hooksPath restores the default folder"));
    }
    let folder = hooks_folder(top, git_dir)?;
    let configured = configured.map(|entry| {
        let file = entry.origin.strip_prefix("file:").unwrap_or(&entry.origin).to_string();
        (entry.value, file)
    });
    let tops: Vec<PathBuf> = repository.worktrees().into_iter().filter_map(|place| place.worktree).collect();
    Ok(HooksPlace::new(folder, configured, repository.common_dir(), &tops))
}

/// A path from the top of a worktree, where it lies below it.
fn shown(path: &Path, top: &Path) -> String {
    shown_path(path.strip_prefix(top).unwrap_or(path))
}

fn chosen(agents: &[cli::AgentArg]) -> Vec<Agent> {
    let mut chosen: Vec<Agent> = agents.iter().map(|agent| Agent::from(*agent)).collect();
    chosen.sort();
    chosen.dedup();
    chosen
}
