//! The patch between two trees, as `git patch-id` reads it: without line numbers and white space, with three
//! lines of context. Two commits with the same patch did the same.

use crate::merge::diff::RawChange;
use crate::merge::hunks::{bounded_blob, is_binary, line_hunks};
use crate::merge::objects::Objects;
use crate::merge::options::Options;
use crate::model::Entry;

/// As many lines around a change belong to its patch.
const CONTEXT: usize = 3;

/// The patch of these changes, to be compared with others. A file that has no lines, or is too large to be
/// read, counts by its ids.
pub(crate) fn patch(objects: &dyn Objects, changes: &[RawChange], options: &Options) -> Vec<u8> {
    let mut patch = Vec::new();
    for RawChange { path, old, new } in changes {
        patch.extend_from_slice(path.as_bytes());
        patch.push(0);
        for entry in [old, new] {
            let mode = entry.map_or(0, |entry| entry.kind.mode());
            patch.extend_from_slice(&mode.to_le_bytes());
        }
        let texts = (text(objects, *old, options), text(objects, *new, options));
        match texts {
            (Some(old), Some(new)) => add_lines(&mut patch, &old, &new),
            (Some(_) | None, _) => {
                for entry in [old, new].into_iter().flatten() {
                    patch.extend_from_slice(entry.oid.as_bytes());
                }
            }
        }
        patch.push(0);
    }
    patch
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
            patch.extend(line.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')));
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
