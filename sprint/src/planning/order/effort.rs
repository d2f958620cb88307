//! How long the order is searched for.

use super::Simulator;

/// Every search goes this far, whatever the time, and no output but the merge order goes any further: so
/// all of them name the same order where it is found by then. In units of [`Simulator::spent`]. Parts that
/// are searched one after the other have equal shares of it, whichever of them are searched.
const EVERYDAY: usize = 60_000;

/// So much is spent on fewer hunks, in the same units.
const FOR_HUNKS: usize = 10_000_000;

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
    /// So many merges were tried in looking for the cheapest order.
    Tried(usize),
    /// So many were, and now the best order known is made better.
    Improving(usize),
    /// So many were, and now it is found out with whom its steps conflict.
    Describing(usize),
    /// So many of all merges of the order found are made.
    Made {
        /// As many are.
        done: usize,
        /// Of as many.
        all: usize,
    },
}

/// Says whether it is too late to begin anything that takes long; on any thread.
pub type IsLate<'a> = &'a (dyn Fn() -> bool + Sync);

/// How long to search.
pub struct Effort<'a> {
    /// Is told how far the search is, and says whether the time is up; without it, the search goes as far
    /// as every search goes.
    watch: Option<&'a dyn Fn(SearchProgress) -> bool>,
    /// Whether it is too late to begin anything that takes long.
    is_late: Option<IsLate<'a>>,
    /// How much may be spent where the time is up.
    limit: usize,
    /// How much may be spent in any case.
    most: usize,
    /// What its progress is called by the number of merges that were tried.
    phase: fn(usize) -> SearchProgress,
}

impl<'a> Effort<'a> {
    /// Searches until `watch`, which is told how far the search is, returns true.
    pub fn new(watch: &'a dyn Fn(SearchProgress) -> bool) -> Effort<'a> {
        Effort {
            watch: Some(watch),
            is_late: None,
            limit: EVERYDAY,
            most: usize::MAX,
            phase: SearchProgress::Tried,
        }
    }

    /// The same, and what breaks in the order found is looked for until then.
    pub fn until(self, is_late: IsLate<'a>) -> Effort<'a> {
        Effort { is_late: Some(is_late), ..self }
    }

    /// As far as every search goes.
    pub fn everyday() -> Effort<'static> {
        Effort { watch: None, is_late: None, limit: EVERYDAY, most: usize::MAX, phase: SearchProgress::Tried }
    }

    /// Says whether it is too late to begin anything that takes long; nothing where nobody waits.
    pub fn is_late(&self) -> Option<IsLate<'a>> {
        self.is_late
    }

    /// One of so many equal shares, which begins now.
    pub fn share(&self, simulator: &dyn Simulator, shares: usize) -> Effort<'a> {
        Effort { limit: simulator.spent() + EVERYDAY / shares.max(1), ..*self }
    }

    /// Whether one of so many shares would be spent, where the time is up, before this much work is done.
    pub fn is_less_than(&self, work: usize, shares: usize) -> bool {
        self.watch.is_none() && work > EVERYDAY / shares.max(1)
    }

    /// No more than what fewer hunks are worth, where the number of conflicts cannot be less.
    pub fn for_hunks(&self, simulator: &dyn Simulator) -> Effort<'a> {
        Effort { most: simulator.spent() + FOR_HUNKS, ..*self }
    }

    /// As much again for making an order better that was not found to be the cheapest.
    pub fn improving(&self, simulator: &dyn Simulator) -> Effort<'a> {
        Effort { phase: SearchProgress::Improving, ..self.for_hunks(simulator) }
    }

    /// The rest, for what is said about the steps of the order found.
    pub fn describing(&self) -> Effort<'a> {
        Effort { phase: SearchProgress::Describing, ..*self }
    }

    /// Whether to leave out the branches that are not read yet, `spent` having been spent on the others.
    pub fn is_over_while_reading(&self, done: usize, all: usize, spent: usize) -> bool {
        self.watch.is_some_and(|watch| watch(SearchProgress::Read { done, all })) && spent > self.limit
    }

    /// Whether to make no more merges of the order found.
    pub fn is_over_while_making(&self, done: usize, all: usize, spent: usize) -> bool {
        self.watch.is_none_or(|watch| watch(SearchProgress::Made { done, all })) && spent > self.limit
    }

    /// Whether to go on with what is known.
    pub fn is_over(&self, simulator: &dyn Simulator) -> bool {
        let progress = (self.phase)(simulator.tried());
        let is_late = self.watch.is_none_or(|watch| watch(progress));
        // what comes after the search is limited anyway
        let is_full = matches!(progress, SearchProgress::Tried(_)) && simulator.is_full();
        let is_enough = (is_late || is_full) && simulator.spent() > self.limit;
        is_enough || simulator.spent() > self.most
    }
}
