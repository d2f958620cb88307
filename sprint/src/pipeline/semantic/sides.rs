//! Who changed which sources, and who is held against whom, within limits that are told.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::git::Store;
use crate::interaction::cached_diff;
use crate::merge::{Commits, Missing, TreeDiff, diff_trees};
use crate::model::{Oid, PlaceId, SemanticAnswer, Tip, own_command};
use crate::pipeline::holds::contained;
use crate::symbols::{Family, SourceChange};

use super::{SemanticLook, SemanticScope};

/// As many source files are read of what is new in the target, for those first who left it last.
const MOST_OF_TARGET: usize = 1000;

/// As many source files are read of what terminals changed, for those first who changed least.
const MOST_OF_PLACES: usize = 10_000;

/// As many source files are read of what others changed where somebody waits, for those first who changed least.
const MOST_IN_A_HURRY: usize = 300;

/// Whose changes one side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SideOf {
    Place(PlaceId),
    /// What the target did since this commit.
    Target(Oid),
}

impl SideOf {
    pub(super) fn place(self) -> Option<PlaceId> {
        match self {
            SideOf::Place(place) => Some(place),
            SideOf::Target(_) => None,
        }
    }
}

/// Whether a tip changes source files.
pub(in crate::pipeline) fn changes_sources(tip: &Tip) -> bool {
    !sources(tip).is_empty()
}

/// The source files that a tip changed; what was renamed is gone at one path and new at another.
fn sources(tip: &Tip) -> Vec<SourceChange> {
    let changes = tip
        .changes
        .iter()
        .filter(|change| !tip.brings_nothing() && (change.old.is_some() || change.new.is_some()));
    let both = changes.flat_map(|change| match &change.from {
        Some(from) => {
            [SourceChange::new(from, change.old, None), SourceChange::new(&change.path, None, change.new)]
        }
        None => [SourceChange::new(&change.path, change.old, change.new), None],
    });
    both.flatten().collect()
}

/// What one side changed.
pub(super) struct SourceSide {
    pub of: SideOf,
    pub changed: Vec<SourceChange>,
}

/// Two sides, by their numbers, that are held against each other.
pub(super) type SidePair = [usize; 2];

/// Leaves out the pairs of these sides; how many.
fn without(pairs: &mut Vec<SidePair>, left_out: &BTreeSet<usize>) -> usize {
    let before = pairs.len();
    pairs.retain(|pair| pair.iter().all(|side| !left_out.contains(side)));
    before - pairs.len()
}

