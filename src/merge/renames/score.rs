//! How similar files are, each two of them compared once.

use std::rc::Rc;

use crate::merge::context::MergeContext;
use crate::merge::memo::Memo;
use crate::merge::objects::Missing;
use crate::merge::renames::similarity::{Fingerprint, RENAME_SCORE, sizes_allow};
use crate::merge::renames::{RenameCandidate, RenameFinder, Unreadable};
use crate::model::{Oid, RepoPath};

/// Fingerprints are forgotten when they hold more bytes than this.
const FINGERPRINT_BUDGET: usize = 64 << 20;

/// Sizes of files are forgotten when there are more than this.
const SIZES_BUDGET: usize = 200_000;

/// Scores of files are forgotten when there are more than this.
const SCORES_BUDGET: usize = 100_000;

/// Finds renames, and remembers what it learnt of the files.
pub(crate) struct RenameDetection<'a> {
    pub context: MergeContext<'a>,
    sizes: Memo<Oid, u64>,
    fingerprints: Memo<Oid, Rc<Fingerprint>>,
    scores: Memo<(Oid, Oid), u64>,
}

impl<'a> RenameDetection<'a> {
    /// Without any file yet.
    pub fn new(context: MergeContext<'a>) -> RenameDetection<'a> {
        RenameDetection {
            context,
            sizes: Memo::new(SIZES_BUDGET),
            fingerprints: Memo::new(FINGERPRINT_BUDGET),
            scores: Memo::new(SCORES_BUDGET),
        }
    }

    /// The size of a file.
    pub fn blob_size(&self, id: Oid) -> Result<u64, Missing> {
        self.sizes.find_or_make(id, |_| 1, || self.context.objects.blob_size(id))
    }

    /// The fingerprint of a file; `None` where it is larger than what is read at all.
    pub fn fingerprint(&self, id: Oid) -> Result<Option<Rc<Fingerprint>>, Missing> {
        if let Some(known) = self.fingerprints.find(&id) {
            return Ok(Some(known));
        }
        if self.blob_size(id)? > self.context.options.largest_blob {
            return Ok(None);
        }
        let made = Rc::new(Fingerprint::new(&self.context.objects.blob(id)?));
        self.fingerprints.keep(id, made.clone(), made.memory());
        Ok(Some(made))
    }

    /// Whether one file could be taken for the other one, renamed. A file that is too large to be
    /// compared could.
    pub fn could_be_renamed(&self, source: Oid, target: Oid) -> Result<bool, Missing> {
        if !sizes_allow(self.blob_size(source)?, self.blob_size(target)?, RENAME_SCORE) {
            return Ok(false);
        }
        Ok(match (self.fingerprint(source)?, self.fingerprint(target)?) {
            (Some(one), Some(other)) => one.score(&other) >= RENAME_SCORE,
            (None, _) | (_, None) => true,
        })
    }
}

impl RenameFinder<'_, '_> {
    /// How similar a source and a target are; 0 where that is less than `least`, or cannot be told.
    pub(super) fn score(&mut self, source: usize, target: usize, least: u64) -> Result<u64, Missing> {
        let (old, new) = (self.sources[source].entry, self.targets[target].entry);
        if !old.kind.is_file() || !new.kind.is_file() {
            return Ok(0);
        }
        let one = self.sources[source].size(self.detection);
        let sizes = one.and_then(|one| Ok((one, self.targets[target].size(self.detection)?)));
        let Some((one, other)) = self.readable(sizes)? else { return Ok(0) };
        if !sizes_allow(one, other, least) {
            return Ok(0);
        }
        let contents = (old.oid, new.oid);
        if let Some(known) = self.detection.scores.find(&contents) {
            return Ok(known);
        }
        let one = self.fingerprint(old.oid, self.sources[source].path)?;
        let other = self.fingerprint(new.oid, self.targets[target].path)?;
        let (Some(one), Some(other)) = (one, other) else { return Ok(0) };
        let score = one.score(&other);
        self.detection.scores.keep(contents, score, 1);
        Ok(score)
    }

    /// The fingerprint of a file; where there is none, its path is noted.
    fn fingerprint(&mut self, id: Oid, path: &RepoPath) -> Result<Option<Rc<Fingerprint>>, Missing> {
        let known = self.readable(self.detection.fingerprint(id))?.flatten();
        if known.is_none() {
            self.found.skipped.insert(path.clone());
        }
        Ok(known)
    }

    fn readable<T>(&mut self, result: Result<T, Missing>) -> Result<Option<T>, Missing> {
        match (result, self.unreadable) {
            (Ok(value), _) => Ok(Some(value)),
            (Err(_), Unreadable::Ignore) => {
                self.found.ignored = true;
                Ok(None)
            }
            (Err(missing), Unreadable::Fail) => Err(missing),
        }
    }
}

impl RenameCandidate<'_> {
    fn size(&mut self, detection: &RenameDetection<'_>) -> Result<u64, Missing> {
        match self.size {
            Some(known) => Ok(known),
            None => Ok(*self.size.insert(detection.blob_size(self.entry.oid)?)),
        }
    }
}
