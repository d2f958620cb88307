//! Which renames of one side matter to a merge. git looks for no others, and which files take part
//! in the search changes what is found.

use foldhash::HashMap;

use crate::merge::diff::{RawChange, TreeDiff};
use crate::merge::renames::folder_counts::FolderCounts;
use crate::model::RepoPath;

/// Why a deleted path's new place matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// The other side changed or deleted the path as well.
    Content,
    /// The other side added a file to a folder that this side removed.
    Location,
}

/// Why it matters where a removed folder went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// It does not.
    Nothing,
    /// Something above it may have moved, and the majority below decides where to.
    Above,
    /// The other side added a file to it.
    Itself,
}

/// What a merge wants to know of one side's renames.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relevance {
    /// Deleted paths of this side that matter.
    pub sources: HashMap<RepoPath, Need>,
    /// The base's folders that this side does not have.
    pub removed: HashMap<RepoPath, Want>,
}

impl Relevance {
    /// What a merge wants to know of the side that made its `own` changes.
    pub fn of(own: &TreeDiff, other: &TreeDiff) -> Relevance {
        let mut relevance = Relevance::default();
        for folder in &own.removed {
            relevance.removed.insert(folder.clone(), Want::Nothing);
        }
        relevance.want_folders(own, other);
        for RawChange { path, new, .. } in &own.changes {
            if new.is_some() {
                continue;
            }
            if other.at(path).is_some() {
                relevance.sources.insert(path.clone(), Need::Content);
            } else if relevance.is_led(path) {
                relevance.sources.insert(path.clone(), Need::Location);
            }
        }
        relevance
    }

    /// Marks the removed folders that the other side added files to, and all removed ones below.
    fn want_folders(&mut self, own: &TreeDiff, other: &TreeDiff) {
        if own.removed.is_empty() {
            return;
        }
        let added: Vec<&RepoPath> = other
            .changes
            .iter()
            .filter(|change| change.old.is_none() && change.new.is_some() && own.at(&change.path).is_none())
            .map(|change| &change.path)
            .collect();
        for path in &added {
            let Some(folder) = path.parent() else { continue };
            if let Some(want) = self.removed.get_mut(&folder) {
                *want = Want::Itself;
            }
        }
        for folder in &own.removed {
            let above = folder.parent().map_or(Want::Nothing, |above| self.want(&above));
            if above != Want::Nothing && self.want(folder) == Want::Nothing {
                self.removed.insert(folder.clone(), Want::Above);
            }
        }
    }

    /// Whether the place of a deleted path could say where a folder went.
    fn is_led(&self, path: &RepoPath) -> bool {
        path.parent().is_some_and(|folder| self.want(&folder) != Want::Nothing)
    }

    /// Whether no rename matters.
    pub fn is_nothing(&self) -> bool {
        self.sources.is_empty() && self.removed.values().all(|want| *want == Want::Nothing)
    }

    pub fn need(&self, path: &RepoPath) -> Option<Need> {
        self.sources.get(path).copied()
    }

    pub fn want(&self, folder: &RepoPath) -> Want {
        self.removed.get(folder).copied().unwrap_or(Want::Nothing)
    }

    /// Drops sources that are wanted only for folders whose new place is already decided by the
    /// renames found, whatever becomes of the `open` sources.
    pub fn narrow<'a>(&mut self, counts: &FolderCounts, open: impl Iterator<Item = &'a RepoPath>) {
        let mut unknown: HashMap<RepoPath, usize> = HashMap::default();
        let mut undecided = Vec::new();
        for path in open {
            let mut at = path.parent();
            while let Some(folder) = at.take_if(|folder| self.want(folder) != Want::Nothing) {
                at = folder.parent();
                *unknown.entry(folder).or_default() += 1;
            }
            undecided.push(path);
        }
        for (folder, want) in &mut self.removed {
            let open = unknown.get(folder).copied().unwrap_or(0);
            if *want == Want::Itself && counts.is_decided(folder, open) {
                *want = Want::Above;
            }
        }
        for path in undecided {
            if self.need(path) == Some(Need::Location) && !self.still_wanted(path) {
                self.sources.remove(path);
            }
        }
    }

    fn still_wanted(&self, path: &RepoPath) -> bool {
        let mut at = path.parent();
        while let Some(folder) = at {
            match self.want(&folder) {
                Want::Nothing => return false,
                Want::Itself => return true,
                Want::Above => at = folder.parent(),
            }
        }
        false
    }
}
