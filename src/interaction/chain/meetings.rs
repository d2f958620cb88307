//! How two tips matter to each other when both are merged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use foldhash::HashSet;

use super::{Chain, Extent};
use crate::merge::renames::similarity::{RENAME_SCORE, sizes_allow};
use crate::model::{Entry, RepoPath};

/// Changes with at most this many unchanged lines between them may matter to each other. Git needs
/// them to touch; the rest is for hunks that another change makes slide or fall differently.
const CLOSE: u32 = 3;

/// Files with at least this score could become a rename with a few edits more.
const ALIKE: u64 = RENAME_SCORE / 4 * 3;

/// How two tips matter to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// They do not.
    Apart,
    /// They change lines that are close to each other, and nothing else in common.
    Lines,
    /// In another way: files that come, go or move; whole versions; a common history.
    Whole,
}

/// The tips that remove a path, by the path.
type Removers<'e> = BTreeMap<&'e RepoPath, BTreeSet<usize>>;

/// A tip, and a path that it adds.
type Adder<'e> = (usize, &'e RepoPath, Entry);

impl Chain<'_> {
    /// How each two of these tips matter to each other: the answer for `(a, b)`, `a` before `b`, is
    /// at `a` of `b`'s row.
    ///
    /// Two tips may also matter to each other because of a third: a file that one removes, another
    /// changes, and a third adds under a new name is a rename to git; a folder is gone when several
    /// have each removed a part of it.
    pub fn meetings(&self, extents: &[&Extent]) -> Vec<Vec<Meeting>> {
        let mut rows: Vec<Vec<Meeting>> = (0..extents.len())
            .map(|b| (0..b).map(|a| self.meeting(extents[a], extents[b])).collect())
            .collect();
        for (a, b) in self.through_a_third(extents) {
            rows[a.max(b)][a.min(b)] = Meeting::Whole;
        }
        rows
    }

    fn through_a_third(&self, extents: &[&Extent]) -> HashSet<(usize, usize)> {
        let mut found = HashSet::default();
        let mut together = |members: &BTreeSet<usize>| {
            for a in members {
                found.extend(members.range(..a).map(|b| (*b, *a)));
            }
        };
        let (removers, adders) = removers_and_adders(extents);
        // a file that one removes and another touches may be found again in what a third adds
        for (path, gone) in &removers {
            let touching: BTreeSet<usize> =
                (0..extents.len()).filter(|at| extents[*at].paths.contains(*path)).collect();
            if touching.len() < 2 {
                continue;
            }
            let old = gone.iter().find_map(|at| extents[*at].effects[*path].old);
            let mut members = touching;
            members.extend(
                adders.iter().filter(|(_, _, new)| self.could_be_one_file(old, *new)).map(|(at, ..)| *at),
            );
            together(&members);
        }
        for (folder, gone) in emptied_together(&removers) {
            let mut members = gone.clone();
            members.extend(adders.iter().filter(|(_, path, _)| path.is_within(&folder)).map(|(at, ..)| *at));
            if members.len() > gone.len() {
                together(&members);
            }
        }
        found
    }

    /// Whether git could take one for the other renamed: what cannot be read, could.
    fn could_be_one_file(&self, old: Option<Entry>, new: Entry) -> bool {
        let Some(old) = old.filter(|old| old.kind.is_file() && new.kind.is_file()) else { return false };
        let size = |entry: Entry| self.engine.objects.blob_size(entry.oid);
        match (size(old), size(new)) {
            (Ok(one), Ok(other)) if !sizes_allow(one, other, ALIKE) => return false,
            (Ok(_), Ok(_)) => {}
            (Err(_), _) | (_, Err(_)) => return true,
        }
        match (self.engine.fingerprint(old), self.engine.fingerprint(new)) {
            (Ok(Some(one)), Ok(Some(other))) => one.score(&other) >= ALIKE,
            (Ok(None) | Err(_), _) | (_, Ok(None) | Err(_)) => true,
        }
    }

    /// How two tips matter to each other by themselves.
    fn meeting(&self, a: &Extent, b: &Extent) -> Meeting {
        let normalized = self.engine.options.normalize.is_some();
        if normalized && (a.footprint.changes_rules() || b.footprint.changes_rules()) {
            return Meeting::Whole;
        }
        if a.shares_history(b) || self.may_take_for_moved(a, b) || self.may_take_for_moved(b, a) {
            return Meeting::Whole;
        }
        if a.footprint.shares_a_place(&b.footprint) { closeness(a, b) } else { Meeting::Apart }
    }

    /// Whether git could take what one adds for what the other touched and the target moved.
    fn may_take_for_moved(&self, one: &Extent, other: &Extent) -> bool {
        let added =
            || other.effects.values().filter(|effect| effect.old.is_none()).filter_map(|effect| effect.new);
        one.moved.iter().any(|old| added().any(|new| self.could_be_one_file(Some(*old), new)))
    }
}

/// Which tips remove each path of the target, and what each adds.
fn removers_and_adders<'e>(extents: &[&'e Extent]) -> (Removers<'e>, Vec<Adder<'e>>) {
    let mut removers = Removers::new();
    let mut adders = Vec::new();
    for (at, extent) in extents.iter().enumerate() {
        for (path, effect) in &extent.effects {
            match (effect.old, effect.new) {
                (Some(_), None) => _ = removers.entry(path).or_default().insert(at),
                (None, Some(new)) => adders.push((at, path, new)),
                _ => {}
            }
        }
    }
    (removers, adders)
}

/// The folders of which several tips remove parts, with these.
fn emptied_together(removers: &Removers<'_>) -> impl Iterator<Item = (RepoPath, BTreeSet<usize>)> {
    let mut emptied: BTreeMap<RepoPath, BTreeSet<usize>> = BTreeMap::new();
    for (path, gone) in removers {
        let mut above = path.parent();
        while let Some(folder) = above {
            above = folder.parent();
            emptied.entry(folder).or_default().extend(gone);
        }
    }
    emptied.into_iter().filter(|(_, gone)| gone.len() > 1)
}

/// How close two tips come that touch a place in common.
fn closeness(a: &Extent, b: &Extent) -> Meeting {
    let (small, large) = if a.paths.len() <= b.paths.len() { (a, b) } else { (b, a) };
    let mut shared = small.paths.iter().filter(|path| large.paths.contains(*path)).peekable();
    if shared.peek().is_none() || !a.is_plain() || !b.is_plain() {
        return Meeting::Whole; // by folders, or under any name
    }
    let mut closest = Meeting::Apart;
    for path in shared {
        match (&small.effects[path].lines, &large.effects[path].lines) {
            (Some(one), Some(other)) if !close(one, other) => {}
            (Some(_), Some(_)) => closest = Meeting::Lines,
            (None, _) | (_, None) => return Meeting::Whole,
        }
    }
    closest
}

/// Whether any two ranges come close.
fn close(one: &[Range<u32>], other: &[Range<u32>]) -> bool {
    let near = |a: &Range<u32>, b: &Range<u32>| {
        a.start <= b.end.saturating_add(CLOSE) && b.start <= a.end.saturating_add(CLOSE)
    };
    one.iter().any(|a| other.iter().any(|b| near(a, b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_close_within_the_margin() {
        let check = |one: &[Range<u32>], other: Range<u32>| close(one, std::slice::from_ref(&other));
        assert!(check(std::slice::from_ref(&(1..2)), 5..6));
        assert!(!check(std::slice::from_ref(&(1..2)), 6..7));
        assert!(check(&[1..2, 50..60], 55..56));
    }
}
