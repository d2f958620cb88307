//! Where a tip's work could meet another's: enough to tell that two of them cannot, without
//! looking at a tree.

use std::collections::{BTreeSet, HashSet};

use super::diff::{RawChange, TreeDiff};
use super::engine::Sought;
use crate::model::{Oid, RepoPath};

/// The paths that a tip touches, in its own work and in what it does to the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// All of them.
    pub paths: HashSet<RepoPath>,
    /// Paths it puts something at.
    pub placed: HashSet<RepoPath>,
    /// All folders above those.
    pub above: HashSet<RepoPath>,
    /// Folders that directly hold a path it adds.
    pub added_to: HashSet<RepoPath>,
    /// Folders it removes.
    pub removed: HashSet<RepoPath>,
    /// The files it adds to the target: their names without folders, and their contents.
    pub added: Vec<(Vec<u8>, Oid)>,
    /// Whether it takes anything away from the target.
    pub takes_away: bool,
    /// Where its work depends on what became of files that the target moved or removed.
    pub search: Option<Search>,
}

/// What decides where the work of a tip turns up that touches files, or adds to folders, which the
/// target moved or removed since: git looks for the moved files among all that was added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The names, without folders, of all files that the target removed.
    pub names: HashSet<Vec<u8>>,
    /// Their contents.
    pub contents: HashSet<Oid>,
    /// The folders that it removed.
    pub folders: HashSet<RepoPath>,
    /// The paths that it added: what was looked at.
    pub among: HashSet<RepoPath>,
    /// The contents that were looked for by likeness, after equal contents and names.
    pub sought: BTreeSet<Oid>,
    /// Whether anything else could change the answer as well: several files fit equally, so that the
    /// order counts in which they are come upon, or the work began at several bases.
    pub anything: bool,
}

/// How two footprints stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    /// Neither can change what becomes of the other.
    Apart,
    /// The same, unless one adds a file that is like one that is looked for because of the other.
    UnlessAlike,
    /// They may have to do with each other.
    Met,
}

impl Footprint {
    /// The paths of a tip's own work, where there is a base to tell it from, and of its effect on the
    /// target.
    pub(super) fn new(own: Option<&TreeDiff>, effect: &TreeDiff) -> Footprint {
        let mut print = Footprint::default();
        for diff in own.into_iter().chain([effect]) {
            print.removed.extend(diff.removed.iter().cloned());
            for change in &diff.changes {
                print.add(change);
            }
        }
        for change in &effect.changes {
            match (change.old, change.new) {
                (None, Some(new)) => print.added.push((change.path.file_name().to_vec(), new.oid)),
                (Some(_), None) => print.takes_away = true,
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        print.added.sort();
        print
    }

    fn add(&mut self, change: &RawChange) {
        self.paths.insert(change.path.clone());
        if change.new.is_none() {
            return;
        }
        self.placed.insert(change.path.clone());
        let mut above = change.path.parent();
        if let (Some(folder), None) = (&above, change.old) {
            self.added_to.insert(folder.clone());
        }
        while let Some(folder) = above.take_if(|folder| !self.above.contains(folder)) {
            above = folder.parent();
            self.above.insert(folder);
        }
    }

    /// The same, knowing what the target did since the tip's own work began, and what was looked for
    /// when the two were merged.
    pub(super) fn beside(
        mut self,
        own: &TreeDiff,
        target: &TreeDiff,
        sought: Sought,
        several_bases: bool,
    ) -> Footprint {
        let gone = |path: &RepoPath| target.at(path).is_some_and(|change| change.new.is_none());
        let folders: HashSet<RepoPath> = target.removed.iter().cloned().collect();
        let into_gone = |path: &RepoPath| path.parent().is_some_and(|folder| folders.contains(&folder));
        let searched = own.changes.iter().any(|change| match change.old {
            Some(_) => gone(&change.path),
            None => into_gone(&change.path),
        });
        if !searched {
            return self;
        }
        let mut search = Search {
            folders,
            sought: sought.open,
            anything: sought.tied || several_bases,
            ..Search::default()
        };
        for change in &target.changes {
            match (change.old, change.new) {
                (Some(old), None) => {
                    search.names.insert(change.path.file_name().to_vec());
                    search.contents.insert(old.oid);
                }
                (None, Some(_)) => drop(search.among.insert(change.path.clone())),
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        self.search = Some(search);
        self
    }

    /// Whether its work may turn up under any name.
    pub(super) fn is_anywhere(&self) -> bool {
        self.search.is_some()
    }

    /// Whether they have a path in common, or more than that.
    pub(super) fn shares_a_place(&self, other: &Footprint) -> bool {
        !disjoint(&self.paths, &other.paths) || self.folders_meet(other)
    }

    /// Whether they have more in common than files: a file of one where the other has a folder, or a
    /// folder that one removed and the other added to.
    pub(super) fn folders_meet(&self, other: &Footprint) -> bool {
        !disjoint(&self.placed, &other.above)
            || !disjoint(&self.above, &other.placed)
            || !disjoint(&self.removed, &other.added_to)
            || !disjoint(&self.added_to, &other.removed)
    }

    /// Whether the two could have anything to do with each other: a place in common, or something of
    /// one that changes where the target's moved files are found for the other.
    pub(super) fn contact(&self, other: &Footprint, rename_limit: usize) -> Contact {
        let paths = self.shares_a_place(other);
        if paths || self.paths.is_empty() || other.paths.is_empty() {
            return if paths { Contact::Met } else { Contact::Apart };
        }
        let searches = [(&self.search, other), (&other.search, self)];
        let contacts = searches.map(|(search, other)| {
            search.as_ref().map_or(Contact::Apart, |search| search.contact(other, rename_limit))
        });
        match contacts {
            [Contact::Met, _] | [_, Contact::Met] => Contact::Met,
            [Contact::UnlessAlike, _] | [_, Contact::UnlessAlike] => Contact::UnlessAlike,
            [Contact::Apart, Contact::Apart] => Contact::Apart,
        }
    }
}

impl Search {
    /// Whether another tip, merged first, could change what is found. Files that it changes in place
    /// cannot, unless the target added them; nor can new ones whose name and content nobody asks for.
    fn contact(&self, other: &Footprint, rename_limit: usize) -> Contact {
        let fits =
            |(name, content): &(Vec<u8>, Oid)| self.names.contains(name) || self.contents.contains(content);
        let compared = self.sought.len().saturating_mul(self.among.len() + other.added.len());
        let met = self.anything
            || other.takes_away
            || !disjoint(&self.among, &other.paths)
            || !disjoint(&self.folders, &other.above)
            || other.added.iter().any(fits)
            || compared > rename_limit.saturating_mul(rename_limit);
        match (met, self.sought.is_empty() || other.added.is_empty()) {
            (true, _) => Contact::Met,
            (false, true) => Contact::Apart,
            (false, false) => Contact::UnlessAlike,
        }
    }
}

fn disjoint(one: &HashSet<RepoPath>, other: &HashSet<RepoPath>) -> bool {
    let (small, large) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    small.iter().all(|path| !large.contains(path))
}
