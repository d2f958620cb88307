//! What a terminal changed: paths, hunks, lines.

use std::fmt;
use std::ops::Range;

use super::{Oid, Reason, RepoPath};

/// What a tree entry is, by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A regular file, `100644`.
    File,
    /// An executable file, `100755`.
    Executable,
    /// A symbolic link, `120000`.
    Symlink,
    /// The commit of a submodule, `160000`.
    Submodule,
    /// A folder, `40000`.
    Tree,
}

impl EntryKind {
    /// The mode as git writes it into trees.
    pub fn mode(self) -> u32 {
        match self {
            EntryKind::File => 0o100644,
            EntryKind::Executable => 0o100755,
            EntryKind::Symlink => 0o120000,
            EntryKind::Submodule => 0o160000,
            EntryKind::Tree => 0o040000,
        }
    }

    /// What a mode in a tree or an index means. Old trees hold `100664` and the like: those are files.
    pub fn from_mode(mode: u32) -> EntryKind {
        match mode & 0o170000 {
            0o040000 => EntryKind::Tree,
            0o120000 => EntryKind::Symlink,
            0o160000 => EntryKind::Submodule,
            _ if mode & 0o100 != 0 => EntryKind::Executable,
            _ => EntryKind::File,
        }
    }

    /// Whether it is a file with lines, executable or not.
    pub fn is_file(self) -> bool {
        matches!(self, EntryKind::File | EntryKind::Executable)
    }
}

/// One entry of a tree, without its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// The object it names.
    pub oid: Oid,
}

/// What a terminal did to one path since the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// The path is new.
    Added,
    /// Its content changed (and perhaps its mode).
    Modified,
    /// The path is gone.
    Deleted,
    /// It came from another path, edited or not.
    Renamed,
    /// Only the executable bit changed.
    ModeChanged,
    /// A file became a link, a link a submodule, and so on.
    TypeChanged,
}

impl ChangeKind {
    /// The word used in all output.
    pub fn name(self) -> &'static str {
        match self {
            ChangeKind::Added => "added",
            ChangeKind::Modified => "modified",
            ChangeKind::Deleted => "deleted",
            ChangeKind::Renamed => "renamed",
            ChangeKind::ModeChanged => "mode-changed",
            ChangeKind::TypeChanged => "type-changed",
        }
    }
}

/// Where a change lives. More than one can hold: committed, then edited again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layers {
    /// In commits since the base.
    pub committed: bool,
    /// In the index, on top of the head.
    pub staged: bool,
    /// In the worktree, on top of the index.
    pub unstaged: bool,
    /// In the worktree, unknown to the index and not ignored.
    pub untracked: bool,
}

impl Layers {
    /// Whether any part of it is not committed.
    pub fn is_uncommitted(self) -> bool {
        self.staged || self.unstaged || self.untracked
    }
}

/// Lines of one version of a file, counted from 1, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lines {
    /// The first line.
    pub start: u32,
    /// The last line; where lines were only removed, the line before them (at least 1).
    pub end: u32,
}

/// `10-24`, or `7` for a single line.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.start == self.end {
            write!(f, "{}", self.start)
        } else {
            write!(f, "{}-{}", self.start, self.end)
        }
    }
}

impl Lines {
    /// Several ranges as people say them: `line 3`, `lines 3, 10-24`. Empty where there are none.
    pub fn phrase(ranges: &[Lines]) -> String {
        match &Lines::joined(ranges)[..] {
            [] => String::new(),
            [only] if only.start == only.end => format!("line {only}"),
            joined => format!("lines {}", Lines::list(joined)),
        }
    }

    /// In their order, those that share a line as one.
    fn joined(ranges: &[Lines]) -> Vec<Lines> {
        let mut sorted = ranges.to_vec();
        sorted.sort();
        let mut joined: Vec<Lines> = Vec::new();
        for lines in sorted {
            match joined.last_mut().filter(|last| lines.start <= last.end) {
                Some(last) => last.end = last.end.max(lines.end),
                None => joined.push(lines),
            }
        }
        joined
    }

