//! `complete TERMINAL`: marks its work completed, and shows what becomes ready.

use std::collections::BTreeSet;

use crate::checks::{self, CheckInput};
use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{
    DeclaredReport, DependencyStatus, Edit, Finding, Report, Session, SessionRef, Step, StoryBook, StoryId,
    Terminal, natural_order,
};
use crate::pipeline;
use crate::planning;
use crate::render::Output;
use crate::render::output::{Completed, CompletedWork};
use crate::tracking::Changes;

use super::Reply;
use super::sessions::{left_in_stash, sessions_of};
use super::writing::{Settled, Writer, session_entry};

pub(super) fn run(args: &cli::Complete, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let writer = Writer::open(args.which.writing.owner.as_deref(), global, context)?;
    let now = context.timestamp();
    let Settled { saved, plan, declared, report, after, result } = writer.settle(|tracking| {
        let sessions = sessions_of(&writer.workspace, tracking, &args.which, context)?;
        let before = pipeline::declared_report(&writer.workspace, tracking);
        let completed: Vec<Session> = sessions.iter().map(|session| (*session).clone()).collect();
        let mut edits: Vec<Edit> = sessions.iter().flat_map(|session| completing(session, &now)).collect();
        // what was complete already is looked at again
        let complete = sessions.iter().filter(|session| session.status.is_complete());
        edits.extend(complete.map(|session| set(session, "status", session.status.written())));
        let result = (completed, blocked_stories(&before.declared.book), waiting(&before));
        Ok((Changes::of(edits), result))
    })?;
    let report = report.unwrap_or_else(|| pipeline::report(&writer.workspace, &after));
    let (completed, blocked, waited) = result;
    let still = waiting(&declared);
    // who completes its own work no longer waits, whether what it waited for is there or not
    let is_own = |id: &String| completed.iter().any(|session| session.at.terminal == *id);
    // in a circle, all wait for the others to be merged
    let in_circle: Vec<String> = planning::terminal_cycles(&report.facts).concat();
    let unblocked = waited
        .into_iter()
        .filter(|id| !still.contains(id) && !is_own(id) && !in_circle.contains(id))
        .collect();
    let book = &declared.declared.book;
    let open = blocked_stories(book);
    let recorded = plan.dependencies.iter().filter(|change| change.to == DependencyStatus::Ready.name());
    let mut startable: Vec<StoryId> =
        blocked.into_iter().filter(|story| !open.contains(story) && !book.is_complete(story)).collect();
    startable.extend(recorded.map(|change| StoryId::from(change.of.as_str())));
    startable.sort_by(|a, b| natural_order(a.as_str(), b.as_str()));
    startable.dedup();
    // what stories need is unknown where a file cannot be read
    startable.retain(|story| planning::needs_unknown(book, story).is_none());
    let (story, files) = (completed.iter().find_map(|session| session.story.clone()), saved.files.clone());
    let entry = session_entry("complete", &completed[0].at.terminal, story.as_ref(), &now);
    writer.log_session(saved, entry, &plan)?;
    let mut troubles = left_in_stash(&report.facts, &completed);
    troubles.extend(overwritten_by(&report, &completed));
    let output = Completed {
        terminal: completed[0].at.terminal.clone(),
        story,
        at: now,
        was_complete: completed.iter().all(|session| session.status.is_complete()),
        plan,
        unblocked,
        startable,
        found: found(&report, &completed),
        target: report.facts.target.name.clone(),
        ready: report.ready,
        files,
    };
    Ok(Reply { troubles, ..Output::Completed(output).into() })
}

/// What a merge of the completed work overwrites without a word.
fn overwritten_by(report: &Report, completed: &[Session]) -> Option<Finding> {
    let is_it = |terminal: &&Terminal| completed.iter().any(|session| terminal.holds(&session.at));
    let terminal = report.facts.terminals.iter().find(is_it)?;
    let input = CheckInput { facts: &report.facts, judgements: &report.judgements };
    checks::overwritten_at_target(&input, terminal.place()?, vec![terminal.id.clone()])
}

/// What git and the declarations show of the completed work.
fn found(report: &Report, completed: &[Session]) -> Option<CompletedWork> {
    let is_it = |terminal: &Terminal| completed.iter().any(|session| terminal.holds(&session.at));
    let at = report.facts.terminals.iter().position(is_it)?;
    let uncommitted = report.facts.uncommitted_paths(&report.facts.terminals[at]);
    Some(CompletedWork {
        standing: report.standings[at].clone(),
        uncommitted: uncommitted.into_iter().cloned().collect(),
    })
}

/// The stories that wait for others.
fn blocked_stories(book: &StoryBook) -> BTreeSet<StoryId> {
    let blocked = book.dependencies.iter().filter(|state| state.status == DependencyStatus::Blocked);
    blocked.map(|state| state.dependency.story.clone()).collect()
}

/// The edits that complete a session; none when it is complete already.
pub(super) fn completing(session: &Session, now: &str) -> Vec<Edit> {
    if session.status.is_complete() {
        return Vec::new();
    }
    let mut edits = vec![
        set(session, "status", "completed"),
        set(session, "completed", now),
        set(session, "last_update", now),
    ];
    edits.extend(planning::no_longer_blocked(session));
    edits
}

fn set(session: &Session, key: &str, value: &str) -> Edit {
    Edit::set(&session.at.file, &at(session, key), value)
}

fn at(session: &Session, key: &str) -> [Step; 3] {
    ["sessions".into(), session.at.terminal.as_str().into(), key.into()]
}

/// The terminals that wait for a story or for another terminal.
fn waiting(report: &DeclaredReport) -> BTreeSet<String> {
    let waits = |at: &&SessionRef| !report.decisions[*at].waiting_for.is_empty();
    report.decisions.keys().filter(waits).map(|at| at.terminal.clone()).collect()
}
