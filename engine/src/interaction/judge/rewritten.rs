//! What a rebase, an amendment, a squash or a cherry-pick has made of a commit.

use std::cmp::Reverse;

use foldhash::HashSet;

use super::Judge;
use crate::merge::Missing;
use crate::merge::diff::{RawChange, diff_trees_once};
use crate::merge::patch::same_patch;
use crate::model::Oid;

/// Of more changed paths than this, or more commits, nothing is found.
const MOST_PATHS: usize = 1000;
const MOST_COMMITS: usize = 4000;

/// All that a commit has changed since the target is compared in so many commits.
const MOST_COMPARED: usize = 200;

/// Changes that are looked for, unless there are none, or too many.
fn sought(changes: Vec<RawChange>) -> Option<Vec<RawChange>> {
    (!changes.is_empty() && changes.len() <= MOST_PATHS).then_some(changes)
}

impl Judge<'_> {
    /// The commit that has taken the place of one that a head lacks, of those that the head has and neither the
    /// target nor the commit: the newest that makes the same changes to its parent and to the target's
    /// commit below; else the oldest that makes the same changes to that one, as after a squash; else the
    /// newest with the same changes to its parent.
    ///
    /// # Errors
    /// A commit or a tree that cannot be read.
    pub fn rewritten(&self, commit: Oid, head: Oid) -> Result<Option<Oid>, Missing> {
        let (objects, options) = (self.merger.objects(), self.merger.options());
        let others: Vec<Oid> = self.target.into_iter().chain([commit]).collect();
        let own = self.commits.ancestry(head, &others)?.own;
        if own.len() > MOST_COMMITS {
            return Ok(None);
        }
        let step = |commit: Oid| self.changes_since(commit, |parents| parents.first().copied());
        let sought_step = sought(step(commit)?);
        let whole = |commit: Oid, base: Option<Oid>| self.changes_since(commit, |_| base);
        let (base, head_base) = (self.base_with_target(commit)?, self.base_with_target(head)?);
        let sought_whole = sought(whole(commit, base)?);
        // the head first, then what it was made on
        let mut line: Vec<Oid> = Vec::new();
        let mut next = Some(head);
        while let Some(at) = next.filter(|at| own.contains(at)) {
            line.push(at);
            next = self.commits.commit(at)?.parents.first().copied();
        }
        let mut beside = Vec::new();
        let on_line: HashSet<Oid> = line.iter().copied().collect();
        for other in own.iter().filter(|other| !on_line.contains(other)) {
            beside.push((Reverse(self.commits.commit(*other)?.time), *other));
        }
        beside.sort();
        let mut same_step = None;
        let mut same_whole = None;
        for (at, other) in line.iter().copied().chain(beside.into_iter().map(|(_, other)| other)).enumerate()
        {
            let is_step = match &sought_step {
                Some(sought) => same_patch(objects, sought, &step(other)?, options),
                None => false,
            };
            let is_whole = match &sought_whole {
                Some(sought) if at < line.len().min(MOST_COMPARED) => {
                    same_patch(objects, sought, &whole(other, head_base)?, options)
                }
                Some(_) | None => false,
            };
            if is_step && is_whole {
                return Ok(Some(other));
            }
            if is_whole {
                same_whole = Some(other);
            }
            if is_step {
                same_step.get_or_insert(other);
            }
        }
        Ok(same_whole.or(same_step))
    }

    /// The commit of the target below one.
    fn base_with_target(&self, commit: Oid) -> Result<Option<Oid>, Missing> {
        let Some(target) = self.target else { return Ok(None) };
        Ok(self.commits.merge_bases(commit, &[target])?.first().copied())
    }

    /// What a commit has changed since another, which is chosen by its parents; nothing for a merge's parents.
    fn changes_since(
        &self,
        commit: Oid,
        since: impl Fn(&[Oid]) -> Option<Oid>,
    ) -> Result<Vec<RawChange>, Missing> {
        let facts = self.commits.commit(commit)?;
        let Some(since) = since(&facts.parents) else { return Ok(Vec::new()) };
        let is_merge = facts.parents.len() > 1 && facts.parents.contains(&since);
        if is_merge {
            return Ok(Vec::new());
        }
        Ok(diff_trees_once(self.merger.objects(), self.commits.commit(since)?.tree, facts.tree)?.changes)
    }
}
