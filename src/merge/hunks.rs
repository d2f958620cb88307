//! Changed lines: the histogram diff with git's sliding of ambiguous hunks, without the indent
//! heuristic, which merges do not use.

use imara_diff::{Algorithm, Diff, InternedInput, sources::byte_lines};

use crate::model::{Entry, Hunk, Hunks, Reason};

use super::Objects;

/// How much of a file is looked at for a NUL, as git does.
const LOOKED_AT: usize = 8000;

/// Whether git takes a file for binary: a NUL in its first 8000 bytes.
pub(super) fn is_binary(content: &[u8]) -> bool {
    content[..content.len().min(LOOKED_AT)].contains(&0)
}

/// The hunks between two versions of a text.
pub(super) fn text_hunks(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    diff.hunks().map(|hunk| Hunk { base: hunk.before, own: hunk.after }).collect()
}

/// The hunks of a change. What cannot be read is unknown.
pub(super) fn change_hunks(
    objects: &dyn Objects,
    old: Option<Entry>,
    new: Option<Entry>,
    limit: u64,
) -> Hunks {
    let text_of = |entry: Option<Entry>| entry.is_none_or(|entry| entry.kind.is_file());
    if !text_of(old) || !text_of(new) || old.map(|entry| entry.oid) == new.map(|entry| entry.oid) {
        return Hunks::None;
    }
    for entry in old.into_iter().chain(new) {
        match objects.blob_size(entry.oid) {
            Ok(size) if size > limit => {
                return Hunks::Unknown(Reason(format!(
                    "it has {size} bytes, more than the limit of {limit}"
                )));
            }
            Ok(_) => {}
            Err(missing) => return Hunks::Unknown(missing.to_string().into()),
        }
    }
    let read =
        |entry: Option<Entry>| entry.map_or(Ok(std::sync::Arc::from([])), |entry| objects.blob(entry.oid));
    match (read(old), read(new)) {
        (Ok(old), Ok(new)) if is_binary(&old) || is_binary(&new) => Hunks::Binary,
        (Ok(old), Ok(new)) => Hunks::Lines(text_hunks(&old, &new)),
        (Err(missing), _) | (_, Err(missing)) => Hunks::Unknown(missing.to_string().into()),
    }
}
