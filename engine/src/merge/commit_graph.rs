//! Merge bases, as `git-merge-base.adoc` defines them. A walk paints what is reachable from one commit and
//! from the others, newest commits first, until everything left is reachable from both. Commits are read
//! once for all walks on one graph, and committer dates may be wrong.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use crate::merge::objects::Missing;
use crate::model::Oid;

/// What a merge must know of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitFacts {
    /// Its tree.
    pub tree: Oid,
    /// Its parents, in order.
    pub parents: Vec<Oid>,
    /// Its committer time, in seconds since 1970.
    pub time: i64,
}

/// How a commit relates to others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ancestry {
    /// The merge bases, the newest first.
    pub bases: Vec<Oid>,
    /// The commits that the others do not contain.
    pub own: HashSet<Oid>,
}

impl Ancestry {
    /// Whether another one has one of its own commits.
    pub fn shares(&self, other: &Ancestry) -> bool {
        !self.own.is_disjoint(&other.own)
    }
}

/// Reads a commit.
pub type ReadCommit<'a> = &'a dyn Fn(Oid) -> Result<CommitFacts, Missing>;

/// The commits read so far, numbered in the order in which they were first seen.
#[derive(Default)]
pub struct CommitGraph {
    numbers: HashMap<Oid, u32>,
    nodes: Vec<GraphNode>,
    /// Paint of the current walk; all zero between walks.
    paint: Vec<u8>,
}

struct GraphNode {
    id: Oid,
    /// Time and parents, once the commit was read.
    read: Option<(i64, Box<[u32]>)>,
}

/// What a walk from one commit and from others found.
pub struct WalkResult {
    /// The merge bases, the newest first.
    pub bases: Vec<Oid>,
    /// The numbers of the commits that only the one reaches, sorted.
    pub own: Vec<u32>,
    /// How many commits only the others reach.
    pub behind: usize,
}

const ONE: u8 = 1;
const OTHER: u8 = 2;
const BOTH: u8 = ONE | OTHER;
/// An ancestor of a common ancestor.
const STALE: u8 = 4;
const FOUND: u8 = 8;
/// One place in the queue. A commit has as many as it was painted anew, three at most.
const QUEUED: u8 = 16;
const PLACES: u8 = 3 * QUEUED;

/// A walk visits this many more commits after it seems complete: with wrong clocks, a commit that
/// only one side seems to reach can still turn out to be common.
const EXTRA_COMMITS: usize = 100;

impl CommitGraph {
    /// Walks from one commit and from a hypothetical merge of the others.
    ///
    /// # Errors
    /// A commit that cannot be read.
    pub fn walk(&mut self, one: Oid, others: &[Oid], read: ReadCommit<'_>) -> Result<WalkResult, Missing> {
        let (bases, own, behind) = self.paint_and_collect(one, others, read)?;
        Ok(WalkResult { bases: self.independent(bases, read)?, own, behind })
    }

    /// The commits with these numbers.
    pub fn ids(&self, numbers: &[u32]) -> HashSet<Oid> {
        numbers.iter().map(|number| self.nodes[*number as usize].id).collect()
    }

    /// Whether the first parents of `from` lead to `to` within so many steps.
    ///
    /// # Errors
    /// A commit that cannot be read.
    pub fn is_on_first_parent_line(
        &mut self,
        to: Oid,
        from: Oid,
        steps: usize,
        read: ReadCommit<'_>,
    ) -> Result<bool, Missing> {
        let (to, mut at) = (self.number(to), self.number(from));
        for _ in 0..steps {
            if at == to {
                break;
            }
            self.time(at, read)?;
            let parents = self.nodes[at as usize].read.as_ref().map(|(_, parents)| parents);
            match parents.and_then(|parents| parents.first()) {
                Some(parent) => at = *parent,
                None => break,
            }
        }
        Ok(at == to)
    }

    fn number(&mut self, id: Oid) -> u32 {
        *self.numbers.entry(id).or_insert_with(|| {
            self.nodes.push(GraphNode { id, read: None });
            self.paint.push(0);
            (self.nodes.len() - 1) as u32
        })
    }

