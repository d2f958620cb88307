//! `hooks run --agent`: what a coding agent is answered. A fault of ours is one line, and the agent goes on.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use serde_json::Value;

use crate::cli::Global;
use crate::commands::failure::Failure;
use crate::config::HookMode;
use crate::context::Context;
use crate::files;
use crate::git::{GitError, Repository, ignored};
use crate::hooks::agents::answer::{self, When};
use crate::hooks::agents::{Agent, Client, EventKind, FileChange, FileWrite, Told, ToldOnce, event};
use crate::merge::{is_binary, line_hunks};
use crate::model::{
    CheckQuestion, CheckReport, EditedFile, Encounter, Hunk, Lines, Place, RepoPath, Work, in_json,
    shown_path,
};
use crate::pipeline::{self, CheckOptions, OpenOptions, SourceLook, StillOpen, Workspace};
use crate::render::Output;
use crate::render::agent::{self, Limit};
use crate::render::output::HookRun;

use super::super::open_options;
use super::run::{in_a_hurry, in_time, while_a_hook_waits};

/// What is written into larger files is not looked at; what others did to them is told.
const LARGE: u64 = 8 << 20;

/// What is remembered of a session whose first turn has begun.
const BEGUN: &str = "begun";

/// How many symbolic links are followed in a row, as the system does.
const LINKS: usize = 40;

/// Answers an agent's event, or reports why not.
pub(super) fn run(agent: Agent, global: &Global, context: &Context) -> Output {
    let (global, context) = (global.clone(), context.clone());
    let (tell, told) = channel();
    let so_far = while_a_hook_waits(tell);
    match in_time(move || answered(agent, &global, &context, &so_far)) {
        Ok(Ok(text)) => Output::Verbatim(text),
        Ok(Err(failure)) => Output::HookRun(HookRun::agent_fault(failure.message())),
        Err(reason) => match told.try_iter().last() {
            Some(text) => Output::Verbatim(text),
            None => Output::HookRun(HookRun::agent_fault(reason.to_string())),
        },
    }
}

/// The answer; `so_far` is given one before it is known what may take too long.
fn answered(
    agent: Agent,
    global: &Global,
    context: &Context,
    so_far: &dyn Fn(String),
) -> Result<String, Failure> {
    let event = event(agent, &context.input().map_err(Failure::new)?).map_err(Failure::new)?;
    let asked = context.hook.as_deref().and_then(HookMode::named);
    if asked == Some(HookMode::Off) {
        return Ok(String::new());
    }
    let context = context.inside(event.folder.as_deref());
    let asking =
        Asking { client: event.client, reader: event.reader, global, context: &context, asked, so_far };
    if !matches!(event.kind, EventKind::TurnEnd { .. } | EventKind::Other) {
        asking.begun();
    }
    let value = match event.kind {
        EventKind::BeforeRead(path) => asking.shown(path, When::Before)?,
        EventKind::AfterRead(path) => asking.shown(path, When::After)?,
        EventKind::BeforeWrite(files) => asking.before_write(&files)?,
        EventKind::AfterWrite(files) => asking.told(&asking.looked_at(&files, When::After)?, When::After),
        EventKind::TurnEnd { again: true } | EventKind::TurnBegin | EventKind::Other => None,
        EventKind::TurnEnd { again: false } => asking.turn_end()?,
    };
    Ok(value.map_or_else(String::new, line_of))
}

/// An answer as the client reads it.
fn line_of(value: Value) -> String {
    in_json(format!("{value}\n"))
}

/// Who asks, from where, and how it is to be answered.
struct Asking<'a> {
    client: Client,
    /// The session, if the client says which.
    reader: Option<String>,
    global: &'a Global,
    /// Of the folder that the agent works in.
    context: &'a Context,
    asked: Option<HookMode>,
    so_far: &'a dyn Fn(String),
}

/// How what was found about files of a worktree is told.
struct Telling<'a> {
    top: &'a Path,
    /// As [`FileCheck::from`].
    from: Option<&'a str>,
    when: When,
}

/// What was found about files of one worktree that are about to be written.
struct FileCheck {
    report: CheckReport,
    edited: Vec<EditedFile>,
    mode: HookMode,
    /// The worktree that the agent works in, where the files are in another one.
    from: Option<String>,
}

