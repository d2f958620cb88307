//! `status`: the picture, read-only.

use std::mem::ManuallyDrop;

use crate::cli::Global;
use crate::commands::failure::Failure;
use crate::context::Context;
use crate::pipeline::{self, Workspace};
use crate::render::Output;
use crate::render::output::StatusReport;

use super::{Reply, open_options};

pub(super) fn run(global: &Global, context: &Context) -> Result<Reply, Failure> {
    // the process ends with this answer; to take everything down before takes some percent of its time
    let workspace = ManuallyDrop::new(Workspace::open(&open_options(global, context))?);
    let report = pipeline::report(&workspace, &workspace.tracking());
    let output = Output::Status(Box::new(StatusReport { report, now: context.now.timestamp() }));
    Ok(Reply { notes: workspace.notes(), ..output.into() })
}
