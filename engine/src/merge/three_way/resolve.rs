//! The last step of a merge: what stays at each path, and which paths stop it (`git-merge-tree`,
//! "conflicted file info" and its messages).

use std::collections::BTreeMap;

use crate::merge::dependency::Dependencies;
use crate::merge::file_merge::{FileConflict, same_type};
use crate::merge::objects::Missing;
use crate::merge::renames::trace::RenameSearch;
use crate::merge::three_way::path_entry::{Entries, Matched, PathConflict, PathEntry};
use crate::merge::three_way::state::ThreeWay;
use crate::merge::trees::Edits;
use crate::model::{
    ConflictKind, ConflictPath, Entry, EntryKind, Known, OtherPath, PathRole, Reason, RepoPath, Side, Sides,
    Stages, Unmerged,
};

/// The result of a merge of three trees.
#[derive(Debug, Default)]
pub(crate) struct TreeMerge {
    /// What to change in our tree.
    pub edits: Edits,
    /// Why it stops, by path.
    pub conflicts: Vec<ConflictPath>,
    /// Paths that stay unmerged.
    pub unmerged: Vec<Unmerged>,
    /// The entries of unmerged paths in a merge that favors their side. They are applied last, because
    /// a file that is removed this way still occupied its path until then.
    favored: Edits,
    /// Paths that cannot be decided, with the reason.
    pub undecided: Vec<(RepoPath, Reason)>,
    /// What this depends on besides the trees.
    pub dependencies: Dependencies,
    /// The searches for renames, where there were any.
    pub searches: Option<Sides<RenameSearch>>,
    /// Whether a version in conflict is merged once more: then it matters to that how its conflicts are settled.
    pub is_merged_again: bool,
}

/// The result for one path.
struct PathDecision {
    entry: Option<Entry>,
    clean: bool,
    /// The conflict within the file, where there is one.
    within: Option<FileConflict>,
}

impl PathDecision {
    fn clean(entry: Option<Entry>) -> PathDecision {
        PathDecision { entry, clean: true, within: None }
    }

    fn stop(entry: Option<Entry>, kind: ConflictKind) -> PathDecision {
        PathDecision { entry, clean: false, within: Some(FileConflict::whole(kind)) }
    }
}

