//! What keeps completed work from being merged by itself: it brings unfinished work of others along, because its commits are
//! on top of theirs, or it conflicts with the target.

use std::collections::{BTreeMap, BTreeSet};

use crate::merge::Commits;
use crate::model::{Facts, Oid, PlaceId, Terminal, Tip};

use super::Workspace;
use super::asking::ask_all;

/// For each place, the others whose commits it has all of, as far as those may not be finished.
///
/// Where nobody's work is unfinished, no commit is read.
pub(super) fn stacked(workspace: &Workspace, facts: &Facts) -> BTreeMap<PlaceId, Vec<PlaceId>> {
    let (Some(target), store) = (facts.target.head, workspace.repository.store()) else {
        return BTreeMap::new();
    };
    let open: Vec<(PlaceId, Oid, &Tip)> = (0..facts.places.len())
        .filter_map(|place| Some((place, facts.tip_at(place).filter(|tip| !tip.is_settled())?)))
        .filter_map(|(place, tip)| Some((place, tip.head?, tip)))
        .collect();
    let is_unfinished = |place: PlaceId, tip: &Tip| {
        let mut there = facts.terminals.iter().filter(|terminal| terminal.place() == Some(place));
        let is_open = |terminal: &Terminal| !terminal.sessions.is_empty() && !terminal.is_complete();
        tip.is_dirty()
            || tip.under_way.is_some()
            || there.any(is_open)
            || facts.places[place].unfinished_elsewhere().is_some()
    };
    let unfinished: Vec<_> = open.iter().filter(|(place, _, tip)| is_unfinished(*place, tip)).collect();
    let mut stacked = BTreeMap::new();
    for (place, head, tip) in &open {
        // who has all commits of another has more of them
        let mut below = unfinished.iter().filter(|(_, _, other)| other.ahead < tip.ahead).peekable();
        if below.peek().is_none() {
            continue;
        }
        // of a history that cannot be read, nothing is known
        let Ok(ancestry) = store.ancestry(*head, &[target]) else { continue };
        let below: Vec<PlaceId> =
            below.filter(|(_, head, _)| ancestry.own.contains(head)).map(|(place, ..)| *place).collect();
        if !below.is_empty() {
            stacked.insert(*place, below);
        }
    }
    stacked
}

/// The places of completed work whose commits conflict with the target.
pub(super) fn drifting(workspace: &Workspace, facts: &Facts) -> BTreeSet<PlaceId> {
    let completed = facts.terminals.iter().filter(|one| !one.sessions.is_empty() && one.is_complete());
    let places: BTreeSet<PlaceId> = completed.filter_map(Terminal::place).collect();
    let is_open = |tip: &&Tip| !tip.is_settled() && tip.behind > 0;
    let open: Vec<(PlaceId, &Tip)> =
        places.into_iter().filter_map(|place| Some((place, facts.tip_at(place).filter(is_open)?))).collect();
    let shared = workspace.kept.shared();
    let judged = ask_all(workspace, &open, &shared, |judge, _, (place, tip)| {
        let committed = judge.against_target(tip).committed;
        (*place, committed.known().is_some_and(|merged| !merged.conflicts.is_empty()))
    });
    judged.into_iter().filter(|(_, drifts)| *drifts).map(|(place, _)| place).collect()
}
