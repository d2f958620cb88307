//! How many files went from one folder to another: the majority decides where a folder was renamed
//! to (`technical/directory-rename-detection`).

use std::collections::BTreeMap;

use foldhash::HashMap;

use crate::merge::renames::name_table::NameTable;
use crate::merge::renames::relevance::{FolderRelevance, Relevance, SourceRelevance};
use crate::model::RepoPath;

/// For each old folder, how many files went to which new one.
#[derive(Clone, Debug, Default)]
pub(crate) struct FolderCounts {
    counts: BTreeMap<RepoPath, Votes>,
}

/// How many files went to each new folder.
#[derive(Clone, Debug, Default)]
struct Votes {
    counts: HashMap<RepoPath, usize>,
    /// The new folders as they were first seen.
    seen: Vec<RepoPath>,
}

impl Votes {
    fn count(&mut self, folder: &RepoPath) {
        let votes = self.counts.entry(folder.clone()).or_default();
        if *votes == 0 {
            self.seen.push(folder.clone());
        }
        *votes += 1;
    }

    fn most(&self) -> usize {
        self.counts.values().copied().max().unwrap_or(0)
    }

    /// The folder with the most votes; of several, the one that git's table lists first.
    fn winner(&self) -> Option<RepoPath> {
        let mut table = NameTable::new();
        self.seen.iter().for_each(|folder| table.insert(folder.clone()));
        let most = self.most();
        table.into_paths().find(|folder| self.counts[folder] == most)
    }
}

/// Where a folder went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Most of its files went here.
    To(RepoPath),
    /// Several folders got equally many.
    Split,
}

impl FolderCounts {
    /// Counts one renamed file: for its folder, and for the folders above as long as both paths continue
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
            let folder = relevance.of_folder(&old);
            if first || folder == FolderRelevance::Itself {
                self.counts.entry(old.clone()).or_default().count(&new);
            }
            first = false;
            if folder == FolderRelevance::Irrelevant || old.as_bytes().is_empty() || new.as_bytes().is_empty()
            {
                return;
            }
        }
    }

    /// Whether the folder's new path is certain, even if `open` more files all went elsewhere.
    fn is_decided(&self, folder: &RepoPath, open: usize) -> bool {
        let Some(counts) = self.counts.get(folder) else { return false };
        let mut votes: Vec<usize> = counts.counts.values().copied().collect();
        votes.sort_unstable_by(|a, b| b.cmp(a));
        let second = votes.get(1).copied().unwrap_or(0);
        votes[0] > second + open
    }

    /// The folder that got the most, for each.
    pub fn best_guesses(&self) -> HashMap<RepoPath, RepoPath> {
        self.counts.iter().filter_map(|(old, votes)| Some((old.clone(), votes.winner()?))).collect()
    }

    /// Whether the best guess is one of several, for any folder.
    pub fn has_equal_votes(&self) -> bool {
        self.counts.values().any(|votes| {
            let most = votes.most();
            votes.counts.values().filter(|count| **count == most).count() > 1
        })
    }

    /// Forgets folders whose move does not matter.
    pub fn keep_relevant(&mut self, relevance: &Relevance) {
        self.counts.retain(|folder, _| relevance.of_folder(folder) != FolderRelevance::Irrelevant);
    }

    /// Drops sources that are relevant only for folders whose new place is already decided by the
    /// renames found, whatever becomes of the `open` sources.
    pub fn narrow<'a>(&self, relevance: &mut Relevance, open: impl Iterator<Item = &'a RepoPath>) {
        let mut unknown: HashMap<RepoPath, usize> = HashMap::default();
        let mut undecided = Vec::new();
        for path in open {
            let mut at = path.parent();
            let is_relevant =
                |folder: &mut RepoPath| relevance.of_folder(folder) != FolderRelevance::Irrelevant;
            while let Some(folder) = at.take_if(is_relevant) {
                at = folder.parent();
                *unknown.entry(folder).or_default() += 1;
            }
            undecided.push(path);
        }
        for (folder, why) in &mut relevance.removed {
            let open = unknown.get(folder).copied().unwrap_or(0);
            if *why == FolderRelevance::Itself && self.is_decided(folder, open) {
                *why = FolderRelevance::Above;
            }
        }
        for path in undecided {
            let location = relevance.of_source(path) == Some(SourceRelevance::Location);
            if location && !relevance.decides_a_folder(path) {
                relevance.sources.remove(path);
            }
        }
    }

    /// Where each folder went, by majority.
    pub fn moves(&self) -> BTreeMap<RepoPath, Moved> {
        let moved = |votes: &Votes| {
            let most = votes.most();
            let mut winners = votes.seen.iter().filter(|folder| votes.counts[*folder] == most);
            let winner = winners.next()?;
            Some(if winners.next().is_some() { Moved::Split } else { Moved::To(winner.clone()) })
        };
        self.counts.iter().filter_map(|(old, votes)| Some((old.clone(), moved(votes)?))).collect()
    }
}
