//! Converts answers to their types on disk.

use std::hash::Hash;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use serde_bytes::{ByteArray, ByteBuf};

use super::answers::Answers;
use super::shape::{
    AnswerShape, ChangeShape, ComparisonShape, ConflictShape, DependencyShape, DriverShape, EntryShape,
    HunkShape, HunksShape, Id, MergedShape, NodeShape, OtherPathShape, PairMergeShape, Path, PlacedShape,
    SearchShape, TargetMergeShape, UnmergedShape,
};
use crate::git::Relation;
use crate::interaction::{
    PairKey, PairMerge, RenameInputs, TargetMerge, TipKey, TouchedPaths, TreeChanges, VersionsKey,
};
use crate::merge::{CommitFacts, Comparison, Driver, MergeDependency, Node};
use crate::model::{
    Change, ConflictPath, ConflictRegion, Entry, Hunk, Hunks, Lines, MergeOutcome, MergedWork, Oid,
    OtherPath, RepoPath, Stages, Unmerged,
};
use crate::table::Table;

/// The own commits of a tip are not kept if there are more than this.
const MOST_OWN: usize = 4096;

/// One answer with its question, as tables hold it.
pub(super) enum TableRow {
    Commit(Oid, Arc<CommitFacts>),
    Relation((Oid, Oid), Arc<Relation>),
    Changes((Oid, Oid), Arc<TreeChanges>),
    Tip(TipKey, Arc<TargetMerge>),
    Pair(PairKey, Arc<PairMerge>),
    Patches((Oid, Oid), Arc<Option<MergedWork>>),
    Versions(VersionsKey, Arc<Option<Vec<Hunk>>>),
}

/// All answers that were used in the last runs, the least idle first, with the
/// number of runs in which it was not.
pub(super) fn held(answers: &Answers, idle_runs: u8) -> Vec<(u8, TableRow)> {
    let Answers { commits, merges } = answers;
    let all = of(&commits.commits, TableRow::Commit)
        .chain(of(&commits.relations, TableRow::Relation))
        .chain(of(&merges.changes, TableRow::Changes))
        .chain(of(&merges.tips, TableRow::Tip))
        .chain(of(&merges.pairs, TableRow::Pair))
        .chain(of(&merges.patches, TableRow::Patches))
        .chain(of(&merges.versions, TableRow::Versions));
    let mut all: Vec<_> = all.filter(|(idle, _)| *idle <= idle_runs).collect();
    all.sort_by_key(|(idle, _)| *idle);
    all
}

fn of<K: Eq + Hash + Clone, V>(
    table: &Table<K, V>,
    held: fn(K, Arc<V>) -> TableRow,
) -> impl Iterator<Item = (u8, TableRow)> {
    table.all().into_iter().map(move |(key, answer, idle)| (idle, held(key, answer)))
}

/// Packs answers, and lists their paths.
#[derive(Default)]
pub(super) struct Packer {
    numbers: HashMap<RepoPath, u32>,
    paths: Vec<RepoPath>,
}

impl Packer {
    /// The paths by their numbers.
    pub fn paths(&self) -> &[RepoPath] {
        &self.paths
    }

