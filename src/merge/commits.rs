//! Commits, and the merge bases among them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::{HashMap, HashSet};

use crate::merge::objects::Missing;
use crate::model::Oid;

/// What a merge must know of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFacts {
    /// Its tree.
    pub tree: Oid,
    /// Its parents, in order.
    pub parents: Vec<Oid>,
    /// Its committer time, in seconds since 1970.
    pub time: i64,
}

/// Where commits come from.
pub trait Commits {
    /// Tree, parents and time of a commit.
    fn commit(&self, id: Oid) -> Result<CommitFacts, Missing>;

    /// Whether histories may end before their beginning, as in a shallow clone: then two that do not
    /// meet may have met earlier.
    fn is_cut_off(&self) -> bool {
        false
    }

    /// The best common ancestors of one commit and a merge of the others, in the order of
    /// `git merge-base --all`: the newest first. None where they share no history.
    ///
    /// The walk provided here needs nothing but [`Commits::commit`]; a source that knows better
    /// (a commit graph, one walk for many tips) may answer faster.
    fn merge_bases(&self, one: Oid, others: &[Oid]) -> Result<Vec<Oid>, Missing> {
        merge_bases(|id| self.commit(id), one, others)
    }
}

/// An ancestor of which something is known is looked for no more than so many commits back.
const MOST_GROWN: usize = 8;

/// What is known of the nearest ancestor to which each commit leads as its only parent.
#[derive(Clone, Debug)]
pub struct Grown<T> {
    /// The ancestor.
    pub from: Oid,
    /// The commits since then, the newest first.
    pub since: Vec<Oid>,
    /// What is known of it.
    pub known: T,
}

/// Where a head grew, a few commits at most, from one of which something is `known`.
///
/// # Errors
/// A commit that cannot be read.
pub fn grown<T>(
    commits: &dyn Commits,
    head: Oid,
    known: impl Fn(Oid) -> Result<Option<T>, Missing>,
) -> Result<Option<Grown<T>>, Missing> {
    let mut since = vec![head];
    while since.len() <= MOST_GROWN {
        let [from] = commits.commit(since[since.len() - 1])?.parents[..] else { break };
        if let Some(known) = known(from)? {
            return Ok(Some(Grown { from, since, known }));
        }
        since.push(from);
    }
    Ok(None)
}

const ONE: u8 = 1;
const OTHER: u8 = 2;
/// A common ancestor was found above it.
const STALE: u8 = 4;
const RESULT: u8 = 8;

/// Walks from both ends, newest commits first, painting ancestors until only stale ones are left.
///
/// # Errors
/// A commit that cannot be read.
pub fn merge_bases(
    commit: impl Fn(Oid) -> Result<CommitFacts, Missing>,
    one: Oid,
    others: &[Oid],
) -> Result<Vec<Oid>, Missing> {
    Ok(ancestry(&commit, one, others)?.bases)
}

/// Where a commit stands beside others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ancestry {
    /// The merge bases, the newest first.
    pub bases: Vec<Oid>,
    /// The commits that the others do not have. Where clocks are wrong, there may be more in it.
    pub own: HashSet<Oid>,
}

/// Merge bases and own commits, from one walk.
pub(crate) fn ancestry(
    commit: &impl Fn(Oid) -> Result<CommitFacts, Missing>,
    one: Oid,
    others: &[Oid],
) -> Result<Ancestry, Missing> {
    if others.contains(&one) {
        return Ok(Ancestry { bases: vec![one], own: HashSet::default() });
    }
    let walk = Walk::paint(commit, one, others)?;
    let is_own = |(id, paint): (&Oid, &u8)| (*paint & OTHER == 0).then_some(*id);
    let own = walk.painted.iter().filter_map(is_own).collect();
    let mut found = walk.found;
    found.retain(|(_, id)| walk.painted[id] & STALE == 0);
    // a stable sort: of equal age, the one found first
    found.sort_by_key(|(time, _)| Reverse(*time));
    let found: Vec<Oid> = found.into_iter().map(|(_, id)| id).collect();
    Ok(Ancestry { bases: independent(commit, found)?, own })
}