impl ThreeWay<'_> {
    /// Resolves every path, those in a folder before the folder's own.
    pub(crate) fn resolve(mut self) -> Result<TreeMerge, Missing> {
        let paths = std::mem::take(&mut self.paths);
        let mut merged = TreeMerge::default();
        for (path, entry) in paths.iter().rev() {
            let stays = !entry.renamed_away && entry.stages.iter().any(Option::is_some);
            if stays {
                self.resolve_path(path, entry, &mut merged)?;
            } else {
                merged.edits.insert(path.clone(), None);
            }
        }
        for change in &self.sides.theirs.changes {
            if !paths.contains_key(&change.path) {
                merged.edits.insert(change.path.clone(), change.new);
            }
        }
        merged.edits.append(&mut merged.favored);
        self.write_replaced(&mut merged.edits)?;
        merged.conflicts.append(&mut self.folder_conflicts);
        merged.conflicts.sort();
        merged.unmerged.sort();
        merged.undecided.append(&mut self.undecided);
        merged.undecided.sort();
        merged.undecided.dedup();
        merged.dependencies = self.dependencies;
        merged.searches = self.searches;
        merged.is_merged_again = self.is_merged_again;
        Ok(merged)
    }

    fn resolve_path(
        &mut self,
        path: &RepoPath,
        entry: &PathEntry,
        merged: &mut TreeMerge,
    ) -> Result<(), Missing> {
        let mut at = path.clone();
        let mut folder_stays = self.folder_stays(path, &merged.edits);
        let mut moved = Side::Ours;
        if folder_stays && !self.was_folder(path)? {
            // only a renamed folder brought something below, which git does not notice: an entry that
            // was settled at once is dropped, and otherwise the file wins
            if entry.settled_at_once {
                merged.edits.insert(path.clone(), None);
                return Ok(());
            }
            let prefix = path.join(b"");
            let below = merged.edits.range_mut(prefix.clone()..);
            for (_, entry) in below.take_while(|(below, _)| below.as_bytes().starts_with(prefix.as_bytes())) {
                *entry = None;
            }
            folder_stays = false;
        }
        if folder_stays {
            merged.edits.insert(path.clone(), None);
            if entry.is_deleted() {
                return Ok(());
            }
            moved = if self.has_folder(self.input.trees.ours, path)? { Side::Theirs } else { Side::Ours };
            at = self.unique_path(path, moved, &merged.edits)?;
        }
        if let (Some(ours), Some(theirs), Matched::Nothing, 0) =
            (entry.stages.ours, entry.stages.theirs, entry.matched, self.input.depth)
            && !same_type(ours.kind, theirs.kind)
        {
            return self.split_types((path, &at), entry, (ours, theirs), merged);
        }
        let decision = self.decide((path, &at), entry, folder_stays)?;
        let settled = !folder_stays && !entry.path_conflict;
        merged.edits.insert(at.clone(), decision.entry);
        if !decision.clean {
            let folder = folder_stays.then(|| OtherPath { path: path.clone(), role: PathRole::Folder });
            let mut stages = entry.stages;
            let both = entry.stages.ours.is_some() && entry.stages.theirs.is_some();
            let met = both && entry.matched == Matched::Nothing;
            let by_hunks = self.input.mode.favors_theirs() && is_settled_by_hunks(entry);
            if folder_stays && met && (decision.within.is_none() || by_hunks) {
                // its content is merged, and only its place is taken: it is that side's file now
                stages = Entries::default();
                stages[moved] = decision.entry;
            }
            if self.input.mode.favors_theirs() && !(settled && by_hunks) {
                merged.favored.insert(at.clone(), stages.theirs);
            }
            merged.conflicts.extend(conflicts((path, &at), entry, folder, decision.within));
            merged.unmerged.push(Unmerged { path: at, stages });
        }
        Ok(())
    }

    /// Whether anything is left below a path after the merge.
    fn folder_stays(&self, path: &RepoPath, edits: &Edits) -> bool {
        let prefix = path.join(b"");
        let decided = edits
            .range(prefix.clone()..)
            .take_while(|(below, _)| below.as_bytes().starts_with(prefix.as_bytes()))
            .any(|(_, entry)| entry.is_some());
        let untouched = |side: Side| {
            self.sides[side].below(path).any(|below| below.new.is_some() && !edits.contains_key(&below.path))
        };
        decided || Side::BOTH.into_iter().any(untouched)
    }

    /// The name under which a side's file is kept when its own path is taken: `path~LABEL`.
    fn unique_path(&self, path: &RepoPath, side: Side, edits: &Edits) -> Result<RepoPath, Missing> {
        let label = &self.input.labels[side];
        let name = [path.as_bytes(), b"~", label.replace('/', "_").as_bytes()].concat();
        let mut path = RepoPath::new(name.clone());
        let mut suffix = 0;
        while edits.contains_key(&path) || self.is_used(&path)? {
            path = RepoPath::new([&name, format!("_{suffix}").as_bytes()].concat());
            suffix += 1;
        }
        Ok(path)
    }

    /// Two types of one path: files get a unique path, and where there is no file, both do.
    fn split_types(
        &mut self,
        (own, path): (&RepoPath, &RepoPath),
        entry: &PathEntry,
        (ours, theirs): (Entry, Entry),
        merged: &mut TreeMerge,
    ) -> Result<(), Missing> {
        let our_path = if ours.kind.is_file() || !theirs.kind.is_file() {
            self.unique_path(path, Side::Ours, &merged.edits)?
        } else {
            path.clone()
        };
        let their_path = if !ours.kind.is_file() {
            self.unique_path(path, Side::Theirs, &merged.edits)?
        } else {
            path.clone()
        };
        merged.edits.insert(path.clone(), None);
        if self.input.mode.favors_theirs() {
            merged.favored.insert(our_path.clone(), None);
        }
        let other = |path: &RepoPath, role| OtherPath { path: path.clone(), role };
        let (theirs_at, ours_at) = (other(&their_path, PathRole::Theirs), other(&our_path, PathRole::Ours));
        for (side, at, version, other) in
            [(Side::Ours, &our_path, ours, theirs_at), (Side::Theirs, &their_path, theirs, ours_at)]
        {
            merged.edits.insert(at.clone(), Some(version));
            // the base goes with the side that has kept its type
            let base = entry.stages.base.filter(|base| same_type(base.kind, version.kind));
            let mut stages = Entries { base, ..Entries::default() };
            stages[side] = Some(version);
            merged.unmerged.push(Unmerged { path: at.clone(), stages });
            let within = FileConflict::whole(ConflictKind::DistinctTypes);
            merged.conflicts.extend(conflicts((own, at), entry, Some(other), Some(within)));
        }
        Ok(())
    }

    /// What stays at a path, by the versions that meet there. `path` is where it is kept, `own` where it
    /// came from.
    fn decide(
        &mut self,
        (own, path): (&RepoPath, &RepoPath),
        entry: &PathEntry,
        folder_stays: bool,
    ) -> Result<PathDecision, Missing> {
        let is_virtual = self.input.depth > 0;
        let settled = !folder_stays && !entry.path_conflict;
        let Stages { base, ours, theirs } = entry.stages;
        let taken =
            |entry: Option<Entry>| PathDecision { entry, clean: settled || entry.is_none(), within: None };
        Ok(match (entry.matched, ours, theirs) {
            (Matched::Sides, _, _) => PathDecision { entry: ours, clean: settled, within: None },
            (Matched::OursIsBase, _, _) => taken(theirs),
            (Matched::TheirsIsBase, _, _) => taken(ours),
            (Matched::Nothing, Some(ours), Some(theirs)) if !same_type(ours.kind, theirs.kind) => {
                PathDecision::stop(base, ConflictKind::DistinctTypes)
            }
            (Matched::Nothing, Some(ours), Some(theirs)) => {
                self.merge_versions((own, path), entry, (ours, theirs), settled)?
            }
            (Matched::Nothing, Some(side), None) | (Matched::Nothing, None, Some(side)) => match base {
                None => PathDecision { entry: Some(side), clean: settled, within: None },
                Some(base) if entry.path_conflict && base.oid == side.oid => {
                    let entry = if is_virtual { base } else { side };
                    PathDecision { entry: Some(entry), clean: false, within: None }
                }
                Some(base) => self.changed_or_deleted(path, entry, (base, side))?,
            },
            (Matched::Nothing, None, None) if entry.path_conflict => {
                PathDecision { entry: None, clean: false, within: None }
            }
            (Matched::Nothing, None, None) => PathDecision::clean(None),
        })
    }

    /// One side deleted what the other changed, unless it only changed how it is stored.
    fn changed_or_deleted(
        &mut self,
        path: &RepoPath,
        entry: &PathEntry,
        (base, side): (Entry, Entry),
    ) -> Result<PathDecision, Missing> {
        if !entry.path_conflict {
            match self.engine.files.same_renormalized(self.attributes.as_ref(), path, base, side)? {
                Known::Known(true) => return Ok(PathDecision::clean(None)),
                Known::Known(false) => {}
                Known::Unknown(reason) => {
                    self.undecided.push((path.clone(), reason));
                    return Ok(PathDecision::clean(Some(side)));
                }
            }
        }
        let entry = if self.input.depth > 0 { base } else { side };
        Ok(PathDecision::stop(Some(entry), ConflictKind::ModifyDelete))
    }

    fn merge_versions(
        &mut self,
        (own, path): (&RepoPath, &RepoPath),
        entry: &PathEntry,
        (ours, theirs): (Entry, Entry),
        settled: bool,
    ) -> Result<PathDecision, Missing> {
        let (sources, base, mode) = (entry.sources(own), entry.stages.base, self.input.mode);
        let mut merged = self.merge_file(path, sources, base, (ours, theirs), (mode, 0))?;
        if let Some(conflict) = merged.conflict.as_mut().filter(|_| entry.stages.base.is_none()) {
            let plain =
                matches!(conflict.kind, ConflictKind::Content | ConflictKind::Binary | ConflictKind::Mode);
            let noted = entry.conflicts.last().map(PathConflict::kind);
            conflict.kind = if plain { noted.unwrap_or(ConflictKind::AddAdd) } else { conflict.kind };
        }
        let clean = settled && merged.conflict.is_none();
        Ok(PathDecision { entry: merged.entry, clean, within: merged.conflict })
    }
}

