//! The shapes of answers on disk, apart from those of the model and the engine.

use std::sync::Arc;

use foldhash::HashSet;
use serde::{Deserialize, Serialize};

use crate::merge::{Alone, Ancestry, Assumed, Driver, Footprint, Memory, Met, Node, Relation, Search, Tie};
use crate::model::{
    Change, ChangeKind, ChangeSet, ConflictKind, ConflictPath, Entry, EntryKind, Hunk, Hunks, Layers, Lines,
    MergeOutcome, Oid, RepoPath, Unmerged,
};

type Id = [u8; 20];

/// Of a tip with more commits of its own than this, they are not kept.
const MOST_OWN: usize = 4096;

#[derive(Serialize, Deserialize)]
struct Path(#[serde(with = "serde_bytes")] Vec<u8>);

/// One answer with its question.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    Relation { key: (Id, Id), bases: Vec<Id>, ahead: usize, behind: usize, contained: bool, in_line: bool },
    Changes { key: (Id, Id), changes: Vec<ChangeShape> },
    Tip { key: (Option<Id>, NodeShape), alone: Box<AloneShape> },
    Pair { key: (Option<Id>, [NodeShape; 2]), met: MetShape },
}

/// Answers with the number of runs in which each was not used.
pub(super) struct Answers(pub Vec<(u8, Answer)>);

#[derive(Serialize, Deserialize)]
pub(super) struct NodeShape(Id, Vec<Id>);

#[derive(Serialize, Deserialize)]
pub(super) struct ChangeShape {
    path: Path,
    #[serde(with = "ChangeKindShape")]
    kind: ChangeKind,
    from: Option<Path>,
    old: Option<(u32, Id)>,
    new: Option<(u32, Id)>,
    hunks: HunksShape,
}

#[derive(Serialize, Deserialize)]
enum HunksShape {
    Lines(Vec<[u32; 4]>),
    Binary,
    None,
}

#[derive(Serialize, Deserialize)]
pub(super) struct AloneShape {
    tree: Id,
    conflicts: Vec<ConflictShape>,
    unmerged: Vec<UnmergedShape>,
    /// Paths, placed, above, added to, removed.
    footprint: [Vec<Path>; 5],
    edits: Vec<(Path, [(u32, Id); 2])>,
    added: Vec<PlacedShape>,
    changed: Vec<PlacedShape>,
    taken: Vec<Path>,
    search: Option<SearchShape>,
    /// Merge bases, own commits.
    ancestry: Option<[Vec<Id>; 2]>,
    assumed: Vec<AssumedShape>,
}

/// A path, and the mode and content of each stage.
type UnmergedShape = (Path, [Option<(u32, Id)>; 3]);

/// A path, a mode, a content.
type PlacedShape = (Path, (u32, Id));

