//! A few entries of an index, without a place in memory for each of the others.
//!
//! Version 2 of the format alone, as git's document `index-format` has it: after a head of twelve bytes,
//! sorted entries of ten numbers of four bytes (two times, device, inode, mode, owner, group, size), the
//! id, flags with the length of the path, the path, and NULs up to a multiple of eight.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use gix_index::entry::stat::Time;
use gix_index::entry::{Flags, Mode, Stat};
use gix_index::hash::{Kind, ObjectId};

use super::index::Index;

/// The part of an entry before its path.
const FIXED: usize = 62;
/// Longer paths have another form.
const LONGEST: u16 = 0xfff;

/// The entries of these paths, sorted. Nothing where a file of another version, or an entry that is not
/// plain (a side of a merge, one that git looks away from), has to be read in full. `bytes` is a place to
/// read to.
pub(super) fn entries(index: &Path, wanted: &[&[u8]], bytes: &mut Vec<u8>) -> Option<Index> {
    let mut file = File::open(index).ok()?;
    let data = file.metadata().ok()?;
    bytes.clear();
    bytes.reserve(data.len() as usize + 1);
    file.read_to_end(bytes).ok()?;
    let number =
        |at: usize| -> Option<u32> { Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)) };
    if !bytes.starts_with(b"DIRC") || number(4)? != 2 {
        return None;
    }
    let mut state = gix_index::State::new(Kind::Sha1);
    let mut wanted = wanted.iter().peekable();
    let mut at = 12;
    for _ in 0..number(8)? {
        let flags = u16::from_be_bytes(bytes.get(at + 60..at + FIXED)?.try_into().ok()?);
        let length = flags & LONGEST;
        if length == LONGEST {
            return None;
        }
        let path = bytes.get(at + FIXED..at + FIXED + usize::from(length))?;
        while wanted.next_if(|next| **next < path).is_some() {}
        let Some(next) = wanted.peek() else { break };
        if **next == path {
            if flags & !LONGEST != 0 {
                return None;
            }
            let mode = Mode::from_bits(number(at + 24)?)?;
            let id = ObjectId::try_from(&bytes[at + 40..at + 60]).ok()?;
            let time = |at: usize| Some(Time { secs: number(at)?, nsecs: number(at + 4)? });
            let stat = Stat {
                ctime: time(at)?,
                mtime: time(at + 8)?,
                dev: number(at + 16)?,
                ino: number(at + 20)?,
                uid: number(at + 28)?,
                gid: number(at + 32)?,
                size: number(at + 36)?,
            };
            state.dangerously_push_entry(stat, id, Flags::empty(), mode, path.into());
        }
        at += (FIXED + usize::from(length) + 8) & !7;
    }
    Some(Index::part(state, (data.mtime(), data.mtime_nsec() as u32)))
}
