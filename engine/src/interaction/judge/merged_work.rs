//! What of a tip's commits is in the target though not in its history: by tree, or by patch as
//! `git cherry` judges.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::{HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_64;

use super::{Judge, committed};
use crate::interaction::answer_cache::{AnswerCache, KnownStep};
use crate::merge::commit_graph::{Ancestry, CommitFacts};
use crate::merge::diff::{RawChange, diff_trees_once, names_that_differ};
use crate::merge::patch::{outline, same_patch};
use crate::merge::recursive::Node;
use crate::merge::{Missing, Name, Objects};
use crate::model::{MergedAs, MergedWork, Oid, RepoPath, Side, Tip};

/// A tip with more commits, or more changed paths, than this is only looked at as a whole.
const MOST_OWN: usize = 100;
const MOST_PATHS: usize = 1000;

/// Of the target's commits since the merge base, at most so many are looked at: the first ones since the
/// tip's last commit, and as many of the newest ones.
const MOST_OF_TARGET: usize = 4000;

/// What merging a tip's commits would bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// Changes; some of its commits may be in the target.
    Changes(Option<MergedWork>),
    /// Nothing: they change nothing.
    Nothing,
}

/// Commits of a tip whose patch is looked for in the target: one, or all up to one.
struct Sought {
    changes: Vec<RawChange>,
    /// Made once something with the same paths is found.
    outline: Option<u64>,
    found: bool,
}

