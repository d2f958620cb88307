//! Git's hooks: `hooks install`, `hooks uninstall`, `hooks status`.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::{HooksInstall, HooksUninstall};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::files::FileError;
use crate::git::{Repository, ignored};
use crate::hooks::managers::{Managed, managers};
use crate::hooks::{
    self, GitHook, HookChange, HookState, HooksPlace, Plan, Refusal, Where,
    agents::{Agent, AgentFiles, InvalidSettings, NamedServer, Ours, Trouble, server_files, server_in},
};
use crate::model::{HookLine, HooksReport, ManagerLine, RepoPath, shown_path};
use crate::render::output::HooksChanged;
use crate::tracking::Lock;

use super::words::{indented, lines, managed_by, state_in_words, whose, word};
use super::{place_of, shown, top};

/// How long to wait for another installation.
const PATIENCE: Duration = Duration::from_secs(10);

pub(in crate::commands) fn install(
    args: &HooksInstall,
    repository: &Repository,
) -> Result<HooksChanged, Failure> {
    let top = top(repository);
    let place = place_of(repository, &top)?;
    let managed = managers(&top, &place);
    if !args.force {
        if let Some(calls) = managed.iter().find(|managed| managed.in_charge && managed.calls_us()) {
            let text = format!(
                "{} manages the hooks here and already calls track-work ({}); nothing was changed.\n",
                calls.manager.name(),
                calls.file
            );
            return Ok(changed(&top, &place, &[], text));
        }
        refuse_outside(&place)?;
        if let Some(other) = managed.iter().find(|managed| managed.in_charge) {
            return Err(managed_by(other));
        }
    }
    let new = make_folder(&place)?;
    let installed = (|| {
        let _lock = Lock::take(&place.folder, PATIENCE)?;
        let plan = |hook| hooks::install(&place.folder, hook, new, args.force).map_err(refused);
        carry_out(
            GitHook::ALL.into_iter().map(|hook| Ok((hook, plan(hook)?))).collect::<Result<_, Failure>>()?,
        )
    })();
    if installed.is_err() && new {
        // it is empty, unless some of the hooks are in it already
        let _ = fs::remove_dir(&place.folder);
    }
    let outcomes = installed?;
    let mut text = format!("Git hooks in {}, {}:\n", shown(&place.folder, &top), whose(&place.of));
    text.push_str(&lines(&outcomes, &top));
    let can_be_committed = || {
        let path = place.in_worktree().map(|path| RepoPath::new(path.as_os_str().as_bytes()));
        path.is_some_and(|path| ignored(&top, &[path.join(b"pre-commit")]).is_empty())
    };
    match &place.of {
        Where::Worktree(_) if can_be_committed() => {
            text.push_str("Commit them, so that the other worktrees get them too.\n");
        }
        Where::Worktree(_) => text.push_str(
            "No other worktree gets them: core.hooksPath names a folder in each, and git does not track this one. \
             For all worktrees: git config --unset core.hooksPath, then track-work hooks install.\n",
        ),
        Where::Repository | Where::Outside => {}
    }
    for other in managed.iter().filter(|managed| !managed.in_charge && !managed.calls_us()) {
        text.push_str(&format!(
            "Note: {} exists. Installing {} will replace these hooks; add these lines to the file first:\n{}",
            other.file,
            other.manager.name(),
            indented(&other.lines())
        ));
    }
    Ok(changed(&top, &place, &outcomes, text))
}

pub(super) fn uninstall(args: &HooksUninstall, repository: &Repository) -> Result<HooksChanged, Failure> {
    let top = top(repository);
    let place = place_of(repository, &top)?;
    // Ours may have stayed behind when core.hooksPath was changed.
    let own = repository.common_dir().join("hooks");
    let mut folders: Vec<PathBuf> = vec![place.folder.clone()];
    folders.extend((own != place.folder).then_some(own));
    let mut outcomes = Vec::new();
    for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
        let ours = GitHook::ALL
            .into_iter()
            .any(|hook| !matches!(hooks::state(&folder, hook), Ok(HookState::Absent | HookState::Foreign)));
        if ours && !args.force && folder == place.folder {
            refuse_outside(&place)?;
        }
        let lock = Lock::take(&folder, PATIENCE)?;
        let plan = |hook| hooks::uninstall(&folder, hook, args.force).map_err(refused);
        let plans = GitHook::ALL.into_iter().map(|hook| Ok((hook, plan(hook)?)));
        let done = carry_out(plans.collect::<Result<_, Failure>>()?)?;
        drop(lock);
        let removed = done.iter().any(|(_, outcome)| *outcome == HookChange::Removed);
        if folder == place.folder || removed {
            outcomes.push((folder, done));
        }
    }
    let mut text = String::new();
    for (folder, done) in &outcomes {
        text.push_str(&format!("Git hooks in {}:\n{}", shown(folder, &top), lines(done, &top)));
    }
    if outcomes.is_empty() {
        text.push_str(&format!(
            "The hooks were not installed: {} does not exist.\n",
            shown_path(&place.folder)
        ));
    }
    let all: Vec<_> = outcomes.into_iter().flat_map(|(_, done)| done).collect();
    Ok(changed(&top, &place, &all, text))
}

