//! How long the order is searched for.

use super::Simulator;

/// Every search goes this far, whatever the time, and no output but the merge order goes any further: so
/// all of them name the same order where it is found by then. In units of [`Simulator::spent`].
const EVERYDAY: usize = 60_000;

/// How far a search is.
#[derive(Clone, Copy, Debug)]
pub enum SearchProgress {
    /// So many of all branches are merged into the target alone.
    Read {
        /// As many are.
        done: usize,
        /// Of as many.
        all: usize,
    },
    /// So many merges were tried.
    Tried(usize),
    /// So many of all merges of the order found are made.
    Made {
        /// As many are.
        done: usize,
        /// Of as many.
        all: usize,
    },
}

/// How long to search.
pub struct Effort<'a> {
    /// Is told how far the search is, and says whether the time is up; without it, the search goes as far
    /// as every search goes.
    watch: Option<&'a dyn Fn(SearchProgress) -> bool>,
}

impl<'a> Effort<'a> {
    /// Searches until `watch`, which is told how far the search is, returns true.
    pub fn new(watch: &'a dyn Fn(SearchProgress) -> bool) -> Effort<'a> {
        Effort { watch: Some(watch) }
    }

    /// As far as every search goes.
    pub fn everyday() -> Effort<'static> {
        Effort { watch: None }
    }

    /// Whether to leave out the branches that are not read yet, `spent` having been spent on the others.
    pub fn is_over_while_reading(&self, done: usize, all: usize, spent: usize) -> bool {
        self.watch.is_some_and(|watch| watch(SearchProgress::Read { done, all })) && spent > EVERYDAY
    }

    /// Whether to make no more merges of the order found.
    pub fn is_over_while_making(&self, done: usize, all: usize, spent: usize) -> bool {
        self.watch.is_none_or(|watch| watch(SearchProgress::Made { done, all })) && spent > EVERYDAY
    }

    /// Whether to go on with what is known.
    pub fn is_over(&self, simulator: &dyn Simulator) -> bool {
        let is_late = self.watch.is_none_or(|watch| watch(SearchProgress::Tried(simulator.tried())));
        simulator.is_full() || (is_late && simulator.spent() > EVERYDAY)
    }
}
