//! What keeps completed work from being merged by itself: it brings work of others along that has to wait, because its commits
//! are on top of theirs, or it conflicts with the target.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Facts, Oid, PlaceId, Terminal, Tip};

use super::Workspace;
use super::asking::ask_all;

/// For each place, the others whose commits it has all of, as far as those may have to wait: somebody registered them, or they
/// are not finished.
///
/// Where nobody's work may have to wait, no commit is read.
pub(super) fn stacked(workspace: &Workspace, facts: &Facts) -> BTreeMap<PlaceId, Vec<PlaceId>> {
    let (Some(target), store) = (facts.target.head, workspace.repository.store()) else {
        return BTreeMap::new();
    };
    let open: Vec<(PlaceId, Oid, &Tip)> = (0..facts.places.len())
        .filter_map(|place| Some((place, facts.tip_at(place).filter(|tip| !tip.is_settled())?)))
        .filter_map(|(place, tip)| Some((place, tip.head?, tip)))
        .collect();
    let registered = facts.terminals.iter().filter(|terminal| !terminal.sessions.is_empty());
    let registered: BTreeSet<PlaceId> = registered.filter_map(Terminal::place).collect();
    let may_wait = |place: PlaceId, tip: &Tip| {
        tip.is_dirty()
            || tip.under_way.is_some()
            || registered.contains(&place)
            || facts.places[place].unfinished_elsewhere().is_some()
    };
    let waiting: Vec<_> = open.iter().filter(|(place, _, tip)| may_wait(*place, tip)).collect();
    let mut stacked = BTreeMap::new();
    for (place, head, tip) in &open {
        // who has all commits of another has more of them
        let mut below = waiting.iter().filter(|(_, _, other)| other.ahead < tip.ahead).peekable();
        if below.peek().is_none() {
            continue;
        }
        // of a history that cannot be read, nothing is known
        let Ok(ancestry) = store.own_ancestry(*head, target) else { continue };
        let below: Vec<PlaceId> =
            below.filter(|(_, head, _)| ancestry.own.contains(head)).map(|(place, ..)| *place).collect();
        if !below.is_empty() {
            stacked.insert(*place, below);
        }
    }
    stacked
}

/// For each place of completed work that git is not known to merge into the target without a conflict, why not.
pub(super) fn unmergeable(workspace: &Workspace, facts: &Facts) -> BTreeMap<PlaceId, String> {
    let completed = facts.terminals.iter().filter(|one| !one.sessions.is_empty() && one.is_complete());
    let places: BTreeSet<PlaceId> = completed.filter_map(Terminal::place).collect();
    let is_open = |tip: &&Tip| !tip.is_settled() && tip.behind > 0;
    let open: Vec<(PlaceId, &Tip)> =
        places.into_iter().filter_map(|place| Some((place, facts.tip_at(place).filter(is_open)?))).collect();
    let shared = workspace.kept.shared();
    let target = &facts.target.name;
    let judged = ask_all(workspace, &open, &shared, |judge, _, (place, tip)| {
        let why = match judge.against_target(tip).committed.known() {
            Some(merged) if !merged.conflicts.is_empty() => format!("it conflicts with {target}"),
            Some(merged) if merged.is_clean() => return None,
            Some(_) | None => format!("whether it conflicts with {target} is not determined"),
        };
        Some((*place, why))
    });
    judged.into_iter().flatten().collect()
}
