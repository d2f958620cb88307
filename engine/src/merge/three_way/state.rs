//! The state that the steps of a merge of three trees share.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::merge::attribute_sources::{AttributeSources, attributes_of};
use crate::merge::attributes::Attributes;
use crate::merge::dependency::Dependencies;
use crate::merge::diff::{RawChange, TreeDiff, entry_at};
use crate::merge::engine::Engine;
use crate::merge::file_merge::{FileMerge, FilePlace};
use crate::merge::mode::MergeMode;
use crate::merge::objects::Missing;
use crate::merge::renames::trace::RenameSearch;
use crate::merge::three_way::path_entry::{Entries, PathEntry};
use crate::model::{ConflictPath, Entry, EntryKind, Oid, Reason, RepoPath, Side, Sides, Stages};

/// What is merged, and how.
#[derive(Clone)]
pub(crate) struct MergeInput {
    /// The trees.
    pub trees: Stages<Oid>,
    /// The names beside conflict markers.
    pub labels: Stages<String>,
    /// The attributes where our side of the merge that the user asks for is checked out.
    pub attributes: Attributes,
    /// Where the attributes of the merges came from that made the base.
    pub earlier: Vec<AttributeSources>,
    /// How many merges this one makes the base of.
    pub depth: usize,
    /// What it is made for.
    pub mode: MergeMode,
}

/// A merge under way.
pub(crate) struct ThreeWay<'m> {
    pub engine: &'m Engine<'m>,
    pub input: &'m MergeInput,
    /// What each side changed.
    pub sides: Sides<Rc<TreeDiff>>,
    /// Paths that both sides touched.
    pub paths: BTreeMap<RepoPath, PathEntry>,
    /// Conflicts that leave no unmerged path.
    pub folder_conflicts: Vec<ConflictPath>,
    /// The attributes; `None` if git uses some that are not available.
    pub attributes: Option<Attributes>,
    /// Paths that cannot be decided, with the reason.
    pub undecided: Vec<(RepoPath, Reason)>,
    /// What the merge depends on besides its trees.
    pub dependencies: Dependencies,
    /// The searches for renames, where there were any.
    pub searches: Option<Sides<RenameSearch>>,
    /// Whether a version in conflict is merged once more: then it matters to that how its conflicts are settled.
    pub is_merged_again: bool,
}

/// One renamed file of one side.
#[derive(Clone, Debug)]
pub(crate) struct Rename {
    pub side: Side,
    pub from: RepoPath,
    pub to: RepoPath,
}

impl<'m> ThreeWay<'m> {
    /// A merge of these changes.
    pub fn new(
        engine: &'m Engine<'m>,
        input: &'m MergeInput,
        sides: Sides<Rc<TreeDiff>>,
    ) -> Result<ThreeWay<'m>, Missing> {
        let mut merge = ThreeWay {
            engine,
            input,
            sides,
            paths: BTreeMap::new(),
            folder_conflicts: Vec::new(),
            attributes: attributes_of(engine.context, &input.attributes, input.trees, &input.earlier)?,
            undecided: Vec::new(),
            dependencies: Dependencies::new(),
            searches: None,
            is_merged_again: false,
        };
        merge.collect_paths();
        Ok(merge)
    }

    /// The versions of a path that at least one side changed.
    pub fn stages(&self, path: &RepoPath) -> Option<Entries> {
        let (ours, theirs) = (self.sides.ours.at(path), self.sides.theirs.at(path));
        let base = ours.or(theirs)?.old;
        let entry = |change: Option<&RawChange>| change.map_or(base, |change| change.new);
        Some(Stages { base, ours: entry(ours), theirs: entry(theirs) })
    }

    /// The entry of a path, made from the trees where there is none yet.
    pub fn entry(&mut self, path: &RepoPath) -> &mut PathEntry {
        if !self.paths.contains_key(path) {
            let stages = self.stages(path).unwrap_or_default();
            self.paths.insert(path.clone(), PathEntry::new(stages));
        }
        self.paths.entry(path.clone()).or_insert_with(|| PathEntry::new(Entries::default()))
    }

    /// Collects the paths where the sides meet: the same path, or a file of one where the other has a
    /// folder.
    fn collect_paths(&mut self) {
        let sides = self.sides.clone();
        for side in Side::BOTH {
            let other = &sides[side.other()];
            for RawChange { path, new, .. } in &sides[side].changes {
                let touched = || other.at(path).is_some();
                let in_the_way = || new.is_some() && other.below(path).any(|below| below.new.is_some());
                if touched() || in_the_way() {
                    self.entry(path);
                }
            }
        }
    }

    /// Whether a tree has a folder at this path.
    pub fn has_folder(&self, tree: Oid, path: &RepoPath) -> Result<bool, Missing> {
        let entry = entry_at(self.engine.context.objects, tree, path)?;
        Ok(entry.is_some_and(|entry| entry.kind == EntryKind::Tree))
    }

    /// Whether any of the three trees had a folder at this path.
    pub fn was_folder(&self, path: &RepoPath) -> Result<bool, Missing> {
        let Stages { base, ours, theirs } = self.input.trees;
        Ok(self.has_folder(base, path)? || self.has_folder(ours, path)? || self.has_folder(theirs, path)?)
    }

    /// Whether any of the three trees has something at this path.
    pub fn is_used(&self, path: &RepoPath) -> Result<bool, Missing> {
        for tree in self.input.trees.iter() {
            if entry_at(self.engine.context.objects, *tree, path)?.is_some() {
                return Ok(true);
            }
        }
        Ok(self.paths.contains_key(path))
    }

    /// Merges the versions of a file, with markers longer by so much, and notes what that depends on.
    /// The sides have the file at `sources`; `path` is the one whose attributes count.
    pub fn merge_file(
        &mut self,
        path: &RepoPath,
        sources: Stages<&RepoPath>,
        base: Option<Entry>,
        (ours, theirs): (Entry, Entry),
        (mode, longer): (MergeMode, usize),
    ) -> Result<FileMerge, Missing> {
        let names = self.marker_names(sources);
        let depth = self.input.depth;
        let place = FilePlace {
            path,
            names: names.each_ref().map(Vec::as_slice),
            attributes: self.attributes.as_ref(),
            longer: 2 * depth + longer,
            is_virtual: depth > 0,
            mode,
        };
        let mut merged = self.engine.files.merge(&place, base, ours, theirs)?;
        self.dependencies.extend(merged.dependencies.drain(..));
        if let Some(reason) = &merged.undecided {
            self.undecided.push((path.clone(), reason.clone()));
        }
        Ok(merged)
    }

    /// The names beside conflict markers: with the path, where the paths differ.
    fn marker_names(&self, paths: Stages<&RepoPath>) -> Stages<Vec<u8>> {
        let labels = self.input.labels.each_ref();
        if paths.base == paths.ours && paths.ours == paths.theirs {
            return labels.map(|label| label.clone().into_bytes());
        }
        let name = |label: &str, path: &RepoPath| [label.as_bytes(), b":", path.as_bytes()].concat();
        Stages {
            base: name(labels.base, paths.base),
            ours: name(labels.ours, paths.ours),
            theirs: name(labels.theirs, paths.theirs),
        }
    }
}
