//! What keeps an agent from running the hooks that are in its settings.

use std::path::Path;

use crate::context::Context;
use crate::git::ignored;
use crate::hooks::agents::{Agent, AgentFiles};
use crate::model::{RepoPath, shown_path};

use super::shown;

/// What keeps an agent from running its hooks.
pub(in crate::commands) struct Obstacle {
    /// The fact.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// What keeps an agent from running hooks that are in a file, here or in other worktrees.
pub(in crate::commands) fn obstacles(settings: &AgentFiles, path: &Path, context: &Context) -> Vec<Obstacle> {
    let top = settings.top;
    let mut found = Vec::new();
    if let Some((setting, file)) = settings.switched_off(context.claude_dir.as_deref()) {
        let file = shown(&file, top);
        found.push(Obstacle {
            what: format!("{setting} in {file} keeps {} from running any hook", settings.agent.title()),
            fix: format!("remove {setting} from {file}"),
        });
    }
    if let Some(event) = settings.unknown_event(path) {
        let file = shown(path, top);
        found.push(Obstacle {
            what: format!("Claude Code ignores {file} if it does not know the event {event:?}"),
            fix: format!("remove {event:?} from {file}, or check its name"),
        });
    }
    found.extend(skipped(settings));
    if is_ignored(settings, path) {
        let file = settings.agent.file();
        let every = format!("track-work hooks install --agent {0}", settings.agent.name());
        let local = if settings.agent == Agent::Claude {
            format!("\n{every} --local   # or once for all")
        } else {
            String::new()
        };
        found.push(Obstacle {
            what: format!("git ignores {file}, so other worktrees do not get it"),
            fix: format!("{every}   # in each worktree{local}"),
        });
    }
    found
}

/// That Codex skips a worktree.
pub(super) fn skipped(settings: &AgentFiles) -> Option<Obstacle> {
    settings.is_skipped().then(|| Obstacle {
        what: format!("{} has no folder .codex, so Codex runs no hooks there", shown_path(settings.top)),
        fix: "commit .codex in the main checkout and merge it".to_string(),
    })
}

/// Whether git ignores the file, so that it cannot be committed.
pub(super) fn is_ignored(settings: &AgentFiles, path: &Path) -> bool {
    let file = settings.agent.file();
    let top = path.ancestors().find(|folder| folder.join(file) == path);
    top.is_some_and(|top| !ignored(top, &[RepoPath::from(file)]).is_empty())
}
