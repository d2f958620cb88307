//! Why git would refuse to begin a merge where the target is checked out.

use crate::model::{Change, ChangeKind, Facts, Layers, RepoPath, TargetCheckout, shortened, shown_path};

/// What keeps git from a merge.
#[derive(Default)]
pub(super) struct Refusals {
    /// The uncommitted paths that it would overwrite.
    pub in_the_way: Vec<RepoPath>,
    /// Those of them that git was told not to compare.
    pub not_compared: Vec<RepoPath>,
    /// What to do, for people.
    pub told: Vec<String>,
}

/// What keeps git from a merge that changes these paths in the target's worktree, and what to do about it; or
/// what git does so that it is kept from nothing.
///
/// git merges nothing while anything is staged or announced, and overwrites neither changed nor untracked files, nor
/// those that it was told not to compare. A file that was only deleted is written anew.
pub(super) fn refusals(facts: &Facts, checkout: &TargetCheckout, touched: &[RepoPath]) -> Refusals {
    let target = &facts.target.name;
    let locks = checkout.locks.iter().map(|lock| {
        let lock = shown_path(lock);
        format!(
            "git cannot merge while {lock} exists: wait until the other git ends; if none runs, remove it"
        )
    });
    let announced = listed(checkout.announced.iter()).map(|paths| {
        format!("git refuses to merge while files are only announced in {target} (git add --intent-to-add): commit {paths} or take them back (git rm --cached) first")
    });
    let is_touched = |path: &RepoPath| touched.iter().any(|other| other.meets(path));
    let hidden: Vec<&RepoPath> = checkout.hidden.iter().filter(|path| is_touched(path)).collect();
    let told_hidden = listed(hidden.iter().copied()).map(|paths| {
        format!("git refuses to overwrite files in {target} that it was told not to compare (git update-index --assume-unchanged or --skip-worktree): undo that for {paths}, and commit or stash them first")
    });
    let mut found: Vec<String> = locks.chain(announced).chain(told_hidden).collect();
    let not_compared: Vec<RepoPath> = hidden.into_iter().cloned().collect();
    let mut in_the_way = not_compared.clone();
    let place = (0..facts.places.len()).find(|place| facts.is_at_target(*place));
    let Some(tip) = place.and_then(|place| facts.tip_at(place)) else {
        return Refusals { in_the_way, not_compared, told: found };
    };
    let is_staged = |change: &&Change| change.layers.staged;
    let is_changed = |change: &&Change| {
        change.layers.unstaged && change.kind != ChangeKind::Deleted && !change.layers.staged
    };
    let is_untracked = |change: &&Change| change.layers.untracked && !change.layers.staged;
    let of = |chosen: &dyn Fn(&&Change) -> bool| -> Vec<&RepoPath> {
        tip.changes.iter().filter(chosen).map(|change| &change.path).collect()
    };
    let overwritten = of(&|change| {
        (is_staged(change) || is_changed(change) || is_untracked(change)) && is_touched(&change.path)
    });
    in_the_way.extend(overwritten.into_iter().cloned());
    let (kept, staged) = match checkout.stashes {
        true => (tip.changes.iter().filter_map(stashed).collect(), Vec::new()),
        false => (Vec::new(), of(&is_staged)),
    };
    let changed = of(&|change| is_changed(change) && !checkout.stashes && is_touched(&change.path));
    let untracked = of(&|change| is_untracked(change) && is_touched(&change.path));
    found.extend(listed(kept.into_iter()).map(|paths| {
        format!("git stashes what is not committed in {target} ({paths}) and applies it again after the merge (merge.autoStash): where that conflicts, resolve it before the next step")
    }));
    found.extend(listed(staged.into_iter()).map(|paths| {
        format!("git refuses to merge while changes are staged in {target}: commit or stash {paths} first")
    }));
    found.extend(listed(changed.into_iter()).map(|paths| {
        format!("git refuses to overwrite what is not committed in {target}: commit or stash {paths} first")
    }));
    found.extend(listed(untracked.into_iter()).map(|paths| {
        format!("git refuses to overwrite untracked files in {target}: commit, move or stash (git stash --include-untracked) {paths} first")
    }));
    Refusals { in_the_way, not_compared, told: found }
}

/// The path at which `git stash` takes a change away; of a file that was moved without git, that is the old one.
fn stashed(change: &Change) -> Option<&RepoPath> {
    match change.layers {
        Layers { staged: true, .. } => Some(&change.path),
        Layers { unstaged: true, untracked: true, .. } => change.from.as_ref(),
        Layers { unstaged, .. } => unstaged.then_some(&change.path),
    }
}

fn listed<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Option<String> {
    let paths: Vec<String> = paths.map(ToString::to_string).collect();
    (!paths.is_empty()).then(|| shortened(paths.into_iter()))
}
