//! The index of a pack: where in it each object is, by id.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::OnceLock;

use crate::files;
use crate::model::Oid;

/// How many ids begin with a byte up to each one: 256 sums.
const FANOUT: usize = 256;
const FANOUT_BYTES: u64 = 4 * FANOUT as u64;

/// The length of an id.
const ID: u64 = 20;

/// An index that is no longer is read completely.
const SMALL: u64 = 1 << 20;

/// So many ids are read at once.
const AT_ONCE: u32 = 128;

/// Ids that begin with the same byte are kept once one was looked for, if they are no more than this: 16 MiB
/// in all.
const MOST_KEPT: u32 = 3276;

/// The index of a pack, version 1 or 2.
pub(super) struct PackIndex {
    source: IndexSource,
    fanout: Vec<u32>,
    layout: IndexLayout,
    length: u64,
    /// Entries of the table of ids, by the first byte of the id.
    kept: Vec<OnceLock<Vec<u8>>>,
}

enum IndexSource {
    Memory(Vec<u8>),
    File(File),
}

#[derive(Clone, Copy)]
enum IndexLayout {
    /// An offset of four bytes before each id.
    First,
    /// Ids, checksums, offsets, and those offsets that need eight bytes.
    Second,
}

impl IndexSource {
    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<(), String> {
        match self {
            IndexSource::File(file) => file.read_exact_at(buffer, at).map_err(|error| error.to_string()),
            IndexSource::Memory(bytes) => {
                let start = usize::try_from(at).unwrap_or(usize::MAX);
                let part = bytes.get(start..start.saturating_add(buffer.len()));
                buffer.copy_from_slice(part.ok_or("it is cut short")?);
                Ok(())
            }
        }
    }

    fn number(&self, at: u64) -> Result<u32, String> {
        let mut bytes = [0; 4];
        self.read(at, &mut bytes).map(|()| u32::from_be_bytes(bytes))
    }
}

impl PackIndex {
    pub fn open(path: &Path) -> Result<PackIndex, String> {
        let file = files::open(path).map_err(|error| error.to_string())?;
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        let source = match length <= SMALL {
            true => IndexSource::Memory(files::read(path, SMALL).map_err(|error| error.to_string())?),
            false => IndexSource::File(file),
        };
        let mut start = [0; 8];
        source.read(0, &mut start)?;
        let layout = match &start {
            b"\xfftOc\0\0\0\x02" => IndexLayout::Second,
            [0xff, b't', b'O', b'c', ..] => return Err("it has a version that cannot be read".to_string()),
            _ => IndexLayout::First,
        };
        let mut index = PackIndex { source, fanout: Vec::new(), layout, length, kept: Vec::new() };
        index.kept.resize_with(FANOUT, OnceLock::new);
        let mut sums = [0; FANOUT_BYTES as usize];
        index.source.read(index.head(), &mut sums)?;
        let sum = |bytes: &[u8]| bytes.try_into().map(u32::from_be_bytes).unwrap_or_default();
        index.fanout = sums.chunks_exact(4).map(sum).collect();
        let count = u64::from(index.count());
        let tables = index.head() + FANOUT_BYTES + 2 * ID;
        let fits = match layout {
            IndexLayout::First => length == tables + count * (4 + ID),
            IndexLayout::Second => {
                let least = tables + count * (ID + 8);
                (least..=least + count.saturating_sub(1) * 8).contains(&length)
            }
        };
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
    pub fn pack_checksum(&self) -> Result<[u8; 20], String> {
        let mut sum = [0; 20];
        self.source.read(self.length - 2 * ID, &mut sum)?;
        Ok(sum)
    }

    /// Where the object is in the pack, if it is there.
    pub fn find(&self, id: Oid) -> Result<Option<u64>, String> {
        let at = self.first_from(id)?;
        match at < self.count() && self.id(at)? == id {
            true => self.offset(at).map(Some),
            false => Ok(None),
        }
    }

    /// The ids before and after one, and the id itself where it is there.
    pub fn near(&self, id: Oid) -> Result<Vec<Oid>, String> {
        let at = self.first_from(id)?;
        (at.saturating_sub(1)..self.count().min(at.saturating_add(2))).map(|at| self.id(at)).collect()
    }

    /// The position of the first id that is not less than this one.
    fn first_from(&self, id: Oid) -> Result<u32, String> {
        let first = usize::from(id.as_bytes()[0]);
        let mut from = first.checked_sub(1).map_or(0, |before| self.fanout[before]);
        let mut to = self.fanout[first];
        let (_, stride, skip) = self.ids();
        let less = |entry: &[u8]| entry[skip..] < id.as_bytes()[..];
        if to - from <= MOST_KEPT {
            let entries = match self.kept[first].get() {
                Some(entries) => entries,
                None => {
                    let entries = self.entries(from, to)?;
                    self.kept[first].get_or_init(|| entries)
                }
            };
            let (mut low, mut high) = (0, to - from);
            while low < high {
                let middle = low + (high - low) / 2;
                let at = middle as usize * stride as usize;
                match less(&entries[at..at + stride as usize]) {
                    true => low = middle + 1,
                    false => high = middle,
                }
            }
            return Ok(from + low);
        }
        while to - from > AT_ONCE {
            let middle = from + (to - from) / 2;
            match self.id(middle)? < id {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        let entries = self.entries(from, to)?;
        Ok(from + entries.chunks_exact(stride as usize).take_while(|entry| less(entry)).count() as u32)
    }

    /// The entries of the table of ids from one position to another.
    fn entries(&self, from: u32, to: u32) -> Result<Vec<u8>, String> {
        let (start, stride, _) = self.ids();
        let mut entries = vec![0; (u64::from(to - from) * stride) as usize];
        self.source.read(start + u64::from(from) * stride, &mut entries)?;
        Ok(entries)
    }

    /// Where the table with the ids begins, the length of its entries, and where in one the id is.
    fn ids(&self) -> (u64, u64, usize) {
        match self.layout {
            IndexLayout::First => (FANOUT_BYTES, 4 + ID, 4),
            IndexLayout::Second => (self.head() + FANOUT_BYTES, ID, 0),
        }
    }

    fn id(&self, at: u32) -> Result<Oid, String> {
        let (start, stride, skip) = self.ids();
        let mut id = [0; ID as usize];
        self.source.read(start + u64::from(at) * stride + skip as u64, &mut id)?;
        Ok(Oid::new(id))
    }

    fn offset(&self, at: u32) -> Result<u64, String> {
        let (start, stride, _) = self.ids();
        let count = u64::from(self.count());
        match self.layout {
            IndexLayout::First => self.source.number(start + u64::from(at) * stride).map(u64::from),
            IndexLayout::Second => {
                let offsets = start + count * (ID + 4);
                let offset = self.source.number(offsets + 4 * u64::from(at))?;
                if offset < 1 << 31 {
                    return Ok(u64::from(offset));
                }
                let large = offsets + 4 * count + 8 * u64::from(offset & !(1 << 31));
                let high = u64::from(self.source.number(large)?);
                Ok(high << 32 | u64::from(self.source.number(large + 4)?))
            }
        }
    }
}
