//! `status`: the picture, read-only.

use crate::cli::{Global, StatusArgs};
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::model::Report;
use crate::pipeline::{self, Workspace};
use crate::render::Output;
use crate::render::output::{PairsListed, StatusReport};

use super::selected::{among, selection};
use super::{Reply, open_options};

pub(super) fn run(
    args: &StatusArgs,
    global: &Global,
    context: &Context,
    close: fn(Workspace),
) -> Result<Reply, Failure> {
    let workspace = Workspace::open(&open_options(global, context))?;
    let selection = selection(&args.only, &context.working_dir)?;
    let report = pipeline::report(&workspace, &workspace.tracking());
    let report = Report { selection: among(selection, &report.facts, &workspace)?, ..report };
    let listed = if args.all_pairs { PairsListed::All } else { PairsListed::WithMore };
    let output = Output::Status(Box::new(StatusReport { report, listed, now: context.now.timestamp() }));
    let notes = workspace.notes();
    close(workspace);
    Ok(Reply { notes, ..output.into() })
}
