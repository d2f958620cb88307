//! `register`: adds a terminal's session, creating the tracking file where there is none.

use std::path::Path;

use inquire::{Select, Text};

use crate::cli::{self, Global, ModeArg};
use crate::context::Context;
use crate::error::Failure;
use crate::model::{
    DeclaredReport, DependencyStatus, Edit, Link, Mode, Status, StatusKind, Step, StoryId, StoryIndex,
    Terminal, Value, shown_name,
};
use crate::pipeline;
use crate::planning;
use crate::render::Output;
use crate::render::output::Registered;
use crate::tracking::{self, NewFile, Tracking};

use super::Reply;
use super::sessions::blockers;
use super::values::{Values, distinct};
use super::writing::{DecidedEdits, ORCHESTRATOR, Settled, Writer, broken_file, remarks};

pub(super) fn run(args: &cli::Register, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let args = &complete_arguments(args.clone(), context)?;
    let (Some(mode), Some(story)) = (args.mode.map(Mode::from), args.story.as_deref().map(StoryId::from))
    else {
        return Err(Failure::new("--mode and --story are required"));
    };
    tracking::check_id("story", &story.0)?;
    if let Some(id) = &args.terminal {
        tracking::check_id("terminal", id)?;
    }
    let values = Values {
        texts: vec![
            ("--focus", args.focus.as_ref()),
            ("--phase", args.phase.as_ref()),
            ("--agent", args.agent.as_ref()),
            ("--branch", args.branch.as_ref()),
            ("--worktree", args.worktree.as_ref()),
            ("--current-file", args.current_file.as_ref()),
        ],
        tasks: &args.tasks,
        scope: &args.scope,
    };
    values.check()?;
    let writer = Writer::create(args.writing.owner.as_deref(), global, context)?;
    let now = context.timestamp();
    let (written, added) = writer.edit(|tracking| {
        let file = file_for(tracking, mode, &story)?;
        let terminal = terminal_for(tracking, args, &file)?;
        let blocked_by = blockers(&writer.workspace, tracking, &args.blocked_by, Some(&terminal), context)?;
        let args = &cli::Register { blocked_by, ..args.clone() };
        let exists = tracking.files.iter().any(|known| known.name == file);
        let new_files = if exists { Vec::new() } else { vec![new_file(&file, mode, &story, &now, args)] };
        let session = session(args, tracking, &file, mode, &writer, context);
        let at: [Step; 2] = ["sessions".into(), terminal.as_str().into()];
        let edits = vec![Edit::set(&file, &at, session)];
        Ok(DecidedEdits { new_files, edits, result: Added { terminal, file, created: !exists } })
    })?;
    let Settled { written, plan, report } = writer.settle(written)?;
    let (seen_in, unseen) = seen(&report, &added);
    let registered = Registered {
        shown_file: writer.shown(&added.file),
        remarks: remarks(&report, &added.terminal),
        terminal: added.terminal,
        story,
        focus: args.focus.clone(),
        file: added.file,
        created: added.created,
        seen_in,
        plan,
        files: written,
    };
    let notes = unseen.into_iter().collect();
    Ok(Reply { notes, ..Output::Registered(registered).into() })
}

/// Where git shows the new session's work; or, as a note, why it does not. That a place it names is
/// gone is said among the remarks.
fn seen(report: &DeclaredReport, added: &Added) -> (Option<String>, Option<String>) {
    let own = |terminal: &&Terminal| {
        terminal
            .sessions
            .iter()
            .any(|known| known.at.file == added.file && known.at.terminal == added.terminal)
    };
    let Some(terminal) = report.declared.terminals.iter().find(own) else { return (None, None) };
    match &terminal.link {
        Link::Place(place) => {
            let place = &report.declared.places[*place];
            let branch = place.branch.as_ref().map(|branch| format!("branch {branch}"));
            let worktree = place.worktree.as_ref().map(|top| format!("worktree {}", top.display()));
            let names: Vec<String> = worktree.into_iter().chain(branch).collect();
            (Some(names.join(", ")), None)
        }
        Link::Declared(why) => {
            let text = format!(
                "no work found: {why}; link it with track-work update {} --worktree PATH (or --branch NAME)",
                added.terminal
            );
            (None, Some(text))
        }
        Link::Gone(_) => (None, None),
    }
}

