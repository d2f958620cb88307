//! The numbered changes, kept outside of the repository, so that a reader who was away can go on where it stopped. All that
//! watch with the same flags number them together: each adds what nobody else has told yet.

use std::collections::VecDeque;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files;
use crate::files::lock::RunLock;

/// As many bytes of the last lines are kept: a line can be long where many conflict in one file.
const MOST_BYTES: usize = 1 << 20;

/// A journal is no longer than this.
const LONGEST: u64 = 64 << 20;

/// What is kept.
#[derive(Default, Serialize, Deserialize)]
struct KeptChanges {
    /// The number of the last change.
    sequence: u64,
    /// When that was looked for, in nanoseconds since 1970.
    #[serde(default)]
    looked: i64,
    /// What `status` answered then.
    state: Value,
    /// The last changes.
    lines: VecDeque<String>,
}

/// Which file it was that was read or written.
type JournalVersion = (u64, i64, i64, u64);

/// The changes that are numbered.
#[derive(Default)]
pub(super) struct Journal {
    kept: KeptChanges,
    /// Where it is kept.
    path: Option<PathBuf>,
    /// The file that has it.
    version: Option<JournalVersion>,
    /// The number of the last change that was told here.
    told: u64,
}

/// An answer of `status`, and when it was looked for.
pub(super) struct SeenState {
    pub state: Value,
    /// In nanoseconds since 1970.
    pub looked: i64,
}

impl Journal {
    /// The one in this file; without one, it is kept for this process alone.
    pub fn open(path: Option<&Path>) -> Journal {
        Journal { path: path.map(Path::to_path_buf), ..Journal::default() }
    }

    /// Whether changes are kept for a reader who comes back.
    pub fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// The number of the last change.
    pub fn sequence(&self) -> u64 {
        self.kept.sequence
    }

    /// What `status` answered last.
    pub fn state(&self) -> &Value {
        &self.kept.state
    }

    /// The changes after this one; `None` where not all of them are known any more.
    pub fn since(&self, sequence: u64) -> Option<Vec<String>> {
        let missed = usize::try_from(self.kept.sequence.checked_sub(sequence)?).ok()?;
        let from = self.kept.lines.len().checked_sub(missed)?;
        Some(self.kept.lines.iter().skip(from).cloned().collect())
    }

    /// Adds what changed since the state that was told last, made of that and its number, unless another process has told
    /// of a later look. Returns all changes that were not told here yet; `None` where not all of them are known.
    pub fn add(
        &mut self,
        seen: SeenState,
        line: impl FnOnce(&Value, u64) -> Option<Value>,
    ) -> Option<Vec<String>> {
        let lock = self.path.as_ref().map(|path| RunLock::take(&path.with_extension("lock"), WHO));
        let held = match lock.transpose() {
            Ok(held) => held,
            // others do not know of what is told from now on
            Err(_) => {
                self.path = None;
                None
            }
        };
        self.reload();
        let mut own = None;
        if self.kept.looked <= seen.looked {
            own = line(&self.kept.state, self.kept.sequence + 1).map(|line| line.to_string());
        }
        if let Some(line) = &own {
            self.kept.sequence += 1;
            (self.kept.state, self.kept.looked) = (seen.state, seen.looked);
            self.kept.lines.push_back(line.clone());
            self.forget();
            self.write();
        }
        drop(held);
        let told = std::mem::replace(&mut self.told, self.kept.sequence);
        match own {
            // it may be too long to be kept
            Some(line) if told + 1 == self.kept.sequence => Some(vec![line]),
            Some(_) | None => self.since(told),
        }
    }

    /// Forgets the oldest lines, where they are too long in all.
    fn forget(&mut self) {
        let mut bytes: usize = self.kept.lines.iter().map(String::len).sum();
        while bytes > MOST_BYTES
            && let Some(old) = self.kept.lines.pop_front()
        {
            bytes -= old.len();
        }
    }

    /// Reads what others have told.
    fn reload(&mut self) {
        let Some(path) = &self.path else { return };
        let version = version(path);
        if version == self.version && version.is_some() {
            return;
        }
        let text = files::read_text(path, LONGEST).unwrap_or_default();
        self.kept = serde_json::from_str(&text).unwrap_or_default();
        self.version = version;
    }

    fn write(&mut self) {
        let Some(path) = &self.path else { return };
        let text = serde_json::to_vec(&self.kept).unwrap_or_default();
        match text.len() as u64 <= LONGEST && files::put_private(path, &text).is_ok() {
            true => self.version = version(path),
            // others do not know of what is told from now on
            false => self.path = None,
        }
    }
}

/// What others are told while a change is added.
const WHO: &str = "track-work status --watch";

fn version(path: &Path) -> Option<JournalVersion> {
    let about = fs::metadata(path).ok()?;
    Some((about.ino(), about.mtime(), about.mtime_nsec(), about.size()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(journal: &mut Journal, looked: i64, text: &str) -> Option<Vec<String>> {
        let state = Value::from(text);
        let seen = SeenState { state: state.clone(), looked };
        journal.add(seen, |old, number| (*old != state).then(|| format!("{number} {text}").into()))
    }

    #[test]
    fn what_is_kept_is_bounded_and_without_gaps() {
        let mut journal = Journal::default();
        for number in 1..=30 {
            let told = add(&mut journal, number, &format!("{number}{}", "x".repeat(100_000)));
            assert_eq!((journal.sequence(), told.map(|told| told.len())), (number as u64, Some(1)));
        }
        assert!(journal.kept.lines.iter().map(String::len).sum::<usize>() <= MOST_BYTES);
        assert_eq!(journal.since(30), Some(Vec::new()));
        let missed = journal.since(25).unwrap();
        assert!(missed.len() == 5 && missed[0].starts_with("\"26 "));
        assert_eq!((journal.since(3), journal.since(31)), (None, None));
        // too long to be kept, and told all the same
        let long = add(&mut journal, 31, &"x".repeat(2 * MOST_BYTES));
        assert_eq!((long.unwrap().len(), journal.since(30)), (1, None));
    }

    #[test]
    fn all_that_watch_tell_the_same_changes_with_the_same_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watch/journal.json");
        let [mut one, mut other] = [(); 2].map(|()| Journal::open(Some(&path)));
        let said = |told: Option<Vec<String>>| told.unwrap().join(", ");
        assert_eq!(said(add(&mut one, 10, "a")), "\"1 a\"");
        assert_eq!(said(add(&mut other, 11, "a")), "\"1 a\"");
        assert_eq!(said(add(&mut other, 21, "b")), "\"2 b\"");
        // it looked before: the later look has told all of it
        assert_eq!(said(add(&mut one, 20, "between")), "\"2 b\"");
        assert_eq!(said(add(&mut one, 30, "c")), "\"3 c\"");
        assert_eq!(said(add(&mut other, 31, "d")), "\"3 c\", \"4 d\"");
        // the file is lost: the numbers begin anew, and so does a reader
        fs::remove_file(&path).unwrap();
        assert_eq!(add(&mut one, 40, "e"), None);
        assert_eq!(one.sequence(), 1);
    }
}
