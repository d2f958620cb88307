//! Short names of commits, as git abbreviates them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use git2::Config;

use crate::model::Oid;

use super::objects::Database;
use super::store::SharedState;

/// How many digits an id has.
const ALL: usize = 40;
/// The minimum that `core.abbrev` accepts.
const FEWEST: i64 = 4;
/// The minimum where it is not set.
const USUAL: usize = 7;

/// `core.abbrev`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Abbreviation {
    /// By the number of objects.
    #[default]
    Auto,
    /// So many digits, or more where these are not unique.
    Digits(usize),
}

impl Abbreviation {
    /// Reads it. Where git would stop at the value, it counts as not set.
    pub(super) fn of(config: &Config) -> Abbreviation {
        let Ok(text) = config.get_string("core.abbrev") else { return Abbreviation::Auto };
        match (text.to_ascii_lowercase().as_str(), config.get_i64("core.abbrev")) {
            ("auto", _) => Abbreviation::Auto,
            ("" | "no" | "off" | "false", _) => Abbreviation::Digits(ALL),
            (_, Ok(digits)) if digits >= FEWEST => {
                Abbreviation::Digits(usize::try_from(digits).map_or(ALL, |digits| digits.min(ALL)))
            }
            _ => Abbreviation::Auto,
        }
    }
}

/// Short names of commits, as git puts them next to conflict markers.
pub(super) struct Abbreviator {
    shared: Arc<SharedState>,
    abbreviation: Abbreviation,
    known: Mutex<HashMap<Oid, String>>,
}

impl Abbreviator {
    /// The names of a repository's objects.
    pub(super) fn new(shared: Arc<SharedState>, abbreviation: Abbreviation) -> Abbreviator {
        Abbreviator { shared, abbreviation, known: Mutex::default() }
    }

    /// The shortest name that no other object has, of so many digits at least.
    pub(super) fn name(&self, id: Oid) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(id).or_insert_with(|| self.unique(id)).clone()
    }

    fn unique(&self, id: Oid) -> String {
        // loose objects do not count, for git
        let objects: &Database = &self.shared.objects;
        let least = match self.abbreviation {
            Abbreviation::Auto => usual_length(objects.packed()),
            Abbreviation::Digits(digits) => digits,
        };
        let digits = (least..ALL).find(|digits| !objects.is_ambiguous(id, *digits)).unwrap_or(ALL);
        let mut text = id.to_string();
        text.truncate(digits);
        text
    }
}

/// How many digits git uses for this many packed objects: half as many as the number has bits.
fn usual_length(objects: u64) -> usize {
    let bits = u64::BITS - objects.leading_zeros();
    USUAL.max(bits.div_ceil(2) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_grow_as_git_makes_them_grow() {
        let lengths = [0, 9, 16_383, 16_384, 65_535, 65_536, 131_072].map(usual_length);
        assert_eq!(lengths, [7, 7, 7, 8, 8, 9, 9]);
    }
}