    /// Several ranges: `3, 10-24`; at most four, then `…`. Empty where there are none.
    pub fn list(ranges: &[Lines]) -> String {
        let ranges = Lines::joined(ranges);
        let mut shown: Vec<String> = ranges.iter().take(4).map(Lines::to_string).collect();
        if ranges.len() > shown.len() {
            shown.push("…".to_string());
        }
        shown.join(", ")
    }
}

/// A range of changed lines: where in the base, and where in the terminal's own version.
///
/// Both ranges count from 0 and exclude their end; an empty one is a place between two lines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hunk {
    /// The replaced lines of the base.
    pub base: Range<u32>,
    /// The lines that replace them.
    pub own: Range<u32>,
}

impl Hunk {
    /// The hunk's lines in the terminal's own version, as people count them.
    pub fn lines(&self) -> Lines {
        if self.own.is_empty() {
            let before = self.own.start.max(1);
            return Lines { start: before, end: before };
        }
        Lines { start: self.own.start + 1, end: self.own.end }
    }
}

/// The changed lines of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hunks {
    /// Text: every hunk, in order. Added and deleted files are one hunk.
    Lines(Vec<Hunk>),
    /// Binary content: no lines.
    Binary,
    /// A link, a submodule, or a mode change alone: no lines.
    None,
    /// Could not be determined.
    Unknown(Reason),
}

impl Hunks {
    /// The changed lines in the terminal's own version.
    pub fn ranges(&self) -> Vec<Lines> {
        self.lines().iter().map(Hunk::lines).collect()
    }

    /// The hunks where there are lines, else none.
    pub fn lines(&self) -> &[Hunk] {
        match self {
            Hunks::Lines(hunks) => hunks,
            Hunks::Binary | Hunks::None | Hunks::Unknown(_) => &[],
        }
    }
}

/// One path a terminal changed since the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path as it is now; for a deletion, as it was.
    pub path: RepoPath,
    /// What happened to it.
    pub kind: ChangeKind,
    /// Its path in the base, for a rename.
    pub from: Option<RepoPath>,
    /// The base's entry; `None` for an addition.
    pub old: Option<Entry>,
    /// The tip's entry; `None` for a deletion.
    pub new: Option<Entry>,
    /// The changed lines.
    pub hunks: Hunks,
    /// Committed, staged, unstaged, untracked.
    pub layers: Layers,
}

impl Change {
    /// The paths by which it is known: the present one, and the one it was renamed from.
    pub fn paths(&self) -> impl Iterator<Item = &RepoPath> + Clone {
        std::iter::once(&self.path).chain(self.from.as_ref())
    }
}

/// All changes of one tip since its base, sorted by path; at most one a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    changes: Vec<Change>,
}

impl ChangeSet {
    /// Sorts the changes by path.
    pub fn new(mut changes: Vec<Change>) -> ChangeSet {
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        ChangeSet { changes }
    }

    /// The changes in the order of their paths.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.changes.iter()
    }

    /// The change of exactly this present path.
    pub fn at(&self, path: &RepoPath) -> Option<&Change> {
        let index = self.changes.binary_search_by(|change| change.path.cmp(path)).ok()?;
        Some(&self.changes[index])
    }

    /// How many paths changed.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether the changed lines of every path are known.
    pub fn is_determined(&self) -> bool {
        self.iter().all(|change| !matches!(change.hunks, Hunks::Unknown(_)))
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl<'a> IntoIterator for &'a ChangeSet {
    type Item = &'a Change;
    type IntoIter = std::slice::Iter<'a, Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_share_lines_are_told_once() {
        let lines = |start, end| Lines { start, end };
        assert_eq!(Lines::phrase(&[lines(3, 3), lines(1, 5), lines(8, 8)]), "lines 1-5, 8");
        assert_eq!(Lines::phrase(&[lines(1, 2), lines(2, 4)]), "lines 1-4");
        assert_eq!(Lines::phrase(&[lines(7, 7), lines(7, 7)]), "line 7");
    }
}
