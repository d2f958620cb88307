//! What an index would write as trees, without reading its entries: the extension `TREE` near the
//! end of the file.
//!
//! Extensions are a name of four letters, four bytes of length, and content; the last one ends where
//! the checksum of twenty bytes begins (`index-format` of git's documents). In `TREE`, a folder is its
//! name and a NUL, how many entries it holds (-1: not known) and how many folders, as text, and, where
//! the entries are known, the id of its tree; its folders follow.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use memchr::{memchr, memmem};

use crate::git::ids;
use crate::model::Oid;

/// How much of the end of the file is read first, and how much at most.
const READS: [u64; 3] = [128 << 10, 1 << 20, 8 << 20];

/// The folders that an index knows.
pub(super) struct CachedFolders {
    /// The content of the extension.
    content: Vec<u8>,
}

/// One folder of them, and where those below it begin.
pub(super) struct CachedFolder<'a> {
    name: &'a [u8],
    /// The tree that the index would write for it, where git was sure.
    pub id: Option<Oid>,
    folders: usize,
    below: &'a [u8],
}

impl CachedFolders {
    /// Those of an index file; nothing where it does not say, or cannot be read so.
    pub(super) fn read(index: &Path) -> Option<CachedFolders> {
        let file = File::open(index).ok()?;
        let length = file.metadata().ok()?.len();
        for read in READS {
            let size = read.min(length);
            let mut end = vec![0; size as usize];
            file.read_exact_at(&mut end, length - size).ok()?;
            if let Some(content) = find(&end) {
                end.truncate(content.end);
                end.drain(..content.start);
                return Some(CachedFolders { content: end });
            }
            if size == length {
                return None;
            }
        }
        None
    }

    /// The top.
    pub(super) fn top(&self) -> Option<CachedFolder<'_>> {
        folder(&mut &self.content[..])
    }
}

impl<'a> CachedFolder<'a> {
    /// The folder with this name in it.
    pub(super) fn folder(&self, name: &[u8]) -> Option<CachedFolder<'a>> {
        let mut rest = self.below;
        for _ in 0..self.folders {
            let found = folder(&mut rest)?;
            if found.name == name {
                return Some(found);
            }
            skip(&mut rest, found.folders)?;
        }
        None
    }
}

fn find(end: &[u8]) -> Option<std::ops::Range<usize>> {
    let extensions = end.len().checked_sub(20)?;
    memmem::find_iter(&end[..extensions], b"TREE").find_map(|at| {
        let content = extension(end, at)?;
        is_chain(end, content.end, extensions).then_some(content)
    })
}

/// The content of the extension that begins here.
fn extension(bytes: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let length = u32::from_be_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?) as usize;
    let end = at.checked_add(8)?.checked_add(length)?;
    (end <= bytes.len()).then_some(at + 8..end)
}

/// Whether extensions follow each other from here to the end.
fn is_chain(bytes: &[u8], mut at: usize, end: usize) -> bool {
    while at < end {
        let is_name = bytes[at..].iter().take(4).all(u8::is_ascii_alphabetic);
        match extension(bytes, at) {
            Some(content) if is_name => at = content.end,
            Some(_) | None => return false,
        }
    }
    at == end
}

/// Takes a folder, without those below it.
fn folder<'a>(rest: &mut &'a [u8]) -> Option<CachedFolder<'a>> {
    let name = until(rest, 0)?;
    let entries: i64 = std::str::from_utf8(until(rest, b' ')?).ok()?.parse().ok()?;
    let folders: usize = std::str::from_utf8(until(rest, b'\n')?).ok()?.parse().ok()?;
    let id = match entries >= 0 {
        true => {
            let (id, after) = rest.split_at_checked(20)?;
            *rest = after;
            Some(ids::from_slice(id)?)
        }
        false => None,
    };
    Some(CachedFolder { name, id, folders, below: rest })
}

/// Leaves so many folders behind, with all that is below them.
fn skip(rest: &mut &[u8], folders: usize) -> Option<()> {
    let mut left = folders;
    while left > 0 {
        left = left - 1 + folder(rest)?.folders;
    }
    Some(())
}

/// Takes what stands before this byte, and the byte.
fn until<'a>(rest: &mut &'a [u8], stop: u8) -> Option<&'a [u8]> {
    let (before, after) = rest.split_at(memchr(stop, rest)?);
    *rest = &after[1..];
    Some(before)
}
