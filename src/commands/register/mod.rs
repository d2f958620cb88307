//! `register`: adds a terminal's session, creating the tracking file where there is none.

mod ask;
mod going_on;
pub(super) mod session;

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{
    Declared, DeclaredReport, Edit, Link, LogEntry, Mode, Session, SessionRef, Step, StoryBook, StoryId,
    StoryIndex, Terminal, natural_order, shell_word, shown_name, shown_path,
};
use crate::pipeline;
use crate::planning;
use crate::render::Output;
use crate::render::output::Registered;
use crate::tracking::{self, Changes, NewFile, Tracking};

use going_on::{Left, begin, leaving, previous, waits_that_are_over};
use session::session;

use super::Reply;
use super::sessions::blockers;
use super::values::Values;
use super::writing::{ORCHESTRATOR, Settled, Writer, broken_file, remarks, session_entry};

pub(super) fn run(args: &cli::Register, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let args = &ask::complete(args.clone(), global, context)?;
    let (Some(mode), Some(story)) = (args.mode.map(Mode::from), args.story.as_deref().map(written)) else {
        return Err(Failure::new("--mode and --story are required"));
    };
    let args = &cli::Register { story: Some(story.to_string()), ..args.clone() };
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
    let writer = Writer::create_unnamed(args.writing.owner.as_deref(), global, context)?;
    let now = context.timestamp();
    let Settled { saved, plan, declared: report, after, result: added, .. } = writer.settle(|tracking| {
        let index = pipeline::story_book(&writer.workspace, tracking).index;
        let file = file_for(tracking, mode, &story, &index)?;
        let (terminal, previous) = terminal_for(tracking, args, &file, &story, &index)?;
        let blocked_by = blockers(&writer.workspace, tracking, &args.blocked_by, Some(&terminal), context)?;
        let args = &cli::Register { blocked_by, ..args.clone() };
        let exists = tracking.files.iter().any(|known| known.name == file);
        let (left, mut changes) = match previous {
            Some(previous) => {
                let (left, changes) = leaving(&writer, tracking, previous, &now)?;
                (Some(left), changes)
            }
            None => (None, Changes::default()),
        };
        changes.new_files.extend((!exists).then(|| new_file(&file, mode, &story, &now, args)));
        let session = session(args, tracking, &file, mode, &writer, context);
        let at: [Step; 2] = ["sessions".into(), terminal.as_str().into()];
        changes.edits.push(Edit::set(&file, &at, session));
        let after = writer.changed(tracking, &changes)?;
        let is_new = |key: &&str| exists && !tracking.has_key(&file, key);
        let new_keys = ["sessions", "dependencies"].into_iter().filter(is_new).map(str::to_string).collect();
        let added = Added { terminal, file, created: !exists, new_keys, left };
        let declared = pipeline::declare(&writer.workspace, &after);
        refuse_second(&declared, &added)?;
        let new = SessionRef { file: added.file.clone(), terminal: added.terminal.clone() };
        let over = waits_that_are_over(tracking, &after, &added.terminal, &declared.book);
        changes.edits.extend(begin(&writer, declared, &new));
        changes.edits.extend(over);
        Ok((changes, added))
    })?;
    let previous = added.left.as_ref().map(|left| previous(&writer, left, &saved));
    let is_there = |key: &&String| after.has_key(&added.file, key);
    let added_keys = added.new_keys.iter().filter(is_there).cloned().collect();
    let entry = session_entry("register", &added.terminal, Some(&story), &now);
    let files = saved.files.clone();
    writer.log_session(saved, LogEntry { added_keys, ..entry }, &plan)?;
    let (seen_in, unlinked) = seen(&report, &added);
    let registered = Registered {
        shown_file: writer.shown(&added.file),
        remarks: remarks(&report, &added.terminal),
        unlisted: unlisted(&report.declared.book, &story),
        previous,
        terminal: added.terminal,
        story,
        focus: args.focus.clone(),
        file: added.file,
        created: added.created,
        seen_in,
        unlinked,
        plan,
        files,
    };
    Ok(Output::Registered(registered).into())
}

/// The story's id as it can be written: `3-1-pay` for `Story 3.1: Pay`, for no file has a colon in its name.
fn written(text: &str) -> StoryId {
    let story = StoryId::from(text);
    let is_right_without = tracking::check_id("story", &text.replace(": ", " ")).is_ok();
    match story.plain().filter(|_| is_right_without && text.contains(": ")) {
        Some(plain) => plain,
        None => story,
    }
}

/// Where git shows the new session's work, or why it does not. A place that is gone is reported
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
            let worktree = place.worktree.as_ref().map(|top| format!("worktree {}", shown_path(top)));
            let names: Vec<String> = worktree.into_iter().chain(branch).collect();
            (Some(names.join(", ")), None)
        }
        Link::Declared(why) => {
            let Declared { terminals, places, target, repeated, .. } = &report.declared;
            // where nobody has a place of their own yet, it is not missed
            if places.iter().all(|place| place.main) {
                return (None, None);
            }
            let relink = planning::relink(terminal, terminals, places, target, repeated);
            let how = if relink.commands().is_empty() { "To find it," } else { "Link it with" };
            (None, Some(format!("No work found: {why}. {how} {relink}")))
        }
        Link::Gone(_) => (None, None),
    }
}

