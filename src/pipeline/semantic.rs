//! What merges without a conflict and breaks: of every two places, and of each with what is new in the target.
//!
//! What a side did to definitions is read from the parts of its files that changed; who mentions anew what another side lost
//! is found by an index of names. The merges of these few alone are made, and their sources read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::git::Store;
use crate::interaction::Shared;
use crate::merge::diff::diff_trees;
use crate::merge::{Commits, Missing, merge_commits};
use crate::model::{
    ConflictPath, Facts, MergeOutcome, MergedTrees, Oid, PlaceId, Reason, RepoPath, SemanticAnswer,
    SemanticBreak, SemanticClash, SemanticClashes, SemanticJudgement, SemanticPair, SemanticQuestion,
    SemanticTip, Tip,
};
use crate::symbols::{Family, SideSources, SourceChange, SourceTable, judge_sides, names_asked};

use super::Workspace;
use super::asking::ask_all;

/// More merges than this are not looked at.
const MOST_MERGES: usize = 500;

/// As many source files are read of what is new in the target, for those first who left it last.
const MOST_OF_TARGET: usize = 1000;

/// As many source files are read of what terminals changed, for those first who changed least.
const MOST_OF_PLACES: usize = 10_000;

/// As many source files are read of what others changed where somebody waits, for those first who changed least.
const MOST_IN_A_HURRY: usize = 300;

/// Whose changes one side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SideOf {
    Place(PlaceId),
    /// What the target did since this commit.
    Target(Oid),
}

/// What is looked at; by default everything.
#[derive(Default)]
pub(super) struct SemanticScope<'a> {
    /// The place that has a part in it.
    pub of: Option<PlaceId>,
    /// The paths of that place that count.
    pub only: Option<&'a BTreeSet<RepoPath>>,
    /// Whether somebody waits: then what others changed is read from their trees, and of many changed files, not all is.
    pub hurried: bool,
}

/// What two of all places break of each other, and each and the target.
pub(super) fn semantic_clashes(
    workspace: &Workspace,
    facts: &Facts,
    scope: &SemanticScope<'_>,
) -> SemanticClashes {
    let (Some(head), Some(tree), true) = (workspace.target.head, workspace.target.tree, workspace.symbols)
    else {
        return SemanticClashes::default();
    };
    let table = SourceTable::keeping(workspace.kept.sources().clone());
    let looking = SemanticLook { workspace, facts, head, tree, table, shared: Arc::default() };
    let mut found = SemanticClashes::default();
    match looking.answer(scope) {
        Ok((places, answer)) => {
            let SemanticAnswer { breaks, not_looked_at } = &*answer;
            let place = |tip: Option<usize>| tip.map(|tip| places[tip]);
            let is_asked = |sides: &[Option<PlaceId>; 2]| scope.of.is_none_or(|of| sides.contains(&Some(of)));
            let placed = breaks.iter().map(|(sides, broken)| (sides.map(place), broken));
            let asked = placed.filter(|(sides, _)| is_asked(sides));
            found.clashes.extend(asked.map(|(sides, broken)| clash(facts, sides, broken)));
            found.not_looked_at.clone_from(not_looked_at);
        }
        Err(missing) => found.not_looked_at.push(Reason::from(missing).to_string()),
    }
    found.clashes.sort();
    found.clashes.dedup();
    found
}

/// Whether a tip changes source files.
pub(super) fn changes_sources(tip: &Tip) -> bool {
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
struct SourceSide {
    of: SideOf,
    changed: Vec<SourceChange>,
}

/// Two sides, by their numbers, that are held against each other.
type SidePair = [usize; 2];

/// Leaves out the pairs of these sides; how many.
fn without(pairs: &mut Vec<SidePair>, left_out: &BTreeSet<usize>) -> usize {
    let before = pairs.len();
    pairs.retain(|pair| pair.iter().all(|side| !left_out.contains(side)));
    before - pairs.len()
}

struct SemanticLook<'a> {
    workspace: &'a Workspace,
    facts: &'a Facts,
    head: Oid,
    tree: Oid,
    table: SourceTable,
    shared: Arc<Shared>,
}

/// A place merged into the target.
struct MergedSide {
    commit: Oid,
    tree: Oid,
    /// What is merged.
    own: Oid,
    /// The files in which that stops.
    unclear: BTreeSet<RepoPath>,
}

