//! Changed lines: the histogram diff, placed as git places it.

use imara_diff::{Algorithm, Diff, InternedInput, sources::byte_lines};

use super::{Missing, Objects, Options};
use crate::model::{Entry, Hunk, Hunks, Reason};

/// How many leading bytes are searched for a zero byte to tell binary content from text.
const BINARY_PROBE: usize = 8000;

/// Whether git would call this content binary.
pub(super) fn is_binary(content: &[u8]) -> bool {
    content[..content.len().min(BINARY_PROBE)].contains(&0)
}

/// The hunks between two texts, in order. The place of a hunk that could slide is git's without
/// its indent heuristic, which merges do not use.
pub(super) fn line_hunks(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    diff.hunks().map(|hunk| Hunk { base: hunk.before, own: hunk.after }).collect()
}

/// The hunks of one change; what cannot be read makes them unknown.
pub(super) fn entry_hunks(
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
        (Err(reason), _) | (_, Err(reason)) => Hunks::Unknown(reason),
        (Ok(old), Ok(new)) => {
            let (old, new) = (old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
            if is_binary(old) || is_binary(new) { Hunks::Binary } else { Hunks::Lines(line_hunks(old, new)) }
        }
    }
}

/// The content of an entry, unless it is missing or larger than what is read at all.
pub(super) fn bounded_blob(
    objects: &dyn Objects,
    entry: Entry,
    options: &Options,
) -> Result<std::sync::Arc<[u8]>, Reason> {
    let told = |missing: Missing| Reason(missing.to_string());
    let size = objects.blob_size(entry.oid).map_err(told)?;
    if size > options.largest_blob {
        return Err(Reason(format!(
            "blob {} has {size} bytes, more than the {} that are read",
            entry.oid, options.largest_blob
        )));
    }
    objects.blob(entry.oid).map_err(told)
}
