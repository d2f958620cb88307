//! The index of a worktree.

use std::fs;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use gix_index::entry::{Flags, Mode, Stage};

use crate::files;
use crate::git::ids;
use crate::model::{Entry, EntryKind, Oid, Reason, RepoPath};

/// A worktree's index.
pub(super) struct Index {
    file: gix_index::File,
    /// When it was written, in seconds and nanoseconds.
    written: (i64, u32),
}

/// Names of one folder that the index knows, each with the entries at or below it.
#[derive(Clone, Debug)]
pub(super) struct Child<'a> {
    /// The name, a single part of a path.
    pub name: &'a [u8],
    /// What it is.
    pub kind: ChildKind,
}

/// What the index has under a name.
#[derive(Clone, Debug)]
pub(super) enum ChildKind {
    /// An entry; several while a merge is unresolved.
    Entry(Range<usize>),
    /// Entries below it.
    Folder(Range<usize>),
    /// A folder outside of a sparse checkout, known by its tree alone.
    Sparse(usize),
}

impl Index {
    /// Reads an index file; there is none before the first `git add`.
    pub(super) fn read(path: &Path) -> Result<Index, Reason> {
        let trouble = |why: String| Reason::Index { file: path.to_path_buf(), why };
        if let Some(error) = no_file(path) {
            return Err(trouble(error.to_string()));
        }
        let options = gix_index::decode::Options { thread_limit: Some(1), ..Default::default() };
        let file = gix_index::File::at_or_default(path, gix_index::hash::Kind::Sha1, true, options)
            .map_err(|error| trouble(error.to_string()))?;
        // gix-index takes a split index without bitmaps for an empty one
        if file.entries().is_empty()
            && files::read(path, u64::MAX).is_ok_and(|bytes| bytes.windows(4).any(|part| part == b"link"))
        {
            return Err(trouble("it is split in an unusual way".to_string()));
        }
        let time = file.timestamp();
        Ok(Index { written: (time.unix_seconds(), time.nanoseconds()), file })
    }

    /// An index without entries.
    pub(super) fn empty() -> Index {
        Index::part(gix_index::State::new(gix_index::hash::Kind::Sha1), (0, 0))
    }

    /// Some entries of an index that was written at this time.
    pub(super) fn part(entries: gix_index::State, written: (i64, u32)) -> Index {
        Index { file: gix_index::File::from_state(entries, ""), written }
    }

    /// The paths that have several entries, since their conflict is not resolved yet.
    pub(super) fn unresolved(&self) -> Vec<RepoPath> {
        let unmerged = self.all().filter(|at| is_unmerged(self.entry(*at)));
        let mut paths: Vec<RepoPath> = unmerged.map(|at| RepoPath::new(self.path(at))).collect();
        paths.dedup();
        paths
    }

    pub(super) fn all(&self) -> Range<usize> {
        0..self.file.entries().len()
    }

    pub(super) fn entry(&self, at: usize) -> &gix_index::Entry {
        &self.file.entries()[at]
    }

    pub(super) fn path(&self, at: usize) -> &[u8] {
        self.file.entries()[at].path(&self.file)
    }

    /// The entry of a path; of an unresolved merge, its first one.
    pub(super) fn find(&self, path: &[u8]) -> Option<&gix_index::Entry> {
        let at = self.first(path);
        (at < self.all().end && self.path(at) == path).then(|| self.entry(at))
    }

    /// The entries below a folder.
    pub(super) fn below(&self, folder: &[u8]) -> Range<usize> {
        if folder.is_empty() {
            return self.all();
        }
        let inside = [folder, b"/"].concat();
        let start = self.first(&inside);
        let length =
            self.file.entries()[start..].partition_point(|entry| entry.path(&self.file).starts_with(&inside));
        start..start + length
    }

    /// Where a path is, or would be.
    fn first(&self, path: &[u8]) -> usize {
        self.file.entries().partition_point(|entry| entry.path(&self.file) < path)
    }

    /// The cached trees of the index, folder by folder, where they are valid.
    pub(super) fn cached_trees(&self) -> Option<&gix_index::extension::Tree> {
        self.file.tree()
    }

    /// When the index was written, in seconds and nanoseconds.
    pub(super) fn written(&self) -> (i64, u32) {
        self.written
    }

    /// The names directly below a folder, in the order of trees. `depth` is the length of the
    /// folder's path with its final slash.
    pub(super) fn children(&self, entries: Range<usize>, depth: usize) -> Children<'_> {
        Children { index: self, entries, depth }
    }
}

pub(super) struct Children<'a> {
    index: &'a Index,
    entries: Range<usize>,
    depth: usize,
}

impl<'a> Iterator for Children<'a> {
    type Item = Child<'a>;

    fn next(&mut self) -> Option<Child<'a>> {
        let start = self.entries.start;
        if self.entries.is_empty() {
            return None;
        }
        let path = self.index.path(start);
        let rest = path.get(self.depth..).unwrap_or_default();
        let Some(slash) = rest.iter().position(|byte| *byte == b'/') else {
            let end = (start + 1..self.entries.end)
                .find(|at| self.index.path(*at) != path)
                .unwrap_or(self.entries.end);
            self.entries.start = end;
            return Some(Child { name: rest, kind: ChildKind::Entry(start..end) });
        };
        let name = &rest[..slash];
        let folder = &path[..self.depth + slash + 1];
        let slice = &self.index.file.entries()[self.entries.clone()];
        let length = slice.partition_point(|entry| entry.path(&self.index.file).starts_with(folder)).max(1);
        self.entries.start = start + length;
        let sparse = length == 1 && self.index.entry(start).mode == Mode::DIR;
        let kind = if sparse { ChildKind::Sparse(start) } else { ChildKind::Folder(start..start + length) };
        Some(Child { name, kind })
    }
}

/// An index entry as a tree entry.
pub(super) fn entry_of(entry: &gix_index::Entry) -> Entry {
    Entry { kind: EntryKind::from_mode(entry.mode.bits()), oid: id_of(&entry.id) }
}

pub(super) fn id_of(id: &gix_index::hash::oid) -> Oid {
    ids::from_slice(id.as_bytes()).unwrap_or(Oid::EMPTY_TREE)
}

/// Why an index, or a file that a split one can have its other part in, is no file. gix-index and git would
/// wait at a pipe.
pub(super) fn no_file(index: &Path) -> Option<io::Error> {
    let entries = fs::read_dir(files::folder_of(index)).into_iter().flatten().flatten();
    let is_shared = |entry: &fs::DirEntry| entry.file_name().as_bytes().starts_with(b"sharedindex.");
    let shared = entries.filter(is_shared).map(|entry| entry.path());
    let mut errors =
        std::iter::once(index.to_path_buf()).chain(shared).filter_map(|file| files::open(&file).err());
    errors.find(|error| error.kind() != ErrorKind::NotFound)
}

/// `git add --intent-to-add`: the path is announced, its content not yet.
pub(super) fn is_announced(entry: &gix_index::Entry) -> bool {
    entry.flags.contains(Flags::INTENT_TO_ADD)
}

/// Whether it is one of the sides of an unresolved merge.
pub(super) fn is_unmerged(entry: &gix_index::Entry) -> bool {
    entry.stage() != Stage::Unconflicted
}
