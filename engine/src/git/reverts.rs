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
    /// What the target took back of the work on each of these tips that goes on since. Nothing where it cannot be told.
    pub fn reverted(&self, target: &Target, tips: &[&Tip]) -> Vec<Vec<Revert>> {
        let store = self.store();
        let look = |tip: &&Tip| target.head.is_some_and(|target| went_on(&store, tip, target));
        let went_on: Vec<bool> = tips.iter().map(look).collect();
        let bases =
            tips.iter().zip(&went_on).filter(|(_, went_on)| **went_on).filter_map(|(tip, _)| tip.base);
        let oldest = bases.filter_map(|base| Some(store.commit(base).ok()?.time)).min();
        let (Some(oldest), Some(head)) = (oldest, target.head) else { return vec![Vec::new(); tips.len()] };
        let reverts = reverts_since(&store, head, oldest).unwrap_or_default();
        let of = |(tip, went_on): (&&Tip, &bool)| {
            let concerns =
                |revert: &&Revert| *went_on && concerns(&store, target, revert, tip).unwrap_or(false);
            reverts.iter().filter(concerns).copied().collect()
        };
        tips.iter().zip(&went_on).map(of).collect()
    }
}

/// Whether a tip goes on from commits of its own that the target has merged: its merge base is none of the commits
/// that the target's first parents lead to.
fn went_on(store: &Store, tip: &Tip, target: Oid) -> bool {
    let base = tip.base.filter(|_| tip.ahead > 0 && !tip.contained);
    let relation = base.map(|base| store.relation(base, Some(target)));
    relation
        .is_some_and(|relation| relation.is_ok_and(|relation| relation.contained && !relation.first_parent))
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
