//! The merge of one path's three versions where both sides have one: mode and content apart
//! (`merge-strategies`; `git merge-file` for content, `gitattributes` for drivers).

mod text;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::merge::attributes::{Attributes, Driver, OWN_DRIVER};
use crate::merge::compared::ComparedVersions;
use crate::merge::content::{Choice, Region};
use crate::merge::context::MergeContext;
use crate::merge::dependency::MergeDependency;
use crate::merge::memo::Memo;
use crate::merge::mode::MergeMode;
use crate::merge::objects::Missing;
use crate::model::{
    ConflictKind, ConflictRegion, Entry, EntryKind, Known, Lines, Oid, Reason, RepoPath, Side, Stages,
};
use text::{TextKey, TextMerge};

pub use text::merge_lines;

/// Text merges are forgotten when they hold more regions than this; a clean one counts as one.
const REGIONS_BUDGET: usize = 200_000;

/// As many merged contents are known by their sides.
const MOST_FAVORED: usize = 200_000;

/// What became of one path.
#[derive(Clone, Debug)]
pub(crate) struct FileMerge {
    /// What stays at the path; nothing only in a virtual base.
    pub entry: Option<Entry>,
    /// Why it stops; `None` for a clean merge.
    pub conflict: Option<FileConflict>,
    /// Why the result cannot be determined; then the entry is our side's.
    pub undecided: Option<Reason>,
    /// What this depends on besides the contents.
    pub dependencies: Vec<MergeDependency>,
}

/// A conflict within one path.
#[derive(Clone, Debug)]
pub(crate) struct FileConflict {
    pub kind: ConflictKind,
    pub ours: Vec<Lines>,
    pub theirs: Vec<Lines>,
    pub regions: Vec<ConflictRegion>,
}

/// Which path is merged, and how conflicts in it are written.
pub(crate) struct FilePlace<'p> {
    /// The path whose attributes count.
    pub path: &'p RepoPath,
    /// The names beside conflict markers.
    pub names: Stages<&'p [u8]>,
    /// How much longer than usual the markers are.
    pub longer: usize,
    /// The attributes; `None` if git uses some that are not available.
    pub attributes: Option<&'p Attributes>,
    /// Whether a virtual merge base is being made: there is no user to resolve conflicts.
    pub is_virtual: bool,
    /// What it is made for. A dry run returns our version instead of the merged content.
    pub mode: MergeMode,
}

/// Merges files, and remembers their text merges.
pub(crate) struct FileMerger<'a> {
    context: MergeContext<'a>,
    known: Memo<TextKey, TextMerge>,
    /// Merged contents in which a side wins wherever they conflict.
    favored: Memo<(Stages<Option<Oid>>, Side), Oid>,
    compared: Arc<ComparedVersions>,
}

impl FileConflict {
    /// A conflict that is not about lines.
    pub fn whole(kind: ConflictKind) -> FileConflict {
        FileConflict { kind, ours: Vec::new(), theirs: Vec::new(), regions: Vec::new() }
    }
}

impl<'a> FileMerger<'a> {
    /// Without any merge yet.
    pub fn new(context: MergeContext<'a>) -> FileMerger<'a> {
        FileMerger {
            context,
            known: Memo::new(REGIONS_BUDGET),
            favored: Memo::new(MOST_FAVORED),
            compared: Arc::default(),
        }
    }

    /// The same, with the versions that others compare.
    pub fn sharing(self, compared: Arc<ComparedVersions>) -> FileMerger<'a> {
        FileMerger { compared, ..self }
    }

