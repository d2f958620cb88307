//! The types of answers on disk, apart from those in memory.

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use crate::interaction::Tie;
use crate::model::{ChangeKind, ConflictKind, MergedAs, PathRole};

pub(super) type Id = ByteArray<20>;

/// A mode and a content.
pub(super) type EntryShape = (u32, Id);

/// The number of a path in the file's list: many answers name the same paths.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Path(pub u32);

/// Line ranges in the base and in the other version.
pub(super) type HunkShape = [u32; 4];

/// One answer with its question.
#[derive(Serialize, Deserialize)]
pub(super) enum AnswerShape {
    Commit {
        id: Id,
        tree: Id,
        parents: Vec<Id>,
        time: i64,
    },
    Relation {
        key: (Id, Id),
        bases: Vec<Id>,
        ahead: usize,
        behind: usize,
        contained: bool,
        first_parent: bool,
    },
    Changes {
        key: (Id, Id),
        changes: Vec<ChangeShape>,
        dependencies: Vec<DependencyShape>,
    },
    Tip {
        key: (Option<Id>, NodeShape),
        alone: Box<TargetMergeShape>,
    },
    Pair {
        key: (Option<Id>, [NodeShape; 2]),
        met: PairMergeShape,
    },
    Patches {
        key: (Id, Id),
        merged: Option<MergedShape>,
    },
    Versions {
        key: [Option<Id>; 2],
        hunks: Option<Vec<HunkShape>>,
    },
}

/// The last commit that the target has, and how.
#[derive(Serialize, Deserialize)]
pub(super) struct MergedShape {
    #[serde(with = "MergedAsShape")]
    pub how: MergedAs,
    pub head: Id,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "MergedAs")]
enum MergedAsShape {
    Ancestor,
    Squash,
    Rebase,
}

#[derive(Serialize, Deserialize)]
pub(super) struct NodeShape(pub Id, pub Vec<Id>);

#[derive(Serialize, Deserialize)]
pub(super) struct ChangeShape {
    pub path: Path,
    #[serde(with = "ChangeKindShape")]
    pub kind: ChangeKind,
    pub from: Option<Path>,
    pub old: Option<EntryShape>,
    pub new: Option<EntryShape>,
    pub hunks: HunksShape,
}

#[derive(Serialize, Deserialize)]
pub(super) enum HunksShape {
    Lines(Vec<HunkShape>),
    Binary,
    None,
}

#[derive(Serialize, Deserialize)]
pub(super) struct TargetMergeShape {
    pub tree: Id,
    pub conflicts: Vec<ConflictShape>,
    pub unmerged: Vec<UnmergedShape>,
    /// Paths, placed, above, added to, removed.
    pub touched: [Vec<Path>; 5],
    pub edits: Vec<(Path, [EntryShape; 2])>,
    pub added: Vec<PlacedShape>,
    pub changed: Vec<PlacedShape>,
    pub taken: Vec<Path>,
    pub search: Option<SearchShape>,
    /// Merge bases, and commits that the target lacks.
    pub ancestry: Option<[Vec<Id>; 2]>,
    pub dependencies: Vec<DependencyShape>,
}

/// A path, and the mode and content of each stage.
pub(super) type UnmergedShape = (Path, [Option<EntryShape>; 3]);

/// A path, a mode, a content.
pub(super) type PlacedShape = (Path, EntryShape);

#[derive(Serialize, Deserialize)]
pub(super) struct SearchShape {
    /// Gone, folders, among, found.
    pub paths: [Vec<Path>; 4],
    pub contents: Vec<Id>,
    pub arrived: Vec<Id>,
    pub looked_for: Vec<Id>,
    pub lone: Vec<ByteBuf>,
    #[serde(with = "TieShape")]
    pub tie: Tie,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Tie")]
enum TieShape {
    None,
    Firm(usize),
    Loose,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PairMergeShape {
    pub conflicts: Vec<ConflictShape>,
    pub assumes: Option<String>,
    pub dependencies: Vec<DependencyShape>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ConflictShape {
    pub path: Path,
    #[serde(with = "ConflictKindShape")]
    pub kind: ConflictKind,
    pub others: Vec<OtherPathShape>,
    pub ours: Vec<LinesShape>,
    pub theirs: Vec<LinesShape>,
    pub regions: Vec<(LinesShape, Option<[LinesShape; 2]>)>,
}

/// The first line and the last.
pub(super) type LinesShape = (u32, u32);

#[derive(Serialize, Deserialize)]
pub(super) struct OtherPathShape {
    pub path: Path,
    #[serde(with = "PathRoleShape")]
    pub role: PathRole,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PathRole")]
enum PathRoleShape {
    Source,
    Ours,
    Theirs,
    Folder,
}

#[derive(Serialize, Deserialize)]
pub(super) enum DependencyShape {
    Driver(Path, bool, DriverShape),
    Comparison(Path, ComparisonShape),
    MarkerSize(Path, usize),
    Contained(Path, [Id; 2], Option<bool>),
    ShortName(Id, String),
    Content(Id),
}

/// The comparisons that could be determined.
#[derive(Serialize, Deserialize)]
pub(super) enum ComparisonShape {
    ByContent,
    Text,
    Binary,
}

/// The drivers that are not commands of the repository.
#[derive(Serialize, Deserialize)]
pub(super) enum DriverShape {
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
