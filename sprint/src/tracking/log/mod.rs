//! `session-sync-log.yaml`: the history of all that was written, one entry per run.
//!
//! It grows by one write at its end, whatever its length. An entry always ends with its `files`
//! on one line. A tail without it was cut off (process killed, disk full); it is turned into comments
//! before the next entry. When the file is full, it becomes `session-sync-log-1.yaml`, that one
//! `-2`, and so on.

mod shape;
mod tail;
mod text;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tail::Tail;

use super::edit::{self, EditRefusal};
use super::read::broken;
use super::{Lock, TrackingError};
use crate::files::{self, Pending};
use crate::model::{Edit, Finding, LogEntry, Severity, Step, Value};
use crate::yaml::{self, Problem, report};

/// The file that entries are appended to.
pub const FILE: &str = "session-sync-log.yaml";

/// Whether a log exists.
pub fn is_begun(dir: &Path) -> bool {
    dir.join(FILE).exists()
}

/// How long the log may get.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Size in bytes beyond which a new file is started.
    pub bytes: u64,
    /// How many full files are kept.
    pub kept: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 1 << 20, kept: 5 }
    }
}

/// Appends one entry to the log, which is created when missing.
///
/// # Errors
/// The log was edited by hand and has no place to append to; I/O errors. The
/// log is then as long as before.
pub fn append(lock: &Lock, dir: &Path, entry: &LogEntry) -> Result<(), TrackingError> {
    append_within(lock, dir, entry, Limits::default())
}

/// What tells the log apart from what it is once anything is appended; `None` where there is none.
pub fn state(dir: &Path) -> Option<(u64, Option<SystemTime>)> {
    let about = dir.join(FILE).metadata().ok()?;
    Some((about.len(), about.modified().ok()))
}

/// [`append`] with other limits.
///
/// # Errors
/// See [`append`].
pub fn append_within(
    _lock: &Lock,
    dir: &Path,
    entry: &LogEntry,
    limits: Limits,
) -> Result<(), TrackingError> {
    let path = dir.join(FILE);
    let text = text::text_of(entry);
    let length = match files::open(&path).and_then(|file| file.metadata()) {
        Ok(about) => about.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            let problem = Problem::new(error.to_string());
            return Err(TrackingError::Broken { file: FILE.to_string(), problem });
        }
        Err(error) => return Err(TrackingError::io("read", &path)(error)),
    };
    let is_full = length > 0 && length + text.len() as u64 > limits.bytes;
    if length > 0 && !is_full {
        return match Tail::read(&path, length)? {
            Tail::Whole => tail::grow(&path, length, &text),
            Tail::Torn { from, text: torn } => tail::mend(&path, from, &torn, &text),
            Tail::Unusual => append_by_edit(&path, entry),
        };
    }
    let old = (length == 0 && path.exists()).then_some(&b""[..]);
    let mut new = Pending::write(&path, old, format!("history:\n{text}").as_bytes())?;
    if is_full {
        rotate(dir, limits.kept)?;
    }
    match new.put()? {
        true => Ok(()),
        false => Err(TrackingError::ChangedMeanwhile { file: FILE.to_string() }),
    }
}

/// The newest `last` entries, oldest first; all entries if `last` is `None`. Rotated files are
/// read as far as needed. Whatever cannot be read becomes a finding.
pub fn read(dir: &Path, last: Option<usize>) -> (Vec<LogEntry>, Vec<Finding>) {
    let mut entries: Vec<LogEntry> = Vec::new();
    let mut findings = Vec::new();
    for number in 0.. {
        let name = name_of(number);
        let path = dir.join(&name);
        if fs::symlink_metadata(&path).is_err() {
            break;
        }
        let older = match yaml::read_bytes(&path) {
            Ok(bytes) => read_file(&name, &bytes, &mut findings),
            Err(problem) => {
                findings.push(broken(&name, &problem));
                vec![]
            }
        };
        entries.splice(0..0, older);
        if last.is_some_and(|last| entries.len() >= last) {
            break;
        }
    }
    if let Some(last) = last {
        entries.drain(..entries.len().saturating_sub(last));
    }
    (entries, findings)
}