#[derive(Serialize, Deserialize)]
struct SearchShape {
    /// Gone, folders, among, found.
    paths: [Vec<Path>; 4],
    contents: Vec<Id>,
    arrived: Vec<Id>,
    sought: Vec<Id>,
    lone: Vec<Path>,
    #[serde(with = "TieShape")]
    tie: Tie,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Tie")]
enum TieShape {
    None,
    Firm(usize),
    Loose,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MetShape {
    conflicts: Vec<ConflictShape>,
    assumes: Option<String>,
    assumed: Vec<AssumedShape>,
}

#[derive(Serialize, Deserialize)]
struct ConflictShape {
    path: Path,
    #[serde(with = "ConflictKindShape")]
    kind: ConflictKind,
    also: Vec<Path>,
    ours: Vec<(u32, u32)>,
    theirs: Vec<(u32, u32)>,
}

#[derive(Serialize, Deserialize)]
enum AssumedShape {
    Driver(Path, bool, DriverShape),
    MarkerSize(Path, usize),
    Contained(Path, [Id; 2], Option<bool>),
    ShortName(Id, String),
}

/// The drivers that are not commands of the repository.
#[derive(Serialize, Deserialize)]
enum DriverShape {
    Text,
    Binary,
    Union,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ChangeKind")]
enum ChangeKindShape {
    Added,
    Modified,
    Deleted,
    Renamed,
    ModeChanged,
    TypeChanged,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ConflictKind")]
enum ConflictKindShape {
    Content,
    AddAdd,
    ModifyDelete,
    RenameDelete,
    RenameRename,
    RenameAdd,
    DirectoryRename,
    DirectoryRenameSplit,
    FileDirectory,
    Mode,
    DistinctTypes,
    Symlink,
    Submodule,
    Binary,
}

/// Everything that a memory holds and that was used in the last runs.
pub(super) fn answers(memory: &Memory, idle_runs: u8) -> Vec<(u8, Answer)> {
    let mut all = Vec::new();
    for ((head, target), relation, idle) in memory.relations.all() {
        let Relation { bases, ahead, behind, contained, in_line } = relation.as_ref().clone();
        let key = (id(head), id(target));
        let bases = bases.into_iter().map(id).collect();
        all.push((idle, Answer::Relation { key, bases, ahead, behind, contained, in_line }));
    }
    for ((base, tree), changes, idle) in memory.changes.all() {
        // what is not determined is not in a memory
        let shapes: Option<Vec<ChangeShape>> = changes.iter().map(change_shape).collect();
        let key = (id(base), id(tree));
        all.extend(shapes.map(|changes| (idle, Answer::Changes { key, changes })));
    }
    for ((target, tip), alone, idle) in memory.tips.all() {
        let key = (target.map(id), node_shape(&tip));
        all.extend(alone_shape(&alone).map(|alone| (idle, Answer::Tip { key, alone: Box::new(alone) })));
    }
    for ((target, tips), met, idle) in memory.pairs.all() {
        let key = (target.map(id), tips.each_ref().map(node_shape));
        let Met { conflicts, assumes, assumed } = &*met;
        let Some(assumed) = assumed.iter().map(assumed_shape).collect() else { continue };
        let conflicts = conflicts.iter().map(conflict_shape).collect();
        all.push((
            idle,
            Answer::Pair { key, met: MetShape { conflicts, assumes: assumes.clone(), assumed } },
        ));
    }
    all.retain(|(idle, _)| *idle <= idle_runs);
    all
}

impl Answers {
    /// Puts all of them into a memory; `None` where one makes no sense.
    pub fn restore(self, memory: &Memory) -> Option<()> {
        for (idle, answer) in self.0 {
            let idle = idle.saturating_add(1);
            match answer {
                Answer::Relation { key, bases, ahead, behind, contained, in_line } => {
                    let bases = bases.into_iter().map(Oid::new).collect();
                    let relation = Relation { bases, ahead, behind, contained, in_line };
                    memory.relations.restore((Oid::new(key.0), Oid::new(key.1)), relation, idle);
                }
                Answer::Changes { key, changes } => {
                    let changes = changes.into_iter().map(change).collect::<Option<Vec<_>>>()?;
                    let key = (Oid::new(key.0), Oid::new(key.1));
                    memory.changes.restore(key, ChangeSet::new(changes), idle);
                }
                Answer::Tip { key, alone: shape } => {
                    memory.tips.restore((key.0.map(Oid::new), node(key.1)), alone(*shape)?, idle);
                }
                Answer::Pair { key, met } => {
                    let met = Met {
                        conflicts: met.conflicts.into_iter().map(conflict).collect(),
                        assumes: met.assumes,
                        assumed: met.assumed.into_iter().map(assumed).collect(),
                    };
                    memory.pairs.restore((key.0.map(Oid::new), key.1.map(node)), met, idle);
                }
            }
        }
        Some(())
    }
}

fn id(oid: Oid) -> Id {
    *oid.as_bytes()
}

fn path_shape(path: &RepoPath) -> Path {
    Path(path.as_bytes().to_vec())
}

fn path(shape: Path) -> RepoPath {
    RepoPath::new(shape.0)
}

fn node_shape(node: &Node) -> NodeShape {
    NodeShape(id(node.tree), node.commits.iter().copied().map(id).collect())
}

fn node(NodeShape(tree, commits): NodeShape) -> Node {
    Node { tree: Oid::new(tree), commits: commits.into_iter().map(Oid::new).collect() }
}

fn change_shape(change: &Change) -> Option<ChangeShape> {
    let Change { path, kind, from, old, new, hunks, layers: _ } = change;
    let numbers = |hunk: &Hunk| [hunk.base.start, hunk.base.end, hunk.own.start, hunk.own.end];
    Some(ChangeShape {
        path: path_shape(path),
        kind: *kind,
        from: from.as_ref().map(path_shape),
        old: old.as_ref().map(entry_shape),
        new: new.as_ref().map(entry_shape),
        hunks: match hunks {
            Hunks::Lines(hunks) => HunksShape::Lines(hunks.iter().map(numbers).collect()),
            Hunks::Binary => HunksShape::Binary,
            Hunks::None => HunksShape::None,
            Hunks::Unknown(_) => return None,
        },
    })
}

fn change(shape: ChangeShape) -> Option<Change> {
    let hunk =
        |[start, end, own_start, own_end]: [u32; 4]| Hunk { base: start..end, own: own_start..own_end };
    Some(Change {
        path: path(shape.path),
        kind: shape.kind,
        from: shape.from.map(path),
        old: optional_entry(shape.old)?,
        new: optional_entry(shape.new)?,
        hunks: match shape.hunks {
            HunksShape::Lines(hunks) => Hunks::Lines(hunks.into_iter().map(hunk).collect()),
            HunksShape::Binary => Hunks::Binary,
            HunksShape::None => Hunks::None,
        },
        layers: Layers::default(),
    })
}

fn alone_shape(Alone { outcome, footprint, ancestry, assumed }: &Alone) -> Option<AloneShape> {
    let MergeOutcome { tree, conflicts, unmerged, undecided } = outcome;
    let Footprint { paths, placed, above, added_to, removed, added, changed, taken, edits, search } =
        footprint;
    let assumed = assumed.iter().map(assumed_shape).collect::<Option<_>>()?;
    undecided.is_empty().then(|| AloneShape {
        tree: id(*tree),
        conflicts: conflicts.iter().map(conflict_shape).collect(),
        unmerged: unmerged.iter().map(unmerged_shape).collect(),
        footprint: [paths, placed, above, added_to, removed]
            .map(|paths: &HashSet<RepoPath>| paths.iter().map(path_shape).collect()),
        added: added.iter().map(placed_shape).collect(),
        changed: changed.iter().map(placed_shape).collect(),
        taken: taken.iter().map(path_shape).collect(),
        edits: edits
            .iter()
            .map(|(path, versions)| (path_shape(path), versions.map(|one| (one.kind.mode(), id(one.oid)))))
            .collect(),
        ancestry: ancestry.as_ref().filter(|known| known.own.len() <= MOST_OWN).map(|known| {
            [known.bases.iter().copied().map(id).collect(), known.own.iter().copied().map(id).collect()]
        }),
        search: search.as_ref().map(search_shape),
        assumed,
    })
}

fn placed_shape((path, entry): &(RepoPath, Entry)) -> PlacedShape {
    (path_shape(path), entry_shape(entry))
}

fn unplaced((at, shape): PlacedShape) -> Option<(RepoPath, Entry)> {
    Some((path(at), entry(shape)?))
}

fn unmerged_shape(Unmerged { path, stages }: &Unmerged) -> UnmergedShape {
    (path_shape(path), stages.each_ref().map(|stage| stage.as_ref().map(entry_shape)))
}

fn unmerged((at, stages): UnmergedShape) -> Option<Unmerged> {
    let [base, ours, theirs] = stages.map(optional_entry);
    Some(Unmerged { path: path(at), stages: [base?, ours?, theirs?] })
}

fn entry_shape(entry: &Entry) -> (u32, Id) {
    (entry.kind.mode(), id(entry.oid))
}

/// `None` where there is one with a mode that is none of git's.
fn optional_entry(shape: Option<(u32, Id)>) -> Option<Option<Entry>> {
    match shape {
        Some(shape) => entry(shape).map(Some),
        None => Some(None),
    }
}

fn edit((at, [base, own]): (Path, [(u32, Id); 2])) -> Option<(RepoPath, [Entry; 2])> {
    Some((path(at), [entry(base)?, entry(own)?]))
}

/// `None` where the mode is none of git's.
fn entry((mode, id): (u32, Id)) -> Option<Entry> {
    let kind = EntryKind::from_mode(mode);
    (kind.mode() == mode).then_some(Entry { kind, oid: Oid::new(id) })
}

fn alone(shape: AloneShape) -> Option<Alone> {
    let [paths, placed, above, added_to, removed] =
        shape.footprint.map(|paths| paths.into_iter().map(path).collect());
    let ids = |ids: Vec<Id>| ids.into_iter().map(Oid::new);
    let ancestry = |[bases, own]: [Vec<Id>; 2]| {
        Arc::new(Ancestry { bases: ids(bases).collect(), own: ids(own).collect() })
    };
    Some(Alone {
        outcome: MergeOutcome {
            tree: Oid::new(shape.tree),
            conflicts: shape.conflicts.into_iter().map(conflict).collect(),
            unmerged: shape.unmerged.into_iter().map(unmerged).collect::<Option<_>>()?,
            undecided: Vec::new(),
        },
        footprint: Footprint {
            paths,
            placed,
            above,
            added_to,
            removed,
            added: shape.added.into_iter().map(unplaced).collect::<Option<_>>()?,
            changed: shape.changed.into_iter().map(unplaced).collect::<Option<_>>()?,
            taken: shape.taken.into_iter().map(path).collect(),
            edits: shape.edits.into_iter().map(edit).collect::<Option<_>>()?,
            search: shape.search.map(search),
        },
        ancestry: shape.ancestry.map(ancestry),
        assumed: shape.assumed.into_iter().map(assumed).collect(),
    })
}

fn search_shape(search: &Search) -> SearchShape {
    let Search { gone, contents, folders, among, arrived, found, sought, lone, tie } = search;
    SearchShape {
        paths: [gone, folders, among, found]
            .map(|paths: &HashSet<RepoPath>| paths.iter().map(path_shape).collect()),
        contents: contents.iter().copied().map(id).collect(),
        arrived: arrived.iter().copied().map(id).collect(),
        sought: sought.iter().copied().map(id).collect(),
        lone: lone.iter().cloned().map(Path).collect(),
        tie: *tie,
    }
}

fn search(shape: SearchShape) -> Search {
    let [gone, folders, among, found] = shape.paths.map(|paths| paths.into_iter().map(path).collect());
    Search {
        gone,
        contents: shape.contents.into_iter().map(Oid::new).collect(),
        arrived: shape.arrived.into_iter().map(Oid::new).collect(),
        folders,
        among,
        found,
        sought: shape.sought.into_iter().map(Oid::new).collect(),
        lone: shape.lone.into_iter().map(|name| name.0).collect(),
        tie: shape.tie,
    }
}

fn conflict_shape(conflict: &ConflictPath) -> ConflictShape {
    let ConflictPath { path, kind, also, ours, theirs } = conflict;
    let numbers = |lines: &Lines| (lines.start, lines.end);
    ConflictShape {
        path: path_shape(path),
        kind: *kind,
        also: also.iter().map(path_shape).collect(),
        ours: ours.iter().map(numbers).collect(),
        theirs: theirs.iter().map(numbers).collect(),
    }
}

fn conflict(shape: ConflictShape) -> ConflictPath {
    let lines = |(start, end)| Lines { start, end };
    ConflictPath {
        path: path(shape.path),
        kind: shape.kind,
        also: shape.also.into_iter().map(path).collect(),
        ours: shape.ours.into_iter().map(lines).collect(),
        theirs: shape.theirs.into_iter().map(lines).collect(),
    }
}

/// `None` for what cannot be asked again.
fn assumed_shape(assumed: &Assumed) -> Option<AssumedShape> {
    Some(match assumed {
        Assumed::Driver(path, is_virtual, driver) => {
            let driver = match driver {
                Driver::Text => DriverShape::Text,
                Driver::Binary => DriverShape::Binary,
                Driver::Union => DriverShape::Union,
                Driver::Custom { .. } | Driver::Unknown(_) => return None,
            };
            AssumedShape::Driver(path_shape(path), *is_virtual, driver)
        }
        Assumed::MarkerSize(path, size) => AssumedShape::MarkerSize(path_shape(path), *size),
        Assumed::Contained(path, commits, said) => {
            AssumedShape::Contained(path_shape(path), commits.map(id), *said)
        }
        Assumed::ShortName(commit, name) => AssumedShape::ShortName(id(*commit), name.clone()),
    })
}

fn assumed(shape: AssumedShape) -> Assumed {
    match shape {
        AssumedShape::Driver(at, is_virtual, driver) => {
            let driver = match driver {
                DriverShape::Text => Driver::Text,
                DriverShape::Binary => Driver::Binary,
                DriverShape::Union => Driver::Union,
            };
            Assumed::Driver(path(at), is_virtual, driver)
        }
        AssumedShape::ShortName(commit, name) => Assumed::ShortName(Oid::new(commit), name),
        AssumedShape::MarkerSize(at, size) => Assumed::MarkerSize(path(at), size),
        AssumedShape::Contained(at, commits, said) => {
            Assumed::Contained(path(at), commits.map(Oid::new), said)
        }
    }
}
