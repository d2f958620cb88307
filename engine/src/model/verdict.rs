//! What a merge would do: conflicts, overlaps, verdicts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::named::named;
use super::{Entry, Lines, NeededWork, Oid, Reason, RepoPath, Stages};

/// Two different things in a fixed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair<T>(T, T);

impl<T: Ord> Pair<T> {
    /// The pair of two; `None` when they are the same.
    pub fn new(first: T, other: T) -> Option<Pair<T>> {
        match first.cmp(&other) {
            std::cmp::Ordering::Less => Some(Pair(first, other)),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Pair(other, first)),
        }
    }

    /// The smaller one.
    pub fn a(&self) -> &T {
        &self.0
    }

    /// The greater one.
    pub fn b(&self) -> &T {
        &self.1
    }
}

named! {
    /// Kinds of conflict, with the short names that git itself uses.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum ConflictKind {
        /// Both changed the same or adjacent lines.
        Content = "content",
        /// Both added the path with other content.
        AddAdd = "add/add",
        /// One changed what the other deleted.
        ModifyDelete = "modify/delete",
        /// One renamed what the other deleted.
        RenameDelete = "rename/delete",
        /// Both renamed the same file, to two names.
        RenameRename = "rename/rename",
        /// One renamed to a path that the other added.
        RenameAdd = "rename/add",
        /// A folder was renamed on one side; the other added a file into the old one.
        DirectoryRename = "directory rename",
        /// A folder was renamed to several places, so it is unknown where a new file belongs.
        DirectoryRenameSplit = "directory rename split",
        /// One side has a file where the other has a folder.
        FileDirectory = "file/directory",
        /// Both changed the mode, differently.
        Mode = "mode",
        /// The two sides made different types of the path.
        DistinctTypes = "distinct types",
        /// Both changed a symbolic link.
        Symlink = "symlink",
        /// Both moved a submodule.
        Submodule = "submodule",
        /// Both changed a binary file.
        Binary = "binary",
    }
}

/// A path that is part of a conflict besides the one under which git reports it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OtherPath {
    /// The path.
    pub path: RepoPath,
    /// What it is to the conflict.
    pub role: PathRole,
}

/// What another path is to a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PathRole {
    /// The file was there before it was renamed, or its folder.
    Source,
    /// Our side's version is there.
    Ours,
    /// Their side's version is there.
    Theirs,
    /// A folder is there, so that the file cannot be.
    Folder,
}

/// One conflict of a merge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConflictPath {
    /// The path under which git would report it.
    pub path: RepoPath,
    /// What kind of conflict.
    pub kind: ConflictKind,
    /// The other paths that are part of it, sorted, each once.
    pub others: Vec<OtherPath>,
    /// The lines that our side changed where the two conflict, in our own version; empty where there are no
    /// lines.
    pub ours: Vec<Lines>,
    /// The same of their side, in their own version.
    pub theirs: Vec<Lines>,
    /// Where the two conflict: what git would write between markers.
    pub regions: Vec<ConflictRegion>,
    /// Whether commits alone have it, in one of its regions at least.
    #[serde(skip)]
    pub certain: bool,
    /// Without whose uncommitted work it is gone.
    #[serde(skip)]
    pub needed: NeededWork,
}

/// What git would write between conflict markers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConflictRegion {
    /// The lines of the base that the two sides changed there.
    pub base: Lines,
    /// Our side's version and theirs; `None` where it is not determined where these are in the versions
    /// that people see.
    pub sides: Option<[Lines; 2]>,
    /// Whether commits alone conflict there.
    #[serde(skip)]
    pub certain: bool,
}

impl ConflictPath {
    /// A conflict of this path without lines.
    pub fn new(path: RepoPath, kind: ConflictKind, mut others: Vec<OtherPath>) -> ConflictPath {
        others.sort();
        others.dedup_by(|other, kept| other.path == kept.path);
        let (ours, theirs, regions, needed) = Default::default();
        ConflictPath { path, kind, others, ours, theirs, regions, certain: false, needed }
    }