fn name_of(number: usize) -> String {
    match number {
        0 => FILE.to_string(),
        _ => format!("session-sync-log-{number}.yaml"),
    }
}

fn read_file(name: &str, bytes: &[u8], findings: &mut Vec<Finding>) -> Vec<LogEntry> {
    // A truncated entry can end inside a character.
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    let value = yaml::decode(bytes).and_then(yaml::parse).or_else(|problem| {
        // Killed while writing: all entries but the last are complete.
        let start = valid.rfind("\n  - at: ").ok_or_else(|| problem.clone())?;
        let value = yaml::parse(&valid[..start + 1]).map_err(|_| problem.clone())?;
        let suggestion = "nothing to do; the next sync turns the rest into comments";
        let torn = Problem::at(valid, start + 1, "the last entry was cut off while it was written");
        findings.push(report::finding(name, Severity::Warning, vec![], &torn, suggestion));
        Ok(value)
    });
    let value = match value {
        Ok(value) => value,
        Err(problem) => {
            findings.push(broken(name, &problem));
            return vec![];
        }
    };
    let items = match value.get("history") {
        Some(serde_yaml::Value::Sequence(items)) => items.clone(),
        Some(serde_yaml::Value::Null) => vec![],
        None if value.is_null() => vec![],
        _ => {
            findings.push(report::broken(name, &Problem::new("\"history\" must be a list")));
            return vec![];
        }
    };
    let mut entries = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match shape::entry(&item) {
            Ok(entry) => entries.push(entry),
            Err(error) => {
                let problem =
                    Problem::new(format!("entry {} of \"history\" cannot be read: {error}", index + 1));
                let suggestion = "fix it by hand; the other entries were read";
                findings.push(report::finding(name, Severity::Warning, vec![], &problem, suggestion));
            }
        }
    }
    entries
}

/// Appends to a log that somebody edited, by a guarded edit of the whole file.
fn append_by_edit(path: &Path, entry: &LogEntry) -> Result<(), TrackingError> {
    let broken = |problem| TrackingError::Broken { file: FILE.to_string(), problem };
    let bytes = yaml::read_bytes(path).map_err(broken)?;
    let text = yaml::decode(&bytes).map_err(broken)?;
    let Value::Map(mut fields) = text::value_of(entry) else { return Ok(()) };
    fields.push(("files".to_string(), Value::texts(&entry.files)));
    let edit = Edit::append(FILE, &[Step::from("history")], Value::Map(fields));
    let new = edit::apply(text, &[&edit]).map_err(|refusal| match refusal {
        EditRefusal::Broken(problem) => TrackingError::Broken { file: FILE.to_string(), problem },
        EditRefusal::Edit(problem) => TrackingError::Refused { file: FILE.to_string(), problem },
    })?;
    if Pending::write(path, Some(&bytes), new.as_bytes())?.put()? {
        Ok(())
    } else {
        Err(TrackingError::ChangedMeanwhile { file: FILE.to_string() })
    }
}

/// Rotates the log: the full file becomes the first of the kept files. Each step is one rename, from the
/// oldest on, so that a killed process loses no file but the one that was to be dropped.
fn rotate(dir: &Path, kept: usize) -> Result<(), TrackingError> {
    let path = |number: usize| -> PathBuf { dir.join(name_of(number)) };
    let there = (0..kept.max(1)).take_while(|number| fs::symlink_metadata(path(*number)).is_ok()).count();
    for number in (0..there).rev() {
        fs::rename(path(number), path(number + 1)).map_err(TrackingError::io("rename", &path(number)))?;
    }
    files::sync_folder(dir);
    Ok(())
}
