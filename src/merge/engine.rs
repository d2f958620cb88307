use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use foldhash::HashMap;

use crate::merge::diff::{TreeDiff, diff_trees};
use crate::merge::file_merge::TextMerge;
use crate::merge::objects::{Missing, Objects};
use crate::merge::options::{Assumed, Options};
use crate::merge::recursive::Base;
use crate::merge::renames::similarity::Fingerprint;
use crate::merge::renames::traversal_order::{Listing, Tie};
use crate::model::{Entry, Oid, RepoPath, Stages};

/// Fingerprints are forgotten when they hold more bytes than this.
const FINGERPRINT_BUDGET: usize = 64 << 20;

/// Tree comparisons are forgotten when they hold more changes than this.
const CHANGES_BUDGET: usize = 100_000;

/// Text merges are forgotten when they hold more regions than this; a clean one counts as one.
const REGIONS_BUDGET: usize = 200_000;

/// Sizes of files are forgotten when there are more than this.
const SIZES_BUDGET: usize = 200_000;

/// Scores of files are forgotten when there are more than this.
const SCORES_BUDGET: usize = 100_000;

/// Listings of folders are forgotten when they hold more names than this.
const NAMES_BUDGET: usize = 50_000;

/// What every part of the engine is handed: where objects come from, the settings, and what was
/// worked out before. For one thread.
pub(crate) struct Engine<'a> {
    pub objects: &'a dyn Objects,
    pub options: &'a Options,
    fingerprints: RefCell<Fingerprints>,
    text_merges: RefCell<TextMerges>,
    diffs: RefCell<Diffs>,
    bases: RefCell<HashMap<Vec<Oid>, Base>>,
    assumed: RefCell<BTreeSet<Assumed>>,
    sizes: RefCell<HashMap<Oid, u64>>,
    scores: RefCell<HashMap<(Oid, Oid), u64>>,
    listings: RefCell<Listings>,
    sought: RefCell<Sought>,
}

/// What the searches for renames in a merge came to.
#[derive(Debug, Default)]
pub(crate) struct Sought {
    /// The contents of our side's files that were looked for by name or likeness.
    pub open: BTreeSet<Oid>,
    /// The names that one of them and one new file of our side had alone.
    pub lone: BTreeSet<Vec<u8>>,
    /// Where files of our side were found.
    pub found: BTreeSet<RepoPath>,
    /// Whether the order counted in which files were come upon, on either side.
    pub tie: Tie,
}

/// Base, ours, theirs, and whether it is a union.
pub(super) type TextKey = (Stages<Option<Oid>>, bool);

#[derive(Default)]
struct Fingerprints {
    known: HashMap<Oid, Rc<Fingerprint>>,
    bytes: usize,
}

#[derive(Default)]
struct Listings {
    known: HashMap<Stages<Option<Oid>>, Rc<Listing>>,
    names: usize,
}

#[derive(Default)]
struct TextMerges {
    known: HashMap<TextKey, TextMerge>,
    regions: usize,
}

#[derive(Default)]
struct Diffs {
    known: HashMap<(Oid, Oid), Rc<TreeDiff>>,
    changes: usize,
}

