//! Reads a few entries of an index without holding the others, or the whole file, in memory.
//!
//! Only versions 2 and 3 of the format, as git's document `index-format` defines it: after a header of twelve bytes,
//! sorted entries of ten numbers of four bytes (two times, device, inode, mode, owner, group, size), the
//! id, flags with the length of the path, in version 3 perhaps more flags, the path, and NULs up to a multiple of
//! eight.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use gix_index::State;
use gix_index::entry::stat::Time;
use gix_index::entry::{Flags, Mode, Stat};
use gix_index::hash::{Kind, ObjectId};

use super::cached;
use super::index::Index;

use crate::files;
use crate::model::RepoPath;

/// The part of an entry before its path.
const FIXED: usize = 62;
/// Longer paths are stored differently.
const LONGEST: u16 = 0xfff;
/// Among the flags: two bytes of more flags follow.
const EXTENDED: u16 = 0x4000;
/// These, of an entry that a sparse checkout leaves out.
const LEFT_OUT: u16 = 0x4000;
/// As many entries of a folder are looked at.
const FIRST: usize = 16;
/// This much of the file is held at a time; an entry is shorter.
const HELD: usize = 128 << 10;

/// A folder whose entries are all skipped.
pub(super) struct Passed {
    /// Its path with the final slash; empty for the top.
    pub folder: Vec<u8>,
    /// The number of its entries.
    pub entries: usize,
}

/// The entries of these paths, sorted, and the first ones below these folders; the file is read as far as the last of
/// them. `None` where it has another version, or one of the entries is not plain (a side of a merge, or assumed
/// unchanged): then it has to be read in full. `bytes` is a buffer.
pub(super) fn entries(
    index: &Path,
    wanted: &[&[u8]],
    folders: &[RepoPath],
    bytes: &mut Vec<u8>,
) -> Option<Index> {
    let file = files::open(index).ok()?;
    let mut reading = EntryReader::begin(&file, &[2, 3], bytes)?;
    let mut state = State::new(Kind::Sha1);
    let mut wanted = wanted.iter().peekable();
    let mut folders: Vec<(Vec<u8>, usize)> = folders.iter().map(|folder| (inside(folder), 0)).collect();
    while reading.next()? {
        let path = reading.path();
        while wanted.next_if(|next| **next < path).is_some() {}
        folders.retain(|(inside, found)| *found < FIRST && (path.starts_with(inside) || path < &inside[..]));
        if wanted.peek().is_none() && folders.is_empty() {
            break;
        }
        let is_wanted = wanted.peek().is_some_and(|next| **next == path);
        let mut around = folders.iter_mut().filter(|(inside, _)| path.starts_with(inside)).peekable();
        if is_wanted || around.peek().is_some() {
            around.for_each(|(_, found)| *found += 1);
            reading.keep(&mut state)?;
        }
    }
    Some(Index::part(state, written(&file)?))
}

/// What the paths below a folder begin with.
fn inside(folder: &RepoPath) -> Vec<u8> {
    match folder.as_bytes() {
        [] => Vec::new(),
        folder => [folder, b"/"].concat(),
    }
}

/// The entries outside of some folders, sorted. `None` in the same cases, where a folder does not have the
/// given number of entries, and where the file has an extension that changes what entries mean.
pub(super) fn entries_but(file: &File, passed: &[Passed], bytes: &mut Vec<u8>) -> Option<Index> {
    let mut reading = EntryReader::begin(file, &[2], bytes)?;
    let mut state = State::new(Kind::Sha1);
    let mut passed = passed.iter().peekable();
    let mut is_there = reading.next()?;
    while is_there {
        match passed.next_if(|next| reading.path().starts_with(&next.folder)) {
            None => {
                reading.keep(&mut state)?;
                is_there = reading.next()?;
            }
            Some(Passed { folder, entries }) => {
                for _ in 1..*entries {
                    is_there = reading.next()?;
                }
                let ends_inside = is_there && reading.path().starts_with(folder);
                is_there = reading.next()?;
                if !ends_inside || (is_there && reading.path().starts_with(folder)) {
                    return None;
                }
            }
        }
    }
    let is_plain = passed.next().is_none() && reading.ends_plainly()?;
    is_plain.then(|| Some(Index::part(state, written(file)?)))?
}

fn written(file: &File) -> Option<(i64, u32)> {
    let data = file.metadata().ok()?;
    Some((data.mtime(), data.mtime_nsec() as u32))
}

