//! The numbered changes, kept outside of the repository, so that a reader who was away can go on where it stopped.

use std::collections::VecDeque;
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
    /// What `status` answered then.
    state: Value,
    /// The last changes.
    lines: VecDeque<String>,
}

/// The changes that are numbered.
#[derive(Default)]
pub(super) struct Journal {
    kept: KeptChanges,
    /// Where it is kept, while nobody else writes there.
    file: Option<(PathBuf, RunLock)>,
}

impl Journal {
    /// The one in this file; one that is not kept, where another process writes it.
    pub fn open(path: Option<&Path>) -> Journal {
        let Some(path) = path else { return Journal::default() };
        let lock = path.with_extension("lock");
        // who has it is not waited for
        if RunLock::holder(&lock).is_some() {
            return Journal::default();
        }
        let Ok(lock) = RunLock::take(&lock, "track-work status --watch") else { return Journal::default() };
        let text = files::read_text(path, LONGEST).unwrap_or_default();
        let kept = serde_json::from_str(&text).unwrap_or_default();
        Journal { kept, file: Some((path.to_path_buf(), lock)) }
    }

    /// Whether changes are kept for a reader who comes back.
    pub fn is_kept(&self) -> bool {
        self.file.is_some()
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

    /// Adds a change, made of its number.
    pub fn add(&mut self, state: Value, line: impl FnOnce(u64) -> Value) -> String {
        self.kept.sequence += 1;
        let line = line(self.kept.sequence).to_string();
        self.kept.state = state;
        self.kept.lines.push_back(line.clone());
        let mut bytes: usize = self.kept.lines.iter().map(String::len).sum();
        while bytes > MOST_BYTES
            && let Some(old) = self.kept.lines.pop_front()
        {
            bytes -= old.len();
        }
        if let Some((path, _)) = &self.file {
            // without it, a reader who comes back begins anew
            _ = serde_json::to_vec(&self.kept).map(|text| files::put_private(path, &text));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_without_gaps() {
        let mut journal = Journal::default();
        for number in 1..=30 {
            journal.add(Value::Null, |sequence| format!("{sequence} {}", "x".repeat(100_000)).into());
            assert_eq!(journal.sequence(), number);
        }
        assert!(journal.kept.lines.iter().map(String::len).sum::<usize>() <= MOST_BYTES);
        assert_eq!(journal.since(30), Some(Vec::new()));
        let missed = journal.since(25).unwrap();
        assert!(missed.len() == 5 && missed[0].starts_with("\"26 "));
        assert_eq!((journal.since(3), journal.since(31)), (None, None));
    }
}
