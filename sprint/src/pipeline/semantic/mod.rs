//! What merges without a conflict and breaks: of every two places, and of each with what is new in the target.
//!
//! What a side did to definitions is read from the parts of its files that changed; who mentions anew what another side lost
//! is found by an index of names. The merges of these few alone are made, and their sources read.

mod carried;
mod sides;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::git::Store;
use crate::interaction::Shared;
use crate::merge::{Commits, Missing, merge_commits};
use crate::model::{
    ConflictPath, Facts, MergeOutcome, MergedTrees, Oid, PlaceId, Reason, RepoPath, SemanticAnswer,
    SemanticBreak, SemanticClash, SemanticClashes, SemanticJudgement, SemanticPair, SemanticQuestion,
    SemanticTip,
};
use crate::symbols::{
    Family, SideSources, SidesJudged, SourceChange, SourceTable, derive, judge_sides, names_asked,
};

use crate::planning::order::IsLate;

use super::Workspace;
use super::asking::ask_all;
use carried::{PlacedBreak, without_carried};
use sides::{SideOf, SidePair, SourceSide};

pub(super) use sides::changes_sources;
pub(super) use steps::clashes_of_steps;

/// More merges than this are not looked at in one run, those with the target first; the next run looks at more.
const MOST_MERGES: usize = 200;

/// As many words are read for each pair of the files that name what meets.
const MOST_WORDS_OF_A_PAIR: usize = 5_000;

/// As many are read for all other pairs together, for those first that need the fewest: some 12 MiB of sources.
const MOST_WORDS: usize = 500_000;

/// Why something was not looked at that there was no time for.
const OUT_OF_TIME: &str = "the time was up";

/// What is looked at; by default everything.
#[derive(Default)]
pub(super) struct SemanticScope<'a> {
    /// The place that has a part in it.
    pub of: Option<PlaceId>,
    /// The paths of that place that count.
    pub only: Option<&'a BTreeSet<RepoPath>>,
    /// Whether somebody waits: then what others changed is read from their trees, and of many changed files, not all is.
    pub hurried: bool,
    /// Until when; nothing where there is time.
    pub is_late: Option<IsLate<'a>>,
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
    let (shared, is_late) = (Arc::default(), scope.is_late);
    let looking = SemanticLook { workspace, facts, head, tree, table, shared, is_late };
    let mut found = SemanticClashes::default();
    match looking.answer(scope) {
        Ok((places, answer)) => {
            let SemanticAnswer { breaks, not_looked_at } = &*answer;
            let place = |tip: Option<usize>| tip.map(|tip| places[tip]);
            let is_asked = |sides: &[Option<PlaceId>; 2]| scope.of.is_none_or(|of| sides.contains(&Some(of)));
            let placed = breaks.iter().map(|(sides, broken)| (sides.map(place), broken));
            let asked: Vec<PlacedBreak<'_>> = placed.filter(|(sides, _)| is_asked(sides)).collect();
            let told = without_carried(facts, asked).into_iter();
            found.clashes.extend(told.map(|(sides, broken)| clash(facts, sides, broken)));
            found.not_looked_at.clone_from(not_looked_at);
        }
        Err(Missing::OutOfTime) => found.not_looked_at.push(OUT_OF_TIME.to_string()),
        Err(missing) => found.not_looked_at.push(Reason::from(missing).to_string()),
    }
    found.clashes.sort();
    found.clashes.dedup();
    found
}

