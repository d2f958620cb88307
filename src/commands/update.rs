//! `update TERMINAL`: changes a session.

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{Edit, LogEntry, Session, Status, StatusKind, Step, Value, shell_word, shown};
use crate::planning;
use crate::render::Output;
use crate::render::output::Updated;
use crate::tracking::Changes;

use super::Reply;
use super::complete::completing;
use super::register::session::worktree_text;
use super::sessions::{blockers, sessions_of};
use super::values::{Values, distinct};
use super::writing::{Settled, Writer, remarks, session_entry};

pub(super) fn run(args: &cli::Update, global: &Global, context: &Context) -> Result<Reply, Failure> {
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
    let writer = Writer::open(args.which.writing.owner.as_deref(), global, context)?;
    let now = context.timestamp();
    let root = writer.workspace.repository.main_worktree();
    let complete_words = &writer.workspace.config.complete_statuses;
    let worktree = args.worktree.as_deref().map(|path| worktree_text(path, root, context));
    let Settled { saved, plan, declared, result: changed, .. } = writer.settle(|tracking| {
        let mut edits = Vec::new();
        let sessions = sessions_of(&writer.workspace, tracking, &args.which, context)?;
        let terminal = sessions[0].at.terminal.clone();
        let story = sessions.iter().find_map(|session| session.story.clone());
        let mut tasks_done = Vec::new();
        let blocked_by = blockers(&writer.workspace, tracking, &args.blocked_by, Some(&terminal), context)?;
        let args = &cli::Update { blocked_by, ..args.clone() };
        for session in sessions {
            edits.extend(updating(session, args, worktree.as_deref(), complete_words, &now)?);
            tasks_done.extend(newly_done(session, args)?);
        }
        tasks_done.dedup();
        let result = LogEntry { tasks_done, ..session_entry("update", &terminal, story.as_ref(), &now) };
        Ok((Changes::of(edits), result))
    })?;
    let (terminal, files) = (changed.terminal.clone().unwrap_or_default(), saved.files.clone());
    writer.log_session(saved, changed, &plan)?;
    let remarks = remarks(&declared, &terminal);
    Ok(Output::Updated(Updated { terminal, plan, remarks, files }).into())
}

/// The edits of one session. An empty text takes the key out.
fn updating(
    session: &Session,
    args: &cli::Update,
    worktree: Option<&str>,
    complete_words: &[String],
    now: &str,
) -> Result<Vec<Edit>, Failure> {
    let mut edits = Vec::new();
    if let Some(status) = &args.status {
        edits.extend(status_edits(session, status, complete_words, now)?);
    }
    let texts = [
        ("current_file", args.current_file.as_deref()),
        ("focus", args.focus.as_deref()),
        ("phase", args.phase.as_deref()),
        ("agent", args.agent.as_deref()),
        ("branch", args.branch.as_deref()),
        ("worktree", worktree),
    ];
    for (key, text) in texts {
        edits.extend(text.map(|text| text_edit(session, key, text)));
    }
    if let Some(priority) = args.priority {
        edits.push(set(session, "priority", Value::Int(priority)));
    }
    for (key, list) in [("blocked_by", &args.blocked_by), ("scope", &args.scope)] {
        let given = distinct(list);
        match (list.is_empty(), given.is_empty()) {
            (true, _) => {}
            (false, true) => edits.push(Edit::remove(&session.at.file, &at(session, key))),
            (false, false) => edits.push(set(session, key, Value::texts(given))),
        }
    }
    edits.extend(task_edits(session, args)?);
    if !edits.is_empty() {
        edits.push(set(session, "last_update", now.into()));
    }
    Ok(edits)
}

fn at(session: &Session, key: &str) -> [Step; 3] {
    ["sessions".into(), session.at.terminal.as_str().into(), key.into()]
}

fn set(session: &Session, key: &str, value: Value) -> Edit {
    Edit::set(&session.at.file, &at(session, key), value)
}

