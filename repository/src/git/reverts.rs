//! Work that the target had, and took back by `git revert`: git takes it for merged, so that merging its branch again
//! does not bring it back (git's `howto/revert-a-faulty-merge`).

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use git2::ObjectType;
use memchr::memmem;

use crate::merge::{Commits, Missing};
use crate::model::{Oid, Revert, Target, Tip};

use super::discover::Repository;
use super::store::Store;

/// So many of the target's newest commits are asked what they revert.
const MOST_COMMITS: usize = 2000;

/// What `git revert` writes before the id of the commit.
const WORDS: &[u8] = b"This reverts commit ";

impl Repository {
    /// What the target took back of the work on each of these tips that goes on since, or that was merged again. The
    /// newest first; nothing where it cannot be told.
    pub fn reverted(&self, target: &Target, tips: &[&Tip]) -> Vec<Vec<Revert>> {
        let store = self.store();
        let Some(head) = target.head else { return vec![Vec::new(); tips.len()] };
        let kept = store.kept_reverts();
        let known = |tip: &&Tip| kept?.find(&(tip.head?, head));
        let known: Vec<Option<Arc<Vec<Revert>>>> = tips.iter().map(known).collect();
        let begin = |(tip, known): (&&Tip, &Option<_>)| match known {
            None => merged_since(&store, tip, head),
            Some(_) => Ok(None),
        };
        let begins: Vec<Result<Option<i64>, Missing>> = tips.iter().zip(&known).map(begin).collect();
        let reverts = match begins.iter().flatten().flatten().min() {
            Some(oldest) => reverts_since(&store, head, *oldest),
            None => Ok(Vec::new()),
        };
        let mut answers = Vec::new();
        for ((tip, known), begin) in tips.iter().zip(known).zip(begins) {
            if let Some(known) = known {
                answers.push(known.to_vec());
                continue;
            }
            let is_read = reverts.is_ok() && begin.is_ok();
            let reverts = reverts.as_deref().unwrap_or_default();
            let (found, is_whole) = found(&store, target, reverts, tip, begin.ok().flatten());
            // what cannot be read now, a later run may read
            if let (Some(kept), Some(own), true) = (kept, tip.head, is_read && is_whole) {
                kept.keep((own, head), Arc::new(found.clone()));
            }
            answers.push(found);
        }
        answers
    }
}

/// Those of these reverts that concern a tip, whose work may have been taken back since this time; and whether that could be
/// told of each.
fn found(
    store: &Store,
    target: &Target,
    reverts: &[Revert],
    tip: &Tip,
    begin: Option<i64>,
) -> (Vec<Revert>, bool) {
    let (mut found, mut is_whole) = (Vec::new(), true);
    let Some(begin) = begin else { return (found, is_whole) };
    let is_since = |revert: &Revert| Ok::<bool, Missing>(store.commit(revert.by)?.time >= begin);
    for revert in reverts {
        match is_since(revert).and_then(|since| Ok(since && concerns(store, target, revert, tip)?)) {
            Ok(true) => found.push(*revert),
            Ok(false) => {}
            Err(_) => is_whole = false,
        }
    }
    (found, is_whole)
}

/// Where a tip has commits of its own that the target has merged, the time since when they may have been taken back:
/// that of the merge base, as it was before the target had all of it.
fn merged_since(store: &Store, tip: &Tip, target: Oid) -> Result<Option<i64>, Missing> {
    let Some(base) = tip.base else { return Ok(None) };
    // none of the commits that the target's first parents lead to
    let relation = store.relation(base, Some(target))?;
    if !relation.contained || relation.first_parent {
        return Ok(None);
    }
    let begin = if tip.contained { before_merge(store, base, target)? } else { Some(base) };
    begin.map(|begin| Ok(store.commit(begin)?.time)).transpose()
}

/// The merge base of a commit with the target as it was before it had that commit.
fn before_merge(store: &Store, head: Oid, target: Oid) -> Result<Option<Oid>, Missing> {
    let has = |target: Oid| Ok::<bool, Missing>(store.merge_bases(head, &[target])? == [head]);
    let mut line = vec![target];
    let mut is_whole = false;
    while !is_whole && line.len() < MOST_COMMITS && line.last().map_or(Ok(false), |last| has(*last))? {
        for _ in 0..line.len() {
            let Some(last) = line.last() else { break };
            let parent = store.commit(*last)?.parents.first().copied();
            is_whole |= parent.is_none();
            line.extend(parent);
        }
    }
    // whoever has it passes it on
    let (mut from, mut to) = (0, line.len());
    while from < to {
        let middle = from + (to - from) / 2;
        if has(line[middle])? { from = middle + 1 } else { to = middle }
    }
    let Some(before) = line.get(from) else { return Ok(None) };
    Ok(store.merge_bases(head, &[*before])?.first().copied())
}

/// What the target's commits revert that are not older than this, without what was reverted again.
fn reverts_since(store: &Store, target: Oid, oldest: i64) -> Result<Vec<Revert>, Missing> {
    let mut seen = HashSet::from([target]);
    let mut open = BinaryHeap::from([(store.commit(target)?.time, target)]);
    let mut found = Vec::new();
    while let Some((_, by)) = open.pop().filter(|_| seen.len() - open.len() < MOST_COMMITS) {
        found.extend(named(&store.read(by, ObjectType::Commit)?).map(|of| Revert { of, by }));
        for parent in store.commit(by)?.parents {
            let time = store.commit(parent)?.time;
            if time >= oldest && seen.insert(parent) {
                open.push((time, parent));
            }
        }
    }
    let mut by: HashMap<Oid, Vec<Oid>> = HashMap::new();
    found.iter().for_each(|revert| by.entry(revert.of).or_default().push(revert.by));
    found.retain(|revert| !is_reverted(revert.by, &by));
    Ok(found)
}

/// Whether a commit is reverted, and that is not.
fn is_reverted(commit: Oid, by: &HashMap<Oid, Vec<Oid>>) -> bool {
    by.get(&commit).is_some_and(|by_whom| by_whom.iter().any(|one| !is_reverted(*one, by)))
}

/// Whether what was reverted is work of this tip, or the merge of it, and the tip does not have the revert.
fn concerns(store: &Store, target: &Target, revert: &Revert, tip: &Tip) -> Result<bool, Missing> {
    let Some(head) = tip.head else { return Ok(false) };
    let has = |commit: Oid| Ok::<bool, Missing>(store.merge_bases(commit, &[head])? == [commit]);
    if has(revert.by)? {
        return Ok(false);
    }
    let reverted = match store.commit(revert.of) {
        Ok(reverted) => reverted,
        // of another history it is nobody's here
        Err(_) if !store.has(revert.of) => return Ok(false),
        Err(missing) => return Err(missing),
    };
    // what the target's own line had is nobody's
    let is_targets = store.relation(revert.of, target.head)?.first_parent;
    if has(revert.of)? && !is_targets {
        return Ok(true);
    }
    let merged: Vec<Result<bool, Missing>> =
        reverted.parents.iter().skip(1).map(|parent| has(*parent)).collect();
    if merged.contains(&Ok(true)) {
        Ok(true)
    } else {
        merged.into_iter().try_fold(false, |any, one| Ok(any | one?))
    }
}

/// The commits that a commit says it reverts.
fn named(commit: &[u8]) -> impl Iterator<Item = Oid> + '_ {
    memmem::find_iter(commit, WORDS).filter_map(|at| {
        let id = commit.get(at + WORDS.len()..at + WORDS.len() + 40)?;
        std::str::from_utf8(id).ok()?.parse().ok()
    })
}
