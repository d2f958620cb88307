//! The numbered changes, kept outside of the repository, so that a reader who was away can go on where it stopped.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files;
use crate::files::lock::RunLock;

/// As many lines are kept.
const MOST_LINES: usize = 500;

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
    lines: Vec<Value>,
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
    pub fn since(&self, sequence: u64) -> Option<Vec<Value>> {
        let missed = usize::try_from(self.kept.sequence.checked_sub(sequence)?).ok()?;
        let from = self.kept.lines.len().checked_sub(missed)?;
        Some(self.kept.lines[from..].to_vec())
    }

    /// Adds a change, made of its number.
    pub fn add(&mut self, state: Value, line: impl FnOnce(u64) -> Value) -> Value {
        self.kept.sequence += 1;
        let line = line(self.kept.sequence);
        self.kept.state = state;
        self.kept.lines.push(line.clone());
        let old = self.kept.lines.len().saturating_sub(MOST_LINES);
        self.kept.lines.drain(..old);
        if let Some((path, _)) = &self.file {
            // without it, a reader who comes back begins anew
            _ = serde_json::to_vec(&self.kept).map(|text| files::put_private(path, &text));
        }
        line
    }
}