    /// The answer as it is on disk; `None` for what is not kept.
    pub fn pack(&mut self, held: &TableRow) -> Option<AnswerShape> {
        Some(match held {
            TableRow::Commit(commit, facts) => {
                let CommitFacts { tree, parents, time } = &**facts;
                AnswerShape::Commit { id: id(*commit), tree: id(*tree), parents: ids(parents), time: *time }
            }
            TableRow::Relation((head, target), relation) => {
                let Relation { bases, ahead, behind, contained, first_parent } = &**relation;
                AnswerShape::Relation {
                    key: (id(*head), id(*target)),
                    bases: ids(bases),
                    ahead: *ahead,
                    behind: *behind,
                    contained: *contained,
                    first_parent: *first_parent,
                }
            }
            TableRow::Changes((base, tree), known) => AnswerShape::Changes {
                key: (id(*base), id(*tree)),
                changes: known.changes.iter().map(|change| self.change(change)).collect::<Option<_>>()?,
                dependencies: self.all_dependencies(&known.dependencies)?,
            },
            TableRow::Tip((target, tip), alone) => {
                AnswerShape::Tip { key: (target.map(id), node(tip)), alone: Box::new(self.alone(alone)?) }
            }
            TableRow::Pair((target, tips), met) => {
                AnswerShape::Pair { key: (target.map(id), tips.each_ref().map(node)), met: self.met(met)? }
            }
            TableRow::Patches((target, head), merged) => AnswerShape::Patches {
                key: (id(*target), id(*head)),
                merged: merged.map(|merged| MergedShape { how: merged.how, head: id(merged.head) }),
            },
            TableRow::Versions(versions, hunks) => AnswerShape::Versions {
                key: versions.map(|version| version.map(id)),
                hunks: hunks.as_ref().as_ref().map(|hunks| hunks.iter().map(numbers).collect()),
            },
        })
    }

    fn path(&mut self, path: &RepoPath) -> Path {
        if let Some(number) = self.numbers.get(path) {
            return Path(*number);
        }
        let number = self.paths.len() as u32;
        self.paths.push(path.clone());
        self.numbers.insert(path.clone(), number);
        Path(number)
    }

