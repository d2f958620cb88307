//! The trees on which tips are merged, whatever of the others is merged before.

use std::cell::RefCell;
use std::collections::BTreeSet;

use foldhash::HashMap;

use super::{Chain, MergeEffect, sharers};
use crate::model::Oid;

/// The bases of some tips. Those of tips that have commits in common, which the target lacks, depend on which of
/// them were merged before.
pub(super) struct Bases<'c> {
    chain: &'c Chain<'c>,
    effects: &'c [&'c MergeEffect],
    /// Of each tip, the others that have commits in common with it.
    sharers: Vec<Vec<usize>>,
    known: RefCell<HashMap<MergedAfter, Option<Oid>>>,
}

/// A tip, and those merged before it on which its base depends.
type MergedAfter = (usize, Vec<usize>);

impl<'c> Bases<'c> {
    pub fn new(chain: &'c Chain<'c>, effects: &'c [&'c MergeEffect]) -> Bases<'c> {
        Bases { chain, effects, sharers: sharers(effects), known: RefCell::default() }
    }

    /// Whether any other has commits in common with it.
    pub fn is_sharing(&self, tip: usize) -> bool {
        !self.sharers[tip].is_empty()
    }

    pub fn shares(&self, a: usize, b: usize) -> bool {
        self.sharers[a].contains(&b)
    }

    /// These tips, and those that have commits in common with them, sorted.
    pub fn with_sharers(&self, tips: &[usize]) -> Vec<usize> {
        let mut found: BTreeSet<usize> = tips.iter().copied().collect();
        let mut open = tips.to_vec();
        while let Some(tip) = open.pop() {
            open.extend(self.sharers[tip].iter().filter(|other| found.insert(**other)));
        }
        found.into_iter().collect()
    }

    /// The tips on which bases depend, with one more merged.
    pub fn after(&self, merged: &[usize], tip: usize) -> Vec<usize> {
        let mut after = merged.to_vec();
        if let (true, Err(place)) = (self.is_sharing(tip), after.binary_search(&tip)) {
            after.insert(place, tip);
        }
        after
    }

    /// The tree on which a tip is merged after others; `None` where there is no base.
    pub fn tree(&self, tip: usize, merged: &[usize]) -> Option<Oid> {
        let shares = |other: &usize| *other == tip || self.shares(tip, *other);
        let merged: Vec<usize> = merged.iter().copied().filter(shares).collect();
        if let Some(known) = self.known.borrow().get(&(tip, merged.clone())) {
            return *known;
        }
        let made = self.made(tip, &merged);
        self.known.borrow_mut().insert((tip, merged), made);
        made
    }

    fn made(&self, tip: usize, merged: &[usize]) -> Option<Oid> {
        let ancestry = self.effects[tip].ancestry();
        if ancestry.bases.is_empty() {
            return None;
        }
        if merged.is_empty() {
            return self.chain.base_of(ancestry).ok();
        }
        let head = |tip: usize| self.effects[tip].head();
        let others = merged.iter().map(|other| head(*other));
        let others: Vec<Oid> =
            self.chain.start.commits.iter().copied().map(Some).chain(others).collect::<Option<_>>()?;
        self.chain.base_on(&self.chain.commits.merge_bases(head(tip)?, &others).ok()?).ok()
    }
}
