//! Where a tip's work could meet another's: enough to tell that two of them cannot, without
//! looking at a tree.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use foldhash::{HashMap, HashSet};

use super::kind::Interaction;
use super::looked_for::{LookedFor, Tie};
use crate::merge::Missing;
use crate::merge::attribute_sources::attributes_file;
use crate::merge::diff::{RawChange, TreeDiff, diff_trees_beside};
use crate::merge::recursive::Merger;
use crate::merge::renames::EMPTY_BLOB;
use crate::merge::renames::name_table::NameTable;
use crate::model::{Entry, Oid, RepoPath};

/// The paths that a tip touches, in its own work and in what it does to the target.
#[derive(Clone, Debug, Default)]
pub struct TouchedPaths {
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
    /// The files it adds to the target.
    pub added: Vec<(RepoPath, Entry)>,
    /// The files of the target that it changes in place, as it leaves them.
    pub changed: Vec<(RepoPath, Entry)>,
    /// The paths of the target that it takes away.
    pub taken: Vec<RepoPath>,
    /// Those of the paths at which it does no more than edit a file that stays where it is: the file
    /// of its base and its own.
    pub edits: HashMap<RepoPath, [Entry; 2]>,
    /// Where its work depends on what became of files that the target moved or removed, or on the
    /// order in which files are come upon.
    pub search: Option<Search>,
    /// All folders above its paths, once they are asked for.
    pub folders: OnceLock<HashSet<RepoPath>>,
}

/// What decides where the work of a tip turns up that touches files, or adds to folders, which the
/// target moved or removed since: git looks for the moved files among all that was added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The paths of all files that the target removed.
    pub gone: HashSet<RepoPath>,
    /// Their contents.
    pub contents: HashSet<Oid>,
    /// The folders that it removed.
    pub folders: HashSet<RepoPath>,
    /// The paths that it added: what was looked at.
    pub among: HashSet<RepoPath>,
    /// Their contents.
    pub arrived: HashSet<Oid>,
    /// Those of them that were found to be moved files.
    pub found: HashSet<RepoPath>,
    /// The contents that were looked for by name or likeness, after equal contents.
    pub sought: BTreeSet<Oid>,
    /// The names, without folders, that one of these and one new file have alone.
    pub lone: BTreeSet<Vec<u8>>,
    /// Whether the order counted in which files were come upon.
    pub tie: Tie,
}

/// What one tip, merged first, can do to what becomes of another where they have no place in common:
/// only change where the target's moved files are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    /// Nothing.
    Apart,
    /// The same, unless it brings a file like one that is looked for, or a name that changes the
    /// order in which files are come upon, or takes away a file that is found among what was added.
    UnlessAlike,
    /// Something.
    PairMerge,
}

impl TouchedPaths {
    /// Whether it touches the attributes that merges go by which store content anew.
    pub(super) fn changes_rules(&self) -> bool {
        self.paths.contains(&attributes_file())
    }

    /// Where a tip's work could meet others, from the trees of its base, the target and itself, its
    /// effect on the target, and what was looked for when the two were merged.
    pub(super) fn of(
        merger: &Merger<'_>,
        [base, target, tip]: [Oid; 3],
        effect: &TreeDiff,
        looked_for: LookedFor,
    ) -> Result<TouchedPaths, Missing> {
        let own = merger.diff(base, tip)?;
        let print = TouchedPaths::new(Some(&own), effect);
        // the order of files counts for the tip's own renames as well
        let is_tied = looked_for.tie != Tie::None;
        if !is_tied && !is_searched(&own, &diff_trees_beside(merger.objects(), base, target, tip)?) {
            return Ok(print);
        }
        let search = Search::new(&*merger.diff(base, target)?, looked_for);
        Ok(TouchedPaths { search: Some(search), ..print })
    }