    /// Finds out what of it is certain: the regions that are among those of `committed`, the conflicts of
    /// commits alone; without regions, the whole.
    pub fn compare_with_committed(&mut self, committed: &[ConflictPath]) {
        let known = committed.iter().find(|known| known.path == self.path && known.kind == self.kind);
        for region in &mut self.regions {
            region.certain = known.is_some_and(|known| known.has_region_at(region.base));
        }
        self.certain = match &self.regions[..] {
            [] => known.is_some(),
            regions => regions.iter().any(|region| region.certain),
        };
    }

    /// Whether one of these is about the same file, at one of its regions where both have some: of whatever kind.
    pub fn is_among(&self, others: &[ConflictPath]) -> bool {
        others.iter().filter(|other| self.is_of_same_file(other)).any(|other| {
            let mut regions = self.regions.iter();
            self.regions.is_empty()
                || other.regions.is_empty()
                || regions.any(|region| other.has_region_at(region.base))
        })
    }

    /// Whether both are about one file, under whatever names: it has the path of the other one in a side, or both come
    /// of one path.
    pub fn is_of_same_file(&self, other: &ConflictPath) -> bool {
        fn names(conflict: &ConflictPath) -> impl Iterator<Item = &RepoPath> + Clone {
            let is_source = |other: &&OtherPath| other.role == PathRole::Source;
            let sources = conflict.others.iter().filter(is_source).map(|other| &other.path);
            std::iter::once(&conflict.path).chain(sources)
        }
        names(self).any(|name| names(other).any(|known| known == name))
    }

    /// Whether it has a region at these lines of the base.
    pub fn has_region_at(&self, base: Lines) -> bool {
        self.regions.iter().any(|region| region.base.meets(base))
    }

    /// Whether all of it is certain.
    pub fn is_wholly_certain(&self) -> bool {
        self.certain && self.regions.iter().all(|region| region.certain)
    }

    /// The same conflict seen from the other side.
    pub fn swapped(mut self) -> ConflictPath {
        std::mem::swap(&mut self.ours, &mut self.theirs);
        self.needed = self.needed.swapped();
        self.regions.iter_mut().filter_map(|region| region.sides.as_mut()).for_each(|sides| sides.reverse());
        for other in &mut self.others {
            other.role = match other.role {
                PathRole::Ours => PathRole::Theirs,
                PathRole::Theirs => PathRole::Ours,
                PathRole::Source | PathRole::Folder => other.role,
            };
        }
        self
    }

    /// The other paths, whatever their role.
    pub fn other_paths(&self) -> impl Iterator<Item = &RepoPath> + Clone {
        self.others.iter().map(|other| &other.path)
    }

    /// Every path it is about.
    pub fn paths(&self) -> impl Iterator<Item = &RepoPath> + Clone {
        std::iter::once(&self.path).chain(self.other_paths())
    }
}

/// Each conflict once: git tells one conflict of a file that both sides renamed, or of whose type both made another one,
/// and leaves several paths of it unmerged. It is told at the path that the file had, as far as that is one of them.
pub fn told_once(conflicts: &[ConflictPath]) -> Vec<&ConflictPath> {
    let mut first: BTreeMap<(ConflictKind, BTreeSet<&RepoPath>), (bool, &RepoPath)> = BTreeMap::new();
    let has_several =
        |one: &&ConflictPath| matches!(one.kind, ConflictKind::RenameRename | ConflictKind::DistinctTypes);
    let is_moved = |one: &ConflictPath| {
        one.others.iter().any(|other| other.role == PathRole::Source) || one.path.before_moved().is_some()
    };
    for one in conflicts.iter().filter(has_several) {
        let rank = (is_moved(one), &one.path);
        let known = first.entry((one.kind, one.paths().collect())).or_insert(rank);
        *known = (*known).min(rank);
    }
    let is_first = |one: &&ConflictPath| {
        !has_several(one)
            || first.get(&(one.kind, one.paths().collect())).is_some_and(|(_, path)| *path == &one.path)
    };
    conflicts.iter().filter(is_first).collect()
}

