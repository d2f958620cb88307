//! The paths that a tip touches: enough to know that two tips cannot influence each other without reading
//! a tree.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use foldhash::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use super::kind::Interaction;
use super::looked_for::{LookedFor, Tie};
use super::set_attributes::SetAttributes;
use crate::merge::Missing;
use crate::merge::attribute_sources::is_attributes_file;
use crate::merge::diff::{RawChange, TreeDiff, diff_trees_beside};
use crate::merge::recursive::Merger;
use crate::merge::renames::EMPTY_BLOB;
use crate::merge::renames::name_table::NameTable;
use crate::model::{Entry, Oid, RepoPath};

/// The paths that a tip touches, in its own changes and in the effect of merging it into the target.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    /// The paths of the target that it removes.
    pub deleted: Vec<RepoPath>,
    /// The paths at which it only edits a file that stays where it is, with the file of its base and its
    /// own.
    pub edits: HashMap<RepoPath, [Entry; 2]>,
    /// The attributes that they set, by which later merges go.
    pub attributes: SetAttributes,
    /// Set where its merge depends on what became of files that the target moved or removed, or on git's
    /// traversal order.
    pub search: Option<RenameInputs>,
    /// All folders above its paths, computed on demand.
    #[serde(skip)]
    pub folders: OnceLock<HashSet<RepoPath>>,
}

/// What a search for renames depends on. A tip that touches files, or adds to folders, which the target
/// moved or removed since makes git look for the moved files among all that the target added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenameInputs {
    /// The paths of all files that the target removed.
    pub gone: HashSet<RepoPath>,
    /// Their contents.
    pub contents: HashSet<Oid>,
    /// The folders that it removed.
    pub folders: HashSet<RepoPath>,
    /// The paths that it added: the candidates.
    pub among: HashSet<RepoPath>,
    /// Their contents.
    pub arrived: HashSet<Oid>,
    /// Those of them that were found to be renames.
    pub found: HashSet<RepoPath>,
    /// The contents that were looked for by basename or similarity, after exact renames.
    pub looked_for: BTreeSet<Oid>,
    /// The basenames that exactly one of these and one new file have.
    pub lone: BTreeSet<Vec<u8>>,
    /// Whether the traversal order mattered.
    pub tie: Tie,
}

/// Whether one tip, merged first, can change which renames are found when another is merged. Apart from
/// common paths, this is the only way in which it can influence the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RenameInfluence {
    /// No.
    None,
    /// Only if it adds a file similar to one that is looked for, or a name that changes the traversal
    /// order, or removes a file whose content is among what was added.
    IfSimilar,
    /// Yes.
    Yes,
}

impl TouchedPaths {
    /// The paths that a tip touches, from the trees of its base, the target and itself, its effect on the
    /// target, and what the merge of the two looked for.
    pub(super) fn of(
        merger: &Merger<'_>,
        [base, target, tip]: [Oid; 3],
        effect: &TreeDiff,
        looked_for: LookedFor,
    ) -> Result<TouchedPaths, Missing> {
        let own = merger.diff(base, tip)?;
        let mut touched = TouchedPaths::new(Some(&own), effect);
        touched.attributes = SetAttributes::default();
        let renormalizes = merger.options().renormalizes();
        for change in own.changes.iter().chain(&effect.changes) {
            touched.attributes.extend(SetAttributes::by(merger.objects(), change, renormalizes));
        }
        // the traversal order matters to the tip's own renames as well
        let is_tied = looked_for.tie != Tie::None;
        if !is_tied && !is_searched(&own, &diff_trees_beside(merger.objects(), base, target, tip)?) {
            return Ok(touched);
        }
        let search = RenameInputs::new(&*merger.diff(base, target)?, looked_for);
        Ok(TouchedPaths { search: Some(search), ..touched })
    }

