//! What to type, and where.

use crate::model::{Facts, MergePlace, Place, shell_word};

use super::{OrderQuestion, Unit};

/// Where the target is checked out, and how to get there where it is not.
pub(super) fn place(facts: &Facts) -> MergePlace {
    let target = &facts.target;
    let branch = target.reference.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
    let holds = |place: &&Place| branch.is_some() && place.branch.as_deref() == branch;
    let mut places = facts.places.iter().filter(holds);
    let is_deleted = facts.places.iter().any(|place| holds(&place) && !place.deleted.is_empty());
    // git takes a branch for checked out in a worktree that was deleted
    let prune = if is_deleted { "git worktree prune && " } else { "" };
    match (places.find_map(|place| Some((place.worktree.clone()?, place.main))), branch) {
        (Some((_, true)), _) => MergePlace::Main,
        (Some((top, false)), _) => MergePlace::Linked(top),
        (None, Some(branch)) => MergePlace::Nowhere(format!("{prune}git switch {}", shell_word(branch))),
        (None, None) => MergePlace::Nowhere(format!("git switch --detach {}", shell_word(&target.name))),
    }
}

/// What `git merge` is given where the target is checked out.
pub(super) fn arguments(question: &OrderQuestion<'_>, unit: &Unit) -> Vec<String> {
    let facts = question.facts;
    let what = match &unit.branch {
        Some(branch) if (question.is_ambiguous)(branch) => {
            format!("refs/heads/{branch}")
        }
        Some(branch) => branch.clone(),
        None if unit.is_part => unit.head.to_string(),
        // the head itself: a merge in progress has no commit yet
        None => {
            let head = facts.tip_at(unit.place).and_then(|tip| tip.head);
            head.unwrap_or(unit.head).to_string()
        }
    };
    let unrelated = facts.tips[unit.place].known().is_some_and(|tip| tip.is_unrelated_to(&facts.target));
    let flag = unrelated.then(|| "--allow-unrelated-histories".to_string());
    std::iter::once("--no-ff".to_string()).chain(flag).chain([what]).collect()
}
