//! The fork points of two tips that share commits which the target lacks: one was built on the other,
//! or both on the same work.
//!
//! A tip's exclusive changes are those that neither the other tip nor the target has. They begin at its
//! fork points, the merge bases of the tip with a merge of those two. Where the tips share only what the
//! target has, these are its merge bases with the target alone.

use std::cmp::Reverse;

use foldhash::{HashSet, HashSetExt};

use crate::merge::commit_graph::Ancestry;
use crate::merge::commits::Commits;
use crate::merge::objects::Missing;
use crate::model::Oid;

/// The commits that two tips share and the target lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForkPoints {
    /// How many there are. Where clocks are wrong, it may be too many.
    pub commits: usize,
    /// The fork points of each, the newest first: the merge bases of its head with a merge of the target
    /// and the other head. Where clocks are wrong, one of them may contain another, which does not change
    /// what is merged on them.
    pub bases: [Vec<Oid>; 2],
}

impl ForkPoints {
    /// The same seen from the other side.
    pub fn swapped(&self) -> ForkPoints {
        let [a, b] = &self.bases;
        ForkPoints { commits: self.commits, bases: [b.clone(), a.clone()] }
    }
}

/// The fork points of two heads whose ancestries with the target are known; `None` where they share no
/// commit that the target lacks.
///
/// The cost is that of the shared commits, or a look-up where one head contains the other.
///
/// # Errors
/// A commit that cannot be read.
pub(super) fn fork_points(
    commits: &dyn Commits,
    heads: [Oid; 2],
    ancestries: [&Ancestry; 2],
) -> Result<Option<ForkPoints>, Missing> {
    for (inner, outer) in [(0, 1), (1, 0)] {
        if heads[0] == heads[1] || ancestries[outer].own.contains(&heads[inner]) {
            if !ancestries[inner].own.contains(&heads[inner]) {
                return Ok(None);
            }
            // all that the inner one has is the outer one's as well
            let mut more = ancestries[outer].bases.clone();
            more.retain(|base| !ancestries[inner].bases.contains(base));
            let mut bases = [vec![heads[inner]], sorted(commits, more.into_iter().chain([heads[inner]]))?];
            if inner == 1 {
                bases.reverse();
            }
            return Ok(Some(ForkPoints { commits: ancestries[inner].own.len(), bases }));
        }
    }
    let [a, b] = ancestries.map(|ancestry| &ancestry.own);
    let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let shared: Vec<Oid> = small.intersection(large).copied().collect();
    if shared.is_empty() {
        return Ok(None);
    }
    let ways_in = [only_way_in(commits, heads[0], [a, b])?, only_way_in(commits, heads[1], [b, a])?];
    if let [Some(one), Some(other)] = ways_in {
        return Ok(Some(ForkPoints { commits: shared.len(), bases: [vec![one], vec![other]] }));
    }
    let mut below: HashSet<Oid> = HashSet::new();
    for one in &shared {
        below.extend(commits.commit(*one)?.parents);
    }
    let tops: Vec<Oid> = shared.iter().copied().filter(|one| !below.contains(one)).collect();
    let bases_of = |ancestry: &Ancestry| {
        let more = ancestry.bases.iter().copied().filter(|base| !below.contains(base));
        sorted(commits, tops.iter().copied().chain(more))
    };
    let bases = [bases_of(ancestries[0])?, bases_of(ancestries[1])?];
    Ok(Some(ForkPoints { commits: shared.len(), bases }))
}

/// The one shared commit that the exclusive commits of a head are built on, where there is no other; only
/// these commits are read.
fn only_way_in(
    commits: &dyn Commits,
    head: Oid,
    [own, other]: [&HashSet<Oid>; 2],
) -> Result<Option<Oid>, Missing> {
    let (mut found, mut known, mut left) = (None, HashSet::from_iter([head]), vec![head]);
    while let Some(one) = left.pop() {
        for parent in commits.commit(one)?.parents {
            match (own.contains(&parent), other.contains(&parent)) {
                (true, true) if found.is_none_or(|found| found == parent) => found = Some(parent),
                (true, false) if known.insert(parent) => left.push(parent),
                (true, false) => {}
                // another one, or what the target has
                (true, true) | (false, _) => return Ok(None),
            }
        }
    }
    Ok(found)
}

