//! Questions to the history, answered on commits that are read once for all questions.
//!
//! The algorithm is the one that `git merge-base` describes: paint what is reachable from one
//! side and from the other, newest commits first, until all that is left is painted by both.

use std::collections::BinaryHeap;
use std::sync::Arc;

use foldhash::HashMap;

use crate::interaction::Relation;
use crate::merge::{CommitFacts, Missing};
use crate::model::Oid;

/// A relation of a head to a target, with the numbers of the commits that the target lacks, sorted.
#[derive(Clone)]
struct Walked {
    relation: Arc<Relation>,
    own: Vec<u32>,
}

/// Gives a commit by its id.
pub(super) type Load<'a> = &'a dyn Fn(Oid) -> Result<CommitFacts, Missing>;

/// Commits that were read, and answers that were given.
#[derive(Default)]
pub(super) struct History {
    numbers: HashMap<Oid, u32>,
    nodes: Vec<Node>,
    /// Paint of the present walk; all zero between walks.
    paint: Vec<u8>,
    relations: HashMap<(Oid, Oid), Walked>,
}

struct Node {
    id: Oid,
    /// Time, and numbers of the parents, once it was read.
    read: Option<(i64, Box<[u32]>)>,
}

const ONE: u8 = 1;
const OTHER: u8 = 2;
const BOTH: u8 = ONE | OTHER;
/// Below a common ancestor: not a best one.
const STALE: u8 = 4;
const RESULT: u8 = 8;
const QUEUED: u8 = 16;

/// A walk goes on for so many commits after it seems to be over: where clocks went wrong, one that
/// only one side seemed to have can still turn out to be common. Git does the same for five.
const PATIENCE: usize = 100;

/// What a walk found, by numbers.
struct Walk {
    bases: Vec<u32>,
    only_one: Vec<u32>,
    only_other: usize,
}

impl History {
    /// Compares a head to the target's commit.
    pub(super) fn relation(
        &mut self,
        head: Oid,
        target: Oid,
        load: Load<'_>,
    ) -> Result<Arc<Relation>, Missing> {
        if let Some(known) = self.relations.get(&(head, target)) {
            return Ok(known.relation.clone());
        }
        let walk = self.walk(head, &[target], load)?;
        let bases = self.best(walk.bases, load)?;
        let contained = bases == [head];
        let relation = Arc::new(Relation {
            in_line: contained && self.is_in_line(head, target, walk.only_other, load)?,
            contained,
            bases,
            ahead: walk.only_one.len(),
            behind: walk.only_other,
        });
        self.relations.insert((head, target), Walked { relation: relation.clone(), own: walk.only_one });
        Ok(relation)
    }

    /// Whether the first parents of the target lead to a head that it contains; those before it are
    /// among the commits that the head lacks.
    fn is_in_line(&mut self, head: Oid, target: Oid, behind: usize, load: Load<'_>) -> Result<bool, Missing> {
        let (head, mut at) = (self.number(head), self.number(target));
        for _ in 0..behind {
            if at == head {
                break;
            }
            self.time(at, load)?;
            let parents = self.nodes[at as usize].read.as_ref().map(|(_, parents)| parents);
            match parents.and_then(|parents| parents.first()) {
                Some(parent) => at = *parent,
                None => break,
            }
        }
        Ok(at == head)
    }

    /// The best common ancestors of `one` and a hypothetical merge of the `others`, the newest first.
    pub(super) fn merge_bases(
        &mut self,
        one: Oid,
        others: &[Oid],
        load: Load<'_>,
    ) -> Result<Vec<Oid>, Missing> {
        if let Some(known) = self.known_bases(one, others) {
            return Ok(known);
        }
        let walk = self.walk(one, others, load)?;
        self.best(walk.bases, load)
    }

    /// Whether two heads have commits in common that the target lacks.
    pub(super) fn share_own(
        &mut self,
        [one, other]: [Oid; 2],
        target: Oid,
        load: Load<'_>,
    ) -> Result<bool, Missing> {
        self.relation(one, target, load)?;
        self.relation(other, target, load)?;
        let own = |head| self.relations.get(&(head, target)).map(|walked| &walked.own[..]);
        Ok(!are_disjoint(own(one).unwrap_or_default(), own(other).unwrap_or_default()))
    }

    /// A head while there is no target yet: all its commits are its own.
    pub(super) fn alone(&mut self, head: Oid, load: Load<'_>) -> Result<Relation, Missing> {
        let own = self.walk(head, &[], load)?.only_one;
        Ok(Relation { ahead: own.len(), ..Relation::default() })
    }

