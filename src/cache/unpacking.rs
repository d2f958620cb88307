//! Converts answers from their types on disk. `None` everywhere means that the data makes no sense.

use std::sync::{Arc, OnceLock};

use super::answers::Answers;
use super::shape::{
    AnswerShape, ChangeShape, ComparisonShape, ConflictShape, DependencyShape, DriverShape, EntryShape,
    HunkShape, HunksShape, Id, NodeShape, OtherPathShape, PairMergeShape, Path, PlacedShape, SearchShape,
    TargetMergeShape, UnmergedShape,
};
use crate::git::Relation;
use crate::interaction::{PairMerge, RenameInputs, TargetMerge, TouchedPaths, TreeChanges};
use crate::merge::{Ancestry, CommitFacts, Comparison, Driver, MergeDependency, Node};
use crate::model::{
    Change, ChangeSet, ConflictPath, ConflictRegion, Entry, EntryKind, Hunk, Hunks, Layers, Lines,
    MergeOutcome, MergedWork, Oid, OtherPath, RepoPath, Stages, Unmerged,
};

/// Unpacks answers, with their paths by number.
pub(super) struct Unpacker(pub Vec<RepoPath>);

impl Unpacker {
    /// Adds an answer that was not used in the last `idle` runs, counting this one.
    pub fn unpack(&self, answer: AnswerShape, idle: u8, Answers { commits, merges }: &Answers) -> Option<()> {
        match answer {
            AnswerShape::Commit { id, tree, parents, time } => {
                let facts = CommitFacts { tree: oid(tree), parents: oids(parents), time };
                commits.commits.restore(oid(id), facts, idle);
            }
            AnswerShape::Relation { key: (head, target), bases, ahead, behind, contained, first_parent } => {
                let relation = Relation { bases: oids(bases), ahead, behind, contained, first_parent };
                commits.relations.restore((oid(head), oid(target)), relation, idle);
            }
            AnswerShape::Changes { key: (base, tree), changes, dependencies } => {
                let changes =
                    changes.into_iter().map(|change| self.change(change)).collect::<Option<Vec<_>>>()?;
                let known = TreeChanges {
                    changes: Arc::new(ChangeSet::new(changes)),
                    dependencies: self.all_dependencies(dependencies)?,
                };
                merges.changes.restore((oid(base), oid(tree)), known, idle);
            }
            AnswerShape::Tip { key: (target, tip), alone } => {
                merges.tips.restore((target.map(oid), node(tip)), self.alone(*alone)?, idle);
            }
            AnswerShape::Pair { key: (target, tips), met } => {
                merges.pairs.restore((target.map(oid), tips.map(node)), self.met(met)?, idle);
            }
            AnswerShape::Patches { key: (target, head), merged } => {
                let (into, head) = (oid(target), oid(head));
                let merged =
                    merged.map(|merged| MergedWork { how: merged.how, head: oid(merged.head), into });
                merges.patches.restore((into, head), merged, idle);
            }
            AnswerShape::Versions { key, hunks } => {
                let hunks = hunks.map(|hunks| hunks.into_iter().map(hunk).collect());
                merges.versions.restore(key.map(|version| version.map(oid)), hunks, idle);
            }
        }
        Some(())
    }

    fn path(&self, Path(number): Path) -> Option<RepoPath> {
        self.0.get(number as usize).cloned()
    }

    fn paths<C: FromIterator<RepoPath>>(&self, paths: Vec<Path>) -> Option<C> {
        paths.into_iter().map(|path| self.path(path)).collect()
    }

    fn change(&self, shape: ChangeShape) -> Option<Change> {
        Some(Change {
            path: self.path(shape.path)?,
            kind: shape.kind,
            from: optional(shape.from, |from| self.path(from))?,
            old: optional(shape.old, entry)?,
            new: optional(shape.new, entry)?,
            hunks: match shape.hunks {
                HunksShape::Lines(hunks) => Hunks::Lines(hunks.into_iter().map(hunk).collect()),
                HunksShape::Binary => Hunks::Binary,
                HunksShape::None => Hunks::None,
            },
            layers: Layers::default(),
        })
    }

    fn alone(&self, shape: TargetMergeShape) -> Option<TargetMerge> {
        let [paths, placed, above, added_to, removed] = shape.touched;
        let edits = shape
            .edits
            .into_iter()
            .map(|(path, [base, own])| Some((self.path(path)?, [entry(base)?, entry(own)?])));
        let ancestry = |[bases, own]: [Vec<Id>; 2]| Arc::new(Ancestry { bases: oids(bases), own: oids(own) });
        Some(TargetMerge {
            outcome: MergeOutcome {
                tree: oid(shape.tree),
                conflicts: self.conflicts(shape.conflicts)?,
                unmerged: shape.unmerged.into_iter().map(|one| self.unmerged(one)).collect::<Option<_>>()?,
                undecided: Vec::new(),
            },
            touched: TouchedPaths {
                paths: self.paths(paths)?,
                placed: self.paths(placed)?,
                above: self.paths(above)?,
                added_to: self.paths(added_to)?,
                removed: self.paths(removed)?,
                added: self.placed(shape.added)?,
                changed: self.placed(shape.changed)?,
                taken: self.paths(shape.taken)?,
                edits: edits.collect::<Option<_>>()?,
                search: optional(shape.search, |search| self.search(search))?,
                folders: OnceLock::new(),
            },
            ancestry: shape.ancestry.map(ancestry),
            dependencies: self.all_dependencies(shape.dependencies)?,
        })
    }

