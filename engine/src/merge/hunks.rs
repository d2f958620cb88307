//! The changed lines between two texts: the histogram diff, placed as git's merge places its hunks
//! (`git diff --histogram --no-indent-heuristic`).

use crate::merge::histogram::LineDiffer;
use crate::merge::lines::{LineKind, LineNumbering, lines};
use crate::merge::objects::Objects;
use crate::merge::options::Options;
use crate::merge::sliding::slide;
use crate::model::{Entry, Hunk, Hunks, Reason};

/// Content is binary if one of so many leading bytes is zero.
const BINARY_PROBE: usize = 8000;

/// Whether git would call this content binary.
pub fn is_binary(content: &[u8]) -> bool {
    content[..content.len().min(BINARY_PROBE)].contains(&0)
}

/// Whether there is a carriage return before a line feed.
pub fn has_crlf(content: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', content).any(|at| content.get(at + 1) == Some(&b'\n'))
}

/// The hunks between two texts, in order.
pub fn line_hunks(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    let mut numbering = LineNumbering::new(0);
    let (old, new) = (numbering.number(lines(old)), numbering.number(lines(new)));
    numbered_hunks(&mut LineDiffer::new(numbering.kinds()), &old, &new)
}

/// The hunks between two texts of numbered lines. A hunk that could slide is placed as git does without
/// its indent heuristic, which merges do not use.
pub(crate) fn numbered_hunks(differ: &mut LineDiffer, old: &[LineKind], new: &[LineKind]) -> Vec<Hunk> {
    let mut marks = differ.compare(old, new);
    slide(old, &mut marks.removed, new, &mut marks.added);
    let mut hunks = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    while old_at < old.len() || new_at < new.len() {
        let run = |marks: &[bool], from: usize| marks[from..].iter().take_while(|changed| **changed).count();
        let (removed, added) = (run(&marks.removed, old_at), run(&marks.added, new_at));
        if removed + added > 0 {
            let range = |start: usize, length: usize| start as u32..(start + length) as u32;
            hunks.push(Hunk { base: range(old_at, removed), own: range(new_at, added) });
        }
        old_at += removed + 1;
        new_at += added + 1;
    }
    hunks
}

/// The hunks of one change; what cannot be read makes them unknown.
pub(crate) fn entry_hunks(
    objects: &dyn Objects,
    old: Option<Entry>,
    new: Option<Entry>,
    options: &Options,
) -> Hunks {
    let has_lines = |entry: Option<Entry>| entry.is_none_or(|entry| entry.kind.is_file());
    if !has_lines(old) || !has_lines(new) || old.map(|old| old.oid) == new.map(|new| new.oid) {
        return Hunks::None;
    }
    let read = |entry: Option<Entry>| match entry {
        None => Ok(None),
        Some(entry) => bounded_blob(objects, entry, options).map(Some),
    };
    match (read(old), read(new)) {
        // all of it was added or removed: whoever needs the lines as well finds out that they are unknown
        (Err(Reason::LargeBlob { .. }), Ok(None)) | (Ok(None), Err(Reason::LargeBlob { .. })) => Hunks::None,
        (Err(reason), _) | (_, Err(reason)) => Hunks::Unknown(reason),
        (Ok(old), Ok(new)) => {
            let (old, new) = (old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
            if is_binary(old) || is_binary(new) { Hunks::Binary } else { Hunks::Lines(line_hunks(old, new)) }
        }
    }
}

/// The content of an entry, unless it is missing or exceeds [`Options::largest_blob`].
pub(crate) fn bounded_blob(
    objects: &dyn Objects,
    entry: Entry,
    options: &Options,
) -> Result<std::sync::Arc<[u8]>, Reason> {
    let size = objects.blob_size(entry.oid)?;
    if size > options.largest_blob {
        return Err(Reason::LargeBlob { id: entry.oid, size, most: options.largest_blob });
    }
    Ok(objects.blob(entry.oid)?)
}
