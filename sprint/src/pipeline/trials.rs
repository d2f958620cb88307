//! Merges in memory of what terminals have, to run commands on: for `verify`, and to tell whether what it found still
//! holds.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::git::{GitError, Store, TrialCheckouts};
use crate::merge::{Missing, merge_commits};
use crate::model::{
    Facts, FailedTogether, Hunks, KnownFailure, MergeOutcome, Oid, Reason, Severity, Terminal, Tip,
};
use crate::trials::results::{KeptFailure, Results};
use crate::trials::{Merges, NoTree};

use super::Workspace;

/// What a terminal brings to merges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedHead {
    /// The terminal.
    pub terminal: String,
    /// The commit that is merged, which may be in memory.
    pub commit: Oid,
    /// The one in the repository that it rests on; `None` on a branch without a commit.
    pub real: Option<Oid>,
}

/// A commit in memory, with its tree.
type MadeCommit = (Oid, Oid);

/// Merges of some heads into the target, each made once.
pub struct TriedMerges<'a> {
    workspace: &'a Workspace,
    store: Store,
    start: MadeCommit,
    heads: Vec<Result<TriedHead, NoTree>>,
    checkouts: Option<&'a TrialCheckouts>,
    made: RefCell<HashMap<Vec<usize>, Result<MadeCommit, NoTree>>>,
}

impl<'a> TriedMerges<'a> {
    /// `None` where the target has no commit. Without checkouts, no commits are made for them.
    pub fn new(
        workspace: &'a Workspace,
        heads: Vec<Result<TriedHead, NoTree>>,
        checkouts: Option<&'a TrialCheckouts>,
    ) -> Option<TriedMerges<'a>> {
        let start = (workspace.target.head?, workspace.target.tree?);
        let (store, made) = (workspace.repository.store(), RefCell::default());
        Some(TriedMerges { workspace, store, start, heads, checkouts, made })
    }

    fn merged(&self, chosen: &[usize]) -> Result<MadeCommit, NoTree> {
        let [before @ .., last] = chosen else { return Ok(self.start) };
        if let Some(known) = self.made.borrow().get(chosen) {
            return known.clone();
        }
        let made = self.merged(before).and_then(|(at, _)| {
            let head = self.heads[*last].as_ref().map_err(NoTree::clone)?;
            let unknown = |missing: Missing| NoTree {
                why: format!("{}: {}", head.terminal, Reason::from(missing)),
                severity: Severity::Error,
            };
            let options = &self.workspace.options;
            let outcome =
                merge_commits(&self.store, &self.store, at, head.commit, options).map_err(unknown)?;
            self.is_clean(&outcome, head, before)?;
            let commit = self.store.put_commit(outcome.tree, &[at, head.commit]).map_err(unknown)?;
            Ok((commit, outcome.tree))
        });
        self.made.borrow_mut().insert(chosen.to_vec(), made.clone());
        made
    }

    fn is_clean(&self, outcome: &MergeOutcome, head: &TriedHead, before: &[usize]) -> Result<(), NoTree> {
        let merged: Vec<&str> =
            before.iter().filter_map(|one| Some(self.heads[*one].as_ref().ok()?.terminal.as_str())).collect();
        let target = &self.workspace.target.name;
        let with =
            if merged.is_empty() { target.clone() } else { format!("{target} + {}", merged.join(" + ")) };
        if let Some(conflict) = outcome.conflicts.first() {
            let why = format!("{} conflicts with {with} in {}", head.terminal, conflict.path);
            return Err(NoTree { why, severity: Severity::Conflict });
        }
        match outcome.undecided.first() {
            Some((path, reason)) => {
                let why = format!(
                    "what merging {} into {with} makes of {path} is unknown: {reason}",
                    head.terminal
                );
                Err(NoTree { why, severity: Severity::Error })
            }
            None => Ok(()),
        }
    }
}

impl Merges for TriedMerges<'_> {
    fn tree(&self, chosen: &[usize]) -> Result<Oid, NoTree> {
        self.merged(chosen).map(|(_, tree)| tree)
    }

    fn commit(&self, chosen: &[usize], tree: Oid) -> Result<Result<Oid, NoTree>, GitError> {
        let real = chosen.iter().filter_map(|one| self.heads[*one].as_ref().ok()?.real);
        let parents: Vec<Oid> = std::iter::once(self.start.0).chain(real).collect();
        let unknown = |why| NoTree { why, severity: Severity::Error };
        match self.checkouts {
            Some(checkouts) => Ok(checkouts.commit(&self.store, tree, &parents)?.map_err(unknown)),
            None => Ok(Err(unknown("nothing is checked out".to_string()))),
        }
    }
}

