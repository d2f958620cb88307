//! Which tips of a chain can influence each other's merges.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use foldhash::HashSet;

use super::effect::whose_attributes_concern;
use super::{Chain, MergeEffect};
use crate::interaction::kind::Interaction;
use crate::merge::renames::similarity::RENAME_SCORE;
use crate::model::{Entry, RepoPath};

/// Changes with at most this many unchanged lines between them may interact. Git needs them to touch;
/// the margin is for hunks that another change causes to slide or to be split differently.
const CLOSE: u32 = 3;

/// Files with at least this score could become a rename after a few more edits.
const ALIKE: u64 = RENAME_SCORE / 4 * 3;

/// The tips that remove a path, by path.
type Removers<'e> = BTreeMap<&'e RepoPath, BTreeSet<usize>>;

/// A tip, and a path that it adds.
type Adder<'e> = (usize, &'e RepoPath, Entry);

impl Chain<'_> {
    /// How each two of these tips interact: the answer for `(a, b)`, `a` before `b`, is at `a` of `b`'s
    /// row.
    ///
    /// Two tips may also interact because of a third: a file that one removes, another changes, and a
    /// third adds under a new name is a rename to git; a folder is gone when several have each removed
    /// a part of it; by attributes that one sets, changes of others can meet that lie far apart.
    pub fn interactions(&self, effects: &[&MergeEffect]) -> Vec<Vec<Interaction>> {
        let mut rows: Vec<Vec<Interaction>> = (0..effects.len())
            .map(|b| (0..b).map(|a| self.interaction(effects[a], effects[b])).collect())
            .collect();
        for (a, b) in self.through_a_third(effects) {
            rows[a.max(b)][a.min(b)] = Interaction::Structural;
        }
        rows
    }

    fn through_a_third(&self, effects: &[&MergeEffect]) -> HashSet<(usize, usize)> {
        let mut found = HashSet::default();
        let setting = whose_attributes_concern(effects);
        // a third may move a file to where they count
        for setter in &setting {
            found.extend((0..effects.len()).filter(|other| other != setter).map(|other| (*setter, other)));
        }
        if !setting.is_empty() {
            let meet = |a: usize, b: usize| !effects[a].paths.is_disjoint(&effects[b].paths);
            found.extend(
                (0..effects.len()).flat_map(|b| (0..b).map(move |a| (a, b))).filter(|(a, b)| meet(*a, *b)),
            );
        }
        let mut together = |members: &BTreeSet<usize>| {
            for a in members {
                found.extend(members.range(..a).map(|b| (*b, *a)));
            }
        };
        let (removers, adders) = removers_and_adders(effects);
        // a file that one removes and another touches may be found again in what a third adds
        for path in removers.keys() {
            let touching: BTreeSet<usize> =
                (0..effects.len()).filter(|at| effects[*at].paths.contains(*path)).collect();
            if touching.len() < 2 {
                continue;
            }
            let old = self.in_target(path).ok().flatten();
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

    /// Whether git could take one file for the other, renamed; yes where one cannot be read.
    fn could_be_one_file(&self, old: Option<Entry>, new: Entry) -> bool {
        let Some(old) = old.filter(|old| old.kind.is_file() && new.kind.is_file()) else { return false };
        self.merger().engine.renames.could_reach(ALIKE, old.oid, new.oid).unwrap_or(true)
    }

    /// How two tips interact by themselves.
    fn interaction(&self, a: &MergeEffect, b: &MergeEffect) -> Interaction {
        if a.shares_history(b) || self.may_be_taken_for_moved(a, b) || self.may_be_taken_for_moved(b, a) {
            return Interaction::Structural;
        }
        if a.touched().shares_a_place(b.touched()) { self.by_lines(a, b) } else { Interaction::None }
    }

    /// How two tips interact that touch a path or folder in common, judged by their lines where possible.
    fn by_lines(&self, a: &MergeEffect, b: &MergeEffect) -> Interaction {
        let (small, large) = if a.paths.len() <= b.paths.len() { (a, b) } else { (b, a) };
        let mut shared = small.paths.iter().filter(|path| large.paths.contains(*path)).peekable();
        if shared.peek().is_none() || !a.is_plain() || !b.is_plain() {
            return Interaction::Structural; // by folders, or under any name
        }
        let mut interaction = Interaction::None;
        for path in shared {
            match [small, large].map(|effect| self.touched_lines(effect, path)) {
                [Some(one), Some(other)] if !close(&one, &other) => {}
                [Some(_), Some(_)] => interaction = Interaction::Edits(()),
                [None, _] | [_, None] => return Interaction::Structural,
            }
        }
        interaction
    }

    /// Whether git could take a file that one adds for a file that the other touched and the target
    /// moved.
    fn may_be_taken_for_moved(&self, one: &MergeEffect, other: &MergeEffect) -> bool {
        let is_one = |old: &Entry| {
            let mut added = other.added.iter();
            added.any(|(_, new)| self.could_be_one_file(Some(*old), *new))
        };
        one.moved.iter().any(is_one)
    }
}

/// The tips that remove each path of the target, and what each tip adds.
fn removers_and_adders<'e>(effects: &[&'e MergeEffect]) -> (Removers<'e>, Vec<Adder<'e>>) {
    let mut removers = Removers::new();
    let mut adders = Vec::new();
    for (at, effect) in effects.iter().enumerate() {
        for (path, _) in effect.edits.iter().filter(|(_, entry)| entry.is_none()) {
            removers.entry(path).or_default().insert(at);
        }
        adders.extend(effect.added.iter().map(|(path, new)| (at, path, *new)));
    }
    (removers, adders)
}

/// The folders of which several tips remove parts, with these tips.
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

/// Whether any two ranges come close, of two lists that are sorted.
pub(super) fn close(one: &[Range<u32>], other: &[Range<u32>]) -> bool {
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    // the end of what was passed in each
    let (mut left_end, mut right_end) = (None::<u32>, None::<u32>);
    let reaches = |end: Option<u32>, start: u32| end.is_some_and(|end| start <= end.saturating_add(CLOSE));
    loop {
        let left_is_next = match (left.peek(), right.peek()) {
            (None, None) => return false,
            (Some(a), Some(b)) => a.start <= b.start,
            (next, _) => next.is_some(),
        };
        let (next, end, other_end) = if left_is_next {
            (left.next(), &mut left_end, right_end)
        } else {
            (right.next(), &mut right_end, left_end)
        };
        let Some(next) = next else { return false };
        if reaches(other_end, next.start) {
            return true;
        }
        *end = (*end).max(Some(next.end));
    }
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
