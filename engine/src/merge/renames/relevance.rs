//! Which renames of one side matter to a merge. git looks for no others (`gitdiffcore`), and which
//! files take part in the search changes what is found.

use foldhash::HashMap;

use crate::merge::diff::{RawChange, TreeDiff};
use crate::model::RepoPath;

/// Why a deleted path's new place matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceRelevance {
    /// The other side changed or deleted the path as well.
    Content,
    /// The other side added a file to a folder that this side removed.
    Location,
}

/// Whether it matters where a removed folder went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FolderRelevance {
    /// It does not.
    Irrelevant,
    /// Something above it may have moved, and the majority below decides where to.
    Above,
    /// The other side added a file to it.
    Itself,
}

/// Which renames of one side are relevant, and why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relevance {
    /// Deleted paths of this side that matter.
    pub sources: HashMap<RepoPath, SourceRelevance>,
    /// The base's folders that this side does not have.
    pub removed: HashMap<RepoPath, FolderRelevance>,
}

impl Relevance {
    /// What is relevant of a side's `own` changes, given the other side's.
    pub fn of(own: &TreeDiff, other: &TreeDiff) -> Relevance {
        let mut relevance = Relevance::default();
        for folder in &own.removed {
            relevance.removed.insert(folder.clone(), FolderRelevance::Irrelevant);
        }
        relevance.mark_folders(own, other);
        for RawChange { path, new, .. } in &own.changes {
            if new.is_some() {
                continue;
            }
            if other.at(path).is_some() {
                relevance.sources.insert(path.clone(), SourceRelevance::Content);
            } else if relevance.tells_of_a_folder(path) {
                relevance.sources.insert(path.clone(), SourceRelevance::Location);
            }
        }
        relevance
    }

    /// Marks the removed folders that the other side added files to, and all removed ones below.
    fn mark_folders(&mut self, own: &TreeDiff, other: &TreeDiff) {
        if own.removed.is_empty() {
            return;
        }
        let is_added = |change: &&RawChange| {
            change.old.is_none() && change.new.is_some() && own.at(&change.path).is_none()
        };
        for folder in other.changes.iter().filter(is_added).filter_map(|change| change.path.parent()) {
            if let Some(why) = self.removed.get_mut(&folder) {
                *why = FolderRelevance::Itself;
            }
        }
        for folder in &own.removed {
            let above = folder.parent().map_or(FolderRelevance::Irrelevant, |above| self.of_folder(&above));
            let is_open = self.of_folder(folder) == FolderRelevance::Irrelevant;
            if above != FolderRelevance::Irrelevant && is_open {
                self.removed.insert(folder.clone(), FolderRelevance::Above);
            }
        }
    }

    /// Whether the place of a deleted path could say where a folder went.
    fn tells_of_a_folder(&self, path: &RepoPath) -> bool {
        path.parent().is_some_and(|folder| self.of_folder(&folder) != FolderRelevance::Irrelevant)
    }

    /// Whether no rename matters.
    pub fn is_nothing(&self) -> bool {
        self.sources.is_empty() && self.removed.values().all(|why| *why == FolderRelevance::Irrelevant)
    }

    /// Why a deleted path's new place matters, if it does.
    pub fn of_source(&self, path: &RepoPath) -> Option<SourceRelevance> {
        self.sources.get(path).copied()
    }

    /// Whether it matters where a folder went.
    pub fn of_folder(&self, folder: &RepoPath) -> FolderRelevance {
        self.removed.get(folder).copied().unwrap_or(FolderRelevance::Irrelevant)
    }

    /// Whether a path's new place counts for a folder above it that the other side added to.
    pub fn decides_a_folder(&self, path: &RepoPath) -> bool {
        let mut at = path.parent();
        while let Some(folder) = at {
            match self.of_folder(&folder) {
                FolderRelevance::Irrelevant => return false,
                FolderRelevance::Itself => return true,
                FolderRelevance::Above => at = folder.parent(),
            }
        }
        false
    }
}
