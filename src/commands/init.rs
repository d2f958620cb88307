//! `init`: makes the tracking directory, and offers the hooks.

use crate::cli::{self, Global, Writing};
use crate::commands::asking::ask_person;
use crate::commands::failure::Failure;
use crate::config;
use crate::context::Context;
use crate::git::Repository;
use crate::hooks::{GitHook, HookState, state};
use crate::render::Output;
use crate::render::output::{HooksOffer, Initialized};
use crate::stories;
use crate::tracking;

use super::Reply;
use super::writing::Writer;

/// Which driver merges the files beside it, where the configuration knows that driver.
const ATTRIBUTES: &str = "# what they say is merged, after: track-work hooks install --merge-driver\n\
                          *.yaml merge=track-work\n";

pub(super) fn run(
    args: &Writing,
    global: &Global,
    context: &Context,
    may_ask: bool,
) -> Result<Reply, Failure> {
    let writer = Writer::create(args.owner.as_deref(), global, context)?;
    writer.lock()?;
    let mut made = Vec::new();
    let files = [
        ("config.yaml", config::TEMPLATE),
        (stories::TEMPLATE, stories::TEMPLATE_TEXT),
        (".gitattributes", ATTRIBUTES),
    ];
    for (name, text) in files {
        let path = writer.dir().join(name);
        if path.symlink_metadata().is_err() {
            tracking::write_new(&path, text)?;
            made.push(name);
        }
    }
    let shown = writer.shown("");
    let dir = shown.trim_end_matches('/').to_string();
    let hooks = hooks(&writer.workspace.repository, may_ask)?;
    let merges_by_lines = !writer.workspace.repository.has_own_driver();
    Ok(Output::Initialized(Initialized { dir, made, hooks, merges_by_lines }).into())
}

/// Offers the hooks if they are not installed: asks if it may, otherwise shows how.
fn hooks(repository: &Repository, may_ask: bool) -> Result<HooksOffer, Failure> {
    // a git that does not answer is no reason for `init` to fail
    if !offered(repository).unwrap_or(false) {
        return Ok(HooksOffer::None);
    }
    Ok(if may_ask && asked() {
        let args = cli::HooksInstall::default();
        HooksOffer::Installed(super::hooks::install(&args, repository)?)
    } else {
        HooksOffer::Hint
    })
}

/// Whether there is a hook that could be installed.
fn offered(repository: &Repository) -> Result<bool, Failure> {
    let place = super::hooks::place_of(repository, &super::hooks::top(repository))?;
    let absent = |hook| matches!(state(&place.folder, hook), Ok(HookState::Absent | HookState::Foreign));
    Ok(GitHook::ALL.into_iter().any(absent))
}

fn asked() -> bool {
    let question = "Install git hooks that warn each terminal before it commits?";
    // cancelling means no
    ask_person(|| inquire::Confirm::new(question).with_default(false).prompt()).unwrap_or(false)
}