    /// From what is known already: where another head shares no commit with this one but through
    /// the target, it adds no common ancestor to those with the target.
    fn known_bases(&self, one: Oid, others: &[Oid]) -> Option<Vec<Oid>> {
        let own = |head, target| self.relations.get(&(head, target));
        let (walked, target) = others.iter().find_map(|target| Some((own(one, *target)?, *target)))?;
        let adds_nothing = |other: &Oid| {
            *other == target || own(*other, target).is_some_and(|other| are_disjoint(&walked.own, &other.own))
        };
        others.iter().all(adds_nothing).then(|| walked.relation.bases.clone())
    }

    fn number(&mut self, id: Oid) -> u32 {
        *self.numbers.entry(id).or_insert_with(|| {
            self.nodes.push(Node { id, read: None });
            self.paint.push(0);
            (self.nodes.len() - 1) as u32
        })
    }

    /// The time of a commit, which is read now if it was not yet.
    fn time(&mut self, number: u32, load: Load<'_>) -> Result<i64, Missing> {
        let node = &self.nodes[number as usize];
        if let Some((time, _)) = &node.read {
            return Ok(*time);
        }
        let commit = load(node.id)?;
        let parents = commit.parents.iter().map(|parent| self.number(*parent)).collect();
        self.nodes[number as usize].read = Some((commit.time, parents));
        Ok(commit.time)
    }

    fn walk(&mut self, one: Oid, others: &[Oid], load: Load<'_>) -> Result<Walk, Missing> {
        let mut touched = Vec::new();
        let found = self.paint_down(one, others, load, &mut touched);
        let mut walk = Walk { bases: Vec::new(), only_one: Vec::new(), only_other: 0 };
        for number in touched {
            let paint = std::mem::take(&mut self.paint[number as usize]);
            match paint & BOTH {
                ONE => walk.only_one.push(number),
                OTHER => walk.only_other += 1,
                _ if paint & RESULT != 0 && paint & STALE == 0 => walk.bases.push(number),
                _ => {}
            }
        }
        found?;
        walk.only_one.sort_unstable();
        Ok(walk)
    }

    /// Paints; every commit whose paint is not zero is noted in `touched` once.
    fn paint_down(
        &mut self,
        one: Oid,
        others: &[Oid],
        load: Load<'_>,
        touched: &mut Vec<u32>,
    ) -> Result<(), Missing> {
        let mut queue = BinaryHeap::new();
        let mut fresh = 0usize; // queued commits that are not stale
        let mut oldest = i64::MAX; // of the commits that one side alone reached
        let mut patience = PATIENCE;
        let starts = std::iter::once((one, ONE)).chain(others.iter().map(|other| (*other, OTHER)));
        let mut pending: Vec<(u32, u8)> = starts.map(|(id, paint)| (self.number(id), paint)).collect();
        loop {
            for (number, paint) in pending.drain(..) {
                let at = number as usize;
                let before = self.paint[at];
                if before & paint == paint {
                    continue;
                }
                let time = self.time(number, load)?;
                let before_fresh = before & QUEUED != 0 && before & STALE == 0;
                if before == 0 {
                    touched.push(number);
                }
                self.paint[at] |= paint | QUEUED;
                fresh = fresh + usize::from(self.paint[at] & STALE == 0) - usize::from(before_fresh);
                if before & QUEUED == 0 {
                    queue.push((time, std::cmp::Reverse(touched.len()), number));
                }
            }
            let Some(&(time, _, number)) = queue.peek() else { return Ok(()) };
            if fresh > 0 || time >= oldest {
                patience = PATIENCE;
            } else if patience == 0 {
                return Ok(());
            }
            patience -= 1;
            queue.pop();
            let at = number as usize;
            if self.paint[at] & BOTH != BOTH {
                oldest = oldest.min(time);
            }
            self.paint[at] &= !QUEUED;
            if self.paint[at] & STALE == 0 {
                fresh -= 1;
            }
            let mut paint = self.paint[at] & (BOTH | STALE);
            if paint == BOTH {
                self.paint[at] |= RESULT;
                paint |= STALE;
            }
            if let Some((_, parents)) = &self.nodes[at].read {
                pending.extend(parents.iter().map(|parent| (*parent, paint)));
            }
        }
    }

    /// Those of the common ancestors that no other one contains, the newest first. Clocks that
    /// went wrong can make a walk find more than the best.
    fn best(&mut self, found: Vec<u32>, load: Load<'_>) -> Result<Vec<Oid>, Missing> {
        let mut best = Vec::new();
        for (at, number) in found.iter().enumerate() {
            let id = self.nodes[*number as usize].id;
            let others: Vec<Oid> = found
                .iter()
                .filter(|other| *other != number)
                .map(|other| self.nodes[*other as usize].id)
                .collect();
            let contained = found.len() > 1 && self.walk(id, &others, load)?.only_one.is_empty();
            if !contained {
                best.push((std::cmp::Reverse(self.time(*number, load)?), at, id));
            }
        }
        best.sort_unstable();
        Ok(best.into_iter().map(|(_, _, id)| id).collect())
    }
}

