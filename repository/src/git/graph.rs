//! How heads relate to targets, from commits that are read once for all questions.

use std::cmp::Ordering;
use std::sync::Arc;

use foldhash::HashMap;
use serde::{Deserialize, Serialize};

use crate::merge::{Ancestry, CommitGraph, Missing, ReadCommit};
use crate::model::Oid;

/// How a head relates to the target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// The merge bases, the newest first.
    pub bases: Vec<Oid>,
    /// The number of commits that the target lacks.
    pub ahead: usize,
    /// The number of commits that only the target has.
    pub behind: usize,
    /// Whether the target contains the head.
    pub contained: bool,
    /// Whether the target's first parents lead to the head, as they do where nothing was committed on
    /// the branch.
    pub first_parent: bool,
}

/// A relation of a head to a target, with the numbers of the commits that the target lacks, sorted.
struct Related {
    relation: Arc<Relation>,
    own: Vec<u32>,
}

/// The commits that were read, and the relations worked out from them.
#[derive(Default)]
pub(super) struct History {
    graph: CommitGraph,
    relations: HashMap<(Oid, Oid), Related>,
}

impl History {
    /// Compares a head to the target's commit.
    pub(super) fn relation(
        &mut self,
        head: Oid,
        target: Oid,
        read: ReadCommit<'_>,
    ) -> Result<Arc<Relation>, Missing> {
        if let Some(known) = self.relations.get(&(head, target)) {
            return Ok(known.relation.clone());
        }
        let reached = self.graph.walk(head, &[target], read)?;
        let contained = reached.bases == [head];
        // the commits between the two are among those that the head lacks
        let steps = reached.behind;
        let relation = Arc::new(Relation {
            first_parent: contained && self.graph.is_on_first_parent_line(head, target, steps, read)?,
            contained,
            bases: reached.bases,
            ahead: reached.own.len(),
            behind: reached.behind,
        });
        self.relations.insert((head, target), Related { relation: relation.clone(), own: reached.own });
        Ok(relation)
    }

    /// The merge bases of `one` with a hypothetical merge of the `others`, the newest first.
    pub(super) fn merge_bases(
        &mut self,
        one: Oid,
        others: &[Oid],
        read: ReadCommit<'_>,
    ) -> Result<Vec<Oid>, Missing> {
        match self.known_bases(one, others) {
            Some(known) => Ok(known),
            None => Ok(self.graph.walk(one, others, read)?.bases),
        }
    }

    /// The same, with the commits that the others do not contain.
    pub(super) fn ancestry(
        &mut self,
        one: Oid,
        others: &[Oid],
        read: ReadCommit<'_>,
    ) -> Result<Ancestry, Missing> {
        let [target] = others else {
            let reached = self.graph.walk(one, others, read)?;
            return Ok(Ancestry { bases: reached.bases, own: self.graph.ids(&reached.own) });
        };
        let bases = self.relation(one, *target, read)?.bases.clone();
        Ok(Ancestry { bases, own: self.graph.ids(self.own(one, *target)) })
    }

    /// A head while there is no target yet: all its commits are its own.
    pub(super) fn alone(&mut self, head: Oid, read: ReadCommit<'_>) -> Result<Relation, Missing> {
        let ahead = self.graph.walk(head, &[], read)?.own.len();
        Ok(Relation { ahead, ..Relation::default() })
    }

    /// The commits of a head that the target lacks, where the two have been compared.
    fn own(&self, head: Oid, target: Oid) -> &[u32] {
        self.relations.get(&(head, target)).map(|related| &related.own[..]).unwrap_or_default()
    }

    /// From what is known already: where another head shares no commit with this one except through
    /// the target, it adds no merge base to those with the target.
    fn known_bases(&self, one: Oid, others: &[Oid]) -> Option<Vec<Oid>> {
        let related = |head, target| self.relations.get(&(head, target));
        let (known, target) = others.iter().find_map(|target| Some((related(one, *target)?, *target)))?;
        let adds_nothing = |other: &Oid| {
            *other == target
                || related(*other, target).is_some_and(|other| are_disjoint(&known.own, &other.own))
        };
        others.iter().all(adds_nothing).then(|| known.relation.bases.clone())
    }
}

fn are_disjoint(a: &[u32], b: &[u32]) -> bool {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            Ordering::Less => a.next(),
            Ordering::Greater => b.next(),
            Ordering::Equal => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::CommitFacts;

    fn id(letter: u8) -> Oid {
        Oid::new([letter; 20])
    }

    /// Commits by letter, each with its parents, oldest first: "a b:a c:a d:bc".
    fn ask<T>(history: &str, question: impl FnOnce(&mut History, ReadCommit<'_>) -> T) -> T {
        let commits: HashMap<Oid, CommitFacts> = history
            .split(' ')
            .enumerate()
            .map(|(time, text)| {
                let (name, parents) = text.split_once(':').unwrap_or((text, ""));
                let parents = parents.bytes().map(id).collect();
                (id(name.as_bytes()[0]), CommitFacts { tree: Oid::EMPTY_TREE, parents, time: time as i64 })
            })
            .collect();
        let load = |id: Oid| commits.get(&id).cloned().ok_or(Missing::object(id, ""));
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
    fn a_head_on_the_first_parent_line_is_told_from_one_that_was_merged() {
        let first_parent = |history, head, target| {
            ask(history, |all, load| all.relation(id(head), id(target), load)).unwrap().first_parent
        };
        let merged = "a b:a c:a d:bc e:d";
        assert!(
            first_parent(merged, b'e', b'e')
                && first_parent(merged, b'b', b'e')
                && first_parent(merged, b'a', b'e')
        );
        assert!(!first_parent(merged, b'c', b'e'));
        assert!(!first_parent("a b:a c:b", b'c', b'b'), "the target does not contain it");
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
            ask(history, |all, load| {
                let [a, b] = [a, b].map(|head| all.ancestry(id(head), &[id(b'm')], load).unwrap());
                a.shares(&b)
            })
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
