//! Packs: many objects in one file, some of them as deltas of others in it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use git2::ObjectType;

use crate::files;
use crate::model::{Oid, shown_path};

use super::inflate::{Inflater, at_once, longest_input};
use super::pack_index::PackIndex;
use super::windows::PackReader;
use super::{Answer, LARGEST, PackMemory, Question, StoredObject, delta};

/// No object is read that is a delta of so many others, one of the next: git makes 4,095 at most. Deltas
/// that refer to each other in a circle end here.
const LONGEST_CHAIN: usize = 5_000;

/// So many bytes are made for one object, with all that it is a delta of.
const MOST_WORK: u64 = 8 * LARGEST;

/// Objects up to this size are inflated at once. For a larger one, no room is made before its data is there.
const MOST_AT_ONCE: u64 = 1 << 20;

/// What is before the data of an object is no longer: a size, and an id or a distance.
const LONGEST_HEAD: usize = 32;

/// A pack with its index.
pub(super) struct Pack {
    path: PathBuf,
    number: usize,
    index: PackIndex,
    file: OnceLock<Result<File, String>>,
}

/// The beginning of an object in a pack.
struct PackEntry {
    stored: StoredAs,
    /// Of what is deflated.
    size: u64,
    /// Where that begins.
    data: u64,
}

enum StoredAs {
    Object(ObjectType),
    /// A delta of the object at this place.
    Delta(u64),
}