    /// The time of a commit, reading it if necessary.
    fn time(&mut self, number: u32, read: ReadCommit<'_>) -> Result<i64, Missing> {
        let node = &self.nodes[number as usize];
        if let Some((time, _)) = &node.read {
            return Ok(*time);
        }
        let commit = read(node.id)?;
        let parents = commit.parents.iter().map(|parent| self.number(*parent)).collect();
        self.nodes[number as usize].read = Some((commit.time, parents));
        Ok(commit.time)
    }

    /// Candidates for merge bases, commits that only `one` reaches, and how many only the others do.
    fn paint_and_collect(
        &mut self,
        one: Oid,
        others: &[Oid],
        read: ReadCommit<'_>,
    ) -> Result<(Vec<u32>, Vec<u32>, usize), Missing> {
        let (mut touched, mut bases) = (Vec::new(), Vec::new());
        let painted = self.paint_down(one, others, read, &mut touched, &mut bases);
        let (mut own, mut behind) = (Vec::new(), 0);
        for number in touched {
            match std::mem::take(&mut self.paint[number as usize]) & BOTH {
                ONE => own.push(number),
                OTHER => behind += 1,
                _ => {}
            }
        }
        painted?;
        own.sort_unstable();
        Ok((bases, own, behind))
    }

    /// Paints. Every commit with paint is in `touched` once; the best common ancestors are in `found`, in the
    /// order in which they were visited, as they are once all that is left is stale. (Replaced commits can make
    /// a commit its own ancestor: what comes after does not count.)
    fn paint_down(
        &mut self,
        one: Oid,
        others: &[Oid],
        read: ReadCommit<'_>,
        touched: &mut Vec<u32>,
        found: &mut Vec<u32>,
    ) -> Result<(), Missing> {
        let mut queue = BinaryHeap::new();
        let mut pushed = 0u32; // of the same age, the one reached first is visited first
        let mut fresh = 0usize; // places in the queue of commits that are not stale
        let mut oldest = i64::MAX; // of the commits that one side alone reached
        let mut extra = EXTRA_COMMITS;
        let mut settled = false; // what is found
        let starts = std::iter::once((one, ONE)).chain(others.iter().map(|other| (*other, OTHER)));
        let mut pending: Vec<(u32, u8)> = starts.map(|(id, paint)| (self.number(id), paint)).collect();
        loop {
            for (number, paint) in pending.drain(..) {
                let at = number as usize;
                let before = self.paint[at];
                if before & paint == paint {
                    continue;
                }
                let time = self.time(number, read)?;
                if before == 0 {
                    touched.push(number);
                }
                self.paint[at] = (before | paint) + QUEUED;
                fresh = fresh + fresh_places(self.paint[at]) - fresh_places(before);
                queue.push((time, Reverse(pushed), number));
                pushed += 1;
            }
            if fresh == 0 && !settled {
                settled = true;
                found.retain(|base| self.paint[*base as usize] & STALE == 0);
            }
            let Some(&(time, _, number)) = queue.peek() else { return Ok(()) };
            if fresh > 0 || time >= oldest {
                extra = EXTRA_COMMITS;
            } else if extra == 0 {
                return Ok(());
            }
            extra -= 1;
            queue.pop();
            let at = number as usize;
            if self.paint[at] & BOTH != BOTH {
                oldest = oldest.min(time);
            }
            let before = self.paint[at];
            self.paint[at] -= QUEUED;
            fresh = fresh + fresh_places(self.paint[at]) - fresh_places(before);
            let mut paint = self.paint[at] & (BOTH | STALE);
            if paint == BOTH {
                if self.paint[at] & FOUND == 0 && !settled {
                    self.paint[at] |= FOUND;
                    found.push(number);
                }
                paint |= STALE;
            }
            if let Some((_, parents)) = &self.nodes[at].read {
                pending.extend(parents.iter().map(|parent| (*parent, paint)));
            }
        }
    }