/// A path that a merge leaves unmerged, with its stages as in git's index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmerged {
    /// The path; of a file that was moved aside, the name it has there.
    pub path: RepoPath,
    /// Stages 1, 2 and 3: what the base, ours and theirs have for it, wherever renames brought it
    /// from. At least one is there. A content that a merge made (of a file that both sides renamed)
    /// may be in no repository.
    pub stages: Stages<Option<Entry>>,
}

impl Unmerged {
    /// The stages that exist, each with its number.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, Entry)> + '_ {
        self.stages.iter().enumerate().filter_map(|(at, entry)| Some((at + 1, (*entry)?)))
    }
}

/// What `git merge` would do with two trees and their base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeOutcome {
    /// The merged tree; with conflicts, it holds the conflicted paths in some stated resolution.
    pub tree: Oid,
    /// The conflicts, sorted by path; empty when the merge is clean.
    pub conflicts: Vec<ConflictPath>,
    /// The unmerged paths, sorted: what `git ls-files -u` would list.
    pub unmerged: Vec<Unmerged>,
    /// Paths whose result is unknown, with the reason (a custom merge driver).
    #[serde(skip)] // such an outcome is never kept
    pub undecided: Vec<(RepoPath, Reason)>,
}

impl MergeOutcome {
    /// A merge that leaves the tree as it is.
    pub fn unchanged(tree: Oid) -> MergeOutcome {
        MergeOutcome { tree, conflicts: Vec::new(), unmerged: Vec::new(), undecided: Vec::new() }
    }

    /// Whether git would finish it without stopping. Undecided paths make that unknown, not clean.
    pub fn is_clean(&self) -> bool {
        self.conflicts.is_empty() && self.unmerged.is_empty() && self.undecided.is_empty()
    }

    /// The unmerged paths that a conflict is about, under any of its names.
    pub fn unmerged_among(&self, conflict: &ConflictPath) -> Vec<Unmerged> {
        let among = |unmerged: &&Unmerged| conflict.paths().any(|path| *path == unmerged.path);
        self.unmerged.iter().filter(among).cloned().collect()
    }
}

/// Who of a pair conflicts with the target too; its own lines are taken there for the judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssumedSides {
    /// The first.
    First,
    /// The second.
    Second,
    /// Both.
    Both,
}

impl AssumedSides {
    /// The same seen from the other side.
    pub fn swapped(self) -> AssumedSides {
        match self {
            AssumedSides::First => AssumedSides::Second,
            AssumedSides::Second => AssumedSides::First,
            AssumedSides::Both => AssumedSides::Both,
        }
    }

    /// In a sentence, with the names of the two.
    pub fn sentence(self, [first, second]: [&str; 2], target: &str) -> String {
        let (who, verb) = match self {
            AssumedSides::First => (first.to_string(), "conflicts"),
            AssumedSides::Second => (second.to_string(), "conflicts"),
            AssumedSides::Both => (format!("{first} and {second}"), "conflict"),
        };
        format!("{who} {verb} with {target} too; this holds if that is resolved with the lines of {who}")
    }
}

/// How close the hunks of two terminals come in a file that both changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nearness {
    /// The same or adjacent lines of the base.
    Touching,
    /// The same, of which both versions are kept (`merge=union`).
    Union,
    /// At most this many unchanged lines between them.
    Near(u32),
    /// Commits of a submodule, one of which contains the other and is taken.
    Submodule,
    /// Further apart, or one has no lines there.
    Apart,
    /// Nobody can say: the lines of one, or what lies between the versions that they began with,
    /// cannot be read.
    Unknown,
}

