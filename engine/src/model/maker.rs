//! The client that made a worktree, told by the folder that it lies in.
//!
//! The folders, as the clients document them (read in November 2026): code.claude.com/docs/en/common-workflows,
//! developers.openai.com/codex/app/worktrees, cursor.com/docs/configuration/worktrees, geminicli.com/docs/cli/git-worktrees,
//! docs.conductor.build, docs.windsurf.com/windsurf/cascade/worktrees.

use std::path::{Component, Path};

use super::named::named;

named! {
    /// A client that makes worktrees in folders of its own.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum WorktreeMaker {
        /// Claude Code.
        Claude = "claude",
        /// Codex.
        Codex = "codex",
        /// Conductor.
        Conductor = "conductor",
        /// Cursor.
        Cursor = "cursor",
        /// Gemini CLI.
        Gemini = "gemini",
        /// OpenCode.
        OpenCode = "opencode",
        /// Windsurf.
        Windsurf = "windsurf",
    }
}

/// Two folders in a row above every worktree of a client: below the repository, or below the home of the user.
const FOLDERS: [(&str, &str, WorktreeMaker); 7] = [
    (".claude", "worktrees", WorktreeMaker::Claude),
    (".codex", "worktrees", WorktreeMaker::Codex),
    ("conductor", "workspaces", WorktreeMaker::Conductor),
    (".cursor", "worktrees", WorktreeMaker::Cursor),
    (".gemini", "worktrees", WorktreeMaker::Gemini),
    ("opencode", "worktree", WorktreeMaker::OpenCode),
    (".windsurf", "worktrees", WorktreeMaker::Windsurf),
];

impl WorktreeMaker {
    /// Who made the linked worktree in a folder. `codex_home`: the folder of Codex, where it is set.
    pub fn of(folder: &Path, codex_home: Option<&Path>) -> Option<WorktreeMaker> {
        let in_codex = codex_home.and_then(|home| folder.strip_prefix(home.join("worktrees")).ok());
        if in_codex.is_some_and(|rest| rest.components().next().is_some()) {
            return Some(WorktreeMaker::Codex);
        }
        let parts: Vec<&str> = folder
            .components()
            .filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_str().unwrap_or_default()),
                Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
            })
            .collect();
        // the last part is the worktree's own folder
        let above = parts.split_last()?.1;
        above.windows(2).rev().find_map(|pair| {
            FOLDERS.iter().find(|(first, second, _)| pair == [*first, *second]).map(|(_, _, maker)| *maker)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_tells_who_made_the_worktree() {
        let of = |folder: &str| WorktreeMaker::of(Path::new(folder), None).map(WorktreeMaker::name);
        assert_eq!(of("/work/shop/.claude/worktrees/bold-fox"), Some("claude"));
        assert_eq!(of("/home/ada/.cursor/worktrees/shop/x1"), Some("cursor"));
        assert_eq!(of("/home/ada/.codex/worktrees/4f2a/shop"), Some("codex"));
        assert_eq!(of("/home/ada/.windsurf/worktrees/shop"), Some("windsurf"));
        assert_eq!(of("/home/ada/conductor/workspaces/shop/tokyo"), Some("conductor"));
        assert_eq!(of("/home/ada/.local/share/opencode/worktree/ab12/brave-cabin"), Some("opencode"));
        assert_eq!(of("/home/ada/conductor/workspaces/shop/.claude/worktrees/a"), Some("claude"));
        for folder in [
            "/",
            "/work/terminal-1",
            "/work/.claude/worktrees",
            "/work/.claude/x/worktrees/y",
            "/work/worktrees/.claude/x",
        ] {
            assert_eq!(of(folder), None, "{folder}");
        }
        let home = Some(Path::new("/data/codex"));
        let codex = |folder: &str| WorktreeMaker::of(Path::new(folder), home);
        assert_eq!(codex("/data/codex/worktrees/4f2a/shop"), Some(WorktreeMaker::Codex));
        assert_eq!(codex("/data/codex/worktrees"), None);
        assert_eq!(codex("/data/codex-2/worktrees/x"), None);
    }
}