/// What a terminal would bring: its commits or, where asked for, its uncommitted work too; `None` where it has none.
pub fn tried_head(
    workspace: &Workspace,
    facts: &Facts,
    terminal: &Terminal,
    uncommitted: bool,
) -> Option<Result<TriedHead, NoTree>> {
    let tip = facts.own_tip(terminal)?;
    let name = &terminal.id;
    let head = |commit, real| Some(Ok(TriedHead { terminal: name.clone(), commit, real }));
    if !uncommitted || tip.is_as_committed() {
        return head(tip.head?, tip.head);
    }
    let unknown = |why| Some(Err(NoTree { why: format!("{name}: {why}"), severity: Severity::Error }));
    if let Some(why) = unknown_work(tip) {
        return unknown(why);
    }
    let parents: Vec<Oid> = tip.work_head.into_iter().collect();
    match workspace.repository.store().put_commit(tip.work_tree, &parents) {
        Ok(commit) => head(commit, tip.head),
        Err(missing) => unknown(Reason::from(missing).to_string()),
    }
}

/// Why it is not known what is not committed.
fn unknown_work(tip: &Tip) -> Option<String> {
    let unread = tip.changes.iter().filter(|change| change.layers.unread);
    unread
        .filter_map(|change| match &change.hunks {
            Hunks::Unknown(reason) => Some(reason.at(&change.path).to_string()),
            Hunks::Lines(_) | Hunks::Binary | Hunks::None => None,
        })
        .next()
}

/// Who was found to fail together, by earlier runs.
pub(super) fn kept_failures(workspace: &Workspace) -> Vec<KeptFailure> {
    workspace.trials_dir.as_deref().map_or_else(Vec::new, |folder| Results::of(Some(folder)).failures())
}

/// Those of them who still would: their work makes the same tree.
pub(super) fn known_failures(
    workspace: &Workspace,
    facts: &Facts,
    kept: Vec<KeptFailure>,
) -> Vec<KnownFailure> {
    // what is merged by now belongs to the target
    let is_merged = |name: &String| {
        let mut there = facts.terminals.iter().filter(|terminal| terminal.id == *name);
        there.all(|terminal| facts.own_tip(terminal).is_some_and(Tip::is_settled))
    };
    let has_uncommitted = |name: &String| {
        let mut there = facts.terminals.iter().filter(|terminal| terminal.id == *name);
        there.any(|terminal| facts.own_tip(terminal).is_some_and(|tip| !tip.is_as_committed()))
    };
    let left = |mut found: FailedTogether| {
        for names in [&mut found.together, &mut found.needed, &mut found.untried] {
            names.retain(|name| !is_merged(name));
        }
        Some(found).filter(|found| !found.together.is_empty())
    };
    let mut known: Vec<KnownFailure> = kept
        .into_iter()
        .filter(|kept| still_holds(workspace, facts, kept))
        .filter_map(|kept| {
            let uncommitted = kept.uncommitted && kept.merged.iter().any(has_uncommitted);
            Some(KnownFailure { found: left(kept.found)?, uncommitted })
        })
        .collect();
    known.sort_by(|a, b| (&a.found.together, a.uncommitted).cmp(&(&b.found.together, b.uncommitted)));
    known.dedup_by(|a, b| a.found.together == b.found.together);
    known
}

fn still_holds(workspace: &Workspace, facts: &Facts, kept: &KeptFailure) -> bool {
    let of = |name: &String| facts.terminals.iter().find(|terminal| terminal.id == *name);
    let heads: Option<Vec<Result<TriedHead, NoTree>>> =
        kept.merged.iter().map(|name| tried_head(workspace, facts, of(name)?, kept.uncommitted)).collect();
    let Some(heads) = heads else { return false };
    let all: Vec<usize> = (0..heads.len()).collect();
    TriedMerges::new(workspace, heads, None).is_some_and(|merges| merges.tree(&all) == Ok(kept.tree))
}