    /// The paths of a tip's own work, where there is a base to tell it from, and of its effect on the
    /// target.
    pub(super) fn new(own: Option<&TreeDiff>, effect: &TreeDiff) -> TouchedPaths {
        let mut print = TouchedPaths::default();
        for diff in own.into_iter().chain([effect]) {
            print.removed.extend(diff.removed.iter().cloned());
            for change in &diff.changes {
                print.add(change);
            }
        }
        for change in &effect.changes {
            match (change.old, change.new) {
                (None, Some(new)) => print.added.push((change.path.clone(), new)),
                (Some(_), Some(new)) => print.changed.push((change.path.clone(), new)),
                (Some(_), None) => print.taken.push(change.path.clone()),
                (None, None) => {}
            }
        }
        for change in own.into_iter().flat_map(|own| &own.changes) {
            let stays = effect.at(&change.path).is_none_or(|effect| edit(effect).is_some());
            if let (Some(versions), true) = (edit(change), stays) {
                print.edits.insert(change.path.clone(), versions);
            }
        }
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

    /// Whether its work may turn up under any name.
    pub(super) fn is_anywhere(&self) -> bool {
        self.search.is_some()
    }

    /// Whether they have a path in common, or more than that.
    pub(super) fn shares_a_place(&self, other: &TouchedPaths) -> bool {
        !disjoint(&self.paths, &other.paths) || self.folders_meet(other)
    }

    /// Whether they have more in common than files: a file of one where the other has a folder, or a
    /// folder that one removed and the other added to.
    pub(super) fn folders_meet(&self, other: &TouchedPaths) -> bool {
        !disjoint(&self.placed, &other.above)
            || !disjoint(&self.above, &other.placed)
            || !disjoint(&self.removed, &other.added_to)
            || !disjoint(&self.added_to, &other.removed)
    }

    /// What they have in common.
    pub(super) fn common<'p>(&'p self, other: &'p TouchedPaths) -> Interaction<Vec<&'p RepoPath>> {
        if self.folders_meet(other) {
            return Interaction::Structural;
        }
        let (small, large) =
            if self.paths.len() <= other.paths.len() { (self, other) } else { (other, self) };
        let mut paths: Vec<&RepoPath> =
            small.paths.iter().filter(|path| large.paths.contains(*path)).collect();
        if paths.is_empty() {
            return Interaction::None;
        }
        if !paths.iter().all(|path| self.edits.contains_key(*path) && other.edits.contains_key(*path)) {
            return Interaction::Structural;
        }
        paths.sort();
        Interaction::Edits(paths)
    }

    /// What merging the other first could do to what becomes of this, places in common left aside.
    pub(super) fn contact(&self, other: &TouchedPaths, rename_limit: usize) -> Contact {
        if self.paths.is_empty() || other.paths.is_empty() {
            return Contact::Apart;
        }
        let Some(search) = &self.search else { return Contact::Apart };
        if search.is_met(other, rename_limit) || !self.order_is_firm(search, other) {
            return Contact::PairMerge;
        }
        let nothing_new = search.arrivals(other).next().is_none();
        let nothing_counts = nothing_new || (search.sought.is_empty() && search.tie == Tie::None);
        match other.taken.is_empty() && nothing_counts {
            true => Contact::Apart,
            false => Contact::UnlessAlike,
        }
    }

    /// Whether files are come upon in the same order after another tip, if its new names allow it.
    fn order_is_firm(&self, search: &Search, other: &TouchedPaths) -> bool {
        match search.tie {
            Tie::None => true,
            Tie::Firm(put_off) => {
                let own = self.folders.get_or_init(|| self.paths.iter().flat_map(folders_above).collect());
                let more = put_off_by(other, own);
                NameTable::width(put_off.saturating_sub(more)) == NameTable::width(put_off + more)
                    && !search.folder_may_return(other, own)
            }
            Tie::Loose => false,
        }
    }
}

impl Search {
    /// What the target did since the tip's own work began, and what was looked for.
    fn new(target: &TreeDiff, looked_for: LookedFor) -> Search {
        let mut search = Search {
            folders: target.removed.iter().cloned().collect(),
            found: looked_for.found,
            sought: looked_for.open,
            lone: looked_for.lone,
            tie: looked_for.tie,
            ..Search::default()
        };
        for change in &target.changes {
            match (change.old, change.new) {
                (Some(old), None) => {
                    search.gone.insert(change.path.clone());
                    search.contents.insert(old.oid);
                }
                (None, Some(new)) => {
                    search.among.insert(change.path.clone());
                    search.arrived.insert(new.oid);
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        search
    }

    /// The files of another tip that would be looked at as well, or anew.
    pub(super) fn arrivals<'f>(
        &'f self,
        other: &'f TouchedPaths,
    ) -> impl Iterator<Item = &'f (RepoPath, Entry)> {
        let anew = other.changed.iter().filter(|(path, _)| self.among.contains(path));
        other.added.iter().chain(anew)
    }

    /// Whether another tip could bring a folder that both touched back to what it was at the base. It
    /// cannot where the target added or removed a file.
    fn folder_may_return(&self, other: &TouchedPaths, own: &HashSet<RepoPath>) -> bool {
        let stays =
            |folder: &RepoPath| self.among.iter().chain(&self.gone).any(|path| path.is_within(folder));
        let touched = other.changed.iter().map(|(path, _)| path).chain(&other.taken);
        let mut folders: Vec<RepoPath> = touched.flat_map(folders_above).collect();
        folders.sort();
        folders.dedup();
        folders.iter().any(|folder| own.contains(folder) && !stays(folder))
    }

    /// Whether it counts that another tip takes this path away, whatever its content. The search then
    /// has one more file to look for, but it is none that matters: no tip of the two touches what the
    /// other takes away. And the base has its name still, so that no other is come upon earlier.
    fn misses(&self, path: &RepoPath) -> bool {
        self.among.contains(path) || self.lone.contains(path.file_name())
    }

    /// Whether another tip, merged first, could change what is found. Files that it changes in place
    /// cannot, unless the target added them; nor can new ones that could not be one of the moved files,
    /// or those that it takes away, as long as all names stay as alone as they were.
    fn is_met(&self, other: &TouchedPaths, rename_limit: usize) -> bool {
        // an empty file is never found, but emptying one leaves its name to others
        let counts = |(path, entry): &(RepoPath, Entry)| {
            self.found.contains(path)
                || self.gone.contains(path)
                || self.contents.contains(&entry.oid)
                || self.lone.contains(path.file_name())
                || (entry.oid == EMPTY_BLOB && self.among.contains(path))
        };
        let arrivals = self.arrivals(other).count();
        let compared = self.sought.len().saturating_mul(self.among.len() + arrivals);
        other.taken.iter().any(|path| self.misses(path))
            || !disjoint(&self.folders, &other.above)
            || self.arrivals(other).any(counts)
            || compared > rename_limit.saturating_mul(rename_limit)
    }
}

/// Whether a tip's own work needs to know what became of files that the target moved or removed: it
/// touches them, or adds to folders that the target removed. What the target did elsewhere does not
/// count.
fn is_searched(own: &TreeDiff, target: &TreeDiff) -> bool {
    let gone = |path: &RepoPath| target.at(path).is_some_and(|change| change.new.is_none());
    let is_removed = |folder: RepoPath| target.removed.contains(&folder);
    own.changes.iter().any(|change| match change.old {
        Some(_) => gone(&change.path),
        None => change.path.parent().is_some_and(is_removed),
    })
}

/// The file before and after, where one is there both times.
fn edit(change: &RawChange) -> Option<[Entry; 2]> {
    let file = |entry: Option<Entry>| entry.filter(|entry| entry.kind.is_file());
    Some([file(change.old)?, file(change.new)?])
}

fn folders_above(path: &RepoPath) -> impl Iterator<Item = RepoPath> {
    std::iter::successors(path.parent(), RepoPath::parent)
}

/// How many folders at most are put off because of another tip: of those above each of its files the
/// uppermost that is not touched by this one, or else the file's own.
fn put_off_by(other: &TouchedPaths, own: &HashSet<RepoPath>) -> usize {
    let put_off = |path: &RepoPath| {
        let uppermost = folders_above(path).filter(|folder| !own.contains(folder)).last();
        uppermost.or_else(|| path.parent())
    };
    let put = other.added.iter().chain(&other.changed).map(|(path, _)| path);
    let put_off: HashSet<RepoPath> = put.chain(&other.taken).filter_map(put_off).collect();
    put_off.len()
}

fn disjoint(one: &HashSet<RepoPath>, other: &HashSet<RepoPath>) -> bool {
    let (small, large) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    small.iter().all(|path| !large.contains(path))
}
