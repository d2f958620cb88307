//! What is known of commits and trees from earlier questions, of this run or of one before.
//!
//! Everything here is an answer about contents, which are named by their ids, so it cannot change.
//! What an answer rests on besides (attributes, the histories of submodules) is noted with it, and
//! asked again before the answer counts. The options are not part of it: one memory serves one set
//! of them. What could not be determined is never in it, nor a tree that exists in memory alone.

use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::HashMap;

use super::hunk_cache::HunkCache;
use super::touched_paths::TouchedPaths;
use crate::merge::MergeDependency;
use crate::merge::commits::{Ancestry, CommitFacts};
use crate::merge::recursive::Node;
use crate::model::{ChangeSet, ConflictPath, Hunk, MergeOutcome, Oid};

/// How a head relates to the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// The best common ancestors, the newest first.
    pub bases: Vec<Oid>,
    /// Commits that the target lacks.
    pub ahead: usize,
    /// Commits that only the target has.
    pub behind: usize,
    /// Whether the target contains the head.
    pub contained: bool,
    /// Whether the target's first parents lead to the head: where nobody worked on the branch, they do.
    pub in_line: bool,
}

/// One tip merged into the target.
#[derive(Clone, Debug)]
pub struct TargetMerge {
    /// What becomes of it. Its tree may not be at hand.
    pub outcome: MergeOutcome,
    /// Where it could meet others.
    pub touched: TouchedPaths,
    /// Where it stands beside the target, where that is known.
    pub ancestry: Option<Arc<Ancestry>>,
    /// What this rests on.
    pub assumed: Vec<MergeDependency>,
}

/// Two tips whose footprints meet, both merged into the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairMerge {
    /// What stops, the lines being those of the tips' own versions.
    pub conflicts: Vec<ConflictPath>,
    /// What the answer rests on, in words.
    pub assumes: Option<String>,
    /// What it rests on besides the contents.
    pub assumed: Vec<MergeDependency>,
}

/// A target and a tip.
pub type TipKey = (Option<Oid>, Node);

/// A target and two tips, in the order in which they were asked for.
pub type PairKey = (Option<Oid>, [Node; 2]);

/// Two versions of a file, the lesser id first; `None` where there was no file.
pub type VersionsKey = [Option<Oid>; 2];

/// All that is known.
#[derive(Default)]
pub struct AnswerCache {
    /// Heads and merge bases.
    pub commits: Table<Oid, CommitFacts>,
    /// By head and target.
    pub relations: Table<(Oid, Oid), Relation>,
    /// By base tree and tip tree; no layers.
    pub changes: Table<(Oid, Oid), ChangeSet>,
    /// By target and tip.
    pub tips: Table<TipKey, TargetMerge>,
    /// By target and both tips.
    pub pairs: Table<PairKey, PairMerge>,
    /// What differs between two versions; `None` where there are no lines that could be compared.
    pub versions: Table<VersionsKey, Option<Vec<Hunk>>>,
    /// Changed lines of files; for this run alone.
    pub lines: HunkCache,
}

impl AnswerCache {
    /// Whether anything was put into it.
    pub fn has_grown(&self) -> bool {
        self.commits.has_grown()
            || self.relations.has_grown()
            || self.changes.has_grown()
            || self.tips.has_grown()
            || self.pairs.has_grown()
            || self.versions.has_grown()
    }
}

/// Answers of one kind.
pub struct Table<K, V> {
    slots: Mutex<HashMap<K, Slot<V>>>,
    grown: AtomicBool,
}

struct Slot<V> {
    answer: Arc<V>,
    idle: u8,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Table<K, V> {
        Table { slots: Mutex::default(), grown: AtomicBool::new(false) }
    }
}

impl<K: Eq + Hash + Clone, V> Table<K, V> {
    /// The answer, if it is known. It counts as used then.
    pub fn find(&self, key: &K) -> Option<Arc<V>> {
        let mut slots = self.slots();
        let slot = slots.get_mut(key)?;
        slot.idle = 0;
        Some(slot.answer.clone())
    }

    /// Keeps a new answer.
    pub fn keep(&self, key: K, answer: Arc<V>) {
        self.slots().insert(key, Slot { answer, idle: 0 });
        self.grown.store(true, Ordering::Relaxed);
    }

    /// Keeps an answer, unless this very one is kept already.
    pub(super) fn keep_new(&self, key: K, answer: &Arc<V>) {
        let known = self.slots().get(&key).is_some_and(|slot| Arc::ptr_eq(&slot.answer, answer));
        if !known {
            self.keep(key, answer.clone());
        }
    }

    /// Puts back an answer that was not used for so many runs, this one included.
    pub fn restore(&self, key: K, answer: V, idle: u8) {
        self.slots().insert(key, Slot { answer: Arc::new(answer), idle });
    }

    /// All answers, each with the number of runs in which it was not used.
    pub fn all(&self) -> Vec<(K, Arc<V>, u8)> {
        self.slots().iter().map(|(key, slot)| (key.clone(), slot.answer.clone(), slot.idle)).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many answers there are.
    pub(super) fn len(&self) -> usize {
        self.slots().len()
    }

    /// Whether anything was kept since it was made.
    fn has_grown(&self) -> bool {
        self.grown.load(Ordering::Relaxed)
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<K, Slot<V>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