struct SemanticLook<'a> {
    workspace: &'a Workspace,
    facts: &'a Facts,
    head: Oid,
    tree: Oid,
    table: SourceTable,
    shared: Arc<Shared>,
    is_late: Option<IsLate<'a>>,
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
        let (sides, is_all) = self.places(scope)?;
        let places: Vec<PlaceId> = sides.iter().filter_map(|side| side.of.place()).collect();
        let tips = places.iter().filter_map(|place| self.tip(*place)).collect();
        let question = SemanticQuestion { target: self.head, tips };
        let kept = &self.workspace.kept.merges().semantic;
        if let (None, Some(known)) = (scope.of, kept.find(&question)) {
            return Ok((places, known));
        }
        let mut found = SemanticAnswer::default();
        let is_whole = self.look(sides, is_all, scope, &mut found)?;
        found.breaks.sort();
        found.not_looked_at.sort();
        found.not_looked_at.dedup();
        let found = Arc::new(found);
        if scope.of.is_none() && is_whole && !self.workspace.options.renormalizes() {
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

    /// Adds what breaks; whether nothing is left for the next run. Whatever is found of two of whom `is_all` is looked at is
    /// kept as soon as it is known: whoever has to stop goes on from there the next time.
    fn look(
        &self,
        sides: Vec<SourceSide>,
        is_all: bool,
        scope: &SemanticScope<'_>,
        found: &mut SemanticAnswer,
    ) -> Result<bool, Missing> {
        let (sides, pairs) = self.with_target(sides, scope, found)?;
        if pairs.is_empty() {
            return Ok(true);
        }
        let mut read = self.read(&sides, &pairs)?;
        for side in &mut read {
            let skipped = std::mem::take(&mut side.skipped).into_iter();
            found.not_looked_at.extend(skipped.map(|(path, why)| format!("{path}: {why}")));
        }
        let asked = pairs.into_iter().filter(|[a, b]| read[*a].may_break(&read[*b]));
        let kept = &self.workspace.kept.sources().pairs;
        let keeps = is_all && !self.workspace.options.renormalizes();
        let question = |pair: &SidePair| self.pair_question(pair.map(|side| sides[side].of));
        let known = |pair: &SidePair| keeps.then(|| kept.find(&question(pair)?)).flatten();
        let (mut judged, mut open) = (Vec::new(), Vec::new());
        for pair in asked {
            match known(&pair) {
                Some(known) => judged.push((pair, Ok(known))),
                None => open.push(pair),
            }
        }
        let mut is_for_later = open.len() > MOST_MERGES;
        if is_for_later {
            open.sort_by_key(|pair| pair.map(|side| sides[side].of.place()).iter().all(Option::is_some));
            let more = open.len() - MOST_MERGES;
            let next = if keeps { "; the next run looks at more" } else { "" };
            let why = format!("more than {MOST_MERGES} would have to be made{next}");
            found.not_looked_at.push(format!("{more} merges: {why}"));
            open.truncate(MOST_MERGES);
        }
        let who: BTreeSet<PlaceId> =
            open.iter().flatten().filter_map(|side| sides[*side].of.place()).collect();
        let who: Vec<PlaceId> = who.into_iter().collect();
        let merged = ask_all(self.workspace, &who, &self.shared, |_, store, place| {
            (*place, self.merged(store, *place))
        });
        let merged: BTreeMap<PlaceId, Result<MergedSide, Missing>> = merged.into_iter().collect();
        let judge = |store: &Store, pair: &SidePair, most: [usize; 2]| {
            self.in_time()?;
            let [a, b] = *pair;
            let (trees, unclear) = self.trees(store, [sides[a].of, sides[b].of], &merged)?;
            judge_sides(store, &self.table, &trees, [&read[a], &read[b]], &unclear, most)
        };
        let lasting = |pair: &SidePair, known: SemanticJudgement| {
            let known = Arc::new(known);
            if let (true, Some(question)) = (keeps, question(pair)) {
                kept.keep(question, known.clone());
                self.workspace.kept.save_so_far();
            }
            known
        };
        // those of which little is to be read, and then the smallest of the others
        let mut beyond = 0;
        for most in [[MOST_WORDS_OF_A_PAIR; 2], [usize::MAX, MOST_WORDS_OF_A_PAIR], [usize::MAX; 2]] {
            let mut large = Vec::new();
            let answers = ask_all(self.workspace, &open, &self.shared, |_, store, pair| {
                let answer = match judge(store, pair, most) {
                    Ok(SidesJudged::Known(known)) => Ok(Ok(lasting(pair, known))),
                    Ok(SidesJudged::TooMuch(words)) => Err(words),
                    Err(missing) => Ok(Err(missing)),
                };
                (*pair, answer)
            });
            for (pair, answer) in answers {
                match answer {
                    Ok(known) => judged.push((pair, known)),
                    Err(words) => large.push((words, pair)),
                }
            }
            let left_out;
            (open, left_out) = affordable(large);
            beyond += left_out;
        }
        if beyond > 0 {
            let merges = if beyond == 1 { "merge" } else { "merges" };
            let text = format!("{beyond} {merges}: the names that meet stand in too many files");
            found.not_looked_at.push(text);
        }
        let places: Vec<PlaceId> = sides.iter().filter_map(|side| side.of.place()).collect();
        let mut late = 0;
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
                Err(Missing::OutOfTime) => late += 1,
                Err(missing) => found.not_looked_at.push(Reason::from(missing).to_string()),
            }
        }
        if late > 0 {
            is_for_later = true;
            let merges = if late == 1 { "merge" } else { "merges" };
            found.not_looked_at.push(format!("{late} {merges}: {OUT_OF_TIME}"));
        }
        Ok(!is_for_later)
    }

    fn in_time(&self) -> Result<(), Missing> {
        match self.is_late {
            Some(is_late) if is_late() => Err(Missing::OutOfTime),
            _ => Ok(()),
        }
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
        derive(&self.workspace.repository.store(), &self.table, self.tree, &mut read)?;
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
            Some((*side, self.in_time().and_then(|()| answer(store, *side))))
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

/// Of these pairs, each with how many words are to be read for it, the smallest; and how many others there are.
fn affordable(mut pairs: Vec<(usize, SidePair)>) -> (Vec<SidePair>, usize) {
    pairs.sort_unstable();
    let mut words = 0;
    let is_affordable = |(of_pair, _): &&(usize, SidePair)| {
        words += of_pair;
        words <= MOST_WORDS
    };
    let count = pairs.iter().take_while(is_affordable).count();
    let beyond = pairs.split_off(count).len();
    (pairs.into_iter().map(|(_, pair)| pair).collect(), beyond)
}

/// Who broke what of whom.
fn clash(facts: &Facts, sides: [Option<PlaceId>; 2], found: &SemanticBreak) -> SemanticClash {
    let paths = [&found.definition.path, &found.uses.path];
    let who = |at: usize| sides[at].map_or_else(Vec::new, |place| facts.touching(place, paths[at]));
    let is_uncommitted = |at: usize| sides[at].is_some_and(|place| facts.is_uncommitted(place, paths[at]));
    let uncommitted = is_uncommitted(0) || is_uncommitted(1);
    SemanticClash { sides: [who(0), who(1)], found: found.clone(), uncommitted }
}

/// The files in which a merge stops, or of which it is not known what it makes of them.
fn unclear(outcome: &MergeOutcome) -> BTreeSet<RepoPath> {
    let conflicts = outcome.conflicts.iter().flat_map(ConflictPath::paths).cloned();
    conflicts.chain(outcome.undecided.iter().map(|(path, _)| path.clone())).collect()
}
