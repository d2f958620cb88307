//! `status`: the picture, read-only.

use std::mem::ManuallyDrop;

use crate::cli::Global;
use crate::context::Context;
use crate::error::Failure;
use crate::pipeline::{self, Workspace};
use crate::render;

use super::{Answer, found, is_json, json_text, open_options, style};

pub(super) fn run(global: &Global, context: &Context) -> Result<Answer, Failure> {
    // the process ends with this answer; to take everything down before takes some percent of its time
    let workspace = ManuallyDrop::new(Workspace::open(&open_options(global, context))?);
    let report = ManuallyDrop::new(pipeline::report(&workspace, &workspace.tracking()));
    let text = match is_json(global) {
        true => json_text(&render::json::status(&report)),
        false => render::status::status(&report, style(global, context), context.now.timestamp()),
    };
    Ok(Answer { found: found(&report, global), notes: workspace.notes(), ..Answer::clean(text) })
}