/// The state of the hooks.
pub(super) fn report(repository: &Repository, context: &Context) -> Result<HooksReport, Failure> {
    let top = top(repository);
    let place = place_of(repository, &top)?;
    let managed = managers(&top, &place);
    let mut lines = Vec::new();
    for hook in GitHook::ALL {
        let state = hooks::state(&place.folder, hook)?;
        let (word, remark) = state_in_words(state);
        lines.push(HookLine { name: hook.name(), state: word, remark: remark.to_string() });
    }
    let mut agents = Vec::new();
    let mut servers = Vec::new();
    let mut obstacles = Vec::new();
    let broken_file = |path: &Path, broken: &InvalidSettings| {
        let line = broken.line.map_or(String::new(), |line| format!(", line {line}"));
        format!("{}{line}: {}", shown(path, &top), broken.what)
    };
    for agent in Agent::ALL {
        let settings = AgentFiles { agent, top: &top, main: repository.main_worktree() };
        let (file, found) = settings.find();
        let state = match &found {
            Ok(Some(Ours::Installed)) => "installed",
            Ok(Some(Ours::Older)) => "old",
            Ok(Some(Ours::Absent) | None) => "absent",
            Err(_) => "broken",
        };
        agents.push(HookLine { name: agent.name(), state, remark: shown(&file, &top) });
        if let Err(Trouble::Broken(broken)) = &found {
            obstacles.push(broken_file(&file, broken));
        } else if state != "absent" {
            let found = super::obstacles::obstacles(&settings, &file, context);
            obstacles.extend(found.into_iter().map(|obstacle| obstacle.what));
        }
        for (file, form) in server_files(agent, &top) {
            let path = top.join(file);
            let found = server_in(&path, form);
            let state = match &found {
                Ok(Some(NamedServer::Ours)) => "installed",
                Ok(Some(NamedServer::Other)) => "foreign",
                Ok(Some(NamedServer::Edited)) => "edited",
                Ok(None) => "absent",
                Err(_) => "broken",
            };
            servers.push(HookLine { name: agent.name(), state, remark: shown(&path, &top) });
            // of a file that also has the hooks it was said
            let told = found.err().and_then(|trouble| match trouble {
                Trouble::Broken(broken) => Some(broken_file(&path, &broken)),
                Trouble::ChangedMeanwhile | Trouble::File(_) => None,
            });
            obstacles.extend(told.filter(|told| !obstacles.contains(told)));
        }
    }
    Ok(HooksReport {
        folder: shown(&place.folder, &top),
        of: whose(&place.of),
        hooks: lines,
        managers: managed.iter().map(manager_line).collect(),
        agents,
        servers,
        obstacles,
    })
}

fn manager_line(managed: &Managed) -> ManagerLine {
    ManagerLine {
        name: managed.manager.name(),
        in_charge: managed.in_charge,
        calls_us: managed.calls_us(),
        file: managed.file.clone(),
    }
}

fn carry_out(plans: Vec<(GitHook, Plan)>) -> Result<Vec<(GitHook, HookChange)>, Failure> {
    let done = plans.into_iter().map(|(hook, plan)| Ok((hook, plan.carry_out().map_err(refused)?)));
    done.collect()
}

/// Creates the hooks folder if there is none; returns whether it did.
fn make_folder(place: &HooksPlace) -> Result<bool, Failure> {
    match fs::metadata(&place.folder) {
        Ok(data) if data.is_dir() => Ok(false),
        Ok(_) => Err(Failure::new(format!(
            "git looks for hooks in {}, which is not a folder, so git runs no hooks; nothing was written",
            shown_path(&place.folder)
        ))
        .help("git config --unset core.hooksPath restores the default folder")),
        Err(_) => {
            fs::create_dir_all(&place.folder).map_err(FileError::of("create", &place.folder))?;
            Ok(true)
        }
    }
}

fn refuse_outside(place: &HooksPlace) -> Result<(), Failure> {
    if place.of != Where::Outside || !place.folder.is_dir() && place.folder.exists() {
        return Ok(());
    }
    let by =
        place.configured.as_ref().map_or(String::new(), |(_, file)| format!(" (core.hooksPath in {file})"));
    Err(Failure::new(format!(
        "git looks for hooks in {}{by}, outside this repository; other repositories may use them too, so nothing was changed",
        shown_path(&place.folder)
    ))
    .help("to change them anyway, add --force; to give this repository its own hooks: git config core.hooksPath \"$(git rev-parse --path-format=absolute --git-common-dir)/hooks\""))
}

fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::InTheWay { what, help } => Failure::new(what).help(help),
        Refusal::File(error) => error.into(),
    }
}

fn changed(top: &Path, place: &HooksPlace, outcomes: &[(GitHook, HookChange)], text: String) -> HooksChanged {
    let hooks = outcomes.iter().map(|(hook, outcome)| (hook.name(), word(outcome)));
    HooksChanged { folder: shown(&place.folder, top), hooks: hooks.collect(), text }
}