/// Leaves out what another one contains: clocks can be wrong, so that one walk misses it.
fn independent(
    commit: &impl Fn(Oid) -> Result<CommitFacts, Missing>,
    found: Vec<Oid>,
) -> Result<Vec<Oid>, Missing> {
    if found.len() < 2 {
        return Ok(found);
    }
    let mut kept = Vec::new();
    for one in &found {
        let others: Vec<Oid> = found.iter().filter(|other| *other != one).copied().collect();
        let walk = Walk::paint(commit, *one, &others)?;
        if walk.painted[one] & OTHER == 0 {
            kept.push(*one);
        }
    }
    Ok(kept)
}

/// A walk over history, newest first.
#[derive(Default)]
struct Walk {
    painted: HashMap<Oid, u8>,
    queue: BinaryHeap<(i64, Reverse<usize>, Oid)>,
    /// How often a commit stands in the queue.
    queued: HashMap<Oid, usize>,
    pushed: usize,
    /// How many in the queue are not stale.
    open: usize,
    /// Common ancestors with their times, as they were found.
    found: Vec<(i64, Oid)>,
}

impl Walk {
    fn paint(
        commit: &impl Fn(Oid) -> Result<CommitFacts, Missing>,
        one: Oid,
        others: &[Oid],
    ) -> Result<Walk, Missing> {
        let mut walk = Walk::default();
        walk.reach(commit, one, ONE)?;
        for other in others {
            walk.reach(commit, *other, OTHER)?;
        }
        while walk.open > 0 {
            let Some((time, id)) = walk.take() else { break };
            let mut paint = walk.painted[&id];
            if paint & (ONE | OTHER | STALE) == ONE | OTHER {
                if paint & RESULT == 0 {
                    walk.painted.insert(id, paint | RESULT);
                    walk.found.push((time, id));
                }
                paint |= STALE;
            }
            for parent in commit(id)?.parents {
                walk.reach(commit, parent, paint & (ONE | OTHER | STALE))?;
            }
        }
        Ok(walk)
    }

    fn reach(
        &mut self,
        commit: &impl Fn(Oid) -> Result<CommitFacts, Missing>,
        id: Oid,
        paint: u8,
    ) -> Result<(), Missing> {
        let before = self.painted.get(&id).copied().unwrap_or(0);
        let after = before | paint;
        if before == after {
            return Ok(());
        }
        let time = commit(id)?.time;
        self.painted.insert(id, after);
        let queued = self.queued.entry(id).or_default();
        if before & STALE == 0 && after & STALE != 0 {
            self.open -= *queued;
        }
        *queued += 1;
        self.open += usize::from(after & STALE == 0);
        self.queue.push((time, Reverse(self.pushed), id));
        self.pushed += 1;
        Ok(())
    }

    fn take(&mut self) -> Option<(i64, Oid)> {
        let (time, _, id) = self.queue.pop()?;
        if let Some(queued) = self.queued.get_mut(&id) {
            *queued -= 1;
        }
        self.open -= usize::from(self.painted[&id] & STALE == 0);
        Some((time, id))
    }
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
        let found = merge_bases(|id| Ok(facts[&id].clone()), id(one), &others).unwrap();
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

    struct All(HashMap<Oid, CommitFacts>);

    impl Commits for All {
        fn commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
            self.0.get(&id).cloned().ok_or(Missing { id, reason: String::new() })
        }
    }

    /// What a head grew from, where these commits are known, and the commits since then.
    fn grown_from(text: &str, head: char, known: &str) -> Option<(char, String)> {
        let letter = |id: &Oid| id.as_bytes()[0] as char;
        let known = |id: Oid| Ok(known.contains(letter(&id)).then_some(()));
        let found = grown(&All(history(text)), id(head), known).unwrap()?;
        Some((letter(&found.from), found.since.iter().map(letter).collect()))
    }

    #[test]
    fn a_head_grows_from_the_nearest_that_is_known() {
        assert_eq!(grown_from("a: b:a c:b d:c", 'd', "ab"), Some(('b', "dc".into())));
        assert_eq!(grown_from("a: b:a", 'b', "b"), None, "it is no ancestor of itself");
        assert_eq!(grown_from("a: b:a c:a d:b,c e:d", 'e', "a"), None, "a merge has no only parent");
        let line = "a: b:a c:b d:c e:d f:e g:f h:g i:h j:i";
        assert_eq!(grown_from(line, 'i', "a"), Some(('a', "ihgfedcb".into())));
        assert_eq!(grown_from(line, 'j', "a"), None, "too far back");
    }
}