fn are_disjoint(a: &[u32], b: &[u32]) -> bool {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => a.next(),
            std::cmp::Ordering::Greater => b.next(),
            std::cmp::Ordering::Equal => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(letter: u8) -> Oid {
        Oid::new([letter; 20])
    }

    /// Commits by letter, each with its parents, oldest first: "a b:a c:a d:bc".
    fn ask<T>(history: &str, question: impl FnOnce(&mut History, Load<'_>) -> T) -> T {
        let commits: HashMap<Oid, CommitFacts> = history
            .split(' ')
            .enumerate()
            .map(|(time, text)| {
                let (name, parents) = text.split_once(':').unwrap_or((text, ""));
                let parents = parents.bytes().map(id).collect();
                (id(name.as_bytes()[0]), CommitFacts { tree: Oid::EMPTY_TREE, parents, time: time as i64 })
            })
            .collect();
        let load = |id: Oid| commits.get(&id).cloned().ok_or(Missing { id, reason: String::new() });
        question(&mut History::default(), &load)
    }

    fn relation(history: &str, head: u8, target: u8) -> (String, usize, usize, bool) {
        let found = ask(history, |all, load| all.relation(id(head), id(target), load)).unwrap();
        let bases = found.bases.iter().map(|base| base.as_bytes()[0] as char).collect();
        (bases, found.ahead, found.behind, found.contained)
    }

    #[test]
    fn heads_are_compared_to_the_target() {
        let forked = "a b:a c:b d:b e:d";
        assert_eq!(relation(forked, b'c', b'e'), ("b".into(), 1, 2, false));
        assert_eq!(relation(forked, b'b', b'e'), ("b".into(), 0, 2, true));
        assert_eq!(relation(forked, b'e', b'b'), ("b".into(), 2, 0, false));
        assert_eq!(relation(forked, b'e', b'e'), ("e".into(), 0, 0, true));
        assert_eq!(relation("a b", b'a', b'b'), (String::new(), 1, 1, false));
        assert_eq!(relation("a b:a c:a d:bc e:bc", b'd', b'e'), ("cb".into(), 1, 1, false));
    }

    #[test]
    fn a_head_in_the_line_of_the_target_is_told_from_one_that_was_merged() {
        let in_line = |history, head, target| {
            ask(history, |all, load| all.relation(id(head), id(target), load)).unwrap().in_line
        };
        let merged = "a b:a c:a d:bc e:d";
        assert!(in_line(merged, b'e', b'e') && in_line(merged, b'b', b'e') && in_line(merged, b'a', b'e'));
        assert!(!in_line(merged, b'c', b'e'));
        assert!(!in_line("a b:a c:b", b'c', b'b'), "the target does not contain it");
    }

    #[test]
    fn a_wrong_clock_makes_no_second_base() {
        // b is older than its parent a says
        let found = relation("b:a a c:b d:b", b'c', b'd');
        assert_eq!(found, ("b".into(), 1, 1, false));
    }

    #[test]
    fn known_relations_answer_for_unrelated_pairs() {
        let history = "a b:a c:a d:c e:a f:e";
        let bases = |first: &[u8]| {
            ask(history, |all, load| {
                for head in first {
                    all.relation(id(*head), id(b'b'), load).unwrap();
                }
                all.merge_bases(id(b'd'), &[id(b'b'), id(b'f')], load).unwrap()
            })
        };
        assert_eq!(bases(b"df"), bases(b""));
        let shared = |first: &[u8]| {
            ask(history, |all, load| {
                for head in first {
                    all.relation(id(*head), id(b'b'), load).unwrap();
                }
                all.merge_bases(id(b'd'), &[id(b'b'), id(b'c')], load).unwrap()
            })
        };
        assert_eq!(shared(b"dc"), [id(b'c')]);
        assert_eq!(shared(b""), [id(b'c')]);
    }

    #[test]
    fn heads_share_what_the_target_lacks() {
        let share = |history: &str, a: u8, b: u8| {
            ask(history, |all, load| all.share_own([id(a), id(b)], id(b'm'), load)).unwrap()
        };
        assert!(share("m s:m a:s b:s", b'a', b'b'));
        assert!(share("m s:m b:s", b's', b'b'));
        assert!(!share("m a:m b:m", b'a', b'b'));
        assert!(!share("n m:n a:m b:n", b'a', b'b'));
        assert!(!share("m b:m", b'm', b'b'));
    }

    #[test]
    fn a_missing_commit_is_told() {
        assert!(ask("b:a", |all, load| all.relation(id(b'b'), id(b'b'), load)).is_err());
    }
}
