//! Paths that two tips both changed, and how close their lines come.

use std::collections::BTreeMap;

use super::line_maps::LineMaps;
use crate::model::{Change, ChangeSet, Entry, EntryKind, Hunk, Hunks, Nearness, Overlap, Reason, RepoPath};

/// Hunks with at most this many unchanged lines between them are near each other.
const NEAR: u32 = 10;

/// All paths that both changed, renames followed: old and new name are one file.
pub(super) fn overlaps(bases: &LineMaps<'_>, a: &ChangeSet, b: &ChangeSet) -> Vec<Overlap> {
    let common = changes_in_common(a, b);
    let mut overlaps: Vec<Overlap> = common.into_iter().map(|(a, b)| overlap(bases, a, b)).collect();
    overlaps.sort_by(|a, b| (&a.path, &a.other_path).cmp(&(&b.path, &b.other_path)));
    overlaps
}

/// The paths that both changed and that one of them could not read in its worktree, sorted, with the reason. What commits
/// have is in their trees: whether that can be read is for the merge to say, where it has to.
pub(super) fn unread(a: &ChangeSet, b: &ChangeSet) -> Vec<(RepoPath, Reason)> {
    let common = changes_in_common(a, b);
    let reason = |change: &Change| match &change.hunks {
        Hunks::Unknown(reason) if change.layers.unread => Some((change.path.clone(), reason.clone())),
        Hunks::Unknown(_) | Hunks::Lines(_) | Hunks::Binary | Hunks::None => None,
    };
    let mut unread: Vec<_> =
        common.into_iter().filter_map(|(a, b)| reason(a).or_else(|| reason(b))).collect();
    unread.sort();
    unread
}

/// The pairs of changes that are about one file. The paths of the smaller set are looked up in the larger,
/// of which only the renames are looked at besides.
fn changes_in_common<'a>(a: &'a ChangeSet, b: &'a ChangeSet) -> Vec<(&'a Change, &'a Change)> {
    let (small, large, swapped) = if a.len() <= b.len() { (a, b, false) } else { (b, a, true) };
    let mut common: BTreeMap<(&RepoPath, &RepoPath), (&Change, &Change)> = BTreeMap::new();
    let mut meet = |one: &'a Change, other: &'a Change| {
        let (one, other) = if swapped { (other, one) } else { (one, other) };
        common.insert((&one.path, &other.path), (one, other));
    };
    for change in small {
        for other in change.paths().filter_map(|path| large.at(path)) {
            meet(change, other);
        }
    }
    if small.is_empty() {
        return Vec::new();
    }
    let moved: Vec<&Change> = small.iter().filter(|change| change.from.is_some()).collect();
    for other in large.iter().filter(|change| change.from.is_some()) {
        let alike = moved.iter().copied().filter(|change| change.from == other.from);
        alike
            .chain(other.from.iter().filter_map(|path| small.at(path)))
            .for_each(|change| meet(change, other));
    }
    common.into_values().collect()
}

fn overlap(bases: &LineMaps<'_>, a: &Change, b: &Change) -> Overlap {
    let lines = |change: &Change| change.hunks.lines().iter().map(Hunk::lines).collect();
    Overlap {
        path: a.path.clone(),
        other_path: (a.path != b.path).then(|| b.path.clone()),
        lines_a: lines(a),
        lines_b: lines(b),
        nearness: nearness(bases, a, b),
        declared: [false; 2],
        both_drift: false,
    }
}

/// How close two changes of one file come, in unchanged lines of the version they are based on. Where they
/// are based on different versions, the lines of each are mapped to the other's, and the smaller gap counts.
fn nearness(bases: &LineMaps<'_>, a: &Change, b: &Change) -> Nearness {
    let is_submodule = |change: &Change| change.new.is_some_and(|new| new.kind == EntryKind::Submodule);
    if is_submodule(a) && is_submodule(b) {
        return Nearness::Submodule;
    }
    let is_unread = |change: &Change| matches!(change.hunks, Hunks::Unknown(_));
    if is_unread(a) || is_unread(b) {
        return Nearness::Unknown;
    }
    let (ours, theirs) = (a.hunks.lines(), b.hunks.lines());
    let version = |change: &Change| change.old.map(|entry: Entry| entry.oid);
    let gap = if ours.is_empty() || theirs.is_empty() {
        None
    } else if version(a) == version(b) {
        gap(ours, theirs)
    } else {
        let Some([there, back]) = bases.between(version(a), version(b)) else { return Nearness::Unknown };
        gap(&there.map(ours), theirs).min(gap(ours, &back.map(theirs)))
    };
    match gap {
        Some(0) => Nearness::Touching,
        Some(lines) if lines <= NEAR => Nearness::Near(lines),
        Some(_) | None => Nearness::Apart,
    }
}

/// The smallest number of unchanged lines between a hunk of one and a hunk of the other.
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
