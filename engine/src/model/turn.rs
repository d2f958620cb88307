//! Which of two terminals goes first, and why.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Cost, FileRule, Oid, PlaceId, few};

/// Which of two terminals goes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// Whether the checked terminal is the one that goes first; otherwise it yields.
    pub own_first: bool,
    /// Whether it stays so once what is checked is committed.
    pub lasts: bool,
    /// Why.
    pub reason: FirstFor,
    /// From 0 to 100; at 80 and above it needs no person.
    pub confidence: u8,
}

/// In which order the places go whose work conflicts: the merge order, and what it has no step for. One
/// decision, which all outputs share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// First to last.
    pub line: Vec<Waiter>,
    /// What it would cost more if the second went just before the first.
    pub dearer: BTreeMap<[PlaceId; 2], Cost>,
    /// Those that cannot be merged for now, whatever else is: they stand last.
    pub held: BTreeMap<PlaceId, HeldBack>,
}

/// Why work cannot be merged for now; what is nearer to it goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldBack {
    /// It has no step in the merge order, or waits for work that has none.
    ForNow,
    /// It is set aside or waits for what nobody has begun, itself or through others.
    InVain,
}

/// What the merge order is asked about who goes first: all that the answer depends on but contents and settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TurnQuestion {
    /// The target's commit.
    pub target: Option<Oid>,
    /// The work that can be merged, by rank.
    pub units: Vec<TurnUnit>,
    /// Whose turn is asked for.
    pub places: BTreeSet<PlaceId>,
    /// Two places, of which one waits for the other.
    pub waits: Vec<[PlaceId; 2]>,
    /// The kinds of files that the repository names: conflicts in some cost less.
    pub kinds: Vec<FileRule>,
}

/// The work of one place that can be merged.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TurnUnit {
    /// The place.
    pub place: PlaceId,
    /// Its commit.
    pub head: Oid,
    /// Whether it can be merged now.
    pub ready: bool,
    /// Its number in the order of registration.
    pub registered: usize,
    /// The numbers of the units that it goes after.
    pub after: Vec<usize>,
}

/// The merge order, as far as it says who goes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnOrder {
    /// The places that it is about: those asked for, and what belongs together with any of them.
    pub places: BTreeSet<PlaceId>,
    /// Those of them that have a step, first to last.
    pub steps: Vec<Waiter>,
    /// For two of them that matter to each other: what it would cost more if the second went just before
    /// the first.
    pub dearer: BTreeMap<[PlaceId; 2], Cost>,
}

/// A place in the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiter {
    /// Which one.
    pub place: PlaceId,
    /// Its step of the merge order; `None` where it has none.
    pub step: Option<TurnStep>,
}

/// A step of the merge order, as far as it says who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnStep {
    /// Whether it can be merged now.
    pub ready: bool,
    /// Whether it stops.
    pub stops: bool,
}

impl Turns {
    /// Where a place stands.
    pub fn position(&self, place: PlaceId) -> Option<usize> {
        self.line.iter().position(|waiter| waiter.place == place)
    }
}

/// Why one of two terminals goes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirstFor {
    /// It is where the target is checked out, so that the other is merged into it.
    Target,
    /// These wait for it, as people are shown them.
    Awaited(Vec<String>),
    /// It is completed, and the other is not.
    Completed,
    /// The other one, as people are shown it, cannot be merged for now, whatever else is.
    OtherHeld(String),
    /// It can be merged now, and the other cannot.
    Ready,
    /// The other way round the merge order costs more.
    Cheaper(Cost),
    /// The same, where one of the two has no step in it yet.
    Saves(Cost),
    /// The greater `priority`.
    Priority,
    /// It has commits, and the other has none.
    Committed,
    /// The same, and it has uncommitted work too.
    PartlyCommitted,
    /// Both are registered, and it was first.
    Registered,
    /// There is no other reason.
    Name,
    /// It comes before the other in the merge order.
    MergeOrder,
    /// It has no step there, and stands where the fewest merges would stop.
    Placed,
}

impl FirstFor {
    /// Said of the one that goes first.
    pub fn of_it(&self) -> String {
        self.said("it", "its", "s", ["has", "is", "was"])
    }

    /// Said to the one that goes first.
    pub fn of_you(&self) -> String {
        self.said("you", "your", "", ["have", "are", "were"])
    }

    fn said(&self, it: &str, its: &str, s: &str, [has, is, was]: [&str; 3]) -> String {
        match self {
            FirstFor::Target => format!("{its} worktree has the target checked out"),
            FirstFor::Awaited(names) => {
                let wait = if names.len() == 1 { "waits" } else { "wait" };
                format!("{} {wait} for {it}", few(names))
            }
            FirstFor::Completed => format!("{its} work is completed"),
            FirstFor::OtherHeld(other) => format!("{other} cannot be merged yet"),
            FirstFor::Ready => format!("{it} {is} ready to be merged"),
            FirstFor::Cheaper(more) => {
                format!("{it} come{s} first in the merge order; otherwise {}", more.phrase())
            }
            FirstFor::Saves(more) => format!("otherwise {}", more.phrase()),
            FirstFor::Priority => format!("{it} {has} the higher priority"),
            FirstFor::Committed => format!("{its} work is committed"),
            FirstFor::PartlyCommitted => format!("part of {its} work is committed"),
            FirstFor::Registered => format!("{it} {was} registered first"),
            FirstFor::Name => "nothing else decides, so by name".to_string(),
            FirstFor::MergeOrder => format!("{it} come{s} first in the merge order"),
            FirstFor::Placed => format!("{it} stand{s} where the fewest merges would stop"),
        }
    }

    /// How sure it is, from 0 to 100.
    pub fn confidence(&self) -> u8 {
        match self {
            FirstFor::Awaited(_) => 90,
            FirstFor::Target | FirstFor::Completed | FirstFor::Ready | FirstFor::Priority => 80,
            FirstFor::OtherHeld(_) => 80,
            FirstFor::Cheaper(_) | FirstFor::Saves(_) => 75,
            FirstFor::Committed | FirstFor::PartlyCommitted | FirstFor::MergeOrder | FirstFor::Placed => 60,
            FirstFor::Registered | FirstFor::Name => 50,
        }
    }
}
