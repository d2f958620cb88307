//! What is in progress in a worktree, by the state files that git leaves in its git folder.

use std::fs;
use std::path::Path;

use crate::files;
use crate::model::{Oid, UnderWay, UnderWayKind};

use super::admin;
use super::listed::FolderNames;
use super::references::References;

/// What is in progress in the worktree with this git folder; what is unresolved is not known here.
/// `names`: what is directly in it, where that was listed. `count_since`: how many commits were made since one.
pub(super) fn under_way(
    references: &References,
    git_dir: &Path,
    names: Option<&FolderNames>,
    count_since: &dyn Fn(Oid) -> Option<usize>,
) -> Option<UnderWay> {
    let is_there = |file: &str| fs::symlink_metadata(git_dir.join(file)).is_ok();
    let has = |file: &str| names.map_or_else(|| is_there(file), |names| names.has(file));
    let number =
        |file: &str| files::read_text(&git_dir.join(file), files::MOST_OF_GIT).ok()?.trim().parse().ok();
    let begun = |kind, steps: [Option<usize>; 2], merging| {
        let [step, of] = steps;
        let branch = branch(references, git_dir);
        UnderWay { kind, step, of, branch, merging, unresolved: Vec::new() }
    };
    if has("rebase-merge") {
        let steps = [number("rebase-merge/msgnum"), number("rebase-merge/end")];
        return Some(begun(UnderWayKind::Rebase, steps, Vec::new()));
    }
    if has("rebase-apply") {
        let applying = is_there("rebase-apply/applying");
        let kind = if applying { UnderWayKind::Am } else { UnderWayKind::Rebase };
        let steps = [number("rebase-apply/next"), number("rebase-apply/last")];
        return Some(begun(kind, steps, Vec::new()));
    }
    if has("MERGE_HEAD") {
        return Some(begun(UnderWayKind::Merge, [None, None], merge_heads(git_dir)));
    }
    let picked = [("CHERRY_PICK_HEAD", UnderWayKind::CherryPick), ("REVERT_HEAD", UnderWayKind::Revert)];
    let has_pseudo = |name: &str| match (references, names) {
        (References::Files(_), Some(names)) => names.has(name),
        (References::Files(_) | References::Program(_), _) => references.has_pseudo(git_dir, name),
    };
    let picked = picked.iter().find(|(name, _)| has_pseudo(name)).map(|(_, kind)| *kind);
    let todo = if has("sequencer") { todo(git_dir) } else { None };
    if let Some(kind) = picked.or(todo.as_ref().map(|(kind, _)| *kind)) {
        let steps = todo.and_then(|(_, left)| {
            let start = files::read_text(&git_dir.join("sequencer/head"), files::MOST_OF_GIT)
                .ok()?
                .trim()
                .parse()
                .ok()?;
            let done = count_since(start)?;
            // the one that was committed by hand stays on the list until it is continued
            let done = if picked.is_some() { done } else { done.saturating_sub(1) };
            Some([Some(done + 1), Some(done + left)])
        });
        return Some(begun(kind, steps.unwrap_or_default(), Vec::new()));
    }
    has("BISECT_LOG").then(|| begun(UnderWayKind::Bisect, [None, None], Vec::new()))
}

/// The commits that are being merged in a worktree.
pub(super) fn merge_heads(git_dir: &Path) -> Vec<Oid> {
    let text = files::read_text(&git_dir.join("MERGE_HEAD"), files::MOST_OF_GIT).unwrap_or_default();
    text.lines().filter_map(|line| line.trim().parse().ok()).collect()
}

/// What the sequencer does, and how many commits are left, the current one included.
fn todo(git_dir: &Path) -> Option<(UnderWayKind, usize)> {
    let text = files::read_text(&git_dir.join("sequencer/todo"), files::MOST_OF_GIT).ok()?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let first = lines.next()?;
    let kind = match first.split(' ').next()? {
        "pick" | "p" => UnderWayKind::CherryPick,
        "revert" => UnderWayKind::Revert,
        _ => return None,
    };
    Some((kind, 1 + lines.count()))
}

fn branch(references: &References, git_dir: &Path) -> Option<String> {
    let full = match references.head(git_dir).ok()? {
        admin::Head::Reference(name) => Some(name),
        admin::Head::Detached(_) => admin::branch_under_way(git_dir),
    };
    Some(full?.strip_prefix("refs/heads/")?.to_string())
}