impl Pack {
    /// The pack of this index, which is opened when an object of it is read.
    pub fn open(index: &Path) -> Result<Pack, String> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        Ok(Pack {
            index: PackIndex::open(index)?,
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            path: index.with_extension("pack"),
            file: OnceLock::new(),
        })
    }

    /// Whether the index is the one at this path.
    pub fn is_of(&self, index: &Path) -> bool {
        self.path.file_stem() == index.file_stem() && self.path.parent() == index.parent()
    }

    /// What it says of an object; `None` where it does not have it.
    pub fn ask(&self, id: Oid, question: &Question, memory: &PackMemory) -> Result<Option<Answer>, String> {
        let told = |why: String| format!("{}: {why}", shown_path(&self.path));
        let Some(offset) = self.index.find(id).map_err(told)? else { return Ok(None) };
        let answer = match question {
            Question::Content => self.read(offset, memory).map(|object| {
                let size = object.content.len() as u64;
                Answer::of(object.kind, size, Some(object.content))
            }),
            Question::Header => self.header(offset, memory),
            Question::Changed => self.file().map(Answer::unread),
            Question::Presence | Question::Soundness(_) => self.file().map(|_| Answer::presence()),
        };
        answer.map(Some).map_err(told)
    }

    /// Whether its file was changed last before this time.
    pub fn is_older_than(&self, time: SystemTime) -> bool {
        self.file().is_ok_and(|file| Answer::unread(file).is_older_than(Some(time)))
    }

    /// How many objects there are.
    pub fn count(&self) -> u64 {
        u64::from(self.index.count())
    }

    /// Whether it has another object whose id begins like this.
    pub fn is_ambiguous(&self, id: Oid, prefix: &str) -> bool {
        let near = self.index.near(id).unwrap_or_default();
        near.iter().any(|other| *other != id && other.to_string().starts_with(prefix))
    }

    fn file(&self) -> Result<&File, String> {
        let open = || {
            let file = files::open(&self.path).map_err(|error| error.to_string())?;
            let length = file.metadata().map_err(|error| error.to_string())?.len();
            let read = |buffer: &mut [u8], at| {
                file.read_exact_at(buffer, at).map_err(|_| "it is cut short".to_string())
            };
            let (mut head, mut end) = ([0; 12], [0; 20]);
            read(&mut head, 0)?;
            read(&mut end, length.saturating_sub(20))?;
            let is_known = head[..8] == *b"PACK\0\0\0\x02" || head[..8] == *b"PACK\0\0\0\x03";
            let matches = head[8..] == self.index.count().to_be_bytes() && self.index.pack_checksum()? == end;
            match is_known && matches {
                true => Ok(file),
                false => Err("it does not match its index".to_string()),
            }
        };
        self.file.get_or_init(open).as_ref().map_err(String::clone)
    }

    /// The pack from some place on.
    fn reader<'a>(&'a self, at: u64, memory: &'a PackMemory) -> Result<PackReader<'a>, String> {
        Ok(PackReader::new(&memory.windows, self.number, self.file()?, at))
    }

    fn entry(&self, offset: u64, memory: &PackMemory) -> Result<PackEntry, String> {
        let mut head = [0; LONGEST_HEAD];
        let read = self.reader(offset, memory)?.fill(&mut head).map_err(|error| error.to_string())?;
        let mut bytes = &head[..read];
        let first = *bytes.first().ok_or("it is cut short")?;
        // three bits are the kind
        let mut size = u64::from(first & 0x0f);
        bytes = &bytes[1..];
        if first & 0x80 != 0 {
            let more = delta::size(&mut bytes)?;
            size |= more.checked_mul(16).ok_or("its size is damaged")?;
        }
        let stored = match first >> 4 & 7 {
            1 => StoredAs::Object(ObjectType::Commit),
            2 => StoredAs::Object(ObjectType::Tree),
            3 => StoredAs::Object(ObjectType::Blob),
            4 => StoredAs::Object(ObjectType::Tag),
            6 => {
                let before = distance(&mut bytes)?;
                let base = offset.checked_sub(before).filter(|base| (1..offset).contains(base));
                StoredAs::Delta(base.ok_or("its delta refers to no object")?)
            }
            7 => {
                let (id, rest) = bytes.split_first_chunk().ok_or("it is cut short")?;
                bytes = rest;
                let base = self.index.find(Oid::new(*id))?;
                StoredAs::Delta(base.ok_or("its delta refers to no object of the pack")?)
            }
            _ => return Err("its kind is damaged".to_string()),
        };
        Ok(PackEntry { stored, size, data: offset + (read - bytes.len()) as u64 })
    }

    fn inflate(&self, entry: &PackEntry, memory: &PackMemory) -> Result<Vec<u8>, String> {
        if entry.size > LARGEST {
            return Err(format!("it has {} bytes; more than {LARGEST} are not read", entry.size));
        }
        let length = entry.size as usize;
        if entry.size <= MOST_AT_ONCE {
            let (mut reader, mut buffer) = (self.reader(entry.data, memory)?, Vec::new());
            let input =
                reader.piece(longest_input(length), &mut buffer).map_err(|error| error.to_string())?;
            if let Some(content) = at_once(input, length) {
                return Ok(content);
            }
        }
        let mut content = Vec::new();
        Inflater::new(self.reader(entry.data, memory)?).finish(&mut content, length)?;
        Ok(content)
    }

    fn read(&self, offset: u64, memory: &PackMemory) -> Result<StoredObject, String> {
        let mut deltas = Vec::new();
        let mut at = offset;
        let mut object = loop {
            if let Some(known) = memory.bases.find((self.number, at)) {
                break known;
            }
            let entry = self.entry(at, memory)?;
            match entry.stored {
                StoredAs::Object(kind) => {
                    let object = StoredObject { kind, content: Arc::new(self.inflate(&entry, memory)?) };
                    if !deltas.is_empty() {
                        memory.bases.keep((self.number, at), &object);
                    }
                    break object;
                }
                StoredAs::Delta(base) => {
                    deltas.push((at, entry));
                    at = base;
                }
            }
            if deltas.len() > LONGEST_CHAIN {
                return Err("its deltas have no end".to_string());
            }
        };
        let mut work = 0;
        while let Some((at, entry)) = deltas.pop() {
            let content = delta::apply(&object.content, &self.inflate(&entry, memory)?, LARGEST)?;
            work += content.len() as u64;
            if work > MOST_WORK {
                return Err("its deltas make too much".to_string());
            }
            object.content = Arc::new(content);
            memory.bases.keep((self.number, at), &object);
        }
        Ok(object)
    }

    /// The kind is that of the last object that it is a delta of, the size is in the delta.
    fn header(&self, offset: u64, memory: &PackMemory) -> Result<Answer, String> {
        let mut entry = self.entry(offset, memory)?;
        let size = match entry.stored {
            StoredAs::Object(_) => entry.size,
            StoredAs::Delta(_) => {
                let mut start = Vec::new();
                Inflater::new(self.reader(entry.data, memory)?).fill(&mut start, 20)?;
                delta::sizes(&mut &start[..])?.1
            }
        };
        for _ in 0..LONGEST_CHAIN {
            match entry.stored {
                StoredAs::Object(kind) => return Ok(Answer::of(kind, size, None)),
                StoredAs::Delta(base) => entry = self.entry(base, memory)?,
            }
        }
        Err("its deltas have no end".to_string())
    }
}

/// How far before a delta its base is: seven bits a byte, the highest first, each but the last one more.
fn distance(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut distance: u64 = 0;
    loop {
        let (byte, rest) = bytes.split_first().ok_or("it is cut short")?;
        *bytes = rest;
        distance |= u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok(distance);
        }
        let more = distance.checked_add(1).and_then(|more| more.checked_mul(128));
        distance = more.ok_or("the place of its base is damaged")?;
    }
}
