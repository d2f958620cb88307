//! `sync`: observes, checks, updates the tracking files, and reports.

use std::time::Duration;

use similar::TextDiff;

use crate::checks;
use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{
    ConflictChanges, Evidence, Finding, LogEntry, LoggedConflict, LoggedUpstream, MergeOrder, Report,
    Terminal,
};
use crate::pipeline::{self, Workspace};
use crate::planning::order::{Effort, OrderOptions};
use crate::planning::{self, ConflictKey, EditContext, SyncPlan};
use crate::render::output::{SyncOutcome, Synced};
use crate::render::{self, Output};
use crate::tracking::{Changes, Tracking, TrackingError, log};

use super::writing::Writer;
use super::{Reply, open_options, resolving};

/// How long the plan for the log is searched for where no proof is promised.
const PLANNING_TIME: Duration = Duration::from_secs(1);

pub(super) fn run(
    args: &cli::SyncArgs,
    global: &Global,
    context: &Context,
    asks: bool,
) -> Result<Reply, Failure> {
    if args.dry_run {
        return dry_run(global, context);
    }
    let owner = args.writing.owner.as_deref();
    let writer = Writer::create_unnamed(owner, global, context)?;
    let resolved = if args.resolve { resolving::resolve(&writer, asks)? } else { Vec::new() };
    let mut synced = synchronized(&writer, context)?;
    // what was just tried is not advised again
    for file in resolved.iter().filter(|file| !file.left.is_empty()) {
        let is_about = |finding: &&mut Finding| matches!(&finding.evidence, Evidence::File { name, .. } if *name == file.name);
        for finding in synced.report.findings.iter_mut().filter(is_about) {
            finding.suggestion = "decide what is named below; nothing in it was used".to_string();
        }
    }
    let synced = Synced { resolved, ..synced };
    Ok(Reply { notes: writer.workspace.notes(), ..Output::Synced(Box::new(synced)).into() })
}

/// Observes, checks and updates the tracking files.
///
/// # Errors
/// As [`Writer::edit`] and [`Writer::log`].
pub(super) fn synchronized(writer: &Writer, context: &Context) -> Result<Synced, Failure> {
    let now = context.timestamp();
    let (saved, (report, plan, order)) = writer.edit(|tracking| {
        let (report, plan) = planned(&writer.workspace, tracking, &now);
        let over = context.timer(PLANNING_TIME);
        let watch = |_| over();
        let effort = Effort::new(&watch);
        // the rest does not depend on the plan
        let order = pipeline::order(&writer.workspace, &report.facts, &OrderOptions::default(), &effort);
        Ok((Changes::of(plan.edits.clone()), (report, plan, order)))
    })?;
    let order = order.ok();
    let (entry, files) = (entry(&report, &plan, order.as_ref(), &now), saved.files.clone());
    let log = writer.log(saved, entry)?;
    let outcome = SyncOutcome::Written(log);
    Ok(Synced { resolved: Vec::new(), report, plan, files, outcome, order })
}

fn planned(workspace: &Workspace, tracking: &Tracking, now: &str) -> (Report, SyncPlan) {
    let report = pipeline::report(workspace, tracking);
    let context = EditContext { files: &tracking.files, checks: &checks::all(), now };
    let plan = planning::plan_edits(&report, &context);
    (report, plan)
}

/// The edits as a diff, and nothing written.
fn dry_run(global: &Global, context: &Context) -> Result<Reply, Failure> {
    let options = open_options(global, context);
    let workspace = Workspace::open(&options)?;
    let dir = workspace.tracking_dir()?;
    if options.tracking_dir.is_some() && !dir.is_dir() {
        return Err(TrackingError::NoDirectory { dir: dir.to_path_buf() }.into());
    }
    let tracking = workspace.tracking();
    let (report, plan) = planned(&workspace, &tracking, &context.timestamp());
    let edits = tracking.preview(&Changes::of(plan.edits.clone()))?;
    let names: Vec<String> = edits.iter().map(|edit| edit.name.clone()).collect();
    let diffs = edits.iter().map(|edit| {
        let old = edit.old.as_deref().unwrap_or_default();
        let diff = TextDiff::from_lines(old, &edit.new);
        diff.unified_diff().header(&edit.name, &edit.name).to_string()
    });
    let diffs = diffs.collect();
    let mut log = workspace.shown(log::FILE);
    if !log::is_begun(workspace.tracking_dir()?) {
        log.push_str(", which would be created");
    }
    let outcome = SyncOutcome::DryRun { diffs, log };
    let synced = Synced { resolved: Vec::new(), report, plan, files: names, outcome, order: None };
    Ok(Reply { notes: workspace.notes(), ..Output::Synced(Box::new(synced)).into() })
}

/// What the history keeps of a synchronization.
fn entry(report: &Report, plan: &SyncPlan, order: Option<&MergeOrder>, now: &str) -> LogEntry {
    let conflict = |key: &ConflictKey, resolution: Option<String>| LoggedConflict {
        kind: key.kind.clone(),
        file: Some(key.file.clone()),
        terminals: key.terminals.clone(),
        with: key.target.clone(),
        resolution,
    };
    let brought = |terminal: &Terminal, commits: usize| LoggedUpstream {
        terminal: terminal.id.clone(),
        commits: commits as u64,
    };
    let changes = report.facts.terminals.iter().map(|terminal| terminal.touched.len() as u64).sum();
    LogEntry {
        at: now.to_string(),
        command: "sync".to_string(),
        target: Some(report.facts.target.name.clone()),
        terminals: Some(report.facts.terminals.len() as u64),
        changes: Some(changes),
        of_upstream: report
            .facts
            .of_upstream()
            .map(|(terminal, commits)| brought(terminal, commits))
            .collect(),
        conflicts: ConflictChanges {
            appeared: plan.appeared.iter().map(|key| conflict(key, None)).collect(),
            gone: plan.gone.iter().map(|(key, resolution)| conflict(key, resolution.clone())).collect(),
            kept: plan.kept.len() as u64,
        },
        statuses: super::log::statuses(plan),
        dependencies: super::log::dependencies(plan),
        plan: order.map(render::plan).unwrap_or_default(),
        ..LogEntry::default()
    }
}