impl SemanticLook<'_> {
    /// Who changed which sources; and whether all that each of them changed is among it.
    pub(super) fn places(&self, scope: &SemanticScope<'_>) -> Result<(Vec<SourceSide>, bool), Missing> {
        let store = self.workspace.repository.store();
        let mut sides = Vec::new();
        let mut is_all = true;
        for place in 0..self.facts.tips.len() {
            let Some(tip) = self.facts.tip_at(place) else { continue };
            let mut changed = if scope.hurried { self.between_trees(&store, tip)? } else { sources(tip) };
            if scope.of == Some(place) {
                let before = changed.len();
                changed.retain(|change| scope.only.is_none_or(|only| only.contains(change.path())));
                is_all &= changed.len() == before;
            }
            if !changed.is_empty() {
                sides.push(SourceSide { of: SideOf::Place(place), changed });
            }
        }
        Ok((sides, is_all))
    }

    /// These with what the target did, and who is held against whom. Nobody is who changed none of a language that others
    /// changed.
    pub(super) fn with_target(
        &self,
        mut sides: Vec<SourceSide>,
        scope: &SemanticScope<'_>,
        found: &mut SemanticAnswer,
    ) -> Result<(Vec<SourceSide>, Vec<SidePair>), Missing> {
        let store = self.workspace.repository.store();
        let places = sides.len();
        let is_asked = |side: SideOf| scope.of.is_none_or(|of| side == SideOf::Place(of));
        let mut pairs: Vec<SidePair> = match scope.of {
            None => (0..places).flat_map(|a| (a + 1..places).map(move |b| [a, b])).collect(),
            Some(of) => {
                let asked = sides.iter().position(|side| side.of == SideOf::Place(of));
                let with = |at: usize| {
                    (0..places)
                        .filter(move |other| *other != at)
                        .map(move |other| [at.min(other), at.max(other)])
                };
                asked.into_iter().flat_map(with).collect()
            }
        };
        for at in 0..places {
            let SideOf::Place(place) = sides[at].of else { continue };
            let base = self.facts.tip_at(place).and_then(|tip| tip.base).filter(|base| *base != self.head);
            let Some(base) = base.filter(|_| is_asked(SideOf::Place(place))) else { continue };
            let of_target = match sides.iter().position(|side| side.of == SideOf::Target(base)) {
                Some(known) => known,
                None => {
                    let base_tree = store.commit(base)?.tree;
                    let changes = match scope.hurried {
                        true => self.diff(&store, base_tree, self.tree)?,
                        false => Arc::new(diff_trees(&store, base_tree, self.tree)?),
                    };
                    let changed = changes
                        .changes
                        .iter()
                        .filter_map(|one| SourceChange::new(&one.path, one.old, one.new));
                    sides.push(SourceSide { of: SideOf::Target(base), changed: changed.collect() });
                    sides.len() - 1
                }
            };
            pairs.push([of_target, at]);
        }
        let families: Vec<BTreeSet<Family>> =
            sides.iter().map(|side| side.changed.iter().map(SourceChange::family).collect()).collect();
        pairs.retain(|[a, b]| !families[*a].is_disjoint(&families[*b]));
        // what is merged of two of whom one has all commits of the other is that one
        if scope.of.is_none() {
            self.leave_out_contained(&sides, &mut pairs);
        }
        self.leave_out(&sides, &mut pairs, scope, found);
        Ok((sides, pairs))
    }

    /// Leaves out the pairs of whom one has all that the other did.
    fn leave_out_contained(&self, sides: &[SourceSide], pairs: &mut Vec<SidePair>) {
        let contained = contained(self.workspace, self.facts);
        let has_all = |above: PlaceId, below: PlaceId| {
            contained.get(&above).is_some_and(|all| all.binary_search(&below).is_ok())
                && self.facts.tip_at(below).is_some_and(Tip::is_as_committed)
        };
        pairs.retain(|pair| match pair.map(|side| sides[side].of.place()) {
            [Some(one), Some(other)] => !has_all(one, other) && !has_all(other, one),
            [None, _] | [_, None] => true,
        });
    }

    /// Leaves out those of whom too much would have to be read: of the target, for whoever left it long ago, and of others,
    /// those who changed most.
    fn leave_out(
        &self,
        sides: &[SourceSide],
        pairs: &mut Vec<SidePair>,
        scope: &SemanticScope<'_>,
        found: &mut SemanticAnswer,
    ) {
        let is_of_target = |side: usize| sides[side].of.place().is_none();
        let is_asked = |side: usize| sides[side].of.place().is_some_and(|place| scope.of == Some(place));
        let mut counted: Vec<usize> =
            pairs.iter().flatten().copied().filter(|side| !is_asked(*side)).collect();
        counted.sort_unstable_by_key(|side| (sides[*side].changed.len(), *side));
        counted.dedup();
        let beyond = |counted: &[usize], most: usize| -> BTreeSet<usize> {
            let mut files = 0;
            let mut is_beyond = |side: &usize| {
                files += sides[*side].changed.len();
                files > most
            };
            counted.iter().copied().filter(|side| is_beyond(side)).collect()
        };
        let target = &self.workspace.target.name;
        let terminals = |count| format!("{count} {}", if count == 1 { "terminal" } else { "terminals" });
        if scope.hurried {
            let left_out = beyond(&counted, MOST_IN_A_HURRY);
            without(pairs, &left_out);
            let others = left_out.iter().filter(|side| !is_of_target(**side)).count();
            let who = (others > 0).then(|| terminals(others)).into_iter();
            let who: Vec<String> = who.chain((others < left_out.len()).then(|| target.clone())).collect();
            if !who.is_empty() {
                let why = format!("more than {MOST_IN_A_HURRY} source files changed there");
                let check = own_command("check", &self.workspace.repeated);
                let text = format!("{}: {why}; {check} looks at them", who.join(" and "));
                found.not_looked_at.push(text);
            }
            return;
        }
        let (of_target, of_places): (Vec<usize>, Vec<usize>) =
            counted.into_iter().partition(|side| is_of_target(*side));
        let left_out = beyond(&of_places, MOST_OF_PLACES);
        without(pairs, &left_out);
        if !left_out.is_empty() {
            let why = format!("more than {MOST_OF_PLACES} source files changed there");
            found.not_looked_at.push(format!("{}: {why}", terminals(left_out.len())));
        }
        let count = without(pairs, &beyond(&of_target, MOST_OF_TARGET));
        if count > 0 {
            let why = format!("more than {MOST_OF_TARGET} source files changed there since");
            found.not_looked_at.push(format!("{} against {target}: {why}", terminals(count)));
        }
    }

    fn diff(&self, store: &Store, base: Oid, tip: Oid) -> Result<Arc<TreeDiff>, Missing> {
        cached_diff(self.workspace.kept.merges(), store, base, tip)
    }

    /// The source files in which the trees of a tip and its base differ.
    fn between_trees(&self, store: &Store, tip: &Tip) -> Result<Vec<SourceChange>, Missing> {
        let Some(base) = tip.base.filter(|_| !tip.brings_nothing()) else { return Ok(Vec::new()) };
        let diff = self.diff(store, store.commit(base)?.tree, tip.work_tree)?;
        Ok(diff.changes.iter().filter_map(|one| SourceChange::new(&one.path, one.old, one.new)).collect())
    }
}
