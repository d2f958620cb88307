//! What an index would write as trees, without reading its entries: the extension `TREE` near the
//! end of the file.
//!
//! Extensions are a name of four letters, four bytes of length, and content; the last one ends where
//! the checksum of twenty bytes begins (`index-format` of git's documents). In `TREE`, a folder is its
//! name and a NUL, how many entries it holds (-1: not known) and how many folders, as text, and, where
//! the entries are known, the id of its tree; its folders follow.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use memchr::{memchr, memmem};

use crate::git::ids;
use crate::model::Oid;

/// How much of the end of the file is read first, and how much at most.
const READS: [u64; 3] = [128 << 10, 1 << 20, 8 << 20];

/// The folders that an index knows, down to those that were asked for.
pub(super) struct CachedFolders {
    /// The end of the file.
    bytes: Vec<u8>,
    /// Where in it the content of the extension is.
    content: Range<usize>,
    /// Where the folders of a folder begin, by where it begins itself.
    below: RefCell<HashMap<usize, HashMap<Vec<u8>, usize>>>,
}

/// One folder of them.
pub(super) struct CachedFolder {
    /// The tree that the index would write for it, where git was sure.
    pub id: Option<Oid>,
    /// How many entries the index has for it, where git was sure.
    pub entries: usize,
    at: usize,
}

impl CachedFolders {
    /// Those of an index file; `None` where it has none, or cannot be read this way. `bytes` is a buffer.
    pub(super) fn read(file: &File, mut bytes: Vec<u8>) -> Option<CachedFolders> {
        let length = file.metadata().ok()?.len();
        for read in READS {
            let size = read.min(length);
            bytes.resize(size as usize, 0);
            file.read_exact_at(&mut bytes, length - size).ok()?;
            if let Some(content) = find(&bytes) {
                return Some(CachedFolders { bytes, content, below: RefCell::default() });
            }
            if size == length {
                return None;
            }
        }
        None
    }

    /// The tree of the whole index, if the extension begins so many bytes before the end of the file,
    /// and is the last one.
    pub(super) fn top_at(file: &File, before_end: usize) -> Option<Oid> {
        let length = file.metadata().ok()?.len();
        let mut start = [0; 64];
        file.read_exact_at(&mut start, length.checked_sub(before_end as u64)?).ok()?;
        let content = u32::from_be_bytes(start[4..8].try_into().ok()?) as usize;
        let is_last = start.starts_with(b"TREE") && content + 8 + 20 == before_end;
        is_last.then(|| folder(&mut &start[8..])?.id)?
    }

    /// How many bytes before the end of the file the extension begins.
    pub(super) fn before_end(&self) -> usize {
        self.bytes.len() + 8 - self.content.start
    }

    /// The buffer.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn content(&self) -> &[u8] {
        &self.bytes[self.content.clone()]
    }

    /// The top.
    pub(super) fn top(&self) -> Option<CachedFolder> {
        self.folder_at(0)
    }

    fn folder_at(&self, at: usize) -> Option<CachedFolder> {
        let WrittenFolder { id, entries, .. } = folder(&mut &self.content()[at..])?;
        Some(CachedFolder { id, entries, at })
    }

    /// The folder with this name in another one.
    pub(super) fn folder_in(&self, above: &CachedFolder, name: &[u8]) -> Option<CachedFolder> {
        let mut known = self.below.borrow_mut();
        let below = known.entry(above.at).or_insert_with(|| self.list(above.at).unwrap_or_default());
        self.folder_at(*below.get(name)?)
    }

    fn list(&self, at: usize) -> Option<HashMap<Vec<u8>, usize>> {
        let mut rest = &self.content()[at..];
        let count = folder(&mut rest)?.folders;
        let mut found = HashMap::new();
        for _ in 0..count {
            let at = self.content().len() - rest.len();
            let one = folder(&mut rest)?;
            skip(&mut rest, one.folders)?;
            found.insert(one.name.to_vec(), at);
        }
        Some(found)
    }
}

/// One folder as it is in the file.
struct WrittenFolder<'a> {
    name: &'a [u8],
    id: Option<Oid>,
    entries: usize,
    folders: usize,
}

fn find(end: &[u8]) -> Option<Range<usize>> {
    let extensions = end.len().checked_sub(20)?;
    memmem::find_iter(&end[..extensions], b"TREE").find_map(|at| {
        let content = extension(end, at)?;
        is_chain(end, content.end, extensions).then_some(content)
    })
}

/// The content of the extension that begins here.
fn extension(bytes: &[u8], at: usize) -> Option<Range<usize>> {
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

/// The names of the extensions that these bytes, from the end of the entries to the end of the file,
/// consist of.
pub(super) fn names(rest: &[u8]) -> Option<Vec<[u8; 4]>> {
    let end = rest.len().checked_sub(20)?;
    let mut names = Vec::new();
    let mut at = 0;
    while at < end {
        names.push(rest.get(at..at + 4)?.try_into().ok()?);
        at = extension(&rest[..end], at)?.end;
    }
    Some(names)
}

/// Takes a folder, without those below it.
fn folder<'a>(rest: &mut &'a [u8]) -> Option<WrittenFolder<'a>> {
    let name = until(rest, 0)?;
    let entries = number(rest, b' ')?;
    let folders = number(rest, b'\n')?.try_into().ok()?;
    let id = match entries >= 0 {
        true => {
            let (id, after) = rest.split_at_checked(20)?;
            *rest = after;
            Some(ids::from_slice(id)?)
        }
        false => None,
    };
    Some(WrittenFolder { name, id, entries: entries.try_into().unwrap_or(0), folders })
}

/// Skips this many folders, with everything below them.
fn skip(rest: &mut &[u8], folders: usize) -> Option<()> {
    let mut left = folders;
    while left > 0 {
        left = left - 1 + folder(rest)?.folders;
    }
    Some(())
}

/// Takes a number and the byte after it. Thousands are read from each index.
fn number(rest: &mut &[u8], stop: u8) -> Option<i64> {
    let sign = if rest.first() == Some(&b'-') { -1 } else { 1 };
    let mut at = usize::from(sign < 0);
    let mut number: i64 = 0;
    loop {
        match *rest.get(at)? {
            digit @ b'0'..=b'9' => number = number.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?,
            byte if byte == stop => break,
            _ => return None,
        }
        at += 1;
    }
    *rest = &rest[at + 1..];
    Some(sign * number)
}

/// Takes what precedes this byte, and the byte.
fn until<'a>(rest: &mut &'a [u8], stop: u8) -> Option<&'a [u8]> {
    let (before, after) = rest.split_at(memchr(stop, rest)?);
    *rest = &after[1..];
    Some(before)
}