struct Added {
    terminal: String,
    file: String,
    created: bool,
}

/// Asks for what is missing, where somebody can answer.
fn complete_arguments(mut args: cli::Register, context: &Context) -> Result<cli::Register, Failure> {
    if args.mode.is_some() && args.story.is_some() {
        return Ok(args);
    }
    if !context.interactive {
        let missing: Vec<&str> =
            [("--mode intra|inter", args.mode.is_none()), ("--story ID", args.story.is_none())]
                .into_iter()
                .filter_map(|(flag, missing)| missing.then_some(flag))
                .collect();
        return Err(Failure::new(format!("{} missing", missing.join(" and ")))
            .help("run it in an interactive terminal to be asked, or see track-work register --help"));
    }
    let stopped = |error: inquire::InquireError| Failure::new(format!("nothing was registered: {error}"));
    if args.mode.is_none() {
        let choices = vec![
            "1. Intra-story (multiple terminals on one story)",
            "2. Inter-story (multiple stories in parallel)",
        ];
        let chosen = Select::new("What type of parallel work?", choices).raw_prompt().map_err(stopped)?;
        args.mode = Some(if chosen.index == 0 { ModeArg::Intra } else { ModeArg::Inter });
    }
    if args.story.is_none() {
        let not_empty = inquire::validator::ValueRequiredValidator::new(
            "a story needs an id, for example 1-2-user-authentication",
        );
        args.story = Some(Text::new("Story ID?").with_validator(not_empty).prompt().map_err(stopped)?);
    }
    if args.focus.is_none() && args.mode == Some(ModeArg::Intra) {
        args.focus = Text::new("Terminal focus?").prompt().map_err(stopped).map(not_blank)?;
    }
    if args.tasks.is_empty() && args.mode == Some(ModeArg::Intra) {
        let help = "separated by commas; leave empty for none";
        let answer = Text::new("Tasks?").with_help_message(help).prompt().map_err(stopped)?;
        args.tasks = listed(&answer);
    }
    Ok(args)
}

fn not_blank(text: String) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_string())
}

/// `[Implement auth service, Create JWT tokens]`, with or without the brackets.
fn listed(answer: &str) -> Vec<String> {
    let answer = answer.trim();
    let inner = answer.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(answer);
    inner.split(',').filter_map(|task| not_blank(task.to_string())).collect()
}

/// The file of a story: the one that has it, or the one it would get.
fn file_for(tracking: &Tracking, mode: Mode, story: &StoryId) -> Result<String, Failure> {
    let file = tracking::file_name(mode, Some(story))?;
    if let Some(broken) = broken_file(tracking, Some(&file)) {
        return Err(broken);
    }
    if mode == Mode::Inter {
        return Ok(file);
    }
    let stories: Vec<&StoryId> = tracking.files.iter().filter_map(|file| file.story.as_ref()).collect();
    let index = StoryIndex::new(stories.iter().copied().chain([story]));
    let holds = |other: &&crate::model::TrackingFile| {
        other.story.as_ref().is_some_and(|other| index.same(other, story))
    };
    if let Some(known) = tracking.files.iter().find(holds) {
        return Ok(known.name.clone());
    }
    match tracking.files.iter().find(|known| known.name == file) {
        Some(known) => Err(Failure::new(format!(
            "{file} belongs to story {}, so story {story} cannot use it",
            known.story.as_ref().map_or("?", |story| &story.0)
        ))
        .help("two stories have the same number: rename one of them; nothing was written")),
        None => Ok(file),
    }
}