impl Nearness {
    /// In words; `None` where there is no distance, as of a rename.
    pub fn told(self, [a, b]: [&[Lines]; 2]) -> Option<String> {
        let lines = |text: &str| (!a.is_empty() && !b.is_empty()).then(|| text.to_string());
        match self {
            Nearness::Touching => lines("the same or adjacent lines"),
            Nearness::Near(1) => lines("1 line apart"),
            Nearness::Near(gap) => lines(&format!("{gap} lines apart")),
            Nearness::Union => {
                lines("the same or adjacent lines, of which both versions are kept (merge=union)")
            }
            Nearness::Submodule => Some("git takes the commit that contains the other".to_string()),
            Nearness::Apart => lines("lines far apart"),
            Nearness::Unknown => lines("distance unknown"),
        }
    }
}

/// A path that both terminals of a pair changed in exclusive work, and that merges cleanly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The path in the first terminal.
    pub path: RepoPath,
    /// The path in the second one, where a rename made it differ.
    pub other_path: Option<RepoPath>,
    /// Changed lines of the first, in its own version.
    pub lines_a: Vec<Lines>,
    /// Changed lines of the second, in its own version.
    pub lines_b: Vec<Lines>,
    /// How close they come.
    pub nearness: Nearness,
    /// Whether the first and the second only declare the path: git shows no exclusive change.
    pub declared: [bool; 2],
    /// Whether both also conflict with the target there: then nobody can say whether the two merge.
    pub both_drift: bool,
}

impl Overlap {
    /// The same overlap seen from the other side.
    pub fn swapped(self) -> Overlap {
        let (path, other_path) = match self.other_path {
            Some(other) => (other, Some(self.path)),
            None => (self.path, None),
        };
        let [a, b] = self.declared;
        Overlap {
            path,
            other_path,
            lines_a: self.lines_b,
            lines_b: self.lines_a,
            nearness: self.nearness,
            declared: [b, a],
            ..self
        }
    }
}

/// How two places relate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They changed nothing in common, but for commits that both have.
    Disjoint,
    /// They changed the same paths, and all of it merges cleanly.
    Overlap,
    /// Merging one would stop because of the other.
    Conflict,
    /// Could not be determined.
    Unknown(Reason),
}

impl Verdict {
    /// The word used in all output.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Disjoint => "disjoint",
            Verdict::Overlap => "overlap",
            Verdict::Conflict => "conflict",
            Verdict::Unknown(_) => "unknown",
        }
    }
}

/// A pair's verdict with its evidence. `a` and `b` are as in the [`Pair`] it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairJudgement {
    /// With the uncommitted work of both.
    pub verdict: Verdict,
    /// For the commits alone.
    pub committed: Verdict,
    /// The conflicting paths, `ours` being `a`'s lines and `theirs` being `b`'s.
    pub conflicts: Vec<ConflictPath>,
    /// The other paths whose result is unknown, with the reason, sorted: whatever the verdict is.
    pub undecided: Vec<(RepoPath, Reason)>,
    /// Paths that both changed and that merge cleanly, unless they are undecided. Where they share commits: what each changed
    /// on top of these.
    pub overlaps: Vec<Overlap>,
    /// What the answer rests on.
    pub assumes: Option<AssumedSides>,
    /// How many commits both have that are not in the target.
    pub shared_commits: usize,
    /// Where they share commits: which of the declared files the first and the second changed in
    /// exclusive work.
    pub own_declared: [BTreeSet<RepoPath>; 2],
}

impl PairJudgement {
    /// That of two that have nothing to do with each other.
    pub fn disjoint() -> PairJudgement {
        PairJudgement {
            verdict: Verdict::Disjoint,
            committed: Verdict::Disjoint,
            conflicts: Vec::new(),
            undecided: Vec::new(),
            overlaps: Vec::new(),
            assumes: None,
            shared_commits: 0,
            own_declared: Default::default(),
        }
    }
}