    /// The paths of a tip's own changes, where it has a base, and of its effect on the target.
    pub(super) fn new(own: Option<&TreeDiff>, effect: &TreeDiff) -> TouchedPaths {
        let mut touched = TouchedPaths::default();
        for diff in own.into_iter().chain([effect]) {
            touched.removed.extend(diff.removed.iter().cloned());
            for change in &diff.changes {
                touched.add(change);
            }
        }
        for change in &effect.changes {
            match (change.old, change.new) {
                (None, Some(new)) => touched.added.push((change.path.clone(), new)),
                (Some(_), Some(new)) => touched.changed.push((change.path.clone(), new)),
                (Some(_), None) => touched.deleted.push(change.path.clone()),
                (None, None) => {}
            }
        }
        for change in own.into_iter().flat_map(|own| &own.changes) {
            let stays = effect.at(&change.path).is_none_or(|effect| edit(effect).is_some());
            if let (Some(versions), true) = (edit(change), stays) {
                touched.edits.insert(change.path.clone(), versions);
            }
        }
        touched
    }

    fn add(&mut self, change: &RawChange) {
        self.paths.insert(change.path.clone());
        if is_attributes_file(&change.path) {
            self.attributes = SetAttributes::perhaps_all();
        }
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

    /// What it makes of paths of the target.
    pub(super) fn made(&self) -> impl Iterator<Item = (RepoPath, Option<Entry>)> {
        let present =
            self.added.iter().chain(&self.changed).map(|(path, entry)| (path.clone(), Some(*entry)));
        present.chain(self.deleted.iter().map(|path| (path.clone(), None)))
    }

    /// Whether its changes may end up at any path.
    pub fn is_anywhere(&self) -> bool {
        self.search.is_some()
    }

    /// Whether they have a path or a folder in common.
    pub(super) fn shares_a_place(&self, other: &TouchedPaths) -> bool {
        !self.paths.is_disjoint(&other.paths) || self.folders_meet(other)
    }

    /// Whether folders are involved: a file of one where the other has a folder, or a folder that one
    /// removed and the other added to.
    pub(super) fn folders_meet(&self, other: &TouchedPaths) -> bool {
        !self.placed.is_disjoint(&other.above)
            || !self.above.is_disjoint(&other.placed)
            || !self.removed.is_disjoint(&other.added_to)
            || !self.added_to.is_disjoint(&other.removed)
    }

    /// How they interact at the paths that they have in common.
    pub(super) fn at_common_paths<'p>(&'p self, other: &'p TouchedPaths) -> Interaction<Vec<&'p RepoPath>> {
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

    /// Whether the attributes that this sets may have a part in the merge of the other, on so many merge bases.
    pub(super) fn attributes_concern(&self, other: &TouchedPaths, bases: usize) -> bool {
        let set = &self.attributes;
        if set.is_empty() {
            return false;
        }
        // bases are merged wherever their histories differ
        let in_bases = bases > 1;
        let found_again =
            |search: &RenameInputs| search.gone.iter().chain(&search.among).any(|path| set.concern(path));
        // what the other changed may be merged where this has moved it
        let moves = || !self.deleted.is_empty() && self.shares_a_place(other);
        in_bases
            || other.paths.iter().any(|path| set.concern(path))
            || other.search.as_ref().is_some_and(found_again)
            || (moves() && self.added.iter().any(|(path, _)| set.concern(path)))
    }

    /// Whether merging the other first could change which renames are found when this is merged.
    pub(super) fn rename_influence(&self, other: &TouchedPaths, rename_limit: usize) -> RenameInfluence {
        if self.paths.is_empty() || other.paths.is_empty() {
            return RenameInfluence::None;
        }
        let Some(search) = &self.search else { return RenameInfluence::None };
        if search.is_met(other, rename_limit) || !self.order_is_firm(search, other) {
            return RenameInfluence::Yes;
        }
        let nothing_new = search.arrivals(other).next().is_none();
        let nothing_counts = nothing_new || (search.looked_for.is_empty() && search.tie == Tie::None);
        if other.deleted.is_empty() && nothing_counts {
            RenameInfluence::None
        } else {
            RenameInfluence::IfSimilar
        }
    }

    /// Whether the traversal order stays the same after another tip, provided that its new names allow it.
    fn order_is_firm(&self, search: &RenameInputs, other: &TouchedPaths) -> bool {
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

impl RenameInputs {
    /// From what the target changed since the tip's base, and what was looked for.
    fn new(target: &TreeDiff, looked_for: LookedFor) -> RenameInputs {
        let mut search = RenameInputs {
            folders: target.removed.iter().cloned().collect(),
            found: looked_for.found,
            looked_for: looked_for.open,
            lone: looked_for.lone,
            tie: looked_for.tie,
            ..RenameInputs::default()
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

    /// The files of another tip that would become candidates, or change as candidates.
    pub(super) fn arrivals<'f>(
        &'f self,
        other: &'f TouchedPaths,
    ) -> impl Iterator<Item = &'f (RepoPath, Entry)> {
        let anew = other.changed.iter().filter(|(path, _)| self.among.contains(path));
        other.added.iter().chain(anew)
    }

    /// Whether another tip could restore a folder that both touched to what it was at the base. It cannot
    /// where the target added or removed a file.
    fn folder_may_return(&self, other: &TouchedPaths, own: &HashSet<RepoPath>) -> bool {
        let stays =
            |folder: &RepoPath| self.among.iter().chain(&self.gone).any(|path| path.is_within(folder));
        let touched = other.changed.iter().map(|(path, _)| path).chain(&other.deleted);
        let mut folders: Vec<RepoPath> = touched.flat_map(folders_above).collect();
        folders.sort();
        folders.dedup();
        folders.iter().any(|folder| own.contains(folder) && !stays(folder))
    }

    /// Whether it matters that another tip removes this path, whatever its content. The search then has one
    /// more file to look for, but not a relevant one: neither tip touches what the other removes. And the
    /// base still has its name, so the traversal order stays the same.
    fn misses(&self, path: &RepoPath) -> bool {
        self.among.contains(path) || self.lone.contains(path.file_name())
    }

    /// Whether another tip, merged first, could change what is found. Files that it changes in place
    /// cannot, unless the target added them; nor can new files that could not be one of the moved files, or
    /// removed ones, as long as every basename stays as unique as it was.
    fn is_met(&self, other: &TouchedPaths, rename_limit: usize) -> bool {
        // an empty file is never a rename, but emptying one frees its basename
        let counts = |(path, entry): &(RepoPath, Entry)| {
            self.found.contains(path)
                || self.gone.contains(path)
                || self.contents.contains(&entry.oid)
                || self.lone.contains(path.file_name())
                || (entry.oid == EMPTY_BLOB && self.among.contains(path))
        };
        let arrivals = self.arrivals(other).count();
        let compared = self.looked_for.len().saturating_mul(self.among.len() + arrivals);
        other.deleted.iter().any(|path| self.misses(path))
            || !self.folders.is_disjoint(&other.above)
            || self.arrivals(other).any(counts)
            || compared > rename_limit.saturating_mul(rename_limit)
    }
}

/// Whether merging a tip depends on what became of files that the target moved or removed: it touches
/// them, or adds to folders that the target removed. Other changes of the target do not matter.
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

/// An upper bound on the number of folders that are deferred because of another tip: above each of its
/// files, the uppermost folder that this one does not touch, or else the file's own.
fn put_off_by(other: &TouchedPaths, own: &HashSet<RepoPath>) -> usize {
    let put_off = |path: &RepoPath| {
        let uppermost = folders_above(path).filter(|folder| !own.contains(folder)).last();
        uppermost.or_else(|| path.parent())
    };
    let put = other.added.iter().chain(&other.changed).map(|(path, _)| path);
    let put_off: HashSet<RepoPath> = put.chain(&other.deleted).filter_map(put_off).collect();
    put_off.len()
}