impl<'a> Engine<'a> {
    pub fn new(objects: &'a dyn Objects, options: &'a Options) -> Engine<'a> {
        Engine {
            objects,
            options,
            fingerprints: RefCell::default(),
            text_merges: RefCell::default(),
            diffs: RefCell::default(),
            bases: RefCell::default(),
            assumed: RefCell::default(),
            sizes: RefCell::default(),
            scores: RefCell::default(),
            listings: RefCell::default(),
            sought: RefCell::default(),
        }
    }

    /// The fingerprint of a file; `None` where it is larger than what is read at all.
    pub fn fingerprint(&self, entry: Entry) -> Result<Option<Rc<Fingerprint>>, Missing> {
        if let Some(known) = self.fingerprints.borrow().known.get(&entry.oid) {
            return Ok(Some(known.clone()));
        }
        if self.blob_size(entry.oid)? > self.options.largest_blob {
            return Ok(None);
        }
        let made = Rc::new(Fingerprint::new(&self.objects.blob(entry.oid)?));
        let mut kept = self.fingerprints.borrow_mut();
        if kept.bytes > FINGERPRINT_BUDGET {
            *kept = Fingerprints::default();
        }
        kept.bytes += made.memory();
        kept.known.insert(entry.oid, made.clone());
        Ok(Some(made))
    }

    /// The size of a file, remembered.
    pub fn blob_size(&self, id: Oid) -> Result<u64, Missing> {
        if let Some(known) = self.sizes.borrow().get(&id) {
            return Ok(*known);
        }
        let size = self.objects.blob_size(id)?;
        let mut kept = self.sizes.borrow_mut();
        if kept.len() > SIZES_BUDGET {
            kept.clear();
        }
        kept.insert(id, size);
        Ok(size)
    }

    /// How alike two files are, if that was worked out before.
    pub fn known_score(&self, contents: (Oid, Oid)) -> Option<u64> {
        self.scores.borrow().get(&contents).copied()
    }

    pub fn remember_score(&self, contents: (Oid, Oid), score: u64) {
        let mut kept = self.scores.borrow_mut();
        if kept.len() > SCORES_BUDGET {
            kept.clear();
        }
        kept.insert(contents, score);
    }

    /// The differing names of three folders side by side, remembered.
    pub fn listing(
        &self,
        folders: Stages<Option<Oid>>,
        make: impl FnOnce() -> Result<Listing, Missing>,
    ) -> Result<Rc<Listing>, Missing> {
        if let Some(known) = self.listings.borrow().known.get(&folders) {
            return Ok(known.clone());
        }
        let made = Rc::new(make()?);
        let mut kept = self.listings.borrow_mut();
        if kept.names > NAMES_BUDGET {
            *kept = Listings::default();
        }
        kept.names += made.len() + 1;
        kept.known.insert(folders, made.clone());
        Ok(made)
    }

    /// What differs between two trees, remembered.
    pub fn diff(&self, old: Oid, new: Oid) -> Result<Rc<TreeDiff>, Missing> {
        if let Some(known) = self.diffs.borrow().known.get(&(old, new)) {
            return Ok(known.clone());
        }
        let made = Rc::new(diff_trees(self.objects, old, new)?);
        let mut kept = self.diffs.borrow_mut();
        if kept.changes > CHANGES_BUDGET {
            *kept = Diffs::default();
        }
        kept.changes += made.changes.len();
        kept.known.insert((old, new), made.clone());
        Ok(made)
    }

    pub fn known_text_merge(&self, key: &TextKey) -> Option<TextMerge> {
        self.text_merges.borrow().known.get(key).cloned()
    }

    pub fn remember_text_merge(&self, key: TextKey, merge: &TextMerge) {
        let mut kept = self.text_merges.borrow_mut();
        if kept.regions > REGIONS_BUDGET {
            *kept = TextMerges::default();
        }
        kept.regions += match merge {
            TextMerge::Conflict(regions) => regions.len(),
            TextMerge::Clean(_) | TextMerge::CleanUnwritten | TextMerge::Binary | TextMerge::Undecided(_) => {
                1
            }
        };
        kept.known.insert(key, merge.clone());
    }

    /// Does some work and tells what was looked for meanwhile.
    pub fn seeking<T>(&self, work: impl FnOnce() -> T) -> (T, Sought) {
        let before = self.sought.take();
        let done = work();
        (done, self.sought.replace(before))
    }

    /// Notes what was looked for.
    pub fn seek(&self, more: Sought) {
        let mut sought = self.sought.borrow_mut();
        sought.open.extend(more.open);
        sought.lone.extend(more.lone);
        sought.found.extend(more.found);
        sought.tie = sought.tie.max(more.tie);
    }

    /// Does some work and tells what it rests on besides contents and settings.
    pub fn watching<T>(&self, work: impl FnOnce() -> T) -> (T, Vec<Assumed>) {
        let before = self.assumed.take();
        let done = work();
        (done, self.assumed.replace(before).into_iter().collect())
    }

    /// Notes what the present work rests on.
    pub fn assume(&self, assumed: &[Assumed]) {
        self.assumed.borrow_mut().extend(assumed.iter().cloned());
    }

    pub fn known_base(&self, bases: &[Oid]) -> Option<Base> {
        self.bases.borrow().get(bases).cloned()
    }

    pub fn remember_base(&self, bases: Vec<Oid>, base: &Base) {
        self.bases.borrow_mut().insert(bases, base.clone());
    }
}