/// Reads the entries of a file one by one, holding a piece of it.
struct EntryReader<'a> {
    file: &'a File,
    bytes: &'a mut Vec<u8>,
    /// How many of the bytes come from the file.
    held: usize,
    /// Where in the file the next piece begins.
    offset: u64,
    /// Where the current entry begins in the piece, its path begins and ends, and the next one begins.
    at: usize,
    start: usize,
    end: usize,
    next: usize,
    /// The number of entries after the current one.
    left: u32,
}

impl<'a> EntryReader<'a> {
    fn begin(file: &'a File, versions: &[u32], bytes: &'a mut Vec<u8>) -> Option<EntryReader<'a>> {
        if bytes.len() < HELD {
            bytes.resize(HELD, 0);
        }
        let (held, offset) = (0, 0);
        let mut reading =
            EntryReader { file, bytes, held, offset, at: 0, start: 0, end: 0, next: 0, left: 0 };
        reading.hold(12)?;
        let is_known = reading.bytes.starts_with(b"DIRC") && versions.contains(&reading.number(4)?);
        reading.left = reading.number(8)?;
        reading.next = 12;
        is_known.then_some(reading)
    }

    /// Goes to the next entry, where there is one.
    fn next(&mut self) -> Option<bool> {
        if self.left == 0 {
            self.at = self.next;
            return Some(false);
        }
        self.left -= 1;
        self.at = self.next;
        self.hold(FIXED)?;
        let flags = self.flags()?;
        let length = flags & LONGEST;
        if length == LONGEST {
            return None;
        }
        let fixed = if flags & EXTENDED == 0 { FIXED } else { FIXED + 2 };
        let size = (fixed + usize::from(length) + 8) & !7;
        self.hold(size)?;
        self.start = self.at + fixed;
        self.end = self.start + usize::from(length);
        self.next = self.at + size;
        Some(true)
    }

    /// Makes sure that this many bytes are held from the current entry on.
    fn hold(&mut self, size: usize) -> Option<()> {
        if self.at + size <= self.held {
            return Some(());
        }
        self.bytes.copy_within(self.at..self.held, 0);
        self.held -= self.at;
        self.at = 0;
        while self.held < size {
            match self.file.read_at(&mut self.bytes[self.held..HELD], self.offset) {
                Ok(0) => return None,
                Ok(read) => {
                    self.held += read;
                    self.offset += read as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        Some(())
    }

    fn path(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    fn flags(&self) -> Option<u16> {
        self.flags_at(self.at + FIXED - 2)
    }

    fn flags_at(&self, at: usize) -> Option<u16> {
        Some(u16::from_be_bytes(self.bytes.get(at..at + 2)?.try_into().ok()?))
    }

    /// A number of the current entry.
    fn number(&self, at: usize) -> Option<u32> {
        let at = self.at + at;
        Some(u32::from_be_bytes(self.bytes.get(at..at + 4)?.try_into().ok()?))
    }

    /// Adds the current entry to others, if it is a plain one, or left out of a sparse checkout.
    fn keep(&self, state: &mut State) -> Option<()> {
        let flags = match self.flags()? & !LONGEST {
            0 => Flags::empty(),
            EXTENDED if self.flags_at(self.at + FIXED)? == LEFT_OUT => Flags::EXTENDED | Flags::SKIP_WORKTREE,
            _ => return None,
        };
        let mode = Mode::from_bits(self.number(24)?).filter(|mode| *mode != Mode::DIR)?;
        let id = ObjectId::try_from(self.bytes.get(self.at + 40..self.at + 60)?).ok()?;
        let time = |at: usize| Some(Time { secs: self.number(at)?, nsecs: self.number(at + 4)? });
        let stat = Stat {
            ctime: time(0)?,
            mtime: time(8)?,
            dev: self.number(16)?,
            ino: self.number(20)?,
            uid: self.number(28)?,
            gid: self.number(32)?,
            size: self.number(36)?,
        };
        state.dangerously_push_entry(stat, id, flags, mode, self.path().into());
        Some(())
    }

    /// Whether only extensions that do not affect entries follow the last entry.
    fn ends_plainly(&mut self) -> Option<bool> {
        let begin = self.offset - (self.held - self.next) as u64;
        let length = self.file.metadata().ok()?.len().checked_sub(begin)?;
        let mut rest = Vec::new();
        let mut file = self.file;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(begin)).ok()?;
        file.take(length).read_to_end(&mut rest).ok()?;
        cached::names(&rest).map(|names| names.iter().all(|name| LEAVE_ALONE.contains(&&name[..])))
    }
}

/// Extensions that can be ignored: cached trees, resolved conflicts, untracked files, the file system
/// monitor, the end of the entries, and where blocks of them begin.
const LEAVE_ALONE: [&[u8]; 6] = [b"TREE", b"REUC", b"UNTR", b"FSMN", b"EOIE", b"IEOT"];
