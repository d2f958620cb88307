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
        let begin = |tip: &Tip| Some(store.commit(merged_since(&store, tip, head)?).ok()?.time);
        let begin = |(tip, known): (&&Tip, &Option<_>)| if known.is_none() { begin(tip) } else { None };
        let begins: Vec<Option<i64>> = tips.iter().zip(&known).map(begin).collect();
        let reverts = match begins.iter().flatten().min() {
            Some(oldest) => reverts_since(&store, head, *oldest).ok(),
            None => Some(Vec::new()),
        };
        let mut answers = Vec::new();
        for ((tip, known), begin) in tips.iter().zip(known).zip(begins) {
            let found =
                known.clone().or_else(|| found(&store, target, reverts.as_deref(), tip, begin).map(Arc::new));
            if let (Some(kept), Some(own), None, Some(found)) = (kept, tip.head, known, &found) {
                kept.keep((own, head), found.clone());
            }
            answers.push(found.map(|found| found.to_vec()).unwrap_or_default());
        }
        answers
    }
}

/// Those of these reverts that concern a tip, whose work may have been taken back since then; `None` where it cannot be
/// told.
fn found(
    store: &Store,
    target: &Target,
    reverts: Option<&[Revert]>,
    tip: &Tip,
    begin: Option<i64>,
) -> Option<Vec<Revert>> {
    let Some(begin) = begin else { return Some(Vec::new()) };
    let mut found = Vec::new();
    for revert in reverts? {
        let is_since = store.commit(revert.by).ok()?.time >= begin;
        if is_since && concerns(store, target, revert, tip).ok()? {
            found.push(*revert);
        }
    }
    Some(found)
}

/// Where a tip has commits of its own that the target has merged, the commit since when they may have been taken back:
/// the merge base, as it was before the target had all of it.
fn merged_since(store: &Store, tip: &Tip, target: Oid) -> Option<Oid> {
    let base = tip.base?;
    // none of the commits that the target's first parents lead to
    let relation = store.relation(base, Some(target)).ok()?;
    if !relation.contained || relation.first_parent {
        return None;
    }
    if tip.contained { before_merge(store, base, target) } else { Some(base) }
}

/// The merge base of a commit with the target as it was before it had that commit.
fn before_merge(store: &Store, head: Oid, target: Oid) -> Option<Oid> {
    let bases = |target: Oid| store.merge_bases(head, &[target]).unwrap_or_default();
    let has = |target: &Oid| bases(*target) == [head];
    let mut line = vec![target];
    let mut is_whole = false;
    while !is_whole && line.last().is_some_and(has) && line.len() < MOST_COMMITS {
        for _ in 0..line.len() {
            let parent = store.commit(*line.last()?).ok()?.parents.first().copied();
            is_whole |= parent.is_none();
            line.extend(parent);
        }
    }
    // whoever has it passes it on
    let before = line.get(line.partition_point(has))?;
    bases(*before).first().copied()
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
    let Ok(reverted) = store.commit(revert.of) else { return Ok(false) };
    // what the target's own line had is nobody's
    let is_targets = store.relation(revert.of, target.head)?.first_parent;
    let mut merged = reverted.parents.iter().skip(1);
    Ok((has(revert.of)? && !is_targets) || merged.any(|parent| has(*parent) == Ok(true)))
}

/// The commits that a commit says it reverts.
fn named(commit: &[u8]) -> impl Iterator<Item = Oid> + '_ {
    memmem::find_iter(commit, WORDS).filter_map(|at| {
        let id = commit.get(at + WORDS.len()..at + WORDS.len() + 40)?;
        std::str::from_utf8(id).ok()?.parse().ok()
    })
}
