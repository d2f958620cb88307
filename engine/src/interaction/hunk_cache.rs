//! Changed lines of files, worked out once for all tips: terminals that are built on each other
//! changed the same files in the same way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::merge::hunks::{ChangedLines, entry_lines};
use crate::merge::objects::Objects;
use crate::merge::options::Options;
use crate::model::{Change, ChangeSet, Entry, Hunks};

/// All are forgotten when there are more hunks than this; a file counts as one more.
const HUNKS_BUDGET: usize = 400_000;

/// The hunks of changes, by old and new version.
#[derive(Default)]
pub struct HunkCache(Mutex<KnownHunks>);

#[derive(Default)]
struct KnownHunks {
    by_versions: HashMap<[Option<Entry>; 2], Arc<ChangedLines>>,
    count: usize,
}

impl HunkCache {
    /// The hunks of one change. What cannot be read is tried again the next time.
    pub(super) fn of(
        &self,
        objects: &dyn Objects,
        old: Option<Entry>,
        new: Option<Entry>,
        options: &Options,
    ) -> ChangedLines {
        let cache = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = cache().by_versions.get(&[old, new]).cloned();
        if let Some(known) = known {
            return (*known).clone();
        }
        let made = entry_lines(objects, old, new, options);
        if !matches!(made.hunks, Hunks::Unknown(_)) {
            let mut cache = cache();
            if cache.count > HUNKS_BUDGET {
                *cache = KnownHunks::default();
            }
            cache.count += made.hunks.lines().len() + 1;
            cache.by_versions.insert([old, new], Arc::new(made.clone()));
        }
        made
    }

    /// Learns the hunks of these changes.
    pub fn know(&self, changes: &ChangeSet) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for Change { old, new, hunks, marker, .. } in changes {
            // without any, they may not have been asked for
            let count = match hunks {
                Hunks::Lines(lines) => lines.len() + 1,
                Hunks::Binary => 1,
                Hunks::None | Hunks::Unknown(_) => continue,
            };
            if cache.count > HUNKS_BUDGET {
                *cache = KnownHunks::default();
            }
            cache.count += count;
            let known = ChangedLines { hunks: hunks.clone(), marker: *marker };
            cache.by_versions.insert([*old, *new], Arc::new(known));
        }
    }
}
