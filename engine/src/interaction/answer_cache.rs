//! Answers of earlier questions about trees and merges, of this run or of an earlier one.
//!
//! Every answer is about contents, which are named by their ids, so it cannot change. What else it
//! depends on (attributes, the histories of submodules) is recorded with it and checked before it is
//! used again. Options are not part of the key: one cache serves one set of them. What could not be
//! determined is never kept, nor is a tree that exists in memory alone.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::hunk_cache::HunkCache;
use super::path_query::TargetChanges;
use super::touched_paths::TouchedPaths;
use crate::merge::commit_graph::Ancestry;
use crate::merge::dependency::MergeDependency;
use crate::merge::recursive::Node;
use crate::merge::{ComparedVersions, Driver, Objects, Options, TreeDiff};
use crate::model::{
    AssumedSides, ChangeSet, ConflictPath, ConflictRegion, Entry, FileKind, Hunk, Lines, MergeOutcome,
    MergedWork, Oid, RepoPath, SemanticAnswer, SemanticQuestion, TurnOrder, TurnQuestion,
};
use crate::table::Table;

/// What changed between two trees.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TreeChanges {
    /// The changes.
    #[serde(with = "crate::table::shared")]
    pub changes: Arc<ChangeSet>,
    /// What the renames among them depend on besides contents and settings.
    pub dependencies: Vec<MergeDependency>,
}

/// The own commits of a tip are not kept in a file if there are more than this.
const MOST_OWN: usize = 4096;

/// One tip merged into the target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TargetMerge {
    /// The outcome. Its tree may exist in the memory of an earlier run alone.
    pub outcome: MergeOutcome,
    /// The paths by which it can interact with others.
    pub touched: TouchedPaths,
    /// How it relates to the target, where that is known.
    #[serde(serialize_with = "of_short_history", deserialize_with = "shared")]
    pub ancestry: Option<Arc<Ancestry>>,
    /// The contents of the repository that git reads to carry it out.
    pub contents: Vec<(RepoPath, Oid)>,
    /// The trees of the folders in which the two differ: a later run does not read them again, and git does.
    pub folders: Vec<(RepoPath, Oid)>,
    /// What the answer depends on besides contents and settings.
    pub dependencies: Vec<MergeDependency>,
}

impl TargetMerge {
    /// Whether everything was decided, and what it depends on can be asked again.
    pub(super) fn is_lasting(&self) -> bool {
        self.outcome.undecided.is_empty() && self.dependencies.iter().all(MergeDependency::lasts)
    }

    /// Whether the conflicts, and what they become when resolved in the tip's favor, are the same whatever the sides are called:
    /// git puts a name only behind a `~` in a path, and our own driver is given them.
    pub(super) fn is_of_any_name(&self) -> bool {
        let MergeOutcome { conflicts, .. } = &self.outcome;
        let is_named = |path: &RepoPath| path.as_bytes().contains(&b'~');
        let is_own = |one: &MergeDependency| matches!(one, MergeDependency::Driver(_, _, Driver::Own));
        let names_none = || {
            let added = self.touched.added.iter().map(|(path, _)| path);
            !conflicts.iter().flat_map(ConflictPath::paths).chain(added).any(is_named)
                && !self.dependencies.iter().any(is_own)
        };
        self.is_lasting() && (self.outcome.is_clean() || names_none())
    }
}

fn of_short_history<S: Serializer>(
    ancestry: &Option<Arc<Ancestry>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    ancestry.as_deref().filter(|known| known.own.len() <= MOST_OWN).serialize(serializer)
}

fn shared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<Ancestry>>, D::Error> {
    Ok(Option::<Ancestry>::deserialize(deserializer)?.map(Arc::new))
}

/// Two tips that interact, both merged into the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairMerge {
    /// The conflicts, with the lines of the tips' own versions.
    pub conflicts: Vec<ConflictPath>,
    /// What the answer assumes.
    pub assumes: Option<AssumedSides>,
    /// What it depends on besides contents and settings.
    pub dependencies: Vec<MergeDependency>,
}

/// Who goes first, as the merge order has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownTurns {
    /// The order; `None` where every search would give up before it is known.
    pub order: Option<TurnOrder>,
    /// What it depends on besides contents and settings.
    pub dependencies: Vec<MergeDependency>,
}

impl KnownTurns {
    /// Whether it may be kept: what it depends on can be asked again.
    pub fn is_lasting(&self, options: &Options) -> bool {
        !options.renormalizes() && self.dependencies.iter().all(MergeDependency::lasts)
    }

    /// Whether what it depends on is as it was. Whether its contents are still there is found out where its
    /// tips are merged into the target ([`super::Shared::all_decided`]).
    pub fn holds(&self, options: &Options, objects: &dyn Objects) -> bool {
        !options.renormalizes() && self.dependencies.iter().all(|one| one.holds(options, objects))
    }
}

/// A target and a tip.
pub type TipKey = (Option<Oid>, Node);

/// A target and two tips, in the order in which they were asked for.
pub type PairKey = (Option<Oid>, [Node; 2]);

/// Two versions of a file, the lesser id first; `None` where there was no file.
pub type VersionsKey = [Option<Oid>; 2];

/// A target, a tip and a path that it touches.
pub type TouchedLinesKey = (TipKey, RepoPath);

/// The lines of the target's version of a file that a tip touches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KnownLines {
    /// The lines, sorted.
    pub lines: Vec<Range<u32>>,
    /// What merging the tip into the target depended on.
    pub dependencies: Vec<MergeDependency>,
}

