//! The index of a pack: where in it each object is, by id.

use std::borrow::Cow;
use std::fs::File;
use std::io::ErrorKind;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::files;
use crate::model::Oid;

use crate::git::ids;

/// How many ids begin with a byte up to each one: 256 sums.
const FANOUT: usize = 256;
const FANOUT_BYTES: u64 = 4 * FANOUT as u64;

/// The length of an id.
const ID: usize = 20;

/// So many entries are read at once.
const PAGE: u32 = 128;

/// As many pages are kept once they were read: 20 MiB.
const MOST_PAGES: usize = 8192;

/// Ids are evenly spread, so the page of one can be guessed; where they are not, this many guesses are made
/// before the range is halved.
const GUESSES: usize = 4;

/// The index of a pack, version 1 or 2.
pub(super) struct PackIndex {
    file: File,
    fanout: Vec<u32>,
    layout: IndexLayout,
    length: u64,
    pages: Vec<OnceLock<Vec<IndexId>>>,
    kept: AtomicUsize,
}

#[derive(Clone, Copy)]
enum IndexLayout {
    /// An offset of four bytes before each id.
    First,
    /// Ids, checksums, offsets, and those offsets that need eight bytes.
    Second,
}

type IndexId = [u8; ID];

/// The length of an offset, where it needs no more.
const SHORT: usize = 4;

/// Some of the ids, one after the other.
struct IndexPage<'a> {
    start: u32,
    ids: Cow<'a, [IndexId]>,
}

impl IndexPage<'_> {
    fn id(&self, at: u32) -> &[u8] {
        &self.ids[(at - self.start) as usize]
    }
}

impl PackIndex {
    pub fn open(path: &Path) -> Result<PackIndex, String> {
        let file = files::open(path).map_err(|error| error.to_string())?;
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        let (pages, kept) = (Vec::new(), AtomicUsize::new(0));
        let layout = IndexLayout::First;
        let mut index = PackIndex { file, fanout: Vec::new(), layout, length, pages, kept };
        let start = index.read(0, 8)?;
        index.layout = match &start[..] {
            b"\xfftOc\0\0\0\x02" => IndexLayout::Second,
            [0xff, b't', b'O', b'c', ..] => return Err("it has a version that cannot be read".to_string()),
            _ => IndexLayout::First,
        };
        let sums = index.read(index.head(), FANOUT_BYTES as usize)?;
        index.fanout = sums.chunks_exact(4).map(number).collect();
        let (layout, count) = (index.layout, u64::from(index.count()));
        let tables = index.head() + FANOUT_BYTES + 2 * ID as u64;
        let fits = match layout {
            IndexLayout::First => length == tables + count * (SHORT + ID) as u64,
            IndexLayout::Second => {
                let least = tables + count * (ID as u64 + 8);
                (least..=least + count.saturating_sub(1) * 8).contains(&length)
            }
        };
        index.pages.resize_with(index.count().div_ceil(PAGE) as usize, OnceLock::new);
        match fits && index.fanout.is_sorted() {
            true => Ok(index),
            false => Err("it is damaged".to_string()),
        }
    }

    fn head(&self) -> u64 {
        match self.layout {
            IndexLayout::First => 0,
            IndexLayout::Second => 8,
        }
    }

    /// How many objects there are.
    pub fn count(&self) -> u32 {
        self.fanout[FANOUT - 1]
    }

    /// The checksum of the pack that it belongs to.
    pub fn pack_checksum(&self) -> Result<Vec<u8>, String> {
        self.read(self.length - 2 * ID as u64, ID)
    }

    /// Where the object is in the pack, if it is there.
    pub fn find(&self, id: Oid) -> Result<Option<u64>, String> {
        let (at, Some(page)) = self.first_from(id)? else { return Ok(None) };
        let found = page.ids.get((at - page.start) as usize);
        // most objects that are looked for here are elsewhere, so offsets are not read with the ids
        found.filter(|found| **found == id.as_bytes()[..]).map(|_| self.offset(at)).transpose()
    }

    /// The ids before and after one, and the id itself where it is there.
    pub fn near(&self, id: Oid) -> Result<Vec<Oid>, String> {
        let at = self.first_from(id)?.0;
        let near = at.saturating_sub(1)..self.count().min(at.saturating_add(2));
        let id = |at| Ok(ids::from_slice(self.page(at)?.id(at)));
        near.filter_map(|at| id(at).transpose()).collect()
    }