/// Whether `-X theirs` settles the conflict within a file, hunk by hunk: not where the modes differ
/// in three ways, and never for submodules.
fn is_settled_by_hunks(entry: &PathEntry) -> bool {
    let Stages { base, ours: Some(ours), theirs: Some(theirs) } = entry.stages else { return false };
    let base = base.map(|base| base.kind);
    let one_mode = ours.kind == theirs.kind || Some(ours.kind) == base || Some(theirs.kind) == base;
    one_mode && same_type(ours.kind, theirs.kind) && ours.kind != EntryKind::Submodule
}

/// The conflicts of one unmerged path: of the path itself, and within its content.
fn conflicts(
    (own, path): (&RepoPath, &RepoPath),
    entry: &PathEntry,
    other: Option<OtherPath>,
    within: Option<FileConflict>,
) -> Vec<ConflictPath> {
    let mut found: BTreeMap<ConflictKind, ConflictPath> = BTreeMap::new();
    let mut add = |kind: ConflictKind, mut others: Vec<OtherPath>, within: FileConflict| {
        let FileConflict { mut ours, mut theirs, mut regions, .. } = within;
        if let Some(known) = found.remove(&kind) {
            others.extend(known.others);
            ours.splice(0..0, known.ours);
            theirs.splice(0..0, known.theirs);
            regions.splice(0..0, known.regions);
        }
        let conflict = ConflictPath::new(path.clone(), kind, others);
        found.insert(kind, ConflictPath { ours, theirs, regions, ..conflict });
    };
    for conflict in &entry.conflicts {
        let kind = conflict.kind();
        if entry.path_conflict || within.as_ref().is_some_and(|within| within.kind == kind) {
            add(kind, conflict.other_paths(own), FileConflict::whole(kind));
        }
    }
    let origins = entry.origins.iter().flatten().filter(|origin| *origin != path);
    let origins = origins.map(|origin| OtherPath { path: origin.clone(), role: PathRole::Source });
    let split = within.as_ref().is_some_and(|within| within.kind == ConflictKind::DistinctTypes);
    if let Some(within) = within {
        let others = if split { other.iter().cloned().collect() } else { origins.collect() };
        add(within.kind, others, within);
    }
    if let (Some(other), false) = (other, split) {
        add(ConflictKind::FileDirectory, vec![other], FileConflict::whole(ConflictKind::FileDirectory));
    }
    found.into_values().collect()
}
