//! Which sources are similar enough to a target, without comparing it with each of them.
//!
//! A source that has half of a target's bytes has one of any buckets that hold more than the other half. So the buckets
//! that most sources have, such as those of a licence, are passed over, up to half of the target's bytes, and only
//! sources that are found in one of the others are compared: prefix filtering (Chaudhuri, Ganti, Kaushik: A primitive
//! operator for similarity joins in data cleaning, 2006).

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use crate::merge::renames::similarity::{Fingerprint, NumberedVersion};

/// All is forgotten before a search when more than this is held: some ten megabytes.
const PLACES_BUDGET: usize = 2_000_000;

/// The sources of all searches so far, by the buckets that they have.
#[derive(Default)]
pub(super) struct SourceIndex {
    /// Each at its place.
    pub sources: Vec<NumberedVersion>,
    /// Their numbers.
    numbers: HashSet<u32>,
    /// Of each bucket, the places of the sources that have it, in ascending order.
    having: HashMap<u32, Vec<u32>>,
    /// By the number of a target.
    known: HashMap<u32, LikelySources>,
    /// How many places and answers are held.
    held: usize,
}

/// What is known of one target.
#[derive(Clone, Default)]
pub(super) struct LikelySources {
    /// It was compared with the sources before this place.
    pub compared: usize,
    /// The numbers of those that make a rename with it, with their scores.
    pub found: Vec<(u32, u64)>,
}

impl SourceIndex {
    /// To be called before the sources of a search are added.
    pub fn begin_search(&mut self) {
        if self.held > PLACES_BUDGET {
            *self = SourceIndex::default();
        }
    }

    pub fn has(&self, source: NumberedVersion) -> bool {
        self.numbers.contains(&source.number)
    }

    pub fn add(&mut self, source: NumberedVersion, fingerprint: &Fingerprint) {
        // more than are ever held
        let Ok(place) = u32::try_from(self.sources.len()) else { return };
        self.numbers.insert(source.number);
        self.sources.push(source);
        for (bucket, _) in &fingerprint.buckets {
            self.having.entry(*bucket).or_default().push(place);
        }
        self.held += fingerprint.buckets.len();
    }

    /// The places, from one on, of all sources that could have half of a target's bytes.
    pub fn possible(&self, target: &Fingerprint, from: usize) -> BTreeSet<usize> {
        let is_later = |place: &u32| *place as usize >= from;
        let having = |(bucket, bytes): &(u32, u32)| {
            let places = self.having.get(bucket).filter(|places| places.last().is_some_and(is_later))?;
            Some((&places[places.partition_point(|place| !is_later(place))..], u64::from(*bytes)))
        };
        let mut buckets: Vec<(&[u32], u64)> = target.buckets.iter().filter_map(having).collect();
        buckets.sort_unstable_by_key(|(places, _)| std::cmp::Reverse(places.len()));
        let mut passed = 0;
        let is_passed = |(_, bytes): &&(&[u32], u64)| {
            passed += bytes;
            2 * passed < target.size
        };
        let asked = buckets.iter().skip_while(is_passed).flat_map(|(places, _)| *places);
        asked.map(|place| *place as usize).collect()
    }

    /// What is known of a target.
    pub fn known(&self, target: NumberedVersion) -> LikelySources {
        self.known.get(&target.number).cloned().unwrap_or_default()
    }

    /// Keeps what is known of a target now.
    pub fn keep(&mut self, target: NumberedVersion, likely: LikelySources) {
        self.held += 1 + likely.found.len();
        let before = self.known.insert(target.number, likely);
        self.held -= before.map_or(0, |before| 1 + before.found.len());
    }
}
