//! Three versions of a tree into one, path by path; renames bring the versions of one file together.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    ConflictKind, ConflictPath, Entry, EntryKind, Lines, MergeOutcome, Oid, Reason, RepoPath,
};

use super::content::{Content, merge_text};
use super::diff::{Difference, diff};
use super::hunks::is_binary;
use super::renames::renames;
use super::{Missing, Objects, Options, changed_tree};

/// The three versions of a path that at least one side changed.
#[derive(Clone, Debug, Default)]
struct Versions {
    base: Option<Entry>,
    ours: Option<Entry>,
    theirs: Option<Entry>,
    /// Other names of the same file.
    also: Vec<RepoPath>,
    /// A conflict that the renames alone make.
    clash: Option<ConflictKind>,
}

/// What `git merge` would do with two trees and their base. In the outcome's tree, conflicting paths
/// hold their version.
///
/// # Errors
/// When an object that is needed cannot be read.
pub fn merge_trees(
    objects: &dyn Objects,
    base: Oid,
    ours: Oid,
    theirs: Oid,
    options: &Options,
) -> Result<MergeOutcome, Missing> {
    let mut merge = Merge { objects, options, outcome: Outcome::default() };
    if let Some(tree) = trivial(base, ours, theirs) {
        return Ok(merge.outcome.finish(tree));
    }
    let versions = merge.versions(&diff(objects, base, ours)?, &diff(objects, base, theirs)?)?;
    for (path, versions) in &versions {
        merge.path(path, versions)?;
    }
    merge.file_against_folder(ours, &versions)?;
    let tree = changed_tree(objects, ours, &merge.outcome.edits)?;
    Ok(merge.outcome.finish(tree))
}

fn trivial(base: Oid, ours: Oid, theirs: Oid) -> Option<Oid> {
    match () {
        () if ours == theirs || theirs == base => Some(ours),
        () if ours == base => Some(theirs),
        () => None,
    }
}

#[derive(Default)]
struct Outcome {
    /// What becomes of each path.
    edits: BTreeMap<RepoPath, Option<Entry>>,
    conflicts: Vec<ConflictPath>,
    unmerged: BTreeSet<RepoPath>,
    undecided: Vec<(RepoPath, Reason)>,
}

impl Outcome {
    fn finish(mut self, tree: Oid) -> MergeOutcome {
        self.conflicts.sort();
        let unmerged = self.unmerged.into_iter().collect();
        MergeOutcome { tree, conflicts: self.conflicts, unmerged, undecided: self.undecided }
    }
}

struct Merge<'a> {
    objects: &'a dyn Objects,
    options: &'a Options,
    outcome: Outcome,
}

