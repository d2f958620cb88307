//! `log`: the synchronization history, the newest last.

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::{LoggedDependency, LoggedStatus};
use crate::pipeline::{self, Workspace};
use crate::planning::SyncPlan;
use crate::render::Output;
use crate::render::output::ShownHistory;
use crate::tracking::log;

use super::selected::{in_history, selection};
use super::{Reply, open_options, with_troubles};

pub(super) fn run(args: &cli::Log, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let workspace = Workspace::open(&open_options(global, context))?;
    let selection = selection(&args.only, &context.working_dir)?;
    let last = selection.filter().is_empty().then_some(args.last);
    let (mut entries, findings) = log::read(workspace.tracking_dir()?, last);
    let tracking = workspace.tracking();
    let selection = match selection.filter() {
        filter if filter.is_empty() => selection,
        filter if filter.paths.is_empty() => {
            in_history(selection, &pipeline::named(&workspace, &tracking), &entries)?
        }
        // a path may be one that somebody touches now
        _ => in_history(selection, &pipeline::observed(&workspace, &tracking), &entries)?,
    };
    let all = entries.len();
    entries.retain(|entry| selection.has_entry(entry));
    let hidden = all - entries.len();
    entries.drain(..entries.len().saturating_sub(args.last));
    let history = ShownHistory { entries, findings, filter: selection.filter().clone(), hidden };
    Ok(with_troubles(Output::Log(history), &workspace))
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
