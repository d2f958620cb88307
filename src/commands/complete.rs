//! `complete TERMINAL`: marks its work completed, and shows what becomes ready.

use std::collections::BTreeSet;

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{DeclaredReport, Edit, Session, SessionRef, Step};
use crate::pipeline;
use crate::render::Output;
use crate::render::output::Completed;

use super::Reply;
use super::sessions::sessions_of;
use super::writing::{DecidedEdits, Settled, Writer};

pub(super) fn run(args: &cli::Complete, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let writer = Writer::open(args.which.writing.owner.as_deref(), global, context)?;
    let now = context.timestamp();
    let (written, (terminal, story, waited)) = writer.edit(|tracking| {
        let sessions = sessions_of(&writer.workspace, tracking, &args.which, context)?;
        let terminal = sessions[0].at.terminal.clone();
        let waited = waiting(&pipeline::declared_report(&writer.workspace, tracking));
        let edits = sessions.iter().flat_map(|session| completing(session, &now)).collect();
        let story = sessions.iter().find_map(|session| session.story.clone());
        Ok(DecidedEdits { new_files: Vec::new(), edits, result: (terminal, story, waited) })
    })?;
    let Settled { written, plan, report } = writer.settle(written)?;
    let still = waiting(&report);
    let unblocked = waited.into_iter().filter(|id| !still.contains(id)).collect();
    let completed =
        Completed { terminal, story, at: now, plan, unblocked, ready: report.ready, files: written };
    Ok(Output::Completed(completed).into())
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
