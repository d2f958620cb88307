//! Lines of one base's version of a file as lines of another's: terminals fork from the target at
//! different times, and it may have changed the file in between.

use std::ops::Range;
use std::sync::Arc;

use super::answer_cache::{Table, VersionsKey};
use crate::merge::hunks::entry_hunks;
use crate::merge::{Objects, Options};
use crate::model::{Entry, EntryKind, Hunk, Hunks, Oid};

/// No more is kept than what differs between so many pairs of versions.
const MOST_KEPT: usize = 20_000;

/// What differs between two versions of a file, kept where all find it.
pub(super) struct LineMaps<'a> {
    pub objects: &'a dyn Objects,
    pub options: &'a Options,
    pub kept: &'a Table<VersionsKey, Option<Vec<Hunk>>>,
}

/// The way from the lines of one version to those of another.
pub(super) struct LineMap {
    hunks: Arc<Option<Vec<Hunk>>>,
    backwards: bool,
}

impl LineMaps<'_> {
    /// The ways from one version to another, and back; a file that was not there has no lines. `None`
    /// where one cannot be read, or has no lines to compare.
    pub fn between(&self, one: Option<Oid>, other: Option<Oid>) -> Option<[LineMap; 2]> {
        // always the same direction, so that both say the same whoever asks first
        let (key, turned) = if one <= other { ([one, other], false) } else { ([other, one], true) };
        let hunks = match self.kept.find(&key) {
            Some(kept) => kept,
            None => self.compare(key)?,
        };
        hunks.as_ref().as_ref()?;
        let way = |backwards| LineMap { hunks: hunks.clone(), backwards };
        Some([way(turned), way(!turned)])
    }

    fn compare(&self, versions: VersionsKey) -> Option<Arc<Option<Vec<Hunk>>>> {
        let entry = |oid: Oid| Entry { kind: EntryKind::File, oid };
        let [old, new] = versions.map(|oid| oid.map(entry));
        let made = Arc::new(match entry_hunks(self.objects, old, new, self.options) {
            Hunks::Lines(hunks) => Some(hunks),
            Hunks::None | Hunks::Binary => None,
            Hunks::Unknown(_) => return None, // it may be there the next time
        });
        if self.kept.len() < MOST_KEPT {
            self.kept.keep(versions, made.clone());
        }
        Some(made)
    }
}

impl LineMap {
    /// The same hunks, placed in the other version.
    pub fn along(&self, hunks: &[Hunk]) -> Vec<Hunk> {
        hunks.iter().map(|hunk| Hunk { base: self.carried(&hunk.base), own: hunk.own.clone() }).collect()
    }

    /// Where lines went. What replaced some of them counts as a whole; what was put exactly where there
    /// are none of them could stand before or behind, so it counts as well.
    fn carried(&self, lines: &Range<u32>) -> Range<u32> {
        let (mut moved_by, mut inside) = (0, None::<Range<u32>>);
        let mut end_moved_by = 0;
        for hunk in self.hunks.iter().flatten() {
            let (from, to) = if self.backwards { (&hunk.own, &hunk.base) } else { (&hunk.base, &hunk.own) };
            let same_place = from.is_empty() && lines.is_empty() && from.start == lines.start;
            let grown = i64::from(to.end) - i64::from(from.end);
            if from.end <= lines.start && !same_place {
                (moved_by, end_moved_by) = (grown, grown);
            } else if from.start < lines.end || same_place {
                let start = inside.map_or(to.start, |known| known.start);
                inside = Some(start..to.end);
                end_moved_by = grown;
            } else {
                break;
            }
        }
        let line = |number: i64| u32::try_from(number).unwrap_or_default();
        let start = line(i64::from(lines.start) + moved_by);
        let end = line(i64::from(lines.end) + end_moved_by);
        match inside {
            None => start..end.max(start),
            Some(inside) => {
                let start = start.min(inside.start);
                start..end.max(inside.end).max(start)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: Range<u32>, changes: &[(Range<u32>, Range<u32>)], expected: Range<u32>) {
        let hunks: Vec<Hunk> =
            changes.iter().map(|(base, own)| Hunk { base: base.clone(), own: own.clone() }).collect();
        let way = LineMap { hunks: Arc::new(Some(hunks)), backwards: false };
        assert_eq!(way.carried(&lines), expected);
        let turned: Vec<Hunk> =
            changes.iter().map(|(base, own)| Hunk { base: own.clone(), own: base.clone() }).collect();
        let way = LineMap { hunks: Arc::new(Some(turned)), backwards: true };
        assert_eq!(way.carried(&lines), expected, "the same hunks, read the other way round");
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
