//! What keeps completed work from being merged by itself: it brings work of others along, because its commits are on
//! top of theirs, or it conflicts with the target.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;

use crate::model::{Facts, Oid, PlaceId, Terminal, Tip};

use super::Workspace;
use super::asking::ask_all;

/// For each place, the others whose commits it has all of, and more.
pub(super) fn contained(workspace: &Workspace, facts: &Facts) -> BTreeMap<PlaceId, Vec<PlaceId>> {
    let (Some(target), store) = (facts.target.head, workspace.repository.store()) else {
        return BTreeMap::new();
    };
    let open = (0..facts.places.len())
        .filter_map(|place| Some((place, facts.tip_at(place).filter(|tip| !tip.is_settled())?)))
        .filter_map(|(place, tip)| Some((place, tip.head?, tip)));
    let open: Vec<(PlaceId, Oid, &Tip)> = open.collect();
    let mut at_head: HashMap<Oid, Vec<PlaceId>> = HashMap::default();
    for (place, head, _) in &open {
        at_head.entry(*head).or_default().push(*place);
    }
    let least = open.iter().map(|(_, _, tip)| tip.ahead).min().unwrap_or(0);
    let mut contained = BTreeMap::new();
    // who has all commits of another has more of them
    for (place, head, _) in open.iter().filter(|(_, _, tip)| tip.ahead > least) {
        // of a history that cannot be read, nothing is known
        let Ok(ancestry) = store.own_ancestry(*head, target) else { continue };
        let below = ancestry.own.iter().filter(|own| *own != head).filter_map(|own| at_head.get(own));
        let mut below: Vec<PlaceId> = below.flatten().copied().collect();
        below.sort_unstable();
        if !below.is_empty() {
            contained.insert(*place, below);
        }
    }
    contained
}

/// For each place of completed work that git is not known to merge into the target without a conflict, why not.
pub(super) fn unmergeable(workspace: &Workspace, facts: &Facts) -> BTreeMap<PlaceId, String> {
    let completed = facts.terminals.iter().filter(|one| !one.sessions.is_empty() && one.is_complete());
    let places: BTreeSet<PlaceId> = completed.filter_map(Terminal::place).collect();
    let is_open = |tip: &&Tip| !tip.is_settled() && tip.behind > 0;
    let open: Vec<(PlaceId, &Tip)> =
        places.into_iter().filter_map(|place| Some((place, facts.tip_at(place).filter(is_open)?))).collect();
    against_target(workspace, facts, &open)
}

/// The same of the completed terminals, by their index, whose work is a part of what their place has committed.
pub(super) fn unmergeable_parts(workspace: &Workspace, facts: &Facts) -> BTreeMap<usize, String> {
    let terminals = facts.terminals.iter().enumerate();
    let open = terminals.filter(|(_, one)| one.own.is_some() && one.is_complete()).filter_map(|(at, one)| {
        let part = facts.part(one).filter(|tip| !tip.is_settled() && tip.behind > 0)?;
        Some((at, part))
    });
    against_target(workspace, facts, &open.collect::<Vec<_>>())
}

/// Which of these git is not known to merge into the target without a conflict, and why not.
fn against_target<K: Copy + Ord + Send + Sync>(
    workspace: &Workspace,
    facts: &Facts,
    open: &[(K, &Tip)],
) -> BTreeMap<K, String> {
    let shared = workspace.kept.shared();
    let target = &facts.target.name;
    let judged = ask_all(workspace, open, &shared, |judge, _, (key, tip)| {
        let why = match judge.against_target(tip).committed.known() {
            Some(merged) if !merged.conflicts.is_empty() => format!("it conflicts with {target}"),
            Some(merged) if merged.is_clean() => return None,
            Some(_) | None => format!("whether it conflicts with {target} is not determined"),
        };
        Some((*key, why))
    });
    judged.into_iter().flatten().collect()
}
