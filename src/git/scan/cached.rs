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

use crate::git::ids;
use crate::model::Oid;

/// How much of the end of the file is read first, and how much at most.
const READS: [u64; 3] = [64 << 10, 512 << 10, 8 << 20];

/// A folder of an index.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CachedFolder {
    pub name: Vec<u8>,
    /// The tree that the index would write for it, where git was sure.
    pub id: Option<Oid>,
    pub folders: Vec<CachedFolder>,
}

/// The folders that an index file knows; nothing where it does not say, or cannot be read so.
pub(super) fn folders(index: &Path) -> Option<CachedFolder> {
    let file = File::open(index).ok()?;
    let length = file.metadata().ok()?.len();
    for read in READS {
        let size = read.min(length);
        let mut end = vec![0; size as usize];
        file.read_exact_at(&mut end, length - size).ok()?;
        if let Some(found) = find(&end) {
            return Some(found);
        }
        if size == length {
            return None;
        }
    }
    None
}

fn find(end: &[u8]) -> Option<CachedFolder> {
    let extensions = end.len().checked_sub(20)?;
    let mut starts = (0..extensions.saturating_sub(7)).rev().filter(|at| end[*at..].starts_with(b"TREE"));
    let content = starts.find_map(|at| {
        let content = extension(end, at)?;
        is_chain(end, content.end, extensions).then_some(content)
    })?;
    let mut rest = &end[content];
    let root = folder(&mut rest, 0)?;
    rest.is_empty().then_some(root)
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

/// A folder with what is below it.
fn folder(rest: &mut &[u8], depth: usize) -> Option<CachedFolder> {
    if depth > 500 {
        return None;
    }
    let name = until(rest, 0)?.to_vec();
    let entries: i64 = std::str::from_utf8(until(rest, b' ')?).ok()?.parse().ok()?;
    let count: usize = std::str::from_utf8(until(rest, b'\n')?).ok()?.parse().ok()?;
    let id = match entries >= 0 {
        true => {
            let (id, after) = rest.split_at_checked(20)?;
            *rest = after;
            Some(ids::from_slice(id)?)
        }
        false => None,
    };
    let mut folders = Vec::with_capacity(count.min(rest.len()));
    for _ in 0..count {
        folders.push(folder(rest, depth + 1)?);
    }
    Some(CachedFolder { name, id, folders })
}

/// Takes what stands before this byte, and the byte.
fn until<'a>(rest: &mut &'a [u8], stop: u8) -> Option<&'a [u8]> {
    let at = rest.iter().position(|byte| *byte == stop)?;
    let (before, after) = rest.split_at(at);
    *rest = &after[1..];
    Some(before)
}