impl SemanticLook<'_> {
    /// What breaks, of which places: from an earlier look where nothing has changed since.
    fn answer(&self, scope: &SemanticScope<'_>) -> Result<(Vec<PlaceId>, Arc<SemanticAnswer>), Missing> {
        let sides = self.places(scope)?;
        let places: Vec<PlaceId> = sides.iter().filter_map(|side| side.of.place()).collect();
        let tips = places.iter().filter_map(|place| self.tip(*place)).collect();
        let question = SemanticQuestion { target: self.head, tips };
        let kept = &self.workspace.kept.merges().semantic;
        if let (None, Some(known)) = (scope.of, kept.find(&question)) {
            return Ok((places, known));
        }
        let mut found = SemanticAnswer::default();
        self.look(sides, scope, &mut found)?;
        found.breaks.sort();
        found.not_looked_at.sort();
        found.not_looked_at.dedup();
        let found = Arc::new(found);
        if scope.of.is_none() && !self.workspace.options.renormalizes() {
            kept.keep(question, found.clone());
        }
        Ok((places, found))
    }

    fn tip(&self, place: PlaceId) -> Option<SemanticTip> {
        let tip = self.facts.tip_at(place)?;
        Some(SemanticTip { work_head: tip.work_head, work_tree: tip.work_tree, base: tip.base })
    }

    /// Two sides, as far as they decide what breaks; `None` where one was not observed.
    fn pair_question(&self, sides: [SideOf; 2]) -> Option<SemanticPair> {
        let tips = sides.map(|side| side.place().map(|place| self.tip(place)));
        let is_known = tips.iter().all(|tip| !matches!(tip, Some(None)));
        is_known.then(|| SemanticPair { target: self.head, tips: tips.map(Option::flatten) })
    }

    fn look(
        &self,
        sides: Vec<SourceSide>,
        scope: &SemanticScope<'_>,
        found: &mut SemanticAnswer,
    ) -> Result<(), Missing> {
        let (sides, pairs) = self.with_target(sides, scope, found)?;
        if pairs.is_empty() {
            return Ok(());
        }
        let mut read = self.read(&sides, &pairs)?;
        for side in &mut read {
            let skipped = std::mem::take(&mut side.skipped).into_iter();
            found.not_looked_at.extend(skipped.map(|(path, why)| format!("{path}: {why}")));
        }
        let mut asked: Vec<SidePair> =
            pairs.into_iter().filter(|[a, b]| read[*a].may_break(&read[*b])).collect();
        if asked.len() > MOST_MERGES {
            let more = asked.len() - MOST_MERGES;
            found.not_looked_at.push(format!("{more} merges: more than {MOST_MERGES} would have to be made"));
            asked.truncate(MOST_MERGES);
        }
        let kept = &self.workspace.kept.sources().pairs;
        let keeps = !scope.hurried && !self.workspace.options.renormalizes();
        let question = |pair: &SidePair| self.pair_question(pair.map(|side| sides[side].of));
        let known = |pair: &SidePair| keeps.then(|| kept.find(&question(pair)?)).flatten();
        let (mut judged, mut open) = (Vec::new(), Vec::new());
        for pair in asked {
            match known(&pair) {
                Some(known) => judged.push((pair, Ok(known))),
                None => open.push(pair),
            }
        }
        let who: BTreeSet<PlaceId> =
            open.iter().flatten().filter_map(|side| sides[*side].of.place()).collect();
        let who: Vec<PlaceId> = who.into_iter().collect();
        let merged = ask_all(self.workspace, &who, &self.shared, |_, store, place| {
            (*place, self.merged(store, *place))
        });
        let merged: BTreeMap<PlaceId, Result<MergedSide, Missing>> = merged.into_iter().collect();
        judged.extend(ask_all(self.workspace, &open, &self.shared, |_, store, pair| {
            let [a, b] = *pair;
            let trees = self.trees(store, [sides[a].of, sides[b].of], &merged);
            let judged = trees.and_then(|(trees, unclear)| {
                judge_sides(store, &self.table, &trees, [&read[a], &read[b]], &unclear).map(Arc::new)
            });
            if let (true, Ok(judged), Some(question)) = (keeps, &judged, question(pair)) {
                kept.keep(question, judged.clone());
            }
            (*pair, judged)
        }));
        let places: Vec<PlaceId> = sides.iter().filter_map(|side| side.of.place()).collect();
        for (pair, judged) in judged {
            match judged {
                Ok(judged) => {
                    let SemanticJudgement { breaks, not_looked_at } = &*judged;
                    let number = |side: usize| {
                        let place = sides[side].of.place()?;
                        places.iter().position(|one| *one == place)
                    };
                    found.breaks.extend(breaks.iter().cloned().map(|mut broken| {
                        let [ours, theirs] = pair.map(number);
                        let by_theirs = std::mem::take(&mut broken.changed_by_theirs);
                        (if by_theirs { [theirs, ours] } else { [ours, theirs] }, broken)
                    }));
                    let not_looked_at = not_looked_at.iter().map(|(path, why)| format!("{path}: {why}"));
                    found.not_looked_at.extend(not_looked_at);
                }
                Err(missing) => found.not_looked_at.push(Reason::from(missing).to_string()),
            }
        }
        Ok(())
    }

    /// Who changed which sources.
    fn places(&self, scope: &SemanticScope<'_>) -> Result<Vec<SourceSide>, Missing> {
        let store = self.workspace.repository.store();
        let mut sides = Vec::new();
        for place in 0..self.facts.tips.len() {
            let Some(tip) = self.facts.tip_at(place) else { continue };
            let mut changed = if scope.hurried { self.between_trees(&store, tip)? } else { sources(tip) };
            if scope.of == Some(place) {
                changed.retain(|change| scope.only.is_none_or(|only| only.contains(change.path())));
            }
            if !changed.is_empty() {
                sides.push(SourceSide { of: SideOf::Place(place), changed });
            }
        }
        Ok(sides)
    }

    /// These with what the target did, and who is held against whom. Nobody is who changed none of a language that others
    /// changed.
    fn with_target(
        &self,
        mut sides: Vec<SourceSide>,
        scope: &SemanticScope<'_>,
        found: &mut SemanticAnswer,
    ) -> Result<(Vec<SourceSide>, Vec<SidePair>), Missing> {
        let store = self.workspace.repository.store();
        let places = sides.len();
        let is_asked = |side: SideOf| scope.of.is_none_or(|of| side == SideOf::Place(of));
        let mut pairs: Vec<SidePair> = (0..places)
            .flat_map(|a| (a + 1..places).map(move |b| [a, b]))
            .filter(|[a, b]| is_asked(sides[*a].of) || is_asked(sides[*b].of))
            .collect();
        for at in 0..places {
            let SideOf::Place(place) = sides[at].of else { continue };
            let base = self.facts.tip_at(place).and_then(|tip| tip.base).filter(|base| *base != self.head);
            let Some(base) = base.filter(|_| is_asked(SideOf::Place(place))) else { continue };
            let of_target = match sides.iter().position(|side| side.of == SideOf::Target(base)) {
                Some(known) => known,
                None => {
                    let changes = diff_trees(&store, store.commit(base)?.tree, self.tree)?.changes;
                    let changed =
                        changes.iter().filter_map(|one| SourceChange::new(&one.path, one.old, one.new));
                    sides.push(SourceSide { of: SideOf::Target(base), changed: changed.collect() });
                    sides.len() - 1
                }
            };
            pairs.push([of_target, at]);
        }
        let families: Vec<BTreeSet<Family>> =
            sides.iter().map(|side| side.changed.iter().map(SourceChange::family).collect()).collect();
        pairs.retain(|[a, b]| !families[*a].is_disjoint(&families[*b]));
        self.leave_out(&sides, &mut pairs, scope, found);
        Ok((sides, pairs))
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
                let text = format!("{}: {why}; track-work check looks at them", who.join(" and "));
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

    /// The source files in which the trees of a tip and its base differ.
    fn between_trees(&self, store: &Store, tip: &Tip) -> Result<Vec<SourceChange>, Missing> {
        let Some(base) = tip.base.filter(|_| !tip.brings_nothing()) else { return Ok(Vec::new()) };
        let changes = diff_trees(store, store.commit(base)?.tree, tip.work_tree)?.changes;
        Ok(changes.iter().filter_map(|one| SourceChange::new(&one.path, one.old, one.new)).collect())
    }

    /// What each side did, as far as it matters to those it is held against.
    fn read(&self, sides: &[SourceSide], pairs: &[SidePair]) -> Result<Vec<SideSources>, Missing> {
        let families = |side: usize| -> BTreeSet<Family> {
            sides[side].changed.iter().map(SourceChange::family).collect()
        };
        let mut wanted: Vec<BTreeSet<Family>> = vec![BTreeSet::new(); sides.len()];
        for [a, b] in pairs {
            let both: BTreeSet<Family> = families(*a).intersection(&families(*b)).copied().collect();
            wanted[*a].extend(&both);
            wanted[*b].extend(&both);
        }
        let numbers: Vec<usize> = (0..sides.len()).collect();
        let mut read = self.in_order(&numbers, |store, side| {
            SideSources::of(store, &self.table, &sides[side].changed, &wanted[side])
        })?;
        let asked = names_asked(&read, pairs);
        let added =
            self.in_order(&numbers, |store, side| read[side].uses_of(store, &self.table, &asked[side]))?;
        let all = read.iter_mut().zip(&asked).zip(added);
        all.for_each(|((side, asked), added)| side.add(&self.table, asked, added));
        Ok(read)
    }

    /// Answers by the number of the side.
    fn in_order<T: Send>(
        &self,
        sides: &[usize],
        answer: impl Fn(&Store, usize) -> Result<T, Missing> + Sync,
    ) -> Result<Vec<T>, Missing> {
        let found = ask_all(self.workspace, sides, &self.shared, |_, store, side| {
            Some((*side, answer(store, *side)))
        });
        let mut found: Vec<(usize, Result<T, Missing>)> = found.into_iter().flatten().collect();
        found.sort_by_key(|(side, _)| *side);
        found.into_iter().map(|(_, answer)| answer).collect()
    }

    fn merged(&self, store: &Store, place: PlaceId) -> Result<MergedSide, Missing> {
        let tip =
            self.facts.tip_at(place).ok_or_else(|| Missing::object(self.head, "it was not observed"))?;
        let own = match tip.head.filter(|_| tip.is_as_committed()) {
            Some(head) => head,
            None => store.put_commit(tip.work_tree, tip.work_head.as_slice())?,
        };
        let outcome = merge_commits(store, store, self.head, own, &self.workspace.options)?;
        let commit = store.put_commit(outcome.tree, &[self.head, own])?;
        Ok(MergedSide { commit, tree: outcome.tree, own, unclear: unclear(&outcome) })
    }

    /// The trees of a merge, and the files in which it stops.
    fn trees(
        &self,
        store: &Store,
        sides: [SideOf; 2],
        merged: &BTreeMap<PlaceId, Result<MergedSide, Missing>>,
    ) -> Result<(MergedTrees, BTreeSet<RepoPath>), Missing> {
        let side = |place: PlaceId| match merged.get(&place) {
            Some(known) => known.as_ref().map_err(Missing::clone),
            None => Err(Missing::object(self.head, "it was not merged")),
        };
        match sides {
            [SideOf::Target(base), SideOf::Place(place)] | [SideOf::Place(place), SideOf::Target(base)] => {
                let merged = side(place)?;
                let theirs = store.commit(merged.own)?.tree;
                let base = store.commit(base)?.tree;
                Ok((
                    MergedTrees { base, ours: self.tree, theirs, merged: merged.tree },
                    merged.unclear.clone(),
                ))
            }
            [SideOf::Place(a), SideOf::Place(b)] => {
                let (a, b) = (side(a)?, side(b)?);
                let outcome = merge_commits(store, store, a.commit, b.own, &self.workspace.options)?;
                let trees =
                    MergedTrees { base: self.tree, ours: a.tree, theirs: b.tree, merged: outcome.tree };
                let unclear = unclear(&outcome).into_iter().chain(a.unclear.clone()).chain(b.unclear.clone());
                Ok((trees, unclear.collect()))
            }
            [SideOf::Target(_), SideOf::Target(_)] => {
                Err(Missing::object(self.head, "the target is one side"))
            }
        }
    }
}

/// Who broke what of whom.
fn clash(facts: &Facts, sides: [Option<PlaceId>; 2], found: &SemanticBreak) -> SemanticClash {
    let paths = [&found.definition.path, &found.uses.path];
    let who = |at: usize| sides[at].map_or_else(Vec::new, |place| facts.touching(place, paths[at]));
    let is_uncommitted = |at: usize| sides[at].is_some_and(|place| facts.is_uncommitted(place, paths[at]));
    let uncommitted = is_uncommitted(0) || is_uncommitted(1);
    SemanticClash { sides: [who(0), who(1)], found: found.clone(), uncommitted }
}

impl SideOf {
    fn place(self) -> Option<PlaceId> {
        match self {
            SideOf::Place(place) => Some(place),
            SideOf::Target(_) => None,
        }
    }
}

/// The files in which a merge stops, or of which it is not known what it makes of them.
fn unclear(outcome: &MergeOutcome) -> BTreeSet<RepoPath> {
    let conflicts = outcome.conflicts.iter().flat_map(ConflictPath::paths).cloned();
    conflicts.chain(outcome.undecided.iter().map(|(path, _)| path.clone())).collect()
}
