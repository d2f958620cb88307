//! How similar files are, each two of them compared once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::merge::attributes::{Attributes, Comparison};
use crate::merge::context::MergeContext;
use crate::merge::dependency::MergeDependency;
use crate::merge::hunks::{has_crlf, is_binary};
use crate::merge::memo::Memo;
use crate::merge::objects::Missing;
use crate::merge::renames::likely::{LikelySources, SourceIndex};
use crate::merge::renames::similarity::{
    CarriageReturns, Fingerprint, NumberedVersion, RENAME_SCORE, Version, sizes_allow,
};
use crate::merge::renames::{RenameCandidate, RenameFinder, Renames, Unreadable};
use crate::model::{Oid, Reason};

/// Fingerprints are forgotten when they hold more bytes than this.
const FINGERPRINT_BUDGET: usize = 64 << 20;

/// Sizes of files, and their carriage returns, are forgotten when there are more than this.
const SIZES_BUDGET: usize = 200_000;

/// Scores are forgotten when there are more than this: some ten megabytes.
const SCORES_BUDGET: usize = 400_000;

/// Where a content has carriage returns that count or not, as it is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FoundReturns {
    /// No carriage return is before a line feed, so text and binary are compared alike.
    Nowhere,
    /// Text with carriage returns.
    InText,
    /// Binary content with carriage returns.
    InBinary,
}

/// Finds renames, and remembers what it learnt of the files.
pub(crate) struct RenameDetection<'a> {
    pub context: MergeContext<'a>,
    sizes: Memo<Oid, u64>,
    found_returns: Memo<Oid, FoundReturns>,
    fingerprints: Memo<Version, Rc<Fingerprint>>,
    /// Of each version that was compared; a number is never given twice.
    numbers: Memo<Version, u32>,
    next_number: Cell<u32>,
    /// By the numbers of a source and a target.
    scores: Memo<(u32, u32), u16>,
    pub(super) sources: RefCell<SourceIndex>,
}