fn text_edit(session: &Session, key: &str, text: &str) -> Edit {
    if text.is_empty() {
        Edit::remove(&session.at.file, &at(session, key))
    } else {
        set(session, key, text.into())
    }
}

fn status_edits(
    session: &Session,
    written: &str,
    complete_words: &[String],
    now: &str,
) -> Result<Vec<Edit>, Failure> {
    let status = Status::read(written, complete_words);
    if status.kind() == StatusKind::Unknown || written.trim().is_empty() {
        return Err(Failure::new(format!("unknown status \"{written}\"")).help(Status::CHOICES));
    }
    if status.is_complete() {
        let mut edits = completing(session, now);
        if status.written() != session.status.written() {
            edits.push(set(session, "status", written.into()));
        }
        return Ok(edits);
    }
    let mut edits = vec![set(session, "status", written.into())];
    edits.extend(planning::no_longer_blocked(session));
    if session.completed.is_some() {
        edits.push(Edit::remove(&session.at.file, &at(session, "completed")));
    }
    Ok(edits)
}

/// New tasks go to the end of `tasks`; done ones are named in `completed_tasks`.
fn task_edits(session: &Session, args: &cli::Update) -> Result<Vec<Edit>, Failure> {
    let append = |key: &str, text: String| Edit::append(&session.at.file, &at(session, key), text);
    let mut edits: Vec<Edit> =
        new_tasks(session, args).into_iter().map(|text| append("tasks", text)).collect();
    edits.extend(newly_done(session, args)?.into_iter().map(|text| append("completed_tasks", text)));
    Ok(edits)
}

fn new_tasks(session: &Session, args: &cli::Update) -> Vec<String> {
    let mut new = distinct(&args.tasks);
    new.retain(|text| !session.tasks.iter().any(|task| task.text == *text));
    new
}

/// The tasks that are to be marked done and are not yet.
fn newly_done(session: &Session, args: &cli::Update) -> Result<Vec<String>, Failure> {
    let new = new_tasks(session, args);
    let texts: Vec<&str> =
        session.tasks.iter().map(|task| task.text.as_str()).chain(new.iter().map(String::as_str)).collect();
    let mut done: Vec<String> = Vec::new();
    for wanted in &args.done {
        let text = find_task(&texts, wanted).ok_or_else(|| no_task(session, &texts, wanted))?;
        let was_done = session.tasks.iter().any(|task| task.done && task.text == text);
        if !was_done && !done.iter().any(|known| known == text) {
            done.push(text.to_string());
        }
    }
    Ok(done)
}

/// Why these words do not identify a task.
fn no_task(session: &Session, texts: &[&str], wanted: &str) -> Failure {
    let terminal = &session.at.terminal;
    let lower = wanted.to_lowercase();
    let several = texts.iter().filter(|text| text.to_lowercase().contains(&lower)).count() > 1;
    let failure = if several {
        Failure::new(format!("several tasks of {terminal} contain \"{wanted}\""))
    } else {
        Failure::new(format!("{terminal} has no task \"{wanted}\""))
    };
    let known: Vec<String> =
        texts.iter().enumerate().map(|(at, text)| format!("  {}  {}", at + 1, shown(text))).collect();
    if known.is_empty() {
        failure.help(format!(
            "it has no tasks; add one with track-work update {} --task TEXT",
            shell_word(terminal)
        ))
    } else {
        failure.help(format!(
            "give the text of one task, a unique part of it, or its number:\n{}",
            known.join("\n")
        ))
    }
}

/// The task with this text, or the only one that contains it, or the one with this number (from 1).
fn find_task<'a>(texts: &[&'a str], wanted: &str) -> Option<&'a str> {
    if let Some(text) = texts.iter().find(|text| **text == wanted) {
        return Some(text);
    }
    let lower = wanted.to_lowercase();
    let containing: Vec<&&str> = texts.iter().filter(|text| text.to_lowercase().contains(&lower)).collect();
    if let [only] = containing[..] {
        return Some(only);
    }
    let number: usize = wanted.parse().ok()?;
    texts.get(number.checked_sub(1)?).copied()
}
