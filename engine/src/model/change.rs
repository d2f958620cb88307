//! What a terminal changed: paths, hunks, lines.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::named::named;
use super::{Oid, Reason, RepoPath};

/// What a tree entry is, by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// The object it names.
    pub oid: Oid,
}

named! {
    /// What a terminal did to one path since the base.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum ChangeKind {
        /// The path is new.
        Added = "added",
        /// Its content changed (and perhaps its mode).
        Modified = "modified",
        /// The path is gone.
        Deleted = "deleted",
        /// It came from another path, edited or not.
        Renamed = "renamed",
        /// Only the executable bit changed.
        ModeChanged = "mode-changed",
        /// A file became a link, a link a submodule, and so on.
        TypeChanged = "type-changed",
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
    /// In the worktree, where it could not be read: no tree has it.
    pub unread: bool,
}

impl Layers {
    /// Whether any part of it is not committed.
    pub fn is_uncommitted(self) -> bool {
        self.staged || self.unstaged || self.untracked
    }
}

/// Lines of one version of a file, counted from 1, both ends included. Where lines were only removed, there
/// are none: `37-36` is the place after line 36.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lines {
    /// The first line.
    pub start: u32,
    /// The last line; where lines were only removed, the line before them, so one less than the first.
    pub end: u32,
}

/// `10-24`, `7` for a single line, `deleted after line 36` where there are none.
impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start.cmp(&self.end) {
            std::cmp::Ordering::Equal => write!(f, "{}", self.start),
            std::cmp::Ordering::Less => write!(f, "{}-{}", self.start, self.end),
            std::cmp::Ordering::Greater if self.end == 0 => write!(f, "deleted before line 1"),
            std::cmp::Ordering::Greater => write!(f, "deleted after line {}", self.end),
        }
    }
}

impl Lines {
    /// Lines of a range that counts from 0 and excludes its end.
    pub fn of(range: &Range<u32>) -> Lines {
        Lines { start: range.start + 1, end: range.end }
    }

    /// Whether lines were only removed there.
    pub fn is_deletion(self) -> bool {
        self.start > self.end
    }

    /// Whether two share a line. A place without lines meets the lines before and after it.
    pub fn meets(self, other: Lines) -> bool {
        let near = u32::from(self.is_deletion() || other.is_deletion());
        self.start <= other.end + near && other.start <= self.end + near
    }

    /// Several ranges as people say them: `line 3`, `lines 3, 10-24`, `deleted after line 36`. Empty where
    /// there are none.
    pub fn phrase(ranges: &[Lines]) -> String {
        Lines::said(ranges, "")
    }

    /// What was done there: `changed line 3`, `changed lines 3, 10-24 and deleted after line 36`.
    pub fn told(ranges: &[Lines]) -> String {
        Lines::said(ranges, "changed ")
    }

    fn said(ranges: &[Lines], changed: &str) -> String {
        let (deleted, kept): (Vec<Lines>, Vec<Lines>) = ranges.iter().partition(|lines| lines.is_deletion());
        let kept = Lines::joined(&kept);
        let kept = match &kept[..] {
            [] => None,
            [only] if only.start == only.end => Some(format!("{changed}line {only}")),
            several => Some(format!("{changed}lines {}", shortened(several.iter().map(Lines::to_string)))),
        };
        let deleted = Lines::deletions(&deleted);
        kept.into_iter().chain(deleted).collect::<Vec<_>>().join(" and ")
    }

    /// `deleted after line 36`, `deleted after lines 3, 36`; `None` where there are none.
    fn deletions(places: &[Lines]) -> Option<String> {
        let places = Lines::joined(places);
        match &places[..] {
            [] => None,
            [only] => Some(only.to_string()),
            [first, rest @ ..] if first.end == 0 => {
                Some(format!("{first}, {}", Lines::deletions(rest).unwrap_or_default()))
            }
            several => {
                let after = shortened(several.iter().map(|place| place.end.to_string()));
                Some(format!("deleted after lines {after}"))
            }
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
        shortened(Lines::joined(ranges).iter().map(Lines::to_string))
    }
}

/// At most four of them, then `…`.
pub fn shortened(mut texts: impl Iterator<Item = String>) -> String {
    let mut shown: Vec<String> = texts.by_ref().take(4).collect();
    shown.extend(texts.next().map(|_| "…".to_string()));
    shown.join(", ")
}

/// A range of changed lines: where in the base, and where in the terminal's own version.
///
/// Both ranges count from 0 and exclude their end; an empty one is a place between two lines.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hunk {
    /// The replaced lines of the base.
    pub base: Range<u32>,
    /// The lines that replace them.
    pub own: Range<u32>,
}

impl Hunk {
    /// The hunk's lines in the terminal's own version, as people count them.
    pub fn lines(&self) -> Lines {
        Lines::of(&self.own)
    }
}

/// The changed lines of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hunks {
    /// Text: every hunk, in order. Added and deleted files are one hunk.
    Lines(Vec<Hunk>),
    /// Binary content: no lines.
    Binary,
    /// A link, a submodule, or a mode change alone: no lines.
    None,
    /// Could not be determined.
    #[serde(skip)] // never kept
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The first of the changed lines that begins a conflict as git leaves it in a file, with what ends it after.
    pub marker: Option<u32>,
    /// Committed, staged, unstaged, untracked.
    #[serde(skip)]
    pub layers: Layers,
}

impl Change {
    /// The paths by which it is known: the present one, and the one it was renamed from.
    pub fn paths(&self) -> impl Iterator<Item = &RepoPath> + Clone {
        std::iter::once(&self.path).chain(self.from.as_ref())
    }
}

/// All changes of one tip since its base, sorted by path; at most one a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

    #[test]
    fn deleted_lines_are_a_place() {
        let lines = |start, end| Lines { start, end };
        let deletion = Hunk { base: 36..40, own: 36..36 }.lines();
        assert_eq!(deletion, lines(37, 36));
        assert_eq!(Lines::phrase(&[deletion]), "deleted after line 36");
        assert_eq!(Lines::told(&[deletion]), "deleted after line 36");
        assert_eq!(Lines::phrase(&[lines(1, 0)]), "deleted before line 1");
        let several = [lines(37, 36), lines(3, 4), lines(1, 0), lines(9, 8)];
        assert_eq!(
            Lines::told(&several),
            "changed lines 3-4 and deleted before line 1, deleted after lines 8, 36"
        );
        assert_eq!(Lines::list(&several[..2]), "3-4, deleted after line 36");
        assert!(deletion.meets(lines(36, 36)) && deletion.meets(lines(37, 40)) && deletion.meets(deletion));
        assert!(!deletion.meets(lines(35, 35)) && !deletion.meets(lines(38, 38)));
        assert!(!lines(1, 2).meets(lines(3, 3)) && lines(1, 3).meets(lines(3, 3)));
    }
}