    /// Merges two versions of a path with their base.
    pub fn merge(
        &self,
        place: &FilePlace<'_>,
        base: Option<Entry>,
        ours: Entry,
        theirs: Entry,
    ) -> Result<FileMerge, Missing> {
        let base_mode = base.map(|base| base.kind);
        let keep_theirs = ours.kind == theirs.kind || Some(ours.kind) == base_mode;
        let kind = if keep_theirs { theirs.kind } else { ours.kind };
        let with = |oid: Oid| Some(Entry { kind, oid });
        let mut merged = FileMerge::of(with(ours.oid));
        if !keep_theirs && Some(theirs.kind) != base_mode {
            merged.conflict = Some(FileConflict::whole(ConflictKind::Mode));
        }
        let base_oid = base.map(|base| base.oid);
        if ours.oid == theirs.oid || Some(ours.oid) == base_oid {
            merged.entry = with(theirs.oid);
        } else if Some(theirs.oid) != base_oid {
            let same = base.filter(|base| same_type(base.kind, ours.kind));
            match ours.kind {
                EntryKind::Submodule => {
                    let (base_oid, oids) = (same.map(|base| base.oid), (ours.oid, theirs.oid));
                    match self.submodule_ahead(place.path, base_oid, oids, &mut merged) {
                        Some(ahead) => merged.entry = with(ahead),
                        None => merged.stop(ConflictKind::Submodule, place, base, theirs),
                    }
                }
                EntryKind::Symlink => match self.favor(place) {
                    Some(Side::Ours) => {}
                    Some(Side::Theirs) => merged.entry = with(theirs.oid),
                    None => merged.stop(ConflictKind::Symlink, place, base, theirs),
                },
                _ => self.merge_content(place, same, (ours, theirs), &mut merged)?,
            }
        }
        Ok(merged)
    }

    /// The commit of a submodule that contains the other side's, where both contain the base's (a
    /// fast-forward).
    fn submodule_ahead(
        &self,
        path: &RepoPath,
        base: Option<Oid>,
        (ours, theirs): (Oid, Oid),
        merged: &mut FileMerge,
    ) -> Option<Oid> {
        let (base, submodules) = (base?, self.context.options.submodules.as_ref()?);
        let mut contains = |older, newer| {
            let said = submodules(path, older, newer);
            merged.dependencies.push(MergeDependency::Contained(path.clone(), [older, newer], said));
            said == Some(true)
        };
        if !contains(base, ours) || !contains(base, theirs) {
            return None;
        }
        if contains(ours, theirs) {
            return Some(theirs);
        }
        contains(theirs, ours).then_some(ours)
    }

    fn merge_content(
        &self,
        place: &FilePlace<'_>,
        base: Option<Entry>,
        (ours, theirs): (Entry, Entry),
        merged: &mut FileMerge,
    ) -> Result<(), Missing> {
        let kind = merged.entry.map_or(ours.kind, |entry| entry.kind);
        let Some(attributes) = place.attributes else {
            merged.undecided = Some(Reason::Renormalize);
            return Ok(());
        };
        let driver = attributes.driver(place.path, place.is_virtual);
        let rests_on = MergeDependency::Driver(place.path.clone(), place.is_virtual, driver.clone());
        merged.dependencies.push(rests_on);
        let base_oid = base.map(|base| base.oid);
        let blobs = Stages { base: base_oid, ours: Some(ours.oid), theirs: Some(theirs.oid) };
        let stored = blobs.iter().flatten().filter(|oid| !self.context.objects.is_in_memory(**oid));
        merged.dependencies.extend(stored.map(|oid| MergeDependency::Content(*oid)));
        let outcome = match &driver {
            Driver::Binary => TextMerge::Binary,
            Driver::Own => {
                let options = self.context.options;
                let own = options.own_driver.as_ref().or(options.run_driver.as_ref());
                self.custom_merge((place, attributes), (OWN_DRIVER, own), blobs, merged)
            }
            Driver::Custom { name, .. } => {
                let run = self.context.options.run_driver.as_ref();
                self.custom_merge((place, attributes), (name, run), blobs, merged)
            }
            Driver::Unknown(reason) => TextMerge::Undecided(Reason::Said(reason.clone())),
            Driver::Text | Driver::Union => self.text_merge((place, attributes), blobs, &driver),
        };
        let outcome = match (outcome, self.favor(place)) {
            (TextMerge::Binary, Some(Side::Ours)) => TextMerge::Clean(ours.oid),
            (TextMerge::Binary, Some(Side::Theirs)) => TextMerge::Clean(theirs.oid),
            (TextMerge::Conflict(regions), Some(side)) => {
                TextMerge::Clean(self.favoring((place, attributes), blobs, &regions, side)?)
            }
            (outcome, _) => outcome,
        };
        let oid = match outcome {
            TextMerge::Clean(oid) => oid,
            TextMerge::CleanDryRun => ours.oid,
            TextMerge::Undecided(reason) => {
                merged.undecided = Some(reason);
                ours.oid
            }
            TextMerge::Binary => {
                let whole = match (place.is_virtual, place.mode.favors_theirs()) {
                    (true, _) => base_oid.unwrap_or_else(|| self.context.objects.put_blob(b"")),
                    (false, true) => theirs.oid,
                    (false, false) => ours.oid,
                };
                if !place.is_virtual {
                    merged.conflict = Some(FileConflict::whole(ConflictKind::Binary));
                }
                if place.mode.writes() {
                    self.renormalized(attributes, place.path, whole)?.determined().unwrap_or_else(|reason| {
                        merged.undecided = Some(reason);
                        whole
                    })
                } else {
                    whole
                }
            }
            TextMerge::Conflict(regions) => {
                merged.conflict = Some(conflicting_lines(&regions));
                if place.mode.writes() {
                    self.with_markers((place, attributes), blobs, &regions, merged)?
                } else {
                    ours.oid
                }
            }
        };
        merged.entry = Some(Entry { kind, oid });
        Ok(())
    }

