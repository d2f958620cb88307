//! `sync`: observe, check, bring the tracking files up to date, tell.

use similar::TextDiff;

use crate::cli::{self, Global};
use crate::context::Context;
use crate::error::Failure;
use crate::model::{ConflictChanges, LogEntry, LoggedConflict, Report};
use crate::pipeline::Workspace;
use crate::planning::{self, ConflictKey, EditContext, SyncPlan};
use crate::render;
use crate::tracking::Tracking;
use crate::tracking::log;

use super::writing::{Decision, Writer};
use super::{Answer, found, is_json, json_text, style};

pub(super) fn run(args: &cli::Sync, global: &Global, context: &Context) -> Result<Answer, Failure> {
    if args.dry_run {
        return dry_run(global, context);
    }
    let writer = Writer::create(args.writing.owner.as_deref(), global, context)?;
    let now = context.timestamp();
    let (written, (report, plan)) = writer.edit(|tracking| {
        let (report, plan) = planned(&writer.workspace, tracking, &now);
        Ok(Decision { new_files: Vec::new(), edits: plan.edits.clone(), result: (report, plan) })
    })?;
    log::append(&writer.lock, writer.dir(), &entry(&report, &plan, &written, &now)).map_err(|error| {
        let done = match written.is_empty() {
            true => "no tracking file had to change".to_string(),
            false => format!("{} are up to date all the same", written.join(", ")),
        };
        Failure::new(format!("{error}")).help(format!("{}; {done}", error.hint()))
    })?;
    let answer = answer(&report, &plan, &written, None, global, context)?;
    Ok(Answer { notes: writer.workspace.notes(), ..answer })
}

fn planned(workspace: &Workspace, tracking: &Tracking, now: &str) -> (Report, SyncPlan) {
    let (report, book) = workspace.report(tracking);
    let plan = planning::plan_edits(&report, &EditContext { files: &tracking.files, book: &book, now });
    (report, plan)
}

/// The edits as a diff, and nothing written.
fn dry_run(global: &Global, context: &Context) -> Result<Answer, Failure> {
    let workspace = Workspace::open(global, context)?;
    workspace.tracking_dir()?;
    let tracking = workspace.tracking();
    let (report, plan) = planned(&workspace, &tracking, &context.timestamp());
    let edits = tracking.preview(&[], &plan.edits)?;
    let names: Vec<String> = edits.iter().map(|edit| edit.name.clone()).collect();
    let diffs = edits.iter().map(|edit| {
        let old = edit.old.as_deref().unwrap_or_default();
        let diff = TextDiff::from_lines(old, &edit.new);
        diff.unified_diff().header(&edit.name, &edit.name).to_string()
    });
    let diffs: String = diffs.collect();
    let answer = answer(&report, &plan, &names, Some(diffs), global, context)?;
    Ok(Answer { notes: workspace.notes(), ..answer })
}

fn answer(
    report: &Report,
    plan: &SyncPlan,
    written: &[String],
    dry: Option<String>,
    global: &Global,
    context: &Context,
) -> Result<Answer, Failure> {
    if is_json(global) {
        let mut value = render::json::report(report);
        render::json::sync(&mut value, plan, written, dry.is_some());
        return Ok(Answer { found: found(report, global), ..Answer::clean(json_text(&value)) });
    }
    let style = style(global, context);
    let mut text = render::sync::sync(report, style);
    let changes = render::sync::changes(plan, style);
    if !changes.is_empty() {
        text.push_str(&format!("\n{changes}"));
    }
    match dry {
        Some(diffs) if diffs.is_empty() => text.push_str("\nNothing would change.\n"),
        Some(diffs) => text.push_str(&format!("\nWould change, with nothing written yet:\n{diffs}")),
        None if global.quiet => {}
        None => text.push_str(&format!("\n{}", render::sync::updated(written, style))),
    }
    Ok(Answer { found: found(report, global), ..Answer::clean(text) })
}

/// What the history keeps of a synchronization.
fn entry(report: &Report, plan: &SyncPlan, written: &[String], now: &str) -> LogEntry {
    let conflict = |key: &ConflictKey, resolution: Option<String>| LoggedConflict {
        kind: key.kind.clone(),
        file: Some(key.file.clone()),
        terminals: key.terminals.clone(),
        resolution,
    };
    let changes = report.snapshot.terminals.iter().map(|terminal| terminal.touched.len() as u64).sum();
    LogEntry {
        at: now.to_string(),
        command: "sync".to_string(),
        target: Some(report.snapshot.target.name.clone()),
        terminals: Some(report.snapshot.terminals.len() as u64),
        changes: Some(changes),
        conflicts: ConflictChanges {
            appeared: plan.appeared.iter().map(|key| conflict(key, None)).collect(),
            gone: plan.gone.iter().map(|(key, resolution)| conflict(key, resolution.clone())).collect(),
            kept: plan.kept.len() as u64,
        },
        statuses: super::log::statuses(plan),
        dependencies: super::log::dependencies(plan),
        plan: Vec::new(),
        files: written.to_vec(),
    }
}