impl Asking<'_> {
    fn limit(&self) -> Limit {
        Limit { most: answer::LONGEST, length: answer::length(self.client) }
    }

    /// What is remembered of the session; without one, of the folder.
    fn remembered(&self, topic: ToldOnce) -> Option<Told> {
        let folder = || shown_path(&self.context.working_dir);
        let reader = self.reader.clone().unwrap_or_else(folder);
        Some(Told::of(self.context.state_dir.as_ref()?, &reader, topic))
    }

    /// What others do with a file that the agent reads, each state of it once in a session.
    fn shown(&self, path: PathBuf, when: When) -> Result<Option<Value>, Failure> {
        if answer::context(self.client, when, "").is_none() {
            return Ok(None);
        }
        let looked = self.looked_at(&[FileWrite { path, change: FileChange::Unclear }], when)?;
        let text = self.text(&looked);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let key = BTreeSet::from([format!("{:016x}", hasher.finish())]);
        // where it cannot be remembered it is told again
        let known =
            || matches!(self.remembered(ToldOnce::Reads).map(|told| told.tell(&key)), Some(Ok(false)));
        Ok(if text.is_empty() || known() { None } else { answer::context(self.client, when, &text) })
    }

    /// Stops a write the first time that it would conflict with this state of another terminal.
    fn before_write(&self, files: &[FileWrite]) -> Result<Option<Value>, Failure> {
        let looked = self.looked_at(files, When::Before)?;
        let stopping: Vec<(&FileCheck, Vec<&Encounter>)> = looked
            .iter()
            .map(|looked| (looked, reasons(&looked.report, &looked.edited, looked.mode)))
            .filter(|(_, reasons)| !reasons.is_empty())
            .collect();
        let states: BTreeSet<String> = stopping
            .iter()
            .flat_map(|(_, reasons)| reasons)
            .map(|encounter| agent::state(encounter))
            .collect();
        // where it cannot be remembered it would be stopped for ever
        let is_new =
            || matches!(self.remembered(ToldOnce::Denials).map(|told| told.tell(&states)), Some(Ok(true)));
        if states.is_empty() || !is_new() {
            return Ok(self.told(&looked, When::Before));
        }
        let text = joined(self.limit(), &stopping, |(looked, reasons), limit| {
            agent::denied(&looked.report, looked.from.as_deref(), reasons, limit)
        });
        Ok(Some(answer::deny(self.client, &text)))
    }

    fn told(&self, looked: &[FileCheck], when: When) -> Option<Value> {
        let text = self.text(looked);
        if text.is_empty() { None } else { answer::context(self.client, when, &text) }
    }

    fn text(&self, looked: &[FileCheck]) -> String {
        joined(self.limit(), looked, |looked, limit| {
            agent::writing(&looked.report, looked.from.as_deref(), limit)
        })
    }

    /// The files by the worktrees that they lie in; none that is not the repository's, or has no lines.
    fn looked_at(&self, files: &[FileWrite], when: When) -> Result<Vec<FileCheck>, Failure> {
        let mut tops: Vec<(Repository, Vec<(&FileWrite, PathBuf)>)> = Vec::new();
        for file in files {
            let Some(path) = reached(&self.context.working_dir.join(&file.path), &file.change) else {
                continue;
            };
            let Some(found) = self.discovered(&folder_that_is_there(&path))? else { continue };
            match tops.iter_mut().find(|(known, _)| known.current_worktree() == found.current_worktree()) {
                Some((_, files)) => files.push((file, path)),
                None => tops.push((found, vec![(file, path)])),
            }
        }
        if tops.is_empty() {
            return Ok(Vec::new());
        }
        let here = self.discovered(&self.context.working_dir)?;
        let ours =
            |there: &Repository| here.as_ref().is_none_or(|here| here.common_dir() == there.common_dir());
        let mut found = Vec::new();
        for (there, files) in tops.iter().filter(|(there, _)| ours(there)) {
            if let Some(top) = there.current_worktree() {
                let here = here.as_ref().and_then(Repository::current_worktree).unwrap_or(top);
                found.extend(self.looked_into(top, here, files, when)?);
            }
        }
        Ok(found)
    }

    fn discovered(&self, folder: &Path) -> Result<Option<Repository>, Failure> {
        match Repository::discover_in(folder, &self.context.surroundings()) {
            Ok(found) => Ok(Some(found)),
            Err(GitError::NoRepository { .. } | GitError::NoFolder) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks at files of the worktree with this top; `here`: the one that the agent works in.
    fn looked_into(
        &self,
        top: &Path,
        here: &Path,
        files: &[(&FileWrite, PathBuf)],
        when: When,
    ) -> Result<Option<FileCheck>, Failure> {
        let workspace = self.workspace(top)?;
        let mode = self.asked.unwrap_or(workspace.config.hook);
        if mode == HookMode::Off {
            return Ok(None);
        }
        let (mut paths, mut edited) = (Vec::new(), Vec::new());
        for (file, path) in files {
            let Ok(path_there) = pipeline::repo_path(&workspace, path) else { continue };
            match after(file, &self.holder(file, path)) {
                FileAfter::Text { content, lines } => {
                    edited.push(EditedFile { path: path_there.clone(), content, lines });
                }
                FileAfter::Large => {}
                FileAfter::NoText => continue,
            }
            paths.push(path_there);
        }
        let is_here = |place: &Place| place.worktree.as_deref() == Some(here);
        let named = || workspace.repository.worktrees().into_iter().find(is_here).map(|place| place.name);
        let from = (here != top).then(named).flatten();
        let telling = Telling { top, from: from.as_deref(), when };
        let mut report = self.met(&workspace, &edited, &paths, here != top, &telling)?;
        // asked only where there is something to tell
        if report.as_ref().is_some_and(|report| !agent::writing(report, None, self.limit()).is_empty()) {
            let ignored = ignored(top, &paths);
            if !ignored.is_empty() {
                paths.retain(|path| !ignored.contains(path));
                edited.retain(|file| !ignored.contains(&file.path));
                report = self.met(&workspace, &edited, &paths, here != top, &telling)?;
            }
        }
        Ok(report.map(|report| FileCheck { report, edited, mode, from }))
    }

    /// Where the paths overlap others' work, as the edits leave them; `None` if there are none. `elsewhere`: whether the agent
    /// works in another worktree.
    fn met(
        &self,
        workspace: &Workspace,
        edited: &[EditedFile],
        paths: &[RepoPath],
        elsewhere: bool,
        telling: &Telling<'_>,
    ) -> Result<Option<CheckReport>, Failure> {
        if paths.is_empty() {
            return Ok(None);
        }
        let work = if edited.is_empty() { Work::All } else { Work::Edited(edited.to_vec()) };
        let question = CheckQuestion { terminal: None, paths: paths.to_vec(), work };
        let tracking = workspace.tracking();
        let so_far = |report, open| self.tell_so_far(&report, open, paths, telling);
        let options = CheckOptions { elsewhere, so_far: Some(&so_far), ..in_a_hurry(SourceLook::Near) };
        Ok(Some(pipeline::check(workspace, &tracking, &question, options)?))
    }

    /// Tells what is found by now, with what is still to be looked at, where there is something to tell.
    fn tell_so_far(&self, report: &CheckReport, open: StillOpen, paths: &[RepoPath], telling: &Telling<'_>) {
        let end = format!("track-work has no answer yet {}.\n", open.about());
        let limit = self.limit();
        let most = limit.most.saturating_sub((limit.length)(&end));
        let text = agent::writing(report, telling.from, Limit { most, ..limit });
        // what git ignores is nobody's
        if text.is_empty() || !ignored(telling.top, paths).is_empty() {
            return;
        }
        if let Some(value) = answer::context(self.client, telling.when, &(text + &end)) {
            (self.so_far)(line_of(value));
        }
    }

    /// The file that holds what the written one is made of.
    fn holder(&self, file: &FileWrite, path: &Path) -> PathBuf {
        match &file.change {
            FileChange::Moved { from, .. } => self.context.working_dir.join(from),
            FileChange::Whole(_)
            | FileChange::Replace(_)
            | FileChange::Lines(_)
            | FileChange::Delete
            | FileChange::Unclear => path.to_path_buf(),
        }
    }

    /// An agent reads what it is told to read: no command of the repository is run for it.
    fn options(&self) -> OpenOptions {
        let options = open_options(self.global, self.context);
        OpenOptions { run_merge_drivers: false, without_filters: true, ..options }
    }

    fn workspace(&self, top: &Path) -> Result<Workspace, Failure> {
        let options = self.options();
        // named from where the agent works
        let tracking_dir = options.tracking_dir.as_ref().map(|dir| self.context.working_dir.join(dir));
        let options = OpenOptions { folder: top.to_path_buf(), tracking_dir, ..options };
        Ok(Workspace::open_strictly(&options)?)
    }

    /// Remembers of a new session that its first turn has begun. Where that is not possible, nothing is told at the end.
    fn begun(&self) {
        let told = self.remembered(ToldOnce::Conflicts).filter(|told| self.reader.is_some() && told.is_new());
        if let Some(told) = told {
            _ = told.remember(&BTreeSet::from([BEGUN.to_string()]));
        }
    }

    /// The conflicts that this session was not told of; of one that is new, all may have been there before it, so none
    /// is. Where it cannot be remembered that they were told, they are not: they would be told at every turn.
    fn turn_end(&self) -> Result<Option<Value>, Failure> {
        let Some(told) = self.remembered(ToldOnce::Conflicts).filter(|_| self.reader.is_some()) else {
            return Ok(None);
        };
        if self.discovered(&self.context.working_dir)?.is_none() {
            return Ok(None);
        }
        let workspace = Workspace::open_strictly(&self.options())?;
        if self.asked.unwrap_or(workspace.config.hook) == HookMode::Off {
            return Ok(None);
        }
        let question = CheckQuestion::default();
        let options = in_a_hurry(SourceLook::None);
        let report = pipeline::check(&workspace, &workspace.tracking(), &question, options)?;
        let now: BTreeSet<String> = report.conflicts().map(agent::key).collect();
        let new = if told.is_new() { BTreeSet::new() } else { told.new_ones(&now) };
        // since when they are there is known from the end of the turn before
        let is_known = told.new_ones(&BTreeSet::from([BEGUN.to_string()])).len() == 1;
        told.remember(&now)?;
        let found: Vec<&Encounter> =
            report.conflicts().filter(|encounter| new.contains(&agent::key(encounter))).collect();
        let reason =
            (!found.is_empty()).then(|| agent::new_conflicts(&report, &found, is_known, self.limit()));
        Ok(reason.and_then(|reason| answer::go_on(self.client, &reason)))
    }
}

/// The texts of several worktrees, together within the limit.
fn joined<T>(limit: Limit, parts: &[T], text: impl Fn(&T, Limit) -> String) -> String {
    parts.iter().fold(String::new(), |out, part| {
        let most = limit.most.saturating_sub((limit.length)(&out));
        let next = text(part, Limit { most, ..limit });
        if (limit.length)(&next) <= most { out + &next } else { out }
    })
}

/// The real path of the file that is written through a path. A link that is deleted goes itself.
fn reached(path: &Path, change: &FileChange) -> Option<PathBuf> {
    let mut path = path.to_path_buf();
    let mut links = 0;
    while *change != FileChange::Delete
        && let Ok(there) = fs::read_link(&path)
    {
        path = path.parent()?.join(there);
        links += 1;
        if links > LINKS {
            return None;
        }
    }
    let name = path.file_name()?.to_os_string();
    let folder = path.parent()?;
    Some(folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()).join(name))
}

