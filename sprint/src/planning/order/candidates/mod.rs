//! Which terminals can be merged at all, and what must go before what.
//!
//! ```text
//!  terminals ─> draft: a unit a place, or why not ─> who waits for whom ─> what is settled by that
//! ```

mod draft;
mod ranking;
mod settle;
mod unknown;
mod waits;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{BroughtWork, LeftOut, Oid, PlaceId, StoryId, TurnUnit, Waiting};

use super::OrderQuestion;

use draft::Draft;

/// One place's work, which one `git merge` brings.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The terminal's id; of several in one place, the first.
    pub name: String,
    /// The other terminals in the same place.
    pub also: Vec<String>,
    /// Its story.
    pub story: Option<StoryId>,
    /// The agent that works there.
    pub agent: Option<String>,
    /// Its branch; `None` for a detached head, or where only a part of the branch is merged.
    pub branch: Option<String>,
    /// Whether it is the part of a place's commits that comes before a story that is not finished.
    pub is_part: bool,
    /// Its terminals, each with its story.
    pub members: Vec<(String, Option<StoryId>)>,
    /// The place.
    pub place: PlaceId,
    /// The commit that would be merged.
    pub head: Oid,
    /// The word for that commit that `git merge` is given.
    pub word: String,
    /// Whether it can be merged now.
    pub ready: bool,
    /// Its number in the order of registration.
    pub registered: usize,
    /// Whether somebody registered it.
    pub is_registered: bool,
    /// Greater goes first, among equals.
    pub priority: i64,
    /// How many paths its commits change.
    pub paths: usize,
    /// Whose commits it brings along, though they are not asked for.
    pub brings: Vec<BroughtWork>,
    /// What to know before.
    pub warnings: Vec<String>,
}

impl Unit {
    /// Whether this is one of its terminals.
    pub fn is_called(&self, terminal: &str) -> bool {
        self.name == terminal || self.also.iter().any(|also| also == terminal)
    }
}

/// What can be ordered, and what cannot.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    /// By rank: what is ready first, then by priority, then as registered.
    pub units: Vec<Unit>,
    /// For each unit, those it goes after, with the reason.
    pub(super) after: Vec<BTreeMap<usize, String>>,
    /// All that must be merged before each unit.
    pub(super) closure: Vec<BTreeSet<usize>>,
    /// What waits.
    pub waiting: Vec<Waiting>,
    /// What is no part of the plan.
    pub left_out: Vec<LeftOut>,
    /// Circles of waiting, each named in full.
    pub cycles: Vec<Vec<String>>,
}

impl Candidates {
    /// Sorts out the terminals.
    pub fn new(question: &OrderQuestion) -> Candidates {
        let mut draft = Draft::new(question);
        draft.find_waits();
        draft.decided()
    }

    /// The units that one waits for itself, each with the reason.
    pub fn after(&self, unit: usize) -> impl Iterator<Item = (usize, &str)> {
        self.after[unit].iter().map(|(needed, why)| (*needed, why.as_str()))
    }

    /// The units, as far as they decide who goes first.
    pub fn turn_units(&self) -> Vec<TurnUnit> {
        let units = self.units.iter().zip(&self.after);
        let turn_unit = |(unit, after): (&Unit, &BTreeMap<usize, String>)| TurnUnit {
            place: unit.place,
            head: unit.head,
            ready: unit.ready,
            registered: unit.registered,
            after: after.keys().copied().collect(),
        };
        units.map(turn_unit).collect()
    }

    /// All that must be merged before a unit: what it waits for, directly or not, and for work that
    /// is not ready everything that is.
    pub(super) fn must_precede(&self, unit: usize) -> &BTreeSet<usize> {
        &self.closure[unit]
    }

    /// Whether nothing in the sequence, which may be a part, goes before what it must follow.
    pub(super) fn allows(&self, order: &[usize]) -> bool {
        order
            .iter()
            .enumerate()
            .all(|(at, unit)| order[at + 1..].iter().all(|later| !self.closure[*unit].contains(later)))
    }

    /// The wanted order, each unit moved back behind what it must follow.
    pub(super) fn nearest_allowed(&self, wanted: &[usize]) -> Vec<usize> {
        let mut left = wanted.to_vec();
        let mut order = Vec::new();
        while !left.is_empty() {
            let free = |unit: &usize| !left.iter().any(|other| self.closure[*unit].contains(other));
            let at = left.iter().position(free).unwrap_or(0);
            order.push(left.remove(at));
        }
        order
    }
}

#[cfg(test)]
impl Candidates {
    /// One terminal in each of so many places, of which none waits for another.
    pub fn of_places(count: usize) -> Candidates {
        let unit = |place| Unit {
            name: format!("Terminal-{place}"),
            also: Vec::new(),
            story: None,
            agent: None,
            branch: None,
            is_part: false,
            members: Vec::new(),
            place,
            head: Oid::EMPTY_TREE,
            word: String::new(),
            ready: true,
            registered: place,
            is_registered: false,
            priority: 0,
            paths: 1,
            brings: Vec::new(),
            warnings: Vec::new(),
        };
        let units = (0..count).map(unit).collect();
        let (after, closure) = (vec![BTreeMap::new(); count], vec![BTreeSet::new(); count]);
        Candidates { units, after, closure, ..Candidates::default() }
    }
}
