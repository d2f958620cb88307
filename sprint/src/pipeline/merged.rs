//! What of each place's commits is in the target, though not in its history.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::git::Store;
use crate::interaction::{Brought, Judge, Shared};
use crate::merge::{Commits, Missing};
use crate::model::{MergedWork, PlaceId, Terminal, Tip};

use super::Workspace;
use super::asking::ask_all;
use super::own_work::own_view;

/// Tells of these tips which part of their commits is in the target: by what the last synchronization saw, by
/// the tree that merging would make, or by patch. That part is none of their changes. Where it cannot be told,
/// nothing is taken for merged. Whether anything was.
pub(super) fn mark_merged<'t>(
    workspace: &Workspace,
    terminals: &[Terminal],
    tips: impl Iterator<Item = (PlaceId, &'t mut Tip)>,
) -> bool {
    mark_merged_with(workspace, terminals, tips, &workspace.kept.shared())
}

/// The same, with what others have worked out.
pub(super) fn mark_merged_with<'t>(
    workspace: &Workspace,
    terminals: &[Terminal],
    tips: impl Iterator<Item = (PlaceId, &'t mut Tip)>,
    shared: &Arc<Shared>,
) -> bool {
    let is_open = |tip: &Tip| tip.merged.is_none() && !tip.contained && tip.ahead > 0;
    let mut open: Vec<(PlaceId, &mut Tip)> = tips.filter(|(_, tip)| is_open(tip)).collect();
    let questions: Vec<(usize, PlaceId, &Tip)> =
        open.iter().enumerate().map(|(at, (place, tip))| (at, *place, &**tip)).collect();
    let mut seen: BTreeMap<PlaceId, MergedWork> = BTreeMap::new();
    for terminal in terminals {
        let merged = terminal.says(|session| session.seen_merged);
        if let Some((place, merged)) = terminal.place().zip(merged) {
            seen.entry(place).or_insert(merged);
        }
    }
    let marks = ask_all(workspace, &questions, shared, |judge, store, (at, place, tip)| {
        let seen = seen.get(place).copied();
        (*at, marked(workspace, judge, store, tip, seen).unwrap_or_default())
    });
    let mut is_any = false;
    for (at, marked) in marks.into_iter().filter_map(|(at, marked)| Some((at, marked?))) {
        *open[at].1 = marked;
        is_any = true;
    }
    is_any
}

/// The tip with what is merged of it, if anything is. `seen`: what was merged when it was last seen.
fn marked(
    workspace: &Workspace,
    judge: &Judge,
    store: &Store,
    tip: &Tip,
    seen: Option<MergedWork>,
) -> Result<Option<Tip>, Missing> {
    // what is in the target's history is no part of its commits
    let is_own = |commit| workspace.repository.is_in_target(commit, &workspace.target) == Some(false);
    let is_part = |seen: &MergedWork| match tip.head {
        Some(head) => {
            let is_in = |base| store.merge_bases(head, &[base]).is_ok_and(|found| found == [base]);
            seen.head == head || is_in(seen.head) && is_own(seen.head)
        }
        None => false,
    };
    let seen = seen.filter(is_part);
    let merged = if seen.is_some_and(|seen| Some(seen.head) == tip.head) {
        seen
    } else {
        match (judge.brought(tip)?, seen, tip.head) {
            // it took the target in again after it was merged
            (Brought::Nothing, Some(seen), Some(head)) => Some(MergedWork { head, ..seen }),
            (Brought::Nothing, ..) => return Ok(Some(Tip { idle: true, ..tip.clone() })),
            (Brought::Changes(merged), ..) => merged.or(seen),
        }
    };
    let Some(merged) = merged else { return Ok(None) };
    let ground = store.commit(merged.head)?.tree;
    let own = own_view(store, tip, ground, &workspace.options, &|_| true)?;
    Ok(Some(Tip { merged: Some(merged), ..own }))
}
