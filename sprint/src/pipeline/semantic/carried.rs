//! One break that several meet because their commits are on top of each other: it is told of those alone whose own commits made
//! the change and the use. All others carry it.

use std::collections::BTreeMap;

use crate::model::{BreakPattern, Facts, PlaceId, RepoPath, SemanticBreak};

/// What breaks, of which places: who changed and who uses; nobody is the target.
pub(super) type PlacedBreak<'b> = ([Option<PlaceId>; 2], &'b SemanticBreak);

/// What makes two breaks the same, wherever the lines are.
type BreakIdentity<'b> = (BreakPattern, &'b str, &'b RepoPath, &'b RepoPath);

fn identity(found: &SemanticBreak) -> BreakIdentity<'_> {
    (found.pattern, &found.symbol, &found.definition.path, &found.uses.path)
}

/// These without those that somebody only carries.
pub(super) fn without_carried<'b>(facts: &Facts, all: Vec<PlacedBreak<'b>>) -> Vec<PlacedBreak<'b>> {
    let mut alike: BTreeMap<BreakIdentity<'b>, Vec<PlacedBreak<'b>>> = BTreeMap::new();
    for (sides, found) in &all {
        alike.entry(identity(found)).or_default().push((*sides, found));
    }
    let is_told = |one: &PlacedBreak<'b>| {
        let others = alike.get(&identity(one.1)).into_iter().flatten();
        !others.into_iter().any(|other| carries(facts, one, other))
    };
    all.into_iter().filter(is_told).collect()
}

/// Whether the places of one break only have what those of another one did.
fn carries(facts: &Facts, (sides, found): &PlacedBreak<'_>, (below, by): &PlacedBreak<'_>) -> bool {
    let has = |(one, other): (&Option<PlaceId>, &Option<PlaceId>)| {
        let is_below = |one: &PlaceId, other: &PlaceId| {
            facts.contained.get(one).is_some_and(|contained| contained.contains(other))
        };
        one == other || one.as_ref().zip(other.as_ref()).is_some_and(|(one, other)| is_below(one, other))
    };
    sides != below && found.confidence <= by.confidence && sides.iter().zip(below).all(has)
}
