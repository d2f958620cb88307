//! `unregister TERMINAL`: takes its session out of the tracking files again.

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{Edit, Finding, Session, Step, TrackingFile};
use crate::pipeline;
use crate::planning;
use crate::render::Output;
use crate::render::output::Unregistered;
use crate::tracking::{Changes, Tracking, log};

use super::Reply;
use super::moving::freed_dependencies;
use super::sessions::{left_in_stash, sessions_of};
use super::writing::{Settled, Writer, session_entry};

pub(super) fn run(args: &cli::Unregister, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let writer = Writer::open(args.which.writing.owner.as_deref(), global, context)?;
    let Settled { saved, plan, declared, result: removed, .. } = writer.settle(|tracking| {
        let sessions = sessions_of(&writer.workspace, tracking, &args.which, context)?;
        let stashed = stashed(&writer, tracking, &sessions);
        let mut changes = Changes::of(sessions.iter().map(|session| planning::removing(session)).collect());
        changes.edits.extend(freed_dependencies(&writer, tracking, &changes, &sessions)?);
        changes.edits.extend(emptied_keys(&writer, tracking, &changes)?);
        Ok((changes, (sessions.into_iter().cloned().collect::<Vec<Session>>(), stashed)))
    })?;
    let (removed, troubles) = removed;
    let (terminal, files) = (removed[0].at.terminal.clone(), saved.files.clone());
    let entry = session_entry("unregister", &terminal, removed[0].story.as_ref(), &context.timestamp());
    writer.log_session(saved, entry, &plan)?;
    let sessions = declared.declared.terminals.iter().flat_map(|terminal| &terminal.sessions);
    let registered = sessions.clone().any(|session| session.at.terminal == terminal);
    let names_it = |session: &&Session| !registered && session.blocked_by.contains(&terminal);
    let mut waiting: Vec<String> =
        sessions.filter(names_it).map(|session| session.at.terminal.clone()).collect();
    waiting.dedup();
    let removed_from = removed.into_iter().map(|session| session.at.file).collect();
    let output = Output::Unregistered(Unregistered { terminal, removed_from, plan, waiting, files });
    Ok(Reply { troubles, ..output.into() })
}

/// What was put aside on the branches of these sessions, while it is known which these are.
fn stashed(writer: &Writer, tracking: &Tracking, sessions: &[&Session]) -> Vec<Finding> {
    if writer.workspace.repository.stashes().is_empty() {
        return Vec::new();
    }
    let sessions: Vec<Session> = sessions.iter().map(|session| (*session).clone()).collect();
    left_in_stash(&pipeline::observed(&writer.workspace, tracking), &sessions)
}

/// Takes out the keys that are left empty and that `register` had added, as the log knows.
fn emptied_keys(writer: &Writer, tracking: &Tracking, changes: &Changes) -> Result<Vec<Edit>, Failure> {
    let after = writer.changed(tracking, changes)?;
    let emptied = |file: &TrackingFile| {
        let now = after.files.iter().find(|known| known.name == file.name);
        let lists = [
            ("sessions", file.sessions.len(), now.map(|now| now.sessions.len())),
            ("dependencies", file.dependencies.len(), now.map(|now| now.dependencies.len())),
        ];
        let emptied = lists.into_iter().filter(|(_, before, now)| *before > 0 && *now == Some(0));
        emptied.map(|(key, ..)| (file.name.clone(), key)).collect::<Vec<_>>()
    };
    let emptied: Vec<(String, &str)> = tracking.files.iter().flat_map(emptied).collect();
    if emptied.is_empty() {
        return Ok(Vec::new());
    }
    let (history, _) = log::read(writer.dir(), None);
    let was_added = |(file, key): &&(String, &str)| {
        history
            .iter()
            .any(|entry| entry.files.contains(file) && entry.added_keys.iter().any(|known| known == key))
    };
    Ok(emptied.iter().filter(was_added).map(|(file, key)| Edit::remove(file, &[Step::from(*key)])).collect())
}
