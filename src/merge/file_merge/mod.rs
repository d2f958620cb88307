//! The merge of one path's three versions, where both sides have one.

mod text;

use crate::merge::attributes::Rules;
use crate::merge::content::{Choice, Region};
use crate::merge::engine::Engine;
use crate::merge::objects::Missing;
use crate::merge::options::{Assumed, Driver};
use crate::merge::three_way::path_entry::Entries;
use crate::merge::three_way::{Favor, MergeMode};
use crate::model::{ConflictKind, Entry, EntryKind, Hunk, Lines, Oid, Reason, RepoPath, Stages};

pub(crate) use text::TextMerge;

/// Why content is undecided although it could be merged.
pub(crate) const OTHER_ATTRIBUTES: &str = "merge.renormalize goes by a .gitattributes that cannot be told";

/// What became of one path.
#[derive(Clone, Debug)]
pub(crate) struct FileMerge {
    /// What stays at the path; nothing only in a virtual base.
    pub entry: Option<Entry>,
    /// Why it stops; `None` for a clean merge.
    pub conflict: Option<FileConflict>,
    /// Why it cannot be said; then the entry is our side's.
    pub undecided: Option<Reason>,
}

/// A conflict within one path.
#[derive(Clone, Debug)]
pub(crate) struct FileConflict {
    pub kind: ConflictKind,
    pub ours: Vec<Lines>,
    pub theirs: Vec<Lines>,
}

/// Which path is merged, and how conflicts in it are written.
pub(crate) struct Place<'p> {
    /// The path whose attributes count.
    pub path: &'p RepoPath,
    /// Names of base, ours and theirs for conflict markers.
    pub names: Stages<&'p [u8]>,
    /// How much longer than usual the markers are.
    pub longer: usize,
    /// What attributes say; `None` where git goes by some that are not at hand.
    pub rules: Option<&'p Rules>,
    /// Whether a virtual merge base is being made: then nobody is there to be asked.
    pub is_virtual: bool,
    /// What it is made for. In a dry run, our version stands for the merged content.
    pub mode: MergeMode,
}

impl Place<'_> {
    /// Whether merged content is written.
    fn writes(&self) -> bool {
        self.mode != MergeMode::DryRun
    }

    /// Whether their side wins where the sides conflict.
    fn favours_theirs(&self) -> bool {
        self.mode == MergeMode::Write(Favor::Theirs)
    }
}

impl FileConflict {
    fn whole(kind: ConflictKind) -> FileConflict {
        FileConflict { kind, ours: Vec::new(), theirs: Vec::new() }
    }
}

