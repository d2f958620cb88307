//! `hooks run --agent`: what a coding agent is answered. A fault of ours is one line, and the agent goes on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::Global;
use crate::config::HookMode;
use crate::context::Context;
use crate::error::Failure;
use crate::git::{GitError, Repository, ignored};
use crate::hooks::agents::{Agent, EventKind, Told, Written, answer, event};
use crate::hooks::run::within;
use crate::merge::{is_binary, line_hunks};
use crate::model::{CheckQuestion, CheckReport, EditedFile, Encounter, Hunk, Lines, RepoPath, Work};
use crate::pipeline::{self, CheckOptions, OpenOptions, Workspace};
use crate::render::output::HookRun;
use crate::render::{Output, agent};

use super::super::open_options;
use super::run::LIMIT;

/// Larger files are not looked at.
const LARGE: u64 = 8 << 20;

/// Answers an agent's event, or says in one line why not.
pub(super) fn run(agent: Agent, global: &Global, context: &Context) -> Output {
    let (global, context) = (global.clone(), context.clone());
    match within(LIMIT, move || answered(agent, &global, &context)) {
        Ok(Ok(text)) => Output::Verbatim(text),
        Ok(Err(failure)) => Output::HookRun(HookRun::fault(failure.message())),
        Err(reason) => Output::HookRun(HookRun::fault(reason.to_string())),
    }
}

fn answered(agent: Agent, global: &Global, context: &Context) -> Result<String, Failure> {
    let event = event(&context.input().map_err(Failure::new)?).map_err(Failure::new)?;
    let asked = context.hook.as_deref().and_then(HookMode::named);
    if asked == Some(HookMode::Off) {
        return Ok(String::new());
    }
    let context = context.inside(event.folder.as_deref());
    let value = match event.kind {
        EventKind::BeforeWrite(files) => match looked_at(&files, global, &context, asked)? {
            Some(FileCheck { report, edited, mode, from }) => {
                let reasons = reasons(&report, &edited, mode);
                match reasons.is_empty() {
                    true => {
                        told(&report, from.as_deref()).and_then(|text| answer::before_write(agent, &text))
                    }
                    false => {
                        let text = agent::denied(&report, from.as_deref(), &reasons, answer::MOST);
                        Some(answer::deny(agent, &text))
                    }
                }
            }
            None => None,
        },
        EventKind::AfterWrite(files) => looked_at(&files, global, &context, asked)?
            .and_then(|looked| told(&looked.report, looked.from.as_deref()))
            .and_then(|text| answer::after_write(agent, &text)),
        EventKind::TurnEnd { again: true, .. } | EventKind::Other => None,
        EventKind::TurnEnd { session, again: false } => {
            turn_end(&session, global, &context, asked)?.map(|text| answer::go_on(agent, &text))
        }
    };
    Ok(value.map_or_else(String::new, |value| format!("{value}\n")))
}

/// What was found out about files that are written.
struct FileCheck {
    report: CheckReport,
    edited: Vec<EditedFile>,
    mode: HookMode,
    /// The worktree that the agent works in, where the files are in another one.
    from: Option<String>,
}

/// Nothing where no file is one of the repository's that has lines.
fn looked_at(
    files: &[Written],
    global: &Global,
    context: &Context,
    asked: Option<HookMode>,
) -> Result<Option<FileCheck>, Failure> {
    let Some((workspace, context)) = workspace_of(files, global, context)? else { return Ok(None) };
    let mode = asked.unwrap_or(workspace.config.hook);
    let top = workspace.repository.current_worktree().map(Path::to_path_buf);
    let (Some(top), true) = (top, mode != HookMode::Off) else { return Ok(None) };
    let mut edited = Vec::new();
    for file in files {
        let path = context.working_dir.join(&file.path);
        let Ok(repo_path) = pipeline::repo_path(&workspace, &path) else { continue };
        if folder_that_is_there(&path).starts_with(&top)
            && let Some((content, lines)) = after(file, &path)
        {
            edited.push(EditedFile { path: repo_path, content, lines });
        }
    }
    let mut report = met(&workspace, &edited)?;
    // asked only where there is something to tell
    if report.as_ref().is_some_and(|report| told(report, None).is_some()) {
        let paths: Vec<RepoPath> = edited.iter().map(|file| file.path.clone()).collect();
        let ignored = ignored(&top, &paths);
        if !ignored.is_empty() {
            edited.retain(|file| !ignored.contains(&file.path));
            report = met(&workspace, &edited)?;
        }
    }
    let from = if report.is_some() { other_worktree(&workspace, &context) } else { None };
    Ok(report.map(|report| FileCheck { report, edited, mode, from }))
}

/// Whom the files meet; nothing where there are none.
fn met(workspace: &Workspace, edited: &[EditedFile]) -> Result<Option<CheckReport>, Failure> {
    if edited.is_empty() {
        return Ok(None);
    }
    let question = CheckQuestion {
        terminal: None,
        paths: edited.iter().map(|file| file.path.clone()).collect(),
        work: Work::Edited(edited.to_vec()),
    };
    pipeline::check(workspace, &workspace.tracking(), &question, CheckOptions::default()).map(Some)
}

