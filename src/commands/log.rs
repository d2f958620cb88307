//! `log`: the synchronization history, the newest last.

use serde_json::{Value, json};

use crate::cli::{self, Global};
use crate::context::Context;
use crate::error::Failure;
use crate::model::{LogEntry, LoggedConflict, LoggedDependency, LoggedStatus};
use crate::pipeline::Workspace;
use crate::planning::SyncPlan;
use crate::render::json::SCHEMA;
use crate::render::log::entries;
use crate::tracking::log;

use super::{Answer, is_json, open_options, style, with_troubles};

pub(super) fn run(args: &cli::Log, global: &Global, context: &Context) -> Result<Answer, Failure> {
    let workspace = Workspace::open(&open_options(global, context))?;
    let (history, findings) = log::read(workspace.tracking_dir()?, Some(args.last));
    let mut answer = match is_json(global) {
        true => Answer::json(&json!({
            "schema": SCHEMA,
            "history": history.iter().map(value).collect::<Vec<_>>(),
            "findings": findings.iter().map(|finding| &finding.message).collect::<Vec<_>>(),
        })),
        false => Answer::clean(entries(&history, &findings, style(global, context))),
    };
    answer.found = findings.iter().any(|finding| global.fail_on.includes(finding.severity));
    Ok(with_troubles(answer, &workspace, global))
}

fn value(entry: &LogEntry) -> Value {
    let conflict = |one: &LoggedConflict| json!({"type": one.kind, "file": one.file, "terminals": one.terminals, "resolution": one.resolution});
    json!({
        "at": entry.at,
        "command": entry.command,
        "target": entry.target,
        "terminals": entry.terminals,
        "changes": entry.changes,
        "conflicts": {
            "appeared": entry.conflicts.appeared.iter().map(conflict).collect::<Vec<_>>(),
            "gone": entry.conflicts.gone.iter().map(conflict).collect::<Vec<_>>(),
            "kept": entry.conflicts.kept,
        },
        "statuses": entry.statuses.iter().map(|one| json!({
            "terminal": one.terminal, "file": one.file, "from": one.from, "to": one.to, "reason": one.reason,
        })).collect::<Vec<_>>(),
        "dependencies": entry.dependencies.iter().map(|one| json!({
            "story": one.story, "from": one.from, "to": one.to,
        })).collect::<Vec<_>>(),
        "plan": entry.plan,
        "files": entry.files,
    })
}

/// Status changes as the history keeps them.
pub(super) fn statuses(plan: &SyncPlan) -> Vec<LoggedStatus> {
    let kept = plan.statuses.iter().map(|change| LoggedStatus {
        terminal: change.of.clone(),
        file: Some(change.file.clone()),
        from: change.from.clone(),
        to: change.to.clone(),
        reason: change.reason.clone(),
    });
    kept.collect()
}

/// Dependency changes as the history keeps them.
pub(super) fn dependencies(plan: &SyncPlan) -> Vec<LoggedDependency> {
    let kept = plan.dependencies.iter().map(|change| LoggedDependency {
        story: change.of.clone(),
        from: Some(change.from.clone()).filter(|from| !from.is_empty()),
        to: Some(change.to.clone()),
        reason: change.reason.clone(),
    });
    kept.collect()
}
