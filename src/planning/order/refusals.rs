//! Why git would refuse to begin a merge: what is not committed where the target is checked out.

use crate::model::{Change, ChangeKind, Facts, RepoPath, shortened};

/// What keeps git from a merge that changes these paths in the target's worktree, and what to do about it.
///
/// git merges nothing while anything is staged, and overwrites neither changed nor untracked files. A file that
/// was only deleted is written anew.
pub(super) fn refusals(facts: &Facts, touched: &[RepoPath]) -> Vec<String> {
    let place = (0..facts.places.len()).find(|place| facts.is_at_target(*place));
    let Some(tip) = place.and_then(|place| facts.tip_at(place)) else { return Vec::new() };
    let staged = tip.changes.iter().filter(|change| change.layers.staged);
    let in_the_way = tip.changes.iter().filter(|change| {
        let layers = change.layers;
        let is_written = layers.untracked || layers.unstaged && change.kind != ChangeKind::Deleted;
        is_written && !layers.staged && touched.iter().any(|path| meet(path, change))
    });
    let target = &facts.target.name;
    let staged = named(staged).map(|paths| {
        format!("git refuses to merge while changes are staged in {target}: commit or stash {paths} first")
    });
    let in_the_way = named(in_the_way).map(|paths| {
        format!("git refuses to overwrite what is not committed in {target}: commit or stash {paths} first")
    });
    staged.into_iter().chain(in_the_way).collect()
}

/// Whether writing a path would overwrite a changed one: the same, or one is a folder for the other.
fn meet(path: &RepoPath, change: &Change) -> bool {
    path.is_within(&change.path) || change.path.is_within(path)
}

fn named<'a>(changes: impl Iterator<Item = &'a Change>) -> Option<String> {
    let paths: Vec<String> = changes.map(|change| change.path.to_string()).collect();
    (!paths.is_empty()).then(|| shortened(paths.into_iter()))
}
