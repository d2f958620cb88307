//! `init`: makes the tracking directory.

use serde_json::json;

use crate::cli::{Global, Writing};
use crate::config;
use crate::context::Context;
use crate::error::Failure;
use crate::render::json::SCHEMA;
use crate::tracking;

use super::writing::Writer;
use super::{Answer, is_json};

pub(super) fn run(args: &Writing, global: &Global, context: &Context) -> Result<Answer, Failure> {
    let writer = Writer::create(args.owner.as_deref(), global, context)?;
    let path = writer.dir().join("config.yaml");
    let new = !path.exists();
    if new {
        tracking::write_new(&path, config::TEMPLATE)?;
    }
    let shown = writer.shown("");
    let shown = shown.trim_end_matches('/');
    if is_json(global) {
        return Ok(Answer::json(&json!({"schema": SCHEMA, "tracking_dir": shown, "created": new})));
    }
    let first = match new {
        true => format!("Created {shown}/ with config.yaml.\n"),
        false => format!("{shown}/ is there already; nothing was changed.\n"),
    };
    let next = "Next: track-work register   adds a terminal's session\n      track-work status     shows every terminal, registered or not\n";
    Ok(Answer::clean(format!("{first}{next}")))
}
