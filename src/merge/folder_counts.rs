//! How many files went from one folder to another: the votes that decide where a folder moved
//! (git's `directory-rename-detection`).

use std::collections::{BTreeMap, HashMap};

use super::relevance::{Relevance, Want};
use crate::model::RepoPath;

/// For each old folder, how many files went to which new one.
#[derive(Clone, Debug, Default)]
pub(super) struct FolderCounts {
    counts: BTreeMap<RepoPath, BTreeMap<RepoPath, usize>>,
}

/// Where a folder went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// Most of its files went here.
    To(RepoPath),
    /// Several folders got equally many.
    Split,
}

impl FolderCounts {
    /// Counts one renamed file: for its folder, and for the folders above while both paths go on
    /// with the same names. So `a/b/c/f` to `a/x/c/f` counts for `a/b/c` to `a/x/c` and for `a/b`
    /// to `a/x`, but not for `a`.
    pub fn count(&mut self, relevance: &Relevance, from: &RepoPath, to: &RepoPath) {
        let (mut old, mut new) = (from.clone(), to.clone());
        let mut first = true;
        loop {
            let names = (old.file_name().to_vec(), new.file_name().to_vec());
            old = old.parent().unwrap_or_default();
            new = new.parent().unwrap_or_default();
            if !relevance.removed.contains_key(&old) || (!first && names.0 != names.1) {
                return;
            }
            let want = relevance.want(&old);
            if first || want == Want::Itself {
                *self.counts.entry(old.clone()).or_default().entry(new.clone()).or_default() += 1;
            }
            first = false;
            if want == Want::Nothing || old.as_bytes().is_empty() || new.as_bytes().is_empty() {
                return;
            }
        }
    }

    /// Whether the folder's new place stands fast, even if `open` more files all went elsewhere.
    pub fn is_decided(&self, folder: &RepoPath, open: usize) -> bool {
        let Some(counts) = self.counts.get(folder) else { return false };
        let mut votes: Vec<usize> = counts.values().copied().collect();
        votes.sort_unstable_by(|a, b| b.cmp(a));
        let second = votes.get(1).copied().unwrap_or(0);
        votes[0] > second + open
    }

    /// The folder that got the most, for each.
    pub fn best_guesses(&self) -> HashMap<RepoPath, RepoPath> {
        let best = |counts: &BTreeMap<RepoPath, usize>| {
            counts.iter().rev().max_by_key(|(_, votes)| **votes).map(|(folder, _)| folder.clone())
        };
        self.counts.iter().filter_map(|(old, counts)| Some((old.clone(), best(counts)?))).collect()
    }

    /// Forgets folders whose move does not matter.
    pub fn keep_removed(&mut self, relevance: &Relevance) {
        self.counts.retain(|folder, _| relevance.want(folder) != Want::Nothing);
    }

    /// Where each folder went, by majority.
    pub fn moves(&self) -> BTreeMap<RepoPath, Moved> {
        let moved = |counts: &BTreeMap<RepoPath, usize>| {
            let most = counts.values().max().copied()?;
            let mut winners = counts.iter().filter(|(_, votes)| **votes == most).map(|(folder, _)| folder);
            let winner = winners.next()?;
            Some(if winners.next().is_some() { Moved::Split } else { Moved::To(winner.clone()) })
        };
        self.counts.iter().filter_map(|(old, counts)| Some((old.clone(), moved(counts)?))).collect()
    }
}