/// The workspace of the worktree that the agent works in; or of another one of the same repository,
/// when it writes there.
fn workspace_of(
    files: &[Written],
    global: &Global,
    context: &Context,
) -> Result<Option<(Workspace, Context)>, Failure> {
    let Some(first) = files.first() else { return Ok(None) };
    let discovered = |folder: &Path| match Repository::discover_in(folder, &context.surroundings()) {
        Ok(found) => Ok(Some(found)),
        Err(GitError::NoRepository { .. }) => Ok(None),
        Err(error) => Err(Failure::from(error)),
    };
    let folder = folder_that_is_there(&context.working_dir.join(&first.path));
    let (Some(here), Some(there)) = (discovered(&context.working_dir)?, discovered(&folder)?) else {
        return Ok(None);
    };
    if here.common_dir() != there.common_dir() {
        return Ok(None);
    }
    let options = open_options(global, context);
    let options = OpenOptions {
        folder: context.working_dir.join(folder),
        // named from where the agent works
        tracking_dir: options.tracking_dir.map(|dir| context.working_dir.join(dir)),
        ..options
    };
    let workspace = Workspace::open_strictly(&options)?;
    Ok(Some((workspace, context.clone())))
}

/// The name of the worktree that the agent works in, where that is not the workspace's.
fn other_worktree(workspace: &Workspace, context: &Context) -> Option<String> {
    let here = Repository::discover_in(&context.working_dir, &context.surroundings())
        .ok()?
        .current_worktree()
        .map(Path::to_path_buf);
    if here.as_deref() == workspace.repository.current_worktree() {
        return None;
    }
    let places = workspace.repository.worktrees();
    places.into_iter().find(|place| place.worktree == here).map(|place| place.name)
}

/// The real path of the nearest folder above a file that exists.
fn folder_that_is_there(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).find_map(|folder| folder.canonicalize().ok());
    above.unwrap_or_else(|| PathBuf::from("/"))
}

/// What a file will hold, and which of its lines are about to be changed. Nothing for what is no
/// text, or too large to look at.
fn after(file: &Written, path: &Path) -> Option<(Option<Vec<u8>>, Vec<Lines>)> {
    let old = match fs::symlink_metadata(path) {
        Ok(data) if !data.is_file() || data.len() > LARGE => return None,
        Ok(_) => Some(fs::read(path).ok()?),
        Err(_) => None,
    };
    let new = file.change.apply(old.as_deref());
    let text = |content: &Option<Vec<u8>>| content.as_deref().is_none_or(|content| !is_binary(content));
    if !text(&old) || !text(&new) {
        return None;
    }
    let hunks = line_hunks(old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
    Some((new, hunks.iter().map(Hunk::lines).collect()))
}

fn told(report: &CheckReport, from: Option<&str>) -> Option<String> {
    Some(agent::writing(report, from, answer::MOST)).filter(|text| !text.is_empty())
}

/// The conflicts for which the write is stopped: certain ones in which this terminal yields, on lines
/// that the write changes.
fn reasons<'a>(report: &'a CheckReport, edited: &[EditedFile], mode: HookMode) -> Vec<&'a Encounter> {
    let touches = |one: &Encounter| {
        edited.iter().filter(|file| file.path == one.path || one.also.contains(&file.path)).any(|file| {
            let meets =
                |own: &Lines| file.lines.iter().any(|new| new.start <= own.end && own.start <= new.end);
            !file.lines.is_empty() && (one.own_lines.is_empty() || one.own_lines.iter().any(meets))
        })
    };
    match mode {
        HookMode::Block => report.must_yield().filter(|one| touches(one)).collect(),
        HookMode::Warn | HookMode::Off => Vec::new(),
    }
}

/// The conflicts that this session was not told of. Where it cannot be remembered that they were
/// told, they are not: they would be told at every turn.
fn turn_end(
    session: &str,
    global: &Global,
    context: &Context,
    asked: Option<HookMode>,
) -> Result<Option<String>, Failure> {
    let Some(folder) = context.state_dir.as_ref().filter(|_| !session.is_empty()) else { return Ok(None) };
    if let Err(GitError::NoRepository { .. }) =
        Repository::discover_in(&context.working_dir, &context.surroundings())
    {
        return Ok(None);
    }
    let workspace = Workspace::open_strictly(&open_options(global, context))?;
    if asked.unwrap_or(workspace.config.hook) == HookMode::Off {
        return Ok(None);
    }
    let report = pipeline::check(
        &workspace,
        &workspace.tracking(),
        &CheckQuestion::default(),
        CheckOptions::default(),
    )?;
    let now: BTreeSet<String> = report.conflicts().map(agent::key).collect();
    let before = Told::of(folder, session);
    let new = before.new_ones(&now);
    before.remember(&now)?;
    let found: Vec<&Encounter> = report.conflicts().filter(|one| new.contains(&agent::key(one))).collect();
    Ok((!found.is_empty()).then(|| agent::new_conflicts(&report, &found, answer::MOST)))
}
