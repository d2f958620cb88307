//! Why git would refuse to begin a merge: what is not committed where the target is checked out.

use crate::model::{Change, ChangeKind, Facts, RepoPath, shortened};

/// What keeps git from a merge.
#[derive(Default)]
pub(super) struct Refusals {
    /// The uncommitted paths that it would overwrite.
    pub in_the_way: Vec<RepoPath>,
    /// What to do, for people.
    pub told: Vec<String>,
}

/// What keeps git from a merge that changes these paths in the target's worktree, and what to do about it.
///
/// git merges nothing while anything is staged, and overwrites neither changed nor untracked files. A file that
/// was only deleted is written anew.
pub(super) fn refusals(facts: &Facts, touched: &[RepoPath]) -> Refusals {
    let place = (0..facts.places.len()).find(|place| facts.is_at_target(*place));
    let Some(tip) = place.and_then(|place| facts.tip_at(place)) else { return Refusals::default() };
    let is_touched = |change: &Change| touched.iter().any(|path| meet(path, change));
    let is_written = |change: &Change| {
        change.layers.untracked || change.layers.unstaged && change.kind != ChangeKind::Deleted
    };
    let staged: Vec<&Change> = tip.changes.iter().filter(|change| change.layers.staged).collect();
    let others = tip.changes.iter().filter(|change| !change.layers.staged && is_written(change));
    let others: Vec<&Change> = others.filter(|change| is_touched(change)).collect();
    let target = &facts.target.name;
    let told_staged = named(&staged).map(|paths| {
        format!("git refuses to merge while changes are staged in {target}: commit or stash {paths} first")
    });
    let told = named(&others).map(|paths| {
        format!("git refuses to overwrite what is not committed in {target}: commit or stash {paths} first")
    });
    let staged = staged.into_iter().filter(|change| is_touched(change));
    Refusals {
        in_the_way: others.into_iter().chain(staged).map(|change| change.path.clone()).collect(),
        told: told_staged.into_iter().chain(told).collect(),
    }
}

/// Whether writing a path would overwrite a changed one: the same, or one is a folder for the other.
fn meet(path: &RepoPath, change: &Change) -> bool {
    path.is_within(&change.path) || change.path.is_within(path)
}

fn named(changes: &[&Change]) -> Option<String> {
    let paths: Vec<String> = changes.iter().map(|change| change.path.to_string()).collect();
    (!paths.is_empty()).then(|| shortened(paths.into_iter()))
}
