//! The changed lines between two texts: the histogram diff, placed as git's merge places its hunks
//! (`git diff --histogram --no-indent-heuristic`).

use std::sync::Arc;

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
    let [old, new] = [old, new].map(|text| lines(text).collect::<Vec<_>>());
    let [hunks] = hunks_of(&old, [&new]);
    hunks
}

/// The hunks of several versions against one base, each a text in lines.
pub(crate) fn hunks_of<const N: usize>(base: &[&[u8]], versions: [&[&[u8]]; N]) -> [Vec<Hunk>; N] {
    let mut numbering = LineNumbering::new(base.len());
    let numbers = numbering.number(base.iter().copied());
    let versions = versions.map(|version| numbering.number_version(base, &numbers, version));
    let mut differ = LineDiffer::new(numbering.kinds());
    versions.map(|version| numbered_hunks(&mut differ, &numbers, &version))
}

/// The hunks between two texts of numbered lines. A hunk that could slide is placed as git does without
/// its indent heuristic, which merges do not use.
fn numbered_hunks(differ: &mut LineDiffer, old: &[LineKind], new: &[LineKind]) -> Vec<Hunk> {
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

/// The changed lines of a file.
#[derive(Clone)]
pub(crate) struct ChangedLines {
    pub hunks: Hunks,
    /// As in a [`crate::model::Change`].
    pub marker: Option<u32>,
}

impl ChangedLines {
    pub(crate) const NONE: ChangedLines = ChangedLines { hunks: Hunks::None, marker: None };
}

/// The line, from 1, that begins a conflict as `git merge` leaves it in a file: the first one of such a line that the line
/// between the sides and the one that ends it follow.
pub fn conflict_marker(content: &[u8]) -> Option<u32> {
    conflict_marker_among(content, &|_| true)
}

/// The first one of the lines, counted from 0, that are asked for.
fn conflict_marker_among(content: &[u8], is_asked: &dyn Fn(u32) -> bool) -> Option<u32> {
    memchr::memmem::find(content, b"<<<<<<< ")?;
    let mut begun = None;
    let mut is_second = false;
    for (at, line) in (0u32..).zip(content.split(|byte| *byte == b'\n')) {
        if line.starts_with(b"<<<<<<< ") {
            (begun, is_second) = (Some(at), false);
        } else if line.strip_suffix(b"\r").unwrap_or(line) == b"=======" {
            is_second = begun.is_some();
        } else if is_second && line.starts_with(b">>>>>>> ") {
            match begun.take().filter(|begun| is_asked(*begun)) {
                Some(begun) => return Some(begun + 1),
                None => is_second = false,
            }
        }
    }
    None
}

/// The changed lines of one change; what cannot be read makes them unknown.
pub(crate) fn entry_lines(
    objects: &dyn Objects,
    old: Option<Entry>,
    new: Option<Entry>,
    options: &Options,
) -> ChangedLines {
    let (hunks, new) = compared(objects, old, new, options);
    let is_changed = |at: u32| hunks.lines().iter().any(|hunk| hunk.own.contains(&at));
    let marker = new.and_then(|new| conflict_marker_among(&new, &is_changed));
    ChangedLines { hunks, marker }
}

/// The hunks of one change; what cannot be read makes them unknown.
pub(crate) fn entry_hunks(
    objects: &dyn Objects,
    old: Option<Entry>,
    new: Option<Entry>,
    options: &Options,
) -> Hunks {
    compared(objects, old, new, options).0
}

/// The hunks, with the new version where that has lines.
fn compared(
    objects: &dyn Objects,
    old: Option<Entry>,
    new: Option<Entry>,
    options: &Options,
) -> (Hunks, Option<Arc<[u8]>>) {
    let has_lines = |entry: Option<Entry>| entry.is_none_or(|entry| entry.kind.is_file());
    if !has_lines(old) || !has_lines(new) || old.map(|old| old.oid) == new.map(|new| new.oid) {
        return (Hunks::None, None);
    }
    let read = |entry: Option<Entry>| match entry {
        None => Ok(None),
        Some(entry) => bounded_blob(objects, entry, options).map(Some),
    };
    match (read(old), read(new)) {
        // all of it was added or removed: whoever needs the lines as well finds out that they are unknown
        (Err(Reason::LargeBlob { .. }), Ok(None)) | (Ok(None), Err(Reason::LargeBlob { .. })) => {
            (Hunks::None, None)
        }
        (Err(reason), _) | (_, Err(reason)) => (Hunks::Unknown(reason), None),
        (Ok(old), Ok(new)) => {
            let (before, after) = (old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
            match is_binary(before) || is_binary(after) {
                true => (Hunks::Binary, None),
                false => (Hunks::Lines(line_hunks(before, after)), new),
            }
        }
    }
}

/// The content of an entry, unless it is missing or exceeds [`Options::largest_blob`].
pub(crate) fn bounded_blob(
    objects: &dyn Objects,
    entry: Entry,
    options: &Options,
) -> Result<Arc<[u8]>, Reason> {
    let size = objects.blob_size(entry.oid)?;
    if size > options.largest_blob {
        return Err(Reason::LargeBlob { id: entry.oid, size, most: options.largest_blob });
    }
    Ok(objects.blob(entry.oid)?)
}
