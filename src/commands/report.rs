//! `report`: everything that is known, on one HTML page.

use std::path::Path;

use crate::cli::{self, Global};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::files::put_public;
use crate::model::{LogEntry, MergeOrder, Report, shown_path};
use crate::pipeline::{self, Workspace};
use crate::planning::order::OrderOptions;
use crate::render::{self, Output, PageContent};
use crate::tracking::log;

use super::hints::io_failure;
use super::selected::{among, selection};
use super::{Reply, merge_order, open_options, with_troubles};

/// As many entries of the log are shown.
const MOST_ENTRIES: usize = 100;

pub(super) fn run(args: &cli::ReportArgs, global: &Global, context: &Context) -> Result<Reply, Failure> {
    let workspace = Workspace::open(&open_options(global, context))?;
    let selection = selection(&args.only, &context.working_dir)?;
    let report = pipeline::report(&workspace, &workspace.tracking());
    let selection = among(selection, &report.facts, &workspace)?;
    let order = merge_order::found(&workspace, &report.facts, &OrderOptions::default(), args.time, context)
        .map(|order| MergeOrder { selection: selection.clone(), ..order });
    let dir = workspace.tracking_dir.as_deref().unwrap_or(Path::new(""));
    let (mut history, _) = log::read(dir, selection.filter().is_empty().then_some(MOST_ENTRIES + 1));
    history.retain(|entry| selection.has_entry(entry));
    let is_whole_history = history.len() <= MOST_ENTRIES;
    let shown: Vec<LogEntry> = history.drain(history.len().saturating_sub(MOST_ENTRIES)..).collect();
    let worst = report.findings.iter().map(|finding| finding.severity).max();
    let report = Report { selection, ..report };
    let content = PageContent {
        texts: pipeline::conflict_texts(&workspace, &report),
        report,
        order: order.map_err(|failure| failure.message().to_string()),
        history: shown,
        is_whole_history,
        made: context.timestamp(),
        now: context.now.timestamp(),
    };
    let page = render::page(&content);
    let text = match &args.output {
        None => page,
        Some(file) => {
            let file = context.working_dir.join(file);
            // a device or a link is not to be replaced by a file
            if file.symlink_metadata().is_ok_and(|found| !found.is_file()) {
                return Err(Failure::new(format!("{} is not a regular file", shown_path(&file)))
                    .help("choose another with -o FILE; without -o, the page is printed"));
            }
            put_public(&file, page.as_bytes()).map_err(|error| {
                let (why, help) = io_failure(&error.source, &file);
                let help = help.unwrap_or_else(|| {
                    "choose a file in an existing, writable folder with -o FILE".to_string()
                });
                Failure::new(format!("cannot write {}: {why}", shown_path(&file))).help(help)
            })?;
            format!("Wrote {}\n", shown_path(&file))
        }
    };
    Ok(with_troubles(Output::Page { text, worst }, &workspace))
}
