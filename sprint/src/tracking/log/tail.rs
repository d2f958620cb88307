//! The end of the log: recognizing it, appending to it, repairing it.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::files;
use crate::tracking::TrackingError;
use crate::yaml;

/// How a log ends.
pub(super) enum Tail {
    /// With a complete entry, in a file that begins as we write it.
    Whole,
    /// With an entry that was cut off.
    Torn { from: u64, text: String },
    /// In any other way: somebody edited the log.
    Unusual,
}

/// How an entry begins.
const ITEM: &[u8] = b"  - at: ";

/// How many bytes of the end are read: more than an entry has.
const TAIL: u64 = 256 << 10;

impl Tail {
    pub(super) fn read(path: &Path, length: u64) -> Result<Tail, TrackingError> {
        let failed = TrackingError::io("read", path);
        Tail::look(path, length).map_err(failed)
    }

    fn look(path: &Path, length: u64) -> std::io::Result<Tail> {
        let mut file = files::open(path)?;
        let mut head = [0u8; 9];
        if length < 9 || file.read_exact(&mut head).is_err() || &head != b"history:\n" {
            return Ok(Tail::Unusual);
        }
        let from = (length - 9).saturating_sub(TAIL) + 8;
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.take(length - from).read_to_end(&mut tail)?;
        let line = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        if line < tail.len() && ITEM.starts_with(&tail[line..]) {
            let text = String::from_utf8_lossy(&tail[line..]).into_owned();
            return Ok(Tail::Torn { from: from + line as u64, text });
        }
        let start = find_last(&tail, b"\n  - at: ").map(|at| at + 1);
        let Some(start) = start else {
            return Ok(if length == 9 { Tail::Whole } else { Tail::Unusual });
        };
        let entry = &tail[start..];
        if entry.contains(&b'\r') {
            return Ok(Tail::Unusual);
        }
        let last = entry.strip_suffix(b"\n").and_then(|lines| lines.rsplit(|byte| *byte == b'\n').next());
        if last.is_some_and(|line| line.starts_with(b"    files: [") && line.ends_with(b"]")) {
            return Ok(Tail::Whole);
        }
        let text = String::from_utf8_lossy(entry).into_owned();
        let ours = text.lines().all(|line| line.starts_with("  ")) && !text.contains('#');
        // Text that parses was completed by somebody: only a complete line can be an end.
        let closed = text.ends_with('\n') && yaml::parse(&format!("history:\n{text}")).is_ok();
        if ours && (!closed || !text.contains("\n    files: ")) {
            Ok(Tail::Torn { from: from + start as u64, text })
        } else {
            Ok(Tail::Unusual)
        }
    }
}

fn find_last(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).rposition(|window| window == needle)
}

/// Appends with a single write; on an error the file keeps its length.
pub(super) fn grow(path: &Path, length: u64, text: &str) -> Result<(), TrackingError> {
    let failed = |source| TrackingError::Io { doing: "append to", path: path.to_path_buf(), source };
    let mut file = OpenOptions::new().append(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(|error| {
        let _ = file.set_len(length);
        failed(error)
    })
}

/// Turns the truncated entry into comments, then appends. Only that entry is overwritten: the complete
/// entries before it are not touched.
pub(super) fn mend(path: &Path, from: u64, torn: &str, text: &str) -> Result<(), TrackingError> {
    let comments: String = torn.lines().map(|line| format!("  # cut off: {}\n", line.trim_end())).collect();
    let failed = |source| TrackingError::Io { doing: "append to", path: path.to_path_buf(), source };
    let mut file = OpenOptions::new().write(true).open(path).map_err(failed)?;
    let mut write = |text: &str| -> std::io::Result<()> {
        file.seek(SeekFrom::Start(from))?;
        file.write_all(text.as_bytes())?;
        file.set_len(from + text.len() as u64)?;
        file.sync_data()
    };
    write(&format!("{comments}{text}")).map_err(|error| {
        let _ = write(torn);
        failed(error)
    })?;
    Ok(())
}
