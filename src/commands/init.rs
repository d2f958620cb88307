//! `init`: makes the tracking directory, and offers the hooks.

use serde_json::json;

use crate::cli::{self, Global, Writing};
use crate::config;
use crate::context::Context;
use crate::error::Failure;
use crate::git::Repository;
use crate::hooks::{GitHook, HookState, state};
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
        false => format!("{shown}/ already exists; nothing was changed.\n"),
    };
    let next = "Next: track-work register        register a terminal's session\n      track-work status          show every terminal, registered or not\n";
    let hooks = hooks(&writer, global, context)?;
    Ok(Answer::clean(format!("{first}{next}{hooks}")))
}

/// Offers the hooks where they are not installed: asks where somebody can answer, else says how.
fn hooks(writer: &Writer, global: &Global, context: &Context) -> Result<String, Failure> {
    let repository = &writer.workspace.repository;
    // a git that does not answer is no reason for `init` to fail
    if offered(repository).unwrap_or(false) {
        if context.interactive && asked() {
            let args = cli::HooksInstall { agents: Vec::new(), stop: false, force: false };
            return Ok(super::hooks::install(&args, repository, global, context)?.text);
        }
        return Ok("      track-work hooks install   warn each terminal before it commits\n".to_string());
    }
    Ok(String::new())
}

/// Whether there is a hook that could be installed.
fn offered(repository: &Repository) -> Result<bool, Failure> {
    let place = super::hooks::place_of(repository, &super::hooks::top(repository))?;
    let absent = |hook| matches!(state(&place.folder, hook), Ok(HookState::Absent | HookState::Foreign));
    Ok(GitHook::ALL.into_iter().any(absent))
}

fn asked() -> bool {
    let question = "Install git hooks that warn each terminal before it commits?";
    // whoever gives up a question does not want it
    inquire::Confirm::new(question).with_default(false).prompt().unwrap_or(false)
}
