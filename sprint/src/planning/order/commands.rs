//! What to type, and where.

use crate::model::{Facts, MergePlace, Place, TargetCheckout, shell_folder, shell_word};

use super::{OrderQuestion, Unit};

/// Where the target is checked out, and how to get there where it is not: by a switch in a main worktree where
/// nothing stands in the way of that, otherwise in a worktree of its own.
pub(super) fn place(facts: &Facts, checkout: &TargetCheckout) -> MergePlace {
    let target = &facts.target;
    let branch = target.branch();
    let holds = |place: &&Place| target.is_at(place);
    let mut places = facts.places.iter().filter(holds);
    if places.clone().any(|place| place.main && place.worktree.is_none()) {
        return MergePlace::Main;
    }
    match places.find_map(|place| Some((place.worktree.clone()?, place.main))) {
        Some((_, true)) => return MergePlace::Main,
        Some((top, false)) => return MergePlace::Linked(top),
        None => {}
    }
    let moved =
        facts.places.iter().filter(holds).find_map(|place| Some((place.repair()?, place.moved.clone()?)));
    if let Some((command, top)) = moved {
        return MergePlace::New { command, top };
    }
    let is_deleted = facts.places.iter().any(|place| holds(&place) && !place.deleted.is_empty());
    // git takes a branch for checked out in a worktree that was deleted
    let prune = if is_deleted { "git worktree prune && " } else { "" };
    let name = shell_word(branch.unwrap_or(&target.name));
    let detach = if branch.is_some() { "" } else { "--detach " };
    if can_switch(facts, checkout) {
        return MergePlace::Nowhere(format!("{prune}git switch {detach}{name}"));
    }
    let top = checkout.free_folder.clone();
    let command = format!("{prune}git worktree add {detach}{} {name}", shell_folder(&top));
    MergePlace::New { command, top }
}

/// Whether another branch can be checked out in the main worktree.
fn can_switch(facts: &Facts, checkout: &TargetCheckout) -> bool {
    let TargetCheckout { hidden, announced, locks, .. } = checkout;
    let main = facts.places.iter().position(|place| place.main && place.worktree.is_some());
    let tip = main.and_then(|main| facts.tip_at(main));
    let is_unseen = !hidden.is_empty() || !announced.is_empty() || !locks.is_empty();
    !is_unseen && tip.is_some_and(|tip| !tip.is_dirty() && tip.under_way.is_none())
}

/// What `git merge` is given where the target is checked out.
pub(super) fn arguments(question: &OrderQuestion<'_>, checkout: &TargetCheckout, unit: &Unit) -> Vec<String> {
    let facts = question.facts;
    let unrelated = facts.tips[unit.place].known().is_some_and(|tip| tip.is_unrelated_to(&facts.target));
    let flag = unrelated.then_some("--allow-unrelated-histories");
    let flags = std::iter::once("--no-ff").chain(checkout.overrides.iter().copied()).chain(flag);
    flags.map(str::to_string).chain([unit.word.clone()]).collect()
}

/// The word for a unit's commit that `git merge` is given, and calls it by where it moves a path aside.
pub(super) fn word(question: &OrderQuestion<'_>, unit: &Unit) -> String {
    let facts = question.facts;
    match &unit.branch {
        Some(branch) if (question.is_ambiguous)(branch) => {
            format!("refs/heads/{branch}")
        }
        Some(branch) => branch.clone(),
        None if !unit.is_part
            && let Some(elsewhere) = &facts.places[unit.place].elsewhere
            && elsewhere.shared.is_none() =>
        {
            elsewhere.reference.clone()
        }
        None if unit.is_part => unit.head.to_string(),
        // the head itself: a merge in progress has no commit yet
        None => {
            let head = facts.tip_at(unit.place).and_then(|tip| tip.head);
            head.unwrap_or(unit.head).to_string()
        }
    }
}