impl<'a> RenameDetection<'a> {
    /// Without any file yet.
    pub fn new(context: MergeContext<'a>) -> RenameDetection<'a> {
        RenameDetection {
            context,
            sizes: Memo::new(SIZES_BUDGET),
            found_returns: Memo::new(SIZES_BUDGET),
            fingerprints: Memo::new(FINGERPRINT_BUDGET),
            numbers: Memo::new(SIZES_BUDGET),
            next_number: Cell::new(0),
            scores: Memo::new(SCORES_BUDGET),
            sources: RefCell::default(),
        }
    }

    /// The size of a file.
    pub fn blob_size(&self, id: Oid) -> Result<u64, Missing> {
        self.sizes.find_or_make(id, |_| 1, || self.context.objects.blob_size(id))
    }

    /// The carriage returns of a file; `None` where it is larger than what is read at all.
    fn found_returns(&self, id: Oid) -> Result<Option<FoundReturns>, Missing> {
        if let Some(known) = self.found_returns.find(&id) {
            return Ok(Some(known));
        }
        if self.blob_size(id)? > self.context.options.largest_blob {
            return Ok(None);
        }
        let content = self.context.objects.blob(id)?;
        let returns = FoundReturns::of(&content);
        self.found_returns.keep(id, returns, 1);
        // most probably asked for next, and the content is at hand
        self.keep_fingerprint((id, returns.carriage_returns(Comparison::ByContent)), &content);
        Ok(Some(returns))
    }

    pub(super) fn fingerprint(&self, version: Version) -> Result<Rc<Fingerprint>, Missing> {
        match self.fingerprints.find(&version) {
            Some(known) => Ok(known),
            None => Ok(self.keep_fingerprint(version, &self.context.objects.blob(version.0)?)),
        }
    }

    fn keep_fingerprint(&self, version: Version, content: &[u8]) -> Rc<Fingerprint> {
        let made = Rc::new(Fingerprint::new(content, version.1));
        self.fingerprints.keep(version, made.clone(), made.memory());
        made
    }

    fn numbered(&self, version: Version) -> NumberedVersion {
        let number = self.numbers.find(&version).unwrap_or_else(|| {
            let number = self.next_number.get();
            self.next_number.set(number + 1);
            self.numbers.keep(version, number, 1);
            number
        });
        NumberedVersion { version, number }
    }

    fn score(&self, source: NumberedVersion, target: NumberedVersion) -> Result<u64, Missing> {
        let make = || {
            let score = self.fingerprint(source.version)?.score(&*self.fingerprint(target.version)?);
            Ok(u16::try_from(score).unwrap_or(u16::MAX)) // at most `MAX_SCORE`
        };
        self.scores.find_or_make((source.number, target.number), |_| 1, make).map(u64::from)
    }

    /// Makes a source of a search known.
    pub(super) fn add_source(&self, source: NumberedVersion) -> Result<(), Missing> {
        if !self.sources.borrow().has(source) {
            let fingerprint = self.fingerprint(source.version)?;
            self.sources.borrow_mut().add(source, &fingerprint);
        }
        Ok(())
    }

    /// All known sources that make a rename with a target.
    pub(super) fn likely_sources(&self, target: NumberedVersion) -> Result<LikelySources, Missing> {
        let mut index = self.sources.borrow_mut();
        let mut likely = index.known(target);
        if likely.compared < index.sources.len() {
            let fingerprint = self.fingerprint(target.version)?;
            for place in index.possible(&fingerprint, likely.compared) {
                let source = index.sources[place];
                let score = self.fingerprint(source.version)?.score(&fingerprint);
                if score >= RENAME_SCORE {
                    likely.found.push((source.number, score));
                }
            }
            likely.compared = index.sources.len();
            index.keep(target, likely.clone());
        }
        Ok(likely)
    }

    /// Whether two files could have this score, whatever attributes say of them. A file that is too large
    /// to be compared could.
    pub fn could_reach(&self, least: u64, one: Oid, other: Oid) -> Result<bool, Missing> {
        if !sizes_allow(self.blob_size(one)?, self.blob_size(other)?, least) {
            return Ok(false);
        }
        let (Some(one_found), Some(other_found)) = (self.found_returns(one)?, self.found_returns(other)?)
        else {
            return Ok(true);
        };
        for one_returns in one_found.forms() {
            for other_returns in other_found.forms() {
                let versions = [(one, *one_returns), (other, *other_returns)];
                let [one, other] = versions.map(|version| self.numbered(version));
                if self.score(one, other)? >= least {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

impl FoundReturns {
    fn of(content: &[u8]) -> FoundReturns {
        match (has_crlf(content), is_binary(content)) {
            (false, _) => FoundReturns::Nowhere,
            (true, false) => FoundReturns::InText,
            (true, true) => FoundReturns::InBinary,
        }
    }

    /// Whether the returns count. Where there are none, counting them is quicker.
    fn carriage_returns(self, comparison: Comparison) -> CarriageReturns {
        match (self, comparison) {
            (FoundReturns::Nowhere, _)
            | (FoundReturns::InBinary, Comparison::ByContent | Comparison::Unknown)
            | (_, Comparison::Binary) => CarriageReturns::Count,
            (FoundReturns::InText, _) | (_, Comparison::Text) => CarriageReturns::LeaveOut,
        }
    }

    /// All that an attribute could make of it.
    fn forms(self) -> &'static [CarriageReturns] {
        match self {
            FoundReturns::Nowhere => &[CarriageReturns::Count],
            FoundReturns::InText | FoundReturns::InBinary => {
                &[CarriageReturns::Count, CarriageReturns::LeaveOut]
            }
        }
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
        let one = self.sources[source].version((self.detection, self.attributes), &mut self.found);
        let one = self.readable(one)?.flatten();
        let other = self.targets[target].version((self.detection, self.attributes), &mut self.found);
        let other = self.readable(other)?.flatten();
        let (Some(one), Some(other)) = (one, other) else { return Ok(0) };
        Ok(self.readable(self.detection.score(one, other))?.unwrap_or_default())
    }

    pub(super) fn readable<T>(&mut self, result: Result<T, Missing>) -> Result<Option<T>, Missing> {
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
    pub(super) fn size(&mut self, detection: &RenameDetection<'_>) -> Result<u64, Missing> {
        match self.size {
            Some(known) => Ok(known),
            None => Ok(*self.size.insert(detection.blob_size(self.entry.oid)?)),
        }
    }

    /// Its content as it is compared; where that cannot be told, its path is noted with the reason. An
    /// attribute is asked for only where it makes a difference.
    pub(super) fn version(
        &mut self,
        (detection, attributes): (&RenameDetection<'_>, &Attributes),
        found: &mut Renames,
    ) -> Result<Option<NumberedVersion>, Missing> {
        if self.version.is_some() {
            return Ok(self.version);
        }
        let Some(returns) = detection.found_returns(self.entry.oid)? else {
            found.skipped.insert(self.path.clone(), Reason::TooLargeForRenames);
            return Ok(None);
        };
        let mut comparison = Comparison::ByContent;
        if returns != FoundReturns::Nowhere {
            comparison = attributes.comparison(self.path);
            found.dependencies.insert(MergeDependency::Comparison(self.path.clone(), comparison));
        }
        if comparison == Comparison::Unknown {
            found.skipped.insert(self.path.clone(), Reason::DiffAttribute);
            return Ok(None);
        }
        self.version = Some(detection.numbered((self.entry.oid, returns.carriage_returns(comparison))));
        Ok(self.version)
    }
}