impl Engine<'_> {
    /// Merges two versions of a path with their base: mode and content apart.
    pub(crate) fn merge_files(
        &self,
        place: &Place<'_>,
        stages: &Entries,
        ours: Entry,
        theirs: Entry,
    ) -> Result<FileMerge, Missing> {
        let base = stages.base;
        let base_mode = base.map(|base| base.kind);
        let keep_theirs = ours.kind == theirs.kind || Some(ours.kind) == base_mode;
        let kind = if keep_theirs { theirs.kind } else { ours.kind };
        let with = |oid: Oid| Some(Entry { kind, oid });
        let mut merged = FileMerge { entry: with(ours.oid), conflict: None, undecided: None };
        if !keep_theirs && Some(theirs.kind) != base_mode {
            merged.conflict = Some(FileConflict::whole(ConflictKind::Mode));
        }
        let base_oid = base.map(|base| base.oid);
        if ours.oid == theirs.oid || Some(ours.oid) == base_oid {
            merged.entry = with(theirs.oid);
        } else if Some(theirs.oid) != base_oid {
            let alike = base.filter(|base| same_type(base.kind, ours.kind));
            match ours.kind {
                EntryKind::Submodule => match self.submodule_ahead(place.path, alike, ours.oid, theirs.oid) {
                    Some(ahead) => merged.entry = with(ahead),
                    None => merged.stop(ConflictKind::Submodule, place, base, theirs),
                },
                EntryKind::Symlink => merged.stop(ConflictKind::Symlink, place, base, theirs),
                _ => self.merge_content(place, alike, (ours, theirs), &mut merged)?,
            }
        }
        Ok(merged)
    }

    /// The commit of a submodule that contains the other side's, where both go on from the base.
    fn submodule_ahead(&self, path: &RepoPath, base: Option<Entry>, ours: Oid, theirs: Oid) -> Option<Oid> {
        let base = base?.oid;
        let submodules = self.options.submodules.as_ref()?;
        let contains = |older, newer| {
            let said = submodules(path, older, newer);
            self.assume(&[Assumed::Contained(path.clone(), [older, newer], said)]);
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
        place: &Place<'_>,
        base: Option<Entry>,
        (ours, theirs): (Entry, Entry),
        merged: &mut FileMerge,
    ) -> Result<(), Missing> {
        let kind = merged.entry.map_or(ours.kind, |entry| entry.kind);
        let Some(rules) = place.rules else {
            merged.undecided = Some(Reason::from(OTHER_ATTRIBUTES));
            return Ok(());
        };
        let driver = rules.driver(place.path, place.is_virtual);
        self.assume(&[Assumed::Driver(place.path.clone(), place.is_virtual, driver.clone())]);
        let base_oid = base.map(|base| base.oid);
        let blobs = Stages { base: base_oid, ours: Some(ours.oid), theirs: Some(theirs.oid) };
        let outcome = match &driver {
            Driver::Binary => TextMerge::Binary,
            Driver::Custom { name, .. } => self.custom_merge((place, rules), name, blobs, merged),
            Driver::Unknown(reason) => TextMerge::Undecided(Reason(reason.clone())),
            Driver::Text | Driver::Union => self.text_merge((place, rules), blobs, &driver),
        };
        let oid = match outcome {
            TextMerge::Clean(oid) => oid,
            TextMerge::CleanUnwritten => ours.oid,
            TextMerge::Undecided(reason) => {
                merged.undecided = Some(reason);
                ours.oid
            }
            TextMerge::Binary => {
                let whole = match (place.is_virtual, place.favours_theirs()) {
                    (true, _) => base_oid.unwrap_or_else(|| self.objects.put_blob(b"")),
                    (false, true) => theirs.oid,
                    (false, false) => ours.oid,
                };
                if !place.is_virtual {
                    merged.conflict = Some(FileConflict::whole(ConflictKind::Binary));
                }
                match place.writes() {
                    true => self.stored_anew(rules, place.path, whole)?.unwrap_or_else(|reason| {
                        merged.undecided = Some(reason);
                        whole
                    }),
                    false => whole,
                }
            }
            TextMerge::Conflict(regions) => {
                merged.conflict = Some(conflicting_lines(&regions));
                match place.writes() {
                    true => self.with_markers((place, rules), blobs, &regions)?,
                    false => ours.oid,
                }
            }
        };
        merged.entry = Some(Entry { kind, oid });
        Ok(())
    }
}

impl FileMerge {
    /// Stops at something that has no lines: our side stays, or what the base has where nobody is
    /// there to be asked.
    fn stop(&mut self, kind: ConflictKind, place: &Place<'_>, base: Option<Entry>, theirs: Entry) {
        self.conflict = Some(FileConflict::whole(kind));
        if place.is_virtual {
            self.entry = base;
        } else if place.favours_theirs() {
            self.entry = Some(theirs);
        }
    }
}

/// Whether two entries are of one type: files of any mode, links, submodules.
pub(crate) fn same_type(one: EntryKind, other: EntryKind) -> bool {
    one == other || (one.is_file() && other.is_file())
}

pub(crate) fn conflicting_lines(regions: &[Region]) -> FileConflict {
    let conflicts = || regions.iter().filter(|region| region.choice == Choice::Conflict);
    let lines = |own: &std::ops::Range<u32>| Hunk { base: 0..0, own: own.clone() }.lines();
    FileConflict {
        kind: ConflictKind::Content,
        ours: conflicts().map(|region| lines(&region.ours)).collect(),
        theirs: conflicts().map(|region| lines(&region.theirs)).collect(),
    }
}
