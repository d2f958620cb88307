//! `register`: adds a terminal's session, creating the tracking file where there is none.

mod ask;
pub(super) mod session;

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{DeclaredReport, Edit, Link, Mode, Step, StoryId, StoryIndex, Terminal, shown_name};
use crate::render::Output;
use crate::render::output::Registered;
use crate::tracking::{self, NewFile, Tracking};

use session::session;

use super::Reply;
use super::sessions::blockers;
use super::values::Values;
use super::writing::{DecidedEdits, ORCHESTRATOR, Settled, Writer, broken_file, remarks};

pub(super) fn run(args: &cli::Register, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let args = &ask::complete(args.clone(), context)?;
    let (Some(mode), Some(story)) = (args.mode.map(Mode::from), args.story.as_deref().map(StoryId::from))
    else {
        return Err(Failure::new("--mode and --story are required"));
    };
    tracking::check_id("story", story.as_str())?;
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
    let (written, _) = writer.settle_readiness(written)?;
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

/// Where git shows the new session's work, or a note why it does not. A place that is gone is reported
/// in the remarks.
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
            known.story.as_ref().map_or("?", |story| story.as_str())
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
    if known.iter().any(|at| at.terminal == *terminal && at.file == file) {
        Err(Failure::new(format!("{terminal} is already registered in {file}"))
            .help(format!("change it with: track-work update {terminal}")))
    } else {
        Ok(terminal.clone())
    }
}

fn new_file(name: &str, mode: Mode, story: &StoryId, now: &str, args: &cli::Register) -> NewFile {
    let story = (mode == Mode::Intra).then(|| story.clone());
    let owner = args.writing.owner.clone().filter(|owner| owner != ORCHESTRATOR);
    NewFile { name: name.to_string(), mode, story, created: now.to_string(), owner }
}
