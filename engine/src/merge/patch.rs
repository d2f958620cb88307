//! The patch between two trees, as `git patch-id` reads it: without line numbers and white space, with three
//! lines of context. Two commits with the same patch did the same.

use std::sync::{Mutex, PoisonError};

use foldhash::HashMap;
use xxhash_rust::xxh3::xxh3_64;

use crate::merge::diff::RawChange;
use crate::merge::hunks::{bounded_blob, is_binary, line_hunks};
use crate::merge::objects::Objects;
use crate::merge::options::Options;
use crate::model::{Entry, Oid};

/// As many lines around a change belong to its patch.
const CONTEXT: usize = 3;

/// Whether two lists of changes, in the order of their paths, have the same patch. A file that has no lines, or is too large to
/// be read, counts by its ids.
pub(crate) fn same_patch(
    objects: &dyn Objects,
    some: &[RawChange],
    others: &[RawChange],
    options: &Options,
) -> bool {
    let is_same = |one: &RawChange, other: &RawChange| {
        let is_alike = one.old == other.old && one.new == other.new;
        one.path == other.path && (is_alike || patch(objects, one, options) == patch(objects, other, options))
    };
    some.len() == others.len() && some.iter().zip(others).all(|(one, other)| is_same(one, other))
}

/// The patch of one change, to be compared with another one at the same path.
fn patch(objects: &dyn Objects, RawChange { old, new, .. }: &RawChange, options: &Options) -> Vec<u8> {
    let mut patch = Vec::new();
    for entry in [old, new] {
        let mode = entry.map_or(0, |entry| entry.kind.mode());
        patch.extend_from_slice(&mode.to_le_bytes());
    }
    match (text(objects, *old, options), text(objects, *new, options)) {
        (Some(old), Some(new)) => add_lines(&mut patch, &old, &new),
        (Some(_) | None, _) => {
            for entry in [old, new].into_iter().flatten() {
                patch.extend_from_slice(entry.oid.as_bytes());
            }
        }
    }
    patch
}

/// What two changes with the same patch have in common and others hardly ever: per path, the sums over the text that
/// was added minus those over the text that was removed. Each text is read once, however many changes it belongs to,
/// and nothing is compared.
pub(crate) fn outline(
    objects: &dyn Objects,
    changes: &[RawChange],
    options: &Options,
    known: &KnownSums,
) -> u64 {
    let mut outline = Vec::new();
    for RawChange { path, old, new } in changes {
        outline.extend_from_slice(path.as_bytes());
        outline.push(0);
        let [old, new] = [old, new].map(|entry| known.sums(objects, *entry, options));
        // what has no lines counts by its ids, which the patch compares
        for (old, new) in old.zip(new).into_iter().flat_map(|(old, new)| old.into_iter().zip(new)) {
            outline.extend_from_slice(&new.wrapping_sub(old).to_le_bytes());
        }
    }
    xxh3_64(&outline)
}

/// Over the bytes of a text that are no white space: their number, their sum, and the sum of their squares.
type Sums = [u64; 3];

/// The sums of each text that was asked for; `None` where it has no lines.
#[derive(Default)]
pub(crate) struct KnownSums(Mutex<HashMap<Oid, Option<Sums>>>);

impl KnownSums {
    fn sums(&self, objects: &dyn Objects, entry: Option<Entry>, options: &Options) -> Option<Sums> {
        let Some(entry) = entry else { return Some(Sums::default()) };
        if !entry.kind.is_file() {
            return None;
        }
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sums) = known().get(&entry.oid) {
            return *sums;
        }
        let sums = text(objects, Some(entry), options).map(|text| sums(&text));
        known().insert(entry.oid, sums);
        sums
    }
}

fn sums(text: &[u8]) -> Sums {
    // short runs in small numbers, so that many bytes are added at once
    text.chunks(1 << 12).fold(Sums::default(), |[count, sum, squares], run| {
        let mut of_run = [0u32; 3];
        for byte in run {
            let byte = if is_space(*byte) { 0 } else { u32::from(*byte) };
            of_run[0] += u32::from(byte > 0);
            of_run[1] += byte;
            of_run[2] += byte * byte;
        }
        let [more, longer, larger] = of_run.map(u64::from);
        [count + more, sum + longer, squares + larger]
    })
}

/// The lines of an entry; `None` where it has none that could be compared.
fn text(objects: &dyn Objects, entry: Option<Entry>, options: &Options) -> Option<std::sync::Arc<[u8]>> {
    let Some(entry) = entry else { return Some(std::sync::Arc::from([])) };
    let content = entry.kind.is_file().then(|| bounded_blob(objects, entry, options).ok())??;
    (!is_binary(&content)).then_some(content)
}

fn add_lines(patch: &mut Vec<u8>, old: &[u8], new: &[u8]) {
    let [old_lines, new_lines] =
        [old, new].map(|text| text.split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>());
    let mut add = |mark: u8, lines: &[&[u8]]| {
        for line in lines {
            patch.push(mark);
            patch.extend(line.iter().filter(|byte| !is_space(**byte)));
            patch.push(b'\n');
        }
    };
    let hunks = line_hunks(old, new);
    let mut told = 0;
    for (at, hunk) in hunks.iter().enumerate() {
        let (start, end) = (hunk.base.start as usize, hunk.base.end as usize);
        let next = hunks.get(at + 1).map_or(old_lines.len(), |next| next.base.start as usize);
        let after = next.min(end + CONTEXT);
        add(b' ', &old_lines[told.max(start.saturating_sub(CONTEXT))..start]);
        add(b'-', &old_lines[start..end]);
        add(b'+', &new_lines[hunk.own.start as usize..hunk.own.end as usize]);
        add(b' ', &old_lines[end..after]);
        told = after;
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