/// The terminal's id: the one asked for, or the next free `terminal-N`.
fn terminal_for(tracking: &Tracking, args: &cli::Register, file: &str) -> Result<String, Failure> {
    let known: Vec<_> =
        tracking.files.iter().flat_map(|file| &file.sessions).map(|session| &session.at).collect();
    let Some(terminal) = &args.terminal else {
        let free = |id: &String| !known.iter().any(|at| at.terminal == *id);
        let mut ids = (1..).map(|number| format!("terminal-{number}"));
        return ids.find(free).ok_or_else(|| Failure::new("no free terminal id"));
    };
    // as people are shown it, it is the one that is known already
    let terminal =
        match known.iter().find(|at| at.terminal != *terminal && shown_name(&at.terminal) == *terminal) {
            Some(shown) if !known.iter().any(|at| at.terminal == *terminal) => &shown.terminal,
            Some(_) | None => terminal,
        };
    match known.iter().any(|at| at.terminal == *terminal && at.file == file) {
        true => Err(Failure::new(format!("{terminal} is already registered in {file}"))
            .help(format!("change it with: track-work update {terminal}"))),
        false => Ok(terminal.clone()),
    }
}

fn new_file(name: &str, mode: Mode, story: &StoryId, now: &str, args: &cli::Register) -> NewFile {
    let story = (mode == Mode::Intra).then(|| story.clone());
    let owner = args.writing.owner.clone().filter(|owner| owner != ORCHESTRATOR);
    NewFile { name: name.to_string(), mode, story, created: now.to_string(), owner }
}

/// The session's mapping, with its keys in the order of the specification's examples.
fn session(
    args: &cli::Register,
    tracking: &Tracking,
    file: &str,
    mode: Mode,
    writer: &Writer,
    context: &Context,
) -> Value {
    let now = context.timestamp();
    let mut keys: Vec<(String, Value)> = Vec::new();
    let mut put = |key: &str, value: Option<Value>| keys.extend(value.map(|value| (key.to_string(), value)));
    let text = |text: &Option<String>| text.as_deref().filter(|text| !text.is_empty()).map(Value::from);
    let list = |list: &[String]| Some(distinct(list)).filter(|list| !list.is_empty()).map(Value::texts);
    if mode == Mode::Inter {
        put("story_id", text(&args.story));
    }
    put("focus", text(&args.focus));
    put("phase", text(&args.phase));
    put("tasks", list(&args.tasks));
    put("status", Some(first_status(args, tracking, file, mode, writer).written().into()));
    put("agent", text(&args.agent));
    put("current_file", text(&args.current_file));
    put("blocked_by", list(&args.blocked_by));
    put("branch", text(&args.branch));
    let root = writer.workspace.repository.main_worktree();
    put("worktree", args.worktree.as_deref().map(|path| worktree_text(path, root, context).into()));
    put("scope", list(&args.scope));
    put("priority", args.priority.map(Value::Int));
    if mode == Mode::Inter {
        put("started", Some(now.as_str().into()));
    }
    put("last_update", Some(now.as_str().into()));
    Value::Map(keys)
}

/// In progress, unless something has to be completed first: then pending, and settling the files
/// blocks it where a story is in the way.
fn first_status(
    args: &cli::Register,
    tracking: &Tracking,
    file: &str,
    mode: Mode,
    writer: &Writer,
) -> Status {
    let sessions = tracking.files.iter().flat_map(|file| &file.sessions);
    let complete = |id: &String| planning::is_terminal_complete(id, file, sessions.clone());
    let waits_for_terminal = !args.blocked_by.iter().all(complete);
    let waits_for_story = mode == Mode::Inter && {
        let book = pipeline::declare(&writer.workspace, tracking).book;
        let story = args.story.as_deref().map(StoryId::from);
        let state = story.as_ref().and_then(|story| book.dependency(story));
        state.is_some_and(|state| state.status == DependencyStatus::Blocked)
    };
    Status::of(if waits_for_terminal || waits_for_story {
        StatusKind::Pending
    } else {
        StatusKind::InProgress
    })
}

/// A worktree's path as it is kept: as written where that is relative to the main worktree,
/// otherwise absolute.
pub(super) fn worktree_text(written: &str, root: Option<&Path>, context: &Context) -> String {
    let here = context.working_dir.join(written);
    let from_root = root.map(|root| root.join(written));
    if written.is_empty() || from_root.as_deref() == Some(&here) || !here.is_dir() {
        return written.to_string();
    }
    here.canonicalize().unwrap_or(here).to_string_lossy().into_owned()
}