    /// The common ancestors that no other one contains, the newest first; of the same age, in the order
    /// given. With wrong clocks, a walk can find more than these. Of those that contain each other, as replaced
    /// commits can, the last stays.
    fn independent(&mut self, found: Vec<u32>, read: ReadCommit<'_>) -> Result<Vec<Oid>, Missing> {
        let ids: Vec<Oid> = found.iter().map(|number| self.nodes[*number as usize].id).collect();
        let (mut best, mut left) = (Vec::new(), ids.clone());
        for (at, number) in found.iter().enumerate() {
            let others: Vec<Oid> = left.iter().filter(|other| **other != ids[at]).copied().collect();
            let contained =
                !others.is_empty() && self.paint_and_collect(ids[at], &others, read)?.1.is_empty();
            if contained {
                left = others;
            } else {
                best.push((Reverse(self.time(*number, read)?), ids[at]));
            }
        }
        best.sort_by_key(|(time, _)| *time);
        Ok(best.into_iter().map(|(_, id)| id).collect())
    }
}

/// How many places in the queue a commit of this paint has, unless it is stale.
fn fresh_places(paint: u8) -> usize {
    if paint & STALE == 0 { usize::from((paint & PLACES) / QUEUED) } else { 0 }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The commit of this letter in a [`history`].
    pub(crate) fn id(letter: char) -> Oid {
        Oid::new([letter as u8; 20])
    }

    /// The commits of a history such as `a: b:a c:a d:b,c`: each with its parents, oldest first.
    pub(crate) fn history(text: &str) -> HashMap<Oid, CommitFacts> {
        let commits = text.split(' ').enumerate().map(|(time, commit)| {
            let (name, parents) = commit.split_once(':').unwrap();
            let parents = parents.split(',').filter_map(|parent| parent.chars().next()).map(id).collect();
            let facts = CommitFacts { tree: Oid::EMPTY_TREE, parents, time: time as i64 };
            (id(name.chars().next().unwrap()), facts)
        });
        commits.collect()
    }

    /// Merge bases of `one` and the others in a [`history`].
    fn check(text: &str, one: char, others: &str, expected: &str) {
        let facts = history(text);
        let others: Vec<Oid> = others.chars().map(id).collect();
        let read = |id: Oid| Ok(facts[&id].clone());
        let found = CommitGraph::default().walk(id(one), &others, &read).unwrap().bases;
        let found: String = found.iter().map(|id| id.as_bytes()[0] as char).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_best_common_ancestors_newest_first() {
        check("a: b:a c:a", 'b', "c", "a");
        check("a: b:a c:b", 'b', "c", "b");
        check("a: b:", 'a', "b", "");
        check("a: b:a c:a d:b,c e:c,b", 'd', "e", "cb");
        check("a: b:a c:b d:b e:a", 'e', "cd", "a");
        check("a: b:a c:a d:b e:c", 'd', "ce", "a");
        check("a: b:a c:b d:a", 'c', "bd", "b");
    }

    #[test]
    fn commits_that_are_their_own_ancestors_are_bases_where_git_says_so() {
        // as a replaced commit makes them
        let history = "b:c c:b d:c e:c x:b,c y:c,b z:b";
        for (one, other, expected) in [
            ('d', "b", ""),
            ('d', "e", "c"),
            ('b', "c", ""),
            ('c', "b", ""),
            ('x', "y", "c"),
            ('y', "x", "c"),
            ('x', "z", ""),
            ('z', "x", ""),
            ('z', "d", ""),
            ('y', "z", ""),
        ] {
            check(history, one, other, expected);
        }
    }

    #[test]
    fn of_equal_age_the_base_visited_first_comes_first() {
        let mut facts = history("p: q: a:p,q b:q,p");
        facts.values_mut().for_each(|commit| commit.time = 0);
        let read = |id: Oid| Ok(facts[&id].clone());
        let bases = |one, other| CommitGraph::default().walk(id(one), &[id(other)], &read).unwrap().bases;
        assert_eq!(bases('a', 'b'), [id('p'), id('q')]);
        assert_eq!(bases('b', 'a'), [id('q'), id('p')]);
    }
}