/// The real path of the nearest folder above a file that exists.
fn folder_that_is_there(path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).find_map(|folder| folder.canonicalize().ok());
    above.unwrap_or_else(|| PathBuf::from("/"))
}

/// What a write makes of a file.
enum FileAfter {
    /// This content, in which these lines are about to be changed.
    Text { content: Option<Vec<u8>>, lines: Vec<Lines> },
    /// More than is looked at.
    Large,
    /// No text.
    NoText,
}

/// What a file will hold that is made of the one at the path.
fn after(file: &FileWrite, path: &Path) -> FileAfter {
    let old = match fs::symlink_metadata(path) {
        Ok(data) if !data.is_file() => return FileAfter::NoText,
        Ok(data) if data.len() > LARGE => return FileAfter::Large,
        Ok(_) => match files::read(path, LARGE) {
            Ok(content) => Some(content),
            Err(_) => return FileAfter::NoText,
        },
        Err(_) => None,
    };
    let Ok(new) = file.change.apply(old.as_deref(), LARGE as usize) else { return FileAfter::Large };
    let text = |content: &Option<Vec<u8>>| content.as_deref().is_none_or(|content| !is_binary(content));
    if !text(&old) || !text(&new) {
        return FileAfter::NoText;
    }
    let hunks = line_hunks(old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
    FileAfter::Text { content: new, lines: hunks.iter().map(Hunk::lines).collect() }
}

/// The conflicts for which the write is stopped: certain ones in which this terminal yields, on lines
/// that the write changes.
fn reasons<'a>(report: &'a CheckReport, edited: &[EditedFile], mode: HookMode) -> Vec<&'a Encounter> {
    let touches = |encounter: &Encounter| {
        let is_about = |file: &&EditedFile| {
            std::iter::once(&encounter.path).chain(&encounter.also).any(|name| file.path.meets(name))
        };
        edited.iter().filter(is_about).any(|file| {
            let meets = |own: &Lines| file.lines.iter().any(|new| new.meets(*own));
            !file.lines.is_empty()
                && (encounter.own_lines.is_empty() || encounter.own_lines.iter().any(meets))
        })
    };
    match mode {
        HookMode::Block => report.must_yield().filter(|encounter| touches(encounter)).collect(),
        HookMode::Warn | HookMode::Off => Vec::new(),
    }
}