    /// The position of the first id that is not less than this one; with its page, where it begins with the
    /// same byte.
    fn first_from(&self, id: Oid) -> Result<(u32, Option<IndexPage<'_>>), String> {
        let wanted = &id.as_bytes()[..];
        let first = usize::from(wanted[0]);
        let mut left = first.checked_sub(1).map_or(0, |before| self.fanout[before])..self.fanout[first];
        let share = u64::from(number(&wanted[1..5]));
        let mut guesses = 0;
        let mut at = left.start + ((u64::from(left.len() as u32) * share) >> 32) as u32;
        while !left.is_empty() {
            let page = self.page(at)?;
            let end = left.end.min(page.start + PAGE);
            let start = left.start.max(page.start);
            if wanted < page.id(start) && start > left.start {
                left.end = start;
            } else if page.id(end - 1) < wanted {
                left.start = end;
            } else {
                let part = &page.ids[(start - page.start) as usize..(end - page.start) as usize];
                let less = part.partition_point(|id| &id[..] < wanted);
                return Ok((start + less as u32, Some(page)));
            }
            guesses += 1;
            at = match guesses {
                ..GUESSES if at < left.start => left.start,
                ..GUESSES => left.end.max(1) - 1,
                _ => left.start + (left.len() / 2) as u32,
            };
        }
        Ok((left.start, None))
    }

    /// The ids around a position.
    fn page(&self, at: u32) -> Result<IndexPage<'_>, String> {
        let number = (at / PAGE) as usize;
        let start = at - at % PAGE;
        if let Some(kept) = self.pages[number].get() {
            return Ok(IndexPage { start, ids: Cow::Borrowed(kept) });
        }
        let ids = self.ids(start..self.count().min(start + PAGE))?;
        if self.kept.fetch_add(1, Ordering::Relaxed) >= MOST_PAGES {
            return Ok(IndexPage { start, ids: Cow::Owned(ids) });
        }
        Ok(IndexPage { start, ids: Cow::Borrowed(self.pages[number].get_or_init(|| ids)) })
    }

    fn ids(&self, part: Range<u32>) -> Result<Vec<IndexId>, String> {
        let (start, length) = (u64::from(part.start), part.len());
        let tables = self.head() + FANOUT_BYTES;
        match self.layout {
            IndexLayout::First => {
                const SIZE: usize = SHORT + ID;
                let bytes = self.read(tables + start * SIZE as u64, length * SIZE)?;
                let id = |entry: &[u8; SIZE]| {
                    let mut id = IndexId::default();
                    id.copy_from_slice(&entry[SHORT..]);
                    id
                };
                Ok(bytes.as_chunks::<SIZE>().0.iter().map(id).collect())
            }
            IndexLayout::Second => {
                let bytes = self.read(tables + start * ID as u64, length * ID)?;
                Ok(bytes.as_chunks::<ID>().0.to_vec())
            }
        }
    }

    /// Where the offsets begin, of the second version.
    fn offsets(&self) -> u64 {
        self.head() + FANOUT_BYTES + u64::from(self.count()) * (ID as u64 + 4)
    }

    /// The offset of the object at a position.
    fn offset(&self, at: u32) -> Result<u64, String> {
        let place = match self.layout {
            IndexLayout::First => self.head() + FANOUT_BYTES + u64::from(at) * (SHORT + ID) as u64,
            IndexLayout::Second => self.offsets() + u64::from(at) * SHORT as u64,
        };
        let short = number(&self.read(place, SHORT)?);
        match self.layout {
            IndexLayout::Second if short >= 1 << 31 => {
                let large = self.offsets() + 4 * u64::from(self.count()) + 8 * u64::from(short & !(1 << 31));
                let bytes = self.read(large, 8)?;
                Ok(u64::from(number(&bytes[..4])) << 32 | u64::from(number(&bytes[4..])))
            }
            IndexLayout::First | IndexLayout::Second => Ok(u64::from(short)),
        }
    }

    fn read(&self, at: u64, length: usize) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, at).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => "it is cut short".to_string(),
            _ => error.to_string(),
        })?;
        Ok(bytes)
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.try_into().map(u32::from_be_bytes).unwrap_or_default()
}
