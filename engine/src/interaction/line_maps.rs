//! Lines of one version of a file as lines of another. Terminals fork from the target at different
//! times, and it may have changed the file in between.

use std::ops::Range;
use std::sync::Arc;

use super::answer_cache::VersionsKey;
use crate::merge::hunks::entry_hunks;
use crate::merge::objects::Objects;
use crate::merge::options::Options;
use crate::model::{Entry, EntryKind, Hunk, Hunks, Oid};
use crate::table::Table;

/// No more pairs of versions are kept than this.
const MOST_KEPT: usize = 20_000;

/// What differs between two versions of a file, kept for all who ask.
pub(super) struct LineMaps<'a> {
    pub objects: &'a dyn Objects,
    pub options: &'a Options,
    pub kept: &'a Table<VersionsKey, Option<Vec<Hunk>>>,
}

/// Maps lines of one version to lines of another.
pub(super) struct LineMap {
    hunks: Arc<Option<Vec<Hunk>>>,
    backwards: bool,
}

impl LineMaps<'_> {
    /// The maps from one version to another, and back; a file that was not there has no lines. `None`
    /// where one cannot be read, or has no lines to compare.
    pub fn between(&self, one: Option<Oid>, other: Option<Oid>) -> Option<[LineMap; 2]> {
        // always compared in the same direction, so that the answer does not depend on who asks
        let (key, swapped) = if one <= other { ([one, other], false) } else { ([other, one], true) };
        let hunks = match self.kept.find(&key) {
            Some(kept) => kept,
            None => self.compare(key)?,
        };
        hunks.as_ref().as_ref()?;
        let map = |backwards| LineMap { hunks: hunks.clone(), backwards };
        Some([map(swapped), map(!swapped)])
    }

    fn compare(&self, versions: VersionsKey) -> Option<Arc<Option<Vec<Hunk>>>> {
        let entry = |oid: Oid| Entry { kind: EntryKind::File, oid };
        let [old, new] = versions.map(|oid| oid.map(entry));
        let made = Arc::new(match entry_hunks(self.objects, old, new, self.options) {
            Hunks::Lines(hunks) => Some(hunks),
            Hunks::None | Hunks::Binary => None,
            Hunks::Unknown(_) => return None, // it may be readable the next time
        });
        if self.kept.len() < MOST_KEPT {
            self.kept.keep(versions, made.clone());
        }
        Some(made)
    }
}

impl LineMap {
    /// The same hunks, based on the other version.
    pub fn map(&self, hunks: &[Hunk]) -> Vec<Hunk> {
        hunks.iter().map(|hunk| Hunk { base: self.lines(&hunk.base), own: hunk.own.clone() }).collect()
    }

    fn lines(&self, lines: &Range<u32>) -> Range<u32> {
        let turn = |hunk: &Hunk| {
            if self.backwards {
                Hunk { base: hunk.own.clone(), own: hunk.base.clone() }
            } else {
                hunk.clone()
            }
        };
        map_lines(lines, self.hunks.as_ref().as_deref().unwrap_or_default(), turn)
    }
}

/// Where lines of the old version are in the new one, which differs by these hunks.
///
/// What replaced some of the lines counts as a whole. What was inserted exactly where an empty range is
/// could be before or behind it, so it counts as well; what only touches the lines does not. `turn` gives
/// the hunks their direction.
pub(super) fn map_lines(lines: &Range<u32>, hunks: &[Hunk], turn: impl Fn(&Hunk) -> Hunk) -> Range<u32> {
    // of the hunks that end before the lines, the last one tells how far these moved; one that is at the
    // place of no lines may be the last
    let before = hunks.partition_point(|hunk| turn(hunk).base.end <= lines.start);
    let hunks = hunks[before.saturating_sub(2)..].iter().map(turn);
    let (mut start_shift, mut end_shift) = (0, 0);
    let mut inside = None::<Range<u32>>;
    for Hunk { base, own } in hunks {
        let same_place = base.is_empty() && lines.is_empty() && base.start == lines.start;
        let shift = i64::from(own.end) - i64::from(base.end);
        if base.end <= lines.start && !same_place {
            (start_shift, end_shift) = (shift, shift);
        } else if base.start < lines.end || same_place {
            let start = inside.map_or(own.start, |known| known.start);
            inside = Some(start..own.end);
            end_shift = shift;
        } else {
            break;
        }
    }
    let line = |number: i64| u32::try_from(number).unwrap_or_default();
    let start = line(i64::from(lines.start) + start_shift);
    let end = line(i64::from(lines.end) + end_shift);
    match inside {
        None => start..end.max(start),
        Some(inside) => {
            let start = start.min(inside.start);
            start..end.max(inside.end).max(start)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: Range<u32>, changes: &[(Range<u32>, Range<u32>)], expected: Range<u32>) {
        let map = |hunks: Vec<Hunk>, backwards| LineMap { hunks: Arc::new(Some(hunks)), backwards };
        let hunks = |turn: bool| {
            let hunk = |(old, new): &(Range<u32>, Range<u32>)| {
                if turn {
                    Hunk { base: new.clone(), own: old.clone() }
                } else {
                    Hunk { base: old.clone(), own: new.clone() }
                }
            };
            changes.iter().map(hunk).collect()
        };
        assert_eq!(map(hunks(false), false).lines(&lines), expected);
        assert_eq!(map(hunks(true), true).lines(&lines), expected, "the same hunks, read backwards");
    }

    #[test]
    fn lines_move_with_what_happened_above_them() {
        check(5..6, &[], 5..6);
        check(5..6, &[(1..2, 1..4)], 7..8);
        check(5..6, &[(1..4, 1..2)], 3..4);
        check(5..6, &[(9..10, 9..20)], 5..6);
        check(5..9, &[(1..1, 1..3), (6..7, 8..8)], 7..10);
    }

    #[test]
    fn what_touches_lines_is_no_part_of_them() {
        check(5..6, &[(5..5, 5..20)], 20..21);
        check(5..6, &[(3..5, 3..9)], 9..10);
        check(5..6, &[(6..6, 6..20)], 5..6);
        check(5..5, &[(3..5, 3..9)], 9..9);
    }

    #[test]
    fn what_replaced_lines_counts_as_a_whole() {
        check(5..6, &[(5..6, 5..15)], 5..15);
        check(5..9, &[(7..12, 7..8)], 5..8);
        check(5..9, &[(3..7, 3..4)], 3..6);
        check(5..9, &[(4..10, 4..4)], 4..4);
        check(5..5, &[(5..5, 5..8)], 5..8);
        check(0..0, &[(0..0, 0..30)], 0..30);
    }
}