struct Added {
    terminal: String,
    file: String,
    created: bool,
    /// The keys that the file did not have before.
    new_keys: Vec<String>,
    left: Option<Left>,
}

/// # Errors
/// When another session that is not completed has the same story, the same place and the same focus: then
/// nobody can tell the two apart.
fn refuse_second(declared: &Declared, added: &Added) -> Result<(), Failure> {
    let is_new = |session: &Session| session.at.terminal == added.terminal && session.at.file == added.file;
    let Some(own) = declared.terminals.iter().find(|terminal| terminal.sessions.iter().any(is_new)) else {
        return Ok(());
    };
    let twin = declared.terminals.iter().find(|other| {
        let same = (other.place(), &other.story, other.focus()) == (own.place(), &own.story, own.focus());
        other.id != own.id && own.place().is_some() && same && !other.is_complete()
    });
    match (twin, own.place().map(|place| &declared.places[place].name)) {
        (Some(twin), Some(place)) => {
            let story = own.story.as_ref().map_or("?", StoryId::short);
            Err(Failure::new(format!("{} already works on story {story} in {place}", shown_name(&twin.id))).help(
                "give the new session another place (--worktree PATH or --branch NAME) or a part of the story (--focus TEXT)",
            ))
        }
        (None, _) | (_, None) => Ok(()),
    }
}

/// The stories that the story files know, those nearest to this one, if they do not know it.
fn unlisted(book: &StoryBook, story: &StoryId) -> Option<Vec<String>> {
    if book.is_incomplete || book.listed.is_empty() || book.listed.contains(&book.index.resolve(story)) {
        return None;
    }
    let mut known: Vec<&StoryId> = book.listed.iter().filter(|id| !id.is_epic()).collect();
    known.sort_by(|a, b| {
        let far = |id: &StoryId| (id.number() != story.number(), id.epic() != story.epic());
        far(a).cmp(&far(b)).then_with(|| natural_order(a.as_str(), b.as_str()))
    });
    Some(known.into_iter().map(StoryId::to_string).collect())
}

/// The file of a story: the one that has it, or the one it would get.
fn file_for(tracking: &Tracking, mode: Mode, story: &StoryId, index: &StoryIndex) -> Result<String, Failure> {
    let file = tracking::file_name(mode, Some(story))?;
    if let Some(broken) = broken_file(tracking, Some(&file)) {
        return Err(broken);
    }
    if mode == Mode::Inter {
        return Ok(file);
    }
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

/// The terminal's id: the one asked for, or the next free `terminal-N`. With its session in the file, where
/// that is completed, of another story, and so to be left.
fn terminal_for<'a>(
    tracking: &'a Tracking,
    args: &cli::Register,
    file: &str,
    story: &StoryId,
    index: &StoryIndex,
) -> Result<(String, Option<&'a Session>), Failure> {
    let known: Vec<&Session> = tracking.files.iter().flat_map(|file| &file.sessions).collect();
    let is_known = |id: &str| known.iter().any(|session| session.at.terminal == id);
    let Some(terminal) = &args.terminal else {
        let mut ids = (1..).map(|number| format!("terminal-{number}"));
        let free = ids.find(|id| !is_known(id)).ok_or_else(|| Failure::new("no free terminal id"))?;
        return Ok((free, None));
    };
    // as people are shown it, it is the one that is known already
    let shown = known.iter().map(|session| &session.at.terminal).find(|id| shown_name(id) == *terminal);
    let terminal = shown.filter(|_| !is_known(terminal)).unwrap_or(terminal);
    let own = known.iter().find(|session| session.at.terminal == *terminal && session.at.file == file);
    let Some(own) = own else { return Ok((terminal.clone(), None)) };
    let is_other = own.story.as_ref().is_some_and(|known| !index.same(known, story));
    match (is_other, own.status.is_complete()) {
        (true, true) => Ok((terminal.clone(), Some(own))),
        (true, false) => Err(Failure::new(format!(
            "{terminal} is already registered in {file}, for story {}, which it has not completed",
            own.story.as_ref().map_or("?", StoryId::short)
        ))
        .help(format!(
            "first: track-work complete {0} (or track-work unregister {0})",
            shell_word(terminal)
        ))),
        (false, _) => Err(Failure::new(format!("{terminal} is already registered in {file}"))
            .help(format!("change it with: track-work update {}", shell_word(terminal)))),
    }
}

fn new_file(name: &str, mode: Mode, story: &StoryId, now: &str, args: &cli::Register) -> NewFile {
    let story = (mode == Mode::Intra).then(|| story.clone());
    let owner = args.writing.owner.clone().filter(|owner| owner != ORCHESTRATOR);
    NewFile { name: name.to_string(), mode, story, created: now.to_string(), owner, copy_of: None }
}
