//! `complete TERMINAL`: marks its work completed, and tells what that makes ready.

use std::collections::BTreeSet;

use serde_json::json;

use crate::cli::{self, Global};
use crate::context::Context;
use crate::error::Failure;
use crate::model::{DeclaredReport, DependencyStatus, Edit, Session, SessionRef, Step, shown_name};
use crate::pipeline;
use crate::planning::{StatusChange, SyncPlan};
use crate::render::json::SCHEMA;

use super::sessions::sessions_of;
use super::writing::{Decision, Settled, Writer};
use super::{Answer, is_json, style};

pub(super) fn run(args: &cli::Complete, global: &Global, context: &Context) -> Result<Answer, Failure> {
    let writer = Writer::open(args.which.writing.owner.as_deref(), global, context)?;
    let now = context.timestamp();
    let (written, (terminal, story, waited)) = writer.edit(|tracking| {
        let sessions = sessions_of(&writer.workspace, tracking, &args.which, context)?;
        let terminal = sessions[0].at.terminal.clone();
        let waited = waiting(&pipeline::declared_report(&writer.workspace, tracking));
        let edits = sessions.iter().flat_map(|session| completing(session, &now)).collect();
        let story = sessions.iter().find_map(|session| session.story.clone());
        Ok(Decision { new_files: Vec::new(), edits, result: (terminal, story, waited) })
    })?;
    let Settled { written, plan, report } = writer.settle(written)?;
    let still = waiting(&report);
    let freed: Vec<&String> = waited.iter().filter(|id| !still.contains(*id)).collect();
    if is_json(global) {
        return Ok(Answer::json(&json!({
            "schema": SCHEMA,
            "terminal": terminal,
            "story": story.map(|story| story.0),
            "status": "completed",
            "completed": now,
            "unblocked": freed,
            "ready": ready(&plan).map(|change| &change.of).collect::<Vec<_>>(),
            "files": written,
        })));
    }
    let of_story = story.map_or(String::new(), |story| format!(" (story {})", story.short()));
    let mut text = match written.is_empty() {
        true => format!("{} was already completed{of_story}.\n", shown_name(&terminal)),
        false => format!("{} completed{of_story}.\n", shown_name(&terminal)),
    };
    let style = style(global, context);
    text.push_str(&crate::render::sync::changes(&plan, style));
    for id in freed {
        let line = format!("{} is no longer waiting for anything.", shown_name(id));
        text.push_str(&crate::render::wrapped(&line, style.width));
    }
    for ready in &report.ready {
        let line = style.plain(&format!("Ready to merge: {}", ready.text));
        text.push_str(&crate::render::wrapped(&line, style.width));
    }
    Ok(Answer::clean(text))
}

/// The edits that complete a session; none when it is complete already.
pub(super) fn completing(session: &Session, now: &str) -> Vec<Edit> {
    if session.status.is_complete() {
        return Vec::new();
    }
    let file = &session.at.file;
    let at =
        |key: &str| -> [Step; 3] { ["sessions".into(), session.at.terminal.as_str().into(), key.into()] };
    let mut edits = vec![
        Edit::set(file, &at("status"), "completed"),
        Edit::set(file, &at("completed"), now),
        Edit::set(file, &at("last_update"), now),
    ];
    if session.status_before.is_some() {
        edits.extend(["status_before", "waiting_for"].map(|key| Edit::remove(file, &at(key))));
    }
    edits
}

/// The terminals that wait for a story or for another terminal.
fn waiting(report: &DeclaredReport) -> BTreeSet<String> {
    let waits = |at: &&SessionRef| !report.decisions[*at].waiting_for.is_empty();
    report.decisions.keys().filter(waits).map(|at| at.terminal.clone()).collect()
}

fn ready(plan: &SyncPlan) -> impl Iterator<Item = &StatusChange> {
    plan.dependencies.iter().filter(|change| change.to == DependencyStatus::Ready.name())
}