/// The newest first.
fn sorted(commits: &dyn Commits, found: impl Iterator<Item = Oid>) -> Result<Vec<Oid>, Missing> {
    let timed = found.map(|one| Ok((Reverse(commits.commit(one)?.time), one)));
    let mut timed: Vec<(Reverse<i64>, Oid)> = timed.collect::<Result<_, Missing>>()?;
    timed.sort_unstable();
    Ok(timed.into_iter().map(|(_, one)| one).collect())
}

#[cfg(test)]
mod tests {
    use foldhash::HashMap;

    use super::*;
    use crate::merge::CommitFacts;
    use crate::merge::commit_graph::tests::{history, id};

    struct History(HashMap<Oid, CommitFacts>);

    impl Commits for History {
        fn commit(&self, id: Oid) -> Result<CommitFacts, Missing> {
            self.0.get(&id).cloned().ok_or(Missing::object(id, ""))
        }
    }

    /// How many commits `a` and `b` of a history such as `m: s:m a:s b:s,n` share beyond the target,
    /// and the fork points of each, oldest first.
    fn check(text: &str, target: char, [a, b]: [char; 2], expected: Option<(usize, &str, &str)>) {
        let commits = History(history(text));
        let ancestry = |head| commits.ancestry(id(head), &[id(target)]).unwrap();
        let text = |bases: &[Oid]| bases.iter().map(|one| one.as_bytes()[0] as char).collect::<String>();
        let found = |a, b| {
            let forks = fork_points(&commits, [id(a), id(b)], [&ancestry(a), &ancestry(b)]).unwrap()?;
            Some((forks.commits, text(&forks.bases[0]), text(&forks.bases[1])))
        };
        let own = |(commits, a, b): (usize, &str, &str)| (commits, a.to_string(), b.to_string());
        assert_eq!(found(a, b), expected.map(own));
        assert_eq!(found(b, a), expected.map(|(commits, a, b)| own((commits, b, a))));
        // the definition, from the histories alone
        if expected.is_some() {
            for (one, other, forks) in [(a, b, found(a, b).unwrap().1), (b, a, found(a, b).unwrap().2)] {
                let bases = commits.merge_bases(id(one), &[id(other), id(target)]).unwrap();
                assert_eq!(text(&bases), forks);
            }
        }
    }

    #[test]
    fn own_work_begins_where_neither_the_other_nor_the_target_has_it() {
        check("m: a:m b:m", 'm', ['a', 'b'], None);
        check("m: n:m a:m b:n", 'n', ['a', 'b'], None);
        check("m: s:m a:s b:s", 'm', ['a', 'b'], Some((1, "s", "s")));
        check("m: r:m s:r a:s b:r", 'm', ['a', 'b'], Some((1, "r", "r")));
        check("m: s:m a:s b:a", 'm', ['a', 'b'], Some((2, "a", "a")));
        check("m: s:m", 'm', ['s', 's'], Some((1, "s", "s")));
        check("m:", 'm', ['m', 'm'], None);
        check("m: n:m", 'n', ['m', 'm'], None);
    }

    #[test]
    fn what_only_one_took_in_from_the_target_is_not_its_own() {
        check("m: s:m n:m a:s,n b:s", 'n', ['a', 'b'], Some((1, "ns", "s")));
        check("m: s:m n:m o:n a:s,n b:s,o", 'o', ['a', 'b'], Some((1, "ns", "os")));
        check("m: s:m n:m a:s b:a,n", 'n', ['a', 'b'], Some((2, "a", "an")));
        // one that took it in before the other was built on it
        check("m: s:m n:m t:s,n a:t b:t", 'n', ['a', 'b'], Some((2, "t", "t")));
    }

    #[test]
    fn criss_cross_has_several_beginnings() {
        check("m: p:m q:m a:p,q b:q,p", 'm', ['a', 'b'], Some((2, "qp", "qp")));
    }

    #[test]
    fn histories_may_share_a_beginning_that_the_target_lacks() {
        check("m: r: a:r b:r", 'm', ['a', 'b'], Some((1, "r", "r")));
    }
}
