//! Changed lines of files, worked out once for all tips: terminals that are built on each other
//! changed the same files in the same way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::merge::hunks::entry_hunks;
use crate::merge::{Objects, Options};
use crate::model::{Entry, Hunks};

/// They are forgotten when there are more hunks than this; a file counts as one more.
const HUNKS_BUDGET: usize = 400_000;

/// What is known so far.
#[derive(Default)]
pub struct HunkCache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    known: HashMap<[Option<Entry>; 2], Arc<Hunks>>,
    hunks: usize,
}

impl HunkCache {
    /// The hunks of one change. What cannot be read is asked for again the next time.
    pub(super) fn of(
        &self,
        objects: &dyn Objects,
        old: Option<Entry>,
        new: Option<Entry>,
        options: &Options,
    ) -> Hunks {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().known.get(&[old, new]).cloned();
        if let Some(known) = known {
            return (*known).clone();
        }
        let made = entry_hunks(objects, old, new, options);
        if !matches!(made, Hunks::Unknown(_)) {
            let mut kept = kept();
            if kept.hunks > HUNKS_BUDGET {
                *kept = Kept::default();
            }
            kept.hunks += made.lines().len() + 1;
            kept.known.insert([old, new], Arc::new(made.clone()));
        }
        made
    }
}
