//! Work that the target had, and took back by `git revert`: git takes it for merged, so that merging its branch again
//! does not bring it back (git's `howto/revert-a-faulty-merge`).

use std::collections::{BinaryHeap, HashMap, HashSet};

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
        let begin = |tip: &&Tip| target.head.and_then(|target| merged_since(&store, tip, target));
        let begins: Vec<Option<Oid>> = tips.iter().map(begin).collect();
        let times = begins.iter().flatten().filter_map(|begin| Some(store.commit(*begin).ok()?.time));
        let (Some(oldest), Some(head)) = (times.min(), target.head) else {
            return vec![Vec::new(); tips.len()];
        };
        let reverts = reverts_since(&store, head, oldest).unwrap_or_default();
        let of = |(tip, begin): (&&Tip, &Option<Oid>)| {
            let concerns =
                |revert: &&Revert| begin.is_some() && concerns(&store, target, revert, tip).unwrap_or(false);
            reverts.iter().filter(concerns).copied().collect()
        };
        tips.iter().zip(&begins).map(of).collect()
    }
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