    fn listed<'p>(&mut self, paths: impl IntoIterator<Item = &'p RepoPath>) -> Vec<Path> {
        paths.into_iter().map(|path| self.path(path)).collect()
    }

    /// `None` for what is not determined.
    fn change(&mut self, change: &Change) -> Option<ChangeShape> {
        let Change { path, kind, from, old, new, hunks, layers: _ } = change;
        Some(ChangeShape {
            path: self.path(path),
            kind: *kind,
            from: from.as_ref().map(|from| self.path(from)),
            old: old.as_ref().map(entry),
            new: new.as_ref().map(entry),
            hunks: match hunks {
                Hunks::Lines(hunks) => HunksShape::Lines(hunks.iter().map(numbers).collect()),
                Hunks::Binary => HunksShape::Binary,
                Hunks::None => HunksShape::None,
                Hunks::Unknown(_) => return None,
            },
        })
    }

    fn alone(
        &mut self,
        TargetMerge { outcome, touched, ancestry, dependencies }: &TargetMerge,
    ) -> Option<TargetMergeShape> {
        let MergeOutcome { tree, conflicts, unmerged, undecided } = outcome;
        let TouchedPaths {
            paths,
            placed,
            above,
            added_to,
            removed,
            added,
            changed,
            taken,
            edits,
            search,
            folders: _,
        } = touched;
        if !undecided.is_empty() {
            return None;
        }
        Some(TargetMergeShape {
            tree: id(*tree),
            conflicts: self.conflicts(conflicts),
            unmerged: unmerged.iter().map(|one| self.unmerged(one)).collect(),
            touched: [paths, placed, above, added_to, removed].map(|paths: &HashSet<_>| self.listed(paths)),
            added: self.placed(added),
            changed: self.placed(changed),
            taken: self.listed(taken),
            edits: edits
                .iter()
                .map(|(path, versions)| (self.path(path), versions.each_ref().map(entry)))
                .collect(),
            ancestry: ancestry
                .as_ref()
                .filter(|known| known.own.len() <= MOST_OWN)
                .map(|known| [ids(&known.bases), ids(&known.own)]),
            search: search.as_ref().map(|search| self.search(search)),
            dependencies: self.all_dependencies(dependencies)?,
        })
    }

    fn placed(&mut self, placed: &[(RepoPath, Entry)]) -> Vec<PlacedShape> {
        placed.iter().map(|(path, at)| (self.path(path), entry(at))).collect()
    }

    fn unmerged(&mut self, Unmerged { path, stages }: &Unmerged) -> UnmergedShape {
        let Stages { base, ours, theirs } = stages.each_ref().map(|stage| stage.as_ref().map(entry));
        (self.path(path), [base, ours, theirs])
    }

    fn search(&mut self, search: &RenameInputs) -> SearchShape {
        let RenameInputs { gone, contents, folders, among, arrived, found, looked_for, lone, tie } = search;
        SearchShape {
            paths: [gone, folders, among, found].map(|paths: &HashSet<_>| self.listed(paths)),
            contents: ids(contents),
            arrived: ids(arrived),
            looked_for: ids(looked_for),
            lone: lone.iter().cloned().map(ByteBuf::from).collect(),
            tie: *tie,
        }
    }

    fn met(&mut self, PairMerge { conflicts, assumes, dependencies }: &PairMerge) -> Option<PairMergeShape> {
        Some(PairMergeShape {
            conflicts: self.conflicts(conflicts),
            assumes: assumes.clone(),
            dependencies: self.all_dependencies(dependencies)?,
        })
    }

    fn conflicts(&mut self, conflicts: &[ConflictPath]) -> Vec<ConflictShape> {
        conflicts.iter().map(|conflict| self.conflict(conflict)).collect()
    }

    fn other(&mut self, OtherPath { path, role }: &OtherPath) -> OtherPathShape {
        OtherPathShape { path: self.path(path), role: *role }
    }

    fn conflict(
        &mut self,
        ConflictPath { path, kind, others, ours, theirs, regions, certain: _ }: &ConflictPath,
    ) -> ConflictShape {
        let numbers = |lines: &Lines| (lines.start, lines.end);
        let region = |region: &ConflictRegion| {
            (numbers(&region.base), region.sides.map(|sides| sides.map(|lines| numbers(&lines))))
        };
        ConflictShape {
            path: self.path(path),
            kind: *kind,
            others: others.iter().map(|other| self.other(other)).collect(),
            ours: ours.iter().map(numbers).collect(),
            theirs: theirs.iter().map(numbers).collect(),
            regions: regions.iter().map(region).collect(),
        }
    }

    fn all_dependencies(&mut self, dependencies: &[MergeDependency]) -> Option<Vec<DependencyShape>> {
        dependencies.iter().map(|one| self.dependency(one)).collect()
    }

    /// `None` for what cannot be checked again.
    fn dependency(&mut self, dependency: &MergeDependency) -> Option<DependencyShape> {
        Some(match dependency {
            MergeDependency::Driver(path, is_virtual, driver) => {
                let driver = match driver {
                    Driver::Text => DriverShape::Text,
                    Driver::Binary => DriverShape::Binary,
                    Driver::Union => DriverShape::Union,
                    Driver::Custom { .. } | Driver::Unknown(_) => return None,
                };
                DependencyShape::Driver(self.path(path), *is_virtual, driver)
            }
            MergeDependency::Comparison(path, comparison) => {
                let comparison = match comparison {
                    Comparison::ByContent => ComparisonShape::ByContent,
                    Comparison::Text => ComparisonShape::Text,
                    Comparison::Binary => ComparisonShape::Binary,
                    Comparison::Unknown => return None,
                };
                DependencyShape::Comparison(self.path(path), comparison)
            }
            MergeDependency::MarkerSize(path, size) => DependencyShape::MarkerSize(self.path(path), *size),
            MergeDependency::Contained(path, commits, said) => {
                DependencyShape::Contained(self.path(path), commits.map(id), *said)
            }
            MergeDependency::ShortName(commit, name) => DependencyShape::ShortName(id(*commit), name.clone()),
            MergeDependency::Content(blob) => DependencyShape::Content(id(*blob)),
        })
    }
}

fn id(oid: Oid) -> Id {
    ByteArray::new(*oid.as_bytes())
}

fn ids<'o>(oids: impl IntoIterator<Item = &'o Oid>) -> Vec<Id> {
    oids.into_iter().copied().map(id).collect()
}

fn node(node: &Node) -> NodeShape {
    NodeShape(id(node.tree), ids(&node.commits))
}

fn entry(entry: &Entry) -> EntryShape {
    (entry.kind.mode(), id(entry.oid))
}

fn numbers(hunk: &Hunk) -> HunkShape {
    [hunk.base.start, hunk.base.end, hunk.own.start, hunk.own.end]
}
