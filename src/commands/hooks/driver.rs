//! `hooks install --merge-driver`: the configuration by which git merges tracking files with this program.

use crate::commands::failure::Failure;
use crate::git::{Repository, remove_own_driver, set_own_driver};
use crate::render::output::HooksChanged;

use super::{shown, top};

/// What the driver is called among the hooks.
const NAME: &str = "merge-driver";

pub(super) fn install(repository: &Repository) -> Result<HooksChanged, Failure> {
    if repository.has_own_driver() {
        return Ok(changed(repository, "already", "It was configured already; nothing was changed."));
    }
    set_own_driver(&top(repository))?;
    let done = "Git now merges the files that have the attribute merge=track-work by what they say. \
                Each clone needs this once; where it is missing, git merges their lines.";
    Ok(changed(repository, "made", done))
}

pub(super) fn uninstall(repository: &Repository) -> Result<HooksChanged, Failure> {
    match remove_own_driver(&top(repository))? {
        true => Ok(changed(repository, "removed", "Git merges the lines of tracking files again.")),
        false => Ok(changed(repository, "absent", "It was not configured; nothing was changed.")),
    }
}

fn changed(repository: &Repository, word: &'static str, done: &str) -> HooksChanged {
    let folder = shown(repository.common_dir(), &top(repository));
    let text = format!("merge.track-work in {folder}/config:\n{done}\n");
    HooksChanged { folder, hooks: vec![(NAME, word)], text }
}