    fn placed(&self, placed: Vec<PlacedShape>) -> Option<Vec<(RepoPath, Entry)>> {
        placed.into_iter().map(|(path, at)| Some((self.path(path)?, entry(at)?))).collect()
    }

    fn unmerged(&self, (path, stages): UnmergedShape) -> Option<Unmerged> {
        let [base, ours, theirs] = stages.map(|stage| optional(stage, entry));
        Some(Unmerged {
            path: self.path(path)?,
            stages: Stages { base: base?, ours: ours?, theirs: theirs? },
        })
    }

    fn search(&self, shape: SearchShape) -> Option<RenameInputs> {
        let [gone, folders, among, found] = shape.paths;
        Some(RenameInputs {
            gone: self.paths(gone)?,
            contents: oids(shape.contents),
            arrived: oids(shape.arrived),
            folders: self.paths(folders)?,
            among: self.paths(among)?,
            found: self.paths(found)?,
            looked_for: oids(shape.looked_for),
            lone: shape.lone.into_iter().map(|name| name.into_vec()).collect(),
            tie: shape.tie,
        })
    }

    fn met(&self, PairMergeShape { conflicts, assumes, dependencies }: PairMergeShape) -> Option<PairMerge> {
        Some(PairMerge {
            conflicts: self.conflicts(conflicts)?,
            assumes,
            dependencies: self.all_dependencies(dependencies)?,
        })
    }

    fn conflicts(&self, conflicts: Vec<ConflictShape>) -> Option<Vec<ConflictPath>> {
        conflicts.into_iter().map(|conflict| self.conflict(conflict)).collect()
    }

    fn other(&self, OtherPathShape { path, role }: OtherPathShape) -> Option<OtherPath> {
        Some(OtherPath { path: self.path(path)?, role })
    }

    fn conflict(&self, shape: ConflictShape) -> Option<ConflictPath> {
        let lines = |(start, end)| Lines { start, end };
        let region = |(base, sides): (_, Option<[_; 2]>)| ConflictRegion {
            base: lines(base),
            sides: sides.map(|sides| sides.map(lines)),
            certain: false,
        };
        Some(ConflictPath {
            path: self.path(shape.path)?,
            kind: shape.kind,
            others: shape.others.into_iter().map(|other| self.other(other)).collect::<Option<_>>()?,
            ours: shape.ours.into_iter().map(lines).collect(),
            theirs: shape.theirs.into_iter().map(lines).collect(),
            regions: shape.regions.into_iter().map(region).collect(),
            certain: false,
        })
    }

    fn all_dependencies(&self, dependencies: Vec<DependencyShape>) -> Option<Vec<MergeDependency>> {
        dependencies.into_iter().map(|one| self.dependency(one)).collect()
    }

    fn dependency(&self, shape: DependencyShape) -> Option<MergeDependency> {
        Some(match shape {
            DependencyShape::Driver(path, is_virtual, driver) => {
                let driver = match driver {
                    DriverShape::Text => Driver::Text,
                    DriverShape::Binary => Driver::Binary,
                    DriverShape::Union => Driver::Union,
                };
                MergeDependency::Driver(self.path(path)?, is_virtual, driver)
            }
            DependencyShape::Comparison(path, shape) => {
                let comparison = match shape {
                    ComparisonShape::ByContent => Comparison::ByContent,
                    ComparisonShape::Text => Comparison::Text,
                    ComparisonShape::Binary => Comparison::Binary,
                };
                MergeDependency::Comparison(self.path(path)?, comparison)
            }
            DependencyShape::MarkerSize(path, size) => MergeDependency::MarkerSize(self.path(path)?, size),
            DependencyShape::Contained(path, commits, said) => {
                MergeDependency::Contained(self.path(path)?, commits.map(oid), said)
            }
            DependencyShape::ShortName(commit, name) => MergeDependency::ShortName(oid(commit), name),
            DependencyShape::Content(blob) => MergeDependency::Content(oid(blob)),
        })
    }
}

fn oid(id: Id) -> Oid {
    Oid::new(id.into_array())
}

fn oids<C: FromIterator<Oid>>(ids: Vec<Id>) -> C {
    ids.into_iter().map(oid).collect()
}

fn node(NodeShape(tree, commits): NodeShape) -> Node {
    Node { tree: oid(tree), commits: oids(commits) }
}

fn entry((mode, id): EntryShape) -> Option<Entry> {
    let kind = EntryKind::from_mode(mode);
    (kind.mode() == mode).then_some(Entry { kind, oid: oid(id) })
}

fn hunk([start, end, own_start, own_end]: HunkShape) -> Hunk {
    Hunk { base: start..end, own: own_start..own_end }
}

/// A value that may be absent; `None` where it is present and makes no sense.
fn optional<S, T>(shape: Option<S>, unpack: impl FnOnce(S) -> Option<T>) -> Option<Option<T>> {
    shape.map_or(Some(None), |shape| unpack(shape).map(Some))
}