/// One of the target's commits: the trees before and after it, and a hash of the names in the top folder that differ,
/// where it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownStep {
    /// The trees.
    pub trees: [Oid; 2],
    /// The hash.
    pub at_top: Option<u64>,
}

/// A path, and the versions of its file: that of the base, and those of both sides.
pub type EditsKey = (RepoPath, [Entry; 3]);

/// How the edits of one file by two merge: everything is decided.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MergedEdits {
    /// The conflicts.
    pub conflicts: Vec<ConflictPath>,
    /// What they depend on besides contents and settings.
    pub dependencies: Vec<MergeDependency>,
}

/// The conflicting lines of three versions of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OwnLines {
    /// Those of our version.
    pub ours: Vec<Lines>,
    /// Those of theirs.
    pub theirs: Vec<Lines>,
    /// Where the two conflict.
    pub regions: Vec<ConflictRegion>,
}

/// The base and both sides of a file.
pub type LinesKey = [Option<Oid>; 3];

/// No more merges of files are kept than this.
const MOST_EDITS: usize = 2048;

/// All answers.
#[derive(Default)]
pub struct AnswerCache {
    /// By target and head: the part of the head's commits whose patches the target has.
    pub patches: Table<(Oid, Oid), Option<MergedWork>>,
    /// By target and merge bases: what the target did since, for commits that are about to be made.
    pub steps: Table<(Oid, Vec<Oid>), Vec<KnownStep>>,
    /// By base tree and tip tree: the paths alone.
    pub diffs: Table<(Oid, Oid), TreeDiff>,
    /// By base tree and the target's.
    pub since_base: Table<(Oid, Oid), TargetChanges>,
    /// By base tree and tip tree; without layers.
    pub changes: Table<(Oid, Oid), TreeChanges>,
    /// By target and tip.
    pub tips: Table<TipKey, TargetMerge>,
    /// By target and both tips.
    pub pairs: Table<PairKey, PairMerge>,
    /// Who goes first.
    pub turns: Table<TurnQuestion, KnownTurns>,
    /// What merges without a conflict and breaks.
    pub semantic: Table<SemanticQuestion, SemanticAnswer>,
    /// What differs between two versions; `None` where there are no lines to compare.
    pub versions: Table<VersionsKey, Option<Vec<Hunk>>>,
    /// What differs between a base and a version. This alone is no reason to write the cache.
    pub compared: Arc<ComparedVersions>,
    /// By target, tip and path.
    pub touched_lines: Table<TouchedLinesKey, KnownLines>,
    /// How edits of one file by two merge. These alone are no reason to write the cache.
    pub edits: Table<EditsKey, MergedEdits>,
    /// Where versions of a file conflict. These alone are no reason to write the cache.
    pub own_lines: Table<LinesKey, OwnLines>,
    /// By path and content: what kind of file the text says that it is. These alone are no reason to write the cache.
    pub kinds: Table<(RepoPath, Oid), Option<FileKind>>,
    /// Changed lines of files; for this run alone.
    pub lines: HunkCache,
    /// The tree that is about to be committed or written. Whoever asks next asks about another one.
    pub passing: OnceLock<Oid>,
}

impl AnswerCache {
    /// Adds the answers of another one.
    pub fn add(&self, other: &AnswerCache) {
        let AnswerCache {
            patches,
            steps,
            diffs,
            since_base,
            changes,
            tips,
            pairs,
            turns,
            semantic,
            versions,
            compared,
            touched_lines,
            edits,
            own_lines,
            kinds,
            lines: _,
            passing: _,
        } = other;
        self.patches.add(patches);
        self.steps.add(steps);
        self.diffs.add(diffs);
        self.since_base.add(since_base);
        self.changes.add(changes);
        self.tips.add(tips);
        self.pairs.add(pairs);
        self.turns.add(turns);
        self.semantic.add(semantic);
        self.versions.add(versions);
        self.compared.0.add(&compared.0);
        self.touched_lines.add(touched_lines);
        self.edits.add(edits);
        self.own_lines.add(own_lines);
        self.kinds.add(kinds);
    }

    /// The kind of a file by its text, which `of_text` finds out where it can be read.
    pub fn kind_of(
        &self,
        path: &RepoPath,
        blob: Oid,
        objects: &dyn Objects,
        of_text: impl FnOnce() -> Option<Option<FileKind>>,
    ) -> Option<FileKind> {
        let key = (path.clone(), blob);
        if let Some(known) = self.kinds.find(&key).filter(|_| objects.is_whole(blob)) {
            return *known;
        }
        let kind = of_text()?;
        self.kinds.keep(key, Arc::new(kind));
        kind
    }

    /// Keeps how edits merge.
    pub(super) fn keep_edits(&self, edits: EditsKey, merged: MergedEdits) {
        if self.edits.len() < MOST_EDITS {
            self.edits.keep(edits, Arc::new(merged));
        }
    }

    /// Whether anybody will ask again about what has these trees.
    pub fn lasts(&self, trees: &[Oid]) -> bool {
        self.passing.get().is_none_or(|passing| !trees.contains(passing))
    }

    /// Whether anything was added to it.
    pub fn has_new(&self) -> bool {
        self.patches.has_new()
            || self.steps.has_new()
            || self.diffs.has_new()
            || self.since_base.has_new()
            || self.changes.has_new()
            || self.tips.has_new()
            || self.pairs.has_new()
            || self.turns.has_new()
            || self.semantic.has_new()
            || self.versions.has_new()
            || self.touched_lines.has_new()
    }
}
