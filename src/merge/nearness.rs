//! Paths that two tips both changed, and how close their lines come.

use std::collections::BTreeSet;

use crate::model::{Change, ChangeSet, Hunk, Nearness, Overlap, RepoPath};
use foldhash::HashMap;

/// Hunks with at most this many unchanged lines between them are near each other.
const NEAR: u32 = 10;

/// All paths that both changed, renames followed: old and new name are one file.
pub(super) fn overlaps(a: &ChangeSet, b: &ChangeSet) -> Vec<Overlap> {
    let (small, large, swapped) = if a.len() <= b.len() { (a, b, false) } else { (b, a, true) };
    let mut by_path: HashMap<&RepoPath, Vec<&Change>> = HashMap::default();
    for change in small {
        for path in change.paths() {
            by_path.entry(path).or_default().push(change);
        }
    }
    let mut met: BTreeSet<(&RepoPath, &RepoPath)> = BTreeSet::new();
    let mut overlaps = Vec::new();
    for change in large {
        for other in change.paths().filter_map(|path| by_path.get(path)).flatten() {
            let (one, two) = if swapped { (change, *other) } else { (*other, change) };
            if met.insert((&one.path, &two.path)) {
                overlaps.push(overlap(one, two));
            }
        }
    }
    overlaps.sort_by(|a, b| (&a.path, &a.other_path).cmp(&(&b.path, &b.other_path)));
    overlaps
}

fn overlap(a: &Change, b: &Change) -> Overlap {
    let lines = |change: &Change| change.hunks.lines().iter().map(Hunk::lines).collect();
    Overlap {
        path: a.path.clone(),
        other_path: (a.path != b.path).then(|| b.path.clone()),
        lines_a: lines(a),
        lines_b: lines(b),
        nearness: nearness(a, b),
    }
}

/// How close two changes of one file come, in the lines of the base. Where the bases differ, their
/// line numbers do as well, and the answer is as good as these.
fn nearness(a: &Change, b: &Change) -> Nearness {
    let (ours, theirs) = (a.hunks.lines(), b.hunks.lines());
    match gap(ours, theirs) {
        Some(0) => Nearness::Touching,
        Some(lines) if lines <= NEAR => Nearness::Near(lines),
        Some(_) | None => Nearness::Apart,
    }
}

/// The least number of unchanged lines between a hunk of one and a hunk of the other.
fn gap(ours: &[Hunk], theirs: &[Hunk]) -> Option<u32> {
    let (mut left, mut right) = (ours.iter().peekable(), theirs.iter().peekable());
    let mut least = None;
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let between = |first: &Hunk, second: &Hunk| second.base.start.saturating_sub(first.base.end);
        let lines = between(one, other).max(between(other, one));
        least = Some(least.map_or(lines, |least: u32| least.min(lines)));
        if one.base.end <= other.base.end {
            left.next();
        } else {
            right.next();
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ours: &[(u32, u32)], theirs: &[(u32, u32)], expected: Option<u32>) {
        let hunks = |ranges: &[(u32, u32)]| -> Vec<Hunk> {
            ranges.iter().map(|&(start, end)| Hunk { base: start..end, own: start..end }).collect()
        };
        assert_eq!(gap(&hunks(ours), &hunks(theirs)), expected);
        assert_eq!(gap(&hunks(theirs), &hunks(ours)), expected);
    }

    #[test]
    fn the_least_gap_between_hunks() {
        check(&[(1, 2)], &[(2, 3)], Some(0));
        check(&[(1, 9)], &[(3, 4)], Some(0));
        check(&[(1, 2), (50, 51)], &[(40, 42), (60, 61)], Some(8));
        check(&[(5, 5)], &[(5, 5)], Some(0));
        check(&[(5, 5)], &[(6, 6)], Some(1));
        check(&[], &[(1, 2)], None);
    }
}