impl Merge<'_> {
    /// The versions of every path that changed, after following the renames that matter: those of
    /// files that the other side changed too.
    fn versions(
        &self,
        ours: &[Difference],
        theirs: &[Difference],
    ) -> Result<BTreeMap<RepoPath, Versions>, Missing> {
        let mut versions: BTreeMap<RepoPath, Versions> = BTreeMap::new();
        for one in ours.iter().chain(theirs) {
            let slot = versions.entry(one.path.clone()).or_default();
            slot.base = slot.base.or(one.old);
        }
        for slot in versions.values_mut() {
            (slot.ours, slot.theirs) = (slot.base, slot.base);
        }
        for one in ours {
            versions.entry(one.path.clone()).or_default().ours = one.new;
        }
        for one in theirs {
            versions.entry(one.path.clone()).or_default().theirs = one.new;
        }
        let touched = |side: &[Difference]| side.iter().map(|one| one.path.clone()).collect::<BTreeSet<_>>();
        let (our_paths, their_paths) = (touched(ours), touched(theirs));
        let our_renames = renames(self.objects, ours, &|path| their_paths.contains(path), self.options)?;
        let their_renames = renames(self.objects, theirs, &|path| our_paths.contains(path), self.options)?;
        self.follow(&mut versions, &our_renames, &their_renames, true);
        self.follow(&mut versions, &their_renames, &our_renames, false);
        Ok(versions)
    }

    /// Brings the versions of each renamed file together under its new name.
    fn follow(
        &self,
        versions: &mut BTreeMap<RepoPath, Versions>,
        renamed: &BTreeMap<RepoPath, RepoPath>,
        by_other: &BTreeMap<RepoPath, RepoPath>,
        ours: bool,
    ) {
        for (to, from) in renamed {
            let Some(source) = versions.get(from).cloned() else { continue };
            let other_version = if ours { source.theirs } else { source.ours };
            let other_to = by_other.iter().find(|(_, other_from)| *other_from == from).map(|(to, _)| to);
            if other_version == source.base {
                continue; // the other side left it alone: a deletion and an addition say it all
            }
            match other_to {
                Some(other_to) if other_to == to => {
                    // both renamed it alike; the second look finds it done
                    let Some(slot) = versions.get_mut(to).filter(|slot| slot.base.is_none()) else {
                        continue;
                    };
                    slot.base = source.base;
                    slot.also = vec![from.clone()];
                    if let Some(source) = versions.get_mut(from) {
                        (source.base, source.ours, source.theirs) = (None, None, None);
                    }
                }
                Some(other_to) => {
                    if let Some(slot) = versions.get_mut(to) {
                        slot.clash = Some(ConflictKind::RenameRename);
                        slot.also = vec![from.clone(), other_to.clone()];
                    }
                }
                None => {
                    let Some(slot) = versions.get_mut(to) else { continue };
                    let occupied = if ours { slot.theirs } else { slot.ours };
                    slot.also = vec![from.clone()];
                    match (occupied, other_version) {
                        (Some(_), _) => slot.clash = Some(ConflictKind::RenameAdd),
                        (None, None) => slot.clash = Some(ConflictKind::RenameDelete),
                        (None, Some(version)) => {
                            slot.base = source.base;
                            *(if ours { &mut slot.theirs } else { &mut slot.ours }) = Some(version);
                            if let Some(source) = versions.get_mut(from) {
                                (source.base, source.ours, source.theirs) = (None, None, None);
                            }
                        }
                    }
                }
            }
        }
    }

    fn path(&mut self, path: &RepoPath, versions: &Versions) -> Result<(), Missing> {
        let Versions { base, ours, theirs, .. } = *versions;
        if let Some(kind) = versions.clash {
            self.conflict(path, kind, versions, Vec::new(), Vec::new());
            return Ok(());
        }
        let result = match () {
            () if ours == theirs || theirs == base => ours,
            () if ours == base => theirs,
            () => match (ours, theirs) {
                (Some(ours), Some(theirs)) => return self.both(path, versions, ours, theirs),
                _ => {
                    self.conflict(path, ConflictKind::ModifyDelete, versions, Vec::new(), Vec::new());
                    return Ok(());
                }
            },
        };
        self.outcome.edits.insert(path.clone(), result);
        Ok(())
    }

    /// Both sides have the path, differently from each other and from the base.
    fn both(
        &mut self,
        path: &RepoPath,
        versions: &Versions,
        ours: Entry,
        theirs: Entry,
    ) -> Result<(), Missing> {
        let same_type = ours.kind == theirs.kind || (ours.kind.is_file() && theirs.kind.is_file());
        let kind = match ours.kind {
            _ if !same_type => ConflictKind::DistinctTypes,
            EntryKind::Symlink => ConflictKind::Symlink,
            EntryKind::Submodule => ConflictKind::Submodule,
            EntryKind::File | EntryKind::Executable | EntryKind::Tree => {
                return self.files(path, versions, ours, theirs);
            }
        };
        self.conflict(path, kind, versions, Vec::new(), Vec::new());
        Ok(())
    }

    fn files(
        &mut self,
        path: &RepoPath,
        versions: &Versions,
        ours: Entry,
        theirs: Entry,
    ) -> Result<(), Missing> {
        let base = versions.base.filter(|base| base.kind.is_file());
        let base_mode = base.map(|base| base.kind);
        let mode =
            if ours.kind == theirs.kind || Some(theirs.kind) == base_mode { ours.kind } else { theirs.kind };
        let mode_clash = ours.kind != theirs.kind && base_mode.is_none();
        let oid = match base {
            _ if ours.oid == theirs.oid => ours.oid,
            Some(base) if base.oid == theirs.oid => ours.oid,
            Some(base) if base.oid == ours.oid => theirs.oid,
            _ => match self.content(path, versions, base, ours, theirs)? {
                Some(oid) => oid,
                None => return Ok(()),
            },
        };
        if mode_clash {
            self.conflict(path, ConflictKind::Mode, versions, Vec::new(), Vec::new());
            return Ok(());
        }
        self.outcome.edits.insert(path.clone(), Some(Entry { kind: mode, oid }));
        Ok(())
    }

    /// The merged blob; `None` when it conflicts, which is then recorded.
    fn content(
        &mut self,
        path: &RepoPath,
        versions: &Versions,
        base: Option<Entry>,
        ours: Entry,
        theirs: Entry,
    ) -> Result<Option<Oid>, Missing> {
        for entry in base.into_iter().chain([ours, theirs]) {
            let size = self.objects.blob_size(entry.oid)?;
            if size > self.options.content_limit {
                let reason =
                    format!("it has {size} bytes, more than the limit of {}", self.options.content_limit);
                self.outcome.undecided.push((path.clone(), reason.into()));
                self.outcome.edits.insert(path.clone(), Some(theirs));
                return Ok(None);
            }
        }
        let base_text = base.map_or(Ok(std::sync::Arc::from([])), |base| self.objects.blob(base.oid))?;
        let (our_text, their_text) = (self.objects.blob(ours.oid)?, self.objects.blob(theirs.oid)?);
        if [&base_text, &our_text, &their_text].iter().any(|text| is_binary(text)) {
            self.conflict(path, ConflictKind::Binary, versions, Vec::new(), Vec::new());
            return Ok(None);
        }
        match merge_text(&base_text, &our_text, &their_text) {
            Content::Merged(merged) => Ok(Some(self.objects.put_blob(&merged))),
            Content::Conflict(our_lines, their_lines) => {
                let kind = if base.is_none() { ConflictKind::AddAdd } else { ConflictKind::Content };
                self.conflict(path, kind, versions, our_lines, their_lines);
                Ok(None)
            }
        }
    }

    fn conflict(
        &mut self,
        path: &RepoPath,
        kind: ConflictKind,
        versions: &Versions,
        ours: Vec<Lines>,
        theirs: Vec<Lines>,
    ) {
        self.outcome.unmerged.insert(path.clone());
        if kind == ConflictKind::RenameRename {
            self.outcome.unmerged.extend(versions.also.iter().cloned());
        }
        self.outcome.edits.insert(path.clone(), versions.theirs);
        self.outcome.conflicts.push(ConflictPath {
            path: path.clone(),
            kind,
            also: versions.also.clone(),
            ours,
            theirs,
        });
    }

    /// A file of one side where the other side has a folder.
    fn file_against_folder(
        &mut self,
        ours: Oid,
        versions: &BTreeMap<RepoPath, Versions>,
    ) -> Result<(), Missing> {
        let files: Vec<RepoPath> = self
            .outcome
            .edits
            .iter()
            .filter(|(_, entry)| entry.is_some())
            .map(|(path, _)| path.clone())
            .collect();
        let mut clashes: BTreeSet<RepoPath> = BTreeSet::new();
        for path in &files {
            let mut folder = path.parent();
            while let Some(parent) = folder {
                let there = match self.outcome.edits.get(&parent) {
                    Some(entry) => *entry,
                    None => entry_at(self.objects, ours, &parent)?,
                };
                if there.is_some_and(|entry| entry.kind != EntryKind::Tree) {
                    clashes.insert(parent.clone());
                }
                folder = parent.parent();
            }
        }
        for path in clashes {
            let versions = versions.get(&path).cloned().unwrap_or_default();
            if !self.outcome.unmerged.contains(&path) {
                self.conflict(&path, ConflictKind::FileDirectory, &versions, Vec::new(), Vec::new());
            }
            self.outcome.edits.remove(&path);
        }
        Ok(())
    }
}

fn entry_at(objects: &dyn Objects, tree: Oid, path: &RepoPath) -> Result<Option<Entry>, Missing> {
    let mut at = Some(Entry { kind: EntryKind::Tree, oid: tree });
    for part in path.as_bytes().split(|byte| *byte == b'/') {
        let Some(folder) = at.filter(|entry| entry.kind == EntryKind::Tree) else { return Ok(None) };
        at = objects.tree(folder.oid)?.iter().find(|entry| entry.name == part).map(|entry| entry.entry);
    }
    Ok(at)
}