    /// The side that wins where the sides conflict; in no virtual merge base.
    fn favor(&self, place: &FilePlace<'_>) -> Option<Side> {
        self.context.options.favor.filter(|_| !place.is_virtual)
    }

    /// Whether two versions are the same once both are stored as `git add` would store them now.
    pub fn same_renormalized(
        &self,
        attributes: Option<&Attributes>,
        path: &RepoPath,
        one: Entry,
        other: Entry,
    ) -> Result<Known<bool>, Missing> {
        if !self.context.options.renormalizes() || one.kind != other.kind || !one.kind.is_file() {
            return Ok(Known::Known(false));
        }
        let Some(attributes) = attributes else { return Ok(Known::Unknown(Reason::Renormalize)) };
        let (one, other) =
            (self.text(attributes, path, Some(one.oid))?, self.text(attributes, path, Some(other.oid))?);
        Ok(one.and_then(|one| other.map(|other| one == other)))
    }
}

impl FileMerge {
    /// A clean merge.
    pub fn of(entry: Option<Entry>) -> FileMerge {
        FileMerge { entry, conflict: None, undecided: None, dependencies: Vec::new() }
    }

    /// Stops at something that has no lines: our side stays, or the base's in a virtual merge base.
    fn stop(&mut self, kind: ConflictKind, place: &FilePlace<'_>, base: Option<Entry>, theirs: Entry) {
        self.conflict = Some(FileConflict::whole(kind));
        if place.is_virtual {
            self.entry = base;
        } else if place.mode.favors_theirs() {
            self.entry = Some(theirs);
        }
    }
}

/// Whether two entries are of one type: files of any mode, links, submodules.
pub(crate) fn same_type(one: EntryKind, other: EntryKind) -> bool {
    one == other || (one.is_file() && other.is_file())
}

/// What both sides changed where they conflict, and the regions.
pub(crate) fn conflicting_lines(regions: &[Region]) -> FileConflict {
    let conflicts = || regions.iter().filter(|region| region.choice == Choice::Conflict);
    let once = |changed: Vec<Lines>| changed.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let region = |region: &Region| ConflictRegion {
        base: Lines::of(&region.base),
        sides: Some([Lines::of(&region.ours), Lines::of(&region.theirs)]),
        certain: false,
    };
    FileConflict {
        kind: ConflictKind::Content,
        ours: once(conflicts().flat_map(|region| region.changed.ours.iter().map(Lines::of)).collect()),
        theirs: once(conflicts().flat_map(|region| region.changed.theirs.iter().map(Lines::of)).collect()),
        regions: conflicts().map(region).collect(),
    }
}