impl Judge<'_> {
    /// What merging a tip's commits would bring: nothing that is in the target by tree or by patch. A
    /// patch that the target took back afterwards counts as merged, as it does for `git cherry`.
    ///
    /// # Errors
    /// A commit or a tree that cannot be read.
    pub fn brought(&self, tip: &Tip) -> Result<Brought, Missing> {
        let (Some(target), Some(head)) = (self.target, tip.head) else { return Ok(Brought::Changes(None)) };
        let by_patch = self.merged_by_patch((head, tip.committed.len()), target)?;
        if by_patch.is_some_and(|merged| merged.head == head) {
            return Ok(Brought::Changes(by_patch));
        }
        let outcome = &self.merged_tip(&committed(tip))?.alone.outcome;
        // what `-X ours` drops is not in the target
        let may_drop = self.merger.options().favor == Some(Side::Ours);
        let changes_nothing = outcome.is_clean() && outcome.tree == self.target_node()?.tree;
        let changes_nothing = changes_nothing && (tip.committed.is_empty() || !may_drop);
        Ok(match (changes_nothing, tip.committed.is_empty()) {
            (false, _) => Brought::Changes(by_patch),
            (true, true) => match self.merged_before_an_update(head, target, !may_drop)? {
                Some(merged) => Brought::Changes(Some(merged)),
                None => Brought::Nothing,
            },
            (true, false) => Brought::Changes(Some(MergedWork { how: MergedAs::Squash, head, into: target })),
        })
    }

    /// Whether a head that brings nothing had changes that the target has, before it took the target's commits
    /// in: what it has left of them is the target's.
    fn merged_before_an_update(
        &self,
        head: Oid,
        target: Oid,
        by_tree: bool,
    ) -> Result<Option<MergedWork>, Missing> {
        let own = self.known_ancestry(&Node::of_commit(self.commits, head)?)?.own.clone();
        let mut work = head;
        while let [first, _, ..] = self.commits.commit(work)?.parents[..]
            && own.contains(&first)
        {
            work = first;
        }
        if work == head {
            return Ok(None);
        }
        if let Some(merged) = self.merged_by_patch((work, 0), target)?.filter(|merged| merged.head == work) {
            return Ok(Some(MergedWork { head, ..merged }));
        }
        let node = Node::of_commit(self.commits, work)?;
        let [base] = self.known_ancestry(&node)?.bases[..] else { return Ok(None) };
        if !by_tree || self.commits.commit(base)?.tree == node.tree {
            return Ok(None);
        }
        let outcome = &self.merged_tip(&node)?.alone.outcome;
        let is_there = outcome.is_clean() && outcome.tree == self.target_node()?.tree;
        Ok(is_there.then_some(MergedWork { how: MergedAs::Squash, head, into: target }))
    }

    /// The commits of a head, which change so many paths, whose patches the target has; from the cache, where
    /// it is known.
    fn merged_by_patch(
        &self,
        (head, paths): (Oid, usize),
        target: Oid,
    ) -> Result<Option<MergedWork>, Missing> {
        let key = (target, head);
        if let Some(known) = self.cache().and_then(|cache| cache.patches.find(&key)) {
            return Ok(*known);
        }
        let node = Node::of_commit(self.commits, head)?;
        let ancestry = self.known_ancestry(&node)?;
        let found = match &ancestry.bases[..] {
            [] => None,
            [base, ..] => self.look_for_patches((head, paths), target, *base, &ancestry)?,
        };
        if let Some(cache) = self.cache().filter(|cache| cache.lasts(&[node.tree])) {
            cache.patches.keep(key, Arc::new(found));
        }
        Ok(found)
    }

    fn look_for_patches(
        &self,
        (head, paths): (Oid, usize),
        target: Oid,
        base: Oid,
        ancestry: &Ancestry,
    ) -> Result<Option<MergedWork>, Missing> {
        let history = self.own_history(head, &ancestry.own, paths)?;
        let tree = |commit: Oid| Ok::<Oid, Missing>(self.commits.commit(commit)?.tree);
        let mut sought = Vec::new();
        let mut sought_for = |old: Oid, new: Oid| -> Result<Option<usize>, Missing> {
            let changes = diff_trees_once(self.merger.objects(), old, new)?.changes;
            if changes.is_empty() {
                return Ok(None);
            }
            sought.push(Sought { changes, outline: None, found: false });
            Ok(Some(sought.len() - 1))
        };
        // each commit, with the number of its own patch and of that of all up to it
        let (mut alone, mut whole) = (HashMap::default(), HashMap::default());
        for (commit, facts) in &history.plain {
            alone.insert(*commit, sought_for(tree(facts.parents[0])?, facts.tree)?);
        }
        for commit in &history.ends {
            whole.insert(*commit, sought_for(tree(base)?, tree(*commit)?)?);
        }
        self.find_in_target((head, &ancestry.bases), target, &mut sought)?;
        let is_found = |number: Option<&Option<usize>>| match number {
            Some(Some(number)) => sought[*number].found,
            Some(None) | None => false,
        };
        let is_empty = |commit: &Oid| matches!(alone.get(commit), Some(None));
        let mut merged: Option<MergedWork> = None;
        let mut squashed = false;
        let mut is_whole = true;
        for commit in &history.ends {
            let by_itself =
                history.is_linear && is_whole && (is_found(alone.get(commit)) || is_empty(commit));
            let as_one = is_found(whole.get(commit));
            is_whole = by_itself || as_one;
            squashed |= as_one && !by_itself;
            if is_whole && (merged.is_some() || !is_empty(commit)) {
                let how = if squashed { MergedAs::Squash } else { MergedAs::Rebase };
                merged = Some(MergedWork { how, head: *commit, into: target });
            }
        }
        let all_found = || history.plain.keys().all(|commit| is_found(alone.get(commit)) || is_empty(commit));
        if merged.is_none_or(|merged| merged.head != head)
            && !history.plain.is_empty()
            && history.plain.keys().any(|commit| !is_empty(commit))
            && all_found()
            && self.are_automatic(&history.merges)?
        {
            merged = Some(MergedWork { how: MergedAs::Rebase, head, into: target });
        }
        Ok(merged)
    }

    /// The commits of a head that the target lacks, as far as they are looked at one by one.
    fn own_history(&self, head: Oid, own: &HashSet<Oid>, paths: usize) -> Result<OwnHistory, Missing> {
        let mut history = OwnHistory { ends: vec![head], ..OwnHistory::default() };
        if own.len() > MOST_OWN || paths > MOST_PATHS {
            return Ok(history);
        }
        for commit in own {
            let facts = self.commits.commit(*commit)?;
            match facts.parents.len() {
                0 => return Ok(OwnHistory { ends: vec![head], ..OwnHistory::default() }),
                1 => drop(history.plain.insert(*commit, facts)),
                _ => drop(history.merges.insert(*commit, facts)),
            }
        }
        history.is_linear = history.merges.is_empty();
        if history.is_linear {
            while let Some(facts) = history.ends.last().and_then(|last| history.plain.get(last)) {
                if !own.contains(&facts.parents[0]) {
                    break;
                }
                history.ends.push(facts.parents[0]);
            }
            history.ends.reverse();
        }
        Ok(history)
    }

    /// Whether these merges are what git makes by itself: nothing was added in them.
    fn are_automatic(&self, merges: &HashMap<Oid, CommitFacts>) -> Result<bool, Missing> {
        for facts in merges.values() {
            let [ours, theirs] = facts.parents[..] else { return Ok(false) };
            let node = |commit| Node::of_commit(self.commits, commit);
            let outcome = self.merger.merge(&node(ours)?, &node(theirs)?, self.labels())?;
            if !outcome.is_clean() || outcome.tree != facts.tree {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Marks what has the patch of one of the target's commits since the merge base.
    fn find_in_target(
        &self,
        (head, bases): (Oid, &[Oid]),
        target: Oid,
        sought: &mut [Sought],
    ) -> Result<(), Missing> {
        let objects = self.merger.objects();
        let paths = |changes: &[RawChange]| -> Vec<RepoPath> {
            changes.iter().map(|change| change.path.clone()).collect()
        };
        let mut by_paths: HashMap<Vec<RepoPath>, Vec<usize>> = HashMap::default();
        for (number, one) in sought.iter().enumerate() {
            by_paths.entry(paths(&one.changes)).or_default().push(number);
        }
        let top = |path: &RepoPath| path.as_bytes().split(|byte| *byte == b'/').next().map(Name::from_slice);
        let tops: HashSet<BTreeSet<Name>> =
            by_paths.keys().map(|paths| paths.iter().filter_map(top).collect()).collect();
        let hashes: HashSet<u64> = tops.iter().map(hash_of).collect();
        for KnownStep { trees: [old, new], at_top } in self.steps_since((head, bases), target)?.iter() {
            let (old, new) = (*old, *new);
            if sought.iter().all(|one| one.found) {
                break;
            }
            if at_top.is_some_and(|hash| !hashes.contains(&hash)) {
                continue;
            }
            let step = self.shared.steps.between(objects, old, new)?;
            if !tops.contains(&step.at_top) {
                continue;
            }
            let changes = step.changes(objects, old, new)?;
            let Some(numbers) = by_paths.get(&paths(&changes)) else { continue };
            let options = self.merger.options();
            let outline_of =
                |changes: &[RawChange]| outline(objects, changes, options, &self.shared.known_sums);
            let outlined = *step.outline.get_or_init(|| outline_of(&changes));
            for number in numbers {
                let one = &mut sought[*number];
                if one.found || *one.outline.get_or_insert_with(|| outline_of(&one.changes)) != outlined {
                    continue;
                }
                one.found = same_patch(objects, &one.changes, &changes, options);
            }
        }
        Ok(())
    }

    /// What each commit changed that the target has and a head with these merge bases lacks. For a commit that is about to be
    /// made it is kept: the next one has the same bases.
    fn steps_since(&self, (head, bases): (Oid, &[Oid]), target: Oid) -> Result<Arc<Vec<KnownStep>>, Missing> {
        let is_passing =
            |cache: &&AnswerCache| self.commits.commit(head).is_ok_and(|facts| !cache.lasts(&[facts.tree]));
        let cache = self.cache().filter(is_passing);
        let key = (target, bases.to_vec());
        if let Some(known) = cache.and_then(|cache| cache.steps.find(&key)) {
            return Ok(known);
        }
        let mut steps = Vec::new();
        for (old, new) in self.steps_of_target(head, target)? {
            let at_top = match cache {
                Some(_) => Some(hash_of(&self.shared.steps.between(self.merger.objects(), old, new)?.at_top)),
                None => None,
            };
            steps.push(KnownStep { trees: [old, new], at_top });
        }
        let steps = Arc::new(steps);
        if let Some(cache) = cache.filter(|_| steps.len() < MOST_OF_TARGET) {
            cache.steps.keep(key, steps.clone());
        }
        Ok(steps)
    }

    /// The trees before and after each commit that the target has and a head lacks, without merges, the
    /// oldest first.
    fn steps_of_target(&self, head: Oid, target: Oid) -> Result<Vec<(Oid, Oid)>, Missing> {
        let mut commits = Vec::new();
        for commit in self.commits.ancestry(target, &[head])?.own {
            let facts = self.commits.commit(commit)?;
            if facts.parents.len() == 1 {
                commits.push((facts.time, commit, facts.parents[0], facts.tree));
            }
        }
        commits.sort_unstable();
        if commits.len() > MOST_OF_TARGET {
            let last = self.commits.commit(head)?.time;
            let later = commits.partition_point(|(time, ..)| *time < last);
            commits = first_and_last(commits.split_off(later), MOST_OF_TARGET / 2);
        }
        let step = |(_, _, parent, tree): (i64, Oid, Oid, Oid)| Ok((self.commits.commit(parent)?.tree, tree));
        commits.into_iter().map(step).collect()
    }
}

/// So many of the first and so many of the last.
fn first_and_last<T>(mut all: Vec<T>, each: usize) -> Vec<T> {
    if all.len() > 2 * each {
        all.drain(each..all.len() - each);
    }
    all
}

/// The commits of a head that the target lacks.
#[derive(Default)]
struct OwnHistory {
    plain: HashMap<Oid, CommitFacts>,
    merges: HashMap<Oid, CommitFacts>,
    /// Whether there is one line of commits.
    is_linear: bool,
    /// Where a squashed part can end: at each commit of the line, the oldest first, or at the head.
    ends: Vec<Oid>,
}

/// A hash of names.
fn hash_of(names: &BTreeSet<Name>) -> u64 {
    let mut text = Vec::new();
    for name in names {
        text.extend_from_slice(name);
        text.push(b'/');
    }
    xxh3_64(&text)
}

/// What each of the target's commits changed, by the trees before and after: found out once for all tips.
#[derive(Default)]
pub(super) struct StepsOfTarget(Mutex<HashMap<(Oid, Oid), Arc<StepOfTarget>>>);

/// What one of the target's commits changed.
#[derive(Default)]
struct StepOfTarget {
    /// The names in the top folder.
    at_top: BTreeSet<Name>,
    /// All of it, once it was asked for.
    changes: OnceLock<Arc<[RawChange]>>,
    /// The outline of its patch, once it was asked for.
    outline: OnceLock<u64>,
}

impl StepsOfTarget {
    fn between(&self, objects: &dyn Objects, old: Oid, new: Oid) -> Result<Arc<StepOfTarget>, Missing> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step) = known().get(&(old, new)) {
            return Ok(step.clone());
        }
        let at_top = names_that_differ(objects, old, new)?;
        let step = Arc::new(StepOfTarget { at_top, ..StepOfTarget::default() });
        known().insert((old, new), step.clone());
        Ok(step)
    }
}

impl StepOfTarget {
    fn changes(&self, objects: &dyn Objects, old: Oid, new: Oid) -> Result<Arc<[RawChange]>, Missing> {
        if let Some(known) = self.changes.get() {
            return Ok(known.clone());
        }
        let changes: Arc<[RawChange]> = diff_trees_once(objects, old, new)?.changes.into();
        if changes.len() <= MOST_PATHS {
            _ = self.changes.set(changes.clone());
        }
        Ok(changes)
    }
}
